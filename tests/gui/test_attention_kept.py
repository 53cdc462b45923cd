"""The attention pane with a number kept whose explanation is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from explorer.core.attention import MEAN, AttentionLook, Showing
from explorer.gui.panes.attention import AttentionPane
from explorer.gui.theme import DARK
from explorer.session.state import Address, AppState, Derivation
from tests.gui.asked import Asked, random
from tests.recordings import gpt


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
