"""One value minus another: what is the same in both, and what may be rounding."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from explorer.core.values import View
from explorer.engine.differences import are_rounded, last_place, less
from explorer.engine.values import Spans, read

LAST = last_place(torch.float32)


def rounded(one: Tensor, other: Tensor) -> bool:
    """Of single precision."""
    return are_rounded(one, other, LAST, float((one - other).abs().max()))


def test_two_infinities_of_one_sign_are_no_difference() -> None:
    one = torch.tensor([math.inf, -math.inf, math.inf, 3.0, 2.0, math.nan])
    other = torch.tensor([math.inf, -math.inf, -math.inf, math.inf, 2.5, math.nan])
    asked = View(0, 0, (0,), (0,), (9,), fit=True, minus=(1, 0))
    for found in (less(one, other), read(one, asked, other).data):
        assert found.tolist()[:5] == [0, 0, math.inf, -math.inf, -0.5]
        assert math.isnan(found[5])


def test_the_last_place_is_that_of_the_coarser_type() -> None:
    assert last_place(torch.float32, torch.bfloat16) == 2**-7
    assert last_place(torch.complex64) == 2**-23
    assert last_place(torch.int64, torch.bool) == 0


def test_sums_in_another_order_may_be_rounding() -> None:
    torch.manual_seed(0)
    one = torch.randn(40, 64) @ torch.randn(64, 30)
    other = one + 2**-21 * torch.randint(-1, 2, one.shape)
    assert rounded(one, other)
    assert rounded(one, one)


@pytest.mark.parametrize("size", [(9, 9), (9, 2), (2, 1)])
def test_small_numbers_beside_large_ones_that_differ_by_all_they_are_are_no_rounding(
    size: tuple[int, int],
) -> None:
    """In a picture of all numbers, and in one of blocks with large ones in each."""
    one = torch.full((4, 8), 1e6)
    one[:, ::2] = 0.08
    other = one.clone()
    other[:, 2] = 0
    assert not rounded(one, other)
    asked = View(0, 0, (0, 1), (0, 0), size, fit=True, minus=(1, 0))
    spans = Spans()
    for near, is_rounded in ((other, False), (other, False), (one * (1 + LAST), True)):
        span = read(one, asked, near, None if is_rounded else spans).span  # also remembered
        assert span is not None
        assert span.rounded == is_rounded


def test_as_many_small_differences_as_large_ones_may_be_rounding_and_fewer_are_not() -> None:
    def beside(*numbers: float) -> Tensor:
        return torch.tensor([1e9, *numbers])

    one, near = beside(1, 1, 1, 1), 1 + LAST
    assert rounded(one, beside(near, near, 2, 3))
    assert not rounded(one, beside(near, 1, 2, 3))
    assert rounded(one, beside(1 + 15 * LAST, 1, 1, 1))
    assert not rounded(one, beside(1 + 40 * LAST, 1, 1, 1))
    assert not rounded(torch.ones(4), torch.tensor([near, near, near, 2]))  # beyond any rounding
