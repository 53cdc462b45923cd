"""All attention of a model at once: a row for every map of the pass, a column for every head."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from explorer.core.values import Reading, View
from explorer.gui.keys import ARROWS, has_arrows
from explorer.gui.panes.attention.chips import head_color
from explorer.gui.panes.attention.part import Part, Readings, Scene, shades_of
from explorer.gui.panes.shades import WEIGHTS
from explorer.gui.theme import Theme, font
from explorer.picture.attention import heads_of, layer_name, overview
from explorer.picture.readout import future_of

_LEAST, _MOST = 18, 96  # pixels: a map
_GAP, _LINE, _NAME = 3, 3, 96  # pixels: between maps, a head's colour, the name of a row at most
Key = Qt.Key
_STEPS = {Key.Key_Left: (0, -1), Key.Key_Right: (0, 1), Key.Key_Up: (-1, 0), Key.Key_Down: (1, 0)}
_ENTER = frozenset({Key.Key_Return, Key.Key_Enter})


class Overview(QWidget):
    """Paints the maps of the rows in view; a click goes to one, a second one opens it large.

    Signals:
        picked (int, int): the row and head that was chosen.
        opened (): the chosen one is wanted large.
        pointed (int, int): the row and head under the mouse, (-1, -1) for none.
    """

    picked = Signal(int, int)
    opened = Signal()
    pointed = Signal(int, int)
    own_keys = ARROWS | _ENTER

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self._names: list[str] = []
        self._heads: list[int] = []
        self._images: dict[int, list[QImage]] = {}
        self._chosen = (-1, -1)
        self._room = QSize(300, 300)  # that of the view that it scrolls in
        self.side = 0  # the pixels of a map, across and down
        self._left = self._top = 0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Attention of the whole model"))

    def show_rows(self, names: list[str], heads: list[int], chosen: tuple[int, int]) -> None:
        """The rows by name, how many heads each has, and which map is where the cursor is."""
        if (names, heads) != (self._names, self._heads):
            self._names, self._heads, self._images = names, heads, {}
            self._fit()
        self._chosen = chosen
        self.update()

    def show_images(self, row: int, images: list[QImage]) -> None:
        """The maps of a row."""
        self._images[row] = images
        self.update()

    def fit_into(self, room: QSize) -> None:
        """Take so much room, or scroll down in it."""
        if room != self._room:
            self._room = room
            self._fit()

    def _fit(self) -> None:
        """How large maps are: all rows are in view if they can be made out so."""
        heads, rows, gap = max(self._heads, default=1), max(1, len(self._heads)), self._px(_GAP)
        metrics = QFontMetrics(font(self._scale, 8.5))
        self._top = metrics.height() + 2
        down = (self._room.height() - self._top) // rows - gap - _LINE
        down = min(max(down, self._px(_LEAST)), self._px(_MOST))
        widest = max((metrics.horizontalAdvance(name) for name in self._names), default=0)
        free = self._room.width() - heads * (down + gap) - self._px(8)
        self._left = min(widest, max(self._px(_NAME), free)) + self._px(6)
        across = (self._room.width() - self._left) // heads - gap
        self.side = max(self._px(_LEAST), min(across, down))
        self.setFixedHeight(max(1, self.place(len(self._heads), 0).top()))
        self.update()

    def rows_in(self, top: int, bottom: int) -> range:
        """The rows between two heights, also in part."""
        high = self.side + self._px(_GAP) + _LINE
        first = max(0, (top - self._top) // high)
        return range(first, min(len(self._heads), -(-(bottom - self._top) // high)))

    def place(self, row: int, head: int) -> QRect:
        """Where a map is."""
        side, gap = self.side, self._px(_GAP)
        return QRect(
            self._left + head * (side + gap), self._top + row * (side + gap + _LINE), side, side
        )

    def at(self, point: QPoint) -> tuple[int, int]:
        """The row and head at a point, (-1, -1) for none."""
        for row in self.rows_in(point.y(), point.y() + 1):
            for head in range(self._heads[row]):
                if self.place(row, head).adjusted(-1, -1, 1, 1).contains(point):
                    return row, head
        return -1, -1

    def _px(self, pixels: float) -> int:
        return round(pixels * self._scale)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The maps in view, heads above, rows at the left."""
        painter = QPainter(self)
        theme, gap = self._theme, self._px(_GAP)
        painter.setFont(font(self._scale, 8.5))
        metrics = painter.fontMetrics()
        every = max(1, -(-metrics.horizontalAdvance("00 ") // (self.side + gap)))
        painter.setPen(theme.color("dim"))
        for head in range(0, max(self._heads, default=0), every):
            place = self.place(0, head)
            painter.drawText(
                QRect(place.left() - gap, 0, place.width() + 2 * gap, self._top),
                Qt.AlignmentFlag.AlignCenter, str(head),
            )  # fmt: skip
        colors = [head_color(theme, head) for head in range(max(self._heads, default=0))]
        for row in self.rows_in(event.rect().top(), event.rect().bottom() + 1):
            here = row == self._chosen[0]
            place = self.place(row, 0)
            name = metrics.elidedText(
                self._names[row], Qt.TextElideMode.ElideMiddle, self._left - self._px(6)
            )
            painter.setPen(theme.color("text" if here else "dim"))
            painter.drawText(
                QRect(0, place.top(), self._left - self._px(6), place.height()),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name,
            )  # fmt: skip
            images = self._images.get(row, [])
            for head in range(self._heads[row]):
                place = self.place(row, head)
                if head < len(images):
                    painter.drawImage(place, images[head])
                else:
                    painter.fillRect(place, theme.color("raised"))
                line = QRect(place.left(), place.bottom() + 1, place.width(), _LINE)
                painter.fillRect(line, colors[head])
        row, head = self._chosen
        if 0 <= row < len(self._heads):
            heads = [head] if head >= 0 else list(range(self._heads[row]))
            painter.setPen(QPen(theme.color("cursor"), 2))
            around = self.place(row, heads[0]).united(self.place(row, heads[-1]))
            painter.drawRect(around.adjusted(-1, -1, 1, 1 + _LINE))
        if has_arrows(self):
            painter.setPen(theme.color("accent"))
            painter.drawRect(self.visibleRegion().boundingRect().adjusted(0, 0, -1, -1))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell what is there."""
        self.pointed.emit(*self.at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing any more."""
        self.pointed.emit(-1, -1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there; from where one is, open it."""
        row, head = self.at(event.position().toPoint())
        if row < 0 or event.button() != Qt.MouseButton.LeftButton:
            return
        if (row, head) == self._chosen:
            self.opened.emit()
        else:
            self.picked.emit(row, head)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open it."""
        if self.at(event.position().toPoint()) != (-1, -1):
            self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows go to the next map, Enter opens it."""
        key = Key(event.key())
        if key in _STEPS and self._heads:
            row, head = self._chosen
            down, across = _STEPS[key]
            row = min(max(0, row + down), len(self._heads) - 1)
            head = min(max(0, max(0, head) + across), self._heads[row] - 1)
            self.picked.emit(row, head)
        elif key in _ENTER:
            self.opened.emit()
        else:
            super().keyPressEvent(event)


class ModelPart(Part):
    """Every map that the pass has, asked for as far as it is in view.

    Signals:
        went (int, int): the event and the value of the map that was chosen.
    """

    went = Signal(int, int)

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self._scene: Scene | None = None
        self._groups: dict[str, tuple[int, ...]] = {}  # the rows of each question
        self._painted: dict[str, tuple[Reading, bool]] = {}
        self._peaks: dict[int, np.ndarray] = {}
        self.overview = Overview(theme, scale)
        self.overview.picked.connect(self._pick)
        self.overview.pointed.connect(self._point)
        self.overview.opened.connect(self._open)
        self.area = QScrollArea()
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setStyleSheet(
            "QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; }"
        )
        holder = QWidget()
        self._inner = QVBoxLayout(holder)
        self._inner.setContentsMargins(0, 0, 0, 0)
        self._inner.addWidget(self.overview, 0, Qt.AlignmentFlag.AlignTop)
        self.area.setWidget(holder)
        self.area.verticalScrollBar().valueChanged.connect(lambda _: self.wanted.emit())
        lay = QVBoxLayout(self)
        lay.setContentsMargins(0, 0, 0, 0)
        lay.addWidget(self.area)

    def views(self, scene: Scene) -> dict[str, View]:
        """All heads of the rows in view, each map no larger than it is painted."""
        self._arrange(scene)
        top = self.area.verticalScrollBar().value()
        side = round(self.overview.side * self.devicePixelRatioF())
        rows = self.overview.rows_in(top, top + self.area.viewport().height())
        asked = overview(scene.recording, rows, scene.look, side)
        self._groups = {f"model/{n}": rows for n, (rows, _) in enumerate(asked)}
        return {f"model/{n}": view for n, (_, view) in enumerate(asked)}

    def _arrange(self, scene: Scene) -> None:
        """Rows, names and the chosen one."""
        if self._scene is not None and self._scene.recording is not scene.recording:
            self._painted, self._peaks = {}, {}
        before, self._scene = self._scene, scene
        recording, rows = scene.recording, scene.recording.attention
        here = next(n for n, one in enumerate(rows) if one.value == scene.value)
        self.overview.fit_into(self.area.viewport().size())
        self.overview.show_rows(
            _short([layer_name(recording, one) for one in rows]),
            [heads_of(recording.values[one.value]) for one in rows], (here, scene.look.head),
        )  # fmt: skip
        if before is None or before.value != scene.value:
            self._inner.activate()
            middle = self.overview.place(here, max(0, scene.look.head)).center()
            self.area.ensureVisible(middle.x(), middle.y(), 0, self.overview.side)

    def show_scene(self, scene: Scene, readings: Readings) -> None:
        """The rows that came."""
        self._arrange(scene)
        for name, reading in readings.items():
            before = self._painted.get(name)
            if before is not None and before[0] is reading and before[1] == scene.look.faint:
                continue
            self._painted[name] = (reading, scene.look.faint)
            for row, data in zip(self._groups[name], reading.data, strict=True):
                maps = data.reshape((-1, *data.shape[-2:]))
                self._peaks[row] = np.nan_to_num(maps).reshape(len(maps), -1).max(1)
                value = scene.recording.attention[row].value
                hidden = future_of(scene.recording, value, reading)
                self.overview.show_images(row, self._images(scene, maps, hidden))
        self._point(-1, -1)

    def _images(self, scene: Scene, maps: np.ndarray, hidden: np.ndarray | None) -> list[QImage]:
        """Each of the (heads, Q, K) maps: those of one range of colours are painted as one."""
        shades = [shades_of(scene.look, one) for one in maps]
        if len(set(shades)) != 1:
            return [
                own.image(one, self.theme, WEIGHTS, hidden)
                for own, one in zip(shades, maps, strict=True)
            ]
        heads, down, across = maps.shape
        masked = None if hidden is None else np.tile(hidden, (heads, 1))
        whole = shades[0].image(maps.reshape(-1, across), self.theme, WEIGHTS, masked)
        return [whole.copy(0, head * down, across, down) for head in range(heads)]

    def help(self, scene: Scene) -> tuple[str, str]:
        """What rows and columns are."""
        said = self.tr("Row: a layer. Column: a head. A click goes there, a second one opens it.")
        tip = self.tr("Each small map has the queries as rows and the keys as columns.")
        if scene.look.faint:
            tip = " ".join(
                (
                    tip,
                    self.tr("Each is bright up to its own largest weight, on a logarithmic scale."),
                )
            )
        return said, tip

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other maps are in view."""
        super().resizeEvent(event)
        self.wanted.emit()

    def _pick(self, row: int, head: int) -> None:
        if self._scene is not None:
            one = self._scene.recording.attention[row]
            self.changed.emit(replace(self._scene.look, head=head))
            self.went.emit(one.event, one.value)

    def _open(self) -> None:
        if self._scene is not None:
            self.changed.emit(replace(self._scene.look, show="head"))

    def _point(self, row: int, head: int) -> None:
        if self._scene is None:
            return
        if row < 0:
            row = next(n for n, one in enumerate(self._scene.recording.attention)
                       if one.value == self._scene.value)  # fmt: skip
            head = self._scene.look.head
        name = layer_name(self._scene.recording, self._scene.recording.attention[row])
        if head < 0 or row not in self._peaks:
            self.said.emit(name)
            return
        self.said.emit(
            self.tr("{layer}, head {number}: up to {peak:.3f}")
            .format(layer=name, number=head, peak=float(self._peaks[row][head]))
        )  # fmt: skip


def _short(names: list[str]) -> list[str]:
    """Paths without the parts that all begin or end with: ``0`` for ``blocks.0.attn``."""
    parts = [name.split(".") for name in names]
    while len(parts) > 1 and all(len(p) > 1 for p in parts) and len({p[0] for p in parts}) == 1:
        parts = [p[1:] for p in parts]
    while len(parts) > 1 and all(len(p) > 1 for p in parts) and len({p[-1] for p in parts}) == 1:
        parts = [p[:-1] for p in parts]
    return [".".join(p) for p in parts]
