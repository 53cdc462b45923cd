"""Softmax and the norms: each cell of a row, measured by the whole row."""

from __future__ import annotations

from typing import Any

import torch
from numpy import broadcast_shapes  # PyTorch's own loads sympy

from explorer.core.explanation import written
from explorer.engine.explain.asking import (
    Along,
    Answer,
    Asked,
    Cells,
    Operand,
    Sum,
    Terms,
    Walk,
    broadcast,
    products,
    wide,
)
from explorer.engine.explain.elementwise import moved
from explorer.engine.explain.picking import won
from explorer.engine.explain.reductions import deviation, reduced
from explorer.engine.explain.rules import rule


def exponentials(
    cells: Cells, minus: str = "", lenient: bool = False
) -> tuple[list[Sum], torch.Tensor, torch.Tensor]:
    """m = max x and Z = Σ exp(x − m) as quantities, and both numbers; of −x with a ``minus``.

    With an infinite x Z is NaN, as in PyTorch's softmax, but not if ``lenient``, as in logsumexp.
    """
    numbers = -wide(cells.numbers) if minus else wide(cells.numbers)
    m = numbers.max()
    if m == -torch.inf or (m == torch.inf and lenient):
        m = torch.zeros_like(m)
    powers = (numbers - m).exp()
    (top,) = won(cells, int(numbers.argmax()), "", numbers).terms
    top.form = f"{minus}x"
    top.values = -top.values if minus else top.values
    form = f"exp({minus}x − m)"
    return [
        Sum("m", f"max({minus}x)", [top]),
        Sum("Z", f"Σ {form}", [Terms(form, [cells], powers)]),
    ], m, powers.sum()  # fmt: skip


@rule("softmax", "log_softmax", "softmin", "special_softmax", "special_log_softmax")
def _softmax(asked: Asked) -> Answer | None:
    given = asked.bind("input", "dim")
    x, dim = asked.operand("x", given["input"]), given.get("dim")
    if not isinstance(dim, int):
        return None
    if not x.shape:
        row = x.walked([1], [])
    else:
        dim %= len(x.shape)
        walk: Walk = [Along(0) if d == dim else i for d, i in enumerate(asked.index)]
        row = x.walked([x.shape[dim]], walk)
    own = x.cell(asked.index)
    if len(row.numbers) == 1:  # then it is 1, whatever x is
        row.regions = own.regions = []
    minus = "−" if asked.op == "softmin" else ""
    quantities, m, Z = exponentials(row, minus)
    number = -wide(own.numbers) if minus else wide(own.numbers)
    if asked.op.endswith("log_softmax"):
        terms = [products("x", own), Terms("−(m + log Z)", [], -(m + Z.log()).reshape(1))]
        return Answer("function", "y = x − (m + log Z)", terms, quantities)
    form = f"exp({minus}x − m) / Z"
    terms = [Terms(form, [own], (number - m).exp() / Z)]
    size = float(row.numbers.abs().nan_to_num(posinf=0.0).max()) * float(terms[0].values)
    return Answer("function", f"y = {form}", terms, quantities, scale=size)


@rule("logsumexp")
def _logsumexp(asked: Asked) -> Answer | None:
    given = asked.bind("input", "dim")
    cells = reduced(asked, asked.operand("x", given["input"]), given.get("dim"))
    if cells is None:
        return None
    quantities, m, Z = exponentials(cells, lenient=True)
    terms = [Terms("m", [], m.reshape(1)), Terms("log Z", [], Z.log().reshape(1))]
    return Answer("function", "y = m + log Z", terms, quantities)


# ------------------------------------------------------------ norms


def _scaled(
    cell: Cells,
    mean: Any,
    variance: torch.Tensor,
    eps: float,
    quantities: list[Sum],
    weight: Cells | None,
    bias: Cells | None,
) -> Answer:
    """(x − μ) / √(σ² + ε) · γ + β; without a mean x / √(σ² + ε) · γ."""
    form = "(x − μ) / √(σ² + ε)" if mean is not None else "x / √(ms + ε)"
    number = wide(cell.numbers)
    below = (variance + eps).sqrt()
    value = (number - mean if mean is not None else number) / below
    cells, size = [cell], float((number.abs() / below).max())
    if weight is not None:
        value = value * wide(weight.numbers)
        size *= float(weight.numbers.abs())
        form += " · γ"
        cells.append(weight)
    terms = [Terms(form, cells, value.reshape(1))]
    if bias is not None:
        terms.append(products("β", bias))
    formula = f"y = {form}" + (" + β" if bias is not None else "")
    return Answer(
        "function", formula, terms, [*quantities, Sum("ε", value=eps)], scale=size
    )  # fmt: skip


def _affine(asked: Asked, given: dict[str, Any], place: list[int]) -> list[Cells | None]:
    found: list[Cells | None] = []
    for symbol, name in (("γ", "weight"), ("β", "bias")):
        operand = asked.optional(symbol, given.get(name))
        found.append(None if operand is None else operand.cell(place))
    return found


@rule("layer_norm", "rms_norm")
def _layer_norm(asked: Asked) -> Answer:
    names = ("bias", "eps") if asked.op == "layer_norm" else ("eps",)
    given = asked.bind("input", "normalized_shape", "weight", *names)
    x = asked.operand("x", given["input"])
    shape = given["normalized_shape"]
    axes = 1 if isinstance(shape, int) else len(shape)
    first = len(x.shape) - axes
    walk: Walk = [*asked.index[:first], *(Along(d) for d in range(axes))]
    row, cell = x.walked(x.shape[first:], walk), x.cell(asked.index)
    weight, bias = _affine(asked, given, list(asked.index[first:]))
    if asked.op == "layer_norm":
        quantities, variance = deviation(row, 0)
        mean = wide(row.numbers).mean()
        return _scaled(cell, mean, variance, given.get("eps", 1e-5), quantities, weight, bias)
    eps = given.get("eps")
    if eps is None:
        kind = x.tensor.dtype
        eps = torch.finfo(torch.float32 if kind.itemsize < 4 else kind).eps
    n = len(row.numbers)
    squares = wide(row.numbers) ** 2 / n
    mean_square = Sum("ms", f"Σ x² / {n}", [Terms(f"x² / {n}", [row], squares)])
    return _scaled(cell, None, squares.sum(), eps, [mean_square], weight, None)


@rule("group_norm")
def _group_norm(asked: Asked) -> Answer:
    given = asked.bind("input", "num_groups", "weight", "bias", "eps")
    x = asked.operand("x", given["input"])
    each = x.shape[1] // given["num_groups"]
    channel = asked.index[1]
    spatial = x.shape[2:]
    walk: Walk = [asked.index[0], Along(0, channel // each * each),
                  *(Along(1 + d) for d in range(len(spatial)))]  # fmt: skip
    row = x.walked([each, *spatial], walk)
    return _measured(asked, given, x, row, channel)


def _measured(asked: Asked, given: dict[str, Any], x: Operand, row: Cells, channel: int) -> Answer:
    """A norm that measures ``row`` and scales by channel."""
    quantities, variance = deviation(row, 0)
    weight, bias = _affine(asked, given, [channel])
    mean, eps = wide(row.numbers).mean(), given.get("eps", 1e-5)
    return _scaled(x.cell(asked.index), mean, variance, eps, quantities, weight, bias)


@rule("batch_norm", "instance_norm", "native_batch_norm")
def _batch_norm(asked: Asked) -> Answer | None:
    if asked.step.func in (torch.batch_norm, torch.instance_norm):
        names = ("input", "weight", "bias", "running_mean", "running_var", "training", "momentum")
    else:
        names = ("input", "running_mean", "running_var", "weight", "bias", "training", "momentum")
    given = asked.bind(*names, "eps")
    instance = asked.op == "instance_norm"
    training = given.get("use_input_stats", given.get("training", instance))
    x = asked.operand("x", given["input"])
    if asked.result < 0:
        return _running(asked, given, x, training, instance)
    unbatched = instance and len(asked.index) == 2
    channel = asked.index[0 if unbatched else 1]
    if not training:
        mean = asked.operand("μ", given["running_mean"]).cell([channel])
        variance = asked.operand("σ²", given["running_var"]).cell([channel])
        quantities = [Sum("μ", "running mean", [products("μ", mean)]),
                      Sum("σ²", "running variance", [products("σ²", variance)])]  # fmt: skip
        weight, bias = _affine(asked, given, [channel])
        numbers = wide(mean.numbers), wide(variance.numbers)
        eps = given.get("eps", 1e-5)
        answer = _scaled(x.cell(asked.index), *numbers, eps, quantities, weight, bias)
        answer.scale += float(numbers[0].abs() / (numbers[1] + eps).sqrt())
        return answer
    if not instance:
        return _measured(asked, given, x, _batch(x, channel), channel)
    lead = [channel] if unbatched else [asked.index[0], channel]
    rest = x.shape[len(lead) :]
    row = x.walked(rest, [*lead, *(Along(d) for d in range(len(rest)))])
    return _measured(asked, given, x, row, channel)


def _batch(x: Operand, channel: int) -> Cells:
    """All cells of a channel."""
    space = [x.shape[0], *x.shape[2:]]
    walk: Walk = [Along(0), channel, *(Along(1 + d) for d in range(len(x.shape) - 2))]
    return x.walked(space, walk)


def _running(
    asked: Asked, given: dict[str, Any], x: Operand, training: bool, instance: bool
) -> Answer | None:
    """The running statistics, moved a little towards those of the batch."""
    before = next(b for b, after in asked.step.changed if after == asked.ref)
    (channel,) = asked.index
    if not training:
        return moved(Operand("x", before, asked.value(before).detach()).cell([channel]))
    momentum = given.get("momentum", 0.1)
    old = Operand("r", before, asked.value(before).detach()).cell([channel])
    cells = _batch(x, channel)
    n = len(cells.numbers)
    kept = products(f"{written(1 - momentum)} · r", old, factor=1 - momentum)
    if before == given["running_mean"].index:
        new = products(f"{written(momentum)} · x / {n}", cells, factor=momentum / n)
        return Answer("sum", f"y = {kept.form} + {written(momentum)} · Σ x / {n}", [kept, new])
    if instance:
        planes = wide(cells.numbers).reshape(x.shape[0], -1)
        each = (planes - planes.mean(1, keepdim=True)) ** 2 / (planes.shape[1] - 1) / len(planes)
        form = f"{written(momentum)} · (x − μ)² / {n - len(planes)}"
        moved_by = Terms(form, [cells], each.reshape(-1) * momentum)
        formula = f"y = {kept.form} + Σ {form}, with μ of each map"
        return Answer("sum", formula, [kept, moved_by])
    quantities, _ = deviation(cells, 1)
    mean, squares = quantities
    (part,) = squares.terms
    new = Terms(f"{written(momentum)} · {part.form}", [cells], part.values * momentum)
    return Answer(
        "sum", f"y = {kept.form} + {written(momentum)} · {squares.formula}", [kept, new], [mean]
    )


@rule("normalize")
def _normalize(asked: Asked) -> Answer | None:
    given = asked.bind("input", "p", "dim", "eps")
    x, dim, p, eps = (
        asked.operand("x", given["input"]), given.get("dim", 1), given.get("p", 2.0),
        given.get("eps", 1e-12),
    )  # fmt: skip
    if not isinstance(dim, int) or not isinstance(p, int | float) or p <= 0 or p == float("inf"):
        return None
    dim %= max(len(x.shape), 1)
    walk: Walk = [Along(0) if d == dim else i for d, i in enumerate(asked.index)]
    row = x.walked([x.shape[dim]], walk)
    powers = wide(row.numbers).abs() ** p
    size = (powers.sum() ** (1 / p)).clamp(min=eps)
    own = x.cell(asked.index)
    S = Sum("S", f"Σ |x| ^ {written(p)}", [Terms(f"|x| ^ {written(p)}", [row], powers)])
    form = f"x / max(S ^ (1 / {written(p)}), ε)"
    return Answer(
        "function", f"y = {form}", [Terms(form, [own], wide(own.numbers) / size)],
        [S, Sum("ε", value=eps)],
    )  # fmt: skip


@rule("local_response_norm")
def _local_response_norm(asked: Asked) -> Answer | None:
    given = asked.bind("input", "size", "alpha", "beta", "k")
    x, size = asked.operand("x", given["input"]), given["size"]
    alpha, beta, k = given.get("alpha", 1e-4), given.get("beta", 0.75), given.get("k", 1.0)
    channel = asked.index[1]
    first, last = max(channel - size // 2, 0), min(channel + (size - 1) // 2, x.shape[1] - 1)
    walk: Walk = [asked.index[0], Along(0, first), *asked.index[2:]]
    row, own = x.walked([last - first + 1], walk), x.cell(asked.index)
    squares = wide(row.numbers) ** 2 / size
    S = Sum("S", f"Σ x² / {size}", [Terms(f"x² / {size}", [row], squares)])
    form = f"x / ({written(k)} + {written(alpha)} · S) ^ {written(beta)}"
    value = wide(own.numbers) / (k + alpha * squares.sum()) ** beta
    return Answer("function", f"y = {form}", [Terms(form, [own], value)], [S])


@rule("weight_norm")
def _weight_norm(asked: Asked) -> Answer | None:
    """``w = g · v / ‖v‖``, arXiv:1602.07868; one norm for every place along ``dim``."""
    given = asked.bind("v", "g", "dim")
    v, g = asked.operand("v", given["v"]), asked.operand("g", given["g"])
    dim = given.get("dim", 0)
    if asked.result != 0:
        return None
    kept = dim % len(v.shape) if dim != -1 else None
    others = [d for d in range(len(v.shape)) if d != kept]
    walk: Walk = [Along(others.index(d)) if d in others else i for d, i in enumerate(asked.index)]
    row, own = v.walked([v.shape[d] for d in others], walk), v.cell(asked.index)
    scale = g.cell(broadcast(asked.index, g.shape))
    squares = wide(row.numbers) ** 2
    value = wide(scale.numbers) * wide(own.numbers) / squares.sum().sqrt()
    S = Sum("S", "Σ v²", [Terms("v²", [row], squares)])
    return Answer("function", "y = g · v / √S", [Terms("g · v / √S", [own, scale], value)], [S])


@rule("cosine_similarity")
def _cosine_similarity(asked: Asked) -> Answer | None:
    given = asked.bind("x1", "x2", "dim", "eps")
    a, b = asked.operand("a", given["x1"]), asked.operand("b", given["x2"])
    shape = broadcast_shapes(a.shape, b.shape)
    dim, eps = given.get("dim", 1) % len(shape), given.get("eps", 1e-8)
    place = list(asked.index)
    place.insert(dim, 0)
    rows, sums = [], []
    for operand, symbol in ((a, "A"), (b, "B")):
        skipped = len(shape) - len(operand.shape)
        walk: Walk = [
            0 if n == 1 else Along(0) if d + skipped == dim else place[d + skipped]
            for d, n in enumerate(operand.shape)
        ]
        rows.append(operand.walked([shape[dim]], walk))
        squares = wide(rows[-1].numbers) ** 2
        form = f"{operand.symbol}²"
        sums.append(Sum(symbol, f"Σ {form}", [Terms(form, [rows[-1]], squares)]))
    sizes = [one.terms[0].values.sum().sqrt().clamp(min=eps) for one in sums]
    values = wide(rows[0].numbers) * wide(rows[1].numbers) / (sizes[0] * sizes[1])
    return Answer("sum", "y = Σ a · b / √(A · B)", [Terms("a · b / √(A · B)", rows, values)], sums)


@rule("pairwise_distance")
def _pairwise_distance(asked: Asked) -> Answer | None:
    given = asked.bind("x1", "x2", "p", "eps", "keepdim")
    a, b = asked.operand("a", given["x1"]), asked.operand("b", given["x2"])
    p, eps = given.get("p", 2.0), given.get("eps", 1e-6)
    index = asked.index[:-1] if given.get("keepdim") else asked.index
    rows = [
        one.walked([one.shape[-1]], [*broadcast(index, one.shape[:-1]), Along(0)]) for one in (a, b)
    ]
    if len(rows[0].numbers) != len(rows[1].numbers) or p <= 0 or p == float("inf"):
        return None
    form = f"|a − b + {written(eps)}| ^ {written(p)}"
    powers = (wide(rows[0].numbers) - wide(rows[1].numbers) + eps).abs() ** p
    root = Terms(f"S ^ (1 / {written(p)})", [], powers.sum().reshape(1) ** (1 / p))
    return Answer(
        "function", f"y = {root.form}", [root], [Sum("S", f"Σ {form}", [Terms(form, rows, powers)])]
    )
