"""Painting volumes: boxes that recede to the upper right, with a picture of their value."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPolygonF, QTransform

from explorer.gui.figure.ink import Ink
from explorer.gui.map.drawing import pen
from explorer.gui.panes.shades import Shades
from explorer.gui.theme import Theme
from explorer.gui.training.card import mixed
from explorer.picture.figure.placing import OBLIQUE, Link, Piece

_GREYS = "CET-L1"  # a picture looks like a picture
_WINDOW = (0.56, 0.40)  # the middle of what a kernel looks at: across and down a face
_LEAST = 5.0  # units of a kernel's window, that it can be seen
_FINE = 224  # pixels of a face's picture at least
_DECK = 6.0  # units between the outlines of several equal blocks
_BAND = 5.0  # units of what tells of an activation


class Volumes:
    """Paints the volumes of a figure and what lies between them, in units of the scene."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._faces: dict[int, tuple[np.ndarray, QImage]] = {}

    def paint(
        self, ink: Ink, at: int, piece: Piece, face: np.ndarray | None, current: bool
    ) -> None:
        """A volume, with the numbers of its ``face`` on the side that it gives to the next."""
        painter, theme = ink.painter, self._theme
        color = theme.color(piece.stage.family)
        ground = theme.color("background")
        edge = ink.line(
            theme.color("cursor") if current else mixed(ground, color, 0.95),
            2.2 if current else 1.1,
        )
        painter.setPen(edge)
        for n in range(deck(piece), 0, -1):  # what it stands for, too
            front, top, side = outline(piece._replace(x=piece.x + n * _DECK))
            painter.setBrush(mixed(ground, color, 0.14))
            painter.drawPolygon(top)
            painter.drawPolygon(side)
        front, top, side = outline(piece)
        painter.setBrush(mixed(ground, color, 0.36))
        painter.drawRect(front)
        painter.setBrush(mixed(ground, color, 0.52))
        painter.drawPolygon(top)
        painter.setBrush(mixed(ground, color, 0.20))
        painter.drawPolygon(side)
        if piece.active:
            self._band(painter, piece)
        if face is not None:
            self._face(painter, at, piece, face)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(edge)
            painter.drawPolygon(side)

    def _band(self, painter: QPainter, piece: Piece) -> None:
        """The end of a volume that has gone through an activation."""
        wide = min(_BAND, piece.width * 0.3)
        dx, dy = piece.depth * OBLIQUE[0], piece.depth * OBLIQUE[1]
        right, top = piece.x + piece.width, piece.y
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(
            mixed(self._theme.color("background"), self._theme.color("activation"), 0.72)
        )
        painter.drawRect(QRectF(right - wide, top, wide, piece.height))
        painter.drawPolygon(
            QPolygonF(
                [
                    QPointF(right - wide, top), QPointF(right, top),
                    QPointF(right + dx, top - dy), QPointF(right + dx - wide, top - dy),
                ]
            )
        )  # fmt: skip

    def _face(self, painter: QPainter, at: int, piece: Piece, numbers: np.ndarray) -> None:
        kept = self._faces.get(at)
        if kept is None or kept[0] is not numbers:
            image = face_image(numbers, piece, self._theme)
            side = max(image.width(), image.height())
            if side < _FINE:  # cells with sharp edges, and yet smooth where they lean
                larger = image.size() * -(-_FINE // side)
                image = image.scaled(larger)
            kept = self._faces[at] = (numbers, image)
        image = kept[1]
        dx, dy = piece.depth * OBLIQUE[0], piece.depth * OBLIQUE[1]
        wide, high = image.width(), image.height()
        painter.save()
        painter.setTransform(
            QTransform(
                dx / wide, -dy / wide, 0.0, piece.height / high, piece.x + piece.width, piece.y
            ),
            True,
        )  # fmt: skip
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QPointF(), image)
        painter.restore()

    def between(self, ink: Ink, link: Link, one: Piece, other: Piece, current: bool) -> None:
        """What leads from one volume to the next, or to a column."""
        painter, theme = ink.painter, self._theme
        if other.x < one.right and not other.is_column:
            return  # they stand close
        color = theme.color("cursor") if current else theme.color("dim")
        if link.joint in ("kernel", "whole", "flatten"):
            target = QPointF(other.x, other.y + other.height * _WINDOW[1])
            if link.joint == "flatten":
                self.fan(ink, one, other)
                return
            corners = self._window(one, link)
            faint = QColor(color)
            faint.setAlphaF(0.10)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(faint)
            painter.drawPolygon(QPolygonF([corners[1], target, corners[2]]))
            color.setAlphaF(0.65)
            painter.setPen(ink.line(color, 1.0))
            for corner in corners:
                painter.drawLine(corner, target)
            painter.setBrush(Qt.BrushStyle.NoBrush)  # to be seen on light and on dark cells
            for width, tone in ((3.0, "background"), (1.2, "cursor" if current else "text")):
                painter.setPen(ink.line(theme.color(tone, 0.6 if width > 2 else 1.0), width))
                painter.drawPolygon(QPolygonF(corners))
            return
        start, end = (
            one.right + deck(one) * _DECK + 5.0,
            other.x - (other.radius if other.is_column else 0.0) - 5.0,
        )
        line = pen(color, 1.4)
        painter.setPen(line)
        painter.drawLine(QPointF(start, 0.0), QPointF(end - 5.0, 0.0))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawPolygon(
            QPolygonF([QPointF(end, 0.0), QPointF(end - 7.0, -3.5), QPointF(end - 7.0, 3.5)])
        )

    def fan(self, ink: Ink, one: Piece, other: Piece) -> None:
        """All cells of a volume become one column, or a column becomes a volume."""
        painter = ink.painter
        start, end = one.right + 2.0, other.x - other.radius - 2.0
        top = one.y - one.depth * OBLIQUE[1]
        corners = [
            QPointF(start, top), QPointF(end, other.y),
            QPointF(end, other.y + other.height), QPointF(start, top + one.height),
        ]  # fmt: skip
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("dim", 0.07))
        painter.drawPolygon(QPolygonF(corners))
        line = ink.line(self._theme.color("dim", 0.45), 1.0)
        line.setDashPattern([4.0, 4.0])
        painter.setPen(line)
        painter.drawLine(corners[0], corners[1])
        painter.drawLine(corners[3], corners[2])

    def _window(self, piece: Piece, link: Link) -> list[QPointF]:
        """The corners of what a kernel looks at on a volume's face, as large as can be seen."""
        dx, dy = piece.depth * OBLIQUE[0], piece.depth * OBLIQUE[1]
        down, across = link.kernel
        down = min(1.0, max(down, _LEAST / piece.height))
        across = min(1.0, max(across, _LEAST / piece.depth))
        left = min(max(_WINDOW[0] - across / 2, 0.0), 1.0 - across)
        above = min(max(_WINDOW[1] - down / 2, 0.0), 1.0 - down)
        x, y = piece.x + piece.width, piece.y
        return [
            QPointF(x + u * dx, y - u * dy + v * piece.height)
            for u, v in (
                (left, above), (left + across, above),
                (left + across, above + down), (left, above + down),
            )
        ]  # fmt: skip


def deck(piece: Piece) -> int:
    """How many outlines lie behind a volume that stands for several."""
    return min(piece.times - 1, 2)


def outline(piece: Piece) -> tuple[QRectF, QPolygonF, QPolygonF]:
    """The front of a volume, its top and its right side."""
    dx, dy = piece.depth * OBLIQUE[0], piece.depth * OBLIQUE[1]
    front = QRectF(piece.x, piece.y, piece.width, piece.height)
    back = front.translated(dx, -dy)
    top = QPolygonF([front.topLeft(), back.topLeft(), back.topRight(), front.topRight()])
    side = QPolygonF([front.topRight(), back.topRight(), back.bottomRight(), front.bottomRight()])
    return front, top, side


def face_image(numbers: np.ndarray, piece: Piece, theme: Theme) -> QImage:
    """The picture on a volume's side, from its lowest number to its highest, in the same colours on
    all of them. An input of three channels is one in its own colours, another one in greys."""
    given = piece.first < 0
    if given and numbers.ndim == 3 and numbers.shape[0] == 3:
        return _coloured(numbers)
    shape = numbers.shape[-2:] if len(piece.form.sizes) > 1 else (-1, 1)  # a line runs down
    plane: np.ndarray = numbers.reshape(shape)
    finite = plane[np.isfinite(plane)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if given and low >= 0.0:
        low = 0.0  # of a picture that is black
    shades = Shades(low, high, False)  # the pattern counts, not how far it is from 0
    return shades.image(plane, theme, _GREYS) if given else shades.image(plane, theme)


def _coloured(numbers: np.ndarray) -> QImage:
    """(3, rows, columns) as red, green and blue, from the smallest number to the largest."""
    known = np.nan_to_num(numbers, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(known.min()), float(known.max())
    scaled = ((known - low) * (255.0 / ((high - low) or 1.0))).astype(np.uint8)
    pixels = np.ascontiguousarray(scaled.transpose(1, 2, 0))
    rows, columns, _ = pixels.shape
    made = QImage(pixels.tobytes(), columns, rows, columns * 3, QImage.Format.Format_RGB888)
    return made.copy()  # own its bytes
