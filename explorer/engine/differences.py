"""One value minus another, number by number."""

from __future__ import annotations

from torch import Tensor


def less(one: Tensor, other: Tensor) -> Tensor:
    """One minus the other: 0 where both are infinite and the same, as masked scores are."""
    apart = one - other
    if bool(apart.sum().isnan()):
        apart[apart.isnan() & (one == other)] = 0
    return apart
