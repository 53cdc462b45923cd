"""Explaining a number of any function that PyTorch has: an answer or a Problem, never an error."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

import explorer
from explorer.core.problem import Problem
from tests.engine.explaining import assert_readable, record

SKIPPED = {"import_fft_lib", "solve_ex_out"}


def _arguments() -> list[tuple[Any, ...]]:
    torch.manual_seed(0)
    square = torch.randn(4, 4)
    positive = square @ square.T + torch.eye(4)
    row, many = torch.randn(4), torch.randn(2, 3, 4)
    return [
        (square,), (positive,), (many,), (row,), (square.abs() + 0.1,),
        (torch.randint(0, 3, (4, 4)),), (torch.randn(4, 4, dtype=torch.complex64),),
        (square, positive), (row, row), (many, many), (square, 2), (positive, 0.5),
        (square, torch.randint(0, 3, (4, 4))),
    ]  # fmt: skip


def _functions(home: Any) -> list[Callable[..., Any]]:
    names = (name for name in sorted(dir(home)) if name[0].islower() and name not in SKIPPED)
    found = (getattr(home, name) for name in names)
    return [one for one in found if callable(one) and not isinstance(one, type)]


def _explained(function: Callable[..., Any], *args: Any) -> list[explorer.Explanation]:
    """Every first and last cell of what a function gives."""
    tape = record(function, *args)
    found = []
    for value in tape.values:
        tensor = tape.value(value.name) if value.writer >= 0 else None
        if tensor is None or not tensor.numel():
            continue
        for index in ((0,) * tensor.dim(), tuple(n - 1 for n in tensor.shape)):
            try:
                found.append(tape.explain(value.name, index))
            except Problem:  # a sparse result, or the like
                continue
            str(found[-1])
            assert_readable(found[-1])
    return found


@pytest.mark.parametrize("home", [torch.special, torch.linalg, torch.fft])
def test_any_function_is_explained_or_said_not_to_be(home: Any) -> None:
    count = 0
    for function in _functions(home):
        for args in _arguments():
            try:
                function(*args)
            except (RuntimeError, TypeError, ValueError, IndexError):
                continue  # not what it takes
            count += len(_explained(function, *args))
    assert count > 100


@pytest.mark.parametrize(
    "function",
    [
        torch.matrix_exp, torch.logdet, torch.slogdet, torch.linalg.cond, torch.linalg.slogdet,
        torch.special.expm1, torch.special.exp2, torch.special.i0,
    ],
)  # fmt: skip
def test_what_overflows_on_large_numbers_is_explained(function: Callable[..., Any]) -> None:
    matrix = torch.randn(4, 4, dtype=torch.float64)
    found = _explained(function, matrix @ matrix.T + torch.eye(4))
    assert found
    for one in found:
        assert one.how in ("first order", "function", "unknown"), one
        assert abs(one.total - one.value) < 1e-9, one


def test_another_name_of_a_pointwise_op_is_one_too() -> None:
    for function in (torch.special.expm1, torch.special.i0, torch.special.bessel_j0):
        assert [one.how for one in _explained(function, torch.randn(3))] == ["function"] * 2


def test_what_comes_out_of_a_computation_is_no_constant() -> None:
    """The sign of a determinant, and an infinite sum: of other numbers they are the same."""
    matrix = torch.eye(3) * 2
    assert all(one.how != "made" for one in _explained(torch.linalg.slogdet, matrix))
    row = torch.tensor([3.0, -2.0])
    hinge = _explained(lambda x: torch.margin_ranking_loss(x, -x, x.sign()), row)
    assert [one.how for one in hinge if one.value == 0] == ["first order"] * 2
    large = torch.full((3, 3), 300.0)
    assert all(one.how != "made" for one in _explained(torch.matrix_exp, large))


def test_an_infinite_constant_is_one() -> None:
    def fill(x: Tensor) -> Tensor:
        return x.index_fill(0, torch.tensor([0]), -math.inf)

    assert [one.how for one in _explained(fill, torch.randn(2, 3))][-2:] == ["made", "copy"]
    padded = _explained(lambda x: F.pad(x, (1, 0), value=math.inf), torch.randn(2, 3))
    assert [one.how for one in padded] == ["made", "copy"]


def test_every_nan_of_unique_is_one_of_those_given() -> None:
    x = torch.tensor([1.0, math.nan, 1.0, math.nan])
    tape = record(torch.unique, x)
    cells = [tape.explain("unique#0", k).terms[0].cells[0].index for k in range(3)]
    assert cells == [(0,), (1,), (3,)]
