"""The bands of a recurrent layer, which somebody can zoom into and move about in."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.core.plane import Extent
from explorer.gui.keys import ARROWS, PAGES, has_arrows
from explorer.gui.panes.matrix import Grid
from explorer.gui.panes.moving import ENDS, STEPS, TURN, ZOOMS, Hold, Key, way_of
from explorer.gui.panes.recurrent.stack import Line, Stack, Strip, Times
from explorer.gui.panes.scrollbars import ScrollBars
from explorer.gui.theme import Theme
from explorer.picture.plane import around, shifted, zoomed

_WIDEST, _HIGHEST = 48, 18  # pixels of a cell, as near as one can get
_NEAR = 1e9  # times as near: as near as one can get
_TALL = 150  # pixels: the least height, also of few bands
_PAGES = {Key.Key_PageUp: -1, Key.Key_PageDown: 1}
_ENTER = frozenset({Key.Key_Return, Key.Key_Enter})
Spot = tuple[int, int, int]  # band, first row and first step of a cell


class Bands(QWidget):
    """Shows them on one axis of time, over it how open the gates are.

    The wheel zooms at the mouse, a drag or a trackpad moves; a double click goes so near that the
    numbers can be read, and another one shows all again.

    Signals:
        pointed (): another cell is under the mouse, or chosen by the keys, or none is.
        picked (): it was clicked, or Enter pressed.
        menu_wanted (QPoint): a menu is wanted for it, at that point of the screen.
        moved (object, object): the extents of units and steps in view are others now.
        walked (QRect): the keys chose a cell of the band that is there.
        resized (): there is another `room`.
    """

    pointed = Signal()
    picked = Signal()
    menu_wanted = Signal(QPoint)
    moved = Signal(object, object)
    walked = Signal(QRect)
    resized = Signal()
    own_keys = ARROWS | PAGES | _ENTER
    steady_keys = frozenset(ZOOMS)

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme, self._scale = theme, scale
        self.stack = Stack(theme, scale)
        self.step = -1  # that under the mouse, where this is over the lines
        self._spot: Spot | None = None
        self._mouse: QPointF | None = None  # where it is, unless the keys chose the cell
        self._step = -1
        self._changed: Mapping[str, Mapping[int, range]] = {}
        self._pinned: tuple[str, int, int] | None = None
        self._hold = Hold(self, lambda: any(self._is_zoomed), self._shift)
        self._scroll = ScrollBars(self, scale, self._go)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(round(_TALL * scale))
        self.setAccessibleName(self.tr("States and gates over time"))

    # ------------------------------------------------------------------ what is shown

    def show_bands(
        self, strips: tuple[Strip, ...], lines: tuple[Line, ...], times: Times,
        rows: Extent | None, columns: Extent | None,
    ) -> None:  # fmt: skip
        """Show these, and of them the units and steps wanted, None for all."""
        self.stack.show(strips, lines, times)
        self.look(rows, columns)
        if self._mouse is not None:
            self._spot = self._spot_at(self._mouse)
        elif self._spot is not None and self.cell is None:
            self._spot = None
        self.setMinimumHeight(max(round(_TALL * self._scale), self.stack.least()))
        self.update()

    def look(self, rows: Extent | None, columns: Extent | None) -> None:
        """Bring these units and steps into view."""
        stack = self.stack
        stack.rows = rows or (0.0, float(max(1, stack.units)))
        stack.columns = columns or (0.0, float(max(1, stack.times.steps)))
        self._place()
        self.update()

    def mark(self, step: int, pinned: tuple[str, int, int] | None) -> None:
        """Frame the step that somebody is at, −1 for none, and the chosen cell."""
        if (step, pinned) != (self._step, self._pinned):
            self._step, self._pinned = step, pinned
            self.update()

    def show_changed(self, changed: Mapping[str, Mapping[int, range]]) -> None:
        """Frame the units that somebody changed, by band and step."""
        self._changed = changed
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self.stack.show((), (), Times(0, 0, (), False))
        self._spot = None
        self.update()

    @property
    def cell(self) -> tuple[Strip, int, int] | None:
        """The band, and row and column in its numbers, under the mouse or chosen by the keys."""
        if self._spot is None or self._spot[0] >= len(self.stack.strips):
            return None
        strip = self.stack.strips[self._spot[0]]
        place = strip.matrix.place(*self._spot[1:])
        return (strip, *place) if place[0] >= 0 else None

    def room(self) -> tuple[int, int]:
        """Pixels of the screen for the cells of one band, down and across."""
        ratio, field = self.devicePixelRatioF(), self.stack.field()
        grids = self.stack.grids()
        high = grids[0].area.height() if grids else field.height() / 6
        return max(8, int(high * ratio)), max(16, int(field.width() * ratio))

    def sizeHint(self) -> QSize:
        """As high as six bands like it."""
        return QSize(round(360 * self._scale), round(330 * self._scale))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Everything is elsewhere."""
        super().resizeEvent(event)
        self._place()
        self.resized.emit()

    def _place(self) -> None:
        """The scroll bars, each while not all is in view."""
        stack, wide = self.stack, self._scroll.wide
        stack.size = self.size()
        down, across = self._is_zoomed
        stack.scroll = (wide if down else 0, wide if across else 0)
        grids = stack.grids()
        if grids:
            area = QRectF(grids[0].area.topLeft(), grids[-1].area.bottomRight())
            whole = (stack.units, stack.times.steps)
            self._scroll.place(area.toRect(), (stack.rows, stack.columns), whole)

    @property
    def _is_zoomed(self) -> tuple[bool, bool]:
        stack = self.stack
        return (
            stack.rows[1] - stack.rows[0] < stack.units - 1e-6,
            stack.columns[1] - stack.columns[0] < stack.times.steps - 1e-6,
        )

    # ------------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """The bands, and over them where somebody is."""
        painter = QPainter(self)
        self.stack.paint(painter)
        grids, theme = self.stack.grids(), self._theme
        if not grids:
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        field = self.stack.field()
        whole = Grid(field, (0.0, 1.0), self.stack.columns)
        painter.save()
        painter.setClipRect(field.adjusted(-2, -2, 2, 2))
        if self._step >= 0:
            painter.setPen(QPen(theme.color("cursor"), 1.5))
            place = whole.rect((0.0, 1.0), (self._step, self._step + 1))
            painter.drawRect(_wide(place).adjusted(0, 0, 0, -1))
        self._paint_changed(painter, grids)
        self._paint_pinned(painter, grids)
        self._paint_cell(painter, grids)
        painter.restore()
        if has_arrows(self):
            painter.setPen(theme.color("accent"))
            painter.drawRect(field.adjusted(-3, -3, 2, 2))

    def _paint_changed(self, painter: QPainter, grids: list[Grid]) -> None:
        """A frame around units that lie together, outside of that of a chosen cell."""
        painter.setPen(QPen(self._theme.color("changed"), 2))
        for strip, grid in zip(self.stack.strips, grids, strict=True):
            for step, units in self._changed.get(strip.name, {}).items():
                if not grid.columns[0] - 1 < step < grid.columns[1]:
                    continue
                rows = np.flatnonzero(np.isin(strip.units, units))
                for run in np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1):
                    if run.size:
                        first = strip.matrix.first[0]
                        ends = (first + int(run[0]), first + int(run[-1]) + 1)
                        place = grid.rect(ends, (step, step + 1)).intersected(grid.area)
                        painter.drawRect(_wide(place, 5.0).adjusted(-2, -2, 2, 2))

    def _paint_pinned(self, painter: QPainter, grids: list[Grid]) -> None:
        if self._pinned is None:
            return
        name, step, unit = self._pinned
        for strip, grid in zip(self.stack.strips, grids, strict=True):
            rows = (strip.units == unit).nonzero()[0]
            if strip.name == name and rows.size:
                row = int(rows[0]) + strip.matrix.first[0]
                place = grid.rect((row, row + 1), (step, step + 1)).intersected(grid.area)
                painter.setPen(QPen(self._theme.color("cursor"), 2.5))
                painter.drawRect(_wide(place, 5.0))

    def _paint_cell(self, painter: QPainter, grids: list[Grid]) -> None:
        """A frame around the cell, and a fainter one around the same unit in all other bands."""
        cell = self.cell
        if cell is None or self._spot is None:
            return
        strip, row, column = cell
        for n, (one, grid) in enumerate(zip(self.stack.strips, grids, strict=True)):
            here = n == self._spot[0]
            if one.matrix.data.shape == strip.matrix.data.shape:
                color = self._theme.color("text", 1.0 if here else 0.7)
                painter.setPen(QPen(color, 2 if here else 1))
                place = grid.cell(one.matrix, row, column).intersected(grid.area)
                painter.drawRect(_wide(place, 3.0))

    # ------------------------------------------------------------------ mouse and keys

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse, and take the bands along while it is held."""
        self._hold.follow(event)
        self._point(event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Hold the bands; where they are let go, a cell is picked."""
        if self._hold.press(event):
            self._point(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Pick a cell, unless the bands were moved. It stays the one that is told of, also where
        the bands move away under the mouse, until that moves."""
        if self._hold.release(event) and self.cell is not None:
            self._mouse = None
            self.picked.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """To the numbers, or back to all."""
        self._hold.drop()
        if any(self._is_zoomed):
            self._all()
        else:
            self._point(event.position())
            self.go_near()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can become of the cell under the mouse, or chosen by the keys."""
        mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        if mouse:
            self._point(QPointF(event.pos()))
        cell = self.cell
        if cell is not None and self._spot is not None:
            place = self.stack.grids()[self._spot[0]].cell(cell[0].matrix, *cell[1:])
            at = event.globalPos() if mouse else self.mapToGlobal(place.center().toPoint())
            self._mouse = None  # it goes to the menu: where it was there may be another cell later
            self.menu_wanted.emit(at)

    def leaveEvent(self, event: QEvent) -> None:
        """No cell any more."""
        self._mouse = None
        if self.step >= 0:
            self.step = -1
            self.pointed.emit()
        self._choose(None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel zooms at the mouse; a trackpad, or the wheel with Shift, moves."""
        way = way_of(event)
        if way is not None and not any(self._is_zoomed):
            event.ignore()  # where not all bands have room, those further down come
            return
        if way is not None:
            self._shift(way)
        else:
            grids = self.stack.grids()
            grid = next((g for g in grids if g.area.contains(event.position())), None)
            factor = TURN ** event.angleDelta().y()
            if grid is not None:
                self._zoom(factor, *self._held_at(grid, event.position()))
            elif self.step >= 0:
                self._zoom_time(factor, self.step + 0.5)
        self._point(event.position())
        event.accept()

    def _held_at(self, grid: Grid, point: QPointF) -> tuple[float, float]:
        """The unit, of the widest band's, and the step at a point of a band."""
        row, column = grid.at(point)
        high = grid.rows[1] - grid.rows[0]
        return row * (self.stack.rows[1] - self.stack.rows[0]) / high, column

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows choose a cell, pages another band, Enter picks; the keys that zoom do so at
        that cell."""
        key, stack = Key(event.key()), self.stack
        if not stack.strips or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().keyPressEvent(event)
        elif key in ZOOMS and not ZOOMS[key]:
            self._all()
        elif key in ZOOMS:
            at = (sum(stack.rows) / 2, sum(stack.columns) / 2)
            if self._spot is not None:
                band = stack.strips[self._spot[0]].matrix.whole[0]
                at = ((self._spot[1] + 0.5) * stack.units / band, self._spot[2] + 0.5)
            self._zoom(ZOOMS[key], *at)
        elif key in _ENTER and self.cell is not None:
            self.picked.emit()
        elif key in STEPS:
            self._walk(0, *STEPS[key])
        elif key in _PAGES:
            self._walk(_PAGES[key], 0, 0)
        elif key in ENDS:
            self._walk(0, 0, ENDS[key] * stack.times.steps)
        else:
            super().keyPressEvent(event)

    def _walk(self, bands: int, down: int, across: int) -> None:
        """Another cell by the keys; from none, the first in view."""
        stack = self.stack
        if self._spot is None:
            spot = (0, int(stack.grids()[0].rows[0]), int(stack.columns[0]))
        else:
            n, row, column = self._spot
            band = min(max(0, n + bands), len(stack.strips) - 1)
            matrix = stack.strips[band].matrix
            share = matrix.whole[0] / stack.strips[n].matrix.whole[0]
            row = int(row * share) + down * matrix.block[0]
            column += across * matrix.block[1]
            row = min(max(0, row), matrix.whole[0] - 1) // matrix.block[0] * matrix.block[0]
            column = min(max(0, column), stack.times.length - 1)
            spot = (band, row, column // matrix.block[1] * matrix.block[1])
        self._mouse = None
        share = stack.units / stack.strips[spot[0]].matrix.whole[0]
        self._go(
            around(stack.rows, stack.units, int(spot[1] * share)),
            around(stack.columns, stack.times.steps, spot[2]),
        )
        self._choose(spot)
        self.walked.emit(self.stack.grids()[spot[0]].area.toRect())

    def go_near(self) -> None:
        """So near to the cell that its number can be read."""
        if self._spot is not None:
            n, row, column = self._spot
            share = self.stack.units / self.stack.strips[n].matrix.whole[0]
            self._zoom(_NEAR, (row + 0.5) * share, column + 0.5)

    def _least(self) -> tuple[float, float]:
        """The units and steps in view at the nearest."""
        grids = self.stack.grids()
        area = grids[0].area
        high, wide = _HIGHEST * self._scale, _WIDEST * self._scale
        return max(1.0, area.height() / high), max(1.0, area.width() / wide)

    def _zoom(self, factor: float, unit: float, step: float) -> None:
        stack, (down, across) = self.stack, self._least()
        self._go(
            zoomed(stack.rows, stack.units, factor, unit, down),
            zoomed(stack.columns, stack.times.steps, factor, step, across),
        )

    def _zoom_time(self, factor: float, step: float) -> None:
        stack, (_, across) = self.stack, self._least()
        steps = zoomed(stack.columns, stack.times.steps, factor, step, across)
        self._go(stack.rows, steps)

    def _shift(self, way: QPointF) -> None:
        stack, grids = self.stack, self.stack.grids()
        if grids:
            high, wide = grids[0].step
            share = stack.units / stack.strips[0].matrix.whole[0]
            self._go(
                shifted(stack.rows, stack.units, way.y() / high * share),
                shifted(stack.columns, stack.times.steps, way.x() / wide),
            )

    def _all(self) -> None:
        stack = self.stack
        self._go((0.0, float(stack.units)), (0.0, float(stack.times.steps)))

    def _go(self, rows: Extent, columns: Extent) -> None:
        """As somebody at the mouse or the keys wants it."""
        if (rows, columns) != (self.stack.rows, self.stack.columns):
            self.look(rows, columns)
            self.moved.emit(rows, columns)

    def _point(self, point: QPointF) -> None:
        self._mouse = point
        step = self.stack.step_at(point)
        if step != self.step:
            self.step = step
            self.pointed.emit()
        self._choose(self._spot_at(point))

    def _spot_at(self, point: QPointF) -> Spot | None:
        at = self.stack.at(point)
        return None if at is None else (at[0], *self.stack.strips[at[0]].matrix.position(at[1:]))

    def _choose(self, spot: Spot | None) -> None:
        if spot != self._spot:
            self._spot = spot
            self.pointed.emit()
            self.update()


def _wide(place: QRectF, least: float = 2.0) -> QRectF:
    """A place that is wide and high enough to be seen."""
    more = [max(0.0, (least - side) / 2) for side in (place.width(), place.height())]
    return place.adjusted(-more[0], -more[1], more[0], more[1])
