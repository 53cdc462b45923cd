"""Values after a change: it begins with a slice where something differs."""

from __future__ import annotations

import math

import pytest
import torch
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from torch import Tensor, nn

from explorer.core.change import Change
from explorer.core.plane import Scale
from explorer.picture.numbers import number_text
from explorer.session import intents
from tests.gui.bench import Bench


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU())
    made = Bench(qtbot, model, torch.randn(2, 1, 7, 7), size=(500, 520))
    made.step(0)
    return made


def change(bench: Bench, *changes: Change) -> None:
    for one in changes:
        bench.session.take(intents.MakeChange(one))
    bench.settle()


def at(bench: Bench) -> tuple[int, ...]:
    return bench.state.plane.at[:2]


def titles(bench: Bench) -> list[str]:
    return [label.text() for label in bench.pane.trio.findChildren(QLabel) if label.isVisible()]


def test_it_begins_where_the_difference_is_the_largest(bench: Bench) -> None:
    change(bench, Change("0.weight", "zero", "4, 0, 1, 1"), Change("0.weight", "scale", "2", 1.01))
    assert at(bench)[1] == 4
    assert titles(bench)[2].startswith("difference, up to ±")
    assert "largest difference" not in bench.said()


def test_a_slice_without_a_difference_says_where_there_is_one(bench: Bench) -> None:
    change(bench, Change("0/conv2d#0", "fix", "1, 3, 2, 4", 9.0))
    assert at(bench) == (1, 3)
    recording = bench.state.recording
    assert recording is not None
    bench.change(at=(1, 0, 0, 0))  # one goes elsewhere, and stays there
    assert at(bench) == (1, 0)
    assert titles(bench)[2] == "no difference here"
    with torch.no_grad():
        far = float(9 - bench.model.get_submodule("0")(bench.given[0])[1, 3, 2, 4])
    assert f"The largest difference, {number_text(far, 3)}, is at [1, 3, 2, 4]." in bench.said()
    change(bench, Change("0/conv2d#0", "fix", "0, 5, 0, 0", 99.0))  # another change: there
    assert at(bench) == (0, 5)


def test_who_leaves_a_slice_with_a_difference_is_not_led_back(bench: Bench) -> None:
    change(bench, Change("0/conv2d#0", "fix", "0, 0, 2, 4", -9.0))
    with torch.no_grad():
        was = float(bench.model.get_submodule("0")(bench.given[0])[0, 0, 2, 4])
    far = number_text(9 + was, 3)
    assert titles(bench)[2] == f"difference, up to ±{far}"  # of a number that became smaller
    bench.change(at=(1, 3, 0, 0))
    assert at(bench) == (1, 3)
    assert f"The largest difference, {far}, is at [0, 0, 2, 4]." in bench.said()


def test_a_difference_has_a_scale_like_that_of_the_values(bench: Bench) -> None:
    change(bench, Change("0/conv2d#0", "fix", "0, 0, 2, 4", -9.0))
    for log in (True, False):
        bench.change(scale=Scale(log=log))
        assert [map_.matrix.shades.log for map_ in bench.pane.trio.maps] == [log] * 3


def test_a_value_that_no_change_reaches_says_so(bench: Bench) -> None:
    change(
        bench, Change("0/conv2d#0", "fix", "1, 3, 2, 4", -1e9), Change("1/relu#0", "scale", "", 1)
    )
    bench.session.take(intents.SwitchChange(0))
    bench.settle()
    bench.step(1)
    assert titles(bench)[2] == "no difference here"
    assert "The changes leave all of it as it was." in bench.said()


@pytest.mark.parametrize("count", [16, 1600])
def test_what_somebody_changed_is_no_rounding(qtbot: QtBot, count: int) -> None:
    """Small numbers beside large ones, in the value itself and in what comes of it; also where
    there is room for blocks alone, each with large ones."""
    torch.manual_seed(0)
    layer = nn.Linear(6, count)
    with torch.no_grad():
        layer.weight[::2] *= 1e6
        layer.weight[1::2] *= 1e-2
    bench = Bench(qtbot, nn.Sequential(layer, nn.Tanhshrink()), torch.randn(5, 6), size=(700, 520))
    bench.step(0)
    change(bench, Change("0/linear#0", "zero", ":, 13"))
    for event in (0, 1):
        bench.step(event)
        assert titles(bench)[2].startswith("difference, up to ±"), event
        shown, shades = bench.shown(2), bench.pane.trio.maps[2].matrix.shades
        assert 0 < abs(shown).max() <= shades.high < 1, event


def test_what_is_infinite_before_and_after_is_no_difference(qtbot: QtBot) -> None:
    """As the masked scores of attention are; the other slices show where there is one."""

    class Masked(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            """(B, T, T) → (B, T, T)."""
            return x.masked_fill(torch.ones(4, 4).triu(1).bool(), float("-inf")) * 2

    torch.manual_seed(0)
    bench = Bench(qtbot, Masked(), torch.randn(3, 4, 4), size=(700, 520))
    change(bench, Change("x", "fix", "2, 3, 1", 5.0))
    bench.step(len(bench.state.recording.events) - 1 if bench.state.recording else 0)
    far = number_text(float(2 * (5 - bench.given[0][2, 3, 1])), 3)
    assert bench.state.plane.at[0] == 2
    assert titles(bench)[2] == f"difference, up to ±{far}"
    assert (bench.shown(2) != 0).sum() == 1
    bench.change(at=(0, 0, 0))
    assert titles(bench)[2] == "no difference here"


@pytest.mark.parametrize("shape", [(3, 4, 4), (4, 4)])
def test_what_is_no_number_before_and_after_hides_no_difference(
    qtbot: QtBot, shape: tuple[int, ...]
) -> None:
    """Nor does it in a value of a single slice."""
    torch.manual_seed(0)
    x = torch.randn(shape)
    x.view(-1)[5] = math.nan
    bench = Bench(qtbot, nn.Hardtanh(-9.0, 9.0), x, size=(700, 520))
    last = tuple(size - 1 for size in shape)
    cells = ", ".join(map(str, last))
    change(bench, Change("input", "fix", cells, 7.0))
    bench.step(0)
    far = number_text(abs(7 - float(x[last])), 3)
    if len(shape) > 2:
        assert at(bench)[0] == last[0]
        assert titles(bench)[2] == f"difference, up to ±{far}"
        bench.change(at=(0, 0, 0))
    assert f"The largest difference, {far}, is at [{cells}]." in bench.said()
    bench.session.take(intents.PauseChanges())
    bench.settle()
    assert "difference" not in bench.said()


def test_a_last_place_that_somebody_changed_is_no_rounding(qtbot: QtBot) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 16), nn.ReLU())
    bench = Bench(qtbot, model, torch.randn(5, 6), size=(700, 520))
    change(bench, Change("0/linear#0", "scale", "", 1 + 2**-22))
    for event, word in ((0, "difference, up to ±"), (1, "±")):
        bench.step(event)
        assert titles(bench)[2].startswith(word)
    assert titles(bench)[2].endswith("as by rounding")


def test_a_change_of_a_coarse_type_is_no_rounding(qtbot: QtBot) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 16), nn.Tanh()).to(torch.bfloat16)
    bench = Bench(qtbot, model, torch.randn(5, 6, dtype=torch.bfloat16), size=(700, 520))
    bench.step(0)
    change(bench, Change("0/linear#0", "scale", "", 1.02))
    for event in (0, 1):
        bench.step(event)
        assert titles(bench)[2].startswith("difference, up to ±"), event


class Heads(nn.Module):
    """A fused op whose steps, once it is open, round otherwise than it does."""

    def forward(self, x: Tensor) -> Tensor:
        """(H, T, C) → (H, T, C)."""
        return nn.functional.scaled_dot_product_attention(x, x, x) + 0


def test_what_may_be_rounding_is_no_difference(qtbot: QtBot) -> None:
    torch.manual_seed(0)
    bench = Bench(qtbot, Heads(), torch.randn(4, 12, 32), size=(700, 520))
    bench.session.take(intents.OpenEvent(0))
    recording = bench.state.recording
    assert recording is not None
    weights = next(v.name for v in recording.values if v.name.endswith(":weights"))
    change(bench, Change(weights, "zero", "2"))
    bench.session.take(intents.StepBy("last"))
    bench.settle()
    assert at(bench)[0] == 2
    assert titles(bench)[2].startswith("difference, up to ±")
    noise = bench.pane.trio.maps[2]
    bench.change(at=(0, 0, 0))
    assert bench.shown(2).any(), "the steps round as the op does: take another"
    assert titles(bench)[2].endswith("as by rounding")
    assert "The largest difference" in bench.said()
    assert abs(noise.matrix.shades.low) > 1e3 * abs(bench.shown(2)).max()
