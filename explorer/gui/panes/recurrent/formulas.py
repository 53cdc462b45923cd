"""How the states of one unit came to be of its gates, with the actual numbers."""

from __future__ import annotations

import math

from explorer.core.recurrent import CellNumbers, Track
from explorer.picture.numbers import number_text


def formulas(numbers: CellNumbers, name: str, track: Track, apart: bool) -> list[str]:
    """How the states of a unit came to be of its gates, with the actual numbers. Where a projection
    sets ``h`` ``apart`` its units are not those of the cell."""
    now, was = numbers.now, numbers.before
    step = numbers.view.step
    before = step + 1 if track.backwards else step - 1
    n = {key: number_text(number, 3) for key, number in now.items()}
    b = {key: number_text(number, 3) for key, number in was.items()}
    t, s = _below(step), _below(before)
    lines = []
    if track.kind == "lstm" and not (apart and name == "h") and {"i", "f", "g", "o"} <= n.keys():
        if "c" in b:
            lines.append(
                f"c{t} = f·c{s} + i·g = {n['f']}·{_signed(b['c'])} + {n['i']}·{_signed(n['g'])}"
                f" = {n['c']}"
            )
        if not apart:
            squashed = number_text(math.tanh(now["c"]), 3)
            lines.append(
                f"h{t} = o·tanh(c{t}) = {n['o']}·{_signed(squashed)} = {n['h']}"
            )  # fmt: skip
        else:
            lines.append(f"o = {n['o']}")
    elif track.kind == "gru" and {"r", "z", "n"} <= n.keys() and "h" in b:
        lines.append(
            f"h{t} = (1 − z)·n + z·h{s} = {number_text(1 - now['z'], 3)}·{_signed(n['n'])}"
            f" + {n['z']}·{_signed(b['h'])} = {n['h']}"
        )
        lines.append(f"r = {n['r']}")
    elif "h" in b:
        lines.append(f"h{s} = {b['h']}")
    return lines


def _signed(text: str) -> str:
    """A negative number as a factor."""
    return f"({text})" if text.startswith(("-", "−")) else text


def _below(step: int) -> str:
    """The number of a step as an index."""
    return "₋₁" if step < 0 else str(step).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
