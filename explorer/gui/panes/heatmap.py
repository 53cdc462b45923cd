"""A matrix as coloured cells, with names on both axes, a colour bar, and numbers when near."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.gui.theme import Theme, font, mono
from explorer.picture.numbers import number_text

_NUMBERS_FROM = 30  # cells at least this wide, in pixels of scale 1, show their number
_STARTS = {"inferno": 0.12}  # its black is left out: a weight of 0 is no masked cell


@cache
def lut(name: str) -> np.ndarray:
    """(256, 4) uint8 colours, blue first as QImage wants them."""
    import pyqtgraph as pg

    start = _STARTS.get(name, 0.0)
    table = pg.colormap.get(name).getLookupTable(start=start, nPts=256, alpha=True)
    return np.ascontiguousarray(np.asarray(table, np.uint8)[:, [2, 1, 0, 3]])


def map_name(theme: Theme, signed: bool) -> str:
    """Even and colour-blind safe: viridis, or a CET map with the theme's ground at zero."""
    if not signed:
        return "viridis"
    return "CET-D4" if theme.name == "dark" else "CET-D1"


@dataclass(frozen=True)
class Shades:
    """How numbers become colours: from ``low`` to ``high``; symmetric if ``signed``."""

    low: float
    high: float
    signed: bool

    @classmethod
    def of(cls, data: np.ndarray) -> Shades:
        """The range of the finite numbers; around 0 if they have both signs."""
        finite = data[np.isfinite(data)] if data.dtype.kind == "f" else data
        low = float(finite.min()) if finite.size else 0.0
        high = float(finite.max()) if finite.size else 1.0
        if low < 0 < high:
            bound = max(-low, high)
            return cls(-bound, bound, True)
        if high <= 0 and low < 0:
            return cls(low, 0.0, False)
        return cls(min(low, 0.0), high if high > 0 else 1.0, False)

    def image(self, data: np.ndarray, theme: Theme, map_: str | None = None) -> QImage:
        """(rows, columns) numbers as a picture of as many pixels; NaN and Inf glare."""
        span = (self.high - self.low) or 1.0
        scaled = (np.asarray(data, np.float64) - self.low) * (255.0 / span)
        known = np.isfinite(scaled)
        index = np.where(known, np.clip(scaled, 0, 255), 0).astype(np.uint8)
        pixels = lut(map_ or map_name(theme, self.signed))[index]
        if not known.all():
            for bad, role in ((np.isnan(scaled), "nan"), (np.isinf(scaled), "inf")):
                color = theme.color(role)
                pixels[bad] = (color.blue(), color.green(), color.red(), 255)
        rows, columns = data.shape
        image = QImage(pixels.tobytes(), columns, rows, columns * 4, QImage.Format.Format_ARGB32)
        return image.copy()  # own its bytes


class Heatmap(QWidget):
    """Paints one matrix.

    Signals:
        hovered (int, int): row and column under the mouse, -1, -1 when it left.
        picked (int, int): a cell was clicked, or chosen with the arrow keys.
    """

    hovered = Signal(int, int)
    picked = Signal(int, int)

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
        self._masked: np.ndarray | None = None
        self._map: str | None = None
        self._cell = (-1, -1)
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
    ) -> None:
        """Show (rows, columns) numbers; ``masked`` cells are hatched."""
        self._data, self._shades, self._axes = data, shades, axes
        self._rows, self._columns, self._masked, self._map = rows, columns, masked, map_
        self._image = shades.image(data, self._theme, map_) if data.size else QImage()
        if self._cell[0] >= data.shape[0] or self._cell[1] >= data.shape[1]:
            self._cell = (-1, -1)
        self.setAccessibleName(f"{data.shape[0]} × {data.shape[1]}")
        self.updateGeometry()
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
        cell = min(inner / columns, 40 * self._scale)
        most = 420 * self._scale
        return round(top + bottom + min(most, max(rows * cell, 40 * self._scale)))

    def hasHeightForWidth(self) -> bool:
        """Yes: see `heightForWidth`."""
        return True

    def field(self) -> QRectF:
        """Where the cells are, whole pixels per cell where they are large enough."""
        rows, columns = self._data.shape
        left, top, right, bottom = self._margins()
        width, height = self.width() - left - right, self.height() - top - bottom
        if not rows or not columns or width <= 0 or height <= 0:
            return QRectF(left, top, 0, 0)
        cell_w, cell_h = width / columns, height / rows
        if self._square:
            cell_w = cell_h = min(cell_w, cell_h, 44 * self._scale)
        else:
            cell_h = min(cell_h, max(cell_w, 22 * self._scale))
            cell_w = min(cell_w, 64 * self._scale)
        cell_w = float(int(cell_w)) if cell_w >= 2 else cell_w
        cell_h = float(int(cell_h)) if cell_h >= 2 else cell_h
        return QRectF(left, top, cell_w * columns, cell_h * rows)

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
        if cell_w >= _NUMBERS_FROM * self._scale and cell_h >= 14 * self._scale:
            self._paint_numbers(painter, area, cell_w, cell_h)
        self._paint_names(painter, area, cell_w, cell_h)
        self._paint_bar(painter, area)
        row, column = self._cell
        if row >= 0:
            painter.setPen(QPen(self._theme.color("cursor"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
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
        metrics = QFontMetrics(mono(self._scale, 9))
        high = metrics.height()
        long = max((metrics.horizontalAdvance(r) for r in self._rows[:400]), default=0)
        ticks = max(long, metrics.horizontalAdvance(str(max(1, self._data.shape[0] - 1))))
        left = min(ticks, round(70 * self._scale)) + 6
        return left + high, 2 * high + 2, round(62 * self._scale), 4

    def _paint_mask(self, painter: QPainter, area: QRectF, cell_w: float, cell_h: float) -> None:
        assert self._masked is not None
        ground = self._theme.color("masked")
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
        painter.setFont(mono(self._scale, 8.5))
        metrics = painter.fontMetrics()
        for row in range(self._data.shape[0]):
            for column in range(self._data.shape[1]):
                if self._masked is not None and self._masked[row, column]:
                    continue
                number = float(self._data[row, column])
                text = self._short(number, 2)
                if metrics.horizontalAdvance(text) > cell_w - 4:
                    text = self._short(number, 1)
                if metrics.horizontalAdvance(text) > cell_w - 4:
                    continue
                ground = self._image.pixelColor(column, row)
                dark = ground.lightnessF() < 0.55
                painter.setPen(Qt.GlobalColor.white if dark else Qt.GlobalColor.black)
                place = QRectF(
                    area.left() + column * cell_w, area.top() + row * cell_h, cell_w, cell_h
                )
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def _short(self, number: float, digits: int) -> str:
        """A number as a cell shows it; one too small to tell from 0 by its colour is ≈0."""
        near = 0.005 * max(abs(self._shades.low), abs(self._shades.high))
        return "≈0" if 0 < abs(number) < near else number_text(number, digits)

    def _paint_names(self, painter: QPainter, area: QRectF, cell_w: float, cell_h: float) -> None:
        painter.setFont(mono(self._scale, 9))
        painter.setPen(self._theme.color("dim"))
        metrics = painter.fontMetrics()
        high = metrics.height()
        rows = self._data.shape[0]
        every = _spread(rows, cell_h, high)
        for row in range(0, rows, every):
            text = self._rows[row] if self._rows else str(row)
            place = QRectF(high, area.top() + (row + 0.5) * cell_h - high / 2,
                           area.left() - high - 5, high)  # fmt: skip
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(place.width()))
            painter.drawText(
                place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text
            )
        for column, text, room in self._column_names(metrics, cell_w):
            place = QRectF(area.left() + (column + 0.5) * cell_w - room / 2,
                           area.top() - high - 2, room, high)  # fmt: skip
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
        painter.setFont(font(self._scale, 9))
        painter.drawText(
            QRectF(area.left(), 0, max(area.width(), 90), high),
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
            f"{self._axes[1]} →" if self._axes[1] else "",
        )
        if self._axes[0]:
            painter.save()
            painter.translate(0, area.top() + min(area.height(), 120 * self._scale))
            painter.rotate(-90)
            painter.drawText(
                QRectF(0, 0, min(area.height(), 120 * self._scale), high),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                f"← {self._axes[0]}",
            )
            painter.restore()

    def _column_names(self, metrics: QFontMetrics, cell_w: float) -> list[tuple[int, str, float]]:
        """Column, text and room of every name; numbers where cut names would look alike."""
        names = self._columns
        cut = _cut(names, metrics, cell_w, 30)
        if cut and len({text for _, text, _ in cut}) == len({names[i] for i, _, _ in cut}):
            return cut
        return _cut(tuple(str(i) for i in range(self._data.shape[1])), metrics, cell_w, 90)

    def _paint_bar(self, painter: QPainter, area: QRectF) -> None:
        height = min(area.height(), 160 * self._scale)
        if height < 24 * self._scale:
            return
        left = round(area.right()) + round(10 * self._scale)
        ramp = Shades(0, 255, self._shades.signed).image(
            np.arange(255, -1, -1, dtype=np.float64)[:, None],
            self._theme, self._map or map_name(self._theme, self._shades.signed),
        )  # fmt: skip
        bar = QRect(left, round(area.top()), round(10 * self._scale), round(height))
        painter.drawImage(bar, ramp)
        painter.setFont(mono(self._scale, 8.5))
        painter.setPen(self._theme.color("dim"))
        high = painter.fontMetrics().height()
        ticks = [(0.0, self._shades.high), (1.0, self._shades.low)]
        if self._shades.signed and height > 4 * high:
            ticks.append((0.5, 0.0))
        for part, number in ticks:
            y = bar.top() + part * (bar.height() - high)
            painter.drawText(QPointF(bar.right() + 4, y + painter.fontMetrics().ascent()),
                             number_text(number, 3))  # fmt: skip


def _cut(
    names: tuple[str, ...], metrics: QFontMetrics, cell_w: float, most: float
) -> list[tuple[int, str, float]]:
    """Index, text and room of every so many names; those wider than ``most`` may be cut."""
    widest = max((metrics.horizontalAdvance(name) for name in names[:400]), default=0) + 5
    every = _spread(len(names), cell_w, min(widest, most))
    room = max(cell_w * every, 1.0)
    mode = Qt.TextElideMode.ElideRight
    return [
        (i, metrics.elidedText(names[i], mode, int(room)), room)
        for i in range(0, len(names), every)
    ]


def _spread(count: int, room: float, needed: float) -> int:
    """Every how many labels there is room for one: 1, 2, 5, 10, …"""
    every, steps = 1, (2, 2.5, 2)
    turn = 0
    while every * room < needed and every < count:
        every = int(every * steps[turn % 3])
        turn += 1
    return every


class Thumbnails(QWidget):
    """Many small matrices in a grid, one of them chosen.

    Signals:
        picked (int): a matrix was clicked, or chosen with the arrow keys.
    """

    picked = Signal(int)

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self._images: list[QImage] = []
        self._labels: list[str] = []
        self._current = 0
        self._side = 48
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_images(self, images: list[QImage], labels: list[str], current: int) -> None:
        """Show pictures of equal shape."""
        self._images, self._labels, self._current = images, labels, current
        self.updateGeometry()
        self.update()

    def heightForWidth(self, width: int) -> int:
        """All rows of the grid."""
        columns, side = self._grid(width)
        rows = -(-len(self._images) // columns) if self._images else 0
        return rows * (side + self._text_height() + 8)

    def hasHeightForWidth(self) -> bool:
        """Yes: see `heightForWidth`."""
        return True

    def sizeHint(self) -> QSize:
        """At the present width."""
        return QSize(round(340 * self._scale), self.heightForWidth(max(self.width(), 200)))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Pictures, names, and a frame around the chosen one."""
        painter = QPainter(self)
        painter.setFont(font(self._scale, 8.5))
        for number, image in enumerate(self._images):
            place = self._place(number)
            painter.drawImage(place, image)
            chosen = number == self._current
            painter.setPen(
                QPen(self._theme.color("cursor" if chosen else "line"), 2 if chosen else 1)
            )
            painter.drawRect(place.adjusted(-1, -1, 1, 1))
            painter.setPen(self._theme.color("text" if chosen else "dim"))
            painter.drawText(
                QRect(place.left() - 4, place.bottom() + 3, place.width() + 8, self._text_height()),
                Qt.AlignmentFlag.AlignHCenter, self._labels[number],
            )  # fmt: skip

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose."""
        for number in range(len(self._images)):
            if self._place(number).adjusted(-4, -4, 4, 4).contains(event.position().toPoint()):
                self.picked.emit(number)
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows choose the next or previous."""
        columns, _ = self._grid(self.width())
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -columns,
                Qt.Key.Key_Down: columns}.get(Qt.Key(event.key()))  # fmt: skip
        if step is None:
            super().keyPressEvent(event)
        elif 0 <= self._current + step < len(self._images):
            self.picked.emit(self._current + step)

    def place_of(self, number: int) -> QPoint:
        """Centre of a picture."""
        return self._place(number).center()

    def _grid(self, width: int) -> tuple[int, int]:
        count = max(1, len(self._images))
        gap = round(8 * self._scale)
        largest = round(86 * self._scale)
        smallest = round(40 * self._scale)
        columns = max(1, min(count, (width + gap) // (smallest + gap)))
        if count > columns:
            columns = max(1, (width + gap) // (round(52 * self._scale) + gap))
        side = min(largest, (width - 4) // columns - gap)
        return columns, max(8, side)

    def _place(self, number: int) -> QRect:
        columns, side = self._grid(self.width())
        gap = round(8 * self._scale)
        row, column = divmod(number, columns)
        return QRect(
            2 + column * (side + gap), 2 + row * (side + self._text_height() + 8), side, side
        )

    def _text_height(self) -> int:
        return QFontMetrics(font(self._scale, 8.5)).height() + 2
