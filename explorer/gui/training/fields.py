"""What a plan is entered with: exact numbers, choices, and the ground under them."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from explorer.gui import theme as look
from explorer.gui.theme import Theme
from explorer.gui.training.card import tint


class Box(QWidget):
    """A rounded ground for fields."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._theme.color("line"))
        painter.setBrush(self._theme.color("raised"))
        radius = 7 * self._scale
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.end()


class Choice(QComboBox):
    """A combo box drawn like the other fields, whatever the style of the platform."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self.setMinimumHeight(round(36 * scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw ground, chosen text and arrow."""
        s = self._scale
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lively = self.hasFocus() or self.underMouse()
        painter.setPen(
            self._theme.color("accent" if self.hasFocus() else "dim" if lively else "line")
        )
        painter.setBrush(self._theme.color("raised"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 7 * s, 7 * s)
        painter.setPen(self._theme.color("text" if self.isEnabled() else "dim"))
        text = QRectF(self.rect()).adjusted(11 * s, 0, -26 * s, 0)
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, self.currentText())
        painter.setPen(QPen(self._theme.color("dim"), 1.6 * s))
        x, y = self.width() - 17 * s, self.height() / 2
        arrow = [
            QPointF(x - 4 * s, y - 2 * s),
            QPointF(x, y + 2 * s),
            QPointF(x + 4 * s, y - 2 * s),
        ]
        painter.drawPolyline(arrow)
        painter.end()


class Field(QWidget):
    """A label and an exact number.

    A wrong number is answered while it is typed; a right one is emitted by Enter, by leaving the
    field, and by the arrow keys (twice or half for whole numbers, a tenth of a decade else).
    Escape brings back the number that holds.

    Signals:
        edited (object): an allowed number that was entered.
    """

    edited = Signal(object)

    def __init__(self, theme: Theme, scale: float, label: str, whole: bool) -> None:
        super().__init__()
        self._theme = theme
        self._whole = whole
        self._value: float = 0
        self._hint = ""
        self.allowed = ""
        self.check: Callable[[float], bool] = math.isfinite
        name = QLabel(label)
        self.entry = QLineEdit()
        self.entry.setFont(look.mono(scale))
        self.entry.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.entry.setAccessibleName(label)
        self.entry.setFixedWidth(round(92 * scale))
        self.entry.installEventFilter(self)
        self.entry.textEdited.connect(lambda _: self._judge())
        self.entry.editingFinished.connect(self._enter)
        self.note = QLabel()
        self.note.setFont(look.font(scale, 9))
        self.note.setWordWrap(True)
        self.note.hide()
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(name, 1)
        row.addWidget(self.entry)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(3 * scale))
        column.addLayout(row)
        column.addWidget(self.note)

    def show_value(self, value: float) -> None:
        """The number that holds; what is being typed is not disturbed."""
        self._value = value
        if not (self.entry.hasFocus() and self.entry.isModified()):
            self._write(value)

    def say_hint(self, text: str) -> None:
        """Words to show under the number while nothing is wrong."""
        self._hint = text
        self._judge()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows change the number by a step, Escape takes the typing back."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                self._nudge(event.key() == Qt.Key.Key_Up)
                return True
            if event.key() == Qt.Key.Key_Escape and self.entry.isModified():
                self._write(self._value)
                return True
        return False

    def _number(self) -> float | None:
        text = self.entry.text().strip().replace("\N{NARROW NO-BREAK SPACE}", "").replace(" ", "")
        text = text.replace("−", "-")
        try:
            number = int(text) if self._whole else float(text)
        except ValueError:
            return None
        return number if math.isfinite(number) and self.check(number) else None

    def _judge(self) -> None:
        wrong = bool(self.entry.text()) and self.entry.isModified() and self._number() is None
        text = self.tr("Needs {what}.").format(what=self.allowed) if wrong else self._hint
        self.note.setText(text)
        self.note.setVisible(bool(text))
        tint(self.note, self._theme.color("bad" if wrong else "dim"))

    def _enter(self) -> None:
        number = self._number()
        if not self.entry.isModified() or number is None:
            return
        self.entry.setModified(False)
        self.edited.emit(number)

    def _nudge(self, up: bool) -> None:
        number = self._number()
        if number is None:
            return
        if self._whole:
            number = max(number * 2, 1) if up else number // 2
        else:
            number = nearby(number * (1.25 if up else 0.8)) if number else 1e-4
        if self.check(number):
            self._write(number)
            self.edited.emit(number)

    def _write(self, value: float) -> None:
        self.entry.setText(str(value) if self._whole else f"{value:g}".replace("-", "−"))
        self.entry.setModified(False)
        self._judge()


class LogSlider(QSlider):
    """A slider over powers of ten.

    Signals:
        moved (float): a new value, in two significant digits, chosen by hand.
    """

    moved = Signal(float)
    _NOTCHES = 20  # to a decade

    def __init__(self, theme: Theme, scale: float, low: int, high: int) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._low, self._high = low, high
        self.setRange(0, (high - low) * self._NOTCHES)
        self.setPageStep(self._NOTCHES // 4)
        self.valueChanged.connect(lambda at: self.moved.emit(self.at(at)))

    def at(self, notch: int) -> float:
        """The value at a notch."""
        return nearby(10.0 ** (self._low + notch / self._NOTCHES))

    def show_value(self, value: float) -> None:
        """Move the knob without a word; outside the range it rests at the end."""
        notch = round((math.log10(value) - self._low) * self._NOTCHES)
        with QSignalBlocker(self):
            self.setValue(notch)


def nearby(value: float) -> float:
    """``value`` in two significant digits."""
    return float(f"{value:.2g}")
