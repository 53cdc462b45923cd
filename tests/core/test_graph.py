"""Recordings as data."""

from __future__ import annotations

import pytest

from explorer.core.graph import Failure


@pytest.mark.parametrize(
    ("names", "shapes", "text"),
    [
        (("weight", "input"), ((32, 64), (1, 128)), "weight 32×64, input 1×128"),
        (("input", ""), ((2, 3), ()), "input 2×3, ()"),
        ((), ((1,), (2,)), "1, 2"),
        ((), (), ""),
    ],
)
def test_the_shapes_that_met_have_their_names(
    names: tuple[str, ...], shapes: tuple[tuple[int, ...], ...], text: str
) -> None:
    assert Failure("op", "fc", shapes, "net.py:7", "no fit", names).met == text
