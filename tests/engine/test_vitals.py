"""What is told of the parts of a model while it is trained, against torch."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from explorer.core.presets import load_preset
from explorer.engine.vitals import Activity, Norms
from tests.engine.learning import trainer


@pytest.mark.parametrize("name", ["spirals-mlp", "digits-cnn"])
def test_sizes_of_weights_and_of_their_updates(name: str) -> None:
    made = trainer(load_preset(name).preset, steps=9)
    layers = {path: [*layer.parameters()] for path, layer in made.model.named_modules()}
    before = copy.deepcopy({n: [p.detach() for p in own] for n, own in layers.items()})
    made.step()
    curves = made.curves()
    parts = [one.removeprefix("update/") for one in curves if one.startswith("update/")]
    assert parts
    assert parts == [one.removeprefix("gradient/") for one in curves if "gradient/" in one]
    for part in parts:
        old, new = (
            torch.cat([one.detach().flatten() for one in own])
            for own in (before[part], layers[part])
        )
        assert curves[f"weight/{part}"].tolist() == [[1, pytest.approx(old.norm().item())]]
        share = (new - old).norm() / old.norm()
        assert curves[f"update/{part}"].tolist() == [[1, pytest.approx(share.item())]]


def test_they_are_measured_now_and_then() -> None:
    weight = nn.Parameter(torch.ones(2))
    norms = Norms({"": [weight]}, 4000)
    for step in range(1, 41):
        with norms.around(step), torch.no_grad():
            weight.add_(1)
    assert [step for step, _ in norms.taken()["weight/"]] == [1, 10, 20, 30, 40]
    assert norms.taken() == {}


def test_a_part_that_is_all_zero_moved_by_no_share_of_itself() -> None:
    weight = nn.Parameter(torch.zeros(2))
    norms = Norms({"": [weight]}, 1)
    with norms.around(1), torch.no_grad():
        weight.add_(1)
    assert norms.taken() == {"weight/": [(1, 0.0)], "update/": [(1, 0.0)]}


def test_units_that_are_zero_for_every_example_are_dead() -> None:
    model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 3), nn.Tanh())
    first = model[0]
    assert isinstance(first, nn.Linear)
    with torch.no_grad():
        first.weight.copy_(torch.tensor([[1.0, 0], [0, 1], [-1, 0], [-1, -1]]))
        first.bias.zero_()
    activity = Activity(model)
    given = torch.tensor([[1.0, 0.0], [2.0, 0.0], [3.0, 1.0]])
    with activity.watched(), torch.no_grad():
        for row in given.split(1):
            model(row)
    points = activity.points()
    assert points["dead/1"] == 0.5
    assert points["dead/3"] == 0.0
    out = torch.relu(first(given))
    assert points["activation/1"] == pytest.approx(out.square().mean().sqrt().item())
    assert not first._forward_hooks
    assert not model[1]._forward_hooks


def test_a_channel_and_a_feature_are_units() -> None:
    model = nn.Sequential(nn.ReLU())
    activity = Activity(model)
    maps = -torch.ones(2, 4, 3, 3)
    maps[1, 2, 0, 1] = 1  # one place of one picture is enough
    with activity.watched():
        model(maps)
    assert activity.points()["dead/0"] == 0.75
    tokens = -torch.ones(2, 5, 4)
    tokens[0, 3, 1] = 1
    with activity.watched():
        model(tokens)
    assert activity.points()["dead/0"] == 0.75
    with activity.watched():
        pass
    assert activity.points() == {}


def test_a_training_tells_of_its_activations_where_it_is_validated() -> None:
    made = trainer(load_preset("digits-cnn").preset)
    every = made.plan.steps // 100
    for _ in range(every):
        made.step()
    curves = made.curves()
    acts = [n for n, module in made.model.named_modules() if isinstance(module, nn.ReLU)]
    assert acts
    for name in acts:
        assert curves[f"activation/{name}"].shape == (1, 2)
        assert curves[f"activation/{name}"][0, 0] == every
        assert 0 <= curves[f"dead/{name}"][0, 1] <= 1
    assert not any(module._forward_hooks for module in made.model.modules())
