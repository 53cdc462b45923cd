"""Which attention is found on a tape, as docs/tape.md says, and in what shape."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import explorer
from tests.engine.explaining import Call, record

Form = Callable[[Tensor], Tensor]


def _scores(q: Tensor) -> Tensor:
    return q @ q.mT


def _einsum(q: Tensor) -> Tensor:
    weights = torch.einsum("bhqd,bhkd->bhqk", q, q).softmax(-1)
    return torch.einsum("bhqk,bhkd->bhqd", weights, q)


def _folded(q: Tensor) -> Tensor:
    q = q.flatten(0, 1)  # (B · heads, T, hs)
    return torch.bmm(torch.bmm(q, q.mT).softmax(-1), q)


def _added(q: Tensor) -> Tensor:
    q = q.flatten(0, 1)
    return torch.bmm(torch.baddbmm(torch.zeros(6, 5, 5), q, q.mT).softmax(-1), q)


def _by_hand(q: Tensor) -> Tensor:
    powers = (_scores(q) / 2).exp()
    return (powers / powers.sum(-1, keepdim=True)) @ q


def _stable(q: Tensor) -> Tensor:
    scores = _scores(q)
    powers = torch.exp(scores - scores.max(-1, keepdim=True).values)
    powers /= powers.sum(dim=-1)[..., None]
    return powers @ q


def _guarded(q: Tensor) -> Tensor:
    powers = _scores(q).exp().masked_fill(torch.eye(5) > 0, 0.0)
    return (powers / (powers.sum(-1, keepdim=True) + 1e-9)) @ q


def _largest(q: Tensor) -> Tensor:
    scores = _scores(q)
    least = scores.topk(2, -1).values[..., -1:]
    return torch.where(scores >= least, scores, -torch.inf).softmax(-1) @ q


def _sink(q: Tensor) -> Tensor:
    return F.pad(_scores(q), (0, 1)).softmax(-1)[..., :-1] @ q


def _residual(q: Tensor) -> Tensor:
    q = q.flatten(0, 1)
    return torch.baddbmm(q, torch.bmm(q, q.mT).softmax(-1), q)


def _one(q: Tensor) -> Tensor:
    """Of one head, by products that layers are made of."""
    q = q[0, 0]
    return F.linear(torch.addmm(torch.zeros(5, 5), q, q.mT).softmax(-1), q.mT)


def _inner(q: Tensor) -> Tensor:
    q = q[0, 0]
    return torch.inner(q.mT, torch.inner(q, q).softmax(-1)) + F.linear(q, q)[:4]


def _hidden(q: Tensor) -> Tensor:
    weights = _scores(q).softmax(-1)
    return torch.where(torch.eye(5) > 0, 0.0, weights) @ q


FOUND: list[tuple[Form, tuple[int, ...]]] = [
    (lambda q: F.softmax(_scores(q) / 2, dim=-1) @ q, (2, 3, 5, 5)),
    (lambda q: F.dropout((_scores(q).tanh() + 1).softmax(3), 0.5, True) @ q, (2, 3, 5, 5)),
    (_einsum, (2, 3, 5, 5)),
    (_folded, (6, 5, 5)),
    (_added, (6, 5, 5)),
    (_by_hand, (2, 3, 5, 5)),
    (_stable, (2, 3, 5, 5)),
    (lambda q: _scores(q).log_softmax(-1).exp() @ q, (2, 3, 5, 5)),
    (lambda q: (a := _scores(q), (a - a.logsumexp(-1, keepdim=True)).exp() @ q)[1], (2, 3, 5, 5)),
    (lambda q: torch.maximum(_scores(q), q.new_tensor(-9.0)).softmax(-1) @ q, (2, 3, 5, 5)),
    (lambda q: (q.mT @ _scores(q).softmax(-1).mT).mT, (2, 3, 5, 5)),
    (lambda q: F.softmin(-_scores(q), dim=-1) @ q, (2, 3, 5, 5)),
    (_guarded, (2, 3, 5, 5)),
    (lambda q: torch.mm(_scores(q[0, 0]).softmax(-1), q[0, 0]), (5, 5)),
    (lambda q: F.scaled_dot_product_attention(q, q, q), (2, 3, 5, 5)),
    (lambda q: torch.special.softmax(_scores(q), -1) @ q, (2, 3, 5, 5)),
    (lambda q: torch.ops.aten._softmax(_scores(q), -1, False) @ q, (2, 3, 5, 5)),
    (lambda q: F.normalize(_scores(q).softmax(-1), p=1, dim=-1) @ q, (2, 3, 5, 5)),
    (lambda q: torch.tensordot(F.linear(q[0, 0], q[0, 0]).softmax(-1), q[0, 0], 1), (5, 5)),
    (_largest, (2, 3, 5, 5)),
    (_sink, (2, 3, 5, 6)),
    (_residual, (6, 5, 5)),
    (_one, (5, 5)),
    (_inner, (5, 5)),
    (_hidden, (2, 3, 5, 5)),
]
NOT_FOUND: list[Form] = [
    lambda q: _scores(q).max(-1).values.softmax(-1).unsqueeze(-2) @ q,
    lambda q: (q * (q @ torch.ones(4, 4)).softmax(-1)) @ torch.ones(4, 4),
    lambda q: (q + (q @ torch.ones(4, 4)).softmax(-1)) @ torch.ones(4, 4),
    lambda q: (q - (q @ torch.ones(4, 4)).softmax(-1)) @ torch.ones(4, 4),
    lambda q: (_scores(q).exp() / _scores(q).exp().sum(-1, keepdim=True)) @ q,
    lambda q: (q.unsqueeze(-2) * q.unsqueeze(-3)).sum(-1).softmax(-1) @ q,
    lambda q: (_scores(q).softmax(-1).unsqueeze(-1) * q.unsqueeze(-3)).sum(-2),
    lambda q: _scores(q).softmax(-2).mT @ q,
    lambda q: (_scores(q).exp() / _scores(q).exp().sum(-2, keepdim=True)) @ q,
    lambda q: _scores(q).log_softmax(-2).exp() @ q,
    lambda q: (_scores(q).exp() / 5) @ q,
    lambda q: (q @ q.mT).softmax(-1),
    lambda q: F.linear(q, torch.ones(5, 4)).softmax(-1) @ torch.ones(5, 4),
    lambda q: torch.addmm(q[0, 0], q[0, 0], torch.ones(4, 4)).softmax(-1) @ torch.ones(4, 4),
    lambda q: F.linear(_scores(q).softmax(-1), torch.ones(7, 5)),
    lambda q: torch.baddbmm(_scores(q)[0].softmax(-1), q[0], q[0].mT),
    lambda q: torch.mv(q[0, 0].mT, torch.mv(q[0, 0], q[0, 0, 0]).softmax(-1)),
    lambda q: q.mT @ _scores(q).softmax(-1),  # sums over queries
]


@pytest.mark.parametrize(("form", "shape"), FOUND)
def test_a_softmax_between_two_products_is_found(form: Form, shape: tuple[int, ...]) -> None:
    (found,) = record(form, torch.randn(2, 3, 5, 4)).attention()
    assert found.weights.shape == found.shape == shape
    assert torch.allclose(found.weights.sum(-1), torch.ones(shape[:-1]), atol=1e-6)


def test_of_differential_attention_both_maps_are_found() -> None:
    def differ(q: Tensor) -> Tensor:
        share = q.new_tensor(0.3)
        return (_scores(q).softmax(-1) - share * (_scores(q) / 2).softmax(-1)) @ q

    assert len(record(differ, torch.randn(2, 3, 5, 4)).attention()) == 2


@pytest.mark.parametrize(
    ("mask", "causal"),
    [
        (torch.ones(5, 5, dtype=torch.bool).triu(1), True),
        (1 - torch.ones(5, 5).tril(), True),
        (torch.zeros(5, 5, dtype=torch.bool), False),
        (torch.eye(5, dtype=torch.bool), False),
    ],
)
def test_of_one_token_the_mask_tells_whether_attention_is_causal(
    mask: Tensor, causal: bool
) -> None:
    def attend(x: Tensor) -> Tensor:
        T = x.shape[-2]
        scores = x @ x.mT
        return scores.masked_fill(mask[:T, :T] == 1, -torch.inf).softmax(-1) @ x

    for length in (1, 4) if causal else (1,):
        (found,) = record(attend, torch.randn(2, 3, length, 4)).attention()
        assert found.causal is causal


def test_attention_of_one_token_without_a_mask_is_not_causal() -> None:
    (found,) = record(lambda x: (x @ x.mT).softmax(-1) @ x, torch.randn(2, 3, 1, 4)).attention()
    assert not found.causal
    fused = record(
        lambda x: F.scaled_dot_product_attention(x, x, x, is_causal=True), torch.randn(2, 3, 1, 4)
    )
    assert fused.attention()[0].causal


@pytest.mark.parametrize("form", NOT_FOUND)
def test_other_forms_are_not_found(form: Form) -> None:
    assert record(form, torch.randn(2, 3, 5, 4)).attention() == []


@pytest.mark.parametrize("limit", [None, 0])
def test_attention_of_sequences_of_different_lengths_has_no_map(limit: int | None) -> None:
    def attend(x: Tensor) -> Tensor:
        q = (x * 2).unflatten(-1, (2, 2)).transpose(1, 2)
        return F.scaled_dot_product_attention(q, q, q)

    parts = [torch.randn(1, 4), torch.randn(3, 4)]
    x = torch.nested.nested_tensor(parts, layout=torch.jagged)
    with torch.no_grad(), explorer.budget(1 << 30 if limit is None else limit):
        tape = explorer.record(Call(attend), x)
    assert tape.attention() == []


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_an_encoder_that_packs_padded_sequences_has_the_maps_of_its_layers(activation: str) -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16, activation=activation, batch_first=True)
    model = nn.TransformerEncoder(layer, 2).eval()
    x, lengths = torch.randn(3, 6, 8), (4, 6, 3)
    padding = torch.arange(6) >= torch.tensor(lengths)[:, None]  # (B, T)
    with torch.no_grad():
        tape = explorer.record(model, x, src_key_padding_mask=padding)
        maps = tape.attention()
        for part, found in zip(model.layers, maps, strict=True):
            opened = tape.open(found.event)
            assert tape.opens(found.event)
            assert opened is not None
            assert opened.deviation < 1e-6
            _, weights = part.self_attn(
                x, x, x, key_padding_mask=padding, average_attn_weights=False
            )
            for sequence, length in enumerate(lengths):
                there = found.weights[sequence, :, :length]  # (heads, Q, K)
                assert torch.allclose(there, weights[sequence, :, :length], rtol=0, atol=1e-6)
                assert not there[..., length:].any()
            x = part(x, src_key_padding_mask=padding)
    assert not torch.equal(maps[0].weights, maps[1].weights)


def test_maps_are_found_where_there_are_no_numbers() -> None:
    """On the meta device a map has a shape, and nobody can tell whether it looks ahead."""
    q = torch.zeros(2, 3, 5, 4, device="meta")
    (found,) = record(lambda q: _scores(q).softmax(-1) @ q, q).attention()
    assert found.weights.shape == (2, 3, 5, 5)
    assert not found.causal


@pytest.mark.parametrize("scale", [None, 0.9])
def test_fused_attention_weighs_by_the_scale_that_it_was_given(scale: float | None) -> None:
    q, k = torch.randn(1, 2, 6, 4), torch.randn(1, 2, 5, 4)
    tape = record(lambda q: F.scaled_dot_product_attention(q, k, k, scale=scale), q)
    (found,) = tape.attention()
    wanted = (q @ k.mT * (0.5 if scale is None else scale)).softmax(-1)  # 1 / √hs is 0.5
    assert torch.allclose(found.weights, wanted, rtol=0, atol=1e-6)
    assert torch.allclose(found.head(1), wanted[:, 1], rtol=0, atol=1e-6)


def test_one_head_of_a_multi_head_attention_is_the_one_that_was_asked_for() -> None:
    model, x = nn.MultiheadAttention(12, 3, batch_first=True), torch.randn(2, 5, 12)
    with torch.no_grad():
        (found,) = explorer.record(model, x, x, x).attention()
        _, wanted = model(x, x, x, average_attn_weights=False)  # (B, heads, Q, K)
    for head in range(3):
        assert torch.allclose(found.head(head), wanted[:, head], rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("ahead", "causal"), [
        (-torch.inf, True), (torch.finfo(torch.float32).min, True), (-1e9, True),
        (-9.0, False),
    ],
)  # fmt: skip
def test_a_mask_that_is_added_hides_what_is_ahead_or_only_makes_it_less(
    ahead: float, causal: bool
) -> None:
    mask = torch.zeros(5, 5).masked_fill(torch.ones(5, 5).triu(1) > 0, ahead)
    tape = record(
        lambda q: F.scaled_dot_product_attention(q, q, q, attn_mask=mask), torch.randn(1, 2, 5, 4)
    )
    (found,) = tape.attention()
    assert (found.causal, found.ahead) == (causal, not causal)
    assert bool(found.weights.triu(1).any()) is not causal


PADDED = torch.tensor([False, False, True, True, True])  # the keys that count
BACK = torch.ones(5, 5).tril().bool()
LEAST = torch.finfo(torch.float32).min


def _added_to(seen: Tensor) -> Tensor:
    """(Q, K) of what is seen as what is added to scores."""
    return torch.zeros(5, 5).masked_fill(~seen, LEAST)


@pytest.mark.parametrize(
    ("form", "causal", "ahead"),
    [
        (lambda q: F.scaled_dot_product_attention(q, q, q), False, True),
        (lambda q: F.scaled_dot_product_attention(q, q, q, PADDED.expand(5, 5)), False, True),
        (lambda q: F.scaled_dot_product_attention(q, q, q, PADDED.expand(1, 5)), False, True),
        (lambda q: F.scaled_dot_product_attention(q, q, q, BACK & PADDED), True, False),
        (lambda q: F.scaled_dot_product_attention(q, q, q, _added_to(BACK & PADDED)), False, False),
        (lambda q: (_scores(q) + _added_to(BACK & PADDED)).softmax(-1) @ q, False, False),
        (lambda q: (_scores(q) + _added_to(PADDED)).softmax(-1) @ q, False, True),
        (lambda q: _scores(q).softmax(-1) @ q, False, True),
        (lambda q: _scores(q).softmax(-1).tril() @ q, False, False),
        (lambda q: (_scores(q).softmax(-1) * BACK) @ q, False, False),
        (lambda q: F.dropout(_scores(q).softmax(-1), 0.1) @ q, False, True),
        # two to each side: the last one takes from the next by way of those before
        (lambda q: (_scores(q) + _added_to(BACK.triu(-2).mT | BACK.triu(-2))).softmax(-1) @ q,
         False, True),
    ],
)  # fmt: skip
def test_whether_the_last_token_depends_on_what_is_ahead(
    form: Form, causal: bool, ahead: bool
) -> None:
    """Rows of padding are even over all keys, but nobody takes from them; and what is cut after
    the softmax is not in the map."""
    (found,) = record(form, torch.randn(1, 2, 5, 4)).attention()
    assert (found.causal, found.ahead) == (causal, ahead)


@pytest.mark.parametrize(
    ("hidden", "causal", "ahead"),
    [
        (~BACK, True, False),
        (~PADDED.expand(5, 5), False, True),
        (BACK.tril(-1), False, False),  # the last one takes from itself alone
    ],
)
def test_a_boolean_mask_of_the_attention_module_says_what_does_not_count(
    hidden: Tensor, causal: bool, ahead: bool
) -> None:
    model, x = nn.MultiheadAttention(12, 3, batch_first=True), torch.randn(2, 5, 12)
    with torch.no_grad():
        (found,) = explorer.record(model, x, x, x, attn_mask=hidden).attention()
    assert (found.causal, found.ahead) == (causal, ahead)
    assert bool(found.weights.triu(1).any()) is not causal
