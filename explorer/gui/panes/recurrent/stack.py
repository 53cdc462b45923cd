"""The bands of a recurrent layer below each other, on one axis of time: painted, nothing else."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QFont, QFontMetrics, QImage, QPainter, QPen

from explorer.core.plane import Extent
from explorer.core.recurrent import GATES
from explorer.gui.panes.cells import paint_cells, write_cells
from explorer.gui.panes.colourbar import ColourBar
from explorer.gui.panes.matrix import Grid, Matrix, Names
from explorer.gui.panes.names import AxisNames
from explorer.gui.panes.shades import Shades, lut, map_name, masked_color
from explorer.gui.theme import Theme, font, mono
from explorer.picture.numbers import number_text

_GAP, _NARROW = 5, 2  # pixels between two bands, and between low ones
_LOW, _LEAST = 24, 18  # pixels of a band with little room, and the least
_LINES, _LEAST_LINES = 46, 36  # pixels: the height of the lines, and the least one
_LINED_FROM = 90  # pixels: the height of all of it that leaves room for lines
_BARS_FROM = 30  # pixels: a band that has room for its colour bar
_WORDS_FROM = 26  # pixels: a band that has room for a word below its letter
_RAMP = 46  # pixels of what tells the colours
_DOTS_FROM = 10  # pixels: steps so wide have a dot each on the lines
_BETWEEN = 10  # pixels between two parts of the legend
Middle = Qt.AlignmentFlag.AlignVCenter
Left, Right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight


class Strip(NamedTuple):
    """A band as it is painted: its letter, a word for it, its numbers, and which units they are."""

    name: str
    word: str
    matrix: Matrix
    units: np.ndarray


class Line(NamedTuple):
    """How open a gate is, by columns of so many steps (``block``) from the step ``first`` on."""

    name: str
    shares: np.ndarray
    block: int
    first: int


class Times(NamedTuple):
    """The axis of time: so many ``steps``, of which the sample has ``length``; what they are
    called, () for numbers; and whether the last one ran first."""

    steps: int
    length: int
    names: Names
    backwards: bool


class Stack:
    """Where everything is on the widget, and how it is painted. ``rows`` and ``columns`` are the
    units and the steps in view; of a band with fewer units, as many as they are a share of all."""

    def __init__(self, theme: Theme, scale: float) -> None:
        self._theme, self._scale = theme, scale
        self.strips: tuple[Strip, ...] = ()
        self.lines: tuple[Line, ...] = ()
        self.times = Times(0, 0, (), False)
        self.rows: Extent = (0.0, 1.0)
        self.columns: Extent = (0.0, 1.0)
        self.size = QSize()
        self.scroll = (0, 0)  # pixels for scroll bars at the right and at the bottom
        self._images: list[QImage] = []
        self._names = AxisNames(theme, scale, square=False)
        self._names.shown = (False, True)
        self._bar = ColourBar(theme, scale)

    def show(self, strips: tuple[Strip, ...], lines: tuple[Line, ...], times: Times) -> None:
        """Other numbers."""
        self.strips, self.lines, self.times = strips, lines, times
        self._images = [one.matrix.shades.image(one.matrix.data, self._theme) for one in strips]

    @property
    def units(self) -> int:
        """The units of the widest band."""
        return max((one.matrix.whole[0] for one in self.strips), default=0)

    # ------------------------------------------------------------------ where it is

    @property
    def left(self) -> int:
        """Pixels for the letters of the bands, and their words."""
        metrics = QFontMetrics(font(self._scale, 8))
        words = [metrics.horizontalAdvance(one.word) for one in self.strips]
        ends = [self._open, self._closed] if self.lines else []
        beside = 0 if self._high >= _WORDS_FROM else self._letter + 4
        wide = max(words, default=0) + beside
        return max([wide, *map(metrics.horizontalAdvance, ends)]) + 8

    @property
    def _letter(self) -> int:
        """Pixels of the letter of a band."""
        return QFontMetrics(self._bold).horizontalAdvance("h")

    @property
    def _bold(self) -> QFont:
        made = mono(self._scale, 10)
        made.setBold(True)
        return made

    @property
    def right(self) -> int:
        """Pixels for the colour bars, where bands are high enough, or else what they reach to; and
        the scroll bar."""
        metrics = QFontMetrics(mono(self._scale, 8.5))
        room = max((metrics.horizontalAdvance(_reach(one)) for one in self.strips), default=0) + 6
        if self._barred:
            room = max((self._bar.room(one.matrix) for one in self.strips), default=0)
        return room + (self.scroll[0] + 2 if self.scroll[0] else 0)

    @property
    def _barred(self) -> bool:
        return self._high >= _BARS_FROM

    @property
    def _high(self) -> float:
        """About how high a band is, in pixels at scale 1; the same whatever is beside it."""
        high = self.size.height() - self.bottom - 2 * QFontMetrics(mono(self._scale, 9)).height()
        parts = len(self.strips) + bool(self.lines)
        return (high / max(1, parts) - _GAP) / self._scale

    @property
    def top(self) -> int:
        """Pixels for the names of the steps."""
        if not self.strips:
            return 0
        sides = self.right + self.left
        return self._names.top(self._timed, self.rows, self.columns, self.size, sides)

    @property
    def bottom(self) -> int:
        """Pixels for the legend, and the scroll bar."""
        return QFontMetrics(font(self._scale, 8.5)).height() + 6 + self.scroll[1]

    @property
    def _timed(self) -> Matrix:
        """What has the names of the steps."""
        matrix = self.strips[0].matrix
        block = (1, matrix.block[1])
        return Matrix(
            matrix.data[:1], matrix.shades, columns=self.times.names, block=block,
            first=(0, matrix.first[1]), whole=(1, self.times.steps),
        )  # fmt: skip

    def field(self) -> QRectF:
        """Where the lines and all bands are."""
        top = self.top
        wide = max(1, self.size.width() - self.left - self.right)
        return QRectF(self.left, top, wide, max(1, self.size.height() - top - self.bottom))

    def plot(self) -> QRectF:
        """Where the lines are; it is empty where there are none, or no room."""
        field = self.field()
        most, least = _LINES * self._scale, _LEAST_LINES * self._scale
        high = min(most, max(least, field.height() / (len(self.strips) + 1.5)))
        if not self.lines or field.height() < _LINED_FROM * self._scale:
            high = 0.0
        return QRectF(field.left(), field.top(), field.width(), high)

    def least(self) -> int:
        """The pixels of height that all bands need to be seen."""
        bands = len(self.strips) * (_LEAST * self._scale + _NARROW)
        lines = _LEAST_LINES * self._scale + _NARROW if self.lines else 0.0
        return math.ceil(self.top + lines + bands + self.bottom)

    def grids(self) -> list[Grid]:
        """Where the cells of each band are."""
        field, plot = self.field(), self.plot()
        count = max(1, len(self.strips))
        gap = _GAP if field.height() - plot.height() > count * _LOW * self._scale else _NARROW
        begin = plot.bottom() + (gap if plot.height() else 0)
        each = max(1.0, (field.bottom() - begin - gap * (count - 1)) / count)
        found = []
        for n, one in enumerate(self.strips):
            share = one.matrix.whole[0] / max(1, self.units)
            rows = (self.rows[0] * share, self.rows[1] * share)
            top = round(begin + n * (each + gap))
            area = QRectF(field.left(), top, field.width(), int(each))
            found.append(Grid(area, rows, self.columns))
        return found

    def at(self, point: QPointF) -> tuple[int, int, int] | None:
        """Band, row and column of the cell of its data at a point, None for none."""
        for n, (one, grid) in enumerate(zip(self.strips, self.grids(), strict=True)):
            if grid.area.contains(point):
                row, column = grid.at(point)
                rows, columns = one.matrix.whole[0] - 1e-9, self.times.steps - 1e-9
                place = one.matrix.place(min(row, rows), min(column, columns))
                return (n, *place) if place[0] >= 0 else None
        return None

    def step_at(self, point: QPointF) -> int:
        """The step at a point of the lines, −1 for none."""
        plot = self.plot()
        if not plot.contains(point):
            return -1
        step = math.floor(Grid(plot, (0.0, 1.0), self.columns).at(point)[1])
        return step if 0 <= step < self.times.length else -1

    # ------------------------------------------------------------------ painting

    def paint(self, painter: QPainter) -> None:
        """All but what follows the mouse."""
        if not self.strips:
            return
        theme = self._theme
        for one, image, grid in zip(self.strips, self._images, self.grids(), strict=True):
            painter.save()
            painter.setClipRect(grid.area)
            painter.fillRect(grid.area, theme.color("masked"))
            paint_cells(painter, one.matrix, image, grid, theme)
            self._paint_padding(painter, grid)
            write_cells(painter, one.matrix, image, grid, theme, self._scale)
            painter.restore()
            if self._barred:
                self._bar.paint(painter, one.matrix, grid.area, round(grid.area.bottom()) + 4)
            else:
                self._write_reach(painter, one, grid.area)
            self._paint_letter(painter, one, grid.area)
        self._paint_lines(painter)
        self._paint_times(painter)
        self._paint_legend(painter)
        self._say_padding(painter)

    def _paint_padding(self, painter: QPainter, grid: Grid) -> None:
        """Where the sample has no steps any more."""
        if self.times.length >= self.times.steps:
            return
        theme = self._theme
        place = grid.rect(grid.rows, (self.times.length, self.times.steps))
        place = place.intersected(grid.area)
        painter.fillRect(place, masked_color(theme))
        painter.fillRect(place, QBrush(theme.color("dim", 0.35), Qt.BrushStyle.BDiagPattern))

    def _say_padding(self, painter: QPainter) -> None:
        """Above the hatched part of the bands, or in the first, where there is room for a word."""
        if self.times.length >= self.times.steps:
            return
        area = self.plot() if self.plot().height() else self.grids()[0].area
        grid = Grid(area, (0.0, 1.0), self.columns)
        place = grid.rect((0.0, 1.0), (self.times.length, self.times.steps)).intersected(area)
        painter.setFont(font(self._scale, 8.5))
        text = QCoreApplication.translate("Bands", "padding")
        if place.width() > painter.fontMetrics().horizontalAdvance(text) + 6:
            painter.setPen(self._theme.color("dim"))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_letter(self, painter: QPainter, one: Strip, area: QRectF) -> None:
        """At the left of a band, in the colour of its line; its word below or, of a low band,
        before it."""
        letter, word = self._bold, font(self._scale, 8)
        high, below = QFontMetrics(letter).height(), QFontMetrics(word).height()
        stacked = self._high >= _WORDS_FROM
        top = area.center().y() - (high + (below if stacked else 0)) / 2
        place = QRectF(0, top, area.left() - 6, high)
        painter.setFont(letter)
        painter.setPen(self.colour(one.name))
        painter.drawText(place, Right | Middle, one.name)
        beside = place.adjusted(0, 0, -self._letter - 4, 0)
        lower = QRectF(0, top + high - 2, area.left() - 6, below)
        painter.setFont(word)
        painter.setPen(self._theme.color("dim"))
        painter.drawText(lower if stacked else beside, Right | Middle, one.word)

    def _write_reach(self, painter: QPainter, one: Strip, area: QRectF) -> None:
        """At the right of a band that is too low for a colour bar."""
        painter.setFont(mono(self._scale, 8.5))
        painter.setPen(self._theme.color("dim"))
        high = painter.fontMetrics().height()
        place = QRectF(area.right() + 4, area.center().y() - high / 2, self.right, high)
        painter.drawText(place, Left | Middle, _reach(one))

    def colour(self, name: str) -> str:
        """That of a gate's letter and line; states are written as texts are."""
        names = [line.name for line in self.lines]
        return self._theme.series[names.index(name)] if name in names else self._theme.text

    def _paint_lines(self, painter: QPainter) -> None:
        """How open the gates are, over time."""
        plot, theme = self.plot(), self._theme
        if not plot.height():
            return
        grid = Grid(plot, (0.0, 1.0), self.columns)
        painter.fillRect(plot, theme.color("raised"))
        small = font(self._scale, 8)
        painter.setFont(small)
        painter.setPen(theme.color("dim"))
        high = QFontMetrics(small).height()
        for text, top in ((self._open, plot.top() - 2), (self._closed, plot.bottom() - high + 2)):
            painter.drawText(QRectF(0, top, plot.left() - 6, high), Right | Middle, text)
        painter.save()
        painter.setClipRect(plot.adjusted(0, -1, 0, 1))
        painter.setPen(QPen(theme.color("line"), 1))
        painter.drawRect(plot.adjusted(0, 0, -1, -1))
        painter.setPen(QPen(theme.color("line"), 1, Qt.PenStyle.DotLine))
        middle = plot.center().y()
        painter.drawLine(QPointF(plot.left(), middle), QPointF(plot.right(), middle))
        painter.setRenderHint(painter.RenderHint.Antialiasing)
        for line in self.lines:
            painter.setPen(QPen(theme.color("text"), 1.6))
            pen = painter.pen()
            pen.setColor(self.colour(line.name))
            painter.setPen(pen)
            for run in _runs(line, grid):
                painter.drawPolyline(run)
                if line.block * grid.step[1] >= _DOTS_FROM or len(run) == 1:
                    painter.setBrush(pen.color())
                    for point in run:
                        painter.drawEllipse(point, 1.8, 1.8)
        painter.restore()
        self._paint_ends(painter, plot, grid)

    def _paint_ends(self, painter: QPainter, plot: QRectF, grid: Grid) -> None:
        """The letters of the lines at their ends, none upon another: side by side where the lines
        are too low for that."""
        made = mono(self._scale, 8.5)
        high, wide = QFontMetrics(made).height() * 0.82, QFontMetrics(made).horizontalAdvance("m")
        ends = []
        for line in self.lines:
            points = (point for run in _runs(line, grid) for point in run)
            seen = [point for point in points if point.x() <= plot.right() + 1]
            if seen:
                ends.append((seen[-1].y(), line.name))
        ends.sort()
        painter.setFont(made)
        room = QRectF(plot.right() + 4, plot.top(), 20, plot.height())
        last = plot.top() - high
        for n, (y, name) in enumerate(ends):
            painter.setPen(self.colour(name))
            if len(ends) * high > plot.height():
                painter.drawText(room.translated(n * wide, 0), Left | Middle, name)
                continue
            most = plot.bottom() - (len(ends) - n) * high
            y = max(last + high, min(y - high / 2, most))
            painter.drawText(QRectF(room.left(), y, 20, high), Left | Middle, name)
            last = y

    def _paint_times(self, painter: QPainter) -> None:
        """The names of the steps above all, and which way they ran."""
        theme = self._theme
        painter.setPen(theme.color("dim"))
        field = self.field()
        grid = Grid(field, self.rows, self.columns)
        self._names.paint(painter, self._timed, grid, self.size, self.right + self.left - 4)
        painter.setFont(font(self._scale, 9))
        high = QFontMetrics(mono(self._scale, 9)).height()
        place = QRectF(field.left(), 0, field.width() + self.right, high)
        text = "t →"
        if self.times.backwards:
            text = QCoreApplication.translate("Bands", "← t, read from right to left")
        painter.drawText(place, Left | Middle, text)

    def _paint_legend(self, painter: QPainter) -> None:
        """What the colours mean."""
        theme = self._theme
        small = font(self._scale, 8.5)
        metrics, high = QFontMetrics(small), QFontMetrics(small).height()
        top = self.size.height() - high - 2 - self.scroll[1]
        painter.setFont(small)
        painter.setPen(theme.color("dim"))
        left, ramp = self.field().left(), _RAMP * self._scale
        states = (
            QCoreApplication.translate("Bands", "below 0"),
            QCoreApplication.translate("Bands", "above 0"),
        )
        ends = [(f"{self._closed} 0", f"1 {self._open}", False)] if self.lines else []
        for begin, end, signed in [*ends, (*states, True)]:
            for text in (begin, "", end):
                if not text:
                    image = QImage(
                        lut(map_name(theme, signed)).tobytes(), 256, 1, QImage.Format.Format_ARGB32
                    )
                    painter.drawImage(QRectF(left, top + high * 0.25, ramp, high * 0.5), image)
                    left += ramp + 4
                    continue
                wide = metrics.horizontalAdvance(text)
                painter.drawText(QRectF(left, top, wide + 2, high), Left | Middle, text)
                left += wide + 4
            left += _BETWEEN * self._scale

    @property
    def _open(self) -> str:
        return QCoreApplication.translate("Bands", "open")

    @property
    def _closed(self) -> str:
        return QCoreApplication.translate("Bands", "closed")


def shades_of(name: str, kind: str, peak: float) -> Shades:
    """Gates are between 0 and 1, new states between −1 and 1; others reach as far as they do."""
    if name in GATES:
        return Shades(0.0, 1.0, False)
    if name in ("g", "n") and kind:
        return Shades(-1.0, 1.0, True)
    bound = peak or 1.0
    return Shades(-bound, bound, True)


def _reach(one: Strip) -> str:
    """Which numbers the colours of a band are for."""
    shades = one.matrix.shades
    low, high = number_text(shades.low, 2), number_text(shades.high, 2)
    return f"±{high}" if shades.signed else f"{low}…{high}"


def _runs(line: Line, grid: Grid) -> list[list[QPointF]]:
    """The points of a line in view or beside that, without those that are no numbers."""
    area, wide = grid.area, grid.step[1]
    begin = max(0, math.floor((grid.columns[0] - line.first) / line.block) - 1)
    end = math.ceil((grid.columns[1] - line.first) / line.block) + 1
    found: list[list[QPointF]] = []
    whole = True
    for n, share in enumerate(line.shares[begin:end].tolist(), begin):
        if not math.isfinite(share):
            whole = True
            continue
        if whole:
            found.append([])
            whole = False
        x = area.left() + (line.first + (n + 0.5) * line.block - grid.columns[0]) * wide
        found[-1].append(QPointF(x, area.bottom() - share * area.height()))
    return found
