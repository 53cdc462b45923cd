"""The heads as chips, each in its own colour: which are shown, or which one is."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from explorer.core.attention import MEAN, ROLLOUT
from explorer.gui.keys import ARROWS, has_arrows
from explorer.gui.theme import Theme, font

# Eight colours that stay apart for people who see no red, no green or no blue (a test says so), and
# from that of the cursor. The number is always there, too.
_COLOURS = {
    "dark": ("#14ffd8", "#eb004e", "#c4ff9d", "#7662eb", "#d86214", "#c4b1ff", "#00b189",
             "#b14e9d"),
    "light": ("#0062eb", "#ff4e62", "#4e4e00", "#762789", "#b176d8", "#620027", "#14003b",
              "#b13b76"),
}  # fmt: skip
_LUMINANCE = np.array((0.299, 0.587, 0.114))
_NEXT = 0.45  # how far heads 8 … 15 are from the first eight towards the text's colour
ALL = -3  # the chip that shows all heads, or none
Key = Qt.Key
_STEPS = {Key.Key_Left: -1, Key.Key_Up: -1, Key.Key_Right: 1, Key.Key_Down: 1}


def head_color(theme: Theme, head: int) -> QColor:
    """The colour of a head wherever one is drawn; the mean and a rollout have the text's."""
    if head < 0:
        return theme.color("text")
    base = QColor(_COLOURS[theme.name][head % 8])
    if head // 8 % 2 == 0:
        return base
    text = theme.color("text")
    return QColor.fromRgbF(
        *(
            a + (b - a) * _NEXT
            for a, b in zip(base.getRgbF()[:3], text.getRgbF()[:3], strict=True)  # type: ignore[index]
        )
    )


class Chips(QWidget):
    """One chip per head, then the mean, a rollout and, where several can be shown, all of them.

    Signals:
        picked (int): a chip was clicked, or pressed with Space or Enter.
        alone (int): it was clicked twice, or Shift was held with the key.
    """

    picked = Signal(int)
    alone = Signal(int)
    own_keys = ARROWS | {Key.Key_Space, Key.Key_Return, Key.Key_Enter}

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self._chips: list[int] = []
        self._on: frozenset[int] = frozenset()
        self._several = False
        self._at = 0  # the one that the keyboard is at
        self._font = font(scale, 9)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(self.tr("Heads"))

    def show_chips(self, heads: int, on: frozenset[int], several: bool) -> None:
        """So many heads, and which chips are ``on``; ``several`` may be."""
        summed = [MEAN, ROLLOUT] if heads > 1 else [ROLLOUT]
        chips = [*range(heads), *summed, *([ALL] if several and heads > 1 else [])]
        if chips != self._chips:
            self._chips = chips
            self._at = min(self._at, len(chips) - 1)
            self.setFixedHeight(self.heightForWidth(max(self.width(), 100)))
        self._on, self._several = on, several
        self.update()

    def text(self, chip: int) -> str:
        """What is written on it."""
        named = {MEAN: self.tr("mean"), ROLLOUT: self.tr("rollout"), ALL: self.tr("all / none")}
        return named.get(chip, str(chip))

    def place(self, chip: int) -> QRect:
        """Where a chip is."""
        return self._places(self.width())[self._chips.index(chip)]

    def heightForWidth(self, width: int) -> int:
        """As many rows as it takes."""
        places = self._places(width)
        return places[-1].bottom() + 3 if places else 0

    def hasHeightForWidth(self) -> bool:
        """Yes: see `heightForWidth`."""
        return True

    def sizeHint(self) -> QSize:
        """At the present width."""
        return QSize(round(340 * self._scale), self.heightForWidth(max(self.width(), 100)))

    def resizeEvent(self, event: object) -> None:
        """Another width may take other rows."""
        self.setFixedHeight(self.heightForWidth(max(self.width(), 100)))

    def _places(self, width: int) -> list[QRect]:
        metrics = QFontMetrics(self._font)
        high, gap = metrics.height() + round(4 * self._scale), round(3 * self._scale)
        least, places, x, y = round(20 * self._scale), [], 2, 2
        for chip in self._chips:
            wide = max(least, metrics.horizontalAdvance(self.text(chip)) + round(9 * self._scale))
            if x + wide > width - 2 and x > 2:
                x, y = 2, y + high + gap
            places.append(QRect(x, y, wide, high))
            x += wide + gap
        return places

    def paintEvent(self, event: QPaintEvent) -> None:
        """Full where it is on, an outline where it is not."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        for number, (chip, place) in enumerate(
            zip(self._chips, self._places(self.width()), strict=True)
        ):
            color = head_color(self._theme, chip)
            on = chip in self._on
            here = has_arrows(self) and number == self._at
            painter.setBrush(color if on else Qt.BrushStyle.NoBrush)
            edge = self._theme.color("accent") if here else color if chip >= 0 else None
            painter.setPen(
                QPen(edge or self._theme.color("line"), 2 if here else 1.4)
            )  # fmt: skip
            painter.drawRoundedRect(place, 4, 4)
            light = _LUMINANCE @ (color.redF(), color.greenF(), color.blueF()) > 0.42
            written = QColor("#000000" if light else "#ffffff")
            painter.setPen(written if on else self._theme.color("dim"))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self.text(chip))

    def event(self, event: QEvent) -> bool:
        """Says what a chip does."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            chip = self._chip_at(event.pos())
            QToolTip.showText(event.globalPos(), "" if chip is None else self._tip(chip), self)
            return True
        return super().event(event)

    def _tip(self, chip: int) -> str:
        if chip == MEAN:
            return self.tr("The mean of all heads")
        if chip == ROLLOUT:
            return self.tr(
                "Rollout: what all layers up to this one make together. The product over layers of "
                "½A + ½I, A the mean of the heads (Abnar & Zuidema 2020)."
            )
        if chip == ALL:
            return self.tr("Lines of all heads, or of none")
        if self._several:
            return self.tr("Head {number}: click to show its lines or not, twice for it alone")\
                .format(number=chip)  # fmt: skip
        return self.tr("Head {number}").format(number=chip)

    def _chip_at(self, point: QPoint) -> int | None:
        for chip, place in zip(self._chips, self._places(self.width()), strict=True):
            if place.adjusted(-1, -1, 1, 1).contains(point):
                return chip
        return None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose, or show and hide."""
        chip = self._chip_at(event.position().toPoint())
        if chip is not None and event.button() == Qt.MouseButton.LeftButton:
            self._at = self._chips.index(chip)
            self.picked.emit(chip)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Only that one."""
        chip = self._chip_at(event.position().toPoint())
        if chip is not None and event.button() == Qt.MouseButton.LeftButton:
            self.alone.emit(chip)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows go from chip to chip, Space or Enter presses it."""
        key = Key(event.key())
        if key in _STEPS and self._chips:
            self._at = (self._at + _STEPS[key]) % len(self._chips)
            self.update()
            if not self._several:
                self.picked.emit(self._chips[self._at])
        elif key in self.own_keys and self._chips:
            shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            (self.alone if shift else self.picked).emit(self._chips[self._at])
        else:
            super().keyPressEvent(event)
