"""Places to come back to: those that somebody has been at, as in a browser, and bookmarks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

MOST = 100


@dataclass(frozen=True, eq=False)
class Place:
    """Where somebody was: the id of the ``event``, and the calls that were ``open`` and
    ``unfolded``. Each is one visit."""

    event: str
    open: frozenset[int]
    unfolded: frozenset[int]


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
