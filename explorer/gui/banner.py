"""The banner: one sentence of what went wrong, what to do, and a button where one helps."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QCursor, QHideEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QScrollBar,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from explorer.gui.panel import Panel
from explorer.gui.theme import Theme
from explorer.session import intents
from explorer.session.state import AppState, Banner

NEWS = 8000  # milliseconds that good news stays
_SHARE = 0.4  # of the place's height, before a long message scrolls
_MOVED = (
    QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.ContentsRectChange,
)  # fmt: skip
PHRASES = "phrases"  # the translation context of `explorer.core.problem.phrase`


def sentence(banner: Banner) -> str:
    """The banner's text in the language of the window."""
    parts = [
        QCoreApplication.translate(PHRASES, part).format(**banner.values)
        for part in (banner.text, banner.remedy)
        if part
    ]
    gap = " " if parts and parts[0].endswith((".", "!", "?", "。", "！", "？")) else "\n"
    return gap.join(parts)


class BannerBar(Panel):
    """Hidden while there is nothing to say. News goes by itself, and with the tab or model that it
    came on; a problem stays until it is closed, or the page is left.

    It lies over the foot of a page or a graph, where no buttons are, so that nothing moves under
    the mouse when it comes and goes, and no heading is hidden.

    Signals:
        covers (int): so many pixels at the foot of the page are covered now.
    """

    covers = Signal(int)

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self)
        row.setContentsMargins(self.px(14), self.px(8), self.px(14), self.px(8))
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(self._label)
        scroll = self._area.verticalScrollBar()
        scroll.sliderReleased.connect(lambda: scroll.setValue(_whole(scroll)))
        for part in (self._area.viewport(), self._label):
            part.setAutoFillBackground(False)
        row.addWidget(self._area, 1)
        self._restart = QToolButton()
        self._restart.clicked.connect(lambda: self.intent.emit(intents.RestartEngine()))
        row.addWidget(self._restart)
        self._again = QToolButton()
        self._again.setText(self.tr("Open again"))
        self._again.clicked.connect(self._open_again)
        row.addWidget(self._again)
        close = QToolButton()
        close.setText("✕")
        close.setAccessibleName(self.tr("Close the message"))
        close.clicked.connect(lambda: self.intent.emit(intents.Dismiss()))
        row.addWidget(close)
        self._path = ""  # what can be opened again
        self._places: tuple[QWidget, ...] = ()
        self._fading = QTimer(self, singleShot=True, interval=NEWS)
        self._fading.timeout.connect(self._fade)
        self._rested = QPoint()  # where the mouse was when the news was to go
        self.hide()

    def lie_over(self, whole: QWidget, *places: QWidget) -> None:
        """Stay at the lower edge of whichever of ``places`` in ``whole`` is on screen, within its
        contents margins."""
        self._places = places
        self.setParent(whole)
        for place in places:
            place.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the place."""
        if event.type() in _MOVED and not self.isHidden():
            self._settle()
        return False

    def hideEvent(self, event: QHideEvent) -> None:
        """The foot of the page is free again."""
        super().hideEvent(event)
        self.covers.emit(0)

    def render(self, old: AppState | None, new: AppState) -> None:
        """Show the newest sentence, or nothing."""
        restart = new.engine.status == "lost" and not new.live
        instead = new.engine.instead
        text = self.tr("Start on {device}") if instead else self.tr("Restart")
        if (text := text.format(device=instead)) != self._restart.text():
            self._restart.setText(text)
            self._settle()
        if restart == self._restart.isHidden():
            self._restart.setVisible(restart)
            self._settle()
        if old is not None and old.banner is new.banner:
            if new.banner is not None and _left(old, new):
                self.intent.emit(intents.Dismiss())
            return
        self.setVisible(new.banner is not None)
        if new.banner is None:
            self._fading.stop()
            return
        bad = new.banner.level == "problem"
        ground = self.theme.bad_panel if bad else self.theme.raised
        edge = self.theme.bad if bad else self.theme.good
        self.setObjectName("banner")
        self.setStyleSheet(
            f"#banner {{ background: {ground}; border: 1px solid {edge};"
            f" border-left: 4px solid {edge}; border-radius: 6px; }}"
        )
        self._label.setText(sentence(new.banner))
        self._path = new.banner.again
        self._again.setVisible(bool(self._path))
        self._settle()
        if bad:
            self._fading.stop()
        else:
            self._fading.start()

    def _open_again(self) -> None:
        self.intent.emit(intents.OpenPath(self._path))

    def _fade(self) -> None:
        """Good news goes by itself, unless somebody reads it with the mouse on it. A mouse that
        rests where the news came is nobody who reads."""
        rests, self._rested = self._rested, QCursor.pos()
        if self.underMouse() and rests != self._rested:
            self._fading.start()
        else:
            self.intent.emit(intents.Dismiss())

    def _settle(self) -> None:
        """As wide as the words need, at most as the place; as high as that makes it."""
        lay, whole = self.layout(), self.parentWidget()
        place = next((one for one in self._places if one.isVisible()), None)
        if place is None or lay is None or whole is None:
            return
        room, gap = place.contentsRect(), self.px(8)
        room.moveTopLeft(place.mapTo(whole, room.topLeft()))
        margins = lay.contentsMargins()
        buttons = [b for b in self.findChildren(QToolButton) if not b.isHidden()]
        others = (
            margins.left()
            + margins.right()
            + sum(button.sizeHint().width() + lay.spacing() for button in buttons)
        )
        metrics = self._label.fontMetrics()
        words = max(metrics.horizontalAdvance(line) for line in self._label.text().split("\n"))
        wide = min(room.width() - 2 * gap, self.px(900), words + others + margins.left())
        needed = self._label.heightForWidth(wide - others)
        least = max(button.sizeHint().height() for button in buttons)
        line = metrics.lineSpacing()
        most = int(room.height() * _SHARE) // line * line  # no line is cut in half
        self._area.verticalScrollBar().setSingleStep(line)
        high = max(least, min(needed, most))
        high += margins.top() + margins.bottom()
        left = room.x() + (room.width() - wide) // 2
        self.setGeometry(left, room.y() + room.height() - high - 2 * gap, wide, high)
        self.raise_()
        self.covers.emit(high + 2 * gap)


def _whole(scroll: QScrollBar) -> int:
    """Where it stands, at the start of a line."""
    return round(scroll.value() / scroll.singleStep()) * scroll.singleStep()


def _left(old: AppState, new: AppState) -> bool:
    """Whether somebody has gone on from what the banner was about."""
    if new.banner is not None and new.banner.level == "news":
        return (old.page, old.tab) != (new.page, new.tab) or old.model is not new.model
    return old.page != new.page and new.engine.status != "lost"
