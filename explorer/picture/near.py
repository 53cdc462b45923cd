"""What a node shows from near: the value that stands for it, its words, and a small picture."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

from explorer.core.flow import Span, results
from explorer.core.graph import Recording, Value, named_shape
from explorer.core.ops import formula
from explorer.core.plane import Plane
from explorer.core.problem import phrase
from explorer.core.values import View
from explorer.picture.numbers import seconds_text
from explorer.picture.plane import fitted, plane_view
from explorer.picture.readout import line_view, panes_for, stack_view
from explorer.picture.scene import Box

SIDE = 64  # cells that a small picture has at most, either way
_HEADS, _MAPS, _MAP_SIDE = 9, 16, 32

Kind = Literal["heads", "maps", "plane", "bars", "number"]


class Glimpse(NamedTuple):
    """A small picture of a value: its kind, what to ask for, and its tiles as (count, rows,
    columns)."""

    kind: Kind
    view: View
    tiles: tuple[int, int, int]


class Said(NamedTuple):
    """What is written on a node from near, each part ``""`` if there is nothing to say.

    ``shape`` is that of its value with the names of the axes; ``ops`` how many it stands for, 1
    for an op; ``weights`` the shapes of the parameters it reads.
    """

    formula: str
    shape: str
    seconds: str
    ops: int
    weights: str


def value_of(recording: Recording, box: Box) -> int | None:
    """The value that a node shows: its attention map, or else the first of what it gives."""
    if box.item.kind in ("input", "output"):
        return box.item.at
    if box.last < 0:
        return None
    maps = (one.value for one in recording.attention if one.event == box.last)
    outputs = results(recording, Span(box.first, box.last))
    return next(maps, outputs[0] if outputs else None)


def said(recording: Recording, box: Box, say: Callable[[str], str] = phrase) -> Said:
    """The words of a node; ``say`` translates those in its formula."""
    value = value_of(recording, box)
    shape = named_shape(recording.values[value]) if value is not None else ""
    if box.item.kind in ("input", "output"):
        return Said("", shape, "", 0, "")
    events = recording.events[box.first : box.last + 1]
    seconds = seconds_text(sum(event.seconds for event in events))
    if len(events) > 1:
        detail = recording.calls[box.call].detail if box.call >= 0 else ""
        return Said(detail, shape, seconds, len(events), "")
    event = events[0]
    inputs = [recording.values[v] for v in event.inputs]
    formed = formula(event.op, [value.kind for value in inputs], say, event.detail)
    weights = " · ".join(_weight(value) for value in inputs if value.kind == "parameter")
    return Said(formed, shape, seconds, 1, weights)


def glimpse(recording: Recording, value: int) -> Glimpse | None:
    """How a value is shown in a node, None if it has nothing to show."""
    shape = recording.values[value].shape
    panes = panes_for(recording, value)
    if not panes:
        return None
    if not shape:
        return Glimpse("number", line_view(recording, value, (), 1), (1, 1, 1))
    if panes[0] == "attention" and len(shape) > 2:
        view = stack_view(recording, value, _HEADS, SIDE, "mean")
        return Glimpse("heads", view, _tiles(view, shape))
    if "features" in panes:
        most, side = (_MAPS, _MAP_SIDE) if shape[1] > 3 else (3, SIDE)
        view = stack_view(recording, value, most, side)
        return Glimpse("maps", view, _tiles(view, shape))
    if sum(n > 1 for n in shape) <= 1:
        view = line_view(recording, value, (), SIDE)
        return Glimpse("bars", view, _tiles(view, shape))
    if len(shape) > 3 and shape[-3] > 1:
        view = stack_view(recording, value, _HEADS, _MAP_SIDE)
        return Glimpse("maps", view, _tiles(view, shape))
    what = recording.values[value]
    view = plane_view(recording.tape, value, fitted(Plane(), what), (SIDE, SIDE), (what.dtype,))
    return Glimpse("plane", view, _tiles(view, shape))


def side_by_side(
    tiles: tuple[int, int, int], width: float, height: float
) -> tuple[int, float, float]:
    """How many tiles of equal shape stand in a row, and how large each is, to fill the most of a
    room."""
    count, rows, columns = tiles
    aspect = columns / rows
    best = (1, 0.0, 0.0)
    for across in range(1, count + 1):
        wide, high = width / across, height / math.ceil(count / across)
        side = min(wide, high * aspect)
        if side > best[1]:
            best = (across, side, side / aspect)
    return best


def _tiles(view: View, shape: tuple[int, ...]) -> tuple[int, int, int]:
    """The shape (count, rows, columns) of the answer to a view."""
    blocks = (math.ceil(shape[a] / most) for a, most in zip(view.keep, view.size, strict=True))
    cells = [math.ceil(shape[a] / b) for a, b in zip(view.keep, blocks, strict=True)]
    count, rows, columns = (1, 1, 1, *cells)[-3:]
    return count, rows, columns


def _weight(value: Value) -> str:
    """``weight 128 × 384``."""
    return f"{value.name.rpartition('.')[2]} {named_shape(value)}"
