"""Small maps of a parameter: its weights, their gradient and change, what the optimizer keeps."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from explorer.core.values import Reading
from explorer.gui import theme as look
from explorer.gui.cut import Cut
from explorer.gui.panes.heatmap import Heatmap
from explorer.gui.panes.shades import Shades
from explorer.gui.theme import Theme
from explorer.gui.training.card import tint
from explorer.session.iterating import ITERATION, Iterating

SYMBOLS = {  # of what an optimizer remembers, in its formulas
    "exp_avg": "m", "exp_avg_sq": "v", "momentum_buffer": "b", "square_avg": "s", "sum": "s",
}  # fmt: skip
_COLUMNS = 3  # maps in a row
_HIGH, _LOW, _ROW = 112, 40, 28  # pixels of a map, at most and at least, and of a row of it


class WeightMaps(QWidget):
    """Maps of the parameter that is looked at: of every phase those that it brings.

    Signals:
        picked (str, int, int): a position of the map with that name was chosen: row and column.
    """

    picked = Signal(str, int, int)

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self.shown: dict[str, int] = {}  # the value of each map, by the name of the map
        self.maps: dict[str, Heatmap] = {}
        self._captions: dict[str, Cut] = {}
        self._cell: tuple[int, ...] = ()
        self._keep: dict[str, tuple[int, ...]] = {}  # the axes that each map shows
        self._title = QLabel(self.tr("Weights → gradient → update"))
        self._title.setFont(look.font(scale, 10.5, 600))
        self._grid = QGridLayout()
        self._grid.setSpacing(round(8 * scale))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, round(4 * scale), 0, 0)
        column.addWidget(self._title)
        column.addLayout(self._grid)

    def show_iteration(self, now: Iterating) -> None:
        """The maps of its phase; their numbers come by `show_reading`."""
        update = now.update
        wanted: dict[str, tuple[int, str]] = {}
        if update is not None:
            wanted["weights"] = update.parameter, self.tr("w, the weights")
            if now.has("backward"):
                wanted["gradient"] = update.gradient, self.tr("∂L/∂w, the gradient")
            if now.has("update"):
                wanted["change"] = update.change, self.tr("Δw, the change")
                for kept in update.state:
                    caption = f"{SYMBOLS[kept.name]}, {kept.name}"
                    wanted[kept.name] = kept.after, caption
        named = {f"{ITERATION}/{name}": one for name, one in wanted.items()}
        self.shown = {name: value for name, (value, _) in named.items()}
        self._cell = now.cell
        for number, (name, (_, caption)) in enumerate(named.items()):
            map_ = self.maps.get(name) or self._make(name)
            row, column = divmod(number, _COLUMNS)
            self._grid.addWidget(map_, 2 * row, column)
            self._grid.addWidget(self._captions[name], 2 * row + 1, column)
            self._captions[name].show_text(caption)
            self._ring(name)
        for column in range(_COLUMNS):
            self._grid.setColumnStretch(column, 1)
        for name, map_ in self.maps.items():
            map_.setVisible(name in self.shown)
            self._captions[name].setVisible(name in self.shown)

    def show_reading(self, name: str, reading: Reading) -> None:
        """The numbers of a map came."""
        self._keep[name] = reading.view.keep
        rank = reading.data.ndim
        data = reading.data.reshape((1,) * (2 - rank) + reading.data.shape)
        block = (1,) * (2 - rank) + tuple(reading.block)
        map_ = self.maps[name]
        high = min(_HIGH, max(_LOW, _ROW * data.shape[0]))
        map_.setFixedHeight(round(high * self._scale))
        map_.show_matrix(data, Shades.of(data), block=block)
        self._ring(name)

    def _ring(self, name: str) -> None:
        """Mark the weight that is looked at."""
        keep, map_ = self._keep.get(name), self.maps[name]
        if keep is None or max(keep, default=-1) >= len(self._cell):
            return
        place = [self._cell[axis] for axis in keep]
        row, column = map_.matrix.place(*([0] * (2 - len(keep)) + place))
        ring = np.zeros(map_.matrix.data.shape, bool)
        if row >= 0:
            ring[row, column] = True
        map_.mark(None, ring)

    def _make(self, name: str) -> Heatmap:
        map_ = Heatmap(self._theme, self._scale)
        map_.show_names(False, False)
        map_.show_bar(False)
        map_.picked.connect(
            lambda row, column: self.picked.emit(name, *map_.matrix.position((row, column)))
        )
        caption = Cut()
        caption.setFont(look.font(self._scale, 9))
        caption.setContentsMargins(round(3 * self._scale), 0, 0, 0)
        tint(caption, self._theme.color("dim"))
        self.maps[name], self._captions[name] = map_, caption
        return map_
