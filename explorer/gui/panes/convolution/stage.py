"""Input, kernel and output beside each other: the window on the input, and the cell it makes."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.core.convolution import Slide
from explorer.core.plane import Extent
from explorer.core.values import Reading
from explorer.gui.keys import ARROWS, PAGES, has_arrows
from explorer.gui.panes.cells import paint_cells, write_cells
from explorer.gui.panes.marks import paint_marks
from explorer.gui.panes.matrix import Grid, Matrix
from explorer.gui.panes.reading import Marks
from explorer.gui.panes.shades import Shades, lut, map_name, masked_color
from explorer.gui.theme import Theme, font, mono
from explorer.picture.numbers import number_text

_SHARES = (0.4, 0.2, 0.4)  # of the width, for input, kernel and output
_GAP = 22  # pixels between two pictures, for the sign
_SIGNS = ("∗", "=")
_BAR = 4  # pixels: the colours below a picture
_LARGEST, _LEAST = 44, 3  # pixels: a cell; a frame around a smaller one
_THIN = 26  # pixels: the height of a single row
_LINES = 400  # cells of a window that have a frame each, at most
_LEGEND = 60  # pixels: the least width of the colours
_TALL = 102  # pixels: the height that it needs
_UNBOUNDED = (1 << 24) - 1  # pixels, as Qt has it
Key = Qt.Key
_STEPS = {Key.Key_Up: (-1, 0), Key.Key_Down: (1, 0), Key.Key_Left: (0, -1), Key.Key_Right: (0, 1)}
NOWHERE = (-1, -1)
INPUT, KERNEL, OUTPUT = range(3)


class Picture(NamedTuple):
    """One of the three: its numbers, the positions around them that are drawn too, what it is
    called, and the rows and columns that somebody ``changed``, which are framed."""

    matrix: Matrix
    rows: Extent
    columns: Extent
    caption: str
    changed: tuple[tuple[range, range], ...] = ()


class Spot(NamedTuple):
    """Where on the three pictures somebody is: the position on one of them, of the first of the
    ``block`` that a cell there stands for, None beside its cells."""

    picture: int
    cell: tuple[int, int] | None = None
    block: tuple[int, int] = (1, 1)


class Stage(QWidget):
    """Paints the three pictures once, and over them whatever follows the mouse.

    Signals:
        hovered (int, int): the cell of the output under the mouse, -1, -1 for none.
        picked (int, int): one was clicked, or Enter pressed.
        moved (int, int): the keys chose one.
        played (): Space.
        menu_wanted (Spot, QPoint): a menu is wanted there, at that point of the screen.
    """

    hovered = Signal(int, int)
    picked = Signal(int, int)
    moved = Signal(int, int)
    played = Signal()
    menu_wanted = Signal(object, QPoint)
    own_keys = ARROWS | PAGES | {Key.Key_Space, Key.Key_Return, Key.Key_Enter}

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme, self._scale = theme, scale
        self._pictures: tuple[Picture, ...] = ()
        self._images: list[QImage] = []
        self._marks: dict[int, Marks] = {}
        self._slide: Slide | None = None
        self._cell = NOWHERE
        self._running = False
        self._mouse = NOWHERE
        self._ground: QPixmap | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._fit()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(round(360 * self._scale), round(190 * self._scale))

    # ------------------------------------------------------------------ what is shown

    def show_pictures(self, pictures: tuple[Picture, ...]) -> None:
        """Show input, kernel and output."""
        if self._pictures != pictures:
            self._pictures = pictures
            self._images = [
                one.matrix.shades.image(one.matrix.data, self._theme, one.matrix.map_)
                for one in pictures
            ]
            self._fit()
            self._repaint()

    def mark(self, marks: dict[int, Marks]) -> None:
        """Mark cells of some of the pictures."""
        if marks or self._marks:
            self._marks = marks
            self._repaint()

    def clear(self) -> None:
        """Show nothing."""
        self._pictures, self._ground = (), None
        self.update()

    def point(self, cell: tuple[int, int], slide: Slide, running: bool) -> None:
        """Show what makes a cell of the output; of one that is ``running`` what comes after it is
        not there yet."""
        if (cell, slide, running) != (self._cell, self._slide, self._running):
            self._cell, self._slide, self._running = cell, slide, running
            self.update()

    @property
    def cell(self) -> tuple[int, int]:
        """The cell of the output of which it is shown how it is made."""
        return self._cell

    def room(self) -> tuple[int, int]:
        """Pixels of the screen, down and across, for the cells of a map."""
        ratio = self.devicePixelRatioF()
        wide, high = self._boxes()[0].width(), self._boxes()[0].height()
        return max(16, int(high * ratio)), max(16, int(wide * ratio))

    # ------------------------------------------------------------------ where it is

    def _line(self) -> int:
        return QFontMetrics(font(self._scale, 8.5)).height()

    def _boxes(self) -> list[QRectF]:
        """The room for the cells of each picture."""
        gap, line = _GAP * self._scale, self._line()
        wide, top = self.width() - 4 - 2 * gap, line + 6
        high = max(1.0, self.height() - top - line - (_BAR + 8) * self._scale)
        found, left = [], 2.0
        for share in _SHARES:
            found.append(QRectF(left, top, max(1.0, share * wide), high))
            left += share * wide + gap
        return found

    def grids(self) -> list[Grid]:
        """Where the cells of each picture are."""
        return [
            Grid(self._area(box, one), one.rows, one.columns)
            for box, one in zip(self._boxes(), self._pictures, strict=False)
        ]

    def _area(self, box: QRectF, one: Picture) -> QRectF:
        rows, columns = (end - begin for begin, end in (one.rows, one.columns))
        side = min(box.width() / columns, box.height() / rows, _LARGEST * self._scale)
        thin = min(box.height(), _THIN * self._scale)
        wide, high = max(side * columns, min(box.width(), thin)), max(side * rows, thin)
        return QRectF(
            box.center().x() - wide / 2, box.top() + (box.height() - high) / 2, wide, high
        )

    # ------------------------------------------------------------------ painting

    def _repaint(self) -> None:
        self._ground = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Everything is elsewhere."""
        super().resizeEvent(event)
        self._ground = None
        self._fit()

    def _fit(self) -> None:
        """Be no higher than the pictures get at this width."""
        high = 0.0
        for box, one in zip(self._boxes(), self._pictures, strict=False):
            box.setHeight(1e6)
            high = max(high, self._area(box, one).height())
        around = 2 * self._line() + (_BAR + 14) * self._scale
        least = _TALL * self._scale
        self.setMinimumHeight(round(min(least, high + around) if high else least))
        self.setMaximumHeight(round(high + around) if high else _UNBOUNDED)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The pictures as they were, and over them the window, the cell, and what joins them."""
        if not self._pictures:
            return
        if self._ground is None:
            ratio = self.devicePixelRatioF()
            self._ground = QPixmap(self.size() * ratio)
            self._ground.setDevicePixelRatio(ratio)
            self._ground.fill(Qt.GlobalColor.transparent)
            self._paint_ground(QPainter(self._ground))
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._ground)
        grids = self.grids()
        if has_arrows(self):
            painter.setPen(self._theme.color("accent"))
            painter.drawRect(grids[2].area.adjusted(-3, -3, 2, 2))
        if self._slide is not None and self._cell != NOWHERE:
            self._paint_window(painter, grids, self._slide)

    def _paint_ground(self, painter: QPainter) -> None:
        grids, boxes, theme = self.grids(), self._boxes(), self._theme
        hatch = QBrush(theme.color("dim", 0.45), Qt.BrushStyle.BDiagPattern)
        every = zip(grids, boxes, self._pictures, self._images, strict=True)
        for number, (grid, box, one, image) in enumerate(every):
            marks = self._marks.get(number, Marks())
            painter.fillRect(grid.area, masked_color(theme))
            painter.fillRect(grid.area, hatch)
            painter.save()
            painter.setClipRect(grid.area)
            paint_cells(painter, one.matrix, image, grid, theme)
            paint_marks(painter, grid.rect(*one.matrix.extents), theme, *marks)
            write_cells(painter, one.matrix, image, grid, theme, self._scale, marks.lit, marks.heat)
            painter.restore()
            painter.setPen(theme.color("line"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(grid.area.adjusted(-1, -1, 0, 0))
            painter.setPen(QPen(theme.color("changed"), 2))
            for rows, columns in one.changed:
                down, across = ((run[0], run[-1] + 1) for run in (rows, columns))
                painter.drawRect(grid.rect(down, across).adjusted(1, 1, -1, -1))
            self._paint_caption(painter, box, one.caption)
            self._paint_colours(painter, box, grid.area, one.matrix)
        painter.setFont(font(self._scale, 13))
        painter.setPen(theme.color("dim"))
        for box, sign in zip(boxes, _SIGNS, strict=False):
            place = QRectF(box.right(), box.top(), _GAP * self._scale, box.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, sign)
        painter.end()

    def _paint_caption(self, painter: QPainter, box: QRectF, text: str) -> None:
        painter.setFont(font(self._scale, 8.5))
        painter.setPen(self._theme.color("dim"))
        spill = _GAP * self._scale * 0.4
        place = QRectF(box.left() - spill, 0, box.width() + 2 * spill, self._line() + 2)
        cut = painter.fontMetrics().elidedText(
            text, Qt.TextElideMode.ElideRight, int(place.width())
        )
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, cut)

    def _paint_colours(self, painter: QPainter, box: QRectF, area: QRectF, one: Matrix) -> None:
        """What the colours of a picture mean, below it."""
        scale = self._scale
        wide = max(area.width(), min(box.width(), _LEGEND * scale))
        bar = QRectF(
            area.center().x() - wide / 2, area.bottom() + 4 * scale, wide, _BAR * scale
        )  # fmt: skip
        colours = lut(one.map_ or map_name(self._theme, one.shades.signed))
        ramp = QLinearGradient(bar.topLeft(), bar.topRight())
        for step in range(0, 256, 15):
            blue, green, red, _ = (int(part) for part in colours[step])
            ramp.setColorAt(step / 255, QColor(red, green, blue))
        painter.fillRect(bar, ramp)
        painter.setFont(mono(scale, 8))
        painter.setPen(self._theme.color("dim"))
        words = QRectF(bar.left(), bar.bottom() + 1, bar.width(), self._line())
        low, high = number_text(one.shades.low, 2), number_text(one.shades.high, 2)
        align = Qt.AlignmentFlag
        if painter.fontMetrics().horizontalAdvance(f"{low}  {high}") <= words.width():
            painter.drawText(words, align.AlignLeft, low)
            painter.drawText(words, align.AlignRight, high)
        else:
            text = f"±{high}" if one.shades.signed else high
            painter.drawText(words, align.AlignHCenter, text)

    def _paint_window(self, painter: QPainter, grids: list[Grid], slide: Slide) -> None:
        inputs, kernel, output = grids
        cursor, halo = self._theme.color("cursor"), self._theme.color("background", 0.8)
        rows, columns = slide.reach(self._cell)
        window = _framed(inputs.rect((rows.start, rows.stop), (columns.start, columns.stop)))
        row, column = self._cell
        cell = _framed(output.rect((row, row + 1), (column, column + 1)))
        if self._running:
            self._paint_coming(painter, output)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        joints = [
            QLineF(window.topRight(), kernel.area.topLeft()),
            QLineF(window.bottomRight(), kernel.area.bottomLeft()),
            QLineF(kernel.area.topRight(), cell.topLeft()),
            QLineF(kernel.area.bottomRight(), cell.bottomLeft()),
        ]
        for pen in (QPen(halo, 2.5), QPen(self._theme.color("cursor", 0.75), 1)):
            painter.setPen(pen)
            painter.drawLines(joints)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self._paint_places(painter, inputs, slide)
        for place, area in ((window, inputs.area), (cell, output.area)):
            painter.setClipRect(area.adjusted(-4, -4, 4, 4))
            for pen in (QPen(halo, 4), QPen(cursor, 2)):
                painter.setPen(pen)
                painter.drawRect(place)

    def _paint_places(self, painter: QPainter, inputs: Grid, slide: Slide) -> None:
        """The cells that are multiplied, where there are others between them."""
        down, across = slide.windows(self._cell)
        few = down.length * across.length <= _LINES
        if max(down.step, across.step) == 1 or not few or min(inputs.step) < _LEAST:
            return
        painter.setPen(QPen(self._theme.color("cursor", 0.8), 1))
        for row in down.places:
            for column in across.places:
                painter.drawRect(inputs.rect((row, row + 1), (column, column + 1)))

    def _paint_coming(self, painter: QPainter, output: Grid) -> None:
        """A veil over what is made later."""
        veil = self._theme.color("panel", 0.8)
        row, column = self._cell
        painter.fillRect(output.rect((row + 1, output.rows[1]), output.columns), veil)
        painter.fillRect(output.rect((row, row + 1), (column + 1, output.columns[1])), veil)

    # ------------------------------------------------------------------ mouse and keys

    def _at(self, point: QPointF) -> tuple[int, int]:
        """The cell of the output at a point."""
        grids = self.grids()
        if len(grids) < 3 or not grids[2].area.contains(point):
            return NOWHERE
        rows, columns = self._pictures[2].matrix.whole
        row, column = grids[2].at(point)
        return min(math.floor(row), rows - 1), min(math.floor(column), columns - 1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The kernel slides along with the mouse."""
        self._hover(self._at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """It goes back."""
        self._hover(NOWHERE)

    def _hover(self, cell: tuple[int, int]) -> None:
        if cell != self._mouse:
            self._mouse = cell
            self.hovered.emit(*cell)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a cell."""
        cell = self._at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and cell != NOWHERE:
            self.picked.emit(*cell)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Of the picture under the mouse or, by a key, of the cell that is shown."""
        if not self._pictures:
            return
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            row, column = self._cell
            area = self.grids()[OUTPUT].rect((row, row + 1), (column, column + 1))
            self.menu_wanted.emit(
                Spot(OUTPUT, self._cell), self.mapToGlobal(area.center().toPoint())
            )
            return
        point = QPointF(event.pos())
        for number, (grid, box) in enumerate(zip(self.grids(), self._boxes(), strict=True)):
            if box.contains(point):
                self.menu_wanted.emit(self._spot(number, grid, point), event.globalPos())

    def _spot(self, number: int, grid: Grid, point: QPointF) -> Spot:
        matrix = self._pictures[number].matrix
        place = matrix.place(*grid.at(point)) if grid.area.contains(point) else NOWHERE
        if place == NOWHERE:
            return Spot(number)
        return Spot(number, matrix.position(place), matrix.block)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home, End and pages choose a cell, Enter tells how it came to be, Space plays."""
        key = Key(event.key())
        if not self._pictures or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().keyPressEvent(event)
        elif key in _STEPS:
            self._step(*_STEPS[key])
        elif key in PAGES:
            rows, columns = self._pictures[2].matrix.whole
            self._step(*{Key.Key_PageUp: (-rows, 0), Key.Key_PageDown: (rows, 0),
                         Key.Key_Home: (0, -columns)}.get(key, (0, columns)))  # fmt: skip
        elif key in (Key.Key_Return, Key.Key_Enter):
            self.picked.emit(*self._cell)
        elif key == Key.Key_Space:
            self.played.emit()
        else:
            super().keyPressEvent(event)

    def _step(self, down: int, across: int) -> None:
        row, column = (
            min(max(0, at + by), size - 1)
            for at, by, size in zip(
                self._cell, (down, across), self._pictures[2].matrix.whole, strict=True
            )
        )
        self.moved.emit(row, column)


def _framed(place: QRectF) -> QRectF:
    """A place that is too small for a frame, larger."""
    more = [max(0.0, (_LEAST - side) / 2) for side in (place.width(), place.height())]
    return place.adjusted(-more[0], -more[1], more[0], more[1])


def as_plane(data: np.ndarray) -> np.ndarray:
    """Numbers along one axis as a row."""
    return data.reshape((1,) * (2 - data.ndim) + data.shape)


def matrix_of(
    reading: Reading, shades: Shades, whole: tuple[int, int], map_: str | None = None
) -> Matrix:
    """A map as rows and columns."""
    block = (1, *reading.block)[-2:]
    return Matrix(
        as_plane(reading.data), shades, map_=map_, block=(block[0], block[1]), whole=whole
    )
