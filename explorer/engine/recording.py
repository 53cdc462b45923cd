"""A recorded pass as the desktop sees it: some of its fused events opened, axes named.

What a `Recording` names, `Shown` can look up: it is described by indices of its own, which go
through the tape and through the small tapes of the events that were opened.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from dataclasses import replace as replace_field
from math import prod

from msgspec.structs import replace
from torch import Tensor

from explorer.core.explanation import Cell, Explanation, Term
from explorer.core.graph import Attention, Call, Event, Failure, Recording, Value
from explorer.core.ops import op
from explorer.core.problem import Problem, phrase
from explorer.core.reach import Reach
from explorer.core.values import Input
from explorer.engine.attention import AttentionMap
from explorer.engine.axes import Axes
from explorer.engine.carrying import Carry, carry_of
from explorer.engine.legible import legible, legible_in
from explorer.engine.lookup import known_cell
from explorer.engine.reach import (
    Field,
    Node,
    Peek,
    Traces,
    Walked,
    backwards,
    field_of,
    forwards,
    handed,
    nodes_of,
    seed,
)
from explorer.engine.replay import Edit
from explorer.engine.replaying import NestedReplay
from explorer.engine.tape import Tape

Explain = Callable[[Sequence[int], int], Explanation]  # of a cell, with so many terms
_SMALL = 1 << 22  # bytes of an attention map that may be computed for a small picture


class Shown:
    """A tape with the insides of some events in their place.

    Attention inside of a fused op is no value of the tape: its map is listed as one more output of
    that op.
    """

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._calls = list(tape.calls)
        self._values: list[Value] = []
        self._homes: list[tuple[Tape, int] | AttentionMap | Tensor] = []  # where each is
        self._opened: list[tuple[Tape, int, Tape]] = []  # tape, event, and the tape of its inside
        # Of the maps inside of ops: the tape, the event on it, and which of the maps in that.
        self._added: dict[int, tuple[Tape, int, int]] = {}
        self._known: dict[int, list[int]] = {}  # of each tape, by its id: its values here
        for ref, value in enumerate(tape.values):
            self._add(value, tape, ref)
        self._known[id(tape)] = list(range(len(tape.values)))
        self._events = [replace(event, opens=tape.opens(event.index)) for event in tape.events]
        self._origins = [(tape, event.index) for event in tape.events]
        self._further: dict[int, Explain] = {}  # how cells of values that are no tape's came to be
        self._replaced: dict[int, Carry] = {}  # what `replayed` was given
        self._maps: list[Attention] = []
        self._list_maps(tape, 0)

    def add(self, value: Value, tensor: Tensor, explain: Explain) -> int:
        """List a value that no op of the pass made: its index."""
        self._values.append(value)
        self._homes.append(tensor)
        self._further[len(self._values) - 1] = explain
        return len(self._values) - 1

    def copy(self) -> Shown:
        """The same, in which other events can be opened."""
        made = copy(self)
        for name, held in vars(self).items():
            if isinstance(held, list | dict):
                setattr(made, name, held.copy())
        return made

    def name(self, axes: Sequence[Axes]) -> None:
        """Name the axes of the tape's values, and of the maps inside of ops."""
        for ref, names in enumerate(axes):
            self._values[ref] = replace(self._values[ref], axes=names)
        for found in self._maps:
            if found.value >= len(axes):
                value = self._values[found.value]
                names = self._map_axes(self._events[found.event], value.shape)
                self._values[found.value] = replace(value, axes=names)

    @property
    def tape(self) -> Tape:
        """The pass itself."""
        return self._tape

    @property
    def values(self) -> Sequence[Value]:
        """What the values are, by their index in the recording."""
        return self._values

    @property
    def events(self) -> Sequence[Event]:
        """The events, by their index in the recording."""
        return self._events

    def ref(self, name: str) -> int:
        """The index of a value by its name, or by another name of the same weight. Raises Problem
        (kind ``model``)."""
        for ref, value in enumerate(self._values):
            if value.name == name:
                return ref
        return self._tape.ref(name)

    def value(self, ref: int) -> Tensor:
        """A value as it was then, by its index in the recording."""
        home = self._homes[ref]
        if isinstance(home, Tensor):
            return home
        return home.weights if isinstance(home, AttentionMap) else home[0].value(home[1])

    def keep(self) -> None:
        """Copy the weights, also of what is inside of events, because they are about to change."""
        for tape in (self._tape, *(inside for _, _, inside in self._opened)):
            for one in (tape, *tape.altered.values()):
                one.keep()

    @property
    def count(self) -> int:
        """How many values there are."""
        return len(self._values)

    def shape(self, ref: int) -> tuple[int, ...]:
        """The shape of a value."""
        return self._values[ref].shape

    def holds(self, ref: int) -> bool:
        """Whether a value was not let go, or is small and made from what was not: then it takes no
        long pass to show it."""
        home = self._homes[ref]
        if isinstance(home, Tensor):
            return True
        if isinstance(home, AttentionMap):
            return self._values[ref].bytes <= _SMALL
        tape, own = home
        return tape.script.tensors[own] is not None

    def explain(self, ref: int, index: Sequence[int], limit: int) -> Explanation:
        """How cell ``index`` of a value came to be, with its ``limit`` largest terms: see
        `Tape.explain`. What it names are values of the recording; of cells inside of an event that
        is not open, nobody knows the index, −1."""
        if ref in self._further:
            return self._further[ref](index, limit)
        tape, own, here = self.asked(ref)
        told = tape.explain(own, index, limit)

        def cell(one: Cell) -> Cell:
            return replace_field(one, ref=-1 if one.inside else here.get(one.ref, -1))

        def terms(those: tuple[Term, ...]) -> tuple[Term, ...]:
            return tuple(replace_field(one, cells=tuple(map(cell, one.cells))) for one in those)

        return replace_field(
            told,
            ref=ref,
            value=self.value(ref)[told.index].item(),  # an opened op computes it a bit otherwise
            terms=terms(told.terms),
            quantities=tuple(replace_field(one, terms=terms(one.terms)) for one in told.quantities),
            sources=tuple(
                region._replace(ref=here[region.ref])
                for region in told.sources
                if region.ref in here
            ),
        )

    def field(self, reach: Reach) -> Field:
        """Which cells of the values of the recording one of them came from, or goes to: see
        `Tape.receptive_field` and `Tape.influence`, here through opened events as well."""
        ref, forth = reach.value, reach.way == "to"
        tape, own, here = self.asked(ref)
        own, index = known_cell(tape.script, own, reach.index)
        start = seed(tape.value(own), index, forth)
        walk = forwards if forth else backwards
        nodes = [Node(one, at, self._known[id(one)], self._replaced) for one, at in self._origins]
        traces: Traces = {ref: start}
        writer = self._values[ref].writer
        is_inside = id(tape) not in self._known  # a map that an op has inside
        if is_inside:
            within: Traces = {own: start}
            walk(nodes_of(tape), within)
            outputs = zip(tape.outputs, self._events[writer].outputs, strict=False)
            traces |= handed(within, outputs if forth else here.items())
        nodes = nodes[writer + 1 :] if forth else nodes[: writer + (not is_inside)]
        walk(nodes, traces, self._listening(traces))
        return field_of(ref, index, traces, self.value, forth)

    def _listening(self, traces: Traces) -> Peek:
        """What a walk tells of the inside of fused events, taken for the maps that are listed."""
        maps = {(id(of), event, n): ref for ref, (of, event, n) in self._added.items()}

        def peek(tape: Walked, event: int, inside: Walked, within: Traces) -> None:
            if tape is not self._tape and id(tape) not in self._known:
                return
            for number, found in enumerate(inside.attention()):
                ref = maps.get((id(tape), event, number))
                if ref is not None and found.value in within:
                    traces[ref] = within[found.value]

        return peek

    def asked(self, ref: int) -> tuple[Tape, int, Mapping[int, int]]:
        """The tape on which a value here was computed, its ref there, and what the values of that
        tape are here."""
        home = self._homes[ref]
        writer = self._values[ref].writer
        if writer >= 0:
            tape = self._origins[writer][0]
        elif isinstance(home, Tensor):
            raise Problem(
                "model",
                phrase("No op of the pass made {name}: it came after that."),
                phrase("Choose a number of the pass, or see what this one was made of."),
                name=self._values[ref].name,
            )
        else:
            assert isinstance(home, tuple), "an added map has a writer"
            tape = home[0]
        known = self._known[id(tape)]
        if ref in known:
            return tape, known.index(ref), dict(enumerate(known))
        tape, event, number = self._added[ref]
        inside = tape.inside(event)
        assert inside is not None, "a map inside of an op is found by opening it"
        here = {own: known[theirs] for own, theirs in inside.given.items()}
        return inside, inside.attention()[number].value, here

    @property
    def outputs(self) -> Sequence[tuple[int, ...]]:
        """The values that each event made."""
        return [event.outputs for event in self._events]

    @property
    def origins(self) -> Sequence[tuple[Tape, int]]:
        """Where each event comes from: its tape, and its index there."""
        return self._origins

    def open(self, event: int) -> int | None:
        """Put what is inside of an event in its place: the call that holds it, None if there is
        nothing inside."""
        tape, index = self._origins[event]
        inside = tape.open(index)
        if inside is None:
            return None
        self._opened.append((tape, index, inside))
        outer = self._events[event]
        added = len(inside.events) - 1
        call = self._call_for(outer)
        self._make_room(event, added)
        names = _names(inside)
        refs = self._adopt(inside, tape, outer, names)
        self._calls[call] = replace(self._calls[call], first=event, last=event + added)
        calls = self._add_parts(inside, call, outer)
        # Nobody measured the parts in the pass itself: they share its time as they do when they
        # run one by one.
        share = outer.seconds / (sum(inner.seconds for inner in inside.events) or 1.0)
        for inner in inside.events:
            here = replace(
                inner, index=event + inner.index, id=f"{outer.id}/{names[inner.id]}",
                call=calls[inner.call], seconds=inner.seconds * share,
                source=outer.source, inputs=tuple(refs[ref] for ref in inner.inputs),
                outputs=tuple(refs[ref] for ref in inner.outputs),
                opens=inside.opens(inner.index),
            )  # fmt: skip
            at = slice(here.index, here.index + (inner.index == 0))  # the first takes its place
            self._events[at] = [here]
            self._origins[at] = [(inside, inner.index)]
            for ref in here.outputs:
                self._values[ref] = replace(self._values[ref], writer=here.index)
        self._list_maps(inside, event)
        return call

    def replayed(self, edits: Mapping[int, Edit]) -> Shown:
        """The same with some values changed, also inside of ops: see `Tape.replay`. Values, events
        and calls keep their indices. Where a value inside of a fused op is changed, the op gives
        what its steps give."""
        opened = {(id(tape), event): inside for tape, event, inside in self._opened}
        own: dict[int, dict[int, Edit]] = {}  # of each tape, by its id
        for ref, edit in edits.items():
            home = self._homes[ref]
            assert not isinstance(home, Tensor), "what no op made is not changed"
            if isinstance(home, AttentionMap):
                tape, event, number = self._added[ref]
                inside = opened.get((id(tape), event)) or tape.inside(event)
                assert inside is not None, "a map inside of an op is found by opening it"
                opened[id(tape), event] = inside
                home = inside, inside.attention()[number].value
            own.setdefault(id(home[0]), {})[home[1]] = edit
        new = NestedReplay(own, opened).of(self._tape)
        made = self.copy()
        made._replaced = {ref: carry_of(edit) for ref, edit in edits.items()}
        shown = {id(inside) for _, _, inside in self._opened}
        for (of, event), inside in opened.items():
            if id(inside) not in shown:
                new[of].altered[event] = new[id(inside)]
        made._tape = new[id(self._tape)]
        made._known = {id(new[tape]): known for tape, known in self._known.items()}
        made._origins = [(new[id(tape)], event) for tape, event in self._origins]
        made._opened = [(new[id(a)], event, new[id(b)]) for a, event, b in self._opened]
        made._added = {r: (new[id(tape)], e, n) for r, (tape, e, n) in self._added.items()}
        maps: dict[int, list[AttentionMap]] = {}  # of each new tape
        for ref, home in enumerate(self._homes):
            if isinstance(home, tuple):
                made._homes[ref] = new[id(home[0])], home[1]
                continue
            if isinstance(home, Tensor):
                continue
            tape, event, number = self._added[ref]
            inside = opened.get((id(tape), event))
            if inside is not None:
                made._homes[ref] = new[id(inside)], inside.attention()[number].value
            elif not new[id(tape)].follows.isdisjoint(tape.script.steps[event].needs):
                found = maps[id(tape)] = maps.get(id(tape)) or new[id(tape)].attention()
                made._homes[ref] = [one for one in found if one.event == event][number]
        made._see_again(edits.keys())
        return made

    def _see_again(self, edited: Collection[int]) -> None:
        """Whether maps are still causal where a mask was changed, or a map behind its mask. What
        kind of model it is, one whose queries look ahead or not, stays."""
        tapes = (self._tape, *(inside for _, _, inside in self._opened))
        stale = {self._known[id(tape)][own] for tape in tapes for own in tape.follows}
        for n, one in enumerate(self._maps):
            if one.causal and self._is_in_doubt(one.value, edited, stale):
                weights = self.value(one.value)
                ahead = weights.triu(1 + weights.shape[-1] - weights.shape[-2])
                self._maps[n] = replace(one, causal=not bool(ahead.any()))

    def _is_in_doubt(self, ref: int, edited: Collection[int], stale: Collection[int]) -> bool:
        """Whether a map hangs on a change otherwise than by the scores that its mask is laid on."""
        if isinstance(self._homes[ref], AttentionMap):
            given = self._events[self._values[ref].writer].inputs
            return ref in edited or any(one in stale for one in given[3:])
        while ref not in edited:
            writer = self._values[ref].writer
            if writer < 0 or op(self._events[writer].op).family == "linear":
                return False  # back at q · kᵀ
            ref, *side = self._events[writer].inputs
            if any(one in stale for one in side):
                return True
        return True

    def describe(
        self, number: int, weights: str, given: Input, labels: Mapping[str, tuple[str, ...]]
    ) -> Recording:
        """The recording, as it travels."""
        tape = self._tape
        failure = tape.failure
        return Recording(
            tape=number,
            weights=weights,
            input=given,
            calls=tuple(legible_in(one, "module", "kind", "opened") for one in self._calls),
            events=tuple(legible_in(one, "id", "op") for one in self._events),
            values=tuple(legible_in(one, "name") for one in self._values),
            outputs=tape.outputs,
            output_names=tuple(map(legible, tape.output_names)),
            attention=tuple(self._maps),
            labels=dict(labels),
            prediction=prediction_of(tape, labels),
            seconds=tape.seconds,
            bytes=tape.bytes,
            failure=None if failure is None else Failure(*failure),
        )

    def _add(self, value: Value, tape: Tape, ref: int) -> int:
        self._values.append(value)
        self._homes.append((tape, ref))
        return len(self._values) - 1

    def _list_maps(self, tape: Tape, first: int) -> None:
        """The attention maps of a tape whose events begin at ``first``."""
        known = self._known[id(tape)]
        inside: Counter[int] = Counter()  # how many maps there are in each op
        for found in tape.attention():
            event = first + found.event
            if found.value >= 0:
                ref = known[found.value]
            else:
                ref = self._add_map(found, event)
                self._added[ref] = tape, found.event, inside[found.event]
                inside[found.event] += 1
            self._maps.append(Attention(event, ref, found.causal, found.ahead))
        self._maps.sort(key=lambda one: one.event)

    def _add_map(self, found: AttentionMap, index: int) -> int:
        """The weights inside of a fused op as a value."""
        event, shape = self._events[index], found.shape
        made, ref = self._values[event.outputs[0]], len(self._values)
        each = made.bytes // max(1, prod(made.shape))
        self._values.append(
            replace(
                made, name=f"{event.id}:weights", shape=shape, axes=self._map_axes(event, shape),
                bytes=prod(shape) * each,
            )
        )  # fmt: skip
        self._homes.append(found)
        self._events[index] = replace(event, outputs=(*event.outputs, ref))
        return ref

    def _map_axes(self, event: Event, shape: tuple[int, ...]) -> Axes:
        """The axes of an attention map are those of the queries and the keys."""
        query, key = (self._values[ref] for ref in event.inputs[:2])
        axes = [""] * len(shape)
        if query.shape[:-1] == shape[:-1] and key.shape[-2:-1] == shape[-1:]:
            axes = [*query.axes[:-1], key.axes[-2]]
        axes[-3:-2] = ["heads"]
        return tuple(axes)

    def _adopt(self, inside: Tape, tape: Tape, outer: Event, names: Mapping[str, str]) -> list[int]:
        """The values of an opened event: what it was given and gave, and its attention map, are
        here already."""
        known = self._known[id(tape)]
        refs = {ref: known[theirs] for ref, theirs in inside.given.items()}
        for ref, theirs in zip(inside.outputs, outer.outputs, strict=False):
            if inside.values[ref].writer >= 0:
                refs.setdefault(ref, theirs)
        shown = [one.value for one in self._maps if one.event == outer.index]
        self._maps = [one for one in self._maps if one.event != outer.index]
        for found, here in zip(inside.attention(), shown, strict=False):
            if found.value >= 0:
                refs.setdefault(found.value, here)
        inside.name_axes({inside.values[r].name: self._values[h].axes for r, h in refs.items()})
        for ref, value in enumerate(inside.values):
            if ref not in refs:
                event, mark, number = value.name.partition(":")
                name = f"{outer.id}/{names.get(event, event)}{mark}{number}"
                refs[ref] = self._add(replace(value, name=name), inside, ref)
        self._known[id(inside)] = [refs[ref] for ref in range(len(inside.values))]
        return self._known[id(inside)]

    def _call_for(self, outer: Event) -> int:
        """The call that holds an opened event: the one that held it alone, or a new one in it."""
        call = self._calls[outer.call]
        if call.first == call.last and call.index:
            return call.index
        self._calls.append(
            Call(
                index=len(self._calls), module=call.module, number=call.number, parent=call.index,
                kind=outer.op, first=outer.index, last=outer.index, parameters=0,
                detail=outer.detail, opened=outer.id,
            )
        )  # fmt: skip
        return len(self._calls) - 1

    def _add_parts(self, inside: Tape, call: int, outer: Event) -> list[int]:
        """The parts of an opened event, as time steps are, as calls in the one that holds it: for
        each call of the small tape the one here."""
        calls = [call]
        holder = self._calls[call]
        for one in inside.calls[1:]:
            calls.append(len(self._calls))
            self._calls.append(
                replace(
                    one, index=calls[-1], module=holder.module, number=holder.number,
                    parent=calls[one.parent], first=outer.index + one.first,
                    last=outer.index + one.last, opened=outer.id,
                )
            )  # fmt: skip
        return calls

    def _make_room(self, event: int, added: int) -> None:
        """Everything that comes after an event comes ``added`` later."""
        for n in range(event + 1, len(self._events)):
            self._events[n] = replace(self._events[n], index=n + added)
        for n, value in enumerate(self._values):
            if value.writer > event:
                self._values[n] = replace(value, writer=value.writer + added)
        for n, call in enumerate(self._calls):
            first = call.first + added * (call.first > event)
            self._calls[n] = replace(
                call, first=first, last=call.last + added * (call.last >= event)
            )
        self._maps = [
            replace(one, event=one.event + added * (one.event > event)) for one in self._maps
        ]


def _names(inside: Tape) -> dict[str, str]:
    """The names of the events of an opened one, by their ids: ``l0/t=2/f/linear#1``."""
    ways = [""]
    for call in inside.calls[1:]:
        ways.append(f"{ways[call.parent]}{call.kind.replace(' ', '')}/")
    counts: dict[str, int] = {}
    names = {}
    for event in inside.events:
        plain = f"{ways[event.call]}{event.op}"
        counts[plain] = counts.get(plain, -1) + 1
        names[event.id] = f"{plain}#{counts[plain]}" if event.call else event.id
    return names


def prediction_of(tape: Tape, labels: Mapping[str, tuple[str, ...]]) -> int:
    """The output whose last axis goes along the classes or the vocabulary, −1 if there is none."""
    sizes = {len(labels[name]) for name in ("V", "classes") if labels.get(name)}
    for ref in tape.outputs:
        value = tape.values[ref]
        if value.shape and value.shape[-1] in sizes and "float" in value.dtype:
            return ref
    return -1
