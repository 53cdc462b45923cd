"""Which cell is at a place of a reading, and where cells are seen: sliced, turned and reduced."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.core.explanation import Region
from explorer.core.values import Along, Reading, View
from explorer.engine.values import read
from explorer.picture.cells import cell_at, lit_in, places_of

SHAPE = (2, 3, 9, 7)


def view(keep: tuple[int, ...], at: tuple[int, ...], size: tuple[int, ...]) -> View:
    return View(1, 0, keep, at, size)


@pytest.mark.parametrize(
    ("keep", "size"), [((2, 3), (9, 9)), ((3, 1), (9, 9)), ((1, 2, 3), (9, 9, 9)), ((3,), (9,))]
)
def test_the_cell_at_a_place_has_the_number_that_is_read_there(
    keep: tuple[int, ...], size: tuple[int, ...]
) -> None:
    value = torch.randn(SHAPE)
    reading = read(value, view(keep, (1, 2, 4, 3), size))
    for place in product(*map(range, reading.data.shape)):
        index = cell_at(reading, place)
        assert index is not None
        assert reading.data[place] == value[index]


def test_where_a_place_stands_for_several_cells_it_is_none() -> None:
    reading = read(torch.randn(SHAPE), view((2, 3), (0, 0, 0, 0), (3, 7)))
    assert reading.block == (3, 1)
    assert cell_at(reading, (0, 0)) is None
    assert cell_at(read(torch.randn(SHAPE), view((2,), (0, 0, 0, 0), (9,))), (9,)) is None


def test_chosen_positions_are_where_they_were_taken() -> None:
    value = torch.randn(5, 6)
    reading = read(value, View(1, 0, (0, 1), (0, 0), (9, 9), take=((4, 1), (5,))))
    assert cell_at(reading, (1, 0)) == (1, 5)


ranges = [st.builds(range, st.integers(0, n - 1), st.integers(0, n)) for n in SHAPE]


@given(st.tuples(*ranges), st.sampled_from([(9, 9), (3, 9), (2, 2)]))
def test_lit_places_are_those_that_hold_a_cell(
    axes: tuple[range, ...], size: tuple[int, int]
) -> None:
    at = (1, 2, 0, 0)
    marked = torch.zeros(SHAPE)
    region = Region(0, axes)
    for index in region.cells():
        marked[index] = 1
    reading = read(marked, view((2, 3), at, size))
    lit = lit_in(reading, [region])
    expected = reading.data > 0
    assert (lit is None) == (not expected.any())
    assert lit is None or np.array_equal(lit, expected)


def test_every_second_cell_is_lit_and_those_between_are_not() -> None:
    reading = read(torch.zeros(1, 8), view((0, 1), (0, 0), (9, 9)))
    lit = lit_in(reading, [Region(0, (range(1), range(1, 8, 2)))])
    assert lit is not None
    assert lit.tolist() == [[False, True] * 4]
    halved = read(torch.zeros(1, 8), view((0, 1), (0, 0), (9, 4)))
    places = places_of(halved, (range(1), range(1, 8, 2)))
    assert places is not None
    assert [one.tolist() for one in places] == [[0], [0, 1, 2, 3]]


def test_of_three_axes_the_plane_in_front_is_looked_at() -> None:
    reading = read(torch.zeros(SHAPE), view((1, 2, 3), (0, 0, 0, 0), (9, 9, 9)))
    region = Region(0, (range(1), range(1, 2), range(2, 4), range(7)))
    assert lit_in(reading, [region], (0,)) is None
    lit = lit_in(reading, [region], (1,))
    assert lit is not None
    assert lit[2:4].all()
    assert lit.sum() == 14


def test_a_single_number() -> None:
    reading = read(torch.tensor(3.0), view((), (), ()))
    assert cell_at(reading, ()) == ()
    lit = lit_in(reading, [Region(0, ())])
    assert lit is not None
    assert lit.shape == (1, 1)


# ------------------------------------------------------------------ windows

WIDE = (3, 23, 31)


def windowed(
    keep: tuple[int, ...] = (1, 2),
    at: tuple[int, ...] = (0, 0, 0),
    window: tuple[range, ...] = (),
    block: tuple[int, ...] = (1, 1),
    along: tuple[Along, ...] = (),
) -> Reading:
    """As the engine answers, whatever the numbers are."""
    view = View(1, 0, keep, at, (99,) * len(keep), window=window, along=along)
    lengths = [
        min(w.stop, WIDE[a]) - w.start for a, w in zip(keep, window or [range(99)] * 2, strict=True)
    ]
    shape = tuple(-(-n // b) for n, b in zip(lengths, block, strict=True))
    return Reading(view, np.zeros(shape, np.float32), block)


def test_a_place_in_a_window_is_the_cell_there() -> None:
    found = windowed((2, 1), (2, 0, 0), (range(8, 20), range(5, 9)))
    assert cell_at(found, (3, 1)) == (2, 6, 11)
    assert cell_at(found, (12, 0)) is None
    assert cell_at(found, (-1, 0)) is None


def test_what_stands_for_several_cells_is_none_of_them() -> None:
    assert cell_at(windowed(block=(1, 2)), (0, 0)) is None
    assert cell_at(windowed(along=("mean", "", "")), (0, 0)) is None
    assert cell_at(windowed(along=("", "", "")), (4, 5)) == (0, 4, 5)


@given(
    start=st.integers(0, 22), step=st.integers(1, 9), count=st.integers(1, 8),
    first=st.integers(0, 22), length=st.integers(1, 23), block=st.integers(1, 6),
)  # fmt: skip
def test_in_a_window_too_lit_places_are_those_that_hold_a_cell(
    start: int, step: int, count: int, first: int, length: int, block: int
) -> None:
    rows = range(start, min(WIDE[1], start + step * count), step)
    window = range(first, first + -(-length // block) * block)
    found = windowed(window=(window, range(31)), block=(block, 1))
    region = Region(0, (range(1), rows, range(4, 30, 5)))
    wanted = np.zeros(found.data.shape, bool)
    for row, column in product(rows, range(4, 30, 5)):
        if row in window:
            wanted[(row - first) // block, column] = True
    lit = lit_in(found, [region])
    assert np.array_equal(np.zeros_like(wanted) if lit is None else lit, wanted)


def test_cells_on_another_slice_are_not_seen_unless_it_is_one_of_all() -> None:
    region = Region(0, (range(1, 2), range(2, 3), range(4, 5)))
    assert lit_in(windowed(), [region]) is None
    lit = lit_in(windowed(at=(1, 0, 0)), [region])
    assert lit is not None
    assert np.argwhere(lit).tolist() == [[2, 4]]
    lit = lit_in(windowed(along=("norm", "", "")), [region])
    assert lit is not None
    assert np.argwhere(lit).tolist() == [[2, 4]]


@pytest.mark.parametrize("cells", [range(0), range(23, 30), range(4)])
def test_cells_outside_of_the_window_have_no_places(cells: range) -> None:
    found = windowed(window=(range(4, 23), range(31)))
    assert places_of(found, (range(1), cells, range(31))) is None


def test_a_vector_is_one_row() -> None:
    view = View(1, 0, (0,), (0,), (9,), window=(range(10, 20),))
    found = Reading(view, np.zeros(10, np.float32), (1,))
    lit = lit_in(found, [Region(0, (range(12, 15),))])
    assert lit is not None
    assert np.argwhere(lit).tolist() == [[0, 2], [0, 3], [0, 4]]


def test_of_positions_that_were_taken_those_are_lit_that_hold_a_cell() -> None:
    view = View(1, 0, (0, 1), (0, 0), (4, 9), take=((7, 2, 5, 0), ()))
    found = Reading(view, np.zeros((4, 9), np.float32), (1, 1))
    lit = lit_in(found, [Region(0, (range(0, 6, 5), range(3, 4)))])
    assert lit is not None
    assert np.argwhere(lit).tolist() == [[2, 3], [3, 3]]
    assert lit_in(found, [Region(0, (range(1, 2), range(3, 4)))]) is None
