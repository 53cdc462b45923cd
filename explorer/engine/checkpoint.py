"""Weights and checkpoints on disk: one safetensors file each, written whole or not at all.

A checkpoint is a weights file with more in it: the optimizer's tensors and the random state under
their own prefixes, and everything else as JSON in the file's metadata.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from explorer.core.problem import Problem, phrase
from explorer.engine.replay import random_state, set_random_state

_OPTIMIZER = "optimizer/"
_RANDOM = "random/"
_META = "layerscope"
_BESIDE = ".layerscope-weights."  # and the id of the process that writes it


def save_weights(path: str | Path, model: nn.Module) -> None:
    """Write the weights. Raises Problem (kind ``disk``); an older file then stays as it was."""
    _write(Path(path), _plain(model), {"format": "pt"})


def save_checkpoint(path: str | Path, model: nn.Module, state: dict[str, Any]) -> None:
    """Write weights, a trainer's state and the random state."""
    tensors = _plain(model)
    optimizer = state["optimizer"]
    scalars: dict[str, dict[str, Any]] = {}
    for index, entries in optimizer["state"].items():
        for name, entry in entries.items():
            if isinstance(entry, Tensor):
                tensors[f"{_OPTIMIZER}{index}/{name}"] = entry.detach().contiguous().cpu()
            else:
                scalars.setdefault(str(index), {})[name] = entry
    cpu, gpu = random_state()
    tensors[f"{_RANDOM}cpu"] = cpu
    if gpu is not None:
        tensors[f"{_RANDOM}gpu"] = gpu
    about = {
        **state,
        "optimizer": {"param_groups": optimizer["param_groups"], "scalars": scalars},
    }
    _write(Path(path), tensors, {"format": "pt", _META: json.dumps(about)})


def load(path: str | Path, model: nn.Module) -> dict[str, Any] | None:
    """Load weights into ``model``; the trainer's state if the file is a checkpoint, else None.

    A checkpoint brings the random state back too. Raises Problem (kind ``weights``) and leaves
    the model as it was if the file cannot be read or does not fit.
    """
    try:
        with safe_open(path, framework="pt") as file:
            about = (file.metadata() or {}).get(_META)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise Problem(
            "weights",
            phrase("{file} cannot be read as weights: {error}."),
            phrase("It may be cut off or no safetensors file; choose another."),
            file=path,
            error=str(error).rstrip("."),
        ) from error
    weights = {n: t for n, t in tensors.items() if not n.startswith((_OPTIMIZER, _RANDOM))}
    _check(path, weights, model)
    state = _state(tensors, about, path) if about else None
    model.load_state_dict(weights)
    if state is not None:
        set_random_state((tensors[f"{_RANDOM}cpu"], _gpu(tensors)))
    return state


def _plain(model: nn.Module) -> dict[str, Tensor]:
    return {n: t.detach().contiguous().cpu() for n, t in model.state_dict().items()}


def _gpu(tensors: dict[str, Tensor]) -> Tensor | None:
    return tensors.get(f"{_RANDOM}gpu") if torch.cuda.is_available() else None


def _state(tensors: dict[str, Tensor], about: str, path: str | Path) -> dict[str, Any]:
    try:
        state: dict[str, Any] = json.loads(about)
        kept = state["optimizer"]
        entries: dict[int, dict[str, Any]] = {
            int(index): dict(values) for index, values in kept["scalars"].items()
        }
        for name, tensor in tensors.items():
            if name.startswith(_OPTIMIZER):
                index, _, key = name.removeprefix(_OPTIMIZER).partition("/")
                entries.setdefault(int(index), {})[key] = tensor
        state["optimizer"] = {"state": entries, "param_groups": kept["param_groups"]}
        missing = {"step", "seen", "plan"} - state.keys() or f"{_RANDOM}cpu" not in tensors
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path) from error
    if missing:
        raise _damaged(path)
    return state


def _damaged(path: str | Path) -> Problem:
    return Problem(
        "weights",
        phrase("The checkpoint {file} is damaged."),
        phrase("Open an earlier checkpoint or the shipped weights."),
        file=path,
    )


def _check(path: str | Path, weights: dict[str, Tensor], model: nn.Module) -> None:
    wanted = {name: tuple(t.shape) for name, t in model.state_dict().items()}
    found = {name: tuple(t.shape) for name, t in weights.items()}
    lines = []
    for name in [*wanted, *(n for n in found if n not in wanted)]:
        if wanted.get(name) != found.get(name):
            sides = (_size(wanted.get(name)), _size(found.get(name)))
            lines.append(f"  • {name}: {sides[0]} ≠ {sides[1]}")
    if lines:
        shown = lines[:8] + ([f"  • … (+{len(lines) - 8})"] if len(lines) > 8 else [])
        raise Problem(
            "weights",
            phrase("{file} does not fit this model (the model's ≠ the file's):\n{differences}"),
            phrase("Choose weights made for this model, or train it anew."),
            file=path,
            differences="\n".join(shown),
        )


def _size(shape: tuple[int, ...] | None) -> str:
    return "–" if shape is None else "×".join(map(str, shape)) or "1"


def _write(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """Write beside, flush to the disk, then rename: a reader sees the old file or the new."""
    beside = path.with_name(f"{_BESIDE}{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _tidy(path.parent)
        with beside.open("wb") as file:
            file.write(save(tensors, metadata))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):  # the disk may be gone altogether
            beside.unlink()
        raise Problem(
            "disk",
            phrase("{file} cannot be written: {error}."),
            phrase("Free some space or choose another folder; nothing was lost."),
            file=path,
            error=error.strerror or error,
        ) from error


def _tidy(folder: Path) -> None:
    """Remove what writers left behind that were killed."""
    for file in folder.glob(f"{_BESIDE}*"):
        pid = file.name.removeprefix(_BESIDE)
        if pid.isdecimal() and not _writes(int(pid)):
            with contextlib.suppress(OSError):  # somebody else's; or still open, on Windows
                file.unlink()


def _writes(pid: int) -> bool:
    """Whether a process may be writing; Windows refuses to remove an open file, so ask there."""
    if os.name == "nt":
        return False
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
