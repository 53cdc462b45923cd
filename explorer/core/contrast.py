"""What differs between two passes, in words: its name, and how it was and is."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from explorer.core.comparison import Change, Difference, Part
from explorer.core.graph import Recording, named_shape
from explorer.core.problem import phrase

What = Change | Literal["width", "input width"]
WORDS: dict[What, str] = {
    "class": phrase("class"),
    "settings": phrase("settings"),
    "shape": phrase("shape"),
    "dtype": phrase("data type"),
    "parameters": phrase("parameters"),
    "inputs": phrase("inputs"),
    "outputs": phrase("outputs"),
    "width": phrase("width"),
    "input width": phrase("input width"),
}
NONE, RETURNED, NOT_RETURNED = phrase("none"), phrase("returned"), phrase("not returned")
_WIDTHS = re.compile(r"(\d+) → (\d+)")  # what a layer takes and gives


class Changed(NamedTuple):
    """One way in which a thing differs: how it was and is, both ``""`` where that reads alike."""

    what: What
    old: str
    new: str


class Contrast(NamedTuple):
    """The ``name`` of what differs. Of what is on one side alone ``kind`` is the class of a module,
    ``""`` of an op, and ``ops`` how many ran in it; of what is on both, ``changes`` tell how."""

    name: str
    kind: str
    ops: int
    changes: tuple[Changed, ...]


def contrast(before: Recording, after: Recording, one: Difference) -> Contrast:
    """A difference of two passes in words."""
    if one.before is None or one.after is None:
        recording, part = (after, one.after) if one.before is None else (before, one.before)
        assert part is not None
        kind = recording.calls[part.call].kind if part.call >= 0 else ""
        return Contrast(named(recording, part), kind, part.last - part.first + 1, ())
    old, new = named(before, one.before), named(after, one.after)
    changes = tuple(
        _narrowed(what, _values(before, one.before, what), _values(after, one.after, what))
        for what in one.what
    )
    return Contrast(new if old == new else f"{old} → {new}", "", 0, changes)


def _narrowed(what: Change, old: str, new: str) -> Changed:
    """Of settings only those that differ: of ``64 → 256`` and ``64 → 128`` that is the width."""
    if old == new:
        return Changed(what, "", "")
    if what != "settings" or old.startswith("["):  # an index is told whole
        return Changed(what, old, new)
    ones, others = old.split(", "), new.split(", ")
    own = ", ".join(part for part in ones if part not in others)
    its = ", ".join(part for part in others if part not in ones)
    if own or its:
        old, new = own or NONE, its or NONE
    widths, news = _WIDTHS.fullmatch(old), _WIDTHS.fullmatch(new)
    if widths and news and widths[1] == news[1]:
        return Changed("width", widths[2], news[2])
    if widths and news and widths[2] == news[2]:
        return Changed("input width", widths[1], news[1])
    return Changed(what, old, new)


def _values(recording: Recording, part: Part, what: Change) -> str:
    event = recording.events[part.first]
    if what == "class":
        return recording.calls[part.call].kind if part.call >= 0 else event.op
    if what == "settings":
        return event.detail or NONE
    if what == "outputs":
        names = recording.output_names or ("",) * len(recording.outputs)
        given = zip(names, recording.outputs, strict=False)
        places = [name or RETURNED for name, v in given if v in event.outputs]
        return ", ".join(places) or NOT_RETURNED
    if what == "inputs":
        return ", ".join(recording.values[v].name for v in event.inputs)
    if what == "parameters":
        kept = [v for v in event.inputs if recording.values[v].kind in ("parameter", "buffer")]
        return ", ".join(named_shape(recording.values[v]) for v in kept) or NONE
    results = [recording.values[v] for v in event.outputs]
    return ", ".join(named_shape(v) if what == "shape" else v.dtype for v in results) or NONE


def named(recording: Recording, part: Part) -> str:
    """What a part of a pass is called."""
    if part.call < 0:
        return recording.events[part.first].id
    call = recording.calls[part.call]
    return f"{call.module}#{call.number}" if call.number else call.module
