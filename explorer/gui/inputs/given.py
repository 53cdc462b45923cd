"""Inputs of the user's own models: tensors that are described, and examples that are given."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QWidget,
)

from explorer.core.graph import ModelInfo
from explorer.core.sources import HuggingFaceModel, LiveModel, PythonModel
from explorer.core.values import Input, TensorsInput, TensorSpec
from explorer.gui.inputs.editor import Editor, indent
from explorer.gui.tensorform import TensorForm, shape_text
from explorer.gui.theme import Theme, font, mono
from explorer.session.state import AppState

_SEEDS = 99_999
_SHOWN = 12  # lines about the arguments of an example


class TensorsEditor(Editor):
    """The arguments of ``forward`` by shape, and the seed that they are made from."""

    def __init__(self, model: ModelInfo, theme: Theme, scale: float) -> None:
        super().__init__(model, theme, scale)
        self.form = TensorForm(theme, scale)
        self.form.show_tensors((TensorSpec("x", ()),), shaped=False, named=False)
        self.form.entered.connect(self._send)
        self.form.grown.connect(self.grown)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setStyleSheet(
            "QScrollArea, QScrollArea > QWidget > QWidget#form { background: transparent; }"
        )
        self.form.setObjectName("form")
        self._area.setWidget(self.form)
        self.lay.addWidget(self._area)
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(round(6 * scale))
        self.seed = QSpinBox()
        self.seed.setObjectName("seed")
        self.seed.setRange(0, _SEEDS)
        self.seed.setPrefix(self.tr("seed") + " ")
        self.seed.setKeyboardTracking(False)
        self.seed.setAccessibleName(self.tr("Seed of the random numbers"))
        self.seed.setToolTip(self.tr("The same seed makes the same tensors"))
        indent(self.seed, scale)
        self.seed.setFixedWidth(round(96 * scale))
        self.seed.valueChanged.connect(self._send)
        another = QPushButton(self.tr("Another sample"))
        another.setObjectName("another-sample")
        another.setToolTip(self.tr("Other random numbers of the same shapes: the next seed"))
        another.clicked.connect(lambda: self.seed.setValue((self.seed.value() + 1) % (_SEEDS + 1)))
        another.setStyleSheet("padding-left: 4px; padding-right: 4px;")
        line.addWidget(self.seed)
        line.addWidget(another, 1)
        self.lay.addWidget(row)
        self._row = row
        self._sent: Input | None = None

    def show_input(self, given: Input) -> None:
        """The tensors of the pass, unless somebody is at work on others."""
        if not isinstance(given, TensorsInput) or given == self._sent:
            return
        self._sent = given
        self.form.show_tensors(given.tensors)
        self.seed.blockSignals(True)
        self.seed.setValue(given.seed)
        self.seed.blockSignals(False)

    def give_room(self, width: int, most: int) -> None:
        """As high as all blocks need, while that is within ``most``."""
        most -= self._row.sizeHint().height() + self.lay.spacing()
        needed = self.form.sizeHint().height() + 4
        self._area.setFixedHeight(max(round(120 * self.scale), min(needed, most)))

    def _send(self) -> None:
        tensors = self.form.tensors()
        if tensors is None:
            return  # the form says what is missing
        given = TensorsInput(tensors, self.seed.value())
        if given != self._sent:
            self._sent = given
            self.edited.emit(given)


class ExampleEditor(Editor):
    """What the model came with; there is nothing to edit."""

    def __init__(self, model: ModelInfo, theme: Theme, scale: float) -> None:
        super().__init__(model, theme, scale)
        self.source = QLabel()
        self.source.setObjectName("source")
        self.source.setWordWrap(True)
        self.shapes = QLabel()
        self.shapes.setObjectName("shapes")
        self.shapes.setFont(mono(scale, 9))
        self.shapes.setStyleSheet(f"color: {theme.dim};")
        self.shapes.setWordWrap(True)
        self.shapes.setTextFormat(Qt.TextFormat.PlainText)
        self.source.setTextFormat(Qt.TextFormat.PlainText)
        self.source.setFont(font(scale, 10))
        self.lay.addWidget(self.source)
        self.lay.addWidget(self.shapes)

    def give_room(self, width: int, most: int) -> None:
        """As high as the words are, broken at this width."""
        for label in (self.source, self.shapes) if width > 0 else ():
            label.setFixedHeight(max(0, label.heightForWidth(width)))

    def show_state(self, old: AppState | None, new: AppState) -> None:
        """Where it is from, and what it holds."""
        if old is not None and old.recording is new.recording and old.own == new.own:
            return
        if isinstance(new.own, LiveModel):
            said = self.tr("The arguments that your program gave to explorer.view.")
        elif isinstance(new.own, PythonModel):
            said = self.tr("What example_inputs() of {file} returns.").format(
                file=new.own.path.replace("\\", "/").rpartition("/")[2]
            )
        elif isinstance(new.own, HuggingFaceModel):
            said = self.tr("An example made for this kind of model.")
        else:
            said = self.tr("An example that came with the model.")
        self.source.setText(said)
        values = new.recording.values if new.recording is not None else ()
        given = [value for value in values if value.kind == "input"]
        lines = [
            f"{_breakable(value.name)}  {shape_text(value.shape)}  {value.dtype}" for value in given
        ]
        if len(lines) > _SHOWN:
            lines = [*lines[:_SHOWN], "…"]
        self.shapes.setText("\n".join(lines))
        self.shapes.setVisible(bool(lines))
        self.grown.emit()


def _breakable(name: str) -> str:
    """A name that may go on in the next line after a dot or an underscore."""
    return name.replace("_", "_\u200b").replace(".", ".\u200b")
