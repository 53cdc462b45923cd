"""What a person wants to stop at, and where a pass does it.

A fault is told where it comes about: at an op that gives NaN though it read none, not at all those
after it. So are infinities and large numbers; and, in the backward pass, at an op that makes a
gradient with NaN of gradients without.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isinf, isnan
from typing import Literal, NamedTuple

import numpy as np

from explorer.core.graph import Recording
from explorer.core.ops import op
from explorer.core.quantities import FAULTS, Amounts, Fault, Quantity

Why = Fault | Literal["op"]


@dataclass(frozen=True)
class Breaks:
    """Conditions, of which any one will do.

    ``nan`` and ``infinite`` numbers, numbers whose size is ``above`` a bound, ``dead`` activations
    (they give nothing but zeros), and ops that a search for ``op`` finds. With ``backward`` the
    numbers of gradients count as well; an activation is dead there if it lets none through.
    """

    nan: bool = False
    infinite: bool = False
    above: float | None = None
    dead: bool = False
    op: str = ""
    backward: bool = False

    def __bool__(self) -> bool:
        return bool(self.faults or self.op)

    @property
    def needs(self) -> tuple[Quantity, ...]:
        """The quantities that tell of them."""
        return (*self.faults, "backward") if self.faults and self.backward else self.faults

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What can be wrong with numbers, the worst first."""
        wanted = (self.nan, self.infinite, self.above is not None, self.dead)
        return tuple(name for name, on in zip(FAULTS, wanted, strict=True) if on)


class Hit(NamedTuple):
    """An event that a condition holds for. ``amount`` is how many numbers are NaN or infinite, or
    the largest size. In the ``backward`` pass it is so of the gradients that the event ``made``, or
    of the sum that it ``got`` from those that read what it gave; of those only the largest size is
    known."""

    event: int
    why: Why
    amount: float = 0.0
    backward: Literal["", "made", "got"] = ""


def hits(
    recording: Recording, breaks: Breaks, amounts: Mapping[str, Amounts], found: np.ndarray
) -> tuple[Hit, ...]:
    """Where a pass meets conditions, in its order, each event once: by its first reason, what it
    gave before what became of its gradients.

    Of ``amounts`` those count that there are, each of all N events; ``found`` (N,) tells which
    events were looked for by name.
    """
    made: dict[int, Hit] = {}
    for event in np.flatnonzero(found).tolist():
        made[event] = Hit(event, "op")
    back = amounts.get("backward") if breaks.backward else None
    if back is not None and len(back.values) == len(recording.events):
        for why in reversed(breaks.faults):
            made.update((hit.event, hit) for hit in _going_back(recording, breaks, why, back))
    for why in reversed(breaks.faults):  # what is worse is told
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


def first_of(found: tuple[Hit, ...]) -> Hit:
    """Where a pass comes to first: forward, and then back from its end."""
    forward = (hit for hit in found if not hit.backward)
    return next(forward, found[-1])


def _going_back(recording: Recording, breaks: Breaks, why: Fault, back: Amounts) -> Iterator[Hit]:
    """Events of whose gradients a condition first holds on the way back."""
    given = dict(zip(back.at.tolist(), back.each.tolist(), strict=True))
    makes = {n: float(back.values[n]) for n in np.flatnonzero(back.counts).tolist()}
    if why == "zeros":
        for n, size in makes.items():
            event = recording.events[n]
            flows = any(given.get(value, 0.0) > 0 for value in event.outputs)
            if size == 0 and flows and op(event.op).family == "activation":
                yield Hit(n, why, 0.0, "made")
        return
    above = breaks.above if breaks.above is not None else np.inf

    def is_bad(size: float) -> bool:
        tells = {"nan": isnan, "infinite": isinf, "peak": lambda size: size > above}
        return tells[why](size)

    bad = {n for n, size in makes.items() if is_bad(size)}
    worse = {value for value, size in given.items() if is_bad(size) or isnan(size)}
    spoilt = {n for n, size in makes.items() if n in bad or isnan(size)}  # NaN hides the rest
    passed = {value for n in spoilt for value in recording.events[n].inputs}
    for n in sorted({*bad, *(recording.values[value].writer for value in worse - passed)}):
        got = [given[value] for value in recording.events[n].outputs if value in worse]
        if not got:
            yield Hit(n, why, makes[n], "made")
        elif any(
            value not in passed and is_bad(given[value])
            for value in recording.events[n].outputs
            if value in worse
        ):
            yield Hit(n, why, max(got), "got")


def _is_given(recording: Recording, event: int, bad: set[int]) -> bool:
    """Whether an event reads a value that is bad already: those are only what events made."""
    return not bad.isdisjoint(recording.events[event].inputs)
