"""Intents about where one is: the cursor, what is open, what is found, lit or beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from explorer.core.breaks import Breaks
from explorer.core.comparison import Comparison
from explorer.core.flow import Flowing
from explorer.session.intents.intent import Intent

Step = Literal["over", "back", "into", "out", "first", "last"]


@dataclass(frozen=True)
class StepTo(Intent):
    """Put the cursor on an event; closed modules around it are opened if ``reveal``.

    ``dragged`` is one of many on the way of a mouse: nobody wants to go back there.
    """

    event: int
    reveal: bool = False
    dragged: bool = False


@dataclass(frozen=True)
class StepBy(Intent):
    """One step of the cursor: F10 is ``over``, Shift+F10 its exact inverse ``back``."""

    step: Step


@dataclass(frozen=True)
class Walk(Intent):
    """Go along the wires, from node to node as they are drawn: ``down`` to where the main stream
    goes on, ``up`` to where it comes from; to the next ``reader`` or to the ``writer`` of the value
    looked at, which stays selected."""

    way: Literal["down", "up", "reader", "writer"]


@dataclass(frozen=True)
class Retrace(Intent):
    """Go back to where one was before the last jump, or forward again."""

    way: Literal["back", "forward"]


@dataclass(frozen=True)
class SetBookmark(Intent):
    """Put bookmark ``number`` (1 … 9) on an event, None for the one under the cursor, or take it
    away from there."""

    number: int
    event: int | None = None


@dataclass(frozen=True)
class GoToBookmark(Intent):
    """Put the cursor on the event with bookmark ``number``."""

    number: int


@dataclass(frozen=True)
class MarkStart(Intent):
    """Let paths begin at the node of an event, None for the one under the cursor; asked again of
    the same, at none."""

    event: int | None = None


@dataclass(frozen=True)
class Light(Intent):
    """Light what a node comes from, what depends on it, or the paths to it from the marked one;
    ``event`` None is the one under the cursor. With a ``value`` that it reads, it is about that
    value alone. Everything else is dimmed."""

    what: Flowing
    event: int | None = None
    value: int | None = None


@dataclass(frozen=True)
class Unlight(Intent):
    """Light nothing any more; if nothing is lit, forget where paths begin."""


@dataclass(frozen=True)
class TogglePlay(Intent):
    """Let the cursor walk by itself, or stop it."""


@dataclass(frozen=True)
class Tick(Intent):
    """The play timer fired."""


@dataclass(frozen=True)
class SetPace(Intent):
    """How fast play walks: a factor of the normal two steps a second."""

    pace: float


@dataclass(frozen=True)
class ToggleCall(Intent):
    """Open or close the box of a module call on the canvas."""

    call: int


@dataclass(frozen=True)
class ToggleFold(Intent):
    """Show equal blocks in a row one by one, or as one node ×N again."""

    calls: tuple[int, ...]


@dataclass(frozen=True)
class OpenEvent(Intent):
    """Show what is inside of a fused op."""

    event: int


@dataclass(frozen=True)
class OpenToLevel(Intent):
    """Open every call shallower than ``level`` and close the rest; -1 opens all."""

    level: int


@dataclass(frozen=True)
class Search(Intent):
    """Look for modules, ops and parameters by what is typed (see `explorer.session.query`);
    ``""`` ends it."""

    text: str


@dataclass(frozen=True)
class ShowFound(Intent):
    """Go to one of what was found, by its place among the results."""

    at: int


@dataclass(frozen=True)
class NextFound(Intent):
    """Go on among what was found by so many, and round: -1 goes back."""

    by: int


@dataclass(frozen=True)
class PointAt(Intent):
    """The mouse points at a module by its path, ``""`` at none: it is lit on the map."""

    module: str


@dataclass(frozen=True)
class SelectOutput(Intent):
    """Look at another output or input of the current event: an index into the values, or None."""

    value: int | None


@dataclass(frozen=True)
class SelectValue(Intent):
    """Look at a value, on its way to the event ``reader``."""

    value: int
    reader: int


@dataclass(frozen=True)
class SetBreaks(Intent):
    """Stop where a pass meets one of these conditions."""

    breaks: Breaks


@dataclass(frozen=True)
class NextBreak(Intent):
    """Go to the next place that meets one (``by`` 1), or to the one before (-1)."""

    by: int


@dataclass(frozen=True)
class KeepBeside(Intent):
    """Put the pass beside: it stays while another model, input or weights take its place."""


@dataclass(frozen=True)
class EndBeside(Intent):
    """Show the active side alone again."""


@dataclass(frozen=True)
class SwitchSides(Intent):
    """Let everything be about the other of the two sides."""


@dataclass(frozen=True)
class NextDifference(Intent):
    """Go on among the differences between the sides by so many, and round: -1 goes back."""

    by: int


@dataclass(frozen=True)
class Compared(Intent):
    """The comparison of the passes with those tapes, None if there can be none (not said by a user,
    but by the session's owner, who had it made)."""

    tapes: tuple[int, int]
    comparison: Comparison | None
