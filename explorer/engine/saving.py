"""Values on disk: a whole one as NumPy's ``.npy``, a plane of one as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
from torch import Tensor

from explorer.core.problem import Problem, phrase
from explorer.core.values import View
from explorer.core.writing import written_whole
from explorer.engine.values import exact_plane, whole_array

_ROWS_AT_ONCE = 1 << 18  # numbers that are made text at once, about


def save_npy(path: str, tensor: Tensor) -> None:
    """Write all of a value, exactly. Raises Problem (kind ``disk``); an older file then stays."""
    array = whole_array(tensor)
    with _file(path) as file:
        np.lib.format.write_array(file, array, allow_pickle=False)


def save_csv(path: str, tensor: Tensor, view: View, minus: Tensor | None = None) -> None:
    """Write the plane that a view looks at, every number of it exactly. Raises Problem (kind
    ``disk``); an older file then stays."""
    plane = exact_plane(tensor, view, minus)
    step = max(1, _ROWS_AT_ONCE // max(1, plane.shape[1]))
    with _file(path) as file:
        for row in range(0, plane.shape[0], step):
            lines = [",".join(texts) for texts in plane[row : row + step].astype(str).tolist()]
            file.write(("\n".join(lines) + "\n").encode())


@contextmanager
def _file(path: str) -> Iterator[IO[bytes]]:
    try:
        with written_whole(Path(path)) as file:
            yield file
    except OSError as error:
        raise Problem(
            "disk",
            phrase("{file} cannot be written: {error}."),
            phrase("Free some space or choose another folder; nothing was lost."),
            file=path,
            error=error.strerror or error,
        ) from error
