"""The scene as somebody walks on it: what is beside a node, and the way down to it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from explorer.core.flow import Span, next_reader
from explorer.core.graph import Recording, ancestry, closed_around, is_leaf
from explorer.picture.caption import call_caption, event_caption
from explorer.picture.inside import RAN
from explorer.picture.scene import Box, Placed, Room, Scene, Spot, Wire

Way = Literal["left", "right", "up", "down"]


class Crumb(Struct, frozen=True):
    """A step of the way from the model down to the cursor: a call, or at its end an op (-1)."""

    title: str
    call: int = -1


def trail(recording: Recording, opened: frozenset[int], event: int) -> list[Crumb]:
    """The open boxes around the node that an event is or is hidden in, outermost first, and the
    node itself."""
    closed = closed_around(recording, event, opened)
    found = []
    for index in ancestry(recording, recording.events[event].call):
        call = recording.calls[index]
        title = call_caption(recording, call, True).title if index else call.kind
        found.append(Crumb(title, index))
        if index == closed or (index and is_leaf(call)):
            return found
    return [*found, Crumb(_op_title(recording, event))]


def node_title(recording: Recording, node: Span) -> str:
    """What is written on a node."""
    for index in ancestry(recording, recording.events[node.last].call)[1:]:
        call = recording.calls[index]
        if (call.first, call.last) == node:
            return call_caption(recording, call, True).title
    return _op_title(recording, node.last)


def _op_title(recording: Recording, event: int) -> str:
    """What is written on an op; one that is drawn as a sign alone has a name, too."""
    one = recording.events[event]
    caption = event_caption(recording, one)
    return one.op if caption.kind == "circle" else caption.title


def walked(scene: Scene, recording: Recording, event: int, way: Way) -> int | None:
    """The event to go to for the next node on one side of that of ``event``; above and below only
    of a step over time, whose layers go down as time goes right."""
    if way in ("left", "right"):
        return beside(scene, event, way == "right")
    spot = scene.node_of(event)
    if spot is None:
        return None
    return _below(spot, recording) if way == "down" else _above(spot, recording)


def _below(spot: Spot, recording: Recording) -> int | None:
    """What reads first what a step gives downwards; None if it is no step, or gives nothing."""
    into, out = _wires(spot)
    if not _is_step(into, out):
        return None
    down = [wire for wire in out if not _is_level(wire.points[0], wire.points[1])]
    readers = (_reader_below(recording, wire.value, wire.first - 1) for wire in down)
    return min((reader for reader in readers if reader is not None), default=None)


def _reader_below(recording: Recording, value: int, after: int) -> int | None:
    """What reads a value after an event. What only joins all steps, to be cut into them again for
    the layer below, is passed: it goes on in the same step."""
    reader = next_reader(recording, value, after)
    if reader is None or recording.events[reader].op != "stack":
        return reader
    joined = recording.events[reader]
    cut = next_reader(recording, joined.outputs[0], reader)
    if cut is None or recording.events[cut].op != "unbind":
        return reader
    parts, values = recording.events[cut].outputs, recording.values
    if len(parts) != len(joined.inputs) or values[parts[0]].shape != values[value].shape:
        return reader
    below = next_reader(recording, parts[joined.inputs.index(value)], cut)
    return reader if below is None else below


def _above(spot: Spot, recording: Recording) -> int | None:
    """What wrote what comes to a step from above, the longest way; None if it is no step."""
    into, out = _wires(spot)
    if not _is_step(into, out):
        return None
    up = [wire for wire in into if not _is_level(wire.points[-2], wire.points[-1])]
    writers = [wire.writer for wire in up if wire.writer >= 0]
    return max(writers, key=recording.depths.__getitem__, default=None)


def _wires(spot: Spot) -> tuple[list[Wire], list[Wire]]:
    """What leads to a node, and what away from it; a circle is entered from its sides anyway."""
    room, box = spot.placed.room, spot.placed.room.boxes[spot.at]
    if box.kind == "circle":
        return [], []
    into = [wire for wire in room.wires if wire.arrow and box.first <= wire.first <= box.last]
    return into, [wire for wire in room.wires if box.first <= wire.writer <= box.last]


def _is_step(into: list[Wire], out: list[Wire]) -> bool:
    """Whether a state comes in at a side, or goes out at one."""
    return any(_is_level(wire.points[-2], wire.points[-1]) for wire in into) or any(
        _is_level(wire.points[0], wire.points[1]) for wire in out
    )


def _is_level(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return abs(one[1] - other[1]) < 0.5


def beside(scene: Scene, event: int, right: bool) -> int | None:
    """The event to go to for the next node on the right of that of ``event``, or on its left: in
    the same box what stands at the same height; else beside the box around, and so on."""
    around = _spots(scene, event)
    if not around:
        return None
    here = around[-1].box
    for spot in reversed(around):
        room, at = spot.placed.room, spot.at
        limit = spot.box
        found = [
            n
            for n, box in enumerate(room.boxes)
            if n != at
            and box.item.kind in RAN
            and _gap(limit, _placed(box, spot.placed), right) >= 0
        ]
        for level in (here, limit):  # a box is higher than the node in it
            row = [n for n in found if _overlap(level, _placed(room.boxes[n], spot.placed))]
            if row:
                nearest = min(row, key=lambda n: _far(here, _placed(room.boxes[n], spot.placed)))
                return _enter(spot.placed, nearest, here)
    return None


def _spots(scene: Scene, event: int) -> list[Spot]:
    """The open boxes around an event, outermost first, and its node."""
    placed, found = scene.whole, []
    while (at := placed.room.node_of(event)) >= 0:
        found.append(Spot(placed, at))
        if at not in placed.room.inner:
            return found
        placed = placed.within(at)
    return []


def _enter(placed: Placed, at: int, here: Box) -> int:
    """The last event of the node nearest to ``here`` in a box."""
    while at in placed.room.inner:
        placed = placed.within(at)
        room: Room = placed.room
        nodes = [n for n, box in enumerate(room.boxes) if box.item.kind in RAN]
        at = min(nodes, key=lambda n: _far(here, _placed(room.boxes[n], placed)))
    return placed.room.boxes[at].last


def _placed(box: Box, placed: Placed) -> tuple[float, float, float, float]:
    """Left, top, right, bottom, from the corner of all."""
    x, y = placed.x + box.x, placed.y + box.y
    return x, y, x + box.width, y + box.height


def _gap(here: Box, there: tuple[float, float, float, float], right: bool) -> float:
    """How far it is to what lies on the right, or on the left; less than 0 if it does not."""
    return there[0] - here.x - here.width if right else here.x - there[2]


def _overlap(here: Box, there: tuple[float, float, float, float]) -> bool:
    """Whether they stand at the same height."""
    return there[1] < here.y + here.height and there[3] > here.y


def _far(here: Box, there: tuple[float, float, float, float]) -> float:
    """How far it is to the nearest edge; across is nearer than down, for we go along a row."""
    left, top, right, bottom = there
    across = max(left - here.x - here.width, here.x - right, 0.0)
    down = max(top - here.y - here.height, here.y - bottom, 0.0)
    return across + 4.0 * down
