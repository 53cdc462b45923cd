"""A mouse for tests. `QTest.mouseMove` sets that of the machine, which may be elsewhere already
there, beneath a menu, or not be there at all; here the widget is told itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget


def hover(widget: QWidget, at: QPoint) -> None:
    """Move the mouse to a place of a widget."""
    _move(widget, at, Qt.MouseButton.NoButton)


def drag(widget: QWidget, at: QPoint) -> None:
    """Move it there with the left button held, which was pressed before."""
    _move(widget, at, Qt.MouseButton.LeftButton)


def double_click(widget: QWidget, at: QPoint) -> None:
    """Twice, and let go: `QTest.mouseDClick` is the second press alone, and Qt holds the button for
    pressed ever after."""
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseDClick(widget, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=at)


def leave(widget: QWidget) -> None:
    """Move it out of a widget."""
    QApplication.sendEvent(widget, QEvent(QEvent.Type.Leave))


def _move(widget: QWidget, at: QPoint, held: Qt.MouseButton) -> None:
    place, none = QPointF(at), Qt.MouseButton.NoButton
    keys = Qt.KeyboardModifier.NoModifier
    move = QMouseEvent(
        QEvent.Type.MouseMove, place, widget.mapToGlobal(place), none, held, keys
    )  # fmt: skip
    QApplication.sendEvent(widget, move)
