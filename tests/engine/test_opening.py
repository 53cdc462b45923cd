"""Opening fused and composite events, and the attention maps inside of them."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import explorer
from explorer.core.ops import inside
from explorer.engine.tape import Tape

X = torch.randn(2, 5, 16, generator=torch.Generator().manual_seed(0))
AHEAD = torch.ones(5, 5, dtype=torch.bool).triu(1)


def recorded(model: nn.Module, *given: Tensor, **named: Any) -> Tape:
    with torch.no_grad():
        return explorer.record(model, *given, **named)


class Calls(nn.Module):
    def __init__(self, f: Any) -> None:
        super().__init__()
        self.f = f

    def forward(self, *given: Tensor) -> Any:
        return self.f(*given)


def test_scaled_dot_product_attention_opens_into_its_steps() -> None:
    model = Calls(lambda q: F.scaled_dot_product_attention(q, q, q, is_causal=True))
    tape = recorded(model, torch.randn(1, 2, 4, 8))
    (event,) = tape.events
    opened = tape.open(event.id)
    assert opened is not None
    ops = [e.op for e in opened.events]
    assert [op for op in ops if op in ("matmul", "mul", "masked_fill", "softmax")] == [
        "matmul", "mul", "masked_fill", "softmax", "matmul",
    ]  # fmt: skip
    assert {v.name for v in opened.values if v.kind == "input"} == {"query", "key", "value"}
    torch.testing.assert_close(opened.output, tape.output, rtol=0, atol=1e-6)
    assert opened.deviation == (opened.output.double() - tape.output.double()).abs().max()
    (found,) = tape.attention()
    assert (found.event, found.value, found.causal) == (0, -1, True)
    q = tape.value(tape.events[0].inputs[0]).double()
    scores = (q @ q.mT / 8**0.5).masked_fill(torch.ones(4, 4).triu(1).bool(), -torch.inf)
    assert (found.weights.double() - scores.softmax(-1)).abs().max() < 1e-6
    assert torch.equal(found.head(1), found.weights[:, 1])


def modules() -> list[tuple[nn.Module, tuple[Tensor, ...], dict[str, Any], bool]]:
    heads = nn.MultiheadAttention(16, 4, batch_first=True)
    layer = nn.TransformerEncoderLayer(16, 4, 32, dropout=0.0, batch_first=True)
    other = nn.MultiheadAttention(16, 4, batch_first=True, add_bias_kv=True)
    return [
        (heads.eval(), (X, X, X), {}, False),
        (heads.train(), (X, X, X), {"attn_mask": AHEAD}, True),
        (other, (X, X, X), {"need_weights": False}, False),
        (layer.eval(), (X,), {"src_mask": AHEAD}, True),
        (layer.eval(), (X,), {}, False),
    ]


@pytest.mark.parametrize("which", range(5))
def test_fused_attention_modules_show_every_head(which: int) -> None:
    model, given, named, causal = modules()[which]
    tape = recorded(model, *given, **named)
    (found,) = tape.attention()
    attention = model if isinstance(model, nn.MultiheadAttention) else model.self_attn
    assert isinstance(attention, nn.MultiheadAttention)
    mask = named.get("attn_mask", named.get("src_mask"))
    with torch.no_grad():  # the slow path tells its weights
        _, wanted = attention.train()(X, X, X, attn_mask=mask, average_attn_weights=False)
    assert (found.weights - wanted).abs().max() < 1e-6
    assert found.causal is causal
    opened = tape.open(found.event)
    assert opened is not None
    assert opened.deviation < 1e-5
    assert opened.check()


def test_an_lstm_opens_into_time_steps_and_gates() -> None:
    torch.manual_seed(0)
    tape = recorded(nn.LSTM(16, 8, 2, batch_first=True, bidirectional=True), X)
    event = next(e for e in tape.events if e.op == "lstm")
    opened = tape.open(event.index)
    assert opened is not None
    assert opened.deviation < 1e-6
    ops = [e.op for e in opened.events]
    assert ops.count("sigmoid") == 3 * 5 * 2 * 2  # gates i, f, o; times; layers; directions
    torch.testing.assert_close(opened.output[0], tape.output[0], rtol=0, atol=1e-6)


@pytest.mark.filterwarnings("error")
def test_an_lstm_recorded_with_gradients_opens_without_a_warning() -> None:
    tape = explorer.record(nn.LSTM(16, 8), torch.randn(3, 2, 16))
    opened = tape.open("lstm#0")
    assert opened is not None
    assert opened.deviation < 1e-6


def test_a_composite_function_opens_and_a_plain_op_does_not() -> None:
    model = Calls(lambda x: F.gumbel_softmax(x, hard=True).relu())
    torch.manual_seed(0)
    tape = recorded(model, X)
    assert [e.op for e in tape.events][-1] == "relu"
    assert tape.open(tape.events[-1].index) is None
    composite = next(e for e in tape.events if e.op == "gumbel_softmax")
    opened = tape.open(composite.index)
    assert opened is not None
    assert opened.deviation == 0.0  # the same random numbers, too
    assert "softmax" in [e.op for e in opened.events]
    assert torch.equal(opened.output, tape.value(composite.outputs[0]))


def test_opening_leaves_the_tape_and_the_random_state_alone() -> None:
    torch.manual_seed(1)
    tape = recorded(nn.MultiheadAttention(16, 4, dropout=0.5, batch_first=True), X, X, X)
    state = torch.get_rng_state()
    event = next(e for e in tape.events if e.op == "multi_head_attention_forward")
    opened = tape.open(event.index)
    assert torch.equal(torch.get_rng_state(), state)
    assert opened is not None
    assert opened.deviation < 1e-6  # dropout drew what it drew
    assert tape.check()


X_OF_3 = torch.randn(4, 1, 3)
Q = torch.randn(1, 2, 4, 8)
TOKENS = torch.randn(1, 4, 8)


def attends(attention: nn.MultiheadAttention) -> Calls:
    made = Calls(lambda x: attention(x, x, x, need_weights=False)[0])
    made.attention = attention
    return made.eval()


FUSED: dict[str, tuple[nn.Module, Tensor]] = {
    "scaled_dot_product_attention": (Calls(lambda x: F.scaled_dot_product_attention(x, x, x)), Q),
    "multi_head_attention_forward": (attends(nn.MultiheadAttention(8, 2)), TOKENS),
    "native_multi_head_attention": (
        attends(nn.MultiheadAttention(8, 2, batch_first=True)), TOKENS
    ),
    "transformer_encoder_layer_fwd": (
        nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval(), TOKENS
    ),
    "lstm": (nn.LSTM(3, 5), X_OF_3), "lstm_cell": (nn.LSTMCell(3, 5), X_OF_3[0]),
    "gru": (nn.GRU(3, 5), X_OF_3), "gru_cell": (nn.GRUCell(3, 5), X_OF_3[0]),
    "rnn_tanh": (nn.RNN(3, 5, bias=False), X_OF_3),
    "rnn_tanh_cell": (nn.RNNCell(3, 5), X_OF_3[0]),
    "rnn_relu": (nn.RNN(3, 5, nonlinearity="relu"), X_OF_3),
    "rnn_relu_cell": (nn.RNNCell(3, 5, nonlinearity="relu"), X_OF_3[0]),
}  # fmt: skip


@pytest.mark.parametrize("name", FUSED)
def test_what_is_said_to_be_inside_of_a_fused_op_is_there(name: str) -> None:
    tape = recorded(*FUSED[name])
    event = next(e for e in tape.events if e.op.strip("_") == name)
    opened = tape.open(event.index)
    assert opened is not None
    made = {inner.op.strip("_") for inner in opened.events}
    assert inside(event.op)
    assert set(inside(event.op)) <= made
