"""The cells of a heatmap: colours, what a mask forbids, numbers where these are large enough, and
signs for what is no number, however small."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QBrush, QFont, QImage, QPainter, QPen

from explorer.gui.panes.lettering import SMALLEST, fitting
from explorer.gui.panes.marks import shaded
from explorer.gui.panes.matrix import Grid, Matrix
from explorer.gui.panes.shades import masked_color
from explorer.gui.theme import Theme, ink_on
from explorer.picture.numbers import even_text

_LINES_FROM = 9  # pixels: lines between narrower cells would hide their colours
_FROM = 30  # pixels: numbers in narrower cells would hide the colours …
_FEW = 12  # … of a matrix of more columns
_VEILED = 0.6  # how opaque a number is in a cell that is not lit, where others are
_SIGN, _SIGNS = 7.0, 400  # pixels of a sign in a cell that is smaller; how many of these at most


def paint_cells(painter: QPainter, matrix: Matrix, image: QImage, grid: Grid, theme: Theme) -> None:
    """The cells in view, each in its colour in ``image``."""
    rows, columns = grid.cells(matrix)
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    begin = grid.cell(matrix, rows.start, columns.start)
    end = grid.cell(matrix, rows.stop - 1, columns.stop - 1)
    part = QRectF(columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start)
    place = QRectF(begin.topLeft(), end.bottomRight())
    painter.drawImage(place, image, part)
    if matrix.masked is not None and matrix.masked[rows, columns].any():
        ratio = painter.device().devicePixelRatio()
        hatched = _hatching(matrix.masked, place.size(), part, theme, ratio)
        painter.drawImage(place.topLeft(), hatched)
    if min(begin.width(), begin.height()) >= _LINES_FROM:
        painter.setPen(QPen(theme.color("background", 0.55), 1))
        for row in range(rows.start, rows.stop + 1):
            y = grid.cell(matrix, row, 0).top()
            painter.drawLine(QPointF(grid.area.left(), y), QPointF(grid.area.right(), y))
        for column in range(columns.start, columns.stop + 1):
            x = grid.cell(matrix, 0, column).left()
            painter.drawLine(QPointF(x, grid.area.top()), QPointF(x, grid.area.bottom()))


def write_cells(
    painter: QPainter,
    matrix: Matrix,
    image: QImage,
    grid: Grid,
    theme: Theme,
    scale: float,
    lit: np.ndarray | None = None,
    heat: np.ndarray | None = None,
) -> None:
    """What is written in the cells in view, upon their marks: see `paint_marks`."""
    texts, font = _numbers(matrix, grid, scale)
    if font is None:
        _paint_signs(painter, matrix, grid, theme)
        return
    ground = image if lit is None else shaded(image, theme, lit, heat)
    painter.setFont(font)
    for (row, column), text in texts.items():
        ink = ink_on(ground.pixelColor(column, row))
        if lit is not None and not lit[row, column]:
            ink.setAlphaF(_VEILED)
        painter.setPen(ink)
        painter.drawText(grid.cell(matrix, row, column), Qt.AlignmentFlag.AlignCenter, text)


def _hatching(masked: np.ndarray, size: QSizeF, part: QRectF, theme: Theme, ratio: float) -> QImage:
    """What lies on a ``part`` of the cells, drawn in that ``size``: hatches where they are masked.
    ``ratio`` are the pixels of a length of 1."""
    made = QImage((size * ratio).toSize(), QImage.Format.Format_ARGB32_Premultiplied)
    made.setDevicePixelRatio(ratio)
    made.fill(masked_color(theme))
    painter = QPainter(made)
    hatch = QBrush(theme.color("dim", 0.35), Qt.BrushStyle.BDiagPattern)
    painter.fillRect(QRectF(QPointF(0, 0), size), hatch)
    pixels = np.where(masked, np.uint32(0xFF000000), np.uint32(0))
    rows, columns = masked.shape
    where = QImage(pixels.data, columns, rows, columns * 4, QImage.Format.Format_ARGB32)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    painter.drawImage(QRectF(QPointF(0, 0), size), where, part)
    painter.end()
    return made


def _numbers(
    matrix: Matrix, grid: Grid, scale: float
) -> tuple[dict[tuple[int, int], str], QFont | None]:
    """Every number in view by row and column, all with the same decimals, and the largest font that
    fits; None if there is no room for them."""
    high, wide = (step * block for step, block in zip(grid.step, matrix.block, strict=True))
    rows, columns = grid.cells(matrix)
    few = columns.stop - columns.start <= _FEW
    if not (wide >= _FROM or few) or high < SMALLEST + 2:
        return {}, None
    seen = np.asarray(matrix.data[rows, columns], np.float64)
    shown = np.ones(seen.shape, bool)
    if matrix.masked is not None:
        shown = ~matrix.masked[rows, columns]
    finite = np.abs(seen[shown & np.isfinite(seen)])
    largest = float(finite.max()) if finite.size else 0.0
    whole = bool(np.all(finite == np.round(finite)))
    least = 1 + max(0, math.floor(math.log10(largest))) if whole and largest else 1
    for digits in (least,) if whole else (3, 2):
        texts = {
            (rows.start + row, columns.start + column): even_text(
                float(seen[row, column]), largest, digits
            )
            for row, column in np.argwhere(shown).tolist()
        }
        font = fitting(scale, 8.5, wide - 4, high - 2, texts.values())
        if font is not None:
            return texts, font
    return {}, None


def _paint_signs(painter: QPainter, matrix: Matrix, grid: Grid, theme: Theme) -> None:
    """A cross where there is a NaN, a ring where there is an infinity, so that neither is told by
    its colour alone, nor lost among small cells; unless they are many, and small."""
    if matrix.odd is None:
        return
    rows, columns = grid.cells(matrix)
    high, wide = (step * block for step, block in zip(grid.step, matrix.block, strict=True))
    small = min(high, wide) < _SIGN + 2
    seen = matrix.odd[rows, columns]
    if small and np.count_nonzero(seen) > _SIGNS:  # which is sooner known than where
        return
    found = np.argwhere(seen) + np.array([rows.start, columns.start])
    side = _SIGN if small else min(high, wide, 2 * _SIGN) - 4
    painter.setRenderHint(painter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for row, column in found.tolist():
        middle = grid.cell(matrix, row, column).center()
        nan = bool(np.isnan(matrix.data[row, column]))
        painter.setPen(
            QPen(theme.color("nan" if nan else "inf"), 2)
            if small
            else QPen(theme.color("accent_text", 0.6), 1.2)
        )
        half = QPointF(side / 2, side / 2)
        place = QRectF(middle - half, middle + half)
        if nan:
            painter.drawLine(place.topLeft(), place.bottomRight())
            painter.drawLine(place.topRight(), place.bottomLeft())
        else:
            painter.drawEllipse(place)
    painter.setRenderHint(painter.RenderHint.Antialiasing, False)
