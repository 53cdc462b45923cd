"""Attention maps on a tape: of hand-written attention, and inside of PyTorch's fused ops."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from explorer.engine.nesting import filled
from explorer.engine.script import Ref, Script, Step
from explorer.engine.textbook import TAKES_NESTED, attention_weights, textbook

Get = Callable[[int], Tensor]
Readers = Mapping[int, Sequence[int]]  # of each value, the steps that read it
# Products of two tensors, and which of the tensors they are given those are.
_MATMULS = {
    "matmul": (0, 1), "linalg_matmul": (0, 1), "bmm": (0, 1), "mm": (0, 1), "baddbmm": (1, 2),
    "addmm": (1, 2), "inner": (0, 1), "linear": (0, 1), "einsum": (0, 1), "tensordot": (0, 1),
}  # fmt: skip
_LAYERS = frozenset({"linear", "addmm"})  # but most of these are layers, which have weights
_BY_ROWS = frozenset({"linear", "inner"})  # of the right operand, too, the last axis is summed over
_BY_ANY_AXIS = frozenset({"einsum", "tensordot"})
_SOFTMAX = frozenset({"softmax", "softmin", "special_softmax", "_softmax"})
_LOG_SOFTMAX = ("log_softmax", "special_log_softmax", "_log_softmax")
# What may lie between: scales, masks, biases, a soft cap (tanh), a sink (cat), changes of shape.
_BETWEEN = frozenset({
    "add", "sub", "mul", "div", "neg", "masked_fill", "where", "tanh", "clamp", "tril", "cat",
    "nan_to_num", "dropout", "alpha_dropout", "getitem", "setitem", "to", "type", "type_as",
    "float", "half", "bfloat16", "double", "view", "reshape", "transpose", "permute", "unsqueeze",
    "squeeze", "flatten", "unflatten", "contiguous", "clone", "expand", "mT", "T", "swapaxes",
    "swapdims", "movedim", "max", "maximum", "min", "minimum", "pad", "normalize", "detach",
})  # fmt: skip
_COMPARING = frozenset({
    "eq", "ne", "lt", "le", "gt", "ge", "logical_not", "bitwise_not", "invert", "bool",
})  # fmt: skip
_CUTTING = frozenset({"masked_fill", "where", "mul", "tril", "triu", "setitem", "sub"})
_HIDES = 1e4  # so far below the others no score has any weight
_TURNING = frozenset({"mT", "T", "transpose", "swapaxes", "swapdims"})
_WITH_HEADS = frozenset({
    F.multi_head_attention_forward, torch._native_multi_head_attention,
    torch._transformer_encoder_layer_fwd,
})  # fmt: skip


@dataclass(frozen=True)
class AttentionMap:
    """Attention found on a tape, in the softmax of event ``event`` or inside of that fused event.

    ``value`` is the ref of the weights, −1 inside of a fused event: those are computed when they
    are asked for, from what the event was given.

    ``causal`` says that no query looks ahead. Of one token nothing is ahead, so its map tells
    nothing: there ``causal`` is what the mask was cut from, or what the op was told
    (``is_causal``), and False where neither is known. ``ahead`` says that what the last query takes
    from, itself or by way of others, certainly takes from keys after it: queries that nobody reads,
    as of padding, do not count.
    """

    module: str
    event: int
    value: int
    causal: bool
    ahead: bool
    _compute: Callable[[int | None], Tensor] = field(repr=False)
    _shape: tuple[int, ...] | None = field(default=None, repr=False)

    @property
    def shape(self) -> tuple[int, ...]:
        """That of ``weights``, which need not be computed for it where the op's inputs tell."""
        return tuple(self.weights.shape) if self._shape is None else self._shape

    @cached_property
    def weights(self) -> Tensor:
        """All heads: (…, heads, Q, K), before dropout; every row sums to 1."""
        return self._compute(None)

    def head(self, number: int) -> Tensor:
        """One head, (…, Q, K): of fused attention that is cheaper than all of them."""
        return self._compute(number).select(-3, 0)


def attention_maps(
    script: Script, value: Get, inside: Callable[[int], list[AttentionMap]]
) -> list[AttentionMap]:
    """Every attention map of a pass of which ``value(ref)`` gives the values.

    Hand-written attention is the output of a softmax over scores that a matmul made, where
    another matmul weighs its right operand with it; dropout in between is looked through.
    ``inside(event)`` gives the maps inside of a fused event.
    """
    found = []
    readers = first_readers(script)

    def got(given: Any) -> Any:  # values only when needed: not all may fit into memory at once
        return filled(given, Ref, lambda ref: value(ref.index))

    for event in script.events():
        step, module = script.steps[event.index], script.module(event)
        nested = bool(step.reads) and script.is_nested(step.reads[0])
        if nested and step.func not in TAKES_NESTED:
            continue  # sequences of different lengths have no map of one size
        if step.func is F.scaled_dot_product_attention:
            given = _arguments(step)
            given.pop("dropout_p", None)
            sight = _CAUSAL if given.get("is_causal") else _by_mask(got(given.get("attn_mask")))

            def weigh(head: int | None, given: dict[str, Any] = given) -> Tensor:
                return attention_weights(**got(given), head=head)

            query, key = (script.values[given[name].index].shape for name in ("query", "key"))
            shape = (*query[:-1], key[-2])
            found.append(AttentionMap(module, event.index, -1, *sight, weigh, shape))
        elif step.func in _WITH_HEADS:
            given = _arguments(step)
            mask = got(given.get("attn_mask", given.get("mask")))
            if isinstance(mask, Tensor) and mask.dtype is torch.bool:
                mask = ~mask  # here it says which keys do not count
            sight = _CAUSAL if given.get("is_causal") else _by_mask(mask)

            def opened(head: int | None, index: int = event.index) -> Tensor:
                weights = inside(index)[0].weights
                return weights if head is None else weights[..., head : head + 1, :, :]

            found.append(AttentionMap(module, event.index, -1, *sight, opened))
        elif scores_of(script, event.index, readers) >= 0:
            ref = event.outputs[0]

            def shown(head: int | None, ref: int = ref) -> Tensor:
                weights = value(ref)
                return weights if head is None else weights[..., head : head + 1, :, :]

            Q, K = script.values[ref].shape[-2:]
            sight = _UNKNOWN
            if Q == K == 1:
                masks = _masks(script, event.index)
                sight = _Sight(any(_is_triangle(value(one)) for one in masks), False)
            elif Q == K > 1 and not value(ref).is_meta:
                sight = _sight(value(ref) != 0)
                if _cuts_later(script, ref, readers):
                    sight = sight._replace(ahead=False)
            found.append(AttentionMap(module, event.index, ref, *sight, shown))
    return found


def _arguments(step: Step) -> dict[str, Any]:
    """The arguments of a fused op by name, with a `Ref` for each tensor."""
    function = textbook(step.func)
    assert function is not None
    return dict(inspect.signature(function).bind(*step.args, **step.kwargs).arguments)


class _Sight(NamedTuple):
    """See `AttentionMap`."""

    causal: bool
    ahead: bool


_CAUSAL, _UNKNOWN, _FREE = _Sight(True, False), _Sight(False, False), _Sight(False, True)


def _by_mask(mask: Any) -> _Sight:
    """As a mask (…, Q, K) has it, boolean for the keys that count or added to the scores."""
    if not isinstance(mask, Tensor):
        return _FREE
    K = mask.shape[-1] if mask.dim() > 1 else 0
    if mask.is_meta or K < 2 or mask.shape[-2] not in (1, K):
        return _UNKNOWN
    seen = mask
    if mask.dtype is not torch.bool:
        seen = (mask >= mask.amax(-1, keepdim=True) - _HIDES) & (mask > -torch.inf)
    return _sight(seen.expand(*seen.shape[:-2], K, K))


def _sight(seen: Tensor) -> _Sight:
    """Of what every query takes from, (…, K, K)."""
    seen = seen.reshape(-1, *seen.shape[-2:]).any(0)  # in any head
    later = seen.triu(1)
    if not later.any():
        return _Sight(bool(seen.any()), False)
    reached = torch.zeros_like(seen[0])
    more = reached.clone()
    more[-1] = True
    while not torch.equal(reached, more):
        reached, more = more, more | seen[more].any(0)
    return _Sight(False, bool(later[reached].any()))


def _cuts_later(script: Script, ref: int, readers: Readers) -> bool:
    """Whether something on the way from weights to what they weigh may hide keys."""
    waiting, met = [ref], {ref}
    while waiting:
        for index in readers.get(waiting.pop(), ()):
            if script.op(index).removesuffix("_") in _CUTTING:
                return True
            if not _operands(script, index) and _goes_on(script, index):
                waiting += [one for one in script.steps[index].writes if one not in met]
                met.update(script.steps[index].writes)
    return False


def _masks(script: Script, index: int) -> set[int]:
    """The square values from which the masks were cut that lie between scores and softmax."""
    first = _softmax_ending_at(script, index)
    waiting = list(first.reads[:1]) if first is not None else []
    met, found = set(waiting), set()
    while waiting:
        ref = waiting.pop()
        shape = script.values[ref].shape
        if len(shape) >= 2 and shape[-1] == shape[-2] > 1:
            found.add(ref)
        writer = script.writer(ref)
        if writer < 0 or script.op(writer).removesuffix("_") not in _BETWEEN | _COMPARING:
            continue
        reads = [one for one in script.steps[writer].reads if one not in met]
        waiting += reads
        met.update(reads)
    return found


def _is_triangle(mask: Tensor) -> bool:
    """Whether one value is ahead of the diagonal, and another everywhere else."""
    if mask.is_meta:
        return False
    above = torch.ones(mask.shape[-2:], dtype=torch.bool, device=mask.device).triu(1)
    ahead, back = mask[..., above], mask[..., ~above]
    one, other = ahead.flatten()[0], back.flatten()[0]
    return bool((ahead == one).all() and (back == other).all() and one != other)


def first_readers(script: Script) -> dict[int, list[int]]:
    """For every value the steps that read it as one of their first three."""
    found: dict[int, list[int]] = {}
    for index, step in enumerate(script.steps):
        for ref in {*step.reads[:3]}:
            found.setdefault(ref, []).append(index)
    return found


def scores_of(script: Script, index: int, readers: Readers) -> int:
    """The matmul that made the scores of a softmax over the last axis, if that is attention.

    −1 if it is not. ``readers`` are `first_readers`, ``index`` the last step of the softmax, which
    people also write as an exponential over its sum, or as that of a log_softmax.
    """
    first = _softmax_ending_at(script, index)
    if first is None:
        return -1
    product = _product_behind(script, first)
    if product < 0 or not _weighs(script, script.steps[index].results[0], readers):
        return -1
    return product


def _softmax_ending_at(script: Script, index: int) -> Step | None:
    """The step that is given the scores of a softmax over the last axis; often the last itself."""
    op, step = script.op(index).removesuffix("_"), script.steps[index]
    if op in _SOFTMAX:
        return step if _is_over_last(script, step) else None
    if op == "exp" and (before := _written(script, step.reads[0], *_LOG_SOFTMAX)) is not None:
        return before if _is_over_last(script, before) else None
    if op == "exp" and (less := _written(script, step.reads[0], "sub")) is not None:
        whole = less.reads[1] if len(less.reads) > 1 else -1
        total = _written(script, whole, "logsumexp") if whole >= 0 else None
        return less if total is not None and total.reads[0] == less.reads[0] else None
    if op == "div" and len(step.reads) == 2:
        whole = step.reads[1]
        shape = script.values[step.reads[0]].shape
        if len(shape) < 2 or script.values[whole].shape != (*shape[:-1], 1):
            return None
        while (
            between := _written(script, whole, "unsqueeze", "getitem", "add", "clamp")
        ) is not None:
            whole = between.reads[0]  # a small number may keep it from 0
        total = _written(script, whole, "sum")
        if total is not None and total.reads[0] == step.reads[0]:
            masked = _written(script, step.reads[0], "masked_fill", "where", "mul")
            return _written(script, step.reads[0] if masked is None else masked.reads[0], "exp")
    return None


def _is_over_last(script: Script, step: Step) -> bool:
    rank = len(script.values[step.results[0]].shape)
    dim = step.kwargs.get("dim", step.args[1] if len(step.args) > 1 else -1)
    return rank > 1 and dim in (-1, rank - 1)


def _written(script: Script, ref: int, *ops: str) -> Step | None:
    """The step that wrote a value, if it is one of these ops."""
    writer = script.writer(ref)
    if writer < 0 or script.op(writer).removesuffix("_") not in ops:
        return None
    return script.steps[writer]


def _product_behind(script: Script, step: Step) -> int:
    """The matmul from which elementwise steps alone lead to a step's first input, −1 if none."""
    ref = step.reads[0]
    while (writer := script.writer(ref)) >= 0:
        before = script.steps[writer]
        if _operands(script, writer):
            return writer
        if not _goes_on(script, writer) or not before.reads:
            return -1
        shape = script.values[ref].shape
        numbers = [r for r in before.reads if script.values[r].dtype != "bool"] or [before.reads[0]]
        ref = next((r for r in numbers if script.values[r].shape == shape), numbers[0])
    return -1


def _operands(script: Script, index: int) -> tuple[int, ...]:
    """What a step multiplies, if it is a product of two tensors and no layer with its weights."""
    op, reads = script.op(index).removesuffix("_"), script.steps[index].reads
    places = _MATMULS.get(op)
    if places is None or not reads or (len(reads) <= places[1] and op not in _BY_ANY_AXIS):
        return ()
    found = reads if op in _BY_ANY_AXIS else tuple(reads[place] for place in places)
    return () if op in _LAYERS and not _follows_from_input(script, found[1]) else found


def _follows_from_input(script: Script, ref: int) -> bool:
    """Whether a value was computed from anything that the model was given."""
    waiting, met = [ref], {ref}
    while waiting:
        now = waiting.pop()
        if script.values[now].kind == "input":
            return True
        if (writer := script.writer(now)) >= 0:
            waiting += (r for r in script.steps[writer].needs if r not in met)
            met.update(script.steps[writer].needs)
    return False


def _weighs(script: Script, ref: int, readers: Readers) -> bool:
    """Whether a value, masks and the like aside, weighs the other operand of a matmul: from the
    left, or turned from the right."""
    waiting, met = [(ref, False)], {ref}
    while waiting:
        now, turned = waiting.pop()
        for index in readers.get(now, ()):
            op, use = script.op(index), script.steps[index]
            if product := _operands(script, index):
                if op in _BY_ANY_AXIS or now == product[0]:
                    return True
                if now == product[1] and (turned or op in _BY_ROWS):
                    return True
            elif _goes_on(script, index) and (use.reads[0] == now or _mixes(script, index)):
                also = turned or op in _TURNING
                waiting += [(r, also) for r in use.writes if r not in met]
                met.update(use.writes)
    return False


def _goes_on(script: Script, index: int) -> bool:
    """Whether a step may lie between the products and the softmax; a largest score may not, only
    the larger of two."""
    op = script.op(index).removesuffix("_")
    return op in _BETWEEN and (op not in ("max", "min") or len(script.steps[index].reads) == 2)


def _mixes(script: Script, index: int) -> bool:
    """Whether a step scales weights, its second operand, by one number, or joins them to others:
    a gate does not, nor what adds them to a stream."""
    op, first = script.op(index).removesuffix("_"), script.steps[index].reads[0]
    if op == "where":  # in place of weights that do not count there is something else
        return True
    if op == "mul":
        return prod(script.values[first].shape) == 1
    if op not in ("add", "sub"):
        return False
    while (scaled := _written(script, first, "mul", "div", "dropout")) is not None:
        first = scaled.reads[0]
    return _written(script, first, "softmax") is not None
