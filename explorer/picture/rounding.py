"""How far apart two computations of the same numbers can be by rounding alone."""

from __future__ import annotations

from explorer.core.values import Span

# the distance from 1 to the next number, of types that are not exact
_NEXT = {
    "float64": 2.0**-52, "complex128": 2.0**-52, "float32": 2.0**-23, "complex64": 2.0**-23,
    "float16": 2.0**-10, "complex32": 2.0**-10, "bfloat16": 2.0**-7,
}  # fmt: skip
_FEW = 4  # sums in another order differ by about so many of these …
_ONE = 1  # … but where one is a thousandth of the number or more, so much may be a real difference
_COARSE = 1e-4


def rounding(dtype: str, *spans: Span | None) -> float:
    """The largest difference of numbers within these spans that may be rounding: a few units in
    the last place of the largest of most of them, as one far from all others hides no difference
    of these. 0 for a type whose numbers are exact."""
    ends = [abs(end) for one in spans if one is not None for end in (one.low, one.high)]
    largest = max((end for end in ends if end < float("inf")), default=0.0)
    one = _NEXT.get(dtype, 0.0)
    return (_ONE if one > _COARSE else _FEW) * one * largest
