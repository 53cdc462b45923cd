"""Equal blocks in a row fold to one node ×N.

They are calls next to each other in one box, each fed by the one before. Equal means that they ran
the same ops on the same shapes with the same wiring: nothing is hidden that differs.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from itertools import pairwise

from explorer.core.graph import Recording
from explorer.picture.inside import Inside, Item

LEAST = 5  # so many fold; fewer are read as easily as their number


class Folding:
    """Finds the runs of equal blocks of a recording, when they are asked for."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._runs: dict[int, tuple[tuple[int, ...], ...]] = {}  # by the call around
        self._structures: dict[int, Hashable] = {}
        self._run_of: dict[int, tuple[int, ...]] = {}

    def run_of(self, call: int) -> tuple[int, ...]:
        """The equal blocks of which a call is one, in order; empty if it is none of several."""
        return self._run_of.get(call, ())

    def members(self, item: Item) -> tuple[int, ...]:
        """The calls that a fold stands for."""
        run = self._run_of[item.at]
        return run[run.index(item.at) : run.index(item.until) + 1]

    def fold(
        self, inside: Inside, opened: frozenset[int], unfolded: frozenset[int]
    ) -> tuple[Inside, dict[Item, Inside]]:
        """What is in a call when its equal blocks are folded, and the inside of each fold that is
        open: one with a block in ``unfolded``. A block that is ``opened`` stands by itself, and
        those before and after it fold without it."""
        calls = [item.at for item in inside.items if item.kind == "call"]
        if len(calls) < LEAST or sum(call not in opened for call in calls) < 2:
            return inside, {}
        folds: dict[Item, Item] = {}
        entered: dict[Item, Inside] = {}
        for run in self._runs_in(inside.call, calls):
            if unfolded.isdisjoint(run):
                for part in _closed_parts(run, opened):
                    fold = Item("fold", part[0], part[-1])
                    folds |= dict.fromkeys((Item("call", call) for call in part), fold)
            else:
                fold = Item("fold", run[0], run[-1])
                entered[fold] = Inside(inside.call)
                folds |= dict.fromkeys((Item("call", call) for call in run), fold)
        return (_grouped(inside, folds, entered), entered) if folds else (inside, {})

    def _runs_in(self, call: int, calls: list[int]) -> tuple[tuple[int, ...], ...]:
        if call not in self._runs:
            calls = sorted(calls)
            found = [
                tuple(equal)
                for alike in _rows(calls, self._may_follow)
                if len(alike) >= LEAST
                for equal in _rows(alike, self._follows)
                if len(equal) >= LEAST
            ]
            self._runs[call] = tuple(found)
            self._run_of |= {one: run for run in found for one in run}
        return self._runs[call]

    def _may_follow(self, before: int, call: int) -> bool:
        """What can be told at once."""
        one, other = self._recording.calls[before], self._recording.calls[call]
        return (
            other.first == one.last + 1
            and (one.kind, one.last - one.first) == (other.kind, other.last - other.first)
            and (one.parameters, one.detail) == (other.parameters, other.detail)
        )

    def _follows(self, before: int, call: int) -> bool:
        return self._is_fed_by(call, before) and self._structure(call) == self._structure(before)

    def _is_fed_by(self, call: int, before: int) -> bool:
        events, values = self._recording.events, self._recording.values
        one, other = self._recording.calls[before], self._recording.calls[call]
        return any(
            one.first <= values[v].writer <= one.last
            for event in events[other.first : other.last + 1]
            for v in event.inputs
        )

    def _structure(self, call: int) -> Hashable:
        """Ops, shapes and wiring of a call, told in a way that is equal for equal blocks."""
        if call not in self._structures:
            self._structures[call] = self._describe(call)
        return self._structures[call]

    def _describe(self, call: int) -> Hashable:
        recording = self._recording
        calls, events, values = recording.calls, recording.events, recording.values
        block = calls[call]
        path = len(block.module)
        outside: dict[int, int] = {}
        told: list[Hashable] = []
        for event in events[block.first : block.last + 1]:
            told.append((event.op, event.detail, event.call - call, event.opens))
            told.append(calls[event.call].module[path:])
            for v in event.inputs:
                value = values[v]
                if value.writer >= block.first:
                    told.append((value.writer - block.first, value.shape))
                elif value.kind in ("parameter", "buffer"):
                    told.append((value.name.removeprefix(block.module), value.shape, value.dtype))
                else:
                    told.append((outside.setdefault(v, len(outside)), value.shape, value.dtype))
            told += [
                (values[v].shape, values[v].dtype, values[v].axes, values[v].device)
                for v in event.outputs
            ]
        return tuple(told)


def _rows(calls: list[int], follows: Callable[[int, int], bool]) -> list[list[int]]:
    """Split where one does not follow the one before."""
    rows = [calls[:1]]
    for before, call in pairwise(calls):
        if follows(before, call):
            rows[-1].append(call)
        else:
            rows.append([call])
    return rows


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
