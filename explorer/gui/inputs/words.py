"""What a model is given, in a few words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from explorer.core.values import Input, NumbersInput, PictureInput, SampleInput, TextInput
from explorer.picture.numbers import number_text


def words_of(given: Input) -> str:
    """A text, a number of a sample, up to four numbers; nothing where that takes more."""
    if isinstance(given, TextInput):
        then = f" + {len(given.then)}" if given.then else ""
        return f"“{' '.join(given.text.split())}”{then}"
    if isinstance(given, SampleInput):
        said = QCoreApplication.translate("Maps", "sample {number}")
        return said.format(number=f"{given.index:,}")
    if isinstance(given, PictureInput):
        return given.name
    if isinstance(given, NumbersInput) and len(given.values) <= 4:
        return ", ".join(number_text(number, 3) for number in given.values)
    return ""
