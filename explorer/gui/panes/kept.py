"""`Kept`: a part of a widget that is painted once, and copied while nothing in it changes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap


class Kept:
    """What ``paint`` paints in the widget's coordinates."""

    def __init__(self, paint: Callable[[QPainter], None]) -> None:
        self._paint = paint
        self._of: tuple[QRect, float] | None = None  # the place, and the pixels for one of it
        self._picture = QPixmap()

    def spoil(self) -> None:
        """It looks otherwise from now on."""
        self._of = None

    def draw(self, painter: QPainter, area: QRectF) -> None:
        """Paint what lies in an area, and nothing outside of it."""
        place, ratio = area.toAlignedRect(), painter.device().devicePixelRatioF()
        if self._of != (place, ratio):
            self._of = None
            self._picture = QPixmap(place.size() * ratio)
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(Qt.GlobalColor.transparent)
            inside = QPainter(self._picture)
            try:
                inside.translate(-place.topLeft())
                self._paint(inside)
            finally:  # a picture with an open painter cannot even be given up
                inside.end()
            self._of = place, ratio
        painter.drawPixmap(place.topLeft(), self._picture)
