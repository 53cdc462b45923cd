"""The names of axes and positions around a heatmap, and the room that they take."""

from __future__ import annotations

import math
from collections.abc import Iterator

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontInfo, QFontMetrics, QPainter

from explorer.core.plane import Extent
from explorer.gui.panes.kept import Kept
from explorer.gui.panes.lettering import SMALLEST, alike_when_cut, fitting, spread
from explorer.gui.panes.matrix import Grid, Matrix
from explorer.gui.theme import Theme, font, mono

_LONG = 70  # pixels that a name takes at most
_BARE = 4  # pixels where nothing is written
_LEGIBLE = 10  # pixels: of smaller letters in a row a name is not made out, numbers are better
_MEASURED = 400  # names of which the length is measured


class AxisNames:
    """Writes them: every name of the positions in view or, where there is no room for all, numbers
    of some. ``square`` tells that cells are as high as they are wide. ``shown`` says whether those
    of the rows, and of the columns, are written at all."""

    def __init__(self, theme: Theme, scale: float, square: bool) -> None:
        self._theme = theme
        self._scale = scale
        self._square = square
        self.shown = (True, True)
        self._beside, self._above = Kept(), Kept()

    def top(self, matrix: Matrix, rows: Extent, columns: Extent, size: QSize, sides: int) -> int:
        """Pixels at the top, where so many are taken at the ``sides``."""
        if not self.shown[1]:
            return _BARE
        high = QFontMetrics(mono(self._scale, 9)).height()
        _, standing = self._standing(matrix, rows, columns, size, sides)
        return high + 2 + (standing or high)

    def paint(self, painter: QPainter, matrix: Matrix, grid: Grid, size: QSize, right: int) -> None:
        """All names; they are kept, as they are the same from value to value."""
        area = grid.area
        down, across = zip(matrix.names, matrix.axes, matrix.block, strict=True)
        if self.shown[0]:
            self._beside.draw(
                painter, QRectF(0, 0, area.left(), size.height()),
                lambda into: self._paint_rows(into, matrix, grid, size),
                (*down, grid.rows, area.top(), area.height()),
            )  # fmt: skip
        if self.shown[1]:
            self._above.draw(
                painter, QRectF(0, 0, size.width(), area.top()),
                lambda into: self._paint_columns(into, matrix, grid, size, right),
                (*across, grid.rows, grid.columns, area, size.height(), right),
            )  # fmt: skip

    def _paint_columns(
        self, painter: QPainter, matrix: Matrix, grid: Grid, size: QSize, right: int
    ) -> None:
        """Above the cells, with the name of their axis."""
        painter.setPen(self._theme.color("dim"))
        sides = self.left(matrix, grid.rows, size) + right
        made, standing = self._standing(matrix, grid.rows, grid.columns, size, sides)
        if standing:
            painter.setFont(made)
            self._paint_standing(painter, matrix, grid, standing)
        else:
            self._paint_lying(painter, matrix, grid)
        high = QFontMetrics(mono(self._scale, 9)).height()
        painter.setFont(font(self._scale, 9))
        painter.drawText(
            QRectF(grid.area.left(), 0, max(grid.area.width(), 90), high),
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
            f"{matrix.axes[1]} →" if matrix.axes[1] else "",
        )

    def _paint_rows_axis(self, painter: QPainter, matrix: Matrix, grid: Grid, size: QSize) -> None:
        """On end at the left."""
        painter.setFont(font(self._scale, 9))
        place, said = self.rows_axis(matrix, grid, size)
        if said:
            painter.save()
            painter.translate(place.bottomLeft())
            painter.rotate(-90)
            painter.drawText(
                QRectF(0, 0, place.height(), place.width()),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                said,
            )
            painter.restore()

    def strip(self, matrix: Matrix) -> int:
        """Width of the strip at the left for the name of the rows, in whichever script it is."""
        name = matrix.axes[0]
        if not name:
            return QFontMetrics(mono(self._scale, 9)).height()
        return QFontMetrics(font(self._scale, 9)).boundingRect(f"← {name}").height() + 2

    def rows_axis(self, matrix: Matrix, grid: Grid, size: QSize) -> tuple[QRectF, str]:
        """Where the name of the rows stands, from the first row down, and what is written there.

        Where the rows are less high than the name is long it hangs on below them; where the widget
        ends, too, it is cut, and left out rather than unreadable.
        """
        area = grid.area
        metrics = QFontMetrics(font(self._scale, 9))
        room = min(size.height() - area.top(), max(area.height(), 120 * self._scale))
        cut = metrics.elidedText(
            matrix.axes[0], Qt.TextElideMode.ElideRight,
            int(room) - metrics.horizontalAdvance("← "),
        )  # fmt: skip
        said = f"← {cut}" if cut.strip("…") else ""
        return QRectF(0, area.top(), self.strip(matrix), metrics.horizontalAdvance(said)), said

    def left(self, matrix: Matrix, rows: Extent, size: QSize) -> int:
        """Pixels at the left."""
        if not self.shown[0]:
            return _BARE
        metrics = QFontMetrics(mono(self._scale, 9))
        names, _ = matrix.names
        ticks = metrics.horizontalAdvance(str(max(0, matrix.whole[0] - 1)))
        if names and (size.height() - 2 * metrics.height()) / (rows[1] - rows[0]) >= SMALLEST:
            ticks = max(metrics.horizontalAdvance(name) for name in names[:_MEASURED])
        return min(ticks, round(_LONG * self._scale)) + 6 + self.strip(matrix)

    def _standing(
        self, matrix: Matrix, rows: Extent, columns: Extent, size: QSize, sides: int
    ) -> tuple[QFont, int]:
        """The font of columns' names that stand on end, and their height; 0 if none do."""
        made = mono(self._scale, 9)
        high = QFontMetrics(made).height()
        cell = (size.width() - sides) / (columns[1] - columns[0])
        _, names = matrix.names
        shown = names[math.floor(columns[0]) : math.ceil(columns[1])]
        if not shown or self._lying_font(shown, cell):
            return made, 0
        most = round(_LONG * self._scale)
        if self._square:
            cell = min(cell, (size.height() - high - most) / (rows[1] - rows[0]))
        if cell < SMALLEST:
            return made, 0
        made.setPixelSize(min(QFontInfo(made).pixelSize(), int(cell)))
        metrics = QFontMetrics(made)
        if alike_when_cut(shown, metrics, most):
            return made, 0
        return made, min(most, max(map(metrics.horizontalAdvance, names[:_MEASURED])) + 6)

    def _lying_font(self, names: tuple[str, ...], cell: float) -> QFont | None:
        """The font that has room for every column's name; None where numbers must do.

        Long names may be cut as long as they still differ.
        """
        if not names:
            return None
        fit = fitting(self._scale, 9, cell, 1e9, names)
        if fit is not None and fit.pixelSize() < _LEGIBLE * self._scale:
            fit = None
        if fit is None and cell >= 30 * self._scale:
            fit = mono(self._scale, 9)
            if alike_when_cut(names, QFontMetrics(fit), int(cell) + 1):
                return None
        return fit

    def _paint_rows(self, painter: QPainter, matrix: Matrix, grid: Grid, size: QSize) -> None:
        """At the left of the cells, with the name of their axis."""
        painter.setPen(self._theme.color("dim"))
        names, _ = matrix.names
        block = matrix.block[0]
        cell = grid.step[0] * block
        shown = names[math.floor(grid.rows[0]) : math.ceil(grid.rows[1])]
        named = fitting(self._scale, 9, 1e9, cell, shown) if shown else None
        painter.setFont(named or mono(self._scale, 9))
        metrics = painter.fontMetrics()
        high, strip = metrics.height(), self.strip(matrix)
        # every name or none: every second letter of a text looks like a text and is not
        step = 1 if named else _step(grid.rows, block, grid.step[0], high)
        area = grid.area
        for position, middle in _ticks(grid.rows, block, step):
            y = grid.rect((middle, middle), grid.columns).top()
            if not area.top() <= y <= area.bottom():
                continue
            place = QRectF(strip, y - high / 2, area.left() - strip - 5, high)
            text = names[position] if named else str(position)
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(place.width()))
            painter.drawText(
                place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text
            )
        self._paint_rows_axis(painter, matrix, grid, size)

    def _paint_lying(self, painter: QPainter, matrix: Matrix, grid: Grid) -> None:
        """Columns' names above them, or numbers where there is no room for all names."""
        _, names = matrix.names
        block = matrix.block[1]
        cell = grid.step[1] * block
        named = self._lying_font(
            names[math.floor(grid.columns[0]) : math.ceil(grid.columns[1])], cell
        )
        high = QFontMetrics(mono(self._scale, 9)).height()
        painter.setFont(named or mono(self._scale, 9))
        metrics = painter.fontMetrics()
        widest = metrics.horizontalAdvance(str(math.ceil(grid.columns[1]) - 1)) + 5
        step = 1 if named else _step(grid.columns, block, grid.step[1], widest)
        room, area = max(cell, grid.step[1] * step), grid.area
        for position, middle in _ticks(grid.columns, block, step):
            x = grid.rect(grid.rows, (middle, middle)).left()
            if not area.left() <= x <= area.right():
                continue
            text = names[position] if named else str(position)
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(room) + 1)
            place = QRectF(x - room / 2, area.top() - high - 2, room, high)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_standing(self, painter: QPainter, matrix: Matrix, grid: Grid, standing: int) -> None:
        """Columns' names on end, to be read upwards."""
        metrics = painter.fontMetrics()
        wide = grid.step[1]
        for position, middle in _ticks(grid.columns, 1, 1):
            at = QPointF(grid.rect(grid.rows, (middle, middle)).left(), grid.area.top() - 4)
            if not grid.area.left() <= at.x() <= grid.area.right():
                continue
            name = matrix.columns[position]
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, standing)
            painter.save()
            painter.translate(at)
            painter.rotate(-90)
            painter.drawText(
                QRectF(0, -wide / 2, standing, wide),
                Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
                text,
            )
            painter.restore()


def _ticks(extent: Extent, block: int, step: int) -> Iterator[tuple[int, float]]:
    """Every so many positions in view, and the middle of the block that each is in."""
    for position in range(math.floor(extent[0] / step) * step, math.ceil(extent[1]), step):
        yield position, position // block * block + block / 2


def _step(extent: Extent, block: int, pixels: float, needed: float) -> int:
    """Every how many positions, of so many pixels each, there is room for a number: round ones,
    no block twice."""
    count = extent[1] - extent[0]
    if block == 1:
        return spread(count, pixels, needed)
    return spread(max(count, block), 1.0, max(block, needed / pixels))
