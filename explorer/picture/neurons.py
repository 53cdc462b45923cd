"""A linear layer as two columns of neurons: what is asked for, and where each of them stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from explorer.core.graph import Recording
from explorer.core.neurons import Neurons, NeuronsLook, NeuronsView, PlanesView
from explorer.core.ops import op
from explorer.picture.figure.placing import Figure, Link, Piece
from explorer.picture.figure.stream import Form, Stage
from explorer.picture.linear import Layer
from explorer.picture.readout import axis_labels, within

_ALL = 1 << 10  # cells along a side: more than are known


class Room(NamedTuple):
    """Where columns stand: the middles of both, and from where to where they reach, in pixels.
    ``step`` is the most from one neuron to the next."""

    left: float
    right: float
    top: float
    bottom: float
    step: float


def fitted(look: NeuronsLook, recording: Recording, layer: Layer) -> NeuronsLook:
    """The same of another layer, as far as that goes; else it begins at the last token, which the
    next one follows from, and the first of all other axes."""
    what = recording.values[layer.value]
    rows = what.shape[:-1]
    ends = [len(axis_labels(recording, layer.value, axis)) - 1 for axis in range(len(rows))]
    tokens = [bool(what.axes) and what.axes[axis] == "T" for axis in range(len(rows))]
    at = tuple(max(0, end) if text else 0 for end, text in zip(ends, tokens, strict=True))
    at = look.at if look.of == rows else at
    return replace(look, at=within(at, rows), of=rows)


def neurons_view(
    recording: Recording, layer: Layer, look: NeuronsLook, first: tuple[int, int],
    most: tuple[int, int], pinned: int,
) -> NeuronsView:  # fmt: skip
    """What to ask about a layer: so many neurons of either column, from the ``first`` ones on."""
    weights = layer.weights
    return NeuronsView(
        recording.tape, layer.value, layer.begun, layer.given, weights.matrix, weights.bias,
        weights.axes, weights.alpha, weights.beta, look.at, first, most, look.order, pinned,
    )  # fmt: skip


def totals(recording: Recording, layer: Layer) -> tuple[int, int]:
    """How many neurons there are before the layer, and of it."""
    values = recording.values
    return values[layer.given].shape[-1], values[layer.value].shape[-1]


def points_of(recording: Recording) -> int:
    """The one input of a model, if it is points of a plane (B, 2); -1 if it is something else."""
    inputs = [ref for ref, value in enumerate(recording.values) if value.kind == "input"]
    if len(inputs) != 1:
        return -1
    what = recording.values[inputs[0]]
    plane = len(what.shape) == 2 and what.shape[1] == 2 and what.shape[0] > 0
    return inputs[0] if plane and "float" in what.dtype else -1


def has_planes(recording: Recording, layer: Layer) -> bool:
    """Whether its neurons have a number for every point of the plane that the model reads."""
    points = points_of(recording)
    if points < 0:
        return False
    rows = recording.values[points].shape[0]
    shapes = [recording.values[v].shape for v in (layer.given, layer.value)]
    return all(len(shape) > 1 and shape[0] == rows for shape in shapes)


def planes_view(
    recording: Recording, layer: Layer, told: Neurons, look: NeuronsLook, size: int
) -> PlanesView:
    """What to ask for to show each neuron that is ``told`` as a picture of the plane."""
    return PlanesView(
        recording.tape, points_of(recording), (layer.value, layer.given),
        (tuple(told.of.tolist()), tuple(told.before.tolist())), look.at[1:], size,
    )  # fmt: skip


def near_view(
    recording: Recording, layer: Layer, look: NeuronsLook, column: int, neuron: int
) -> PlanesView:  # fmt: skip
    """What to ask for to show one of them large, of the layer (1) or before it (0)."""
    points, value = points_of(recording), (layer.given, layer.value)[column]
    return PlanesView(recording.tape, points, (value,), ((neuron,),), look.at[1:], _ALL)


def columns(recording: Recording, layer: Layer, told: Neurons, room: Room) -> Figure:
    """Both columns as a figure of two pieces: the neurons before, and those of the layer."""
    before, of = (
        _piece(recording, layer, at, places.tolist(), room)
        for at, places in ((0, told.before), (1, told.of))
    )
    return Figure(
        (before, of), (Link(0, "weights"),), (), (), room.bottom, room.top,
        room.right, room.bottom - room.top,
    )  # fmt: skip


def _piece(
    recording: Recording, layer: Layer, at: int, neurons: Sequence[int], room: Room
) -> Piece:
    value = (layer.given, layer.value)[at]
    what = recording.values[value]
    rank = len(what.shape)
    form = Form(what.shape[-1], (), rank - 1)
    writer = recording.values[layer.begun if at else value].writer
    word = op(recording.events[writer].op).label if writer >= 0 else what.name
    if at:
        stage = Stage(
            "linear", "linear", (), layer.begun, value, form, ("linear", *layer.lines),
            weights=layer.weights, halved=layer.halved,
        )  # fmt: skip
    else:
        stage = Stage("input", "elementwise", (), value, value, form, (word,))
    lines = stage.lines[-1:]
    if not at and lines == layer.lines[-1:]:  # neurons of both columns would have the same names
        module = recording.calls[recording.events[writer].call].module
        lines = (f"{word} ({module})",)
    step = min((room.bottom - room.top) / max(1, len(neurons)), room.step)
    high = step * len(neurons)
    labels = axis_labels(recording, value, rank - 1)
    return Piece(
        stage, -1, -1, (room.left, room.right)[at], (room.top + room.bottom - high) / 2,
        0.0, high, 0.0, lines, (str(form.channels),),
        neurons=tuple(neurons), offsets=tuple(step * (n + 0.5) for n in range(len(neurons))),
        radius=0.42 * step, names=tuple(labels[n] for n in neurons) if labels else (),
        active=layer.halved,
    )  # fmt: skip
