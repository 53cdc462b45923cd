"""The maps: that of the active side, and beside it that of the other, if there is one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextDocumentFragment,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSplitter, QToolButton, QVBoxLayout, QWidget

from explorer.core.comparison import SORTS, Comparison, Sort
from explorer.core.contrast import WORDS, Changed, contrast
from explorer.core.graph import Recording
from explorer.gui.banner import PHRASES
from explorer.gui.header import weights_text
from explorer.gui.inputs.words import words_of
from explorer.gui.map.canvas import Canvas
from explorer.gui.map.differences import SIGNS, sign_color
from explorer.gui.map.outlook import Sight
from explorer.gui.map.planner import Planner
from explorer.gui.opening.busy import PATIENCE
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme, font
from explorer.session import intents
from explorer.session.state import AppState, Beside

_HIGH = 30  # pixels: of the bar and of a title
_LEAST = 150  # pixels: of a map beside another


class Maps(Panel):
    """Two halves, each a map with its title, below a bar that sums up what differs. With one side
    alone there is but its map.

    ``active`` is the map of the side that everything else is about; what is done in the other one
    makes that active first.

    Signals:
        turned (): another map is active, or one came or went.
    """

    turned = Signal()

    def __init__(
        self, theme: Theme, scale: float, planners: tuple[Planner, Planner], state: AppState
    ) -> None:
        super().__init__(theme, scale)
        self._planners = planners
        self._keys: Sequence[QAction] = ()
        self._halves: list[_Half] = []
        self._row = QSplitter(Qt.Orientation.Horizontal)
        self._row.setHandleWidth(1)
        self._row.setChildrenCollapsible(False)
        self._bar = _Bar(theme, scale)
        self._bar.intent.connect(self.intent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        column.addWidget(self._row, 1)
        self._add()
        self._at = 0
        if state.beside is not None:
            self._add()
            self._at = 0 if state.beside.right else 1

    @property
    def active(self) -> Canvas:
        """The map of the active side."""
        return self._halves[self._at].canvas

    @property
    def other(self) -> Canvas | None:
        """The map of the other side, None if there is none."""
        return self._halves[1 - self._at].canvas if len(self._halves) == 2 else None

    def give_keys(self, keys: Sequence[QAction]) -> None:
        """What the map that has the keyboard can do."""
        self._keys = keys
        for half in self._halves:
            half.canvas.addActions(keys)

    @property
    def sights(self) -> list[Sight]:
        """What is in view in the active map, and in the other one if there is one."""
        maps = (self.active, self.other)
        return [canvas.outlook.sight for canvas in maps if canvas is not None]

    def restore(self, sights: Sequence[Sight]) -> None:
        """Show that again."""
        for canvas, sight in zip((self.active, self.other), sights, strict=False):
            if canvas is not None:
                canvas.outlook.restore(sight)

    def fit(self) -> None:
        """All of each side comes into view."""
        for half in self._halves:
            half.canvas.outlook.fit()

    def zoom_by(self, factor: float) -> None:
        """Zoom both sides, each around its middle."""
        for half in self._halves:
            half.canvas.outlook.zoom_by(factor)

    def render(self, old: AppState | None, new: AppState) -> None:
        """The active side, and the other one."""
        beside = new.beside
        both = beside is not None
        if both and len(self._halves) == 1:
            self._add()
            self._share()
            self.fit()
            self.turned.emit()
        at = 0 if beside is None or beside.right else 1
        if beside is None and len(self._halves) == 2:
            self._remove(1 - self._at)
            self._at = 0
            self.turned.emit()
        elif at != self._at:
            has_keys, self._at = self.active.hasFocus(), at
            self._settle(both)
            if has_keys:
                self.active.setFocus()
            self.turned.emit()
        self._settle(both)
        self._halves[self._at].render(new)
        if both and len(self._halves) == 2:
            self._halves[1 - self._at].render(new.other)
        self._bar.render(old, new)

    def _settle(self, both: bool) -> None:
        for half in self._halves:
            half.settle(both, half is self._halves[self._at])

    def _add(self) -> None:
        half = _Half(self.theme, self.scale, self._planners[len(self._halves)])
        canvas = half.canvas
        canvas.layers.glimpses.side = str(len(self._halves)) if self._halves else ""
        canvas.addActions(self._keys)
        canvas.intent.connect(lambda said, half=half: self._say(half, said))
        self._halves.append(half)
        self._row.addWidget(half)

    def _remove(self, at: int) -> None:
        """Take a half away; its planner goes to the next that comes."""
        half = self._halves.pop(at)
        half.canvas.planner.forget()
        if at == 0:
            self._planners = self._planners[1], self._planners[0]
        self._halves[0].canvas.layers.glimpses.side = ""
        half.setParent(None)
        half.deleteLater()

    def _share(self) -> None:
        wide = self._row.width() // 2
        self._row.setSizes([wide, wide])

    def _say(self, half: _Half, said: object) -> None:
        """What is wanted in a map, of which everything is to be about now."""
        if half is not self._halves[self._at] and not isinstance(said, intents.Look):
            self.intent.emit(intents.SwitchSides())
            if half is not self._halves[self._at]:
                return  # which could not be
            half.canvas.setFocus()
        self.intent.emit(said)


class _Half(QWidget):
    """A map below what it is of."""

    def __init__(self, theme: Theme, scale: float, planner: Planner) -> None:
        super().__init__()
        self.title = _Title(theme, scale)
        self.canvas = Canvas(theme, scale, planner=planner)
        self._least = self.canvas.minimumWidth()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.title)
        column.addWidget(self.canvas, 1)
        self.title.hide()

    def settle(self, both: bool, active: bool) -> None:
        """As one of two sides, or alone."""
        self.title.setVisible(both)
        self.title.light(active)
        self.canvas.setMinimumWidth(self.canvas.px(_LEAST) if both else self._least)
        policy = Qt.FocusPolicy.StrongFocus if active else Qt.FocusPolicy.NoFocus
        self.canvas.setFocusPolicy(policy)
        self.canvas.colouring.legend.aside = both and not active

    def render(self, state: AppState | None) -> None:
        """Show a side."""
        if state is not None:
            self.title.say(state)
            self.canvas.render(None, state)


class _Title(QWidget):
    """The name of a model, what it was given, and which weights it had."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme, self._scale = theme, scale
        self._active = False
        self._name = self._rest = ""
        self.setFixedHeight(round(_HIGH * scale))

    def say(self, state: AppState) -> None:
        """Of a side."""
        recording = state.recording
        rest = []
        if recording is not None:
            rest = [words_of(recording.input), weights_text(recording.weights)]
            if state.beside is not None and state.beside.lost:
                rest = rest[:1]
        self._name, self._rest = state.title, " · ".join(part for part in rest if part)
        whole = f"{self._name} · {self._rest}" if self._rest else self._name
        self.setToolTip(whole)
        self.setAccessibleName(whole)
        self.update()

    def light(self, active: bool) -> None:
        """Whether everything is about this side."""
        if active != self._active:
            self._active = active
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The name whole if it can be, the rest in what is left."""
        painter = QPainter(self)
        theme, scale = self._theme, self._scale
        painter.fillRect(self.rect(), theme.color("panel"))
        painter.fillRect(0, self.height() - 1, self.width(), 1, theme.color("line"))
        if self._active:
            high = round(2 * scale)
            foot = self.height() - high
            painter.fillRect(0, foot, self.width(), high, theme.color("accent"))
        left, room = round(12 * scale), self.width() - round(24 * scale)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        for text, weight, role in (
            (self._name, 600, "text" if self._active else "dim"), (self._rest, 400, "dim"),
        ):  # fmt: skip
            painter.setFont(font(scale, 10.0, weight))
            painter.setPen(theme.color(role))
            metrics = painter.fontMetrics()
            cut = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            painter.drawText(left, 0, room, self.height() - 1, middle, cut)
            used = metrics.horizontalAdvance(cut) + round(10 * scale)
            left, room = left + used, room - used
            if room < 24 * scale:
                break


class _Bar(Panel):
    """How many differences there are, which one is looked at, and the ways to the others."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self._told: tuple[object, ...] | None = None
        self._texts, self._name = ["", ""], ""  # the name is for the end of the last text
        self._state: AppState | None = None
        self._late = QTimer(self, singleShot=True, interval=PATIENCE)
        self._late.timeout.connect(self._sum_up)
        self.setFixedHeight(self.px(_HIGH))
        row = QHBoxLayout(self)
        row.setContentsMargins(self.px(8), 0, self.px(8), 0)
        row.setSpacing(self.px(4))
        self._back = self._button("‹", self.tr("Previous difference (Shift+F8)"), -1)
        self._next = self._button("›", self.tr("Next difference (F8)"), 1)
        self._label = QLabel()
        self._label.setObjectName("differences")
        self._label.setFont(font(scale, 10.0))
        self._label.setTextFormat(Qt.TextFormat.RichText)
        self._label.setMinimumWidth(1)
        switch = self._button("⇄", self.tr("Switch to the other side (X)"), intents.SwitchSides())
        end = self._button("✕", self.tr("Show one side alone (Shift+B)"), intents.EndBeside())
        row.addWidget(self._back)
        row.addWidget(self._next)
        row.addWidget(self._label, 1)
        row.addWidget(switch)
        row.addWidget(end)
        self.hide()

    def render(self, old: AppState | None, new: AppState) -> None:
        """Sum up."""
        beside, self._state = new.beside, new
        self.setVisible(beside is not None)
        if beside is None:
            self._told = None
            self._late.stop()
            return
        told = beside.comparison, beside.comparing, beside.at, beside.recording is new.recording
        if told == self._told:
            return
        self._told = told
        count = len(beside.comparison.differences) if beside.comparison is not None else 0
        for button in (self._back, self._next):
            button.setEnabled(count > 0)
        if beside.comparing is None or beside.comparing.failed:
            self._sum_up()
        elif not self._late.isActive():
            self._late.start()  # what is said now stays for as long, and mostly until it is there

    def _sum_up(self) -> None:
        self._late.stop()
        state = self._state
        if state is None or state.beside is None:
            return
        beside, comparison = state.beside, state.beside.comparison
        self._texts, self._name = self._say(beside, state.recording), ""
        self._label.setToolTip("")
        if comparison is not None and 0 <= beside.at < len(comparison.differences):
            sums, self._texts = self._texts[0], self._tell(state, comparison, beside.at)
            self._label.setToolTip(f"<qt>{self._texts[0]}<hr>{sums}</qt>")
        self._label.setAccessibleName(_plain(self._texts[0]))
        self._cut()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In short where there is no room."""
        super().resizeEvent(event)
        self._cut()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A ground like that of the other bars."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.theme.color("panel"))
        painter.fillRect(0, self.height() - 1, self.width(), 1, self.theme.color("line"))

    def _say(self, beside: Beside, recording: Recording | None) -> list[str]:
        """In full, and in short."""
        comparison = beside.comparison
        if beside.comparing is not None and beside.comparing.failed:
            return [self.tr("Not compared")] * 2
        if beside.comparing is not None and recording is not None:
            counts = [f"{len(one.events):,}" for one in (recording, beside.recording)]
            left, right = counts if beside.right else counts[::-1]
            said = self.tr("Comparing {left} with {right} ops…").format(left=left, right=right)
            return [said, self.tr("Comparing…")]
        if comparison is None:
            return [self.tr("Nothing to compare yet")] * 2
        if beside.recording is recording:
            said = self.tr(
                "The same pass on both sides: change the input, train, or open another model"
            )
            return [said, self.tr("The same pass on both sides")]
        count = len(comparison.differences)
        if not count:
            said = self.tr("No differences in the graph")
            size = self.tr("size of the input: {left} left, {right} right")
            sizes = (size.format(left=new, right=old) for old, new in comparison.resized)
            return [" · ".join([said, *sizes]), said]
        words: dict[Sort, Callable[[int], str]] = {
            "added": lambda n: self.tr("{count} added").format(count=f"{n:,}"),
            "removed": lambda n: self.tr("{count} removed").format(count=f"{n:,}"),
            "changed": lambda n: self.tr("{count} changed").format(count=f"{n:,}"),
        }
        sorts = [(sort, comparison.counts[sort]) for sort in SORTS if comparison.counts[sort]]
        long = [f"{self._sign(sort)} {words[sort](n)}" for sort, n in sorts]
        short = [f"{self._sign(sort)}{n:,}" for sort, n in sorts]
        return [" &nbsp;·&nbsp; ".join(long), " &nbsp;".join(short)]

    def _tell(self, state: AppState, comparison: Comparison, at: int) -> list[str]:
        """Which difference one is at, and what it is: in full, and shorter and shorter."""
        beside, recording = state.beside, state.recording
        assert beside is not None
        assert recording is not None
        one, count = comparison.differences[at], len(comparison.differences)
        passes = (beside.recording, recording) if beside.right else (recording, beside.recording)
        found = contrast(*passes, one)
        where = self.tr("{at} of {count}").format(at=f"{at + 1:,}", count=f"{count:,}")
        sign = f"{where}: &nbsp;{self._sign(one.sort)} "
        parts = [self._changed(change) for change in found.changes]
        if found.kind:
            ops = self.tr("{kind}, {count} ops").format(kind=found.kind, count=f"{found.ops:,}")
            parts = [found.kind if found.ops == 1 else ops]
        end = ".".join(found.name.split(".")[-2:])
        names = [f"{sign}<b>{escape(name)}</b>" for name in (found.name, end)]
        counts = (len(parts), 1)
        told = [f"{said} — {escape(', '.join(parts[:n]))}" for said in names for n in counts]
        self._name = end
        return [*(told if parts else ()), *names, sign]

    def _changed(self, change: Changed) -> str:
        """How something was and is."""
        what, *values = (
            QCoreApplication.translate(PHRASES, text)
            for text in (WORDS[change.what], change.old, change.new)
        )
        return "{} {} → {}".format(what, *values) if change.old else what

    def _sign(self, sort: Sort) -> str:
        return f'<b style="color:{sign_color(self.theme, sort).name()}">{SIGNS[sort]}</b>'

    def _cut(self) -> None:
        """The longest text that there is room for."""
        for text in self._texts:
            self._label.setText(text)
            left = self._label.width() - self._label.sizeHint().width()
            if left >= 0 and text:
                break
        else:
            return
        if self._name and text == self._texts[-1]:  # what is left is for the end of a name
            bold = QFontMetricsF(font(self.scale, 10.0, 700))
            name = bold.elidedText(self._name, Qt.TextElideMode.ElideMiddle, left - 4)
            self._label.setText(f"{text}<b>{escape(name)}</b>")

    def _button(self, text: str, tip: str, does: object) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setFixedSize(self.px(26), self.px(22))
        button.setStyleSheet("padding: 0;")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        said = intents.NextDifference(does) if isinstance(does, int) else does
        button.clicked.connect(lambda: self.intent.emit(said))
        return button


def _plain(text: str) -> str:
    """What a screen reader says of rich text."""
    said = QTextDocumentFragment.fromHtml(text).toPlainText()
    return " ".join(said.replace("\xa0", " ").split())
