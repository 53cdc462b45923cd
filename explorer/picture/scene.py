"""The scene: boxes and wires with what is written on them, in colour roles. Data to be painted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from explorer.core.ops import Family
from explorer.picture.caption import Kind
from explorer.picture.grid import Point
from explorer.picture.inside import Item


@dataclass(frozen=True)
class Box:
    """A node or an open box.

    ``first … last`` are the events it stands for; a source has -1, a sink the event that made
    it. ``call`` is the call that it is, -1 for anything else. Among all boxes of a scene,
    ``parent`` is the index of the open box around it, -1 if none; ``depth`` counts those.
    """

    item: Item
    kind: Kind
    x: float
    y: float
    width: float
    height: float
    title: str
    subtitle: str
    family: Family
    first: int
    last: int
    call: int
    parameters: int
    parent: int = -1
    depth: int = 0


@dataclass(frozen=True)
class Wire:
    """A value on its way: a polyline, and its shape in short and in full near its beginning.

    ``writer`` is the event that makes the value (-1 for inputs), ``reader`` the first event it is
    for on this wire. ``arrow`` tells that it ends at a node, not at a border. ``parent`` is the
    open box it lies in, as for `Box`.
    """

    points: tuple[Point, ...]
    value: int
    writer: int
    reader: int
    residual: bool
    arrow: bool
    short: str
    full: str
    label: tuple[float, float, float] | None
    parent: int = -1


@dataclass(frozen=True)
class Room:
    """The inside of an open call. Everything is measured from its upper left corner.

    ``rooms`` are those of the open boxes among its ``boxes``, with the index of each.
    """

    call: int
    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]
    rooms: tuple[tuple[int, Room], ...]
    width: float
    height: float


@dataclass(frozen=True)
class Scene:
    """All that is drawn: the room of the model, and those in it."""

    root: Room

    @property
    def width(self) -> float:
        """Of all."""
        return self.root.width

    @property
    def height(self) -> float:
        """Of all."""
        return self.root.height

    @cached_property
    def boxes(self) -> tuple[Box, ...]:
        """All boxes, from the outside in, measured from the corner of all."""
        return tuple(
            replace(box, x=x + box.x, y=y + box.y, parent=parent, depth=depth)
            for room, x, y, parent, depth in self.placed()
            for box in room.boxes
        )

    @cached_property
    def wires(self) -> tuple[Wire, ...]:
        """All wires, measured from the corner of all."""
        return tuple(
            _moved(wire, x, y, parent)
            for room, x, y, parent, _ in self.placed()
            for wire in room.wires
        )

    def placed(self) -> Iterator[tuple[Room, float, float, int, int]]:
        """Every room, from the outside in, with its place, its box among all, and its depth."""
        waiting = [(self.root, 0.0, 0.0, -1, 0)]
        count = 0
        while waiting:
            room, x, y, parent, depth = waiting.pop()
            yield room, x, y, parent, depth
            for at, inner in reversed(room.rooms):
                box = room.boxes[at]
                waiting.append((inner, x + box.x, y + box.y, count + at, depth + 1))
            count += len(room.boxes)

    def about_as_large_as(self, other: Scene) -> bool:
        """Whether a view of the other shows much the same of this one."""
        sides = ((self.width, other.width), (self.height, other.height))
        return all(abs(one - another) <= 0.1 * max(one, another) for one, another in sides)

    def text(self) -> str:
        """The scene in lines, for tests and for people."""
        lines = [f"scene {self.width:g}×{self.height:g}"]
        for box in self.boxes:
            said = " | ".join(part.strip() for part in (box.title, box.subtitle) if part)
            said += f" | {box.parameters}" if box.parameters else ""
            lines.append(
                f"{'  ' * box.depth}{box.kind} [{said}] {box.family}"
                f" at {box.x:g},{box.y:g} {box.width:g}×{box.height:g}"
                f" events {box.first}…{box.last}"
            )
        for wire in self.wires:
            way = " → ".join(f"{x:g},{y:g}" for x, y in wire.points)
            marks = (" residual" if wire.residual else "") + (" arrow" if wire.arrow else "")
            label = f" [{wire.short}]" if wire.label else ""
            lines.append(f"wire {wire.writer}→{wire.reader}{marks}{label}: {way}")
        return "\n".join(lines)


def _moved(wire: Wire, x: float, y: float, parent: int) -> Wire:
    points = tuple((x + px, y + py) for px, py in wire.points)
    label = wire.label and (x + wire.label[0], y + wire.label[1], wire.label[2])
    return replace(wire, points=points, label=label, parent=parent)
