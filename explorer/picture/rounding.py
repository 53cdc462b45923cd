"""How far apart two computations of the same numbers can be by rounding alone."""

from __future__ import annotations

import numpy as np

from explorer.core.values import Span

# the distance from 1 to the next number, of types that are not exact
_NEXT = {
    "float64": 2.0**-52, "complex128": 2.0**-52, "float32": 2.0**-23, "complex64": 2.0**-23,
    "float16": 2.0**-10, "complex32": 2.0**-10, "bfloat16": 2.0**-7,
}  # fmt: skip
_FEW = 4  # sums in another order differ by about so many of these …
_ONE = 1  # … but where one is a thousandth of the number or more, so much may be a real difference
_COARSE = 1e-4
_LAST = 16  # of these each number of most has, where there is rounding alone


def rounding(dtype: str, *spans: Span | None) -> float:
    """The largest difference of numbers within these spans that may be rounding: a few units in
    the last place of the largest of most of them, as one far from all others hides no difference
    of these. 0 for a type whose numbers are exact."""
    ends = [abs(end) for one in spans if one is not None for end in (one.low, one.high)]
    largest = max((end for end in ends if end < float("inf")), default=0.0)
    one = _NEXT.get(dtype, 0.0)
    return (_ONE if one > _COARSE else _FEW) * one * largest


def may_be_rounding(dtype: str, one: np.ndarray, other: np.ndarray, apart: np.ndarray) -> bool:
    """Whether most of the numbers that are ``apart`` from each other are so by some last places of
    their own: small ones beside large ones may differ by all that they are. The arrays are of one
    shape; of others nobody can say, which is no."""
    if not one.shape == other.shape == apart.shape:
        return False
    differ = np.flatnonzero(apart)
    if not differ.size:
        return True
    sizes = np.maximum(np.abs(one), np.abs(other)).reshape(-1)[differ]
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.abs(apart).reshape(-1)[differ] / sizes
    return bool(np.median(shares) <= _LAST * _NEXT.get(dtype, 0.0))
