"""A matrix as coloured cells that somebody can zoom into and move about in."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.core.plane import Extent
from explorer.gui.keys import ARROWS, PAGES
from explorer.gui.panes.cells import paint_cells, write_cells
from explorer.gui.panes.colourbar import ColourBar
from explorer.gui.panes.kept import Kept
from explorer.gui.panes.marks import paint_marks
from explorer.gui.panes.matrix import Grid, Matrix
from explorer.gui.panes.moving import ENDS, STEPS, TURN, ZOOMS, Hold, Key, way_of
from explorer.gui.panes.names import AxisNames
from explorer.gui.panes.scrollbars import ScrollBars
from explorer.gui.panes.shades import Shades
from explorer.gui.theme import Theme
from explorer.picture.plane import around, shifted, zoomed

_LARGEST = 96  # pixels: a square cell
_WIDEST, _HIGHEST = 64, 28  # pixels: another cell, as near as one can get
_NOWHERE = (-1, -1)
_RIM = 3  # pixels around the cells on which lines may lie
_PAGES = {Key.Key_PageUp: (-1, 0), Key.Key_PageDown: (1, 0)}


class Heatmap(QWidget):
    """Paints one matrix, or the part of it that is in view.

    The wheel zooms at the mouse, a drag or a trackpad moves; a double click goes so near that the
    numbers can be read, and another one shows all again. Its cells are those of the matrix that it
    was given last: who has nearer ones waits for `moved`, and shows them.

    Signals:
        hovered (int, int): row and column of the cell under the mouse, -1, -1 when there is none.
        picked (int, int): a cell was clicked, or chosen with the arrow keys.
        moved (object, object): the extents of rows and columns that are in view are others now.
        copied (): what is in view is wanted on the clipboard.
        menu_wanted (QPoint): a menu is wanted, at that point of the screen.
    """

    hovered = Signal(int, int)
    picked = Signal(int, int)
    moved = Signal(object, object)
    copied = Signal()
    menu_wanted = Signal(QPoint)
    own_keys = ARROWS | PAGES
    steady_keys = frozenset(ZOOMS)

    def __init__(self, theme: Theme, scale: float, square: bool = False) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self._square = square
        self._matrix = Matrix(np.zeros((0, 0)), Shades(0, 1, False))
        self._image = QImage()
        self._kept = Kept()
        self._rows: Extent = (0.0, 1.0)
        self._columns: Extent = (0.0, 1.0)
        self._names = AxisNames(theme, scale, square)
        self._bar = ColourBar(theme, scale)
        self._least_sides = 0, 0  # pixels, left and right
        self._measured: tuple[int, int, int, int] | None = None  # the margins, once known
        self._cell = (
            _NOWHERE  # the first position of the cell under the mouse, or of the chosen one
        )
        self._chooses = False  # that cell was chosen by a key, and its number is on its way
        self._mouse: QPointF | None = None
        self._was_pressed = False  # since it is on screen
        self._hold = Hold(self, lambda: any(self._is_zoomed), self._shift)
        self._marks: tuple[np.ndarray | None, ...] = (None, None, None)  # see `mark`
        self._scroll = ScrollBars(self, scale, self._go)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(round(120 * scale))

    # ------------------------------------------------------------------ what is shown

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
        first: tuple[int, int] = (0, 0),
        whole: tuple[int, int] | None = None,
    ) -> None:
        """Show (rows, columns) numbers, see `Matrix`. Of another plane than the last one all is in
        view; where a side has no names, positions are written beside it."""
        wide = (block[-2] if len(block) > 1 else 1, block[-1] if block else 1)
        if whole is None:
            whole = (first[0] + data.shape[0] * wide[0], first[1] + data.shape[1] * wide[1])
        if whole != self._matrix.whole:
            self._rows, self._columns = (0.0, float(whole[0])), (0.0, float(whole[1]))
            self._cell = _NOWHERE
        self._matrix = Matrix(data, shades, axes, rows, columns, masked, map_, wide, first, whole)
        self._image = shades.image(data, self._theme, map_) if data.size else QImage()
        self._renew()
        row, column = self._matrix.place(*self._cell)
        if self._mouse is not None and not self._chooses:
            self._cell = self._at(self._mouse)
        elif row >= 0:
            self._cell = self._matrix.position((row, column))
        self.setAccessibleName(f"{whole[0]} × {whole[1]}")
        self._place_bars()
        self.updateGeometry()
        if self._chooses and row >= 0:
            self._chooses = False
            self.picked.emit(row, column)

    def show_names(self, rows: bool, columns: bool) -> None:
        """Whether the names of rows and of columns are written; a map beside may have them."""
        if self._names.shown != (rows, columns):
            self._names.shown = (rows, columns)
            self._renew()

    def show_bar(self, shown: bool) -> None:
        """Whether the colour bar is beside it; another map's may say the same."""
        if self._bar.shown != shown:
            self._bar.shown = shown
            self._renew()

    @property
    def sides(self) -> tuple[int, int]:
        """The pixels that names and colour bar need at the left and at the right of the cells."""
        bar = self._scroll.wide + 2 if self._is_zoomed[0] else 0
        left = self._names.left(self._matrix, self._rows, self.size())
        return left, self._bar.room(self._matrix) + bar

    def leave(self, left: int, right: int) -> None:
        """Take that much room beside the cells, so that they stand below those of another map."""
        if (left, right) != self._least_sides:
            self._least_sides = left, right
            self._renew()
            self._place_bars()

    def look(self, rows: Extent, columns: Extent) -> None:
        """Bring these positions of rows and columns into view."""
        if (rows, columns) != (self._rows, self._columns):
            self._rows, self._columns = rows, columns
            self._renew()
            self._place_bars()

    def mark(
        self, lit: np.ndarray | None, ring: np.ndarray | None, heat: np.ndarray | None = None
    ) -> None:
        """Veil all but the ``lit`` cells (rows, columns), with ``heat`` in the colour of how much,
        and ring others; None for none."""
        before, self._marks = self._marks, (lit, ring, heat)
        if any(one is not None for one in (*before, *self._marks)):
            self._renew()

    def point_at(self, row: int, column: int) -> None:
        """Put the frame around the cell at a position, as if the mouse were there."""
        place = self._matrix.place(row, column)
        self._mouse = None
        self._point(self._matrix.position(place) if place != _NOWHERE else (row, column))

    @property
    def attended(self) -> bool:
        """Whether the mouse or the keys are at it."""
        return self._mouse is not None or self.hasFocus()

    @property
    def cell(self) -> tuple[int, int]:
        """The cell under the mouse or chosen with the keys; (-1, -1) for none."""
        return self._matrix.place(*self._cell) if self._cell != _NOWHERE else _NOWHERE

    @property
    def position(self) -> tuple[int, int]:
        """The first position of that cell, also where its number is on its way; (-1, -1)."""
        return self._cell

    @property
    def seen(self) -> np.ndarray:
        """The numbers of the cells in view, (rows, columns)."""
        return self._matrix.data[self._grid().cells(self._matrix)]

    @property
    def extents(self) -> tuple[Extent, Extent]:
        """The positions of rows and columns in view."""
        return self._rows, self._columns

    @property
    def matrix(self) -> Matrix:
        """What it was given last."""
        return self._matrix

    def nearest(self, row: int, column: int) -> tuple[Extent, Extent]:
        """The extents around a position, so near that its number can be read."""
        rows, columns = (
            shifted((0.0, min(least, size)), size, at + 0.5 - min(least, size) / 2)
            for size, at, least in zip(
                self._matrix.whole, (row, column), self._least(), strict=True
            )
        )
        return rows, columns

    def _renew(self) -> None:
        self._measured = None
        self._kept.spoil()
        self.update()

    # ------------------------------------------------------------------ size

    def sizeHint(self) -> QSize:
        """As high as the matrix wants at the present width."""
        return QSize(round(360 * self._scale), self.heightForWidth(self.width()))

    def heightForWidth(self, width: int) -> int:
        """Square cells where there are not too many rows."""
        rows, columns = self._matrix.data.shape
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

    def room(self) -> tuple[int, int]:
        """Pixels of the screen, down and across, for cells."""
        left, top, right, bottom = self._margins()
        ratio = self.devicePixelRatioF()
        high, wide = self.height() - top - bottom, self.width() - left - right
        return max(1, int(high * ratio)), max(1, int(wide * ratio))

    def field(self) -> QRectF:
        """Where the cells are."""
        left, top, right, bottom = self._margins()
        width, height = self.width() - left - right, self.height() - top - bottom
        if not self._matrix.data.size or width <= 0 or height <= 0:
            return QRectF(left, top, 0, 0)
        rows, columns = (
            (extent[1] - extent[0]) / block
            for extent, block in zip(self.extents, self._matrix.block, strict=True)
        )
        zoomed_down, zoomed_across = self._is_zoomed
        cell_w, cell_h = width / columns, height / rows
        if self._square:
            cell_w = cell_h = min(cell_w, cell_h, _LARGEST * self._scale)
        else:
            if not zoomed_down:
                cell_h = min(cell_h, max(cell_w, 22 * self._scale))
            if not zoomed_across:
                cell_w = min(cell_w, _WIDEST * self._scale)
        return QRectF(left, top, int(cell_w * columns), int(cell_h * rows))

    def showEvent(self, event: QShowEvent) -> None:
        """Nobody has clicked on it yet."""
        super().showEvent(event)
        self._was_pressed = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The scroll bars keep to the edges."""
        super().resizeEvent(event)
        self._renew()
        self._place_bars()

    @property
    def _is_zoomed(self) -> tuple[bool, bool]:
        """Whether not all rows, and not all columns, are in view."""
        rows, columns = self._matrix.whole
        down, across = (end - begin for begin, end in self.extents)
        return down < rows - 1e-6, across < columns - 1e-6

    def _margins(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom: room for names, ticks, the colour bar and scroll bars."""
        if self._measured is None:
            self._measured = self._measure()
        return self._measured

    def _measure(self) -> tuple[int, int, int, int]:
        (left, right), least = self.sides, self._least_sides
        left, right = max(left, least[0]), max(right, least[1])
        size, below = self.size(), self._scroll.wide + 2 if self._is_zoomed[1] else 0
        top = self._names.top(self._matrix, self._rows, self._columns, size, left + right)
        return left, top, right, 4 + below

    def _grid(self) -> Grid:
        return Grid(self.field(), self._rows, self._columns)

    def _least(self) -> tuple[float, float]:
        """The rows and columns that are in view at the nearest."""
        left, top, right, bottom = self._margins()
        high, wide = self.height() - top - bottom, self.width() - left - right
        most = (_LARGEST, _LARGEST) if self._square else (_HIGHEST, _WIDEST)
        return tuple(  # type: ignore[return-value]
            max(1.0, room / (one * self._scale))
            for room, one in zip((high, wide), most, strict=True)
        )

    def _place_bars(self) -> None:
        self._scroll.place(self.field().toRect(), self.extents, self._matrix.whole)

    # ------------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Cells, mask, numbers, marks, names, colour bar."""
        painter = QPainter(self)
        matrix, grid = self._matrix, self._grid()
        if self._image.isNull() or grid.area.isEmpty():
            return
        inside = grid.area.adjusted(-_RIM, -_RIM, _RIM, _RIM)
        self._kept.draw(painter, inside, self._paint_inside)
        painter.setClipRect(inside)
        self._paint_frame(painter, matrix, grid)
        painter.setClipping(False)
        if inside.contains(QRectF(event.rect())):
            return  # the mouse went from cell to cell
        right = self._margins()[2]
        self._names.paint(painter, matrix, grid, self.size(), right)
        self._bar.paint(painter, matrix, grid.area, self.height())

    def _paint_inside(self, painter: QPainter) -> None:
        """Cells and marks, and what is written on them."""
        matrix, grid = self._matrix, self._grid()
        painter.setClipRect(grid.area)
        paint_cells(painter, matrix, self._image, grid, self._theme)
        painter.setClipping(False)  # lines may lie on the rim
        lit, ring, heat = self._marks
        paint_marks(painter, grid.rect(*matrix.extents), self._theme, lit, ring, heat)
        write_cells(painter, matrix, self._image, grid, self._theme, self._scale, lit, heat)

    def _paint_frame(self, painter: QPainter, matrix: Matrix, grid: Grid) -> None:
        """Around the cell under the mouse, and around all where the keyboard is."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.hasFocus():
            painter.setPen(self._theme.color("accent"))
            painter.drawRect(grid.area.adjusted(-2, -2, 1, 1))
        place = self.cell
        if place != _NOWHERE:
            painter.setPen(QPen(self._theme.color("cursor"), 2))
            painter.drawRect(grid.cell(matrix, *place))

    # ------------------------------------------------------------------ mouse and keys

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse, and take the picture along while it is held."""
        self._mouse, self._chooses = event.position(), False
        self._hold.follow(event)
        self._point(self._at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Hold the picture; where it is let go, a cell is picked."""
        self._was_pressed = True
        if self._hold.press(event):
            self._mouse = event.position()
            self._point(self._at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Pick a cell, unless the picture was moved."""
        if self._hold.release(event) and self.cell != _NOWHERE:
            self.picked.emit(*self.cell)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """To the numbers, or back to all; of a picture that came under the mouse between the two
        clicks nothing is wanted."""
        if not self._was_pressed:
            return
        at = self._at(event.position())
        self._hold.drop()
        if any(self._is_zoomed):
            self._go((0.0, float(self._matrix.whole[0])), (0.0, float(self._matrix.whole[1])))
        elif at != _NOWHERE:
            self._go(*self.nearest(*at))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel zooms at the mouse; a trackpad, or the wheel with Shift, moves."""
        self._mouse = event.position()
        way = way_of(event)
        if way is not None:
            self._shift(way)
        else:
            self._zoom_at(event.position(), TURN ** event.angleDelta().y())
        self._point(self._at(event.position()))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """No cell any more."""
        self._mouse = None
        self._point(_NOWHERE)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Whoever shows the matrix has the menu; its cell is meant until the mouse is back."""
        self._mouse = None
        self.menu_wanted.emit(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows choose a cell where the mouse would, and take the picture along; the keys that
        zoom do so at that cell."""
        key = Key(event.key())
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copied.emit()
        elif not self._matrix.data.size or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().keyPressEvent(event)
        elif key in ZOOMS:
            if factor := ZOOMS[key]:
                middle = (sum(self._rows) / 2, sum(self._columns) / 2)
                at = (self._cell[0] + 0.5, self._cell[1] + 0.5)
                self._go(*self._zoomed(factor, at if self.cell != _NOWHERE else middle))
            else:
                self._go((0.0, float(self._matrix.whole[0])), (0.0, float(self._matrix.whole[1])))
        elif key in STEPS:
            block = self._matrix.block
            self._choose(*(way * by for way, by in zip(STEPS[key], block, strict=True)))
        elif key in _PAGES:
            seen = max(1, int(self._rows[1] - self._rows[0]) - self._matrix.block[0])
            self._choose(_PAGES[key][0] * seen, 0)
        elif key in ENDS:
            self._choose(0, ENDS[key] * self._matrix.whole[1])
        else:
            super().keyPressEvent(event)

    def _choose(self, down: int, across: int) -> None:
        """Another cell by the keys; from none, the first in view."""
        begin = self._cell
        if begin == _NOWHERE:
            begin = tuple(int(extent[0]) for extent in self.extents)  # type: ignore[assignment]
        row, column = (
            min(max(0, at + by), size - 1) // block * block
            for at, by, size, block in zip(
                begin, (down, across), self._matrix.whole, self._matrix.block, strict=True
            )
        )
        self._mouse = None
        self._go(
            around(self._rows, self._matrix.whole[0], row),
            around(self._columns, self._matrix.whole[1], column),
        )
        self._point((row, column))
        self._chooses = self.cell == _NOWHERE
        if not self._chooses:
            self.picked.emit(*self.cell)

    def _shift(self, way: QPointF) -> None:
        """Move what is in view by pixels."""
        high, wide = self._grid().step
        whole = self._matrix.whole
        self._go(
            shifted(self._rows, whole[0], way.y() / high),
            shifted(self._columns, whole[1], way.x() / wide),
        )

    def _zoom_at(self, point: QPointF, factor: float) -> None:
        """Zoom with what is at a point of the widget fixed, though scroll bars come or go."""
        if not self._matrix.data.size:
            return
        before, held = self.extents, self._grid().at(point)
        self.look(*self._zoomed(factor, held))
        drift = (held[n] - at for n, at in enumerate(self._grid().at(point)))
        rows, columns = (
            shifted(extent, size, by)
            for extent, size, by in zip(self.extents, self._matrix.whole, drift, strict=True)
        )
        self.look(*before)
        self._go(rows, columns)

    def _zoomed(self, factor: float, at: tuple[float, float]) -> tuple[Extent, Extent]:
        """The extents so much nearer, with a position fixed."""
        rows, columns = (
            zoomed(extent, size, factor, place, least)
            for extent, size, place, least in zip(
                self.extents, self._matrix.whole, at, self._least(), strict=True
            )
        )
        return rows, columns

    def _go(self, rows: Extent, columns: Extent) -> None:
        """As somebody at the mouse or the keys wants it."""
        if (rows, columns) != (self._rows, self._columns):
            self.look(rows, columns)
            self.moved.emit(rows, columns)

    def _at(self, point: QPointF) -> tuple[int, int]:
        """The first position of the cell at a point, _NOWHERE for none."""
        grid = self._grid()
        if grid.area.isEmpty() or not grid.area.contains(point):
            return _NOWHERE
        at = grid.at(point)
        row, column = (
            min(position, size - 1e-9)
            for position, size in zip(at, self._matrix.whole, strict=True)
        )
        place = self._matrix.place(row, column)
        return self._matrix.position(place) if place != _NOWHERE else _NOWHERE

    def _point(self, position: tuple[int, int]) -> None:
        if position != self._cell:
            before, self._cell = self.cell, position
            self.hovered.emit(*self.cell)
            grid = self._grid()
            for place in {before, self.cell} - {_NOWHERE}:
                around = grid.cell(self._matrix, *place).intersected(grid.area)
                self.update(around.toAlignedRect().adjusted(-_RIM, -_RIM, _RIM, _RIM))
