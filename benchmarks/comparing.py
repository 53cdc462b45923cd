"""Two passes of 50,000 ops side by side: how long it takes to compare them, beside laying out the
map of one, and how long the event loop of a window is kept waiting meanwhile."""

from __future__ import annotations

import copy
import gc
import os
import statistics
import time
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import torch
from msgspec import structs
from PySide6.QtCore import QEventLoop, QTimer
from torch import nn

from benchmarks.canvas import described, gpt_spec
from explorer.core.garbage import no_search
from explorer.core.graph import Recording
from explorer.core.matching import compare
from explorer.engine.build import build
from explorer.gui.courier import Courier
from explorer.gui.window import make_application
from explorer.picture.layout import Layout
from explorer.session.comparer import Compare, Comparer

LAYERS = 1920
ROUNDS = 5
GOAL = 1.0  # of the time that the map takes, which is laid out meanwhile
WAIT = 33.0  # milliseconds
Row = dict[str, Any]


def run() -> list[Row]:
    """A layer of another class, a block more, and an input of another length."""
    make_application("dark")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        one = _recorded(1)
        others = {
            "a layer of another class": _recorded(2, changed=True),
            "a block put in": _recorded(3, more=True),
            "an input of another length": _recorded(4, tokens=5),
        }
    finally:
        torch.set_num_threads(before)
    courier = Courier()
    comparer = Comparer(courier.deliver)
    rows = []
    try:
        for name, other in others.items():
            tried = [_compared(courier, comparer, one, other) for _ in range(ROUNDS)]
            took, laid_out, waited = map(statistics.median, zip(*tried, strict=True))
            size = f"{len(one.events):,} ops"
            rows.append(_row(f"compare {size}, {name}, against the map", took, laid_out, GOAL))
            rows.append(_row("longest stall of the window meanwhile", waited, WAIT, 1.0))
    finally:
        comparer.close()
    return rows


def _recorded(tape: int, changed: bool = False, more: bool = False, tokens: int = 8) -> Recording:
    """A pass of a GPT of many layers, perhaps with something else in the middle."""
    model: Any = build(gpt_spec(LAYERS, 8, 1, 8))
    if changed:
        model.blocks[LAYERS // 2].mlp.gelu = nn.ReLU()
    if more:
        model.blocks.insert(LAYERS // 2, copy.deepcopy(model.blocks[0]))
    return structs.replace(described(model, torch.randint(0, 16, (1, tokens))), tape=tape)


def _compared(
    courier: Courier, comparer: Comparer, one: Recording, other: Recording
) -> tuple[float, float, float]:
    """How long it takes, and how long the map does; and the longest time between two turns of the
    event loop while it is done in a thread. All in milliseconds."""
    gc.collect()
    with no_search():
        began = time.perf_counter()
        compare(one, other)
        compared = time.perf_counter()
        Layout(other).scene(frozenset(range(len(other.calls))))
        laid_out = time.perf_counter()
    loop = QEventLoop()
    worst, last = 0.0, time.perf_counter()

    def tick() -> None:
        nonlocal worst, last
        now = time.perf_counter()
        worst, last = max(worst, now - last), now

    timer = QTimer(interval=1)
    timer.timeout.connect(tick)
    courier.arrived.connect(loop.quit)
    timer.start()
    comparer.compare(Compare(before=one, after=other))
    loop.exec()
    courier.arrived.disconnect(loop.quit)
    timer.stop()
    return (compared - began) * 1e3, (laid_out - compared) * 1e3, worst * 1e3


def _row(name: str, took: float, other: float, goal: float) -> Row:
    ratio = took / other
    return {
        "name": name, "ours": f"{took:.0f} ms", "other": f"{other:.0f} ms",
        "ratio": round(ratio, 2), "goal": f"≤ {goal:g}", "held": ratio <= goal,
    }  # fmt: skip


if __name__ == "__main__":
    for row in run():
        print(row)
