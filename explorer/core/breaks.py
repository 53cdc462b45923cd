"""What a person wants to stop at, and where a pass does it.

A fault is told where it comes about: at an op that gives NaN though it read none, not at all those
after it. So are infinities and large numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from explorer.core.graph import Recording
from explorer.core.ops import op
from explorer.core.quantities import FAULTS, Amounts, Fault

Why = Fault | Literal["op"]


@dataclass(frozen=True)
class Breaks:
    """Conditions, of which any one will do.

    ``nan`` and ``infinite`` numbers, numbers whose size is ``above`` a bound, ``dead`` activations
    (they give nothing but zeros), and ops that a search for ``op`` finds.
    """

    nan: bool = False
    infinite: bool = False
    above: float | None = None
    dead: bool = False
    op: str = ""

    def __bool__(self) -> bool:
        return self != Breaks()

    @property
    def needs(self) -> tuple[Fault, ...]:
        """The quantities that tell of them."""
        wanted = (self.nan, self.infinite, self.above is not None, self.dead)
        return tuple(name for name, on in zip(FAULTS, wanted, strict=True) if on)


class Hit(NamedTuple):
    """An event that a condition holds for. ``amount`` is how many numbers are NaN or infinite, or
    the largest size."""

    event: int
    why: Why
    amount: float = 0.0


def hits(
    recording: Recording, breaks: Breaks, amounts: Mapping[str, Amounts], found: np.ndarray
) -> tuple[Hit, ...]:
    """Where a pass meets conditions, in its order, each event once: by its first reason.

    Of ``amounts`` those count that there are, each of all N events; ``found`` (N,) tells which
    events were looked for by name.
    """
    made: dict[int, Hit] = {}
    for event in np.flatnonzero(found).tolist():
        made[event] = Hit(event, "op")
    for why in reversed(breaks.needs):  # what is worse is told
        measured = amounts.get(why)
        if measured is None or len(measured.values) < len(recording.events):
            continue
        if why == "zeros":
            dead = (measured.counts > 0) & (measured.values == measured.counts)
            dead &= [op(event.op).family == "activation" for event in recording.events]
            events = np.flatnonzero(dead).tolist()
        else:
            bound = breaks.above if why == "peak" and breaks.above is not None else 0.0
            bad = set(measured.at[measured.each > bound].tolist())
            writers = dict.fromkeys(recording.values[value].writer for value in sorted(bad))
            events = [event for event in writers if not _is_given(recording, event, bad)]
        made.update((n, Hit(n, why, float(measured.values[n]))) for n in events)
    return tuple(made[event] for event in sorted(made))


def _is_given(recording: Recording, event: int, bad: set[int]) -> bool:
    """Whether an event reads a value that is bad already, and that another event made."""
    return any(
        value in bad and recording.values[value].writer >= 0
        for value in recording.events[event].inputs
    )
