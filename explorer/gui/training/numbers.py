"""How the training page writes numbers."""

from __future__ import annotations

import math


def grouped(count: float) -> str:
    """A count with its thousands set apart: ``3,120``."""
    return f"{round(count):,}"


def short(value: float) -> str:
    """A measure in three significant digits: ``0.0213``, ``1.3e−07``, ``nan``."""
    if not math.isfinite(value):
        return str(value)
    return f"{value:.3g}".replace("-", "−")


def percent(share: float) -> str:
    """A share as a percentage: ``98.6 %``, ``100 %`` only if it is all."""
    if not math.isfinite(share):
        return str(share)
    text = f"{math.floor(share * 1000) / 10:.1f}".removesuffix(".0")
    return f"{text}\N{NARROW NO-BREAK SPACE}%"


def clock(seconds: float) -> str:
    """A duration: ``0:42``, ``1:02:03``."""
    whole = max(0, round(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    if hours:
        return f"{hours}:{minutes:02}:{whole % 60:02}"
    return f"{minutes}:{whole % 60:02}"
