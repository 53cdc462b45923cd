"""`Busy`: what the engine is doing when it takes long, and a way to give it up."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from explorer.core.sources import title
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme, font
from explorer.session import intents
from explorer.session.state import AppState

PATIENCE = 300  # milliseconds: what is quicker needs no word
_LONGER = 1500  # for numbers of a pane, which says itself that it waits
_COUNTED = 2.0  # seconds after which they are counted
_BEAT = 40  # milliseconds between two pictures of the moving bar
_FOOT = 166  # pixels: the step bar, the tokens over it and some air
_SELF_SAID = ("Train", "Pause")  # have a place of their own on screen


class Busy(Panel):
    """Hidden unless an answer is late. It lies over the page, so that nothing moves under it: in
    the middle while another model comes, above the step bar while this one is run. In the middle it
    has the keyboard, which goes back to where it was."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self.setObjectName("busy")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet(
            f"#busy {{ background: {theme.raised}; border: 1px solid {theme.line};"
            f" border-radius: {self.px(10)}px; }}"
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(self.px(16), self.px(12), self.px(12), self.px(12))
        column.setSpacing(self.px(9))
        row = QHBoxLayout()
        row.setSpacing(self.px(14))
        self._label = QLabel()
        self._label.setObjectName("doing")
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._time = QLabel()
        self._time.setStyleSheet(f"color: {theme.dim};")
        self._time.setFont(font(scale, 10))
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.setObjectName("cancel")
        self.cancel.setToolTip(self.tr("Give this up (Esc); everything on screen stays"))
        self.cancel.setAutoDefault(True)  # Enter presses it, as Space does
        self.cancel.clicked.connect(lambda: self.intent.emit(intents.Cancel()))
        row.addWidget(self._label, 1)
        row.addWidget(self._time)
        row.addWidget(self.cancel)
        column.addLayout(row)
        self._bar = _Bar(theme, scale)
        column.addWidget(self._bar)
        self._page: QWidget | None = None
        self._central = False
        self._before: QWidget | None = None  # what had the keyboard
        self._since = 0.0
        self._doing = ""
        self._late = QTimer(self, singleShot=True)
        self._late.timeout.connect(self._show)
        self._clock = QTimer(self, interval=_BEAT)
        self._clock.timeout.connect(self._tick)
        self.hide()

    def lie_over(self, page: QWidget) -> None:
        """Stay over ``page``."""
        self._page = page
        self.setParent(page.parentWidget())
        page.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the page."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self._settle()
        return False

    def focusNextPrevChild(self, forward: bool) -> bool:
        """While it covers the page, no key goes on to what is below."""
        return self._central or super().focusNextPrevChild(forward)

    @property
    def waits(self) -> bool:
        """Whether an answer is awaited, whether or not that is said already."""
        return bool(self._doing)

    def render(self, old: AppState | None, new: AppState) -> None:
        """Begin to wait, say what for, or go."""
        doing, patience = self._what(new)
        if not doing:
            self._doing = ""
            self._late.stop()
            self._clock.stop()
            self._give_back()
            self.hide()
            return
        central = bool(new.finding or new.opening or new.wanted) or "OpenModel" in new.tickets
        if doing != self._doing or central != self._central:
            self._central = central
            if doing != self._doing:
                self._since = time.monotonic()
            self._doing = doing
            self._label.setText(doing)
            self._settle()
            if not central:
                self._give_back()
            elif self.isVisible():
                self._take_keyboard(self.window().focusWidget())
        self.cancel.setEnabled(not new.cancelling)  # once is enough
        if self.isHidden():
            waited = round(1000 * (time.monotonic() - self._since))
            if not self._late.isActive() or self._late.remainingTime() > patience:
                self._late.start(max(0, patience - waited))

    def _what(self, state: AppState) -> tuple[str, int]:
        """What is being done, and how long it may take before a word is due."""
        tags = set(state.tickets) - set(_SELF_SAID)
        starts_again = state.engine.status == "starting" and state.engine.restarts > 0
        if state.engine.status == "lost" or state.found is not None:
            return "", 0
        if state.finding:
            return self.tr("Looking at {name} …").format(name=_name(state.finding)), PATIENCE
        if "OpenModel" in tags or (starts_again and (state.opening or state.wanted)):
            wanted = title(state.wanted) if state.wanted is not None else self._preset(state)
            return self.tr("Opening {name} …").format(name=wanted or state.title), PATIENCE
        if "LoadWeights" in tags:
            name = _name(state.putting)
            return self.tr("Putting the weights of {name} into the model …").format(
                name=name
            ), PATIENCE
        if "RecordPass" in tags:
            return self.tr("Running the forward pass …"), PATIENCE
        if any(tag.startswith(("SaveWeights", "SavePreset")) for tag in tags):
            return self.tr("Saving the weights …"), PATIENCE
        return (self.tr("Waiting for the engine …"), _LONGER) if tags else ("", 0)

    def _preset(self, state: AppState) -> str:
        shipped = next((one for one in state.presets if one.name == state.opening), None)
        return str(getattr(shipped.preset.title, state.language)) if shipped else ""

    def _show(self) -> None:
        self._tick()
        self._settle()
        self._clock.start()
        before = self.window().focusWidget()
        self.show()
        self.raise_()
        self._take_keyboard(before)

    def _take_keyboard(self, before: QWidget | None) -> None:
        """Have it as long as this is in the middle."""
        if self._central and not self.cancel.hasFocus():
            self._before = before
            self.cancel.setFocus()

    def _give_back(self) -> None:
        """Return the keyboard to what had it before."""
        before, self._before = self._before, None
        if self.cancel.hasFocus() and before is not None and isValid(before):
            before.setFocus()

    def _tick(self) -> None:
        waited = time.monotonic() - self._since
        said = self.tr("{seconds} s").format(seconds=int(waited)) if waited >= _COUNTED else ""
        if said != self._time.text():
            self._time.setText(said)
            self._settle()
        self._bar.show_time(waited)

    def _settle(self) -> None:
        if self._page is None:
            return
        page, gap = self._page.geometry(), self.px(12)
        wide = min(page.width() - 2 * gap, max(self.sizeHint().width(), self.px(360)))
        high = self.sizeHint().height()
        left = page.x() + (page.width() - wide) // 2
        below = page.height() - high - self.px(_FOOT)
        top = page.y() + ((page.height() - high) // 2 if self._central else below)
        self.setGeometry(left, top, wide, high)


class _Bar(QWidget):
    """A light that goes to and fro: something is at work, and nobody knows for how long."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._time = 0.0
        self.setFixedHeight(max(2, round(3 * scale)))

    def sizeHint(self) -> QSize:
        """Thin."""
        return QSize(200, self.height())

    def show_time(self, seconds: float) -> None:
        """Where the light is by now."""
        self._time = seconds
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The groove and the light in it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        radius = self.height() / 2
        painter.setBrush(self._theme.color("line"))
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        share = self._time % 2.4 / 1.2
        share = share if share <= 1 else 2 - share
        share = share * share * (3 - 2 * share)
        wide = self.width() * 0.3
        light = QRectF((self.width() - wide) * share, 0, wide, self.height())
        painter.setBrush(self._theme.color("accent"))
        painter.drawRoundedRect(light, radius, radius)
        painter.end()


def _name(path: str) -> str:
    """The last part of a path; a long one loses its middle."""
    name = path.replace("\\", "/").rstrip("/").rpartition("/")[2] or path
    return name if len(name) <= 48 else f"{name[:24]}…{name[-23:]}"
