"""Box plots of the units of a value, and which of them say nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QScrollBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from explorer.core.graph import Recording
from explorer.core.units import Order, Units, UnitsView
from explorer.gui.keys import has_arrows
from explorer.gui.theme import Theme, font, mono
from explorer.picture.numbers import number_text
from explorer.picture.readout import axis_labels, axis_name
from explorer.picture.units import bounds, is_gated, unit_axis

_TALL = 150  # pixels of the plot at scale 1
_WIDE, _WIDEST = 9, 30  # pixels of a box with its gap
_GAP = 6  # pixels between the numbers of the scale and the boxes
_NAMED = 8  # units that are named in a sentence
_NARROWER = 1.2  # so many more boxes than there is room for are all shown
_SEEN = 6  # pixels, the least height of a box whose unit says nothing
_WHEEL = 4  # units that a notch of the wheel moves by


class Boxes(QWidget):
    """A box for each unit: quartiles, median, whiskers; ticks at the edge where numbers are beyond
    what is drawn.

    Signals:
        hovered (int): the mouse or the keys are at a unit, by its place in what is told; -1: none.
        picked (int): a unit was chosen.
        turned (int): the wheel or the keys want units further on, or back.
    """

    own_keys = frozenset({Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Enter})
    hovered = Signal(int)
    picked = Signal(int)
    turned = Signal(int)

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme, self._scale = theme, scale
        self._units: Units | None = None
        self.at = -1
        self.turns = False  # whether there are more units than in view
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(round(300 * self._scale), round(_TALL * self._scale))

    @property
    def room(self) -> int:
        """How many boxes there is room for."""
        return max(1, int(self._plot.width() / (_WIDE * self._scale)))

    def room_of(self, total: int) -> int:
        """How many of so many boxes are shown: all where they need to be little narrower."""
        return total if self.room < total <= _NARROWER * self.room else self.room

    def show_units(self, units: Units) -> None:
        """Show an answer."""
        self._units = units
        self.at = min(self.at, len(units.at) - 1)
        self.update()

    @property
    def _plot(self) -> QRectF:
        """Where boxes are, right of the numbers of the scale."""
        left = QFontMetricsF(mono(self._scale, 8.5)).horizontalAdvance("−1.23e−45") + _GAP
        return QRectF(left, 6, self.width() - left, self.height() - 12)

    @property
    def _step(self) -> float:
        """From box to box."""
        shown = self.room if self._units is None else max(1, len(self._units.at))
        return min(_WIDEST * self._scale, self._plot.width() / shown)

    def _reach(self) -> tuple[float, float]:
        """From the lowest whisker to the highest one."""
        assert self._units is not None
        ends = self._units.boxes[:, [1, 5]]
        known = ends[np.isfinite(ends)]
        if not known.size:
            return 0.0, 1.0
        low, high = float(known.min()), float(known.max())
        return (low, high) if high > low else (low - 0.5, high + 0.5)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Scale, zero line, boxes."""
        painter = QPainter(self)
        if self._units is None:
            return
        plot, (low, high) = self._plot, self._reach()
        painter.setFont(mono(self._scale, 8.5))
        painter.setPen(self._theme.color("dim"))
        side = Qt.AlignmentFlag.AlignRight
        words = QRectF(0, 0, plot.left() - _GAP, self.height())
        painter.drawText(words, side | Qt.AlignmentFlag.AlignTop, number_text(high, 3))
        painter.drawText(words, side | Qt.AlignmentFlag.AlignBottom, number_text(low, 3))

        def y(number: float) -> float:
            return plot.bottom() - (number - low) / (high - low) * plot.height()

        if low < 0 < high:
            painter.setPen(self._theme.color("line"))
            painter.drawLine(QLineF(plot.left(), y(0), plot.right(), y(0)))
        step, idle = self._step, self._units.idle.tolist()
        for n, (box, says_nothing) in enumerate(zip(self._units.boxes.tolist(), idle, strict=True)):
            if math.isnan(box[3]):
                continue
            role = "bad" if says_nothing else "accent"
            middle = plot.left() + (n + 0.5) * step
            half = min(8.0 * self._scale, max(1.5, step / 2 - 1.5 * self._scale))
            if n == self.at:
                band = QRectF(middle - step / 2, plot.top(), step, plot.height())
                painter.fillRect(band, self._theme.color("text", 0.12))
            painter.setPen(QPen(self._theme.color(role, 0.9), max(1.0, self._scale)))
            painter.drawLine(QLineF(middle, y(box[1]), middle, y(box[2])))
            painter.drawLine(QLineF(middle, y(box[4]), middle, y(box[5])))
            body = QRectF(middle - half, y(box[4]), 2 * half, max(1.0, y(box[2]) - y(box[4])))
            if says_nothing:  # it is red though all its numbers are the same
                more = max(0.0, _SEEN * self._scale - body.height()) / 2
                body.adjust(0, -more, 0, more)
            painter.fillRect(body, self._theme.color(role, 0.55))
            line = self._theme.color(role if says_nothing else "text")
            painter.setPen(QPen(line, max(1.5, 1.5 * self._scale)))
            painter.drawLine(QLineF(middle - half, y(box[3]), middle + half, y(box[3])))
            self._beyond(painter, middle, plot, box[0] < low, box[6] > high)
        if has_arrows(self):
            painter.setPen(self._theme.color("accent"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _beyond(
        self, painter: QPainter, middle: float, plot: QRectF, below: bool, above: bool
    ) -> None:
        """Say that there are numbers outside of the plot."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("cursor"))
        side = 2.5 * self._scale
        for there, edge, tip in ((below, plot.bottom(), 5.0), (above, plot.top(), -5.0)):
            if there:
                base = edge - tip + (tip / 5)
                painter.drawPolygon(
                    [QPointF(middle - side, base), QPointF(middle + side, base),
                     QPointF(middle, edge + tip / 5)]
                )  # fmt: skip

    def _unit_at(self, x: float) -> int:
        plot = self._plot
        at = int((x - plot.left()) / self._step) if x >= plot.left() else -1
        return at if self._units is not None and at < len(self._units.at) else -1

    def _go(self, at: int) -> None:
        if at != self.at:
            self.at = at
            self.update()
        self.hovered.emit(at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell of the unit under the mouse."""
        self._go(self._unit_at(event.position().x()))

    def leaveEvent(self, event: object) -> None:
        """Tell of none."""
        self._go(-1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the unit."""
        at = self._unit_at(event.position().x())
        if at >= 0:
            self.picked.emit(at)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Units further on, or back; where all are in view, the pane scrolls."""
        if not self.turns:
            event.ignore()
            return
        turn = event.angleDelta().y() or event.angleDelta().x()
        self.turned.emit(-_WHEEL if turn > 0 else _WHEEL)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows go from unit to unit; Enter chooses."""
        by = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if by is not None and self._units is not None:
            at = self.at + by
            if not 0 <= at < len(self._units.at):
                self.turned.emit(by)
                at = min(max(at, 0), len(self._units.at) - 1)
            self._go(at)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.at >= 0:
            self.picked.emit(self.at)
        else:
            super().keyPressEvent(event)


class UnitsPart(QWidget):
    """Which axis, in which order, the boxes, and what is to be said of them.

    Signals:
        wanted (object): a `UnitsView`.
        picked (int, int): the unit at a place of an axis is to be looked at.
    """

    wanted = Signal(object)
    picked = Signal(int, int)

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._recording: Recording | None = None
        self._value = -1
        self._alike: object = None  # shape and axes of the value
        self._first = 0
        self._asked: UnitsView | None = None
        self._units: Units | None = None
        lay = QVBoxLayout(self)
        lay.setContentsMargins(0, 0, 0, 0)
        lay.setSpacing(round(6 * scale))
        row = QHBoxLayout()
        along = QLabel(self.tr("Units along"))
        along.setStyleSheet(f"color: {theme.dim};")
        self.axis, self.order = QComboBox(), QComboBox()
        self.axis.setAccessibleName(self.tr("Units along"))
        self.order.setAccessibleName(self.tr("In which order"))
        for text, key in (
            (self.tr("in order"), "place"),
            (self.tr("largest median first"), "median"),
            (self.tr("furthest from 0 first"), "largest"),
            (self.tr("largest mean |x| first"), "mean"),
        ):
            self.order.addItem(text, key)
        for choice in (self.axis, self.order):
            choice.activated.connect(self._begin)
            choice.setSizeAdjustPolicy(
                QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
            )
            choice.setMinimumContentsLength(7)
        row.addWidget(along)
        row.addWidget(self.axis, 2)
        row.addWidget(self.order, 3)
        lay.addLayout(row)
        self.boxes = Boxes(theme, scale)
        self.boxes.setAccessibleName(self.tr("How the numbers of each unit are spread"))
        self.boxes.hovered.connect(self._tell)
        self.boxes.picked.connect(self._pick)
        self.boxes.turned.connect(self._turn)
        self.bar = QScrollBar(Qt.Orientation.Horizontal)
        self.bar.valueChanged.connect(self._scroll)
        self.told = QLabel()
        self.told.setFont(mono(scale, 9))
        self.told.setWordWrap(True)
        self.told.setFixedHeight(2 * self.told.fontMetrics().lineSpacing() + 2)
        self.told.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.told.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for widget in (self.told, self.boxes, self.bar):  # what is told stands where boxes do
            lay.addWidget(widget)
        self.said = QLabel()
        self.said.setFont(font(scale, 10))
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.RichText)
        flag = Qt.TextInteractionFlag
        self.said.setTextInteractionFlags(
            flag.LinksAccessibleByMouse | flag.LinksAccessibleByKeyboard
        )
        self.said.linkActivated.connect(lambda place: self._go_to(int(place)))
        self._link = theme.accent
        lay.addWidget(self.said)

    def ask(self, recording: Recording, value: int) -> None:
        """Ask about the units of a value, unless that is what was asked last."""
        what = recording.values[value]
        if (self._recording, self._value) != (recording, value):
            alike = (what.shape, what.axes)
            same = alike == self._alike
            self._alike = alike
            self._recording, self._value, self._first = recording, value, 0
            if not same:
                self.axis.clear()
                for axis, size in enumerate(what.shape):
                    if size > 1:
                        self.axis.addItem(f"{axis_name(what, axis)} ({size:,})", axis)
                self.axis.setCurrentIndex(self.axis.findData(unit_axis(what)))
        axis = self.axis.currentData()
        several = axis is not None and math.prod(what.shape) > what.shape[axis]
        self.setVisible(several)
        if not several:
            return
        order: Order = self.order.currentData()
        most = self.boxes.room_of(what.shape[axis])
        view = UnitsView(
            tape=recording.tape, value=value, axis=axis, most=most, first=self._first,
            order=order, bounds=bounds(recording, value),
        )  # fmt: skip
        if view != self._asked:
            self._asked = view
            self.wanted.emit(view)

    def show_units(self, units: Units | None) -> None:
        """Show an answer, if it is the one to the last question."""
        if units is None or units is self._units or units.view != self._asked:
            return
        self._units = units
        self.boxes.show_units(units)
        beyond = units.total - len(units.at)
        self.bar.blockSignals(True)
        self.bar.setVisible(beyond > 0)
        self.bar.setRange(0, max(0, units.total - units.view.most))
        self.bar.setPageStep(units.view.most)
        self.boxes.turns = beyond > 0
        self.bar.setValue(units.view.first)
        self.bar.blockSignals(False)
        self._tell(self.boxes.at)
        self.said.setText(self._sentences(units))
        self.said.setVisible(bool(self.said.text()))

    @property
    def up_to_date(self) -> bool:
        """Whether what is on screen is what was asked last."""
        hidden = self.isHidden() or self._asked is None
        return hidden or (self._units is not None and self._units.view == self._asked)

    def forget(self) -> None:
        """Ask again if need be."""
        self._asked = self._units = None

    def _begin(self) -> None:
        self._first = 0
        self._again()

    def _again(self) -> None:
        if self._recording is not None:
            self.ask(self._recording, self._value)

    def _scroll(self, first: int) -> None:
        self._first = first
        self._again()

    def _turn(self, by: int) -> None:
        self.bar.setValue(self.bar.value() + by)

    def _name(self, place: int) -> str:
        assert self._recording is not None
        assert self._units is not None
        labels = axis_labels(self._recording, self._value, self._units.view.axis)
        return f"{place} “{labels[place]}”" if labels else f"{place}"

    def _tell(self, at: int) -> None:
        """The numbers of one unit."""
        units = self._units
        if units is None or not 0 <= at < len(units.at):
            self.told.setText("" if units is None else self.tr(
                "{count} units · box: the middle half · line: the median · ▲ more beyond"
            ).format(count=f"{units.total:,}"))  # fmt: skip
            return
        box = [number_text(number, 3) for number in units.boxes[at].tolist()]
        self.told.setText(
            self.tr(
                "{unit}: min {low} · ¼ {first} · median {middle} · ¾ {third} · max {high}"
            ).format(
                unit=self._name(int(units.at[at])), low=box[0], middle=box[3], high=box[6],
                first=box[2], third=box[4],
            )
        )  # fmt: skip
        share = self.tr("{share} outliers").format(share=f"{units.outliers[at]:.1%}")
        self.told.setToolTip(f"{self.told.text()} · {share}")

    def _sentences(self, units: Units) -> str:
        assert self._recording is not None
        said = []
        if units.silents:
            never = is_gated(self._recording, self._value)
            text = (
                self.tr("Units that never fire in this pass, {some} of {all}: {names}.")
                if never
                else self.tr("Units that are 0 everywhere in this pass, {some} of {all}: {names}.")
            )
            said.append(self._filled(text, units.silents, units.total, units.silent.tolist()))
        if units.full:
            text = self.tr("Saturated units, at their bounds, {some} of {all}: {names}.")
            said.append(self._filled(text, units.full, units.total, units.saturated.tolist()))
        return "<br>".join(said)

    def _filled(self, text: str, some: int, total: int, places: Sequence[int]) -> str:
        names = ", ".join(
            f'<a href="{place}" style="color: {self._link}">{place}</a>'
            for place in places[:_NAMED]
        )
        return text.format(
            some=f"{some:,}", all=f"{total:,}", names=names + (" …" if some > _NAMED else "")
        )

    def _pick(self, at: int) -> None:
        if self._units is not None:
            self._go_to(int(self._units.at[at]))

    def _go_to(self, place: int) -> None:
        if self._units is not None:
            self.picked.emit(self._units.view.axis, place)
