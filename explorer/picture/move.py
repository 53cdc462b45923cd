"""From one call to an equal one: what was laid out for one stands in the other just so, and only
the numbers of calls, events and values are others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial

from msgspec.structs import replace

from explorer.core.graph import Recording
from explorer.picture.inside import Block, Inside, Item
from explorer.picture.scene import Box, Room, Wire

_item = partial(tuple.__new__, Item)  # a third of the time that Item takes, for thousands


class Move:
    """Calls and events are so many further on; each of the values ``these`` is one of ``those``."""

    def __init__(
        self,
        recording: Recording,
        calls: int,
        events: int,
        these: Sequence[int],
        those: Sequence[int],
    ) -> None:
        self._recording = recording
        self._calls, self._events = calls, events
        self._these, self._those = these, those
        self._end = len(recording.events)  # until then what is read after all inside may be read

    @cached_property
    def _values(self) -> dict[int, int]:
        return dict(zip(self._these, self._those, strict=True))

    def item(self, item: Item) -> Item:
        """The same in the other call."""
        kind, at, until = item
        if kind == "event":
            return _item((kind, at + self._events, -1))
        if kind == "call":
            return _item((kind, at + self._calls, -1))
        if kind == "fold":
            return _item((kind, at + self._calls, until + self._calls))
        return _item((kind, self._values[at], -1))

    def block(self, block: Block) -> Block:
        """A block in the other call."""
        return Block(
            block.call + self._calls,
            block.end + self._calls,
            range(block.events.start + self._events, block.events.stop + self._events),
            block.written,
            [self._values[v] for v in block.values],
        )

    def inside(self, inside: Inside) -> Inside:
        """What is in the other call."""
        return Inside(
            inside.call + self._calls,
            dict.fromkeys(map(self.item, inside.items)),
            dict.fromkeys(map(self.item, inside.tops)),
            dict.fromkeys(map(self.item, inside.bottoms)),
            {
                (self.item(source), self._values[value]): dict.fromkeys(map(self.item, targets))
                for (source, value), targets in inside.nets.items()
            },
        )

    def room(self, room: Room) -> Room:
        """The room of the other call, with those in it."""
        return Room(
            room.call + (self._calls if room.call >= 0 else -self._calls),
            self._boxes(room.boxes),
            partial(self._wires, room),
            tuple((at, self.room(inner)) for at, inner in room.rooms),
            room.width,
            room.height,
            room.axes,
            room.like or room,
            room.later + self._events,
        )

    def _boxes(self, boxes: tuple[Box, ...]) -> tuple[Box, ...]:
        # Thousands: without a call of a function for each they take two thirds of the time.
        calls, events, found = self._calls, self._events, []
        for box in boxes:
            kind, at, _ = item = box.item
            if kind == "event":
                at += events
                found.append(replace(box, item=_item((kind, at, -1)), first=at, last=at))
                continue
            first, last = box.first + events, box.last + events
            if kind == "call":
                at += calls
                item = _item((kind, at, -1))
                found.append(replace(box, item=item, first=first, last=last, call=at))
            else:
                found.append(replace(box, item=self.item(item), first=first, last=last))
        return tuple(found)

    def _wires(self, room: Room) -> tuple[Wire, ...]:
        values, those, events, end = self._recording.values, self._values, self._events, self._end
        return tuple(
            [
                replace(
                    wire,
                    value=(value := those[wire.value]),
                    writer=values[value].writer,
                    reader=wire.reader + events,
                    first=wire.first + events,
                    last=end if wire.last == end else wire.last + events,
                )
                for wire in room.wires
            ]
        )
