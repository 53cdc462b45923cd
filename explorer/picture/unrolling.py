"""Loops over time: which items of a room are the steps of a recurrent network.

A loop is found in the recording alone. Its steps run the same modules or read the same weights,
each is fed by the one before, and each reads its own slice of a sequence or gives its part of one.
Blocks that only follow each other are depth, not time: what is not certain is no loop.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from explorer.core.graph import Recording
from explorer.picture.inside import RAN, Inside, Item

_STEP = re.compile(r"t = (\d+)")
_SLICING = frozenset(("unbind", "split", "chunk", "tensor_split"))
_PICKING = frozenset(("getitem", "select", "narrow", "index_select"))
_JOINING = frozenset(("stack", "cat"))
_ONE_STATE = frozenset(("gru_cell", "rnn_tanh_cell", "rnn_relu_cell"))
_INSIDE_CELL = re.compile(r"/(lstm_cell|gru_cell|rnn_tanh_cell|rnn_relu_cell)#")


@dataclass(frozen=True)
class Loop:
    """The steps of one loop. ``columns`` says in which an item is, from left to right as time goes;
    ``times`` are the times of the columns, -1 where something lies between two steps.

    ``states`` are the values that go from step to step, what the first step is given and the last
    one gives; what was the same state once has the same number. ``names`` are those of which it is
    certain: ``h``, ``c``. ``labelled`` tells that steps do not say their time themselves.
    """

    columns: dict[Item, int]
    times: tuple[int, ...]
    states: dict[int, int]
    names: dict[int, str]
    labelled: bool


@dataclass
class _Group:
    """The items of one step, and its events ``first … last``."""

    items: list[Item]
    first: int
    last: int
    time: float = field(default=0.0)


class Unrolling:
    """Finds the loops of a recording, room by room, when they are asked for."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._loops: dict[int, tuple[Loop, ...]] = {}

    def loops(self, inside: Inside) -> tuple[Loop, ...]:
        """The loops of a call whose blocks are not folded."""
        if inside.call not in self._loops:
            self._loops[inside.call] = tuple(self._find(inside))
        return self._loops[inside.call]

    def steps(self, inside: Inside) -> frozenset[int]:
        """The calls in it that are parts of loops."""
        loops = self.loops(inside)
        return frozenset(item.at for loop in loops for item in loop.columns if item.kind == "call")

    # ------------------------------------------------------------------ finding

    def _find(self, inside: Inside) -> list[Loop]:
        ran = [item for item in inside.items if item.kind in RAN]
        if len(ran) < 2:
            return []
        ran.sort(key=lambda item: self._span(item)[0])
        opened = self._opened_steps(ran)
        if opened:
            return [self._loop(opened, labelled=False)]
        return self._periodic(ran) if any(map(self._comes_again, ran)) else []

    def _comes_again(self, item: Item) -> bool:
        """Whether the module or the weights of an item run more than once in the pass."""
        if item.kind != "event":
            return self._recording.calls[item.at].number > 0
        return not self._shared.isdisjoint(self._recording.events[item.at].inputs)

    @cached_property
    def _shared(self) -> frozenset[int]:
        """The parameters that several events read."""
        values = self._recording.values
        seen, shared = set[int](), set[int]()
        for event in self._recording.events:
            for v in event.inputs:
                if values[v].kind == "parameter":
                    (shared if v in seen else seen).add(v)
        return frozenset(shared)

    def _opened_steps(self, ran: list[Item]) -> list[_Group]:
        """The steps that a fused op opened into, and what is between them, as they ran."""
        times = [self._time(item) for item in ran]
        at = [n for n, time in enumerate(times) if time is not None]
        if len(at) < 2:
            return []
        groups: list[_Group] = []
        for n, item in enumerate(ran[at[0] : at[-1] + 1], at[0]):
            time = times[n]
            if time is not None:
                groups.append(self._group([item], float(time)))
            elif groups[-1].time.is_integer():
                after = next(t for t in times[n:] if t is not None)
                groups.append(self._group([item], (groups[-1].time + after) / 2))
            else:
                before = groups[-1]
                groups[-1] = self._group([*before.items, item], before.time)
        return groups

    def _time(self, item: Item) -> int | None:
        """The time of a step of an opened op."""
        if item.kind != "call" or not self._recording.calls[item.at].opened:
            return None
        found = _STEP.fullmatch(self._recording.calls[item.at].kind)
        return int(found[1]) if found else None

    def _periodic(self, ran: list[Item]) -> list[Loop]:
        """The loops among items, by what comes again and again."""
        signs = [self._sign(item) for item in ran]
        places: dict[Hashable, list[int]] = defaultdict(list)
        for n, (sign, anchors) in enumerate(signs):
            if anchors:
                places[sign].append(n)
        found: list[Loop] = []
        column_of: dict[int, int] = {}  # of events in loops that were found: their step
        taken: set[int] = set()
        for at in places.values():
            run = _evenly([n for n in at if n not in taken])
            if len(run) < 2:
                continue
            spans = _stretched(run, [sign for sign, _ in signs])
            if any(n in taken for begin, end in spans for n in range(begin, end)):
                continue
            groups = [self._group(ran[begin:end]) for begin, end in spans]
            if not self._is_chained(groups):
                continue
            times = self._slices(groups, column_of)
            if times is None and self._is_collected(groups):
                times = list(range(len(groups)))
            if times is None:
                continue
            for group, time in zip(groups, times, strict=True):
                group.time = float(time)
                column_of |= dict.fromkeys(range(group.first, group.last + 1), time)
            found.append(self._loop(groups, labelled=True))
            taken.update(n for begin, end in spans for n in range(begin, end))
        return found

    def _sign(self, item: Item) -> tuple[Hashable, bool]:
        """What items of equal steps have in common, and whether that is a module or weights."""
        recording = self._recording
        if item.kind != "event":
            call = recording.calls[item.at]
            return ("call", call.module, call.kind), bool(call.parameters)
        event = recording.events[item.at]
        values = recording.values
        weights = tuple(v for v in event.inputs if values[v].kind == "parameter")
        shapes = tuple(values[v].shape for v in event.outputs)
        detail = re.sub(r"\d+", "", event.detail)
        return ("event", event.op, detail, weights, shapes), bool(weights)

    def _is_chained(self, groups: list[_Group]) -> bool:
        """Whether every step reads something that the one before made, always the same items."""
        ways: list[set[tuple[int, int]]] = []
        for before, group in pairwise(groups):
            made = {self._span(item): n for n, item in enumerate(before.items)}
            found = set()
            for n, item in enumerate(group.items):
                for v in self._reads(item):
                    writer = self._recording.values[v].writer
                    if before.first <= writer <= before.last:
                        source = next(i for (a, b), i in made.items() if a <= writer <= b)
                        found.add((source, n))
            ways.append(found)
        return bool(set.intersection(*ways))

    def _slices(self, groups: list[_Group], column_of: dict[int, int]) -> list[int] | None:
        """Which part of a sequence each step reads, if each reads the next one, or the one before;
        None if they read none."""
        if len({len(group.items) for group in groups[:-1]}) > 1:
            return None
        for slot in range(len(groups[-1].items)):
            keyed = [self._parts(group.items[slot], groups[0].first, column_of) for group in groups]
            for key, first in keyed[1].items():
                begin = keyed[0].get(key)
                if begin is None or abs(first - begin) != 1:
                    continue
                step = first - begin
                wanted = [begin + n * step for n in range(len(groups))]
                if [parts.get(key) for parts in keyed] == wanted:
                    return wanted if min(wanted) >= 0 else [n - min(wanted) for n in wanted]
        return None

    def _parts(self, item: Item, first: int, column_of: dict[int, int]) -> dict[Hashable, int]:
        """Of what an item reads from before the loop: which part of it, by what it is a part of."""
        recording = self._recording
        found: dict[Hashable, int] = {}
        for v in self._reads(item):
            value = recording.values[v]
            if value.kind == "parameter" or value.writer >= first:
                continue
            if item.kind == "event" and recording.events[item.at].op in _PICKING:
                detail = recording.events[item.at].detail
                numbers = list(re.finditer(r"-?\d+", detail))
                for number in numbers:
                    rest = detail[: number.start()] + "·" + detail[number.end() :]
                    found[v, rest] = int(number[0])
            if value.writer >= 0:
                writer = recording.events[value.writer]
                if writer.op in _SLICING:
                    found["part", writer.index] = writer.outputs.index(v)
                elif value.writer in column_of:
                    found["step", recording.calls[writer.call].module, writer.op] = column_of[
                        value.writer
                    ]
        return found

    def _is_collected(self, groups: list[_Group]) -> bool:
        """Whether one op joins a value of every step, in their order."""
        recording = self._recording
        step_of = {e: n for n, g in enumerate(groups) for e in range(g.first, g.last + 1)}
        after = groups[-1].last + 1
        for event in recording.events[after:]:
            if event.op not in _JOINING or len(event.inputs) < len(groups):
                continue
            steps = [step_of.get(recording.values[v].writer, -1) for v in event.inputs]
            if [n for n in steps if n >= 0] == list(range(len(groups))):
                return True
        return False

    # ------------------------------------------------------------------ the loop

    def _loop(self, groups: list[_Group], labelled: bool) -> Loop:
        """The loop of these steps, which are in the order in which they ran."""
        ordered = sorted({group.time for group in groups})
        column = {time: n for n, time in enumerate(ordered)}
        columns = {item: column[group.time] for group in groups for item in group.items}
        times = tuple(int(time) if time.is_integer() else -1 for time in ordered)
        states, names = self._states(groups)
        return Loop(columns, times, states, names, labelled)

    def _states(self, groups: list[_Group]) -> tuple[dict[int, int], dict[int, str]]:
        """The values that go from step to step with the number of the state that each is."""
        values = self._recording.values
        keys: dict[int, Hashable] = {}
        names: dict[int, str] = {}
        for before, group in pairwise(groups):
            passed = sorted(
                {
                    v
                    for item in group.items
                    for v in self._reads(item)
                    if before.first <= values[v].writer <= before.last
                }
            )
            for n, v in enumerate(passed):
                keys[v] = n
                if name := self._name(v, before, names):
                    names[v] = name
                    keys[v] = name
        order = {key: n for n, key in enumerate(sorted(set(keys.values()), key=str))}
        states = {v: order[key] for v, key in keys.items()}
        for v, known in self._ends(groups, states).items():
            states.setdefault(v, known)
            name = next((names[s] for s in names if states[s] == known), "")
            if name:
                names.setdefault(v, name)
        return states, names

    def _ends(self, groups: list[_Group], states: dict[int, int]) -> dict[int, int]:
        """The states that the first step is given and the last one gives: they are where those of
        another step of equal ops are."""
        events, found = self._recording.events, dict[int, int]()
        for n, group in enumerate(groups[1:], 1):
            if not self._alike(groups[0], group):
                continue
            before = groups[n - 1]
            for offset in range(group.last - group.first + 1):
                one, other = events[groups[0].first + offset], events[group.first + offset]
                for v, theirs in zip(one.inputs, other.inputs, strict=False):
                    writer = self._recording.values[theirs].writer
                    if theirs in states and before.first <= writer <= before.last:
                        found[v] = states[theirs]
            break
        last = groups[-1]
        for group in reversed(groups[:-1]):
            if not self._alike(last, group):
                continue
            for offset in range(group.last - group.first + 1):
                one, other = events[last.first + offset], events[group.first + offset]
                for v, theirs in zip(one.outputs, other.outputs, strict=False):
                    if theirs in states:
                        found[v] = states[theirs]
            break
        return found

    def _alike(self, one: _Group, other: _Group) -> bool:
        """Whether they ran the same ops."""
        events = self._recording.events
        ops = [[e.op for e in events[g.first : g.last + 1]] for g in (one, other)]
        return ops[0] == ops[1]

    def _name(self, value: int, group: _Group, names: dict[int, str]) -> str:
        """What a state is called, where that is certain: of the cells that PyTorch has. What is
        done to it between two steps leaves it its name."""
        recording = self._recording
        event = recording.events[recording.values[value].writer]
        if event.op == "lstm_cell":
            return "hc"[event.outputs.index(value)]
        if event.op in _ONE_STATE:
            return "h"
        if not group.time.is_integer():
            return names.get(event.inputs[0], "") if event.inputs else ""
        inside = _INSIDE_CELL.search(event.id)
        for item in group.items:
            first, last = self._span(item)
            if first <= event.index <= last and (inside or self._time(item) is not None):
                return "h" if event.index == last else "c"
        return ""

    # ------------------------------------------------------------------ items

    def _group(self, items: list[Item], time: float = 0.0) -> _Group:
        spans = [self._span(item) for item in items]
        return _Group(items, min(a for a, _ in spans), max(b for _, b in spans), time)

    def _span(self, item: Item) -> tuple[int, int]:
        """The first and the last event of an item."""
        if item.kind == "event":
            return item.at, item.at
        call = self._recording.calls[item.at]
        return call.first, call.last

    def _reads(self, item: Item) -> Iterable[int]:
        """What an item reads from around it."""
        first, last = self._span(item)
        found: dict[int, None] = {}
        for event in self._recording.events[first : last + 1]:
            for v in event.inputs:
                if not first <= self._recording.values[v].writer <= last:
                    found[v] = None
        return found


def _evenly(at: list[int]) -> list[int]:
    """The longest part of a sorted list whose neighbours are equally far apart."""
    best: list[int] = []
    begin = 0
    for n in range(2, len(at) + 1):
        if n == len(at) or at[n] - at[n - 1] != at[begin + 1] - at[begin]:
            if n - begin > len(best):
                best = at[begin:n]
            begin = n - 1
    return best


def _stretched(run: list[int], signs: list[Hashable]) -> list[tuple[int, int]]:
    """From where to where each step goes, of which the items in ``run`` are parts. Each has what is
    equal in all; the last may end early."""
    period = run[1] - run[0]
    ahead = 0
    while ahead < period - 1 and ahead < run[0]:
        if len({signs[n - ahead - 1] for n in run}) > 1:
            break
        ahead += 1
    spans = [(n - ahead, n - ahead + period) for n in run]
    begin, whole = spans[-1]
    end = run[-1] + 1
    model = [signs[n] for n in range(*spans[-2])]
    while end < min(whole, len(signs)) and signs[end] == model[end - begin]:
        end += 1
    spans[-1] = begin, end
    return spans
