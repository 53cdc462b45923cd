"""What a number came from over the whole pass, in the window: a real engine, keys and mouse."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from explorer.core.flow import locate
from explorer.gui.inputs.text import Tokens
from explorer.gui.panes.values import ValuesPane
from explorer.gui.sketch import Pixels
from explorer.session import intents
from tests.end_to_end.test_window import App, app, open_preset  # noqa: F401 (a fixture)

pytestmark = pytest.mark.slow  # processes and windows of their own

Key = Qt.Key


def part(app: App, kind: type, name: str) -> QWidget:  # noqa: F811
    found = app.center.findChild(kind, name)
    assert isinstance(found, QWidget)
    return found


def button(app: App, way: str) -> QPushButton:  # noqa: F811
    found = part(app, QPushButton, f"reach-{way}")
    assert isinstance(found, QPushButton)
    return found


def said(app: App) -> str:  # noqa: F811
    found = part(app, QLabel, "reach-said")
    assert isinstance(found, QLabel)
    return found.text()


def go(app: App, event: str) -> None:  # noqa: F811
    assert app.state.recording is not None
    at = locate(app.state.recording, event)
    assert at is not None
    app.joined.session.take(intents.StepTo(at, reveal=True))
    app.joined.session.take(intents.ChoosePane("values"))
    app.bot.waitUntil(lambda: app.state.settled and pane(app).up_to_date)


def pane(app: App) -> ValuesPane:  # noqa: F811
    found = app.desk.inspector.panes["values"]
    assert isinstance(found, ValuesPane)
    return found


def shown(app: App) -> None:  # noqa: F811
    app.bot.waitUntil(lambda: app.state.reach.extent is not None and app.state.settled)


def pixels_of(widget: QWidget) -> np.ndarray:
    """(H, W, 4) bytes of what a widget shows, at one pixel each."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    size = image.height(), image.width(), 4
    return np.frombuffer(image.constBits(), np.uint8).reshape(size).copy()


def changed_cells(canvas: Pixels, before: np.ndarray) -> np.ndarray:
    """Which pixels of the picture (8, 8) look otherwise in their middle."""
    now, area = pixels_of(canvas), canvas.field()
    cell = area.width() / 8
    middles = [round(area.left() + (n + 0.5) * cell) for n in range(8)]
    rows = [round((n + 0.5) * cell) for n in range(8)]
    found = (now != before).any(-1)
    return np.array([[bool(found[y, x]) for x in middles] for y in rows])


def test_a_cell_of_the_second_convolution_on_the_digit(app: App) -> None:  # noqa: F811
    open_preset(app, "digits-cnn")
    go(app, "features.3/conv2d#0")
    value = app.state.value
    assert value is not None
    canvas = part(app, Pixels, "pixels")
    assert isinstance(canvas, Pixels)
    app.press(Key.Key_E)
    app.joined.session.take(intents.Derive(value, (0, 3, 0, 0)))
    app.settle()
    before, map_before = pixels_of(canvas), pixels_of(app.desk.canvas)
    app.press(Key.Key_R)
    shown(app)
    assert button(app, "from").isChecked()
    assert not button(app, "to").isChecked()
    assert said(app).startswith("1 of 512 cells here")
    # 3×3 around a pooled corner: 2 × 2 pools, so 4 × 4 cells, and one more for their own 3×3
    assert app.state.reach.extent is not None
    app.bot.waitUntil(lambda: bool(changed_cells(canvas, before).any()))
    marks = canvas.strengths
    assert marks is not None
    assert (marks[:5, :5] >= 0).all()
    assert (marks[5:] < 0).all()
    assert (marks[:, 5:] < 0).all()
    assert marks.max() == 1.0
    app.bot.waitUntil(lambda: app.state.settled)
    assert (pixels_of(app.desk.canvas) != map_before).any()  # the nodes have other colours
    go(app, "features.0/conv2d#0")
    assert said(app).startswith("256 of 1,024 cells here")
    assert pane(app).reach_shown
    app.press(Key.Key_Escape)
    assert app.state.reach.way == ""
    assert app.state.derivation.pinned is not None
    app.bot.waitUntil(lambda: not bool(changed_cells(canvas, before).any()))
    assert canvas.strengths is None
    app.press(Key.Key_Escape)
    assert app.state.derivation.pinned is None


def test_where_it_goes_to_by_the_mouse(app: App) -> None:  # noqa: F811
    open_preset(app, "digits-cnn")
    go(app, "features.3/conv2d#0")
    value = app.state.value
    assert value is not None
    app.joined.session.take(intents.Derive(value, (0, 3, 0, 0)))
    app.settle()
    app.bot.mouseClick(button(app, "to"), Qt.MouseButton.LeftButton)
    shown(app)
    assert app.state.reach.way == "to"
    go(app, "features.5/max_pool2d#0")
    assert said(app).startswith("1 of 128 cells here")
    go(app, "classifier.2/linear#0")
    assert said(app).startswith("10 of 10 cells here")
    go(app, "features.1/relu#0")
    assert said(app) == "This number can change no cell of the value on screen."
    app.bot.mouseClick(button(app, "to"), Qt.MouseButton.LeftButton)
    assert app.state.reach.way == ""


def test_r_without_a_chosen_number_takes_the_first(app: App) -> None:  # noqa: F811
    open_preset(app, "first-network")
    app.press(Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
    shown(app)
    pinned = app.state.derivation.pinned
    assert pinned is not None
    assert set(pinned.index) == {0}
    assert button(app, "to").isChecked()


def test_a_logit_on_the_tokens(app: App) -> None:  # noqa: F811
    open_preset(app, "char-gpt")
    go(app, "lm_head/linear#0")
    value, recording = app.state.value, app.state.recording
    assert value is not None
    assert recording is not None
    tokens = part(app, Tokens, "tokens")
    assert isinstance(tokens, Tokens)
    assert tokens.isHidden()
    app.joined.session.take(intents.Derive(value, (0, 12, 5)))
    app.press(Key.Key_R)
    shown(app)
    app.bot.waitUntil(lambda: tokens.strengths is not None)
    marks = tokens.strengths
    assert marks is not None
    assert tokens.isVisible()
    assert len(marks) == recording.values[value].shape[1] == len(tokens.tokens)
    assert (marks[:13] > 0).all()
    assert (marks[13:] == -1).all()
    app.press(Key.Key_R)
    app.bot.waitUntil(tokens.isHidden)
