"""A graph or a figure as a picture of its own: SVG and PDF, where text stays text, and PNG at any
scale."""

from __future__ import annotations

import html
import math
import re
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Protocol, Self

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QImageWriter,
    QPageSize,
    QPainter,
    QPdfWriter,
)
from PySide6.QtSvg import QSvgGenerator

from explorer.core.problem import Problem, phrase
from explorer.gui.map.drawing import Drawing, map_font

MARGIN = 24.0  # around a whole graph or figure
_HEADING = 50.0  # height of title and caption
_SHARE = 0.6  # of its size that what is drawn keeps from what is written beside it
_SIDE = 32_767  # pixels of an image that other programs still open
_PIXELS = 2**28  # of an image: 1 GB
_INCH = 96.0  # units of the scene on paper
_SHEET = 14_400.0  # points: the longest page that readers of PDF take
_FINE = 3.0  # device pixels per unit in a PDF: sizes of text are whole numbers of them
_EMPTY = re.compile(r"<g [^>]*>\s*</g>\s*")
_GROUP = re.compile(r'\nfont-family="[^"]*" font-size="[^"]*" font-weight="[^"]*"[^>]*>')
_SIZED = re.compile(r'<svg width="[^"]*" height="[^"]*"')
_TEXT = re.compile(
    r'font-family="([^"]*)" font-size="([^"]*)" font-weight="([^"]*)" font-style="normal"'
    r" ?\n ?>([^<]*)</text>"
)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # in XML


class Drawn(Protocol):
    """What a picture shows."""

    @property
    def draw(self) -> Drawing:
        """Its look, and the words of its language."""

    @property
    def whole(self) -> QRectF:
        """All of it, with a margin."""

    def readable(self, zoom: float) -> Self:
        """The same for one who sees a unit as ``zoom`` pixels."""

    def paint(self, painter: QPainter, part: QRectF) -> None:
        """Paint a part of it; the painter is in units of its scene."""


class Legend(Protocol):
    """What stands below a picture, so that it can be read without the window; lengths are in units
    of which one is a pixel at scale 1."""

    @property
    def width(self) -> float:
        """What it needs."""

    def height(self, width: float) -> float:
        """Of all of it, in so much width."""

    def paint(self, painter: QPainter, width: float, draw: Drawing) -> None:
        """Paint it from the painter's corner on, in the middle of a width."""


@dataclass(frozen=True)
class Picture:
    """What is ``drawn`` of the model ``name``, or a ``cut`` of it, with a ``title`` and a
    ``caption`` above it and a ``key`` below it if they are given.

    All lengths are in units of the scene; at scale 1 each is ``zoom`` pixels. What is written
    above and below is ``unit`` times as large as that, so that it can be read.
    """

    drawn: Drawn
    cut: QRectF | None = None
    zoom: float = 1.0
    name: str = ""
    title: str = ""
    caption: str = ""
    key: Legend | None = None
    unit: float = 1.0

    @property
    def part(self) -> QRectF:
        """The part of the scene that is shown."""
        return self.drawn.whole if self.cut is None else self.cut

    @cached_property
    def page(self) -> QSizeF:
        """The size of everything."""
        width = self.part.width()
        if self.title:
            lines = ((self.title, 18.0, 600), (self.caption, 12.0, 400))
            widest = max(_advance(text, pixels, weight) for text, pixels, weight in lines)
            width = max(width, min((widest + 2 * MARGIN) * self.unit, 2 * width, 900.0 * self.unit))
        if self.key is not None:
            width = max(width, (self.key.width + 2 * MARGIN) * self.unit)
        return QSizeF(width, self._above + self.part.height() + self._below(width))

    @property
    def _above(self) -> float:
        """The height of the heading."""
        return _HEADING * self.unit if self.title else 0.0

    def _below(self, width: float) -> float:
        """The height of the key, on a page of a width."""
        if self.key is None:
            return 0.0
        return (self.key.height(width / self.unit - 2 * MARGIN) + 1.4 * MARGIN) * self.unit

    def readable(self, scale: float) -> Picture:
        """The same for a ``scale``: what is written above and below is no smaller than at 1."""
        zoom = self.zoom * min(1.0, scale)
        return replace(self, unit=1.0 / zoom, drawn=self.drawn.readable(zoom))

    def filling(self, size: tuple[int, int]) -> tuple[Picture, float]:
        """The same for so many pixels, and the scale at which it is as large as fits into them.
        What is written above and below is readable; where that leaves little of the rest, there is
        no key, and then it is as small as the rest."""
        usual = self.readable(1.0)
        picture, scale = usual, usual._filling(size)
        least = scale * _SHARE
        for _ in range(4):  # what is written takes room, so the graph is smaller, and so on
            picture = usual.readable(scale)
            scale = picture._filling(size)
        if scale >= least:
            return picture, scale
        if self.key is not None:
            return replace(self, key=None).filling(size)
        return usual, usual._filling(size)

    def _filling(self, size: tuple[int, int]) -> float:
        wide, high = self.pixels(1.0)
        return min(size[0] / wide, size[1] / high)

    def pixels(self, scale: float) -> tuple[int, int]:
        """Width and height at a scale."""
        by = self.zoom * scale
        return max(1, round(self.page.width() * by)), max(1, round(self.page.height() * by))

    @property
    def largest(self) -> float:
        """The largest scale that an image can have, in three digits."""
        width, height = self.page.width() * self.zoom, self.page.height() * self.zoom
        most = min(_SIDE / width, _SIDE / height, math.sqrt(_PIXELS / (width * height)))
        step = 10.0 ** (math.floor(math.log10(most)) - 2)
        return math.floor(most / step - 1e-9) * step

    def fits(self, scale: float) -> bool:
        """Whether an image can have a scale."""
        width, height = self.pixels(scale)
        return max(width, height) <= _SIDE and width * height <= _PIXELS

    def image(self, scale: float) -> QImage:
        """All of it in pixels. Raises Problem if it would be too large."""
        width, height = self.pixels(scale)
        if not self.fits(scale):
            raise Problem(
                "input",
                phrase(
                    "At scale {scale} the picture would have {width} × {height} pixels, more than"
                    " an image can hold; the largest scale that works is {largest}."
                ),
                phrase("SVG and PDF have no such limit."),
                scale=f"{scale:g}",
                width=f"{width:,}",
                height=f"{height:,}",
                largest=f"{self.largest:g}",
            )
        made = QImage(width, height, QImage.Format.Format_RGB32)
        if made.isNull():
            raise Problem(
                "memory",
                phrase("There is not the memory for a picture of {width} × {height} pixels."),
                phrase("Take a smaller scale, or SVG."),
                width=f"{width:,}",
                height=f"{height:,}",
            )
        made.fill(self._ground)
        painter = QPainter(made)
        self._paint(painter, width / self.page.width())
        painter.end()
        return made

    def png(self, scale: float) -> bytes:
        """The image as a file."""
        buffer = _buffer()
        QImageWriter(buffer, QByteArray(b"png")).write(self.image(scale))
        return bytes(buffer.data().data())

    def svg(self, scale: float) -> bytes:
        """As SVG; a unit of its coordinates is one of the scene."""
        buffer = _buffer()
        writer = QSvgGenerator()
        writer.setOutputDevice(buffer)
        writer.setSize(self.page.toSize())
        writer.setViewBox(QRectF(0, 0, self.page.width(), self.page.height()))
        writer.setResolution(round(_INCH))
        writer.setTitle(self.name or "Layerscope")
        writer.setDescription(self.caption)
        painter = QPainter(writer)
        painter.fillRect(QRectF(0, 0, self.page.width(), self.page.height()), self._ground)
        self._paint(painter, 1.0)
        painter.end()
        width, height = self.pixels(scale)
        return _tidy(bytes(buffer.data().data()).decode("utf-8"), width, height).encode("utf-8")

    def pdf(self, scale: float) -> bytes:
        """As PDF, on one page: a unit of the scene is 1/96 inch, less if the page would be longer
        than readers take."""
        points = self.page * (72.0 / _INCH * self.zoom * scale)
        points *= min(1.0, _SHEET / max(points.width(), points.height()))
        buffer = _buffer()
        writer = QPdfWriter(buffer)
        writer.setTitle(self.name or "Layerscope")
        writer.setCreator("Layerscope")
        writer.setResolution(round(72.0 * _FINE * self.page.width() / points.width()))
        exact = QPageSize.SizeMatchPolicy.ExactMatch
        writer.setPageSize(QPageSize(points, QPageSize.Unit.Point, "", exact))
        writer.setPageMargins(QMarginsF())
        painter = QPainter(writer)
        painter.fillRect(QRectF(0, 0, writer.width(), writer.height()), self._ground)
        self._paint(painter, writer.width() / self.page.width())
        painter.end()
        return bytes(buffer.data().data())

    @property
    def _ground(self) -> QColor:
        return self.drawn.draw.theme.color("background")

    def _paint(self, painter: QPainter, zoom: float) -> None:
        """Paint everything but the ground."""
        above, left = self._above, (self.page.width() - self.part.width()) / 2
        painter.scale(zoom, zoom)
        painter.save()
        painter.translate(left - self.part.x(), above - self.part.y())
        self.drawn.paint(painter, self.part)
        painter.restore()
        if self.title:
            self._paint_heading(painter, self.drawn.draw)
        if self.key is not None:
            self._paint_key(painter, self.drawn.draw, self.key)

    def _paint_heading(self, painter: QPainter, draw: Drawing) -> None:
        """Title and caption, over what reaches out of the part."""
        width = self.page.width() / self.unit
        painter.fillRect(QRectF(0, 0, self.page.width(), self._above), self._ground)
        painter.save()
        painter.scale(self.unit, self.unit)
        middle = Qt.AlignmentFlag.AlignCenter
        for top, text, pixels, role, weight in (
            (15.0, self.title, 18.0, "text", 600), (40.0, self.caption, 12.0, "dim", 400),
        ):  # fmt: skip
            line = QRectF(MARGIN / 2, top, width - MARGIN, pixels + 4)
            draw.text(painter, line, text, pixels, draw.theme.color(role), weight, middle)
        painter.restore()

    def _paint_key(self, painter: QPainter, draw: Drawing, key: Legend) -> None:
        """What the colours mean, over what reaches out of the part."""
        top, width = self._above + self.part.height(), self.page.width()
        painter.fillRect(QRectF(0, top, width, self.page.height() - top), self._ground)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(MARGIN * self.unit, top + 0.4 * MARGIN * self.unit)
        painter.scale(self.unit, self.unit)
        key.paint(painter, width / self.unit - 2 * MARGIN, draw)
        painter.restore()


def _buffer() -> QBuffer:
    made = QBuffer()
    made.open(QIODevice.OpenModeFlag.WriteOnly)
    return made


def _advance(text: str, pixels: float, weight: int) -> float:
    return QFontMetricsF(map_font(pixels, weight)).horizontalAdvance(text)


def _tidy(svg: str, width: int, height: int) -> str:
    """What Qt wrote, in pixels instead of millimetres, without the groups that hold nothing and the
    fonts of those that hold no text of their own, and with the width of every text: so it fits
    where another font must do."""
    svg = _SIZED.sub(f'<svg width="{width}" height="{height}"', _FORBIDDEN.sub("", svg), count=1)
    return _TEXT.sub(_with_width, _GROUP.sub(">", _EMPTY.sub("", svg)))


def _with_width(found: re.Match[str]) -> str:
    families, size, weight, text = found.groups()
    wide = _metrics(families, size, weight).horizontalAdvance(html.unescape(text))
    return (
        f'font-family="{families},sans-serif" font-size="{size}" font-weight="{weight}"'
        f' textLength="{wide:.1f}" lengthAdjust="spacingAndGlyphs">{text}</text>'
    )


@lru_cache(maxsize=64)
def _metrics(families: str, size: str, weight: str) -> QFontMetricsF:
    made = QFont([name.strip() for name in families.split(",")])
    made.setPixelSize(round(float(size)))
    made.setWeight(QFont.Weight(int(weight)))
    return QFontMetricsF(made)
