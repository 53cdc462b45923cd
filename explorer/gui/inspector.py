"""The inspector: the op under the cursor, its formula and shapes, and the panes of its value."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from explorer.core.graph import Recording, closed_around, stops
from explorer.core.ops import op
from explorer.gui.panel import Panel
from explorer.gui.panes.attention import AttentionPane
from explorer.gui.panes.bars import PredictionPane, VectorPane
from explorer.gui.panes.distribution import DistributionPane, Summary
from explorer.gui.panes.features import FeaturesPane
from explorer.gui.panes.pane import Pane
from explorer.gui.panes.values import ValuesPane
from explorer.gui.theme import Theme, font, mono
from explorer.picture.numbers import bytes_text, seconds_text, shape_text
from explorer.picture.readout import panes_for
from explorer.session import intents
from explorer.session.state import AppState

_ROOM_FOR_SUMMARY = 780  # pixels of height at scale 1


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
        self._module = QLabel()
        self._module.setStyleSheet(f"color: {theme.dim};")
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
        self._formula = QLabel()
        self._formula.setFont(mono(scale, 11))
        self._formula.setWordWrap(True)
        self._facts = QLabel()
        self._facts.setFont(mono(scale, 10))
        self._facts.setWordWrap(True)
        self._facts.setStyleSheet(f"color: {theme.dim};")
        for label in (self._formula, self._facts):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            lay.addWidget(label)
        self._values = QWidget()
        self._values_lay = QVBoxLayout(self._values)
        self._values_lay.setContentsMargins(0, 0, 0, 0)
        self._values_lay.setSpacing(self.px(3))
        lay.addWidget(self._values)

        names = {
            "attention": self.tr("Attention"), "prediction": self.tr("Prediction"),
            "features": self.tr("Features"), "vector": self.tr("Bars"),
            "values": self.tr("Values"), "distribution": self.tr("Distribution"),
        }  # fmt: skip
        self.panes: dict[str, Pane] = {
            pane.name: pane
            for pane in (
                AttentionPane(theme, scale), PredictionPane(theme, scale),
                FeaturesPane(theme, scale), VectorPane(theme, scale), ValuesPane(theme, scale),
                DistributionPane(theme, scale),
            )
        }  # fmt: skip
        tabs = QWidget()
        tabs.setObjectName("panes")
        tabs.setStyleSheet(
            f"#panes {{ background: {theme.raised}; border: 1px solid {theme.line};"
            f" border-radius: 8px; }}"
            f"#panes QPushButton {{ background: transparent; border: 1px solid transparent;"
            f" padding: 4px 10px; color: {theme.dim}; }}"
            f"#panes QPushButton:focus {{ border-color: {theme.accent}; }}"
            f"#panes QPushButton:checked {{ background: {theme.accent};"
            f" color: {theme.accent_text}; }}"
        )
        row = QHBoxLayout(tabs)
        row.setContentsMargins(3, 3, 3, 3)
        row.setSpacing(2)
        self._group = QButtonGroup(self)
        self._tabs: dict[str, QPushButton] = {}
        self._stack = QStackedWidget()
        for name, pane in self.panes.items():
            button = QPushButton(names[name])
            button.setObjectName(f"pane-{name}")
            button.setCheckable(True)
            button.clicked.connect(
                lambda _=False, name=name: self.intent.emit(intents.ChoosePane(name))
            )
            self._group.addButton(button)
            self._tabs[name] = button
            row.addWidget(button)
            pane.intent.connect(self.intent)
            self._stack.addWidget(pane)
        row.addStretch(1)
        lay.addWidget(tabs)
        lay.addWidget(self._stack, 1)
        self._nothing = QLabel(self.tr("This value holds no numbers."))
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack.addWidget(self._nothing)
        self.summary = Summary(theme, scale)
        self.summary.intent.connect(self.intent)
        self.summary.hide()
        lay.addWidget(self.summary)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The summary is for those who have the room."""
        super().resizeEvent(event)
        self._show_summary()

    def render(self, old: AppState | None, new: AppState) -> None:
        """Words where the cursor or the value moved; then the pane."""
        if new.tab != "forward" or new.recording is None or not new.recording.events:
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
        self._show_pane(old, new, moved)

    def _say(self, state: AppState, recording: Recording) -> None:
        event = recording.events[state.cursor]
        known = op(event.op)
        closed = closed_around(recording, state.cursor, state.open)
        call = recording.calls[event.call if closed is None else closed]
        if closed is None:
            self._title.setText(known.label)
            formula = known.formula + (f"    {event.detail}" if event.detail else "")
            seconds = event.seconds
            source = event.source
        else:
            inside = recording.events[call.first : call.last + 1]
            self._title.setText(call.name)
            formula = self.tr("{kind}: {count} ops inside, Ctrl+→ steps into it").format(
                kind=call.kind, count=len(inside)
            )
            seconds = sum(e.seconds for e in inside)
            source = ""
        self._module.setText(call.module)
        self._module.setToolTip(f"{event.id}\n{call.kind}")
        self._formula.setText(formula)
        places = stops(recording, state.open)
        at = places.index(state.cursor) + 1 if state.cursor in places else state.cursor + 1
        self._step.setText(self.tr("step {at} / {count}").format(at=at, count=len(places)))
        facts = ""
        if state.value is not None:
            value = recording.values[state.value]
            facts = (
                f"{shape_text(value.shape, value.axes)} {value.dtype} · {bytes_text(value.bytes)}"
            )
            if state.value in event.outputs:  # the time was spent on these
                facts = f"{facts} · {seconds_text(seconds)}"
        where = source.replace("\\", "/").rpartition("/")[2]  # the folder is in the tip
        self._facts.setText(f"{facts} · {where}" if where else facts)
        self._facts.setToolTip(source)
        self._say_values(state, recording, () if closed is not None else event.inputs)

    def _say_values(self, state: AppState, recording: Recording, inputs: tuple[int, ...]) -> None:
        while (item := self._values_lay.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        event = recording.events[state.cursor]
        several = len(event.outputs) > 1
        rows = [("→", index) for index in event.outputs] if inputs or several else []
        for mark, index in [*(("←", i) for i in dict.fromkeys(inputs)), *rows][:7]:
            value = recording.values[index]
            short = value.name if value.kind == "activation" else f"{value.name} ({value.kind})"
            chip = QPushButton(f"{mark}  {short}  {'×'.join(map(str, value.shape)) or '·'}")
            chip.setObjectName("value")
            chip.setCheckable(True)
            chip.setChecked(index == state.value)
            chip.setFont(mono(self.scale, 9))
            chip.setToolTip(
                f"{value.name}\n{shape_text(value.shape, value.axes)} {value.dtype}, {value.device}"
            )
            chip.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            chip.setStyleSheet(
                f"QPushButton {{ text-align: left; padding: 1px 8px; color: {self.theme.dim};"
                f" background: transparent; border-color: transparent; }}"
                f"QPushButton:hover {{ border-color: {self.theme.line}; }}"
                f"QPushButton:checked {{ color: {self.theme.text}; background: {self.theme.raised};"
                f" border-color: {self.theme.line}; }}"
                f"QPushButton:focus {{ border-color: {self.theme.accent}; }}"
            )
            chip.clicked.connect(
                lambda _=False, index=index: self.intent.emit(intents.SelectOutput(index))
            )
            self._values_lay.addWidget(chip)

    def _show_pane(self, old: AppState | None, new: AppState, moved: bool) -> None:
        if new.value is None or new.recording is None:
            self._stack.setCurrentWidget(self._nothing)
            return
        fitting = panes_for(new.recording, new.value)
        if moved:
            for name, tab in self._tabs.items():
                tab.setVisible(name in fitting)
        if not fitting:
            self._stack.setCurrentWidget(self._nothing)
            return
        chosen = new.pane if new.pane in fitting else fitting[0]
        self._tabs[chosen].setChecked(True)
        pane = self.panes[chosen]
        if self._stack.currentWidget() is not pane:
            pane.forget()
            self._stack.setCurrentWidget(pane)
            old = None
        pane.render(old, new)
        self._show_summary()

    def _show_summary(self) -> None:
        """Statistics below the pane, once its own numbers are there: they may take longer."""
        pane = self._stack.currentWidget()
        fits = self.height() >= self.px(_ROOM_FOR_SUMMARY)
        suits = isinstance(pane, Pane) and not isinstance(pane, DistributionPane)
        if not (fits and suits):
            self.summary.hide()
            self.summary.forget()
        elif isinstance(pane, Pane) and pane.state is not None and pane.up_to_date:
            self.summary.render(None, pane.state)
            self.summary.show()
