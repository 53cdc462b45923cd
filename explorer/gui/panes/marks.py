"""What is marked on a picture of a value: cells from which a number came, with how much of it, and
the chosen one."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from explorer.gui.panes.shades import WEIGHTS, lut
from explorer.gui.theme import Theme

_VEIL = 0.62
_RING = 2.0  # pixels
_FAINT, _FULL = 0.5, 0.95  # how opaque the colour of nothing is, and that of most
_LEAST = 3.0  # pixels of a lit row or column of a picture in which cells are smaller


def paint_marks(
    painter: QPainter,
    area: QRectF,
    theme: Theme,
    lit: np.ndarray | None,
    ring: np.ndarray | None,
    heat: np.ndarray | None = None,
    faint: float = 0.5,
) -> None:
    """Veil all but the ``lit`` cells (rows, columns) of a picture in ``area``, and draw a line
    around them and around those of ``ring``. With ``heat`` those that are lit have the colour of
    how much, 0 … 1, on a picture that is made ``faint`` there."""
    if lit is not None:
        _shade(painter, area, theme, lit, heat, faint)
        _outline(painter, area, lit, QPen(theme.color("accent"), _RING))
    if ring is not None:
        _outline(painter, area, ring, QPen(theme.color("cursor"), _RING + 0.5))


def shaded(image: QImage, theme: Theme, lit: np.ndarray, heat: np.ndarray | None) -> QImage:
    """The colours that the cells of a picture, a pixel each, have below those marks."""
    made = image.copy()
    painter = QPainter(made)
    _shade(painter, QRectF(made.rect()), theme, lit, heat)
    painter.end()
    return made


def _shade(
    painter: QPainter,
    area: QRectF,
    theme: Theme,
    lit: np.ndarray,
    heat: np.ndarray | None,
    faint: float = 0.5,
) -> None:
    if heat is not None:
        painter.fillRect(area, theme.color("panel", faint))
        paint_heat(painter, area, heat, lit)
    _veil(painter, area, theme, lit)


def _veil(painter: QPainter, area: QRectF, theme: Theme, lit: np.ndarray) -> None:
    ground = theme.color("panel", _VEIL)
    _paint_dots(painter, area, np.where(lit, 0, ground.rgba()).astype(np.uint32))


def paint_heat(painter: QPainter, area: QRectF, heat: np.ndarray, lit: np.ndarray) -> None:
    """The colour of how much, 0 … 1, on the cells (rows, columns) of ``area`` that are lit."""
    _paint_dots(painter, area, heat_dots(heat, lit))


def heat_dots(heat: np.ndarray, lit: np.ndarray) -> np.ndarray:
    """Colours 0xAARRGGBB for how much (rows, columns), 0 … 1; what is not lit is clear. The less
    there is, the more of what lies below is seen."""
    blue, green, red, _ = np.moveaxis(lut(WEIGHTS)[heat_index(heat)].astype(np.uint32), -1, 0)
    alpha = np.round(255 * (_FAINT + (_FULL - _FAINT) * np.clip(heat, 0, 1))).astype(np.uint32)
    return np.where(lit, alpha << 24 | red << 16 | green << 8 | blue, 0).astype(np.uint32)


def blended(color: QColor, ground: QColor) -> QColor:
    """What a colour that shines through looks like on a ground."""
    share = color.alphaF()

    def mixed(one: float, other: float) -> float:
        return share * one + (1 - share) * other

    return QColor.fromRgbF(
        mixed(color.redF(), ground.redF()),
        mixed(color.greenF(), ground.greenF()),
        mixed(color.blueF(), ground.blueF()),
    )


def heat_index(heat: np.ndarray) -> np.ndarray:
    """Which of 256 colours stands for how much, 0 … 1."""
    return np.round(255 * np.clip(heat, 0, 1)).astype(np.int64)


def _paint_dots(painter: QPainter, area: QRectF, dots: np.ndarray) -> None:
    """Colours (rows, columns), a cell each."""
    dots = np.ascontiguousarray(dots)
    rows, columns = dots.shape
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
