"""The rails above and below the columns of a loop, with a branch for each step.

What is cut into slices comes down on one, what joins the results of all steps is reached on
another. Nothing stands on a rail, so no wire meets a node that it does not belong to.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from explorer.picture.columns import Columns, Key
from explorer.picture.gaps import PORT, RAIL, TURN, Gaps
from explorer.picture.grid import Point
from explorer.picture.layered import NODE_GAP
from explorer.picture.routing import TRACK, plain

Branches = dict[int, list[tuple[float, Key]]]  # by what a rail belongs to: where, and for what


class _Branch(NamedTuple):
    """A branch of a rail; from ``begin`` on it draws the rail, None if also the way there."""

    x: float
    key: Key
    begin: float | None


class Rails:
    """The wires of a loop that go from above through the columns to below."""

    def __init__(self, loop: Columns, gaps: Gaps) -> None:
        self._loop = loop
        self._gaps = gaps
        # how a net gets to a column, -1 for what is beside, and what of that it draws
        self._down: dict[tuple[int, int], list[Point]] = {}
        self._drop: dict[tuple[int, int], list[Point]] = {}

    # ------------------------------------------------------------------ above

    def above(self) -> None:
        """What comes in: rails to the columns, and the first states beside. It says how far below
        the columns begin."""
        loop, flat = self._loop, self._loop.flat
        self._spread(loop.heads, 0.0)
        high = max((flat.sizes[n][1] for n in loop.heads), default=0.0)
        rails: Branches = defaultdict(list)
        for column in loop.columns:
            for n, some in column.enters.items():
                rails[flat.nets[n].source].append((column.port_above(n), (n, some[0])))
        begins = self._ports([n for n in rails if n < flat.tops], rails, loop.heads, True)
        for n, net in enumerate(flat.nets):
            for k, (target, _) in enumerate(net.targets):
                if net.source < flat.tops and loop.home[target] < 0:  # into what cuts it
                    x, y = loop.places[target]
                    x += flat.sizes[target][0] / 2
                    begins[net.source] = x
                    loop.routes[n, k] = (x, 0.0), (x, y)
        for head in loop.heads:
            begins[head] = loop.places[head][0] + flat.sizes[head][0] / 2
        uprights = self._uprights(list(self._gaps.given), first=True)
        for n, k in dict(list(self._gaps.given)).items():  # once, for all that read it
            source = flat.nets[n].source
            if source < flat.tops:
                begins.setdefault(source, uprights[n])
            if begins[source] != uprights[n]:
                rails[source].append((uprights[n], (n, k)))
        level = high + RAIL
        heights, deep = _heights(rails, begins, level)
        loop.top = level + TRACK * deep if deep else high + (RAIL if loop.heads else 0.0)
        if self._gaps.lanes:
            loop.top += TRACK * self._gaps.lanes + TURN
        loop.top = float(round(loop.top + max(0.0, 4.0 - min(self._gaps.levels, default=4.0))))
        bottoms = {n: loop.places[n][1] + flat.sizes[n][1] for n in loop.heads}
        for source, branches in rails.items():
            begin = (begins[source], bottoms.get(source, 0.0))
            rail = heights.get(source, loop.top)
            for x, key, starts in _branches(begins[source], branches):
                at = -1 if key in self._gaps.given else loop.home[loop.target(key)]
                end = loop.top if at >= 0 else rail
                line = [begin, (begin[0], rail), (x, rail), (x, end)]
                part = line if starts is None else [(starts, rail), (x, rail), (x, end)]
                self._down[key[0], at], self._drop[key[0], at] = line, part
        for top in range(flat.tops):
            loop.places[top] = begins.get(top, 0.0), 0.0
        self._give(uprights, bottoms)

    def _give(self, uprights: dict[int, float], bottoms: dict[int, float]) -> None:
        """The states that the first step is given."""
        loop = self._loop
        done: dict[int, list[Point]] = {}  # by net: the last corner before what is drawn already
        for (n, k), side in self._gaps.given.items():
            end = self._gaps.moved(side.line, loop.columns[loop.first])
            x, y = uprights[n], end[0][1]
            begin = [(x, bottoms.get(loop.flat.nets[n].source, 0.0))]
            begin = self._down.get((n, -1), begin)
            loop.routes[n, k] = plain([*begin, (x, y), *end])
            part = done.get(n, self._drop.get((n, -1), begin))
            if part is not begin:
                loop.parts[n, k] = plain([*part, (x, y), *end])
            done[n] = [(x, y)]
            way = 1.0 if end[0][0] > x else -1.0
            middle = (x + end[0][0]) / 2 + 2.0 * way
            if len(end) > 2:  # it ends from above: the levels of two states are close
                middle = x + 20.0 * way
            loop.beside[n, k] = self._gaps.name_at((n, k), x, middle, end, 2)

    def _uprights(self, keys: list[Key], first: bool) -> dict[int, float]:
        """Where states come down before the first step, or go on after the last: nearest first,
        and not one below the other, as those of two directions would be."""
        loop = self._loop
        right = first != loop.rightwards
        found: dict[int, float] = {}
        for n, _ in keys:
            if n not in found:
                far = NODE_GAP * (len(found) + (1.0 if first else 1.5))
                found[n] = loop.after + far if right else loop.before - far
        return found

    # ------------------------------------------------------------------ inside

    def inside(self) -> None:
        """The wires within each step, and where its nodes stand."""
        loop = self._loop
        for at, column in enumerate(loop.columns):
            for node in column.nodes:
                x, y, _, _ = loop.frames[node]
                loop.places[node] = column.x + x, loop.top + y
            for n, some in column.enters.items():
                above, drop = self._down[n, at], self._drop[n, at]
                for j, k in enumerate(some):
                    line = self._to_node((n, k), loop.wire(column, n, j))
                    loop.routes[n, k] = plain([*above, *line])
                    own = loop.part(column, n, j)
                    part = line if own is None else self._to_node((n, k), own)
                    if j or drop is not above or own is not None:
                        loop.parts[n, k] = plain(part if j else [*drop, *part])
            for n, some in column.own.items():
                for j, k in enumerate(some):
                    line = self._from_node(n, loop.wire(column, n, j))
                    loop.routes[n, k] = plain(self._to_node((n, k), line))
                    own = loop.part(column, n, j)
                    if own is not None:
                        loop.parts[n, k] = plain(self._to_node((n, k), own))

    def _from_node(self, net: int, line: list[Point]) -> list[Point]:
        """A node may be less high than its row: the wire begins where it ends."""
        source = self._loop.flat.nets[net].source
        bottom = self._loop.places[source][1] + self._loop.flat.sizes[source][1]
        return [(line[0][0], bottom), *line[1:]] if len(line) > 1 else line

    def _to_node(self, key: Key, line: list[Point]) -> list[Point]:
        target = self._loop.target(key)
        if target in self._loop.flat.rounds:  # it may come from its side
            return line
        return [*line[:-1], (line[-1][0], self._loop.places[target][1])]

    # ------------------------------------------------------------------ below

    def below(self) -> float:
        """What goes out: rails to what joins it and to the border, and the last states beside.
        Returns the height of all."""
        loop, flat = self._loop, self._loop.flat
        border = len(flat.sizes) - flat.bottoms
        rails: Branches = defaultdict(list)
        for column in loop.columns:
            for n, some in column.leaves.items():
                for k in some:
                    rails[loop.target((n, k))].append((column.port_below(n), (n, k)))
        self._spread(loop.feet, 0.0)
        ends = self._ports([n for n in rails if n >= border], rails, loop.feet, False)
        for foot in loop.feet:
            ends[foot] = loop.places[foot][0] + flat.sizes[foot][0] / 2
        lowest = max(self._gaps.levels, default=0.0)
        level = float(round(loop.top + max(loop.high, lowest) + RAIL))
        heights, deep = _heights(rails, ends, level)
        level += TRACK * deep + (RAIL if deep else 0.0)
        self._spread(loop.feet, level)
        bottom = level + max((flat.sizes[n][1] for n in loop.feet), default=0.0)
        drawn: set[int] = set()
        for target, branches in rails.items():
            end = ends[target], level if target < border else bottom
            rail = heights.get(target, end[1])
            for x, (n, k), starts in _branches(ends[target], branches):
                self._lead_out((n, k), x, (rail, starts), end, drawn)
        for n, net in enumerate(flat.nets):
            if net.source in loop.feet:
                x, y = loop.places[net.source]
                x += flat.sizes[net.source][0] / 2
                for k, (target, _) in enumerate(net.targets):
                    ends[target] = x
                    loop.routes[n, k] = (x, y + flat.sizes[net.source][1]), (x, bottom)
        uprights = self._uprights(list(self._gaps.gives), first=False)
        for (n, k), side in self._gaps.gives.items():
            begin = self._gaps.moved(side.line, loop.columns[loop.last])
            x = ends[loop.target((n, k))] = uprights[n]
            loop.routes[n, k] = plain([*begin, (x, begin[-1][1]), (x, bottom)])
            loop.beside[n, k] = (begin[0][0] + x) / 2, begin[-1][1]
        for port in range(border, len(flat.sizes)):
            loop.places[port] = ends.get(port, 0.0), bottom
        return bottom

    def _lead_out(
        self, key: Key, x: float, rail: tuple[float, float | None], end: Point, drawn: set[int]
    ) -> None:
        """The way of a value out of its column and along a rail."""
        loop, n = self._loop, key[0]
        column = loop.of(loop.flat.nets[n].source)
        last = len(column.laid.routes[column.order[n]]) - 1
        line = self._from_node(n, loop.wire(column, n, last))
        height, starts = rail
        loop.routes[key] = plain([*line, (x, height), (end[0], height), end])
        own = line[-1:] if n in drawn else loop.part(column, n, last)
        drawn.add(n)
        if starts is not None:
            loop.parts[key] = plain([*(own or line), (x, height), (starts, height)])
        elif own is not None:
            loop.parts[key] = plain([*own, (x, height), (end[0], height), end])

    # ------------------------------------------------------------------ both

    def _spread(self, nodes: list[int], y: float) -> None:
        """Put nodes side by side in the middle."""
        loop, sizes = self._loop, self._loop.flat.sizes
        wide = sum(sizes[n][0] for n in nodes) + NODE_GAP * (len(nodes) - 1)
        x = float(round((loop.before + loop.after - wide) / 2))
        for node in nodes:
            loop.places[node] = x, y
            x += sizes[node][0] + NODE_GAP

    def _ports(
        self, ports: list[int], rails: Branches, row: list[int], leftwards: bool
    ) -> dict[int, float]:
        """Where wires come through the border: above or below the one column that they are for, in
        the middle if that is free, or beside the nodes in the row there."""
        loop, sizes = self._loop, self._loop.flat.sizes
        found: dict[int, float] = {}
        taken = {x for some in rails.values() for x, _ in some}
        edges = [loop.places[n][0] + (0.0 if leftwards else sizes[n][0]) for n in row]
        beside = (min if leftwards else max)(edges, default=0.0)
        for port in ports:
            some = rails[port]
            if row:
                beside += -PORT if leftwards else PORT
                found[port] = beside
            elif len(some) == 1:
                found[port] = some[0][0]
            else:
                others = taken - {x for x, _ in some}
                x, tries = float(round((loop.before + loop.after) / 2)), 0
                while tries < 64 and any(abs(x - other) < 10.0 for other in others):
                    tries += 1
                    x += (1 if tries % 2 else -1) * tries * 12.0
                found[port] = x
            taken.add(found[port])
        return found


def _heights(
    rails: Branches, middles: dict[int, float], level: float
) -> tuple[dict[int, float], int]:
    """The height of each rail that is not one upright line, and how many lie below each other."""
    tracks: list[tuple[float, float]] = []
    found: dict[int, float] = {}
    for of, some in rails.items():
        ends = [middles[of], *(x for x, _ in some)]
        if max(ends) - min(ends) < 0.5:
            continue
        low, high = min(ends) - 8.0, max(ends) + 8.0
        at = 1 + max((i for i, (a, b) in enumerate(tracks) if low < b and high > a), default=-1)
        if at == len(tracks):
            tracks.append((low, high))
        else:
            tracks[at] = min(tracks[at][0], low), max(tracks[at][1], high)
        found[of] = level + TRACK * at
    return found, len(tracks)


def _branches(middle: float, some: list[tuple[float, Key]]) -> list[_Branch]:
    """The branches of a rail: of those on one side the furthest draws it."""
    left = sorted((one for one in some if one[0] < middle - 0.5), key=lambda one: one[0])
    right = sorted((one for one in some if one[0] > middle + 0.5), key=lambda one: -one[0])
    found = [_Branch(x, key, None) for x, key in some if abs(x - middle) <= 0.5]
    for side in (left, right):
        for i, (x, key) in enumerate(side):
            begin = middle if found else None
            found.append(_Branch(x, key, x if i else begin))
    return found
