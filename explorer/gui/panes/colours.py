"""How numbers become colours: the histogram with the black and the white point, and what there is
to choose."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from explorer.core.plane import Scale
from explorer.core.values import Statistics
from explorer.gui.panes.shades import Shades, map_name
from explorer.gui.popup import Popup
from explorer.gui.theme import Theme, check_box, font, mono
from explorer.picture.numbers import number_text

_WIDE, _HIGH, _RAMP = 300, 92, 12  # pixels: the histogram, and the colours below it
_NEAR = 12  # pixels: from a point at which it is taken


class Strip(QWidget):
    """The histogram of a value over the colours that its numbers have, with two points to drag.

    Signals:
        moved (float, float): where the points were dragged to.
    """

    moved = Signal(float, float)

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self._shades = Shades(0.0, 1.0, False)
        self._map: str | None = None
        self._statistics: Statistics | None = None
        self._held = -1
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_shades(self, shades: Shades, map_: str | None) -> None:
        """Show the points of some shades."""
        self._shades, self._map = shades, map_
        self.update()

    def show_counts(self, counted: Statistics | None) -> None:
        """Show the histogram of a value, None while it is not known."""
        if counted is not self._statistics:
            self._statistics = counted
            self.update()

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(round(_WIDE * self._scale), round(_HIGH * self._scale))

    @property
    def ends(self) -> tuple[float, float]:
        """The numbers at its left and right end: all of the value and both points are on it."""
        low, high = self._shades.low, self._shades.high
        counted = self._statistics
        if counted is not None and not math.isnan(counted.minimum):
            low, high = min(low, counted.minimum), max(high, counted.maximum)
        around = 0.04 * ((high - low) or 1.0)
        return low - around, high + around

    def place_of(self, number: float) -> float:
        """The pixel of a number."""
        low, high = self.ends
        return (number - low) / (high - low) * self.width()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Bars, colours, points."""
        painter = QPainter(self)
        ramp = round(_RAMP * self._scale)
        base = self.height() - ramp - round(9 * self._scale)
        self._paint_bars(painter, base)
        low, high = self.ends
        numbers = np.linspace(low, high, max(2, self.width()))[None]
        used = self._map or map_name(self._theme, self._shades.signed)
        image = self._shades.image(numbers, self._theme, used)
        painter.drawImage(QRectF(0, base + 2, self.width(), ramp), image, QRectF(image.rect()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number in (self._shades.low, self._shades.high):
            x = self.place_of(number)
            painter.setPen(QPen(self._theme.color("text"), 1.5))
            painter.drawLine(QPointF(x, 2), QPointF(x, base + 2 + ramp))
            painter.setBrush(self._theme.color("text"))
            side, foot = 5 * self._scale, base + 3 + ramp
            painter.drawPolygon(
                [QPointF(x, foot), QPointF(x - side, foot + side), QPointF(x + side, foot + side)]
            )

    def _paint_bars(self, painter: QPainter, base: int) -> None:
        counted = self._statistics
        if counted is None or not counted.counts.size or not counted.counts.sum():
            return
        logarithmic = bool(counted.counts.max() > 0.5 * counted.counts.sum())
        heights = np.log1p(counted.counts) if logarithmic else counted.counts
        edges = np.linspace(counted.minimum, counted.maximum, counted.counts.size + 1)
        colour = self._theme.color("accent", 0.75)
        for n, share in enumerate((heights / heights.max()).tolist()):
            if share:
                left, right = self.place_of(edges[n]), self.place_of(edges[n + 1])
                high = max(1.5, share * (base - 4))
                wide = max(1.0, right - left - 0.5)
                painter.fillRect(QRectF(left, base - high, wide, high), colour)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the nearer point."""
        x = event.position().x()
        away = [abs(x - self.place_of(n)) for n in (self._shades.low, self._shades.high)]
        self._held = away.index(min(away))
        self._drag(x)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Take it along; where the mouse would take one, it says so."""
        x = event.position().x()
        if self._held >= 0:
            self._drag(x)
            return
        points = (self._shades.low, self._shades.high)
        near = min(abs(x - self.place_of(n)) for n in points) <= _NEAR
        self.setCursor(Qt.CursorShape.SizeHorCursor if near else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let it go."""
        self._held = -1

    def _drag(self, x: float) -> None:
        first, last = self.ends
        number = first + x / max(1, self.width()) * (last - first)
        low, high = self._shades.low, self._shades.high
        least = 1e-3 * (last - first)
        if self._held == 0:
            low = min(number, high - least)
            if self._shades.signed:  # 0 stays in the middle
                low = min(low, -least)
                high = -low
        else:
            high = max(number, low + least)
            if self._shades.signed:
                high = max(number, least)
                low = -high
        self.moved.emit(low, high)


class Colours(Popup):
    """The scale of a value's colours.

    Signals:
        changed (object): the `Scale` that is wanted.
        opened (): statistics of the value are wanted.
    """

    changed = Signal(object)
    opened = Signal()

    def __init__(self, theme: Theme, scale: float, parent: QWidget) -> None:
        super().__init__(theme, scale, parent)
        self._scale_wanted = Scale()
        self._shades = Shades(0.0, 1.0, False)
        self.strip = Strip(theme, scale)
        self.strip.setToolTip(
            self.tr("How often each number occurs. Drag the black and the white point.")
        )
        self.strip.moved.connect(self._set)
        self.lay.addWidget(self.strip)
        self.low, self.high = QLineEdit(), QLineEdit()
        points = QHBoxLayout()
        for field, name, tip in (
            (self.low, self.tr("from"), self.tr("The black point: what is below has its colour")),
            (self.high, self.tr("to"), self.tr("The white point: what is above has its colour")),
        ):
            field.setFont(mono(scale, 9.5))
            field.setAccessibleName(tip)
            field.setToolTip(tip)
            field.editingFinished.connect(self._typed)
            points.addWidget(QLabel(name))
            points.addWidget(field, 1)
        self.lay.addLayout(points)
        self._fits = QButtonGroup(self)
        row = QHBoxLayout()
        self.all, self.most = QPushButton(self.tr("All numbers")), QPushButton(self.tr("98 %"))
        for button, tip in (
            (self.all, self.tr("From the smallest number of the slice to the largest")),
            (self.most, self.tr("Without the smallest and the largest hundredth of the slice")),
        ):
            button.setCheckable(True)
            button.setFont(font(scale, 9.5))
            button.setToolTip(tip)
            button.clicked.connect(self._fit)
            self._fits.addButton(button)
            row.addWidget(button, 1)
        self.lay.addLayout(row)
        self.keep = QCheckBox(self.tr("Keep this scale for the next values"))
        self.log = QCheckBox(self.tr("Logarithmic"))
        self.log.setToolTip(
            self.tr("A tenth is as far from one as one from ten, on both sides of 0")
        )
        self.keep.clicked.connect(self._keep)
        self.log.clicked.connect(lambda on: self.changed.emit(replace(self._scale_wanted, log=on)))
        for box in (self.log, self.keep):
            box.setStyleSheet(check_box(theme, scale))
            self.lay.addWidget(box)
        self.middle = QComboBox()
        for text, key in (
            (self.tr("0 in the middle if there are both signs"), "auto"),
            (self.tr("0 in the middle: blue below, red above"), "zero"),
            (self.tr("One colour ramp from low to high"), "none"),
        ):
            self.middle.addItem(text, key)
        self.middle.setAccessibleName(self.tr("Which colours"))
        self.middle.activated.connect(self._part)
        self.lay.addWidget(self.middle)

    def open_at(self, button: QWidget) -> None:
        """The histogram is counted when it is looked at."""
        self.opened.emit()
        super().open_at(button)

    def show_scale(self, scale: Scale, shades: Shades, map_: str | None) -> None:
        """Show what is wanted, and the shades that came of it."""
        self._scale_wanted, self._shades = scale, shades
        self.strip.show_shades(shades, map_)
        for field, number in ((self.low, shades.low), (self.high, shades.high)):
            if not field.isModified():
                field.setText(number_text(number, 5))
        self._fits.setExclusive(False)
        self.all.setChecked(scale.points is None and scale.fit == "all")
        self.most.setChecked(scale.points is None and scale.fit == "most")
        self._fits.setExclusive(scale.points is None)
        self.keep.setChecked(scale.keep)
        self.log.setChecked(scale.log)
        self.middle.setCurrentIndex(self.middle.findData(scale.middle))

    def _fit(self) -> None:
        fit: Literal["all", "most"] = "most" if self.sender() is self.most else "all"
        self.changed.emit(replace(self._scale_wanted, points=None, keep=False, fit=fit))

    def _part(self) -> None:
        middle = self.middle.currentData()
        self.changed.emit(replace(self._scale_wanted, middle=middle, points=None, keep=False))

    def _keep(self, on: bool) -> None:
        points = (self._shades.low, self._shades.high) if on else None
        self.changed.emit(replace(self._scale_wanted, points=points, keep=on))

    def _set(self, low: float, high: float) -> None:
        self.changed.emit(replace(self._scale_wanted, points=(low, high)))

    def _typed(self) -> None:
        """What is no number, or no range, goes back to what it was."""
        fields = (self.low, self.high)
        changed = [field.isModified() for field in fields]
        numbers = [_number(field.text()) for field in fields]
        for field in fields:
            field.setModified(False)
        given = [
            number if typed else now
            for number, typed, now in zip(
                numbers, changed, (self._shades.low, self._shades.high), strict=True
            )
        ]
        if self._shades.signed and sum(changed) == 1:  # 0 stays in the middle
            mirrored = given[changed.index(True)]
            bound = abs(mirrored) if mirrored is not None else 0.0
            given = [-bound, bound]
        low, high = given
        if any(changed) and low is not None and high is not None and low < high:
            self._set(low, high)
        else:
            for field, number in zip(fields, (self._shades.low, self._shades.high), strict=True):
                field.setText(number_text(number, 5))


def _number(text: str) -> float | None:
    """A finite number as it is typed, or as it is written here; None for anything else."""
    try:
        number = float(text.strip().replace("−", "-").replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None
