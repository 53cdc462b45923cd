"""`PythonPage`: may this file run, which class of it, with what, and fed with what?"""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor, QTextCursor, QTextFormat
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget

from explorer.core.sources import Argument, Candidate, PythonFile, PythonModel
from explorer.core.values import Input, TensorsInput, TensorSpec
from explorer.gui.memory import Recent
from explorer.gui.opening.arguments import ArgumentsForm
from explorer.gui.opening.choice import Choice, Choices
from explorer.gui.opening.page import Page, scrolling
from explorer.gui.tensorform import TensorForm, guess
from explorer.gui.theme import Theme, mono
from explorer.session.intents import Intent, OpenOwn

_MOST_ROWS = 4.4  # classes that are in view at once


class PythonPage(Page):
    """The choice at the left, the file itself at the right.

    ``trusted`` says that this very text may run; ``before`` is how it was opened last.
    """

    def __init__(
        self,
        theme: Theme,
        scale: float,
        found: PythonFile,
        trusted: bool,
        before: Recent | None,
    ) -> None:
        super().__init__(theme, scale)
        self._found = found
        last = before.own if before is not None else None
        self._before = last if isinstance(last, PythonModel) else None
        self._known = before.tensors if before is not None else ()
        self.heading = found.path.replace("\\", "/").rpartition("/")[2]
        self.facts = [self.tr("Python file")]
        self.breadth = 1080
        if not found.candidates:
            self.refusal = self.tr("Close")
        elif trusted:
            self.verb = self.tr("Open")
        else:
            self.verb, self.refusal = self.tr("Run and open"), self.tr("Don’t open")
            self.warning = self.tr(
                "Opening runs this file, and whatever it imports, with all your rights. "
                "Open it only if you trust whoever wrote it."
            )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self.px(18))
        row.addWidget(self._choosing(), 5)
        self._text = self._preview(found.text)  # after it for Tab, too
        row.addWidget(self._text, 6)
        self._show_candidate()

    def complete(self) -> bool:
        """A file without a model has nothing to open."""
        return bool(self._found.candidates)

    def start(self) -> QWidget | None:
        """The first argument that must be given, else the button."""
        if self._form is None:
            return None
        missing = [field for field in self._form.fields if field.mistake()]
        return missing[0].widget if missing else None

    def choose(self) -> Intent | None:
        """The permission to run the file, with what was chosen."""
        assert self._form is not None
        wrong = self._form.complain()
        if self._by_hand():
            wrong = wrong or self._tensors.complain()
        arguments = self._form.values()
        if wrong is not None or arguments is None:
            if wrong is not None:
                wrong.setFocus()
            return None
        given: Input | None = None
        if self._by_hand():
            tensors = self._tensors.tensors()
            if tensors is None:
                return None
            given = TensorsInput(tensors)
        found = self._found
        name = self._candidate().name
        return OpenOwn(PythonModel(found.path, found.digest, name, arguments, given))

    # ------------------------------------------------------------------ the parts

    def _choosing(self) -> QWidget:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, self.px(8), 0)
        column.setSpacing(self.px(7))
        self._form: ArgumentsForm | None = None
        self._tensors = TensorForm(self.theme, self.scale)
        if not self._found.candidates:
            column.addWidget(
                self.words(
                    self.tr(
                        "There is no model in this file: neither a class that derives from "
                        "torch.nn.Module nor a function that returns one."
                    )
                )
            )
            column.addStretch(1)
            return inside
        names = [one.name for one in self._found.candidates]
        last = self._before.name if self._before is not None else ""
        rows = [
            Choice(
                self.theme, self.scale, one.name, one.doc.strip().partition("\n")[0],
                self.tr("line {line}").format(line=one.line),
            )
            for one in self._found.candidates
        ]  # fmt: skip
        self.candidates = Choices(self.scale, rows, names.index(last) if last in names else 0)
        self.candidates.group.idToggled.connect(
            lambda _, on: self._show_candidate() if on else None
        )
        column.addWidget(self.caption(self.tr("MODEL")))
        column.addWidget(self._limited(rows))
        self._arguments = QVBoxLayout()
        self._arguments_caption = self.caption(self.tr("ARGUMENTS"))
        column.addSpacing(self.px(6))
        column.addWidget(self._arguments_caption)
        column.addLayout(self._arguments)
        column.addSpacing(self.px(6))
        column.addWidget(self.caption(self.tr("FIRST INPUT")))
        if self._found.example:
            first = Choice(
                self.theme, self.scale, "example_inputs()",
                self.tr("What this function of the file returns"),
            )  # fmt: skip
        else:
            first = Choice(
                self.theme, self.scale, self.tr("Let Layerscope try"),
                self.tr("It finds out by running the model what fits"),
            )  # fmt: skip
        own = Choice(
            self.theme, self.scale, self.tr("Tensors by shape"),
            self.tr("Say for each argument of forward how large it is"),
        )  # fmt: skip
        by_hand = self._before is not None and self._before.input is not None
        self.first_input = Choices(self.scale, [first, own], int(by_hand))
        self.first_input.group.idToggled.connect(self._show_tensors)
        column.addWidget(self.first_input)
        self._tensors_place = QVBoxLayout()
        self._tensors_place.setContentsMargins(self.px(12), self.px(2), 0, 0)
        self._tensors_place.addWidget(self._tensors)
        column.addLayout(self._tensors_place)
        column.addStretch(1)
        self._area = scrolling(inside)
        return self._area

    def _limited(self, rows: list[Choice]) -> QWidget:
        """Many classes scroll by themselves, so that the arguments stay near."""
        if len(rows) <= _MOST_ROWS:
            return self.candidates
        area = scrolling(self.candidates)
        high = max(row.sizeHint().height() for row in rows) + self.px(4)
        area.setFixedHeight(round(high * _MOST_ROWS))
        chosen = rows[max(0, self.candidates.chosen)]
        for row in rows:
            row.toggled.connect(
                lambda on, row=row: area.ensureWidgetVisible(row, 0, self.px(8)) if on else None
            )
        self.candidates.adjustSize()
        area.ensureWidgetVisible(chosen)
        return area

    def _preview(self, text: str) -> QPlainTextEdit:
        box = QPlainTextEdit(text)
        box.setObjectName("preview")
        box.setReadOnly(True)
        box.setFont(mono(self.scale, 9))
        box.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        box.setTabChangesFocus(True)
        box.setTabStopDistance(4 * box.fontMetrics().horizontalAdvance(" "))
        box.setAcceptDrops(False)
        box.setAccessibleName(self.tr("The text of the file"))
        box.setStyleSheet(
            f"QPlainTextEdit {{ background: {self.theme.background}; color: {self.theme.text}; }}"
        )
        return box

    def _candidate(self) -> Candidate:
        return self._found.candidates[max(0, self.candidates.chosen)]

    def _show_candidate(self) -> None:
        """The arguments, the tensors and the line of the class that is chosen."""
        if not self._found.candidates:
            return
        one = self._candidate()
        before = self._before if self._before and self._before.name == one.name else None
        if self._form is not None:
            self._arguments.removeWidget(self._form)
            self._form.setParent(None)
            self._form.deleteLater()
        given = before.arguments if before is not None else {}
        self._form = ArgumentsForm(self.theme, self.scale, one.arguments, given)
        self._form.changed.connect(self.changed)
        self._arguments.addWidget(self._form)
        self._arguments_caption.setVisible(bool(one.arguments))
        self._form.setVisible(bool(one.arguments))
        needed = _tensors_of(one.inputs, needed=True)
        spare = _tensors_of(one.inputs, needed=False)
        fresh = TensorForm(self.theme, self.scale, spare)
        known = self._known_tensors(one, before)
        if known:
            fresh.show_tensors(known)
        else:
            asked = needed or spare[:1]
            fresh.show_tensors(asked or (TensorSpec("x", ()),), shaped=False, named=bool(asked))
        fresh.changed.connect(self.changed)
        self._tensors_place.replaceWidget(self._tensors, fresh)
        self._tensors.setParent(None)
        self._tensors.deleteLater()
        self._tensors = fresh
        self._show_tensors()
        self._show_line(one.line)
        self.changed.emit()

    def _known_tensors(self, one: Candidate, before: PythonModel | None) -> tuple[TensorSpec, ...]:
        """What this class was fed the last time by shape, or ran with, if it still takes that."""
        if before is None:
            return ()
        known = before.input.tensors if isinstance(before.input, TensorsInput) else self._known
        taken = {argument.name for argument in one.inputs}
        return known if not taken or {spec.name for spec in known} <= taken else ()

    def _by_hand(self) -> bool:
        return self.first_input.chosen == 1

    def _show_tensors(self) -> None:
        self._tensors.setVisible(self._by_hand())
        if self._by_hand():  # once they have a place
            QTimer.singleShot(0, lambda: self._area.ensureWidgetVisible(self._tensors))

    def _show_line(self, line: int) -> None:
        """Bring the class into view, with its line lit."""
        block = self._text.document().findBlockByNumber(max(0, line - 1))
        lit = QTextEdit.ExtraSelection()
        ground = QColor(self.theme.accent)
        ground.setAlphaF(0.22)
        lit.format.setBackground(ground)
        lit.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
        lit.cursor = QTextCursor(block)
        self._text.setExtraSelections([lit])
        bar = self._text.verticalScrollBar()
        bar.setValue(max(0, line - 3))
        bar_h = self._text.horizontalScrollBar()
        bar_h.setValue(0)


def _tensors_of(inputs: tuple[Argument, ...], needed: bool) -> tuple[TensorSpec, ...]:
    """The arguments of ``forward`` that must be given, or the others."""
    wanted = [one for one in inputs if (one.default is None) == needed]
    return tuple(spec for spec in map(guess, wanted) if spec is not None)
