"""Changing a pass: what becomes of cells of its values, as functions for `Tape.replay`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from explorer.core.change import Change, Kind, slices
from explorer.core.graph import Value
from explorer.core.problem import Problem, phrase
from explorer.engine.carrying import Carry, carry_of
from explorer.engine.recording import Shown
from explorer.engine.replay import Edit
from explorer.engine.within import ref_of

_REAL = ("float", "bfloat")  # begin the names of dtypes of which there is a mean and noise
Values = Callable[[str], Tensor | None]  # of a pass, by their names
Sources = Mapping[Kind, Values]  # of the passes that changes of a kind take numbers from
_NO_SOURCE = {
    "patch": (
        phrase("No pass is kept beside, from which the numbers could come."),
        phrase("B keeps the pass on screen; then change the input."),
    ),
    "earlier": (
        phrase("There is no pass of an earlier input, from which the numbers could come."),
        phrase("Change the input: the pass before that is kept."),
    ),
}
_NOT_THERE = {
    "patch": phrase("The pass beside has no value {name}."),
    "earlier": phrase("The pass of the earlier input has no value {name}."),
}
_OTHER_SHAPE = {
    "patch": phrase("{name} is {shape} here, and {theirs} in the pass beside."),
    "earlier": phrase("{name} is {shape} here, and {theirs} in the pass of the earlier input."),
}
_OTHER_DTYPE = {
    "patch": phrase("{name} is {dtype} here, and {theirs} in the pass beside."),
    "earlier": phrase("{name} is {dtype} here, and {theirs} in the pass of the earlier input."),
}


class Altered(NamedTuple):
    """A pass with changes: how it is shown, which of its values they are of (by index, with the
    changes that hold there), and why others could not be made, by their place in the list."""

    shown: Shown
    touched: dict[int, list[Change]]
    refused: dict[int, Problem]


def altered(base: Shown, changes: Sequence[Change], sources: Sources | None = None) -> Altered:
    """A pass with changes to it, all at once, those of one value one after the other.

    ``sources`` give the values of the passes that are kept beside and of the input before, where
    there are any. A change that cannot be made is left out.
    """
    edits: list[tuple[int, int, Edit]] = []  # which change, of which value, and what it does
    refused: dict[int, Problem] = {}
    for at, change in enumerate(changes):
        try:
            ref = ref_of(base, change.value)
            edits.append((at, ref, edit(change, base.values[ref], sources)))
        except Problem as problem:
            refused[at] = problem
    try:
        shown = _with(base, edits)
    except Problem:  # which of them is it?
        kept: list[tuple[int, int, Edit]] = []
        shown = base
        for one in edits:
            try:
                shown = _with(base, [*kept, one])
                kept.append(one)
            except Problem as problem:
                refused[one[0]] = problem
        edits = kept
    touched: dict[int, list[Change]] = {}
    for at, ref, _ in edits:
        touched.setdefault(ref, []).append(changes[at])
    return Altered(shown, touched, refused)


def _with(base: Shown, edits: Sequence[tuple[int, int, Edit]]) -> Shown:
    by_ref: dict[int, Edit] = {}
    for _, ref, one in edits:
        by_ref[ref] = _Both(by_ref[ref], one) if ref in by_ref else one
    try:
        return base.replayed(by_ref) if by_ref else base
    except (RuntimeError, IndexError, ValueError, TypeError) as error:  # what an op says to it
        raise Problem(
            "change",
            phrase("With this change the pass cannot go on: {error}."),
            phrase("Choose another number or other cells."),
            error=str(error).strip().rstrip("."),
        ) from error


class _Both:
    """One change after another."""

    def __init__(self, first: Edit, then: Edit) -> None:
        self._edits = first, then
        self.carry = partial(_carry_both, carry_of(first), carry_of(then))

    def __call__(self, tensor: Tensor) -> Tensor:
        first, then = self._edits
        return then(first(tensor))


def _carry_both(first: Carry, then: Carry, part: Tensor, forth: bool) -> Tensor:
    return then(first(part, True), True) if forth else first(then(part, False), False)


class _Made:
    """A change to the value ``what``, as a function."""

    def __init__(self, change: Change, what: Value, sources: Sources) -> None:
        self._change, self._what, self._sources = change, what, sources
        self._cells = slices(change.cells, what.shape)
        self._amount = _amount(change, what)
        self.carry = partial(_carry, change.kind, self._cells, self._amount)

    def __call__(self, tensor: Tensor) -> Tensor:
        change, what, amount = self._change, self._what, self._amount
        if tensor.is_nested or tensor.layout is not torch.strided or tensor.is_quantized:
            raise Problem(
                "change",
                phrase("{name} is no plain tensor, and cannot be changed by cells."),
                name=what.name,
            )
        new = tensor.detach().clone()
        part = new[self._cells]
        if change.kind == "zero":
            part.zero_()
        elif change.kind == "scale":
            part.mul_(amount)
        elif change.kind == "fix":
            part.fill_(amount)
        elif change.kind == "mean":
            part.fill_(part.mean())
        elif change.kind == "noise":
            part.add_(noise(change, part))
        else:
            part.copy_(_elsewhere(change, what, part, self._sources))
        return new


def _carry(kind: Kind, cells: tuple[slice, ...], amount: float, part: Tensor, _: bool) -> Tensor:
    """What is set to something depends on nothing that was computed; all else that can be done is
    the same matrix forwards and backwards."""
    new = part.clone()
    here = new[cells]
    if kind == "mean":
        here.fill_(here.any() if part.dtype is torch.bool else here.mean())
    elif kind == "scale" and amount:
        here.mul_(part.dtype is torch.bool or amount)
    elif kind != "noise":
        here.zero_()
    return new


def edit(change: Change, what: Value, sources: Sources | None = None) -> Edit:
    """A function that makes the change: it returns another tensor, of the same shape and dtype.

    Raises Problem (kind ``change``) where the cells are none of this value, or what is to be done
    means nothing for its dtype.
    """
    return _Made(change, what, sources or {})


def noise(change: Change, part: Tensor) -> Tensor:
    """Normal noise for some cells, the same on every device."""
    drawn = torch.Generator().manual_seed(change.seed)
    numbers = torch.randn(part.shape, generator=drawn, dtype=torch.float32) * change.amount
    return numbers.to(part.device, part.dtype)


def _elsewhere(change: Change, what: Value, part: Tensor, sources: Sources) -> Tensor:
    """What those cells are in another pass."""
    kind, name = change.kind, what.name
    if kind not in sources:
        raise Problem("change", *_NO_SOURCE[kind])
    other = sources[kind](name)
    if other is None:
        raise Problem("change", _NOT_THERE[kind], name=name)
    here, there = what.shape, tuple(other.shape)
    try:
        found = other[slices(change.cells, there)]
    except Problem:  # fewer cells than here
        found = None
    if found is None or found.shape != part.shape:
        fits = _common(here, there)
        raise Problem(
            "change",
            _OTHER_SHAPE[kind],
            phrase("Cells that both have fit, those within [{fits}]; or give an input as long.")
            if fits
            else "",
            name=name, shape=here, theirs=there, fits=fits,
        )  # fmt: skip
    if other.dtype != part.dtype:
        raise Problem(
            "change", _OTHER_DTYPE[kind], name=name, dtype=part.dtype, theirs=other.dtype
        )  # fmt: skip
    return found


def _common(here: tuple[int, ...], there: tuple[int, ...]) -> str:
    """The cells that values of two shapes both have, as an index: ``:, 0:9``."""
    if len(here) != len(there) or not all((*here, *there)):
        return ""
    return ", ".join(":" if a == b else f"0:{min(a, b)}" for a, b in zip(here, there, strict=True))


def _amount(change: Change, what: Value) -> float | int:
    """The number of a change, in the dtype of the value; Problem if there is none like it."""
    kind, dtype, number = change.kind, what.dtype, change.amount
    whole = not dtype.startswith((*_REAL, "complex"))
    if whole and (kind in ("mean", "noise") or (kind == "scale" and dtype == "bool")):
        raise Problem(
            "change",
            phrase("{name} is {dtype}: it can be set to a number, or taken from another pass."),
            name=what.name, dtype=dtype,
        )  # fmt: skip
    if not whole or kind not in ("fix", "scale"):
        return number
    if kind == "scale":
        low, high = -(2.0**31), 2.0**31
    else:
        info = None if dtype == "bool" else torch.iinfo(getattr(torch, dtype))
        low, high = (0, 1) if info is None else (float(info.min), float(info.max))
    if not low <= number <= high or number != int(number):
        raise Problem(
            "change",
            phrase("{name} is {dtype}, and {amount} is no number of that kind."),
            phrase("Give a whole number between {low} and {high}."),
            name=what.name, dtype=dtype, amount=change.amount_text,
            low=f"{low:g}", high=f"{high:g}",
        )  # fmt: skip
    return int(number)
