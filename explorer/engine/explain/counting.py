"""Ops that count cells and tell different numbers apart: bincount, histc, histogram, unique."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from explorer.core.explanation import written
from explorer.engine.explain.asking import (
    Answer,
    Asked,
    Operand,
    Terms,
    constant,
    products,
    wide,
)
from explorer.engine.explain.elementwise import moved
from explorer.engine.explain.moves import whole
from explorer.engine.explain.rules import rule


def _counted(form: str, formula: str, x: Operand, hits: Tensor) -> Answer:
    """One for every cell of ``x`` where ``hits`` is true. All cells decide on that."""
    places = hits.nonzero()
    terms = [constant(0)]
    if len(places):
        terms = [Terms(form, [x.picked(places)], torch.ones(len(places), dtype=torch.int64))]
    return Answer("sum", formula, terms, more=[whole(x)])


def _weighed(form: str, formula: str, x: Operand, hits: Tensor, weight: Operand | None) -> Answer:
    """The same, or the weights of those cells."""
    answer = _counted(form, formula, x, hits)
    if weight is not None and bool(hits.any()):
        answer.terms = [products("a", weight.picked(hits.nonzero()))]
    return answer


@rule("bincount")
def _bincount(asked: Asked) -> Answer:
    given = asked.bind("input", "weights", "minlength")
    x, weight = asked.operand("x", given["input"]), asked.optional("a", given.get("weights"))
    n = asked.index[0]
    formula = f"y = number of x that are {n}" if weight is None else f"y = Σ a where x = {n}"
    return _weighed(f"(x = {n})", formula, x, x.tensor == n, weight)


@rule("histc")
def _histc(asked: Asked) -> Answer | None:
    given = asked.bind("input", "bins", "min", "max")
    x, bins = asked.operand("x", given["input"]), int(given.get("bins", 100))
    low, high = float(given.get("min", 0)), float(given.get("max", 0))
    numbers = wide(x.tensor)
    if low == high and numbers.numel():
        low, high = float(numbers.min()), float(numbers.max())
    if low == high:
        low, high = low - 1, high + 1
    edges = torch.linspace(low, high, bins + 1, dtype=torch.float64)
    return _bin(x, edges, asked.index[0], None)


@rule("histogram")
def _histogram(asked: Asked) -> Answer | None:
    given = asked.bind("input", "bins", "range", "weight", "density")
    x, bins = asked.operand("x", given["input"]), given.get("bins")
    if asked.result == 1:
        told = asked.optional("x", bins)
        return None if told is None else moved(told.cell(asked.index))
    if given.get("density"):
        return None
    edges = asked.value(asked.step.results[1])
    return _bin(x, edges, asked.index[0], asked.optional("a", given.get("weight")))


def _bin(x: Operand, edges: Tensor, n: int, weight: Operand | None) -> Answer:
    """What falls between two edges; the last bin has its upper edge, too."""
    low, high, last = float(edges[n]), float(edges[n + 1]), n == len(edges) - 2
    numbers = wide(x.tensor)
    hits = (numbers >= low) & ((numbers <= high) if last else (numbers < high))
    form = f"({written(low)} ≤ x {'≤' if last else '<'} {written(high)})"
    formula = f"y = number of x in {form[1:-1]}"
    if weight is not None:
        formula = f"y = Σ a where {form[1:-1]}"
    return _weighed(form, formula, x, hits, weight)


@rule("unique")
def _unique(asked: Asked) -> Answer | None:
    given = asked.bind("input", "sorted", "return_inverse", "return_counts", "dim")
    x, dim = asked.operand("x", given["input"]), given.get("dim")
    told = ["values"]
    told += [one for one in ("inverse", "counts") if given.get(f"return_{one}")]
    found = asked.value(asked.step.results[0])
    if dim is not None:
        return _row(asked, x, found, dim % len(x.shape)) if asked.result == 0 else None
    if told[asked.result] == "counts":
        y = found[asked.index[0]]
        form = f"(x = {written(y.item())})"
        return _counted(form, f"y = number of x that are {written(y.item())}", x, x.tensor == y)
    if told[asked.result] == "inverse":
        return _below(x, asked.index)
    hits, before = x.tensor == asked.recorded, 0
    if bool(asked.recorded.isnan()):  # of these every one is told, as no two are equal
        hits, before = x.tensor.isnan(), int(found[: asked.index[0]].isnan().sum())
    first = hits.nonzero()[before : before + 1]
    terms = Terms("x", [x.picked(first)], wide(asked.recorded).reshape(1))
    formula = f"y = number {asked.index[0] + 1} of the different x"
    return Answer("pick", formula, [terms], more=[whole(x)])


def _below(x: Operand, index: tuple[int, ...]) -> Answer:
    """How many different numbers are smaller than a cell."""
    own = x.cell(index)
    flat = x.tensor.reshape(-1)
    _, kinds = flat.unique(return_inverse=True)
    first = torch.full((int(kinds.max()) + 1,), len(flat), dtype=torch.int64)
    first.scatter_reduce_(0, kinds.cpu(), torch.arange(len(flat)), "amin")
    chosen = torch.zeros(len(flat), dtype=torch.bool)
    chosen[first] = True
    smaller = chosen.reshape(x.tensor.shape).to(x.tensor.device) & (x.tensor < own.numbers)
    limit = written(own.numbers.item())
    return _counted(f"(x < {limit})", f"y = number of different x below {limit}", x, smaller)


def _row(asked: Asked, x: Operand, found: Tensor, dim: int) -> Answer | None:
    """A cell of a slice of ``x`` that is told apart from the others as a whole."""
    wanted = found.select(dim, asked.index[dim]).unsqueeze(dim)
    others = [d for d in range(len(x.shape)) if d != dim]
    same: Any = x.tensor == wanted
    same = same.all(dim=tuple(others)) if others else same
    places = same.nonzero()
    if not len(places):
        return None
    index = list(asked.index)
    index[dim] = int(places[0])
    answer = moved(x.cell(index), "y = x of the first such slice")
    answer.more = [whole(x)]
    return answer
