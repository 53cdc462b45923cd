"""`Cut`: a line of text that is cut where there is no room for it. `Wrapped`: text that is not."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy


class Cut(QLabel):
    """A line that loses its middle, or what ``mode`` says; all of it is in its tip."""

    def __init__(self, mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle) -> None:
        super().__init__()
        self._mode = mode
        self._whole = self._short = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def show_text(self, text: str, tip: str = "", short: str = "") -> None:
        """Show this or, where that is too long and there is a ``short`` one, that, as far as it
        fits; ``tip`` says more of it."""
        self._whole, self._short = text, short
        self.setToolTip(tip or text)
        self._fit()

    @property
    def whole(self) -> str:
        """All that it says."""
        return self._whole

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut anew."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        metrics, text = self.fontMetrics(), self._whole
        if self._short and metrics.horizontalAdvance(text) > self.width():
            text = self._short
        self.setText(metrics.elidedText(text, self._mode, self.width()))


class Wrapped(QLabel):
    """Text in as many rows as it takes, which it is given: layouts within a stack of widgets leave
    those of other labels out."""

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def setText(self, text: str) -> None:
        """Show this."""
        super().setText(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width may take other rows."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.setMinimumHeight(max(0, self.heightForWidth(self.width())))
