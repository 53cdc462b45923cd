"""Ops that make numbers from none: constants, random numbers, memory that nothing wrote."""

from __future__ import annotations

from explorer.core.problem import phrase
from explorer.engine.explain.asking import Answer, Asked, broadcast
from explorer.engine.explain.elementwise import moved
from explorer.engine.explain.rules import rule
from explorer.engine.script import Ref


@rule("fill", "zero", "full_like", "zeros_like", "ones_like", "new_zeros", "new_ones", "new_full",
      "zeros", "ones", "full", "eye", "arange", "linspace", "tensor", "scalar_tensor",
      "new_tensor", "as_tensor", "constant")  # fmt: skip
def _constant(asked: Asked) -> Answer:
    given = asked.bind("input", "value")
    number = given.get("value") if asked.op == "fill" else None
    if isinstance(number, Ref):
        return moved(asked.operand("x", number).cell(()))
    return Answer("made", "", [], note=phrase("A constant that the op wrote."))


@rule("rand_like", "randn_like", "randint_like", "uniform", "normal", "random", "exponential",
      "cauchy", "log_normal", "geometric", "bernoulli", "multinomial", "poisson", "binomial",
      "trunc_normal", "kaiming_uniform", "kaiming_normal", "xavier_uniform",
      "xavier_normal")  # fmt: skip
def _drawn(asked: Asked) -> Answer:
    by = asked.refs
    if asked.script.op(asked.number).endswith(("_", "_like")):
        by = by[1:]  # the first says no more than the shape
    more = []
    for ref in by:
        operand = asked.operand("p", ref)
        if asked.op != "multinomial":
            more.append(operand.cell(broadcast(asked.index, operand.shape)))
    return Answer("made", "", [], more=more, note=phrase("It was drawn at random."))


@rule("empty_like", "new_empty", "empty", "empty_strided", "new_empty_strided", "resize", "new",
      "resize_as")  # fmt: skip
def _unset(asked: Asked) -> Answer:
    return Answer("made", "", [], note=phrase("Nothing wrote it: it is what memory held."))
