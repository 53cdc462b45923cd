"""Explaining a number: the terms add up, and the sources are the cells that count."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

import explorer
from explorer.core.problem import Problem


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(4, 8)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.linear(x).T, x.T])


def test_a_linear_cell_is_its_products_and_its_bias() -> None:
    model, x = Small(), torch.randn(3, 4)
    with torch.no_grad():
        tape = explorer.record(model, x)
    found = tape.explain("linear/linear#0", (2, 5))
    assert found.value == tape.value("linear/linear#0")[2, 5].item()
    assert found.exact
    assert len(found.terms) == 5
    assert sum(t.value for t in found.terms) == pytest.approx(found.value, rel=1e-6)
    weight, bias = tape.ref("linear.weight"), tape.ref("linear.bias")
    row = {(tape.ref("x"), (2, i)) for i in range(4)}
    assert found.cells() == row | {(weight, (5, i)) for i in range(4)} | {(bias, (5,))}
    few = tape.explain("linear/linear#0", (2, -3), limit=2)
    assert few.terms == found.terms[:2]
    assert few.rest.count == 3
    assert few.rest.value + sum(t.value for t in few.terms) == pytest.approx(found.value, rel=1e-6)


def test_bad_questions_get_a_sentence() -> None:
    tape = explorer.record(Small(), torch.randn(3, 4))
    with pytest.raises(Problem, match="outside of axis 1"):
        tape.explain("linear/linear#0", (0, 8))
    with pytest.raises(Problem, match="has 2 axes"):
        tape.explain("linear/linear#0", (0,))
    with pytest.raises(Problem, match="no value 99"):
        tape.explain(99, ())
    with pytest.raises(Problem, match="no value"):
        tape.explain("nothing", ())
