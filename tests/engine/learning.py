"""Trainings for tests: the presets', by plans that differ from theirs."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from explorer.core.presets import load_preset
from explorer.core.spec import Preset, TrainSpec
from explorer.engine.build import build
from explorer.engine.data import load_data
from explorer.engine.training import Trainer


def trainer(preset: Preset, **changes: Any) -> Trainer:
    plan = TrainSpec.model_validate({**preset.train.model_dump(), **changes})
    torch.manual_seed(plan.seed)
    data = load_data(preset, plan.seed, plan.validation)
    return Trainer(build(preset.model, plan.seed), data, plan)


def spirals(**changes: Any) -> Trainer:
    return trainer(load_preset("spirals-mlp").preset, **changes)


def run(made: Trainer, steps: int) -> dict[str, np.ndarray]:
    for _ in range(steps):
        made.step()
    return made.curves()


def weights(made: Trainer) -> dict[str, torch.Tensor]:
    return {name: t.clone() for name, t in made.model.state_dict().items()}


def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[n], b[n]) for n in a)
