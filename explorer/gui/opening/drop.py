"""`DropPlace`: a file or folder may be dropped anywhere on the window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from explorer.gui.theme import Theme, font


class DropPlace(QWidget):
    """Shows itself while something that can be dropped is over the window.

    Signals:
        dropped (str): the path of what was let go.
    """

    dropped = Signal(str)

    def __init__(self, theme: Theme, scale: float, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._scale = scale
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        window.setAcceptDrops(True)
        window.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what is dragged over the window."""
        if isinstance(event, QDragEnterEvent) and event.type() == QEvent.Type.DragEnter:
            if not path_of(event.mimeData()):
                return False
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            window = self.parentWidget()
            if window is not None:
                self.setGeometry(window.rect())
            self.raise_()
            self.show()
            return True
        if isinstance(event, QDragMoveEvent) and event.type() == QEvent.Type.DragMove:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            return True
        if event.type() == QEvent.Type.DragLeave:
            self.hide()
        elif isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            self.hide()
            path = path_of(event.mimeData())
            if path:
                event.setDropAction(Qt.DropAction.CopyAction)
                event.accept()
                self.dropped.emit(path)
            return True
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """A frame, and what letting go does."""
        s, theme = self._scale, self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.color("shade"))
        frame = QRectF(self.rect()).adjusted(14 * s, 14 * s, -14 * s, -14 * s)
        painter.setPen(QPen(theme.color("accent"), 2 * s, Qt.PenStyle.DashLine))
        painter.setBrush(theme.color("accent", 0.08))
        painter.drawRoundedRect(frame, 14 * s, 14 * s)
        words = QRectF(0, 0, min(620 * s, frame.width() - 40 * s), 108 * s)
        words.moveCenter(frame.center())
        painter.setPen(QPen(theme.color("line"), 1))
        painter.setBrush(theme.color("panel"))
        painter.drawRoundedRect(words, 12 * s, 12 * s)
        upper, lower = QRectF(words), QRectF(words)
        upper.setBottom(words.center().y() + 4 * s)
        lower.setTop(words.center().y() + 2 * s)
        painter.setPen(theme.color("text"))
        painter.setFont(font(s, 15, 700))
        low = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom
        painter.drawText(upper, low, self.tr("Drop it to open it"))
        painter.setPen(theme.color("dim"))
        painter.setFont(font(s, 10))
        top = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        painter.drawText(
            lower.adjusted(0, 8 * s, 0, 0), top,
            self.tr("A Python file, a Hugging Face folder, weights or a preset. Nothing runs yet."),
        )  # fmt: skip
        painter.end()


def path_of(data: QMimeData) -> str:
    """The first file or folder that is dragged, empty if it is something else."""
    return next((url.toLocalFile() for url in data.urls() if url.isLocalFile()), "")
