"""One heatmap, or three of two values and their difference, that show the same part of a plane."""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from explorer.core.plane import Extent
from explorer.gui.panes.heatmap import Heatmap
from explorer.gui.theme import Theme, font

THIS, OTHER, DIFFERENCE = range(3)
_AROUND = (70, 36)  # pixels that a map needs beside and above its cells, about


class Trio(QWidget):
    """This, the other, and the difference; one alone until there is something to compare with.

    Signals:
        hovered (int, int): the position under the mouse in any of them, -1, -1 for none.
        moved (object, object): the extents that somebody wants to see.
        copied (int): which of them is wanted on the clipboard.
        menu_wanted (int, QPoint): for which of them a menu is wanted, and where on the screen.
    """

    hovered = Signal(int, int)
    moved = Signal(object, object)
    copied = Signal(int)
    menu_wanted = Signal(int, QPoint)

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._scale = scale
        self._three = False
        self._lay = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._lay.setContentsMargins(0, 0, 0, 0)
        self._lay.setSpacing(round(8 * scale))
        self.maps = tuple(Heatmap(theme, scale) for _ in range(3))
        self._titles = tuple(QLabel() for _ in range(3))
        self._parts = []
        for number, (map_, title) in enumerate(zip(self.maps, self._titles, strict=True)):
            title.setFont(font(scale, 9))
            title.setStyleSheet(f"color: {theme.dim};")
            title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            part = QWidget()
            column = QVBoxLayout(part)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(round(2 * scale))
            column.addWidget(title)
            column.addWidget(map_, 1)
            self._lay.addWidget(part, 1)
            self._parts.append(part)
            map_.moved.connect(self.moved)
            map_.hovered.connect(lambda row, column, n=number: self._hover(n, row, column))
            map_.copied.connect(lambda n=number: self.copied.emit(n))
            map_.menu_wanted.connect(lambda at, n=number: self.menu_wanted.emit(n, at))
        self._show(False)

    def show_titles(self, titles: tuple[str, str, str] | None) -> None:
        """Three with these titles, or one alone."""
        for label, text in zip(self._titles, titles or ("", "", ""), strict=True):
            label.setText(text)
            label.setToolTip(text)
        if self._three != (titles is not None):
            self._show(titles is not None)

    def arrange(self) -> None:
        """Beside each other or below, whichever leaves more for the cells."""
        if not self._three:
            return
        wide, high = self.width(), self.height()
        rows, columns = (end - begin for begin, end in self.maps[THIS].extents)
        beside = _cell(wide / 3, high, rows, columns, self._scale)
        below = _cell(wide, high / 3, rows, columns, self._scale)
        way = QBoxLayout.Direction
        self._lay.setDirection(way.LeftToRight if beside > below else way.TopToBottom)

    def look(self, rows: Extent, columns: Extent) -> None:
        """Bring these positions into view in all of them."""
        for map_ in self.maps if self._three else self.maps[:1]:
            map_.look(rows, columns)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The room has another shape."""
        super().resizeEvent(event)
        self.arrange()

    @property
    def three(self) -> bool:
        """Whether there is something to compare with."""
        return self._three

    def _show(self, three: bool) -> None:
        self._three = three
        for part in self._parts[1:]:
            part.setVisible(three)
        for title in self._titles:
            title.setVisible(three)
        for map_ in self.maps:
            map_.setMinimumHeight(round((70 if three else 120) * self._scale))
        if not three:
            self._lay.setDirection(QBoxLayout.Direction.TopToBottom)
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
        self.hovered.emit(*position)


def _cell(wide: float, high: float, rows: float, columns: float, scale: float) -> float:
    """How large cells are in a room, about: the mean of their sides on a scale of factors."""
    inner = max(1.0, wide - _AROUND[0] * scale), max(1.0, high - _AROUND[1] * scale)
    sides = min(inner[0] / columns, 64 * scale), min(inner[1] / rows, 40 * scale)
    return math.log(sides[0]) + math.log(sides[1])
