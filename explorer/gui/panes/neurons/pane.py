"""Neurons: a linear layer with its numbers, the neurons before it, and the weights between."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QCoreApplication, QPoint, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton

from explorer.core.change import spelled
from explorer.core.graph import Recording
from explorer.core.neurons import Neurons, NeuronsLook, NeuronsView, Planes, PlanesView
from explorer.core.plane import Plane
from explorer.core.values import Along, View
from explorer.gui.banner import PHRASES
from explorer.gui.figure.explained import dot, explained
from explorer.gui.figure.sums import name_of
from explorer.gui.panes.lettering import wrapped
from explorer.gui.panes.neurons.columns import NOWHERE, Columns, Content, names_of, texts_beside
from explorer.gui.panes.neurons.plane import NearPlane, Shown, picture_of
from explorer.gui.panes.neurons.told import Told, given_of, sum_of
from explorer.gui.panes.pane import Pane
from explorer.gui.panes.slices import Slices
from explorer.gui.theme import Theme, font, mono
from explorer.picture.changes import changed_among
from explorer.picture.figure import Figure
from explorer.picture.linear import Layer, held_by, layer_of
from explorer.picture.neurons import (
    Room,
    columns,
    fitted,
    has_planes,
    near_view,
    neurons_view,
    planes_view,
    points_of,
    totals,
)
from explorer.picture.readout import axis_labels
from explorer.session import intents
from explorer.session.state import AppState

_SMALLEST = 16  # cells along a side of a small picture at least
_HIGH = 560  # pixels of a pane with many words
_SHARE = 0.46  # of the pane's width, of the large picture
_POINTS, _LINES = 9, 3  # of what is told of a neuron


class NeuronsPane(Pane):
    """A linear layer, or the activation after it, neuron by neuron."""

    name = "neurons"

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self._layer: Layer | None = None
        self._look = NeuronsLook()
        self._first = [0, 0]
        self._asked: NeuronsView | None = None
        self._found: Neurons | None = None
        self._wanted: tuple[PlanesView, ...] = ()  # the small pictures, the large one
        self._open: PlanesView | None = None  # of these, the one asked for last
        self._planes: Planes | None = None
        self._large: Planes | None = None
        self._near_shown: Planes | None = None
        self._drawn: tuple[object, ...] = ()  # what the columns were made of
        self._meaning = ""  # of colours, widths and sizes
        self._roomed: tuple[object, Room] | None = None  # the room for what, and that
        self.lay.addLayout(self._choices())
        self.slices = Slices(theme, scale, along=False)
        self.slices.changed.connect(lambda plane: self._go(at=plane.at[:-1]))
        self.lay.addWidget(self.slices)
        self.columns = Columns(theme, scale)
        self.columns.pointed.connect(self._point)
        self.columns.picked.connect(self._pick)
        self.columns.menu_wanted.connect(self._open_menu)
        self.columns.turned.connect(self._turn)
        self.columns.resized.connect(self.refresh)
        self.near = NearPlane(theme, scale)
        row = QHBoxLayout()
        row.setSpacing(self.px(8))
        row.addWidget(self.columns, 1)
        row.addWidget(self.near)
        self.lay.addLayout(row, 1)
        self.told = QLabel()
        self.told.setFont(mono(scale, _POINTS))
        self.told.setWordWrap(True)
        self.told.setTextFormat(Qt.TextFormat.PlainText)
        self.told.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.lay.addWidget(self.told)
        self.legend = QLabel()
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setFont(font(scale, 9))
        self.legend.setWordWrap(True)
        self.legend.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.legend.setStyleSheet(f"color: {theme.dim};")
        self.lay.addWidget(self.legend)

    def _choices(self) -> QHBoxLayout:
        """What lines are, which neurons come first, numbers or pictures."""
        row = QHBoxLayout()
        row.setSpacing(self.px(5))
        self.products = QPushButton(self.tr("Weight × number"))
        self.products.setToolTip(
            self.tr("Lines as what each neuron before adds to the sum, not as weights alone")
        )
        self.products.toggled.connect(
            lambda on: self._go(lines="products" if on else "weights")
        )  # fmt: skip
        self.largest = QPushButton(self.tr("Furthest from 0 first"))
        self.largest.setToolTip(
            self.tr("The neurons with the largest numbers, of either sign, instead of the first")
        )
        self.largest.toggled.connect(lambda on: self._turn_to("largest" if on else "place"))
        self.plane = QPushButton(self.tr("Plane"))
        self.plane.setToolTip(self.tr("Each neuron as a picture of the plane of the two inputs"))
        self.plane.toggled.connect(lambda on: self._go(plane=on))
        for button in (self.products, self.largest, self.plane):
            button.setCheckable(True)
            button.setFont(font(self.scale, 9))
            button.setStyleSheet("padding: 1px 8px;")
            row.addWidget(button)
        row.addStretch(1)
        return row

    # ------------------------------------------------------------------ what is asked

    def look(self, state: AppState, recording: Recording, value: int) -> bool:
        """Ask for the neurons that there is room for, then for their pictures."""
        layer = layer_of(recording, value)
        if layer is None:
            return False
        if self._layer is None or layer.value != self._layer.value:
            self._first = [0, 0]
        self._layer, self._look = layer, fitted(state.neurons, recording, layer)
        counts = totals(recording, layer)
        most = min(self.columns.most(self._is_plane(recording, layer)), max(counts))
        self._first = [
            min(first, max(0, count - most))
            for first, count in zip(self._first, counts, strict=True)
        ]
        self._show_choices(recording, layer, max(counts) > most)
        view = neurons_view(
            recording, layer, self._look, (self._first[0], self._first[1]), (most, most),
            self._pinned(state),
        )  # fmt: skip
        if view != self._asked:
            self._asked = view
            self.intent.emit(intents.Ask(view))
        found = state.answer(Neurons)
        fresh = found is not None and found is not self._found and found.view == view
        if fresh:
            self._found = found
        came = self._ask_planes(state, recording, layer)
        if self._found is not None and (fresh or came or self._found.view == view):
            self._show(state, recording, layer, self._found)
        return fresh

    def _ask_planes(self, state: AppState, recording: Recording, layer: Layer) -> bool:
        """Ask for pictures of the neurons on screen, then for the large one; whether some came."""
        told = self._found
        if not self._is_plane(recording, layer):
            self._wanted, self._open, self._planes, self._large = (), None, None, None
            return False
        if told is None or told.view != self._asked:
            return False
        room = self._room(told, recording, layer)
        step = (room.bottom - room.top) / max(1, len(told.of), len(told.before))
        side = round(min(step, room.step) * self.devicePixelRatioF())
        self._wanted = (
            planes_view(recording, layer, told, self._look, max(side, _SMALLEST)),
            near_view(recording, layer, self._look, *self._near(told)),
        )
        small, large = self._wanted
        found, came = state.answer(Planes), False
        if found is not None and found.view == small:
            came, self._planes = found is not self._planes, found
        elif found is not None and found.view == large:
            came, self._large = found is not self._large, found
        missing = next((one for one in self._wanted if not self._has(one)), None)
        if missing is not None and missing != self._open:
            self._open = missing
            self.intent.emit(intents.Ask(missing))
        return came

    def _has(self, view: PlanesView) -> bool:
        """Whether there are those pictures, or why there are none is known."""
        there = [one for one in (self._planes, self._large) if one is not None]
        failed = self._planes is not None and bool(self._planes.why)
        return any(one.view == view for one in there) or (failed and view == self._wanted[1])

    def _is_plane(self, recording: Recording, layer: Layer) -> bool:
        return self._look.plane and has_planes(recording, layer)

    @property
    def _in_pictures(self) -> bool:
        """Whether neurons are pictures, or will be when these come."""
        return bool(self._wanted) and not (self._planes is not None and self._planes.why)

    def _pinned(self, state: AppState) -> int:
        """The neuron of the layer that somebody chose, -1 if it is none here."""
        chosen, layer = state.derivation.pinned, self._layer
        if chosen is None or layer is None or chosen.value != layer.value:
            return -1
        return chosen.index[-1] if chosen.index[:-1] == self._look.at else -1

    def _near(self, told: Neurons) -> tuple[int, int]:
        """The column and the number of the neuron that is shown large: the one pointed at, or
        chosen, or the first."""
        column, n = self.columns.at
        if column >= 0:
            places = (told.before, told.of)[column]
            return column, int(places[min(n, len(places) - 1)])
        pinned = -1 if self.state is None else self._pinned(self.state)
        return 1, pinned if pinned in told.of else int(told.of[0])

    # ------------------------------------------------------------------ what is shown

    def _show_choices(self, recording: Recording, layer: Layer, hidden: bool) -> None:
        look, what = self._look, recording.values[layer.value]
        rank = len(what.shape)
        axes = what.axes or ("",) * rank
        one: Along = ""
        place = Plane(
            of=what.name, shape=what.shape, axes=axes, keep=(rank - 1,), at=(*look.at, 0),
            along=(one,) * rank,
        )  # fmt: skip
        self.slices.setVisible(self.slices.show_plane(place, recording, layer.value))
        for button, on in (
            (self.products, look.lines == "products"), (self.largest, look.order == "largest"),
            (self.plane, look.plane),
        ):  # fmt: skip
            with QSignalBlocker(button):
                button.setChecked(on)
        self.largest.setVisible(hidden or look.order == "largest")
        self.plane.setVisible(has_planes(recording, layer))
        self.near.setVisible(self._is_plane(recording, layer))

    def _room(self, told: Neurons, recording: Recording, layer: Layer) -> Room:
        """Where the columns stand: with room for the names beside them."""
        key = (told, self._look, self.columns.size())
        if self._roomed is not None and self._roomed[0] == key:
            return self._roomed[1]
        sketch = columns(recording, layer, told, Room(0.0, 0.0, 0.0, 1.0, 1.0))
        if self._is_plane(recording, layer):
            one, other = map(names_of, sketch.pieces)
        else:
            source = Told(told)
            one, other = (
                [" ".join(text) for text in texts_beside(source, n, piece)]
                for n, piece in enumerate(sketch.pieces)
            )
        self._roomed = key, self.columns.room((one, other))
        return self._roomed[1]

    def _show(self, state: AppState, recording: Recording, layer: Layer, told: Neurons) -> None:
        made = (told, self._look, self.columns.size())
        if made == self._drawn[:3] and self.columns.content is not None:
            figure, source = self.columns.content.figure, self.columns.content.source
        else:
            figure = columns(recording, layer, told, self._room(told, recording, layer))
            source = Told(told, self._look.lines == "products")
        if (*made, self._planes) != self._drawn:
            self._drawn = (*made, self._planes)
            self._draw(Content(figure, source, totals(recording, layer), told.view.first))
            self._explain(figure)
        self._show_near(state, recording, figure, told)
        self._tell()
        self._share_words()
        self.light()

    def _draw(self, content: Content) -> None:
        """The columns, with pictures if these are there."""
        found, told = self._planes, self._found
        if told is not None and found is not None and self._are_of(found, told):
            images = [picture_of(one, self.theme) for one in found.pictures]
            pictures = images[len(told.of) :], images[: len(told.of)]
            content = replace(content, pictures=pictures)
        self.columns.show_content(content)

    def _are_of(self, found: Planes, told: Neurons) -> bool:
        """Whether these are pictures of the neurons on screen."""
        wanted = tuple(tuple(places.tolist()) for places in (told.of, told.before))
        return found.view.neurons == wanted and found.pictures.size > 0

    def _show_near(
        self, state: AppState, recording: Recording, figure: Figure, told: Neurons
    ) -> None:
        small, found = self._planes, self._large
        if small is not None and small.why:
            why = QCoreApplication.translate(PHRASES, small.why).format(**small.said)
            self.near.show_neuron(None, why)
            return
        if found is None or not found.pictures.size:
            self.near.show_neuron(None)
            return
        column = int(found.view.values[0] == told.view.value)
        places, piece = (told.before, told.of)[column], figure.pieces[column]
        at = np.flatnonzero(places == found.view.neurons[0][0])
        if not at.size or found is self._near_shown:
            return
        self._near_shown = found
        points = points_of(recording)
        axes = axis_labels(recording, points, 1) or ("x₀", "x₁")
        row = self._look.at[0] if self._look.at else 0
        here = found.dots[row] if row < len(found.dots) else np.zeros(0)
        self.near.show_neuron(
            Shown(
                name_of(piece, int(at[0])), found.extent, found.pictures[0],
                self._points(state, found), here, (axes[0], axes[1]),
            )
        )  # fmt: skip

    def _points(self, state: AppState, found: Planes) -> np.ndarray:
        """The data, (P, 3) with their class; of a model without data what it was given."""
        known = () if state.model is None else state.model.points
        if known:
            return np.array(known, float).reshape(-1, 3)
        return np.c_[found.dots, np.full(len(found.dots), -1.0)]

    def _explain(self, figure: Figure) -> None:
        """What colours, widths and sizes mean, for the legend."""
        products = self._look.lines == "products"
        said = explained(figure, self.theme, products)
        if self._in_pictures:
            said[0] = self.tr(
                "Pictures: {minus} below, {plus} above 0, each on its own scale; dots are data."
            ).format(minus=dot(self.theme, 0), plus=dot(self.theme, 255))
            lines = next((n for n, one in enumerate(said) if "━" in one), len(said))
            said = [said[0], *said[lines:]]
        self._meaning = " ".join(said)
        if self._in_pictures:
            self.say(
                self.tr("Every neuron as a picture: its number for every point of the plane."),
                self.tr(
                    "The model is run on a grid of points, with the weights and changes of this "
                    "pass. The neuron under the mouse is shown large; a click keeps it. Dots are "
                    "data: full of one class, hollow of the other."
                ),
            )
        else:
            self.say(
                self.tr("Each neuron adds up the numbers before it, times their weights."),
                self.tr(
                    "A click keeps a neuron and tells how its number came to be. The wheel shows "
                    "others, with Ctrl more or fewer of them; a right click changes one."
                ),
            )

    def _share_words(self) -> None:
        """The words of a neuron take the lines that they need, up to some; what is left is for
        what colours mean. Both have one height whatever is written: or the neurons would move
        under the mouse, and others have room."""
        lines = _LINES + (self.height() >= self.px(_HIGH))
        most = lines * QFontMetrics(mono(self.scale, _POINTS)).lineSpacing()
        room, text = QSize(self.width(), most), self.told.text()
        self.told.setFont(wrapped(self.scale, _POINTS, room, text))
        taken = min(max(0, self.told.heightForWidth(self.width())), most)  # −1 of no words
        rows = lines if self.height() >= self.px(_HIGH) else 1
        below = round((rows + 0.2) * self.legend.fontMetrics().lineSpacing()) + most - taken
        self.told.setFixedHeight(taken)
        self.legend.setFixedHeight(below)
        self.legend.setText(self._meaning)
        cut = self.legend.heightForWidth(self.width()) > below
        self.legend.setText("ⓘ" if cut else self._meaning)
        self.legend.setToolTip(self._meaning if cut else "")

    def _tell(self) -> None:
        """The sum of the neuron that is pointed at or chosen, with numbers."""
        told, state, layer = self._found, self.state, self._layer
        content = self.columns.content
        if told is None or state is None or state.recording is None or layer is None:
            return
        if content is None:
            self.told.clear()
            return
        column, n = self.columns.at
        pinned = np.flatnonzero(told.of == self._pinned(state))
        if column == 0:
            self.told.setText(given_of(content.figure, told, n, layer, state.recording))
            return
        if column < 0 and not pinned.size:
            self.told.setText(self.tr("Move over a neuron to see its sum."))
            return
        n = n if column == 1 else int(pinned[0])
        text = sum_of(content.figure, told, n, layer, state.recording)
        left_out = 0 if self._planes is None else self._planes.left_out
        if left_out:
            text += "\n" + self.tr(
                "Changes that are not for every point are left out of the pictures: {count}."
            ).format(count=left_out)
        self.told.setText(text)
        self.told.setToolTip(text)

    # ------------------------------------------------------------------ marks

    def light(self) -> None:
        """The chosen neuron, and those from which a number came that is told."""
        told, state, layer = self._found, self.state, self._layer
        if told is None or state is None or state.recording is None or layer is None:
            return
        ring = np.flatnonzero(told.of == self._pinned(state))
        lit = np.zeros(len(told.of), bool)
        heat = None
        if state.reach.extent is not None:
            there = self._reach.shown
            if there is not None and self.reach_shown and state.reach.has(layer.value):
                heat = np.clip(there.data / (state.reach.peak(layer.value) or 1.0), 0, 1)
                lit = there.data >= 0
        else:
            for region in state.derivation.sources(layer.value):
                *rows, last = region.axes
                if all(i in one for i, one in zip(self._look.at, rows, strict=True)):
                    lit |= np.isin(told.of, np.array(last))
        recording, at, before = state.recording, told.view.at, held_by(state.recording, layer.given)
        changed = (
            changed_among(told.before, recording, before, at),
            changed_among(told.of, recording, layer.own, at),
        )
        self.columns.mark(int(ring[0]) if ring.size else -1, lit, heat, changed)

    def reach_view(self) -> View | None:
        """The neurons on screen."""
        told, state, layer = self._found, self.state, self._layer
        if told is None or layer is None or state is None or state.reach.asked is None:
            return None
        rank = len(told.view.at) + 1
        return View(
            told.view.tape, layer.value, (rank - 1,), (*told.view.at, 0), (len(told.of),), "max",
            take=(tuple(told.of.tolist()),), reach=state.reach.asked,
        )  # fmt: skip

    def go_to(self, recording: Recording, value: int, index: tuple[int, ...]) -> None:
        """The position of a neuron that was chosen elsewhere."""
        layer = layer_of(recording, value)
        if layer is None or self.state is None:
            return
        look = fitted(self.state.neurons, recording, layer)
        if index[:-1] != look.at:
            self.intent.emit(intents.ShowNeurons(replace(look, at=index[:-1])))

    # ------------------------------------------------------------------ what is chosen

    def _go(self, **changes: object) -> None:
        """Look at it otherwise."""
        look = replace(self._look, **changes)  # type: ignore[arg-type]
        if look != self._look:
            self.intent.emit(intents.ShowNeurons(look))

    def _turn_to(self, order: str) -> None:
        self._first = [0, 0]
        self._go(order=order)

    def _turn(self, column: int, by: int) -> None:
        """Neurons further on, or back."""
        self._first[column] = max(0, self._first[column] + by)
        self.refresh()

    def _cell(self, column: int, n: int) -> tuple[int, tuple[int, ...]] | None:
        """The value and the index of a neuron on screen."""
        told, layer = self._found, self._layer
        if told is None or layer is None or (column, n) == NOWHERE:
            return None
        value, places = ((layer.given, told.before), (layer.value, told.of))[column]
        return value, (*told.view.at, int(places[n]))

    def _point(self, column: int, n: int) -> None:
        cell = self._cell(column, n)
        if cell is not None:
            self.intent.emit(intents.PointAtCell(*cell))
        elif self._layer is not None:
            self.intent.emit(intents.PointAtCell(self._layer.value, None))
        self._tell()
        self._share_words()
        self.refresh()

    def _pick(self, column: int, n: int) -> None:
        cell = self._cell(column, n)
        if cell is not None:
            self.intent.emit(intents.Derive(*cell))

    def _open_menu(self, column: int, n: int, at: QPoint) -> None:
        """Offer to change a neuron, at every position."""
        cell = self._cell(column, n)
        if cell is None:
            return
        value, index = cell
        cells = spelled((*[None] * (len(index) - 1), index[-1]))
        said = self.tr("This neuron")
        menu = self.change_menu(self, value, [(f"{said}  [{cells}]", cells)])
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)

    # ------------------------------------------------------------------ a pane

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The large picture takes its share; the words below may have room, or not."""
        super().resizeEvent(event)
        self.near.setFixedWidth(round(_SHARE * self.width()))
        self._share_words()
        self.refresh()

    @property
    def up_to_date(self) -> bool:
        """Whether the neurons on screen are those asked for last, with their pictures."""
        there = self._found is not None and self._found.view == self._asked
        return there and all(map(self._has, self._wanted))

    def forget(self) -> None:
        """Ask again if need be."""
        super().forget()
        self._asked = self._found = None
        self._wanted, self._open, self._planes, self._large = (), None, None, None
        self._near_shown = None
        self._drawn = ()
        self.columns.show_content(None)
        self.near.show_neuron(None)
