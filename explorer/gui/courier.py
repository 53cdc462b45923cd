"""From any thread to the thread of the window."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal


class Courier(QObject):
    """Takes things from any thread to the thread of the window.

    Signals:
        arrived (object): emitted in the window's thread, in the order of `deliver`.
    """

    arrived = Signal(object)
    _crossing = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._crossing.connect(self.arrived.emit, Qt.ConnectionType.QueuedConnection)

    def deliver(self, thing: object) -> None:
        """Call from anywhere."""
        self._crossing.emit(thing)
