"""`Pane`: asks the engine about the value looked at, and shows what it answers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from explorer.core.graph import Recording
from explorer.core.values import Reading, View
from explorer.gui.changes.menu import ChangeMenu, Place
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme
from explorer.session import intents
from explorer.session.state import AppState

_BESIDE = 0.5  # lines of text between what scrolls and its bar


class Question:
    """What a pane asks about a value under a ``name``, once, and the answer that it shows."""

    def __init__(self, name: str, ask: Callable[[object], None]) -> None:
        self._name = name
        self._ask = ask
        self.asked: View | None = None
        self.shown: Reading | None = None

    def put(self, view: View | None) -> None:
        """Ask, unless that is what was asked last; None asks for nothing."""
        if view is not None and view != self.asked:
            self.asked = view
            self._ask(intents.Look(self._name, view))

    def answer(self, state: AppState) -> Reading | None:
        """The answer, if it is new."""
        reading = state.readings.get(self._name)
        if reading is None or reading is self.shown or reading.view != self.asked:
            return None
        self.shown = reading
        return reading

    @property
    def answered(self) -> bool:
        """Whether the numbers on screen are those asked for last."""
        return self.shown is not None and self.shown.view == self.asked

    @property
    def of_what_is_asked(self) -> bool:
        """Whether the numbers on screen are of the same axes of the same value, at least."""
        if self.asked is None or self.shown is None:
            return False
        asked, shown = self.asked, self.shown.view
        return (asked.tape, asked.value, asked.keep, asked.minus) == (
            shown.tape, shown.value, shown.keep, shown.minus,
        )  # fmt: skip

    def forget(self) -> None:
        """Whatever was asked before may be long gone."""
        self.asked = self.shown = None


class Pane(Panel):
    """Base of the panes. ``name`` is the pane's in `readout.panes_for`. It says what it shows where
    it is at least ``room_for_words`` pixels high, at scale 1.

    Only the pane on screen is rendered, so a hidden one asks for nothing.
    """

    name = ""
    room_for_words = 270

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self.state: AppState | None = None
        self.asks = True  # whether it asks again when it gets another size
        self._reach = Question(f"{self.name}/reach", self.intent.emit)
        self.lay = QVBoxLayout(self)
        self.lay.setContentsMargins(0, 0, 0, 0)
        self.lay.setSpacing(self.px(8))
        self._help = QLabel()
        self._help.setWordWrap(True)
        self._help.setStyleSheet(f"color: {theme.dim};")
        self.lay.addWidget(self._help)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room, it is for the numbers."""
        super().resizeEvent(event)
        self._help.setVisible(self.height() >= self.px(self.room_for_words))

    def say(self, text: str, more: str = "") -> None:
        """The one sentence that tells a newcomer what is shown, and ``more`` in its tip."""
        self._help.setText(text)
        self._help.setToolTip(more)

    def render(self, old: AppState | None, new: AppState) -> None:
        """Ask for what is wanted now; show it if it is there."""
        self.state = new
        if new.recording is None or new.value is None:
            return
        if old is None or old.recording is not new.recording:
            # a new engine counts its tapes from the beginning again
            self.forget()
        chosen = new.derivation.pinned
        if (
            chosen is not None
            and chosen.value == new.value
            and (old is None or old.derivation.pinned != chosen or old.value != new.value)
        ):
            self.go_to(new.recording, chosen.value, chosen.index)
        fresh = self.look(new, new.recording, new.value)
        seen = self._see_reach(new)
        if (
            seen
            or fresh
            or old is None
            or old.derivation is not new.derivation
            or old.reach is not new.reach
        ):
            self.light()

    @abstractmethod
    def look(self, state: AppState, recording: Recording, value: int) -> bool:
        """Ask about the value what is not asked yet, and show what has come; whether there are
        other cells on screen now."""

    @property
    def reach_shown(self) -> bool:
        """Whether what is known of the whole pass of a number is of what is on screen."""
        return all(
            question.shown is not None and question.shown.view == view
            for question, view in self.reaches()
        )

    def reach_view(self) -> View | None:
        """What it needs to tell which of the cells on screen take part in a reach."""
        return None

    def reaches(self) -> list[tuple[Question, View | None]]:
        """How it asks for that, of each picture on screen."""
        return [(self._reach, self.reach_view())]

    def _see_reach(self, state: AppState) -> bool:
        """Ask for that; whether some of it is there now, and is new."""
        found = False
        for question, view in self.reaches():
            if view is not None and state.reach.extent is not None and state.reach.has(view.value):
                question.put(view)
                found |= question.answer(state) is not None
        return found

    def light(self) -> None:
        """Mark the cells from which the number came that is told, and the one that was chosen.

        A pane whose cells cannot be pointed at has nothing to mark.
        """

    def go_to(self, recording: Recording, value: int, index: tuple[int, ...]) -> None:
        """Bring a cell of the value into view, where only a part of it is."""

    def view_ahead(self, state: AppState) -> View | None:
        """What the pane would ask for first if it showed this state, None where that takes more
        than to know the room there is now. It is not shown."""
        return None

    def choose_pointed(self) -> bool:
        """Tell of the number under the mouse, if there is one and this pane knows which."""
        return False

    def open_menu(self, value: int, places: list[Place], at: QPoint) -> None:
        """Offer to change cells of a value, at a point of the screen."""
        menu = self.change_menu(self, value, places)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)

    def change_menu(self, parent: QWidget, value: int, places: list[Place]) -> ChangeMenu:
        """What can become of cells of a value, or of all of it."""
        assert self.state is not None
        assert self.state.recording is not None
        name = self.state.recording.values[value].name
        every = (QCoreApplication.translate("ChangeMenu", "All of the value"), "")
        return ChangeMenu(parent, value, name, [*places, every], self.intent.emit)

    @property
    @abstractmethod
    def up_to_date(self) -> bool:
        """Whether what is on screen is what was asked for last."""

    def refresh(self) -> None:
        """Ask again after a slider or a size of the pane changed."""
        if self.asks and self.state is not None and self.isVisible():
            self.render(self.state, self.state)

    def forget(self) -> None:
        """The pane is shown anew: whatever was asked before may be long gone."""
        self._reach.forget()


def scrolled(widget: QWidget, fills: bool = False) -> QScrollArea:
    """A widget that scrolls down where it is higher than its room. Where it is lower, it may fill
    all of it."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    holder = QWidget()
    lay = QVBoxLayout(holder)
    lay.setContentsMargins(0, 0, 0, 0)
    lay.addWidget(widget, 1, Qt.AlignmentFlag(0) if fills else Qt.AlignmentFlag.AlignTop)
    # what is beside a scroll bar does not touch it
    area.verticalScrollBar().rangeChanged.connect(
        lambda _, most: lay.setContentsMargins(0, 0, _beside(area) if most else 0, 0)
    )
    area.setWidget(holder)
    area.setStyleSheet("QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; }")
    return area


def beside_bar(area: QScrollArea) -> int:
    """The width left for what scrolls down in an area, beside its scroll bar, is so much less."""
    return area.verticalScrollBar().sizeHint().width() + _beside(area)


def _beside(area: QScrollArea) -> int:
    return round(_BESIDE * area.fontMetrics().height())
