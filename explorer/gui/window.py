"""The window itself: light, so that it is painted before anything heavy is imported.

Even the name ``Qt`` is left out here: importing it makes a thousand enums, which takes 20 ms.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from explorer.gui.theme import THEMES, palette


def make_application(theme: str) -> QApplication:
    """The one `QApplication`, in the colours of a theme; the desk does the rest of the look."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
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
        self.resize(1600, 1000)
        self.setMinimumSize(900, 600)
        self._splash = _Splash(theme, self._first_frame)
        self.setCentralWidget(self._splash)

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
