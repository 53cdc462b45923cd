"""Training that ends by itself: the desktop does not go on waiting for steps."""

from __future__ import annotations

from explorer.core import messages as m
from explorer.core.spec import TrainSpec
from explorer.session import intents as i
from explorer.session.state import AppState, Engine, Training
from tests import recordings
from tests.conversation import answer, says


def running() -> AppState:
    plan, model = TrainSpec(), recordings.info(recordings.gpt(layers=1))
    training = Training(plan=plan, steps=plan.steps)
    state = AppState(page="model", engine=Engine("ready"), model=model, training=training)
    return says(state, i.StartTraining())


def test_a_training_that_fails_runs_no_more_and_says_why() -> None:
    state = running()
    assert state.training is not None
    assert state.training.running
    failed = m.Failed(kind="training", text="The loss became NaN.", remedy="Reset it.", values={})
    state, requests = answer(state, failed, "Train")
    assert state.training is not None
    assert not state.training.running
    assert state.training.left == -1.0
    assert state.banner is not None
    assert (state.banner.kind, state.banner.text) == ("training", "The loss became NaN.")
    assert requests == []


def test_another_failure_does_not_end_it() -> None:
    state = says(running(), i.SaveWeightsTo("/nowhere/weights.safetensors"))
    tag = next(tag for tag in state.tickets if tag.startswith("SaveWeights"))
    state, _ = answer(state, m.Failed(kind="disk", text="It is full.", remedy="", values={}), tag)
    assert state.training is not None
    assert state.training.running
    assert state.banner is not None
    assert state.banner.kind == "disk"
