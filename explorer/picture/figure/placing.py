"""The figure as data: where each volume and each column of neurons stands, and what joins them.

Units are those of the map. The main stream goes from left to right, around a middle line.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Literal, NamedTuple

from explorer.core.graph import Recording
from explorer.core.ops import op
from explorer.picture.caption import letters
from explorer.picture.figure.grouping import Group
from explorer.picture.figure.stream import Form, Stage, Stream, shape_of
from explorer.picture.readout import axis_labels

SHOWN = 40  # neurons of a column at most
_KEPT = 32  # of a longer one, half of them at either end
OBLIQUE = (0.34, 0.26)  # right and up, for a unit of depth
_SIDE, _LEAST_SIDE = 270.0, 12.0  # of the largest volume, and of the smallest
_THICK, _LEAST_THICK = 46.0, 4.0
_CHANNELS = 16  # so many at least are as thick as that
_HIGH, _BESIDE = 560.0, 480.0  # of a column of many neurons, and of one beside volumes
_APART = 70.0  # from neuron to neuron at most
_WIDE = 640.0  # of a figure, where columns of neurons may stand apart …
_LEAST, _MOST = 108.0, 150.0  # … by as much as this
_GAP = 34.0  # between volumes
_MANY = 9  # volumes: so many stand …
_DENSE = 20.0  # … as close as this, whatever is written below them …
_PACK = 8.0  # … and those alike as close as this
_LINE = 25.0  # height of a line of a caption, small as the figure may be
_LINES = 4  # of a caption at most, without the shape
_TITLE, _LETTER = 7.5, 6.5  # mean width of a letter of a caption's first line, and of others
_NAME = 7.2
_ARC = 26.0  # height of a way around, above what it goes around
_MARGIN = 24.0

Joint = Literal["weights", "kernel", "whole", "flatten", "plain"]


class Piece(NamedTuple):
    """A volume or a column of neurons, for the events ``first … last`` (-1 of the input).

    ``x`` is its left edge, of neurons their middle; ``y`` the upper edge of its front. A volume is
    ``width`` × ``height`` × ``depth``. Of a column, ``neurons`` are those shown, with ``offsets``
    from ``y`` to the middle of each, and ``radius``. ``kind`` is the class of the block it stands
    for, ``times`` how many equal ones; ``active`` tells that an activation ends it.
    """

    stage: Stage
    first: int
    last: int
    x: float
    y: float
    width: float
    height: float
    depth: float
    lines: tuple[str, ...]
    shape: tuple[str, ...]
    kind: str = ""
    times: int = 1
    neurons: tuple[int, ...] = ()
    offsets: tuple[float, ...] = ()
    radius: float = 0.0
    names: tuple[str, ...] = ()
    active: bool = False

    @property
    def form(self) -> Form:
        """Of the value that it shows."""
        return self.stage.form

    @property
    def is_column(self) -> bool:
        """Whether it is neurons, not a volume."""
        return bool(self.neurons)

    @property
    def hidden(self) -> int:
        """How many neurons are left out."""
        return self.form.channels - len(self.neurons) if self.is_column else 0

    @property
    def split(self) -> bool:
        """Whether its neurons have two halves: before and after the activation."""
        return self.is_column and self.single and self.stage.halved

    @property
    def single(self) -> bool:
        """Whether it is one stage, and no block of several."""
        return not self.kind and self.times == 1

    @property
    def right(self) -> float:
        """Its right edge, with what recedes."""
        if self.is_column:
            return self.x + self.radius
        return self.x + self.width + self.depth * OBLIQUE[0]

    @property
    def top(self) -> float:
        """Its upper edge, with what recedes."""
        return self.y - (0.0 if self.is_column else self.depth * OBLIQUE[1])

    @property
    def crown(self) -> float:
        """The middle of its upper edge, from left to right."""
        return self.x if self.is_column else (self.x + self.right) / 2


class Link(NamedTuple):
    """What leads from piece ``at`` to the next. ``kernel`` is the part (down, across) of the volume
    before that one cell after it looks at."""

    at: int
    joint: Joint
    kernel: tuple[float, float] = (1.0, 1.0)


class Way(NamedTuple):
    """A way around from one piece to another, and the ``events`` on it."""

    start: int
    end: int
    events: tuple[int, ...]
    label: str


class Arc(NamedTuple):
    """A way around, from piece ``start`` to ``end``, whose upper part is at ``y``; the ``events``
    on it, none on a plain residual way."""

    start: int
    end: int
    y: float
    events: tuple[int, ...]
    label: str


class Caption(NamedTuple):
    """What is written below pieces ``first … last``, around ``x`` and no wider than ``room``."""

    first: int
    last: int
    x: float
    room: float


@dataclass(frozen=True)
class Figure:
    """A whole figure: ``captions`` begin at ``foot``. It is of the first of some ``samples``."""

    pieces: tuple[Piece, ...]
    links: tuple[Link, ...]
    arcs: tuple[Arc, ...]
    captions: tuple[Caption, ...]
    foot: float
    top: float
    width: float
    height: float
    samples: int = 1

    @cached_property
    def _firsts(self) -> list[int]:
        return [piece.first for piece in self.pieces]

    @cached_property
    def _around(self) -> dict[int, int]:
        return {event: n for n, arc in enumerate(self.arcs) for event in arc.events}

    def piece_of(self, event: int) -> int:
        """The piece that an event makes, or is a part of."""
        return max(0, bisect_right(self._firsts, event) - 1)

    def arc_of(self, event: int) -> int | None:
        """The way around that an event is on."""
        return self._around.get(event)


def place(
    recording: Recording, stream: Stream, groups: Sequence[Group], ways: Sequence[Way]
) -> Figure:
    """Place the groups of a stream, and the ways around them."""
    stages = [stream.stages[group.last] for group in groups]
    volumes = [stage.form for stage in stages if stage.form.sizes]
    scale = _Scale(
        max((max(form.sizes[-2:]) for form in volumes), default=1),
        max((form.channels for form in volumes), default=_CHANNELS),
        _BESIDE if volumes else _HIGH,
    )
    dense = len(volumes) >= _MANY
    pieces: list[Piece] = []
    captions: list[Caption] = []
    columns = len(stages) - len(volumes)  # still to come
    x, before = _MARGIN, None
    for group, stage in zip(groups, stages, strict=True):
        piece = _piece(recording, stream, group, stage, scale)
        packed = before is not None and dense and _packs(before, piece)
        others = [_LETTER * letters(text) for text in (*piece.lines[1:], piece.shape[-1])]
        room = 0.0 if dense else 1.0 + max(_TITLE * letters(piece.lines[0]), *others)
        if packed and before is not None:
            x = before.x + before.width + _PACK
        elif piece.is_column:
            names = max((_NAME * letters(name) for name in piece.names), default=0.0)
            left = names if not pieces else 0.0
            columns -= 1
            if before is None:
                x = max(x + left + piece.radius, _MARGIN + room / 2)
            else:
                stride = min(max((_WIDE - before.right) / (columns + 1), _LEAST), _MOST)
                beside = captions[-1].x + captions[-1].room / 2 + room / 2
                x = max(before.right + stride, beside)
        else:
            if before is not None:
                last = captions[-1]
                wide = piece.right - piece.x
                gap = _LEAST / 2 if before.is_column else _DENSE if dense else _GAP
                x = max(before.right + gap, last.x + last.room / 2 + (room - wide) / 2)
            else:
                x = max(x, _MARGIN + (room - (piece.right - piece.x)) / 2)
        piece = piece._replace(x=x)
        pieces.append(piece)
        number = len(pieces) - 1
        if packed:
            first = captions[-1].first
            middle = (pieces[first].x + piece.right) / 2
            captions[-1] = Caption(first, number, middle, captions[-1].room)
        else:
            captions.append(Caption(number, number, piece.crown, room + 12.0))
        before = piece
    links = tuple(_link(n, one, other) for n, (one, other) in enumerate(pairwise(pieces)))
    arcs = _arcs(ways, pieces)
    foot = max(piece.y + piece.height for piece in pieces) + 16.0
    top = min([piece.top for piece in pieces] + [arc.y - 14.0 for arc in arcs]) - _MARGIN
    end = pieces[-1]
    names = max((_NAME * letters(name) for name in end.names), default=0.0) + 60.0
    right = max(end.right + (names if end.names else 0.0), captions[-1].x + captions[-1].room / 2)
    captions = _widened(captions)
    lines = max(len(piece.lines) for piece in pieces) + 1
    return Figure(
        tuple(pieces), links, arcs, tuple(captions), foot, top,
        right + _MARGIN, foot + _LINE * lines + _MARGIN - top, stream.samples,
    )  # fmt: skip


class _Scale(NamedTuple):
    """The largest side and the most channels: lengths go by the root of their share in these, so
    7 × 7 × 512 can be read beside 224 × 224 × 3. ``high`` is a column of many neurons."""

    side: int
    channels: int
    high: float

    def length(self, cells: int) -> float:
        return max(_LEAST_SIDE, _SIDE * math.sqrt(cells / self.side))

    def thickness(self, channels: int) -> float:
        share = channels / max(self.channels, _CHANNELS)
        return max(_LEAST_THICK, _THICK * math.sqrt(share))


def _piece(
    recording: Recording, stream: Stream, group: Group, stage: Stage, scale: _Scale
) -> Piece:
    events = [n for one in stream.stages[group.first : group.last + 1] for n in one.events]
    first, last = min(events, default=-1), max(events, default=-1)
    form, value = stage.form, recording.values[stage.value]
    after = (op(recording.events[index].op).family for index in stage.events[1:])
    active = "activation" in after
    full = shape_of(value, form)
    short = "×".join(map(str, ((form.channels,) if form.axis >= 0 else ()) + form.sizes)) or "1"
    lines = group.lines
    if len(lines) > _LINES:
        lines = (*lines[: _LINES - 1], f"{lines[_LINES - 1]} …")
    if group.times > 1:
        lines = (f"{lines[0]} ×{group.times}", *lines[1:])
    shape = tuple(dict.fromkeys((full, short)))
    if form.sizes:
        across = form.sizes[-1] if len(form.sizes) > 1 else 1
        down = form.sizes[-2] if len(form.sizes) > 1 else form.sizes[0]
        high, deep = scale.length(down), scale.length(across)
        wide = scale.thickness(form.channels)
        y = -high / 2 + deep * OBLIQUE[1] / 2
        return Piece(stage, first, last, 0.0, y, wide, high, deep, lines, shape,
                     group.kind, group.times, active=active)  # fmt: skip
    neurons, slots = _shown(form.channels)
    step = min(scale.high / (slots[-1] + 1), _APART)
    radius = 0.43 * step
    high = (slots[-1] + 1) * step
    offsets = tuple((slot + 0.5) * step for slot in slots)
    labels = axis_labels(recording, stage.value, form.axis) if form.axis >= 0 else ()
    names = tuple(labels[n] for n in neurons) if labels else ()
    return Piece(stage, first, last, 0.0, -high / 2, 0.0, high, 0.0, lines, shape,
                 group.kind, group.times, neurons, offsets, radius, names, active)  # fmt: skip


def _shown(count: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Which neurons of so many are shown, and in which of the places one below the other."""
    if count <= SHOWN:
        return tuple(range(count)), tuple(range(count))
    half = _KEPT // 2
    neurons = (*range(half), *range(count - half, count))
    return neurons, (*range(half), *range(half + 4, 2 * half + 4))


def _widened(captions: Sequence[Caption]) -> list[Caption]:
    """Captions with all the room that there is beside their neighbours."""
    made = []
    for n, caption in enumerate(captions):
        beside = [captions[k].x for k in (n - 1, n + 1) if 0 <= k < len(captions)]
        free = min((abs(caption.x - x) for x in beside), default=400.0) - 10.0
        made.append(caption._replace(room=max(free, caption.room - 12.0)))
    return made


def _packs(one: Piece, other: Piece) -> bool:
    """Whether two volumes are alike, so that they stand close and have one caption."""
    alike = one.form == other.form and one.lines == other.lines
    return alike and not one.is_column and one.single and one.first >= 0


def _link(at: int, one: Piece, other: Piece) -> Link:
    stage = other.stage
    if one.is_column and other.is_column:
        plain = not other.single or stage.weights is None
        return Link(at, "plain" if plain else "weights")
    if one.is_column or other.is_column:
        return Link(at, "flatten")
    if not other.single:
        return Link(at, "plain")
    if stage.role == "pooling" and not stage.kernel:
        return Link(at, "whole" if math.prod(other.form.sizes) == 1 else "plain")
    if not stage.kernel:
        return Link(at, "plain")
    sizes = one.form.sizes if len(one.form.sizes) > 1 else (*one.form.sizes, 1)
    kernel = stage.kernel if len(stage.kernel) > 1 else (*stage.kernel, 1)
    down, across = (min(1.0, k / n) for k, n in zip(kernel[-2:], sizes[-2:], strict=True))
    return Link(at, "kernel", (down, across))


def ways_around(stream: Stream, groups: Sequence[Group]) -> list[Way]:
    """The ways around pieces, the shortest first; those within one group are not to be seen."""
    of_stage = {n: at for at, g in enumerate(groups) for n in range(g.first, g.last + 1)}
    found = dict.fromkeys(
        Way(of_stage[b.start], of_stage[b.end], b.events, b.label) for b in stream.branches
    )
    return sorted(
        (way for way in found if way.start < way.end), key=lambda way: way.end - way.start
    )


def beside_each_other(ways: Sequence[Way]) -> int:
    """How many ways lie above each other where they are most."""
    edges = sorted([(way.start, 1) for way in ways] + [(way.end, -1) for way in ways])
    return max(accumulate(step for _, step in edges), default=0)


def _arcs(ways: Sequence[Way], pieces: Sequence[Piece]) -> tuple[Arc, ...]:
    """Every way above what it goes around, and above the shorter ones there."""
    upper = [math.inf] * len(pieces)  # of the ways between a piece and the next
    made: list[Arc] = []
    for start, end, events, label in ways:
        y = min(min(piece.top for piece in pieces[start : end + 1]), *upper[start:end]) - _ARC
        upper[start:end] = [y] * (end - start)
        made.append(Arc(start, end, y, events, label))
    return tuple(made)
