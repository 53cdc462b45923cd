"""Training each preset with every picture of it on screen, against the bare torch loop."""

from __future__ import annotations

import statistics
from typing import Any

from benchmarks.window import training
from explorer.session.arrangement import CARDS

GOALS = {"spirals-mlp": (0.90, 2.0), "digits-cnn": (0.95, 2.5), "char-gpt": (0.98, 8.0)}
"""The share of the bare loop's steps, and how long a turn is: within the plan."""

STALL = 33.0  # milliseconds


def run() -> list[dict[str, Any]]:
    """Steps a second of either, and the longest stall of the window's event loop meanwhile."""
    rows = []
    for name, (goal, seconds) in GOALS.items():
        rates, alone, worst = training(name, CARDS, seconds)
        ratio = statistics.median(r / b for r, b in zip(rates, alone, strict=True))
        rows.append(
            {
                "name": f"training {name} with all its pictures",
                "ours": f"{statistics.median(rates):,.1f} steps/s",
                "other": f"{statistics.median(alone):,.1f} steps/s",
                "ratio": round(ratio, 3), "goal": f"≥ {goal}", "held": ratio >= goal,
            }
        )  # fmt: skip
        stall = worst * 1e3
        rows.append(
            {
                "name": "longest stall of the window meanwhile",
                "ours": f"{stall:.0f} ms", "other": f"{STALL:.0f} ms",
                "ratio": round(stall / STALL, 2), "goal": "≤ 1", "held": stall <= STALL,
            }
        )  # fmt: skip
    return rows


if __name__ == "__main__":
    for row in run():
        print(row)
