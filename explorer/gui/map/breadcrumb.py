"""The breadcrumb: the boxes around the cursor, from the model down to the op."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QWidget

from explorer.gui.panel import Panel
from explorer.gui.theme import Theme, font
from explorer.picture.walking import Crumb, trail
from explorer.session import intents
from explorer.session.state import AppState

HIGH = 27  # pixels: of the bar
_LONGEST = 200  # pixels of one name
_SHARE = 0.62  # of the canvas at most
_HIDDEN = Crumb("…", -2)  # stands for those between that there is no room for


class Breadcrumb(Panel):
    """A slim bar over the canvas. A part of it leads to the first step in that box and brings the
    box into view; the last part brings the cursor back into view.

    Signals:
        wanted (int): the box of a call, or of the cursor (-1), is to be brought into view.
    """

    wanted = Signal(int)

    def __init__(self, theme: Theme, scale: float, canvas: QWidget) -> None:
        super().__init__(theme, scale, canvas)
        self._canvas = canvas
        self._state: AppState | None = None
        self._crumbs: list[Crumb] = []
        self._shown: list[Crumb] = []
        self._parts: list[_Part] = []
        self._room = 0
        row = QHBoxLayout(self)
        row.setContentsMargins(self.px(5), 0, self.px(5), 0)
        row.setSpacing(0)
        self.setFont(font(scale, 10.0))
        self.setFixedHeight(self.px(HIGH))
        self.setAccessibleName(self.tr("Where the cursor is"))
        self.hide()

    def render(self, old: AppState | None, new: AppState) -> None:
        """The way to where the cursor is now."""
        before, self._state = self._state, new
        recording = new.recording
        if recording is None or not recording.events:
            self._crumbs = []
            self.hide()
            return
        if before is None or (before.cursor, before.open) != (new.cursor, new.open) or (
            before.recording is not recording
        ):  # fmt: skip
            crumbs = trail(recording, new.open, new.cursor)
            if crumbs != self._crumbs:
                self._crumbs = crumbs
                self._fill()
        self.show()

    def take(self, width: int) -> None:
        """Be over a canvas so wide."""
        if width != self._room:
            self._room = width
            self._fill()

    def choose(self, crumb: Crumb) -> None:
        """Go to the first step in a box; of the last part, to where we are."""
        recording = self._state.recording if self._state else None
        if recording is None:
            return
        if crumb == self._crumbs[-1]:
            self.wanted.emit(-1)
            return
        self.intent.emit(intents.StepTo(recording.calls[crumb.call].first))
        self.wanted.emit(crumb.call)

    def event(self, event: QEvent) -> bool:
        """As wide as the parts are, also when they have got their style later."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.adjustSize()
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A ground of its own: names upon names of the map could not be read."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.theme.color("line"))
        painter.setBrush(self.theme.color("panel"))
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), self.px(6), self.px(6))

    def _fill(self) -> None:
        """As many parts as there is room for: what is nearest to the cursor, and the model."""
        self._shown = self._fitting()
        while len(self._parts) < len(self._shown):
            before = self._parts[-1].button if self._parts else self._canvas
            self._parts.append(_Part(self))
            QWidget.setTabOrder(before, self._parts[-1].button)
        for at, part in enumerate(self._parts):
            part.setVisible(at < len(self._shown))
            if at < len(self._shown):
                self._name(part, self._shown[at], at == len(self._shown) - 1)
        self.adjustSize()

    def _name(self, part: _Part, crumb: Crumb, last: bool) -> None:
        part.crumb = crumb
        part.mark.setVisible(not last)
        text = self._cut(crumb.title)
        button = part.button
        button.setText(text.replace("&", "&&"))
        part.dress(self, last)
        tip = self.tr("Show where the cursor is") if last else self.tr("Go to the first step in it")
        if crumb == _HIDDEN:
            tip = self.tr("Show the modules between")
        button.setToolTip(tip if text == crumb.title else f"{crumb.title}\n{tip}")
        button.setAccessibleName(crumb.title)

    def _cut(self, title: str) -> str:
        return self.fontMetrics().elidedText(
            title, Qt.TextElideMode.ElideMiddle, min(self.px(_LONGEST), round(self._room * 0.3))
        )

    def _fitting(self) -> list[Crumb]:
        if len(self._crumbs) < 3:
            return self._crumbs
        metrics = self.fontMetrics()
        around = self.px(8) + 2 + metrics.horizontalAdvance(" › ")

        def wide(crumbs: list[Crumb]) -> int:
            names = sum(metrics.horizontalAdvance(self._cut(crumb.title)) for crumb in crumbs)
            return round(names * 1.04) + around * len(crumbs)  # the last is bold

        first, *rest = self._crumbs
        shown = self._crumbs
        while len(rest) > 1 and wide(shown) > self._room * _SHARE:
            rest = rest[1:]
            shown = [first, _HIDDEN, *rest]
        return shown

    def press(self, part: _Part) -> None:
        """A part was clicked, or chosen by keys."""
        if part.crumb != _HIDDEN:
            self.choose(part.crumb)
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for crumb in self._crumbs[1 : len(self._crumbs) - len(self._shown) + 2]:
            chosen = menu.addAction(self._cut(crumb.title).replace("&", "&&"))
            chosen.triggered.connect(lambda _=False, crumb=crumb: self.choose(crumb))
        menu.popup(part.mapToGlobal(QPoint(0, part.height())))


class _Part(QWidget):
    """A name and the mark that leads on to the next."""

    def __init__(self, bar: Breadcrumb) -> None:
        super().__init__(bar)
        self.crumb = _HIDDEN
        self._last: bool | None = None  # what it is dressed as
        self.button = _Name()
        self.button.setFont(bar.font())
        self.button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.button.clicked.connect(lambda: bar.press(self))
        self.mark = QLabel("›")
        self.mark.setFont(bar.font())
        self.mark.setStyleSheet(f"color: {bar.theme.dim};")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(bar.px(1))
        row.addWidget(self.button)
        row.addWidget(self.mark)
        lay = bar.layout()
        assert lay is not None
        lay.addWidget(self)

    def dress(self, bar: Breadcrumb, last: bool) -> None:
        """As the last part, where the cursor is, or as one that leads there."""
        if last == self._last:
            return  # to style a button takes a quarter of a millisecond
        self._last = last
        theme, px = bar.theme, bar.px
        self.button.setStyleSheet(
            f"QPushButton {{ color: {theme.text if last else theme.dim};"
            f" font-weight: {600 if last else 400}; background: transparent;"
            f" border: 1px solid transparent; border-radius: {px(4)}px;"
            f" padding: {px(2)}px {px(4)}px; }}"
            f"QPushButton:hover {{ color: {theme.text}; background: {theme.line}; }}"
            f"QPushButton:focus {{ border-color: {theme.accent}; }}"
        )


class _Name(QPushButton):
    """A button for Enter as well as for Space."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter clicks."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)
