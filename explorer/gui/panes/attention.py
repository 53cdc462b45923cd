"""Attention: one head large with tokens on both axes, all heads small."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QSizePolicy, QVBoxLayout

from explorer.core.graph import Recording
from explorer.core.values import Reading, View
from explorer.gui.panes.heatmap import Heatmap
from explorer.gui.panes.pane import Pane, scrolled
from explorer.gui.panes.shades import WEIGHTS, Shades
from explorer.gui.panes.thumbnails import Thumbnails
from explorer.gui.theme import Theme, mono
from explorer.picture.readout import axis_labels, future_of, stack_view

_HEAD, _LARGE_HEAD = 56, 104  # pixels: a small map, and one that has the room
_GAIN = 1.15  # how much larger a map must become before the small ones go beside it


class AttentionPane(Pane):
    """Values listed in `Recording.attention`, (…, heads, Q, K)."""

    name = "attention"

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self._head = 0
        self.lay.setSpacing(self.px(3))
        self.map = Heatmap(theme, scale, square=True)
        self.map.hovered.connect(self._hover)
        self.map.picked.connect(lambda row, column: self.pick((self._head, row, column)))
        whole = QVBoxLayout()
        whole.setSpacing(self.px(3))
        whole.addWidget(self.map, 100)
        self._where = QLabel()
        self._where.setFont(mono(scale, 9))
        self._where.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        whole.addWidget(self._where)
        self.heads = Thumbnails(theme, scale, largest=_HEAD)
        self.heads.setAccessibleName(self.tr("Heads"))
        self.heads.picked.connect(self._choose)
        self.heads.menu_wanted.connect(lambda number, at: self._menu(at, number))
        self.map.menu_wanted.connect(lambda at: self._menu(at, self._head, *self.map.cell))
        self._body = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._body.setSpacing(self.px(3))
        self._body.addLayout(whole, 100)
        self._area = scrolled(self.heads)
        self._body.addWidget(self._area)
        self._body.setAlignment(self._area, Qt.AlignmentFlag.AlignTop)
        self.lay.addLayout(self._body, 100)
        self.lay.addStretch(1)
        self._reading: Reading | None = None
        self._recording: Recording | None = None
        self._value = 0
        self._explain(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The large map takes what the small ones leave, and no more than its width can fill."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The small maps are below the large one or, where it gets larger so, beside it."""
        several = len(self.heads) > 1
        wide = self.width()
        high = self.height() - self.px(40)  # for the maps
        if not self._help.isHidden():
            high -= max(0, self._help.heightForWidth(wide))
        self.heads.allow(_HEAD)
        beside = self._room_beside(wide, high) if several else 0
        if several and not beside:
            self.heads.allow(self._side(wide, high))
        way = QBoxLayout.Direction
        self._body.setDirection(way.LeftToRight if beside else way.TopToBottom)
        below = min(self.heads.heightForWidth(wide), self.heads.whole_rows(wide, high // 2))
        self._area.setFixedSize(beside or wide, high if beside else below)
        self._area.setVisible(several)
        self.map.setMaximumHeight(
            max(self.map.minimumHeight(), self.map.heightForWidth(wide - beside))
        )
        self.lay.activate()  # at once: nothing jumps under the mouse

    def _side(self, wide: int, high: int) -> int:
        """How large the small maps may be in what the large one above them cannot use."""
        for side in range(_LARGE_HEAD, _HEAD, -6):
            self.heads.allow(side)
            if self.heads.heightForWidth(wide) + self.map.heightForWidth(wide) <= high:
                return side
        return _HEAD

    def _room_beside(self, wide: int, high: int) -> int:
        """The width for the small maps beside the large one, 0 if they had better be below it."""
        names = self.px(80)  # and the colour bar
        best = _GAIN * min(wide - names, high - self.heads.heightForWidth(wide))
        for taken in range(self.px(44), self.px(130), self.px(8)):
            if self.heads.heightForWidth(taken) <= high:  # the narrowest: any wider costs the map
                return taken if min(wide - taken - names, high) > best else 0
        column = self.px(72)  # in which they scroll
        return column if min(wide - column - names, high) > _GAIN * best else 0

    def view(self, recording: Recording, value: int) -> View:
        """All heads, whole where they fit."""
        return stack_view(recording, value, 64, 256)

    def show_reading(self, recording: Recording, value: int, reading: Reading) -> None:
        """All heads; the chosen one stays chosen from layer to layer."""
        self._reading, self._recording, self._value = reading, recording, value
        maps = self._maps()
        self._head = min(self._head, len(maps) - 1)
        shades = Shades(0.0, 1.0, False)
        hidden = future_of(recording, value, reading)
        self._explain(hidden is not None)
        self.heads.show_images(
            [shades.image(m, self.theme, WEIGHTS, hidden) for m in maps],
            [self.tr("head {number}").format(number=i) for i in range(len(maps))],
            self._head,
        )
        self._area.ensureVisible(*self.heads.place_of(self._head).toTuple(), 0, self.px(60))
        self._show_head()

    def go_to(self, recording: Recording, value: int, index: tuple[int, ...]) -> None:
        """Its head."""
        self._head = index[-3] if len(index) > 2 else 0
        if value == self._value and self._reading is not None:
            self._choose(min(self._head, len(self._maps()) - 1))

    def light(self) -> None:
        """On the large map."""
        self.mark(self.map.mark, (self._head,))

    def _menu(self, at: QPoint, head: int, row: int = -1, column: int = -1) -> None:
        """Change a head or, on the large map, what is under the mouse."""
        if self._reading is None or len(self._reading.view.keep) < 3:
            return
        places: list[tuple[str, tuple[int | None, ...]]] = []
        if row >= 0 and column >= 0:
            places = [
                (self.tr("This weight"), (head, row, column)),
                (self.tr("What this query sees"), (head, row, None)),
                (self.tr("All looks at this key"), (head, None, column)),
            ]
        self.open_change_menu(at, *places, (self.tr("This head"), (head, None, None)))

    def _explain(self, causal: bool) -> None:
        tip = self.tr(
            "Row: the token that looks (query). Column: the token looked at (key). "
            "Each row sums to 1; hatched cells are masked, the future."
        )
        if causal:
            self.say(self.tr("Each row sums to 1; hatched cells are masked."), tip)
        else:
            self.say(self.tr("Row: who looks. Column: who is looked at. Each row sums to 1."), tip)

    def _maps(self) -> np.ndarray:
        assert self._reading is not None
        data = self._reading.data
        return data.reshape((-1, *data.shape[-2:]))

    def _show_head(self) -> None:
        assert self._reading is not None
        assert self._recording is not None
        one = self._maps()[self._head]
        block_q, block_k = self._reading.block[-2:]
        rank = len(self._recording.values[self._value].shape)
        queries = self._labels(rank - 2, one.shape[0]) if block_q == 1 else ()
        keys = self._labels(rank - 1, one.shape[1]) if block_k == 1 else ()
        masked = future_of(self._recording, self._value, self._reading)
        self.map.show_matrix(
            one, Shades(0.0, 1.0, False), (self.tr("query"), self.tr("key")), queries, keys,
            masked, WEIGHTS, self._reading.block, whole=_plane(self._recording, self._value),
        )  # fmt: skip
        self._fit()
        self.light()
        self._hover(*self.map.cell)

    def _labels(self, axis: int, size: int) -> tuple[str, ...]:
        assert self._recording is not None
        found = axis_labels(self._recording, self._value, axis)
        return found or tuple(str(i) for i in range(size))

    def _choose(self, head: int) -> None:
        self._head = head
        if self._reading is not None and self._recording is not None:
            self.show_reading(self._recording, self._value, self._reading)

    def _hover(self, row: int, column: int) -> None:
        self.point((self._head, row, column))
        if self._reading is None or self._recording is None:
            return
        one = self._maps()[self._head]
        if row < 0 or row >= one.shape[0] or column >= one.shape[1]:
            peak = float(one.max()) if one.size else 0.0
            self._where.setText(
                self.tr("head {head}: largest weight {peak:.3f}").format(head=self._head, peak=peak)
            )
            return
        rank = len(self._recording.values[self._value].shape)
        block_q, block_k = self._reading.block[-2:]
        queries = self._labels(rank - 2, 0)
        keys = self._labels(rank - 1, 0)
        q, k = row * block_q, column * block_k
        self._where.setText(
            self.tr(
                "head {head}: “{query}” [{q}] → “{key}” [{k}] = {weight:.4f}"
            ).format(
                head=self._head, q=q, k=k, weight=float(one[row, column]),
                query=queries[q] if q < len(queries) else q,
                key=keys[k] if k < len(keys) else k,
            )
        )  # fmt: skip


def _plane(recording: Recording, value: int) -> tuple[int, int]:
    """How many queries and keys there are."""
    rows, columns = recording.values[value].shape[-2:]
    return rows, columns
