"""Stand-ins: for every family of ops a linear function that has the same dependences.

A stand-in takes *leaves*, float numbers in place of the values that an event reads, and gives
numbers in place of those that it writes: a cell there depends on a cell here if, and only if, its
coefficient is not 0. No coefficient is negative where an op is known, so nothing cancels. Views
and copies are their own stand-ins; a norm stands for a sum, a product for one with ones wherever
the other factor is not 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from explorer.core.ops import shape_only
from explorer.engine.explain.asking import refs_in
from explorer.engine.explain.elementwise import is_pointwise
from explorer.engine.nesting import tensors
from explorer.engine.reach.calls import Board, Call, Leaves, NoRule
from explorer.engine.replay import perform
from explorer.engine.script import Ref, Step

Rule = Callable[[Call, Leaves], Any]

RULES: dict[str, Rule] = {}


def rule(*ops: str) -> Callable[[Rule], Rule]:
    """Make a function the stand-in of these ops, by `naming.op_name` without the ``_`` of
    in-place ones."""

    def noted(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(ops, function))
        return function

    return noted


def rule_of(step: Step, name: str) -> Rule | None:
    """The stand-in of a step, None if nothing is known of its op."""
    op = name.strip("_")
    own = RULES.get(op)
    if own is None and (shape_only(op) or op.startswith(_MADE)):
        return _nothing
    if own is None and is_pointwise(op):
        return pointwise
    return own


def spread(call: Call, rule: Rule, leaves: Leaves) -> dict[int, Tensor]:
    """What stands for the values that an event writes, by ref. Raises `NoRule` if this rule cannot
    say."""
    step = call.step
    made = list(tensors(rule(call, leaves)))
    found = dict(zip(step.results, made, strict=False))
    afters = {after for _, after in step.changed}
    if rule is whole or (step.results and afters.isdisjoint(step.results)):
        for own in step.writes:
            if own not in found:  # beside its result, as running statistics
                found[own] = _all(call, leaves, own)
    elif step.changed:
        found |= _written(call, leaves, made[0])
    if any(tuple(one.shape) != call.shape(own) for own, one in found.items()):
        raise NoRule("another shape")
    return found


def _written(call: Call, leaves: Leaves, content: Tensor) -> dict[int, Tensor]:
    """What becomes of the memory that a step writes ``content`` into."""
    step = call.step
    before, after = next(pair for pair in step.changed if pair[0] in step.reads)
    found = {after: content}
    if len(step.changed) == 1:
        return found

    def number(own: int) -> Tensor:
        return call.leaf_or_zero(Ref(own), leaves) * 1.0

    board = Board(step, number)
    board.placed(before).copy_(content)
    for one, other in step.changed:
        found.setdefault(other, board.placed(one))
    return found


def _all(call: Call, leaves: Leaves, own: int) -> Tensor:
    """Every cell of a value depends on every cell."""
    total = sum((leaf.sum().to(call.device(own)) for leaf in leaves.values()), torch.zeros(()))
    assert isinstance(total, Tensor)
    return total.to(call.device(own)).expand(call.shape(own))


def whole(call: Call, leaves: Leaves) -> list[Tensor]:
    """Of an op that nobody knows, everything depends on everything."""
    return [_all(call, leaves, own) for own in call.step.results]


def _nothing(call: Call, leaves: Leaves) -> list[Tensor]:
    """What an op makes of a shape alone."""
    return [torch.zeros(call.shape(own), device=call.device(own)) for own in call.step.results]


_MADE = (
    "zeros", "ones", "full", "empty", "arange", "linspace", "logspace", "eye", "rand", "zero",
    "normal", "uniform",
)  # fmt: skip


# ---------------------------------------------------------------- numbers that move

MOVES = frozenset((
    "view", "reshape", "transpose", "permute", "expand", "squeeze", "unsqueeze", "flatten",
    "unflatten", "chunk", "split", "split_with_sizes", "tensor_split", "unbind", "narrow", "select",
    "T", "mT", "H", "mH", "t", "diagonal", "movedim", "moveaxis", "swapaxes", "swapdims", "unfold",
    "view_as", "reshape_as", "expand_as", "broadcast_to", "ravel", "hsplit", "vsplit", "dsplit",
    "slice", "adjoint", "iter", "unsafe_chunk", "unsafe_split", "broadcast_tensors", "meshgrid",
    "atleast_1d", "atleast_2d", "atleast_3d", "cat", "concat", "concatenate", "stack", "hstack",
    "vstack", "dstack", "column_stack", "row_stack", "flip", "fliplr", "flipud", "roll", "rot90",
    "repeat", "tile", "pad", "tril", "triu", "diag", "diag_embed", "diagflat", "block_diag",
    "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "native_channel_shuffle", "fold",
    "cartesian_prod", "real", "zero_pad", "trace", "select_scatter", "slice_scatter",
    "diagonal_scatter", "constant_pad_nd",
))  # fmt: skip
_COPIES = frozenset((
    "to", "type", "float", "double", "half", "bfloat16", "int", "long", "short", "clone",
    "contiguous", "detach", "data", "alias", "cpu", "cuda", "identity", "type_as",
))  # fmt: skip
# windows with weights of their own, and dropout: linear in what they are given, too
_LINEAR = (
    "avg_pool1d", "avg_pool2d", "avg_pool3d", "adaptive_avg_pool1d", "adaptive_avg_pool2d",
    "adaptive_avg_pool3d", "interpolate", "upsample", "upsample_nearest", "upsample_bilinear",
    "cumsum", "sum_to_size",
)  # fmt: skip
# ops that an index tells what to move: the arguments that are indices, by place and name
INDEXED: dict[str, tuple[tuple[int, str], ...]] = {
    "getitem": ((1, "indices"),), "index": ((1, "indices"),), "index_select": ((2, "index"),),
    "gather": ((2, "index"),), "take": ((1, "index"),), "take_along_dim": ((1, "indices"),),
    "embedding": ((0, "input"),), "masked_select": ((1, "mask"),), "masked_fill": ((1, "mask"),),
    "where": ((0, "condition"),), "scatter": ((2, "index"),), "scatter_add": ((2, "index"),),
    "index_add": ((2, "index"),), "index_copy": ((2, "index"),), "index_fill": ((2, "index"),),
    "index_put": ((1, "indices"),), "setitem": ((1, "key"),), "masked_scatter": ((1, "mask"),),
    "repeat_interleave": ((1, "repeats"),), "grid_sample": ((1, "grid"),),
}  # fmt: skip
_IN_PLACE = frozenset((
    "setitem", "scatter", "scatter_add", "index_add", "index_copy", "index_fill", "index_put",
    "masked_fill", "masked_scatter", "tril", "triu",
))  # fmt: skip


@rule(*MOVES, *_LINEAR, *INDEXED)
def _moved(call: Call, leaves: Leaves) -> Any:
    """The op itself; indices stay as they are, and what they choose depends on them as well."""
    places = INDEXED.get(call.op, ())
    fixed = [call.step.args[n] for n, _ in places if n < len(call.step.args)]
    fixed += [call.step.kwargs[name] for _, name in places if name in call.step.kwargs]
    indices = [ref for one in fixed for ref in refs_in(one)]
    held = {id(ref) for ref in indices}
    writes = call.step.changed and call.op in _IN_PLACE
    content: list[Tensor] = []
    if call.step.kwargs.get("mode") == "bicubic":
        raise NoRule("weights of both signs may cancel")

    def swap(ref: Ref) -> Tensor:
        if id(ref) in held:
            return call.value(ref.index).detach()
        leaf = call.leaf_or_zero(ref, leaves)
        if writes and not content:
            leaf = leaf.clone()
            content.append(leaf)
        return leaf

    made = call.run(swap)
    if writes:
        made = content[0]
    chosen = [leaves[ref.index] for ref in indices if ref.index in leaves]
    if not chosen:
        return made
    return [one + _by_index(call, leaves, indices, one) for one in tensors(made)]


def _by_index(call: Call, leaves: Leaves, indices: list[Ref], made: Tensor) -> Tensor:
    """What stands for indices where they have chosen a number."""
    shape = tuple(made.shape)
    if call.op in ("gather", "take", "take_along_dim", "masked_fill", "where"):
        (ref,) = indices
        leaf = leaves[ref.index]
        return leaf.reshape(-1) if leaf.dim() > len(shape) else leaf.expand(shape)
    if call.op == "embedding":
        return leaves[indices[0].index].unsqueeze(-1).expand(shape)
    if call.op == "index_select":
        dim = call.bind("input", "dim", "index")["dim"] % max(1, len(shape))
        leaf = leaves[indices[0].index].reshape([-1 if d == dim else 1 for d in range(len(shape))])
        return leaf.expand(shape)
    if call.op == "grid_sample":
        return leaves[indices[0].index].sum(-1).unsqueeze(1).expand(shape)
    alone = len(call.step.args) > 1 and call.step.args[1] is indices[0]
    if call.op in ("getitem", "index") and alone:
        ref = indices[0]
        if call.script.values[ref.index].dtype not in ("bool", "uint8"):
            leaf = leaves[ref.index]
            rest = len(shape) - leaf.dim()
            return leaf.reshape(*leaf.shape, *(1,) * rest).expand(shape)
    return sum(leaves[ref.index].sum() for ref in indices if ref.index in leaves) + made * 0


def only_moves(call: Call) -> bool:
    """Whether an op gives numbers on as they are."""
    return call.op in MOVES or call.op in _COPIES


def embedded(call: Call, leaves: Leaves) -> dict[int, Tensor]:
    """What stands for the rows of a table where each index that chose one has the whole of it."""
    given = call.bind("input", "weight")
    leaf = call.leaf(given.get("input"), leaves)
    if leaf is None:
        return {}
    (own,) = call.step.results
    return {own: leaf.unsqueeze(-1) * call.value(own).detach().float()}


@rule("dropout", "dropout1d", "dropout2d", "dropout3d", "feature_dropout", "alpha_dropout",
      "feature_alpha_dropout")  # fmt: skip
def _dropped(call: Call, leaves: Leaves) -> Tensor:
    """What was dropped is the same, whatever it was."""
    given = call.bind("input")["input"]
    leaf = call.leaf_or_zero(given, leaves)
    if call.step.rng is None:
        return leaf
    (own,) = call.step.results
    other = perform(
        call.step, lambda ref: call.value(ref) + 1 if ref == given.index else call.value(ref)
    )
    return leaf * (other[own] != call.value(own))


@rule("copy")
def _copied(call: Call, leaves: Leaves) -> Tensor:
    given = call.bind("input", "src")
    return call.leaf_or_zero(given["src"], leaves).expand(call.out)


@rule("fill")
def _filled(call: Call, leaves: Leaves) -> Tensor:
    leaf = call.leaf(call.bind("input", "value")["value"], leaves)
    return torch.zeros(call.out, device=call.device(call.step.writes[0])) + (
        0 if leaf is None else leaf
    )


# ---------------------------------------------------------------- numbers that meet


def pointwise(call: Call, leaves: Leaves) -> Tensor:
    """Every cell depends on the cells that meet it."""
    total = torch.zeros(call.out, device=call.device(call.step.writes[0]))
    refs = call.refs()
    if call.op in ("type_as", "to"):
        refs = refs[:1]
    for ref in refs:
        leaf = call.leaf(ref, leaves)
        if leaf is not None:
            others = [one for one in refs if one is not ref]
            total = total + _cut(call, ref, leaf, others).to(total.device)
    return total


def _cut(call: Call, ref: Ref, leaf: Tensor, others: list[Ref]) -> Tensor:
    """A leaf, 0 where another number decides alone: 0 in a product, −∞ of a mask in a sum."""
    if len(others) != 1 or call.op not in ("mul", "div", "add", "sub", "rsub"):
        return leaf
    other = call.value(others[0].index).detach()
    if call.op in ("add", "sub", "rsub"):
        return leaf * ~is_mask(other) if other.is_floating_point() else leaf
    if call.op == "div":  # 0 divided by anything
        divisor = isinstance(call.step.args[-1], Ref) and call.step.args[-1] is ref
        return leaf * (other != 0) if divisor else leaf
    if bool((other != 0).all()):
        return leaf
    own = call.value(ref.index).detach()
    return leaf * ((other != 0) | (own == 0))


def is_mask(tensor: Tensor) -> Tensor:
    """Where a number is −∞ or ∞, or as good as −∞ for its type."""
    return tensor.isinf() | (tensor <= torch.finfo(tensor.dtype).min / 2)


def _summed(call: Call, ref: Ref, factors: list[Ref]) -> int:
    """The axis of a factor over which alone its numbers come together, as the other one has no 0; 0
    if that is not so."""
    other = next(one for one in factors if one is not ref)
    plain = not call.step.kwargs and all(len(call.shape(one.index)) > 1 for one in factors)
    if is_linear(call) and ref is call.bind("input")["input"]:
        axis = -1
    elif call.step.func in _PRODUCTS and plain:
        axis = -1 if ref is factors[0] else -2
    else:
        return 0
    return axis if bool(call.value(other.index).detach().all()) else 0


def is_linear(call: Call) -> bool:
    """Whether it is a linear layer, with a matrix of weights."""
    if call.step.func is not torch.nn.functional.linear:
        return False
    return len(call.shape(call.bind("input", "weight")["weight"].index)) == 2


_PRODUCTS = (
    torch.matmul, torch.Tensor.matmul, torch.Tensor.__matmul__, torch.mm, torch.Tensor.mm,
    torch.bmm, torch.Tensor.bmm,
)  # fmt: skip
_BIASED = {"linear", *(f"conv{n}d" for n in (1, 2, 3)),
           *(f"conv_transpose{n}d" for n in (1, 2, 3)), "bilinear"}  # fmt: skip
_ADDED = {"addmm", "addbmm", "baddbmm", "addmv", "addr"}


@rule(
    *_BIASED, *_ADDED, "matmul", "mm", "bmm", "mv", "dot", "inner", "outer", "ger", "einsum",
    "tensordot", "vdot", "kron", "chain_matmul", "multi_dot", "linalg_multi_dot",
)  # fmt: skip
def _product(call: Call, leaves: Leaves) -> Any:
    """Sums of products: each factor in turn, where the others are not 0, then what is added."""
    refs = call.refs()
    added: list[Ref] = []
    if call.op in _BIASED:
        bias = call.step.kwargs.get("bias")
        at = 3 if call.op == "bilinear" else 2
        bias = call.step.args[at] if len(call.step.args) > at else bias
        added = [bias] if isinstance(bias, Ref) else []
    elif call.op in _ADDED:
        added = refs[:1]
    factors = [ref for ref in refs if all(ref is not one for one in added)]
    two = len(factors) == 2
    parts: list[Tensor] = []

    def ran(turn: Ref, leaf: Tensor, seen: Callable[[Tensor], Tensor]) -> None:
        def swap(ref: Ref) -> Tensor:
            if ref is turn:
                return leaf
            other = call.value(ref.index).detach()
            alone = any(one is turn or one is ref for one in added)
            return (torch.zeros_like(other) if alone else seen(other)).to(leaf.dtype)

        parts.append(call.run(swap))

    for ref in refs:
        leaf = call.leaf(ref, leaves)
        if leaf is None:
            continue
        if two and (dim := _summed(call, ref, factors)):
            parts.append(leaf.sum(dim, keepdim=True).expand(call.out))
            continue
        ran(ref, leaf, lambda other: other != 0)
        if any(one is ref for one in added):
            continue
        none = call.value(ref.index).detach() == 0
        if bool(none.any()):
            # where both are 0, each of them could be another number: one of them must count
            ran(ref, leaf * none, lambda other: (other == 0) | (not two))
    if not parts:
        raise NoRule("no factor has a leaf")
    return sum(parts[1:], parts[0])
