"""Which cell of a value is at a place of a reading, and where in it cells of the value are seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from explorer.core.explanation import Region
from explorer.core.values import Reading


def cell_at(reading: Reading, place: Sequence[int]) -> tuple[int, ...] | None:
    """The index of the cell at a ``place``, one number for every kept axis; None where that stands
    for several cells."""
    view = reading.view
    index = list(view.at)
    for n, (axis, at) in enumerate(zip(view.keep, place, strict=True)):
        if reading.block[n] != 1 or not 0 <= at < reading.data.shape[n]:
            return None
        wanted = view.take[n] if view.take else ()
        index[axis] = wanted[at] if wanted else at
    return tuple(index)


def places_of(reading: Reading, axes: Sequence[range]) -> tuple[range, ...] | None:
    """Where a block of cells is seen in a reading that takes all along its kept axes: a range of
    places along each; None if it is not in it."""
    view = reading.view
    if any(view.at[n] not in one for n, one in enumerate(axes) if n not in view.keep):
        return None
    places = []
    for axis, block in zip(view.keep, reading.block, strict=True):
        one = axes[axis]
        if not one:
            return None
        step = max(1, one.step // block)
        places.append(range(one[0] // block, one[-1] // block + 1, step))
    return tuple(places)


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
        sides = [slice(one.start, one.stop, one.step) for one in places[len(front) :]]
        lit[(slice(None),) * (2 - len(sides)) + tuple(sides)] = True
    return lit if lit.any() else None
