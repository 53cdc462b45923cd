"""`Card`: a rounded box with a heading over a picture, or over a sentence saying what will come."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.gui import theme as look
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme
from explorer.session.state import AppState

_ROW = 18  # pixels of height of a legend's row


@dataclass(frozen=True)
class Entry:
    """One entry of a legend: a line (plain or dashed), a dot, or a ring, and what it stands for."""

    text: str
    color: QColor
    mark: str = "line"  # line, dash, dot, ring


class Legend(QWidget):
    """Marks and their meaning in a row, in more rows where there is room for those."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self._entries: tuple[Entry, ...] = ()
        self.setFont(look.font(scale, 9))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_entries(self, entries: tuple[Entry, ...]) -> None:
        """Show these from now on."""
        if entries == self._entries:
            return
        self._entries = entries
        self.setToolTip("\n".join(entry.text for entry in entries))
        self.updateGeometry()
        self.update()

    def break_rows(self, can: bool) -> None:
        """Take any width, and as many rows as the entries need in it; or one row of its width."""
        policy = QSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        if can:
            policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def sizeHint(self) -> QSize:
        """Wide enough for all entries."""
        width = sum(self._width(entry) for entry in self._entries) - 12 * self._scale
        return QSize(round(width), round(_ROW * self._scale))

    def hasHeightForWidth(self) -> bool:
        """Only with more rows than one."""
        return self.sizePolicy().hasHeightForWidth()

    def heightForWidth(self, width: int) -> int:
        """As many rows as it takes."""
        rows = 1 + max((row for _, _, row in self._places(width)), default=0)
        return round(rows * _ROW * self._scale)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw mark and text of each entry."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        s, high = self._scale, _ROW * self._scale
        for entry, x, row in self._places(self.width()):
            middle = (row + 0.5) * high
            pen = QPen(entry.color, 2 * s)
            if entry.mark == "dash":
                pen.setDashPattern([2.0, 1.5])
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            if entry.mark in ("line", "dash"):
                painter.drawLine(QPointF(x, middle), QPointF(x + 16 * s, middle))
            else:
                if entry.mark == "dot":
                    painter.setBrush(entry.color)
                painter.drawEllipse(QPointF(x + 4 * s, middle), 3.5 * s, 3.5 * s)
            painter.setPen(self._theme.color("dim"))
            where = QRectF(x + self._lead(entry), row * high, self._width(entry), high)
            painter.drawText(where, Qt.AlignmentFlag.AlignVCenter, entry.text)
        painter.end()

    def _places(self, width: float) -> list[tuple[Entry, float, int]]:
        """Every entry with its left edge and its row."""
        found: list[tuple[Entry, float, int]] = []
        x, row = 0.0, 0
        for entry in self._entries:
            wide = self._width(entry)
            if x > 0 and x + wide > width + 14 * self._scale and self.hasHeightForWidth():
                x, row = 0.0, row + 1
            found.append((entry, x, row))
            x += wide
        return found

    def _width(self, entry: Entry) -> float:
        text = QFontMetricsF(self.font()).horizontalAdvance(entry.text)
        return float(text) + self._lead(entry) + 12 * self._scale

    def _lead(self, entry: Entry) -> float:
        """From the start of the mark to the text."""
        return (21 if entry.mark in ("line", "dash") else 13) * self._scale


class Elided(QLabel):
    """A one-line label that gives way: it takes what width is left and elides."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as much as fits."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()


class Card(Panel):
    """A box with a heading above a body.

    Subclasses put their picture into the body by `fill`, say by `concerns` whether a change of
    state changes it, and draw it in `render`. Until there is something to draw they show a
    sentence by `say`. Somebody may take a card by its heading and move it.

    Signals:
        carried (QPoint): it is held there, on the screen.
        dropped (QPoint): it was let go there.
    """

    carried = Signal(QPoint)
    dropped = Signal(QPoint)

    def __init__(self, theme: Theme, scale: float, title: str, subtitle: str = "") -> None:
        super().__init__(theme, scale)
        self.setAccessibleName(title)
        heading = QLabel(title)
        heading.setFont(look.font(scale, 11, 600))
        heading.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._subtitle = Elided(subtitle)
        self._subtitle.setFont(look.font(scale, 9.5))
        self.legend = Legend(theme, scale)
        self._head = QHBoxLayout()
        self._head.setSpacing(self.px(8))
        self._head.addWidget(heading)
        self._head.addWidget(self._subtitle, 1)
        self._head.addWidget(self.legend)
        self.more = QToolButton()
        self.more.setText("⋯")
        self.more.setToolTip(self.tr("Choose pictures and their places"))
        self.more.setAccessibleName(self.more.toolTip())
        self.more.setStyleSheet(
            f"QToolButton {{ border: none; background: transparent; color: {theme.dim};"
            " padding: 0; }"
            f"QToolButton:hover, QToolButton:focus {{ color: {theme.accent}; }}"
        )
        self.more.setFixedWidth(self.px(18))
        self._head.addWidget(self.more)
        self._heading = heading
        self._long = self._below = False  # whether the legend is, and has rows of its own
        self._pressed: QPoint | None = None  # where it was taken by its heading
        self._carried = False
        self.aimed = False  # whether another one is held over it
        self._sentence = QLabel()
        self._sentence.setWordWrap(True)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence.setContentsMargins(self.px(24), 0, self.px(24), 0)
        tint(self._sentence, theme.color("dim"))
        self._body = QStackedLayout()
        self._body.addWidget(self._sentence)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(self.px(12), self.px(9), self.px(12), self.px(10))
        self._column.setSpacing(self.px(4))
        self._column.addLayout(self._head)
        self._column.addLayout(self._body, 1)
        self.setMinimumSize(self.px(220), self.px(200))
        self.subtitle(subtitle)

    def sizeHint(self) -> QSize:
        """No more than the least: cards share what room there is. A plot wants the size that it
        happens to have, so it cannot be asked."""
        return self.minimumSize()

    def hasHeightForWidth(self) -> bool:
        """Never: a legend of many rows takes its room from the picture."""
        return False

    def concerns(self, old: AppState | None, new: AppState) -> bool:
        """Whether the picture of ``old`` does not show ``new``."""
        raise TypeError(f"{type(self).__name__} must define concerns")

    def fill(self, widget: QWidget) -> None:
        """Make ``widget`` the picture."""
        self._body.addWidget(widget)

    def legend_below(self) -> None:
        """Give the legend rows of its own, wherever it is long."""
        self._long = True
        self._seat_legend()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A legend that has no room beside the heading goes below it."""
        super().resizeEvent(event)
        self._seat_legend()

    def _seat_legend(self) -> None:
        around = self._column.contentsMargins()
        needed = around.left() + around.right() + 3 * self._head.spacing() + self.more.width()
        needed += self._heading.sizeHint().width() + self.legend.sizeHint().width()
        below = self._long or needed > self.width()
        if below == self._below:
            return
        self._below = below
        (self._head if below else self._column).removeWidget(self.legend)
        if below:
            self._column.insertWidget(1, self.legend)
        else:
            self._head.insertWidget(self._head.indexOf(self.more), self.legend)
        self.legend.break_rows(below)

    def subtitle(self, text: str, bad: bool = False) -> None:
        """The small words after the title; ``bad`` ones say that something went wrong."""
        self._subtitle.setText(text)
        tint(self._subtitle, self.theme.color("bad" if bad else "dim"))

    def say(self, sentence: str) -> None:
        """Show a sentence in place of the picture."""
        self._sentence.setText(sentence)
        self._body.setCurrentIndex(0)
        self.legend.hide()

    def show_picture(self) -> None:
        """Show the picture in place of the sentence."""
        self._body.setCurrentIndex(1)
        self.legend.show()

    @property
    def said(self) -> str:
        """The sentence on screen, ``""`` while the picture is there."""
        return self._sentence.text() if self._body.currentIndex() == 0 else ""

    def aim(self, at: bool) -> None:
        """Show that what is held over it would come to its place."""
        if at != self.aimed:
            self.aimed = at
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take it by its heading."""
        heading = event.position().y() <= self._head.geometry().bottom() + self.px(4)
        if heading and event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.globalPosition().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Carry it."""
        at = event.globalPosition().toPoint()
        if self._pressed is None:
            return
        far = (at - self._pressed).manhattanLength() >= QApplication.startDragDistance()
        if self._carried or far:
            self._carried = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self.carried.emit(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let it go."""
        carried, self._pressed, self._carried = self._carried, None, False
        if carried:
            self.unsetCursor()
            self.dropped.emit(event.globalPosition().toPoint())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.theme.color("accent" if self.aimed else "line"))
        painter.setBrush(self.theme.color("raised"))
        radius = self.px(8)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.end()


def mixed(one: QColor, other: QColor, share: float) -> QColor:
    """The colour ``share`` of the way from ``one`` to ``other``."""
    near = 1 - share
    return QColor.fromRgbF(
        one.redF() * near + other.redF() * share,
        one.greenF() * near + other.greenF() * share,
        one.blueF() * near + other.blueF() * share,
    )


def tint(label: QLabel, color: QColor) -> None:
    """Write the label in ``color``."""
    palette = label.palette()
    palette.setColor(label.foregroundRole(), color)
    label.setPalette(palette)
