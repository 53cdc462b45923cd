"""Cells of the convolution pane: what is marked on its pictures, and what the right button does."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot
from torch import Tensor, nn

from explorer.core.change import Change
from explorer.gui.panes.convolution import ConvolutionPane
from explorer.gui.panes.convolution.stage import INPUT, KERNEL, OUTPUT
from explorer.gui.theme import DARK
from explorer.session import intents
from tests.gui.bench import Seat


class Two(nn.Module):
    """Two convolutions and one that goes back up."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Conv2d(3, 4, 3, padding=1, stride=2)
        self.two = nn.Conv2d(4, 6, 3, groups=2)
        self.up = nn.ConvTranspose2d(6, 8, 2, groups=2)

    def forward(self, x: Tensor) -> Tensor:
        """(2, 3, 15, 15) → (2, 8, 7, 7)."""
        return self.up(self.two(torch.relu(self.one(x))))


@pytest.fixture
def seat(qtbot: QtBot) -> Seat[ConvolutionPane]:
    torch.manual_seed(0)
    pane = ConvolutionPane(DARK, 1.0)
    return Seat(qtbot, pane, Two(), torch.randn(2, 3, 15, 15), size=(520, 620))


def event_of(seat: Seat[ConvolutionPane], module: str) -> int:
    assert seat.state.recording is not None
    return next(e.index for e in seat.state.recording.events if e.id.startswith(f"{module}/"))


def open_menu(widget: QWidget, at: QPoint, by_key: bool = False) -> list[str]:
    """What the menu offers, and what each leads to."""
    reason = QContextMenuEvent.Reason
    QApplication.sendEvent(
        widget,
        QContextMenuEvent(
            reason.Keyboard if by_key else reason.Mouse, at, widget.mapToGlobal(at)
        ),
    )  # fmt: skip
    return [action.text() for action in menu().actions()]


def menu() -> QMenu:
    found = [w for w in QApplication.topLevelWidgets() if isinstance(w, QMenu) and w.isVisible()]
    assert found
    return found[0]


def choose(seat: Seat[ConvolutionPane], place: int, word: str) -> None:
    inner = menu().actions()[place].menu()
    assert isinstance(inner, QMenu)
    next(action for action in inner.actions() if action.text().startswith(word)).trigger()
    menu().close()
    seat.settle()


def centre(seat: Seat[ConvolutionPane], picture: int, row: int, column: int) -> QPoint:
    grid = seat.pane.stage.grids()[picture]
    return grid.rect((row, row + 1), (column, column + 1)).center().toPoint()


def test_the_receptive_field_of_a_later_number_is_on_both_maps(
    seat: Seat[ConvolutionPane],
) -> None:
    recording = seat.state.recording
    assert recording is not None
    later = recording.events[event_of(seat, "two")].outputs[0]
    seat.step(event_of(seat, "one"))
    plain = seat.pane.stage.grab().toImage()
    seat.session.take(intents.Derive(later, (1, 2, 1, 3)))
    seat.session.take(intents.ShowReach("from"))
    seat.settle()
    seat.session.take(intents.StepTo(event_of(seat, "one")))
    look = seat.state.convolution
    seat.session.take(intents.ShowConvolution(look.__class__(**{**vars(look), "sample": 1})))
    seat.settle()
    assert seat.pane.reach_shown
    with torch.no_grad():
        ones = Two()
        for parameter in ones.parameters():
            parameter.fill_(1.0)
    x = torch.ones(2, 3, 15, 15, requires_grad=True)
    between = ones.one(x)
    between.retain_grad()
    ones.two(between)[1, 2, 1, 3].backward()
    assert x.grad is not None
    assert between.grad is not None
    marks = seat.pane.stage._marks
    lit, there = marks[INPUT].lit, marks[OUTPUT].lit
    assert lit is not None
    assert there is not None
    assert np.array_equal(lit, x.grad[1, 0].numpy() != 0)
    assert np.array_equal(there, between.grad[1, 0].numpy() != 0)
    assert 9 == there.sum() < lit.sum() < 15 * 15
    heat = marks[INPUT].heat
    assert heat is not None
    assert heat.max() <= 1
    assert (heat[~lit] == 0).all()
    assert seat.pane.stage.grab().toImage() != plain
    seat.session.take(intents.ShowReach(""))
    seat.settle()
    assert all(one.heat is None for one in seat.pane.stage._marks.values())


def test_the_chosen_cell_has_a_ring_and_its_window_its_frame_alone(
    seat: Seat[ConvolutionPane], qtbot: QtBot
) -> None:
    seat.step(event_of(seat, "two"))
    at = centre(seat, OUTPUT, 1, 2)
    qtbot.mouseClick(seat.pane.stage, Qt.MouseButton.LeftButton, pos=at)
    seat.settle()
    marks = seat.pane.stage._marks
    ring = marks[OUTPUT].ring
    assert ring is not None
    assert list(zip(*np.nonzero(ring), strict=True)) == [(1, 2)]
    assert INPUT not in marks


def test_a_cell_and_a_channel_of_the_output_are_changed(seat: Seat[ConvolutionPane]) -> None:
    seat.step(event_of(seat, "two"))
    seat.pane.filter.setValue(4)
    seat.settle()
    recording = seat.state.recording
    assert recording is not None
    name = recording.values[recording.events[event_of(seat, "two")].outputs[0]].name
    stage = seat.pane.stage
    assert open_menu(stage, centre(seat, OUTPUT, 1, 2)) == [
        "This cell  [:, 4, 1, 2]", "This channel  [:, 4]", "All of the value",
    ]  # fmt: skip
    choose(seat, 0, "Set to 0")
    choose_by_key = open_menu(stage, QPoint(0, 0), by_key=True)
    row, column = stage.cell
    assert choose_by_key[0] == f"This cell  [:, 4, {row}, {column}]"
    choose(seat, 1, "Scale")
    assert seat.state.changes.active == (Change(name, "zero", ":, 4, 1, 2"),)
    draft = seat.state.changes.draft
    assert draft is not None
    assert (draft.value, draft.cells, draft.kind) == (name, ":, 4", "scale")
    assert np.asarray(stage._pictures[OUTPUT].matrix.data)[1, 2] == 0


def test_input_channels_weights_kernels_and_filters_are_changed(
    seat: Seat[ConvolutionPane],
) -> None:
    seat.step(event_of(seat, "two"))
    seat.pane.filter.setValue(4)  # of the second group, which sees channels 2 and 3
    seat.pane.channel.setValue(1)
    seat.settle()
    stage = seat.pane.stage
    assert open_menu(stage, centre(seat, INPUT, 0, 5))[:2] == [
        "This cell  [:, 3, 0, 5]", "This channel  [:, 3]",
    ]  # fmt: skip
    choose(seat, 1, "Set to 0")
    assert not np.asarray(stage._pictures[INPUT].matrix.data).any()
    assert open_menu(stage, centre(seat, KERNEL, 2, 0)) == [
        "This weight  [4, 1, 2, 0]", "This kernel  [4, 1]", "This filter  [4]", "All of the value",
    ]  # fmt: skip
    menu().close()
    seat.pane.all.click()
    seat.settle()
    filters = seat.pane.filters.pictures
    assert open_menu(filters, filters.place_of(5))[:2] == [
        "This kernel  [5, 1]",
        "This filter  [5]",
    ]
    choose(seat, 1, "Set to 0")
    changes = seat.state.changes.active
    assert changes[-1] == Change("two.weight", "zero", "5")
    assert changes[0].cells == ":, 3"


def test_of_a_transposed_convolution_a_filter_is_one_of_its_group(
    seat: Seat[ConvolutionPane],
) -> None:
    seat.step(event_of(seat, "up"))
    seat.pane.filter.setValue(6)  # the third of the second group: inputs 3, 4, 5
    seat.pane.channel.setValue(1)
    seat.settle()
    offered = open_menu(seat.pane.stage, centre(seat, KERNEL, 1, 1))
    assert offered[:3] == [
        "This weight  [4, 2, 1, 1]", "This kernel  [4, 2]", "This filter  [3:6, 2]",
    ]  # fmt: skip
    choose(seat, 2, "Set to 0")
    y = np.asarray(seat.pane.stage._pictures[OUTPUT].matrix.data)
    assert np.allclose(y, seat.model.up.bias[6].item())  # type: ignore[union-attr, index]


def test_beside_the_cells_the_whole_map_is_offered(seat: Seat[ConvolutionPane]) -> None:
    seat.step(event_of(seat, "one"))
    stage = seat.pane.stage
    area = stage.grids()[KERNEL].area
    corner = QPoint(int(area.left()) + 1, int(stage._boxes()[KERNEL].top()) + 1)
    if area.contains(corner):
        corner = QPoint(corner.x(), int(area.bottom()) + 2)
    assert open_menu(stage, corner)[0] == "This kernel  [0, 0]"
    menu().close()


def test_of_a_convolution_over_time_a_cell_is_a_moment(qtbot: QtBot) -> None:
    torch.manual_seed(0)
    pane = ConvolutionPane(DARK, 1.0)
    seat = Seat(qtbot, pane, nn.Conv1d(2, 3, 3), torch.randn(1, 2, 9), size=(520, 620))
    assert open_menu(pane.stage, centre(seat, OUTPUT, 0, 4)) == [
        "This cell  [:, 0, 4]", "This channel  [:, 0]", "All of the value",
    ]  # fmt: skip
    menu().close()


def magenta(seat: Seat[ConvolutionPane], picture: int, row: int, column: int) -> bool:
    """Whether a cell has the frame of what somebody changed."""
    grid = seat.pane.stage.grids()[picture]
    where = grid.rect((row, row + 1), (column, column + 1)).toAlignedRect()
    image = seat.pane.stage.grab(where.adjusted(-1, -1, 1, 1)).toImage()
    wanted = DARK.color("changed").rgb()
    middle = image.height() // 2
    return any(image.pixelColor(x, middle).rgb() == wanted for x in range(5))


def test_what_somebody_changed_has_a_frame(seat: Seat[ConvolutionPane]) -> None:
    seat.step(event_of(seat, "two"))
    seat.pane.filter.setValue(4)
    seat.settle()
    seat.session.take(intents.MakeChange(Change("two.weight", "zero", "4, 0, 2, 1")))
    seat.settle()
    assert magenta(seat, KERNEL, 2, 1)
    assert not magenta(seat, KERNEL, 1, 1)
    assert not magenta(seat, OUTPUT, 1, 0)
    seat.pane.filter.setValue(5)
    seat.settle()
    assert not magenta(seat, KERNEL, 2, 1)
    recording = seat.state.recording
    assert recording is not None
    name = recording.values[recording.events[event_of(seat, "two")].outputs[0]].name
    seat.session.take(intents.MakeChange(Change(name, "scale", ":, 5", 2.0)))
    seat.settle()
    assert magenta(seat, OUTPUT, 1, 0)  # all of the map, from its first column on
    assert not magenta(seat, OUTPUT, 1, 2)


def test_what_somebody_changed_of_another_sample_has_no_frame(qtbot: QtBot) -> None:
    torch.manual_seed(0)
    model = nn.Conv2d(1, 4, 3, padding=1)
    pane = ConvolutionPane(DARK, 1.0)
    seat = Seat(qtbot, pane, model, torch.randn(2, 1, 6, 6), size=(520, 620))
    seat.settle()
    recording = seat.state.recording
    assert recording is not None
    name = recording.values[recording.outputs[0]].name
    seat.session.take(intents.MakeChange(Change(name, "zero", "1, 0")))
    seat.settle()
    assert seat.pane.stage._pictures[OUTPUT].changed == ()
    assert not magenta(seat, OUTPUT, 1, 0)
    seat.pane.sample.setValue(1)
    seat.settle()
    assert seat.pane.stage._pictures[OUTPUT].changed == ((range(6), range(6)),)
    assert magenta(seat, OUTPUT, 1, 0)


def test_every_second_number_has_a_frame_of_its_own(seat: Seat[ConvolutionPane]) -> None:
    seat.step(event_of(seat, "two"))
    seat.session.take(intents.MakeChange(Change("two.weight", "zero", "0, 0, ::2, ::2")))
    seat.settle()
    own = [(range(r, r + 1), range(c, c + 1)) for r in (0, 2) for c in (0, 2)]
    assert list(seat.pane.stage._pictures[KERNEL].changed) == own
    assert not magenta(seat, KERNEL, 1, 1)


def test_of_many_numbers_apart_one_frame_goes_around_all(qtbot: QtBot) -> None:
    """They are too small to be told from each other."""
    torch.manual_seed(0)
    pane = ConvolutionPane(DARK, 1.0)
    model = nn.Conv2d(1, 2, 3, padding=1)
    seat = Seat(qtbot, pane, model, torch.randn(1, 1, 50, 60), size=(520, 620))
    recording = seat.state.recording
    assert recording is not None
    name = recording.values[recording.outputs[0]].name
    for cells in ("0, 0, 1::2, ::2", "0, 0, 3, ::2"):
        seat.session.take(intents.MakeChange(Change(name, "zero", cells)))
    seat.settle()
    around, *each = seat.pane.stage._pictures[OUTPUT].changed
    assert around == (range(1, 50), range(59))
    assert each == [(range(3, 4), range(n, n + 1)) for n in range(0, 60, 2)]


def test_along_one_axis_what_somebody_changed_is_of_the_row(qtbot: QtBot) -> None:
    torch.manual_seed(0)
    pane = ConvolutionPane(DARK, 1.0)
    seat = Seat(qtbot, pane, nn.Conv1d(2, 3, 3), torch.randn(1, 2, 12), size=(520, 620))
    recording = seat.state.recording
    assert recording is not None
    name = recording.values[recording.outputs[0]].name
    seat.session.take(intents.MakeChange(Change(name, "zero", "0, 0, 2:5")))
    seat.session.take(intents.MakeChange(Change("weight", "zero", "0, 0")))
    seat.settle()
    _, kernel, output = (one.changed for one in seat.pane.stage._pictures)
    assert output == ((range(1), range(2, 5)),)
    assert kernel == ((range(1), range(3)),)
    assert magenta(seat, OUTPUT, 0, 2)
    assert not magenta(seat, OUTPUT, 0, 6)
