"""What to stop at: chosen in a popup of the step bar."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QLineEdit, QWidget

from explorer.core.breaks import Breaks
from explorer.gui.banner import sentence
from explorer.gui.popup import Popup
from explorer.gui.theme import Theme, check_box, font, mono
from explorer.session.state import AppState, Breaking

_USUAL = 1e4  # the bound that is offered
_WIDE = 300  # pixels
_THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?")
_SAID = 4  # lines that there is room for: what is said of a place, and how many there are


class BreaksPopup(Popup):
    """The conditions, and how often the pass meets them.

    Signals:
        changed (object): the `Breaks` that are wanted.
    """

    changed = Signal(object)

    def __init__(self, theme: Theme, scale: float, parent: QWidget) -> None:
        super().__init__(theme, scale, parent)
        self._check = check_box(theme, scale)
        self._wanted = Breaks()
        self.setMinimumWidth(round(_WIDE * scale))
        title = QLabel(self.tr("Stop where a pass first has…"))
        title.setFont(font(scale, 10.5, 600))
        self.lay.addWidget(title)
        self.nan = self._box(self.tr("NaN"), "nan")
        self.infinite = self._box(self.tr("an infinity"), "infinite")
        self.infinite.setToolTip(self.tr("Masks of attention are made of −∞: they are found, too."))
        self.large = QCheckBox(self.tr("a number larger in size than"))
        self.large.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves no bound half typed
        self.large.clicked.connect(self._bound)
        self.bound = QLineEdit(_text(_USUAL))
        self.bound.setFont(mono(scale, 9.5))
        self.bound.setAccessibleName(self.tr("The bound, of either sign"))
        self.bound.setToolTip(self.tr("The bound, of either sign"))
        self.bound.editingFinished.connect(self._type)
        row = QHBoxLayout()
        row.addWidget(self.large)
        row.addWidget(self.bound, 1)
        self.large.setStyleSheet(self._check)
        self.lay.addLayout(row)
        self.dead = self._box(self.tr("a dead activation"), "dead")
        self.dead.setToolTip(self.tr("An activation such as ReLU that gives nothing but zeros"))
        self.backward = self._box(self.tr("also in the gradients, going back"), "backward")
        self.backward.setToolTip(
            self.tr(
                "Gradients of the loss, where the data says what the answer is; else of the "
                "largest logit, or of the sum of the output"
            )
        )
        self.op = QLineEdit()
        self.op.setPlaceholderText(self.tr("softmax, op:conv, module:blocks.0*"))
        self.op.setAccessibleName(self.tr("an op that is found by"))
        self.op.setToolTip(self.tr("What is typed to find something with Ctrl+K also counts here."))
        self.op.editingFinished.connect(self._find)
        row = QHBoxLayout()
        row.addWidget(QLabel(self.tr("an op that is found by")))
        row.addWidget(self.op, 1)
        self.lay.addLayout(row)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setFont(font(scale, 9.5))
        self.said.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.said.setMinimumHeight(_SAID * self.said.fontMetrics().lineSpacing())
        self.lay.addWidget(self.said)

    def _box(self, text: str, name: str) -> QCheckBox:
        box = QCheckBox(text)
        box.setStyleSheet(self._check)
        box.clicked.connect(lambda on: self._want(replace(self._wanted, **{name: on})))
        self.lay.addWidget(box)
        return box

    def show_state(self, state: AppState) -> None:
        """What is chosen, and what came of it."""
        breaking = state.breaking
        wanted = self._wanted = breaking.breaks
        self.nan.setChecked(wanted.nan)
        self.infinite.setChecked(wanted.infinite)
        self.dead.setChecked(wanted.dead)
        self.backward.setChecked(wanted.backward)
        self.large.setChecked(wanted.above is not None)
        if wanted.above is not None and not self.bound.isModified():
            self._show_bound()
        if not self.op.isModified():
            self.op.setText(wanted.op)
        said = [self._told(breaking, state)]
        if state.banner is not None and "event" in state.banner.values:
            said.insert(0, sentence(state.banner))  # this popup may lie over it
        self.said.setText("\n".join(said))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape also forgets what was typed and not yet taken."""
        if event.key() == Qt.Key.Key_Escape:
            self._show_bound()
            self.op.setText(self._wanted.op)
        super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Who goes on elsewhere is done with typing."""
        super().hideEvent(event)
        for field, take in ((self.bound, self._type), (self.op, self._find)):
            if field.isModified():
                take()

    def _told(self, breaking: Breaking, state: AppState) -> str:
        if not breaking.breaks:
            return self.tr(
                "A pass that an op ends, as by shapes that do not fit, is always shown there."
            )
        if not breaking.known:
            return self.tr("Looking at the numbers of this pass…")
        why = next(
            (state.unmeasured[name] for name in breaking.breaks.needs if name in state.unmeasured),
            None,
        )
        if why is not None:
            return sentence(why)
        count = len(breaking.hits)
        if not count:
            return self.tr("Nothing in this pass. The next ones are looked at, too.")
        if count == 1:
            return self.tr("One place in this pass. F5 goes there.")
        return self.tr("{count} places in this pass. F5 goes to the next.").format(
            count=f"{count:,}"
        )

    def _type(self) -> None:
        """Who types a bound wants to stop there."""
        if self.bound.isModified() and _size(self.bound.text()) is not None:
            self.large.setChecked(True)
        self._bound()

    def _bound(self) -> None:
        """What is no number goes back to what it was."""
        number = _size(self.bound.text())
        self.bound.setModified(False)
        if number is None:
            number = self._show_bound()
        self._want(replace(self._wanted, above=number if self.large.isChecked() else None))

    def _show_bound(self) -> float:
        """That which is wanted, or the usual one."""
        above = self._wanted.above
        number = _USUAL if above is None else above
        self.bound.setText(_text(number))
        return number

    def _find(self) -> None:
        self.op.setModified(False)
        self._want(replace(self._wanted, op=self.op.text().strip()))

    def _want(self, breaks: Breaks) -> None:
        if breaks != self._wanted:
            self.changed.emit(breaks)


def _text(bound: float) -> str:
    """All digits of a bound: it is read again when the field is left."""
    return repr(bound).removesuffix(".0")


def _size(text: str) -> float | None:
    """A size as it is typed, with commas for thousands as in 12,000 or one for the decimal point;
    None for anything else."""
    text = text.strip().replace("−", "-")
    text = text.replace(",", "" if _THOUSANDS.fullmatch(text) else ".")
    try:
        number = abs(float(text))
    except ValueError:
        return None
    return number if math.isfinite(number) else None
