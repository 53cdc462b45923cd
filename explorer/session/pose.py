"""`Pose`: what a picture of the window is of."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.core.attention import Showing


@dataclass(frozen=True)
class Pose:
    """``view`` is ``gallery``, ``graph``, ``step`` or ``train``; ``at`` an event's id or index, of
    which the ``cell`` of its first output is explained; ``pane`` the picture of the value;
    ``steps`` how long ``train`` trains before; ``zoom`` is that of the map, or else a ``figure`` is
    in its place. ``part`` of the window is painted: all of it, or the ``inspector`` alone.
    ``attention`` is the picture of an attention map."""

    view: str = "step"
    at: str | None = None
    cell: tuple[int, ...] | None = None
    pane: str = ""
    steps: int | None = None
    zoom: float | None = None
    figure: bool = False
    part: str = "window"
    attention: Showing | None = None
