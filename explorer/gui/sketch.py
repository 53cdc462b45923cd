"""Two small surfaces to draw on: pixels of an image, and the plane with a point."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.gui.keys import ARROWS
from explorer.gui.panes.marks import paint_marks
from explorer.gui.theme import Theme, font

_PENS = (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton)
_REACH = 1.5  # the plane shown runs from -1.5 to 1.5


class Pixels(QWidget):
    """Pixels from 0 to 1 to paint on, with a soft brush; by keys too.

    Signals:
        drawn (): the picture was changed.
    """

    drawn = Signal()
    own_keys = ARROWS | {Qt.Key.Key_Space}

    def __init__(self, shape: tuple[int, ...], theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self.pixels = np.zeros(shape)
        self.drawing = False
        self.strengths: np.ndarray | None = None
        self._cell = (0, 0)
        self._from = QPointF()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_pixels(self, pixels: np.ndarray) -> None:
        """Show another picture."""
        self.pixels = np.clip(np.array(pixels, np.float64), 0, 1)
        self.update()

    def show_field(self, strengths: np.ndarray | None) -> None:
        """Mark how much each pixel counts, 0 … 1, and −1 where it does not; None for nothing."""
        self.strengths = strengths
        self.update()

    def hasHeightForWidth(self) -> bool:
        """Square pixels."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Square pixels, no larger than reads well."""
        return min(
            round(200 * self._scale), round(width * self.pixels.shape[0] / self.pixels.shape[1])
        )

    def sizeHint(self) -> QSize:
        """At a common width."""
        return QSize(round(200 * self._scale), self.heightForWidth(round(200 * self._scale)))

    def field(self) -> QRectF:
        """Where the pixels are."""
        rows, columns = self.pixels.shape
        cell = min(self.width() / columns, self.height() / rows)
        wide, high = int(cell * columns), int(cell * rows)
        return QRectF((self.width() - wide) // 2, 0, wide, high)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Pixels, frame, and the cell of the keys."""
        painter = QPainter(self)
        area = self.field()
        rows, columns = self.pixels.shape
        cell = area.width() / columns
        painter.setClipRect(area)
        for row in range(rows):
            for column in range(columns):
                shade = round(255 * float(self.pixels[row, column]))
                place = QRectF(area.left() + column * cell, row * cell, cell + 0.5, cell + 0.5)
                painter.fillRect(place, QColor(shade, shade, shade))
        painter.setClipping(False)
        if self.strengths is not None:
            lit = self.strengths >= 0
            paint_marks(painter, area, self._theme, lit, None, self.strengths, faint=0.0)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._theme.color("line"))
        painter.drawRect(area.adjusted(0, 0, -1, -1))
        if self.hasFocus():
            painter.setPen(QPen(self._theme.color("cursor"), 2))
            painter.drawRect(
                QRectF(area.left() + self._cell[1] * cell, self._cell[0] * cell, cell, cell)
            )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to draw or erase."""
        if event.button() in _PENS:
            self.drawing = True
            self._from = event.position()
            self._stroke(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on."""
        if self.drawing:
            self._stroke(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The stroke is done; it was recorded while it went on."""
        self.drawing = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move, Space turns a pixel on or off."""
        step = {
            Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0),
            Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1),
        }.get(Qt.Key(event.key()))  # fmt: skip
        rows, columns = self.pixels.shape
        if step is not None:
            self._cell = (
                min(max(0, self._cell[0] + step[0]), rows - 1),
                min(max(0, self._cell[1] + step[1]), columns - 1),
            )
        elif event.key() == Qt.Key.Key_Space:
            self.pixels[self._cell] = 0.0 if self.pixels[self._cell] > 0.5 else 1.0
            self.drawn.emit()
        else:
            super().keyPressEvent(event)
            return
        self.update()

    def _stroke(self, event: QMouseEvent) -> None:
        """From the last place of the mouse to this one, without gaps."""
        erase = bool(
            event.buttons() & Qt.MouseButton.RightButton
            or event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        )
        before, to = self.pixels.copy(), event.position()
        cell = self.field().width() / self.pixels.shape[1]
        way = to - self._from
        pieces = max(1, math.ceil(2 * math.hypot(way.x(), way.y()) / max(cell, 1.0)))
        for piece in range(1, pieces + 1):
            self._brush(self._from + way * (piece / pieces), erase)
        self._from = to
        if not np.array_equal(before, self.pixels):
            self.update()
            self.drawn.emit()

    def _brush(self, place: QPointF, erase: bool) -> None:
        """Full in one cell, softer around it, as a pen on a coarse grid leaves."""
        area = self.field()
        rows, columns = self.pixels.shape
        cell = area.width() / columns
        at = place - QPointF(area.left(), area.top())
        row, column = int(at.y() // cell), int(at.x() // cell)
        if not (0 <= row < rows and 0 <= column < columns):
            return
        self._cell = (row, column)
        if erase:
            self.pixels[row, column] = 0.0
            return
        self.pixels[row, column] = 1.0
        for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if 0 <= r < rows and 0 <= c < columns:
                self.pixels[r, c] = max(self.pixels[r, c], 0.35)


class Plane(QWidget):
    """The plane around 0 with the data, faint, and one point in it.

    Signals:
        moved (float, float): the point was dragged, or moved with the arrow keys.
    """

    moved = Signal(float, float)
    own_keys = ARROWS

    def __init__(
        self, theme: Theme, scale: float, data: tuple[tuple[float, float, int], ...] = ()
    ) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self._data = data
        self._point = (0.0, 0.0)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(round(180 * scale))

    def show_point(self, x: float, y: float) -> None:
        """Put the point somewhere."""
        self._point = (x, y)
        self.update()

    def place_of(self, x: float, y: float) -> QPointF:
        """Pixels of a point."""
        half = min(self.width(), self.height()) / 2
        return QPointF(self.width() / 2 + x / _REACH * half, self.height() / 2 - y / _REACH * half)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Data, axes with their numbers, and the point."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._theme.color("accent" if self.hasFocus() else "line"))
        painter.setBrush(self._theme.color("background"))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 6, 6)
        self._draw_data(painter)
        painter.setPen(QPen(self._theme.color("line"), 1))
        centre = self.place_of(0, 0)
        painter.drawLine(QPointF(4, centre.y()), QPointF(self.width() - 4, centre.y()))
        painter.drawLine(QPointF(centre.x(), 4), QPointF(centre.x(), self.height() - 4))
        for at in (-1.0, 1.0):
            mark = self.place_of(at, at)
            painter.drawLine(QPointF(mark.x(), centre.y() - 3), QPointF(mark.x(), centre.y() + 3))
            painter.drawLine(QPointF(centre.x() - 3, mark.y()), QPointF(centre.x() + 3, mark.y()))
        self._draw_numbers(painter, centre)
        painter.setBrush(self._theme.color("cursor"))
        painter.setPen(QPen(self._theme.color("text"), 1.5))
        if all(math.isfinite(c) for c in self._point):
            painter.drawEllipse(self.place_of(*self._point), 6, 6)

    def _draw_data(self, painter: QPainter) -> None:
        """In the colours that the decision boundary has, too."""
        painter.setPen(Qt.PenStyle.NoPen)
        for x, y, label in self._data:
            color = QColor(self._theme.series[label % len(self._theme.series)])
            color.setAlphaF(0.5)
            painter.setBrush(color)
            painter.drawEllipse(self.place_of(x, y), 2 * self._scale, 2 * self._scale)

    def _draw_numbers(self, painter: QPainter, centre: QPointF) -> None:
        painter.setFont(font(self._scale, 8))
        painter.setPen(self._theme.color("dim"))
        size = 24.0 * self._scale
        for at, text in ((-1.0, "−1"), (1.0, "1")):
            mark = self.place_of(at, at)
            below = QRectF(mark.x() - size / 2, centre.y() + 3, size, size * 0.6)
            beside = QRectF(centre.x() + 5, mark.y() - size / 2, size, size)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)
            painter.drawText(
                beside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text
            )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The point comes to the mouse."""
        self._drag(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """And follows it."""
        if event.buttons():
            self._drag(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows move it by 0.05."""
        step = {
            Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1),
            Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0),
        }.get(Qt.Key(event.key()))  # fmt: skip
        if step is None:
            super().keyPressEvent(event)
            return
        self._go(self._point[0] + 0.05 * step[0], self._point[1] + 0.05 * step[1])

    def _drag(self, event: QMouseEvent) -> None:
        half = min(self.width(), self.height()) / 2
        at = event.position()
        self._go(
            (at.x() - self.width() / 2) / half * _REACH,
            (self.height() / 2 - at.y()) / half * _REACH,
        )

    def _go(self, x: float, y: float) -> None:
        self.show_point(round(x, 3), round(y, 3))
        self.moved.emit(*self._point)
