"""What waits long: it moves down to its reader, or bypasses the ranks between on a lane.

A dummy for every rank that a value passes costs as much as its way is long, and hundreds of lines
side by side tell nothing. So the steps that a sequence is cut into stand where they are read, and
where many values wait for one reader (every step's output, stacked at the end), or many values of
one op for theirs, these share a lane beside all columns. If that is not enough, every long way
gets a lane of its own.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from heapq import heappush, heapreplace

from msgspec import Struct

from explorer.picture.grid import Flat, Net

_MANY = 16  # so many ways share a lane
_LONG = 3  # ranks: what waits for no more does not count
_FAR = 24  # ranks: a longer way gets its own lane, where there are
_CROWDED = (2000, 20)  # more dummies than these, and so many for each node

Way = tuple[int, int]  # a net, and the index of a target


class Lane(Struct, gc=False):
    """The ways that share a lane. ``reader`` is the node that they all lead to, ``source`` the one
    that they all come from, -1 where there is no such node; one of neither is of one net."""

    ways: list[Way]
    reader: int = -1
    source: int = -1


def sink(flat: Flat, ranks: list[int], leaving: list[list[int]]) -> None:
    """Move down what is made of one node alone, early, and read late: if it is many, a wire goes
    down to them and not one from each. ``leaving`` are the readers of each node."""
    count = len(ranks)
    read = [0] * count  # nets
    for net in flat.nets:
        for target, _ in net.targets:
            read[target] += 1
    alone = [n < count - flat.bottoms and read[n] == 1 for n in range(count)]
    low = list(ranks)
    for n in reversed(range(flat.tops, count)):
        if leaving[n]:
            low[n] = min(low[t] if alone[t] else ranks[t] for t in leaving[n]) - 1
    moves = [False] * count
    for n in range(count):
        if _many([low[t] - ranks[t] for t in leaving[n] if alone[t]]):
            for t in leaving[n]:
                moves[t] = alone[t]
    for n in range(count):
        if moves[n]:
            ranks[n] = low[n]
            for t in leaving[n]:
                moves[t] = moves[t] or alone[t]


def plan(flat: Flat, ranks: list[int]) -> list[Lane]:
    """The lanes of a box; most have none."""
    into: dict[int, dict[Way, int]] = defaultdict(dict)  # by reader: what waits, how many ranks
    out: dict[int, dict[int, int]] = defaultdict(dict)  # by source: its nets that wait
    dummies: list[int] = []  # of each net
    for n, net in enumerate(flat.nets):
        start = ranks[net.source]
        depths = [ranks[target] - start for target, _ in net.targets]
        first, deepest = min(depths), max(depths)
        dummies.append(deepest - 1)
        if deepest == 1:
            continue
        last = depths.index(deepest)
        target, port = net.targets[last]
        depths[last] = 0
        if port is None and (gap := deepest - max(depths)) > 1:
            into[target][n, last] = gap
        if net.offset is None and first > 1:
            out[net.source][n] = first
    lanes = _around_rows(flat, ranks)
    taken: set[Way] = {way for lane in lanes for way in lane.ways}
    for n in {n for n, _ in taken}:
        left = [ranks[t] for k, (t, _) in enumerate(flat.nets[n].targets) if (n, k) not in taken]
        dummies[n] = (
            max(left, default=ranks[flat.nets[n].source] + 1) - ranks[flat.nets[n].source] - 1
        )
    for target, waits in into.items():
        if _many([*waits.values()]) and taken.isdisjoint(waits):
            lanes.append(Lane([*waits], reader=target))
            taken.update(waits)
            for (n, _), gap in waits.items():
                dummies[n] = max(dummies[n] - gap, 0)
    for source, nets in out.items():
        ways = [(n, k) for n in nets for k in range(len(flat.nets[n].targets))]
        if _many([*nets.values()]) and taken.isdisjoint(ways):
            lanes.append(Lane(ways, source=source))
            taken.update(ways)
            for n in nets:
                dummies[n] = 0
    if sum(dummies) > _CROWDED[0] + _CROWDED[1] * len(ranks):
        for n, net in enumerate(flat.nets):
            if dummies[n] > _FAR and (far := _far(n, net, ranks, taken)):
                lanes.append(Lane(far))
    return lanes


def _around_rows(flat: Flat, ranks: list[int]) -> list[Lane]:
    """A lane for each net that passes a node in which time goes from left to right: those stand
    below each other, and nothing stands in their way."""
    passed = sorted({ranks[n] for n, _ in flat.rows})
    lanes = []
    for n, net in enumerate(flat.nets if passed else ()):
        first = bisect_right(passed, ranks[net.source])
        if first < len(passed):
            ways = [(n, k) for k, (t, _) in enumerate(net.targets) if ranks[t] > passed[first]]
            if ways:
                lanes.append(Lane(ways))
    return lanes


def _many(gaps: list[int]) -> bool:
    """Whether enough of them are long for a lane."""
    return len(gaps) >= _MANY and sum(gap > _LONG for gap in gaps) >= _MANY


def _far(n: int, net: Net, ranks: list[int], taken: set[Way]) -> list[Way]:
    """The ways of a net from where it passes many ranks without a reader."""
    depth = {(n, k): ranks[target] for k, (target, _) in enumerate(net.targets)}
    ways = sorted(depth.keys() - taken, key=depth.__getitem__)
    at = ranks[net.source]
    for i, way in enumerate(ways):
        if depth[way] - at > _FAR:
            return ways[i:]
        at = depth[way]
    return []


def places(spans: list[tuple[int, int]]) -> list[int]:
    """A place beside the columns for each lane, such that none meets another; a lane is given by
    the first and the last channel that it passes. What lies within another is nearer."""
    order = sorted(range(len(spans)), key=lambda i: (spans[i][0], -spans[i][1]))
    found = [0] * len(spans)
    free: list[tuple[int, int]] = []  # (last channel that is used, place)
    for i in order:
        first, last = spans[i]
        if free and free[0][0] < first:
            found[i] = free[0][1]
            heapreplace(free, (last, found[i]))
        else:
            found[i] = len(free)
            heappush(free, (last, found[i]))
    return [len(free) - 1 - place for place in found]
