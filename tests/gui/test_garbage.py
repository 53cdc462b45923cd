"""Widgets that only hold each other go in the window's thread."""

from __future__ import annotations

import gc
import threading

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.gui.window import make_application


class Ring(QObject):
    """Holds itself and a timer, and tells which thread it goes in."""

    def __init__(self, gone: list[int]) -> None:
        super().__init__()
        self.me, self.timer, self.gone = self, QTimer(self), gone
        self.timer.start(10_000)

    def __del__(self) -> None:
        self.gone.append(threading.get_ident())


def test_a_busy_thread_does_not_find_the_windows_garbage(qtbot: QtBot) -> None:
    gc.collect()
    gone: list[int] = []
    Ring(gone)

    def work() -> None:
        for _ in range(50):
            kept = [[n] for n in range(10_000)]
        assert kept

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert not gone
    made: list[list[int]] = []

    def is_gone() -> bool:
        made.extend([n] for n in range(2000))  # so that a search is due, whatever goes meanwhile
        return bool(gone)

    qtbot.waitUntil(is_gone)  # by the timer of the application
    assert gone == [threading.get_ident()]


def test_there_is_one_timer_for_it(qapp: QApplication) -> None:
    make_application("dark")
    names = [timer.objectName() for timer in qapp.findChildren(QTimer) if timer.isActive()]
    assert names.count("search for garbage") == 1
