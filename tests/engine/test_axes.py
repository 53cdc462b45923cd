"""Axis names: certain or absent."""

from __future__ import annotations

import torch

import explorer
from explorer.core.presets import load_preset
from explorer.core.spec import GPTSpec, MLPSpec
from explorer.engine.axes.meaning import names_of
from explorer.engine.build import build


def named(spec: object, *size: int, ids: bool = False) -> dict[str, tuple[str, ...]]:
    model = build(spec)  # type: ignore[arg-type]
    batch = torch.zeros(size, dtype=torch.int64) if ids else torch.zeros(size)
    tape = explorer.record(model, batch)
    tape.name_axes(names_of(spec, model))  # type: ignore[arg-type]
    for value in tape.values:
        assert len(value.axes) == len(value.shape)
    return {value.name: value.axes for value in tape.values}


def test_every_axis_of_the_attention_is_named() -> None:
    found = named(load_preset("char-gpt").preset.model, 1, 4, ids=True)  # T = heads, on purpose
    at = "blocks.0.attn"
    assert found["tokens"] == ("B", "T")
    assert found[f"{at}.query/linear#0"] == ("B", "T", "C")
    assert found[f"{at}/transpose#0"] == ("B", "heads", "T", "hs")
    assert found[f"{at}/transpose#3"] == ("B", "heads", "hs", "T")
    assert found[f"{at}/softmax#0"] == ("B", "heads", "T", "T")
    assert found["blocks.0.mlp.fc1/linear#0"] == ("B", "T", "4C")
    assert found["lm_head/linear#0"] == ("B", "T", "V")
    assert found["token_embedding.weight"] == ("V", "C")


def test_sizes_that_stand_for_two_things_are_told_apart() -> None:
    spec = GPTSpec(family="gpt", vocabulary=8, context=16, layers=1, heads=4, width=16)
    found = named(spec, 1, 3, ids=True)  # hs = heads = 4, C = context = 16
    assert found["blocks.0.attn/transpose#0"] == ("B", "heads", "T", "hs")
    assert found["blocks.0.attn.query/linear#0"] == ("B", "T", "C")
    assert found["position_embedding.weight"] == ("", "C")
    assert found["blocks.0.attn.future"] == ("", "")
    assert found["lm_head/linear#0"] == ("B", "T", "V")


def test_a_context_of_one_still_names_the_batch() -> None:
    spec = GPTSpec(family="gpt", vocabulary=8, context=1, layers=1, heads=2, width=6)
    assert named(spec, 1, 1, ids=True)["lm_head/linear#0"][0] == "B"


def test_an_mlp_as_wide_as_its_classes() -> None:
    found = named(MLPSpec(family="mlp", sizes=(2, 2, 2)), 1, 2)
    assert found["layers.0/linear#0"] == ("B", "hidden")
    assert found["layers.0.weight"] == ("hidden", "features")
    assert found["layers.2/linear#0"] == ("B", "classes")
    assert found["layers.2.bias"] == ("classes",)


def test_maps_of_a_convolution() -> None:
    found = named(load_preset("digits-cnn").preset.model, 1, 1, 8, 8)
    assert found["features.4/relu#0"] == ("B", "C", "H", "W")
    assert found["features.5/max_pool2d#0"] == ("B", "C", "H", "W")
    assert found["classifier.2/linear#0"] == ("B", "classes")
