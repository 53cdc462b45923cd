"""Intents about changes to the pass."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.core.change import Change, Entry, Kind
from explorer.session.intents.intent import Intent


@dataclass(frozen=True)
class ProposeChange(Intent):
    """Ask what is to become of cells of a value, by its index; None for the value looked at."""

    value: int | None = None
    cells: str = ""
    kind: Kind = "zero"


@dataclass(frozen=True)
class DropProposal(Intent):
    """Make no such change after all."""


@dataclass(frozen=True)
class MakeChange(Intent):
    """Change the pass, and all that are recorded after it."""

    change: Change


@dataclass(frozen=True)
class SwitchChange(Intent):
    """Leave one of the changes out, by its place in the list, or make it again."""

    at: int


@dataclass(frozen=True)
class RemoveChange(Intent):
    """Take one of the changes out of the list, None for all."""

    at: int | None = None


@dataclass(frozen=True)
class PauseChanges(Intent):
    """Show the pass without any of the changes, or with them again."""


@dataclass(frozen=True)
class UndoChange(Intent):
    """The list of changes as it was before, or ``again`` as it was after."""

    again: bool = False


@dataclass(frozen=True)
class PutChanges(Intent):
    """Take these for the list, as a file has them."""

    entries: tuple[Entry, ...]
