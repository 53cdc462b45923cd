"""The numbers that a figure shows: asked for a few at a time, and kept until newer ones come."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from explorer.core.graph import Recording
from explorer.core.values import Reading
from explorer.picture.figure import Figure
from explorer.picture.figure.asking import Asked, questions
from explorer.session import intents
from explorer.session.state import GLIMPSE, AppState

_AT_ONCE = 4  # questions that are open together
_PANE = f"{GLIMPSE}figure/"  # what cannot be had is no problem that a banner tells of


class Source(Protocol):
    """Where the numbers of a figure come from."""

    def of(self, name: str) -> np.ndarray | None:
        """The numbers of a question, None until they come."""


class Numbers(QObject):
    """Readings by the names that `questions` gives them, such as ``value/2``.

    Those of the pass before stay until the new ones are there, so nothing flickers while somebody
    drags a point or types. What the engine does not have stays without numbers.

    Signals:
        wanted (intents.Look): numbers are needed.
        came: there are more than a moment ago.
    """

    wanted = Signal(object)
    came = Signal()

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self._widget = widget
        self._state: AppState | None = None
        self._recording: Recording | None = None
        self._questions: dict[str, Asked] = {}
        self._there: dict[str, Reading] = {}
        self._asked: set[str] = set()
        self._refused: set[str] = set()
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(self._ask)

    @property
    def looks(self) -> list[intents.Look]:
        """What to say so that the numbers come that are missing."""
        return [intents.Look(_PANE + one.name, one.view, one.kept) for one in self._missing()]

    @property
    def settled(self) -> bool:
        """Whether everything is there that can be."""
        return not self._asked and not self._next.isActive()

    def of(self, name: str) -> np.ndarray | None:
        """The numbers of a question, None until they come."""
        reading = self._there.get(name)
        return reading.data if reading is not None else None

    def render(self, state: AppState, figure: Figure | None) -> bool:
        """Take what came, and ask for what is missing; whether anything is new."""
        self._state = state
        recording = state.recording
        if recording is None or figure is None:
            self._recording, self._questions, self._there = None, {}, {}
            self._asked, self._refused = set(), set()
            return False
        if recording is not self._recording:
            before, self._recording = self._recording, recording
            self._questions = {one.name: one for one in questions(recording, figure)}
            shapes = [(call.module, call.kind) for call in recording.calls]
            if before is None or [(c.module, c.kind) for c in before.calls] != shapes:
                self._there = {}
            if before is None or before.tape != recording.tape:
                self._asked, self._refused = set(), set()
            self._next.start()
        came = self._take(state)
        if self._missing():
            self._next.start()
        if came:
            self.came.emit()
        return came

    def _take(self, state: AppState) -> bool:
        """Take the answers that are there; what was asked and has none is refused."""
        came = False
        for one in self._questions.values():
            if self._has(one):
                continue
            pane = _PANE + one.name
            reading = state.readings.get(pane)
            if reading is not None and reading.view == one.view:
                self._there[one.name] = reading
                self._asked.discard(one.name)
                came = True
            elif one.name in self._asked and f"look/{pane}" not in state.tickets:
                self._asked.discard(one.name)
                self._refused.add(one.name)
        return came

    def _missing(self) -> list[Asked]:
        return [
            one
            for name, one in self._questions.items()
            if name not in self._asked and name not in self._refused and not self._has(one)
        ]

    def _has(self, one: Asked) -> bool:
        reading = self._there.get(one.name)
        return reading is not None and reading.view == one.view

    def _ask(self) -> None:
        """Ask for as many as may be open together; from left to right, as they are computed."""
        if self._state is None or not self._widget.isVisible():
            return
        for look in self.looks[: _AT_ONCE - len(self._asked)]:
            self._asked.add(look.pane.removeprefix(_PANE))
            self.wanted.emit(look)
