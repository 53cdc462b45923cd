"""What stands at the sides of the window: at the left the input above the outline, or the training
plan; at the right what is told of a step of the pass, or of one of the training."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from explorer.gui.inputs import InputEditor
from explorer.gui.outline import Outline
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme
from explorer.session.intents import Tab


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


class Right(QStackedWidget):
    """What is told of a step of the pass or, beside the training, of one of that."""

    def __init__(self, passing: Panel, training: Panel) -> None:
        super().__init__()
        self.addWidget(passing)
        self.addWidget(training)
        self.setMinimumWidth(passing.px(320))

    def place(self, tab: Tab) -> None:
        """What belongs to a page; nothing beside the architecture."""
        self.setVisible(tab != "architecture")
        self.setCurrentIndex(1 if tab == "training" else 0)


def scrolling(panel: Panel) -> QScrollArea:
    """A panel that scrolls where it has not the height."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(panel)
    return area
