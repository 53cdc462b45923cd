"""How numbers become colours: colour maps, and the range that they span."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from PySide6.QtGui import QColor, QImage

from explorer.core.plane import Scale
from explorer.core.values import Span
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


@cache
def _colours(name: str) -> list[int]:
    """The same as Qt has them."""
    colours: list[int] = lut(name).view(np.uint32)[:, 0].tolist()
    return colours


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
    """How numbers become colours: from ``low`` to ``high``; symmetric if ``signed``. On a ``log``
    scale a decade takes as much room as the next one, on both sides of 0, down to the largest
    number by 10,000; what is nearer to 0 is drawn together."""

    low: float
    high: float
    signed: bool
    log: bool = False

    @classmethod
    def of(cls, data: np.ndarray) -> Shades:
        """The range of the finite numbers; around 0 if they have both signs, or are all 0."""
        finite = data[np.isfinite(data)] if data.dtype.kind == "f" else data
        if not finite.size:
            return cls(0.0, 1.0, False)
        if not finite.any():
            return cls(-1.0, 1.0, True)  # 0 has the colour that it has beside other numbers
        return cls._over(float(finite.min()), float(finite.max()))

    @classmethod
    def by(cls, scale: Scale, span: Span | None, usual: Shades | None = None) -> Shades:
        """As somebody wants them, over a span; ``usual`` is what all numbers of their kind are
        shown over, where there is such a range."""
        if scale.points is not None:
            low, high = scale.points
        elif usual is not None and scale.fit == "all":
            low, high = usual.low, usual.high
        elif span is None or math.isnan(span.minimum):
            low, high = 0.0, 1.0
        elif scale.fit == "all":
            low, high = span.minimum, span.maximum
        else:
            low, high = span.low, span.high
        chosen = scale.points is not None
        if scale.middle == "zero" or (scale.middle == "auto" and low < 0 < high):
            bound = max(-low, high, 0.0) or 1.0
            return cls(-bound, bound, True, scale.log)
        if not chosen and scale.middle == "auto":
            return replace(cls._over(low, high), log=scale.log)
        return cls(low, high if high > low else low + (abs(low) or 1.0), False, scale.log)

    @classmethod
    def _over(cls, low: float, high: float) -> Shades:
        """A range that begins or ends at 0, or has it in the middle."""
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

    def steps(self, data: np.ndarray) -> np.ndarray:
        """Where numbers are on a scale of 256 colours, as uint8; NaN is anywhere."""
        low, high = self.low, self.high
        if self.log:
            data = self._logs(np.asarray(data, np.float64))
            low, high = self._logs(np.array([low, high])).tolist()
        wide = (high - low) or 1.0
        # Single precision takes half the time, and does wherever nothing can be lost in it.
        single = data.dtype == np.float32 and 1e-30 < wide < 1e30 and abs(low) < 1e3 * wide
        numbers = np.empty(data.shape, np.float32 if single else np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            np.subtract(data, low, out=numbers, casting="same_kind")
            np.multiply(numbers, 255.0 / wide, out=numbers)
            np.clip(numbers, 0.0, 255.0, out=numbers)
            return numbers.astype(np.uint8)

    def at(self, share: float) -> float:
        """The number at a place of the scale, 0 to 1."""
        if not self.log:
            return self.low + share * (self.high - self.low)
        low, high = self._logs(np.array([self.low, self.high])).tolist()
        found = low + share * (high - low)
        return math.copysign(self._least * math.expm1(abs(found)), found)

    @property
    def _least(self) -> float:
        """Where a logarithmic scale becomes even."""
        return max(abs(self.low), abs(self.high), 1e-300) * 1e-4

    def _logs(self, numbers: np.ndarray) -> np.ndarray:
        return np.sign(numbers) * np.log1p(np.abs(numbers) / self._least)

    def image(
        self, data: np.ndarray, theme: Theme, map_: str | None = None,
        masked: np.ndarray | None = None,
    ) -> QImage:  # fmt: skip
        """(rows, columns) numbers as a picture of as many pixels; NaN and Inf glare."""
        steps = self.steps(data)
        rows, columns = data.shape
        palette = QImage(steps.data, columns, rows, columns, QImage.Format.Format_Indexed8)
        palette.setColorTable(_colours(map_ or map_name(theme, self.signed)))
        image = palette.convertToFormat(QImage.Format.Format_RGB32)  # which is drawn fastest
        special = []
        if data.dtype.kind == "f" and not np.isfinite(data).all():
            special.append((np.isnan(data), theme.color("nan")))
            special.append((np.isinf(data), theme.color("inf")))
        if masked is not None:
            special.append((masked, masked_color(theme)))
        if special:
            pixels = np.frombuffer(image.bits(), np.uint32).reshape(rows, columns)
            for where, color in special:
                pixels[where] = color.rgb()
        return image
