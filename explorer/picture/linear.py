"""Linear layers, however they are written, and what follows them neuron by neuron."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from explorer.core.graph import Event, Recording
from explorer.core.ops import op

MATRIX = ("linear", "addmm", "matmul", "mm")
_AFTER = 6  # ops after a layer that its neurons go through at most
_KEPT = "linear layers"
Flows = Callable[[int], bool]  # whether a value depends on the model's input


class Weights(NamedTuple):
    """The values of a linear layer's weights and bias (-1 if there is none). Of its two ``axes``
    the first counts the neurons that it makes, the second those that it reads. The sum is
    ``alpha`` · Σ w·x + ``beta`` · b."""

    matrix: int
    bias: int
    axes: tuple[int, int]
    alpha: float = 1.0
    beta: float = 1.0


class Layer(NamedTuple):
    """A linear layer: ``given`` (…, M) are the neurons before, ``begun`` (…, N) its own sums, and
    ``value`` what the ops called ``lines`` make of each of them: activations, norms. ``product``
    is that of numbers and weights, where the bias is added by another op, else ``begun``;
    ``between`` are the values on the way from ``begun`` to ``value``. It is ``halved`` if an
    activation reads the sums."""

    given: int
    begun: int
    value: int
    weights: Weights
    product: int
    between: tuple[int, ...] = ()
    lines: tuple[str, ...] = ()
    halved: bool = False

    @property
    def own(self) -> set[int]:
        """All values that hold a number of each of its neurons."""
        return {self.product, self.begun, *self.between, self.value}


def weights_of(recording: Recording, event: Event, flowing: int, flows: Flows) -> Weights | None:
    """The weights by which an event makes sums of what it reads, the value ``flowing``; None if
    that is not what it does."""
    name, values = event.op.strip("_"), recording.values
    if name not in MATRIX:
        return None
    others = [v for v in event.inputs if v != flowing]
    planes = [v for v in others if len(values[v].shape) == 2]
    lines = [v for v in others if len(values[v].shape) == 1]
    if len(planes) != 1 or len(lines) > 1 or flows(planes[0]):
        return None
    if name != "linear" and event.inputs.index(flowing) > event.inputs.index(planes[0]):
        return None  # the matrix stands at the left
    known = factors(event) if name == "addmm" else {}
    if known is None:
        return None
    axes = (0, 1) if name == "linear" else (1, 0)
    return Weights(planes[0], lines[0] if lines else -1, axes, **known)


def with_bias(
    recording: Recording, weights: Weights, count: int, event: Event, flows: Flows
) -> Weights | None:
    """Those of a layer of ``count`` neurons that is ``x @ W``, with the bias that an event adds to
    it next; None if the event does not."""
    if weights.bias >= 0 or event.op.strip("_") not in ("add", "iadd"):
        return None
    kept = [v for v in event.inputs if not flows(v)]
    known = factors(event)
    if len(kept) != 1 or recording.values[kept[0]].shape != (count,):
        return None
    if known is None or "beta" in known:
        return None
    by = known.get("alpha", 1.0)  # of what is added, be it the bias or the product
    if event.inputs[0] == kept[0]:
        return weights._replace(bias=kept[0], alpha=weights.alpha * by)
    return weights._replace(bias=kept[0], beta=by)


def activates(event: Event) -> bool:
    """Whether an op is an activation."""
    return op(event.op).family == "activation" or event.op.strip("_").endswith("softmax")


def factors(event: Event) -> dict[str, float] | None:
    """``alpha`` and ``beta`` of an addition, those that are not 1; None if they are not known for
    certain: four digits may be rounded."""
    found: dict[str, float] = {}
    for part in filter(None, event.detail.split(", ")):
        known = re.fullmatch(r"(alpha|beta)=(-?[\d.]+(?:e[-+]?\d+)?)", part)
        if known is None:
            return None
        digits = known[2].partition("e")[0].replace(".", "").strip("-0")
        if len(digits) > 3 and not re.fullmatch(r"-?\d+", known[2]):
            return None
        found[known[1]] = float(known[2])
    return found


def layer_of(recording: Recording, value: int) -> Layer | None:
    """The linear layer of which a value is the output, or what activations and norms make of that
    neuron by neuron; None if there is none. It is kept with the recording."""
    kept: dict[int, Layer | None] = vars(recording).setdefault(_KEPT, {})
    if value not in kept:
        kept[value] = _found(recording, value)
    return kept[value]


def held_by(recording: Recording, value: int) -> set[int]:
    """All values that hold a number of each neuron of a value: those of its layer, or it alone."""
    layer = layer_of(recording, value)
    return {value} if layer is None else layer.own


def _found(recording: Recording, value: int) -> Layer | None:
    what = recording.values[value]
    if not what.shape or 0 in what.shape or what.device == "meta" or "float" not in what.dtype:
        return None
    begun, lines, halved, between = value, list[str](), False, list[int]()
    for _ in range(_AFTER):
        layer = _layer(recording, begun)
        if layer is not None:
            return layer._replace(
                value=value, between=tuple(between[1:]), lines=tuple(reversed(lines)), halved=halved
            )
        event = _writer(recording, begun)
        if event is None:
            return None
        read = [v for v in event.inputs if _flows(recording, v)]
        known = activates(event) or op(event.op).family == "norm"
        if not known or len(read) != 1 or recording.values[read[0]].shape != what.shape:
            return None
        lines.append(op(event.op).label)
        between.append(begun)
        begun, halved = read[0], activates(event)
    return None


def _layer(recording: Recording, value: int) -> Layer | None:
    """The layer that ends with a value."""
    event = _writer(recording, value)
    if event is None:
        return None
    if event.op.strip("_") in ("add", "iadd"):
        products = [v for v in event.inputs if _flows(recording, v)]
        layer = _layer(recording, products[0]) if len(products) == 1 else None
        if layer is None or layer.begun != products[0]:
            return None
        count = recording.values[value].shape[-1]
        flows = lambda v: _flows(recording, v)  # noqa: E731
        weights = with_bias(recording, layer.weights, count, event, flows)
        return weights and layer._replace(begun=value, value=value, weights=weights)
    for given in _read(recording, event):
        weights = weights_of(recording, event, given, lambda v: False)
        layer = weights and Layer(given, value, value, weights, value)
        if layer and _fits(recording, layer):
            return layer
    return None


def _read(recording: Recording, event: Event) -> list[int]:
    """What a layer may read: of `F.linear` its first argument; of a product what depends on the
    model's input, if the rest does not."""
    if event.op.strip("_") == "linear":
        return list(event.inputs[:1])
    flowing = [v for v in event.inputs if _flows(recording, v)]
    return flowing if len(flowing) == 1 else []


def _fits(recording: Recording, layer: Layer) -> bool:
    """Whether sums of ``given`` by its weights have the shape of what it gives."""
    given, made = (recording.values[v].shape for v in (layer.given, layer.begun))
    matrix = recording.values[layer.weights.matrix].shape
    count, read = (matrix[axis] for axis in layer.weights.axes)
    bias = layer.weights.bias
    return (
        bool(given)
        and 0 not in matrix
        and (*given[:-1], count) == made
        and given[-1] == read
        and (bias < 0 or recording.values[bias].shape == (count,))
    )


def _writer(recording: Recording, value: int) -> Event | None:
    """The event of which a value is the first result."""
    writer = recording.values[value].writer
    event = recording.events[writer] if writer >= 0 else None
    return event if event is not None and event.outputs[:1] == (value,) else None


def _flows(recording: Recording, value: int) -> bool:
    """Whether a value depends on the model's input."""
    what = recording.values[value]
    return what.kind == "input" or (what.writer >= 0 and recording.depths[what.writer] >= 0)
