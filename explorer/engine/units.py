"""The units of a value: how the numbers of each are spread, and which of them say nothing."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from explorer.core.problem import Problem, phrase
from explorer.core.units import Units, UnitsView
from explorer.core.values import WHISKER
from explorer.engine.values import plain

_SAMPLE = 1 << 20  # elements of which quartiles are taken at most, over all units that are told
_NAMED = 500  # silent or saturated units that are named at most
_NEAR = 0.01  # of the way between the bounds


def units(tensor: Tensor, view: UnitsView) -> Units:
    """Answer a view of ``tensor``. Raises Problem if it has no such axis."""
    real = plain(tensor)
    if not 0 <= view.axis < real.dim():
        raise Problem("engine", phrase("The value has no axis {axis}."), axis=view.axis)
    rows = real.movedim(view.axis, 0)
    rows = rows.reshape(rows.shape[0], math.prod(rows.shape[1:]))  # (U, K)
    total, count = rows.shape
    silent = (rows == 0).all(1) if count else torch.zeros(total, dtype=torch.bool)
    full = torch.zeros_like(silent)
    if view.bounds is not None and count:
        low, high = view.bounds
        near = _NEAR * (high - low)
        full = (((rows - low).abs() <= near) | ((rows - high).abs() <= near)).all(1)
    at = _ordered(rows, view)
    boxes, outliers, sampled = _boxes(rows[at])
    return Units(
        view=view, total=total, count=count, sampled=sampled, at=at.cpu().numpy(), boxes=boxes,
        outliers=outliers, silent=_places(silent), silents=int(silent.sum()),
        saturated=_places(full), full=int(full.sum()), idle=(silent | full)[at].cpu().numpy(),
    )  # fmt: skip


def _ordered(rows: Tensor, view: UnitsView) -> Tensor:
    """The places (N,) of the units that are told."""
    total, count = rows.shape
    wanted = slice(view.first, view.first + view.most)
    if view.order == "place" or not count:
        return torch.arange(total, device=rows.device)[wanted]
    if view.order == "median":
        key = _sample(rows)[0].nanmedian(1).values
    else:
        sizes = torch.where(rows.isfinite(), rows.abs(), 0)
        key = sizes.amax(1) if view.order == "largest" else sizes.mean(1)
    key = torch.where(key.isnan(), -torch.inf, key)
    return key.argsort(descending=True, stable=True)[wanted]


def _boxes(rows: Tensor) -> tuple[np.ndarray, np.ndarray, int]:
    """Boxes (N, 7) and shares of outliers (N,) of units (N, K), and how many numbers of each tell
    the quartiles."""
    if not rows.numel():
        return np.full((len(rows), 7), math.nan), np.zeros(len(rows)), 0
    some, sampled = _sample(rows)
    levels = torch.tensor([0.25, 0.5, 0.75], dtype=some.dtype, device=some.device)
    low, middle, high = torch.nanquantile(some, levels, 1)
    reach = WHISKER * (high - low)
    finite = rows.isfinite()
    inside = finite & (rows >= (low - reach)[:, None]) & (rows <= (high + reach)[:, None])
    ends = [
        torch.where(kept, rows, fill).amin(1) if fill > 0 else torch.where(kept, rows, fill).amax(1)
        for kept, fill in ((finite, torch.inf), (inside, torch.inf), (inside, -torch.inf),
                           (finite, -torch.inf))
    ]  # fmt: skip
    known = finite.sum(1)
    boxes = torch.stack([ends[0].to(low), ends[1].to(low), low, middle, high, ends[2].to(low),
                         ends[3].to(low)], 1)  # fmt: skip
    boxes[known == 0] = torch.nan
    outliers = 1 - inside.sum(1) / known.clamp(min=1)
    outliers[known == 0] = 0
    return boxes.cpu().double().numpy(), outliers.cpu().double().numpy(), sampled


def _sample(rows: Tensor) -> tuple[Tensor, int]:
    """Units (N, K) or an even sample of the numbers of each, exact and with NaN for what is not
    finite, and how many these are."""
    stride = math.ceil(rows.numel() / _SAMPLE)
    some = rows[:, :: stride | 1 if stride > 1 else 1]
    some = some.float() if some.device.type == "mps" else some.double()
    return torch.where(some.isfinite(), some, torch.nan), some.shape[1]


def _places(chosen: Tensor) -> np.ndarray:
    return chosen.nonzero()[:_NAMED, 0].cpu().numpy()
