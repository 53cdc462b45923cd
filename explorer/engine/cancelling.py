"""Giving up work from another thread."""

from __future__ import annotations

import ctypes
import threading
import time
from types import TracebackType

_PATIENCE = 0.2  # seconds for a late interruption to arrive


class Cancelled(BaseException):
    """The work was given up. No `Exception`, so that code which tries many things lets it pass."""


class Cancellable:
    """Work that another thread can interrupt, as often as it is entered: ``with work: …``.

    The interruption comes at the next Python instruction; a call that stays in C does not hear it.
    None comes outside of the ``with``.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread = 0
        self._asked = False

    def __enter__(self) -> None:
        """From here on `cancel` interrupts this thread."""
        with self._lock:
            self._thread, self._asked = threading.get_ident(), False

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """One that was asked for and did not arrive yet arrives here."""
        with self._lock:
            self._thread, late = 0, self._asked and kind is not Cancelled
        if not late:
            return
        end = time.monotonic() + _PATIENCE
        try:
            while time.monotonic() < end:
                time.sleep(0.001)
        except Cancelled:
            return  # too late: the work is done, or failed by itself

    def cancel(self) -> None:
        """Raise `Cancelled` in the thread that works, if one does."""
        with self._lock:
            if self._thread and not self._asked:
                self._asked = True
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(self._thread), ctypes.py_object(Cancelled)
                )
