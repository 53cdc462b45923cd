"""A linear layer as neurons: their sums at one position, and what they give all over the plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from msgspec import Struct

TERMS = 3  # of a sum, that are told one by one
Order = Literal["place", "largest"]
Lines = Literal["weights", "products"]


class NeuronsView(Struct, frozen=True, tag=True):
    """What a pane asks about a linear layer, at the position ``at`` of all axes but the last.

    ``given`` (…, M) is what the layer reads, ``begun`` (…, N) are its sums ``alpha`` · Σ w·x +
    ``beta`` · b, ``value`` (…, N) is what is looked at: these, or what an activation makes of them.
    ``matrix`` and ``bias`` (-1 for none) are its weights; the first of the two ``axes`` of the
    matrix counts the neurons. Told are ``most`` neurons before the layer and ``most`` of it, from
    the ``first`` ones on in an ``order``: as they stand, or the largest |value| first. The neuron
    ``pinned`` of the layer is one of them in any case, -1 for none.
    """

    tape: int
    value: int
    begun: int
    given: int
    matrix: int
    bias: int
    axes: tuple[int, int]
    alpha: float
    beta: float
    at: tuple[int, ...]
    first: tuple[int, int]
    most: tuple[int, int]
    order: Order = "place"
    pinned: int = -1


class Neurons(Struct, frozen=True, eq=False, tag=True):
    """The answer, all in double precision: of the neurons at the places ``before`` (m,) the
    numbers ``read`` (m,), of those at the places ``of`` (n,) the ``values``, what was recorded as
    their sums ``begun``, and the ``sums`` of all products and the bias, (n,) each, the ``biases``,
    empty if there are none, and the ``weights`` (n, m) between both. ``largest`` (n, k, 2) are a
    few products of each sum, as weight and number: of all neurons before it, those furthest from 0.
    """

    view: NeuronsView
    before: np.ndarray
    read: np.ndarray
    of: np.ndarray
    values: np.ndarray
    begun: np.ndarray
    sums: np.ndarray
    biases: np.ndarray
    weights: np.ndarray
    largest: np.ndarray


class PlanesView(Struct, frozen=True, tag=True):
    """What a pane asks about a model that reads points of a plane, the value ``points`` (B, 2): the
    numbers of some ``neurons`` of each of the ``values`` (B, …, N) for every point of the plane, at
    the position ``at`` of the axes between. Told are about ``size`` cells along each side, or as
    many as are known."""

    tape: int
    points: int
    values: tuple[int, ...]
    neurons: tuple[tuple[int, ...], ...]
    at: tuple[int, ...]
    size: int


class Planes(Struct, frozen=True, eq=False, tag=True):
    """The answer: over ``extent`` = (x0, x1, y0, y1) the ``pictures`` (neurons, rows, columns), all
    of the first value before those of the next. Their first row is the top. ``dots`` (P, 2) are
    some of the points that the pass was given. ``left_out`` counts the changes of the pass that
    cannot be made for every point. Where the model cannot be asked about so many points there is no
    picture, and ``why`` is a phrase that says so, with the ``said`` that fills it."""

    view: PlanesView
    extent: tuple[float, float, float, float]
    pictures: np.ndarray
    dots: np.ndarray
    left_out: int = 0
    why: str = ""
    said: dict[str, str] = {}


@dataclass(frozen=True)
class NeuronsLook:
    """How somebody looks at layers: lines are ``weights``, or weights times the number before;
    which neurons come first; whether those of a plane are pictures of it; and the position ``at``
    of the axes before the last of a value where these have the sizes ``of``."""

    lines: Lines = "weights"
    order: Order = "place"
    plane: bool = True
    at: tuple[int, ...] = ()
    of: tuple[int, ...] = ()
