"""The drawer below the map: how one number came to be."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.core.explanation import Cell, Explanation, written
from explorer.core.graph import Recording
from explorer.core.values import View
from explorer.gui.banner import PHRASES
from explorer.gui.cut import Cut
from explorer.gui.derivation.origins import Origins
from explorer.gui.derivation.terms import Terms
from explorer.gui.derivation.whole import WholePass
from explorer.gui.formula import Formula
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme, font, mono
from explorer.picture.derivation import (
    cell_name,
    chance_name,
    origins,
    places,
    quantity_line,
    summands,
    value_name,
)
from explorer.picture.numbers import percent_text
from explorer.session import intents
from explorer.session.state import Address, AppState, Derivation

ORIGIN = "origin/"  # begins the names under which pictures of origins are asked for
_COUNT = 3  # origins
_HIGH = 236  # pixels at scale 1
_MOST = 0.62  # of the width, for terms that need so much


class DerivationDrawer(Panel):
    """Formula, numbers, terms and origins of the cell that was chosen, or of the one under the
    mouse; and the way from one cell to the next."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self.setObjectName("derivation")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet(
            f"#derivation {{ background: {theme.panel}; border-top: 1px solid {theme.line}; }}"
            f"#derivation QScrollArea, #words {{ background: transparent; }}"
        )
        whole = QVBoxLayout(self)
        whole.setContentsMargins(self.px(14), self.px(8), self.px(10), self.px(8))
        whole.setSpacing(self.px(6))
        head = QHBoxLayout()
        head.setSpacing(self.px(4))
        self._trail = QHBoxLayout()
        self._trail.setSpacing(self.px(2))
        head.addLayout(self._trail)
        self._glance, self._kept = QLabel(), Cut()
        self._glance.setFont(font(scale, 10, 700))
        self._kept.setFont(font(scale, 9.5))
        self._glance.setStyleSheet(f"color: {theme.text}; padding: 1px {self.px(4)}px;")
        self._kept.setStyleSheet(f"color: {theme.dim}; padding: 1px {self.px(8)}px;")
        self._glance.setTextFormat(Qt.TextFormat.PlainText)
        head.addWidget(self._glance)
        head.addWidget(self._kept, 1)
        head.addStretch(0)  # where nothing else stretches
        close = QToolButton()
        close.setText("✕")
        close.setObjectName("end-derivation")
        close.setStyleSheet(
            "QToolButton { border: none; background: transparent; padding: 2px 6px; }"
        )
        close.setToolTip(self.tr("Close (Esc)"))
        close.setAccessibleName(self.tr("Close"))
        close.clicked.connect(lambda: self.intent.emit(intents.EndDerivation()))
        head.addWidget(close)
        whole.addLayout(head)
        self.whole_pass = WholePass(theme, scale)
        self.whole_pass.intent.connect(self.intent)
        whole.addWidget(self.whole_pass)
        body = QHBoxLayout()
        body.setSpacing(self.px(18))
        body.addWidget(self._make_words(), 9)
        self.terms = Terms(theme, scale)
        self.terms.walked.connect(self._walk)
        self.terms.opened.connect(lambda event: self.intent.emit(intents.OpenEvent(event)))
        body.addWidget(self.terms, 19)
        self.origins = Origins(theme, scale, _COUNT)
        for one in self.origins.all:
            one.walked.connect(self._walk_to)
        body.addWidget(self.origins, 8)
        whole.addLayout(body, 1)
        self.setMinimumHeight(self.px(170))
        self._told: Explanation | None = None
        self._now: Derivation | None = None
        self._asked: dict[str, View] = {}  # by origin, what was asked for last
        self.hide()

    @property
    def high(self) -> int:
        """Pixels that it would like to have."""
        return self.px(_HIGH)

    def render(self, old: AppState | None, new: AppState) -> None:
        """The words of another explanation; the pictures when they come."""
        now, recording = new.derivation, new.recording
        self._now = now
        shown = now.pinned is not None and new.tab != "training" and recording is not None
        self.setVisible(shown)
        if not shown or old is None or old.recording is not recording:
            self._asked.clear()  # what came for it may be forgotten
        if not shown or recording is None:
            self._told = None
            return
        self.whole_pass.show_state(new)
        again = old is None or old.derivation is not now or old.recording is not recording
        if again:
            self._show_head(recording, now)
            self._say(recording, now)
        told = now.shown
        if told is not None and (again or old is None or old.readings is not new.readings):
            self._show_origins(new, recording, told)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Terms keep the room that they need, as far as there is some."""
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        """Where there is little room, words and pictures give way to what was added up."""
        self.terms.setMinimumWidth(min(self.terms.wanted, round(_MOST * self.width())))

    def _make_words(self) -> QScrollArea:
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget()
        inside.setObjectName("words")
        lines = QVBoxLayout(inside)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(self.px(5))
        self._where, self._numbers, self._quantities, self._note = (QLabel() for _ in range(4))
        self._formula = Formula(self.theme, self.scale)
        for label, made, role in (
            (self._where, font(self.scale, 9.5), self.theme.dim),
            (self._numbers, mono(self.scale, 10), self.theme.text),
            (self._quantities, mono(self.scale, 9.5), self.theme.dim),
            (self._note, font(self.scale, 9.5), self.theme.dim),
        ):
            label.setFont(made)
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setStyleSheet(f"color: {role};")
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            lines.addWidget(label)
        lines.insertWidget(1, self._formula)
        lines.addStretch(1)
        area.setWidget(inside)
        return area

    def _show_head(self, recording: Recording, now: Derivation) -> None:
        """What is told: the cell that was chosen, with the trail that led there; or the one under
        the mouse, and beside it, dim, which one is kept."""
        while (item := self._trail.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        glance, chosen = now.glance, now.pinned
        self._glance.setVisible(glance is not None)
        self._kept.setVisible(glance is not None)
        if glance is None:
            self._show_trail(recording, now)
        elif chosen is not None and now.cell is not None:
            self._glance.setText(self._titled(recording, now.cell, glance))
            kept = self._titled(recording, chosen, now.told)
            self._kept.show_text(self.tr("kept: {number}").format(number=kept))

    def _show_trail(self, recording: Recording, now: Derivation) -> None:
        """The cells that were walked through; a click on one goes back to it."""
        for at, cell in enumerate(now.trail):
            last = at == len(now.trail) - 1
            if at:
                self._trail.addWidget(QLabel("←"))
            known = now.told if last else None
            name = self._titled(recording, cell, known)
            button = QPushButton(name)
            button.setFlat(True)
            button.setFont(font(self.scale, 10 if last else 9.5, 700 if last else 400))
            color = self.theme.text if last else self.theme.accent
            button.setStyleSheet(
                f"QPushButton {{ border: none; background: transparent; color: {color};"
                f" padding: 1px {self.px(4)}px; }}"
                f"QPushButton:focus {{ color: {self.theme.cursor}; }}"
            )
            button.setEnabled(not last)
            button.setToolTip(
                f"{value_name(recording, cell.value)}\n"
                f"{', '.join(places(recording, cell.value, cell.index))}"
            )
            button.clicked.connect(lambda _=False, cell=cell: self.intent.emit(cell.asked(True)))
            self._trail.addWidget(button)

    def _titled(self, recording: Recording, cell: Address, told: Explanation | None) -> str:
        """A cell by its name, its number if that is what is told, and of which pass it is."""
        likely = cell.chance is not None
        name = (chance_name if likely else cell_name)(recording, cell.value, cell.index)
        if (
            told is not None and likely == (told.how == "chance")
            and (told.ref, told.index) == (cell.value, cell.index)
        ):  # fmt: skip
            said = percent_text(abs(told.value)) if likely else written(told.value)
            name = f"{name} = {said}"
        return self.tr("{number}, before the changes").format(number=name) if cell.before else name

    def _say(self, recording: Recording, now: Derivation) -> None:
        told = now.shown
        refused = now.why if now.glance is None else None
        if refused is not None or told is None:
            if refused is not None:
                said = QCoreApplication.translate(PHRASES, refused.text).format(**refused.values)
                self._write(numbers=said)
            else:
                self._write(where=self.tr("Working it out …"))
            self.terms.hide()
            self.origins.clear()
            self._told = None
            return
        if told is self._told:
            return
        self._told = told
        where = ", ".join(places(recording, told.ref, told.index))
        named = chance_name if told.how == "chance" else cell_name
        name, value = named(recording, told.ref, told.index), value_name(recording, told.ref)
        if told.how == "chance":
            value = self.tr("How likely it is, by {value}").format(value=value)
        parts, more, left = summands(told)
        numbers = f"{name} = {written(told.value)}"
        if parts:
            numbers = f"{written(told.value)} = {' + '.join(parts)}"
        if more:
            numbers += self.tr(" + {count} more ({sum})").format(count=f"{more:,}", sum=left)
        notes = [QCoreApplication.translate(PHRASES, told.note)] if told.note else []
        if not told.exact:
            notes.append(
                self.tr("First order: each input times its slope, not how it was computed.")
            )
        self._write(
            where=" · ".join(text for text in (value, where) if text),
            formula=QCoreApplication.translate(PHRASES, told.formula),
            numbers=numbers,
            quantities="\n".join(quantity_line(one) for one in told.quantities),
            note=" ".join(notes),
        )
        self.terms.show_terms(recording, told)
        self._share()

    def _write(
        self, where: str = "", formula: str = "", numbers: str = "", quantities: str = "",
        note: str = "",
    ) -> None:  # fmt: skip
        self._formula.say(formula)
        self._formula.setVisible(bool(formula))
        for label, text in (
            (self._where, where), (self._numbers, numbers), (self._quantities, quantities),
            (self._note, note),
        ):  # fmt: skip
            label.setText(text)
            label.setVisible(bool(text))

    def _show_origins(self, state: AppState, recording: Recording, told: Explanation) -> None:
        found = origins(recording, told)
        self.origins.tell_more([value_name(recording, ref) for ref, _ in found[_COUNT:]])
        for at, origin in enumerate(self.origins.all):
            origin.setVisible(at < len(found))
            if at >= len(found):
                continue
            ref, regions = found[at]
            tape = recording.base if state.derivation.before else recording.tape
            view, name = origin.view(recording, tape, ref, regions), f"{ORIGIN}{at}"
            reading = state.readings.get(name)
            there = reading is not None and reading.view == view
            origin.show_cells(recording, ref, regions, reading if there else None)
            if not there and self._asked.get(name) != view:
                self._asked[name] = view
                self.intent.emit(intents.Look(name, view))

    def _walk(self, cell: Cell) -> None:
        self._walk_to(cell.ref, cell.index)

    def _walk_to(self, value: int, index: tuple[int, ...]) -> None:
        chosen = None if self._now is None else self._now.pinned
        before = chosen is not None and chosen.before
        self.intent.emit(intents.Derive(value, index, walk=True, before=before))
