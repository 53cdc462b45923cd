"""The figure of a model, to be written to a file."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QTextDocument
from PySide6.QtWidgets import QWidget

from explorer.gui.export.files import LOOKS, PICTURES, Format, Wanted, caption_of, written
from explorer.gui.export.picture import MARGIN, Picture
from explorer.gui.figure.drawing import FigureDrawing
from explorer.gui.figure.explained import explained
from explorer.gui.figure.ink import Ink
from explorer.gui.figure.numbers import Numbers
from explorer.gui.figure.page import known_figure
from explorer.gui.map.camera import Camera
from explorer.gui.map.colouring import words
from explorer.gui.map.drawing import Drawing, map_font
from explorer.gui.theme import PRINT, Theme
from explorer.picture.figure import Figure
from explorer.session.state import AppState

_LETTERS, _LINE = 11.0, 640.0  # pixels of the words below a figure, and of a line of them


@dataclass(frozen=True)
class FigureKey:
    """What colours, widths and sizes of a ``figure`` mean."""

    figure: Figure
    width: float = 300.0

    def height(self, width: float) -> float:
        """Of all lines."""
        return float(self._lines(width, PRINT).size().height())

    def paint(self, painter: QPainter, width: float, draw: Drawing) -> None:
        """Lines of a length that can be read, in the middle."""
        lines = self._lines(width, draw.theme)
        painter.save()
        painter.translate((width - lines.textWidth()) / 2, 0)
        lines.drawContents(painter)
        painter.restore()

    def _lines(self, width: float, theme: Theme) -> QTextDocument:
        made = QTextDocument()
        made.setDocumentMargin(0)
        made.setDefaultFont(map_font(_LETTERS, 400))
        said = " ".join(explained(self.figure, theme))
        made.setHtml(f'<p align="center" style="color:{theme.dim}">{said}</p>')
        made.setTextWidth(min(width, _LINE))
        return made


@dataclass(frozen=True)
class DrawnFigure:
    """A figure with the numbers of a ``state``, for one who sees a unit as ``zoom`` pixels."""

    drawing: FigureDrawing
    state: AppState
    zoom: float = 1.0

    @property
    def draw(self) -> Drawing:
        """Its look, and the words of its language."""
        return Drawing(self.drawing.theme, words())

    @property
    def whole(self) -> QRectF:
        """All of it, with a margin."""
        return self.drawing.bounds(self.zoom).adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)

    def readable(self, zoom: float) -> DrawnFigure:
        """The same for one who sees a unit as ``zoom`` pixels."""
        return replace(self, zoom=zoom)

    def paint(self, painter: QPainter, part: QRectF) -> None:
        """Paint a part of it; the painter is in units of the scene."""
        ink = Ink(painter, self.drawing.theme, self.zoom, part)
        self.drawing.paint(ink, self.state)


class FigureSource:
    """A figure as a picture: what a ``camera`` sees of it, or all."""

    formats = PICTURES

    def __init__(
        self, drawing: FigureDrawing, camera: Camera, scale: float = 1.0, ratio: float = 1.0
    ) -> None:
        self._drawing, self._camera = drawing, camera
        self.theme, self.scale, self.ratio = drawing.theme, scale, ratio
        self.numbers = drawing.numbers

    def picture(self, state: AppState, wanted: Wanted) -> Picture:
        """The picture of it."""
        recording = state.recording
        assert recording is not None
        if not wanted.stepped:
            state = replace(state, tab="architecture")  # where nothing is dimmed
        view = wanted.part == "view"
        drawing = self._drawing.dressed(LOOKS[wanted.look])
        name = state.title or recording.calls[0].kind
        picture = Picture(
            DrawnFigure(drawing, state),
            self._camera.view.translated(0.0, drawing.figure.top) if view else None,
            self._camera.zoom if view else 1.0,
            name,
            name if wanted.titled else "",
            caption_of(recording, words()) if wanted.titled else "",
            None if view else FigureKey(drawing.figure),
        )
        return picture.readable(wanted.scale)

    def content(self, state: AppState, wanted: Wanted, kind: Format) -> bytes:
        """What stands in the file. Raises Problem if an image would be too large."""
        return written(self.picture(state, wanted), wanted, kind)


def drawing_of(state: AppState, look: str) -> FigureDrawing:
    """The figure of the pass on show, before its numbers are there. Raises Problem that says why
    it has none."""
    assert state.recording is not None
    figure = known_figure(state.recording)
    numbers = Numbers(QWidget())
    numbers.render(state, figure)
    return FigureDrawing(figure, LOOKS[look], numbers)
