"""Which plane of a value is looked at, and what is asked for."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.core.graph import Value
from explorer.core.plane import Plane, Scale
from explorer.picture.arrays import numpy_text, table_text
from explorer.picture.numbers import exact_text
from explorer.picture.plane import (
    around,
    blocked,
    extents,
    fitted,
    looking_at,
    plane_view,
    shifted,
    sliced,
    with_axes,
    zoomed,
)


def value(
    shape: tuple[int, ...], name: str = "a", axes: tuple[str, ...] = (), dtype: str = "float32"
) -> Value:
    return Value(name, "activation", shape, dtype, "cpu", 0, axes)


# ------------------------------------------------------------------ from value to value


@pytest.mark.parametrize(
    ("shape", "keep"),
    [
        ((), ()), ((7,), (0,)), ((3, 4), (0, 1)), ((2, 3, 4), (1, 2)), ((9, 1, 4), (0, 2)),
        ((4096, 4096, 1), (0, 1)), ((1, 1, 5), (1, 2)), ((1, 1), (0, 1)), ((2, 3, 4, 5, 6), (3, 4)),
    ],
)  # fmt: skip
def test_the_last_two_axes_that_say_something_are_on_screen(
    shape: tuple[int, ...], keep: tuple[int, ...]
) -> None:
    plane = fitted(Plane(), value(shape))
    assert plane.keep == keep
    assert plane.at == (0,) * len(shape)
    assert plane.along == ("",) * len(shape)


def test_values_of_equal_shape_are_looked_at_alike() -> None:
    plane = fitted(Plane(), value((2, 30, 40)))
    plane = replace(plane, at=(1, 0, 0), seen=((3.0, 9.0), (0.0, 40.0)), keep=(2, 1))
    again = fitted(plane, value((2, 30, 40), "b"))
    assert (again.at, again.seen, again.keep) == (plane.at, plane.seen, plane.keep)
    other = fitted(plane, value((2, 30)))
    assert (other.at, other.seen, other.keep) == ((0, 0), (), (0, 1))


def test_named_axes_of_other_sizes_stay_and_show_all() -> None:
    axes = ("B", "T", "C")
    plane = replace(
        fitted(Plane(), value((8, 30, 40), axes=axes)), at=(6, 0, 0), keep=(2, 1),
        seen=((3.0, 9.0), (0.0, 40.0)), along=("mean", "", ""),
    )  # fmt: skip
    longer = fitted(plane, value((4, 31, 40), axes=axes))
    assert (longer.keep, longer.at, longer.along) == ((2, 1), (3, 0, 0), ("mean", "", ""))
    assert longer.seen == ()
    batch = fitted(plane, value((4, 30, 40), axes=axes))
    assert batch.seen == plane.seen
    unlike = fitted(plane, value((4, 31, 40), axes=("B", "heads", "C")))
    assert unlike.keep == (1, 2)


def test_points_of_the_colours_are_for_their_value_unless_they_are_kept() -> None:
    scale = Scale(points=(-1.0, 2.0), log=True, fit="most")
    plane = replace(fitted(Plane(), value((3, 4))), scale=scale)
    assert fitted(plane, value((3, 4))).scale == scale
    assert fitted(plane, value((3, 4), "b")).scale == replace(scale, points=None)
    kept = replace(plane, scale=replace(scale, keep=True))
    assert fitted(kept, value((9,), "b")).scale.points == (-1.0, 2.0)


def test_axes_change_or_swap() -> None:
    plane = replace(fitted(Plane(), value((2, 3, 4))), seen=((0.0, 1.0), (0.0, 1.0)))
    assert with_axes(plane, 0, 0).keep == (0, 2)
    assert with_axes(plane, 1, 1).keep == (2, 1)
    assert with_axes(plane, 0, 0).seen == ()
    assert with_axes(plane, 0, 1) == plane


def test_a_cell_is_on_its_slice() -> None:
    plane = fitted(Plane(), value((2, 3, 4)))
    assert sliced(plane, (1, 2, 3)).at == (1, 2, 3)


def test_all_in_view_is_no_window() -> None:
    plane = fitted(Plane(), value((30, 40)))
    part = looking_at(plane, (2.5, 9.0), (0.0, 40.0))
    assert extents(part) == ((2.5, 9.0), (0.0, 40.0))
    assert looking_at(part, (0.0, 30.0), (0.0, 40.0)) == plane
    vector = fitted(Plane(), value((9,)))
    assert extents(vector) == ((0.0, 1.0), (0.0, 9.0))
    assert looking_at(vector, (0.0, 1.0), (2.0, 5.0)).seen == ((2.0, 5.0),)


# ------------------------------------------------------------------ windows and zooming


@given(
    size=st.integers(1, 10**7), room=st.integers(3, 4000), a=st.floats(0, 1), b=st.floats(0, 1)
)  # fmt: skip
def test_a_window_covers_what_is_in_view_in_no_more_blocks_than_pixels(
    size: int, room: int, a: float, b: float
) -> None:
    count = max(1e-3 * size, abs(a - b) * size)
    extent = shifted((min(a, b) * size, min(a, b) * size + count), size, 0.0)
    window, block = blocked(extent, size, room)
    assert len(window) % block == 0
    assert len(window) // block <= room
    assert window.start % block == 0
    assert window.start <= extent[0] + 1e-6
    assert window.stop >= extent[1] - 1e-5
    if count <= room - 2:
        assert block == 1


def test_panning_changes_no_block() -> None:
    found = {blocked((start + 0.3, start + 900.3), 4096, 280)[1] for start in range(1, 3000, 7)}
    assert found == {4}


def test_whole_values_are_asked_for_whole() -> None:
    plane = fitted(Plane(), value((500, 30)))
    view = plane_view(1, 2, plane, (100, 100), ("float32",))
    assert (view.window, view.size, view.keep) == ((), (100, 30), (0, 1))
    near = looking_at(plane, (10.0, 60.5), (0.0, 30.0))
    view = plane_view(1, 2, near, (100, 100), ("float32",))
    assert (view.window, view.size) == ((range(10, 61), range(30)), (51, 30))


@pytest.mark.parametrize("dtype", ["int64", "float64", "complex128", "int32"])
def test_a_number_of_eight_bytes_is_two_pixels(dtype: str) -> None:
    plane = fitted(Plane(), value((500, 500)))
    assert plane_view(1, 2, plane, (100, 100), (dtype,)).size == (100, 50)
    assert plane_view(1, 2, plane, (100, 100), ("float32", dtype)).size == (100, 50)


@given(
    size=st.integers(1, 10**6), factor=st.floats(0.01, 100), at=st.floats(0, 1),
    first=st.floats(0, 1), count=st.floats(0.01, 1), least=st.floats(1, 40),
)  # fmt: skip
def test_zooming_keeps_a_position_where_it_is_unless_an_end_is_reached(
    size: int, factor: float, at: float, first: float, count: float, least: float
) -> None:
    count = max(count * size, min(least, size))
    before = shifted((first * size, first * size + count), size, 0.0)
    held = before[0] + at * count
    after = zoomed(before, size, factor, held, least)
    length = after[1] - after[0]
    assert min(least, size) * (1 - 1e-9) <= length <= size * (1 + 1e-9)
    assert after[0] >= 0
    assert after[1] <= size * (1 + 1e-9)
    inside = 1e-6 * size < after[0] and after[1] < size * (1 - 1e-6)
    if inside:
        assert (held - after[0]) / length == pytest.approx(at, abs=1e-6)


def test_a_position_comes_into_view_with_no_more_moving_than_needed() -> None:
    assert around((10.0, 20.0), 100, 12) == (10.0, 20.0)
    assert around((10.0, 20.0), 100, 50) == (45.5, 55.5)
    assert around((10.0, 20.0), 100, 99) == (90.0, 100.0)
    assert around((10.0, 20.0), 100, 0) == (0.0, 10.0)


# ------------------------------------------------------------------ as text

ARRAYS = [
    np.array([[0.1, -2.5e-20], [math.nan, -math.inf]], np.float32),
    np.array([[1 / 3, 1e300]]), np.array([2**60 + 1, -7]), np.array(2.5, np.float32),
    np.random.default_rng(0).standard_normal((60, 45)).astype(np.float32),
]  # fmt: skip


@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype}{a.shape}")
def test_pasted_text_is_the_same_array(array: np.ndarray) -> None:
    back = eval(numpy_text(array), {"np": np})
    assert back.dtype == array.dtype
    assert back.shape == array.shape
    assert np.array_equal(back, array, equal_nan=array.dtype.kind == "f")


@pytest.mark.parametrize("array", [a for a in ARRAYS if a.ndim == 2], ids=lambda a: str(a.shape))
def test_a_table_has_every_number(array: np.ndarray) -> None:
    rows = [line.split("\t") for line in table_text(array).split("\n")]
    back = np.array([[array.dtype.type(text) for text in row] for row in rows], array.dtype)
    assert np.array_equal(back, array, equal_nan=True)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_written_number_is_that_number(number: float) -> None:
    text = exact_text(np.float32(number)).replace("−", "-")
    assert np.float32(text) == np.float32(number)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (np.float32(0.1), "0.1"), (np.float32(-3), "−3"), (np.int64(2**60 + 1), str(2**60 + 1)),
        (np.float64(1 / 3), "0.3333333333333333"), (np.float32(np.nan), "NaN"),
        (np.float32(-np.inf), "−∞"), (np.float32(1e-7), "1e−07"),
    ],
)  # fmt: skip
def test_numbers_are_written_exactly(number: np.generic, text: str) -> None:
    assert exact_text(number) == text
