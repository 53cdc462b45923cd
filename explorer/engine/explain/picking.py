"""One cell wins: the largest, the smallest, the median."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.engine.explain.asking import Answer, Asked, Cells, Terms, wide


def largest(
    asked: Asked, cells: Cells, formula: str, smallest: bool = False, size: bool = False
) -> Answer | None:
    """The largest of the cells, or of their absolute values if ``size`` counts."""
    found = wide(cells.numbers.abs() if size else cells.numbers)
    numbers = -found if smallest else found
    if numbers.is_complex() or not len(numbers):
        return None
    winner = int(numbers.nan_to_num(torch.inf).argmax())  # NaN wins
    hits = found == wide(asked.recorded)
    if bool(hits.any()):  # of equal ones the first
        winner = int(hits.int().argmax())
    return won(cells, winner, formula, numbers, size)


def won(cells: Cells, winner: int, formula: str, order: Tensor, size: bool = False) -> Answer:
    """The answer that the number is that of one cell; ``order`` ranks the others.

    With ``size`` it is the cell's absolute value.
    """
    found = wide(cells.numbers.abs() if size else cells.numbers)
    values = torch.zeros_like(found)
    values[winner] = found[winner]
    rank = order.nan_to_num().argsort(stable=True).argsort().to(torch.float64)
    rank[winner] = len(rank)
    return Answer("pick", formula, [Terms("|x|" if size else "x", [cells], values, rank=rank)])


def place_of_winner(asked: Asked, cells: Cells, winner: int, formula: str) -> Answer:
    """The answer that the number is where a cell is: one term, all cells count."""
    place = Cells(
        "x", cells.ref, cells.numbers[winner : winner + 1], lambda _: cells.at(winner), []
    )
    terms = Terms("place of x", [place], wide(asked.recorded.reshape(1)))
    more = [cells] if len(cells.numbers) > 1 else []  # one place alone is always the winner
    return Answer("pick", formula, [terms], more=more)
