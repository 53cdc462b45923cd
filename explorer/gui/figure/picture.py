"""The painted figure as it was when it was painted: while somebody moves it, it is only shifted."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QColor, QPainter, QPixmap

from explorer.gui.map.camera import Camera

_AROUND = 160.0  # pixels beyond the view, that come into it by a drag


class Picture:
    """What a ``camera`` sees, and a little around it."""

    def __init__(self, camera: Camera, ratio: float, ground: QColor) -> None:
        self._zoom = camera.zoom
        self._corner = camera.corner - QPointF(_AROUND, _AROUND) / camera.zoom
        self._size = camera.size + QSizeF(2 * _AROUND, 2 * _AROUND)
        self._pixmap = QPixmap((self._size * ratio).toSize())
        self._pixmap.setDevicePixelRatio(ratio)
        self._pixmap.fill(ground)

    @property
    def part(self) -> QRectF:
        """The part of the scene that is painted."""
        return QRectF(self._corner, self._size / self._zoom)

    def painter(self) -> QPainter:
        """A painter of it, in units of the scene."""
        painter = QPainter(self._pixmap)
        painter.scale(self._zoom, self._zoom)
        painter.translate(-self._corner)
        return painter

    def blit(self, painter: QPainter, camera: Camera) -> None:
        """Show it to a camera that may have moved since."""
        factor = camera.zoom / self._zoom
        at = (self._corner - camera.corner) * camera.zoom
        source = QRectF(self._pixmap.rect())
        if factor == 1.0:
            painter.drawPixmap(at.toPoint(), self._pixmap)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(QRectF(at, self._size * factor), self._pixmap, source)
