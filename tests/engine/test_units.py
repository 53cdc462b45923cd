"""How the numbers of units are spread, against NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from explorer.core.problem import Problem
from explorer.core.units import Order, UnitsView
from explorer.engine.measure import measure
from explorer.engine.units import units


def asked(axis: int, most: int = 1000, **more: object) -> UnitsView:
    return UnitsView(tape=1, value=2, axis=axis, most=most, **more)  # type: ignore[arg-type]


def by_hand(numbers: np.ndarray) -> tuple[list[float], float]:
    """A box of seven numbers, and the share of outliers."""
    some = numbers[np.isfinite(numbers)].astype(np.float64)
    if not some.size:
        return [math.nan] * 7, 0.0
    low, middle, high = np.quantile(some, [0.25, 0.5, 0.75])
    inside = some[(some >= low - 1.5 * (high - low)) & (some <= high + 1.5 * (high - low))]
    box = [some.min(), inside.min(), low, middle, high, inside.max(), some.max()]
    return [float(one) for one in box], 1 - inside.size / some.size


@pytest.mark.parametrize(
    ("shape", "axis"), [((5, 40), 0), ((2, 7, 33), 2), ((3, 4, 5, 6), 1), ((9,), 0), ((4, 1), 0)]
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.int64])
def test_boxes_are_those_of_numpy(shape: tuple[int, ...], axis: int, dtype: torch.dtype) -> None:
    torch.manual_seed(1)
    value = (torch.randn(shape, dtype=torch.float64) ** 3 * 10).to(dtype)
    if dtype.is_floating_point:
        value.view(-1)[::7] = torch.nan
        value.view(-1)[1::11] = -torch.inf
    found = units(value, asked(axis))
    rows = value.double().movedim(axis, 0).reshape(shape[axis], -1).numpy()
    assert (found.total, found.count) == rows.shape
    for n, row in enumerate(rows):
        box, share = by_hand(row)
        assert found.boxes[n].tolist() == pytest.approx(box, nan_ok=True)
        assert found.outliers[n] == pytest.approx(share)


@pytest.mark.parametrize(
    ("order", "wanted"), [("place", [1, 2]), ("median", [0, 2]), ("largest", [0, 1])]
)
def test_units_come_in_order_and_a_part_at_a_time(order: Order, wanted: list[int]) -> None:
    value = torch.tensor([[5.0, 5.0, 5.0], [-9.0, 1.0, 1.0], [3.0, 3.0, torch.nan], [7, 7, -80]])
    found = units(value, asked(0, most=2, first=1, order=order))
    assert (found.at.tolist(), found.total) == (
        {"place": [1, 2], "median": [0, 2], "largest": [1, 0]}[order], 4,
    )  # fmt: skip
    assert sorted(found.at.tolist()) == wanted
    assert len(found.boxes) == len(found.outliers) == 2


def test_silent_units_are_0_everywhere_and_saturated_ones_at_a_bound() -> None:
    value = torch.rand(3, 6, 10) * 0.5 + 0.2
    value[:, 1] = 0
    value[:, 4] = 0.995
    value[0, 4] = 0.004
    value[:, 2] = 1.0
    value[2, 2, 3] = 0.97  # not quite
    value[:, 5] = 0
    value[0, 5, 0] = torch.nan
    found = units(value, asked(1, most=2, bounds=(0.0, 1.0)))
    assert (found.silent.tolist(), found.silents) == ([1], 1)
    assert (found.saturated.tolist(), found.full) == ([1, 4], 2)
    assert units(value, asked(1)).full == 0
    assert found.idle.tolist() == [False, True]  # of those that are told
    all_told = units(value, asked(1, bounds=(0.0, 1.0)))
    assert all_told.at.tolist() == [0, 1, 2, 3, 4, 5]
    assert all_told.idle.tolist() == [False, True, False, False, True, False]


def test_many_silent_units_are_counted_and_some_named() -> None:
    found = units(torch.zeros(2, 3000), asked(1, most=5))
    assert (found.silents, len(found.silent), len(found.at)) == (3000, 500, 5)


def test_units_say_nothing_also_beyond_those_that_are_named() -> None:
    value = torch.zeros(2, 3000)
    value[:, 2990] = 1.0
    found = units(value, asked(1, first=2988, most=5))
    assert found.at.tolist() == [2988, 2989, 2990, 2991, 2992]
    assert found.idle.tolist() == [True, True, False, True, True]


def test_quartiles_of_large_values_are_those_of_an_even_sample() -> None:
    torch.manual_seed(0)
    value = torch.randn(8, 1 << 19)
    value[3, 5] = 1000.0
    found = units(value, asked(0))
    assert found.sampled < found.count == 1 << 19
    assert found.boxes[3, 6] == 1000.0  # the ends are of all
    np.testing.assert_allclose(found.boxes[:, 2], -0.6745, atol=0.01)
    np.testing.assert_allclose(found.outliers, 0.00698, atol=0.001)


@pytest.mark.parametrize("value", [torch.zeros(0, 4), torch.zeros(4, 0), torch.tensor([True])])
def test_few_numbers_or_none(value: Tensor) -> None:
    for axis in range(value.dim()):
        found = units(value, asked(axis))
        assert found.total == value.shape[axis]
        assert found.boxes.shape == (value.shape[axis], 7)


def test_there_must_be_such_an_axis_and_numbers() -> None:
    with pytest.raises(Problem, match="no axis 2"):
        units(torch.ones(2, 2), asked(2))
    with pytest.raises(Problem, match="meta device"):
        units(torch.ones(2, 2, device="meta"), asked(0))


def test_no_more_travels_than_is_shown() -> None:
    found = units(torch.randn(4, 100_000), asked(1, most=40))
    sizes = [found.at, found.boxes, found.outliers, found.silent, found.saturated]
    assert sum(one.nbytes for one in sizes) <= 40 * (8 + 7 * 8 + 8) + 2 * 500 * 8


@pytest.mark.parametrize("scale", [1.0, 1e-3, 1e6])
def test_outliers_of_a_whole_value(scale: float) -> None:
    torch.manual_seed(2)
    value = torch.randn(30_000) * scale
    value[:50] = 40 * scale
    value[50] = torch.nan
    s = measure(value, 1, 2)
    numbers = value[value.isfinite()].double().numpy()
    low, middle, high = np.quantile(numbers, [0.25, 0.5, 0.75])
    beyond = (numbers < low - 1.5 * (high - low)) | (numbers > high + 1.5 * (high - low))
    assert s.quartiles == pytest.approx((low, middle, high))
    assert s.outliers == pytest.approx(beyond.sum(), abs=2)
    assert s.outliers >= 50


def test_the_largest_by_mean_size_come_first() -> None:
    torch.manual_seed(2)
    tensor = torch.randn(2, 30, 5, 5)
    tensor[0, 7] = torch.inf  # counts as 0
    found = units(tensor, UnitsView(1, 2, axis=1, most=12, order="mean"))
    sizes = torch.where(tensor.isfinite(), tensor.abs(), 0).mean((0, 2, 3))
    assert found.at.tolist() == sizes.argsort(descending=True)[:12].tolist()
