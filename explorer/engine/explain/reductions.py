"""Ops that take many cells together: sums, means, extremes, spreads, running sums."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from explorer.core.explanation import Number, written
from explorer.engine.explain.asking import (
    Along,
    Answer,
    Asked,
    Cells,
    Operand,
    Sum,
    Terms,
    Walk,
    products,
    wide,
)
from explorer.engine.explain.elementwise import moved
from explorer.engine.explain.jacobian import linear_in
from explorer.engine.explain.picking import largest, place_of_winner, won
from explorer.engine.explain.rules import rule
from explorer.engine.script import Ref


def reduced(asked: Asked, x: Operand, dim: Any) -> Cells | None:
    """The cells of ``x`` that a reduction over ``dim`` (None: all) takes together for this cell."""
    count = len(x.shape)
    if dim is None or (isinstance(dim, list | tuple) and not dim):
        dims = list(range(count))
    elif isinstance(dim, int | list | tuple):
        dims = [d % max(count, 1) for d in ([dim] if isinstance(dim, int) else dim)]
        dims = sorted(d for d in dims if d < count)
    else:
        return None
    index = list(asked.index)
    if len(index) == count - len(dims):
        for d in dims:
            index.insert(d, 0)
    if len(index) != count:
        return None
    walk: Walk = [Along(dims.index(d)) if d in dims else index[d] for d in range(count)]
    return x.walked([x.shape[d] for d in dims], walk)


def _given(asked: Asked, *names: str) -> tuple[dict[str, Any], Operand, Cells | None]:
    given = asked.bind("input", *(names or ("dim", "keepdim")))
    x = asked.operand("x", given["input"])
    dim = given.get("dim", given.get("axis"))
    return given, x, reduced(asked, x, dim)


@rule("sum", "nansum")
def _sum(asked: Asked) -> Answer | None:
    _, _, cells = _given(asked)
    if cells is None:
        return None
    terms = products("x", cells)
    if asked.op == "nansum":
        terms.values = terms.values.nan_to_num(nan=0.0)
    return Answer("sum", "y = Σ x", [terms])


@rule("mean")
def _mean(asked: Asked) -> Answer | None:
    _, _, cells = _given(asked)
    if cells is None or not len(cells.numbers):
        return None
    n = len(cells.numbers)
    return Answer("sum", f"y = Σ x / {n}", [products(f"x / {n}", cells, factor=1 / n)])


@rule("prod")
def _prod(asked: Asked) -> Answer | None:
    _, _, cells = _given(asked)
    if cells is None:
        return None
    value = wide(cells.numbers).prod().reshape(1)
    return Answer("function", "y = Π x", [Terms("Π x", [], value)], more=[cells])


@rule("amax", "amin", "max", "min")
def _extreme(asked: Asked) -> Answer | None:
    given = asked.bind("input", "dim", "keepdim")
    if isinstance(given.get("dim"), Ref) or "other" in given:
        return None
    _, _, cells = _given(asked)
    small = asked.op.endswith("min")
    if cells is None:
        return None
    formula = f"y = {'min' if small else 'max'} of x"
    if asked.result == 1:
        return _where_is(asked, cells, small, formula)
    return largest(asked, cells, formula, small)


@rule("argmax", "argmin")
def _arg(asked: Asked) -> Answer | None:
    _, _, cells = _given(asked)
    small = asked.op == "argmin"
    formula = f"y = place of the {'smallest' if small else 'largest'} x"
    return None if cells is None else _where_is(asked, cells, small, formula)


def _where_is(asked: Asked, cells: Cells, small: bool, formula: str) -> Answer | None:
    place = int(asked.recorded)
    if not 0 <= place < len(cells.numbers):
        return None
    return place_of_winner(asked, cells, place, formula)


@rule("median", "nanmedian", "mode", "kthvalue", "sort", "topk", "msort", "cummax", "cummin",
      "argsort", "quantile")  # fmt: skip
def _ordered(asked: Asked) -> Answer | None:
    """Ops that put cells in order: the number is one of theirs."""
    names = ("k", "dim") if asked.op in ("topk", "kthvalue") else ("dim",)
    given = asked.bind("input", *names)
    x = asked.operand("x", given["input"])
    whole = asked.op in ("median", "nanmedian") and given.get("dim") is None
    dim: Any = None if whole else given.get("dim", 0 if asked.op == "msort" else -1)
    if not x.shape:
        return moved(x.cell(())) if asked.result == 0 and asked.op != "argsort" else None
    ordering = asked.op in ("sort", "topk", "msort", "argsort", "cummax", "cummin")
    if ordering:
        dim %= len(x.shape)
        place = asked.index[dim]
        count = place + 1 if asked.op.startswith("cum") else x.shape[dim]
        walk: Walk = [Along(0) if d == dim else i for d, i in enumerate(asked.index)]
        cells: Cells | None = x.walked([count], walk)
    else:
        cells = reduced(asked, x, dim)
    if cells is None:
        return None
    said = f"y = {asked.op} of x"
    if asked.result == 1 or asked.op == "argsort":
        return _where_is(asked, cells, False, said)
    hits = (cells.numbers == asked.recorded) | (cells.numbers.isnan() & asked.recorded.isnan())
    if not bool(hits.any()):
        return None
    return won(
        cells, int(hits.int().argmax()), said, -(wide(cells.numbers) - wide(asked.recorded)).abs()
    )


@rule("all", "any", "count_nonzero")
def _counted(asked: Asked) -> Answer | None:
    _, _, cells = _given(asked)
    if cells is None:
        return None
    hits = (cells.numbers != 0).to(torch.int64)
    if asked.op == "count_nonzero":
        return Answer("sum", "y = how many x ≠ 0", [Terms("x ≠ 0", [cells], hits)])
    terms = Terms(f"{asked.op} x", [], wide(asked.recorded.reshape(1)))
    return Answer("function", f"y = {asked.op} of x", [terms], more=[cells])


# ------------------------------------------------------------ spread and size


def deviation(cells: Cells, correction: Number, symbol: str = "σ²") -> tuple[list[Sum], Tensor]:
    """μ and σ² of cells as quantities, and σ² itself."""
    numbers = wide(cells.numbers)
    n = len(numbers)
    mean = numbers.mean()
    squares = (numbers - mean).abs() ** 2 / max(n - float(correction.real), 0)
    below = f"{n - correction:g}" if not isinstance(correction, complex) else str(n)
    return [
        Sum("μ", f"Σ x / {n}", [products(f"x / {n}", cells, factor=1 / n)]),
        Sum(symbol, f"Σ (x − μ)² / {below}", [Terms(f"(x − μ)² / {below}", [cells], squares)]),
    ], squares.sum()


@rule("var", "std", "var_mean", "std_mean")
def _spread(asked: Asked) -> Answer | None:
    given = asked.bind("input", "dim", "unbiased")
    x = asked.operand("x", given["input"])
    dim = given.get("dim", given.get("axis"))
    unbiased = given.get("unbiased", True)
    if isinstance(dim, bool):  # `var(unbiased)`
        unbiased, dim = dim, None
    correction = given.get("correction")
    correction = int(bool(unbiased)) if correction is None else correction
    cells = reduced(asked, x, dim)
    if cells is None:
        return None
    quantities, variance = deviation(cells, correction)
    scale = float(wide(cells.numbers).abs().max())
    if asked.result == 1:
        n = len(cells.numbers)
        return Answer("sum", f"y = Σ x / {n}", [products(f"x / {n}", cells, factor=1 / n)])
    if asked.op.startswith("var"):
        mean, squares = quantities
        return Answer("sum", f"y = {squares.formula}", squares.terms, [mean], scale=scale**2)
    terms = Terms("√σ²", [], variance.sqrt().reshape(1))
    return Answer("function", "y = √σ²", [terms], quantities, scale=scale)


@rule("norm", "linalg_norm", "linalg_vector_norm", "linalg_matrix_norm", "frobenius_norm")
def _norm(asked: Asked) -> Answer | None:
    names = ("dim", "keepdim") if asked.op == "frobenius_norm" else ("p", "dim", "keepdim")
    given, _, cells = _given(asked, *names)
    p = given.get("p", given.get("ord", 2))
    p = 2 if p in (None, "fro") else p
    if cells is None or not isinstance(p, int | float):
        return None
    if asked.op in ("linalg_norm", "linalg_matrix_norm") and p != 2:
        return None
    if abs(p) == float("inf"):
        return largest(asked, cells, f"y = {'max' if p > 0 else 'min'} of |x|", p < 0, size=True)
    powers = wide(cells.numbers).abs() ** p if p else (wide(cells.numbers) != 0).double()
    S = Sum("S", f"Σ |x| ^ {written(p)}", [Terms(f"|x| ^ {written(p)}", [cells], powers)])
    total = powers.sum().reshape(1)
    if p in (0, 1):
        return Answer("sum", f"y = {S.formula}", S.terms)
    form = f"S ^ (1 / {written(p)})"
    return Answer("function", f"y = {form}", [Terms(form, [], total ** (1 / p))], [S])


# ------------------------------------------------------------ running


@rule("cumsum", "cumprod", "logcumsumexp")
def _running(asked: Asked) -> Answer | None:
    given = asked.bind("input", "dim")
    x = asked.operand("x", given["input"])
    if not x.shape:
        return moved(x.cell(()))
    dim: int = given["dim" if "dim" in given else "axis"] % len(x.shape)
    walk: Walk = [Along(0) if d == dim else i for d, i in enumerate(asked.index)]
    cells = x.walked([asked.index[dim] + 1], walk)
    if asked.op == "cumsum":
        return Answer("sum", "y = Σ x up to here", [products("x", cells)])
    if asked.op == "cumprod":
        value = wide(cells.numbers).prod().reshape(1)
        return Answer("function", "y = Π x up to here", [Terms("Π x", [], value)], more=[cells])
    value = wide(cells.numbers).logsumexp(0).reshape(1)
    return Answer("function", "y = log Σ exp(x)", [Terms("log Σ exp(x)", [], value)], more=[cells])


rule(
    "scatter_add", "index_add", "diff", "trace", "affine_grid", "sum_to_size", "trapezoid", "put",
)(linear_in)  # fmt: skip
