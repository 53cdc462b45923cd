"""What the convolution pane asks for: which channel, which cell, which filters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from explorer.core.convolution import ConvolutionLook, Products, ProductsView
from explorer.core.graph import Recording
from explorer.core.plane import Plane
from explorer.core.values import View
from explorer.picture.plane import at_place, is_alike

ROWS, COLUMNS = 24, 32  # numbers of a kernel that are shown at most
COLOURS = 3  # input channels that are red, green and blue


def axes_of(recording: Recording, value: int) -> int:
    """Over how many axes of space the convolution goes that gave a value."""
    op = recording.events[recording.values[value].writer].op
    return 1 if op.endswith("1d") else 2


def maps_of(recording: Recording, value: int) -> tuple[int, int, int, int]:
    """Samples, channels, rows and columns of what a convolution gave."""
    shape, axes = recording.values[value].shape, axes_of(recording, value)
    rows, columns = (1, *shape[-axes:])[-2:]
    samples = shape[0] if len(shape) == axes + 2 else 1
    return samples, shape[-axes - 1], rows, columns


def fitted(look: ConvolutionLook, recording: Recording, value: int) -> ConvolutionLook:
    """The same of another convolution, as far as that goes."""
    samples, filters, *of = maps_of(recording, value)
    size = (of[0], of[1])
    middle = (size[0] // 2, size[1] // 2)
    cell = look.cell if look.of == size else middle
    return replace(
        look,
        filter=min(look.filter, filters - 1),
        sample=min(look.sample, samples - 1),
        cell=(min(cell[0], size[0] - 1), min(cell[1], size[1] - 1)),
        of=size,
    )


def on_plane(look: ConvolutionLook, plane: Plane, recording: Recording, value: int) -> Plane:
    """The plane of what a convolution gave at the filter and the sample that are looked at."""
    what, axes = recording.values[value], axes_of(recording, value)
    there = at_place(plane, what, -axes - 1, look.filter)
    return at_place(there, what, 0, look.sample) if len(what.shape) == axes + 2 else there


def from_plane(
    look: ConvolutionLook, plane: Plane, recording: Recording, value: int
) -> ConvolutionLook:
    """Looking at the filter and the sample that a plane of such a value is at."""
    what, axes = recording.values[value], axes_of(recording, value)
    if not is_alike(plane, what):
        return look
    sample = plane.at[0] if len(what.shape) == axes + 2 else look.sample
    return replace(look, filter=plane.at[-axes - 1], sample=sample)


def index_of(
    recording: Recording, value: int, look: ConvolutionLook, cell: tuple[int, int]
) -> tuple[int, ...]:
    """The index of a cell of the output map that is looked at."""
    axes, rank = axes_of(recording, value), len(recording.values[value].shape)
    lead = (look.sample,) if rank == axes + 2 else ()
    return (*lead, look.filter, *cell[-axes:])


def at_index(
    look: ConvolutionLook, recording: Recording, value: int, index: tuple[int, ...]
) -> ConvolutionLook:
    """Looking at the cell with that index."""
    axes = axes_of(recording, value)
    row, column = (0, *index[-axes:])[-2:]
    sample = index[0] if len(index) == axes + 2 else 0
    return replace(look, filter=index[-axes - 1], sample=sample, cell=(row, column))


def products_view(
    recording: Recording, value: int, look: ConvolutionLook, cell: tuple[int, int], most: int
) -> ProductsView:
    """What the kernel makes at a cell, with the sums of ``most`` channels at most."""
    return ProductsView(
        recording.tape, value, index_of(recording, value, look, cell), look.channel,
        (ROWS, COLUMNS), most,
    )  # fmt: skip


def output_view(
    recording: Recording, value: int, look: ConvolutionLook, room: tuple[int, int]
) -> View:
    """The map of the filter, in so many cells down and across."""
    index = index_of(recording, value, look, (0, 0))
    _, _, *size = maps_of(recording, value)
    return _map(recording, value, index, size, room, axes_of(recording, value))


def input_view(
    recording: Recording, found: Products, look: ConvolutionLook, room: tuple[int, int]
) -> View:
    """The input channel that is looked at."""
    axes = axes_of(recording, found.view.value)
    rank = len(recording.values[found.input].shape)
    lead = (look.sample,) if rank == axes + 2 else ()
    index = (*lead, found.first + found.channel, *(0,) * axes)
    slide = found.slide
    size = [n + 2 * pad for n, pad in zip(slide.size, slide.padding, strict=True)]
    return _map(
        recording, found.input, index, slide.size if slide.transposed else size, room, axes
    )  # fmt: skip


class Map(NamedTuple):
    """A value, and where in it one map lies: the index before the axes of space, None for every
    sample."""

    value: int
    front: tuple[int | None, ...]


def shown_of(recording: Recording, found: Products) -> tuple[Map, Map, Map]:
    """The input channel, the kernel and the output channel that an answer is about."""
    rank, axes = len(found.view.index), axes_of(recording, found.view.value)
    samples = (None,) * (rank - axes - 1)
    output = found.view.index[rank - axes - 1]
    return (
        Map(found.input, (*samples, found.first + found.channel)),
        kernel_of(found, filter_of(recording, found, output)),
        Map(found.view.value, (*samples, output)),
    )


def kernel_of(found: Products, filter_: int) -> Map:
    """The kernel of one of the filters for the input channel that an answer is about."""
    if found.slide.transposed:
        return Map(found.weight, (found.first + found.channel, filter_))
    return Map(found.weight, (filter_, found.channel))


def filter_cells(found: Products, kernel: Map) -> str:
    """All numbers of the filter of a kernel, as NumPy indexes them."""
    if not found.slide.transposed:
        return f"{kernel.front[0]}"
    return f"{found.first}:{found.first + found.each}, {kernel.front[1]}"


def filters_views(recording: Recording, found: Products, first: int, most: int) -> list[View]:
    """``most`` filters from the ``first`` on: of the input channel that is looked at or, where
    there are three and no others, of each."""
    shape = recording.values[found.weight].shape
    axes = axes_of(recording, found.view.value)
    # (out, in / groups, …), or (in, out / groups, …) of a transposed convolution
    ours, theirs = (1, 0) if found.slide.transposed else (0, 1)
    begin = found.first if found.slide.transposed else 0
    space = tuple(range(len(shape) - axes, len(shape)))
    channels = range(COLOURS) if in_colours(found) else (found.channel,)
    size = (ROWS, COLUMNS)[-axes:]
    return [
        View(
            tape=recording.tape, value=found.weight, keep=(ours, *space),
            at=tuple(begin + channel if axis == theirs else 0 for axis in range(len(shape))),
            size=(most, *size),
            window=(range(first, first + most), *(range(shape[axis]) for axis in space)),
        )
        for channel in channels
    ]  # fmt: skip


def in_colours(found: Products) -> bool:
    """Whether filters are pictures in colour: they see three channels, all that there are."""
    return found.each == COLOURS and found.slide.groups == 1


def filters_of(recording: Recording, found: Products) -> int:
    """How many filters can be shown beside each other: those of a group of a transposed
    convolution, or all."""
    return recording.values[found.weight].shape[1 if found.slide.transposed else 0]


def output_of(recording: Recording, found: Products, filter_: int) -> int:
    """The output channel of one of these filters."""
    if not found.slide.transposed:
        return filter_
    return found.first // found.each * filters_of(recording, found) + filter_


def filter_of(recording: Recording, found: Products, output: int) -> int:
    """Which of these filters makes an output channel."""
    return output % filters_of(recording, found) if found.slide.transposed else output


def _map(
    recording: Recording, value: int, index: tuple[int, ...], size: Sequence[int],
    room: tuple[int, int], axes: int,
) -> View:  # fmt: skip
    """A map over so many axes that is drawn with square cells, as one of a ``size`` would be."""
    keep = tuple(range(len(index) - axes, len(index)))
    side = min(room[0] / size[0], room[1] / size[1])
    most = tuple(max(1, int(n * side)) for n in size)
    return View(
        tape=recording.tape, value=value, keep=keep, at=index, size=most[-axes:],
    )  # fmt: skip
