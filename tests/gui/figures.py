"""A desk with a figure, and an engine that answers what it asks: for tests of figures."""

from __future__ import annotations

from math import ceil, prod

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.core.graph import Recording
from explorer.core.messages import LookAt, Looked, Request
from explorer.core.sources import PythonModel
from explorer.core.values import Reading, View
from explorer.gui.desk import Desk
from explorer.gui.figure import FigurePage
from explorer.gui.figure.neurons import middle
from explorer.gui.window import Window, make_application
from explorer.picture.figure import Figure, figure_of
from explorer.session.session import Session
from explorer.session.state import AppState, Engine
from tests import recordings


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


class App:
    """A desk with a model, and an engine that answers what is looked at."""

    def __init__(self, bot: QtBot, recording: Recording, tab: str = "forward") -> None:
        make_application("dark")
        self.bot = bot
        self.asked: list[LookAt] = []
        self.window = Window("dark")
        bot.addWidget(self.window)
        self.window.resize(1280, 800)
        state = AppState(
            page="model", engine=Engine("ready", "cpu", "CPU", 1), recording=recording,
            model=recordings.info(recording, "mlp"), tab=tab,  # type: ignore[arg-type]
            own=PythonModel("/home/ada/net.py", "d", "Net", {}),
            open=frozenset(call.index for call in recording.calls),
        )  # fmt: skip
        self.session = Session(state, self._send, lambda: None)
        self.desk = Desk(self.window, self.session)
        self.window.show()
        self.window.activateWindow()
        bot.waitUntil(self.window.isActiveWindow)
        self.desk.canvas.setFocus()

    def _send(self, request: Request) -> None:
        if isinstance(request, LookAt):
            self.asked.append(request)

    def serve(self) -> None:
        """Answer until nothing is asked any more."""
        while self.asked or not self.page.numbers.settled:
            QApplication.processEvents()
            waiting, self.asked = self.asked, []
            for request in waiting:
                if self.session.state.tickets.get(request.tag) != request.ticket:
                    continue
                data = numbers(self.recording, request.view)
                block = tuple(
                    ceil(n / m) for n, m in zip(data.shape, request.view.size, strict=True)
                )
                reading = Reading(request.view, data, block)
                self.session.take(Looked(ticket=request.ticket, pane=request.pane, reading=reading))

    def press(self, key: Qt.Key) -> None:
        self.bot.keyClick(QApplication.focusWidget(), key)

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
