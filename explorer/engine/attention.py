"""Attention maps on a tape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from explorer.engine.script import Script, Step

_MATMULS = frozenset({"matmul", "bmm", "mm", "baddbmm"})
_BETWEEN = frozenset({
    "add", "sub", "mul", "div", "masked_fill", "where", "to", "float", "view", "reshape", "add_",
    "mul_", "div_", "masked_fill_", "clamp", "tril", "contiguous", "nan_to_num", "type_as",
})  # fmt: skip


@dataclass(frozen=True)
class AttentionMap:
    """Attention found on a tape: ``weights`` (B, heads, Q, K) are the softmax's exact output."""

    module: str
    event: int
    value: int
    weights: Tensor
    causal: bool


def attention_maps(script: Script, value: Callable[[int], Tensor]) -> list[AttentionMap]:
    """Every attention map of a pass of which ``value(ref)`` gives the values.

    That is the output of a softmax over scores that a matmul made, where another matmul weighs
    its right operand with it. Dropout in between is looked through.
    """
    found = []
    for event in script.events():
        if event.op != "softmax" or not _reaches_matmul(script, script.steps[event.index]):
            continue
        ref = event.outputs[0]
        weights = value(ref)
        if weights.dim() < 2 or not _weighs(script, ref):
            continue
        Q, K = weights.shape[-2:]
        causal = Q == K and Q > 1 and not bool(weights.triu(1).any())
        found.append(AttentionMap(script.module(event), event.index, ref, weights, causal))
    return found


def _reaches_matmul(script: Script, step: Step) -> bool:
    """Whether elementwise steps alone lead from a matmul to a step's first input."""
    ref = step.reads[0]
    while (writer := script.writer(ref)) >= 0:
        before = script.steps[writer]
        if script.op(writer) in _MATMULS:
            return True
        if script.op(writer) not in _BETWEEN or not before.reads:
            return False
        shape = script.values[ref].shape
        ref = next((r for r in before.reads if script.values[r].shape == shape), before.reads[0])
    return False


def _weighs(script: Script, ref: int) -> bool:
    """Whether a value, dropout aside, is the left operand of a matmul."""
    for index, use in enumerate(script.steps):
        if use.reads[:1] == (ref,):
            if script.op(index) in _MATMULS:
                return True
            if script.op(index) in ("dropout", "to", "type_as", "view", "reshape"):
                return _weighs(script, use.results[0])
    return False
