"""Values in the window, by keys alone, with a real engine."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog

from explorer.core.plane import Against
from explorer.core.prediction import Prediction
from explorer.core.units import Units
from explorer.core.values import TextInput
from explorer.gui.panes.lens import LensPane
from explorer.gui.panes.values import ValuesPane
from explorer.session import intents
from tests.end_to_end.test_window import CTRL, App, app, open_preset  # noqa: F401 (a fixture)

pytestmark = pytest.mark.slow  # processes and windows of their own

Key = Qt.Key


def pane(app: App) -> ValuesPane:  # noqa: F811
    """The pane that is there now: another look makes another one."""
    found = app.desk.inspector.panes["values"]
    assert isinstance(found, ValuesPane)
    return found


def go(app: App, event: str) -> None:  # noqa: F811
    recording = app.state.recording
    assert recording is not None
    app.joined.session.take(intents.StepTo(recording.numbers[event], reveal=True))
    app.joined.session.take(intents.ChoosePane("values"))
    app.bot.waitUntil(lambda: app.state.settled and pane(app).up_to_date)


def tab_to(app: App, widget: object) -> None:  # noqa: F811
    for _ in range(120):
        if QApplication.focusWidget() is widget:
            return
        app.press(Key.Key_Tab)
    raise AssertionError("Tab does not come there")


def test_from_an_overview_to_numbers_and_through_a_presentation(app: App) -> None:  # noqa: F811
    open_preset(app, "char-gpt")
    go(app, "blocks.0.mlp.fc1/linear#0")
    assert pane(app).map.matrix.block == (1, 2)
    tab_to(app, pane(app).map)
    for _ in range(8):
        app.press(Key.Key_Plus)
    app.bot.waitUntil(lambda: pane(app).up_to_date and pane(app).map.matrix.block == (1, 1))
    seen = app.state.plane.seen
    assert seen
    app.press(Key.Key_F11)  # everything is made anew
    app.bot.waitUntil(lambda: app.state.settled and pane(app).up_to_date)
    assert app.state.present
    assert pane(app).map.extents == seen
    app.press(Key.Key_Escape)
    app.bot.waitUntil(lambda: app.state.settled and pane(app).up_to_date)
    app.bot.waitUntil(lambda: app.desk.canvas.isVisible() and app.desk.canvas.hasFocus())
    assert pane(app).map.extents == seen
    tab_to(app, pane(app).map)
    app.press(Key.Key_C, CTRL)
    copied = eval(QGuiApplication.clipboard().text(), {"np": np})
    assert copied.dtype == np.float32
    assert copied.size == pane(app).map.seen.size
    app.press(Key.Key_0)
    app.bot.waitUntil(lambda: pane(app).up_to_date and pane(app).map.matrix.block == (1, 2))


def test_masked_scores_are_the_next_infinities(app: App) -> None:  # noqa: F811
    open_preset(app, "char-gpt")
    go(app, "blocks.0.attn/masked_fill#0")
    app.press(Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    app.bot.waitUntil(lambda: pane(app).map.position == (0, 1))
    app.press(Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    app.bot.waitUntil(lambda: pane(app).map.position == (0, 2))
    assert pane(app).map.matrix.data[pane(app).map.cell] == -np.inf
    app.press(Key.Key_N)
    app.until(lambda s: s.banner is not None)
    assert app.state.banner is not None
    assert app.state.banner.text == "There is no NaN in {value}."


def test_colours_are_chosen_by_keys(app: App) -> None:  # noqa: F811
    open_preset(app, "char-gpt")
    go(app, "blocks.0.mlp.fc1/linear#0")
    cursor = app.state.cursor
    tab_to(app, pane(app).bar.colours)
    app.press(Key.Key_Space)
    colours = pane(app).colours
    app.bot.waitUntil(colours.isVisible)
    app.until(lambda s: s.statistics is not None)
    app.bot.keyClick(colours.low, Key.Key_Delete)  # what is there is chosen
    app.bot.keyClicks(colours.low, "-2.5")
    app.bot.keyClick(colours.low, Key.Key_Return)
    assert pane(app).map.matrix.shades.low == -2.5
    assert pane(app).map.matrix.shades.high == 2.5
    app.bot.keyClick(colours, Key.Key_Escape)
    assert not colours.isVisible()
    assert app.state.cursor == cursor


def test_a_change_of_the_input_against_the_pass_before(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    open_preset(app, "char-gpt")
    go(app, "blocks.0/add#1")
    before = pane(app)._question.shown
    assert before is not None
    app.desk.do("keep-beside")
    app.joined.session.take(intents.EditInput(TextInput("The value of thX")))
    app.until(lambda s: s.settled and s.beside is not None and s.beside.comparison is not None)
    go(app, "blocks.0/add#1")
    pane(app).show_plane(replace(pane(app)._plane, against=Against("beside")))
    app.bot.waitUntil(lambda: app.state.settled and pane(app).up_to_date)
    assert "only equal shapes can be subtracted" in pane(app)._help.text()
    app.joined.session.take(intents.EditInput(TextInput("The value of thX ")))
    app.until(lambda s: s.settled)
    go(app, "blocks.0/add#1")
    app.bot.waitUntil(lambda: pane(app).trio.three and pane(app).up_to_date)
    out = str(tmp_path / "difference.csv")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (out, ""))
    pane(app)._save(2, "csv")
    app.until(lambda s: s.banner is not None and s.banner.kind == "saved")
    saved = np.loadtxt(out, delimiter=",", dtype=np.float32)
    assert saved.shape == (17, 128)
    changed = np.flatnonzero(np.abs(saved).max(1) > 0)
    assert changed.tolist() == list(range(changed[0], 17)), "what comes before is as it was"
    assert changed[0] == 15, "“e” became “X” there"


def test_from_the_box_of_a_channel_to_its_numbers(app: App) -> None:  # noqa: F811
    open_preset(app, "digits-cnn")
    recording = app.state.recording
    assert recording is not None
    relu = next(event.index for event in recording.events if event.op == "relu")
    app.joined.session.take(intents.StepTo(relu, reveal=True))
    app.joined.session.take(intents.ChoosePane("distribution"))
    part = app.desk.inspector.panes["distribution"].units  # type: ignore[attr-defined]
    app.bot.waitUntil(lambda: part.up_to_date and app.state.answer(Units) is not None)
    units = app.state.answer(Units)
    assert units is not None
    assert units.total == recording.values[recording.events[relu].outputs[0]].shape[1]
    part.boxes.setFocus()
    for _ in range(3):
        app.bot.keyClick(part.boxes, Key.Key_Right)
    app.bot.keyClick(part.boxes, Key.Key_Return)
    app.bot.waitUntil(lambda: app.state.pane == "values" and pane(app).up_to_date)
    shown = pane(app).map.matrix.data
    assert app.state.plane.at[1] == 2
    assert float(np.max(shown)) == pytest.approx(float(units.boxes[2, 6]), rel=1e-6)


def test_what_a_model_would_say_after_each_block(app: App) -> None:  # noqa: F811
    open_preset(app, "char-gpt")
    recording = app.state.recording
    assert recording is not None
    app.joined.session.take(intents.StepTo(len(recording.events) - 1, reveal=True))
    app.joined.session.take(intents.ChoosePane("lens"))
    lens = app.desk.inspector.panes["lens"]
    assert isinstance(lens, LensPane)
    app.bot.waitUntil(lambda: lens.up_to_date)
    rows = [lens._rows[row] for row in range(5)]
    likeliest = [recording.labels["V"][int(row.places[-1, 0])] for row in rows]
    app.joined.session.take(intents.ChoosePane("prediction"))
    bars = app.desk.inspector.panes["prediction"]
    app.bot.waitUntil(lambda: bars.isVisible() and bars.up_to_date)
    answer = app.state.answer(Prediction)
    assert answer is not None
    assert recording.labels["V"][int(answer.places[0])] == likeliest[-1]
    assert float(answer.before[0]) == pytest.approx(float(rows[-1].chances[-1, 0]), rel=1e-4)
    assert len({tuple(row.chances[-1]) for row in rows}) == 5, "each block says something else"
