"""Modules that run as one event: computed again they are as they were, and the live ones stay."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import explorer
from explorer.core.problem import Problem

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")


class Counting(nn.Module):
    """Its buffer, tensor, number and list change with every call."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 3)
        self.calls: Tensor
        self.register_buffer("calls", torch.zeros(1))
        self.hidden = torch.zeros(3)
        self.number = 0
        self.seen = [0]

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        self.hidden = torch.tanh(self.hidden + x.sum(0))
        self.number += 1
        self.seen.append(self.number)
        return self.linear(x) * self.calls + self.hidden * len(self.seen)


class Norm(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(nn.Linear(3, 3), nn.BatchNorm1d(3), nn.Dropout(0.5))


class Twice(nn.Module):
    def __init__(self, made: Callable[[], nn.Module], close: Callable[..., Any]) -> None:
        super().__init__()
        self.inner = close(made())

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.inner(x) * 2
        return y + self.inner(y)


def scripted(module: nn.Module) -> Any:
    return torch.jit.script(module)


def compiled(module: nn.Module) -> Any:
    return torch.compile(module, backend="eager")


def state(module: Any) -> list[Any]:
    """Everything that may move on in it."""
    held = [tensor.clone() for tensor in (*module.parameters(), *module.buffers())]
    if hasattr(module, "hidden"):
        held += [module.hidden.clone(), torch.tensor([module.number, *module.seen])]
    return held


@pytest.mark.parametrize(
    ("made", "close"), [(Counting, scripted), (Norm, scripted), (Norm, compiled)]
)
@pytest.mark.parametrize("grads", [True, False])
def test_computing_again_begins_as_the_pass_did_and_leaves_the_module(
    made: Callable[[], nn.Module], close: Callable[..., Any], grads: bool
) -> None:
    model, x = Twice(made, close), torch.randn(4, 3)
    with torch.set_grad_enabled(grads):
        for _ in range(3):
            model(x)
        tape = explorer.record(model, x)
    after = state(model.inner)
    proof = tape.check()
    assert proof, proof.wrong
    assert not proof.skipped
    assert torch.equal(tape.replay({"x": x.clone()}).output, tape.output)
    assert not torch.equal(tape.replay({"x": x + 1}).output, tape.output)
    tape.explain(tape.outputs[0], (0, 0))
    tape.explain(tape.events[0].outputs[0], (0, 0))
    assert all(torch.equal(a, b) for a, b in zip(state(model.inner), after, strict=True))
    model(x)  # it moves on, and the tape says what it said
    model.eval()
    assert tape.check()
    assert torch.equal(tape.replay({"x": x.clone()}).output, tape.output)


def test_a_change_gives_what_the_module_would_have_given() -> None:
    model, x, other = Twice(Counting, scripted), torch.randn(4, 3), torch.randn(4, 3)
    with torch.no_grad():
        model(x)
        twin = copy.deepcopy(model)
        tape = explorer.record(model, x)
        assert torch.equal(tape.replay({"inner/Counting#0": twin.inner(other)}).value("mul#0"),
                           tape.replay({"x": other}).value("mul#0"))  # fmt: skip


def test_weights_that_were_changed_since_are_not_computed_with() -> None:
    model, x = Twice(Norm, scripted), torch.randn(4, 3)
    with torch.no_grad():
        lost, kept = explorer.record(model, x), explorer.record(model, x)
        kept.keep()
        for parameter in model.parameters():
            parameter.add_(1)
        assert kept.check()
        with pytest.raises(Problem, match="weight was changed after this pass"):
            lost.replay({"x": x + 1})


def test_a_state_that_cannot_be_copied_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise RuntimeError("no copies of this")

    monkeypatch.setattr("explorer.engine.closed._copied", refuse)
    model, x = Twice(Counting, scripted), torch.randn(4, 3)
    tape = explorer.record(model, x)
    proof = tape.check()
    assert proof
    assert "no copies of this" in proof.skipped[0]
    with pytest.raises(Problem, match="could not be kept: no copies of this"):
        tape.replay({"x": x + 1})


def test_a_weight_inside_of_such_a_module_cannot_be_another() -> None:
    model, x = Twice(Norm, scripted), torch.randn(4, 3)
    tape = explorer.record(model, x)
    with pytest.raises(Problem, match=r"inner\.0\.weight is read inside of inner/Norm#0") as raised:
        tape.replay({"inner.0.weight": torch.zeros(3, 3)})
    assert "\n" not in str(raised.value)
