"""The logit lens: a grid of blocks by positions, in each cell what the model would say from there.

See `explorer.core.lens`.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QLabel, QScrollBar, QSizePolicy, QWidget

from explorer.core.graph import Recording
from explorer.core.lens import Lens, LensView
from explorer.core.prediction import holds_probabilities
from explorer.gui.keys import ARROWS, has_arrows
from explorer.gui.panes.pane import Pane, scrolled
from explorer.gui.panes.shades import WEIGHTS, Shades, lut
from explorer.gui.theme import Theme, ink_on, mono
from explorer.picture.readout import axis_labels
from explorer.picture.residual import Residual, residual_of
from explorer.session import intents
from explorer.session.state import AppState

_NARROW, _WIDE = 22, 64  # pixels of a column
_LOW, _HIGH = 18, 34  # pixels of a row
_RAMP = 72  # pixels of what tells the colours
_MOST = 60  # pixels of the names of rows and columns
Key = Qt.Key
_STEPS = {Key.Key_Left: (0, -1), Key.Key_Right: (0, 1), Key.Key_Up: (-1, 0), Key.Key_Down: (1, 0)}
_ENTER = frozenset({Key.Key_Return, Key.Key_Enter})
Cell = tuple[int, int]  # row and column


class Grid(QWidget):
    """Paints words in cells, the brighter the likelier, with names of rows and columns.

    Signals:
        pointed (int, int): the cell under the mouse or chosen by the keys, (-1, -1) for none.
        picked (int, int): a cell was clicked, or Enter pressed.
        turned (int): the wheel or the keys want columns further on, or back.
        resized (): there is another `room`.
    """

    pointed = Signal(int, int)
    picked = Signal(int, int)
    turned = Signal(int)
    resized = Signal()
    own_keys = ARROWS | _ENTER

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme, self._scale = theme, scale
        self._rows: list[str] = []
        self._columns: list[str] = []
        self._words: dict[int, list[str]] = {}
        self._chances: dict[int, np.ndarray] = {}
        self._at: Cell = (-1, -1)
        self._here = -1
        self._widest = float(_NARROW)
        self._down = self._px(_LOW)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("What the model would say after each block"))

    def show_rows(self, names: list[str], here: int) -> None:
        """What the rows are called; ``here`` is the one looked at, -1 for none."""
        self._rows, self._here = names, here
        self.update()

    def show_columns(self, names: list[str]) -> None:
        """What the columns in view are called."""
        self._columns = names
        self.update()

    def fit_into(self, height: int) -> None:
        """Take so much room at most, or scroll in it."""
        free = (height - 2 * self._top - self._px(4)) / max(1, len(self._rows))
        self._down = int(min(max(free, self._px(_LOW)), self._px(_HIGH)))
        self.setFixedHeight(self._high(self._down))

    @property
    def most(self) -> int:
        """The pixels of height that it can make use of."""
        return self._high(self._px(_HIGH))

    def _high(self, row: int) -> int:
        return round(2 * self._top + len(self._rows) * row) + self._px(4)

    def show_row(self, row: int, words: list[str], chances: np.ndarray) -> None:
        """The likeliest of each column, and how likely it is."""
        self._words[row], self._chances[row] = words, chances
        self.update()

    def forget(self) -> None:
        """What was shown is of something else."""
        self._words, self._chances = {}, {}

    def fit_words(self, words: list[str]) -> None:
        """Make columns so wide that most of these words have room."""
        metrics = QFontMetricsF(self._font())
        widths = sorted(metrics.horizontalAdvance(word) for word in words)
        usual = widths[len(widths) * 9 // 10] if widths else 0.0
        self._widest = min(max(usual + self._px(8), self._px(_NARROW)), self._px(_WIDE))

    def room(self, total: int) -> int:
        """How many columns there is room for, of so many."""
        return min(total, max(1, int((self.width() - self._left) / self._widest)))

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(self._px(300), self.height())

    def _px(self, pixels: float) -> int:
        return round(pixels * self._scale)

    def _font(self) -> QFont:
        return mono(self._scale, 9)

    @property
    def _left(self) -> float:
        metrics = QFontMetricsF(self._font())
        widest = max((metrics.horizontalAdvance(name) for name in self._rows), default=0.0)
        return min(widest, self._px(_MOST)) + self._px(8)

    @property
    def _top(self) -> float:
        return QFontMetricsF(self._font()).height() + self._px(4)

    def place(self, row: int, column: int) -> QRectF:
        """Where a cell is."""
        across = (self.width() - self._left) / max(1, len(self._columns))
        if len(self._columns) > 1:
            across = min(across, self._px(_WIDE))
        top = self._top + row * self._down
        return QRectF(self._left + column * across, top, across, self._down)

    def _cell(self, point: QPointF) -> Cell:
        first = self.place(0, 0)
        row = int((point.y() - first.top()) // first.height())
        column = int((point.x() - first.left()) // first.width())
        inside = 0 <= row < len(self._rows) and 0 <= column < len(self._columns)
        return (row, column) if inside else (-1, -1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Names, cells, and rings around the row looked at and the cell pointed at."""
        painter = QPainter(self)
        painter.setFont(self._font())
        metrics, theme = QFontMetricsF(self._font()), self._theme
        colors, gap, right = lut(WEIGHTS), 1.0, Qt.TextElideMode.ElideRight
        middle, side = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignRight
        for row, name in enumerate(self._rows):
            box = self.place(row, 0)
            painter.setPen(theme.color("text" if row == self._here else "dim"))
            words = QRectF(0, box.top(), self._left - self._px(6), box.height())
            painter.drawText(words, middle | side, metrics.elidedText(name, right, words.width()))
        painter.setPen(theme.color("dim"))
        for column, name in enumerate(self._columns):
            box = self.place(0, column)
            words = QRectF(box.left(), 0, box.width(), self._top)
            text = metrics.elidedText(name, right, words.width() - 2)
            painter.drawText(words, Qt.AlignmentFlag.AlignCenter, text)
        for row, words_of in self._words.items():
            for column, word in enumerate(words_of):
                chance = float(self._chances[row][column])
                blue, green, red, _ = colors[int(np.nan_to_num(chance) * 255)].tolist()
                box = self.place(row, column).adjusted(0, 0, -gap, -gap)
                ground = QColor(red, green, blue)
                painter.fillRect(box, ground)
                painter.setPen(ink_on(ground))
                text = metrics.elidedText(word, right, box.width() - 2)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        self._ring(painter)
        self._key(painter)

    def _key(self, painter: QPainter) -> None:
        """What the colours mean, below the cells."""
        top = self._top + len(self._rows) * self._down + self._px(4)
        metrics = QFontMetricsF(self._font())
        words = QRectF(self._left, top, metrics.horizontalAdvance("0 %"), self._top)
        painter.setPen(self._theme.color("dim"))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, "0 %")
        high = self._px(8)
        ramp = QRectF(
            words.right() + self._px(4), words.center().y() - high / 2, self._px(_RAMP), high
        )
        image = Shades(0, 255, False).image(np.arange(256.0)[None], self._theme, WEIGHTS)
        painter.drawImage(ramp, image)
        words = QRectF(ramp.right() + self._px(4), top, self.width(), self._top)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, "100 %")

    def _ring(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._here >= 0 and self._columns:
            first, last = self.place(self._here, 0), self.place(self._here, len(self._columns) - 1)
            painter.setPen(QPen(self._theme.color("cursor"), 1.5))
            painter.drawRect(first.united(last).adjusted(-1, -1, 0, 0))
        if self._at in self:
            painter.setPen(QPen(self._theme.color("text"), 2))
            painter.drawRect(self.place(*self._at).adjusted(0, 0, -1, -1))
        if has_arrows(self) and self._at not in self:
            painter.setPen(self._theme.color("accent"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def __contains__(self, cell: Cell) -> bool:
        return 0 <= cell[0] < len(self._rows) and 0 <= cell[1] < len(self._columns)

    @property
    def at(self) -> Cell:
        """The cell under the mouse or chosen by the keys, (-1, -1) for none."""
        return self._at if self._at in self else (-1, -1)

    @property
    def last(self) -> Cell:
        """The last column of the row looked at, or of the last one."""
        row = self._here if self._here >= 0 else len(self._rows) - 1
        return row, len(self._columns) - 1

    def _go(self, cell: Cell) -> None:
        self._at = cell
        self.update()
        self.pointed.emit(*cell)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More or fewer columns may have room."""
        super().resizeEvent(event)
        self.resized.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell of the cell under the mouse."""
        self._go(self._cell(event.position()))

    def leaveEvent(self, event: object) -> None:
        """Tell of none."""
        self._go((-1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the cell."""
        cell = self._cell(event.position())
        if cell in self:
            self.picked.emit(*cell)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Columns further on or back with Shift, or turned sideways; else the grid scrolls."""
        across, shift = event.angleDelta().x(), Qt.KeyboardModifier.ShiftModifier
        if event.modifiers() & shift:
            across = across or event.angleDelta().y()
        if not across:
            event.ignore()
            return
        self.turned.emit(-1 if across > 0 else 1)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows go from cell to cell; Enter chooses."""
        step = _STEPS.get(Key(event.key()))
        if step is not None and self._rows and self._columns:
            row, column = self._at if self._at in self else (len(self._rows), len(self._columns))
            row, column = row + step[0], column + step[1]
            last = len(self._columns) - 1
            if not 0 <= column <= last and self._at in self:
                self.turned.emit(step[1])
            self._go((min(max(row, 0), len(self._rows) - 1), min(max(column, 0), last)))
        elif event.key() in _ENTER and self._at in self:
            self.picked.emit(*self._at)
        else:
            super().keyPressEvent(event)


class LensPane(Pane):
    """What the model would say if it ended after each of its blocks, at every position."""

    name = "lens"

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self.grid = Grid(theme, scale)
        self.grid.pointed.connect(self._tell)
        self.grid.picked.connect(self._go)
        self.grid.resized.connect(self.refresh)
        self._area = scrolled(self.grid)
        self.lay.addWidget(self._area, 1000)
        self.bar = QScrollBar(Qt.Orientation.Horizontal)
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName(self.tr("Position"))
        self.bar.valueChanged.connect(self.refresh)
        self.grid.turned.connect(lambda by: self.bar.setValue(self.bar.value() + by))
        self.lay.addWidget(self.bar)
        self.told = QLabel()
        self.told.setFont(mono(scale, 9))
        self.told.setWordWrap(True)
        self.told.setMinimumHeight(2 * self.told.fontMetrics().lineSpacing())
        self.told.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.lay.addWidget(self.told)
        self.lay.addStretch(1)  # what is told stands right below the grid
        self._total = 0
        self._views: tuple[LensView, ...] = ()  # one for each row
        self._rows: dict[int, Lens] = {}
        self._asked: LensView | None = None
        self.say(
            self.tr(
                "What the model would say if it ended after each block: the likeliest of each "
                "position, the brighter the surer."
            ),
            self.tr(
                "The logit lens: the end of the model is run on the residual stream as each block "
                "leaves it. “in” is the stream before the first block. A click goes there."
            ),
        )

    def look(self, state: AppState, recording: Recording, value: int) -> bool:
        """Ask for one row after the other, the last one first, and show those that are there."""
        stream = residual_of(recording)
        if stream is None:
            return False
        self._name_rows(recording, stream, value)
        views = self._wanted(recording, stream)
        if views != self._views:
            self._views, self._rows, self._asked = views, {}, None
            self.grid.forget()
        first = self.bar.value()
        self.grid.show_columns(self._columns(recording)[first : first + views[0].most])
        self._area.setMaximumHeight(self.grid.most)
        self.grid.fit_into(self._area.viewport().height())
        answer = state.answer(Lens)
        if answer is not None and answer.view == self._asked and self._asked in views:
            row = views.index(self._asked)
            if row not in self._rows:
                self._rows[row] = answer
                self._show(recording, row, answer)
        missing = [row for row in reversed(range(len(views))) if row not in self._rows]
        if missing and self._asked != views[missing[0]]:
            self._asked = views[missing[0]]
            self.intent.emit(intents.Ask(self._asked))
        return False  # none of its cells are the value's

    def _wanted(self, recording: Recording, stream: Residual) -> tuple[LensView, ...]:
        shape = recording.values[recording.prediction].shape
        total = shape[-2] if len(shape) > 2 else 1
        if total != self._total:
            self._total = total
            self.grid.fit_words(self._columns(recording))
        room = self.grid.room(total)
        self.bar.blockSignals(True)
        last = self.bar.value() == self.bar.maximum()  # new text is read at its end
        self.bar.setRange(0, max(0, total - room))
        self.bar.setPageStep(room)
        self.bar.setValue(self.bar.maximum() if last else self.bar.value())
        self.bar.setVisible(total > room)
        self.bar.blockSignals(False)
        return tuple(
            LensView(
                recording.tape, recording.prediction, stream.values[-1], given,
                self.bar.value(), room, holds_probabilities(recording, recording.prediction),
            )
            for given in stream.values
        )  # fmt: skip

    def _columns(self, recording: Recording) -> list[str]:
        """What every position is called."""
        shape = recording.values[recording.prediction].shape
        if len(shape) < 3:
            return [""]
        labels = axis_labels(recording, recording.prediction, len(shape) - 2)
        return list(labels) or [str(at) for at in range(shape[-2])]

    def _name_rows(self, recording: Recording, stream: Residual, value: int) -> None:
        here = stream.values.index(value) if value in stream.values else -1
        if value == recording.prediction:
            here = len(stream.values) - 1
        blocks = [recording.calls[call].name for call in stream.calls]
        self.grid.show_rows([self.tr("in"), *blocks], here)

    def _show(self, recording: Recording, row: int, answer: Lens) -> None:
        words = [self._word(recording, int(place)) for place in answer.places[:, 0]]
        self.grid.show_row(row, words, answer.chances[:, 0])
        self._tell(*self.grid.at)

    def _word(self, recording: Recording, place: int) -> str:
        value = recording.prediction
        labels = axis_labels(recording, value, len(recording.values[value].shape) - 1)
        return labels[place] if labels else str(place)

    def _tell(self, row: int, column: int) -> None:
        """The likeliest few of a cell; of the last one where none is pointed at."""
        if row < 0:
            row, column = self.grid.last
        state, answer = self.state, self._rows.get(row)
        if answer is None or state is None or state.recording is None:
            self.told.clear()
            return
        recording = state.recording
        stream = residual_of(recording)
        if stream is None or column >= len(answer.places):
            self.told.clear()
            return
        likely = " · ".join(
            f"“{self._word(recording, int(place))}”\N{NO-BREAK SPACE}{chance:.1%}"
            for place, chance in zip(answer.places[column], answer.chances[column], strict=True)
        )
        at = answer.view.first + column
        block = recording.calls[stream.calls[row - 1]].module if row else ""
        where = self.tr("after {block}") if row else self.tr("before the first block")
        if answer.total > 1:
            where += self.tr(", at “{token}” [{at}]")
        token = self._columns(recording)[at]
        self.told.setText(f"{where.format(block=block, token=token, at=at)}: {likely}")

    def _go(self, row: int, column: int) -> None:
        """To the op that makes the stream so."""
        state = self.state
        if state is None or state.recording is None or row >= len(self._views):
            return
        writer = state.recording.values[self._views[row].given].writer
        if writer >= 0:
            self.intent.emit(intents.ChoosePane(self.name))
            self.intent.emit(intents.StepTo(writer, reveal=True))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Rows may be higher."""
        super().resizeEvent(event)
        self.refresh()

    @property
    def up_to_date(self) -> bool:
        """Whether every row on screen is the one asked for."""
        return bool(self._views) and len(self._rows) == len(self._views)

    def forget(self) -> None:
        """Ask again if need be."""
        super().forget()
        self._views, self._rows, self._asked = (), {}, None
