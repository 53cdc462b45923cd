"""How small a difference must be to be rounding."""

from __future__ import annotations

import pytest

from explorer.core.values import Span
from explorer.picture.rounding import rounding


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
