"""How a value with a change hangs on what was there before it: what a walk must know to go on."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from explorer.engine.replay import Edit

# Which cells (bool) or slopes a change hands on: those of what it made, for those of what it was
# made of (true), or the other way round, backwards.
Carry = Callable[[Tensor, bool], Tensor]


def carry_of(given: Tensor | Edit) -> Carry:
    """How what is given for a value hangs on what was there: not at all if it is a tensor, as an
    edit says (``carry``), or by every cell, where nobody knows how."""
    if isinstance(given, Tensor):
        return _carry_nothing
    known: Carry = getattr(given, "carry", _carry_all)
    return known


def _carry_nothing(part: Tensor, _: bool) -> Tensor:
    return torch.zeros_like(part)


def _carry_all(part: Tensor, _: bool) -> Tensor:
    if part.dtype is torch.bool:
        return part.any().expand(part.shape)
    return torch.zeros_like(part)
