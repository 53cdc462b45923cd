"""How numbers become colours: colour maps, and the range that they span."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from PySide6.QtGui import QColor, QImage

from explorer.gui.theme import Theme

WEIGHTS = "inferno"  # the colour map of attention weights, in every pane
_STARTS = {"inferno": 0.12}  # its black is left out: a weight of 0 is no masked cell


@cache
def lut(name: str) -> np.ndarray:
    """(256, 4) uint8 colours, blue first as QImage wants them."""
    import pyqtgraph as pg

    start = _STARTS.get(name, 0.0)
    table = pg.colormap.get(name).getLookupTable(start=start, nPts=256, alpha=True)
    return np.ascontiguousarray(np.asarray(table, np.uint8)[:, [2, 1, 0, 3]])


def map_name(theme: Theme, signed: bool) -> str:
    """Even and colour-blind safe: viridis, or a CET map with the theme's ground at zero."""
    if not signed:
        return "viridis"
    return "CET-D4" if theme.name == "dark" else "CET-D1"


def masked_color(theme: Theme) -> QColor:
    """What stands for forbidden cells: never so light that the brightest weights drown in it."""
    return theme.color("masked") if theme.name == "dark" else theme.color("masked").darker(138)


@dataclass(frozen=True)
class Shades:
    """How numbers become colours: from ``low`` to ``high``; symmetric if ``signed``."""

    low: float
    high: float
    signed: bool

    @classmethod
    def of(cls, data: np.ndarray) -> Shades:
        """The range of the finite numbers; around 0 if they have both signs."""
        finite = data[np.isfinite(data)] if data.dtype.kind == "f" else data
        low = float(finite.min()) if finite.size else 0.0
        high = float(finite.max()) if finite.size else 1.0
        if low < 0 < high:
            bound = max(-low, high)
            return cls(-bound, bound, True)
        if high <= 0 and low < 0:
            return cls(low, 0.0, False)
        return cls(min(low, 0.0), high if high > 0 else 1.0, False)

    def stretched(self, data: np.ndarray) -> Shades:
        """The same colours over the range of these numbers alone."""
        own = Shades.of(data)
        if self.signed:
            bound = max(-own.low, own.high)
            return Shades(-bound, bound, True)
        return own

    def image(
        self, data: np.ndarray, theme: Theme, map_: str | None = None,
        masked: np.ndarray | None = None,
    ) -> QImage:  # fmt: skip
        """(rows, columns) numbers as a picture of as many pixels; NaN and Inf glare."""
        span = (self.high - self.low) or 1.0
        scaled = (np.asarray(data, np.float64) - self.low) * (255.0 / span)
        known = np.isfinite(scaled)
        index = np.where(known, np.clip(scaled, 0, 255), 0).astype(np.uint8)
        pixels = lut(map_ or map_name(theme, self.signed))[index]
        special = []
        if not known.all():
            special.append((np.isnan(scaled), theme.color("nan")))
            special.append((np.isinf(scaled), theme.color("inf")))
        if masked is not None:
            special.append((masked, masked_color(theme)))
        for where, color in special:
            pixels[where] = (color.blue(), color.green(), color.red(), 255)
        rows, columns = data.shape
        image = QImage(pixels.tobytes(), columns, rows, columns * 4, QImage.Format.Format_ARGB32)
        return image.copy()  # own its bytes
