"""Ops without a rule: each input cell times its slope, by the op's own derivative.

For an op that is linear in its inputs, this is exactly what it adds up. For any other it is the
first-order part, and what is left is said as a term of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from explorer.core.explanation import Region
from explorer.core.problem import phrase
from explorer.engine.explain.asking import (
    Answer,
    Asked,
    Operand,
    Terms,
    constant,
    numbered,
    products,
    wide,
)
from explorer.engine.nesting import filled, tensors
from explorer.engine.replay import as_then
from explorer.engine.script import Ref

NOISE = 1e-12  # of the steepest slope: what rounding leaves, in double precision, of one that is 0


class Part(NamedTuple):
    """The part of an input on which a cell depends, and where the cell is in what that gives."""

    ranges: tuple[slice, ...]
    place: tuple[int, ...]


def slopes(
    asked: Asked,
    func: Callable[..., Any] | None = None,
    kind: torch.dtype | None = None,
    imaginary: bool = False,
    part: Part | None = None,
) -> list[tuple[Operand, Tensor]] | None:
    """∂y/∂x for every floating input, shaped as it; None if the op has no derivative here.

    ``func`` computes the same if given; ``kind`` is the type to compute in, that of the inputs by
    default. Of a complex number it is that of its real part, or of the ``imaginary`` one. With a
    ``part`` only that part of every input is computed with, and the slopes are shaped as it.
    """
    leaves: dict[int, tuple[Operand, Tensor]] = {}

    def leaf(ref: Ref) -> Tensor:
        if ref.index in leaves:
            return leaves[ref.index][1] * 1
        operand = asked.operand(numbered("x", len(leaves)), ref)
        if not (operand.tensor.is_floating_point() or operand.tensor.is_complex()):
            return operand.tensor.clone()
        numbers = operand.tensor if part is None else operand.tensor[part.ranges]
        made = numbers.to(kind or numbers.dtype, copy=True).requires_grad_()
        leaves[ref.index] = (operand, made)
        return made * 1  # no leaf: an op may write into it

    with torch.inference_mode(False), torch.enable_grad():
        try:
            args, kwargs = filled((asked.step.args, asked.step.kwargs), Ref, leaf)
            kwargs.pop("out", None)
            with as_then(asked.step, args, kwargs), torch.enable_grad():
                result = (func or asked.step.func)(*args, **kwargs)
            made = _made(asked, args, kwargs, result)
            if made is None or not made.requires_grad:
                return None
            if part is None and made.shape != asked.tensor.shape:
                return None
            number = made[asked.index if part is None else part.place]
            if number.is_complex():
                number = number.imag if imaginary else number.real
            inputs = [one for _, one in leaves.values()]
            found = torch.autograd.grad(number, inputs, allow_unused=True)
        except (RuntimeError, NotImplementedError):
            return None
    return [
        (operand, slope.detach())
        for (operand, _), slope in zip(leaves.values(), found, strict=True)
        if slope is not None
    ]


def _made(asked: Asked, args: Any, kwargs: Any, result: Any) -> Tensor | None:
    if asked.result >= 0:
        results = list(tensors(result))
        return results[asked.result] if asked.result < len(results) else None
    before = next(b for b, after in asked.step.changed if after == asked.ref)
    at = [ref.index for ref in asked.refs].index(before)
    return list(tensors((args, kwargs)))[at]


def first_order(asked: Asked) -> Answer | None:
    """``y ≈ Σ x · ∂y/∂x``, the rest beside it. None for an op without a derivative."""
    if asked.tensor.is_complex():
        return None
    found = slopes(asked)
    if found is None:
        return None
    terms = _weighted(found)
    value = float(wide(asked.recorded))
    left = value - sum(float(one.values.sum()) for one in terms)
    return Answer(
        "first order", "y = Σ a · x + remainder, with a = ∂y/∂x",
        [*terms, constant(left, "remainder")], exact=False,
        note=phrase("No formula of this op is known: input times slope, to first order."),
    )  # fmt: skip


def linear_in(asked: Asked, part: Part | None = None) -> Answer | None:
    """An op that is known to be linear in its inputs: weights times cells, exactly.

    If its one input is cut to a ``part``, only that is computed.
    """
    found = slopes(asked, part=part)
    if found is None:
        return None
    if not asked.tensor.is_complex():
        return Answer("sum", "y = Σ a · x", _weighted(found, part=part))
    other = slopes(asked, imaginary=True, part=part) or []
    if len(other) != len(found):
        return None
    joined = [
        (operand, one.conj() if one.is_complex() else torch.complex(one, two))
        for (operand, one), (_, two) in zip(found, other, strict=True)
    ]
    return Answer("sum", "y = Σ a · x", _weighted(joined, True, part))


def _weighted(
    found: list[tuple[Operand, Tensor]], complex_result: bool = False, part: Part | None = None
) -> list[Terms]:
    terms = []
    for operand, slope in found:
        places = slope.nonzero()
        if len(places):
            begin = [one.start or 0 for one in part.ranges] if part is not None else 0
            cells = operand.picked(places + places.new_tensor(begin))
            weights = slope[tuple(places.unbind(1))] if places.shape[1] else slope.reshape(1)
            form = f"a · {operand.symbol}"
            if weights.is_complex() and not complex_result:  # ∂y is the real part of this product
                one = products(f"Re({form})", cells, weight=weights.conj())
                one.values = one.values.real
            else:
                one = products(form, cells, weight=weights)
            terms.append(one)
    return terms


def regions(found: list[tuple[Operand, Tensor]], noise: float = NOISE) -> list[Region]:
    """Every cell with a slope, but for what rounding leaves of one that is zero: slopes that are
    ``noise`` times the steepest."""
    steepest = max((float(slope.abs().max()) for _, slope in found if slope.numel()), default=0.0)
    return [
        region
        for operand, slope in found
        for region in operand.picked((slope.abs() > noise * steepest).nonzero()).regions
    ]
