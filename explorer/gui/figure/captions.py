"""What is written below the pieces of a figure: upright where there is room for all of it, else
slanted, so that it can be read however many they are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QTransform

from explorer.gui.figure.ink import high, pixels_of, wide
from explorer.picture.figure.placing import Figure

_TITLE, _OTHER = 13.0, 11.5  # units of a caption's first line, and of the others
_SLANT = 45.0  # degrees
_APART = 15.0  # pixels from one slanted line to the next
_BETWEEN = 6.0  # pixels from a slanted title to the shape beside it
_Align = Qt.AlignmentFlag
_Line = tuple[str, float, str, int]  # text, pixels, colour role, weight


class Label(NamedTuple):
    """A line of caption ``caption``, in ``pixels`` around or beyond a point of the scene."""

    caption: int
    at: QPointF
    text: str
    pixels: float
    role: str
    weight: int
    angle: float = 0.0

    @property
    def align(self) -> Qt.AlignmentFlag:
        """Where the text is, as seen from its point."""
        return _Align.AlignLeft if self.angle else _Align.AlignHCenter

    def bounds(self, zoom: float) -> QRectF:
        """The part of the scene that it covers."""
        long = wide(self.text, self.pixels, self.weight) / zoom
        tall = high(self.pixels, self.weight) / zoom
        box = QRectF(0.0 if self.angle else -long / 2, -tall / 2, long, tall)
        return QTransform().rotate(self.angle).mapRect(box).translated(self.at)


def labels(figure: Figure, zoom: float) -> tuple[Label, ...]:
    """All captions, for one who sees a unit as ``zoom`` pixels: what each piece is and its shape,
    and where all of that has room below all of them also what follows its layer."""
    found = _upright(figure, zoom)
    if found is None:
        return tuple(_slanted(figure, zoom))
    made: list[Label] = []
    for n, (caption, lines) in enumerate(zip(figure.captions, found, strict=True)):
        y = figure.foot
        for text, pixels, role, weight in lines:
            tall = high(pixels, weight) / zoom
            made.append(Label(n, QPointF(caption.x, y + tall / 2), text, pixels, role, weight))
            y += tall
    return tuple(made)


def _upright(figure: Figure, zoom: float) -> list[list[_Line]] | None:
    """The lines of each caption, None if one of them is wider than its room. Shapes are in full if
    all of them have room."""
    title, other = pixels_of(_TITLE, zoom), pixels_of(_OTHER, zoom)
    told = [(figure.pieces[one.first], one.room * zoom) for one in figure.captions]
    full = all(wide(piece.shape[0], other) <= room for piece, room in told)
    found: list[list[_Line]] = []
    for piece, room in told:
        broken = _broken(piece.lines[0], title, room)
        rest = [*piece.lines[1:], piece.shape[0 if full else -1]]
        if broken is None or any(wide(text, other) > room for text in rest):
            return None
        found.append([(text, title, "text", 600) for text in broken])
        found[-1] += [(text, other, "dim", 400) for text in rest[:-1]]
        found[-1].append((rest[-1], other, "text", 400))
    return found


def _broken(text: str, pixels: float, room: float) -> list[str] | None:
    """A text in lines of so many pixels, None if a word is wider."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if wide(longer, pixels, 600) <= room:
            lines[-1:] = [longer]
        elif wide(word, pixels, 600) <= room:
            lines.append(word)
        else:
            return None
    return lines


def _slanted(figure: Figure, zoom: float) -> Iterator[Label]:
    """Each caption as one line, as many of them as can be told apart; below it what follows its
    layer, where they are far enough apart for that."""
    title, other = pixels_of(_TITLE, zoom), pixels_of(_OTHER, zoom)
    turned = QTransform().rotate(_SLANT)
    along = turned.map(QPointF(1.0, 0.0)) / zoom
    below = turned.map(QPointF(0.0, 1.0)) / zoom
    apart = [(b.x - a.x) * zoom * below.y() * zoom for a, b in pairwise(figure.captions)]
    two = min(apart, default=_APART) >= title + other + _APART / 2
    left = 0.0  # from the last one that is written
    for n, (caption, more) in enumerate(zip(figure.captions, (_APART, *apart), strict=True)):
        left += more
        if left < _APART:
            continue
        left, piece = 0.0, figure.pieces[caption.first]
        at = QPointF(caption.x, figure.foot) + along * high(title, 600) / 2
        yield Label(n, at, piece.lines[0], title, "text", 600, _SLANT)
        beside = along * (wide(piece.lines[0], title, 600) + _BETWEEN)
        yield Label(n, at + beside, piece.shape[-1], other, "text", 400, _SLANT)
        if two and piece.lines[1:]:
            said = ", ".join(piece.lines[1:])
            yield Label(n, at + below * (other + 3.0), said, other, "dim", 400, _SLANT)
