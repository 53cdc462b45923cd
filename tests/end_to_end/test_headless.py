"""The whole way without a window: session, link, a real engine, real presets."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.app import Headless, read_presets
from explorer.core.messages import Confusion, Sample
from explorer.core.presets import load_preset
from explorer.core.values import Input, NumbersInput, SampleInput, TextInput, View
from explorer.session import intents as i
from explorer.session.state import AppState

pytestmark = pytest.mark.slow  # processes and windows of their own

PRESETS = ["first-network", "spirals-mlp", "digits-cnn", "char-gpt"]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Headless]:
    headless = Headless("cpu", run=str(tmp_path_factory.mktemp("runs")))
    for intent in read_presets(None):
        headless.take(intent)
    yield headless
    headless.close()


def settle(app: Headless) -> AppState:
    app.until(lambda s: s.settled, patience=120)
    return app.state


def open_preset(app: Headless, name: str) -> AppState:
    app.take(i.Dismiss())
    app.take(i.ShowTab("forward"))
    app.take(i.OpenPreset(name))
    settle(app)
    app.take(i.EditInput(SampleInput(0)))  # whatever came before, the sample input comes back
    app.take(i.EditInput(sample(name)))
    return settle(app)


def sample(name: str) -> Input:
    from explorer.session.update.opening import sample_input

    return sample_input(load_preset(name).preset.input)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_steps_to_the_end_and_back(app: Headless, name: str) -> None:
    open_preset(app, name)
    app.take(i.OpenToLevel(-1))
    app.take(i.StepBy("first"))
    there: list[Any] = []
    while not there or there[-1] != app.state.cursor:
        there.append(app.state.cursor)
        app.take(i.StepBy("over"))
    assert there == list(range(len(app.state.recording.events)))  # type: ignore[union-attr]
    back: list[Any] = []
    while not back or back[-1] != app.state.cursor:
        back.append(app.state.cursor)
        app.take(i.StepBy("back"))
    assert back == there[::-1]
    app.take(i.Summarize())
    state = settle(app)
    assert state.banner is None
    assert state.statistics is not None
    assert state.statistics.value == state.value


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_trains_and_the_step_view_sees_the_new_weights(
    app: Headless, name: str
) -> None:
    state = open_preset(app, name)
    assert state.recording is not None
    app.take(i.ShowTab("training"))
    app.take(i.Retrain())
    settle(app)
    app.take(i.StartTraining(steps=4))
    state = settle(app)
    assert state.banner is None
    training = state.training
    assert training is not None
    assert training.step == 4
    loss = training.curves["train/loss"].points
    np.testing.assert_array_equal(loss[:, 0], [1, 2, 3, 4])
    assert np.isfinite(loss[:, 1]).all()
    app.take(i.ShowTab("forward"))
    state = settle(app)
    assert state.recording is not None
    assert state.recording.weights == "step 4"


def test_the_probe_fits_the_data(app: Headless) -> None:
    kinds = {}
    for name in PRESETS:
        open_preset(app, name)
        app.take(i.ShowTab("training"))
        app.take(i.StartTraining(steps=2))
        state = settle(app)
        assert state.training is not None
        kinds[name] = type(state.training.probe).__name__
        if isinstance(state.training.probe, Confusion):
            assert state.training.probe.counts.sum() > 100
        if isinstance(state.training.probe, Sample):
            assert len(state.training.probe.text) > 10
    assert kinds == {
        "first-network": "Confusion", "spirals-mlp": "Boundary", "digits-cnn": "Confusion",
        "char-gpt": "Sample",
    }  # fmt: skip


def test_readings_are_the_tensors_of_the_pass(app: Headless) -> None:
    state = open_preset(app, "char-gpt")
    recording = state.recording
    assert recording is not None
    attention = recording.attention[0]
    value = recording.values[attention.value]
    heads, queries, keys = value.shape[-3:]
    view = View(
        tape=recording.tape, value=attention.value, keep=(1, 2, 3), at=(0, 0, 0, 0),
        size=(heads, queries, keys),
    )  # fmt: skip
    app.take(i.Look("attention", view))
    reading = settle(app).readings["attention"]
    assert reading.exact
    assert reading.data.shape == (heads, queries, keys)
    np.testing.assert_allclose(reading.data.sum(-1), 1, atol=1e-6)
    assert attention.causal
    assert (
        reading.data[:, np.triu_indices(queries, 1)[0], np.triu_indices(queries, 1)[1]] == 0
    ).all()


@pytest.mark.parametrize(
    ("name", "given", "kind"),
    [
        ("char-gpt", TextInput("naïve 日本"), "input"),
        ("char-gpt", TextInput(""), "input"),
        ("digits-cnn", NumbersInput((0.5,) * 63), "input"),
        ("digits-cnn", SampleInput(10**9), "input"),
        ("spirals-mlp", TextInput("hello"), "input"),
    ],
)
def test_input_that_does_not_fit_is_one_sentence_and_nothing_is_lost(
    app: Headless, name: str, given: object, kind: str
) -> None:
    before = open_preset(app, name).recording
    app.take(i.EditInput(given))  # type: ignore[arg-type]
    state = settle(app)
    assert state.banner is not None
    assert state.banner.kind == kind
    text = state.banner.text.format(**state.banner.values)
    assert "Traceback" not in text
    assert state.recording is before
    if given == TextInput("naïve 日本"):
        assert "ï" in text
        assert "日" in text


def test_saving_where_one_cannot(app: Headless, tmp_path: Path) -> None:
    open_preset(app, "first-network")
    good = tmp_path / "w.safetensors"
    app.take(i.SaveWeightsTo(str(good)))
    state = settle(app)
    assert state.banner is not None
    assert state.banner.level == "news"
    before = good.read_bytes()
    app.take(i.SaveWeightsTo(str(good / "nowhere.safetensors")))  # a file is no folder
    state = settle(app)
    assert state.banner is not None
    assert state.banner.kind == "disk"
    assert "nowhere.safetensors" in state.banner.text.format(**state.banner.values)
    assert good.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("moment", ["stepping", "training"])
def test_a_killed_engine_comes_back(tmp_path: Path, moment: str) -> None:
    app = Headless("cpu", run=str(tmp_path))
    try:
        for intent in read_presets(None):
            app.take(intent)
        app.take(i.OpenPreset("spirals-mlp"))
        settle(app)
        app.take(i.StepTo(2, reveal=True))
        settle(app)
        wait: Callable[[AppState], bool] = lambda s: s.engine.status == "starting"  # noqa: E731
        if moment == "training":
            app.take(i.EditPlan(app.state.training.plan.model_copy(update={"steps": 10**7})))  # type: ignore[union-attr]
            app.take(i.StartTraining())
            app.until(
                lambda s: s.training is not None and s.training.checkpoint_step > 0, patience=90
            )
        old = app.pid
        os.kill(old, signal.SIGKILL)
        app.until(wait, patience=30)
        assert app.state.banner is not None
        assert app.state.banner.kind == "engine"
        checkpoint = app.state.training.checkpoint_step  # type: ignore[union-attr]
        state = settle(app)
        assert app.pid != old
        assert state.banner is not None  # and says so
        assert (state.banner.kind, state.banner.level) == ("restarted", "news")
        assert state.cursor == 2
        assert state.training is not None
        if moment == "training":
            assert checkpoint > 0
            assert state.training.step == checkpoint
            loss = state.training.curves["train/loss"].points
            assert loss[-1, 0] <= checkpoint
            app.take(i.StartTraining(steps=5))
            state = settle(app)
            steps = state.training.curves["train/loss"].points[:, 0]  # type: ignore[union-attr]
            np.testing.assert_array_equal(steps, np.arange(steps[0], checkpoint + 6))
    finally:
        app.close()


def test_where_a_device_is_missing_the_remedy_opens_what_was_wanted() -> None:
    app = Headless("cuda:99")
    try:
        for intent in (*read_presets(None), i.OpenPreset("first-network")):
            app.take(intent)
        app.until(lambda s: s.engine.status == "lost", patience=120)
        assert app.state.banner is not None
        assert app.state.banner.kind == "device"
        app.take(i.RestartEngine())
        app.until(lambda s: s.recording is not None, patience=120)
        assert app.state.engine.status == "ready"
        assert "99" not in app.state.engine.device
        assert app.state.banner is None
    finally:
        app.close()
