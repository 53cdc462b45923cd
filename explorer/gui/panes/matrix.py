"""What a heatmap shows, and where on the widget its cells are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from explorer.core.plane import Extent
from explorer.gui.panes.shades import Shades

Names = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Matrix:
    """(rows, columns) numbers, and which part they are of a plane of ``whole`` positions: from
    position ``first`` on, every cell stands for ``block`` of them. ``axes`` are the names of the
    two axes, ``rows`` and ``columns`` those of all positions along them, () for none. ``masked``
    cells are hatched; ``map_`` is the colour map where it is not the usual one.
    """

    data: np.ndarray
    shades: Shades
    axes: tuple[str, str] = ("", "")
    rows: Names = ()
    columns: Names = ()
    masked: np.ndarray | None = None
    map_: str | None = None
    block: tuple[int, int] = (1, 1)
    first: tuple[int, int] = (0, 0)
    whole: tuple[int, int] = (0, 0)

    @property
    def names(self) -> tuple[Names, Names]:
        """Those of the rows and of the columns, where a cell is one position."""
        return (
            self.rows if self.block[0] == 1 else (),
            self.columns if self.block[1] == 1 else (),
        )

    @cached_property
    def odd(self) -> np.ndarray | None:
        """(rows, columns): which cells are not masked, and have NaN or an infinity; None if none
        has."""
        if self.data.dtype.kind != "f":
            return None
        odd = ~np.isfinite(self.data)
        if self.masked is not None and odd.any():
            odd &= ~self.masked
        return odd if odd.any() else None

    @cached_property
    def strange(self) -> tuple[tuple[str, str], ...]:
        """Colour role and name of what is in it and no number."""
        odd, data = self.odd, self.data
        if odd is None:
            return ()
        infinite = [
            sign
            for sign, there in (("−∞", data == -np.inf), ("∞", data == np.inf))
            if (there & odd).any()
        ]
        found = [("inf", "±∞" if len(infinite) > 1 else infinite[0])] if infinite else []
        return (*found, *([("nan", "NaN")] if (np.isnan(data) & odd).any() else []))

    @property
    def extents(self) -> tuple[Extent, Extent]:
        """The positions that the numbers stand for; beyond the end of the plane too, where the
        last block is not whole."""
        rows, columns = (
            (float(first), float(first + block * count))
            for first, block, count in zip(self.first, self.block, self.data.shape, strict=True)
        )
        return rows, columns

    def place(self, row: float, column: float) -> tuple[int, int]:
        """The cell of ``data`` at a position of the plane, (-1, -1) where there is none."""
        at = [
            math.floor((position - first) / block)
            for position, first, block in zip(
                (row, column), self.first, self.block, strict=True
            )
        ]  # fmt: skip
        inside = all(0 <= n < size for n, size in zip(at, self.data.shape, strict=True))
        return (at[0], at[1]) if inside else (-1, -1)

    def position(self, place: tuple[int, int]) -> tuple[int, int]:
        """The first position of a cell of ``data``."""
        return (
            self.first[0] + place[0] * self.block[0],
            self.first[1] + place[1] * self.block[1],
        )


@dataclass(frozen=True)
class Grid:
    """Where positions of a plane are on a widget: those of ``rows`` and ``columns`` fill the
    ``area``."""

    area: QRectF
    rows: Extent
    columns: Extent

    @property
    def step(self) -> tuple[float, float]:
        """The pixels of one position, down and across."""
        return (
            self.area.height() / (self.rows[1] - self.rows[0]),
            self.area.width() / (self.columns[1] - self.columns[0]),
        )

    def rect(self, rows: Extent, columns: Extent) -> QRectF:
        """Where a block of positions is, in the area or not."""
        high, wide = self.step
        return QRectF(
            self.area.left() + (columns[0] - self.columns[0]) * wide,
            self.area.top() + (rows[0] - self.rows[0]) * high,
            (columns[1] - columns[0]) * wide,
            (rows[1] - rows[0]) * high,
        )

    def at(self, point: QPointF) -> tuple[float, float]:
        """The position under a point: row and column, with their fractions."""
        high, wide = self.step
        return (
            self.rows[0] + (point.y() - self.area.top()) / high,
            self.columns[0] + (point.x() - self.area.left()) / wide,
        )

    def cells(self, matrix: Matrix) -> tuple[slice, slice]:
        """The rows and columns of a matrix that are in view, also in part."""
        rows, columns = (
            slice(
                max(0, math.floor((extent[0] - first) / block + 1e-9)),
                max(0, min(count, math.ceil((extent[1] - first) / block - 1e-9))),
            )
            for extent, first, block, count in zip(
                (self.rows, self.columns), matrix.first, matrix.block, matrix.data.shape,
                strict=True,
            )
        )  # fmt: skip
        return rows, columns

    def cell(self, matrix: Matrix, row: int, column: int) -> QRectF:
        """Where a cell of a matrix is."""
        top, left = matrix.position((row, column))
        return self.rect((top, top + matrix.block[0]), (left, left + matrix.block[1]))
