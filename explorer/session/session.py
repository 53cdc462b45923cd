"""`Session`: holds the state, applies `update`, sends the requests, tells the listeners."""

from __future__ import annotations

from collections.abc import Callable

from explorer.core.messages import Reply, Request
from explorer.session.intents import Intent
from explorer.session.state import AppState
from explorer.session.update import update

Render = Callable[[AppState | None, AppState], None]


class Session:
    """One user's session. All calls come from one thread.

    ``send`` carries a request to the engine; ``restart`` starts a new engine after the old one
    was lost. Both are given by the owner (the window or the command line).
    """

    def __init__(
        self, state: AppState, send: Callable[[Request], None], restart: Callable[[], None]
    ) -> None:
        self.state = state
        self._send = send
        self._restart = restart
        self._listeners: list[Render] = []
        self._waiting: list[Intent | Reply] = []
        self._busy = False

    def listen(self, render: Render) -> None:
        """Call ``render(old, new)`` after every change, and once now with ``old`` None."""
        self._listeners.append(render)
        render(None, self.state)

    def unlisten(self, render: Render) -> None:
        """Stop calling ``render``."""
        self._listeners.remove(render)

    def take(self, said: Intent | Reply) -> None:
        """Apply an intent or a reply.

        What listeners say while they render is applied afterwards, in order, so each of them
        sees every change once.
        """
        self._waiting.append(said)
        if self._busy:
            return
        self._busy = True
        try:
            while self._waiting:
                self._apply(self._waiting.pop(0))
        finally:
            self._busy = False

    def _apply(self, said: Intent | Reply) -> None:
        old = self.state
        self.state, requests = update(old, said)
        for request in requests:
            self._send(request)
        if self.state.engine.restarts > old.engine.restarts:
            self._restart()
        if self.state is not old:
            for listener in list(self._listeners):
                listener(old, self.state)
