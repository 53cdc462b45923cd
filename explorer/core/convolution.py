"""A convolution, cell by cell: where the kernel lies, and what it makes of what lies under it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from msgspec import Struct

Showing = Literal["products", "filters"]


class Window(NamedTuple):
    """The part of a window along one axis that lies on the input.

    Place ``first + step · k`` for k < ``length`` meets the kernel's number ``kernel + turn · k``.
    """

    first: int
    step: int
    length: int
    kernel: int = 0
    turn: int = 1

    @property
    def places(self) -> range:
        """Where on the input it is."""
        return range(self.first, self.first + self.step * self.length, self.step)

    @property
    def numbers(self) -> list[int]:
        """Which numbers of the kernel these places meet."""
        return [self.kernel + self.turn * k for k in range(self.length)]


def window(
    place: int, size: int, kernel: int, stride: int, padding: int, dilation: int
) -> Window:  # fmt: skip
    """The window of ``kernel`` numbers that makes the cell at a ``place``, along an axis of
    ``size`` places."""
    start = place * stride - padding
    skipped = -(start // dilation) if start < 0 else 0  # the kernel's first numbers on the input
    first = start + skipped * dilation
    inside = (size - 1 - first) // dilation + 1 if first < size else 0
    return Window(first, dilation, max(min(kernel - skipped, inside), 0), skipped)


def spread(place: int, size: int, kernel: int, stride: int, padding: int, dilation: int) -> Window:
    """The inputs of a transposed convolution that reach a place, with the number that each meets:
    those p with ``p · stride − padding + u · dilation = place``."""
    hits = [
        (p, (place + padding - p * stride) // dilation)
        for p in range(size)
        if (place + padding - p * stride) % dilation == 0
        and 0 <= (place + padding - p * stride) // dilation < kernel
    ]
    if not hits:
        return Window(0, 1, 0)
    (first, u), *more = hits
    step, turn = (more[0][0] - first, more[0][1] - u) if more else (1, 1)
    return Window(first, step, len(hits), u, turn)


class Slide(Struct, frozen=True):
    """How a kernel of so many numbers slides over an input of a ``size``, one entry per axis of
    space. ``padding`` is that before the first place."""

    size: tuple[int, ...]
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int = 1
    transposed: bool = False

    def windows(self, place: tuple[int, ...]) -> list[Window]:
        """What of the input makes the cell at a place of the output, per axis."""
        slide = spread if self.transposed else window
        sides = zip(
            place, self.size, self.kernel, self.stride, self.padding, self.dilation, strict=True
        )
        return [slide(*side) for side in sides]

    def reach(self, place: tuple[int, ...]) -> list[range]:
        """The places from the first to the last that the whole kernel covers, padding too; of a
        transposed convolution those that meet it."""
        if self.transposed:
            return [
                range(one.first, one.first + one.step * max(0, one.length - 1) + 1)
                for one in self.windows(place)
            ]
        begins = [p * s - pad for p, s, pad in zip(place, self.stride, self.padding, strict=True)]
        return [
            range(begin, begin + d * (k - 1) + 1)
            for begin, d, k in zip(begins, self.dilation, self.kernel, strict=True)
        ]

    def plane(self) -> Slide:
        """The same as rows and columns: one axis is a row."""
        if len(self.size) == 2:
            return self
        return Slide(
            (1, *self.size), (1, *self.kernel), (1, *self.stride), (0, *self.padding),
            (1, *self.dilation), self.groups, self.transposed,
        )  # fmt: skip


class ProductsView(Struct, frozen=True, tag=True):
    """What a pane asks about the cell ``index`` of the output ``value`` of a convolution: what lies
    under the kernel, of input channel ``channel`` of those that the cell sees, or of the last one.
    Told are at most ``size`` numbers of a kernel, and ``most`` of the channels."""

    tape: int
    value: int
    index: tuple[int, ...]
    channel: int
    size: tuple[int, int]
    most: int


class Products(Struct, frozen=True, eq=False, tag=True):
    """The answer about the cell at row and column ``place``. ``input``, ``weight`` and ``bias`` are
    values of the recording, the last −1 if there is none.

    ``seen`` (rows, columns) are the numbers of the input under every number of the kernel, 0 where
    there is no input, ``weights`` those of the kernel and ``products`` both multiplied, in double
    precision. Where a kernel is larger than was asked for, each stands for a ``block`` of it: the
    strongest number, and the sum of the products. ``seen`` is of channel ``channel`` of the
    ``each`` that the cell sees, of which the first is channel ``first`` of the input. ``sums``
    (N,) are the sums of the products of the ``channels`` (N,); where there are more than was asked
    for, those of the largest of every few. All channels and the ``offset``, the bias, add up to
    ``total``; the ``number`` is what was recorded, which differs by rounding alone.
    """

    view: ProductsView
    slide: Slide
    place: tuple[int, int]
    input: int
    weight: int
    bias: int
    first: int
    each: int
    channel: int
    seen: np.ndarray
    weights: np.ndarray
    products: np.ndarray
    block: tuple[int, int]
    channels: np.ndarray
    sums: np.ndarray
    offset: float
    total: float
    number: float

    @property
    def sum(self) -> float:
        """That of the products of the channel."""
        return float(self.products.sum())

    @property
    def unmet(self) -> np.ndarray:
        """Which numbers of the kernel, or blocks of them, meet no input, (rows, columns)."""
        met = np.zeros(self.slide.kernel, bool)
        down, across = self.slide.windows(self.place)
        met[np.ix_(down.numbers, across.numbers)] = True
        rows, columns = self.block
        starts = (range(0, met.shape[0], rows), range(0, met.shape[1], columns))
        any_ = np.logical_or.reduceat(np.logical_or.reduceat(met, starts[0], 0), starts[1], 1)
        return np.asarray(~any_)


@dataclass(frozen=True)
class ConvolutionLook:
    """How somebody looks at convolutions: the ``filter``, that is the output channel, the input
    ``channel`` of those that it sees, the ``sample`` of the batch, and what is shown below. The
    ``cell`` is one of an output ``of`` so many rows and columns; of another it is the middle."""

    filter: int = 0
    channel: int = 0
    sample: int = 0
    cell: tuple[int, int] = (0, 0)
    of: tuple[int, int] = (0, 0)
    show: Showing = "products"
