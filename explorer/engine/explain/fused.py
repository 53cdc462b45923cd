"""Attention, and ops that are explained by looking inside of them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import torch

from explorer.core.explanation import Cell, Explanation, Region, Term
from explorer.core.ops import NETWORKS
from explorer.core.problem import Problem, phrase
from explorer.engine.explain.asking import (
    Along,
    Answer,
    Asked,
    Operand,
    Walk,
    block_regions,
    broadcast,
    products,
    wide,
)
from explorer.engine.explain.jacobian import NOISE, regions, slopes
from explorer.engine.explain.moves import whole
from explorer.engine.explain.rules import rule
from explorer.engine.memory import place_of
from explorer.engine.opening import inside


@rule("scaled_dot_product_attention")
def _attention(asked: Asked) -> Answer | None:
    """y = Σ over the keys of a · v, with a = softmax(q · kᵀ · scale + mask)."""
    given = asked.bind("query", "key", "value", "attn_mask", "dropout_p", "is_causal")
    if given.get("dropout_p"):
        return None
    q, k, v = (
        asked.operand(n, given[w]) for n, w in (("q", "query"), ("k", "key"), ("v", "value"))
    )
    *lead, t, channel = asked.index
    keys, width = k.shape[-2:]

    def place(one: Operand) -> list[int]:
        """Where the head is in a tensor with fewer heads, or a broadcast batch."""
        found = list(broadcast(tuple(lead), one.shape[:-2]))
        if given.get("enable_gqa") and found:
            found[-1] = lead[-1] * one.shape[-3] // q.shape[-3]
        return found

    query = q.walked([width], [*place(q), t, Along(0)])
    walk: Walk = [*place(k), Along(0), Along(1)]
    table = k.walked([keys, width], walk)
    scale = given.get("scale")
    scale = 1 / math.sqrt(width) if scale is None else scale
    scores = wide(table.numbers).reshape(keys, width) @ wide(query.numbers) * scale  # (S,)
    more = []
    if given.get("is_causal"):
        scores[t + 1 :] = -math.inf
    mask = asked.optional("mask", given.get("attn_mask"))
    if mask is not None:
        *head, row, _ = broadcast((*lead, t, 0), mask.shape)
        last = Along(0) if mask.shape[-1] > 1 else 0
        told = mask.walked([keys], [*head, row, last])
        if keys > 1 or told.numbers.dtype is torch.bool:
            more.append(told)
        if told.numbers.dtype is torch.bool:
            scores = scores.masked_fill(~told.numbers, -math.inf)
        else:
            scores = scores + wide(told.numbers)
    seen = (scores > -math.inf).nonzero().squeeze(1)
    if not len(seen):
        return Answer("made", "y = 0", [], more=more, note=phrase("The query may look at no key."))
    masked = mask is not None or given.get("is_causal")
    weights = scores[seen].softmax(0)
    first = place(v)
    cells = v.picked(
        torch.stack(
            [*(torch.full_like(seen, i) for i in first), seen, torch.full_like(seen, channel)], 1
        )
    )
    if len(seen) > 1:  # one alone has the weight 1, whatever the score is
        rows = whole(k)
        at = tuple(range(i, i + 1) for i in place(k))
        rows.regions = [
            Region(k.ref, (*at, *block.axes, range(width)))
            for block in block_regions(k.ref, seen.unsqueeze(1))
        ]
        more += [rows, query]
    return Answer(
        "sum", f"y = Σ a · v, with a = softmax(q · kᵀ · scale{' + mask' if masked else ''})",
        [products("a · v", cells, weight=weights)], more=more,
        note=phrase("Open the event to see how the weights a came to be."),
    )  # fmt: skip


def look_inside(asked: Asked) -> Answer | None:
    """The last step inside of a fused or composite op, copies aside; None if it has no inside.

    Its cells are on the tape of the inside, but for those that the op was given itself.
    """
    try:
        made = asked.opened(asked.number)
    except Problem:  # sequences of different lengths
        return None
    if made is None or not 0 <= asked.result < len(made.outputs):
        return None
    ref, index = made.outputs[asked.result], asked.index
    if made.values[ref].shape != tuple(asked.tensor.shape):
        return None
    given = _given(asked, made)
    while True:
        told: Explanation = made.explain(ref, index, asked.limit)
        if told.how != "copy" or not told.terms or told.terms[0].ref in given:
            break
        ref, index = told.terms[0].ref, told.terms[0].index
        if ref in given:
            break
    if told.how in ("source", "unknown", "made"):
        return None
    gap = abs(float(wide(asked.recorded).abs()) - abs(told.value))
    size = float(wide(asked.tensor).abs().nan_to_num(posinf=0.0).max())
    if told.value == told.value and gap > torch.finfo(asked.tensor.dtype).eps ** 0.5 * max(size, 1):
        return None

    def outside(cell: Cell) -> Cell:
        if not cell.inside and cell.ref in given:
            return replace(cell, ref=given[cell.ref])
        return replace(cell, inside=(asked.number, *cell.inside))

    def terms(those: tuple[Term, ...]) -> tuple[Term, ...]:
        return tuple(replace(one, cells=tuple(map(outside, one.cells))) for one in those)

    quantities = tuple(replace(one, terms=terms(one.terms)) for one in told.quantities)
    told = replace(told, terms=terms(told.terms), quantities=quantities)
    found = slopes(asked, kind=torch.float64)
    if found is None:
        found = slopes(asked, inside(asked.step), torch.float64)
    more = [] if found is not None else [whole(asked.operand("x", ref)) for ref in asked.refs]
    # slopes along time are products, each smaller than the one after it, and nothing cancels
    noise = 0.0 if asked.op in NETWORKS else NOISE
    return Answer(
        "copy" if told.how == "copy" else "inside", told.formula, [], more=more, told=told,
        regions=None if found is None else regions(found, noise), exact=told.exact,
        note=phrase("What the op did last; open the op to go further back."),
    )  # fmt: skip


def _given(asked: Asked, made: Any) -> dict[int, int]:
    """What the op was given, by its ref on the tape of the inside."""
    outer = {place_of(asked.value(ref.index)): ref.index for ref in asked.refs}
    found: dict[int, int] = dict(made.given)  # also where a copy was kept of what changes
    for ref, value in enumerate(made.values):
        place = place_of(made.script.tensors[ref]) if value.writer < 0 else None
        if place is not None and place in outer:
            found[ref] = outer[place]
    return found
