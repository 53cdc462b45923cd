"""How long a thread beside a window works before Python lets the window have its turn."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SHORT = 0.0005  # seconds: a frame is painted in many turns, and waits for each of them
_USUAL = sys.getswitchinterval()
_change = threading.Lock()
_working = 0


@contextmanager
def short_turns() -> Iterator[None]:
    """Work in a thread, and give way soon; when nobody works so any more, turns are as usual."""
    global _working
    with _change:
        _working += 1
        sys.setswitchinterval(_SHORT)
    try:
        yield
    finally:
        with _change:
            _working -= 1
            if not _working:
                sys.setswitchinterval(_USUAL)
