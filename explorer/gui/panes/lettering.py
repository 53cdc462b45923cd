"""Words and numbers where there is little room: the font that fits, and which of many to write."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontInfo, QFontMetrics

from explorer.gui.theme import mono

SMALLEST = 7  # pixels: letters below cannot be read
_LONGEST = 40  # texts that are measured, of many


def fitting(
    scale: float, points: float, width: float, height: float, texts: Collection[str]
) -> QFont | None:
    """The largest font up to ``points`` in which every text fits, None if none can be read."""
    made = mono(scale, points)
    longest = sorted(set(texts), key=len)[-_LONGEST:]
    for pixels in range(QFontInfo(made).pixelSize(), SMALLEST - 1, -1):
        made.setPixelSize(pixels)
        metrics = QFontMetrics(made)
        if pixels <= height and all(metrics.horizontalAdvance(t) <= width for t in longest):
            return made
    return None


def wrapped(scale: float, points: float, room: QSize, text: str) -> QFont:
    """The largest font up to ``points`` in which a text, broken at its spaces, fits; or else the
    smallest that can be read."""
    made = mono(scale, points)
    within = QRect(0, 0, room.width(), 0)
    for pixels in range(QFontInfo(made).pixelSize(), SMALLEST - 1, -1):
        made.setPixelSize(pixels)
        needed = QFontMetrics(made).boundingRect(within, Qt.TextFlag.TextWordWrap, text)
        if needed.height() <= room.height() and needed.width() <= room.width():
            break
    return made


def alike_when_cut(names: Collection[str], metrics: QFontMetrics, room: int) -> bool:
    """Whether different names look the same in so many pixels."""
    different = set(names)
    cut = {metrics.elidedText(name, Qt.TextElideMode.ElideRight, room) for name in different}
    return len(cut) < len(different)


def spread(count: float, room: float, needed: float) -> int:
    """Every how many labels there is room for one: 1, 2, 5, 10, …"""
    every, steps = 1, (2, 2.5, 2)
    turn = 0
    while every * room < needed and every < count:
        every = int(every * steps[turn % 3])
        turn += 1
    return every
