"""Convolution: the window, the kernel and the number they make, for any cell of the output."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from explorer.core.convolution import ConvolutionLook, Products, ProductsView
from explorer.core.graph import Recording
from explorer.core.values import Reading, View
from explorer.gui.cut import Cut, Wrapped
from explorer.gui.panes.convolution.changing import framed_in, places_at
from explorer.gui.panes.convolution.filters import Filters
from explorer.gui.panes.convolution.stage import (
    INPUT,
    KERNEL,
    NOWHERE,
    OUTPUT,
    Picture,
    Spot,
    Stage,
    matrix_of,
)
from explorer.gui.panes.convolution.terms import Multiplied, Sums
from explorer.gui.panes.convolution.words import all_of, sum_of, told_of
from explorer.gui.panes.matrix import Matrix
from explorer.gui.panes.pane import Pane, Question
from explorer.gui.panes.reading import marks_of, reach_of
from explorer.gui.panes.shades import Shades
from explorer.gui.theme import Theme, font, mono
from explorer.picture.convolution import (
    at_index,
    filter_of,
    filters_of,
    filters_views,
    fitted,
    from_plane,
    in_colours,
    index_of,
    input_view,
    kernel_of,
    maps_of,
    on_plane,
    output_of,
    output_view,
    products_view,
    shown_of,
)
from explorer.picture.readout import convolution_of
from explorer.session import intents
from explorer.session.state import AppState

_GREYS = "CET-L1"  # a picture looks like a picture
_ROW, _SLOWEST, _FASTEST = 6000, 400, 33  # milliseconds: a row, a cell of a short and of a long one
_COLOURS = 3
Key = Qt.Key
_BRACKETS = (Key.Key_BracketLeft, Key.Key_BracketRight)
_BRACES = (Key.Key_BraceLeft, Key.Key_BraceRight)
_AROUND = 24  # pixels around the text of a number


class ConvolutionPane(Pane):
    """What a convolution gave, or its weights."""

    name = "convolution"
    room_for_words = 330  # the numbers that are multiplied need it

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self._value = -1  # what the convolution gave
        self._look = ConvolutionLook()
        self._hovered = NOWHERE
        self._asked: ProductsView | None = None
        self._found: Products | None = None
        self._drawn: tuple[object, ...] = ()
        self._input = Question(f"{self.name}/input", self.intent.emit)
        self._output = Question(f"{self.name}/output", self.intent.emit)
        self._filters = [
            Question(f"{self.name}/filters/{n}", self.intent.emit) for n in range(_COLOURS)
        ]
        self._reach_out = Question(f"{self.name}/reach/output", self.intent.emit)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._play_on)
        self.lay.addLayout(self._choices())
        self.stage = Stage(theme, scale)
        self.stage.setAccessibleName(self.tr("Input, kernel and output"))
        self.stage.hovered.connect(self._hover)
        self.stage.picked.connect(self._pick)
        self.stage.moved.connect(lambda *cell: self._go(cell=cell))
        self.stage.played.connect(self.play.click)
        self.stage.menu_wanted.connect(self._menu)
        self.lay.addWidget(self.stage, 3)
        self.terms = Multiplied(theme, scale)
        self.terms.pointed.connect(lambda *_: self._tell())
        self.sums = Sums(theme, scale)
        self.sums.picked.connect(lambda channel: self._go(channel=channel))
        self.sums.resized.connect(self.refresh)
        self.told, self.total = Cut(Qt.TextElideMode.ElideRight), Wrapped()
        for label in (self.told, self.total):
            label.setFont(mono(scale, 9))
        self.told.setStyleSheet(f"color: {theme.dim};")
        below = QWidget()
        lay = QVBoxLayout(below)
        lay.setContentsMargins(0, 0, 0, 0)
        lay.setSpacing(self.px(4))
        lay.addWidget(self.terms, 1)
        for widget in (self.told, self.sums, self.total):
            lay.addWidget(widget)
        lay.addStretch()
        self.filters = Filters(theme, scale)
        self.filters.picked.connect(self._choose_filter)
        self.filters.menu_wanted.connect(self._menu_of_filter)
        self.filters.turned.connect(self.refresh)
        self._below = QStackedWidget()
        self._below.addWidget(below)
        self._below.addWidget(self.filters)
        self.lay.addWidget(self._below, 2)

    def _choices(self) -> QHBoxLayout:
        """Filter, channel, sample; play; all filters."""
        row = QHBoxLayout()
        row.setSpacing(self.px(5))
        self.filter, self.channel, self.sample = QSpinBox(), QSpinBox(), QSpinBox()
        self._sampled = QLabel(self.tr("Sample"))
        for text, box, change in (
            (QLabel(self.tr("Filter")), self.filter, "filter"),
            (QLabel(self.tr("Channel")), self.channel, "channel"),
            (self._sampled, self.sample, "sample"),
        ):
            text.setFont(font(self.scale, 9))
            text.setStyleSheet(f"color: {self.theme.dim};")
            box.setFont(font(self.scale, 9))
            box.setStyleSheet(f"padding: 1px {self.px(4)}px;")
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            box.setAccessibleName(text.text())
            box.setKeyboardTracking(False)
            box.valueChanged.connect(lambda n, change=change: self._go(**{change: n}))
            row.addWidget(text)
            row.addWidget(box, 1)
        self.filter.setToolTip(self.tr("The output channel ([ and ])"))
        self.channel.setToolTip(self.tr("The input channel (braces)"))
        self.play = QPushButton("▶")
        self.play.setAccessibleName(self.tr("Slide the kernel"))
        self.play.setToolTip(
            self.tr("Slide the kernel over the output, row by row (Space on the pictures)")
        )
        self.play.toggled.connect(self._play)
        self.all = QPushButton(self.tr("All filters"))
        self.all.setToolTip(self.tr("Every filter of the layer as a picture"))
        self.all.toggled.connect(
            lambda on: self._go(show="filters" if on else "products")
        )  # fmt: skip
        for button in (self.play, self.all):
            button.setCheckable(True)
            button.setFont(font(self.scale, 9))
            button.setStyleSheet("padding: 1px 8px;")
            row.addWidget(button)
        return row

    # ------------------------------------------------------------------ what is asked

    def look(self, state: AppState, recording: Recording, value: int) -> bool:
        """Ask what is multiplied, then for the pictures of that; show what is there."""
        value = convolution_of(recording, value)
        if value < 0:
            return False
        if value != self._value:
            self._value, self._hovered = value, NOWHERE
            self.play.setChecked(False)
        self._look = self._fitted(state, recording, value)
        cell = self._hovered if self._hovered != NOWHERE else self._look.cell
        view = products_view(recording, value, self._look, cell, self.sums.room)
        if view != self._asked:
            self._asked = view
            self.intent.emit(intents.Ask(view))
        found = state.answer(Products)
        if found is not None and found is not self._found and found.view == view:
            self._found = found
        found = self._of_this(recording)
        if found is None:
            self.stage.clear()
            return False
        self._ask_maps(recording, found)
        self._show_choices(recording, found)
        return self._show(state, recording, found, cell)

    def _of_this(self, recording: Recording) -> Products | None:
        """The newest answer, if it is about this convolution."""
        found = self._found
        here = (recording.tape, self._value)
        return found if found is not None and (found.view.tape, found.view.value) == here else None

    def _ask_maps(self, recording: Recording, found: Products) -> None:
        room = self.stage.room()
        self._output.put(output_view(recording, self._value, self._look, room))
        if self._is_chosen(recording, found):
            self._input.put(input_view(recording, found, self._look, room))
        if self._look.show != "filters":
            return
        count = filters_of(recording, found)
        at = filter_of(recording, found, self._look.filter)
        self.filters.fit(count, at)
        most = min(self.filters.most, count - self.filters.first)
        views = filters_views(recording, found, self.filters.first, most)
        for question, view in zip(self._filters, views, strict=False):
            question.put(view)

    def _is_chosen(self, recording: Recording, found: Products) -> bool:
        """Whether an answer is about the filter, the channel and the sample that are chosen now."""
        chosen = index_of(recording, self._value, self._look, NOWHERE)
        return found.view.channel == self._look.channel and all(
            one == other for one, other in zip(chosen, found.view.index, strict=True) if one >= 0
        )

    # ------------------------------------------------------------------ what is shown

    def _show_choices(self, recording: Recording, found: Products) -> None:
        samples, filters, _, _ = maps_of(recording, self._value)
        for box, count, at in (
            (self.filter, filters, self._look.filter),
            (self.channel, found.each, min(self._look.channel, found.each - 1)),
            (self.sample, samples, self._look.sample),
        ):
            with QSignalBlocker(box):
                box.setRange(0, count - 1)
                box.setSuffix(f" /{count}")
                widest = box.fontMetrics().horizontalAdvance(f"{count - 1} /{count}")
                box.setMinimumWidth(widest + self.px(_AROUND))
                box.setValue(at)
                box.setEnabled(count > 1)
        self._sampled.setVisible(samples > 1)
        self.sample.setVisible(samples > 1)
        with QSignalBlocker(self.all):
            self.all.setChecked(self._look.show == "filters")
        self._below.setCurrentIndex(int(self._look.show == "filters"))

    def _show(
        self, state: AppState, recording: Recording, found: Products, cell: tuple[int, int]
    ) -> bool:
        """Paint all of it; whether one of the three pictures is another."""
        for question in (self._input, self._output, *self._filters):
            question.answer(state)
        fresh = self._show_pictures(recording, found)
        self.stage.point(cell, found.slide, self._timer.isActive())
        if self._look.show == "filters":
            self._show_filters(recording, found)
        self.terms.show_products(found, found.unmet)
        self.sums.show_products(found)
        self.sums.setVisible(found.each > 1)
        self._tell()
        return fresh

    def _show_pictures(self, recording: Recording, found: Products) -> bool:
        """Paint the three again where one of them is another, and say so."""
        ours, theirs = self._input.shown, self._output.shown
        if ours is None or theirs is None or not self._input.of_what_is_asked:
            return False
        kernel = (found.weight, found.view.index[: -len(theirs.view.keep)], found.channel)
        drawn = (ours, theirs, recording.tape, kernel)
        if drawn == self._drawn:
            return False
        self._drawn = drawn
        pictures = (
            self._picture_of_input(recording, found, ours), self._kernel(found),
            self._picture_of_output(recording, theirs),
        )  # fmt: skip
        self.stage.show_pictures(
            tuple(
                picture._replace(changed=framed_in(recording, map_, found.view.index))
                for picture, map_ in zip(pictures, shown_of(recording, found), strict=True)
            )
        )  # fmt: skip
        return True

    def _picture_of_input(self, recording: Recording, found: Products, one: Reading) -> Picture:
        slide, what = found.slide, recording.values[found.input]
        whole = (slide.size[0], slide.size[1])
        shades = Shades.of(one.data)
        map_ = _GREYS if what.kind == "input" and not shades.signed else None
        matrix = matrix_of(one, shades, whole, map_)
        _, _, *size = maps_of(recording, self._value)
        ends = (slide.reach((0, 0)), slide.reach((size[0] - 1, size[1] - 1)))
        rows, columns = (
            (float(min(0, ends[0][n].start)), float(max(whole[n], ends[1][n].stop)))
            if not slide.transposed
            else (0.0, float(whole[n]))
            for n in range(2)
        )
        text = self.tr("input, channel {number}").format(number=found.first + found.channel)
        return Picture(matrix, rows, columns, text)

    def _picture_of_output(self, recording: Recording, one: Reading) -> Picture:
        _, _, *size = maps_of(recording, self._value)
        whole = (size[0], size[1])
        matrix = matrix_of(one, Shades.of(one.data), whole)
        text = self.tr("output, channel {number}").format(number=self._look.filter)
        return Picture(matrix, (0.0, float(whole[0])), (0.0, float(whole[1])), text)

    def _kernel(self, found: Products) -> Picture:
        whole = (found.slide.kernel[0], found.slide.kernel[1])
        matrix = Matrix(found.weights, Shades.of(found.weights), block=found.block, whole=whole)
        return Picture(matrix, *matrix.extents, self.tr("kernel"))

    def _show_filters(self, recording: Recording, found: Products) -> None:
        asked = self._filters[: _COLOURS if in_colours(found) else 1]
        shown = [question.shown for question in asked if question.of_what_is_asked]
        planes = [one.data for one in shown if one is not None]
        first = shown[0].first[0] if shown and shown[0] is not None else 0
        if len(planes) < len(asked) or len({plane.shape for plane in planes}) > 1:
            return
        at = filter_of(recording, found, self._look.filter) - first
        self.filters.show_filters(
            first,
            [plane.reshape(len(plane), -1, plane.shape[-1]) for plane in planes],
            [str(output_of(recording, found, first + n)) for n in range(len(planes[0]))],
            at if 0 <= at < len(planes[0]) else -1,
        )
        self._say(found)

    def _say(self, found: Products) -> None:
        if self._look.show == "filters":
            text = (
                self.tr("Every filter as a picture in colour: grey is zero.")
                if in_colours(found)
                else self.tr(
                    "The weights of every filter for this input channel, on one colour scale."
                )
            )
            self.say(text)
            return
        self.say(
            self.tr(
                "Numbers under the kernel times its own, added up: that is one cell of the output."
            ),
            self.tr(
                "Move over the output and the kernel slides along; a click keeps the cell and tells"
                " how it came to be. Red is above zero, blue below; what is hatched is padding and"
                " counts as 0."
            ),
        )

    def _tell(self) -> None:
        """The number that somebody points at, or the sum of the channel; and all of it."""
        state, found = self.state, self._found
        if found is None or state is None or state.recording is None:
            return
        self._say(found)
        row, column = self.terms.at
        self.told.show_text(sum_of(found) if row < 0 else told_of(found, row, column))
        self.total.setText(all_of(state.recording, found))

    # ------------------------------------------------------------------ what is marked

    def reaches(self) -> list[tuple[Question, View | None]]:
        """Of the input and of the output."""
        pictures = (self._reach, self._input), (self._reach_out, self._output)
        return [(reach, reach_of(map_.shown, self.state)) for reach, map_ in pictures]

    def light(self) -> None:
        """On input and output. What the kernel lies on has its frame already."""
        state, told = self.state, None
        if state is None:
            return
        if state.derivation.shown is not None and state.reach.extent is None:
            told = state.derivation.shown.ref
        marks = {}
        maps = (INPUT, self._input), (OUTPUT, self._output)
        for (number, map_), (reach, view) in zip(maps, self.reaches(), strict=True):
            if map_.shown is None or (number == INPUT and told == self._value):
                continue
            there = reach.shown if reach.shown is not None and reach.shown.view == view else None
            marks[number] = marks_of(map_.shown, state, there)
        self.stage.mark({n: one for n, one in marks.items() if any(m is not None for m in one)})

    # ------------------------------------------------------------------ what is changed

    def _menu(self, spot: Spot, at: QPoint) -> None:
        """Change a cell or a channel of a map, or a number, a kernel or a filter of the weights."""
        assert self.state is not None
        assert self.state.recording is not None
        found = self._of_this(self.state.recording)
        if found is not None:
            map_ = shown_of(self.state.recording, found)[spot.picture]
            places = places_at(self.state.recording, found, map_, spot)
            self.open_menu(map_.value, places, at)

    def _menu_of_filter(self, number: int, at: QPoint) -> None:
        assert self.state is not None
        assert self.state.recording is not None
        found = self._of_this(self.state.recording)
        if found is not None:
            kernel = kernel_of(found, number)
            places = places_at(self.state.recording, found, kernel, Spot(KERNEL))
            self.open_menu(kernel.value, places, at)

    # ------------------------------------------------------------------ what is chosen

    def _go(self, **changes: object) -> None:
        """Look at it otherwise."""
        self._look_at(replace(self._look, **changes))  # type: ignore[arg-type]

    def _look_at(self, look: ConvolutionLook) -> None:
        """The filter and the sample are those of the other panes, too."""
        before, state = self._look, self.state
        if look != before:
            self.intent.emit(intents.ShowConvolution(look))
        chosen = (look.filter, look.sample) != (before.filter, before.sample)
        if chosen and state is not None and state.recording is not None:
            plane = on_plane(look, state.plane, state.recording, self._value)
            self.intent.emit(intents.ShowPlane(plane))

    def _fitted(self, state: AppState, recording: Recording, value: int) -> ConvolutionLook:
        look = from_plane(state.convolution, state.plane, recording, value)
        return fitted(look, recording, value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Square brackets choose a filter, braces an input channel, whatever here is pointed at."""
        for box, keys in ((self.filter, _BRACKETS), (self.channel, _BRACES)):
            if event.key() in keys:
                box.setValue(box.value() + 2 * keys.index(Key(event.key())) - 1)
                return
        super().keyPressEvent(event)

    def _choose_filter(self, number: int) -> None:
        if self.state is not None and self.state.recording is not None and self._found is not None:
            self._go(filter=output_of(self.state.recording, self._found, number))

    def _hover(self, row: int, column: int) -> None:
        """The kernel goes where the mouse is, at once; what it multiplies there comes after."""
        self._hovered = (row, column)
        cell = self._hovered if self._hovered != NOWHERE else self._look.cell
        recording = None if self.state is None else self.state.recording
        if recording is None or self._value < 0:
            return
        found = self._of_this(recording)
        if found is not None:
            self.stage.point(cell, found.slide, running=False)
        index = None if self._hovered == NOWHERE else self._index(recording, self._hovered)
        self.intent.emit(intents.PointAtCell(self._value, index))
        self.refresh()

    def _pick(self, row: int, column: int) -> None:
        """A cell was chosen: it stays, and it is told how it came to be."""
        assert self.state is not None
        assert self.state.recording is not None
        self.play.setChecked(False)
        self._go(cell=(row, column))
        self.intent.emit(
            intents.Derive(self._value, self._index(self.state.recording, (row, column)))
        )

    def _index(self, recording: Recording, cell: tuple[int, int]) -> tuple[int, ...]:
        return index_of(recording, self._value, self._look, cell)

    def go_to(self, recording: Recording, value: int, index: tuple[int, ...]) -> None:
        """The filter and the cell of a number of the output."""
        if value != convolution_of(recording, value):
            return  # a weight
        assert self.state is not None
        self._value, self._look = value, self._fitted(self.state, recording, value)
        self._look_at(at_index(self._look, recording, value, index))

    # ------------------------------------------------------------------ play

    def _play(self, on: bool) -> None:
        self.play.setText("❚❚" if on else "▶")
        if not on:
            self._timer.stop()
        else:
            rows, columns = self._look.of
            if self._look.cell == (rows - 1, columns - 1):
                self._go(cell=(0, 0))
            self._timer.start(min(_SLOWEST, max(_FASTEST, _ROW // max(1, columns))))
        self.refresh()

    def _play_on(self) -> None:
        """The next cell of the row, or the first of the next row; after the last one it ends."""
        rows, columns = self._look.of
        at = self._look.cell[0] * columns + self._look.cell[1] + 1
        if at >= rows * columns:
            self.play.setChecked(False)
        else:
            self._go(cell=divmod(at, columns))

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody watches."""
        super().hideEvent(event)
        self.play.setChecked(False)

    # ------------------------------------------------------------------ a pane

    @property
    def up_to_date(self) -> bool:
        """Whether the numbers on screen are those asked for last."""
        there = self._found is not None and self._found.view == self._asked
        asked = [self._input, self._output]
        if self._look.show == "filters" and self._found is not None:
            asked += self._filters[: _COLOURS if in_colours(self._found) else 1]
        return there and all(question.answered for question in asked)

    def forget(self) -> None:
        """Ask again if need be."""
        super().forget()
        self._asked = self._found = None
        self._drawn = ()
        for question in (self._reach_out, self._input, self._output, *self._filters):
            question.forget()
