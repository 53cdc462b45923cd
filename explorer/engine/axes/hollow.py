"""What ops give for tensors that have shapes but no numbers, where PyTorch itself does not say.

Elementwise ops and a few more are so common, and PyTorch's own way to their shapes loads so much
code at first use (a second), that their shapes are found here. Where a shape depends on numbers, as
that of `nonzero`, it is that of the recorded pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from explorer.core.graph import Value
from explorer.engine.axes.rules import is_elementwise
from explorer.engine.nesting import tensors

Shape = tuple[int, ...]
META = torch.device("meta")
_ITSELF = frozenset({
    "contiguous", "to", "float", "half", "bfloat16", "double", "long", "int", "bool", "type",
    "type_as", "cpu", "cuda", "detach", "dropout",
})  # fmt: skip
_ALIKE = frozenset({
    "cumsum", "cumprod", "tril", "triu", "softmax", "log_softmax", "dropout", "clone", "float",
    "long", "int", "bool", "zeros_like", "ones_like", "empty_like", "full_like",
})  # fmt: skip


def empty(shape: Sequence[int], like: Value | Tensor) -> Tensor:
    """A tensor without numbers."""
    dtype = like.dtype if isinstance(like, Tensor) else getattr(torch, like.dtype)
    return torch.empty(tuple(shape), dtype=dtype, device=META)


def result(
    func: Callable[..., Any],
    op: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    told: Sequence[Value],
    itself: int,
) -> Any:
    """What ``func(*args, **kwargs)`` returns, for arguments without numbers.

    ``told`` are the results that it had in the recorded pass, and ``itself`` says which of its
    tensors it returned as it is, −1 for none.
    """
    given = list(tensors((args, kwargs)))
    if op in _ITSELF and itself >= 0:
        return given[itself]
    if "out" not in kwargs and len(told) == 1 and given:
        if op.endswith("_"):
            if is_elementwise(op) and itself == 0:
                _fit(_broadcast(*(t.shape for t in given)) == given[0].shape)
                return given[0]
        elif op in _ALIKE:
            return empty(given[0].shape, told[0])
        elif is_elementwise(op):
            return empty(_broadcast(*(t.shape for t in given)), told[0])
        shape = _SHAPES.get(op.strip("_"))
        found = shape(given, args, kwargs) if shape is not None else None
        if found is not None:
            return empty(found, told[0])
    if op == "view" and not isinstance(args[-1], torch.dtype):
        return args[0].reshape(*args[1:], **kwargs)  # no memory, so no order in it that may not fit
    try:
        return func(*args, **kwargs)
    except (RuntimeError, NotImplementedError):
        if op in _BY_NUMBERS:
            return _as_recorded(op, args, told)
        if op in ("getitem", "setitem_"):
            return _indexed(func, op, args, told)
        raise


def _fit(holds: bool) -> None:
    """Raise as the op would if its arguments do not fit."""
    if not holds:
        raise RuntimeError("these shapes do not fit")


# ---------------------------------------------------------------- shapes


def _broadcast(*shapes: Sequence[int]) -> Shape:
    """The shape that these have together in an elementwise op, as `torch.broadcast_shapes`."""
    rank = max(map(len, shapes), default=0)
    padded = [(1,) * (rank - len(shape)) + tuple(shape) for shape in shapes]
    found = []
    for sizes in zip(*padded, strict=True):
        others = {size for size in sizes if size != 1}
        _fit(len(others) < 2)
        found.append(others.pop() if others else 1)
    return tuple(found)


def _linear(given: list[Tensor], args: Any, kwargs: Any) -> Shape | None:
    x, weight = given[:2]
    if weight.dim() != 2 or not x.dim():
        return None
    _fit(x.shape[-1] == weight.shape[1])
    return (*x.shape[:-1], weight.shape[0])


def _product(given: list[Tensor], args: Any, kwargs: Any) -> Shape | None:
    left, right = given[0].shape, given[1].shape
    if len(left) < 2 or len(right) < 2:
        return None
    _fit(left[-1] == right[-2])
    return (*_broadcast(left[:-2], right[:-2]), left[-2], right[-1])


def _embedded(given: list[Tensor], args: Any, kwargs: Any) -> Shape | None:
    return (*given[0].shape, *given[1].shape[1:])


def _normed(given: list[Tensor], args: Any, kwargs: Any) -> Shape | None:
    shape = args[1] if len(args) > 1 else kwargs.get("normalized_shape")
    if shape is None:
        return None
    _fit(tuple(given[0].shape[-len(shape) :]) == tuple(shape))
    return tuple(given[0].shape)


def _per_channel(given: list[Tensor], args: Any, kwargs: Any) -> Shape | None:
    x, *rest = given
    _fit(all(tuple(t.shape) == (x.shape[1],) for t in rest))
    return tuple(x.shape)


def _joined(given: list[Tensor], args: Any, kwargs: Any) -> Shape | None:
    along = args[1] if len(args) > 1 else kwargs.get("dim", 0)
    if not isinstance(along, int) or any(t.dim() != given[0].dim() for t in given):
        return None
    along %= given[0].dim()
    shapes = [list(t.shape) for t in given]
    total = sum(shape.pop(along) for shape in shapes)
    if any(shape != shapes[0] for shape in shapes):
        return None
    return (*shapes[0][:along], total, *shapes[0][along:])


def _stacked(given: list[Tensor], args: Any, kwargs: Any) -> Shape | None:
    along = args[1] if len(args) > 1 else kwargs.get("dim", 0)
    shape = list(given[0].shape)
    _fit(all(list(t.shape) == shape for t in given))
    along %= len(shape) + 1
    return (*shape[:along], len(given), *shape[along:])


def _mean(given: list[Tensor], args: Any, kwargs: Any) -> Shape | None:
    return tuple(torch.sum(*args, **kwargs).shape)


def _averaged(given: list[Tensor], args: Any, kwargs: Any) -> Shape | None:
    x, size = given[0].shape, args[1] if len(args) > 1 else kwargs.get("output_size")
    size = [size] * (len(x) - 2) if isinstance(size, int) else size
    return None if None in size else (*x[: -len(size)], *size)


def _attention(given: list[Tensor], args: Any, kwargs: Any) -> Shape | None:
    if len(args) < 3 or kwargs.get("enable_gqa") or any(t.dim() < 3 for t in given[:3]):
        return None
    q, k, v = given[:3]
    _fit(q.shape[-1] == k.shape[-1] and k.shape[:-1] == v.shape[:-1])
    ahead = _broadcast(q.shape[:-2], k.shape[:-2])
    for mask in given[3:]:
        scores = (*ahead, q.shape[-2], k.shape[-2])
        _fit(_broadcast(scores, mask.shape) == scores)
    return (*ahead, q.shape[-2], v.shape[-1])


def _added_product(given: list[Tensor], args: Any, kwargs: Any) -> Shape | None:
    if len(given) != 3:
        return None
    shape = _product(given[1:], args, kwargs)
    if shape is None:
        return None
    _fit(_broadcast(given[0].shape, shape) == shape)
    return shape


def _chosen(given: list[Tensor], args: Any, kwargs: Any) -> Shape | None:
    if len(args) != 3:
        return None
    return _broadcast(*(t.shape for t in given))


def _grouped_product(given: list[Tensor], args: Any, kwargs: Any) -> Shape | None:
    """(N, in) by one of several (in, out) each, as experts do."""
    x, weights = given[:2]
    if x.dim() != 2 or weights.dim() != 3:
        return None
    _fit(x.shape[1] == weights.shape[1])
    return (x.shape[0], weights.shape[2])


def _encoded(given: list[Tensor], args: Any, kwargs: Any) -> Shape | None:
    x, into = given[:2]
    _fit(x.shape[-1] == into.shape[1])
    return tuple(x.shape)


_SHAPES: dict[str, Callable[[list[Tensor], Any, Any], Shape | None]] = {
    "linear": _linear,
    "matmul": _product,
    "embedding": _embedded,
    "layer_norm": _normed,
    "rms_norm": _normed,
    "batch_norm": _per_channel,
    "cat": _joined,
    "concat": _joined,
    "stack": _stacked,
    "mean": _mean,
    "adaptive_avg_pool1d": _averaged,
    "adaptive_avg_pool2d": _averaged,
    "adaptive_avg_pool3d": _averaged,
    "scaled_dot_product_attention": _attention,
    "where": _chosen,
    "addmm": _added_product,
    "grouped_mm": _grouped_product,
    "transformer_encoder_layer_fwd": _encoded,
}

# ---------------------------------------------------------------- shapes that depend on numbers

_BY_NUMBERS = frozenset({
    "nonzero", "where", "argwhere", "masked_select", "unique", "unique_consecutive", "bincount",
})  # fmt: skip


def _as_recorded(op: str, args: tuple[Any, ...], told: Sequence[Value]) -> Any:
    """Tensors of the recorded shapes; along the axes that count what was found, no input moves."""
    made = tuple(empty(value.shape, value) for value in told)
    return made[0] if len(made) == 1 and op != "where" else made


def _indexed(func: Any, op: str, args: tuple[Any, ...], told: Sequence[Value]) -> Any:
    """``x[mask]`` and ``x[number]`` with tensors that would have to be looked into."""
    items = args[1] if isinstance(args[1], tuple) else (args[1],)
    index: list[Any] = []
    for item in items:
        if not isinstance(item, Tensor):
            index.append(item)
        elif item.dtype is torch.bool and item.dim():
            if op == "setitem_":
                return None
            found = _positions(index, told[0])
            index += [torch.empty(found, dtype=torch.int64, device=META)] * item.dim()
        else:
            index.append(0 if item.dim() == 0 else item)
    return func(args[0], tuple(index), *args[2:])


def _positions(before: Sequence[Any], told: Value) -> int:
    """How many positions a mask chose, seen in the result that it had behind other indices."""
    if any(isinstance(item, Tensor) or item is Ellipsis for item in before):
        raise NotImplementedError
    return told.shape[sum(not isinstance(item, int) for item in before)]
