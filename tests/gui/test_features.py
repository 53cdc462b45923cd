"""Feature maps in the order of how strongly they answer, with a session and an engine behind."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QComboBox
from pytestqt.qtbot import QtBot
from torch import nn

from explorer.core.change import Change
from explorer.gui.changes.menu import ChangeMenu
from explorer.gui.panes.features import FeaturesPane
from explorer.gui.theme import DARK
from explorer.session import intents
from tests.gui.bench import Seat, choose
from tests.gui.mouse import hover

MAPS = 100


@pytest.fixture
def seat(qtbot: QtBot) -> Seat[FeaturesPane]:
    torch.manual_seed(0)
    return Seat(
        qtbot, FeaturesPane(DARK, 1.0), nn.Conv2d(3, MAPS, 3), torch.randn(1, 3, 8, 8),
        size=(380, 600),
    )  # fmt: skip


def output(seat: Seat[FeaturesPane]) -> np.ndarray:
    with torch.no_grad():
        found: np.ndarray = seat.model(*seat.given)[0].numpy()
    return found


def order(seat: Seat[FeaturesPane], key: str) -> None:
    choose(seat.pane.order, key)
    seat.settle()


def test_the_maps_that_answer_most_come_first(seat: Seat[FeaturesPane]) -> None:
    y = output(seat)
    sizes = np.abs(y).reshape(MAPS, -1)
    for key, by in (("mean", sizes.mean(1)), ("largest", sizes.max(1))):
        order(seat, key)
        places = np.argsort(-by, kind="stable")[:64]
        assert seat.pane.channels._labels == [str(place) for place in places]
        assert np.array_equal(seat.pane.map.matrix.data, y[places[0]])
        assert f"64 of {MAPS} feature maps" in seat.said()
    order(seat, "place")
    assert seat.pane.channels._labels[:3] == ["0", "2", "4"]  # two maps each


def test_a_cell_has_the_index_of_its_channel(seat: Seat[FeaturesPane], qtbot: QtBot) -> None:
    order(seat, "mean")
    y = output(seat)
    place = seat.pane.channels.place_of(1)
    qtbot.mouseClick(seat.pane.channels, Qt.MouseButton.LeftButton, pos=place)
    channel = int(seat.pane.channels._labels[1])
    area = seat.pane.map.field()
    corner = QPoint(int(area.left()) + 3, int(area.top()) + 3)
    hover(seat.pane.map, corner)
    assert f"[0, {channel}, 0, 0] = " in seat.said()
    qtbot.mouseClick(seat.pane.map, Qt.MouseButton.LeftButton, pos=corner)
    told = seat.state.derivation.told
    assert told is not None
    assert told.index == (0, channel, 0, 0)
    assert told.value == pytest.approx(float(y[channel, 0, 0]))
    ring = seat.pane.map._marks[1]
    assert ring is not None
    assert ring[0, 0]
    # a number of a map that is shown elsewhere in the order
    other = int(seat.pane.channels._labels[5])
    seat.session.take(intents.Derive(told.ref, (0, other, 2, 3)))
    seat.settle()
    assert seat.pane.channels._current == 5


def test_a_change_of_a_map_is_one_of_its_channel(seat: Seat[FeaturesPane]) -> None:
    order(seat, "largest")
    seat.pane._menu(QPoint(0, 0), 2)
    (menu,) = seat.pane.findChildren(ChangeMenu)
    channel = seat.pane.channels._labels[2]
    assert menu.actions()[0].text() == f"This map  [:, {channel}]"
    menu.close()


def test_the_order_can_be_chosen_by_keys(seat: Seat[FeaturesPane], qtbot: QtBot) -> None:
    box: QComboBox = seat.pane.order
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Down)
    seat.settle()
    assert box.currentData() == "mean"
    assert f"64 of {MAPS}" in seat.said()


def test_the_number_under_the_mouse_is_told_whole_beside_the_choices(
    seat: Seat[FeaturesPane], qtbot: QtBot
) -> None:
    where = seat.pane._where
    seat.pane.resize(300, 600)
    qtbot.mouseClick(
        seat.pane.channels, Qt.MouseButton.LeftButton, pos=seat.pane.channels.place_of(40)
    )
    usual = where.height()
    for row in range(3):
        hover(seat.pane.map, seat.pane.map.field().topLeft().toPoint() + QPoint(3, 3 + 20 * row))
        seat.settle()
        assert re.fullmatch(r"\[0, \d+, \d+, \d+\] = \S{6,}", where.text())
        needed = where.fontMetrics().boundingRect(
            QRect(0, 0, where.width(), 0), Qt.TextFlag.TextWordWrap, where.text()
        )
        assert needed.width() <= where.width()
        assert needed.height() <= where.height() == usual
        assert where.geometry().right() < seat.pane.order.geometry().left()
        assert seat.pane.own.geometry().right() < seat.pane.width() == 300


@pytest.mark.parametrize("height", [290, 304, 330, 345, 372, 420])
def test_the_numbers_of_the_small_maps_are_seen_in_a_low_pane(qtbot: QtBot, height: int) -> None:
    model = nn.Conv2d(1, 16, 3, padding=1)
    given = torch.randn(1, 1, 8, 8)
    pane = Seat(qtbot, FeaturesPane(DARK, 1.0), model, given, size=(368, height)).pane
    QApplication.processEvents()
    assert pane.height() == height
    assert pane._area.geometry().bottom() < height
    rows = pane._area.viewport().height() / pane.channels.row
    assert rows >= 1
    assert rows == round(rows)
    assert pane.map.geometry().height() > 100


def test_another_pane_looks_at_them_as_the_last_one_did(seat: Seat[FeaturesPane]) -> None:
    """As after another language or theme is chosen."""
    order(seat, "largest")
    seat.pane.own.click()
    seat.settle()
    said = seat.said()
    made = FeaturesPane(DARK, 1.0)
    seat.bot.addWidget(made)
    made.intent.connect(seat.session.take)
    made.resize(seat.pane.size())
    made.show()
    seat.session.unlisten(seat.pane.render)
    seat.session.listen(made.render)
    seat.pane = made
    seat.settle()
    assert made.order.currentData() == "largest"
    assert made.own.isChecked()
    assert seat.said() == said


def test_a_map_that_somebody_changed_stays_in_front_and_has_a_line(
    seat: Seat[FeaturesPane], qtbot: QtBot
) -> None:
    order(seat, "mean")
    channels = seat.pane.channels
    qtbot.mouseClick(channels, Qt.MouseButton.LeftButton, pos=channels.place_of(1))
    seat.settle()
    chosen = channels._labels[1]
    assert not channels._colors
    recording = seat.state.recording
    assert recording is not None
    name = recording.values[recording.outputs[0]].name
    seat.session.take(intents.MakeChange(Change(name, "scale", f":, {chosen}", 5.0)))
    seat.settle()
    at = channels._current
    assert channels._labels[at] == chosen
    assert at == 0  # it answers most now
    lines = [color == DARK.color("changed") for color in channels._colors]
    assert lines.index(True) == at
    assert lines.count(True) == 1


def test_a_map_of_another_sample_that_somebody_changed_has_no_line(qtbot: QtBot) -> None:
    torch.manual_seed(0)
    model = nn.Conv2d(1, 4, 3, padding=1)
    made = Seat(qtbot, FeaturesPane(DARK, 1.0), model, torch.randn(2, 1, 6, 6))
    made.settle()
    recording = made.state.recording
    assert recording is not None
    name = recording.values[recording.outputs[0]].name
    changed = DARK.color("changed")
    for cells, lines in (("1, 2", []), ("0, 1", [1])):
        made.session.take(intents.MakeChange(Change(name, "zero", cells)))
        made.settle()
        colors = made.pane.channels._colors
        assert [n for n, color in enumerate(colors) if color == changed] == lines


def test_a_picture_of_two_maps_has_a_line_for_either(seat: Seat[FeaturesPane]) -> None:
    recording = seat.state.recording
    assert recording is not None
    name = recording.values[recording.outputs[0]].name
    changed = DARK.color("changed")
    for cells, lines in ((":, 5", [2]), (":, 6:8", [2, 3])):
        seat.session.take(intents.MakeChange(Change(name, "zero", cells)))
        seat.settle()
        colors = seat.pane.channels._colors
        assert [n for n, color in enumerate(colors) if color == changed] == lines


def test_each_map_has_its_own_scale_or_all_have_one(qtbot: QtBot) -> None:
    """Where one is an eighth of the other everywhere."""
    torch.manual_seed(0)
    model = nn.Conv2d(1, 2, 1, bias=False)
    with torch.no_grad():
        model.weight[:, 0, 0, 0] = torch.tensor([1.0, 0.125])
    seat = Seat(qtbot, FeaturesPane(DARK, 1.0), model, torch.rand(1, 1, 6, 6) + 0.1)
    seat.settle()
    for own in (False, True, False):
        if seat.pane.own.isChecked() != own:
            seat.pane.own.click()
            seat.settle()
        one, other = seat.pane.channels._images
        assert (one == other) == own
        seat.pane._choose(1)
        seat.settle()
        large = seat.pane.map.matrix.shades.high
        assert large == pytest.approx(float(output(seat)[1 if own else 0].max()), rel=1e-5)
