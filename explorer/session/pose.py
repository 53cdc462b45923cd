"""`Pose`: what a picture of the window is of."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.core.attention import Showing
from explorer.core.change import Entry
from explorer.core.iteration import Phase
from explorer.core.reach import Way


@dataclass(frozen=True)
class Pose:
    """``view`` is ``gallery``, ``graph``, ``step`` or ``train``; ``at`` an event's id or index, of
    which the ``cell`` of its first output is explained; ``reach`` shows all of the pass that this
    came from or goes to, and ``then`` is the event at which it is looked at; ``pane`` the picture
    of the value; ``steps`` how long ``train`` trains before, and ``phase`` up to which phase of one
    iteration more is stepped, of which the ``cell`` of the parameter ``weight`` is shown, beside
    the ``cards``; ``zoom``
    is that of the map, or else a ``figure`` is in its place. ``part`` of the window is painted: all
    of it, or the ``inspector``
    alone. The pass is changed by ``changes``. ``attention`` is the picture of an attention map.
    Before all that so many tokens are drawn as ``generate`` says, and the pass is shown that gave
    number ``token`` of them, counted from 1."""

    view: str = "step"
    at: str | None = None
    cell: tuple[int, ...] | None = None
    pane: str = ""
    steps: int | None = None
    zoom: float | None = None
    figure: bool = False
    part: str = "window"
    changes: tuple[Entry, ...] = ()
    reach: Way | None = None
    then: str | None = None
    attention: Showing | None = None
    generate: int = 0
    token: int | None = None
    phase: Phase | None = None
    weight: str = ""
    cards: tuple[str, ...] = ()
