"""What the states that recurrent networks begin with are called where they are drawn: h₀ and c₀.

They are found from what reads them, PyTorch's recurrent ops and cells, back to what made them. The
state that a call is given is a first one if the call before of the same weights had no part in it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from msgspec import Struct

from explorer.core.graph import Recording, is_leaf
from explorer.core.ops import CELLS, NETWORKS, shape_only
from explorer.picture.caption import flowing
from explorer.picture.inside import Item
from explorer.picture.slices import MOVING

_OPENED_CELL = re.compile(rf"(?:.*?/)?({'|'.join(CELLS)})#\d+/")  # in the id of what is in one
_MAKING = frozenset(("zeros", "ones", "full", "empty", "rand", "randn", "tensor", "as_tensor"))
_FAR = 64  # events looked through between two calls of the same weights


class _Read(NamedTuple):
    """That an event reads a value as the first state ``name`` of the module ``owner``: the op
    itself does if it is ``direct``, else what only passes it on."""

    name: str
    owner: str
    direct: bool


class _Step(Struct, frozen=True, gc=False, order=True):
    """A call of a recurrent op, the events ``first … last``, which is ``given`` the states
    ``letters``; each is read by one of ``readers``. ``weights`` is one of its parameters."""

    first: int
    last: int
    given: tuple[int, ...]
    letters: str
    readers: tuple[int, ...]
    weights: int


class States:
    """The first states of a recording. ``known`` are the values that are read as one, ``givers``
    the events that give those, -1 for an input of the model."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._reads: dict[int, dict[int, list[_Read]]] = {}  # by value and event
        self._made: dict[int, str] = {}  # values that a part of an opened op gives
        ops = {event.op for event in recording.events}
        opened = any(call.opened for call in recording.calls)
        recurrent = opened or not ops.isdisjoint(NETWORKS) or not ops.isdisjoint(CELLS)
        for event, value, letter in self._first() if recurrent else ():
            owner = recording.calls[recording.events[event].call].module
            self._give(value, event, _Read(f"{letter}₀", owner, True))
        self._readers: dict[int, list[int]] = defaultdict(list)
        for reader in recording.events if self._reads else ():
            for v in reader.inputs:
                if v in self._reads:
                    self._readers[v].append(reader.index)
        self.known = self._reads.keys() | self._made.keys()
        self.givers = {recording.values[v].writer for v in self._reads}
        self._owners = _shortened(
            {read.owner for by in self._reads.values() for reads in by.values() for read in reads}
        )

    def name(self, value: int, first: int, last: int) -> str:
        """What the events ``first … last`` read a value as: ``h₀``; nothing if as no first
        state."""
        if value in self._made:
            return self._made[value]
        return " ".join(dict.fromkeys(read.name for read in self._between(value, first, last)))

    def role(self, item: Item) -> str:
        """The first state that a node makes or passes on: ``h₀``; with the module that it is for
        where there are several: ``h₀ cells.1``."""
        names, owner = self._given_by(item)
        return " ".join((*names, owner)).rstrip()

    def titled(self, item: Item) -> str:
        """The title of an input of the model, which may be a first state: ``state = h₀``."""
        title = self._recording.values[item.at].name
        names = ", ".join(self._given_by(item)[0])
        if title.replace("_", "").lower() == names.replace("₀", "0"):
            return names or title  # it says so already
        return f"{title} = {names}" if names else title

    def _given_by(self, item: Item) -> tuple[tuple[str, ...], str]:
        """The first states that a node gives, and the module that they are for where there are
        several."""
        recording, values = self._recording, [item.at]
        if item.kind != "input":
            call = recording.calls[item.at] if item.kind == "call" else None
            event = recording.events[item.at if call is None else call.first]
            values = [v for v in event.outputs if v in self._reads]
            makes = event.op in _MAKING or shape_only(event.op) or not flowing(recording, event)
            if (call is not None and not is_leaf(call)) or not (makes or event.op in MOVING):
                return (), ""
        found = [self._between(v, 0, len(recording.events)) for v in values]
        if not all(found):
            return (), ""
        names = tuple(dict.fromkeys(read.name for reads in found for read in reads))
        owners = {read.owner for reads in found for read in reads}
        tells = len(owners) == 1 and len(self._owners) > 1
        return names, self._owners[owners.pop()] if tells else ""

    def _between(self, value: int, first: int, last: int) -> list[_Read]:
        """How the events ``first … last`` read a first state. Where none of them is the op itself,
        all have to pass it on."""
        reads = self._reads.get(value)
        if reads is None:
            return []
        readers = [event for event in self._readers[value] if first <= event <= last]
        found = [read for event in readers for read in reads.get(event, ())]
        sure = any(read.direct for read in found) or all(event in reads for event in readers)
        return found if sure else []

    # ------------------------------------------------------------------ finding

    def _first(self) -> list[tuple[int, int, str]]:
        """Which events read which first states."""
        found: list[tuple[int, int, str]] = []
        before: dict[int, _Step] = {}  # by weights
        alone: set[int] = set()  # those of cells that were called once: there may be no loop
        for step in sorted([*self._steps(), *self._opened()]):
            weights, last = step.weights, before.get(step.weights)
            before[weights] = step
            if last is None and self._is_cell(step):
                alone.add(weights)
            elif last is None or not self._is_made_of(step.given[0], last):
                found += zip(step.readers, step.given, step.letters, strict=False)
            elif weights in alone:
                alone.discard(weights)
                found += zip(last.readers, last.given, last.letters, strict=False)
        return found

    def _is_cell(self, step: _Step) -> bool:
        event = self._recording.events[step.first]
        return event.op in CELLS or _OPENED_CELL.match(event.id) is not None

    def _steps(self) -> Iterator[_Step]:
        """The calls of recurrent ops, and of cells that are opened."""
        recording, opened = self._recording, ""
        for event in recording.events:
            given = event.inputs
            if event.op in NETWORKS:
                letters = NETWORKS[event.op]
                at = 1 + ("int" in recording.values[given[1]].dtype)  # sizes, of packed sequences
            elif event.op in CELLS:
                letters, at = CELLS[event.op], 1
            elif "_cell#" in event.id and (inside := _OPENED_CELL.match(event.id)):
                if inside[0] == opened:
                    continue
                opened = inside[0]
                yield from self._outside(event.index, opened, CELLS[inside[1]])
                continue
            else:
                continue
            end = at + len(letters)
            readers = (event.index,) * len(letters)
            yield _Step(event.index, event.index, given[at:end], letters, readers, given[end])

    def _opened(self) -> Iterator[_Step]:
        """The networks that are opened: parts of them take the first states."""
        recording = self._recording
        parts: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for call in recording.calls:
            if call.opened and call.kind in ("h₀", "c₀") and is_leaf(call):
                event, around = recording.events[call.first], recording.calls[call.parent]
                self._made |= dict.fromkeys(event.outputs, call.kind)
                if around.opened != call.opened or around.kind in NETWORKS:  # not in a layer
                    parts[call.parent].append((event.index, event.inputs[0]))
        for at, states in parts.items():
            call = recording.calls[at]
            inside = islice(recording.events, call.first, call.last + 1)
            kinds = ((v, recording.values[v].kind) for event in inside for v in event.inputs)
            weights = next((v for v, kind in kinds if kind == "parameter"), -1)
            readers, given = zip(*states, strict=True)
            yield _Step(call.first, call.last, given, "hc", readers, weights)

    def _outside(self, first: int, cell: str, letters: str) -> Iterator[_Step]:
        """A call of a cell that is opened: what its events read from around it are its weights, its
        input and its states. One value may be two of these."""
        values, last = self._recording.values, first
        flow, weights = dict[int, int](), list[int]()
        for event in islice(self._recording.events, first, None):
            if not event.id.startswith(cell):
                break
            last = event.index
            for v in event.inputs:
                if values[v].kind == "parameter":
                    weights.append(v)
                elif values[v].writer < first:
                    flow.setdefault(v, last)
        if not weights or not flow:  # of a cell whose weights are computed anew each time
            return
        given = [*flow.items()][1:] or [*flow.items()]
        given += given[-1:] * (len(letters) - len(given))
        states, readers = zip(*given, strict=True)
        yield _Step(first, last, states, letters, readers, weights[0])

    def _is_made_of(self, state: int, step: _Step) -> bool:
        """Whether a call had a part in a state."""
        recording = self._recording
        if step.first <= recording.values[state].writer <= step.last:
            return True  # as most are
        ahead, seen = [state], set[int]()
        while ahead and len(seen) < _FAR:
            writer = recording.values[ahead.pop()].writer
            if step.first <= writer <= step.last:
                return True
            if writer > step.last and writer not in seen:
                seen.add(writer)
                ahead += recording.events[writer].inputs
        return False

    def _give(self, value: int, event: int, read: _Read) -> None:
        """Note how an event reads a value, and so what passes that value on reads its own."""
        reads = self._reads.setdefault(value, {}).setdefault(event, [])
        if read in reads:
            return
        reads.append(read)
        recording = self._recording
        writer = recording.values[value].writer
        if writer >= 0 and recording.events[writer].op in MOVING:
            for given in flowing(recording, recording.events[writer])[:1]:
                self._give(given, writer, read._replace(direct=False))


def _shortened(paths: set[str]) -> dict[str, str]:
    """The last parts of dotted paths, as many as tell each from all others."""
    found = {}
    for path in paths:
        parts = path.split(".")
        for n in range(1, len(parts) + 1):
            found[path] = short = ".".join(parts[-n:])
            alike = (other for other in paths if f".{other}".endswith(f".{short}"))
            if [*alike] == [path] and not parts[-n].isdigit():
                break
    return found
