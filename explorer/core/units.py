"""The units of a value: the places along one of its axes, such as neurons, channels or tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from msgspec import Struct

Order = Literal["place", "median", "largest", "mean"]


class UnitsView(Struct, frozen=True, tag=True):
    """What a pane asks about the units along ``axis`` of a value.

    Told are ``most`` of them from the ``first`` on, in an ``order``: as they stand, by their
    median, by the size of their largest number or by their mean size, the largest first. A unit is
    saturated if all of its numbers are within 1 % of the ``bounds`` (low, high) of the function
    that made them.
    """

    tape: int
    value: int
    axis: int
    most: int
    first: int = 0
    order: Order = "place"
    bounds: tuple[float, float] | None = None


class Units(Struct, frozen=True, eq=False, tag=True):
    """The answer: of ``total`` units those at the places ``at`` (N,).

    ``boxes`` (N, 7) are the smallest finite number of each, the lower whisker, the quartiles, the
    upper whisker and the largest; NaN where there is none. Whiskers end at the last number within
    1.5 times the distance of the quartiles from these (Tukey); ``outliers`` (N,) is the share of
    numbers beyond. ``sampled`` of the ``count`` numbers of each unit tell the quartiles and the
    share. ``silent`` are the places of units that are 0 everywhere, ``saturated`` of those at
    their bounds, the first hundreds of each; ``silents`` and ``full`` are how many there are.
    ``idle`` (N,) says which of those told of are one of both.
    """

    view: UnitsView
    total: int
    count: int
    sampled: int
    at: np.ndarray
    boxes: np.ndarray
    outliers: np.ndarray
    silent: np.ndarray
    silents: int
    saturated: np.ndarray
    full: int
    idle: np.ndarray


@dataclass(frozen=True)
class FeaturesLook:
    """How somebody looks at feature maps: in which ``order``, and whether each has its ``own``
    scale."""

    order: Order = "place"
    own: bool = False
