"""`Page`: the base of what the sheet asks about one kind of find."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QWidget

from explorer.gui.theme import Theme, font
from explorer.session.intents import Intent


class Page(QWidget):
    """``heading`` says what was found, ``facts`` what kind of thing it is, ``verb`` what the button
    does (empty if nothing can be opened), ``refusal`` the other one, ``warning`` what to mind.

    Signals:
        changed (): `complete` may be another.
    """

    changed = Signal()

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self.theme = theme
        self.scale = scale
        self.heading = ""
        self.facts: list[str] = []
        self.verb = ""
        self.refusal = self.tr("Cancel")
        self.warning = ""
        self.breadth = 620  # pixels of the sheet, at scale 1

    def px(self, pixels: float) -> int:
        """A length that grows with the text."""
        return round(pixels * self.scale)

    def complete(self) -> bool:
        """Whether there is something to open at all."""
        return True

    def choose(self) -> Intent | None:
        """What the person asks for. None with mistakes, which are then said beside the fields."""
        raise TypeError(f"{type(self).__name__} must define choose")

    def tall(self) -> int:
        """How high it wants to be, 0 for as high as there is room."""
        return 0

    def start(self) -> QWidget | None:
        """Where the keyboard begins, None for the button."""
        return None

    def caption(self, text: str) -> QLabel:
        """A small heading over a part."""
        label = QLabel(text)
        label.setFont(font(self.scale, 9, 500))
        label.setStyleSheet(f"color: {self.theme.dim}; letter-spacing: 1px;")
        return label

    def words(self, text: str, role: str = "dim") -> QLabel:
        """A sentence or two."""
        label = QLabel(text)
        label.setWordWrap(True)
        label.setStyleSheet(f"color: {self.theme.color(role).name()};")
        label.setFont(font(self.scale, 10))
        label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        return label


def scrolling(inside: QWidget) -> QScrollArea:
    """A part that scrolls by itself, without a ground of its own."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    inside.setObjectName("inside")
    area.setStyleSheet("QScrollArea, QWidget#inside { background: transparent; }")
    area.viewport().setStyleSheet("background: transparent;")
    area.setWidget(inside)
    return area
