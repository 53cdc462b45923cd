"""`Pointing`: who points at a number, and where only the window moved under a mouse that rests."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPointF
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from explorer.session import intents
from explorer.session.intents import Intent

_MOVED = 5.0  # pixels from where the mouse rested; a hand that clicks is not still
_ACTS = frozenset({QEvent.Type.MouseButtonPress, QEvent.Type.KeyPress})


class Pointing(QObject):
    """Passes intents on to ``take``. Who clicks or presses a key, and then lets the mouse rest,
    points at nothing, whatever comes under the mouse: what was chosen is told. As soon as the mouse
    moves, the cell is pointed at that is under it by then."""

    def __init__(self, window: QWidget, take: Callable[[Intent], None]) -> None:
        super().__init__(window)
        self._take = take
        self._mouse = QPointF()
        self._rest: QPointF | None = None  # where the mouse rests
        self._held: intents.PointAtCell | None = None  # what came under it there
        self._window = window
        if not self._watch():
            window.installEventFilter(self)  # until it is shown

    def take(self, intent: Intent) -> None:
        """What a panel wants; to point only if the mouse moves."""
        if isinstance(intent, intents.PointAtCell) and self._rest is not None:
            self._held = intent
            intent = intents.PointAtCell(intent.value, None)
        self._take(intent)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Only the window system tells its window of a mouse; widgets hear of it as well where they
        were moved themselves."""
        kind = event.type()
        if watched is self._window:
            if kind == QEvent.Type.Show and self._watch():
                self._window.removeEventFilter(self)
        elif kind == QEvent.Type.MouseMove:
            assert isinstance(event, QMouseEvent)
            self._mouse = event.globalPosition()
            if self._rest is not None:
                way = self._mouse - self._rest
                if abs(way.x()) + abs(way.y()) >= _MOVED:
                    self._go_on()
        elif kind == QEvent.Type.Wheel:
            self._go_on()
        elif kind in _ACTS:
            if isinstance(event, QMouseEvent):
                self._mouse = event.globalPosition()
            self._rest = self._mouse
        return False

    def _watch(self) -> bool:
        """Hear what the window system says, as soon as it knows of the window."""
        handle = self._window.windowHandle()
        if handle is not None:
            handle.installEventFilter(self)
        return handle is not None

    def _go_on(self) -> None:
        """The mouse points again."""
        held, self._held, self._rest = self._held, None, None
        if held is not None:
            self._take(held)
