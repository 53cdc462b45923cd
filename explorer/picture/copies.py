"""Equal calls beside each other: a network is made of blocks, most of which are equal.

What is found out about one of them, and how it is laid out, holds for the others too: only calls,
events and values have other numbers (`Move`). Equal means here that nothing is to be seen in a
block by which it differs: it ran the same ops in calls of the same names, with the same shapes and
wiring, and as much of what it made is read after it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable
from functools import cached_property
from itertools import chain, count
from operator import attrgetter

import numpy as np

from explorer.core.graph import Event, Recording
from explorer.picture.inside import Block, Inside, insides
from explorer.picture.move import Move
from explorer.picture.skips import adds, is_residual, unshaped

_OP = attrgetter("op", "detail", "given", "opens")
_VALUE = attrgetter("kind", "shape", "axes", "dtype", "device")
_CALL = attrgetter("kind", "number", "detail", "parameters")
_MODULE, _INPUTS, _OUTPUTS = map(attrgetter, ("module", "inputs", "outputs"))
_KEPT = ("parameter", "buffer")


def _below(path: str, names: list[str]) -> str:
    """Dotted names in lines, as they are called in a module; those of elsewhere stay as they
    are."""
    return "\n".join(["", *names]).replace(f"\n{path}.", "\n.")


class Copies:
    """Which calls of a recording equal an earlier one beside them. What is in a copy is not looked
    at: it equals what is in the original."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._blocks: dict[int, Block] = {}  # the copies and their originals
        self._originals: dict[int, int] = {}  # by copy
        inside: dict[int, list[int]] = defaultdict(list)
        for call in recording.calls[1:]:
            if call.last > call.first:
                inside[call.parent].append(call.index)
        waiting = [0]
        while waiting:
            looks = defaultdict(list)
            for index in inside[waiting.pop()]:
                call = recording.calls[index]
                look = call.kind, call.parameters, call.detail, call.last - call.first
                looks[look].append(index)
            for alike in looks.values():
                waiting += self._apart(alike) if len(alike) > 1 else alike
        self._starts = sorted(self._originals)

    def original(self, call: int) -> int:
        """The first of the equal calls of which a call is one; -1 if there is none. What is in a
        copy equals what is in its original."""
        copy = self.around(call)
        while copy is not None and copy.call != call:
            call -= copy.call - self._originals[copy.call]
            copy = self.around(call)
        return self._originals.get(call, call if call in self._blocks else -1)

    def around(self, call: int) -> Block | None:
        """The copy that a call is, or is in."""
        at = bisect_right(self._starts, call) - 1
        block = self._blocks[self._starts[at]] if at >= 0 else None
        return block if block is not None and call < block.end else None

    def shift(self, copy: Block) -> int:
        """By how many events a copy is after its original."""
        return copy.events.start - self._blocks[self._originals[copy.call]].events.start

    def block(self, call: int) -> Block:
        """One of several equal calls."""
        copy = None if call in self._blocks else self.around(call)
        if copy is None:
            return self._blocks[call]
        original = self._originals[copy.call]
        return self.move(original, copy.call).block(self.block(call - copy.call + original))

    def move(self, call: int, other: int) -> Move:
        """From one of several equal calls to another of them."""
        one, two = self.block(call), self.block(other)
        events = two.events.start - one.events.start
        return Move(self._recording, other - call, events, one.values, two.values)

    def blocks(self) -> list[Block]:
        """The copies, in order."""
        return [self._blocks[call] for call in self._starts]

    def part(self, tell: Callable[[Block], object]) -> None:
        """Give up the copies of which something else can be told than of the original."""
        told = {call: tell(block) for call, block in self._blocks.items()}
        for call, original in [*self._originals.items()]:
            if told[call] != told[original]:
                del self._originals[call], self._blocks[call]
        self._starts = sorted(self._originals)

    # ------------------------------------------------------------------ finding

    def _apart(self, alike: list[int]) -> list[int]:
        """Of calls beside each other those that equal none before them; others become copies."""
        apart: list[int] = []
        known: list[tuple[Block, list[object]]] = []
        for call in alike:
            found = self._told(call)
            original = None
            if found is not None:
                original = next((one for one, told in known if told == found[1]), None)
                if original is None:
                    known.append(found)
            if found is None or original is None:
                apart.append(call)
            else:
                self._blocks[original.call] = original
                self._blocks[call] = found[0]
                self._originals[call] = original.call
        return apart

    def _told(self, index: int) -> tuple[Block, list[object]] | None:
        """A call, and all by which it could differ from another one. None if there may be loops
        over time in it, in which case it matters what is around it: something with weights runs
        again, or an op is opened."""
        recording = self._recording
        calls, call = recording.calls, recording.calls[index]
        end = index + 1
        while end < len(calls) and calls[end].parent >= index:
            end += 1
        odd = bisect_left(self._odd, index)
        if odd < len(self._odd) and self._odd[odd] < end:
            return None
        inner = calls[index + 1 : end]
        first, last = call.first, call.last
        ran = recording.events[first : last + 1]
        outputs, inputs = [*map(_OUTPUTS, ran)], [*map(_INPUTS, ran)]
        wrote, read = [*chain.from_iterable(outputs)], [*chain.from_iterable(inputs)]
        number = dict(zip(dict.fromkeys(wrote + read), count()))
        if not recording.shared.keys().isdisjoint(number):
            return None
        written = len(dict.fromkeys(wrote))
        block = Block(index, end, range(first, last + 1), written, [*number])
        values = [*map(recording.values.__getitem__, number)]
        names = [one.name for one in values[written:] if one.kind in _KEPT]
        maps = self._attended
        told: list[object] = [
            [*map(number.__getitem__, read)],
            [*map(_OP, ran)],
            [event.call - index for event in ran],
            [*map(len, inputs)],
            [*map(len, outputs)],
            [*map(_VALUE, values)],
            [*map(_CALL, inner)],
            [(one.parent - index, one.first - first, one.last - first) for one in inner],
            _below(call.module, [*names, *map(_MODULE, inner)]),
            [event - first for event in maps[bisect_left(maps, first) : bisect_right(maps, last)]],
            self._left(block),
            self._residual(block, ran),
        ]
        return block, told

    def _left(self, block: Block) -> list[int]:
        """Which of its values are read after it, in the order in which they are."""
        recording, last = self._recording, block.events[-1]
        reads = self._last_reads
        found = [n for n, v in enumerate(block.values[: block.written]) if reads[v] > last]
        if len(found) < 2:
            return found
        after = len(recording.events)

        def read(n: int) -> tuple[int, int]:
            v = block.values[n]
            at = np.searchsorted(recording.readings, v * (after + 1) + last + 1)
            event = int(recording.readings[at]) % (after + 1)
            given = recording.outputs if event == after else recording.events[event].inputs
            return event, given.index(v)

        return sorted(found, key=read)

    def _residual(self, block: Block, ran: tuple[Event, ...]) -> list[bool]:
        """Whether sums in it end residual ways that begin before it. If only one value comes in,
        the block alone tells."""
        recording, first = self._recording, block.events[0]
        values = recording.values
        given = [
            v
            for v in block.values[block.written :]
            if values[v].writer >= 0 or values[v].kind == "input"
        ]
        if len(given) < 2 and all(unshaped(recording, v) == v for v in given):
            return []
        return [
            is_residual(recording, v, event)
            for event in ran
            if adds(event)
            for v in event.inputs
            if (values[v].writer >= 0 or values[v].kind == "input")
            and values[unshaped(recording, v)].writer < first
        ]

    @cached_property
    def _odd(self) -> list[int]:
        """The calls of opened ops and of modules with weights that run again, in order."""
        calls = self._recording.calls
        return [one.index for one in calls if one.opened or (one.number and one.parameters)]

    @cached_property
    def _attended(self) -> list[int]:
        """The events that give attention maps, in order."""
        return sorted({one.event for one in self._recording.attention})

    @cached_property
    def _last_reads(self) -> list[int]:
        """For every value the event that reads it last; -1 if none does."""
        values, events = np.divmod(self._recording.readings, len(self._recording.events) + 1)
        last = np.full(len(self._recording.values), -1)
        last[values] = events  # which are in order
        found: list[int] = last.tolist()
        return found


class Insides(dict[int, Inside]):
    """What is in each call that can be open: in 0, the model, and in those with several ops. What
    is in a copy is known when it is asked for."""

    def __init__(self, recording: Recording, copies: Copies) -> None:
        super().__init__(insides(recording, copies.blocks()))
        self._copies = copies
        several = (call.index for call in recording.calls if call.last > call.first)
        self._open = frozenset((0, *several))

    def __contains__(self, call: object) -> bool:
        return call in self._open

    def __missing__(self, call: int) -> Inside:
        copy = self._copies.around(call)
        if copy is None:
            raise KeyError(call)
        original = self._copies.original(copy.call)
        inside = self[call - copy.call + original]
        made = self[call] = self._copies.move(original, copy.call).inside(inside)
        return made

    def count(self, call: int) -> int:
        """How many items are in a call."""
        return len(self._known(call)[0].items)

    def calls(self, call: int) -> list[int]:
        """The calls right in a call."""
        inside, shift = self._known(call)
        return [item.at + shift for item in inside.items if item.kind == "call"]

    def _known(self, call: int) -> tuple[Inside, int]:
        """What is in a call or in its original, and how many calls it is after that."""
        found = call
        while (copy := self._copies.around(found)) is not None:
            found += self._copies.original(copy.call) - copy.call
        return self[found], call - found
