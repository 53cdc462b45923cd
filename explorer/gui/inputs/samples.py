"""Inputs that have samples in the data: a drawn picture, a point of the plane, a row of numbers."""

from __future__ import annotations

from typing import cast

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QWidget,
)

from explorer.core.graph import ModelInfo
from explorer.core.values import Input, NumbersInput
from explorer.gui.inputs.editor import Editor
from explorer.gui.sketch import Pixels, Plane
from explorer.gui.theme import Theme, font

_MOST = 9999.999  # what a field takes; it is wide enough to show it


class ImageEditor(Editor):
    """A picture to draw on, or one of the data's."""

    def __init__(self, model: ModelInfo, theme: Theme, scale: float) -> None:
        super().__init__(model, theme, scale)
        self.canvas = Pixels(model.shape[-2:], theme, scale)
        self.canvas.setObjectName("pixels")
        self.canvas.setAccessibleName(self.tr("Picture to draw on"))
        self.canvas.setToolTip(self.tr("Draw with the left button, erase with the right one"))
        self.canvas.drawn.connect(self._drawn)
        self.lay.addWidget(self.canvas)
        row = self.picker()
        clear = QPushButton(self.tr("Clear"))
        clear.setObjectName("clear")
        clear.clicked.connect(self._clear)
        inside = row.layout()
        assert inside is not None
        inside.addWidget(clear)
        self.lay.addWidget(row)
        self.lay.addWidget(self.truth)

    def own(self) -> str:
        """A picture is drawn."""
        return self.tr("drawn by you, not a sample")

    def show_input(self, given: Input) -> None:
        """A drawn picture; a sample's pixels come later."""
        super().show_input(given)
        self._show_sample(given)

    def show_numbers(self, numbers: np.ndarray) -> None:
        """Pixels row by row."""
        if numbers.size == self.canvas.pixels.size and not self.canvas.drawing:
            self.canvas.show_pixels(numbers.reshape(self.canvas.pixels.shape))

    def show_field(self, strengths: np.ndarray | None) -> None:
        """On the pixels."""
        fits = strengths is not None and strengths.shape[-2:] == self.canvas.pixels.shape
        self.canvas.show_field(strengths.reshape(-1, *strengths.shape[-2:]).max(0)
                               if fits and strengths is not None else None)  # fmt: skip

    def _drawn(self) -> None:
        self.edited.emit(NumbersInput(tuple(float(p) for p in self.canvas.pixels.reshape(-1))))

    def _clear(self) -> None:
        self.canvas.show_pixels(np.zeros_like(self.canvas.pixels))
        self._drawn()


class PointEditor(Editor):
    """A point of the plane: drag it, or set its coordinates."""

    def __init__(self, model: ModelInfo, theme: Theme, scale: float) -> None:
        super().__init__(model, theme, scale)
        self.plane = Plane(theme, scale, model.points)
        self.plane.setObjectName("plane")
        self.plane.setAccessibleName(self.tr("Point of the plane"))
        self.plane.moved.connect(self._moved)
        self.lay.addWidget(self.plane)
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(round(6 * scale))
        self.fields = [_number(name, scale, -10, 10) for name in model.labels]
        for place, (name, field) in enumerate(zip(model.labels, self.fields, strict=True)):
            label = QLabel(name)
            label.setStyleSheet(f"color: {theme.dim};")
            if place:
                line.addSpacing(round(8 * scale))
            line.addWidget(label)
            line.addWidget(field, 1)
            field.valueChanged.connect(lambda number, place=place: self._typed(place, number))
        self._numbers = [0.0] * len(self.fields)  # in full; a field shows three decimals
        self.lay.addWidget(row)

    def show_numbers(self, numbers: np.ndarray) -> None:
        """Both coordinates."""
        if len(numbers) != 2:
            return
        self._numbers = numbers.tolist()
        for field, number in zip(self.fields, numbers.tolist(), strict=True):
            if not field.hasFocus():
                _quietly(field, number)
        self.plane.show_point(float(numbers[0]), float(numbers[1]))

    def _typed(self, place: int, number: float) -> None:
        if _changes(self.fields[place], self._numbers[place]):
            self._numbers[place] = number
            self.plane.show_point(*self._numbers)
            self.edited.emit(NumbersInput(tuple(self._numbers)))

    def _moved(self, x: float, y: float) -> None:
        self._numbers = [x, y]
        for field, number in zip(self.fields, (x, y), strict=True):
            _quietly(field, number)
        self.edited.emit(NumbersInput((x, y)))


class NumbersEditor(Editor):
    """One field per feature, and the data's samples."""

    def __init__(self, model: ModelInfo, theme: Theme, scale: float) -> None:
        super().__init__(model, theme, scale)
        self.lay.addWidget(self.picker())
        self.lay.addWidget(self.truth)
        if model.standardised:
            told = QLabel(
                self.tr("Standardised: mean 0, standard deviation 1 over the training data.")
            )
            told.setWordWrap(True)
            told.setStyleSheet(f"color: {theme.dim};")
            told.setFont(font(scale, 9))
            self.lay.addWidget(told)
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(round(3 * scale))
        grid.setColumnStretch(0, 1)
        self.fields = []
        for row, name in enumerate(model.labels):
            label = QLabel(name)
            label.setToolTip(name)
            label.setStyleSheet(f"color: {theme.dim};")
            label.setFont(font(scale, 9.5))
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            field = _number(name, scale, -_MOST, _MOST)
            field.valueChanged.connect(lambda number, row=row: self._typed(row, number))
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
            self.fields.append(field)
        holder.setStyleSheet(f"QDoubleSpinBox {{ padding: {round(2 * scale)}px 8px; }}")
        self._numbers = [0.0] * len(self.fields)  # in full; a field shows three decimals
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setStyleSheet(
            "QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; }"
        )
        area.setWidget(holder)
        area.setMinimumHeight(min(holder.sizeHint().height() + 4, round(150 * scale)))
        self.lay.addWidget(area)
        self._area, self._holder, self._grid = area, holder, grid

    def give_room(self, width: int, most: int) -> None:
        """As high as all fields need, while that is within ``most``."""

        def high(widget: QWidget) -> int:
            hint = widget.sizeHint().height()
            return max(hint, widget.heightForWidth(width)) if widget.hasHeightForWidth() else hint

        items = [self.lay.itemAt(i) for i in range(self.lay.count())]
        others = [item.widget() for item in items if item and item.widget() is not self._area]
        most -= sum(high(widget) + self.lay.spacing() for widget in others if widget)
        needed = high(self._holder) + 4
        beside = round(6 * self.scale) if needed > most else 0  # the scroll bar
        self._grid.setContentsMargins(0, 0, beside, 0)
        self._area.setFixedHeight(max(round(150 * self.scale), min(needed, most)))

    def show_input(self, given: Input) -> None:
        """Recorded numbers, or the number of the sample."""
        super().show_input(given)
        self._show_sample(given)

    def show_numbers(self, numbers: np.ndarray) -> None:
        """One number per field."""
        if len(numbers) == len(self.fields):
            self._numbers = numbers.tolist()
            for field, number in zip(self.fields, numbers.tolist(), strict=True):
                if not field.hasFocus():
                    _quietly(field, number)

    def _typed(self, row: int, number: float) -> None:
        if _changes(self.fields[row], self._numbers[row]):
            self._numbers[row] = number
            self.edited.emit(NumbersInput(tuple(self._numbers)))


class NumberField(QDoubleSpinBox):
    """A number with the minus sign that all other numbers have; typed, a hyphen is one, too."""

    def textFromValue(self, number: float) -> str:
        """As it is written."""
        return super().textFromValue(number).replace("-", "−")

    def valueFromText(self, text: str) -> float:
        """As it is read."""
        return super().valueFromText(text.replace("−", "-"))

    def validate(self, text: str, place: int) -> object:
        """Whether it is a number, or begins one."""
        state, *_ = cast(tuple[QValidator.State], super().validate(text.replace("−", "-"), place))
        return state, text, place


def _number(name: str, scale: float, low: float, high: float) -> NumberField:
    field = NumberField()
    field.setRange(low, high)
    field.setDecimals(3)
    field.setSingleStep(0.1)
    field.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    field.lineEdit().setTextMargins(0, 0, round(5 * scale), 0)
    field.setAccessibleName(name)
    wide = field.fontMetrics().horizontalAdvance(field.textFromValue(low))
    field.setFixedWidth(wide + round(20 * scale))
    return field


def _quietly(field: NumberField, number: float) -> None:
    field.blockSignals(True)
    field.setValue(number)
    field.blockSignals(False)


def _changes(field: NumberField, number: float) -> bool:
    """Whether a field says anything but ``number``, of which it shows three decimals. Enter makes
    it say what it said before."""
    held = min(max(number, field.minimum()), field.maximum())
    return field.value() != round(held, field.decimals())
