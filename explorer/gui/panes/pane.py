"""`Pane`: asks for a reading of the value looked at, and paints it when it comes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from explorer.core.explanation import Region
from explorer.core.graph import Recording
from explorer.core.values import Reading, View
from explorer.gui.changes.menu import ChangeMenu, Place, index_of, run_of
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme
from explorer.picture.cells import cell_at, lit_in, reach_view
from explorer.session import intents
from explorer.session.state import AppState

# Takes the cells that are lit, those with a ring, and how much each counts, 0 … 1, (rows, columns);
# None for none.
Marker = Callable[[np.ndarray | None, np.ndarray | None, np.ndarray | None], None]
_ROOM_FOR_WORDS = 270  # pixels of height at scale 1


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
    """Base of the panes. ``name`` is the pane's in `readout.panes_for`.

    Only the pane on screen is rendered, so a hidden one asks for nothing. The old picture stays
    until the new numbers are there.
    """

    name = ""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self.state: AppState | None = None
        self._question = Question(self.name, self.intent.emit)
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
        self._help.setVisible(self.height() >= self.px(_ROOM_FOR_WORDS))

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
        self._question.put(self.view(new.recording, new.value))
        reading = self._question.answer(new)
        if reading is not None:
            self.show_reading(new.recording, new.value, reading)
        seen = self._see_reach(new)
        if (
            seen
            or reading is not None
            or old is None
            or old.derivation is not new.derivation
            or old.reach is not new.reach
        ):
            self.light()

    @property
    def reach_shown(self) -> bool:
        """Whether what is known of the whole pass of a number is of what is on screen."""
        there = self._reach.shown
        return there is not None and there.view == self.reach_view()

    def reach_view(self) -> View | None:
        """What it needs to tell which of the cells on screen take part in a reach."""
        shown, state = self._question.shown, self.state
        if shown is None or state is None or state.reach.asked is None:
            return None
        return reach_view(shown.view, state.reach.asked)

    def _see_reach(self, state: AppState) -> bool:
        """Ask for that; whether it is there now, and is new."""
        view = self.reach_view()
        if view is None or state.reach.extent is None or not state.reach.has(view.value):
            return False
        self._reach.put(view)
        return self._reach.answer(state) is not None

    def light(self) -> None:
        """Mark the cells from which the number came that is told, and the one that was chosen.

        A pane whose cells cannot be pointed at has nothing to mark.
        """

    def go_to(self, recording: Recording, value: int, index: tuple[int, ...]) -> None:
        """Bring a cell of the value into view, where only a part of it is."""

    def mark(self, draw: Marker, front: tuple[int, ...] = ()) -> None:
        """Let ``draw`` mark them on a picture of the last axes of what is shown, at the places
        ``front`` of the axes before them."""
        reading, state = self._question.shown, self.state
        if reading is None or state is None:
            return
        derivation, value = state.derivation, reading.view.value
        front = front[3 - len(reading.view.keep) :] if front else ()
        chosen = derivation.pinned
        ring = None
        if chosen is not None and chosen.value == value:
            point = Region(value, tuple(range(i, i + 1) for i in chosen.index))
            ring = lit_in(reading, [point], front)
        if state.reach.extent is None:
            draw(lit_in(reading, derivation.sources(value), front), ring, None)
            return
        rest = reading.data.shape[len(front) :]
        strengths = np.full((1,) * (2 - len(rest)) + rest, -1.0)
        if state.reach.has(value):
            there = self._reach.shown
            if there is None or not self.reach_shown:
                draw(None, ring, None)  # it is on its way
                return
            strengths = there.data[front].reshape(strengths.shape)
        peak = state.reach.peak(value) or 1.0
        draw(strengths >= 0, ring, np.clip(strengths / peak, 0, 1))

    def point(self, place: tuple[int, ...] | None) -> None:
        """The mouse is at a place of what is shown, or at none."""
        self._address(place, intents.PointAtCell)

    def pick(self, place: tuple[int, ...]) -> None:
        """A place of what is shown was chosen."""
        self._address(place, intents.Derive)

    def _address(
        self, place: tuple[int, ...] | None, say: type[intents.PointAtCell | intents.Derive]
    ) -> None:
        reading = self._question.shown
        if reading is None or not self.up_to_date:
            return
        index = None
        if place is not None and min(place, default=0) >= 0:
            index = cell_at(reading, place[len(place) - len(reading.view.keep) :])
        if index is not None:
            self.intent.emit(say(reading.view.value, index))
        else:
            self.intent.emit(intents.PointAtCell(reading.view.value, None))

    def open_change_menu(self, at: QPoint, *places: tuple[str, tuple[int | None, ...]]) -> None:
        """Offer to change cells of the value: of each of the ``places`` what it is called, and
        where it is on the kept axes of what is shown, None for all along one. They are so at every
        position of the other axes. All of the value is offered, too."""
        reading, state = self._question.shown, self.state
        if reading is None or state is None or state.recording is None:
            return
        view, what = reading.view, state.recording.values[reading.view.value]
        found = []
        for text, position in places:
            cut = [
                view.take[n][p] if p is not None and view.take and view.take[n] else p
                for n, p in enumerate(position)
            ]
            runs = zip(view.keep, cut, reading.block, strict=True)
            cells = index_of(
                view.keep, len(what.shape),
                tuple(None if p is None else run_of(p, n, what.shape[a]) for a, p, n in runs),
            )  # fmt: skip
            found.append((f"{text}  [{cells}]", cells))
        menu = self.change_menu(self, view.value, found)
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
    def up_to_date(self) -> bool:
        """Whether the numbers on screen are those asked for last."""
        return self._question.answered

    def refresh(self) -> None:
        """Ask again after a slider or a size of the pane changed."""
        if self.state is not None and self.isVisible():
            self.render(self.state, self.state)

    def forget(self) -> None:
        """The pane is shown anew: whatever was asked before may be long gone."""
        self._question.forget()
        self._reach.forget()

    @abstractmethod
    def view(self, recording: Recording, value: int) -> View | None:
        """What the pane needs of the value, None for nothing but the state."""

    @abstractmethod
    def show_reading(self, recording: Recording, value: int, reading: Reading) -> None:
        """Paint the answer."""


def scrolled(widget: QWidget) -> QScrollArea:
    """A widget that scrolls down where it is higher than its room."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    holder = QWidget()
    lay = QVBoxLayout(holder)
    lay.setContentsMargins(0, 0, 0, 0)
    lay.addWidget(widget, 1, Qt.AlignmentFlag.AlignTop)
    area.setWidget(holder)
    area.setStyleSheet("QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; }")
    return area
