"""One loop over time: its columns side by side, the gaps between them, and the rails."""

from __future__ import annotations

from itertools import pairwise

from explorer.picture.columns import Columns
from explorer.picture.gaps import Gaps
from explorer.picture.grid import Arranged, Flat, Point
from explorer.picture.rails import Rails

ABOVE, ASIDE = 19.0, 6.0  # how far above a node, and right of what comes in, its time is written
_WIDE = 40.0  # of a time


def arrange_loop(flat: Flat) -> Arranged:
    """Lay out a loop. Its nodes are in the columns that ``flat`` says; those in none cut a sequence
    or join one."""
    loop = Columns(flat)
    gaps = Gaps(loop)
    rails = Rails(loop, gaps)
    rails.above()
    rails.inside()
    gaps.route()
    bottom = rails.below()
    nets = range(len(flat.nets))
    routes = (
        tuple(loop.routes[n, k] for k in range(len(net.targets)))
        for n, net in enumerate(flat.nets)
    )  # fmt: skip
    over = gaps.over()
    heads = {(0, at): _head(loop, at, over.get(at, [])) for at in range(len(loop.columns))}
    return Arranged(
        gaps.width, bottom, tuple(loop.places), tuple(routes),
        tuple(_skips(loop, n) for n in nets), tuple(_label(loop, gaps, n) for n in nets),
        loop.parts, loop.beside, heads,
    )  # fmt: skip


def _head(loop: Columns, at: int, over: list[tuple[float, float, float]]) -> Point:
    """A place for the time of a step: above its first node where something comes in, and above
    the states that pass there, each a height from left to right."""
    column = loop.columns[at]
    node = column.nodes[0]
    x, y = loop.places[node]
    x += loop.flat.sizes[node][0] / 2
    for n, some in column.enters.items():
        if any(loop.target((n, k)) == node for k in some):
            x = column.port_above(n)
            ways = [line for k in some for line in pairwise(loop.routes[n, k])]
            over = over + [
                (ay, min(ax, bx), max(ax, bx)) for (ax, ay), (bx, by) in ways if ay == by
            ]
            break
    x, y = x + ASIDE, y - ABOVE
    for level, left, right in sorted(over, reverse=True):
        if left < x + _WIDE and right > x and y < level < y + ABOVE:
            y = level - ABOVE + 2.0
    return x, y


def _skips(loop: Columns, n: int) -> tuple[int, ...]:
    """How many ranks a net passes over in its column, for each target."""
    net = loop.flat.nets[n]
    found = [0] * len(net.targets)
    if loop.home[net.source] >= 0:
        column = loop.of(net.source)
        for j, k in enumerate(column.own.get(n, ())):
            found[k] = column.laid.skips[column.order[n]][j]
    return tuple(found)


def _label(loop: Columns, gaps: Gaps, n: int) -> tuple[float, float, float]:
    """A place for the shape of what goes down in a column."""
    source = loop.flat.nets[n].source
    if loop.home[source] < 0 or n not in loop.of(source).order:
        return 0.0, 0.0, 0.0
    column = loop.of(source)
    x, y, room = column.laid.labels[column.order[n]]
    room = min(room, column.laid.width + gaps.gap / 2 - x)
    return column.x + x, loop.top + column.y + y, room
