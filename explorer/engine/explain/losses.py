"""Losses: each sample's share of them."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch import Tensor

from explorer.core.explanation import Region, written
from explorer.core.problem import phrase
from explorer.engine.explain.asking import (
    Along,
    Answer,
    Asked,
    Cells,
    Operand,
    Terms,
    Walk,
    block_regions,
    products,
    wide,
)
from explorer.engine.explain.moves import whole
from explorer.engine.explain.norms import exponentials
from explorer.engine.explain.rules import rule
from explorer.engine.nesting import filled
from explorer.engine.replay import as_then
from explorer.engine.script import Ref

_POINTWISE = (
    "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy", "kl_div",
    "binary_cross_entropy_with_logits", "soft_margin_loss", "poisson_nll_loss",
    "hinge_embedding_loss", "gaussian_nll_loss", "margin_ranking_loss",
)  # fmt: skip


def _named(asked: Asked) -> dict[str, Any] | None:
    """The arguments by name, None if the function does not tell its own."""
    try:
        bound = inspect.signature(asked.step.func).bind(*asked.step.args, **asked.step.kwargs)
    except (TypeError, ValueError):
        return None
    bound.apply_defaults()
    return dict(bound.arguments)


def _each(asked: Asked, given: dict[str, Any]) -> Tensor:
    """The loss without its last step, the sum or mean over all."""
    named: dict[str, Any] = filled(
        given | {"reduction": "none", "reduce": None, "size_average": None}, Ref,
        lambda ref: asked.value(ref.index).detach(),
    )  # fmt: skip
    known = inspect.signature(asked.step.func).parameters
    named = {name: one for name, one in named.items() if name in known}
    with as_then(asked.step, (), named):
        made: Tensor = asked.step.func(**named)
    return made


def _reduction(given: dict[str, Any]) -> str:
    if given.get("size_average") is not None or given.get("reduce") is not None:
        averaged = "mean" if given.get("size_average", True) is not False else "sum"
        return averaged if given.get("reduce") is not False else "none"
    return str(given.get("reduction", "mean"))


@rule(*_POINTWISE)
def _pointwise(asked: Asked) -> Answer | None:
    given = _named(asked)
    if given is None:
        return None
    reduction = _reduction(given)
    refs = [(name, one) for name, one in given.items() if isinstance(one, Ref)]
    letters = {"input": "x", "target": "t", "weight": "w", "log_input": "x", "var": "v"}
    operands = [asked.operand(letters.get(name, name), one) for name, one in refs]
    each = _each(asked, given)
    shape = tuple(each.shape)
    cells = []
    for one in operands:
        if reduction == "none":
            at = [
                0 if n == 1 else i for n, i in zip(one.shape, _tail(asked.index, one), strict=True)
            ]
            cells.append(one.cell(at))
        else:
            skipped = len(shape) - len(one.shape)
            walk: Walk = [0 if n == 1 else Along(skipped + d) for d, n in enumerate(one.shape)]
            cells.append(one.walked(shape, walk))
    name = asked.op.removesuffix("_loss")
    form = f"{name}({', '.join(cell.symbol for cell in cells)})"
    if reduction == "none":
        return Answer(
            "function", f"y = {form}", [Terms(form, cells, wide(each[asked.index]).reshape(1))]
        )
    values, n = wide(each).reshape(-1), each.numel()
    if reduction == "batchmean":
        n = operands[0].shape[0]
    if reduction == "sum":
        return Answer("sum", f"y = Σ {form}", [Terms(form, cells, values)])
    return Answer("sum", f"y = Σ {form} / {n}", [Terms(f"{form} / {n}", cells, values / n)])


def _tail(index: tuple[int, ...], one: Operand) -> tuple[int, ...]:
    return index[len(index) - len(one.shape) :]


@rule("cross_entropy", "nll_loss")
def _by_class(asked: Asked) -> Answer | None:
    given = _named(asked)
    if given is None:
        return None
    x, t = asked.operand("x", given["input"]), asked.operand("t", given["target"])
    axis = 0 if len(x.shape) == 1 else 1
    if t.tensor.is_floating_point():
        return _by_probability(asked, given, x, t, axis)
    weight = asked.optional("w", given.get("weight"))
    reduction, ignored = _reduction(given), given["ignore_index"]
    each = _each(asked, given)  # as the target, ()  or (N, …)
    if reduction == "none":
        places = torch.tensor([asked.index]).reshape(1, -1)
    else:
        places = torch.ones(t.shape).nonzero()
    told = t.picked(places.to(t.tensor.device))
    classes = told.numbers.to(torch.int64)
    kept = classes != ignored
    ignoring = t.picked(places[~kept.cpu()]) if not bool(kept.all()) else None
    told = t.picked(places[kept.cpu()])
    places, classes = places[kept.cpu()], classes[kept]
    if not len(places):
        return Answer("made", "", [], more=[told], note=phrase("Every target is ignored."))
    full = torch.cat([places[:, :axis], classes.cpu().unsqueeze(1), places[:, axis:]], 1)
    own = x.picked(full)
    values = wide(each[tuple(places.unbind(1))] if each.dim() else each.reshape(1))
    more = [told] + ([ignoring] if ignoring is not None else [])
    if weight is not None:
        more.append(weight.picked(classes.unsqueeze(1)))
    entropy = asked.op == "cross_entropy"
    form = "−log softmax(x)[t]" if entropy else "−x[t]"
    if weight is not None:
        form = f"w[t] · {form}"
    if given.get("label_smoothing"):
        form = "smoothed loss of x"
        if weight is not None:
            more.append(whole(weight))
    if entropy:
        more.append(_rows(x, places, axis))
        if reduction == "none" and weight is None and not given["label_smoothing"]:
            return _one_sample(asked, x, own, axis, more)
    if reduction != "mean":
        sign = "Σ " if reduction == "sum" else ""
        return Answer("sum", f"y = {sign}{form}", [Terms(form, [own], values)], more=more)
    total = float(wide(weight.tensor[classes]).sum()) if weight is not None else len(places)
    over = f"{total:.4g}"
    return Answer(
        "sum", f"y = Σ {form} / {over}", [Terms(f"{form} / {over}", [own], values / total)],
        more=more, scale=float(own.numbers.abs().max()),
    )  # fmt: skip


def _rows(x: Operand, places: Tensor, axis: int) -> Cells:
    """All classes of the samples at ``places``."""
    classes = range(x.shape[axis])
    found = whole(x)
    blocks = block_regions(x.ref, places) if places.shape[1] else [Region(x.ref, ())]
    found.regions = [Region(x.ref, (*b.axes[:axis], classes, *b.axes[axis:])) for b in blocks]
    return found


def _one_sample(asked: Asked, x: Operand, own: Any, axis: int, more: list[Any]) -> Answer:
    place = own.at(0)
    walk: Walk = [Along(0) if d == axis else i for d, i in enumerate(place)]
    quantities, m, Z = exponentials(x.walked([x.shape[axis]], walk))
    terms = [
        Terms("(m + log Z)", [], (m + Z.log()).reshape(1)),
        products("−x", own, factor=-1.0),
    ]
    return Answer("function", "y = m + log Z − x[t]", terms, quantities, more=more)


def _by_probability(
    asked: Asked, given: dict[str, Any], x: Operand, t: Operand, axis: int
) -> Answer | None:
    """Cross-entropy with a probability for every class."""
    if asked.op == "nll_loss":
        return None
    weight = asked.optional("w", given.get("weight"))
    reduction = _reduction(given)
    logs = -wide(x.tensor).log_softmax(axis)
    walk: Walk
    if reduction == "none":
        place = list(asked.index)
        place.insert(axis, 0)
        walk = [Along(0) if d == axis else i for d, i in enumerate(place)]
        space = [x.shape[axis]]
    else:
        space = list(x.shape)
        walk = [Along(d) for d in range(len(space))]
    cells = [t.walked(space, walk), x.walked(space, walk)]
    values, chances = Operand("", -1, logs).walked(space, walk).numbers, wide(cells[0].numbers)
    form, smoothing = "−t · log softmax(x)", given.get("label_smoothing", 0.0)
    if smoothing:
        kept, even = 1 - smoothing, smoothing / x.shape[axis]
        chances = kept * chances + even
        form = f"−({written(kept)} · t + {written(even)}) · log softmax(x)"
    values = values * chances
    if weight is not None:
        at = Along(0 if reduction == "none" else axis)
        cells.append(weight.walked(space, [at]))
        values = values * wide(cells[-1].numbers)
        form = f"−w · {form.removeprefix('−')}"
    if reduction != "mean":
        return Answer("sum", f"y = Σ {form}", [Terms(form, cells, values)])
    n = x.tensor.numel() // x.shape[axis]
    return Answer("sum", f"y = Σ {form} / {n}", [Terms(f"{form} / {n}", cells, values / n)])
