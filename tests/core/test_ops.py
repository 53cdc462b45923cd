"""Ops: formulas follow what a call really got."""

from __future__ import annotations

import pytest

from explorer.core.ops import OPS, formula, op

X, P, B = "activation", "parameter", "buffer"


@pytest.mark.parametrize(
    ("name", "kinds", "text"),
    [
        ("linear", (X, P, P), "y = x·Wᵀ + b"),
        ("linear", (X, P), "y = x·Wᵀ"),
        ("conv2d", (X, P), "y[o,i,j] = Σ W[o,c,u,v] · x[c,i+u,j+v]"),
        ("conv1d", (X, P, P), "y = W ∗ x + b"),
        ("layer_norm", (X, P, P), "y = (x − μ) / √(σ² + ε) · γ + β"),
        ("layer_norm", (X, P), "y = (x − μ) / √(σ² + ε) · γ"),
        ("layer_norm", (X,), "y = (x − μ) / √(σ² + ε)"),
        ("batch_norm", (X, B, B, P, P), "y = (x − μ) / √(σ² + ε) · γ + β, per channel"),
        ("batch_norm", (X, B, B), "y = (x − μ) / √(σ² + ε), per channel"),
        ("rms_norm", (X,), "y = x / √(mean(x²) + ε)"),
        ("relu_", (X,), "y = max(0, x)"),
    ],
)
def test_a_formula_has_no_part_that_the_call_has_not(
    name: str, kinds: tuple[str, ...], text: str
) -> None:
    assert formula(name, kinds) == text


def test_words_are_translated_before_a_part_is_left_out() -> None:
    said = formula("batch_norm", (X, B, B), lambda text: text.replace("per channel", "逐通道"))
    assert said == "y = (x − μ) / √(σ² + ε), 逐通道"


def test_every_name_can_be_read_aloud() -> None:
    assert op("add").name == "add"
    assert op("div_").name == "divide"
    assert all(known.name[0].isalpha() for known in OPS.values())


@pytest.mark.parametrize(
    ("name", "kinds", "text"),
    [
        ("zeros", (), "yᵢ = 0"),
        ("zeros_like", (X,), "yᵢ = 0"),
        ("new_ones", (X,), "yᵢ = 1"),
        ("from_the_sky", (), "y = from_the_sky()"),
        ("from_the_sky", (X,), "y = from_the_sky(x)"),
    ],
)
def test_what_reads_no_numbers_has_no_x(name: str, kinds: tuple[str, ...], text: str) -> None:
    assert formula(name, kinds) == text


def test_attention_without_a_mask_has_none_in_its_formula() -> None:
    kinds, plain = (X, X, X), "y = softmax(Q·Kᵀ / √d) · V"
    assert formula("scaled_dot_product_attention", kinds) == plain
    for masked in (((*kinds, X), ""), (kinds, "is_causal=True")):
        assert "mask" in formula("scaled_dot_product_attention", masked[0], detail=masked[1])


def test_attention_of_a_scale_that_was_given_divides_by_no_other() -> None:
    kinds, name = (X, X, X), "scaled_dot_product_attention"
    assert formula(name, kinds, detail="scale=0.25") == "y = softmax(Q·Kᵀ · scale) · V"
    masked = "y = softmax(Q·Kᵀ · scale + mask) · V"
    assert formula(name, kinds, detail="is_causal=True, scale=0.25") == masked
