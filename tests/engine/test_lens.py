"""The logit lens equals the end of the model run by hand on what each block made."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explorer.core.lens import LensView
from explorer.core.problem import Problem
from explorer.core.spec import GPTSpec
from explorer.engine.build import build
from explorer.engine.lens import Lenses
from explorer.engine.models.gpt import GPT
from explorer.picture.residual import residual_of
from tests.engine.test_quantities import subject

V, T = 23, 9
VOCABULARY = tuple(map(str, range(V)))


def small() -> GPT:
    made = build(GPTSpec(family="gpt", vocabulary=V, context=T, layers=3, heads=2, width=8))
    assert isinstance(made, GPT)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return made


def by_hand(model: GPT, tokens: Tensor) -> list[Tensor]:
    """The chances (T, V) before the first block, and after each."""
    stream = model.token_embedding(tokens) + model.position_embedding.weight[: tokens.shape[1]]
    streams = [stream]
    for block in model.blocks:
        streams.append(block(streams[-1]))
    return [model.lm_head(model.ln_f(one))[0].softmax(-1) for one in streams]


@torch.no_grad()
def test_each_row_is_the_end_of_the_model_on_what_a_block_made() -> None:
    torch.manual_seed(0)
    model, tokens = small(), torch.randint(0, V, (2, T))
    now = subject(model, tokens, V=VOCABULARY)
    recording = now.record(now.feed.sample)
    stream = residual_of(recording)
    assert stream is not None
    assert [recording.calls[call].module for call in stream.calls] == [
        "blocks.0", "blocks.1", "blocks.2",
    ]  # fmt: skip
    lenses, last = Lenses(), stream.values[-1]
    plain = now.value(recording.tape, recording.prediction).clone()
    for given, chances in zip(stream.values, by_hand(model, tokens), strict=True):
        view = LensView(recording.tape, recording.prediction, last, given, 0, 99)
        answer = lenses.look(view, now)
        assert answer.total == T
        assert answer.places.shape == (T, 5)
        expected = chances.topk(5)
        assert np.array_equal(answer.places, expected.indices.numpy())
        np.testing.assert_allclose(answer.chances, expected.values.numpy(), rtol=1e-5)
        part = lenses.look(LensView(*view_fields(view, first=4, most=3)), now)
        assert np.array_equal(part.places, answer.places[4:7])
    assert torch.equal(now.value(recording.tape, recording.prediction), plain)


def view_fields(view: LensView, first: int, most: int) -> tuple[int, int, int, int, int, int]:
    return view.tape, view.value, view.last, view.given, first, most


class Classifier(nn.Module):
    """Says a class from the first position, as a probability."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(nn.TransformerEncoderLayer(8, 2, 16, 0.0) for _ in range(2))
        self.head = nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, 8) to (B, 4)."""
        for block in self.blocks:
            x = block(x)
        return torch.softmax(self.head(x[:, 0]), -1)


@torch.no_grad()
def test_a_classifier_has_one_position_and_probabilities_are_taken_as_they_are() -> None:
    torch.manual_seed(1)
    model, x = Classifier().eval(), torch.randn(1, 5, 8)
    now = subject(model, x, classes=("a", "b", "c", "d"))
    recording = now.record(now.feed.sample)
    block = model.blocks[0](x)
    wanted = torch.softmax(model.head(block[:, 0]), -1)[0]
    first, last = (
        next(e for e in reversed(recording.events) if e.id.startswith(f"blocks.{n}")).outputs[0]
        for n in (0, 1)
    )
    view = LensView(recording.tape, recording.prediction, last, first, 0, 9, probabilities=True)
    answer = Lenses().look(view, now)
    assert answer.total == 1
    assert answer.places[0].tolist() == wanted.argsort(descending=True).tolist()
    np.testing.assert_allclose(answer.chances[0], wanted.sort(descending=True).values, rtol=1e-5)


def test_values_of_different_shapes_cannot_stand_for_each_other() -> None:
    model, tokens = small(), torch.randint(0, V, (1, T))
    now = subject(model, tokens, V=VOCABULARY)
    recording = now.record(now.feed.sample)
    tokens_ref = recording.events[-1].inputs[-1]
    view = LensView(recording.tape, recording.prediction, recording.prediction, tokens_ref, 0, 9)
    with pytest.raises(Problem, match="one shape"):
        Lenses().look(view, now)


@torch.no_grad()
def test_what_is_remembered_is_of_one_pass() -> None:
    torch.manual_seed(2)
    model = small()
    lenses, answers = Lenses(), []
    now = subject(model, torch.randint(0, V, (1, T)), V=VOCABULARY)
    for _ in range(2):
        recording = now.record(now.feed.sample)
        stream = residual_of(recording)
        assert stream is not None
        view = LensView(
            recording.tape, recording.prediction, stream.values[-1], stream.values[1], 0, 9
        )
        answers.append(lenses.look(view, now).chances)
        model.lm_head.weight.add_(1.0).mul_(2)
    assert not np.allclose(answers[0], answers[1])
