"""What is in each call of a recording, and how values go between: the same whatever is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, NamedTuple

from explorer.core.graph import Recording, is_leaf

RAN = ("event", "call", "fold")  # the kinds of items that ops ran in


class Item(NamedTuple):
    """Something in a box: an event, a call, a fold of equal calls, an input or output of the model,
    or a port.

    ``at`` is the index of the event, the call (of a fold the first, and ``until`` the last) or,
    for all others, the value.
    """

    kind: Literal["event", "call", "fold", "input", "output", "top", "bottom"]
    at: int
    until: int = -1


@dataclass
class Inside:
    """What is in a call. A value that comes in or goes out does so through a port.

    ``nets`` maps (source, value) to its targets, in order.
    """

    call: int
    items: dict[Item, None] = field(default_factory=dict)
    tops: dict[Item, None] = field(default_factory=dict)
    bottoms: dict[Item, None] = field(default_factory=dict)
    nets: dict[tuple[Item, int], dict[Item, None]] = field(default_factory=dict)

    @property
    def nodes(self) -> list[Item]:
        """In the order of their numbers in the flat layout."""
        return [*self.tops, *self.items, *self.bottoms]

    def connect(self, value: int, source: Item, target: Item) -> None:
        """Let ``value`` go from one to the other."""
        for item in (source, target):
            if item.kind == "top":
                self.tops.setdefault(item)
            elif item.kind == "bottom":
                self.bottoms.setdefault(item)
            else:
                self.items.setdefault(item)
        self.nets.setdefault((source, value), {}).setdefault(target)


class Block(NamedTuple):
    """A call, the calls in it up to ``end``, and its ``events``. Its ``values`` are those that
    these have ``written``, so many, and then those that they read from around it, in order."""

    call: int
    end: int
    events: range
    written: int
    values: list[int]


_Home = tuple[tuple[int, ...], Item]  # the calls around an item, outermost first, and the item


def insides(recording: Recording, closed: Sequence[Block] = ()) -> dict[int, Inside]:
    """The inside of every call that can be open: of 0, the model, and of those with several ops.
    Of ``closed`` blocks, which are in order, there is only what goes in and out."""
    blocks = {block.events.start: block for block in closed}
    around = _around(recording, closed)
    found: dict[int, Inside] = {0: Inside(0)}
    homes: list[_Home] = []  # of the events
    inputs: dict[int, _Home] = {}
    for v, value in enumerate(recording.values):
        if value.kind == "input":
            inputs[v] = ((0,), Item("input", v))
            found[0].items.setdefault(inputs[v][1])

    for event in recording.events:
        if event.index < len(homes):
            continue  # in a closed block
        block = blocks.get(event.index)
        chain, leaf = around[event.call if block is None else block.call]
        item = leaf or Item("event", event.index)
        homes += [(chain, item)] * (1 if block is None else len(block.events))
        if chain[-1] not in found:
            for outer, inner in pairwise(chain):
                found[outer].items.setdefault(Item("call", inner))
                found.setdefault(inner, Inside(inner))
        here = found[chain[-1]]
        here.items.setdefault(item)
        for v in event.inputs if block is None else block.values[block.written :]:
            writer = recording.values[v].writer
            if writer >= 0:
                home = homes[writer]
            elif v in inputs:
                home = inputs[v]
            else:
                continue
            if home[0] is not chain:
                _connect(found, v, home, (chain, item))
            elif home[1] != item:  # as most are: in one call, where both are already
                here.nets.setdefault((home[1], v), {}).setdefault(item)
    for v in recording.outputs:
        writer = recording.values[v].writer
        if writer >= 0 or v in inputs:
            source = homes[writer] if writer >= 0 else inputs[v]
            _connect(found, v, source, ((0,), Item("output", v)))
    return found


def _around(
    recording: Recording, closed: Sequence[Block]
) -> dict[int, tuple[tuple[int, ...], Item | None]]:
    """For every call: the calls around its own events, itself the last. A leaf's one event is
    drawn as the call, and so are those of a closed block, in which calls are left out."""
    around: dict[int, tuple[tuple[int, ...], Item | None]] = {}
    ends = {block.call: block.end for block in closed}
    end = 0
    for call in recording.calls:
        if call.index < end:
            continue
        if call.parent < 0:
            around[call.index] = (call.index,), None
            continue
        chain, leaf = around[call.parent]
        if leaf is None:
            if is_leaf(call) or call.index in ends:
                leaf = Item("call", call.index)
                end = ends.get(call.index, end)
            else:
                chain = (*chain, call.index)
        around[call.index] = chain, leaf
    return around


def _connect(found: dict[int, Inside], value: int, writer: _Home, reader: _Home) -> None:
    """Lead a value from where it is written up to the common call, and down to its reader."""
    (from_chain, source), (to_chain, target) = writer, reader
    shared = 0
    for a, b in zip(from_chain, to_chain, strict=False):
        if a != b:
            break
        shared += 1
    for call in reversed(from_chain[shared:]):
        found[call].connect(value, source, Item("bottom", value))
        source = Item("call", call)
    for call in reversed(to_chain[shared:]):
        found[call].connect(value, Item("top", value), target)
        target = Item("call", call)
    if source != target:
        found[from_chain[shared - 1]].connect(value, source, target)
