"""Moving about in what can be zoomed: the wheel, the keys, and the mouse that holds it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

TURN = 1.0035  # how much nearer an eighth of a degree of the wheel brings
_PRESS = 1.5  # and a key
Key = Qt.Key
STEPS = {Key.Key_Up: (-1, 0), Key.Key_Down: (1, 0), Key.Key_Left: (0, -1), Key.Key_Right: (0, 1)}
ZOOMS = {Key.Key_Plus: _PRESS, Key.Key_Equal: _PRESS, Key.Key_Minus: 1 / _PRESS, Key.Key_0: 0.0}
ENDS = {Key.Key_Home: -1, Key.Key_End: 1}


class Hold:
    """The mouse that holds a widget with the left button: it takes along what can ``move``, by
    ``shift`` in pixels; where it takes nothing along, it clicks."""

    def __init__(
        self, widget: QWidget, move: Callable[[], bool], shift: Callable[[QPointF], None]
    ) -> None:
        self._widget = widget
        self._move, self._shift = move, shift
        self._at: QPointF | None = None  # where it was pressed, or moved to since
        self._drags = False

    def press(self, event: QMouseEvent) -> bool:
        """Begin to hold; whether it is the left button."""
        left = event.button() == Qt.MouseButton.LeftButton
        if left:
            self._at, self._drags = event.position(), False
        return left

    def follow(self, event: QMouseEvent) -> None:
        """Take along what is held, once the mouse is far enough away to mean it."""
        if self._at is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        way = event.position() - self._at
        far = way.manhattanLength() >= QApplication.startDragDistance()
        if (self._drags or far) and self._move():
            self._drags = True
            self._widget.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._at = event.position()
            self._shift(-way)

    def release(self, event: QMouseEvent) -> bool:
        """Let go; whether it was a click."""
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        clicked = self._at is not None and not self._drags
        self._at, self._drags = None, False
        self._widget.unsetCursor()
        return clicked

    def drop(self) -> None:
        """Hold nothing any more: what comes is no click."""
        self._at = None


def way_of(event: QWheelEvent) -> QPointF | None:
    """The pixels by which a trackpad, or the wheel with Shift, moves; None where it zooms."""
    control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
    if not event.pixelDelta().isNull() and not control:
        return -QPointF(event.pixelDelta())
    if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
        turn = event.angleDelta()
        return -QPointF(turn.x() or turn.y(), 0.0) * 0.5
    return None
