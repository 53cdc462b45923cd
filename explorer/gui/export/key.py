"""The key of a picture in the colours of a quantity: what stands below it, so that it can be read
without the window."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QLinearGradient, QPainter, QTextLayout

from explorer.core.quantities import Amounts
from explorer.gui.banner import PHRASES
from explorer.gui.map.drawing import Drawing, map_font, pen
from explorer.gui.map.legend import MEANINGS, NAMES, NONE
from explorer.gui.map.tint import SEVERAL, Tint, kind_color, shade
from explorer.gui.theme import Theme
from explorer.picture.numbers import bytes_text
from explorer.picture.overlay import written
from explorer.session.state import AppState

_WIDE = 300.0  # of the ramp, and at least of the lines
_GAP = 5.0  # between lines
_RAMP = 12.0  # height of the colours
_SWATCH = QSizeF(18, 12)
_STOPS = 16  # of the gradient that stands for the colours of all numbers
_Align = Qt.AlignmentFlag
_Line = tuple[str, str, float, int]  # text, colour role, pixels, weight


@dataclass(frozen=True)
class Key:
    """Says by which quantity nodes have their colours, and what each colour means; of wires that
    are as wide as their values are large, how large that is.

    All lengths are in units of which one is a pixel at scale 1.
    """

    tint: Tint
    amounts: Amounts | None

    @cached_property
    def width(self) -> float:
        """What it needs: no line of it is cut, but what is said at length is broken."""
        heading = [
            _advance(text, pixels, weight) + 24.0 for text, _, pixels, weight in self._heading()
        ]
        ends = [_advance(text, pixels, weight) + 24.0 for text, _, pixels, weight in self._ends()]
        swatches = [wide for wide, _ in self._swatches()]
        return max(_WIDE, sum(ends), *heading, *swatches)

    def height(self, width: float) -> float:
        """Of all of it, in so much width."""
        return sum(high + _GAP for high in self._heights(width))

    def paint(self, painter: QPainter, width: float, draw: Drawing) -> None:
        """Paint it from the painter's corner on, ``width`` wide, in the middle of that."""
        theme, top = draw.theme, 0.0
        for text, role, pixels, weight in self._heading():
            _write(painter, draw, QRectF(0, top, width, pixels + 4), (text, role, pixels, weight))
            top += pixels + 4 + _GAP
        if self.tint.numbers is not None:
            ramp = QRectF((width - self.width) / 2, top, self.width, _RAMP)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(_gradient(theme, ramp))
            painter.drawRect(ramp)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            top += _RAMP + _GAP
            row = QRectF(ramp.left(), top, ramp.width(), 14.0)
            sides = (_Align.AlignLeft, _Align.AlignHCenter, _Align.AlignRight)
            for line, side in zip(self._ends(), sides, strict=True):
                _write(painter, draw, row, line, side)
            top += 14.0 + _GAP
        for row_of in self._rows(width):
            left = (width - sum(wide for wide, _ in row_of)) / 2
            for wide, (color, name) in row_of:
                self._paint_swatch(painter, theme, QPointF(left, top + 1.0), color)
                place = QRectF(left + _SWATCH.width() + 6.0, top, wide, 14.0)
                _write(painter, draw, place, (name, "text", 11.0, 400), _Align.AlignLeft)
                left += wide
            top += 14.0 + _GAP
        if self.tint.weighed:
            self._paint_widths(painter, draw, QRectF((width - _WIDE) / 2, top, _WIDE, 22.0))
            top += 22.0 + _GAP
        for text in self._told(width):
            _write(painter, draw, QRectF(0, top, width, 14.0), (text, "dim", 10.5, 400))
            top += 14.0 + _GAP

    # ------------------------------------------------------------------ what it says

    def _heading(self) -> list[_Line]:
        if not self.tint:
            return []
        said = QCoreApplication.translate("Legend", "Colours: {quantity}")
        lines: list[_Line] = [
            (said.format(quantity=_say(NAMES[self.tint.overlay])), "text", 12.5, 600)
        ]
        if self.tint.numbers is not None and self.tint.numbers.scale.logarithmic:
            said = QCoreApplication.translate("Legend", "logarithmic scale")
            lines.append((said, "dim", 10.5, 400))
        return lines

    def _ends(self) -> list[_Line]:
        """What numbers the first, the middle and the last colour are."""
        if self.tint.numbers is None:
            return []
        scale = self.tint.numbers.scale
        return [
            (written(self.tint.overlay, scale.at(share)), "text", 11.0, 400)
            for share in (0.0, 0.5, 1.0)
        ]

    def _swatches(self) -> list[tuple[float, tuple[QColor | None, str]]]:
        """Colours with their names, and how wide each is; without a colour is what has none."""
        named: list[tuple[QColor | None, str]] = []
        if self.tint.kinds is not None:
            named += [(kind_color(n), name) for n, name in enumerate(self.tint.kinds.names)]
            if len(named) > 1:
                named.append((QColor(SEVERAL), QCoreApplication.translate("Legend", "several")))
        elif self.tint.overlay in NONE and self.tint:
            named.append((None, _say(NONE[self.tint.overlay])))
        return [
            (_SWATCH.width() + 6.0 + _advance(name, 11.0, 400) + 20.0, (color, name))
            for color, name in named
        ]

    def _rows(self, width: float) -> list[list[tuple[float, tuple[QColor | None, str]]]]:
        """The swatches, as many in a row as it holds."""
        rows: list[list[tuple[float, tuple[QColor | None, str]]]] = []
        for one in self._swatches():
            if not rows or sum(wide for wide, _ in rows[-1]) + one[0] > width:
                rows.append([])
            rows[-1].append(one)
        return rows

    def _told(self, width: float) -> list[str]:
        """What the quantity is, in lines of a width."""
        if not self.tint:
            return []
        said = []
        if self.amounts is not None and self.amounts.note:
            said.append(_say(self.amounts.note).format(output=self.amounts.output))
        said.append(_say(MEANINGS[self.tint.overlay]))
        return [line for text in said for line in _broken(text, min(width, 2 * _WIDE), 10.5)]

    def _heights(self, width: float) -> list[float]:
        high = [pixels + 4 for _, _, pixels, _ in self._heading()]
        high += [_RAMP, 14.0] if self.tint.numbers is not None else []
        high += [14.0] * (len(self._rows(width)) + len(self._told(width)))
        return [*high, 22.0] if self.tint.weighed else high

    # ------------------------------------------------------------------ how it looks

    def _paint_swatch(
        self, painter: QPainter, theme: Theme, at: QPointF, color: QColor | None
    ) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        if color is None:
            dashes = pen(theme.color("dim"), 1.0)
            dashes.setDashPattern([2.0, 2.0])
            painter.setPen(dashes)
        painter.setBrush(color if color is not None else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(at, _SWATCH), 3, 3)

    def _paint_widths(self, painter: QPainter, draw: Drawing, where: QRectF) -> None:
        """A wire that grows, with the bytes at its ends."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(draw.theme.color("dim"))
        steps = 4
        for n in range(steps):
            high, wide = 1.4 * (1 + n), where.width() / steps
            left = where.left() + n * wide
            painter.drawRect(QRectF(left, where.top() + 3.0 - high / 2, wide, high))
        below = where.adjusted(0, 8, 0, 0)
        low, most = bytes_text(self.tint.bytes.low), bytes_text(math.ceil(self.tint.bytes.high))
        for text, side in ((low, _Align.AlignLeft), (most, _Align.AlignRight)):
            _write(painter, draw, below, (text, "text", 11.0, 400), side)
        said = QCoreApplication.translate("_Widths", "wires")
        _write(painter, draw, below, (said, "dim", 10.5, 400))


def key_of(tint: Tint | None, state: AppState) -> Key | None:
    """The key of a map in these colours, None if they are those of the families: nodes say that
    themselves."""
    if tint is None or not (tint or tint.weighed):
        return None
    return Key(tint, state.colours)


def _write(
    painter: QPainter, draw: Drawing, where: QRectF, line: _Line,
    side: Qt.AlignmentFlag = _Align.AlignHCenter,
) -> None:  # fmt: skip
    text, role, pixels, weight = line
    color = draw.theme.color(role)
    draw.text(painter, where, text, pixels, color, weight, side | _Align.AlignVCenter)


def _gradient(theme: Theme, where: QRectF) -> QLinearGradient:
    made = QLinearGradient(where.topLeft(), where.topRight())
    for n in range(_STOPS + 1):
        made.setColorAt(n / _STOPS, shade(theme, round(255 * n / _STOPS)))
    return made


def _broken(text: str, width: float, pixels: float) -> list[str]:
    """A text in lines of at most such a width."""
    layout = QTextLayout(text, map_font(pixels, 400))
    lines = []
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        lines.append(text[line.textStart() : line.textStart() + line.textLength()].strip())
    layout.endLayout()
    return lines


def _advance(text: str, pixels: float, weight: int) -> float:
    return QFontMetricsF(map_font(pixels, weight)).horizontalAdvance(text)


def _say(text: str) -> str:
    return QCoreApplication.translate(PHRASES, text)
