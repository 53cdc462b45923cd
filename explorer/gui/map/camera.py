"""The camera: which part of the scene a widget shows, and how large."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, QSizeF

_LEAST, _MOST = 0.03, 4.0


class Camera:
    """``zoom`` is pixels per unit of the scene, ``corner`` the point of the scene in the upper left
    corner of the widget, ``size`` that of the widget in pixels, of which the uppermost ``head`` are
    covered by something."""

    def __init__(self, zoom: float) -> None:
        self.zoom = zoom
        self.corner = QPointF()
        self.size = QSizeF(1, 1)
        self.head = 0.0

    @property
    def view(self) -> QRectF:
        """The part of the scene in view."""
        return QRectF(self.corner, self.size / self.zoom)

    @property
    def origin(self) -> QPoint:
        """The upper left corner in pixels of the whole map."""
        return QPoint(round(self.corner.x() * self.zoom), round(self.corner.y() * self.zoom))

    def above(self, margin: float) -> float:
        """The pixels to leave free at the top: a margin, or less of it below what is covered."""
        return max(margin, self.head + margin / 2)

    def to_scene(self, at: QPointF) -> QPointF:
        """The point of the scene at a pixel of the widget."""
        return self.corner + at / self.zoom

    def to_widget(self, where: QRectF) -> QRectF:
        """Where a rectangle of the scene is on the widget."""
        return QRectF((where.topLeft() - self.corner) * self.zoom, where.size() * self.zoom)

    def set_zoom(self, zoom: float, least: float = _LEAST) -> None:
        """Zoom, with the corner fixed."""
        self.zoom = min(max(zoom, least), _MOST)

    def filling(
        self, width: float, height: float, margin: float, free: QSizeF | None = None
    ) -> tuple[float, float]:
        """The zooms at which a scene is as wide, and as high, as the widget but for a margin, what
        is covered, and so much left ``free`` at the right and at the foot."""
        right, foot = (0.0, 0.0) if free is None else free.toTuple()
        return (
            (self.size.width() - 2 * margin - right) / width,
            (self.size.height() - self.above(margin) - margin - foot) / height,
        )

    def zoom_at(self, at: QPointF, factor: float) -> None:
        """Zoom, with a pixel of the widget fixed."""
        held = self.to_scene(at)
        self.set_zoom(self.zoom * factor, min(_LEAST, self.zoom))
        self.corner = held - at / self.zoom

    def centre(self, middle: QPointF) -> None:
        """Bring a point of the scene into the middle."""
        half = self.size / (2 * self.zoom)
        self.corner = middle - QPointF(half.width(), half.height())

    def keep_in_sight(self, width: float, height: float) -> None:
        """Stop where a scene of this size would leave the widget."""
        room = 80.0 / self.zoom
        view = self.view
        x = min(max(view.x(), room - view.width()), max(width - room, room - view.width()))
        y = min(max(view.y(), room - view.height()), max(height - room, room - view.height()))
        self.corner = QPointF(x, y)

    def showing(self, where: QRectF, width: float, height: float, margin: float) -> QPointF | None:
        """The corner that brings a part of the widget into view, with little emptiness around a
        scene of this size; None if it is in view, with a margin in pixels around it."""
        above = self.above(margin)
        safe = QRectF(QPointF(), self.size).adjusted(margin, above, -margin, -margin)
        if safe.contains(where):
            return None
        by = QPointF()
        if where.left() < safe.left() or where.right() > safe.right():
            by.setX(where.center().x() - self.size.width() / 2)
        if where.top() < safe.top() or where.bottom() > safe.bottom():
            middle = where.center().y() - self.size.height() * 0.42
            by.setY(min(middle, where.top() - safe.top()))  # what is high begins below the head
        goal = self.within(self.corner + by / self.zoom, width, height, margin)
        return QPointF(
            goal.x() if by.x() else self.corner.x(), goal.y() if by.y() else self.corner.y()
        )

    def within(self, corner: QPointF, width: float, height: float, margin: float) -> QPointF:
        """The corner nearest to ``corner`` that shows no more than ``margin`` pixels beyond a scene
        of this size; a scene smaller than the widget comes into the middle of what is free."""
        gap, above, view = margin / self.zoom, self.above(margin) / self.zoom, self.view

        def nearest(wanted: float, seen: float, whole: float, before: float) -> float:
            if before + whole + gap <= seen:
                return (whole + gap - before - seen) / 2
            return min(max(wanted, -before), whole + gap - seen)

        return QPointF(
            nearest(corner.x(), view.width(), width, gap),
            nearest(corner.y(), view.height(), height, above),
        )
