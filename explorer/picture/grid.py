"""What a flat layout is about: the problem, the answer, and the grid in between."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from msgspec import Struct

Point = tuple[float, float]
BESIDE, CLEAR = 6.0, 10.0  # left and right of what is written beside a wire


class Net(Struct, frozen=True, gc=False):
    """One value on its way from a node to every node of the same box that reads it.

    ``offset`` is where it leaves the source, from its left; None lets the layout choose.
    ``targets`` are (node, offset) pairs. ``label`` is the width to keep free right of its
    beginning, for what is written there.
    """

    source: int
    offset: float | None
    targets: tuple[tuple[int, float | None], ...]
    label: float = 0.0


class Flat(Struct, frozen=True, gc=False):
    """What is to be laid out: hashable, so equal boxes are laid out once.

    Nodes are numbered such that every net goes from a lower to a higher number. The first
    ``tops`` nodes are ports on the upper border, the last ``bottoms`` those on the lower.
    ``rounds`` are circles: wires may enter them from the side. ``header`` is the height and
    ``title`` the width to keep free below the upper border on the left.

    ``steps`` say of each node in which loop over time it is and in which column of that, (-1, -1)
    if in none; empty if none is. ``states`` are (loop, net, number) of what goes from step to step:
    the first is given it at its side. ``rows`` are (node, x) of those in which time goes from left
    to right, with where it begins: they stand below each other, and their times, too.
    """

    sizes: tuple[tuple[float, float], ...]
    nets: tuple[Net, ...]
    tops: int = 0
    bottoms: int = 0
    rounds: frozenset[int] = frozenset()
    header: float = 0.0
    title: float = 0.0
    steps: tuple[tuple[int, int], ...] = ()
    states: tuple[tuple[int, int, int], ...] = ()
    rows: tuple[tuple[int, float], ...] = ()


class Arranged(Struct, frozen=True, gc=False):
    """Where everything is, from the box's upper left corner.

    ``places`` are the nodes' upper left corners; ``routes`` one polyline for each net and target;
    ``skips`` how many ranks it passes over on its way; ``labels`` one (x, y, room) for each net: a
    place right of its beginning and the width that is free there. Routes share parts of their
    ways: ``parts`` are what a route, by net and index of the target, adds to those before it,
    where that is not all. ``beside`` are places for the name of what goes from step to step, by
    net and index of the target; ``heads`` one above each column of each loop.
    """

    width: float
    height: float
    places: tuple[Point, ...]
    routes: tuple[tuple[tuple[Point, ...], ...], ...]
    skips: tuple[tuple[int, ...], ...]
    labels: tuple[tuple[float, float, float], ...]
    parts: dict[tuple[int, int], tuple[Point, ...]] = {}
    beside: dict[tuple[int, int], Point] = {}
    heads: dict[tuple[int, int], Point] = {}


class Segment(Struct, gc=False):
    """The part of a net between two neighbouring ranks, ``up`` above ``down``."""

    up: int
    down: int
    net: int
    left_at: float | None  # where it must leave or enter, at a port
    entered_at: float | None
    straight: bool = False
    leave: float = 0.0  # offset at ``up``
    enter: float = 0.0  # offset at ``down``


class Bypass(Struct, frozen=True, gc=False):
    """The way of a net to a target on a lane beside all columns: it turns off where ``leaving``
    ends and comes back where ``arriving`` begins."""

    leaving: Segment
    arriving: Segment


@dataclass
class Grid:
    """Nodes in ranks and columns, as far as they are known.

    Dummies, where a value passes a rank, are numbered after the real nodes. ``above`` and
    ``below`` hold each node's segments; ``trunks`` a net's source and its dummies, from the top.
    ``bypasses`` are by net and index of the target. The dummies where they leave and arrive are
    in no layer: ``aside`` holds the place of their lane beside all columns (0, 1, … on the right,
    -1, -2, … on the left), ``turns`` their segments.
    """

    flat: Flat
    ranks: list[int] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    layers: list[list[int]] = field(default_factory=list)
    position: list[int] = field(default_factory=list)  # in its layer
    segments: list[Segment] = field(default_factory=list)
    above: list[list[Segment]] = field(default_factory=list)
    below: list[list[Segment]] = field(default_factory=list)
    trunks: list[list[int]] = field(default_factory=list)
    bypasses: dict[tuple[int, int], Bypass] = field(default_factory=dict)
    aside: list[int] = field(default_factory=list)
    turns: list[Segment] = field(default_factory=list)
    left: list[float] = field(default_factory=list)

    @cached_property
    def real(self) -> int:
        """Number of real nodes."""
        return len(self.flat.sizes)

    def label_end(self, n: int) -> float:
        """How far from a node's left what is written beside the last of its wires ends; 0 if
        nothing is."""
        nets = self.flat.nets
        if n >= self.real or not self.below[n]:
            return 0.0
        leave, net = max((s.leave, s.net) for s in self.below[n])
        label = nets[net].label if net < len(nets) else 0.0  # a lane is of several
        return leave + BESIDE + label + CLEAR if label else 0.0

    def height(self, n: int) -> float:
        """Height of a node, 0 for a dummy."""
        return self.flat.sizes[n][1] if n < self.real else 0.0
