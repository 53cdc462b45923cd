"""Which values of a main stream have a batch axis in front: a pass may begin with one picture, add
the axis for a layer and take it away at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

Shape = tuple[int, ...]


class Passage(NamedTuple):
    """One event of the stream: the shapes of what it reads and of what it makes. ``batched`` is
    what its layer says of the value that it reads, None if it is no such layer; an event that
    ``reshapes`` may add or take away the batch axis, another one leaves it."""

    given: Shape
    made: Shape
    batched: bool | None
    reshapes: bool


class Mixed(Exception):
    """The samples do not stay what they are, at passage ``at``."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


def batches(passages: Sequence[Passage]) -> tuple[tuple[bool, ...], int] | None:
    """Whether each value has a batch axis, beginning with the one that the first passage reads, and
    how many samples there are all the way; None if no layer says it. Raises `Mixed`."""
    known = next((n for n, one in enumerate(passages) if one.batched is not None), None)
    if known is None:
        return None
    layer = passages[known]
    samples = layer.given[0] if layer.batched else 1
    ahead = [bool(layer.batched)]
    for n in range(known - 1, -1, -1):
        ahead.append(_across(passages[n], n, passages[n].given, ahead[-1], samples))
    found = ahead[::-1]
    for n in range(known, len(passages)):
        one = passages[n]
        if one.batched is not None and one.batched != found[-1]:
            raise Mixed(n)
        found.append(_across(one, n, one.made, found[-1], samples))
    return tuple(found), samples


def _across(one: Passage, at: int, shape: Shape, beside: bool, samples: int) -> bool:
    """Whether a value has a batch axis, when that at the other side of a passage has (``beside``).
    The first axis of as many cells as there are samples holds them, for numbers keep their order.
    """
    fits = bool(shape) and shape[0] == samples
    if not one.reshapes:
        batched = beside
    else:
        batched = fits and (samples > 1 or len(shape) > 1 or beside)
    if (batched and not fits) or (not batched and samples > 1):
        raise Mixed(at)
    return batched
