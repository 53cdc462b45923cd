"""Which values are one position of a sequence: ``x[:, t]``, ``x[:, t:t+1]``, a part of a split."""

from __future__ import annotations

import re
from collections.abc import Hashable
from math import prod

from explorer.core.graph import Event, Recording
from explorer.picture.caption import flowing

# ops whose result holds the numbers of their input
SAME = frozenset((
    "view", "reshape", "flatten", "unflatten", "transpose", "permute", "contiguous", "squeeze",
    "unsqueeze", "expand", "T", "mT", "to", "detach", "clone", "float",
))  # fmt: skip
_CUTTING = frozenset(("unbind", "split", "chunk", "tensor_split"))
_PICKING = frozenset(("getitem", "select", "narrow"))
MOVING = SAME | _PICKING
GIVING = MOVING | _CUTTING  # all whose result may be a position
_TURNED = SAME | {"flip"}
_POSITION = re.compile(r"(-?\d+)(?::(-?\d+))?|\[(-?\d+)\]")

Position = tuple[int, str]  # what a position is a part of, and which parts that is cut into


class Slices:
    """Finds of what, and which, values are one position. What is the same in another shape is the
    same position: ``part.squeeze(1)``."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._found: dict[int, dict[Position, int]] = {}
        self._parts: dict[int, dict[int, int]] = {}  # of ops that cut: what they give, numbered
        self._first: dict[Hashable, int] = {}  # of values that are alike: by what makes them

    def of(self, value: int) -> dict[Position, int]:
        """Which position a value is, by what that is a part of; nothing for any other value."""
        if value not in self._found:
            self._found[value] = self._look(value)
        return self._found[value]

    def _look(self, value: int) -> dict[Position, int]:
        recording = self._recording
        while (writer := recording.values[value].writer) >= 0:
            event = recording.events[writer]
            if event.op in _CUTTING:
                part, alike = self._parts_of(event).get(value), self._alike(event.inputs[0])
                return {} if part is None else {(alike, f"{event.op} {event.detail}"): part}
            given = flowing(recording, event) if event.op in MOVING else []
            if given and event.op in _PICKING:
                whole = self._is_whole(given[0], value)
                alike = self._alike(given[0])
                found = {(alike, rest): n for rest, n in _positions(event)}
                return (whole and self.of(given[0])) or found
            if len(given) != 1:
                break
            (value,) = given
        return {}

    def _alike(self, value: int) -> int:
        """The first value that is the same one, turned in the same way: ``x.transpose(0, 1)`` of
        another step."""
        recording, turns = self._recording, list[Event]()
        while (writer := recording.values[value].writer) >= 0:
            event = recording.events[writer]
            given = flowing(recording, event) if event.op in _TURNED else []
            if len(given) != 1:
                break
            turns.append(event)
            (value,) = given
        for event in reversed(turns):
            value = self._first.setdefault((event.op, event.detail, value), event.outputs[0])
        return value

    def _is_whole(self, given: int, value: int) -> bool:
        """Whether a pick takes all that there is: ``part[:, 0]`` of one position."""
        values = self._recording.values
        return prod(values[given].shape) == prod(values[value].shape)

    def _parts_of(self, event: Event) -> dict[int, int]:
        """The results of an op that cuts something into parts of length 1, with their numbers.
        Longer ones are groups of channels or heads."""
        if event.index not in self._parts:
            values = self._recording.values
            whole, parts = values[event.inputs[0]].shape, [values[v].shape for v in event.outputs]
            ones = event.op == "unbind" or all(
                len(part) == len(whole)
                and [b for a, b in zip(whole, part, strict=True) if a != b] == [1]
                for part in set(parts)
            )
            self._parts[event.index] = {v: n for n, v in enumerate(event.outputs)} if ones else {}
        return self._parts[event.index]


def _positions(event: Event) -> list[tuple[str, int]]:
    """The numbers in an index that may be a position, each with the rest of the index: ``2`` of
    ``[:, 2]``, ``[:, 2:3]`` and ``[:, [2]]``, and each number that `torch.select` and the like are
    given."""
    if event.op != "getitem":
        numbers = re.finditer(r"-?\d+", event.detail)
        return [
            (event.detail[: n.start()] + "·" + event.detail[n.end() :], int(n[0])) for n in numbers
        ]
    parts = event.detail.removeprefix("[").removesuffix("]").split(", ")
    found = []
    for at, part in enumerate(parts):
        number = _POSITION.fullmatch(part)
        if number is None or (number[2] and int(number[2]) != int(number[1]) + 1):
            continue
        kept = "·" if number[0] == number[1] else "·:·"  # the axis stays
        rest = ", ".join((*parts[:at], kept, *parts[at + 1 :]))
        found.append((rest, int(number[1] or number[3])))
    return found
