"""What one number depends on over the whole pass, and what depends on it, cell by cell.

A cell is in the *receptive field* of a number if another number there, everything else as it was,
can change it; the *influence* of a number is the reverse. That goes by the weights, masks and
indices of this pass, and not by how large its activations happen to be: a ReLU that is off could
be on, and every cell of a pooling window could be the largest. Where two numbers are multiplied
and one is exactly 0, the other one cannot matter.

*Strength* is |gradient × value| with the numbers of the pass, so it is 0 behind a ReLU that is off.
"""

from __future__ import annotations

from explorer.engine.reach import together
from explorer.engine.reach.field import OUTSIDE, Field
from explorer.engine.reach.walk import (
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

_FAMILIES = (together,)  # notes its stand-ins

__all__ = [
    "OUTSIDE",
    "Field",
    "Node",
    "Peek",
    "Traces",
    "Walked",
    "backwards",
    "field_of",
    "forwards",
    "handed",
    "influence",
    "nodes_of",
    "receptive_field",
    "seed",
]  # fmt: skip


def receptive_field(tape: Walked, ref: int, index: tuple[int, ...]) -> Field:
    """Which cells of every value before it a cell depends on, and how much."""
    traces = {ref: seed(tape.value(ref), index)}
    backwards(nodes_of(tape), traces)
    return field_of(ref, index, traces, tape.value)


def influence(tape: Walked, ref: int, index: tuple[int, ...]) -> Field:
    """Which cells of every value after it depend on a cell, and how much."""
    traces = {ref: seed(tape.value(ref), index, forwards=True)}
    forwards(nodes_of(tape), traces)
    return field_of(ref, index, traces, tape.value, forwards=True)
