"""Many small matrices in a grid: attention heads, feature maps."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.gui.keys import ARROWS, has_arrows
from explorer.gui.theme import Theme, font

_LINE = 3  # pixels: the line in the colour of a picture


class Thumbnails(QWidget):
    """Many small matrices in a grid, one of them chosen.

    Signals:
        picked (int): a matrix was clicked, or chosen with the arrow keys.
        menu_wanted (int, QPoint): a menu is wanted for a matrix, at that point of the screen.
    """

    picked = Signal(int)
    menu_wanted = Signal(int, QPoint)
    own_keys = ARROWS

    def __init__(self, theme: Theme, scale: float, largest: int = 86) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self._largest = largest
        self._images: list[QImage] = []
        self._labels: list[str] = []
        self._colors: list[QColor] = []
        self._current = 0
        self._columns = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_images(
        self, images: list[QImage], labels: list[str], current: int, colors: Sequence[QColor] = ()
    ) -> None:
        """Show pictures of equal shape, each with a line below in its own of the ``colors``; none
        of them is chosen where ``current`` is -1."""
        self._images, self._labels, self._current = images, labels, current
        self._colors = list(colors)
        self.updateGeometry()
        self.update()

    def __len__(self) -> int:
        return len(self._images)

    def heightForWidth(self, width: int) -> int:
        """All rows of the grid."""
        columns, side = self._grid(width)
        rows = -(-len(self._images) // columns) if self._images else 0
        return rows * (side + self._text_height() + 8)

    def allow(self, largest: int, columns: int = 0) -> None:
        """Let pictures be so large, at scale 1, in so many columns (0: as many as there is room
        for)."""
        if (largest, columns) != (self._largest, self._columns):
            self._largest, self._columns = largest, columns
            self.updateGeometry()
            self.update()

    @property
    def row(self) -> int:
        """The pixels of a row with its names."""
        return self.side + self._text_height() + 8

    @property
    def side(self) -> int:
        """The pixels of a picture, across and down."""
        return self._grid(self.width())[1]

    def columns_for(self, width: int, height: int) -> int:
        """The columns in which the pictures get largest in so much room; as few as that takes."""
        text, gap = self._text_height() + 8, round(8 * self._scale)
        count = max(1, len(self._images))

        def side(columns: int) -> int:
            rows = -(-count // columns)
            return min((width - 4) // columns - gap, height // rows - text)

        return max(range(1, count + 1), key=lambda columns: (side(columns), -columns))

    def whole_rows(self, width: int, room: int) -> int:
        """The height of as many rows as ``room`` holds, of one at least."""
        row = self._grid(width)[1] + self._text_height() + 8
        return max(1, room // row) * row

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
        if has_arrows(self):
            painter.setPen(self._theme.color("accent"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        for number, image in enumerate(self._images):
            place = self._place(number)
            painter.drawImage(place, image)
            chosen = number == self._current
            painter.setPen(
                QPen(self._theme.color("cursor" if chosen else "line"), 2 if chosen else 1)
            )
            painter.drawRect(place.adjusted(-1, -1, 1, 1))
            if self._colors:
                line = QRect(place.left(), place.bottom() + 2, place.width(), _LINE)
                painter.fillRect(line, self._colors[number])
            painter.setPen(self._theme.color("text" if chosen else "dim"))
            painter.drawText(
                QRect(place.left() - 4, place.bottom() + 5, place.width() + 8, self._text_height()),
                Qt.AlignmentFlag.AlignHCenter, self._labels[number],
            )  # fmt: skip

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose."""
        number = self._number_at(event.position().toPoint())
        if number is not None:
            self.picked.emit(number)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """A menu for the one under the mouse, or for the chosen one by key."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        number = self._current if by_key else self._number_at(event.pos())
        if number is not None and number < len(self._images):
            self.menu_wanted.emit(number, event.globalPos())

    def _number_at(self, point: QPoint) -> int | None:
        for number in range(len(self._images)):
            if self._place(number).adjusted(-4, -4, 4, 4).contains(point):
                return number
        return None

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
        largest = round(self._largest * self._scale)
        smallest = round(40 * self._scale)
        columns = self._columns or max(1, min(count, (width + gap) // (smallest + gap)))
        if count > columns and not self._columns:
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
        return QFontMetrics(font(self._scale, 8.5)).height() + 3
