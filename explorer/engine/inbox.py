"""The requests that wait: an unstarted one is replaced by a newer one of the same tag."""

from __future__ import annotations

import threading
from collections.abc import Callable

from explorer.core.messages import Cancel, Request


class Inbox:
    """A queue filled by its own thread from ``receive``, until that returns None.

    ``interrupt`` is called in that thread when a `Cancel` comes, which is never queued.
    """

    def __init__(self, receive: Callable[[], Request | None]) -> None:
        self.interrupt: Callable[[], None] = lambda: None
        self._receive = receive
        self._waiting: dict[str, Request] = {}
        self._changed = threading.Condition()
        self._ended = False
        self._begun = ""  # the tag of what was taken last
        threading.Thread(target=self._read, name="inbox", daemon=True).start()

    def __bool__(self) -> bool:
        """Whether something waits to be done, the end included."""
        return bool(self._waiting) or self._ended

    def take(self, wait: bool) -> Request | None:
        """The oldest request; None if there is none (and ``wait`` is false) or at the end."""
        with self._changed:
            while wait and not self:
                self._changed.wait()
            if not self._waiting:
                return None
            self._begun = next(iter(self._waiting))
            return self._waiting.pop(self._begun)

    @property
    def ended(self) -> bool:
        """Whether the other side is gone and everything was taken."""
        return self._ended and not self._waiting

    def _cancel(self, only: str) -> None:
        """What is being done; with a tag ``only`` what has that, and none of it that waits."""
        with self._changed:  # nothing else is begun meanwhile
            self._waiting.pop(only, None)
            if only in ("", self._begun):
                self.interrupt()

    def _read(self) -> None:
        try:
            while (request := self._receive()) is not None:
                if isinstance(request, Cancel):
                    self._cancel(request.only)
                    continue
                with self._changed:
                    self._waiting.pop(request.tag, None)  # the newer one goes to the end
                    self._waiting[request.tag] = request
                    self._changed.notify()
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify()
