"""`Editor`: the base of the editors of one kind of input."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from explorer.core.graph import ModelInfo
from explorer.core.values import Input, NumbersInput, SampleInput
from explorer.gui.theme import Theme
from explorer.session.state import AppState


class Editor(QWidget):
    """Base of the editors.

    Signals:
        edited (object): an `Input` to record.
        grown (): it needs more room, or less.
    """

    edited = Signal(object)
    grown = Signal()

    def __init__(self, model: ModelInfo, theme: Theme, scale: float) -> None:
        super().__init__()
        self.model = model
        self.theme = theme
        self.scale = scale
        self.lay = QVBoxLayout(self)
        self.lay.setContentsMargins(0, 0, 0, 0)
        self.lay.setSpacing(round(6 * scale))

    def show_input(self, given: Input) -> None:
        """Show what was recorded, without recording it again."""
        if isinstance(given, NumbersInput):
            self.show_numbers(np.array(given.values))

    def show_numbers(self, numbers: np.ndarray) -> None:
        """Show the numbers of a sample."""

    def show_state(self, old: AppState | None, new: AppState) -> None:
        """Show what else there is to say about the input."""

    def show_field(self, strengths: np.ndarray | None) -> None:
        """Show how much each number of the input has to do with one of the pass, 0 … 1, and −1
        where it has nothing; None while nobody wants to know."""

    def give_room(self, width: int, most: int) -> None:
        """Be at most so many pixels high, if it can be less."""

    def picker(self) -> QWidget:
        """A row to pick a real sample of the validation data."""
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(round(6 * self.scale))
        self.sample = _SampleField()
        self.sample.setObjectName("sample")
        self.sample.setRange(-1, max(0, self.model.samples - 1))
        self.sample.setSpecialValueText(self.tr("no sample"))  # of -1: something of one's own
        self.sample.setPrefix(self.tr("sample") + " ")
        self.sample.setAccessibleName(self.tr("Sample of the validation data"))
        self.sample.setToolTip(
            self.tr("A real sample that the training never saw: 0 to {last}").format(
                last=self.sample.maximum()
            )
        )
        self.sample.setKeyboardTracking(False)
        indent(self.sample, self.scale)
        self.sample.valueChanged.connect(lambda i: self.edited.emit(SampleInput(max(0, i))))
        for name, text, tip, by in (
            ("previous", "◀", self.tr("Previous sample"), -1),
            ("next", "▶", self.tr("Next sample"), 1),
        ):
            button = QPushButton(text)
            button.setObjectName(name)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.setFixedWidth(round(30 * self.scale))
            button.setStyleSheet("padding-left: 0; padding-right: 0;")
            button.clicked.connect(lambda _=False, by=by: self._turn(by))
            line.addWidget(button)
        line.insertWidget(1, self.sample, 1)
        self.truth = QLabel()
        self.truth.setObjectName("truth")
        self.truth.setWordWrap(True)
        self.truth.setStyleSheet(f"color: {self.theme.dim};")
        return row

    def _turn(self, by: int) -> None:
        count = max(1, self.model.samples)
        start = -1 if by > 0 else 0
        here = self.sample.value() if self.sample.value() >= 0 else start
        self.edited.emit(SampleInput((here + by) % count))

    def _show_sample(self, given: Input) -> None:
        self.sample.blockSignals(True)
        self.sample.setValue(given.index if isinstance(given, SampleInput) else -1)
        self.sample.blockSignals(False)
        self.truth.setText(self._truth(given))

    def _truth(self, given: Input) -> str:
        """What the data says a sample is; what is not a sample has no such thing."""
        if not isinstance(given, SampleInput):
            return self.own()
        if given.index >= len(self.model.targets):
            return ""
        name = self.model.classes[self.model.targets[given.index]]
        return self.tr("label: {name} · samples 0–{last}").format(
            name=name, last=self.sample.maximum()
        )

    def own(self) -> str:
        """How an input is called that is no sample of the data."""
        return self.tr("your own numbers, not a sample")


class _SampleField(QSpinBox):
    """The number of a sample. One beyond the last, typed in full, is the last: a digit that does
    nothing would leave another number standing."""

    def validate(self, text: str, place: int) -> object:
        """Any number may be typed."""
        if self._number(text).isdecimal():
            return QValidator.State.Acceptable, text, place
        return super().validate(text, place)

    def valueFromText(self, text: str) -> int:
        """At most the last."""
        number = self._number(text)
        return (
            min(int(number), self.maximum()) if number.isdecimal() else super().valueFromText(text)
        )

    def _number(self, text: str) -> str:
        return text.removeprefix(self.prefix()).strip()


def indent(field: QAbstractSpinBox, scale: float) -> None:
    """The style sheet's padding does not reach the text of a field without buttons."""
    field.lineEdit().setTextMargins(round(5 * scale), 0, 0, 0)
