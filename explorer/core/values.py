"""Asking for values and what comes back: inputs, views, readings, statistics.

A pane never receives more of a tensor than it can show: it sends a `View`, the engine slices
and reduces on the device, and a `Reading` of at most ``size`` cells comes back.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from msgspec import Struct

from explorer.core.reach import Reach

WHISKER = 1.5  # quartile distances to where outliers begin: J. Tukey, Exploratory Data Analysis


class TextInput(Struct, frozen=True, tag=True):
    """Text to tokenize, and ``then`` the numbers of tokens that come after it. With these, tokens
    are left out in front as far as the model reads fewer."""

    text: str
    then: tuple[int, ...] = ()


class NumbersInput(Struct, frozen=True, tag=True):
    """Numbers of one sample, in the order of the model's features; a point is two of them.

    Images come this way too, row by row, each pixel between 0 and 1.
    """

    values: tuple[float, ...]


class SampleInput(Struct, frozen=True, tag=True):
    """Sample ``index`` of the validation data; the recording says what it holds."""

    index: int


class TensorSpec(Struct, frozen=True):
    """A tensor to be made: ``dtype`` as torch names it (``float32``), ``fill`` what is in it.

    ``integers`` are drawn between 0 and ``high`` (excluded), the others from the standard normal
    or the uniform distribution over 0 … 1.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str = "float32"
    fill: Literal["normal", "uniform", "integers", "zeros", "ones", "range"] = "normal"
    high: int = 2


class TensorsInput(Struct, frozen=True, tag=True):
    """Tensors made on the spot, one per argument of ``forward``, the same for the same seed. The
    tokens ``then`` come after those of the one tensor of tokens (1, T), which keeps its length."""

    tensors: tuple[TensorSpec, ...]
    seed: int = 0
    then: tuple[int, ...] = ()


class PictureInput(Struct, frozen=True, tag=True, eq=False):
    """A picture (H, W, 3) of bytes, of any size: the engine brings it to what the model takes.

    Each one that is chosen is another, whatever is in it.
    """

    name: str
    pixels: np.ndarray


class ExampleInput(Struct, frozen=True, tag=True):
    """What the file's ``example_inputs()`` returns, or what ``explorer.view`` was given; ``then``
    as in `TensorsInput`."""

    then: tuple[int, ...] = ()


class BatchInput(Struct, frozen=True, tag=True):
    """The batch of a training's step ``step``, counted from 1."""

    step: int


Input = (
    TextInput | NumbersInput | SampleInput | TensorsInput | PictureInput | ExampleInput | BatchInput
)
Continued = TextInput | TensorsInput | ExampleInput  # what tokens can come after

Reduce = Literal["max-abs", "mean", "max"]
Along = Literal["", "mean", "max", "norm"]
Part = Literal["magnitude", "real", "imaginary", "phase"]
Layout = Literal["dense", "sparse", "nested", "masked", "quantized"]


class View(Struct, frozen=True):
    """A question about one value of one tape.

    ``keep`` are the axes to see, in the order wanted, at most three; along every other axis the
    index in ``at`` is taken (``at`` has one entry per axis), or what ``along`` has for it: the
    mean, the largest number or the L2 norm of all, the last axis first. An axis longer than its
    ``size`` is reduced by blocks of equal length, as ``reduce`` says. ``take`` has, for every kept
    axis, the positions along it that are wanted, ``()`` for all; without any of them everything is.
    ``window`` has, for every kept axis, the run of positions to see; its blocks are those of a
    window that long, also where the axis ends before it. ``part`` is what is seen of complex
    numbers. ``minus`` is another value of the same shape, as (tape, value), which is subtracted
    from this one before anything is reduced to its size. With ``fit`` the reading tells the `Span`
    of all that a window is cut from. With a ``reach`` it is not about the numbers but about which
    of the cells take part in that: the strength of each, 0 or more, and −1 where one does not.
    ``through`` are attention maps of one shape, those of all layers up to this one, itself the
    last: what is seen, in place of the value, is their rollout over the two kept axes. ``stack``
    are values of one shape, itself the first, of all of which the same is seen.
    """

    tape: int
    value: int
    keep: tuple[int, ...]
    at: tuple[int, ...]
    size: tuple[int, ...]
    reduce: Reduce = "max-abs"
    take: tuple[tuple[int, ...], ...] = ()
    window: tuple[range, ...] = ()
    along: tuple[Along, ...] = ()
    part: Part = "magnitude"
    minus: tuple[int, int] | None = None
    fit: bool = False
    reach: Reach | None = None
    through: tuple[int, ...] = ()
    stack: tuple[int, ...] = ()


class Span(Struct, frozen=True):
    """How far the finite numbers reach, and the middle 98 % of them, ``low`` to ``high``; NaN where
    there are none. Of a difference: whether most of the numbers that differ are so close that they
    may be ``rounded`` ones."""

    minimum: float
    maximum: float
    low: float
    high: float
    rounded: bool = False


class Reading(Struct, frozen=True):
    """The answer to a `View`: ``data`` has one axis per kept axis, float32 or float64, or int64
    where whole numbers of 64 bits came as they are. Of a stack, its values are one more, in front.

    ``block`` says how many cells of the value each entry stands for, per axis: all 1 means that
    the numbers are exact. ``layout`` says how the value is held, where that is not as it is shown:
    the zeros of a sparse one are written out, a nested or masked one is NaN where it has nothing.
    """

    view: View
    data: np.ndarray
    block: tuple[int, ...]
    span: Span | None = None
    layout: Layout = "dense"

    @property
    def exact(self) -> bool:
        """Whether every cell is a single number of the value."""
        return all(n == 1 for n in self.block)

    @property
    def first(self) -> tuple[int, ...]:
        """The position of the first entry along every kept axis, of a view without ``take``."""
        window = self.view.window
        return tuple(one.start for one in window) if window else (0,) * len(self.block)


Odd = Literal["nan", "infinity", "largest"]  # the last is the number furthest from 0


class Oddity(Struct, frozen=True):
    """The next cell of a value that holds such a thing, ``None`` where it has no such cell."""

    tape: int
    value: int
    sort: Odd
    index: tuple[int, ...] | None


class Statistics(Struct, frozen=True):
    """Statistics over all finite elements of one value, and its histogram.

    ``counts`` has one entry per bin between ``minimum`` and ``maximum``; ``sampled`` is the number
    of elements that it counts (all, or an even sample of a large value). ``quartiles`` are of a
    sample, too; ``outliers`` is how many elements are further from them than 1.5 times their
    distance from each other.
    """

    tape: int
    value: int
    count: int
    minimum: float
    maximum: float
    mean: float
    std: float
    zeros: int
    nans: int
    infinities: int
    counts: np.ndarray
    sampled: int
    quartiles: tuple[float, float, float] = (math.nan, math.nan, math.nan)
    outliers: int = 0
