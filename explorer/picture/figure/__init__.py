"""Figures: an MLP as neurons with weighted lines, a CNN as volumes. Data to be painted."""

from __future__ import annotations

from explorer.core.graph import Recording
from explorer.core.problem import phrase
from explorer.picture.figure.grouping import groups_of
from explorer.picture.figure.placing import Figure, beside_each_other, place, ways_around
from explorer.picture.figure.stream import Unfit, stream_of

EVENTS = 5000  # of a pass that has a figure; more take too long to read while somebody types
_QUICK = 300  # of a pass whose figure is read within a frame
WAYS = 24  # above each other
_MANY = phrase("A figure shows a pass of {most} ops at most; this one has {count}.")
_DENSE = phrase("A figure shows {most} ways around at a place at most; this model has {count}.")
_KEPT = "figure"


def figure_of(recording: Recording) -> Figure | Unfit:
    """The figure of a recorded pass, or why it has none; made once, and kept with the recording
    as its cached properties are, for a window asks at every step."""
    kept = vars(recording)
    if _KEPT not in kept:
        kept[_KEPT] = _made(recording)
    found: Figure | Unfit = kept[_KEPT]
    return found


def ready_figure(recording: Recording) -> Figure | Unfit | None:
    """The same if it was made before or is quickly made, else None: `figure_of` in a thread is the
    way to it."""
    ready = _KEPT in vars(recording) or not _QUICK < len(recording.events) <= EVENTS
    return figure_of(recording) if ready else None


def _made(recording: Recording) -> Figure | Unfit:
    if (count := len(recording.events)) > EVENTS:
        return Unfit(_MANY, {"most": f"{EVENTS:,}", "count": f"{count:,}"})
    stream = stream_of(recording)
    if isinstance(stream, Unfit):
        return stream
    groups = groups_of(recording, stream)
    ways = ways_around(stream, groups)
    if (count := beside_each_other(ways)) > WAYS:
        return Unfit(_DENSE, {"most": str(WAYS), "count": f"{count:,}"})
    return place(recording, stream, groups, ways)


__all__ = ["Figure", "Unfit", "figure_of", "ready_figure"]
