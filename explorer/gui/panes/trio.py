"""One heatmap, or three of two values and their difference, that show the same part of a plane."""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.core.plane import Extent
from explorer.gui.cut import Cut
from explorer.gui.panes.heatmap import Heatmap
from explorer.gui.theme import Theme, font

THIS, OTHER, DIFFERENCE = range(3)
_LEAST, _GAP = 120, 8  # pixels: its height, and between two maps
_THIN = 70  # pixels of the cells of a map, from one side to the other
_AROUND = (70, 36)  # pixels that a map needs beside and above its cells, about


class Trio(QWidget):
    """This, the other, and the difference; one alone until there is something to compare with.

    Signals:
        hovered (int, int, int): in which of them the mouse is, and at which position, -1, -1 for
            none.
        moved (object, object): the extents that somebody wants to see.
        copied (int): which of them is wanted on the clipboard.
        resized (): there is another number of pixels.
        menu_wanted (int, QPoint): for which of them a menu is wanted, and where on the screen.
    """

    hovered = Signal(int, int, int)
    moved = Signal(object, object)
    copied = Signal(int)
    resized = Signal()
    menu_wanted = Signal(int, QPoint)

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._scale = scale
        self._three = False
        self.maps = tuple(Heatmap(theme, scale) for _ in range(3))
        self._titles = tuple(Cut(Qt.TextElideMode.ElideRight) for _ in range(3))
        for number, (map_, title) in enumerate(zip(self.maps, self._titles, strict=True)):
            title.setFont(font(scale, 9))
            title.setStyleSheet(f"color: {theme.dim};")
            for part in (map_, title):
                part.setParent(self)
            map_.moved.connect(self.moved)
            map_.hovered.connect(lambda row, column, n=number: self._hover(n, row, column))
            map_.copied.connect(lambda n=number: self.copied.emit(n))
            map_.menu_wanted.connect(lambda at, n=number: self.menu_wanted.emit(n, at))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(round(_LEAST * scale))
        self._show(False)

    def show_titles(self, titles: tuple[str, str, str] | None) -> None:
        """Three with these titles, or one alone."""
        for label, text in zip(self._titles, titles or ("", "", ""), strict=True):
            label.show_text(text)
        if self._three != (titles is not None):
            self._show(titles is not None)

    def arrange(self) -> None:
        """Beside each other or below, whichever leaves more for the cells, which are as large in
        all of them: the first map writes the names for all."""
        wide, high = self.width(), self.height()
        if not self._three:
            self.maps[THIS].setGeometry(0, 0, wide, high)
            return
        rows, columns = (end - begin for begin, end in self.maps[THIS].extents)
        gap, line = round(_GAP * self._scale), self._titles[0].sizeHint().height()
        beside = _cell(wide / 3, high, rows, columns, self._scale) > _cell(
            wide, high / 3, rows, columns, self._scale
        )
        if beside:
            sides = self._widths(wide - 2 * gap)
        else:
            for number, map_ in enumerate(self.maps):
                map_.show_bar(True)
                map_.show_names(True, not number)
            needed = [map_.sides for map_ in self.maps]
            for map_ in self.maps:
                map_.leave(max(left for left, _ in needed), max(right for _, right in needed))
            first, other = (map_.field().top() for map_ in self.maps[:2])
            each = (high - 2 * gap - round(first - other)) // 3
            sides = [each + round(first - other), each, each]
        begin = 0
        for map_, title, side in zip(self.maps, self._titles, sides, strict=True):
            place = QRect(begin, 0, side, high) if beside else QRect(0, begin, wide, side)
            title.setGeometry(place.x(), place.y(), place.width(), line)
            map_.setGeometry(place.adjusted(0, line, 0, 0))
            begin += side + gap

    def _widths(self, room: int) -> list[int]:
        """How wide each of them is beside the others, with cells as wide in all. Where these would
        be thin, the first goes without its colour bar, which is that of the second; then without
        the names of rows, which the mouse tells."""
        for with_names, with_bar in ((True, True), (True, False), (False, False)):
            for number, map_ in enumerate(self.maps):
                map_.leave(0, 0)
                map_.show_bar(with_bar or number != THIS)
                map_.show_names(with_names and number == THIS, True)
            sides = [sum(map_.sides) for map_ in self.maps]
            cells = (room - sum(sides)) // 3
            if cells >= _THIN * self._scale:
                break
        return [max(cells, 1) + side for side in sides]

    def look(self, rows: Extent, columns: Extent) -> None:
        """Bring these positions into view in all of them."""
        for map_ in self.maps if self._three else self.maps[:1]:
            map_.look(rows, columns)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The room has another shape."""
        super().resizeEvent(event)
        self.arrange()
        self.resized.emit()

    @property
    def three(self) -> bool:
        """Whether there is something to compare with."""
        return self._three

    @property
    def attended(self) -> bool:
        """Whether the mouse or the keys are at one of them."""
        return any(map_.attended for map_ in self.maps)

    def _show(self, three: bool) -> None:
        self._three = three
        for map_, title in zip(self.maps, self._titles, strict=True):
            map_.setVisible(three or map_ is self.maps[THIS])
            map_.setMinimumHeight(0)
            title.setVisible(three)
        if not three:
            self.maps[THIS].show_bar(True)
            self.maps[THIS].show_names(True, True)
            self.maps[THIS].leave(0, 0)
        self.arrange()

    def _hover(self, number: int, row: int, column: int) -> None:
        """What is pointed at in one of them is so in all."""
        map_ = self.maps[number]
        position = map_.matrix.position((row, column)) if row >= 0 else (-1, -1)
        for other in self.maps if self._three else ():
            if other is not map_:
                other.blockSignals(True)
                other.point_at(*position)
                other.blockSignals(False)
        self.hovered.emit(number, *position)


def _cell(wide: float, high: float, rows: float, columns: float, scale: float) -> float:
    """How large cells are in a room, about: the mean of their sides on a scale of factors."""
    inner = max(1.0, wide - _AROUND[0] * scale), max(1.0, high - _AROUND[1] * scale)
    sides = min(inner[0] / columns, 64 * scale), min(inner[1] / rows, 40 * scale)
    return math.log(sides[0]) + math.log(sides[1])
