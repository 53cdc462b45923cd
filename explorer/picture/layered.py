"""The layered layout of one box: what flows comes from above and leaves below.

Sugiyama's method in plain Python: ranks by longest path, dummies where a value passes a rank,
barycenter sweeps for the order, then columns. A column is a run of nodes that one value goes
straight through; it moves as a whole, so a chain is straight by construction, and a residual path
is a straight column beside it. All steps are linear or n·log n in nodes and edges.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from math import inf

Point = tuple[float, float]

NODE_GAP = 30.0  # between two nodes of a rank
WIRE_GAP = 22.0  # between a node and a passing wire, or two of them
TRACK = 9.0  # between two horizontal wires of a channel
ABOVE = 19.0  # channel above its first track: a label fits
BELOW = 15.0  # channel below its last track: an arrow head fits
SIDE = 22.0  # inside a box, left and right
ROW = 44.0  # nodes up to this height stand centred in their row
_TRACKS = 12  # more horizontals than this share their tracks
_SWEEPS = 6
_ROUNDS = 10


@dataclass(frozen=True)
class Net:
    """One value on its way from a node to every node of the same box that reads it.

    ``offset`` is where it leaves the source, from its left; None lets the layout choose.
    ``targets`` are (node, offset) pairs.
    """

    source: int
    offset: float | None
    targets: tuple[tuple[int, float | None], ...]


@dataclass(frozen=True)
class Flat:
    """What is to be laid out: hashable, so equal boxes are laid out once.

    Nodes are numbered such that every net goes from a lower to a higher number. The first
    ``tops`` nodes are ports on the upper border, the last ``bottoms`` those on the lower.
    ``rounds`` are circles: wires may enter them from the side. ``header`` is the height and
    ``title`` the width to keep free below the upper border on the left.
    """

    sizes: tuple[tuple[float, float], ...]
    nets: tuple[Net, ...]
    tops: int = 0
    bottoms: int = 0
    rounds: frozenset[int] = frozenset()
    header: float = 0.0
    title: float = 0.0


@dataclass(frozen=True)
class Arranged:
    """Where everything is, from the box's upper left corner.

    ``places`` are the nodes' upper left corners; ``routes`` one polyline for each net and target;
    ``skips`` how many ranks it passes over on its way; ``labels`` one (x, y, room) for each net: a
    place right of its beginning and the width that is free there.
    """

    width: float
    height: float
    places: tuple[Point, ...]
    routes: tuple[tuple[tuple[Point, ...], ...], ...]
    skips: tuple[tuple[int, ...], ...]
    labels: tuple[tuple[float, float, float], ...]


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
    work.attach()
    work.columns()
    return work.route()


@dataclass
class _Segment:
    """The part of a net between two neighbouring ranks, ``up`` above ``down``."""

    up: int
    down: int
    net: int
    straight: bool = False
    leave: float = 0.0  # offset at ``up``
    enter: float = 0.0  # offset at ``down``


@dataclass
class _Work:
    flat: Flat
    ranks: list[int] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    layers: list[list[int]] = field(default_factory=list)
    position: list[int] = field(default_factory=list)  # in its layer
    segments: list[_Segment] = field(default_factory=list)
    above: list[list[_Segment]] = field(default_factory=list)  # by lower node
    below: list[list[_Segment]] = field(default_factory=list)  # by upper node
    trunks: list[list[int]] = field(default_factory=list)  # by net: source, then its dummies
    left: list[float] = field(default_factory=list)

    @property
    def real(self) -> int:
        """Number of real nodes; dummies come after them."""
        return len(self.flat.sizes)

    # ------------------------------------------------------------------ ranks

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
        for n in range(count):
            for target in leaving[n]:
                ranks[target] = max(ranks[target], ranks[n] + 1)
        last = max(ranks) + (0 if count > flat.bottoms else 1)
        for n in range(count - flat.bottoms, count):
            last = max(last, ranks[n])
        for n in range(count - flat.bottoms, count):
            ranks[n] = last
        for n in reversed(range(count)):
            if not fed[n] and leaving[n]:
                ranks[n] = min(ranks[t] for t in leaving[n]) - 1
        self.ranks = ranks
        self.widths = [w for w, _ in flat.sizes]

    def thread(self) -> None:
        """Put dummies where a net passes a rank; all readers of a net share its trunk."""
        for n, net in enumerate(self.flat.nets):
            start = self.ranks[net.source]
            deepest = max(self.ranks[t] for t, _ in net.targets)
            trunk = [net.source]
            for rank in range(start + 1, deepest):
                dummy = len(self.ranks)
                self.ranks.append(rank)
                self.widths.append(0.0)
                self.segments.append(_Segment(trunk[-1], dummy, n))
                trunk.append(dummy)
            for target, _ in net.targets:
                self.segments.append(_Segment(trunk[self.ranks[target] - 1 - start], target, n))
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

    def _lean(self, segment: _Segment, up: bool) -> float:
        """How far from the middle of its end's place a segment begins (or ends), -0.5 … 0.5."""
        end = segment.up if up else segment.down
        if end >= self.real or not self.widths[end]:
            return 0.0
        offset = self._given(segment, up)
        return 0.0 if offset is None else offset / self.widths[end] - 0.5

    def _given(self, segment: _Segment, up: bool) -> float | None:
        net = self.flat.nets[segment.net]
        if up:
            return net.offset if segment.up == net.source else None
        return next((offset for t, offset in net.targets if t == segment.down), None)

    def _crossings(self) -> int:
        total = 0
        for upper, lower in zip(self.layers, self.layers[1:], strict=False):
            ends: list[float] = []
            for n in upper:
                ends += sorted(self.position[s.down] + self._lean(s, False) for s in self.below[n])
            total += _inversions(ends, len(lower))
        return total

    # ------------------------------------------------------------------ columns

    def align(self) -> None:
        """Choose the segments that run straight: at most one above and below each node, no two
        of them crossing. Long wires first, then the middle of what a node reads and feeds;
        what begins beside the stream (a mask) gives way to it."""

        def wish(segment: _Segment) -> tuple[float, ...]:
            dummies = (segment.up >= self.real) + (segment.down >= self.real)
            if dummies == 2:
                return (0, 0, 0, 0)
            eccentric = _eccentricity(
                self.position[segment.down], [self.position[s.down] for s in self.below[segment.up]]
            ) + _eccentricity(
                self.position[segment.up], [self.position[s.up] for s in self.above[segment.down]]
            )
            layer = self.layers[self.ranks[segment.up]]
            aside = abs(self.position[segment.up] - (len(layer) - 1) / 2)
            source = not self.above[segment.up] and self.ranks[segment.up] > 0
            return (1 + dummies + source, eccentric, aside, self.position[segment.up])

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

    def attach(self) -> None:
        """Where each segment leaves and enters: what runs straight in the middle, others beside."""
        for n in range(len(self.ranks)):
            self._spread(n, self.above[n], up=False)
            self._spread(n, self.below[n], up=True)

    def _spread(self, n: int, segments: list[_Segment], up: bool) -> None:
        middle = self.widths[n] / 2
        loose: dict[int, list[_Segment]] = defaultdict(list)  # by net
        for segment in segments:
            given = self._given(segment, up) if n < self.real else None
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
            for segment in loose[net]:
                if up:
                    segment.leave = middle + (i - pivot) * step
                else:
                    segment.enter = middle + (i - pivot) * step

    def columns(self) -> None:
        """Place the columns: leftmost first, then each drawn to what it is connected with."""
        count = len(self.ranks)
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
                pulls[j].append((i, shift, weight))
                pulls[i].append((j, -shift, weight))
        for turn in range(_ROUNDS):
            for i in reversed(sequence) if turn % 2 == 0 else sequence:
                if not pulls[i]:
                    continue
                total = sum(weight for _, _, weight in pulls[i])
                wanted = sum((x[j] + shift) * weight for j, shift, weight in pulls[i]) / total
                low = max((x[j] + apart for j, apart in before[i].items()), default=-inf)
                high = min((x[j] - apart for j, apart in after[i].items()), default=inf)
                x[i] = min(max(wanted, low), high)
        self.left = [x[column[n]] + within[n] for n in range(count)]

    # ------------------------------------------------------------------ wires

    def route(self) -> Arranged:
        """Heights of rows and channels, and the wires through them."""
        flat, ranks = self.flat, self.ranks
        edge = min(self.left)
        wide = max(x + w for x, w in zip(self.left, self.widths, strict=True)) - edge
        margin = SIDE if flat.header else 0.0
        if flat.tops and flat.header:
            first = min(self.left[n] for n in range(flat.tops)) - edge
            margin = max(margin, flat.title - first)
        # Whole numbers keep lines crisp when nothing is scaled.
        self.left = [float(round(x - edge + margin)) for x in self.left]
        self._straighten()
        width = float(round(max(wide + 2 * margin, flat.title + SIDE if flat.header else 0.0)))

        rows = [max((self._height(n) for n in layer), default=0.0) for layer in self.layers]
        tracks, counts = self._tracks()
        tops: list[float] = []
        channel: list[float] = []  # y of the first track below a row
        y = 0.0
        if flat.header and not flat.tops:
            y = flat.header
        for rank, row in enumerate(rows):
            tops.append(y)
            first_gap = flat.header if flat.header and flat.tops and rank == 0 else 0.0
            y += row + first_gap + (4.0 if first_gap else ABOVE)
            channel.append(y)
            y += max(counts[rank] - 1, 0) * TRACK + BELOW
        bottom = tops[-1] + rows[-1]
        if flat.header and not flat.bottoms:
            bottom += SIDE
        height = float(round(bottom))

        places: list[Point] = []
        for n in range(self.real):
            size = self._height(n)
            row = rows[ranks[n]]
            inset = (min(row, ROW) - size) / 2 if size < ROW else 0.0
            places.append((self.left[n], float(round(tops[ranks[n]] + max(inset, 0.0)))))

        sides = self._sides()
        routes, skips, labels = [], [], []
        for n, net in enumerate(flat.nets):
            trunk, source = self.trunks[n], net.source
            own = [s for node in trunk for s in self.below[node] if s.net == n]
            by_end = {(s.up, s.down): s for s in own}
            x = self.left[source] + own[0].leave  # the same for all of a net
            way: list[Point] = [(x, places[source][1] + self._height(source))]
            ways = [way]  # down to each node of the trunk
            for up, down in pairwise(trunk):
                way = [*way, *self._hop(by_end[up, down], tracks, channel)]
                way = list(_plain(way))
                ways.append(way)
            found = []
            for target, _ in net.targets:
                k = ranks[target] - 1 - ranks[source]
                s = by_end[trunk[k], target]
                if id(s) in sides:
                    from_x = self.left[s.up] + s.leave
                    right = from_x > self.left[target] + self.widths[target] / 2
                    middle = places[target][1] + self._height(target) / 2
                    side = self.left[target] + (self.widths[target] if right else 0.0)
                    end = [(from_x, middle), (side, middle)]
                else:
                    end = [
                        *self._hop(s, tracks, channel),
                        (self.left[target] + s.enter, places[target][1]),
                    ]
                found.append(_plain([*ways[k], *end]))
            routes.append(tuple(found))
            skips.append(tuple(ranks[t] - ranks[source] - 1 for t, _ in net.targets))
            low = tops[ranks[source]] + rows[ranks[source]]
            labels.append((x + 6.0, low + 3.0, self._room(source, x, width)))
        return Arranged(width, height, tuple(places), tuple(routes), tuple(skips), tuple(labels))

    def _height(self, n: int) -> float:
        return self.flat.sizes[n][1] if n < self.real else 0.0

    def _straighten(self) -> None:
        """Rounding moved the ends of straight segments apart by less than a pixel: join them."""
        for layer in self.layers:
            for n in layer:
                for s in self.below[n]:
                    if s.straight:
                        apart = self.left[s.up] + s.leave - self.left[s.down] - s.enter
                        self.left[s.down] += apart

    def _hop(
        self, s: _Segment, tracks: dict[tuple[int, int], int], channel: list[float]
    ) -> list[Point]:
        """The corners between two neighbouring ranks."""
        x, to = self.left[s.up] + s.leave, self.left[s.down] + s.enter
        if abs(x - to) < 0.5:
            return [(to, channel[self.ranks[s.up]])]
        y = channel[self.ranks[s.up]] + tracks[s.up, s.net] * TRACK
        return [(x, y), (to, y)]

    def _tracks(self) -> tuple[dict[tuple[int, int], int], list[int]]:
        """A track for each bent wire of each channel; wires of one net share theirs.

        Of those going right the rightmost lies highest, of those going left the leftmost: so
        they do not cross each other.
        """
        found: dict[tuple[int, int], int] = {}
        counts = [0] * len(self.layers)
        sides = self._sides()
        spans: dict[tuple[int, int], list[float]] = {}
        for s in self.segments:
            x, to = self.left[s.up] + s.leave, self.left[s.down] + s.enter
            if abs(x - to) >= 0.5 and id(s) not in sides:
                spans.setdefault((s.up, s.net), [x]).append(to)
        by_rank: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for key in spans:
            by_rank[self.ranks[key[0]]].append(key)
        for rank, keys in by_rank.items():
            rightwards = [k for k in keys if max(spans[k]) > spans[k][0]]
            leftwards = [k for k in keys if max(spans[k]) <= spans[k][0]]
            rightwards.sort(key=lambda k: -spans[k][0])
            leftwards.sort(key=lambda k: spans[k][0])
            taken: list[list[float]] = []  # per track: the span that is used
            for key in rightwards + leftwards:
                low, high = min(spans[key]) - 8.0, max(spans[key]) + 8.0
                track = 0
                for i, (used_low, used_high) in enumerate(taken):
                    if low < used_high and high > used_low:
                        track = i + 1
                track = min(track, _TRACKS - 1)
                if track == len(taken):
                    taken.append([low, high])
                else:
                    taken[track] = [min(taken[track][0], low), max(taken[track][1], high)]
                found[key] = track
            counts[rank] = len(taken)
        return found, counts

    def _sides(self) -> set[int]:
        """Segments that enter a circle from its side, by identity: one left, one right, and only
        where nothing stands between."""
        found: set[int] = set()
        for n in self.flat.rounds:
            middle = self.left[n] + self.widths[n] / 2
            layer, at = self.layers[self.ranks[n]], self.position[n]
            used = set()
            for s in self.above[n]:
                x = self.left[s.up] + s.leave
                right = x > middle
                if s.straight or right in used or abs(x - middle) < self.widths[n] / 2 + 12.0:
                    continue
                beside = at + 1 if right else at - 1
                if 0 <= beside < len(layer):
                    near = layer[beside]
                    end = self.left[near] + (0.0 if right else self.widths[near])
                    if (x > end - 8.0) if right else (x < end + 8.0):
                        continue
                used.add(right)
                found.add(id(s))
        return found

    def _room(self, n: int, x: float, width: float) -> float:
        """Free width right of a wire that leaves node ``n`` at ``x``."""
        layer = self.layers[self.ranks[n]]
        ends = [self.left[n] + s.leave for s in self.below[n]]
        if self.position[n] + 1 < len(layer):
            near = layer[self.position[n] + 1]
            ends += [self.left[near] + s.leave for s in self.below[near]]
        further = [end for end in ends if end > x + 1.0]
        return min(further, default=max(width, x + 200.0)) - x - 10.0


def _plain(line: list[Point]) -> tuple[Point, ...]:
    """Without points that lie on the way between their neighbours."""
    found: list[Point] = []
    for point in line:
        if found and abs(point[0] - found[-1][0]) < 0.5 and abs(point[1] - found[-1][1]) < 0.5:
            continue
        if len(found) > 1:
            (ax, ay), (bx, by) = found[-2:]
            level = abs(ay - by) < 0.5 and abs(by - point[1]) < 0.5
            upright = abs(ax - bx) < 0.5 and abs(bx - point[0]) < 0.5
            if level or upright:
                found[-1] = point
                continue
        found.append(point)
    return tuple(found)


def _eccentricity(position: int, among: list[int]) -> float:
    """How far from the middle one stands among others."""
    return abs(sum(p < position for p in among) - (len(among) - 1) / 2)


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
