"""What views and reductions do to axes: they keep, move, drop, cut or join them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from explorer.engine.axes.rules import dims_of, pointwise, rule
from explorer.engine.axes.spaces import Spaces
from explorer.engine.nesting import filled
from explorer.engine.script import Ref


@rule(
    "transpose permute T mT H mH t adjoint movedim moveaxis swapaxes swapdims select unbind "
    "narrow sum mean amax amin argmax argmin any all std var norm logsumexp prod std_mean "
    "var_mean median mode count_nonzero nansum nanmean aminmax diagonal"
)
def _probed(spaces: Spaces) -> None:
    """Ops that keep, move or drop whole axes: seen by running them on sizes all different."""
    step = spaces.step
    x, largest = step.reads[0], max(spaces.values[step.reads[0]].shape, default=0)
    if len(step.reads) != 1:
        return
    primes = _primes(spaces.rank(x), largest)
    args, kwargs = filled(
        (step.args, step.kwargs), Ref, lambda _: torch.empty(primes, device="meta")
    )
    kwargs.pop("out", None)
    try:
        result = step.func(*args, **kwargs)
    except (RuntimeError, IndexError, TypeError):  # not for these sizes or this dtype
        return
    results = result if isinstance(result, tuple | list) else (result,)
    for made, out in zip(results, step.results, strict=False):
        if made.dim() == spaces.rank(out):
            for axis, size in enumerate(made.shape):
                if size in primes:
                    spaces.tie(spaces.axis(x, primes.index(size)), spaces.axis(out, axis))


def _primes(count: int, above: int) -> list[int]:
    found: list[int] = []
    number = max(above, 10) + 1
    while len(found) < count:
        if all(number % divisor for divisor in range(2, int(number**0.5) + 1)):
            found.append(number)
        number += 1
    return found


@rule("max min")
def _larger(spaces: Spaces) -> None:
    """`max` and `min` of two tensors; along an axis they are reductions."""
    if len(spaces.step.reads) == 2:
        pointwise(spaces)
    else:
        _probed(spaces)


@rule("squeeze")
def _squeeze(spaces: Spaces) -> None:
    x, out = spaces.step.reads[0], spaces.step.results[0]
    dims = spaces.argument(1, "dim")
    shape = spaces.values[x].shape
    gone = {d for d in dims_of(dims, spaces.rank(x)) if shape[d] == 1} if shape else set()
    left = [node for axis, node in enumerate(spaces.axes(x)) if axis not in gone]
    if len(left) == spaces.rank(out):
        spaces.tie_all(left, spaces.axes(out))


@rule("unsqueeze")
def _unsqueeze(spaces: Spaces) -> None:
    x, out = spaces.step.reads[0], spaces.step.results[0]
    new = spaces.argument(1, "dim") % spaces.rank(out)
    spaces.tie_all(spaces.axes(x), [n for i, n in enumerate(spaces.axes(out)) if i != new])


@rule("view reshape flatten unflatten view_as reshape_as")
def _reshape(spaces: Spaces) -> None:
    x, out = spaces.step.reads[0], spaces.step.results[0]
    spaces.regroup(spaces.axes(x), spaces.axes(out))


@rule("expand expand_as broadcast_to repeat tile repeat_interleave")
def _expanded(spaces: Spaces) -> None:
    spaces.broadcast(spaces.step.reads[:1], spaces.axes(spaces.step.results[0]))


@rule("pad")
def _padded(spaces: Spaces) -> None:
    """What is added at one end and cut off at the other moves all positions between."""
    x, out = spaces.step.reads[0], spaces.step.results[0]
    widths = spaces.argument(1, "pad")
    for axis in range(-spaces.rank(x), 0):
        if any(widths[-2 * axis - 2 : -2 * axis]):
            spaces.shuffle([spaces.axis(out, axis)])
        else:
            spaces.tie(spaces.axis(x, axis), spaces.axis(out, axis))


@rule("chunk split split_with_sizes tensor_split unsafe_split unsafe_chunk")
def _split(spaces: Spaces) -> None:
    """Along one axis into several."""
    x = spaces.step.reads[0]
    cut = spaces.argument(2, "dim", 0) % spaces.rank(x)
    for out in spaces.step.results:
        for axis in range(spaces.rank(x)):
            if axis != cut:
                spaces.tie(spaces.axis(x, axis), spaces.axis(out, axis))
    spaces.used.add(spaces.axis(x, cut))


@rule("cat concat concatenate")
def _joined(spaces: Spaces) -> None:
    out = spaces.step.results[0]
    if not spaces.rank(out):
        return
    along = spaces.argument(1, "dim", 0) % spaces.rank(out)
    for x in spaces.step.reads:
        if spaces.rank(x) == spaces.rank(out):
            for axis in range(spaces.rank(x)):
                if axis != along:
                    spaces.tie(spaces.axis(x, axis), spaces.axis(out, axis))
    for x in spaces.step.reads:
        if spaces.rank(x) == spaces.rank(out):
            spaces.used.add(spaces.axis(x, along))


@rule("stack")
def _stacked(spaces: Spaces) -> None:
    out = spaces.step.results[0]
    new = spaces.argument(1, "dim", 0) % spaces.rank(out)
    rest = [node for axis, node in enumerate(spaces.axes(out)) if axis != new]
    for x in spaces.step.reads:
        spaces.tie_all(spaces.axes(x), rest)


@rule("gather take_along_dim")
def _gathered(spaces: Spaces) -> None:
    """``gather(x, dim, index)``: the result is as the index; the other axes are those of x."""
    x, index = spaces.value(0, "input"), spaces.value(2, "index")
    if x is None or index is None:
        return
    out, along = spaces.step.results[0], spaces.argument(1, "dim") % spaces.rank(x)
    spaces.tie_all(spaces.axes(index), spaces.axes(out))
    for axis in range(spaces.rank(x)):
        if axis != along:
            spaces.tie(spaces.axis(x, axis), spaces.axis(out, axis))
    _picked(spaces, spaces.axis(x, along), [spaces.axis(out, along)])


@rule("glu")
def _halved(spaces: Spaces) -> None:
    """A gated linear unit: one half of an axis gates the other."""
    x, out = spaces.step.reads[0], spaces.step.results[0]
    along = spaces.argument(1, "dim", -1) % spaces.rank(x)
    for axis in range(spaces.rank(x)):
        if axis != along:
            spaces.tie(spaces.axis(x, axis), spaces.axis(out, axis))


@rule("getitem")
def _indexed(spaces: Spaces) -> None:
    """``x[…]``: whole slices keep an axis, numbers drop it, index tensors bring their own."""
    step = spaces.step
    x, out = step.reads[0], step.results[0]
    index = step.args[1] if isinstance(step.args[1], tuple) else (step.args[1],)
    plain = (Ref, slice, int, type(None), type(...))
    tensors = [item.index for item in index if isinstance(item, Ref)]
    if any(not isinstance(item, plain) or isinstance(item, bool) for item in index) or any(
        spaces.values[ref].dtype in ("bool", "uint8") for ref in tensors
    ):
        spaces.shuffle(spaces.axes(out))
        return
    taken = sum(item is not None and item is not Ellipsis for item in index)
    rest = [slice(None)] * (spaces.rank(x) - taken)
    if Ellipsis in index:
        at = index.index(Ellipsis)
        index = (*index[:at], *rest, *index[at + 1 :])
    else:
        index = (*index, *rest)
    places = [i for i, item in enumerate(index) if isinstance(item, Ref)]
    if places and (places[-1] - places[0] >= len(places) or any(map(_is_number, index))):
        spaces.shuffle(spaces.axes(out))
        return  # their axes go to the front
    width = max((spaces.rank(ref) for ref in tensors), default=0)
    source, target = 0, 0
    here = spaces.axes(out)[:0]
    for place, item in enumerate(index):
        if isinstance(item, Ref):
            if place == places[0]:
                here = spaces.axes(out)[target : target + width]
                for ref in tensors:
                    spaces.meet(spaces.axes(ref), here, alone=len(tensors) == 1)
                target += width
            _picked(spaces, spaces.axis(x, source), here)
            source += 1
        elif item is None:
            target += 1
        elif _is_number(item):
            source += 1
        else:
            if item.step in (None, 1) and target < spaces.rank(out):
                spaces.tie(spaces.axis(x, source), spaces.axis(out, target))
            source, target = source + 1, target + 1


def _picked(spaces: Spaces, source: int, out: Sequence[int]) -> None:
    """As many positions as there were, taken by an index, may be in any order."""
    if not spaces.single(source):
        spaces.shuffle(node for node in out if spaces.same(source, node))


def _is_number(item: Any) -> bool:
    return isinstance(item, int)


@rule("index_select")
def _index_select(spaces: Spaces) -> None:
    x, index = spaces.value(0, "input"), spaces.value(2, "index")
    if x is None or index is None:
        return
    out, along = spaces.step.results[0], spaces.argument(1, "dim") % spaces.rank(x)
    for axis in range(spaces.rank(x)):
        if axis != along:
            spaces.tie(spaces.axis(x, axis), spaces.axis(out, axis))
        elif spaces.rank(index) == 1:
            spaces.tie(spaces.axis(index, 0), spaces.axis(out, axis))
            _picked(spaces, spaces.axis(x, axis), [spaces.axis(out, axis)])
