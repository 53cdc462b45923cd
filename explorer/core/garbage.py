"""Python's search for garbage that holds itself: put off, or done where it may be done."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

_lock = Lock()
_putting_off = 0  # how many threads do, or how often
_was_on = False  # before the first of them


@contextmanager
def no_search() -> Iterator[None]:
    """Make very many things that stay, without the search, in whichever threads.

    It looks through all that lives again and again while more is made: half of the time that it
    takes to lay out a large graph. What holds itself is found after this ends.
    """
    global _putting_off, _was_on
    with _lock:
        if not _putting_off:
            _was_on = gc.isenabled()
            gc.disable()
        _putting_off += 1
    try:
        yield
    finally:
        with _lock:
            _putting_off -= 1
            if not _putting_off and _was_on:
                gc.enable()


def search_if_due() -> None:
    """Search in this thread, if Python would have by now and nobody puts it off.

    Python itself searches in whichever thread happens to make something, so a process with a window
    leaves that off (``gc.disable``) and calls this: a widget may only go in the window's thread.
    """
    if _putting_off:
        return
    counts, most = gc.get_count(), gc.get_threshold()
    due = [generation for generation in (2, 1, 0) if counts[generation] > most[generation] > 0]
    if due:
        gc.collect(due[0])


def keep() -> None:
    """What there is now stays for a while: no search looks through it until `release`.

    One that looks through the layout of 50,000 ops stops a window for a second.
    """
    gc.freeze()


def release() -> None:
    """What was kept may be searched again."""
    gc.unfreeze()
