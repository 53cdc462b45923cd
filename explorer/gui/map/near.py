"""What a node shows from near: its formula, shapes, time and weights, beside a small picture.

The node is as large as ever; but where the map is enlarged, its text grows more slowly than the
map does, so there is room for more.
"""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from explorer.core.graph import Recording
from explorer.core.ops import GLYPHS
from explorer.gui.banner import PHRASES
from explorer.gui.map.drawing import NEAR, Drawing, rect
from explorer.picture.caption import STACK, mark_family
from explorer.picture.inside import Item
from explorer.picture.near import Glimpse, Said, glimpse, said, side_by_side, value_of
from explorer.picture.numbers import count_text
from explorer.picture.scene import Box, Placed

_TITLE, _BODY = 13.5, 11.0  # pixels at that zoom
_LINE = 1.3  # height of a line, in sizes of its text
_SHARE = 0.42  # of a node's width that its picture takes at most
_PAD = 3.5  # units of the scene between a node's edge and what is in it
_WIDEST, _NARROWEST = 2.0, 0.6  # shapes of a picture's tiles


class Frame(NamedTuple):
    """Where a node shows what; ``across`` is how many tiles of the picture stand in a row. Where
    the node is too narrow for both side by side, its text is ``above``."""

    glimpse: Glimpse
    place: QRectF
    across: int
    above: bool

    def moved(self, placed: Placed) -> Frame:
        """The same from the corner of the scene, of a node in that room."""
        return self._replace(place=self.place.translated(placed.x, placed.y))


class _Line(NamedTuple):
    text: str
    pixels: float
    weight: int
    role: str


class Near:
    """The nodes of a scene as they look from near; each item of the recording is one of them."""

    def __init__(self, draw: Drawing, recording: Recording) -> None:
        self._draw = draw
        self._recording = recording
        self._frames: dict[Item, Frame | None] = {}
        self._said: dict[Item, Said] = {}

    def is_near(self, zoom: float) -> bool:
        """Whether nodes show more at this zoom."""
        return self._draw.is_near(zoom)

    def frame(self, box: Box) -> Frame | None:
        """Where the picture of a node is, from the corner of the room that the box is measured in;
        None if it has none."""
        if box.item not in self._frames:
            self._frames[box.item] = self._new_frame(box)
        return self._frames[box.item]

    def _new_frame(self, box: Box) -> Frame | None:
        if box.kind in ("open", "circle"):
            return None
        value = value_of(self._recording, box)
        shown = glimpse(self._recording, value) if value is not None else None
        if shown is None:
            return None
        inside = _inside(box)
        title = (self._draw.width(self._draw.title(box), _TITLE, 600) + 2 * _PAD) / NEAR
        above = box.kind in ("source", "sink") and title > (1 - _SHARE) * inside.width()
        if above:
            inside.setTop(inside.top() + _TITLE * _LINE / NEAR)
        wide, high = (1.0 if above else _SHARE) * inside.width(), inside.height()
        count, rows, columns = shown.tiles
        aspect = min(max(columns / rows, _NARROWEST), _WIDEST)
        across, width, height = 1, min(wide, aspect * high), high
        if shown.kind in ("bars", "number"):
            width = min(wide, 1.5 * high)
        elif count > 1:
            across, width, height = side_by_side((count, 100, round(100 * aspect)), wide, high)
            width, height = across * width, -(-count // across) * height
        place = QRectF(0, 0, width, height)
        x = inside.center().x() if above else inside.right() - width / 2
        place.moveCenter(QPointF(x, inside.center().y()))
        return Frame(shown, place, across, above)

    def node(self, painter: QPainter, box: Box, zoom: float) -> None:
        """Draw a node; its picture is put into the room that is left for it."""
        self._draw.node(painter, box, zoom, written=box.kind == "circle")
        if box.kind == "circle":
            return
        inside, frame = _inside(box), self.frame(box)
        align = _LEFT
        if frame is not None and frame.above:
            inside.setBottom(frame.place.top())
            align = Qt.AlignmentFlag.AlignCenter
        elif frame is not None:
            inside.setRight(frame.place.left() - 2 * _PAD)
        paint = self._draw.paint_of(box)
        ink = None if paint is None else paint.ink
        lines = self._lines(box, inside.width() * zoom, inside.height() * zoom, zoom)
        y = inside.center().y() - sum(line.pixels for line in lines) * _LINE / zoom / 2
        for n, line in enumerate(lines):
            height = line.pixels * _LINE / zoom
            where = QRectF(inside.left(), y, inside.width(), height)
            y += height
            if n == 0 and box.kind not in ("source", "sink"):
                color = self._draw.theme.color("dim" if box.kind == "slim" else box.family)
                glyph = GLYPHS[box.family] + " "
                if box.role:
                    glyph, color = f"{box.role}  ", self._draw.theme.color(mark_family(box.role))
                color = ink or color
                weight = 700 if box.role else 400
                taken = self._draw.text(
                    painter, where, glyph, line.pixels / zoom, color, weight, _LEFT
                )
                where.setLeft(where.left() + taken)
            color = ink or self._draw.theme.color(line.role)
            self._draw.text(
                painter, where, line.text, line.pixels / zoom, color, line.weight, align
            )

    def _lines(self, box: Box, width: float, height: float, zoom: float) -> list[_Line]:
        """What fits into so many pixels: what matters most first, in the order of reading."""
        size = self._draw.text_size(zoom)
        title = _Line(
            self._draw.title(box), (12.0 if box.kind == "slim" else _TITLE) * size,
            400 if box.kind == "slim" else 600, "text",
        )  # fmt: skip
        room = height - title.pixels * _LINE
        found: dict[int, list[_Line]] = {}
        for order, texts, role in self._wishes(box):
            made = self._fitting(texts, width, _BODY * size, role)
            needed = sum(line.pixels for line in made) * _LINE
            if made and needed <= room + 1.0:
                found[order] = made
                room -= needed
        return [title, *(line for order in sorted(found) for line in found[order])]

    def _wishes(self, box: Box) -> list[tuple[int, tuple[str, ...], str]]:
        """The place of each line from above, its text in full and in short, and its colour; the
        first is wanted most."""
        what = self._words(box)
        facts = [what.seconds] if what.seconds else []
        if what.ops > 1:
            ops = QCoreApplication.translate("Canvas", "{count} ops, {time}")
            facts = [ops.format(count=count_text(what.ops), time=what.seconds)]
        if box.parameters:
            facts.append(self._draw.parameters(box.parameters))
        paint = self._draw.paint_of(box)
        subtitle = box.subtitle if box.subtitle != what.shape else ""
        return [
            (0, (paint.said if paint is not None else "",), "text"),
            (3, (what.shape,), "dim"),
            (2, (what.formula,), "text"),
            (4, (" · ".join(facts), facts[0] if facts else ""), "dim"),
            (1, (subtitle,), "dim"),
            (5, (what.weights,), "dim"),
        ]

    def _fitting(
        self, texts: tuple[str, ...], width: float, pixels: float, role: str
    ) -> list[_Line]:
        """The first text that fits, on two lines if need be; nothing if none does."""
        for last, text in enumerate(texts, 1 - len(texts)):
            if not text:
                continue
            if self._draw.width(text, pixels) <= width:
                return [_Line(text, pixels, 400, role)]
            if last:
                continue
            words = text.split(" ")
            for cut in range(len(words) - 1, 0, -1):
                parts = " ".join(words[:cut]), " ".join(words[cut:])
                if max(self._draw.width(part, pixels) for part in parts) <= width:
                    return [_Line(part, pixels, 400, role) for part in parts]
        return []

    def _words(self, box: Box) -> Said:
        if box.item not in self._said:
            self._said[box.item] = said(
                self._recording, box, lambda text: QCoreApplication.translate(PHRASES, text)
            )
        return self._said[box.item]


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def _inside(box: Box) -> QRectF:
    """The part of a node that is for text and picture."""
    where = rect(box).adjusted(_PAD, _PAD, -_PAD, -_PAD)
    if box.count > 1:
        where.setBottom(where.bottom() - STACK)
    if box.kind in ("source", "sink"):
        return where.adjusted(6, 0, -6, 0)
    if box.kind == "slim":
        return where.adjusted(2, 0, 0, 0)
    return where.adjusted(7, 0, -16 if box.kind == "closed" else 0, 0)
