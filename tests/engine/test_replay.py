"""A replay is the model run with the change, or says that it cannot be."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from unittest.mock import DEFAULT, Mock

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import explorer
from explorer.core.problem import Problem
from explorer.engine import replay
from explorer.engine.naming import op_name
from explorer.engine.script import Step
from tests.engine.forwards import MODELS, Net, flat


@pytest.mark.parametrize("f", MODELS[:5], ids=lambda f: f.__name__)
def test_a_replay_is_the_model_run_with_the_change(f: Callable[..., Any]) -> None:
    x, other = torch.randn(4, 4), torch.randn(4, 4)
    with torch.no_grad():
        tape = explorer.record(Net(f), x.clone())
        before = [tape.value(i).clone() for i in range(len(tape.values))]
        again = tape.replay({"x": other})
        plain = Net(f)(other.clone())
    assert all(map(torch.equal, flat(again.output), flat(plain)))
    assert all(torch.equal(tape.value(i), b) for i, b in enumerate(before))
    assert all(map(torch.equal, flat(tape.output), (tape.value(r) for r in tape.outputs)))


def test_a_replay_computes_only_what_follows() -> None:
    calls: list[str] = []

    def note(op: str, *_: object) -> Any:
        calls.append(op)
        return DEFAULT  # as the op itself

    class Model(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            a, b = x * 2, x * 3
            return a.exp() + b.tanh().cos()

    tape = explorer.record(Model(), torch.randn(3))
    for event, step in zip(tape.events, tape.script.steps, strict=True):
        step.func = Mock(wraps=step.func, side_effect=partial(note, event.id))
    changed = torch.randn(3)
    again = tape.replay({"tanh#0": changed})
    assert calls == ["cos#0", "add#0"]
    assert torch.equal(again.output, tape.value("exp#0") + changed.cos())
    further = again.replay({"exp#0": torch.zeros(3)})
    assert torch.equal(further.output, changed.cos())


def test_a_replay_says_when_the_model_would_have_gone_another_way() -> None:
    class Model(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x * 2 if x.sum() > 0 else x * 3

    tape = explorer.record(Model(), torch.ones(3))
    assert torch.equal(tape.replay({"x": torch.full((3,), 5.0)}).output, torch.full((3,), 10.0))
    with pytest.raises(Problem) as caught:
        tape.replay({"x": -torch.ones(3)})
    assert "would decide otherwise" in str(caught.value)
    assert __file__ in str(caught.value)
    with pytest.raises(Problem, match="cannot become"):
        tape.replay({"x": torch.ones(4)})


def test_a_replay_that_changes_a_shape_says_so() -> None:
    class Model(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            chosen = (x > 0).nonzero().flatten()
            return x[chosen].sum() if chosen.numel() else x.sum() * 3

    tape = explorer.record(Model(), torch.tensor([1.0, -1.0, 2.0]))
    with pytest.raises(Problem, match="would decide otherwise"):
        tape.replay({"x": torch.tensor([1.0, 1.0, 1.0])})


def test_a_value_that_was_given_counts_as_given_in_a_check() -> None:
    class Model(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return ((x * 2).exp() + 1).tanh()

    tape = explorer.record(Model(), torch.randn(3))
    again = tape.replay({"exp#0": torch.randn(3)})
    assert again.check()
    assert again.replay({"add#0": torch.randn(3)}).check()
    assert again.replay({"x": torch.randn(3)}).check()
    again._changed[again.ref("tanh#0")] = torch.zeros(3)
    assert again.check().wrong == ["tanh#0: computed again, tanh#0 differs"]


class Doubling(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * 2


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"x": [1, 2]}, "x is a tensor, and cannot become a list"),
        ({"x": torch.zeros(3, device="meta")}, "x is on cpu, and cannot become a tensor on meta"),
        ([torch.zeros(3)], "A replay takes a dictionary of values, and was given a list"),
        ({1.5: torch.zeros(3)}, "There is no value 1.5 on this tape"),
    ],
)
def test_what_no_replay_can_take_is_said(given: Any, said: str) -> None:
    tape = explorer.record(Doubling(), torch.randn(3))
    with pytest.raises(Problem) as raised:
        tape.replay(given)
    assert str(raised.value).startswith(said)


class _Blocks(nn.Module):
    """Values large enough that not all of a replay are kept."""

    def __init__(self) -> None:
        super().__init__()
        self.maps = nn.ModuleList(nn.Linear(64, 64) for _ in range(4))
        self.norm = nn.LayerNorm(64)

    def forward(self, x: Tensor) -> Tensor:
        for one in self.maps:
            y = one(self.norm(x))
            x = x + torch.softmax(F.gelu(torch.relu(y / 2)).tanh() * 3, -1).T.contiguous().T
        return x.relu()


@torch.no_grad()
def test_what_a_replay_does_not_keep_is_computed_again_when_it_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, x = _Blocks(), torch.randn(512, 64)
    tape = explorer.record(model, x)
    again: list[str] = []
    perform = replay.perform

    def noted(step: Step, *others: Any) -> dict[int, Tensor]:
        again.append(op_name(step.func))
        return perform(step, *others)

    monkeypatch.setattr(replay, "perform", noted)
    changed = torch.randn(512, 64)
    made = tape.replay({"x": changed})
    plain = explorer.record(model, changed)
    again.clear()
    for ref, value in enumerate(plain.values):
        assert torch.equal(made.value(ref), plain.value(ref)), value.name
    assert {"gelu", "softmax", "layer_norm"} <= set(again)
    assert not {"linear", "add"} & set(again), "these are kept: long ways would lead to them"


@torch.no_grad()
def test_a_value_that_is_not_kept_can_be_changed_again() -> None:
    model, x = _Blocks(), torch.randn(512, 64)
    tape = explorer.record(model, x)
    first = tape.replay({"x": x * 2})
    name = next(e for e in tape.events if e.op == "gelu").id
    second = first.replay({name: lambda gelu: gelu - 1})

    def forward(x: Tensor) -> Tensor:
        for n, one in enumerate(model.maps):
            inner = F.gelu(torch.relu(one(model.norm(x)) / 2))
            inner = inner - 1 if n == 0 else inner
            x = x + torch.softmax(inner.tanh() * 3, -1).T.contiguous().T
        return x.relu()

    assert torch.equal(second.output, forward(x * 2))
