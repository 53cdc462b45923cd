"""Overlays: what a node is worth in a quantity, on which scale, and so where its colour lies."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from explorer.core.graph import Event, Recording
from explorer.core.quantities import Amounts, Overlay
from explorer.picture.numbers import bytes_text, count_text, number_text, seconds_text
from explorer.picture.scene import Box

_DECADES = 1.0  # numbers that span more are shown on a logarithmic scale
How = Literal["sum", "mean", "norm", "max"]  # what of its events a module shows


@dataclass(frozen=True)
class Scale:
    """From ``low`` to ``high``, by logarithm where the numbers span decades."""

    low: float
    high: float
    logarithmic: bool

    @classmethod
    def of(cls, numbers: np.ndarray) -> Scale:
        """The scale of numbers (N,) that are 0 or more."""
        finite = numbers[np.isfinite(numbers)]
        above = finite[finite > 0]
        if not above.size:
            return cls(0.0, 1.0, False)
        low, high = float(above.min()), float(above.max())
        if math.log10(high) - math.log10(low) > _DECADES:
            return cls(low, high, True)
        return cls(0.0, high, False)

    def share(self, number: float) -> float:
        """Where a number lies, 0 … 1."""
        if self.logarithmic:
            if number <= self.low:
                return 0.0
            span = math.log(self.high) - math.log(self.low)
            return min(1.0, (math.log(number) - math.log(self.low)) / span)
        return min(1.0, max(0.0, (number - self.low) / (self.high - self.low)))

    def at(self, share: float) -> float:
        """The number that lies there: of `share` the reverse."""
        if self.logarithmic:
            return math.exp(math.log(self.low) * (1 - share) + math.log(self.high) * share)
        return self.low + (self.high - self.low) * share


class Numbers:
    """A quantity in numbers: of each event, and of the modules that hold them.

    ``values`` (N,) are those of the events, ``counts`` (N,) how many numbers each stands for, 0
    where it is not known. A module has the ``sum`` of what is in it, the ``mean`` over all that its
    events stand for, the ``norm`` of all together (the root of the sum of squares), or the
    largest (``max``).
    """

    def __init__(
        self, recording: Recording, values: np.ndarray, counts: np.ndarray, how: How
    ) -> None:
        self.values, self.counts, self.how = values, counts, how
        self._recording = recording
        self._within: dict[tuple[int, int], float | None] = {}

    def between(self, first: int, last: int) -> float | None:
        """Of the events ``first … last`` together, None if none of them is known."""
        if first == last and first >= 0:
            return float(self.values[first]) if self.counts[first] else None
        if (first, last) not in self._within:
            self._within[first, last] = self._together(slice(max(first, 0), last + 1))
        return self._within[first, last]

    def of(self, box: Box) -> float | None:
        """Of a node, None if it has none."""
        if not _ran(box):
            return None
        return self.between(box.first, box.last)

    @cached_property
    def scale(self) -> Scale:
        """One for all nodes, whatever is open: from the smallest event to the whole model."""
        events = self.values[self.counts > 0]
        calls = [
            self.between(call.first, call.last)
            for call in self._recording.calls
            if call.last >= call.first
        ]
        known = [number for number in calls if number is not None]
        return Scale.of(np.concatenate([events, np.array(known, np.float64)]))

    def _together(self, part: slice) -> float | None:
        counts = self.counts[part]
        known = counts > 0
        if not known.any():
            return None
        values = self.values[part][known]
        if self.how == "sum":
            return float(values.sum())
        if self.how == "max":
            return float(values.max())
        if self.how == "norm":
            return float(np.sqrt(np.square(values).sum()))
        return float((values * counts[known]).sum() / counts[known].sum())


class _Parameters(Numbers):
    """Parameters of modules are known as such: two ops that read one would count it twice."""

    def __init__(self, recording: Recording) -> None:
        values = np.array([parameters_of(recording, event) for event in recording.events])
        super().__init__(recording, values.astype(np.float64), (values > 0).astype(int), "sum")
        self._by_events = {
            (call.first, call.last): float(call.parameters) or None
            for call in recording.calls[::-1]
        }

    def of(self, box: Box) -> float | None:
        """Of modules as they say; of an event, those that it reads."""
        if box.item.kind == "fold":
            return float(box.parameters) or None
        return super().of(box)

    def between(self, first: int, last: int) -> float | None:
        """Of a module call; of an event, those that it reads."""
        if (first, last) in self._by_events:
            return self._by_events[first, last]
        return super().between(first, last)


@dataclass(frozen=True)
class Kinds:
    """A quantity in names: ``names``, and which of them each event has (N,), -1 for none."""

    names: tuple[str, ...]
    which: np.ndarray

    def of(self, box: Box) -> int | None:
        """Of a node: the index of its name, -1 if what it holds has several, None for none."""
        if not _ran(box):
            return None
        if box.first == box.last:
            one = int(self.which[box.first])
            return None if one < 0 else one
        part = self._held(box)
        if not part.size:
            return None
        return int(part[0]) if part.size == 1 else -1

    def said(self, box: Box) -> str:
        """All names in a node, in the order of the legend."""
        return ", ".join(self.names[which] for which in self._held(box)) if _ran(box) else ""

    def _held(self, box: Box) -> np.ndarray:
        """Which names there are in what a node holds."""
        held = np.unique(self.which[max(box.first, 0) : box.last + 1])
        return held[held >= 0]


def _ran(box: Box) -> bool:
    """Whether a box stands for events: not for an input or output."""
    return box.item.kind in ("event", "call", "fold") and box.first <= box.last


def numbers_of(
    recording: Recording, overlay: Overlay, measured: Amounts | None = None
) -> Numbers | None:
    """A quantity in numbers, None if it is none, or has to be ``measured`` first."""
    events, values = recording.events, recording.values
    if overlay == "parameters":
        return _Parameters(recording)
    if overlay == "time":
        each = np.array([event.seconds for event in events], np.float64)
        return Numbers(recording, each, np.ones(len(each), int), "sum")
    if overlay == "memory":
        each = np.array(
            [sum(values[v].bytes for v in event.outputs) for event in events], np.float64
        )
        return Numbers(recording, each, np.ones(len(each), int), "sum")
    if measured is None or len(measured.values) < len(events):
        return None
    how: dict[str, How] = {
        "flops": "sum", "activation": "mean", "gradient": "norm", "reach": "max"
    }  # fmt: skip
    if overlay not in how:
        return None
    return Numbers(recording, measured.values, measured.counts, how[overlay])


def kinds_of(recording: Recording, overlay: Overlay) -> Kinds | None:
    """A quantity in names: the dtype or device of the first result. None if it has numbers."""
    if overlay not in ("dtype", "device"):
        return None
    said = []
    for event in recording.events:
        value = recording.values[event.outputs[0]] if event.outputs else None
        said.append("" if value is None else getattr(value, overlay))
    names = tuple(dict.fromkeys(name for name in said if name))
    index = {name: n for n, name in enumerate(names)} | {"": -1}
    return Kinds(names, np.array([index[name] for name in said], int))


def parameters_of(recording: Recording, event: Event) -> int:
    """How many numbers the parameters have that an event reads."""
    values = recording.values
    return sum(
        math.prod(values[v].shape) for v in set(event.inputs) if values[v].kind == "parameter"
    )


WRITERS: dict[str, Callable[[float], str]] = {
    "time": seconds_text,
    "memory": bytes_text,
    "parameters": count_text,
    "flops": count_text,
    "activation": lambda number: number_text(number, 3),
    "gradient": lambda number: number_text(number, 3),
    "reach": lambda number: number_text(number, 3),
}


def written(overlay: Overlay, number: float) -> str:
    """A number of a quantity with its unit, as people read it."""
    if math.isfinite(number) or overlay in ("activation", "gradient", "reach"):
        return WRITERS[overlay](number)
    return number_text(number)


def bytes_scale(recording: Recording) -> Scale:
    """The scale of what flows along the wires."""
    flowing = [v.bytes for v in recording.values if v.kind in ("activation", "input")]
    return Scale.of(np.array(flowing, np.float64))
