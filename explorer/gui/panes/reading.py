"""`ReadingPane`: shows a reading of the value, cells that can be pointed at, chosen and changed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPoint

from explorer.core.explanation import Region
from explorer.core.graph import Recording
from explorer.core.values import Reading, View
from explorer.gui.changes.menu import index_of, run_of
from explorer.gui.panes.pane import Pane, Question
from explorer.gui.theme import Theme
from explorer.picture.cells import cell_at, lit_in, reach_view
from explorer.session import intents
from explorer.session.state import AppState

# Takes the cells that are lit, those with a ring, and how much each counts, 0 … 1, (rows, columns);
# None for none.
Marker = Callable[[np.ndarray | None, np.ndarray | None, np.ndarray | None], None]


class Marks(NamedTuple):
    """What is marked on a picture (rows, columns): as a `Marker` takes it."""

    lit: np.ndarray | None = None
    ring: np.ndarray | None = None
    heat: np.ndarray | None = None


def marks_of(
    reading: Reading, state: AppState, there: Reading | None, front: tuple[int, ...] = ()
) -> Marks:
    """The cells from which the number came that is told, or that take part in a reach, as far as
    that is ``there``, and the chosen one, which is no cell of a mean: on a picture of the last axes
    of a reading, at the places ``front`` of the axes before them."""
    derivation, value = state.derivation, reading.view.value
    front = front[3 - len(reading.view.keep) :] if front else ()
    ring = ring_of(reading, state, front)
    if state.reach.extent is None:
        return Marks(lit_in(reading, derivation.sources(value), front), ring)
    rest = reading.data.shape[len(front) :]
    strengths = np.full((1,) * (2 - len(rest)) + rest, -1.0)
    if state.reach.has(value):
        if there is None:
            return Marks(ring=ring)  # it is on its way
        strengths = there.data[front].reshape(strengths.shape)
    peak = state.reach.peak(value) or 1.0
    return Marks(strengths >= 0, ring, np.clip(strengths / peak, 0, 1))


def ring_of(reading: Reading, state: AppState, front: tuple[int, ...] = ()) -> np.ndarray | None:
    """Where the chosen cell is on a picture of the last axes of a reading, None if it is not."""
    chosen, recording = state.derivation.pinned, state.recording
    if chosen is None or recording is None or any(reading.view.along):
        return None
    tape = recording.base if chosen.before else recording.tape
    if (chosen.value, tape) != (reading.view.value, reading.view.tape):
        return None
    point = Region(chosen.value, tuple(range(i, i + 1) for i in chosen.index))
    return lit_in(reading, [point], front)


def reach_of(shown: Reading | None, state: AppState | None) -> View | None:
    """What tells which of the cells that are shown take part in a reach, None if none is told."""
    if shown is None or state is None or state.reach.asked is None:
        return None
    return reach_view(shown.view, state.reach.asked)


class ReadingPane(Pane):
    """Base of the panes that show numbers of the value. The old picture stays until the new
    numbers are there."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self._question = Question(self.name, self.intent.emit)

    def look(self, state: AppState, recording: Recording, value: int) -> bool:
        """Ask for its `view`, and paint the answer."""
        self._question.put(self.view(recording, value))
        reading = self._question.answer(state)
        if reading is not None:
            self.show_reading(recording, value, reading)
        return reading is not None

    @abstractmethod
    def view(self, recording: Recording, value: int) -> View | None:
        """What the pane needs of the value, None for nothing but the state."""

    @abstractmethod
    def show_reading(self, recording: Recording, value: int, reading: Reading) -> None:
        """Paint the answer."""

    @property
    def up_to_date(self) -> bool:
        """Whether the numbers on screen are those asked for last."""
        return self._question.answered

    def forget(self) -> None:
        """Ask again if need be."""
        super().forget()
        self._question.forget()

    def reach_view(self) -> View | None:
        """The cells on screen."""
        return reach_of(self._question.shown, self.state)

    def mark(self, draw: Marker, front: tuple[int, ...] = ()) -> None:
        """Let ``draw`` mark them on a picture of the last axes of what is shown, at the places
        ``front`` of the axes before them."""
        reading, state = self._question.shown, self.state
        if reading is None or state is None:
            return
        draw(*marks_of(reading, state, self._reach.shown if self.reach_shown else None, front))

    def point(self, place: tuple[int, ...] | None, of: Question | None = None) -> None:
        """The mouse is at a place of what is shown as the answer to a question, or at none."""
        self._address(place, intents.PointAtCell, of)

    def pick(self, place: tuple[int, ...], of: Question | None = None) -> None:
        """A place of what is shown so was chosen."""
        self._address(place, intents.Derive, of)

    def _address(
        self,
        place: tuple[int, ...] | None,
        say: type[intents.PointAtCell | intents.Derive],
        of: Question | None,
    ) -> None:
        reading = (of or self._question).shown
        recording = None if self.state is None else self.state.recording
        if reading is None or recording is None or not self.up_to_date:
            return
        index = None
        if place is not None and min(place, default=0) >= 0:
            index = cell_at(reading, place[len(place) - len(reading.view.keep) :])
        if index is not None:
            before = reading.view.tape == recording.base
            self.intent.emit(say(reading.view.value, index, before=before))
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
        self.open_menu(view.value, found, at)
