"""Sums of products: linear, matrix products, einsum."""

from __future__ import annotations

import string
from typing import Any

import torch

from explorer.core.explanation import Number, written
from explorer.engine.explain.asking import (
    Along,
    Answer,
    Asked,
    Index,
    Operand,
    Terms,
    Walk,
    broadcast,
    numbered,
    products,
)
from explorer.engine.explain.rules import rule
from explorer.engine.script import Ref


def contraction(
    form: str,
    operands: list[Operand],
    labels: list[str],
    out: str,
    index: Index,
    factor: Number = 1,
) -> Terms | None:
    """The products that ``einsum(labels → out)`` adds up for one cell, one label per axis.

    A label of ``out`` is fixed by ``index``, any other is summed over. An axis of size 1 serves
    every place of its label.
    """
    fixed = dict(zip(out, index, strict=True))
    sizes: dict[str, int] = {}
    for operand, names in zip(operands, labels, strict=True):
        if len(names) != len(operand.shape):
            return None
        for name, size in zip(names, operand.shape, strict=True):
            if name not in fixed:
                sizes[name] = max(sizes.get(name, 1), size) if size else 0
    space = list(sizes)
    cells = []
    for operand, names in zip(operands, labels, strict=True):
        walk: Walk = [
            0 if size == 1 else fixed[name] if name in fixed else Along(space.index(name))
            for name, size in zip(names, operand.shape, strict=True)
        ]
        cells.append(operand.walked([sizes[name] for name in space], walk))
    return products(form, *cells, factor=factor)


@rule("linear")
def _linear(asked: Asked) -> Answer | None:
    given = asked.bind("input", "weight", "bias")
    x, W = asked.operand("x", given["input"]), asked.operand("W", given["weight"])
    b = asked.optional("b", given.get("bias"))
    space = [x.shape[-1]]
    row = products(
        "x · W",
        x.walked(space, [*(asked.index[: len(x.shape) - 1]), Along(0)]),
        W.walked(space, [*([asked.index[-1]] if len(W.shape) == 2 else []), Along(0)]),
    )
    if b is None:
        return Answer("sum", "y = Σ x · W", [row])
    bias = products("b", b.cell(broadcast(asked.index, b.shape)))
    return Answer("sum", "y = Σ x · W + b", [row, bias])


@rule("matmul", "mm", "bmm", "mv", "dot", "rmatmul", "vdot", "inner")
def _matmul(asked: Asked) -> Answer | None:
    given = asked.bind("input", "other")
    other = next(given[n] for n in ("other", "mat2", "vec", "vec2", "tensor") if n in given)
    a, b = asked.operand("a", given["input"]), asked.operand("b", other)
    if asked.step.func is torch.Tensor.__rmatmul__:
        a, b = Operand("a", b.ref, b.tensor), Operand("b", a.ref, a.tensor)
    if a.tensor.is_complex() and asked.op == "vdot":
        return None
    letters = string.ascii_lowercase
    if asked.op == "inner":
        if not a.shape or not b.shape:
            return None
        first, second = letters[: len(a.shape) - 1], letters[13 : 12 + len(b.shape)]
        labels = [f"{first}K", f"{second}K"]
        out = first + second
    else:
        batch = max(len(a.shape), len(b.shape), 2) - 2
        heads = letters[:batch]
        left = "K" if len(a.shape) == 1 else f"{heads[batch - len(a.shape) + 2 :]}IK"
        right = "K" if len(b.shape) == 1 else f"{heads[batch - len(b.shape) + 2 :]}KJ"
        labels = [left, right]
        out = heads + ("I" if len(a.shape) > 1 else "") + ("J" if len(b.shape) > 1 else "")
    terms = contraction("a · b", [a, b], labels, out, asked.index)
    return None if terms is None else Answer("sum", "y = Σ a · b", [terms])


@rule("einsum")
def _einsum(asked: Asked) -> Answer | None:
    equation, *given = asked.step.args
    if len(given) == 1 and isinstance(given[0], list | tuple):
        given = list(given[0])
    if not isinstance(equation, str) or not all(isinstance(one, Ref) for one in given):
        return None
    operands = [asked.operand(numbered("x", i), one) for i, one in enumerate(given)]
    inputs, arrow, out = equation.replace(" ", "").partition("->")
    labels = inputs.split(",")
    spare = [c for c in string.ascii_letters if c not in equation]
    dots = max(
        len(operand.shape) - len(names) + 3 if "..." in names else 0
        for operand, names in zip(operands, labels, strict=True)
    )
    ellipsis = "".join(spare[:dots])
    if not arrow:
        letters = inputs.replace(",", "").replace(".", "")
        out = ellipsis + "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    out = out.replace("...", ellipsis)
    full = []
    for operand, names in zip(operands, labels, strict=True):
        count = len(operand.shape) - len(names) + 3
        full.append(names.replace("...", ellipsis[dots - count :] if count else ""))
    form = " · ".join(operand.symbol for operand in operands)
    if len(out) != len(asked.index):
        return None
    terms = contraction(form, operands, full, out, asked.index)
    return None if terms is None else Answer("sum", f"y = Σ {form}", [terms])


@rule("addmm", "addbmm", "baddbmm", "addmv", "addr")
def _added(asked: Asked) -> Answer | None:
    given = asked.bind("input", "one", "two")
    rest: Any = [given[n] for n in ("one", "batch1", "mat1", "mat", "vec1") if n in given]
    rest += [given[n] for n in ("two", "batch2", "mat2", "vec2", "vec") if n in given]
    if len(rest) != 2 or len(asked.step.args) > 3:
        return None
    c = asked.operand("c", given["input"])
    a, b = asked.operand("a", rest[0]), asked.operand("b", rest[1])
    labels = {
        "addmm": ("IK", "KJ", "IJ"), "addbmm": ("BIK", "BKJ", "IJ"), "addmv": ("IK", "K", "I"),
        "baddbmm": ("BIK", "BKJ", "BIJ"), "addr": ("I", "J", "IJ"),
    }[asked.op]  # fmt: skip
    alpha, beta = given.get("alpha", 1), given.get("beta", 1)
    form = "a · b" if alpha == 1 else f"{written(alpha)} · a · b"
    terms = contraction(form, [a, b], list(labels[:2]), labels[2], asked.index, alpha)
    if terms is None:
        return None
    found = [terms]
    if beta != 0:
        cell = c.cell(broadcast(asked.index, c.shape))
        plus = "c" if beta == 1 else f"{written(beta)} · c"
        found.append(products(plus, cell, factor=beta))
        return Answer("sum", f"y = {plus} + Σ {form}", found)
    return Answer("sum", f"y = Σ {form}", found)


@rule("outer", "ger")
def _outer(asked: Asked) -> Answer | None:
    given = asked.bind("input", "vec2")
    a, b = asked.operand("a", given["input"]), asked.operand("b", given["vec2"])
    terms = products("a · b", a.cell(asked.index[:1]), b.cell(asked.index[1:]))
    return Answer("function", "y = a · b", [terms])


@rule("tensordot")
def _tensordot(asked: Asked) -> Answer | None:
    given = asked.bind("a", "b", "dims")
    a, b = asked.operand("a", given["a"]), asked.operand("b", given["b"])
    dims = given.get("dims", 2)
    if isinstance(dims, int):
        left, right = range(len(a.shape) - dims, len(a.shape)), range(dims)
    elif isinstance(dims, list | tuple) and len(dims) == 2:
        left, right = (  # type: ignore[assignment]
            [d % len(x.shape) for d in ([side] if isinstance(side, int) else side)]
            for x, side in zip((a, b), dims, strict=True)
        )
    else:
        return None
    one = list(string.ascii_lowercase[: len(a.shape)])
    two = list(string.ascii_uppercase[: len(b.shape)])
    for i, j in zip(left, right, strict=True):
        two[j] = one[i]
    out = [c for i, c in enumerate(one) if i not in left]
    out += [c for j, c in enumerate(two) if j not in right]
    labels = ["".join(one), "".join(two)]
    terms = contraction("a · b", [a, b], labels, "".join(out), asked.index)
    return None if terms is None else Answer("sum", "y = Σ a · b", [terms])


@rule("bilinear")
def _bilinear(asked: Asked) -> Answer | None:
    given = asked.bind("input1", "input2", "weight", "bias")
    operands = [
        asked.operand("x₁", given["input1"]), asked.operand("A", given["weight"]),
        asked.operand("x₂", given["input2"]),
    ]  # fmt: skip
    lead = string.ascii_lowercase[: len(asked.index) - 1]
    labels = [f"{lead}I", "OIJ", f"{lead}J"]
    terms = contraction("x₁ · A · x₂", operands, labels, f"{lead}O", asked.index)
    b = asked.optional("b", given.get("bias"))
    if terms is None:
        return None
    if b is None:
        return Answer("sum", "y = Σ x₁ · A · x₂", [terms])
    bias = products("b", b.cell(asked.index[-1:]))
    return Answer("sum", "y = Σ x₁ · A · x₂ + b", [terms, bias])


@rule("grouped_mm")
def _grouped(asked: Asked) -> Answer | None:
    """Rows in groups, each with a matrix of its own: the experts of a mixture."""
    given = asked.bind("a", "b", "offs")
    given["a"] = given.get("a", given.get("self", given.get("input")))
    a = asked.operand("a", given["a"])
    b = asked.operand("b", given.get("b", given.get("mat2")))
    ends = asked.operand("ends", given["offs"])
    if len(a.shape) != 2 or len(b.shape) != 3:
        return None
    row, column = asked.index
    group = int((ends.tensor <= row).sum())
    if group >= b.shape[0]:
        return Answer("made", "y = 0", [], more=[ends.cell([b.shape[0] - 1])])
    space = [a.shape[1]]
    terms = products(
        "a · b", a.walked(space, [row, Along(0)]), b.walked(space, [group, Along(0), column])
    )
    more = [ends.cell([k]) for k in (group - 1, group) if k >= 0]
    return Answer("sum", "y = Σ a · b, with the matrix of the row's group", [terms], more=more)
