"""Reads figures of large passes in a thread, while the window goes on."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

from explorer.core.graph import Recording
from explorer.core.turns import short_turns
from explorer.picture.figure import figure_of


class Reader(QObject):
    """Has the figure of the newest pass read, for `ready_figure` to give; one that has not begun
    when another comes is forgotten.

    ``wanted`` tells that somebody asked to see it before it was there.

    Signals:
        read (): the newest one is there.
    """

    read = Signal()
    _done = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.wanted = False
        self._recording: Recording | None = None
        self._running: Future[None] | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="figure")
        self._done.connect(self._collect, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Whether a figure is on its way."""
        return self._running is not None

    def begin(self, recording: Recording) -> None:
        """Read the figure of a pass, unless that was begun."""
        if recording is self._recording:
            return
        self._recording = recording
        if self._running is not None:
            self._running.cancel()
        self._running = self._pool.submit(_read, recording)
        self._running.add_done_callback(partial(_tell, self))

    def finish(self) -> None:
        """Wait for the figure that is on its way."""
        if self._running is not None:
            wait([self._running])
            self._collect(self._running)

    def _collect(self, future: Future[None]) -> None:
        """In the window: say that it is there."""
        if future is not self._running:
            return
        self._running = None
        future.result()
        self.read.emit()


def _read(recording: Recording) -> None:
    with short_turns():
        figure_of(recording)


def _tell(reader: Reader, future: Future[None]) -> None:
    """In the thread: it is done. If the reader is gone, nobody wants it."""
    if isValid(reader):
        reader._done.emit(future)
