"""A pane with a session and an engine behind it, all in this process, one thing after the other.

Replies go through the wire, so what they weigh is counted.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import numpy as np
import torch
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QMenu, QWidget
from pytestqt.qtbot import QtBot
from torch import Tensor, nn

from explorer.core.convolution import Products
from explorer.core.messages import (
    AnyReply,
    Looked,
    Opened,
    Ready,
    Recorded,
    Reply,
    Request,
    Told,
)
from explorer.core.sources import LiveModel
from explorer.core.wire import Wire
from explorer.engine.inbox import Inbox
from explorer.engine.live import LiveFeed
from explorer.engine.loop import Loop
from explorer.engine.subject import Subject
from explorer.gui.cut import Cut
from explorer.gui.panes.pane import Pane
from explorer.gui.panes.values import ValuesPane
from explorer.gui.theme import DARK
from explorer.picture.numbers import exact_text
from explorer.session import intents
from explorer.session.session import Session
from explorer.session.state import AppState


class Given(nn.Module):
    """Hands on the tensors that it was made of, each through an op of its own."""

    def __init__(self, *tensors: Tensor, op: Callable[[Tensor], Tensor] = torch.clone) -> None:
        super().__init__()
        self.op = op
        for number, tensor in enumerate(tensors):
            self.register_buffer(f"t{number}", tensor)

    def forward(self, x: Tensor) -> Tensor:
        """(…) → the same, after the others."""
        for tensor in self.buffers():
            self.op(tensor)
        return self.op(x)


@dataclass
class Weighed:
    """An answer for a pane: its bytes on the wire, all of them, and those of its numbers."""

    pane: str
    bytes: int
    numbers: int


Shown = TypeVar("Shown", bound=Pane)


class Seat(Generic[Shown]):
    """A pane on screen, and what came for it."""

    def __init__(
        self, qtbot: QtBot, pane: Shown, model: nn.Module, *given: Tensor,
        size: tuple[int, int] = (380, 480),
    ) -> None:  # fmt: skip
        self.bot, self.model, self.given = qtbot, model, given
        self.weighed: list[Weighed] = []
        self._replies: list[Reply] = []
        self.feed = LiveFeed(given, {})
        subject = Subject(model, self.feed, "live", {})
        self._loop = Loop(Inbox(lambda: None), self._replies.append, torch.device("cpu"), subject)
        live = AppState(page="model", wanted=LiveModel("model"))
        self.session = Session(live, self._send, lambda: None)
        ready = Ready(device="cpu", device_name="a CPU", threads=1, versions={}, pid=1)
        self.session.take(ready)
        self.session.take(Opened(model=subject.describe(), step=0))
        self.pane = pane
        qtbot.addWidget(self.pane)
        self.pane.intent.connect(self.session.take)
        self.pane.resize(*size)
        self.pane.show()
        QApplication.processEvents()
        self.session.listen(self.pane.render)
        self.settle()

    # ------------------------------------------------------------------ the engine

    def record(self) -> None:
        """Run the model again."""
        self.session.take(intents.Reopen())

    def _send(self, request: Request) -> None:
        self._loop._guard(request.ticket, lambda: self._loop._answer(request))
        while self._replies:
            self.session.take(self._over_the_wire(self._replies.pop(0)))

    def _over_the_wire(self, reply: Reply) -> Reply:
        stream = io.BytesIO()
        wire: Wire[Reply] = Wire(AnyReply, stream, stream)
        wire.send(reply)
        if isinstance(reply, Looked):
            numbers = reply.reading.data.nbytes
            self.weighed.append(Weighed(reply.pane, stream.tell(), numbers))
        elif isinstance(reply, Told) and isinstance(reply.answer, Products):
            found = reply.answer
            parts = (found.seen, found.weights, found.products, found.sums, found.channels)
            numbers = sum(part.nbytes for part in parts)
            self.weighed.append(Weighed("products", stream.tell(), numbers))
        stream.seek(0)
        back = wire.receive()
        assert back is not None
        assert not isinstance(back, Recorded) or back.recording.events
        return back

    # ------------------------------------------------------------------ what is on screen

    @property
    def state(self) -> AppState:
        return self.session.state

    def step(self, event: int, value: int | None = None) -> None:
        """Look at what an event gives, or at one of its values."""
        self.session.take(intents.StepTo(event))
        if value is not None:
            self.session.take(intents.SelectOutput(value))
        self.settle()

    def settle(self) -> None:
        """Let layouts and what they ask for come to rest."""
        for _ in range(4):
            QApplication.processEvents()
        assert self.pane.up_to_date, self.state.banner

    def said(self) -> str:
        """All that its labels say, also what there is no room for."""
        shown = (label for label in self.pane.findChildren(QLabel) if label.isVisible())
        return "\n".join(one.whole if isinstance(one, Cut) else one.text() for one in shown)


class Bench(Seat[ValuesPane]):
    """The values pane, and the hand of who looks at it."""

    def __init__(
        self, qtbot: QtBot, model: nn.Module, *given: Tensor, size: tuple[int, int] = (380, 480)
    ) -> None:
        super().__init__(qtbot, ValuesPane(DARK, 1.0), model, *given, size=size)

    def point(self, row: float, column: float, number: int = 0) -> QPoint:
        """Where the middle of a position is on one of the maps."""
        map_ = self.pane.trio.maps[number]
        at = map_._grid().rect((row, row + 1), (column, column + 1)).center()
        return at.toPoint()

    def shown(self, number: int = 0) -> np.ndarray:
        """The numbers of one of the maps."""
        return self.pane.trio.maps[number].matrix.data

    def change(self, **changes: object) -> None:
        """Look at the plane otherwise."""
        self.pane.show_plane(replace(self.pane._plane, **changes))  # type: ignore[arg-type]
        self.settle()

    def menu_of(self, number: int = 0) -> QMenu:
        """The menu that the right button opens on one of the maps."""
        map_ = self.pane.trio.maps[number]
        at = map_.rect().center()
        QApplication.sendEvent(
            map_, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, map_.mapToGlobal(at))
        )
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        return menu


def written(value: Tensor) -> str:
    """A number as it is written, to the last digit."""
    return exact_text(value.numpy().reshape(1)[0])


def choose(box: QComboBox, data: object) -> None:
    """As a person chooses from a list."""
    box.setCurrentIndex(box.findData(data))
    box.activated.emit(box.currentIndex())


def trigger(menu: QMenu, word: str) -> None:
    """Choose the entry of a menu that has a word in it."""
    action = next(action for action in menu.actions() if word in action.text())
    menu.close()
    action.trigger()


def wheel(
    widget: QWidget, at: QPoint, turn: int, shift: bool = False, pixels: QPoint | None = None
) -> None:
    """Turn the wheel over a place, or move two fingers by some ``pixels``."""
    modifiers = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    place = QPointF(at)
    event = QWheelEvent(
        place, widget.mapToGlobal(place), pixels or QPoint(), QPoint(0, turn),
        Qt.MouseButton.NoButton, modifiers, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)
