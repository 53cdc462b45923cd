"""Which numbers of a pass somebody made what they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from explorer.core.change import covers, slices
from explorer.core.graph import Recording
from explorer.picture.recurrent import Layer


def is_changed(recording: Recording, value: int, index: tuple[int, ...]) -> bool:
    """Whether somebody changed that cell of a value."""
    what = recording.values[value]
    return any(covers(recording.changes[at], index, what.shape) for at in _made(recording, value))


def changed_runs(recording: Recording, value: int, front: Sequence[int]) -> list[tuple[range, ...]]:
    """Where in a part of a value somebody changed cells: of each change its positions along the
    axes after the index ``front``."""
    found, shape = [], recording.values[value].shape
    for at in _made(recording, value):
        runs = [
            range(size)[run]
            for run, size in zip(slices(recording.changes[at].cells, shape), shape, strict=True)
        ]
        if all(i in run for i, run in zip(front, runs, strict=False)):
            found.append(tuple(runs[len(front) :]))
    return found


def changed_among(
    places: np.ndarray, recording: Recording, values: Iterable[int], front: Sequence[int]
) -> set[int]:
    """Which of these places along the axis after the index ``front`` somebody changed in one of the
    values."""
    runs = [run[0] for one in values for run in changed_runs(recording, one, front)]
    return {n for n, place in enumerate(places.tolist()) if any(place in run for run in runs)}


def changed_units(recording: Recording, layer: Layer, sample: int) -> dict[str, dict[int, range]]:
    """Of each band of a recurrent layer the steps at which somebody changed units of a sample, and
    which these are; of several changes at one step, those of the last."""
    found: dict[str, dict[int, range]] = defaultdict(dict)
    touched = set(recording.touched)
    for band, refs in layer.track.values:
        for step, ref in enumerate(refs):
            shape = recording.values[ref].shape if ref in touched else ()
            if not shape:
                continue
            front = np.unravel_index(sample, shape[:-1]) if shape[:-1] else ()
            for at in _made(recording, ref):
                *before, last = slices(recording.changes[at].cells, shape)
                sides = zip(front, before, shape[:-1], strict=True)
                if all(i in range(size)[run] for i, run, size in sides):
                    found[band][step] = range(shape[-1])[last]
    return dict(found)


def _made(recording: Recording, value: int) -> Iterator[int]:
    """The places of the changes that were made to a value."""
    if value in recording.touched:
        name = recording.values[value].name
        refused = {one.at for one in recording.refused}
        for at, change in enumerate(recording.changes):
            if change.value == name and at not in refused:
                yield at
