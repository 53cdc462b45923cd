"""`Ink`: lines and letters as a screen shows them, on a screen and in a file of any size."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from explorer.gui.map.drawing import READABLE, map_font
from explorer.gui.theme import Theme

_LEAST, _MOST = 11.0, 17.0  # pixels of text, whatever the zoom
_Align = Qt.AlignmentFlag


class Ink:
    """A ``painter`` in units of the scene, for one who sees a unit as ``zoom`` pixels.

    Lines and letters are measured in these pixels, and one of them is ``fine`` dots of what is
    painted on: in a file that is three times as large a line is three times as wide. Only what
    lies in ``seen`` needs to be painted.
    """

    def __init__(self, painter: QPainter, theme: Theme, zoom: float, seen: QRectF) -> None:
        self.painter = painter
        self.theme = theme
        self.zoom = zoom
        self.seen = seen
        self.fine = painter.transform().m22() / zoom

    def line(self, color: QColor, pixels: float) -> QPen:
        """A pen of so many pixels."""
        return QPen(color, pixels / self.zoom)

    def text(
        self, at: QPointF, text: str, pixels: float, color: QColor, weight: int = 400,
        align: Qt.AlignmentFlag = _Align.AlignHCenter, angle: float = 0.0, halo: bool = False,
    ) -> None:  # fmt: skip
        """One line in the middle of a point or beside it, turned by ``angle`` degrees around it;
        nothing that is too small to be read. A ``halo`` keeps off what lies below."""
        if pixels < READABLE:
            return
        painter = self.painter
        made, metrics = _font(round(pixels * self.fine), weight)
        width, high = metrics.horizontalAdvance(text), metrics.height()
        share = {_Align.AlignHCenter: 0.5, _Align.AlignRight: 1.0}.get(align, 0.0)
        left = -width * share
        painter.save()
        centre = painter.transform().map(at)
        painter.resetTransform()
        painter.translate(centre)
        painter.rotate(angle)
        if halo:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.color("background", 0.86))
            pad = 3.0 * self.fine
            place = QRectF(left - pad, -high / 2, width + 2 * pad, high)
            painter.drawRoundedRect(place, pad, pad)
        painter.setFont(made)
        painter.setPen(color)
        painter.drawText(QPointF(left, metrics.capHeight() / 2), text)
        painter.restore()


def pixels_of(size: float, zoom: float) -> float:
    """How many pixels high text of a size in units is: always enough to be read."""
    return min(max(size * zoom, _LEAST), _MOST)


def wide(text: str, pixels: float, weight: int = 400) -> float:
    """How many pixels wide a text of this size is."""
    return float(_font(round(pixels), weight)[1].horizontalAdvance(text))


def high(pixels: float, weight: int = 400) -> float:
    """How many pixels high a line of this size is."""
    return float(_font(round(pixels), weight)[1].height())


@lru_cache(maxsize=64)
def _font(pixels: int, weight: int) -> tuple[QFont, QFontMetricsF]:
    made = map_font(max(1, pixels), weight)
    return made, QFontMetricsF(made)
