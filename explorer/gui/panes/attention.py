"""Attention: one head large with tokens on both axes, all heads small."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel

from explorer.core.graph import Recording
from explorer.core.values import Reading, View
from explorer.gui.panes.heatmap import Heatmap, Shades, Thumbnails
from explorer.gui.panes.pane import Pane
from explorer.gui.theme import Theme, mono
from explorer.picture.readout import axis_labels, stack_view

_MAP = "inferno"


class AttentionPane(Pane):
    """Values listed in `Recording.attention`, (…, heads, Q, K)."""

    name = "attention"

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self._head = 0
        self.map = Heatmap(theme, scale, square=True)
        self.map.hovered.connect(self._hover)
        self.lay.addWidget(self.map)
        self._where = QLabel()
        self._where.setFont(mono(scale))
        self._where.setWordWrap(True)
        self._where.setMinimumHeight(self.px(38))
        self.lay.addWidget(self._where)
        self.heads = Thumbnails(theme, scale)
        self.heads.setAccessibleName(self.tr("Heads"))
        self.heads.picked.connect(self._choose)
        self.lay.addWidget(self.heads)
        self.lay.addStretch(1)
        self._reading: Reading | None = None
        self._recording: Recording | None = None
        self._value = 0
        self.say(
            self.tr(
                "Row: the token that looks (query). Column: the token looked at (key). "
                "Each row sums to 1; hatched cells are masked, the future."
            )
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a low pane the large map gives way to the small ones."""
        super().resizeEvent(event)
        self.map.setMaximumHeight(max(self.map.minimumHeight(), round(0.62 * self.height())))

    def view(self, recording: Recording, value: int) -> View:
        """All heads, whole where they fit."""
        return stack_view(recording, value, 64, 256)

    def show_reading(self, recording: Recording, value: int, reading: Reading) -> None:
        """All heads; the chosen one stays chosen from layer to layer."""
        self._reading, self._recording, self._value = reading, recording, value
        maps = self._maps()
        self._head = min(self._head, len(maps) - 1)
        shades = Shades(0.0, 1.0, False)
        self.heads.setVisible(len(maps) > 1)
        self.heads.show_images(
            [shades.image(m, self.theme, _MAP) for m in maps],
            [self.tr("head {number}").format(number=i) for i in range(len(maps))],
            self._head,
        )
        self._show_head()

    def _maps(self) -> np.ndarray:
        assert self._reading is not None
        data = self._reading.data
        return data.reshape((-1, *data.shape[-2:]))

    def _show_head(self) -> None:
        assert self._reading is not None
        assert self._recording is not None
        one = self._maps()[self._head]
        exact = self._reading.exact
        rank = len(self._recording.values[self._value].shape)
        queries = self._labels(rank - 2, one.shape[0]) if exact else ()
        keys = self._labels(rank - 1, one.shape[1]) if exact else ()
        causal = any(a.value == self._value and a.causal for a in self._recording.attention)
        masked = np.triu(np.ones(one.shape, bool), 1) if causal and exact else None
        self.map.show_matrix(
            one, Shades(0.0, 1.0, False), (self.tr("query"), self.tr("key")), queries, keys,
            masked, _MAP,
        )  # fmt: skip
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
        if self._reading is None or self._recording is None:
            return
        one = self._maps()[self._head]
        if row < 0 or row >= one.shape[0] or column >= one.shape[1]:
            peak = float(one.max()) if one.size else 0.0
            self._where.setText(
                self.tr("head {head}: largest weight {peak:.3f}. Hover a cell to read it.").format(
                    head=self._head, peak=peak
                )
            )
            return
        rank = len(self._recording.values[self._value].shape)
        block_q, block_k = self._reading.block[-2:]
        queries = self._labels(rank - 2, 0)
        keys = self._labels(rank - 1, 0)
        q, k = row * block_q, column * block_k
        self._where.setText(
            self.tr(
                "head {head} · query “{query}” [{q}] → key “{key}” [{k}] = {weight:.4f}"
            ).format(
                head=self._head, q=q, k=k, weight=float(one[row, column]),
                query=queries[q] if q < len(queries) else q,
                key=keys[k] if k < len(keys) else k,
            )
        )  # fmt: skip
