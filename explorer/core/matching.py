"""Finds in two recorded passes which module and op is which, and what was added, removed, changed.

Modules are matched from the outside in: by what they are called in the module around them, else by
class and order, so that a block put into the middle of a stack moves those after it; then the ops
in matched modules by order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import zip_longest
from operator import attrgetter

import numpy as np

from explorer.core.alignment import Row, align
from explorer.core.comparison import (
    CHANGES,
    Change,
    Comparison,
    Difference,
    Part,
    Side,
    Sort,
    in_order,
)
from explorer.core.garbage import no_search
from explorer.core.graph import Call, Event, Recording, is_leaf
from explorer.core.ops import op as known_op
from explorer.core.resizing import Resizing
from explorer.core.wiring import Wiring

_Made = tuple[tuple[tuple[int, ...], str], ...]  # shape and dtype of each result
_Kept = tuple[
    tuple[tuple[int, ...], str, bool], ...
]  # of each parameter, and whether it is its own
_EVENT = attrgetter("op", "call", "inputs", "outputs", "detail", "given")
_VALUE = attrgetter("name", "kind", "shape", "dtype", "writer")
_LIKER = 0.3  # how much more of it must fit for what a wrapper holds to be taken for the thing


def compare(before: Recording, after: Recording) -> Comparison:
    """Match two passes, and list their differences in the order in which they run."""
    if before is after or _is_same(before, after):
        side = Side(np.arange(len(after.calls)), np.arange(len(after.events)))
        return Comparison((before.tape, after.tape), side, side, ())
    with no_search():  # of large passes there are a hundred thousand things to tell
        # Of two matchings as good as each other it finds one, and the same the other way round.
        if _order(after) < _order(before):
            return _Matching(after, before).result().turned()
        return _Matching(before, after).result()


class _Pass:
    """One of the two, with numbers that are equal for equal things in both."""

    def __init__(self, recording: Recording, numbers: dict[Hashable, int]) -> None:
        self.recording = recording
        self._numbers = numbers
        self.calls = np.full(len(recording.calls), -1, dtype=np.int64)
        self.events = np.full(len(recording.events), -1, dtype=np.int64)
        self.said = [self._describe(event) for event in recording.events]
        self.inside = self._insides()
        self.whole = [0] * len(recording.calls)
        for call in reversed(recording.calls):  # what is inside has a higher index
            inner = tuple(self._told(item, call) for item in self.inside[call.index])
            self.whole[call.index] = self.number((call.kind, call.detail, inner))

    def number(self, what: Hashable) -> int:
        """The number of something."""
        return self._numbers.setdefault(what, len(self._numbers))

    def row(self, items: Sequence[int], around: Call, pairs: dict[int, int]) -> Row:
        """What is in a call, to be aligned; ``pairs`` are known already."""
        whole, kind, family, place, op = [], [], [], [], []
        for item in items:
            if item >= 0:
                event = self.recording.events[item]
                number = self.number(("op", event.op))
                whole.append(self.said[item][0])
                kind.append(number)
                family.append(-1)
                place.append(-1)
                op.append(number)
                continue
            call = self.recording.calls[~item]
            whole.append(self.whole[~item])
            kind.append(self.number(("call", call.kind)))
            place.append(self.number(_path(call, around)))
            leaf = self.recording.events[call.first].op if is_leaf(call) else None
            op.append(-1 if leaf is None else self.number(("op", leaf)))
            family.append(self.number(("family", "" if leaf is None else known_op(leaf).family)))
        pair = [pairs.get(item, -1) for item in items]
        columns = (whole, kind, family, place, op, pair)
        return Row(*(np.array(one, dtype=np.int64) for one in columns))

    def names(self, items: Sequence[int], around: Call) -> dict[Hashable, int]:
        """The calls in a call that have names, not mere numbers, by name and how often it ran."""
        found: dict[Hashable, int] = {}
        counts: Counter[str] = Counter()
        for item in items:
            if item < 0:
                path = _path(self.recording.calls[~item], around)
                if not any(part.isdecimal() for part in path.split(".")):
                    found[path, counts[path]] = item
                    counts[path] += 1
        return found

    def chain(self, call: Call) -> list[Call]:
        """A call, the call in it that most of its ops are in, and so on."""
        found = [call]
        while True:
            last = found[-1]
            size = last.last - last.first + 1
            calls = (self.recording.calls[~item] for item in self.inside[last.index] if item < 0)
            inner = next((c for c in calls if 2 * (c.last - c.first + 1) > max(size, 2)), None)
            if inner is None:
                return found
            found.append(inner)

    def content(self, call: Call) -> Counter[Hashable]:
        """What is right in a call, however often."""
        return Counter(
            self.recording.events[item].op
            if item >= 0
            else (_path(self.recording.calls[~item], call), self.recording.calls[~item].kind)
            for item in self.inside[call.index]
        )

    def _describe(self, event: Event) -> tuple[int, _Made, _Kept]:
        """A number for all that is compared of an op, what it makes, and what it keeps."""
        values = self.recording.values
        made = tuple([(values[v].shape, values[v].dtype) for v in event.outputs])
        kept: _Kept = ()
        for v in event.inputs:
            value = values[v]
            if value.kind in ("parameter", "buffer"):
                own = value.name.startswith(self.recording.calls[event.call].module)
                kept = (*kept, (value.shape, value.dtype, own))
        return self.number((event.op, event.detail, event.given, made, kept)), made, kept

    def _insides(self) -> list[list[int]]:
        """Of every call the ops and (as ~index) the calls right in it, as they ran; calls that ran
        no op are left out."""
        inside: list[list[tuple[int, int]]] = [[] for _ in self.recording.calls]
        for call in self.recording.calls:
            if call.parent >= 0 and call.last >= call.first:
                inside[call.parent].append((call.first, ~call.index))
        for event in self.recording.events:
            inside[event.call].append((event.index, event.index))
        return [[item for _, item in sorted(items)] for items in inside]

    def _told(self, item: int, around: Call) -> Hashable:
        if item >= 0:
            return self.said[item][0]
        return self.whole[~item], _path(self.recording.calls[~item], around)


class _Matching:
    """Finds the counterparts, then what differs between them."""

    def __init__(self, before: Recording, after: Recording) -> None:
        numbers: dict[Hashable, int] = {}
        self._before, self._after = _Pass(before, numbers), _Pass(after, numbers)
        self._told: dict[tuple[int, int], frozenset[Change]] = {}  # by the numbers of two ops
        self._waiting: list[tuple[int, int]] = [(0, 0)]
        while self._waiting:
            self._match(*self._waiting.pop())
        self._resizing = Resizing(self._resizings())
        self._wiring = Wiring(before, after, self._before.calls, self._before.events)
        self._returned = self._wiring.returned()

    def result(self) -> Comparison:
        """All of it."""
        before, after = (Side(p.calls, p.events) for p in (self._before, self._after))
        found = [*self._lone(self._before, "removed"), *self._lone(self._after, "added")]
        found += self._changed()
        differences = [self._placed(one, before, after) for one in found]
        tapes = self._before.recording.tape, self._after.recording.tape
        return Comparison(tapes, before, after, in_order(differences), self._resizing.sizes)

    # ------------------------------------------------------------------ counterparts

    def _match(self, one: int, other: int) -> None:
        """Match two calls, or what one of them wraps, and look into them."""
        before, after = self._before, self._after
        if before.whole[one] == after.whole[other]:
            self._match_equal(one, other)
            return
        outer, inner = before.recording.calls[one], after.recording.calls[other]
        if is_leaf(outer) and is_leaf(inner):  # each is its op, whichever that is
            before.calls[one], after.calls[other] = other, one
            before.events[outer.first], after.events[inner.first] = inner.first, outer.first
            return
        outer, inner = self._unwrapped(outer, inner)
        one, other = outer.index, inner.index
        before.calls[one], after.calls[other] = other, one
        items, others = before.inside[one], after.inside[other]
        names, theirs = before.names(items, outer), after.names(others, inner)
        known = [(item, theirs[name]) for name, item in names.items() if name in theirs]
        mine = {item: n for n, (item, _) in enumerate(known)}
        yours = {item: n for n, (_, item) in enumerate(known)}
        pairs = align(before.row(items, outer, mine), after.row(others, inner, yours))
        found = dict.fromkeys(known) | dict.fromkeys((items[n], others[m]) for n, m in pairs)
        for item, its in found:
            if item < 0 and its < 0:
                self._waiting.append((~item, ~its))
                continue
            event = before.recording.calls[~item].first if item < 0 else item
            its_event = after.recording.calls[~its].first if its < 0 else its
            before.events[event], after.events[its_event] = its_event, event

    def _match_equal(self, one: int, other: int) -> None:
        """Calls with the same in them, one by one."""
        before, after = self._before, self._after
        waiting = [(one, other)]
        outer, inner = before.recording.calls[one], after.recording.calls[other]
        span = np.arange(outer.last - outer.first + 1)
        before.events[outer.first + span] = inner.first + span
        after.events[inner.first + span] = outer.first + span
        while waiting:
            one, other = waiting.pop()
            before.calls[one], after.calls[other] = other, one
            waiting += [
                (~item, ~its)
                for item, its in zip(before.inside[one], after.inside[other], strict=True)
                if item < 0
            ]

    def _unwrapped(self, one: Call, other: Call) -> tuple[Call, Call]:
        """Those that fit: a call fits better with what the other one wraps than with its shell."""
        shells = len(self._before.inside[one.index]), len(self._after.inside[other.index])
        if one.kind == other.kind and 1 not in shells:
            return one, other
        content, its = self._before.content(one), self._after.content(other)

        def fit(a: Call, mine: Counter[Hashable], b: Call, theirs: Counter[Hashable]) -> float:
            size = mine.total() + theirs.total()
            return (a.kind == b.kind) + (2 * (mine & theirs).total() / size if size else 0.0)

        best, fits = (one, other), fit(one, content, other, its) + _LIKER
        candidates = [
            (inner, other, self._before.content(inner), its)
            for inner in self._before.chain(one)[1:]
        ]
        candidates += [
            (one, inner, content, self._after.content(inner))
            for inner in self._after.chain(other)[1:]
        ]
        for a, b, mine, theirs in candidates:
            better = fit(a, mine, b, theirs)
            if better > fits:
                best, fits = (a, b), better
        return best

    # ------------------------------------------------------------------ differences

    def _lone(self, side: _Pass, sort: Sort) -> list[Difference]:
        """What has no counterpart: the outermost calls of which nothing has one, shells around what
        has, and single ops."""
        recording = side.recording
        matched = np.concatenate([[0], np.cumsum(side.events >= 0)])
        gone = [False] * len(recording.calls)  # it, or a call around it, is told already
        found = []

        def lone(part: Part) -> Difference:
            before, after = (part, None) if sort == "removed" else (None, part)
            return Difference(sort, before, after, ())

        for call in recording.calls:
            if call.parent >= 0 and gone[call.parent]:
                gone[call.index] = True
            elif side.calls[call.index] < 0 and call.last >= call.first and call.index:
                inside = matched[call.last + 1] - matched[call.first]
                if inside and is_leaf(call):
                    continue  # an op that is bare on the other side
                gone[call.index] = not inside
                found.append(lone(Part(call.index, call.first, call.last)))
        found += [
            lone(Part(-1, event.index, event.index))
            for event in recording.events
            if side.events[event.index] < 0 and not gone[event.call]
        ]
        return found

    def _changed(self) -> list[Difference]:
        """What has a counterpart that differs: ops, and modules of another class."""
        before, after = self._before, self._after
        calls, events = before.recording.calls, before.recording.events
        found = []
        for n in np.flatnonzero(before.calls >= 0).tolist():
            m = int(before.calls[n])
            call, its = calls[n], after.recording.calls[m]
            if n and m and call.kind != its.kind and not (is_leaf(call) and is_leaf(its)):
                part, other = Part(n, call.first, call.last), Part(m, its.first, its.last)
                found.append(Difference("changed", part, other, ("class",)))
        for n in np.flatnonzero(before.events >= 0).tolist():
            m = int(before.events[n])
            event, its_event = events[n], after.recording.events[m]
            what = self._changes(event, its_event)
            if what:
                part = _part(before.recording, event)
                other = _part(after.recording, its_event)
                found.append(Difference("changed", part, other, what))
        return found

    def _changes(self, event: Event, other: Event) -> tuple[Change, ...]:
        """In which ways two ops differ."""
        what: set[Change] = set()
        before, after = self._before.recording, self._after.recording
        call, its = before.calls[event.call], after.calls[other.call]
        if is_leaf(call) != is_leaf(its) or (is_leaf(call) and call.kind != its.kind):
            what.add("class")
        number, its_number = self._before.said[event.index][0], self._after.said[other.index][0]
        if number != its_number:
            if (number, its_number) not in self._told:
                self._told[number, its_number] = self._compared(event, other)
            what |= self._told[number, its_number]
        if event.op == other.op:
            if not self._resizing.set_alike(before, event, after, other):
                what.add("settings")
        elif "class" not in what or event.detail != other.detail:
            what.add("settings")  # a class may choose its op
        if not self._wiring.fed_alike(event, other):
            what.add("inputs")
        if not self._wiring.keeps_alike(event, other):
            what.add("parameters")
        if event.index in self._returned:
            what.add("outputs")
        return tuple(change for change in CHANGES if change in what)

    def _compared(self, event: Event, other: Event) -> frozenset[Change]:
        """In which ways what they make and keep differs."""
        what: set[Change] = set()
        _, made, kept = self._before.said[event.index]
        _, its_made, its_kept = self._after.said[other.index]
        if kept != its_kept:
            what.add("parameters")
        for one, another in zip_longest(made, its_made):
            if one is None or another is None:
                what.add("shape")
                continue
            (shape, dtype), (its_shape, its_dtype) = one, another
            if dtype != its_dtype:
                what.add("dtype")
            follows = self._resizing.follows
            if len(shape) != len(its_shape) or not all(map(follows, shape, its_shape)):
                what.add("shape")
        return frozenset(what)

    def _resizings(self) -> tuple[tuple[int, int], ...]:
        """The sizes of the input that are others, unless parameters have changed in the same
        measure."""
        before, after = self._before, self._after
        given, its_given = (
            [value for value in side.recording.values if value.kind == "input"]
            for side in (before, after)
        )
        if len(given) != len(its_given):
            return ()
        sizes = {
            (old, new)
            for one, other in zip(given, its_given, strict=True)
            if len(one.shape) == len(other.shape) and one.dtype == other.dtype
            for old, new in zip(one.shape, other.shape, strict=True)
            if old != new
        }
        if not sizes:
            return ()
        scaled = set()
        for n in np.flatnonzero(before.events >= 0).tolist():
            kept, its_kept = before.said[n][2], after.said[int(before.events[n])][2]
            if kept != its_kept:
                for one, other in zip(kept, its_kept, strict=False):
                    scaled |= set(zip(one[0], other[0], strict=False))
        return tuple(
            sorted(
                (old, new)
                for old, new in sizes
                if not any(old * b == new * a for a, b in scaled if a != b)
            )
        )

    def _placed(self, one: Difference, before: Side, after: Side) -> Difference:
        """With the places where it is, or would be."""
        if one.before is None:
            assert one.after is not None
            home = _home(self._after.recording, one.after)
            place, there = self._place(one.after, home, self._after, after, self._before)
            return one._replace(places=(place, one.after.first), homes=(there, home))
        home = _home(self._before.recording, one.before)
        if one.after is None:
            place, there = self._place(one.before, home, self._before, before, self._after)
            return one._replace(places=(one.before.first, place), homes=(home, there))
        there = _home(self._after.recording, one.after)
        return one._replace(places=(one.before.first, one.after.first), homes=(home, there))

    @staticmethod
    def _place(part: Part, home: int, of: _Pass, side: Side, other: _Pass) -> tuple[int, int]:
        """Where something would be in the other pass: after what is before it, and in the call that
        is around it; and that call."""
        near, _ = side.follow(part.first)
        while home >= 0 and of.calls[home] < 0:  # a shell that is here alone
            home = of.recording.calls[home].parent
        call = other.recording.calls[int(of.calls[home]) if home >= 0 else 0]
        return min(max(near, call.first), max(call.last, 0)), call.index


def _is_same(before: Recording, after: Recording) -> bool:
    """Whether two passes are the same but for their numbers, as those of one model mostly are: then
    there is nothing to be matched."""
    return (
        before.outputs == after.outputs
        and before.output_names == after.output_names
        and before.calls == after.calls
        and list(map(_EVENT, before.events)) == list(map(_EVENT, after.events))
        and list(map(_VALUE, before.values)) == list(map(_VALUE, after.values))
    )


def _order(recording: Recording) -> tuple[int, int, list[str], list[tuple[int, ...]]]:
    """Which of two different passes is matched with the other."""
    told = [f"{call.kind} {call.module}" for call in recording.calls]
    told += [f"{event.op} {event.detail} {event.given}" for event in recording.events]
    numbers = [value.shape for value in recording.values]
    numbers += [event.inputs for event in recording.events]
    numbers.append(recording.outputs)
    told += [value.name for value in recording.values]
    return len(recording.events), len(recording.calls), told, numbers


def _home(recording: Recording, part: Part) -> int:
    """The call that something is right in."""
    if part.call >= 0:
        return recording.calls[part.call].parent
    return recording.events[part.first].call


def _part(recording: Recording, event: Event) -> Part:
    """An op; the module that is nothing but that op."""
    call = recording.calls[event.call]
    return Part(call.index if is_leaf(call) and call.index else -1, event.index, event.index)


def _path(call: Call, around: Call) -> str:
    """What a call is called in the call around it."""
    if call.opened:
        return call.kind
    inner = call.module
    if around.module and inner.startswith(f"{around.module}."):
        return inner[len(around.module) + 1 :]
    return inner
