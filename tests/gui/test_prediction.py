"""The prediction pane: what it asks, shows and says, and how tokens are drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from msgspec import structs
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QSlider
from pytestqt.qtbot import QtBot

from explorer.core.change import Change
from explorer.core.graph import Recording
from explorer.core.prediction import Chance, Prediction, PredictionView, Sampling
from explorer.engine.predicting import likeliest
from explorer.gui.changes.menu import ChangeMenu
from explorer.gui.panes.prediction import PredictionPane
from explorer.gui.theme import DARK
from explorer.session import intents
from explorer.session.state import Address, AppState, Derivation
from tests.recordings import cnn, gpt

GPT = gpt()
LETTERS = GPT.labels["V"]
LAST = GPT.values[GPT.prediction].shape[1] - 1


class Shown:
    """The pane over the logits of a recording; the engine's own answers come at once."""

    def __init__(self, qtbot: QtBot, recording: Recording, numbers: np.ndarray) -> None:
        self.numbers = torch.from_numpy(numbers)
        self.said: list[object] = []
        self.views: list[PredictionView] = []
        self.pane = PredictionPane(DARK, 1.0)
        qtbot.addWidget(self.pane)
        self.pane.resize(380, 620)
        self.pane.intent.connect(self._take)
        value = recording.prediction
        writer = recording.values[value].writer
        self.state = AppState(page="model", recording=recording, cursor=writer, selected=value)
        self.pane.show()
        self.pane.render(None, self.state)

    def _take(self, intent: object) -> None:
        before = self.state
        if isinstance(intent, intents.Ask):
            assert isinstance(intent.view, PredictionView)
            self.views.append(intent.view)
            answer = likeliest(self.numbers, intent.view)
            self.state = replace(before, answers={Prediction: answer})
        elif isinstance(intent, intents.SetSampling):
            self.state = replace(before, sampling=intent.sampling)
        else:
            self.said.append(intent)
            return
        self.pane.render(before, self.state)

    def text(self) -> str:
        return "\n".join(label.text() for label in self.pane.findChildren(QLabel))


def logits(recording: Recording) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(recording.values[recording.prediction].shape)


@pytest.fixture
def shown(qtbot: QtBot) -> Shown:
    numbers = logits(GPT)
    numbers[0, -1, 7] = 9.0
    numbers[0, -1, 11] = 8.0
    numbers[0, -2, 5] = 9.0
    return Shown(qtbot, GPT, numbers)


def test_the_likeliest_tokens_come_first_and_the_position_can_be_chosen(
    shown: Shown, qtbot: QtBot
) -> None:
    bars = shown.pane.bars
    assert shown.views[-1].at == (0, LAST)
    assert bars.accessibleName().startswith(f"{LETTERS[7]}: ")
    assert f"of {len(LETTERS)} · " in shown.text()
    slider = shown.pane.findChild(QSlider)
    assert slider is not None
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Left)
    assert shown.views[-1].at == (0, LAST - 1)
    assert bars.accessibleName().startswith(f"{LETTERS[5]}: ")
    assert f"[{LAST - 1}]" in shown.text()
    asked = len(shown.views)
    shown.pane.refresh()
    assert len(shown.views) == asked  # once


def test_how_tokens_are_drawn_is_set_by_sliders(shown: Shown, qtbot: QtBot) -> None:
    pane = shown.pane
    assert pane.how.text() == "T 1.00 ▾"
    qtbot.mouseClick(pane.how, Qt.MouseButton.LeftButton)
    popup = pane.popup
    assert popup.isVisible()
    assert not popup.plain.isEnabled()
    for _ in range(10):
        qtbot.keyClick(popup.temperature, Qt.Key.Key_Left)
    assert shown.state.sampling == Sampling(0.5)
    qtbot.keyClick(popup.top_k, Qt.Key.Key_Right)
    assert shown.state.sampling == Sampling(0.5, 1)
    for _ in range(3):
        qtbot.keyClick(popup.top_k, Qt.Key.Key_Right)
    qtbot.keyClick(popup.top_p, Qt.Key.Key_Left)
    assert shown.state.sampling == Sampling(0.5, 5, 0.95)
    assert pane.how.text() == "T 0.50 · top-k 5 · top-p 0.95 ▾"
    assert "Lines: as the model says" in shown.text()
    answer = shown.state.answer(Prediction)
    assert answer is not None
    assert f"{answer.kept} of {len(LETTERS)} · {answer.entropy:.2f} bits" in shown.text()
    assert ": —" in pane.bars.accessibleName()  # of the twelve, some are cut
    assert pane.bars.accessibleName().startswith(f"{LETTERS[7]}: {answer.after[0]:.1%}")
    qtbot.mouseClick(popup.plain, Qt.MouseButton.LeftButton)
    assert shown.state.sampling == Sampling()
    assert "—" not in pane.bars.accessibleName()


def test_a_line_marks_what_the_model_says(shown: Shown) -> None:
    bars = shown.pane.bars
    plain = bars.grab().toImage()
    shown._take(intents.SetSampling(Sampling(0.3)))
    drawn = bars.grab().toImage()
    answer = shown.state.answer(Prediction)
    assert answer is not None
    assert answer.after[0] > answer.before[0] > 0.5
    row = bars.height() // 24
    changed = [x for x in range(bars.width()) if plain.pixel(x, row) != drawn.pixel(x, row)]
    assert changed


def test_a_row_is_pointed_at_and_chosen(shown: Shown, qtbot: QtBot) -> None:
    bars = shown.pane.bars
    high = bars.height() // 12
    cell = (0, LAST, 11)  # the second likeliest
    qtbot.mouseMove(bars, QPoint(200, high + high // 2))
    plain = Chance()
    assert shown.said[-1] == intents.PointAtCell(GPT.prediction, cell, chance=plain)
    qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=QPoint(200, high + high // 2))
    assert shown.said[-1] == intents.Derive(GPT.prediction, cell, chance=plain)
    shown._take(intents.SetSampling(Sampling(0.5, 3)))
    qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=QPoint(200, high + high // 2))
    told = Chance(Sampling(0.5, 3))
    assert shown.said[-1] == intents.Derive(GPT.prediction, cell, chance=told)


def test_a_right_click_offers_to_change_the_logit_of_the_bar(shown: Shown, qtbot: QtBot) -> None:
    bars = shown.pane.bars
    at = QPoint(200, bars.height() // 12 + 8)
    qtbot.mouseMove(bars, at)
    said = len(shown.said)
    qtbot.mouseClick(bars, Qt.MouseButton.RightButton, pos=at)
    assert len(shown.said) == said  # it is no choice
    asked = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, bars.mapToGlobal(at))
    QApplication.sendEvent(bars, asked)
    menu = shown.pane.findChild(ChangeMenu)
    assert menu is not None
    places = [action.text() for action in menu.actions()]
    assert places == ["This logit", "All at this position", "All of the value"]
    first = menu.actions()[0].menu()
    assert isinstance(first, QMenu)
    first.actions()[0].trigger()  # set to 0
    name = GPT.values[GPT.prediction].name
    assert shown.said[-1] == intents.MakeChange(Change(name, "zero", f"0, {LAST}, 11"))
    menu.close()


def test_the_chosen_cell_is_brought_into_view_and_ringed(shown: Shown) -> None:
    place = int(np.argmax(shown.numbers[0, 2]))
    pinned = Derivation(trail=(Address(GPT.prediction, (0, 2, place)),))
    before = shown.state
    shown.state = replace(before, derivation=pinned)
    shown.pane.render(before, shown.state)
    assert shown.views[-1].at == (0, 2)
    ring = shown.pane.bars._ring
    assert ring is not None
    assert ring.tolist() == [True] + [False] * 11


def test_a_chance_too_small_to_write_is_not_zero_and_classes_are_not_drawn(qtbot: QtBot) -> None:
    recording = cnn()
    numbers = np.zeros((1, 10))
    numbers[0, 3] = 12.0
    shown = Shown(qtbot, recording, numbers)
    named = shown.pane.bars.accessibleName()
    assert named.startswith("3: >99.9%")
    assert "0: <0.1%" in named
    assert ": 0.0%" not in named
    assert shown.pane.how.isHidden()
    assert "softmax of the output" in shown.text()


def test_probabilities_are_not_made_probabilities_again(qtbot: QtBot) -> None:
    recording = cnn()
    value = recording.prediction
    writer = recording.values[value].writer
    events = tuple(
        structs.replace(event, op="softmax") if event.index == writer else event
        for event in recording.events
    )
    numbers = np.full((1, 10), 0.02)
    numbers[0, 4] = 0.82
    shown = Shown(qtbot, structs.replace(recording, events=events), numbers)
    assert shown.pane.bars.accessibleName().startswith("4: 82.0%")
    assert "The output itself" in shown.text()


def test_a_masked_language_model_speaks_of_the_token_that_is_there(qtbot: QtBot) -> None:
    maps = tuple(structs.replace(one, causal=False, ahead=True) for one in GPT.attention)
    tokens = list(GPT.labels["T"])
    tokens[2] = "[MASK]"
    masked = structs.replace(GPT, attention=maps, labels=GPT.labels | {"T": tuple(tokens)})
    shown = Shown(qtbot, masked, logits(GPT))
    assert shown.views[-1].at == (0, 2)  # it begins where the mask is
    assert "at “[MASK]” [2]" in shown.text()
    assert "What is here?" in shown.text()
    assert "next" not in shown.text()
    assert shown.pane.how.isHidden()
    cold = replace(shown.state, sampling=Sampling(0.3))
    shown.pane.render(shown.state, cold)
    assert shown.views[-1].sampling == Sampling()  # nothing is drawn


def test_its_bars_have_names_where_the_axes_have_none(qtbot: QtBot) -> None:
    values = list(GPT.values)
    values[GPT.prediction] = structs.replace(values[GPT.prediction], axes=("", "", ""))
    numbers = logits(GPT)
    numbers[0, -1, 7] = 9.0
    shown = Shown(qtbot, structs.replace(GPT, values=tuple(values)), numbers)
    assert shown.pane.bars.accessibleName().startswith(f"{LETTERS[7]}: ")
    assert f"after “{GPT.labels['T'][-1]}”" in shown.text()
