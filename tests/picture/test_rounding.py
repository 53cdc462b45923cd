"""How small a difference must be to be rounding."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.core.values import Span
from explorer.picture.rounding import may_be_rounding, rounding


def test_it_is_a_few_units_in_the_last_place_of_the_type() -> None:
    span = Span(-2.0, 8.0, -1.0, 4.0)
    assert rounding("float32", span) == pytest.approx(4 * 4 * 2**-23)
    assert rounding("bfloat16", span) == pytest.approx(4 * 2**-7)  # one is a part in 128
    assert rounding("int64", span) == 0
    assert rounding("float32", None) == 0


def test_one_number_far_from_all_others_hides_no_difference_of_these() -> None:
    usual = Span(-1.0, 1.0, -1.0, 1.0)
    assert rounding("float32", Span(-1.0, 1e6, -1.0, 1.0)) == rounding("float32", usual)


def test_what_is_no_number_counts_for_nothing() -> None:
    none = Span(float("nan"), float("nan"), float("nan"), float("nan"))
    assert rounding("float32", none) == 0
    assert rounding("float32", Span(-1.0, float("inf"), -1.0, float("inf"))) > 0


def test_sums_in_another_order_may_be_rounding() -> None:
    made = np.random.default_rng(0)
    one = made.normal(size=(40, 64)).astype(np.float32) @ made.normal(size=(64, 30)).astype("f4")
    other = one + np.float32(2**-21) * made.choice([-1, 0, 1], one.shape).astype(np.float32)
    assert may_be_rounding("float32", one, other, one - other)
    assert may_be_rounding("float32", one, one, one - one)


def test_small_numbers_beside_large_ones_that_differ_by_all_they_are_are_no_rounding() -> None:
    one = np.full((4, 8), 1e6, np.float32)
    one[:, 4:] = 0.08
    other = one.copy()
    other[:, 6] = 0
    assert abs(one - other).max() < rounding("float32", Span(0, 1e6, 0, 1e6))
    assert not may_be_rounding("float32", one, other, one - other)


def test_of_other_shapes_nobody_can_say() -> None:
    one = np.ones((2, 3))
    assert not may_be_rounding("float32", one, np.ones((2, 2)), one)
