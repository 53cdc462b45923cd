"""Finds in two recorded passes which module and op is which, and what was added, removed, changed.

Modules are matched from the outside in: by what they are called in the module around them, else by
class and order, so that a block put into the middle of a stack moves those after it; then the ops
in matched modules by order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from itertools import zip_longest
from operator import attrgetter
from typing import Any

import numpy as np

from explorer.core.alignment import align
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
from explorer.core.described import Described
from explorer.core.garbage import no_search
from explorer.core.graph import Call, Event, Recording, is_leaf
from explorer.core.resizing import Resizing
from explorer.core.wiring import Wiring

_EVENT = attrgetter("op", "call", "inputs", "outputs", "detail", "given")
_VALUE = attrgetter("name", "kind", "shape", "dtype", "writer")
_QUICK = 800  # ops of both passes together: ten milliseconds at most, where all of them differ
_LIKER = 0.3  # how much more of it must fit for what a wrapper holds to be taken for the thing


def is_quick(before: Recording, after: Recording) -> bool:
    """Whether `compare` takes a part of a frame only: others are better left to a thread."""
    return before is after or len(before.events) + len(after.events) <= _QUICK


def compare(before: Recording, after: Recording) -> Comparison:
    """Match two passes, and list their differences in the order in which they run."""
    with no_search():  # of large passes there are a hundred thousand things to tell
        if before is after or _is_same(before, after):
            parents = [call.parent for call in after.calls]
            side = Side(np.arange(len(after.calls)), np.arange(len(after.events)), parents)
            return Comparison((before.tape, after.tape), side, side, ())
        # Of two matchings as good as each other it finds one, and the same the other way round.
        if _comes_first(after, before):
            return _Matching(after, before).result().turned()
        return _Matching(before, after).result()


class _Matching:
    """Finds the counterparts, then what differs between them."""

    def __init__(self, before: Recording, after: Recording) -> None:
        numbers: dict[Hashable, int] = {}
        self._before, self._after = Described(before, numbers), Described(after, numbers)
        self._pairings: dict[tuple[int, int], list[tuple[int, int]]] = {}  # by those of two calls
        self._told: dict[tuple[int, int], frozenset[Change]] = {}  # by the numbers of two ops
        self._waiting: list[tuple[int, int]] = [(0, 0)]
        while self._waiting:
            self._match(*self._waiting.pop())
        self._resizing = Resizing(self._resizings())
        self._wiring = Wiring(before, after, self._before.calls, self._before.events)
        self._returned = self._wiring.returned()

    def result(self) -> Comparison:
        """All of it."""
        before, after = (
            Side(one.calls, one.events, [call.parent for call in one.recording.calls])
            for one in (self._before, self._after)
        )
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
        for item, its in ((items[n], others[m]) for n, m in self._paired(one, other)):
            if item < 0 and its < 0:
                self._waiting.append((~item, ~its))
                continue
            event = before.recording.calls[~item].first if item < 0 else item
            its_event = after.recording.calls[~its].first if its < 0 else its
            before.events[event], after.events[its_event] = its_event, event

    def _paired(self, one: int, other: int) -> list[tuple[int, int]]:
        """Which of what is right in a call is which of what is right in another, by places."""
        before, after = self._before, self._after
        wholes = before.whole[one], after.whole[other]
        if wholes in self._pairings:  # in a stack of blocks all are alike
            return self._pairings[wholes]
        items, others = before.inside[one], after.inside[other]
        names, theirs = before.names(items), after.names(others)
        known = [(n, theirs[name]) for name, n in names.items() if name in theirs]
        mine = {n: pair for pair, (n, _) in enumerate(known)}
        yours = {m: pair for pair, (_, m) in enumerate(known)}
        pairs = align(before.row(items, mine), after.row(others, yours))
        return self._pairings.setdefault(wholes, list(dict.fromkeys([*known, *pairs])))

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

    def _lone(self, side: Described, sort: Sort) -> list[Difference]:
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
        for n, m in self._doubtful():
            event, its_event = events[n], after.recording.events[m]
            what = self._changes(event, its_event)
            if what:
                part = _part(before.recording, event)
                other = _part(after.recording, its_event)
                found.append(Difference("changed", part, other, what))
        return found

    def _doubtful(self) -> Iterable[tuple[int, int]]:
        """Ops and their counterparts, but for those that are alike beyond doubt."""
        before, after = self._before, self._after
        events, others = before.recording.events, after.recording.events
        ops = np.flatnonzero(before.events >= 0)
        its = before.events[ops]
        alike = (before.classes[ops] == after.classes[its]) & self._wiring.sure()[ops]
        alike &= ~np.isin(ops, list(self._returned))
        numbers = np.array(before.said, dtype=np.int64)[ops]
        its_numbers = np.array(after.said, dtype=np.int64)[its]
        _, first, which = np.unique(
            numbers * (its_numbers.max(initial=0) + 1) + its_numbers,
            return_index=True, return_inverse=True,
        )  # fmt: skip
        told = [
            self._said_alike(events[n], others[m])
            for n, m in zip(ops[first].tolist(), its[first].tolist(), strict=True)
        ]
        alike &= np.array(told, dtype=bool)[which]
        return zip(ops[~alike].tolist(), its[~alike].tolist(), strict=True)

    def _said_alike(self, event: Event, other: Event) -> bool:
        """Whether two ops, and all of which the same is said, make and are given alike."""
        before, after = self._before, self._after
        if before.said[event.index] == after.said[other.index]:
            return True
        if event.op != other.op or event.op == "getitem":  # what a cut is depends on what it cuts
            return False
        given = self._resizing.set_alike(before.recording, event, after.recording, other)
        return given and not self._compared(event, other)

    def _changes(self, event: Event, other: Event) -> tuple[Change, ...]:
        """In which ways two ops differ."""
        what: set[Change] = set()
        before, after = self._before.recording, self._after.recording
        call, its = before.calls[event.call], after.calls[other.call]
        if is_leaf(call) != is_leaf(its) or (is_leaf(call) and call.kind != its.kind):
            what.add("class")
        what |= self._compared(event, other)
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
        numbers = self._before.said[event.index], self._after.said[other.index]
        if numbers in self._told:
            return self._told[numbers]
        made, kept = self._before.meant[numbers[0]]
        its_made, its_kept = self._after.meant[numbers[1]]
        what: set[Change] = set()
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
        return self._told.setdefault(numbers, frozenset(what))

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
            its = int(before.events[n])
            (_, kept), (_, its_kept) = before.meant[before.said[n]], after.meant[after.said[its]]
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
    def _place(
        part: Part, home: int, of: Described, side: Side, other: Described
    ) -> tuple[int, int]:
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
    if (before.outputs, before.output_names) != (after.outputs, after.output_names):
        return False
    if len(before.events) != len(after.events) or len(before.values) != len(after.values):
        return False
    return (
        before.calls == after.calls
        and all(_EVENT(a) == _EVENT(b) for a, b in zip(before.events, after.events, strict=True))
        and all(_VALUE(a) == _VALUE(b) for a, b in zip(before.values, after.values, strict=True))
    )


def _comes_first(one: Recording, other: Recording) -> bool:
    """Whether one of two different passes is to be matched with the other, or that with it."""
    ways = zip_longest(_spelled(one), _spelled(other), fillvalue=())
    return next((a < b for a, b in ways if a != b), False)


def _spelled(recording: Recording) -> Iterator[tuple[Any, ...]]:
    """All of a pass in an order of its own, its size first."""
    yield 0, len(recording.events), len(recording.calls)
    yield from ((1, call.kind, call.module) for call in recording.calls)
    yield from ((2, event.op, event.detail, event.given) for event in recording.events)
    yield from ((3, value.name) for value in recording.values)
    yield from ((4, value.shape) for value in recording.values)
    yield from ((5, event.inputs) for event in recording.events)
    yield 6, recording.outputs


def _home(recording: Recording, part: Part) -> int:
    """The call that something is right in."""
    if part.call >= 0:
        return recording.calls[part.call].parent
    return recording.events[part.first].call


def _part(recording: Recording, event: Event) -> Part:
    """An op; the module that is nothing but that op."""
    call = recording.calls[event.call]
    return Part(call.index if is_leaf(call) and call.index else -1, event.index, event.index)
