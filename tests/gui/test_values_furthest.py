"""A click on a block of numbers tells of the one that the block is drawn by."""

from __future__ import annotations

import pytest
import torch
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from explorer.session import intents
from tests.gui.bench import Bench, Given
from tests.gui.test_values_compared import told

LEFT = Qt.MouseButton.LeftButton


def test_of_a_block_longer_than_is_asked_for_at_once(qtbot: QtBot) -> None:
    asked: list[object] = []
    x = torch.randn(2, 200_000, generator=torch.Generator().manual_seed(0))
    bench = Bench(qtbot, Given(x), torch.zeros(2))
    block = bench.pane.map.matrix.block[1]
    assert block > 2 * 256, "one answer has not room for all"
    bench.pane.intent.connect(asked.append)
    bench.bot.mouseClick(bench.pane.map, LEFT, pos=bench.point(1, 100_000))
    bench.settle()
    sizes = [one.view.size for one in asked if isinstance(one, intents.Look) and one.view.window]
    assert len(sizes) >= 2
    assert max(max(size) for size in sizes) <= 256
    _, column = bench.pane.map.cell
    begin = column * block
    at = begin + int(x[1, begin : begin + block].abs().argmax())
    found = bench.state.derivation.pinned
    assert found is not None
    assert found.index == (1, at)
    assert told(bench)[0] == pytest.approx(float(x[1, at]))


@pytest.mark.parametrize(("reduce", "number"), [("max-abs", -9.0), ("max", 4.0)])
def test_the_largest_where_blocks_show_that(qtbot: QtBot, reduce: str, number: float) -> None:
    x = torch.randn(900, 1100, generator=torch.Generator().manual_seed(0)).clamp(-3, 3)
    x[0, 0], x[1, 1] = -9.0, 4.0
    bench = Bench(qtbot, Given(x), torch.zeros(2))
    bench.change(reduce=reduce)
    assert bench.pane.map.matrix.data[0, 0] == number
    bench.bot.mouseClick(bench.pane.map, LEFT, pos=bench.point(0, 0))
    bench.settle()
    assert told(bench)[0] == number
