"""`Origins`: small pictures of the values from which a number came, its source cells lit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolTip, QWidget

from explorer.core.explanation import Region
from explorer.core.graph import Recording
from explorer.core.plane import Plane
from explorer.core.values import Reading, View
from explorer.gui.panes.marks import paint_marks
from explorer.gui.panes.shades import Shades
from explorer.gui.theme import Theme, font
from explorer.picture.cells import cell_at, lit_in
from explorer.picture.derivation import index_text, short_name, value_name
from explorer.picture.numbers import number_text, shape_text
from explorer.picture.plane import fitted, plane_view, sliced

_MOST = (160, 160)  # rows and columns


class Origin(QWidget):
    """One value: the plane of it in which the lit cells are.

    Signals:
        walked (int, object): value and index of a cell that was clicked.
    """

    walked = Signal(int, object)

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self._title, self._shape = "", ""
        self._sizes = ""  # the shape without names, where there is no room for these
        self._reading: Reading | None = None
        self._regions: tuple[Region, ...] = ()
        self._image = QImage()
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumWidth(round(58 * scale))

    def sizeHint(self) -> QSize:
        """A square with two lines of words."""
        return QSize(round(150 * self._scale), round(180 * self._scale))

    def view(self, recording: Recording, tape: int, ref: int, regions: tuple[Region, ...]) -> View:
        """What it needs to show these cells of a pass."""
        at = tuple(axis[0] if axis else 0 for axis in regions[0].axes)
        what = recording.values[ref]
        plane = sliced(fitted(Plane(), what), at)
        return plane_view(tape, ref, plane, _MOST, (what.dtype,))

    def show_cells(
        self, recording: Recording, ref: int, regions: tuple[Region, ...], reading: Reading | None
    ) -> None:
        """Light cells of a value; its picture comes when its ``reading`` is there."""
        what = recording.values[ref]
        self._title, self._shape = short_name(recording, ref), shape_text(what.shape, what.axes)
        self._sizes = "×".join(map(str, what.shape))
        self.setToolTip(f"{value_name(recording, ref)} {self._shape}")
        self.setAccessibleName(self.toolTip())
        self._regions = regions
        if reading is not self._reading:
            self._reading = reading
            self._image = QImage()
            if reading is not None:
                data = _matrix(reading.data)
                self._image = Shades.of(data).image(data, self._theme)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Title, shape, cells."""
        painter = QPainter(self)
        for line, (text, role) in enumerate(((self._title, "text"), (self._shape, "dim"))):
            painter.setFont(font(self._scale, 9 - 0.5 * line))
            painter.setPen(self._theme.color(role))
            metrics = painter.fontMetrics()
            if metrics.horizontalAdvance(text) > self.width() and text == self._shape:
                text = self._sizes
            cut = metrics.elidedText(text, Qt.TextElideMode.ElideLeft, self.width())  # ends differ
            painter.drawText(QPointF(0, metrics.ascent() + line * metrics.height()), cut)
        area = self._area()
        if self._reading is None or self._image.isNull() or area.isEmpty():
            return
        painter.drawImage(area, self._image, QRectF(self._image.rect()))
        painter.setPen(self._theme.color("line"))
        painter.drawRect(area)
        paint_marks(painter, area, self._theme, lit_in(self._reading, self._regions), None)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the number under the mouse."""
        found = self._at(event.position())
        self.setCursor(Qt.CursorShape.PointingHandCursor if found else Qt.CursorShape.ArrowCursor)
        if found is None or self._reading is None:
            QToolTip.hideText()
            return
        place, index = found
        number = number_text(float(self._reading.data[place]), 6)
        where = event.globalPosition().toPoint()
        QToolTip.showText(where, f"{self._title} {index_text(index)} = {number}", self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go on to a cell."""
        found = self._at(event.position())
        if found is not None and self._reading is not None:
            self.walked.emit(self._reading.view.value, found[1])

    def leaveEvent(self, event: QEvent) -> None:
        """No number any more."""
        QToolTip.hideText()

    def _at(self, where: QPointF) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
        """The place in the reading under the mouse, and the index of the single cell there."""
        area, reading = self._area(), self._reading
        if reading is None or not area.contains(where):
            return None
        rows, columns = _matrix(reading.data).shape
        row = min(int((where.y() - area.top()) / area.height() * rows), rows - 1)
        column = min(int((where.x() - area.left()) / area.width() * columns), columns - 1)
        place = (row, column)[2 - reading.data.ndim :]
        index = cell_at(reading, place)
        return None if index is None else (place, index)

    def _area(self) -> QRectF:
        """Where the cells are: square ones, if that leaves enough to be seen of them."""
        top = 2 * self.fontMetrics().height() + 6
        room = QRectF(1, top, self.width() - 3, self.height() - top - 3)
        if self._reading is None or room.isEmpty():
            return QRectF()
        rows, columns = _matrix(self._reading.data).shape
        cell = min(room.width() / columns, room.height() / rows, 22 * self._scale)
        least = 26 * self._scale
        wide = min(room.width(), max(cell * columns, least))
        high = min(room.height(), max(cell * rows, least if rows > 1 else least / 2))
        return QRectF(room.left(), room.top(), wide, high)


class Origins(QWidget):
    """Some of them beside each other, and how many more there are."""

    def __init__(self, theme: Theme, scale: float, count: int) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(round(9 * scale))
        self.all = [Origin(theme, scale) for _ in range(count)]
        for one in self.all:
            row.addWidget(one, 1)
        self._more = QLabel()
        self._more.setFont(font(scale, 9))
        self._more.setStyleSheet(f"color: {theme.dim};")
        row.addWidget(self._more, 0, Qt.AlignmentFlag.AlignTop)
        self.tell_more(())

    def tell_more(self, names: Sequence[str]) -> None:
        """Say how many values there are besides, and which."""
        self._more.setText(self.tr("+ {count} more").format(count=len(names)))
        self._more.setToolTip("\n".join(names))
        self._more.setVisible(bool(names))

    def clear(self) -> None:
        """Show none."""
        for one in self.all:
            one.hide()
        self.tell_more(())


def _matrix(data: np.ndarray) -> np.ndarray:
    return data.reshape((1,) * (2 - data.ndim) + data.shape)
