"""`WholePass`: switches for what a number came from over the whole pass and for what it goes to,
and what their colours mean."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from explorer.core.reach import Way
from explorer.gui.banner import PHRASES
from explorer.gui.panes.marks import heat_dots
from explorer.gui.theme import Theme, font
from explorer.picture.numbers import count_text, number_text
from explorer.picture.readout import UNMARKED, chosen_of, panes_for
from explorer.session import intents
from explorer.session.state import AppState

_STOPS = 48


class WholePass(QWidget):
    """Two buttons; while one is down, a sentence and the scale of the value that is looked at.

    Signals:
        intent (object): a button was pressed.
    """

    intent = Signal(object)

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._shown: tuple[object, ...] = ()
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(round(8 * scale))
        self.buttons: dict[Way, QPushButton] = {}
        for way, text, tip in (
            (
                "from",
                self.tr("came from · whole pass"),
                self.tr("Every cell of the pass that this number depends on (R)"),
            ),
            (
                "to",
                self.tr("goes to · whole pass"),
                self.tr("Every cell of the pass that depends on this number (Shift+R)"),
            ),
        ):
            self._add(way, text, tip, scale, line)  # type: ignore[arg-type]
        self.ramp = Ramp(theme, scale)
        line.addWidget(self.ramp)
        self.said = QLabel()
        self.said.setObjectName("reach-said")
        self.said.setFont(font(scale, 9.5))
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setStyleSheet(f"color: {theme.dim};")
        self.said.setWordWrap(True)
        self.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        line.addWidget(self.said, 1)

    def show_state(self, state: AppState) -> None:
        """Which button is down, and what there is to say of the value that is looked at."""
        reach, value, recording = state.reach, state.value, state.recording
        shown = (reach, value, recording, state.pane)
        if shown == self._shown or recording is None:
            return
        self._shown = shown
        for way, button in self.buttons.items():
            button.setChecked(way == reach.way)
        there = value is not None and reach.has(value)
        self.ramp.setVisible(there)
        if reach.why is not None:
            said = QCoreApplication.translate(PHRASES, reach.why.text).format(**reach.why.values)
        elif not reach.way:
            said = ""
        elif reach.extent is None or value is None:
            said = self.tr("Following it through the pass …")
        elif not there and reach.way == "from":
            said = self.tr("No cell of the value on screen can change this number.")
        elif not there:
            said = self.tr("This number can change no cell of the value on screen.")
        else:
            cells = int(np.prod(recording.values[value].shape, dtype=np.int64))
            count = int(reach.extent.counts[value])
            self.ramp.show_peak(reach.peak(value))
            outlined = self.tr("{count} of {cells} cells here").format(
                count=count_text(count), cells=count_text(cells)
            )
            can = (
                self.tr("outlined: could change this number")
                if reach.way == "from"
                else self.tr("outlined: this number could change them")
            )
            colour = self.tr("colour: how much, |gradient × value|")
            said = f"{outlined} · {can} · {colour}"
            fitting = panes_for(recording, value)
            if fitting and chosen_of(fitting, state.pane) in UNMARKED:
                said = self.tr("{count} · “Values” shows which").format(count=outlined)
        self.said.setText(said)
        self.said.setToolTip(
            self.tr(
                "By the weights, masks and indices of this pass, whatever the activations are: a "
                "ReLU that is off could be on, and any cell of a pooling window could be the "
                "largest. What is not outlined has nothing to do with the number."
            )
            if there
            else ""
        )

    def _add(self, way: Way, text: str, tip: str, scale: float, line: QHBoxLayout) -> None:
        button = QPushButton(text)
        button.setObjectName(f"reach-{way}")
        button.setCheckable(True)
        button.setFont(font(scale, 9.5))
        button.setToolTip(tip)
        button.setStyleSheet(
            f"QPushButton {{ padding: 1px {round(8 * scale)}px; }}"
            f"QPushButton:checked {{ background: {self._theme.accent};"
            f" color: {self._theme.accent_text}; }}"
        )
        button.clicked.connect(lambda: self.intent.emit(intents.ShowReach(way)))
        self.buttons[way] = button
        line.addWidget(button)


class Ramp(QWidget):
    """The colours from nothing to the largest strength of a value."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self._peak = 0.0
        self.setFont(font(scale, 9))
        self.hide()

    def show_peak(self, peak: float) -> None:
        """What the brightest colour stands for."""
        self._peak = peak
        self.setAccessibleName(f"0 … {number_text(peak, 3)}")
        self.setFixedSize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        """Between the two numbers."""
        metrics = self.fontMetrics()
        words = metrics.horizontalAdvance("0") + metrics.horizontalAdvance(self._text())
        return QSize(words + round(90 * self._scale), metrics.height() + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        """0, the colours, the largest."""
        painter = QPainter(self)
        painter.setPen(self._theme.color("dim"))
        metrics, side = self.fontMetrics(), Qt.AlignmentFlag.AlignVCenter
        left = metrics.horizontalAdvance("0") + 5 * self._scale
        wide = self.width() - left - metrics.horizontalAdvance(self._text()) - 5 * self._scale
        painter.drawText(self.rect(), side | Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(self.rect(), side | Qt.AlignmentFlag.AlignRight, self._text())
        shares = np.linspace(0, 1, _STOPS)[None]
        dots = heat_dots(shares, np.ones(shares.shape, bool))[0]
        high, each = 8 * self._scale, wide / _STOPS
        for n, dot in enumerate(dots):
            place = QRectF(left + n * each, (self.height() - high) / 2, each, high)
            painter.fillRect(place, QColor.fromRgba(int(dot)))
        painter.end()

    def _text(self) -> str:
        return number_text(self._peak, 3)
