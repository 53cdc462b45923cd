"""Recurrent: what a layer's states and gates do over time, and the numbers of one cell."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPoint, QRect, QSignalBlocker
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QSpinBox

from explorer.core.change import spelled
from explorer.core.graph import Recording
from explorer.core.plane import Extent
from explorer.core.problem import phrase
from explorer.core.recurrent import (
    GATES,
    Band,
    CellNumbers,
    CellView,
    Order,
    Recurrent,
    RecurrentLook,
    RecurrentView,
    Track,
)
from explorer.gui.panes.matrix import Matrix
from explorer.gui.panes.pane import Pane, scrolled
from explorer.gui.panes.recurrent.bands import Bands
from explorer.gui.panes.recurrent.stack import Line, Strip, Times, shades_of
from explorer.gui.panes.recurrent.told import (
    Cell,
    Told,
    told_of_block,
    told_of_cell,
    told_of_lines,
)
from explorer.gui.theme import Theme, font
from explorer.picture.changes import changed_units
from explorer.picture.plane import blocked
from explorer.picture.recurrent import (
    Found,
    Layer,
    is_changed_after,
    recurrent_of,
    samples_of,
    tokens_of,
)
from explorer.session import intents
from explorer.session.state import AppState

_OPENED = 256  # steps of a network that is opened by a click: of more the map would be too large
_AROUND = 24  # pixels around the text of a number
_TOO_LONG = phrase(
    "A click opens no network of more than {most} steps, and this one has {steps}: its numbers"
    " are told here. To go to its ops, double-click the node."
)
_ORDERS: tuple[Order, ...] = ("place", "change")


class Wish(NamedTuple):
    """Somebody wants to go to a cell of a run of the model, or a ``menu`` for it at that point of
    the screen, as soon as that can be done: what is around it is being opened, or the engine still
    looks where it is. Who wants a menu goes on looking at the value ``seen``."""

    run: int
    band: str
    step: int
    unit: int
    menu: QPoint | None = None
    seen: str = ""


class RecurrentPane(Pane):
    """The recurrent layer that a value comes out of, or is inside of."""

    name = "recurrent"
    room_for_words = 220  # the bands scroll

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self._found: Found | None = None
        self._samples = 1
        self._look = RecurrentLook()
        self._asked: RecurrentView | None = None
        self._shown: Recurrent | None = None
        self._asked_cell: CellView | None = None
        self._cell: CellNumbers | None = None
        self._wish: Wish | None = None
        self._changed: dict[str, dict[int, range]] = {}  # by band and step the units
        self._pointed: tuple[int, tuple[int, ...]] | None = None
        self._asked_to_open: tuple[int, int] | None = None  # of which tape, which event
        self._words = {
            "h": self.tr("hidden"), "c": self.tr("cell"), "i": self.tr("input"),
            "f": self.tr("forget"), "g": self.tr("new"), "o": self.tr("output"),
            "r": self.tr("reset"), "z": self.tr("update"), "n": self.tr("new"),
        }  # fmt: skip
        self.lay.addLayout(self._choices())
        self.bands = Bands(theme, scale)
        self.bands.pointed.connect(self.refresh)
        self.bands.picked.connect(self._pick)
        self.bands.menu_wanted.connect(self._want_menu)
        self.bands.moved.connect(lambda rows, columns: self._move(rows, columns))
        self.bands.resized.connect(self.refresh)
        self.area = scrolled(self.bands, fills=True)
        self.bands.walked.connect(self._bring)
        self.lay.addWidget(self.area, 1)
        self.told = Told(scale)
        self.lay.addWidget(self.told)

    def _choices(self) -> QHBoxLayout:
        """Layer and direction, sample, order of the units."""
        row = QHBoxLayout()
        row.setSpacing(self.px(5))
        self.layer, self.direction, self.order = QComboBox(), QComboBox(), QComboBox()
        self.sample = QSpinBox()
        self.sample.setKeyboardTracking(False)
        self._sampled = QLabel(self.tr("Sample"))
        self._sampled.setStyleSheet(f"color: {self.theme.dim};")
        self.direction.addItems(["→", "←"])
        self.order.addItems([self.tr("in order"), self.tr("by change")])
        for box, said in (
            (self.layer, self.tr("Layer")), (self.direction, self.tr("Direction")),
            (self.sample, self.tr("Sample")), (self.order, self.tr("Order of the units")),
        ):  # fmt: skip
            box.setFont(font(self.scale, 9))
            box.setAccessibleName(said)
            box.setToolTip(said)
            box.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        for combo in (self.layer, self.direction, self.order):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.layer.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.direction.setToolTip(self.tr("Direction: → forwards, ← backwards"))
        self.order.setToolTip(
            self.tr("Order of the units: as they stand, or the ones that change most first")
        )
        self._sampled.setFont(font(self.scale, 9))
        self.layer.activated.connect(lambda n: self._choose(n, self.direction.currentIndex()))
        self.direction.activated.connect(lambda n: self._choose(self.layer.currentIndex(), n))
        self.order.activated.connect(lambda n: self._go(order=_ORDERS[n]))
        self.sample.valueChanged.connect(lambda n: self._go(sample=n))
        for widget in (self.layer, self.direction, self._sampled, self.sample):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.order)
        return row

    # ------------------------------------------------------------------ what is asked

    def look(self, state: AppState, recording: Recording, value: int) -> bool:
        """Ask for the bands, and for the numbers of the cell somebody is at; show what is there."""
        self._found = found = recurrent_of(recording, value)
        self._look = state.recurrent
        if found is None:
            return False
        layer = found.layers[self._at]
        self._samples = samples_of(recording, layer)
        self._look = replace(self._look, sample=min(self._look.sample, self._samples - 1))
        view = self._view(recording, layer.track)
        if view != self._asked:
            self._asked = view
            self.intent.emit(intents.Ask(view))
        answer = state.answer(Recurrent)
        if answer is not None and answer.view == self._asked and answer is not self._shown:
            self._shown = answer
            self._fit(answer)
            self._show(recording, layer, answer)
            self._say(recording, layer, answer)
        shown = self._shown
        if shown is None or shown.view.track != layer.track:
            self.bands.clear()
        self._show_choices(found)
        self.bands.mark(layer.step(state.cursor), self._look.cell)
        self._ask_cell(recording, layer)
        told = state.answer(CellNumbers)
        if told is not None and told.view == self._asked_cell:
            self._cell = told
        self._tell()
        self._point_at(recording, layer)
        self._fulfil(recording, layer)
        return False  # its cells are of many values

    @property
    def _of(self) -> str:
        """What tells the tracks of a value from those of others."""
        if self._found is None:
            return ""
        names = ",".join(f"{one.track.name}{one.track.backwards:d}" for one in self._found.layers)
        return f"{self._found.at}:{names}"

    @property
    def _at(self) -> int:
        """The track that was chosen, or that of the value."""
        assert self._found is not None
        return self._look.track if self._look.of == self._of else self._found.at

    def _view(self, recording: Recording, track: Track) -> RecurrentView:
        room, shown = self.bands.room(), self._shown
        view = RecurrentView(recording.tape, track, self._look.sample, room, order=self._look.order)
        if shown is None or self._look.units is None or self._look.steps is None:
            return view
        units, high = blocked(self._look.units, _widest(shown), room[0])
        steps, wide = blocked(self._look.steps, shown.steps, room[1])
        size = (len(units) // high, len(steps) // wide)
        return RecurrentView(
            recording.tape, track, self._look.sample, size, units, steps, self._look.order
        )

    def _fit(self, answer: Recurrent) -> None:
        """Where what was in view is not there, as of a shorter text, all is."""
        look = self._look
        beyond = look.steps is not None and look.steps[1] > answer.steps + 1e-6
        beyond |= look.units is not None and look.units[1] > _widest(answer) + 1e-6
        if beyond:
            self._go(units=None, steps=None)
            self._look = replace(look, units=None, steps=None)

    def _ask_cell(self, recording: Recording, layer: Layer) -> None:
        """The numbers of the cell under the mouse, else of the one that was chosen."""
        at = self._exact() or self._look.cell
        if at is None or self._shown is None or self._shown.view.track != layer.track:
            return
        _, step, unit = at
        if step >= self._shown.length or unit >= _widest(self._shown):
            return
        view = CellView(
            recording.tape, layer.track, self._look.sample, step, unit, recording.base
        )  # fmt: skip
        if view != self._asked_cell:
            self._asked_cell = view
            self.intent.emit(intents.Ask(view))

    def _exact(self) -> tuple[str, int, int] | None:
        """Band, step and unit under the mouse, None where a cell stands for several."""
        cell = self.bands.cell
        if cell is None or cell[0].matrix.block != (1, 1):
            return None
        strip, row, column = cell
        return strip.name, column + strip.matrix.first[1], int(strip.units[row])

    # ------------------------------------------------------------------ what is shown

    def _show_choices(self, found: Found) -> None:
        names = list(dict.fromkeys(layer.track.name for layer in found.layers))
        track = found.layers[self._at].track
        both = len({layer.track.backwards for layer in found.layers}) > 1
        with QSignalBlocker(self.layer), QSignalBlocker(self.direction):
            if [self.layer.itemText(n) for n in range(self.layer.count())] != names:
                self.layer.clear()
                self.layer.addItems(names)
            self.layer.setCurrentIndex(names.index(track.name))
            self.direction.setCurrentIndex(int(track.backwards))
        self.layer.setVisible(len(names) > 1)
        self.direction.setVisible(both)
        with QSignalBlocker(self.order):
            self.order.setCurrentIndex(_ORDERS.index(self._look.order))
        count = self._samples
        with QSignalBlocker(self.sample):
            self.sample.setRange(0, count - 1)
            self.sample.setSuffix(f" /{count}")
            self.sample.setValue(self._look.sample)
        for widget in (self._sampled, self.sample):
            widget.setVisible(count > 1)

    def _show(self, recording: Recording, layer: Layer, answer: Recurrent) -> None:
        track = layer.track
        strips = tuple(
            Strip(one.name, self._words.get(one.name, ""), _matrix(one, track, answer), one.units)
            for one in answer.bands
        )
        gates = [one for one in answer.bands if one.name in GATES]
        lines = tuple(
            Line(one.name, shares, one.block[1], one.first[1])
            for one, shares in zip(gates, answer.openness, strict=True)
        )
        names = tokens_of(recording, layer, answer.steps)
        times = Times(answer.steps, answer.length, names, track.backwards)
        self.bands.show_bands(strips, lines, times, self._look.units, self._look.steps)
        self._changed = changed_units(recording, layer, answer.view.sample)
        self.bands.show_changed(self._changed)

    def _say(self, recording: Recording, layer: Layer, answer: Recurrent) -> None:
        gates = any(band.name in GATES for band in answer.bands)
        text = (
            self.tr("States and gates over time, a row per unit; lines: how open the gates are.")
            if gates
            else self.tr("The states over time, a row per unit.")
        )
        if is_changed_after(recording, layer.track):
            text += " " + self.tr(
                "What the layer gives was changed after it ran: these are the states that it had."
            )
        more = self.tr(
            "Red is above zero, blue below. The wheel zooms, a drag moves; a click on a cell goes"
            " to the op that made it, a right click changes it. h₀ and c₀ are the states before"
            " the first step: the step at t = 0 makes h₁ and c₁."
        )
        if answer.length < answer.steps or layer.track.network >= 0:
            more += "\n" + self.tr("Of packed sequences the longest is sample 0.")
        self.say(text, more)

    # ------------------------------------------------------------------ what is told

    def _tell(self) -> None:
        """The cell under the mouse, or the chosen one, with how its numbers came to be."""
        shown, cell = self._shown, self.bands.cell
        if shown is None or self._found is None:
            self.told.clear()
            return
        stack = self.bands.stack
        if self.bands.step >= 0:
            self.told.write(*told_of_lines(self.bands.step, stack.lines, self._words, stack.times))
            return
        if cell is not None and cell[0].matrix.block != (1, 1):
            self.told.write(told_of_block(*cell, stack.times))
            return
        at = self._exact() or self._look.cell
        numbers = self._cell
        if at is None or numbers is None or not self._is_told:
            if at is None:
                self.told.write(self.tr("Point at a cell for its numbers, click to go there."))
            return
        name, step, unit = at
        if (step, unit) != (numbers.view.step, numbers.view.unit) or name not in numbers.now:
            self.told.clear()
            return
        self.told.write(
            *told_of_cell(self._cell_of(name, numbers), self._words.get(name, ""), stack.times)
        )

    def _cell_of(self, name: str, numbers: CellNumbers) -> Cell:
        """A cell of a band, with what is known of changes to it."""
        assert self._found is not None
        assert self._shown is not None
        track, step, unit = self._found.layers[self._at].track, numbers.view.step, numbers.view.unit
        return Cell(
            name, numbers, track, bool(numbers.view.base),
            {band for band, at in self._changed.items() if unit in at.get(step, ())},
            bool(track.cells) and track.cells[step] >= 0, _apart(self._shown),
        )  # fmt: skip

    # ------------------------------------------------------------------ what is chosen

    def _go(self, **changes: object) -> None:
        """Look at it otherwise."""
        look = replace(self._look, **changes)  # type: ignore[arg-type]
        if look != self._look:
            self.intent.emit(intents.ShowRecurrent(look))

    def _choose(self, layer: int, direction: int) -> None:
        """Another layer or direction; where a layer has one alone, that."""
        if self._found is None or layer < 0:
            return
        name = self.layer.itemText(layer)
        those = [n for n, one in enumerate(self._found.layers) if one.track.name == name]
        way = [n for n in those if self._found.layers[n].track.backwards == bool(direction)]
        # a cell that is explained is one of the layer before
        self._go(of=self._of, track=(way or those)[0], units=None, steps=None, cell=None)

    def _move(self, rows: Extent, columns: Extent) -> None:
        """What is in view is another part, or all."""
        stack = self.bands.stack
        whole = (0.0, float(stack.units)), (0.0, float(stack.times.steps))
        if (rows, columns) == whole:
            self._go(units=None, steps=None)
        else:
            self._go(units=rows, steps=columns)

    def _bring(self, band: QRect) -> None:
        """Bring the band into view in which a cell was chosen by the keys."""
        middle = self.bands.y() + band.center().y()
        self.area.ensureVisible(self.area.viewport().width() // 2, middle, 0, band.height())

    def _pick(self) -> None:
        """A cell was chosen: it stays, and one goes there."""
        at = self._exact()
        if self._want(None) and at != self._look.cell:
            self._go(cell=at)
        else:
            self.refresh()

    def _want_menu(self, at: QPoint) -> None:
        """Somebody wants to change a cell."""
        if self._want(at):
            self.refresh()

    def _want(self, menu: QPoint | None) -> bool:
        """Whether there is a wish now. A cell that stands for several is looked at from near
        first."""
        at, state = self._exact(), self.state
        if at is None:
            self.bands.go_near()
        elif state is not None and state.recording is not None and self._found is not None:
            seen = state.recording.values[state.value].name if state.value is not None else ""
            self._wish = Wish(state.recording.run, *at, menu, seen)
            self.intent.emit(intents.ChoosePane(self.name))
            return True
        return False

    def _fulfil(self, recording: Recording, layer: Layer) -> None:
        """Go to the cell that somebody wants, by opening what is around it if need be."""
        wish, shown = self._wish, self._shown
        if wish is None or shown is None:
            return
        if wish.run != recording.run:
            self._wish = None
            return
        track = layer.track
        event = track.cells[wish.step] if track.cells else track.network
        opens = event >= 0 and recording.events[event].opens
        steps = shown.steps * len(self._found.layers) if self._found is not None else 0
        is_long = not track.cells and steps > _OPENED
        there = self._address(recording, layer, wish.band, wish.step, wish.unit)
        # the op that made it is inside of what is closed; what comes out of that can be changed
        if there is not None and (wish.menu is not None or is_long or not opens):
            self._wish = None
            if wish.menu is None:
                self._walk_to(recording, *there)
            else:
                self._look_at(recording, wish.seen)
                self._open_menu(*there, wish.menu)
            return
        if there is None and self._asked_cell is not None and not self._is_told:
            return  # where it is comes with its numbers
        if event < 0 or self._asked_to_open == (recording.tape, event):
            return
        if is_long:
            self._wish = None  # it stays framed, and its numbers are told
            values = {"steps": f"{steps:,}", "most": f"{_OPENED:,}"}
            self.intent.emit(intents.Report("recurrent", _TOO_LONG, "", values, "news"))
            return
        self._asked_to_open = (recording.tape, event)
        self.intent.emit(intents.OpenEvent(event))

    def _address(
        self, recording: Recording, layer: Layer, band: str, step: int, unit: int
    ) -> tuple[int, tuple[int, ...]] | None:
        """The value of the recording and the cell of it that has a number, None if none has."""
        value = layer.ref(band, step)
        if value >= 0:
            shape = recording.values[value].shape
            front = np.unravel_index(self._look.sample, shape[:-1]) if shape[:-1] else ()
            return value, (*(int(n) for n in front), unit)
        told = self._cell
        if band != "h" or told is None or not self._is_told or not told.index:
            return None
        if (told.view.step, told.view.unit) != (step, unit):
            return None
        return recording.events[layer.track.network].outputs[0], told.index

    @property
    def _is_told(self) -> bool:
        """Whether the numbers of the cell are there that were asked for last."""
        return self._cell is not None and self._cell.view == self._asked_cell

    def _point_at(self, recording: Recording, layer: Layer) -> None:
        """Tell of the cell under the mouse, where it is one of a value."""
        at = self._exact()
        there = None if at is None else self._address(recording, layer, *at)
        if there != self._pointed:
            self._pointed = there
            value, index = (-1, None) if there is None else there
            self.intent.emit(intents.PointAtCell(value, index))

    def go_to(self, recording: Recording, value: int, index: tuple[int, ...]) -> None:
        """Frame the cell of a number that is told, where it is of a band."""
        found = recurrent_of(recording, value)
        cell = None if found is None else found.cell(value, index)
        assert self.state is not None
        if cell is not None and cell != self.state.recurrent.cell:
            self.intent.emit(intents.ShowRecurrent(replace(self.state.recurrent, cell=cell)))

    def _open_menu(self, value: int, index: tuple[int, ...], at: QPoint) -> None:
        """What can become of a cell, and of its unit everywhere in the value."""
        cell, unit = spelled(index), spelled((*[None] * (len(index) - 1), index[-1]))
        names = (self.tr("This cell"), cell), (self.tr("This unit"), unit)
        places = [(f"{name}  [{cells}]", cells) for name, cells in names]
        self.open_menu(value, places[: 1 + (unit != cell)], at)

    def _look_at(self, recording: Recording, name: str) -> None:
        """Go back to a value, if opening what is around a cell led away from it."""
        assert self.state is not None
        value = recording.named.get(name, -1)
        if value not in (-1, self.state.value) and recording.values[value].writer >= 0:
            self.intent.emit(intents.StepTo(recording.values[value].writer, reveal=True))

    def _walk_to(self, recording: Recording, value: int, index: tuple[int, ...]) -> None:
        writer = recording.values[value].writer
        if writer >= 0:
            self.intent.emit(intents.StepTo(writer, reveal=True))
        self.intent.emit(intents.Derive(value, index))

    # ------------------------------------------------------------------ a pane

    @property
    def up_to_date(self) -> bool:
        """Whether the bands on screen are those asked for last."""
        return self._shown is not None and self._shown.view == self._asked

    def forget(self) -> None:
        """Ask again if need be."""
        super().forget()
        self._asked = self._shown = self._asked_cell = self._cell = self._pointed = None


def _widest(answer: Recurrent) -> int:
    return max(band.total for band in answer.bands)


def _apart(answer: Recurrent) -> bool:
    """Whether the hidden state has units of its own, made by a projection."""
    return len({band.total for band in answer.bands}) > 1


def _matrix(band: Band, track: Track, answer: Recurrent) -> Matrix:
    return Matrix(
        band.data, shades_of(band.name, track.kind, band.peak), block=band.block, first=band.first,
        whole=(band.total, answer.steps),
    )  # fmt: skip
