"""A matrix as coloured cells, with names on both axes, a colour bar, and numbers when near."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QFont,
    QFontInfo,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.gui.keys import ARROWS
from explorer.gui.panes.marks import paint_marks
from explorer.gui.panes.shades import Shades, map_name, masked_color
from explorer.gui.theme import Theme, font, mono
from explorer.picture.numbers import even_text, number_text

_NUMBERS_FROM = 30  # pixels: numbers in narrower cells would hide the colours …
_FEW = 12  # … of a matrix of more columns
_LARGEST = 96  # pixels: a square cell
_SMALLEST = 7  # pixels: letters below cannot be read


class Heatmap(QWidget):
    """Paints one matrix.

    Signals:
        hovered (int, int): row and column under the mouse, -1, -1 when it left.
        picked (int, int): a cell was clicked, or chosen with the arrow keys.
    """

    hovered = Signal(int, int)
    picked = Signal(int, int)
    own_keys = ARROWS

    def __init__(self, theme: Theme, scale: float, square: bool = False) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self._square = square
        self._data = np.zeros((0, 0))
        self._image = QImage()
        self._shades = Shades(0, 1, False)
        self._rows: tuple[str, ...] = ()
        self._columns: tuple[str, ...] = ()
        self._axes = ("", "")
        self._block = (1, 1)
        self._masked: np.ndarray | None = None
        self._map: str | None = None
        self._cell = (-1, -1)
        self._lit: np.ndarray | None = None
        self._ring: np.ndarray | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(round(120 * scale))

    def show_matrix(
        self,
        data: np.ndarray,
        shades: Shades,
        axes: tuple[str, str] = ("", ""),
        rows: tuple[str, ...] = (),
        columns: tuple[str, ...] = (),
        masked: np.ndarray | None = None,
        map_: str | None = None,
        block: tuple[int, ...] = (1, 1),
    ) -> None:
        """Show (rows, columns) numbers; ``masked`` cells are hatched. A cell stands for ``block``
        positions; where a side has no names, the first of them is written beside it."""
        self._data, self._shades, self._axes = data, shades, axes
        self._rows, self._columns, self._masked, self._map = rows, columns, masked, map_
        self._block = (block[-2] if len(block) > 1 else 1, block[-1] if block else 1)
        self._image = shades.image(data, self._theme, map_) if data.size else QImage()
        if self._cell[0] >= data.shape[0] or self._cell[1] >= data.shape[1]:
            self._cell = (-1, -1)
        self.setAccessibleName(f"{data.shape[0]} × {data.shape[1]}")
        self.updateGeometry()
        self.update()

    def mark(self, lit: np.ndarray | None, ring: np.ndarray | None) -> None:
        """Veil all but the ``lit`` cells (rows, columns), and ring others; None for none."""
        self._lit, self._ring = lit, ring
        self.update()

    @property
    def cell(self) -> tuple[int, int]:
        """The cell under the mouse or chosen with the keys; (-1, -1) for none."""
        return self._cell

    def sizeHint(self) -> QSize:
        """As high as the matrix wants at the present width."""
        return QSize(round(360 * self._scale), self.heightForWidth(self.width()))

    def heightForWidth(self, width: int) -> int:
        """Square cells where there are not too many rows."""
        rows, columns = self._data.shape
        if not rows or not columns:
            return round(120 * self._scale)
        left, top, right, bottom = self._margins()
        inner = max(1, width - left - right)
        cell = min(inner / columns, (_LARGEST if self._square else 40) * self._scale)
        most = (640 if self._square else 420) * self._scale
        return round(top + bottom + min(most, max(rows * cell, 40 * self._scale)))

    def hasHeightForWidth(self) -> bool:
        """Yes: see `heightForWidth`."""
        return True

    def field(self) -> QRectF:
        """Where the cells are."""
        rows, columns = self._data.shape
        left, top, right, bottom = self._margins()
        width, height = self.width() - left - right, self.height() - top - bottom
        if not rows or not columns or width <= 0 or height <= 0:
            return QRectF(left, top, 0, 0)
        cell_w, cell_h = width / columns, height / rows
        if self._square:
            cell_w = cell_h = min(cell_w, cell_h, _LARGEST * self._scale)
        else:
            cell_h = min(cell_h, max(cell_w, 22 * self._scale))
            cell_w = min(cell_w, 64 * self._scale)
        return QRectF(left, top, int(cell_w * columns), int(cell_h * rows))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Cells, mask, numbers, names, colour bar."""
        painter = QPainter(self)
        area = self.field()
        if self._image.isNull() or area.isEmpty():
            return
        painter.drawImage(area, self._image, QRectF(self._image.rect()))
        rows, columns = self._data.shape
        cell_w, cell_h = area.width() / columns, area.height() / rows
        if self._masked is not None:
            self._paint_mask(painter, area, cell_w, cell_h)
        if min(cell_w, cell_h) >= 9:
            painter.setPen(QPen(self._theme.color("background", 0.55), 1))
            for row in range(rows + 1):
                y = area.top() + row * cell_h
                painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            for column in range(columns + 1):
                x = area.left() + column * cell_w
                painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        if (cell_w >= _NUMBERS_FROM or columns <= _FEW) and cell_h >= _SMALLEST + 2:
            self._paint_numbers(painter, area, cell_w, cell_h)
        self._paint_names(painter, area, cell_w, cell_h)
        self._paint_bar(painter, area)
        paint_marks(painter, area, self._theme, self._lit, self._ring)
        row, column = self._cell
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.hasFocus():
            painter.setPen(self._theme.color("accent"))
            painter.drawRect(area.adjusted(-2, -2, 1, 1))
        if row >= 0:
            painter.setPen(QPen(self._theme.color("cursor"), 2))
            painter.drawRect(
                QRectF(area.left() + column * cell_w, area.top() + row * cell_h, cell_w, cell_h)
            )

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse."""
        self._point(*self._at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick a cell."""
        row, column = self._at(event.position())
        self._point(row, column)
        if row >= 0:
            self.picked.emit(row, column)

    def leaveEvent(self, event: QEvent) -> None:
        """No cell any more."""
        self._point(-1, -1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows choose a cell where the mouse would."""
        step = {
            Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0),
            Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1),
        }.get(Qt.Key(event.key()))  # fmt: skip
        if step is None or not self._data.size:
            super().keyPressEvent(event)
            return
        row, column = (max(0, c) for c in self._cell)
        row = min(max(0, row + step[0]), self._data.shape[0] - 1)
        column = min(max(0, column + step[1]), self._data.shape[1] - 1)
        self._point(row, column)
        self.picked.emit(row, column)

    def _at(self, place: QPointF) -> tuple[int, int]:
        area = self.field()
        if area.isEmpty() or not area.contains(place):
            return -1, -1
        rows, columns = self._data.shape
        row = int((place.y() - area.top()) / area.height() * rows)
        column = int((place.x() - area.left()) / area.width() * columns)
        return min(row, rows - 1), min(column, columns - 1)

    def _point(self, row: int, column: int) -> None:
        if (row, column) != self._cell:
            self._cell = (row, column)
            self.hovered.emit(row, column)
            self.update()

    def _margins(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom: room for names, ticks and the colour bar."""
        left, right = self._sides()
        high = QFontMetrics(mono(self._scale, 9)).height()
        _, standing = self._standing()
        return left, high + 2 + (standing or high), right, 4

    def _sides(self) -> tuple[int, int]:
        metrics = QFontMetrics(mono(self._scale, 9))
        long = max((metrics.horizontalAdvance(r) for r in self._rows[:400]), default=0)
        rows = max(1, self._data.shape[0])
        ticks = metrics.horizontalAdvance(str((rows - 1) * self._block[0]))
        if self._rows and (self.height() - 2 * metrics.height()) / rows >= _SMALLEST:
            ticks = long
        left = min(ticks, round(70 * self._scale)) + 6
        metrics = QFontMetrics(mono(self._scale, 8.5))
        said = [text for _, text in (*self._ticks(), *self._glaring())]
        right = max(metrics.horizontalAdvance(text) for text in said)
        return left + self._strip(), round(22 * self._scale) + right + 3

    def _standing(self) -> tuple[QFont, int]:
        """The font of columns' names that stand on end, and their height; 0 if none do."""
        rows, columns = (max(1, size) for size in self._data.shape)
        made = mono(self._scale, 9)
        high = QFontMetrics(made).height()
        cell = (self.width() - sum(self._sides())) / columns
        if not self._columns or self._column_font(cell):
            return made, 0
        most = round(70 * self._scale)
        if self._square:
            cell = min(cell, (self.height() - high - most) / rows)
        if cell < _SMALLEST:
            return made, 0
        made.setPixelSize(min(QFontInfo(made).pixelSize(), int(cell)))
        metrics = QFontMetrics(made)
        if _alike_when_cut(self._columns, metrics, most):
            return made, 0
        return made, min(most, max(map(metrics.horizontalAdvance, self._columns)) + 6)

    def _strip(self) -> int:
        """Width of the strip at the left for the name of the rows, in whichever script it is."""
        if not self._axes[0]:
            return QFontMetrics(mono(self._scale, 9)).height()
        return QFontMetrics(font(self._scale, 9)).boundingRect(f"← {self._axes[0]}").height() + 2

    def _ticks(self) -> list[tuple[float, str]]:
        """Place on the colour bar, from its top, and what is written there."""
        ends = [(0.0, self._shades.high), (1.0, self._shades.low)]
        if self._shades.signed:
            ends.append((0.5, 0.0))
        return [(part, number_text(number, 3)) for part, number in ends]

    def _glaring(self) -> list[tuple[str, str]]:
        """Colour role and name of what is in the matrix and no number."""
        seen = self._data
        if self._masked is not None:
            seen = seen[~self._masked]
        if seen.dtype.kind != "f":
            return []
        infinite = [
            sign
            for sign, there in (("−∞", np.isneginf(seen)), ("∞", np.isposinf(seen)))
            if there.any()
        ]
        found = [("inf", "±∞" if len(infinite) > 1 else infinite[0])] if infinite else []
        return [*found, *([("nan", "NaN")] if np.isnan(seen).any() else [])]

    def _paint_mask(self, painter: QPainter, area: QRectF, cell_w: float, cell_h: float) -> None:
        assert self._masked is not None
        ground = masked_color(self._theme)
        hatch = QBrush(self._theme.color("dim", 0.35), Qt.BrushStyle.BDiagPattern)
        for row in range(self._masked.shape[0]):
            columns = np.flatnonzero(self._masked[row])
            if not columns.size:
                continue
            # runs of masked cells, one rectangle each
            for run in np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1):
                place = QRectF(
                    area.left() + run[0] * cell_w, area.top() + row * cell_h,
                    cell_w * len(run), cell_h,
                )  # fmt: skip
                painter.fillRect(place, ground)
                painter.fillRect(place, hatch)

    def _paint_numbers(self, painter: QPainter, area: QRectF, cell_w: float, cell_h: float) -> None:
        """Every number or none, all with the same decimals, in the largest font that fits."""
        shown = np.ones(self._data.shape, bool) if self._masked is None else ~self._masked
        numbers = np.asarray(self._data, np.float64)
        finite = np.abs(numbers[shown & np.isfinite(numbers)])
        largest = float(finite.max()) if finite.size else 0.0
        whole = bool(np.all(finite == np.round(finite)))
        least = 1 + max(0, math.floor(math.log10(largest))) if whole and largest else 1
        for digits in (least,) if whole else (3, 2):
            texts = {
                (row, column): even_text(float(numbers[row, column]), largest, digits)
                for row, column in np.argwhere(shown).tolist()
            }
            written = self._fitting(8.5, cell_w - 4, cell_h - 2, list(texts.values()))
            if written is not None:
                break
        else:
            return
        painter.setFont(written)
        for (row, column), text in texts.items():
            dark = self._image.pixelColor(column, row).lightnessF() < 0.55
            painter.setPen(Qt.GlobalColor.white if dark else Qt.GlobalColor.black)
            place = QRectF(area.left() + column * cell_w, area.top() + row * cell_h, cell_w, cell_h)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def _fitting(
        self, points: float, width: float, height: float, texts: list[str]
    ) -> QFont | None:
        """The largest font up to ``points`` in which every text fits, None if none can be read."""
        made = mono(self._scale, points)
        longest = sorted(set(texts), key=len)[-40:]
        for pixels in range(QFontInfo(made).pixelSize(), _SMALLEST - 1, -1):
            made.setPixelSize(pixels)
            metrics = QFontMetrics(made)
            if pixels <= height and all(metrics.horizontalAdvance(t) <= width for t in longest):
                return made
        return None

    def _paint_names(self, painter: QPainter, area: QRectF, cell_w: float, cell_h: float) -> None:
        painter.setPen(self._theme.color("dim"))
        numbered = mono(self._scale, 9)
        strip, rows = self._strip(), self._data.shape[0]
        named = self._fitting(9, 1e9, cell_h, list(self._rows)) if self._rows else None
        painter.setFont(named or numbered)
        metrics = painter.fontMetrics()
        high = metrics.height()
        # every name or none: every second letter of a text looks like a text and is not
        every = 1 if named else _spread(rows, cell_h, high)
        for row in range(0, rows, every):
            place = QRectF(strip, area.top() + (row + 0.5) * cell_h - high / 2,
                           area.left() - strip - 5, high)  # fmt: skip
            text = self._rows[row] if named else str(row * self._block[0])
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(place.width()))
            painter.drawText(
                place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text
            )
        high = QFontMetrics(numbered).height()
        standing_font, standing = self._standing()
        if standing:
            painter.setFont(standing_font)
            self._paint_standing(painter, area, cell_w, standing)
        else:
            self._paint_lying(painter, area, cell_w, high)
        painter.setFont(font(self._scale, 9))
        painter.drawText(
            QRectF(area.left(), 0, max(area.width(), 90), high),
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
            f"{self._axes[1]} →" if self._axes[1] else "",
        )
        place, named_so = self._rows_axis()
        if named_so:
            painter.save()
            painter.translate(place.bottomLeft())
            painter.rotate(-90)
            painter.drawText(
                QRectF(0, 0, place.height(), place.width()),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                named_so,
            )
            painter.restore()

    def _rows_axis(self) -> tuple[QRectF, str]:
        """Where the name of the rows stands, from the first row down, and what is written there.

        Where the rows are less high than the name is long it hangs on below them; where the widget
        ends, too, it is cut, and left out rather than unreadable.
        """
        area, name = self.field(), self._axes[0]
        metrics = QFontMetrics(font(self._scale, 9))
        room = min(self.height() - area.top(), max(area.height(), 120 * self._scale))
        cut = metrics.elidedText(
            name, Qt.TextElideMode.ElideRight, int(room) - metrics.horizontalAdvance("← ")
        )
        said = f"← {cut}" if cut.strip("…") else ""
        return QRectF(0, area.top(), self._strip(), metrics.horizontalAdvance(said)), said

    def _paint_lying(self, painter: QPainter, area: QRectF, cell_w: float, high: int) -> None:
        """Columns' names above them, or numbers where there is no room for all names."""
        named = self._column_font(cell_w)
        painter.setFont(named or mono(self._scale, 9))
        metrics = painter.fontMetrics()
        starts = range(0, self._data.shape[1] * self._block[1], self._block[1])
        names = self._columns if named else tuple(map(str, starts))
        widest = metrics.horizontalAdvance(names[-1]) + 5
        every = 1 if named else _spread(len(names), cell_w, widest)
        room = cell_w * every
        for column in range(0, len(names), every):
            text = metrics.elidedText(names[column], Qt.TextElideMode.ElideRight, int(room) + 1)
            place = QRectF(area.left() + (column + 0.5) * cell_w - room / 2,
                           area.top() - high - 2, room, high)  # fmt: skip
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_standing(
        self, painter: QPainter, area: QRectF, cell_w: float, standing: int
    ) -> None:
        """Columns' names on end, to be read upwards."""
        metrics = painter.fontMetrics()
        for column, name in enumerate(self._columns):
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, standing)
            painter.save()
            painter.translate(area.left() + (column + 0.5) * cell_w, area.top() - 4)
            painter.rotate(-90)
            painter.drawText(
                QRectF(0, -cell_w / 2, standing, cell_w),
                Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
                text,
            )
            painter.restore()

    def _column_font(self, cell_w: float) -> QFont | None:
        """The font that has room for every column's name; None where numbers must do.

        Long names may be cut as long as they still differ.
        """
        if not self._columns:
            return None
        fitting = self._fitting(9, cell_w, 1e9, list(self._columns))
        if fitting is None and cell_w >= 30 * self._scale:
            fitting = mono(self._scale, 9)
            metrics = QFontMetrics(fitting)
            if _alike_when_cut(self._columns, metrics, int(cell_w) + 1):
                return None
        return fitting

    def _paint_bar(self, painter: QPainter, area: QRectF) -> None:
        room = (
            self.height()
            - area.top()
            - QFontMetrics(mono(self._scale, 8.5)).height() * (0.5 + len(self._glaring()))
        )
        height = min(area.height(), 160 * self._scale, room)
        if height < 24 * self._scale:
            return
        left = round(area.right()) + round(8 * self._scale)
        ramp = Shades(0, 255, self._shades.signed).image(
            np.arange(255, -1, -1, dtype=np.float64)[:, None],
            self._theme, self._map or map_name(self._theme, self._shades.signed),
        )  # fmt: skip
        bar = QRect(left, round(area.top()), round(10 * self._scale), round(height))
        painter.drawImage(bar, ramp)
        painter.setFont(mono(self._scale, 8.5))
        painter.setPen(self._theme.color("dim"))
        high = painter.fontMetrics().height()
        ascent = painter.fontMetrics().ascent()
        for part, text in self._ticks():
            if part in (0.0, 1.0) or height > 4 * high:
                y = bar.top() + part * (bar.height() - high)
                painter.drawText(QPointF(bar.right() + 4, y + ascent), text)
        top = bar.bottom() + high // 2
        for role, text in self._glaring():  # a swatch for what is no number
            swatch = QRect(left, top + (high - bar.width()) // 2, bar.width(), bar.width())
            painter.fillRect(swatch, self._theme.color(role))
            painter.drawText(QPointF(bar.right() + 4, top + ascent), text)
            top += high


def _alike_when_cut(names: tuple[str, ...], metrics: QFontMetrics, room: int) -> bool:
    """Whether different names look the same in so many pixels."""
    cut = {metrics.elidedText(name, Qt.TextElideMode.ElideRight, room) for name in set(names)}
    return len(cut) < len(set(names))


def _spread(count: int, room: float, needed: float) -> int:
    """Every how many labels there is room for one: 1, 2, 5, 10, …"""
    every, steps = 1, (2, 2.5, 2)
    turn = 0
    while every * room < needed and every < count:
        every = int(every * steps[turn % 3])
        turn += 1
    return every
