"""A change in block k of n: how long the changed pass takes, against a forward pass, of which as
much follows from it as blocks come after."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch

import explorer
from benchmarks.canvas import gpt_spec
from explorer.core.change import Change
from explorer.engine.build import build
from explorer.engine.changing import altered
from explorer.engine.device import keep_freed_memory
from explorer.engine.recording import Shown

LAYERS = 12
ROUNDS = 15
Row = dict[str, Any]


def run() -> list[Row]:
    """At the beginning, in the middle and near the end of a GPT of 12 blocks, 6×384 wide."""
    keep_freed_memory()  # as the engine does
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return _rows()
    finally:
        torch.set_num_threads(before)


def _rows() -> list[Row]:
    model = build(gpt_spec(LAYERS, 384, 6, 256)).eval()
    tokens = torch.randint(0, 16, (1, 256))
    rows = []
    with torch.no_grad():
        base = Shown(explorer.record(model, tokens))
        for block in (0, LAYERS // 2, LAYERS - 2):
            change = Change(f"blocks.{block}.attn/softmax#0", "zero", ":, 2")

            def changed(change: Change = change) -> None:
                found = altered(base, [change], None)
                assert not found.refused

            ours, plain = _both(changed, lambda: model(tokens))
            share, goal = ours / plain, (LAYERS - block) / LAYERS * 1.1
            rows.append(
                {
                    "name": f"a head zeroed in block {block + 1} of {LAYERS}, against the forward",
                    "ours": f"{ours * 1e3:.1f} ms", "other": f"{plain * 1e3:.1f} ms",
                    "ratio": round(share, 2), "goal": f"≤ {goal:.2f}", "held": share <= goal,
                }
            )  # fmt: skip
    return rows


def _both(ours: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """What a tenth of the rounds of each stay below, in seconds; they take turns."""
    took: tuple[list[float], list[float]] = [], []
    for _ in range(ROUNDS):
        for times, work in zip(took, (ours, other), strict=True):
            began = time.perf_counter()
            work()
            times.append(time.perf_counter() - began)
    return tuple(sorted(times)[ROUNDS // 10] for times in took)  # type: ignore[return-value]


if __name__ == "__main__":
    for row in run():
        print(row)
