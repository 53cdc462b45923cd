"""Recurrent layers over time: what is asked about their states and gates, and how they are seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from msgspec import Struct

from explorer.core.plane import Extent

Kind = Literal["lstm", "gru", "rnn", ""]
Order = Literal["place", "change"]
BANDS: dict[Kind, str] = {"lstm": "hcifgo", "gru": "hrzn", "rnn": "h", "": ""}
GATES = frozenset("iforz")  # between closed, 0, and open, 1


class Track(Struct, frozen=True):
    """One layer in one direction, which runs through time.

    The events that it runs in are a fused ``network``, of which it is the layer and direction
    number ``at``, or a cell for each step (``cells``); −1 and () where it runs in plain ops. What
    the recording has itself is in ``values``: of each band the value at every position; ``given``
    are the states before the first step. ``backwards`` tells that the last position ran first.
    ``kind`` says what is computed, ``""`` where that is not certain.
    """

    name: str
    kind: Kind
    backwards: bool = False
    network: int = -1
    at: int = 0
    cells: tuple[int, ...] = ()
    values: tuple[tuple[str, tuple[int, ...]], ...] = ()
    given: tuple[tuple[str, int], ...] = ()


class RecurrentView(Struct, frozen=True, tag=True):
    """What a pane asks about a track of one ``sample`` of the batch: its bands (units × steps),
    each of at most ``size`` (rows, columns) blocks. ``units`` and ``steps`` are the windows, None
    for all. In the order ``change`` the units that change most come first."""

    tape: int
    track: Track
    sample: int
    size: tuple[int, int]
    units: range | None = None
    steps: range | None = None
    order: Order = "place"


class Band(Struct, frozen=True, eq=False):
    """A state or a gate over time: ``data`` (rows, columns), float32, of each block the number
    furthest from 0; ``block`` says how many units and steps one is. ``first`` is where the window
    begins. There are ``total`` units, and those of the window are ``units`` (U,), in the order
    asked for. No finite number of the whole band is further from 0 than ``peak``."""

    name: str
    data: np.ndarray
    block: tuple[int, int]
    first: tuple[int, int]
    total: int
    units: np.ndarray
    peak: float


class Recurrent(Struct, frozen=True, eq=False, tag=True):
    """The answer: the ``bands``, and of every gate how open it is on the mean of its units
    (``openness`` (G, columns), the gates as they are among the bands, in blocks as theirs).

    There are ``steps`` positions and ``samples`` in the batch; of this one only the first
    ``length`` are there, the others are padding.
    """

    view: RecurrentView
    bands: tuple[Band, ...]
    openness: np.ndarray
    steps: int
    length: int
    samples: int


class CellView(Struct, frozen=True, tag=True):
    """What a pane asks about one ``unit`` of a track at one ``step``, of a pass with changes also
    in the pass ``base`` without them (0 for none)."""

    tape: int
    track: Track
    sample: int
    step: int
    unit: int
    base: int = 0


class CellNumbers(Struct, frozen=True, tag=True):
    """The answer: the number of each band there, and what the states were one step ``before``.
    ``index`` is where ``h`` is in the first result of the fused network, () if it is not there.
    ``clean`` are the numbers of the bands in the pass without changes, where that was asked for.
    They are rounded to a type in which the next number after 1 is ``last`` away."""

    view: CellView
    now: dict[str, float]
    before: dict[str, float]
    index: tuple[int, ...] = ()
    clean: dict[str, float] = {}
    last: float = 0.0


@dataclass(frozen=True)
class RecurrentLook:
    """How somebody looks at recurrent layers: the ``track`` by its place among those of a value,
    where it was chosen for values ``of`` these tracks, else that of the value; the ``sample``, the
    ``order`` of units, the units and steps in view (None for all), and the ``cell`` that was
    chosen: band, step, unit."""

    of: str = ""
    track: int = 0
    sample: int = 0
    order: Order = "place"
    units: Extent | None = None
    steps: Extent | None = None
    cell: tuple[str, int, int] | None = None
