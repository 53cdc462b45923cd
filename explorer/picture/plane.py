"""A value as rows and columns: which plane of it is looked at, and what is asked for."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import replace

from msgspec import structs

from explorer.core.graph import Value
from explorer.core.plane import Extent, Plane
from explorer.core.values import Along, Span, View
from explorer.picture.readout import within

_AROUND = 12.0  # positions on either side of one that is to be seen
_HARDLY_LESS = 0.8  # of the cells that there is room for
_EIGHT_BYTES = frozenset({"float64", "int64", "int32", "uint64", "uint32", "complex128"})


def fitted(plane: Plane, what: Value) -> Plane:
    """The plane of a value nearest to one that was chosen for another.

    Between values of equal shape, or of the same named axes, it is the same; else it begins anew
    with the last two axes that are longer than 1. Points of the colours that are not kept are for
    their own value.
    """
    shape, axes = what.shape, what.axes
    scale = plane.scale
    if scale.points is not None and not scale.keep and plane.of != what.name:
        scale = replace(scale, points=None)
    if plane.of != what.name:
        plane = replace(plane, unit=None)
    if not is_alike(plane, what):
        one: Along = ""
        return replace(
            plane, of=what.name, shape=shape, axes=axes, keep=_longest(shape), seen=(),
            at=(0,) * len(shape), along=(one,) * len(shape), scale=scale,
        )  # fmt: skip
    same = all(shape[axis] == plane.shape[axis] for axis in plane.keep)
    return replace(
        plane, of=what.name, shape=shape, axes=axes, scale=scale, at=within(plane.at, shape),
        seen=plane.seen if same else (),
    )  # fmt: skip


def first_of(plane: Plane) -> tuple[int, ...]:
    """The index of the first cell in view; 0 along axes of which all is made one number."""
    at = [0 if along else i for i, along in zip(plane.at, plane.along, strict=True)]
    for n, axis in enumerate(plane.keep):
        at[axis] = int(plane.seen[n][0]) if plane.seen else 0
    return tuple(at)


def is_alike(plane: Plane, what: Value) -> bool:
    """Whether a value has the shape, or the named axes, of the one that a plane was chosen for."""
    named = bool(what.axes) and all(what.axes) and len(set(what.axes)) == len(what.axes)
    return what.shape == plane.shape or (named and what.axes == plane.axes)


def at_place(plane: Plane, what: Value, axis: int, position: int) -> Plane:
    """The plane of a value at a position of one more axis."""
    there = fitted(plane, what)
    axis %= len(what.shape)
    return replace(there, at=(*there.at[:axis], position, *there.at[axis + 1 :]))


def with_axes(plane: Plane, place: int, axis: int) -> Plane:
    """Another axis as rows (``place`` 0) or columns (1); if that is the other one, they swap."""
    if plane.keep[place] == axis:
        return plane
    keep = list(plane.keep)
    if axis in keep:
        keep.reverse()
    else:
        keep[place] = axis
    return replace(plane, keep=tuple(keep), seen=())


def sliced(plane: Plane, index: Sequence[int]) -> Plane:
    """The plane that a cell is on: what is reduced along an axis stays so."""
    return replace(plane, at=within(tuple(index), plane.shape))


def showing(plane: Plane, axis: int, position: int) -> Plane:
    """The plane with a position of an axis, its unit, in view: the slice there, or the part around
    it."""
    there = sliced(plane, [position if n == axis else i for n, i in enumerate(plane.at)])
    there = replace(there, unit=(axis, position))
    one: Along = ""
    if axis not in plane.keep:
        return replace(
            there, along=tuple(one if n == axis else a for n, a in enumerate(plane.along))
        )
    seen = [
        shifted((position - _AROUND, position + _AROUND + 1.0), plane.shape[n], 0.0)
        if n == axis
        else (0.0, float(plane.shape[n]))
        for n in plane.keep
    ]
    rows, columns = ((0.0, 1.0), *seen)[-2:]
    return looking_at(there, rows, columns)


def extents(plane: Plane) -> tuple[Extent, Extent]:
    """What is in view of rows and columns; a vector is one row."""
    seen = plane.seen or tuple((0.0, float(plane.shape[axis])) for axis in plane.keep)
    rows, columns = ((0.0, 1.0), (0.0, 1.0), *seen)[-2:]
    return rows, columns


def looking_at(plane: Plane, rows: Extent, columns: Extent) -> Plane:
    """The same plane with that much of it in view."""
    seen = (rows, columns)[2 - len(plane.keep) :]
    whole = all(
        a <= 0 and b >= plane.shape[axis]
        for (a, b), axis in zip(seen, plane.keep, strict=True)
    )  # fmt: skip
    return replace(plane, seen=() if whole else seen)


def plane_view(
    tape: int,
    value: int,
    plane: Plane,
    size: tuple[int, int],
    dtypes: Collection[str],
    fit: bool = False,
) -> View:
    """What to ask for to show a plane of a value on ``size`` = (rows, columns) of pixels: never
    more bytes than those have, of numbers computed from some of these ``dtypes``. A window begins
    and ends at whole blocks, so that panning changes none."""
    if not _EIGHT_BYTES.isdisjoint(dtypes):  # a number is two pixels
        size = (size[0], max(1, size[1] // 2))
    rooms = size[2 - len(plane.keep) :]
    everything = [(0.0, float(plane.shape[axis])) for axis in plane.keep]
    made = [
        blocked(extent, plane.shape[axis], room)
        for extent, axis, room in zip(plane.seen or everything, plane.keep, rooms, strict=True)
    ]
    return View(
        tape=tape, value=value, keep=plane.keep, at=plane.at,
        size=tuple(len(window) // block for window, block in made),
        window=tuple(window for window, _ in made) if plane.seen else (),
        reduce=plane.reduce, along=plane.along if any(plane.along) else (), part=plane.part,
        fit=fit,
    )  # fmt: skip


def does(there: View, wanted: View) -> bool:
    """Whether what was asked for with a little less room shows as much as what is wanted."""
    like = structs.replace(there, size=wanted.size) == wanted
    sizes = zip(there.size, wanted.size, strict=True) if like else ()
    return like and all(_HARDLY_LESS * most <= size <= most for size, most in sizes)


def blocked(extent: Extent, size: int, room: int) -> tuple[range, int]:
    """The window around an extent of an axis that is cut into no more than ``room`` whole blocks,
    and how long these are. The last one may end beyond the axis."""
    first, last = extent
    parts = first > 0 or last < size  # the first and the last block are seen in part
    block = max(1, math.ceil((last - first - 1e-6) / max(1, room - 2 if parts else room)))
    start = math.floor(first / block) * block
    blocks = max(1, math.ceil((last - start - 1e-6) / block))
    return range(start, start + blocks * block), block


def zoomed(extent: Extent, size: int, factor: float, at: float, least: float) -> Extent:
    """An extent of an axis ``factor`` times as near, with position ``at`` fixed; no nearer than
    ``least`` positions, nor further than all."""
    first, last = extent
    count = min(max((last - first) / factor, min(least, size)), size)
    first = at - (at - first) * count / (last - first)
    return shifted((first, first + count), size, 0.0)


def shifted(extent: Extent, size: int, by: float) -> Extent:
    """An extent moved along its axis, as far as that reaches."""
    count = extent[1] - extent[0]
    first = min(max(extent[0] + by, 0.0), max(0.0, size - count))
    return first, first + count


def around(extent: Extent, size: int, position: int) -> Extent:
    """An extent moved so that a position is in view; as it was if it is."""
    first, last = extent
    if first <= position and position + 1 <= last:
        return extent
    return shifted(extent, size, position + 0.5 - (first + last) / 2)


def joined(one: Span | None, other: Span | None) -> Span | None:
    """The span of the numbers of both."""
    if one is None or other is None:
        return one or other
    lows = zip((one.minimum, one.low), (other.minimum, other.low), strict=True)
    highs = zip((one.maximum, one.high), (other.maximum, other.high), strict=True)
    (minimum, low), (maximum, high) = [min(p) for p in lows], [max(p) for p in highs]
    return Span(minimum, maximum, low, high)


def _longest(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The last two axes that are longer than 1, or just the last two."""
    long = [axis for axis, size in enumerate(shape) if size > 1]
    if len(long) < 2:
        return tuple(range(max(0, len(shape) - 2), len(shape)))
    return tuple(long[-2:])
