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
    bound = np.inf if breaks.above is None else breaks.above
    for why in reversed(breaks.needs):  # what is worse is told
        measured = amounts.get(why)
        if measured is None or len(measured.values) < len(recording.events):
            continue
        values = measured.values
        if why == "zeros":
            bad = (measured.counts > 0) & (values == measured.counts)
            bad &= [op(event.op).family == "activation" for event in recording.events]
            at = np.flatnonzero(bad).tolist()
        else:
            bad = values > (bound if why == "peak" else 0)
            at = [n for n in np.flatnonzero(bad).tolist() if not _reads(recording, n, bad)]
        made.update((n, Hit(n, why, float(values[n]))) for n in at)
    return tuple(made[event] for event in sorted(made))


def _reads(recording: Recording, event: int, bad: np.ndarray) -> bool:
    """Whether an event reads what an event gave that is bad already."""
    writers = (recording.values[value].writer for value in recording.events[event].inputs)
    return any(writer >= 0 and bad[writer] for writer in writers)
