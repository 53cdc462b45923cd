"""What of a convolution can be changed with the right button, its input, its kernel or its output,
and what of them somebody changed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from PySide6.QtCore import QCoreApplication

from explorer.core.change import spelled
from explorer.core.convolution import Products
from explorer.core.graph import Recording
from explorer.gui.changes.menu import Place, run_of
from explorer.gui.panes.convolution.stage import KERNEL, Spot
from explorer.picture.changes import changed_runs
from explorer.picture.convolution import Map, filter_cells

translate = QCoreApplication.translate
_APART = 400  # cells: frames of more than so many are too small to be told from each other


def places_at(recording: Recording, found: Products, map_: Map, spot: Spot) -> list[Place]:
    """The places of a map that are offered at a spot of its picture, the smallest first."""
    shape = recording.values[map_.value].shape
    axes = len(shape) - len(map_.front)
    on_kernel = spot.picture == KERNEL
    places: list[Place] = []
    if spot.cell is not None:
        sides = zip(spot.cell[-axes:], spot.block[-axes:], shape[-axes:], strict=True)
        runs = tuple(run_of(at // step, step, size) for at, step, size in sides)
        text = (
            translate("ConvolutionPane", "This weight")
            if on_kernel
            else translate("ConvolutionPane", "This cell")
        )
        places.append((text, spelled((*map_.front, *runs))))
    if on_kernel:
        text = translate("ConvolutionPane", "This kernel")
    else:
        text = translate("ConvolutionPane", "This channel")
    places.append((text, spelled(map_.front)))
    if on_kernel:
        places.append((translate("ConvolutionPane", "This filter"), filter_cells(found, map_)))
    return [(f"{text}  [{cells}]", cells) for text, cells in places]


def framed_in(
    recording: Recording, map_: Map, index: Sequence[int]
) -> tuple[tuple[range, range], ...]:
    """The rows and columns of a map, of the sample at ``index``, that somebody changed; one of a
    single axis is a row. Every second one and the like are told one by one, where they can be
    seen."""
    front = [index[n] if at is None else at for n, at in enumerate(map_.front)]
    found: list[tuple[range, range]] = []
    for *rows, columns in changed_runs(recording, map_.value, front):
        down, across = rows[-1] if rows else range(1), columns
        if len(down) * len(across) > _APART:
            found.append((_filled(down), _filled(across)))
        else:
            found += product(_blocks(down), _blocks(across))
    return tuple(found)


def _blocks(run: range) -> list[range]:
    """What lies side by side in a run."""
    return [run] if run.step == 1 else [range(n, n + 1) for n in run]


def _filled(run: range) -> range:
    """A run with all that lies between."""
    ends = (run[0], run[-1]) if run else (0, -1)
    return range(min(ends), max(ends) + 1)
