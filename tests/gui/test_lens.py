"""The lens pane: what it asks, paints and says, by mouse and keys."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.core.lens import Lens, LensView
from explorer.gui.panes.lens import LensPane
from explorer.gui.panes.shades import WEIGHTS, lut
from explorer.gui.theme import DARK
from explorer.picture.residual import residual_of
from explorer.session import intents
from explorer.session.state import AppState
from tests.recordings import gpt

TEXT = "It was a bright cold day in April"
GPT = gpt(TEXT, layers=3)
STREAM = residual_of(GPT)
assert STREAM is not None
LETTERS = GPT.labels["V"]
T = len(TEXT)


class Shown:
    """The pane over the logits; the answers come at once, made up: of row r and position p the
    letter r + p is the likeliest."""

    def __init__(self, qtbot: QtBot, value: int = GPT.prediction) -> None:
        self.views: list[LensView] = []
        self.said: list[object] = []
        self.pane = LensPane(DARK, 1.0)
        qtbot.addWidget(self.pane)
        self.pane.resize(340, 480)
        self.pane.intent.connect(self._take)
        writer = GPT.values[value].writer
        self.state = AppState(page="model", recording=GPT, cursor=writer, selected=value)
        self.pane.show()
        QApplication.processEvents()
        self.pane.render(None, self.state)

    def _take(self, intent: object) -> None:
        if not isinstance(intent, intents.Ask):
            self.said.append(intent)
            return
        view = intent.view
        assert isinstance(view, LensView)
        assert STREAM is not None
        self.views.append(view)
        row = STREAM.values.index(view.given)
        at = np.arange(view.first, min(T, view.first + view.most))
        places = (row + at[:, None] + np.arange(5)) % len(LETTERS)
        chances = np.tile([0.2 * (row + 1), 0.1, 0.05, 0.02, 0.01], (len(at), 1))
        before, self.state = self.state, replace(
            self.state, answers={Lens: Lens(view, places, chances, T)}
        )  # fmt: skip
        self.pane.render(before, self.state)

    def at(self, row: int, column: int) -> QPoint:
        return self.pane.grid.place(row, column).center().toPoint()


@pytest.fixture
def shown(qtbot: QtBot) -> Shown:
    return Shown(qtbot)


def test_a_row_after_the_other_is_asked_for_from_the_last_one_on(shown: Shown) -> None:
    assert STREAM is not None
    asked = [view for view in shown.views if view == replace_first(view, shown)]
    assert [view.given for view in asked[-4:]] == [*reversed(STREAM.values)]
    assert all(view.last == STREAM.values[-1] for view in asked)
    assert shown.pane.up_to_date
    room = shown.pane.grid.room(T)
    assert shown.pane.bar.maximum() == T - room > 0
    assert asked[-1].first == T - room  # what is new is at the end
    count = len(shown.views)
    shown.pane.refresh()
    assert len(shown.views) == count  # once


def replace_first(view: LensView, shown: Shown) -> LensView:
    """The view if it is of the positions on screen now."""
    last = shown.views[-1]
    return LensView(view.tape, view.value, view.last, view.given, last.first, last.most)


def test_cells_have_the_colour_of_how_likely_the_word_is(shown: Shown) -> None:
    image = shown.pane.grid.grab().toImage()
    for row in range(4):
        blue, green, red, _ = lut(WEIGHTS)[int(0.2 * (row + 1) * 255)].tolist()
        corner = shown.pane.grid.place(row, 1).topLeft().toPoint() + QPoint(2, 2)
        found = image.pixelColor(corner)
        assert (found.red(), found.green(), found.blue()) == (red, green, blue)


def test_the_mouse_over_a_cell_tells_its_likeliest(shown: Shown, qtbot: QtBot) -> None:
    pane = shown.pane
    first = pane.bar.value()
    assert pane.told.text().startswith(f"after blocks.2, at “{GPT.labels['T'][-1]}” [{T - 1}]: ")
    qtbot.mouseMove(pane.grid, shown.at(1, 2))
    token = GPT.labels["T"][first + 2]
    letters = [LETTERS[1 + first + 2 + n] for n in range(2)]
    start = f"after blocks.0, at “{token}” [{first + 2}]: “{letters[0]}”\N{NO-BREAK SPACE}40.0% · "
    assert pane.told.text().startswith(start + f"“{letters[1]}”\N{NO-BREAK SPACE}10.0%")
    qtbot.mouseMove(pane.grid, shown.at(0, 2))
    assert pane.told.text().startswith("before the first block, at ")


def test_a_click_goes_to_what_made_the_stream_so(shown: Shown, qtbot: QtBot) -> None:
    assert STREAM is not None
    qtbot.mouseClick(shown.pane.grid, Qt.MouseButton.LeftButton, pos=shown.at(2, 0))
    writer = GPT.values[STREAM.values[2]].writer
    assert shown.said == [intents.ChoosePane("lens"), intents.StepTo(writer, reveal=True)]


def test_keys_go_from_cell_to_cell_and_on_to_other_positions(shown: Shown, qtbot: QtBot) -> None:
    pane, grid = shown.pane, shown.pane.grid
    grid.setFocus()
    qtbot.keyClick(grid, Qt.Key.Key_Up)
    assert grid.at == (3, len(grid._columns) - 1)
    qtbot.keyClick(grid, Qt.Key.Key_Up)
    assert grid.at[0] == 2
    assert pane.told.text().startswith("after blocks.1, ")
    before = pane.bar.value()
    for _ in range(len(grid._columns) + 1):
        qtbot.keyClick(grid, Qt.Key.Key_Left)
    assert grid.at == (2, 0)
    assert pane.bar.value() == before - 2
    assert shown.views[-1].first == before - 2
    assert pane.up_to_date
    qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert shown.said


def test_shift_and_the_wheel_move_along_the_positions(shown: Shown) -> None:
    before, grid = shown.pane.bar.value(), shown.pane.grid
    for modifier, moved in (
        (Qt.KeyboardModifier.NoModifier, 0), (Qt.KeyboardModifier.ShiftModifier, 1),
    ):  # fmt: skip
        at = QPointF(shown.at(1, 1))
        wheel = QWheelEvent(
            at, grid.mapToGlobal(at), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, modifier,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(grid, wheel)
        assert shown.pane.bar.value() == before - moved


def test_the_row_of_the_value_looked_at_is_ringed(qtbot: QtBot) -> None:
    assert STREAM is not None
    shown = Shown(qtbot, STREAM.values[1])
    assert shown.pane.grid.last[0] == 1
    assert shown.pane.told.text().startswith("after blocks.0, ")
    image = shown.pane.grid.grab().toImage()
    ring = shown.pane.grid.place(1, 0).topLeft().toPoint() + QPoint(8, -1)
    assert image.pixelColor(ring) == DARK.color("cursor")
