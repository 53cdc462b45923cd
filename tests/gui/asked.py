"""A pane as a test meets it: what it asks is answered as the engine would, from arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QLabel

from explorer.core.graph import Recording
from explorer.core.values import View
from explorer.engine.rollout import Rollouts
from explorer.engine.values import Spans, read, read_stack
from explorer.gui.cut import Cut
from explorer.gui.panes.heatmap import Heatmap
from explorer.gui.panes.pane import Pane
from explorer.session import intents
from explorer.session.state import AppState


class Asked:
    """A pane on screen, the state it shows, and what the engine reads of ``numbers``, the value's,
    and of those of ``others``."""

    def __init__(
        self, pane: Pane, recording: Recording, value: int, numbers: np.ndarray,
        others: Mapping[int, np.ndarray] | None = None, state: AppState | None = None,
    ) -> None:  # fmt: skip
        self.pane = pane
        self.numbers = numbers
        self.others = dict(others or {})
        self.value = value
        self.views: list[View] = []  # those of the pane's own question
        self.open: dict[str, View] = {}  # what is not answered yet, by the question's name
        self.heard: list[object] = []
        pane.intent.connect(self._heard)
        everything = frozenset(range(len(recording.calls)))
        cursor = next(e.index for e in recording.events if value in e.outputs or value in e.inputs)
        self.state = replace(
            state or AppState(), page="model", recording=recording, cursor=cursor, selected=value,
            open=everything,
        )  # fmt: skip
        pane.render(None, self.state)
        self.answer()

    def answer(self) -> None:
        """What the engine reads for the newest views, until the pane asks no more."""
        for _ in range(5):
            asked, self.open = self.open, {}
            readings = dict(self.state.readings)
            for name, view in asked.items():
                if view.through:
                    readings[name] = Rollouts().read(view, self._tensor, Spans())
                elif view.stack:
                    readings[name] = read_stack(view, self._tensor)
                else:
                    readings[name] = read(self._tensor(view.value), view)
            self.render(replace(self.state, readings=readings))
            QApplication.processEvents()  # the layout settles
            if not self.open:
                break

    def render(self, state: AppState) -> None:
        old, self.state = self.state, state
        self.pane.render(old, state)

    def said(self) -> str:
        shown = (label for label in self.pane.findChildren(QLabel) if not label.isHidden())
        return "\n".join(one.whole if isinstance(one, Cut) else one.text() for one in shown)

    def _tensor(self, value: int) -> torch.Tensor:
        numbers = self.others.get(value, self.numbers)
        return torch.from_numpy(np.ascontiguousarray(numbers, np.float32))

    def _heard(self, intent: object) -> None:
        self.heard.append(intent)
        if isinstance(intent, intents.Look):
            assert intent.pane.partition("/")[0] == self.pane.name
            self.open[intent.pane] = intent.view
            if intent.pane == self.pane.name:
                self.views.append(intent.view)
        elif isinstance(intent, intents.ShowPlane):
            self.render(replace(self.state, plane=intent.plane))
        elif isinstance(intent, intents.ShowAttention):
            self.render(replace(self.state, attention=intent.look))
        elif isinstance(intent, intents.ShowFeatures):
            self.render(replace(self.state, features=intent.look))


def random(recording: Recording, value: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(recording.values[value].shape)


def centre(map_: Heatmap, shape: tuple[int, ...], row: int, column: int) -> QPoint:
    area = map_.field()
    x = area.left() + (column + 0.5) * area.width() / shape[1]
    y = area.top() + (row + 0.5) * area.height() / shape[0]
    return QPoint(int(x), int(y))
