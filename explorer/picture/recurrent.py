"""Which recurrent layers a value belongs to, and where their states and gates are, step by step.

Fused networks and cells are known by their ops, opened ones by their parts. A loop that somebody
wrote is one where `unrolling` is certain of it; its gates are known where its states are made as
the textbook says, out of sigmoids and a tanh.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from math import prod
from typing import NamedTuple

from explorer.core.graph import Call, Event, Recording, ancestry, below, is_leaf
from explorer.core.ops import CELLS, NETWORKS
from explorer.core.recurrent import Kind, Track
from explorer.picture.caption import flowing
from explorer.picture.gates import Gates
from explorer.picture.inside import Inside, Item
from explorer.picture.slices import SAME
from explorer.picture.steps import (
    Link,
    Spans,
    begins_with,
    chained,
    events_in,
    has,
    repeated,
    spans_of,
)
from explorer.picture.unrolling import Loop, Unrolling

_KEPT = "recurrent layers"
_FUSED = re.compile(rf"(?:.*?/)?({'|'.join((*NETWORKS, *CELLS))})#\d+(?=/)")  # in ids within one
_LAYER = re.compile(r"l(\d+)(_reverse)?")
_STEP = re.compile(r"t = (\d+)")
_KINDS: dict[str, Kind] = {"lstm": "lstm", "gru": "gru", "rnn_tanh": "rnn", "rnn_relu": "rnn"}
_HANDED = SAME | {"index_select", "dropout", "stack", "cat", "pad_packed_sequence"}
_FAR = 6  # events between a layer and a value that only hands on what it gave

Values = dict[str, list[int]]


class Layer(NamedTuple):
    """A track, and the events of each of its steps where the recording has them, by position."""

    track: Track
    spans: tuple[Spans, ...] = ()

    def step(self, event: int) -> int:
        """The position that an event is part of, −1 if it is of none."""
        return next((at for at, some in enumerate(self.spans) if has(some, event)), -1)

    def ref(self, band: str, step: int) -> int:
        """The value that has a band at a step, −1 where the recording has none."""
        refs = dict(self.track.values).get(band, ())
        return refs[step] if step < len(refs) else -1


class _Ran(NamedTuple):
    """What ran in one step of a loop: layer ``at`` of the fused ``event``, −1 of an opened one; the
    values that the recording has, and the states that it was given. ``first`` is its first event.
    """

    kind: Kind
    at: int
    first: int
    event: int
    values: dict[str, int]
    given: tuple[tuple[str, int], ...]


class Found(NamedTuple):
    """The layers that a value belongs to, and the number of that which it is most about."""

    layers: tuple[Layer, ...]
    at: int
    results: tuple[int, ...] = ()  # what a fused network gives

    def cell(self, value: int, index: tuple[int, ...]) -> tuple[str, int, int] | None:
        """Band, step and unit of a cell of a value, None where that is no band at one step."""
        for layer in self.layers:
            for name, refs in layer.track.values:
                if value in refs and index:
                    return name, refs.index(value), index[-1]
        return None

    def shows(self, value: int) -> bool:
        """Whether the value itself is one of their states or gates, or all of one."""
        bands = (refs for layer in self.layers for _, refs in layer.track.values)
        return value in self.results or any(value in refs for refs in bands)


def recurrent_of(recording: Recording, value: int) -> Found | None:
    """The recurrent layers that a value comes out of, or is inside of; None if there are none.
    What was found is kept with the recording."""
    kept: _Layers | None = vars(recording).get(_KEPT)
    if kept is None:
        kept = vars(recording)[_KEPT] = _Layers(recording)
    return kept.of(value)


class _Layers:
    """Finds them once for every value that is asked for."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._unrolling = Unrolling(recording)
        self._parts: dict[str, list[Call]] = defaultdict(list)  # of opened events, by their ids
        for call in recording.calls:
            if call.opened:
                self._parts[call.opened].append(call)
        self._networks: dict[str, tuple[Layer, ...]] = {}
        self._loops: dict[tuple[int, int], tuple[Layer, ...]] = {}
        self._spans: dict[int, list[tuple[Loop, dict[int, Spans]]]] = {}
        self._again = repeated(recording)
        self._of: dict[int, Found | None] = {}

    def of(self, value: int) -> Found | None:
        """The layers of a value."""
        if value not in self._of:
            self._of[value] = self._look(value)
        return self._of[value]

    def _look(self, value: int) -> Found | None:
        recording = self._recording
        for _ in range(_FAR):
            writer = recording.values[value].writer
            if writer < 0:
                return None
            event = recording.events[writer]
            layers = self._around(event)
            if layers:
                results = event.outputs if event.op in NETWORKS else ()
                return Found(layers, _nearest(recording, layers, event), results)
            given = flowing(recording, event)
            if event.op.strip("_") not in _HANDED or not given:
                return None
            value = given[-1]
        return None

    def _around(self, event: Event) -> tuple[Layer, ...]:
        """The layers that an event is in; those of the smallest loop around it."""
        opened = _FUSED.match(event.id)
        network = opened is not None and opened[1] in NETWORKS
        if event.op in NETWORKS or network:
            closed = None if network else event
            if self._is_one_step(closed, opened[0] if opened else event.id):
                loop = self._in_loops(event)
                if loop:
                    return loop
        if opened is not None and network:
            return self._opened(opened[0], opened[1])
        if event.op in NETWORKS:
            return self._fused(event)
        return self._in_loops(event) or self._in_chain(event, opened[0] if opened else event.id)

    # ------------------------------------------------------------------ fused networks

    def _fused(self, event: Event) -> tuple[Layer, ...]:
        """Those of a network that is not opened: its results tell how many there are."""
        if event.id not in self._networks:
            output, last = (self._recording.values[v].shape for v in event.outputs[:2])
            good = len(output) > 1 and 0 not in (*output, *last)
            directions = max(1, output[-1] // last[-1]) if good else 1
            found = []
            for at in range(last[0] if good else 0):
                name, backwards = f"l{at // directions}", bool(at % directions)
                kind = _KINDS[event.op]
                found.append(Layer(Track(name, kind, backwards, network=event.index, at=at)))
            self._networks[event.id] = tuple(found)
        return self._networks[event.id]

    def _opened(self, id_: str, op: str) -> tuple[Layer, ...]:
        """Those of one that is opened: layers and directions are parts, and steps in these."""
        if id_ not in self._networks:
            steps: dict[int, list[Call]] = defaultdict(list)
            inside: dict[int, list[Call]] = defaultdict(list)
            for call in self._parts[id_]:
                (steps if _STEP.fullmatch(call.kind) else inside)[call.parent].append(call)
            found = []
            for at, (parent, calls) in enumerate(sorted(steps.items())):
                calls.sort(key=_time)
                named = _LAYER.fullmatch(self._recording.calls[parent].kind)
                values: Values = defaultdict(list)
                for call in calls:
                    self._put_states(values, op, self._own(call))
                    for gate in inside[call.index]:
                        values[gate.kind].append(self._last(gate))
                track = Track(
                    name=f"l{named[1] if named else 0}", kind=_KINDS[op],
                    backwards=bool(named and named[2]), at=at, values=_frozen(values),
                    given=self._first_states(inside, parent, at),
                )  # fmt: skip
                found.append(Layer(track, tuple(((call.first, call.last),) for call in calls)))
            self._networks[id_] = tuple(found)
        return self._networks[id_]

    def _own(self, call: Call) -> list[Event]:
        """The events of a part that are in none of its own parts."""
        events = self._recording.events[call.first : call.last + 1]
        return [event for event in events if event.call == call.index]

    def _last(self, call: Call) -> int:
        return self._recording.events[call.last].outputs[0]

    @staticmethod
    def _put_states(values: Values, op: str, own: list[Event]) -> None:
        """``h`` is what a step makes last, ``c`` of an LSTM its only sum."""
        values["h"].append(own[-1].outputs[0])
        if op == "lstm":
            values["c"].append(next(e.outputs[0] for e in own if e.op == "add"))

    def _first_states(
        self, inside: dict[int, list[Call]], parent: int, at: int
    ) -> tuple[tuple[str, int], ...]:
        """The states that a layer and direction begins with: of the parts that take them apart."""
        calls, recording = self._recording.calls, self._recording
        top = parent if not _LAYER.fullmatch(calls[parent].kind) else calls[parent].parent
        states = [call for call in inside[top] if call.kind in ("h₀", "c₀") and is_leaf(call)]
        return tuple(
            (call.kind[0], recording.events[call.first].outputs[at])
            for call in states
            if recording.events[call.first].op == "unbind"
        )

    # ------------------------------------------------------------------ loops

    def _in_loops(self, event: Event) -> tuple[Layer, ...]:
        """Those of the smallest loop over time around an event."""
        recording = self._recording
        if not any(first <= event.index <= last for first, last in self._again):
            return ()
        for call in reversed(ancestry(recording, event.call)):
            if is_leaf(recording.calls[call]):
                continue
            for number, (loop, spans) in enumerate(self._loops_in(call)):
                if any(has(some, event.index) for some in spans.values()):
                    if (call, number) not in self._loops:
                        self._loops[call, number] = tuple(self._tracks(loop, spans))
                    if self._loops[call, number]:
                        return self._loops[call, number]
        return ()

    def _in_chain(self, event: Event, id_: str) -> tuple[Layer, ...]:
        """The cell that an event is of, where each of its runs goes on from the states of the one
        before, though no loop is certain, as of a cell that runs twice at each position."""
        name = self._recording.calls[event.call].module
        runs = self._runs.get(name, {})
        if id_ not in runs:
            return ()
        ran = [self._ran_cell(some, one) for one, some in runs.items()]
        links = [
            Link(frozenset(v for e in some for v in e.inputs), frozenset(one.values.values()))
            for one, some in zip(ran, runs.values(), strict=True)
        ]
        those = chained(links, [*runs].index(id_))
        if len(those) < 2:
            return ()
        track = Track(
            name=name, kind=ran[those[0]].kind, cells=tuple(ran[n].event for n in those),
            values=_frozen(_together([ran[n].values for n in those])), given=ran[those[0]].given,
        )  # fmt: skip
        ends = [(some[0].index, some[-1].index) for some in runs.values()]
        return (Layer(track, tuple((ends[n],) for n in those)),)

    @cached_property
    def _runs(self) -> dict[str, dict[str, list[Event]]]:
        """The events of each run of every cell, by the module and the id of the run."""
        found: dict[str, dict[str, list[Event]]] = defaultdict(lambda: defaultdict(list))
        for event in self._recording.events:
            inside = _FUSED.match(event.id)
            if (inside[1] if inside else event.op) in CELLS:
                module = self._recording.calls[event.call].module
                found[module][inside[0] if inside else event.id].append(event)
        return found

    def _ran_cell(self, some: list[Event], id_: str) -> _Ran:
        inside = _FUSED.match(some[0].id)
        ((_, ran),) = self._ran(some[0], id_, inside[1] if inside else some[0].op)
        return ran

    def _loops_in(self, call: int) -> list[tuple[Loop, dict[int, Spans]]]:
        """The loops of a call, with the events of their steps."""
        if call not in self._spans:
            loops = self._unrolling.loops(self._items(call))
            self._spans[call] = [(loop, spans_of(self._recording, loop)) for loop in loops]
        return self._spans[call]

    def _items(self, call: int) -> Inside:
        """What is in a call, as `insides` has it of all."""
        recording, made = self._recording, Inside(call)
        children = {
            one.first: one
            for one in recording.calls[call + 1 :]
            if one.parent == call and one.last >= one.first
        }
        at, last = recording.calls[call].first, recording.calls[call].last
        while at <= last:
            child = children.get(at)
            made.items[Item("event", at) if child is None else Item("call", child.index)] = None
            at = at + 1 if child is None else child.last + 1
        return made

    def _tracks(self, loop: Loop, spans: dict[int, Spans]) -> Iterator[Layer]:
        """The cells of PyTorch in a loop, by their modules; or the states that somebody made."""
        columns = sorted(spans)
        cells = self._cells(spans, columns)
        for name, ran in cells.items():
            first = min(ran, key=lambda one: one.first)
            track = Track(
                name=name, kind=first.kind, backwards=loop.backwards, at=first.at,
                cells=tuple(one.event for one in ran),
                values=_frozen(_together([one.values for one in ran])), given=first.given,
            )  # fmt: skip
            yield Layer(track, tuple(spans[at] for at in columns))
        if cells:
            return
        yield from self._written(loop, spans, columns)

    def _cells(self, spans: dict[int, Spans], columns: list[int]) -> dict[str, list[_Ran]]:
        """The cells that run once in every step, by their modules; networks that run one step each
        are cells, too."""
        found: dict[str, list[_Ran]] = defaultdict(list)
        for at in columns:
            seen: set[str] = set()
            for event in events_in(self._recording, spans[at]):
                inside = _FUSED.match(event.id)
                id_ = inside[0] if inside else event.id
                if id_ not in seen:
                    seen.add(id_)
                    for name, ran in self._ran(event, id_, inside[1] if inside else event.op):
                        found[name].append(ran)
        return {name: ran for name, ran in found.items() if len(ran) == len(columns)}

    def _ran(self, event: Event, id_: str, op: str) -> Iterator[tuple[str, _Ran]]:
        """What runs one step in a fused op: one cell, or the layers of a network."""
        name, closed = self._recording.calls[event.call].module, id_ == event.id
        kind = _KINDS.get(op.removesuffix("_cell"), "")
        number = event.index if closed else -1
        if op in CELLS:
            letters = CELLS[op]
            given = tuple(zip(letters, event.inputs[1:], strict=False)) if closed else ()
            outputs = dict(zip(letters, event.outputs, strict=False))
            values = outputs if closed else self._of_opened(id_, op)
            yield name, _Ran(kind, 0, event.index, number, values, given)
        elif op in NETWORKS and self._is_one_step(event if closed else None, id_):
            letters = NETWORKS[op]
            layers = self._fused(event) if closed else self._opened(id_, op)
            for at, layer in enumerate(layers):
                alone = closed and len(layers) == 1
                given = tuple(zip(letters, event.inputs[1:], strict=False)) if alone else ()
                values = dict(zip(letters, event.outputs[1:], strict=False)) if alone else {}
                if not closed:
                    values = {band: refs[0] for band, refs in layer.track.values}
                of = name if len(layers) == 1 else f"{name} {layer.track.name}"
                yield of, _Ran(kind, at, event.index, number, values, given)

    def _is_one_step(self, event: Event | None, id_: str) -> bool:
        """Whether a network, which is opened without an ``event``, runs one step, forwards."""
        if event is None:
            names = [call.kind for call in self._parts[id_]]
            steps = {name for name in names if _STEP.fullmatch(name)}
            return steps == {"t = 0"} and not any(name.endswith("_reverse") for name in names)
        output, last = (self._recording.values[v].shape for v in event.outputs[:2])
        return prod(output) == prod(last[1:])

    def _of_opened(self, id_: str, op: str) -> dict[str, int]:
        """The values of a cell that is opened: what it gives has its name still."""
        named = self._recording.named
        names = (id_, *(f"{id_}:{n}" for n in range(1, len(CELLS[op]))))
        values = {
            letter: named[n] for letter, n in zip(CELLS[op], names, strict=True) if n in named
        }
        return values | {call.kind: self._last(call) for call in self._parts[id_]}

    def _written(self, loop: Loop, spans: dict[int, Spans], columns: list[int]) -> Iterator[Layer]:
        """The states of cells that somebody wrote, and the gates of those that are a textbook's."""
        recording = self._recording
        where = {v: recording.values[v].writer for v in loop.states}
        made: dict[str, dict[str, dict[int, int]]] = defaultdict(lambda: {"h": {}, "c": {}})
        single = True
        for v, writer in where.items():
            at = next((n for n in columns if has(spans[n], writer)), -1)
            name = loop.names.get(v, "")
            if at >= 0 and name in ("h", "c"):
                single &= at not in made[""][name]
                for cell in ("", recording.calls[recording.events[writer].call].module or " "):
                    made[cell][name][at] = v
        cells = {"": made[""]} if single else {name: made[name] for name in made if name}
        for found in cells.values():
            states = {name: self._completed(one, spans) for name, one in found.items() if one}
            if "h" in states and all(len(one) == len(columns) for one in states.values()):
                yield self._of_states(states, loop.backwards, spans, columns)

    def _of_states(
        self, states: dict[str, dict[int, int]], backwards: bool, spans: dict[int, Spans],
        columns: list[int],
    ) -> Layer:  # fmt: skip
        """The track that has these states."""
        recording, gates = self._recording, Gates(self._recording)
        order = columns[::-1] if backwards else columns
        kinds, bands = set[Kind](), dict[str, dict[int, int]]()
        for last, at in pairwise(order):
            now, before = ({name: one[n] for name, one in states.items()} for n in (at, last))
            kind, found = gates.of(now, before)
            kinds.add(kind)
            for name, v in found.items():
                bands.setdefault(name, {})[at] = v
        if len(kinds) > 1:
            bands = {}
        bands = states | {name: self._completed(one, spans) for name, one in bands.items()}
        given = {name: self._given(one, spans, order) for name, one in states.items()}
        first = recording.events[recording.values[states["h"][columns[0]]].writer]
        track = Track(
            name=recording.calls[first.call].module, kind=kinds.pop() if len(kinds) == 1 else "",
            backwards=backwards, given=tuple((name, v) for name, v in given.items() if v >= 0),
            values=tuple(
                (name, tuple(one.get(at, -1) for at in columns)) for name, one in bands.items()
            ),
        )  # fmt: skip
        return Layer(track, tuple(spans[at] for at in columns))

    def _given(self, state: dict[int, int], spans: dict[int, Spans], order: list[int]) -> int:
        """What the first step reads where the second one reads a state of the first; −1 if that
        cannot be told."""
        first, second = ([*events_in(self._recording, spans[at])] for at in order[:2])
        if not begins_with(second, first):
            return -1
        for one, other in zip(first, second, strict=False):
            if state[order[0]] in other.inputs:
                place = other.inputs.index(state[order[0]])
                given = one.inputs[place] if place < len(one.inputs) else -1
                return given if given >= 0 and self._recording.values[given].shape else -1
        return -1

    def _completed(self, state: dict[int, int], spans: dict[int, Spans]) -> dict[int, int]:
        """A state with what the last step gives, which none reads: what equal steps have there."""
        recording, found = self._recording, dict(state)
        for column in spans.keys() - state.keys():
            events = [*events_in(recording, spans[column])]
            for at, value in state.items():
                those = [*events_in(recording, spans[at])]
                like = recording.events[recording.values[value].writer]
                place = those.index(like)
                if place < len(events) and begins_with(those, events):
                    found[column] = events[place].outputs[like.outputs.index(value)]
                    break
        return found


def is_changed_after(recording: Recording, track: Track) -> bool:
    """Whether somebody changed what a fused network gives. Its states are what it computed."""
    if track.network < 0:
        return False
    refused = {one.at for one in recording.refused}
    made = {change.value for at, change in enumerate(recording.changes) if at not in refused}
    outputs = recording.events[track.network].outputs
    return any(recording.values[v].name in made for v in outputs)


def samples_of(recording: Recording, layer: Layer) -> int:
    """How many sequences a layer reads at once."""
    track, values = layer.track, recording.values
    events = [event for event in (track.network, *track.cells) if event >= 0]
    if events and recording.events[events[0]].op in NETWORKS:
        return values[recording.events[events[0]].outputs[1]].shape[1]
    refs = (v for _, some in track.values for v in some if v >= 0)
    return max((prod(values[v].shape[:-1]) for v in refs), default=1)


def tokens_of(recording: Recording, layer: Layer, steps: int) -> tuple[str, ...]:
    """What the positions are called, ``()`` if they are just numbers."""
    names = ["T"]
    if layer.track.network >= 0:
        event = recording.events[layer.track.network]
        names += [
            axis for v in (*event.outputs, *event.inputs) for axis in recording.values[v].axes
        ]
    for name in dict.fromkeys(names):
        labels = recording.labels.get(name, ())
        if len(labels) == steps and name not in ("V", "classes"):
            return labels
    return ()


def _nearest(recording: Recording, layers: tuple[Layer, ...], event: Event) -> int:
    """The layer that an event is in, by its step or its module; else the last one forwards."""
    module = recording.calls[event.call].module
    inside = [at for at, layer in enumerate(layers) if layer.step(event.index) >= 0]
    own = [at for at in inside if below(module, layers[at].track.name) is not None]
    if own or len(inside) == 1:
        return (own or inside)[0]
    return max(at for at, one in enumerate(layers) if not one.track.backwards or at == 0)


def _time(call: Call) -> int:
    found = _STEP.fullmatch(call.kind)
    assert found is not None
    return int(found[1])


def _together(each: list[dict[str, int]]) -> Values:
    """The values of all steps by their names, −1 where a step has none."""
    names = dict.fromkeys(name for one in each for name in one)
    return {name: [one.get(name, -1) for one in each] for name in names}


def _frozen(values: Values) -> tuple[tuple[str, tuple[int, ...]], ...]:
    return tuple((name, tuple(refs)) for name, refs in values.items())
