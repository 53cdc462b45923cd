"""`Furthest`: which number of a block it is that a cell of a reduced picture stands for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from msgspec import structs

from explorer.core.graph import Recording
from explorer.core.values import Reading, View
from explorer.gui.panes.pane import Question
from explorer.picture.cells import cell_at
from explorer.session.state import AppState

_MOST = 256  # numbers along an axis that are asked for at once

# Is given the view in which the number was found, and its index.
Found = Callable[[View, tuple[int, ...]], None]


class Furthest:
    """Asks for the numbers of a block, or for smaller blocks of it, until it is one number: the
    largest where cells show the largest, else the furthest from 0."""

    def __init__(self, question: Question, found: Found) -> None:
        self._question = question
        self._found = found

    def seek(self, recording: Recording, reading: Reading, place: tuple[int, ...]) -> None:
        """Of the cell at a ``place`` of a reading, one number for every kept axis."""
        view, shape = reading.view, recording.values[reading.view.value].shape
        first = [n + at * by for n, at, by in zip(reading.first, place, reading.block, strict=True)]
        window = tuple(
            range(begin, min(begin + by, shape[axis]))
            for begin, by, axis in zip(first, reading.block, view.keep, strict=True)
        )
        self._question.put(
            structs.replace(
                view, window=window, size=tuple(min(len(one), _MOST) for one in window),
                reduce="max" if view.reduce == "max" else "max-abs", minus=None, fit=False,
            )
        )  # fmt: skip

    def show_state(self, state: AppState) -> None:
        """Go on when an answer is there."""
        reading = self._question.answer(state)
        if reading is None or state.recording is None:
            return
        data = np.nan_to_num(reading.data, nan=np.inf)  # a block with NaN is drawn as that
        sizes = data if reading.view.reduce == "max" else np.abs(data)
        place = tuple(int(at) for at in np.unravel_index(int(sizes.argmax()), data.shape))
        index = cell_at(reading, place)
        if index is None:
            self.seek(state.recording, reading, place)
            return
        self._question.forget()
        self._found(reading.view, index)

    def forget(self) -> None:
        """Nobody wants to know any more."""
        self._question.forget()
