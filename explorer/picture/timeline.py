"""Loops over time, laid out as in every textbook: the steps from left to right.

Each step is a column, which is laid out as any box is, from above to below. What goes from step to
step leaves at one side and enters at the other, through the gap between two columns. A sequence
that is cut into slices, and one that is joined of the results of all steps, is one rail with a
branch for each step. To what is around it a loop is one node without a border.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from explorer.picture import layered
from explorer.picture.grid import Arranged, Flat, Net, Point
from explorer.picture.loop import arrange_loop
from explorer.picture.routing import plain
from explorer.picture.soundness import is_sound


def arrange(flat: Flat) -> Arranged:
    """Lay out one box, with loops over time or without."""
    if not flat.steps:
        return layered.arrange(flat)
    return _unrolled(flat)


class _Split(NamedTuple):
    """A box with its loops taken out. ``home`` is the loop of each node, -1 if it is in none;
    ``outer`` and ``inner`` what each is numbered as, around the loops and in its own."""

    home: list[int]
    outer: list[int]
    inner: list[int]
    loops: dict[int, int]  # the number of each loop, around


def _unrolled(flat: Flat) -> Arranged:
    """With its loops, where that can be drawn soundly; else as any box is: better plain than
    wrong."""
    split = _split(flat)
    if split is not None:
        made = _Joined(flat, split).arranged()
        if is_sound(flat, made):
            return made
    return layered.arrange(replace(flat, steps=(), states=()))


def _split(flat: Flat) -> _Split | None:
    """Tell loops from what is around them; None if something goes out of one and back in."""
    count = len(flat.sizes)
    home = [loop for loop, _ in flat.steps]
    sources: list[set[int]] = [set() for _ in range(count)]
    targets: list[set[int]] = [set() for _ in range(count)]
    leaving = [0] * count
    ported: set[int] = set()  # open boxes: their wires have places of their own
    for net in flat.nets:
        leaving[net.source] += 1
        if net.offset is not None:
            ported.add(net.source)
        for target, at in net.targets:
            sources[target].add(net.source)
            targets[net.source].add(target)
            if at is not None:
                ported.add(target)
    for n in range(flat.tops, count - flat.bottoms):
        if home[n] >= 0 or n in ported:
            continue
        home[n] = _loop_of(flat, targets[n]) if leaving[n] > 1 else -1
        if home[n] < 0:
            home[n] = _loop_of(flat, sources[n])
    outer, inner = [-1] * count, [-1] * count
    loops: dict[int, int] = {}
    sizes: dict[int, int] = {}
    after = [loop >= 0 for loop in home]  # it is in a loop, or made of what one gives
    for n in range(count):
        if not after[n]:
            after[n] = n >= count - flat.bottoms or any(after[m] for m in sources[n])
    number = 0
    for n in sorted(range(count), key=after.__getitem__):
        loop = flat.steps[n][0]
        if loop >= 0 and loop not in loops:
            loops[loop] = number
            number += 1
        if home[n] >= 0:
            inner[n] = sizes.get(home[n], 0)
            sizes[home[n]] = inner[n] + 1
        else:
            outer[n] = number
            number += 1
    outer = [loops[home[n]] if home[n] >= 0 else outer[n] for n in range(count)]
    for net in flat.nets:
        for target, _ in net.targets:
            if home[net.source] >= 0 and home[net.source] == home[target]:
                continue
            if outer[net.source] >= outer[target]:
                return None
    return _Split(home, outer, inner, loops)


def _loop_of(flat: Flat, nodes: set[int]) -> int:
    """The loop that all of some nodes are in, in columns of their own; else -1."""
    found = {flat.steps[n] for n in nodes}
    loops = {loop for loop, _ in found}
    return loops.pop() if len(loops) == 1 and len(found) > 1 else -1


class _Joined:
    """Each loop is laid out, then what is around them, then both are one again."""

    def __init__(self, flat: Flat, split: _Split) -> None:
        self.flat = flat
        self.split = split
        # of each loop: its nets with their targets in it, and the numbers of those that come or go
        self.nets: dict[int, dict[int, list[int]]] = {loop: {} for loop in split.loops}
        self.tops: dict[int, dict[int, int]] = {loop: {} for loop in split.loops}
        self.bottoms: dict[int, dict[int, int]] = {loop: {} for loop in split.loops}
        for n, net in enumerate(flat.nets):
            source = split.home[net.source]
            within: dict[int, list[int]] = {}
            for k, (target, _) in enumerate(net.targets):
                within.setdefault(split.home[target], []).append(k)
            if source >= 0 and within.keys() - {source}:
                self.bottoms[source][n] = len(self.bottoms[source])
                within.setdefault(source, [])
            for loop, some in within.items():
                if loop >= 0:
                    self.nets[loop][n] = some
                    if loop != source:
                        self.tops[loop][n] = len(self.tops[loop])

    def arranged(self) -> Arranged:
        """The whole box."""
        flat, split = self.flat, self.split
        made = {loop: self._loop(loop) for loop in split.loops}
        around, of_net = self._around(made)
        places: list[Point] = []
        for n, loop in enumerate(split.home):
            x, y = around.places[split.outer[n]]
            if loop >= 0:
                dx, dy = made[loop].places[len(self.tops[loop]) + split.inner[n]]
                x, y = x + dx, y + dy
            places.append((x, y))
        inside = {loop: {n: at for at, n in enumerate(nets)} for loop, nets in self.nets.items()}
        corner = {loop: around.places[number] for loop, number in split.loops.items()}

        def within(loop: int, line: tuple[Point, ...] | None) -> tuple[Point, ...]:
            x, y = corner[loop]
            return tuple((x + px, y + py) for px, py in line or ())

        def moved(
            loop: int, label: tuple[float, float, float]
        ) -> tuple[float, float, float]:  # fmt: skip
            x, y = corner[loop]
            return x + label[0], y + label[1], label[2]

        routes, skips, labels = [], [], []
        parts: dict[tuple[int, int], tuple[Point, ...]] = {}
        beside: dict[tuple[int, int], Point] = {}
        for n, net in enumerate(flat.nets):
            source = split.home[net.source]
            if n not in of_net:  # all of it is in one loop
                at, one = inside[source][n], made[source]
                routes.append(tuple(within(source, line) for line in one.routes[at]))
                skips.append(one.skips[at])
                labels.append(moved(source, one.labels[at]))
                for k in range(len(net.targets)):
                    if (at, k) in one.parts:
                        parts[n, k] = within(source, one.parts[at, k])
                    if (at, k) in one.beside:
                        (beside[n, k],) = within(source, (one.beside[at, k],))
                continue
            drawn: set[object] = set()  # the ways in or out that are drawn already
            found, passed = [], []
            for k, (target, _) in enumerate(net.targets):
                ends = split.home[target]
                whole: list[Point] = []
                part: list[Point] = []
                shared, ranks = False, 0
                if source >= 0:
                    at = inside[source][n]
                    some = self.nets[source][n] if ends == source else []
                    j = some.index(k) if ends == source else len(made[source].routes[at]) - 1
                    whole += within(source, made[source].routes[at][j])
                    own = made[source].parts.get((at, j))
                    if ("out", source) in drawn and ends != source:
                        shared = True
                    else:
                        part += within(source, own or made[source].routes[at][j])
                        shared = own is not None
                    if ends != source:
                        drawn.add(("out", source))
                    elif (at, j) in made[source].beside:
                        (place,) = within(source, (made[source].beside[at, j],))
                        beside[n, k] = place
                if source < 0 or ends != source:
                    at, way = of_net[n], self._way(n, k)
                    whole += around.routes[at][way]
                    own = around.parts.get((at, way))
                    if (ends, way) in drawn:
                        shared = True
                    else:
                        part += own or around.routes[at][way]
                        shared = shared or own is not None
                    drawn.add((ends, way))
                    ranks = around.skips[at][way]
                    if ends >= 0:
                        at = inside[ends][n]
                        j = self.nets[ends][n].index(k)
                        whole += within(ends, made[ends].routes[at][j])
                        own = made[ends].parts.get((at, j))
                        part += within(ends, own or made[ends].routes[at][j])
                        shared = shared or own is not None
                        if (at, j) in made[ends].beside:
                            (place,) = within(ends, (made[ends].beside[at, j],))
                            beside[n, k] = place
                found.append(plain(whole))
                passed.append(ranks)
                if shared and part:
                    parts[n, k] = plain(part)
            routes.append(tuple(found))
            skips.append(tuple(passed))
            if source >= 0:
                labels.append(moved(source, made[source].labels[inside[source][n]]))
            else:
                labels.append(around.labels[of_net[n]])
        heads = {
            (loop, column): within(loop, (at,))[0]
            for loop, one in made.items()
            for (_, column), at in one.heads.items()
        }
        return Arranged(
            around.width, around.height, tuple(places), tuple(routes), tuple(skips), tuple(labels),
            parts, beside, heads,
        )  # fmt: skip

    def _loop(self, loop: int) -> Arranged:
        """One loop by itself."""
        flat, split = self.flat, self.split
        nodes = [n for n, home in enumerate(split.home) if home == loop]
        tops, bottoms = self.tops[loop], self.bottoms[loop]
        first, after = len(tops), len(tops) + len(nodes)
        nets = []
        for n, some in self.nets[loop].items():
            net = flat.nets[n]
            targets = [(first + split.inner[t], at) for t, at in map(net.targets.__getitem__, some)]
            if split.home[net.source] == loop:
                source, offset = first + split.inner[net.source], net.offset
                if n in bottoms:
                    targets.append((after + bottoms[n], None))
            else:
                source, offset = tops[n], None
            nets.append(Net(source, offset, tuple(targets)))
        number = {n: at for at, n in enumerate(self.nets[loop])}
        return arrange_loop(
            Flat(
                ((0.0, 0.0),) * first
                + tuple(flat.sizes[n] for n in nodes)
                + ((0.0, 0.0),) * len(bottoms),
                tuple(nets), first, len(bottoms),
                frozenset(first + split.inner[n] for n in nodes if n in flat.rounds),
                steps=((-1, -1),) * first
                + tuple(flat.steps[n] for n in nodes)
                + ((-1, -1),) * len(bottoms),
                states=tuple(
                    (0, number[n], state)
                    for of, n, state in flat.states
                    if of == loop and n in number
                ),
            )
        )  # fmt: skip

    def _way(self, n: int, k: int) -> int:
        """Which way around the loops leads to a target: several in one loop share theirs."""
        return self._ways[n].index(self._key(n, k))

    def _key(self, n: int, k: int) -> tuple[int, int]:
        target = self.flat.nets[n].targets[k][0]
        loop = self.split.home[target]
        return (1, loop) if loop >= 0 else (0, k)

    def _around(self, made: dict[int, Arranged]) -> tuple[Arranged, dict[int, int]]:
        """What is around the loops, and the number that each net has there."""
        flat, split = self.flat, self.split
        ports = {loop: dict(zip(self.tops[loop], made[loop].places, strict=False)) for loop in made}
        ends = {
            loop: dict(zip([*self.bottoms[loop]][::-1], made[loop].places[::-1], strict=False))
            for loop in made
        }
        self._ways: dict[int, list[tuple[int, int]]] = {}
        nets: list[Net] = []
        of_net: dict[int, int] = {}
        for n, net in enumerate(flat.nets):
            source = split.home[net.source]
            keys = [
                self._key(n, k)
                for k, (target, _) in enumerate(net.targets)
                if source < 0 or split.home[target] != source
            ]
            self._ways[n] = ways = list(dict.fromkeys(keys))
            if not ways:
                continue
            targets: list[tuple[int, float | None]] = []
            for inside, at in ways:
                if inside:
                    targets.append((split.loops[at], ports[at][n][0]))
                else:
                    target, offset = net.targets[at]
                    targets.append((split.outer[target], offset))
            offset = net.offset if source < 0 else ends[source][n][0]
            of_net[n] = len(nets)
            nets.append(Net(split.outer[net.source], offset, tuple(targets), net.label))
        sizes: dict[int, tuple[float, float]] = {}
        for n, number in enumerate(split.outer):
            loop = split.home[n]
            sizes[number] = (made[loop].width, made[loop].height) if loop >= 0 else flat.sizes[n]
        rows = [(split.outer[n], begins) for n, begins in flat.rows]
        for loop, number in split.loops.items():
            first, column = len(self.tops[loop]), flat.steps.index((loop, 0))
            rows.append((number, made[loop].places[first + split.inner[column]][0]))
        rounds = {split.outer[n] for n in flat.rounds if split.home[n] < 0}
        outer = Flat(
            tuple(sizes[n] for n in range(len(sizes))), tuple(nets), flat.tops, flat.bottoms,
            frozenset(rounds), flat.header, flat.title, rows=tuple(sorted(rows)),
        )  # fmt: skip
        return layered.arrange(outer), of_net
