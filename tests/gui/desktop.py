"""A desk in a window of its own, whose engine is the test."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.core.graph import Recording
from explorer.core.messages import Request
from explorer.core.sources import PythonModel
from explorer.gui.desk import Desk
from explorer.gui.map.canvas import Canvas
from explorer.gui.window import Window, make_application
from explorer.session.session import Session
from explorer.session.state import AppState, Engine
from tests import recordings

READY = Engine("ready", "cpu", "CPU", 1)
OWN = PythonModel("/home/ada/net.py", "d", "Net", {})


def on_model(recording: Recording, family: str = "gpt", **changes: Any) -> AppState:
    """The page of a model, with a pass of it; and what else is so."""
    state = AppState(
        page="model", engine=READY, recording=recording, model=recordings.info(recording, family)
    )
    return replace(state, **changes)


class Desktop:
    """The window, the session and the desk that joins them, active on the screen. What the engine
    is asked is in ``sent``."""

    def __init__(self, bot: QtBot, state: AppState, size: tuple[int, int] = (1280, 800)) -> None:
        make_application("dark")
        self.bot = bot
        self.sent: list[Request] = []
        self.window = Window("dark")
        bot.addWidget(self.window)
        self.window.resize(*size)
        self.session = Session(state, self.sent.append, lambda: None)
        self.desk = Desk(self.window, self.session)
        self.window.show()
        self.window.activateWindow()
        bot.waitUntil(self.window.isActiveWindow)

    @property
    def state(self) -> AppState:
        return self.session.state

    @property
    def canvas(self) -> Canvas:
        return self.desk.canvas

    def press(
        self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        """A key, where the keyboard is."""
        self.bot.keyClick(QApplication.focusWidget() or self.window, key, modifiers)
