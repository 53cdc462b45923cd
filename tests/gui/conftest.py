"""What all tests of the window have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import QApplication

from explorer.gui.language import speak
from explorer.gui.theme import THEMES, apply
from explorer.gui.window import make_application


@pytest.fixture(autouse=True)
def application(qapp: QApplication) -> None:
    """Style and fonts as they are at a start, whatever a test before made of them."""
    make_application("dark")
    apply(qapp, THEMES["dark"], 1.0)


@pytest.fixture
def spoken(qapp: QApplication) -> Iterator[Callable[[str], None]]:
    """Makes ``en`` or ``zh`` the language of what is made from then on in a test."""
    found: list[QTranslator] = []
    yield lambda language: found.extend(speak(qapp, language))
    for one in found:
        qapp.removeTranslator(one)
    speak(qapp, "en")
