"""What every op does to axes. An op without a rule ties nothing: nothing is claimed of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import torch

from explorer.engine.axes.spaces import Spaces
from explorer.engine.script import Ref

Rule = Callable[[Spaces], None]
RULES: dict[str, Rule] = {}


def rule(ops: str) -> Callable[[Rule], Rule]:
    """Make a function the rule of these ops, by `naming.op_name` without ``_`` at its ends."""

    def noted(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(ops.split(), function))
        return function

    return noted


def tie(spaces: Spaces) -> None:
    """Apply every step's rule, in the order of execution."""
    for index, step in enumerate(spaces.script.steps):
        spaces.begin(step)
        found = _rule_of(spaces.script.op(index))
        first = step.kwargs.get("input")  # rules go by the order of what is read
        ordered = not isinstance(first, Ref) or first.index == step.reads[0]
        if found is not None and step.writes and ordered:
            try:
                found(spaces)
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
                spaces.forget()  # a form of the op that its rule does not foresee
        for before, after in step.changed:
            if spaces.rank(before) == spaces.rank(after):
                spaces.tie_all(spaces.axes(before), spaces.axes(after))
        _count(spaces, spaces.script.op(index).strip("_"))
        spaces.end()
    spaces.close()


def _count(spaces: Spaces, op: str) -> None:
    """Note along which axes positions differ in what is made of no input: by ``arange`` and the
    like, by a slice of a table, by what is written at some places."""
    step = spaces.step
    if op in _FRESH:
        spaces.own.update(step.results)
        return
    if op != "new_tensor" and not spaces.own.issuperset(step.needs):
        _count_places(spaces, op)
        return
    spaces.own.update(step.writes)
    written = op in _AT_PLACES or (bool(step.changed) and not _is_steady(op))
    for ref in step.writes:
        for place, node in enumerate(spaces.axes(ref), -spaces.rank(ref)):
            spread = op in _SPREAD and all(
                spaces.rank(read) < -place or spaces.single(spaces.axis(read, place))
                for read in step.reads
            )
            if written or not (spread or spaces.carries(node)):
                spaces.counted.add(node)


def _is_steady(op: str) -> bool:
    """Whether an op in place does the same everywhere."""
    return is_elementwise(op) or op in ("zero", "normal", "uniform", "exponential", "bernoulli")


_FRESH = frozenset({
    "zeros", "ones", "full", "empty", "rand", "randn", "randint", "new_zeros", "new_ones",
    "new_full", "new_empty", "zeros_like", "ones_like", "full_like", "empty_like", "rand_like",
    "randn_like", "randint_like",
})  # fmt: skip
_SPREAD = frozenset({"expand", "expand_as", "broadcast_to", "repeat", "tile", "repeat_interleave"})
_AT_PLACES = frozenset({
    "tril", "triu", "scatter", "scatter_add", "scatter_reduce", "index_add", "index_copy",
    "index_fill", "masked_scatter", "index_put", "fill_diagonal",
    "diagonal",
})  # fmt: skip


def _count_places(spaces: Spaces, op: str) -> None:
    """Along which axes some places of what the model made of its input are written or picked."""
    if not spaces.step.reads or (op not in _AT_PLACES and op != "setitem"):
        return
    axes = spaces.axes(spaces.step.reads[0])
    if op == "diagonal":
        axes = spaces.axes(spaces.step.results[0])[-1:]
    elif op in ("tril", "triu"):
        axes = axes[-2:]
    elif op.startswith(("index_", "scatter")) and op != "index_put":
        along = spaces.argument(1, "dim")
        if isinstance(along, int) and axes:
            axes = axes[along % len(axes) :][:1]
    elif op == "setitem":
        given = spaces.step.args[1]
        index = given if isinstance(given, tuple) else (given,)
        if all(isinstance(item, slice | int) for item in index):
            parted = zip(axes, index, strict=False)
            spaces.counted.update(node for node, item in parted if item != slice(None))
            return
    spaces.counted.update(axes)


def _results(spaces: Spaces) -> list[int]:
    """What the step returned, or made of its first argument in place."""
    step = spaces.step
    changed = [after for before, after in step.changed if before == step.reads[0]]
    return [*step.results] or changed


@rule(
    "dropout alpha_dropout feature_alpha_dropout dropout1d dropout2d dropout3d hardswish "
    "hardsigmoid logsigmoid softsign tanhshrink softshrink relu6 rrelu and or xor invert not "
    "floordiv floor_divide mod pow rsub rpow float_power bitwise_invert fill copy"
)
def pointwise(spaces: Spaces) -> None:
    """What is read meets the result from the right."""
    for out in _results(spaces):
        spaces.broadcast(spaces.step.reads, spaces.axes(out))


@rule(
    "clone to float half bfloat16 double long int bool byte type type_as contiguous detach "
    "data requires_grad cpu cuda zero tril triu zeros_like ones_like empty_like full_like "
    "rand_like randn_like bernoulli real imag conj resolve_conj normal uniform exponential "
    "prelu scatter scatter_add scatter_reduce index_add index_copy index_fill masked_scatter "
    "index_put"
)
def _itself(spaces: Spaces) -> None:
    """The first argument in shape, whatever the others are."""
    for out in _results(spaces):
        spaces.broadcast(spaces.step.reads[:1], spaces.axes(out))


@rule("where")
def _choice(spaces: Spaces) -> None:
    if len(spaces.step.args) + len(spaces.step.kwargs) == 3:
        pointwise(spaces)


@rule("softmax log_softmax softmin cumsum cumprod logcumsumexp")
def _along(spaces: Spaces) -> None:
    """Elementwise in shape, but the numbers along one axis depend on each other."""
    x = spaces.step.reads[0]
    pointwise(spaces)
    dim = spaces.argument(1, "dim")
    for axis in dims_of(dim, spaces.rank(x)) if spaces.rank(x) else ():
        spaces.mix(spaces.axis(x, axis))


@rule("gumbel_softmax normalize")
def _alike(spaces: Spaces) -> None:
    _itself(spaces)
    for node in spaces.axes(spaces.step.reads[0]):
        spaces.mix(node)


@rule("sort argsort")
def _sorted(spaces: Spaces) -> None:
    _moved_about(spaces, spaces.argument(1, "dim", -1))


@rule("topk")
def _best(spaces: Spaces) -> None:
    _moved_about(spaces, spaces.argument(2, "dim", -1))


@rule("msort flipud")
def _rows_moved(spaces: Spaces) -> None:
    _moved_about(spaces, 0)


@rule("fliplr")
def _columns_moved(spaces: Spaces) -> None:
    _moved_about(spaces, 1)


@rule("rot90")
def _turned(spaces: Spaces) -> None:
    _moved_about(spaces, None)


@rule("flip")
def _flipped(spaces: Spaces) -> None:
    several = spaces.step.args[1:]  # x.flip(0, 1)
    _moved_about(spaces, several if len(several) > 1 else spaces.argument(1, "dims"))


@rule("roll")
def _rolled(spaces: Spaces) -> None:
    along = spaces.argument(2, "dims")
    _moved_about(spaces, None if along == () else along)  # without any, as one long row


@rule("randperm")
def _order(spaces: Spaces) -> None:
    spaces.shuffle(spaces.axes(spaces.step.results[0]))


def _moved_about(spaces: Spaces, along: Any) -> None:
    """Along these axes the positions are others than before."""
    x = spaces.step.reads[0]
    dims = dims_of(spaces.step.kwargs.get("axis", along), spaces.rank(x)) if spaces.rank(x) else ()
    for out in spaces.step.results:
        for axis in range(spaces.rank(x)):
            if axis in dims:
                spaces.shuffle([spaces.axis(out, axis)])
            else:
                spaces.tie(spaces.axis(x, axis), spaces.axis(out, axis))


def dims_of(given: Any, rank: int) -> set[int]:
    """Axes as an op takes them: a number, several, None for all."""
    if given is None:
        return set(range(rank))
    return {dim % rank for dim in (given if isinstance(given, list | tuple) else [given])}


def is_elementwise(op: str) -> bool:
    """Whether an op, or its in-place form, goes by the rule of `pointwise`."""
    return _rule_of(op) is pointwise


@cache
def _rule_of(op: str) -> Rule | None:
    """The rule of an op; those that PyTorch itself tags as elementwise need none of their own."""
    name = op.strip("_")
    if name in RULES:
        return RULES[name]
    packet = getattr(torch.ops.aten, name, None)
    overloads = packet.overloads() if packet is not None else ()
    if any(torch.Tag.pointwise in getattr(packet, one).tags for one in overloads):
        return pointwise
    return None
