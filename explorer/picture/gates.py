"""The gates of a recurrent cell that somebody wrote, found by how its states are made."""

from __future__ import annotations

from explorer.core.graph import Event, Recording
from explorer.core.recurrent import Kind
from explorer.picture.slices import GIVING

_FAR = 6  # ops between a gate and the sigmoid that it is a part of
_AROUND = 24  # ops that are looked at for the reset gate


class Gates:
    """Reads how states were made: c = f ⊙ c + i ⊙ g with h = o ⊙ tanh(c), or
    h = (1 − z) ⊙ n + z ⊙ h."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def of(self, now: dict[str, int], before: dict[str, int]) -> tuple[Kind, dict[str, int]]:
        """The gates of a step, which makes the states ``now`` of those ``before``."""
        if "c" in now:
            found = self._lstm(now["h"], now["c"], before["c"])
            return ("lstm", found) if found else ("", {})
        found = self._gru(now["h"], before["h"])
        return ("gru", found) if found else ("", {})

    def _lstm(self, h: int, c: int, before: int) -> dict[str, int]:
        kept = made = -1
        for factors in map(self._factors, self._made_by(c, "add")):
            gate = [v for v in factors if self._is(v, "sigmoid")]
            if before in factors and len(gate) == 1:
                kept = gate[0]
            elif len(gate) == 1 and len(factors) == 2:
                made = gate[0]
                new = next(v for v in factors if v != made)
        shown = self._factors(h)
        out = [v for v in shown if self._is(v, "sigmoid")]
        squashed = [v for v in shown if v not in out and self._made_by(v, "tanh") == [c]]
        if kept < 0 or made < 0 or not self._is(new, "tanh") or len(out) != 1 or not squashed:
            return {}
        return {"i": made, "f": kept, "g": new, "o": out[0]}

    def _gru(self, h: int, before: int) -> dict[str, int]:
        kept = new = rest = -1
        for factors in map(self._factors, self._made_by(h, "add")):
            gate = [v for v in factors if self._is(v, "sigmoid")]
            if before in factors and len(gate) == 1:
                kept = gate[0]
            elif len(factors) == 2:
                new = next((v for v in factors if self._is(v, "tanh")), -1)
                rest = next((v for v in factors if v != new), -1)
        if kept < 0 or new < 0 or self._made_by(rest, "rsub", detail="1") != [kept]:
            return {}
        writer = self._recording.values[new].writer
        reset = self._resets(self._recording.events[writer], kept, before)
        return {"r": reset, "z": kept, "n": new} if reset >= 0 else {}

    def _resets(self, event: Event, update: int, before: int) -> int:
        """The sigmoid that is multiplied with the state ``before``, or with what is made of it, on
        the way to an event; not ``update``."""
        ahead = list(event.inputs)
        for _ in range(_AROUND):
            if not ahead:
                return -1
            value = ahead.pop(0)
            writer = self._recording.values[value].writer
            if writer < 0 or value in (before, update):
                continue
            factors = self._factors(value)
            gates = [v for v in factors if self._is(v, "sigmoid") and v != update]
            if len(gates) == 1 and any(self._reads(v, before) for v in factors if v != gates[0]):
                return gates[0]
            if not self._is(value, "sigmoid"):
                ahead += self._recording.events[writer].inputs
        return -1

    def _reads(self, value: int, before: int) -> bool:
        """Whether a value is made of ``before``, a few ops away."""
        ahead = [value]
        for _ in range(_FAR):
            if before in ahead:
                return True
            writers = (self._recording.values[v].writer for v in ahead)
            events = (self._recording.events[w] for w in writers if w >= 0)
            ahead = list(dict.fromkeys(v for event in events for v in event.inputs))
        return False

    def _made_by(self, value: int, op: str, detail: str = "") -> list[int]:
        """What an op was given that made a value, nothing if another one did, or that with other
        numbers beside its tensors: ``alpha`` of an addition is a factor."""
        writer = self._recording.values[value].writer if value >= 0 else -1
        if writer < 0:
            return []
        event = self._recording.events[writer]
        return list(event.inputs) if (event.op.strip("_"), event.detail) == (op, detail) else []

    def _factors(self, value: int) -> list[int]:
        return self._made_by(value, "mul")

    def _is(self, value: int, op: str) -> bool:
        """Whether it is what an op gave, or a part of that."""
        events, values = self._recording.events, self._recording.values
        for _ in range(_FAR):
            writer = values[value].writer
            if writer < 0:
                return False
            event = events[writer]
            if event.op.strip("_") == op:
                return True
            if event.op not in GIVING or not event.inputs:
                return False
            value = event.inputs[0]
        return False
