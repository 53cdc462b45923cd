"""Painting columns of neurons, and the weights between them as lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap, QPolygonF

from explorer.gui.figure.ink import Ink, wide
from explorer.gui.figure.numbers import Source
from explorer.gui.panes.shades import lut, map_name
from explorer.gui.theme import Theme, ink_on
from explorer.picture.figure.placing import Piece
from explorer.picture.numbers import number_text

LINES = 400  # between two columns at most, the strongest
_LEVELS = 12  # of width and strength
_WIDEST = 3.2  # pixels, where there is room for it
_FEW = 120  # lines that may all be strong; of more, each is fainter and thinner
_SHEET = 8_000_000  # pixels of the lines of a layer that are kept painted
_SMALLEST = 8  # pixels of a number in a neuron
_WHOLE, _HALF = 0.90, 0.42  # of a neuron across, that a number may be wide in it or in a half
_USUAL = "−0.00"  # as wide as most numbers, while they are not there
_ASIDE = 0.47  # of its radius, from its middle to that of a half
_DOT, _EDGED = 2.0, 6.0  # pixels of radius: smaller neurons are dots, have a faint edge


@dataclass(frozen=True)
class Bundle:
    """Lines of one look: their ``share`` of the largest weight, about, and the ``role`` of their
    colour: ``positive``, ``negative``, ``nan`` or ``inf``."""

    share: float
    role: str
    lines: list[QLineF]


class Letters(NamedTuple):
    """How numbers are written: how many pixels high, and with how many decimals at most."""

    pixels: int
    decimals: int


@dataclass(frozen=True)
class _Sheet:
    """The lines of a matrix, painted at a zoom and for a screen's ratio."""

    matrix: np.ndarray
    look: tuple[float, float]
    pixmap: QPixmap


def middle(piece: Piece, n: int) -> QPointF:
    """The middle of a neuron, by its place among those shown."""
    return QPointF(piece.x, piece.y + piece.offsets[n])


def bundles(one: Piece, other: Piece, weights: np.ndarray, most: int) -> list[Bundle]:
    """The strongest ``weights`` (out, in) between two columns as lines, the weakest first; those
    that are no finite numbers are the last, and as strong as the largest."""
    flat = weights.reshape(-1).astype(float)
    size = np.abs(flat)
    finite = size[np.isfinite(size)]
    largest = float(finite.max()) if finite.size else 0.0
    strength = np.where(np.isfinite(size), size / (largest or 1.0), np.inf)
    chosen = np.arange(flat.size)
    if flat.size > most:
        chosen = np.argpartition(strength, flat.size - most)[-most:]
    chosen = chosen[np.argsort(strength[chosen], kind="stable")]
    shares = np.minimum(strength[chosen], 1.0)
    levels = np.arange(chosen.size) * _LEVELS // max(chosen.size, 1)  # so no sign hides the other
    rows, columns = np.divmod(chosen, weights.shape[1])
    numbers = flat[chosen]
    odd = ~np.isfinite(numbers)
    levels[odd] = _LEVELS - 1  # above the others
    left, right = one.x + one.radius, other.x - other.radius
    starts = one.y + np.array(one.offsets)[columns]
    ends = other.y + np.array(other.offsets)[rows]
    roles = {
        "negative": ~odd & (numbers < 0), "positive": ~odd & (numbers >= 0),
        "inf": np.isinf(numbers), "nan": np.isnan(numbers),
    }  # fmt: skip
    made = []
    for level in range(_LEVELS):
        for role, of_role in roles.items():
            where = (levels == level) & of_role & (shares > 0)
            lines = [
                QLineF(left, a, right, b)
                for a, b in zip(starts[where].tolist(), ends[where].tolist(), strict=True)
            ]
            if lines:
                made.append(Bundle(float(shares[where].mean()), role, lines))
    return made


def _largest(numbers: np.ndarray) -> float:
    """The largest of what is finite, either side of 0; 1 where that would be 0."""
    finite = np.abs(numbers[np.isfinite(numbers)])
    return float(finite.max(initial=0.0)) or 1.0


def inner_text(number: float, most: int = 2) -> str:
    """A number in as few letters as tell it: with ``most`` decimals, fewer from ten on."""
    if not np.isfinite(number) or abs(number) >= 1000:
        return number_text(number, 2)
    decimals = min(most, 2 if abs(number) < 9.995 else 1 if abs(number) < 99.95 else 0)
    rounded = round(number, decimals) or 0.0  # no −0.00
    return f"{rounded:.{decimals}f}".replace("-", "−")


class Neurons:
    """Paints the columns of a figure, in units of the scene."""

    def __init__(self, theme: Theme, numbers: Source) -> None:
        self._theme = theme
        self._numbers = numbers
        self._sheets: dict[int, _Sheet] = {}
        table = lut(map_name(theme, signed=True))
        self._colors = [QColor(red, green, blue) for blue, green, red, _ in table.tolist()]

    # ------------------------------------------------------------------ weights

    def weights(
        self, ink: Ink, at: int, one: Piece, other: Piece, strength: float, only: int = -1,
        source: int = -1,
    ) -> None:  # fmt: skip
        """The lines to column ``at``, as strong as ``strength`` (0 … 1); of its neuron ``only``,
        or of neuron ``source`` before it, all of them, where one is meant."""
        matrix = self._numbers.of(f"weights/{at}")
        if matrix is None or matrix.shape != (len(other.neurons), len(one.neurons)):
            return
        thin = min(one.radius, other.radius) * ink.zoom
        widest = min(_WIDEST, max(0.9, 0.45 * thin))
        meant = only >= 0 or source >= 0
        self._all(ink, at, one, other, matrix, strength * (0.12 if meant else 1.0), widest)
        if meant:
            alone = np.zeros_like(matrix)
            where = np.s_[only] if only >= 0 else np.s_[:, source]
            alone[where] = matrix[where]
            self._lines(ink, bundles(one, other, alone, LINES), max(widest, 1.6))

    def _all(
        self, ink: Ink, at: int, one: Piece, other: Piece, matrix: np.ndarray,
        strength: float, widest: float,
    ) -> None:  # fmt: skip
        """The lines between two columns. Hundreds take long to paint, so for the screen they are
        kept as a picture at the present zoom, of which a step only changes how strong it is."""
        painter = ink.painter
        top, bottom = min(one.y, other.y), max(one.y + one.height, other.y + other.height)
        place = QRectF(one.x, top, other.x - one.x, bottom - top)
        transform, device = painter.transform(), painter.device()
        seen = transform.mapRect(place).toAlignedRect()
        size = seen.size() * device.devicePixelRatioF()
        fits = size.width() * size.height() <= _SHEET
        if not isinstance(device, QPixmap) or not fits:  # in a file, lines stay lines
            self._lines(ink, bundles(one, other, matrix, LINES), widest)
            if strength < 1.0:
                painter.fillRect(place, self._theme.color("background", 1.0 - strength))
            return
        kept, look = self._sheets.get(at), (transform.m22(), device.devicePixelRatioF())
        if kept is None or kept.matrix is not matrix or kept.look != look:
            sheet = QPixmap(size)
            sheet.setDevicePixelRatio(device.devicePixelRatioF())
            sheet.fill(Qt.GlobalColor.transparent)
            inner = QPainter(sheet)
            inner.setRenderHint(QPainter.RenderHint.Antialiasing)
            inner.translate(-seen.topLeft())
            inner.setTransform(transform, True)
            within = Ink(inner, self._theme, ink.zoom, ink.seen)
            self._lines(within, bundles(one, other, matrix, LINES), widest)
            inner.end()
            kept = self._sheets[at] = _Sheet(matrix, look, sheet)
        painter.save()
        painter.resetTransform()
        painter.setOpacity(strength)
        painter.drawPixmap(seen.topLeft(), kept.pixmap)
        painter.restore()

    def _lines(self, ink: Ink, made: list[Bundle], widest: float) -> None:
        count = sum(len(bundle.lines) for bundle in made)
        faint = min(1.0, max(0.35, (_FEW / max(count, 1)) ** 0.5))
        widest = 0.4 + (widest - 0.4) * faint
        for bundle in made:
            color = self._theme.color(bundle.role)
            color.setAlphaF((0.08 + 0.82 * bundle.share) * faint)
            ink.painter.setPen(ink.line(color, 0.4 + (widest - 0.4) * bundle.share))
            ink.painter.drawLines(bundle.lines)

    def band(self, painter: QPainter, one: Piece, other: Piece) -> None:
        """What leads from column to column where it is more than one matrix."""
        shape = QPolygonF(
            [
                QPointF(one.x + one.radius, one.y), QPointF(other.x - other.radius, other.y),
                QPointF(other.x - other.radius, other.y + other.height),
                QPointF(one.x + one.radius, one.y + one.height),
            ]
        )  # fmt: skip
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("dim", 0.10))
        painter.drawPolygon(shape)

    # ------------------------------------------------------------------ neurons

    def paint(self, ink: Ink, at: int, piece: Piece, done: tuple[bool, bool]) -> None:
        """A column. Which of its halves are ``done``: before the activation and after; the others
        are hollow."""
        painter, zoom, radius = ink.painter, ink.zoom, piece.radius
        small = radius * zoom < _DOT
        names = [f"value/{at}"] + [f"begun/{at}"] * piece.split
        there = [numbers for name in names if (numbers := self._numbers.of(name)) is not None]
        bound = max((_largest(numbers) for numbers in there), default=1.0)  # both halves alike
        after = self._colored(names[0], piece, bound)
        begun = self._colored(names[1], piece, bound) if piece.split else after
        bias = self._numbers.of(f"bias/{at}")
        strong = radius * zoom >= _EDGED
        edge = ink.line(self._theme.color("dim", 0.8 if strong else 0.4), 1.0)
        hollow = self._theme.color("background")
        for n in range(len(piece.neurons)):
            centre = middle(piece, n)
            place = QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
            left = begun[n] if done[0] and begun else hollow
            right = after[n] if done[1] and after else hollow
            painter.setPen(Qt.PenStyle.NoPen)
            if small:
                painter.fillRect(place, right if done[1] else left)
                continue
            if piece.split:
                painter.setBrush(left)
                painter.drawPie(place, 90 * 16, 180 * 16)
                painter.setBrush(right)
                painter.drawPie(place, -90 * 16, 180 * 16)
            else:
                painter.setBrush(right)
                painter.drawEllipse(place)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(edge)
            painter.drawEllipse(place)
            if piece.split and radius * zoom > 6:
                painter.drawLine(
                    QPointF(centre.x(), place.top()), QPointF(centre.x(), place.bottom())
                )
        if (
            bias is not None
            and not small
            and radius * zoom > 4
            and bias.shape == (len(piece.neurons),)
        ):
            self._biases(painter, piece, bias)
        if (fitting := self.letters(at, piece, done, zoom)) is not None:
            self._write(ink, at, piece, done, (after, begun), fitting)

    def letters(
        self, at: int, piece: Piece, done: tuple[bool, bool], zoom: float
    ) -> Letters | None:
        """How the numbers in a column's neurons are written, None where there is no room for
        them: all of a column are, or none. The two in one neuron may have fewer decimals."""
        across = 2 * piece.radius * zoom
        room = across * (_HALF if piece.split else _WHOLE)
        for decimals in (2, 1) if piece.split else (2,):
            rows = self._texts(at, piece, done, decimals)
            texts = [text for row in rows for text in row] or [_USUAL]
            for pixels in range(min(15, round(across * 0.26)), _SMALLEST - 1, -1):
                if all(wide(text, pixels) <= room for text in texts):
                    return Letters(pixels, decimals)
        return None

    def _texts(
        self, at: int, piece: Piece, done: tuple[bool, bool], decimals: int
    ) -> list[list[str]]:
        """What is written in the neurons: that after the activation, and that before it."""
        asked = [(f"value/{at}", done[1]), (f"begun/{at}", done[0])][: 1 + piece.split]
        found = [(self._numbers.of(name), there) for name, there in asked]
        return [
            [inner_text(number, decimals) for number in numbers.reshape(-1).tolist()]
            if numbers is not None and numbers.size == len(piece.neurons) and there
            else []
            for numbers, there in found
        ]

    def _colored(self, name: str, piece: Piece, bound: float) -> list[QColor]:
        """The colour of every neuron by its number; ``bound`` is the strongest."""
        numbers = self._numbers.of(name)
        if numbers is None or numbers.size != len(piece.neurons):
            return []
        flat = numbers.reshape(-1).astype(float)
        scaled = np.nan_to_num(127.5 + 127.5 * flat / bound, nan=127.0, posinf=255.0, neginf=0.0)
        index = np.clip(np.round(scaled), 0, 255).astype(int)
        colors = [self._colors[i] for i in index.tolist()]
        for n in np.flatnonzero(~np.isfinite(flat)).tolist():
            colors[n] = self._theme.color("nan" if np.isnan(flat[n]) else "inf")
        return colors

    def _biases(self, painter: QPainter, piece: Piece, bias: np.ndarray) -> None:
        """A small square at the lower left of each neuron, as large as its bias is strong."""
        bound = _largest(bias)
        painter.setPen(Qt.PenStyle.NoPen)
        for n, number in enumerate(bias.tolist()):
            share, role = abs(number) / bound, "positive" if number >= 0 else "negative"
            if not np.isfinite(number):
                share, role = 1.0, "nan" if np.isnan(number) else "inf"
            side = piece.radius * (0.18 + 0.42 * share)
            painter.setBrush(self._theme.color(role))
            centre = middle(piece, n) + QPointF(-0.82, 0.82) * piece.radius
            painter.drawRect(QRectF(centre.x() - side / 2, centre.y() - side / 2, side, side))

    def _write(
        self, ink: Ink, at: int, piece: Piece, done: tuple[bool, bool],
        colors: tuple[list[QColor], list[QColor]], fitting: Letters,
    ) -> None:  # fmt: skip
        """The numbers in the neurons: that of each half, or the last one."""
        aside = piece.radius * _ASIDE if piece.split else 0.0
        texts = self._texts(at, piece, done, fitting.decimals)
        for row, grounds, x in zip(texts, colors, (aside, -aside), strict=False):
            for n, text in enumerate(row):
                where = middle(piece, n) + QPointF(x, 0.0)
                ink.text(where, text, fitting.pixels, ink_on(grounds[n]))
