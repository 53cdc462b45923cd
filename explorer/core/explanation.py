"""How one number came to be, as plain data: no tensors, so that it can travel.

The terms of an explanation always add up to its value, and those of every named quantity to that
quantity. A pointwise function is one term; the largest of several numbers is one term with the
whole value and others with none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    Number = bool | int | float | complex
else:
    Number = Any  # on the wire: msgspec knows of no union with complex numbers

How = Literal[
    "source",  # nothing made it: a parameter, a buffer, an input, a constant
    "changed",  # somebody changed it: no op gave it
    "made",  # an op that was given no numbers made it, or drew it at random
    "copy",  # it is another cell's number
    "sum",  # terms added up: of products, of weighted numbers
    "pick",  # one of several cells, the largest or the one that a condition chose
    "function",  # a function of a few cells and named quantities
    "inside",  # what a fused or composite op did last, seen inside of it
    "first order",  # each input times its slope: not how it was computed, but what it leans on
    "chance",  # how likely a place of the last axis is drawn, by its number and those beside it
    "unknown",  # an op of which no formula is known and that has no slope
]


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of a value of the tape, called ``symbol`` in the formula.

    ``inside`` leads to it if it is not on the tape itself: ``ref`` is one of
    ``tape.open(inside[0])``, with two of the tape that opens from event ``inside[1]`` of that.
    In a recording, where nobody opened that event, ``ref`` is −1.
    """

    symbol: str
    ref: int
    index: tuple[int, ...]
    value: Number
    inside: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """A part of a sum: its ``value``, and the cells that it was computed from as ``form`` says.

    ``weight`` is the number called ``a`` in ``form``, if there is one. ``ref`` and ``index`` are
    those of the first cell, −1 and () for a term without any.
    """

    value: Number
    cells: tuple[Cell, ...]
    form: str
    weight: Number | None = None

    @property
    def ref(self) -> int:
        """The value that the first cell is one of."""
        return self.cells[0].ref if self.cells else -1

    @property
    def index(self) -> tuple[int, ...]:
        """Where in it the first cell is."""
        return self.cells[0].index if self.cells else ()

    @property
    def numbers(self) -> str:
        """``form`` with the numbers in place of the symbols."""
        given = {cell.symbol: cell.value for cell in self.cells}
        if self.weight is not None:
            given["a"] = self.weight
        return filled_in(self.form, given)


@dataclass(frozen=True, slots=True)
class Rest:
    """The terms that are not shown: how many, and what they add up to."""

    count: int = 0
    value: Number = 0


NO_REST = Rest()


class Region(NamedTuple):
    """A block of cells of a value of the tape: a range of places along every axis."""

    ref: int
    axes: tuple[range, ...]

    def cells(self) -> Iterator[tuple[int, ...]]:
        """The index of every cell in it."""
        return product(*self.axes)


@dataclass(frozen=True)
class Quantity:
    """A number that a formula has a symbol for: μ, σ², Z. Its terms add up to it.

    A plain constant such as ε has no terms.
    """

    symbol: str
    value: Number
    formula: str = ""
    terms: tuple[Term, ...] = ()
    rest: Rest = NO_REST


@dataclass(frozen=True)
class Explanation:
    """How cell ``index`` of value ``ref`` came to be.

    ``value`` is the number as recorded, ``formula`` says in unicode mathematics how it was
    computed from the symbols of the cells and ``quantities``. ``terms``, largest first, and
    ``rest`` add up to it. ``total`` is that sum, computed in double precision: it differs from
    ``value`` by rounding alone. ``sources`` are all the cells that the number depends on, shown
    in terms or not. ``exact`` is False for first-order terms. ``note`` is a sentence besides.
    """

    ref: int
    index: tuple[int, ...]
    value: Number
    how: How
    formula: str
    terms: tuple[Term, ...] = ()
    rest: Rest = NO_REST
    quantities: tuple[Quantity, ...] = ()
    sources: tuple[Region, ...] = ()
    total: Number = 0
    exact: bool = True
    note: str = ""

    def cells(self) -> set[tuple[int, tuple[int, ...]]]:
        """Every cell in ``sources``, as (ref, index)."""
        return {(region.ref, index) for region in self.sources for index in region.cells()}

    def __str__(self) -> str:
        lines = [self.formula] if self.formula else []
        if self.how == "pick":  # the cells that did not win add nothing
            shown = _sum(self.terms[:1], NO_REST)
        else:
            shown = _sum(self.terms, self.rest)
        lines.append(f"{written(self.value)}{shown}")
        for one in self.quantities:
            said = f"  ({one.formula})" if one.formula else ""
            lines.append(f"{one.symbol} = {written(one.value)}{said}")
        return "\n".join(lines + ([self.note] if self.note else []))


def _sum(terms: tuple[Term, ...], rest: Rest) -> str:
    parts = [term.numbers for term in terms]
    if len(parts) > 1:
        parts = [f"({part})" if part.startswith("−") else part for part in parts]
    if rest.count:
        parts.append(f"{rest.count} more ({written(rest.value)})")
    return f" = {' + '.join(parts)}" if parts else ""


def filled_in(form: str, given: dict[str, Number]) -> str:
    """A formula with numbers in place of its symbols; a negative one in brackets where it needs
    them."""

    def number(found: re.Match[str]) -> str:
        symbol, power = found[0], ""
        if symbol not in given and symbol.endswith("²"):
            symbol, power = symbol[:-1], "²"
        if symbol not in given:
            return found[0]
        text = written(given[symbol]) + power
        before, after = form[: found.start()].rstrip()[-1:], form[found.end() :].lstrip()[:1]
        alone = before in ("", "(", ",", "|") and after in ("", ")", ",", "|") and not power
        if alone or not text.startswith("−"):
            return text
        return f"({text.removesuffix(power)}){power}"

    return re.sub(r"[\w\u0300-\u036f′]+", number, form)  # m̂ is one symbol, and so is w′


def written(number: Number) -> str:
    """A number with four digits that count."""
    text = str(number) if isinstance(number, int) else f"{number:.4g}"
    return text.replace("-", "−").replace("inf", "∞")
