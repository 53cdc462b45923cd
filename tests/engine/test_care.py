"""What the recorder minds about a call."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_padded_sequence

import explorer

X = torch.randn(2, 5, 4)


def packed(x: Tensor) -> Any:
    return pack_padded_sequence(x, torch.tensor([5, 3]), batch_first=True)


class Calls(nn.Module):
    """Ops that draw in training, with ``rate`` above 0, and at no other time."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate
        self.dropout = nn.Dropout(rate)
        self.lstm = nn.LSTM(4, 4, 2, batch_first=True, dropout=rate)
        self.gru = nn.GRU(4, 4, 2, batch_first=True, dropout=rate)

    def forward(self, x: Tensor) -> list[Tensor]:
        rate = self.rate if self.training else 0.0
        return [
            self.dropout(x),
            F.dropout(x, self.rate, training=self.training),
            F.dropout2d(x, p=self.rate, training=self.training),
            torch.dropout(x, self.rate, self.training),
            F.scaled_dot_product_attention(x, x, x, dropout_p=rate),
            F.scaled_dot_product_attention(x, x, x, None, rate),
            self.lstm(x)[0],
            self.gru(packed(x))[0].data,
        ]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("rate", [0.0, 0.5])
def test_what_draws_numbers_draws_them_again(training: bool, rate: float) -> None:
    model = Calls(rate).train(training)
    torch.manual_seed(3)
    plain, state = model(X), torch.get_rng_state()
    torch.manual_seed(3)
    tape = explorer.record(model, X)
    assert torch.equal(torch.get_rng_state(), state)
    for ours, theirs in zip(tape.output, plain, strict=True):
        assert torch.equal(ours, theirs)
    torch.manual_seed(99)
    proof = tape.check()
    assert proof, proof
    with explorer.budget(0):
        torch.manual_seed(3)
        small = explorer.record(model, X)
    for value in tape.values:
        assert torch.equal(small.value(value.name), tape.value(value.name)), value.name


def test_the_random_state_is_copied_only_for_what_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    copies = Mock(wraps=torch.get_rng_state)
    monkeypatch.setattr(torch, "get_rng_state", copies)
    explorer.record(Calls(0.5).eval(), X)
    quiet = copies.call_count
    explorer.record(Calls(0.5).train(), X)
    assert quiet <= 1  # of a packed sequence nobody can tell
    assert copies.call_count - quiet == 8
