"""What is left of a module's path where there is little room."""

from __future__ import annotations

import pytest

from explorer.picture.paths import briefer


@pytest.mark.parametrize(
    ("path", "shorter"),
    [
        (
            "encoder.layer.3.attention.self",
            ["…layer.3.attention.self", "…3.attention.self", "…3…self"],
        ),
        ("blocks.0.mlp.experts.12.w1", ["…0.mlp.experts.12.w1", "…0…12…w1"]),
        ("0.conv", []),
        ("0.body.conv", ["0…conv"]),
        ("model.embed.tokens", ["…embed.tokens", "…tokens"]),
        ("conv1", []),
    ],
)
def test_numbers_and_the_end_stay(path: str, shorter: list[str]) -> None:
    assert briefer(path) == shorter


def test_each_is_shorter() -> None:
    path = "model.decoder.layers.11.self_attn.q_proj"
    lengths = [len(said) for said in [path, *briefer(path)]]
    assert lengths == sorted(lengths, reverse=True)
    assert all("11" in said and said.endswith("q_proj") for said in briefer(path))
