"""Rollouts against torch, and the maps of real models that they go through."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from msgspec import structs
from torch import Tensor, nn

from explorer.core.attention import ROLLOUT, AttentionLook
from explorer.core.graph import Recording
from explorer.core.problem import Problem
from explorer.core.values import ExampleInput, View
from explorer.engine.record import record
from explorer.engine.recording import Shown
from explorer.engine.rollout import Rollouts, rollout
from explorer.engine.values import Spans
from explorer.picture.attention import chain, map_view, patch_grid


def reference(maps: list[Tensor]) -> Tensor:
    """The paper's, in double precision: maps are (heads, T, T)."""
    made = torch.eye(maps[0].shape[-1], dtype=torch.float64)
    for one in maps:
        mixed = 0.5 * one.double().mean(0) + 0.5 * torch.eye(one.shape[-1], dtype=torch.float64)
        made = (mixed / mixed.sum(-1, keepdim=True)) @ made
    return made


def maps_of(count: int, heads: int = 3, tokens: int = 17) -> list[Tensor]:
    made = torch.Generator().manual_seed(0)
    return [torch.randn(1, heads, tokens, tokens, generator=made).softmax(-1) for _ in range(count)]


def view(through: tuple[int, ...], size: int = 17, **more: object) -> View:
    return View(
        1, through[-1], (2, 3), (0,) * 4, (size, size), along=("", "mean", "", ""),
        reduce="max", through=through, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_it_is_the_product_over_layers_and_each_row_sums_to_one() -> None:
    maps = maps_of(4)
    asked: list[int] = []

    def get(ref: int) -> Tensor:
        asked.append(ref)
        return maps[ref]

    rollouts = Rollouts()
    for last in (1, 2, 4):
        found = rollouts.read(view(tuple(range(last))), get, Spans())
        wanted = reference([one[0] for one in maps[:last]])
        np.testing.assert_allclose(found.data, wanted, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(found.data.sum(1), 1, rtol=1e-5)
        assert found.view.through == tuple(range(last))
    assert asked == [0, 1, 2, 3]  # what is known is not computed again
    part = rollouts.read(
        view((0, 1, 2, 3), 4, window=(range(5, 9), range(2, 6))), get, Spans()
    )  # fmt: skip
    np.testing.assert_allclose(part.data, wanted[5:9, 2:6], rtol=1e-5, atol=1e-7)
    assert asked == [0, 1, 2, 3]


def test_the_weights_of_another_sample_are_another_rollout() -> None:
    two = [torch.cat([one, one.flip(-1)]) for one in maps_of(2)]
    rollouts = Rollouts()
    for sample in (0, 1):
        asked = View(
            1, 1, (2, 3), (sample, 0, 0, 0), (17, 17), along=("", "mean", "", ""), through=(0, 1)
        )
        found = rollouts.read(asked, two.__getitem__, Spans())
        wanted = reference([one[sample] for one in two])
        np.testing.assert_allclose(found.data, wanted, rtol=1e-5, atol=1e-7)


def test_the_mean_of_the_heads_and_a_single_one_are_two_rollouts() -> None:
    maps, rollouts = maps_of(2), Rollouts()
    mean = View(1, 1, (2, 3), (0,) * 4, (17, 17), along=("", "mean", "", ""), through=(0, 1))
    for asked, wanted in (
        (mean, reference([one[0] for one in maps])),
        (structs.replace(mean, along=()), reference([one[0, :1] for one in maps])),
    ):
        found = rollouts.read(asked, maps.__getitem__, Spans())
        np.testing.assert_allclose(found.data, wanted, rtol=1e-5, atol=1e-7)


def test_a_query_that_looks_at_nothing_keeps_to_itself() -> None:
    one = maps_of(1)[0][0, 0]
    one[3] = torch.nan
    made = rollout([one, one])
    assert torch.isfinite(made).all()
    assert made[3].argmax() == 3
    assert made[3, 3] == 1


def test_maps_that_do_not_fit_are_told() -> None:
    with pytest.raises(Problem, match="square maps of one size; one is 4 × 6"):
        rollout([torch.ones(4, 6)])
    with pytest.raises(Problem, match="one is 5 × 5"):
        rollout([torch.ones(4, 4), torch.ones(5, 5)])


# ---------------------------------------------------------------------- real models


class Stack(nn.Module):
    """Self-attention by hand: rows of ``x`` look at each other."""

    def __init__(self, layers: int = 3, dim: int = 12, heads: int = 3) -> None:
        super().__init__()
        self.qkv = nn.ModuleList(nn.Linear(dim, 3 * dim) for _ in range(layers))
        self.heads = heads

    def forward(self, x: Tensor) -> Tensor:
        for one in self.qkv:
            B, T, C = x.shape
            q, k, v = one(x).view(B, T, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            weights = (q @ k.mT / 2).softmax(-1)
            x = x + (weights @ v).transpose(1, 2).reshape(B, T, C)
        return x


class Fused(Stack):
    """The same by `scaled_dot_product_attention`."""

    def forward(self, x: Tensor) -> Tensor:
        for one in self.qkv:
            B, T, C = x.shape
            q, k, v = one(x).view(B, T, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            weighed = nn.functional.scaled_dot_product_attention(q, k, v, scale=0.5)
            x = x + weighed.transpose(1, 2).reshape(B, T, C)
        return x


class Sorted(nn.Module):
    """The encoder and decoder of PyTorch, on two sequences as long as each other, or on one."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Transformer(12, 3, 2, 2, 24, batch_first=True)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        return self.inner(source, target)


def shown(model: nn.Module, *args: Tensor) -> tuple[Recording, Callable[[int], Tensor]]:
    torch.manual_seed(0)
    with torch.no_grad():
        made = Shown(record(model.eval(), *args))
    return made.describe(1, "", ExampleInput(), {}), made.value


@pytest.mark.parametrize("kind", [Stack, Fused])
def test_the_layers_of_a_model_are_found_and_rolled_out(kind: type[Stack]) -> None:
    torch.manual_seed(0)
    recording, value = shown(kind(), torch.randn(2, 9, 12))
    maps = [one.value for one in recording.attention]
    for last, ref in enumerate(maps):
        found = chain(recording, ref)
        assert found.values == tuple(maps[: last + 1])
        look = AttentionLook(head=ROLLOUT, at=(1,))
        asked = map_view(recording, ref, look, (99, 99), found.values)
        reading = Rollouts().read(asked, value, Spans())
        wanted = reference([value(one)[1] for one in maps[: last + 1]])
        np.testing.assert_allclose(reading.data, wanted, rtol=1e-4, atol=1e-6)


def test_an_encoder_layer_of_pytorch_is_one_of_them() -> None:
    model = nn.TransformerEncoder(
        nn.TransformerEncoderLayer(12, 3, 24, batch_first=True), 3, enable_nested_tensor=False
    )
    recording, _ = shown(model, torch.randn(1, 7, 12))
    maps = tuple(one.value for one in recording.attention)
    assert len(maps) == 3
    assert chain(recording, maps[-1]).values == maps


@pytest.mark.parametrize("one_sequence", [False, True])
def test_a_decoder_that_looks_at_its_source_has_no_rollout(one_sequence: bool) -> None:
    source = torch.randn(1, 7, 12)
    target = source if one_sequence else torch.randn(1, 7, 12)  # as long: shapes tell nothing
    recording, _ = shown(Sorted(), source, target)
    maps = [one.value for one in recording.attention]  # 2 of the encoder, then self and cross
    assert chain(recording, maps[1]).values == tuple(maps[:2])
    assert chain(recording, maps[2]).values == (maps[2],)
    assert "queries and keys are two sequences" in chain(recording, maps[3]).why
    blocked = chain(recording, maps[4])
    assert "on the way here is {name}" in blocked.why
    assert dict(blocked.given)["name"] == recording.events[recording.attention[3].event].id


def test_maps_of_another_size_end_it_in_words() -> None:
    class Merging(Stack):
        def forward(self, x: Tensor) -> Tensor:
            x = super().forward(x)
            return super().forward(x[:, ::2])

    recording, _ = shown(Merging(1), torch.randn(1, 8, 12))
    found = chain(recording, recording.attention[1].value)
    assert found.values == ()
    given = dict(found.given)
    assert (given["there"], given["here"]) == ("8×8", "4×4")
    assert "maps of one size" in found.why


# ---------------------------------------------------------------------- patches


class Patches(nn.Module):
    """Patches of a picture, cut by a convolution or by views, with tokens before them."""

    def __init__(self, before: int, by_hand: bool, high: int = 16, wide: int = 24) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 12, 4, 4)
        self.line = nn.Linear(48, 12)
        self.first = nn.Parameter(torch.randn(1, before, 12))
        self.inner = Stack(1)
        self.by_hand = by_hand

    def forward(self, image: Tensor) -> Tensor:
        if self.by_hand:
            cut = image.unfold(2, 4, 4).unfold(3, 4, 4)  # (B, C, rows, columns, 4, 4)
            x = self.line(cut.permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2))
        else:
            x = self.conv(image).flatten(2).transpose(1, 2)
        return self.inner(torch.cat([self.first.expand(len(x), -1, -1), x], 1))


@pytest.mark.parametrize("by_hand", [False, True])
@pytest.mark.parametrize("before", [0, 1, 2, 5])
def test_patches_are_found_on_the_image(before: int, by_hand: bool) -> None:
    recording, _ = shown(Patches(before, by_hand), torch.randn(1, 3, 16, 24))
    grid = patch_grid(recording, recording.attention[0].value)
    assert grid is not None
    assert (grid.first, grid.rows, grid.columns) == (before, 4, 6)
    assert grid.place(before + 7) == (1, 1)
    assert recording.values[grid.image].shape == (1, 3, 16, 24)


def test_text_is_on_no_image() -> None:
    recording, _ = shown(Stack(1), torch.randn(1, 16, 12))
    assert patch_grid(recording, recording.attention[0].value) is None
