"""Changing a pass: what becomes of cells of its values, as functions for `Tape.replay`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from explorer.core.change import Change, slices
from explorer.core.graph import Value
from explorer.core.problem import Problem, phrase
from explorer.engine.recording import Shown
from explorer.engine.replay import Edit

_REAL = ("float", "bfloat")  # begin the names of dtypes of which there is a mean and noise
Beside = Callable[[str], Tensor | None]  # a value of the pass beside by its name


class Altered(NamedTuple):
    """A pass with changes: how it is shown, which of its values they are of (by index, with the
    changes that hold there), and why others could not be made, by their place in the list."""

    shown: Shown
    touched: dict[int, list[Change]]
    refused: dict[int, Problem]


def altered(base: Shown, changes: Sequence[Change], beside: Beside | None) -> Altered:
    """A pass with changes to it, all at once, those of one value one after the other.

    ``beside`` gives the values of the pass that is kept beside, None if there is none. A change
    that cannot be made is left out.
    """
    edits: list[tuple[int, int, Edit]] = []  # which change, of which value, and what it does
    refused: dict[int, Problem] = {}
    for at, change in enumerate(changes):
        try:
            ref = base.ref(change.value)
            edits.append((at, ref, edit(change, base.values[ref], beside)))
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
        by_ref[ref] = _after(by_ref[ref], one) if ref in by_ref else one
    try:
        return base.replayed(by_ref) if by_ref else base
    except (RuntimeError, IndexError, ValueError, TypeError) as error:  # what an op says to it
        raise Problem(
            "change",
            phrase("With this change the pass cannot go on: {error}."),
            phrase("Choose another number or other cells."),
            error=str(error).strip().rstrip("."),
        ) from error


def _after(first: Edit, then: Edit) -> Edit:
    return lambda tensor: then(first(tensor))


def edit(change: Change, what: Value, beside: Beside | None = None) -> Edit:
    """A function that makes the change: it returns another tensor, of the same shape and dtype.

    Raises Problem (kind ``change``) where the cells are none of this value, or what is to be done
    means nothing for its dtype.
    """
    cells = slices(change.cells, what.shape)
    amount = _amount(change, what)

    def made(tensor: Tensor) -> Tensor:
        if tensor.is_nested or tensor.layout is not torch.strided or tensor.is_quantized:
            raise Problem(
                "change",
                phrase("{name} is no plain tensor, and cannot be changed by cells."),
                name=what.name,
            )
        new = tensor.detach().clone()
        part = new[cells]
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
            part.copy_(_beside(change, what, part, beside))
        return new

    return made


def noise(change: Change, part: Tensor) -> Tensor:
    """Normal noise for some cells, the same on every device."""
    drawn = torch.Generator().manual_seed(change.seed)
    numbers = torch.randn(part.shape, generator=drawn, dtype=torch.float32) * change.amount
    return numbers.to(part.device, part.dtype)


def _beside(change: Change, what: Value, part: Tensor, beside: Beside | None) -> Tensor:
    """What those cells are in the pass beside."""
    if beside is None:
        raise Problem(
            "change",
            phrase("No pass is kept beside, from which the numbers could come."),
            phrase("B keeps the pass on screen; then change the input."),
        )
    other = beside(what.name)
    if other is None:
        raise Problem("change", phrase("The pass beside has no value {name}."), name=what.name)
    there = other[slices(change.cells, tuple(other.shape))]
    if there.shape != part.shape:
        raise Problem(
            "change",
            phrase("{name} is {shape} there, and {theirs} in the pass beside."),
            phrase("Choose cells that both have, or an input of the same size."),
            name=what.name, shape=tuple(part.shape), theirs=tuple(there.shape),
        )  # fmt: skip
    if other.dtype != part.dtype:
        raise Problem(
            "change",
            phrase("{name} is {dtype} here, and {theirs} in the pass beside."),
            name=what.name, dtype=part.dtype, theirs=other.dtype,
        )  # fmt: skip
    return there


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
    if number != number or number != int(number) or not low <= number <= high:
        raise Problem(
            "change",
            phrase("{name} is {dtype}, and {amount} is no number of that kind."),
            phrase("Give a whole number between {low} and {high}."),
            name=what.name, dtype=dtype, amount=change.amount_text,
            low=f"{low:g}", high=f"{high:g}",
        )  # fmt: skip
    return int(number)
