"""Places to come back to: those that somebody has been at, as in a browser, and bookmarks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from explorer.core.graph import Call, Recording

MOST = 100


@dataclass(frozen=True, eq=False)
class Place:
    """Where somebody was: the id of the ``event``, and the calls that were ``open`` and
    ``unfolded``. Each is one visit."""

    event: str
    open: frozenset[int]
    unfolded: frozenset[int]

    def moved(self, to: Mapping[int, int]) -> Place:
        """The same in a pass in which the calls have other indices; those that are not in it are
        left out."""
        return Place(
            self.event,
            frozenset(to[call] for call in self.open if call in to),
            frozenset(to[call] for call in self.unfolded if call in to),
        )


class Bookmark(NamedTuple):
    """The id of an ``event``, and in how many open boxes its node was when it was marked."""

    event: str
    depth: int


@dataclass(frozen=True)
class History:
    """``past`` are the places before, ``ahead`` those that were gone back from, the nearest last.
    ``reached`` is the one that we have just gone back or forward to, None if we jumped."""

    past: tuple[Place, ...] = ()
    ahead: tuple[Place, ...] = ()
    reached: Place | None = None

    def moved(self, before: Recording, now: Recording) -> History:
        """The same after another pass: calls are known by their module and number."""
        calls = {_name(call): call.index for call in now.calls}
        to = {call.index: calls[_name(call)] for call in before.calls if _name(call) in calls}
        if all(call.index == to.get(call.index) for call in before.calls):
            return self
        past, ahead = (tuple(p.moved(to) for p in places) for places in (self.past, self.ahead))
        return History(past, ahead, self.reached)

    def left(self, here: Place) -> History:
        """After a jump away from here: what lay ahead is forgotten."""
        return History((*self.past, here)[-MOST:])

    def back(self, here: Place) -> History:
        """After going back from here."""
        if not self.past:
            return self
        return History(self.past[:-1], (*self.ahead, here), self.past[-1])

    def forward(self, here: Place) -> History:
        """After going forward from here."""
        if not self.ahead:
            return self
        return History((*self.past, here), self.ahead[:-1], self.ahead[-1])


def _name(call: Call) -> tuple[str, int, str, str]:
    """What a call is known by in another pass, also the inside of a fused op and its parts."""
    return call.module, call.number, call.opened, call.kind
