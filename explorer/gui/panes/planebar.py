"""The quiet row below a heatmap: axes, colours, comparison, and what else can be done."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QWidget,
)

from explorer.core.graph import Value
from explorer.core.plane import Plane
from explorer.gui.panes.popup import Popup
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
        self._plane = Plane()
        self.setStyleSheet(
            f"QToolButton {{ border: 1px solid transparent; background: transparent;"
            f" color: {theme.dim}; padding: 2px {round(5 * scale)}px; }}"
            f"QToolButton:hover {{ color: {theme.text}; border-color: {theme.line}; }}"
            f"QToolButton:focus {{ color: {theme.text}; border-color: {theme.accent}; }}"
            "QToolButton::menu-indicator { image: none; }"
            f"QComboBox {{ border-color: transparent; background: transparent;"
            f" color: {theme.dim}; padding: 1px {round(5 * scale)}px; }}"
            f"QComboBox:hover {{ color: {theme.text}; border-color: {theme.line}; }}"
            f"QComboBox:focus {{ color: {theme.text}; border-color: {theme.accent}; }}"
        )
        self.axes = self._button(self.tr("Which axes are rows and columns"))
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
        self.reduce = QComboBox()
        for text, key, tip in (
            (self.tr("max |x|"), "max-abs", self.tr("of each block the number furthest from 0")),
            (self.tr("mean"), "mean", self.tr("the mean of each block")),
            (self.tr("max"), "max", self.tr("the largest number of each block")),
        ):
            self.reduce.addItem(text, key)
            self.reduce.setItemData(self.reduce.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.reduce.setFont(font(scale, 9))
        self.reduce.setAccessibleName(self.tr("What a cell shows of its block"))
        self.reduce.setToolTip(self.reduce.accessibleName())
        self.reduce.activated.connect(self._reduced)
        self.reduce.hide()
        self._popup = AxesPopup(theme, scale, self)
        self._popup.changed.connect(self.changed)
        self.axes.clicked.connect(lambda: self._popup.open_at(self.axes))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(round(2 * scale))
        for widget in (self.axes, self.reduce, self.colours, self.compare, self.nan, self.inf):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.more)

    def show_plane(self, plane: Plane, what: Value, reduced: bool) -> None:
        """Say which axes are on screen; of cells that stand for several numbers, how."""
        self._plane = plane
        names = " × ".join(axis_name(what, axis) for axis in plane.keep)
        self.axes.setText(f"{names} ▾")
        self.axes.setVisible(len(plane.shape) > 1 or what.dtype.startswith("complex"))
        with QSignalBlocker(self.reduce):
            self.reduce.setCurrentIndex(self.reduce.findData(plane.reduce))
        self.reduce.setVisible(reduced)
        self._popup.show_plane(plane, what)

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

    def _reduced(self) -> None:
        self.changed.emit(replace(self._plane, reduce=self.reduce.currentData()))


class AxesPopup(Popup):
    """Which axes are rows and columns, and which part of complex numbers is seen.

    Signals:
        changed (object): the plane that is wanted.
    """

    changed = Signal(object)

    def __init__(self, theme: Theme, scale: float, parent: QWidget) -> None:
        super().__init__(theme, scale, parent)
        self._plane = Plane()
        self.rows, self.columns, self.part = QComboBox(), QComboBox(), QComboBox()
        for text, key in (
            (self.tr("magnitude |z|"), "magnitude"), (self.tr("real part"), "real"),
            (self.tr("imaginary part"), "imaginary"), (self.tr("phase, −π to π"), "phase"),
        ):  # fmt: skip
            self.part.addItem(text, key)
        grid = QGridLayout()
        self._labels = []
        for place, (name, box) in enumerate(
            (
                (self.tr("Rows"), self.rows), (self.tr("Columns"), self.columns),
                (self.tr("Complex numbers as"), self.part),
            )
        ):  # fmt: skip
            label = QLabel(name)
            label.setBuddy(box)
            box.setAccessibleName(name)
            grid.addWidget(label, place, 0)
            grid.addWidget(box, place, 1)
            self._labels.append(label)
        self.lay.addLayout(grid)
        self.rows.activated.connect(lambda _: self._choose(0))
        self.columns.activated.connect(lambda _: self._choose(1))
        self.part.activated.connect(
            lambda _: self.changed.emit(replace(self._plane, part=self.part.currentData()))
        )

    def show_plane(self, plane: Plane, what: Value) -> None:
        """Show what is chosen."""
        self._plane = plane
        two = len(plane.keep) == 2
        for place, (box, label) in enumerate(
            zip((self.rows, self.columns), self._labels, strict=False)
        ):
            label.setVisible(two)
            box.setVisible(two)
            if not two:
                continue
            with QSignalBlocker(box):
                box.clear()
                for axis, size in enumerate(plane.shape):
                    box.addItem(f"{axis_name(what, axis)}  {size}", axis)
                box.setCurrentIndex(plane.keep[place])
        is_complex = what.dtype.startswith("complex")
        self.part.setVisible(is_complex)
        self._labels[2].setVisible(is_complex)
        with QSignalBlocker(self.part):
            self.part.setCurrentIndex(self.part.findData(plane.part))

    def _choose(self, place: int) -> None:
        box = (self.rows, self.columns)[place]
        self.changed.emit(with_axes(self._plane, place, box.currentData()))
