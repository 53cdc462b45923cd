"""Paints a `Scene` into a painter: whole tiles of the map, and the light overlay of a step.

Everything is in units of the scene; the painter's transform does the zoom. Only text is painted
in device pixels, so that it is hinted, and only where it is large enough to be read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from PySide6.QtCore import QLineF, QPoint, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QTransform,
)

from explorer.core.ops import GLYPHS
from explorer.gui.theme import Theme, font
from explorer.picture.caption import HEADER
from explorer.picture.numbers import count_text
from explorer.picture.scene import WRITTEN, Box, Placed, Region, Scene, Spot, Wire

READABLE = 6.6  # pixels; smaller text is not painted
_DOTS = 24.0
_FAR = 0.3  # below this zoom: plain rectangles and lines in batches
_SMALL = 6.0  # pixels: what is inside of a smaller box is not to be made out
_ROUND = 7.0
_Align = Qt.AlignmentFlag


@dataclass(frozen=True)
class Words:
    """What the scene leaves to the user's language; ``parameters`` has a place for ``{count}``."""

    output: str
    residual: str
    parameters: str


class Painting:
    """A scene ready to be painted again and again."""

    def __init__(self, scene: Scene, theme: Theme, words: Words) -> None:
        self.scene = scene
        self.theme = theme
        self._words = words
        self._fonts: dict[tuple[int, int], tuple[QFont, QFontMetricsF]] = {}
        self._dot: QPixmap | None = None

    # ------------------------------------------------------------------ the map

    def paint(self, painter: QPainter, region: QRectF, zoom: float) -> None:
        """Paint what lies in ``region``; the painter is scaled by ``zoom`` already."""
        far = zoom < _FAR
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not far)
        self._dots(painter, region, zoom)
        if far:
            self._far(painter, region, zoom)
            return
        for placed, here in self._near(painter, region):
            room = placed.room
            boxes = [room.boxes[at] for at in room.boxes_in(here)]
            for box in boxes:
                if box.kind == "open":
                    self._open_box(painter, box, placed.depth, zoom)
            self._wires(painter, [room.wires[n] for n in room.wires_in(here)], zoom)
            for box in boxes:
                if box.kind != "open":
                    self._node(painter, box, zoom)

    def nodes_in(self, region: QRectF) -> bool:
        """Whether there is a node, not only the ground of an open box, in a region."""
        whole = _region(region)
        return any(
            placed.room.boxes[at].kind != "open"
            for placed in self.scene.rooms_in(whole)
            for at in placed.room.boxes_in(whole.moved(placed.x, placed.y))
        )

    def _near(self, painter: QPainter, region: QRectF) -> Iterator[tuple[Placed, Region]]:
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
        grounds, nodes = [], dict[str, list[QRectF]]()
        for placed in self.scene.rooms_in(whole, 4 * least):
            drawn = -math.inf  # of those that lie within one pixel, one is enough
            for at, box in enumerate(placed.room.boxes):
                where = _at(box, placed)
                if at in placed.room.inner and min(box.width, box.height) >= 4 * least:
                    grounds.append(where)
                elif box.y >= drawn + least / 2 or box.width > 4 * least:
                    drawn = box.y
                    where.setHeight(max(where.height() * 0.8, least))
                    nodes.setdefault(box.family, []).append(where)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(_pen(self.theme.color("dim", 0.35), 1.0, cosmetic=True))
        painter.drawRects(grounds)
        self._fill(painter, nodes)

    def _fill(self, painter: QPainter, rects: dict[str, list[QRectF]]) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        for family, some in rects.items():
            painter.setBrush(self.theme.color(family, 0.85))
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
        whole, least = _region(region), _SMALL / zoom
        lines: list[QLineF] = []
        nodes: dict[str, list[QRectF]] = {}
        for placed in self.scene.rooms_in(whole, least):
            room, here = placed.room, whole.moved(placed.x, placed.y)
            for at in room.boxes_in(here):
                box = room.boxes[at]
                if at in room.inner and min(box.width, box.height) >= least:
                    painter.translate(placed.x, placed.y)
                    self._open_box(painter, box, placed.depth, zoom)
                    painter.translate(-placed.x, -placed.y)
                else:
                    nodes.setdefault(box.family, []).append(_at(box, placed))
            x, y = placed.x, placed.y
            for n in room.wires_in(here):
                lines += [
                    QLineF(x + ax, y + ay, x + bx, y + by)
                    for (ax, ay), (bx, by) in pairwise(room.wires[n].points)
                    if (abs(ax - bx) + abs(ay - by)) * zoom > 2.0
                ]
        painter.setPen(_pen(self.theme.color("dim", 0.5), 1.0, cosmetic=True))
        painter.drawLines(lines)
        self._fill(painter, nodes)

    def _open_box(self, painter: QPainter, box: Box, depth: int, zoom: float) -> None:
        theme = self.theme
        where = rect(box)
        painter.setBrush(self._ground(depth + 1))
        painter.setPen(_pen(theme.color(box.family, 0.55), 1.2))
        painter.drawRoundedRect(where, 10, 10)
        near = 11 * zoom >= READABLE
        if not near and where.height() * zoom < 60:
            return
        header = QRectF(where.left() + 12, where.top() + 5, where.width() - 24, HEADER - 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("dim"))
        _triangle(painter, QPointF(header.left() + 4, header.center().y()), down=True)
        header.setLeft(header.left() + 15)
        left = _Align.AlignLeft | _Align.AlignVCenter
        size = 12.5 if near else min(20.0, 9.0 / zoom)
        used = self._text(painter, header, box.title, size, theme.color("text"), 600, left)
        header.setLeft(header.left() + used)
        if near:
            self._text(painter, header, box.subtitle, 11.5, theme.color("dim"), 400, left)

    def _ground(self, depth: int) -> QColor:
        """The colour inside so many open boxes: a little lighter with each."""
        low, high = self.theme.color("background"), self.theme.color("raised")
        share = 1.0 - (0.66 if self.theme.name == "dark" else 0.45) ** depth
        return QColor(
            round(low.red() + (high.red() - low.red()) * share),
            round(low.green() + (high.green() - low.green()) * share),
            round(low.blue() + (high.blue() - low.blue()) * share),
        )

    def _shade(self, depth: int) -> QColor:
        """What dims things in so many open boxes: the colour of their ground, sheer."""
        shade = self._ground(depth)
        shade.setAlphaF(0.5)
        return shade

    def _node(self, painter: QPainter, box: Box, zoom: float) -> None:
        theme = self.theme
        where = rect(box)
        color = theme.color(box.family)
        centre = _Align.AlignCenter
        if box.kind == "circle":
            painter.setBrush(theme.color("panel"))
            painter.setPen(_pen(theme.color("text", 0.8), 1.3))
            painter.drawEllipse(where)
            self._text(painter, where, box.title, 15, theme.color("text"), 600, centre)
            return
        if box.kind in ("source", "sink"):
            painter.setBrush(theme.color("panel"))
            painter.setPen(_pen(theme.color("dim", 0.7), 1.2))
            painter.drawRoundedRect(where, where.height() / 2, where.height() / 2)
            title = self._words.output + box.title if box.kind == "sink" else box.title
            self._two_lines(painter, where, title, box.subtitle)
            return
        if box.kind == "slim":
            painter.setBrush(theme.color("panel"))
            painter.setPen(_pen(theme.color(box.family, 0.45), 1.1))
            painter.drawRoundedRect(where, 6, 6)
            glyph = QRectF(where.left() + 4, where.top(), 22, where.height())
            self._text(painter, glyph, GLYPHS[box.family], 11, theme.color("dim"), 400, centre)
            near = 11 * zoom >= READABLE
            text = where.adjusted(22, 0, -8, 0) if near else where.adjusted(3, 0, -3, 0)
            size = 12.0 if near else min(15.0, 9.0 / zoom)
            self._text(painter, text, box.title, size, theme.color("text", 0.9), 400, centre)
            return
        if box.kind == "closed":  # something lies behind it
            painter.setBrush(theme.color("panel"))
            painter.setPen(_pen(theme.color(box.family, 0.4), 1.1))
            painter.drawRoundedRect(where.adjusted(5, 4, -5, 4), 7, 7)
        shape = QPainterPath()
        shape.addRoundedRect(where, 7, 7)
        painter.fillPath(shape, theme.color("raised"))
        bar = QPainterPath()
        bar.addRect(QRectF(where.left(), where.top(), 5, where.height()))
        painter.fillPath(shape & bar, color)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(_pen(color, 1.4))
        painter.drawPath(shape)
        glyph = QRectF(where.left() + 7, where.top(), 20, where.height())
        self._text(painter, glyph, GLYPHS[box.family], 13, color, 400, centre)
        right = -8.0
        if box.kind == "closed":
            right = -22.0
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("dim"))
            _triangle(painter, QPointF(where.right() - 13, where.center().y()), down=False)
        subtitle = box.subtitle
        if box.parameters:
            count = self._words.parameters.format(count=count_text(box.parameters))
            subtitle = f"{subtitle} · {count}" if subtitle else count
        self._two_lines(painter, where.adjusted(26, 0, right, 0), box.title, subtitle)

    def _two_lines(self, painter: QPainter, where: QRectF, title: str, subtitle: str) -> None:
        theme, middle = self.theme, where.center().y()
        zoom = painter.transform().m11()
        if 11 * zoom < READABLE:  # the title alone, as large as the node allows
            pixels = min(22.0, 9.0 / zoom)
            self._text(painter, where, title, pixels, theme.color("text"), 600, _Align.AlignCenter)
            return
        lines = QRectF(where.left(), middle - (17 if subtitle else 9), where.width(), 18)
        self._text(painter, lines, title, 13, theme.color("text"), 600, _Align.AlignCenter)
        lines = QRectF(where.left(), middle + 1, where.width(), 15)
        self._text(painter, lines, subtitle, 11, theme.color("dim"), 400, _Align.AlignCenter)

    def _wires(self, painter: QPainter, wires: list[Wire], zoom: float) -> None:
        color = self.theme.color("dim", 0.8)
        solid, dashed = _pen(color, 1.4), _pen(color, 1.4)
        dashed.setDashPattern([4.0, 3.0])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for wire in sorted(wires, key=lambda wire: not wire.residual):
            painter.setPen(dashed if wire.residual else solid)
            painter.drawPath(_rounded(wire.points))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("dim"))
        for wire in wires:
            if wire.arrow:
                _arrow(painter, wire)
        if 10.5 * zoom < READABLE:
            return
        for wire in wires:
            self._label(painter, wire, zoom)

    def _label(self, painter: QPainter, wire: Wire, zoom: float) -> None:
        dim = self.theme.color("dim")
        left = _Align.AlignLeft | _Align.AlignVCenter
        for text, place in self._labels(wire, zoom):
            self._text(painter, place, text, 10.5, dim, 400, left)

    def _labels(self, wire: Wire, zoom: float) -> list[tuple[str, QRectF]]:
        """What is written along a wire, and where: in full if there is room, else in short."""
        _, metrics = self._font(10.5 * zoom, 400)
        found = []
        if wire.residual:
            width = metrics.horizontalAdvance(self._words.residual) / zoom
            (ax, _), (bx, by) = wire.points[-2:]
            if ax - bx > width + 30:
                found.append((self._words.residual, QRectF(ax - 12 - width, by - 16, width, 14)))
        if wire.label is not None:
            x, y, room = wire.label
            for text in (wire.full, wire.short):
                width = metrics.horizontalAdvance(text) / zoom
                if width <= room:
                    found.append((text, QRectF(x, y, width, 14)))
                    break
        return found

    @cached_property
    def width(self) -> float:
        """Of all that is drawn: what is written along a wire may reach beyond the boxes."""
        outermost = self.scene.width - WRITTEN
        ends = (
            place.right()
            for wire in self.scene.root.wires
            if wire.label is not None and wire.label[0] > outermost
            for _, place in self._labels(wire, 1.0)
        )
        return max(self.scene.width, *ends, 0.0)

    # ------------------------------------------------------------------ the overlay

    def veil(self, painter: QPainter, region: QRectF, cursor: int) -> None:
        """Dim what the cursor has not reached."""
        zoom = painter.transform().m11()
        whole = _region(region)
        waiting = [self.scene.whole]
        while waiting:
            placed = waiting.pop()
            room, here = placed.room, whole.moved(placed.x, placed.y)
            shade = self._shade(placed.depth)
            painter.translate(placed.x, placed.y)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(shade)
            after = room.boxes_after(cursor)
            seen = room.boxes_in(here)
            late = [room.boxes[at] for at in seen if after[at]]
            if zoom < _FAR:
                painter.drawRects([rect(box) for box in late])
            else:
                for box in late:
                    radius = box.height / 2 if box.kind in ("circle", "source", "sink") else 8.0
                    grown = rect(box).adjusted(-1, -1, 1, 5 if box.kind == "closed" else 1)
                    painter.drawRoundedRect(grown, radius, radius)
                after_wires = room.wires_after(cursor)
                for n in room.wires_in(here):
                    if after_wires[n]:
                        self._veil_wire(painter, room.wires[n], shade, zoom)
            painter.translate(-placed.x, -placed.y)
            # What was passed through or is all ahead has nothing of its own to dim.
            waiting += [
                placed.within(at)
                for at in seen
                if at in room.inner and not after[at] and room.boxes[at].last > cursor
            ]

    def _veil_wire(self, painter: QPainter, wire: Wire, shade: QColor, zoom: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        for _, place in self._labels(wire, zoom):
            painter.drawRect(place.adjusted(-3, 0, 3, 0))
        if wire.arrow:
            _arrow(painter, wire, 1.15)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(_pen(shade, 3.0))
        painter.drawPath(_rounded(wire.points))

    def glow(self, painter: QPainter, spot: Spot) -> None:
        """Mark the node under the cursor, and the wires that feed it."""
        placed = spot.placed
        box = placed.room.boxes[spot.at]
        where = rect(box)
        cursor = self.theme.color("cursor")
        radius = box.height / 2 if box.kind == "circle" else 7.0
        painter.translate(placed.x, placed.y)
        feeding = [
            placed.room.wires[n]
            for n in placed.room.wires_in(_region(where))
            if placed.room.wires[n].arrow
            and placed.room.wires[n].reader == box.first
            and _ends_at(placed.room.wires[n], box)
        ]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(_pen(cursor, 2.0))
        for wire in feeding:
            painter.drawPath(_rounded(wire.points[-3:]))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(cursor)
        for wire in feeding:
            _arrow(painter, wire, 1.3)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for width, alpha in ((14.0, 0.07), (9.0, 0.12), (5.0, 0.2)):
            painter.setPen(_pen(self.theme.color("cursor", alpha), width))
            painter.drawRoundedRect(where, radius, radius)
        painter.setBrush(self.theme.color("cursor", 0.16))
        painter.setPen(_pen(cursor, 2.4))
        painter.drawRoundedRect(where, radius, radius)
        painter.translate(-placed.x, -placed.y)

    def hover(self, painter: QPainter, box: Box) -> None:
        """Mark the node under the mouse."""
        radius = box.height / 2 if box.kind == "circle" else 8.0
        painter.setBrush(self.theme.color("text", 0.05))
        painter.setPen(_pen(self.theme.color("text", 0.55), 1.4))
        where = rect(box)
        if box.kind == "open":
            where.setHeight(HEADER)
        painter.drawRoundedRect(where.adjusted(-2, -2, 2, 2), radius, radius)

    # ------------------------------------------------------------------ text

    def _font(self, pixels: float, weight: int) -> tuple[QFont, QFontMetricsF]:
        key = (max(1, round(pixels)), weight)
        if key not in self._fonts:
            made = font(weight=weight)
            made.setPixelSize(key[0])
            self._fonts[key] = (made, QFontMetricsF(made))
        return self._fonts[key]

    def _text(
        self, painter: QPainter, where: QRectF, text: str, pixels: float, color: QColor,
        weight: int, align: Qt.AlignmentFlag,
    ) -> float:  # fmt: skip
        """Write one line, shortened if it must be; returns the width it takes in scene units."""
        transform = painter.transform()
        zoom = transform.m11()
        if not text or pixels * zoom < READABLE:
            return 0.0
        made, metrics = self._font(pixels * zoom, weight)
        device = transform.mapRect(where)
        painter.save()
        painter.setTransform(QTransform())
        painter.setFont(made)
        painter.setPen(color)
        # A pixel of tolerance: font sizes are whole, so text may be slightly wider than planned.
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, device.width() + 2.0)
        painter.drawText(device.adjusted(-2, -4, 2, 4), align | Qt.TextFlag.TextSingleLine, shown)
        painter.restore()
        return metrics.horizontalAdvance(shown) / zoom


def rect(box: Box) -> QRectF:
    """A box's rectangle."""
    return QRectF(box.x, box.y, box.width, box.height)


def _pen(color: QColor, width: float, cosmetic: bool = False) -> QPen:
    pen = QPen(color, width)
    pen.setCosmetic(cosmetic)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def _region(where: QRectF) -> Region:
    return Region(where.left() - 10, where.top() - 10, where.right() + 10, where.bottom() + 10)


def _at(box: Box, placed: Placed) -> QRectF:
    """Where a box of a room is, from the corner of all."""
    return QRectF(placed.x + box.x, placed.y + box.y, box.width, box.height)


def _rounded(points: tuple[tuple[float, float], ...]) -> QPainterPath:
    path = QPainterPath(QPointF(*points[0]))
    for (ax, ay), (bx, by), (cx, cy) in zip(points, points[1:], points[2:], strict=False):
        before, after = math.hypot(bx - ax, by - ay), math.hypot(cx - bx, cy - by)
        bend = min(_ROUND, before / 2, after / 2)
        if bend < 0.5:
            path.lineTo(bx, by)
            continue
        path.lineTo(bx + (ax - bx) * bend / before, by + (ay - by) * bend / before)
        path.quadTo(bx, by, bx + (cx - bx) * bend / after, by + (cy - by) * bend / after)
    path.lineTo(*points[-1])
    return path


def _arrow(painter: QPainter, wire: Wire, size: float = 1.0) -> None:
    (ax, ay), (bx, by) = wire.points[-2:]
    length = math.hypot(bx - ax, by - ay) or 1.0
    ux, uy = (bx - ax) / length, (by - ay) / length
    back, wide = 8.0 * size, 4.0 * size
    painter.drawPolygon(
        [
            QPointF(bx, by),
            QPointF(bx - ux * back - uy * wide, by - uy * back + ux * wide),
            QPointF(bx - ux * back + uy * wide, by - uy * back - ux * wide),
        ]
    )


def _triangle(painter: QPainter, at: QPointF, down: bool) -> None:
    x, y = at.x(), at.y()
    if down:
        painter.drawPolygon(
            [QPointF(x - 4.5, y - 2.5), QPointF(x + 4.5, y - 2.5), QPointF(x, y + 3.5)]
        )
    else:
        painter.drawPolygon(
            [QPointF(x - 2.5, y - 4.5), QPointF(x - 2.5, y + 4.5), QPointF(x + 3.5, y)]
        )


def _ends_at(wire: Wire, box: Box) -> bool:
    x, y = wire.points[-1]
    return (
        box.x - 1 <= x <= box.x + box.width + 1 and box.y - 1 <= y <= box.y + box.height + 1
    )  # fmt: skip
