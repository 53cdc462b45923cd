"""`Lead`: takes somebody to a position of a heatmap, once its numbers are there."""

from __future__ import annotations

from explorer.gui.panes.heatmap import Heatmap

_NOWHERE = (-1, -1)


class Lead:
    """Frames a position that nobody points at, and lets go of it in another value."""

    def __init__(self, map_: Heatmap) -> None:
        self._map = map_
        self._goal: tuple[int, int] | None = None  # to be framed
        self._there = _NOWHERE  # framed

    def to(self, position: tuple[int, int] | None) -> None:
        """Frame it as soon as it is there; None for nothing more."""
        self._goal = position

    def arrive(self) -> None:
        """The numbers are there."""
        if self._goal is not None:
            self._map.point_at(*self._goal)
            self._there, self._goal = self._goal, None

    def leave(self) -> None:
        """Another value: what was framed in the last one is nothing in this."""
        if _NOWHERE != self._there == self._map.position:
            self._map.point_at(*_NOWHERE)
        self._there = _NOWHERE
