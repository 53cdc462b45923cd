"""The painted map, kept in square tiles for the present zoom: panning only copies pixels."""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, QRectF, QSize
from PySide6.QtGui import QPainter, QPixmap

from explorer.gui.painting import Painting

SIDE = 512  # pixels
_KEPT = 96  # a pixel is four bytes, so about 100 MB at most


class Tiles:
    """Tiles of one painting at one zoom; asked for another of either, it starts anew."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, int], QPixmap] = {}
        self._of: tuple[Painting, float, float] | None = None

    def blit(
        self, painter: QPainter, painting: Painting, zoom: float, origin: QPoint, size: QSize
    ) -> None:
        """Copy the part of the map whose upper left pixel is ``origin``; paint what is missing."""
        ratio = painter.device().devicePixelRatioF()
        if self._of is None or self._of[0] is not painting or self._of[1:] != (zoom, ratio):
            self._of = (painting, zoom, ratio)
            self._kept.clear()
        for iy in range(origin.y() // SIDE, (origin.y() + size.height()) // SIDE + 1):
            for ix in range(origin.x() // SIDE, (origin.x() + size.width()) // SIDE + 1):
                tile = self._kept.get((ix, iy))
                if tile is None:
                    if len(self._kept) >= _KEPT:
                        self._kept.clear()
                    tile = self._kept[ix, iy] = _draw(painting, zoom, ratio, ix, iy)
                painter.drawPixmap(ix * SIDE - origin.x(), iy * SIDE - origin.y(), tile)


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
