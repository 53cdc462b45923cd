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
from explorer.gui.map.tint import Paint, Tint
from explorer.gui.theme import Theme, font
from explorer.picture.beside import WIDE, Stretch, stretch
from explorer.picture.caption import HEADER, STACK, mark_family, mark_width
from explorer.picture.numbers import count_text
from explorer.picture.scene import Box, Room, Wire

FAR = 0.34  # below this zoom: plain rectangles and lines in batches
NEAR = 1.6  # the zoom, for text of the usual size, from which things show more
_GROWTH = 0.4  # of text from there on, as a power of the zoom
READABLE = 6.6  # pixels; smaller text is not painted
_BESIDE = 10.5  # units of the scene: text along wires
WRITTEN_FROM = READABLE / _BESIDE  # the zoom from which it is
_ROUND = 7.0
_FURTHER = 420.0  # units of the scene along which a value is told once more
_Align = Qt.AlignmentFlag


@dataclass(frozen=True)
class Words:
    """What the scene leaves to the user's language; ``parameters`` has a place for ``{count}``."""

    output: str
    residual: str
    parameters: str


class Drawing:
    """The look of things in a theme, with the words of a language, and nodes in the colours of a
    quantity if there is a ``tint``.

    ``scale`` says how large text usually is. From ``NEAR`` times that on, text and lines grow more
    slowly than the map does, so there is room for more.
    """

    def __init__(
        self, theme: Theme, words: Words, scale: float = 1.0, tint: Tint | None = None
    ) -> None:
        self.theme = theme
        self.scale = scale
        self.words = words
        self.tint = tint
        self._stretches: dict[tuple[int, int], Stretch | None] = {}
        self._fonts: dict[tuple[int, int], tuple[QFont, QFontMetricsF]] = {}

    def is_near(self, zoom: float) -> bool:
        """Whether things show more at this zoom."""
        return zoom >= NEAR * self.scale - 1e-6

    def text_size(self, zoom: float) -> float:
        """How large text is from near, in multiples of its usual size on the screen."""
        return self.scale * (zoom / self.scale / NEAR) ** _GROWTH

    def fine(self, zoom: float) -> float:
        """How thin lines are, as a share of what the map would make them."""
        return min(1.0, (zoom / self.scale / NEAR) ** (_GROWTH - 1.0))

    def open_box(self, painter: QPainter, box: Box, depth: int, zoom: float) -> None:
        """The ground of an open box that lies in ``depth`` others, and its title."""
        theme = self.theme
        where = rect(box)
        painter.setBrush(self.ground(depth + 1))
        family = "dim" if self.tint else box.family
        painter.setPen(pen(theme.color(family, 0.55), 1.2 * self.fine(zoom)))
        painter.drawRoundedRect(where, 10, 10)
        near = 11 * zoom >= READABLE
        if zoom < FAR or (not near and where.height() * zoom < 60):
            return  # from far away it has its name among all `Names`
        header = QRectF(where.left() + 12, where.top() + 5, where.width() - 24, HEADER - 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("dim"))
        _triangle(painter, QPointF(header.left() + 4, header.center().y()), down=True)
        header.setLeft(header.left() + 15)
        left = _Align.AlignLeft | _Align.AlignVCenter
        fine = self.fine(zoom)
        size = 12.5 * fine if near else min(20.0, 9.0 / zoom)
        used = self.text(painter, header, box.title, size, theme.color("text"), 600, left)
        header.setLeft(header.left() + used)
        if near:
            self.text(painter, header, box.subtitle, 11.5 * fine, theme.color("dim"), 400, left)

    def far_key(self, box: Box) -> object:
        """Nodes of one key look alike from far away."""
        return self.tint.key(box) if self.tint else box.family

    def far_color(self, key: object) -> QColor:
        """That look."""
        return self.tint.color(key) if self.tint else self.theme.color(str(key), 0.85)

    def weight(self, wire: Wire) -> int:
        """How many times as wide as a plain one a wire is."""
        return 1 if self.tint is None else self.tint.weight(wire)

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

    def node(self, painter: QPainter, box: Box, zoom: float, written: bool = True) -> None:
        """An op, a closed module, an input or an output; if not ``written``, without its text."""
        theme = self.theme
        where = rect(box)
        color, fine = theme.color(box.family), self.fine(zoom)
        centre = _Align.AlignCenter
        if box.kind in ("source", "sink"):
            painter.setBrush(theme.color("panel"))
            painter.setPen(pen(theme.color("dim", 0.7), 1.2 * fine))
            painter.drawRoundedRect(where, where.height() / 2, where.height() / 2)
            if written:
                self.two_lines(painter, where, self.title(box), box.subtitle)
            return
        paint = self.paint_of(box)
        ground = paint.fill if paint else theme.color("panel")
        ink = paint.ink if paint else theme.color("text")
        if box.kind == "circle":
            painter.setBrush(ground)
            painter.setPen(
                _edge(paint, fine) if paint else pen(theme.color("text", 0.8), 1.3 * fine)
            )
            painter.drawEllipse(where)
            self.text(painter, where, box.title, 15, ink, 600, centre)
            return
        if box.kind == "slim":
            painter.setBrush(ground)
            edge = theme.color(box.family, 0.45)
            painter.setPen(_edge(paint, fine) if paint else pen(edge, 1.1 * fine))
            painter.drawRoundedRect(where, 6, 6)
            if not written:
                return
            near = 11 * zoom >= READABLE
            dim = theme.color("dim")
            left = where.adjusted(5, 0, 0, 0)
            used = self._mark(painter, left, box, 11, dim, paint and paint.ink)
            if near:
                text = where.adjusted(used + 2, 0, -8, 0)
                self.text(painter, text, box.title, 12.0, ink, 400, centre)
            else:  # what it is for, before what it is
                text = where.adjusted(3, 0, -3, 0)
                size, weight = min(15.0, 9.0 / zoom), 400
                if box.role:
                    size, weight = min(20.0, 10.0 / zoom), 600
                self.text(painter, text, box.role or box.title, size, ink, weight, centre)
            return
        behind = 1  # something lies behind it
        if box.kind == "closed" and box.count > 1:
            behind = 2
            where.setHeight(where.height() - STACK)
        for n in range(behind if box.kind == "closed" else 0, 0, -1):
            painter.setBrush(theme.color("panel"))
            painter.setPen(pen(paint.fill if paint else theme.color(box.family, 0.4), 1.1 * fine))
            painter.drawRoundedRect(where.adjusted(5 * n, 4 * n, -5 * n, 4 * n), 7, 7)
        shape = QPainterPath()
        shape.addRoundedRect(where, 7, 7)
        painter.fillPath(shape, paint.fill if paint else theme.color("raised"))
        if paint is None:
            bar = QPainterPath()
            bar.addRect(QRectF(where.left(), where.top(), 5, where.height()))
            painter.fillPath(shape & bar, color)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(_edge(paint, fine) if paint else pen(color, 1.4 * fine))
        painter.drawPath(shape)
        right = -8.0
        if box.kind == "closed":
            right = -22.0
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(paint.ink if paint else theme.color("dim"))
            _triangle(painter, QPointF(where.right() - 13, where.center().y()), down=False)
        if not written:
            return
        used = self._mark(painter, where.adjusted(8, 0, 0, 0), box, 13, color, paint and paint.ink)
        subtitle = box.subtitle
        if paint is not None:
            subtitle = paint.said
        elif box.parameters:
            count = self.parameters(box.parameters)
            subtitle = f"{subtitle} · {count}" if subtitle else count
        place = where.adjusted(used + 6, 0, right, 0)
        self.two_lines(painter, place, box.title, subtitle, paint and paint.ink)

    def _mark(
        self, painter: QPainter, where: QRectF, box: Box, pixels: float, color: QColor,
        ink: QColor | None,
    ) -> float:  # fmt: skip
        """What a node is, at its left: its family's glyph, or its role; all in one ``ink`` upon the
        colour of a quantity. Returns the width that it takes."""
        wide = mark_width(box.role)
        place = QRectF(where.left(), where.center().y() - 8.5, wide, 17.0)
        if not box.role:
            glyph = GLYPHS[box.family]
            self.text(painter, place, glyph, pixels, ink or color, 400, _Align.AlignCenter)
        elif 11 * painter.transform().m11() >= READABLE:
            family = mark_family(box.role)
            written = ink or self.theme.color(family)
            painter.setPen(pen(ink, 1.0) if ink else Qt.PenStyle.NoPen)
            ground = Qt.BrushStyle.NoBrush if ink else self.theme.color(family, 0.2)
            painter.setBrush(ground)
            painter.drawRoundedRect(place, 5, 5)
            self.text(painter, place, box.role, 11.5, written, 700, _Align.AlignCenter)
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

    def paint_of(self, box: Box) -> Paint | None:
        """How a node looks by a quantity, None if it has the colour of its family."""
        plain = not self.tint or box.kind in ("source", "sink")
        return None if plain or self.tint is None else self.tint.paint(box)

    def title(self, box: Box) -> str:
        """What a node is called."""
        return self.words.output + box.title if box.kind == "sink" else box.title

    def parameters(self, count: int) -> str:
        """So many parameters, in words."""
        return self.words.parameters.format(count=count_text(count))

    def width(self, text: str, pixels: float, weight: int = 400) -> float:
        """How wide a text of this size on the screen is, in pixels."""
        return self._font(pixels, weight)[1].horizontalAdvance(text)

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

    def wires(self, painter: QPainter, room: Room, some: list[int], zoom: float) -> None:
        """Some wires of a room with their arrows, and what is written beside them."""
        wires = [room.wires[n] for n in some]
        color, fine = self.theme.color("dim", 0.8), self.fine(zoom)
        pens: dict[tuple[int, bool], QPen] = {}
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for wire in sorted(wires, key=lambda wire: not wire.residual):
            key = weight, dashed = self.weight(wire), wire.residual
            if key not in pens:
                pens[key] = pen(color, 1.4 * weight * fine)
                if dashed:
                    pens[key].setDashPattern([4.0 / weight, 3.0 / weight])
            painter.setPen(pens[key])
            painter.drawPath(rounded(wire.drawn))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("dim"))
        for wire in wires:
            if wire.pointed:
                arrow(painter, wire, (0.75 + 0.25 * self.weight(wire)) * fine)
        if not self.labelled(zoom):
            return
        for n in some:
            self._label(painter, room, n, zoom)

    def _label(self, painter: QPainter, room: Room, n: int, zoom: float) -> None:
        wire = room.wires[n]
        dim, pixels = self.theme.color("dim"), self._label_size(zoom) / zoom
        left = _Align.AlignLeft | _Align.AlignVCenter
        for text, place in self.labels(wire, zoom):
            self.text(painter, place, text, pixels, dim, 400, left)
        upright = self.upright(room, n, zoom)
        if upright is not None:
            transform = painter.transform()
            made, _ = self._font(pixels * zoom, 400)
            device = transform.mapRect(upright)
            painter.save()
            painter.setTransform(QTransform())
            painter.setFont(made)
            painter.setPen(dim)
            painter.translate(device.center())
            painter.rotate(-90)
            place = QRectF(0, 0, device.height() + 8, device.width() + 8)
            place.moveCenter(QPointF())
            painter.drawText(place, _Align.AlignCenter, wire.shape)
            painter.restore()

    def labelled(self, zoom: float) -> bool:
        """Whether something is written along wires at this zoom."""
        return zoom >= WRITTEN_FROM

    def written(self, room: Room, n: int, zoom: float) -> list[QRectF]:
        """Where something is written along a wire of a room."""
        upright = self.upright(room, n, zoom)
        places = [place for _, place in self.labels(room.wires[n], zoom)]
        return places if upright is None else [*places, upright]

    def _label_size(self, zoom: float) -> float:
        """Of what is written along wires, in pixels: from near as large as the text in nodes."""
        return 11.5 * self.text_size(zoom) if self.is_near(zoom) else _BESIDE * zoom

    def upright(self, room: Room, n: int, zoom: float) -> QRectF | None:
        """Where the shape of a value stands along a long upright part of its wire, read from
        below; None if there is no room for it in full, or it is told nearby."""
        key = id(room), n  # the rooms live as long as their painting does
        if key not in self._stretches:
            self._stretches[key] = stretch(room, n)
        free = self._stretches[key]
        if free is None:
            return None
        wire = room.wires[n]
        _, metrics = self._font(self._label_size(zoom), 400)
        length = metrics.horizontalAdvance(wire.shape) / zoom
        told = wire.label is not None and length <= wire.label[2]
        least = length + 40.0 if not told else max(length + 40.0, _FURTHER)
        if free.bottom - free.top < least:
            return None
        middle = (free.top + free.bottom) / 2
        return QRectF(free.left, middle - length / 2, WIDE, length)

    def labels(self, wire: Wire, zoom: float) -> list[tuple[str, QRectF]]:
        """What is written along a wire, and where; a shape only where there is room for it."""
        _, metrics = self._font(self._label_size(zoom), 400)
        found = []
        if wire.residual:
            width = metrics.horizontalAdvance(self.words.residual) / zoom
            (ax, _), (bx, by) = wire.points[-2:]
            if ax - bx > width + 30:
                found.append((self.words.residual, QRectF(ax - 12 - width, by - 16, width, 14)))
        if wire.label is not None:
            x, y, room = wire.label
            width = metrics.horizontalAdvance(wire.shape) / zoom
            if width <= room:
                found.append((wire.shape, QRectF(x, y, width, 14)))
        high = min(14.0, metrics.ascent() / zoom)
        for text, x, y in wire.names:
            width = metrics.horizontalAdvance(text) / zoom
            found.append((text, QRectF(x, y + (14.0 - high) / 2, width, high)))
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


def upper_middle(where: QRectF) -> QPointF:
    """The middle of the upper edge."""
    return QPointF(where.center().x(), where.top())


def pen(color: QColor, width: float, cosmetic: bool = False) -> QPen:
    """A pen for lines with round corners; a ``cosmetic`` one is so many pixels wide at any zoom."""
    made = QPen(color, width)
    made.setCosmetic(cosmetic)
    made.setCapStyle(Qt.PenCapStyle.FlatCap)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return made


def _edge(paint: Paint, fine: float) -> QPen:
    """The border of a tinted node."""
    made = pen(paint.edge, 1.2 * fine)
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
