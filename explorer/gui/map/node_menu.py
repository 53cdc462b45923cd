"""What can be done with a node: the menu of the right mouse button, and of the Menu key."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from explorer.core.flow import Flowing, locate, next_reader, node_span
from explorer.core.graph import Recording
from explorer.gui.actions import ACTIONS
from explorer.gui.banner import PHRASES
from explorer.picture.inside import RAN
from explorer.picture.scene import Box
from explorer.picture.walking import node_title
from explorer.session import intents
from explorer.session.state import AppState

_LIGHTS: tuple[tuple[str, Flowing], ...] = (
    ("light-sources", "sources"), ("light-readers", "readers"), ("light-paths", "paths"),
)  # fmt: skip
_TABLE = {action.name: action for action in ACTIONS}


class NodeMenu(QMenu):
    """The menu of one node; ``ask`` is told what is wanted, ``turn`` opens or closes it."""

    def __init__(
        self,
        parent: QWidget,
        state: AppState,
        box: Box,
        ask: Callable[[object], None],
        turn: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        recording = state.recording
        assert recording is not None
        if box.kind in ("closed", "open"):
            said = self.tr("Open") if box.kind == "closed" else self.tr("Close")
            self.addAction(said, turn)
        if box.item.kind in RAN:
            event, name = box.last, self._path(recording, box)
            here = self.addAction(self.tr("Step here"), lambda: ask(intents.StepTo(event)))
            here.setEnabled(box.kind != "open")
            self.addSeparator()
            for action, what in _LIGHTS:
                entry = self._entry(action, partial(ask, intents.Light(what, event)))
                entry.setEnabled(what != "paths" or bool(state.start))
            self._entry("mark-start", lambda: ask(intents.MarkStart(event)))
            outputs = recording.events[event].outputs
            if outputs:
                self._entry("change", partial(ask, intents.ProposeChange(outputs[0])))
            self.addSeparator()
            self._bookmarks(state, recording, event, ask)
        else:
            name = recording.values[box.item.at].name
            self._entry("change", partial(ask, intents.ProposeChange(box.item.at)))
        if box.item.kind == "input":
            reader = next_reader(recording, box.item.at, -1)
            if reader is not None:
                light = intents.Light("readers", reader, box.item.at)
                self._entry("light-readers", partial(ask, light))
                self.addSeparator()
        clipboard = QGuiApplication.clipboard()
        self.addAction(self.tr("Copy id"), lambda: clipboard.setText(name))

    def _entry(self, name: str, do: Callable[[], None]) -> QAction:
        """An action of the table, for this node, with its key for the cursor."""
        action = _TABLE[name]
        said = QCoreApplication.translate(PHRASES, action.text)
        return self.addAction(f"{said}\t{action.keys[0]}", do)

    def _bookmarks(
        self, state: AppState, recording: Recording, event: int, ask: Callable[[object], None]
    ) -> None:
        menu = self.addMenu(self.tr("Bookmark"))
        for number in range(1, 10):
            mark = state.bookmarks.get(number)
            at = locate(recording, mark.event) if mark is not None else None
            said = str(number)
            if at is not None:
                said = f"{number} · {node_title(recording, node_span(recording, state.open, at))}"
            entry = menu.addAction(f"{said}\tCtrl+Shift+{number}")
            entry.setCheckable(True)
            entry.setChecked(at == event)
            entry.triggered.connect(
                lambda _=False, number=number: ask(intents.SetBookmark(number, event))
            )

    @staticmethod
    def _path(recording: Recording, box: Box) -> str:
        """A module's path, of a fold the first one's; one of a single op is that op."""
        call = recording.calls[box.item.at]
        return recording.events[box.last].id if call.first == call.last else call.module
