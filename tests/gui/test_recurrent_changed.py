"""The recurrent pane of a pass that somebody changed: what is told is true, and what is marked."""

from __future__ import annotations

import math

import pytest
import torch
from PySide6.QtCore import QPoint
from PySide6.QtGui import QContextMenuEvent, QFontInfo, QFontMetrics
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot
from torch import Tensor, nn

from explorer.core.change import Change
from explorer.gui.theme import DARK, mono
from explorer.picture.numbers import number_text
from explorer.session import intents
from tests.gui.bench import trigger
from tests.gui.mouse import hover
from tests.gui.test_recurrent import Bench, C, H, T, gates_of

UNIT, STEP = 2, 4


class Loop(nn.Module):
    """A cell of PyTorch, step by step."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(C, H)

    def forward(self, x: Tensor) -> Tensor:
        """(T, B, C) → (T, B, H)."""
        h = c = torch.zeros(x.shape[1], H)
        rows = []
        for x_t in x.unbind():
            h, c = self.cell(x_t, (h, c))
            rows.append(h)
        return torch.stack(rows)


def told(bench: Bench, band: str, step: int = STEP, unit: int = UNIT) -> list[str]:
    hover(bench.pane.bands, bench.point(band, step, unit))
    bench.settle()
    return bench.pane.told.text().split("\n")


def change(bench: Bench, *changes: Change) -> None:
    for one in changes:
        bench.session.take(intents.MakeChange(one))
    bench.settle()
    assert bench.state.recording is not None
    assert not bench.state.recording.refused


def text(number: float) -> str:
    return number_text(float(number), 3)


def factor(number: float) -> str:
    return f"({text(number)})" if number < 0 else text(number)


@pytest.fixture
def opened(qtbot: QtBot) -> Bench:
    """A fused LSTM, opened."""
    torch.manual_seed(0)
    bench = Bench(qtbot, nn.LSTM(C, H).requires_grad_(False), torch.randn(T, 1, C))
    bench.session.take(intents.OpenEvent(bench.event))
    bench.settle()
    return bench


@pytest.fixture
def looped(qtbot: QtBot) -> Bench:
    torch.manual_seed(0)
    model = Loop().requires_grad_(False)
    return Bench(qtbot, model, torch.randn(T, 1, C), op="lstm_cell")


def plain(bench: Bench) -> dict[str, float]:
    """The numbers of the cell without changes, and the states before."""
    weights = bench.model if isinstance(bench.model, nn.LSTM) else nn.LSTM(C, H)
    if isinstance(bench.model, Loop):
        for name, weight in bench.model.cell.named_parameters():
            getattr(weights, f"{name}_l0").data = weight.data
    with torch.no_grad():
        found = gates_of(weights, bench.given[0][:, 0])
    n = {name: float(band[UNIT, STEP]) for name, band in found.items()}
    return n | {"was": float(found["c"][UNIT, STEP - 1])}


def test_a_cell_state_that_somebody_set_says_what_it_was_made_of(opened: Bench) -> None:
    n = plain(opened)
    change(opened, Change(f"lstm#0/t={STEP}/add#0", "fix", f"0, {UNIT}", 0.25))
    head, cell, hidden = told(opened, "c")
    assert head == (
        f"unit {UNIT} at t = {STEP}: c₅ (cell) = 0.25 · {number_text(n['c'])} before the changes"
    )
    computed = f"{factor(n['f'])}·{factor(n['was'])} + {factor(n['i'])}·{factor(n['g'])}"
    assert cell == (f"c₅ = f·c₄ + i·g = {computed} = {text(n['c'])}, set to 0.25 by your change")
    after = n["o"] * math.tanh(0.25)
    assert hidden == f"h₅ = o·tanh(c₅) = {text(n['o'])}·{text(math.tanh(0.25))} = {text(after)}"
    head, *_ = told(opened, "h")
    assert head.endswith(f"h₅ (hidden) = {number_text(after)} · "
                         f"{number_text(n['h'])} before the changes")  # fmt: skip
    head, cell, _ = told(opened, "c", unit=UNIT + 1)
    assert "change" not in f"{head}{cell}"


def test_a_state_as_small_as_rounding_of_a_large_one_says_what_it_was(qtbot: QtBot) -> None:
    torch.manual_seed(0)
    model = nn.LSTM(C, H).requires_grad_(False)
    for weight in model.parameters():
        weight.mul_(1e-3)
    bench = Bench(qtbot, model, torch.randn(T, 1, C))
    bench.session.take(intents.OpenEvent(bench.event))
    bench.settle()
    n = plain(bench)
    assert 2e-5 < abs(n["c"]) < 9e-4
    change(bench, Change(f"lstm#0/t={STEP}/add#0", "zero", f"0, {UNIT}"))
    head, cell, _ = told(bench, "c")
    assert head.endswith(f"c₅ (cell) = 0 · {number_text(n['c'])} before the changes")
    assert cell.endswith(f" = {text(n['c'])}, set to 0 by your change")


def test_a_gate_that_somebody_set_is_told_as_such(opened: Bench) -> None:
    n = plain(opened)
    change(opened, Change(f"lstm#0/t={STEP}/f/sigmoid#0", "zero", f"0, {UNIT}"))
    head, cell, _ = told(opened, "f")
    assert head == (
        f"unit {UNIT} at t = {STEP}: f (forget): set to 0 by your change"
        f" · {number_text(n['f'])} before the changes"
    )
    made = n["i"] * n["g"]
    assert cell.startswith(f"c₅ = f·c₄ + i·g = 0·{factor(n['was'])} + ")
    assert cell.endswith(f" = {text(made)}")


def test_a_change_between_gates_and_state_is_told(opened: Bench) -> None:
    n = plain(opened)
    change(opened, Change(f"lstm#0/t={STEP}/mul#1", "zero"))  # i·g
    _, cell, _ = told(opened, "c")
    made, computed = n["f"] * n["was"], n["c"]
    assert cell.endswith(f" = {text(computed)}, {text(made)} by your change")


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_rounding_of_a_coarse_type_is_nobodys_change(
    qtbot: QtBot, kind: type[nn.LSTM | nn.GRU], dtype: torch.dtype
) -> None:
    """In a pass that somebody changed, of a sample that the change does not reach and of one that
    it does; a state that somebody set says so."""
    torch.manual_seed(0)
    model = kind(C, H).requires_grad_(False).to(dtype)
    bench = Bench(qtbot, model, torch.randn(T, 2, C).to(dtype), op=kind.__name__.lower())
    change(bench, Change("input", "scale", "0, 0, 0", 2.0))
    for sample in (0, 1):
        bench.pane.sample.setValue(sample)
        bench.settle()
        for step in range(T):
            _, *lines = told(bench, "h", step)
            assert len(lines) == 2
            assert "by your change" not in "".join(lines)


def test_a_state_of_a_gru_that_somebody_set_says_what_it_was_made_of(qtbot: QtBot) -> None:
    torch.manual_seed(0)
    model = nn.GRU(C, H).requires_grad_(False)
    bench = Bench(qtbot, model, torch.randn(T, 1, C), op="gru")
    bench.session.take(intents.OpenEvent(bench.event))
    bench.settle()
    computed = text(float(model(bench.given[0])[0][STEP, 0, UNIT]))
    recording, found = bench.state.recording, bench.pane._found
    assert recording is not None
    assert found is not None
    state = recording.values[dict(found.layers[0].track.values)["h"][STEP]].name
    change(bench, Change(state, "fix", f"0, {UNIT}", 0.25))
    _, made, _ = told(bench, "h")
    assert made.startswith("h₅ = (1 − z)·n + z·h₄ = ")
    assert made.endswith(f" = {computed}, set to 0.25 by your change")


def test_of_a_closed_cell_the_state_was_set_after_it_ran(looped: Bench) -> None:
    n = plain(looped)
    name = f"cell/lstm_cell#{STEP}"
    change(looped, Change(name, "zero", f"0, {UNIT}"), Change(f"{name}:1", "fix", "", 3.0))
    _, cell, hidden = told(looped, "h")
    assert cell.endswith(f" = {text(n['c'])}, set to 3 by your change")
    squashed = factor(math.tanh(n["c"]))
    assert hidden == (
        f"h₅ = o·tanh(c₅ before your change) = {text(n['o'])}·{squashed} = {text(n['h'])},"
        " set to 0 by your change"
    )


def test_changed_cells_have_a_frame_in_the_bands(looped: Bench) -> None:
    def framed(band: str, step: int, row: int) -> bool:
        grid = looped.pane.bands.stack.grids()[looped.names().index(band)]
        place = grid.rect((row, row + 1), (step, step + 1))
        corner = QPoint(round(place.left()) + 8, round(place.top()))
        image = looped.pane.bands.grab().toImage()
        colors = {image.pixelColor(corner + QPoint(0, dy)).name() for dy in range(-4, 2)}
        return DARK.changed in colors

    assert not framed("h", STEP, UNIT)
    change(looped, Change(f"cell/lstm_cell#{STEP}", "zero", f"0, {UNIT}"))
    assert framed("h", STEP, UNIT)
    assert not framed("h", STEP - 1, UNIT)
    assert not framed("h", STEP, UNIT + 2)
    assert not framed("c", STEP, UNIT)
    looped.session.take(intents.PauseChanges())
    looped.settle()
    assert not framed("h", STEP, UNIT)


def test_changed_units_are_those_of_the_sample_on_screen(qtbot: QtBot) -> None:
    torch.manual_seed(0)
    bench = Bench(
        qtbot, Loop().requires_grad_(False), torch.randn(T, 2, C), op="lstm_cell"
    )  # fmt: skip
    change(bench, Change(f"cell/lstm_cell#{STEP}", "zero", f"1, {UNIT}"))
    for sample in (0, 1, 0):
        bench.pane.sample.setValue(sample)
        bench.settle()
        wanted = {"h": {STEP: range(UNIT, UNIT + 1)}} if sample else {}
        assert bench.pane._changed == wanted


def test_another_layer_begins_without_the_cell_of_the_last(qtbot: QtBot) -> None:
    torch.manual_seed(0)
    model = nn.LSTM(C, H, num_layers=2).requires_grad_(False)
    bench = Bench(qtbot, model, torch.randn(T, 1, C))
    bench.pane._go(cell=("h", STEP, UNIT))
    bench.settle()
    assert bench.state.recurrent.cell is not None
    bench.pane._choose(1 - bench.pane.layer.currentIndex(), 0)
    bench.settle()
    assert bench.state.recurrent.cell is None


def right_click(bench: Bench, band: str, mouse: bool = True) -> QMenu:
    at = bench.point(band, STEP, UNIT)
    bands = bench.pane.bands
    hover(bands, at)
    bench.settle()
    reason = QContextMenuEvent.Reason.Mouse if mouse else QContextMenuEvent.Reason.Keyboard
    QApplication.sendEvent(bands, QContextMenuEvent(reason, at, bands.mapToGlobal(at)))
    bench.settle()
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


@pytest.mark.parametrize("mouse", [True, False])
def test_a_right_click_changes_a_cell(looped: Bench, mouse: bool) -> None:
    menu = right_click(looped, "h", mouse)
    assert [action.text() for action in menu.actions()] == [
        f"This cell  [0, {UNIT}]", f"This unit  [:, {UNIT}]", "All of the value",
    ]  # fmt: skip
    trigger(menu.findChildren(QMenu)[0], "Set to 0")
    menu.close()
    looped.settle()
    made = [entry.change for entry in looped.state.changes.entries]
    assert made == [Change(f"cell/lstm_cell#{STEP}", "zero", f"0, {UNIT}")]
    assert looped.numbers("h")[UNIT, STEP] == 0


def test_a_right_click_that_opens_a_cell_leaves_the_value_that_is_looked_at(looped: Bench) -> None:
    def seen() -> str:
        recording, value = looped.state.recording, looped.state.value
        assert recording is not None
        assert value is not None
        return recording.values[value].name

    before = seen()
    menu = right_click(looped, "f")
    trigger(menu.findChildren(QMenu)[0], "Set to 0")
    menu.close()
    looped.settle()
    assert [entry.change.value for entry in looped.state.changes.entries] == [
        f"cell/lstm_cell#{STEP}/f/sigmoid#0"
    ]
    assert seen() == before == "cell/lstm_cell#0"


def test_a_right_click_on_a_gate_of_a_closed_network_opens_it_first(qtbot: QtBot) -> None:
    torch.manual_seed(0)
    bench = Bench(qtbot, nn.LSTM(C, H).requires_grad_(False), torch.randn(T, 1, C))
    menu = right_click(bench, "f")
    trigger(menu.findChildren(QMenu)[0], "Set to 0")
    menu.close()
    bench.settle()
    assert bench.state.recording is not None
    assert not bench.state.recording.refused
    assert bench.numbers("f")[UNIT, STEP] == 0
    assert told(bench, "f")[0].startswith(
        f"unit {UNIT} at t = {STEP}: f (forget): set to 0 by your change"
    )


@pytest.mark.parametrize("band", ["f", "c"])
def test_what_a_cell_was_before_the_changes_is_as_large_as_anything_told(
    qtbot: QtBot, band: str
) -> None:
    """The text takes another row, and the letters stay."""
    torch.manual_seed(0)
    model = nn.LSTM(C, H).requires_grad_(False)
    bench = Bench(qtbot, model, torch.randn(T, 1, C), size=(480, 520))
    bench.session.take(intents.OpenEvent(bench.event))
    bench.settle()
    label, usual = bench.pane.told, bench.pane.told.height()
    told(bench, band)
    large = QFontInfo(label.font()).pixelSize()
    name = {"f": "f/sigmoid#0", "c": "add#0"}[band]
    change(bench, Change(f"lstm#0/t={STEP}/{name}", "fix", "", 0.12345))
    lines = told(bench, band)
    assert lines[0].endswith("before the changes")
    long = max(map(QFontMetrics(label.font()).horizontalAdvance, lines))
    assert long > label.width()  # it is broken
    assert QFontInfo(label.font()).pixelSize() == large == QFontInfo(mono(1.0, 9)).pixelSize()
    assert label.heightForWidth(label.width()) <= label.height() == usual


def test_after_a_change_by_the_menu_no_other_cell_is_told_of(opened: Bench) -> None:
    menu = right_click(opened, "c")
    trigger(menu.findChildren(QMenu)[0], "Set to 0")
    menu.close()
    opened.pane.resize(opened.pane.width(), opened.pane.height() - 60)  # as by the list of changes
    opened.settle()
    assert opened.pane.told.text().startswith("Point at a cell")
    bands = opened.pane.bands
    hover(bands, opened.point("c", STEP, UNIT))
    opened.settle()
    assert opened.pane.told.text().startswith(f"unit {UNIT} at t = {STEP}: ")
