"""The changes to the pass on screen: how they stand."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.core.change import Change, Entry, Kind

Entries = tuple[Entry, ...]


@dataclass(frozen=True)
class Draft:
    """A change that somebody is about to make: of which cells of which value, and what first comes
    to mind."""

    value: str
    cells: str
    kind: Kind = "zero"


@dataclass(frozen=True)
class Changes:
    """What is changed in the pass of one side, and in those that are recorded after it.

    ``entries`` are the changes, on or off, ``past`` and ``future`` the lists before and after what
    was done and undone. While they are ``paused`` the pass is as the model gave it. ``draft`` is
    what somebody is about to add. ``inside`` is the id of the event that the cursor was on before a
    new pass closed the op around it. ``fresh`` says that somebody made a change that was not shown
    yet beside what was before. ``asked`` is what the engine was last asked for: of which pass,
    which changes, and with which passes beside and of the input before (0 where none of its numbers
    are wanted).
    """

    entries: Entries = ()
    past: tuple[Entries, ...] = ()
    future: tuple[Entries, ...] = ()
    paused: bool = False
    draft: Draft | None = None
    inside: str = ""
    fresh: bool = False
    asked: tuple[int, tuple[Change, ...], tuple[int, int]] | None = None

    @property
    def active(self) -> tuple[Change, ...]:
        """Those that are to be made."""
        return () if self.paused else tuple(one.change for one in self.entries if one.on)

    def place(self, at: int) -> int | None:
        """The place among the active ones of an entry, None if it is off."""
        if self.paused or not self.entries[at].on:
            return None
        return sum(one.on for one in self.entries[:at])
