"""The place of the map: there is the graph or, where somebody wants it and there is one, the
figure. What is asked of either goes to the one that is shown."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget

from explorer.core.problem import phrase
from explorer.gui.export.figure import FigureSource
from explorer.gui.export.files import Source
from explorer.gui.export.graph import GraphSource
from explorer.gui.figure.page import FigurePage, shown_figure
from explorer.gui.figure.reader import Reader
from explorer.gui.map.maps import Maps
from explorer.picture.figure import Unfit, ready_figure
from explorer.session import intents
from explorer.session.session import Session
from explorer.session.state import AppState


class MapPlace(QStackedWidget):
    """Holds the maps and a figure, and shows one of them."""

    def __init__(self, maps: Maps, figure: FigurePage) -> None:
        super().__init__()
        self._maps, self._figure = maps, figure
        self.addWidget(maps)
        self.addWidget(figure)

    def show_state(self, state: AppState) -> None:
        """Show what a state wants to be shown."""
        figured = shown_figure(state) is not None or self._figure.waits(state)
        shown = self._figure if figured else self._maps
        if self.currentWidget() is not shown:
            focused = self._maps.active.hasFocus() or self._figure.hasFocus()
            self.setCurrentWidget(shown)
            if focused:
                self.take_focus()

    @property
    def figured(self) -> bool:
        """Whether it is the figure."""
        return self.currentWidget() is self._figure

    def take_focus(self) -> None:
        """Give the keyboard to what is shown."""
        (self._figure if self.figured else self._maps.active).setFocus()

    def fit(self) -> None:
        """All of it comes into view."""
        if self.figured:
            self._figure.fit()
        else:
            self._maps.fit()

    def zoom_by(self, factor: float) -> None:
        """Zoom around the middle."""
        if self.figured:
            self._figure.zoom_by(factor)
        else:
            self._maps.zoom_by(factor)

    @property
    def source(self) -> Source:
        """What is shown, to be written to a file."""
        page = self._figure
        if self.figured and page.drawing is not None:
            return FigureSource(page.drawing, page.camera, page.scale, page.devicePixelRatioF())
        return GraphSource(self._maps.active)


def toggle_figure(session: Session, reader: Reader) -> None:
    """Ask for the figure or the graph; of a model that has no figure, say why. One that is being
    read is asked for as soon as it is there, unless somebody changes their mind."""
    state, take = session.state, session.take
    if state.page != "model":
        return
    if state.beside is not None:
        alone = phrase("Two sides are shown as graphs. Show one side alone to see its figure.")
        take(intents.Report("figure", alone, "", {}, "news"))
        return
    found = ready_figure(state.recording) if state.recording is not None else None
    reader.wanted = found is None and reader.busy and not (reader.wanted or state.figure)
    if isinstance(found, Unfit):
        take(intents.Report("figure", found.text, "", found.values, "news"))
    elif found is not None:
        take(intents.ToggleFigure())
