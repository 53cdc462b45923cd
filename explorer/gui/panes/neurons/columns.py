"""Two columns of neurons with weighted lines between them, that can be walked and pointed at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer.gui.figure.ink import Ink
from explorer.gui.figure.neurons import Neurons as Painter
from explorer.gui.figure.neurons import middle
from explorer.gui.figure.numbers import Source
from explorer.gui.keys import ARROWS, has_arrows
from explorer.gui.panes.shades import WEIGHTS, lut
from explorer.gui.theme import Theme, mono
from explorer.picture.figure import Figure
from explorer.picture.figure.placing import Piece
from explorer.picture.neurons import Room
from explorer.picture.numbers import number_text

MOST = 64  # neurons of a column
_LEAST, _WIDEST = 13.0, 46.0  # pixels from neuron to neuron: at least, and where there is room
_SMALL = 17.0  # pixels of a picture at least
_NEAREST, _FURTHEST = 3.0, 0.5  # times that, by zooming
_GAP = 6.0  # pixels between a neuron and what is written beside it
_BESIDE = 0.38  # of the width, that this may take at most
_LETTER = 8.5  # points of it
Key = Qt.Key
_STEPS = {Key.Key_Left: (-1, 0), Key.Key_Right: (1, 0), Key.Key_Up: (0, -1), Key.Key_Down: (0, 1)}
_ENTER = frozenset({Key.Key_Return, Key.Key_Enter})
_ZOOMS = {Key.Key_Plus: 1.25, Key.Key_Equal: 1.25, Key.Key_Minus: 0.8, Key.Key_0: 0.0}
Spot = tuple[int, int]  # which column, and which of the neurons shown
NOWHERE: Spot = (-1, -1)


@dataclass(frozen=True)
class Content:
    """What is shown: the ``figure`` of two columns and its numbers, how many neurons each column
    has (``totals``) and which of these, in their order, is the ``first`` that is shown. With
    ``pictures`` of every neuron, those stand in place of their numbers."""

    figure: Figure
    source: Source
    totals: tuple[int, int]
    first: tuple[int, int]
    pictures: tuple[Sequence[QImage], Sequence[QImage]] | None = None


class Columns(QWidget):
    """Paints them.

    Signals:
        pointed (int, int): the column and the place of the neuron under the mouse or chosen by
            keys; -1, -1 for none.
        picked (int, int): a neuron was clicked, or Enter pressed.
        menu_wanted (int, int, QPoint): a menu is wanted for a neuron, at that point of the screen.
        turned (int, int): the wheel or the keys want neurons of a column further on, or back.
        resized (): there is room for others than before.
    """

    pointed = Signal(int, int)
    picked = Signal(int, int)
    menu_wanted = Signal(int, int, QPoint)
    turned = Signal(int, int)
    resized = Signal()
    own_keys = ARROWS | _ENTER
    steady_keys = frozenset(_ZOOMS)

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme, self._scale = theme, scale
        self._content: Content | None = None
        self._painter: Painter | None = None
        self._picture: QPixmap | None = None
        self._at = NOWHERE
        self._ring = -1
        self._changed: tuple[set[int], set[int]] = (set(), set())
        self._lit = np.zeros(0, bool)
        self._heat: np.ndarray | None = None
        self._zoom = 1.0
        self._turn = 0
        self._inside: dict[int, bool] = {}  # whether numbers have room in neurons, by column
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(round(90 * scale))
        self.setAccessibleName(self.tr("Neurons and the weights between them"))

    def sizeHint(self) -> QSize:
        """As large as there is room."""
        return QSize(round(300 * self._scale), round(260 * self._scale))

    # ------------------------------------------------------------------ what is shown

    def most(self, pictures: bool) -> int:
        """How many neurons of a column there is room for, of ``pictures`` fewer."""
        room = self.height() - 2 * self._line - 4
        least = _SMALL if pictures else _LEAST
        return min(MOST, max(1, int(room / (least * self._scale * self._zoom))))

    @property
    def content(self) -> Content | None:
        """What is shown now."""
        return self._content

    @property
    def has_pictures(self) -> bool:
        """Whether neurons are pictures of the plane."""
        return self._content is not None and self._content.pictures is not None

    @property
    def at(self) -> Spot:
        """The neuron under the mouse or chosen by keys."""
        return self._at if self._at in self else NOWHERE

    def room(self, texts: tuple[Sequence[str], Sequence[str]]) -> Room:
        """Where the columns may stand, with what is written beside them."""
        metrics = QFontMetricsF(self._font)
        sides = [
            min(max(map(metrics.horizontalAdvance, some), default=0.0), _BESIDE * self.width())
            for some in texts
        ]
        top, bottom = self._line + 2, self.height() - self._line - 2
        widest = max(_WIDEST, _LEAST * self._zoom) * self._scale
        radius = 0.5 * min(widest, bottom - top)
        left, right = sides[0] + _GAP + radius, self.width() - sides[1] - _GAP - radius
        return Room(left, max(right, left + 2 * radius), top, bottom, widest)

    def show_content(self, content: Content | None) -> None:
        """Show other neurons, or none."""
        before = self._content
        self._content = content
        self._inside = {}
        if content is None:
            self._painter = None
        elif before is None or content.source is not before.source:  # it keeps painted lines
            self._painter = Painter(self._theme, content.source)
        if before is None or content is None or _shown(before) != _shown(content):
            self._at = NOWHERE
        self._renew()

    def mark(
        self, ring: int, lit: np.ndarray, heat: np.ndarray | None,
        changed: tuple[set[int], set[int]],
    ) -> None:  # fmt: skip
        """Put a ring around a neuron of the layer (-1 for none) and around those that somebody
        ``changed``, at the left and of the layer, light those from which a number came, or colour
        them by how much they count, 0 … 1."""
        self._ring, self._lit, self._heat, self._changed = ring, lit, heat, changed
        self._renew()

    @property
    def _font(self) -> QFont:
        return mono(self._scale, _LETTER)

    @property
    def _line(self) -> float:
        metrics = QFontMetricsF(self._font)
        return max(metrics.height(), metrics.boundingRect(self.tr("{count} more")).height() + 3)

    def _renew(self) -> None:
        self._picture = None
        self.update()

    def __contains__(self, spot: Spot) -> bool:
        if self._content is None or spot[0] not in (0, 1):
            return False
        return 0 <= spot[1] < len(self._content.figure.pieces[spot[0]].neurons)

    def place(self, column: int, n: int) -> QRectF:
        """Where a neuron is."""
        assert self._content is not None
        piece = self._content.figure.pieces[column]
        reach = QPointF(piece.radius, piece.radius)
        centre = middle(piece, n)
        return QRectF(centre - reach, centre + reach)

    # ------------------------------------------------------------------ painting

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More or fewer neurons may have room."""
        super().resizeEvent(event)
        self._renew()
        self.resized.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Lines, neurons and what is written beside them."""
        painter = QPainter(self)
        if self._content is not None and self._painter is not None:
            if self._picture is None:
                self._picture = self._painted(self._content, self._painter)
            painter.drawPixmap(0, 0, self._picture)
        if has_arrows(self):
            painter.setPen(self._theme.color("accent"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _painted(self, content: Content, drawing: Painter) -> QPixmap:
        """All of it. Lines are kept by what draws them, so another neuron costs little."""
        ratio = self.devicePixelRatioF()
        made = QPixmap(self.size() * ratio)
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        ink = Ink(painter, self._theme, 1.0, QRectF(self.rect()))
        one, other = content.figure.pieces
        column, n = self.at
        only = n if column == 1 else self._ring if column < 0 else -1
        source = n if column == 0 else -1
        drawing.weights(ink, 1, one, other, 1.0, only, source)
        for at, piece in enumerate((one, other)):
            pictures = content.pictures[at] if content.pictures is not None else ()
            if len(pictures) == len(piece.neurons):
                self._paint_pictures(painter, at, pictures)
            else:
                drawing.paint(ink, at, piece, (True, True))
            painter.setFont(self._font)
            self._write_beside(painter, content, drawing, at, piece)
            self._write_around(painter, content, at, piece)
        self._paint_marks(painter)
        painter.end()
        return made

    def _paint_pictures(self, painter: QPainter, column: int, pictures: Sequence[QImage]) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for n, picture in enumerate(pictures):
            place = self.place(column, n)
            painter.drawImage(place, picture)
            painter.setPen(self._theme.color("dim", 0.8))
            painter.drawRect(place)

    def _write_beside(
        self, painter: QPainter, content: Content, drawing: Painter, at: int, piece: Piece
    ) -> None:
        """What each neuron is called, and its number, where that has no room in it."""
        metrics = painter.fontMetrics()
        step = piece.height / len(piece.neurons)
        texts = texts_beside(content.source, at, piece)
        inside = self._inside.get(at)
        if inside is None:
            inside = self._inside[at] = bool(drawing.letters(at, piece, (True, True), 1.0))
        if content.pictures is not None or inside:
            texts = [(name, "") for name, _ in texts]
        high = metrics.height()
        for n, (name, number) in enumerate(texts if step >= 0.85 * high else ()):
            centre = middle(piece, n)
            chosen = (at, n) == self.at or (at == 1 and n == self._ring)
            painter.setPen(self._theme.color("text" if chosen else "dim"))
            left, right = 0.0, piece.x - piece.radius - _GAP
            if at:
                left, right = piece.x + piece.radius + _GAP, float(self.width())
            room = right - left - (metrics.horizontalAdvance(f" {number}") if number else 0)
            name = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, round(room))
            said = " ".join(part for part in (name, number) if part)
            box = QRectF(left, centre.y() - high / 2, right - left, high)
            side = Qt.AlignmentFlag.AlignLeft if at else Qt.AlignmentFlag.AlignRight
            painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter, said)

    def _write_around(self, painter: QPainter, content: Content, at: int, piece: Piece) -> None:
        """What the column is, and how many of its neurons are not shown."""
        metrics, line = painter.fontMetrics(), self._line
        before, shown, total = content.first[at], len(piece.neurons), content.totals[at]
        painter.setPen(self._theme.color("text"))
        side = Qt.AlignmentFlag.AlignRight if at else Qt.AlignmentFlag.AlignLeft
        titles = [
            f"{' → '.join(one.stage.lines)} · {count:,}"
            for one, count in zip(content.figure.pieces, content.totals, strict=True)
        ]
        taken = [min(metrics.horizontalAdvance(one), self.width() / 2) for one in titles]
        wide = self.width() - taken[1 - at] - 2 * _GAP
        head = QRectF(self.width() - wide if at else 0.0, 0.0, wide, line)
        cut = metrics.elidedText(titles[at], Qt.TextElideMode.ElideMiddle, round(wide))
        painter.drawText(head, side, cut)
        said = []
        if before:
            said.append(self.tr("{count} before").format(count=f"{before:,}"))
        if total - before - shown:
            said.append(self.tr("{count} more").format(count=f"{total - before - shown:,}"))
        if said:
            painter.setPen(self._theme.color("dim"))
            foot = QRectF(head.left(), self.height() - line, head.width(), line)
            painter.drawText(foot, side, f"… {', '.join(said)}")

    def _paint_marks(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for n in range(len(self._lit)):
            if self._lit[n] and (1, n) in self:
                color = self._theme.color("text")
                if self._heat is not None:
                    blue, green, red, _ = lut(WEIGHTS)[int(self._heat[n] * 255)].tolist()
                    color = QColor(red, green, blue)
                self._frame(painter, (1, n), QPen(color, 2.5), 2.0)
        for column, those in enumerate(self._changed):
            for n in those:
                if (column, n) in self:
                    self._frame(painter, (column, n), QPen(self._theme.color("changed"), 2.0), 4.5)
        if (1, self._ring) in self:
            self._frame(painter, (1, self._ring), QPen(self._theme.color("cursor"), 2.5), 2.5)
        if self.at in self:
            self._frame(painter, self.at, QPen(self._theme.color("text"), 1.5), 1.0)

    def _frame(self, painter: QPainter, spot: Spot, pen: QPen, away: float) -> None:
        painter.setPen(pen)
        place = self.place(*spot).adjusted(-away, -away, away, away)
        if self._content is not None and self._content.pictures is not None:
            painter.drawRect(place)
        else:
            painter.drawEllipse(place)

    # ------------------------------------------------------------------ mouse and keys

    def _spot(self, point: QPointF) -> Spot:
        """The neuron there, or whose name and number are there: beside it, away from the lines."""
        if self._content is None:
            return NOWHERE
        for column, piece in enumerate(self._content.figure.pieces):
            inwards = (point.x() - piece.x) * (1 - 2 * column)
            if not piece.neurons or inwards > piece.radius + 3:
                continue
            step = piece.height / len(piece.neurons)
            n = int((point.y() - piece.y) // step)
            if (column, n) in self:
                return column, n
        return NOWHERE

    def _go(self, spot: Spot) -> None:
        if spot != self._at:
            self._at = spot
            self._renew()
            self.pointed.emit(*spot)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell of the neuron under the mouse."""
        spot = self._spot(event.position())
        shape = Qt.CursorShape.PointingHandCursor if spot in self else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)
        self._go(spot)

    def leaveEvent(self, event: QEvent) -> None:
        """Tell of none."""
        self._go(NOWHERE)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the neuron."""
        spot = self._spot(event.position())
        if event.button() == Qt.MouseButton.LeftButton and spot in self:
            self.picked.emit(*spot)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can become of the neuron under the mouse, or chosen by keys."""
        mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        spot = self._spot(QPointF(event.pos())) if mouse else self.at
        if spot in self:
            at = event.globalPos() if mouse else self.mapToGlobal(self.place(*spot).center())
            self.menu_wanted.emit(*spot, QPointF(at).toPoint())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Neurons further on, or back; with Ctrl more of them or larger ones."""
        turn = event.angleDelta().y() or event.angleDelta().x()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._zoom_by(1.25 if turn > 0 else 0.8)
        elif self._content is not None and turn:
            self._turn += turn
            steps, self._turn = int(self._turn / 40), int(np.fmod(self._turn, 40))
            column = int(event.position().x() > self.width() / 2)
            if steps:
                self.turned.emit(column, -steps)
        event.accept()

    def _zoom_by(self, factor: float) -> None:
        zoom = min(max(self._zoom * factor, _FURTHEST), _NEAREST) if factor else 1.0
        if zoom != self._zoom:
            self._zoom = zoom
            self.resized.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows go from neuron to neuron, Enter chooses one; plus and minus zoom."""
        key = Key(event.key())
        if key in _ZOOMS:
            self._zoom_by(_ZOOMS[key])
        elif key in _STEPS and self._content is not None:
            self._walk(self._content, *_STEPS[key])
        elif key in _ENTER and self.at in self:
            self.picked.emit(*self.at)
        else:
            super().keyPressEvent(event)

    def _walk(self, content: Content, across: int, down: int) -> None:
        counts = [len(piece.neurons) for piece in content.figure.pieces]
        if self.at not in self:
            self._go((1, max(self._ring, 0)))
            return
        column, n = self.at
        if across:
            column = min(max(column + across, 0), 1)
            here = middle(content.figure.pieces[self.at[0]], n).y()
            piece = content.figure.pieces[column]
            n = min(range(counts[column]), key=lambda k: abs(middle(piece, k).y() - here))
        elif not 0 <= n + down < counts[column]:
            self.turned.emit(column, down)
        self._go((column, min(max(n + down, 0), counts[column] - 1)))


def _shown(content: Content) -> list[tuple[int, ...]]:
    return [piece.neurons for piece in content.figure.pieces]


def names_of(piece: Piece) -> list[str]:
    """What the neurons of a column are called, in a word."""
    return list(piece.names) or [f"[{n}]" for n in piece.neurons]


def texts_beside(source: Source, at: int, piece: Piece) -> list[tuple[str, str]]:
    """Their names, and their numbers."""
    numbers = source.of(f"value/{at}")
    names = names_of(piece)
    told = [""] * len(names) if numbers is None else [number_text(x, 3) for x in numbers.tolist()]
    return list(zip(names, told, strict=True))
