"""The bar of tabs over the panes, which fits into its width."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from explorer.gui.theme import BASE_POINTS, Theme, font

# points of the words and pixels beside them: the first that fit
_SIZES = ((BASE_POINTS, 7), (BASE_POINTS, 5), (10.0, 4), (9.0, 3), (8.0, 2))
_EDGE, _GAP = 3, 2  # pixels around all tabs, and between them


class Tabs(QWidget):
    """A button for every pane, of which those are shown that suit a value.

    Signals:
        picked (str): the pane of that name is wanted.
    """

    picked = Signal(str)

    def __init__(self, theme: Theme, scale: float, names: Mapping[str, str]) -> None:
        super().__init__()
        self.setObjectName("panes")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme, self._scale = theme, scale
        self._size = _SIZES[0]
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(_EDGE, _EDGE, _EDGE, _EDGE)
        row.setSpacing(_GAP)
        self._tabs: dict[str, QPushButton] = {}
        for name, text in names.items():
            button = QPushButton(text)
            button.setObjectName(f"pane-{name}")
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, name=name: self.picked.emit(name))
            self._group.addButton(button)
            self._tabs[name] = button
            row.addWidget(button)
        row.addStretch(1)
        self._dress(*_SIZES[0])
        for button in self._tabs.values():
            button.ensurePolished()
        self.setFixedHeight(self.sizeHint().height())  # whatever fits

    @property
    def there(self) -> list[str]:
        """The panes that suit, from left to right."""
        return [name for name, tab in self._tabs.items() if not tab.isHidden()]

    @property
    def chosen(self) -> str:
        """The pane that is shown, ``""`` if none is."""
        return next((name for name in self.there if self._tabs[name].isChecked()), "")

    def offer(self, names: Collection[str]) -> None:
        """Show the tabs of these panes alone."""
        for name, tab in self._tabs.items():
            tab.setVisible(name in names)
        self._fit()

    def choose(self, name: str) -> None:
        """That pane is shown now."""
        self._tabs[name].setChecked(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Larger words, or smaller ones."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Make the words as large as there is room for."""
        words = [self._tabs[name].text() for name in self.there]
        room = self.width() - 2 * _EDGE - _GAP * len(words)

        def fits(points: float, pad: int) -> bool:
            metrics = QFontMetrics(font(self._scale, points))
            edges = 2 * (pad + 1) * len(words)
            return sum(map(metrics.horizontalAdvance, words)) + edges <= room

        size = next((one for one in _SIZES if fits(*one)), _SIZES[-1])
        if size != self._size:
            self._size = size
            self._dress(*size)

    def _dress(self, points: float, pad: int) -> None:
        theme = self._theme
        self.setStyleSheet(
            f"#panes {{ background: {theme.raised}; border: 1px solid {theme.line};"
            f" border-radius: 8px; }}"
            f"#panes QPushButton {{ background: transparent; border: 1px solid transparent;"
            f" padding: 4px {pad}px; color: {theme.dim};"
            f" font-size: {points * self._scale:.2f}pt; }}"
            f"#panes QPushButton:focus {{ border-color: {theme.accent}; }}"
            f"#panes QPushButton:checked {{ background: {theme.accent};"
            f" color: {theme.accent_text}; }}"
            f"#panes QPushButton:checked:focus {{ border-color: {theme.text}; }}"
        )
