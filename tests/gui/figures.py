"""A desk with a figure, and an engine that answers what it asks: for tests of figures."""

from __future__ import annotations

from math import ceil, prod

import numpy as np
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.core.graph import Recording
from explorer.core.messages import LookAt, Looked
from explorer.core.values import Reading, View
from explorer.gui.figure import FigurePage
from explorer.gui.figure.neurons import middle
from explorer.picture.figure import Figure, figure_of
from tests.gui.desktop import OWN, Desktop, on_model


def numbers(recording: Recording, view: View) -> np.ndarray:
    """What an engine would answer: every value holds small whole numbers of both signs."""
    shape = recording.values[view.value].shape
    whole = np.arange(prod(shape), dtype=np.float32).reshape(shape) % 5 - 2
    whole = whole[tuple(slice(None) if a in view.keep else view.at[a] for a in range(len(shape)))]
    left = sorted(view.keep)
    part = whole.transpose([left.index(axis) for axis in view.keep])
    for axis, positions in enumerate(view.take):
        if positions:
            part = part.take(positions, axis)
    return part[tuple(slice(None, most) for most in view.size)]


class App(Desktop):
    """A desk with a model, and an engine that answers what is looked at."""

    def __init__(self, bot: QtBot, recording: Recording, tab: str = "forward") -> None:
        opened = frozenset(call.index for call in recording.calls)
        super().__init__(bot, on_model(recording, "mlp", tab=tab, own=OWN, open=opened))
        self.canvas.setFocus()

    def serve(self) -> None:
        """Answer until nothing is asked any more."""
        while self.asked or not self.page.numbers.settled:
            QApplication.processEvents()
            for request in self.taken():
                if self.session.state.tickets.get(request.tag) != request.ticket:
                    continue
                data = numbers(self.recording, request.view)
                block = tuple(
                    ceil(n / m) for n, m in zip(data.shape, request.view.size, strict=True)
                )
                reading = Reading(request.view, data, block)
                self.session.take(Looked(ticket=request.ticket, pane=request.pane, reading=reading))

    def taken(self) -> list[LookAt]:
        """That, which is answered now."""
        waiting = self.asked
        self.sent.clear()
        return waiting

    @property
    def asked(self) -> list[LookAt]:
        """What is to be looked at, and not answered yet."""
        return [request for request in self.sent if isinstance(request, LookAt)]

    @property
    def recording(self) -> Recording:
        recording = self.session.state.recording
        assert recording is not None
        return recording

    @property
    def page(self) -> FigurePage:
        return self.desk.figure

    @property
    def figure(self) -> Figure:
        found = figure_of(self.recording)
        assert isinstance(found, Figure)
        return found

    def neuron(self, piece: int, n: int, aside: float = 0.0) -> QPoint:
        """Where a neuron is on the page; ``aside`` of its middle by so many radii."""
        at = self.figure.pieces[piece]
        where = self.page._on_widget(middle(at, n))
        where.setX(where.x() + aside * at.radius * self.page.camera.zoom)
        return where.toPoint()

    def volume(self, piece: int) -> QPoint:
        at = self.figure.pieces[piece]
        middle_ = middle(at._replace(offsets=(at.height / 2,)), 0)
        middle_.setX(at.x + at.width / 2)
        return self.page._on_widget(middle_).toPoint()

    def colour(self, at: QPoint) -> QColor:
        return self.page.grab().toImage().pixelColor(at)
