"""Gradients by the chain rule: the terms are the gradients that came, times the slopes."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from explorer.core.messages import Failed, Iterate, Iterated, OpenModel, Trained
from explorer.core.presets import load_preset
from explorer.core.values import NumbersInput
from explorer.engine.chain import explain_gradient
from explorer.engine.iteration import learning
from explorer.engine.learner import Learner
from explorer.engine.record import record
from tests.engine.test_beside import Talk


def learner(name: str) -> Learner:
    preset = load_preset(name).preset.model_dump(mode="json")
    request = OpenModel(preset=preset, weights=None, run="")
    return Learner(request, torch.device("cpu"))


@pytest.mark.parametrize("name", ["spirals-mlp", "digits-cnn", "char-gpt"])
def test_every_gradient_of_an_iteration_is_what_its_terms_add_up_to(name: str) -> None:
    made = learner(name)
    recording = made.iterate()
    told = recording.iteration
    assert told is not None
    for ref, gradient in told.gradients:
        numbers = made.value(recording.tape, gradient)
        index = tuple(int(i) for i in torch.unravel_index(numbers.abs().argmax(), numbers.shape))
        explained = made.explain(recording.tape, gradient, index, 10**6)
        assert explained.value == numbers[index].item()
        if ref == told.loss:
            continue
        assert explained.how == "sum"
        size = sum(abs(term.value) for term in explained.terms)
        assert abs(explained.total - explained.value) <= 2e-5 * size, explained
        for term in explained.terms[:3]:
            (cell,) = term.cells
            assert recording.values[cell.ref].kind == "gradient"
            assert cell.value == made.value(recording.tape, cell.ref)[cell.index].item()
            assert term.weight is not None
            assert term.value == pytest.approx(cell.value * term.weight, rel=1e-6)


def test_of_what_is_switched_off_nothing_comes_back() -> None:
    made = learner("digits-cnn")
    recording = made.iterate()
    told = recording.iteration
    assert told is not None
    gradients = dict(told.gradients)
    before = recording.named["features.0/conv2d#0"]
    value = made.value(recording.tape, before)
    index = tuple((value < -0.01).nonzero()[0].tolist())
    explained = made.explain(recording.tape, gradients[before], index, 8)
    assert (explained.value, explained.how, explained.terms) == (0.0, "made", ())
    assert "the slope is 0" in explained.note


def test_slopes_of_a_linear_layer_are_what_it_was_given() -> None:
    made = learner("spirals-mlp")
    recording = made.iterate()
    told = recording.iteration
    assert told is not None
    gradients = dict(told.gradients)
    weight, given = recording.named["layers.2.weight"], recording.named["layers.1/tanh#0"]
    made_of = recording.named["layers.2/linear#0"]
    explained = made.explain(recording.tape, gradients[weight], (3, 5), 64)
    assert len(explained.terms) == told.samples == 32
    x, y = (made.value(recording.tape, ref) for ref in (given, gradients[made_of]))
    for term in explained.terms:
        row = term.index[0]
        assert term.ref == gradients[made_of]
        assert term.index == (row, 3)
        assert term.weight == x[row, 5].item()
        assert term.cells[0].value == y[row, 3].item()


def test_the_loss_has_the_gradient_one() -> None:
    made = learner("spirals-mlp")
    recording = made.iterate()
    told = recording.iteration
    assert told is not None
    explained = made.explain(recording.tape, dict(told.gradients)[told.loss], (), 8)
    assert (explained.value, explained.how) == (1.0, "made")
    assert "its gradient is 1" in explained.note


def test_an_iteration_names_its_parts() -> None:
    made = learner("char-gpt")
    sample = made.record(made.feed.sample)
    first, second = made.iterate(), made.iterate()
    told = second.iteration
    assert told is not None
    assert (told.step, told.samples, told.optimizer) == (2, 16, "adamw")
    assert second.weights == "step 1"
    assert first.weights == "random"
    values = second.values
    assert values[told.inputs].name == "tokens"
    assert values[told.inputs].axes == values[told.targets].axes == ("B", "T")
    assert values[told.logits].axes == ("B", "T", "V")
    assert values[told.loss].shape == ()
    assert [values[one.parameter].name for one in told.updates] == [
        name for name, _ in made.model.named_parameters()
    ]
    assert "T" not in second.labels
    assert made.knows(sample.tape)
    assert not made.knows(first.tape)
    for _ in range(3):  # other passes come and go
        made.record(made.feed.sample)
    assert made.knows(second.tape)
    update = told.updates[5]
    parameter = dict(made.model.named_parameters())[values[update.parameter].name]
    assert torch.equal(made.value(second.tape, update.after), parameter)
    change = made.value(second.tape, update.after) - made.value(second.tape, update.parameter)
    assert torch.equal(made.value(second.tape, update.change), change)
    assert [kept.name for kept in update.state] == ["exp_avg", "exp_avg_sq"]
    events = [second.events[event] for event in told.backward]
    assert events[0].op == "cross_entropy"
    assert events[-1].op == "embedding"


def test_an_iteration_after_the_plan_is_done_is_one_step_more() -> None:
    talk = Talk()
    talk.open("spirals-mlp", NumbersInput((0.5, 0.2)))
    talk._loop._learner.trainer.step_number = talk._loop._learner.plan.steps
    talk.said.clear()
    talk.ask(Iterate(ticket=7))
    told = next(one for one in talk.said if isinstance(one, Trained))
    assert told.step == told.steps == talk._loop._learner.plan.steps + 1


def test_an_iteration_that_diverges_is_shown_and_it_is_said_so() -> None:
    talk = Talk()
    talk.open("spirals-mlp", NumbersInput((0.5, 0.2)))
    learner = talk._loop._learner
    with torch.no_grad():
        next(learner.model.parameters()).fill_(torch.nan)
    talk.said.clear()
    talk.ask(Iterate(ticket=7))
    shown, told = talk.said[:2]
    assert isinstance(shown, Iterated)
    assert shown.recording.iteration is not None
    assert math.isnan(shown.recording.iteration.cost)
    assert isinstance(told, Failed)
    assert (told.kind, told.ticket) == ("training", 0), "the request has its answer already"


def test_a_gradient_whose_slopes_cannot_be_had_is_not_said_to_be_nothing() -> None:
    table = nn.EmbeddingBag(5, 3)  # which has no slope of a slope
    model = nn.Sequential(table, nn.Linear(3, 2))
    tape = record(learning(model), torch.tensor([[0, 1], [2, 2]]), torch.tensor([0, 1]))
    gradients = tape.backward(tape.output.loss).gradients
    ref = tape.ref("0.weight")
    told = explain_gradient(
        tape.script, tape.value, gradients, {one: one for one in gradients}, ref, (0, 0), None
    )
    assert gradients[ref][0, 0] != 0
    assert told.terms == ()
    assert "cannot be told one by one" in told.note
    untouched = explain_gradient(
        tape.script, tape.value, gradients, {one: one for one in gradients}, ref, (4, 0), None
    )
    assert "Nothing comes back" in untouched.note
