"""How a gradient came to be: the chain rule, with the numbers of one cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from explorer.core.explanation import Explanation
from explorer.core.problem import phrase
from explorer.engine.explain import finished
from explorer.engine.explain.asking import Answer, Operand, Terms, products
from explorer.engine.reach.calls import Call
from explorer.engine.reach.slopes import pushed
from explorer.engine.script import Script

_FORMULA = "∂L/∂x = Σ a · δ, with δ = ∂L/∂y and a = ∂y/∂x"


def explain_gradient(
    script: Script,
    value: Callable[[int], Tensor],
    gradients: Mapping[int, Tensor],
    refs: Mapping[int, int],
    ref: int,
    index: Sequence[int],
    limit: int | None,
) -> Explanation:
    """How cell ``index`` of the gradient of value ``ref`` came to be: a term for every cell y that
    an op computed from the cell x itself, the gradient of y times the slope of the op there.

    ``gradients`` are those of the pass by the ref of the value, ``refs`` what each of them is
    called in the explanation.
    """
    place = tuple(index)
    number = gradients[ref][place].item()
    terms: list[Terms] = []
    for event, step in enumerate(script.steps):
        if ref not in step.reads:
            continue
        along = torch.zeros_like(gradients[ref], memory_format=torch.contiguous_format)
        along[place] = 1
        call = Call(script, event, step, value)
        for made, slope in pushed(call, {ref: along}).items():
            if made in gradients:
                terms += _terms(Operand("δ", refs[made], gradients[made]), slope)
    if not terms:
        note = phrase("The loss itself: it changes as it changes, so its gradient is 1.")
        if number == 0:
            note = phrase(
                "Nothing comes back to this number: wherever it was used the slope is 0, or the "
                "loss does not depend on what was made of it."
            )
        elif any(ref in step.reads for step in script.steps):
            note = phrase("The slopes of the op that used this number cannot be told one by one.")
        answer = Answer("made", "", [], note=note)
    else:
        answer = Answer("sum", _FORMULA, terms)
    return finished(refs[ref], place, answer, number, limit)


def _terms(gradient: Operand, slope: Tensor) -> list[Terms]:
    places = slope.nonzero()
    if not len(places):
        return []
    weights = slope[tuple(places.unbind(1))] if places.shape[1] else slope.reshape(1)
    return [products("a · δ", gradient.picked(places), weight=weights)]
