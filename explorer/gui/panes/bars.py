"""Bars with names and numbers, for short vectors and predictions."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from explorer.core.graph import Recording
from explorer.core.values import Reading, View
from explorer.gui.panes.marks import paint_heat, paint_marks
from explorer.gui.panes.pane import scrolled
from explorer.gui.panes.reading import ReadingPane
from explorer.gui.theme import Theme, mono
from explorer.picture.numbers import even_text, number_text, percent_text
from explorer.picture.readout import axis_labels, axis_name, line_view
from explorer.session.state import AppState

_STRIP = 5  # pixels beside the names, in the colour of how much a row counts
_LOW, _HIGH = 21, 36  # pixels of a row: at least, and where there is room
_EDGE = 6  # pixels beside the numbers, where the frame of a row is
_DIGITS = 4


class Bars(QWidget):
    """Horizontal bars from zero; negative ones to the left.

    Signals:
        hovered (int): the row under the mouse, -1 when it left.
        picked (int): a row was clicked, or chosen with the arrow keys.
        menu_wanted (int, QPoint): a menu is wanted for a row, at that point of the screen.
    """

    hovered = Signal(int)
    picked = Signal(int)
    menu_wanted = Signal(int, QPoint)
    own_keys = frozenset({Qt.Key.Key_Up, Qt.Key.Key_Down})

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._at = -1
        self._lit: np.ndarray | None = None
        self._ring: np.ndarray | None = None
        self._heat: np.ndarray | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._theme = theme
        self._scale = scale
        self._labels: list[str] = []
        self._numbers = np.zeros(0)
        self._percent = False
        self._strong = -1
        self._before: np.ndarray | None = None
        self._unchanged: np.ndarray | None = None

    def show_bars(
        self, labels: list[str], numbers: np.ndarray, percent: bool = False, strong: int = -1,
        before: np.ndarray | None = None, unchanged: np.ndarray | None = None,
    ) -> None:  # fmt: skip
        """One row per number; ``strong`` is highlighted, lines mark what they were ``before``,
        outlines what they were in an ``unchanged`` pass."""
        self._before, self._unchanged = before, unchanged
        self._labels, self._numbers = labels, np.asarray(numbers, np.float64)
        self._percent, self._strong = percent, strong
        self.setMinimumHeight(self._high(_LOW))
        self.updateGeometry()
        self.setAccessibleName(", ".join(f"{n}: {self._text(i)}" for i, n in enumerate(labels)))
        self.update()

    @property
    def row(self) -> int:
        """The row under the mouse, or chosen with the keys; -1 for none."""
        return self._at if self._at < len(self._numbers) else -1

    def mark(
        self, lit: np.ndarray | None, ring: np.ndarray | None, heat: np.ndarray | None = None
    ) -> None:
        """Veil all but the ``lit`` rows (N,), with ``heat`` in the colour of how much, and ring
        others; None for none."""
        self._lit, self._ring, self._heat = lit, ring, heat
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse."""
        self._point(int(event.position().y()) // self._row())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick a row; the right button asks for its menu."""
        self._point(int(event.position().y()) // self._row())
        if self.row >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit(self.row)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """For the row under the mouse or, by key, the chosen one."""
        if self.row >= 0:
            self.menu_wanted.emit(self.row, event.globalPos())

    def leaveEvent(self, event: QEvent) -> None:
        """No row any more."""
        self._point(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down choose a row where the mouse would."""
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is None or not len(self._numbers):
            super().keyPressEvent(event)
            return
        self._point(min(max(0, self.row + step), len(self._numbers) - 1))
        self.picked.emit(self.row)

    def _point(self, row: int) -> None:
        row = row if row < len(self._numbers) else -1
        if row != self._at:
            self._at = row
            self.hovered.emit(row)
            self.update()

    def sizeHint(self) -> QSize:
        """All rows, as high as they may be."""
        return QSize(round(320 * self._scale), self._high(_HIGH))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Names, bars, numbers."""
        painter = QPainter(self)
        painter.setFont(mono(self._scale))
        metrics = painter.fontMetrics()
        if not len(self._numbers):
            return
        names = max(metrics.horizontalAdvance(name) for name in self._labels) + 8
        names = min(names, self.width() // 2)
        texts = [self._text(i) for i in range(len(self._labels))]
        right = max(metrics.horizontalAdvance(text) for text in texts) + 8 + _EDGE
        room = max(10.0, self.width() - names - right)
        finite = self._numbers[np.isfinite(self._numbers)]
        low = min(0.0, float(finite.min())) if finite.size else 0.0
        high = max(0.0, float(finite.max())) if finite.size else 1.0
        if self._percent:
            low, high = 0.0, 1.0  # a full bar is certainty
        span = (high - low) or 1.0
        zero = names + room * (-low / span)
        for i, number in enumerate(self._numbers):
            top = i * self._row() + 2
            line = QRectF(0, top, names - 6, self._row() - 4)
            painter.setPen(self._theme.color("text" if i == self._strong else "dim"))
            text = metrics.elidedText(self._labels[i], Qt.TextElideMode.ElideRight, names - 6)
            painter.drawText(
                line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text
            )
            if np.isfinite(number):
                length = room * number / span
                bar = QRectF(
                    zero + min(0.0, length), top + 3, max(1.0, abs(length)), self._row() - 10
                )
                role = "positive" if number >= 0 else "negative"
                if self._percent:
                    role = "accent"
                painter.fillRect(
                    bar,
                    self._theme.color(role, 1.0 if i == self._strong or not self._percent else 0.6),
                )
            if self._before is not None and np.isfinite(self._before[i]):
                x = zero + room * float(self._before[i]) / span
                painter.setPen(QPen(self._theme.color("text", 0.8), max(1.5, 1.5 * self._scale)))
                painter.drawLine(QLineF(x, top + 1, x, top + self._row() - 6))
            if self._unchanged is not None and np.isfinite(self._unchanged[i]):
                was = room * float(self._unchanged[i]) / span
                painter.setPen(self._theme.color("changed"))
                painter.drawRect(
                    QRectF(zero + min(0.0, was), top + 1, max(1.0, abs(was)), self._row() - 7)
                )
            painter.setPen(self._theme.color("text"))
            painter.drawText(
                QRectF(names + room, top, right - _EDGE, self._row() - 4),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, texts[i],
            )  # fmt: skip
        painter.setPen(self._theme.color("line"))
        painter.drawLine(round(zero), 0, round(zero), self.height())
        area = QRectF(1, 0, self.width() - 3, self._row() * len(self._numbers))
        for marked in (self._lit, self._ring, self._heat):
            if marked is not None and len(marked) != len(self._numbers):
                return  # of other numbers than those that are shown
        paint_marks(painter, area, self._theme, _column(self._lit), _column(self._ring))
        if self._heat is not None and self._lit is not None:
            strip = QRectF(names - _STRIP, area.top(), _STRIP, area.height())
            paint_heat(painter, strip, self._heat[:, None], self._lit[:, None])
        if self.row >= 0:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(self._theme.color("cursor"))
            painter.drawRect(QRectF(1, self.row * self._row(), self.width() - 3, self._row()))

    def _text(self, i: int) -> str:
        now = self._number_text(float(self._numbers[i]))
        if self._unchanged is None:
            return now
        return f"{self._number_text(float(self._unchanged[i]))} → {now}"

    def _number_text(self, number: float) -> str:
        if self._before is not None and number == 0:
            return "—"  # it is never drawn
        if not self._percent:
            even = self._even()
            return even_text(number, even, _DIGITS) if even else number_text(number)
        return percent_text(number)

    def _even(self) -> float:
        """The largest size, if the numbers are near enough for the same decimals, else 0."""
        sizes = np.abs(self._numbers[np.isfinite(self._numbers) & (self._numbers != 0)])
        if not sizes.size or not 1e-3 <= sizes.max() < 1e6 or np.all(sizes == np.round(sizes)):
            return 0.0
        return float(sizes.max()) if sizes.min() >= sizes.max() / 1000 else 0.0

    def _row(self) -> int:
        """How high a row is: as much as there is room for."""
        return max(round(_LOW * self._scale), (self.height() - 4) // max(1, len(self._labels)))

    def _high(self, row: float) -> int:
        return max(1, len(self._labels)) * round(row * self._scale) + 4


def _row(marks: np.ndarray | None) -> np.ndarray | None:
    return None if marks is None else marks.reshape(-1)


def _column(rows: np.ndarray | None) -> np.ndarray | None:
    return None if rows is None else rows[:, None]


class VectorPane(ReadingPane):
    """Up to 64 numbers along one axis."""

    name = "vector"

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self.bars = Bars(theme, scale)
        self.bars.hovered.connect(lambda row: self.point((row,)))
        self.bars.picked.connect(lambda row: self.pick((row,)))
        self.bars.menu_wanted.connect(
            lambda row, at: self.open_change_menu(at, (self.tr("This number"), (row,)))
        )
        self.lay.addWidget(scrolled(self.bars), 1)

    def light(self) -> None:
        """On the bars."""
        self.mark(lambda *marks: self.bars.mark(*map(_row, marks)))

    def view(self, recording: Recording, value: int) -> View:
        """The longest axis."""
        return line_view(recording, value, (), 64)

    def view_ahead(self, state: AppState) -> View:
        """The longest axis of that value."""
        assert state.recording is not None
        assert state.value is not None
        return self.view(state.recording, state.value)

    def show_reading(self, recording: Recording, value: int, reading: Reading) -> None:
        """One bar per number."""
        numbers = np.atleast_1d(reading.data)
        keep = reading.view.keep
        labels = axis_labels(recording, value, keep[0]) if keep else ("",)
        shown = list(labels) if labels else [str(i) for i in range(len(numbers))]
        self.bars.show_bars(shown, numbers)
        name = axis_name(recording.values[value], keep[0]) if keep else ""
        self.say(
            self.tr("One bar per number along {axis}.").format(axis=name)
            if keep
            else self.tr("A single number.")
        )
