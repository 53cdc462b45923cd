"""What numbers of a changed pass depend on: what somebody set to something came from nowhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import explorer
from explorer.core.change import Change, slices
from explorer.core.reach import Reach
from explorer.core.values import ExampleInput
from explorer.engine.live import LiveFeed
from explorer.engine.subject import Subject

OUTSIDE = -1.0


class Attention(nn.Module):
    """Attention as one op."""

    def forward(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(q, k, v)


class Net(nn.Module):
    """A layer whose units ``made`` may change, and one behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(3, 5), nn.Linear(5, 2)

    def forward(self, x: Tensor, made: Callable[[Tensor], Tensor] = lambda h: h) -> Tensor:
        y: Tensor = self.b(made(torch.tanh(self.a(x))))
        return y


def subject_of(model: nn.Module, *args: Tensor) -> tuple[Subject, int]:
    subject = Subject(model.eval(), LiveFeed(args, {}), "live", {})
    return subject, subject.record(ExampleInput()).tape


MEAN, SET = Change("tanh#0", "mean", "0, 0:3"), Change("tanh#0", "fix", "0, 0", 2.0)
CHANGES = {
    "all at 0": [Change("tanh#0", "zero")],
    "one set": [Change("tanh#0", "fix", "0, 2", 1.5)],
    "times": [Change("tanh#0", "scale", ":, 1:4", -3.0)],
    "times 0": [Change("tanh#0", "scale", ":, 1:4", 0.0)],
    "mean": [Change("tanh#0", "mean", ":, 0:3")],
    "noise": [Change("tanh#0", "noise", "", 0.5, seed=3)],
    "mean, then one set": [MEAN, SET],
    "one set, then mean": [SET, MEAN],
}  # fmt: skip


def by_hand(changes: list[Change], noise: Tensor) -> Callable[[Tensor], Tensor]:
    def made(h: Tensor) -> Tensor:
        for one in changes:
            at, h = slices(one.cells, tuple(h.shape)), h.clone()
            if one.kind == "zero":
                h[at] = 0.0
            elif one.kind == "fix":
                h[at] = one.amount
            elif one.kind == "scale":
                h[at] = h[at] * one.amount
            elif one.kind == "mean":
                h[at] = h[at].mean()
            else:
                h = h + noise
        return h

    return made


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_a_field_is_that_of_the_changed_pass(changes: list[Change]) -> None:
    torch.manual_seed(2)
    model, x = Net(), torch.randn(1, 3)
    subject, base = subject_of(model, x)
    tape = subject.intervene(base, tuple(changes)).tape
    shown = subject.passed(tape).shown
    hidden, before, out = map(shown.ref, ("tanh#0", "a/linear#0", "b/linear#0"))
    h = torch.tanh(model.a(x))
    run = by_hand(changes, (subject.value(tape, hidden) - h).detach())
    torch.testing.assert_close(subject.value(tape, out), model(x, run))

    z = model.a(x).detach().requires_grad_()
    (slope,) = torch.autograd.grad(model.b(run(torch.tanh(z)))[0, 1], z, allow_unused=True)
    slope = torch.zeros_like(z) if slope is None else slope
    cells = subject.field(tape, Reach("from", out, (0, 1))).cells.get(before)
    told = torch.full_like(z, OUTSIDE) if cells is None else cells
    assert torch.equal(told == OUTSIDE, slope == 0)
    torch.testing.assert_close(told.clamp(min=0), (slope * z).detach().abs())

    for unit in range(5):
        jacobian: Any = torch.autograd.functional.jacobian(
            lambda z: model.b(run(torch.tanh(z))), z.detach()
        )
        want = (jacobian[0, :, 0, unit] * z[0, unit]).detach().abs()
        cells = subject.field(tape, Reach("to", before, (0, unit))).cells.get(out)
        got = torch.full((1, 2), OUTSIDE) if cells is None else cells
        assert torch.equal(got[0] == OUTSIDE, want == 0)
        torch.testing.assert_close(got[0].clamp(min=0), want)


def test_a_value_that_a_replay_was_given_came_from_nowhere() -> None:
    torch.manual_seed(2)
    model, x = Net().eval(), torch.randn(1, 3)
    with torch.no_grad():
        tape = explorer.record(model, x)
        given = tape.replay({"tanh#0": tape.value("tanh#0") * 2})
    field = given.receptive_field("b/linear#0", (0, 0))
    assert field.mask(tape.ref("tanh#0")) is not None
    assert field.mask(tape.ref("x")) is None
    other = tape.replay({"tanh#0": lambda h: h.flip(-1)})  # nobody knows which cell is which
    mask = other.receptive_field("tanh#0", (0, 0)).mask(tape.ref("a/linear#0"))
    assert mask is not None
    assert bool(mask.all())


def test_a_changed_map_inside_of_an_op_counts_as_it_is() -> None:
    torch.manual_seed(0)
    q, k, v = (torch.randn(1, 1, 3, 4) for _ in range(3))
    subject, base = subject_of(Attention(), q, k, v)
    weights = "scaled_dot_product_attention#0:weights"
    made = subject.intervene(base, (Change(weights, "fix", ":, :, 0, 1:", 2.0),))
    assert not made.refused
    (out,) = made.outputs
    names = [value.name for value in made.values]
    map_ = subject.value(made.tape, names.index(weights))[0, 0]
    want = map_[0] * v[0, 0, :, 1]
    told = subject.explain(made.tape, out, (0, 0, 0, 1), 10)
    terms = torch.tensor([one.value for one in told.terms]).real
    torch.testing.assert_close(terms.sort().values, want.sort().values)
    cells = subject.field(made.tape, Reach("from", out, (0, 0, 0, 1))).cells
    values = next(cells[ref] for ref in cells if torch.equal(subject.value(made.tape, ref), v))
    torch.testing.assert_close(values[0, 0, :, 1], want.abs())
    scores = (q @ k.mT / 2).softmax(-1)[0, 0]
    assert map_[0, 0].item() == pytest.approx(scores[0, 0].item())
