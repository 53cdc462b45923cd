"""How much of a value the inspector asks for, where its words leave more or less room."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from msgspec import structs
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.core.values import View
from explorer.gui.chips import Chips
from explorer.gui.inspector import Inspector
from explorer.gui.theme import DARK
from explorer.session import intents
from explorer.session.state import AppState
from tests.recordings import gpt

SIDE = 3000
Shown = tuple[Inspector, AppState, list[object]]


@pytest.fixture
def shown(qtbot: QtBot) -> Shown:
    """An inspector on a pass of which every value has more numbers than there is room for."""
    inspector = Inspector(DARK, 1.0)
    qtbot.addWidget(inspector)
    inspector.resize(420, 800)
    inspector.show()
    recording = gpt()
    large = [structs.replace(one, shape=(SIDE, SIDE), axes=("", "")) for one in recording.values]
    recording = structs.replace(recording, values=tuple(large), attention=())
    everything = frozenset(range(len(recording.calls)))
    state = AppState(page="model", recording=recording, cursor=0, open=everything, pane="values")
    inspector.render(None, state)
    QApplication.processEvents()
    said: list[object] = []
    inspector.intent.connect(said.append)
    return inspector, state, said


def views(said: list[object]) -> list[View]:
    return [one.view for one in said if isinstance(one, intents.Look)]


def room(inspector: Inspector) -> tuple[int, ...]:
    """Cells down and across: blocks of equal size, as many as there are pixels at most."""
    pixels = inspector.panes["values"].map.room()  # type: ignore[attr-defined]
    return tuple(math.ceil(SIDE / math.ceil(SIDE / n)) for n in pixels)


def test_a_step_asks_once_whatever_room_its_words_take(shown: Shown) -> None:
    inspector, state, said = shown
    recording = state.recording
    assert recording is not None
    pane, heights = inspector.panes["values"], set()
    for event in recording.events[1:40]:
        said.clear()
        old, state = state, replace(state, cursor=event.index)
        inspector.render(old, state)
        QApplication.processEvents()  # the layout settles
        heights.add(pane.height())
        (view,) = views(said)
        assert view.value == event.outputs[0]
        assert view.size == room(inspector)
    assert len(heights) > 1


def test_another_size_of_the_window_asks_again(shown: Shown) -> None:
    inspector, state, said = shown
    inspector.render(state, replace(state, cursor=4))
    QApplication.processEvents()
    said.clear()
    inspector.resize(600, 900)
    QApplication.processEvents()
    assert views(said)
    assert views(said)[-1].size == room(inspector)


def test_many_values_leave_the_picture_room(qtbot: QtBot) -> None:
    recording = gpt()
    event = recording.events[20]
    many = tuple(range(20))
    chips = Chips(DARK, 1.0)
    qtbot.addWidget(chips)
    chips.resize(380, 400)
    chips.show_values(recording, event.index, many, many[-1])
    highs = []
    for low, ample in ((False, False), (True, False), (False, True)):
        chips.place(low, ample)
        highs.append(chips.height())
    one = highs[0] / 4.5
    assert highs == pytest.approx([4.5 * one, 4.5 * one, 7.5 * one], rel=0.05)
    chips.show_values(recording, event.index, many[:5], None)
    chips.place(low=False)
    assert chips.height() == pytest.approx(6 * one, rel=0.05), "these need not scroll"
