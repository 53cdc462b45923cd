"""Movers whose places follow from simple arithmetic: flips, rolls, repeats, padding, triangles."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from explorer.core.problem import phrase
from explorer.engine.explain.asking import Answer, Asked, broadcast
from explorer.engine.explain.elementwise import moved
from explorer.engine.explain.moves import placed, traced
from explorer.engine.explain.rules import rule
from explorer.engine.script import Ref


def _list(given: Any) -> list[int]:
    return [given] if isinstance(given, int) else [int(one) for one in given]


def _spread(asked: Asked, name: str) -> list[int]:
    """An argument that may come as a list or one by one: ``x.flip(0, 1)``."""
    if name in asked.step.kwargs:
        return _list(asked.step.kwargs[name])
    given = asked.step.args[1:]
    return _list(given[0]) if len(given) == 1 else _list(given)


def constant() -> Answer:
    """The answer that no cell is here."""
    return Answer("made", "", [], note=phrase("A constant: no cell of the input is here."))


@rule("flip")
def _flip(asked: Asked) -> Answer:
    x = asked.operand("x", asked.bind("input")["input"])
    axes = {dim % len(x.shape) for dim in _spread(asked, "dims")}
    return moved(
        x.cell([x.shape[d] - 1 - i if d in axes else i for d, i in enumerate(asked.index)])
    )


@rule("roll")
def _roll(asked: Asked) -> Answer | None:
    given = asked.bind("input", "shifts", "dims")
    x, dims = asked.operand("x", given["input"]), given.get("dims")
    if dims is None or dims == ():
        return traced(asked)
    index = list(asked.index)
    for shift, dim in zip(_list(given["shifts"]), _list(dims), strict=True):
        index[dim] = (index[dim] - shift) % x.shape[dim]
    return moved(x.cell(index))


@rule("repeat", "tile")
def _repeat(asked: Asked) -> Answer:
    x = asked.operand("x", asked.bind("input")["input"])
    tail = asked.index[len(asked.index) - len(x.shape) :]
    return moved(x.cell([i % n for i, n in zip(tail, x.shape, strict=True)]))


@rule("repeat_interleave")
def _interleave(asked: Asked) -> Answer | None:
    given = asked.bind("input", "repeats", "dim")
    x, count, dim = asked.operand("x", given["input"]), given.get("repeats"), given.get("dim")
    if not isinstance(count, int) or not isinstance(dim, int):
        return traced(asked)
    index = list(asked.index)
    index[dim] //= count
    return moved(x.cell(index))


@rule("tril", "triu")
def _triangle(asked: Asked) -> Answer:
    given = asked.bind("input", "diagonal")
    above = asked.index[-1] - asked.index[-2] - int(given.get("diagonal", 0))
    if above > 0 if asked.op == "tril" else above < 0:
        return constant()
    return moved(asked.operand("x", given["input"]).cell(asked.index))


@rule("pad", "constant_pad_nd")
def _pad(asked: Asked) -> Answer | None:
    given = asked.bind("input", "pad", "mode", "value")
    x, mode = asked.operand("x", given["input"]), given.get("mode", "constant")
    if asked.op == "constant_pad_nd" or not isinstance(mode, str):
        mode = "constant"
    index = list(asked.index)
    befores = _list(given["pad"])[::2]
    for axis, before in zip(range(len(index) - 1, -1, -1), befores, strict=False):
        size, place = x.shape[axis], index[axis] - before
        if not 0 <= place < size:
            if mode == "constant":
                return constant()
            if mode == "circular":
                place %= size
            elif mode == "replicate":
                place = min(max(place, 0), size - 1)
            else:  # reflect
                place = -place if place < 0 else 2 * (size - 1) - place
        index[axis] = place
    return moved(x.cell(index))


@rule("setitem")
def _setitem(asked: Asked) -> Answer | None:
    """``x[key] = y`` with a key of slices: the cells that the key shows are those of y."""
    x, key, y = asked.step.args
    target = asked.operand("x", x)
    if any(isinstance(one, Ref | Tensor | list) for one in _keys(key)):
        return traced(asked)
    stand = torch.empty(target.shape, device="meta")
    view = stand[key]
    if view.untyped_storage()._cdata != stand.untyped_storage()._cdata:
        return traced(asked)
    here = sum(i * s for i, s in zip(asked.index, stand.stride(), strict=True))
    place = placed(here - int(view.storage_offset()), tuple(view.shape), tuple(view.stride()))
    back = int(view.storage_offset()) + sum(
        i * s for i, s in zip(place, view.stride(), strict=True)
    )
    inside = all(0 <= i < n for i, n in zip(place, view.shape, strict=True))
    if not inside or back != here or not view.numel():
        return moved(target.cell(asked.index), "y = x, as it was before")
    if not isinstance(y, Ref):
        return constant()
    source = asked.operand("x", y)
    shape = source.shape
    while len(shape) > view.dim() and shape[0] == 1:  # a value may have axes of size 1 before
        shape = shape[1:]
    cell = broadcast(place, shape)
    return moved(
        source.cell((*(0,) * (len(source.shape) - len(shape)), *cell)),
        "y = x, written",
        asked.tensor.dtype,
    )


def _keys(key: Any) -> tuple[Any, ...]:
    return key if isinstance(key, tuple) else (key,)
