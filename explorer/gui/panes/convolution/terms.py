"""What the kernel multiplies at one place, number by number, and what each channel adds."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.core.convolution import Products
from explorer.gui.keys import ARROWS, has_arrows
from explorer.gui.panes.cells import paint_cells
from explorer.gui.panes.lettering import fitting
from explorer.gui.panes.matrix import Grid, Matrix
from explorer.gui.panes.shades import Shades
from explorer.gui.theme import Theme, ink_on
from explorer.picture.numbers import even_text

_WIDEST, _HIGHEST = 132, 44  # pixels of a cell
_TALL, _LEAST = 150, 44  # pixels of all of them, as wished and at least
_READABLE = 8.5  # pixels: smaller letters beside larger ones are no help
_LINES = 20  # pixels of a cell that holds two lines
_BARS, _WIDE, _NARROW = 30, 20, 3  # pixels: height, width and least width of the bars
_NOWHERE = (-1, -1)
Key = Qt.Key
_STEPS = {Key.Key_Up: (-1, 0), Key.Key_Down: (1, 0), Key.Key_Left: (0, -1), Key.Key_Right: (0, 1)}


class Multiplied(QWidget):
    """The window and the kernel multiplied, as large cells with their numbers.

    Signals:
        pointed (int, int): the number of the kernel under the mouse or chosen by keys; -1, -1.
    """

    pointed = Signal(int, int)
    own_keys = ARROWS

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme, self._scale = theme, scale
        self._found: Products | None = None
        self._matrix = Matrix(np.zeros((0, 0)), Shades(0, 1, False))
        self._image = QImage()
        self._at = _NOWHERE
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumHeight(round(_LEAST * scale))
        self.setAccessibleName(self.tr("Window times kernel"))

    def sizeHint(self) -> QSize:
        """As high as the kernel wants."""
        rows = self._matrix.data.shape[0] or 3
        high = min(_TALL, max(_LEAST, rows * _HIGHEST))
        return QSize(round(300 * self._scale), round(high * self._scale))

    def show_products(self, found: Products, masked: np.ndarray) -> None:
        """Show what is multiplied; ``masked`` (rows, columns) numbers meet no input."""
        before = self._matrix.data.shape
        self._found = found
        known = np.abs(found.products[np.isfinite(found.products)])
        far = float(known.max(initial=0.0)) or 1.0
        shades = Shades(-far, far, True)  # also where none is below zero, as the kernel slides
        self._matrix = Matrix(
            found.products, shades, masked=masked, block=found.block,
            whole=(found.slide.kernel[0], found.slide.kernel[1]),
        )  # fmt: skip
        self._image = shades.image(found.products, self._theme)
        if before != self._matrix.data.shape:
            self._at = _NOWHERE
            self.setMaximumHeight(round(self._matrix.data.shape[0] * _HIGHEST * self._scale) + 4)
            self.updateGeometry()
        self.update()

    @property
    def at(self) -> tuple[int, int]:
        """Row and column of the cell that is told of; (-1, -1)."""
        return self._at

    def field(self) -> QRectF:
        """Where the cells are."""
        rows, columns = self._matrix.data.shape
        if not rows or not columns:
            return QRectF()
        wide = min((self.width() - 4) / columns, _WIDEST * self._scale)
        high = min((self.height() - 4) / rows, _HIGHEST * self._scale)
        return QRectF((self.width() - wide * columns) / 2, 2, wide * columns, high * rows)

    def _grid(self) -> Grid:
        rows, columns = self._matrix.extents
        return Grid(self.field(), rows, columns)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Cells, and in them the two numbers and their product, as far as they fit."""
        if self._found is None or self.field().isEmpty():
            return
        painter, grid = QPainter(self), self._grid()
        paint_cells(painter, self._matrix, self._image, grid, self._theme)
        self._paint_numbers(painter, grid, self._found)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._theme.color("accent" if self.hasFocus() else "line"))
        painter.drawRect(grid.area.adjusted(-1, -1, 0, 0))
        if self._at != _NOWHERE:
            painter.setPen(QPen(self._theme.color("cursor"), 2))
            painter.drawRect(grid.cell(self._matrix, *self._at))

    def _paint_numbers(self, painter: QPainter, grid: Grid, found: Products) -> None:
        masked = self._matrix.masked
        assert masked is not None
        step = grid.cell(self._matrix, 0, 0)
        cells = [(row, column) for row, column in np.argwhere(~masked).tolist()]
        made = _even(found.products, cells, 3)
        two = found.block == (1, 1) and step.height() >= _LINES * self._scale
        lines, share = [made], step.height() - 2
        small, both = None, made
        for digits in (3, 2) if two else ():
            seen, weights = (_even(one, cells, digits) for one in (found.seen, found.weights))
            both = {at: f"{seen[at]} × {weights[at]}" for at in cells}
            small = fitting(
                self._scale, 8.5, step.width() - 4, step.height() / 2 - 1, both.values()
            )
            if small is not None and small.pixelSize() >= _READABLE * self._scale:
                break
            small = None
        if small is not None:
            lines, share = [both, made], (step.height() - 2) / 2
        large = fitting(self._scale, 9, step.width() - 4, share, made.values())
        if large is None:
            return
        for number, texts in enumerate(lines):
            last = number == len(lines) - 1
            painter.setFont(large if last or small is None else small)
            for at, text in texts.items():
                cell = grid.cell(self._matrix, *at)
                cell.setTop(cell.top() + 1 + number * share)
                cell.setHeight(share)
                painter.setPen(ink_on(self._image.pixelColor(at[1], at[0])))
                painter.setOpacity(1.0 if last else 0.9)
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, text)
        painter.setOpacity(1.0)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell of the number under the mouse."""
        row, column = -1.0, -1.0
        if self.field().contains(event.position()):
            row, column = self._grid().at(event.position())
        self._go(self._matrix.place(row, column) if row >= 0 else _NOWHERE)

    def leaveEvent(self, event: QEvent) -> None:
        """Of none."""
        self._go(_NOWHERE)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows go from number to number."""
        by = _STEPS.get(Key(event.key()))
        if by is None or not self._matrix.data.size:
            super().keyPressEvent(event)
            return
        row, column = (
            min(max(0, at + one), size - 1)
            for at, one, size in zip(self._at, by, self._matrix.data.shape, strict=True)
        )
        self._go((row, column))

    def _go(self, at: tuple[int, int]) -> None:
        if at != self._at:
            self._at = at
            self.pointed.emit(*at)
            self.update()


def _even(
    numbers: np.ndarray, cells: list[tuple[int, int]], digits: int
) -> dict[tuple[int, int], str]:
    """The numbers at some cells, all with the same decimals."""
    known = np.abs(numbers[np.isfinite(numbers)])
    largest = float(known.max()) if known.size else 0.0
    return {at: even_text(float(numbers[at]), largest, digits) for at in cells}


class Sums(QWidget):
    """A bar for what each input channel adds to the number.

    Signals:
        picked (int): an input channel was clicked, or chosen with the arrows.
        resized (): there is room for another number of bars.
    """

    picked = Signal(int)
    resized = Signal()
    own_keys = frozenset({Key.Key_Left, Key.Key_Right})

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme, self._scale = theme, scale
        self._found: Products | None = None
        signed = Shades(-1.0, 1.0, True)
        ends = signed.image(np.array([[-0.8, 0.8]]), theme)
        self._colours = [ends.pixelColor(at, 0) for at in (0, 1)]  # below and above zero
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(round(_BARS * scale))
        self.setAccessibleName(self.tr("What each input channel adds"))
        self.setToolTip(
            self.tr(
                "What each input channel adds to the number: up is above zero, down below. A click "
                "shows the channel."
            )
        )

    @property
    def room(self) -> int:
        """How many bars there is room for."""
        return max(1, int((self.width() - 4) / (_NARROW * self._scale)))

    def show_products(self, found: Products) -> None:
        """Show what the channels add."""
        self._found = found
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More bars, or fewer."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.resized.emit()

    def place(self, number: int) -> QRectF:
        """The room of a bar."""
        assert self._found is not None
        count = len(self._found.sums)
        wide = min(_WIDE * self._scale, (self.width() - 4) / count)
        return QRectF((self.width() - wide * count) / 2 + wide * number, 2, wide, self.height() - 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The bars, the line of zero, and a band behind the channel that is shown."""
        if self._found is None:
            return
        painter, found, theme = QPainter(self), self._found, self._theme
        known = found.sums[np.isfinite(found.sums)]
        high, low = max(0.0, *known.tolist(), 0.0), min(0.0, *known.tolist(), 0.0)
        span = (high - low) or 1.0
        field = self.place(0).united(self.place(len(found.sums) - 1))
        zero = field.top() + field.height() * high / span
        shown = _bar_of(found)
        for number, sum_ in enumerate(found.sums.tolist()):
            place = self.place(number)
            if number == shown:
                painter.fillRect(place, theme.color("cursor", 0.22))
            odd = not math.isfinite(sum_)
            end = field.top() if odd else zero - field.height() * sum_ / span
            gap = min(1.0, place.width() / 4)
            bar = QRectF(QPointF(place.left() + gap, zero), QPointF(place.right() - gap, end))
            colour = theme.color("nan") if odd else self._colours[sum_ > 0]
            painter.fillRect(bar.normalized(), colour)
        painter.setPen(theme.color("dim"))
        painter.drawLine(QLineF(field.left(), zero, field.right(), zero))
        painter.setPen(QPen(theme.color("cursor"), 1.5))
        painter.drawRect(self.place(shown))
        if has_arrows(self):
            painter.setPen(theme.color("accent"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a channel."""
        if self._found is None:
            return
        for number, channel in enumerate(self._found.channels.tolist()):
            if self.place(number).contains(event.position()):
                self.picked.emit(channel)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows choose the next channel, or the one before."""
        by = {Key.Key_Left: -1, Key.Key_Right: 1}.get(Key(event.key()))
        if by is None or self._found is None:
            super().keyPressEvent(event)
        elif 0 <= self._found.channel + by < self._found.each:
            self.picked.emit(self._found.channel + by)


def _bar_of(found: Products) -> int:
    """The bar that the channel which is shown is in."""
    every = math.ceil(found.each / len(found.channels))
    return found.channel // every
