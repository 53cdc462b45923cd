"""What a rule is asked, and what it answers: terms by the thousand, as tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, NamedTuple

import torch
from torch import Tensor

from explorer.core.explanation import Explanation, How, Number, Region, written
from explorer.engine.nesting import filled
from explorer.engine.script import Ref, Script, Step

Get = Callable[[int], Tensor]
Index = tuple[int, ...]


class Along(NamedTuple):
    """An axis of a value that is walked: place ``start + step · k`` for the k of axis ``axis`` of
    the terms."""

    axis: int
    start: int = 0
    step: int = 1


Walk = Sequence[int | Along]  # per axis of a value: a fixed place, or how it is walked


@dataclass
class Cells:
    """One cell of a value for each of K terms: its number (K,) and where it is."""

    symbol: str
    ref: int
    numbers: Tensor
    at: Callable[[int], Index]
    regions: list[Region]


class Operand(NamedTuple):
    """A value that a rule looks at, and its symbol in the formula."""

    symbol: str
    ref: int
    tensor: Tensor

    @property
    def shape(self) -> Index:
        """Its shape."""
        return tuple(self.tensor.shape)

    def cell(self, index: Sequence[int]) -> Cells:
        """One cell."""
        place = tuple(int(i) for i in index)
        region = Region(self.ref, tuple(range(i, i + 1) for i in place))
        return Cells(
            self.symbol, self.ref, self.tensor[place].reshape(1), lambda _: place, [region]
        )

    def walked(self, space: Sequence[int], walk: Walk) -> Cells:
        """A cell for every place of ``space``, in C order. Nothing of it is copied but numbers."""
        sizes = tuple(space)
        tensor = self.tensor.resolve_conj().resolve_neg()
        offset, strides, flips = tensor.storage_offset(), [0] * len(sizes), []
        ranges, shared = [], set()
        for place, stride in zip(walk, tensor.stride(), strict=True):
            if isinstance(place, int):
                offset += place * stride
                ranges.append(range(place, place + 1))
                continue
            count = sizes[place.axis]
            ends = (place.start, place.start + place.step * (count - 1))
            ranges.append(range(min(ends), max(ends) + 1, max(abs(place.step), 1)))
            shared.add(place.axis)
            if place.step < 0:
                flips.append(place.axis)
            offset += min(ends) * stride
            strides[place.axis] += abs(place.step) * stride
        if 0 in sizes:
            numbers = tensor.new_empty(0)
        else:
            seen = tensor.as_strided(sizes, strides, offset)
            numbers = (seen.flip(flips) if flips else seen).reshape(-1)

        def at(k: int) -> Index:
            places = unravelled(k, sizes)
            return tuple(
                p if isinstance(p, int) else p.start + p.step * places[p.axis] for p in walk
            )

        diagonal = len(shared) < sum(not isinstance(p, int) for p in walk)
        if 0 in sizes:
            regions = []
        elif diagonal:
            regions = block_regions(self.ref, torch.tensor([at(k) for k in range(len(numbers))]))
        else:
            regions = [Region(self.ref, tuple(ranges))]
        return Cells(self.symbol, self.ref, numbers, at, regions)

    def picked(self, places: Tensor) -> Cells:
        """The cells at ``places`` (K, axes)."""
        numbers = self.tensor[tuple(places.unbind(1))] if places.shape[1] else self.tensor.expand(
            len(places)
        )  # fmt: skip

        def at(k: int) -> Index:
            return tuple(places[k].tolist())

        return Cells(self.symbol, self.ref, numbers, at, block_regions(self.ref, places))


@dataclass
class Terms:
    """K terms of one form. They are told by the size of ``values``, or by ``rank`` if there is one:
    the largest first."""

    form: str
    cells: list[Cells]
    values: Tensor
    weights: Tensor | None = None
    rank: Tensor | None = None


def products(
    form: str, *cells: Cells, weight: Tensor | Number | None = None, factor: Number = 1
) -> Terms:
    """Terms that are their cells multiplied, each with its ``weight`` and all with ``factor``."""
    weights = None
    if weight is not None:
        weights = torch.as_tensor(weight).to(cells[0].numbers.device).expand(len(cells[0].numbers))
    parts = [cell.numbers for cell in cells] + ([weights] if weights is not None else [])
    values = wide(parts[0])
    for part in parts[1:]:
        values = values * wide(part)
    return Terms(form, list(cells), values if factor == 1 else values * factor, weights)


_KINDS = {
    bool: torch.bool, int: torch.int64, float: torch.float64, complex: torch.complex128,
}  # fmt: skip


def constant(number: Number, form: str = "") -> Terms:
    """A term that is just a number."""
    return Terms(
        form or written(number), [], wide(torch.tensor([number], dtype=_KINDS[type(number)]))
    )


@dataclass
class Sum:
    """A named quantity: what its terms add up to, or a constant."""

    symbol: str
    formula: str = ""
    terms: list[Terms] = field(default_factory=list)
    value: Number | None = None


@dataclass
class Answer:
    """What a rule found. ``more`` are cells that count beside those of terms and quantities;
    ``regions`` are all that count, if the rule knows better. ``told`` has the terms of an op that
    was explained by what happened inside of it.

    ``scale`` is the size of the numbers that met on the way, where they are much larger than the
    terms: rounding is relative to it.
    """

    how: How
    formula: str
    terms: list[Terms]
    quantities: list[Sum] = field(default_factory=list)
    more: list[Cells] = field(default_factory=list)
    regions: list[Region] | None = None
    told: Explanation | None = None
    exact: bool = True
    scale: float = 0.0
    note: str = ""


@dataclass
class Asked:
    """One cell of what a step wrote. ``result`` says which of its results it is in, −1 for an
    argument that it overwrote and did not return. ``opened`` gives the tape inside of an event;
    ``limit`` is how many terms are wanted.
    """

    script: Script
    number: int
    step: Step
    op: str
    ref: int
    index: Index
    result: int
    value: Get
    tensor: Tensor
    opened: Callable[[int], Any]
    limit: int | None

    def bind(self, *names: str) -> dict[str, Any]:
        """The arguments by name; ``names`` are those that may come by place."""
        known = dict(zip(names, self.step.args, strict=False)) | self.step.kwargs
        for other in ("self", "tensor"):
            if other in known and names and names[0] not in known:
                known[names[0]] = known[other]
        return known

    def operand(self, symbol: str, given: Any) -> Operand:
        """The value that an argument is."""
        return Operand(symbol, given.index, self.value(given.index).detach())

    def overwritten(self, symbol: str, given: Any) -> Operand:
        """The value that an argument is, as it was after the op wrote into it, if it did."""
        after = dict(self.step.changed).get(given.index, given.index)
        return Operand(symbol, after, self.value(after).detach())

    def optional(self, symbol: str, given: Any) -> Operand | None:
        """The value that an argument is, None if it is no tensor."""
        return self.operand(symbol, given) if isinstance(given, Ref) else None

    @property
    def refs(self) -> list[Ref]:
        """The tensors among the arguments, in order."""
        return refs_in((self.step.args, self.step.kwargs))

    @property
    def recorded(self) -> Tensor:
        """The number itself, ()."""
        return self.tensor[self.index]


def refs_in(thing: Any) -> list[Ref]:
    """Every `Ref` inside nested arguments, in order."""
    found: list[Ref] = []

    def noted(ref: Ref) -> Ref:
        found.append(ref)
        return ref

    filled(thing, Ref, noted)
    return found


def wide(numbers: Tensor) -> Tensor:
    """In the widest type of its kind."""
    if numbers.device.type == "mps":  # it has no float64
        numbers = numbers.cpu()
    if numbers.is_complex():
        return numbers.to(torch.complex128)
    return numbers.to(torch.float64 if numbers.is_floating_point() else torch.int64)


def unravelled(k: int, sizes: Sequence[int]) -> Index:
    """Where in a block of these sizes the k-th place in C order is."""
    found = []
    for size in reversed(sizes):
        found.append(k % size)
        k //= size
    return tuple(reversed(found))


def broadcast(index: Index, shape: Sequence[int]) -> Index:
    """The cell of a tensor of ``shape`` that meets cell ``index`` of a broadcast result."""
    tail = index[len(index) - len(shape) :]
    return tuple(0 if size == 1 else i for i, size in zip(tail, shape, strict=True))


def row(index: Index, dims: Sequence[int], shape: Sequence[int]) -> tuple[list[int], Walk]:
    """``space`` and walk of the cells that differ from ``index`` along ``dims`` alone."""
    return [shape[d] for d in dims], [
        Along(dims.index(d)) if d in dims else i for d, i in enumerate(index)
    ]


def block_regions(ref: int, places: Tensor) -> list[Region]:
    """The blocks that hold exactly the cells at ``places`` (K, axes): one if they are one block,
    else one for every cell."""
    if len(places) == 0:
        return []
    axes = [column.unique() for column in places.unbind(1)]  # sorted
    steps = [int(one[1] - one[0]) if len(one) > 1 else 1 for one in axes]
    even = all(
        len(one) < 3 or bool((one.diff() == step).all())
        for one, step in zip(axes, steps, strict=True)
    )
    count = prod(len(one) for one in axes)
    if even and count <= len(places):
        flat = places.new_zeros(len(places))
        for column, one in zip(places.unbind(1), axes, strict=True):
            flat = flat * (int(one[-1]) + 1) + column
        if len(flat.unique()) == count:
            blocks = (
                range(int(one[0]), int(one[-1]) + 1, step)
                for one, step in zip(axes, steps, strict=True)
            )
            return [Region(ref, tuple(blocks))]
    cells = {tuple(place) for place in places.tolist()}
    return [Region(ref, tuple(range(i, i + 1) for i in cell)) for cell in sorted(cells)]


def numbered(symbol: str, number: int) -> str:
    """``x₁`` for the first of several."""
    return symbol + "".join("₀₁₂₃₄₅₆₇₈₉"[int(digit)] for digit in str(number + 1))
