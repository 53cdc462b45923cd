"""Choosing the pictures of a training and their places, with real events."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from explorer.core.presets import load_preset
from explorer.gui.habits import keep_look, last_look
from explorer.gui.theme import DARK
from explorer.gui.training import TrainingPage
from explorer.session import intents
from explorer.session.arrangement import Arrangement
from explorer.session.series import Series
from explorer.session.state import AppState, Training
from explorer.session.update import update

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(qtbot: QtBot) -> TrainingPage:
    """A page that does what it asks for."""
    page = TrainingPage(DARK)
    qtbot.addWidget(page)
    page.resize(1100, 800)
    preset = load_preset("spirals-mlp")
    page.render(None, AppState(page="model", tab="training", shipped=preset))

    def take(intent: intents.Intent) -> None:
        old = page._state
        assert old is not None
        page.render(old, update(old, intent)[0])

    page.intent.connect(take)
    page.show()
    qtbot.waitExposed(page)
    return page


def titles(page: TrainingPage) -> list[str]:
    """What is shown, by its place."""
    found = sorted(page.cards, key=lambda card: (card.y(), card.x()))
    return [card.accessibleName() for card in found]


def choose(page: TrainingPage, card: str, action: str) -> None:
    menu = page.menu(card)
    found = next(one for one in menu.actions() if one.text() == action)
    assert found.isEnabled()
    found.trigger()


USUAL = ["Loss", "Decision boundary", "Accuracy", "Network", "Gradients per layer"]


def test_one_more_is_shown_and_one_less(qtbot: QtBot, page: TrainingPage) -> None:
    assert titles(page) == USUAL
    before = dict(zip(titles(page), page.cards, strict=True))
    choose(page, "loss", "Updates per layer")
    qtbot.waitUntil(lambda: titles(page) == [*USUAL, "Updates per layer"])
    assert all(card in page.cards for card in before.values()), "they are not made anew"
    choose(page, "loss", "Decision boundary")
    qtbot.waitUntil(lambda: titles(page) == [USUAL[0], *USUAL[2:], "Updates per layer"])
    assert all(card.isVisible() for card in page.cards)


def test_the_last_one_stays(page: TrainingPage) -> None:
    for name in ("Decision boundary", "Accuracy", "Network", "Gradients per layer"):
        choose(page, "loss", name)
    assert titles(page) == ["Loss"]
    last = next(one for one in page.menu("loss").actions() if one.text() == "Loss")
    assert last.isChecked()
    assert not last.isEnabled()


def test_the_button_opens_the_menu(qtbot: QtBot, page: TrainingPage) -> None:
    qtbot.mouseClick(page.cards[0].more, LEFT)
    from PySide6.QtWidgets import QApplication, QMenu

    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    texts = [one.text() for one in menu.actions() if one.text()]
    assert "Confusion" not in texts, "it is not of this model"
    assert {"Dead units", "Learning rate", "Move back"} <= {*texts}
    menu.close()


def test_it_is_moved_by_the_menu(qtbot: QtBot, page: TrainingPage) -> None:
    choose(page, "boundary", "Move forward")
    qtbot.waitUntil(lambda: titles(page)[:2] == ["Decision boundary", "Loss"])
    assert not page.menu("boundary").actions()[0].isEnabled(), "it is the first"
    choose(page, "boundary", "Move back")
    qtbot.waitUntil(lambda: titles(page) == USUAL)


def test_it_is_taken_by_its_heading_and_dropped_upon_another(
    qtbot: QtBot, page: TrainingPage
) -> None:
    held, other = page.cards[0], page.cards[3]
    grip = QPoint(40, 14)
    there = held.mapFromGlobal(other.mapToGlobal(other.rect().center()))
    qtbot.mousePress(held, LEFT, pos=grip)
    qtbot.mouseMove(held, there)
    assert other.aimed
    assert not held.aimed
    qtbot.mouseRelease(held, LEFT, pos=there)
    assert not other.aimed
    qtbot.waitUntil(lambda: titles(page) == [*USUAL[1:4], "Loss", USUAL[4]])


def test_a_click_and_a_picture_move_nothing(qtbot: QtBot, page: TrainingPage) -> None:
    held, other = page.cards[0], page.cards[3]
    qtbot.mouseClick(held, LEFT, pos=QPoint(40, 14))
    there = held.mapFromGlobal(other.mapToGlobal(other.rect().center()))
    qtbot.mousePress(held, LEFT, pos=QPoint(40, held.height() - 3))  # not by its heading
    qtbot.mouseMove(held, there)
    assert not other.aimed
    qtbot.mouseRelease(held, LEFT, pos=there)
    away = held.mapFromGlobal(page.mapToGlobal(QPoint(-50, -50)))
    qtbot.mousePress(held, LEFT, pos=QPoint(40, 14))
    qtbot.mouseMove(held, away)
    qtbot.mouseRelease(held, LEFT, pos=away)
    assert titles(page) == USUAL


def test_all_of_them_draw_what_they_are_told(qtbot: QtBot, page: TrainingPage) -> None:
    state = page._state
    assert state is not None
    preset = state.shipped
    assert preset is not None
    names = ("rate", "weights", "updates", "activations", "dead")
    state = replace(state, arrangement=Arrangement.of(names))
    page.render(page._state, state)
    assert all(card.said for card in page.cards)
    steps = [[1.0, 0.5], [2.0, 0.25]]
    curves = {
        "learning_rate": steps, "weight/layers.0": steps, "update/layers.0": steps,
        "activation/layers.1": steps, "dead/layers.1": steps,
    }  # fmt: skip
    training = Training(
        plan=preset.preset.train, step=2,
        curves={name: Series(points) for name, points in curves.items()},  # type: ignore[arg-type]
    )  # fmt: skip
    page.render(state, replace(state, training=training))
    qtbot.waitUntil(lambda: not any(card.said for card in page.cards))
    for card, name in zip(page.cards, curves, strict=True):
        assert list(card._drawn) == [name]  # type: ignore[attr-defined]
    rate, dead = page.cards[0], page.cards[-1]
    drawn = rate._drawn["learning_rate"].mean.tolist()  # type: ignore[attr-defined]
    assert drawn == pytest.approx([-0.30103, -0.60206], rel=1e-4)  # powers of ten
    assert dead._drawn["dead/layers.1"].mean.tolist() == [0.5, 0.25]  # type: ignore[attr-defined]


def test_it_is_remembered() -> None:
    line = Arrangement.of(("dead", "loss")).written()
    keep_look(last_look()._replace(cards=line))
    assert last_look().cards == line
