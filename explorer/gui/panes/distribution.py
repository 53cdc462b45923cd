"""Distribution: the histogram of all numbers of a value, and what they sum up to."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from explorer.core.graph import Recording
from explorer.core.values import Reading, Statistics
from explorer.gui.panes.pane import Pane
from explorer.gui.theme import Theme, mono
from explorer.picture.numbers import number_text
from explorer.session import intents
from explorer.session.state import AppState


class Histogram(QWidget):
    """Counts per bin; the bar over zero is marked."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self._s: Statistics | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_counts(self, statistics: Statistics) -> None:
        """Show a histogram."""
        self._s = statistics
        self.update()

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(round(340 * self._scale), round(190 * self._scale))

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
        most = float(s.counts.max())
        for i, count in enumerate(s.counts):
            if count:
                tall = max(1.5, (count / most) * (height - 4))
                painter.fillRect(
                    QRectF(i * width, height - tall, max(1.0, width - 1), tall),
                    self._theme.color("accent"),
                )
        painter.setPen(self._theme.color("line"))
        painter.drawLine(0, height, self.width(), height)
        span = s.maximum - s.minimum
        painter.setPen(self._theme.color("dim"))
        line = QRectF(0, height + 2, self.width(), text)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, number_text(s.minimum))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, number_text(s.maximum))
        if span > 0 and s.minimum < 0 < s.maximum:
            x = -s.minimum / span * self.width()
            painter.drawLine(round(x), 0, round(x), height)
            if 0.2 < x / self.width() < 0.8:
                painter.drawText(
                    QRectF(x - 20, height + 2, 40, text), Qt.AlignmentFlag.AlignHCenter, "0"
                )


class DistributionPane(Pane):
    """Every value; reads `AppState.statistics`, asks for nothing itself."""

    name = "distribution"

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self._wanted: tuple[int, int] | None = None  # (tape, value) asked for
        self.histogram = Histogram(theme, scale)
        self.lay.addWidget(self.histogram)
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        self.numbers: dict[str, QLabel] = {}
        for place, (key, text) in enumerate(
            (
                ("count", self.tr("numbers")), ("mean", self.tr("mean")),
                ("minimum", self.tr("minimum")), ("std", self.tr("standard deviation")),
                ("maximum", self.tr("maximum")), ("zeros", self.tr("exact zeros")),
                ("nans", "NaN"), ("infinities", "Inf"),
            )
        ):  # fmt: skip
            name = QLabel(text)
            name.setStyleSheet(f"color: {theme.dim};")
            number = QLabel("–")
            number.setFont(mono(scale))
            row, column = divmod(place, 2)
            grid.addWidget(name, row, 2 * column)
            grid.addWidget(number, row, 2 * column + 1)
            self.numbers[key] = number
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        self.lay.addWidget(holder)
        self.lay.addStretch(1)
        self.say(self.tr("How often each magnitude occurs among all numbers of the value."))

    def render(self, old: AppState | None, new: AppState) -> None:
        """Show the statistics of the value looked at."""
        s = new.statistics
        recording = new.recording
        if recording is None or new.value is None:
            return
        wanted = (recording.tape, new.value)
        if s is None or (s.tape, s.value) != wanted:
            if self._wanted != wanted:
                self._wanted = wanted
                self.intent.emit(intents.Summarize())
            return
        self._wanted = None
        self.histogram.show_counts(s)
        self.numbers["count"].setText(f"{s.count:,}")
        for key in ("mean", "std", "minimum", "maximum"):
            self.numbers[key].setText(number_text(getattr(s, key), 5))
        share = f" ({s.zeros / s.count:.0%})" if s.count else ""
        self.numbers["zeros"].setText(f"{s.zeros:,}{share}")
        for key, role in (("nans", "nan"), ("infinities", "inf")):
            found = getattr(s, key)
            self.numbers[key].setText(f"{found:,}")
            self.numbers[key].setStyleSheet(
                f"color: {getattr(self.theme, role)}; font-weight: 700;" if found else ""
            )
        if np.sum(s.counts) and s.sampled < s.count:
            self.say(
                self.tr(
                    "How often each magnitude occurs, among {sampled} evenly sampled numbers."
                ).format(sampled=f"{s.sampled:,}")
            )

    def forget(self) -> None:
        """Ask again if need be."""
        super().forget()
        self._wanted = None

    def view(self, recording: Recording, value: int) -> None:
        """Nothing beyond the statistics, which come by themselves."""
        return

    def show_reading(self, recording: Recording, value: int, reading: Reading) -> None:
        """Never called: `view` asks for nothing."""
