"""Loops over time: which items of a room are the steps of a recurrent network.

A loop is found in the recording alone. Its steps run the same modules or read the same weights,
each is fed by the one before, and each reads its own slice of a sequence or gives its part of one.
Blocks that only follow each other are depth, not time: what is not certain is no loop.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from explorer.core.graph import Event, Recording
from explorer.picture.inside import RAN, Inside, Item
from explorer.picture.repeats import Order, consecutive, stretched

_STEP = re.compile(r"t = (\d+)")
_SLICING = frozenset(("unbind", "split", "chunk", "tensor_split"))
_PICKING = frozenset(("getitem", "select", "narrow", "index_select"))
_JOINING = frozenset(("stack", "cat"))
_ONE_STATE = frozenset(("gru_cell", "rnn_tanh_cell", "rnn_relu_cell"))
_NEAR = 64  # items around a slice, among which what belongs to its step is looked for
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
        self._read: dict[Item, tuple[int, ...]] = {}  # of items of the room that is looked at

    def loops(self, inside: Inside) -> tuple[Loop, ...]:
        """The loops of a call whose blocks are not folded."""
        if inside.call not in self._loops:
            self._loops[inside.call] = tuple(self._find(inside))
            self._read.clear()
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
        order = Order(ran, [self._sign(item) for item in ran])
        found: list[Loop] = []
        for at in order.anchors():
            at = [n for n in at if n not in order.taken]
            if len(at) < 2:
                continue
            runs = self._sliced(order, at) or self._generated(order, at)
            events: dict[int, int] = {}
            for groups in runs:
                for group in groups:
                    events |= dict.fromkeys(range(group.first, group.last + 1), int(group.time))
                found.append(self._loop(groups, labelled=True))
                order.taken.update(order.place[item] for group in groups for item in group.items)
            order.time_of |= events
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

    # ------------------------------------------------------------------ what reads a sequence

    def _sliced(self, order: Order, at: list[int]) -> list[list[_Group]]:
        """The runs of steps, each with one of the items ``at``, that read a sequence slice by
        slice. All of the items are in one, or there is none."""
        wide = max(b - a for a, b in pairwise(at))
        begins = [max(at[0] - 2 * wide - _NEAR, 0), *(n + 1 for n in at[:-1])]
        read: list[dict[Hashable, tuple[int, int]]] = []
        for begin, end in zip(begins, at, strict=True):
            parts: dict[Hashable, tuple[int, int]] = {}
            for n in range(end, begin - 1, -1):  # the first that reads it, but of the nearest
                if n not in order.taken:
                    for key, number in self._parts(order.ran[n], order.time_of).items():
                        near, _ = parts.get((order.signs[n], key), (number, n))
                        if near == number:
                            parts[order.signs[n], key] = number, n
            read.append(parts)
            if len(read) == 2 and len(consecutive(read, 0)) < 2:
                return []
        found: list[list[_Group]] = []
        i = 0
        while i < len(at):
            run = consecutive(read, i)
            if len(run) < 2:
                return []
            slices = [n for _, n in run]
            until = i + len(run)
            limit = begins[until] if until < len(at) else len(order.ran)
            limit = min(limit + wide, len(order.ran))
            spans = self._spans(order, slices, at[until - 1], limit)
            groups = [
                self._group(order.ran[begin:end], float(number))
                for (begin, end), (number, _) in zip(spans, run, strict=True)
            ]
            if (
                any(n in order.taken for begin, end in spans for n in range(begin, end))
                or not self._is_chained(order, groups)
                or not self._is_weighed(groups, [order.ran[n] for n in slices])
                or self._reads_backwards(order, groups)
            ):
                return []
            found.append(groups)
            i = until
        lowest = min(group.time for groups in found for group in groups)
        for group in (group for groups in found for group in groups):
            group.time -= min(lowest, 0.0)
        return found

    def _parts(self, item: Item, time_of: dict[int, int]) -> dict[Hashable, int]:
        """Which part of a sequence an item reads, by what that is a part of."""
        recording = self._recording
        found: dict[Hashable, int] = {}
        for v in self._reads(item):
            value = recording.values[v]
            if value.kind == "parameter":
                continue
            if item.kind == "event" and recording.events[item.at].op in _PICKING:
                detail = recording.events[item.at].detail
                for number in re.finditer(r"-?\d+", detail):
                    rest = detail[: number.start()] + "·" + detail[number.end() :]
                    found[v, rest] = int(number[0])
            if value.writer >= 0:
                writer = recording.events[value.writer]
                if writer.op in _SLICING and self._is_cut_into_ones(writer):
                    found["part", writer.index] = writer.outputs.index(v)
                elif value.writer in time_of:
                    key = "step", recording.calls[writer.call].module, writer.op
                    found[key] = time_of[value.writer]
        return found

    def _is_cut_into_ones(self, event: Event) -> bool:
        """Whether an op cuts something into parts of length 1. Longer ones are groups of channels
        or heads."""
        values = self._recording.values
        (given, *_) = event.inputs
        whole, parts = values[given].shape, [values[v].shape for v in event.outputs]
        if event.op == "unbind":
            return True
        return all(
            len(part) == len(whole)
            and [b for a, b in zip(whole, part, strict=True) if a != b] == [1]
            for part in parts
        )

    def _spans(
        self, order: Order, slices: list[int], anchor: int, limit: int
    ) -> list[tuple[int, int]]:
        """From where to where each step goes. It begins where it reads its slice, or with what
        runs before that in all of them; the last, which has an ``anchor``, may end early."""
        signs = order.signs
        known = {sign for a, b in pairwise(slices) for sign in signs[a:b]}
        end, first = anchor + 1, self._span(order.ran[slices[-1]])[0]
        while end < limit and signs[end] in known and end not in order.taken:
            last = self._span(order.ran[end - 1])[1]
            if signs[end] == signs[slices[-1]] or not self._reads_of(order.ran[end], first, last):
                break
            end += 1
        ahead, tail = 0, set(signs[anchor + 1 : end])
        while slices[0] > ahead:
            places = [n - ahead - 1 for n in slices]
            if (
                len({signs[n] for n in places}) > 1
                or signs[places[0]] in tail
                or any(a >= b for a, b in zip(slices, places[1:], strict=False))
                or not all(self._is_read(order, a, b) for a, b in zip(places, slices, strict=True))
            ):
                break
            ahead += 1
        begins = [n - ahead for n in slices]
        return list(zip(begins, [*begins[1:], end], strict=True))

    def _is_read(self, order: Order, place: int, until: int) -> bool:
        """Whether an item is read by those after it in the step whose slice is read ``until``."""
        span = self._span(order.ran[place])
        after = range(place + 1, min(until + _NEAR, len(order.ran)))
        return any(self._reads_of(order.ran[n], *span) for n in after)

    def _reads_of(self, item: Item, first: int, last: int) -> bool:
        """Whether an item reads what the events ``first … last`` wrote."""
        values = self._recording.values
        return any(first <= values[v].writer <= last for v in self._reads(item))

    def _is_chained(self, order: Order, groups: list[_Group]) -> bool:
        """Whether every step reads something that the one before made, always in equal items."""
        common: set[Hashable] | None = None
        for before, group in pairwise(groups):
            found = {
                order.signs[order.place[item]]
                for item in group.items
                if self._reads_of(item, before.first, before.last)
            }
            common = found if common is None else common & found
            if not common:
                return False
        return True

    def _is_weighed(self, groups: list[_Group], slices: list[Item]) -> bool:
        """Whether every slice goes through weights within its step. What only scales a result or
        adds to it is no sequence that is read."""
        for group, item in zip(groups, slices, strict=True):
            made = [self._span(item)]
            if not self._has_weights(item):
                for other in group.items[group.items.index(item) + 1 :]:
                    if any(self._reads_of(other, *span) for span in made):
                        if self._has_weights(other):
                            break
                        made.append(self._span(other))
                else:
                    return False
        return True

    def _has_weights(self, item: Item) -> bool:
        return self._sign(item)[1]

    def _reads_backwards(self, order: Order, groups: list[_Group]) -> bool:
        """Whether something in the steps reads a sequence the other way than they go."""
        way = groups[1].time - groups[0].time
        first, second = (
            {
                (order.signs[order.place[item]], key): number
                for item in group.items
                for key, number in self._parts(item, order.time_of).items()
            }
            for group in groups[:2]
        )
        return any(second[key] - first[key] == -way for key in first.keys() & second.keys())

    # ------------------------------------------------------------------ what reads its own answers

    def _generated(self, order: Order, at: list[int]) -> list[list[_Group]]:
        """The steps of a generator: each gives one answer, which the next reads beside the state.
        It is certain only if all run the same."""
        periods = {b - a for a, b in pairwise(at)}
        if len(periods) > 1:
            return []
        spans = stretched(at, periods.pop(), order.signs)
        if any(n in order.taken for begin, end in spans for n in range(begin, end)):
            return []
        groups = [self._group(order.ran[begin:end]) for begin, end in spans]
        if not self._is_chained(order, groups):
            return []
        answers = self._answers(groups)
        if not answers or not all(
            self._feeds_back(group, after, answer)
            for (group, after), (_, answer) in zip(pairwise(groups), answers, strict=False)
        ):
            return []
        for group, (time, _) in zip(groups, answers, strict=True):
            group.time = float(time)
        return [groups]

    def _answers(self, groups: list[_Group]) -> list[tuple[int, int]]:
        """What every step gives to one op that joins them all, in their order: where in that it
        stands, and the value."""
        recording = self._recording
        step_of = {e: n for n, g in enumerate(groups) for e in range(g.first, g.last + 1)}
        for event in recording.events[groups[-1].last + 1 :]:
            if event.op not in _JOINING or len(event.inputs) < len(groups):
                continue
            steps = [step_of.get(recording.values[v].writer, -1) for v in event.inputs]
            if [n for n in steps if n >= 0] == list(range(len(groups))):
                return [(at, event.inputs[at]) for at, n in enumerate(steps) if n >= 0]
        return []

    def _feeds_back(self, group: _Group, after: _Group, answer: int) -> bool:
        """Whether the next step reads the answer, and also a state that is not made of it."""
        events, values = self._recording.events, self._recording.values
        made = {answer}
        for event in events[group.first : group.last + 1]:
            if not made.isdisjoint(event.inputs):
                made.update(event.outputs)
        passed = {
            v
            for item in after.items
            for v in self._reads(item)
            if group.first <= values[v].writer <= group.last
        }
        return bool(passed & made) and bool(passed - made)

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

    def _reads(self, item: Item) -> tuple[int, ...]:
        """What an item reads from around it."""
        if item not in self._read:
            first, last = self._span(item)
            found: dict[int, None] = {}
            for event in self._recording.events[first : last + 1]:
                for v in event.inputs:
                    if not first <= self._recording.values[v].writer <= last:
                        found[v] = None
            self._read[item] = tuple(found)
        return self._read[item]
