"""`layerscope diff`: what differs between the graphs of two models, for people and programs."""

from __future__ import annotations

from typing import Any

from explorer.core.comparison import SORTS, Change, Difference, Part, Sort
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
    if one.after is None:
        assert one.before is not None
        return _name(before, one.before), _content(before, one.before)
    if one.before is None:
        return _name(after, one.after), _content(after, one.after)
    old, new = _name(before, one.before), _name(after, one.after)
    changes = [_change(before, one.before, after, one.after, what) for what in one.what]
    return (new if old == new else f"{old} → {new}"), ", ".join(changes)


def _change(before: Recording, one: Part, after: Recording, other: Part, what: Change) -> str:
    """One way in which a thing changed, with how it was and is."""
    old, new = _values(before, one, what), _values(after, other, what)
    return f"{what} {old} → {new}" if old != new else what


def _values(recording: Recording, part: Part, what: Change) -> str:
    event = recording.events[part.first]
    if what == "class":
        return recording.calls[part.call].kind if part.call >= 0 else event.op
    if what == "settings":
        return event.detail or "none"
    if what == "outputs":
        names = recording.output_names or ("",) * len(recording.outputs)
        given = zip(names, recording.outputs, strict=False)
        places = [name or "returned" for name, v in given if v in event.outputs]
        return ", ".join(places) or "not returned"
    if what == "inputs":
        return ", ".join(recording.values[v].name for v in event.inputs)
    if what == "parameters":
        kept = [v for v in event.inputs if recording.values[v].kind in ("parameter", "buffer")]
        return " ".join(_shape(recording.values[v].shape) for v in kept) or "none"
    results = [recording.values[v] for v in event.outputs]
    return " ".join(_shape(v.shape) if what == "shape" else v.dtype for v in results) or "none"


def _shape(shape: tuple[int, ...]) -> str:
    return "×".join(map(str, shape)) or "scalar"


def _name(recording: Recording, part: Part) -> str:
    if part.call < 0:
        return recording.events[part.first].id
    call = recording.calls[part.call]
    return f"{call.module}#{call.number}" if call.number else call.module


def _content(recording: Recording, part: Part) -> str:
    """The class of a module, and how many ops ran in it."""
    if part.call < 0:
        return ""
    count = part.last - part.first + 1
    kind = recording.calls[part.call].kind
    return kind if count == 1 else f"{kind}, {count:,} ops"


def _data(recording: Recording, part: Part) -> dict[str, Any]:
    return {
        "name": _name(recording, part),
        "class": recording.calls[part.call].kind if part.call >= 0 else None,
        "first": recording.events[part.first].id,
        "last": recording.events[part.last].id,
        "ops": part.last - part.first + 1,
    }
