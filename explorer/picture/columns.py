"""The columns of a loop over time: a step each, laid out as any box is, from above to below."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from explorer.picture import layered
from explorer.picture.grid import Arranged, Flat, Net, Point

Key = tuple[int, int]  # a net, and the index of a target
Frame = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass
class Column:
    """A step. ``local`` are the numbers that its nodes have in its own layout ``laid``, ``order``
    those of nets. ``enters`` come from above, ``leaves`` go below, ``own`` stay in it: nets, with
    the indices of their targets. It stands at ``x``, and ``y`` below the loop's ``top``."""

    nodes: list[int]
    local: dict[int, int] = field(default_factory=dict)
    order: dict[int, int] = field(default_factory=dict)
    enters: dict[int, list[int]] = field(default_factory=dict)
    leaves: dict[int, list[int]] = field(default_factory=dict)
    own: dict[int, list[int]] = field(default_factory=dict)
    laid: Arranged = field(default_factory=lambda: Arranged(0.0, 0.0, (), (), (), ()))
    x: float = 0.0
    y: float = 0.0

    def port_above(self, net: int) -> float:
        """Where a net comes in."""
        return self.x + self.laid.places[self.order[net]][0]

    def port_below(self, net: int) -> float:
        """Where a net goes out."""
        at = len(self.enters) + len(self.nodes) + list(self.leaves).index(net)
        return self.x + self.laid.places[at][0]


class Columns:
    """What is known of a loop while it is laid out.

    ``heads`` cut a sequence into slices, ``feet`` join the results of all steps. ``across`` goes
    from column to column, ``given`` to the ``first`` step and ``gives`` from the ``last``, all
    beside. Columns stand between ``before`` and ``after``, and below ``top``.
    """

    def __init__(self, flat: Flat) -> None:
        self.flat = flat
        self.home = [column for _, column in flat.steps]
        self.columns = [Column([]) for _ in range(1 + max(self.home))]
        for n, home in enumerate(self.home):
            if home >= 0:
                self.columns[home].nodes.append(n)
        equal = len({self._kinds(column) for column in self.columns}) == 1
        rows = zip(*(column.nodes for column in self.columns), strict=False) if equal else ()
        self._heights = [max(flat.sizes[n][1] for n in row) for row in rows]
        self.state = {n: number for _, n, number in flat.states}
        self.across: list[Key] = []
        self.given: list[Key] = []
        self.gives: list[Key] = []
        self.heads: list[int] = []
        self.feet: list[int] = []
        self.routes: dict[Key, tuple[Point, ...]] = {}
        self.parts: dict[Key, tuple[Point, ...]] = {}
        self.beside: dict[Key, Point] = {}
        self.places: list[Point] = [(0.0, 0.0)] * len(flat.sizes)
        self.before = self.after = self.top = 0.0
        self._sort()
        for column in self.columns:
            self._lay(column)
        tops = [column.laid.places[column.local[column.nodes[0]]][1] for column in self.columns]
        for column, top in zip(self.columns, tops, strict=True):  # first nodes stand side by side
            column.y = max(tops) - top
        self.frames: dict[int, Frame] = {}  # of nodes, from the corner of their column and ``top``
        for column in self.columns:
            self.frames |= zip(column.nodes, self._frames(column), strict=True)
        self.high = max(column.y + column.laid.height for column in self.columns)

    @property
    def rightwards(self) -> bool:
        """Whether the steps run from left to right, as time does; else they run backwards."""
        return self.last >= self.first

    def target(self, key: Key) -> int:
        """The node that a wire leads to."""
        n, k = key
        return self.flat.nets[n].targets[k][0]

    def of(self, node: int) -> Column:
        """The column of a node."""
        return self.columns[self.home[node]]

    def wire(self, column: Column, net: int, j: int) -> list[Point]:
        """The way of a net to the ``j``-th of its targets in a column."""
        return self.shifted(column, column.laid.routes[column.order[net]][j])

    def part(self, column: Column, net: int, j: int) -> list[Point] | None:
        """What that adds to the ways before it, where that is not all."""
        found = column.laid.parts.get((column.order[net], j))
        return None if found is None else self.shifted(column, found)

    def shifted(self, column: Column, line: tuple[Point, ...]) -> list[Point]:
        """A line of a column's layout, from the corner of the loop."""
        return [(column.x + x, self.top + column.y + y) for x, y in line]

    # ------------------------------------------------------------------ what goes where

    def _sort(self) -> None:
        """Tell what goes through columns from what goes beside."""
        flat, home = self.flat, self.home
        feeding = {net.source for net in flat.nets if any(home[t] >= 0 for t, _ in net.targets)}
        for node in range(flat.tops, len(flat.sizes) - flat.bottoms):
            if home[node] < 0:
                (self.heads if node in feeding else self.feet).append(node)
        joined: dict[int, set[int]] = defaultdict(set)  # by what joins them: columns
        ahead = 0
        for net in flat.nets:
            begins = home[net.source]
            for target, _ in net.targets:
                if begins >= 0 and home[target] < 0:
                    joined[target].add(begins)
                if min(begins, home[target]) >= 0:
                    ahead += (home[target] > begins) - (home[target] < begins)
        ends = 0, len(self.columns) - 1
        self.first, self.last = ends if ahead >= 0 else ends[::-1]
        for n, net in enumerate(flat.nets):
            begins = home[net.source]
            for k, (target, _) in enumerate(net.targets):
                if begins >= 0 and begins == home[target]:
                    self.columns[begins].own.setdefault(n, []).append(k)
                elif min(begins, home[target]) >= 0:
                    self.across.append((n, k))
                elif home[target] == self.first and n in self.state:
                    self.given.append((n, k))
                elif home[target] >= 0:
                    self.columns[home[target]].enters.setdefault(n, []).append(k)
                elif begins >= 0:
                    self.columns[begins].leaves.setdefault(n, []).append(k)
        self._find_last(joined)

    def _find_last(self, joined: dict[int, set[int]]) -> None:
        """What the last step gives to go on with, but not what every step gives."""
        last = self.columns[self.last]
        others = (column for column in self.columns if column is not last)
        each = {self.state.get(n, -1) for column in others for n in column.leaves}
        for n, some in list(last.leaves.items()):
            if n not in self.state:
                continue
            alone = [k for k in some if len(joined[self.target((n, k))]) < 2]
            if len(alone) == len(some) and self.state[n] in each:
                continue
            self.gives += [(n, k) for k in alone]
            last.leaves[n] = [k for k in some if k not in alone]
            if not last.leaves[n]:
                del last.leaves[n]

    # ------------------------------------------------------------------ one column

    def _kinds(self, column: Column) -> tuple[bool, ...]:
        """Which of its nodes are circles: no circle stands in a row with others."""
        return tuple(node in self.flat.rounds for node in column.nodes)

    def _lay(self, column: Column) -> None:
        """Lay out one step by itself. What only lies between two steps stands below each other,
        lowest what goes down."""
        flat = self.flat
        if not column.own:
            down = {flat.nets[n].source for n in column.leaves}
            column.nodes.sort(key=down.__contains__)
        first, after = len(column.enters), len(column.enters) + len(column.nodes)
        column.local = {node: first + i for i, node in enumerate(column.nodes)}
        below = {n: after + i for i, n in enumerate(column.leaves)}
        nets = []
        for i, (n, some) in enumerate(column.enters.items()):
            column.order[n] = i
            ends = [flat.nets[n].targets[k] for k in some]
            nets.append(Net(i, None, tuple((column.local[t], at) for t, at in ends)))
        for n in sorted({*column.own, *column.leaves}):
            net = flat.nets[n]
            ends = [net.targets[k] for k in column.own.get(n, ())]
            targets: list[tuple[int, float | None]] = [(column.local[t], at) for t, at in ends]
            if n in below:
                targets.append((below[n], None))
            column.order[n] = len(nets)
            nets.append(Net(column.local[net.source], net.offset, tuple(targets)))
        rows = [] if column.own else [(at, 0.0) for at in column.local.values()]
        rounds = frozenset(column.local[node] for node in column.nodes if node in flat.rounds)
        column.laid = layered.arrange(
            Flat(
                (*((0.0, 0.0),) * first, *self._sizes(column), *((0.0, 0.0),) * len(below)),
                tuple(nets), first, len(below), rounds, rows=tuple(rows),
            )
        )  # fmt: skip

    def _frames(self, column: Column) -> list[Frame]:
        """Where its nodes are; those that are less high than their row in the middle of it."""
        found = []
        first = len(column.enters)
        for i, node in enumerate(column.nodes):
            x, y = column.laid.places[first + i]
            width, height = self.flat.sizes[node]
            row = self._heights[i] if self._heights else height
            y += column.y + (row - height) // 2
            found.append((x, y, x + width, y + height))
        return found

    def _sizes(self, column: Column) -> list[tuple[float, float]]:
        """The sizes of its nodes, as high as those beside them where all columns have equally many:
        so these stand in rows."""
        sizes = [self.flat.sizes[node] for node in column.nodes]
        if not self._heights:
            return sizes
        return [(width, high) for (width, _), high in zip(sizes, self._heights, strict=True)]
