"""`ArgumentsForm`: what a class or function is called with, asked for by its signature."""

from __future__ import annotations

import ast
import contextlib

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QLineEdit, QSizePolicy, QWidget

from explorer.core.sources import Argument, making
from explorer.gui.theme import Theme, check_box, font, mono


class ArgumentsForm(QWidget):
    """A field for each argument. One that is left empty keeps the default of the file.

    Signals:
        changed (): something was typed or chosen.
    """

    changed = Signal()

    def __init__(
        self, theme: Theme, scale: float, arguments: tuple[Argument, ...], given: dict[str, str]
    ) -> None:
        super().__init__()
        self.fields = [Field(theme, scale, one, given.get(one.name)) for one in arguments]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(round(10 * scale))
        grid.setVerticalSpacing(round(4 * scale))
        grid.setColumnStretch(1, 1)
        for row, field in enumerate(self.fields):
            grid.addWidget(field.label, 2 * row, 0)
            grid.addWidget(field.widget, 2 * row, 1)
            grid.addWidget(field.said, 2 * row + 1, 0, 1, 2)
            field.changed.connect(self.changed)

    def values(self) -> dict[str, str] | None:
        """The arguments as Python literals, without those left as they are; None with mistakes."""
        if any(field.mistake() for field in self.fields):
            return None
        literals = {field.argument.name: field.literal() for field in self.fields}
        return {name: text for name, text in literals.items() if text is not None}

    def complain(self) -> QWidget | None:
        """Say every mistake below its field; the first such field, None if all is well."""
        wrong = [field.widget for field in self.fields if field.complain()]
        return wrong[0] if wrong else None


class Field(QObject):
    """One argument: its name, the field, and what is wrong with it.

    Signals:
        changed (): something was typed or chosen.
    """

    changed = Signal()

    def __init__(self, theme: Theme, scale: float, argument: Argument, given: str | None) -> None:
        super().__init__()
        self.argument = argument
        required = argument.default is None
        star = f' <span style="color:{theme.bad}">*</span>' if required else ""
        self.label = QLabel(f"{argument.name}{star}")
        self.label.setFont(mono(scale, 9.5))
        self.label.setToolTip(self._told())
        self.said = QLabel()
        self.said.setObjectName(f"mistake-{argument.name}")
        self.said.setFont(font(scale, 9))
        self.said.setWordWrap(True)
        self.said.setStyleSheet(f"color: {theme.bad};")
        self.said.hide()
        self._box: QCheckBox | None = None
        self._line: QLineEdit | None = None
        if argument.kind == "bool" and argument.default in (None, "True", "False"):
            self._box = QCheckBox()
            self._box.setFont(mono(scale, 9.5))
            self._box.setStyleSheet(check_box(theme, scale))
            self._box.toggled.connect(self._checked)
            self._box.setChecked((given or argument.default) == "True")
            self._checked()
            self.widget: QWidget = self._box
        else:
            self._line = QLineEdit(self._shown(given) if given is not None else "")
            self._line.setFont(mono(scale, 9.5))
            default = argument.default
            self._line.setPlaceholderText(self._hint() if default is None else self._shown(default))
            self._line.textEdited.connect(self._typed)
            self._line.editingFinished.connect(self._done)
            self.widget = self._line
        self.widget.setObjectName(f"argument-{argument.name}")
        self.widget.setAccessibleName(argument.name)
        self.widget.setToolTip(self._told())
        self.label.setBuddy(self.widget)
        self.label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.label.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)

    def literal(self) -> str | None:
        """The value as Python text, None if the default of the file is to hold."""
        if self._box is not None:
            text = str(self._box.isChecked())
            return None if text == self.argument.default else text
        assert self._line is not None
        text = self._line.text()
        if self.argument.kind == "str":
            return repr(_unquoted(text)) if text else None
        if text.strip() in self.argument.choices:
            return repr(text.strip())
        return text.strip() or None

    def mistake(self) -> str:
        """What is wrong with it, empty if nothing is."""
        text = self.literal()
        if text is None:
            if self.argument.default is None:
                return self.tr("{name} must be given.").format(name=self.argument.name)
            return ""
        if self.argument.kind == "other" and making(text) is not None:
            return ""
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            if self.argument.kind in ("int", "float"):
                return self.tr("“{text}” is not a number.").format(text=text)
            return self.tr(
                '“{text}” is not a Python literal, such as 3, 0.5, "a" or [1, 2].'
            ).format(text=text)
        if self.argument.kind == "int" and (not isinstance(value, int) or isinstance(value, bool)):
            return self.tr("“{text}” is not a whole number.").format(text=text)
        if self.argument.kind == "float" and (
            not isinstance(value, int | float) or isinstance(value, bool)
        ):
            return self.tr("“{text}” is not a number.").format(text=text)
        return ""

    def complain(self) -> bool:
        """Say what is wrong, or that nothing is any more; whether something is."""
        said = self.mistake()
        self.said.setText(said)
        self.said.setVisible(bool(said))
        return bool(said)

    def _checked(self) -> None:
        assert self._box is not None
        self._box.setText(str(self._box.isChecked()))
        self.changed.emit()

    def _typed(self) -> None:
        if not self.said.isHidden():
            self.complain()  # gone as soon as it is mended
        self.changed.emit()

    def _done(self) -> None:
        if self._line is not None and self._line.text():
            self.complain()

    def _told(self) -> str:
        """Name, hint and default as they are written in the file."""
        said = self.argument.name
        said += f": {self.argument.hint}" if self.argument.hint else ""
        return said + (f" = {self.argument.default}" if self.argument.default is not None else "")

    def _hint(self) -> str:
        return self.argument.hint or self.tr("required")

    def _shown(self, literal: str) -> str:
        """A string without its quotes; everything else as it is written."""
        if self.argument.kind == "str":
            return _unquoted(literal)
        return literal


def _unquoted(text: str) -> str:
    with contextlib.suppress(ValueError, SyntaxError, MemoryError, RecursionError):
        value = ast.literal_eval(text)
        if isinstance(value, str):
            return value
    return text
