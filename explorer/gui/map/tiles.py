"""The painted map, kept in square tiles for the present zoom: panning only copies pixels."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QObject, QPoint, QRect, QRectF, QSize, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPixmap, QRegion

from explorer.gui.map.painting import Painting

SIDE = 256  # pixels
_KEPT = 100_000_000  # bytes, about; what is in view is kept in any case
_IDLE = 3  # milliseconds between a frame and a tile that nobody waits for yet, and the next
_PATIENCE = 0.002
_FRAMES_AHEAD = 16
_Place = tuple[int, int]


class Tiles(QObject):
    """Tiles of one painting at one zoom; asked for another of either, it starts anew.

    Painting a tile takes milliseconds, and a frame must not take many. So a frame paints those
    that it has time for, ``patience`` seconds; for the others tiles of the zoom before stand in,
    larger or smaller. When all are there, those around the view are painted ahead.

    Signals:
        wanting: a frame had not the time for all: ask again.
    """

    wanting = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        still = QGuiApplication.platformName() == "offscreen"  # a picture is of everything
        self.patience = math.inf if still else _PATIENCE
        self._view = QRect()
        self._moving = QPoint()  # pixels, in the last frame
        self._again = QTimer(self, singleShot=True, interval=0)
        self._again.timeout.connect(self.wanting)
        self._ahead = QTimer(self, singleShot=True, interval=_IDLE)
        self._ahead.timeout.connect(self._paint_ahead)
        self._kept: dict[_Place, QPixmap] = {}
        self._of: tuple[Painting, float, float] | None = None
        self._before: tuple[dict[_Place, QPixmap], float] = ({}, 1.0)  # with their zoom

    def blit(
        self, painter: QPainter, painting: Painting, zoom: float, origin: QPoint, size: QSize,
        area: QRect,
    ) -> None:  # fmt: skip
        """Copy the part of the map whose upper left pixel is ``origin``, as far as it lies in an
        ``area`` of the widget. At least one tile that is missing there is painted, but for the
        frame that first shows another zoom."""
        until = time.perf_counter() + self.patience
        self._moving = origin - self._view.topLeft()
        self._view = QRect(origin, size)
        ratio = painter.device().devicePixelRatioF()
        just_zoomed = False
        if self._of is None or self._of[0] is not painting or self._of[1:] != (zoom, ratio):
            self._start(painting, zoom, ratio)
            just_zoomed = bool(self._before[0]) and self.patience < math.inf
        seen = _seen(origin + area.topLeft(), area.size())
        missing = [place for place in seen if place not in self._kept]
        if not just_zoomed:
            missing.sort(key=lambda at: (_middle(at) - self._view.center()).manhattanLength())
        while missing and not just_zoomed:
            self._paint(missing.pop(0))
            if time.perf_counter() > until:
                break
        if missing:
            self._stand_in(painter, missing, origin)
            self._again.start()
        elif self.patience < math.inf:
            self._ahead.start()
        for place in seen:
            if (tile := self._kept.get(place)) is not None:
                painter.drawPixmap(_corner(place) - origin, tile)

    @property
    def _around(self) -> QRect:
        """What is in view, and a tile more on every side."""
        return self._view.adjusted(-SIDE, -SIDE, SIDE, SIDE)

    def _paint_ahead(self) -> None:
        """Paint one tile just out of view, of those first to which the view moves."""
        around = _seen(self._around.topLeft(), self._around.size())
        missing = [at for at in around if at not in self._kept]
        if missing and self._of is not None:
            towards = self._view.center() + self._moving * _FRAMES_AHEAD
            self._paint(min(missing, key=lambda at: (_middle(at) - towards).manhattanLength()))
            self._ahead.start()

    def _paint(self, place: _Place) -> None:
        """Paint a tile, which is kept."""
        assert self._of is not None
        ratio = self._of[2]
        if len(self._kept) * 4 * (SIDE * ratio) ** 2 >= _KEPT:
            near = _seen(self._around.topLeft(), self._around.size())
            self._kept = {at: self._kept[at] for at in near if at in self._kept}
        self._kept[place] = _draw(*self._of, *place)

    def _start(self, painting: Painting, zoom: float, ratio: float) -> None:
        """Of another zoom, or another painting of the same scene, what there is can stand in."""
        before, self._of = self._of, (painting, zoom, ratio)
        if before is None or before[0].scene is not painting.scene or before[2] != ratio:
            self._before = ({}, zoom)
        elif len(self._kept) >= len(self._before[0]) // 2:  # else it has just been changed
            self._before = (self._kept, before[1])
        self._kept = {}

    def _stand_in(self, painter: QPainter, missing: list[_Place], origin: QPoint) -> None:
        """Fill the place of what is missing, and what is between, over which the other tiles come:
        a whole rectangle is filled several times as fast as what is cut out of one."""
        assert self._of is not None
        kept, then = self._before
        columns, rows = zip(*missing, strict=True)
        corner, end = _corner((min(columns), min(rows))), _corner((max(columns) + 1, max(rows) + 1))
        room = QRect(corner - origin, end - origin - QPoint(1, 1))
        side = SIDE * self._of[1] / then
        bare = QRegion(room)
        painter.save()
        painter.setClipRect(room)
        for (ix, iy), tile in kept.items():
            if corner.x() - side < ix * side < end.x() and corner.y() - side < iy * side < end.y():
                left, top = round(ix * side), round(iy * side)
                size = QSize(round((ix + 1) * side) - left, round((iy + 1) * side) - top)
                where = QRect(QPoint(left, top) - origin, size)
                painter.drawPixmap(where, tile)
                bare -= where
        painter.setClipRegion(bare)
        painter.fillRect(room, self._of[0].theme.color("background"))
        painter.restore()


def _seen(origin: QPoint, size: QSize) -> list[_Place]:
    """The tiles of a part of the map."""
    rows = range(origin.y() // SIDE, (origin.y() + size.height()) // SIDE + 1)
    columns = range(origin.x() // SIDE, (origin.x() + size.width()) // SIDE + 1)
    return [(ix, iy) for iy in rows for ix in columns]


def _corner(place: _Place) -> QPoint:
    return QPoint(place[0] * SIDE, place[1] * SIDE)


def _middle(place: _Place) -> QPoint:
    return _corner(place) + QPoint(SIDE // 2, SIDE // 2)


def _draw(painting: Painting, zoom: float, ratio: float, ix: int, iy: int) -> QPixmap:
    pixels = math.ceil(SIDE * ratio)
    tile = QPixmap(pixels, pixels)
    tile.setDevicePixelRatio(ratio)
    painter = QPainter(tile)
    painter.translate(-ix * SIDE, -iy * SIDE)
    painter.scale(zoom, zoom)
    region = QRectF(ix * SIDE / zoom, iy * SIDE / zoom, SIDE / zoom, SIDE / zoom)
    painting.paint(painter, region, zoom)
    painter.end()
    return tile
