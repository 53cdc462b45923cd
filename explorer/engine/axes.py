"""Names for the axes of every value of a pass, given only where they are certain.

A meta copy of the model, which has shapes but no numbers, runs with two batch sizes and two
lengths: an axis that moved with one of them is ``B`` or ``T``. The rest follow from what an op
means (the maps of a convolution are ``C, H, W``) or from a size that only one thing in the spec
has. Where two things share a size, the axis stays without a name.
"""

from __future__ import annotations

import copy
from collections import Counter

import torch
from torch import nn

from explorer.core.spec import CNNSpec, GPTSpec, MLPSpec
from explorer.engine.record import record
from explorer.engine.tape import Tape

Axes = tuple[str, ...]
_POINTWISE = {"relu", "gelu", "tanh", "sigmoid", "dropout", "relu_", "layer_norm", "softmax"}


def axis_names(model: nn.Module, spec: MLPSpec | CNNSpec | GPTSpec) -> list[Axes]:
    """The names along every value, in the order of `Tape.values` of any pass of the model."""
    ghost = copy.deepcopy(model).to("meta")
    base = _pass(ghost, spec, 2, 5)
    moved = [_pass(ghost, spec, 3, 5), _pass(ghost, spec, 2, 6)]
    sizes = _unique_sizes(spec)
    names = []
    for index, value in enumerate(base.values):
        found = []
        for axis, size in enumerate(value.shape):
            with_batch, with_length = (t.values[index].shape[axis] != size for t in moved)
            if with_batch or with_length:
                found.append("" if with_batch and with_length else "B" if with_batch else "T")
            else:
                found.append(sizes.get(size, ""))
        names.append(found)
    _by_meaning(base, names, spec)
    return [tuple(found) for found in names]


def _pass(ghost: nn.Module, spec: MLPSpec | CNNSpec | GPTSpec, batch: int, length: int) -> Tape:
    if isinstance(spec, GPTSpec):
        length = min(length, spec.context) if spec.context > length else spec.context + length - 6
        given = torch.empty(batch, max(1, length), dtype=torch.int64, device="meta")
    elif isinstance(spec, CNNSpec):
        given = torch.empty(batch, spec.in_channels, *spec.image, device="meta")
    else:
        given = torch.empty(batch, spec.sizes[0], device="meta")
    with torch.no_grad():
        return record(ghost, given)


def _unique_sizes(spec: MLPSpec | CNNSpec | GPTSpec) -> dict[int, str]:
    """Sizes that stand for one thing only."""
    named: list[tuple[int, str]] = [(1, "")]
    if isinstance(spec, GPTSpec):
        named += [
            (spec.width, "C"), (spec.heads, "heads"), (spec.width // spec.heads, "hs"),
            (spec.vocabulary, "V"), (4 * spec.width, "4C"),
        ]  # fmt: skip
    elif isinstance(spec, CNNSpec):
        height, width = spec.image
        sizes = {n // 2**i for n in spec.image for i in range(len(spec.channels) + 1)}
        flat = spec.channels[-1] * (height >> len(spec.channels)) * (width >> len(spec.channels))
        named += [(spec.classes, "classes"), (spec.kernel, ""), (flat, "features")]
        named += [(n, "") for n in {spec.in_channels, *spec.channels, *sizes}]
        named += [(n, "hidden") for n in set(spec.hidden)]
    else:
        named += [(spec.sizes[0], "features"), (spec.sizes[-1], "classes")]
        named += [(n, "hidden") for n in set(spec.sizes[1:-1])]
    often = Counter(size for size, _ in named)
    return {size: name for size, name in named if often[size] == 1 and name}


def _by_meaning(tape: Tape, names: list[list[str]], spec: MLPSpec | CNNSpec | GPTSpec) -> None:
    """Names that follow from what an op does, in the order of execution."""
    given = next(i for i, v in enumerate(tape.values) if v.kind == "input")
    if isinstance(spec, MLPSpec):
        names[given][-1] = "features"
    if not isinstance(spec, GPTSpec):
        names[tape.outputs[0]][-1] = "classes"
    for ref, value in enumerate(tape.values):
        if value.kind == "buffer":  # no size tells what a buffer is: a GPT's context may equal C
            names[ref] = [""] * len(value.shape)
    last = len(tape.events) - 1
    for event in tape.events:
        first, out = event.inputs[:1], event.outputs[0]
        if event.op == "conv2d" or event.op == "max_pool2d":
            for ref in (first[0], out):
                names[ref][1:] = ["C", "H", "W"]
        elif event.op in _POINTWISE and tape.values[first[0]].shape == tape.values[out].shape:
            names[out] = [a or b for a, b in zip(names[out], names[first[0]], strict=True)]
        elif event.op == "embedding":
            ids, table = event.inputs[:2]
            names[table] = ["V" if ids == given else "", names[out][-1]]
        elif event.op == "linear":
            x, weight = event.inputs[:2]
            if isinstance(spec, MLPSpec) and event.index != last:
                names[out][-1] = "hidden"
            if names[x][-1] and names[out][-1]:
                names[weight] = [names[out][-1], names[x][-1]]
                for bias in event.inputs[2:]:
                    names[bias] = [names[out][-1]]
