"""One cell wins: the largest, the smallest, the median."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.engine.explain.asking import Answer, Asked, Cells, Terms, wide


def largest(asked: Asked, cells: Cells, formula: str, smallest: bool = False) -> Answer | None:
    """The largest of the cells, or where it is if the result is a place."""
    numbers = -wide(cells.numbers) if smallest else wide(cells.numbers)
    if numbers.is_complex() or not len(numbers):
        return None
    winner = int(numbers.nan_to_num(torch.inf).argmax())  # NaN wins
    hits = cells.numbers == asked.recorded
    if bool(hits.any()):  # of equal ones the first
        winner = int(hits.int().argmax())
    return won(cells, winner, formula, numbers)


def won(cells: Cells, winner: int, formula: str, order: Tensor) -> Answer:
    """The answer that the number is that of one cell; ``order`` ranks the others."""
    values = torch.zeros_like(wide(cells.numbers))
    values[winner] = wide(cells.numbers)[winner]
    rank = order.nan_to_num().argsort(stable=True).argsort().to(torch.float64)
    rank[winner] = len(rank)
    return Answer("pick", formula, [Terms("x", [cells], values, rank=rank)])


def place_of_winner(asked: Asked, cells: Cells, winner: int, formula: str) -> Answer:
    """The answer that the number is where a cell is: one term, all cells count."""
    place = Cells(
        "x", cells.ref, cells.numbers[winner : winner + 1], lambda _: cells.at(winner), []
    )
    terms = Terms("place of x", [place], wide(asked.recorded.reshape(1)))
    more = [cells] if len(cells.numbers) > 1 else []  # one place alone is always the winner
    return Answer("pick", formula, [terms], more=more)
