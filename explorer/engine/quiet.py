"""Passes that nobody asked for say nothing: what a model prints belongs to the real ones."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO


@contextmanager
def printing_nothing() -> Iterator[None]:
    """What this thread writes to ``sys.stdout`` goes nowhere.

    In the program of a live model other threads print meanwhile, and may put another stream into
    ``sys.stdout``: theirs goes where it always went, and what they put there stays.
    """
    before = sys.stdout
    hushed = _Hushed(before)
    sys.stdout = hushed
    try:
        yield
    finally:
        hushed.thread = 0  # whoever still has it finds the stream that was there
        if sys.stdout is hushed:
            sys.stdout = before


class _Hushed:
    """A stream that one thread cannot write to."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.thread = threading.get_ident()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        """Write, or only say so."""
        if threading.get_ident() == self.thread:
            return len(text)
        return self.stream.write(text)

    def writelines(self, lines: Any) -> None:
        """Write them one by one."""
        for line in lines:
            self.write(line)
