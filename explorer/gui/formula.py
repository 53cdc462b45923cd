"""`Formula`: a formula as mathematics, in plain text until it is typeset and where it cannot be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QAction,
    QFont,
    QFontInfo,
    QFontMetricsF,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QShowEvent,
    QTextLayout,
)
from PySide6.QtWidgets import QLabel, QSizePolicy

from explorer.gui.theme import Theme, mono
from explorer.gui.typesetting import Part, Typeset, typesetter
from explorer.picture.formula import latex

_MARGIN = 4  # pixels from the frame, if it has the keyboard, to what is shown
_HEIGHT = 2.55  # of a line of text: room for a fraction, or for two lines
_LETTERS = 1.08  # of plain text's size: the letters of mathematics are small
_ONE_LINE = 0.9  # how small one line may become before it is broken
_LEAST = 0.7  # how small several may become before it is plain text again
_GAP = 0.2  # em between two lines
_SPACE = 0.35  # em before a piece that follows with a space
_OPERATOR = re.compile(r" ([+·−/]) ")  # a line of text does not end with one


Parts = tuple[Part, ...]


class _Line(NamedTuple):
    """Pieces in a row, with the place of each along it. Lengths in em."""

    placed: tuple[tuple[Part, float], ...]

    @property
    def width(self) -> float:
        return max(at + part.left + part.width for part, at in self.placed)

    @property
    def top(self) -> float:
        return min(part.top for part, _ in self.placed)

    @property
    def bottom(self) -> float:
        return max(part.top + part.height for part, _ in self.placed)


class Formula(QLabel):
    """Shows a formula in a place of one height, whatever it is.

    `text` is the formula as plain text. It is shown at once; where it is mathematics that can be
    read for certain, that takes its place as soon as it is typeset. What is too wide becomes a
    little smaller, then is broken into lines, then is plain text that ends with an ellipsis.
    """

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self.theme = theme
        self._typeset: Typeset | None = None
        self._typesetter = typesetter()
        self._then: tuple[str, ...] = ()
        self.setFont(mono(scale, 11))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(round(_HEIGHT * QFontMetricsF(self.font()).height()))
        self._as_latex = QAction(self.tr("Copy as LaTeX"), self)
        self._as_latex.triggered.connect(self._copy_latex)
        as_text = QAction(self.tr("Copy as text"), self)
        as_text.triggered.connect(self._copy_text)
        self.addActions([self._as_latex, as_text])
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self._typesetter.ready.connect(self._take)

    @property
    def typeset(self) -> bool:
        """Whether mathematics is shown, and no plain text."""
        return self._lines() is not None

    def say(self, text: str, then: Iterable[str] = ()) -> None:
        """Show a formula; ``then`` are those that will likely be shown next."""
        self._then = tuple(then)
        if text != self.text():
            self.setText(text)
            self.setToolTip(text)
            self.setAccessibleName(text)
            self._as_latex.setVisible(latex(text) is not None)
            self._typeset = self._typesetter.of(text)
            self.update()
        if self.isVisible():
            self._ask()

    def showEvent(self, event: QShowEvent) -> None:
        """What was said while nobody saw it is typeset now."""
        super().showEvent(event)
        self._ask()

    def _ask(self) -> None:
        self._typesetter.want(self, self.text(), self._then)
        self._take(self.text())

    @property
    def _room(self) -> float:
        return max(1, self.width() - 2 * _MARGIN)

    def _take(self, text: str) -> None:
        if text == self.text() and self._typeset is None:
            self._typeset = self._typesetter.of(text)
            self.update()

    # ------------------------------------------------------------------ copying

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+C copies, as LaTeX if it is mathematics."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy_latex()
        else:
            super().keyPressEvent(event)

    def _copy_latex(self) -> None:
        QGuiApplication.clipboard().setText(latex(self.text()) or self.text())

    def _copy_text(self) -> None:
        QGuiApplication.clipboard().setText(self.text())

    # ------------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Mathematics where there is some that fits, plain text where not."""
        painter = QPainter(self)
        if self.hasFocus():
            painter.setPen(QPen(self.theme.color("accent")))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
            painter.translate(_MARGIN, 0)
        found = self._lines()
        if found is None:
            self._paint_text(painter)
        else:
            self._paint_lines(painter, *found)

    def _lines(self) -> tuple[list[_Line], float] | None:
        """The lines that fit, and how many pixels an em of them is; None if they cannot."""
        if self._typeset is None:
            return None
        parts = self._typeset.parts
        size = QFontInfo(self.font()).pixelSize() * _LETTERS
        words = _runs(parts)  # rather broken before words and after commas than at =
        ways = (([parts], _ONE_LINE), (words, _LEAST), ([(part,) for part in parts], _LEAST))
        for runs, least in ways:
            for percent in range(100, round(100 * least) - 1, -5):
                em = size * percent / 100
                room = self._room / em
                lines = _filled(runs, room)
                high = sum(line.bottom - line.top for line in lines) + _GAP * (len(lines) - 1)
                if max(line.width for line in lines) <= room and high <= self.height() / em:
                    return lines, em
        return None

    def _paint_lines(self, painter: QPainter, lines: list[_Line], em: float) -> None:
        assert self._typeset is not None
        sharp = self.devicePixelRatioF()
        high = sum(line.bottom - line.top for line in lines) + _GAP * (len(lines) - 1)
        top = (self.height() / em - high) / 2
        if len(lines) == 1:  # what stands on the axis stays there, whatever else is in the line
            middle = self.height() / em / 2 + self._typeset.axis + lines[0].top
            top = min(max(middle, 0.0), self.height() / em - high)
        for line in lines:
            base = round((top - line.top) * em * sharp) / sharp
            for part, at in line.placed:
                place = QRectF(
                    (at + part.left) * em, base + part.top * em, part.width * em, part.height * em
                )
                part.drawing(self.theme.text).render(painter, place)
            top += line.bottom - line.top + _GAP

    def _paint_text(self, painter: QPainter) -> None:
        """As many lines as there is room for, the last cut."""
        metrics = QFontMetricsF(self.font())
        most = max(1, int(self.height() / metrics.lineSpacing()))
        text = _OPERATOR.sub(" \\1\u00a0", self.text())
        lines = _wrapped(text, self.font(), self._room, most)
        painter.setPen(self.theme.color("text"))
        top = (self.height() - metrics.lineSpacing() * len(lines)) / 2 + metrics.ascent()
        for number, line in enumerate(lines):
            painter.drawText(QPointF(0, top + number * metrics.lineSpacing()), line)


def _line(parts: Parts) -> _Line:
    at, found = 0.0, []
    for number, part in enumerate(parts):
        if not number:
            at = -part.left
        elif part.spaced:
            at += _SPACE
        found.append((part, at))
        at += part.advance
    return _Line(tuple(found))


def _runs(parts: Parts) -> list[Parts]:
    """Parts that stay in a line: each begins with one before which there is a space."""
    starts = [at for at, part in enumerate(parts) if part.spaced or not at]
    return [parts[a:b] for a, b in pairwise([*starts, len(parts)])]


def _filled(runs: Sequence[Parts], room: float) -> list[_Line]:
    """Lines of as many runs as there is room for, of one at least."""
    lines: list[Parts] = []
    for run in runs:
        if lines and _line((*lines[-1], *run)).width <= room:
            lines[-1] = (*lines[-1], *run)
        else:
            lines.append(run)
    return [_line(parts) for parts in lines]


def _wrapped(text: str, font: QFont, room: float, most: int) -> list[str]:
    """A text in at most so many lines of that width, the last cut where there is more."""
    layout = QTextLayout(text, font)
    layout.beginLayout()
    starts: list[int] = []
    while (line := layout.createLine()).isValid():
        line.setLineWidth(room)
        starts.append(line.textStart())
    layout.endLayout()
    ends = [*starts[1:most], len(text)]
    lines = [text[a:b] for a, b in zip(starts[:most], ends, strict=True)]
    if len(starts) > most:
        mode = Qt.TextElideMode.ElideRight
        lines[-1] = QFontMetricsF(font).elidedText(lines[-1], mode, room)
    return lines
