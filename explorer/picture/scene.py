"""The scene: boxes and wires with what is written on them, in colour roles. Data to be painted."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from explorer.core.ops import Family
from explorer.picture.caption import HEADER, Kind
from explorer.picture.grid import Point
from explorer.picture.inside import RAN, Item

WRITTEN = 220.0  # the widest that stands beside a wire
_MANY = 64  # boxes or wires, from which it is worth to look for those too small to be seen


class Box(Struct, frozen=True, gc=False):
    """A node or an open box.

    ``first … last`` are the events it stands for; a source has -1, a sink the event that made
    it. ``call`` is the call that it is, -1 for anything else; ``count`` how many equal calls a fold
    stands for, else 1; ``role`` what an op is in attention. Among all boxes of a scene,
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
    count: int = 1
    role: str = ""
    parent: int = -1
    depth: int = 0


class Name(NamedTuple):
    """Something that is written where it begins: ``h``, ``t = 3``."""

    text: str
    x: float
    y: float


class Axis(NamedTuple):
    """The time of a loop: ``marks`` are the middle of each step and its time, from left to right.
    The steps stand between ``top`` and ``bottom``, at least ``pitch`` from each other; they are
    ``titled`` if each has its time for a title. ``backwards`` tells that the last one ran first."""

    marks: tuple[tuple[float, int], ...]
    top: float
    bottom: float
    pitch: float
    titled: bool
    backwards: bool = False


class Wire(Struct, frozen=True, gc=False):
    """A value on its way: a polyline, and its shape near its beginning, where a ``label`` tells:
    from that point on, as wide as the third number at most.

    ``writer`` is the event that makes the value (-1 for inputs), ``reader`` the first event it is
    for on this wire; ``first … last`` are all events that may read it at its end, where what the
    model returns is read after the last event. ``arrow`` tells that it ends at a node, not at a
    border. ``parent`` is the open box it lies in, as for `Box`. ``names`` are what a step over time
    is called that it leads to, and the ``state`` that it carries, where no node says it.
    """

    points: tuple[Point, ...]
    value: int
    writer: int
    reader: int
    residual: bool
    arrow: bool
    shape: str
    label: tuple[float, float, float] | None
    parent: int = -1
    first: int = 0
    last: int = -1
    part: tuple[Point, ...] | None = None
    names: tuple[Name, ...] = ()
    state: str = ""

    @property
    def drawn(self) -> tuple[Point, ...]:
        """Of its points those to draw: what wires share is drawn once."""
        return self.points if self.part is None else self.part

    @property
    def pointed(self) -> bool:
        """Whether it has an arrow head to draw: of wires that arrive together one has."""
        return self.arrow and (self.part is None or self.part[-1] == self.points[-1])


class Region(NamedTuple):
    """A rectangle: what is to be painted, or looked through."""

    left: float
    top: float
    right: float
    bottom: float

    def moved(self, x: float, y: float) -> Region:
        """The same as seen from another corner."""
        return Region(self.left - x, self.top - y, self.right - x, self.bottom - y)


@dataclass(frozen=True)
class Room:
    """The inside of an open call. Everything is measured from its upper left corner.

    ``call`` is that call; of an open fold it is −1 less its first one.
    ``rooms`` are those of the open boxes among its ``boxes``, with the index of each, ``axes`` the
    times of the loops in it. Its wires are made by ``wiring`` when the first is drawn: most rooms
    of a large model never are. Of a room that is ``like`` another one all is at the same place,
    for events that ran so many ``later``.
    """

    call: int
    boxes: tuple[Box, ...]
    wiring: Callable[[], tuple[Wire, ...]] = field(compare=False, repr=False)
    rooms: tuple[tuple[int, Room], ...]
    width: float
    height: float
    axes: tuple[Axis, ...] = ()
    like: Room | None = field(default=None, compare=False, repr=False)
    later: int = field(default=0, compare=False, repr=False)

    @cached_property
    def timed(self) -> bool:
        """Whether there is a loop over time in it, or in a room of it."""
        return bool(self.axes) or any(inner.timed for _, inner in self.rooms)

    @cached_property
    def wires(self) -> tuple[Wire, ...]:
        """What leads from box to box."""
        return self.wiring()

    def furnish(self) -> None:
        """Make now what is otherwise made when it is drawn."""
        one = self._model
        _ = self.wires, one._reaches, one._frames, one._firsts, one._readers

    @cached_property
    def inner(self) -> dict[int, Room]:
        """``rooms`` by the index of their box."""
        return dict(self.rooms)

    def boxes_in(self, region: Region, unit: float = 0.0) -> list[int]:
        """Those that touch a region; of those smaller than ``unit`` that share a place of that
        size one is enough."""
        frames = self.frames
        found = _touching(frames, region)
        if unit and len(found) > _MANY:
            found = _apart(frames, found, unit)
        return found.tolist()

    def wires_in(self, region: Region, least: float = 0.0) -> list[int]:
        """Those that touch a region, or of which what is written beside them may; none that is
        shorter than ``least``."""
        reaches = self._model._reaches
        found = _touching(reaches, region)
        if least and len(found) > _MANY:
            sides = reaches[found, 2:] - reaches[found, :2]
            found = found[sides.sum(1) > least]
        return found.tolist()

    def boxes_after(self, event: int) -> np.ndarray:
        """Which boxes (N,) stand for later events only."""
        return self._model._firsts > event - self.later

    def wires_after(self, event: int) -> np.ndarray:
        """Which wires (M,) lead to later events only."""
        return self._model._readers > event - self.later

    def node_of(self, event: int) -> int:
        """The box that an event is, or is in; -1 if none."""
        at = bisect_right(self._nodes, (event, len(self.boxes))) - 1
        if at < 0:
            return -1
        found = self._nodes[at][1]
        return found if self.boxes[found].last >= event else -1

    def box_of(self, call: int) -> int:
        """The box that a call is, or the fold that it is in; -1 if there is none."""
        for n, box in enumerate(self.boxes):
            if box.call == call:
                return n
            if box.item.kind == "fold" and box.item.at <= call <= box.item.until:
                return n
        return -1

    @cached_property
    def _nodes(self) -> list[tuple[int, int]]:
        """The first event and the index of what stands for events, in order."""
        return sorted((box.first, n) for n, box in enumerate(self.boxes) if box.item.kind in RAN)

    @property
    def frames(self) -> np.ndarray:
        """Left, top, right and bottom of each box, (N, 4)."""
        return self._model._frames

    @property
    def _model(self) -> Room:
        """What has the places of all that is in it."""
        return self.like or self

    @cached_property
    def _frames(self) -> np.ndarray:
        frames = [(b.x, b.y, b.x + b.width, b.y + b.height) for b in self.boxes]
        return np.array(frames, dtype=float).reshape(-1, 4)

    @cached_property
    def _reaches(self) -> np.ndarray:
        return _reaches(self.wires)

    @cached_property
    def _firsts(self) -> np.ndarray:
        return np.array([box.first for box in self.boxes], dtype=np.int64)

    @cached_property
    def _readers(self) -> np.ndarray:
        return np.array([wire.reader for wire in self.wires], dtype=np.int64)


@dataclass(frozen=True)
class Placed:
    """A room of a scene: the place of its corner, and how many rooms are around it."""

    room: Room
    x: float
    y: float
    depth: int

    def within(self, at: int) -> Placed:
        """The room of an open box in it."""
        box = self.room.boxes[at]
        return Placed(self.room.inner[at], self.x + box.x, self.y + box.y, self.depth + 1)


@dataclass(frozen=True)
class Spot:
    """A box of a scene: the room that it stands in, and its index there."""

    placed: Placed
    at: int

    @cached_property
    def box(self) -> Box:
        """Measured from the corner of all."""
        placed = self.placed
        box = placed.room.boxes[self.at]
        return replace(box, x=placed.x + box.x, y=placed.y + box.y, depth=placed.depth)


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

    @property
    def whole(self) -> Placed:
        """The room of the model."""
        return Placed(self.root, 0.0, 0.0, 0)

    def node_of(self, event: int) -> Spot | None:
        """The node that an event is, or is hidden in."""
        placed = self.whole
        while (at := placed.room.node_of(event)) >= 0:
            if at not in placed.room.inner:
                return Spot(placed, at)
            placed = placed.within(at)
        return None

    def box_of(self, call: int, around: tuple[int, ...]) -> Spot | None:
        """The box of a call, open or closed, which lies in the calls ``around``, outermost first;
        the closed fold that it is in; None if it is not to be seen."""
        placed = self.whole
        for outer in (*around[1:], call):
            at = placed.room.box_of(outer)
            while at >= 0 and placed.room.boxes[at].call != outer:  # a fold that it is in
                if at not in placed.room.inner:
                    return Spot(placed, at) if outer == call else None
                placed = placed.within(at)
                at = placed.room.box_of(outer)
            if at < 0:
                return None
            if outer == call:
                return Spot(placed, at)
            if at not in placed.room.inner:
                return None
            placed = placed.within(at)
        return None

    def box_at(self, x: float, y: float) -> Spot | None:
        """The innermost box at a point, of an open one only its title."""
        placed = self.whole
        while True:
            here = Region(x, y, x, y).moved(placed.x, placed.y)
            at = next(iter(placed.room.boxes_in(here)), -1)
            if at < 0:
                return None
            if at not in placed.room.inner:
                return Spot(placed, at)
            if here.top <= placed.room.boxes[at].y + HEADER:
                return Spot(placed, at)
            placed = placed.within(at)

    def rooms_in(self, region: Region, least: float = 0.0) -> Iterator[Placed]:
        """The rooms that touch a region, from the outside in; none in one that is smaller either
        way than ``least``."""
        waiting = [self.whole]
        while waiting:
            placed = waiting.pop()
            yield placed
            room, here = placed.room, region.moved(placed.x, placed.y)
            if len(room.rooms) < 8:
                near = [at for at, _ in room.rooms]
            else:
                near = [at for at in room.boxes_in(here) if at in room.inner]
            for at in reversed(near):
                box = room.boxes[at]
                seen = (
                    box.x <= here.right and box.y <= here.bottom
                    and box.x + box.width >= here.left and box.y + box.height >= here.top
                )  # fmt: skip
                if seen and min(box.width, box.height) >= least:
                    waiting.append(placed.within(at))

    @cached_property
    def boxes(self) -> tuple[Box, ...]:
        """All boxes, from the outside in, measured from the corner of all."""
        return tuple(
            replace(box, x=x + box.x, y=y + box.y, parent=parent, depth=depth)
            for room, x, y, parent, depth in self._placed()
            for box in room.boxes
        )

    @cached_property
    def wires(self) -> tuple[Wire, ...]:
        """All wires, measured from the corner of all."""
        return tuple(
            _moved(wire, x, y, parent)
            for room, x, y, parent, _ in self._placed()
            for wire in room.wires
        )

    def rooms(self) -> Iterator[Room]:
        """Every room, from the outside in."""
        return (room for room, *_ in self._placed())

    def _placed(self) -> Iterator[tuple[Room, float, float, int, int]]:
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
            role = f" as {box.role}" if box.role else ""
            lines.append(
                f"{'  ' * box.depth}{box.kind} [{said}] {box.family}{role}"
                f" at {box.x:g},{box.y:g} {box.width:g}×{box.height:g}"
                f" events {box.first}…{box.last}"
            )
        for room, x, y, _, _ in self._placed():
            for axis in room.axes:
                marks = " ".join(f"{time}@{x + at:g}" for at, time in axis.marks)
                way = " titled" * axis.titled + " backwards" * axis.backwards
                lines.append(f"axis{way} {marks} from {y + axis.top:g} to {y + axis.bottom:g}")
        for wire in self.wires:
            way = " → ".join(f"{x:g},{y:g}" for x, y in wire.points)
            marks = (" residual" if wire.residual else "") + (" arrow" if wire.arrow else "")
            label = f" [{wire.shape}]" if wire.label else ""
            label += "".join(f" {name.text!r} at {name.x:g},{name.y:g}" for name in wire.names)
            lines.append(f"wire {wire.writer}→{wire.reader}{marks}{label}: {way}")
        return "\n".join(lines)


def _reaches(wires: tuple[Wire, ...]) -> np.ndarray:
    """What each wire and what is written beside it take at most, (M, 4): left, top, right,
    bottom."""
    if not wires:
        return np.empty((0, 4))
    lines = [wire.drawn for wire in wires]
    points = np.fromiter(chain.from_iterable(chain.from_iterable(lines)), float).reshape(-1, 2)
    begins = np.cumsum([0, *map(len, lines[:-1])])
    left, top = np.minimum.reduceat(points, begins).T.tolist()
    right, bottom = np.maximum.reduceat(points, begins).T.tolist()
    for n, wire in enumerate(wires):
        if wire.label is not None:
            x, y, wide = wire.label
            left[n] = min(left[n], x)
            right[n] = max(right[n], x + min(wide, WRITTEN))
            bottom[n] = max(bottom[n], y + 16.0)
        for name in wire.names:
            top[n] = min(top[n], name.y)
            right[n] = max(right[n], name.x + 8.0 * len(name.text))
        aside = 40.0 if wire.residual else 18.0  # what is written along it
        left[n], right[n] = left[n] - aside, right[n] + aside
    return np.array((left, top, right, bottom)).T.copy()


def _moved(wire: Wire, x: float, y: float, parent: int) -> Wire:
    points = tuple((x + px, y + py) for px, py in wire.points)
    part = wire.part and tuple((x + px, y + py) for px, py in wire.part)
    label = wire.label and (x + wire.label[0], y + wire.label[1], wire.label[2])
    names = tuple(Name(name.text, x + name.x, y + name.y) for name in wire.names)
    return replace(wire, points=points, label=label, parent=parent, part=part, names=names)


def _touching(frames: np.ndarray, region: Region) -> np.ndarray:
    """Indices (K,) of the rectangles (N, 4) that touch a region."""
    touching = (
        (frames[:, 0] <= region.right)
        & (frames[:, 2] >= region.left)
        & (frames[:, 1] <= region.bottom)
        & (frames[:, 3] >= region.top)
    )
    return np.flatnonzero(touching)


def _apart(frames: np.ndarray, some: np.ndarray, unit: float) -> np.ndarray:
    """Of ``some`` (K,) of the rectangles (N, 4) the large ones, and of small ones the first in each
    square with that side."""
    left, top, right, bottom = frames[some].T
    small = (right - left < unit) & (bottom - top < unit)
    squares = (left[small] // unit) * 2**26 + top[small] // unit
    _, first = np.unique(squares, return_index=True)
    found: np.ndarray = np.sort(np.concatenate((some[~small], some[small][first])))
    return found
