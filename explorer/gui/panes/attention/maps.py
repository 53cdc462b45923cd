"""Attention as maps: one head large with the others beside it, and all heads of a layer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QImage, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout

from explorer.core.plane import Extent
from explorer.core.values import Reading, View
from explorer.gui.panes.attention.chips import head_color
from explorer.gui.panes.attention.part import MAIN, Part, Readings, Scene, shades_of
from explorer.gui.panes.heatmap import Heatmap
from explorer.gui.panes.pane import scrolled
from explorer.gui.panes.shades import WEIGHTS
from explorer.gui.panes.thumbnails import Thumbnails
from explorer.gui.theme import Theme
from explorer.picture.attention import heads_of, map_view, stack_view
from explorer.picture.readout import future_of

_HEAD, _LARGE_HEAD = 56, 104  # pixels: a small map, and one that has the room
_GAIN = 1.15  # how much larger a map must become before the small ones go beside it
_LEAST_SHARE = 0.75  # of the large map's side, or there are no small ones
_ANY = 1 << 20  # pixels: no limit
_EVEN = 16  # pixels: a map that gets a bit larger is not asked for anew


def head_images(part: Part, scene: Scene, reading: Reading) -> list[QImage]:
    """The maps of all heads, on one scale."""
    maps = reading.data.reshape((-1, *reading.data.shape[-2:]))
    hidden = future_of(scene.recording, reading.view.value, reading)
    shades = shades_of(scene.look, reading.data)
    return [shades.image(one, part.theme, WEIGHTS, hidden) for one in maps]


class HeadPart(Part):
    """One map large, from all of it down to single numbers; all heads small.

    Signals:
        pointed (object): row and column of the reading under the mouse, (-1, -1) for none.
        picked (object): those of a cell that was chosen.
    """

    pointed = Signal(object)
    picked = Signal(object)

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self._scene: Scene | None = None
        self._ratio = 1.1  # of the large map's height to its width
        self.map = Heatmap(theme, scale, square=True)
        self.map.hovered.connect(self._hover)
        self.map.picked.connect(lambda row, column: self.picked.emit((row, column)))
        self.map.moved.connect(self._move)
        self.map.installEventFilter(self)
        self.heads = Thumbnails(theme, scale, largest=_HEAD)
        self.heads.setAccessibleName(self.tr("Maps of the heads"))
        self.heads.picked.connect(self._choose)
        self._body = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(self.px(3))
        whole = QVBoxLayout()
        whole.addWidget(self.map, 100)
        whole.addStretch(1)
        self._body.addLayout(whole, 100)
        self.area = scrolled(self.heads)
        self._body.addWidget(self.area)
        self._body.setAlignment(self.area, Qt.AlignmentFlag.AlignTop)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Another size of the large map is another number of pixels."""
        if event.type() == QEvent.Type.Resize:
            self.wanted.emit()
        return False

    def views(self, scene: Scene) -> dict[str, View]:
        """One map, and all heads as small as they are shown."""
        found = {
            MAIN: map_view(scene.recording, scene.value, scene.look, self.map.room(), scene.through)
        }
        if heads_of(scene.what) > 1:
            side = self._pixels(_LARGE_HEAD)
            found["heads"] = stack_view(scene.recording, scene.value, scene.look, side)
        return found

    def _pixels(self, side: int) -> int:
        return round(side * self.scale * self.devicePixelRatioF())

    def show_scene(self, scene: Scene, readings: Readings) -> None:
        """The large map, when it is there; the small ones."""
        self._scene = scene
        if "heads" in readings:
            images = head_images(self, scene, readings["heads"])
            self.heads.show_images(
                images, [self.tr("head {number}").format(number=i) for i in range(len(images))],
                scene.look.head, [head_color(self.theme, i) for i in range(len(images))],
            )  # fmt: skip
            if scene.look.head >= 0:
                place = self.heads.place_of(scene.look.head)
                self.area.ensureVisible(*place.toTuple(), 0, self.px(60))
        reading = readings.get(MAIN)
        if reading is not None:
            self.map.show_matrix(
                reading.data, shades_of(scene.look, reading.data, reading),
                (self.tr("query"), self.tr("key")), *scene.names,
                future_of(scene.recording, scene.value, reading), WEIGHTS, reading.block,
                (reading.first[0], reading.first[1]), scene.look.of,
            )  # fmt: skip
            whole = ((0.0, float(scene.look.of[0])), (0.0, float(scene.look.of[1])))
            self.map.look(*(scene.look.seen or whole))
        self._fit()
        self._hover(*self.map.cell)

    def help(self, scene: Scene) -> tuple[str, str]:
        """Rows, columns and what is masked."""
        tip = self.tr(
            "Row: the token that looks (query). Column: the token looked at (key). "
            "Each row sums to 1; hatched cells are masked, the future. "
            "Wheel or + and −: zoom. Drag: move. Double click: to the numbers. 0: all of it."
        )
        masked = self.map.matrix.masked is not None
        if self.map.matrix.block != (1, 1):
            block = " × ".join(map(str, self.map.matrix.block))
            said = self.tr("Each cell: the largest of {block} weights; the wheel zooms in.")
            return said.format(block=block), tip
        if scene.value in scene.recording.touched:
            return self.tr(
                "Row: who looks. Column: who is looked at. You changed some weights."
            ), tip
        if masked:
            return self.tr("Each row sums to 1; hatched cells are masked."), tip
        return self.tr("Row: who looks. Column: who is looked at. Each row sums to 1."), tip

    def _move(self, rows: Extent, columns: Extent) -> None:
        if self._scene is not None:
            queries, keys = self._scene.look.of
            whole = rows[1] - rows[0] >= queries - 1e-6 and columns[1] - columns[0] >= keys - 1e-6
            seen = () if whole else (rows, columns)
            self.changed.emit(replace(self._scene.look, seen=seen))

    def _choose(self, head: int) -> None:
        if self._scene is not None:
            self.changed.emit(replace(self._scene.look, head=head))

    def _hover(self, row: int, column: int) -> None:
        if self._scene is None:
            return
        self.pointed.emit((row, column))
        matrix = self.map.matrix
        if row < 0 or row >= matrix.data.shape[0] or column >= matrix.data.shape[1]:
            peak = float(np.nanmax(matrix.data)) if np.isfinite(matrix.data).any() else 0.0
            self.said.emit(
                self.tr("{what}: largest weight {peak:.3f}")
                .format(what=self.named(self._scene), peak=peak)
            )  # fmt: skip
            return
        at = matrix.position((row, column))
        self.said.emit(self.said_of(self._scene, *at, float(matrix.data[row, column])))

    # ------------------------------------------------------------------ where what is

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The large map takes what the small ones leave, and no more than its width can fill."""
        super().resizeEvent(event)
        self._fit()
        self.wanted.emit()

    def _fit(self) -> None:
        """The small maps are below the large one or, where it gets larger so, beside it; where they
        would cost it much of its size there are the chips alone."""
        several = len(self.heads) > 1 and self._scene is not None and heads_of(self._scene.what) > 1
        wide, high = self.width(), self.height()
        if self._scene is None or not self._scene.look.seen:
            self._ratio = self.map.heightForWidth(wide) / max(1, wide)
        self.heads.allow(_HEAD)
        beside = self._room_beside(wide, high) if several else 0
        taken = 0 if beside else self.heads.whole_rows(wide, high // 2)
        taken = min(taken, self.heads.heightForWidth(wide))
        small = self._cells(wide - beside, high - taken)
        if small < _LEAST_SHARE * self._cells(wide, high):
            several, beside = False, 0
        if several and not beside:
            self.heads.allow(self._side(wide, high))
        way = QBoxLayout.Direction
        self._body.setDirection(way.LeftToRight if beside else way.TopToBottom)
        below = min(self.heads.heightForWidth(wide), self.heads.whole_rows(wide, high // 2))
        self.area.setFixedHeight(high if beside else below)
        self.area.setMinimumWidth(beside)  # 0: the pane can become narrower again
        self.area.setMaximumWidth(beside or _ANY)
        self.area.setVisible(several)
        most = self.map.heightForWidth(wide - beside)
        if self._scene is not None and self._scene.look.seen:
            most = round(self._ratio * (wide - beside))
        self.map.setMaximumHeight(max(self.map.minimumHeight(), most))
        self._body.activate()  # at once: nothing jumps under the mouse

    def _side(self, wide: int, high: int) -> int:
        """How large the small maps may be in what the large one above them cannot use."""
        for side in range(_LARGE_HEAD, _HEAD, -6):
            self.heads.allow(side)
            if self.heads.heightForWidth(wide) + self._ratio * wide <= high:
                return side
        return _HEAD

    def _cells(self, wide: int, high: int) -> int:
        """The side of the large map's cells in so much room, beside names and colour bar."""
        return min(wide - self.px(80), high - self.px(34))

    def _room_beside(self, wide: int, high: int) -> int:
        """The width for the small maps beside the large one, 0 if they had better be below it."""
        best = _GAIN * self._cells(wide, high - self.heads.heightForWidth(wide))
        for taken in range(self.px(44), self.px(130), self.px(8)):
            if self.heads.heightForWidth(taken) <= high:  # the narrowest: any wider costs the map
                return taken if self._cells(wide - taken, high) > best else 0
        column = self.px(72)  # in which they scroll
        return column if self._cells(wide - column, high) > _GAIN * best else 0


class HeadsPart(Part):
    """All heads of a layer, as large as they get."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self._scene: Scene | None = None
        self.heads = Thumbnails(theme, scale)
        self.heads.setAccessibleName(self.tr("Maps of the heads"))
        self.heads.picked.connect(self._choose)
        lay = QVBoxLayout(self)
        lay.setContentsMargins(0, 0, 0, 0)
        self._area = scrolled(self.heads)
        lay.addWidget(self._area)

    def views(self, scene: Scene) -> dict[str, View]:
        """All heads, each on its pixels."""
        columns = self._columns(heads_of(scene.what))
        side = max(24, (self.width() - 4) // columns - self.px(8))
        pixels = round(min(side, self.height()) * self.devicePixelRatioF())
        return {
            MAIN: stack_view(
                scene.recording, scene.value, scene.look, max(_EVEN, pixels // _EVEN * _EVEN)
            )
        }

    def show_scene(self, scene: Scene, readings: Readings) -> None:
        """Each with its colour."""
        self._scene = scene
        if MAIN not in readings:
            return
        images = head_images(self, scene, readings[MAIN])
        self.heads.show_images(
            images, [self.tr("head {number}").format(number=i) for i in range(len(images))],
            scene.look.head, [head_color(self.theme, i) for i in range(len(images))],
        )  # fmt: skip
        self._fit()
        peaks = np.nan_to_num(readings[MAIN].data).reshape(len(images), -1).max(1)
        most = int(peaks.argmax())
        self.said.emit(
            self.tr("the largest weight, {peak:.3f}, is in head {number}")
            .format(peak=float(peaks[most]), number=most)
        )  # fmt: skip

    def help(self, scene: Scene) -> tuple[str, str]:
        """That they are of one layer."""
        return (
            self.tr("All heads of this layer: rows look at columns. A click chooses one."),
            self.tr("The line below a map is the colour that its head has everywhere."),
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In as many columns as make the maps largest."""
        super().resizeEvent(event)
        self._fit()
        self.wanted.emit()

    def _columns(self, count: int) -> int:
        return self.heads.columns_for(self.width(), self.height()) if len(self.heads) == count else\
            max(1, round(count**0.5))  # fmt: skip

    def _fit(self) -> None:
        least = self.px(64)
        columns = self.heads.columns_for(self.width(), self.height())
        columns = max(1, min(columns, (self.width() - 4) // least))
        side = (self.width() - 4) // columns
        rows = -(-max(1, len(self.heads)) // columns)
        fits = self.height() // rows - self.px(30)
        self.heads.allow(round(max(least, min(side, fits)) / self.scale), columns)

    def _choose(self, head: int) -> None:
        if self._scene is not None:
            self.changed.emit(replace(self._scene.look, head=head))
