"""The compound layout: every open call is a box, laid out by itself, innermost first.

A value that goes from one box into another leaves and enters through ports on their borders, so
no wire ever crosses a box that it has nothing to do with. Opening a call changes the layout of
the boxes around it alone: all others are kept as they were, and equal boxes are laid out once
(`layered.arrange`).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from explorer.core.garbage import no_search
from explorer.core.graph import Recording
from explorer.core.ops import shape_only
from explorer.picture.caption import (
    HEADER,
    Caption,
    call_caption,
    elided,
    event_caption,
    flowing,
    named_shape,
    shape_label,
)
from explorer.picture.grid import Flat, Net
from explorer.picture.inside import Inside, Item, insides
from explorer.picture.layered import arrange
from explorer.picture.scene import Box, Room, Scene, Wire

# ops whose result holds the numbers of their input
_SAME = frozenset((
    "view", "reshape", "flatten", "unflatten", "transpose", "permute", "contiguous", "squeeze",
    "unsqueeze", "expand", "T", "mT", "to", "detach", "clone", "float",
))  # fmt: skip


class _Laid(NamedTuple):
    """An open call, laid out. ``ports`` are where values cross its border, from its left."""

    room: Room
    ports: dict[Item, float]


class Layout:
    """The layout of one recording, whichever calls are open. What did not change since the last
    `scene` is not laid out again."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        with no_search():
            self._insides = insides(recording)
        self._laid: dict[int, _Laid] = {}
        self._opened: frozenset[int] = frozenset()
        names = zip(recording.outputs[::-1], recording.output_names[::-1], strict=False)
        self._output_names = dict(names)
        self._captions: dict[tuple[Item, bool], tuple[Caption, tuple[float, float]]] = {}
        self._sizes: dict[Caption, tuple[float, float]] = {}
        self._reached = frozenset[int](), frozenset({0})  # of what was asked for, what is open
        self._shapes: dict[int, tuple[str, str]] = {}  # of values, in short and in full

    def scene(self, opened: frozenset[int]) -> Scene:
        """What there is to draw with these calls open, as far as those around them are; 0, the
        model, always is."""
        opened = self._reachable(opened)
        stale: set[int] = set()
        for call in opened ^ self._opened:
            while call >= 0 and call not in stale:
                stale.add(call)
                call = self.recording.calls[call].parent
        for call in stale:
            self._laid.pop(call, None)
        self._opened = opened
        with no_search():
            for call in sorted(opened - self._laid.keys(), reverse=True):  # the innermost first
                self._laid[call] = self._lay(self._insides[call])
        return Scene(self._laid[0].room)

    def _reachable(self, opened: frozenset[int]) -> frozenset[int]:
        """Those of the calls that stand in open ones. Only what changed is looked at again."""
        asked, reached = self._reached
        found, calls, done = set(reached), self.recording.calls, 1
        for changed in sorted(opened ^ asked):
            call = changed
            while done <= call < len(calls) and (call == changed or calls[call].parent >= changed):
                if call in opened and call in self._insides and calls[call].parent in found:
                    found.add(call)
                else:
                    found.discard(call)
                call += 1
            done = max(done, call)
        self._reached = opened, frozenset(found)
        return self._reached[1]

    def _lay(self, inside: Inside) -> _Laid:
        """Lay out one call; those open inside of it are laid out already."""
        nodes = inside.nodes
        number = {item: i for i, item in enumerate(nodes)}
        captions: dict[Item, Caption] = {}
        sizes: list[tuple[float, float]] = []
        rounds, entered = set(), set()
        for item in nodes:
            if item.kind in ("top", "bottom"):
                sizes.append((0.0, 0.0))
                continue
            caption, size = self._caption(item)
            captions[item] = caption
            if caption.kind == "open":
                room = self._laid[item.at].room
                size = room.width, room.height
                entered.add(item)
            sizes.append(size)
            if caption.kind == "circle":
                rounds.add(number[item])

        def port(item: Item, side: Literal["top", "bottom"], value: int) -> float | None:
            if item not in entered:
                return None
            return self._laid[item.at].ports[Item(side, value)]

        nets = tuple(
            Net(
                number[source],
                port(source, "bottom", value),
                tuple((number[t], port(t, "top", value)) for t in targets),
            )
            for (source, value), targets in inside.nets.items()
        )
        call = self.recording.calls[inside.call]
        titled = inside.call != 0
        arranged = arrange(
            Flat(
                tuple(sizes), nets, len(inside.tops), len(inside.bottoms), frozenset(rounds),
                HEADER if titled else 0.0,
                call_caption(self.recording, call, True).width if titled else 0.0,
            )
        )  # fmt: skip
        boxes: list[Box] = []
        rooms: list[tuple[int, Room]] = []
        for item, place, size in zip(nodes, arranged.places, sizes, strict=True):
            if item not in captions:
                continue  # a port
            if item in entered:
                rooms.append((len(boxes), self._laid[item.at].room))
            boxes.append(self._box(item, captions[item], place, size))
        wires = []
        for n, ((source, value), targets) in enumerate(inside.nets.items()):
            begins = captions.get(source)
            label = arranged.labels[n] if begins is not None and begins.kind != "open" else None
            for k, target in enumerate(targets):
                ends = captions.get(target)
                wires.append(
                    Wire(
                        arranged.routes[n][k], value, self.recording.values[value].writer,
                        call.last if target.kind == "bottom" else self._events(target)[0],
                        arranged.skips[n][k] > 0 and _skips(self.recording, value, target),
                        ends is not None and ends.kind != "open",
                        *self._shape(value),
                        label if k == 0 else None,
                        part=arranged.parts.get((n, k)),
                    )
                )  # fmt: skip
        rooms.sort(key=lambda room: room[1].call)
        room = Room(
            inside.call, tuple(boxes), tuple(wires), tuple(rooms), arranged.width, arranged.height
        )
        ports = {item: arranged.places[number[item]][0] for item in (*inside.tops, *inside.bottoms)}
        return _Laid(room, ports)

    def _box(
        self, item: Item, caption: Caption, place: tuple[float, float], size: tuple[float, float]
    ) -> Box:
        first, last = self._events(item)
        return Box(
            item, caption.kind, *place, *size, caption.title, caption.subtitle, caption.family,
            first, last, item.at if item.kind == "call" else -1, caption.parameters,
        )  # fmt: skip

    def _events(self, item: Item) -> tuple[int, int]:
        """The first and the last event that an item stands for."""
        if item.kind == "event":
            return item.at, item.at
        if item.kind == "call":
            call = self.recording.calls[item.at]
            return call.first, call.last
        writer = self.recording.values[item.at].writer
        return writer, writer

    def _caption(self, item: Item) -> tuple[Caption, tuple[float, float]]:
        key = item, item.kind == "call" and item.at in self._opened
        if key not in self._captions:
            made = self._new_caption(item)
            if made not in self._sizes:
                self._sizes[made] = made.size
            self._captions[key] = made, self._sizes[made]
        return self._captions[key]

    def _shape(self, value: int) -> tuple[str, str]:
        if value not in self._shapes:
            made = self.recording.values[value]
            self._shapes[value] = shape_label(made), named_shape(made)
        return self._shapes[value]

    def _new_caption(self, item: Item) -> Caption:
        recording = self.recording
        if item.kind == "event":
            return event_caption(recording, recording.events[item.at])
        if item.kind == "call":
            return call_caption(recording, recording.calls[item.at], item.at in self._opened)
        value = recording.values[item.at]
        if item.kind == "input":
            return Caption("source", elided(value.name), shape_label(value), "container")
        name = elided(self._output_names.get(item.at, ""))
        return Caption("sink", name, shape_label(value), "container")


def _skips(recording: Recording, value: int, item: Item) -> bool:
    """Whether a value is added to something that was made from it."""
    if item.kind != "event" or recording.events[item.at].op.strip("_") != "add":
        return False
    value = _unshaped(recording, value)
    since = recording.values[value].writer
    seen: set[int] = set()
    ahead = [v for v in recording.events[item.at].inputs if _unshaped(recording, v) != value]
    while ahead:
        one = ahead.pop()
        if one == value:
            return True
        writer = recording.values[one].writer
        if one in seen or writer <= since:  # what is older cannot be made from it
            continue
        seen.add(one)
        event = recording.events[writer]
        ahead += () if shape_only(event.op) else event.inputs
    return False


def _unshaped(recording: Recording, value: int) -> int:
    """The value that this one holds the numbers of, in another shape."""
    while (writer := recording.values[value].writer) >= 0:
        event = recording.events[writer]
        given = flowing(recording, event)
        if event.op not in _SAME or len(given) != 1:
            break
        value = given[0]
    return value
