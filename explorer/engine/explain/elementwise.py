"""Ops that compute every cell from the cells that meet it: arithmetic, activations, casts.

PyTorch's own table says which ops are pointwise; a cell is computed by calling the op itself on
one cell of every input.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

import torch
from numpy import broadcast_shapes, generic  # PyTorch's own shapes load sympy
from torch import Tensor

from explorer.core import ops
from explorer.core.explanation import Number, Region, written
from explorer.core.problem import phrase
from explorer.engine.explain.asking import (
    Answer,
    Asked,
    Cells,
    Operand,
    Terms,
    broadcast,
    constant,
    products,
    refs_in,
    wide,
)
from explorer.engine.explain.rules import rule
from explorer.engine.nesting import filled, tensors
from explorer.engine.replay import as_then
from explorer.engine.script import Ref

# Pointwise ones that are written in Python, or that PyTorch's table does not list.
_MORE = frozenset({
    "softsign", "tanhshrink", "hardswish", "logsigmoid", "log_sigmoid", "and", "or", "xor",
    "invert", "floor_divide", "logical_not", "rpow", "rdiv", "rfloordiv", "rmod", "mod", "divmod",
    "isposinf", "floordiv", "greater", "less", "greater_equal", "less_equal", "not_equal", "conj",
    "conj_physical", "isclose", "isneginf", "isreal", "special_expit", "special_erf", "complex",
    "polar",
    "lshift", "rshift", "rlshift", "rrshift", "rand", "ror", "rxor", "multiply", "true_divide",
    "bitwise_right_shift", "bitwise_left_shift", "clip", "arctan2", "fix", "negative", "positive",
    "pos", "absolute", "abs", "ge", "gt", "le", "lt",
})  # fmt: skip
_COPIES = frozenset({
    "to", "type", "float", "double", "half", "bfloat16", "int", "long", "short", "char", "byte",
    "bool", "clone", "contiguous", "detach", "data", "alias", "cpu", "cuda", "pin_memory",
    "type_as", "requires_grad", "identity", "positive", "pos", "lift_fresh", "detach_copy",
    "cfloat", "cdouble", "resolve_conj", "resolve_neg",
})  # fmt: skip
_LETTERS = ("a", "b", "c", "d", "e", "f", "g")


@cache
def is_pointwise(op: str) -> bool:
    """Whether PyTorch lists an op, or a method of that name, as pointwise."""
    if op in _MORE or op in _COPIES:
        return True
    for home, name in product((torch.ops.aten, torch.ops.prims), {op, op.removeprefix("special_")}):
        packet = getattr(home, name, None)
        if packet is not None and any(
            torch.Tag.pointwise in getattr(packet, one).tags for one in packet.overloads()
        ):
            return True
    return False


def pointwise(asked: Asked) -> Answer | None:
    """The rule of all pointwise ops that need none of their own."""
    if not is_pointwise(asked.op) or asked.result < 0:
        return None
    kwargs = {name: one for name, one in asked.step.kwargs.items() if name != "out"}
    refs = refs_in((asked.step.args, kwargs))
    if asked.op == "type_as":
        refs = refs[:1]
    if asked.op == "to" and len(refs) > 1:
        refs = refs[:1]
    symbols = ("x",) if len(refs) == 1 else _LETTERS
    operands = {}
    for ref, symbol in zip(refs, symbols, strict=False):
        operands[id(ref)] = asked.operand(symbol, ref)
    if len(operands) != len(refs):
        return None
    shapes = [one.shape for one in operands.values()]
    if broadcast_shapes(*shapes) != tuple(asked.tensor.shape):
        return None
    if asked.op in _COPIES:
        (x,) = operands.values()
        return moved(x.cell(asked.index), kind=asked.tensor.dtype)
    cells = {key: one.cell(broadcast(asked.index, one.shape)) for key, one in operands.items()}
    made = _computed(asked, kwargs, operands)
    if made is None:
        return None
    form, formula = _forms(asked, refs, cells)
    terms = [Terms(form, list(cells.values()), wide(made))]
    how = "function" if asked.op not in ("add", "sub", "rsub") else "sum"
    sides = _split(asked, refs, cells) if how == "sum" else None
    if sides is not None:
        terms, formula = sides, _added(sides[::-1] if _reflected(asked) else sides)
    return Answer(how, formula, terms, scale=_size(cells.values()))  # type: ignore[arg-type]


def moved(cell: Cells, formula: str = "y = x", kind: torch.dtype | None = None) -> Answer:
    """The answer that a cell is another one's number, or what a dtype that holds less makes of it.

    Without a ``kind`` the op changes no dtype.
    """
    number = cell.numbers
    if kind is None or _holds(kind, number.dtype):
        return Answer("copy", formula, [Terms("x", [cell], wide(number))])
    name = str(kind).removeprefix("torch.")
    if kind is torch.bool:
        form, formula = "x ≠ 0", "y = x ≠ 0"
    else:
        form, formula = f"{name}(x)", f"y = {_fitted(number.dtype, kind)}, as {name}"
    terms = Terms(form, [cell], wide(number.resolve_conj().to(kind)))
    return Answer("function", formula, [terms])


def _holds(kind: torch.dtype, other: torch.dtype) -> bool:
    """Whether a dtype holds every number of another."""
    if torch.promote_types(kind, other) != kind:
        return False
    if other.is_floating_point or other.is_complex or other is torch.bool:
        return True
    if not (kind.is_floating_point or kind.is_complex):
        return True
    return torch.iinfo(other).max <= 2 / torch.finfo(kind).eps


def _fitted(kind: torch.dtype, into: torch.dtype) -> str:
    """What becomes of an x that may not fit."""
    if kind.is_complex and not into.is_complex:
        return "Re x"
    if into.is_floating_point or into.is_complex:
        return "x rounded"
    if kind.is_floating_point:
        return "x without its fraction"
    return f"x modulo 2^{torch.iinfo(into).bits}"


def _size(cells: Any) -> float:
    """The largest number that meets others; NaN is no size."""
    sizes = [
        float(c.numbers.abs().nan_to_num(0.0, torch.inf).max())
        for c in cells
        if c.numbers.is_floating_point()
    ]
    return max(sizes, default=0.0)


def _computed(asked: Asked, kwargs: dict[str, Any], operands: dict[int, Operand]) -> Tensor | None:
    """The op on one cell of every input, (1,)."""

    def one(ref: Ref) -> Tensor:
        operand = operands.get(id(ref))
        tensor = operand.tensor if operand is not None else asked.value(ref.index)
        place = broadcast(asked.index, tensor.shape)
        return tensor[tuple(slice(i, i + 1) for i in place)].clone()

    args, named = filled((asked.step.args, kwargs), Ref, one)
    with as_then(asked.step, args, named):
        results = list(tensors(asked.step.func(*args, **named)))
    made = results[min(asked.result, len(results) - 1)]
    return made.reshape(1) if made.numel() == 1 else None


_SIGNS = {
    "add": "+", "sub": "−", "mul": "·", "div": "/", "pow": "^", "eq": "=", "ne": "≠", "lt": "<",
    "le": "≤", "gt": ">", "ge": "≥", "and": "and", "or": "or", "bitwise_and": "and",
    "bitwise_or": "or", "logical_and": "and", "logical_or": "or", "remainder": "mod",
    "floor_divide": "div", "true_divide": "/", "rsub": "−", "rdiv": "/", "rpow": "^",
}  # fmt: skip


def _reflected(asked: Asked) -> bool:
    """Whether the op's first argument is its right operand, as in ``2 - x``."""
    name = str(getattr(asked.step.func, "__name__", ""))
    return asked.op in ("rdiv", "rpow", "rsub", "rfloordiv") or name in (
        "__rtruediv__", "__rdiv__", "__rpow__", "__rsub__", "__rfloordiv__",
    )  # fmt: skip


def _forms(asked: Asked, refs: list[Ref], cells: dict[int, Cells]) -> tuple[str, str]:
    """The term's form and the formula."""
    given = [a.item() if isinstance(a, generic) else a for a in asked.step.args]
    plain = [a for a in given if isinstance(a, Ref | int | float | complex)]
    plain += [a for k, a in asked.step.kwargs.items() if k == "other"]
    words = [cells[id(a)].symbol if isinstance(a, Ref) else written(a) for a in plain]
    sign = _SIGNS.get(asked.op)
    if sign and len(words) == 2:
        one, two = reversed(words) if _reflected(asked) else words
        form = f"{one} {sign} {two}"
        cut = asked.step.kwargs.get("rounding_mode")
        form = f"{cut}({form})" if cut else form
        return form, f"y = {form}"
    named = words + [
        f"{name}={cells[id(v)].symbol if isinstance(v, Ref) else written(v)}"
        for name, v in asked.step.kwargs.items()
        if isinstance(v, Ref | int | float) and not isinstance(v, bool) and name != "out"
    ]
    form = f"{asked.op}({', '.join(named or [c.symbol for c in cells.values()])})"
    known = _told(asked) if len(refs) == 1 else ""
    return form, known or f"y = {form}"


def _told(asked: Asked) -> str:
    """The formula of an op of one value, with the settings that make it another one; "" if it has
    none."""
    if asked.op == "gelu" and asked.bind("input").get("approximate", "none") == "tanh":
        return "y = x / 2 · (1 + tanh(√(2 / π) · (x + 0.044715 · x ^ 3)))"
    if asked.op == "softplus":
        given = asked.bind("input", "beta", "threshold")
        beta, threshold = given.get("beta", 1), given.get("threshold", 20)
        if (beta, threshold) != (1, 20):
            b = written(beta)
            return f"y = x if {b} · x > {written(threshold)}, else log(1 + exp({b} · x)) / {b}"
    known = ops.OPS.get(asked.op)
    return "" if known is None else known.formula


def _added(sides: list[Terms]) -> str:
    """The formula of a sum of two sides."""
    one, two = (side.form for side in sides)
    minus = two.startswith("−") and not two.endswith("j")  # that of −1+2j is of the −1 alone
    return f"y = {one} − {two[1:]}" if minus else f"y = {one} + {two}"


def _split(asked: Asked, refs: list[Ref], cells: dict[int, Cells]) -> list[Terms] | None:
    """The two sides of a sum or difference."""
    given = asked.bind("input", "other", "alpha")
    alpha = given.get("alpha", 1)
    signs: tuple[Number, Number] = (1, alpha if asked.op == "add" else -alpha)
    if _reflected(asked):
        signs = (-alpha, 1)
    if asked.recorded.dtype is torch.bool or "input" not in given or "other" not in given:
        return None
    found = []
    for side, sign in zip((given["input"], given["other"]), signs, strict=True):
        side = side.item() if isinstance(side, generic) else side
        minus = "" if sign == 1 else "−" if sign == -1 else f"{written(sign)} · "
        if isinstance(side, Ref):
            cell = cells[id(side)]
            found.append(products(f"{minus}{cell.symbol}", cell, factor=sign))
        else:
            found.append(constant(side * sign, written(side * sign)))
    return found


@rule("where")
def _where(asked: Asked) -> Answer | None:
    given = asked.bind("condition", "input", "other")
    if "other" not in given:
        return place_of_true(asked)
    if asked.step.func is Tensor.where:  # x.where(condition, other)
        given["condition"], given["input"] = given["input"], given["condition"]
    if not isinstance(given["condition"], Ref):
        return None
    condition = asked.operand("condition", given["condition"])
    told = condition.cell(broadcast(asked.index, condition.shape))
    return _chosen(asked, told, given["input"] if bool(told.numbers) else given["other"])


@rule("nonzero", "argwhere")
def place_of_true(asked: Asked) -> Answer:
    """Where the k-th cell that is not zero is, along one axis."""
    given = asked.bind("input")
    x = asked.operand("x", given.get("input", given.get("condition")))
    row, axis = asked.index if len(asked.index) == 2 else (asked.index[0], asked.result)
    place = x.tensor.nonzero()[row].tolist()
    terms = Terms("place of x", [x.cell(place)], torch.tensor([place[axis]]))
    region = Region(x.ref, tuple(range(n) for n in x.shape))
    return Answer("pick", f"y = place of the {row + 1}. x that is not 0", [terms], regions=[region])


@rule("view_as_real", "real", "imag")
def _part(asked: Asked) -> Answer | None:
    x = asked.operand("x", asked.refs[0])
    if not x.tensor.is_complex():
        return moved(x.cell(asked.index)) if asked.op == "real" else None
    imaginary = asked.op == "imag" or (asked.op == "view_as_real" and asked.index[-1] == 1)
    cell = x.cell(asked.index[: len(x.shape)])
    number = cell.numbers.resolve_conj()
    form = "Im x" if imaginary else "Re x"
    value = wide(number.imag if imaginary else number.real)
    return Answer("function", f"y = {form}", [Terms(form, [cell], value)])


@rule("view_as_complex")
def _complex(asked: Asked) -> Answer:
    x = asked.operand("x", asked.refs[0])
    real, imaginary = x.cell((*asked.index, 0)), x.cell((*asked.index, 1))
    terms = [products("x", real), products("i · x", imaginary, factor=1j)]
    return Answer("sum", "y = x + i · x", terms)


@rule("masked_fill")
def _masked_fill(asked: Asked) -> Answer | None:
    given = asked.bind("input", "mask", "value")
    mask = asked.operand("mask", given["mask"])
    told = mask.cell(broadcast(asked.index, mask.shape))
    return _chosen(asked, told, given["value"] if bool(told.numbers) else given["input"])


def _chosen(asked: Asked, told: Cells, side: Any) -> Answer:
    formula = "y = a where the condition holds, else b"
    if asked.op == "masked_fill":
        formula = "y = value where the mask is true, else x"
    if not isinstance(side, Ref):
        terms = constant(side, written(side))
        terms.values = wide(asked.recorded.reshape(1))
    else:
        one = asked.operand("x", side)
        cell = one.cell(broadcast(asked.index, one.shape))
        terms = Terms("x", [cell], wide(cell.numbers))
    return Answer("pick", formula, [terms], more=[told])


@rule("copy")
def _copy(asked: Asked) -> Answer:
    x = asked.operand("x", asked.bind("input", "src")["src"])
    return moved(x.cell(broadcast(asked.index, x.shape)), kind=asked.tensor.dtype)


@rule("addcmul", "addcdiv")
def _addc(asked: Asked) -> Answer:
    given = asked.bind("input", "tensor1", "tensor2", "value")
    factor = given.get("value", 1)
    x, a, b = (
        asked.operand(symbol, given[name])
        for symbol, name in (("x", "input"), ("a", "tensor1"), ("b", "tensor2"))
    )
    cells = [one.cell(broadcast(asked.index, one.shape)) for one in (x, a, b)]
    times = "" if factor == 1 else f"{written(factor)} · "
    if asked.op == "addcmul":
        form, part = f"{times}a · b", products("", *cells[1:], factor=factor)
    else:
        form = f"{times}a / b"
        part = Terms("", cells[1:], wide(cells[1].numbers) / wide(cells[2].numbers) * factor)
    part.form = form
    return Answer("sum", f"y = x + {form}", [products("x", cells[0]), part])


@rule("dropout", "alpha_dropout", "feature_alpha_dropout", "dropout1d", "dropout2d", "dropout3d",
      "feature_dropout")  # fmt: skip
def _dropout(asked: Asked) -> Answer | None:
    given = asked.bind("input", "p", "training")
    cell = asked.operand("x", given["input"]).cell(asked.index)
    p = given.get("p", 0.5)
    if not given.get("training", asked.step.func is not torch.nn.functional.dropout) or p == 0:
        return moved(cell)
    dropped = Cells("x", cell.ref, cell.numbers, cell.at, [])  # told, but it does not count
    if "alpha" in asked.op:
        a = ((1 - p) * (1 + p * _ALPHA**2)) ** -0.5
        b = -a * p * _ALPHA
        formula = f"y = {written(a)} · x + {written(b)} if kept, else {written(a * _ALPHA + b)}"
        if torch.isclose(asked.recorded, torch.full_like(asked.recorded, a * _ALPHA + b)):
            left = a * _ALPHA + b
            terms = [products("0 · x", dropped, factor=0.0), constant(left, written(left))]
        else:
            terms = [products(f"{written(a)} · x", cell, factor=a), constant(b, written(b))]
        return Answer("function", formula, terms, note=_DRAWN)
    formula = "y = x / (1 − p) if kept, else 0"
    if not asked.recorded.any() and (cell.numbers.any() or p == 1):
        return Answer("function", formula, [products("0 · x", dropped, factor=0.0)], note=_DRAWN)
    form = f"x / {written(1 - p)}"
    return Answer("function", formula, [products(form, cell, factor=1 / (1 - p))], note=_DRAWN)


_ALPHA = -1.7580993408473766  # what SELU gives in the far negative: arXiv:1706.02515
_DRAWN = phrase("Which cells are kept was drawn at random.")


@rule("rrelu")
def _rrelu(asked: Asked) -> Answer | None:
    given = asked.bind("input", "lower", "upper", "training")
    if not given.get("training"):
        return None
    cell = asked.operand("x", given["input"]).cell(asked.index)
    terms = Terms("x · a" if cell.numbers < 0 else "x", [cell], wide(asked.recorded.reshape(1)))
    if bool(cell.numbers < 0):
        terms.weights = terms.values / wide(cell.numbers)
    return Answer(
        "function", "y = x if x ≥ 0, else a · x", [terms], note=phrase("a was drawn at random.")
    )


@rule("prelu")
def _prelu(asked: Asked) -> Answer:
    given = asked.bind("input", "weight")
    x, w = asked.operand("x", given["input"]), asked.operand("w", given["weight"])
    cell = x.cell(asked.index)
    channel = asked.index[1] if len(asked.index) > 1 and w.tensor.numel() > 1 else 0
    slope = w.cell((channel,) * len(w.shape))
    if bool(cell.numbers > 0):
        return Answer("function", "y = x if x > 0, else w · x", [products("x", cell)])
    return Answer("function", "y = x if x > 0, else w · x", [products("w · x", cell, slope)])


@rule("glu")
def _glu(asked: Asked) -> Answer:
    given = asked.bind("input", "dim")
    x = asked.operand("a", given["input"])
    dim = given.get("dim", -1) % len(x.shape)
    half = list(asked.index)
    half[dim] += x.shape[dim] // 2
    one, gate = x.cell(asked.index), Operand("b", x.ref, x.tensor).cell(half)
    value = wide(one.numbers) * wide(gate.numbers).sigmoid()
    return Answer("function", "y = a · σ(b)", [Terms("a · σ(b)", [one, gate], value)])
