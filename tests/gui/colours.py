"""Colours on the screen, compared."""

from __future__ import annotations

from PySide6.QtGui import QColor


def distance(one: QColor, other: QColor) -> int:
    """How far apart two colours are, 0 … 255."""
    return max(
        abs(one.red() - other.red()),
        abs(one.green() - other.green()),
        abs(one.blue() - other.blue()),
    )
