"""Writing in a window: real keys and clicks, a real engine, and what the model itself says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from msgspec import structs
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QWidget

from explorer.core.change import Change
from explorer.core.generation import then_of
from explorer.core.messages import OpenModel
from explorer.core.prediction import Prediction
from explorer.core.presets import load_preset
from explorer.core.values import Reading, TextInput, View
from explorer.engine.learner import Learner
from explorer.gui.panes.prediction import PredictionPane
from explorer.session import intents
from tests.end_to_end.test_window import (  # noqa: F401 (a fixture)
    CTRL,
    SHIFT,
    App,
    app,
    open_preset,
)
from tests.engine.writing import written

pytestmark = pytest.mark.slow  # processes and windows of their own

Key = Qt.Key
PROMPT = "The value of the "


@pytest.fixture(scope="module")
def gpt() -> Learner:
    shipped = load_preset("char-gpt")
    dump = shipped.preset.model_dump(mode="json")
    request = OpenModel(preset=dump, weights=str(shipped.weights), run="")
    return Learner(request, torch.device("cpu"))


def text(app: App) -> str:  # noqa: F811
    return app.state.writing.text


def words(panel: QWidget) -> str:
    return "\n".join(label.text() for label in panel.findChildren(QLabel))


def drawn(app: App, count: int) -> None:  # noqa: F811
    app.until(lambda s: len(s.writing.tokens) == count and not s.writing.left and s.settled)


def shown(app: App) -> int:  # noqa: F811
    assert app.state.recording is not None
    return len(then_of(app.state.recording.input))


def here(app: App) -> str:  # noqa: F811
    assert app.state.recording is not None
    return app.state.recording.events[app.state.cursor].id


def click(app: App, number: int) -> None:  # noqa: F811
    line = app.desk.writing.line
    where = line.place(number).center().toPoint()
    app.bot.mouseClick(line, Qt.MouseButton.LeftButton, pos=where)
    app.until(lambda s: shown(app) == number and s.settled)


def numbers(app: App, value: int) -> np.ndarray:  # noqa: F811
    """All of a value of the pass on screen, as the engine has it."""
    recording = app.state.recording
    assert recording is not None
    shape = recording.values[value].shape
    kept = tuple(range(len(shape)))[-2:]
    view = View(recording.tape, value, kept, (0,) * len(shape), tuple(shape[a] for a in kept))
    app.joined.session.take(intents.Look("test", view))
    found: list[Reading] = []

    def there() -> bool:
        found.extend(r for r in app.state.readings.values() if r.view == view)
        return bool(found)

    app.bot.waitUntil(there)
    return found[0].data


def test_a_text_is_written_walked_through_and_looked_at(
    app: App,  # noqa: F811
    gpt: Learner,
) -> None:
    open_preset(app, "char-gpt")
    expected = written(gpt, TextInput(PROMPT), 22)
    app.press(Key.Key_T)
    drawn(app, 1)
    app.press(Key.Key_T, SHIFT)
    drawn(app, 21)
    app.bot.mouseClick(app.desk.writing.one, Qt.MouseButton.LeftButton)
    drawn(app, 22)
    assert [one.token for one in app.state.writing.tokens] == expected.ids
    assert text(app) == expected.text
    assert shown(app) == 22

    click(app, 4)
    assert here(app) == "lm_head/linear#0"
    pane = app.desk.inspector.panes["prediction"]
    assert isinstance(pane, PredictionPane)
    assert pane.isVisible()
    app.bot.waitUntil(lambda: pane.up_to_date)
    answer = app.state.answer(Prediction)
    assert answer is not None
    assert answer.view.drawn == expected.ids[4]
    at = answer.places.tolist().index(expected.ids[4])
    assert answer.after[at] == pytest.approx(expected.tokens[4].chance)
    assert f"Drawn was “{expected.tokens[4].name}”" in words(pane)
    assert "token 5 of 22" in words(app.desk.stepper)
    recording = app.state.recording
    assert recording is not None
    ids = [*(int(i) for i in gpt.trainer.data.encode(PROMPT)), *expected.ids[:4]]
    with torch.no_grad():
        plain = gpt.model(torch.tensor([ids]))[0].numpy()
    assert np.array_equal(numbers(app, recording.prediction), plain)

    app.desk.canvas.setFocus()
    app.press(Key.Key_End)
    app.press(Key.Key_F10)
    app.until(lambda s: shown(app) == 5 and s.settled)
    assert app.state.cursor == 0
    app.press(Key.Key_Left)
    app.until(lambda s: shown(app) == 4 and s.settled)
    assert here(app) == "lm_head/linear#0"


def test_attention_stays_in_view_from_token_to_token(app: App) -> None:  # noqa: F811
    open_preset(app, "char-gpt")
    app.desk.do("open-all")
    recording = app.state.recording
    assert recording is not None
    event = recording.numbers["blocks.2.attn/softmax#0"]
    app.joined.session.take(intents.StepTo(event, reveal=True))
    app.settle()
    for length in (1, 2, 3):
        app.press(Key.Key_Right, CTRL | SHIFT)  # past the end it draws
        if not app.state.writing.tokens:
            app.press(Key.Key_T)
        drawn(app, length)
        assert here(app) == "blocks.2.attn/softmax#0"
        pane = app.desk.inspector.panes["attention"]
        assert pane.isVisible()
        assert app.state.value is not None
        assert numbers(app, app.state.value).shape == (17 + length, 17 + length)
    app.press(Key.Key_Left, CTRL | SHIFT)
    app.until(lambda s: shown(app) == 2 and s.settled)
    assert here(app) == "blocks.2.attn/softmax#0"


def test_typing_another_text_and_dropping_what_was_written(app: App) -> None:  # noqa: F811
    open_preset(app, "char-gpt")
    app.press(Key.Key_T, SHIFT)
    app.until(lambda s: len(s.writing.tokens) > 3)
    box = app.desk.inputs.findChild(QPlainTextEdit)
    assert box is not None
    assert box.toPlainText() == PROMPT
    box.setFocus()
    app.bot.keyClick(box, Key.Key_End, CTRL)
    app.bot.keyClicks(box, "T")  # a letter, no command
    app.until(lambda s: isinstance(s.typed, TextInput) and s.typed.text == PROMPT + "T")
    app.settle()
    assert app.state.writing.tokens == ()
    assert app.state.recording is not None
    assert app.state.recording.input == TextInput(PROMPT + "T")
    app.desk.canvas.setFocus()
    app.press(Key.Key_T)
    drawn(app, 1)
    app.bot.mouseClick(app.desk.writing.away, Qt.MouseButton.LeftButton)
    app.until(lambda s: s.settled and not s.writing.tokens)
    assert shown(app) == 0


def test_a_change_changes_what_is_written(app: App, gpt: Learner) -> None:  # noqa: F811
    open_preset(app, "char-gpt")
    app.joined.session.take(intents.SetSampling(structs.replace(app.state.sampling, temperature=0)))
    app.press(Key.Key_T)
    drawn(app, 1)
    first = app.state.writing.tokens[0].token
    app.bot.mouseClick(app.desk.writing.away, Qt.MouseButton.LeftButton)
    app.until(lambda s: s.settled and not s.writing.tokens)
    change = Change("lm_head/linear#0", "fix", f":, :, {first}", -50.0)
    app.joined.session.take(intents.MakeChange(change))
    app.settle()
    app.desk.canvas.setFocus()
    app.joined.session.take(intents.Generate(3))
    drawn(app, 3)
    assert first not in [one.token for one in app.state.writing.tokens]
    assert app.state.recording is not None
    assert app.state.recording.changes == (change,)
    app.press(Key.Key_C, SHIFT)
    app.settle()
    assert app.state.recording.changes == ()
    assert len(app.state.writing.tokens) == 3


def test_the_text_outlives_the_engine(app: App) -> None:  # noqa: F811
    open_preset(app, "char-gpt")
    app.joined.session.take(intents.Generate(5))
    drawn(app, 5)
    before = app.state.writing.tokens
    app.desk.do("restart-engine")
    app.until(lambda s: s.engine.status == "ready" and s.settled)
    assert app.state.writing.tokens == before
    assert shown(app) == 5
    app.press(Key.Key_T)
    drawn(app, 6)


def test_other_weights_and_other_models_begin_anew(
    app: App,  # noqa: F811
    tmp_path: Path,
) -> None:
    open_preset(app, "char-gpt")
    app.joined.session.take(intents.Generate(4))
    drawn(app, 4)
    app.joined.session.take(intents.ShowTab("training"))
    app.joined.session.take(intents.StartTraining(2))
    app.until(lambda s: s.training is not None and s.training.step == 2 and not s.training.running)
    app.joined.session.take(intents.ShowTab("forward"))
    app.until(lambda s: s.settled and shown(app) == 0)
    assert app.state.writing.tokens == ()
    app.joined.session.take(intents.Generate(2))
    drawn(app, 2)
    app.joined.session.take(intents.Reopen())
    app.until(lambda s: s.settled and s.recording is not None and not s.writing.tokens)
    assert shown(app) == 0
    app.joined.session.take(intents.OpenPreset("digits-cnn"))
    app.until(lambda s: s.shipped is not None and s.shipped.name == "digits-cnn" and s.settled)
    assert app.desk.writing.isHidden()
    app.desk.do("generate")
    assert app.state.banner is not None
    assert app.state.banner.text.startswith("This model does not write")
