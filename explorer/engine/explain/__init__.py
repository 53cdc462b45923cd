"""How one number of a recorded pass came to be: formula, numbers, and the cells that it came from.

`RULES` has a rule for every family of ops. Whatever a rule says is checked: if its terms do not add
up to what was recorded, the op's own derivative speaks instead, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

import torch
from torch import Tensor

from explorer.core.explanation import (
    Cell,
    Explanation,
    Number,
    Quantity,
    Region,
    Rest,
    Term,
)
from explorer.core.problem import Problem, phrase
from explorer.engine.explain import (
    counting,
    fused,
    linear,
    lookups,
    losses,
    making,
    moves,
    norms,
    reductions,
    resampling,
    shifts,
    windows,
)
from explorer.engine.explain.asking import Answer, Asked, Cells, Get, Index, Terms, wide
from explorer.engine.explain.elementwise import pointwise
from explorer.engine.explain.jacobian import first_order
from explorer.engine.explain.rules import RULES
from explorer.engine.explain.windows import Convolved, convolved
from explorer.engine.lookup import known_cell, known_value
from explorer.engine.naming import care, targets
from explorer.engine.script import Ref, Script
from explorer.engine.values import has_own_rules

__all__ = [
    "MANY", "Cell", "Convolved", "Explanation", "Quantity", "Region", "Rest", "Term",
    "convolved_cell", "explain_cell", "finished",
]  # fmt: skip

Open = Callable[[int], Any]
MANY = 10_000  # terms that nobody reads one by one
_FAMILIES = (
    counting,
    fused,
    linear,
    lookups,
    losses,
    making,
    moves,
    norms,
    reductions,
    resampling,
    shifts,
    windows,
)  # note their rules


def explain_cell(
    script: Script,
    value: Get,
    opened: Open,
    ref: int | str,
    index: Sequence[int] | int = (),
    limit: int | None = MANY,
) -> Explanation:
    """How cell ``index`` of a value, by ref or name, came to be: with its ``limit`` largest terms.

    ``value(ref)`` gives the values of the pass, ``opened(event)`` the tape inside of an event.
    """
    ref = known_value(script, ref)
    tensor, place = _found(script, value, ref, index)
    recorded = _number(tensor[place])
    writer = script.writer(ref)
    if writer < 0:
        kind = script.values[ref].kind
        return Explanation(
            ref, place, recorded, "source", "", total=recorded, note=_KINDS.get(kind, "")
        )
    asked = _asked_about(script, value, opened, ref, place, tensor, limit)
    answer = _answer(asked)
    return finished(ref, place, answer, recorded, limit)


def convolved_cell(
    script: Script, value: Get, opened: Open, ref: int, index: Sequence[int]
) -> Convolved | None:
    """How cell ``index`` of what a convolution gave came to be; None where none gave it. The
    arguments are those of `explain_cell`."""
    tensor, place = _found(script, value, ref, index)
    if script.writer(ref) < 0:
        return None
    return convolved(_asked_about(script, value, opened, ref, place, tensor, None))


def _asked_about(
    script: Script, value: Get, opened: Open, ref: int, place: Index, tensor: Tensor,
    limit: int | None,
) -> Asked:  # fmt: skip
    """The question to a rule about a cell that an op made."""
    writer = script.writer(ref)
    step = script.steps[writer]
    result = step.results.index(ref) if ref in step.results else -1
    op = script.op(writer).strip("_")
    return Asked(script, writer, step, op, ref, place, result, value, tensor, opened, limit)


_KINDS = {
    "parameter": phrase("A weight of the model."),
    "buffer": phrase("A buffer of the model."),
    "input": phrase("An input of the model."),
    "constant": phrase("A constant: no recorded op made it."),
}


def _answer(asked: Asked) -> Answer:
    """The first answer that adds up."""
    for rule in _rules(asked):
        answer = _asked(rule, asked)
        if answer is not None and _adds_up(asked, answer):
            return answer
    everything = [
        Region(ref, tuple(range(n) for n in asked.script.values[ref].shape))
        for ref in dict.fromkeys(asked.step.reads)
    ]
    return Answer(
        "unknown", "", [], regions=everything, exact=False,
        note=phrase("No formula of this op is known, and it has no derivative."),
    )  # fmt: skip


def _asked(rule: Callable[[Asked], Answer | None], asked: Asked) -> Answer | None:
    """What a rule says; None where a call has a form that it does not know."""
    try:
        return rule(asked)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RuntimeError):
        return None


def _rules(asked: Asked) -> list[Callable[[Asked], Answer | None]]:
    """The rules that may know a call, the best first."""
    if not asked.step.needs:
        return [_made]
    if asked.result < 0:
        refs = [
            one.index
            for one in targets(care(asked.step.func), asked.step.args, asked.step.kwargs)
            if isinstance(one, Ref)
        ]
        before = next(b for b, after in asked.step.changed if after == asked.ref)
        if before not in refs:
            hit = [(b, after) for b, after in asked.step.changed if b in refs]
            return [lambda asked: moves.through_memory(asked, before, hit)]
    own = RULES.get(asked.op)
    rules = [own] if own is not None else []
    return [*rules, pointwise, fused.look_inside, moves.perhaps_traced, first_order]


def _made(asked: Asked) -> Answer:
    note = phrase("The op made it from no other number.")
    if asked.step.rng is not None:
        note = phrase("It was drawn at random.")
    return Answer("made", "", [], note=note)


def _adds_up(asked: Asked, answer: Answer) -> bool:
    """Whether the terms give what was recorded, but for rounding."""
    if answer.how == "made" or answer.told is not None:
        return True
    recorded = wide(asked.recorded).cpu()
    values = _joined([terms.values.reshape(-1) for terms in answer.terms])
    total = values.sum().cpu()
    if not (recorded.is_floating_point() or recorded.is_complex()):
        return bool(total.to(torch.float64) == recorded.to(torch.float64))
    if not bool(torch.isfinite(recorded)) or not bool(torch.isfinite(total)):
        return bool((recorded == total) | (recorded.isnan() & total.isnan()))
    size = float(values.abs().sum()) + answer.scale
    kinds = [asked.tensor.dtype, *(dtype for _, dtype in asked.step.settings.casts)]
    kinds += [
        cells.numbers.dtype for terms in answer.terms for cells in terms.cells
        if cells.numbers.is_floating_point()
    ]  # fmt: skip
    coarse = max(
        torch.finfo(kind).eps for kind in kinds if kind.is_floating_point or kind.is_complex
    )
    least = 1e-154 if coarse < 1e-10 else 1e-19  # the square of a smaller one underflows
    return bool((recorded - total).abs() <= size * coarse * (16 + len(values) ** 0.5) + least)


def finished(
    ref: int, index: Index, answer: Answer, recorded: Number, limit: int | None
) -> Explanation:
    """The explanation of a cell that is ``recorded``, with the ``limit`` largest terms."""
    if answer.told is not None:
        regions = answer.regions or [r for cells in answer.more for r in cells.regions]
        return replace(
            answer.told, ref=ref, index=index, value=recorded, how=answer.how,
            sources=tuple(dict.fromkeys(regions)), exact=answer.exact, note=answer.note,
        )  # fmt: skip
    terms, rest, total = _largest(answer.terms, limit)
    quantities, regions = [], _regions(answer.terms)
    for one in answer.quantities:
        shown, left, sum_ = _largest(one.terms, limit)
        known = sum_ if one.value is None else one.value
        quantities.append(Quantity(one.symbol, known, one.formula, shown, left))
        regions += _regions(one.terms)
    regions += [region for cells in answer.more for region in cells.regions]
    if answer.regions is not None:
        regions = answer.regions
    return Explanation(
        ref, index, recorded, answer.how, answer.formula, terms, rest,
        tuple(quantities), tuple(dict.fromkeys(regions)),
        recorded if answer.how in ("made", "unknown") else total, answer.exact, answer.note,
    )  # fmt: skip


def _regions(terms: list[Terms]) -> list[Region]:
    return [region for one in terms for cells in one.cells for region in cells.regions]


def _largest(groups: list[Terms], limit: int | None) -> tuple[tuple[Term, ...], Rest, Number]:
    """The ``limit`` largest of all terms, what the others add up to, and the sum of all."""
    if not groups:
        return (), Rest(), 0
    kind = reduce(torch.promote_types, (one.values.dtype for one in groups))
    values = _joined([one.values.reshape(-1).to(kind) for one in groups])
    ranks = [one.values.reshape(-1).abs() if one.rank is None else one.rank for one in groups]
    sizes = _joined([rank.to(torch.float64) for rank in ranks])
    if bool(sizes.isnan().any()):
        sizes = sizes.nan_to_num(torch.inf)
    count = len(values) if limit is None else min(max(limit, 0), len(values))
    order = _order(sizes, count)
    starts, start = [], 0
    for one in groups:
        starts.append(start)
        start += one.values.numel()
    found = []
    for k in order.tolist():
        group = max(g for g, begin in enumerate(starts) if begin <= k and groups[g].values.numel())
        found.append(_term(groups[group], k - starts[group]))
    total = values.sum()
    rest = Rest()
    if count < len(values):
        left = total - values[order].sum()
        if not bool(torch.isfinite(left)):
            shown = set(order.tolist())
            left = values[[k for k in range(len(values)) if k not in shown]].sum()
        rest = Rest(len(values) - count, _number(left))
    return tuple(found), rest, _number(total)


def _joined(parts: list[Tensor]) -> Tensor:
    """All terms in a row, on the device where the first are."""
    if len(parts) == 1:
        return parts[0]
    return torch.cat([part.to(parts[0].device) for part in parts])


def _order(sizes: Tensor, count: int) -> Tensor:
    """The places of the ``count`` largest, the first of equal ones first."""
    if 0 < count < len(sizes):
        least = sizes.topk(count)[0][-1]
        above, level = (sizes > least).nonzero(), (sizes == least).nonzero()
        places = torch.cat([above, level[: count - len(above)]]).squeeze(1).sort()[0]
        return places[sizes[places].argsort(descending=True, stable=True)]
    return sizes.argsort(descending=True, stable=True)[:count]


def _term(group: Terms, k: int) -> Term:
    weight = None if group.weights is None else _number(group.weights[k])
    cells = tuple(_cell(cells, k) for cells in group.cells)
    return Term(_number(group.values[k]), cells, group.form, weight)


def _cell(cells: Cells, k: int) -> Cell:
    return Cell(cells.symbol, cells.ref, cells.at(k), _number(cells.numbers[k]))


def _number(tensor: Tensor) -> Number:
    number: Number = tensor.item()
    return number


def _found(
    script: Script, value: Get, ref: int, index: Sequence[int] | int
) -> tuple[Tensor, Index]:
    """The value and the place in it, negative ones counted from the end."""
    ref, place = known_cell(script, ref, index)
    known = script.values[ref]
    tensor = value(ref).detach()
    plain = tensor.layout is torch.strided and not has_own_rules(tensor)
    if not plain or tensor.is_nested or tensor.is_meta:
        raise Problem(
            "model",
            phrase("{name} is a {layout} tensor: its cells are not explained."),
            name=known.name, layout=_layout(tensor),
        )  # fmt: skip
    return tensor, place


def _layout(tensor: Tensor) -> str:
    """What keeps the cells of a tensor from being read one by one."""
    if tensor.is_nested or tensor.is_meta:
        return "nested" if tensor.is_nested else "meta"
    if has_own_rules(tensor):
        return type(tensor).__name__
    return str(tensor.layout).removeprefix("torch.")
