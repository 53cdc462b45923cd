"""Where two values of equal shape differ."""

from __future__ import annotations

from msgspec import Struct


class ApartView(Struct, frozen=True, tag=True):
    """What a pane asks about the ``value`` of a pass, and of another one (``minus``: the tape, the
    value)."""

    tape: int
    value: int
    minus: tuple[int, int]


class Apart(Struct, frozen=True, tag=True):
    """The answer: at which ``index`` they differ most, and by how much, of complex numbers the size
    of the difference; () where they are equal. What is a number in one of them alone differs
    infinitely."""

    view: ApartView
    index: tuple[int, ...] = ()
    number: float = 0.0
