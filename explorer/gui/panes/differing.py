"""Where a value differs from what it was before the changes, if not in the slice on screen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QCoreApplication

from explorer.core.apart import Apart, ApartView
from explorer.core.graph import Recording
from explorer.core.plane import Plane
from explorer.core.values import Reading, Span
from explorer.gui.panes.pane import Question
from explorer.picture.numbers import number_text
from explorer.picture.plane import sliced
from explorer.picture.rounding import rounding
from explorer.session import intents
from explorer.session.others import Other
from explorer.session.state import AppState

translate = QCoreApplication.translate


class Differing:
    """Asks for that where the slice shows no difference, or none that can be told. The pane begins
    with the slice that has the largest one; of another, where somebody went, it says where that
    is."""

    def __init__(self, say: Callable[[object], None]) -> None:
        self._say = say
        self._asked: ApartView | None = None
        self._found: Apart | None = None
        self._begun: ApartView | None = None
        self._is_none_here = False

    def look(
        self, state: AppState, plane: Plane, other: Other | None, difference: Question, least: float
    ) -> bool:
        """Ask, if need be; whether there is something else to say than before. A difference up to
        ``least`` is none, and none can be told of what is no number."""
        before, far = self.said(), None
        is_known = difference.answered and difference.shown is not None
        if is_known:
            far = far_of(difference.shown)
        hidden = is_known and far is None  # by what is no number, perhaps before as well
        self._is_none_here = hidden or (far is not None and far <= least)
        recording, value = state.recording, state.value
        if recording is None or value is None or other is None or other.tape != recording.base:
            self._asked = self._found = None
            return self.said() != before
        view = ApartView(recording.tape, value, (other.tape, other.value))
        if self._is_none_here:
            if hidden or self._has_others(plane):
                self._find(state, plane, view)
        elif far:
            self._begun = view
        return self.said() != before

    def _find(self, state: AppState, plane: Plane, view: ApartView) -> None:
        if view != self._asked:
            self._asked, self._found = view, None
            self._say(intents.Ask(view))
        found = state.answer(Apart)
        if found is not None and found.view == view and found is not self._found:
            self._found = found
            if found.index and self._begun != view:
                self._begun = view
                self._say(intents.ShowPlane(sliced(plane, found.index)))

    def said(self) -> str:
        """Where the largest one is, where the slice on screen has none."""
        if not self._is_none_here or self._found is None:
            return ""
        if not self._found.index:
            return translate("ValuesPane", "The changes leave all of it as it was.")
        text = translate("ValuesPane", "The largest difference, {number}, is at [{index}].")
        return text.format(
            number=number_text(self._found.number, 3), index=", ".join(map(str, self._found.index))
        )

    @staticmethod
    def _has_others(plane: Plane) -> bool:
        """Whether there are other slices."""
        return any(
            size > 1 and axis not in plane.keep and not plane.along[axis]
            for axis, size in enumerate(plane.shape)
        )


def far_of(difference: Reading | None) -> float | None:
    """How far from 0 a difference reaches; None where it is not known, or no number."""
    span = None if difference is None else difference.span
    if difference is None or span is None or not np.isfinite(difference.data).all():
        return None
    return max(abs(span.minimum), abs(span.maximum))


def noise_of(recording: Recording, value: int, difference: Reading, span: Span | None) -> float:
    """The largest difference of a value from another one that may be rounding: 0 where somebody
    changed the value itself, or where small numbers differ by more than that. ``span`` is that of
    all numbers of both."""
    is_rounded = difference.span is not None and difference.span.rounded
    if value in recording.touched or not is_rounded:
        return 0.0
    return rounding(recording.values[value].dtype, span)


def titled(far: float | None, least: float) -> str:
    """What stands over a difference that reaches so far; up to ``least`` it may be rounding."""
    if far is None:
        return translate("ValuesPane", "difference")
    if not far:
        return translate("ValuesPane", "no difference here")
    text = translate("ValuesPane", "difference, up to ±{number}")
    if far <= least:
        text = translate("ValuesPane", "±{number}, as by rounding")
    return text.format(number=number_text(far, 3))
