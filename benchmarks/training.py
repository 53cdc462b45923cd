"""Training with metrics against the bare loop of the same numbers, side by side, on one thread."""

from __future__ import annotations

import statistics
import sys
import time
from typing import Any

import torch
from torch.nn import functional as F

from explorer.core.presets import load_preset
from explorer.core.spec import Preset
from explorer.engine.build import build
from explorer.engine.data import load_data
from explorer.engine.device import keep_freed_memory, leave_a_core
from explorer.engine.training import Trainer, make_optimizer


def run() -> list[dict[str, Any]]:
    """Steps per second of both, and their ratio."""
    keep_freed_memory()  # as the engine does
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return [_row("char-gpt", rounds=24, steps=5, goal=0.97)]
    finally:
        torch.set_num_threads(before)


def _row(name: str, rounds: int, steps: int, goal: float) -> dict[str, Any]:
    preset = load_preset(name).preset
    plan = preset.train
    data = load_data(preset, plan.seed, plan.validation)
    ours = Trainer(build(preset.model, plan.seed), data, plan)
    bare = _Bare(preset)
    times: tuple[list[float], list[float]] = ([], [])
    for i in range(rounds):
        for which, work in enumerate((lambda: _ours(ours, steps), lambda: bare.train(steps))):
            began = time.perf_counter()
            work()
            if i:
                times[which].append(time.perf_counter() - began)
    # Means, not medians: the validations and transfers now and then are part of the price.
    mine, other = (steps / statistics.fmean(sorted(t)[: -len(t) // 8]) for t in times)
    return {
        "name": f"train {name} with curves", "ours": mine, "other": other,
        "ratio": mine / other, "goal": goal, "held": mine / other >= goal,
    }  # fmt: skip


def _ours(trainer: Trainer, steps: int) -> None:
    for _ in range(steps):
        trainer.step()
        trainer.curves()


class _Bare:
    """The loop one would write by hand: no metrics, the same batches and optimizer."""

    def __init__(self, preset: Preset) -> None:
        plan = preset.train
        self.size = plan.batch_size
        self.inputs, self.targets = load_data(preset, plan.seed, plan.validation).train
        self.model = build(preset.model, plan.seed).train()
        self.optimizer = make_optimizer(self.model, plan)
        self.rows = torch.randperm(len(self.inputs))
        self.at = 0

    def train(self, steps: int) -> None:
        """``steps`` batches."""
        for _ in range(steps):
            if self.at + self.size > len(self.rows):
                self.at = 0
            rows = self.rows[self.at : self.at + self.size]
            self.at += self.size
            logits = self.model(self.inputs[rows])
            loss = F.cross_entropy(logits.flatten(0, -2), self.targets[rows].flatten())
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.optimizer.step()


def bare_rates(name: str, seconds: float) -> None:
    """Steps a second of the bare loop, with as many threads as the engine takes.

    For every line that comes in it trains so long and prints them.
    """
    keep_freed_memory()
    leave_a_core()
    bare = _Bare(load_preset(name).preset)
    for _ in sys.stdin:
        bare.train(3)
        done, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            bare.train(1)
            done += 1
        print(done / (time.perf_counter() - began), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--bare"]:
        bare_rates(sys.argv[2], float(sys.argv[3]))
    else:
        for row in run():
            print(row)
