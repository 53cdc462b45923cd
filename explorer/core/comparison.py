"""What two recorded passes have in common and what not, as data; `explorer.core.matching` finds it.

Values are not looked at, only the graph.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np

Sort = Literal["added", "removed", "changed"]
Change = Literal["class", "settings", "shape", "dtype", "parameters", "inputs", "outputs"]
SORTS: tuple[Sort, ...] = ("added", "removed", "changed")
CHANGES: tuple[Change, ...] = (
    "class", "settings", "shape", "dtype", "parameters", "inputs", "outputs",
)  # fmt: skip


Contents = dict[int, Counter[Sort]]


class Part(NamedTuple):
    """A module call, or an op (``call`` -1): the events ``first … last`` that it ran."""

    call: int
    first: int
    last: int


class Difference(NamedTuple):
    """Something that is only ``before`` (removed) or only ``after`` (added), or is in both and
    changed: then ``what`` says in which way.

    ``places`` are the events, before and after, where it is or would be, and ``homes`` the calls
    that it is right in.
    """

    sort: Sort
    before: Part | None
    after: Part | None
    what: tuple[Change, ...]
    places: tuple[int, int] = (-1, -1)
    homes: tuple[int, int] = (0, 0)


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two passes: the counterpart of each of its ``calls`` and ``events`` in the other,
    -1 where there is none; and the ``parents`` of its calls."""

    calls: np.ndarray
    events: np.ndarray
    parents: Sequence[int]

    @cached_property
    def nearest(self) -> np.ndarray:
        """For each event the last one up to it that has a counterpart, -1 if none has."""
        known = np.where(self.events >= 0, np.arange(len(self.events)), -1)
        nearest: np.ndarray = np.maximum.accumulate(known) if len(known) else known
        return nearest

    def follow(self, event: int) -> tuple[int, bool]:
        """The counterpart of an event, else of the nearest one before it that has one, else the
        first event; whether it is its own."""
        near = int(self.nearest[event])
        return (int(self.events[near]) if near >= 0 else 0), near == event


@dataclass(frozen=True, eq=False)
class Marks:
    """What there is to tell of one of the passes: which of its ``calls`` and ``events`` differ, and
    for each call ``inside`` of which something does how often, also of what is on the other side
    alone."""

    calls: dict[int, Sort]
    events: dict[int, Sort]
    inside: Contents


@dataclass(frozen=True, eq=False)
class Comparison:
    """Of two passes, by the numbers of their ``tapes``. ``resized`` are sizes of the input, before
    and after: what follows from those is no difference."""

    tapes: tuple[int, int]
    before: Side
    after: Side
    differences: tuple[Difference, ...]
    resized: tuple[tuple[int, int], ...] = ()

    @cached_property
    def counts(self) -> dict[Sort, int]:
        """How many differences there are of each sort."""
        found = Counter(one.sort for one in self.differences)
        return {sort: found[sort] for sort in SORTS}

    def turned(self) -> Comparison:
        """The same from the other side: what was added is removed."""
        sorts: dict[Sort, Sort] = {
            "added": "removed", "removed": "added", "changed": "changed",
        }  # fmt: skip
        found = [
            Difference(
                sorts[one.sort], one.after, one.before, one.what, one.places[::-1], one.homes[::-1]
            )
            for one in self.differences
        ]
        resized = tuple((new, old) for old, new in self.resized)
        tapes = self.tapes[1], self.tapes[0]
        return Comparison(tapes, self.after, self.before, in_order(found), resized)

    @cached_property
    def marks(self) -> dict[Literal["before", "after"], Marks]:
        """What there is to tell of either pass."""
        return {"before": self._marked(0), "after": self._marked(1)}

    def _marked(self, side: int) -> Marks:
        calls: dict[int, Sort] = {}
        events: dict[int, Sort] = {}
        inside: Contents = {}
        for one in self.differences:
            inside.setdefault(one.homes[side], Counter())[one.sort] += 1
            part = (one.before, one.after)[side]
            if part is None:
                continue
            if part.call >= 0:
                calls[part.call] = one.sort
            if part.first == part.last:
                events[part.first] = one.sort
        parents = (self.before, self.after)[side].parents
        for call in range(len(parents) - 1, 0, -1):  # what is inside has a higher index
            if call in inside:
                inside.setdefault(parents[call], Counter()).update(inside[call])
        return Marks(calls, events, inside)


def in_order(found: Sequence[Difference]) -> tuple[Difference, ...]:
    """As they run, what is missing after what is there."""
    return tuple(
        sorted(found, key=lambda one: (one.places[1], one.after is None, one.places[0]))
    )  # fmt: skip
