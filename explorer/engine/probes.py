"""What a model in training can do: a picture of the plane, a table of mistakes, a line of text."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from explorer.core.messages import Boundary, Confusion, Probe, Sample
from explorer.core.spec import CNNSpec, MLPSpec, PointsData, Preset
from explorer.engine.data import Dataset

_FIELD = 120  # cells along each side of the plane
_WRITES = 80  # characters of a sample
_VALUES_AT_ONCE = 1 << 24  # of the widest layer: 64 MB in float32


def probe(model: nn.Module, preset: Preset, data: Dataset, seed: int = 0) -> Probe:
    """The probe that suits the data. Leaves the model in evaluation mode."""
    model.eval()
    with torch.no_grad():
        if data.text:
            prompt = preset.input.text or ""
            return Sample(prompt, write(model, data, prompt, _WRITES, seed))
        if isinstance(preset.data, PointsData):
            return _boundary(model, preset, data)
        return _confusion(model, preset, data)


def write(
    model: nn.Module,
    data: Dataset,
    prompt: str,
    count: int,
    seed: int = 0,
    temperature: float = 0.8,
) -> str:
    """``count`` characters that the model writes after ``prompt``; the same for the same seed."""
    generator = torch.Generator().manual_seed(seed)
    context = data.shape[0]
    tokens = data.encode(prompt[-context:])  # (T,)
    for _ in range(count):
        logits = model(tokens[None, -context:])[0, -1]  # (V,)
        chances = (logits.float() / temperature).softmax(-1).cpu()
        choice = torch.multinomial(chances, 1, generator=generator)
        tokens = torch.cat([tokens, choice.to(tokens.device)])
    return data.decode(tokens[-count:])


def reach_of(points: torch.Tensor) -> float:
    """How far a plane is shown around 0 on which these points (N, 2) lie."""
    known = points[points.isfinite()].abs()
    return 1.1 * (float(known.max()) if known.numel() else 0.0) or 1.0


def _boundary(model: nn.Module, preset: Preset, data: Dataset) -> Boundary:
    points = torch.cat([data.train[0], data.validation[0]])  # (N, 2)
    classes = torch.cat([data.train[1], data.validation[1]])
    reach = reach_of(points)
    steps = torch.linspace(-reach, reach, _FIELD, device=points.device)
    y, x = torch.meshgrid(steps.flip(0), steps, indexing="ij")  # the first row is the top
    logits = _logits(
        model, preset, torch.stack([x.flatten(), y.flatten()], 1)
    )  # (rows * columns, 2)
    field = logits.softmax(-1)[:, 1].view(_FIELD, _FIELD)
    return Boundary(
        extent=(-reach, reach, -reach, reach),
        field=field.float().cpu().numpy(),
        points=points.float().cpu().numpy(),
        classes=classes.cpu().numpy(),
        train=len(data.train[0]),
    )


def _confusion(model: nn.Module, preset: Preset, data: Dataset) -> Confusion:
    inputs, targets = data.validation
    found = _logits(model, preset, inputs).argmax(-1)
    n = len(data.classes)
    counts = torch.bincount(targets * n + found, minlength=n * n).view(n, n)
    return Confusion(counts.cpu().numpy().astype(np.int64), data.classes)


def _logits(model: nn.Module, preset: Preset, inputs: torch.Tensor) -> torch.Tensor:
    """The model's answers to all rows ``(N, …)``, in batches that fit into memory."""
    rows = max(1, _VALUES_AT_ONCE // _widest(preset))
    return torch.cat([model(part) for part in inputs.split(rows)])


def _widest(preset: Preset) -> int:
    """Numbers per sample in the widest layer."""
    spec = preset.model
    if isinstance(spec, MLPSpec):
        return max(spec.sizes)
    if isinstance(spec, CNNSpec):
        pixels = spec.image[0] * spec.image[1]
        maps = (channels * pixels // 4**i for i, channels in enumerate(spec.channels))
        return max(*maps, *spec.hidden, spec.classes)
    return spec.width * spec.context
