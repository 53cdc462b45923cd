"""`Choice`: one of several things to choose from, with a line about it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QVBoxLayout, QWidget

from explorer.gui.theme import Theme, font


class Choice(QAbstractButton):
    """A ring, a title, a note at the right, and a line below. The arrow keys go to the next."""

    def __init__(
        self, theme: Theme, scale: float, title: str, detail: str = "", note: str = ""
    ) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self._detail = detail
        self._note = note
        self._bold = font(scale, 10.5, 500)
        self._small = font(scale, 9)
        self.setText(title)
        self.setToolTip(detail)
        self.setAccessibleName(title)
        self.setAccessibleDescription(detail)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """One line, or two."""
        s = self._scale
        high = QFontMetricsF(self._bold).height() + 14 * s
        high += QFontMetricsF(self._small).height() + 2 * s if self._detail else 0
        return QSize(round(220 * s), round(high))

    def changeEvent(self, event: QEvent) -> None:
        """Draw again when enabled or disabled."""
        super().changeEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Box, ring, words."""
        s, theme = self._scale, self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.isEnabled():
            painter.setOpacity(0.5)
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        lively = self.isChecked() or self.hasFocus() or self.underMouse()
        edge = theme.color("accent" if self.isChecked() or self.hasFocus() else "dim")
        painter.setPen(QPen(edge if lively else theme.color("line"), 1.0 + self.hasFocus()))
        painter.setBrush(theme.color("accent", 0.10 if self.isChecked() else 0.0))
        painter.drawRoundedRect(box, 6 * s, 6 * s)

        ring = QPointF(box.left() + 17 * s, box.center().y())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("accent" if self.isChecked() else "dim"), 1.5 * s))
        painter.drawEllipse(ring, 5.5 * s, 5.5 * s)
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent"))
            painter.drawEllipse(ring, 2.8 * s, 2.8 * s)

        bold, small = QFontMetricsF(self._bold), QFontMetricsF(self._small)
        left, right = box.left() + 32 * s, box.right() - 10 * s
        top = box.top() + 6 * s
        wide = small.horizontalAdvance(self._note) + (10 * s if self._note else 0)
        painter.setFont(self._bold)
        painter.setPen(theme.color("text"))
        title = bold.elidedText(self.text(), Qt.TextElideMode.ElideMiddle, right - left - wide)
        line = QRectF(left, top, right - left, bold.height())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, title)
        painter.setFont(self._small)
        painter.setPen(theme.color("dim"))
        end = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(line, end, self._note)
        if self._detail:
            said = small.elidedText(self._detail, Qt.TextElideMode.ElideRight, right - left)
            place = QRectF(left, line.bottom() + 2 * s, right - left, small.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, said)
        painter.end()


class Choices(QWidget):
    """Several choices, one below the other; one of them is made, or none yet."""

    def __init__(self, scale: float, choices: list[Choice], chosen: int) -> None:
        super().__init__()
        self.group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(4 * scale))
        for index, choice in enumerate(choices):
            self.group.addButton(choice, index)
            column.addWidget(choice)
        self.buttons = choices
        if 0 <= chosen < len(choices):
            choices[chosen].setChecked(True)

    @property
    def chosen(self) -> int:
        """Index of the one that is made, -1 for none."""
        return self.group.checkedId()
