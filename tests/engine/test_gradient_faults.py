"""What goes wrong in gradients: where on the way back it comes up, against plain autograd."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explorer.core.breaks import Breaks, Hit, first_of, hits
from explorer.core.change import Change
from explorer.core.graph import Recording
from explorer.core.problem import Problem
from explorer.core.quantities import Amounts
from explorer.core.values import ExampleInput, TextInput
from explorer.engine.subject import Subject
from tests.engine.test_quantities import learner, subject


class Computes(nn.Module):
    """A weight, and what is computed with it."""

    def __init__(self, compute: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))
        self.compute = compute

    def forward(self, x: Tensor) -> Tensor:
        return self.compute(x * self.weight)


def places(now: Subject, recording: Recording, breaks: Breaks) -> tuple[Hit, ...]:
    measured: dict[str, Amounts] = {
        name: now.quantify(recording.tape, name, 0) for name in breaks.needs
    }
    return hits(recording, breaks, measured, np.zeros(len(recording.events), bool))


def told(compute: Callable[[Tensor], Tensor], x: Tensor, breaks: Breaks) -> list[tuple[str, ...]]:
    now = subject(Computes(compute), x)
    recording = now.record(ExampleInput())
    return [
        (recording.events[hit.event].id, hit.why, hit.backward)
        for hit in places(now, recording, breaks)
    ]  # fmt: skip


NOUGHT = torch.tensor([0.0, 1.0, 4.0])
EVERYTHING = Breaks(nan=True, infinite=True, above=1e6, backward=True)


def test_nan_of_a_root_that_nobody_took_comes_up_at_the_root() -> None:
    """The classic: `where` leaves the root of 0 out, and going back 0 times ∞ is NaN. Forward there
    is nothing wrong."""

    def safe(h: Tensor) -> Tensor:
        return torch.where(h > 0, h.sqrt(), 0.0).sum()

    weight = torch.ones(3, requires_grad=True)
    safe(NOUGHT * weight).backward()
    assert weight.grad is not None
    assert weight.grad.isnan().any()
    assert told(safe, NOUGHT, EVERYTHING) == [("sqrt#0", "nan", "made")]
    assert told(safe, NOUGHT, Breaks(nan=True)) == []
    assert told(safe, NOUGHT[1:].repeat(2)[:3], EVERYTHING) == []


def test_an_infinity_and_a_large_gradient_come_up_where_they_are_made() -> None:
    assert told(lambda h: ((h - 1).sqrt() * 2).exp().sum(), torch.ones(3), EVERYTHING) == [
        ("sqrt#0", "infinite", "made")
    ]
    assert told(lambda h: h.sqrt().sum(), NOUGHT, EVERYTHING) == [
        ("mul#0", "nan", "made"), ("sqrt#0", "infinite", "made"),  # ∞, and then 0 times ∞
    ]  # fmt: skip
    assert told(lambda h: (h.tanh() * 1e7).neg().sum(), NOUGHT / 1e3, EVERYTHING) == [
        ("mul#1", "peak", "made")
    ]
    assert told(lambda h: (h * 1e7).sum() * 1e-7, NOUGHT / 1e3, EVERYTHING) == []


def test_a_sum_that_is_too_large_comes_up_where_it_is_got() -> None:
    """Each of the two ops makes 0.6, and what they read gets 1.2."""
    found = told(
        lambda h: (h.neg() * 0.6 + (h * 0.6)).sum(), NOUGHT / 4, Breaks(above=1.0, backward=True)
    )
    assert found == []  # they go against each other
    now = subject(Computes(lambda h: (h * 0.6 + h * 0.6).sum()), NOUGHT / 8)
    recording = now.record(ExampleInput())
    (hit,) = places(now, recording, Breaks(above=1.0, backward=True))
    assert recording.events[hit.event].id == "mul#0"
    assert (hit.backward, hit.amount) == ("got", pytest.approx(1.2))


def test_a_saturated_activation_is_dead_going_back_alone() -> None:
    found = told(lambda h: h.sigmoid().sum(), NOUGHT + 200, Breaks(dead=True, backward=True))
    assert found == [("sigmoid#0", "zeros", "made")]
    assert told(lambda h: h.sigmoid().sum(), NOUGHT, Breaks(dead=True, backward=True)) == []


def test_it_is_told_in_the_order_of_the_pass_and_forward_is_first() -> None:
    """Two roots: going back the last one comes first; one that has NaN forward is told as that."""

    def two(h: Tensor) -> Tensor:
        once = torch.where(h > 0, h.sqrt(), 0.0)
        return torch.where(h > 0, (once * h).sqrt(), 0.0).sum()

    now = subject(Computes(two), NOUGHT)
    recording = now.record(ExampleInput())
    found = places(now, recording, EVERYTHING)
    assert [recording.events[hit.event].id for hit in found] == ["sqrt#0", "sqrt#1"]
    assert first_of(found) is found[1]
    now = subject(Computes(lambda h: (h - 2).sqrt().sum()), NOUGHT)
    recording = now.record(ExampleInput())
    found = places(now, recording, EVERYTHING)
    assert [(hit.why, hit.backward) for hit in found][:1] == [("nan", "")]
    assert first_of(found) is found[0]


def test_sizes_are_those_of_autograd() -> None:
    now = learner("char-gpt")
    recording = now.record(TextInput("The value of"))
    found = now.quantify(recording.tape, "backward", 0)
    again = now._passes[recording.tape]
    args, kwargs = now.feed.arguments(again.given)
    kept: dict[str, Tensor] = {}

    def keep(name: str, result: Tensor) -> None:
        result.retain_grad()
        kept[name] = result

    handles = [
        module.register_forward_hook(lambda _m, _a, out, name=name: keep(name, out))
        for name, module in now.model.named_modules() if name.endswith(("fc1", "ln2", "proj"))
    ]  # fmt: skip
    tokens = args[0]
    logits = now.model(*args, **kwargs)
    nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten()).backward()
    for handle in handles:
        handle.remove()
    now.model.zero_grad()
    by_value = dict(zip(found.at.tolist(), found.each.tolist(), strict=True))
    for name, result in kept.items():
        (event,) = (e for e in recording.events if e.id.startswith(f"{name}/"))
        assert result.grad is not None
        assert by_value[event.outputs[0]] == pytest.approx(float(result.grad.abs().max()), 1e-4)
    assert len(kept) == 12
    assert "cross-entropy" in found.note


def test_a_changed_pass_says_that_it_has_no_gradients() -> None:
    now = subject(Computes(lambda h: h.sum()), NOUGHT)
    recording = now.record(ExampleInput())
    made = now.intervene(recording.tape, (Change("mul#0", "zero"),))
    with pytest.raises(Problem, match="Gradients are those of the model's own pass"):
        now.quantify(made.tape, "backward", 0)


def test_where_no_gradient_comes_nothing_is_dead() -> None:
    dead = Breaks(dead=True, backward=True)
    assert told(lambda h: (h.sigmoid() * 0 + h).sum(), NOUGHT, dead) == []


def test_numbers_that_were_given_with_nan_are_told_at_the_op_that_reads_them() -> None:
    given = torch.tensor([torch.nan, 1.0, 4.0])
    assert told(lambda h: h.neg().sum(), given, Breaks(nan=True)) == [("mul#0", "nan", "")]


def test_complex_numbers_with_nan_are_the_same_pass_again() -> None:
    found = told(
        lambda h: torch.view_as_real(torch.fft.fft(h / 0)).sum() + h.sum(), NOUGHT + 1, EVERYTHING
    )
    assert ("fft_fft#0", "nan", "") in found
    with pytest.raises(Problem, match="The output has complex numbers"):
        told(lambda h: torch.fft.fft(h / 0), NOUGHT, EVERYTHING)
