"""Recording a forward pass against running it plainly, side by side, on one thread."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from explorer.core.presets import load_preset
from explorer.core.spec import GPTSpec
from explorer.engine.build import build
from explorer.engine.device import keep_freed_memory
from explorer.engine.record import record

LARGE = GPTSpec(family="gpt", vocabulary=96, context=256, layers=6, heads=6, width=384)


def run() -> list[dict[str, Any]]:
    """The medians in milliseconds, and their ratio, for both goals."""
    keep_freed_memory()  # as the engine does
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        small = load_preset("char-gpt").preset.model
        assert isinstance(small, GPTSpec)
        return [
            _row(f"record char-gpt, T={small.context}", small, 300, 1.20),
            _row("record a 6×384 GPT, T=256", LARGE, 40, 1.05),
        ]
    finally:
        torch.set_num_threads(before)


def _row(name: str, spec: GPTSpec, rounds: int, goal: float) -> dict[str, Any]:
    model = build(spec)
    tokens = torch.randint(0, spec.vocabulary, (1, spec.context))
    with torch.no_grad():
        ours, other = _medians(model, tokens, rounds)
    ratio = ours / other
    return {
        "name": name, "ours": ours, "other": other, "ratio": ratio, "goal": goal,
        "held": ratio <= goal,
    }  # fmt: skip


def _medians(model: nn.Module, tokens: torch.Tensor, rounds: int) -> tuple[float, float]:
    """Milliseconds of both, taken in turn so that a busy moment hits both."""
    ours, other = [], []
    for i in range(rounds + 5):
        for times, work in ((ours, record), (other, _plain)):
            gc.collect() if i % 50 == 0 else None
            seconds = _seconds(lambda work=work: work(model, tokens))  # type: ignore[misc]
            if i >= 5:  # the first few warm up
                times.append(seconds)
    return statistics.median(ours) * 1e3, statistics.median(other) * 1e3


def _plain(model: nn.Module, tokens: torch.Tensor) -> torch.Tensor:
    output: torch.Tensor = model(tokens)
    return output


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    kept = work()
    seconds = time.perf_counter() - began
    del kept
    return seconds


if __name__ == "__main__":
    for row in run():
        print(row)
