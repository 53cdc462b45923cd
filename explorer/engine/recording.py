"""From a tape to the `Recording` that travels: axes named, tokens and classes labelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from msgspec.structs import replace

from explorer.core.graph import Attention, Event, Failure, Recording, Value
from explorer.core.values import Input
from explorer.engine.attention import AttentionMap
from explorer.engine.axes import Axes
from explorer.engine.tape import Tape


def describe_pass(
    tape: Tape,
    number: int,
    weights: str,
    given: Input,
    axes: Sequence[Axes],
    maps: Sequence[AttentionMap],
    labels: Mapping[str, tuple[str, ...]],
) -> Recording:
    """The recording of a tape. ``axes`` goes along its values, ``maps`` are its attention maps.

    A map inside of a fused op is no value of the tape: it is listed after those, in the order of
    ``maps``, as one more output of that op.
    """
    values = [
        replace(value, axes=names) if len(names) == len(value.shape) else value
        for value, names in zip(tape.values, axes, strict=True)
    ]
    events = list(tape.events)
    attention = []
    for found in maps:
        ref = found.value
        if ref < 0:
            ref = len(values)
            event = events[found.event]
            values.append(_inner(found, event, values))
            events[found.event] = replace(event, outputs=(*event.outputs, ref))
        attention.append(Attention(found.event, ref, found.causal))
    failure = tape.failure
    return Recording(
        tape=number,
        weights=weights,
        input=given,
        calls=tape.calls,
        events=tuple(events),
        values=tuple(values),
        outputs=tape.outputs,
        attention=tuple(attention),
        labels=dict(labels),
        prediction=_prediction(tape, labels),
        seconds=tape.seconds,
        bytes=tape.bytes,
        failure=None if failure is None else Failure(*failure),
    )


def _inner(found: AttentionMap, event: Event, values: Sequence[Value]) -> Value:
    """The weights inside of a fused op as a value: the axes are those of its queries and keys."""
    shape, made = found.shape, values[event.outputs[0]]
    query, key = (values[ref] for ref in event.inputs[:2])
    axes = [""] * len(shape)
    if query.shape[:-1] == shape[:-1] and key.shape[-2:-1] == shape[-1:]:
        axes = [*query.axes[:-1], key.axes[-2]]
    axes[-3:-2] = ["heads"]
    each = made.bytes // max(1, prod(made.shape))
    return replace(
        made, name=f"{event.id}:weights", shape=shape, axes=tuple(axes), bytes=prod(shape) * each
    )


def _prediction(tape: Tape, labels: Mapping[str, tuple[str, ...]]) -> int:
    """The output whose last axis goes along the classes or the vocabulary, −1 if there is none."""
    sizes = {len(labels[name]) for name in ("V", "classes") if labels.get(name)}
    for ref in tape.outputs:
        value = tape.values[ref]
        if value.shape and value.shape[-1] in sizes and "float" in value.dtype:
            return ref
    return -1
