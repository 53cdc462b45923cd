"""How nodes, open boxes and wires look: drawn one by one, in units of the scene.

The painter's transform does the zoom. Only text is painted in device pixels, so that it is hinted,
and only where it is large enough to be read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QTransform

from explorer.core.ops import GLYPHS
from explorer.gui.theme import Theme, font
from explorer.gui.tint import Paint, Tint
from explorer.picture.caption import HEADER, STACK, mark_width
from explorer.picture.numbers import count_text
from explorer.picture.scene import Box, Wire

READABLE = 6.6  # pixels; smaller text is not painted
_ROUND = 7.0
_Align = Qt.AlignmentFlag


@dataclass(frozen=True)
class Words:
    """What the scene leaves to the user's language; ``parameters`` has a place for ``{count}``."""

    output: str
    residual: str
    parameters: str


class Drawing:
    """The look of things in a theme, with the words of a language, and nodes in the colours of a
    quantity if there is a ``tint``."""

    def __init__(self, theme: Theme, words: Words, tint: Tint | None = None) -> None:
        self.theme = theme
        self._words = words
        self._tint = tint
        self._fonts: dict[tuple[int, int], tuple[QFont, QFontMetricsF]] = {}

    def open_box(self, painter: QPainter, box: Box, depth: int, zoom: float) -> None:
        """The ground of an open box that lies in ``depth`` others, and its title."""
        theme = self.theme
        where = rect(box)
        painter.setBrush(self.ground(depth + 1))
        painter.setPen(pen(theme.color("dim" if self._tint else box.family, 0.55), 1.2))
        painter.drawRoundedRect(where, 10, 10)
        near = 11 * zoom >= READABLE
        size = 12.5 if near else min(20.0, 9.0 / zoom)
        if size * zoom < READABLE or (not near and where.height() * zoom < 60):
            return
        header = QRectF(where.left() + 12, where.top() + 5, where.width() - 24, HEADER - 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("dim"))
        _triangle(painter, QPointF(header.left() + 4, header.center().y()), down=True)
        header.setLeft(header.left() + 15)
        left = _Align.AlignLeft | _Align.AlignVCenter
        used = self.text(painter, header, box.title, size, theme.color("text"), 600, left)
        header.setLeft(header.left() + used)
        if near:
            self.text(painter, header, box.subtitle, 11.5, theme.color("dim"), 400, left)

    def far_key(self, box: Box) -> object:
        """Nodes of one key look alike from far away."""
        return self._tint.key(box) if self._tint else box.family

    def far_color(self, key: object) -> QColor:
        """That look."""
        return self._tint.color(key) if self._tint else self.theme.color(str(key), 0.85)

    def weight(self, wire: Wire) -> int:
        """How many times as wide as a plain one a wire is."""
        return 1 if self._tint is None else self._tint.weight(wire)

    def ground(self, depth: int) -> QColor:
        """The colour inside so many open boxes: a little lighter with each."""
        low, high = self.theme.color("background"), self.theme.color("raised")
        share = 1.0 - (0.66 if self.theme.name == "dark" else 0.45) ** depth
        return QColor(
            round(low.red() + (high.red() - low.red()) * share),
            round(low.green() + (high.green() - low.green()) * share),
            round(low.blue() + (high.blue() - low.blue()) * share),
        )

    def shade(self, depth: int) -> QColor:
        """What dims things in so many open boxes: the colour of their ground, sheer."""
        shade = self.ground(depth)
        shade.setAlphaF(0.5)
        return shade

    def node(self, painter: QPainter, box: Box, zoom: float) -> None:
        """An op, a closed module, an input or an output."""
        theme = self.theme
        where = rect(box)
        color = theme.color(box.family)
        centre = _Align.AlignCenter
        if box.kind in ("source", "sink"):
            painter.setBrush(theme.color("panel"))
            painter.setPen(pen(theme.color("dim", 0.7), 1.2))
            painter.drawRoundedRect(where, where.height() / 2, where.height() / 2)
            title = self._words.output + box.title if box.kind == "sink" else box.title
            self.two_lines(painter, where, title, box.subtitle)
            return
        paint = self._tint.paint(box) if self._tint else None
        ground = paint.fill if paint else theme.color("panel")
        ink = paint.ink if paint else theme.color("text")
        if box.kind == "circle":
            painter.setBrush(ground)
            painter.setPen(_edge(paint) if paint else pen(theme.color("text", 0.8), 1.3))
            painter.drawEllipse(where)
            self.text(painter, where, box.title, 15, ink, 600, centre)
            return
        if box.kind == "slim":
            painter.setBrush(ground)
            painter.setPen(_edge(paint) if paint else pen(theme.color(box.family, 0.45), 1.1))
            painter.drawRoundedRect(where, 6, 6)
            near = 11 * zoom >= READABLE
            dim = theme.color("dim")
            left = where.adjusted(5, 0, 0, 0)
            used = self._mark(painter, left, box, 11, dim, paint and paint.ink)
            text = where.adjusted(used + 2, 0, -8, 0) if near else where.adjusted(3, 0, -3, 0)
            size = 12.0 if near else min(15.0, 9.0 / zoom)
            self.text(painter, text, box.title, size, ink, 400, centre)
            return
        behind = 1  # something lies behind it
        if box.kind == "closed" and box.count > 1:
            behind = 2
            where.setHeight(where.height() - STACK)
        for n in range(behind if box.kind == "closed" else 0, 0, -1):
            painter.setBrush(theme.color("panel"))
            painter.setPen(pen(paint.fill if paint else theme.color(box.family, 0.4), 1.1))
            painter.drawRoundedRect(where.adjusted(5 * n, 4 * n, -5 * n, 4 * n), 7, 7)
        shape = QPainterPath()
        shape.addRoundedRect(where, 7, 7)
        painter.fillPath(shape, paint.fill if paint else theme.color("raised"))
        if paint is None:
            bar = QPainterPath()
            bar.addRect(QRectF(where.left(), where.top(), 5, where.height()))
            painter.fillPath(shape & bar, color)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(_edge(paint) if paint else pen(color, 1.4))
        painter.drawPath(shape)
        used = self._mark(painter, where.adjusted(8, 0, 0, 0), box, 13, color, paint and paint.ink)
        right = -8.0
        if box.kind == "closed":
            right = -22.0
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(paint.ink if paint else theme.color("dim"))
            _triangle(painter, QPointF(where.right() - 13, where.center().y()), down=False)
        subtitle = box.subtitle
        if paint is not None:
            subtitle = paint.said
        elif box.parameters:
            count = self._words.parameters.format(count=count_text(box.parameters))
            subtitle = f"{subtitle} · {count}" if subtitle else count
        place = where.adjusted(used + 6, 0, right, 0)
        self.two_lines(painter, place, box.title, subtitle, paint and paint.ink)

    def _mark(
        self, painter: QPainter, where: QRectF, box: Box, pixels: float, color: QColor,
        ink: QColor | None,
    ) -> float:  # fmt: skip
        """What a node is, at its left: its family's glyph, or its role in attention; all in one
        ``ink`` upon the colour of a quantity. Returns the width that it takes."""
        wide = mark_width(box.role)
        place = QRectF(where.left(), where.center().y() - 8.5, wide, 17.0)
        if not box.role:
            glyph = GLYPHS[box.family]
            self.text(painter, place, glyph, pixels, ink or color, 400, _Align.AlignCenter)
        elif 11 * painter.transform().m11() >= READABLE:
            attention = ink or self.theme.color("attention")
            painter.setPen(pen(ink, 1.0) if ink else Qt.PenStyle.NoPen)
            ground = Qt.BrushStyle.NoBrush if ink else self.theme.color("attention", 0.2)
            painter.setBrush(ground)
            painter.drawRoundedRect(place, 5, 5)
            self.text(painter, place, box.role, 11.5, attention, 700, _Align.AlignCenter)
        return wide

    def progress(self, painter: QPainter, box: Box, event: int) -> None:
        """Mark along the foot of a fold which of its equal calls an event is in."""
        foot = box.y + box.height - STACK - 4.5
        each = (box.last - box.first + 1) // box.count
        at = (event - box.first) // each
        wide = (box.width - 24) / box.count
        gap = min(2.0, wide / 4)
        painter.setPen(Qt.PenStyle.NoPen)
        here, other = self.theme.color("cursor"), self.theme.color("dim", 0.4)
        for n in range(box.count) if wide >= 3 else (at,):
            painter.setBrush(here if n == at else other)
            left = box.x + 14 + n * wide
            width = max(wide - gap, 3.0)
            painter.drawRoundedRect(QRectF(left, foot, width, 2.5), 1.2, 1.2)

    def two_lines(
        self, painter: QPainter, where: QRectF, title: str, subtitle: str,
        ink: QColor | None = None,
    ) -> None:  # fmt: skip
        """A title and what is below it, in the theme's colours or in one ``ink``; from far only
        the title."""
        text, dim = ink or self.theme.color("text"), ink or self.theme.color("dim")
        middle = where.center().y()
        zoom = painter.transform().m11()
        if 11 * zoom < READABLE:  # the title alone, as large as the node allows
            pixels = min(22.0, 9.0 / zoom)
            self.text(painter, where, title, pixels, text, 600, _Align.AlignCenter)
            return
        lines = QRectF(where.left(), middle - (17 if subtitle else 9), where.width(), 18)
        self.text(painter, lines, title, 13, text, 600, _Align.AlignCenter)
        lines = QRectF(where.left(), middle + 1, where.width(), 15)
        self.text(painter, lines, subtitle, 11, dim, 400, _Align.AlignCenter)

    def wires(self, painter: QPainter, wires: list[Wire], zoom: float) -> None:
        """Wires with their arrows, and what is written beside them."""
        color = self.theme.color("dim", 0.8)
        pens: dict[tuple[int, bool], QPen] = {}
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for wire in sorted(wires, key=lambda wire: not wire.residual):
            key = weight, dashed = self.weight(wire), wire.residual
            if key not in pens:
                pens[key] = pen(color, 1.4 * weight)
                if dashed:
                    pens[key].setDashPattern([4.0 / weight, 3.0 / weight])
            painter.setPen(pens[key])
            painter.drawPath(rounded(wire.drawn))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("dim"))
        for wire in wires:
            if wire.pointed:
                arrow(painter, wire, 0.75 + 0.25 * self.weight(wire))
        if 10.5 * zoom < READABLE:
            return
        for wire in wires:
            self._label(painter, wire, zoom)

    def _label(self, painter: QPainter, wire: Wire, zoom: float) -> None:
        dim = self.theme.color("dim")
        left = _Align.AlignLeft | _Align.AlignVCenter
        for text, place in self.labels(wire, zoom):
            self.text(painter, place, text, 10.5, dim, 400, left)

    def labels(self, wire: Wire, zoom: float) -> list[tuple[str, QRectF]]:
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

    def _font(self, pixels: float, weight: int) -> tuple[QFont, QFontMetricsF]:
        key = (max(1, round(pixels)), weight)
        if key not in self._fonts:
            made = map_font(*key)
            self._fonts[key] = (made, QFontMetricsF(made))
        return self._fonts[key]

    def text(
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


def map_font(pixels: float, weight: int) -> QFont:
    """The font of the map. Nothing stands in columns there; and of tabular digits, and of signs
    that suit their neighbours, a PDF would not say which they are."""
    made = font(weight=weight)
    made.unsetFeature(QFont.Tag("tnum"))
    made.setFeature(QFont.Tag("calt"), 0)
    made.setPixelSize(round(pixels))
    return made


def rect(box: Box) -> QRectF:
    """A box's rectangle."""
    return QRectF(box.x, box.y, box.width, box.height)


def pen(color: QColor, width: float, cosmetic: bool = False) -> QPen:
    """A pen for lines with round corners; a ``cosmetic`` one is so many pixels wide at any zoom."""
    made = QPen(color, width)
    made.setCosmetic(cosmetic)
    made.setCapStyle(Qt.PenCapStyle.FlatCap)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return made


def _edge(paint: Paint) -> QPen:
    """The border of a tinted node."""
    made = pen(paint.edge, 1.2)
    if not paint.known:
        made.setDashPattern([3.0, 3.0])
    return made


def rounded(points: tuple[tuple[float, float], ...]) -> QPainterPath:
    """A polyline with rounded corners."""
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


def arrow(painter: QPainter, wire: Wire, size: float = 1.0) -> None:
    """The head at the end of a wire."""
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
