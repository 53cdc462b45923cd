"""What goes from step to step of a loop over time: its states, by number and by name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable
from itertools import pairwise

from explorer.core.graph import Event, Recording
from explorer.core.ops import CELLS, NETWORKS
from explorer.picture.repeats import Group, Ran
from explorer.picture.slices import GIVING

_PASSING = GIVING | {"cat", "stack"}  # ops that give what they are given
_INSIDE_CELL = re.compile(rf"/({'|'.join(CELLS)})#")


class Passing:
    """Finds the states of loops, whose steps are found already."""

    def __init__(self, recording: Recording, ran: Ran) -> None:
        self._recording = recording
        self._ran = ran

    def states(self, groups: list[Group]) -> tuple[dict[int, int], dict[int, str]]:
        """The values that go from step to step, what the first is given and what the last one
        gives, with the number of the state that each is; and the names of those where they are
        certain."""
        values = self._recording.values
        keys: dict[int, Hashable] = {}
        names: dict[int, str] = {}
        alike: dict[Hashable, list[str]] = {}  # the names of what steps give at equal places
        for before, group in pairwise(groups):
            first, last, outside = before.first, before.last, before.prepare
            passed = sorted(
                {
                    v
                    for item in group.items
                    for v in self._ran.reads(item)
                    if first <= (writer := values[v].writer) <= last and writer not in outside
                }
            )
            found = {v: name for v in passed if (name := self._name(v, before, names))}
            if not found and passed:
                places = tuple(values[v].writer - first for v in passed)
                step = places, last - first, group.last - last
                if step not in alike:
                    by_use = self._by_use(passed, before, group)
                    alike[step] = [by_use.get(v, "") for v in passed]
                found = {v: name for v, name in zip(passed, alike[step], strict=True) if name}
            names |= found
            for n, v in enumerate(passed):
                keys[v] = names.get(v, n)
        order = {key: n for n, key in enumerate(sorted(set(keys.values()), key=str))}
        states = {v: order[key] for v, key in keys.items()}
        called = {known: names.get(v, "") for v, known in reversed(states.items())}
        for v, some in self._ends(groups, states).items():
            states.setdefault(v, some[0])
            said = [called[known] for known in some if called[known]]
            if said and v not in names:
                given = not any(group.made(values[v].writer) for group in groups)
                names[v] = " ".join(f"{name}₀" if given else name for name in said)
        return states, names

    def _by_use(self, passed: list[int], before: Group, group: Group) -> dict[int, str]:
        """What the states of a cell are called that somebody wrote: ``h`` is what goes through
        weights, ``c`` what ``h`` is made of and what does not. It is certain where the cell is a
        module, or all that there is in a step, and has one of each at most."""
        weighed = self._weighed(passed, group)
        cells: dict[str, list[int]] = {}
        for v in passed:
            cells.setdefault(self._cell(v, before, group), []).append(v)
        names: dict[int, str] = {}
        for cell, states in cells.items():
            hidden = [v for v in states if v in weighed]
            if len(hidden) != 1 or (not cell and len(cells) > 1):
                continue
            names[hidden[0]] = "h"
            others = [v for v in states if v not in weighed]
            if len(others) == 1 and self._is_made_of(hidden[0], others[0], before):
                names[others[0]] = "c"
        return names

    def _weighed(self, passed: list[int], group: Group) -> set[int]:
        """Those of the values that go through weights in a step."""
        values, found = self._recording.values, set[int]()
        made_of = {v: {v} for v in passed}
        for event in self._events(group):
            given = set[int]().union(*(made_of.get(v, ()) for v in event.inputs))
            if any(values[v].kind == "parameter" for v in event.inputs):
                found |= given
            elif given and event.op in _PASSING:
                made_of |= dict.fromkeys(event.outputs, given)
        return found

    def _cell(self, value: int, before: Group, group: Group) -> str:
        """The module that gave a value and reads it in the next step; nothing if none does both."""
        calls, writer = self._recording.calls, self._recording.values[value].writer
        for item in group.items:
            if item.kind == "call" and value in self._ran.reads(item):
                for one in before.items:
                    first, last = self._ran.span(one)
                    if one.kind == "call" and first <= writer <= last:
                        module = calls[item.at].module
                        return module if calls[one.at].module == module else ""
        return ""

    def _is_made_of(self, value: int, other: int, group: Group) -> bool:
        """Whether a step made one value of another."""
        made = {other}
        for event in self._events(group):
            if not made.isdisjoint(event.inputs):
                made.update(event.outputs)
        return value in made

    def _ends(self, groups: list[Group], states: dict[int, int]) -> dict[int, list[int]]:
        """The states that the first step is given and the last one gives, where one value may be
        several: they are where those of another step of equal ops are."""
        found: dict[int, list[int]] = defaultdict(list)
        for n, group in enumerate(groups[1:], 1):
            if not self._alike(groups[0], group):
                continue
            for one, other in zip(self._events(groups[0]), self._events(group), strict=True):
                for v, theirs in zip(one.inputs, other.inputs, strict=False):
                    writer = self._recording.values[theirs].writer
                    if theirs in states and groups[n - 1].made(writer):
                        found[v].append(states[theirs])
            break
        last = groups[-1]
        for group in reversed(groups[:-1]):
            if not self._alike(last, group):
                continue
            for one, other in zip(self._events(last), self._events(group), strict=True):
                for v, theirs in zip(one.outputs, other.outputs, strict=False):
                    if theirs in states:
                        found[v].append(states[theirs])
            break
        return {v: [*dict.fromkeys(some)] for v, some in found.items()}

    def _alike(self, one: Group, other: Group) -> bool:
        """Whether they ran the same ops."""
        return [e.op for e in self._events(one)] == [e.op for e in self._events(other)]

    def _events(self, group: Group) -> list[Event]:
        """The events of a step."""
        events = self._recording.events[group.first : group.last + 1]
        return [event for event in events if event.index not in group.prepare]

    def _name(self, value: int, group: Group, names: dict[int, str]) -> str:
        """What a state is called, where that is certain: of the cells that PyTorch has. What is
        done to it between two steps leaves it its name."""
        recording = self._recording
        event = recording.events[recording.values[value].writer]
        at, call = event.outputs.index(value), recording.calls[event.call]
        if event.op in CELLS:
            return CELLS[event.op][at]
        if event.op in NETWORKS:
            return ("", *NETWORKS[event.op])[at]
        if call.opened and call.kind in ("hₙ", "cₙ"):
            return call.kind[0]
        if not group.time.is_integer():
            return names.get(event.inputs[0], "") if event.inputs else ""
        inside = _INSIDE_CELL.search(event.id)
        for item in group.items:
            first, last = self._ran.span(item)
            if first <= event.index <= last and (inside or self._ran.time(item) is not None):
                return "h" if event.index == last else "c"
        return ""
