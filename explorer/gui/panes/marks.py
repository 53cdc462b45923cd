"""What is marked on a picture of a value: cells from which a number came, and the chosen one."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen

from explorer.gui.theme import Theme

_VEIL = 0.62
_RING = 2.0  # pixels
_LEAST = 3.0  # pixels of a lit row or column of a picture in which cells are smaller


def paint_marks(
    painter: QPainter,
    area: QRectF,
    theme: Theme,
    lit: np.ndarray | None,
    ring: np.ndarray | None,
) -> None:
    """Veil all but the ``lit`` cells (rows, columns) of a picture in ``area``, and draw a line
    around them and around those of ``ring``."""
    if lit is not None:
        _veil(painter, area, theme, lit)
        _outline(painter, area, lit, QPen(theme.color("accent"), _RING))
    if ring is not None:
        _outline(painter, area, ring, QPen(theme.color("cursor"), _RING + 0.5))


def _veil(painter: QPainter, area: QRectF, theme: Theme, lit: np.ndarray) -> None:
    ground = theme.color("panel", _VEIL)
    dots = np.where(lit, 0, ground.rgba()).astype(np.uint32)
    rows, columns = lit.shape
    image = QImage(dots.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(area, image, QRectF(0, 0, columns, rows))
    painter.restore()


def _outline(painter: QPainter, area: QRectF, cells: np.ndarray, pen: QPen) -> None:
    """A line around every block of cells; a block that is too thin to be seen is drawn wider."""
    rows, columns = cells.shape
    wide, high = area.width() / columns, area.height() / rows
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for top, bottom, left, right in blocks(cells):
        place = QRectF(
            area.left() + left * wide, area.top() + top * high,
            (right - left) * wide, (bottom - top) * high,
        )  # fmt: skip
        more = [max(0.0, (_LEAST - side) / 2) for side in (place.width(), place.height())]
        painter.drawRect(place.adjusted(-more[0], -more[1], more[0], more[1]))


def blocks(cells: np.ndarray) -> list[tuple[int, int, int, int]]:
    """Rectangles (top, bottom, left, right) that cover the cells (rows, columns) that are true:
    equal runs of rows below each other are one."""
    found: list[tuple[int, int, int, int]] = []
    growing: dict[tuple[int, int], int] = {}  # of a run, the row where it began
    for row in range(cells.shape[0] + 1):
        runs = set(_runs(cells[row])) if row < cells.shape[0] else set()
        for run in [run for run in growing if run not in runs]:
            found.append((growing.pop(run), row, *run))
        for run in runs:
            growing.setdefault(run, row)
    return found


def _runs(row: np.ndarray) -> list[tuple[int, int]]:
    """Where cells that are true begin and end, along a row."""
    edges = np.flatnonzero(np.diff(row, prepend=False, append=False))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
