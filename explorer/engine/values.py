"""Reading values for panes: slice and reduce on the device, then copy what the pane can show."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from msgspec.structs import replace
from torch import Tensor
from torch.masked import MaskedTensor

from explorer.core.apart import Apart, ApartView
from explorer.core.problem import Problem, phrase
from explorer.core.values import Along, Layout, Odd, Part, Reading, Span, View
from explorer.engine.differences import are_rounded, last_place, less, piece_of
from explorer.engine.script import shape_of

_COLOURED = 1 << 14  # elements by which colours are chosen: to sort more takes milliseconds
_SPANS = 64  # planes of which the span is remembered
_WRITTEN_OUT = 1 << 30  # bytes of a sparse value with its zeros, at most
_AT_ONCE = 1 << 24  # elements that are searched at once


class Spans:
    """The spans of the planes that were read last, so that to look around in one is not to read
    all of it again and again. A value of a tape never changes."""

    def __init__(self) -> None:
        self._known: dict[View, Span] = {}

    def of(self, view: View, find: Callable[[], Span]) -> Span:
        """The span of all numbers that a window of the view can be cut from."""
        key = replace(view, keep=tuple(sorted(view.keep)), size=(), reduce="max-abs", window=())
        found = self._known.pop(key, None)
        self._known[key] = found if found is not None else find()
        while len(self._known) > _SPANS:
            del self._known[next(iter(self._known))]
        return self._known[key]


def read(
    tensor: Tensor, view: View, minus: Tensor | None = None, spans: Spans | None = None
) -> Reading:
    """Answer a view of ``tensor``, of which ``minus`` is subtracted: at most ``view.size`` cells
    along ``view.keep``. Raises Problem where the view does not fit, and for a value without
    numbers or too large to be written out."""
    tensor, layout = _dense(tensor.detach())
    if minus is not None:
        minus, _ = _dense(minus.detach())
        _check_alike(tensor, minus)
    _check(tensor, view)

    def seen(window: tuple[range, ...]) -> Tensor:
        asked = replace(view, window=window)
        part = _plane(tensor, asked)
        return part if minus is None else less(*_alike(part, _plane(minus, asked)))

    def far() -> Span:
        span = span_of(_real(seen(())), ends)
        if minus is None:
            return span
        one, other = (_plane(value, replace(view, window=())) for value in (tensor, minus))
        last, reaches = last_place(tensor.dtype, minus.dtype), max(-span.minimum, span.maximum)
        return replace(span, rounded=are_rounded(*_alike(one, other), last, reaches))

    part = seen(view.window)
    lengths = [len(one) for one in view.window] if view.window else part.shape
    block = tuple(
        max(1, math.ceil(n / max(1, limit))) for n, limit in zip(lengths, view.size, strict=False)
    )
    reduced = max(block, default=1) > 1
    if reduced or part.dtype != torch.int64:
        part = _real(part)
    ends: tuple[float, float] | None = None
    if view.reduce == "max-abs" and reduced:
        low, high = lowest_and_highest(part, block)
        # it may be all of the plane, which need not be read again
        if view.fit and not view.window and low.numel():
            ends = float(low.amin()), float(high.amax())
        part = stronger(low, high)
    else:
        part = blocks(part, block, torch.mean if view.reduce == "mean" else torch.amax)
    span = None
    if view.fit:
        span = (spans or Spans()).of(view, far)
    data = np.asarray(part.cpu().numpy(), order="C")
    return Reading(view, data, block, span, layout)


def read_stack(view: View, value: Callable[[int], Tensor]) -> Reading:
    """Answer a view of several values of one shape, of which ``value(ref)`` gives each."""
    one = replace(view, stack=())
    each = [read(value(ref), one) for ref in view.stack]
    return replace(each[0], view=view, data=np.stack([reading.data for reading in each]))


def plane_of(tensor: Tensor, view: View) -> Tensor:
    """All that a view looks at, as real numbers, neither reduced nor copied from the device."""
    tensor, _ = _dense(tensor.detach())
    _check(tensor, view)
    return _real(_plane(tensor, view))


def span_of(plane: Tensor, ends: tuple[float, float] | None = None) -> Span:
    """How far the finite numbers of real ones reach, and the middle 98 % of an even sample. The
    ``ends`` are the least and the largest, NaN if there is one, where they are known."""
    none = Span(math.nan, math.nan, math.nan, math.nan)
    if not plane.numel():
        return none
    low, high = ends if ends is not None else (float(x) for x in plane.aminmax())
    sample = evenly(plane.reshape(-1), _COLOURED).double().cpu()
    if not (math.isfinite(low) and math.isfinite(high)):
        low, high = _finite_ends(plane.reshape(-1))
        if low > high:
            return none
        sample = sample[torch.isfinite(sample)]
        if not len(sample):  # these are few
            sample = plane[torch.isfinite(plane)].double().cpu()
    usual = quantiles(sample, 0.01, 0.99)
    return Span(low, high, usual[0], usual[1])


def quantiles(sample: Tensor, *levels: float) -> tuple[float, ...]:
    """Of finite numbers in double precision, each between the two beside it."""
    halves = torch.quantile(sample / 2, torch.tensor(levels, dtype=sample.dtype))
    return tuple(
        2 * half for half in halves.tolist()
    )  # whole, two may be too far apart for float64


def evenly(flat: Tensor, most: int, whole: int = 0) -> Tensor:
    """An even sample of at most ``most`` numbers of a value, or of a sample of a value of ``whole``
    numbers. All places of every axis are in it alike, for the stride shares no factor with the
    size of the value."""
    stride = math.ceil(len(flat) / most) or 1
    while math.gcd(stride, whole or len(flat)) > 1:
        stride += 1
    return flat[::stride]


def _finite_ends(flat: Tensor) -> tuple[float, float]:
    """The least and the largest finite number; where there is none, the first is larger."""
    far = torch.finfo(flat.dtype).max
    low, high = math.inf, -math.inf
    for part in flat.split(piece_of(flat)):
        least = float(part.nan_to_num(far, far, far).amin())
        largest = float(part.nan_to_num(-far, -far, -far).amax())
        if least < far or largest > -far or bool(torch.isfinite(part).any()):
            low, high = min(low, least), max(high, largest)
    return low, high


def exact_plane(tensor: Tensor, view: View, minus: Tensor | None = None) -> np.ndarray:
    """All numbers of the plane that a view looks at, neither windowed nor reduced: (rows, columns),
    or one row."""
    whole = replace(view, window=(), size=(2**62,) * len(view.keep), fit=False)
    data = read(tensor, whole, minus).data
    return data.reshape((1,) * (2 - data.ndim) + data.shape)


def whole_array(tensor: Tensor) -> np.ndarray:
    """All of a value as NumPy holds it: bfloat16 and what else that lacks as float32, exactly."""
    tensor, _ = _dense(tensor.detach())
    tensor = tensor.cpu().resolve_conj().resolve_neg()
    if tensor.dtype == torch.complex32:
        return np.asarray(tensor.to(torch.complex64).numpy())
    known = tensor.dtype == torch.float16 or tensor.dtype.itemsize > 2
    if tensor.dtype.is_floating_point and not known:
        tensor = tensor.float()
    return np.asarray(tensor.numpy())


def seek(tensor: Tensor, sort: Odd, after: tuple[int, ...] | None) -> tuple[int, ...] | None:
    """The next cell that is NaN, or infinite, after one in the order of memory; after the last one
    the first again. The largest is the first that is as far from 0 as any. None if there is
    none."""
    tensor, _ = _dense(tensor.detach())
    if sort == "largest":
        return _largest(tensor)
    if not (tensor.dtype.is_floating_point or tensor.dtype.is_complex):
        return None
    flat = tensor.reshape(-1)
    begin = 0
    if after is not None and len(after) == tensor.dim() and tensor.dim():
        begin = int(np.ravel_multi_index(after, tuple(tensor.shape), mode="clip")) + 1
    is_odd = torch.isnan if sort == "nan" else torch.isinf
    for start, stop in ((begin, flat.numel()), (0, begin)):
        for at in range(start, stop, _AT_ONCE):
            odd = is_odd(flat[at : min(stop, at + _AT_ONCE)])
            if bool(odd.any()):
                found = at + int(odd.to(torch.uint8).argmax())
                return tuple(int(i) for i in np.unravel_index(found, tuple(tensor.shape)))
    return None


def _largest(tensor: Tensor) -> tuple[int, ...] | None:
    """Where the number furthest from 0 is, None where there is no number."""
    best, found = -1.0, -1
    flat = tensor.reshape(-1)
    for start in range(0, flat.numel(), _AT_ONCE):
        part = flat[start : start + _AT_ONCE]
        sizes = part.abs() if part.is_complex() else part.double().abs()
        sizes = sizes.nan_to_num(-1.0, math.inf)
        at = int(sizes.argmax())
        if float(sizes[at]) > best:
            best, found = float(sizes[at]), start + at
    if found < 0:
        return None
    return tuple(int(i) for i in np.unravel_index(found, tuple(tensor.shape)))


def furthest_apart(one: Tensor, other: Tensor, view: ApartView) -> Apart:
    """Where two values of equal shape differ most. Raises Problem for other shapes."""
    one, other = (_dense(value.detach())[0] for value in (one, other))
    _check_alike(one, other)
    if not one.numel():
        return Apart(view=view)
    away = _distances(one, other)
    at = int(away.argmax())
    number = float(away.reshape(-1)[at])
    index = np.unravel_index(at, tuple(one.shape)) if number else ()
    return Apart(view=view, index=tuple(int(i) for i in index), number=number)


def _distances(one: Tensor, other: Tensor) -> Tensor:
    """How far apart each two numbers are, as float64: infinitely where one alone is a number."""
    if one.device.type == "mps":  # it has no float64
        one, other = one.cpu(), other.cpu()
    kind = torch.complex128 if one.is_complex() or other.is_complex() else torch.float64
    a, b = one.to(kind), other.to(kind)
    same = (a == b) | (a.isnan() & b.isnan())  # also two infinities
    away = torch.where(same, 0.0, (a - b).abs()).nan_to_num(nan=torch.inf, posinf=torch.inf)
    if one.dtype not in _LONG or other.dtype not in _LONG:
        return away
    exact = (one.to(torch.int64) - other.to(torch.int64)).abs()  # near ones do not overflow
    return torch.where(away < 2.0**62, exact.double(), away)


def plain(tensor: Tensor) -> Tensor:
    """All numbers as real ones in a plain tensor, complex ones as magnitudes. Raises Problem for a
    value without numbers or too large to be written out."""
    return _real(_dense(tensor.detach())[0])


def _plane(tensor: Tensor, view: View) -> Tensor:
    """The kept axes of a plain tensor in the order wanted, each as far as it is wanted; its numbers
    are as they were where nothing had to be computed."""
    one: Along = ""
    along = view.along or (one,) * tensor.dim()
    part, rest = tensor, [axis for axis in range(tensor.dim()) if axis not in view.keep]
    for axis in reversed(rest):
        if along[axis] == "" or not tensor.shape[axis]:
            at = min(max(view.at[axis], 0), tensor.shape[axis] - 1)
            part = part.select(axis, at) if at >= 0 else part.sum(axis)  # an axis of size 0
            rest.remove(axis)
    left = sorted((*view.keep, *rest))
    part = part.permute([left.index(axis) for axis in (*view.keep, *rest)])
    for axis, positions in enumerate(view.take):  # before anything is computed of what is not
        if positions:
            part = part.index_select(axis, torch.tensor(positions, device=part.device))
    for axis, window in enumerate(view.window):
        start, stop = (min(max(end, 0), part.shape[axis]) for end in (window.start, window.stop))
        part = part.narrow(axis, start, max(0, stop - start))
    if part.is_complex():
        part = _seen_of(part, view.part)
    for axis in reversed(rest):
        part = _along(_real(part), along[axis])
    return part


def _along(tensor: Tensor, how: Along) -> Tensor:
    """The last axis as one number: mean, largest or L2 norm."""
    if how == "mean":
        return tensor.mean(-1)
    if how == "max":
        return tensor.amax(-1)
    return torch.linalg.vector_norm(tensor, dim=-1)


def _seen_of(tensor: Tensor, part: Part) -> Tensor:
    """Complex numbers as real ones."""
    if tensor.dtype == torch.complex32:  # for which little is written
        tensor = tensor.to(torch.complex64)
    if part == "magnitude":
        return tensor.abs()
    if part == "phase":
        return tensor.angle()
    tensor = tensor.resolve_conj()
    return tensor.real if part == "real" else tensor.imag.resolve_neg()


def _check(tensor: Tensor, view: View) -> None:
    rank = tensor.dim()
    fits = len(view.at) == rank and all(0 <= a < rank for a in view.keep)
    if not fits or len(view.along) not in (0, rank) or len(view.window) not in (0, len(view.keep)):
        raise Problem(
            "engine",
            phrase("A view of axes {axes} does not fit a value of shape {shape}."),
            axes=view.keep,
            shape=tuple(tensor.shape),
        )


def _alike(one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
    """Two real ones on the device of the first."""
    return _real(one), _real(other).to(one.device)


def _check_alike(one: Tensor, other: Tensor) -> None:
    if one.shape != other.shape:
        raise Problem(
            "input",
            phrase("Values of shapes {one} and {other} cannot be subtracted."),
            phrase("Compare with a value of the same shape."),
            one=tuple(one.shape),
            other=tuple(other.shape),
        )


def _dense(tensor: Tensor) -> tuple[Tensor, Layout]:
    """A plain tensor, and what it was: zeros of a sparse one written out, NaN where a nested or
    masked one has no numbers."""
    if tensor.is_meta:
        raise Problem("model", phrase("This value has no numbers: it is on the meta device."))
    if tensor.is_nested:
        return padded(tensor), "nested"
    if isinstance(tensor, MaskedTensor):
        return torch.where(tensor.get_mask(), _real(tensor.get_data()), torch.nan), "masked"
    if tensor.is_quantized:
        return tensor.dequantize(), "quantized"
    if tensor.layout is torch.strided:
        return tensor, "dense"
    size = tensor.numel() * tensor.element_size()
    if size > _WRITTEN_OUT:
        raise Problem(
            "memory",
            phrase("This value is sparse; with its zeros it would take {size} GB."),
            phrase("Look at what it is made from, or at what is made from it."),
            size=f"{size / (1 << 30):,.0f}",
        )
    return tensor.to_dense(), "sparse"


def has_own_rules(tensor: Tensor) -> bool:
    """Whether its class computes in its own way, and not every op: nested, masked and the like."""
    return type(tensor).__torch_dispatch__ is not Tensor.__torch_dispatch__


def padded(tensor: Tensor) -> Tensor:
    """A nested tensor as a plain one that holds all of its parts: NaN after the end of a part, 0
    where numbers are whole."""
    fill = torch.nan if tensor.dtype.is_floating_point or tensor.dtype.is_complex else 0
    made = torch.full(shape_of(tensor), fill, dtype=tensor.dtype, device=tensor.device)
    for row, part in zip(made, tensor.detach().unbind(), strict=True):
        row[tuple(slice(n) for n in part.shape)] = part
    return made


def _real(tensor: Tensor) -> Tensor:
    """As float32 or float64: complex as magnitude, whole numbers and flags exactly, those of 64
    bits up to 2⁵³."""
    if tensor.is_complex():
        tensor = _seen_of(tensor, "magnitude")
    if tensor.dtype in (torch.float32, torch.float64):
        return tensor
    exact = tensor.dtype in _LONG and tensor.device.type != "mps"
    return tensor.to(torch.float64 if exact else torch.float32)


_LONG = (torch.int32, torch.int64, torch.uint32, torch.uint64)


def strongest(tensor: Tensor, block: tuple[int, ...]) -> Tensor:
    """Every axis by blocks: of each the cell furthest from 0, with its sign."""
    return stronger(*lowest_and_highest(tensor, block))


def lowest_and_highest(tensor: Tensor, block: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Every axis by blocks: the least and the largest number of each."""
    # (`aminmax` along an axis takes ten times longer.)
    return blocks(tensor, block, torch.amin), blocks(tensor, block, torch.amax)


def stronger(low: Tensor, high: Tensor) -> Tensor:
    """Of two numbers, the second no less than the first, that which is further from 0."""
    # (`where` takes four times longer; ∞ − ∞ is no sign.)
    return torch.maximum(high, -low).copysign((high + low).nan_to_num(nan=0.0))


def blocks(tensor: Tensor, block: tuple[int, ...], reduce: Callable[..., Tensor]) -> Tensor:
    """Reduce every axis by blocks; the last block of an axis may be shorter.

    NaN comes through every reduction, infinity too, so that they can be seen.
    """
    for axis, size in enumerate(block):
        if size == 1:
            continue
        length = tensor.shape[axis]
        whole = length // size * size
        parts = []
        if whole:
            cut = tensor.narrow(axis, 0, whole).unflatten(axis, (whole // size, size))
            parts.append(reduce(cut, axis + 1))
        if whole < length:
            rest = tensor.narrow(axis, whole, length - whole)
            parts.append(reduce(rest, axis, keepdim=True))
        tensor = parts[0] if len(parts) == 1 else torch.cat(parts, axis)
    return tensor
