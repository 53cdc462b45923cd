"""What one number depends on over the whole pass, or what depends on it: asking, and what is told
of all values at once. The cells themselves are looked at as any value is, with a `View`."""

from __future__ import annotations

from typing import Literal

import numpy as np
from msgspec import Struct

Way = Literal["from", "to"]  # its receptive field; its influence


class Reach(Struct, frozen=True):
    """All cells that cell ``index`` of a value came ``from``, or that it goes ``to``."""

    way: Way
    value: int
    index: tuple[int, ...]


class Extent(Struct, frozen=True, eq=False):
    """How far a reach goes: of every value of the recording (values,), how many cells take part,
    the sum of their strengths |gradient × value|, and the largest of them."""

    counts: np.ndarray
    sums: np.ndarray
    peaks: np.ndarray
