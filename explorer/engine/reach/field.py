"""`Field`: the cells that take part, value by value, with how much."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

OUTSIDE = -1.0


@dataclass(frozen=True, eq=False)
class Field:
    """The cells of a pass on which cell ``index`` of value ``ref`` depends, or that depend on it.

    ``cells`` has, for every value that has any, a float32 tensor of its shape: the strength
    |gradient × value| ≥ 0 of each cell that takes part, and −1 where none does. Of values without
    a gradient the strength is 0, but for indices into a table, as tokens are: these have what the
    row that they choose has.
    """

    ref: int
    index: tuple[int, ...]
    cells: Mapping[int, Tensor]

    def mask(self, ref: int) -> Tensor | None:
        """Which cells of a value take part, a bool tensor of its shape; None if none does."""
        cells = self.cells.get(ref)
        return None if cells is None else cells >= 0

    def strength(self, ref: int) -> Tensor | None:
        """How much each cell of a value counts, 0 for those that take no part; None if none
        does."""
        cells = self.cells.get(ref)
        return None if cells is None else cells.clamp(min=0)

    def totals(self) -> dict[int, tuple[int, float, float]]:
        """Of every value: how many cells take part, the sum of their strengths, the largest."""
        if not self.cells:
            return {}
        found = [
            torch.stack([(one >= 0).sum().float(), one.clamp(min=0).sum(), one.amax()]).tolist()
            for one in self.cells.values()
        ]
        return {
            ref: (int(count), sum_, peak)
            for ref, (count, sum_, peak) in zip(self.cells, found, strict=True)
        }
