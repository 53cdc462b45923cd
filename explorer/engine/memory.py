"""Where tensors lie: places in memory, and pieces of memory with what was written into them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from math import prod
from typing import NamedTuple

import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.nn.parameter import is_lazy

_CHUNK = 64  # writes that are looked through or passed over together


class Place(NamedTuple):
    """Where in memory a tensor lies: ``key`` names the memory, the rest is in elements.

    ``conjugate`` and ``negative`` say that what lies there is still to be read so.
    https://docs.pytorch.org/docs/stable/generated/torch.conj.html
    """

    key: int
    dtype: torch.dtype
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]
    conjugate: bool
    negative: bool

    @property
    def span(self) -> tuple[int, int]:
        """The first byte and the one after the last."""
        if 0 in self.size:
            return 0, 0
        reach = sum((n - 1) * s for n, s in zip(self.size, self.stride, strict=True))
        return self.offset * self.dtype.itemsize, (self.offset + reach + 1) * self.dtype.itemsize

    def holds(self, other: Place) -> bool:
        """Whether another lies in this one, which has no gaps."""
        (first, end), (low, high) = self.span, other.span
        is_full = end - first == prod(self.size) * self.dtype.itemsize
        return is_full and self.key == other.key and first <= low and high <= end

    def within(self, storage: torch.UntypedStorage) -> Tensor:
        """The tensor at this place of other memory."""
        made = torch.empty(0, dtype=self.dtype, device=storage.device)
        made.set_(storage, self.offset, self.size, self.stride)
        if self.conjugate:
            made = made.conj()
        return torch._neg_view(made) if self.negative else made


class Memory:
    """One piece of memory in which values lie.

    ``size`` is in bytes. ``first`` is the step that made it, −1 if no op of the pass did; ``last``
    the last step that read from it. ``held`` are the values in it of which the tensors are kept.
    ``pinned`` says that these cannot be computed again, or are somebody else's anyway.
    """

    __slots__ = ("_bounds", "_weak", "_writes", "device", "first", "held", "last", "pinned", "size")

    def __init__(self, tensor: Tensor, first: int) -> None:
        # An address is not given to other memory while somebody refers to it, if only weakly.
        plain = memory_of(tensor) is not None
        self._weak = StorageWeakRef(tensor.untyped_storage()) if plain else None
        self.device = tensor.device
        self.size = size_of(tensor)
        self.first = self.last = first
        self.held: set[int] = set()
        self.pinned = first < 0
        self._writes: list[tuple[int, int, int]] = []  # step, first byte, end; steps ascending
        self._bounds: list[tuple[int, int]] = []  # of every `_CHUNK` of them: first byte, end

    def note_write(self, step: int, first: int, end: int) -> None:
        """A step overwrites bytes ``first … end`` (excluded)."""
        if len(self._writes) % _CHUNK == 0:
            self._bounds.append((first, end))
        low, high = self._bounds[-1]
        self._bounds[-1] = (min(low, first), max(high, end))
        self._writes.append((step, first, end))

    def writers(self, since: int, first: int, end: int) -> Iterator[int]:
        """The steps after ``since`` that overwrote one of the bytes ``first … end``, in order."""
        at = bisect_right(self._writes, since, key=lambda write: write[0])
        while at < len(self._writes):
            low, high = self._bounds[at // _CHUNK]
            if at % _CHUNK == 0 and (low >= end or high <= first):
                at += _CHUNK
                continue
            step, low, high = self._writes[at]
            if low < end and first < high:
                yield step
            at += 1


def place_of(tensor: Tensor) -> Place | None:
    """Where a tensor lies, None for one without memory of the plain kind."""
    key = memory_of(tensor)
    if key is None:
        return None
    offset = int(tensor.storage_offset())
    size, stride = tuple(tensor.shape), tuple(tensor.stride())
    return Place(key, tensor.dtype, offset, size, stride, tensor.is_conj(), tensor.is_neg())


def memory_of(tensor: Tensor) -> int | None:
    """What names a tensor's memory as long as that lives, None if it is not of the plain kind."""
    if tensor.layout is not torch.strided or tensor.is_nested:
        return None
    if tensor.__class__ is not Tensor and is_lazy(tensor):
        return None
    return tensor.untyped_storage()._cdata


def size_of(tensor: Tensor) -> int:
    """The bytes of the memory that a tensor lies in."""
    if memory_of(tensor) is not None:
        return tensor.untyped_storage().nbytes()
    return tensor.numel() * tensor.element_size()
