"""`RecentRow`: the models of one's own that were opened before."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from explorer.gui import theme as look
from explorer.gui.memory import Recent
from explorer.gui.theme import Theme


class RecentRow(QWidget):
    """The models of one's own that were opened before, as far as they fit in a line.

    Signals:
        opened (str): the path of one that is wanted again.
    """

    opened = Signal(str)

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self.buttons: list[QPushButton] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(round(6 * scale))
        label = QLabel(self.tr("Your models"))
        label.setFont(look.font(scale, 10))
        label.setStyleSheet(f"color: {theme.dim};")
        self._row.addWidget(label)
        self._label = label
        self._row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_models(self, models: tuple[Recent, ...]) -> None:
        """Show these; nothing if there are none."""
        for button in self.buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = []
        for one in models:
            button = QPushButton(one.title if len(one.title) <= 30 else f"{one.title[:29]}…")
            button.setObjectName("recent")
            button.setToolTip(one.path)
            button.setAccessibleDescription(one.path)
            button.setFont(look.font(self._scale, 10))
            pad = round(3 * self._scale)
            button.setStyleSheet(
                f"padding: {pad}px {3 * pad}px; border-radius: {round(12 * self._scale)}px;"
            )
            button.clicked.connect(lambda _=False, path=one.path: self.opened.emit(path))
            self._row.insertWidget(self._row.count() - 1, button)
            self.buttons.append(button)
        self.setVisible(bool(models))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Those that have no place go, the oldest first."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        left = self.width() - self._label.sizeHint().width()
        for button in self.buttons:
            left -= button.sizeHint().width() + self._row.spacing()
            button.setVisible(left >= 0)
