"""The plan's form: what an optimizer and a schedule need is there, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from explorer.core.schedule import learning_rate_at
from explorer.core.spec import TUNED, TrainSpec
from explorer.gui.theme import DARK
from explorer.gui.training import TrainingPlan
from explorer.session.intents import EditPlan
from tests.gui.test_training import PLAN, said, shown, state


def form(qtbot: QtBot, **changes: Any) -> TrainingPlan:
    plan = state(plan=PLAN.model_copy(update=changes))
    made: TrainingPlan = shown(qtbot, TrainingPlan(DARK), plan, (260, 900))
    return made


def edits(plan: TrainingPlan) -> list[TrainSpec]:
    heard: list[TrainSpec] = []
    plan.intent.connect(lambda said: heard.append(said.plan))
    return heard


@pytest.mark.parametrize("optimizer", list(TUNED))
def test_an_optimizer_has_the_fields_that_it_is_told(qtbot: QtBot, optimizer: str) -> None:
    plan = form(qtbot, optimizer=optimizer)
    finer = {"momentum", "beta1", "beta2", "alpha", "eps"}
    seen = {name for name in finer if plan.fields[name].isVisible()}
    assert seen == set(TUNED[optimizer]) - {"nesterov"}
    assert plan.nesterov.isVisible() == (optimizer == "sgd")
    assert plan.fields["learning_rate"].isVisible()
    assert plan.fields["weight_decay"].isVisible()


def test_a_plan_that_makes_way_cannot_be_edited_and_what_was_typed_is_gone(qtbot: QtBot) -> None:
    plan = form(qtbot)
    now = state(plan=PLAN)
    leaving = replace(now, opening="moons", tickets={"OpenModel": 1})
    entry = plan.fields["learning_rate"].entry
    before = entry.text()
    entry.setFocus()
    entry.selectAll()
    qtbot.keyClicks(entry, "0.5")
    plan.render(now, leaving)
    assert not plan.isEnabled()
    plan.render(leaving, now)
    assert plan.isEnabled()
    assert entry.text() == before


def test_nesterov_waits_for_momentum_and_goes_with_it(qtbot: QtBot) -> None:
    plain = form(qtbot, optimizer="sgd")
    heard = said(plain)
    qtbot.mouseClick(plain.nesterov, Qt.MouseButton.LeftButton, pos=QPoint(9, 12))
    assert heard == []
    moving = form(qtbot, optimizer="sgd", momentum=0.9)
    plans = edits(moving)
    qtbot.mouseClick(moving.nesterov, Qt.MouseButton.LeftButton, pos=QPoint(9, 12))
    assert [p.nesterov for p in plans] == [True]
    both = form(qtbot, optimizer="sgd", momentum=0.9, nesterov=True)
    plans = edits(both)
    entry = both.fields["momentum"].entry
    entry.selectAll()
    qtbot.keyClicks(entry, "0")
    qtbot.keyClick(entry, Qt.Key.Key_Return)
    assert [(p.momentum, p.nesterov) for p in plans] == [(0, False)]


def test_a_schedule_is_chosen_and_has_its_fields(qtbot: QtBot) -> None:
    plan = form(qtbot)
    heard = said(plan)
    seen = [n for n in ("warmup", "step_size", "gamma") if plan.fields[n].isVisible()]
    assert seen == ["warmup"]
    assert not plan.rates.isVisible()  # a flat line tells nothing
    qtbot.keyClick(plan.schedule, Qt.Key.Key_Down)
    assert [h.plan.schedule for h in heard if isinstance(h, EditPlan)] == ["step"]
    stepped = form(qtbot, schedule="step")
    assert stepped.fields["step_size"].isVisible()
    assert stepped.fields["gamma"].isVisible()
    assert stepped.rates.isVisible()
    assert not form(qtbot, schedule="cosine").fields["gamma"].isVisible()


def test_the_learning_rates_of_the_plan_are_drawn(qtbot: QtBot) -> None:
    plan = form(qtbot, schedule="cosine", warmup=1000)
    curve = plan.rates.curve()
    heights = [point.y() for point in curve]
    top, bottom = min(heights), plan.rates._area().bottom()
    for n, point in enumerate(curve):
        step = round(n / (len(curve) - 1) * (PLAN.steps - 1))
        wanted = learning_rate_at(
            PLAN.model_copy(update={"schedule": "cosine", "warmup": 1000}), step
        )
        assert (bottom - point.y()) / (bottom - plan.rates._area().top()) == pytest.approx(
            wanted / PLAN.learning_rate, abs=1e-6
        )
    assert heights.index(top) == pytest.approx(len(heights) / 4, abs=2)
    shot = plan.rates.grab().toImage()
    accent = DARK.color("accent")

    def strong(x: float, y: float) -> bool:
        near = [shot.pixelColor(round(x), round(y) + d) for d in (-1, 0, 1)]
        return any(abs(c.blue() - accent.blue()) + abs(c.red() - accent.red()) < 90 for c in near)

    drawn = [strong(p.x(), p.y()) for p in curve[10:-10]]
    assert sum(drawn) > 0.9 * len(drawn)
    assert "0.000003" in plan.rates.toolTip() or "3e-06" in plan.rates.toolTip()
