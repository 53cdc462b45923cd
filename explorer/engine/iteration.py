"""One iteration of a training, recorded: batch, forward, loss, backward and update."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.core.spec import Optimizer
from explorer.engine.backward import Backward
from explorer.engine.tape import Tape


class Learned(NamedTuple):
    """What a model gives while it learns: the ``loss`` () of the batch, and its ``logits``."""

    loss: Tensor
    logits: Tensor


class Update(NamedTuple):
    """What an optimizer's step did to one parameter, all of its shape.

    ``gradient`` is that of the loss, before clipping multiplied it with ``clip``. ``state`` has, by
    torch's names (``exp_avg``), what the optimizer remembers of the parameter, before and after: no
    momentum that has been switched off, which torch keeps but does not use.
    ``settings`` are torch's parameter group at that step, ``age`` is how many updates the
    parameter has had with this one.
    """

    optimizer: Optimizer
    settings: dict[str, Any]
    age: int
    clip: float
    before: Tensor
    gradient: Tensor
    after: Tensor
    state: dict[str, tuple[Tensor, Tensor]]

    @property
    def change(self) -> Tensor:
        """What was added to the parameter."""
        return self.after - self.before


class RecordedStep(NamedTuple):
    """Step ``number`` of a training as it happened.

    ``tape`` is the pass of its batch through the model as it learns, with the weights from before,
    and the loss. ``updates`` are by the path of the parameter, in the model's order; a parameter
    that the loss does not depend on has none.
    """

    number: int
    tape: Tape
    backward: Backward
    updates: dict[str, Update]


def learning(model: nn.Module) -> nn.Module:
    """The model, sharing all it has, with ``targets`` after its inputs, and the cross-entropy
    between them and its logits (…, classes) in what it gives: see `Learned`."""
    plain = type(model).forward

    def forward(*given: Tensor) -> Learned:
        *inputs, targets = given
        logits = plain(made, *inputs)
        return Learned(loss_of(logits, targets), logits)

    signature = inspect.signature(model.forward)
    targets = inspect.Parameter("targets", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    forward.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*signature.parameters.values(), targets], return_annotation=Learned
    )
    made = copy.copy(model)
    made.forward = forward
    return made


def loss_of(logits: Tensor, targets: Tensor) -> Tensor:
    """What training makes small: the mean cross-entropy of logits (…, classes) for targets (…)."""
    return F.cross_entropy(logits.flatten(0, -2), targets.flatten())


class Standing(NamedTuple):
    """A parameter at one moment, and what the optimizer remembers of it, by torch's names: the
    tensors of its shape, and how many updates it has had (0 where torch does not count)."""

    weights: Tensor
    state: dict[str, Tensor]
    age: int


def standing(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Standing]:
    """A copy of all parameters, by their paths."""
    found = {}
    for name, parameter in model.named_parameters():
        state: dict[str, Any] = optimizer.state.get(parameter, {})
        kept = {
            key: one.clone()
            for key, one in state.items()
            if isinstance(one, Tensor) and one.shape == parameter.shape and key != "step"
        }
        found[name] = Standing(parameter.detach().clone(), kept, int(state.get("step", 0)))
    return found


def updates(
    kind: Optimizer,
    optimizer: torch.optim.Optimizer,
    gradients: Mapping[str, Tensor],
    clip: float,
    before: Mapping[str, Standing],
    after: Mapping[str, Standing],
) -> dict[str, Update]:
    """What the optimizer's step did to every parameter that has a gradient."""
    settings = {k: v for k, v in optimizer.param_groups[0].items() if k != "params"}
    found = {}
    for name, gradient in gradients.items():
        old, new = before[name], after[name]
        state = {
            key: (old.state.get(key, torch.zeros_like(now)), now)  # torch begins with zeros
            for key, now in new.state.items()
            if key != "momentum_buffer" or settings["momentum"]
        }
        found[name] = Update(
            kind, settings, new.age, clip, old.weights, gradient, new.weights, state
        )
    return found


def clipping(norm: float, most: float) -> float:
    """What `torch.nn.utils.clip_grad_norm_` multiplies gradients of that norm with."""
    return min(most / (norm + 1e-6), 1.0)  # in this order NaN stays NaN, as in torch
