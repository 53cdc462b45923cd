"""Neurons of a layer, and what they give over the plane, against plain PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call

from explorer.core.change import Change
from explorer.core.graph import Recording
from explorer.core.messages import OpenModel
from explorer.core.neurons import Neurons, NeuronsLook, Planes, PlanesView
from explorer.core.presets import load_preset
from explorer.core.problem import Problem
from explorer.engine import planes as planes_module
from explorer.engine.data import given_input
from explorer.engine.learner import Learner
from explorer.engine.neurons import neurons
from explorer.engine.probes import probe
from explorer.engine.subject import Subject
from explorer.picture.linear import Layer, layer_of
from explorer.picture.neurons import neurons_view, points_of
from tests.engine.test_quantities import subject


def spirals() -> Learner:
    shipped = load_preset("spirals-mlp")
    request = OpenModel(
        preset=shipped.preset.model_dump(mode="json"), weights=str(shipped.weights), run=""
    )
    return Learner(request, torch.device("cpu"))


def layer(recording: Recording, value: int) -> Layer:
    found = layer_of(recording, value)
    assert found is not None
    return found


def seen(
    now: Subject, recording: Recording, value: int, at: tuple[int, ...] = (0,),
    most: tuple[int, int] = (64, 64), **look: object,
) -> Neurons:  # fmt: skip
    rows = recording.values[value].shape[:-1]
    chosen = NeuronsLook(at=at, of=rows, **look)  # type: ignore[arg-type]
    view = neurons_view(recording, layer(recording, value), chosen, (0, 0), most, -1)
    return neurons(view, lambda ref: now.value(recording.tape, ref))


def of(recording: Recording, name: str) -> int:
    return recording.named[name]


# ---------------------------------------------------------------------- the layer


class Every(nn.Module):
    """A linear layer in every way in which people write it."""

    def __init__(self) -> None:
        super().__init__()
        self.W, self.b = nn.Parameter(torch.randn(5, 4)), nn.Parameter(torch.randn(4))
        self.fc = nn.Linear(5, 4)
        self.bare = nn.Linear(5, 4, bias=False)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """(3, 5) to (3, 4), several times."""
        return (
            torch.tanh(self.fc(x)), self.bare(x).relu_(), x @ self.W + self.b,
            torch.addmm(self.b, x, self.W, beta=2, alpha=3), torch.mm(x, self.W),
            nn.functional.linear(x, self.W.T * 2, self.b).sigmoid(),
        )  # fmt: skip


@torch.no_grad()
def test_sums_and_terms_are_those_of_every_way_to_write_a_layer() -> None:
    torch.manual_seed(0)
    model, x = Every(), torch.randn(3, 5)
    now = subject(model, x)
    recording = now.record(now.feed.sample)
    W, b = model.W, model.b
    expected = {
        "tanh#0": (model.fc(x), torch.tanh, model.fc.weight, model.fc.bias),
        "relu_#0": (model.bare(x), torch.relu, model.bare.weight, None),
        "add#0": (x @ W + b, None, W.T, b),
        "addmm#0": (3 * x @ W + 2 * b, None, W.T, b),
        "mm#0": (x @ W, None, W.T, None),
        "sigmoid#0": (2 * x @ W + b, torch.sigmoid, 2 * W.T, b),
    }
    for name, (sums, after, weights, bias) in expected.items():
        found = seen(now, recording, of(recording, name), (2,))
        np.testing.assert_allclose(found.sums, sums[2], rtol=1e-5, atol=1e-6, err_msg=name)
        np.testing.assert_allclose(found.begun, sums[2], rtol=1e-5, atol=1e-6, err_msg=name)
        wanted = sums if after is None else after(sums)
        np.testing.assert_allclose(found.values, wanted[2], rtol=1e-5, atol=1e-6, err_msg=name)
        np.testing.assert_allclose(found.weights, weights, rtol=1e-6, err_msg=name)
        np.testing.assert_allclose(found.read, x[2])
        assert found.biases.tolist() == ([] if bias is None else bias.tolist())


@torch.no_grad()
def test_the_largest_come_first_and_the_pinned_one_is_always_told() -> None:
    torch.manual_seed(1)
    model, x = nn.Sequential(nn.Linear(300, 10_000), nn.ReLU()), torch.randn(2, 4, 300)
    now = subject(model, x)
    recording = now.record(now.feed.sample)
    value, y = of(recording, "1/relu#0"), model(x)[1, 3]
    found = seen(now, recording, value, (1, 3), (20, 30), order="largest")
    assert found.of.tolist() == y.abs().sort(descending=True, stable=True).indices[:30].tolist()
    assert found.before.tolist() == x[1, 3].abs().argsort(descending=True)[:20].tolist()
    weight = model[0].get_parameter("weight")
    np.testing.assert_allclose(found.weights, weight[found.of][:, found.before], rtol=1e-6)
    np.testing.assert_allclose(found.sums, model[0](x)[1, 3][found.of], rtol=1e-4, atol=1e-5)
    look = NeuronsLook(at=(1, 3), of=(2, 4), order="largest")
    view = neurons_view(recording, layer(recording, value), look, (0, 5), (20, 30), 7777)
    told = neurons(view, lambda ref: now.value(recording.tape, ref)).of.tolist()
    ranks = y.abs().sort(descending=True, stable=True).indices.tolist()
    assert told == [*ranks[5:34], 7777]


@torch.no_grad()
def test_what_is_no_number_comes_first_and_stays_so() -> None:
    model, x = nn.Linear(3, 5), torch.tensor([[1.0, torch.inf, 2.0]])
    model.weight[3] = torch.nan
    now = subject(model, x)
    recording = now.record(now.feed.sample)
    found = seen(now, recording, recording.outputs[0], most=(9, 9), order="largest")
    assert np.isnan(found.values[found.of.tolist().index(3)])
    assert sorted(found.of.tolist()) == [0, 1, 2, 3, 4]
    assert found.before[0] == 1


@torch.no_grad()
def test_half_precision_is_added_up_in_double() -> None:
    torch.manual_seed(2)
    model, x = nn.Linear(64, 8).bfloat16(), torch.randn(1, 64).bfloat16()
    now = subject(model, x)
    recording = now.record(now.feed.sample)
    found = seen(now, recording, recording.outputs[0])
    expected = x.double() @ model.weight.double().T + model.bias.double()
    np.testing.assert_allclose(found.sums, expected[0], rtol=1e-12)
    assert found.begun.tolist() == model(x)[0].double().tolist()


def test_values_of_no_layer_are_refused() -> None:
    model, x = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 4)), torch.randn(1, 3)
    now = subject(model, x)
    recording = now.record(now.feed.sample)
    found = layer(recording, recording.outputs[0])._replace(given=0)
    view = neurons_view(recording, found, NeuronsLook(), (0, 0), (9, 9), -1)
    with pytest.raises(Problem, match="one linear layer"):
        neurons(view, lambda ref: now.value(recording.tape, ref))


# ---------------------------------------------------------------------- the plane


def over_plane(now: Subject, recording: Recording, *values: int, size: int = 200) -> Planes:
    shapes = [recording.values[v].shape for v in values]
    view = PlanesView(
        recording.tape, points_of(recording), values,
        tuple(tuple(range(shape[-1])) for shape in shapes), (0,) * (len(shapes[0]) - 2), size,
    )  # fmt: skip
    return now.planes(view)


def grid(found: Planes, side: int = 120) -> Tensor:
    x0, x1, y0, y1 = found.extent
    x, y = torch.linspace(x0, x1, side), torch.linspace(y1, y0, side)
    return torch.stack([x.repeat(side), y.repeat_interleave(side)], 1)


@torch.no_grad()
def test_pictures_of_the_plane_are_the_model_on_a_grid() -> None:
    now = spirals()
    recording = now.record(given_input(now.preset))
    layers = now.model.get_submodule("layers")
    assert isinstance(layers, nn.Sequential)
    tanh, logits = of(recording, "layers.1/tanh#0"), of(recording, "layers.4/linear#0")
    found = over_plane(now, recording, logits, tanh, points_of(recording))
    points = grid(found)
    np.testing.assert_allclose(
        found.pictures[:2], now.model(points).T.reshape(2, 120, 120), atol=1e-5
    )
    hidden = layers[:2](points)
    np.testing.assert_allclose(found.pictures[2:10], hidden.T.reshape(8, 120, 120), atol=1e-5)
    np.testing.assert_allclose(found.pictures[10:], points.T.reshape(2, 120, 120), atol=1e-6)
    assert found.pictures[11, 0, 0] == found.extent[3]  # the first row is the top
    small = over_plane(now, recording, logits, size=30)
    assert np.array_equal(small.pictures, found.pictures[:2, 2::4, 2::4])
    boundary = probe(now.model, now.preset, now.trainer.data)
    assert found.extent == boundary.extent  # type: ignore[union-attr]
    chances = torch.tensor(found.pictures[:2]).softmax(0)[1]
    np.testing.assert_allclose(chances, boundary.field, atol=1e-5)  # type: ignore[union-attr]


@torch.no_grad()
def test_the_pictures_go_with_the_weights_of_the_pass_while_it_learns() -> None:
    now = spirals()
    recording = now.record(given_input(now.preset))
    value = recording.outputs[0]
    before = over_plane(now, recording, value)
    then = {name: t.clone() for name, t in now.model.state_dict().items()}
    now.keep_tapes()
    with torch.enable_grad():
        for _ in range(3):
            now.trainer.step()
    now._grid = None
    expected: Tensor = functional_call(now.model.eval(), then, (grid(before),))
    now.model.train()
    after = over_plane(now, recording, value)
    np.testing.assert_allclose(after.pictures, before.pictures, atol=1e-6)
    np.testing.assert_allclose(after.pictures, expected.T.reshape(2, 120, 120), atol=1e-5)
    again = now.record(given_input(now.preset))
    new = over_plane(now, again, again.outputs[0])
    expected = now.model(grid(new)).T.reshape(2, 120, 120)
    np.testing.assert_allclose(new.pictures, expected, atol=1e-5)
    assert not np.allclose(new.pictures, before.pictures, atol=1e-4)


@torch.no_grad()
def test_one_pass_serves_every_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = []
    run = planes_module._run
    monkeypatch.setattr(planes_module, "_run", lambda *a: runs.append(1) or run(*a))  # type: ignore[func-returns-value]
    now = spirals()
    recording = now.record(given_input(now.preset))
    for event in recording.events:
        over_plane(now, recording, event.outputs[0], size=40)
    assert len(runs) == 2  # the grid, and one of which half of the points have moved
    again = now.record(given_input(now.preset))
    over_plane(now, again, again.outputs[0])
    assert len(runs) == 4


def test_a_change_that_could_not_be_made_takes_no_picture_away() -> None:
    torch.manual_seed(3)
    model, x = nn.Sequential(nn.Linear(2, 4), nn.Tanh()), torch.randn(5, 2)
    now = subject(model, x)
    base = now.record(now.feed.sample)
    wrong = Change("0/linear#0", "zero", ":, 99"), Change("elsewhere#0", "zero")
    recording = now.intervene(base.tape, (*wrong, Change("0/linear#0", "zero", ":, 1")))
    assert len(recording.refused) == 2
    found = over_plane(now, recording, recording.outputs[0])
    assert found.why == ""
    assert found.left_out == 0
    assert not found.pictures[1].any()
    assert found.pictures[0].any()


@torch.no_grad()
def test_the_plane_has_the_changes_of_the_pass() -> None:
    torch.manual_seed(3)
    model, x = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 3)), torch.randn(5, 2)
    now = subject(model, x)
    base = now.record(now.feed.sample)
    changes = (
        Change("1/tanh#0", "zero", ":, 1"), Change("1/tanh#0", "scale", ":, 2", 3.0),
        Change("2.bias", "fix", "0", 7.0), Change("1/tanh#0", "noise", ":, 3", 0.1),
        Change("0/linear#0", "zero", "2, 0"),
    )  # fmt: skip
    recording = now.intervene(base.tape, changes)
    assert not recording.refused
    found = over_plane(now, recording, recording.outputs[0])
    hidden = model[:2](grid(found))
    hidden[:, 1] = 0
    hidden[:, 2] *= 3
    bias = model.get_parameter("2.bias").clone()
    bias[0] = 7
    expected = hidden @ model.get_parameter("2.weight").T + bias
    np.testing.assert_allclose(found.pictures, expected.T.reshape(3, 120, 120), atol=1e-5)
    assert found.left_out == 2  # noise, and the change of one row alone
    assert found.dots.shape == (5, 2)


class OnlyOne(nn.Module):
    """Takes one point at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(2, 3)

    def forward(self, x: Tensor) -> Tensor:
        """(1, 2) to (1, 3)."""
        if len(x) != 1:
            raise ValueError("one point at a time, please")
        return torch.relu(self.fc(x))


class Otherwise(OnlyOne):
    """Goes another way with many points."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, 2) to (B, 3)."""
        return torch.relu(self.fc(x)) if len(x) == 1 else torch.tanh(self.fc(x))


class Mixes(OnlyOne):
    """Gives one row for all points."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, 2) to (1, 3)."""
        return torch.relu(self.fc(x.mean(0, keepdim=True)))


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (OnlyOne(), "14,400 points of the plane at once: one point at a time, please."),
        (Otherwise(), "this model does not compute relu#0."),
        (Mixes(), "relu#0 is 1×3 for 14,400 points"),
    ],
    ids=["batch of one", "another way", "mixed"],
)
def test_a_model_that_takes_no_batch_says_so(model: nn.Module, why: str) -> None:
    now = subject(model, torch.randn(1, 2))
    recording = now.record(now.feed.sample)
    found = over_plane(now, recording, recording.outputs[0])
    assert not found.pictures.size
    assert why in found.why.format(**found.said)


@torch.no_grad()
def test_of_a_wide_model_the_grid_is_coarser_and_a_model_in_training_learns_nothing() -> None:
    torch.manual_seed(4)
    wide = nn.Sequential(nn.Linear(2, 10_000), nn.ReLU(), nn.Linear(10_000, 1))
    now = subject(wide, torch.randn(1, 2))
    recording = now.record(now.feed.sample)
    found = over_plane(now, recording, recording.outputs[0])
    side = found.pictures.shape[-1]
    assert side == 40
    assert side * side * now.last.bytes <= planes_module._ROOM  # type: ignore[union-attr]
    np.testing.assert_allclose(
        found.pictures[0], wide(grid(found, side)).reshape(side, side), atol=1e-4
    )
    normed = nn.Sequential(
        nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Dropout(), nn.ReLU()
    ).train()  # fmt: skip
    now = subject(normed, torch.randn(6, 2))
    recording = now.record(now.feed.sample)
    mean, drawn = normed.get_buffer("1.running_mean").clone(), torch.get_rng_state()
    over_plane(now, recording, recording.outputs[0])
    assert torch.equal(normed.get_buffer("1.running_mean"), mean)
    assert torch.equal(torch.get_rng_state(), drawn)
    assert all(isinstance(p, nn.Parameter) for p in normed.parameters())


class Among(nn.Module):
    """Its second layer reads what a point is among all those that are given with it."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self.how = how
        self.one, self.two = nn.Linear(2, 4), nn.Linear(4, 3)
        self.norm, self.drop = nn.BatchNorm1d(4), nn.Dropout()

    def forward(self, x: Tensor) -> Tensor:
        h = self.drop(self.one(x))
        ways = {
            "mean": lambda: h - h.mean(0), "softmax": lambda: h.softmax(0),
            "order": lambda: h[h[:, 0].argsort()], "batch norm": lambda: self.norm(h),
        }  # fmt: skip
        found: Tensor = self.two(ways[self.how]())
        return found


@pytest.mark.parametrize("how", ["mean", "softmax", "order", "batch norm"])
@torch.no_grad()
def test_what_depends_on_other_points_has_no_picture(how: str) -> None:
    torch.manual_seed(6)
    now = subject(Among(how).train(), torch.randn(6, 2))
    recording = now.record(now.feed.sample)
    first, second = (e.outputs[0] for e in recording.events if e.op == "linear")
    found = over_plane(now, recording, second)
    assert not found.pictures.size
    assert "depends on the other points" in found.why.format(**found.said)
    assert over_plane(now, recording, first).pictures.size
    dropped = next(e.outputs[0] for e in recording.events if e.op == "dropout")
    assert over_plane(now, recording, dropped).pictures.size  # it is drawn for each point


@torch.no_grad()
def test_a_layer_that_is_called_twice_has_two_planes() -> None:
    torch.manual_seed(5)
    fc = nn.Linear(2, 2)
    model = nn.Sequential(fc, nn.Tanh(), fc)
    now = subject(model, torch.randn(1, 2))
    recording = now.record(now.feed.sample)
    first, second = (e.outputs[0] for e in recording.events if e.op == "linear")
    found = over_plane(now, recording, first, second)
    points = grid(found)
    np.testing.assert_allclose(found.pictures[:2], fc(points).T.reshape(2, 120, 120), atol=1e-5)
    np.testing.assert_allclose(found.pictures[2:], model(points).T.reshape(2, 120, 120), atol=1e-5)


def test_a_product_that_is_no_number_is_told_before_all_others() -> None:
    model = nn.Linear(6, 3)
    x = torch.randn(1, 6)
    x[0, 4] = torch.nan
    now = subject(model, x)
    recording = now.record(now.feed.sample)
    found = seen(now, recording, recording.outputs[0])
    assert np.isnan(found.largest[:, 0, 1]).all()
    assert not np.isnan(found.largest[:, 1:, 1]).any()


def test_what_a_layer_that_is_not_always_called_gives_has_no_picture() -> None:
    class Either(nn.Module):
        """What the last point is decides which layer there is for all."""

        def __init__(self) -> None:
            super().__init__()
            self.one, self.other = nn.Linear(2, 3), nn.Linear(2, 3)

        def forward(self, x: Tensor) -> Tensor:
            found: Tensor = self.one(x) if x[-1, 0] > 0 else self.other(x)
            return found

    now = subject(Either(), torch.ones(6, 2))
    recording = now.record(now.feed.sample)
    found = over_plane(now, recording, of(recording, "one/linear#0"))
    assert not found.pictures.size
    assert "depends on the other points" in found.why.format(**found.said)


def test_a_neuron_that_is_no_number_comes_before_all_others() -> None:
    model = nn.Linear(6, 5)
    with torch.no_grad():
        model.bias[3] = torch.nan
    now = subject(model, torch.randn(1, 6))
    recording = now.record(now.feed.sample)
    found = seen(now, recording, recording.outputs[0], order="largest", most=(6, 2))
    assert found.of[0] == 3
    assert found.of[1] == int(now.value(recording.tape, recording.outputs[0])[0].abs()
                              .nan_to_num(0).argmax())  # fmt: skip
