"""What all tests of the window have in common."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from explorer.gui.theme import THEMES, apply
from explorer.gui.window import make_application


@pytest.fixture(autouse=True)
def application(qapp: QApplication) -> None:
    """Style and fonts as they are at a start, whatever a test before made of them."""
    make_application("dark")
    apply(qapp, THEMES["dark"], 1.0)
