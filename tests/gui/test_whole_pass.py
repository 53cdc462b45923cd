"""What is said of a reach over the whole pass: no more than the pane on screen shows."""

from __future__ import annotations

import torch
from pytestqt.qtbot import QtBot
from torch import nn

from explorer.gui.derivation.whole import WholePass
from explorer.gui.theme import DARK
from explorer.session import intents
from tests.gui.bench import Bench


def test_only_a_pane_that_outlines_cells_is_said_to(qtbot: QtBot) -> None:
    bench = Bench(qtbot, nn.Sequential(nn.Linear(6, 80), nn.ReLU()), torch.randn(3, 6))
    bench.step(1)
    whole = WholePass(DARK, 1.0)
    qtbot.addWidget(whole)
    value = bench.state.value
    assert value is not None
    bench.session.take(intents.Derive(value, (1, 2)))
    bench.session.take(intents.ShowReach("from"))
    bench.step(0)
    for pane, outlines in (("values", True), ("distribution", False), ("values", True)):
        bench.session.take(intents.ChoosePane(pane))
        whole.show_state(bench.state)
        assert whole.said.text().startswith("1 of 240 cells here · ")
        assert ("outlined: could change this number" in whole.said.text()) == outlines
        assert ("“Values” shows which" in whole.said.text()) != outlines
