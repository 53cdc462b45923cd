"""Painting a figure: pieces, what joins them, captions, and where the cursor is."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from explorer.gui.figure.neurons import Neurons, middle
from explorer.gui.figure.numbers import Numbers
from explorer.gui.figure.volumes import Volumes, outline
from explorer.gui.map.drawing import READABLE, map_font, pen
from explorer.gui.theme import Theme
from explorer.picture.figure.placing import Arc, Caption, Figure, Piece
from explorer.picture.numbers import number_text
from explorer.session.state import AppState

_TEXT, _SMALL = 13.0, 11.5  # units of a caption's first line, and of the others
_LEAST, _MOST = 11.0, 17.0  # pixels of them, whatever the zoom
_BEYOND = 12.0  # pixels that a name may reach beyond the figure
_TIGHT = 8.0  # pixels where there is no room for more
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
        self._theme = theme
        self._numbers = numbers
        self._volumes = Volumes(theme)
        self._neurons = Neurons(theme, numbers)

    # ------------------------------------------------------------------ the whole

    def paint(self, painter: QPainter, state: AppState, spot: Spot | None) -> None:
        """Paint all of it; the painter is in units of the scene."""
        figure, cursor = self.figure, state.cursor
        walked = state.tab == "forward"
        arc = figure.arc_of(cursor)
        current = -1 if arc is not None else figure.piece_of(cursor)
        meant = spot if spot is not None and spot.neuron >= 0 else None
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for n, way in enumerate(figure.arcs):
            later = walked and figure.pieces[way.end].first > cursor and n != arc
            painter.setOpacity(_LATER if later else 1.0)
            self._arc(painter, way, n == arc, spot is not None and spot.arc == n)
        painter.setOpacity(1.0)
        for link in figure.links:
            one, other = figure.pieces[link.at], figure.pieces[link.at + 1]
            at, later = link.at + 1, walked and other.first > cursor
            if link.joint == "weights":
                strength = 1.0 if at == current or not walked else 0.22 if later else _RESTING
                only = meant.neuron if meant is not None and meant.piece == at else -1
                self._neurons.weights(painter, at, one, other, strength, only)
            elif one.is_column:
                painter.setOpacity(_LATER if later else 1.0)
                if other.is_column:
                    self._neurons.band(painter, one, other)
                else:
                    self._volumes.fan(painter, one, other)
                painter.setOpacity(1.0)
        for n, piece in enumerate(figure.pieces):
            later = walked and piece.first > cursor
            painter.setOpacity(_LATER if later else 1.0)
            if piece.is_column:
                self._column(painter, n, piece, state, n == current)
            else:
                done = not walked or cursor >= piece.last
                known = "" if later else f"value/{n}" if done else f"begun/{n}"
                face = self._numbers.of(known)
                self._volumes.paint(painter, n, piece, face, n == current and walked)
            painter.setOpacity(1.0)
            if n < len(figure.links):
                link, other = figure.links[n], figure.pieces[n + 1]
                if not piece.is_column:
                    painter.setOpacity(_LATER if walked and other.first > cursor else 1.0)
                    here = walked and n + 1 == current
                    self._volumes.between(painter, link, piece, other, here)
                    painter.setOpacity(1.0)
        if spot is not None and spot.arc < 0 and spot.neuron < 0:
            self._hover(painter, figure.pieces[spot.piece])
        if meant is not None:
            self._ring(painter, figure.pieces[meant.piece], meant.neuron)
        for caption in figure.captions:
            here = walked and caption.first <= current <= caption.last
            later = walked and figure.pieces[caption.first].first > cursor
            painter.setOpacity(0.5 if later else 1.0)
            self._caption(painter, caption, here)
        painter.setOpacity(1.0)

    def _column(
        self, painter: QPainter, n: int, piece: Piece, state: AppState, current: bool
    ) -> None:
        walked, cursor = state.tab == "forward", state.cursor
        done = (True, True)
        if walked and piece.first >= 0:
            begun = piece.last
            if piece.split and state.recording is not None:
                begun = state.recording.values[piece.stage.begun].writer
            done = (cursor >= begun, cursor >= piece.last)
        if current and walked:
            self._glow(painter, piece, state)
        self._neurons.paint(painter, n, piece, done)
        if piece.hidden:
            self._elision(painter, piece)
        if piece.names:
            self._names(painter, n, piece, state, done)

    def _glow(self, painter: QPainter, piece: Piece, state: AppState) -> None:
        """The cursor is on this column, or on a half of it."""
        pad = min(9.0, piece.radius * 0.5 + 3.0)
        where = QRectF(
            piece.x - piece.radius - pad, piece.y - pad + 2.0,
            2 * (piece.radius + pad), piece.height + 2 * pad - 4.0,
        )  # fmt: skip
        if piece.split and piece.radius * painter.transform().m22() > 4.0:
            begun = state.cursor < piece.last
            half = where.width() / 2
            where.setWidth(half)
            if not begun:
                where.translate(half, 0.0)
        painter.setBrush(self._theme.color("cursor", 0.16))
        line = QPen(self._theme.color("cursor"))
        line.setCosmetic(True)
        line.setWidthF(1.8)
        painter.setPen(line)
        round_ = min(10.0, where.width() / 2)
        painter.drawRoundedRect(where, round_, round_)

    def _elision(self, painter: QPainter, piece: Piece) -> None:
        """What is left out of a column."""
        half = len(piece.neurons) // 2
        y = piece.y + (piece.offsets[half - 1] + piece.offsets[half]) / 2
        step = (piece.offsets[half] - piece.offsets[half - 1]) / 4
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("dim"))
        for k in (-1, 0, 1):
            painter.drawEllipse(QPointF(piece.x, y + k * step), 1.5, 1.5)
        self._text(
            painter, QPointF(piece.x + piece.radius + 5.0, y), f"+ {piece.hidden:,}", 11.0,
            "text", 500, Qt.AlignmentFlag.AlignLeft, halo=True,
        )  # fmt: skip

    def _names(
        self, painter: QPainter, n: int, piece: Piece, state: AppState, halves: tuple[bool, bool]
    ) -> None:
        """What the neurons are called: at the left of the first column, else at the right, there
        with their numbers."""
        first = n == 0
        values = self._numbers.of(f"value/{n}")
        done = state.tab != "forward" or first or state.cursor >= piece.last
        best = -1
        if values is not None and values.size == len(piece.neurons) and done and not first:
            best = int(values.reshape(-1).argmax())
        zoom = painter.transform().m22()
        step = piece.offsets[1] - piece.offsets[0] if len(piece.offsets) > 1 else 40.0
        said = list(piece.names)
        inside = best >= 0 and self._neurons.lettering(n, piece, halves, zoom) is not None
        if best >= 0 and values is not None and not inside:
            numbers = values.reshape(-1).tolist()
            said = [f"{a}  {number_text(x, 3)}" for a, x in zip(said, numbers, strict=True)]
        away = piece.radius + (8.0 if first else 15.0)
        room = piece.x - away if first else self.figure.width - piece.x - away
        widest = QFontMetricsF(map_font(_LEAST, 700)).horizontalAdvance(max(said, key=len))
        least = min(_LEAST, max(_TIGHT, _LEAST * (room * zoom + _BEYOND) / widest))
        size = min(max(13.0, least / zoom), step * 0.9)
        for k, text in enumerate(said):
            at = middle(piece, k) + QPointF(-away if first else away, 0.0)
            align = Qt.AlignmentFlag.AlignRight if first else Qt.AlignmentFlag.AlignLeft
            self._text(
                painter, at, text, size,
                "text" if k == best or first else "dim", 700 if k == best else 400, align,
            )  # fmt: skip

    # ------------------------------------------------------------------ ways around

    def _arc(self, painter: QPainter, arc: Arc, current: bool, hovered: bool) -> None:
        one, other = self.figure.pieces[arc.start], self.figure.pieces[arc.end]
        color = self._theme.color("cursor" if current else "text" if hovered else "dim", 0.9)
        line = pen(color, 1.6 if current or hovered else 1.3)
        line.setDashPattern([4.0, 3.0])
        painter.setPen(line)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        path, end = arc_path(arc, one, other)
        painter.drawPath(path)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawPolygon(QPolygonF([end, end + QPointF(-3.6, -7.5), end + QPointF(3.6, -7.5)]))
        if arc.label:
            at = QPointF((one.crown + other.crown) / 2, arc.y - 8.0)
            self._text(
                painter, at, arc.label, 11.0, "cursor" if current else "dim", 400,
                Qt.AlignmentFlag.AlignHCenter, room=other.crown - one.crown + 40.0,
            )  # fmt: skip

    def _hover(self, painter: QPainter, piece: Piece) -> None:
        line = QPen(self._theme.color("text", 0.8))
        line.setCosmetic(True)
        line.setWidthF(1.6)
        painter.setPen(line)
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

    def _ring(self, painter: QPainter, piece: Piece, n: int) -> None:
        """The neuron under the mouse."""
        line = QPen(self._theme.color("text"))
        line.setCosmetic(True)
        line.setWidthF(2.0)
        painter.setPen(line)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(middle(piece, n), piece.radius + 1.5, piece.radius + 1.5)

    # ------------------------------------------------------------------ text

    def _caption(self, painter: QPainter, caption: Caption, current: bool) -> None:
        """What it does, one line below the other, and the shape in full if there is room."""
        piece = self.figure.pieces[caption.first]
        zoom = painter.transform().m22()
        room = caption.room * zoom
        y = self.figure.foot
        for k, line in enumerate(self._broken(piece.lines, room, zoom)):
            size = _TEXT if k == 0 else _SMALL
            role = "cursor" if current and k == 0 else "text" if k == 0 else "dim"
            y += self._line(
                painter, caption.x, y, (line,), size, role, 600 if k == 0 else 400, room
            )
        self._line(painter, caption.x, y + 2.0 / zoom, piece.shape, _SMALL, "text", 400, room)

    def _broken(self, lines: tuple[str, ...], room: float, zoom: float) -> tuple[str, ...]:
        """The lines of a caption, the first of them broken at its last word if it is too wide."""
        metrics = QFontMetricsF(map_font(min(max(_TEXT * zoom, _LEAST), _MOST), 600))
        head, _, end = lines[0].rpartition(" ")
        if not head or metrics.horizontalAdvance(lines[0]) <= room:
            return lines
        return (head, end, *lines[1:])

    def _line(
        self, painter: QPainter, x: float, y: float, texts: tuple[str, ...], size: float,
        role: str, weight: int, room: float,
    ) -> float:  # fmt: skip
        """The first of some texts that has room, its head at ``y``, smaller if none has; returns
        its height."""
        zoom = painter.transform().m22()
        wanted = min(max(size * zoom, _LEAST), _MOST)
        metrics = QFontMetricsF(map_font(wanted, weight))
        fits = [text for text in texts if metrics.horizontalAdvance(text) <= room]
        if not fits:
            wanted = max(_TIGHT, wanted * room / metrics.horizontalAdvance(texts[-1]))
            metrics = QFontMetricsF(map_font(wanted, weight))
            fits = [metrics.elidedText(texts[-1], Qt.TextElideMode.ElideRight, room + 1.0)]
        at = QPointF(x, y + metrics.height() / 2 / zoom)
        centre = Qt.AlignmentFlag.AlignHCenter
        self._text(painter, at, fits[0], wanted / zoom, role, weight, centre)
        return float(metrics.height() / zoom)

    def _text(
        self, painter: QPainter, at: QPointF, text: str, size: float, role: str, weight: int,
        align: Qt.AlignmentFlag, room: float = 0.0, halo: bool = False,
    ) -> None:  # fmt: skip
        """One line around or beside a point, of a ``size`` in units; nothing too small to read."""
        transform = painter.transform()
        pixels = size * transform.m22()
        if pixels < READABLE:
            return
        made = map_font(pixels, weight)
        metrics = QFontMetricsF(made)
        width = metrics.horizontalAdvance(text)
        if room and width > room * transform.m22():
            return
        centre = transform.map(at)
        left = centre.x()
        if align == Qt.AlignmentFlag.AlignHCenter:
            left -= width / 2
        elif align == Qt.AlignmentFlag.AlignRight:
            left -= width
        base = QPointF(left, centre.y() + (metrics.ascent() - metrics.descent()) / 2)
        painter.save()
        painter.resetTransform()
        if halo:
            place = QRectF(left - 3, centre.y() - metrics.height() / 2, width + 6, metrics.height())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("background", 0.86))
            painter.drawRoundedRect(place, 4, 4)
        painter.setFont(made)
        painter.setPen(self._theme.color(role))
        painter.drawText(base, text)
        painter.restore()

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
