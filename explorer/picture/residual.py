"""The residual stream of a model: what its equal blocks hand on, each with something added."""

from __future__ import annotations

import math
from collections import defaultdict
from itertools import pairwise
from typing import NamedTuple

from explorer.core.flow import Span, readers, sources
from explorer.core.graph import Recording, Value

_KEPT = "residual stream"
_SUMS = frozenset({"add", "add_"})
_PASSED = _SUMS | frozenset(
    {
        "layer_norm", "rms_norm", "dropout", "dropout_",
        "to", "float", "double", "half", "bfloat16", "type_as", "contiguous", "clone",
        "view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze",
    }
)  # fmt: skip


class Residual(NamedTuple):
    """The stream (B, T, C) before the first block and after each, as ``values``; the last one is
    what the prediction is made of. ``calls`` are the blocks, one fewer."""

    values: tuple[int, ...]
    calls: tuple[int, ...]


def residual_of(recording: Recording) -> Residual | None:
    """The stream that a pass makes its prediction of, None unless it is certain: two blocks of one
    class at least, one after the other, each of which adds to what it is given; and none but the
    last says anything to what makes the prediction. It is kept with the recording."""
    kept = vars(recording)
    if _KEPT not in kept:
        kept[_KEPT] = _found(recording) if recording.prediction >= 0 else None
    found: Residual | None = kept[_KEPT]
    return found


def _found(recording: Recording) -> Residual | None:
    alike: dict[tuple[int, str], list[int]] = defaultdict(list)
    for call in recording.calls[1:]:
        if not call.opened and call.last > call.first:
            alike[call.parent, call.kind].append(call.index)
    several = [calls for calls in alike.values() if len(calls) > 1]
    # The blocks that end last, for those of an encoder come first; of nested ones the outermost.
    several.sort(key=lambda c: (-recording.calls[c[-1]].last, recording.calls[c[0]].first))
    for calls in several:
        values = _stream(recording, calls)
        if values is not None and _ends(recording, calls, values):
            return Residual(values, tuple(calls))
    return None


def _stream(recording: Recording, calls: list[int]) -> tuple[int, ...] | None:
    """What is handed on from block to block, from what the first is given to what the last makes;
    None if one does not add to it."""
    spans = [Span(recording.calls[call].first, recording.calls[call].last) for call in calls]
    between = []
    for before, after in pairwise(spans):
        read = {v for e in recording.events[after.first : after.last + 1] for v in e.inputs}
        handed = [
            v
            for v in _made(recording, before)
            if v in read and _added_to(recording, v, before) is not None
        ]
        if len(handed) != 1:
            return None
        between.append(handed[0])
    what = recording.values[between[0]]
    if any(not _alike(recording.values[v], what) for v in between):
        return None
    later = {v for e in recording.events[spans[-1].last + 1 :] for v in e.inputs}
    ends = [
        v
        for v in _made(recording, spans[-1])
        if (v in later or v in recording.outputs) and _alike(recording.values[v], what)
    ]
    first = _added_to(recording, between[0], spans[0])
    if len(ends) != 1 or first is None or not _alike(recording.values[first], what):
        return None
    values = (first, *between, ends[0])
    handed_on = zip(values[1:-1], values[2:], spans[1:], strict=True)
    if any(_added_to(recording, made, span) != given for given, made, span in handed_on):
        return None
    return values


def _made(recording: Recording, span: Span) -> list[int]:
    events = recording.events[span.first : span.last + 1]
    return [v for event in events for v in event.outputs]


def _alike(value: Value, other: Value) -> bool:
    return len(value.shape) > 1 and (value.shape, value.dtype) == (other.shape, other.dtype)


def _added_to(recording: Recording, value: int, span: Span) -> int | None:
    """What from before a block its result is a sum of, and of what the block made; None if it is no
    such sum. Norms and changes of type or form may come in between."""
    seen, open_, is_sum = {value}, [value], False
    found: set[int] = set()
    count = math.prod(recording.values[value].shape)
    while open_:
        writer = recording.values[open_.pop()].writer
        event = recording.events[writer]
        if event.op not in _PASSED:
            continue
        is_sum |= event.op in _SUMS
        for given in event.inputs:
            what = recording.values[given]
            other = math.prod(what.shape) != count or what.kind not in ("activation", "input")
            if given in seen or other:
                continue
            seen.add(given)
            (found.add if what.writer < span.first else open_.append)(given)
    return found.pop() if is_sum and len(found) == 1 else None


def _ends(recording: Recording, calls: list[int], values: tuple[int, ...]) -> bool:
    """Whether the prediction is made of the stream's end, and of nothing else in the blocks."""
    prediction, stream = recording.values[recording.prediction], recording.values[values[-1]]
    rows = prediction.shape[:-1]
    if prediction.writer < 0 or rows not in (stream.shape[:-1], stream.shape[:1]):
        return False
    last = Span(len(recording.events), len(recording.events) - 1)
    after = readers(recording, last, values[-1])
    if not after.values[recording.prediction]:
        return False
    end = recording.calls[calls[-1]].last
    if any(attention.event > end for attention in recording.attention):
        return False
    needed = sources(recording, last, recording.prediction)
    inside = {v for call in calls for v in _made(recording, _span(recording, call))}
    return all(
        v == values[-1] or v not in inside
        for event in recording.events[end + 1 :]
        if needed.events[event.index]
        for v in event.inputs
    )


def _span(recording: Recording, call: int) -> Span:
    return Span(recording.calls[call].first, recording.calls[call].last)
