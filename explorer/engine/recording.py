"""From a tape to the `Recording` that travels: axes named, tokens and classes labelled."""

from __future__ import annotations

from msgspec.structs import replace
from torch import nn

from explorer.core.graph import Attention, ModelInfo, Module, Recording
from explorer.core.spec import Preset
from explorer.core.values import Input
from explorer.engine.axes import Axes
from explorer.engine.data import Dataset, show
from explorer.engine.tape import Tape

_POINTS = 400  # of a plane's data that the desktop gets to draw


def describe_pass(
    tape: Tape, number: int, weights: str, given: Input, axes: list[Axes], data: Dataset
) -> Recording:
    """The recording of a tape. ``axes`` goes along its values, see `axis_names`."""
    values = tuple(
        replace(value, axes=names) if len(names) == len(value.shape) else value
        for value, names in zip(tape.values, axes, strict=True)
    )
    labels: dict[str, tuple[str, ...]] = {}
    if data.text:
        tokens = next(i for i, value in enumerate(values) if value.kind == "input")
        text = data.decode(tape.value(tokens)[0])
        labels["T"] = tuple(show(c) for c in text)
        labels["V"] = tuple(show(c) for c in data.features)
    else:
        labels["classes"] = data.classes
        if data.features:
            labels["features"] = data.features
    return Recording(
        tape=number,
        weights=weights,
        input=given,
        calls=tape.calls,
        events=tape.events,
        values=values,
        outputs=tape.outputs,
        attention=tuple(
            Attention(a.event, a.value, a.causal) for a in tape.attention() if a.value >= 0
        ),
        labels=labels,
        prediction=tape.outputs[0] if tape.outputs else -1,
        seconds=tape.seconds,
        bytes=tape.bytes,
    )


def describe_model(model: nn.Module, preset: Preset, data: Dataset, weights: str) -> ModelInfo:
    """What the desktop must know of an open model, before anything is recorded for it."""
    modules = tuple(
        Module(
            path=path,
            kind=type(module).__name__,
            parameters=sum(p.numel() for p in module.parameters()),
            depth=path.count(".") + 1 if path else 0,
        )
        for path, module in model.named_modules()
    )
    parameter = next(model.parameters())
    kinds = {"text": "text", "digits": "image", "points": "point", "table": "numbers"}
    return ModelInfo(
        family=preset.model.family,
        parameters=modules[0].parameters,
        modules=modules,
        weights=weights,
        device=str(parameter.device),
        input=kinds[preset.data.kind],  # type: ignore[arg-type]
        shape=data.shape[-2:] if preset.data.kind == "digits" else data.shape,
        labels=data.features,
        classes=() if data.text else data.classes,
        samples=len(data.validation[0]),
        targets=() if data.text else tuple(data.validation[1].tolist()),
        points=_points(data) if preset.data.kind == "points" else (),
        standardised=preset.data.kind == "table",
    )


def _points(data: Dataset) -> tuple[tuple[float, float, int], ...]:
    """The first training points and their classes: enough to see the shape of the data."""
    places, classes = (part[:_POINTS].tolist() for part in data.train)
    return tuple((x, y, label) for (x, y), label in zip(places, classes, strict=True))
