"""The inspector: the op under the cursor, its formula and shapes, and the panes of its value."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from explorer.core.graph import Event, Recording, ancestry, closed_around, is_leaf, stops
from explorer.core.ops import formula, op
from explorer.gui.ahead import Ahead
from explorer.gui.banner import PHRASES
from explorer.gui.chips import Chips
from explorer.gui.cut import Cut
from explorer.gui.formula import Formula
from explorer.gui.map.ending import said_of_ending
from explorer.gui.panel import Panel
from explorer.gui.panes.attention import AttentionPane
from explorer.gui.panes.bars import VectorPane
from explorer.gui.panes.convolution import ConvolutionPane
from explorer.gui.panes.distribution import DistributionPane, Summary
from explorer.gui.panes.embedding import EmbeddingPane
from explorer.gui.panes.features import FeaturesPane
from explorer.gui.panes.lens import LensPane
from explorer.gui.panes.neurons import NeuronsPane
from explorer.gui.panes.pane import Pane
from explorer.gui.panes.prediction import PredictionPane
from explorer.gui.panes.recurrent import RecurrentPane
from explorer.gui.panes.values import ValuesPane
from explorer.gui.tabs import Tabs
from explorer.gui.theme import Theme, font, mono
from explorer.picture.numbers import bytes_text, seconds_text, shape_text
from explorer.picture.readout import chosen_of, panes_for
from explorer.session import intents
from explorer.session.state import AppState

# pixels of height at scale 1
_ROOM_FOR_STATISTICS = 600
_ROOM_FOR_HISTOGRAM = 820
_COMING = 12  # ops whose formulas are typeset ahead
_PATIENCE = 300  # milliseconds: a quicker answer needs no word


class Waiting(QLabel):
    """A veil over numbers that are not those of the title, and what it waits for."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        ground = theme.color("panel", 0.86)
        self.setStyleSheet(
            f"background: rgba({ground.red()}, {ground.green()}, {ground.blue()},"
            f" {ground.alpha()}); color: {theme.dim};"
        )
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.hide()


def _translated(text: str) -> str:
    return QCoreApplication.translate(PHRASES, text)


def _formula(recording: Recording, event: Event) -> str:
    kinds = [recording.values[at].kind for at in event.inputs]
    return formula(event.op, kinds, _translated, event.detail)


class Inspector(Panel):
    """Everything about the event under the cursor; one pane at a time asks for numbers."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self.setObjectName("inspector")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet(f"#inspector {{ background: {theme.panel}; }}")
        lay = QVBoxLayout(self)
        lay.setContentsMargins(self.px(16), self.px(12), self.px(16), self.px(12))
        lay.setSpacing(self.px(7))
        head = QHBoxLayout()
        self._title = QLabel()
        self._title.setFont(font(scale, 15, 700))
        self._path = ""
        self._said: list[str] = []  # the facts, the file and line at the end
        self._in = ""  # the file and line, if known
        self._module = QLabel()
        self._module.setStyleSheet(f"color: {theme.dim}; font-size: {10 * scale:.2f}pt;")
        self._module.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._step = QLabel()
        self._step.setStyleSheet(
            f"border: 1px solid {theme.line}; border-radius: {self.px(10)}px; padding: 2px 8px;"
            f" color: {theme.dim};"
        )
        head.addWidget(self._title)
        head.addWidget(self._module, 1)
        head.addWidget(self._step)
        lay.addLayout(head)
        self._formula = Formula(theme, scale)
        self._note = Cut(Qt.TextElideMode.ElideRight)
        self._note.setFont(font(scale, 9.5))
        self._opens = self.tr("made of smaller ops, Ctrl+→ opens it")
        self._note.setText(self._opens)  # of all notes, that in the highest script
        self._note.setFixedHeight(self._note.sizeHint().height())
        self._facts = QLabel()
        self._facts.setFont(mono(scale, 9))
        self._facts.setWordWrap(True)
        self._facts.setTextFormat(Qt.TextFormat.PlainText)
        about = QVBoxLayout()
        about.setSpacing(self.px(3))
        about.addWidget(self._formula)
        for label in (self._note, self._facts):
            label.setStyleSheet(f"color: {theme.dim};")
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            about.addWidget(label)
        lay.addLayout(about)
        self._ending = QLabel()
        self._ending.setObjectName("ending")
        self._ending.setFont(font(scale, 9.5))
        self._ending.setWordWrap(True)
        self._ending.setTextFormat(Qt.TextFormat.PlainText)
        self._ending.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._ending.setStyleSheet(
            f"#ending {{ background: {theme.bad_panel}; border: 1px solid {theme.bad};"
            f" border-radius: 6px; padding: {self.px(6)}px {self.px(9)}px; }}"
        )
        self._ending.hide()
        lay.addWidget(self._ending)
        self.chips = Chips(theme, scale)
        self.chips.chosen.connect(lambda index: self.intent.emit(intents.SelectOutput(index)))
        lay.addWidget(self.chips)

        names = {
            "attention": self.tr("Attention"), "prediction": self.tr("Prediction"),
            "features": self.tr("Features"), "convolution": self.tr("Convolution"),
            "lens": self.tr("Lens"), "neurons": self.tr("Neurons"),
            "vector": self.tr("Bars"), "values": self.tr("Values"),
            "embedding": self.tr("Embedding"), "distribution": self.tr("Distribution"),
            "recurrent": self.tr("Recurrent"),
        }  # fmt: skip
        self.panes: dict[str, Pane] = {
            pane.name: pane
            for pane in (
                AttentionPane(theme, scale), PredictionPane(theme, scale), LensPane(theme, scale),
                FeaturesPane(theme, scale), ConvolutionPane(theme, scale),
                NeuronsPane(theme, scale), RecurrentPane(theme, scale),
                VectorPane(theme, scale), EmbeddingPane(theme, scale),
                ValuesPane(theme, scale), DistributionPane(theme, scale),
            )
        }  # fmt: skip
        self._tabs = Tabs(theme, scale, {name: names[name] for name in self.panes})
        self._tabs.picked.connect(lambda name: self.intent.emit(intents.ChoosePane(name)))
        lay.addWidget(self._tabs)
        self._stack = QStackedWidget()
        for pane in self.panes.values():
            pane.intent.connect(self.intent)
            self._stack.addWidget(pane)
        lay.addWidget(self._stack, 1)
        self._nothing = QLabel(self.tr("This value holds no numbers."))
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack.addWidget(self._nothing)
        self.summary = Summary(theme, scale)
        self.summary.intent.connect(self.intent)
        self.summary.hide()
        lay.addWidget(self.summary)
        self._state: AppState | None = None
        self.waiting = Waiting(theme, self)
        self._blank = QWidget(self)  # over everything while there is nothing to tell
        self._blank.setObjectName("blank")
        self._blank.setStyleSheet(f"#blank {{ background: {theme.panel}; }}")
        self._blank.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._blank.hide()
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(_PATIENCE)
        self._late.timeout.connect(self._say_waiting)
        self._ahead = Ahead(self, self._pane_of)
        self._ahead.intent.connect(self.intent)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The summary is for those who have the room."""
        super().resizeEvent(event)
        self._blank.setGeometry(self.rect())
        self._fit_words()
        self.chips.place(
            self.height() < self.px(_ROOM_FOR_STATISTICS),
            ample=self.height() >= self.px(_ROOM_FOR_HISTOGRAM),
        )
        self._show_summary()
        if self.waiting.isVisible():
            self._say_waiting()

    def render(self, old: AppState | None, new: AppState) -> None:
        """Words where the cursor or the value moved; then the pane."""
        empty = new.recording is None or not new.recording.events
        self._blank.setVisible(empty)
        if new.tab != "forward" or new.recording is None or empty:
            if empty:
                self._late.stop()
                self.waiting.hide()
            return
        moved = (
            old is None
            or old.recording is not new.recording
            or old.cursor != new.cursor
            or old.value != new.value
            or old.open != new.open
            or old.tab != new.tab
        )
        if moved:
            self._say(new, new.recording)
            self._make_room()
        self._show_pane(old, new, moved)
        self._state = new
        self._watch()

    def turn(self, by: int) -> None:
        """The next picture of the value, or the one before."""
        there, chosen = self._tabs.there, self._tabs.chosen
        if chosen:
            at = there.index(chosen)
            self.intent.emit(intents.ChoosePane(there[(at + by) % len(there)]))

    def _make_room(self) -> None:
        """Give the pane the room that the words leave it, on which depends what it asks for, before
        it asks for what is shown now: for what it showed before it need not ask anew."""
        layout, pane = self.layout(), self._stack.currentWidget()
        if layout is None or not self.isVisible() or not isinstance(pane, Pane):
            return
        pane.asks = False
        layout.activate()
        pane.asks = True

    def choose_pointed(self) -> bool:
        """Tell of the number under the mouse, if it is in the picture of the value."""
        pane = self._stack.currentWidget()
        return isinstance(pane, Pane) and pane.isVisible() and pane.choose_pointed()

    def _say(self, state: AppState, recording: Recording) -> None:
        event = recording.events[state.cursor]
        closed = closed_around(recording, state.cursor, state.open)
        if closed is not None and is_leaf(recording.calls[closed]):
            closed = None  # a layer of one op is that op
        call = recording.calls[event.call if closed is None else closed]
        if closed is None:
            self._title.setText(op(event.op).name)
            said = _formula(recording, event)
            notes = [note for note in (event.opens and self._opens, event.detail) if note]
            seconds = event.seconds
            source = event.source
        else:
            inside = recording.events[call.first : call.last + 1]
            self._title.setText(call.kind)
            said = self.tr("{count} ops inside, Ctrl+→ steps into it").format(count=len(inside))
            notes = []
            if call.opened and call.detail:  # the formula of a part
                said, notes = call.detail, [said]
            seconds = sum(e.seconds for e in inside)
            source = ""
        self._path = f"{call.module}#{call.number}" if call.number else call.module
        parts = [
            op(recording.calls[around].kind).label
            for around in ancestry(recording, call.index)
            if recording.calls[around].opened and (closed is None or around != call.index)
        ]  # inside of a fused op, or in one of its parts
        self._path = " · ".join([self._path, *parts]).removeprefix(" · ")
        self._module.setToolTip(f"{event.id}\n{call.kind}")
        coming = recording.events[state.cursor + 1 : state.cursor + 1 + _COMING]
        self._formula.say(said, [_formula(recording, one) for one in coming])
        self._note.show_text(" · ".join(notes))
        places = stops(recording, state.open)
        at = places.index(state.cursor) + 1 if state.cursor in places else state.cursor + 1
        count = f"{len(places):,}"
        self._step.setText(self.tr("step {at} / {count}").format(at=f"{at:,}", count=count))
        facts = []
        if state.value is not None:
            value = recording.values[state.value]
            facts.append(f"{shape_text(value.shape, value.axes)} {value.dtype}")
            facts.append(bytes_text(value.bytes))
            if state.value in event.outputs:  # the time was spent on these
                facts.append(seconds_text(seconds))
        if source:
            facts.append(source.replace("\\", "/").rpartition("/")[2])
        self._said = facts
        self._in = facts[-1] if source else ""
        self._facts.setToolTip("\n".join([*facts[:-1], source] if source else facts))
        self._fit_words()
        at_end = state.cursor == len(recording.events) - 1
        self._ending.setText(said_of_ending(recording) if at_end else "")
        self._ending.setVisible(bool(self._ending.text()))
        inputs = () if closed is not None else event.inputs
        self.chips.show_values(recording, state.cursor, inputs, state.value)

    def _fit_words(self) -> None:
        """A long path loses its middle, not its end; as many facts as a line holds, and always
        the file and line."""
        taken = self._title.sizeHint().width() + self._step.sizeHint().width() + self.px(48)
        room = max(0, self.width() - taken)
        path = self._module.fontMetrics().elidedText(self._path, Qt.TextElideMode.ElideMiddle, room)
        self._module.setText(path)
        metrics, room = self._facts.fontMetrics(), self.width() - self.px(34)

        def fits(facts: list[str]) -> bool:
            return metrics.horizontalAdvance(" · ".join(facts)) <= room

        shown = list(self._said)
        kept = 2 if self._in else 1  # what it is, and where it is written
        while len(shown) > kept and not fits(shown):
            del shown[-kept]  # the time, then the memory

        def cut(fact: str) -> str:
            return metrics.elidedText(fact, Qt.TextElideMode.ElideMiddle, room)

        if fits(shown) or not self._in:
            self._facts.setText(cut(" · ".join(shown)))
            return
        rest = [cut(self._in)]
        for fact in self._said[1:-1]:  # in a second line there is room for these again
            rest[-1:] = [fact, rest[-1]] if fits([*rest[:-1], fact, rest[-1]]) else [rest[-1]]
        self._facts.setText(f"{cut(self._said[0])}\n{' · '.join(rest)}")

    def _show_pane(self, old: AppState | None, new: AppState, moved: bool) -> None:
        if new.value is None or new.recording is None:
            self._stack.setCurrentWidget(self._nothing)
            return
        fitting = panes_for(new.recording, new.value)
        if moved:
            self._tabs.offer(fitting)
        if not fitting:
            self._stack.setCurrentWidget(self._nothing)
            return
        chosen = chosen_of(fitting, new.pane)
        self._tabs.choose(chosen)
        pane = self.panes[chosen]
        if self._stack.currentWidget() is not pane:
            pane.forget()
            pane.asks = False  # of what it showed last, a pass that may be gone
            self._stack.setCurrentWidget(pane)
            pane.asks = True
            old = None
        pane.render(old, new)
        self._show_summary()

    def _show_summary(self) -> None:
        """Statistics below the pane, once its own numbers are there: they may take longer."""
        pane = self._stack.currentWidget()
        fits = self.height() >= self.px(_ROOM_FOR_STATISTICS)
        suits = isinstance(pane, Pane) and not isinstance(pane, DistributionPane)
        self.summary.histogram.setVisible(self.height() >= self.px(_ROOM_FOR_HISTOGRAM))
        if not (fits and suits):
            self.summary.hide()
            self.summary.forget()
        elif isinstance(pane, Pane) and pane.state is not None and pane.up_to_date:
            self.summary.render(None, pane.state)
            self.summary.show()

    def _pane_of(self, state: AppState) -> Pane | None:
        """The pane that would show the value of a state, if it is the one on screen."""
        if state.recording is None or state.value is None or not self.isVisible():
            return None
        fitting = panes_for(state.recording, state.value)
        pane = self.panes[chosen_of(fitting, state.pane)] if fitting else None
        return pane if pane is self._stack.currentWidget() else None

    # ------------------------------------------------------------------ waiting

    def awaits_numbers(self) -> bool:
        """Whether the pane on screen shows other numbers than those it asked for last."""
        pane = self._stack.currentWidget()
        ready = self._state is not None and self._state.engine.status == "ready"
        return ready and self.isVisible() and isinstance(pane, Pane) and not pane.up_to_date

    def _watch(self) -> None:
        """Numbers that are not the title's may stand for a moment, and no longer."""
        pane = self._stack.currentWidget()
        ready = self._state is not None and self._state.engine.status == "ready"
        shown = isinstance(pane, Pane) and ready and pane.up_to_date
        if self._state is not None:
            self._ahead.see(self._state, shown)
        if (shown and self._summed_up()) or not isinstance(pane, Pane):
            self._late.stop()
            self.waiting.hide()
        elif self.waiting.isVisible():
            self._say_waiting()  # for something else by now
        elif not self._late.isActive():
            self._late.start()

    def _summed_up(self) -> bool:
        """Whether the statistics below the pane, if any, are those of its value."""
        return not self.summary.isVisible() or self.summary.up_to_date

    def _say_waiting(self) -> None:
        state = self._state
        if state is None or state.recording is None or state.value is None:
            return
        if state.engine.status == "starting":
            text = self.tr("Waiting for the engine to start …")
        elif state.engine.status == "lost":
            text = self.tr("The engine has stopped: there are no numbers to show.")
        else:
            failed = state.settled and not self.summary.asks  # nothing is on its way any more
            text = (
                self.tr("There are no numbers of {value} to show.")
                if failed
                else self.tr("Waiting for the numbers of {value} …")
            ).format(value=state.recording.values[state.value].name)
        self.waiting.setText(text)
        pane = self._stack.currentWidget()
        area = self._stack.geometry()
        if state.engine.status == "ready" and isinstance(pane, Pane) and pane.up_to_date:
            area = self.summary.geometry()  # only the statistics are late
        elif self.summary.isVisible():
            area = area.united(self.summary.geometry())
        self.waiting.setGeometry(area)
        self.waiting.raise_()
        self.waiting.show()
