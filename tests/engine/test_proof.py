"""Proving a tape leaves every tensor of the pass as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import explorer


class Call(nn.Module):
    """A function of a linear layer and an input, as a model."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)
        self.function = function

    def forward(self, x: Any) -> Any:
        return self.function(self.layer, x)


def _leaf(layer: nn.Linear, x: Tensor) -> Tensor:
    return (x * 2).detach_().requires_grad_()


def _cut(layer: nn.Linear, x: Tensor) -> Tensor:
    with torch.no_grad():
        y: Tensor = layer(x)
    return y.detach_().requires_grad_() * x


def _graded(layer: nn.Linear, x: Tensor) -> Tensor:
    y = layer(x).detach()
    y.requires_grad = True
    y.grad = torch.ones(3, 4)
    return y * x


def _state(tensor: Tensor) -> tuple[Any, ...]:
    grad = tensor.grad if tensor.is_leaf else None
    return tensor.requires_grad, tensor.is_leaf, tensor.shape, id(grad)


@pytest.mark.parametrize("function", [_leaf, _cut, _graded])
def test_a_check_and_a_replay_change_no_recorded_tensor(function: Callable[..., Any]) -> None:
    x = torch.randn(3, 4)
    tape = explorer.record(Call(function), x)
    held = [tensor for tensor in tape.script.tensors if tensor is not None]
    before = [_state(tensor) for tensor in held]
    assert tape.check(), tape.check().wrong
    tape.replay({"x": x + 1})
    for event in tape.events:
        tape.again(event.index)
    assert [_state(tensor) for tensor in held] == before
    assert tape.output.requires_grad
    assert tape.backward(tape.output.sum()).events
