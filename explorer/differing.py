"""`layerscope diff`: what differs between the graphs of two models, for people and programs."""

from __future__ import annotations

from typing import Any

from explorer.core.comparison import SORTS, Difference, Part, Sort
from explorer.core.contrast import contrast, named
from explorer.core.graph import Recording
from explorer.core.matching import compare

_SIGNS: dict[Sort, str] = {"added": "+", "removed": "-", "changed": "~"}


def told(before: Recording, after: Recording) -> dict[str, Any]:
    """The comparison as JSON has it."""
    found = compare(before, after)
    return {
        "added": found.counts["added"],
        "removed": found.counts["removed"],
        "changed": found.counts["changed"],
        "resized": [list(sizes) for sizes in found.resized],
        "differences": [
            {
                "sort": one.sort,
                "what": list(one.what),
                "before": None if one.before is None else _data(before, one.before),
                "after": None if one.after is None else _data(after, one.after),
            }
            for one in found.differences
        ],
    }


def told_in_lines(before: Recording, after: Recording) -> list[str]:
    """A line for every difference, and one that sums up."""
    found = compare(before, after)
    rows = [_row(before, after, one) for one in found.differences]
    wide = max((len(name) for name, _ in rows), default=0)
    lines = [
        f"{_SIGNS[one.sort]} {name:<{wide}}  {said}".rstrip()
        for one, (name, said) in zip(found.differences, rows, strict=True)
    ]
    counts = [f"{found.counts[sort]} {sort}" for sort in SORTS if found.counts[sort]]
    resized = ", ".join(f"{old} → {new}" for old, new in found.resized)
    lines.append(", ".join(counts) or "no differences")
    if resized:
        lines[-1] += f"; sizes of the input, and what follows from them: {resized}"
    return lines


def _row(before: Recording, after: Recording, one: Difference) -> tuple[str, str]:
    """The name of what differs, and how."""
    said = contrast(before, after, one)
    if said.kind:
        return said.name, said.kind if said.ops == 1 else f"{said.kind}, {said.ops:,} ops"
    changes = (f"{what} {old} → {new}" if old else what for what, old, new in said.changes)
    return said.name, ", ".join(changes)


def _data(recording: Recording, part: Part) -> dict[str, Any]:
    return {
        "name": named(recording, part),
        "class": recording.calls[part.call].kind if part.call >= 0 else None,
        "first": recording.events[part.first].id,
        "last": recording.events[part.last].id,
        "ops": part.last - part.first + 1,
    }
