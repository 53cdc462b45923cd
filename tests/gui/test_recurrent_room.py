"""The recurrent pane where there is little room, and what it says where a click leads nowhere."""

from __future__ import annotations

import pytest
import torch
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from torch import nn

from explorer.core.change import Change
from explorer.gui.derivation.drawer import DerivationDrawer
from explorer.gui.theme import DARK, font, mono
from explorer.picture.derivation import origins
from explorer.session import intents
from tests.gui.mouse import hover
from tests.gui.test_recurrent import Bench


def both_ways(qtbot: QtBot, height: int) -> Bench:
    """A network of two layers and directions."""
    torch.manual_seed(3)
    model = nn.LSTM(4, 24, num_layers=2, bidirectional=True).requires_grad_(False)
    return Bench(qtbot, model, torch.randn(20, 2, 4), size=(370, height))


def test_bands_are_high_enough_to_be_seen_and_scroll(qtbot: QtBot) -> None:
    bench = both_ways(qtbot, 300)
    bands, bar = bench.pane.bands, bench.pane.area.verticalScrollBar()
    assert len(bands.stack.grids()) == 6
    assert min(grid.area.height() for grid in bands.stack.grids()) >= 16
    assert bar.maximum() > 0
    last = bands.stack.grids()[-1].area.toRect()
    assert bands.visibleRegion().intersected(last).boundingRect().height() < last.height()
    bands.setFocus()
    for _ in range(7):
        QTest.keyClick(bands, Qt.Key.Key_PageDown)
    assert bands.cell is not None
    assert bands.cell[0].name == "o"
    last = bands.stack.grids()[-1].area.toRect()
    assert bands.visibleRegion().boundingRect().contains(last)


def test_low_bands_keep_their_words_what_they_reach_to_and_the_sentence(qtbot: QtBot) -> None:
    pane = both_ways(qtbot, 240).pane
    bands = pane.bands
    image = bands.grab().toImage()
    letters = max(QFontMetrics(mono(1.0, 10)).horizontalAdvance("m"), 8) + 8
    for grid in bands.stack.grids():
        area = grid.area.toRect()
        word = QRect(0, area.top(), area.left() - letters, area.height())
        reach = QRect(area.right() + 3, area.top(), bands.width() - area.right() - 3, area.height())
        for place in (word, reach):
            shades = {image.pixelColor(x, y).lightness() for x, y in pixels(place)}
            assert max(shades) - min(shades) > 60, place  # something is written there
    assert pane._help.isVisible()


def pixels(place: QRect) -> list[tuple[int, int]]:
    across, down = range(place.left(), place.right()), range(place.top(), place.bottom())
    return [(x, y) for x in across for y in down]


def test_bands_fill_a_high_pane(qtbot: QtBot) -> None:
    bench = both_ways(qtbot, 700)
    assert bench.pane.area.verticalScrollBar().maximum() == 0
    assert bench.pane.bands.height() == bench.pane.area.height()
    assert bench.pane.bands.stack.grids()[0].area.height() > 40


@pytest.mark.parametrize("what", ["gives", "reads"])
def test_states_of_a_network_whose_result_was_changed_are_said_to_be_those_before(
    qtbot: QtBot, what: str
) -> None:
    bench = Bench(qtbot, nn.GRU(4, 6).requires_grad_(False), torch.randn(5, 2, 4), op="gru")
    recording = bench.state.recording
    assert recording is not None
    said = bench.pane._help
    changed = "What the layer gives was changed after it ran: these are the states that it had."
    assert changed not in said.text()
    event = recording.events[bench.event]
    value = event.outputs[0] if what == "gives" else event.inputs[0]
    bench.session.take(intents.MakeChange(Change(recording.values[value].name, "zero")))
    bench.settle()
    bench.step(bench.event)
    assert (changed in said.text()) == (what == "gives")


def test_a_click_on_a_gate_of_a_long_network_says_why_it_leads_nowhere(qtbot: QtBot) -> None:
    model = nn.GRU(4, 6).requires_grad_(False)
    bench = Bench(qtbot, model, torch.randn(300, 1, 4), op="gru", size=(2000, 520))
    bench.click("z", 4, 3)
    banner = bench.state.banner
    assert bench.state.recurrent.cell == ("z", 4, 3)
    assert banner is not None
    assert banner.level == "news"
    assert banner.values == {"steps": "300", "most": "256"}
    assert banner.text.startswith("A click opens no network of more than {most} steps")


def test_of_a_state_of_a_long_network_the_weights_of_its_own_layer_come_first(
    qtbot: QtBot,
) -> None:
    torch.manual_seed(3)
    model = nn.RNN(4, 6, num_layers=2).requires_grad_(False)
    given = torch.randn(300, 1, 4)
    bench = Bench(qtbot, model, given, op="rnn_tanh", size=(2000, 520))
    bench.click("h", 129, 3)
    recording, told = bench.state.recording, bench.state.derivation.told
    assert recording is not None
    assert told is not None
    names = [recording.values[ref].name for ref, _ in origins(recording, told)]
    assert names[:2] == ["input", "zeros#0"]
    assert {*names[2:4]} == {"weight_ih_l1", "weight_hh_l1"}
    assert {*names[4:]} >= {"weight_ih_l0", "bias_hh_l1"}
    times = {cell[0] for ref, cell in told.cells() if recording.values[ref].name == "input"}
    assert times == set(range(130))
    drawer = DerivationDrawer(DARK, 1.0)
    qtbot.addWidget(drawer)
    drawer.resize(1200, 240)
    drawer.show()
    drawer.render(None, bench.state)
    more = next(one for one in drawer.origins.findChildren(QLabel) if one.isVisible())
    assert more.text() == f"+ {len(names) - 3} more"
    assert "weight_ih_l0" in more.toolTip()


def test_the_cell_that_was_clicked_stays_told_where_the_bands_move_under_the_mouse(
    qtbot: QtBot,
) -> None:
    """The header above may get lower by what a click leads to."""
    bench = Bench(qtbot, nn.GRU(4, 6).requires_grad_(False), torch.randn(7, 1, 4), op="gru")
    bench.click("r", 3, 1)
    bench.pane.resize(400, 700)
    bench.settle()
    bands = bench.pane.bands
    assert bands.stack.at(QPointF(bench.point("r", 3, 1))) is not None
    head, *_, last = bench.pane.told.text().split("\n")
    assert head.startswith("unit 1 at t = 3: r (reset) = ")
    number = head.rpartition(" ")[2]
    assert last.startswith("n = tanh(… + r·(… h₃)) = ")
    assert float(last.rpartition("r = ")[2]) == pytest.approx(float(number), abs=1e-3)
    hover(bands, bench.point("z", 5, 2))
    bench.settle()
    assert bench.pane.told.text().startswith("unit 2 at t = 5: z (update) = ")


def test_the_lines_of_three_gates_have_their_letters_below_each_other_in_a_low_pane(
    qtbot: QtBot,
) -> None:
    stack = both_ways(qtbot, 250).pane.bands.stack
    assert len(stack.lines) == 3
    letter = QFontMetrics(mono(1.0, 8.5)).height() * 0.82
    assert stack.plot().height() >= 3 * letter
    words = QFontMetrics(font(1.0, 8)).height()
    assert stack.plot().height() >= 2 * words  # "open" above, "closed" below
