"""One iteration of a training, in words and numbers."""

from __future__ import annotations

from explorer.core.explanation import Explanation, Number, filled_in, written
from explorer.picture.derivation import summands


def in_numbers(told: Explanation) -> str:
    """The formula with the numbers in place of its symbols, that which was computed first:
    ``0.4127 = 0.4139 − 0.003 · 0.021 / (√0.0028 + 1e−08)``; of a sum its largest terms."""
    value = written(told.value)
    if not told.terms:
        return value
    if "Σ" in told.formula:
        parts, more, rest = summands(told)
        return f"{value} = {' + '.join(parts)}" + (f" + {more} more ({rest})" if more else "")
    given: dict[str, Number] = {one.symbol: one.value for one in told.quantities}
    for term in told.terms:
        given |= {cell.symbol: cell.value for cell in term.cells}
    return f"{value} = {filled_in(told.formula.partition(' = ')[2], given)}"


def quantity_lines(told: Explanation) -> list[str]:
    """Every quantity of the formula that is computed itself: ``m̂ = m / (1 − β₁ᵗ) = 0.021``."""
    return [
        f"{one.symbol} = {one.formula} = {written(one.value)}"
        for one in told.quantities
        if one.terms
    ]


def constants_line(told: Explanation) -> str:
    """The plain numbers of the formula: ``η = 0.003 · ε = 1e−08``."""
    return " · ".join(
        f"{one.symbol} = {written(one.value)}" for one in told.quantities if not one.terms
    )
