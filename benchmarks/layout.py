"""The layered layout beside others: time, and how many wires cross.

Transformers of many tiny layers, an LSTM unrolled over 1,000 steps and an all-to-all DenseNet.
Beside them, where they are installed: fast-sugiyama (``pip install fast-sugiyama``), graphviz'
``dot``, and elkjs (``npm install elkjs`` anywhere, and ``NODE_PATH`` set to its ``node_modules``).
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from msgspec.structs import replace
from torch import nn

from benchmarks.canvas import described, recorded
from explorer.core.garbage import keep, no_search
from explorer.core.graph import Recording
from explorer.picture.layered import arrange
from explorer.picture.layout import Layout
from explorer.picture.scene import Scene

Row = dict[str, Any]
Edges = list[tuple[int, int]]

_ELK = """
const ELK = require("elkjs/lib/elk.bundled.js");
const graph = JSON.parse(require("fs").readFileSync(0, "utf8"));
const began = performance.now();
new ELK().layout(graph).then(() => console.log(performance.now() - began));
"""


def run() -> list[Row]:
    """Times and crossings of networks of 1,000 to 50,000 ops."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        models = {layers: recorded(layers) for layers in (40, 400, 1920)}
        dense, unrolled = described(Dense(100), torch.randn(1, 4)), _unrolled(1000)
        crossed = [models[40], described(Dense(20), torch.randn(1, 4)), _unrolled(20)]
    finally:
        torch.set_num_threads(before)
    rows = []
    if importlib.util.find_spec("fast_sugiyama") is not None:
        for recording in models.values():
            rows.append(_beside(_ops(recording), recording, "fast-sugiyama", _sugiyama, 1.0))
        unrolled_name = "an LSTM unrolled over 1,000 steps × 4 layers"
        rows.append(_beside(unrolled_name, unrolled, "fast-sugiyama", _sugiyama, 1 / 20))
        rows.append(_beside("a DenseNet of 100", dense, "fast-sugiyama", _sugiyama, 1 / 20))
    if shutil.which("dot"):
        rows.append(_beside(_ops(models[400]), models[400], "dot", _dot, 1 / 500))
        names = (_ops(models[40]), "a DenseNet of 20", "an LSTM of 20 × 4 steps")
        for name, recording, goal in zip(names, crossed, (1.0, 1.2, 1.2), strict=True):
            rows.append(_crossings(name, recording, goal))
    if _has_elk():
        rows.append(_beside(_ops(models[400]), models[400], "elkjs", _elk, 1 / 100))
    return rows


class Unrolled(nn.Module):
    """LSTM cells on top of each other, over every step of a sequence."""

    def __init__(self, layers: int) -> None:
        super().__init__()
        self.cells = nn.ModuleList(nn.LSTMCell(4, 4) for _ in range(layers))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        state = [(torch.zeros(1, 4), torch.zeros(1, 4)) for _ in self.cells]
        outputs = []
        for step in range(x.shape[1]):
            y = x[:, step]  # (B, C)
            for k, cell in enumerate(self.cells):
                state[k] = cell(y, state[k])
                y = state[k][0]
            outputs.append(y)
        return torch.stack(outputs, 1)  # (B, T, C)


class Dense(nn.Module):
    """Each layer reads the results of all before it."""

    def __init__(self, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(4 * n, 4) for n in range(1, layers + 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        results = [x]
        for layer in self.layers:
            results.append(layer(torch.cat(results, -1)))
        return results[-1]


def _unrolled(steps: int) -> Recording:
    return described(Unrolled(4), torch.randn(1, steps, 4))


def _ops(recording: Recording) -> str:
    return f"{len(recording.events):,} ops"


def _edges(recording: Recording) -> Edges:
    """From op to op."""
    return [
        (recording.values[value].writer, event.index)
        for event in recording.events
        for value in event.inputs
        if recording.values[value].writer >= 0
    ]


def _laid(recording: Recording) -> Scene:
    """All open, with all wires, nothing known from before; laid out as the window has it done."""
    arrange.cache_clear()
    recording = replace(recording)  # which has found out nothing of itself yet
    with no_search():
        made = Layout(recording).scene(frozenset(range(len(recording.calls))))
        for room in made.rooms():
            room.furnish()
        keep()
    return made


def _beside(
    name: str, recording: Recording, whom: str, theirs: Callable[[Edges], float], goal: float
) -> Row:
    """Our time, all of it from the recording to boxes and wires, beside theirs for the edges."""
    times = []
    for _ in range(3):
        began = time.perf_counter()
        _laid(recording)
        times.append(time.perf_counter() - began)
    ours, other = statistics.median(times), theirs(_edges(recording))
    return {
        "name": f"lay out {name}, against {whom}",
        "ours": f"{ours * 1e3:.0f} ms", "other": f"{other * 1e3:.0f} ms",
        "ratio": round(ours / other, 4), "goal": f"≤ {goal:g}", "held": ours <= goal * other,
    }  # fmt: skip


def _sugiyama(edges: Edges) -> float:
    from fast_sugiyama import from_edges

    began = time.perf_counter()
    list(from_edges(edges))
    return time.perf_counter() - began


def _dot(edges: Edges) -> float:
    began = time.perf_counter()
    _plain(edges)
    return time.perf_counter() - began


def _plain(edges: Edges) -> str:
    """What ``dot`` makes of them."""
    text = "digraph {" + "".join(f"{a}->{b};" for a, b in edges) + "}"
    words = ["dot", "-Tplain"]
    return subprocess.run(words, input=text, text=True, check=True, stdout=subprocess.PIPE).stdout


def _has_elk() -> bool:
    if not shutil.which("node"):
        return False
    words = ["node", "-e", 'require.resolve("elkjs/lib/elk.bundled.js")']
    return subprocess.run(words, capture_output=True).returncode == 0


def _elk(edges: Edges) -> float:
    """The layered method of elkjs, without the start of node."""
    nodes = sorted({node for edge in edges for node in edge})
    graph = {
        "id": "root",
        "layoutOptions": {"elk.algorithm": "layered", "elk.direction": "DOWN"},
        "children": [{"id": str(n), "width": 100, "height": 40} for n in nodes],
        "edges": [
            {"id": f"e{i}", "sources": [str(a)], "targets": [str(b)]}
            for i, (a, b) in enumerate(edges)
        ],
    }
    words = ["node", "--stack-size=60000", "-e", _ELK]
    made = subprocess.run(
        words, input=json.dumps(graph), text=True, check=True, stdout=subprocess.PIPE,
        env=os.environ,
    )  # fmt: skip
    return float(made.stdout) / 1e3


def _crossings(name: str, recording: Recording, goal: float) -> Row:
    """Lines that cross in our picture, and in that of ``dot``; ours has ports, too."""
    scene = _laid(recording)
    ours, rooms = 0, [scene.root]
    for room in rooms:
        rooms += [inner for _, inner in room.rooms]
        lines = [(*a, *b, wire.writer) for wire in room.wires for a, b in pairwise(wire.drawn)]
        ours += _crossed(np.array(lines, dtype=float).reshape(-1, 5))
    lines = []
    for line in _plain(_edges(recording)).splitlines():
        if line.startswith("edge"):
            _, tail, _, count, *rest = line.split()
            numbers = [float(n) for n in rest[: 2 * int(count)]]
            points = list(zip(numbers[::2], numbers[1::2], strict=True))
            lines += [(*a, *b, float(tail)) for a, b in pairwise(points)]
    other = _crossed(np.array(lines, dtype=float).reshape(-1, 5))
    return {
        "name": f"crossings of {name}, against dot", "ours": f"{ours}", "other": f"{other}",
        "ratio": round(ours / max(other, 1), 2), "goal": f"≤ {goal:g}",
        "held": ours <= goal * other,
    }  # fmt: skip


def _crossed(lines: np.ndarray) -> int:
    """How many pairs of lines (N, 5), as (x, y, x, y, what they carry), cross; what carries the
    same does not."""
    x, y, to_x, to_y, what = lines.T
    total = 0
    for n in range(len(lines)):
        rest = slice(n + 1, None)
        here = _side(lines[n], x[rest], y[rest]) * _side(lines[n], to_x[rest], to_y[rest]) < 0
        dx, dy = to_x[rest] - x[rest], to_y[rest] - y[rest]
        one = dx * (y[n] - y[rest]) - dy * (x[n] - x[rest])
        other = dx * (to_y[n] - y[rest]) - dy * (to_x[n] - x[rest])
        total += int((here & (one * other < 0) & (what[rest] != what[n])).sum())
    return total


def _side(line: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """On which side of a line points are: positive or negative."""
    ax, ay, bx, by, _ = line
    return (bx - ax) * (y - ay) - (by - ay) * (x - ax)


if __name__ == "__main__":
    for row in run():
        print(row)
