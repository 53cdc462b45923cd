"""Whether ops of two passes are fed by the same, and whether both models return the same."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest

import numpy as np

from explorer.core.graph import Event, Recording, Value

_Source = tuple[int, int]  # an op and which of its results; of what no op made a negative number
_SOURCES = 32  # as many are known of what ops that are on one side only read, the nearest
KEPT = ("parameter", "buffer")  # values of these kinds are the model's own


class Wiring:
    """The wires of two passes whose calls and events have been matched.

    ``calls`` and ``events`` are the counterparts of those before. What an op reads is known by the
    counterpart of its writer and by which result of that it is; an input by its name, and one of
    another name by its order; a parameter by its name in the module that has a counterpart.
    """

    def __init__(
        self, before: Recording, after: Recording, calls: np.ndarray, events: np.ndarray
    ) -> None:
        self._before, self._after, self._events = before, after, events
        pairs = _paired(
            *((v.name for v in one.values if v.kind == "input") for one in (before, after))
        )
        known = np.full(len(after.events), -1, dtype=np.int64)
        known[events[events >= 0]] = events[events >= 0]
        constants: dict[tuple[tuple[int, ...], str], int] = {}
        inputs = {mine: n for n, (mine, _) in enumerate(pairs) if mine is not None}
        its_inputs = {its: n for n, (_, its) in enumerate(pairs) if its is not None}
        self._mine = _Sources(before, events.tolist(), inputs, constants)
        self._its = _Sources(after, known.tolist(), its_inputs, constants)
        self._paths: dict[str, str] = {}
        self._back: dict[str, str] = {}
        for n in np.flatnonzero(calls >= 0).tolist():
            mine, its = before.calls[n].module, after.calls[int(calls[n])].module
            self._paths.setdefault(mine, its)
            self._back.setdefault(its, mine)
        self._owned: dict[tuple[str, str], bool] = {}

    def sure(self) -> np.ndarray:
        """Which ops before (N,) have a counterpart, are fed by the same and keep the same beyond
        doubt; others need a closer look."""
        mine, its = self._mine, self._its
        ops = np.flatnonzero(self._events >= 0)
        ops = ops[mine.counts[ops] == its.counts[self._events[ops]]]
        counts = mine.counts[ops]
        read, its_read = mine.read_by(ops), its.read_by(self._events[ops])
        alike = (mine.writers[read] >= 0) & (mine.writers[read] == its.writers[its_read])
        alike &= mine.places[read] == its.places[its_read]
        kept, its_kept = mine.kept[read], its.kept[its_read]
        alike &= ~(kept | its_kept)
        values, others = self._before.values, self._after.values
        for at in np.flatnonzero(kept & its_kept).tolist():
            alike[at] = self._corresponds(values[read[at]], others[its_read[at]])
        doubts = np.bincount(np.repeat(ops, counts)[~alike], minlength=len(self._events))
        found = np.zeros(len(self._events), dtype=bool)
        found[ops] = doubts[ops] == 0
        return found

    def fed_alike(self, event: Event, other: Event) -> bool:
        """Whether what an op reads comes from where it did. Where an op in between was added or
        removed, it may come from anything that this reads."""
        values, others = self._before.values, self._after.values
        fed = [v for v in event.inputs if values[v].kind not in KEPT]
        its_fed = [w for w in other.inputs if others[w].kind not in KEPT]
        if len(fed) != len(its_fed):
            return False
        if len(event.inputs) == len(other.inputs) and any(
            (values[v].kind in KEPT) != (others[w].kind in KEPT)
            for v, w in zip(event.inputs, other.inputs, strict=True)
        ):
            return False
        return all(self._alike(v, w) for v, w in zip(fed, its_fed, strict=True))

    def keeps_alike(self, event: Event, other: Event) -> bool:
        """Whether the parameters and buffers that an op reads are the same ones."""
        kept = [v for v in map(self._before.values.__getitem__, event.inputs) if v.kind in KEPT]
        its = [v for v in map(self._after.values.__getitem__, other.inputs) if v.kind in KEPT]
        return len(kept) == len(its) and all(map(self._corresponds, kept, its))

    def returned(self) -> set[int]:
        """The ops before, with counterparts, that the model returns something else of than it does
        after; if it is of none of them, the last one."""
        returned, its_returned = _returns(self._before), _returns(self._after)
        found: set[int] = set()
        differs = False
        for mine, its in _paired(returned, its_returned):
            v = returned[mine] if mine is not None else -1
            w = its_returned[its] if its is not None else -1
            if v >= 0 and w >= 0 and self._alike(v, w):
                continue
            differs = True
            for sources, ref in ((self._mine, v), (self._its, w)):
                found.update(n for n, _ in (sources.of(ref) if ref >= 0 else ()))
        back = {m: n for n, m in enumerate(self._mine.known) if m >= 0}
        told = {back[m] for m in found if m >= 0}
        return told or ({max(back.values())} if differs and back else set())

    def _alike(self, v: int, w: int) -> bool:
        mine, its = self._mine.of(v), self._its.of(w)
        return mine == its or not mine.isdisjoint(its)

    def _corresponds(self, one: Value, other: Value) -> bool:
        (path, _, name), (its_path, _, its_name) = (v.name.rpartition(".") for v in (one, other))
        if name != its_name:
            return False
        paths = path, its_path
        if paths not in self._owned:
            forth, back = _moved(path, self._paths), _moved(its_path, self._back)
            self._owned[paths] = forth == its_path and back == path
        return self._owned[paths]


class _Sources:
    """Where the values of one pass come from, through ops that have no counterpart."""

    def __init__(
        self,
        recording: Recording,
        known: list[int],
        inputs: dict[str, int],
        constants: dict[tuple[tuple[int, ...], str], int],
    ) -> None:
        self.known = known  # the number of every event, equal in both passes; -1 if it is alone
        self._values = recording.values
        self._inputs = inputs
        self._constants = constants
        self.kept = np.array([value.kind in KEPT for value in recording.values], dtype=bool)
        self._places = [0] * len(recording.values)  # among the results of an op
        for event in recording.events:
            for place, v in enumerate(event.outputs[1:], 1):
                self._places[v] = place
        self.places = np.array(self._places, dtype=np.int64)
        writers = [value.writer for value in recording.values]
        self.writers = np.array([*known, -1], dtype=np.int64)[writers]  # by their ``known`` numbers
        self.counts = np.array([len(event.inputs) for event in recording.events], dtype=np.int64)
        self._reads = np.array(
            [v for event in recording.events for v in event.inputs], dtype=np.int64
        )
        self._through: dict[int, frozenset[_Source]] = {}
        for event in recording.events:
            if known[event.index] < 0:
                found: set[_Source] = set()
                for v in event.inputs:
                    found |= self.of(v)
                near = sorted(found)[-_SOURCES:]
                self._through[event.index] = frozenset(near)

    def read_by(self, ops: np.ndarray) -> np.ndarray:
        """The values (…,) that ops (N,) read, one after the other."""
        ends = np.cumsum(self.counts)
        counts = self.counts[ops]
        before = np.repeat(ends[ops] - np.cumsum(counts), counts)
        read: np.ndarray = self._reads[before + np.arange(len(before))]
        return read

    def of(self, v: int) -> frozenset[_Source]:
        """The nearest things with a counterpart that a value is made of: mostly that which wrote
        it."""
        value = self._values[v]
        if value.writer >= 0:
            number = self.known[value.writer]
            if number < 0:
                return self._through[value.writer]
            return frozenset(((number, self._places[v]),))
        if value.kind == "input":
            return frozenset(((-1, self._inputs[value.name]),))
        if value.kind in KEPT:
            return frozenset()
        what = value.shape, value.dtype
        return frozenset(((-2, self._constants.setdefault(what, len(self._constants))),))


def _paired(names: Iterable[str], others: Iterable[str]) -> list[tuple[str | None, str | None]]:
    """Those of one name, then the others in their order."""
    mine, its = dict.fromkeys(names), dict.fromkeys(others)
    rest = zip_longest(
        [name for name in mine if name not in its], [name for name in its if name not in mine]
    )
    return [*((name, name) for name in mine if name in its), *rest]


def _returns(recording: Recording) -> dict[str, int]:
    """What a model returns, by the names of the places it is at, else by their order."""
    names = recording.output_names
    if len(set(names)) < len(recording.outputs):
        names = tuple(map(str, range(len(recording.outputs))))
    return dict(zip(names, recording.outputs, strict=False))


def _moved(path: str, paths: dict[str, str]) -> str | None:
    """The path of a module where modules are called by ``paths``."""
    around = path
    while around not in paths:
        if not around:
            return None
        around = around.rpartition(".")[0]
    inner = path[len(around) :].removeprefix(".")
    return ".".join(part for part in (paths[around], inner) if part)
