"""Planes of values: windows, slices that stand for an axis, differences, files; against torch."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from explorer.core.problem import Problem
from explorer.core.values import Along, Part, Span, View
from explorer.engine.saving import save_csv, save_npy
from explorer.engine.values import Spans, read, seek, span_of


def view(keep: tuple[int, ...], rank: int, size: tuple[int, ...], **more: object) -> View:
    return View(0, 0, keep, (0,) * rank, size, **more)  # type: ignore[arg-type]


# ------------------------------------------------------------------ windows


@given(
    first=st.integers(0, 40), length=st.integers(1, 41), room=st.integers(1, 12),
    rows=st.booleans(),
)  # fmt: skip
def test_a_window_has_the_blocks_of_its_own_length(
    first: int, length: int, room: int, rows: bool
) -> None:
    value = torch.arange(41 * 7, dtype=torch.float64).reshape(41, 7).sin()
    value = value if rows else value.T.contiguous()
    window = range(first, first + length)  # it may end beyond the axis
    asked = view((0, 1), 2, (room, 99), window=(window, range(7)), reduce="mean")
    if not rows:
        asked = view((1, 0), 2, (room, 99), window=(window, range(7)), reduce="mean")
    found = read(value, asked)
    block = math.ceil(length / room)
    seen = (value if rows else value.T)[first : first + length]
    wanted = torch.stack([part.mean(0) for part in seen.split(block)]) if len(seen) else seen
    assert found.block[0] == block
    np.testing.assert_allclose(found.data, wanted.numpy(), rtol=1e-12)


def test_the_same_block_is_the_same_number_wherever_the_window_begins() -> None:
    value = torch.randn(64, 64)
    whole = read(value, view((0, 1), 2, (16, 16))).data
    for start in (0, 4, 20):
        window = (range(start, start + 24), range(8, 40))
        part = read(value, view((0, 1), 2, (6, 8), window=window)).data
        assert np.array_equal(part, whole[start // 4 : start // 4 + 6, 2:10])


def test_a_window_for_another_number_of_axes_is_a_problem() -> None:
    with pytest.raises(Problem, match="does not fit"):
        read(torch.zeros(3, 3), view((0, 1), 2, (9, 9), window=(range(3),)))


# ------------------------------------------------------------------ axes as one number

ONE: dict[Along, Callable[[Tensor, int], Tensor]] = {
    "mean": lambda x, axis: x.mean(axis),
    "max": lambda x, axis: x.amax(axis),
    "norm": lambda x, axis: x.norm(dim=axis),
}


@pytest.mark.parametrize("how", list(ONE))
def test_an_axis_becomes_one_number(how: Along) -> None:
    value = torch.randn(3, 4, 5, 6)
    asked = View(0, 0, (3, 1), (2, 0, 0, 0), (9, 9), along=("", "", how, ""))
    np.testing.assert_allclose(
        read(value, asked).data, ONE[how](value[2], 1).T.numpy(), rtol=1e-5
    )  # fmt: skip


def test_of_several_axes_the_last_is_the_first_to_go() -> None:
    value = torch.randn(3, 4, 5)
    asked = View(0, 0, (1,), (0, 0, 0), (9,), along=("norm", "", "max"))
    wanted = value.amax(2).norm(dim=0)
    np.testing.assert_allclose(read(value, asked).data, wanted.numpy(), rtol=1e-5)


@pytest.mark.parametrize("dtype", [torch.bool, torch.int64, torch.bfloat16, torch.complex64])
def test_means_are_of_numbers_of_every_kind(dtype: torch.dtype) -> None:
    value = (torch.randn(50, 6) * 4).to(dtype)
    real = value.abs() if value.is_complex() else value
    asked = View(0, 0, (1,), (0, 0), (9,), along=("mean", ""))
    np.testing.assert_allclose(read(value, asked).data, real.double().mean(0).numpy(), rtol=1e-5)


def test_an_axis_without_positions_has_no_mean_and_does_not_fail() -> None:
    asked = View(0, 0, (1,), (0, 0), (9,), along=("max", ""))
    assert read(torch.empty(0, 4), asked).data.tolist() == [0, 0, 0, 0]


PARTS: dict[Part, Callable[[Tensor], Tensor]] = {
    "magnitude": torch.abs, "real": torch.real, "imaginary": torch.imag, "phase": torch.angle,
}  # fmt: skip


@pytest.mark.parametrize("part", list(PARTS))
def test_parts_of_complex_numbers(part: Part) -> None:
    value = torch.randn(4, 5, dtype=torch.complex64)
    for one in (value, value.conj(), value.to(torch.complex32)):
        found = read(one, view((0, 1), 2, (9, 9), part=part)).data
        wanted = PARTS[part](one.to(torch.complex64).resolve_conj())
        np.testing.assert_allclose(found, wanted.numpy(), rtol=1e-6)


def test_large_whole_numbers_come_as_they_are() -> None:
    value = torch.tensor([[2**62 + 1, -(2**53) - 1]])
    found = read(value, view((0, 1), 2, (9, 9))).data
    assert found.dtype == np.int64
    assert found.tolist() == value.tolist()
    assert read(value, view((0, 1), 2, (9, 1))).data.dtype == np.float64


# ------------------------------------------------------------------ differences


@pytest.mark.parametrize("size", [(99, 99), (5, 4)])
def test_a_difference_is_taken_before_anything_is_reduced(size: tuple[int, int]) -> None:
    one, other = torch.randn(40, 30, dtype=torch.float64), torch.randn(40, 30)
    asked = view((0, 1), 2, size, window=(range(8, 28), range(30)), minus=(1, 2))
    wanted = read(one - other.double(), view((0, 1), 2, size, window=asked.window))
    found = read(one, asked, other)
    assert found.block == wanted.block
    np.testing.assert_allclose(found.data, wanted.data, rtol=1e-12)


def test_values_of_different_shapes_have_no_difference() -> None:
    with pytest.raises(Problem, match=r"\(2, 3\) and \(3, 2\) cannot be subtracted"):
        read(torch.zeros(2, 3), view((0, 1), 2, (9, 9), minus=(1, 2)), torch.zeros(3, 2))


# ------------------------------------------------------------------ spans


def test_a_span_is_of_the_whole_plane_whatever_is_in_view() -> None:
    value = torch.randn(3, 500, 400)
    value[1, 7, 9], value[1, 8, 9], value[1, 0, 0] = math.nan, math.inf, -30
    at = (1, 0, 0)
    asked = View(0, 0, (1, 2), at, (9, 9), window=(range(100, 109), range(9)), fit=True)
    span = read(value, asked).span
    assert span is not None
    finite = value[1][torch.isfinite(value[1])]
    assert (span.minimum, span.maximum) == (-30, float(finite.max()))
    low, high = torch.quantile(finite.double(), torch.tensor([0.01, 0.99], dtype=torch.float64))
    assert span.low == pytest.approx(float(low), abs=0.15)  # of 16,384 numbers
    assert span.high == pytest.approx(float(high), abs=0.15)


@pytest.mark.parametrize("value", [torch.empty(0, 3), torch.full((2, 2), math.nan)])
def test_what_holds_no_number_has_no_span(value: Tensor) -> None:
    span = span_of(value)
    assert all(math.isnan(one) for one in (span.minimum, span.maximum, span.low, span.high))


def test_a_plane_is_measured_once_however_often_it_is_looked_at() -> None:
    spans, calls = Spans(), 0

    def found() -> Span:
        nonlocal calls
        calls += 1
        return span_of(torch.ones(3))

    for start in range(5):
        for keep in ((1, 2), (2, 1)):
            spans.of(View(7, 3, keep, (0, 0, 0), (4, 4), window=(range(start, 9),) * 2), found)
    assert calls == 1
    spans.of(View(7, 3, (1, 2), (1, 0, 0), (4, 4)), found)
    assert calls == 2


@pytest.mark.parametrize("odd", [[], [math.nan], [math.inf], [-math.inf, math.nan]])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.complex64, torch.int32])
def test_a_span_is_the_same_whether_cells_are_reduced_or_not(
    odd: list[float], dtype: torch.dtype
) -> None:
    value = torch.randn(2, 50, 70, generator=torch.Generator().manual_seed(1)) * 100
    for n, number in enumerate(odd):
        value[:, 7 + n, 11] = number
    if odd and not (dtype.is_floating_point or dtype.is_complex):
        return
    value = value.to(dtype)
    for minus in (None, value * 3):
        near, far = (
            read(value, View(1, 2, (1, 2), (1, 0, 0), (size, size), "max-abs", fit=True), minus)
            for size in (1000, 9)
        )
        assert near.block == (1, 1)
        assert far.block != (1, 1)
        assert near.span == far.span
        part = read(
            value,
            View(1, 2, (1, 2), (1, 0, 0), (9, 9), "max-abs", fit=True,
                 window=(range(20, 40), range(70))),
            minus,
        )  # fmt: skip
        assert part.span == near.span  # that of the whole plane


# ------------------------------------------------------------------ what is no number


def test_the_next_nan_or_infinity_in_the_order_of_memory() -> None:
    value = torch.zeros(4, 5, 6)
    value[1, 2, 3] = value[3, 0, 0] = math.nan
    value[0, 0, 5] = -math.inf
    assert seek(value, "nan", None) == (1, 2, 3)
    assert seek(value, "nan", (1, 2, 3)) == (3, 0, 0)
    assert seek(value, "nan", (3, 0, 0)) == (1, 2, 3)  # and round
    assert seek(value, "infinity", (2, 0, 0)) == (0, 0, 5)
    assert seek(value.transpose(0, 2), "nan", None) == (0, 0, 3)  # as it is indexed
    assert seek(torch.zeros(3), "nan", None) is None
    assert seek(torch.tensor(math.nan), "nan", None) == ()
    assert seek(torch.tensor(math.nan), "nan", ()) == ()
    assert seek(torch.arange(3), "nan", None) is None
    assert seek(torch.tensor([1j, complex(0, math.inf)]), "infinity", None) == (1,)


def test_the_number_furthest_from_zero() -> None:
    value = torch.zeros(4, 5, 6)
    value[1, 2, 3], value[3, 0, 0], value[2, 2, 2] = -7.0, 5.0, math.nan
    assert seek(value, "largest", None) == (1, 2, 3)
    assert seek(value.transpose(0, 2), "largest", (3, 2, 1)) == (3, 2, 1)
    value[0, 0, 1] = -math.inf
    assert seek(value, "largest", None) == (0, 0, 1)
    assert seek(torch.tensor([3, -4]), "largest", None) == (1,)
    assert seek(torch.tensor([1j, 3 + 4j]), "largest", None) == (1,)
    assert seek(torch.full((2,), math.nan), "largest", None) is None
    assert seek(torch.zeros(0, 3), "largest", None) is None


def test_a_nan_is_found_at_the_end_of_a_large_value() -> None:
    value = torch.zeros((1 << 24) + 5, dtype=torch.bfloat16)
    value[-2] = math.nan
    assert seek(value, "nan", None) == ((1 << 24) + 3,)


# ------------------------------------------------------------------ sparse


def test_a_sparse_value_says_that_it_is_and_one_too_large_to_write_out_too() -> None:
    assert read(torch.eye(3).to_sparse(), view((0, 1), 2, (9, 9))).layout == "sparse"
    huge = torch.sparse_coo_tensor(torch.tensor([[1], [2]]), torch.ones(1), (10**6, 10**6))
    with pytest.raises(Problem, match="sparse; with its zeros it would take 3,725 GB"):
        read(huge, view((0, 1), 2, (9, 9)))


# ------------------------------------------------------------------ files


@pytest.mark.parametrize(
    "value",
    [
        torch.randn(3, 4, 5), torch.tensor(2.5), torch.arange(6).reshape(2, 3) + 2**60,
        torch.rand(4, 4) > 0.5, torch.randn(3, dtype=torch.complex64).conj(),
        torch.randn(4, 6).T, torch.randn(5, dtype=torch.float16), torch.randn(3, 3).to_sparse(),
    ],
    ids=lambda v: f"{v.dtype}{tuple(v.shape)}",
)  # fmt: skip
def test_a_saved_value_comes_back_bit_for_bit(value: Tensor, tmp_path: Path) -> None:
    save_npy(str(tmp_path / "value.npy"), value)
    back = np.load(tmp_path / "value.npy", allow_pickle=False)
    dense = value.to_dense() if value.is_sparse else value
    assert back.dtype == dense.resolve_conj().numpy().dtype
    assert np.array_equal(back, dense.resolve_conj().numpy())
    assert [file.name for file in tmp_path.iterdir()] == ["value.npy"]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float8_e4m3fn])
def test_what_numpy_does_not_have_is_saved_as_float32(dtype: torch.dtype, tmp_path: Path) -> None:
    value = torch.randn(40).to(dtype)
    save_npy(str(tmp_path / "value.npy"), value)
    back = np.load(tmp_path / "value.npy")
    assert back.dtype == np.float32
    assert np.array_equal(back, value.float().numpy())


def test_a_saved_plane_has_every_number_of_the_slice(tmp_path: Path) -> None:
    value = torch.randn(3, 300, 7)
    value[2, 5, 5] = math.nan
    asked = View(0, 0, (2, 1), (2, 0, 0), (4, 4), window=(range(2, 4), range(8)))
    save_csv(str(tmp_path / "plane.csv"), value, asked)
    back = np.loadtxt(tmp_path / "plane.csv", delimiter=",", dtype=np.float32)
    assert np.array_equal(back, value[2].T.numpy(), equal_nan=True)
    save_csv(str(tmp_path / "minus.csv"), value, asked, value / 2)
    back = np.loadtxt(tmp_path / "minus.csv", delimiter=",", dtype=np.float32)
    assert np.array_equal(back, (value[2] - value[2] / 2).T.numpy(), equal_nan=True)


def test_a_vector_is_one_line_and_whole_numbers_stay_whole(tmp_path: Path) -> None:
    save_csv(str(tmp_path / "a.csv"), torch.tensor([2**60 + 1, -3]), view((0,), 1, (9,)))
    assert (tmp_path / "a.csv").read_text() == f"{2**60 + 1},-3\n"


@pytest.mark.parametrize(
    ("ending", "save"),
    [
        ("npy", lambda path: save_npy(path, torch.zeros(3))),
        ("csv", lambda path: save_csv(path, torch.zeros(3), view((0,), 1, (9,)))),
    ],
)
def test_what_cannot_be_written_says_so(
    ending: str, save: Callable[[str], None], tmp_path: Path
) -> None:
    with pytest.raises(Problem, match=r"value\.\w+ cannot be written: No such file") as told:
        save(str(tmp_path / "gone" / f"value.{ending}"))
    assert told.value.kind == "disk"
    assert "choose another folder" in str(told.value)


def test_an_older_file_stays_when_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "value.npy"
    save_npy(str(path), torch.ones(2))
    with pytest.raises(Problem, match="meta device"):
        save_npy(str(path), torch.empty(3, device="meta"))
    assert np.load(path).tolist() == [1, 1]
    assert [file.name for file in tmp_path.iterdir()] == ["value.npy"]
