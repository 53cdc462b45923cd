"""Ops that only move numbers: views, joins, indexing, flips, padding.

Where a number came from is found without knowing the op. A view is run on an empty stand-in of
the same shape, and the strides of what comes out say which cell it is. Any other mover is run on
numbers that name the cells, twice with other names: a name that comes out both times was moved.
"""

from __future__ import annotations

from math import prod
from typing import Any

import torch
from numpy import broadcast_shapes  # PyTorch's own loads sympy
from torch import Tensor
from torch.nn.functional import unfold

from explorer.core.explanation import Region
from explorer.core.problem import phrase
from explorer.engine.explain.asking import (
    Answer,
    Asked,
    Cells,
    Index,
    Operand,
    broadcast,
    unravelled,
)
from explorer.engine.explain.elementwise import moved
from explorer.engine.explain.rules import rule
from explorer.engine.memory import Place
from explorer.engine.nesting import filled, tensors
from explorer.engine.replay import as_then
from explorer.engine.script import Ref

_VIEWS = (
    "view", "reshape", "transpose", "permute", "expand", "squeeze", "unsqueeze", "flatten",
    "unflatten", "chunk", "split", "split_with_sizes", "tensor_split", "unbind", "narrow", "select",
    "T", "mT", "H", "mH", "t", "diagonal", "movedim", "moveaxis", "swapaxes", "swapdims", "unfold",
    "view_as", "reshape_as", "expand_as", "broadcast_to", "ravel", "hsplit", "vsplit", "dsplit",
    "slice", "adjoint", "iter", "unsafe_chunk", "unsafe_split", "broadcast_tensors", "as_strided",
    "atleast_1d", "atleast_2d", "atleast_3d", "meshgrid",
)  # fmt: skip
_LARGEST = 1 << 24  # numbers that are named at once


def view_source(asked: Asked) -> tuple[Operand, Index] | None:
    """The cell that a view shows, found on stand-ins without memory; None if it is no view."""
    stands: dict[int, tuple[Operand, Tensor]] = {}

    def stand(ref: Ref) -> Tensor:
        operand = asked.operand("x", ref)
        if asked.op == "as_strided":  # the one view that minds how its input lies
            size, stride = operand.shape, operand.tensor.stride()
            if not _dense(size, stride):
                raise NotImplementedError
        else:
            size, stride = operand.shape, torch.empty(operand.shape, device="meta").stride()
        made = torch.empty_strided(size, stride, dtype=operand.tensor.dtype, device="meta")
        stands[made.untyped_storage()._cdata] = (operand, made)
        return made

    try:
        args, kwargs = filled((asked.step.args, asked.step.kwargs), Ref, stand)
        with torch.no_grad():
            results = list(tensors(asked.step.func(*args, **kwargs)))
    except (RuntimeError, NotImplementedError, TypeError, IndexError):
        return None
    if asked.result >= len(results):
        return None
    made = results[asked.result]
    known = stands.get(made.untyped_storage()._cdata)
    if known is None or made.dtype != known[1].dtype or made.shape != asked.tensor.shape:
        return None
    operand, stand_in = known
    place = int(made.storage_offset()) + sum(
        i * s for i, s in zip(asked.index, made.stride(), strict=True)
    )
    return operand, placed(place, operand.shape, tuple(stand_in.stride()))


def _dense(size: Index, stride: Index) -> bool:
    reach = 1 + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
    return 0 not in size and reach == prod(size)


def placed(place: int, size: Index, stride: Index) -> Index:
    """The cell at an offset in memory of a tensor whose cells do not overlap."""
    index = [0] * len(size)
    for axis in sorted(range(len(size)), key=lambda a: (-stride[a], -size[a])):
        if size[axis] > 1:
            index[axis], place = divmod(place, stride[axis])
    return tuple(index)


@rule(*_VIEWS)
def _view(asked: Asked) -> Answer | None:
    if asked.step.func is unfold:
        return _patch(asked) or traced(asked)
    found = view_source(asked)
    if found is None:
        return traced(asked)
    operand, index = found
    return moved(operand.cell(index))


def _patch(asked: Asked) -> Answer | None:
    """(N, C, H, W) to (N, C · Π kernel, L), the patches of an image; None on its padding."""
    given = asked.bind("input", "kernel_size", "dilation", "padding", "stride")
    x = asked.operand("x", given["input"])

    def both(name: str, usual: int) -> list[int]:
        value = given.get(name, usual)
        return [value, value] if isinstance(value, int) else list(value) * (2 // len(value))

    kernel, dilation = both("kernel_size", 1), both("dilation", 1)
    padding, stride = both("padding", 0), both("stride", 1)
    across = (x.shape[-1] + 2 * padding[1] - dilation[1] * (kernel[1] - 1) - 1) // stride[1] + 1
    *lead, row, patch = asked.index
    channel, inside = divmod(row, kernel[0] * kernel[1])
    places = [
        p * s - pad + k * d
        for p, s, pad, k, d in zip(
            divmod(patch, across), stride, padding, divmod(inside, kernel[1]), dilation, strict=True
        )
    ]
    if not all(0 <= p < n for p, n in zip(places, x.shape[-2:], strict=True)):
        return None
    return moved(x.cell([*lead, channel, *places]))


@rule("cat", "concat", "concatenate", "stack")
def _joined(asked: Asked) -> Answer | None:
    given = asked.bind("tensors", "dim")
    dim = given.get("dim", given.get("axis", 0))
    index = list(asked.index)
    if not isinstance(dim, int):
        return None
    dim %= len(index)
    parts = [asked.operand("x", ref) for ref in given["tensors"]]
    if asked.op == "stack":
        return moved(parts[index.pop(dim)].cell(index))
    for part in parts:
        if len(part.shape) != len(index):
            continue  # an empty one, which PyTorch lets pass
        if index[dim] < part.shape[dim]:
            return moved(part.cell(index))
        index[dim] -= part.shape[dim]
    return None


@rule("getitem", "index")
def _getitem(asked: Asked) -> Answer | None:
    found = view_source(asked) if len(asked.step.reads) == 1 else None
    if found is not None:
        return moved(found[0].cell(found[1]))
    return _advanced(asked) or traced(asked)


def _advanced(asked: Asked) -> Answer | None:
    """Indexing with tensors: basic parts first, as a view, then those at once."""
    x = asked.operand("x", asked.step.args[0])
    given = asked.step.args[1]
    items = list(given) if isinstance(given, tuple) else [given]
    items = [torch.tensor(one) if isinstance(one, list) else one for one in items]
    if not all(
        one is None or one is Ellipsis or isinstance(one, Ref | Tensor | slice)
        or (isinstance(one, int) and not isinstance(one, bool)) for one in items
    ) or list(tensors([one for one in items if isinstance(one, slice)])):  # fmt: skip
        return None
    keys = [asked.operand("i", one) if isinstance(one, Ref) else one for one in items]
    width = sum(_consumed(key) for key in keys)
    if Ellipsis not in keys:
        keys.append(Ellipsis)
    at = next(i for i, key in enumerate(keys) if key is Ellipsis)
    keys[at : at + 1] = [slice(None)] * (len(x.shape) - width)
    stand = torch.empty(x.shape, device="meta")
    basic: list[Any] = []
    axes: list[int] = []  # of the basic view: those that tensors index
    indices: list[tuple[Tensor, Operand | None]] = []
    axis = 0
    told: list[Operand] = []
    for key in keys:
        if isinstance(key, Operand | Tensor):
            tensor = key.tensor if isinstance(key, Operand) else key
            operand = key if isinstance(key, Operand) else None
            if tensor.dtype in (torch.bool, torch.uint8):
                if operand is not None:
                    told.append(operand)
                parts = [(part, None) for part in tensor.nonzero(as_tuple=True)]
            else:
                parts = [(tensor, operand)]  # type: ignore[list-item]
            for part in parts:
                indices.append(part)
                axes.append(axis)
                basic.append(slice(None))
                axis += 1
            continue
        basic.append(key)
        axis += not isinstance(key, int)
    view = stand[tuple(basic)]
    if not indices:
        return None
    shape = broadcast_shapes(*(tensor.shape for tensor, _ in indices))
    together = axes == list(range(axes[0], axes[0] + len(axes)))
    first = axes[0] if together else 0
    picked = asked.index[first : first + len(shape)]
    others = iter((*asked.index[:first], *asked.index[first + len(shape) :]))
    where: dict[int, int] = {}
    more = []
    for (tensor, operand), place in zip(indices, axes, strict=True):
        cell = broadcast(picked, tensor.shape)
        where[place] = int(tensor[cell]) % view.shape[place]
        if operand is not None:
            more.append(operand.cell(cell))
    full = [where[d] if d in where else next(others) for d in range(view.dim())]
    offset = int(view.storage_offset()) + sum(
        i * s for i, s in zip(full, view.stride(), strict=True)
    )
    source = x.cell(placed(offset, x.shape, tuple(stand.stride())))
    answer = moved(source, "y = x[i]")
    answer.more = more + [whole(operand) for operand in told]
    return answer


def _consumed(key: Any) -> int:
    """How many axes of the indexed tensor a key takes."""
    if key is None or key is Ellipsis:
        return 0
    if isinstance(key, Operand):
        key = key.tensor
    if isinstance(key, Tensor) and key.dtype in (torch.bool, torch.uint8):
        return key.dim()
    return 1


def whole(operand: Operand) -> Cells:
    """All cells of a value, as sources."""
    region = Region(operand.ref, tuple(range(n) for n in operand.shape))
    return Cells(operand.symbol, operand.ref, operand.tensor.new_empty(0), lambda _: (), [region])


@rule("index_select", "gather", "take_along_dim")
def _looked_up(asked: Asked) -> Answer | None:
    if asked.op == "take_along_dim":
        given = asked.bind("input", "indices", "dim")
        given["index"] = given["indices"]
    else:
        given = asked.bind("input", "dim", "index")
    x, i, dim = (
        asked.operand("x", given["input"]),
        asked.operand("i", given["index"]),
        given.get("dim"),
    )
    if not isinstance(dim, int) or not x.shape:
        return None
    dim %= len(x.shape)
    index = list(asked.index)
    if asked.op == "index_select":
        place: Index = (index[dim],)
    else:
        place = broadcast(tuple(index), i.shape)
    told = i.cell(place[: len(i.shape)])
    index[dim] = int(told.numbers) % x.shape[dim]
    answer = moved(x.cell(broadcast(tuple(index), x.shape)), "y = x[i]")
    answer.more = [told]
    return answer


@rule("take")
def _taken(asked: Asked) -> Answer:
    given = asked.bind("input", "index")
    x, i = asked.operand("x", given["input"]), asked.operand("i", given["index"])
    told = i.cell(asked.index)
    place = unravelled(int(told.numbers) % x.tensor.numel(), x.shape)
    answer = moved(x.cell(place), "y = x[i]")
    answer.more = [told]
    return answer


@rule("fliplr", "flipud", "rot90", "diag", "diag_embed", "diagflat", "hstack", "vstack", "dstack",
      "column_stack", "row_stack", "block_diag", "pixel_shuffle", "pixel_unshuffle",
      "channel_shuffle", "native_channel_shuffle", "im2col", "scatter", "index_copy", "index_put",
      "index_fill", "masked_select", "masked_scatter", "select_scatter", "slice_scatter",
      "diagonal_scatter", "cartesian_prod", "combinations", "pad_sequence", "pack_padded_sequence",
      "pad_packed_sequence", "max_unpool1d", "max_unpool2d", "max_unpool3d")  # fmt: skip
def traced(asked: Asked) -> Answer | None:
    """A mover run on names of cells; None if this op computed something, or is too large."""
    return _traced(asked, mover=True)


def perhaps_traced(asked: Asked) -> Answer | None:
    """An op that may be a mover, run on names of cells."""
    return _traced(asked, mover=False)


def _traced(asked: Asked, mover: bool) -> Answer | None:
    operands: dict[int, Operand] = {}
    data: list[int] = []
    for ref in asked.refs:
        operand = asked.operand("x", ref)
        operands.setdefault(ref.index, operand)
    kind = asked.tensor.dtype
    floating = kind.is_floating_point
    first = next(iter(asked.refs), None)
    for ref_index, operand in operands.items():
        same = operand.tensor.dtype == kind
        if same and (floating or (first is not None and ref_index == first.index)):
            data.append(ref_index)
    total = sum(operands[r].tensor.numel() for r in data)
    if not data or total > _LARGEST:
        return None
    names = [_run(asked, operands, data, total, backwards) for backwards in (False, True)]
    if names[0] is None or names[1] is None:
        return None
    one, two = names[0] - _BASE, 2 * _BASE + total - 1 - names[1]
    if one != two or not 0 <= one < total or one % 1:  # NaN and infinity are no names
        constant = names[0] == names[1] and bool(asked.recorded == names[0])
        if constant and mover:  # an op that computes may give the same by chance
            return Answer(
                "made",
                "",
                [],
                more=_others(operands, data),
                note=phrase("A constant: no cell of the input is here."),
            )
        return None
    place = int(one)
    for ref_index in data:
        operand = operands[ref_index]
        if place < operand.tensor.numel():
            answer = moved(operand.cell(unravelled(place, operand.shape)))
            answer.more = _others(operands, data)
            return answer
        place -= operand.tensor.numel()
    return None


_BASE = 1 << 40  # float64 holds such numbers exactly, so do int64, and no op is without them


def _others(operands: dict[int, Operand], data: list[int]) -> list[Cells]:
    return [whole(operand) for ref, operand in operands.items() if ref not in data]


def _run(
    asked: Asked, operands: dict[int, Operand], data: list[int], total: int, backwards: bool
) -> int | float | None:
    """The name that comes out at the cell: ``_BASE`` + its number, or counted from the end."""
    given: dict[int, Tensor] = {}
    start = 0
    for ref in data:
        shape = operands[ref].shape
        count = prod(shape)
        kind = torch.float64 if asked.tensor.dtype.is_floating_point else torch.int64
        numbers = torch.arange(start, start + count, dtype=kind).reshape(shape)
        given[ref] = 2 * _BASE + total - 1 - numbers if backwards else _BASE + numbers
        start += count

    def swap(ref: Ref) -> Tensor:
        return given[ref.index] if ref.index in given else operands[ref.index].tensor.cpu()

    args, kwargs = filled((asked.step.args, asked.step.kwargs), Ref, swap)
    kwargs.pop("out", None)
    try:
        with as_then(asked.step, args, kwargs):
            result = asked.step.func(*args, **kwargs)
    except (RuntimeError, TypeError, ValueError, IndexError, NotImplementedError):
        return None
    if asked.result >= 0:
        results = list(tensors(result))
        made = results[asked.result] if asked.result < len(results) else None
    else:
        before = next(b for b, after in asked.step.changed if after == asked.ref)
        made = given.get(before)
    if (
        made is None
        or made.shape != asked.tensor.shape
        or made.dtype not in (torch.int64, torch.float64)
    ):
        return None
    number: int | float = made[asked.index].item()
    return number


def through_memory(asked: Asked, before: int, written: list[tuple[int, int]]) -> Answer | None:
    """A value that changed because a view of its memory was written: ``written`` are the values
    that the step was given to write, and what became of them. A cell that no write hit is what it
    was before.
    """
    places: dict[int, Place] = asked.step.places
    own = places.get(before)
    if own is None:
        return None
    here = own.offset + sum(i * s for i, s in zip(asked.index, own.stride, strict=True))
    for target, after in written:
        other = places.get(target)
        if other is None or other.key != own.key:
            continue
        if other.dtype.itemsize != own.dtype.itemsize:
            return None
        index = placed(here - other.offset, other.size, other.stride)
        back = other.offset + sum(i * s for i, s in zip(index, other.stride, strict=True))
        inside = all(0 <= i < n for i, n in zip(index, other.size, strict=True))
        if inside and back == here and 0 not in other.size:
            tensor = asked.value(after).detach()
            return moved(Operand("x", after, tensor).cell(index), "y = x, written through a view")
    tensor = asked.value(before).detach()
    return moved(Operand("x", before, tensor).cell(asked.index), "y = x, as it was before")
