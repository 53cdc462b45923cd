"""The strip over the map: that the pass is changed, by what, and the change that is proposed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.core.change import Refused
from explorer.core.changes_file import read_changes, write_changes
from explorer.core.flow import next_reader
from explorer.core.graph import Recording
from explorer.core.problem import Problem
from explorer.gui.changes.form import ChangeForm
from explorer.gui.changes.words import LONG, brief, told, words_of
from explorer.gui.inputs.words import words_of as given_words
from explorer.gui.memory import Memory
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme, check_box, font
from explorer.session import intents
from explorer.session.changes import Entries
from explorer.session.state import AppState

_ENDINGS = "TOML (*.toml)"
_HIGH, _BAR = 32, 12  # pixels: a change, and the bar below where there are many
_LONGER = (200, 80, 40)  # characters of a name, where there is room
_AROUND = 78  # pixels of a change beside its words


class ChangesStrip(Panel):
    """Hidden while nothing is changed nor about to be."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self.setObjectName("changes")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet(
            f"#changes {{ background: {theme.panel}; border-top: 2px solid {theme.changed};"
            f" border-bottom: 1px solid {theme.line}; }} #changes QScrollArea, #changes-list"
            " { background: transparent; }"
        )
        self._recording: Recording | None = None
        self._most = LONG
        self._state: AppState | None = None
        self.form = ChangeForm(theme, scale)
        self.form.intent.connect(self.intent)
        self.mark = QLabel()
        self.mark.setFont(font(scale, 9.5, 700))
        self._says = {
            "before": self.tr("BEFORE THE CHANGES"), "changed": self.tr("CHANGED PASS"),
            "": self.tr("UNCHANGED"),
        }  # fmt: skip
        wide = self.mark.fontMetrics().horizontalAdvance
        self.mark.setMinimumWidth(max(map(wide, self._says.values())))  # nothing jumps beside it
        self.before = QPushButton()
        self.before.setCheckable(True)
        self.before.setFont(font(scale, 9.5))
        self.before.setToolTip(self.tr("The pass without the changes, and back (Shift+C)"))
        self.before.clicked.connect(lambda: self.intent.emit(intents.PauseChanges()))
        self._list = QWidget()
        self._list.setObjectName("changes-list")
        self._chips = QHBoxLayout(self._list)
        self._chips.setContentsMargins(0, 0, 0, 0)
        self._chips.setSpacing(self.px(6))
        self._area = area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self._list)
        area.setFixedHeight(self.px(_HIGH))
        bar = area.horizontalScrollBar()
        bar.rangeChanged.connect(
            lambda _, most: area.setFixedHeight(self.px(_HIGH + (_BAR if most else 0)))
        )
        self._line = QWidget()
        line = QHBoxLayout(self._line)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(self.px(6))
        line.addWidget(self.mark)
        line.addWidget(self.before)
        line.addWidget(area, 1)
        self.undo = self._button("↶", self.tr("Undo (Ctrl+Z)"), intents.UndoChange())
        self.redo = self._button(
            "↷", self.tr("Do it again (Ctrl+Y)"), intents.UndoChange(again=True)
        )
        self.more = self._button("⋯", self.tr("Save, load, remove all"), None)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.more)
        menu.addAction(self.tr("Save the changes…") + "\tCtrl+Shift+S", self.save)
        menu.addAction(self.tr("Save as a preset…") + "\tCtrl+Alt+S", self.save_preset)
        menu.addAction(self.tr("Load changes…") + "\tCtrl+Shift+L", self.load)
        menu.addSeparator()
        menu.addAction(self.tr("Remove all"), lambda: self.intent.emit(intents.RemoveChange()))
        self.more.setMenu(menu)
        for button in (self.undo, self.redo, self.more):
            line.addWidget(button)
        self._why = QLabel()
        self._why.setFont(font(scale, 9.5))
        self._why.setWordWrap(True)
        self._why.setStyleSheet(f"color: {theme.bad};")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(self.px(12), self.px(5), self.px(10), self.px(5))
        whole.setSpacing(self.px(4))
        for part in (self._line, self._why, self.form):
            whole.addWidget(part)
        self.hide()

    def render(self, old: AppState | None, new: AppState) -> None:
        """The mark, the list and the proposal."""
        changes, self._state = new.changes, new
        shown = new.tab != "training" and new.recording is not None
        self.setVisible(shown and bool(changes.entries or changes.draft))
        self.form.render(old, new)
        if old is not None and old.changes is changes and old.recording is new.recording:
            return
        self._recording = new.recording
        self._line.setVisible(bool(changes.entries))
        how = "before" if changes.paused else "changed" if changes.active else ""
        self.mark.setText(self._says[how])
        color = self.theme.changed if how == "changed" else self.theme.dim
        self.mark.setStyleSheet(f"color: {color};")
        self.before.setText(self.tr("Before"))
        self.before.setChecked(changes.paused)
        self.undo.setEnabled(bool(changes.past))
        self.redo.setEnabled(bool(changes.future))
        self._show_chips(new)

    def save(self) -> None:
        """Ask where the changes go, and write them."""
        if self._state is None or not self._state.changes.entries:
            return
        memory = Memory()
        path, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save changes"), str(Path(memory.folder()) / "changes.toml"), _ENDINGS
        )
        if not path:
            return
        path = path if path.lower().endswith(".toml") else f"{path}.toml"
        memory.keep_folder(path)
        try:
            write_changes(path, self._state.changes.entries)
        except Problem as problem:
            self._report(problem)

    def save_preset(self) -> None:
        """Ask for the folder that the open preset goes to, with its changes."""
        memory = Memory()
        path, _ = QFileDialog.getSaveFileName(
            self,
            self.tr("Save as a preset: the name of a new folder"),
            str(Path(memory.folder()) / self.tr("my preset")),
        )
        if path:
            memory.keep_folder(path)
            self.intent.emit(intents.SavePresetTo(path))

    def load(self) -> None:
        """Ask for a file of changes, and make them."""
        memory = Memory()
        path, _ = QFileDialog.getOpenFileName(
            self, self.tr("Load changes"), memory.folder(), _ENDINGS
        )
        if not path:
            return
        memory.keep_folder(path)
        try:
            self.intent.emit(intents.PutChanges(read_changes(path)))
        except Problem as problem:
            self._report(problem)

    def _report(self, problem: Problem) -> None:
        self.intent.emit(intents.Report(problem.kind, problem.text, problem.remedy, problem.values))

    def _button(self, text: str, tip: str, intent: object) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setFont(font(self.scale, 10))
        button.setStyleSheet(
            f"QToolButton {{ padding: {self.px(3)}px {self.px(8)}px; }}"
            "QToolButton::menu-indicator { image: none; }"
        )
        if intent is not None:
            button.clicked.connect(lambda: self.intent.emit(intent))
        return button

    def _show_chips(self, state: AppState) -> None:
        while (item := self._chips.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        recording, changes = state.recording, state.changes
        self._most = self._fitting(changes.entries)
        there = recording is not None and recording.changes == changes.active
        refused: dict[int, Refused] = {}
        if there and recording is not None:
            refused = {one.at: one for one in recording.refused}
        for at, entry in enumerate(changes.entries):
            place = changes.place(at)
            why = refused.get(place) if place is not None else None
            self._chips.addWidget(self._chip(state, at, entry.on, why))
        self._chips.addStretch(1)
        said = [f"{brief(changes.active[one.at])}: {told(one)}" for one in refused.values()]
        self._why.setText("\n".join(said))
        self._why.setVisible(bool(said))

    def _fitting(self, entries: Entries) -> int:
        """How many characters a name may have so that all changes are in view."""
        wide, room = QFontMetrics(font(self.scale, 9.5)).horizontalAdvance, self._area.width()
        for most in _LONGER:
            words = sum(wide(brief(entry.change, most)) for entry in entries)
            if words + len(entries) * self.px(_AROUND) <= room:
                return most
        return LONG

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Names are as long as there is room for."""
        super().resizeEvent(event)
        if (line := self._line.layout()) is not None:
            line.activate()  # the room of the list is known by then
        state = self._state
        if state is not None and self._fitting(state.changes.entries) != self._most:
            self._show_chips(state)

    def _chip(self, state: AppState, at: int, is_on: bool, why: Refused | None) -> QWidget:
        """One change: on or off, a click on its name goes there, and away with it."""
        change = state.changes.entries[at].change
        chip = QFrame()
        chip.setObjectName("chip")
        edge = self.theme.bad if why is not None else self.theme.line
        chip.setStyleSheet(
            f"#chip {{ border: 1px solid {edge}; border-radius: {self.px(6)}px;"
            f" background: {self.theme.raised}; }}"
        )
        row = QHBoxLayout(chip)
        row.setContentsMargins(self.px(8), 0, self.px(4), 0)
        row.setSpacing(self.px(2))
        box = QCheckBox()
        box.setChecked(is_on)
        box.setStyleSheet(check_box(self.theme, self.scale))
        box.setAccessibleName(f"{change.where} {words_of(change)}")
        box.toggled.connect(lambda _: self.intent.emit(intents.SwitchChange(at)))
        name = QPushButton(brief(change, self._most).replace("&", "&&"))
        name.setFlat(True)
        name.setFont(font(self.scale, 9.5))
        color = self.theme.text if is_on and not state.changes.paused else self.theme.dim
        name.setStyleSheet(
            f"QPushButton {{ border: none; background: transparent; color: {color};"
            f" padding: 0 {self.px(4)}px; text-align: left; }}"
            f"QPushButton:focus, QPushButton:hover {{ color: {self.theme.accent}; }}"
        )
        tip = f"{change.where} {words_of(change)}"
        if change.kind == "earlier" and state.earlier is not None:
            tip = f"{tip}: {given_words(state.earlier.input)}"
        name.setToolTip(f"{tip}\n{told(why) if why is not None else self._tip()}")
        name.clicked.connect(lambda: self._go_to(at))
        away = QToolButton()
        away.setText("✕")
        away.setStyleSheet("QToolButton { border: none; background: transparent; padding: 0 4px; }")
        away.setAccessibleName(self.tr("Remove this change"))
        away.setToolTip(self.tr("Remove this change"))
        away.clicked.connect(lambda: self.intent.emit(intents.RemoveChange(at)))
        for part in (box, name, away):
            row.addWidget(part)
        return chip

    def _tip(self) -> str:
        return self.tr("Click to go there, and light what depends on it.")

    def _go_to(self, at: int) -> None:
        """To the value that is changed, and light what depends on it."""
        state, recording = self._state, self._recording
        if state is None or recording is None or at >= len(state.changes.entries):
            return
        value = recording.named.get(state.changes.entries[at].change.value)
        if value is None:
            return
        writer = recording.values[value].writer
        reader = next_reader(recording, value, -1)
        self.intent.emit(intents.SelectValue(value, -1 if reader is None else reader))
        if writer >= 0:
            self.intent.emit(intents.Light("readers", writer))
        elif reader is not None:
            self.intent.emit(intents.Light("readers", reader, value))
