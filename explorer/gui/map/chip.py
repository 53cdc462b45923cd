"""A chip: a line over the canvas that tells what it shows beside the graph itself."""

from __future__ import annotations

from math import prod

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from explorer.core.flow import Cone, Span, locate, node_span
from explorer.core.graph import Recording
from explorer.gui.map.breadcrumb import HIGH
from explorer.gui.map.outlook import Outlook
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme, font
from explorer.picture.numbers import count_text
from explorer.picture.walking import node_title
from explorer.session import intents
from explorer.session.state import AppState


class Chip(Panel):
    """Tells what is lit and how much that is, or where paths begin; ✕ lets go of it.

    Signals:
        changed (): it says something else, and is as wide as that.
    """

    changed = Signal()

    def __init__(self, theme: Theme, scale: float, parent: QWidget, outlook: Outlook) -> None:
        super().__init__(theme, scale, parent)
        self._outlook = outlook
        self._said: tuple[Cone | None, str] = (None, "")
        self._whole = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(self.px(9), 0, self.px(4), 0)
        row.setSpacing(self.px(4))
        self._label = QLabel()
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setFont(font(scale, 10.0))
        close = QToolButton()
        close.setText("✕")
        close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        close.setToolTip(self.tr("Light everything again (Esc)"))
        close.setAccessibleName(close.toolTip())
        close.setStyleSheet(
            f"QToolButton {{ color: {theme.dim}; background: transparent;"
            f" font-size: {self.px(11)}px; border: 1px solid transparent;"
            f" padding: {self.px(2)}px {self.px(5)}px; }}"
            f"QToolButton:hover {{ color: {theme.text}; }}"
            f"QToolButton:focus {{ border-color: {theme.accent}; }}"
        )
        close.clicked.connect(lambda: self.intent.emit(intents.Unlight()))
        row.addWidget(self._label)
        row.addWidget(close)
        self.setFixedHeight(self.px(HIGH))
        self.hide()

    def render(self, old: AppState | None, new: AppState) -> None:
        """Say it anew if something else is lit or marked."""
        if (new.cone, new.start) == self._said:
            return
        self._said = new.cone, new.start
        text = self._of_cone(new.cone) if new.cone is not None else self._of_start(new)
        self._whole = text
        self._label.setToolTip(text)
        self.setVisible(bool(text))
        self.changed.emit()

    def take(self, width: int) -> None:
        """Be at most so wide."""
        close = self.sizeHint().width() - self._label.sizeHint().width()
        cut = self._label.fontMetrics().elidedText(
            self._whole, Qt.TextElideMode.ElideRight, max(width - close, self.px(60))
        )
        self._label.setText(cut)
        self.adjustSize()

    def paintEvent(self, event: QPaintEvent) -> None:
        """In the colour of what is lit."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.theme.color("accent"))
        painter.setBrush(self.theme.color("panel", 0.94))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), self.px(6), self.px(6))

    def _of_start(self, state: AppState) -> str:
        recording = state.recording
        event = locate(recording, state.start) if recording is not None and state.start else None
        if recording is None or event is None:
            return ""
        node = node_span(recording, state.open, event)
        said = self.tr("Paths begin at {node}: Ctrl+Shift+M lights those to the cursor")
        return said.format(node=self._title(recording, node))

    def _of_cone(self, cone: Cone) -> str:
        recording = cone.recording
        node = self._title(recording, cone.node)
        if cone.value is not None:
            node = recording.values[cone.value].name
        start = self._title(recording, cone.start) if cone.start is not None else ""
        said = {
            "sources": self.tr("{node} comes from {count} of {all} ops"),
            "readers": self.tr("{count} of {all} ops depend on {node}"),
            "paths": self.tr("{count} of {all} ops are on the paths from {start} to {node}"),
        }[cone.kind]
        if not cone.events.any():
            said = self.tr("No path leads from {start} to {node}")
        count, whole = f"{cone.count:,}", f"{len(recording.events):,}"
        parts = [said.format(node=node, start=start, count=count, all=whole)]
        return " · ".join([*parts, *self._given(cone)])

    def _title(self, recording: Recording, node: Span) -> str:
        """What a node is called; of one of many that fold to one, also what is written on that."""
        title = node_title(recording, node)
        painting = self._outlook.painting
        if painting is None or painting.recording is not recording:
            return title
        spot = painting.scene.node_of(node.last)
        if spot is None or spot.box.item.kind != "fold":
            return title
        return self.tr("{block} of {all}").format(block=title, all=spot.box.title)

    def _given(self, cone: Cone) -> list[str]:
        """The parameters and inputs that it comes from."""
        if cone.kind != "sources":
            return []
        values = cone.recording.values
        parameters, inputs = cone.kept("parameter"), cone.kept("input")
        said = []
        if parameters:
            numbers = sum(prod(values[v].shape) for v in parameters)
            text = self.tr("{numbers} parameters in {count} tensors")
            if len(parameters) == 1:
                text = self.tr("{numbers} parameters in one tensor")
            said.append(text.format(count=len(parameters), numbers=count_text(numbers)))
        if inputs:
            text = self.tr("input {names}")
            said.append(text.format(names=", ".join(values[v].name for v in inputs)))
        return said
