"""A change to a pass: which cells of which value, and what they become."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from explorer.core.problem import Problem, phrase

Kind = Literal["zero", "scale", "fix", "noise", "mean", "patch", "earlier"]
KINDS: tuple[Kind, ...] = ("zero", "scale", "fix", "noise", "mean", "patch", "earlier")
WORDS: dict[Kind, str] = {
    "zero": phrase("set to 0"),
    "scale": phrase("times {amount}"),
    "fix": phrase("set to {amount}"),
    "noise": phrase("plus noise, σ {amount}"),
    "mean": phrase("set to their mean"),
    "patch": phrase("from the pass beside"),
    "earlier": phrase("from the earlier input"),
}
_PART = re.compile(
    r"\s*(-?\d{1,18})?\s*(?:(:)\s*(-?\d{1,18})?\s*(?::\s*([1-9]\d{0,17})?\s*)?)?$", re.ASCII
)


class Change(Struct, frozen=True, omit_defaults=True):
    """What becomes of some cells of a value.

    ``value`` is named as in the recording: an event's id, a parameter's path, an argument.
    ``cells`` are those of NumPy's ``value[cells]``, ``""`` for all. They are set to 0, multiplied
    by ``amount`` (``scale``), set to it (``fix``), get normal noise of that deviation drawn from
    ``seed``, become their mean, or what the same cells are in the pass beside (``patch``) or in
    that of the input before the last edit (``earlier``).
    """

    value: str
    kind: Kind
    cells: str = ""
    amount: float = 0.0
    seed: int = 0

    @property
    def where(self) -> str:
        """As Python writes it: ``softmax#0[:, 2]``."""
        return f"{self.value}[{self.cells}]" if self.cells else self.value

    @property
    def words(self) -> str:
        """What is done, as a phrase with a place for `amount_text`."""
        return WORDS[self.kind]

    @property
    def amount_text(self) -> str:
        """The number, no longer than it must be."""
        return f"{self.amount:g}".replace("-", "−")


class Refused(Struct, frozen=True):
    """Why the change at a place of a list could not be made: two phrases and what fills them."""

    at: int
    text: str
    remedy: str
    values: dict[str, str]


class Entry(Struct, frozen=True, omit_defaults=True):
    """A change in a list, which may be off."""

    change: Change
    on: bool = True


def slices(cells: str, shape: tuple[int, ...]) -> tuple[slice, ...]:
    """The run of positions along every axis that a NumPy index means, a position as a run of one.
    Raises Problem (kind ``change``) if it means none of this shape."""
    parts = [part.strip() for part in cells.split(",")] if cells.strip() else []
    if "..." in parts:
        at = parts.index("...")
        parts[at : at + 1] = [":"] * (len(shape) - len(parts) + 1)
    if len(parts) > len(shape):
        raise Problem(
            "change",
            phrase("[{cells}] has {count} places, and the value has {axes} axes."),
            phrase("Write one place for each axis, as in :, 2, 0:4."),
            cells=cells, count=len(parts), axes=len(shape),
        )  # fmt: skip
    return tuple(
        _run(part, size, cells)
        for part, size in zip((*parts, *[":"] * (len(shape) - len(parts))), shape, strict=True)
    )


def _run(part: str, size: int, cells: str) -> slice:
    matched = _PART.match(part) if part else None
    if matched is None:
        raise Problem(
            "change",
            phrase("[{cells}] is no index: “{part}” is neither a position nor a range."),
            phrase("Write one place for each axis, as in :, 2, 0:4."),
            cells=cells, part=part,
        )  # fmt: skip
    begin, colon, end, step = matched.groups()
    if colon is None:
        at = int(begin) + (size if int(begin) < 0 else 0)
        run = range(at, at + 1)
        empty = not 0 <= at < size
    else:
        numbers = (int(one) if one else None for one in (begin, end, step))
        run = range(size)[slice(*numbers)]
        empty = not run
    if empty:
        raise Problem(
            "change",
            phrase("[{cells}] has no cell here: along that axis “{part}” is not within 0…{last}."),
            cells=cells, part=part, last=size - 1,
        )  # fmt: skip
    return slice(run.start, run.stop, run.step)


def spells_an_index(cells: str) -> str:
    """The same text, where it is an index of some shape. Raises Problem (kind ``change``)."""
    slices(cells, (1 << 62,) * (cells.count(",") + 1))
    return cells


def covers(change: Change, index: Sequence[int], shape: tuple[int, ...]) -> bool:
    """Whether a change is one of the cell at an index."""
    runs = slices(change.cells, shape)
    return all(i in range(n)[run] for i, run, n in zip(index, runs, shape, strict=True))


def spelled(index: tuple[int | str | None, ...]) -> str:
    """The cells at an index, None for all along an axis: ``:, 2``."""
    parts = [":" if at is None else str(at) for at in index]
    while parts and parts[-1] == ":":
        parts.pop()
    return ", ".join(parts)
