"""The quiet row below a heatmap: axes, colours, comparison, and what else can be done."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QToolButton,
    QWidget,
)

from explorer.core.graph import Value
from explorer.core.plane import Plane, Scale
from explorer.gui.popup import Popup
from explorer.gui.theme import Theme, font
from explorer.picture.plane import with_axes
from explorer.picture.readout import axis_name


class PlaneBar(QWidget):
    """Buttons and menus; who shows the plane fills the menus and opens the colours.

    Signals:
        changed (object): the plane that is wanted.
    """

    changed = Signal(object)

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self.setStyleSheet(
            f"QToolButton {{ border: 1px solid transparent; background: transparent;"
            f" color: {theme.dim}; padding: 2px {round(3 * scale)}px; }}"
            f"QToolButton:hover {{ color: {theme.text}; border-color: {theme.line}; }}"
            f"QToolButton:focus {{ color: {theme.text}; border-color: {theme.accent}; }}"
            f'QToolButton[changed="true"] {{ color: {theme.accent}; }}'
            "QToolButton::menu-indicator { image: none; }"
        )
        self.axes = self._button(self.tr("Which axes are rows and columns"))
        self.axes.setText(self.tr("Axes ▾"))
        self.colours = self._button(self.tr("How numbers become colours"))
        self.colours.setText(self.tr("Colours ▾"))
        self.compare = self._button(self.tr("Subtract another value"))
        self.compare.setText(self.tr("Compare ▾"))
        self.nan = self._button(self.tr("Go to the next NaN (N)"))
        self.inf = self._button(self.tr("Go to the next infinity (Shift+N)"))
        for button, text, role in ((self.nan, "NaN ›", "nan"), (self.inf, "±∞ ›", "inf")):
            button.setText(text)
            button.setStyleSheet(f"color: {getattr(theme, role)}; font-weight: 700;")
        self.more = self._button(self.tr("Copy, save …"))
        self.more.setText("⋯")
        for button in (self.compare, self.more):
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.popup = AxesPopup(theme, scale, self)
        self.popup.changed.connect(self.changed)
        self.axes.clicked.connect(lambda: self.popup.open_at(self.axes))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for widget in (self.axes, self.colours, self.compare, self.nan, self.inf):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.more)

    def show_plane(self, plane: Plane, what: Value, reduced: bool) -> None:
        """Offer what there is to choose of a plane, some cells of which may stand for several
        numbers."""
        there = len(plane.shape) > 1 or reduced or what.dtype.startswith("complex")
        self.axes.setVisible(there)
        self._tell(self.colours, plane.scale != Scale())
        self._tell(self.compare, plane.against is not None)
        self.popup.show_plane(plane, what, reduced)

    def _tell(self, button: QToolButton, changed: bool) -> None:
        """Mark a button behind which something is not as it usually is."""
        if button.property("changed") != changed:
            button.setProperty("changed", changed)
            button.style().polish(button)

    def offer(self, nan: bool, infinity: bool) -> None:
        """Offer the way to NaN and infinities, where there are any."""
        self.nan.setVisible(nan)
        self.inf.setVisible(infinity)

    def _button(self, tip: str) -> QToolButton:
        button = QToolButton()
        button.setFont(font(self._scale, 9))
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button


class AxesPopup(Popup):
    """Which axes are rows and columns, what is seen of blocks and of complex numbers.

    Signals:
        changed (object): the plane that is wanted.
    """

    changed = Signal(object)

    def __init__(self, theme: Theme, scale: float, parent: QWidget) -> None:
        super().__init__(theme, scale, parent)
        self._plane = Plane()
        self.rows, self.columns = QComboBox(), QComboBox()
        self.reduce, self.part = QComboBox(), QComboBox()
        for text, key in (
            (self.tr("the number furthest from 0"), "max-abs"), (self.tr("the mean"), "mean"),
            (self.tr("the largest number"), "max"),
        ):  # fmt: skip
            self.reduce.addItem(text, key)
        for text, key in (
            (self.tr("magnitude |z|"), "magnitude"), (self.tr("real part"), "real"),
            (self.tr("imaginary part"), "imaginary"), (self.tr("phase, −π to π"), "phase"),
        ):  # fmt: skip
            self.part.addItem(text, key)
        self._form = QFormLayout()
        for name, box in (
            (self.tr("Rows"), self.rows), (self.tr("Columns"), self.columns),
            (self.tr("Of each block"), self.reduce), (self.tr("Complex numbers as"), self.part),
        ):  # fmt: skip
            box.setAccessibleName(name)
            self._form.addRow(name, box)
        self.lay.addLayout(self._form)
        self.rows.activated.connect(lambda _: self._choose(0))
        self.columns.activated.connect(lambda _: self._choose(1))
        self.reduce.activated.connect(
            lambda _: self.changed.emit(replace(self._plane, reduce=self.reduce.currentData()))
        )
        self.part.activated.connect(
            lambda _: self.changed.emit(replace(self._plane, part=self.part.currentData()))
        )

    def show_plane(self, plane: Plane, what: Value, reduced: bool) -> None:
        """Show what is chosen, and what there is to choose."""
        self._plane = plane
        two = len(plane.keep) == 2
        for place, box in enumerate((self.rows, self.columns)):
            self._form.setRowVisible(box, two)
            with QSignalBlocker(box):
                box.clear()
                for axis, size in enumerate(plane.shape if two else ()):
                    box.addItem(f"{axis_name(what, axis)}  {size}", axis)
                box.setCurrentIndex(plane.keep[place] if two else -1)
        self._form.setRowVisible(self.reduce, reduced)
        self._form.setRowVisible(self.part, what.dtype.startswith("complex"))
        self.reduce.setCurrentIndex(self.reduce.findData(plane.reduce))
        self.part.setCurrentIndex(self.part.findData(plane.part))
        if self.isVisible():
            self.adjustSize()

    def _choose(self, place: int) -> None:
        box = (self.rows, self.columns)[place]
        self.changed.emit(with_axes(self._plane, place, box.currentData()))
