"""One of two passes that are compared, with numbers that are equal for equal things in both."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Hashable, Sequence
from functools import cached_property
from operator import attrgetter

import numpy as np

from explorer.core.alignment import Row
from explorer.core.graph import Call, Recording, is_leaf
from explorer.core.ops import op as known_op
from explorer.core.wiring import KEPT

Made = tuple[tuple[tuple[int, ...], str], ...]  # shape and dtype of each result
Kept = tuple[tuple[tuple[int, ...], str, bool], ...]  # of each parameter, and whether it is its own


class Described:
    """One of the two, with numbers that are equal for equal things in both."""

    def __init__(self, recording: Recording, numbers: dict[Hashable, int]) -> None:
        self.recording = recording
        self._numbers = numbers
        self.calls = np.full(len(recording.calls), -1, dtype=np.int64)
        self.events = np.full(len(recording.events), -1, dtype=np.int64)
        self.paths = [_path(call, recording.calls[call.parent]) for call in recording.calls]
        self.inside = self._insides()
        self.meant: dict[int, tuple[Made, Kept]] = {}  # what ops make and keep, by their numbers
        self.said = self._describe()
        self.whole = [0] * len(recording.calls)
        for call in reversed(recording.calls):  # what is inside has a higher index
            inner = tuple(
                [
                    self.said[item] if item >= 0 else (self.whole[~item], self.paths[~item])
                    for item in self.inside[call.index]
                ]
            )
            self.whole[call.index] = self.number((call.kind, call.detail, inner))

    @cached_property
    def classes(self) -> np.ndarray:
        """Of each op (N,) the number of the class whose module is nothing but it, -1 if none is."""
        calls = [
            self.number(("call", call.kind)) if is_leaf(call) else -1
            for call in self.recording.calls
        ]
        homes = [event.call for event in self.recording.events]
        return np.array(calls, dtype=np.int64)[np.array(homes, dtype=np.int64)]

    def number(self, what: Hashable) -> int:
        """The number of something."""
        return self._numbers.setdefault(what, len(self._numbers))

    def row(self, items: Sequence[int], pairs: dict[int, int]) -> Row:
        """What is in a call, to be aligned; ``pairs`` are known already, by places."""
        whole, kind, family, place, op = [], [], [], [], []
        for item in items:
            if item >= 0:
                event = self.recording.events[item]
                number = self.number(("op", event.op))
                whole.append(self.said[item])
                kind.append(number)
                family.append(-1)
                place.append(-1)
                op.append(number)
                continue
            call = self.recording.calls[~item]
            whole.append(self.whole[~item])
            kind.append(self.number(("call", call.kind)))
            place.append(self.number(self.paths[~item]))
            leaf = self.recording.events[call.first].op if is_leaf(call) else None
            op.append(-1 if leaf is None else self.number(("op", leaf)))
            family.append(self.number(("family", "" if leaf is None else known_op(leaf).family)))
        pair = [pairs.get(n, -1) for n in range(len(items))]
        columns = (whole, kind, family, place, op, pair)
        return Row(*(np.array(one, dtype=np.int64) for one in columns))

    def names(self, items: Sequence[int]) -> dict[Hashable, int]:
        """Where in a call the calls are that have names, not mere numbers, by name and how often
        it ran."""
        found: dict[Hashable, int] = {}
        counts: Counter[str] = Counter()
        for n, item in enumerate(items):
            if item < 0:
                path = self.paths[~item]
                if not any(part.isdecimal() for part in path.split(".")):
                    found[path, counts[path]] = n
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
        events, calls = self.recording.events, self.recording.calls
        return Counter(
            events[item].op if item >= 0 else (calls[~item].kind, self.paths[~item])
            for item in self.inside[call.index]
        )

    def _describe(self) -> list[int]:
        """Of every op a number for all that is compared of it."""
        calls, values = self.recording.calls, self.recording.values
        forms = [(value.shape, value.dtype) for value in values]
        owned = [value.kind in KEPT for value in values]
        said = []
        for event in self.recording.events:
            made = tuple([forms[v] for v in event.outputs])
            module = calls[event.call].module
            kept = tuple(
                [(*forms[v], values[v].name.startswith(module)) for v in event.inputs if owned[v]]
            )
            number = self.number((event.op, event.detail, event.given, made, kept))
            said.append(number)
            self.meant[number] = made, kept
        return said

    def _insides(self) -> list[list[int]]:
        """Of every call the ops and (as ~index) the calls right in it, as they ran; calls that ran
        no op are left out."""
        calls = self.recording.calls
        inside: list[list[int]] = [[] for _ in calls]
        ran = [call for call in calls if call.parent >= 0 and call.last >= call.first]
        begun = deque(sorted(ran, key=attrgetter("first")))
        for event in self.recording.events:
            while begun and begun[0].first == event.index:
                call = begun.popleft()
                inside[call.parent].append(~call.index)
            inside[event.call].append(event.index)
        return inside


def _path(call: Call, around: Call) -> str:
    """What a call is called in the call around it."""
    if call.opened:
        return call.kind
    inner = call.module
    if around.module and inner.startswith(f"{around.module}."):
        return inner[len(around.module) + 1 :]
    return inner
