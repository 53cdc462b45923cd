"""Windows that slide: convolution and pooling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, prod
from typing import Any

from explorer.core.convolution import Slide, Window, window
from explorer.core.explanation import written
from explorer.core.problem import phrase
from explorer.engine.explain.asking import (
    Along,
    Answer,
    Asked,
    Cells,
    Index,
    Operand,
    Sum,
    Terms,
    Walk,
    products,
    wide,
)
from explorer.engine.explain.picking import largest, place_of_winner
from explorer.engine.explain.rules import rule


def _sizes(given: Any, count: int) -> list[int]:
    if isinstance(given, int):
        return [given] * count
    values = [int(one) for one in given]
    return values * count if len(values) == 1 else values


_LARGEST = phrase("y = max of x over the window")
_WHICH = phrase("y = place of the largest x in its plane")
_CONVOLUTIONS = tuple(f"conv{n}d" for n in (1, 2, 3))
_TRANSPOSED = tuple(f"conv_transpose{n}d" for n in (1, 2, 3))


@dataclass
class Convolved:
    """How one cell of a convolution came to be: the ``slide`` of the kernel of ``W`` over ``x``,
    the ``windows`` under it, and the product of every number that it covers, of each of the
    ``channels`` of x that it sees, channel by channel."""

    slide: Slide
    x: Operand
    W: Operand
    b: Operand | None
    windows: list[Window]
    output: int
    channels: range
    lead: Index
    products: Terms

    @property
    def space(self) -> list[int]:
        """How many products there are along channels and the axes of space."""
        return [len(self.channels), *(window.length for window in self.windows)]


def convolved(asked: Asked) -> Convolved | None:
    """How the cell that is asked about came to be; None if no convolution made it."""
    transposed = asked.op in _TRANSPOSED
    if not transposed and asked.op not in _CONVOLUTIONS:
        return None
    names = ["input", "weight", "bias", "stride", "padding"]
    names += ["output_padding", "groups", "dilation"] if transposed else ["dilation", "groups"]
    given = asked.bind(*names)
    x, W = asked.operand("x", given["input"]), asked.operand("W", given["weight"])
    axes = len(W.shape) - 2
    kernel, groups = W.shape[2:], given.get("groups", 1)
    stride, dilation = _sizes(given.get("stride", 1), axes), _sizes(given.get("dilation", 1), axes)
    padding = given.get("padding", 0)
    if padding == "same":
        pads = [d * (k - 1) // 2 for d, k in zip(dilation, kernel, strict=True)]
    else:
        pads = [0] * axes if padding == "valid" else _sizes(padding, axes)
    slide = Slide(
        x.shape[-axes:], kernel, tuple(stride), tuple(pads), tuple(dilation), groups, transposed
    )
    lead, output, places = asked.index[: -axes - 1], asked.index[-axes - 1], asked.index[-axes:]
    windows = slide.windows(places)
    each = x.shape[-axes - 1] // groups  # input channels that one group sees
    made = W.shape[1] if transposed else W.shape[0] // groups
    first = output // made * each
    space = [each, *(window.length for window in windows)]
    seen = [Along(1 + i, window.first, window.step) for i, window in enumerate(windows)]
    kernels = [Along(1 + i, window.kernel, window.turn) for i, window in enumerate(windows)]
    if transposed:
        filters: Walk = [Along(0, first), output % made, *kernels]
    else:
        filters = [output, Along(0), *kernels]
    terms = products(
        "x · W", x.walked(space, [*lead, Along(0, first), *seen]), W.walked(space, filters)
    )
    b = asked.optional("b", given.get("bias"))
    return Convolved(
        slide, x, W, b, windows, output, range(first, first + each), lead, terms
    )  # fmt: skip


@rule(*_CONVOLUTIONS, *_TRANSPOSED)
def _convolution(asked: Asked) -> Answer | None:
    found = convolved(asked)
    if found is None:
        return None
    terms = [found.products]
    if found.b is not None:
        terms.append(products("b", found.b.cell([found.output])))
    return Answer("sum", "y = Σ x · W" + (" + b" if found.b is not None else ""), terms)


# ------------------------------------------------------------ pooling


def _pooled(asked: Asked, x: Operand, windows: Sequence[Window]) -> Cells:
    lead = asked.index[: -len(windows)]
    space = [window.length for window in windows]
    seen = [Along(i, window.first, window.step) for i, window in enumerate(windows)]
    return x.walked(space, [*lead, *seen])


def _axes(asked: Asked) -> int:
    return int(asked.op.replace("_with_indices", "")[-2])


def _name(stem: str) -> list[str]:
    return [f"{stem}{n}d{more}" for n in (1, 2, 3) for more in ("", "_with_indices")]


@rule(*_name("max_pool"))
def _max_pool(asked: Asked) -> Answer | None:
    given = asked.bind("input", "kernel_size", "stride", "padding", "dilation")
    x, axes = asked.operand("x", given["input"]), _axes(asked)
    kernel = _sizes(given["kernel_size"], axes)
    windows = [
        window(*one)
        for one in zip(
            asked.index[-axes:], x.shape[-axes:], kernel,
            _sizes(given.get("stride") or kernel, axes), _sizes(given.get("padding", 0), axes),
            _sizes(given.get("dilation", 1), axes), strict=True,
        )
    ]  # fmt: skip
    return _greatest(asked, x, windows)


@rule(*_name("adaptive_max_pool"))
def _adaptive_max_pool(asked: Asked) -> Answer | None:
    x = asked.operand("x", asked.bind("input")["input"])
    return _greatest(asked, x, _adaptive(asked, x))


def _greatest(asked: Asked, x: Operand, windows: Sequence[Window]) -> Answer | None:
    cells = _pooled(asked, x, windows)
    if asked.result == 1:
        winner = int(wide(cells.numbers).nan_to_num(inf).argmax())
        return place_of_winner(asked, cells, winner, _WHICH)
    return largest(asked, cells, _LARGEST)


def _adaptive(asked: Asked, x: Operand) -> list[Window]:
    axes = _axes(asked)
    out, size = asked.tensor.shape[-axes:], x.shape[-axes:]
    starts = [i * n // m for i, n, m in zip(asked.index[-axes:], size, out, strict=True)]
    ends = [-(-(i + 1) * n // m) for i, n, m in zip(asked.index[-axes:], size, out, strict=True)]
    return [Window(s, 1, e - s) for s, e in zip(starts, ends, strict=True)]


@rule(*_name("adaptive_avg_pool"))
def _adaptive_avg_pool(asked: Asked) -> Answer:
    x = asked.operand("x", asked.bind("input")["input"])
    cells = _pooled(asked, x, _adaptive(asked, x))
    return average(cells, len(cells.numbers))


def average(cells: Cells, count: float) -> Answer:
    """A sum of cells over a count."""
    over = f"{count:g}"
    return Answer("sum", f"y = Σ x / {over}", [products(f"x / {over}", cells, factor=1 / count)])


@rule(*_name("avg_pool"))
def _avg_pool(asked: Asked) -> Answer:
    given = asked.bind(
        "input", "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad",
        "divisor_override",
    )  # fmt: skip
    x, axes = asked.operand("x", given["input"]), _axes(asked)
    kernel = _sizes(given["kernel_size"], axes)
    strides = _sizes(given.get("stride") or kernel, axes)
    pads = _sizes(given.get("padding", 0), axes)
    windows, whole = [], 1
    for place, size, k, stride, pad in zip(
        asked.index[-axes:], x.shape[-axes:], kernel, strides, pads, strict=True
    ):
        windows.append(window(place, size, k, stride, pad, 1))
        whole *= min(place * stride - pad + k, size + pad) - (place * stride - pad)
    cells = _pooled(asked, x, windows)
    if given.get("count_include_pad") is False:
        whole = len(cells.numbers)
    return average(cells, given.get("divisor_override") or whole)


@rule(*_name("lp_pool"))
def _lp_pool(asked: Asked) -> Answer | None:
    given = asked.bind("input", "norm_type", "kernel_size", "stride")
    x, axes, p = asked.operand("x", given["input"]), _axes(asked), float(given["norm_type"])
    kernel = _sizes(given["kernel_size"], axes)
    strides = _sizes(given.get("stride") or kernel, axes)
    windows = [
        window(place, size, k, stride, 0, 1)
        for place, size, k, stride in zip(
            asked.index[-axes:], x.shape[-axes:], kernel, strides, strict=True
        )
    ]
    cells = _pooled(asked, x, windows)
    # at an edge the window is smaller, and PyTorch scales its sum up to a whole one
    scale = prod(kernel) / len(cells.numbers)
    times = "" if scale == 1 else f"{written(scale)} · "
    powers = wide(cells.numbers) ** p * scale
    S = powers.sum()
    form, each = f"S ^ (1 / {written(p)})", f"x ^ {written(p)}"
    root = Terms(form, [], S.clamp(min=0).reshape(1) ** (1 / p))
    quantity = Sum("S", f"{times}Σ {each}", [Terms(f"{times}{each}", [cells], powers)])
    return Answer("function", f"y = {form}", [root], [quantity])
