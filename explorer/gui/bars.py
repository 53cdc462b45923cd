"""What lies over the upper left corner of the canvas: the breadcrumb, and below it the chip."""

from __future__ import annotations

from explorer.gui.breadcrumb import Breadcrumb
from explorer.gui.chip import Chip
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme
from explorer.session.state import AppState


class Bars:
    """Places both, and lets them speak through the canvas."""

    def __init__(self, theme: Theme, scale: float, canvas: Panel) -> None:
        self._canvas = canvas
        self.breadcrumb = Breadcrumb(theme, scale, canvas)
        self.chip = Chip(theme, scale, canvas)
        self.chip.changed.connect(self.place)
        for bar in (self.breadcrumb, self.chip):
            bar.intent.connect(canvas.intent)

    def render(self, old: AppState | None, new: AppState) -> None:
        """Let both say what there is."""
        self.breadcrumb.render(old, new)
        self.chip.render(old, new)

    def place(self) -> None:
        """One below the other, as wide as they need to be and as the canvas lets them."""
        gap = self._canvas.px(8)
        self.breadcrumb.take(self._canvas.width())
        self.breadcrumb.move(gap, gap)
        self.chip.take(self._canvas.width() - 2 * gap)
        self.chip.move(gap, gap + self.breadcrumb.height() + self._canvas.px(5))
