"""What follows from an input of another size: it is no difference of the models.

Only numbers that stand for sizes may follow: the shapes of results, and what ops are given to make
them. A setting (dilation, stride, an index, groups) never does, whatever its number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from explorer.core.graph import Event, Recording

_SHAPED = ("view", "reshape")  # these may fold sizes together, so they follow in proportion
_SIZED = {  # these are given the sizes themselves
    *_SHAPED, "expand", "broadcast_to", "arange", "zeros", "ones", "full", "empty", "rand", "randn",
    "new_zeros", "new_ones", "new_full", "new_empty",
}  # fmt: skip
_SLICE = re.compile(r"0?:(\d+)")  # up to a place
_PLAIN = re.compile(r"-?\d+|-?\d*:-?\d*(:-?\d+)?")  # of an index: it takes one axis


class Resizing:
    """The sizes of the input that are others: ``sizes``, before and after."""

    def __init__(self, sizes: Sequence[tuple[int, int]]) -> None:
        self.sizes = tuple(sizes)

    def follows(self, size: int, other: int) -> bool:
        """Whether a size of a result is the same, or has changed as the input has."""
        return size == other or any(size * new == other * old for old, new in self.sizes)

    def set_alike(self, before: Recording, event: Event, after: Recording, other: Event) -> bool:
        """Whether two ops of a name have the same settings, but for sizes that follow."""
        if event.detail == other.detail:
            # How sizes are written down, one by one or together, changes nothing.
            return event.given == other.given or event.op in _SHAPED
        if not self.sizes:
            return False
        if event.op == "getitem":
            return self._cut_alike(before, event, after, other)
        if event.op not in _SIZED:
            return False
        parts, others = re.split(r"(\d+)", event.detail), re.split(r"(\d+)", other.detail)
        return len(parts) == len(others) and all(
            a == b or (a.isdecimal() and b.isdecimal() and self._is_size(event.op, int(a), int(b)))
            for a, b in zip(parts, others, strict=True)
        )

    def _is_size(self, op: str, size: int, other: int) -> bool:
        return self.follows(size, other) if op in _SHAPED else (size, other) in self.sizes

    def _cut_alike(self, before: Recording, event: Event, after: Recording, other: Event) -> bool:
        """Whether slices differ only in ends that are a size of the input: of an axis that has
        changed alike, or of something that the model keeps."""
        one, another = before.values[event.inputs[0]], after.values[other.inputs[0]]
        cuts, its_cuts = event.detail[1:-1].split(", "), other.detail[1:-1].split(", ")
        if len(cuts) != len(its_cuts):
            return False
        for axis, (cut, its) in enumerate(zip(cuts, its_cuts, strict=True)):
            if cut == its:
                continue
            end, its_end = _SLICE.fullmatch(cut), _SLICE.fullmatch(its)
            if end is None or its_end is None:
                return False
            if (int(end[1]), int(its_end[1])) not in self.sizes:
                return False
            if one.kind in ("parameter", "buffer", "constant") and one.kind == another.kind:
                continue
            if not all(_PLAIN.fullmatch(part) for part in cuts[:axis]) or axis >= min(
                len(one.shape), len(another.shape)
            ):
                return False
            if one.shape[axis] == another.shape[axis]:
                return False
        return True
