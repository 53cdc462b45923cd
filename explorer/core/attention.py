"""How somebody looks at attention: which picture of it, of which head, and which part.

It holds from map to map, as far as it fits: see `explorer.picture.attention`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from explorer.core.plane import Extent

Showing = Literal["head", "heads", "lines", "model", "image"]
MEAN, ROLLOUT = -1, -2  # in place of a head: the mean over all, and what all layers up to here make


@dataclass(frozen=True)
class AttentionLook:
    """``show`` is the picture, ``head`` the head in it, `MEAN` or `ROLLOUT`.

    The lines are those of all heads that are not ``quiet``. With ``faint``, faint weights can be
    seen: colours are on a logarithmic scale, and a line is full where the weight is the largest
    shown rather than 1. ``at`` is the index along the axes before the heads,
    the last of them last. ``query`` is the query that is chosen, -1 for none.

    The rest holds for maps of ``of`` = (queries, keys): ``seen`` are the extents of both in view of
    a map, () for all, and ``lines`` the first query and the first key with lines and how many
    tokens there are from top to bottom, () for the first ones.
    """

    show: Showing = "head"
    head: int = 0
    quiet: frozenset[int] = frozenset()
    faint: bool = False
    at: tuple[int, ...] = ()
    query: int = -1
    of: tuple[int, int] = (0, 0)
    seen: tuple[Extent, ...] = ()
    lines: tuple[float, ...] = ()
