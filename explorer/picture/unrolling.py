"""Loops over time: which items of a room are the steps of a recurrent network.

A loop is found in the recording alone. Its steps run the same modules or read the same weights,
each is fed by the one before, and each reads its own slice of a sequence or gives its part of one.
Blocks that only follow each other are depth, not time: what is not certain is no loop.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, replace
from itertools import pairwise

from explorer.core.graph import Recording
from explorer.picture.caption import flowing
from explorer.picture.inside import RAN, Inside, Item
from explorer.picture.passing import Passing
from explorer.picture.repeats import Group, Order, Ran, consecutive, stretched
from explorer.picture.slices import GIVING, MOVING, Slices

_JOINING = frozenset(("stack", "cat"))
_LITTLE = 8  # ops, between the weights of a sequence and its slices
_NEAR = 64  # items around a slice, among which what belongs to its step is looked for


@dataclass(frozen=True)
class Loop:
    """The steps of one loop. ``columns`` says in which an item is, from left to right as time goes;
    ``times`` are the times of the columns, -1 where something lies between two steps.

    ``states`` are the values that go from step to step, what the first step is given and the last
    one gives; what was the same state once has the same number. ``names`` are those of which it is
    certain: ``h``, ``c``, and ``h₀`` of what the first step is given. ``labelled`` tells that steps
    do not say their time themselves, ``backwards`` that the last one ran first.
    """

    columns: dict[Item, int]
    times: tuple[int, ...]
    states: dict[int, int]
    names: dict[int, str]
    labelled: bool
    backwards: bool


class Unrolling:
    """Finds the loops of a recording, room by room, when they are asked for."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._loops: dict[int, tuple[Loop, ...]] = {}
        self._slices = Slices(recording)
        self._ran = Ran(recording)
        self._passing = Passing(recording, self._ran)

    def loops(self, inside: Inside) -> tuple[Loop, ...]:
        """The loops of a call whose blocks are not folded."""
        if inside.call not in self._loops:
            self._loops[inside.call] = tuple(self._find(inside))
            self._ran.forget()
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
        span = self._ran.span
        ran.sort(key=lambda item: span(item)[0])
        opened = self._opened_steps(ran)
        if opened:
            return [self._loop(opened, labelled=False)]
        return self._periodic(ran) if any(map(self._comes_again, ran)) else []

    def _comes_again(self, item: Item) -> bool:
        """Whether the module or the weights of an item run more than once in the pass."""
        if item.kind != "event":
            return self._recording.calls[item.at].number > 0
        inputs = self._recording.events[item.at].inputs
        return not self._recording.shared.keys().isdisjoint(inputs)

    def _opened_steps(self, ran: list[Item]) -> list[Group]:
        """The steps that a fused op opened into, and what is between them, as they ran."""
        times = [self._ran.time(item) for item in ran]
        at = [n for n, time in enumerate(times) if time is not None]
        if len(at) < 2:
            return []
        groups: list[Group] = []
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

    def _periodic(self, ran: list[Item]) -> list[Loop]:
        """The loops among items, by what comes again and again."""
        signs = [self._sign(item) for item in ran]
        weighed = [sign for sign, weighs in signs if weighs]
        if len(set(weighed)) == len(weighed):
            return []  # nothing comes again here
        order = Order(ran, signs, self._ran)
        found: list[Loop] = []
        for at in order.anchors():
            at = [n for n in at if n not in order.taken]
            if len(at) < 2:
                continue
            runs = self._sliced(order, at) or self._generated(order, at)
            events: dict[int, int] = {}
            for groups in runs:
                self._take_slices(order, groups)
                for group in groups:
                    events |= dict.fromkeys(range(group.first, group.last + 1), int(group.time))
                found.append(self._loop(groups, labelled=True))
                items = (item for group in groups for item in (*group.items, *group.ahead))
                order.taken.update(map(order.place.__getitem__, items))
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

    def _sliced(self, order: Order, at: list[int]) -> list[list[Group]]:
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
        found: list[list[Group]] = []
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
            groups[0] = self._prepared(order, groups)
            found.append(groups)
            i = until
        lowest = min(group.time for groups in found for group in groups)
        for group in (group for groups in found for group in groups):
            group.time -= min(lowest, 0.0)
        return found

    def _parts(self, item: Item, time_of: dict[int, int]) -> dict[Hashable, int]:
        """Which position of a sequence an item is or reads, by what that is a part of."""
        recording = self._recording
        found: dict[Hashable, int] = {}
        if item.kind == "event" and recording.events[item.at].op in MOVING:
            for v in recording.events[item.at].outputs[:1]:
                found.update(self._slices.of(v).items())
        for v in self._ran.reads(item):
            writer = recording.values[v].writer
            if writer < 0:
                continue
            event = recording.events[writer]
            if event.op in GIVING:
                found.update(self._slices.of(v).items())
            if writer in time_of:
                found["step", recording.calls[event.call].module, event.op] = time_of[writer]
        return found

    def _spans(
        self, order: Order, slices: list[int], anchor: int, limit: int
    ) -> list[tuple[int, int]]:
        """From where to where each step goes. It begins where it reads its slice, or with what
        runs before that in all of them; the last, which has an ``anchor``, may end early."""
        signs, end = order.signs, order.end(slices, anchor, limit)
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

    def _prepared(self, order: Order, groups: list[Group]) -> Group:
        """The first step without what it alone runs and what reads nothing of it, as zeros for the
        first state: that is given to the loop."""
        first, *others = groups
        known = {order.signs[order.place[item]] for group in others for item in group.items}
        kept: list[Item] = []
        made, prepare = set[int](), set[int]()
        for item in first.items:
            begin, end = self._ran.span(item)
            reads = {self._recording.values[v].writer for v in self._ran.reads(item)}
            if order.signs[order.place[item]] in known or not made.isdisjoint(reads):
                kept.append(item)
                made.update(range(begin, end + 1))
            else:
                prepare.update(range(begin, end + 1))
        return replace(self._group(kept, first.time), prepare=frozenset(prepare))

    def _take_slices(self, order: Order, groups: list[Group]) -> None:
        """Add to the steps the slices that were made ahead of the loop, each for one step alone."""
        values, begin = self._recording.values, min(group.first for group in groups)
        given = [
            [
                v
                for item in group.items
                for v in self._ran.reads(item)
                if 0 <= values[v].writer < begin and self._slices.of(v)
            ]
            for group in groups
        ]
        sequences = set.intersection(
            *({k for v in some for k in self._slices.of(v)} for some in given)
        )
        for group, some in zip(groups, given, strict=True) if sequences else ():
            for v in some:  # and what that is made of
                item, step = Item("event", values[v].writer), (*group.items, *group.ahead)
                own = sum(v in self._ran.reads(one) for one in step) == order.readers[v]
                one = len(self._recording.events[item.at].outputs) == 1
                if own and one and order.is_free(item) and self._slices.of(v).keys() & sequences:
                    group.ahead.append(item)
                    some += (made for made in self._ran.reads(item) if self._slices.of(made))

    def _is_read(self, order: Order, place: int, until: int) -> bool:
        """Whether an item is read by those after it in the step whose slice is read ``until``."""
        span = self._ran.span(order.ran[place])
        after = range(place + 1, min(until + _NEAR, len(order.ran)))
        return any(self._reads_of(order.ran[n], *span) for n in after)

    def _reads_of(self, item: Item, first: int, last: int) -> bool:
        """Whether an item reads what the events ``first … last`` wrote."""
        values = self._recording.values
        return any(first <= values[v].writer <= last for v in self._ran.reads(item))

    def _is_chained(self, order: Order, groups: list[Group]) -> bool:
        """Whether every step reads something that the one before made, always in equal items."""
        values = self._recording.values
        common: set[int] | None = None
        for before, group in pairwise(groups):
            first, last = before.first, before.last
            found = {
                order.signs[order.place[item]]
                for item in group.items
                if any(first <= values[v].writer <= last for v in self._ran.reads(item))
            }
            common = found if common is None else common & found
            if not common:
                return False
        return True

    def _is_weighed(self, groups: list[Group], slices: list[Item]) -> bool:
        """Whether every slice goes through weights within its step, or did so with its sequence.
        What only scales a result or adds to it is no sequence that is read."""
        for group, item in zip(groups, slices, strict=True):
            if self._is_projected(group, item):
                continue
            made = [self._ran.span(item)]
            if not self._has_weights(item):
                for other in group.items[group.items.index(item) + 1 :]:
                    if any(self._reads_of(other, *span) for span in made):
                        if self._has_weights(other):
                            break
                        made.append(self._ran.span(other))
                else:
                    return False
        return True

    def _is_projected(self, group: Group, item: Item) -> bool:
        """Whether an item is, or reads, a slice of what weights gave for a whole sequence, and this
        is added to what the step makes: ``z[:, t]`` of ``z = W x`` and ``tanh(z[:, t] + U h)``."""
        events, values = self._recording.events, self._recording.values
        picks = item.kind == "event" and events[item.at].op in MOVING
        reads = events[item.at].outputs[:1] if picks else self._ran.reads(item)
        given = {v for v in reads if any(self._is_of_weights(w) for w, _ in self._slices.of(v))}
        for one in group.items[group.items.index(item) :] if given else ():
            if one.kind != "event" or given.isdisjoint(events[one.at].inputs):
                continue
            event = events[one.at]
            if event.op in GIVING:
                given.update(event.outputs)
            elif event.op.strip("_") == "add":
                shapes = {values[v].shape for v in (*event.inputs, *event.outputs)}
                return len(event.inputs) == 2 and len(shapes) == 1
        return False

    def _is_of_weights(self, value: int) -> bool:
        """Whether weights made a value; what is done to it after them is little."""
        recording = self._recording
        for _ in range(_LITTLE):
            writer = recording.values[value].writer
            if writer < 0:
                return False
            event = recording.events[writer]
            if any(recording.values[v].kind == "parameter" for v in event.inputs):
                return True
            given = flowing(recording, event)
            if len(given) != 1:
                return False
            (value,) = given
        return False

    def _has_weights(self, item: Item) -> bool:
        return self._sign(item)[1]

    def _reads_backwards(self, order: Order, groups: list[Group]) -> bool:
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

    def _generated(self, order: Order, at: list[int]) -> list[list[Group]]:
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

    def _answers(self, groups: list[Group]) -> list[tuple[int, int]]:
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

    def _feeds_back(self, group: Group, after: Group, answer: int) -> bool:
        """Whether the next step reads the answer, and also a state that is not made of it."""
        events, values = self._recording.events, self._recording.values
        made = {answer}
        for event in events[group.first : group.last + 1]:
            if not made.isdisjoint(event.inputs):
                made.update(event.outputs)
        passed = {
            v
            for item in after.items
            for v in self._ran.reads(item)
            if group.first <= values[v].writer <= group.last
        }
        return bool(passed & made) and bool(passed - made)

    # ------------------------------------------------------------------ the loop

    def _loop(self, groups: list[Group], labelled: bool) -> Loop:
        """The loop of these steps, which are in the order in which they ran."""
        ordered = sorted({group.time for group in groups})
        column = {time: n for n, time in enumerate(ordered)}
        columns = {
            item: column[group.time] for group in groups for item in (*group.ahead, *group.items)
        }
        times = tuple(int(time) if time.is_integer() else -1 for time in ordered)
        states, names = self._passing.states(groups)
        backwards = groups[0].time > groups[-1].time
        return Loop(columns, times, states, names, labelled, backwards)

    # ------------------------------------------------------------------ items

    def _group(self, items: list[Item], time: float = 0.0) -> Group:
        spans = [self._ran.span(item) for item in items]
        return Group(items, min(a for a, _ in spans), max(b for _, b in spans), time)
