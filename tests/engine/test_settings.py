"""What is computed again is computed with the settings that were in force then."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

import explorer


class Attention(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        with sdpa_kernel(SDPBackend.MATH):
            slowly = F.scaled_dot_product_attention(x, x, x)
        return slowly + F.scaled_dot_product_attention(x, x, x)


class Doubles(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        before = torch.get_default_dtype()
        torch.set_default_dtype(torch.float64)
        zeros = torch.zeros(3)
        torch.set_default_dtype(before)
        return x.mean() + zeros


CASES: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
    "attention": (Attention(), (2, 4, 64, 32)),
    "dtype": (Doubles(), (8,)),
}


@pytest.mark.parametrize("name", CASES)
def test_what_a_model_sets_around_an_op_holds_for_it_again(name: str) -> None:
    model, shape = CASES[name]
    x = torch.randn(shape)
    with torch.no_grad():
        tape = explorer.record(model, x)
        assert torch.equal(tape.output, model(x))
        proof = tape.check()
        assert proof, proof
        other = torch.randn(shape)
        assert torch.equal(tape.replay({"x": other}).output, model(other))
        with explorer.budget(0):
            small = explorer.record(model, x)
        for value in tape.values:
            assert torch.equal(small.value(value.name), tape.value(value.name)), value.name


def test_what_is_set_around_a_pass_holds_for_it_again() -> None:
    x = torch.randn(2, 4, 64, 32)
    plain = explorer.record(Attention(), x)
    with sdpa_kernel(SDPBackend.MATH):
        tape = explorer.record(Attention(), x)
        assert plain.check()
    assert tape.check()


def test_what_is_summed_by_one_thread_is_so_again() -> None:
    x = torch.randn(1_000_000)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        tape = explorer.record(Sum(), x)
        torch.set_num_threads(4)
        assert tape.check()
        assert torch.get_num_threads() == 4
    finally:
        torch.set_num_threads(before)


class Sum(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.sum()
