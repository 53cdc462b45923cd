"""Equal blocks in a row fold to one node ×N.

They are calls next to each other in one box, each fed by the one before. Equal means that they ran
the same ops with the same arguments on the same shapes with the same wiring, and read the same of
what is around them: nothing differs but the numbers in weights and buffers.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from itertools import pairwise, starmap

from explorer.core.graph import Recording, below
from explorer.picture.copies import Copies, Insides
from explorer.picture.inside import Inside, Item
from explorer.picture.unrolling import Unrolling

LEAST = 5  # so many fold; fewer are read as easily as their number
STEPS = 33  # and so many steps over time; fewer are looked at side by side


_Place = tuple[int, int]  # an op of a call, counted from its first, and one of its results


class Folding:
    """Finds the runs of equal blocks of a recording, when they are asked for."""

    def __init__(
        self, recording: Recording, copies: Copies, insides: Insides, unrolling: Unrolling
    ) -> None:
        self._recording = recording
        self._copies = copies
        self._insides = insides
        self._unrolling = unrolling
        self._runs: dict[int, tuple[tuple[int, ...], ...]] = {}  # by the call around
        self._structures: dict[int, tuple[Hashable, tuple[int, ...]]] = {}
        self._run_of: dict[int, tuple[int, ...]] = {}
        self._steps: set[int] = set()  # over time

    def run_of(self, call: int) -> tuple[int, ...]:
        """The equal blocks of which a call is one, in order; empty if it is none of several."""
        around = self._recording.calls[call].parent
        if around in self._insides:
            self._runs_in(around)
        return self._run_of.get(call, ())

    def nearest(self, calls: Iterable[int], event: int) -> tuple[int, ...]:
        """Of the equal blocks in a row that stand in these calls, those around an event, the
        innermost first, or else those nearest to it; empty if there are none."""
        recording = self._recording

        def away(run: tuple[int, ...]) -> tuple[int, int]:
            first, last = recording.calls[run[0]].first, recording.calls[run[-1]].last
            return max(first - event, event - last, 0), last - first

        inner = (call for call in calls if call in self._insides)
        return min((run for call in inner for run in self._runs_in(call)), key=away, default=())

    def members(self, item: Item) -> tuple[int, ...]:
        """The calls that a fold stands for."""
        run = self._run_of[item.at]
        return run[run.index(item.at) : run.index(item.until) + 1]

    def is_open(self, item: Item, unfolded: frozenset[int]) -> bool:
        """Whether what a fold stands for is shown inside of it."""
        return item.at not in self._steps and not unfolded.isdisjoint(self.members(item))

    def fold(
        self,
        inside: Inside,
        opened: frozenset[int],
        unfolded: frozenset[int],
    ) -> tuple[Inside, dict[Item, Inside]]:
        """What is in a call when its equal blocks are folded, and the inside of each fold that is
        open: one with a block in ``unfolded``. A block that is ``opened`` stands by itself, and
        those before and after it fold without it. Steps over time stand side by side without a box
        around them: of few those in ``unfolded`` fold, of many the others."""
        calls = sorted(item.at for item in inside.items if item.kind == "call")
        closed = (call for call in calls if call not in opened)
        if unfolded.isdisjoint(calls) and not any(starmap(self._looks_like, pairwise(closed))):
            return inside, {}  # and whether blocks are equal need not be known
        folds: dict[Item, Item] = {}
        entered: dict[Item, Inside] = {}
        for run in self._runs_in(inside.call):
            whole = unfolded.isdisjoint(run)
            if run[0] in self._steps:
                if whole == (len(run) < STEPS):
                    continue
                whole = True
            if whole:
                for part in _closed_parts(run, opened):
                    fold = Item("fold", part[0], part[-1])
                    folds |= dict.fromkeys((Item("call", call) for call in part), fold)
            else:
                fold = Item("fold", run[0], run[-1])
                entered[fold] = Inside(inside.call)
                folds |= dict.fromkeys((Item("call", call) for call in run), fold)
        return (_grouped(inside, folds, entered), entered) if folds else (inside, {})

    def _runs_in(self, call: int) -> tuple[tuple[int, ...], ...]:
        if call not in self._runs:
            inside = self._insides[call]
            calls = sorted(item.at for item in inside.items if item.kind == "call")
            self._steps |= self._unrolling.steps(inside)
            found = [
                tuple(equal)
                for alike in self._alike(calls)
                if len(alike) >= LEAST
                for equal in self._equal(alike)
                if len(equal) >= LEAST
            ]
            self._runs[call] = tuple(found)
            self._run_of |= {one: run for run in found for one in run}
        return self._runs[call]

    def _alike(self, calls: list[int]) -> list[list[int]]:
        """Split where a call does not look like the one before it."""
        rows = [calls[:1]]
        for before, call in pairwise(calls):
            if self._looks_like(before, call):
                rows[-1].append(call)
            else:
                rows.append([call])
        return rows

    def _looks_like(self, before: int, call: int) -> bool:
        """Whether a call may be equal to the one that ran before it: what can be told at once."""
        one, other = self._recording.calls[before], self._recording.calls[call]
        named = one.kind == other.kind or (one.opened and one.opened == other.opened)  # ``t = 3``
        return bool(
            named
            and other.first == one.last + 1
            and one.last - one.first == other.last - other.first
            and (one.parameters, one.detail) == (other.parameters, other.detail)
        )

    def _equal(self, alike: list[int]) -> list[list[int]]:
        """Split where a call is not equal to the one before it, or is fed by it in another way than
        that one was."""
        rows, fed = [alike[:1]], None
        for before, call in pairwise(alike):
            way = self._fed(before, call)
            if way is not None and (len(rows[-1]) == 1 or way == fed):
                rows[-1].append(call)
            else:
                rows.append([call])
            fed = way
        return rows

    def _fed(self, before: int, call: int) -> tuple[_Place | None, ...] | None:
        """Where in the call before it each value that a call reads is made, in order, None for what
        both read from around them; None if they are not equal, or nothing goes between."""
        (one, there), (other, here) = self._structure(before), self._structure(call)
        if one != other:
            return None
        ways: list[_Place | None] = []
        for theirs, ours in zip(there, here, strict=True):
            place = None if theirs == ours else self._place(before, ours)
            if place is None and self._recording.calls[call].opened:
                place = self._slice(theirs, ours)
            if theirs != ours and place is None:
                return None
            ways.append(place)
        return tuple(ways) if any(ways) else None

    def _place(self, call: int, value: int) -> _Place | None:
        """Which result of which op of a call a value is; None if it is of none."""
        block, writer = self._recording.calls[call], self._recording.values[value].writer
        if not block.first <= writer <= block.last:
            return None
        return writer - block.first, self._recording.events[writer].outputs.index(value)

    def _slice(self, before: int, value: int) -> _Place | None:
        """Whether a value is the next slice of a sequence, or the one before, as -1 and which."""
        values, events = self._recording.values, self._recording.events
        writer = values[value].writer
        if writer < 0 or values[before].writer != writer:
            return None
        outputs = events[writer].outputs
        ahead = outputs.index(value) - outputs.index(before)
        return (-1, ahead) if abs(ahead) == 1 else None

    def _structure(self, call: int) -> tuple[Hashable, tuple[int, ...]]:
        """Ops, arguments, shapes and wiring of a call, equal for equal blocks; and the values that
        it reads from around it, in order."""
        if call not in self._structures:
            original = self._copies.original(call)
            if original in (-1, call):
                self._structures[call] = self._describe(call)
            else:
                block, values = self._copies.block(call), self._recording.values
                read = block.values[block.written :]
                outside = (v for v in read if values[v].kind not in ("parameter", "buffer"))
                self._structures[call] = self._structure(original)[0], tuple(outside)
        return self._structures[call]

    def _describe(self, call: int) -> tuple[Hashable, tuple[int, ...]]:
        recording = self._recording
        calls, events, values = recording.calls, recording.events, recording.values
        block = calls[call]
        outside: dict[int, int] = {}
        numbers: dict[int, int] = {}  # of parameters and buffers, as they are first read
        paths: dict[int, tuple[str, ...]] = {call: ()}
        told: list[Hashable] = []
        for event in events[block.first : block.last + 1]:
            told.append((event.op, event.detail, event.given, event.call - call, event.opens))
            told.append(self._path(event.call, paths))
            for v in event.inputs:
                value = values[v]
                what: Hashable
                if value.writer >= block.first:
                    what = self._place(call, v)
                elif value.kind in ("parameter", "buffer"):
                    own = below(value.name, calls[event.call].module)
                    name = below(value.name, block.module) if own is None else own
                    number = numbers.setdefault(v, len(numbers))
                    what = number, value.name if name is None else name
                else:
                    what = outside.setdefault(v, len(outside))
                told.append((what, value.shape, value.dtype))
            told += [
                (values[v].shape, values[v].dtype, values[v].axes, values[v].device)
                for v in event.outputs
            ]
        return tuple(told), tuple(outside)

    def _path(self, call: int, paths: dict[int, tuple[str, ...]]) -> tuple[str, ...]:
        """The names of the calls that lead to one, each in the one before. A module that several
        share stands in the first of them, and is called as it is called there."""
        if call not in paths:
            one = self._recording.calls[call]
            name = below(one.module, self._recording.calls[one.parent].module)
            name = one.module.rpartition(".")[2] if name is None else name
            paths[call] = (*self._path(one.parent, paths), name)
        return paths[call]


def _closed_parts(run: tuple[int, ...], opened: frozenset[int]) -> list[list[int]]:
    """The parts of a run between opened blocks, where they are several."""
    parts: list[list[int]] = [[]]
    for call in run:
        if call in opened:
            parts.append([])
        else:
            parts[-1].append(call)
    return [part for part in parts if len(part) > 1]


def _grouped(inside: Inside, folds: dict[Item, Item], entered: dict[Item, Inside]) -> Inside:
    """The inside with each fold in place of its blocks; what is in a fold goes into ``entered``."""
    outer = Inside(inside.call, tops=dict(inside.tops), bottoms=dict(inside.bottoms))
    for item in inside.items:
        fold = folds.get(item)
        outer.items.setdefault(fold or item)
        if fold in entered:
            entered[fold].items.setdefault(item)
    for (source, value), targets in inside.nets.items():
        begins = folds.get(source)
        for target in targets:
            ends = folds.get(target)
            if begins is not None and begins == ends:
                if begins in entered:
                    entered[begins].connect(value, source, target)
                continue
            if begins in entered:
                entered[begins].connect(value, source, Item("bottom", value))
            if ends in entered:
                entered[ends].connect(value, Item("top", value), target)
            outer.connect(value, begins or source, ends or target)
    return outer
