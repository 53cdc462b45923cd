"""Figures: an MLP as neurons with weighted lines, a CNN as volumes. Data to be painted."""

from __future__ import annotations

from explorer.core.graph import Recording
from explorer.picture.figure.grouping import groups_of
from explorer.picture.figure.placing import Figure, place
from explorer.picture.figure.stream import Unfit, stream_of

_KEPT = "figure"


def figure_of(recording: Recording) -> Figure | Unfit:
    """The figure of a recorded pass, or why it has none; made once, and kept with the recording
    as its cached properties are, for a window asks at every step."""
    kept = vars(recording)
    if _KEPT not in kept:
        stream = stream_of(recording)
        if not isinstance(stream, Unfit):
            kept[_KEPT] = place(recording, stream, groups_of(recording, stream))
        else:
            kept[_KEPT] = stream
    found: Figure | Unfit = kept[_KEPT]
    return found


__all__ = ["Figure", "Unfit", "figure_of"]
