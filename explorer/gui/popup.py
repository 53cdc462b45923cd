"""`Popup`: a few controls that lie over the rest until somebody is done with them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from explorer.gui.theme import Theme

_GAP = 4  # pixels to the button


class Popup(QFrame):
    """Opens at a button; Escape, or a click elsewhere, closes it."""

    def __init__(self, theme: Theme, scale: float, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("popup")
        self.setStyleSheet(
            f"#popup {{ background: {theme.panel}; border: 1px solid {theme.line}; }}"
            f"#popup QLabel {{ color: {theme.dim}; }}"
        )
        self.lay = QVBoxLayout(self)
        margin = round(12 * scale)
        self.lay.setContentsMargins(margin, margin, margin, margin)
        self.lay.setSpacing(round(8 * scale))
        self._button: QWidget | None = None

    def open_at(self, button: QWidget) -> None:
        """Above the button or, where the screen ends, below it; the first control has the keys."""
        self._button = button
        self.adjustSize()
        self._place(button)
        self.show()
        self.focusNextChild()

    def event(self, event: QEvent) -> bool:
        """Another text may need other room."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest and self.isVisible() and self._button:
            self._place(self._button)
        return done

    def _place(self, button: QWidget) -> None:
        """As high as all of it is at this width. While it is open it becomes no lower, or what it
        has would move under the mouse."""
        wide = self.width()
        if self.lay.hasHeightForWidth():
            high = self.lay.totalHeightForWidth(wide)
        else:
            high = self.sizeHint().height()
        self.resize(wide, max(high, self.height()) if self.isVisible() else high)
        size, screen = self.size(), button.screen().availableGeometry()
        corner = button.mapToGlobal(QPoint(0, 0))
        above, below = corner.y() - size.height() - _GAP, corner.y() + button.height() + _GAP
        left = min(corner.x(), screen.right() - size.width())
        self.move(max(screen.left(), left), above if above >= screen.top() else below)
