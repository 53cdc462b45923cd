"""Derivatives of one event at the numbers of the pass, through autograd: backwards and forwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from explorer.engine.naming import follows_autograd
from explorer.engine.nesting import filled, tensors
from explorer.engine.reach.calls import Board, Call, NoRule, asked, gradients
from explorer.engine.reach.stand_ins import embedded, is_linear, only_moves, rule_of, spread
from explorer.engine.replay import as_then
from explorer.engine.script import Ref

_HALF = (torch.float16, torch.bfloat16)


def pulled(call: Call, wanted: Iterable[int], slopes: Mapping[int, Tensor]) -> dict[int, Tensor]:
    """The gradients of the ``wanted`` inputs, where those of what an event writes are ``slopes``.

    A value of whole numbers that only moves, as tokens do, has what is moved; an index into a table
    has what its row has. What has no derivative is left out.
    """
    whole = [own for own in wanted if not _is_real(call, own)]
    real = [own for own in wanted if _is_real(call, own)]
    found: dict[int, Tensor] = {}
    with torch.inference_mode(False), torch.enable_grad():
        try:
            linear = _of_linear(call, real, slopes)
            if linear is not None:
                return linear
            leaves = {own: _leaf(call, own) for own in real}
            made = _computed(call, leaves) if leaves else {}
            found |= _gradients(leaves, made, slopes)
            if whole:
                leaves = {
                    own: torch.zeros(
                        call.script.values[own].shape, device=call.device(own), requires_grad=True
                    )
                    for own in whole
                }
                found |= _gradients(leaves, _chosen(call, leaves), slopes)
        except NoRule:
            return found
    return found


def pushed(call: Call, slopes: Mapping[int, Tensor]) -> dict[int, Tensor]:
    """The slopes of what an event writes, where those of its inputs are ``slopes``."""
    found: dict[int, Tensor] = {}
    with torch.inference_mode(False), torch.enable_grad():
        try:
            real = {own: one for own, one in slopes.items() if _is_real(call, own)}
            leaves = {own: _leaf(call, own) for own in real}
            made = _computed(call, leaves) if leaves else {}
            for own, one in made.items():
                if not one.requires_grad or not one.is_floating_point():
                    continue
                along = _along(one, list(leaves.values()), list(real.values()))
                if along is not None:
                    found[own] = along
            whole = {own: one for own, one in slopes.items() if own not in real}
            if whole:
                with torch.no_grad():
                    for own, one in _chosen(call, whole).items():
                        found[own] = found[own] + one if own in found else one
        except NoRule:
            return found
    return found


def _along(made: Tensor, leaves: list[Tensor], slopes: list[Tensor]) -> Tensor | None:
    """J t, the derivative of (Jᵀ u) · t along u; None where it is nothing for any t."""
    with asked():
        u = torch.zeros_like(made, requires_grad=True)
        back = torch.autograd.grad(
            (made * u).sum(), leaves, create_graph=True, retain_graph=True, allow_unused=True
        )
        terms = [
            (one * slope.to(one.dtype)).sum()
            for one, slope in zip(back, slopes, strict=True)
            if one is not None and one.requires_grad
        ]
        if not terms:
            return None
        return torch.autograd.grad(torch.stack(terms).sum(), u, retain_graph=True)[0].detach()


def _of_linear(
    call: Call, wanted: list[int], slopes: Mapping[int, Tensor]
) -> dict[int, Tensor] | None:
    """The gradient of what a linear layer is given: most of the time of a walk would go there, into
    computing again what it gave, and into rows that have no part in it. None for all else."""
    given = call.bind("input", "weight", "bias")
    if not is_linear(call) or wanted != [given["input"].index]:
        return None
    ((_, slope),) = slopes.items()
    rows = slope.reshape(-1, slope.shape[-1])
    some = rows.any(-1)
    weight = call.value(given["weight"].index).detach().to(slope.dtype)
    found = torch.zeros(len(rows), weight.shape[-1], dtype=slope.dtype, device=slope.device)
    found[some] = rows[some] @ weight
    return {wanted[0]: found.reshape(call.shape(wanted[0]))}


def _is_real(call: Call, own: int) -> bool:
    return getattr(torch, call.script.values[own].dtype).is_floating_point


def _leaf(call: Call, own: int) -> Tensor:
    value = call.value(own).detach()
    kind = torch.float32 if value.dtype in _HALF else value.dtype
    return value.to(kind, copy=True).requires_grad_()


def _gradients(
    leaves: Mapping[int, Tensor], made: Mapping[int, Tensor], slopes: Mapping[int, Tensor]
) -> dict[int, Tensor]:
    ends = [(one, slopes[own]) for own, one in made.items() if own in slopes and one.requires_grad]
    if not ends or not leaves:
        return {}
    found = gradients(ends, list(leaves.values()))
    return {own: one.detach() for own, one in zip(leaves, found, strict=True) if one is not None}


def _chosen(call: Call, leaves: Mapping[int, Tensor]) -> dict[int, Tensor]:
    """What whole numbers give on: moved as they are, or the rows that they chose from a table."""
    if call.op == "embedding":
        return embedded(call, leaves)
    own = rule_of(call.step, call.op)
    if own is None or not only_moves(call):
        return {}
    return spread(call, own, leaves)


def _computed(call: Call, leaves: Mapping[int, Tensor]) -> dict[int, Tensor]:
    """What an event writes, computed again in autograd's sight from ``leaves``, by ref."""
    step = call.step
    if follows_autograd(step.func):
        return {}
    known: dict[int, Tensor] = {}

    def number(own: int) -> Tensor:
        if own not in known:
            if own in leaves:
                known[own] = leaves[own] * 1  # no leaf: an op may write into it
            else:
                tensor = call.value(own).detach()
                half = tensor.dtype in _HALF and any(
                    x.dtype != tensor.dtype for x in leaves.values()
                )
                tensor = tensor.float() if half else tensor
                known[own] = tensor.clone() if step.changed else tensor
        return known[own]

    board = Board(step, number) if step.changed else None
    get = board.placed if board is not None else number
    args, kwargs = filled((step.args, step.kwargs), Ref, lambda ref: get(ref.index))
    kwargs.pop("out", None)
    with asked(), as_then(step, args, kwargs), torch.enable_grad():
        result = step.func(*args, **kwargs)
    made: dict[int, Any] = dict(zip(step.results, tensors(result), strict=False))
    for before, after in step.changed:
        if board is not None and before not in board.outs:
            made.setdefault(after, board.placed(before))
    return made
