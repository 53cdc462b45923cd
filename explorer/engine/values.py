"""Reading values for panes: slice and reduce on the device, then copy what the pane can show."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.masked import MaskedTensor

from explorer.core.problem import Problem, phrase
from explorer.core.values import Reading, Statistics, View
from explorer.engine.script import shape_of

_BINS = 64
_SAMPLE = 1 << 20  # elements that a histogram counts at most


def read(tensor: Tensor, view: View) -> Reading:
    """Answer a view of ``tensor``: at most ``view.size`` cells along ``view.keep``."""
    tensor = _dense(tensor.detach())
    if len(view.at) != tensor.dim() or not all(0 <= a < tensor.dim() for a in view.keep):
        raise Problem(
            "engine",
            phrase("A view of axes {axes} does not fit a value of shape {shape}."),
            axes=view.keep,
            shape=tuple(tensor.shape),
        )
    part = tensor
    for axis in reversed(range(tensor.dim())):
        if axis not in view.keep:
            at = min(max(view.at[axis], 0), tensor.shape[axis] - 1)
            part = part.select(axis, at) if at >= 0 else part.sum(axis)  # an axis of size 0
    left = sorted(view.keep)
    part = part.permute([left.index(axis) for axis in view.keep])
    for axis, positions in enumerate(view.take):  # before anything is computed of the rest
        if positions:
            part = part.index_select(axis, torch.tensor(positions, device=part.device))
    part = _real(part)
    if view.softmax and part.dim():
        part = part.softmax(-1)
    block = tuple(
        max(1, math.ceil(n / max(1, limit)))
        for n, limit in zip(part.shape, view.size, strict=False)
    )
    if view.reduce == "max-abs" and max(block, default=1) > 1:
        # The cell furthest from 0, with its sign. (`aminmax` along an axis takes ten times longer.)
        low, high = _blocks(part, block, torch.amin), _blocks(part, block, torch.amax)
        part = torch.where(high >= -low, high, low)
    else:
        part = _blocks(part, block, torch.mean if view.reduce == "mean" else torch.amax)
    return Reading(view, np.asarray(part.cpu().numpy(), order="C"), block)


def measure(tensor: Tensor, tape: int, value: int) -> Statistics:
    """Statistics over the finite elements, and a histogram of all or an even sample of them."""
    flat = _real(_dense(tensor.detach())).reshape(-1)
    finite = torch.isfinite(flat)
    nans = int(flat.isnan().sum())
    count = int(finite.sum())
    infinities = flat.numel() - nans - count
    kept = flat if count == flat.numel() else flat[finite]
    if not count:
        none = math.nan
        counts = np.zeros(_BINS, dtype=np.int64)
        return Statistics(
            tape, value, flat.numel(), none, none, none, none, 0, nans, infinities, counts, 0
        )
    low, high = (float(x) for x in kept.aminmax())
    exact = kept.double() if kept.device.type != "mps" else kept
    std, mean = torch.std_mean(exact, correction=0)
    sample = kept[:: math.ceil(count / _SAMPLE)].float().cpu()
    wide = high if high > low else low + 1.0
    counts = torch.histc(sample.double(), _BINS, low, wide).to(torch.int64).numpy()
    return Statistics(
        tape=tape,
        value=value,
        count=flat.numel(),
        minimum=low,
        maximum=high,
        mean=float(mean),
        std=float(std),
        zeros=int((kept == 0).sum()),
        nans=nans,
        infinities=infinities,
        counts=counts,
        sampled=len(sample),
    )


def _dense(tensor: Tensor) -> Tensor:
    """A plain tensor: zeros of a sparse one written out, NaN where a nested or
    masked one has no numbers."""
    if tensor.is_meta:
        raise Problem("model", phrase("This value has no numbers: it is on the meta device."))
    if tensor.is_nested:
        return padded(tensor)
    if isinstance(tensor, MaskedTensor):
        return torch.where(tensor.get_mask(), _real(tensor.get_data()), torch.nan)
    if tensor.is_quantized:
        return tensor.dequantize()
    return tensor if tensor.layout is torch.strided else tensor.to_dense()


def has_own_rules(tensor: Tensor) -> bool:
    """Whether its class computes in its own way, and not every op: nested, masked and the like."""
    return type(tensor).__torch_dispatch__ is not Tensor.__torch_dispatch__


def padded(tensor: Tensor) -> Tensor:
    """A nested tensor as a plain one that holds all of its parts: NaN after the end of a part, 0
    where numbers are whole."""
    fill = torch.nan if tensor.dtype.is_floating_point or tensor.dtype.is_complex else 0
    made = torch.full(shape_of(tensor), fill, dtype=tensor.dtype, device=tensor.device)
    for row, part in zip(made, tensor.detach().unbind(), strict=True):
        row[tuple(slice(n) for n in part.shape)] = part
    return made


def _real(tensor: Tensor) -> Tensor:
    """As float32 or float64: complex as magnitude, whole numbers and flags exactly."""
    if tensor.is_complex():
        tensor = tensor.abs()
    if tensor.dtype in (torch.float32, torch.float64):
        return tensor
    exact = tensor.dtype in (torch.int32, torch.int64) and tensor.device.type != "mps"
    return tensor.to(torch.float64 if exact else torch.float32)


def _blocks(tensor: Tensor, block: tuple[int, ...], reduce: Callable[..., Tensor]) -> Tensor:
    """Reduce every axis by blocks; the last block of an axis may be shorter.

    NaN comes through every reduction, infinity too, so that they can be seen.
    """
    for axis, size in enumerate(block):
        if size == 1:
            continue
        length = tensor.shape[axis]
        whole = length // size * size
        parts = []
        if whole:
            cut = tensor.narrow(axis, 0, whole).unflatten(axis, (whole // size, size))
            parts.append(reduce(cut, axis + 1))
        if whole < length:
            rest = tensor.narrow(axis, whole, length - whole)
            parts.append(reduce(rest, axis, keepdim=True))
        tensor = parts[0] if len(parts) == 1 else torch.cat(parts, axis)
    return tensor
