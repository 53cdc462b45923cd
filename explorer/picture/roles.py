"""What the ops of an attention block are in the textbook figure: Q, K, V, the scores and so on.

They are found backwards and forwards from the attention maps that the engine found, so they are
there for anybody's attention. A role is named where it is certain, or not at all.
"Attention Is All You Need", figure 2. https://arxiv.org/abs/1706.03762
"""

from __future__ import annotations

from math import isclose, sqrt
from typing import Literal, NamedTuple

import numpy as np

from explorer.core.graph import Event, Recording
from explorer.picture.caption import flowing
from explorer.picture.copies import Copies

Role = Literal["Q", "K", "V", "QKV", "QKᵀ", "√d", "A·V", "Concat", "Wᴼ"]

_PROJECTIONS = frozenset(("linear", "addmm", "conv1d"))
_PRODUCTS = frozenset(("matmul", "bmm", "einsum", "baddbmm"))
_SCALES = frozenset(("mul", "div", "truediv"))
_MASKS = frozenset(("masked_fill", "where", "add", "sub", "maximum", "clamp"))
_SAME = frozenset((
    "view", "reshape", "flatten", "unflatten", "transpose", "permute", "contiguous", "squeeze",
    "unsqueeze", "expand", "T", "mT", "to", "float", "type", "type_as", "clone", "dropout",
    "getitem", "split", "chunk", "unbind", "softmax",
))  # fmt: skip
_TURNING = frozenset(("transpose", "permute", "T", "mT"))
_JOINING = frozenset(("view", "reshape", "flatten"))
_FUSED = "scaled_dot_product_attention"
_FAR = 64  # events looked through on the way to a projection


class _Found(NamedTuple):
    """What was found from one event: the roles as they were named, and the events that were looked
    at for it, ``first … last``."""

    roles: list[tuple[int, Role]]
    first: int
    last: int


def attention_roles(recording: Recording, copies: Copies) -> dict[int, Role]:
    """The roles of events, by index. What was found in a block alone is so in its ``copies``."""
    roles: dict[int, Role] = {}
    finder = _Finder(recording)
    known: dict[int, _Found] = {}  # by the event
    for event in (recording.events[one.event] for one in recording.attention):
        at, block = event.index, range(0)
        while (copy := copies.around(recording.events[at].call)) is not None:
            shift = copies.shift(copy)
            at, block = at - shift, range(copy.events.start - shift, copy.events.stop - shift)
        found = known.get(at)
        if found is None or found.first not in block or found.last not in block:
            at = event.index
            found = known[at] = finder.find(event)
        shift = event.index - at
        for index, role in found.roles:
            if role == "Wᴼ":
                roles.setdefault(index + shift, role)
            else:
                roles[index + shift] = role
    return roles


def given_in_order(recording: Recording, event: int, first: int) -> list[int]:
    """What comes to an op from before the event ``first``, as it is read: queries, keys, values."""
    found: dict[int, None] = {}
    seen: set[int] = set()
    ahead = [*recording.events[event].inputs[::-1]]
    while ahead:
        v = ahead.pop()
        writer = recording.values[v].writer
        if writer < first:
            found[v] = None
        elif writer not in seen:
            seen.add(writer)
            ahead += recording.events[writer].inputs[::-1]
    return [*found]


class _Finder:
    """``_roles`` are those found from one event, ``_seen`` the events looked at."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._roles: list[tuple[int, Role]] = []
        self._seen: set[int] = set()

    def find(self, event: Event) -> _Found:
        """Name what is around a softmax, or around attention in one op."""
        self._roles, self._seen = [], {event.index}
        self._find(event)
        return _Found(self._roles, min(self._seen), max(self._seen))

    def _name(self, event: int, role: Role) -> None:
        self._roles.append((event, role))

    def _find(self, event: Event) -> None:
        if event.op == _FUSED:
            self._name_sources(event, event.inputs[:3])
            self._name_output(event)
            return
        weighing = self._ahead(event, _PRODUCTS)
        scores, scale = self._scores(event)
        if weighing is None or scores is None:
            return
        values = [v for v in flowing(self._recording, weighing) if not self._is_from(v, event)]
        if not values:
            return  # weights of something, but values that the model learned
        if scale is not None:
            self._name(scale.index, "√d")
        self._name(scores.index, "QKᵀ")
        self._name(weighing.index, "A·V")
        self._name_sources(scores, (*flowing(self._recording, scores)[-2:], *values[:1]))
        self._name_output(weighing)

    def _scores(self, softmax: Event) -> tuple[Event | None, Event | None]:
        """The product of queries and keys, and their scale."""
        at, scale = self._writer(softmax.inputs[0]), None
        for _ in range(_FAR):
            given = [] if at is None else flowing(self._recording, at)
            if at is None or at.op in _PRODUCTS:
                return (at, scale) if len(given) > 1 else (None, None)
            op = at.op.strip("_")
            if op not in _SCALES | _MASKS | _SAME - _TURNING or not given:
                break  # what turns scores around changes what asks and what is asked
            if op in _MASKS and any(self._is_product(v, at) for v in given[1:]):
                break  # a sum of two kinds of scores
            if at.op in _SCALES and self._is_root(at):
                scale = at
            at = self._writer(given[0])
        return None, None

    def _is_root(self, event: Event) -> bool:
        """Whether scores are divided by the root of the size of a head."""
        at = self._writer(event.inputs[0])
        if at is None or at.op not in _PRODUCTS:
            return False
        queries = flowing(self._recording, at)
        try:
            by = float(event.detail.lstrip("×÷ "))
        except ValueError:
            return False
        if by <= 0 or len(queries) < 2:
            return False
        root = sqrt(self._recording.values[queries[-2]].shape[-1])
        return isclose(1 / by if event.op == "mul" else by, root, rel_tol=2e-3)

    def _name_sources(self, event: Event, values: tuple[int, ...]) -> None:
        """Name the projections that queries, keys and values come from."""
        around = self._around(event)
        found = [self._projection(v, around) for v in values]
        if len(found) == 3 and found[0] is not None and found[0] == found[1] == found[2]:
            self._name(found[0], "QKV")
            return
        if event.op == "einsum":  # its inputs may come in any order
            return
        names: tuple[Role, ...] = ("Q", "K", "V")
        for name, source in zip(names, found, strict=False):
            if source is not None and found.count(source) == 1:
                self._name(source, name)

    def _is_product(self, value: int, event: Event) -> bool:
        """Whether a value is made of products in the block of an event."""
        around, seen, ahead = self._around(event), set[int](), [value]
        while ahead and len(seen) < _FAR:
            at = self._writer(ahead.pop())
            if at is None or at.index in seen or at.index not in around:
                continue
            if at.op in _PRODUCTS | _PROJECTIONS:
                return True
            seen.add(at.index)
            ahead += flowing(self._recording, at)
        return False

    def _projection(self, value: int, around: range) -> int | None:
        """The one projection of the same block that a value comes from."""
        found, seen, ahead = set(), set[int](), [value]
        while ahead and len(seen) < _FAR:
            at = self._writer(ahead.pop())
            if at is None or at.index in seen or at.index not in around:
                continue
            seen.add(at.index)
            if at.op in _PROJECTIONS:
                found.add(at.index)
            else:
                ahead += flowing(self._recording, at)
        return found.pop() if len(found) == 1 and not ahead else None

    def _around(self, event: Event, further: int = 0) -> range:
        """The events of the block that an op belongs to, or of the one ``further`` out."""
        calls = self._recording.calls
        call = calls[event.call]
        while (call.parent > 0 and call.first == call.last) or (call.opened and call.parent >= 0):
            call = calls[call.parent]  # a layer that is the op, or its inside
        inside = self._recording.events[call.first : call.last + 1]
        if not any(e.op in _PROJECTIONS for e in inside):
            further = 1  # it is a module for the formula alone
        if further and call.parent > 0:
            call = calls[call.parent]
        return range(call.first, call.last + 1)

    def _name_output(self, event: Event) -> None:
        """Name where the heads are joined, and the projection after that."""
        joined, at = None, event
        for _ in range(_FAR):
            readers = self._readers(at)
            if len(readers) != 1:
                return
            at = readers[0]
            if at.op in _PROJECTIONS:
                if at.index in self._around(event, 1):
                    self._name(at.index, "Wᴼ")
                    if joined is not None:
                        self._name(joined, "Concat")
                return
            if at.op.strip("_") not in _SAME:
                return
            if at.op in _JOINING:
                joined = at.index

    def _ahead(self, event: Event, ops: frozenset[str]) -> Event | None:
        """The first of some ops that reads a result, in another shape, type or with dropout."""
        at = event
        for _ in range(_FAR):
            readers = self._readers(at)
            found = next((one for one in readers if one.op in ops), None)
            if found is not None:
                return found
            same = [one for one in readers if one.op.strip("_") in _SAME]
            if not same:
                return None
            at = same[0]
        return None

    def _is_from(self, value: int, event: Event) -> bool:
        """Whether a value is the event's result, in another shape, type or with dropout."""
        at = self._writer(value)
        for _ in range(_FAR):
            if at is None or at.index == event.index:
                return at is not None
            given = flowing(self._recording, at)
            if at.op.strip("_") not in _SAME or not given:
                return False
            at = self._writer(given[0])
        return False

    def _writer(self, value: int) -> Event | None:
        writer = self._recording.values[value].writer
        if writer < 0:
            return None
        self._seen.add(writer)
        return self._recording.events[writer]

    def _readers(self, event: Event) -> list[Event]:
        """The events that read the first result of one, each as often as it does."""
        if not event.outputs:
            return []
        recording, value = self._recording, event.outputs[0]
        every = len(recording.events) + 1
        at, end = np.searchsorted(recording.readings, (value * every, (value + 1) * every))
        readers = (recording.readings[at:end] % every).tolist()
        self._seen.update(readers)
        found = (recording.events[reader] for reader in readers if reader < every - 1)
        return [reader for reader in found for _ in range(reader.inputs.count(value))]
