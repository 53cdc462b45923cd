"""Numbers as people read them."""

from __future__ import annotations

import pytest

from explorer.picture.numbers import bracketed, percent_text


def test_a_negative_number_after_a_sign_is_in_brackets() -> None:
    assert f"0 − {bracketed('−0.166')}" == "0 − (−0.166)"
    assert bracketed("0.166") == "0.166"


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0.0%"), (1e-6, "<0.1%"), (0.1234, "12.3%"), (0.99999, ">99.9%"), (1.0, "100.0%")],
)
def test_what_is_not_quite_nothing_or_all_is_not_written_as_that(share: float, text: str) -> None:
    assert percent_text(share) == text
