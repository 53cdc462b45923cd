"""The quantities that can colour the nodes of the map, and that the table of the pass lists; and
those that tell of faults."""

from __future__ import annotations

from typing import Literal

import numpy as np
from msgspec import Struct

Overlay = Literal[
    "family", "time", "memory", "parameters", "flops", "activation", "gradient", "dtype", "device",
    "reach",
]  # fmt: skip
Measurable = Literal["flops", "activation", "gradient"]
Fault = Literal["nan", "infinite", "peak", "zeros"]
Quantity = Measurable | Fault | Literal["backward"]

OVERLAYS: tuple[Overlay, ...] = (
    "family", "time", "memory", "parameters", "flops", "activation", "gradient", "dtype", "device",
)  # fmt: skip
MEASURABLE: dict[str, Measurable] = {
    "flops": "flops",
    "activation": "activation",
    "gradient": "gradient",
}  # what a recording does not say: the engine measures it when somebody asks
FAULTS: tuple[Fault, ...] = ("nan", "infinite", "peak", "zeros")
QUANTITIES: tuple[Quantity, ...] = (*MEASURABLE.values(), *FAULTS, "backward")


class Amounts(Struct, frozen=True, eq=False):
    """One quantity of the first N events of a pass: ``values`` (N,), as float64.

    ``counts`` (N,) is how many numbers a value stands for, 0 where there is none: an op that is
    not counted, a result without a gradient. ``note`` says of what, as a template for people, with
    a place for the ``output`` of the model that it names. Of faults there is also what ``each``
    (M,) of the values ``at`` (M,) has that those events made.

    ``backward`` is the largest size among the gradients that an event makes for what it read, and,
    by ``each`` and ``at``, among those for each value; NaN if one of them is NaN.
    """

    values: np.ndarray
    counts: np.ndarray
    note: str = ""
    output: str = ""
    at: np.ndarray = np.empty(0, np.int64)
    each: np.ndarray = np.empty(0)
