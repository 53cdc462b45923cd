"""Paints a `Scene` into a painter: whole tiles of the map, and the light overlay of a step.

It is painted room by room, and what is too small to be made out is not looked into: a picture
costs what is to be seen in it. How each thing looks is `Drawing`'s.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import QLineF, QPoint, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QPainter,
    QPixmap,
)

from explorer.core.graph import Recording
from explorer.gui.map.drawing import FAR, Drawing, arrow, pen, rect, rounded
from explorer.gui.map.near import Near
from explorer.gui.map.tint import Tint
from explorer.gui.theme import Theme
from explorer.picture.caption import HEADER
from explorer.picture.scene import Box, Placed, Region, Room, Scene, Spot, Wire

_DOTS = 24.0
SMALL = 6.0  # pixels: what is inside of a smaller box is not to be made out
_SHORT = 2.0  # pixels of a line that is not to be seen


class Painting:
    """A scene ready to be painted again and again.

    With the ``recording`` its nodes show more from near.
    """

    def __init__(self, scene: Scene, drawing: Drawing, recording: Recording | None = None) -> None:
        self.scene = scene
        self.theme = drawing.theme
        self.words = drawing.words
        self.recording = recording
        self.drawing = drawing
        self.near = Near(self.drawing, recording) if recording is not None else None
        self._dot: QPixmap | None = None

    @property
    def tint(self) -> Tint | None:
        """The quantity in the colours of which nodes are."""
        return self.drawing.tint

    def fine(self, zoom: float) -> float:
        """How thin lines are, as a share of what the map would make them."""
        return self.drawing.fine(zoom)

    def ground(self, depth: int) -> QColor:
        """The colour inside so many open boxes."""
        return self.drawing.ground(depth)

    # ------------------------------------------------------------------ the map

    def paint(self, painter: QPainter, region: QRectF, zoom: float, dotted: bool = True) -> None:
        """Paint what lies in ``region``; the painter is scaled by ``zoom`` already. What is not
        ``dotted`` has no ground of its own."""
        far = zoom < FAR
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not far)
        if dotted:
            self._dots(painter, region, zoom)
        if far:
            self._far(painter, region, zoom)
            return
        near = self.near if self.near is not None and self.near.is_near(zoom) else None
        for placed, here in self._rooms(painter, region):
            room = placed.room
            boxes = [room.boxes[at] for at in room.boxes_in(here)]
            for box in boxes:
                if box.kind == "open":
                    self.drawing.open_box(painter, box, placed.depth, zoom)
            self.drawing.wires(painter, room, room.wires_in(here), zoom)
            for box in boxes:
                if box.kind != "open":
                    (near or self.drawing).node(painter, box, zoom)

    def dressed(self, theme: Theme) -> Painting:
        """The same in another theme."""
        draw = self.drawing
        tint = None if draw.tint is None else Tint(theme, *draw.tint.shows)
        drawing = Drawing(theme, draw.words, draw.scale, tint)
        return Painting(self.scene, drawing, self.recording)

    def enlarged(self, zoom: float) -> Painting:
        """The same, where a larger picture shows no more than a small one."""
        return Painting(self.scene, Drawing(self.theme, self.words, zoom, self.drawing.tint))

    def nodes_in(self, region: QRectF) -> bool:
        """Whether there is a node, not only the ground of an open box, in a region."""
        whole = _region(region)
        return any(
            placed.room.boxes[at].kind != "open"
            for placed in self.scene.rooms_in(whole)
            for at in placed.room.boxes_in(whole.moved(placed.x, placed.y))
        )

    def _rooms(self, painter: QPainter, region: QRectF) -> Iterator[tuple[Placed, Region]]:
        """The rooms in a region, with the region as seen from each; meanwhile the painter's
        corner is that of the room."""
        whole = _region(region)
        for placed in self.scene.rooms_in(whole):
            painter.translate(placed.x, placed.y)
            yield placed, whole.moved(placed.x, placed.y)
            painter.translate(-placed.x, -placed.y)

    def outline(self, painter: QPainter) -> None:
        """Paint the whole scene as it is seen from far away: for the overview."""
        zoom = painter.transform().m11()
        whole = Region(0.0, 0.0, self.scene.width, self.scene.height)
        least = 1.2 / zoom  # a node never vanishes
        grounds, nodes = [], dict[object, list[QRectF]]()
        for placed in self.scene.rooms_in(whole, 4 * least):
            drawn: set[tuple[int, int]] = set()  # of those in one pixel, one is enough
            for at, box in enumerate(placed.room.boxes):
                where = _at(box, placed)
                if at in placed.room.inner and min(box.width, box.height) >= 4 * least:
                    grounds.append(where)
                    continue
                pixel = int(box.x / least * 2), int(box.y / least * 2)
                if pixel not in drawn or box.width > 4 * least:
                    drawn.add(pixel)
                    where.setHeight(max(where.height() * 0.8, least))
                    where.setWidth(max(where.width(), least))
                    nodes.setdefault(self.drawing.far_key(box), []).append(where)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen(self.theme.color("dim", 0.35), 1.0, cosmetic=True))
        painter.drawRects(grounds)
        self._fill(painter, nodes)

    def _fill(self, painter: QPainter, rects: dict[object, list[QRectF]]) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        for key, some in rects.items():
            painter.setBrush(self.drawing.far_color(key))
            painter.drawRects(some)

    def _dots(self, painter: QPainter, region: QRectF, zoom: float) -> None:
        """The dotted ground, as a pattern of whole pixels: it is copied, not drawn."""
        step = _DOTS
        while step * zoom < 14.0:
            step *= 2
        side = round(step * zoom)
        ratio = painter.device().devicePixelRatioF()
        if self._dot is None or self._dot.deviceIndependentSize() != QSizeF(side, side):
            self._dot = QPixmap(QSize(side, side) * ratio)
            self._dot.setDevicePixelRatio(ratio)
            self._dot.fill(self.theme.color("background"))
            pencil = QPainter(self._dot)
            pencil.fillRect(QRectF(0, 0, 1.5, 1.5), self.theme.color("line", 0.75))
            pencil.end()
        painter.save()
        painter.scale(1 / zoom, 1 / zoom)
        ground = QRectF(region.topLeft() * zoom, region.size() * zoom).toAlignedRect()
        painter.drawTiledPixmap(ground, self._dot, QPoint(ground.x() % side, ground.y() % side))
        painter.restore()

    def _far(self, painter: QPainter, region: QRectF, zoom: float) -> None:
        """Plain rectangles and lines, all of a kind at once; what is too small is not looked
        into."""
        whole, least = _region(region), SMALL / zoom
        lines: dict[int, list[QLineF]] = {}
        nodes: dict[object, list[QRectF]] = {}
        for placed in self.scene.rooms_in(whole, least):
            room, here = placed.room, whole.moved(placed.x, placed.y)
            for at in room.boxes_in(here, 1.0 / zoom):
                box = room.boxes[at]
                if at in room.inner and min(box.width, box.height) >= least:
                    painter.translate(placed.x, placed.y)
                    self.drawing.open_box(painter, box, placed.depth, zoom)
                    painter.translate(-placed.x, -placed.y)
                else:
                    nodes.setdefault(self.drawing.far_key(box), []).append(_at(box, placed))
            x, y = placed.x, placed.y
            for n in room.wires_in(here, _SHORT / zoom):
                wire = room.wires[n]
                lines.setdefault(self.drawing.weight(wire), []).extend(
                    QLineF(x + ax, y + ay, x + bx, y + by)
                    for (ax, ay), (bx, by) in pairwise(wire.drawn)
                    if (abs(ax - bx) + abs(ay - by)) * zoom > _SHORT
                )
        for weight, some in lines.items():
            wide = 0.5 + 0.5 * weight
            painter.setPen(pen(self.theme.color("dim", 0.5), wide, cosmetic=True))
            painter.drawLines(some)
        self._fill(painter, nodes)

    def extent(self, zoom: float) -> QRectF:
        """All that is drawn at a zoom: what is written along a wire may reach beyond the boxes."""
        scene = self.scene
        whole = QRectF(0.0, 0.0, scene.width, scene.height)
        if not self.drawing.labelled(zoom):
            return whole
        far = math.inf
        beyond = (
            Region(-far, -far, 0.0, far), Region(scene.width, -far, far, far),
            Region(-far, -far, far, 0.0), Region(-far, scene.height, far, far),
        )  # fmt: skip
        room = scene.root
        for n in {n for side in beyond for n in room.wires_in(side)}:
            for place in self.drawing.written(room, n, zoom):
                whole = whole.united(place)
        return whole

    def lies_in(self, region: QRectF, zoom: float) -> bool:
        """Whether anything of the graph is in a region at a zoom: a node, a wire, what is written
        along it; the ground of an open box is nothing."""
        return self.nodes_in(region) or any(
            self._runs_through(room, n, region.translated(-placed.x, -placed.y), zoom)
            for placed in self.scene.rooms_in(_region(region))
            for room in (placed.room,)
            for n in room.wires_in(_region(region).moved(placed.x, placed.y))
        )

    def _runs_through(self, room: Room, n: int, region: QRectF, zoom: float) -> bool:
        """Whether a wire of a room, or what is written along it, is in a region."""
        for (ax, ay), (bx, by) in pairwise(room.wires[n].drawn):
            if (
                QRectF(QPointF(ax, ay), QPointF(bx, by))
                .normalized()
                .adjusted(-1.0, -1.0, 1.0, 1.0)
                .intersects(region)
            ):
                return True
        return self.drawing.labelled(zoom) and any(
            place.intersects(region) for place in self.drawing.written(room, n, zoom)
        )

    # ------------------------------------------------------------------ the overlay

    def veil(self, painter: QPainter, region: QRectF, cursor: int) -> None:
        """Dim what the cursor has not reached; not where that would falsify the colours."""
        if self.tint:
            return
        zoom = painter.transform().m11()
        whole = _region(region)
        waiting = [self.scene.whole]
        while waiting:
            placed = waiting.pop()
            room, here = placed.room, whole.moved(placed.x, placed.y)
            shade = self.drawing.shade(placed.depth)
            painter.translate(placed.x, placed.y)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(shade)
            after = room.boxes_after(cursor)
            seen = room.boxes_in(here)
            late = [room.boxes[at] for at in seen if after[at]]
            if zoom < FAR:
                painter.drawRects([rect(box) for box in late])
            else:
                for box in late:
                    self._veil_box(painter, box)
                after_wires = room.wires_after(cursor)
                for n in room.wires_in(here):
                    if after_wires[n]:
                        self._veil_wire(painter, room, n, shade, zoom)
            painter.translate(-placed.x, -placed.y)
            # What was passed through or is all ahead has nothing of its own to dim.
            waiting += [
                placed.within(at)
                for at in seen
                if at in room.inner and not after[at] and room.boxes[at].last > cursor
            ]

    def _veil_box(self, painter: QPainter, box: Box) -> None:
        radius = box.height / 2 if box.kind in ("circle", "source", "sink") else 8.0
        grown = rect(box).adjusted(-1, -1, 1, 5 if box.kind == "closed" else 1)
        painter.drawRoundedRect(grown, radius, radius)

    def _veil_wire(self, painter: QPainter, room: Room, n: int, shade: QColor, zoom: float) -> None:
        wire = room.wires[n]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        for _, place in self.drawing.labels(wire, zoom):
            painter.drawRect(place.adjusted(-3, 0, 3, 0))
        upright = self.drawing.upright(room, n, zoom)
        if upright is not None:
            painter.drawRect(upright.adjusted(0, -3, 0, 3))
        if wire.pointed:
            arrow(painter, wire, 1.15 * self.drawing.fine(zoom))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen(shade, 3.0 * self.drawing.fine(zoom)))
        painter.drawPath(rounded(wire.drawn))

    def glow(self, painter: QPainter, spot: Spot, cursor_at: int) -> None:
        """Mark the node under the cursor, which is at an event, and the wires that feed it."""
        placed = spot.placed
        box = placed.room.boxes[spot.at]
        where = rect(box)
        cursor, zoom = self.theme.color("cursor"), painter.transform().m11()
        fine = max(self.drawing.fine(zoom), 0.8 / zoom)  # from far it is two pixels wide
        radius = box.height / 2 if box.kind == "circle" else 7.0
        painter.translate(placed.x, placed.y)
        feeding = [placed.room.wires[n] for n in self._feeding(spot)]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen(cursor, 2.0 * fine))
        for wire in feeding:
            painter.drawPath(rounded(wire.points[-3:]))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(cursor)
        for wire in feeding:
            arrow(painter, wire, 1.3 * fine)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for width, alpha in ((14.0, 0.07), (9.0, 0.12), (5.0, 0.2)):
            painter.setPen(pen(self.theme.color("cursor", alpha), width * fine))
            painter.drawRoundedRect(where, radius, radius)
        if not self.tint:  # there the ground of a node has a meaning
            painter.setBrush(self.theme.color("cursor", 0.16))
        painter.setPen(pen(cursor, 2.4 * fine))
        painter.drawRoundedRect(where, radius, radius)
        if box.count > 1:
            self.drawing.progress(painter, box, cursor_at)
        painter.translate(-placed.x, -placed.y)

    def _feeding(self, spot: Spot) -> list[int]:
        """The wires that end at a node."""
        room, box = spot.placed.room, spot.placed.room.boxes[spot.at]
        return [
            n
            for n in room.wires_in(_region(rect(box)))
            if room.wires[n].arrow
            and room.wires[n].reader == box.first
            and _ends_at(room.wires[n], box)
        ]

    def hover(self, painter: QPainter, box: Box) -> None:
        """Mark the node under the mouse."""
        radius = box.height / 2 if box.kind == "circle" else 8.0
        painter.setBrush(self.theme.color("text", 0.05))
        painter.setPen(pen(self.theme.color("text", 0.55), 1.4))
        where = rect(box)
        if box.kind == "open":
            where.setHeight(HEADER)
        painter.drawRoundedRect(where.adjusted(-2, -2, 2, 2), radius, radius)

    # ------------------------------------------------------------------ text


def _region(where: QRectF) -> Region:
    return Region(where.left() - 10, where.top() - 10, where.right() + 10, where.bottom() + 10)


def _at(box: Box, placed: Placed) -> QRectF:
    """Where a box of a room is, from the corner of all."""
    return QRectF(placed.x + box.x, placed.y + box.y, box.width, box.height)


def _ends_at(wire: Wire, box: Box) -> bool:
    x, y = wire.points[-1]
    return (
        box.x - 1 <= x <= box.x + box.width + 1 and box.y - 1 <= y <= box.y + box.height + 1
    )  # fmt: skip
