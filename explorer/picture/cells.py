"""Which cell of a value is at a place of a reading, and where in it cells of the value are seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from sys import maxsize

import numpy as np
from msgspec.structs import replace

from explorer.core.explanation import Region
from explorer.core.reach import Reach
from explorer.core.values import Along, Reading, View


def reach_view(view: View, reach: Reach) -> View:
    """The same plane of a value, for how much its cells take part in a reach."""
    along: tuple[Along, ...] = tuple("max" if one else "" for one in view.along)
    return replace(
        view, reach=reach, reduce="max", along=along, minus=None, fit=False
    )  # fmt: skip


def cell_at(reading: Reading, place: Sequence[int]) -> tuple[int, ...] | None:
    """The index of the cell at a ``place``, one number for every kept axis; None where that stands
    for several cells."""
    view = reading.view
    if any(view.along):
        return None
    index = list(view.at)
    for n, (axis, at) in enumerate(zip(view.keep, place, strict=True)):
        if reading.block[n] != 1 or not 0 <= at < reading.data.shape[n]:
            return None
        wanted = view.take[n] if view.take else ()
        index[axis] = wanted[at] if wanted else reading.first[n] + at
    return tuple(index)


def places_of(reading: Reading, axes: Sequence[range]) -> tuple[np.ndarray, ...] | None:
    """Where a block of cells is seen in a reading: along each kept axis the places
    that hold some, ascending; None if it is not in it."""
    view = reading.view
    along = view.along or ("",) * len(view.at)
    if any(
        not one or (along[axis] == "" and view.at[axis] not in one)
        for axis, one in enumerate(axes)
        if axis not in view.keep
    ):
        return None
    places = []
    for n, axis in enumerate(view.keep):
        taken, block = view.take[n] if view.take else (), reading.block[n]
        if taken:
            seen = np.unique(np.flatnonzero([at in axes[axis] for at in taken]) // block)
        else:
            seen = _places(axes[axis], reading.first[n], block, reading.data.shape[n])
        if not seen.size:
            return None
        places.append(seen)
    return tuple(places)


def _places(cells: range, first: int, block: int, count: int) -> np.ndarray:
    """The blocks from ``first`` on, of ``count``, that hold some of the cells along one axis."""
    cells = cells if cells.step > 0 else cells[::-1]
    before = max(0, -((cells.start - first) // cells.step)) if cells.start < first else 0
    cells = cells[before:]  # from the window on …
    end = first + block * count
    cells = cells[: max(0, -((cells.start - end) // cells.step))]  # … to its end
    if not cells:
        return np.empty(0, np.int64)
    if cells.step <= block:  # no block between is without one
        return np.arange((cells[0] - first) // block, (cells[-1] - first) // block + 1)
    return np.unique((np.arange(cells.start, cells.stop, cells.step) - first) // block)


def lit_in(
    reading: Reading, regions: Iterable[Region], front: Sequence[int] = ()
) -> np.ndarray | None:
    """Which places of the last two axes of a reading hold cells of some regions, (rows, columns);
    of the axes before them the places ``front`` are looked at. None if there is no such place."""
    rest = reading.data.shape[len(front) :]
    lit = np.zeros((1,) * (2 - len(rest)) + rest, bool)
    for region in regions:
        places = places_of(reading, region.axes)
        if places is None or any(at not in one for at, one in zip(front, places, strict=False)):
            continue
        sides = [np.zeros(1, np.int64)] * (2 - len(rest)) + list(places[len(front) :])
        lit[np.ix_(*sides)] = True
    return lit if lit.any() else None


def with_unit(
    ring: np.ndarray | None, reading: Reading | None, unit: tuple[int, int] | None
) -> np.ndarray | None:
    """The cells (rows, columns) with a ring, and those of a ``unit``, an axis and the place on it,
    where that is a row or a column of a reading."""
    if reading is None or unit is None or unit[0] not in reading.view.keep:
        return ring
    axis, at = unit
    every = range(maxsize)
    axes = tuple(range(at, at + 1) if n == axis else every for n in range(len(reading.view.at)))
    found = lit_in(reading, [Region(reading.view.value, axes)])
    return found if ring is None else ring if found is None else ring | found
