"""Attention as lines between tokens: who looks at the left, who is looked at at the right.

After BertViz' head view (Vig, "A Multiscale Visualization of Attention", 2019).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.gui.keys import ARROWS, PAGES, has_arrows
from explorer.gui.panes.attention.part import Names
from explorer.gui.panes.lettering import spread
from explorer.gui.theme import Theme, font, mono
from explorer.picture.attention import strongest
from explorer.picture.numbers import number_text

_MOST = 4000  # lines
_SHADES = 24  # opacities that are told apart
_HIGH, _LOW, _READ = 26, 15, 11  # pixels of a token: at most, at first of many, to be read
_NAMES = 0.3  # of the width, at most, on either side
_TURN, _PRESS = 1.0035, 1.5  # how much nearer: by an eighth of a degree of the wheel, by a key
_FEWEST = 6  # tokens, at the nearest
Key = Qt.Key
_ZOOMS = {Key.Key_Plus: _PRESS, Key.Key_Equal: _PRESS, Key.Key_Minus: 1 / _PRESS, Key.Key_0: 0.0}
NOWHERE = ("", -1)


@dataclass(frozen=True)
class Strands:
    """What is drawn: weights (heads, queries, keys) in ``blocks`` of so many tokens from the
    ``first`` ones on, in a colour for each head, ``full`` where a weight is that large."""

    weights: np.ndarray
    first: tuple[int, int]
    blocks: tuple[int, int]
    colors: tuple[QColor, ...]
    full: float
    names: tuple[Names, Names]
    of: tuple[int, int]


class Lines(QWidget):
    """Paints the tokens and lines that are in view.

    Signals:
        moved (object): (first query, first key, tokens from top to bottom) that somebody wants.
        hovered (str, int): ``query`` or ``key`` and its place in the weights; ``""``, -1 for none.
        picked (int): a query was chosen, by click or key; -1 for no more.
    """

    moved = Signal(object)
    hovered = Signal(str, int)
    picked = Signal(int)
    own_keys = ARROWS | PAGES
    steady_keys = frozenset(_ZOOMS)

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self._shown: Strands | None = None
        self._drawn = np.zeros((0, 3), np.int64)
        self._firsts = (0.0, 0.0)
        self._tokens = 1.0
        self._query = -1
        self._hover = NOWHERE
        self._names = (0, 0)  # pixels for the names of either side, and the bars beside them
        self._bar = 2.0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(round(120 * scale))

    # ------------------------------------------------------------------ what is shown

    def show_strands(self, shown: Strands, query: int) -> int:
        """Draw these, of which ``query`` is chosen; how many lines there would be."""
        self._shown, self._query = shown, query
        self._drawn, count = strongest(shown.weights / shown.full, _MOST)
        metrics = QFontMetrics(mono(self._scale, 9.5))
        most = round(_NAMES * self.width())
        self._bar = max(2.0, min(6.0, 40.0 / len(shown.colors)) * self._scale)
        bars = round(self._bar * len(shown.colors)) + 2  # at the outer edge
        self._names = tuple(  # type: ignore[assignment]
            min(most, self._widest(metrics, names, size) + self._px(12)) + bars
            for names, size in zip(shown.names, shown.of, strict=True)
        )
        self.setAccessibleName(f"{shown.of[0]} × {shown.of[1]}")
        self.update()
        return count

    def look(self, place: tuple[float, ...], of: tuple[int, int]) -> None:
        """Bring tokens into view: (first query, first key, how many); () for the first ones."""
        self._firsts, self._tokens = self._clipped(place or (0.0, 0.0, self.usual(of)), of)
        self.update()

    def usual(self, of: tuple[int, int]) -> float:
        """How many tokens are from top to bottom if nobody chose: all, if they can be read."""
        high = max(1, self.height() - self._top())
        if max(of) * _READ * self._scale <= high:
            return float(max(of))
        return max(1.0, high / (_LOW * self._scale))

    @property
    def strands(self) -> Strands | None:
        """What it was given last."""
        return self._shown

    @property
    def windows(self) -> tuple[range, range]:
        """The queries and the keys in view."""
        if self._shown is None:
            return range(1), range(1)
        return self.windows_of(self._shown.of)

    def windows_of(self, of: tuple[int, int]) -> tuple[range, range]:
        """Those of so many."""
        queries, keys = (
            range(int(first), min(size, int(np.ceil(first + self._tokens))))
            for first, size in zip(self._firsts, of, strict=True)
        )
        return queries, keys

    @property
    def lines(self) -> np.ndarray:
        """The lines that are drawn, (lines, 3): head, query and key by their place in the weights;
        of a token that is pointed at or chosen, its own."""
        side, place = self.current
        if side == "" or self._shown is None:
            return self._drawn
        axis = 1 if side == "query" else 2
        own = np.take(self._shown.weights, [place], axis) / self._shown.full
        found, _ = strongest(own, _MOST)
        found[:, axis] = place
        return found

    @property
    def current(self) -> tuple[str, int]:
        """The side and place in the weights of the token under the mouse, or else chosen."""
        shown = self._shown
        if self._hover != NOWHERE or self._query < 0 or shown is None:
            return self._hover
        place = (self._query - shown.first[0]) // shown.blocks[0]
        return ("query", place) if 0 <= place < shown.weights.shape[1] else NOWHERE

    def middle(self, side: str, place: int) -> QPointF:
        """Where the lines of a token, by its place in the weights, begin or end."""
        assert self._shown is not None
        n = 0 if side == "query" else 1
        at = self._shown.first[n] + (place + 0.5) * self._shown.blocks[n]
        at = min(at, (self._shown.first[n] + place * self._shown.blocks[n] + self._shown.of[n]) / 2)
        x = self._names[0] if side == "query" else self.width() - self._names[1]
        return QPointF(x, self._y(n, at))

    def _y(self, n: int, at: float) -> float:
        return self._top() + (at - self._firsts[n]) * self._step

    @property
    def _step(self) -> float:
        """The pixels of a token."""
        return min(_HIGH * self._scale, (self.height() - self._top() - 2) / max(1.0, self._tokens))

    def _top(self) -> int:
        return QFontMetrics(font(self._scale, 9)).height() + self._px(4)

    def _px(self, pixels: float) -> int:
        return round(pixels * self._scale)

    def _widest(self, metrics: QFontMetrics, names: Names, size: int) -> int:
        if not names:
            return metrics.horizontalAdvance(str(size - 1))
        return max(metrics.horizontalAdvance(name) for name in names[:2000])

    def _clipped(
        self, place: tuple[float, ...], of: tuple[int, int]
    ) -> tuple[tuple[float, float], float]:
        tokens = float(min(max(place[2], min(_FEWEST, max(of))), max(of)))
        queries, keys = (
            min(max(0.0, first), max(0.0, size - tokens))
            for first, size in zip(place[:2], of, strict=True)
        )
        return (queries, keys), tokens

    # ------------------------------------------------------------------ painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Lines, then the tokens, then what is beside those of one."""
        shown = self._shown
        painter = QPainter(self)
        if shown is None:
            return
        painter.setFont(font(self._scale, 9))
        painter.setPen(self._theme.color("dim"))
        top, wide = self._top(), self.width()
        where = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(
            QRectF(2, 0, wide / 2, top - 4), Qt.AlignmentFlag.AlignLeft | where,
            self.tr("query →"),
        )  # fmt: skip
        painter.drawText(
            QRectF(wide / 2, 0, wide / 2 - 2, top - 4), Qt.AlignmentFlag.AlignRight | where,
            self.tr("→ key"),
        )  # fmt: skip
        painter.setClipRect(QRectF(0, top - 2, wide, self.height() - top + 2))
        self._paint_lines(painter, shown)
        side, place = self.current
        for n, name in enumerate(("query", "key")):
            self._paint_tokens(painter, shown, n, place if side == name else -1)
        if side:
            self._paint_weights(painter, shown, side, place)
        painter.setClipping(False)
        if has_arrows(self):
            painter.setPen(self._theme.color("accent"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _paint_lines(self, painter: QPainter, shown: Strands) -> None:
        """The faint ones below; those of one head and opacity in one go."""
        lines = self.lines
        if not len(lines):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        alpha = np.clip(shown.weights[tuple(lines.T)] / shown.full, 0.0, 1.0)
        shade = np.ceil(alpha * _SHADES).astype(int)
        groups = shade * len(shown.colors) + lines[:, 0]
        left = [self.middle("query", i) for i in range(shown.weights.shape[1])]
        right = [self.middle("key", i) for i in range(shown.weights.shape[2])]
        width = 1.0 + min(1.6, self._step / 14) * (1.0 if self.current[0] else 0.5)
        for group in np.unique(groups):
            level, head = divmod(int(group), len(shown.colors))
            color = QColor(shown.colors[head])
            color.setAlphaF(level / _SHADES)
            painter.setPen(QPen(color, width * self._scale))
            painter.drawLines(
                [QLineF(left[q], right[k]) for _, q, k in lines[groups == group].tolist()]
            )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _token_font(self) -> QFont:
        made = mono(self._scale, 9.5)
        made.setPixelSize(max(1, min(QFontMetrics(made).height() - 3, int(self._step))))
        return made

    def _paint_tokens(self, painter: QPainter, shown: Strands, n: int, current: int) -> None:
        """Names or numbers of one side; the chosen query has the cursor's frame."""
        names, size, step = shown.names[n], shown.of[n], self._step
        readable = step >= _READ * self._scale - 2
        painter.setFont(self._token_font() if readable else mono(self._scale, 8.5))
        metrics = painter.fontMetrics()
        every = 1 if readable else spread(self._tokens, step, metrics.height())
        wide = self._names[n]
        x = 0 if n == 0 else self.width() - wide
        bars = self._bar * len(shown.colors) + 2
        left = x + 4 + (bars if n == 0 else 0)
        inner = QRectF(left, 0, wide - 10 - bars, max(step, metrics.height()))
        flush = Qt.AlignmentFlag.AlignRight if n == 0 else Qt.AlignmentFlag.AlignLeft
        if n:
            inner.translate(2, 0)
        if current >= 0:
            block = shown.blocks[n]
            begin = self._y(n, shown.first[n] + current * block)
            painter.fillRect(
                QRectF(x, begin, wide, max(2.0, step * block)), self._theme.color("accent", 0.3)
            )
        begin = int(self._firsts[n]) // every * every
        for at in range(begin, min(size, int(np.ceil(self._firsts[n] + self._tokens))), every):
            y = self._y(n, at)
            text = names[at] if readable and at < len(names) else str(at)
            place = QRectF(inner)
            place.moveTop(y + (step - inner.height()) / 2 if readable else y)
            painter.setPen(self._theme.color("text" if names and readable else "dim"))
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(inner.width()))
            painter.drawText(place, flush | Qt.AlignmentFlag.AlignVCenter, text)
        if n == 0 and self._query >= 0:
            painter.setPen(QPen(self._theme.color("cursor"), 1.6))
            painter.drawRect(QRectF(1, self._y(0, self._query), wide - 2, max(2.0, step)))

    def _paint_weights(self, painter: QPainter, shown: Strands, side: str, place: int) -> None:
        """Beside the other tokens: a bar per head, as bright as its weight, and the number, of
        several heads their mean."""
        axis, n = (1, 1) if side == "query" else (2, 0)
        weights = np.nan_to_num(np.take(shown.weights, place, axis))  # (heads, others)
        block, wide = shown.blocks[n], self._names[n]
        high = max(1.0, self._step * block)
        means = weights.mean(0)
        painter.setFont(mono(self._scale, 8.5))
        metrics = painter.fontMetrics()
        readable = high >= metrics.height() - 2
        bar = self._bar
        least = float(means.max()) * 0.01
        for other in range(weights.shape[1]):
            y = self._y(n, shown.first[n] + other * block)
            for head, weight in enumerate(weights[:, other].tolist()):
                color = QColor(shown.colors[head])
                color.setAlphaF(min(1.0, weight / shown.full))
                left = self.width() - (head + 1) * bar if n else head * bar
                painter.fillRect(QRectF(left, y + 1, bar - 1, max(1.0, high - 2)), color)
            if readable and means[other] > max(least, 5e-4):
                text = number_text(float(means[other]), 2)
                room = metrics.horizontalAdvance(text) + 6
                left = self.width() - wide - room - 2 if n else wide + 2
                box = QRectF(left, y + (high - metrics.height()) / 2, room, metrics.height())
                painter.fillRect(box, self._theme.color("panel", 0.8))
                painter.setPen(self._theme.color("text"))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    # ------------------------------------------------------------------ mouse and keys

    def _token_at(self, point: QPointF) -> tuple[str, int]:
        """The side and place in the weights at a point; between the names there is none."""
        shown = self._shown
        if shown is None or point.y() < self._top():
            return NOWHERE
        if point.x() <= self._names[0]:
            n = 0
        elif point.x() >= self.width() - self._names[1]:
            n = 1
        else:
            return NOWHERE
        at = self._firsts[n] + (point.y() - self._top()) / self._step
        place = int(at - shown.first[n]) // shown.blocks[n]
        there = 0 <= at < shown.of[n] and 0 <= place < shown.weights.shape[1 + n]
        return (("query", "key")[n], place) if there else NOWHERE

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Only the lines of the token under the mouse."""
        self._point(self._token_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """All lines again."""
        self._point(NOWHERE)

    def _point(self, token: tuple[str, int]) -> None:
        if token != self._hover:
            self._hover = token
            self.hovered.emit(*token)
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A query that is clicked stays chosen until it is again."""
        side, place = self._token_at(event.position())
        if side == "query" and event.button() == Qt.MouseButton.LeftButton:
            assert self._shown is not None
            at = self._shown.first[0] + place * self._shown.blocks[0]
            self.picked.emit(-1 if at == self._query else at)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """It scrolls both sides or, over the names of one, that; with Ctrl it zooms."""
        pixels = event.pixelDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            at = (event.position().y() - self._top()) / self._step
            self._zoom(_TURN ** event.angleDelta().y(), at)
        else:
            by = -(pixels or event.angleDelta().y() / 8 * 3) / self._step
            x = event.position().x()
            sides = (x < self.width() - self._names[1], x > self._names[0])
            self._scroll(by * sides[0], by * sides[1])
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down choose a query, Left and Right let go of it, pages scroll."""
        key, shown = Key(event.key()), self._shown
        page = max(1.0, self._tokens - 1)
        if shown is None or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().keyPressEvent(event)
        elif key in _ZOOMS:
            if factor := _ZOOMS[key]:
                self._zoom(factor, self._tokens / 2)
            else:
                self.moved.emit((0.0, 0.0, float(max(shown.of))))
        elif key in (Key.Key_Up, Key.Key_Down):
            begin = self._query if self._query >= 0 else int(self._firsts[0]) - 1
            step = shown.blocks[0] if key == Key.Key_Down else -shown.blocks[0]
            at = min(max(0, begin + step), shown.of[0] - 1)
            self.picked.emit(at)
            if not self._firsts[0] <= at < self._firsts[0] + self._tokens - 1:
                far = at + 0.5 - self._tokens / 2 - self._firsts[0]
                self._scroll(far, far)
        elif key in (Key.Key_Left, Key.Key_Right):
            self.picked.emit(-1)
        elif key in (Key.Key_PageUp, Key.Key_PageDown):
            way = page if key == Key.Key_PageDown else -page
            self._scroll(way, way)
        elif key in (Key.Key_Home, Key.Key_End):
            far = float(max(shown.of)) * (1 if key == Key.Key_End else -1)
            self._scroll(far, far)
        else:
            super().keyPressEvent(event)

    def _scroll(self, queries: float, keys: float) -> None:
        self._go((self._firsts[0] + queries, self._firsts[1] + keys, self._tokens))

    def _zoom(self, factor: float, at: float) -> None:
        """With what is ``at`` so many tokens from the top fixed."""
        if self._shown is None:
            return
        _, tokens = self._clipped((0.0, 0.0, self._tokens / factor), self._shown.of)
        by = at * (1 - tokens / self._tokens)
        self._go((self._firsts[0] + by, self._firsts[1] + by, tokens))

    def _go(self, place: tuple[float, float, float]) -> None:
        if self._shown is None:
            return
        firsts, tokens = self._clipped(place, self._shown.of)
        if (firsts, tokens) != (self._firsts, self._tokens):
            self.moved.emit((*firsts, tokens))

    def sizeHint(self) -> QSize:
        """As much as there is."""
        return QSize(self._px(360), self._px(400))
