"""Answering views of any kind: of one value, of a difference, of several values, of a rollout."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from explorer.core.values import Reading, View
from explorer.engine.rollout import Rollouts
from explorer.engine.subject import Subject
from explorer.engine.values import Spans, read, read_stack


class Viewer:
    """Reads values, and remembers what would be computed again to look around in one."""

    def __init__(self) -> None:
        self._spans = Spans()
        self._rollouts = Rollouts()

    def read(self, view: View, of: Callable[[int], Subject]) -> Reading:
        """Answer a view; ``of(tape)`` is the model that a pass is of. Raises Problem where the view
        does not fit."""
        of_tape = partial(of(view.tape).value, view.tape)
        if view.through:
            return self._rollouts.read(view, of_tape, self._spans)
        if view.stack:
            return read_stack(view, of_tape)
        minus = None if view.minus is None else of(view.minus[0]).value(*view.minus)
        return read(of(view.tape).look(view), view, minus, self._spans)
