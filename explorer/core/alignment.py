"""Alignment of two lists of things in order: which of one is which of the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from explorer.core.anchors import common_runs

_AT_ONCE = 1_000_000  # pairs that are weighed together
_WINDOW = 256  # of longer lists so many are weighed, and half of those decided
_FORCED, _EQUAL, _AT_HOME, _ALIKE, _AKIN = 6, 4, 3, 2, 1


@dataclass(frozen=True)
class Row:
    """Things in order, as numbers (N,) that are equal where the things are.

    ``whole`` is equal for things that are the same all through, ``kind`` for those of a kind,
    ``family`` for those that may take each other's ``place``, which is their name (-1: it has
    none), ``op`` for those that do the same (-1: it does several things). Those with one ``pair``
    (-1: none) are known to belong together.
    """

    whole: np.ndarray
    kind: np.ndarray
    family: np.ndarray
    place: np.ndarray
    op: np.ndarray
    pair: np.ndarray

    def __len__(self) -> int:
        return len(self.whole)

    @property
    def known(self) -> np.ndarray:
        """A number (N,) for each thing that is equal where one goes with the other for sure."""
        return np.where(self.pair >= 0, -2 - self.pair, self.whole)


_Alike = Callable[[slice, slice], np.ndarray]


def align(one: Row, other: Row) -> list[tuple[int, int]]:
    """Pairs of indices, ascending in both: what is equal first of all, then what is of a kind.

    What lists have in common at their ends, as versions of one thing do, is taken off first, of
    long lists also the runs that are in both. What is left is weighed pair by pair, where it is
    still long a window at a time: so the work grows with the length, not with its square.
    """

    def equal(a: slice, b: slice) -> np.ndarray:
        same: np.ndarray = (one.whole[a] == other.whole[b]) & (one.pair[a] == other.pair[b])
        return same

    def alike(a: slice, b: slice) -> np.ndarray:
        same: np.ndarray = (one.kind[a] == other.kind[b]) & (one.pair[a] == other.pair[b])
        return same

    begin, ends = 0, (len(one), len(other))
    begin_other = 0
    head: list[tuple[int, int]] = []
    tail: list[tuple[int, int]] = []
    for same in (equal, alike):
        length = min(ends[0] - begin, ends[1] - begin_other)
        run = _run(same(_from(begin, length), _from(begin_other, length)))
        head += [(begin + n, begin_other + n) for n in range(run)]
        begin, begin_other = begin + run, begin_other + run
        length -= run
        run = _run(
            same(_from(ends[0] - length, length), _from(ends[1] - length, length))[::-1]
        )  # fmt: skip
        tail += [(ends[0] - 1 - n, ends[1] - 1 - n) for n in range(run)]
        ends = ends[0] - run, ends[1] - run
    waiting = [((begin, begin_other), ends)]
    while waiting:  # what is between the runs that long lists have in common, the first one first
        start, end = waiting.pop()
        runs = []
        if (end[0] - start[0]) * (end[1] - start[1]) > _AT_ONCE:
            spans = slice(start[0], end[0]), slice(start[1], end[1])
            runs = common_runs(one.known[spans[0]], other.known[spans[1]])
        if not runs:
            head += _weighed(one, other, start, end, alike)
        gaps = []
        offsets = start
        for n, m, length in runs:
            a, b = offsets[0] + n, offsets[1] + m
            head += [(a + k, b + k) for k in range(length)]
            gaps.append((start, (a, b)))
            start = a + length, b + length
        if runs:
            waiting += [*gaps, (start, end)]
    return sorted(head) + tail[::-1]


def _weighed(
    one: Row, other: Row, begin: tuple[int, int], ends: tuple[int, int], alike: _Alike
) -> list[tuple[int, int]]:
    """What fits best between two places."""
    (a, b), (end_a, end_b) = begin, ends
    small = (end_a - a) * (end_b - b) <= _AT_ONCE
    pairs: list[tuple[int, int]] = []
    while a < end_a and b < end_b:
        wide, high = end_a - a, end_b - b
        if not small:
            length = min(wide, high)
            run = _run(alike(_from(a, length), _from(b, length)))
            pairs += [(a + n, b + n) for n in range(run)]
            a, b = a + run, b + run
            wide, high = min(end_a - a, _WINDOW), min(end_b - b, _WINDOW)
        last = (a + wide, b + high) == (end_a, end_b)
        found = _best(_weights(one, other, _from(a, wide), _from(b, high)))
        if not last:
            half = _WINDOW // 2
            found = [(n, m) for n, m in found if n < half and m < half]
        pairs += [(a + n, b + m) for n, m in found]
        if last:
            break
        n, m = found[-1] if found else (_WINDOW // 2 - 1, _WINDOW // 2 - 1)
        a, b = a + n + 1, b + m + 1
    return pairs


def _weights(one: Row, other: Row, some: slice, others: slice) -> np.ndarray:
    """How well each of some (N) goes with each of others (M): (N, M), 0 for not at all."""

    def grid(what: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        left = getattr(one, what)[some][:, None]
        right = getattr(other, what)[others][None, :]
        return left, right, left == right

    op, _, same_op = grid("op")
    weights = np.where(same_op & (op >= 0), np.int16(_AKIN), np.int16(0))
    place, _, same_place = grid("place")
    weights[same_place & (place >= 0) & grid("family")[2]] = _AKIN
    _, _, same_kind = grid("kind")
    weights[same_kind] = _ALIKE
    weights[same_kind & same_place] = _AT_HOME
    weights[grid("whole")[2]] = _EQUAL
    left, right, same_pair = grid("pair")
    known = (left >= 0) | (right >= 0)
    weights[known] = 0
    weights[known & same_pair] = _FORCED
    return weights


def _best(weights: np.ndarray) -> list[tuple[int, int]]:
    """The pairs, ascending in both, with the most weight (N, M) together."""
    high, wide = weights.shape
    most = np.zeros((high + 1, wide + 1), dtype=np.int32)
    for n in range(high):
        paired = np.maximum(most[n, 1:], most[n, :-1] + weights[n])
        np.maximum.accumulate(paired, out=most[n + 1, 1:])
    pairs = []
    n, m = high, wide
    while n and m:
        weight = weights[n - 1, m - 1]
        if weight and most[n, m] == most[n - 1, m - 1] + weight:
            n, m = n - 1, m - 1
            pairs.append((n, m))
        elif most[n, m] == most[n - 1, m]:
            n -= 1
        else:
            m -= 1
    return pairs[::-1]


def _from(first: int, length: int) -> slice:
    return slice(first, first + length)


def _run(same: np.ndarray) -> int:
    """How many hold from the first on."""
    return len(same) if same.all() else int(same.argmin())
