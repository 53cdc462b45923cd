"""Beside the wires: which one is at a point, and where along an upright one there is room."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

from explorer.picture.grid import Point
from explorer.picture.scene import Placed, Region, Room, Scene, Wire

WIDE = 14.0  # units of the scene that a text along a wire takes
_GAP = 3.0  # between that text and the wire
_LEAST = 120.0  # the shortest stretch that is looked for


class Stretch(NamedTuple):
    """A free place along an upright part of a wire, from its room's corner."""

    left: float
    top: float
    bottom: float


class WireSpot(NamedTuple):
    """A wire of a scene: the room that it lies in, and its index there."""

    placed: Placed
    at: int

    @property
    def wire(self) -> Wire:
        """Measured from the corner of its room."""
        return self.placed.room.wires[self.at]


def wire_at(scene: Scene, x: float, y: float, reach: float) -> WireSpot | None:
    """The wire nearest to a point, no further away than ``reach``."""
    around = Region(x - reach, y - reach, x + reach, y + reach)
    best, found = reach, None
    for placed in scene.rooms_in(around):
        here = around.moved(placed.x, placed.y)
        for n in placed.room.wires_in(here):
            away = distance(placed.room.wires[n].points, x - placed.x, y - placed.y)
            if away < best or (found is None and away <= best):
                best, found = away, WireSpot(placed, n)
    return found


def distance(points: tuple[Point, ...], x: float, y: float) -> float:
    """From a point to a polyline."""
    best = math.inf
    for (ax, ay), (bx, by) in pairwise(points):
        dx, dy = bx - ax, by - ay
        length = dx * dx + dy * dy
        share = ((x - ax) * dx + (y - ay) * dy) / length if length else 0.0
        share = min(max(share, 0.0), 1.0)
        best = min(best, math.hypot(x - ax - share * dx, y - ay - share * dy))
    return best


def stretch(room: Room, n: int) -> Stretch | None:
    """The longest free place beside the upright parts of a wire, right or left of it; None if all
    are short."""
    best: Stretch | None = None
    for (ax, ay), (bx, by) in pairwise(room.wires[n].points):
        if abs(ax - bx) > 0.5 or abs(by - ay) < _LEAST:
            continue
        for left in (ax + _GAP, ax - _GAP - WIDE):
            top, bottom = _free(room, n, left, min(ay, by) + 8.0, max(ay, by) - 12.0)
            if bottom - top >= _LEAST and (
                best is None or bottom - top > best.bottom - best.top + 1.0
            ):
                best = Stretch(left, top, bottom)
    return best


def _free(room: Room, n: int, left: float, top: float, bottom: float) -> tuple[float, float]:
    """The longest part of an upright strip in which nothing else is drawn."""
    strip = Region(left, top, left + WIDE, bottom)
    taken = [(box.y - 6.0, box.y + box.height + 6.0) for box in map(room.boxes.__getitem__,
             room.boxes_in(strip))]  # fmt: skip
    for other in room.wires_in(strip):
        wire = room.wires[other]
        if wire.label is not None and wire.label[0] < left + WIDE:
            taken.append((wire.label[1] - 4.0, wire.label[1] + 18.0))
        if other == n:
            continue
        for (ax, ay), (bx, by) in pairwise(wire.points):
            low, high = min(ay, by), max(ay, by)
            if min(ax, bx) <= left + WIDE and max(ax, bx) >= left and low <= bottom and high >= top:
                taken.append((low - 6.0, high + 6.0))
    best, begin = (top, top), top
    for low, high in [*sorted(taken), (bottom, bottom)]:
        if low - begin > best[1] - best[0]:
            best = begin, low
        begin = max(begin, high)
    return best[0], min(best[1], bottom)
