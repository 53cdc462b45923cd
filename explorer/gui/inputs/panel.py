"""`InputEditor`: what the model is fed, in the editor that suits it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from msgspec.structs import replace
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout

from explorer.core.graph import ModelInfo, Recording
from explorer.core.values import Reading, SampleInput, View
from explorer.gui.inputs.editor import Editor
from explorer.gui.inputs.given import ExampleEditor, TensorsEditor
from explorer.gui.inputs.picture import PictureEditor
from explorer.gui.inputs.samples import ImageEditor, NumbersEditor, PointEditor
from explorer.gui.inputs.text import TextEditor
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme, font
from explorer.session import intents
from explorer.session.state import AppState

_SHARE = 0.6  # of the side panel, before the fields scroll
_KINDS: dict[str, Callable[[ModelInfo, Theme, float], Editor]] = {
    "text": TextEditor, "image": ImageEditor, "point": PointEditor, "numbers": NumbersEditor,
    "tensors": TensorsEditor, "picture": PictureEditor, "example": ExampleEditor,
}  # fmt: skip


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
        top = QHBoxLayout()
        top.setSpacing(self.px(6))
        top.addWidget(caption)
        top.addStretch(1)
        self._choices = QHBoxLayout()
        self._choices.setSpacing(self.px(2))
        top.addLayout(self._choices)
        lay.addLayout(top)
        self._lay, self._caption = lay, caption
        self._of: tuple[object, ...] = ()  # what the editor was made for
        self._editor: Editor | None = None
        self._asked: View | None = None
        self._asked_field: View | None = None
        self._read: Reading | None = None  # which of the input's numbers take part …
        self._strengths = self._nothing = np.zeros(0)  # … and how much, 0 … 1
        self._field: np.ndarray | None = None
        self._column = QSize()
        self._others = 1 << 24
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def render(self, old: AppState | None, new: AppState) -> None:
        """Another editor for another model; then what was recorded. A model that could not be
        run yet shows what it was to be fed, so that it can be mended."""
        model, recording = new.model, new.recording
        if model is None or new.page != "model":
            return
        fed = new.typed if recording is None else recording.input
        chosen = next((c for c in model.choices if type(c.sample) is type(fed)), None)
        if chosen is not None:  # the kind of what was fed last
            model = replace(model, input=chosen.input, shape=chosen.shape, labels=chosen.labels)
        of = (model.input, model.shape, model.labels, new.own, new.shipped)
        if self._editor is None or of != self._of:
            self._of, old = of, None
            self._make(model)
            self._offer(model)
        assert self._editor is not None
        if recording is None:
            if new.typed is not None and (old is None or old.typed is not new.typed):
                self._editor.show_input(new.typed)
        elif old is None or old.recording is not recording:
            self._editor.show_input(recording.input)
        self._editor.show_state(old, new)
        if recording is not None and isinstance(recording.input, SampleInput):
            self._fill_sample(new)
        self._show_field(new)

    def give_room(self, column: QSize, others: int = 0) -> None:
        """Take what the editor needs of a column this large: up to three fifths of its height, or
        all that the ``others`` below do not need."""
        self._column, self._others = column, others or self._others
        if self._editor is not None:
            above = self._caption.sizeHint().height() + self._lay.spacing()
            margins = self._lay.contentsMargins()
            share = max(round(column.height() * _SHARE), column.height() - self._others)
            most = share - above - margins.top() - margins.bottom()
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

    def _show_field(self, state: AppState) -> None:
        """Of a number of which the whole pass is shown: what it has to do with the input."""
        assert self._editor is not None
        recording, reach = state.recording, state.reach
        field = None
        if recording is not None and reach.extent is not None:
            index = next((i for i, v in enumerate(recording.values) if v.kind == "input"), None)
            if index is not None:
                field = self._field_of(state, recording, index)
        if field is not self._field:
            self._field = field
            self._editor.show_field(field)

    def _field_of(self, state: AppState, recording: Recording, index: int) -> np.ndarray | None:
        """The strengths of the numbers of an input, None while they are on their way."""
        reach, shape = state.reach, recording.values[index].shape
        if not reach.has(index) and reach.way == "to":
            return None  # what it goes to is never behind it
        if not reach.has(index):
            if self._nothing.shape != shape:
                self._nothing = np.full(shape, -1.0)
            return self._nothing
        keep = tuple(range(max(0, len(shape) - 3), len(shape)))
        view = View(
            tape=recording.tape, value=index, keep=keep, at=(0,) * len(shape),
            size=tuple(shape[axis] for axis in keep), reduce="max", reach=reach.asked,
        )  # fmt: skip
        if view != self._asked_field:
            self._asked_field = view
            self.intent.emit(intents.Look("input/reach", view))
        reading = state.readings.get("input/reach")
        if reading is None or reading.view != view:
            return None
        if self._read is not reading:
            peak = reach.peak(index) or 1.0
            self._read = reading
            self._strengths = np.where(reading.data < 0, -1.0, reading.data / peak)
        return self._strengths

    def _offer(self, model: ModelInfo) -> None:
        """A button for every kind of input that the model reads."""
        while (item := self._choices.takeAt(0)) is not None:
            button = item.widget()
            if button is not None:
                button.hide()
                button.deleteLater()
        names = {
            "text": self.tr("text"), "picture": self.tr("picture"),
            "tensors": self.tr("tensors"), "example": self.tr("example"),
        }  # fmt: skip
        for choice in model.choices:
            made = QPushButton(names.get(choice.input, choice.input))
            made.setObjectName(f"feed-{choice.input}")
            made.setFont(font(self.scale, 8.5))
            made.setCheckable(True)
            made.setAutoExclusive(True)
            made.setChecked(choice.input == model.input)
            made.setStyleSheet(f"padding: 1px {self.px(7)}px;")
            made.clicked.connect(
                lambda _=False, given=choice.sample: self.intent.emit(intents.EditInput(given))
            )
            self._choices.addWidget(made)

    def _make(self, model: ModelInfo) -> None:
        if self._editor is not None:
            self._editor.hide()
            self._editor.deleteLater()
        self._field = None
        self._editor = _KINDS[model.input](model, self.theme, self.scale)
        self._editor.edited.connect(lambda given: self.intent.emit(intents.EditInput(given)))
        self._editor.grown.connect(lambda: self.give_room(self._column))
        self._lay.addWidget(self._editor)
        self.give_room(self._column)
