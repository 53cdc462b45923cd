"""How threads tell the window that they are done.

What a thread holds may be let go by it last, and a widget or timer must not end in a thread that is
not its own. So threads are given nothing of the window but this bell, which lives as long as the
application.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import cache, partial
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
from shiboken6 import isValid


class Bell(QObject):
    """Rings in the window's thread.

    Signals:
        rung (object): this future is done; it may be anybody's.
    """

    rung = Signal(object)


@cache
def _bell() -> Bell:
    app = QCoreApplication.instance()
    assert app is not None
    return Bell(app)


def listen(hear: Callable[[Future[Any]], None]) -> None:
    """Call a method of a QObject, as long as that lives, with every future that is done.

    Queued, for what is done before we can say whom to tell is told in the window's thread.
    """
    _bell().rung.connect(hear, Qt.ConnectionType.QueuedConnection)


def ring_when_done(future: Future[Any]) -> None:
    """Tell all who listen when a future is done, or was cancelled."""
    future.add_done_callback(partial(_ring, _bell()))


def _ring(bell: Bell, future: Future[Any]) -> None:
    """In the thread."""
    if isValid(bell):
        bell.rung.emit(future)
