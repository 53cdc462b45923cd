"""Numbers as people read them: counts, bytes, times, values, shapes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def count_text(count: float) -> str:
    """``12.4 K``, ``0.81 M``; exact below 10,000."""
    if abs(count) < 10_000:
        return f"{count:,.0f}"
    unit = ""
    for unit in ("K", "M", "B", "T"):  # noqa: B007
        count /= 1000
        if abs(count) < 999.95:
            break
    return f"{count:.1f} {unit}" if abs(count) < 100 else f"{count:.0f} {unit}"


def bytes_text(size: float) -> str:
    """``7.6 KB`` (1 KB = 1024 bytes)."""
    if size < 1024:
        return f"{size:.0f} B"
    unit = ""
    for unit in ("KB", "MB", "GB", "TB"):  # noqa: B007
        size /= 1024
        if size < 1023.95:
            break
    return f"{size:.1f} {unit}" if size < 100 else f"{size:.0f} {unit}"


def seconds_text(seconds: float) -> str:
    """``0.4 µs``, ``21 µs``, ``2.4 ms``, ``1.3 s``, ``2:05 min``, ``1:02 h``."""
    if seconds < 0:
        return "–"
    if 0 < seconds < 0.95e-6:
        return f"{seconds * 1e6:.1f} µs" if seconds >= 0.05e-6 else "< 0.1 µs"
    if seconds < 1e-3:
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 1:
        return f"{seconds * 1e3:.3g} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    if seconds < 3600:
        return f"{int(seconds // 60)}:{int(seconds % 60):02} min"
    return f"{int(seconds // 3600)}:{int(seconds % 3600 // 60):02} h"


def number_text(value: float, digits: int = 4) -> str:
    """A value in at most about eight characters: ``0.412``, ``-3.2e-07``, ``NaN``, ``∞``."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    if float(value).is_integer() and abs(value) < 1e6:
        return f"{value:.0f}".replace("-", "−")
    if abs(value) < 1e-3 or abs(value) >= 1e6:
        return f"{value:.2e}".replace("-", "−")
    return f"{value:.{digits}g}".replace("-", "−")


def percent_text(share: float) -> str:
    """``12.3%``; what is not quite nothing, or all, is not written as that: ``<0.1%``."""
    if 0 < share < 5e-4:
        return "<0.1%"
    return ">99.9%" if 0.9995 <= share < 1 else f"{share:.1%}"


def exact_text(value: np.generic) -> str:
    """A number of an array in the fewest digits that tell it from every other of its type."""
    if not np.isfinite(value):
        return number_text(float(value))
    return str(value).removesuffix(".0").replace("-", "−")


def bracketed(text: str) -> str:
    """A number after a sign: a negative one is in brackets."""
    return f"({text})" if text.startswith("−") else text


def even_text(value: float, largest: float, digits: int) -> str:
    """A value among others up to ``largest`` in size, all with as many decimals: those that give
    the largest ``digits`` digits."""
    if not math.isfinite(value):
        return number_text(value)
    above = math.floor(math.log10(largest)) if largest > 0 else 0
    text = f"{value:.{min(max(0, digits - 1 - above), 9)}f}"
    if not text.strip("-0."):
        text = text.lstrip("-")  # no minus zero
    return text.replace("-", "−")


def shape_text(shape: Sequence[int], axes: Sequence[str] = ()) -> str:
    """``(B 1, heads 4, T 18, T 18)``; an axis without a certain name is just its size."""
    if not shape:
        return "scalar"
    names = [*axes, *[""] * (len(shape) - len(axes))]
    parts = [f"{n} {size}" if n else str(size) for n, size in zip(names, shape, strict=False)]
    return f"({', '.join(parts)})"
