"""A change to a pass: which cells of which value, and what they become.

Changes are kept in files of a plain form, so that an experiment can be repeated and handed on:

    [[change]]
    value = "blocks.0.attn/softmax#0"
    cells = ":, 2"
    kind = "zero"
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct, field

from explorer.core.problem import Problem, phrase

Kind = Literal["zero", "scale", "fix", "noise", "mean", "patch"]
KINDS: tuple[Kind, ...] = ("zero", "scale", "fix", "noise", "mean", "patch")
WORDS: dict[Kind, str] = {
    "zero": phrase("set to 0"),
    "scale": phrase("times {amount}"),
    "fix": phrase("set to {amount}"),
    "noise": phrase("plus noise, σ {amount}"),
    "mean": phrase("set to their mean"),
    "patch": phrase("from the pass beside"),
}
_PART = re.compile(r"\s*(-?\d+)?\s*(?:(:)\s*(-?\d+)?\s*(?::\s*(\d+)?\s*)?)?$")


class Change(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What becomes of some cells of a value.

    ``value`` is named as in the recording: an event's id, a parameter's path, an argument.
    ``cells`` are those of NumPy's ``value[cells]``, ``""`` for all. They are set to 0, multiplied
    by ``amount`` (``scale``), set to it (``fix``), get normal noise of that deviation drawn from
    ``seed``, become their mean, or what the same cells of the pass beside are (``patch``).
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


class _Line(Change, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """As it stands in a file."""

    on: bool = True


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    change: tuple[_Line, ...] = field(default=())


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
        run = range(size)[slice(*numbers)] if step != "0" else range(0)
        empty = not run
    if empty:
        raise Problem(
            "change",
            phrase("[{cells}] has no cell here: along that axis “{part}” is not within 0…{last}."),
            cells=cells, part=part, last=size - 1,
        )  # fmt: skip
    return slice(run.start, run.stop, run.step)


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


def write_changes(path: str, entries: tuple[Entry, ...]) -> None:
    """Write them to a TOML file. Raises Problem (kind ``disk``)."""
    lines = ["# Changes to a pass; see docs/changes.md"]
    for entry in entries:
        lines += ["", "[[change]]"]
        told = msgspec.to_builtins(entry.change)
        lines += [f"{name} = {_toml(told[name])}" for name in told]
        lines += [] if entry.on else ["on = false"]
    try:
        Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as error:
        raise Problem(
            "disk",
            phrase("{path} could not be written: {error}."),
            phrase("Choose another place."),
            path=path, error=error.strerror or error,
        ) from error  # fmt: skip


def read_changes(path: str) -> tuple[Entry, ...]:
    """What a file holds. Raises Problem: ``disk`` if it cannot be read, ``change`` if it is
    something else."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise Problem(
            "disk", phrase("{path} could not be read: {error}."), "",
            path=path, error=error.strerror or error,
        ) from error  # fmt: skip
    except UnicodeDecodeError as error:
        raise _no_file(path, "it is not UTF-8 text") from error
    try:
        lines = msgspec.convert(tomllib.loads(text), _File).change
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise _no_file(path, str(error)) from error
    for line in lines:
        if line.cells:
            slices(line.cells, (1 << 62,) * (line.cells.count(",") + 1))  # whether it is an index
    return tuple(
        Entry(Change(line.value, line.kind, line.cells, line.amount, line.seed), line.on)
        for line in lines
    )


def _no_file(path: str, error: str) -> Problem:
    return Problem(
        "change",
        phrase("{path} holds no changes: {error}."),
        phrase("A change has a value, a kind, and what docs/changes.md says."),
        path=path, error=error.rstrip("."),
    )  # fmt: skip


def _toml(value: str | float) -> str:
    """A string or a number; TOML writes both as JSON and Python do."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
