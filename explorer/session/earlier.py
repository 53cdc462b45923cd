"""The pass of the input before the last edit, from which values can be patched."""

from __future__ import annotations

from itertools import takewhile
from typing import NamedTuple

from explorer.core.graph import Recording
from explorer.core.values import Input, NumbersInput, TextInput


class Earlier(NamedTuple):
    """A pass by its number, and its input. While nobody looked at what an edit brought, the next
    one may belong to it: it ``goes_on``."""

    tape: int
    input: Input
    goes_on: bool = True


def before_edit(earlier: Earlier | None, shown: Recording | None, new: Input) -> Earlier | None:
    """The pass before an edit: that on screen, without its changes, or the one before all that is
    typed, drawn or dragged at a stretch."""
    if shown is None or (earlier is not None and earlier.goes_on and _continues(shown.input, new)):
        return earlier
    return Earlier(shown.base or shown.tape, shown.input)


def _continues(old: Input, new: Input) -> bool:
    """Whether it is the same edit still: numbers that are dragged, letters that are typed into a
    text or taken out of it at one place."""
    if isinstance(old, TextInput) and isinstance(new, TextInput):
        short, long = sorted((old.text, new.text), key=len)
        same = takewhile(lambda pair: pair[0] == pair[1], zip(short, long, strict=False))
        return long.endswith(short[len(list(same)) :])
    return isinstance(old, NumbersInput) and isinstance(new, NumbersInput)
