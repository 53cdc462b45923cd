"""How a number came to be, in words: what is written beside an `Explanation`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.core.explanation import (
    Cell,
    Explanation,
    Number,
    Quantity,
    Region,
    Rest,
    Term,
    filled_in,
    written,
)
from explorer.core.graph import Recording
from explorer.core.ops import op
from explorer.picture.readout import axis_labels, place_name
from explorer.picture.state_names import layer_name, state_name

_MOST = 6  # numbers that are added up in a line


@dataclass(frozen=True)
class Row:
    """A term of a sum: its ``value``, how it was computed from numbers, and the cells of those.

    ``share`` is its part of the largest term, −1 … 1, for a bar. ``count`` tells how many terms
    more a row stands for. A ``title`` begins the terms of a quantity of the formula.
    """

    value: str
    share: float = 0.0
    numbers: str = ""
    cells: tuple[Cell, ...] = ()
    count: int = 0
    title: str = ""


def value_name(recording: Recording, value: int) -> str:
    """What a value is called beside its numbers: the op that made it and its module, or a name."""
    what = recording.values[value]
    if what.writer < 0:
        return what.name
    event = recording.events[what.writer]
    call = recording.calls[event.call]
    number = event.outputs.index(value) if value in event.outputs else 0
    name = op(event.op).name + (f" ({number + 1})" if number else "")
    if state := state_name(recording, value):
        name = f"{state} ({name})"
    layer = layer_name(recording, value)
    where = (call.module, "" if layer == call.module else layer)
    return " · ".join(one for one in (*where, name) if one)


def index_text(index: Sequence[int]) -> str:
    """``[0, 2, 10]``; a single number has none."""
    return f"[{', '.join(map(str, index))}]" if index else ""


def short_name(recording: Recording, value: int) -> str:
    """The state of a recurrent layer that a value is, or else the op that made it; or the last part
    of a parameter's name."""
    what = recording.values[value]
    if state := state_name(recording, value):
        return state
    if what.writer >= 0:
        return op(recording.events[what.writer].op).name
    return what.name.rpartition(".")[2] if what.kind in ("parameter", "buffer") else what.name


def cell_name(recording: Recording, value: int, index: Sequence[int]) -> str:
    """A cell by its value's short name and its index: ``softmax[0, 2, 10]``."""
    return f"{short_name(recording, value)}{index_text(index)}"


def chance_name(recording: Recording, value: int, index: Sequence[int]) -> str:
    """How likely the place of a cell along the last axis is, in short: ``p(“b”)``."""
    labels = axis_labels(recording, value, len(index) - 1)
    return f"p(“{labels[index[-1]]}”)" if labels else f"p({index[-1]})"


def places(recording: Recording, value: int, index: Sequence[int]) -> list[str]:
    """Where a cell is, axis by axis: ``T 10 “s”``, of the state of a recurrent layer its ``unit``.
    Axes of length 1 are left out."""
    found = []
    what = recording.values[value]
    last = len(index) - 1
    units = "" if any(what.axes[last:]) else state_name(recording, value)
    for axis, at in enumerate(index):
        if what.shape[axis] == 1:
            continue
        is_unit = units and axis == last
        found.append(f"unit {at}" if is_unit else place_name(recording, value, axis, at))
    return found


def rows(told: Explanation) -> list[Row]:
    """The terms of the number, largest first, and those of the quantities in its formula."""
    found = _rows(told, told.terms, told.rest)
    for one in told.quantities:
        if one.terms:
            found.append(Row(written(one.value), title=f"{one.symbol} = {one.formula}"))
            found += _rows(told, one.terms, one.rest)
    return found


def _rows(told: Explanation, terms: Sequence[Term], rest: Rest) -> list[Row]:
    sizes = [_size(term.value) for term in terms]
    most = max((size for size in map(abs, sizes) if size < float("inf")), default=0.0) or 1.0
    found = [
        Row(written(term.value), _share(size, most), _numbers(told, term), term.cells)
        for term, size in zip(terms, sizes, strict=True)
    ]
    if rest.count:
        share = _share(_size(rest.value), most)
        found.append(Row(written(rest.value), share, count=rest.count))
    return found


def _share(size: float, most: float) -> float:
    return max(-1.0, min(1.0, size / most)) if size == size else 0.0


def _numbers(told: Explanation, term: Term) -> str:
    """A term with numbers for all of its symbols, also for those of quantities."""
    return filled_in(term.numbers, {one.symbol: one.value for one in told.quantities})


def summands(told: Explanation) -> tuple[list[str], int, str]:
    """What is added up, with its actual numbers: the largest, how many more, and their sum."""
    if told.how == "pick":
        return [_picked(told)], 0, ""
    terms = told.terms
    parts = [_numbers(told, term) for term in terms[:_MOST]]
    if len(parts) > 1:
        parts = [f"({part})" if part.startswith("−") else part for part in parts]
    hidden = terms[_MOST:]
    left = sum((term.value for term in hidden), told.rest.value)
    return parts, len(hidden) + told.rest.count, written(left)


def _picked(told: Explanation) -> str:
    """The number that was picked, among those that it was picked from if it is the largest or the
    smallest: ``max(1.5, 0.2)``."""
    which = next((one for one in ("max", "min") if one in told.formula), "")
    few = told.terms[:_MOST]
    if not which or len(few) < 2:
        return _numbers(told, told.terms[0]) if told.terms else ""
    more = ["…"] if len(told.terms) + told.rest.count > len(few) else []
    return f"{which}({', '.join([*(_numbers(told, term) for term in few), *more])})"


def quantity_line(one: Quantity) -> str:
    """``Z = 3.2 = Σ exp(x − m)``, the numbers in it if they are few."""
    said = f"{one.symbol} = {written(one.value)}"
    return f"{said} = {one.formula}" if one.formula else said


def origins(recording: Recording, told: Explanation) -> list[tuple[int, tuple[Region, ...]]]:
    """The values from which the number came, those of its largest terms first, and their cells.
    Of what a fused op was given weights come last, those of its last layer before all others."""
    order = [cell.ref for term in told.terms for cell in term.cells]
    rest = [region.ref for region in told.sources]
    if told.how == "inside":
        those = [ref for ref in rest if recording.values[ref].kind == "parameter"]
        those.sort(key=lambda ref: (-len(recording.values[ref].shape), -ref))
        rest = [ref for ref in rest if ref not in those] + those
    order += rest
    found = []
    for ref in dict.fromkeys(order):
        regions = tuple(one for one in told.sources if one.ref == ref)
        if ref >= 0 and regions and recording.values[ref].shape:
            found.append((ref, regions))
    return found


def _size(number: Number) -> float:
    return float(number.real) if isinstance(number, complex) else float(number)
