"""Tables: embedding, bags of embeddings, one-hot."""

from __future__ import annotations

from typing import Any

import torch

from explorer.core.explanation import written
from explorer.core.problem import phrase
from explorer.engine.explain.asking import Along, Answer, Asked, Operand, Sum, Terms, products, wide
from explorer.engine.explain.elementwise import moved
from explorer.engine.explain.moves import whole
from explorer.engine.explain.picking import won
from explorer.engine.explain.rules import rule


@rule("embedding")
def _embedding(asked: Asked) -> Answer | None:
    given = asked.bind("input", "weight", "padding_idx", "max_norm", "norm_type")
    if asked.step.func is torch.embedding:
        given = asked.bind("weight", "indices")
        given["input"] = given["indices"]
    ids, W = asked.operand("i", given["input"]), asked.overwritten("W", given["weight"])
    if asked.result < 0:
        return _shortened(asked, given, ids)
    told = ids.cell(asked.index[:-1])
    row = int(told.numbers)
    if not 0 <= row < W.shape[0]:
        return None
    answer = moved(W.cell((row, asked.index[-1])), "y = W[i]")
    answer.terms[0].form = "W"
    answer.terms[0].cells[0].symbol = "W"
    answer.more = [told]
    return answer


def _shortened(asked: Asked, given: dict[str, Any], ids: Operand) -> Answer | None:
    """A row of the table after ``max_norm``: of those looked up, one that is longer is scaled."""
    W = asked.operand("W", given["weight"])
    own = W.cell(asked.index)
    row = W.walked([W.shape[1]], [asked.index[0], Along(0)])
    answer = moved(own)
    if bool(asked.recorded != own.numbers):
        p, longest = given.get("norm_type", 2.0), given["max_norm"]
        powers = wide(row.numbers).abs() ** p
        form = f"{written(longest)} · x / S ^ (1 / {written(p)})"
        value = wide(own.numbers) * longest / (powers.sum() ** (1 / p) + 1e-7)
        S = Sum("S", f"Σ |x| ^ {written(p)}", [Terms(f"|x| ^ {written(p)}", [row], powers)])
        answer = Answer("function", f"y = {form}", [Terms(form, [own], value)], [S])
    answer.more = [whole(ids), row] if bool((ids.tensor == asked.index[0]).any()) else []
    return answer


@rule("embedding_bag")
def _embedding_bag(asked: Asked) -> Answer | None:
    given = asked.bind(
        "input", "weight", "offsets", "max_norm", "norm_type", "scale_grad_by_freq", "mode",
        "sparse", "per_sample_weights", "include_last_offset", "padding_idx",
    )  # fmt: skip
    mode = given.get("mode", "mean")
    if asked.step.func is torch.embedding_bag:
        return None
    ids, W = asked.operand("i", given["input"]), asked.overwritten("W", given["weight"])
    if asked.result < 0:
        return _shortened(asked, given, ids)
    weights = asked.optional("a", given.get("per_sample_weights"))
    bag, column = asked.index
    more = []
    if len(ids.shape) == 2:
        places = torch.tensor([[bag, k] for k in range(ids.shape[1])]).reshape(-1, 2)
    else:
        offsets = asked.operand("o", given["offsets"])
        starts = offsets.tensor.tolist()
        end = starts[bag + 1] if bag + 1 < len(starts) else len(ids.tensor)
        places = torch.arange(starts[bag], end).reshape(-1, 1)
        more = [offsets.cell([b]) for b in (bag, bag + 1) if b < len(starts)]
    padding = given.get("padding_idx")
    if padding is not None and len(places):
        padding %= W.shape[0]
        kept = ids.tensor[tuple(places.unbind(1))].cpu() != padding
        more.append(ids.picked(places[~kept]))
        places = places[kept]
    if not len(places):
        return Answer("made", "y = 0", [], more=more, note=phrase("The bag is empty."))
    told = ids.picked(places)
    rows = told.numbers.to(torch.int64)
    cells = W.picked(torch.stack([rows, torch.full_like(rows, column)], 1))
    more.append(told)
    if mode == "max":
        answer = won(cells, int(cells.numbers.argmax()), "y = max of W[i]", wide(cells.numbers))
    elif mode == "mean":
        n = len(rows)
        terms = products(f"W / {n}", cells, factor=1 / n)
        answer = Answer("sum", f"y = Σ W[i] / {n}", [terms])
    elif weights is not None:
        answer = Answer("sum", "y = Σ a · W[i]", [products("a · W", weights.picked(places), cells)])
    else:
        answer = Answer("sum", "y = Σ W[i]", [products("W", cells)])
    answer.more = more
    return answer


@rule("one_hot")
def _one_hot(asked: Asked) -> Answer:
    ids: Operand = asked.operand("i", asked.bind("input")["input"])
    cell = ids.cell(asked.index[:-1])
    place = asked.index[-1]
    value = (wide(cell.numbers) == place).to(torch.int64)
    return Answer(
        "function", f"y = 1 if i = {place}, else 0", [Terms(f"(i = {place})", [cell], value)]
    )
