"""The switch over the map: the graph, or the figure where the model has one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from explorer.gui.map.breadcrumb import HIGH, Breadcrumb
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme, font
from explorer.picture.figure import Figure, ready_figure
from explorer.session import intents
from explorer.session.state import AppState

_NARROW = 300  # pixels that a breadcrumb beside the switch needs


class FigureSwitch(Panel):
    """Two parts, of which one is on; hidden where there is only the graph."""

    def __init__(self, theme: Theme, scale: float, parent: QWidget) -> None:
        super().__init__(theme, scale, parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(self.px(3), self.px(3), self.px(3), self.px(3))
        row.setSpacing(self.px(2))
        self._parts = {
            False: self._part(self.tr("Graph"), self.tr("Show the model as a graph of its ops")),
            True: self._part(self.tr("Figure"), self.tr("Show the model as a figure")),
        }
        for figure, part in self._parts.items():
            row.addWidget(part)
            part.clicked.connect(lambda _=False, figure=figure: self._choose(figure))
        self._on = False
        self.setFixedHeight(self.px(HIGH))
        self.setAccessibleName(self.tr("Graph or figure"))
        self.hide()

    def render(self, old: AppState | None, new: AppState) -> None:
        """Show which of both is on."""
        there, shown = False, new.recording
        if shown is not None and new.beside is None:  # two sides are shown as graphs
            found = ready_figure(shown)
            there = not self.isHidden() if found is None else isinstance(found, Figure)
        if (new.figure, there) == (self._on, not self.isHidden()):
            return
        self._on = new.figure
        for figure, part in self._parts.items():
            part.setChecked(figure == new.figure)
        self.setVisible(there)
        if there:
            self.adjustSize()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A ground like that of what lies beside it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.theme.color("line"))
        painter.setBrush(self.theme.color("panel"))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), self.px(6), self.px(6))

    def _choose(self, figure: bool) -> None:
        for other, part in self._parts.items():
            part.setChecked(other == self._on)  # until the state says so
        if figure != self._on:
            self.intent.emit(intents.ToggleFigure())

    def _part(self, text: str, tip: str) -> QPushButton:
        theme = self.theme
        part = QPushButton(text)
        part.setCheckable(True)
        part.setToolTip(tip)
        part.setFont(font(self.scale, 9.5))
        part.setCursor(Qt.CursorShape.PointingHandCursor)
        part.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        part.setFixedHeight(self.px(HIGH - 6))
        part.setStyleSheet(
            f"QPushButton {{ color: {theme.dim}; background: transparent; border: 1px solid"
            f" transparent; border-radius: {self.px(4)}px; padding: 0 {self.px(8)}px; }}"
            f"QPushButton:hover {{ color: {theme.text}; }}"
            f"QPushButton:checked {{ color: {theme.text}; background: {theme.line}; }}"
            f"QPushButton:focus {{ border-color: {theme.accent}; }}"
        )
        return part


def line_up(switch: FigureSwitch, breadcrumb: Breadcrumb, width: int) -> int:
    """Place both over a canvas so wide, one beside the other or, where that is too narrow, below
    it; returns their lower end."""
    gap = switch.px(8)
    left, top = gap, gap
    switch.move(left, top)
    if not switch.isHidden():
        left += switch.width() + switch.px(6)
        if width - left < switch.px(_NARROW):
            left, top = gap, gap + switch.height() + switch.px(5)
    breadcrumb.move(left, top)
    breadcrumb.take(width - left)
    return top + breadcrumb.height()
