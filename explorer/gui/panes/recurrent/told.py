"""What is told below the bands: a cell with how its numbers came to be, or how open gates are."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QLabel, QSizePolicy

from explorer.core.recurrent import CellNumbers, Track
from explorer.gui.changes.words import left_by_change, set_by_change
from explorer.gui.panes.lettering import wrapped
from explorer.gui.panes.recurrent.stack import Line, Strip, Times
from explorer.gui.theme import mono
from explorer.picture.numbers import number_text
from explorer.picture.state_names import counted, made_by

_POINTS, _ROWS = 9, 4  # of the text below the bands
_ALIKE = 1e-3  # of the larger one: numbers that differ by no more were rounded
_LAST = 3  # last places of the terms, and no more: each of them, and the sum, was rounded
_NOTHING = 1e-6  # and beside sums of numbers around 1, that nothing is left of
translate = QCoreApplication.translate


class Told(QLabel):
    """Lines of text, each as many rows high as it takes. Its own height stays: the letters are
    smaller where many rows are needed."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self._scale = scale
        self.setFont(mono(scale, _POINTS))
        self.setFixedHeight(_ROWS * self.fontMetrics().lineSpacing() + 2)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)  # a token may be <s>
        self.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def write(self, *lines: str) -> None:
        """Show these."""
        text = "\n".join(lines)
        self.setFont(wrapped(self._scale, _POINTS, self.contentsRect().size(), text))
        self.setText(text)


class Cell(NamedTuple):
    """A cell of band ``name`` with its ``numbers``. In a pass that is ``altered`` somebody
    ``changed`` those of these bands; of an op that is ``closed`` that was after it ran. A
    projection may set ``h`` ``apart``: then its units are not those of the cell state."""

    name: str
    numbers: CellNumbers
    track: Track
    altered: bool = False
    changed: Collection[str] = ()
    closed: bool = False
    apart: bool = False


def named(step: int, times: Times) -> str:
    """A step with what it is called."""
    return f"{step} “{times.names[step]}”" if step < len(times.names) else str(step)


def told_of_lines(
    step: int, lines: Sequence[Line], words: Mapping[str, str], times: Times
) -> list[str]:
    """How open the gates are at a step."""
    gates = []
    for line in lines:
        at = (step - line.first) // line.block
        if 0 <= at < len(line.shares):
            share = float(line.shares[at])
            gates.append(f"{line.name} ({words[line.name]}) {number_text(share, 2)}")
    head = translate("RecurrentPane", "t = {step}: how open the gates are on the mean, from 0 to 1")
    return [head.format(step=named(step, times)), " · ".join(gates)]


def told_of_block(strip: Strip, row: int, column: int, times: Times) -> str:
    """A cell that stands for several."""
    matrix = strip.matrix
    units = strip.units[row * matrix.block[0] : (row + 1) * matrix.block[0]]
    first = matrix.first[1] + column * matrix.block[1]
    last = min(first + matrix.block[1], times.length) - 1
    text = translate(
        "RecurrentPane", "{name}, {count} units at t = {step}: furthest from 0 is {number}"
    )
    return text.format(
        name=strip.name, count=len(units),
        step=str(first) if first == last else f"{first} … {last}",
        number=number_text(float(matrix.data[row, column])),
    )  # fmt: skip


def told_of_cell(cell: Cell, word: str, times: Times) -> list[str]:
    """Its number, that before the changes where that is another, and how the states of the unit
    came to be."""
    name, numbers = cell.name, cell.numbers
    view, now = numbers.view, numbers.now[cell.name]
    made, _ = _counts(cell.track, view.step, times)
    states = formulas(cell, times)
    where = translate("RecurrentPane", "unit {unit} at t = {step}").format(
        unit=view.unit, step=named(view.step, times)
    )
    is_derived = any(line.startswith(f"{name}{made} = ") for line in states)
    number = number_text(now)
    if name in cell.changed and not is_derived:
        said = f": {set_by_change(number)}"
    else:
        said = f" = {number}"
    head = f"{where}: {name}{made if name in 'hc' else ''} ({word}){said}"
    was = numbers.clean.get(name)
    if was is not None and not _alike(was, now):
        text = translate("RecurrentPane", "{number} before the changes")
        head += f" · {text.format(number=number_text(was))}"
    return [head, *states]


def formulas(cell: Cell, times: Times) -> list[str]:
    """How the states of a unit came to be of its gates, with the actual numbers. The state before
    the first step is number 0, so a step at t = 0 makes number 1."""
    numbers, track, name = cell.numbers, cell.track, cell.name
    now, was = numbers.now, numbers.before
    n = {key: number_text(number, 3) for key, number in now.items()}
    b = {key: number_text(number, 3) for key, number in was.items()}
    t, s = _counts(track, numbers.view.step, times)
    lines = []
    if (
        track.kind == "lstm"
        and not (cell.apart and name == "h")
        and {"i", "f", "g", "o"} <= n.keys()
    ):
        c, late = now["c"], ""
        if "c" in b:
            terms = now["f"] * was["c"], now["i"] * now["g"]
            made = sum(terms)
            lines.append(
                f"c{t} = f·c{s} + i·g = {n['f']}·{_signed(b['c'])} + {n['i']}·{_signed(n['g'])}"
                f" = {_result(cell, 'c', *terms)}"
            )
            if "c" in cell.changed and cell.closed:
                c, late = made, translate("RecurrentPane", " before your change")
        if not cell.apart:
            squashed = number_text(math.tanh(c), 3)
            lines.append(
                f"h{t} = o·tanh(c{t}{late}) = {n['o']}·{_signed(squashed)}"
                f" = {_result(cell, 'h', now['o'] * math.tanh(c))}"
            )
        else:
            lines.append(f"o = {n['o']}")
    elif track.kind == "gru" and {"r", "z", "n"} <= n.keys() and "h" in b:
        terms = (1 - now["z"]) * now["n"], now["z"] * was["h"]
        lines.append(
            f"h{t} = (1 − z)·n + z·h{s} = {number_text(1 - now['z'], 3)}·{_signed(n['n'])}"
            f" + {n['z']}·{_signed(b['h'])} = {_result(cell, 'h', *terms)}"
        )
        lines.append(f"n = tanh(… + r·(… h{s})) = {n['n']}, r = {n['r']}")
    elif "h" in b:
        lines.append(f"h{s} = {b['h']}")
    return lines


def _result(cell: Cell, name: str, *terms: float) -> str:
    """What comes of the formula of a state, the sum of these terms, and what somebody made of
    that."""
    now, made = cell.numbers.now[name], sum(terms)
    told, computed = number_text(now, 3), number_text(made, 3)
    if told == computed:
        return told
    if name in cell.changed:
        return set_by_change(told, computed)
    rounded = _LAST * cell.numbers.last * sum(map(abs, terms))
    is_other = cell.altered and not _alike(made, now, rounded)
    return left_by_change(told, computed) if is_other else told


def _alike(one: float, other: float, rounded: float = 0.0) -> bool:
    """Whether two numbers are the same but for rounding, by which they may also be so far apart."""
    both_nan = math.isnan(one) and math.isnan(other)
    return both_nan or math.isclose(one, other, rel_tol=_ALIKE, abs_tol=max(_NOTHING, rounded))


def _counts(track: Track, step: int, times: Times) -> tuple[str, str]:
    """The numbers of the state that a step makes and of the one that it reads, as indices: the
    state before the first step is number 0."""
    made = made_by(step, times.length, track.backwards)
    return counted("", made), counted("", made - 1)


def _signed(text: str) -> str:
    """A negative number as a factor."""
    return f"({text})" if text.startswith(("-", "−")) else text
