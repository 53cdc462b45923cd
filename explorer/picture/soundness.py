"""Whether a layout may be shown: every wire has its ends, is drawn, and meets no box."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np

from explorer.picture.grid import Arranged, Flat, Point

_FINE = 8  # lines that are nearer than one part of this many are one
_NEAR = 0.6
_EVEN = 1e-6


def is_sound(flat: Flat, made: Arranged) -> bool:
    """Whether all wires of a box go at right angles from their sources to their targets, past all
    nodes, and all of their ways are drawn."""
    places = np.array(made.places, dtype=float).reshape(-1, 2)
    ends = places + np.array(flat.sizes, dtype=float).reshape(-1, 2)
    routes = [*chain.from_iterable(made.routes)]
    if not routes:
        return True
    sources = [net.source for net in flat.nets for _ in net.targets]
    targets = [target for net in flat.nets for target, _ in net.targets]
    first = np.array([route[0] for route in routes])
    last = np.array([route[-1] for route in routes])
    for nodes, points in ((sources, first), (targets, last)):
        if ((points < places[nodes] - 1.0) | (points > ends[nodes] + 1.0)).any():
            return False
    ways = _pieces(routes)
    if (ways[:, ::2] <= -_NEAR).any() or (ways[:, ::2] >= made.width + _NEAR).any():
        return False
    drawn = ways
    if made.parts:
        ways_of = ((n, k) for n, some in enumerate(made.routes) for k in range(len(some)))
        drawn = _pieces([made.parts.get(way, routes[i]) for i, way in enumerate(ways_of)])
    large = (ends - places > 1.0).all(1)
    left, top = (places[large] + 0.5).T
    right, bottom = (ends[large] - 0.5).T
    level, upright = _directions(drawn)
    if not (level | upright).all():
        return False
    across, down = _Lines(drawn[level][:, [1, 0, 2]]), _Lines(drawn[upright][:, [0, 1, 3]])
    level, _ = _directions(ways)
    if not (across.have(ways[level][:, [1, 0, 2]]) and down.have(ways[~level][:, [0, 1, 3]])):
        return False
    return not (across.meet(top, bottom, left, right) or down.meet(left, right, top, bottom))


def _pieces(lines: Sequence[Sequence[Point]]) -> np.ndarray:
    """The straight pieces of lines, (N, 4): from x, y to x, y."""
    points = np.fromiter(chain.from_iterable(chain.from_iterable(lines)), float).reshape(-1, 2)
    inner = np.ones(len(points), bool)
    inner[np.cumsum([len(line) for line in lines]) - 1] = False
    begins = np.flatnonzero(inner)
    return np.hstack((points[begins], points[begins + 1]))


def _directions(pieces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which pieces (N, 4) are level, and which others upright."""
    level = abs(pieces[:, 1] - pieces[:, 3]) < _EVEN
    return level, ~level & (abs(pieces[:, 0] - pieces[:, 2]) < _EVEN)


class _Lines:
    """All that is drawn in one direction: pieces (N, 3), each with the line that it lies on and
    from where to where it goes along that.

    All lines are put behind one another, so whatever lies on one of them has one place, in order.
    """

    def __init__(self, pieces: np.ndarray) -> None:
        self._lines = np.round(pieces[:, 0] * _FINE)
        along = pieces[:, 1:]
        self._least = along.min(initial=0.0)
        self._length = 4.0 * (along.max(initial=0.0) - self._least + 1.0)
        begins, ends = self._places(self._lines, along.min(1), along.max(1))
        order = np.argsort(begins)
        begins, reached = begins[order], np.maximum.accumulate(ends[order])
        apart = np.flatnonzero(begins[1:] > reached[:-1] + _NEAR)  # pieces that meet are one
        self._begins = begins[np.concatenate(([0], apart + 1))] if len(begins) else begins
        self._ends = reached[np.concatenate((apart, [-1]))] if len(begins) else begins
        self._lines = np.unique(self._lines)

    def _places(self, lines: np.ndarray, *along: np.ndarray) -> list[np.ndarray]:
        """The places of points that lie so far along these lines."""
        within = (np.clip(x - self._least, -self._length / 4, self._length / 2) for x in along)
        return [lines * self._length + x for x in within]

    def have(self, pieces: np.ndarray) -> bool:
        """Whether all of these pieces (N, 3) are drawn."""
        least, most = pieces[:, 1:].min(1), pieces[:, 1:].max(1)
        found = np.zeros(len(pieces), bool)
        for aside in (0, -1, 1):
            lines = np.round(pieces[:, 0] * _FINE) + aside
            begins, ends = self._places(lines, least, most)
            at = np.searchsorted(self._begins, begins + _NEAR, side="right") - 1
            found |= (at >= 0) & (self._ends[at] + _NEAR >= ends) if len(self._ends) else False
        return bool(found.all())

    def meet(
        self, near: np.ndarray, far: np.ndarray, begin: np.ndarray, end: np.ndarray
    ) -> bool:  # fmt: skip
        """Whether something drawn goes through a box: one that is between ``near`` and ``far``
        across the lines, and from ``begin`` to ``end`` along them."""
        first = np.searchsorted(self._lines, near * _FINE, side="right")
        counts = np.searchsorted(self._lines, far * _FINE, side="left") - first
        counts = np.maximum(counts, 0)
        boxes = np.repeat(np.arange(len(counts)), counts)
        nth = np.arange(len(boxes)) - np.repeat(np.cumsum(counts) - counts, counts)
        lines = self._lines[first[boxes] + nth]
        begins, ends = self._places(lines, begin[boxes], end[boxes])
        at = np.searchsorted(self._begins, ends) - 1
        return bool(((at >= 0) & (self._ends[at] > begins)).any()) if len(boxes) else False
