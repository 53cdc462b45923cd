"""The value as a heatmap: any two of its axes, from all of it down to single numbers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from msgspec import structs
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QMenu, QSizePolicy

from explorer.core.graph import Recording, Value
from explorer.core.plane import Extent, Plane, Scale
from explorer.core.values import Odd, Oddity, Reading, Statistics, View
from explorer.gui.cut import Cut
from explorer.gui.panes.colours import Colours
from explorer.gui.panes.differing import Differing, far_of, noise_of
from explorer.gui.panes.furthest import Furthest
from explorer.gui.panes.heatmap import Heatmap
from explorer.gui.panes.lead import Lead
from explorer.gui.panes.menus import CompareMenu, NumbersMenu, ask_path
from explorer.gui.panes.pane import Question, scrolled
from explorer.gui.panes.planebar import PlaneBar
from explorer.gui.panes.reading import ReadingPane, ring_of
from explorer.gui.panes.shades import WEIGHTS, Shades
from explorer.gui.panes.slices import Slices
from explorer.gui.panes.trio import DIFFERENCE, OTHER, THIS, Trio
from explorer.gui.panes.value_words import (
    named_places,
    said_of_cells,
    said_of_comparison,
    said_of_copied,
    said_of_layout,
    said_of_mismatch,
    said_of_numbers,
    said_of_part,
    said_of_place,
    titles,
)
from explorer.gui.theme import Theme, mono
from explorer.picture.arrays import numpy_text, table_text
from explorer.picture.cells import cell_at, with_unit
from explorer.picture.plane import (
    around,
    does,
    extents,
    fitted,
    joined,
    looking_at,
    plane_view,
    sliced,
)
from explorer.picture.readout import axis_labels, axis_name, future_of, place_name
from explorer.session import intents
from explorer.session.others import Other, compared, is_beside
from explorer.session.state import AppState

_SLICES = 125  # pixels: four axes; more of them scroll
_SPARE = 24  # pixels


class ValuesPane(ReadingPane):
    """Any value with at least one element.

    How it is looked at is `AppState.plane`; of another value, the plane nearest to that one.
    """

    name = "values"

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self._plane = Plane()
        self._painted: tuple[object, ...] = ()
        self._other: Other | None = None
        self._mismatch = ""
        self._renders = False
        self._over = THIS  # which map the mouse is at, or was
        self._others = {
            number: Question(f"{self.name}/{name}", self.intent.emit)
            for number, name in ((OTHER, "other"), (DIFFERENCE, "difference"))
        }
        self._differing = Differing(self.intent.emit)
        self._least = 0.0  # a difference up to that may be rounding
        self._furthest = Furthest(Question(f"{self.name}/furthest", self.intent.emit), self._tell)
        self.slices = Slices(theme, scale)
        self.trio = Trio(theme, scale)
        self.map: Heatmap = self.trio.maps[THIS]
        self._lead = Lead(self.map)
        self._where, self._part = Cut(), QLabel()
        for label in (self._where, self._part):
            label.setFont(mono(scale, 9.5))
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._part.setStyleSheet(f"color: {theme.dim};")
        self.bar = PlaneBar(theme, scale)
        self.colours = Colours(theme, scale, self)
        self.lay.setSpacing(self.px(4))
        self._sliced = scrolled(self.slices)
        self.lay.addWidget(self._sliced)
        self.lay.addWidget(self.trio, 1)
        self.lay.addWidget(self._where)
        self.lay.addWidget(self._part)
        self.lay.addWidget(self.bar)
        self._connect()

    def _connect(self) -> None:
        self.slices.changed.connect(self.show_plane)
        self.bar.changed.connect(self.show_plane)
        self.trio.moved.connect(self._moved)
        self.trio.resized.connect(self._resized)
        self.trio.hovered.connect(self._hover)
        self.trio.copied.connect(lambda number: self._copy(number, False))
        self.trio.menu_wanted.connect(lambda number, at: self._cell_menu(number).popup(at))
        for number, map_ in enumerate(self.trio.maps):
            map_.picked.connect(lambda row, column, n=number: self._pick(n, row, column))
        self.bar.colours.clicked.connect(lambda: self.colours.open_at(self.bar.colours))
        self.bar.nan.clicked.connect(lambda: self.seek("nan"))
        self.bar.inf.clicked.connect(lambda: self.seek("infinity"))
        self.bar.compare.setMenu(
            CompareMenu(self.bar, lambda: (self.state, self._plane), self.show_plane)
        )
        self.bar.more.setMenu(self._numbers_menu(THIS))
        self.colours.opened.connect(lambda: self.intent.emit(intents.Summarize()))
        self.colours.changed.connect(
            lambda scale: self.show_plane(replace(self._plane, scale=scale))
        )

    # ------------------------------------------------------------------ asking

    def show_plane(self, plane: Plane) -> None:
        """Look at it so from now on."""
        self.intent.emit(intents.ShowPlane(plane))

    def seek(self, sort: Odd) -> None:
        """Go to the next cell that holds no number."""
        state = self.state
        if state is None or state.recording is None or state.value is None:
            return
        last, tape, value = state.oddity, state.recording.tape, state.value
        went_on = last is not None and (last.tape, last.value, last.sort) == (tape, value, sort)
        after = last.index if last is not None and went_on else None
        self.intent.emit(intents.SeekOddity(value, sort, after))

    def render(self, old: AppState | None, new: AppState) -> None:
        """Ask for this value, and for what it is compared with."""
        self._renders = True
        if old is None or old.recording is not new.recording or old.value != new.value:
            self._furthest.forget()
            self._lead.leave()
        super().render(old, new)
        if new.recording is not None and new.value is not None:
            self._compare(new)
            apart = self._others[DIFFERENCE]
            if self._differing.look(new, self._plane, self._other, apart, self._least):
                self._paint()
            if self._painted != (self._plane, self._other, self._mismatch):
                self._paint()
                self.light()
            self._offer(new)
            self._furthest.show_state(new)
            self._question.put(self.view_of(THIS))  # what was painted may have left other room
            if self._question.answered:
                self._lead.arrive()
            if new.leads and new.oddity is not None:
                self._go_to(new.oddity)  # it may have been sought from another pane
        self._renders = False

    def _compare(self, state: AppState) -> None:
        came = False
        for number, question in self._others.items():
            question.put(self.view_of(number))
            came |= question.answer(state) is not None
        if came:
            self._paint()
            self.light()

    def _resized(self) -> None:
        """There is another number of pixels."""
        if not self._renders:
            self.refresh()

    def view(self, recording: Recording, value: int) -> View:
        """The plane that fits, at the pixels that there are."""
        assert self.state is not None
        what = recording.values[value]
        self._plane = fitted(self.state.plane, what)
        self._other, chosen = compared(self.state, self._plane.against, value)
        self._mismatch = "" if chosen else said_of_mismatch(self.state, self._plane.against, value)
        self._sliced.setVisible(self.slices.show_plane(self._plane, recording, value))
        self._sliced.setFixedHeight(min(self.slices.sizeHint().height(), self.px(_SLICES)))
        if self._other is None:
            self.trio.show_titles(None)
        else:
            apart = self._others[DIFFERENCE].shown
            self.trio.show_titles(titles(recording, value, self._other, apart, self._least))
        layout = self.layout()
        if layout is not None and self.isVisible():
            layout.activate()  # what is asked for depends on the room
        made = self.view_of(THIS)
        assert made is not None, "this value is always asked for"
        return made

    def view_of(self, number: int, whole: bool = False) -> View | None:
        """What one of the three maps asks for, None if it has nothing to show; with ``whole`` all
        of the plane."""
        state, other = self.state, self._other
        if number != THIS and other is None:
            return None
        assert state is not None
        recording, value = state.recording, state.value
        assert recording is not None
        assert value is not None
        plane = replace(self._plane, seen=()) if whole else self._plane
        room = self.trio.maps[number].room()
        dtype = recording.values[value].dtype
        if number == THIS:
            view = plane_view(recording.tape, value, plane, room, (dtype,), fit=True)
            there = state.readings.get(self.name)
            return there.view if there is not None and does(there.view, view) else view
        assert other is not None
        if number == OTHER:
            return plane_view(other.tape, other.value, plane, room, (other.what.dtype,), fit=True)
        dtypes = (dtype, other.what.dtype)
        view = plane_view(recording.tape, value, plane, room, dtypes, fit=True)
        return structs.replace(view, minus=(other.tape, other.value))

    def view_ahead(self, state: AppState) -> View | None:
        """The plane that fits, unless it is compared."""
        recording, value = state.recording, state.value
        if recording is None or value is None:
            return None
        what = recording.values[value]
        plane, (down, across) = fitted(state.plane, what), self.map.room()
        less = down - self.px(_SPARE), across - self.px(_SPARE)  # longer numbers take some of it
        view = plane_view(recording.tape, value, plane, less, (what.dtype,), fit=True)
        return view if compared(state, plane.against, value)[0] is None else None

    @property
    def up_to_date(self) -> bool:
        """Whether the numbers on screen are those asked for last."""
        compared = self._other is None or all(q.answered for q in self._others.values())
        return self._question.answered and compared

    def forget(self) -> None:
        """Ask for all anew."""
        super().forget()
        for question in self._others.values():
            question.forget()

    # ------------------------------------------------------------------ showing

    def show_reading(self, recording: Recording, value: int, reading: Reading) -> None:
        """Cells, or blocks of cells."""
        self._paint()

    def go_to(self, recording: Recording, value: int, index: tuple[int, ...]) -> None:
        """Its slice and, where only a part of that is in view, the part with it; unless somebody
        came for a unit."""
        assert self.state is not None
        plane = fitted(self.state.plane, recording.values[value])
        if plane.unit is not None:
            return
        there = sliced(plane, index)
        if there.seen:
            seen = zip(there.seen, there.keep, strict=True)
            there = replace(
                there,
                seen=tuple(around(one, there.shape[axis], index[axis]) for one, axis in seen),
            )
        if there != plane:
            self.show_plane(there)

    def light(self) -> None:
        """On the map of this value, with the unit that somebody came for, and the chosen cell on
        that of the other."""
        unit, reading = self._plane.unit, self._question.shown
        self.mark(
            lambda lit, ring, heat: self.map.mark(lit, with_unit(ring, reading, unit), heat)
        )  # fmt: skip
        there = self._others[OTHER].shown
        if self._other is not None and there is not None and self.state is not None:
            self.trio.maps[OTHER].mark(None, ring_of(there, self.state))

    def _paint(self) -> None:
        state, reading = self.state, self._question.shown
        if state is None or state.recording is None or reading is None:
            return
        value, recording = reading.view.value, state.recording
        if value != state.value or reading.view.keep != self._plane.keep:
            return  # the old picture stays until the new numbers are there
        plane, what = self._plane, recording.values[value]
        self._painted = (plane, self._other, self._mismatch)
        weights = any(a.value == value for a in recording.attention) and not any(plane.along)
        usual = Shades(0.0, 1.0, False) if weights else None
        compared = self._others.items() if self._other is not None else ()
        others = {n: q.shown for n, q in compared if q.shown and q.of_what_is_asked}
        span = joined(reading.span, others[OTHER].span if OTHER in others else None)
        self._least = 0.0
        shades = Shades.by(plane.scale, span, usual)
        map_ = WEIGHTS if usual is not None and not shades.signed else None
        self._show(THIS, reading, shades, map_, future_of(recording, value, reading))
        if OTHER in others:
            before = others[OTHER].view.tape == recording.base
            hidden = future_of(recording, value, others[OTHER]) if before else None
            self._show(OTHER, others[OTHER], shades, map_, hidden)
        if DIFFERENCE in others and self._other is not None:
            scale = Scale(fit=plane.scale.fit, log=plane.scale.log, middle="zero")
            difference = others[DIFFERENCE]
            self._least = noise_of(recording, value, difference, span)
            is_noise = (far_of(difference) or math.inf) <= self._least  # which has no colours
            apart = Shades.by(scale, span if is_noise else difference.span)
            self._show(DIFFERENCE, difference, apart, None, None)
            self.trio.show_titles(titles(recording, value, self._other, difference, self._least))
        self.trio.arrange()
        self.trio.look(*extents(plane))
        self.bar.show_plane(plane, what, not reading.exact)
        self.colours.show_scale(plane.scale, shades, map_)
        self._explain(reading, shades, what)
        self._say_part(what)
        if self.trio.attended:
            self._point_at(self._over, *self.map.position)
        self._tell_of(*self.map.position)

    def _show(
        self,
        number: int,
        reading: Reading,
        shades: Shades,
        map_: str | None,
        masked: np.ndarray | None,
    ) -> None:
        """One of the maps."""
        assert self.state is not None
        recording, value, keep = self.state.recording, self.state.value, self._plane.keep
        assert recording is not None
        assert value is not None
        what, missing = recording.values[value], 2 - len(keep)
        axes = ("", "", *(axis_name(what, axis) for axis in keep))[-2:]
        names = ((), (), *(axis_labels(recording, value, axis) for axis in keep))[-2:]
        whole = (1, 1, *(what.shape[axis] for axis in keep))[-2:]
        self.trio.maps[number].show_matrix(
            reading.data.reshape((1,) * missing + reading.data.shape), shades,
            (axes[0], axes[1]), names[0], names[1], masked, map_, reading.block,
            (0, 0, *reading.first)[-2:], (whole[0], whole[1]),  # type: ignore[arg-type]
        )  # fmt: skip

    def _counted(self, state: AppState) -> Statistics | None:
        there, tape = state.statistics, state.recording.tape if state.recording else 0
        return there if there and (there.tape, there.value) == (tape, state.value) else None

    def _explain(self, reading: Reading, shades: Shades, what: Value) -> None:
        """The one sentence, and what is special about this value."""
        assert self.state is not None
        assert self.state.recording is not None
        said = said_of_cells(reading, shades.signed)
        if self._other is not None:
            said = said_of_comparison(self.state.recording, self._other)
        more = said_of_layout(reading.layout, what.dtype, self._plane.part)
        apart = self._differing.said()
        tip = self.tr(
            "Wheel or + and −: zoom. Drag: move. Double click: to the numbers. 0: all of it."
        )
        unit = self._plane.unit
        if unit is not None and unit[0] in self._plane.keep:
            place = place_name(self.state.recording, reading.view.value, *unit)
            more = self.tr("Outlined: {place}. {more}").format(place=place, more=more).strip()
        self.say(" ".join(part for part in (said, self._mismatch, apart, more) if part), tip)

    def _say_part(self, what: Value) -> None:
        """Which positions are in view, of how many; the names of axes only if there is room."""
        said, short = said_of_part(self._plane, what)
        self._part.setToolTip(said)
        fits = self._part.fontMetrics().horizontalAdvance(said) <= self._part.width()
        self._part.setText(said if fits else short)

    def _offer(self, state: AppState) -> None:
        """The ways to what is no number, where there is any, and how the numbers are spread."""
        counted = self._counted(state)
        self.colours.strip.show_counts(counted)
        seen = {role for role, _ in self.map.matrix.strange}
        nans, infinities = (counted.nans, counted.infinities) if counted is not None else (0, 0)
        self.bar.offer(nans > 0 or "nan" in seen, infinities > 0 or "inf" in seen)

    # ------------------------------------------------------------------ copying and saving

    def _numbers_menu(self, number: int) -> NumbersMenu:
        """Of one of the maps."""
        return NumbersMenu(
            self, lambda table: self._copy(number, table), lambda kind: self._save(number, kind),
            self.seek,
        )  # fmt: skip

    def _cell_menu(self, number: int) -> QMenu:
        """What can be done with the numbers, and with the cell under the mouse."""
        menu, reading = self._numbers_menu(number), self._question.shown
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        position = self.map.position
        if number != THIS or reading is None or not self.up_to_date:
            return menu
        menu.addSeparator()
        places = named_places(reading, self._plane, position)
        menu.addMenu(self.change_menu(menu, reading.view.value, places))
        return menu

    def _copy(self, number: int, table: bool) -> None:
        """Put what is in view on the clipboard, and say how much that is."""
        map_ = self.trio.maps[number]
        seen = map_.seen
        kept = seen.reshape(seen.shape[2 - len(self._plane.keep) :])
        QGuiApplication.clipboard().setText(table_text(seen) if table else numpy_text(kept))
        self._where.show_text(said_of_copied(seen.shape, map_.matrix.block))

    def _save(self, number: int, kind: str) -> None:
        """Ask where a whole value goes, or its plane; of a difference only that can go."""
        view = self.view_of(number, whole=True)
        state = self.state
        if view is None or state is None or state.recording is None:
            return
        what = self._other.what if number == OTHER and self._other is not None else None
        what = what or state.recording.values[view.value]
        path = ask_path(self, what.name, kind)
        if path:
            plane = view if kind == "csv" else None
            self.intent.emit(intents.SaveValueTo(path, view.tape, view.value, plane))

    # ------------------------------------------------------------------ pointing and moving

    def _moved(self, rows: Extent, columns: Extent) -> None:
        self._lead.to(None)
        self.show_plane(looking_at(self._plane, rows, columns))

    def _go_to(self, oddity: Oddity) -> None:
        state, reading = self.state, self._question.shown
        assert state is not None
        assert state.recording is not None
        here = (oddity.tape, oddity.value) == (state.recording.tape, state.value)
        if not here or oddity.index is None or reading is None:
            return
        plane = sliced(self._plane, oddity.index)
        row, column = (0, 0, *(oddity.index[axis] for axis in plane.keep))[-2:]
        if reading.exact:
            there = zip(self.map.extents, self.map.matrix.whole, (row, column), strict=True)
            seen = tuple(around(extent, size, at) for extent, size, at in there)
        else:
            seen = self.map.nearest(row, column)
        self._lead.to((row, column))
        self.show_plane(looking_at(plane, *seen))

    def choose_pointed(self) -> bool:
        """Tell of the number under the mouse, if there is one."""
        if is_there := min(self.map.position) >= 0:
            self._pick(self._over, *self.trio.maps[self._over].cell)
        return is_there

    def _pick(self, number: int, row: int, column: int) -> None:
        """Tell of that number, of a block the furthest; of a difference, of this value's."""
        question, place = self._question, (row, column)
        if number == OTHER:
            question = self._others[OTHER]
        elif number == DIFFERENCE:
            place = self.map.matrix.place(*self.trio.maps[number].matrix.position(place))
        reading, state = question.shown, self.state
        if reading is None or not self.up_to_date or state is None or state.recording is None:
            return
        kept = place[2 - len(reading.view.keep) :]
        if number == OTHER and is_beside(self.state, self._other):
            self._where.show_text(
                self.tr("Of the pass beside: X makes it active, then click again.")
            )
        elif any(reading.view.along):
            said = self.tr("It is made of several numbers: choose a position of the other axes.")
            self._where.show_text(said)
        elif cell_at(reading, kept) is None and min(place) >= 0:
            self._furthest.seek(state.recording, reading, kept)
        else:
            self.pick(place, question)

    def _tell(self, view: View, index: tuple[int, ...]) -> None:
        """Of the number of a block that was looked for."""
        assert self.state is not None
        assert self.state.recording is not None
        was = view.tape == self.state.recording.base
        self.intent.emit(intents.Derive(view.value, index, before=was))

    def _hover(self, number: int, row: int, column: int) -> None:
        self._over = number
        self._point_at(number, row, column)
        self._tell_of(row, column)

    def _point_at(self, number: int, row: int, column: int) -> None:
        """Ask how the number of one of the maps came to be."""
        matrix = self.trio.maps[OTHER if number == OTHER else THIS].matrix
        place = matrix.place(row, column) if row >= 0 else (-1, -1)
        if number == OTHER and self._other is not None:
            beside = is_beside(self.state, self._other)
            self.point(None if beside else place, self._others[OTHER])
        else:
            self.point(place)

    def _tell_of(self, row: int, column: int) -> None:
        """The numbers at a position, in the line below."""
        place = self.map.matrix.place(row, column) if row >= 0 else (-1, -1)
        state, reading = self.state, self._question.shown
        if place == (-1, -1) or reading is None or state is None or state.recording is None:
            self._where.show_text(" ")
            return
        numbers = [self.map.matrix.data[place]]
        for number, question in self._others.items() if self._other is not None else ():
            matrix = self.trio.maps[number].matrix
            at = matrix.place(row, column)
            known = question.answered and at != (-1, -1)
            numbers.append(matrix.data[at] if known else None)
        said, names = said_of_place(state.recording, reading, (row, column))
        whole, short = said_of_numbers(numbers)
        tip = "  ".join([f"{said} = {whole}", *names])
        self._where.show_text(tip, short=f"{said} = {short}" if short else "")
