"""Python's search for garbage that holds itself, put off."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_search() -> Iterator[None]:
    """Make very many things that stay, without the search.

    It looks through all that lives again and again while more is made: half of the time that it
    takes to lay out a large graph. What holds itself is found after this ends.
    """
    searches = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searches:
            gc.enable()


def keep() -> None:
    """What there is now stays for a while: no search looks through it until `release`.

    One that looks through the layout of 50,000 ops stops a window for a second.
    """
    gc.freeze()


def release() -> None:
    """What was kept may be searched again."""
    gc.unfreeze()
