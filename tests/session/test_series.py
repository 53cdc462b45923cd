from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from explorer.session.series import Series


def points(first: int, count: int, value: float = 0.0) -> np.ndarray:
    steps = np.arange(first, first + count, dtype=float)
    return np.stack([steps, np.full(count, value)], axis=1)


@given(st.lists(st.integers(0, 100), max_size=12))
def test_appending_is_concatenation(counts: list[int]) -> None:
    line, first, parts = Series(), 0, [np.empty((0, 2))]
    for count in counts:
        line = line.extended(points(first, count, count))
        parts.append(points(first, count, count))
        first += count
    np.testing.assert_array_equal(line.points, np.concatenate(parts))


def test_an_old_state_keeps_what_it_showed() -> None:
    first = Series().extended(points(0, 10, 1.0))
    left = first.extended(points(10, 5, 2.0))
    right = first.extended(points(10, 5, 3.0))  # another future of the same past
    assert len(first) == 10
    np.testing.assert_array_equal(left.points[10:, 1], 2.0)
    np.testing.assert_array_equal(right.points[10:, 1], 3.0)


def test_going_back_to_a_checkpoint_overwrites_what_came_after() -> None:
    line = Series().extended(points(0, 100, 1.0)).extended(points(60, 3, 2.0))
    np.testing.assert_array_equal(line.points[:, 0], np.arange(63))
    np.testing.assert_array_equal(line.points[59:, 1], [1, 2, 2, 2])


def test_nothing_is_copied_while_there_is_room() -> None:
    line = Series().extended(points(0, 10))
    longer = line.extended(points(10, 10))
    assert np.shares_memory(line.points, longer.points)


def test_upto() -> None:
    assert Series().extended(points(0, 10)).upto(4).points[-1, 0] == 4
    assert len(Series().upto(4)) == 0
