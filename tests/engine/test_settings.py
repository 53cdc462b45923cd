"""What is computed again is computed with the settings that were in force then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

import explorer
from explorer.engine.settings import _FLAGS


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


class Threads(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        alone = x.sum()
        torch.set_num_threads(before)
        return alone - x.sum()


CASES: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
    "attention": (Attention(), (2, 4, 64, 32)),
    "dtype": (Doubles(), (8,)),
    "threads": (Threads(), (1_000_000,)),
}


@pytest.fixture
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
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


class Raising(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        torch.set_num_threads(1)
        raise ValueError("no")


@pytest.mark.usefixtures("two_threads")
def test_pytorchs_own_functions_are_back_afterwards() -> None:
    def setters() -> list[Any]:
        return [getattr(owner, name) for _, owner, name in _FLAGS]

    before = setters()
    explorer.record(nn.Linear(2, 2), torch.randn(1, 2))
    assert setters() == before
    with pytest.raises(ValueError, match="no"):
        explorer.record(Raising(), torch.randn(1))
    assert setters() == before
    assert torch.get_num_threads() == 1  # as after the plain call
