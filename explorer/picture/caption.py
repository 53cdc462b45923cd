"""What is written on a node, what kind of node it is, and so how large it must be."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from functools import lru_cache
from itertools import pairwise
from typing import Literal
from unicodedata import combining, east_asian_width

from msgspec import Struct
from msgspec.structs import replace

from explorer.core.graph import Call, Event, Recording, below, is_leaf, named_shape
from explorer.core.ops import Family, module_family, op
from explorer.picture.numbers import count_text

Kind = Literal["leaf", "slim", "circle", "closed", "open", "source", "sink"]

TITLE = 7.7  # mean width of a letter of a title, and of a subtitle
SUBTITLE = 6.5
# what a part of an opened recurrent network gives, if it is one op
_STEPS = re.compile(r"t = \d+|l\d+(_reverse)?")  # its other parts: steps, layers
GIVES = frozenset(("xₜ", "h₀", "c₀", "h", "c", "hₜ", "hₙ", "cₙ"))
_WIDE = 1.75  # letters that one of East Asia is as wide as
_MOST = 40.0  # letters of a title; a longer one is shortened, and so is a subtitle
CIRCLE = 28.0
HEADER = 30.0  # height of an open box's title
STACK = 8.0  # at the foot of a fold: what lies behind it
_NUMBERED = re.compile(r"(\D*)(\d+)")
_ROUND = {"add", "sub", "rsub", "mul", "div", "truediv"}


class Caption(Struct, frozen=True, gc=False):
    """``title`` and ``subtitle`` as they are written; ``family`` gives the colour role and glyph.

    The title of a sink says which one it is, as ``.logits``: the window writes "output" before it
    in the user's language, and "params" after the count of ``parameters``. ``count`` is how many
    equal blocks a fold stands for, ``role`` what an op is in attention or in a recurrent network:
    ``Q``, ``QKᵀ``, ``h₀``.
    """

    kind: Kind
    title: str
    subtitle: str
    family: Family
    parameters: int = 0
    count: int = 1
    role: str = ""

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the node."""
        if self.kind == "circle":
            return CIRCLE, CIRCLE
        title = letters(self.title) * TITLE
        if self.kind == "sink" and self.title:
            title += len("output") * TITLE
        count = f" · {count_text(self.parameters)} params" if self.parameters else ""
        subtitle = letters(self.subtitle + count) * SUBTITLE
        if self.kind in ("source", "sink"):
            return _even(max(64.0, max(title, subtitle) + 28.0)), 38.0
        if self.kind == "slim":
            return _even(max(72.0, title * 0.9 + 24.0 + mark_width(self.role))), 24.0
        room = 40.0 if self.kind == "closed" else 32.0  # triangle and margins
        room += mark_width(self.role)
        stack = STACK if self.count > 1 else 0.0
        return _even(max(116.0, title + room, subtitle + room)), 42.0 + stack

    @property
    def width(self) -> float:
        """Width of the title in the header of an open box, with its triangle and its margins."""
        title, subtitle = letters(self.title) * TITLE, letters(self.subtitle) * SUBTITLE
        return _even(38.0 + title * 0.92 + subtitle)


def event_caption(recording: Recording, event: Event) -> Caption:
    """The caption of an op that stands for itself; one that opens is closed."""
    known = op(event.op)
    if known.family == "reshape":
        return Caption("slim", elided(known.label), "", known.family)
    if known.family == "elementwise":
        if event.op.strip("_") in _ROUND and len(flowing(recording, event)) > 1:
            return Caption("circle", known.label, "", known.family)
        title = elided(f"{known.label} {event.detail}".strip())
        return Caption("slim", title, "", known.family)
    shape = named_shape(recording.values[event.outputs[0]]) if event.outputs else ""
    kind: Kind = "closed" if event.opens else "leaf"
    return Caption(kind, elided(known.label), elided(event.detail or shape), known.family)


def call_caption(recording: Recording, call: Call, opened: bool) -> Caption:
    """The caption of a module call: a leaf, a closed node or the title of an open box."""
    parent = recording.calls[call.parent].module if call.parent >= 0 else ""
    name = call.module.removeprefix(parent).lstrip(".")
    if call.opened:
        name = op(call.kind).label
    elif call.number:
        name = f"{name}#{call.number}"
    if is_leaf(call):
        event = recording.events[call.first]
        if call.opened and call.kind in GIVES:
            return replace(event_caption(recording, event), role=call.kind)
        detail = call.detail if _tells(call.detail) else event.detail
        if name.partition("#")[0].isdigit():
            title, what = f"{name} · {call.kind}", detail if _tells(detail) else ""
        else:
            title, what = name, detail if _tells(detail) else call.kind
        family = module_family(call.kind)
        if family == "container":
            family = op(event.op).family
        kind: Kind = "closed" if event.opens else "leaf"
        return Caption(kind, elided(title), elided(what), family, call.parameters)
    family = module_family(call.kind)
    if call.opened and _STEPS.fullmatch(call.kind):
        family = "recurrent"
    if opened:
        kind_name = "" if call.opened else f" · {elided(call.kind, _MOST / 2)}"
        return Caption("open", elided(name), kind_name, family)
    what = elided(call.detail if call.opened else call.kind)
    return Caption("closed", elided(name), what, family, call.parameters)


@lru_cache(maxsize=4096)
def letters(text: str) -> float:
    """How many letters of mean width a text is as wide as."""
    if text.isascii():
        return len(text)
    wide = sum(_WIDE if east_asian_width(one) in "WF" else not combining(one) for one in text)
    return float(wide)


def elided(text: str, most: float = _MOST) -> str:
    """A text of more than so many letters without its middle: names differ at their ends."""
    if len(text) * _WIDE <= most or letters(text) <= most:
        return text
    half = 1
    while letters(text[: half + 1]) + letters(text[-half - 1 :]) < most:
        half += 1
    return f"{text[:half]}…{text[-half:]}"


def mark_width(role: str) -> float:
    """The room for what stands at the left of a node: a glyph, or a role."""
    return max(20.0, len(role) * 7.0 + 12.0)


def mark_family(role: str) -> Family:
    """Whose colour a role has: matrices, in capitals, are attention's, vectors a recurrence's."""
    return "recurrent" if role[:1].islower() else "attention"


def fold_caption(recording: Recording, calls: tuple[int, ...], opened: bool) -> Caption:
    """The caption of equal blocks in a row: ``Block ×12``, and which these are; of steps over time
    ``×12``."""
    blocks = [recording.calls[call] for call in calls]
    one = call_caption(recording, blocks[0], False)
    kind = "" if blocks[0].opened else blocks[0].kind
    title = elided(f"{kind} ×{len(blocks)}".lstrip())
    which = elided(listed([block.name for block in blocks]))
    if opened:
        return Caption("open", title, f" · {which}", one.family, 0, len(calls))
    return Caption("closed", title, which, one.family, _held(recording, blocks), len(calls))


def listed(names: list[str]) -> str:
    """Names in a row, as ``0 … 11``; where numbers are left out, which there are: ``0…2, 5, 7``."""
    found = [one for name in names if (one := _NUMBERED.fullmatch(name))]
    ends = f"{names[0]} … {names[-1]}"
    if len(found) < len(names) or len({one[1] for one in found}) > 1:
        return ends
    numbers = [int(one[2]) for one in found]
    ahead = 1 if numbers[0] <= numbers[-1] else -1  # or backwards, as steps over time may be
    rows = [names[:1]]
    for name, (before, number) in zip(names[1:], pairwise(numbers), strict=True):
        if number != before + ahead:
            rows.append([])
        rows[-1].append(name)
    if len(rows) == 1:
        return ends
    parts = []
    for row in rows:
        parts += [f"{row[0]}…{row[-1]}"] if len(row) > 2 else row
    text, most = ", ".join(parts), len(parts) - 2
    while letters(text) > _MOST and most > 0:
        text = ", ".join([*parts[:most], "…", parts[-1]])
        most -= 1
    return text


def _held(recording: Recording, blocks: list[Call]) -> int:
    """How many parameters blocks have together: those that several of them share count once."""
    each = {block.module: block.parameters for block in blocks}
    around = recording.calls[blocks[0].parent].module
    firsts = [block.first for block in blocks]
    more = 0
    for v, events in recording.shared.items():
        value = recording.values[v]
        if below(around, value.name.rpartition(".")[0]) is not None:
            continue  # it is of what is around them, and of none of them
        here = [e for e in events if firsts[0] <= e <= blocks[-1].last]
        modules = {blocks[bisect_right(firsts, event) - 1].module for event in here}
        more += max(len(modules) - 1, 0) * math.prod(value.shape)
    return sum(each.values()) - more


def flowing(recording: Recording, event: Event) -> list[int]:
    """The inputs of an event that some op or the user made: no parameters, no constants."""
    return [v for v in event.inputs if recording.values[v].kind in ("activation", "input")]


def _tells(detail: str) -> bool:
    """Whether a detail speaks for itself: ``128 → 512``, ``96 × 128``."""
    return "→" in detail or "×" in detail


def _even(width: float) -> float:
    """Even, so that the middle is a whole number and lines through it are crisp."""
    return 2.0 * round(width / 2)
