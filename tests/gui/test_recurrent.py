"""The recurrent pane with a real engine: what it paints, tells and does, by mouse and keys."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_sequence

from explorer.engine.live import LiveFeed
from explorer.gui.derivation.terms import Terms
from explorer.gui.panes.recurrent import RecurrentPane
from explorer.gui.panes.shades import lut, map_name
from explorer.gui.theme import DARK
from explorer.picture.derivation import cell_name, places, value_name
from explorer.picture.numbers import number_text
from tests.gui.bench import Seat, wheel
from tests.gui.mouse import double_click, drag, hover, leave

T, B, C, H = 9, 2, 4, 6


class Bench(Seat[RecurrentPane]):
    """The pane over what a recurrent op gives."""

    def __init__(
        self, qtbot: QtBot, model: nn.Module, *given: Tensor, op: str = "lstm",
        size: tuple[int, int] = (400, 520),
    ) -> None:  # fmt: skip
        super().__init__(qtbot, RecurrentPane(DARK, 1.0), model, *given, size=size)
        recording = self.state.recording
        assert recording is not None
        self.event = next(e.index for e in recording.events if e.op == op)
        self.step(self.event)

    def settle(self) -> None:
        """As for any pane, where there is something to show."""
        for _ in range(6):
            QApplication.processEvents()

    def point(self, band: str, step: int, row: int) -> QPoint:
        """Where the middle of a cell is on the bands."""
        stack = self.pane.bands.stack
        names = [strip.name for strip in stack.strips]
        grid = stack.grids()[names.index(band)]
        return grid.rect((row, row + 1), (step, step + 1)).center().toPoint()

    def numbers(self, band: str) -> np.ndarray:
        """Those of a band on screen, (rows, columns)."""
        strips = self.pane.bands.stack.strips
        return next(strip.matrix.data for strip in strips if strip.name == band)

    def names(self) -> list[str]:
        return [strip.name for strip in self.pane.bands.stack.strips]

    def click(self, band: str, step: int, row: int) -> None:
        at = self.point(band, step, row)
        hover(self.pane.bands, at)
        QTest.mouseClick(self.pane.bands, Qt.MouseButton.LeftButton, pos=at)
        self.settle()


def gates_of(model: Any, x: Tensor) -> dict[str, np.ndarray]:
    """The bands of one sequence (T, C) of a one-layer LSTM, (units, steps)."""
    h = c = torch.zeros(H)
    found: dict[str, list[Tensor]] = {name: [] for name in "hcifgo"}
    for x_t in x:
        i, f, g, o = (
            model.weight_ih_l0 @ x_t + model.bias_ih_l0 + model.weight_hh_l0 @ h + model.bias_hh_l0
        ).chunk(4)
        i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
        c = f * c + i * g
        h = o * c.tanh()
        for name, one in zip("hcifgo", (h, c, i, f, g, o), strict=True):
            found[name].append(one)
    return {name: torch.stack(some, 1).numpy() for name, some in found.items()}


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)
    torch.set_grad_enabled(True)


@pytest.fixture
def lstm() -> nn.LSTM:
    return nn.LSTM(C, H).requires_grad_(False)


@pytest.fixture
def x() -> Tensor:
    return torch.randn(T, B, C)


@pytest.fixture
def bench(qtbot: QtBot, lstm: nn.LSTM, x: Tensor) -> Bench:
    return Bench(qtbot, lstm, x)


def test_bands_are_the_states_and_gates_in_their_colours(
    bench: Bench, lstm: nn.LSTM, x: Tensor
) -> None:
    assert bench.names() == list("hcifgo")
    expected = gates_of(lstm, x[:, 0])
    image = bench.pane.bands.grab().toImage()
    for name in "hcifgo":
        numbers = bench.numbers(name)
        assert np.allclose(numbers, expected[name], atol=1e-5)
        signed = name in "hcg"
        bound = 1.0 if name == "g" else float(np.abs(numbers).max())
        for row, step in ((0, 0), (3, 5), (5, 8)):
            share = (numbers[row, step] / bound + 1) / 2 if signed else numbers[row, step]
            blue, green, red, _ = lut(map_name(DARK, signed))[int(share * 255)].tolist()
            color = image.pixelColor(bench.point(name, step, row))
            assert (color.red(), color.green(), color.blue()) == (red, green, blue), name


def test_lines_say_how_open_the_gates_are(bench: Bench) -> None:
    stack = bench.pane.bands.stack
    assert [line.name for line in stack.lines] == ["i", "f", "o"]
    for line in stack.lines:
        assert np.allclose(line.shares, bench.numbers(line.name).mean(0), atol=1e-6)
    plot, image = stack.plot(), bench.pane.bands.grab().toImage()
    line = stack.lines[-1]  # the last one is painted on top
    x = bench.point("h", 4, 0).x()
    y = plot.bottom() - float(line.shares[4]) * plot.height()
    assert image.pixelColor(QPoint(x, round(y))).name() == DARK.series[2]


def test_the_mouse_over_the_lines_tells_the_means(bench: Bench) -> None:
    stack = bench.pane.bands.stack
    at = QPoint(bench.point("h", 6, 0).x(), round(stack.plot().center().y()))
    hover(bench.pane.bands, at)
    bench.settle()
    head, gates = bench.pane.told.text().split("\n")
    assert head == "t = 6: how open the gates are on the mean, from 0 to 1"
    words = {"i": "input", "f": "forget", "o": "output"}
    assert gates == " · ".join(
        f"{name} ({word}) {number_text(float(bench.numbers(name)[:, 6].mean()), 2)}"
        for name, word in words.items()
    )
    wheel(bench.pane.bands, at, 120)
    assert stack.columns[1] - stack.columns[0] < T
    assert stack.rows == (0.0, H)


def test_the_mouse_over_a_cell_tells_its_numbers_and_how_they_came_to_be(
    bench: Bench, lstm: nn.LSTM, x: Tensor
) -> None:
    hover(bench.pane.bands, bench.point("f", 4, 2))
    bench.settle()
    n = {k: v[2, 4] for k, v in gates_of(lstm, x[:, 0]).items()}
    was = gates_of(lstm, x[:, 0])["c"][2, 3]
    first, second, third = bench.pane.told.text().split("\n")
    assert first == f"unit 2 at t = 4: f (forget) = {number_text(float(n['f']))}"

    def text(number: float) -> str:
        said = number_text(float(number), 3)
        return f"({said})" if number < 0 else said

    assert second == (
        f"c₅ = f·c₄ + i·g = {text(n['f'])}·{text(was)} + {text(n['i'])}·{text(n['g'])}"
        f" = {number_text(float(n['c']), 3)}"
    )
    squashed = math.tanh(float(n["c"]))
    assert third == (
        f"h₅ = o·tanh(c₅) = {text(n['o'])}·{text(squashed)} = {number_text(float(n['h']), 3)}"
    )
    leave(bench.pane.bands)
    bench.settle()
    assert bench.pane.told.text() == "Point at a cell for its numbers, click to go there."


def test_a_token_that_looks_like_a_tag_is_told_as_it_is(
    qtbot: QtBot, lstm: nn.LSTM, x: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("<s>", *map(str, range(1, T)))
    monkeypatch.setattr(LiveFeed, "axis_labels", lambda self, tape: {"T": names})
    bench = Bench(qtbot, lstm, x)
    told = bench.pane.told
    blank = told.grab().toImage()
    hover(bench.pane.bands, bench.point("c", 0, 1))
    bench.settle()
    assert told.text().startswith("unit 1 at t = 0 “<s>”: c₁ (cell) = ")
    assert told.textFormat() == Qt.TextFormat.PlainText
    assert told.grab().toImage() != blank


@pytest.mark.parametrize("band", ["h", "c"])
def test_a_click_on_a_state_goes_to_the_op_that_made_it(bench: Bench, band: str) -> None:
    bench.click(band, 5, 1)
    recording, pinned = bench.state.recording, bench.state.derivation.pinned
    assert recording is not None
    assert pinned is not None
    made = {"h": "lstm#0/t=5/mul#2", "c": "lstm#0/t=5/add#0"}[band]
    assert recording.values[pinned.value].name == made
    assert recording.events[bench.state.cursor].id == made
    assert pinned.index == (0, 1)
    told = bench.state.derivation.told
    assert told is not None
    assert all(cell.ref >= 0 for term in told.terms for cell in term.cells)  # there is a way on


def test_a_click_on_a_hidden_state_of_a_long_network_explains_it(qtbot: QtBot) -> None:
    x = torch.randn(300, B, C)
    bench = Bench(qtbot, nn.LSTM(C, H).requires_grad_(False), x, size=(2000, 520))
    bench.click("h", 5, 1)
    assert bench.state.recurrent.cell == ("h", 5, 1)
    pinned = bench.state.derivation.pinned
    recording = bench.state.recording
    assert pinned is not None
    assert recording is not None
    assert (pinned.value, pinned.index) == (recording.events[bench.event].outputs[0], (5, 0, 1))
    assert bench.state.pane == "recurrent"
    told = bench.state.derivation.told
    assert told is not None
    leave(bench.pane.bands)
    bench.settle()
    assert bench.pane.told.text().startswith("unit 1 at t = 5: h₆ (hidden) = ")


@pytest.mark.parametrize("both", [False, True])
def test_a_click_on_a_gate_opens_the_layer_and_goes_there(
    qtbot: QtBot, both: bool, x: Tensor
) -> None:
    model = nn.LSTM(C, H, num_layers=2, bidirectional=both).requires_grad_(False)
    bench = Bench(qtbot, model, x)
    before = bench.numbers("f").copy()
    bench.click("f", 3, 2)
    recording, pinned = bench.state.recording, bench.state.derivation.pinned
    assert recording is not None
    assert pinned is not None
    assert recording.values[pinned.value].name == "lstm#0/l1/t=3/f/sigmoid#0"
    assert pinned.index == (0, 2)
    assert recording.events[bench.state.cursor].id == "lstm#0/l1/t=3/f/sigmoid#0"
    assert np.array_equal(bench.numbers("f"), before)
    assert bench.pane.bands._step == 3  # the cursor is at its step
    if both:
        bench.pane.direction.activated.emit(1)
        bench.settle()
        bench.click("g", 6, 4)
        pinned = bench.state.derivation.pinned
        assert pinned is not None
        assert bench.state.recording is not None
        name = bench.state.recording.values[pinned.value].name
        assert name == "lstm#0/l1_reverse/t=6/g/tanh#0"


def test_layers_directions_and_samples_are_chosen(qtbot: QtBot, x: Tensor) -> None:
    model = nn.LSTM(C, H, num_layers=2, bidirectional=True).requires_grad_(False)
    bench = Bench(qtbot, model, x)
    pane = bench.pane
    output = model(x)[0]
    assert [pane.layer.itemText(n) for n in range(pane.layer.count())] == ["l0", "l1"]
    assert pane.layer.currentText() == "l1"
    assert np.allclose(bench.numbers("h"), output[:, 0, :H].T, atol=1e-5)
    pane.direction.setCurrentIndex(1)
    pane.direction.activated.emit(1)
    bench.settle()
    assert np.allclose(bench.numbers("h"), output[:, 0, H:].T, atol=1e-5)
    assert pane.bands.stack.times.backwards
    hover(pane.bands, bench.point("c", 4, 0))
    bench.settle()
    assert "c₅ = f·c₄ + i·g" in pane.told.text()  # the fifth step: it reads from right to left
    pane.sample.setValue(1)
    bench.settle()
    assert np.allclose(bench.numbers("h"), output[:, 1, H:].T, atol=1e-5)
    pane.layer.setCurrentIndex(0)
    pane.layer.activated.emit(0)
    bench.settle()
    assert bench.state.recurrent.track == 1
    assert not np.allclose(bench.numbers("h"), output[:, 1, H:].T, atol=1e-5)


def test_units_that_change_most_come_first(bench: Bench) -> None:
    changes = np.abs(np.diff(bench.numbers("c"), axis=1)).sum(1)
    plain = bench.numbers("f").copy()
    bench.pane.order.setCurrentIndex(1)
    bench.pane.order.activated.emit(1)
    bench.settle()
    order = np.argsort(-changes, kind="stable")
    assert np.array_equal(bench.numbers("f"), plain[order])
    hover(bench.pane.bands, bench.point("f", 2, 0))
    bench.settle()
    assert bench.pane.told.text().startswith(f"unit {order[0]} at t = 2: f (forget) = ")


def test_the_keys_walk_over_cells_and_enter_keeps_one(bench: Bench) -> None:
    bands = bench.pane.bands
    bands.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_PageDown):
        QTest.keyClick(bands, key)
    bench.settle()
    assert bench.pane.told.text().startswith("unit 1 at t = 1: c₂ (cell) = ")
    QTest.keyClick(bands, Qt.Key.Key_End)
    QTest.keyClick(bands, Qt.Key.Key_PageUp)
    QTest.keyClick(bands, Qt.Key.Key_Return)
    bench.settle()
    assert bench.state.recurrent.cell == ("h", T - 1, 1)
    pinned = bench.state.derivation.pinned
    assert pinned is not None
    assert pinned.index == (0, 1)  # of the op inside of the layer that made it


def test_long_and_wide_layers_come_in_blocks_and_zoom_to_numbers(qtbot: QtBot) -> None:
    model, x = nn.GRU(3, 200).requires_grad_(False), torch.randn(1500, 1, 3)
    bench = Bench(qtbot, model, x, op="gru")
    bands, stack = bench.pane.bands, bench.pane.bands.stack
    h = model(x)[0][:, 0].T.numpy()
    strip = stack.strips[0]
    rows, columns = strip.matrix.block
    assert rows > 1
    assert columns > 1
    assert strip.matrix.data.shape == (-(-200 // rows), -(-1500 // columns))
    block = h[:rows, :columns]
    strongest = block.flat[np.abs(block).argmax()]
    assert strip.matrix.data[0, 0] == pytest.approx(strongest, abs=1e-5)
    at = bench.point("z", 700, 100)
    hover(bands, at)
    bench.settle()
    assert "furthest from 0 is" in bench.pane.told.text()
    QTest.mouseClick(bands, Qt.MouseButton.LeftButton, pos=at)  # first from near
    bench.settle()
    strip = stack.strips[0]
    assert strip.matrix.block == (1, 1)
    first = strip.matrix.first
    rows, columns = strip.matrix.data.shape
    near = h[first[0] : first[0] + rows, first[1] : first[1] + columns]
    assert np.allclose(strip.matrix.data, near, atol=1e-5)
    cell = bands.cell  # what is under the mouse now, which did not move
    assert cell is not None
    grid = next(grid for grid in stack.grids() if grid.area.contains(QPointF(at)))
    assert cell[1:] == strip.matrix.place(*(math.floor(n) for n in grid.at(QPointF(at))))
    assert abs(cell[2] + first[1] - 700) <= columns
    left = stack.columns[0]
    middle = stack.grids()[1].area.center().toPoint()
    QTest.mousePress(bands, Qt.MouseButton.LeftButton, pos=middle)
    drag(bands, middle - QPoint(60, 0))
    QTest.mouseRelease(bands, Qt.MouseButton.LeftButton, pos=middle - QPoint(60, 0))
    bench.settle()
    assert stack.columns[0] > left
    count = stack.columns[1] - stack.columns[0]
    wheel(bands, middle, -240)
    bench.settle()
    assert stack.columns[1] - stack.columns[0] > 1.5 * count
    double_click(bands, middle)
    bench.settle()
    assert stack.columns == (0.0, 1500.0)
    assert bench.state.recurrent.steps is None


def test_a_shorter_input_than_what_is_in_view_is_seen_whole(qtbot: QtBot) -> None:
    model = nn.GRU(3, 40).requires_grad_(False)
    bench = Bench(qtbot, model, torch.randn(300, 1, 3), op="gru")
    hover(bench.pane.bands, bench.point("h", 280, 20))
    bench.pane.bands.go_near()
    bench.settle()
    assert bench.state.recurrent.steps is not None
    bench.feed._given = ((torch.randn(20, 1, 3),), {})
    bench.record()
    bench.step(bench.event)
    assert bench.state.recurrent.steps is None
    assert bench.pane.bands.stack.columns == (0.0, 20.0)


def test_a_batch_with_fewer_samples_than_the_chosen_one_shows_its_last(qtbot: QtBot) -> None:
    model = nn.GRU(3, 4).requires_grad_(False)
    bench = Bench(qtbot, model, torch.randn(5, 3, 3), op="gru")
    bench.pane.sample.setValue(2)
    bench.settle()
    x = torch.randn(5, 1, 3)
    bench.feed._given = ((x,), {})
    bench.record()
    bench.step(bench.event)
    assert bench.state.banner is None
    assert np.allclose(bench.numbers("h"), model(x)[0][:, 0].T, atol=1e-5)
    assert not bench.pane.sample.isVisible()


def test_the_mouse_over_a_number_of_a_value_tells_where_it_came_from(bench: Bench) -> None:
    hover(bench.pane.bands, bench.point("h", 4, 2))
    bench.settle()
    pointed = bench.state.derivation.pointed
    assert pointed is not None
    assert pointed.index == (4, 0, 2)
    assert bench.state.derivation.hint is not None
    hover(bench.pane.bands, bench.point("f", 4, 2))  # it is of no value before it is opened
    bench.settle()
    assert bench.state.derivation.pointed is None


class Packs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(C, H)

    def forward(self, *parts: Tensor) -> Any:
        return self.lstm(pack_sequence(list(parts)))[0].data


def test_padding_is_hatched_and_cannot_be_chosen(qtbot: QtBot) -> None:
    parts = [torch.randn(n, C) for n in (8, 3)]
    bench = Bench(qtbot, Packs().requires_grad_(False), *parts)
    stack = bench.pane.bands.stack
    assert (stack.times.steps, stack.times.length) == (8, 8)
    bench.pane.sample.setValue(1)
    bench.settle()
    assert (stack.times.steps, stack.times.length) == (8, 3)
    assert bench.numbers("c").shape == (H, 3)
    at = bench.point("c", 5, 2)
    hover(bench.pane.bands, at)
    assert bench.pane.bands.cell is None
    image = bench.pane.bands.grab().toImage()
    seen = {image.pixelColor(at + QPoint(n, n % 3)).name() for n in range(8)}
    assert DARK.masked in seen
    hover(bench.pane.bands, bench.point("h", 2, 4))
    bench.settle()
    pointed = bench.state.derivation.pointed
    assert pointed is not None
    assert pointed.index == (2 * 2 + 1, 4)  # of the sequences at t = 2 the second
    bench.click("h", 2, 4)
    pinned = bench.state.derivation.pinned
    assert pinned is not None
    assert pinned.index == (1, 4)


def test_a_gate_of_a_cell_opens_that_cell(qtbot: QtBot) -> None:
    class Loop(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell = nn.GRUCell(C, H)

        def forward(self, x: Tensor) -> Tensor:
            h = torch.zeros(x.shape[1], H)
            outputs = []
            for x_t in x.unbind():
                h = self.cell(x_t, h)
                outputs.append(h)
            return torch.stack(outputs)

    bench = Bench(qtbot, Loop().requires_grad_(False), torch.randn(T, B, C), op="gru_cell")
    assert bench.names() == list("hrzn")
    assert bench.pane.bands._step == 0
    bench.click("z", 4, 3)
    recording, pinned = bench.state.recording, bench.state.derivation.pinned
    assert recording is not None
    assert pinned is not None
    assert recording.values[pinned.value].name == "cell/gru_cell#4/z/sigmoid#0"
    assert bench.pane.bands._step == 4
    hover(bench.pane.bands, bench.point("h", 4, 3))
    bench.settle()
    assert "h₅ = (1 − z)·n + z·h₄ = " in bench.pane.told.text()


@pytest.mark.parametrize("size", [(340, 300), (400, 520), (300, 800)])
def test_one_step_of_one_unit_and_nan_are_painted(qtbot: QtBot, size: tuple[int, int]) -> None:
    tiny = Bench(qtbot, nn.LSTM(C, 1).requires_grad_(False), torch.randn(1, 1, C), size=size)
    assert all(strip.matrix.data.shape == (1, 1) for strip in tiny.pane.bands.stack.strips)
    tiny.pane.bands.grab()
    x = torch.randn(T, 1, C)
    x[4] = math.nan
    bench = Bench(qtbot, nn.LSTM(C, H).requires_grad_(False), x, size=size)
    image = bench.pane.bands.grab().toImage()
    assert np.isnan(bench.numbers("h")[:, 4:]).all()
    corner = bench.point("f", 6, 2) - QPoint(bench_wide(bench) // 2 - 3, 0)
    assert image.pixelColor(corner).name() == DARK.nan
    hover(bench.pane.bands, bench.point("f", 6, 2))
    bench.settle()
    assert "f (forget) = NaN" in bench.pane.told.text()


def bench_wide(bench: Bench) -> int:
    return int(bench.pane.bands.stack.grids()[0].step[1])


@pytest.mark.parametrize("backwards", [False, True])
def test_a_state_is_explained_by_its_name_and_what_it_was_made_of(
    qtbot: QtBot, backwards: bool
) -> None:
    model = nn.LSTM(C, H, bidirectional=True).requires_grad_(False)
    bench = Bench(qtbot, model, torch.randn(T, B, C))
    if backwards:
        bench.pane.direction.activated.emit(1)
        bench.settle()
    bench.click("c", 5, 1)
    recording, told = bench.state.recording, bench.state.derivation.told
    assert recording is not None
    assert told is not None
    made, before = ("₄", "₃") if backwards else ("₆", "₅")
    assert cell_name(recording, told.ref, told.index) == f"c{made}[0, 1]"
    layer = "l0 ←" if backwards else "l0 →"
    assert value_name(recording, told.ref) == f"{layer} · c{made} (add)"
    assert places(recording, told.ref, told.index) == ["B 0", "unit 1"]
    terms = Terms(DARK, 1.0)
    qtbot.addWidget(terms)
    terms.show_terms(recording, told)
    items = [terms.item(row, 1) for row in range(terms.rowCount())]
    texts = {item.text() for item in items if item is not None}
    assert {text.partition(" = ")[2] for text in texts} == {f"f·c{before}[0, 1]", "i·g[0, 1]"}


def test_the_state_before_the_first_step_has_its_name(bench: Bench) -> None:
    bench.click("c", 0, 1)
    recording, told = bench.state.recording, bench.state.derivation.told
    assert recording is not None
    assert told is not None
    names = {cell_name(recording, c.ref, ()) for term in told.terms for c in term.cells}
    assert names == {"f·c₀", "i·g"}
