"""`Part`: one of the pictures of attention; the pane asks for its numbers and hands them to it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from explorer.core.attention import ROLLOUT, AttentionLook
from explorer.core.graph import Recording, Value
from explorer.core.values import Reading, View
from explorer.gui.panes.shades import Shades
from explorer.gui.theme import Theme
from explorer.picture.attention import heads_of, token_names

MAIN = ""  # the question whose answer is the picture; others have names of their own
Readings = Mapping[str, Reading]
Names = tuple[str, ...]


@dataclass(frozen=True)
class Scene:
    """The map that is looked at, and how: ``look`` fits it, ``through`` are the maps that roll out
    to it where that is looked at."""

    recording: Recording
    value: int
    look: AttentionLook
    through: tuple[int, ...] = ()

    @cached_property
    def names(self) -> tuple[Names, Names]:
        """What queries and keys are called, () where they are just numbers."""
        queries, keys = (token_names(self.recording, self.value, axis) for axis in (-2, -1))
        return queries, keys

    @property
    def what(self) -> Value:
        """The map as a value (…, heads, Q, K)."""
        return self.recording.values[self.value]


def shades_of(look: AttentionLook, data: np.ndarray, reading: Reading | None = None) -> Shades:
    """From 0 to 1 or, where faint weights are to be seen, on a logarithmic scale to the largest."""
    if not look.faint:
        return Shades(0.0, 1.0, False)
    span = reading.span if reading is not None else None
    finite = data[np.isfinite(data)]
    most = span.maximum if span is not None else float(finite.max()) if finite.size else 1.0
    return Shades(0.0, most if most > 0 else 1.0, False, log=True)


class Part(QWidget):
    """Base of the pictures.

    Signals:
        changed (object): the `AttentionLook` that is wanted.
        wanted (): other numbers are needed, though the look is the same.
        said (str): what the mouse is at.
    """

    changed = Signal(object)
    wanted = Signal()
    said = Signal(str)
    several = False  # whether several heads are shown at once

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self.theme = theme
        self.scale = scale

    def px(self, pixels: float) -> int:
        """A length that grows with the text."""
        return round(pixels * self.scale)

    @abstractmethod
    def views(self, scene: Scene) -> dict[str, View]:
        """What it needs, by the names of its questions."""

    @abstractmethod
    def show_scene(self, scene: Scene, readings: Readings) -> None:
        """Paint what is there of it."""

    @abstractmethod
    def help(self, scene: Scene) -> tuple[str, str]:
        """The sentence that tells a newcomer what is shown, and what more there is in a tip."""

    def named(self, scene: Scene) -> str:
        """What is looked at, in a word: a head, the mean, or a rollout."""
        head = scene.look.head
        if head >= 0:
            return self.tr("head {number}").format(number=head)
        if head == ROLLOUT:
            return self.tr("rollout of {count} layers").format(count=len(scene.through))
        return self.tr("mean of {count} heads").format(count=heads_of(scene.what))

    def said_of(self, scene: Scene, query: int, key: int, weight: float) -> str:
        """A weight in words: of what it is, from which query to which key."""
        named = [
            f"“{names[at]}” [{at}]" if at < len(names) else f"[{at}]"
            for names, at in zip(scene.names, (query, key), strict=True)
        ]
        return f"{self.named(scene)}: {named[0]} → {named[1]} = {weight:.4f}"
