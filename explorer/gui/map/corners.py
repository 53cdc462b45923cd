"""What lies over the corners of the canvas, and what room it takes from the foot."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QRectF, QSize
from PySide6.QtWidgets import QWidget

GAP = 12  # pixels to the edges of the canvas, and between two


def free_corner(size: QSize, room: QSize, taken: QWidget, near: QRectF) -> QRectF:
    """Where something of a ``size`` lies over a ``room``: in the same column as what has
    ``taken`` a corner, or else in another corner, away from what it is ``near``."""
    wide, high = size.width(), size.height()
    right, bottom = room.width() - wide - GAP, room.height() - high - GAP
    there = QRectF() if taken.isHidden() else QRectF(taken.geometry())
    places = []
    if not there.isEmpty() and there.center().y() > room.height() / 2:
        column = GAP if there.center().x() < room.width() / 2 else right
        places.append(QRectF(column, there.top() - high - GAP, wide, high))
    places += [
        QRectF(x, y, wide, high)
        for x, y in ((right, bottom), (GAP, bottom), (right, GAP), (GAP, GAP))
    ]
    free = [p for p in places if not p.intersects(there) and p.top() >= GAP]
    away = (p for p in free if not p.intersects(near))
    return next(away, free[0] if free else places[0])


def claim_foot(canvas: QWidget, *widgets: QWidget) -> None:
    """Keep what lies over the foot of the canvas beside these, by the canvas's margins."""
    left = right = 0
    for widget in widgets:
        where = widget.geometry()
        if widget.isHidden() or where.bottom() < canvas.height() - 2 * GAP - 80:
            continue
        if where.center().x() < canvas.width() / 2:
            left = max(left, where.right() + 1)
        else:
            right = max(right, canvas.width() - where.left())
    claimed = QMargins(left, 0, right, 0)
    if canvas.contentsMargins() != claimed:
        canvas.setContentsMargins(claimed)
