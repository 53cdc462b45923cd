"""How values flow through a recording: who reads and who writes, and the cones of a node.

A node is what is drawn as one: an op, or a closed call with all of its ops (`Span`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np

from explorer.core.graph import Recording, closed_around

Flowing = Literal["sources", "readers", "paths"]


class Span(NamedTuple):
    """The events ``first … last`` of a node, both included."""

    first: int
    last: int


def node_span(recording: Recording, opened: frozenset[int], event: int) -> Span:
    """The node that an event is, or is hidden in; the cursor rests on its last event."""
    closed = closed_around(recording, event, opened)
    if closed is None:
        return Span(event, event)
    call = recording.calls[closed]
    return Span(call.first, call.last)


def locate(recording: Recording, name: str, first: bool = False) -> int | None:
    """The event with an id. If it has been opened since, the last inside of it, or the ``first``;
    if it was inside of one that is closed again, that one; None if there is neither."""
    numbers = recording.numbers
    if name in numbers:
        return numbers[name]
    inside = [number for other, number in numbers.items() if other.startswith(f"{name}/")]
    if inside:
        return min(inside) if first else max(inside)
    around = name
    while "/" in around:
        around = around.rpartition("/")[0]
        if around in numbers:
            return numbers[around]
    return None


def next_reader(recording: Recording, value: int, after: int) -> int | None:
    """The first event after ``after`` that reads a value."""
    step = len(recording.events) + 1
    at = bisect_right(recording.readings, value * step + after)
    if at == len(recording.readings):
        return None
    found, event = divmod(int(recording.readings[at]), step)
    return event if found == value and event < step - 1 else None


def results(recording: Recording, node: Span) -> tuple[int, ...]:
    """What a node gives to what comes after it: the results of the last op in it of which anything
    is read later, or of its last op if nothing is."""
    step = len(recording.events) + 1

    def goes_on(value: int) -> bool:
        at = bisect_right(recording.readings, value * step + node.last)
        return at < len(recording.readings) and int(recording.readings[at]) < (value + 1) * step

    for event in recording.events[node.last : node.first - 1 if node.first else None : -1]:
        if any(goes_on(value) for value in event.outputs):
            return event.outputs
    return recording.events[node.last].outputs


def touches(recording: Recording, value: int, node: Span) -> bool:
    """Whether a node reads or writes a value."""
    if node.first <= recording.values[value].writer <= node.last:
        return True
    reader = next_reader(recording, value, node.first - 1)
    return reader is not None and reader <= node.last


def reader_of(recording: Recording, node: Span) -> int | None:
    """The first event after a node that reads something of it: where the main stream goes on,
    for what is carried past it on a residual way is read later."""
    found = [
        reader
        for event in recording.events[node.first : node.last + 1]
        for value in event.outputs
        if (reader := next_reader(recording, value, node.last)) is not None
    ]
    return min(found, default=None)


def main_input(recording: Recording, node: Span) -> int | None:
    """The value that came the longest way into a node: that is the main stream, rather than a
    residual way around it, or a mask. None if no event wrote anything that it reads."""
    given = dict.fromkeys(
        value
        for event in recording.events[node.first : node.last + 1]
        for value in event.inputs
        if 0 <= recording.values[value].writer < node.first
    )
    return max(given, key=lambda v: recording.depths[recording.values[v].writer], default=None)


@dataclass(frozen=True, eq=False)
class Cone:
    """Part of a recording: what a node comes from (``sources``), what depends on it (``readers``),
    or what is on a way from ``start`` to it (``paths``).

    ``node`` and ``start`` belong to it. If ``value`` is one that the node reads, it is of that
    value alone. ``events`` (events,) and ``values`` (values,) tell what is in it.
    """

    recording: Recording
    kind: Flowing
    node: Span
    start: Span | None
    value: int | None
    events: np.ndarray
    values: np.ndarray

    @cached_property
    def count(self) -> int:
        """How many ops it has; none of the node it is asked of, but on a path both ends, and what
        depends on a value is the node as well."""
        lit = int(np.count_nonzero(self.events))
        if self.kind == "paths" or (self.kind == "readers" and self.value is not None):
            return lit
        return lit - (self.node.last + 1 - self.node.first)

    def kept(self, kind: str) -> list[int]:
        """The values of a kind that are in it: its inputs, or its parameters, of which the node's
        own are as little counted as its ops."""
        values = self.recording.values
        found = [v for v in np.flatnonzero(self.values).tolist() if values[v].kind == kind]
        if kind != "parameter":
            return found
        value, event = np.divmod(self.recording.readings, len(self.events) + 1)
        others = np.append(self.events, False)
        others[self.node.first : self.node.last + 1] = False
        read = {*value[others[event]].tolist(), self.value}
        return [v for v in found if v in read]

    @cached_property
    def readings(self) -> np.ndarray:
        """Those of `Recording.readings` that are part of it, sorted."""
        value, event = np.divmod(self.recording.readings, len(self.events) + 1)
        ends = np.append(self.events, self.kind == "readers")  # what depends on it is returned
        found: np.ndarray = self.recording.readings[self.values[value] & ends[event]]
        return found

    @cached_property
    def _before(self) -> np.ndarray:
        """How many of its events come before each (events + 1,)."""
        return np.concatenate([[0], np.cumsum(self.events)])

    def has_events(self, first: np.ndarray, last: np.ndarray) -> np.ndarray:
        """Whether any of ``first … last`` is in it, for many (n,) at once."""
        found: np.ndarray = self._before[last + 1] > self._before[first]
        return found

    def has_readings(self, value: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
        """Whether an event of ``first … last`` reads a value in it, for many (n,) at once."""
        step = len(self.events) + 1
        low = np.searchsorted(self.readings, value * step + first, "left")
        found: np.ndarray = np.searchsorted(self.readings, value * step + last, "right") > low
        return found


def sources(recording: Recording, node: Span, value: int | None = None) -> Cone:
    """Everything that a node is computed from, or one value that it reads."""
    events, values = _upstream(recording, node, value)
    return Cone(recording, "sources", node, None, value, events, values)


def readers(recording: Recording, node: Span, value: int | None = None) -> Cone:
    """Everything that depends on what a node computes, or on one value that it reads."""
    events, values = _downstream(recording, node, value)
    return Cone(recording, "readers", node, None, value, events, values)


def paths(recording: Recording, start: Span, node: Span) -> Cone:
    """Everything on a way from one node to another, whichever comes first; empty if none is."""
    early, late = sorted((start, node))
    after, carried = _downstream(recording, early, None)
    before, needed = _upstream(recording, late, None)
    events, values = after & before, carried & needed
    if not events[late.first : late.last + 1].any():
        events[:], values[:] = False, False
    return Cone(recording, "paths", node, start, None, events, values)


def again(cone: Cone, recording: Recording) -> Cone | None:
    """The same of another recording of the model; None if its nodes are not there."""

    def same(span: Span) -> Span | None:
        begin, end = (cone.recording.events[at].id for at in span)
        first, last = locate(recording, begin, first=True), locate(recording, end)
        return None if first is None or last is None else Span(first, last)

    return carried(cone, recording, same)


def carried(cone: Cone, recording: Recording, to: Callable[[Span], Span | None]) -> Cone | None:
    """The same of another recording, in which nodes are where ``to`` says; None if it knows one of
    them not."""
    node = to(cone.node)
    start = to(cone.start) if cone.start is not None else None
    if node is None or (cone.start is not None and start is None):
        return None
    if start is not None:
        return paths(recording, start, node)
    value = None if cone.value is None else _given(cone, recording, node)
    if value is None and cone.value is not None:
        return None
    made = sources if cone.kind == "sources" else readers
    return made(recording, node, value)


def _given(cone: Cone, recording: Recording, node: Span) -> int | None:
    """What a node is given in the place of the value that a cone is of."""
    assert cone.value is not None
    reader = next_reader(cone.recording, cone.value, cone.node.first - 1)
    if reader is None or node.first + reader - cone.node.first > node.last:
        return None
    one, other = (
        cone.recording.events[reader],
        recording.events[node.first + reader - cone.node.first],
    )
    place = one.inputs.index(cone.value)
    return other.inputs[place] if one.op == other.op and place < len(other.inputs) else None


def _upstream(recording: Recording, node: Span, value: int | None) -> tuple[np.ndarray, np.ndarray]:
    """The events (events,) and values (values,) that a node needs, itself included."""
    events = [False] * len(recording.events)
    values = [False] * len(recording.values)

    def need(given: int) -> None:
        values[given] = True
        writer = recording.values[given].writer
        if writer >= 0:
            events[writer] = True

    own = [True] * (node.last + 1 - node.first)
    if value is not None:
        need(value)
    else:
        events[node.first : node.last + 1] = own
    for at in range(node.last, -1, -1):
        if events[at]:
            for given in recording.events[at].inputs:
                need(given)
    events[node.first : node.last + 1] = own
    return np.array(events, dtype=bool), np.array(values, dtype=bool)


def _downstream(
    recording: Recording, node: Span, value: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """The events (events,) and values (values,) that depend on a node, itself included."""
    events = [False] * len(recording.events)
    values = [False] * len(recording.values)
    begin = node.first
    if value is not None:
        values[value] = True
        begin = 0
    for event in recording.events[begin:]:
        own = value is None and node.first <= event.index <= node.last
        if own or any(values[given] for given in event.inputs):
            events[event.index] = True
            for made in event.outputs:
                values[made] = True
    return np.array(events, dtype=bool), np.array(values, dtype=bool)
