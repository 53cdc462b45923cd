"""The figure of a model, painted: `FigurePage` in the map's place, `FigureSwitch` over both."""

from __future__ import annotations

from explorer.gui.figure.page import FigurePage, known_figure, shown_figure
from explorer.gui.figure.reader import Reader
from explorer.gui.figure.switch import FigureSwitch

__all__ = ["FigurePage", "FigureSwitch", "Reader", "known_figure", "shown_figure"]
