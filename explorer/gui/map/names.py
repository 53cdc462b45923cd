"""The names of modules on the map as it is seen from far away: the largest first, none upon
another, and rather none at all than one too small to be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QObject, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QGuiApplication,
    QPainter,
    QStaticText,
    QTransform,
)

from explorer.gui.map.camera import Camera
from explorer.gui.map.drawing import FAR, rect
from explorer.gui.map.times import Times
from explorer.gui.theme import Theme, font
from explorer.picture.scene import Box, Region, Scene

_LARGE, _SMALL = 12.0, 10.0  # pixels of the name of a large module, and of any other
_HIGH = 44.0  # pixels of height from which a box is large
_CELL = 2  # pixels of the grid in which it is noted what is taken
_MOST = 160  # names
_FARTHEST = 400.0  # pixels around the whole scene
_BEYOND = 60.0  # pixels around the view in which names are placed too
PACE = 90  # milliseconds
_LEAST = 0.5  # of the zoom that names were placed for: beyond, they would be anywhere


class Name(NamedTuple):
    """A name and where it stands, in pixels of the whole map. ``upon`` tells that it lies over
    what is in its box."""

    text: str
    place: QRectF
    family: str
    large: bool
    upon: bool
    first: int


class _Candidate(NamedTuple):
    """A box that may be named; ``inner`` tells that one can look into it, ``outer`` that it is in
    no other box, ``told`` that its name is a time, which stands on the axis."""

    box: Box
    where: QRectF
    inner: bool
    outer: bool
    told: bool


class Names(QObject):
    """Places names on a scene as it is seen from far away.

    To find their places takes longer than a frame has. So while the view moves, those that there
    are go along, and new ones are found at ``pace``, between two frames.

    Signals:
        wanting (): there are new places: paint again.
    """

    wanting = Signal()

    def __init__(self, parent: QObject, theme: Theme, scale: float) -> None:
        super().__init__(parent)
        self._theme = theme
        self._scale = scale
        self._fonts = {large: font(weight=600 if large else 500) for large in (True, False)}
        for large, made in self._fonts.items():
            made.setPixelSize(round((_LARGE if large else _SMALL) * scale))
        self._metrics = {large: QFontMetricsF(made) for large, made in self._fonts.items()}
        self._texts: dict[tuple[str, bool], tuple[QStaticText, QPointF]] = {}
        still = QGuiApplication.platformName() == "offscreen"  # a picture is of one moment
        self.pace = 0 if still else PACE
        self._times = Times(theme, scale)
        self._due = QTimer(self, singleShot=True)
        self._due.timeout.connect(self._find_again)
        self._wanted: tuple[Scene, Camera] | None = None  # when new places are due
        self._of: tuple[Scene, float, QRectF] | None = None
        self._placed: list[Name] = []
        self._whole: tuple[Scene, float, list[QRectF]] | None = None  # of the whole scene

    def paint(
        self, painter: QPainter, scene: Scene, camera: Camera, ground: Callable[[int], QColor],
        cursor: int | None, current: Box | None,
    ) -> None:  # fmt: skip
        """Write the times of loops and the names in view; those of what the ``cursor`` has not
        reached are dim. The painter is in pixels of the widget; ``ground``, that of a depth, is put
        below what lies over nodes. The name of the ``current`` box is always there, and others give
        way to it and to the times."""
        times = self._times.paint(painter, scene, camera, ground)
        if camera.zoom >= FAR:
            return
        names, then = self.placed(scene, camera)
        origin, grown = camera.origin, camera.zoom / then
        wide, high, left, top = camera.size.width(), camera.size.height(), origin.x(), origin.y()
        shown = []
        for name in names:
            place = name.place
            x, y = place.x() * grown - left, place.y() * grown - top
            if -place.width() < x < wide and -20 < y < high:
                where = QRectF(x, y, place.width(), place.height())
                if not any(map(where.intersects, times)):
                    shown.append((name, where))
        own = self.of_current(current, camera, names, times) if current is not None else None
        if own is not None:
            room = own.place.adjusted(-4, -3, 4, 3)
            shown = [one for one in shown if not one[1].intersects(room)]
            shown.append((own, QRectF(own.place)))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground(2))
        for name, where in shown:
            if name.upon:
                painter.drawRoundedRect(where.adjusted(-4, -3, 4, 3), 4, 4)
        looks: dict[tuple[bool, bool], list[tuple[Name, QRectF]]] = {}
        for name, where in shown:
            late = cursor is not None and name.first > cursor
            looks.setdefault((name.large, late), []).append((name, where))
        for (large, late), some in sorted(looks.items()):
            painter.setFont(self._fonts[large])
            painter.setPen(self._theme.color("text" if large else "dim", 0.5 if late else 1.0))
            for name, where in some:
                text, half = self._text(name)
                painter.drawStaticText(where.center() - half, text)

    def _text(self, name: Name) -> tuple[QStaticText, QPointF]:
        """Its name, laid out once, and its middle from its corner."""
        key = name.text, name.large
        found = self._texts.get(key)
        if found is None:
            if len(self._texts) > 16 * _MOST:
                self._texts.clear()
            text = QStaticText(name.text)
            text.setTextFormat(Qt.TextFormat.PlainText)
            text.prepare(QTransform(), self._fonts[name.large])
            size = text.size()
            found = self._texts[key] = text, QPointF(size.width(), size.height()) / 2
        return found

    def of_current(
        self, box: Box, camera: Camera, names: list[Name], times: Sequence[QRectF] = ()
    ) -> Name | None:
        """The name of the box under the cursor in pixels of the widget, beside it where there is
        room, else below; None if it is among the ``names``, has none, or is out of view."""
        where = camera.to_widget(rect(box))
        seen = QRectF(QPointF(), camera.size)
        known = any((name.text, name.first) == (box.title, box.first) for name in names)
        if known or not box.title or not where.intersects(seen):
            return None
        metrics = self._metrics[True]
        wide, high = metrics.horizontalAdvance(box.title) + 2.0, metrics.ascent()
        place = QRectF(where.right() + 9.0, where.center().y() - high / 2, wide, high)
        if place.right() > seen.right() - 6.0:
            place.moveRight(where.left() - 9.0)
        if any(time.intersects(place) for time in times):
            place.moveTop(where.bottom() + 6.0)
        return Name(box.title, place, box.family, True, True, box.first)

    def placed(self, scene: Scene, camera: Camera) -> tuple[list[Name], float]:
        """The names in view and a little around it, in pixels of the whole map at a zoom."""
        if self.pace > 0 and self._of is not None and self._of[0] is scene:
            _, then, around = self._of
            fits = then == camera.zoom and around.contains(camera.view)
            if fits or _LEAST < camera.zoom / then < 1 / _LEAST:
                if not fits and not self._due.isActive():
                    self._wanted = scene, camera
                    self._due.start(self.pace)
                return self._placed, then
        self._find(scene, camera)
        return self._placed, camera.zoom

    def _find(self, scene: Scene, camera: Camera) -> None:
        """Find places in view, and if it moves, in what comes into view next."""
        zoom, view = camera.zoom, camera.view
        wide = high = _BEYOND / zoom
        if self.pace > 0 and self._of is not None and self._of[0] is scene:
            wide, high = max(wide, view.width() / 4), max(high, view.height() / 4)
        around = view.adjusted(-wide, -high, wide, high)
        self._of = scene, zoom, around
        self._placed = self._place(scene, around, zoom)

    def around(self, scene: Scene, zoom: float) -> list[QRectF]:
        """Where names are when the whole scene is seen at a zoom, in pixels of the whole map."""
        if self._whole is None or self._whole[0] is not scene or self._whole[1] != zoom:
            beyond = _FARTHEST * self._scale / zoom
            seen = QRectF(0.0, 0.0, scene.width, scene.height)
            seen.adjust(-beyond, -beyond, beyond, beyond)
            times = [time.place for time in self._times.placed(scene, seen, zoom)]
            names = self._place(scene, seen, zoom) if zoom < FAR else []
            self._whole = scene, zoom, times + [name.place for name in names]
        return self._whole[2]

    def _find_again(self) -> None:
        """Between two frames: what is in view now, unless that is another scene, or near."""
        assert self._of is not None
        assert self._wanted is not None
        scene, camera = self._wanted
        if scene is self._of[0] and camera.zoom < FAR:
            self._find(scene, camera)
            self.wanting.emit()

    def _place(self, scene: Scene, around: QRectF, zoom: float) -> list[Name]:
        taken = _Taken(around, zoom)
        for time in self._times.placed(scene, around, zoom):
            taken.write(time.place.adjusted(-6, 0, 4, 0))
        candidates = []
        for candidate in _candidates(scene, around, zoom, 2 * self._metrics[False].height()):
            if candidate.inner:
                taken.enclose(candidate.where)
            else:
                taken.take(candidate.where)
            if _is_named(candidate):
                candidates.append(candidate)
        candidates.sort(key=lambda one: -(one.where.width() * one.where.height()))
        found: list[Name] = []
        for candidate in candidates[: 4 * _MOST]:
            name = self._name(candidate, taken)
            if name is not None:
                found.append(name)
                taken.write(name.place.adjusted(-4, 0, 4, 0))
                if len(found) == _MOST:
                    break
        return found

    def _name(self, candidate: _Candidate, taken: _Taken) -> Name | None:
        """The name of a box in or beside it, where nothing is in the way; of a large one without
        such a place, upon what is in it."""
        box, where = candidate.box, candidate.where
        high = _HIGH * self._scale * (1.0 if candidate.outer else 3.0)
        large = candidate.inner and where.height() >= high
        metrics = self._metrics[large]
        wide, high = metrics.horizontalAdvance(box.title) + 2.0, metrics.ascent()
        for place in _places(candidate, wide, high, taken):
            if taken.is_free(place):
                return Name(box.title, place, box.family, large, False, box.first)
        place = QRectF(0, 0, wide, high)
        place.moveCenter(where.center())
        fits = where.width() >= wide + 8 and where.height() >= 2.2 * high
        if candidate.inner and fits and not taken.is_written(place):
            return Name(box.title, place, box.family, large, True, box.first)
        return None


def _is_named(candidate: _Candidate) -> bool:
    """Whether a box is large enough to be named: a module sooner than an op."""
    box, high = candidate.box, candidate.where.height()
    if candidate.inner or candidate.told:
        return not candidate.told
    if box.call >= 0 and box.last > box.first:
        return high >= 1.0
    return high >= 6.0 and bool(box.title) and box.kind not in ("circle", "slim")


def _places(candidate: _Candidate, wide: float, high: float, taken: _Taken) -> Iterator[QRectF]:
    """Where the name of a box may stand, the best places first: beside what is outermost or too
    small, in what has the room. Names stand on the left only where a node is on the right, so
    those of a chain are in line."""
    where = candidate.where
    right, left = where.right() + 7.0, where.left() - 7.0 - wide
    tops = [where.center().y() - high / 2]
    if candidate.inner:
        tops = [where.top() + 2.0, *tops, where.bottom() - high - 2.0]
    beside = [
        QRectF(left if taken.is_drawn(QRectF(right, y, wide, high)) else right, y, wide, high)
        for y in tops
    ]
    if candidate.outer or not candidate.inner:
        yield from beside
    if candidate.inner and where.width() > wide + 8.0:
        step = max(high, where.height() / 16)
        for n in range(int((where.height() - high) / step)):
            y = where.top() + 3.0 + n * step
            yield QRectF(where.left() + 6.0, y, wide, high)
            yield QRectF(where.right() - 6.0 - wide, y, wide, high)
    if candidate.inner and not candidate.outer:
        yield from beside


def _candidates(scene: Scene, around: QRectF, zoom: float, least: float) -> Iterator[_Candidate]:
    """The boxes in a part of the scene that are not too small to be seen, with their places in
    pixels; one smaller than ``least`` is not looked into."""
    whole = Region(around.left(), around.top(), around.right(), around.bottom())
    for placed in scene.rooms_in(whole, least / zoom):
        room = placed.room
        titled = any(axis.titled for axis in room.axes)
        for at in room.boxes_in(whole.moved(placed.x, placed.y)):
            box = room.boxes[at]
            if box.height * zoom < 1.0:
                continue
            where = QRectF(
                (placed.x + box.x) * zoom, (placed.y + box.y) * zoom,
                box.width * zoom, box.height * zoom,
            )  # fmt: skip
            inner = at in room.inner and min(where.width(), where.height()) >= least
            told = titled and box.title.startswith("t = ")
            yield _Candidate(box, where, inner, placed.depth == 0, told)


class _Taken:
    """Which small squares of a part of the map hold a node or a border, and which a name."""

    def __init__(self, around: QRectF, zoom: float) -> None:
        self._left = around.left() * zoom // _CELL
        self._top = around.top() * zoom // _CELL
        rows = int(around.height() * zoom // _CELL) + 2
        columns = int(around.width() * zoom // _CELL) + 2
        self._drawn = np.zeros((rows, columns), bool)
        self._written = np.zeros((rows, columns), bool)

    def take(self, where: QRectF) -> None:
        """A node is there."""
        self._drawn[self._cells(where)] = True

    def enclose(self, where: QRectF) -> None:
        """The border of an open box is there."""
        for one in (
            QRectF(where.left(), where.top(), where.width(), 0),
            QRectF(where.left(), where.bottom(), where.width(), 0),
            QRectF(where.left(), where.top(), 0, where.height()),
            QRectF(where.right(), where.top(), 0, where.height()),
        ):
            self._drawn[self._cells(one)] = True

    def write(self, where: QRectF) -> None:
        """A name is there."""
        self._written[self._cells(where)] = True

    def is_free(self, where: QRectF) -> bool:
        """Whether nothing is there."""
        return not (self.is_drawn(where) or self.is_written(where))

    def is_drawn(self, where: QRectF) -> bool:
        """Whether a node or a border is there, or nobody knows."""
        rows, columns = self._cells(where)
        high, wide = self._drawn.shape
        known = rows.start > 0 and columns.start > 0 and rows.stop < high and columns.stop < wide
        return not known or bool(self._drawn[rows, columns].any())

    def is_written(self, where: QRectF) -> bool:
        """Whether a name is there."""
        return bool(self._written[self._cells(where)].any())

    def _cells(self, where: QRectF) -> tuple[slice, slice]:
        left, top = where.x() / _CELL - self._left, where.y() / _CELL - self._top
        right, bottom = left + where.width() / _CELL, top + where.height() / _CELL
        return (
            slice(max(int(top), 0), max(int(bottom) + 1, 0)),
            slice(max(int(left), 0), max(int(right) + 1, 0)),
        )
