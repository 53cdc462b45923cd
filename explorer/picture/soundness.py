"""Whether a layout may be shown: every wire has its ends, is drawn, and meets no box."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from math import inf

from explorer.picture.grid import Arranged, Flat, Point

Span = tuple[float, float]  # from where to where something goes along a line
Block = tuple[float, float, float, float]  # a box: along a line, then across it

_FINE = 8  # lines that are nearer than one part of this many are one
_BIN = 128.0
_NEAR = 0.6


def is_sound(flat: Flat, made: Arranged) -> bool:
    """Whether all wires of a box go at right angles from their sources to their targets, past all
    nodes, and all of their ways are drawn."""
    level, upright = _Lines(), _Lines()
    routes: set[tuple[Point, Point]] = set()
    for n, net in enumerate(flat.nets):
        for k, (target, _) in enumerate(net.targets):
            route = made.routes[n][k]
            if not (
                _touches(flat, made, net.source, route[0])
                and _touches(flat, made, target, route[-1])
                and all(-_NEAR < x < made.width + _NEAR for x, _ in route)
            ):
                return False
            routes.update(pairwise(route))
            for (ax, ay), (bx, by) in pairwise(made.parts.get((n, k), route)):
                if abs(ay - by) < 1e-6:
                    level.add(ay, ax, bx)
                elif abs(ax - bx) < 1e-6:
                    upright.add(ax, ay, by)
                else:
                    return False
    level.join()
    upright.join()
    for (ax, ay), (bx, by) in routes:
        if not (level.has(ay, ax, bx) if abs(ay - by) < 1e-6 else upright.has(ax, ay, by)):
            return False
    boxes = [
        (x + 0.5, x + width - 0.5, y + 0.5, y + height - 0.5)
        for (x, y), (width, height) in zip(made.places, flat.sizes, strict=True)
        if width > 1.0 and height > 1.0
    ]
    turned = ((top, bottom, left, right) for left, right, top, bottom in boxes)
    return not level.meet(boxes) and not upright.meet(turned)


def _touches(flat: Flat, made: Arranged, node: int, end: Point) -> bool:
    """Whether a wire ends at a node."""
    (x, y), (width, height) = made.places[node], flat.sizes[node]
    return -1.0 <= end[0] - x <= width + 1.0 and -1.0 <= end[1] - y <= height + 1.0


class _Lines:
    """All that is drawn in one direction: lines, each with the parts of it that are."""

    def __init__(self) -> None:
        self._spans: dict[int, list[Span]] = defaultdict(list)

    def add(self, line: float, one: float, other: float) -> None:
        """Draw a part of a line."""
        self._spans[round(line * _FINE)].append((min(one, other), max(one, other)))

    def join(self) -> None:
        """Make parts that meet one."""
        for line, spans in self._spans.items():
            spans.sort()
            joined = [spans[0]]
            for begin, end in spans[1:]:
                if begin <= joined[-1][1] + _NEAR:
                    joined[-1] = joined[-1][0], max(joined[-1][1], end)
                else:
                    joined.append((begin, end))
            self._spans[line] = joined

    def has(self, line: float, one: float, other: float) -> bool:
        """Whether a part of a line is drawn."""
        begin, end = min(one, other), max(one, other)
        at = round(line * _FINE)
        for spans in (self._spans.get(n, ()) for n in (at, at - 1, at + 1)):
            n = bisect_right(spans, (begin + _NEAR, inf)) - 1
            if n >= 0 and spans[n][1] + _NEAR >= end:
                return True
        return False

    def meet(self, boxes: Iterable[Block]) -> bool:
        """Whether one of them goes through a box. Boxes that one line passes stand apart."""
        bins: dict[int, list[Block]] = defaultdict(list)
        for box in sorted(boxes):
            for n in range(int(box[2] // _BIN), int(box[3] // _BIN) + 1):
                bins[n].append(box)
        for line, spans in self._spans.items():
            across = line / _FINE
            near = bins.get(int(across // _BIN), ())
            on_way = [box for box in near if box[2] < across < box[3]]
            ends = [box[1] for box in on_way]
            for begin, end in spans:
                n = bisect_right(ends, begin)
                if n < len(on_way) and on_way[n][0] < end:
                    return True
        return False
