from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication, QMainWindow
from pytestqt.qtbot import QtBot

from explorer.core.graph import ModelInfo
from explorer.core.messages import Boundary, Confusion, Probe, Sample
from explorer.core.presets import ShippedPreset
from explorer.core.spec import Preset, TrainSpec
from explorer.gui.theme import DARK, THEMES
from explorer.gui.training import TrainingBar, TrainingPage, TrainingPlan
from explorer.gui.training.card import mixed
from explorer.gui.training.curve import CurveCard
from explorer.gui.training.numbers import clock, grouped, percent, short
from explorer.gui.training.plots import AccuracyCard, GradientCard, LossCard
from explorer.gui.training.probes import BoundaryCard, ConfusionCard, NetworkCard, SampleCard
from explorer.session.intents import EditPlan, PauseTraining, Retrain, StartTraining
from explorer.session.series import Series
from explorer.session.state import AppState, Engine, Training
from tests.gui.mouse import hover

PLAN = TrainSpec(learning_rate=0.003, steps=4000)
KINDS: dict[str, dict[str, Any]] = {
    "points": {
        "model": {"family": "mlp", "sizes": (2, 8, 8, 2)},
        "data": {"kind": "points", "shape": "spirals"},
        "input": {"sample": 0},
    },
    "table": {
        "model": {"family": "mlp", "sizes": (10, 5, 2)},
        "data": {"kind": "table", "table": "breast_cancer", "features": 10},
        "input": {"sample": 0},
    },
    "digits": {
        "model": {"family": "cnn", "image": (8, 8), "channels": (4,), "classes": 10},
        "data": {"kind": "digits"},
        "input": {"sample": 0},
    },
    "text": {
        "model": {
            "family": "gpt", "vocabulary": 3, "context": 16, "layers": 1, "heads": 2, "width": 8,
        },
        "data": {"kind": "text", "vocabulary": "abc"},
        "input": {"text": "ab"},
    },
}  # fmt: skip


def state(kind: str = "points", samples: int = 80, **training: Any) -> AppState:
    words = {"en": kind, "zh": kind}
    preset = Preset.model_validate({"title": words, "summary": words, **KINDS[kind]})
    family = preset.model.family
    return AppState(
        page="model",
        tab="training",
        engine=Engine("ready", "cpu", "CPU", 1),
        shipped=ShippedPreset(kind, Path("nowhere"), preset),
        model=ModelInfo(family, 9, (), "random", "cpu", "point", (2,), (), (), samples),
        training=Training(**{"plan": PLAN, "steps": PLAN.steps, **training}),
    )


def series(values: Any, start: int = 1) -> Series:
    values = np.asarray(values, dtype=np.float64)
    return Series(np.stack([np.arange(start, start + len(values)), values], axis=1))


def after(old: AppState, **training: Any) -> AppState:
    assert old.training is not None
    return replace(old, training=replace(old.training, **training))


def shown(qtbot: QtBot, panel: Any, first: AppState, size: tuple[int, int] = (1000, 700)) -> Any:
    qtbot.addWidget(panel)
    panel.resize(*size)
    panel.render(None, first)
    panel.show()
    qtbot.waitExposed(panel)
    QApplication.processEvents()
    return panel


def said(panel: Any) -> list[Any]:
    heard: list[Any] = []
    panel.intent.connect(heard.append)
    return heard


def card(page: TrainingPage, kind: type) -> Any:
    return next(c for c in page.cards if isinstance(c, kind))


def drawn(card: CurveCard, name: str) -> tuple[np.ndarray, np.ndarray]:
    """What the strong line of a curve shows."""
    if name not in card._items:
        return np.array([]), np.array([])
    x, y = card._items[name][0].getData()
    return x, y


# ------------------------------------------------------------------------------ plan


def test_plan_shows_the_plan_and_the_data(qtbot: QtBot) -> None:
    plan = shown(qtbot, TrainingPlan(DARK), state(), (260, 700))
    assert plan.isEnabled()
    assert plan.fields["learning_rate"].entry.text() == "0.003"
    assert plan.optimizer.currentText() == "Adam"
    assert plan.fields["steps"].entry.text() == "4000"
    assert plan.data.text() == "Two spirals"
    assert plan.split.text() == "400 points · noise 0.1\ntrain 320 · validation 80"


@pytest.mark.parametrize(
    ("kind", "samples", "title", "split"),
    [
        ("table", 114, "Breast cancer, Wisconsin", "569 rows · 10 features\ntrain 455"),
        ("digits", 359, "Handwritten digits", "1,797 images\ntrain 1,438 · validation 359"),
        ("text", 999, "Python's own manual", "3 different characters\ntrain 80 %"),
    ],
)
def test_plan_says_what_is_learnt_from(
    qtbot: QtBot, kind: str, samples: int, title: str, split: str
) -> None:
    plan = shown(qtbot, TrainingPlan(DARK), state(kind, samples), (260, 700))
    assert plan.data.text() == title
    assert split in plan.split.text()


@pytest.mark.parametrize(
    ("field", "typed", "changed"),
    [
        ("learning_rate", "1e-2", {"learning_rate": 0.01}),
        ("batch_size", "64", {"batch_size": 64}),
        ("weight_decay", "0.01", {"weight_decay": 0.01}),
        ("steps", "10 000", {"steps": 10_000}),
        ("seed", "7", {"seed": 7}),
    ],
)
@pytest.mark.parametrize("running", [False, True])
def test_typing_a_number_edits_the_plan(
    qtbot: QtBot, field: str, typed: str, changed: dict[str, Any], running: bool
) -> None:
    plan = shown(qtbot, TrainingPlan(DARK), state(running=running), (260, 700))
    heard = said(plan)
    entry = plan.fields[field].entry
    entry.selectAll()
    qtbot.keyClicks(entry, typed)
    assert heard == []
    qtbot.keyClick(entry, Qt.Key.Key_Return)
    assert heard == [EditPlan(PLAN.model_copy(update=changed))]
    assert plan.fields[field].note.text() in ("", "used at the next Reset")


@pytest.mark.parametrize("typed", ["2e-05", "2e−05"])
def test_a_power_of_ten_has_a_true_minus(qtbot: QtBot, typed: str) -> None:
    small = state(plan=PLAN.model_copy(update={"learning_rate": 3e-05}))
    plan = shown(qtbot, TrainingPlan(DARK), small, (260, 700))
    heard = said(plan)
    entry = plan.fields["learning_rate"].entry
    assert entry.text() == "3e−05"
    entry.selectAll()
    entry.insert(typed)
    qtbot.keyClick(entry, Qt.Key.Key_Return)
    assert [said.plan.learning_rate for said in heard if isinstance(said, EditPlan)] == [2e-05]


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("learning_rate", "0", "above 0"),
        ("learning_rate", "fast", "above 0"),
        ("learning_rate", "101", "at most 100"),
        ("learning_rate", "nan", "above 0"),
        ("learning_rate", "1e999", "above 0"),
        ("batch_size", "0", "from 1"),
        ("batch_size", "1.5", "whole number"),
        ("batch_size", "999999", "65,536"),
        ("weight_decay", "-1", "from 0 to 10"),
        ("steps", "-5", "above 0"),
        ("seed", "-1", "0 or more"),
    ],
)
def test_a_wrong_number_is_answered_in_place(
    qtbot: QtBot, field: str, typed: str, words: str
) -> None:
    plan = shown(qtbot, TrainingPlan(DARK), state(), (260, 700))
    heard = said(plan)
    entry = plan.fields[field].entry
    held = entry.text()
    entry.setFocus()
    entry.selectAll()
    qtbot.keyClicks(entry, typed)
    note = plan.fields[field].note
    assert note.isVisible()
    assert words in note.text()
    assert note.palette().color(note.foregroundRole()) == DARK.color("bad")
    qtbot.keyClick(entry, Qt.Key.Key_Return)
    assert heard == []
    qtbot.keyClick(entry, Qt.Key.Key_Escape)
    assert entry.text() == held
    assert words not in note.text()


def test_arrows_step_a_number(qtbot: QtBot) -> None:
    plan = shown(qtbot, TrainingPlan(DARK), state(), (260, 700))
    heard = said(plan)
    qtbot.keyClick(plan.fields["batch_size"].entry, Qt.Key.Key_Up)
    qtbot.keyClick(plan.fields["learning_rate"].entry, Qt.Key.Key_Down)
    assert [h.plan.batch_size for h in heard] == [64, 32]
    assert heard[1].plan.learning_rate == pytest.approx(0.0024)
    qtbot.keyClick(
        plan.fields["seed"].entry, Qt.Key.Key_Down
    )  # from 0 there is nowhere to go down to
    assert len(heard) == 2


def test_the_optimizer_is_chosen_by_keys(qtbot: QtBot) -> None:
    plan = shown(qtbot, TrainingPlan(DARK), state(), (260, 700))
    heard = said(plan)
    qtbot.keyClick(plan.optimizer, Qt.Key.Key_Down)
    assert heard == [EditPlan(PLAN.model_copy(update={"optimizer": "adamw"}))]


def test_the_slider_moves_the_learning_rate_by_powers_of_ten(qtbot: QtBot) -> None:
    plan = shown(qtbot, TrainingPlan(DARK), state(), (260, 700))
    heard = said(plan)
    qtbot.keyClick(plan.slider, Qt.Key.Key_Home)
    qtbot.keyClick(plan.slider, Qt.Key.Key_End)
    qtbot.keyClick(plan.slider, Qt.Key.Key_PageDown)
    assert [h.plan.learning_rate for h in heard] == [1e-5, 1.0, 0.56]


def test_a_new_plan_is_shown_without_an_echo(qtbot: QtBot) -> None:
    plan = shown(qtbot, TrainingPlan(DARK), state(), (260, 700))
    heard = said(plan)
    old = state()
    new = after(old, plan=PLAN.model_copy(update={"learning_rate": 0.5, "optimizer": "sgd"}))
    plan.render(old, new)
    assert plan.fields["learning_rate"].entry.text() == "0.5"
    assert plan.optimizer.currentText() == "SGD"
    assert plan.slider.at(plan.slider.value()) == 0.5
    assert heard == []


def test_typing_is_not_disturbed_by_news(qtbot: QtBot) -> None:
    plan = shown(qtbot, TrainingPlan(DARK), state(), (260, 700))
    entry = plan.fields["batch_size"].entry
    plan.activateWindow()
    entry.setFocus()
    qtbot.waitUntil(entry.hasFocus)
    entry.selectAll()
    qtbot.keyClicks(entry, "12")
    old = state()
    plan.render(old, after(old, plan=PLAN.model_copy(update={"learning_rate": 0.5})))
    assert entry.text() == "12"
    assert plan.fields["learning_rate"].entry.text() == "0.5"


def test_without_a_model_there_is_nothing_to_edit(qtbot: QtBot) -> None:
    plan = shown(qtbot, TrainingPlan(DARK), AppState(), (260, 700))
    assert not plan.isEnabled()


# ------------------------------------------------------------------------------- bar


def test_the_bar_before_the_first_step(qtbot: QtBot) -> None:
    bar = shown(qtbot, TrainingBar(DARK), state(), (1000, 90))
    heard = said(bar)
    assert not bar.reset.isEnabled()
    assert not bar.epoch.isVisible()
    qtbot.mouseClick(bar.start, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(bar.one, Qt.MouseButton.LeftButton)
    assert heard == [StartTraining(), StartTraining(steps=1)]


def test_the_bar_while_it_trains(qtbot: QtBot) -> None:
    curves = {
        "train/loss": series([0.7, 0.5]),
        "validation/loss": series([0.0213]),
        "validation/accuracy": series([1.0]),
    }
    running = state(
        step=1000, epoch=2.14, running=True, steps_per_second=3120.4, left=42.2, curves=curves
    )
    bar = shown(qtbot, TrainingBar(DARK), running, (1000, 90))
    heard = said(bar)
    assert bar.epoch.text() == "epoch 2.1"
    assert bar.step.text() == "step 1,000 / 4,000"
    assert bar.score.text() == "validation loss 0.0213 · accuracy 100\u202f%"
    assert bar.pace.text() == "3,120 steps/s · 0:42 left"
    assert bar.progress.share == 0.25
    assert not bar.one.isEnabled()
    qtbot.mouseClick(bar.start, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(bar.reset, Qt.MouseButton.LeftButton)
    assert heard == [PauseTraining(), Retrain()]
    bar.render(running, after(running, running=False))
    qtbot.keyClick(bar.start, Qt.Key.Key_Space)
    assert heard[-1] == StartTraining()


def test_chips_that_do_not_fit_are_hidden_whole(qtbot: QtBot) -> None:
    curves = {"train/loss": series([0.5]), "train/accuracy": series([0.5])}
    running = state(step=1000, running=True, steps_per_second=3120.4, left=42.2, curves=curves)
    bar = shown(qtbot, TrainingBar(DARK), running, (500, 90))
    counts = []
    for width in (500, 640, 760, 900, 1400):
        bar.resize(width, 90)
        QApplication.processEvents()
        assert bar.width() == width
        labels = [x for x in (bar.score, bar.step, bar.epoch, bar.pace) if x.isVisible()]
        assert all(label.width() >= label.sizeHint().width() for label in labels)
        counts.append(len(labels))
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, 4)


def test_a_chip_without_room_leaves_it_to_a_shorter_one(qtbot: QtBot) -> None:
    curves = {"validation/loss": series([0.5]), "validation/accuracy": series([0.5])}
    stopped = state(step=1200, weights="step 1200", curves=curves)
    bar = shown(qtbot, TrainingBar(DARK), stopped, (1280, 90))
    shown_at = []
    for width in range(500, 1080, 20):
        bar.resize(width, 90)
        QApplication.processEvents()
        shown_at.append((bar.score.isVisible(), bar.step.isVisible()))
    assert set(shown_at) == {(False, False), (False, True), (True, False), (True, True)}


def test_the_bar_follows_the_engine(qtbot: QtBot) -> None:
    ready = state()
    bar = shown(qtbot, TrainingBar(DARK), ready, (1000, 90))
    lost = replace(ready, engine=Engine("lost"))
    making_way = replace(ready, opening="moons", tickets={"OpenModel": 1})
    for other in (lost, making_way):
        bar.render(ready, other)
        assert not bar.start.isEnabled()
        bar.render(other, ready)
        assert bar.start.isEnabled()


def test_a_done_plan_can_go_on(qtbot: QtBot) -> None:
    bar = shown(qtbot, TrainingBar(DARK), state(step=4000), (1000, 90))
    assert bar.progress.share == 1.0
    assert bar.start.isEnabled()
    assert "done" in bar.pace.text()


def test_numbers() -> None:
    assert grouped(1234567) == "1,234,567"
    assert short(0.021345) == "0.0213"
    assert short(float("nan")) == "nan"
    assert percent(0.9999) == "99.9\u202f%"
    assert percent(1.0) == "100\u202f%"
    assert percent(0.986) == "98.6\u202f%"
    assert [clock(s) for s in (0, 42.4, 61, 3723)] == ["0:00", "0:42", "1:01", "1:02:03"]


# ------------------------------------------------------------------------------ page


@pytest.mark.parametrize(
    ("kind", "cards"),
    [
        ("points", [LossCard, BoundaryCard, AccuracyCard, NetworkCard, GradientCard]),
        ("table", [LossCard, ConfusionCard, AccuracyCard, NetworkCard, GradientCard]),
        ("digits", [LossCard, ConfusionCard, AccuracyCard, GradientCard]),
        ("text", [LossCard, SampleCard, AccuracyCard, GradientCard]),
    ],
)
def test_the_cards_follow_from_the_preset(qtbot: QtBot, kind: str, cards: list[type]) -> None:
    page = shown(qtbot, TrainingPage(DARK), state(kind))
    assert [type(c) for c in page.cards] == cards
    assert all(c.said for c in page.cards)
    assert "Press Start to train" in page.cards[0].said
    rects = [c.geometry() for c in page.cards]
    assert not any(a.intersects(b) for a in rects for b in rects if a is not b)


def test_curves_grow(qtbot: QtBot) -> None:
    old = state()
    page = shown(qtbot, TrainingPage(DARK), old)
    loss = card(page, LossCard)
    for count in (1, 2, 50):
        new = after(old, curves={"train/loss": series(np.linspace(1, 0.1, count))}, step=count)
        page.render(old, new)
        qtbot.waitUntil(lambda: len(drawn(loss, "train/loss")[0]) == count)  # noqa: B023
        assert not loss.said
        old = new
    x, y = drawn(loss, "train/loss")
    assert x.tolist() == list(range(1, 51))
    assert y[0] == 0.0  # log₁₀ of the first loss, 1
    assert y[-1] > -1.0  # smoothed


def test_a_reset_empties_the_plots(qtbot: QtBot) -> None:
    trained = state(curves={"train/loss": series([1.0, 0.5])}, step=2)
    page = shown(qtbot, TrainingPage(DARK), trained)
    loss = card(page, LossCard)
    qtbot.waitUntil(lambda: not loss.said)
    fresh = after(trained, curves={}, step=0)
    page.render(trained, fresh)
    qtbot.waitUntil(lambda: "Press Start" in loss.said)
    page.render(fresh, after(fresh, curves={"train/loss": series([0.9])}, step=1))
    qtbot.waitUntil(lambda: not loss.said)
    assert drawn(loss, "train/loss")[0].tolist() == [1.0]


def test_not_a_number_is_said_and_leaves_a_gap(qtbot: QtBot) -> None:
    values = [1.0, np.nan, 0.5, 0.25, np.inf, np.nan]
    page = shown(qtbot, TrainingPage(DARK), state(curves={"train/loss": series(values)}))
    loss = card(page, LossCard)
    qtbot.waitUntil(lambda: "train/loss" in loss._items)
    assert np.isfinite(drawn(loss, "train/loss")[1]).tolist() == [
        True,
        False,
        True,
        True,
        False,
        False,
    ]
    assert loss._subtitle.text() == "train is not a finite number since step 5"
    assert not loss.grab().isNull()


def test_nothing_but_not_a_number(qtbot: QtBot) -> None:
    curves = {"train/loss": series([np.nan] * 5), "train/accuracy": series([np.nan] * 5)}
    page = shown(qtbot, TrainingPage(DARK), state(curves=curves))
    loss = card(page, LossCard)
    qtbot.waitUntil(lambda: "since step 1" in loss._subtitle.text())
    page.grab()


def test_a_very_long_run_is_drawn_by_columns(qtbot: QtBot) -> None:
    values = np.full(200_000, 0.5)
    values[77_777] = 9.0
    page = shown(qtbot, TrainingPage(DARK), state(curves={"train/loss": series(values)}))
    loss = card(page, LossCard)
    qtbot.waitUntil(lambda: "train/loss" in loss._items)
    x, _ = drawn(loss, "train/loss")
    assert len(x) <= 1000
    faint = loss._items["train/loss"][1].getData()[1]
    assert np.nanmax(faint) == pytest.approx(np.log10(9.0))


def test_the_noise_behind_a_curve_is_as_thin_as_it_is(qtbot: QtBot) -> None:
    draw = np.random.default_rng(0)
    values = np.clip(0.5 + draw.normal(size=3000) * 0.02, 0, 1)
    page = shown(qtbot, TrainingPage(DARK), state(curves={"train/accuracy": series(values)}))
    accuracy = card(page, AccuracyCard)
    qtbot.waitUntil(lambda: not accuracy.said)
    QApplication.processEvents()
    image = accuracy.plot.grab().toImage()
    box = accuracy.plot.getPlotItem().getViewBox()
    colors = {}
    for height in (0.5, 0.55, 0.65, 0.35):
        spot = box.mapViewToScene(QPointF(1500, height)).toPoint()
        around = [image.pixelColor(spot.x() + dx, spot.y() + 1).name() for dx in range(-8, 9)]
        colors[height] = set(around)
    assert colors[0.65] == colors[0.35] == {DARK.raised}
    assert DARK.raised not in colors[0.5]
    assert colors[0.55] - {DARK.raised}, "the noise reaches so far"


def test_hidden_cards_wait_and_then_catch_up(qtbot: QtBot) -> None:
    old = state()
    page = shown(qtbot, TrainingPage(DARK), old)
    loss = card(page, LossCard)
    page.hide()
    new = after(old, curves={"train/loss": series([1.0, 0.5])})
    page.render(old, new)
    qtbot.wait(80)
    assert "train/loss" not in loss._items
    page.show()
    qtbot.waitUntil(lambda: not loss.said)


def test_many_states_in_one_frame_are_drawn_once(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = state()
    page = shown(qtbot, TrainingPage(DARK), old)
    loss = card(page, LossCard)
    drawings: list[int] = []
    draw = loss.render

    def counted(before: AppState | None, now: AppState) -> None:
        assert now.training is not None
        drawings.append(len(now.training.curves["train/loss"]))
        draw(before, now)

    monkeypatch.setattr(loss, "render", counted)
    for count in range(1, 200):
        new = after(old, curves={"train/loss": series(np.ones(count))})
        page.render(old, new)
        old = new
    qtbot.waitUntil(lambda: bool(drawings))
    qtbot.wait(100)
    assert drawings == [199]


def test_text_is_larger_in_a_wide_card(qtbot: QtBot) -> None:
    card = SampleCard(DARK, 1.0)
    qtbot.addWidget(card)
    card.show()

    def points(width: int) -> float:
        card.resize(width, 300)
        qtbot.wait(1)
        return card.page.font().pointSizeF()

    assert points(300) == points(480) == 11
    assert 11 < points(650) < points(760) <= 16
    assert points(3000) == 16


def test_a_page_made_anew_is_laid_out_as_the_one_that_saw_the_training_begin(
    qtbot: QtBot,
) -> None:
    names = ("train/loss", "train/accuracy", "gradient/layers.0", "gradient/layers.2")
    curves = {name: series(np.full(30, 0.5)) for name in names}
    trained = state(curves=curves, step=30)

    def places(page: TrainingPage) -> list[QRect]:
        qtbot.waitUntil(lambda: bool(page.cards) and not card(page, GradientCard).said)
        qtbot.wait(50)
        assert page._area.verticalScrollBar().maximum() == 0
        return [c.geometry() for c in page.cards]

    first = shown(qtbot, TrainingPage(DARK), state())
    first.render(state(), trained)
    before = places(first)
    holder = QMainWindow()  # as the desk does it: no size of its own, and drawn before it has one
    qtbot.addWidget(holder)
    holder.resize(1000, 700)
    holder.show()
    page = TrainingPage(DARK)
    holder.setCentralWidget(page)
    page.render(None, trained)
    assert places(page) == before


def test_another_preset_brings_other_cards(qtbot: QtBot) -> None:
    page = shown(qtbot, TrainingPage(DARK), state("points"))
    page.render(state("points"), state("text"))
    QApplication.processEvents()
    assert [type(c) for c in page.cards] == [LossCard, SampleCard, AccuracyCard, GradientCard]
    assert all(c.isVisible() for c in page.cards)


def test_the_legend_of_gradients_names_every_layer_also_where_it_is_narrow(qtbot: QtBot) -> None:
    names = [f"a_long_name.{n}" for n in range(8)]
    curves = {f"gradient/{n}": series(np.full(30, 0.1)) for n in names}
    page = shown(qtbot, TrainingPage(DARK), state("text", curves=curves))
    gradients = card(page, GradientCard)
    qtbot.waitUntil(lambda: not gradients.said)
    legend = gradients.legend
    qtbot.waitUntil(lambda: legend.height() == legend.heightForWidth(legend.width()))
    places = legend._places(legend.width())
    assert [entry.text for entry, _, _ in places] == names
    assert places[-1][2] > 0
    assert all(x + legend._width(e) <= legend.width() + 14 for e, x, _ in places)
    assert gradients.plot.mapTo(gradients, QPoint(0, 0)).y() > legend.geometry().bottom()


def test_gradients_have_a_line_for_each_layer(qtbot: QtBot) -> None:
    names = [f"blocks.{n}" for n in range(20)]
    curves = {f"gradient/{n}": series(np.full(30, 0.1)) for n in names}
    page = shown(qtbot, TrainingPage(DARK), state("text", curves=curves))
    gradients = card(page, GradientCard)
    qtbot.waitUntil(lambda: not gradients.said)
    assert [line.text for line in gradients._lines] == names
    assert len({line.color.name() for line in gradients._lines}) == 20
    assert [e.text for e in gradients.legend._entries] == ["blocks.0", "blocks.10", "blocks.19"]


def test_pointing_reads_the_values(qtbot: QtBot) -> None:
    curves = {
        "train/loss": series(np.full(100, 0.5)),
        "validation/loss": series(np.full(100, 0.25)),
    }
    page = shown(qtbot, TrainingPage(DARK), state(curves=curves))
    loss = card(page, LossCard)
    qtbot.waitUntil(lambda: not loss.said)
    QApplication.processEvents()
    box = loss.plot.getPlotItem().getViewBox()
    spot = box.mapViewToScene(QPointF(40.2, -0.4)).toPoint()
    hover(loss.plot.viewport(), spot)
    qtbot.waitUntil(lambda: "step 40" in loss._subtitle.text())
    assert loss._subtitle.text() == "step 40 · train 0.5 · validation 0.25"


def test_a_plot_leaves_the_wheel_to_the_page(qtbot: QtBot) -> None:
    curves = {"train/loss": series(np.linspace(1, 0.1, 100))}
    page = shown(qtbot, TrainingPage(DARK), state(curves=curves), (600, 400))
    loss = card(page, LossCard)
    qtbot.waitUntil(lambda: not loss.said)
    where = QPointF(loss.plot.viewport().rect().center())
    event = QWheelEvent(
        where, loss.plot.viewport().mapToGlobal(where), QPoint(), QPoint(0, -240),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase,
        False,
    )  # fmt: skip
    before = loss.plot.getPlotItem().getViewBox().viewRect()
    QApplication.sendEvent(loss.plot.viewport(), event)
    assert loss.plot.getPlotItem().getViewBox().viewRect() == before
    assert not event.isAccepted()


# ---------------------------------------------------------------------------- probes


def boundary(field: np.ndarray, count: int = 0) -> Boundary:
    draw = np.random.default_rng(0)
    points = draw.uniform(-1, 1, (count, 2))
    return Boundary((-1, 1, -1, 1), field, points, np.arange(count) % 2, count * 4 // 5)


def probed(qtbot: QtBot, kind: str, probe: Probe, **training: Any) -> Any:
    page = shown(qtbot, TrainingPage(DARK), state(kind, probe=probe, **training))
    qtbot.waitUntil(lambda: not page.cards[1].said)
    return page


def color_at(image: QImage, x: float, y: float) -> QColor:
    return image.pixelColor(round(x * image.width()), round(y * image.height()))


def test_the_boundary_shows_the_field_the_right_way_up(qtbot: QtBot) -> None:
    field = np.zeros((40, 40))
    field[:20, 20:] = 1.0  # class 1 at the top right
    page = probed(qtbot, "points", boundary(field))
    plane = page.cards[1]._plane
    image = plane.grab(plane.place().toRect()).toImage()
    top_right = color_at(image, 0.75, 0.25)
    assert top_right.red() > top_right.blue(), "class 1 is orange"
    for x, y in ((0.25, 0.25), (0.25, 0.75), (0.75, 0.75)):
        other = color_at(image, x, y)
        assert other.blue() > other.red(), "class 0 is blue"


def test_the_boundary_glares_where_it_is_not_a_number(qtbot: QtBot) -> None:
    page = probed(qtbot, "points", boundary(np.full((20, 20), np.nan)))
    plane = page.cards[1]._plane
    image = plane.grab(plane.place().toRect()).toImage()
    assert color_at(image, 0.5, 0.5) == DARK.color("nan")


def test_a_crowd_of_points_is_thinned_and_said(qtbot: QtBot) -> None:
    page = probed(qtbot, "points", boundary(np.zeros((20, 20)), 50_000))
    assert page.cards[1]._subtitle.text() == "2,000 of 50,000 points"
    page.grab()


def test_points_lie_where_they_are(qtbot: QtBot) -> None:
    told = Boundary((-1, 1, -1, 1), np.zeros((20, 20)), np.array([[0.5, 0.5]]), np.array([1]), 1)
    page = probed(qtbot, "points", told)
    plane = page.cards[1]._plane
    image = plane.grab(plane.place().toRect()).toImage()
    assert color_at(image, 0.75, 0.25) == DARK.color("positive")


def test_counts_say_how_many_are_right(qtbot: QtBot) -> None:
    told = Confusion(np.array([[40, 2], [3, 69]]), ("malignant", "benign"))
    old = state("table", probe=told)
    page = shown(qtbot, TrainingPage(DARK), old)
    assert page.cards[1]._subtitle.text() == "109 of 114 right · 95.6\u202f%"
    before = page.cards[1].grab().toImage()
    page.render(old, after(old, probe=Confusion(np.array([[2, 40], [3, 69]]), told.names)))
    qtbot.waitUntil(lambda: page.cards[1]._subtitle.text().startswith("71 of 114"))
    assert page.cards[1].grab().toImage() != before


def test_counts_of_nothing(qtbot: QtBot) -> None:
    names = tuple("0123456789")
    page = probed(qtbot, "digits", Confusion(np.zeros((10, 10), int), names))
    table = page.cards[1]
    assert table._subtitle.text().startswith("0 of 0 right")
    empty = colors_of(table.grab().toImage())
    assert len(empty) > 10  # names and cells are there
    one = np.zeros((10, 10), int)
    one[3, 3] = 1
    page = probed(qtbot, "digits", Confusion(one, names))
    right = mixed(DARK.color("panel"), DARK.color("accent"), 0.9).rgb()
    assert right in colors_of(page.cards[1].grab().toImage())
    assert right not in empty


def colors_of(image: QImage) -> set[int]:
    return {image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}


def test_the_sample_shows_prompt_and_text(qtbot: QtBot) -> None:
    page = probed(qtbot, "text", Sample("The value ", "of x\nis"))
    editor = page.cards[1].page
    assert editor.toPlainText() == "The value of x\nis"
    assert editor.isReadOnly()
    cursor = editor.textCursor()
    cursor.setPosition(3)
    assert cursor.charFormat().foreground().color() == DARK.color("dim")
    cursor.setPosition(12)
    assert cursor.charFormat().foreground().color() == DARK.color("text")


@pytest.mark.parametrize(
    "sizes", [(2, 8, 8, 2), (1, 1), (200, 64, 3), (64, 64, 64)], ids=lambda s: "-".join(map(str, s))
)
def test_the_network_has_a_place_for_every_neuron(qtbot: QtBot, sizes: tuple[int, ...]) -> None:
    draw = np.random.default_rng(0)
    layers = tuple(draw.normal(size=(o, i)) for i, o in pairwise(sizes))
    page = shown(qtbot, TrainingPage(DARK), state(layers=layers))
    network = card(page, NetworkCard)
    qtbot.waitUntil(lambda: not network.said)
    columns = network._neurons.columns()
    assert [len(ys) for _, ys in columns] == [min(size, 64) for size in sizes]
    assert all(0 < y < network._neurons.height() for _, ys in columns for y in ys)
    network.grab()


def test_weights_of_the_network_are_seen(qtbot: QtBot) -> None:
    def image(weight: float) -> QImage:
        page = shown(qtbot, TrainingPage(DARK), state(layers=(np.array([[weight]]),)))
        network = card(page, NetworkCard)
        qtbot.waitUntil(lambda: not network.said)
        return network._neurons.grab().toImage()

    plus, minus, none, odd = image(1.0), image(-1.0), image(0.0), image(np.nan)
    assert plus != minus
    assert plus != none
    assert odd not in (plus, minus, none)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("scale", [0.6, 2.0])
def test_every_theme_and_scale_draws(qtbot: QtBot, theme: str, scale: float) -> None:
    curves = {"train/loss": series([1, 0.5]), "validation/loss": series([1.0])}
    told = state(curves=curves, probe=boundary(np.zeros((9, 9)), 20), step=2)
    for panel in (TrainingPage, TrainingPlan, TrainingBar):
        made = shown(qtbot, panel(THEMES[theme], scale), told)
        assert not made.grab().isNull()


def test_pyqtgraph_is_imported_only_by_the_first_page() -> None:
    code = (
        "import sys; from PySide6.QtWidgets import QApplication; app = QApplication([]);"
        "from explorer.gui.training import TrainingBar, TrainingPage, TrainingPlan;"
        "from explorer.gui.theme import DARK; from explorer.session.state import AppState;"
        "page = TrainingPage(DARK); page.render(None, AppState());"
        "assert 'pyqtgraph' not in sys.modules, 'too early'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
