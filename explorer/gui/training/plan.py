"""`TrainingPlan`: what is learnt from, and how; every edit holds from the next step on."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

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

from explorer.core.spec import OPTIMIZERS, PointsData, TableData, TextData, TrainSpec
from explorer.gui import theme as look
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme
from explorer.gui.training.card import tint
from explorer.gui.training.numbers import grouped
from explorer.session.intents import EditPlan
from explorer.session.state import AppState

_TITLES = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop"}
_ROWS = {"breast_cancer": 569, "iris": 150, "wine": 178}
_DIGITS = 1797


class TrainingPlan(Panel):
    """The data and the plan of a training, as a column of fields.

    An edit that the spec allows is emitted at once as `EditPlan`; one that it does not is
    answered beside the field, and the plan stays as it is.
    """

    def __init__(self, theme: Theme, scale: float = 1.0, parent: QWidget | None = None) -> None:
        super().__init__(theme, scale, parent)
        self._plan: TrainSpec | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(self.px(10), self.px(14), self.px(10), self.px(14))
        self._column.setSpacing(self.px(8))

        self._heading(self.tr("DATA"))
        self.data = QLabel()
        self.data.setWordWrap(True)
        self.split = QLabel()
        self.split.setWordWrap(True)
        self.split.setFont(look.font(scale, 9.5))
        tint(self.split, theme.color("dim"))
        self._box(self.data, self.split)

        self._heading(self.tr("OPTIMIZER"))
        self.optimizer = Choice(theme, scale)
        self.optimizer.setAccessibleName(self.tr("Optimizer"))
        for name in OPTIMIZERS:
            self.optimizer.addItem(_TITLES[name], name)
        self.optimizer.activated.connect(lambda n: self._edit("optimizer", OPTIMIZERS[n]))
        self._column.addWidget(self.optimizer)

        self.learning_rate = Field(theme, scale, self.tr("Learning rate"), whole=False)
        self.slider = LogSlider(theme, scale, -5, 0)
        self.slider.setAccessibleName(self.tr("Learning rate"))
        self.batch_size = Field(theme, scale, self.tr("Batch size"), whole=True)
        self.weight_decay = Field(theme, scale, self.tr("Weight decay"), whole=False)
        self.steps = Field(theme, scale, self.tr("Steps"), whole=True)
        self.seed = Field(theme, scale, self.tr("Seed"), whole=True)
        self.seed.say_hint(self.tr("used at the next Reset"))
        self.fields = {
            "learning_rate": self.learning_rate,
            "batch_size": self.batch_size,
            "weight_decay": self.weight_decay,
            "steps": self.steps,
            "seed": self.seed,
        }
        allowed = {
            "learning_rate": self.tr("a number above 0, at most 100"),
            "batch_size": self.tr("a whole number from 1 to 65,536"),
            "weight_decay": self.tr("a number from 0 to 10"),
            "steps": self.tr("a whole number above 0"),
            "seed": self.tr("a whole number, 0 or more"),
        }
        self._box(self.learning_rate, self.slider)
        for name, field in self.fields.items():
            field.check = partial(self._allows, name)
            field.allowed = allowed[name]
            field.edited.connect(partial(self._edit, name))
            if name == "steps":
                self._heading(self.tr("RUN"))
            if field is not self.learning_rate:
                self._box(field)
        self.slider.moved.connect(partial(self._edit, "learning_rate"))
        self._column.addStretch(1)

        self.setMinimumWidth(self.px(200))
        self.setEnabled(False)

    def render(self, old: AppState | None, new: AppState) -> None:
        """Show data and plan of ``new``."""
        plan = None if new.training is None else new.training.plan
        if plan is not self._plan:
            self._plan = plan
            self.setEnabled(plan is not None)
            if plan is not None:
                self._show_plan(plan)
        if (
            old is None
            or old.shipped is not new.shipped
            or old.model is not new.model
            or old.training is not new.training
        ):
            self._show_data(new)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.theme.color("panel"))
        painter.end()

    def _show_plan(self, plan: TrainSpec) -> None:
        self.optimizer.setCurrentIndex(OPTIMIZERS.index(plan.optimizer))
        self.slider.show_value(plan.learning_rate)
        for name, field in self.fields.items():
            field.show_value(getattr(plan, name))

    def _show_data(self, state: AppState) -> None:
        if state.shipped is None:
            self.data.setText("")
            self.split.setText("")
            return
        data = state.shipped.preset.data
        plan = state.shipped.preset.train if self._plan is None else self._plan
        counted = 0 if state.model is None else state.model.samples
        total = 0
        if isinstance(data, PointsData):
            title = {
                "spirals": self.tr("Two spirals"),
                "moons": self.tr("Two moons"),
                "circles": self.tr("Two circles"),
                "xor": self.tr("XOR"),
            }[data.shape]
            total = data.samples
            size = self.tr("{count} points · noise {noise}").format(
                count=grouped(total), noise=f"{data.noise:g}"
            )
        elif isinstance(data, TableData):
            title = {
                "breast_cancer": self.tr("Breast cancer, Wisconsin"),
                "iris": self.tr("Iris flowers"),
                "wine": self.tr("Wine"),
            }[data.table]
            total = _ROWS[data.table]
            size = self.tr("{count} rows · {features} features").format(
                count=grouped(total), features=data.features
            )
        elif isinstance(data, TextData):
            title = self.tr("Python's own manual")
            size = self.tr("{count} different characters").format(count=len(data.vocabulary))
        else:
            title = self.tr("Handwritten digits")
            total = _DIGITS
            size = self.tr("{count} images").format(count=grouped(total))
        if total and counted:
            split = self.tr("train {train} · validation {validation}").format(
                train=grouped(total - counted), validation=grouped(counted)
            )
        else:
            held = round(plan.validation * 100)
            split = self.tr("train {train} % · validation {validation} %").format(
                train=100 - held, validation=held
            )
        self.data.setText(title)
        self.split.setText(f"{size}\n{split}")

    def _changed(self, name: str, value: Any) -> TrainSpec | None:
        """The plan with one entry changed, None if the spec does not allow it."""
        if self._plan is None:
            return None
        try:
            return TrainSpec.model_validate({**self._plan.model_dump(), name: value})
        except ValueError:
            return None

    def _allows(self, name: str, value: float) -> bool:
        return self._changed(name, value) is not None

    def _edit(self, name: str, value: Any) -> None:
        plan = self._changed(name, value)
        if plan is not None and plan != self._plan:
            self.intent.emit(EditPlan(plan))

    def _heading(self, text: str) -> None:
        label = QLabel(text)
        small = look.font(self.scale, 9)
        small.setLetterSpacing(small.SpacingType.AbsoluteSpacing, 1.0 * self.scale)
        label.setFont(small)
        tint(label, self.theme.color("dim"))
        label.setContentsMargins(self.px(2), self.px(4), 0, 0)
        self._column.addWidget(label)

    def _box(self, *widgets: QWidget) -> None:
        box = Box(self.theme, self.scale)
        column = QVBoxLayout(box)
        column.setContentsMargins(self.px(11), self.px(8), self.px(11), self.px(8))
        column.setSpacing(self.px(5))
        for widget in widgets:
            column.addWidget(widget)
        self._column.addWidget(box)


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
