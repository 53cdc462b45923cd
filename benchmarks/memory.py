"""The memory of recording: beside the activations themselves, and within a budget.

Every measurement is the peak of a process of its own, as Linux counts it; other systems have no
rows. The large model has the shape of GPT-2 XL, 1.6 billion parameters, or of GPT-2 medium where
there is not room for that.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import explorer
from explorer.engine.budget import free_memory
from explorer.engine.models.gpt import GPT
from explorer.engine.record import record

_STATUS = Path("/proc/self/status")
_SMALL = (6, 6, 384, 256, 4)  # layers, heads, width, T, B
_LARGE = (("GPT-2 XL", (48, 25, 1600, 512, 1)), ("GPT-2 medium", (24, 16, 1024, 512, 1)))
_VOCABULARY = 50257


def run() -> list[dict[str, Any]]:
    """Bytes and their ratio; of a value that was let go, the time to have it again."""
    if not _STATUS.exists():
        return []
    free = free_memory(torch.device("cpu")) or 0
    name, shape = next((one for one in _LARGE if _weights(one[1]) < free * 0.6), _LARGE[-1])
    small, large = _measured("without_pressure", _SMALL), _measured("under_pressure", shape)
    return [
        _row("memory of recording / its activations", small["grown"], small["bytes"], 1.05),
        _row(
            f"{name}: memory beyond a plain pass / budget", large["grown"], large["budget"], 1.10
        ),
        {
            "name": f"{name}: stepping to any block / plain pass",
            "ours": f"{large['step']:.2f} s", "other": f"{large['plain']:.2f} s",
            "ratio": round(large["step"] / large["plain"], 3), "goal": 0.25,
            "held": large["step"] <= 0.25 * large["plain"] and large["same"],
        },
    ]  # fmt: skip


def without_pressure(*shape: int) -> dict[str, Any]:
    """The growth of the process by one recording, and the bytes of its activations."""
    model, tokens = _gpt(*shape)
    model(tokens[:1, :8])  # loads what PyTorch loads at first use
    before = _memory("VmRSS")
    tape = record(model, tokens)
    grown = _memory("VmHWM") - before
    return {"grown": grown, "bytes": tape.bytes}


def under_pressure(*shape: int) -> dict[str, Any]:
    """Record within a tenth of the activations, and step to blocks across the whole pass."""
    model, tokens = _gpt(*shape)
    chosen = sorted({0, 1, shape[0] // 2, shape[0] - 2, shape[0] - 1})
    then: dict[int, Tensor] = {}
    handles = [
        model.blocks[at].attn.register_forward_hook(lambda *a, at=at: then.update({at: a[2]}))
        for at in chosen
    ]
    began = time.perf_counter()
    output = model(tokens)
    plain = time.perf_counter() - began
    for handle in handles:
        handle.remove()
    before = _memory("VmHWM")
    budget = 1 << 30
    with explorer.budget(budget):
        began = time.perf_counter()
        tape = record(model, tokens)
        seconds = time.perf_counter() - began
    steps, same = [], torch.equal(tape.output, output)
    for at in chosen:
        began = time.perf_counter()
        found = tape.value(f"blocks.{at}.attn.proj/linear#0")
        steps.append(time.perf_counter() - began)
        same = same and torch.equal(found, then[at])
    return {
        "grown": _memory("VmHWM") - before, "budget": budget, "plain": plain, "seconds": seconds,
        "step": max(steps), "same": same, "bytes": tape.bytes, "kept": tape.kept_bytes,
        "peak": _memory("VmHWM"), "before": before, "steps": steps,
    }  # fmt: skip


def _gpt(layers: int, heads: int, width: int, T: int, B: int) -> tuple[GPT, Tensor]:
    with torch.device("meta"):
        model = GPT(_VOCABULARY, T, layers, heads, width)
    model.to_empty(device="cpu").eval()
    for parameter in model.parameters():
        parameter.uniform_(-0.03, 0.03)
    for buffer in model.buffers():
        buffer.copy_(torch.ones_like(buffer).triu(1))
    return model, torch.randint(0, _VOCABULARY, (B, T))


def _weights(shape: tuple[int, ...]) -> int:
    layers, _, width, _, _ = shape
    return 4 * (12 * layers * width**2 + 2 * _VOCABULARY * width)


def _memory(what: str) -> int:
    """Bytes of this process: ``VmRSS`` now, ``VmHWM`` at most."""
    found = re.search(rf"{what}:\s+(\d+) kB", _STATUS.read_text())
    assert found is not None
    return int(found[1]) * 1024


def _measured(what: str, shape: tuple[int, ...]) -> dict[str, Any]:
    command = [sys.executable, __file__, what, *map(str, shape)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _row(name: str, ours: int, other: int, goal: float) -> dict[str, Any]:
    ratio = ours / other
    return {
        "name": name, "ours": f"{ours / 1e6:.0f} MB", "other": f"{other / 1e6:.0f} MB",
        "ratio": round(ratio, 3), "goal": goal, "held": ratio <= goal,
    }  # fmt: skip


if __name__ == "__main__":
    torch.set_num_threads(1)
    with torch.no_grad():
        measure = {"without_pressure": without_pressure, "under_pressure": under_pressure}
        print(json.dumps(measure[sys.argv[1]](*map(int, sys.argv[2:]))))
