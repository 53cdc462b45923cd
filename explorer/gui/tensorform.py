"""`TensorForm`: tensors to be made, each by its name, shape, type and what is in it."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from explorer.core.sources import Argument
from explorer.core.values import TensorSpec
from explorer.gui.cut import Cut
from explorer.gui.theme import Theme, font, mono

DTYPES = (
    "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8",
    "bool", "complex64",
)  # fmt: skip
_WHOLE = ("int64", "int32", "int16", "int8", "uint8", "bool")
_MOST = 2**31 - 1
_SCALAR = ("()", "[]", "scalar", "·")


def shape_of(text: str) -> tuple[int, ...] | None:
    """The shape that somebody typed (``1, 3, 224, 224``, ``1×3×8``, ``()``), None if it is none."""
    text = text.strip().lower()
    if text in _SCALAR:
        return ()
    parts = [part for part in re.split(r"[\s,;×x*()\[\]]+", text) if part]
    if not parts or not all(re.fullmatch(r"[0-9]{1,10}", part) for part in parts):
        return None
    return tuple(int(part) for part in parts)


def guess(argument: Argument) -> TensorSpec | None:
    """What an argument of ``forward`` may be, as far as its name and hint tell; the shape is for
    the user to say. None for what is no tensor."""
    hint = argument.hint.replace("Optional", "").strip("[] ")
    if re.fullmatch(r"(bool|int|float|str|dict|list)( *\|.*)?", hint):
        return None
    whole = re.search(r"(^|_)(ids?|tokens?|indices|index|idx|labels?)$", argument.name)
    if whole or "Long" in hint:
        return TensorSpec(argument.name, (), "int64", "integers", 100)
    if re.search(r"mask$", argument.name):
        return TensorSpec(argument.name, (), "int64", "ones")
    return TensorSpec(argument.name, ())


class TensorForm(QWidget):
    """A block of fields for each tensor. Mistakes are said below the field.

    Signals:
        changed (): something was typed or chosen.
        entered (): a change is complete: Enter, another field, a choice.
        grown (): there is another number of blocks, or of lines in them.
    """

    changed = Signal()
    entered = Signal()
    grown = Signal()

    def __init__(self, theme: Theme, scale: float, spare: tuple[TensorSpec, ...] = ()) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self._spare = spare  # what `forward` takes, too
        self.blocks: list[TensorBlock] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(round(8 * scale))
        self._more = QPushButton(self.tr("+ Another tensor"))
        self._more.setObjectName("another-tensor")
        self._more.setToolTip(self.tr("One more argument for the model’s forward"))
        self._more.setFont(font(scale, 9))
        self._more.setStyleSheet("padding: 2px 8px;")
        self._more.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._more.clicked.connect(self._add_spare)
        self._column.addWidget(self._more)

    def show_tensors(
        self, tensors: tuple[TensorSpec, ...], shaped: bool = True, named: bool = True
    ) -> None:
        """Show these. Without ``shaped`` their shapes are still to be given, without ``named``
        their names, too."""
        if shaped and tensors == self.tensors():
            return
        for block in self.blocks:
            self._drop(block)
        self.blocks = []
        for one in tensors:
            self._add(one, shaped, named)
        self._settle()

    def tensors(self) -> tuple[TensorSpec, ...] | None:
        """What was described, None while there is a mistake in it."""
        made = [block.spec() for block in self.blocks]
        names = [block.called for block in self.blocks]
        if not made or None in made or len(set(names)) < len(names):
            return None
        return tuple(one for one in made if one is not None)

    def complain(self) -> QWidget | None:
        """Say every mistake below its field; the first such field, None if all is well."""
        before: set[str] = set()
        wrong = [block.complain(before) for block in self.blocks]
        return next((field for field in wrong if field is not None), None)

    def _add_spare(self) -> None:
        there = {block.called for block in self.blocks}
        spare = next((one for one in self._spare if one.name not in there), None)
        named = spare is not None
        if spare is None:
            number = next(n for n in range(1, len(there) + 2) if f"x{n}" not in there)
            spare = TensorSpec("x" if "x" not in there else f"x{number}", ())
        self._add(spare, False, named)
        self._settle()
        self.blocks[-1].shape.setFocus()
        self.changed.emit()

    def _add(self, spec: TensorSpec, shaped: bool, named: bool) -> None:
        block = TensorBlock(self._theme, self._scale, spec, shaped, named)
        block.changed.connect(self.changed)
        block.entered.connect(self.entered)
        block.grown.connect(self.grown)
        block.removed.connect(lambda: self._remove(block))
        self._column.insertWidget(len(self.blocks), block)
        self.blocks.append(block)

    def _remove(self, block: TensorBlock) -> None:
        self.blocks.remove(block)
        self._drop(block)
        self._settle()
        self.changed.emit()
        self.entered.emit()

    def _drop(self, block: TensorBlock) -> None:
        self._column.removeWidget(block)
        block.hide()
        block.setParent(None)
        block.deleteLater()

    def _settle(self) -> None:
        for block in self.blocks:
            block.remove.setVisible(len(self.blocks) > 1)
        self.updateGeometry()
        self.grown.emit()


class TensorBlock(QWidget):
    """Name and type above, shape and filling below. A name that ``forward`` has (``named``) is
    written there; only that of an argument which nobody knows of is a field.

    Signals:
        changed (): something was typed or chosen.
        entered (): a change is complete.
        grown (): it has more or fewer lines.
        removed (): it is not wanted.
    """

    changed = Signal()
    entered = Signal()
    grown = Signal()
    removed = Signal()

    def __init__(
        self, theme: Theme, scale: float, spec: TensorSpec, shaped: bool, named: bool
    ) -> None:
        super().__init__()
        self._theme = theme
        small = mono(scale, 9.5)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(round(5 * scale))
        grid.setVerticalSpacing(round(3 * scale))
        self._named = spec.name if named else ""
        told = self.tr("The argument of forward that it is for")
        self.name = QLineEdit(spec.name, self)
        self.name.setFont(small)
        self.name.setObjectName("tensor-name")
        self.name.setAccessibleName(self.tr("Name of the argument"))
        self.name.setToolTip(told)
        self.name.setStyleSheet("padding: 1px 4px;")
        self.name.setCursorPosition(0)
        label = Cut()
        label.setObjectName("tensor-label")
        label.setFont(small)
        label.setStyleSheet(f"color: {theme.text}; padding: 1px 2px;")
        label.show_text(spec.name, f"{spec.name}\n{told}")
        self.name.setHidden(named)
        self.dtype = self._choice(
            "tensor-dtype", self.tr("Type of its numbers"), DTYPES, spec.dtype
        )
        self.remove = QPushButton("✕")
        self.remove.setObjectName("remove-tensor")
        self.remove.setToolTip(self.tr("Leave this argument out"))
        self.remove.setAccessibleName(self.tr("Leave this argument out"))
        self.remove.setFixedWidth(round(24 * scale))
        self.remove.setStyleSheet(f"border: none; padding: 0; color: {theme.dim};")
        self.remove.clicked.connect(self.removed)
        self.shape = QLineEdit(shape_text(spec.shape) if shaped else "")
        self.shape.setFont(small)
        self.shape.setObjectName("tensor-shape")
        self.shape.setPlaceholderText(self.tr("shape: 1, 3, 224, 224"))
        self.shape.setAccessibleName(self.tr("Shape of {name}").format(name=spec.name))
        self.shape.setToolTip(
            self.tr("Its sizes, the batch first, as in 1, 3, 224, 224; () is a single number")
        )
        self.fill = QComboBox()
        self.fill.setObjectName("tensor-fill")
        self.fill.setAccessibleName(self.tr("What is in it"))
        for key, text in (
            ("normal", self.tr("normal")), ("uniform", self.tr("uniform")),
            ("integers", self.tr("integers")), ("zeros", self.tr("zeros")),
            ("ones", self.tr("ones")), ("range", self.tr("range")),
        ):  # fmt: skip
            self.fill.addItem(text, key)
        self.fill.setCurrentIndex(max(0, self.fill.findData(spec.fill)))
        self.fill.setToolTip(
            self.tr("Random numbers (normal, uniform over 0 … 1, integers), or fixed ones")
        )
        self.high = QSpinBox()
        self.high.setObjectName("tensor-high")
        self.high.setRange(1, _MOST)
        self.high.setValue(spec.high)
        self.high.setPrefix("< ")
        self.high.setKeyboardTracking(False)
        self.high.setAccessibleName(self.tr("All integers are below this"))
        self.high.setToolTip(self.tr("Integers from 0 up to this, which is not among them"))
        self.said = QLabel()
        self.said.setObjectName("tensor-mistake")
        self.said.setFont(font(scale, 9))
        self.said.setWordWrap(True)
        self.said.setStyleSheet(f"color: {theme.bad};")
        self.said.hide()
        for field in (self.dtype, self.fill, self.high):
            field.setFont(small)
            field.setStyleSheet("padding: 2px 6px;")
            field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # the wheel scrolls the page
        self.high.setFixedWidth(round(74 * scale))
        head = QHBoxLayout()
        head.setSpacing(round(3 * scale))
        head.addWidget(label if named else self.name, 1)
        head.addWidget(self.dtype)
        head.addWidget(self.remove)
        low = QHBoxLayout()
        low.setSpacing(round(4 * scale))
        low.addWidget(self.shape, 1)
        low.addWidget(self.high)
        low.addWidget(self.fill)
        grid.addLayout(head, 0, 0)
        grid.addLayout(low, 1, 0)
        grid.addWidget(self.said, 2, 0)
        self._show_high()
        self.name.textEdited.connect(self._typed)
        self.shape.textEdited.connect(self._typed)
        self.name.editingFinished.connect(self._enter)
        self.shape.editingFinished.connect(self._enter)
        self.dtype.activated.connect(self._retype)
        self.fill.activated.connect(self._refill)
        self.high.valueChanged.connect(self._choose)

    @property
    def called(self) -> str:
        """The name of the argument."""
        return self._named or self.name.text()

    def spec(self) -> TensorSpec | None:
        """What was described, None while it is not complete."""
        shape = shape_of(self.shape.text())
        if shape is None or not self.called.isidentifier():
            return None
        return TensorSpec(
            self.called, shape, self.dtype.currentText(), self.fill.currentData(),
            self.high.value(),
        )  # fmt: skip

    def complain(self, before: set[str]) -> QWidget | None:
        """Say what is wrong; the field that it is in. ``before`` are the names so far."""
        text, wrong, said = self.called, None, ""
        if not text.isidentifier():
            wrong, said = self.name, self.tr("“{text}” cannot be an argument.").format(text=text)
        elif text in before:
            wrong, said = self.name, self.tr("There are two of “{text}”.").format(text=text)
        elif not self.shape.text().strip():
            wrong, said = self.shape, self.tr("Give its shape, such as 1, 16.")
        elif shape_of(self.shape.text()) is None:
            wrong = self.shape
            said = self.tr("A shape is whole numbers with commas between them.")
        before.add(text)
        self._say(said)
        return wrong

    def _choice(self, name: str, said: str, items: tuple[str, ...], chosen: str) -> QComboBox:
        box = QComboBox()
        box.setObjectName(name)
        box.setAccessibleName(said)
        box.setToolTip(said)
        box.addItems(list(items) if chosen in items else [chosen, *items])
        box.setCurrentText(chosen)
        return box

    def _typed(self) -> None:
        if not self.said.isHidden():
            self.complain(set())  # gone as soon as it is mended
        self.changed.emit()

    def _enter(self) -> None:
        if self.shape.text().strip():
            self.complain(set())
        self.entered.emit()

    def _choose(self) -> None:
        self.changed.emit()
        self.entered.emit()

    def _retype(self) -> None:
        """Integers are not drawn from the normal distribution, nor the others from 0 and 1."""
        whole, fill = self.dtype.currentText() in _WHOLE, self.fill.currentData()
        if whole and fill in ("normal", "uniform"):
            self.fill.setCurrentIndex(self.fill.findData("integers"))
        elif not whole and fill == "integers":
            self.fill.setCurrentIndex(self.fill.findData("normal"))
        self._refill()

    def _refill(self) -> None:
        self._show_high()
        self._choose()

    def _show_high(self) -> None:
        self.high.setVisible(self.fill.currentData() == "integers")

    def _say(self, text: str) -> None:
        if text != self.said.text() or self.said.isHidden() == bool(text):
            self.said.setText(text)
            self.said.setVisible(bool(text))
            self.updateGeometry()
            self.grown.emit()


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape as it is typed."""
    return ", ".join(map(str, shape)) or "()"
