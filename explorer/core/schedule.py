"""The learning rate of every step of a plan."""

from __future__ import annotations

import math

from explorer.core.spec import TrainSpec


def learning_rate_at(plan: TrainSpec, step: int) -> float:
    """The rate of the update numbered ``step``, counted from 0.

    Over the first ``warmup`` updates it rises evenly to ``learning_rate`` (`LinearLR` from
    1/warmup). After them it stays (``constant``), is multiplied with ``gamma`` every
    ``step_size`` updates (``step``, `StepLR`), or falls along half a cosine that would reach 0
    one update behind the last (``cosine``, `CosineAnnealingLR`; Loshchilov and Hutter 2017).
    """
    after = step - plan.warmup
    if after < 0:
        return plan.learning_rate * (step + 1) / plan.warmup
    if plan.schedule == "step":
        return plan.learning_rate * plan.gamma ** (after // plan.step_size)
    if plan.schedule == "cosine":
        share = min(1.0, after / max(1, plan.steps - plan.warmup))
        return plan.learning_rate * (1 + math.cos(math.pi * share)) / 2
    return plan.learning_rate
