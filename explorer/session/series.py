"""A curve that grows: append-only, cheap to extend, safe to keep old states of."""

from __future__ import annotations

import numpy as np


class Series:
    """Points (step, value). `extended` returns a new series that shares the buffer of this one.

    The buffer is only ever written beyond the length of every series that shares it, so an old
    state keeps showing what it showed; growing by doubling makes n appends cost O(n).
    """

    __slots__ = ("_buffer", "_length")

    def __init__(self, points: np.ndarray | None = None) -> None:
        self._buffer = (
            np.full((64, 2), np.nan) if points is None else np.array(points, dtype=np.float64)
        )
        self._length = 0 if points is None else len(self._buffer)

    def __len__(self) -> int:
        return self._length

    @property
    def points(self) -> np.ndarray:
        """(N, 2) array, read-only."""
        view = self._buffer[: self._length]
        view.flags.writeable = False
        return view

    def extended(self, points: np.ndarray) -> Series:
        """This curve and ``points`` (N, 2) after it; points at or before the last step are cut off.

        So a training that resumes from a checkpoint overwrites what came after the checkpoint.
        """
        new = Series.__new__(Series)
        keep = self._length
        if len(points) and keep and points[0, 0] <= self._buffer[keep - 1, 0]:
            keep = int(np.searchsorted(self._buffer[:keep, 0], points[0, 0]))
        total = keep + len(points)
        shared = keep == self._length and total <= len(self._buffer)
        if shared and self._used() > self._length:
            shared = False  # another series already grew past this one
        if shared:
            new._buffer = self._buffer
        else:
            new._buffer = np.full((max(64, 2 * total), 2), np.nan)
            new._buffer[:keep] = self._buffer[:keep]
        new._buffer[keep:total] = points
        new._length = total
        return new

    def upto(self, step: float) -> Series:
        """The part at or before ``step``."""
        keep = int(np.searchsorted(self._buffer[: self._length, 0], step, side="right"))
        return Series(self._buffer[:keep])

    def _used(self) -> int:
        tail = self._buffer[self._length :, 0]
        return self._length + int(np.count_nonzero(~np.isnan(tail[:1])))
