"""Data: splits, scaling, text and what cannot be read."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from explorer.core.presets import load_preset
from explorer.core.problem import Problem
from explorer.core.spec import CLASSES, COLUMNS, Preset
from explorer.core.values import NumbersInput, SampleInput, TextInput
from explorer.engine.data import load_data


def preset(name: str, **data: Any) -> Preset:
    made = load_preset(name).preset
    return made.model_copy(update={"data": made.data.model_copy(update=data)})


@pytest.mark.parametrize("shape", ["spirals", "moons", "circles", "xor"])
def test_points_come_from_the_seed(shape: str) -> None:
    made = preset("spirals-mlp", shape=shape, samples=200)
    a, b, c = (load_data(made, seed, 0.25) for seed in (0, 0, 1))
    assert torch.equal(a.train[0], b.train[0])
    assert not torch.equal(a.train[0], c.train[0])
    assert (len(a.train[0]), len(a.validation[0])) == (150, 50)
    y = torch.cat([a.train[1], a.validation[1]])
    assert 0.35 < y.float().mean() < 0.65
    assert a.train[0].abs().max() < 1.5


def test_digits_lie_between_0_and_1() -> None:
    data = load_data(preset("digits-cnn"), 0, 0.2)
    assert data.train[0].shape == (1438, 1, 8, 8)
    assert (data.train[0].min(), data.train[0].max()) == (0, 1)
    assert len(data.validation[0]) == 359
    assert data.classes == tuple("0123456789")


@pytest.mark.parametrize(("table", "classes"), [("breast_cancer", 2), ("iris", 3), ("wine", 3)])
def test_tables_are_standardised_over_the_training_part(table: str, classes: int) -> None:
    data = load_data(preset("first-network", table=table, features=4), 0, 0.2)
    torch.testing.assert_close(data.train[0].mean(0), torch.zeros(4), atol=1e-5, rtol=0)
    torch.testing.assert_close(data.train[0].std(0, correction=0), torch.ones(4))
    assert (len(data.classes), len(data.features)) == (classes, 4)


@pytest.mark.parametrize("table", ["breast_cancer", "iris", "wine"])
def test_the_tables_are_as_the_specs_say(table: str) -> None:
    from sklearn import datasets

    found = getattr(datasets, f"load_{table}")()
    assert COLUMNS[table] == len(found.feature_names)
    assert CLASSES[table] == len(found.target_names)


def test_targets_of_text_are_the_next_characters() -> None:
    data = load_data(load_preset("char-gpt").preset, 0, 0.1)
    x, y = data.train
    assert torch.equal(x[5, 1:], y[5, :-1])
    assert torch.equal(x[6], y[5])
    assert data.decode(data.encode("def f(x):\n")) == "def f(x):\n"


def test_what_a_text_model_cannot_read() -> None:
    data = load_data(load_preset("char-gpt").preset, 0, 0.1)
    with pytest.raises(Problem, match="no “é” “猫”") as caught:
        data.batch(TextInput("caf猫 é"))
    assert caught.value.kind == "input"
    with pytest.raises(Problem, match="at most"):
        data.batch(TextInput("a" * (data.shape[0] + 1)))
    with pytest.raises(Problem, match="no text"):
        data.batch(TextInput(""))
    assert data.batch(TextInput("cat")).shape == (1, 3)


def test_inputs_become_batches_of_one() -> None:
    digits = load_data(load_preset("digits-cnn").preset, 0, 0.2)
    assert digits.batch(NumbersInput((0.5,) * 64)).shape == (1, 1, 8, 8)
    assert torch.equal(digits.batch(SampleInput(3)), digits.validation[0][3:4])
    for wrong in (NumbersInput((1.0,)), SampleInput(359), SampleInput(-1), TextInput("a")):
        with pytest.raises(Problem) as caught:
            digits.batch(wrong)
        assert caught.value.kind == "input"
