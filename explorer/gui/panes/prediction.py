"""Prediction: what the model takes to be likely, and how one of it would be drawn."""

from __future__ import annotations

import math

import numpy as np
from msgspec import structs
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QWidget,
)

from explorer.core.change import spelled
from explorer.core.generation import next_token_view, predicts_tokens, then_of
from explorer.core.graph import Recording
from explorer.core.prediction import (
    Chance,
    Prediction,
    PredictionView,
    Sampling,
    prediction_view,
)
from explorer.core.values import View
from explorer.gui.panes.bars import Bars
from explorer.gui.panes.pane import Pane, scrolled
from explorer.gui.panes.sampling import SamplingPopup, sampling_text
from explorer.gui.theme import Theme, font, mono
from explorer.picture.readout import axis_labels
from explorer.session import intents
from explorer.session.state import AppState

_TOP = 12
_MASKS = ("[MASK]", "<mask>")  # what stands in a text for a token that is to be found


class PredictionPane(Pane):
    """Logits as probabilities, the largest first; for text, after a chosen position."""

    name = "prediction"

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        self._after = QLabel()
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setAccessibleName(self.tr("Position"))
        self._slider.valueChanged.connect(self.refresh)
        line.addWidget(self._after)
        line.addWidget(self._slider, 1)
        self._row = row
        self.lay.addWidget(row)
        self.bars = Bars(theme, scale)
        self.bars.hovered.connect(lambda row: self._choose(row, intents.PointAtCell))
        self.bars.picked.connect(lambda row: self._choose(row, intents.Derive))
        self.bars.menu_wanted.connect(self._open_menu)
        self.lay.addWidget(scrolled(self.bars), 1)
        foot = QHBoxLayout()
        self.how = QPushButton()
        self.how.setFont(font(scale, 9.5))
        self.how.setToolTip(self.tr("How a token is drawn"))
        self.popup = SamplingPopup(theme, scale, self)
        self.popup.changed.connect(lambda one: self.intent.emit(intents.SetSampling(one)))
        self.how.clicked.connect(lambda: self.popup.open_at(self.how))
        self._kept = QLabel()
        self._kept.setFont(mono(scale, 9))
        self._kept.setStyleSheet(f"color: {theme.dim};")
        self._kept.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        foot.addWidget(self.how)
        foot.addWidget(self._kept, 1)
        self.lay.addLayout(foot)
        self._positions = 0
        self._asked: PredictionView | None = None
        self._shown: Prediction | None = None

    def look(self, state: AppState, recording: Recording, value: int) -> bool:
        """Ask what is likely, and show it if it is there."""
        view = self._view(recording, value, state)
        view = structs.replace(view, drawn=_drawn(state, view))
        if view != self._asked:
            self._asked = view
            self.intent.emit(intents.Ask(view))
        self._say_how(state.sampling)
        answer = state.answer(Prediction)
        if answer is None or answer is self._shown or answer.view != self._asked:
            return False
        self._shown = answer
        self._show(state, recording, answer)
        return True

    def _view(self, recording: Recording, value: int, state: AppState) -> PredictionView:
        shape = recording.values[value].shape
        positions = shape[-2] if len(shape) > 2 else 1
        if positions != self._positions:
            self._positions = positions
            self._slider.blockSignals(True)
            self._slider.setRange(0, positions - 1)
            self._slider.setValue(_first(recording, positions))
            self._slider.blockSignals(False)
        self._row.setVisible(positions > 1)
        drawn = len(shape) > 2 and not state.looks_ahead  # no class is, and no token that is there
        self.how.setVisible(drawn)
        return prediction_view(
            recording, value, self._slider.value(), _TOP, state.sampling if drawn else Sampling()
        )

    def _show(self, state: AppState, recording: Recording, answer: Prediction) -> None:
        """The likeliest, with their probabilities."""
        value = answer.view.value
        shape = recording.values[value].shape
        labels = axis_labels(recording, value, len(shape) - 1)
        shown = [labels[i] if labels else str(i) for i in answer.places.tolist()]
        plain = answer.view.sampling == Sampling()
        drawn = np.flatnonzero(answer.places == answer.view.drawn).tolist()
        self.bars.show_bars(
            shown, answer.after, percent=True, strong=drawn[0] if drawn else 0,
            before=None if plain else answer.before, unchanged=answer.unchanged,
        )  # fmt: skip
        if len(shape) > 2:
            at = answer.view.at[-1]
            tokens = axis_labels(recording, value, len(shape) - 2)
            token = tokens[at] if at < len(tokens) else str(at)
            if state.looks_ahead:
                where = self.tr("at “{token}” [{at}]")
                said = self.tr(
                    "What is here? The {count} likeliest tokens at the chosen position, by those "
                    "before and after it."
                )
            elif plain:
                where = self.tr("after “{token}” [{at}]")
                said = self.tr(
                    "What comes next? The {count} likeliest tokens after the chosen position."
                )
            else:
                where = self.tr("after “{token}” [{at}]")
                said = self.tr(
                    "Bars: how likely each token is drawn next. Lines: as the model says."
                )
            self._after.setText(where.format(token=token, at=at))
            said = said.format(count=len(shown))
        elif answer.view.probabilities:
            said = self.tr("The output itself: how sure the network is of each class.")
        else:
            said = self.tr("softmax of the output: how sure the network is of each class.")
        if drawn:
            more = self.tr("Drawn was “{token}”: the bright bar.").format(token=shown[drawn[0]])
            said = f"{said} {more}"
        if answer.unchanged is not None:
            more = self.tr("Outlined: before the changes.")
            said = f"{said} {more}"
        self.say(said)
        numbers = {
            "kept": f"{answer.kept:,}", "total": f"{answer.total:,}",
            "bits": f"{answer.entropy:.2f}",
        }  # fmt: skip
        self._kept.setText(self.tr("{kept} of {total} · {bits} bits").format(**numbers))
        self._kept.setToolTip(
            self.tr(
                "{kept} of {total} tokens can be drawn at all; the draw has an entropy of {bits} "
                "bits."
            ).format(**numbers)
        )
        self._kept.setVisible(not self.how.isHidden() and math.isfinite(answer.entropy))

    def _say_how(self, sampling: Sampling) -> None:
        self.popup.show_sampling(sampling)
        self.how.setText(f"{sampling_text(sampling)} ▾")

    @property
    def up_to_date(self) -> bool:
        """Whether the numbers on screen are those asked for last."""
        return self._shown is not None and self._shown.view == self._asked

    def forget(self) -> None:
        """Ask again if need be."""
        super().forget()
        self._asked = self._shown = None

    def go_to(self, recording: Recording, value: int, index: tuple[int, ...]) -> None:
        """Its position."""
        if len(index) > 2 and self.state is not None:
            self._view(recording, value, self.state)  # the slider is of this value
            self._slider.setValue(index[-2])

    def _choose(self, row: int, say: type[intents.PointAtCell | intents.Derive]) -> None:
        """The mouse is at a row, or chose it; -1 is none."""
        if self._shown is None or not self.up_to_date:
            return
        view = self._shown.view
        if not 0 <= row < len(self._shown.places):
            self.intent.emit(intents.PointAtCell(view.value, None))
            return
        computed = view.probabilities and view.sampling == Sampling()  # by the model's own softmax
        chance = None if computed else Chance(view.sampling, view.probabilities)
        self.intent.emit(say(view.value, self._cell(row), chance=chance))

    def _cell(self, row: int) -> tuple[int, ...]:
        """Where in the value the number of a bar is."""
        assert self._shown is not None
        return (*self._shown.view.at, int(self._shown.places[row]))

    def _open_menu(self, row: int, at: QPoint) -> None:
        """Offer to change what a bar is made of."""
        if self._shown is None or not self.up_to_date:
            return
        view, cell = self._shown.view, self._cell(row)
        what = self.tr("This number") if view.probabilities else self.tr("This logit")
        places = [(what, spelled(cell))]
        if len(cell) > 2:
            places.append((self.tr("All at this position"), spelled((*cell[:-1], None))))
        self.open_menu(view.value, places, at)

    def light(self) -> None:
        """On the bars."""
        state, shown = self.state, self._shown
        if state is None or shown is None:
            return
        value, chosen = shown.view.value, state.derivation.pinned
        lit = np.zeros(len(shown.places), bool)
        ring = lit.copy()
        for region in state.derivation.sources(value):
            if all(at in one for at, one in zip(shown.view.at, region.axes, strict=False)):
                lit |= [int(place) in region.axes[-1] for place in shown.places]
        if chosen is not None and chosen.value == value and chosen.index[:-1] == shown.view.at:
            ring |= shown.places == chosen.index[-1]
        heat = None
        if state.reach.extent is not None and (self.reach_shown or not state.reach.has(value)):
            there = self._reach.shown if state.reach.has(value) else None
            strengths = np.full(lit.shape, -1.0) if there is None else there.data
            lit, heat = strengths >= 0, strengths / (state.reach.peak(value) or 1.0)
        lit_at_all = lit.any() or heat is not None
        self.bars.mark(lit if lit_at_all else None, ring if ring.any() else None, heat)

    def reach_view(self) -> View | None:
        """Of the tokens on screen."""
        shown, state = self._shown, self.state
        if shown is None or state is None or state.reach.asked is None:
            return None
        at = (*shown.view.at, 0)
        places = tuple(int(place) for place in shown.places)
        return View(
            shown.view.tape, shown.view.value, (len(at) - 1,), at, (len(places),), "max",
            take=(places,), reach=state.reach.asked,
        )  # fmt: skip


def _first(recording: Recording, positions: int) -> int:
    """The position to begin with: that of a mask, or else the last."""
    tokens = recording.labels.get("T", ())
    masks = (at for at, token in enumerate(tokens[:positions]) if token in _MASKS)
    return next(masks, positions - 1)


def _drawn(state: AppState, view: PredictionView) -> int:
    """The token that was drawn from what is shown: it comes after the last one of the pass. −1 if
    none was."""
    recording, tokens = state.recording, state.writing.tokens
    if recording is None or recording.input != state.typed or not predicts_tokens(recording):
        return -1
    at = len(then_of(recording.input))
    last = next_token_view(recording, state.sampling)
    here = (view.value, view.at) == (last.value, last.at)
    return tokens[at].token if here and at < len(tokens) else -1
