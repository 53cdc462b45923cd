"""What lies over the upper left corner of the canvas: the switch between graph and figure, the
breadcrumb, and below these the chip."""

from __future__ import annotations

from PySide6.QtCore import QRect

from explorer.gui.figure.switch import FigureSwitch, line_up
from explorer.gui.map.breadcrumb import Breadcrumb
from explorer.gui.map.chip import Chip
from explorer.gui.map.outlook import Outlook
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme
from explorer.session.state import AppState


class Bars:
    """Places them, lets them speak through the canvas, and keeps the ``outlook`` below them."""

    def __init__(self, theme: Theme, scale: float, canvas: Panel, outlook: Outlook) -> None:
        self._canvas = canvas
        self._outlook = outlook
        self.breadcrumb = Breadcrumb(theme, scale, canvas)
        self.switch = FigureSwitch(theme, scale, canvas)
        self.chip = Chip(theme, scale, canvas, outlook)
        self.chip.changed.connect(self.place)
        for bar in (self.switch, self.breadcrumb, self.chip):
            bar.intent.connect(canvas.intent)
        self.place()

    def render(self, old: AppState | None, new: AppState) -> None:
        """Let them say what there is."""
        before = self.switch.isHidden()
        self.switch.render(old, new)
        if self.switch.isHidden() != before:
            self.place()
        self.breadcrumb.render(old, new)
        self.chip.render(old, new)
        self._cover()

    def areas(self) -> list[QRect]:
        """Where they lie."""
        bars = (self.switch, self.breadcrumb, self.chip)
        return [bar.geometry() for bar in bars if not bar.isHidden()]

    def place(self) -> None:
        """As wide as they need to be and as the canvas lets them."""
        low = line_up(self.switch, self.breadcrumb, self._canvas.width())
        self.chip.move(self._canvas.px(8), low + self._canvas.px(5))
        self.chip.take(self._canvas.width() - 2 * self.chip.x())
        self._cover()

    def _cover(self) -> None:
        """Keep the map below them."""
        self._outlook.cover(max((area.bottom() + 1 for area in self.areas()), default=0))
