"""`IterationPanel`: one iteration of the training, phase by phase, and what it did to a weight."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from explorer.core.plane import Plane
from explorer.gui import theme as look
from explorer.gui.banner import PHRASES
from explorer.gui.cut import Cut, Wrapped
from explorer.gui.formula import Formula
from explorer.gui.panel import Panel
from explorer.gui.panes.pane import Question
from explorer.gui.panes.slices import Slices
from explorer.gui.theme import Theme
from explorer.gui.training.card import tint
from explorer.gui.training.numbers import grouped
from explorer.gui.training.phases import Phases
from explorer.gui.training.weights import WeightMaps
from explorer.picture.derivation import index_text
from explorer.picture.iteration import constants_line, in_numbers, quantity_lines
from explorer.picture.plane import fitted, plane_view, sliced
from explorer.session import intents
from explorer.session.iterating import Iterating
from explorer.session.state import AppState

_MOST = 96  # cells along a side of a small map: its pixels are few


class IterationPanel(Panel):
    """The phases of an iteration as cards; below them a weight of one's choice: its gradient, what
    the optimizer remembers of it, and the formula by which it was changed, with its numbers."""

    def __init__(self, theme: Theme, scale: float = 1.0, parent: QWidget | None = None) -> None:
        super().__init__(theme, scale, parent)
        self._state: AppState | None = None
        self._now: Iterating | None = None
        self._questions: dict[str, Question] = {}  # of each map, by its name
        title = QLabel(self.tr("One iteration, step by step"))
        title.setFont(look.font(scale, 12.5, 600))
        self.subtitle = Cut()
        self.subtitle.setFont(look.font(scale, 9.5))
        tint(self.subtitle, theme.color("dim"))
        self.phases = Phases(theme, scale)
        self.phases.chosen.connect(lambda phase: self.intent.emit(intents.ShowPhase(phase)))
        self.told = Told(theme, scale)
        self.maps = WeightMaps(theme, scale)
        self.maps.picked.connect(self._pick)
        self.slices = Slices(theme, scale, along=False)
        self.slices.changed.connect(self._slice)
        self.parameters = QComboBox()
        self.parameters.setAccessibleName(self.tr("Parameter that is looked at"))
        self.parameters.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.parameters.activated.connect(
            lambda _: self.intent.emit(intents.ShowWeight(self.parameters.currentText()))
        )
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(self.px(14), self.px(14), self.px(14), self.px(14))
        column.setSpacing(self.px(8))
        column.addWidget(title)
        column.addWidget(self.subtitle)
        column.addWidget(self.phases)
        for widget in (self.parameters, self.slices, self.told, self.maps):
            column.addWidget(widget)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(body)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)
        self._show(None)

    def render(self, old: AppState | None, new: AppState) -> None:
        """Follow the iteration that is stepped through."""
        now = new.training.iterating if new.training is not None else None
        if old is None or now is not self._now:
            self._now = now
            self._show(now)
        self._state = new
        if self.isVisible():
            self._look(new)

    def showEvent(self, event: QShowEvent) -> None:
        """Fill the maps: nothing is asked for them while hidden."""
        super().showEvent(event)
        if self._state is not None:
            self._look(self._state)

    def _look(self, state: AppState) -> None:
        """Ask for the numbers of the maps, and show those that came."""
        if (now := self._now) is None:
            return
        for name, value in self.maps.shown.items():
            question = self._questions.setdefault(name, Question(name, self.intent.emit))
            dtype = now.recording.values[value].dtype
            plane = _plane(now, value)
            question.put(plane_view(now.recording.tape, value, plane, (_MOST, _MOST), (dtype,)))
            reading = question.answer(state)
            if reading is not None:
                self.maps.show_reading(name, reading)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.theme.color("panel"))
        painter.end()

    def _show(self, now: Iterating | None) -> None:
        self.phases.show_iteration(now)
        for widget in (self.parameters, self.told, self.maps):
            widget.setVisible(now is not None)
        if now is None:
            self.slices.hide()
            self.subtitle.show_text(self.tr("Press “Phase ↓” to run one batch and look inside."))
            return
        told = now.iteration
        self.subtitle.show_text(
            self.tr("step {step} · batch of {count}").format(
                step=grouped(told.step), count=grouped(told.samples)
            )
        )
        names = [*now.names]
        if names != [self.parameters.itemText(n) for n in range(self.parameters.count())]:
            self.parameters.clear()
            self.parameters.addItems(names)
        self.parameters.setCurrentText(now.parameter)
        self.told.show_iteration(now)
        self.maps.show_iteration(now)
        value = now.recording.named[now.parameter]
        self.slices.setVisible(self.slices.show_plane(_plane(now, value), now.recording, value))

    def _pick(self, name: str, row: int, column: int) -> None:
        """A position of a map: that weight is looked at from now on."""
        question, now = self._questions.get(name), self._now
        if question is None or question.shown is None or now is None:
            return
        reading = question.shown
        place = (row, column)[2 - len(reading.view.keep) :]
        index = list(reading.view.at)
        for axis, at in zip(reading.view.keep, place, strict=True):
            index[axis] = at
        self.intent.emit(intents.ShowWeight(now.parameter, tuple(index)))

    def _slice(self, plane: Plane) -> None:
        """Another slice of the parameter: the weight at the same place of that."""
        if (now := self._now) is None:
            return
        places = enumerate(zip(now.cell, plane.at, strict=True))
        cell = tuple(here if axis in plane.keep else at for axis, (here, at) in places)
        self.intent.emit(intents.ShowWeight(now.parameter, cell))


def _plane(now: Iterating, value: int) -> Plane:
    """The plane of a value that the weight which is looked at is on."""
    plane = fitted(Plane(), now.recording.values[value])
    return sliced(plane, [0 if axis in plane.keep else at for axis, at in enumerate(now.cell)])


class Told(QFrame):
    """How the number of one weight came to be: formula, numbers, and the quantities in it."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self.setObjectName("told")
        self.setStyleSheet(
            f"#told {{ background: {theme.raised}; border: 1px solid {theme.line}; "
            f"border-radius: {round(8 * scale)}px; }}"
        )
        self.title = Cut()
        self.title.setFont(look.font(scale, 9))
        tint(self.title, theme.color("dim"))
        self.formula = Formula(theme, scale)
        self.numbers, self.more, self.constants = Wrapped(), Wrapped(), Wrapped()
        self.numbers.setFont(look.mono(scale, 10))
        for label in (self.more, self.constants):
            label.setFont(look.mono(scale, 9))
            tint(label, theme.color("dim"))
        column = QVBoxLayout(self)
        edge = round(10 * scale)
        column.setContentsMargins(edge, round(7 * scale), edge, round(8 * scale))
        column.setSpacing(round(3 * scale))
        for widget in (self.title, self.formula, self.numbers, self.more, self.constants):
            column.addWidget(widget)

    def show_iteration(self, now: Iterating) -> None:
        """What is told of the weight that is looked at."""
        cell = f"{now.parameter}{index_text(now.cell)}"
        title = {
            "backward": self.tr("GRADIENT OF {weight}"), "update": self.tr("UPDATE OF {weight}"),
        }.get(now.phase, self.tr("WEIGHT {weight}"))  # fmt: skip
        self.title.show_text(title.format(weight=cell))
        told = now.told
        self.formula.setVisible(told is not None and bool(told.formula))
        said = (self.numbers, self.more, self.constants)
        texts = ["", "", ""]
        if told is not None:
            self.formula.say(told.formula)
            note = QCoreApplication.translate(PHRASES, told.note) if told.note else ""
            texts = [
                in_numbers(told),
                "\n".join([*quantity_lines(told), *([note] if note else [])]),
                constants_line(told),
            ]
        for label, text in zip(said, texts, strict=True):
            label.setText(text)
            label.setVisible(bool(text))
