"""Curves ready to be drawn: one column per pixel, smoothed, with round axes.

A curve is an (N, 2) array of (x, y) with x ascending. Values that are not finite leave gaps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FLOOR = 1e-8  # what is nearer to zero than this is drawn here on a logarithmic axis
_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


@dataclass(frozen=True)
class Columns:
    """A curve of at most one column per pixel; every array is (C,), C columns.

    ``low``, ``high`` and ``mean`` are over the finite points of a column, NaN if it has none.
    """

    x: np.ndarray
    low: np.ndarray
    high: np.ndarray
    mean: np.ndarray


def columns(points: np.ndarray, first: float, last: float, count: int) -> Columns:
    """Gather the ``points`` (N, 2) with first ≤ x ≤ last into at most ``count`` columns.

    The columns are of equal width; empty ones are left out. Nothing between the lowest and the
    highest point of a column can be seen on a screen, so no spike is lost.
    """
    begin = int(np.searchsorted(points[:, 0], first, side="left"))
    end = int(np.searchsorted(points[:, 0], last, side="right"))
    x, y = points[begin:end, 0], points[begin:end, 1]
    if len(x) <= count:
        y = finite(y)
        return Columns(x.copy(), y, y, y)
    starts = np.searchsorted(x, np.linspace(first, last, count + 1)[:-1], side="left")
    starts = starts[np.diff(starts, append=len(x)) > 0]  # the empty ones begin where the next does
    ends = np.append(starts[1:], len(x))
    middle = (x[starts] + x[ends - 1]) / 2
    there = np.isfinite(y)
    if there.all():
        mean = np.add.reduceat(y, starts) / (ends - starts)
        return Columns(middle, np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts), mean)
    y = finite(y)
    counts = np.add.reduceat(there, starts, dtype=np.int64)
    sums = np.add.reduceat(np.where(there, y, 0.0), starts)
    mean = np.divide(sums, counts, out=np.full(len(starts), np.nan), where=counts > 0)
    return Columns(middle, np.fmin.reduceat(y, starts), np.fmax.reduceat(y, starts), mean)


def zigzag(gathered: Columns) -> np.ndarray:
    """The (≤ 2C, 2) line through low and high of every column, which covers what all points would.

    A column of a single value gives one point. Each column is entered at the end that is nearer
    to the one before, so that the line does not jump more than the curve does.
    """
    rising = np.ones(len(gathered.x), dtype=bool)
    rising[1:] = gathered.mean[1:] >= gathered.mean[:-1]
    enter = np.where(rising, gathered.low, gathered.high)
    leave = np.where(rising, gathered.high, gathered.low)
    line = np.empty((2 * len(gathered.x), 2))
    line[0::2, 0] = line[1::2, 0] = gathered.x
    line[0::2, 1], line[1::2, 1] = enter, leave
    keep = np.ones(len(line), dtype=bool)
    keep[1::2] = gathered.low < gathered.high
    return line[keep]


def smooth(values: np.ndarray, span: float) -> np.ndarray:
    """The exponential moving average of ``values`` (N,); decay 1 − 2 / (span + 1).

    It is unbiased at the start (an average of what was seen, not of zeros). NaN leaves a gap and
    does not count.
    """
    if span <= 1 or len(values) < 2:
        return np.array(values, dtype=np.float64)
    decay = 1 - 2 / (span + 1)
    there = ~np.isnan(values)
    sums = _decaying_sum(np.where(there, values, 0.0), decay)
    weights = _decaying_sum(there.astype(np.float64), decay)
    return np.divide(sums, weights, out=np.full(len(values), np.nan), where=there)


def _decaying_sum(values: np.ndarray, decay: float) -> np.ndarray:
    """s[i] = decay · s[i−1] + values[i], by blocks short enough for decay⁻ⁱ to be a number."""
    length = max(1, min(len(values), int(200 / -np.log10(decay))))
    blocks = -(-len(values) // length)
    padded = np.zeros(blocks * length)
    padded[: len(values)] = values
    powers = decay ** np.arange(length)
    inside = np.cumsum(padded.reshape(blocks, length) / powers, axis=1) * powers
    carried = 0.0
    for block in inside:
        block += carried * decay * powers
        carried = block[-1]
    return inside.reshape(-1)[: len(values)]


def finite(values: np.ndarray) -> np.ndarray:
    """``values`` as float64, with NaN for everything that is not finite."""
    made = np.array(values, dtype=np.float64)
    made[~np.isfinite(made)] = np.nan
    return made


def logarithm(values: np.ndarray) -> np.ndarray:
    """log₁₀ for a logarithmic axis: zero and below are drawn at `FLOOR`, not-finite is a gap."""
    return np.log10(np.maximum(finite(values), FLOOR))


def log_range(low: float, high: float) -> tuple[float, float]:
    """The exponents of the round numbers (1, 2, 5 × 10ⁿ) around two exponents of ten.

    At least a factor of 2 wide. (0, 1) if the two are NaN: there is nothing to show yet.
    """
    if not (np.isfinite(low) and np.isfinite(high)):
        return 0.0, 1.0
    bottom, top = _round_exponent(low, up=False), _round_exponent(high, up=True)
    if top - bottom < np.log10(2) - 1e-9:
        top = _round_exponent(bottom + 0.01, up=True)
    return bottom, top


def log_ticks(low: float, high: float, count: int = 6) -> list[tuple[float, str]]:
    """At most ``count`` ticks between two exponents of ten: (exponent, text).

    Round numbers at even distances in a range of less than a decade; else 1, 2 and 5 of each
    decade if so many fit, else every decade, or every second one, and so on.
    """
    count = max(2, count)
    if high - low < 1 - 1e-9:
        even = linear_ticks(10.0**low, 10.0**high, count - 1)
        return [(float(np.log10(value)), f"{value:.3g}".replace("-", "−")) for value in even]
    first, last = int(np.floor(low + 1e-9)), int(np.floor(high + 1e-9))
    fine = [
        decade + float(np.log10(digit)) for decade in range(first, last + 1) for digit in (1, 2, 5)
    ]
    fine = [exponent for exponent in fine if low - 1e-9 <= exponent <= high + 1e-9]
    if len(fine) <= count:
        return [(exponent, f"{10.0**exponent:.3g}".replace("-", "−")) for exponent in fine]
    decades = range(int(np.ceil(low - 1e-9)), last + 1)
    stride = max(1, -(-len(decades) // count))
    return [(float(n), _power(n)) for n in decades if n % stride == 0]


def linear_ticks(low: float, high: float, count: int = 6) -> list[float]:
    """At most ``count`` + 1 round numbers (steps of 1, 2, 5 × 10ⁿ) from ``low`` to ``high``."""
    if not high > low:
        return [low]
    raw = (high - low) / count
    size = 10.0 ** np.floor(np.log10(raw))
    step = next(size * digit for digit in (1, 2, 5, 10) if size * digit >= raw * (1 - 1e-9))
    first, last = int(np.ceil(low / step - 1e-9)), int(np.floor(high / step + 1e-9))
    return [float(n * step) for n in range(first, last + 1)]


def room_for(last: float) -> float:
    """Where an axis from 0 ends that a curve grows along: at most a twelfth beyond ``last``.

    It moves by a twelfth now and then, not with every point; at least 10.
    """
    end = max(last, 10.0)
    step = 2.0 ** np.floor(np.log2(end)) / 12
    return float(np.ceil(end / step - 1e-9) * step)


def _round_exponent(exponent: float, up: bool) -> float:
    decade = float(np.floor(exponent + 1e-9))
    rounds = [decade + float(np.log10(digit)) for digit in (1, 2, 5, 10)]
    if up:
        return next(n for n in rounds if n >= exponent - 1e-9)
    return next(n for n in rounds[::-1] if n <= exponent + 1e-9)


def _power(exponent: int) -> str:
    if -3 < exponent < 4:
        return f"{10.0**exponent:g}"
    return "10" + str(exponent).translate(_SUPERSCRIPTS)
