"""Optimizers, schedules and clipping are torch's, told what the plan says."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from explorer.core.presets import load_preset
from explorer.core.spec import TrainSpec
from explorer.engine.build import build
from tests.engine.learning import run, same, spirals, weights

KINDS = {
    "sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop, "adagrad": torch.optim.Adagrad,
}  # fmt: skip
LOOPS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"optimizer": "sgd"}, {}),
    ({"optimizer": "sgd", "momentum": 0.9}, {"momentum": 0.9}),
    (
        {"optimizer": "sgd", "momentum": 0.7, "nesterov": True},
        {"momentum": 0.7, "nesterov": True},
    ),
    ({"optimizer": "adam"}, {}),
    ({"optimizer": "adam", "beta1": 0.5, "beta2": 0.9}, {"betas": (0.5, 0.9)}),
    ({"optimizer": "adamw", "eps": 1e-3}, {"eps": 1e-3}),
    ({"optimizer": "rmsprop"}, {}),
    (
        {"optimizer": "rmsprop", "alpha": 0.8, "momentum": 0.5, "eps": 1e-4},
        {"alpha": 0.8, "momentum": 0.5, "eps": 1e-4},
    ),
    ({"optimizer": "adagrad"}, {"eps": 1e-8}),
]


@pytest.mark.parametrize(("plan", "options"), LOOPS)
@pytest.mark.parametrize("max_norm", [0.0, 0.05])
def test_steps_are_those_of_a_plain_loop(
    plan: dict[str, Any], options: dict[str, Any], max_norm: float
) -> None:
    made = spirals(**plan, weight_decay=0.01, max_norm=max_norm)
    plain = build(load_preset("spirals-mlp").preset.model, 0)
    fused = {"fused": True} if plan["optimizer"] in ("sgd", "adam", "adamw") else {}
    update = KINDS[plan["optimizer"]](
        plain.parameters(), lr=made.plan.learning_rate, weight_decay=0.01, **fused, **options
    )
    losses = []
    order = torch.randperm(320, generator=torch.Generator().manual_seed(0))
    for i in range(10):
        rows = order[i * 32 : i * 32 + 32]
        update.zero_grad()
        loss = nn.functional.cross_entropy(
            plain(made.data.train[0][rows]), made.data.train[1][rows]
        )
        loss.backward()
        if max_norm:
            assert nn.utils.clip_grad_norm_(plain.parameters(), max_norm) > max_norm
        update.step()
        losses.append(loss.item())
    found = run(made, 10)
    assert found["train/loss"][:, 1].tolist() == losses
    assert same(weights(made), plain.state_dict())


def test_gradients_are_told_as_they_were_before_clipping() -> None:
    free, clipped = (run(spirals(max_norm=most), 1) for most in (0.0, 1e-3))
    assert clipped["gradient/layers.2"].tolist() == free["gradient/layers.2"].tolist()


@pytest.mark.parametrize("warmup", [0, 1, 5])
@pytest.mark.parametrize("schedule", ["constant", "step", "cosine"])
def test_learning_rates_are_those_of_torch(schedule: str, warmup: int) -> None:
    plan = {"schedule": schedule, "warmup": warmup, "step_size": 4, "gamma": 0.3, "steps": 20}
    made = spirals(learning_rate=0.2, optimizer="sgd", **plan)
    lr = torch.optim.lr_scheduler
    update = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.2)
    after = {
        "constant": lambda: lr.ConstantLR(update, factor=1.0),
        "step": lambda: lr.StepLR(update, step_size=4, gamma=0.3),
        "cosine": lambda: lr.CosineAnnealingLR(update, T_max=20 - warmup),
    }[schedule]()
    if warmup > 1:
        rise = lr.LinearLR(update, start_factor=1 / warmup, total_iters=warmup - 1)
        rates: Any = lr.SequentialLR(update, [rise, after], milestones=[warmup])
    elif warmup:
        flat = lr.ConstantLR(update, factor=1.0)
        rates = lr.SequentialLR(update, [flat, after], milestones=[1])
    else:
        rates = after
    wanted = []
    for _ in range(20):
        wanted.append(update.param_groups[0]["lr"])
        update.step()
        rates.step()
    found = run(made, 20)["learning_rate"]
    assert found[:, 0].tolist() == list(range(1, 21))
    assert found[:, 1].tolist() == pytest.approx(wanted, rel=1e-9)
    assert len(set(found[:, 1].tolist())) > (schedule != "constant" or warmup > 1)


@pytest.mark.parametrize("optimizer", list(KINDS))
def test_what_an_optimizer_is_told_changes_between_two_steps(optimizer: str) -> None:
    """As if somebody had turned the knobs of torch's own."""
    made = spirals(optimizer=optimizer)
    run(made, 3)
    told: dict[str, Any] = {
        "sgd": {"momentum": 0.8, "nesterov": True}, "adam": {"beta1": 0.2, "beta2": 0.7},
        "adamw": {"beta2": 0.5, "eps": 0.1}, "rmsprop": {"alpha": 0.3}, "adagrad": {"eps": 0.5},
    }[optimizer]  # fmt: skip
    made.change(made.plan.model_copy(update={**told, "learning_rate": 0.02}))
    run(made, 1)
    group = made.optimizer.param_groups[0]
    assert group["lr"] == 0.02
    betas = group.get("betas", (None, None))
    for name, value in told.items():
        assert {"beta1": betas[0], "beta2": betas[1]}.get(name, group.get(name)) == value


def test_rmsprop_takes_up_momentum_between_two_steps() -> None:
    """It begins with nothing, as torch's own does at its first step."""
    made, plain = (spirals(optimizer="rmsprop") for _ in range(2))
    run(made, 3)
    run(plain, 3)
    made.change(made.plan.model_copy(update={"momentum": 0.5}))
    run(made, 2)
    for state in plain.optimizer.state.values():
        state["momentum_buffer"] = torch.zeros_like(state["square_avg"])
    plain.optimizer.param_groups[0]["momentum"] = 0.5
    plain.plan = made.plan
    run(plain, 2)
    assert same(weights(made), weights(plain))


def test_nesterov_needs_momentum_of_sgd_alone() -> None:
    with pytest.raises(ValueError, match=r"nesterov\n.*needs a momentum above 0"):
        TrainSpec(optimizer="sgd", nesterov=True)
    assert TrainSpec(optimizer="adam", nesterov=True).nesterov
