"""The neurons pane, with a session and an engine behind it, and real mouse and keys."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot
from torch import Tensor, nn

from explorer.core.change import Change
from explorer.core.neurons import Neurons, Planes
from explorer.gui.panes.neurons import NeuronsPane
from explorer.gui.panes.neurons.plane import shades_of
from explorer.gui.theme import DARK
from explorer.picture.numbers import number_text
from explorer.session import intents
from tests.gui.bench import Seat, wheel
from tests.gui.colours import distance
from tests.gui.mouse import hover, leave

Key = Qt.Key
Sat = Seat[NeuronsPane]


def sat(qtbot: QtBot, model: nn.Module, *given: Tensor, size: tuple[int, int] = (370, 440)) -> Sat:
    return Seat(qtbot, NeuronsPane(DARK, 1.0), model.eval(), *given, size=size)


@pytest.fixture
def small(qtbot: QtBot) -> Sat:
    torch.manual_seed(0)
    seat = sat(qtbot, nn.Sequential(nn.Linear(3, 5), nn.Tanh()), torch.randn(2, 4, 3))
    seat.step(1)
    return seat


@pytest.fixture
def plane(qtbot: QtBot) -> Sat:
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, 1))
    seat = sat(qtbot, model, torch.tensor([[0.5, -0.25], [0.1, 0.9]]))
    seat.step(1)
    return seat


@pytest.fixture
def large(qtbot: QtBot) -> Sat:
    torch.manual_seed(2)
    seat = sat(qtbot, nn.Sequential(nn.Linear(300, 10_000), nn.ReLU()), torch.randn(1, 300))
    seat.step(1)
    return seat


def output(seat: Sat) -> Tensor:
    with torch.no_grad():
        found: Tensor = seat.model(*seat.given)
    return found


def layers(seat: Sat) -> nn.Sequential:
    assert isinstance(seat.model, nn.Sequential)
    return seat.model


def at(seat: Sat, column: int, n: int) -> QPoint:
    """Where a neuron is, of those shown."""
    return seat.pane.columns.place(column, n).center().toPoint()


def colour(seat: Sat, where: QPoint) -> QColor:
    return seat.pane.columns.grab().toImage().pixelColor(where)


def shown(seat: Sat, column: int) -> tuple[int, ...]:
    """The neurons on screen."""
    content = seat.pane.columns.content
    assert content is not None
    return content.figure.pieces[column].neurons


def told(seat: Sat) -> Neurons:
    found = seat.state.answer(Neurons)
    assert found is not None
    return found


def pictures(seat: Sat) -> Planes:
    """Those of all neurons on screen."""
    found = seat.pane._planes
    assert found is not None
    return found


def number_of(text: str) -> float:
    return float(text.replace("−", "-").strip("()"))


# ---------------------------------------------------------------------- numbers


def test_the_mouse_over_a_neuron_tells_its_sum_with_numbers(small: Sat) -> None:
    pane, y = small.pane, output(small)
    before = pane.columns.grab().toImage()
    hover(pane.columns, at(small, 1, 3))
    small.settle()
    with torch.no_grad():
        sums = layers(small)[0](*small.given)
    said = pane.told.text()
    assert said.startswith(f"tanh [3]: Σ w·x + b = {number_text(float(sums[0, 0, 3]))}")
    assert said.endswith(f"tanh → {number_text(float(y[0, 0, 3]))}")
    line, bias = (
        small.model.get_parameter("0.weight")[3],
        small.model.get_parameter("0.bias")[3].detach(),
    )
    terms = (line * small.given[0][0, 0]).tolist()
    written = said.split(" = ")[2].partition(" + b ")[0].split(" + ")
    products = [np.prod([number_of(x) for x in part.split("·")]) for part in written]
    assert products == pytest.approx(sorted(terms, key=abs, reverse=True), abs=0.01)
    assert f" + b ({number_text(float(bias), 3)}); tanh" in said
    assert pane.columns.grab().toImage() != before  # its lines are lit
    assert small.state.derivation.pointed is not None
    assert small.state.derivation.pointed.index == (0, 0, 3)
    leave(pane.columns)
    small.settle()
    assert pane.told.text() == "Move over a neuron to see its sum."
    assert pane.columns.grab().toImage() == before
    hover(pane.columns, at(small, 0, 1))
    assert pane.told.text() == f"input [1] = {number_text(float(small.given[0][0, 0, 1]))}"


def test_a_click_keeps_a_neuron_and_tells_how_it_came_to_be(small: Sat, qtbot: QtBot) -> None:
    pane = small.pane
    qtbot.mouseClick(pane.columns, Qt.MouseButton.LeftButton, pos=at(small, 1, 2))
    leave(pane.columns)
    small.settle()
    explained = small.state.derivation.told
    assert explained is not None
    assert explained.index == (0, 0, 2)
    assert pane.told.text().startswith("tanh [2]: Σ w·x + b = ")
    place = pane.columns.place(1, 2)
    ring = QPoint(round(place.center().x()), round(place.top() - 2.5))
    assert distance(colour(small, ring), DARK.color("cursor")) < 16  # its edge may be soft
    qtbot.mouseClick(pane.columns, Qt.MouseButton.LeftButton, pos=at(small, 0, 1))
    pinned = small.state.derivation.pinned
    assert pinned is not None
    assert (pinned.value, pinned.index) == (told(small).view.given, (0, 0, 1))


def test_keys_walk_over_neurons_and_enter_keeps_one(small: Sat, qtbot: QtBot) -> None:
    columns = small.pane.columns
    columns.setFocus()
    for key in (Key.Key_Down, Key.Key_Down, Key.Key_Down, Key.Key_Up):
        qtbot.keyClick(columns, key)
    assert columns.at == (1, 1)
    qtbot.keyClick(columns, Key.Key_Return)
    small.settle()
    assert small.state.derivation.pinned is not None
    assert small.state.derivation.pinned.index == (0, 0, 1)
    qtbot.keyClick(columns, Key.Key_Left)
    assert columns.at[0] == 0
    for _ in range(9):
        qtbot.keyClick(columns, Key.Key_Down)
    assert columns.at == (0, 2)  # the last
    qtbot.keyClick(columns, Key.Key_Right)
    assert columns.at[0] == 1


def test_sliders_choose_the_position(small: Sat) -> None:
    pane, y = small.pane, output(small)
    sliders = [row.slider for row in pane.slices._rows.values()]
    assert [slider.maximum() for slider in sliders] == [1, 3]
    assert not any(row.along.isVisible() for row in pane.slices._rows.values())
    sliders[0].setValue(1)
    sliders[1].setValue(2)
    small.settle()
    assert told(small).view.at == (1, 2)
    np.testing.assert_allclose(told(small).values, y[1, 2], rtol=1e-6)
    small.step(0)  # the layer before has the same rows
    assert told(small).view.at == (1, 2)
    small.session.take(intents.Derive(told(small).view.value, (0, 3, 4)))
    small.settle()
    assert told(small).view.at == (0, 3)  # what was chosen elsewhere is here
    assert sliders[0].value() == 0


def test_lines_are_weights_or_what_they_add(small: Sat, qtbot: QtBot) -> None:
    pane = small.pane
    content = pane.columns.content
    assert content is not None
    weight = small.model.get_parameter("0.weight").detach()
    np.testing.assert_allclose(content.source.of("weights/1"), weight, rtol=1e-6)  # type: ignore[arg-type]
    before = pane.columns.grab().toImage()
    qtbot.mouseClick(pane.products, Qt.MouseButton.LeftButton)
    small.settle()
    content = pane.columns.content
    assert content is not None
    products = weight * small.given[0][0, 0]
    np.testing.assert_allclose(content.source.of("weights/1"), products, rtol=1e-6)  # type: ignore[arg-type]
    assert small.state.neurons.lines == "products"
    assert pane.columns.grab().toImage() != before
    assert "weight × number" in pane.legend.text() + pane.legend.toolTip()


def test_colours_part_at_zero(qtbot: QtBot) -> None:
    model = nn.Linear(1, 3, bias=False)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[-1.0], [0.0], [1.0]]))
    seat = sat(qtbot, model, torch.ones(1, 1))
    below, none, above = (colour(seat, at(seat, 1, n) + QPoint(0, 12)) for n in range(3))
    assert below.blue() > below.red() + 60
    assert above.red() > above.blue() + 60
    assert max(none.red(), none.green(), none.blue()) < 70
    assert "bias" not in seat.pane.legend.text() + seat.pane.legend.toolTip()
    hover(seat.pane.columns, at(seat, 1, 0))
    assert seat.pane.told.text() == "linear [0]: Σ w·x = −1 = (−1)·1"


# ---------------------------------------------------------------------- many, and odd ones


def test_of_ten_thousand_some_are_shown_and_the_rest_is_counted(large: Sat, qtbot: QtBot) -> None:
    pane, y = large.pane, output(large)[0]
    most = pane.columns.most(pictures=False)
    assert 10 <= most <= 64
    assert shown(large, 1) == tuple(range(most))
    assert shown(large, 0) == tuple(range(most))
    qtbot.mouseClick(pane.largest, Qt.MouseButton.LeftButton)
    large.settle()
    ranks = y.abs().sort(descending=True, stable=True).indices.tolist()
    assert shown(large, 1) == tuple(ranks[:most])
    right = QPoint(pane.columns.width() - 20, 100)
    wheel(pane.columns, right, -120)
    large.settle()
    assert shown(large, 1) == tuple(ranks[3 : most + 3])
    assert shown(large, 0) == tuple(
        large.given[0][0].abs().argsort(descending=True)[:most].tolist()
    )
    hover(pane.columns, at(large, 1, 0))
    with torch.no_grad():
        total = float(layers(large)[0](large.given[0])[0, ranks[3]])
    assert pane.told.text().split(" = ", 2)[1] == number_text(total)


def test_a_neuron_that_is_chosen_is_always_there(large: Sat) -> None:
    large.session.take(intents.Derive(told(large).view.value, (0, 7_000)))
    large.settle()
    most = large.pane.columns.most(pictures=False)
    assert shown(large, 1) == (*range(most - 1), 7_000)
    assert "[7000]" in large.pane.told.text()


def test_plus_and_minus_show_fewer_and_more(large: Sat, qtbot: QtBot) -> None:
    columns = large.pane.columns
    columns.setFocus()
    most = columns.most(pictures=False)
    qtbot.keyClick(columns, Key.Key_Minus)
    large.settle()
    assert most < len(shown(large, 1)) <= 64
    for _ in range(3):
        qtbot.keyClick(columns, Key.Key_Plus)
    large.settle()
    assert len(shown(large, 1)) < most
    qtbot.keyClick(columns, Key.Key_0)
    large.settle()
    assert len(shown(large, 1)) == most
    for _ in range(most + 2):
        qtbot.keyClick(columns, Key.Key_Down)
        large.settle()
    assert shown(large, 1)[0] == 2  # the last one on screen leads on
    large.pane.resize(large.pane.width(), 700)
    large.settle()
    assert len(shown(large, 1)) == columns.most(pictures=False) > most


def test_one_neuron_fills_no_more_than_its_place(qtbot: QtBot) -> None:
    seat = sat(qtbot, nn.Linear(1, 1), torch.ones(1, 1))
    columns = seat.pane.columns
    assert seat.pane.largest.isHidden()
    for column in (0, 1):
        place = columns.place(column, 0)
        assert columns.rect().contains(place.toAlignedRect())
        assert place.width() < 50


def test_what_is_no_number_glares(qtbot: QtBot) -> None:
    model = nn.Linear(2, 3)
    with torch.no_grad():
        model.weight[1] = torch.nan
    seat = sat(qtbot, model, torch.randn(1, 4, 2))
    assert colour(seat, at(seat, 1, 1) + QPoint(0, 12)) == DARK.color("nan")
    hover(seat.pane.columns, at(seat, 1, 1))
    assert "= NaN" in seat.pane.told.text()


def test_a_layer_that_is_called_twice_shows_each_call(qtbot: QtBot) -> None:
    torch.manual_seed(3)
    fc = nn.Linear(4, 4)
    seat = sat(qtbot, nn.Sequential(fc, nn.ReLU(), fc), torch.randn(1, 4))
    with torch.no_grad():
        hidden = fc(seat.given[0])
        for event, expected in ((0, hidden), (2, fc(torch.relu(hidden)))):
            seat.step(event)
            np.testing.assert_allclose(told(seat).values, expected[0], rtol=1e-5)


def test_a_right_click_changes_a_neuron_everywhere(small: Sat, qtbot: QtBot) -> None:
    pane = small.pane
    spot = at(small, 1, 2)
    pane.columns.menu_wanted.emit(1, 2, pane.columns.mapToGlobal(spot))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    inner = menu.findChildren(QMenu)[0]
    assert "[:, :, 2]" in menu.actions()[0].text()
    menu.close()
    inner.actions()[0].trigger()
    small.settle()
    assert [entry.change for entry in small.state.changes.entries] == [
        Change("1/tanh#0", "zero", ":, :, 2")
    ]
    assert told(small).values[2] == 0
    hover(pane.columns, at(small, 1, 2))
    assert pane.told.text().endswith("; tanh → set to 0 by your change")
    hover(pane.columns, at(small, 1, 3))
    assert "change" not in pane.told.text()
    small.session.take(intents.MakeChange(Change("0/linear#0", "fix", ":, :, 3", 0.25)))
    small.settle()
    hover(pane.columns, at(small, 1, 3))
    with torch.no_grad():
        plain = float(layers(small)[0](*small.given)[0, 0, 3])
    assert f"Σ w·x + b = {number_text(plain)} = " in pane.told.text()
    after = number_text(float(torch.tensor(0.25).tanh()))
    assert pane.told.text().endswith(f", set to 0.25 by your change; tanh → {after}")


# ---------------------------------------------------------------------- the plane


def test_each_neuron_is_a_picture_of_the_plane(plane: Sat) -> None:
    pane = plane.pane
    content = pane.columns.content
    assert content is not None
    assert content.pictures is not None
    assert [len(one) for one in content.pictures] == [2, 6]
    found = pictures(plane)
    side = found.pictures.shape[-1]
    x0, x1, y0, y1 = found.extent
    for n in range(6):
        place = pane.columns.place(1, n)
        for across, down in ((0.2, 0.3), (0.7, 0.8), (0.5, 0.15)):
            x, y = x0 + across * (x1 - x0), y1 + down * (y0 - y1)
            with torch.no_grad():
                exact = float(layers(plane)[:2](torch.tensor([[x, y]]))[0, n])
            row, column = round(down * side - 0.5), round(across * side - 0.5)
            bound = shades_of(found.pictures[n]).high
            assert float(found.pictures[n, row, column]) == pytest.approx(exact, abs=0.15 * bound)
            image = content.pictures[1][n].pixelColor(column, row)
            seen = colour(
                plane,
                QPoint(
                    int(place.left() + across * place.width()),
                    int(place.top() + down * place.height()),
                ),
            )
            away = (seen.red() - image.red(), seen.green() - image.green())
            assert max(map(abs, away)) < 60, (n, across, down)


def test_the_neuron_pointed_at_is_shown_large_and_a_click_keeps_it(
    plane: Sat, qtbot: QtBot
) -> None:
    pane = plane.pane

    def near() -> str:
        assert pane.near.shown is not None
        return pane.near.shown.name

    assert pane.near.isVisible()
    assert near() == "ReLU [0]"
    hover(pane.columns, at(plane, 1, 4))
    plane.settle()
    assert near() == "ReLU [4]"
    found = plane.state.answer(Planes)
    assert found is not None
    assert found.pictures.shape == (1, 120, 120)
    steps = torch.linspace(*found.extent[:2], 120)
    points = torch.stack([steps.repeat(120), steps.flip(0).repeat_interleave(120)], 1)
    with torch.no_grad():
        expected = layers(plane)[:2](points)[:, 4].reshape(120, 120)
    np.testing.assert_allclose(found.pictures[0], expected, atol=1e-5)
    leave(pane.columns)
    plane.settle()
    assert near() == "ReLU [0]"
    qtbot.mouseClick(pane.columns, Qt.MouseButton.LeftButton, pos=at(plane, 1, 4))
    leave(pane.columns)
    plane.settle()
    assert near() == "ReLU [4]"
    here = pane.near.point(0.5, -0.25).toPoint()  # the first point of the batch
    assert pane.near.grab().toImage().pixelColor(here) == DARK.color("cursor")


def test_without_the_plane_they_are_numbers_again(plane: Sat, qtbot: QtBot) -> None:
    pane = plane.pane
    qtbot.mouseClick(pane.plane, Qt.MouseButton.LeftButton)
    plane.settle()
    assert not pane.columns.has_pictures
    assert not pane.near.isVisible()
    assert not plane.state.neurons.plane
    assert "adds up" in plane.said()
    qtbot.mouseClick(pane.plane, Qt.MouseButton.LeftButton)
    plane.settle()
    assert pane.columns.has_pictures
    assert "for every point of the plane" in plane.said()


def test_a_model_of_no_plane_has_no_such_button(small: Sat) -> None:
    assert small.pane.plane.isHidden()
    assert not small.pane.near.isVisible()
    assert small.state.answer(Planes) is None


class OnlyOne(nn.Module):
    """Takes one point at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(2, 3)

    def forward(self, x: Tensor) -> Tensor:
        """(1, 2) to (1, 3)."""
        if len(x) != 1:
            raise ValueError("one point at a time, please")
        found: Tensor = self.fc(x)
        return found


def test_a_model_that_takes_no_batch_says_so_beside_its_numbers(qtbot: QtBot) -> None:
    seat = sat(qtbot, OnlyOne(), torch.randn(1, 2))
    assert not seat.pane.columns.has_pictures
    assert "one point at a time, please" in seat.pane.near._why
    assert seat.state.banner is None
    np.testing.assert_allclose(told(seat).values, output(seat)[0], rtol=1e-6)


def test_pictures_have_the_changes_and_say_which_they_have_not(plane: Sat) -> None:
    before = pictures(plane)
    plane.session.take(intents.MakeChange(Change("1/relu#0", "scale", ":, 0", -2.0)))
    plane.session.take(intents.MakeChange(Change("1/relu#0", "noise", ":, 1", 0.5)))
    plane.settle()
    after = pictures(plane)
    np.testing.assert_allclose(after.pictures[0], -2 * before.pictures[0], atol=1e-5)
    np.testing.assert_allclose(after.pictures[1], before.pictures[1], atol=1e-5)
    hover(plane.pane.columns, at(plane, 1, 1))
    assert "left out of the pictures: 1." in plane.pane.told.text()


def test_the_look_stays_from_layer_to_layer(plane: Sat) -> None:
    look = replace(plane.state.neurons, lines="products", plane=False)
    plane.session.take(intents.ShowNeurons(look))
    plane.step(2)
    assert plane.pane.products.isChecked()
    assert not plane.pane.columns.has_pictures
    assert told(plane).view.most[1] >= 6


def test_at_every_height_it_comes_to_rest_and_hovering_moves_nothing(qtbot: QtBot) -> None:
    torch.manual_seed(4)
    wide = nn.Sequential(nn.Linear(2, 100), nn.ReLU(), nn.Linear(100, 300), nn.ReLU())
    seat = sat(qtbot, wide, torch.randn(64, 2))
    seat.step(3)
    asked: list[object] = []
    seat.pane.intent.connect(lambda said: asked.append(said))
    for pictures in (True, False):
        seat.session.take(intents.ShowNeurons(replace(seat.state.neurons, plane=pictures)))
        for height in range(280, 820, 45):
            seat.pane.resize(400, height)
            seat.settle()
            asked.clear()
            for _ in range(8):
                QApplication.processEvents()
            assert not asked, height
            before = seat.pane.columns.geometry()
            hover(seat.pane.columns, at(seat, 1, len(shown(seat, 1)) // 2))
            seat.settle()
            assert seat.pane.columns.geometry() == before
            leave(seat.pane.columns)
            seat.settle()


def test_neurons_that_a_number_came_from_are_lit_and_coloured_by_how_much(qtbot: QtBot) -> None:
    torch.manual_seed(5)
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    seat = sat(qtbot, model, torch.randn(2, 3))
    seat.step(2)
    last = told(seat).view.value
    seat.session.take(intents.Derive(last, (0, 1)))
    seat.settle()
    seat.step(1)
    plain = seat.pane.columns.grab().toImage()
    assert seat.pane.columns._lit.tolist() == [True] * 4  # all that the last layer read
    seat.session.take(intents.ShowReach("from"))
    seat.settle()
    heat = seat.pane.columns._heat
    assert heat is not None
    with torch.no_grad():
        hidden = layers(seat)[:2](*seat.given)[0]
    counts = (hidden * model.get_parameter("2.weight")[1]).abs().detach()
    np.testing.assert_allclose(heat, counts / counts.max(), atol=1e-5)
    assert seat.pane.columns.grab().toImage() != plain
    seat.pane.slices._rows[0].slider.setValue(1)  # of the other row it did not come
    seat.settle()
    assert not seat.pane.columns._lit.any()
