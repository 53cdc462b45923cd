"""Textbook expansions give what PyTorch's fused ops give: numbers, structure, gradients."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pack_sequence
from torch.overrides import TorchFunctionMode

import explorer
from explorer.core.problem import Problem
from explorer.engine.nesting import tensors
from explorer.engine.textbook import attention_weights, textbook

B, T, S, C, HEADS = 2, 5, 7, 16, 4
SDPA: Any = textbook(F.scaled_dot_product_attention)
assert SDPA is not None


@pytest.fixture(autouse=True)
def _same_numbers() -> None:
    torch.manual_seed(0)


class Expanding(TorchFunctionMode):
    """Computes every op that has a textbook expansion by it, and notes which these were."""

    def __init__(self) -> None:
        super().__init__()
        self.expanded: list[str] = []

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        expansion = textbook(func)
        if expansion is None:
            return func(*args, **(kwargs or {}))
        self.expanded.append(func.__name__)
        return expansion(*args, **(kwargs or {}))


class Listing(TorchFunctionMode):
    """Lists the names of the functions that are called."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        self.names.append(func.__name__)
        return func(*args, **(kwargs or {}))


@pytest.fixture(autouse=True)
def _fast_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mode keeps torch's modules from their fast paths; here they take them as without one."""
    asked = torch.overrides.has_torch_function

    def without_mode(given: Any) -> bool:
        with torch._C.DisableTorchFunction():
            return asked(given)

    monkeypatch.setattr(torch.overrides, "has_torch_function", without_mode)


def same(ours: Any, theirs: Any, tolerance: float = 1e-6) -> None:
    """Equal structure, and numbers that differ by the tolerance at most, relative to the scale."""
    assert type(ours) is type(theirs)
    if isinstance(theirs, (tuple, list)):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            same(one, other, tolerance)
    elif isinstance(theirs, Tensor):
        assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)
        scale = (
            max(1.0, float(theirs.detach().nan_to_num(0).abs().max())) if theirs.numel() else 1.0
        )
        torch.testing.assert_close(ours, theirs, rtol=0, atol=tolerance * scale, equal_nan=True)
    else:
        assert ours == theirs


def gradients(result: Any, leaves: list[Tensor]) -> list[Tensor | None]:
    total = sum((t.float() * torch.arange(t.numel()).view_as(t).cos()).sum() for t in result)
    return list(torch.autograd.grad(total, leaves, allow_unused=True))


def run_both(model: nn.Module, *args: Any, expect: str, grad: bool = False, **kwargs: Any) -> None:
    """A module as it is and with its op expanded: same results, and same gradients of weights."""
    leaves: list[Tensor] = list(model.parameters())
    with torch.set_grad_enabled(grad):
        torch.manual_seed(1)
        theirs = model(*args, **kwargs)
        torch.manual_seed(1)
        with Expanding() as mode:
            ours = model(*args, **kwargs)
        assert expect in mode.expanded
        same(ours, theirs)
        if grad:
            mine = gradients([t for t in tensors(ours) if t.requires_grad], leaves)
            real = gradients([t for t in tensors(theirs) if t.requires_grad], leaves)
            same(mine, real, 1e-5)


# ------------------------------------------------------------ scaled dot-product attention


def masks() -> dict[str, Tensor | None]:
    seen = torch.rand(T, S) < 0.6
    seen[:, 0] = True
    blind = seen.clone()
    blind[2] = False
    return {
        "none": None,
        "bool": seen,
        "bool, one row empty": blind,
        "bool, per batch": (torch.rand(B, 1, 1, S) < 0.7).index_fill(3, torch.tensor([0]), True),
        "float": torch.randn(T, S),
        "float, per head": torch.randn(B, HEADS, T, S),
        "float, one row empty": torch.zeros(T, S).masked_fill(~blind, -math.inf),
    }


@pytest.mark.parametrize("mask", list(masks()))
@pytest.mark.parametrize("scale", [None, 0.3])
@pytest.mark.parametrize("groups", [HEADS, 2])
def test_attention_is_that_of_torch(mask: str, scale: float | None, groups: int) -> None:
    q = torch.randn(B, HEADS, T, 8, requires_grad=True)
    k, v = (torch.randn(B, groups, S, 8, requires_grad=True) for _ in range(2))
    given: dict[str, Any] = {"attn_mask": masks()[mask], "scale": scale}
    given["enable_gqa"] = groups != HEADS
    ours, theirs = SDPA(q, k, v, **given), F.scaled_dot_product_attention(q, k, v, **given)
    same(ours, theirs)
    same(gradients([ours], [q, k, v]), gradients([theirs], [q, k, v]), 1e-5)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 1, 3)])
@pytest.mark.parametrize("sizes", [(5, 5), (2, 6), (6, 2), (1, 1)])
def test_causal_attention_is_that_of_torch(shape: tuple[int, ...], sizes: tuple[int, int]) -> None:
    q, k, v = (torch.randn(*shape, n, 8) for n in (sizes[0], sizes[1], sizes[1]))
    ours = SDPA(q, k, v, is_causal=True)
    same(ours, F.scaled_dot_product_attention(q, k, v, is_causal=True))


@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [(torch.float64, 1e-14), (torch.bfloat16, 2**-7), (torch.float16, 2**-10)],
)
def test_attention_in_other_precisions(dtype: torch.dtype, tolerance: float) -> None:
    q, k, v = (torch.randn(B, HEADS, T, 8, dtype=dtype) for _ in range(3))
    for given in ({"is_causal": True}, {"attn_mask": torch.randn(T, T, dtype=dtype)}):
        same(SDPA(q, k, v, **given), F.scaled_dot_product_attention(q, k, v, **given), tolerance)


def test_dropout_draws_the_same_random_numbers() -> None:
    q = torch.randn(B, HEADS, T, 8)
    torch.manual_seed(3)
    theirs = F.scaled_dot_product_attention(q, q, q, dropout_p=0.5)
    torch.manual_seed(3)
    same(SDPA(q, q, q, dropout_p=0.5), theirs)


@pytest.mark.parametrize("mask", list(masks()))
@pytest.mark.parametrize("groups", [HEADS, 2])
def test_attention_weights_are_exact_for_all_heads_and_for_one(mask: str, groups: int) -> None:
    q, k = torch.randn(B, HEADS, T, 8), torch.randn(B, groups, S, 8)
    given = masks()[mask]
    ours = attention_weights(q, k, k, given, enable_gqa=groups != HEADS)
    scores = torch.einsum(
        "bhtd,bhsd->bhts", q.double(), k.double().repeat_interleave(HEADS // groups, 1)
    ) / math.sqrt(8)
    if given is not None:
        hides = ~given if given.dtype == torch.bool else torch.zeros_like(given).bool()
        added = torch.zeros_like(given, dtype=torch.double) if hides.any() else given
        scores = (scores + added.double()).masked_fill(hides, -math.inf)
    exact = scores.exp() / scores.exp().sum(-1, keepdim=True)
    torch.testing.assert_close(ours.double(), exact.nan_to_num(0), rtol=0, atol=1e-6)
    for head in range(HEADS):
        one = attention_weights(q, k, k, given, enable_gqa=groups != HEADS, head=head)
        torch.testing.assert_close(one, ours[:, head : head + 1], rtol=0, atol=1e-7)


def test_the_steps_of_attention_are_those_of_the_formula() -> None:
    q = torch.randn(B, HEADS, T, 8)
    with Listing() as mode:
        SDPA(q, q, q, attn_mask=torch.zeros(T, T))
    steps = ["transpose", "matmul", "mul", "add", "softmax", "matmul"]
    assert [name for name in mode.names if name in steps] == steps


# ------------------------------------------------------------ multi-head attention

_FLAGS = [
    dict(zip(("need_weights", "average_attn_weights"), flags, strict=True))
    for flags in ((True, True), (True, False), (False, True))
]


@pytest.mark.parametrize("flags", _FLAGS)
@pytest.mark.parametrize("attn", ["none", "2-D bool", "2-D float", "3-D float", "causal"])
@pytest.mark.parametrize("padding", [None, "bool"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"kdim": 6, "vdim": 10, "bias": False},
        {"add_bias_kv": True, "batch_first": True},
        {"add_zero_attn": True, "add_bias_kv": True, "dropout": 0.4},
    ],
    ids=str,
)
def test_multi_head_attention_is_that_of_torch(
    flags: dict[str, bool], attn: str, padding: str | None, options: dict[str, Any]
) -> None:
    mha = nn.MultiheadAttention(C, HEADS, **options)
    size = T if attn == "causal" else S
    q, k = torch.randn(T, B, C), torch.randn(size, B, options.get("kdim", C))
    v = torch.randn(size, B, options.get("vdim", C))
    if options.get("batch_first"):
        q, k, v = (x.transpose(0, 1) for x in (q, k, v))
    mask = {
        "none": None,
        "2-D bool": (torch.rand(T, S) < 0.4).index_fill(1, torch.tensor([0]), False),
        "2-D float": torch.randn(T, S),
        "3-D float": torch.randn(B * HEADS, T, S),
        "causal": nn.Transformer.generate_square_subsequent_mask(T),
    }[attn]
    hidden = torch.zeros(B, size, dtype=torch.bool)
    hidden[1, -1] = True
    given = {**flags, "attn_mask": mask, "key_padding_mask": None if padding is None else hidden}
    run_both(
        mha, q, k, v, **given, is_causal=attn == "causal", expect="multi_head_attention_forward",
        grad=True,
    )  # fmt: skip


@pytest.mark.parametrize("flags", _FLAGS)
def test_unbatched_and_empty_rows_in_multi_head_attention(flags: dict[str, bool]) -> None:
    mha = nn.MultiheadAttention(C, HEADS)
    x = torch.randn(T, C)
    hides = torch.zeros(T, T, dtype=torch.bool)
    hides[2] = True
    run_both(mha, x, x, x, **flags, attn_mask=hides, expect="multi_head_attention_forward")


@pytest.mark.parametrize("need_weights", [True, False])
def test_static_keys_and_values(need_weights: bool) -> None:
    expansion = textbook(F.multi_head_attention_forward)
    assert expansion is not None
    x, W = torch.randn(T, B, C), torch.randn(3 * C, C)
    k, v = (torch.randn(B * HEADS, T, C // HEADS) for _ in range(2))
    out = torch.randn(C, C)
    args: tuple[Any, ...] = (x, x, x, C, HEADS, W, None, None, None, False, 0.0, out, None)
    given: dict[str, Any] = {"static_k": k, "static_v": v, "need_weights": need_weights}
    same(expansion(*args, **given), F.multi_head_attention_forward(*args, **given))


def hidden_masks() -> dict[str, dict[str, Tensor]]:
    attn = (torch.rand(T, T) < 0.4).fill_diagonal_(False)
    padding = torch.zeros(B, T, dtype=torch.bool)
    padding[1, -2:] = True
    attn[:, 0] = False
    return {
        "none": {},
        "type 0": {"attn": attn},
        "type 1": {"padding": padding},
        "type 2": {"attn": attn, "padding": padding},
        "empty": {"attn": torch.ones(T, T, dtype=torch.bool)},
    }


@pytest.mark.parametrize("flags", _FLAGS)
@pytest.mark.parametrize("mask", list(hidden_masks()))
@pytest.mark.parametrize("heads", [2, 4])
def test_the_fast_path_of_multi_head_attention(
    flags: dict[str, bool], mask: str, heads: int
) -> None:
    mha = nn.MultiheadAttention(C, heads, batch_first=True).eval()
    x, hides = torch.randn(B, T, C), hidden_masks()[mask]
    run_both(
        mha, x, x, x, **flags, attn_mask=hides.get("attn"),
        key_padding_mask=hides.get("padding"), expect="_native_multi_head_attention",
    )  # fmt: skip


@pytest.mark.parametrize("mask", list(hidden_masks()))
@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_the_fast_path_of_an_encoder_layer(mask: str, norm_first: bool, activation: str) -> None:
    layer = nn.TransformerEncoderLayer(
        C, 2, 32, activation=activation, norm_first=norm_first, batch_first=True
    ).eval()
    hides = hidden_masks()[mask]
    run_both(
        layer, torch.randn(B, T, C), hides.get("attn"), hides.get("padding"),
        expect="_transformer_encoder_layer_fwd",
    )  # fmt: skip


def test_a_whole_transformer() -> None:
    model = nn.Transformer(C, 2, 2, 2, 32, dropout=0.0, batch_first=True)
    causal = nn.Transformer.generate_square_subsequent_mask(T)
    run_both(
        model, torch.randn(B, S, C), torch.randn(B, T, C), tgt_mask=causal, grad=True,
        expect="multi_head_attention_forward",
    )  # fmt: skip


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_nested_tensors_are_refused_in_plain_words() -> None:
    layer = nn.MultiheadAttention(C, 2, batch_first=True).eval()
    x = torch.nested.nested_tensor([torch.randn(3, C), torch.randn(5, C)])
    with torch.no_grad(), Expanding(), pytest.raises(Problem, match="different lengths"):
        layer(x, x, x)


# ------------------------------------------------------------ recurrent networks

_NETWORKS = [
    (kind, layers, bidirectional, bias, batch_first)
    for kind, layers, bidirectional, bias, batch_first in itertools.product(
        ("lstm", "lstm, projected", "gru", "rnn_tanh", "rnn_relu"),
        (1, 3),
        (False, True),
        (False, True),
        (False, True),
    )
]


def network(kind: str, layers: int, **options: Any) -> nn.RNNBase:
    if kind.startswith("lstm"):
        return nn.LSTM(6, 8, layers, proj_size=3 if "projected" in kind else 0, **options)
    if kind == "gru":
        return nn.GRU(6, 8, layers, **options)
    return nn.RNN(6, 8, layers, nonlinearity=kind.removeprefix("rnn_"), **options)


def initial(model: nn.RNNBase, batch: int) -> Any:
    count = model.num_layers * (2 if model.bidirectional else 1)
    h = torch.randn(count, batch, model.proj_size or model.hidden_size)
    return (h, torch.randn(count, batch, model.hidden_size)) if model.mode == "LSTM" else h


@pytest.mark.parametrize(("kind", "layers", "bidirectional", "bias", "batch_first"), _NETWORKS)
def test_recurrent_networks(
    kind: str, layers: int, bidirectional: bool, bias: bool, batch_first: bool
) -> None:
    model = network(
        kind, layers, bidirectional=bidirectional, bias=bias, batch_first=batch_first
    )  # fmt: skip
    x = torch.randn(3, T, 6) if batch_first else torch.randn(T, 3, 6)
    op = kind.split(",")[0]
    run_both(model, x, expect=op, grad=True)
    run_both(model, x, initial(model, 3), expect=op, grad=True)
    run_both(model.eval(), x, initial(model, 3), expect=op)


@pytest.mark.parametrize("kind", ["lstm", "lstm, projected", "gru", "rnn_tanh", "rnn_relu"])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_packed_sequences_and_dropout(kind: str, bidirectional: bool, dropout: float) -> None:
    model = network(kind, 2, bidirectional=bidirectional, dropout=dropout)
    op = kind.split(",")[0]
    run_both(model, torch.randn(T, 3, 6), expect=op, grad=True)
    packed = pack_padded_sequence(
        torch.randn(T, 4, 6), torch.tensor([2, 5, 5, 1]), enforce_sorted=False
    )
    run_both(model, packed, initial(model, 4), expect=op, grad=True)
    run_both(model, pack_sequence([torch.randn(3, 6), torch.randn(1, 6)]), expect=op, grad=True)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", ["lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell"])
def test_cells(kind: str, bias: bool) -> None:
    made = {
        "lstm_cell": lambda: nn.LSTMCell(6, 8, bias=bias),
        "gru_cell": lambda: nn.GRUCell(6, 8, bias=bias),
        "rnn_tanh_cell": lambda: nn.RNNCell(6, 8, bias=bias),
        "rnn_relu_cell": lambda: nn.RNNCell(6, 8, bias=bias, nonlinearity="relu"),
    }[kind]()
    h = torch.randn(3, 8)
    state = (h, torch.randn(3, 8)) if kind == "lstm_cell" else h
    run_both(made, torch.randn(3, 6), state, expect=kind, grad=True)
    run_both(made, torch.randn(6), expect=kind, grad=True)


def test_every_time_step_and_gate_is_an_op_of_its_own() -> None:
    model = nn.LSTM(6, 8)
    with Listing() as mode, Expanding():
        model(torch.randn(T, 3, 6))
    assert mode.names.count("sigmoid") == 3 * T  # i, f, o
    assert mode.names.count("tanh") == 2 * T  # g and that of the cell state


def test_other_functions_have_no_expansion() -> None:
    assert textbook(F.relu) is None
    assert textbook(torch.matmul) is None


def test_a_module_that_a_function_was_given_is_a_part_of_its_inside() -> None:
    loss = nn.TripletMarginWithDistanceLoss(distance_function=nn.PairwiseDistance())
    with torch.no_grad():
        tape = explorer.record(loss, *torch.randn(3, 2, 4))
    inside = tape.open("triplet_margin_with_distance_loss#0")
    assert inside is not None
    assert [one.kind for one in inside.calls[1:]] == ["PairwiseDistance"] * 2
    assert inside.deviation == 0
    assert "sub#0" in [event.id for event in inside.events]
