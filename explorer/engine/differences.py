"""One value minus another, number by number."""

from __future__ import annotations

import torch
from torch import Tensor

_PIECE = 1 << 16  # elements that fit into a processor's cache with what is made of them
_LAST = 16  # last places that each number of most has, where there is rounding alone


def less(one: Tensor, other: Tensor) -> Tensor:
    """One minus the other: 0 where both are infinite and the same, as masked scores are."""
    apart = one - other
    if bool(apart.sum().isnan()):
        apart[apart.isnan() & (one == other)] = 0
    return apart


def last_place(*dtypes: torch.dtype) -> float:
    """The distance from 1 to the next number, of the coarsest of these types; 0 where all are
    exact."""
    known = (torch.finfo(one).eps for one in dtypes if one.is_floating_point or one.is_complex)
    return max(known, default=0.0)


def are_rounded(one: Tensor, other: Tensor, last: float, far: float) -> bool:
    """Whether most of the numbers that differ, by ``far`` at most, do so by some last places of
    their own: small ones beside large ones may differ by all that they are."""
    if not one.numel():
        return True
    least, largest = (float(end) for end in one.aminmax())
    if far > _LAST * last * max(-least, largest):
        return False  # for any of them that is more
    differ = more = 0
    size = piece_of(one)
    pieces = zip(one.reshape(-1).split(size), other.reshape(-1).split(size), strict=True)
    for this, that in pieces:
        apart = less(this, that).abs()
        differ += int(apart.count_nonzero())
        more += int((apart > this.abs() * (_LAST * last)).count_nonzero())
    return 2 * more <= differ


def piece_of(flat: Tensor) -> int:
    """How many elements to look at together, where what is made of them is to stay in the cache."""
    return _PIECE if flat.device.type == "cpu" else max(1, flat.numel())
