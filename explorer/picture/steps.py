"""Which events ran together in one step of a loop, and which steps are alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from explorer.core.graph import Event, Recording
from explorer.picture.unrolling import Loop

Spans = tuple[tuple[int, int], ...]  # first and last event of what ran together


def repeated(recording: Recording) -> list[tuple[int, int]]:
    """From where to where the same weights are read by the same op, which is where loops can be."""
    found = []
    for events in recording.shared.values():
        by: dict[str, list[int]] = defaultdict(list)
        for event in events:
            if event < len(recording.events):
                by[recording.events[event].op].append(event)
        found += [(some[0], some[-1]) for some in by.values() if len(some) > 1]
    # what is around the weights in the first step and in the last one is in the loop, too
    wide = [(last - first, first, last) for first, last in set(found)]
    return [(first - far, last + far) for far, first, last in wide]


def spans_of(recording: Recording, loop: Loop) -> dict[int, Spans]:
    """The events of the steps of a loop, by their columns; what lies between two steps is in
    none."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for item, column in loop.columns.items():
        if loop.times[column] >= 0:
            call = recording.calls[item.at] if item.kind == "call" else None
            found[column].append((item.at, item.at) if call is None else (call.first, call.last))
    return {column: tuple(sorted(some)) for column, some in found.items()}


def begins_with(step: list[Event], other: list[Event]) -> bool:
    """Whether a step begins with the ops of another one, so that they stand at the same places. The
    last step may lack what is made for the next one."""
    return [one.op for one in step[: len(other)]] == [one.op for one in other]


def has(spans: Spans, event: int) -> bool:
    """Whether an event is one of them."""
    return any(first <= event <= last for first, last in spans)


def events_in(recording: Recording, spans: Spans) -> Iterator[Event]:
    """Those events, in order."""
    for first, last in spans:
        yield from recording.events[first : last + 1]


class Link(NamedTuple):
    """One run of a cell: the values that it ``reads``, and the ``states`` that it gives."""

    reads: frozenset[int]
    states: frozenset[int]


def chained(links: Sequence[Link], at: int) -> list[int]:
    """The runs, in order, of which each reads a state of the one before, with that number ``at``
    among them; a run that begins is in it, and of several that go on from one the first."""
    before: dict[int, int] = {}
    after: dict[int, int] = {}
    for n, link in enumerate(links):
        read = [m for m in range(n) if links[m].states & link.reads]
        if read:
            before[n] = read[-1]
            after.setdefault(read[-1], n)
    found = [at]
    while found[0] in before:
        found.insert(0, before[found[0]])
    while found[-1] in after:
        found.append(after[found[-1]])
    return found
