"""One value minus another."""

from __future__ import annotations

import math

import torch

from explorer.core.values import View
from explorer.engine.differences import less
from explorer.engine.values import read


def test_two_infinities_of_one_sign_are_no_difference() -> None:
    one = torch.tensor([math.inf, -math.inf, math.inf, 3.0, 2.0, math.nan])
    other = torch.tensor([math.inf, -math.inf, -math.inf, math.inf, 2.5, math.nan])
    asked = View(0, 0, (0,), (0,), (9,), fit=True, minus=(1, 0))
    for found in (less(one, other), read(one, asked, other).data):
        assert found.tolist()[:5] == [0, 0, math.inf, -math.inf, -0.5]
        assert math.isnan(found[5])
