"""One loop over time: its columns side by side, the gaps between them, and the rails."""

from __future__ import annotations

from explorer.picture.columns import Columns
from explorer.picture.gaps import Gaps
from explorer.picture.grid import Arranged, Flat
from explorer.picture.rails import Rails

_ABOVE = 19.0  # how far above a node its time is written


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
    heads = {}
    for at, column in enumerate(loop.columns):
        x, y = loop.places[column.nodes[0]]
        heads[0, at] = (x + flat.sizes[column.nodes[0]][0] / 2 + 6.0, y - _ABOVE)
    return Arranged(
        gaps.width, bottom, tuple(loop.places), tuple(routes),
        tuple(_skips(loop, n) for n in nets), tuple(_label(loop, gaps, n) for n in nets),
        loop.parts, loop.beside, heads,
    )  # fmt: skip


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
