"""What runs again and again among the items of a room, and in which steps."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from explorer.core.graph import Recording
from explorer.picture.inside import Item

_STEP = re.compile(r"t = (\d+)")


class Ran:
    """What items are: which events, and what these read from around them."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._read: dict[Item, tuple[int, ...]] = {}  # of items of the room that is looked at

    def forget(self) -> None:
        """Another room will be looked at."""
        self._read.clear()

    def span(self, item: Item) -> tuple[int, int]:
        """The first and the last event of an item."""
        if item.kind == "event":
            return item.at, item.at
        call = self._recording.calls[item.at]
        return call.first, call.last

    def reads(self, item: Item) -> tuple[int, ...]:
        """What an item reads from around it."""
        if item not in self._read:
            first, last = self.span(item)
            found: dict[int, None] = {}
            for event in self._recording.events[first : last + 1]:
                for v in event.inputs:
                    if not first <= self._recording.values[v].writer <= last:
                        found[v] = None
            self._read[item] = tuple(found)
        return self._read[item]

    def time(self, item: Item) -> int | None:
        """The time of a step of an opened op."""
        if item.kind != "call" or not self._recording.calls[item.at].opened:
            return None
        found = _STEP.fullmatch(self._recording.calls[item.at].kind)
        return int(found[1]) if found else None


@dataclass
class Group:
    """The items of one step, and its events ``first … last`` but for those that only ``prepare``
    the first one. Its slice may have been made ``ahead`` of the loop. What lies between two steps
    has a ``time`` between theirs."""

    items: list[Item]
    first: int
    last: int
    time: float = 0.0
    prepare: frozenset[int] = frozenset()
    ahead: list[Item] = field(default_factory=list)

    def made(self, event: int) -> bool:
        """Whether an event is in the step."""
        return self.first <= event <= self.last and event not in self.prepare


class Order:
    """The items of a room as they ran, with what those of equal steps have in common. ``taken`` are
    in loops that were found, whose events have their times in ``time_of``."""

    def __init__(
        self, ran: list[Item], signs: list[tuple[Hashable, bool]], of: Ran
    ) -> None:  # fmt: skip
        self.ran = ran
        numbers: dict[Hashable, int] = {}
        self.signs = [numbers.setdefault(sign, len(numbers)) for sign, _ in signs]
        self.place = {item: n for n, item in enumerate(ran)}
        self.taken: set[int] = set()
        self.time_of: dict[int, int] = {}
        self._weighed = [weighed for _, weighed in signs]
        self._of = of

    @cached_property
    def readers(self) -> Counter[int]:
        """How many items read a value."""
        return Counter(v for item in self.ran for v in self._of.reads(item))

    def anchors(self) -> Iterable[list[int]]:
        """Where the same weights are used, for all that are."""
        places: dict[int, list[int]] = defaultdict(list)
        for n, sign in enumerate(self.signs):
            if self._weighed[n]:
                places[sign].append(n)
        return places.values()

    def is_free(self, item: Item) -> bool:
        """Whether it is one of the items, and in no loop that was found."""
        return item in self.place and self.place[item] not in self.taken

    def end(self, begins: list[int], anchor: int, limit: int) -> int:
        """Where the last of the steps ends that begin there. After its ``anchor`` it goes on with
        what another step runs, too, and in the same order; so what comes after all steps is in
        none, even where it is alike."""
        end = anchor + 1
        for model in {tuple(self.signs[a:b]) for a, b in pairwise(begins)}:
            at, n = 0, begins[-1]
            while n < limit and n not in self.taken:
                if self.signs[n] in model[at:]:
                    at = model.index(self.signs[n], at) + 1
                elif n > anchor:
                    break
                n += 1
            end = max(end, n)
        return end


def consecutive(read: list[dict[Hashable, tuple[int, int]]], begin: int) -> list[tuple[int, int]]:
    """The longest run, from ``begin`` on, of neighbouring slices of one sequence; of equally long
    ones that of those that are read first."""
    best = [(0, 0)]
    if begin + 1 == len(read):
        return best
    for key in read[begin]:
        if key not in read[begin + 1]:
            continue
        run = [read[begin][key], read[begin + 1][key]]
        step = run[1][0] - run[0][0]
        if abs(step) != 1:
            continue
        for parts in read[begin + 2 :]:
            if key not in parts or parts[key][0] != run[-1][0] + step:
                break
            run.append(parts[key])
        if (len(run), -run[1][1]) > (len(best), -best[-1][1]):
            best = run
    return best


def stretched(run: list[int], period: int, signs: list[int]) -> list[tuple[int, int]]:
    """From where to where each step goes, of which the items in ``run`` are parts. Each has what is
    equal in all; the last may end early."""
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
