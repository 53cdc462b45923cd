"""Stepping through one iteration: what is asked, and what each answer changes."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import torch

from explorer.core.graph import Recording
from explorer.core.iteration import Phase
from explorer.core.messages import (
    Explain,
    Explained,
    Iterate,
    Iterated,
    OpenModel,
    ResetTraining,
    Trained,
)
from explorer.core.presets import load_preset
from explorer.engine.learner import Learner
from explorer.session import intents
from explorer.session.state import AppState, Engine, Training
from explorer.session.update import update


@cache
def learner() -> Learner:
    preset = load_preset("spirals-mlp").preset.model_dump(mode="json")
    return Learner(OpenModel(preset=preset, weights=None, run=""), torch.device("cpu"))


@cache
def recordings() -> tuple[Recording, Recording]:
    return learner().iterate(), learner().iterate()


def state(weights: str = "random") -> AppState:
    plan = load_preset("spirals-mlp").preset.train
    training = Training(plan=plan, weights=weights, steps=plan.steps)
    return AppState(engine=Engine("ready"), training=training)


def iterated(before: AppState, number: int) -> AppState:
    after, _ = update(before, intents.NextPhase())
    reply = Iterated(recording=recordings()[number], ticket=after.tickets["Iterate"])
    after, _ = update(after, reply)
    assert after.training is not None
    step = recordings()[number].iteration
    assert step is not None
    return replace(after, training=replace(after.training, step=step.step))


def test_phases_come_one_by_one_and_then_the_next_iteration() -> None:
    now, asked = update(state(), intents.NextPhase())
    assert [type(one) for one in asked] == [Iterate]
    assert update(now, intents.NextPhase())[1] == [], "it is on its way"
    now = iterated(state(), 0)
    seen = []
    for _ in range(5):
        assert now.training is not None
        assert now.training.iterating is not None
        seen.append(now.training.iterating.phase)
        now, asked = update(now, intents.NextPhase())
    assert seen == ["batch", "forward", "loss", "backward", "update"]
    assert [type(one) for one in asked] == [Iterate]


def test_shipped_weights_make_way_first() -> None:
    now, asked = update(state("shipped"), intents.NextPhase())
    assert [type(one) for one in asked] == [ResetTraining, Iterate]
    assert now.banner is not None
    assert now.banner.kind == "fresh"


def test_what_is_told_is_of_the_phase_and_the_weight() -> None:
    now = iterated(state(), 1)  # the last one, which the engine still has
    recording = recordings()[1]
    told, named = recording.iteration, recording.named
    assert told is not None
    now, asked = update(now, intents.ShowWeight("layers.2.weight", (3, 5)))
    one = next(u for u in told.updates if u.parameter == named["layers.2.weight"])
    phases: dict[Phase, int] = {
        "backward": one.gradient, "update": one.after, "loss": one.parameter,
    }  # fmt: skip
    for phase, value in phases.items():
        now, asked = update(now, intents.ShowPhase(phase))
        (request,) = asked
        assert isinstance(request, Explain)
        assert (request.tape, request.value, request.index) == (recording.tape, value, (3, 5))
        explanation = learner().explain(request.tape, request.value, request.index, 8)
        ticket = now.tickets["explain/iteration"]
        now, _ = update(
            now,
            Explained(
                asker=request.asker, tape=request.tape, explanation=explanation, ticket=ticket
            ),
        )
        assert now.training is not None
        assert now.training.iterating is not None
        assert now.training.iterating.told == explanation
        assert now.derivation.told is None, "the drawer tells of the pass"


def test_the_weight_stays_for_the_next_iteration_and_indices_fit() -> None:
    now, _ = update(iterated(state(), 0), intents.ShowWeight("layers.2.weight", (99, 5)))
    now = iterated(update(now, intents.ShowPhase("update"))[0], 1)
    assert now.training is not None
    assert now.training.iterating is not None
    assert (now.training.iterating.parameter, now.training.iterating.cell) == (
        "layers.2.weight", (7, 5),
    )  # fmt: skip
    now, _ = update(now, intents.ShowWeight("layers.2.bias"))
    assert now.training is not None
    assert now.training.iterating is not None
    assert now.training.iterating.cell == (0,)
    assert update(now, intents.ShowWeight("layers.1/tanh#0")) == (now, [])


def test_fresh_weights_have_no_iteration() -> None:
    now = iterated(state(), 0)
    reply = Trained(
        step=0, steps=9, epoch=0.0, running=False, steps_per_second=0.0, left=-1.0, curves={},
        weights="random", fresh=True,
    )  # fmt: skip
    now, _ = update(now, reply)
    assert now.training is not None
    assert now.training.iterating is None


def test_after_more_training_the_next_phase_is_that_of_a_new_iteration() -> None:
    now = iterated(state(), 0)
    assert now.training is not None
    now = replace(now, training=replace(now.training, step=now.training.step + 5))
    assert [type(one) for one in update(now, intents.NextPhase())[1]] == [Iterate]
