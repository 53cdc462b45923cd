"""Whether two parts of a pass in a row are equal: the same ops with the same arguments, shapes and
wiring, each with weights of its own, the second fed by the first as it is by the one before it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

from explorer.core.graph import Recording

Span = tuple[int, int]  # the first and the last event


class _Structure(NamedTuple):
    """What equal spans have in common (``told``), the values that they read from ``outside``, in
    order, and the weights that are their ``own``."""

    told: Hashable
    outside: tuple[int, ...]
    own: frozenset[int]


class Equals:
    """Compares spans of a recording, each read once."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._structures: dict[Span, _Structure] = {}
        self._last: dict[int, int] = {}  # of each value, the last event that reads it
        for event in recording.events:
            self._last |= dict.fromkeys(event.inputs, event.index)
        self._last |= dict.fromkeys(recording.outputs, len(recording.events))

    def fed(self, before: Span, span: Span) -> Hashable | None:
        """Where in the span before it each value is made that a span reads, None for what both read
        from around them; None if they are not equal, or if nothing goes between. A layer that both
        apply is one, and no two; and what later parts read of the first is not in a second."""
        one, other = self._structure(before), self._structure(span)
        if one.told != other.told or not one.own.isdisjoint(other.own):
            return None
        if self._read_after(before, span[1]):
            return None
        ways: list[tuple[int, int] | None] = []
        for theirs, ours in zip(one.outside, other.outside, strict=True):
            place = None if theirs == ours else self._place(before, ours)
            if theirs != ours and place is None:
                return None
            ways.append(place)
        return tuple(ways) if any(ways) else None

    def _read_after(self, span: Span, end: int) -> bool:
        events = self._recording.events[span[0] : span[1] + 1]
        return any(self._last.get(v, -1) > end for event in events for v in event.outputs)

    def _place(self, span: Span, value: int) -> tuple[int, int] | None:
        writer = self._recording.values[value].writer
        if not span[0] <= writer <= span[1]:
            return None
        return writer - span[0], self._recording.events[writer].outputs.index(value)

    def _structure(self, span: Span) -> _Structure:
        if span not in self._structures:
            self._structures[span] = self._describe(span)
        return self._structures[span]

    def _describe(self, span: Span) -> _Structure:
        values = self._recording.values
        outside: dict[int, int] = {}
        own: dict[int, int] = {}
        told: list[Hashable] = []
        for event in self._recording.events[span[0] : span[1] + 1]:
            told.append((event.op, event.detail, event.given))
            for v in event.inputs:
                value = values[v]
                what: Hashable
                if value.writer >= span[0]:
                    what = self._place(span, v)
                elif value.kind in ("parameter", "buffer"):
                    what = "own", own.setdefault(v, len(own))
                else:
                    what = "outside", outside.setdefault(v, len(outside))
                told.append((what, value.shape, value.dtype))
            told += [(values[v].shape, values[v].dtype) for v in event.outputs]
        weights = frozenset(v for v in own if values[v].kind == "parameter")
        return _Structure(tuple(told), tuple(outside), weights)
