"""The window itself: light, so that it is painted before anything heavy is imported.

Even the name ``Qt`` is left out here: importing it makes a thousand enums, which takes 20 ms.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable

from PySide6.QtCore import QRect, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from explorer.core.garbage import search_if_due
from explorer.gui.theme import THEMES, palette

_SEARCH = "search for garbage"
_WIDTH, _HEIGHT = 1600, 1000  # as large as it opens, where the screen has the room
_FRAME_WIDTH, _FRAME_HEIGHT = 8, 48  # room for a window manager's border and title bar


def make_application(theme: str) -> QApplication:
    """The one `QApplication`, in the colours of a theme; the desk does the rest of the look.

    From now on garbage is searched for in this thread alone (see `search_if_due`).
    """
    # Qt fills large areas in several threads, and waits for all: where an engine has the other
    # cores, a frame that takes 5 ms alone now and then takes 100.
    os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    gc.disable()
    if app.findChild(QTimer, _SEARCH) is None:
        timer = QTimer(app, interval=1000)
        timer.setObjectName(_SEARCH)
        timer.timeout.connect(search_if_due)
        timer.start()
    app.setApplicationName("layerscope")
    app.setApplicationDisplayName("Layerscope")
    app.setDesktopFileName("layerscope")
    app.setPalette(palette(THEMES[theme]))
    return app


class Window(QMainWindow):
    """An empty window that tells when it was first painted and when it is closed.

    Signals:
        painted (): the first frame is on the screen.
        closing (): the user closes the window.
    """

    painted = Signal()
    closing = Signal()

    def __init__(self, theme: str) -> None:
        super().__init__()
        self.setWindowTitle("Layerscope")
        self.resize(_WIDTH, _HEIGHT)
        self.setMinimumSize(900, 600)
        self._was_maximized = False
        self._splash = _Splash(theme, self._first_frame)
        self.setCentralWidget(self._splash)

    def open(self) -> None:
        """Show the window in the middle of the screen, frame and all; maximised if it is small."""
        room = self.screen().availableGeometry()
        if room.width() < _WIDTH + _FRAME_WIDTH or room.height() < _HEIGHT + _FRAME_HEIGHT:
            self.resize(  # what it becomes when somebody un-maximises it
                min(_WIDTH, round(room.width() * 0.9)), min(_HEIGHT, round(room.height() * 0.9))
            )
            self._centre(room)
            self.showMaximized()
        else:
            self._centre(room)
            self.show()

    def present(self, full: bool) -> None:
        """Take the whole screen, or come back to what the window was before."""
        if full == self.isFullScreen():
            return
        if full:
            self._was_maximized = self.isMaximized()
            self.showFullScreen()
        elif self._was_maximized:
            self.showMaximized()
        else:
            self.showNormal()

    def fill(self, content: QWidget) -> None:
        """Replace what the window shows; the old content is deleted."""
        old = self.centralWidget()
        self.setCentralWidget(content)
        if old is not None:
            old.deleteLater()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Tell the owner, who ends the engine."""
        self.closing.emit()
        super().closeEvent(event)

    def _centre(self, room: QRect) -> None:
        self.move(
            room.x() + (room.width() - self.width()) // 2,
            room.y() + (room.height() - self.height() - _FRAME_HEIGHT) // 2,
        )

    def _first_frame(self) -> None:
        QTimer.singleShot(0, self.painted.emit)


class _Splash(QWidget):
    """The background, for the moment until the gallery is made."""

    def __init__(self, theme: str, first_frame: Callable[[], None]) -> None:
        super().__init__()
        self._ground = THEMES[theme].color("background")
        self._first_frame: Callable[[], None] | None = first_frame

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint; the first time, say so."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._ground)
        painter.end()
        if self._first_frame is not None:
            self._first_frame()
            self._first_frame = None
