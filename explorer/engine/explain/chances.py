"""How likely one of several is drawn: a softmax that no op of the model computed."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from explorer.core.explanation import Explanation
from explorer.core.prediction import Chance
from explorer.core.problem import phrase
from explorer.engine.explain import finished
from explorer.engine.explain.asking import Along, Answer, Operand, Sum, Terms, constant, wide
from explorer.engine.predicting import drawn, left

_LEFT = phrase("K are those that top-k and top-p leave: the others are never drawn.")
_OUT = phrase("It is not among K, those that top-k and top-p leave: it is never drawn.")
_LIKELIEST = phrase("At temperature 0 it is always the likeliest that is drawn.")
_FIRST = phrase("At temperature 0 it is always the first of the likeliest that is drawn.")


def explain_chance(
    ref: int, value: Tensor, index: Sequence[int], chance: Chance, limit: int
) -> Explanation:
    """How likely the place ``index`` of the last axis of ``value`` (…, V), of which the ref is
    ``ref``, is drawn, by what is in that cell and in those beside it. The ``limit`` largest terms
    are told."""
    sampling, place = chance.sampling, tuple(index)
    T = sampling.temperature
    symbol = "y" if chance.probabilities else "z"
    x = Operand(symbol, ref, value.detach())
    own, row = x.cell(place), x.walked([x.shape[-1]], [*place[:-1], Along(0)])
    numbers = wide(row.numbers).cpu()
    logits = numbers.log() if chance.probabilities else numbers
    p = drawn(logits, sampling)[place[-1]].reshape(1)
    top = x.cell((*place[:-1], int(numbers.nan_to_num(-torch.inf).argmax())))
    m = Sum("m", f"max({symbol})", [Terms(symbol, [top], wide(top.numbers).cpu())])
    if T <= 0:
        tied = int((numbers == m.terms[0].values).sum()) > 1
        formula = f"p = 1 if {symbol} {'is the first' if tied else '='} m, else 0"
        answer = Answer("chance", formula, [Terms("p", [own], p)], [m])
        answer.note = _FIRST if tied else _LIKELIEST
    else:
        if chance.probabilities and T == 1:
            power, powers, formula = "y", numbers, "p = y / Z"
        elif chance.probabilities:
            power = "(y / m)^(1 / T)"
            powers, formula = (numbers / numbers.max()) ** (1 / T), f"p = {power} / Z"
        else:
            power = "exp(z − m)" if T == 1 else "exp((z − m) / T)"
            powers = ((numbers - numbers.max()) / T).exp()
            formula = f"p = softmax({'z' if T == 1 else 'z / T'}) = {power} / Z"
        kept = left(logits, sampling)
        few, cells = not kept.all(), row
        quantities = [Sum("T", value=T)] if T != 1 else []
        if few:
            at = kept.nonzero()
            before = torch.tensor(place[:-1], dtype=torch.int64).expand(len(at), -1)
            cells, powers = x.picked(torch.cat([before, at], 1)), powers[kept]
            cut = [f"top-k {sampling.top_k}"] if sampling.top_k else []
            cut += [f"top-p {sampling.top_p:g}"] if sampling.top_p < 1 else []
            quantities.append(Sum("|K|", ", ".join(cut), value=len(at)))
        quantities += [m] if power != "y" else []
        told = f"Σ {power}" + (" over K" if few else "")
        quantities.append(Sum("Z", told, [Terms(power, [cells], powers)]))
        inside = bool(kept[place[-1]])
        terms = [Terms(f"{power} / Z", [own], p)] if inside else [constant(0.0)]
        answer = Answer("chance", formula if inside else "p = 0", terms, quantities, more=[own])
        answer.note = (_LEFT if inside else _OUT) if few else ""
    answer.regions = row.regions
    return finished(ref, place, answer, float(p), limit)
