"""One iteration that is recorded is the one that would have happened, number by number."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.nn import functional as F

from explorer.core.change import Change
from explorer.core.messages import OpenModel
from explorer.core.presets import load_preset
from explorer.core.problem import Problem
from explorer.core.reach import Reach, Way
from explorer.engine.learner import Learner
from tests.engine.learning import run, same, spirals, trainer, weights

PLANS: list[dict[str, Any]] = [
    {"optimizer": "sgd"},
    {"optimizer": "sgd", "momentum": 0.9},
    {"optimizer": "sgd", "momentum": 0.7, "nesterov": True},
    {"optimizer": "adam"},
    {"optimizer": "adamw", "beta1": 0.5},
    {"optimizer": "rmsprop"},
    {"optimizer": "rmsprop", "momentum": 0.5},
    {"optimizer": "adagrad"},
    {"optimizer": "adam", "schedule": "cosine", "warmup": 3, "steps": 20},
    {"optimizer": "sgd", "schedule": "step", "step_size": 2},
]


@pytest.mark.parametrize("plan", PLANS, ids=str)
@pytest.mark.parametrize("max_norm", [0.0, 0.05])
def test_steps_that_are_looked_at_are_those_of_an_uninterrupted_training(
    plan: dict[str, Any], max_norm: float
) -> None:
    plan = {**plan, "max_norm": max_norm, "weight_decay": 0.01}
    plain, looked_at = spirals(**plan), spirals(**plan)
    curves = run(plain, 8)
    for n in range(8):
        if n % 3:
            looked_at.iterate()
        else:
            looked_at.step()
    assert same(weights(looked_at), weights(plain))
    found = looked_at.curves()
    assert found.keys() == curves.keys()
    assert all(found[name].tolist() == curves[name].tolist() for name in curves)


@pytest.mark.parametrize("name", ["digits-cnn", "char-gpt"])
def test_other_families_are_not_disturbed_either(name: str) -> None:
    preset = load_preset(name).preset
    if name == "char-gpt":
        model = preset.model.model_copy(update={"dropout": 0.2, "layers": 2})
        preset = preset.model_copy(update={"model": model})
    plain, looked_at = (trainer(preset, batch_size=4) for _ in range(2))
    for made, step in ((plain, plain.step), (looked_at, looked_at.iterate)):
        torch.manual_seed(3)  # of dropout
        for _ in range(3):
            step()
        assert made.step_number == 3
    assert same(weights(looked_at), weights(plain))


@pytest.mark.parametrize("plan", PLANS, ids=str)
def test_an_iteration_tells_what_torch_holds(plan: dict[str, Any]) -> None:
    made = spirals(**plan, max_norm=0.05, weight_decay=0.01)
    run(made, 3)
    before, batch = weights(made), spirals(**plan)
    for _ in range(3):
        batch._batch()
    x, y = batch._batch()
    parameters = [p.detach().clone().requires_grad_() for p in made.model.parameters()]
    named = dict(zip(dict(made.model.named_parameters()), parameters, strict=True))
    made.model.train()
    loss = F.cross_entropy(torch.func.functional_call(made.model, named, (x,)), y)
    gradients = dict(zip(named, torch.autograd.grad(loss, parameters), strict=True))

    found = made.iterate()
    tape = found.tape
    assert found.number == made.step_number == 4
    assert torch.equal(tape.output.loss, loss)
    assert torch.equal(tape.value("x"), x)
    assert torch.equal(tape.value("targets"), y)
    assert found.updates.keys() == named.keys()
    norm = torch.stack([g.norm() for g in gradients.values()]).norm().item()
    group, after = made.optimizer.param_groups[0], weights(made)
    for name, parameter in made.model.named_parameters():
        update, state = found.updates[name], made.optimizer.state[parameter]
        assert torch.equal(tape.value(name), before[name]), "the weights of the pass"
        assert torch.equal(update.before, before[name])
        assert torch.equal(update.gradient, gradients[name])
        assert torch.equal(update.after, after[name])
        assert torch.equal(update.change, after[name] - before[name])
        assert update.clip == pytest.approx(0.05 / norm, rel=1e-4)
        assert parameter.grad is not None
        assert torch.allclose(update.gradient * update.clip, parameter.grad, rtol=1e-5)
        kept = {key for key in state if state[key] is not None and key != "step"}
        assert update.state.keys() == kept
        assert all(torch.equal(update.state[key][1], state[key]) for key in kept)
        assert update.settings["lr"] == group["lr"]
        assert update.age == (int(state["step"]) if "step" in state else 0)


def test_an_iteration_stays_as_it_was_while_training_goes_on() -> None:
    made = spirals()
    first = made.iterate()
    name = next(iter(first.updates))
    kept = {key: after.clone() for key, (_, after) in first.updates[name].state.items()}
    was = first.updates[name].after.clone(), first.updates[name].gradient.clone()
    run(made, 5)
    assert torch.equal(first.updates[name].after, was[0])
    assert torch.equal(first.updates[name].gradient, was[1])
    assert kept
    assert all(torch.equal(first.updates[name].state[key][1], kept[key]) for key in kept)


def test_the_tape_of_an_iteration_is_proven_and_has_the_models_own_paths() -> None:
    made = spirals()
    found = made.iterate()
    assert found.tape.check()
    paths = [name for name, _ in made.model.named_modules()]
    assert [call.module for call in found.tape.calls] == paths
    assert [one.name for one in found.backward.events[:1]] == ["NllLossBackward0"]


def spiral_learner() -> Learner:
    preset = load_preset("spirals-mlp").preset.model_dump(mode="json")
    return Learner(OpenModel(preset=preset, weights=None, run=""), torch.device("cpu"))


def test_an_iteration_is_not_changed_and_stays_with_what_was_asked_of_it() -> None:
    made = spiral_learner()
    recording = made.iterate()
    told = recording.iteration
    assert told is not None
    first = next(event for event in recording.events if event.op == "linear")
    (_, gradient), *_ = told.gradients
    for name in (first.id, recording.values[gradient].name):
        changed = made.intervene(recording.tape, (Change(name, "zero"),))
        assert "shown as it happened" in changed.refused[0].text
        assert not changed.touched
        for ref in (told.loss, gradient, first.outputs[0]):
            was = made.value(recording.tape, ref)
            assert torch.equal(made.value(changed.tape, ref), was)
    assert made.intervene(changed.tape, ()).tape == recording.tape
    second = made.iterate()
    assert made.knows(second.tape)


@pytest.mark.parametrize("way", ["from", "to"])
def test_what_came_after_the_pass_is_in_no_reach(way: Way) -> None:
    made = spiral_learner()
    recording = made.iterate()
    told = recording.iteration
    assert told is not None
    for ref in (told.gradients[0][1], told.updates[0].after, told.updates[0].change):
        index = (0,) * len(recording.values[ref].shape)
        with pytest.raises(Problem, match="No op of the pass made"):
            made.field(recording.tape, Reach(way, ref, index))
    assert made.field(recording.tape, Reach("from", told.loss, ())).cells
