"""Numbers of two values beside each other: each picture tells of its own."""

from __future__ import annotations

import math

import pytest
import torch
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from torch import Tensor, nn

from explorer.core.change import Change
from explorer.core.plane import Against
from explorer.gui.cut import Cut
from explorer.gui.panes.trio import DIFFERENCE, OTHER, THIS
from explorer.picture.numbers import exact_text, number_text
from explorer.session import intents
from tests.gui.bench import Bench
from tests.gui.mouse import hover, leave

LEFT = Qt.MouseButton.LeftButton


class Steps(nn.Module):
    """Twice, and one more."""

    def forward(self, x: Tensor) -> Tensor:
        """(rows, columns) → (rows, columns)"""
        return x * 2 + 1


@pytest.fixture
def changed(qtbot: QtBot) -> tuple[Bench, Tensor]:
    """At the last of two ops, with a number of the first one set to 0."""
    x = torch.arange(1.0, 21).reshape(4, 5)
    bench = Bench(qtbot, Steps(), x)
    bench.step(1)
    bench.session.take(intents.MakeChange(Change("mul#0", "zero", "2, 3")))
    bench.settle()
    return bench, x


def click(bench: Bench, number: int, row: int, column: int) -> None:
    bench.bot.mouseClick(bench.pane.trio.maps[number], LEFT, pos=bench.point(row, column, number))
    bench.settle()


def told(bench: Bench) -> tuple[float, bool]:
    """The number that is told of, and whether it is one before the changes."""
    derivation = bench.state.derivation
    assert derivation.shown is not None
    number = derivation.shown.value
    assert isinstance(number, float)
    return number, derivation.before


def test_a_click_on_the_number_before_tells_of_that(changed: tuple[Bench, Tensor]) -> None:
    bench, x = changed
    assert bench.pane.trio.three
    was = float(x[2, 3] * 2 + 1)
    click(bench, OTHER, 2, 3)
    assert told(bench) == (was, True)
    ring = bench.pane.trio.maps[OTHER]._marks[1]
    assert ring is not None
    assert ring.nonzero()[0].tolist() == [2]
    assert bench.pane.map._marks[1] is None
    click(bench, THIS, 2, 3)
    assert told(bench) == (1.0, False)
    assert bench.pane.trio.maps[OTHER]._marks[1] is None
    leave(bench.pane.map)
    hover(bench.pane.trio.maps[OTHER], bench.point(2, 3, OTHER))
    bench.settle()
    assert told(bench) == (was, True)
    click(bench, DIFFERENCE, 2, 3)
    assert told(bench) == (1.0, False)


def test_from_a_number_before_it_goes_on_before(changed: tuple[Bench, Tensor]) -> None:
    bench, x = changed
    click(bench, OTHER, 2, 3)
    recording = bench.state.recording
    assert recording is not None
    source = recording.events[0].outputs[0]
    bench.session.take(intents.Derive(source, (2, 3), walk=True, before=True))
    bench.settle()
    assert told(bench) == (float(x[2, 3] * 2), True)
    bench.session.take(intents.PauseChanges())  # before is all that there is
    bench.settle()
    assert told(bench) == (float(x[2, 3] * 2), False)


def test_a_reach_is_of_the_pass_on_screen(changed: tuple[Bench, Tensor]) -> None:
    bench, _ = changed
    click(bench, OTHER, 2, 3)
    bench.session.take(intents.ShowReach("from"))
    bench.settle()
    assert told(bench) == (1.0, False)
    assert bench.state.reach.way == "from"
    click(bench, OTHER, 2, 3)
    assert bench.state.reach.way == ""


def test_a_click_on_another_value_tells_of_that(qtbot: QtBot) -> None:
    x = torch.randn(4, 5)
    bench = Bench(qtbot, Steps(), x)
    bench.step(1)
    bench.change(against=Against("input"))
    click(bench, OTHER, 1, 2)
    assert told(bench) == (pytest.approx(float(x[1, 2] * 2)), False)


def test_of_the_pass_beside_it_is_said_where_its_numbers_are_told(qtbot: QtBot) -> None:
    bench = Bench(qtbot, Steps(), torch.randn(6, 7))
    bench.session.take(intents.KeepBeside())
    bench.feed._given = ((torch.randn(6, 7),), {})
    bench.record()
    bench.step(1)
    bench.change(against=Against("beside"))
    hover(bench.pane.trio.maps[OTHER], bench.point(2, 3, OTHER))
    bench.settle()
    assert bench.state.derivation.pointed is None
    click(bench, OTHER, 2, 3)
    assert bench.state.derivation.pinned is None
    assert "Of the pass beside: X makes it active, then click again." in bench.said()


def test_a_click_on_a_block_tells_of_its_furthest_number(qtbot: QtBot) -> None:
    torch.manual_seed(3)
    bench = Bench(qtbot, Steps(), torch.randn(2, 900, 1100))
    bench.step(0)
    matrix = bench.pane.map.matrix
    rows, columns = matrix.block
    assert rows > 1
    assert columns > 1
    bench.bot.mouseClick(bench.pane.map, LEFT, pos=bench.point(40 * rows, 30 * columns))
    bench.settle()
    row, column = bench.pane.map.cell
    found = bench.state.derivation.pinned
    assert found is not None
    assert (found.index[1] // rows, found.index[2] // columns) == (row, column)
    assert told(bench)[0] == pytest.approx(float(matrix.data[row, column]))
    ring = bench.pane.map._marks[1]
    assert ring is not None
    assert ring[row, column]


def test_a_click_on_a_block_that_is_drawn_as_nan_tells_of_that(qtbot: QtBot) -> None:
    x = torch.randn(2, 900, 1100)
    x[0, 5, 7], x[0, 5, 6] = math.nan, 1e6
    bench = Bench(qtbot, Steps(), x)
    bench.step(0)
    bench.bot.mouseClick(bench.pane.map, LEFT, pos=bench.point(5, 7))
    bench.settle()
    found = bench.state.derivation.pinned
    assert found is not None
    assert math.isnan(bench.pane.map.matrix.data[bench.pane.map.cell])
    assert found.index == (0, 5, 7)


def test_three_pictures_in_little_room_are_no_strips(qtbot: QtBot) -> None:
    bench = Bench(qtbot, Steps(), torch.randn(1, 16, 16), size=(370, 290))
    bench.step(1)
    bench.change(against=Against("input"))
    maps = bench.pane.trio.maps
    wide = {round(one.field().width()) for one in maps}
    assert max(wide) - min(wide) <= 1, "cells are as wide in all of them"
    assert min(wide) >= 65
    for title in bench.pane.trio.findChildren(Cut):
        assert title.fontMetrics().horizontalAdvance(title.text()) <= title.width()


def test_a_click_on_a_mean_says_what_to_choose(qtbot: QtBot) -> None:
    bench = Bench(qtbot, Steps(), torch.randn(3, 4, 5))
    bench.step(0)
    bench.change(along=("mean", "", ""))
    click(bench, THIS, 1, 2)
    assert bench.state.derivation.pinned is None
    assert "It is made of several numbers: choose a position of the other axes." in bench.said()


def test_three_numbers_are_shorter_where_there_is_little_room(qtbot: QtBot) -> None:
    torch.manual_seed(0)
    bench = Bench(qtbot, nn.Sequential(nn.Linear(6, 5)), torch.randn(4, 6), size=(1500, 480))
    bench.step(0)
    bench.session.take(intents.MakeChange(Change("0.weight", "scale", "", 0.9)))
    bench.settle()
    hover(bench.pane.map, bench.point(1, 2))
    bench.settle()
    line, number = bench.pane._where, bench.shown()[1, 2]
    assert exact_text(number) in line.text()
    line.resize(line.fontMetrics().horizontalAdvance(line.whole) - 1, line.height())
    assert "…" not in line.text()
    assert exact_text(number) not in line.text()
    assert number_text(float(number), 4) in line.text()
    assert line.text().count("=") == 2
    assert line.toolTip() == line.whole
