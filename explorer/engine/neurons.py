"""A linear layer at one position: the neurons that are told, and the weights between them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from explorer.core.neurons import TERMS, Neurons, NeuronsView, Order
from explorer.core.problem import Problem, phrase
from explorer.engine.explain.asking import wide
from explorer.engine.values import plain


def neurons(view: NeuronsView, value: Callable[[int], Tensor]) -> Neurons:
    """Answer a view; ``value(ref)`` gives a value of its pass. Raises Problem where shapes do not
    fit."""
    given, begun, seen = (_row(value(v), view.at) for v in (view.given, view.begun, view.value))
    matrix = value(view.matrix).detach()
    if matrix.layout is not torch.strided or matrix.is_quantized:
        matrix = plain(matrix)
    matrix = matrix if view.axes == (0, 1) else matrix.t()
    if matrix.shape != (len(begun), len(given)) or seen.shape != begun.shape:
        raise Problem("engine", phrase("These values are not those of one linear layer."))
    before = _told(given, view.order, view.first[0], view.most[0])
    told = _told(seen, view.order, view.first[1], view.most[1])
    if 0 <= view.pinned < len(seen) and view.pinned not in told:
        told = torch.cat([told[:-1], told.new_tensor([view.pinned])])
    rows = wide(plain(matrix.index_select(0, told.to(matrix.device))))  # (n, M)
    sums = view.alpha * (rows @ given.to(rows.device))
    biases = np.zeros(0)
    if view.bias >= 0:
        bias = _row(value(view.bias), ())[told]
        sums = sums + view.beta * bias.to(sums.device)
        biases = _array(bias)
    return Neurons(
        view=view, before=_array(before), read=_array(given[before]), of=_array(told),
        values=_array(seen[told]), begun=_array(begun[told]), sums=_array(sums), biases=biases,
        weights=_array(rows[:, before.to(rows.device)]), largest=_largest(rows, given),
    )  # fmt: skip


def _largest(rows: Tensor, given: Tensor) -> np.ndarray:
    """Of each row (n, M) the weight and the number (n, k, 2) of the products with ``given`` (M,)
    that are furthest from 0; what is no number is further than any."""
    given = given.to(rows.device)
    sizes = (rows * given).abs().nan_to_num(torch.inf)
    at = sizes.sort(dim=1, descending=True, stable=True).indices[:, :TERMS]
    return _array(torch.stack([rows.gather(1, at), given[at]], dim=2))


def _row(tensor: Tensor, at: tuple[int, ...]) -> Tensor:
    """The last axis at a position of the others, in double precision."""
    if tensor.is_nested or tensor.layout is not torch.strided:
        tensor = plain(tensor)
    if tensor.dim() != len(at) + 1:
        raise Problem("engine", phrase("These values are not those of one linear layer."))
    place = [min(max(i, 0), size - 1) for i, size in zip(at, tensor.shape, strict=False)]
    return wide(plain(tensor.detach()[tuple(place)])).cpu()


def _told(numbers: Tensor, order: Order, first: int, most: int) -> Tensor:
    """The places of those that are told: what is no number is larger than any."""
    wanted = slice(max(0, first), max(0, first) + max(1, most))
    if order == "place":
        return torch.arange(len(numbers))[wanted]
    return numbers.abs().nan_to_num(torch.inf).argsort(descending=True, stable=True)[wanted]


def _array(tensor: Tensor) -> np.ndarray:
    return np.ascontiguousarray(tensor.cpu().numpy())
