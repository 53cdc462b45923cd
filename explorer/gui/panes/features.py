"""Feature maps: every channel of an image-like value, one of them large."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import QPoint, QSignalBlocker, Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QSizePolicy

from explorer.core.graph import Recording
from explorer.core.plane import Plane
from explorer.core.units import FeaturesLook, Units, UnitsView
from explorer.core.values import Reading, View
from explorer.gui.panes.heatmap import Heatmap
from explorer.gui.panes.lettering import wrapped
from explorer.gui.panes.pane import beside_bar, scrolled
from explorer.gui.panes.reading import ReadingPane
from explorer.gui.panes.shades import Shades
from explorer.gui.panes.thumbnails import Thumbnails
from explorer.gui.theme import Theme, font, mono
from explorer.picture.changes import changed_runs
from explorer.picture.numbers import number_text
from explorer.picture.plane import at_place, is_alike
from explorer.picture.readout import stack_view
from explorer.session import intents
from explorer.session.state import AppState

_MOST = 64
_POINTS = 9  # of the number under the mouse, in two rows at most
_GREYS = "CET-L1"  # a picture looks like a picture


class FeaturesPane(ReadingPane):
    """(B, C, H, W) of convolutions, poolings and images."""

    name = "features"

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self._channel = 0  # the place of the large map among those shown
        self._wanted = 0  # the number of that channel
        self._plane: Plane | None = None  # where it was adopted from
        self.map = Heatmap(theme, scale, square=True)
        self.map.hovered.connect(self._hover)
        self.map.picked.connect(lambda row, column: self.pick((self._channel, row, column)))
        self.lay.addWidget(self.map, 1)
        self._where = QLabel()
        self._where.setFont(mono(scale, _POINTS))
        self._where.setFixedHeight(2 * self._where.fontMetrics().lineSpacing() + 2)
        self._where.setWordWrap(True)
        self._where.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.own = QPushButton(self.tr("Each its own scale"))
        self.own.setCheckable(True)
        self.own.setFont(font(scale, 9))
        self.own.setStyleSheet("padding: 1px 8px;")
        self.own.setToolTip(
            self.tr(
                "On one scale, from 0 to the largest number of all maps, colours can be compared: "
                "a map that stays dark answers weakly. On its own scale each map shows its shape."
            )
        )
        self.own.toggled.connect(lambda _: self._look())
        self.order = QComboBox()
        self.order.setFont(font(scale, 9))
        self.order.setStyleSheet(f"padding: 1px {self.px(6)}px;")
        self.order.setAccessibleName(self.tr("Which maps come first"))
        self.order.setToolTip(self.tr("Which maps come first, over the whole batch"))
        for text, key in (
            (self.tr("in order"), "place"),
            (self.tr("mean |x|"), "mean"),
            (self.tr("largest |x|"), "largest"),
        ):
            self.order.addItem(text, key)
        self.order.activated.connect(lambda _: self._look())
        self._ordered: UnitsView | None = None
        self._ordered_of = "", ""  # the value whose order it was, and which one
        self._places: tuple[int, ...] = ()  # the channels in that order
        below = QHBoxLayout()
        below.addWidget(self._where, 1)
        below.addWidget(self.order)
        below.addWidget(self.own)
        self.lay.addLayout(below)
        self.channels = Thumbnails(theme, scale)
        self.channels.setAccessibleName(self.tr("Channels"))
        self.channels.picked.connect(self._choose)
        self.channels.menu_wanted.connect(lambda number, at: self._menu(at, number))
        self.map.menu_wanted.connect(lambda at: self._menu(at, self._channel, *self.map.cell))
        self._area = scrolled(self.channels)
        self.lay.addWidget(self._area)
        self._reading: Reading | None = None
        self._recording: Recording | None = None
        self._value = 0

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a low pane the large map gives way to the small ones."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Whole rows of small maps, all if they fit; the others are scrolled to."""
        bar = beside_bar(self._area)
        least = self.map.heightForWidth(self.width())
        room = max(self.height() - min(least, round(0.5 * self.height())) - self.px(70), 0)
        whole = self.channels.heightForWidth(self.width())
        policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOff  # or one that was needed takes its own room
        if whole > room:
            whole = self.channels.whole_rows(self.width() - bar, room)
            policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self._area.setVerticalScrollBarPolicy(policy)
        self._area.setFixedHeight(whole)

    def render(self, old: AppState | None, new: AppState) -> None:
        """Ask for the order of the channels first, where there is one."""
        own = new.features.own
        is_other = own != (old or new).features.own
        with QSignalBlocker(self.own):
            self.own.setChecked(own)
        self.order.setCurrentIndex(self.order.findData(new.features.order))
        self._order(new)
        if new.plane is not self._plane and new.recording is not None and new.value is not None:
            self._plane, what = new.plane, new.recording.values[new.value]
            if is_alike(new.plane, what) and len(what.shape) >= 3:
                self._wanted = new.plane.at[-3]
        super().render(old, new)
        reading = self._reading
        if reading is None or new.value != self._value:
            return
        if is_other or self._place(reading, self._wanted) != self._channel:
            self._show_channel(self._wanted)

    def _look(self) -> None:
        """As the controls have it."""
        look = FeaturesLook(self.order.currentData(), self.own.isChecked())
        self.intent.emit(intents.ShowFeatures(look))

    def _order(self, state: AppState) -> None:
        order = state.features.order
        recording, value = state.recording, state.value
        if recording is None or value is None:
            return
        axis = len(recording.values[value].shape) - 3
        view = UnitsView(tape=recording.tape, value=value, axis=axis, most=_MOST, order=order)
        if order == "place":
            self._ordered, self._places = None, ()
        elif view != self._ordered:
            self._ordered, self._places = view, ()
            self.intent.emit(intents.Ask(view))
        units = state.answer(Units)
        if units is not None and units.view == self._ordered:
            places, of = tuple(units.at.tolist()), (recording.values[value].name, order)
            if places != self._places:
                kept = of == self._ordered_of and self._wanted in places  # in a pass with changes
                self._places, self._ordered_of = places, of
                self._wanted = self._wanted if kept else places[0]

    def view(self, recording: Recording, value: int) -> View | None:
        """The first channels, or the largest, reduced to what the pane can show."""
        view = stack_view(recording, value, _MOST, 128)
        if self._ordered is None:
            return view
        return replace(view, take=(self._places, (), ())) if self._places else None

    @property
    def up_to_date(self) -> bool:
        """Whether the numbers on screen are those asked for last."""
        return super().up_to_date and (self._ordered is None or bool(self._places))

    def forget(self) -> None:
        """Ask again if need be."""
        super().forget()
        self._ordered, self._places = None, ()

    def show_reading(self, recording: Recording, value: int, reading: Reading) -> None:
        """One scale for all channels, so that they can be compared, or each its own."""
        self._reading, self._recording, self._value = reading, recording, value
        shades = Shades.of(reading.data)
        own = self.own.isChecked()
        each = [shades.stretched(one) if own else shades for one in reading.data]
        what = recording.values[value]
        count, channels = len(reading.data), what.shape[-3]
        map_ = _GREYS if what.kind == "input" and not shades.signed else None
        self._channel = self._place(reading, self._wanted)
        self.channels.setVisible(count > 1)
        step = reading.block[0]
        self.channels.show_images(
            [how.image(one, self.theme, map_) for how, one in zip(each, reading.data, strict=True)],
            [str(self._number(reading, i)) for i in range(count)],
            self._channel,
            self._lines(recording, value, reading),
        )
        large = each[self._channel]
        self.map.show_matrix(
            reading.data[self._channel], large, ("H", "W"), map_=map_, block=reading.block,
            whole=(what.shape[-2], what.shape[-1]),
        )  # fmt: skip
        self.own.setVisible(count > 1)
        self.order.setVisible(channels > 1)
        self._fit()
        self.light()
        if channels == 1:
            self.say(self.tr("The picture the network sees."))
        elif reading.view.take:
            self.say(
                self.tr("{shown} of {count} feature maps, those that answer most first.").format(
                    shown=count, count=channels
                ),
                self.own.toolTip(),
            )
        elif step == 1:
            if own:
                text = self.tr(
                    "{count} feature maps, each on its own colour scale: compare shapes, not "
                    "strengths."
                )
            elif shades.signed:
                text = self.tr(
                    "{count} feature maps on one colour scale: red above zero, blue below."
                )
            else:
                text = self.tr(
                    "{count} feature maps on one colour scale: bright where a filter responds."
                )
            self.say(text.format(count=channels), self.own.toolTip())
        else:
            self.say(
                self.tr(
                    "{count} feature maps; each picture is the strongest of {step} neighbours."
                ).format(count=channels, step=step)
            )
        self._hover(*self.map.cell)

    def _lines(self, recording: Recording, value: int, reading: Reading) -> list[QColor]:
        """A line below each map: that of one that somebody changed is seen."""
        runs = [run[0] for run in changed_runs(recording, value, reading.view.at[:-3])]
        seen, unseen = self.theme.color("changed"), QColor(Qt.GlobalColor.transparent)
        step = 1 if reading.view.take else reading.block[0]
        numbers = [self._number(reading, place) for place in range(len(reading.data))]
        return [
            seen if any(n in run for run in runs for n in range(first, first + step)) else unseen
            for first in numbers
        ] if runs else []  # fmt: skip

    def go_to(self, recording: Recording, value: int, index: tuple[int, ...]) -> None:
        """Its map."""
        self._wanted = index[-3]

    def light(self) -> None:
        """On the large map."""
        self.mark(self.map.mark, (self._channel,))

    def _menu(self, at: QPoint, channel: int, row: int = -1, column: int = -1) -> None:
        """Change a map or, on the large one, the cell under the mouse."""
        places: list[tuple[str, tuple[int | None, ...]]] = []
        if row >= 0 and column >= 0:
            places = [(self.tr("This cell"), (channel, row, column))]
        self.open_change_menu(at, *places, (self.tr("This map"), (channel, None, None)))

    def _choose(self, place: int) -> None:
        """One of the maps shown; it is the one that other panes begin with."""
        reading, state = self._reading, self.state
        if reading is None:
            return
        self._show_channel(self._number(reading, place))
        if state is not None and state.recording is not None:
            what = state.recording.values[self._value]
            if len(what.shape) >= 3:
                plane = at_place(state.plane, what, -3, self._wanted)
                self.intent.emit(intents.ShowPlane(plane))

    def _show_channel(self, number: int) -> None:
        self._wanted = number
        if self._reading is not None and self._recording is not None:
            self.show_reading(self._recording, self._value, self._reading)

    def _place(self, reading: Reading, number: int) -> int:
        """Where a channel is among those shown; the first where it is not."""
        taken = reading.view.take[0] if reading.view.take else ()
        if taken:
            return taken.index(number) if number in taken else 0
        return min(number // reading.block[0], len(reading.data) - 1)

    def _hover(self, row: int, column: int) -> None:
        self.point((self._channel, row, column))
        reading = self._reading
        if (
            reading is None
            or row < 0
            or row >= reading.data.shape[1]
            or column >= reading.data.shape[2]
        ):
            number = self._channel if reading is None else self._number(reading, self._channel)
            self._say_where(self.tr("channel {number}").format(number=number))
            return
        seen = float(reading.data[self._channel, row, column])
        channel = self._number(reading, self._channel)
        y, x = (i * b for i, b in zip((row, column), reading.block[1:], strict=True))
        self._say_where(f"[0, {channel}, {y}, {x}] = {number_text(seen, 6)}")

    def _say_where(self, text: str) -> None:
        """All of it, in two rows and smaller letters if need be."""
        self._where.setFont(wrapped(self.scale, _POINTS, self._where.contentsRect().size(), text))
        self._where.setText(text)

    def _number(self, reading: Reading, place: int) -> int:
        """The channel of a picture, or the first of those that it stands for."""
        taken = reading.view.take[0] if reading.view.take else ()
        return taken[place] if taken else place * reading.block[0]
