"""The compound layout: every open call is a box, laid out by itself, innermost first.

A value that goes from one box into another leaves and enters through ports on their borders, so
no wire ever crosses a box that it has nothing to do with. Opening a call changes the layout of
the boxes around it alone: all others are kept as they were. Of equal calls one is laid out, and the
others have the same with other numbers (`copies`, `move`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from msgspec.structs import replace

from explorer.core.garbage import no_search
from explorer.core.graph import Recording, named_shape
from explorer.picture.caption import (
    HEADER,
    SUBTITLE,
    Caption,
    call_caption,
    elided,
    event_caption,
    fold_caption,
    letters,
)
from explorer.picture.copies import Copies, Insides
from explorer.picture.folding import Folding
from explorer.picture.grid import Arranged, Flat, Net, Point
from explorer.picture.inside import RAN, Block, Inside, Item
from explorer.picture.loop import ABOVE, ASIDE
from explorer.picture.roles import attention_roles, given_in_order
from explorer.picture.scene import Axis, Box, Name, Room, Scene, Wire
from explorer.picture.skips import is_residual
from explorer.picture.states import States
from explorer.picture.timeline import arrange
from explorer.picture.unrolling import Unrolling

_LETTER = 12.0  # how far apart two equal names are at least


class _Laid(NamedTuple):
    """An open call, laid out. ``ports`` are where values cross its border, from its left; so is
    ``begins``, where time begins if it goes from left to right."""

    room: Room
    ports: dict[Item, float]
    begins: float | None


class _Timed(NamedTuple):
    """The loops over time of a room: in which and in which column of it an item is, the states and
    their names by the loop, the time of each column, and the first item of those that do not say it
    themselves; and which loops run backwards."""

    places: dict[Item, tuple[int, int]]
    states: dict[int, dict[int, int]]
    names: dict[int, str]
    heads: dict[Item, tuple[int, int]]
    times: dict[tuple[int, int], int]
    backwards: set[int]


class Layout:
    """The layout of one recording, whichever calls are open. What did not change since the last
    `scene` is not laid out again."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        with no_search():
            self._copies = Copies(recording)
            self._roles = attention_roles(recording, self._copies)
            self._named = sorted(self._roles)  # the events that have one
            self._states = States(recording)
            self._copies.part(self._marks)
            self._insides = Insides(recording, self._copies)
        self._laid: dict[int, _Laid] = {}
        self._models: dict[Hashable, tuple[int, _Laid]] = {}  # of what is laid out once
        self._opened: frozenset[int] = frozenset()
        self._unfolded: frozenset[int] = frozenset()
        self._unrolling = Unrolling(recording)
        self.folding = Folding(recording, self._copies, self._insides, self._unrolling)
        self._givers = self._states.givers
        self._told = bool(self._roles or self._givers)  # whether a node has a role
        self._order_ports()
        names = zip(recording.outputs[::-1], recording.output_names[::-1], strict=False)
        self._output_names = dict(names)
        self._captions: dict[tuple[Item, bool], tuple[Caption, tuple[float, float]]] = {}
        self._sizes: dict[Caption, tuple[float, float]] = {}
        self._reached = frozenset[int](), frozenset({0})  # of what was asked for, what is open

    def scene(self, opened: frozenset[int], unfolded: frozenset[int] = frozenset()) -> Scene:
        """What there is to draw with these calls open, as far as those around them are; 0, the
        model, always is. Equal blocks in a row are folded, unless one of them is ``unfolded``."""
        made = self.scene_unless(lambda: False, opened, unfolded)
        assert made is not None
        return made

    def scene_unless(
        self, unwanted: Callable[[], bool], opened: frozenset[int], unfolded: frozenset[int]
    ) -> Scene | None:
        """The same; None as soon as it is not wanted any more."""
        opened = self._reachable(opened)
        for call in self._stale(opened, unfolded):
            self._laid.pop(call, None)
        self._opened, self._unfolded = opened, unfolded
        waiting = [0]
        with no_search():
            while waiting:
                if unwanted():
                    return None
                call = waiting[-1]
                if call not in self._laid:
                    key = self._key(call)
                    if key in self._models:
                        self._laid[call] = self._copied(call, *self._models[key])
                    elif inner := self._not_laid(call):
                        waiting += inner
                        continue
                    else:
                        self._laid[call] = self._lay_call(call)
                        if key is not None:
                            self._models[key] = call, self._laid[call]
                waiting.pop()
        return Scene(self._laid[0].room)

    def _not_laid(self, call: int) -> list[int]:
        """The open calls right in one that are still to be laid out, the last one first."""
        calls = self._insides.calls(call)[::-1]
        return [one for one in calls if one in self._opened and one not in self._laid]

    def _key(self, call: int) -> Hashable:
        """What equal calls are laid out by, each in its way once: which it is, what is open in it,
        and the room for its title; None of a call that is none of several."""
        original = self._copies.original(call)
        if original < 0:
            return None
        block = self._copies.block(call)
        calls = range(call, block.end)
        title = self._caption(Item("call", call))[0].width
        unfolded = bytes(map(self._unfolded.__contains__, calls)) if self._unfolded else b""
        return original, title, bytes(map(self._opened.__contains__, calls)), unfolded

    def _copied(self, call: int, model: int, laid: _Laid) -> _Laid:
        """The layout of a call that equals another one."""
        if model == call:
            return laid
        move = self._copies.move(model, call)
        ports = {move.item(port): at for port, at in laid.ports.items()}
        return _Laid(move.room(laid.room), ports, laid.begins)

    def _marks(self, block: Block) -> object:
        """What is known of a block from what is around it."""
        if not self._states.known.isdisjoint(block.values):
            return block.call  # states are called as they are read elsewhere
        named, events = self._named, block.events
        some = named[bisect_left(named, events.start) : bisect_left(named, events.stop)]
        return [(event - events.start, self._roles[event]) for event in some]

    @property
    def opened(self) -> frozenset[int]:
        """The calls that are open in the last scene, and to be seen there."""
        return self._opened

    def work(self, opened: frozenset[int], unfolded: frozenset[int]) -> int:
        """How many nodes a scene has to lay out again, or to move, about."""
        opened, found = self._reachable(opened), 0
        stale, waiting = self._stale(opened, unfolded), [0]
        while waiting:
            call = waiting.pop()
            if call in stale or call not in self._laid:
                found += self._insides.count(call)
                waiting += (one for one in self._insides.calls(call) if one in opened)
        return found

    def _stale(self, opened: frozenset[int], unfolded: frozenset[int]) -> set[int]:
        """The calls in which something else is open than in the last scene."""
        if not self._laid:
            return set()
        refolded = {self.recording.calls[call].parent for call in unfolded ^ self._unfolded}
        stale: set[int] = set()
        for call in (opened ^ self._opened) | refolded:
            while call >= 0 and call not in stale:
                stale.add(call)
                call = self.recording.calls[call].parent
        return stale

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

    def _order_ports(self) -> None:
        """Let queries, keys and values come into opened attention in this order."""
        recording = self.recording
        for event, role in self._roles.items():
            call = recording.events[event].call
            inside = self._insides.get(call)
            if role == "A·V" and inside is not None and len(inside.tops) > 1:
                given = given_in_order(recording, event, recording.calls[call].first)
                tops = [Item("top", v) for v in given if Item("top", v) in inside.tops]
                inside.tops = dict.fromkeys([*tops, *inside.tops])

    def _lay_call(self, call: int) -> _Laid:
        """Lay out one call; those open inside of it are laid out already."""
        inside = self._insides[call]
        inside, folds = self.folding.fold(inside, self._opened, self._unfolded)
        laid = {fold: self._lay(fold, inner, {}) for fold, inner in folds.items()}
        return self._lay(Item("call", call), inside, laid)

    def _lay(self, owner: Item, inside: Inside, folds: dict[Item, _Laid]) -> _Laid:
        """Lay out what is in ``owner``, a call or a fold; the open ``folds`` in it are laid out."""
        nodes = inside.nodes
        number = {item: i for i, item in enumerate(nodes)}
        captions: list[Caption | None] = []  # of a port there is none
        sizes: list[tuple[float, float]] = []
        rounds = set()
        entered: dict[int, _Laid] = {}
        for n, item in enumerate(nodes):
            if item.kind in ("top", "bottom"):
                captions.append(None)
                sizes.append((0.0, 0.0))
                continue
            caption, size = self._caption(item)
            captions.append(caption)
            if caption.kind == "open":
                laid = entered[n] = folds[item] if item.kind == "fold" else self._laid[item.at]
                size = laid.room.width, laid.room.height
            elif caption.kind == "circle":
                rounds.add(n)
            sizes.append(size)

        nets, timed = [], self._timed(inside)
        for (source, value), targets in inside.nets.items():
            begin = number[source]
            leaves = entered[begin].ports[Item("bottom", value)] if begin in entered else None
            ends: list[tuple[int, float | None]] = []
            for target in targets:
                end = number[target]
                enters = entered[end].ports[Item("top", value)] if end in entered else None
                ends.append((end, enters))
            label = 0.0
            if not timed.places and captions[begin] is not None and begin not in entered:
                label = letters(named_shape(self.recording.values[value])) * SUBTITLE
            nets.append(Net(begin, leaves, tuple(ends), label))
        titled = owner != Item("call", 0)
        begun = ((n, laid.begins) for n, laid in entered.items())
        rows = tuple((n, at) for n, at in begun if at is not None)
        arranged = arrange(
            Flat(
                tuple(sizes), tuple(nets), len(inside.tops), len(inside.bottoms), frozenset(rounds),
                HEADER if titled else 0.0,
                self._caption(owner)[0].width if titled else 0.0,
                tuple(timed.places.get(item, (-1, -1)) for item in nodes) if timed.places else (),
                tuple(
                    (loop, n, states[value])
                    for loop, states in timed.states.items()
                    for n, (_, value) in enumerate(inside.nets)
                    if value in states
                ),
                rows,
            )
        )  # fmt: skip
        boxes: list[Box] = []
        rooms: list[tuple[int, Room]] = []
        for n, named in enumerate(captions):
            if named is None:
                continue
            if n in entered:
                rooms.append((len(boxes), entered[n].room))
            boxes.append(self._box(nodes[n], named, arranged.places[n], sizes[n]))
        rooms.sort(key=lambda room: room[1].call)
        call = -1 - owner.at if owner.kind == "fold" else owner.at
        wires = partial(self._wires, owner, inside, arranged, tuple(boxes), timed)
        room = Room(
            call,
            tuple(boxes),
            wires,
            tuple(rooms),
            arranged.width,
            arranged.height,
            _axes(timed, arranged, number, sizes) if timed.times else (),
        )
        ports = {item: arranged.places[number[item]][0] for item in (*inside.tops, *inside.bottoms)}
        time_at: float | None = None
        if timed.places:
            time_at = min(arranged.places[number[item]][0] for item in timed.places)
        elif rows and (owner.kind == "fold" or self.recording.calls[owner.at].opened):
            time_at = arranged.places[rows[0][0]][0] + rows[0][1]
        return _Laid(room, ports, time_at)

    def _timed(self, inside: Inside) -> _Timed:
        """What is known of the loops over time in a room, as far as they are not folded to one."""
        found = _Timed({}, {}, {}, {}, {}, set())
        for n, loop in enumerate(self._unrolling.loops(self._insides[inside.call])):
            of: dict[Item, int] = {}
            for item in inside.items:
                one = Item("call", item.at) if item.kind == "fold" else item
                if one in loop.columns:
                    of[item] = loop.columns[one]
            column = {at: i for i, at in enumerate(sorted(set(of.values())))}
            if len(column) < 2:
                continue
            found.states[n] = loop.states
            found.names.update(loop.names)
            if loop.backwards:
                found.backwards.add(n)
            for item, at in of.items():
                place = found.places[item] = n, column[at]
                if place not in found.times and loop.times[at] >= 0 and item.kind != "fold":
                    found.times[place] = loop.times[at]
                    if loop.labelled:
                        found.heads[item] = place
        return found

    def _wires(
        self, owner: Item, inside: Inside, arranged: Arranged, boxes: tuple[Box, ...],
        timed: _Timed,
    ) -> tuple[Wire, ...]:  # fmt: skip
        """What leads from box to box in ``owner``: made when it is drawn."""
        kinds = {box.item: box.kind for box in boxes}
        known = self._states.known
        roles = {box.item for box in boxes if box.role} if known else ()
        own, after = self._events(owner)[1], len(self.recording.events)
        wires, heads = [], dict(timed.heads)
        written: set[tuple[str, float, float]] = set()
        for n, ((source, value), targets) in enumerate(inside.nets.items()):
            writer = self.recording.values[value].writer
            shape = named_shape(self.recording.values[value])
            label = arranged.labels[n] if kinds.get(source, "open") != "open" else None
            routes, skips = arranged.routes[n], arranged.skips[n]
            for k, target in enumerate(targets):
                if target.kind == "bottom":  # a border is passed by what is read after all inside
                    reader, first, last = own, own + 1, after
                elif target.kind == "output":
                    reader, first, last = writer, after, after
                else:
                    first, last = self._events(target)
                    reader = first
                state, aside = "", arranged.beside.get((n, k))
                if value in known and target.kind in RAN:
                    state = self._states.name(value, first, last)
                if aside is not None:
                    state = state or timed.names.get(value, "")
                    aside = aside if state and _is_first(written, state, aside) else None
                elif state and source.kind != "top" and source not in roles and target not in roles:
                    aside = _above(routes[k])  # neither node says it, nor the wire around
                wires.append(
                    Wire(
                        routes[k], value, writer, reader,
                        skips[k] > 0
                        and target.kind == "event"
                        and is_residual(self.recording, value, self.recording.events[target.at]),
                        kinds.get(target, "open") != "open",
                        shape, label if k == 0 else None,
                        part=arranged.parts.get((n, k)), first=first, last=last,
                        names=_names(timed, heads, arranged, target, state, aside), state=state,
                    )
                )  # fmt: skip
        return tuple(wires)

    def _box(
        self, item: Item, caption: Caption, place: tuple[float, float], size: tuple[float, float]
    ) -> Box:
        first, last = self._events(item)
        return Box(
            item, caption.kind, *place, *size, caption.title, caption.subtitle, caption.family,
            first, last, item.at if item.kind == "call" else -1, caption.parameters,
            caption.count, caption.role,
        )  # fmt: skip

    def _events(self, item: Item) -> tuple[int, int]:
        """The first and the last event that an item stands for."""
        if item.kind == "event":
            return item.at, item.at
        if item.kind == "call":
            call = self.recording.calls[item.at]
            return call.first, call.last
        if item.kind == "fold":
            return self.recording.calls[item.at].first, self.recording.calls[item.until].last
        writer = self.recording.values[item.at].writer
        return writer, writer

    def _caption(self, item: Item) -> tuple[Caption, tuple[float, float]]:
        key = item, item.kind != "event" and self._is_open(item)
        found = self._captions.get(key)
        if found is None:
            made = self._new_caption(item)
            if self._told and made.kind in ("leaf", "slim", "closed", "source") and not made.role:
                first, last = self._events(item)
                if first == last and first in self._roles:
                    made = replace(made, role=self._roles[first])
                elif first in self._givers:
                    made = replace(made, role=self._states.role(item))
            size = self._sizes.get(made)
            if size is None:
                size = self._sizes[made] = made.size
            found = self._captions[key] = made, size
        return found

    def _is_open(self, item: Item) -> bool:
        if item.kind == "fold":
            return self.folding.is_open(item, self._unfolded)
        return item.kind == "call" and item.at in self._opened

    def _new_caption(self, item: Item) -> Caption:
        recording = self.recording
        if item.kind == "event":
            return event_caption(recording, recording.events[item.at])
        if item.kind == "call":
            return call_caption(recording, recording.calls[item.at], item.at in self._opened)
        if item.kind == "fold":
            return fold_caption(recording, self.folding.members(item), self._is_open(item))
        value = recording.values[item.at]
        if item.kind == "input":
            title = elided(self._states.titled(item))
            return Caption("source", title, named_shape(value), "container")
        name = elided(self._output_names.get(item.at, ""))
        return Caption("sink", name, named_shape(value), "container")


def _axes(
    timed: _Timed, arranged: Arranged, number: dict[Item, int], sizes: list[tuple[float, float]]
) -> tuple[Axis, ...]:
    """The times of the loops that are drawn over time."""
    marks: dict[int, list[tuple[float, int]]] = {}
    bottoms: dict[int, float] = {}
    for (loop, column), time in timed.times.items():
        if (loop, column) in arranged.heads:
            marks.setdefault(loop, []).append((arranged.heads[loop, column][0] - ASIDE, time))
    for item, (loop, _) in timed.places.items():
        bottom = arranged.places[number[item]][1] + sizes[number[item]][1]
        bottoms[loop] = max(bottom, bottoms.get(loop, bottom))
    untitled = {loop for loop, _ in timed.heads.values()}
    found = []
    for loop, some in marks.items():
        some.sort()
        top = arranged.heads[loop, 0][1] + ABOVE
        pitch = min((b - a for (a, _), (b, _) in pairwise(some)), default=0.0)
        titled, backwards = loop not in untitled, loop in timed.backwards
        found.append(Axis(tuple(some), top, bottoms[loop], pitch, titled, backwards))
    return tuple(found)


def _names(
    timed: _Timed, heads: dict[Item, tuple[int, int]], arranged: Arranged, target: Item,
    state: str, aside: Point | None,
) -> tuple[Name, ...]:  # fmt: skip
    """What is written on the way to a target: the ``state``, in the middle over the place ``aside``
    of it, and the time of the step, with an arrow where the one before it is next. The time stands
    at the first wire to one of ``heads``, which is taken from them."""
    found = []
    if state and aside is not None:
        found.append(Name(state, aside[0] - min(3.5 * len(state), 14.0), aside[1] - 16.0))
    if (at := heads.pop(target, None)) is not None and at in arranged.heads:
        x, y = arranged.heads[at]
        way = " ←" if at[0] in timed.backwards else ""
        found.append(Name(f"t = {timed.times[at]}{way}", x, y))
    return tuple(found)


def _is_first(written: set[tuple[str, float, float]], state: str, place: Point) -> bool:
    """Whether a state has no name near a place yet; then that is noted. What goes one way is named
    once."""
    x, y = place[0] // _LETTER, place[1] // _LETTER
    around = ((state, x + i, y + j) for i in (-1, 0, 1) for j in (-1, 0, 1))
    first = written.isdisjoint(around)
    written.add((state, x, y))
    return first


def _above(route: tuple[Point, ...]) -> Point | None:
    """A place beside the end of a wire that comes from above, if there is room."""
    (ax, ay), (bx, by) = route[-2:]
    return (bx + 16.0, by - 2.0) if ax == bx and by - ay > 18.0 else None
