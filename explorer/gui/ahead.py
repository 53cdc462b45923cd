"""What the next step will show is asked for while nobody waits for anything."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from explorer.core.graph import Recording
from explorer.core.values import View
from explorer.gui.panes.pane import Pane
from explorer.session import intents
from explorer.session.state import AHEAD, AppState
from explorer.session.update.stepping import step_within

_REST = 16  # milliseconds, in which the frame is painted


class Ahead(QObject):
    """Asks for the numbers of the value that one more step, the way the last one went, will bring,
    so that they are there when it is made.

    ``pane_of`` has the pane that would show them, None if that is not on screen: only of that one
    is known how much it can show.

    Signals:
        intent (object): what it asks.
    """

    intent = Signal(object)

    def __init__(self, parent: QObject, pane_of: Callable[[AppState], Pane | None]) -> None:
        super().__init__(parent)
        self._pane_of = pane_of
        self._back = False
        self._state: AppState | None = None
        self._asked: tuple[Recording | None, View | None] = None, None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST)
        self._rest.timeout.connect(self._ask)

    def see(self, new: AppState, all_there: bool) -> None:
        """After every change: whether all numbers of the picture are there."""
        old, self._state = self._state, new
        if old is None or old.recording is not new.recording:
            self._back = False
        elif old.cursor != new.cursor:
            self._back = new.cursor < old.cursor
        busy = new.training is not None and new.training.running
        if all_there and new.settled and not busy:
            self._rest.start()
        else:
            self._rest.stop()

    def _ask(self) -> None:
        assert self._state is not None
        next_, _ = step_within(self._state, intents.StepBy("back" if self._back else "over"))
        pane = self._pane_of(next_) if next_.value != self._state.value else None
        view = pane.view_ahead(next_) if pane is not None else None
        if pane is None or view is None or self._asked == (next_.recording, view):
            return
        self._asked = next_.recording, view
        self.intent.emit(intents.Look(f"{AHEAD}{pane.name}", view, kept=True))
