"""The values pane with a real engine: from an overview of any value to any exact number."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QSlider, QSpinBox
from pytestqt.qtbot import QtBot
from torch import Tensor

from explorer.core.plane import Against
from explorer.gui.panes.values import ValuesPane
from explorer.gui.theme import LIGHT
from explorer.session import intents
from tests.gui.bench import Bench, Given, choose, wheel, written
from tests.gui.mouse import double_click, hover, leave

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton


def odd() -> Tensor:
    """(700, 900) numbers of both signs."""
    return torch.randn(700, 900, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    return Bench(qtbot, Given(odd()), torch.zeros(2))


# ------------------------------------------------------------------ from all to one


def test_from_an_overview_to_any_exact_number(bench: Bench, qtbot: QtBot) -> None:
    value = odd()
    map_ = bench.pane.map
    assert "of 3 × 4 numbers the furthest from 0" in bench.said()
    assert map_.matrix.block == (3, 4)
    double_click(map_, bench.point(333, 444))
    bench.settle()
    assert map_.matrix.block == (1, 1)
    hover(map_, bench.point(333, 441))
    assert f"[333, 441] = {written(value[333, 441])}" in bench.said()
    top, bottom = map_.extents[0]
    rows = f"{math.floor(top)}…{math.ceil(bottom) - 1} / 700"
    assert rows in bench.said()
    first = map_.matrix.first
    part = value[first[0] :, first[1] :].numpy()
    assert np.array_equal(bench.shown(), part[: bench.shown().shape[0], : bench.shown().shape[1]])
    map_.setFocus()
    qtbot.keyClick(map_, Key.Key_0)
    bench.settle()
    assert map_.matrix.block == (3, 4)
    assert bench.state.plane.seen == ()


def test_the_wheel_asks_for_what_is_in_view_alone(bench: Bench) -> None:
    wheel(bench.pane.map, bench.point(350, 450), 360)
    bench.settle()
    seen = bench.state.plane.seen
    (top, bottom), (left, _) = seen
    matrix = bench.pane.map.matrix
    assert matrix.first[0] == pytest.approx(top, abs=matrix.block[0])
    assert matrix.first[1] == pytest.approx(left, abs=matrix.block[1])
    assert matrix.data.shape[0] == pytest.approx((bottom - top) / matrix.block[0], abs=2)
    assert bench.pane.map.extents == seen


def test_colours_stay_while_one_moves(bench: Bench) -> None:
    before = bench.pane.map.matrix.shades
    wheel(bench.pane.map, bench.point(10, 10), 1200)
    bench.settle()
    assert bench.pane.map.matrix.shades == before
    assert before.high == pytest.approx(float(odd().abs().max()))


def test_a_larger_pane_asks_for_more(bench: Bench) -> None:
    small = bench.shown().size
    bench.pane.resize(760, 800)
    bench.settle()
    assert bench.shown().size > 2 * small


def test_what_was_chosen_outlives_the_pane(bench: Bench, qtbot: QtBot) -> None:
    wheel(bench.pane.map, bench.point(350, 450), 600)
    bench.settle()
    again = ValuesPane(LIGHT, 1.4)  # another theme, a larger text
    qtbot.addWidget(again)
    again.intent.connect(bench.session.take)
    again.resize(500, 600)
    again.show()
    again.render(None, bench.state)
    assert again.map.extents == bench.pane.map.extents


# ------------------------------------------------------------------ never more than its pixels

SHAPES: dict[str, Tensor] = {
    "1x1": torch.randn(1, 1),
    "0-D": torch.tensor(2.5),
    "1 x 10 million": torch.randn(1, 10**7),
    "a million x 3": torch.randn(10**6, 3).bfloat16(),
    "5-D": torch.randn(3, 4, 5, 60, 70),
    "4096 x 4096": torch.randn(4096, 4096),
    "int64": torch.randint(-(2**62), 2**62, (3000, 2000)),
    "float64": torch.randn(1500, 1500, dtype=torch.float64),
    "bool": torch.rand(999, 1001) > 0.5,
    "complex64": torch.randn(700, 800, dtype=torch.complex64),
    "complex128": torch.randn(700, 800, dtype=torch.complex128),
    "bfloat16": torch.randn(2000, 2000).bfloat16(),
    "sparse": torch.eye(1200).to_sparse(),
    "a pixel more": torch.randn(481, 381),
}


@pytest.mark.parametrize("name", list(SHAPES))
def test_no_reading_has_more_bytes_than_the_pane_has_pixels(name: str, qtbot: QtBot) -> None:
    value = SHAPES[name]
    bench = Bench(qtbot, Given(value, op=lambda x: x + x), torch.zeros(2))
    numbers = (value + value).to_dense() if value.is_sparse else value + value
    map_ = bench.pane.map
    pixels = 4 * bench.pane.width() * bench.pane.height()  # bytes of the picture of the pane

    def weigh() -> None:
        for answer in bench.weighed:
            assert answer.numbers <= 4 * map_.width() * map_.height()
            assert answer.bytes <= pixels
        bench.weighed.clear()

    weigh()
    rows, columns = map_.matrix.whole
    for row, column in ((0.0, 0.0), (0.5, 0.5), (0.99, 0.99)):
        at = bench.point(int(row * rows), int(column * columns))
        for _ in range(60):
            before = map_.extents
            wheel(map_, at, 240)
            if map_.extents == before:
                break
        bench.settle()
        weigh()
        exact = bench.pane._question.shown
        assert exact is not None
        assert exact.exact, "the nearest cells are single numbers"
        place = (bench.shown().shape[0] // 2, bench.shown().shape[1] // 2)
        index = map_.matrix.position(place)
        wanted = numbers.reshape((1,) * (2 - numbers.dim()) + tuple(numbers.shape))
        wanted = wanted[(0,) * (wanted.dim() - 2)][index]
        wanted = wanted.abs() if wanted.is_complex() else wanted
        wanted = wanted.to(torch.float32) if wanted.dtype.itemsize < 4 else wanted
        # (a magnitude alone may be rounded otherwise than among others)
        magnitude = pytest.approx(wanted.item(), rel=1e-15 if numbers.is_complex() else 0, abs=0)
        assert bench.shown()[place] == magnitude
        map_.setFocus()
        qtbot.keyClick(map_, Key.Key_0)
        bench.settle()
    weigh()


def test_three_maps_weigh_no_more_than_one(qtbot: QtBot) -> None:
    bench = Bench(qtbot, Given(torch.randn(4096, 4096)), torch.zeros(2))
    bench.weighed.clear()
    bench.change(against=Against("input"))
    newest = {answer.pane: answer.numbers for answer in bench.weighed}
    assert set(newest) == {"values", "values/other", "values/difference"}
    assert sum(newest.values()) <= 4 * bench.pane.trio.width() * bench.pane.trio.height()


# ------------------------------------------------------------------ slices


@pytest.fixture
def five(qtbot: QtBot) -> Bench:
    value = torch.arange(2 * 3 * 4 * 5 * 6.0).reshape(2, 3, 4, 5, 6).sin()
    return Bench(qtbot, Given(value), torch.zeros(2))


def five_numbers(bench: Bench) -> Tensor:
    return torch.arange(2 * 3 * 4 * 5 * 6.0).reshape(2, 3, 4, 5, 6).sin()


def test_every_other_axis_has_a_slider_and_a_number(five: Bench, qtbot: QtBot) -> None:
    numbers = five_numbers(five)
    sliders = [s for s in five.pane.slices.findChildren(QSlider) if s.isVisible()]
    spins = [s for s in five.pane.slices.findChildren(QSpinBox) if s.isVisible()]
    assert [s.accessibleName() for s in sliders] == ["dim 0", "dim 1", "dim 2"]
    qtbot.keyClick(sliders[1], Key.Key_Right)
    five.settle()
    assert spins[1].value() == 1
    spins[2].setFocus()
    spins[2].selectAll()
    qtbot.keyClicks(spins[2], "3")
    qtbot.keyClick(spins[2], Key.Key_Return)
    five.settle()
    assert sliders[2].value() == 3
    assert np.array_equal(five.shown(), numbers[0, 1, 3].numpy())
    hover(five.pane.map, five.point(4, 5))
    assert f"[0, 1, 3, 4, 5] = {written(numbers[0, 1, 3, 4, 5])}" in five.said()


def test_any_two_axes_are_rows_and_columns(five: Bench, qtbot: QtBot) -> None:
    numbers = five_numbers(five)
    qtbot.mouseClick(five.pane.bar.axes, LEFT)
    popup = five.pane.bar.popup
    assert popup.isVisible()
    choose(popup.rows, 1)
    five.settle()
    assert np.array_equal(five.shown(), numbers[0, :, 0, 0].numpy())
    choose(popup.columns, 1)  # which is on screen already: they swap
    five.settle()
    assert np.array_equal(five.shown(), numbers[0, :, 0, 0].T.numpy())
    axes = [s.accessibleName() for s in five.pane.slices.findChildren(QSlider) if s.isVisible()]
    assert axes == ["dim 0", "dim 2", "dim 3"]
    assert five.pane.map.matrix.axes == ("dim 4", "dim 1")


@pytest.mark.parametrize(
    ("how", "one"),
    [
        ("mean", lambda x: x.mean(1)), ("max", lambda x: x.amax(1)),
        ("norm", lambda x: x.norm(dim=1)),
    ],
)  # fmt: skip
def test_an_axis_can_be_seen_as_one_number(
    five: Bench, how: str, one: Callable[[Tensor], Tensor]
) -> None:
    boxes = [b for b in five.pane.slices.findChildren(QComboBox) if b.isVisible()]
    choose(boxes[1], how)
    five.settle()
    wanted = one(five_numbers(five))[0, 0]
    np.testing.assert_allclose(five.shown(), wanted.numpy(), rtol=1e-5)
    sliders = [s for s in five.pane.slices.findChildren(QSlider) if s.isVisible()]
    assert [s.isEnabled() for s in sliders] == [True, False, True]
    hover(five.pane.map, five.point(2, 3))
    assert f"[0, {how}, 0, 2, 3] = " in five.said()
    assert five.state.derivation.pointed is None, "that is no cell of the value"


def test_many_axes_leave_room_for_the_picture(qtbot: QtBot) -> None:
    bench = Bench(qtbot, Given(torch.randn(2, 2, 2, 2, 2, 2, 2, 5, 5)), torch.zeros(2))
    sliders = bench.pane.slices.findChildren(QSlider)
    assert len(sliders) == 7
    assert bench.pane._sliced.height() < 150
    assert bench.pane.map.height() >= 120
    assert bench.pane.height() == 480


def test_complex_numbers_are_seen_by_their_parts(qtbot: QtBot) -> None:
    value = torch.randn(6, 7, dtype=torch.complex64)
    bench = Bench(qtbot, Given(value), torch.zeros(2))
    assert "this is the magnitude" in bench.said()
    for part, wanted in (
        ("imaginary", value.imag), ("phase", value.angle()), ("real", value.real),
    ):  # fmt: skip
        choose(bench.pane.bar.popup.part, part)
        bench.settle()
        np.testing.assert_allclose(bench.shown(), wanted.numpy(), rtol=1e-6)
    assert "this is the real part" in bench.said()


def test_large_whole_numbers_are_read_to_the_last_digit(qtbot: QtBot) -> None:
    bench = Bench(qtbot, Given(torch.tensor([[2**60 + 1, 5]])), torch.zeros(2))
    hover(bench.pane.map, bench.point(0, 0))
    assert f"[0, 0] = {2**60 + 1}" in bench.said()


# ------------------------------------------------------------------ pointing and marking


def test_the_cell_under_the_mouse_is_that_cell_wherever_one_looks(five: Bench) -> None:
    choose(five.pane.bar.popup.rows, 0)
    five.settle()
    wheel(five.pane.map, five.point(1, 5), 240)
    five.settle()
    hover(five.pane.map, five.point(1, 5))
    assert five.state.derivation.pointed is not None
    assert five.state.derivation.pointed.index == (1, 0, 0, 0, 5)


def test_a_click_chooses_and_lights_its_sources_under_zoom(bench: Bench, qtbot: QtBot) -> None:
    double_click(bench.pane.map, bench.point(333, 444))
    bench.settle()
    map_ = bench.pane.map
    cell = round(map_.extents[0][0]) + 3, round(map_.extents[1][0]) + 2
    qtbot.mouseClick(map_, LEFT, pos=bench.point(*cell))
    pinned = bench.state.derivation.pinned
    assert pinned is not None
    assert pinned.index == cell
    assert marked(bench, map_._marks[1]) == [cell]
    leave(map_)  # the cell under the mouse comes first
    recording = bench.state.recording
    assert recording is not None
    bench.step(0, recording.events[0].inputs[0])  # where it came from
    assert marked(bench, map_._marks[0]) == [cell]
    map_.setFocus()
    qtbot.keyClick(map_, Key.Key_0)
    bench.settle()
    rows, columns = map_.matrix.block
    assert marked(bench, map_._marks[0]) == [(cell[0] // rows * rows, cell[1] // columns * columns)]


def test_a_cell_that_is_chosen_elsewhere_comes_into_view(qtbot: QtBot) -> None:
    bench = Bench(qtbot, Given(torch.randn(3, 400, 500)), torch.zeros(2))
    double_click(bench.pane.map, bench.point(20, 30))
    bench.settle()
    seen = bench.state.plane.seen
    assert bench.state.value is not None
    row, column = round(seen[0][0]) + 2, round(seen[1][0]) + 1
    bench.session.take(intents.Derive(bench.state.value, (2, row, column)))
    bench.settle()
    assert bench.state.plane.at[0] == 2
    assert bench.state.plane.seen == seen, "it is in view already"
    bench.session.take(intents.Derive(bench.state.value, (1, 300, 400)))
    bench.settle()
    assert bench.state.plane.at[0] == 1
    assert marked(bench, bench.pane.map._marks[1]) == [(300, 400)]
    assert bench.pane.map.matrix.block == (1, 1)


def marked(bench: Bench, cells: np.ndarray | None) -> list[tuple[int, int]]:
    """The first positions of marked cells."""
    assert cells is not None
    matrix = bench.pane.map.matrix
    return [matrix.position((row, column)) for row, column in np.argwhere(cells).tolist()]


# ------------------------------------------------------------------ what is no number


@pytest.fixture
def strange(qtbot: QtBot) -> Bench:
    value = torch.randn(2, 900, 800)
    value[1, 700, 650] = value[0, 3, 4] = math.nan
    value[1, 2, 3] = math.inf
    return Bench(qtbot, Given(value), torch.zeros(2))


def test_the_next_nan_is_gone_to_also_in_another_slice(strange: Bench, qtbot: QtBot) -> None:
    assert strange.pane.bar.nan.isVisible()
    assert not strange.pane.bar.inf.isVisible()
    for index in ((0, 3, 4), (1, 700, 650), (0, 3, 4)):
        qtbot.mouseClick(strange.pane.bar.nan, LEFT)
        strange.settle()
        assert strange.pane.map.position == index[1:]
        assert f"[{', '.join(map(str, index))}] = NaN" in strange.said()
        place = strange.pane.map.cell
        assert np.isnan(strange.shown()[place])
    strange.pane.seek("infinity")
    strange.settle()
    assert "[1, 2, 3] = ∞" in strange.said()


def test_where_there_is_none_that_is_said(bench: Bench) -> None:
    bench.pane.seek("nan")
    assert bench.state.banner is not None
    assert bench.state.banner.text == "There is no NaN in {value}."
    assert bench.state.banner.level == "news"


# ------------------------------------------------------------------ odd kinds


def test_a_sparse_value_is_said_to_be_sparse(qtbot: QtBot) -> None:
    bench = Bench(qtbot, Given(torch.eye(5).to_sparse()), torch.zeros(2))
    assert "The value is sparse: what it does not store is 0." in bench.said()
    assert np.array_equal(bench.shown(), np.eye(5, dtype=np.float32))
