"""What is written to the disk: a whole value as NumPy's ``.npy``, a plane of one as CSV, a preset
with its weights as a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
from torch import Tensor, nn

from explorer.core.problem import Problem, phrase
from explorer.core.spec import Preset
from explorer.core.toml import toml
from explorer.core.values import View
from explorer.core.writing import folder_whole, written_whole
from explorer.engine.checkpoint import save_weights
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


def save_preset(path: str, preset: Preset, model: nn.Module) -> None:
    """Write a preset and a model's weights as a new folder. Raises Problem (kind ``disk``); then
    there is no such folder, or it is what it was."""
    with _said(path), folder_whole(Path(path)) as folder:
        save_weights(folder / "weights.safetensors", model)
        data = preset.model_dump(mode="json", exclude_none=True, exclude={"change"})
        lines = [one.model_dump(exclude_defaults=True) for one in preset.change]
        text = toml({**data, "change": lines} if lines else data)
        (folder / "preset.toml").write_text(text, encoding="utf-8")


@contextmanager
def _file(path: str) -> Iterator[IO[bytes]]:
    with _said(path), written_whole(Path(path)) as file:
        yield file


@contextmanager
def _said(path: str) -> Iterator[None]:
    """That a disk refuses is said as a Problem."""
    try:
        yield
    except OSError as error:
        raise Problem(
            "disk",
            phrase("{file} cannot be written: {error}."),
            phrase("Free some space or choose another folder; nothing was lost."),
            file=path,
            error=error.strerror or error,
        ) from error
