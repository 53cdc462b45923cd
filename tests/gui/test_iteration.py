"""The panel of one iteration, driven by mouse and keys, with an engine that really trains."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from explorer.core.explanation import written
from explorer.core.iteration import PHASES
from explorer.core.messages import (
    Explain,
    Iterate,
    Iterated,
    LookAt,
    OpenModel,
    ResetTraining,
)
from explorer.core.presets import load_preset
from explorer.engine.learner import Learner
from explorer.engine.questions import Questions
from explorer.gui.training.iteration import IterationPanel
from explorer.session import intents
from explorer.session.state import AppState, Training
from tests.gui.desktop import READY, Desktop


@cache
def learner(name: str) -> Learner:
    preset = load_preset(name).preset.model_dump(mode="json")
    return Learner(OpenModel(preset=preset, weights=None, run=""), torch.device("cpu"))


class Lab:
    """A window on the training page; what it asks the engine is answered by `answer`."""

    def __init__(self, bot: QtBot, name: str = "spirals-mlp") -> None:
        shipped = load_preset(name)
        made = self.learner = learner(name)
        plan = shipped.preset.train
        state = AppState(
            page="model", tab="training", engine=READY, shipped=shipped, model=made.describe(),
            training=Training(plan=plan, steps=plan.steps, weights="random"),
        )  # fmt: skip
        self.desktop = Desktop(bot, state, (1280, 900))
        self.bot = bot
        self.questions = Questions(lambda tape: made)
        panel = self.desktop.window.findChild(IterationPanel)
        assert panel is not None
        self.panel: IterationPanel = panel

    def answer(self) -> None:
        """Answer all that was asked, and what is asked because of that."""
        while self.desktop.sent:
            request = self.desktop.sent.pop(0)
            if isinstance(request, Iterate):
                recording = self.learner.iterate()
                reply = Iterated(ticket=request.ticket, recording=recording)
                self.desktop.session.take(reply)
                state = self.desktop.state
                assert state.training is not None
                assert recording.iteration is not None
                step = recording.iteration.step
                self.desktop.session.state = replace(
                    state, training=replace(state.training, step=step)
                )
            elif isinstance(request, LookAt | Explain):
                self.desktop.session.take(self.questions.answer(request))
        self.desktop.bot.wait(20)

    def press_phase(self) -> None:
        self.bot.mouseClick(self.desktop.desk._training_bar.phase, Qt.MouseButton.LeftButton)
        self.answer()


@pytest.fixture
def lab(qtbot: QtBot) -> Lab:
    return Lab(qtbot)


def test_each_press_brings_the_next_phase_with_its_maps(lab: Lab) -> None:
    panel = lab.panel
    assert [card.isEnabled() for card in panel.phases.cards.values()] == [False] * 5
    assert not panel.maps.isVisible()
    shown = []
    for number, phase in enumerate(PHASES):
        lab.press_phase()
        cards = panel.phases.cards
        assert [card.here for card in cards.values()] == [one == phase for one in PHASES]
        assert [card.done for card in cards.values()] == [n < number for n in range(5)]
        shown.append([name.partition("/")[2] for name in panel.maps.shown])
    assert shown[:3] == [["weights"]] * 3
    assert shown[3] == ["weights", "gradient"]
    assert shown[4] == ["weights", "gradient", "change", "exp_avg", "exp_avg_sq"]
    said = {phase: card.said for phase, card in panel.phases.cards.items()}
    assert said["batch"] == "32 samples of the training set · B 32 × features 2"
    assert said["forward"] == "7 ops · logits B 32 × classes 2"
    assert said["loss"].startswith("cross-entropy = 0.")
    assert said["update"] == "Adam changes 114 weights · learning rate 0.01"
    lab.press_phase()
    assert panel.phases.cards["batch"].here, "the next iteration"


def test_a_click_on_a_cell_tells_how_that_weight_was_changed(lab: Lab) -> None:
    for _ in PHASES:
        lab.press_phase()
    panel = lab.panel
    now = lab.desktop.state.training.iterating  # type: ignore[union-attr]
    assert now is not None
    assert now.parameter == "layers.2.weight"
    map_ = panel.maps.maps["iteration/gradient"]
    made = lab.learner
    update = now.update
    assert update is not None
    gradient = made.value(now.recording.tape, update.gradient).numpy()
    assert np.array_equal(map_.matrix.data, gradient)
    field = map_.field()
    where = QPointF(field.left() + 5.5 * field.width() / 8, field.top() + 3.5 * field.height() / 8)
    lab.bot.mouseClick(map_, Qt.MouseButton.LeftButton, pos=where.toPoint())
    lab.answer()
    assert panel.told.title.whole == "UPDATE OF layers.2.weight[3, 5]"
    after = made.value(now.recording.tape, update.after)[3, 5].item()
    before = made.value(now.recording.tape, update.parameter)[3, 5].item()
    assert panel.told.formula.text() == "w′ = w − η · m̂ / (√v̂ + ε)"
    numbers = panel.told.numbers.text()
    assert numbers.startswith(f"{written(after)} = ")
    assert written(before) in numbers
    assert "0.01 · " in numbers
    assert "m̂ = m / (1 − β₁ᵗ) = " in panel.told.more.text()
    for one in panel.maps.maps.values():
        ring = one._marks[1]
        assert ring is not None
        assert np.argwhere(ring).tolist() == [[3, 5]]


@pytest.mark.parametrize("said", [intents.SetTheme("light"), intents.SetScale(1.2)], ids=str)
def test_a_panel_made_anew_has_its_maps(lab: Lab, said: intents.Intent) -> None:
    lab.press_phase()
    lab.desktop.session.take(said)
    lab.bot.wait(50)
    lab.answer()
    panel = lab.desktop.window.findChild(IterationPanel)
    assert panel is not None
    assert panel is not lab.panel
    assert panel.maps.maps["iteration/weights"].matrix.data.shape == (8, 8)


def test_maps_of_a_kernel_are_of_the_filter_and_channel_of_the_weight_that_is_told(
    qtbot: QtBot,
) -> None:
    lab = Lab(qtbot, "digits-cnn")
    for _ in PHASES:
        lab.press_phase()
    panel, made = lab.panel, lab.learner

    def is_shown(cell: tuple[int, ...]) -> bool:
        now = lab.desktop.state.training.iterating  # type: ignore[union-attr]
        assert now is not None
        assert now.cell == cell
        change = now.update.change  # type: ignore[union-attr]
        numbers = made.value(now.recording.tape, change)[cell[:2]].numpy()
        map_ = panel.maps.maps["iteration/change"]
        return np.array_equal(map_.matrix.data, numbers)

    lab.desktop.session.take(intents.ShowWeight("features.3.weight", (3, 2, 1, 0)))
    lab.answer()
    assert is_shown((3, 2, 1, 0))
    slices = panel.slices
    assert slices.isVisible()
    assert [row.number.value() for row in slices._rows.values()] == [3, 2]
    slices._rows[0].number.setValue(7)
    lab.answer()
    assert is_shown((7, 2, 1, 0))
    assert panel.told.title.whole == "UPDATE OF features.3.weight[7, 2, 1, 0]"
    map_ = panel.maps.maps["iteration/weights"]
    lab.bot.mouseClick(map_, Qt.MouseButton.LeftButton, pos=map_.field().center().toPoint())
    lab.answer()
    assert is_shown((7, 2, 1, 1))
    lab.desktop.session.take(intents.ShowWeight("classifier.0.weight"))
    lab.answer()
    assert not slices.isVisible()


def test_cards_parameters_and_keys_lead_to_what_they_say(lab: Lab) -> None:
    for _ in PHASES:
        lab.press_phase()
    panel = lab.panel
    lab.bot.mouseClick(panel.phases.cards["backward"], Qt.MouseButton.LeftButton)
    lab.answer()
    assert panel.told.title.whole.startswith("GRADIENT OF layers.2.weight")
    assert "more (" in panel.told.numbers.text()
    lab.bot.keyClick(panel.phases.cards["update"], Qt.Key.Key_Space)
    lab.answer()
    assert panel.told.title.whole.startswith("UPDATE OF layers.2.weight")
    names = [panel.parameters.itemText(n) for n in range(panel.parameters.count())]
    assert names == list(dict(lab.learner.model.named_parameters()))
    panel.parameters.setFocus()
    lab.bot.keyClick(panel.parameters, Qt.Key.Key_Down)
    lab.answer()
    now = lab.desktop.state.training.iterating  # type: ignore[union-attr]
    assert now is not None
    assert now.parameter == names[names.index("layers.2.weight") + 1] == "layers.2.bias"
    assert panel.maps.maps["iteration/weights"].matrix.data.shape == (1, 8)
    assert panel.told.title.whole == "UPDATE OF layers.2.bias[0]"


def test_weights_of_a_preset_make_way_and_nothing_runs_beside_a_training(lab: Lab) -> None:
    state = lab.desktop.state
    assert state.training is not None
    shipped = replace(state.training, weights="shipped")
    lab.desktop.session.state = replace(state, training=shipped)
    lab.desktop.session.take(intents.NextPhase())
    assert [type(one) for one in lab.desktop.sent] == [ResetTraining, Iterate]
    lab.desktop.sent.clear()
    running = replace(state, training=replace(state.training, running=True))
    lab.desktop.session.state = running
    lab.desktop.session.take(intents.NextPhase())
    assert lab.desktop.sent == []
