"""Which pictures suit a value, best first, and what each of them asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from explorer.core.flow import next_reader
from explorer.core.graph import Recording, Value
from explorer.core.ops import op
from explorer.core.values import Reading, Reduce, View
from explorer.picture.linear import layer_of
from explorer.picture.recurrent import recurrent_of
from explorer.picture.residual import residual_of

_LOOKUPS = frozenset({"embedding", "embedding_bag"})
_CONVOLUTIONS = frozenset({"conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d"})
# what a prediction is known to go along, also where axes have no certain names: the last one, and
# that before it
_PREDICTED: dict[int, Sequence[str]] = {1: ("V", "classes"), 2: ("T",)}
UNMARKED = ("recurrent", "distribution", "lens", "embedding")  # panes that mark no cells of a reach
_SHORT = 64  # a vector up to this long is drawn as bars with numbers


def panes_for(recording: Recording, value: int) -> tuple[str, ...]:
    """Names of the panes for a value, the one to show first in front."""
    what = recording.values[value]
    if 0 in what.shape:
        return ()
    panes = []
    if any(a.value == value for a in recording.attention):
        panes.append("attention")
    if value == recording.prediction and what.shape:
        panes.append("prediction")
    stream = residual_of(recording)
    if stream is not None and value == recording.prediction:
        panes.append("lens")
    layers = recurrent_of(recording, value)
    if layers is not None and layers.shows(value):
        panes.append("recurrent")
    if _has_maps(recording, what):
        panes.append("features")
    if _long_axes(what) <= 1 and max(what.shape, default=1) <= _SHORT:
        panes.append("vector")
    if table_of(recording, value) is not None:
        panes.append("embedding")
    panes += ["values", "distribution"]
    if stream is not None and value in stream.values:
        panes.append("lens")
    if layer_of(recording, value) is not None:
        panes.append("neurons")
    if layers is not None and not layers.shows(value):
        panes.append("recurrent")
    if convolution_of(recording, value) >= 0:
        panes.append("convolution")
    return tuple(panes)


def chosen_of(fitting: Sequence[str], wanted: str) -> str:
    """Of the panes that fit a value the one that is shown."""
    return wanted if wanted in fitting else fitting[0]


def convolution_of(recording: Recording, value: int) -> int:
    """What the convolution over one or two axes gave of which a value is the result or a weight;
    −1 if it is neither, or complex."""
    what = recording.values[value]
    event = recording.events[what.writer] if what.writer >= 0 else None
    if event is None and what.kind == "parameter" and len(what.shape) in (3, 4):
        reader = next_reader(recording, value, -1)
        event = None if reader is None else recording.events[reader]
    if event is None or event.op not in _CONVOLUTIONS or not event.outputs:
        return -1
    given = recording.values[event.outputs[0]]
    real = "complex" not in given.dtype and 0 not in given.shape and given.device != "meta"
    return event.outputs[0] if real else -1


class Table(NamedTuple):
    """A table of embeddings (V, C), and the value that holds the rows used, -1 if there is none."""

    table: int
    ids: int


def table_of(recording: Recording, value: int) -> Table | None:
    """The table that a value is, or that it was looked up in."""
    what = recording.values[value]
    if what.writer >= 0:
        events = [recording.events[what.writer]]
    elif len(what.shape) == 2:
        events = [event for event in recording.events if event.op in _LOOKUPS]
    else:
        return None
    for event in events:
        ids = [v for v in event.inputs if "int" in recording.values[v].dtype]
        tables = [v for v in event.inputs if v not in ids and len(recording.values[v].shape) == 2]
        if event.op in _LOOKUPS and tables and (value in event.outputs or value == tables[0]):
            return Table(tables[0], ids[0] if ids else -1)
    return None


def stack_view(
    recording: Recording, value: int, most: int, side: int, reduce: Reduce = "max-abs"
) -> View:
    """The last three axes: maps × rows × columns, for attention heads and feature maps."""
    shape = recording.values[value].shape
    keep = tuple(range(max(0, len(shape) - 3), len(shape)))
    return View(
        tape=recording.tape,
        value=value,
        keep=keep,
        at=(0,) * len(shape),
        size=(most, side, side)[3 - len(keep) :],
        reduce=reduce,
    )


def line_view(recording: Recording, value: int, at: tuple[int, ...], most: int) -> View:
    """The longest axis."""
    shape = recording.values[value].shape
    axis = max(range(len(shape)), key=lambda i: (shape[i], i)) if shape else -1
    return View(
        tape=recording.tape,
        value=value,
        keep=(axis,) if shape else (),
        at=within(at, shape),
        size=(most,) if shape else (),
        reduce="max-abs",
    )


def axis_name(value: Value, axis: int) -> str:
    """The axis's certain name, numbered where several have it: ``T₁``; or ``dim n``."""
    name = value.axes[axis] if axis < len(value.axes) else ""
    if name and value.axes.count(name) > 1:
        return f"{name}{chr(0x2081 + value.axes[:axis].count(name))}"
    return name or f"dim {axis}"  # as PyTorch calls it, in every language


def place_name(recording: Recording, value: int, axis: int, at: int) -> str:
    """A place of an axis by the names of both: ``T 10 “s”``."""
    labels = axis_labels(recording, value, axis)
    named = f" “{labels[at]}”" if at < len(labels) else ""
    return f"{axis_name(recording.values[value], axis)} {at}{named}"


def axis_labels(recording: Recording, value: int, axis: int) -> tuple[str, ...]:
    """What the positions along an axis are called, ``()`` if they are just numbers."""
    what = recording.values[value]
    name = what.axes[axis] if axis < len(what.axes) else ""
    if not name and value != recording.prediction:
        return ()
    names = [name] if name else _PREDICTED.get(len(what.shape) - axis, ())
    if name == "V":
        names = ("V", "vocabulary")
    found = (recording.labels.get(one, ()) for one in names)
    return next((labels for labels in found if len(labels) == what.shape[axis]), ())


def future_of(recording: Recording, value: int, reading: Reading) -> np.ndarray | None:
    """(rows, columns) of a reading: what a causal attention map may not see, the keys after the
    query; None where nothing is hidden. A block is hidden where all of it is."""
    causal = any(a.value == value and a.causal for a in recording.attention)
    rank = len(recording.values[value].shape)
    if not causal or set(reading.view.keep[-2:]) != {rank - 2, rank - 1}:
        return None
    starts = [
        first + block * np.arange(count)
        for first, block, count in zip(
            reading.first[-2:], reading.block[-2:], reading.data.shape[-2:], strict=True
        )
    ]
    if reading.view.keep[-1] == rank - 1:
        hidden = starts[1][None] > starts[0][:, None] + reading.block[-2] - 1
    else:
        hidden = starts[0][:, None] > starts[1][None] + reading.block[-1] - 1
    return hidden if hidden.any() else None


def _has_maps(recording: Recording, what: Value) -> bool:
    """(B, C, H, W), not (B, heads, T, …)."""
    if len(what.shape) != 4 or min(what.shape[-2:]) < 2:
        return False
    if what.axes[-2:] == ("H", "W"):
        return True
    if what.writer < 0:
        return what.kind == "input"
    family = op(recording.events[what.writer].op).family
    return family in ("convolution", "pooling")


def _long_axes(what: Value) -> int:
    return sum(n > 1 for n in what.shape)


def within(at: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
    """An index cut to what there is; 0 along every axis that it does not name."""
    padded = (*at, *[0] * (len(shape) - len(at)))[: len(shape)]
    return tuple(max(0, min(i, n - 1)) for i, n in zip(padded, shape, strict=True))
