"""What the neurons pane makes of its room: pictures, and the words below them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot
from torch import Tensor, nn

from explorer.core.change import Change
from explorer.gui.panes.neurons import NeuronsPane
from explorer.gui.theme import DARK
from explorer.session import intents
from tests.gui.bench import Seat
from tests.gui.colours import distance
from tests.gui.mouse import hover, leave

Sat = Seat[NeuronsPane]


def eight(qtbot: QtBot, height: int) -> Sat:
    """Eight neurons over the plane."""
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh()).eval()
    given = torch.tensor([[0.5, -0.25], [0.1, 0.9], [-0.6, 0.3]])
    seat = Seat(qtbot, NeuronsPane(DARK, 1.0), model, given, size=(370, height))
    seat.step(0)
    return seat


def test_small_pictures_are_the_colours_alone(qtbot: QtBot) -> None:
    seat = eight(qtbot, 900)
    content = seat.pane.columns.content
    assert content is not None
    assert content.pictures is not None
    there = seat.pane.columns.place(1, 2).toAlignedRect()
    assert there.width() > 36
    seen = seat.pane.columns.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    image = content.pictures[1][2].scaled(
        there.size(), mode=Qt.TransformationMode.SmoothTransformation
    )
    inside = [(x, y) for x in range(4, there.width() - 4) for y in range(4, there.height() - 4)]
    apart = [
        distance(seen.pixelColor(there.x() + x, there.y() + y), image.pixelColor(x, y))
        for x, y in inside
    ]
    assert max(apart) < 16  # of 255: a dot would be far from that


@pytest.mark.parametrize("height", [355, 375, 600])
def test_eight_neurons_and_what_colours_mean_have_room(qtbot: QtBot, height: int) -> None:
    seat = eight(qtbot, height)
    pane = seat.pane
    assert pane.columns.content is not None
    assert len(pane.columns.content.figure.pieces[1].neurons) == 8
    assert "Pictures: " in pane.legend.text()
    before = pane.columns.geometry()
    hover(pane.columns, pane.columns.place(1, 3).center().toPoint())
    seat.settle()
    assert pane.told.text().startswith("linear [3]: ")
    assert pane.told.heightForWidth(pane.told.width()) <= pane.told.height()
    assert "Pictures: " in pane.legend.text() + pane.legend.toolTip()
    assert pane.columns.geometry() == before
    leave(pane.columns)
    seat.settle()
    assert "Pictures: " in pane.legend.text()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("height", [330, 355, 420, 600])
def test_the_sum_of_a_neuron_is_never_cut(
    qtbot: QtBot, height: int, language: str, spoken: Callable[[str], None]
) -> None:
    spoken(language)
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(24, 8), nn.Tanh()).eval()
    seat = Seat(qtbot, NeuronsPane(DARK, 1.0), model, torch.randn(3, 24) * 100, size=(370, height))
    seat.step(0)
    seat.session.take(intents.MakeChange(Change("0/linear#0", "zero", ":, 3")))
    seat.settle()
    told = seat.pane.told
    hover(seat.pane.columns, seat.pane.columns.place(1, 3).center().toPoint())
    seat.settle()
    assert "linear [3]: " in told.text()
    assert told.heightForWidth(told.width()) <= told.height()


def test_a_neuron_that_somebody_changed_has_a_ring(qtbot: QtBot) -> None:
    seat = eight(qtbot, 600)
    assert not ringed(seat, 3)
    seat.session.take(intents.MakeChange(Change("0/linear#0", "zero", ":, 3")))
    seat.settle()
    assert ringed(seat, 3)
    assert not ringed(seat, 4)


@pytest.mark.parametrize(
    ("name", "said"),
    [("1/relu#0", "set to 2 by your change"), ("0/linear#0", "2 by your change")],
)
def test_a_neuron_before_the_layer_that_somebody_changed_has_a_ring(
    qtbot: QtBot, name: str, said: str
) -> None:
    """Also where an activation comes after what somebody changed."""
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3)).eval()
    seat = Seat(qtbot, NeuronsPane(DARK, 1.0), model, torch.randn(2, 4), size=(520, 600))
    seat.step(2)
    seat.session.take(intents.MakeChange(Change(name, "fix", ":, 3", 2.0)))
    seat.settle()
    assert ringed(seat, 3, 0)
    assert not ringed(seat, 4, 0)
    assert not any(ringed(seat, n) for n in range(3))
    for neuron, text in ((3, f"ReLU [3]: {said}"), (4, "ReLU [4] = ")):
        hover(seat.pane.columns, seat.pane.columns.place(0, neuron).center().toPoint())
        seat.settle()
        assert seat.pane.told.text().startswith(text)


def test_a_change_that_could_not_be_made_has_no_ring_and_hides_no_other(qtbot: QtBot) -> None:
    seat = eight(qtbot, 600)
    for cells in (":, 99", ":, 3"):
        seat.session.take(intents.MakeChange(Change("0/linear#0", "zero", cells)))
        seat.settle()
    recording = seat.state.recording
    assert recording is not None
    assert len(recording.refused) == 1
    assert [ringed(seat, n) for n in range(8)] == [n == 3 for n in range(8)]


def test_of_another_sample_a_changed_neuron_has_a_ring_there(qtbot: QtBot) -> None:
    seat = eight(qtbot, 600)
    seat.session.take(intents.MakeChange(Change("0/linear#0", "scale", "1, 5", 2.0)))
    seat.settle()
    for sample in (0, 1):
        seat.pane._go(at=(sample,))
        seat.settle()
        assert ringed(seat, 5) == (sample == 1)


class Steps(nn.Module):
    """A layer whose product, sum and activation are ops of their own, and a norm after them."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.w, self.b = nn.Parameter(torch.randn(6, 5)), nn.Parameter(torch.randn(5))
        self.norm = nn.LayerNorm(5)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 6) → (B, 5)."""
        return self.norm(torch.tanh(x @ self.w + self.b))


@pytest.mark.parametrize("name", ["matmul#0", "add#0", "tanh#0", "norm/layer_norm#0"])
def test_a_change_on_the_way_of_a_neuron_is_told_and_has_a_ring(qtbot: QtBot, name: str) -> None:
    seat = Seat(qtbot, NeuronsPane(DARK, 1.0), Steps(), torch.randn(2, 6), size=(520, 600))
    seat.step(3)
    recording = seat.state.recording
    assert recording is not None
    assert name in recording.numbers
    seat.session.take(intents.MakeChange(Change(name, "fix", ":, 2", 0.25)))
    seat.settle()
    assert ringed(seat, 2)
    assert not ringed(seat, 1)
    set_here = {"add#0": True, "norm/layer_norm#0": True}.get(name, False)
    for neuron, is_said in ((2, True), (1, False)):
        hover(seat.pane.columns, seat.pane.columns.place(1, neuron).center().toPoint())
        seat.settle()
        said = seat.pane.told.text()
        assert ("by your change" in said) == is_said, said
        assert ("set to 0.25 by your change" in said) == (is_said and set_here), said
        assert ("set to" in said) == (is_said and set_here), said  # the op after made more of it


def ringed(seat: Sat, neuron: int, column: int = 1) -> bool:
    place = seat.pane.columns.place(column, neuron).toAlignedRect().adjusted(-7, -7, 7, 7)
    image = seat.pane.columns.grab(place).toImage()
    wanted = DARK.color("changed")
    middle = image.height() // 2
    return any(distance(image.pixelColor(x, middle), wanted) < 40 for x in range(8))
