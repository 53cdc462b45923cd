"""Reads figures of large passes in a thread, while the window goes on."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait

from PySide6.QtCore import QObject, Signal

from explorer.core.graph import Recording
from explorer.core.turns import short_turns
from explorer.gui.bell import listen, ring_when_done
from explorer.picture.figure import figure_of


class Reader(QObject):
    """Has the figure of the newest pass read, for `ready_figure` to give; one that has not begun
    when another comes is forgotten.

    ``wanted`` tells that somebody asked to see it before it was there.

    Signals:
        read (): the newest one is there.
    """

    read = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.wanted = False
        self._recording: Recording | None = None
        self._running: Future[None] | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="figure")
        listen(self._collect)

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
        ring_when_done(self._running)

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
