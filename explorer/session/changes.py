"""The changes to the pass on screen: how they stand, and what may be asked of them."""

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
    what somebody is about to add. ``asked`` is what the engine was last asked for: of which pass,
    which changes, and with which pass beside.
    """

    entries: Entries = ()
    past: tuple[Entries, ...] = ()
    future: tuple[Entries, ...] = ()
    paused: bool = False
    draft: Draft | None = None
    asked: tuple[int, tuple[Change, ...], int] | None = None

    @property
    def active(self) -> tuple[Change, ...]:
        """Those that are to be made."""
        return () if self.paused else tuple(one.change for one in self.entries if one.on)

    def place(self, at: int) -> int | None:
        """The place among the active ones of an entry, None if it is off."""
        if self.paused or not self.entries[at].on:
            return None
        return sum(one.on for one in self.entries[:at])


@dataclass(frozen=True)
class ProposeChange:
    """Ask what is to become of cells of a value, by its index; None for the value looked at."""

    value: int | None = None
    cells: str = ""
    kind: Kind = "zero"


@dataclass(frozen=True)
class DropProposal:
    """Make no such change after all."""


@dataclass(frozen=True)
class MakeChange:
    """Change the pass, and all that are recorded after it."""

    change: Change


@dataclass(frozen=True)
class SwitchChange:
    """Leave one of the changes out, by its place in the list, or make it again."""

    at: int


@dataclass(frozen=True)
class RemoveChange:
    """Take one of the changes out of the list, None for all."""

    at: int | None = None


@dataclass(frozen=True)
class PauseChanges:
    """Show the pass without any of the changes, or with them again."""


@dataclass(frozen=True)
class UndoChange:
    """The list of changes as it was before, or ``again`` as it was after."""

    again: bool = False


@dataclass(frozen=True)
class PutChanges:
    """Take these for the list, as a file has them."""

    entries: Entries
