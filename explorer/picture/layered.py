"""The layered layout of one box: what flows comes from above and leaves below.

Sugiyama's method in plain Python: ranks by longest path, dummies where a value passes a rank,
barycenter sweeps for the order, then columns. A column is a run of nodes that one value goes
straight through; it moves as a whole, so a chain is straight by construction, and a residual path
is a straight column beside it. All steps are linear or n·log n in nodes, edges and dummies; where
many values would pass many ranks, they bypass them on lanes beside all columns (`bypass`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from functools import lru_cache
from itertools import pairwise
from math import inf

from explorer.picture.bypass import Way, places, plan, sink
from explorer.picture.grid import Arranged, Bypass, Flat, Grid, Segment
from explorer.picture.routing import BELOW, SIDE, route

NODE_GAP = 30.0  # between two nodes of a rank
WIRE_GAP = 22.0  # between a node and a passing wire, or two of them
_SWEEPS = 6
_ROUNDS = 10
_SIDEWAYS = 3.0  # times its widest rank: a wider picture goes sideways from rank to rank
_ASKEW = 60.0  # between the middles of two boxes, where their ports lie above each other
_ASIDE = 1 << 30  # a position right of all others; those left of them are below 0


@lru_cache(maxsize=4096)
def arrange(flat: Flat) -> Arranged:
    """Lay out one box."""
    if not flat.sizes:
        return Arranged(2 * SIDE, flat.header + BELOW, (), (), (), ())
    work = _Work(flat)
    work.rank()
    work.thread()
    work.order()
    work.align()
    work.bypass()
    work.attach()
    work.columns()
    return route(work)


class _Work(Grid):
    """The steps, in the order in which `arrange` takes them."""

    def rank(self) -> None:
        """Longest path from above; sources move down to where they are first read."""
        flat = self.flat
        count = len(flat.sizes)
        first = 1 if flat.tops else 0
        ranks = [0 if n < flat.tops else first for n in range(count)]
        fed = [n < flat.tops for n in range(count)]
        leaving: list[list[int]] = [[] for _ in range(count)]
        for net in flat.nets:
            for target, _ in net.targets:
                leaving[net.source].append(target)
                fed[target] = True
        under = dict(pairwise(n for n, _ in flat.rows))
        rows = {n for n, _ in flat.rows}
        for n in range(count):
            for target in leaving[n]:
                ranks[target] = max(ranks[target], ranks[n] + 1)
            if n in under:
                ranks[under[n]] = max(ranks[under[n]], ranks[n] + 1)
        if flat.bottoms:  # below all others, those too that nothing reads
            inner = count - flat.bottoms
            ranks[inner:] = [max(ranks[:inner], default=0) + 1] * flat.bottoms
        sink(flat, ranks, leaving)
        for n in reversed(range(count)):
            if not fed[n] and leaving[n] and n not in rows:
                ranks[n] = min(ranks[t] for t in leaving[n]) - 1
        self.ranks = _between(ranks, flat.rows) if len(rows) > 1 else ranks
        self.widths = [w for w, _ in flat.sizes]

    def thread(self) -> None:
        """Put dummies where a net passes a rank; all readers of a net share its trunk."""
        self.lanes = plan(self.flat, self.ranks)
        aside = {way for lane in self.lanes for way in lane.ways}
        for n, net in enumerate(self.flat.nets):
            start = self.ranks[net.source]
            near = [net.targets[k] for k in range(len(net.targets)) if (n, k) not in aside]
            deepest = max((self.ranks[t] for t, _ in near), default=start)
            trunk, leaves = [net.source], net.offset
            for rank in range(start + 1, deepest):
                dummy = len(self.ranks)
                self.ranks.append(rank)
                self.widths.append(0.0)
                up = trunk[-1]
                self.segments.append(
                    Segment(up, dummy, n, leaves if up == net.source else None, None)
                )
                trunk.append(dummy)
            for target, enters in near:
                up = trunk[self.ranks[target] - 1 - start]
                at = leaves if up == net.source else None
                self.segments.append(Segment(up, target, n, at, enters))
            self.trunks.append(trunk)
        self.above = [[] for _ in self.ranks]
        self.below = [[] for _ in self.ranks]
        for segment in self.segments:
            self.above[segment.down].append(segment)
            self.below[segment.up].append(segment)
        self.layers = [[] for _ in range(max(self.ranks) + 1)]
        for n, rank in enumerate(self.ranks):
            self.layers[rank].append(n)
        self.position = [0] * len(self.ranks)
        self._number()

    # ------------------------------------------------------------------ order

    def order(self) -> None:
        """Barycenter sweeps, down and up; the order with the fewest crossings is kept."""
        large = len(self.ranks) > 4000
        best, fewest = [list(layer) for layer in self.layers], self._crossings()
        for sweep in range(2 if large else _SWEEPS):
            if not fewest:
                break
            downwards = sweep % 2 == 0
            for layer in self.layers[1:] if downwards else self.layers[-2::-1]:
                centre = {n: self._barycenter(n, downwards) for n in layer}
                layer.sort(key=centre.__getitem__)
                for i, n in enumerate(layer):
                    self.position[n] = i
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [list(layer) for layer in self.layers], crossings
        self.layers = best
        self._number()

    def _number(self) -> None:
        for layer in self.layers:
            for i, n in enumerate(layer):
                self.position[n] = i

    def _barycenter(self, n: int, downwards: bool) -> float:
        near = self.above[n] if downwards else self.below[n]
        if not near:
            return float(self.position[n])
        if downwards:
            return sum(self.position[s.up] + self._lean(s, True) for s in near) / len(near)
        return sum(self.position[s.down] + self._lean(s, False) for s in near) / len(near)

    def _lean(self, segment: Segment, up: bool) -> float:
        """How far from the middle of its end's place a segment begins (or ends), -0.5 … 0.5."""
        end = segment.up if up else segment.down
        if end >= self.real or not self.widths[end]:
            return 0.0
        offset = segment.left_at if up else segment.entered_at
        return 0.0 if offset is None else offset / self.widths[end] - 0.5

    def _crossings(self) -> int:
        total = 0
        for upper, lower in zip(self.layers, self.layers[1:], strict=False):
            if len(upper) == 1 and not self.flat.rows:
                continue  # what comes from one node does not cross
            ends: list[float] = []
            for n in upper:
                way = ((self.position[s.down] + self._lean(s, False), s) for s in self.below[n])
                if self.flat.rows:  # their ports are far apart
                    found = sorted((self._lean(s, True), end) for end, s in way)
                    ends += [end for _, end in found]
                else:
                    ends += sorted(end for end, _ in way)
            total += _inversions(ends, len(lower))
        return total

    # ------------------------------------------------------------------ columns

    def align(self) -> None:
        """Choose the segments that run straight: at most one above and below each node, no two
        of them crossing. Long wires first, then the middle of what a node reads and feeds;
        what begins beside the stream (a mask) gives way to it."""

        order = self.position
        after = [sorted(order[s.down] for s in some) for some in self.below]
        before = [sorted(order[s.up] for s in some) for some in self.above]

        beside = [False] * len(self.ranks)
        for n in (n for layer in self.layers for n in layer):
            ups = self.above[n]
            beside[n] = all(beside[s.up] for s in ups) and (bool(ups) or self.ranks[n] > 0)

        def wish(segment: Segment) -> tuple[float, ...]:
            dummies = (segment.up >= self.real) + (segment.down >= self.real)
            if dummies == 2:
                return (0, 0, 0, 0)
            eccentric = _eccentricity(order[segment.down], after[segment.up])
            eccentric += _eccentricity(order[segment.up], before[segment.down])
            if self.flat.rows:
                eccentric += abs(self._lean(segment, True)) + abs(self._lean(segment, False))
            layer = self.layers[self.ranks[segment.up]]
            aside = abs(order[segment.up] - (len(layer) - 1) / 2)
            return (1 + dummies + 2 * beside[segment.up], eccentric, aside, order[segment.up])

        has_above, has_below = set(), set()
        chosen: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for segment in sorted(self.segments, key=wish):
            if segment.up in has_below or segment.down in has_above:
                continue
            pair = (self.position[segment.up], self.position[segment.down])
            gap = chosen[self.ranks[segment.up]]
            at = bisect_left(gap, pair)
            if (at and gap[at - 1][1] >= pair[1]) or (at < len(gap) and gap[at][1] <= pair[1]):
                continue
            gap.insert(at, pair)
            segment.straight = True
            has_below.add(segment.up)
            has_above.add(segment.down)

    def bypass(self) -> None:
        """Lead what has a lane to it, and back. Where it turns is in no layer."""
        nets, first = self.flat.nets, len(self.ranks)
        spans: list[tuple[int, int]] = []
        ends: list[list[tuple[int, float | None]]] = []  # the nodes of each lane, and where there
        on: list[int] = []  # the lane of each turn
        for number, lane in enumerate(self.lanes):
            leaving: dict[int, Segment] = {}
            arriving: dict[Way | int, Segment] = {}
            for n, k in lane.ways:
                target, enters = nets[n].targets[k]
                net = n if lane.source < 0 else len(nets) + number
                if net not in leaving:
                    up, down = self.trunks[n][-1], first + len(on)
                    at = nets[n].offset if up == nets[n].source else None
                    leaving[net] = Segment(up, down, net, at, None)
                    self.below[up].append(leaving[net])
                    self.ranks.append(self.ranks[up] + 1)
                    on.append(number)
                way = (n, k) if lane.reader < 0 else number
                if way not in arriving:
                    into = n if lane.reader < 0 else len(nets) + number
                    arriving[way] = Segment(first + len(on), target, into, None, enters)
                    self.above[target].append(arriving[way])
                    self.ranks.append(self.ranks[target] - 1)
                    on.append(number)
                self.bypasses[n, k] = Bypass(leaving[net], arriving[way])
            self.turns += [*leaving.values(), *arriving.values()]
            begin = [(s.up, s.left_at) for s in leaving.values()]
            ends.append(begin + [(s.down, s.entered_at) for s in arriving.values()])
            begins = min(self.ranks[s.up] for s in leaving.values())
            spans.append((begins, max(self.ranks[s.up] for s in arriving.values())))
        beside = [0] * len(spans)
        for left in (False, True):
            here = [i for i, turns in enumerate(ends) if self._lies_left(turns) == left]
            for i, place in zip(here, places([spans[i] for i in here]), strict=True):
                beside[i] = -1 - place if left else place
        self.aside = [beside[number] for number in on]
        self.position += [place if place < 0 else _ASIDE + place for place in self.aside]

    def _lies_left(self, turns: list[tuple[int, float | None]]) -> bool:
        """Whether most of what a lane connects stands left of the middle: nodes in their rank, and
        ports of one that is alone there."""
        sides = 0.0
        for n, at in turns:
            layer = self.layers[self.ranks[n]]
            sides += self.position[n] * 2 + 1 - len(layer)
            if len(layer) == 1 and at is not None and self.widths[n] and self.flat.rows:
                sides += 2 * at / self.widths[n] - 1
        return sides < -0.01

    def attach(self) -> None:
        """Where each segment leaves and enters: what runs straight in the middle, others beside."""
        for n in range(len(self.widths)):
            self._spread(n, self.above[n], up=False)
            self._spread(n, self.below[n], up=True)

    def _spread(self, n: int, segments: list[Segment], up: bool) -> None:
        if not segments:
            return
        middle = self.widths[n] / 2
        loose: dict[int, list[Segment]] = defaultdict(list)  # by net
        for segment in segments:
            given = segment.left_at if up else segment.entered_at
            if given is None and n < self.real and n not in self.flat.rounds:
                loose[segment.net].append(segment)
                continue
            at = middle if given is None else given
            if up:
                segment.leave = at
            else:
                segment.enter = at

        def other(net: int) -> float:
            ends = [self.position[s.down if up else s.up] for s in loose[net]]
            return sum(ends) / len(ends)

        ordered = sorted(loose, key=other)
        straight = [i for i, net in enumerate(ordered) if any(s.straight for s in loose[net])]
        pivot = straight[0] if straight else (len(ordered) - 1) / 2
        reach = max(pivot, len(ordered) - 1 - pivot)
        step = min(16.0, (middle - 8.0) / reach) if reach else 0.0
        for i, net in enumerate(ordered):
            at = float(round(middle + (i - pivot) * step))  # or upright lines would lean
            for segment in loose[net]:
                if up:
                    segment.leave = at
                else:
                    segment.enter = at

    def columns(self) -> None:
        """Place the columns. Where a value enters each of many boxes left and leaves it right,
        these stand below each other and the wire bends, or they would be a staircase."""
        self._place_columns(by_ports=True)
        ends = [x + w for x, w in zip(self.left, self.widths, strict=True)]
        widest = max(sum(self.widths[n] + NODE_GAP for n in layer) for layer in self.layers)
        if max(ends) - min(self.left) > _SIDEWAYS * (widest + 4 * NODE_GAP):
            for s in self.segments:
                s.straight = s.straight and abs(self._askew(s)) < _ASKEW
            self._place_columns(by_ports=False)

    def _askew(self, s: Segment) -> float:
        """How far apart the middles of its nodes are where a segment is straight."""
        middle = self.widths[s.down] / 2 - s.enter
        return middle - (self.widths[s.up] / 2 - s.leave)

    def _place_columns(self, by_ports: bool) -> None:
        """Leftmost first, then each drawn to what it is connected with: ports above each other,
        or middles."""
        count = len(self.widths)
        column = [-1] * count
        within = [0.0] * count  # a node's left from its column's origin
        number = 0
        for layer in self.layers:
            for n in layer:
                if column[n] < 0:
                    here: int | None = n
                    while here is not None:
                        column[here] = number
                        line = next((s for s in self.below[here] if s.straight), None)
                        here = line.down if line else None
                        if line:
                            within[line.down] = within[line.up] + line.leave - line.enter
                    number += 1

        after: list[dict[int, float]] = [{} for _ in range(number)]
        before: list[dict[int, float]] = [{} for _ in range(number)]
        for layer in self.layers:
            for a, b in pairwise(layer):
                gap = NODE_GAP if a < self.real and b < self.real else WIRE_GAP
                gap = max(gap, self._written(a, b) - self.widths[a])
                apart = within[a] + self.widths[a] + gap - within[b]
                i, j = column[a], column[b]
                after[i][j] = before[j][i] = max(after[i].get(j, apart), apart)

        x = [0.0] * number
        sequence = _topological(after, before)
        for i in sequence:
            x[i] = max((x[j] + apart for j, apart in before[i].items()), default=0.0)

        pulls: list[list[tuple[int, float, float]]] = [[] for _ in range(number)]
        for s in self.segments:
            i, j = column[s.up], column[s.down]
            if i != j:
                shift = within[s.up] + s.leave - within[s.down] - s.enter  # x[j] wants x[i] + it
                weight = 1.0 if s.up < self.real and s.down < self.real else 0.5
                if not by_ports and s.up < self.real and s.down < self.real:
                    shift -= self._askew(s)
                pulls[j].append((i, shift, weight))
                pulls[i].append((j, -shift, weight))
        rows: set[int] = set()

        def settle(i: int, wanted: float) -> None:
            low = max((x[j] + apart for j, apart in before[i].items()), default=-inf)
            high = min((x[j] - apart for j, apart in after[i].items()), default=inf)
            x[i] = min(max(wanted, low), high)

        for turn in range(2 * _ROUNDS if self.flat.rows else _ROUNDS):
            if turn == _ROUNDS:
                rows = self._line_up(x, column, within, sequence, before)
            for i in reversed(sequence) if turn % 2 == 0 else sequence:
                if not pulls[i] or i in rows:
                    continue
                total = sum(weight for _, _, weight in pulls[i])
                wanted = sum((x[j] + shift) * weight for j, shift, weight in pulls[i]) / total
                settle(i, wanted)
        if rows:
            for i, j, shift in self._into_ports(column, within):
                if j not in rows:
                    settle(j, x[i] + shift)
        self.left = [x[column[n]] + within[n] for n in range(count)]

    def _written(self, a: int, b: int) -> float:
        """How far from the left of a node the next one must be for what is written beside the last
        of its wires, which the wires of the next may not touch."""
        end = self.label_end(a)
        return end - min((s.leave for s in self.below[b]), default=inf) if end else 0.0

    def _line_up(
        self,
        x: list[float],
        column: list[int],
        within: list[float],
        sequence: list[int],
        before: list[dict[int, float]],
    ) -> set[int]:
        """Move nodes in which time goes from left to right, and what is right of them, until these
        times stand below each other. Returns their columns."""
        offsets: dict[int, float] = {}
        for n, begins in self.flat.rows:
            offsets.setdefault(column[n], within[n] + begins)
        at = max(x[i] + offset for i, offset in offsets.items())
        for i, offset in offsets.items():
            x[i] = at - offset
        for i in sequence:
            x[i] = max([x[i], *(x[j] + apart for j, apart in before[i].items())])
        return set(offsets)

    def _into_ports(self, column: list[int], within: list[float]) -> list[tuple[int, int, float]]:
        """How far from a wide node's column that of a wire is that goes straight out of one of its
        ports or into one; into, if both."""
        found = []
        for s in sorted(self.segments, key=lambda s: s.entered_at is not None):
            shift = within[s.up] + s.leave - within[s.down] - s.enter
            if s.left_at is not None and not self.widths[s.down]:
                found.append((column[s.up], column[s.down], shift))
            elif s.entered_at is not None and not self.widths[s.up]:
                found.append((column[s.down], column[s.up], -shift))
        return [one for one in found if one[0] != one[1]]


def _between(ranks: list[int], rows: tuple[tuple[int, float], ...]) -> list[int]:
    """Put what stands beside nodes in which time goes from left to right below them, but for the
    last: beside them it would keep their times from standing below each other."""
    alone = {n for n, _ in rows}
    above = {ranks[n] for n in alone} - {max(ranks[n] for n in alone)}
    moved = [2 * rank + (rank in above and n not in alone) for n, rank in enumerate(ranks)]
    dense = {rank: at for at, rank in enumerate(sorted(set(moved)))}
    return [dense[rank] for rank in moved]


def _eccentricity(position: int, among: list[int]) -> float:
    """How far from the middle one stands among others, which are sorted."""
    return abs(bisect_left(among, position) - (len(among) - 1) / 2)


def _inversions(ends: list[float], size: int) -> int:
    """Pairs out of order; counted with a tree of partial sums over ranks of the values."""
    places = {value: i + 1 for i, value in enumerate(sorted(set(ends)))}
    tree = [0] * (len(places) + 1)
    total = 0
    for seen, end in enumerate(ends):
        i = places[end]
        not_greater = 0
        while i:
            not_greater += tree[i]
            i -= i & -i
        total += seen - not_greater
        i = places[end]
        while i < len(tree):
            tree[i] += 1
            i += i & -i
    return total


def _topological(after: list[dict[int, float]], before: list[dict[int, float]]) -> list[int]:
    """Columns from left to right."""
    waiting = [len(b) for b in before]
    ready = [i for i, n in enumerate(waiting) if not n]
    for i in ready:
        for j in after[i]:
            waiting[j] -= 1
            if not waiting[j]:
                ready.append(j)
    return ready
