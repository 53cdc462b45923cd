"""Editing the input: text, a drawn or picked image, a point of the plane, a row of numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from explorer.core.graph import ModelInfo
from explorer.core.values import Input, NumbersInput, SampleInput, TextInput, View
from explorer.gui.panel import Panel
from explorer.gui.sketch import Pixels, Plane
from explorer.gui.theme import Theme, font, mono
from explorer.session import intents
from explorer.session.state import AppState

_SHARE = 0.6  # of the side panel, before the fields scroll
_MOST = 9999.999  # what a field takes; it is wide enough to show it
_TYPING = 150  # ms after the last key before the pass is recorded again


class InputEditor(Panel):
    """What the model is fed, in the editor that suits it."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        lay = QVBoxLayout(self)
        lay.setContentsMargins(self.px(12), self.px(12), self.px(12), self.px(8))
        lay.setSpacing(self.px(6))
        caption = QLabel(self.tr("INPUT"))
        caption.setFont(font(scale, 9, 500))
        caption.setStyleSheet(f"color: {theme.dim}; letter-spacing: 1px;")
        lay.addWidget(caption)
        self._lay, self._caption = lay, caption
        self._model: ModelInfo | None = None
        self._editor: _Editor | None = None
        self._asked: View | None = None
        self._column = QSize()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def render(self, old: AppState | None, new: AppState) -> None:
        """Another editor for another model; the numbers of what was recorded."""
        if new.model is None or new.recording is None or new.page != "model":
            return
        if new.model is not self._model and (
            self._model is None or new.model.input != self._model.input
            or new.model.shape != self._model.shape or new.model.labels != self._model.labels
        ):  # fmt: skip
            self._make(new.model)
        self._model = new.model
        assert self._editor is not None
        if old is None or old.recording is not new.recording:
            self._editor.show_input(new.recording.input)
        if isinstance(new.recording.input, SampleInput):
            self._fill_sample(new)

    def give_room(self, column: QSize) -> None:
        """Take what the editor needs of a column this large, up to three fifths of its height."""
        self._column = column
        if self._editor is not None:
            above = self._caption.sizeHint().height() + self._lay.spacing()
            margins = self._lay.contentsMargins()
            most = round(column.height() * _SHARE) - above - margins.top() - margins.bottom()
            self._editor.give_room(column.width() - margins.left() - margins.right(), most)

    def _fill_sample(self, state: AppState) -> None:
        """A sample is only an index: its numbers are read from the recorded input."""
        recording = state.recording
        assert recording is not None
        index = next((i for i, v in enumerate(recording.values) if v.kind == "input"), None)
        if index is None:
            return
        shape = recording.values[index].shape
        keep = tuple(range(max(0, len(shape) - 3), len(shape)))
        view = View(
            tape=recording.tape, value=index, keep=keep, at=(0,) * len(shape),
            size=tuple(shape[axis] for axis in keep),
        )  # fmt: skip
        if view != self._asked:
            self._asked = view
            self.intent.emit(intents.Look("input", view))
        reading = state.readings.get("input")
        if reading is not None and reading.view == view and self._editor is not None:
            self._editor.show_numbers(reading.data.reshape(-1))

    def _make(self, model: ModelInfo) -> None:
        if self._editor is not None:
            self._editor.hide()
            self._editor.deleteLater()
        kinds: dict[str, Callable[[ModelInfo, Theme, float], _Editor]] = {
            "text": _TextEditor, "image": _ImageEditor, "point": _PointEditor,
            "numbers": _NumbersEditor,
        }  # fmt: skip
        self._editor = kinds[model.input](model, self.theme, self.scale)
        self._editor.edited.connect(lambda given: self.intent.emit(intents.EditInput(given)))
        self._lay.addWidget(self._editor)
        self.give_room(self._column)


class _Editor(QWidget):
    """Base of the editors.

    Signals:
        edited (object): an `Input` to record.
    """

    edited = Signal(object)

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

    def give_room(self, width: int, most: int) -> None:
        """Be at most so many pixels high, if it can be less."""

    def picker(self) -> QWidget:
        """A row to pick a real sample of the validation data."""
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(round(6 * self.scale))
        self.sample = QSpinBox()
        self.sample.setObjectName("sample")
        self.sample.setRange(-1, max(0, self.model.samples - 1))
        self.sample.setSpecialValueText(self.tr("no sample"))  # of -1: something of one's own
        self.sample.setPrefix(self.tr("sample") + " ")
        self.sample.setAccessibleName(self.tr("Sample of the validation data"))
        self.sample.setToolTip(self.tr("A real sample that the training never saw"))
        self.sample.setKeyboardTracking(False)
        _indent(self.sample, self.scale)
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
        return self.tr("sample {index} · is a “{name}”").format(index=given.index, name=name)

    def own(self) -> str:
        """How an input is called that is no sample of the data."""
        return self.tr("your own numbers, not a sample")


class _TextEditor(_Editor):
    """Text, recorded while it is typed."""

    def __init__(self, model: ModelInfo, theme: Theme, scale: float) -> None:
        super().__init__(model, theme, scale)
        self.box = QPlainTextEdit()
        self.box.setFont(mono(scale))
        self.box.setTabChangesFocus(True)
        self.box.setAccessibleName(self.tr("Text for the model"))
        self.box.setFixedHeight(round(84 * scale))
        self.lay.addWidget(self.box)
        self.count = QLabel()
        self.count.setObjectName("count")
        self.count.setWordWrap(True)
        self.lay.addWidget(self.count)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_TYPING)
        self._timer.timeout.connect(self._send)
        self.box.textChanged.connect(self._typed)
        self._sent: str | None = None  # what was recorded last, or is being recorded

    def show_input(self, given: Input) -> None:
        """Only what did not come from this box: typing goes on undisturbed."""
        if not isinstance(given, TextInput) or self._timer.isActive() or given.text == self._sent:
            return
        self._sent = given.text
        self.box.blockSignals(True)
        self.box.setPlainText(given.text)
        self.box.blockSignals(False)
        self._complain(given.text)

    def _typed(self) -> None:
        if self._complain(self.box.toPlainText()):
            self._timer.stop()
        else:
            self._timer.start()

    def _send(self) -> None:
        self._sent = self.box.toPlainText()
        self.edited.emit(TextInput(self._sent))

    def _complain(self, text: str) -> bool:
        """Say how long the text is, or why it cannot be read; True for the latter."""
        unknown = sorted(set(text) - set(self.model.labels))
        most = self.model.shape[0]
        if not text:
            said, bad = self.tr("Type at least one character."), True
        elif unknown:
            shown = " ".join(repr(c).strip("'") for c in unknown[:8])
            said, bad = (
                self.tr("The model does not know: {characters}").format(characters=shown),
                True,
            )
        elif len(text) > most:
            said = self.tr("{count} characters; the model reads at most {most}.").format(
                count=len(text), most=most
            )
            bad = True
        else:
            said = self.tr(
                "{count} characters → {count} tokens · T\u00a0=\u00a0{count}\u00a0of\u00a0{most}"
            ).format(count=len(text), most=most)
            bad = False
        self.count.setText(said)
        self.count.setStyleSheet(f"color: {self.theme.bad if bad else self.theme.dim};")
        return bad


class _ImageEditor(_Editor):
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

    def _drawn(self) -> None:
        self.edited.emit(NumbersInput(tuple(float(p) for p in self.canvas.pixels.reshape(-1))))

    def _clear(self) -> None:
        self.canvas.show_pixels(np.zeros_like(self.canvas.pixels))
        self._drawn()


class _PointEditor(_Editor):
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
        self.fields = [_number(name, scale, -10, 10) for name in model.labels]
        for name, field in zip(model.labels, self.fields, strict=True):
            label = QLabel(name)
            line.addWidget(label)
            line.addWidget(field, 1)
            field.valueChanged.connect(self._typed)
        self.lay.addWidget(row)

    def show_numbers(self, numbers: np.ndarray) -> None:
        """Both coordinates."""
        if len(numbers) != 2:
            return
        for field, number in zip(self.fields, numbers.tolist(), strict=True):
            if not field.hasFocus():
                _quietly(field, number)
        self.plane.show_point(float(numbers[0]), float(numbers[1]))

    def _typed(self) -> None:
        x, y = (field.value() for field in self.fields)
        self.plane.show_point(x, y)
        self.edited.emit(NumbersInput((x, y)))

    def _moved(self, x: float, y: float) -> None:
        for field, number in zip(self.fields, (x, y), strict=True):
            _quietly(field, number)
        self.edited.emit(NumbersInput((x, y)))


class _NumbersEditor(_Editor):
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
        grid.setContentsMargins(0, 0, round(12 * scale), 0)  # the scroll bar's
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
        self._area, self._holder = area, holder

    def give_room(self, width: int, most: int) -> None:
        """As high as all fields need, while that is within ``most``."""

        def high(widget: QWidget) -> int:
            hint = widget.sizeHint().height()
            return max(hint, widget.heightForWidth(width)) if widget.hasHeightForWidth() else hint

        items = [self.lay.itemAt(i) for i in range(self.lay.count())]
        others = [item.widget() for item in items if item and item.widget() is not self._area]
        most -= sum(high(widget) + self.lay.spacing() for widget in others if widget)
        needed = high(self._holder) + 4
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
        self._numbers[row] = number
        self.edited.emit(NumbersInput(tuple(self._numbers)))


def _number(name: str, scale: float, low: float, high: float) -> QDoubleSpinBox:
    field = QDoubleSpinBox()
    field.setRange(low, high)
    field.setDecimals(3)
    field.setSingleStep(0.1)
    _indent(field, scale)
    field.setAccessibleName(name)
    wide = field.fontMetrics().horizontalAdvance(f"{low:.3f}")
    field.setFixedWidth(wide + round(20 * scale))
    return field


def _quietly(field: QDoubleSpinBox, number: float) -> None:
    field.blockSignals(True)
    field.setValue(number)
    field.blockSignals(False)


def _indent(field: QAbstractSpinBox, scale: float) -> None:
    """The style sheet's padding does not reach the text of a field without buttons."""
    field.lineEdit().setTextMargins(round(5 * scale), 0, 0, 0)
