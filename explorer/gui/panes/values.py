"""The value as a heatmap: two axes on screen, a slider for every other one."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QSlider, QWidget

from explorer.core.graph import Recording
from explorer.core.values import Reading, Reduce, View
from explorer.gui.panes.heatmap import Heatmap
from explorer.gui.panes.pane import Pane
from explorer.gui.panes.shades import WEIGHTS, Shades
from explorer.gui.theme import Theme, mono
from explorer.picture.numbers import number_text
from explorer.picture.readout import axis_labels, axis_name, future_of, plane_view

_MOST = (256, 256)  # rows and columns: more than the pane has pixels for distinct cells


class ValuesPane(Pane):
    """Any value with at least one element."""

    name = "values"

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self._sliders: list[QSlider] = []
        self._labels: list[QLabel] = []
        self._shape: tuple[int, ...] | None = None
        self._grid = QGridLayout()
        self._grid.setColumnStretch(1, 1)
        holder = QWidget()
        holder.setLayout(self._grid)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self.lay.addWidget(holder)
        self.map = Heatmap(theme, scale)
        self.map.hovered.connect(self._hover)
        self.map.picked.connect(lambda row, column: self.pick((row, column)))
        self.lay.addWidget(self.map, 1)
        self._where = QLabel()
        self._where.setFont(mono(scale))
        self._where.setMinimumHeight(self.px(20))
        self.lay.addWidget(self._where)
        self._reduce = QComboBox()
        for key, text in (
            ("max-abs", self.tr("largest |x| of the block")),
            ("mean", self.tr("mean of the block")),
            ("max", self.tr("maximum of the block")),
        ):
            self._reduce.addItem(text, key)
        self._reduce.setAccessibleName(self.tr("What a cell shows of its block"))
        self._reduce.currentIndexChanged.connect(self.refresh)
        self._reduce.hide()
        self.lay.addWidget(self._reduce)
        self._reading: Reading | None = None
        self._recording: Recording | None = None

    def view(self, recording: Recording, value: int) -> View:
        """The last two axes at the sliders' places."""
        self._make_sliders(recording, value)
        at = tuple(s.value() for s in self._sliders)
        reduce: Reduce = self._reduce.currentData()
        return plane_view(recording, value, at, _MOST, reduce)

    def show_reading(self, recording: Recording, value: int, reading: Reading) -> None:
        """Cells, or blocks of cells."""
        self._reading, self._recording = reading, recording
        data = reading.data
        matrix = data.reshape((1,) * (2 - data.ndim) + data.shape)
        keep = reading.view.keep
        what = recording.values[value]
        names = tuple(axis_name(what, axis) for axis in keep)
        labels = [
            axis_labels(recording, value, axis) if block == 1 else ()
            for axis, block in zip(keep, reading.block, strict=True)
        ]
        axes = ("", "", *names)[-2:]
        rows, columns = ((), (), *labels)[-2:]
        weights = any(a.value == value for a in recording.attention)
        shades = Shades(0.0, 1.0, False) if weights else Shades.of(matrix)
        self.map.show_matrix(
            matrix, shades, (axes[0], axes[1]), rows, columns,
            future_of(recording, value, reading), WEIGHTS if weights else None, reading.block,
        )  # fmt: skip
        self._reduce.setVisible(not reading.exact)
        if reading.exact and shades.signed:
            self.say(
                self.tr("Every cell is one number; hover to read it. Blue–red: below and above 0.")
            )
        elif reading.exact:
            self.say(
                self.tr("Every cell is one number; hover to read it. The brighter the larger.")
            )
        else:
            block = " × ".join(str(n) for n in reading.block)
            self.say(
                self.tr(
                    "The value is larger than the pane: every cell stands for {block} numbers."
                ).format(block=block)
            )
        self._hover(*self.map.cell)

    def go_to(self, recording: Recording, value: int, index: tuple[int, ...]) -> None:
        """The sliders go where it is."""
        self._make_sliders(recording, value)
        for slider, at in zip(self._sliders, index, strict=False):
            slider.setValue(at)

    def light(self) -> None:
        """On the map."""
        self.mark(self.map.mark)

    def _make_sliders(self, recording: Recording, value: int) -> None:
        what = recording.values[value]
        if self._shape != what.shape:
            self._shape = what.shape
            self._make_sliders_for(what.shape)
        for axis, (label, slider) in enumerate(zip(self._labels, self._sliders, strict=True)):
            label.setText(axis_name(what, axis))  # names come later than the value
            slider.setAccessibleName(axis_name(what, axis))

    def _make_sliders_for(self, shape: tuple[int, ...]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._sliders, self._labels = [], []
        for row, size in enumerate(shape[:-2]):
            name = QLabel()
            shown = QLabel(f"0 (0…{size - 1})")
            shown.setFont(mono(self.scale))
            slider = QSlider(Qt.Orientation.Horizontal)
            slider.setRange(0, size - 1)
            slider.setEnabled(size > 1)
            slider.valueChanged.connect(
                lambda at, label=shown, size=size: label.setText(f"{at} (0…{size - 1})")
            )
            slider.valueChanged.connect(self.refresh)
            for column, widget in enumerate((name, slider, shown)):
                self._grid.addWidget(widget, row, column)
                widget.setVisible(size > 1)  # an axis of one has nothing to choose
            self._sliders.append(slider)
            self._labels.append(name)

    def _hover(self, row: int, column: int) -> None:
        self.point((row, column))
        reading, recording = self._reading, self._recording
        if reading is None or recording is None or row < 0 or not self.map.isVisible():
            self._where.setText(" ")
            return
        data = reading.data.reshape((1,) * (2 - reading.data.ndim) + reading.data.shape)
        index = [str(i) for i in reading.view.at]
        names = []
        for place, axis, block in zip(
            (row, column)[2 - len(reading.view.keep) :],
            reading.view.keep,
            reading.block,
            strict=True,
        ):
            start = place * block
            size = recording.values[reading.view.value].shape[axis]
            index[axis] = str(start) if block == 1 else f"{start}…{min(size, start + block) - 1}"
            labels = axis_labels(recording, reading.view.value, axis) if block == 1 else ()
            names += [f"“{label}”" for label in labels[start : start + 1]]
        number = float(data[row, column])
        text = number_text(number, 7) if math.isfinite(number) else number_text(number)
        self._where.setText("  ".join([f"[{', '.join(index)}] = {text}", *names]))
