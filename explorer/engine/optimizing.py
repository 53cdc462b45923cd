"""The optimizer of a training plan: PyTorch's own, told what the plan says."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from explorer.core.schedule import learning_rate_at
from explorer.core.spec import TUNED, TrainSpec

_KINDS: dict[str, type[torch.optim.Optimizer]] = {
    "sgd": torch.optim.SGD,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
    "adagrad": torch.optim.Adagrad,
}
_FUSED = ("sgd", "adam", "adamw")  # one kernel for all weights, on every device


def make_optimizer(model: nn.Module, plan: TrainSpec) -> torch.optim.Optimizer:
    """The optimizer a plan names, in one fused kernel where PyTorch has it."""
    options = _settings(plan, 0)
    if plan.optimizer in _FUSED:
        options["fused"] = True
    return _KINDS[plan.optimizer](model.parameters(), **options)


def tune(optimizer: torch.optim.Optimizer, plan: TrainSpec, step: int) -> float:
    """Have the update numbered ``step``, counted from 0, go by the plan; its learning rate."""
    settings = _settings(plan, step)
    for group in optimizer.param_groups:
        group.update(settings)
    if isinstance(optimizer, torch.optim.RMSprop) and settings["momentum"]:
        for parameter, state in optimizer.state.items():  # RMSprop makes it at its first step only
            if "momentum_buffer" not in state:
                state["momentum_buffer"] = torch.zeros_like(parameter)
    rate: float = settings["lr"]
    return rate


def _settings(plan: TrainSpec, step: int) -> dict[str, Any]:
    """What torch's constructor of the optimizer takes, and its parameter groups keep."""
    told: dict[str, Any] = {name: getattr(plan, name) for name in TUNED[plan.optimizer]}
    if "beta1" in told:
        told["betas"] = (told.pop("beta1"), told.pop("beta2"))
    return {"lr": learning_rate_at(plan, step), "weight_decay": plan.weight_decay, **told}
