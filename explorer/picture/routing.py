"""Rows, channels and wires of a flat layout whose order and columns are known.

Between two rows of nodes lies a channel without nodes. Wires are upright where they pass a row and
bend only in channels, each bend on a track of its own: so no wire meets a node that it does not
belong to.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from itertools import chain, pairwise

from explorer.picture.grid import BESIDE, CLEAR, Arranged, Bypass, Grid, Point, Segment

TRACK = 9.0  # between two horizontal wires of a channel
ABOVE = 19.0  # channel above its first track: a label fits
BELOW = 15.0  # channel below its last track: an arrow head fits
SIDE = 22.0  # inside a box, left and right
ROW = 44.0  # nodes up to this height stand centred in their row
_BALANCE = 160.0  # kept free on the right, at most, because the title takes it on the left
_TRACKS = 12  # more horizontals than this share their tracks


def route(grid: Grid) -> Arranged:
    """Heights of rows and channels, and the wires through them."""
    return _Router(grid).route()


class _Router:
    """``sides`` are the segments that enter a circle from its side, by identity; ``tracks`` the
    track of each bent wire by (upper node, net); ``channels`` the height of each first track.
    ``joined`` and ``left`` say from where and to where a lane is drawn, by the identity of the
    segment that it arrives or leaves by."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._sides: set[int] = set()
        self._tracks: dict[tuple[int, int], int] = {}
        self._channels: list[float] = []
        self._joined: dict[int, float] = {}
        self._left: dict[int, float] = {}
        self._leaves: dict[int, list[float]] = {}

    def route(self) -> Arranged:
        """Heights of rows and channels, and the wires through them."""
        grid, flat, ranks = self._grid, self._grid.flat, self._grid.ranks
        lanes = -min(grid.aside, default=0)  # on the left
        edge = min(grid.left) - (SIDE + lanes * TRACK if lanes > 0 else 0.0)
        wide = max(x + w for x, w in zip(grid.left, grid.widths, strict=True)) - edge
        margin = SIDE if flat.header else 0.0
        if flat.tops and flat.header:
            first = min(grid.left[n] for n in range(flat.tops)) - edge
            margin = max(margin, flat.title - first)
        # Whole numbers keep lines crisp when nothing is scaled.
        grid.left = [float(round(x - edge + margin)) for x in grid.left]
        self._straighten()
        written = max(grid.left[n] + grid.label_end(n) for n in range(grid.real))
        if grid.aside:
            right = round(max(wide + margin, written) + SIDE)
            left = round(margin + lanes * TRACK)
            grid.left += [(right if at >= 0 else left) + at * TRACK for at in grid.aside]
            wide = max(wide, max(grid.left) - margin)
        balance = min(margin, _BALANCE)
        width = wide + margin + balance
        if flat.header:
            width = max(width, flat.title + SIDE, written)
        width = float(round(width))

        rows = [max((grid.height(n) for n in layer), default=0.0) for layer in grid.layers]
        self._find_sides()
        counts = self._find_tracks()
        tops: list[float] = []
        y = 0.0
        if flat.header and not flat.tops:
            y = flat.header
        for rank, row in enumerate(rows):
            tops.append(y)
            first_gap = flat.header if flat.header and flat.tops and rank == 0 else 0.0
            y += row + first_gap + (4.0 if first_gap else ABOVE)
            self._channels.append(y)
            y += max(counts[rank] - 1, 0) * TRACK + BELOW
        bottom = tops[-1] + rows[-1]
        if flat.header and not flat.bottoms:
            bottom += SIDE
        height = float(round(bottom))

        places: list[Point] = []
        for n in range(grid.real):
            size = grid.height(n)
            row = rows[ranks[n]]
            inset = (min(row, ROW) - size) / 2 if size < ROW else 0.0
            places.append((grid.left[n], float(round(tops[ranks[n]] + max(inset, 0.0)))))

        routes, skips, labels = [], [], []
        parts: dict[tuple[int, int], tuple[Point, ...]] = {}
        of_nets: list[list[Segment]] = [[] for _ in flat.nets]
        for s in grid.segments:
            of_nets[s.net].append(s)
        for n, net in enumerate(flat.nets):
            trunk, source, own = grid.trunks[n], net.source, of_nets[n]
            by_end = {(s.up, s.down): s for s in own}
            leaves = own[0] if own else grid.bypasses[n, 0].leaving
            x = grid.left[source] + leaves.leave  # the same for all of a net
            way: list[Point] = [(x, places[source][1] + grid.height(source))]
            ways, hops = [way], [way]  # down to each node of the trunk, and the last step there
            for up, down in pairwise(trunk):
                hops.append(self._hop(by_end[up, down]))
                way = list(plain([*way, *hops[-1]]))
                ways.append(way)
            found = []
            drawn = 0  # so far down the trunk
            for k, (target, _) in enumerate(net.targets):
                bypass = grid.bypasses.get((n, k))
                at = len(trunk) - 1 if bypass else ranks[target] - 1 - ranks[source]
                s = bypass.arriving if bypass else by_end[trunk[at], target]
                end = self._end(s, places[target][1])
                begin = min(at, drawn)
                part = [ways[begin][-1], *chain.from_iterable(hops[begin + 1 : at + 1])]
                drawn = max(at, drawn)
                if bypass:
                    turn = self._hop(bypass.leaving)
                    found.append(plain([*ways[at], *turn, *end]))
                    part = self._part([*part, *turn], bypass, end)
                else:
                    found.append(plain([*ways[at], *end]))
                    part += end
                if begin or bypass:
                    parts[n, k] = plain(part)
            routes.append(tuple(found))
            skips.append(tuple(ranks[t] - ranks[source] - 1 for t, _ in net.targets))
            low = tops[ranks[source]] + rows[ranks[source]]
            labels.append((x + BESIDE, low + 3.0, self._room(source, x, width)))
        return Arranged(
            width, height, tuple(places), tuple(routes), tuple(skips), tuple(labels), parts
        )

    def _end(self, s: Segment, top: float) -> list[Point]:
        """The corners of the last segment on the way to a node with this upper border."""
        grid, target = self._grid, s.down
        if id(s) not in self._sides:
            return [*self._hop(s), (grid.left[target] + s.enter, top)]
        x = grid.left[s.up] + s.leave
        right = x > grid.left[target] + grid.widths[target] / 2
        middle = top + grid.height(target) / 2
        return [(x, middle), (grid.left[target] + (grid.widths[target] if right else 0.0), middle)]

    def _part(self, begin: list[Point], bypass: Bypass, end: list[Point]) -> list[Point]:
        """What a way on a lane adds to those before it on the same; ``begin`` leads to the lane.
        A corner is where it is, so that it can be rounded."""
        (lane, y), (_, back) = begin[-1], end[0]
        leaving, arriving = id(bypass.leaving), id(bypass.arriving)
        if leaving in self._left:
            known = self._left[leaving]
            self._left[leaving] = max(known, back)
            return [(lane, min(known, back - TRACK)), *end]
        self._left[leaving] = back
        if arriving in self._joined:
            known = self._joined[arriving]
            self._joined[arriving] = min(known, y)
            return [*begin, (lane, known if y < known else y + TRACK)]
        self._joined[arriving] = y
        return [*begin, *end]

    def _straighten(self) -> None:
        """Rounding moved the ends of straight segments apart by less than a pixel: join them."""
        grid = self._grid
        for layer in grid.layers:
            for n in layer:
                for s in grid.below[n]:
                    if s.straight:
                        apart = grid.left[s.up] + s.leave - grid.left[s.down] - s.enter
                        grid.left[s.down] += apart

    def _hop(self, s: Segment) -> list[Point]:
        """The corners between two neighbouring ranks."""
        grid = self._grid
        x, to = grid.left[s.up] + s.leave, grid.left[s.down] + s.enter
        if abs(x - to) < 0.5:
            return [(to, self._channels[grid.ranks[s.up]])]
        y = self._channels[grid.ranks[s.up]] + self._tracks[s.up, s.net] * TRACK
        return [(x, y), (to, y)]

    def _find_tracks(self) -> list[int]:
        """A track for each bent wire of each channel; wires of one net share theirs. Returns how
        many each channel has.

        Of those going right the rightmost lies highest, of those going left the leftmost: so
        they do not cross each other.
        """
        grid = self._grid
        counts = [0] * len(grid.layers)
        spans: dict[tuple[int, int], list[float]] = {}
        for s in chain(grid.segments, grid.turns):
            x, to = grid.left[s.up] + s.leave, grid.left[s.down] + s.enter
            if abs(x - to) >= 0.5 and id(s) not in self._sides:
                spans.setdefault((s.up, s.net), [x]).append(to)
        by_rank: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for key in spans:
            by_rank[grid.ranks[key[0]]].append(key)
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
                self._tracks[key] = track
            counts[rank] = len(taken)
        return counts

    def _find_sides(self) -> None:
        """Let wires enter a circle from its side: one left, one right, and only where nothing
        stands between."""
        grid = self._grid
        for n in grid.flat.rounds:
            middle = grid.left[n] + grid.widths[n] / 2
            layer, at = grid.layers[grid.ranks[n]], grid.position[n]
            used = set()
            for s in grid.above[n]:
                x = grid.left[s.up] + s.leave
                right = x > middle
                if s.straight or right in used or abs(x - middle) < grid.widths[n] / 2 + 12.0:
                    continue
                beside = at + 1 if right else at - 1
                if 0 <= beside < len(layer):
                    near = layer[beside]
                    end = grid.left[near] + (0.0 if right else grid.widths[near])
                    if (x > end - 8.0) if right else (x < end + 8.0):
                        continue
                used.add(right)
                self._sides.add(id(s))

    def _room(self, n: int, x: float, width: float) -> float:
        """Free width right of a wire that leaves node ``n`` at ``x``."""
        grid = self._grid
        layer = grid.layers[grid.ranks[n]]
        further = [_next(self._leaving(n), x)]
        if grid.position[n] + 1 < len(layer):
            further.append(_next(self._leaving(layer[grid.position[n] + 1]), x))
        border = width if grid.flat.header else x + 200.0
        return min((end for end in further if end is not None), default=border) - x - CLEAR

    def _leaving(self, n: int) -> list[float]:
        """Where wires leave a node, from the left."""
        if n not in self._leaves:
            grid = self._grid
            self._leaves[n] = sorted(grid.left[n] + s.leave for s in grid.below[n])
        return self._leaves[n]


def _next(ends: list[float], x: float) -> float | None:
    """The first that is right of another."""
    at = bisect_right(ends, x + 1.0)
    return ends[at] if at < len(ends) else None


def plain(line: list[Point]) -> tuple[Point, ...]:
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
