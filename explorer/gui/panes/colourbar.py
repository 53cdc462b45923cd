"""The colour bar beside a heatmap: what its colours mean, and what in it is no number."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QFontMetrics, QPainter

from explorer.gui.panes.matrix import Matrix
from explorer.gui.panes.shades import Shades, map_name
from explorer.gui.theme import Theme, mono
from explorer.picture.numbers import number_text

_GAP, _WIDE, _HIGH = 8, 10, 160  # pixels: from the cells, and of the bar
_LEAST = 64  # pixels of the bar, where the widget has them


class ColourBar:
    """Paints it, with numbers at its ends and in the middle where that says something."""

    def __init__(self, theme: Theme, scale: float) -> None:
        self._theme = theme
        self._scale = scale
        self.shown = True  # or another map's says the same

    def room(self, matrix: Matrix) -> int:
        """The pixels that it takes at the right."""
        if not self.shown:
            return round(_GAP * self._scale)  # half of the last column's name
        metrics = QFontMetrics(mono(self._scale, 8.5))
        said = [text for _, text in (*_ticks(matrix.shades), *matrix.strange)]
        widest = max(metrics.horizontalAdvance(text) for text in said)
        return round((_GAP + _WIDE + 4) * self._scale) + widest + 3

    def paint(self, painter: QPainter, matrix: Matrix, area: QRectF, bottom: int) -> None:
        """At the right of the cells in ``area``, down to the ``bottom`` of the widget at most."""
        if not self.shown:
            return
        strange = matrix.strange
        line = QFontMetrics(mono(self._scale, 8.5)).height()
        room = bottom - area.top() - line * (0.5 + len(strange))
        # beside a few rows it goes on below them
        height = min(max(area.height(), _LEAST * self._scale), _HIGH * self._scale, room)
        if height < 24 * self._scale:
            return
        left = round(area.right()) + round(_GAP * self._scale)
        shades = matrix.shades
        ramp = Shades(0, 255, shades.signed).image(
            np.arange(255, -1, -1, dtype=np.float64)[:, None],
            self._theme, matrix.map_ or map_name(self._theme, shades.signed),
        )  # fmt: skip
        bar = QRect(left, round(area.top()), round(_WIDE * self._scale), round(height))
        painter.drawImage(bar, ramp)
        painter.setFont(mono(self._scale, 8.5))
        painter.setPen(self._theme.color("dim"))
        high, ascent = painter.fontMetrics().height(), painter.fontMetrics().ascent()
        for part, text in _ticks(shades):
            if part in (0.0, 1.0) or height > 4 * high:
                y = bar.top() + part * (bar.height() - high)
                painter.drawText(QPointF(bar.right() + 4, y + ascent), text)
        top = bar.bottom() + high // 2
        for role, text in strange:  # a swatch for what is no number
            swatch = QRect(left, top + (high - bar.width()) // 2, bar.width(), bar.width())
            painter.fillRect(swatch, self._theme.color(role))
            painter.drawText(QPointF(bar.right() + 4, top + ascent), text)
            top += high


def _ticks(shades: Shades) -> list[tuple[float, str]]:
    """Place on the colour bar, from its top, and what is written there."""
    places = [0.0, 1.0]
    if shades.signed or shades.log:
        places.append(0.5)
    numbers = {0.0: shades.high, 1.0: shades.low, 0.5: 0.0 if shades.signed else shades.at(0.5)}
    return [(part, number_text(numbers[part], 3)) for part in places]
