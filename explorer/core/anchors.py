"""Runs that two long lists have in common: between them there is little left to be weighed.

First what is unique in both, as in patience diff, as single things or as several in a row; then,
of lists that repeat themselves, the shortest edit script.
"""

from __future__ import annotations

from bisect import bisect_left

import numpy as np

_LENGTHS = (64, 16, 4, 1)  # of what must be unique: long runs first, which are none by chance
_EDITS = 2_048  # as many may be looked for by the shortest script
_RUN = 4  # a shorter run in a script may be chance

Run = tuple[int, int, int]  # where it begins in one and in the other, and its length


def common_runs(one: np.ndarray, other: np.ndarray) -> list[Run]:
    """Runs of equal numbers in two lists (N,) and (M,), ascending in both; none if there are none
    that are sure."""
    _, numbers = np.unique(np.concatenate([one, other]), return_inverse=True)
    numbers = numbers.astype(np.int64)
    one, other = numbers[: len(one)], numbers[len(one) :]
    levels = [(one, other)]  # of each a number for the 1, 2, 4, … things from there on
    while 2 << (len(levels) - 1) <= min(len(one), len(other)):
        levels.append(_doubled(*levels[-1], 1 << (len(levels) - 1)))
    for length in _LENGTHS:
        level = length.bit_length() - 1
        if level < len(levels):
            found = _ascending(_unique_pairs(*levels[level]))
            if found:
                return _grown(found, levels)
    return [run for run in _script(levels) if run[2] >= _RUN]


def _doubled(one: np.ndarray, other: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray]:
    """The same of twice as many things in a row."""
    keys = [now[:-step] * (1 << 32) + now[step:] for now in (one, other)]
    _, numbers = np.unique(np.concatenate(keys), return_inverse=True)
    return numbers[: len(keys[0])].astype(np.int64), numbers[len(keys[0]) :].astype(np.int64)


def _unique_pairs(one: np.ndarray, other: np.ndarray) -> list[tuple[int, int]]:
    """Where the numbers are that occur once in each, ascending in one."""

    def once(row: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        numbers, first, counts = np.unique(row, return_index=True, return_counts=True)
        return numbers[counts == 1], first[counts == 1]

    (numbers, at), (others, its) = once(one), once(other)
    _, mine, theirs = np.intersect1d(numbers, others, assume_unique=True, return_indices=True)
    return sorted(zip(at[mine].tolist(), its[theirs].tolist(), strict=True))


def _ascending(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """As many of the pairs as ascend in both."""
    ends: list[int] = []  # of the longest chains of each length the least end
    tails: list[int] = []
    before = [-1] * len(pairs)
    for n, (_, at) in enumerate(pairs):
        place = bisect_left(ends, at)
        before[n] = tails[place - 1] if place else -1
        ends[place : place + 1] = [at]
        tails[place : place + 1] = [n]
    found = []
    last = tails[-1] if tails else -1
    while last >= 0:
        found.append(pairs[last])
        last = before[last]
    return found[::-1]


def _grown(pairs: list[tuple[int, int]], levels: list[tuple[np.ndarray, np.ndarray]]) -> list[Run]:
    """The runs around pairs, as far as they go both ways without meeting."""
    one, other = levels[0]
    runs: list[Run] = []
    a = b = 0  # from here on nothing is taken
    for n, m in pairs:
        if n < a:
            continue  # in the last run
        if m < b:
            continue
        back = 0
        while n - back > a and m - back > b and one[n - back - 1] == other[m - back - 1]:
            back += 1
        length = int(_extents(np.array([n]), np.array([m]), levels)[0])
        runs.append((n - back, m - back, back + length))
        a, b = n + length, m + length
    return runs


def _extents(
    one: np.ndarray, other: np.ndarray, levels: list[tuple[np.ndarray, np.ndarray]]
) -> np.ndarray:
    """How long the lists are equal from each of the places (K,) in one and in the other on."""
    length = np.zeros(len(one), dtype=np.int64)
    for level in range(len(levels) - 1, -1, -1):
        mine, its = levels[level]
        a, b = one + length, other + length
        inside = (a < len(mine)) & (b < len(its)) & (a >= 0) & (b >= 0)
        same = inside.copy()
        same[inside] = mine[a[inside]] == its[b[inside]]
        length += same * (1 << level)
    return length


def _script(levels: list[tuple[np.ndarray, np.ndarray]]) -> list[Run]:
    """The runs between the edits of the shortest script from one list to the other, none if that
    takes too many. E. W. Myers, An O(ND) Difference Algorithm and Its Variations, 1986."""
    high, wide = len(levels[0][0]), len(levels[0][1])
    if abs(high - wide) > _EDITS:
        return []
    furthest = np.zeros(1, dtype=np.int64)  # in one, on the diagonals −d … d by twos
    trace = []
    for edits in range(_EDITS + 1):
        diagonals = np.arange(-edits, edits + 1, 2)
        if edits:
            down = np.concatenate([furthest, [-1]])  # one of the other is put in
            right = np.concatenate([[-1], furthest + 1])  # one is left out
            begun = np.maximum(down, right)
        else:
            begun = furthest
        valid = (begun >= 0) & (begun <= high) & (begun - diagonals <= wide)
        begun = np.where(valid, begun, -2 - high)
        furthest = np.where(valid, begun + _extents(begun, begun - diagonals, levels), begun)
        trace.append((begun, furthest))
        at = (high - wide + edits) // 2
        if 0 <= at <= edits and (high - wide + edits) % 2 == 0 and furthest[at] == high:
            return _traced(trace, high - wide)
    return []


def _traced(trace: list[tuple[np.ndarray, np.ndarray]], diagonal: int) -> list[Run]:
    runs = []
    for edits in range(len(trace) - 1, -1, -1):
        begun, furthest = trace[edits]
        at = (diagonal + edits) // 2
        start = int(begun[at])
        length = int(furthest[at]) - start
        if length:
            runs.append((start, start - diagonal, length))
        if edits:
            before = trace[edits - 1][1]
            put_in = at < len(before) and int(before[at]) == start
            diagonal += 1 if put_in else -1
    return runs[::-1]
