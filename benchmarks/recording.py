"""Recording a forward pass against running it plainly, side by side, on one thread.

Where TorchLens is installed (``pip install torchlens``), its overhead on the same models too.
"""

from __future__ import annotations

import gc
import importlib.util
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from explorer.core.presets import load_preset
from explorer.core.spec import GPTSpec
from explorer.engine.build import build
from explorer.engine.device import keep_freed_memory
from explorer.engine.record import record

Made = tuple[nn.Module, Tensor]
_GPT = GPTSpec(family="gpt", vocabulary=96, context=256, layers=6, heads=6, width=384)
_GPT2 = GPTSpec(family="gpt", vocabulary=50257, context=256, layers=12, heads=12, width=768)


def run() -> list[dict[str, Any]]:
    """Milliseconds and their ratio; of the small MLP the time added, in microseconds."""
    keep_freed_memory()  # as the engine does
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.no_grad():
            return [row for case in _CASES for row in _rows(*case)] + _fixed_cost()
    finally:
        torch.set_num_threads(before)


def _char_gpt() -> Made:
    spec = load_preset("char-gpt").preset.model
    assert isinstance(spec, GPTSpec)
    return _gpt(spec)


def _gpt(spec: GPTSpec) -> Made:
    return build(spec).eval(), torch.randint(0, spec.vocabulary, (1, spec.context))


class _Bottleneck(nn.Module):
    """A residual block of ResNet-50, with its in-place ReLUs. https://arxiv.org/abs/1512.03385"""

    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__()
        sizes = ((channels, width, 1, 1), (width, width, 3, stride), (width, 4 * width, 1, 1))
        for n, (i, o, kernel, step) in enumerate(sizes):
            conv = nn.Conv2d(i, o, kernel, step, kernel // 2, bias=False)
            self.add_module(f"conv{n}", conv)
            self.add_module(f"norm{n}", nn.BatchNorm2d(o))
        self.relu = nn.ReLU(inplace=True)
        self.short: nn.Module | None = None
        if channels != 4 * width:
            conv = nn.Conv2d(channels, 4 * width, 1, stride, bias=False)
            self.short = nn.Sequential(conv, nn.BatchNorm2d(4 * width))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, 4·width, H/stride, W/stride)."""
        y = self.relu(self.norm0(self.conv0(x)))
        y = self.relu(self.norm1(self.conv1(y)))
        y = self.norm2(self.conv2(y))
        y += x if self.short is None else self.short(x)
        return self.relu(y)  # type: ignore[no-any-return]


def _resnet50() -> Made:
    layers: list[nn.Module] = [
        nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True),
        nn.MaxPool2d(3, 2, 1),
    ]  # fmt: skip
    channels = 64
    for width, blocks, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for n in range(blocks):
            layers.append(_Bottleneck(channels, width, stride if n == 0 else 1))
            channels = 4 * width
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000)]
    return nn.Sequential(*layers).eval(), torch.randn(1, 3, 224, 224)


def _lstm() -> Made:
    return nn.LSTM(256, 256, 2, batch_first=True), torch.randn(1, 128, 256)


_CASES: tuple[tuple[str, Callable[[], Made], int, float], ...] = (
    ("char-gpt, T=128", _char_gpt, 600, 1.20),
    ("a 6×384 GPT, T=256", lambda: _gpt(_GPT), 40, 1.05),
    ("a GPT-2 124 M, T=256", lambda: _gpt(_GPT2), 7, 1.05),
    ("a ResNet-50, 224²", _resnet50, 40, 1.05),
    ("an LSTM 2×256, T=128", _lstm, 200, 1.05),
)


def _rows(name: str, make: Callable[[], Made], rounds: int, goal: float) -> list[dict[str, Any]]:
    model, given = make()
    works: list[Callable[[], object]] = [
        lambda: record(model, given), lambda: _kept(model, given), lambda: model(given),
    ]  # fmt: skip
    ours, least, plain = _undisturbed(works, rounds)
    rows = [_row(f"record {name}", ours, plain, goal)]
    rows.append(_row("… only keep what ops gave", least, plain, None))
    if importlib.util.find_spec("torchlens") is not None:
        from torchlens import trace

        theirs, again = _undisturbed([lambda: trace(model, given), lambda: model(given)], 3)
        share = (ours / plain - 1) / (theirs / again - 1)
        rows.append(
            {
                "name": f"overhead on {name} / TorchLens'",
                "ours": f"{ours / plain - 1:.2f}", "other": f"{theirs / again - 1:.2f}",
                "ratio": round(share, 4), "goal": 0.05, "held": share <= 0.05,
            }
        )  # fmt: skip
    return rows


def _fixed_cost() -> list[dict[str, Any]]:
    """What recording adds to a small MLP, and to each op of a longer one."""
    short = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8))
    x = torch.randn(1, 8)
    ours, plain = _undisturbed([lambda: record(short, x), lambda: short(x)], 2000)
    added = (ours - plain) * 1e3
    more = _Many()
    mine, other = _undisturbed([lambda: record(more, x), lambda: more(x)], 400)
    further = ((mine - other) * 1e3 - added) / (more.count - 3)
    return [
        {
            "name": "added to a 3-layer MLP", "ours": f"{added:.0f} µs", "other": "50 µs",
            "ratio": round(added / 50, 2), "goal": "≤ 1", "held": added <= 50,
        },
        {
            "name": "added by a further event", "ours": f"{further:.2f} µs", "other": "3 µs",
            "ratio": round(further / 3, 2), "goal": "≤ 1", "held": further <= 3,
        },
    ]  # fmt: skip


class _Keeper(TorchFunctionMode):
    """The least that a recorder in Python can do: calls every function, and keeps what it gave."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[object] = []

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> object:
        result = func(*args, **(kwargs or {}))
        self.kept.append(result)
        return result


def _kept(model: nn.Module, given: Tensor) -> list[object]:
    with _Keeper() as keeper:
        model(given)
    return keeper.kept


class _Many(nn.Module):
    """Two hundred small ops in one module."""

    count = 200

    def forward(self, x: Tensor) -> Tensor:
        """(B, C) to (B, C)."""
        for _ in range(self.count // 2):
            x = F.relu(x) + 1
        return x


def _row(name: str, ours: float, other: float, goal: float | None) -> dict[str, Any]:
    ratio = ours / other
    return {
        "name": name, "ours": f"{ours:.3g} ms", "other": f"{other:.3g} ms",
        "ratio": round(ratio, 3), "goal": goal, "held": None if goal is None else ratio <= goal,
    }  # fmt: skip


def _undisturbed(works: list[Callable[[], object]], rounds: int) -> list[float]:
    """Milliseconds of each, taken in turn so that a busy moment hits all.

    It is the time that a tenth of the rounds stay below: the work is the same in each, and what
    others do on the machine only ever adds to it.
    """
    times: list[list[float]] = [[] for _ in works]
    for i in range(rounds + 3):
        for taken, work in zip(times, works, strict=True):
            if i % 50 == 0:
                gc.collect()
            began = time.perf_counter()
            kept = work()
            seconds = time.perf_counter() - began
            del kept
            if i >= 3:  # the first few warm up
                taken.append(seconds)
    return [sorted(taken)[len(taken) // 10] * 1e3 for taken in times]


if __name__ == "__main__":
    for row in run():
        print(row)
