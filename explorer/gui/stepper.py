"""The step bar: buttons, pace, and the timeline of the pass."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolTip,
    QVBoxLayout,
)

from explorer.core.breaks import Hit
from explorer.core.flow import Cone
from explorer.core.generation import then_of
from explorer.core.graph import Recording, closed_around
from explorer.core.ops import op
from explorer.gui.breaks import BreaksPopup
from explorer.gui.map.marks import draw_ticks, flags
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme
from explorer.picture.numbers import bytes_text, seconds_text
from explorer.session import intents
from explorer.session.state import AppState

_BEAT = 500  # ms between two steps of play at pace 1
# a bar's height is logarithmic: 1 for the slowest op, _LEAST for the fastest one, which counts as
# at least and at most so many times faster
_SPANS, _LEAST = (100, 10_000), 0.2
_PACES = (0.5, 1.0, 2.0, 4.0)
_HIGH = 32  # pixels: every button


class Stepper(Panel):
    """Back, play, forward, into, over, out; and where one is."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self.setObjectName("stepper")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet(f"#stepper {{ background: {theme.panel}; }}")
        column = QVBoxLayout(self)
        column.setContentsMargins(self.px(14), self.px(8), self.px(14), self.px(8))
        column.setSpacing(self.px(6))
        row = QHBoxLayout()
        row.setSpacing(self.px(7))
        column.addLayout(row)
        self._steps: list[QPushButton] = []
        for name, text, tip in (
            ("first", "|◀", self.tr("First step (Home)")),
            ("back", "◀", self.tr("Step back (← or Shift+F10)")),
            ("play", self.tr("▶ Play"), self.tr("Play or pause (Space)")),
            ("forward", "▶", self.tr("Step over (→ or F10)")),
            ("last", "▶|", self.tr("Last step (End)")),
            ("into", self.tr("Into ↓"), self.tr("Step into the module (Ctrl+→)")),
            ("over", self.tr("Over →"), self.tr("Step over (→ or F10)")),
            ("out", self.tr("Out ↑"), self.tr("Step out of the module (Ctrl+↑)")),
        ):
            self._steps.append(self._button(name, text, tip))
            row.addWidget(self._steps[-1])
        self._play = self.findChild(QPushButton, "play")
        assert self._play is not None
        self._play.setProperty("primary", True)
        self._play.setMinimumWidth(self.px(92))
        self._pace = self._button("pace", "1×", self.tr("How fast Play walks (P)"))
        row.addWidget(self._pace)
        self._breaks = self._button("breaks", "●", self.tr("Stop at NaN and the like (F9)"))
        self._breaks.setCheckable(True)
        row.addWidget(self._breaks)
        self.breaks = BreaksPopup(theme, scale, self)
        self.breaks.changed.connect(lambda breaks: self.intent.emit(intents.SetBreaks(breaks)))
        row.addStretch(1)
        self._facts = QLabel()
        self._facts.setStyleSheet(f"color: {theme.dim};")
        self._facts.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._facts.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._facts, 20)
        self.timeline = Timeline(theme, scale)
        self.timeline.setObjectName("timeline")
        self.timeline.intent.connect(self.intent)
        column.addWidget(self.timeline)
        self._timer = QTimer(self)
        self._timer.timeout.connect(lambda: self.intent.emit(intents.Tick()))
        self._now = 1.0
        self._said = ""
        self._stops = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many of the facts as there is room for."""
        super().resizeEvent(event)
        self._fit_facts()

    def render(self, old: AppState | None, new: AppState) -> None:
        """Buttons, facts, timer, timeline."""
        assert self._play is not None
        self._play.setText(self.tr("❚❚ Pause") if new.playing else self.tr("▶ Play"))
        self._now = new.pace
        self._pace.setText(f"{new.pace:g}×")
        interval = round(_BEAT / new.pace)
        if new.playing and new.tab == "forward" and new.page == "model":
            if not self._timer.isActive() or self._timer.interval() != interval:
                self._timer.start(interval)
        else:
            self._timer.stop()
        again = old is None or old.recording is not new.recording
        if again or old is None or old.writing.tokens != new.writing.tokens:
            self._said = "" if new.recording is None else self._told(new.recording)
            if new.recording is not None and new.writing.tokens:
                self._said = f"{self._token(new, new.recording)} · {self._said}"
            self._facts.setToolTip(f"{self._said}\n{self._meant()}" if self._said else "")
            self._fit_facts()
            for button in self._steps:  # nowhere to step where nothing has run
                button.setEnabled(new.recording is not None and bool(new.recording.events))
        self._stops = bool(new.breaking.breaks)
        self._breaks.setChecked(self._stops)
        self.breaks.show_state(new)
        self.timeline.render(old, new)

    def change_pace(self) -> None:
        """The next faster pace; after the fastest the slowest."""
        following = [pace for pace in _PACES if pace > self._now]
        self.intent.emit(intents.SetPace(following[0] if following else _PACES[0]))

    def open_breaks(self) -> None:
        """Choose what to stop at."""
        self._breaks.setChecked(self._stops)
        self.breaks.open_at(self._breaks)

    def _told(self, recording: Recording) -> str:
        count = len(recording.events)
        ops = self.tr("{count} op") if count == 1 else self.tr("{count} ops")
        said = self.tr("{ops} · {time} forward · {size} activations")
        if recording.failure is not None:
            said = self.tr("stopped after {ops} · {time} · {size} activations")
        return said.format(
            ops=ops.format(count=f"{count:,}"), time=seconds_text(recording.seconds),
            size=bytes_text(recording.bytes),
        )  # fmt: skip

    def _token(self, state: AppState, recording: Recording) -> str:
        """Of which token the pass is."""
        at, count = len(then_of(recording.input)), len(state.writing.tokens)
        if at < count:
            return self.tr("token {number} of {count}").format(number=at + 1, count=count)
        if count == 1:
            return self.tr("after 1 token")
        return self.tr("after {count} tokens").format(count=count)

    def _meant(self) -> str:
        """Of what time and memory are: legend and table tell of the ops one by one, which is less
        time and more memory."""
        time = self.tr(
            "The time of the whole pass, from call to return; the ops alone take less, by what "
            "runs between them."
        )
        memory = self.tr(
            "The memory of all activations; what shares memory counts once, so the sizes of all "
            "results are more."
        )
        return f"{time}\n{memory}"

    def _fit_facts(self) -> None:
        row = self.layout()
        assert row is not None
        row.activate()  # the label's width is that of the new size
        facts = self._said.split(" · ")
        metrics = self._facts.fontMetrics()
        while len(facts) > 1 and metrics.horizontalAdvance(" · ".join(facts)) > self._facts.width():
            facts.pop()
        self._facts.setText(" · ".join(facts))

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setFixedHeight(self.px(_HIGH))  # whatever script it is in
        if len(text) <= 2:
            button.setFixedWidth(self.px(38))
            button.setStyleSheet("padding-left: 0; padding-right: 0;")
        button.clicked.connect(lambda: self._clicked(name))
        return button

    def _clicked(self, name: str) -> None:
        steps = {"first": "first", "back": "back", "forward": "over", "last": "last",
                 "into": "into", "over": "over", "out": "out"}  # fmt: skip
        if name == "play":
            self.intent.emit(intents.TogglePlay())
        elif name == "pace":
            self.change_pace()
        elif name == "breaks":
            self.open_breaks()
        else:
            self.intent.emit(intents.StepBy(steps[name]))  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Bars:
    """What the timeline paints: one bar per event, or per pixel where there are more events."""

    first: np.ndarray  # the first event of each bar
    height: np.ndarray  # 0…1
    family: list[str]


class Timeline(Panel):
    """One bar per event: colour by family, height by measured time (logarithmic). Drag to scrub."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self._recording: Recording | None = None
        self._cursor = 0
        self._closed: int | None = None  # the closed module that the cursor rests on
        self._flags: list[tuple[int, int]] = []
        self._cone: Cone | None = None
        self._hits: tuple[Hit, ...] = ()
        self._bars: tuple[tuple[int, int], _Bars] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedHeight(self.px(30))
        self.setAccessibleName(self.tr("Timeline of the pass"))

    def render(self, old: AppState | None, new: AppState) -> None:
        """Bars of another recording, or just the cursor."""
        closed = None
        if new.recording is not None and new.recording.events:
            closed = closed_around(new.recording, new.cursor, new.open)
        again = old is None or old.bookmarks != new.bookmarks
        again |= new.recording is not self._recording
        marked = flags(new) if again else self._flags
        shown = (self._cursor, self._closed, self._flags, self._cone, self._hits)
        wanted = (new.cursor, closed, marked, new.cone, new.breaking.hits)
        if new.recording is self._recording and wanted == shown:
            return
        self._hits = new.breaking.hits
        self._closed, self._flags, self._cone = closed, marked, new.cone
        if new.recording is not self._recording:
            self._recording, self._bars = new.recording, None
        self._cursor = new.cursor
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(self.px(400), self.px(30))

    def event_at(self, x: float) -> int:
        """The event under a horizontal place."""
        count = len(self._recording.events) if self._recording else 0
        return min(max(int(x / max(1, self.width()) * count), 0), count - 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Bars by family in one go each; those to come are dimmed, or what is not lit."""
        if self._recording is None or not self._recording.events:
            return
        painter = QPainter(self)
        count = len(self._recording.events)
        bars = self._made()
        wide = self.width() / len(bars.first)
        gap = 1.0 if wide > 3 else 0.0
        rects: dict[tuple[str, bool], list[QRectF]] = {}
        dim = bars.first > self._cursor
        if self._cone is not None and self._cone.events.any():
            dim = ~self._cone.has_events(bars.first, np.append(bars.first[1:], count) - 1)
        for i, (tall, dull, family) in enumerate(
            zip(bars.height.tolist(), dim.tolist(), bars.family, strict=True)
        ):
            height = tall * self.height()
            place = QRectF(i * wide, self.height() - height, max(1.0, wide - gap), height)
            rects.setdefault((family, dull), []).append(place)
        painter.setPen(Qt.PenStyle.NoPen)
        for (family, dull), places in rects.items():
            painter.setBrush(self.theme.color(family, 0.32 if dull else 1.0))
            painter.drawRects(places)
        if self._closed is not None:  # it is one step, however many events it has
            call = self._recording.calls[self._closed]
            left, right = (n / count * self.width() for n in (call.first, call.last + 1))
            painter.fillRect(
                QRectF(left, 0, right - left, self.height()), self.theme.color("cursor", 0.22)
            )
        x = (self._cursor + 0.5) / count * self.width()
        painter.setPen(QPen(self.theme.color("cursor"), max(2.0, 2.0 * self.scale)))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        ticks = [
            (number, (at + 0.5) / count * self.width()) for number, at in self._flags if number
        ]
        draw_ticks(painter, ticks, self.theme, self.scale)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("bad"))
        side = 4.0 * self.scale
        marks = {
            (round((hit.event + 0.5) / count * self.width()), bool(hit.backward))
            for hit in self._hits
        }
        for at, backward in sorted(marks):  # from above, or going back from below
            foot, top = (self.height(), self.height() - 1.6 * side) if backward else (0, 1.6 * side)
            ends = (QPointF(at - side, foot), QPointF(at + side, foot), QPointF(at, top))
            painter.drawPolygon(ends)
        if self._recording.failure is not None:  # nothing comes after this
            wide = 4.0 * self.scale
            end = QRectF(self.width() - wide, 0, wide, self.height())
            painter.fillRect(end, self.theme.color("bad"))
        if self.hasFocus():
            painter.setPen(self.theme.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        self._scrub(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrub while a button is down."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._scrub(event, dragged=True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows step."""
        step = {Qt.Key.Key_Left: "back", Qt.Key.Key_Right: "over"}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.intent.emit(intents.StepBy(step))  # type: ignore[arg-type]

    def event(self, event: QEvent) -> bool:
        """Say which event is under the mouse and how long it took."""
        if isinstance(event, QHelpEvent) and self._recording and self._recording.events:
            one = self._recording.events[self.event_at(event.pos().x())]
            QToolTip.showText(event.globalPos(), f"{one.id} · {seconds_text(one.seconds)}", self)
            return True
        return super().event(event)

    def _scrub(self, event: QMouseEvent, dragged: bool = False) -> None:
        if self._recording is not None and self._recording.events:
            at = self.event_at(event.position().x())
            self.intent.emit(intents.StepTo(at, dragged=dragged))

    def _made(self) -> _Bars:
        assert self._recording is not None
        key = (self._recording.tape, self.width())
        if self._bars is None or self._bars[0] != key:
            events = self._recording.events
            seconds = np.array([e.seconds for e in events])
            most = max(float(seconds.max()), 1e-9)
            span = np.clip(most / max(float(seconds.min()), 1e-12), *_SPANS)
            tall = 1 + np.log10(np.maximum(seconds / most, 1 / span)) / np.log10(span)
            count = min(len(events), max(1, self.width()))
            first = np.linspace(0, len(events), count, endpoint=False).astype(int)
            height = _LEAST + (1 - _LEAST) * np.maximum.reduceat(tall, first)
            ends = [*first[1:].tolist(), len(events)]
            slowest = [
                a + int(np.argmax(tall[a:b])) for a, b in zip(first.tolist(), ends, strict=True)
            ]
            self._bars = (key, _Bars(first, height, [op(events[i].op).family for i in slowest]))
        return self._bars[1]
