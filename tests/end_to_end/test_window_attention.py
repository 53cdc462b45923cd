"""Attention in the window, by keys and clicks, with a real engine."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from explorer.core.attention import ROLLOUT
from explorer.gui.panes.attention import AttentionPane
from explorer.session import intents
from tests.end_to_end.test_window import CTRL, SHIFT, App, app, open_preset  # noqa: F401

pytestmark = pytest.mark.slow  # processes and windows of their own

Key = Qt.Key


def pane(app: App) -> AttentionPane:  # noqa: F811
    """The pane that is there now: another look makes another one."""
    found = app.desk.inspector.panes["attention"]
    assert isinstance(found, AttentionPane)
    return found


def settle(app: App) -> None:  # noqa: F811
    app.bot.waitUntil(lambda: app.state.settled and pane(app).up_to_date)
    QApplication.processEvents()


def go(app: App, event: str) -> None:  # noqa: F811
    recording = app.state.recording
    assert recording is not None
    app.joined.session.take(intents.StepTo(recording.numbers[event], reveal=True))
    settle(app)


def test_every_picture_by_one_key_and_through_another_theme(app: App) -> None:  # noqa: F811
    open_preset(app, "char-gpt")
    go(app, "blocks.1.attn/softmax#0")
    for show in ("heads", "lines", "model", "head"):
        app.press(Key.Key_A)
        settle(app)
        assert app.state.attention.show == show
        assert pane(app).parts[show].isVisible()
    app.press(Key.Key_A, SHIFT)
    settle(app)
    assert len(pane(app).model.overview._images) == 4
    app.press(Key.Key_A, SHIFT)
    settle(app)
    lines = pane(app).lines.field.lines
    assert len(lines) > 50
    app.press(Key.Key_D, CTRL)  # everything is made anew
    app.bot.waitUntil(lambda: app.state.theme == "light")
    settle(app)
    assert pane(app).lines.isVisible()
    assert np.array_equal(pane(app).lines.field.lines, lines)
    app.press(Key.Key_D, CTRL)
    app.bot.waitUntil(lambda: app.state.theme == "dark")
    settle(app)


def test_from_the_overview_to_a_layer_and_its_rollout(app: App) -> None:  # noqa: F811
    open_preset(app, "char-gpt")
    go(app, "blocks.0.attn/softmax#0")
    app.press(Key.Key_A, SHIFT)  # the model
    settle(app)
    overview = pane(app).model.overview
    app.bot.mouseClick(overview, Qt.MouseButton.LeftButton, pos=overview.place(2, 1).center())
    settle(app)
    recording = app.state.recording
    assert recording is not None
    assert app.state.cursor == recording.numbers["blocks.2.attn/softmax#0"]
    assert app.state.attention.head == 1
    app.press(Key.Key_A)  # the head, of that layer
    settle(app)
    assert pane(app).map.isVisible()
    exact = pane(app).map.matrix.data
    assert exact.shape == (17, 17)
    np.testing.assert_allclose(exact.sum(1), 1, rtol=1e-5)
    chips = pane(app).chips
    app.bot.mouseClick(chips, Qt.MouseButton.LeftButton, pos=chips.place(ROLLOUT).center())
    settle(app)
    rolled = pane(app).map.matrix.data
    np.testing.assert_allclose(rolled.sum(1), 1, rtol=1e-5)
    assert not np.allclose(rolled, exact)
    assert "over 3 layers" in pane(app)._help.text()


def test_a_number_of_the_large_map_is_explained(app: App) -> None:  # noqa: F811
    open_preset(app, "char-gpt")
    go(app, "blocks.1.attn/softmax#0")
    app.joined.session.take(intents.Derive(app.state.value or 0, (0, 3, 7, 2)))
    settle(app)
    assert app.state.attention.head == 3
    app.until(lambda s: s.derivation.told is not None)
    told = app.state.derivation.told
    assert told is not None
    assert told.value == float(pane(app).map.matrix.data[7, 2])
