"""Embedding: the rows of a table as points of a map, those used lit, and what is near to one."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QSizePolicy

from explorer.core.graph import Recording
from explorer.core.table import Neighbours, NeighboursView, TableMap, TableView
from explorer.gui.panes.pane import Pane
from explorer.gui.theme import Theme, font, mono
from explorer.picture.readout import Table, axis_labels, table_of
from explorer.session import intents
from explorer.session.state import AppState

_MOST = 4000  # points
_LINES = 4  # of what is told below the map
_NEAREST = 8
_REACH = 14  # pixels from the mouse to a point
_NAMED = 60  # rows used that have their names beside them, at most
_BESIDE = ((0.5, 1.15), (0.5, -0.15), (-0.1, 0.5), (1.1, 0.5))  # where a name is to its point
_MARGIN = (3, 3, -3, -3)  # pixels of nothing around the letters of a name
_ALL_NAMED = 130  # rows of a map that all have their names


class TablePlot(pg.PlotWidget):
    """Points that one can zoom and drag.

    Signals:
        pointed (int): the place of the point under the mouse or chosen by keys, -1 for none.
        picked (int): that was clicked, or Enter pressed.
    """

    pointed = Signal(int)
    picked = Signal(int)
    own_keys = frozenset({Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Enter})
    steady_keys = frozenset({Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus, Qt.Key.Key_0})

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(background=theme.color("raised"))
        self._theme, self._scale = theme, scale
        self._points = np.zeros((0, 2))
        self.at = -1
        self._press: QPointF | None = None
        self.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self.setAntialiasing(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        item = self.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.setPen(pg.mkPen(theme.color("line")))
            axis.setTextPen(theme.color("dim"))
            axis.setStyle(tickFont=font(scale, 8.5), showValues=False, tickLength=0)
            axis.enableAutoSIPrefix(False)
        self._rest = pg.ScatterPlotItem(pen=None, brush=theme.color("dim", 0.45))
        self._used = pg.ScatterPlotItem(pen=None, brush=theme.color("accent"))
        self._near = pg.ScatterPlotItem(pen=pg.mkPen(theme.color("text"), width=1.5), brush=None)
        self._chosen = pg.ScatterPlotItem(pen=pg.mkPen(theme.color("cursor"), width=2), brush=None)
        for layer in (self._rest, self._used, self._near, self._chosen):
            item.addItem(layer)
        self._names: list[tuple[int, pg.TextItem]] = []  # with the places of their points
        self._pixel = (0.0, 0.0)  # how far apart points are that are a pixel from each other
        for changed in (item.getViewBox().sigRangeChanged, item.getViewBox().sigResized):
            changed.connect(self._spread)
        self.setAccessibleName(self.tr("Map of the table"))

    def show_points(self, map_: TableMap, names: list[str]) -> None:
        """Draw a map; rows that are used have their names beside them, all of a few rows."""
        self._points, self.at = map_.points.astype(float), -1
        side = 5.0 if len(self._points) < 500 else 3.0
        used = map_.used
        self._rest.setData(pos=self._points[~used], size=side * self._scale)
        self._used.setData(pos=self._points[used], size=(side + 3.0) * self._scale)
        self._near.setData(pos=np.zeros((0, 2)))
        self._chosen.setData(pos=np.zeros((0, 2)))
        for _, name in self._names:
            self.removeItem(name)
        self._names, self._pixel = [], (0.0, 0.0)
        every = len(self._points) <= _ALL_NAMED
        shown = np.flatnonzero(used | every)[: _ALL_NAMED if every else _NAMED]
        for place in sorted(shown.tolist(), key=lambda place: not used[place]):
            role = "text" if used[place] else "dim"
            text = pg.TextItem(names[place], color=self._theme.color(role), anchor=_BESIDE[0])
            text.setFont(font(self._scale, 8.5, 600 if used[place] else 400))
            text.setPos(*self._points[place])
            self.addItem(text)
            self._names.append((place, text))
        labels = (("left", "PC 2"), ("bottom", "PC 1"))
        for (side_, name), n in zip(labels, (1, 0), strict=True):
            said = f"{name} · {map_.share[n]:.0%}" if map_.share else f"t-SNE {n + 1}"
            small = f"{8.5 * self._scale:g}pt"
            self.getPlotItem().setLabel(
                side_, said, **{"color": self._theme.dim, "font-size": small}
            )
        self.fit()

    def fit(self) -> None:
        """All points in view."""
        self.getPlotItem().getViewBox().autoRange(padding=0.08)
        self._spread()

    def _spread(self) -> None:
        """Each name where it covers no other, those of used rows first; one that would is hidden
        until the map is nearer."""
        wide, high = pixel = self.getPlotItem().getViewBox().viewPixelSize()
        if pixel == self._pixel or not wide or not high:
            return  # it was moved, no more
        self._pixel = pixel
        taken: list[QRectF] = []
        for place, name in self._names:
            at = self._points[place] / [wide, -high]
            size = name.textItem.boundingRect().size()
            free = None
            for beside in _BESIDE:
                left, top = at - np.array(beside) * [size.width(), size.height()]
                area = QRectF(left, top, size.width(), size.height()).adjusted(*_MARGIN)
                if not any(area.intersects(other) for other in taken):
                    free = beside
                    taken.append(area)
                    break
            name.setVisible(free is not None)
            if free is not None:
                name.setAnchor(free)

    def ring(self, place: int, near: np.ndarray) -> None:
        """Ring a point, and others around it."""
        size = 13.0 * self._scale
        self._chosen.setData(pos=self._points[[place]] if place >= 0 else [], size=size)
        self._near.setData(pos=self._points[near] if len(near) else [], size=size)

    def place_at(self, at: QPointF) -> int:
        """The point nearest to a place of the widget, -1 if none is near."""
        if not len(self._points):
            return -1
        view = self.getPlotItem().getViewBox()
        mouse = view.mapSceneToView(self.mapToScene(at.toPoint()))
        wide, high = view.viewPixelSize()
        apart = (self._points - [mouse.x(), mouse.y()]) / [wide, high]
        far = np.hypot(apart[:, 0], apart[:, 1])
        best = int(far.argmin())
        return best if far[best] <= _REACH * self._scale else -1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell of the point under the mouse."""
        super().mouseMoveEvent(event)
        if event.buttons() == Qt.MouseButton.NoButton:
            self._go(self.place_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to drag, or to click."""
        self._press = event.position()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click chooses."""
        super().mouseReleaseEvent(event)
        still = self._press is not None and ((event.position() - self._press).manhattanLength() < 4)
        if still and event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit(self.place_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """None any more."""
        super().leaveEvent(event)
        self._go(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows go from row to row, Enter chooses; plus, minus and 0 zoom."""
        view = self.getPlotItem().getViewBox()
        key = Qt.Key(event.key())
        by = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(key)
        if by is not None and len(self._points):
            self._go(min(max(self.at + by, 0), len(self._points) - 1))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.picked.emit(self.at)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            view.scaleBy((1 / 1.4, 1 / 1.4))
        elif key == Qt.Key.Key_Minus:
            view.scaleBy((1.4, 1.4))
        elif key == Qt.Key.Key_0:
            self.fit()
        else:
            super().keyPressEvent(event)

    def _go(self, place: int) -> None:
        if place != self.at:
            self.at = place
            self.pointed.emit(place)


class EmbeddingPane(Pane):
    """A table of embeddings, or what was looked up in one."""

    name = "embedding"

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self.plot = TablePlot(theme, scale)
        self.plot.pointed.connect(self._point)
        self.plot.picked.connect(self._pick)
        self.lay.addWidget(self.plot, 1)
        self.told = QLabel()
        self.told.setFont(mono(scale, 9))
        self.told.setWordWrap(True)
        self.told.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.told.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        # always as high: the map must not move under the mouse
        self.told.setFixedHeight(self.told.fontMetrics().lineSpacing() * _LINES)
        self.lay.addWidget(self.told)
        row = QHBoxLayout()
        self._group = QButtonGroup(self)
        self.pca, self.tsne = QPushButton("PCA"), QPushButton("t-SNE")
        for button, tip in (
            (self.pca, self.tr("The two directions in which the rows differ most")),
            (
                self.tsne,
                self.tr("Keeps near what is near; takes seconds, distances say little"),
            ),
        ):
            button.setCheckable(True)
            button.setFont(font(scale, 9.5))
            button.setToolTip(tip)
            button.clicked.connect(self.refresh)
            self._group.addButton(button)
            row.addWidget(button)
        self.pca.setChecked(True)
        self._count = QLabel()
        self._count.setFont(mono(scale, 9))
        self._count.setStyleSheet(f"color: {theme.dim};")
        self._count.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row.addWidget(self._count, 1)
        self.lay.addLayout(row)
        self._asked: TableView | None = None
        self._map: TableMap | None = None
        self._wanted: NeighboursView | None = None  # of the row that is told of
        self._pinned = -1
        self._near: Neighbours | None = None
        self._hint = self.tr("Point at a row to see what is near it.")
        self.say(
            self.tr("Every row of the table as a point; those used in this pass are blue."),
            self.tr("Near points are similar rows, as far as two axes can tell; the cosine is of "
                    "whole rows. The wheel zooms, a drag moves, a click keeps a row."),
        )  # fmt: skip

    def look(self, state: AppState, recording: Recording, value: int) -> bool:
        """Ask for a map, and show it and what is near."""
        found = self._table
        if found is None:
            return False
        method = "tsne" if self.tsne.isChecked() else "pca"
        view = TableView(recording.tape, found.table, found.ids, _MOST, method)  # type: ignore[arg-type]
        if view != self._asked:
            self._asked, self._wanted, self._pinned, self._near = view, None, -1, None
            self._count.setText(self.tr("Computing…"))
            self.intent.emit(intents.Ask(view))
        answer = state.answer(TableMap)
        if answer is not None and answer is not self._map and answer.view == self._asked:
            self._map = answer
            self.plot.show_points(answer, [self._name(row) for row in answer.rows.tolist()])
            self._say_count(answer)
            self.told.setText(self._hint)
        near = state.answer(Neighbours)
        if near is not None and near is not self._near and near.view == self._wanted:
            self._near = near
            self._tell()
        return False  # none of its points is a cell

    @property
    def _table(self) -> Table | None:
        state = self.state
        if state is None or state.recording is None or state.value is None:
            return None
        return table_of(state.recording, state.value)

    def _name(self, row: int) -> str:
        found, state = self._table, self.state
        assert state is not None
        assert state.recording is not None
        assert found is not None
        labels = axis_labels(state.recording, found.table, 0) or self._vocabulary(found)
        return labels[row] if row < len(labels) else str(row)

    def _vocabulary(self, found: Table) -> tuple[str, ...]:
        """The labels of a vocabulary that is as long as the table."""
        assert self.state is not None
        assert self.state.recording is not None
        given = self.state.recording.labels
        labels = given.get("V", given.get("vocabulary", ()))
        total = self.state.recording.values[found.table].shape[0]
        return labels if len(labels) == total else ()

    def _say_count(self, map_: TableMap) -> None:
        shown, used = f"{len(map_.rows):,}", f"{int(map_.used.sum()):,}"
        text = (
            self.tr("{shown} rows, {used} used")
            if len(map_.rows) == map_.total
            else self.tr("{shown} of {total} rows, {used} used")
        )
        self._count.setText(text.format(shown=shown, used=used, total=f"{map_.total:,}"))

    def _point(self, place: int) -> None:
        """A point is under the mouse, or none: then the one that was clicked."""
        row = self._pinned
        if place >= 0 and self._map is not None:
            row = int(self._map.rows[place])
        self._want(row)

    def _pick(self, place: int) -> None:
        self._pinned = int(self._map.rows[place]) if place >= 0 and self._map is not None else -1
        self._want(self._pinned)

    def _want(self, row: int) -> None:
        asked, wanted = self._asked, None
        if row >= 0 and asked is not None:
            wanted = NeighboursView(asked.tape, asked.table, row, _NEAREST)
        if wanted == self._wanted:
            return
        self._wanted, self._near = wanted, None
        if wanted is None:
            self.plot.ring(-1, np.zeros(0, int))
            self.told.setText(self._hint)
            return
        self.intent.emit(intents.Ask(wanted))

    def _tell(self) -> None:
        """Name what is near, and ring it."""
        near, map_ = self._near, self._map
        if near is None or map_ is None:
            return
        named = [
            f"{self._name(row)} {cosine:.2f}"
            for row, cosine in zip(near.rows.tolist(), near.cosine.tolist(), strict=True)
        ]
        said = self.tr("nearest to “{row}” by cosine: {rows}")
        texts = [
            said.format(row=self._name(near.view.row), rows=" · ".join(named[:count]))
            for count in range(len(named), 0, -1)
        ]
        self.told.setText(next(filter(self._fits, texts), texts[-1]) if texts else "")
        self.told.setToolTip(texts[0] if texts else "")
        place = np.flatnonzero(map_.rows == near.view.row)
        self.plot.ring(
            int(place[0]) if len(place) else -1, np.flatnonzero(np.isin(map_.rows, near.rows))
        )

    def _fits(self, text: str) -> bool:
        """Whether there is room for a text below the map."""
        room = QRect(0, 0, self.told.width(), 10_000)
        flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft
        high: int = self.told.fontMetrics().boundingRect(room, flags, text).height()
        return high <= self.told.height()

    @property
    def up_to_date(self) -> bool:
        """Whether the map on screen is the one asked for last."""
        return self._map is not None and self._map.view == self._asked

    def forget(self) -> None:
        """Ask again if need be."""
        super().forget()
        self._asked = self._map = None
