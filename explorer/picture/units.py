"""Which axis of a value holds its units, and what the function that made them can give."""

from __future__ import annotations

from explorer.core.graph import Recording, Value

_BOUNDS = {  # where a function hardly changes any more
    "sigmoid": (0.0, 1.0), "hardsigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0),
    "hardtanh": (-1.0, 1.0), "softsign": (-1.0, 1.0),
}  # fmt: skip
_GATES = frozenset({"relu", "relu6", "threshold", "rrelu", "hardshrink", "softshrink"})


def unit_axis(what: Value) -> int:
    """The axis of neurons or channels: the one with that name; of an image (B, C, H, W) the second,
    of anything else the last one that is longer than 1. -1 of a single number."""
    for name in ("C", "heads"):
        if name in what.axes:
            return what.axes.index(name)
    rank = len(what.shape)
    if rank == 4 and what.axes[2:] == ("H", "W"):
        return 1
    long = [axis for axis, size in enumerate(what.shape) if size > 1]
    return long[-1] if long else rank - 1


def bounds(recording: Recording, value: int) -> tuple[float, float] | None:
    """What the function that made a value cannot leave; None if it has no such bounds."""
    return _BOUNDS.get(_maker(recording, value))


def is_gated(recording: Recording, value: int) -> bool:
    """Whether a value was made by a function that is 0 where it does not fire."""
    return _maker(recording, value) in _GATES


def _maker(recording: Recording, value: int) -> str:
    writer = recording.values[value].writer
    return recording.events[writer].op.strip("_") if writer >= 0 else ""
