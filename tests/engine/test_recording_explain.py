"""A number of a recording explained: what the explanation names are values of the recording."""

from __future__ import annotations

import io

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.core.explanation import Explanation, Region
from explorer.core.graph import Recording
from explorer.core.messages import AnyReply, Explained
from explorer.core.wire import Wire
from explorer.engine.subject import Subject
from tests.engine.test_recording import Attend, subject


class Mixed(nn.Module):
    """A layer, an LSTM and attention."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 6)
        self.lstm = nn.LSTM(6, 6, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        x, _ = self.lstm(self.fc(x))
        return F.scaled_dot_product_attention(x, x, x)


@pytest.fixture
def mixed() -> tuple[Subject, Recording]:
    torch.manual_seed(0)
    made = subject(Mixed(), torch.randn(1, 3, 4))
    return made, made.record(made.feed.sample)


def named(recording: Recording, name: str) -> int:
    return next(n for n, value in enumerate(recording.values) if value.name == name)


def adds_up(told: Explanation) -> None:
    total = sum(term.value for term in told.terms) + told.rest.value
    assert total == pytest.approx(told.value, rel=1e-5, abs=1e-7)


def test_the_sources_of_a_layer_are_values_of_the_recording(
    mixed: tuple[Subject, Recording],
) -> None:
    made, recording = mixed
    event = next(one for one in recording.events if one.op == "linear")
    told = made.explain(recording.tape, event.outputs[0], (0, 2, 5), 64)
    assert told.ref == event.outputs[0]
    adds_up(told)
    assert set(told.sources) == {
        Region(event.inputs[0], (range(1), range(2, 3), range(4))),
        Region(named(recording, "fc.weight"), (range(5, 6), range(4))),
        Region(named(recording, "fc.bias"), (range(5, 6),)),
    }
    assert {cell.ref for term in told.terms for cell in term.cells} <= {*event.inputs}


def test_of_an_open_event_its_inside_explains(mixed: tuple[Subject, Recording]) -> None:
    made, recording = mixed
    event = next(one for one in recording.events if one.op == "lstm")
    closed = made.explain(recording.tape, event.outputs[0], (0, 1, 3), 64)
    assert {cell.ref for term in closed.terms for cell in term.cells} == {-1}
    opened, _ = made.open(recording.tape, event.index)
    value = event.outputs[0]
    told = made.explain(opened.tape, value, (0, 1, 3), 64)
    assert told.value == closed.value
    while told.how == "copy":
        told = made.explain(opened.tape, told.terms[0].ref, told.terms[0].index, 64)
    cells = [cell for term in told.terms for cell in term.cells]
    assert all(cell.ref >= 0 for cell in cells)
    writers = {opened.values[cell.ref].writer for cell in cells}
    inside = range(event.index, opened.values[value].writer + 1)
    assert writers <= {*inside}
    for cell in cells:
        tensor = made.value(opened.tape, cell.ref)
        assert tensor[cell.index].item() == pytest.approx(cell.value)


@pytest.mark.parametrize("opened", [False, True])
def test_a_weight_inside_of_fused_attention(opened: bool) -> None:
    x = torch.randn(2, 5, 4)
    made = subject(Attend(), x)
    recording = made.record(made.feed.sample)
    one = recording.attention[1]
    if opened:
        recording, _ = made.open(recording.tape, one.event)
    told = made.explain(recording.tape, one.value, (1, 3, 2), 64)
    weights = torch.softmax(_scores(x), -1)
    assert told.value == pytest.approx(weights[1, 3, 2].item(), abs=1e-6)
    assert told.ref == one.value
    adds_up(told)


def _scores(x: Tensor) -> Tensor:
    """Those of the second round, (2, 5, 5)."""
    x = torch.relu(F.scaled_dot_product_attention(x, x, 2 * x, is_causal=True))
    scores = x @ x.mT / 2
    return scores.masked_fill(torch.ones(5, 5).triu(1).bool(), -torch.inf)


def test_an_explanation_travels(mixed: tuple[Subject, Recording]) -> None:
    made, recording = mixed
    for value, what in enumerate(recording.values):
        told = made.explain(recording.tape, value, (0,) * len(what.shape), 3)
        assert sent(told) == told


def test_complex_numbers_travel() -> None:
    class Fourier(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.fft.fft(x) * 2

    made = subject(Fourier(), torch.randn(4))
    recording = made.record(made.feed.sample)
    told = made.explain(recording.tape, recording.outputs[0], (1,), 8)
    assert isinstance(told.value, complex)
    assert sent(told) == told


def sent(told: Explanation) -> Explanation:
    """As it comes out at the other end."""
    pipe = io.BytesIO()
    Wire[Explained](AnyReply, io.BytesIO(), pipe).send(
        Explained(asker="", tape=1, explanation=told)
    )
    pipe.seek(0)
    got = Wire[Explained](AnyReply, pipe, io.BytesIO()).receive()
    assert got is not None
    return got.explanation
