"""The compound layout: every open call is a box, laid out by itself, innermost first.

A value that goes from one box into another leaves and enters through ports on their borders, so
no wire ever crosses a box that it has nothing to do with. Opening a call changes the layout of
the boxes around it alone: equal boxes are laid out once and remembered (`layered.arrange`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, NamedTuple

from explorer.core.graph import Recording
from explorer.picture.caption import (
    HEADER,
    Caption,
    call_caption,
    event_caption,
    is_leaf,
    shape_label,
)
from explorer.picture.grid import Arranged, Flat, Net, Point
from explorer.picture.layered import arrange


class Item(NamedTuple):
    """Something in a box: an event, a call, an input or output of the model, or a port.

    ``at`` is the index of the event, the call or, for all others, the value.
    """

    kind: Literal["event", "call", "input", "output", "top", "bottom"]
    at: int


@dataclass(frozen=True)
class Spot:
    """Where an item is. ``box`` is the open call that it stands in, -1 for the model itself."""

    item: Item
    box: int
    caption: Caption
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Path:
    """A value's way inside one box, from ``source`` to ``target`` (either may be a port).

    ``skips`` counts the ranks it passes over. ``label`` is (x, y, room) for the value's shape, on
    the first path of a value only.
    """

    value: int
    box: int
    source: Item
    target: Item
    points: tuple[Point, ...]
    skips: int
    label: tuple[float, float, float] | None


@dataclass(frozen=True)
class Layout:
    """Spots from the outside in, paths, and the size of all."""

    spots: tuple[Spot, ...]
    paths: tuple[Path, ...]
    width: float
    height: float


@dataclass
class _Box:
    """The inside of an open call. ``nets`` maps (source, value) to its targets, in order."""

    call: int
    items: dict[Item, None] = field(default_factory=dict)
    tops: dict[Item, None] = field(default_factory=dict)
    bottoms: dict[Item, None] = field(default_factory=dict)
    nets: dict[tuple[Item, int], dict[Item, None]] = field(default_factory=dict)
    captions: dict[Item, Caption] = field(default_factory=dict)
    arranged: Arranged | None = None
    ports: dict[Item, float] = field(default_factory=dict)  # where they are on the border

    @property
    def nodes(self) -> list[Item]:
        """In the order of their numbers in the flat layout."""
        return [*self.tops, *self.items, *self.bottoms]

    def connect(self, value: int, source: Item, target: Item) -> None:
        """Let ``value`` go from one to the other."""
        for item in (source, target):
            side = {"top": self.tops, "bottom": self.bottoms}.get(item.kind, self.items)
            side.setdefault(item)
        self.nets.setdefault((source, value), {}).setdefault(target)


Home = tuple[tuple[int, ...], Item]  # the open calls around an item, outermost first, and the item


def layout(recording: Recording, opened: frozenset[int]) -> Layout:
    """Lay out a recording with the boxes of ``opened`` open; 0, the model, always is."""
    boxes = _boxes(recording, opened | {0})
    for call in sorted(boxes, reverse=True):  # a call comes after the one around it
        _arrange(recording, boxes, boxes[call])
    spots: list[Spot] = []
    paths: list[Path] = []
    corner = {0: (0.0, 0.0)}
    for call in sorted(boxes):
        spots += _spots(boxes, boxes[call], corner)
        paths += _paths(boxes[call], corner[call])
    whole = boxes[0].arranged
    assert whole is not None
    return Layout(tuple(spots), tuple(paths), whole.width, whole.height)


def _boxes(recording: Recording, opened: frozenset[int]) -> dict[int, _Box]:
    """The open boxes with their items and the values between them."""
    homes = _homes(recording, opened)
    boxes: dict[int, _Box] = {0: _Box(0)}

    def home(event: int) -> Home:
        chain, item = homes[recording.events[event].call]
        return chain, item or Item("event", event)

    inputs: dict[int, Home] = {}
    for v, value in enumerate(recording.values):
        if value.kind == "input":
            inputs[v] = ((0,), Item("input", v))
            boxes[0].items.setdefault(inputs[v][1])

    for event in recording.events:
        chain, item = home(event.index)
        for outer, inner in pairwise(chain):
            boxes[outer].items.setdefault(Item("call", inner))
            boxes.setdefault(inner, _Box(inner))
        boxes[chain[-1]].items.setdefault(item)
        for v in event.inputs:
            writer = recording.values[v].writer
            if writer >= 0 or v in inputs:
                _connect(boxes, v, home(writer) if writer >= 0 else inputs[v], (chain, item))
    for v in recording.outputs:
        writer = recording.values[v].writer
        if writer >= 0 or v in inputs:
            source = home(writer) if writer >= 0 else inputs[v]
            _connect(boxes, v, source, ((0,), Item("output", v)))
    return boxes


def _homes(
    recording: Recording, opened: frozenset[int]
) -> list[tuple[tuple[int, ...], Item | None]]:
    """For every call: the open calls around its own events, and the item that hides these."""
    homes: list[tuple[tuple[int, ...], Item | None]] = []
    for call in recording.calls:
        if call.parent < 0:
            homes.append(((call.index,), None))
            continue
        chain, hidden = homes[call.parent]
        if hidden is None:
            if call.index in opened and not is_leaf(call):
                chain = (*chain, call.index)
            else:
                hidden = Item("call", call.index)
        homes.append((chain, hidden))
    return homes


def _connect(boxes: dict[int, _Box], value: int, writer: Home, reader: Home) -> None:
    """Lead a value from where it is written up to the common box, and down to its reader."""
    (from_chain, source), (to_chain, target) = writer, reader
    shared = 0
    for a, b in zip(from_chain, to_chain, strict=False):
        if a != b:
            break
        shared += 1
    for call in reversed(from_chain[shared:]):
        boxes[call].connect(value, source, Item("bottom", value))
        source = Item("call", call)
    for call in reversed(to_chain[shared:]):
        boxes[call].connect(value, Item("top", value), target)
        target = Item("call", call)
    if source != target:
        boxes[from_chain[shared - 1]].connect(value, source, target)


def _arrange(recording: Recording, boxes: dict[int, _Box], box: _Box) -> None:
    """Lay out one box; the boxes inside it are laid out already."""
    nodes = box.nodes
    number = {item: i for i, item in enumerate(nodes)}
    sizes: list[tuple[float, float]] = []
    rounds = set()
    for item in nodes:
        if item.kind in ("top", "bottom"):
            sizes.append((0.0, 0.0))
            continue
        caption = box.captions[item] = _caption(recording, boxes, item)
        inside = boxes[item.at].arranged if caption.kind == "open" else None
        sizes.append((inside.width, inside.height) if inside else caption.size)
        if caption.kind == "circle":
            rounds.add(number[item])

    def port(item: Item, side: Literal["top", "bottom"], value: int) -> float | None:
        caption = box.captions.get(item)
        if caption is None or caption.kind != "open":
            return None
        return boxes[item.at].ports[Item(side, value)]

    nets = tuple(
        Net(
            number[source],
            port(source, "bottom", value),
            tuple((number[t], port(t, "top", value)) for t in targets),
        )
        for (source, value), targets in box.nets.items()
    )
    titled = box.call != 0
    title = call_caption(recording, recording.calls[box.call], True).width if titled else 0.0
    box.arranged = arrange(
        Flat(
            tuple(sizes), nets, len(box.tops), len(box.bottoms), frozenset(rounds),
            HEADER if titled else 0.0, title,
        )
    )  # fmt: skip
    for item in (*box.tops, *box.bottoms):
        box.ports[item] = box.arranged.places[number[item]][0]


def _caption(recording: Recording, boxes: dict[int, _Box], item: Item) -> Caption:
    if item.kind == "event":
        return event_caption(recording, recording.events[item.at])
    if item.kind == "call":
        return call_caption(recording, recording.calls[item.at], item.at in boxes)
    value = recording.values[item.at]
    if item.kind == "input":
        return Caption("source", value.name, shape_label(value), "container")
    names = dict(zip(recording.outputs[::-1], recording.output_names[::-1], strict=False))
    return Caption("sink", names.get(item.at, ""), shape_label(value), "container")


def _spots(boxes: dict[int, _Box], box: _Box, corner: dict[int, Point]) -> Iterator[Spot]:
    assert box.arranged is not None
    left, top = corner[box.call]
    for item, (x, y) in zip(box.nodes, box.arranged.places, strict=True):
        caption = box.captions.get(item)
        if caption is None:
            continue  # a port
        width, height = caption.size
        if caption.kind == "open":
            corner[item.at] = (left + x, top + y)
            inside = boxes[item.at].arranged
            assert inside is not None
            width, height = inside.width, inside.height
        yield Spot(item, box.call, caption, left + x, top + y, width, height)


def _paths(box: _Box, corner: Point) -> Iterator[Path]:
    assert box.arranged is not None
    left, top = corner
    for n, ((source, value), targets) in enumerate(box.nets.items()):
        label = None
        caption = box.captions.get(source)
        if caption is not None and caption.kind != "open":
            x, y, room = box.arranged.labels[n]
            label = (left + x, top + y, room)
        for k, target in enumerate(targets):
            points = tuple((left + x, top + y) for x, y in box.arranged.routes[n][k])
            yield Path(
                value, box.call, source, target, points, box.arranged.skips[n][k],
                label if k == 0 else None,
            )  # fmt: skip
