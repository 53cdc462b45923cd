"""What the neurons pane tells of a neuron, and where one points for that."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from msgspec import structs
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot
from torch import Tensor, nn

from explorer.core.change import Change
from explorer.engine.live import LiveFeed
from explorer.engine.recording import Shown
from explorer.picture.numbers import number_text
from explorer.session import intents
from tests.gui.bench import wheel
from tests.gui.mouse import hover
from tests.gui.test_neurons import Sat, at, number_of, sat, told


@pytest.fixture
def large(qtbot: QtBot) -> Sat:
    torch.manual_seed(4)
    seat = sat(qtbot, nn.Sequential(nn.Linear(300, 10_000), nn.ReLU()), torch.randn(1, 300))
    seat.step(1)
    return seat


@pytest.mark.parametrize("turns", [0, 40])
def test_the_sum_has_the_largest_terms_of_all_inputs_and_is_true(large: Sat, turns: int) -> None:
    """Also of those that are not on screen."""
    pane = large.pane
    for _ in range(turns):
        wheel(pane.columns, QPoint(20, 100), -120)
    large.settle()
    hover(pane.columns, at(large, 1, 5))
    large.settle()
    weights, biases = (large.model.get_parameter(f"0.{one}").detach() for one in ("weight", "bias"))
    terms = (weights[5] * large.given[0][0]).tolist()
    terms.sort(key=abs, reverse=True)
    bias = float(biases[5])
    text = pane.told.text().partition(";")[0]
    _, total, sum_ = text.split(" = ")
    *products, more, added = sum_.split(" + ")
    written = [float(np.prod([number_of(x) for x in one.split("·")])) for one in products]
    assert written == pytest.approx(terms[:3], rel=0.01)
    assert more == f"297 more ({number_text(sum(terms[3:]), 3)})"
    assert added == f"b ({number_text(bias, 3)})"
    assert number_of(total) == pytest.approx(sum(terms) + bias, abs=1e-3)


def test_the_number_beside_a_neuron_answers_as_its_dot(large: Sat, qtbot: QtBot) -> None:
    columns = large.pane.columns
    for column, x in ((0, 6), (1, columns.width() - 6)):
        spot = QPoint(x, at(large, column, 4).y())
        hover(columns, spot)
        assert columns.at == (column, 4)
        qtbot.mouseClick(columns, Qt.MouseButton.LeftButton, pos=spot)
        large.settle()
        chosen = large.state.derivation.pinned
        assert chosen is not None
        assert chosen.index == (0, 4)
        assert chosen.value == (told(large).view.value if column else told(large).view.given)
    between = (at(large, 0, 4) + at(large, 1, 4)) / 2
    hover(columns, between)
    assert columns.at == (-1, -1)


def test_a_position_has_its_token_beside_the_slider(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("<s>", "the", "cat")
    monkeypatch.setattr(LiveFeed, "axis_labels", lambda self, tape: {"T": names})
    monkeypatch.setattr(
        Shown, "name", lambda self, axes: [
            self._values.__setitem__(n, structs.replace(v, axes=("T", "")))
            for n, v in enumerate(self._values) if len(v.shape) == 2 and v.kind != "parameter"
        ]
    )  # fmt: skip
    seat = sat(qtbot, nn.Linear(4, 5), torch.randn(3, 4))
    seat.step(0)
    (row,) = seat.pane.slices._rows.values()
    assert row.label.isVisible()
    row.slider.setValue(0)
    seat.settle()
    assert row.label.text() == "“<s>”"
    row.slider.setValue(2)
    seat.settle()
    assert row.label.text() == "“cat”"


def test_over_the_plane_a_neuron_before_is_shown_large_too(qtbot: QtBot) -> None:
    torch.manual_seed(1)
    model = nn.Sequential(
        nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 1)
    )  # fmt: skip
    seat = sat(qtbot, model, torch.tensor([[0.5, -0.25], [0.1, 0.9]]))
    seat.step(3)
    near = seat.pane.near
    hover(seat.pane.columns, at(seat, 0, 5))
    seat.settle()
    assert near.shown is not None
    assert near.shown.name == "tanh (1) [5]"  # the one of the layer has no module beside
    x0, _, _, y1 = near.shown.extent
    with torch.no_grad():
        corner = float(model[:2](torch.tensor([[x0, y1]]))[0, 5])
    assert near.shown.numbers[0, 0] == pytest.approx(corner, abs=0.15)
    hover(seat.pane.columns, at(seat, 1, 2))
    seat.settle()
    assert near.shown is not None
    assert near.shown.name == "tanh [2]"


def test_a_changed_sum_says_what_it_was_computed_as(qtbot: QtBot) -> None:
    """Also where nothing comes after it; and lines of products have the factor of the sum."""

    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(1)
            self.w, self.b = nn.Parameter(torch.randn(6, 4)), nn.Parameter(torch.randn(4))

        def forward(self, x: Tensor) -> Tensor:
            """(B, 6) → (B, 4)."""
            return torch.addmm(self.b, x, self.w, alpha=2)

    seat = sat(qtbot, Scaled(), torch.randn(2, 6))
    seat.step(0)
    computed = number_text(float(seat.model(*seat.given)[0, 2]))
    seat.session.take(intents.MakeChange(Change("addmm#0", "fix", "0, 2", 0.25)))
    seat.settle()
    hover(seat.pane.columns, at(seat, 1, 2))
    seat.settle()
    text = seat.pane.told.text()
    assert f"2·Σ w·x + b = {computed} = " in text
    assert text.endswith("set to 0.25 by your change")
    seat.pane.products.click()
    seat.settle()
    content = seat.pane.columns.content
    assert content is not None
    lines = content.source.of("weights/1")
    wanted = 2 * seat.model.get_parameter("w").T * seat.given[0][0]
    np.testing.assert_allclose(lines, wanted.detach(), rtol=1e-6)  # type: ignore[arg-type]
