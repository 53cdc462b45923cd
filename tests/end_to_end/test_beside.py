"""Two models side by side in a session with a real engine, which may die."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from explorer.app import Headless
from explorer.core.presets import shipped_presets
from explorer.core.values import NumbersInput, SampleInput, View
from explorer.session import intents
from explorer.session.state import AppState

pytestmark = pytest.mark.slow  # processes and windows of their own


@pytest.fixture
def app() -> Iterator[Headless]:
    made = Headless("cpu")
    made.take(intents.PresetsRead(tuple(shipped_presets()[0])))
    yield made
    made.close()


def shows(name: str, state: AppState) -> bool:
    here = state.shipped is not None and state.shipped.name == name
    return here and state.recording is not None and state.settled


def number(app: Headless, pane: str = "values") -> float:
    """The first number of what the model at the active side gives."""
    recording = app.state.recording
    assert recording is not None
    value = recording.outputs[0]
    at = (0,) * len(recording.values[value].shape)
    view = View(tape=recording.tape, value=value, keep=(), at=at, size=())
    app.take(intents.Look(pane, view))
    app.until(lambda s: s.settled, 60)
    assert app.state.banner is None or app.state.banner.level == "news", app.state.banner
    return float(app.state.readings[pane].data)


def test_each_side_answers_runs_and_comes_back(app: Headless) -> None:
    app.take(intents.OpenPreset("spirals-mlp"))
    app.until(lambda s: shows("spirals-mlp", s), 60)
    spirals = number(app)
    app.take(intents.KeepBeside())
    app.take(intents.OpenPreset("digits-cnn"))
    app.until(lambda s: shows("digits-cnn", s), 60)
    digits = number(app)

    app.take(intents.SwitchSides())
    assert shows("spirals-mlp", app.state)
    assert number(app) == spirals
    app.take(intents.EditInput(NumbersInput((-0.3, 0.7))))
    app.until(lambda s: s.recording is not None and s.recording.input == s.typed and s.settled, 60)
    moved = number(app)
    assert moved != spirals

    app.take(intents.SwitchSides())
    assert number(app) == digits
    app.take(intents.EditInput(SampleInput(5)))
    app.until(lambda s: s.recording is not None and s.recording.input == s.typed and s.settled, 60)

    os.kill(app.pid, signal.SIGKILL)
    app.until(lambda s: s.engine.restarts > 0 and shows("digits-cnn", s), 60)
    number(app)
    assert app.state.beside is not None
    assert app.state.beside.lost
    app.take(intents.SwitchSides())
    app.until(lambda s: shows("spirals-mlp", s), 60)
    assert number(app) == moved
    app.take(intents.SwitchSides())
    assert shows("digits-cnn", app.state)
    number(app)
    app.take(intents.EndBeside())
    number(app)
