"""All filters of a convolution as pictures, a page of them at a time."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QImage, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollBar, QSizePolicy, QWidget

from explorer.gui.panes.shades import Shades
from explorer.gui.panes.thumbnails import Thumbnails
from explorer.gui.theme import Theme

_SIDE, _WIDE = 52, 62  # pixels of a picture at most, and of it with its gap


class Filters(QWidget):
    """Whole rows of pictures, and a scroll bar for the others.

    Signals:
        picked (int): a filter was clicked, or chosen with the arrows.
        turned (): others are in view now, or there is room for more.
        menu_wanted (int, QPoint): a menu is wanted for a filter, at that point of the screen.
    """

    picked = Signal(int)
    turned = Signal()
    menu_wanted = Signal(int, QPoint)

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme, self._scale = theme, scale
        self._current = 0
        self._shown = 0  # the first of those on screen
        self.pictures = Thumbnails(theme, scale, _SIDE)
        self.pictures.setAccessibleName(self.tr("Filters"))
        self.pictures.picked.connect(lambda number: self.picked.emit(self._shown + number))
        self.pictures.menu_wanted.connect(
            lambda number, at: self.menu_wanted.emit(self._shown + number, at)
        )
        self.bar = QScrollBar(Qt.Orientation.Vertical)
        self.bar.valueChanged.connect(lambda _: self.turned.emit())
        lay = QHBoxLayout(self)
        lay.setContentsMargins(0, 0, 0, 0)
        lay.addWidget(self.pictures, 1, Qt.AlignmentFlag.AlignTop)
        lay.addWidget(self.bar)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def columns(self) -> int:
        """How many are beside each other."""
        return max(1, int((self.width() - self.bar.sizeHint().width()) / (_WIDE * self._scale)))

    @property
    def first(self) -> int:
        """The first that is in view."""
        return self.bar.value() * self.columns

    @property
    def most(self) -> int:
        """How many are in view."""
        return max(1, self.height() // self.pictures.row) * self.columns

    def fit(self, count: int, current: int) -> None:
        """There are so many; the ``current`` one is in view unless somebody scrolled away."""
        rows, columns = self.most // self.columns, self.columns
        with QSignalBlocker(self.bar):
            self.bar.setRange(0, max(0, -(-count // columns) - rows))
            self.bar.setPageStep(rows)
            at = current // columns
            if current != self._current and not self.bar.value() <= at < self.bar.value() + rows:
                self.bar.setValue(at)
        self._current = current
        self.bar.setVisible(self.bar.maximum() > 0)

    def show_filters(self, first: int, planes: list[np.ndarray], names: list[str], at: int) -> None:
        """Show filters (N, rows, columns) from the ``first`` on, on one scale of colours, or three
        of them as red, green and blue; the one ``at`` a place is framed, −1 for none."""
        self._shown = first
        if len(planes) == 3:
            images = [_in_colours(np.stack(one, -1)) for one in zip(*planes, strict=True)]
        else:
            shades = Shades.of(planes[0])
            images = [shades.image(one, self._theme) for one in planes[0]]
        self.pictures.show_images(images, names, at)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More fit, or fewer."""
        super().resizeEvent(event)
        self.pictures.allow(_SIDE, self.columns)
        self.turned.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """A row further, or back."""
        self.bar.setValue(self.bar.value() - (1 if event.angleDelta().y() > 0 else -1))
        event.accept()


def _in_colours(filter_: np.ndarray) -> QImage:
    """A filter (rows, columns, 3) as a picture: grey is 0, and its strongest number is full."""
    known = np.where(np.isfinite(filter_), filter_, 0.0)
    peak = float(np.abs(known).max()) or 1.0
    pixels = np.round(127.5 * (1 + known / peak)).astype(np.uint8)
    rows, columns, _ = pixels.shape
    data = np.ascontiguousarray(pixels)
    return QImage(data.tobytes(), columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()
