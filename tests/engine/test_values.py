"""Readings and statistics against numpy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from explorer.core.apart import ApartView
from explorer.core.problem import Problem
from explorer.core.values import View
from explorer.engine.measure import measure
from explorer.engine.values import furthest_apart, read, span_of


def view(keep: tuple[int, ...], at: tuple[int, ...], size: tuple[int, ...], **more: object) -> View:
    return View(0, 0, keep, at, size, **more)  # type: ignore[arg-type]


def test_a_slice_is_exact_and_in_the_order_asked_for() -> None:
    value = torch.randn(2, 3, 4, 5)
    found = read(value, view((3, 1), (1, 0, 2, 0), (99, 99)))
    assert np.array_equal(found.data, value[1, :, 2].T.numpy())
    assert found.block == (1, 1)
    assert found.exact


@pytest.mark.parametrize("reduce", ["max-abs", "mean", "max"])
@pytest.mark.parametrize("shape", [(64, 48), (65, 49), (7, 100)])
def test_blocks_equal_numpy(reduce: str, shape: tuple[int, int]) -> None:
    value = torch.randn(shape, dtype=torch.float64)
    found = read(value, view((0, 1), (0, 0), (16, 16), reduce=reduce))
    rows, columns = found.block
    assert (rows, columns) == tuple(math.ceil(n / 16) for n in shape)
    array = value.numpy()
    for i in range(found.data.shape[0]):
        for j in range(found.data.shape[1]):
            block = array[i * rows : (i + 1) * rows, j * columns : (j + 1) * columns]
            wanted = {
                "mean": block.mean(),
                "max": block.max(),
                "max-abs": block.flat[np.abs(block).argmax()],
            }[reduce]
            assert found.data[i, j] == pytest.approx(wanted, rel=1e-12)
    assert all(n <= 16 for n in found.data.shape)


@pytest.mark.parametrize("reduce", ["max-abs", "mean", "max"])
@pytest.mark.parametrize("strange", [math.nan, math.inf])
def test_nan_and_infinity_survive_reduction(reduce: str, strange: float) -> None:
    value = torch.randn(40, 40)
    value[21, 33] = strange
    found = read(value, view((0, 1), (0, 0), (4, 4), reduce=reduce)).data
    assert np.argwhere(~np.isfinite(found)).tolist() == [[2, 3]]
    assert str(found[2, 3]) == str(strange)


def test_minus_infinity_survives_where_it_is_the_largest_in_size() -> None:
    value = torch.zeros(8)
    value[5] = -math.inf
    assert read(value, view((0,), (0,), (2,))).data.tolist() == [0, -math.inf]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (torch.tensor([True, False]), [1, 0]),
        (torch.tensor([2**40, -3]), [2**40, -3]),
        (torch.tensor([7, 250], dtype=torch.uint8), [7, 250]),
        (torch.tensor([1.5, -2.0], dtype=torch.bfloat16), [1.5, -2]),
        (torch.tensor([1.5, -2.0], dtype=torch.float16), [1.5, -2]),
        (torch.tensor([3 + 4j, 0j]), [5, 0]),
        (torch.tensor([0.0, 2.0]).to_sparse(), [0, 2]),
        (torch.tensor([1.0, 2.0], requires_grad=True), [1, 2]),
    ],
)
def test_every_kind_of_number(value: Tensor, wanted: list[float]) -> None:
    found = read(value, view((0,), (0,), (9,))).data
    whole = value.dtype == torch.int64
    assert found.dtype in ((np.int64,) if whole else (np.float32, np.float64))
    assert found.tolist() == wanted
    statistics = measure(value, 0, 0)
    assert (statistics.minimum, statistics.maximum) == (min(wanted), max(wanted))
    assert statistics.counts.sum() == 2


def test_scalars_and_empty_values() -> None:
    assert read(torch.tensor(3.0), view((), (), ())).data.tolist() == 3
    assert read(torch.empty(0, 4), view((0, 1), (0, 0), (9, 9))).data.shape == (0, 4)
    assert read(torch.empty(0, 4), view((1,), (0, 0), (9,))).data.tolist() == [0, 0, 0, 0]
    assert measure(torch.empty(0, 4), 0, 0).counts.sum() == 0
    assert measure(torch.tensor(3.0), 0, 0).mean == 3


@pytest.mark.parametrize("shape", [(0, 3000), (3000, 0), (2, 0)])
@pytest.mark.parametrize("reduce", ["max-abs", "mean", "max"])
def test_an_empty_value_is_reduced_to_an_empty_one(shape: tuple[int, int], reduce: str) -> None:
    found = read(torch.empty(shape), view((0, 1), (0, 0), (1, 1), reduce=reduce, fit=True))
    assert found.data.shape == tuple(min(n, 1) for n in shape)
    assert found.span is not None
    assert math.isnan(found.span.minimum)


def test_a_view_that_does_not_fit_is_a_problem() -> None:
    with pytest.raises(Problem, match="does not fit"):
        read(torch.zeros(2, 2), view((0, 1), (0,), (9, 9)))


def test_statistics_equal_numpy() -> None:
    value = torch.randn(50, 40)
    value[0, :3] = torch.tensor([math.nan, math.inf, -math.inf])
    value[1, :5] = 0
    found = measure(value, 4, 9)
    array = value.double().numpy()
    finite = array[np.isfinite(array)]
    assert (found.tape, found.value, found.count) == (4, 9, 2000)
    assert (found.nans, found.infinities, found.zeros) == (1, 2, 5)
    assert found.minimum == finite.min()
    assert found.maximum == finite.max()
    assert found.mean == pytest.approx(finite.mean(), rel=1e-12)
    assert found.std == pytest.approx(finite.std(), rel=1e-12)
    counts, _ = np.histogram(finite, len(found.counts), (finite.min(), finite.max()))
    assert np.array_equal(found.counts, counts)
    assert found.sampled == len(finite)


def test_a_large_value_is_sampled_evenly_for_its_histogram() -> None:
    value = torch.linspace(0, 1, (1 << 20) * 3 + 17)
    found = measure(value, 0, 0)
    assert found.counts.sum() == found.sampled <= 1 << 20
    assert found.counts.max() - found.counts.min() < found.sampled / 64 * 0.01


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("few", [(1e8, 1e8 + 24), (0.1, 0.3), (1.0, 1.0 + 2**-23)])
def test_the_few_finite_numbers_among_many_others_have_exact_statistics(
    few: tuple[float, float], odd: float
) -> None:
    value = torch.full((3 << 20,), odd)
    value[-2:] = torch.tensor(few)
    found = measure(value, 0, 0)
    finite = value[-2:].double().numpy()
    assert (found.minimum, found.maximum) == (finite.min(), finite.max())
    assert found.mean == pytest.approx(finite.mean(), rel=1e-12)
    assert found.std == pytest.approx(finite.std(), rel=1e-9)
    assert found.quartiles == pytest.approx(np.quantile(finite, [0.25, 0.5, 0.75]), rel=1e-12)
    assert (found.counts.sum(), found.outliers, found.sampled) == (2, 0, 2)
    assert found.nans + found.infinities == len(value) - 2


def test_a_spread_far_smaller_than_the_numbers_is_exact() -> None:
    value = 1e6 + torch.rand(100_000)
    wanted = value.double().numpy()
    assert measure(value, 0, 0).std == pytest.approx(wanted.std(), rel=1e-9)
    assert measure(value.double() + 1e9, 0, 0).std == pytest.approx(wanted.std(), rel=1e-6)


def test_outliers_are_those_that_numpy_finds() -> None:
    for numbers in torch.randint(-20, 21, (300, 9)) / 10:  # many lie on a fence
        array = numbers.double().numpy()
        first, third = np.quantile(array, [0.25, 0.75])
        reach = 1.5 * (third - first)
        wanted = ((array < first - reach) | (array > third + reach)).sum()
        assert measure(numbers, 0, 0).outliers == wanted


@pytest.mark.parametrize("columns", [2, 3, 5, 30, 4096])
@pytest.mark.parametrize("finite", [1.0, 0.01])
def test_every_column_of_a_large_value_is_in_its_sample(columns: int, finite: float) -> None:
    rows = (1 << 22) // columns
    value = torch.rand(rows, columns, generator=torch.Generator().manual_seed(0))
    value += torch.arange(columns)  # each column has a range of its own
    value[: int((1 - finite) * rows)] = math.nan  # of few finite numbers all are looked at
    found = measure(value, 0, 0)
    shares = np.array(found.quartiles) / columns
    assert shares == pytest.approx([0.25, 0.5, 0.75], abs=0.02)
    assert found.outliers == 0
    assert found.counts / found.sampled == pytest.approx(np.full(64, 1 / 64), rel=0.2)


@pytest.mark.parametrize("columns", [2, 3, 30])
def test_every_column_of_a_large_value_counts_for_its_colours(columns: int) -> None:
    value = torch.zeros((1 << 20) // columns, columns)
    value[:, 1] = 100.0
    assert (span_of(value).low, span_of(value).high) == (0.0, 100.0)


@pytest.mark.parametrize("scale", [2.0**200, 2.0**664, 2.0**1013, 2.0**1023])
@pytest.mark.parametrize("shape", [(0.5, 1.0), (-1.0, 1.0), (-1.0, 0.0)])
def test_numbers_too_large_for_float32_have_statistics(
    scale: float, shape: tuple[float, float]
) -> None:
    small = (
        torch.linspace(*shape, 1001, dtype=torch.float64)
        .square()
        .copysign(torch.linspace(*shape, 1001, dtype=torch.float64))
    )  # not even, so that the mean is not the median
    found, wanted = measure(small * scale, 0, 0), small.numpy()
    assert found.mean / scale == pytest.approx(wanted.mean(), rel=1e-9, abs=1e-12)
    assert found.std / scale == pytest.approx(wanted.std(), rel=1e-9)
    quartiles = np.quantile(wanted, [0.25, 0.5, 0.75])
    assert np.array(found.quartiles) / scale == pytest.approx(quartiles, rel=1e-9, abs=1e-12)
    assert found.counts.tolist() == measure(small, 0, 0).counts.tolist()
    assert (found.sampled, found.outliers) == (1001, measure(small, 0, 0).outliers)
    plane = read(small * scale, view((0,), (0,), (9,), fit=True)).span
    assert plane is not None
    near = np.quantile(wanted, [0.01, 0.99])
    assert (plane.low / scale, plane.high / scale) == pytest.approx(tuple(near), rel=1e-9)


@pytest.mark.parametrize("share", [0.2, 0.8])
def test_a_mask_of_the_least_float64_has_statistics(share: float) -> None:
    least = torch.finfo(torch.float64).min
    value = torch.zeros(1000, dtype=torch.float64)
    value[: int(1000 * share)] = least
    found = measure(value, 0, 0)
    assert found.mean == pytest.approx(share * least, rel=1e-12)
    assert found.std == pytest.approx(-least * math.sqrt(share * (1 - share)), rel=1e-12)
    assert found.counts.sum() == 1000


def test_one_repeated_number_has_a_histogram() -> None:
    found = measure(torch.full((7,), 2.0), 0, 0)
    assert found.counts.sum() == 7
    assert found.std == 0


@pytest.mark.parametrize("layout", [torch.strided, torch.jagged])
def test_a_nested_value_is_read_with_nothing_after_the_end_of_a_part(
    layout: torch.layout,
) -> None:
    parts = [torch.randn(1, 4), torch.randn(3, 4)]
    value = torch.nested.nested_tensor(parts, layout=layout)
    found = read(value, view((1, 2), (0, 0, 0), (9, 9)))
    assert np.array_equal(found.data[:1], parts[0].numpy())
    assert np.isnan(found.data[1:]).all()
    assert np.array_equal(read(value, view((1, 2), (1, 0, 0), (9, 9))).data, parts[1].numpy())
    known = measure(value, 0, 0)
    assert known.maximum == float(torch.cat(parts).max())
    whole = torch.nested.nested_tensor([torch.arange(2), torch.arange(3)], layout=layout)
    assert read(whole, view((0, 1), (0, 0), (9, 9))).data.tolist() == [[0, 1, 0], [0, 1, 2]]


def test_a_masked_value_is_read_without_what_is_masked() -> None:
    numbers, mask = torch.randn(3, 4), torch.rand(3, 4) > 0.5
    value = torch.masked.masked_tensor(numbers, mask)
    found = read(value, view((0, 1), (0, 0), (9, 9))).data
    assert np.array_equal(found, torch.where(mask, numbers, torch.nan).numpy(), equal_nan=True)


def test_a_value_without_numbers_is_a_problem() -> None:
    with pytest.raises(Problem, match="meta device"):
        measure(torch.empty(3, device="meta"), 0, 0)


def test_single_positions_are_taken_before_anything_is_reduced() -> None:
    weight = torch.arange(20.0).reshape(4, 5)
    view = View(1, 0, (1, 0), (0, 0), (2, 3), take=((4, 1), (0, 3, 2)))
    reading = read(weight, view)
    assert reading.data.tolist() == [[4.0, 19.0, 14.0], [1.0, 16.0, 11.0]]
    assert reading.exact
    part = read(weight, View(1, 0, (0, 1), (0, 0), (4, 2), take=((), (0, 4))))
    assert part.data.tolist() == weight[:, [0, 4]].tolist()


INF, NAN = math.inf, math.nan


@pytest.mark.parametrize(
    ("one", "other", "index", "number"),
    [
        (torch.tensor([1.0, 2.0, -4.0]), torch.tensor([1.0, 2.5, -1.0]), (2,), 3.0),
        (torch.tensor([[1 + 1j, 3j]]), torch.tensor([[1 - 1j, 3j]]), (0, 0), 2.0),  # equal in size
        (torch.tensor([9.0, INF]), torch.tensor([0.0, 1.0]), (1,), INF),
        (torch.tensor([9.0, NAN]), torch.tensor([0.0, 1.0]), (1,), INF),
        (torch.tensor([9.0, 1.0]), torch.tensor([0.0, NAN]), (1,), INF),
        (torch.tensor([9.0, INF]), torch.tensor([0.0, -INF]), (1,), INF),
        (torch.tensor([INF, -INF, NAN, 1.0]), torch.tensor([INF, -INF, NAN, 3.0]), (3,), 2.0),
        (torch.tensor([INF, -INF, NAN]), torch.tensor([INF, -INF, NAN]), (), 0.0),
        (torch.tensor([5, 2**60]), torch.tensor([5, 2**60 + 1]), (1,), 1.0),
        (torch.tensor([5, 2**63 - 1]), torch.tensor([6, -(2**63)]), (1,), 2.0**64),
        (torch.tensor([True, False]), torch.tensor([True, True]), (1,), 1.0),
        (torch.tensor([0.5]).bfloat16(), torch.tensor([2.0]).bfloat16(), (0,), 1.5),
        (torch.tensor(1.0), torch.tensor(4.0), (), 3.0),
        (torch.empty(0, 3), torch.empty(0, 3), (), 0.0),
    ],
)
def test_where_two_values_differ_most(
    one: Tensor, other: Tensor, index: tuple[int, ...], number: float
) -> None:
    found = furthest_apart(one, other, ApartView(0, 0, (0, 1)))
    assert (found.index, found.number) == (index, number)


def test_values_of_different_shapes_do_not_differ_anywhere() -> None:
    with pytest.raises(Problem, match="cannot be subtracted"):
        furthest_apart(torch.zeros(2), torch.zeros(3), ApartView(0, 0, (0, 1)))
