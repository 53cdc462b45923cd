"""What is done with the numbers of the values pane, with a real engine: colours, copies, files,
differences."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from torch import Tensor, nn

from explorer.core.plane import Against
from explorer.picture.numbers import exact_text
from explorer.picture.plane import fitted, showing
from explorer.session import intents
from tests.gui.bench import Bench, Given, choose, trigger, wheel
from tests.gui.colours import distance
from tests.gui.mouse import double_click, drag, hover

Key = Qt.Key
LEFT = Qt.MouseButton.LeftButton


def odd() -> Tensor:
    """(700, 900) numbers of both signs."""
    return torch.randn(700, 900, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    return Bench(qtbot, Given(odd()), torch.zeros(2))


# ------------------------------------------------------------------ colours


def test_points_are_typed_dragged_and_kept(qtbot: QtBot) -> None:
    bench = Bench(qtbot, Given(torch.rand(20, 30), 5 * torch.rand(20, 30)), torch.zeros(2))
    colours = bench.pane.colours
    qtbot.mouseClick(bench.pane.bar.colours, LEFT)
    assert colours.isVisible()
    assert bench.state.statistics is not None, "the histogram is counted when it is looked at"
    colours.high.setFocus()
    colours.high.selectAll()
    qtbot.keyClicks(colours.high, "0.5")
    qtbot.keyClick(colours.high, Key.Key_Return)
    assert bench.pane.map.matrix.shades.high == 0.5
    strip = colours.strip
    at = QPoint(round(strip.place_of(0.5)), 20)
    QTest.mousePress(strip, LEFT, pos=at)
    drag(strip, QPoint(round(strip.place_of(0.8)), 20))
    QTest.mouseRelease(strip, LEFT, pos=QPoint(round(strip.place_of(0.8)), 20))
    assert bench.pane.map.matrix.shades.high == pytest.approx(0.8, abs=0.01)
    high = bench.pane.map.matrix.shades.high
    bench.step(1)
    assert bench.pane.map.matrix.shades.high > 4.5, "that was for the other value"
    bench.step(0)
    qtbot.mouseClick(colours.keep, LEFT, pos=QPoint(8, colours.keep.height() // 2))
    kept = bench.pane.map.matrix.shades
    bench.step(1)
    assert bench.pane.map.matrix.shades == kept
    qtbot.mouseClick(colours.all, LEFT)
    assert bench.pane.map.matrix.shades.high > 4.5
    assert high != kept.high or kept.high == high
    colours.hide()


def test_most_numbers_leave_outliers_out(qtbot: QtBot) -> None:
    value = torch.rand(200, 200)
    value[0, 0] = 1000
    bench = Bench(qtbot, Given(value), torch.zeros(2))
    assert bench.pane.map.matrix.shades.high == 1000
    qtbot.mouseClick(bench.pane.bar.colours, LEFT)
    qtbot.mouseClick(bench.pane.colours.most, LEFT)
    assert bench.pane.map.matrix.shades.high == pytest.approx(0.99, abs=0.01)
    bench.pane.colours.hide()


def test_the_histogram_of_the_colours_comes_with_its_statistics(bench: Bench, qtbot: QtBot) -> None:
    qtbot.mouseClick(bench.pane.bar.colours, LEFT)
    strip = bench.pane.colours.strip
    assert bench.state.statistics is not None
    picture = strip.grab().toImage()
    wide = strip.width()
    edge, *middle = (
        picture.pixelColor(x, 30) for x in (wide // 10, *range(wide // 2, wide // 2 + 9))
    )
    assert any(distance(one, edge) > 40 for one in middle), "most numbers are around 0"
    bench.pane.colours.hide()


def test_colours_part_at_zero_if_that_is_wanted(qtbot: QtBot) -> None:
    bench = Bench(qtbot, Given(torch.rand(20, 20) + 1), torch.zeros(2))
    choose(bench.pane.colours.middle, "zero")
    shades = bench.pane.map.matrix.shades
    assert shades.signed
    assert shades.low == -shades.high
    choose(bench.pane.colours.middle, "none")
    shades = bench.pane.map.matrix.shades
    assert not shades.signed
    assert shades.low > 0.9


def test_a_logarithmic_scale_tells_small_numbers_apart(qtbot: QtBot) -> None:
    value = torch.tensor([[1e-3, 1e-2, 1e-1, 1.0], [-1e-3, -1e-2, -1e-1, -1.0]])
    bench = Bench(qtbot, Given(value), torch.zeros(2))
    even = bench.pane.map.matrix.shades.steps(value.numpy()) / 255
    qtbot.mouseClick(bench.pane.bar.colours, LEFT)
    log = bench.pane.colours.log
    qtbot.mouseClick(log, LEFT, pos=QPoint(8, log.height() // 2))
    shades = bench.pane.map.matrix.shades
    assert shades.log
    shares = shades.steps(value.numpy()) / 255
    assert shares[0, 1] - 0.5 > 10 * (even[0, 1] - 0.5)
    np.testing.assert_allclose(shares[0] - 0.5, 0.5 - shares[1], atol=1 / 255)
    steps = np.diff(shares[0])
    assert steps.max() < 1.25 * steps.min(), "a decade is as long as the next"
    for share in (0.0, 0.3, 0.5, 0.9):
        step = int(shades.steps(np.array([shades.at(share)]))[0])
        assert step == pytest.approx(255 * share, abs=1)
    bench.pane.colours.hide()


@pytest.mark.parametrize("text", ["abc", "", "nan", "1e999"])
def test_what_is_no_point_goes_back(bench: Bench, qtbot: QtBot, text: str) -> None:
    before = bench.pane.map.matrix.shades
    field = bench.pane.colours.low
    qtbot.mouseClick(bench.pane.bar.colours, LEFT)
    said = field.text()
    field.setFocus()
    field.selectAll()
    qtbot.keyClick(field, Key.Key_Delete)
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Key.Key_Return)
    assert field.text() == said
    assert bench.pane.map.matrix.shades == before
    bench.pane.colours.hide()


# ------------------------------------------------------------------ copying and saving


def test_what_is_seen_is_copied_exactly(bench: Bench, qtbot: QtBot) -> None:
    double_click(bench.pane.map, bench.point(333, 444))
    bench.settle()
    bench.pane.map.setFocus()
    qtbot.keyClick(bench.pane.map, Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = eval(QGuiApplication.clipboard().text(), {"np": np})
    (top, bottom), (left, right) = bench.pane.map.extents
    rows, columns = slice(int(top), math.ceil(bottom)), slice(int(left), math.ceil(right))
    assert copied.dtype == np.float32
    assert np.array_equal(copied, odd()[rows, columns].numpy())
    assert f"Copied: {copied.shape[0]} × {copied.shape[1]} numbers" in bench.said()
    menu = bench.menu_of()
    trigger(menu, "table")
    table = QGuiApplication.clipboard().text()
    lines = [[np.float32(text) for text in line.split("\t")] for line in table.split("\n")]
    assert np.array_equal(np.array(lines), copied)


def test_the_whole_value_and_a_slice_are_saved(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def path(*said: object) -> tuple[str, str]:
        asked.append(Path(str(said[2])).name)
        return str(tmp_path / "here"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", path)
    wheel(bench.pane.map, bench.point(350, 450), 600)
    bench.settle()
    before = len(bench.weighed)
    trigger(bench.menu_of(), ".npy")
    trigger(bench.menu_of(), ".csv")
    assert asked == ["clone 0.npy", "clone 0.csv"]
    assert np.array_equal(np.load(tmp_path / "here.npy"), odd().numpy())
    back = np.loadtxt(tmp_path / "here.csv", delimiter=",", dtype=np.float32)
    assert np.array_equal(back, odd().numpy())
    assert bench.state.banner is not None
    assert bench.state.banner.values["path"].endswith("here.csv")
    assert len(bench.weighed) == before, "the numbers do not come to the window for that"


def test_what_cannot_be_saved_is_said(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = str(tmp_path / "gone" / "value.npy")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (gone, ""))
    trigger(bench.menu_of(), ".npy")
    banner = bench.state.banner
    assert banner is not None
    said = banner.text.format(**banner.values)
    assert said == f"{gone} cannot be written: No such file or directory."
    assert "choose another folder" in banner.remedy


def test_nothing_is_saved_after_all(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    trigger(bench.menu_of(), ".npy")
    assert bench.state.banner is None


# ------------------------------------------------------------------ comparing


class Steps(nn.Module):
    """x → 2x → 2x + 1 → its first row."""

    def forward(self, x: Tensor) -> Tensor:
        """(rows, columns) → (columns,)"""
        double = x * 2
        more = double + 1
        return more[0]


def test_a_value_minus_the_input_of_its_op(qtbot: QtBot) -> None:
    x = torch.randn(40, 50)
    x[7, 9] = -0.4622849
    bench = Bench(qtbot, Steps(), x)
    bench.step(0)
    menu = bench.pane.bar.compare.menu()
    assert menu is not None
    menu.aboutToShow.emit()
    trigger(menu, "The input of its op")
    bench.settle()
    assert bench.pane.trio.three
    doubled = (x * 2).numpy()
    whole = [map_.matrix.block == (1, 1) for map_ in bench.pane.trio.maps]
    assert all(whole)
    for number, wanted in enumerate((doubled, x.numpy(), doubled - x.numpy())):
        np.testing.assert_array_equal(bench.shown(number), wanted)
    hover(bench.pane.trio.maps[1], bench.point(7, 9, 1))
    a, b = (exact_text(v) for v in (doubled[7, 9], x.numpy()[7, 9]))
    assert b.startswith("−")  # then it is in brackets
    assert f"[7, 9] = {a} − ({b}) = " in bench.said()
    assert all(map_.position == (7, 9) for map_ in bench.pane.trio.maps)
    shades = [map_.matrix.shades for map_ in bench.pane.trio.maps]
    assert shades[0] == shades[1]
    assert shades[2].signed
    assert shades[2].high == pytest.approx(float((x * 2 - x).abs().max()))
    wheel(bench.pane.trio.maps[2], bench.point(20, 30, 2), 240)
    bench.settle()
    extents = [map_.extents for map_ in bench.pane.trio.maps]
    assert extents[0] == extents[1] == extents[2] != ((0.0, 40.0), (0.0, 50.0))
    bench.step(1)  # the comparison goes along
    np.testing.assert_allclose(bench.shown(2), np.ones_like(bench.shown(2)), atol=1e-6)
    bench.step(2)
    assert not bench.pane.trio.three
    assert "The input of its op has another shape." in bench.said()


def test_a_difference_is_reduced_where_it_is_computed(qtbot: QtBot) -> None:
    x = torch.randn(900, 1000)
    bench = Bench(qtbot, Steps(), x)
    bench.step(0)
    bench.change(against=Against("input"))
    matrix = bench.pane.trio.maps[2].matrix
    rows, columns = matrix.block
    assert rows > 1
    block = (x * 2 - x)[3 * rows : 4 * rows, 5 * columns : 6 * columns].numpy()
    assert matrix.data[3, 5] == block.flat[np.abs(block).argmax()]


class Ranks(nn.Module):
    """(rows, columns) → the same → its sum along the rows → the same → all of it."""

    def forward(self, x: Tensor) -> Tensor:
        """(rows, columns) → ()"""
        y = x + 1
        z = y.sum(0)
        w = z * 3
        return w.sum()


def test_a_comparison_goes_along_from_rank_to_rank(qtbot: QtBot) -> None:
    x = torch.randn(5, 6)
    bench = Bench(qtbot, Ranks(), x)
    bench.step(0)
    bench.change(against=Against("input"))
    assert bench.pane.trio.three
    assert bench.pane.bar.compare.property("changed")
    bench.step(2)
    summed = (x + 1).sum(0)
    np.testing.assert_allclose(bench.shown(2), (summed * 3 - summed).numpy()[None], rtol=1e-6)
    bench.step(3)
    assert not bench.pane.trio.three
    bench.step(0)
    np.testing.assert_allclose(bench.shown(2), ((x + 1) - x).numpy(), rtol=1e-6)
    bench.change(against=None)
    assert not bench.pane.bar.compare.property("changed")
    assert bench.pane.map.matrix.shades.high == float((x + 1).abs().max())


def test_any_value_of_the_same_shape_can_be_subtracted(qtbot: QtBot) -> None:
    bench = Bench(qtbot, Steps(), torch.randn(4, 5))
    bench.step(1)
    menu = bench.pane.bar.compare.menu()
    assert menu is not None
    menu.aboutToShow.emit()
    offered = [action.text() for action in menu.actions() if action.text()]
    assert offered[-2:] == ["mul#0", "x"] or offered[-2:] == ["x", "mul#0"]
    assert not next(a for a in menu.actions() if "beside" in a.text()).isEnabled()
    trigger(menu, "x")
    assert bench.state.plane.against == Against("value", "x")
    bench.settle()
    menu.aboutToShow.emit()
    trigger(menu, "Nothing")
    bench.settle()
    assert not bench.pane.trio.three


def test_the_same_value_of_the_pass_beside(qtbot: QtBot) -> None:
    x = torch.randn(6, 7)
    bench = Bench(qtbot, Steps(), x)
    bench.session.take(intents.KeepBeside())
    other = x + 0.25
    bench.feed._given = ((other,), {})
    bench.record()
    bench.step(1)
    bench.change(against=Against("beside"))
    then, now = (x * 2 + 1).numpy(), (other * 2 + 1).numpy()
    for number, wanted in enumerate((now, then, now - then)):
        np.testing.assert_array_equal(bench.shown(number), wanted)
    assert ", beside" in "".join(title.text() for title in bench.pane.trio._titles)
    recording = bench.state.recording
    assert recording is not None
    bench.step(0, recording.events[0].inputs[0])  # an input has its counterpart by name
    np.testing.assert_array_equal(bench.shown(2), other.numpy() - x.numpy())


def test_a_pass_beside_of_another_size_says_so(qtbot: QtBot) -> None:
    bench = Bench(qtbot, Steps(), torch.randn(6, 7))
    bench.session.take(intents.KeepBeside())
    bench.feed._given = ((torch.randn(6, 9),), {})
    bench.record()
    bench.step(0)
    bench.change(against=Against("beside"))
    assert not bench.pane.trio.three
    assert "(6, 7): only equal shapes can be subtracted" in bench.said()
    bench.session.take(intents.EndBeside())
    bench.settle()
    assert bench.state.plane.against is None
    assert "subtracted" not in bench.said()


def test_a_difference_is_copied_and_saved_too(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = torch.randn(6, 7)
    bench = Bench(qtbot, Steps(), x)
    bench.step(0)
    bench.change(against=Against("input"))
    trigger(bench.menu_of(2), "NumPy")
    copied = eval(QGuiApplication.clipboard().text(), {"np": np})
    assert np.array_equal(copied, (x * 2 - x).numpy())
    out = str(tmp_path / "difference.csv")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (out, ""))
    trigger(bench.menu_of(2), ".csv")
    assert np.array_equal(np.loadtxt(out, delimiter=",", dtype=np.float32), (x * 2 - x).numpy())


# ------------------------------------------------------------------ a unit of Distribution


def test_a_unit_that_somebody_came_for_is_outlined_and_named(bench: Bench) -> None:
    pane, value = bench.pane, bench.state.value
    assert value is not None
    assert bench.state.recording is not None
    plane = fitted(bench.state.plane, bench.state.recording.values[value])
    bench.session.take(intents.ShowPlane(showing(plane, 1, 41)))
    bench.settle()
    ring, first = pane.map._marks[1], pane.map.matrix.first
    assert ring is not None
    assert np.flatnonzero(ring.all(0)).tolist() == [41 - first[1]]
    assert ring.sum() == ring.shape[0]
    assert "Outlined: dim 1 41." in bench.said()
    bench.session.take(intents.Derive(value, (2, 40)))  # now that cell is what is marked
    bench.settle()
    assert bench.state.plane.unit is None
    assert "Outlined" not in bench.said()
    bench.session.take(intents.ShowPlane(showing(bench.state.plane, 0, 3)))
    bench.settle()
    ring, first = pane.map._marks[1], pane.map.matrix.first
    assert ring is not None
    assert ring[3 - first[0]].all()


def test_a_unit_of_an_axis_that_is_sliced_is_not_said_to_be_outlined(qtbot: QtBot) -> None:
    bench = Bench(qtbot, nn.ReLU(), torch.randn(3, 6, 7))
    bench.step(0)
    value = bench.state.value
    assert value is not None
    assert bench.state.recording is not None
    plane = fitted(bench.state.plane, bench.state.recording.values[value])
    bench.session.take(intents.ShowPlane(showing(plane, 0, 2)))
    bench.settle()
    assert bench.state.plane.at[0] == 2
    assert "Outlined" not in bench.said()
