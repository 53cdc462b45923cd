"""The axes that are not on screen: which position of each is seen, or what all of them make."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QSlider, QSpinBox, QWidget

from explorer.core.graph import Recording
from explorer.core.plane import Plane
from explorer.gui.theme import Theme, font, mono
from explorer.picture.readout import axis_labels, axis_name

_LABEL = 90  # pixels at most of what a position is called


class _Row(NamedTuple):
    name: QLabel
    slider: QSlider
    number: QSpinBox
    label: QLabel
    along: QComboBox


class Slices(QWidget):
    """A slider, a number, what that position is called, and a choice for every such axis that is
    longer than one; no choice where nothing but a position is meant (``along`` is false).

    Signals:
        changed (object): the plane that is wanted.
    """

    changed = Signal(object)

    def __init__(self, theme: Theme, scale: float, along: bool = True) -> None:
        super().__init__()
        self._scale = scale
        self._with_choice = along
        self._plane = Plane()
        self._rows: dict[int, _Row] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(round(8 * scale))
        self._grid.setVerticalSpacing(round(3 * scale))
        self._grid.setColumnStretch(1, 1)
        pad = round(8 * scale)
        self.setStyleSheet(
            f"QLabel {{ color: {theme.dim}; }} QSpinBox, QComboBox {{ padding: 0 {pad}px; }}"
        )

    def show_plane(self, plane: Plane, recording: Recording, value: int) -> bool:
        """Show where a plane of a value is; whether there is anything to choose."""
        what = recording.values[value]
        before, self._plane = self._plane, plane
        axes = [a for a, n in enumerate(plane.shape) if n > 1 and a not in plane.keep]
        if before.shape != plane.shape or list(self._rows) != axes:
            self._make(axes)
        for axis, row in self._rows.items():
            name, at, along = axis_name(what, axis), plane.at[axis], plane.along[axis]
            row.name.setText(name)  # names come later than the value
            for control in (row.slider, row.number):
                control.setAccessibleName(name)
                control.setEnabled(along == "")
                with QSignalBlocker(control):
                    control.setValue(at)
            self._show_label(row, axis_labels(recording, value, axis), at)
            row.along.setAccessibleName(self.tr("How {axis} is seen").format(axis=name))
            row.along.setCurrentIndex(row.along.findData(along))
        return bool(axes)

    def _show_label(self, row: _Row, labels: tuple[str, ...], at: int) -> None:
        """In as much room as the longest one takes, so that nothing moves with the slider."""
        metrics, most = row.label.fontMetrics(), round(_LABEL * self._scale)
        texts = [f"“{text}”" for text in labels]
        row.label.setVisible(bool(texts) and row.slider.isEnabled())
        if texts:
            wide = min(max(map(metrics.horizontalAdvance, texts)), most)
            row.label.setFixedWidth(wide + 4)
            row.label.setText(metrics.elidedText(texts[at], Qt.TextElideMode.ElideRight, wide + 2))
            row.label.setToolTip(labels[at])

    def _make(self, axes: list[int]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._rows = {}
        for place, axis in enumerate(axes):
            row = self._row(axis, self._plane.shape[axis])
            for column, widget in enumerate(row):
                self._grid.addWidget(widget, place, column)
            row.along.setVisible(self._with_choice)
            self._rows[axis] = row

    def _row(self, axis: int, size: int) -> _Row:
        row = _Row(QLabel(), QSlider(Qt.Orientation.Horizontal), QSpinBox(), QLabel(), QComboBox())
        row.name.setFont(font(self._scale, 9.5))
        row.label.setFont(mono(self._scale, 9))
        row.label.setTextFormat(Qt.TextFormat.PlainText)  # a token may be <s>
        row.slider.setRange(0, size - 1)
        row.number.setRange(0, size - 1)
        row.number.setSuffix(f" (0…{size - 1})")
        row.number.setKeyboardTracking(False)
        row.number.setFont(mono(self._scale, 9))
        row.number.lineEdit().setTextMargins(round(5 * self._scale), 0, 0, 0)
        row.along.setFont(font(self._scale, 9))
        for control in (row.number, row.along):
            control.setFixedHeight(round(24 * self._scale))  # whatever script they are in
        for text, along, tip in (
            (self.tr("one"), "", self.tr("One position along this axis")),
            (self.tr("mean"), "mean", self.tr("The mean over this axis")),
            (self.tr("max"), "max", self.tr("The largest number along this axis")),
            (self.tr("norm"), "norm", self.tr("The L2 norm along this axis: √Σx²")),
        ):
            row.along.addItem(text, along)
            row.along.setItemData(row.along.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        row.along.setToolTip(
            self.tr("One position along this axis, or all of them as one number")
        )  # fmt: skip
        row.slider.valueChanged.connect(lambda at: self._move(axis, at))
        row.number.valueChanged.connect(lambda at: self._move(axis, at))
        row.along.activated.connect(lambda _: self._choose(axis))
        return row

    def _move(self, axis: int, at: int) -> None:
        index = list(self._plane.at)
        if index[axis] != at:
            index[axis] = at
            self.changed.emit(replace(self._plane, at=tuple(index)))

    def _choose(self, axis: int) -> None:
        along = list(self._plane.along)
        along[axis] = self._rows[axis].along.currentData()
        self.changed.emit(replace(self._plane, along=tuple(along)))
