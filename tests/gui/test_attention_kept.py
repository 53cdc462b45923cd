"""The attention pane with a number kept whose explanation is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from msgspec import structs
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.core.attention import MEAN, AttentionLook, Showing
from explorer.gui.cut import Cut
from explorer.gui.panes.attention import AttentionPane
from explorer.gui.theme import DARK
from explorer.session import intents
from explorer.session.state import Address, AppState, Derivation
from tests.gui.asked import Asked, centre, random
from tests.gui.mouse import double_click, hover
from tests.recordings import gpt

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def kept(qtbot: QtBot) -> Callable[..., Asked]:
    """The pane on the first map of a GPT, whose cell [0, 1, 5, 2] is kept."""

    def shown(**how: object) -> Asked:
        pane = AttentionPane(DARK, 1.0)
        qtbot.addWidget(pane)
        pane.resize(380, 620)
        pane.show()
        recording = gpt()
        numbers = {
            one.value: np.tril(np.abs(random(recording, one.value))) for one in recording.attention
        }
        value = recording.attention[0].value
        state = AppState(
            attention=AttentionLook(**how),  # type: ignore[arg-type]
            derivation=Derivation(trail=(Address(value, (0, 1, 5, 2)),)),
        )
        return Asked(pane, recording, value, numbers[value], numbers, state)

    return shown


def ring(shown: Asked) -> list[tuple[int, ...]]:
    """Where the large map has its ring."""
    assert isinstance(shown.pane, AttentionPane)
    marks = shown.pane.map._marks[1]
    return [] if marks is None else [tuple(map(int, at)) for at in np.argwhere(marks)]


@pytest.mark.parametrize("other", ["heads", "lines", "model"])
def test_its_ring_stays_while_the_pictures_change(
    kept: Callable[..., Asked], qtbot: QtBot, other: Showing
) -> None:
    shown = kept(show="head")
    pane = shown.pane
    assert isinstance(pane, AttentionPane)
    assert ring(shown) == [(5, 2)]
    pane.switch[other].click()
    shown.answer()
    pane.switch["head"].click()  # the numbers of one head are on their way
    pane.map.repaint()
    shown.answer()
    pane.map.repaint()
    assert ring(shown) == [(5, 2)]


def test_no_cell_of_a_mean_has_a_ring(kept: Callable[..., Asked]) -> None:
    shown = kept(show="head", head=1)
    assert ring(shown) == [(5, 2)]
    shown.render(replace(shown.state, attention=AttentionLook(show="head", head=MEAN)))
    shown.answer()
    assert ring(shown) == []


def test_among_all_of_the_model_a_click_chooses_and_a_second_one_opens(
    kept: Callable[..., Asked], qtbot: QtBot
) -> None:
    shown = kept(show="model")
    pane, recording = shown.pane, shown.state.recording
    assert isinstance(pane, AttentionPane)
    assert recording is not None
    second = recording.attention[1]
    shown.state = replace(shown.state, cursor=second.event, selected=second.value)
    shown.render(shown.state)
    shown.answer()
    qtbot.mouseClick(pane.model.overview, LEFT, pos=pane.model.overview.place(0, 3).center())
    assert intents.SelectOutput(recording.attention[0].value) in shown.heard
    first = recording.attention[0]
    shown.render(replace(shown.state, cursor=first.event, selected=first.value))
    shown.answer()
    assert (pane.model.overview._chosen, shown.state.attention.show) == ((0, 3), "model")
    qtbot.mouseClick(pane.model.overview, LEFT, pos=pane.model.overview.place(0, 3).center())
    shown.answer()
    assert (shown.state.attention.show, shown.state.attention.head) == ("head", 3)


def test_a_double_click_that_opens_a_map_does_not_zoom_into_it(
    kept: Callable[..., Asked], qtbot: QtBot
) -> None:
    shown = kept(show="model", head=2)
    pane = shown.pane
    assert isinstance(pane, AttentionPane)
    qtbot.mouseClick(pane.model.overview, LEFT, pos=pane.model.overview.place(0, 2).center())
    shown.answer()
    assert pane.map.isVisible()
    second = QMouseEvent(
        QEvent.Type.MouseButtonDblClick, QPointF(pane.map.rect().center()),
        pane.map.mapToGlobal(QPointF(pane.map.rect().center())), LEFT, LEFT,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(pane.map, second)
    shown.answer()
    assert shown.state.attention.seen == ()
    double_click(pane.map, pane.map.rect().center())
    shown.answer()
    assert shown.state.attention.seen != ()


def test_over_lines_of_several_heads_the_strongest_has_its_head(kept: Callable[..., Asked]) -> None:
    shown = kept(show="lines", quiet=frozenset({0}))
    pane = shown.pane
    assert isinstance(pane, AttentionPane)
    assert "Numbers: means over 3 heads." in shown.said()
    field, weights = pane.lines.field, shown.numbers[0]
    hover(field, field.middle("query", 7).toPoint() - QPoint(6, 0))
    head, key = np.unravel_index(weights[1:, 7].argmax(), weights[1:, 7].shape)
    said = f"strongest: head {head + 1}, "
    assert said in shown.said()
    assert f"[{key}] = {weights[1:, 7].max():.4f}" in shown.said()


def test_of_weights_that_were_changed_it_is_not_said_that_they_sum_to_1(
    kept: Callable[..., Asked],
) -> None:
    shown = kept(show="head")
    assert "Each row sums to 1" in shown.said()
    recording = shown.state.recording
    assert recording is not None
    changed = structs.replace(recording, touched=(shown.value,))
    shown.render(replace(shown.state, recording=changed))
    shown.answer()
    assert "Each row sums to 1" not in shown.said()
    assert "You changed some weights." in shown.said()


def test_the_number_pointed_at_is_never_cut(kept: Callable[..., Asked]) -> None:
    shown = kept(head=MEAN)
    pane = shown.pane
    assert isinstance(pane, AttentionPane)
    shown.answer()
    hover(pane.map, centre(pane.map, pane.map.matrix.data.shape, 7, 2))
    (line,) = (one for one in pane.findChildren(Cut) if "=" in one.whole)
    line.resize(150, line.height())
    assert "…" in line.text(), "there is no room for all of it"
    assert line.text().endswith(line.whole.rpartition(" ")[2])
    assert line.toolTip() == line.whole


def test_a_cell_of_a_mean_says_why_it_is_not_explained(kept: Callable[..., Asked]) -> None:
    shown = kept(show="head", head=1)
    shown.render(replace(shown.state, attention=AttentionLook(show="head", head=MEAN)))
    shown.answer()
    pane = shown.pane
    assert isinstance(pane, AttentionPane)
    QTest.mouseClick(pane.map, LEFT, pos=centre(pane.map, pane.map.matrix.data.shape, 5, 2))
    assert not any(isinstance(one, intents.Derive) for one in shown.heard)
    assert any("made of all heads" in one.whole for one in pane.findChildren(Cut))
