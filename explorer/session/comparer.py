"""Compares passes in a thread of its own, so that whoever shows them goes on meanwhile."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ClassVar

from explorer.core.garbage import keep, no_search
from explorer.core.graph import Recording
from explorer.core.matching import compare
from explorer.core.messages import Request
from explorer.core.problem import phrase
from explorer.core.turns import short_turns
from explorer.session.intents import Compared, Intent, Report


class Compare(Request, frozen=True):
    """Find what differs between two passes. It is for the `Comparer`, not for the engine, and
    brings the intent `Compared`."""

    answered: ClassVar[bool] = False
    before: Recording
    after: Recording


class Comparer:
    """Does the newest `Compare`; one that has not begun when another comes is forgotten.

    ``deliver`` is called with what there is to say, in the thread.
    """

    def __init__(self, deliver: Callable[[Intent], None]) -> None:
        self._deliver = deliver
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="compare")
        self._newest: Future[None] | None = None
        self._closed = False

    def compare(self, request: Compare) -> None:
        """Begin as soon as what is being compared is done."""
        if self._newest is not None:
            self._newest.cancel()
        self._newest = self._pool.submit(self._work, request)

    def close(self) -> None:
        """Nothing is delivered any more."""
        self._closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _work(self, request: Compare) -> None:
        tapes = request.before.tape, request.after.tape
        said: list[Intent]
        try:
            with short_turns(), no_search():
                found = compare(request.before, request.after)
                _ = found.marks  # they are painted as soon as it is there
                keep()
            said = [Compared(tapes, found)]
        except Exception as error:  # nobody is to wait for it for ever
            traceback.print_exc()
            values = {"error": f"{type(error).__name__}: {error}"}
            said = [Report("comparison", _FAILED, _REMAINS, values), Compared(tapes, None)]
        for one in said:
            if not self._closed:
                self._deliver(one)


_FAILED = phrase("What differs between the two passes cannot be found ({error}).")
_REMAINS = phrase("Both are shown, each for itself. Another input or model is compared again.")
