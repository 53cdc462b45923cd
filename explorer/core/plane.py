"""How somebody looks at values as a plane of cells: which axes, which part of them, which colours.

It holds from value to value, as far as it fits: see `explorer.picture.plane`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from explorer.core.values import Along, Part, Reduce

Extent = tuple[float, float]  # the positions along an axis that are seen: from … to, excluded


@dataclass(frozen=True)
class Scale:
    """How numbers become colours.

    They reach from ``points``, the black and the white one, if somebody set them; else over ``all``
    finite numbers of the slice or ``most`` of them (98 %). Points are for one value unless they are
    to be kept (``keep``). ``log`` is a logarithmic scale, of both signs if there are both.
    ``middle`` says whether the colours part at 0 (blue below, red above): where there are both
    signs (``auto``), always (``zero``) or never (``none``).
    """

    points: tuple[float, float] | None = None
    fit: Literal["all", "most"] = "all"
    keep: bool = False
    log: bool = False
    middle: Literal["auto", "zero", "none"] = "auto"


@dataclass(frozen=True)
class Against:
    """What a value is compared with: the ``input`` of its op, the value called ``name`` of the same
    pass, the same value of the pass that is kept beside, or of the pass ``before`` its changes."""

    kind: Literal["input", "value", "beside", "before"]
    name: str = ""


@dataclass(frozen=True)
class Plane:
    """Which two axes of a value are rows and columns, and what is seen of the rest.

    It was chosen for the value ``of`` that name, with its ``shape`` and the names of its ``axes``.
    ``keep`` are the axes on screen: rows and columns, or columns alone of a vector. Along every
    other one the index in ``at`` is seen, or what ``along`` says of all. ``seen`` is the extent in
    view along each kept axis, () for all. ``reduce`` is what a cell shows that stands for several
    numbers, ``part`` what is shown of complex ones. A ``unit`` that somebody came for, an axis and
    the place on it, is marked in the value ``of``.
    """

    of: str = ""
    shape: tuple[int, ...] = ()
    axes: tuple[str, ...] = ()
    keep: tuple[int, ...] = ()
    at: tuple[int, ...] = ()
    along: tuple[Along, ...] = ()
    seen: tuple[Extent, ...] = ()
    reduce: Reduce = "max-abs"
    part: Part = "magnitude"
    scale: Scale = Scale()
    against: Against | None = None
    unit: tuple[int, int] | None = None
