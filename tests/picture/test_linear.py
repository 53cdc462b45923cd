"""Which values are those of a linear layer, as the engine records them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from explorer.core.graph import Recording
from explorer.picture.linear import layer_of
from explorer.picture.neurons import has_planes, points_of
from explorer.picture.readout import panes_for
from tests.engine.test_quantities import subject
from tests.recordings import cnn, gpt, mlp


def recorded(model: nn.Module, *given: Tensor) -> Recording:
    now = subject(model.eval(), *given)
    with torch.no_grad():
        return now.record(now.feed.sample)


def offered(recording: Recording) -> set[str]:
    """The values that have the pane."""
    return {
        value.name
        for ref, value in enumerate(recording.values)
        if "neurons" in panes_for(recording, ref)
    }


def test_linear_layers_and_the_activations_after_them_have_the_pane() -> None:
    small = mlp()
    assert offered(small) == {event.id for event in small.events}
    pictures = cnn()
    names = {event.id for event in pictures.events if event.id.startswith("classifier")}
    assert offered(pictures) == names
    text = gpt()
    kinds = {name.rpartition("/")[2].partition("#")[0] for name in offered(text)}
    assert kinds == {"linear", "gelu"}


def test_a_model_without_a_linear_layer_has_none() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.MaxPool2d(2))
    assert offered(recorded(model, torch.randn(1, 3, 8, 8))) == set()


class Ways(nn.Module):
    """What looks like a layer, and is none."""

    def __init__(self) -> None:
        super().__init__()
        self.W, self.v = nn.Parameter(torch.randn(4, 4)), nn.Parameter(torch.randn(4))
        self.norm = nn.BatchNorm1d(4)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """(4, 4) to several."""
        scores = x @ x.T  # both depend on the input
        turned = self.W @ x  # its columns, not its rows, are sums
        line = x @ self.v
        y = x @ self.W
        normed = torch.relu(self.norm(y + self.v))
        return scores, turned, line, y + x, normed, y.long(), y.T


def test_only_what_is_a_layer_for_certain_is_one() -> None:
    recording = recorded(Ways(), torch.randn(4, 4))
    assert offered(recording) == {"matmul#3", "add#0", "norm/batch_norm#0", "relu#0"}
    relu = layer_of(recording, recording.named["relu#0"])
    assert relu is not None
    assert relu.lines == ("batch norm", "ReLU")
    assert not relu.halved  # the norm reads the sums, not the activation
    assert recording.values[relu.weights.bias].name == "v"


def test_complex_and_empty_and_meta_values_are_left_out() -> None:
    x = torch.randn(2, 3, dtype=torch.complex64)
    assert not offered(recorded(nn.Linear(3, 2, dtype=torch.complex64), x))
    assert not offered(recorded(nn.Linear(3, 2), torch.randn(0, 3)))
    assert not offered(recorded(nn.Linear(3, 2, device="meta"), torch.randn(1, 3, device="meta")))


def test_inside_of_an_opened_op_are_layers_too() -> None:
    model = nn.MultiheadAttention(8, 2, batch_first=True)
    x = torch.randn(1, 5, 8)
    now = subject(model, x, x, x)
    with torch.no_grad():
        recording = now.record(now.feed.sample)
    assert not offered(recording)
    event = next(e.index for e in recording.events if e.opens)
    opened, _ = now.open(recording.tape, event)
    found = offered(opened)
    assert found
    for name in found:
        layer = layer_of(opened, opened.named[name])
        assert layer is not None
        given, matrix = (now.value(opened.tape, v) for v in (layer.given, layer.weights.matrix))
        sums = given @ (matrix.T if layer.weights.axes == (0, 1) else matrix)
        if layer.weights.bias >= 0:
            sums = sums + now.value(opened.tape, layer.weights.bias)
        torch.testing.assert_close(sums, now.value(opened.tape, layer.begun), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("given", "plane"),
    [
        (torch.randn(7, 2), True), (torch.randn(1, 2).double(), True),
        (torch.randn(2), False), (torch.randn(1, 3), False),
    ],
    ids=["points", "double", "no batch", "three numbers"],
)  # fmt: skip
def test_the_plane_is_of_points(given: Tensor, plane: bool) -> None:
    model = nn.Sequential(nn.Linear(given.shape[-1], 4), nn.ReLU()).to(given.dtype)
    recording = recorded(model, given)
    assert (points_of(recording) >= 0) == plane
    layer = layer_of(recording, recording.outputs[0])
    assert layer is not None
    assert has_planes(recording, layer) == plane
