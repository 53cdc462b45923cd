"""What differs between two sides, marked on the map of one of them."""

from __future__ import annotations

from collections import Counter

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from explorer.core.comparison import SORTS, Comparison, Marks, Sort
from explorer.core.graph import Recording
from explorer.gui.map.drawing import FAR, READABLE, pen, rect
from explorer.gui.map.painting import Painting
from explorer.gui.theme import Theme, font
from explorer.picture.inside import RAN
from explorer.picture.scene import Box, Region, Room, Scene, Spot
from explorer.session.state import AppState

SIGNS: dict[Sort, str] = {"added": "+", "removed": "−", "changed": "≠"}
_GAP = 3.0  # between a node and the line around it
_HIGH = 15.0  # of a sign, in units of the scene
_LETTERS, _PADDING = 11.0, 8.0  # in it: their height, and what is beside them
_ENTERED = 24.0  # pixels: what differs in a smaller open box is told outside of it
_LEAST = 5.0  # pixels: a mark can be seen from any distance
_GRAIN = 3.0  # pixels: from far one mark is enough for so many
_KEPT = 20_000  # rooms of which it is remembered what differs in them
_NONE = Marks({}, {}, {})
_InRoom = tuple[np.ndarray, list[tuple[Sort | None, dict[Sort, int]]]]


def sign_color(theme: Theme, sort: Sort) -> QColor:
    """Blue and orange, which nobody takes for each other, and neither of them."""
    roles = {"added": "negative", "removed": "positive", "changed": "dim"}
    return theme.color(roles[sort])


class Differences:
    """Signs at what was added, removed or changed; at a closed module how many there are in it.

    ``hollow`` tells that the cursor only stands near to where the other side's is.
    """

    def __init__(self, theme: Theme, scale: float) -> None:
        self._font = font(weight=700)
        self._font.setPixelSize(round(_LETTERS))
        self._metrics = QFontMetricsF(self._font)
        self._theme = theme
        self._scale = scale
        self.hollow = False
        self._shown: tuple[Comparison | None, bool] = None, False
        self._recording: Recording | None = None
        self._marks = _NONE
        self._known: dict[int, tuple[Room, _InRoom]] = {}

    def show(self, state: AppState) -> bool:
        """Take what differs on the active side; whether that is something else than before."""
        beside = state.beside
        hollow = beside is not None and beside.hollow == "active"
        changed, self.hollow = hollow != self.hollow, hollow
        comparison = beside.comparison if beside is not None else None
        if state.recording is None or (comparison and not _is_of(comparison, state.recording)):
            comparison = None
        after = beside is not None and beside.right
        if self._shown == (comparison, after):
            return changed
        self._shown = comparison, after
        self._recording = state.recording
        self._known, self._marks = {}, _NONE
        if comparison is not None:
            self._marks = comparison.marks["after" if after else "before"]
        return True

    # ------------------------------------------------------------------ painting

    def paint(self, painter: QPainter, scene: Scene, region: QRectF) -> None:
        """Paint over ``region`` of the map; the painter is in units of the scene."""
        if not self._marks.inside:
            return
        zoom = painter.transform().m11()
        whole = Region(region.left(), region.top(), region.right(), region.bottom())
        waiting = [scene.whole]
        while waiting:
            placed = waiting.pop()
            ats, marks = self._marks_in(placed.room)
            for n in _seen(placed.room, ats, whole.moved(placed.x, placed.y), zoom):
                box = placed.room.boxes[int(ats[n])]
                own, counts = marks[n]
                where = rect(box).translated(placed.x, placed.y)
                entered = (
                    int(ats[n]) in placed.room.inner
                    and min(box.width, box.height) * zoom >= _ENTERED
                )
                if entered:
                    waiting.append(placed.within(int(ats[n])))
                    counts = {own: 1} if own is not None else {}
                if counts:
                    self._mark(painter, where, box, own, counts, zoom)

    def ring(self, painter: QPainter, painting: Painting, spot: Spot) -> None:
        """A cursor that only stands near: a broken line, and nothing in it."""
        zoom = painter.transform().m11()
        fine = max(painting.fine(zoom), 0.8 / zoom)
        radius = spot.box.height / 2 + 6 if spot.box.kind == "circle" else 11.0
        line = pen(self._theme.color("cursor"), 2.0 * fine)
        line.setDashPattern([3.0, 2.5])
        painter.setPen(line)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        gap = 2 * _GAP
        grown = rect(spot.box).adjusted(-gap, -gap, gap, gap)
        painter.drawRoundedRect(grown, radius, radius)

    def _mark(
        self, painter: QPainter, where: QRectF, box: Box, own: Sort | None,
        counts: dict[Sort, int], zoom: float,
    ) -> None:  # fmt: skip
        """Signs at the upper right corner, and a line around what is here alone."""
        if zoom < FAR:
            color = sign_color(self._theme, own if own is not None else next(iter(counts)))
            grown = _at_least(where, _LEAST / zoom)
            painter.setPen(pen(color, 1.6, cosmetic=True))
            painter.setBrush(_faint(color, 0.35))
            painter.drawRect(grown)
            return
        if own in ("added", "removed"):
            color = sign_color(self._theme, own)
            color.setAlphaF(0.75)
            line = pen(color, max(1.3, 1.0 / zoom))
            if own == "removed":
                line.setDashPattern([4.0, 3.0])
            painter.setPen(line)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            radius = where.height() / 2 if box.kind == "circle" else 9.0
            painter.drawRoundedRect(where.adjusted(-_GAP, -_GAP, _GAP, _GAP), radius, radius)
        right = where.right() - (0.0 if box.kind == "circle" else 6.0)
        if box.kind == "circle":
            right += _HIGH / 2
        for sort in reversed([sort for sort in SORTS if counts.get(sort)]):
            right -= self._sign(painter, QPointF(right, where.top()), sort, counts[sort], zoom) + 2

    def _sign(
        self, painter: QPainter, corner: QPointF, sort: Sort, count: int, zoom: float
    ) -> float:
        """A sign, with how many there are if they are several, left of a point; its width."""
        text = SIGNS[sort] if count == 1 else f"{SIGNS[sort]}{count:,}"
        wide = max(_HIGH, _PADDING + self._metrics.horizontalAdvance(text))
        place = QRectF(corner.x() - wide, corner.y() - 0.6 * _HIGH, wide, _HIGH)
        painter.setPen(pen(self._theme.color("background"), 1.2))
        painter.setBrush(sign_color(self._theme, sort))
        painter.drawRoundedRect(place, _HIGH / 2, _HIGH / 2)
        if 10.5 * zoom >= READABLE:
            device = painter.transform().mapRect(place)
            made = QFont(self._font)
            made.setPixelSize(max(1, round(_LETTERS * zoom)))
            painter.save()
            painter.resetTransform()
            painter.setFont(made)
            painter.setPen(self._theme.color("accent_text"))
            painter.drawText(device.adjusted(-4, -4, 4, 4), Qt.AlignmentFlag.AlignCenter, text)
            painter.restore()
        return wide

    def _marks_in(self, room: Room) -> _InRoom:
        """The boxes of a room (N,) that differ or have something in them that does, and what."""
        known = self._known.get(id(room))
        if known is None or known[0] is not room:
            if len(self._known) >= _KEPT:
                self._known = {}
            found = [(at, told) for at, box in enumerate(room.boxes) if (told := self._told(box))]
            ats = np.array([at for at, _ in found], dtype=np.int64)
            known = self._known[id(room)] = room, (ats, [told for _, told in found])
        return known[1]

    def _told(self, box: Box) -> tuple[Sort | None, dict[Sort, int]] | None:
        """What is told of a box: its own sort, and how many of each are in it."""
        if box.item.kind not in RAN:
            return None
        if box.first == box.last and box.kind != "open":
            sort = self._marks.events.get(box.first)
            return None if sort is None else (sort, {sort: 1})
        own: Sort | None = None
        counts: Counter[Sort] = Counter()
        for call in self._calls_of(box):
            own = self._marks.calls.get(call)
            if own is not None:
                counts[own] += 1
            counts.update(self._marks.inside.get(call, {}))
        if box.item.kind == "fold":
            own = None
        return (own, dict(counts)) if counts else None

    def _calls_of(self, box: Box) -> list[int]:
        """The calls that a box stands for."""
        if box.item.kind != "fold":
            return [box.call]
        assert self._recording is not None
        calls = self._recording.calls
        around = calls[box.item.at].parent
        some = range(box.item.at, box.item.until + 1)
        return [call for call in some if calls[call].parent == around]


def _seen(room: Room, ats: np.ndarray, here: Region, zoom: float) -> list[int]:
    """Which of some boxes (N,) are in a region; from far one for those that lie together."""
    if not len(ats):
        return []
    frames = room.frames[ats]
    seen = np.flatnonzero(
        (frames[:, 0] <= here.right) & (frames[:, 2] >= here.left)
        & (frames[:, 1] <= here.bottom) & (frames[:, 3] >= here.top)
    )  # fmt: skip
    if zoom < FAR:
        grain = np.floor(frames[seen] * (zoom / _GRAIN))
        _, first = np.unique(grain, axis=0, return_index=True)
        seen = np.sort(seen[first])
    found: list[int] = seen.tolist()
    return found


def _is_of(comparison: Comparison, recording: Recording) -> bool:
    return recording.tape in comparison.tapes


def _at_least(where: QRectF, least: float) -> QRectF:
    wide, high = (max(0.0, (least - side) / 2) for side in (where.width(), where.height()))
    return where.adjusted(-wide, -high, wide, high)


def _faint(color: QColor, alpha: float) -> QColor:
    made = QColor(color)
    made.setAlphaF(alpha)
    return made
