"""`WritingStrip`: draws tokens, and shows them over the step bar."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QWidget,
)

from explorer.core.generation import LARGEST_SEED, predicts_tokens, then_of
from explorer.gui.panel import Panel
from explorer.gui.panes.sampling import SamplingPopup, sampling_text
from explorer.gui.theme import Theme, font
from explorer.gui.writing.line import TokenLine
from explorer.session import intents
from explorer.session.state import AppState

_BAR = 12  # pixels of the bar below where there are many
_MOST = 10_000  # tokens in a row


class WritingPopup(SamplingPopup):
    """How tokens are drawn, by which random numbers, and how many in a row.

    Signals:
        wanted (int, int): the seed and the number of tokens.
    """

    wanted = Signal(int, int)

    def __init__(self, theme: Theme, scale: float, parent: QWidget) -> None:
        super().__init__(theme, scale, parent)
        grid = QGridLayout()
        self.lay.addLayout(grid)
        self.seed, self.most = QSpinBox(), QSpinBox()
        self.seed.setRange(0, LARGEST_SEED)
        self.most.setRange(1, _MOST)
        for row, (field, name, tip) in enumerate(
            (
                (self.seed, self.tr("seed"), self.tr("The same seed draws the same text")),
                (self.most, self.tr("tokens in a row"), self.tr("How many ▶ draws")),
            )
        ):
            label = QLabel(name)
            for part in (label, field):
                part.setToolTip(tip)
            field.setAccessibleName(name)
            field.setKeyboardTracking(False)
            field.valueChanged.connect(self._set)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)

    def show_wanted(self, seed: int, most: int) -> None:
        """Show what is wanted."""
        for field, number in ((self.seed, seed), (self.most, most)):
            field.blockSignals(True)
            field.setValue(number)
            field.blockSignals(False)

    def _set(self) -> None:
        self.wanted.emit(self.seed.value(), self.most.value())


class WritingStrip(Panel):
    """Hidden where the pass does not predict tokens that come next."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self.setObjectName("writing")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet(
            f"#writing {{ background: {theme.panel}; border-top: 1px solid {theme.line}; }}"
            " #writing QScrollArea, #writing QScrollArea > QWidget > QWidget"
            " { background: transparent; }"
        )
        self._state: AppState | None = None
        self._shown: tuple[object, ...] = (None,) * 4  # what it was made of
        row = QHBoxLayout(self)
        row.setContentsMargins(self.px(14), self.px(5), self.px(14), self.px(5))
        row.setSpacing(self.px(7))
        self.one = self._button(self.tr("Generate"), self.tr("Draw the next token (T)"))
        self.one.setProperty("primary", True)
        self.one.clicked.connect(lambda: self.intent.emit(intents.Generate()))
        self.many = self._button("▶", "")
        self.many.clicked.connect(lambda: self.intent.emit(intents.TogglePlayTokens()))
        self.how = self._button("", self.tr("How tokens are drawn, and how many"))
        self.popup = WritingPopup(theme, scale, self)
        self.popup.changed.connect(lambda one: self.intent.emit(intents.SetSampling(one)))
        self.popup.wanted.connect(lambda *two: self.intent.emit(intents.SetWriting(*two)))
        self.how.clicked.connect(lambda: self.popup.open_at(self.how))
        self.line = TokenLine(theme, scale)
        self.line.chosen.connect(lambda at: self.intent.emit(intents.ShowToken(at)))
        self.line.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.line.customContextMenuRequested.connect(self._open_menu)
        self._area = _Area()
        self._area.setWidget(self.line)
        self._high = self.line.sizeHint().height() + 2
        self._area.setFixedHeight(self._high)
        self._area.horizontalScrollBar().rangeChanged.connect(self._fit_bar)
        self.note = QLabel()
        self.note.setFont(font(scale, 9.5))
        self.note.setStyleSheet(f"color: {theme.dim};")
        tip = self.tr("Draw this token again, by the next seed, and drop those after it")
        self.again = self._button("↻", tip)
        self.again.clicked.connect(lambda: self.intent.emit(intents.WriteAgain()))
        self.away = self._button("✕", self.tr("Drop what was drawn: back to the prompt"))
        self.away.clicked.connect(lambda: self.intent.emit(intents.EndWriting()))
        for button in (self.many, self.again, self.away):
            button.setStyleSheet(f"padding-left: {self.px(8)}px; padding-right: {self.px(8)}px;")
        for part in (self.one, self.many, self.how):
            row.addWidget(part)
        row.addWidget(self._area, 1)
        for behind in (self.note, self.again, self.away):
            row.addWidget(behind)
        self.hide()

    def render(self, old: AppState | None, new: AppState) -> None:
        """The buttons, and the tokens."""
        self._state, recording, writing = new, new.recording, new.writing
        if (
            recording is None
            or new.tab != "forward"
            or not (writing.tokens or (predicts_tokens(recording) and not new.looks_ahead))
        ):
            self.hide()
            return
        self.show()
        shown = (recording, writing, new.sampling, new.engine)
        if all(one is other for one, other in zip(shown, self._shown, strict=True)):
            return
        self._shown = shown
        count = len(writing.tokens)
        at = min(len(then_of(recording.input)), count)  # those of the pass may be dropped already
        ready = new.engine.status == "ready"
        self.one.setEnabled(ready and not writing.left)
        self.many.setEnabled(ready)
        self.many.setText("❚❚" if writing.left else f"▶ {writing.most}")
        tip = (
            self.tr("Stop (Shift+T)")
            if writing.left
            else self.tr("Draw {count} tokens in a row, or until the text is over (Shift+T)")
        ).format(count=writing.most)
        self.many.setToolTip(tip)
        self.many.setAccessibleName(tip)
        seed = self.tr("seed {seed}").format(seed=writing.seed)
        self.how.setText(f"{sampling_text(new.sampling)} · {seed} ▾")
        self.popup.show_sampling(new.sampling)
        self.popup.show_wanted(writing.seed, writing.most)
        self.again.setVisible(count > 0)
        self.again.setEnabled(ready and at < count and not writing.left)
        self.away.setVisible(count > 0)
        read = recording.labels.get("T", ())
        prompt = writing.read if count else read
        outside = max(0, len(prompt) + at - len(read))
        self.line.show_tokens(prompt, writing.tokens, at, outside, writing.left > 0)
        note = self.tr("reads the last {count}").format(count=f"{len(read):,}")
        self.note.setText(note if outside else "")
        tip = self.tr("{count} tokens are read at once: the window goes on with the text.")
        self.note.setToolTip(tip.format(count=f"{len(read):,}"))
        self.note.setVisible(bool(outside))
        self._see()

    def _button(self, text: str, tip: str) -> QPushButton:
        made = QPushButton(text)
        made.setFont(font(self.scale, 10))
        made.setToolTip(tip)
        made.setAccessibleName(tip)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return made

    def _see(self) -> None:
        """Scroll to the token of the pass on screen."""
        place = self.line.shown
        self._area.ensureVisible(round(place.center().x()), 0, self.px(60), 0)

    def _fit_bar(self, _: int, most: int) -> None:
        self._area.setFixedHeight(self._high + (self.px(_BAR) if most else 0))
        if most:
            self._see()

    def _open_menu(self, at: QPoint) -> None:
        """The text as it is written."""
        state = self._state
        if state is None or not state.writing.tokens:
            return
        written = state.writing.text
        menu = QMenu(self)
        menu.addAction(
            self.tr("Copy what was written"), lambda: QGuiApplication.clipboard().setText(written)
        )
        menu.popup(self.line.mapToGlobal(at))


class _Area(QScrollArea):
    """Scrolled sideways by any wheel."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Up and down is left and right."""
        turn = event.angleDelta()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - (turn.y() or turn.x()))
        event.accept()
