"""From any thread to the thread of the window, and how a frame waits for what is on its way."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

_PATIENCE = 0.012  # seconds: less than a frame at 60 Hz


class Courier(QObject):
    """Takes things from any thread to the thread of the window.

    Signals:
        arrived (object): emitted in the window's thread, in the order of `deliver`.
    """

    arrived = Signal(object)
    _crossing = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._landed = Event()
        self._crossing.connect(self._bring, Qt.ConnectionType.QueuedConnection)

    def deliver(self, thing: object) -> None:
        """Call from anywhere."""
        self._crossing.emit(thing)
        self._landed.set()

    def fetch(self, patience: float) -> bool:
        """Bring what is delivered now or within ``patience`` seconds, before anything else that
        the window has to do; whether there was something. Call in the window's thread."""
        if not self._landed.wait(max(0.0, patience)):
            return False
        self._landed.clear()
        QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall.value)
        return True

    def _bring(self, thing: object) -> None:
        self.arrived.emit(thing)


class WholeFrames(QObject):
    """Lets a window's frame wait a moment for numbers that are still ``missing``, so that a step
    is painted once, with its numbers, and not first without them.

    Where they take longer, the frame is painted, and no other one waits until they are there.
    """

    def __init__(self, window: QWidget, courier: Courier, missing: Callable[[], bool]) -> None:
        super().__init__(window)
        self._courier = courier
        self._missing = missing
        self._late = False
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A frame is about to be painted."""
        if event.type() == QEvent.Type.UpdateRequest:
            self._gather()
        return False

    def _gather(self) -> None:
        if not self._missing():
            self._late = False
            return
        if self._late:
            return
        end = time.monotonic() + _PATIENCE
        while self._missing():
            if not self._courier.fetch(end - time.monotonic()):
                self._late = True
                return
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
