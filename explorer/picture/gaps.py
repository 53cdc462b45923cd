"""The gaps between the columns of a loop, and what goes from step to step through them.

A gap lies between two columns, and one before the first and one after the last. A state passes it
level where it can, or on an upright track of its own. No column reaches into a gap, so no wire
meets a node that it does not belong to.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from explorer.picture.columns import Column, Columns, Frame, Key
from explorer.picture.grid import Point
from explorer.picture.layered import NODE_GAP
from explorer.picture.routing import TRACK, plain

PORT = 24.0  # between two wires that come from outside
RAIL = 14.0  # between a rail and what is above or below it
TURN = 7.0  # between a node's border and a wire that passes it above or below
_GAP = 48.0  # between two columns: a name fits above an arrow
_LETTER = 7.0  # the room that a letter of a name needs
_STEP = 14.0  # between two states that go into a node


class Side(NamedTuple):
    """How a wire gets from a node to the border of its column, and its height there."""

    line: list[Point]
    level: float


class Gaps:
    """``ends`` are those of each wire from column to column; ``given`` are where states go into the
    first step, the highest first, ``gives`` where they leave the last, the lowest first."""

    def __init__(self, loop: Columns) -> None:
        self._loop = loop
        # what goes into a node and out of it at a side: nets, with the number of their state
        self._into: dict[int, dict[int, int]] = defaultdict(dict)
        self._outof: dict[int, dict[int, int]] = defaultdict(dict)
        self._tracks: dict[tuple[int, int], int] = {}  # by gap and net
        self._used: dict[int, int] = defaultdict(int)  # tracks of each gap
        self._over: dict[Key, int] = {}  # lanes above all columns
        self.ends: dict[Key, tuple[Side, Side]] = {}
        self._plan()
        self._place()

    @property
    def lanes(self) -> int:
        """How many wires pass above columns."""
        return 1 + max(self._over.values(), default=-1)

    @property
    def levels(self) -> list[float]:
        """The heights, below the top of the columns, that wires beside reach."""
        sides = [side for pair in self.ends.values() for side in pair]
        sides += [*self.given.values(), *self.gives.values()]
        return [y for side in sides for _, y in side.line]

    def moved(self, line: list[Point], column: Column) -> list[Point]:
        """A line beside a column, from the corner of the loop."""
        return [(column.x + x, self._loop.top + y) for x, y in line]

    def route(self) -> None:
        """The wires from column to column."""
        loop = self._loop
        drawn: dict[int, float] = {}
        for (n, k), (out, into) in self.ends.items():
            source, target = loop.flat.nets[n].source, loop.target((n, k))
            begins, ends = loop.home[source], loop.home[target]
            right = ends > begins
            begin = self.moved(out.line, loop.of(source))
            end = self.moved(into.line, loop.of(target))
            line, turn = [*begin], begin[-1][0]
            last = turn  # from where it leads straight to the column of its target
            if (begins + right, n) in self._tracks:
                x = turn = self._upright(begins + right, n)
                line.append((x, begin[-1][1]))
                if (n, k) in self._over:
                    y = loop.top - TURN - TRACK * self._over[n, k]
                    back, x = x, self._upright(ends + (not right), n)
                    line += [(back, y), (x, y)]
                    last = x
                line.append((x, end[0][1]))
            line += end
            loop.routes[n, k] = plain(line)
            if drawn.get(n) == turn:
                loop.parts[n, k] = plain(line[len(begin) :])
            drawn[n] = turn
            apart = self._shift((n, k)) if len(end) > 2 else 0.0  # as two names are, not two levels
            middle = (last + end[0][0]) / 2 + apart
            if begin[-1][1] < end[0][1] and turn not in (begin[-1][0], end[0][0]):
                middle = line[-len(end) - 1][0] + (7.5 if right else -7.5)  # it comes from above
            loop.beside[n, k] = self.name_at((n, k), line[-len(end) - 1][0], middle, end)

    def over(self) -> dict[int, list[tuple[float, float, float]]]:
        """What goes into nodes from above, by column: its height, from left to right."""
        loop = self._loop
        found: dict[int, list[tuple[float, float, float]]] = defaultdict(list)
        sides = {key: into for key, (_, into) in self.ends.items()} | self.given
        for key, side in sides.items():
            if len(side.line) > 2:
                at = loop.home[loop.target(key)]
                (ax, level), (bx, _), _ = side.line
                x, y = loop.columns[at].x, loop.top + level
                found[at].append((y, x + min(ax, bx), x + max(ax, bx)))
        return found

    def name_at(
        self, key: Key, x: float, middle: float, end: list[Point], letters: int = 1
    ) -> Point:
        """A place for the name of a state, ``middle`` or better, between its last turn at ``x`` and
        the column of its target. Where several go into that from above, too close for names
        between them, that of the lowest stands below it."""
        states = set(self._into[self._loop.target(key)].values())
        border, level = end[0]
        way = 1.0 if border > x else -1.0
        lowest = len(end) > 2 and len(states) > 1 and self._shift(key) == 8.0 * min(states)
        if lowest and abs(border - x) >= 4.0 + _LETTER * letters:
            return x + way * (4.0 + _LETTER * letters / 2), level + 15.0
        return middle, level

    # ------------------------------------------------------------------ at a column

    def _leave(self, key: Key, right: bool) -> Side:
        """From its source to the border of the column."""
        net = self._loop.flat.nets[key[0]]
        frame = left, _, end, bottom = self._loop.frames[net.source]
        border = self._loop.of(net.source).laid.width if right else 0.0
        level = self._level(self._outof, net.source, key[0], frame)
        if net.offset is None and self._is_free(net.source, level, right):
            return Side([(end if right else left, level), (border, level)], level)
        aside = min(self._shift(key), (end - left) / 2 - 6.0)
        x = (left + end) / 2 + aside if net.offset is None else left + net.offset
        level = self._past(net.source, x, bottom, right, 1.0) + self._shift(key) / 2
        return Side([(x, bottom), (x, level), (border, level)], level)

    def _enter(self, key: Key, right: bool) -> Side:
        """From the border of the column to its target; what goes ``right`` comes from the left."""
        n, k = key
        target, offset = self._loop.flat.nets[n].targets[k]
        frame = left, top, end, _ = self._loop.frames[target]
        border = 0.0 if right else self._loop.of(target).laid.width
        level = self._level(self._into, target, n, frame)
        if offset is None and self._is_free(target, level, not right):
            return Side([(border, level), (left if right else end, level)], level)
        aside = min(8.0 + self._shift(key), (end - left) / 2 - 6.0)
        x = (left + end) / 2 - aside if offset is None else left + offset
        level = self._past(target, x, top, not right, -1.0) - self._shift(key) / 2
        return Side([(border, level), (x, level), (x, top)], level)

    def _shift(self, key: Key) -> float:
        """States that pass a node side by side do so one beside the other."""
        return 8.0 * min(self._loop.state.get(key[0], 0), 3)

    def _level(self, sides: dict[int, dict[int, int]], node: int, net: int, frame: Frame) -> float:
        """The height at which a state goes into a node or out of it: the same for both."""
        middle = (frame[1] + frame[3]) / 2
        if node in self._loop.flat.rounds or len(sides[node]) < 2:
            return middle
        states = sorted(set(sides[node].values()))
        step = min(_STEP, (frame[3] - frame[1] - 8.0) / len(states))
        return middle + (states.index(sides[node][net]) - (len(states) - 1) / 2) * step

    def _is_free(self, node: int, level: float, right: bool) -> bool:
        """Whether nothing stands between a node and the border of its column."""
        frames = self._loop.frames
        left, _, end, _ = frames[node]
        for other in self._loop.of(node).nodes:
            begins, top, ends, bottom = frames[other]
            if (
                top - 4.0 < level < bottom + 4.0
                and (begins >= end if right else ends <= left)
            ):  # fmt: skip
                return False
        return True

    def _past(self, node: int, x: float, border: float, right: bool, down: float) -> float:
        """The height above or below a node at which nothing stands on the way out."""
        others = self._others(node)
        on_way = [one for one in others if (one[2] > x if right else one[0] < x)]
        level = border + down * TURN
        meets = True
        while meets:
            meets = False
            for _, top, _, bottom in on_way:
                if top - 4.0 < level < bottom + 4.0:
                    level = bottom + TURN if down > 0 else top - TURN
                    meets = True
        return level

    def _others(self, node: int) -> list[Frame]:
        return [self._loop.frames[n] for n in self._loop.of(node).nodes if n != node]

    # ------------------------------------------------------------------ gaps

    def _plan(self) -> None:
        """Give a track in a gap to each wire that cannot pass it level."""
        loop = self._loop
        for n, k in (*loop.across, *loop.given, *loop.gives):
            state = loop.state.get(n, len(loop.flat.nets) + n)
            self._outof[loop.flat.nets[n].source][n] = state
            self._into[loop.target((n, k))][n] = state
        self._share_lanes()
        for n, k in loop.across:
            begins, ends = loop.home[loop.flat.nets[n].source], loop.home[loop.target((n, k))]
            right = ends > begins
            out, into = self._leave((n, k), right), self._enter((n, k), right)
            self.ends[n, k] = out, into
            if (n, k) not in self._over and abs(out.level - into.level) < 0.5:
                continue
            for gap in (begins + right, ends + (not right)):
                if (gap, n) not in self._tracks:
                    self._tracks[gap, n] = self._used[gap]
                    self._used[gap] += 1
        given = {key: self._enter(key, loop.rightwards) for key in loop.given}
        gives = {key: self._leave(key, loop.rightwards) for key in loop.gives}
        self.given = dict(sorted(given.items(), key=lambda one: one[1].level))
        self.gives = dict(sorted(gives.items(), key=lambda one: -one[1].level))

    def _share_lanes(self) -> None:
        """Give a lane above all columns to each wire over more than one gap. Those that have no
        gap in common may lie in the same."""
        loop = self._loop
        far: list[tuple[int, int, Key]] = []
        for n, k in loop.across:
            begins, ends = loop.home[loop.flat.nets[n].source], loop.home[loop.target((n, k))]
            if abs(ends - begins) > 1:
                far.append((min(begins, ends), max(begins, ends), (n, k)))
        until: list[int] = []  # in which column what is in a lane ends
        for begins, ends, key in sorted(far):
            lane = next((at for at, end in enumerate(until) if end <= begins), len(until))
            until[lane : lane + 1] = [ends]
            self._over[key] = lane

    def _place(self) -> None:
        """Place the columns, with room in the gaps for what goes through them."""
        loop = self._loop
        count = len(loop.columns)
        most = max((self._used[gap] for gap in range(1, count)), default=0)
        self.gap = max(_GAP, 2 * RAIL + TRACK * most)
        sides = (0, len(loop.columns)) if loop.rightwards else (len(loop.columns), 0)
        margins = [
            NODE_GAP * (len({n for n, _ in some}) + aside) + TRACK * self._used[gap] + RAIL
            for some, gap, aside in ((self.given, sides[0], 0.0), (self.gives, sides[1], 0.5))
            if some or self._used[gap]
        ]
        margin = max(margins, default=0.0)
        inner = sum(column.laid.width + self.gap for column in loop.columns) - self.gap
        spare = max(0.0, self._wide(loop.heads) - inner, self._wide(loop.feet) - inner)
        x = float(round(margin + spare / 2))
        loop.before = x
        for column in loop.columns:
            column.x = x
            x += column.laid.width + self.gap
        loop.after = x - self.gap
        self.width = float(round(2 * margin + inner + spare))

    def _wide(self, nodes: list[int]) -> float:
        """How wide some nodes are side by side, with room for wires that pass them."""
        wide = sum(self._loop.flat.sizes[n][0] + NODE_GAP for n in nodes)
        return wide + 8 * PORT if nodes else 0.0

    def _upright(self, gap: int, net: int) -> float:
        """Where a track of a gap is."""
        loop, at = self._loop, self._tracks[gap, net]
        if gap == 0:
            return loop.before - RAIL - TRACK * at
        if gap == len(loop.columns):
            return loop.after + RAIL + TRACK * at
        middle = loop.columns[gap].x - self.gap / 2
        return middle + (at - (self._used[gap] - 1) / 2) * TRACK
