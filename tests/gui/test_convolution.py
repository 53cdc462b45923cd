"""The convolution pane, with a session and an engine behind it, and real mouse and keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from torch import Tensor, nn

from explorer.core.change import Change
from explorer.core.convolution import Products
from explorer.gui.panes.convolution import ConvolutionPane
from explorer.gui.panes.convolution.filters import Filters
from explorer.gui.theme import DARK
from explorer.picture.numbers import number_text
from explorer.picture.readout import convolution_of, panes_for
from explorer.session import intents
from tests.gui.bench import Seat
from tests.gui.mouse import hover, leave

Key = Qt.Key


def sat(
    qtbot: QtBot, model: nn.Module, *given: Tensor, size: tuple[int, int] = (370, 400)
) -> Seat[ConvolutionPane]:
    return Seat(qtbot, ConvolutionPane(DARK, 1.0), model, *given, size=size)


@pytest.fixture
def small(qtbot: QtBot) -> Seat[ConvolutionPane]:
    torch.manual_seed(0)
    return sat(qtbot, nn.Conv2d(4, 6, 3, padding=1, stride=2), torch.randn(2, 4, 9, 11))


def at(seat: Seat[ConvolutionPane], row: int, column: int) -> QPoint:
    """Where a cell of the output is."""
    grid = seat.pane.stage.grids()[2]
    return grid.rect((row, row + 1), (column, column + 1)).center().toPoint()


def weights(seat: Seat[ConvolutionPane], name: str) -> np.ndarray:
    found: np.ndarray = seat.model.get_parameter(name).detach().numpy()
    return found


def output(seat: Seat[ConvolutionPane]) -> np.ndarray:
    with torch.no_grad():
        found: np.ndarray = seat.model(*seat.given).numpy()
    return found


def painted(seat: Seat[ConvolutionPane]) -> QImage:
    return seat.pane.stage.grab().toImage()


def test_the_mouse_over_the_output_tells_what_is_multiplied(
    small: Seat[ConvolutionPane],
) -> None:
    pane, y = small.pane, output(small)
    assert pane.stage.cell == (2, 3)  # the middle of 5 × 6
    before = painted(small)
    hover(pane.stage, at(small, 0, 0))
    small.settle()
    found = small.state.answer(Products)
    assert found is not None
    assert found.view.index == (0, 0, 0, 0)
    assert pane.stage.cell == (0, 0)
    assert painted(small) != before
    said = pane.total.text()
    assert said == (
        f"4 channels: Σ {number_text(found.total - found.offset)}"
        f" + bias {number_text(found.offset)} = {number_text(float(y[0, 0, 0, 0]))}"
    )
    leave(pane.stage)
    small.settle()
    assert pane.stage.cell == (2, 3)
    assert painted(small) == before


def test_a_product_tells_its_two_numbers(small: Seat[ConvolutionPane]) -> None:
    pane = small.pane
    hover(pane.stage, at(small, 0, 0))
    small.settle()
    x, W = small.given[0], weights(small, "weight")
    cells = pane.terms._grid()

    def middle(row: int, column: int) -> QPoint:
        return cells.cell(pane.terms._matrix, row, column).center().toPoint()

    hover(pane.terms, middle(1, 2))
    assert pane.told.text() == (
        f"x[0, 1] {number_text(float(x[0, 0, 0, 1]))} × W[1, 2] {number_text(float(W[0, 0, 1, 2]))}"
        f" = {number_text(float(x[0, 0, 0, 1]) * float(W[0, 0, 1, 2]))}"
    )
    hover(pane.terms, middle(0, 0))
    assert pane.told.text() == f"W[0, 0] = {number_text(float(W[0, 0, 0, 0]))} meets no input"
    leave(pane.terms)
    assert pane.told.text().startswith("y[0, 0, 0, 0], input channel 0: Σ")


def test_a_click_keeps_the_cell_and_tells_how_it_came_to_be(
    small: Seat[ConvolutionPane], qtbot: QtBot
) -> None:
    pane = small.pane
    qtbot.mouseClick(pane.stage, Qt.MouseButton.LeftButton, pos=at(small, 4, 5))
    leave(pane.stage)
    small.settle()
    assert pane.stage.cell == small.state.convolution.cell == (4, 5)
    told = small.state.derivation.told
    assert told is not None
    assert told.index == (0, 0, 4, 5)
    found = small.state.answer(Products)
    assert found is not None
    assert found.total == pytest.approx(told.total)
    small.session.take(intents.Derive(told.ref, (1, 5, 1, 2)))
    small.settle()
    assert (pane.filter.value(), pane.sample.value(), pane.stage.cell) == (5, 1, (1, 2))


def test_keys_choose_the_cell_the_filter_and_the_channel(
    small: Seat[ConvolutionPane], qtbot: QtBot
) -> None:
    stage = small.pane.stage
    stage.setFocus()
    for key in (Key.Key_Right, Key.Key_Down, Key.Key_Down, Key.Key_Down):
        qtbot.keyClick(stage, key)
    assert stage.cell == (4, 4)  # the last row is the fifth
    qtbot.keyClick(stage, Key.Key_Home)
    qtbot.keyClick(stage, Key.Key_PageUp)
    assert stage.cell == (0, 0)
    qtbot.keyClick(stage, Key.Key_BracketRight)
    qtbot.keyClick(stage, Key.Key_BracketRight)
    qtbot.keyClick(stage, Key.Key_BraceRight)
    small.settle()
    found = small.state.answer(Products)
    assert found is not None
    assert (found.view.index, found.channel) == ((0, 2, 0, 0), 1)
    assert np.allclose(found.weights, weights(small, "weight")[2, 1])
    assert np.allclose(stage._pictures[1].matrix.data, found.weights)
    assert np.array_equal(stage._pictures[2].matrix.data, output(small)[0, 2])
    qtbot.keyClick(stage, Key.Key_Return)
    assert small.state.derivation.pinned is not None
    assert small.state.derivation.pinned.index == (0, 2, 0, 0)


def test_a_bar_shows_its_channel(small: Seat[ConvolutionPane], qtbot: QtBot) -> None:
    sums = small.pane.sums
    qtbot.mouseClick(sums, Qt.MouseButton.LeftButton, pos=sums.place(3).center().toPoint())
    small.settle()
    assert small.pane.channel.value() == 3
    assert "input, channel 3" in small.pane.stage._pictures[0].caption
    found = small.state.answer(Products)
    assert found is not None
    assert found.sum == pytest.approx(float(found.sums[3]))
    sums.setFocus()
    qtbot.keyClick(sums, Key.Key_Left)
    assert small.pane.channel.value() == 2
    shown = small.pane.stage._pictures[0].matrix.data
    assert np.array_equal(shown, small.given[0][0, 2].numpy())


def test_play_steps_over_the_output_row_by_row(small: Seat[ConvolutionPane], qtbot: QtBot) -> None:
    pane = small.pane
    pane._go(cell=(4, 3))
    pane.stage.setFocus()
    seen: list[object] = []
    pane.intent.connect(seen.append)
    with qtbot.waitSignal(pane.play.toggled, timeout=5000, check_params_cb=lambda on: not on):
        qtbot.keyClick(pane.stage, Key.Key_Space)
        assert pane.play.isChecked()
    cells = [said.look.cell for said in seen if isinstance(said, intents.ShowConvolution)]
    assert cells == [(4, 4), (4, 5)]
    qtbot.keyClick(pane.stage, Key.Key_Space)  # from the last cell it begins anew
    assert pane.stage.cell == (0, 0)
    for _ in range(7):
        pane._play_on()
    assert pane.stage.cell == (1, 1)
    pane.hide()
    assert not pane.play.isChecked()


def test_what_comes_later_is_veiled_while_it_plays(
    small: Seat[ConvolutionPane], qtbot: QtBot
) -> None:
    pane = small.pane
    pane._go(cell=(1, 2))
    after = at(small, 3, 1)
    plain = painted(small).pixelColor(after)
    qtbot.mouseClick(pane.play, Qt.MouseButton.LeftButton)
    veiled = painted(small).pixelColor(after)
    panel = DARK.color("panel")
    assert abs(veiled.red() - panel.red()) < abs(plain.red() - panel.red())
    qtbot.mouseClick(pane.play, Qt.MouseButton.LeftButton)
    assert painted(small).pixelColor(after) == plain


class Stem(nn.Module):
    """The first layer of a ResNet, and what else there is."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.apart = nn.Conv2d(64, 64, 3, groups=64)
        self.up = nn.ConvTranspose2d(64, 40, 3, stride=2, groups=4)
        self.long = nn.Conv1d(40, 8, 200, padding=100)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) → (B, 8, L)."""
        x = self.up(self.apart(torch.relu(self.first(x)))[..., :20, :20])
        return torch.relu(self.long(x.flatten(2)))


@pytest.fixture
def stem(qtbot: QtBot) -> Seat[ConvolutionPane]:
    torch.manual_seed(0)
    return sat(qtbot, Stem(), torch.randn(1, 3, 224, 224), size=(520, 640))


def test_no_more_comes_than_there_are_pixels(stem: Seat[ConvolutionPane]) -> None:
    rec = stem.state.recording
    assert rec is not None
    QApplication.processEvents()
    for event in rec.events:
        if convolution_of(rec, event.outputs[0]) < 0:
            continue
        stem.weighed.clear()
        stem.step(event.index)
        stem.session.take(intents.ShowConvolution(replace(stem.state.convolution, show="filters")))
        stem.settle()
        shown = [grid.area for grid in stem.pane.stage.grids()]
        pixels = {"convolution/input": shown[0], "convolution/output": shown[2]}
        for one in stem.weighed:
            if one.pane in pixels:
                area = pixels[one.pane]
                assert one.numbers <= 4 * area.width() * area.height() * 1.05, (event.id, one)
            elif "filters" in one.pane:
                page = stem.pane.filters
                assert one.numbers <= 4 * page.width() * page.height(), (event.id, one)
            else:
                terms = stem.pane.terms
                assert one.numbers <= 4 * terms.width() * terms.height(), (event.id, one)
        stem.session.take(intents.ShowConvolution(replace(stem.state.convolution, show="products")))


def test_hovering_asks_for_nothing_but_the_cell(stem: Seat[ConvolutionPane]) -> None:
    stem.weighed.clear()
    for column in range(10, 50):
        hover(stem.pane.stage, at(stem, 40, column))
    stem.settle()
    assert {one.pane for one in stem.weighed} == {"products"}
    assert max(one.bytes for one in stem.weighed) < 4000


def test_the_window_moves_within_a_frame(stem: Seat[ConvolutionPane], qtbot: QtBot) -> None:
    """Before the engine answers; the maps are not painted again."""
    from time import perf_counter

    stage, found = stem.pane.stage, stem.state.answer(Products)
    assert found is not None
    ground = stage._ground
    taken = []
    for column in range(20, 40):
        start = perf_counter()
        stage.point((30, column), found.slide, running=False)
        stage.repaint()
        taken.append(perf_counter() - start)
    assert stage._ground is ground is not None
    assert np.median(taken) < 1 / 60


def test_filters_that_see_three_channels_are_pictures_in_colour(
    stem: Seat[ConvolutionPane], qtbot: QtBot
) -> None:
    pane = stem.pane
    qtbot.mouseClick(pane.all, Qt.MouseButton.LeftButton)
    stem.settle()
    assert "in colour" in stem.said()
    images = pane.filters.pictures._images
    assert 0 < len(images) <= 64
    W = weights(stem, "first.weight")
    peak = np.abs(W[5]).max()
    color = images[5].pixelColor(2, 4)
    expected = np.round(127.5 * (1 + W[5, :, 4, 2] / peak))
    assert np.abs(np.array([color.red(), color.green(), color.blue()]) - expected).max() <= 1
    qtbot.mouseClick(
        pane.filters.pictures, Qt.MouseButton.LeftButton, pos=pane.filters.pictures.place_of(7)
    )
    stem.settle()
    assert pane.filter.value() == 7
    assert "output, channel 7" in pane.stage._pictures[2].caption


def test_filters_come_a_page_at_a_time(stem: Seat[ConvolutionPane], qtbot: QtBot) -> None:
    pane = stem.pane
    qtbot.mouseClick(pane.all, Qt.MouseButton.LeftButton)
    stem.settle()
    filters: Filters = pane.filters
    assert len(filters.pictures) < 64
    filters.bar.setValue(filters.bar.maximum())
    stem.settle()
    assert filters.pictures._labels[-1] == "63"
    pane.filter.setValue(2)  # which is further up
    stem.settle()
    assert "2" in filters.pictures._labels


def test_of_a_grouped_and_a_transposed_convolution_the_right_channels_are_shown(
    stem: Seat[ConvolutionPane],
) -> None:
    rec = stem.state.recording
    assert rec is not None
    events = {event.id.partition("/")[0]: event for event in rec.events}
    stem.step(events["apart"].index)
    stem.pane.filter.setValue(9)
    stem.settle()
    assert "input, channel 9" in stem.pane.stage._pictures[0].caption
    assert not stem.pane.channel.isEnabled()  # each filter sees one
    stem.step(events["up"].index)
    stem.pane.filter.setValue(25)  # of the third group of four
    stem.pane.channel.setValue(2)
    stem.settle()
    found = stem.state.answer(Products)
    assert found is not None
    assert "input, channel 34" in stem.pane.stage._pictures[0].caption
    assert np.allclose(found.weights, weights(stem, "up.weight")[34, 5])
    stem.pane.all.click()
    stem.settle()
    assert stem.pane.filters.pictures._labels[0] == "20"
    assert len(stem.pane.filters.pictures) == 10


def test_a_convolution_over_time_is_shown_as_rows(stem: Seat[ConvolutionPane]) -> None:
    rec = stem.state.recording
    assert rec is not None
    event = next(event for event in rec.events if event.op == "conv1d")
    stem.step(event.index)
    pictures = stem.pane.stage._pictures
    assert [len(one.matrix.data) for one in pictures] == [1, 1, 1]
    found = stem.state.answer(Products)
    assert found is not None
    assert found.block == (1, 7)  # of 200 numbers, no more than there is room for
    hover(stem.pane.terms, QPoint(stem.pane.terms.width() // 2, 12))
    assert "7 products, Σ" in stem.pane.told.text()


def test_it_is_there_for_what_a_convolution_gave_and_for_its_weights(
    stem: Seat[ConvolutionPane],
) -> None:
    rec = stem.state.recording
    assert rec is not None
    first = rec.events[0]
    weight = next(v for v in first.inputs if rec.values[v].kind == "parameter")
    assert "convolution" in panes_for(rec, first.outputs[0])
    assert "convolution" in panes_for(rec, weight)
    relu = next(event for event in rec.events if event.op == "relu")
    assert "convolution" not in panes_for(rec, relu.outputs[0])
    stem.step(0, weight)
    hover(stem.pane.stage, at(stem, 3, 3))
    stem.settle()
    found = stem.state.answer(Products)
    assert found is not None
    assert found.view.value == first.outputs[0]


def test_a_number_that_somebody_changed_is_told_as_such(small: Seat[ConvolutionPane]) -> None:
    rec = small.state.recording
    assert rec is not None
    name = rec.values[rec.outputs[0]].name
    small.session.take(intents.MakeChange(Change(name, "zero", "0, 0, 2, 3")))
    small.settle()
    assert small.pane.total.text().endswith(", set to 0 by your change")


def test_half_precision_says_what_rounding_did(qtbot: QtBot) -> None:
    torch.manual_seed(0)
    W = torch.randn(2, 30, 3, 3, dtype=torch.bfloat16)

    class Half(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return F.conv2d(x, W)

    seat = sat(qtbot, Half(), torch.randn(1, 30, 6, 6, dtype=torch.bfloat16))
    found = seat.state.answer(Products)
    assert found is not None
    assert found.total == pytest.approx(found.number, rel=0.02)
    assert number_text(found.total) != number_text(found.number)
    said = f"rounded to {number_text(found.number)} in bfloat16"
    assert seat.pane.total.text().endswith(said)


def test_space_on_a_button_that_has_the_keyboard_presses_it(
    small: Seat[ConvolutionPane],
) -> None:
    small.pane.all.setFocus()
    QTest.keyClick(small.pane.all, Key.Key_Space)
    small.settle()
    assert small.state.convolution.show == "filters"


@pytest.mark.parametrize("height", [300, 315, 331, 345, 360, 372, 400])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_lies_upon_the_products_of_a_changed_pass(
    qtbot: QtBot, height: int, language: str, spoken: Callable[[str], None]
) -> None:
    """The line of what is added up takes two rows then."""
    spoken(language)
    torch.manual_seed(0)
    model = nn.Conv2d(16, 32, 3, padding=1).requires_grad_(False)
    seat = sat(qtbot, model, torch.randn(1, 16, 4, 4), size=(368, height))
    recording = seat.state.recording
    assert recording is not None
    name = recording.values[recording.outputs[0]].name
    seat.session.take(intents.MakeChange(Change(name, "zero", ":, 0")))
    seat.settle()
    hover(seat.pane.stage, at(seat, 1, 2))
    seat.settle()
    pane = seat.pane
    assert pane.total.height() > 1.5 * pane.total.fontMetrics().height()
    rows = [one.geometry() for one in (pane.terms, pane.told, pane.sums, pane.total)]
    for upper, lower in pairwise(rows):
        assert upper.bottom() < lower.top(), (height, rows)
    assert pane.total.height() >= pane.total.heightForWidth(pane.total.width())
    assert rows[-1].bottom() <= pane.height()


def test_products_have_the_colours_of_signs_wherever_the_kernel_is(qtbot: QtBot) -> None:
    model = nn.Conv2d(1, 1, 2, bias=False).requires_grad_(False)
    model.weight.copy_(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
    seat = sat(qtbot, model, torch.tensor([[[[1.0, 2.0, -1.0], [3.0, 4.0, 5.0]]]]))
    for column in (0, 1):  # all above zero, and not
        hover(seat.pane.stage, at(seat, 0, column))
        seat.settle()
        shades = seat.pane.terms._matrix.shades
        assert shades.signed
        assert shades.low == -shades.high < 0
