"""What stands at the left of the window: the input above the outline, or the training plan."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from explorer.gui.inputs import InputEditor
from explorer.gui.outline import Outline
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme


class Side(QWidget):
    """The input above the outline; the outline takes what the input leaves."""

    def __init__(self, theme: Theme, inputs: InputEditor, outline: Outline) -> None:
        super().__init__()
        self._inputs, self._outline = inputs, outline
        outline.filled.connect(self._share)
        self.setObjectName("side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet(f"#side {{ background: {theme.panel}; }}")
        lay = QVBoxLayout(self)
        lay.setContentsMargins(0, 0, 0, 0)
        lay.setSpacing(0)
        lay.addWidget(inputs)
        lay.addWidget(outline, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell the input how much there is."""
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        self._inputs.give_room(self.size(), self._outline.needed())


def scrolling(panel: Panel) -> QScrollArea:
    """A panel that scrolls where it has not the height."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(panel)
    return area
