"""Distribution: the histogram of all numbers of a value, and what they sum up to."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from explorer.core.graph import Recording
from explorer.core.units import Units
from explorer.core.values import WHISKER, Statistics
from explorer.gui.panel import Panel
from explorer.gui.panes.boxes import UnitsPart
from explorer.gui.panes.pane import Pane, scrolled
from explorer.gui.theme import Theme, font, mono
from explorer.picture.numbers import number_text
from explorer.picture.plane import fitted, showing
from explorer.session import intents
from explorer.session.state import AppState

# pixels of histogram and boxes at scale 1 in a pane of _ROOM, and in low ones
_LATER = 40  # milliseconds
_TALL, _LOW, _ROOM = (130, 190), (56, 84), 590
_AIR = 3, 0  # pixels between lines of numbers, in such a pane and in low ones
_DIGITS, _FEW = 5, 3  # of numbers in the pane, and below another pane


class Histogram(QWidget):
    """Counts per bin; zero is marked. ``tall`` is its height at scale 1, ``digits`` those of the
    numbers at its ends.

    Where one bin holds most of the numbers, the others could not be seen: then the heights are
    logarithmic, and it says so.
    """

    def __init__(self, theme: Theme, scale: float, tall: int, digits: int = _DIGITS) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self._tall = tall
        self._digits = digits
        self._s: Statistics | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_counts(self, statistics: Statistics) -> None:
        """Show a histogram."""
        self._s = statistics
        self.update()

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(round(340 * self._scale), round(self._tall * self._scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Bars, zero line, range."""
        painter = QPainter(self)
        s = self._s
        if s is None or not s.counts.size or not s.counts.sum():
            return
        painter.setFont(mono(self._scale, 9))
        text = painter.fontMetrics().height() + 4
        height = self.height() - text
        width = self.width() / s.counts.size
        logarithmic = bool(s.counts.max() > 0.5 * s.counts.sum())
        heights = np.log1p(s.counts) if logarithmic else s.counts
        usual = _usual_bins(s)
        for i, share in enumerate((heights / heights.max()).tolist()):
            if share:
                tall = max(1.5, share * (height - 4))
                painter.fillRect(
                    QRectF(i * width, height - tall, max(1.0, width - 1), tall),
                    self._theme.color("accent" if i in usual else "cursor"),
                )
        painter.setPen(self._theme.color("line"))
        painter.drawLine(0, height, self.width(), height)
        span = s.maximum - s.minimum
        painter.setPen(self._theme.color("dim"))
        if logarithmic:
            place = QRectF(0, 0, self.width(), text)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight, self.tr("log"))
        line = QRectF(0, height + 2, self.width(), text)
        ends = [number_text(end, self._digits) for end in (s.minimum, s.maximum)]
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, ends[0])
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, ends[1])
        if span > 0 and s.minimum < 0 < s.maximum:
            x = -s.minimum / span * self.width()
            painter.drawLine(round(x), 0, round(x), height)
            if 0.2 < x / self.width() < 0.8:
                painter.drawText(
                    QRectF(x - 20, height + 2, 40, text), Qt.AlignmentFlag.AlignHCenter, "0"
                )


def _usual_bins(s: Statistics) -> range:
    """The bins that hold any number that is no outlier; all, if there are none."""
    first, _, third = s.quartiles
    count = len(s.counts)
    if not s.outliers or not s.maximum > s.minimum:
        return range(count)
    reach, step = WHISKER * (third - first), (s.maximum - s.minimum) / count
    low, high = ((end - s.minimum) / step for end in (first - reach, third + reach))
    return range(max(0, int(low)), min(count, int(high) + 1))


class _Question:
    """Asks once for the statistics of the value looked at, if they are not there."""

    def __init__(self, ask: Callable[[object], None]) -> None:
        self._ask = ask
        self._asked: tuple[int, int] | None = None  # (tape, value)

    def answer(self, state: AppState) -> Statistics | None:
        """The statistics, None while they are on their way."""
        if state.recording is None or state.value is None:
            return None
        wanted = (state.recording.tape, state.value)
        there = state.statistics
        if there is not None and (there.tape, there.value) == wanted:
            self._asked = None
            return there
        if self._asked != wanted:
            self._asked = wanted
            self._ask(intents.Summarize())
        return None

    def forget(self) -> None:
        """Ask again if need be."""
        self._asked = None


class Summary(Panel):
    """The statistics of the value in one line, over a low histogram: for below another pane."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self.setObjectName("summary")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet(
            f"#summary {{ background: {theme.raised}; border: 1px solid {theme.line};"
            f" border-radius: {self.px(8)}px; }}"
        )
        self.said = QLabel()
        self.said.setStyleSheet(f"color: {theme.dim};")
        self.said.setFont(mono(scale, 9))
        self.said.setWordWrap(True)
        self.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.histogram = Histogram(theme, scale, 76, _FEW)
        lay = QVBoxLayout(self)
        lay.setContentsMargins(self.px(6), self.px(4), self.px(6), self.px(4))
        lay.setSpacing(self.px(6))
        lay.addWidget(self.said)
        lay.addWidget(self.histogram)
        self._asks = QTimer(self)  # after the frame, and after what the next one needs
        self._asks.setSingleShot(True)
        self._asks.timeout.connect(lambda: self.intent.emit(intents.Summarize()))
        self._question = _Question(lambda _: self._asks.start(_LATER))
        self.up_to_date = False  # whether the statistics shown are those of the value looked at
        self._shown: tuple[Statistics | None, bool] = None, False

    def render(self, old: AppState | None, new: AppState) -> None:
        """Show the statistics of the value looked at."""
        s = self._question.answer(new)
        self.up_to_date = s is not None
        wide = self.histogram.isVisibleTo(self)  # else there is room for a single line
        if s is None or (s is self._shown[0] and wide == self._shown[1]):
            return
        self._shown = s, wide
        finite = not math.isnan(s.minimum)
        parts = [
            self.tr("max {value}").format(value=number_text(s.maximum, _FEW)),
            self.tr("min {value}").format(value=number_text(s.minimum, _FEW)),
            self.tr("mean {value}").format(value=number_text(s.mean, _FEW)),
        ] if finite else []  # fmt: skip
        if finite and wide:
            parts.append(self.tr("std {value}").format(value=number_text(s.std, _FEW)))
        if s.zeros:
            parts.append(self.tr("{share} zeros").format(share=f"{s.zeros / s.count:.0%}"))
        parts += [f"{n:,} {what}" for n, what in ((s.nans, "NaN"), (s.infinities, "Inf")) if n]
        self.said.setText(" · ".join(parts))
        self.said.setToolTip(self.said.text())
        self.histogram.show_counts(s)

    @property
    def asks(self) -> bool:
        """Whether it is about to ask for them."""
        return self._asks.isActive()

    def forget(self) -> None:
        """It was hidden: whatever was asked before may be long gone."""
        self._asks.stop()
        self._question.forget()


class DistributionPane(Pane):
    """Every value; reads `AppState.statistics`."""

    name = "distribution"
    room_for_words = 350

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self._summed = _Question(self.intent.emit)
        self._current = False
        body = QWidget()
        lay = QVBoxLayout(body)
        lay.setContentsMargins(0, 0, 0, 0)
        lay.setSpacing(self.px(6))
        self.histogram = Histogram(theme, scale, _TALL[0])
        lay.addWidget(self.histogram)
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        self._grid = grid
        self._names: dict[str, QLabel] = {}
        self.numbers: dict[str, QLabel] = {}
        for place, (key, text) in enumerate(
            (
                ("count", self.tr("numbers")), ("mean", self.tr("mean")),
                ("minimum", self.tr("minimum")), ("std", self.tr("deviation")),
                ("maximum", self.tr("maximum")), ("zeros", self.tr("zeros")),
                ("outliers", self.tr("outliers")), ("median", self.tr("median")),
                ("nans", "NaN"), ("infinities", "Inf"),
            )
        ):  # fmt: skip
            name = QLabel(text)
            self._names[key] = name
            name.setFont(font(scale, 9.5))
            name.setStyleSheet(f"color: {theme.dim};")
            name.setFixedHeight(self.px(17))  # whatever script it is in
            number = QLabel("–")
            number.setFont(mono(scale, 9.5))
            row, column = divmod(place, 2)
            grid.addWidget(name, row, 2 * column)
            grid.addWidget(number, row, 2 * column + 1)
            self.numbers[key] = number
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        self.numbers["std"].setToolTip(self.tr("The standard deviation, over the whole value"))
        self.numbers["outliers"].setToolTip(
            self.tr("Further from the quartiles than 1.5 times their distance from each other")
        )
        lay.addWidget(holder)
        self.units = UnitsPart(theme, scale)
        self.units.wanted.connect(lambda view: self.intent.emit(intents.Ask(view)))
        self.units.picked.connect(self._show_unit)
        lay.addWidget(self.units)
        self.lay.addWidget(scrolled(body), 1)

    def look(self, state: AppState, recording: Recording, value: int) -> bool:
        """Show the statistics of the value looked at."""
        self.units.ask(recording, value)
        self.units.show_units(state.answer(Units))
        s = self._summed.answer(state)
        self._current = s is not None
        if s is not None:
            self._show(s)
        self._explain(s)
        return False  # none of its bars is a cell

    def _show(self, s: Statistics) -> None:
        self.histogram.show_counts(s)
        self.numbers["count"].setText(f"{s.count:,}")
        for key in ("mean", "std", "minimum", "maximum"):
            self.numbers[key].setText(number_text(getattr(s, key), _DIGITS))
        self.numbers["median"].setText(number_text(s.quartiles[1], _DIGITS))
        beyond = f" ({s.outliers / s.count:.1%})" if s.count else ""
        self.numbers["outliers"].setText(f"{s.outliers:,}{beyond}")
        share = f" ({s.zeros / s.count:.0%})" if s.count else ""
        self.numbers["zeros"].setText(f"{s.zeros:,}{share}")
        for key, role in (("nans", "nan"), ("infinities", "inf")):
            found = getattr(s, key)
            self.numbers[key].setText(f"{found:,}")
            self.numbers[key].setStyleSheet(
                f"color: {getattr(self.theme, role)}; font-weight: 700;" if found else ""
            )
        self._show_lines()

    def _show_lines(self) -> None:
        """A low pane has no line that says twice that there is nothing."""
        low = self.height() < self.px(_ROOM)
        self._grid.setVerticalSpacing(self.px(_AIR[low]))
        faults = ("nans", "infinities")
        shown = not low or any(self.numbers[key].text() not in "–0" for key in faults)
        for key in faults:
            self._names[key].setVisible(shown)
            self.numbers[key].setVisible(shown)

    def _explain(self, s: Statistics | None) -> None:
        """What the histogram tells, and the boxes if there are any."""
        said = self.tr("Which numbers occur, and how often.")
        if s is not None and np.sum(s.counts) and s.sampled < s.count:
            said = self.tr(
                "Which numbers occur, and how often, among {sampled} evenly sampled ones."
            ).format(sampled=f"{s.sampled:,}")
        said += " " + self.tr("Outliers have another colour.")
        more = ""
        if not self.units.isHidden():
            said += " " + self.tr("Below, how those of each unit are spread.")
            more = self.tr(
                "Half of the numbers of a unit are in its box, the line is the median. Whiskers "
                "end at the last number that is no outlier; a triangle says that there are more "
                "beyond the plot. A click shows the numbers."
            )
        self.say(said, more)

    @property
    def up_to_date(self) -> bool:
        """Whether the statistics on screen are those of the value looked at."""
        return self._current and self.units.up_to_date

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many boxes as there is room for; in a low pane, histogram and boxes are lower."""
        super().resizeEvent(event)
        lack = max(0, self.px(_ROOM) - self.height())
        for plot, tall, low in zip((self.histogram, self.units.boxes), _TALL, _LOW, strict=True):
            plot.setFixedHeight(max(self.px(low), self.px(tall) - lack // 2))
        self._show_lines()
        state = self.state
        if state is not None and state.recording is not None and state.value is not None:
            self.units.ask(state.recording, state.value)

    def _show_unit(self, axis: int, place: int) -> None:
        """Look at its numbers."""
        state = self.state
        if state is None or state.recording is None or state.value is None:
            return
        plane = fitted(state.plane, state.recording.values[state.value])
        self.intent.emit(intents.ShowPlane(showing(plane, axis, place)))
        self.intent.emit(intents.ChoosePane("values"))

    def forget(self) -> None:
        """Ask again if need be."""
        super().forget()
        self._current = False
        self._summed.forget()
        self.units.forget()
