"""Painting a figure: pieces, what joins them, captions, and where the cursor is."""

from __future__ import annotations

import math
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPolygonF

from explorer.gui.figure.captions import Label, labels
from explorer.gui.figure.ink import Ink, pixels_of, wide
from explorer.gui.figure.neurons import Neurons, middle
from explorer.gui.figure.numbers import Numbers
from explorer.gui.figure.volumes import Volumes, outline
from explorer.gui.map.drawing import pen
from explorer.gui.theme import Theme
from explorer.picture.figure.placing import Arc, Figure, Piece
from explorer.picture.numbers import number_text
from explorer.session.state import AppState

_NAME = 13.0  # units of what is written beside neurons
_AWAY = (8.0, 15.0)  # units from the first column to its names, and from another one
_CLEAR = 7.0  # pixels around what says how many neurons are left out
_VALUE = "  −0.0000"  # as wide as a number beside a name
_LATER = 0.36  # of what is not computed yet
_RESTING = 0.55  # of weights that are not those of the cursor's layer


class Spot(NamedTuple):
    """What is under the mouse: a piece, and a neuron of it by its place among those shown, -1 for
    none; ``after`` tells that it is the half after the activation. ``arc`` is a way around."""

    piece: int
    neuron: int = -1
    after: bool = True
    arc: int = -1


class FigureDrawing:
    """Paints one figure in the colours of a theme."""

    def __init__(self, figure: Figure, theme: Theme, numbers: Numbers) -> None:
        self.figure = figure
        self.theme = theme
        self.numbers = numbers
        self._volumes = Volumes(theme)
        self._neurons = Neurons(theme, numbers)
        self._labels: tuple[float, tuple[Label, ...]] = (0.0, ())  # as they are at a zoom

    def dressed(self, theme: Theme) -> FigureDrawing:
        """The same in another theme."""
        return FigureDrawing(self.figure, theme, self.numbers)

    def bounds(self, zoom: float) -> QRectF:
        """The part of the scene that everything covers, for one who sees a unit as ``zoom``
        pixels: the smaller the figure, the larger is the text beside it."""
        found = QRectF()
        for n, piece in enumerate(self.figure.pieces):
            found |= _extent(piece)
            if piece.names:
                inside = self._neurons.letters(n, piece, (True, True), zoom)
                said = max(piece.names, key=len) + ("" if inside or n == 0 else _VALUE)
                longest = wide(said, self._size(piece, zoom), 700)
                reach = piece.radius + (_AWAY[n > 0] + longest / zoom)
                x = piece.x - (reach if n == 0 else 0.0)
                found |= QRectF(x, piece.y, reach, piece.height)
        last = self.figure.pieces[-1]
        if last.hidden:
            room = wide(_left_out(last), pixels_of(_NAME, zoom), 500) + 2 * _CLEAR
            found |= QRectF(last.right, last.y, room / zoom, last.height)
        for arc in self.figure.arcs:
            one, other = self.figure.pieces[arc.start], self.figure.pieces[arc.end]
            found |= QRectF(one.crown, arc.y - 16.0, max(other.crown - one.crown, 1.0), 16.0)
        for label in self._labels_at(zoom):
            found |= label.bounds(zoom)
        return found

    def _labels_at(self, zoom: float) -> tuple[Label, ...]:
        if self._labels[0] != zoom:
            self._labels = (zoom, labels(self.figure, zoom))
        return self._labels[1]

    # ------------------------------------------------------------------ the whole

    def paint(self, ink: Ink, state: AppState, spot: Spot | None = None) -> None:
        """Paint all of it that is to be seen, with what is under the mouse."""
        painter, figure, cursor = ink.painter, self.figure, state.cursor
        walked = state.tab == "forward"
        arc = figure.arc_of(cursor)
        current = -1 if arc is not None else figure.piece_of(cursor)
        meant = spot if spot is not None and spot.neuron >= 0 else None
        seen = [ink.seen.intersects(_extent(piece)) for piece in figure.pieces]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for n, way in enumerate(figure.arcs):
            later = walked and figure.pieces[way.end].first > cursor and n != arc
            painter.setOpacity(_LATER if later else 1.0)
            self._arc(ink, way, n == arc, spot is not None and spot.arc == n)
        painter.setOpacity(1.0)
        for link in figure.links:
            one, other = figure.pieces[link.at], figure.pieces[link.at + 1]
            at, later = link.at + 1, walked and other.first > cursor
            if not ink.seen.intersects(_extent(one) | _extent(other)):
                continue
            if link.joint == "weights":
                strength = 1.0 if at == current or not walked else 0.22 if later else _RESTING
                only = meant.neuron if meant is not None and meant.piece == at else -1
                self._neurons.weights(ink, at, one, other, strength, only)
            elif one.is_column:
                painter.setOpacity(_LATER if later else 1.0)
                if other.is_column:
                    self._neurons.band(painter, one, other)
                else:
                    self._volumes.fan(ink, one, other)
                painter.setOpacity(1.0)
        for n, piece in enumerate(figure.pieces):
            later = walked and piece.first > cursor
            painter.setOpacity(_LATER if later else 1.0)
            if piece.is_column:
                self._column(ink, n, piece, state, n == current)
            elif seen[n]:
                done = not walked or cursor >= piece.last
                known = "" if later else f"value/{n}" if done else f"begun/{n}"
                face = self.numbers.of(known)
                self._volumes.paint(ink, n, piece, face, n == current and walked)
            painter.setOpacity(1.0)
            if n < len(figure.links) and not piece.is_column and (seen[n] or seen[n + 1]):
                other = figure.pieces[n + 1]
                painter.setOpacity(_LATER if walked and other.first > cursor else 1.0)
                here = walked and n + 1 == current
                self._volumes.between(ink, figure.links[n], piece, other, here)
                painter.setOpacity(1.0)
        if spot is not None and spot.arc < 0 and spot.neuron < 0:
            self._hover(ink, figure.pieces[spot.piece])
        if meant is not None:
            self._ring(ink, figure.pieces[meant.piece], meant.neuron)
        for label in self._labels_at(ink.zoom):
            if ink.seen.intersects(label.bounds(ink.zoom)):
                caption = figure.captions[label.caption]
                here = walked and caption.first <= current <= caption.last
                later = walked and figure.pieces[caption.first].first > cursor
                painter.setOpacity(0.5 if later else 1.0)
                piece = figure.pieces[current]
                follows = here and piece.split and cursor >= piece.last and piece.lines[1:]
                told = label.role == "dim" if follows else label.weight > 400
                role = "cursor" if here and told else label.role
                ink.text(
                    label.at, label.text, label.pixels, self.theme.color(role), label.weight,
                    label.align, label.angle,
                )  # fmt: skip
        painter.setOpacity(1.0)

    def _column(self, ink: Ink, n: int, piece: Piece, state: AppState, current: bool) -> None:
        walked, cursor = state.tab == "forward", state.cursor
        done = (True, True)
        if walked and piece.first >= 0:
            begun = piece.last
            if piece.split and state.recording is not None:
                begun = state.recording.values[piece.stage.begun].writer
            done = (cursor >= begun, cursor >= piece.last)
        if ink.seen.intersects(_extent(piece)):
            if current and walked:
                self._glow(ink, piece, state)
            self._neurons.paint(ink, n, piece, done)
            if piece.hidden:
                after = self.figure.pieces[n + 1 : n + 2]
                end = after[0].x - after[0].radius if after else math.inf
                self._elision(ink, piece, end)
        if piece.names:
            self._names(ink, n, piece, state, done)

    def _glow(self, ink: Ink, piece: Piece, state: AppState) -> None:
        """The cursor is on this column, or on a half of it."""
        pad = min(9.0, piece.radius * 0.5 + 3.0)
        where = QRectF(
            piece.x - piece.radius - pad, piece.y - pad + 2.0,
            2 * (piece.radius + pad), piece.height + 2 * pad - 4.0,
        )  # fmt: skip
        if piece.split and piece.radius * ink.zoom > 4.0:
            begun = state.cursor < piece.last
            half = where.width() / 2
            where.setWidth(half)
            if not begun:
                where.translate(half, 0.0)
        ink.painter.setBrush(self.theme.color("cursor", 0.16))
        ink.painter.setPen(ink.line(self.theme.color("cursor"), 1.8))
        round_ = min(10.0, where.width() / 2)
        ink.painter.drawRoundedRect(where, round_, round_)

    def _elision(self, ink: Ink, piece: Piece, end: float) -> None:
        """What is left out of a column, and how many these are if there is room up to ``end``."""
        half = len(piece.neurons) // 2
        y = piece.y + (piece.offsets[half - 1] + piece.offsets[half]) / 2
        step = (piece.offsets[half] - piece.offsets[half - 1]) / 4
        ink.painter.setPen(Qt.PenStyle.NoPen)
        ink.painter.setBrush(self.theme.color("dim"))
        dot = max(1.5, 1.2 / ink.zoom)
        for k in (-1, 0, 1):
            ink.painter.drawEllipse(QPointF(piece.x, y + k * step), dot, dot)
        pixels, said = pixels_of(_NAME, ink.zoom), _left_out(piece)
        x = piece.x + piece.radius + _CLEAR / ink.zoom
        if (end - x) * ink.zoom < wide(said, pixels, 500) + 2 * _CLEAR:
            return
        align = Qt.AlignmentFlag.AlignLeft
        color = self.theme.color("text")
        ink.text(QPointF(x, y), said, pixels, color, 500, align, halo=True)

    def _names(
        self, ink: Ink, n: int, piece: Piece, state: AppState, halves: tuple[bool, bool]
    ) -> None:
        """What the neurons are called: at the left of the first column, else at the right, there
        with their numbers where there is no room for these in the neurons."""
        first = n == 0
        values = self.numbers.of(f"value/{n}")
        done = state.tab != "forward" or first or state.cursor >= piece.last
        best = -1
        if values is not None and values.size == len(piece.neurons) and done and not first:
            best = int(values.reshape(-1).argmax())
        said = list(piece.names)
        if (
            best >= 0
            and values is not None
            and not self._neurons.letters(n, piece, halves, ink.zoom)
        ):
            numbers = values.reshape(-1).tolist()
            said = [f"{a}  {number_text(x, 3)}" for a, x in zip(said, numbers, strict=True)]
        away = piece.radius + _AWAY[not first]
        align = Qt.AlignmentFlag.AlignRight if first else Qt.AlignmentFlag.AlignLeft
        pixels = self._size(piece, ink.zoom)
        for k, text in enumerate(said):
            at = middle(piece, k) + QPointF(-away if first else away, 0.0)
            color = self.theme.color("text" if k == best or first else "dim")
            ink.text(at, text, pixels, color, 700 if k == best else 400, align)

    def _size(self, piece: Piece, zoom: float) -> float:
        """How many pixels high the names of neurons are."""
        step = piece.offsets[1] - piece.offsets[0] if len(piece.offsets) > 1 else 40.0
        return min(pixels_of(_NAME, zoom), 0.9 * step * zoom)

    # ------------------------------------------------------------------ ways around

    def _arc(self, ink: Ink, arc: Arc, current: bool, hovered: bool) -> None:
        one, other = self.figure.pieces[arc.start], self.figure.pieces[arc.end]
        painter = ink.painter
        color = self.theme.color("cursor" if current else "text" if hovered else "dim", 0.9)
        line = pen(color, 1.6 if current or hovered else 1.3)
        line.setDashPattern([4.0, 3.0])
        painter.setPen(line)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        path, end = arc_path(arc, one, other)
        painter.drawPath(path)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawPolygon(QPolygonF([end, end + QPointF(-3.6, -7.5), end + QPointF(3.6, -7.5)]))
        pixels = 11.0 * ink.zoom
        if arc.label and wide(arc.label, pixels) / ink.zoom <= other.crown - one.crown + 40.0:
            at = QPointF((one.crown + other.crown) / 2, arc.y - 8.0)
            ink.text(at, arc.label, pixels, self.theme.color("cursor" if current else "dim"))

    def _hover(self, ink: Ink, piece: Piece) -> None:
        painter = ink.painter
        painter.setPen(ink.line(self.theme.color("text", 0.8), 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if piece.is_column:
            pad = piece.radius + 5.0
            painter.drawRoundedRect(
                QRectF(piece.x - pad, piece.y - 4.0, 2 * pad, piece.height + 8.0), 8.0, 8.0
            )
            return
        for part in outline(piece)[1:]:
            painter.drawPolygon(part)
        painter.drawRect(outline(piece)[0])

    def _ring(self, ink: Ink, piece: Piece, n: int) -> None:
        """The neuron under the mouse."""
        ink.painter.setPen(ink.line(self.theme.color("text"), 2.0))
        ink.painter.setBrush(Qt.BrushStyle.NoBrush)
        ink.painter.drawEllipse(middle(piece, n), piece.radius + 1.5, piece.radius + 1.5)

    # ------------------------------------------------------------------ what is where

    def hit(self, x: float, y: float) -> Spot | None:
        """What is at a point of the scene."""
        figure = self.figure
        for n in reversed(range(len(figure.pieces))):
            piece = figure.pieces[n]
            if piece.is_column:
                spot = _neuron_at(piece, n, x, y)
                if spot is not None:
                    return spot
                continue
            front, top, side = outline(piece)
            at = QPointF(x, y)
            rule = Qt.FillRule.OddEvenFill
            if front.contains(at) or any(p.containsPoint(at, rule) for p in (top, side)):
                return Spot(n)
        for n, arc in enumerate(figure.arcs):
            one, other = figure.pieces[arc.start], figure.pieces[arc.end]
            if abs(y - arc.y) < 7.0 and one.crown - 4.0 <= x <= other.crown + 4.0:
                return Spot(arc.end, arc=n)
        return None


def arc_path(arc: Arc, one: Piece, other: Piece) -> tuple[QPainterPath, QPointF]:
    """A way around with round corners, and where it ends. Beside others of a piece it begins a
    little to the right of the middle, and ends a little to the left."""
    left, right, bend = one.crown + 5.0, other.crown - 5.0, 9.0
    end = QPointF(right, _roof(other, right) - 2.0)
    path = QPainterPath(QPointF(left, _roof(one, left) - 2.0))
    path.lineTo(left, arc.y + bend)
    path.quadTo(left, arc.y, left + bend, arc.y)
    path.lineTo(right - bend, arc.y)
    path.quadTo(right, arc.y, right, arc.y + bend)
    path.lineTo(right, end.y() - 6.0)
    return path, end


def _extent(piece: Piece) -> QRectF:
    """What a piece covers, without its names."""
    left = piece.x - piece.radius
    return QRectF(left, piece.top, piece.right - left, piece.y + piece.height - piece.top)


def _left_out(piece: Piece) -> str:
    """How many neurons of a column are not shown."""
    return f"+ {piece.hidden:,}"


def _roof(piece: Piece, x: float) -> float:
    """The upper edge of a piece at ``x``."""
    if piece.is_column:
        return piece.y
    recedes = piece.right - piece.x - piece.width
    share = 0.0 if recedes <= 0 else min(1.0, max(0.0, (x - piece.x) / recedes))
    return piece.y - (piece.y - piece.top) * share


def _neuron_at(piece: Piece, n: int, x: float, y: float) -> Spot | None:
    """The neuron of a column at a point; beside it, the column alone."""
    reach = piece.radius + 3.0
    if abs(x - piece.x) > reach or not piece.y <= y <= piece.y + piece.height:
        return None
    near = min(range(len(piece.offsets)), key=lambda k: abs(piece.y + piece.offsets[k] - y))
    found = abs(piece.y + piece.offsets[near] - y) <= reach
    return Spot(n, near if found else -1, x >= piece.x)
