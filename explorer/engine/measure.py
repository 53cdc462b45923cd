"""Statistics of a value: reduced on the device, a piece at a time."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from explorer.core.values import WHISKER, Statistics
from explorer.engine.differences import piece_of
from explorer.engine.values import evenly, plain, quantiles

_BINS = 64
_SAMPLE = 1 << 20  # elements that a histogram counts at most
_QUANTILES = 1 << 16  # elements of which quantiles are taken at most
_SMALL = 2.0**-600  # with which the largest float64 can be squared


def measure(tensor: Tensor, tape: int, value: int) -> Statistics:
    """Statistics over the finite elements, and a histogram of all or an even sample of them."""
    flat = plain(tensor).reshape(-1)
    whole = flat.numel()
    sample = evenly(flat, _SAMPLE).cpu()
    sample = sample[torch.isfinite(sample)]
    if len(sample) < min(whole, _QUANTILES):  # few are finite: it takes all of them
        finite = flat[torch.isfinite(flat)]
        whole = len(finite)
        sample = evenly(finite, _SAMPLE).cpu()
    few = evenly(sample, _QUANTILES, whole).double()
    first, median, third = quantiles(few, 0.25, 0.5, 0.75) if len(few) else (math.nan,) * 3
    reach = WHISKER * (third - first)
    known = median, first - reach, third + reach
    found = _summed(flat, *known)
    if not found.exact:
        found = _summed(flat, *known, unit=_SMALL)
    count = found.finite
    low, high = (found.low, found.high) if count else (math.nan, math.nan)
    counts = np.zeros(_BINS, dtype=np.int64)
    if count:
        unit = 1.0 if math.isfinite(_BINS * (high - low)) else _SMALL
        ends = unit * low, unit * (high if high > low else low + 1.0)
        counts = torch.histc(unit * sample.double(), _BINS, *ends).to(torch.int64).numpy()
    return Statistics(
        tape=tape,
        value=value,
        count=flat.numel(),
        minimum=low,
        maximum=high,
        mean=found.mean,
        std=found.std,
        zeros=found.zeros,
        nans=found.nans,
        infinities=flat.numel() - found.nans - count,
        counts=counts,
        sampled=len(sample),
        quartiles=(first, median, third),
        outliers=found.outliers,
    )


def _summed(flat: Tensor, middle: float, least: float, most: float, unit: float = 1.0) -> _Sums:
    """The sums of all numbers, see there."""
    found = _Sums(middle, least, most, unit)
    for part in flat.split(piece_of(flat)) if flat.numel() else ():
        found.add(part)
    return found


class _Sums:
    """What is counted and summed of the finite numbers. ``middle`` is near their mean, so that
    little is lost in the sum of squares; outliers are those below ``least`` or above ``most``. They
    are summed as multiples of 1 / ``unit``."""

    def __init__(self, middle: float, least: float, most: float, unit: float) -> None:
        self._middle, self._least, self._most, self._unit = middle, least, most, unit
        self.low, self.high = math.inf, -math.inf
        self.finite = self.nans = self.zeros = self.outliers = 0
        self._sum = self._squares = 0.0

    def add(self, part: Tensor) -> None:
        """Count these numbers, too."""
        low, high = (float(x) for x in part.aminmax())
        finite = part.numel()
        self.zeros += finite - int(torch.count_nonzero(part))
        is_finite = None  # all are
        if not (math.isfinite(low) and math.isfinite(high)):
            is_finite = torch.isfinite(part)
            finite = int(torch.count_nonzero(is_finite))
            self.nans += int(torch.count_nonzero(part.isnan()))
            if not finite:
                return
            low = float(torch.where(is_finite, part, math.inf).amin())
            high = float(torch.where(is_finite, part, -math.inf).amax())
        self.finite += finite
        self.low, self.high = min(self.low, low), max(self.high, high)
        apart = part.double() if part.device.type != "mps" else part
        if low < self._least or high > self._most:
            beyond = (apart < self._least) | (apart > self._most)
            if is_finite is not None:
                beyond &= is_finite
            self.outliers += int(torch.count_nonzero(beyond))
        if self._unit != 1:
            apart = apart * self._unit
        apart = apart - self._middle * self._unit
        if is_finite is not None:
            apart = torch.where(is_finite, apart, 0.0)
        self._sum += float(apart.sum())
        self._squares += float(apart.dot(apart))

    @property
    def exact(self) -> bool:
        """Whether no sum was too large for float64."""
        return math.isfinite(self._sum) and math.isfinite(self._squares)

    @property
    def mean(self) -> float:
        """NaN of nothing."""
        if not self.finite:
            return math.nan
        return (self._middle * self._unit + self._sum / self.finite) / self._unit

    @property
    def std(self) -> float:
        """The standard deviation of these numbers, none left out; NaN of nothing."""
        if not self.finite:
            return math.nan
        off = self._sum / self.finite
        return math.sqrt(max(0.0, self._squares / self.finite - off * off)) / self._unit
