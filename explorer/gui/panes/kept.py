"""`Kept`: a part of a widget that is painted once, and copied while nothing in it changes."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap


class Kept:
    """A picture, and what it is of."""

    def __init__(self) -> None:
        # the place, the pixels for one of it, and what is painted there
        self._of: tuple[QRect, float, object] | None = None
        self._picture = QPixmap()

    def spoil(self) -> None:
        """It looks otherwise from now on."""
        self._of = None

    def draw(
        self, painter: QPainter, area: QRectF, paint: Callable[[QPainter], None], of: object = None
    ) -> None:
        """What ``paint`` paints into an area, in the widget's coordinates, and nothing outside of
        it. It is called if another area is wanted than the last time, or something else ``of``."""
        place, ratio = area.toAlignedRect(), painter.device().devicePixelRatioF()
        if self._of != (place, ratio, of):
            self._of = None
            self._picture = QPixmap(place.size() * ratio)
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(Qt.GlobalColor.transparent)
            inside = QPainter(self._picture)
            try:
                inside.translate(-place.topLeft())
                paint(inside)
            finally:  # a picture with an open painter cannot even be given up
                inside.end()
            self._of = place, ratio, of
        painter.drawPixmap(place.topLeft(), self._picture)
