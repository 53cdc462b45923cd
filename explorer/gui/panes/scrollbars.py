"""The scroll bars of a heatmap: which positions are in view, of all."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, QSignalBlocker, Qt
from PySide6.QtWidgets import QScrollBar, QWidget

from explorer.core.plane import Extent
from explorer.picture.plane import shifted

_WIDE = 10  # pixels


class ScrollBars:
    """One at the right, one at the bottom edge of a widget, each while not all is in view.
    ``go`` is told what somebody scrolls to."""

    def __init__(self, over: QWidget, scale: float, go: Callable[[Extent, Extent], None]) -> None:
        self.wide = round(_WIDE * scale)
        self._over = over
        self._go = go
        self._extents: tuple[Extent, Extent] = ((0.0, 1.0), (0.0, 1.0))
        self._whole = (1, 1)
        self._bars = tuple(
            QScrollBar(way, over)
            for way in (Qt.Orientation.Vertical, Qt.Orientation.Horizontal)
        )  # fmt: skip
        for bar in self._bars:
            bar.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            bar.setCursor(Qt.CursorShape.ArrowCursor)
            bar.hide()
            bar.valueChanged.connect(self._scrolled)

    def place(self, area: QRect, extents: tuple[Extent, Extent], whole: tuple[int, int]) -> None:
        """Beside cells in an ``area``, that are these ``extents`` of the ``whole``."""
        self._extents, self._whole = extents, whole
        right, bottom = self._over.width() - self.wide, self._over.height() - self.wide
        down, across = self._bars
        down.setGeometry(QRect(right, area.top(), self.wide, area.height()))
        across.setGeometry(QRect(area.left(), bottom, area.width(), self.wide))
        for bar, extent, size in zip(self._bars, extents, whole, strict=True):
            seen = max(1, round(extent[1] - extent[0]))
            bar.setVisible(extent[1] - extent[0] < size - 1e-6)
            with QSignalBlocker(bar):
                bar.setRange(0, max(0, size - seen))
                bar.setPageStep(seen)
                bar.setSingleStep(max(1, seen // 8))
                bar.setValue(round(extent[0]))

    def _scrolled(self) -> None:
        rows, columns = (
            shifted(extent, size, bar.value() - extent[0]) if not bar.isHidden() else extent
            for extent, size, bar in zip(self._extents, self._whole, self._bars, strict=True)
        )
        self._go(rows, columns)
