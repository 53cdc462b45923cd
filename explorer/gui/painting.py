"""Paints a `Scene` into a painter: whole tiles of the map, and the light overlay of a step.

Everything is in units of the scene; the painter's transform does the zoom. Only text is painted
in device pixels, so that it is hinted, and only where it is large enough to be read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
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
from explorer.picture.scene import Box, Scene, Wire

READABLE = 6.6  # pixels; smaller text is not painted
_DOTS = 24.0
_FAR = 0.3  # below this zoom: plain rectangles and lines in batches
_ROUND = 7.0
_WRITTEN = 220.0  # the widest that stands beside a wire
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
        boxes, wires = scene.boxes, scene.wires
        self._rects = np.array(
            [(b.x, b.y, b.x + b.width, b.y + b.height) for b in boxes], dtype=float
        ).reshape(-1, 4)
        self._first = np.array([b.first for b in boxes], dtype=np.int64)
        self._last = np.array([b.last for b in boxes], dtype=np.int64)
        passive = ("open", "source", "sink")
        self._steps = np.array([b.kind not in passive for b in boxes], dtype=bool)
        self._parent = np.array([b.parent for b in boxes], dtype=np.int64)
        self._reader = np.array([w.reader for w in wires], dtype=np.int64)
        self._wire_parent = np.array([w.parent for w in wires], dtype=np.int64)
        self._bounds = np.array([_bounds(w) for w in wires], dtype=float).reshape(-1, 4)
        self._paths: dict[int, QPainterPath] = {}
        self._dot: QPixmap | None = None

    # ------------------------------------------------------------------ finding

    def node_of(self, event: int) -> int:
        """The node that an event is, or is hidden in; -1 if none."""
        at = np.flatnonzero((self._first <= event) & (self._last >= event) & self._steps)
        return int(at[-1]) if len(at) else -1

    def box_at(self, point: QPointF) -> int:
        """The innermost box at a point, of an open one only its title; -1 if none."""
        r = self._rects
        inside = (
            (r[:, 0] <= point.x()) & (point.x() <= r[:, 2])
            & (r[:, 1] <= point.y()) & (point.y() <= r[:, 3])
        )  # fmt: skip
        found = np.flatnonzero(inside)
        if not len(found):
            return -1
        index = max((int(i) for i in found), key=lambda i: self.scene.boxes[i].depth)
        box = self.scene.boxes[index]
        return -1 if box.kind == "open" and point.y() > box.y + HEADER else index

    def nodes_in(self, region: QRectF) -> bool:
        """Whether there is a node, not only the ground of an open box, in a region."""
        return any(self.scene.boxes[i].kind != "open" for i in _inside(self._rects, region))

    # ------------------------------------------------------------------ the map

    def paint(self, painter: QPainter, region: QRectF, zoom: float) -> None:
        """Paint what lies in ``region``; the painter is scaled by ``zoom`` already."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, zoom >= _FAR)
        boxes = [self.scene.boxes[i] for i in _inside(self._rects, region)]
        wires = _inside(self._bounds, region)
        self._dots(painter, region, zoom)
        for box in boxes:
            if box.kind == "open":
                self._open_box(painter, box, zoom)
        if zoom < _FAR:
            self._far(painter, boxes, wires, zoom)
            return
        self._wires(painter, wires, zoom)
        for box in boxes:
            if box.kind != "open":
                self._node(painter, box, zoom)

    def outline(self, painter: QPainter) -> None:
        """Paint the whole scene as it is seen from far away: for the overview."""
        zoom = painter.transform().m11()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(_pen(self.theme.color("dim", 0.35), 1.0, cosmetic=True))
        painter.drawRects([rect(box) for box in self.scene.boxes if box.kind == "open"])
        painter.setPen(Qt.PenStyle.NoPen)
        least = 1.2 / zoom  # a node never vanishes
        for box in self.scene.boxes:
            if box.kind != "open":
                painter.setBrush(self.theme.color(box.family, 0.85))
                painter.drawRect(QRectF(box.x, box.y, box.width, max(box.height * 0.8, least)))

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

    def _far(self, painter: QPainter, boxes: list[Box], wires: list[int], zoom: float) -> None:
        painter.setPen(_pen(self.theme.color("dim", 0.5), 1.0, cosmetic=True))
        lines = []
        for i in wires:
            points = self.scene.wires[i].points
            lines += [
                QLineF(*a, *b)
                for a, b in pairwise(points)
                if (abs(a[0] - b[0]) + abs(a[1] - b[1])) * zoom > 2.0
            ]
        painter.drawLines(lines)
        by_family: dict[str, list[QRectF]] = {}
        for box in boxes:
            if box.kind != "open":
                by_family.setdefault(box.family, []).append(rect(box))
        painter.setPen(Qt.PenStyle.NoPen)
        for family, rects in by_family.items():
            painter.setBrush(self.theme.color(family, 0.85))
            painter.drawRects(rects)

    def _open_box(self, painter: QPainter, box: Box, zoom: float) -> None:
        theme = self.theme
        where = rect(box)
        painter.setBrush(self._ground(box.depth + 1))
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

    def _shade(self, parent: int) -> QColor:
        """What dims things that stand in an open box: the colour of their ground, sheer."""
        shade = self._ground(self.scene.boxes[parent].depth + 1 if parent >= 0 else 0)
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

    def _wires(self, painter: QPainter, wires: list[int], zoom: float) -> None:
        color = self.theme.color("dim", 0.8)
        solid, dashed = _pen(color, 1.4), _pen(color, 1.4)
        dashed.setDashPattern([4.0, 3.0])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for i in sorted(wires, key=lambda i: not self.scene.wires[i].residual):
            painter.setPen(dashed if self.scene.wires[i].residual else solid)
            painter.drawPath(self.path(i))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("dim"))
        for i in wires:
            if self.scene.wires[i].arrow:
                _arrow(painter, self.scene.wires[i])
        if 10.5 * zoom < READABLE:
            return
        for i in wires:
            self._label(painter, self.scene.wires[i], zoom)

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
        outermost = self.scene.width - _WRITTEN
        ends = (
            place.right()
            for wire in self.scene.wires
            if wire.label is not None and wire.label[0] > outermost
            for _, place in self._labels(wire, 1.0)
        )
        return max(self.scene.width, *ends, 0.0)

    # ------------------------------------------------------------------ the overlay

    def veil(self, painter: QPainter, region: QRectF, cursor: int) -> None:
        """Dim what the cursor has not reached."""
        ahead = self._first > cursor
        inner = self._parent >= 0
        covered = np.zeros(len(ahead), dtype=bool)
        covered[inner] = ahead[self._parent[inner]]
        painter.setPen(Qt.PenStyle.NoPen)
        visible = set(_inside(self._rects, region))
        for k in np.flatnonzero(ahead & ~covered):
            if int(k) in visible:
                box = self.scene.boxes[k]
                radius = box.height / 2 if box.kind in ("circle", "source", "sink") else 8.0
                painter.setBrush(self._shade(box.parent))
                grown = rect(box).adjusted(-1, -1, 1, 5 if box.kind == "closed" else 1)
                painter.drawRoundedRect(grown, radius, radius)
        late = self._reader > cursor
        inner = self._wire_parent >= 0
        late[inner] &= ~ahead[self._wire_parent[inner]]
        visible = set(_inside(self._bounds, region))
        shown = [int(i) for i in np.flatnonzero(late) if int(i) in visible]
        zoom = painter.transform().m11()
        for i in shown:
            wire = self.scene.wires[i]
            shade = self._shade(wire.parent)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(shade)
            for _, place in self._labels(wire, zoom):
                painter.drawRect(place.adjusted(-3, 0, 3, 0))
            if wire.arrow:
                _arrow(painter, wire, 1.15)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(_pen(shade, 3.0))
            painter.drawPath(self.path(i))

    def glow(self, painter: QPainter, index: int) -> None:
        """Mark the node under the cursor, and the wires that feed it."""
        box = self.scene.boxes[index]
        where = rect(box)
        cursor = self.theme.color("cursor")
        radius = box.height / 2 if box.kind == "circle" else 7.0
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(_pen(cursor, 2.0))
        for i, wire in enumerate(self.scene.wires):
            if wire.arrow and wire.reader == box.first and _ends_at(wire, box):
                painter.drawPath(self._last_leg(i))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(cursor)
        for wire in self.scene.wires:
            if wire.arrow and wire.reader == box.first and _ends_at(wire, box):
                _arrow(painter, wire, 1.3)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for width, alpha in ((14.0, 0.07), (9.0, 0.12), (5.0, 0.2)):
            painter.setPen(_pen(self.theme.color("cursor", alpha), width))
            painter.drawRoundedRect(where, radius, radius)
        painter.setBrush(self.theme.color("cursor", 0.16))
        painter.setPen(_pen(cursor, 2.4))
        painter.drawRoundedRect(where, radius, radius)

    def hover(self, painter: QPainter, index: int) -> None:
        """Mark the node under the mouse."""
        box = self.scene.boxes[index]
        radius = box.height / 2 if box.kind == "circle" else 8.0
        painter.setBrush(self.theme.color("text", 0.05))
        painter.setPen(_pen(self.theme.color("text", 0.55), 1.4))
        where = rect(box)
        if box.kind == "open":
            where.setHeight(HEADER)
        painter.drawRoundedRect(where.adjusted(-2, -2, 2, 2), radius, radius)

    def path(self, index: int) -> QPainterPath:
        """A wire with rounded corners."""
        if index not in self._paths:
            self._paths[index] = _rounded(self.scene.wires[index].points)
        return self._paths[index]

    def _last_leg(self, index: int) -> QPainterPath:
        return _rounded(self.scene.wires[index].points[-3:])

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


def _inside(bounds: np.ndarray, region: QRectF) -> list[int]:
    """Indices of the rectangles (N, 4) that touch a region."""
    touching = (
        (bounds[:, 0] <= region.right() + 10)
        & (bounds[:, 2] >= region.left() - 10)
        & (bounds[:, 1] <= region.bottom() + 10)
        & (bounds[:, 3] >= region.top() - 10)
    )
    return [int(i) for i in np.flatnonzero(touching)]


def _bounds(wire: Wire) -> tuple[float, float, float, float]:
    """Of the wire and its label."""
    xs, ys = zip(*wire.points, strict=True)
    right = max(xs)
    if wire.label is not None:
        right = max(right, wire.label[0] + min(wire.label[2], _WRITTEN))
    margin = 40.0 if wire.residual else 0.0  # its label
    return min(xs) - margin, min(ys), right + margin, max(ys)


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
