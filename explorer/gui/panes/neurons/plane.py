"""The number of a neuron all over the plane, as a picture with the data over it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from explorer.gui.panes.shades import Shades
from explorer.gui.theme import Theme, font, mono
from explorer.picture.numbers import number_text

_RAMP = 7  # pixels of height of what tells the colours
_DOT, _HERE = 1.9, 4.5  # pixels of radius: of the data, and of the point of this pass
Extent = tuple[float, float, float, float]


def shades_of(numbers: np.ndarray) -> Shades:
    """The colours of a neuron, parted at 0."""
    known = np.abs(numbers[np.isfinite(numbers)])
    bound = float(known.max(initial=0.0)) or 1.0
    return Shades(-bound, bound, True)


def picture_of(numbers: np.ndarray, theme: Theme) -> QImage:
    """The numbers (rows, columns) of a neuron over the plane in colours."""
    return shades_of(numbers).image(numbers, theme)


@dataclass(frozen=True)
class Shown:
    """A neuron called ``name`` over ``extent``: its ``numbers`` (rows, columns); ``points`` (P, 3)
    are data with their class, −1 for none, and ``here`` (2,) is the point of this pass."""

    name: str
    extent: Extent
    numbers: np.ndarray
    points: np.ndarray = field(default_factory=lambda: np.zeros((0, 3)))
    here: np.ndarray = field(default_factory=lambda: np.zeros(0))
    axes: tuple[str, str] = ("x", "y")


class NearPlane(QWidget):
    """Paints one neuron large, or says why there is no picture."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme, self._scale = theme, scale
        self._shown: Shown | None = None
        self._image = QImage()
        self._why = ""
        self.setAccessibleName(self.tr("A neuron over the plane"))

    @property
    def shown(self) -> Shown | None:
        """The neuron on screen."""
        return self._shown

    def show_neuron(self, shown: Shown | None, why: str = "") -> None:
        """Show a neuron; or nothing, and ``why``."""
        self._shown, self._why = shown, why
        if shown is not None:
            self._image = picture_of(shown.numbers, self._theme)
            self.setAccessibleDescription(shown.name)
        self.update()

    @property
    def _line(self) -> float:
        return QFontMetricsF(mono(self._scale, 8.5)).height()

    def field(self) -> QRectF:
        """Where the plane is."""
        head, foot = self._line + 2, 2 * self._line + _RAMP * self._scale + 6
        side = max(8.0, min(self.width() - 2.0, self.height() - head - foot))
        return QRectF((self.width() - side) / 2, head, side, side)

    def point(self, x: float, y: float) -> QPointF:
        """Where a point of the plane is."""
        assert self._shown is not None
        x0, x1, y0, y1 = self._shown.extent
        area = self.field()
        return QPointF(
            area.left() + (x - x0) / (x1 - x0) * area.width(),
            area.bottom() - (y - y0) / (y1 - y0) * area.height(),
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Name, plane, data, and what the colours mean."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        shown = self._shown
        if shown is None:
            painter.setFont(font(self._scale, 9.5))
            painter.setPen(self._theme.color("dim"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), flags, self._why)
            return
        area, line = self.field(), self._line
        painter.setFont(font(self._scale, 9, 600))
        painter.setPen(self._theme.color("text"))
        head = QRectF(0, 0, self.width(), line)
        name = painter.fontMetrics().elidedText(
            shown.name, Qt.TextElideMode.ElideMiddle, self.width()
        )  # fmt: skip
        painter.drawText(head, Qt.AlignmentFlag.AlignCenter, name)
        painter.drawImage(area, self._image)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._theme.color("line"))
        painter.drawRect(area)
        painter.setClipRect(area)
        self._paint_points(painter, shown)
        painter.setClipping(False)
        self._paint_words(painter, shown, area)

    def _paint_points(self, painter: QPainter, shown: Shown) -> None:
        ink, ground = self._theme.color("text"), self._theme.color("background")
        few = min(1.0, math.sqrt(200 / max(1, len(shown.points))) + 0.35)
        radius = _DOT * self._scale * few
        for x, y, class_ in shown.points.tolist():
            full = class_ == 1
            painter.setPen(QPen(ground if full else ink, 0.8))
            painter.setBrush(ink if full else ground)
            painter.drawEllipse(self.point(x, y), radius, radius)
        if shown.here.size == 2 and np.isfinite(shown.here).all():
            radius = _HERE * self._scale
            painter.setPen(QPen(ground, 1.0))
            painter.setBrush(self._theme.color("cursor"))
            painter.drawEllipse(self.point(*shown.here.tolist()), radius, radius)

    def _paint_words(self, painter: QPainter, shown: Shown, area: QRectF) -> None:
        line, shades = self._line, shades_of(shown.numbers)
        x0, x1, *_ = shown.extent
        painter.setFont(mono(self._scale, 8.5))
        painter.setPen(self._theme.color("dim"))
        below = QRectF(area.left(), area.bottom() + 1, area.width(), line)
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        middle = Qt.AlignmentFlag.AlignHCenter
        ends = number_text(x0, 3), number_text(x1, 3)
        painter.drawText(below, left, ends[0])
        painter.drawText(below, right, ends[1])
        width = painter.fontMetrics().horizontalAdvance
        room = area.width() - 2 * max(map(width, ends))
        x, y = shown.axes
        fitting = (text for text in (f" {x} →  {y} ↑ ", f" {x}→ {y}↑ ") if width(text) <= room)
        painter.drawText(below, middle, next(fitting, ""))
        ramp = QRectF(area.left(), below.bottom() + 2, area.width(), _RAMP * self._scale)
        colours = shades.image(np.linspace(shades.low, shades.high, 256)[None], self._theme)
        painter.drawImage(ramp, colours)
        words = QRectF(area.left(), ramp.bottom() + 1, area.width(), line)
        painter.drawText(words, left, number_text(shades.low, 3))
        painter.drawText(words, middle, "0")
        painter.drawText(words, right, number_text(shades.high, 3))
