"""The map with a cone lit: what is in it keeps its colours, its wires are strong, the rest dim."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from explorer.core.flow import Cone
from explorer.gui.map.drawing import FAR, arrow, pen, rect, rounded
from explorer.gui.map.painting import SMALL, Painting
from explorer.picture.cones import Lit, lit
from explorer.picture.inside import RAN
from explorer.picture.scene import Box, Placed, Region, Spot, Wire

_DIM = 0.72  # how much of what is not lit goes


class ConePainting(Painting):
    """A painting of the same scene. Like that it is kept in tiles, so a frame costs no more."""

    def __init__(self, plain: Painting, cone: Cone) -> None:
        super().__init__(plain.scene, plain.drawing, plain.recording)
        self.cone = cone
        self._known: dict[int, Lit] = {}  # by the identity of the room, which the scene keeps

    def paint(self, painter: QPainter, region: QRectF, zoom: float, dotted: bool = True) -> None:
        """Paint what lies in ``region``, then dim and light it, from the outside in."""
        super().paint(painter, region, zoom, dotted)
        self._light(painter, region, zoom)

    def outline(self, painter: QPainter) -> None:
        """The whole scene from far away, dimmed and lit like that."""
        super().outline(painter)
        whole = QRectF(0.0, 0.0, self.scene.width, self.scene.height)
        self._light(painter, whole, painter.transform().m11())

    def _light(self, painter: QPainter, region: QRectF, zoom: float) -> None:
        """Dim and light a region that is painted."""
        far = zoom < FAR
        least = SMALL / zoom if far else 0.0
        grown = region.adjusted(-10, -10, 10, 10)  # lines have a width
        whole = Region(grown.left(), grown.top(), grown.right(), grown.bottom())
        waiting = [self.scene.whole]
        while waiting:
            placed = waiting.pop()
            here = whole.moved(placed.x, placed.y)
            painter.translate(placed.x, placed.y)
            waiting += self._room(painter, placed, here, least, zoom)
            painter.translate(-placed.x, -placed.y)

    def _room(
        self, painter: QPainter, placed: Placed, here: Region, least: float, zoom: float
    ) -> list[Placed]:
        """Dim and light one room; the rooms in it that have both."""
        room, found = placed.room, self._lit(placed)
        seen, wires = room.boxes_in(here), room.wires_in(here)
        shade = self.drawing.shade(placed.depth)
        shade.setAlphaF(_DIM)
        dark = [room.boxes[at] for at in seen if not found.boxes[at]]
        bright = [room.wires[n] for n in wires if found.wires[n]]
        if zoom < FAR:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(shade)
            painter.drawRects([rect(box) for box in dark])
            dull = [room.wires[n] for n in wires if not found.wires[n]]
            _lines(painter, dull, shade, zoom)
            _lines(painter, bright, self._color, zoom)
        else:
            for n in wires:
                if not found.wires[n]:
                    self._veil_wire(painter, room, n, shade, zoom)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(shade)
            for box in dark:
                self._veil_box(painter, box)
            self._strong(painter, bright)
        inner = [at for at in seen if at in room.inner and found.boxes[at]]
        self._ends(painter, [room.boxes[at] for at in seen if at not in inner])
        return [
            placed.within(at)
            for at in inner
            if min(room.boxes[at].width, room.boxes[at].height) >= least
        ]

    def _feeding(self, spot: Spot) -> list[int]:
        """Those that are lit: the others are not what it is about."""
        found = self._lit(spot.placed)
        return [n for n in super()._feeding(spot) if found.wires[n]]

    def _lit(self, placed: Placed) -> Lit:
        room = id(placed.room)
        if room not in self._known:
            self._known[room] = lit(placed.room, self.cone)
        return self._known[room]

    def _strong(self, painter: QPainter, wires: list[Wire]) -> None:
        solid, dashed = pen(self._color, 2.6), pen(self._color, 2.6)
        dashed.setDashPattern([3.0, 2.0])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for wire in wires:
            painter.setPen(dashed if wire.residual else solid)
            painter.drawPath(rounded(wire.points))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._color)
        for wire in wires:
            if wire.arrow:
                arrow(painter, wire, 1.25)

    def _ends(self, painter: QPainter, boxes: list[Box]) -> None:
        """A line around the nodes that it is asked of."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen(self._color, 2.4))
        for box in boxes:
            ends = (self.cone.node, self.cone.start)
            if box.item.kind in RAN and (box.first, box.last) in ends:
                radius = box.height / 2 if box.kind == "circle" else 7.0
                painter.drawRoundedRect(rect(box), radius, radius)

    @property
    def _color(self) -> QColor:
        return self.theme.color("accent")


def _lines(painter: QPainter, wires: list[Wire], color: QColor, zoom: float) -> None:
    """Wires from far away, all at once."""
    painter.setPen(pen(color, 1.6, cosmetic=True))
    painter.drawLines(
        [
            QLineF(ax, ay, bx, by)
            for wire in wires
            for (ax, ay), (bx, by) in pairwise(wire.points)
            if (abs(ax - bx) + abs(ay - by)) * zoom > 1.0
        ]
    )
