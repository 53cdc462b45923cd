"""The legend of the map: what the colours of nodes mean, and the menu to choose them by."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, QPoint, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QActionGroup, QColor, QIcon, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.core.ops import GLYPHS, Family
from explorer.core.problem import phrase
from explorer.core.quantities import OVERLAYS
from explorer.gui.banner import PHRASES
from explorer.gui.map.corners import GAP, free_corner
from explorer.gui.map.tint import SEVERAL, Tint, kind_color, shade
from explorer.gui.theme import Theme, font
from explorer.picture.numbers import bytes_text
from explorer.picture.overlay import Scale, written
from explorer.picture.scene import Box
from explorer.session import intents
from explorer.session.state import AppState

NAMES: dict[str, str] = {
    "family": phrase("Family"),
    "time": phrase("Time"),
    "memory": phrase("Memory"),
    "parameters": phrase("Parameters"),
    "flops": phrase("FLOPs"),
    "activation": phrase("Mean |activation|"),
    "gradient": phrase("Gradient norm"),
    "dtype": phrase("Data type"),
    "device": phrase("Device"),
    "reach": phrase("Strength"),
}
FAMILIES: dict[Family, str] = {
    "embedding": phrase("embedding"),
    "linear": phrase("linear"),
    "attention": phrase("attention"),
    "norm": phrase("norm"),
    "activation": phrase("activation"),
    "convolution": phrase("convolution"),
    "pooling": phrase("pooling"),
    "recurrent": phrase("recurrent"),
    "elementwise": phrase("elementwise, reshape"),
    "container": phrase("container"),
}
MEANINGS: dict[str, str] = {
    "time": phrase("Of each op; of a module the sum of its ops, without what runs between them."),
    "memory": phrase("Of each op's results, views too; of a module the sum."),
    "parameters": phrase("That an op reads; of a module all in it."),
    "flops": phrase(
        "2 for each multiply-add of matrix products, convolutions and attention; of a module "
        "the sum. Other ops are not counted."
    ),
    "activation": phrase("Over the finite numbers of a result; of a module over all in it."),
    "gradient": phrase("Of a module over all in it."),
    "reach": phrase(
        "Σ |gradient × value| over the cells that have to do with the chosen number; of a module "
        "its largest."
    ),
    "dtype": phrase("Of each op's first result."),
    "device": phrase("Of each op's first result."),
}
NONE: dict[str, str] = {
    "parameters": phrase("none"),
    "flops": phrase("not counted"),
    "activation": phrase("no floating-point result"),
    "gradient": phrase("no gradient"),
    "reach": phrase("nothing to do with it"),
}
_WIDE = 212  # pixels
_LOW = 480  # pixels of the canvas's height


class Legend(QFrame):
    """A card in a corner of the canvas; a button alone while nodes have the colours of their
    families.

    Signals:
        intent (object): another quantity was chosen.
    """

    intent = Signal(object)

    def __init__(self, theme: Theme, scale: float, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._scale = scale
        self._shown: tuple[object, ...] = ()
        self.aside = False  # of two maps, one says that the colours are those of families

        def px(pixels: float) -> int:
            return round(pixels * scale)

        self.setObjectName("legend")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAccessibleName(self.tr("What the colours mean"))
        self.setStyleSheet(
            f"#legend {{ background: {theme.panel}; border: 1px solid {theme.line};"
            f" border-radius: {px(8)}px; }}"
            f"#legend QLabel {{ color: {theme.dim}; }}"
            f"#legend QToolButton {{ border: none; background: transparent; color: {theme.text};"
            f" padding: 2px {px(4)}px; text-align: left; }}"
            f"#legend QToolButton:hover, #legend QToolButton:focus {{ color: {theme.accent}; }}"
            "#legend QToolButton::menu-indicator { image: none; }"
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(px(8), px(5), px(8), px(5))
        column.setSpacing(px(4))
        self._column = column
        self.button = QToolButton()
        self.button.setObjectName("colour-by")
        self.button.setFont(font(scale, 10.0, 600))
        self.button.setToolTip(self.tr("Colour the nodes by… (L; O for the next)"))
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.button)
        menu.aboutToShow.connect(self._list)
        self.button.setMenu(menu)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        self._body = QWidget()
        column.addWidget(self._body)
        self._state: AppState | None = None
        self._tint: Tint | None = None
        self._share = -1.0  # of the events that are measured, while they are
        self._brief = False  # on a low canvas what is said at length is a tip
        self.hide()

    def show_state(self, state: AppState, tint: Tint | None) -> bool:
        """Say what the nodes are coloured by, and how far it is measured; whether that is new."""
        self._state = state
        there = state.colours
        share = -1.0
        recording = state.recording
        waits = f"quantify/{state.colouring}" in state.tickets
        if recording is not None and waits and not tint:
            share = len(there.values) / max(1, len(recording.events)) if there else 0.0
        self._tint, self._share = tint, share
        before = self._shown if not self.isHidden() else ()
        self.setVisible(not (self.aside and state.colouring == "family"))
        self._show()
        return before != self._shown

    def _show(self) -> None:
        """Make the card anew, if it says something else now."""
        state, tint, canvas = self._state, self._tint, self.parentWidget()
        if state is None or canvas is None:
            return
        self._brief = canvas.height() < round(_LOW * self._scale)
        why = state.unmeasured.get(state.colouring)
        shown = (tint, state.colouring, self._share, why, self._brief)
        if shown == self._shown:
            return
        self._shown = shown
        said = self.tr("Colours: {quantity}").format(quantity=_say(NAMES[state.colouring]))
        self.button.setText(f"{said}  ▾")
        self.button.setAccessibleName(self.tr("Colour the nodes by…"))
        body = self._made(state, tint, self._share)
        self._column.replaceWidget(self._body, body)
        self._body.deleteLater()
        self._body = body
        plain = state.colouring == "family" and not state.weighed_wires
        body.setVisible(not plain)
        self._fit(0 if plain else round(_WIDE * self._scale))

    def _fit(self, least: int) -> None:
        """As large as what it says, and ``least`` so wide."""
        self.ensurePolished()
        border, column = self.contentsMargins(), self._column
        edges, margins = border.left() + border.right(), column.contentsMargins()
        button = self.button.sizeHint().width() + margins.left() + margins.right()
        wide = max(least, button + edges)
        self.setFixedWidth(wide)
        column.activate()
        wraps, inner = column.hasHeightForWidth(), wide - edges
        high = column.heightForWidth(inner) if wraps else column.sizeHint().height()
        self.setFixedHeight(high + border.top() + border.bottom())

    def settle(self, minimap: QWidget, near: QRectF) -> None:
        """Lie in a corner that neither the minimap nor the cursor needs."""
        canvas = self.parentWidget()
        assert canvas is not None
        self._show()
        corner = free_corner(self.size(), canvas.size(), minimap, near).topLeft().toPoint()
        if corner != self.pos():
            self.move(corner)

    def room(self) -> QSizeF:
        """What it takes of a corner, with the gap around it."""
        if self.isHidden():
            return QSizeF()
        return QSizeF(self.width() + 2.0 * GAP, self.height() + 2.0 * GAP)

    def tells(self, box: Box) -> list[str]:
        """What there is to say of a node in words, nothing of one without the quantity."""
        if not self._tint or self._state is None or box.kind in ("source", "sink"):
            return []
        overlay = self._state.colouring
        said = self._tint.paint(box).said or _say(NONE.get(overlay, ""))
        return [f"{_say(NAMES[overlay])}: {said}"] if said else []

    def open_menu(self) -> None:
        """Let somebody choose by keys."""
        menu = self.button.menu()
        assert menu is not None
        menu.popup(self.mapToGlobal(QPoint(0, -menu.sizeHint().height())))

    # ------------------------------------------------------------------ the card

    def _made(self, state: AppState, tint: Tint | None, share: float) -> QWidget:
        body = QWidget()
        rows = QVBoxLayout(body)
        rows.setContentsMargins(round(4 * self._scale), 0, round(4 * self._scale), 2)
        rows.setSpacing(round(4 * self._scale))
        overlay, why = state.colouring, state.unmeasured.get(state.colouring)
        said = []
        if why is not None:
            rows.addWidget(self._text(_say(why.text).format(**why.values)))
        elif share >= 0:
            rows.addWidget(
                self._text(self.tr("measuring… {percent} %").format(percent=round(100 * share)))
            )
        elif tint and tint.numbers is not None:
            scale = tint.numbers.scale
            rows.addWidget(_Ramp(self._theme, self._scale))
            rows.addWidget(_Ends(self._ends(overlay, scale), self._theme, self._scale))
            if scale.logarithmic:
                rows.addWidget(self._text(self.tr("logarithmic scale")))
            there = state.colours
            if there is not None and there.note:
                said = [_say(there.note).format(output=there.output)]
            said.append(_say(MEANINGS[overlay]))
        elif tint and tint.kinds is not None:
            swatches: list[tuple[QColor | None, str]] = [
                (kind_color(n), name) for n, name in enumerate(tint.kinds.names)
            ]
            if len(swatches) > 1:
                swatches.append((QColor(SEVERAL), self.tr("several")))
            rows.addWidget(self._swatches(swatches))
            said = [_say(MEANINGS[overlay])]
        elif overlay != "family":
            rows.addWidget(self._text(self.tr("not measured yet")))
        for text in () if self._brief else said:
            rows.addWidget(self._text(text))
        if tint and tint.numbers is not None and overlay in NONE:
            rows.addWidget(self._swatches([(None, _say(NONE[overlay]))]))
        body.setToolTip("\n".join(said) if self._brief else "")
        if tint is not None and tint.weighed:
            rows.addWidget(_Widths(tint.bytes, self._theme, self._scale))
        return body

    def _ends(self, overlay: str, scale: Scale) -> tuple[str, str, str]:
        low, middle, high = (scale.at(share) for share in (0.0, 0.5, 1.0))
        return tuple(written(overlay, number) for number in (low, middle, high))  # type: ignore

    def _text(self, said: str) -> QLabel:
        label = QLabel(said)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setFont(font(self._scale, 8.5))
        label.setWordWrap(True)
        return label

    def _swatches(self, named: list[tuple[QColor | None, str]]) -> QWidget:
        made = QWidget()
        grid = QGridLayout(made)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(round(6 * self._scale))
        grid.setVerticalSpacing(round(2 * self._scale))
        grid.setColumnStretch(1, 1)
        for row, (color, name) in enumerate(named):
            icon = QLabel()
            icon.setPixmap(self._swatch(color))
            grid.addWidget(icon, row, 0)
            grid.addWidget(self._text(name), row, 1)
        return made

    def _swatch(self, color: QColor | None) -> QPixmap:
        """A small node of a colour, or one with a border of dashes."""
        ratio = self.devicePixelRatioF()
        size = QSize(16, 12) * self._scale
        made = QPixmap(size * ratio)
        made.setDevicePixelRatio(ratio)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen if color else Qt.PenStyle.DashLine)
        if color is None:
            painter.setPen(self._theme.color("dim"))
            pen = painter.pen()
            pen.setDashPattern([2.0, 2.0])
            painter.setPen(pen)
        painter.setBrush(color if color is not None else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(0.5, 0.5, size.width() - 1, size.height() - 1), 3, 3)
        painter.end()
        return made

    # ------------------------------------------------------------------ the menu

    def _list(self) -> None:
        menu, state = self.button.menu(), self._state
        if menu is None or state is None:
            return
        menu.clear()
        group = QActionGroup(menu)
        for overlay in OVERLAYS:
            action = menu.addAction(_say(NAMES[overlay]))
            action.setCheckable(True)
            action.setChecked(overlay == state.overlay)
            action.triggered.connect(
                lambda _=False, overlay=overlay: self.intent.emit(intents.ColourBy(overlay))
            )
            group.addAction(action)
            if overlay == state.overlay:
                menu.setActiveAction(action)
        menu.addSeparator()
        wires = menu.addAction(self.tr("Wires as wide as their values are large"))
        wires.setCheckable(True)
        wires.setChecked(state.weighed_wires)
        wires.triggered.connect(lambda: self.intent.emit(intents.ToggleWeighedWires()))
        table = menu.addAction(self.tr("Table of the pass"))
        table.setCheckable(True)
        table.setChecked(state.table)
        table.triggered.connect(lambda: self.intent.emit(intents.ToggleTable()))
        families = menu.addMenu(self.tr("Colours of the families"))
        for family, name in FAMILIES.items():
            color = self._theme.color(family)
            families.addAction(QIcon(self._swatch(color)), f"{GLYPHS[family]}  {_say(name)}")


class _Ramp(QWidget):
    """The colours of numbers, from low to high."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedHeight(round(11 * scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        """One column of pixels after the other."""
        painter = QPainter(self)
        wide = self.width()
        for x in range(wide):
            color = shade(self._theme, round(255 * x / max(1, wide - 1)))
            painter.fillRect(x, 0, 1, self.height(), color)


class _Ends(QWidget):
    """The numbers at the beginning, middle and end of a scale."""

    def __init__(self, ends: tuple[str, str, str], theme: Theme, scale: float) -> None:
        super().__init__()
        self._ends, self._theme = ends, theme
        self.setFont(font(scale, 8.5))
        self.setFixedHeight(self.fontMetrics().height())
        self.setAccessibleName(" – ".join(ends))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The middle one only where there is room."""
        painter = QPainter(self)
        painter.setPen(self._theme.color("text"))
        low, middle, high = self._ends
        advance = self.fontMetrics().horizontalAdvance
        sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)
        for text, side in zip((low, high), sides, strict=True):
            painter.drawText(self.rect(), side, text)
        room = self.width() / 2 - max(advance(low), advance(high)) - 10
        if advance(middle) / 2 <= room:
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignHCenter, middle)


class _Widths(QWidget):
    """How wide wires are: from the smallest value to the largest."""

    def __init__(self, scale: Scale, theme: Theme, size: float) -> None:
        super().__init__()
        self._scale, self._theme = scale, theme
        self.setFont(font(size, 8.5))
        self._line = self.fontMetrics().height()
        self.setFixedHeight(self._line + round(12 * size))

    def paintEvent(self, event: QPaintEvent) -> None:
        """A wire that grows, with the bytes at its ends."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("dim"))
        middle, wide = 6.0, float(self.width())
        steps = 4
        for n in range(steps):
            high = 1.4 * (1 + n)
            left = wide * n / steps
            painter.drawRect(QRectF(left, middle - high / 2, wide / steps, high))
        painter.setPen(self._theme.color("text"))
        below = QRectF(0, self.height() - self._line, wide, self._line)
        low, high_end = bytes_text(self._scale.low), bytes_text(math.ceil(self._scale.high))
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, low)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, high_end)
        painter.setPen(self._theme.color("dim"))
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, self.tr("wires"))


def _say(text: str) -> str:
    return QCoreApplication.translate(PHRASES, text)
