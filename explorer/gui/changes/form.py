"""The line in which a change is said: where, what, how much."""

from __future__ import annotations

import math
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from explorer.core.change import KINDS, Change, Kind, slices
from explorer.core.graph import Recording
from explorer.core.problem import Problem
from explorer.gui.changes.words import kind_words, told
from explorer.gui.inputs.words import words_of
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme, font, mono
from explorer.picture.numbers import shape_text
from explorer.session import intents
from explorer.session.changes import Draft
from explorer.session.state import AppState

_USUAL = {"scale": "0.5", "fix": "0", "noise": "0.1"}  # of the kinds that take a number


class ChangeForm(Panel):
    """What is proposed, until somebody makes the change or drops it. `Enter` makes it."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self._draft: Draft | None = None
        self._recording: Recording | None = None
        self.where, self._shape = QLabel(), QLabel()
        self.where.setFont(mono(scale, 10))
        self.where.setTextFormat(Qt.TextFormat.PlainText)
        self.where.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._shape.setFont(font(scale, 9))
        self._shape.setStyleSheet(f"color: {theme.dim};")
        self.cells = QLineEdit()
        self.cells.setFont(mono(scale, 10))
        self.cells.setPlaceholderText(self.tr("all cells"))
        self.cells.setAccessibleName(self.tr("Cells, as NumPy indexes them"))
        self.cells.setToolTip(
            self.tr(
                "One place for each axis, as NumPy has it: a position, a range such as 0:4, or : "
                "for all. Empty for all cells."
            )
        )
        self.kind = QComboBox()
        self.kind.setAccessibleName(self.tr("What becomes of them"))
        for kind in KINDS:
            self.kind.addItem(kind_words(kind), kind)
        self.amount, self.seed = QLineEdit(), QLineEdit("0")
        for line, name, wide in (
            (self.amount, self.tr("Number"), 92), (self.seed, self.tr("Seed"), 56)
        ):  # fmt: skip
            line.setFont(mono(scale, 10))
            line.setAccessibleName(name)
            line.setFixedWidth(self.px(wide))
        self._seed_name = QLabel(self.tr("seed"))
        self.source = QLabel()
        self.source.setFont(font(scale, 9.5))
        self.source.setTextFormat(Qt.TextFormat.PlainText)
        self.source.setStyleSheet(f"color: {theme.dim};")
        make = QPushButton(self.tr("Change"))
        make.setObjectName("make-change")
        make.setProperty("primary", True)
        make.clicked.connect(self.make)
        drop = QToolButton()
        drop.setText("✕")
        drop.setAccessibleName(self.tr("Do not change it"))
        drop.setToolTip(self.tr("Do not change it (Esc)"))
        drop.clicked.connect(lambda: self.intent.emit(intents.DropProposal()))
        self._wrong = QLabel()
        self._wrong.setWordWrap(True)
        self._wrong.setStyleSheet(f"color: {theme.bad};")
        self._wrong.setFont(font(scale, 9.5))
        self._lay_out(make, drop)
        for line in (self.cells, self.amount, self.seed):
            line.returnPressed.connect(self.make)
            line.textEdited.connect(lambda _: self._complain(""))
        self.kind.currentIndexChanged.connect(lambda _: self._fit())

    def _lay_out(self, make: QWidget, drop: QWidget) -> None:
        lay = QGridLayout(self)
        lay.setContentsMargins(0, 0, 0, 0)
        lay.setHorizontalSpacing(self.px(6))
        lay.setVerticalSpacing(self.px(2))
        self.cells.setMinimumWidth(self.px(110))
        self.cells.setMaximumWidth(self.px(190))
        parts = (
            self.where, self._shape, self.cells, self.kind, self.amount, self._seed_name,
            self.seed, self.source, make, drop,
        )  # fmt: skip
        for column, part in enumerate(parts):
            lay.addWidget(part, 0, column)
        lay.setColumnStretch(0, 1)
        lay.addWidget(self._wrong, 1, 0, 1, len(parts))

    def render(self, old: AppState | None, new: AppState) -> None:
        """Another proposal begins anew; the same one keeps what was typed."""
        draft, self._recording = new.changes.draft, new.recording
        if old is None or old.earlier is not new.earlier:
            said = words_of(new.earlier.input) if new.earlier is not None else self.tr("none yet")
            width, cut = self.px(200), Qt.TextElideMode.ElideRight
            self.source.setText(self.source.fontMetrics().elidedText(said, cut, width))
            self.source.setToolTip(said)
        self.setVisible(draft is not None)
        if draft is not self._draft and draft is not None:
            self.cells.setText(draft.cells)
            self.kind.setCurrentIndex(KINDS.index(draft.kind))
            self.seed.setText("0")
            self._fit()
            field = self.amount if draft.kind in _USUAL else self.cells
            field.setFocus(Qt.FocusReason.OtherFocusReason)
            field.selectAll()
        self._draft = draft
        if draft is not None and new.recording is not None:
            value = new.recording.named.get(draft.value)
            what = new.recording.values[value] if value is not None else None
            self.where.setText(draft.value)
            self.where.setToolTip(draft.value)
            self._shape.setText("" if what is None else shape_text(what.shape, what.axes))

    def make(self) -> None:
        """Make the change, or say what is wrong with it."""
        draft, recording = self._draft, self._recording
        if draft is None or recording is None:
            return
        kind = cast("Kind", self.kind.currentData())
        cells = self.cells.text().strip().removeprefix("[").removesuffix("]").strip()
        try:
            value = recording.named.get(draft.value)
            if value is not None:
                slices(cells, recording.values[value].shape)
        except Problem as problem:
            self._complain(told(problem))
            return
        amount = _number(self.amount.text()) if kind in _USUAL else 0.0
        if amount is None:
            self._complain(
                self.tr("“{text}” is no number.").format(text=self.amount.text().strip())
            )
            return
        seed = self.seed.text().strip()
        if kind == "noise" and not (seed.isdecimal() and len(seed) < 10):
            self._complain(self.tr("The seed is a whole number from 0 on."))
            return
        change = Change(draft.value, kind, cells, amount, int(seed) if kind == "noise" else 0)
        self.intent.emit(intents.MakeChange(change))

    def _fit(self) -> None:
        """Ask for the numbers that the kind takes."""
        kind = self.kind.currentData()
        self.amount.setVisible(kind in _USUAL)
        if kind in _USUAL:
            self.amount.setText(_USUAL[kind])
        self.source.setVisible(kind == "earlier")
        self.seed.setVisible(kind == "noise")
        self._seed_name.setVisible(kind == "noise")
        self._complain("")

    def _complain(self, text: str) -> None:
        self._wrong.setText(text)
        self._wrong.setVisible(bool(text))


def _number(text: str) -> float | None:
    """A number as people write it, None if it is none."""
    try:
        number = float(text.strip().replace("−", "-").replace(",", "."))
    except ValueError:
        return None
    return None if math.isnan(number) else number
