"""Formulas in plain unicode mathematics, as LaTeX.

The language is that of `core.ops` and of explanations: ``y = (x − μ) / √(σ² + ε) · γ + β``,
``y = Σ a · v, with a = softmax(q · kᵀ · scale + mask)``, ``y = max of x over the window``. What is
understood for certain is written anew, and nothing else: of what has two readings there is no
LaTeX. A quotient becomes a fraction, unless it stands in one already; an index a subscript.
"""

from __future__ import annotations

from functools import lru_cache

from explorer.picture.formula.reading import Reader, tokens
from explorer.picture.formula.terms import Unread
from explorer.picture.formula.writing import Piece, composed


@lru_cache(maxsize=1024)
def pieces(text: str) -> tuple[Piece, ...] | None:
    """A formula as LaTeX, in one piece or in several; None if it cannot be read for certain."""
    try:
        return tuple(composed(Reader(tokens(text)).sentence()))
    except (Unread, RecursionError):
        return None


def latex(text: str) -> str | None:
    """All of a formula as LaTeX, for math mode; None if it cannot be read for certain."""
    found = pieces(text)
    if found is None:
        return None
    first, *rest = found
    return first.latex + "".join(rf"\ {p.latex}" if p.spaced else f" {p.latex}" for p in rest)


__all__ = ["Piece", "latex", "pieces"]
