"""Stopping at faults, by keys alone, with a real engine."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from explorer.core.breaks import Breaks
from tests.end_to_end.test_window import App, app, open_preset  # noqa: F401 (a fixture)

pytestmark = pytest.mark.slow  # processes and windows of their own

Key = Qt.Key


def here(app: App) -> str:  # noqa: F811
    assert app.state.recording is not None
    return app.state.recording.events[app.state.cursor].id


def test_the_masks_of_attention_are_where_infinities_come_up(app: App) -> None:  # noqa: F811
    open_preset(app, "char-gpt")
    app.press(Key.Key_F5)
    assert app.state.banner is not None
    assert app.state.banner.values == {"keys": "F9"}
    app.press(Key.Key_F9)
    popup = app.desk.stepper.breaks
    assert popup.isVisible()
    assert QApplication.activePopupWidget() is popup
    app.bot.keyClick(popup.nan, Key.Key_Tab)
    app.bot.keyClick(popup.infinite, Key.Key_Space)
    assert app.state.breaking.breaks == Breaks(infinite=True)
    app.bot.waitUntil(lambda: app.state.breaking.known)
    assert here(app) == "blocks.0.attn/masked_fill#0"
    assert "4 places" in popup.said.text()
    app.bot.keyClick(popup, Key.Key_Escape)
    app.press(Key.Key_F5)
    assert here(app) == "blocks.1.attn/masked_fill#0"
    app.press(Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    assert here(app) == "blocks.0.attn/masked_fill#0"
    assert app.state.banner is not None
    assert app.state.banner.values["event"] == "blocks.0.attn/masked_fill#0"
