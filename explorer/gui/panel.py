"""`Panel`: the base of everything that shows a part of the state."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from explorer.gui.theme import Theme
from explorer.session.state import AppState


class Panel(QWidget):
    """Draws a part of `AppState`.

    Signals:
        intent (object): something the user asked for, an `explorer.session.intents` value.

    Panels are made anew when theme, language or scale change, so they take the theme once and
    never restyle themselves. They keep no truth of their own: `render` shows the difference of
    two states (``old`` is None the first time) and must be cheap where nothing changed. A
    panel neither sees the session nor another panel's insides.
    """

    intent = Signal(object)

    def __init__(self, theme: Theme, scale: float = 1.0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.scale = scale

    def px(self, pixels: float) -> int:
        """A length that grows with the text."""
        return round(pixels * self.scale)

    def render(self, old: AppState | None, new: AppState) -> None:
        """Show what changed from ``old`` to ``new``."""
        raise TypeError(f"{type(self).__name__} must define render")
