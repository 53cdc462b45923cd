"""Residual ways: whether what an op adds to something is what that was made from."""

from __future__ import annotations

from explorer.core.graph import Event, Recording
from explorer.core.ops import shape_only
from explorer.picture.caption import flowing
from explorer.picture.slices import SAME


def adds(event: Event) -> bool:
    """Whether an op is a sum, in which a residual way may end."""
    return event.op.strip("_") == "add"


def is_residual(recording: Recording, value: int, event: Event) -> bool:
    """Whether an op adds a value to something that was made from it."""
    if not adds(event):
        return False
    value = unshaped(recording, value)
    since = recording.values[value].writer
    seen: set[int] = set()
    ahead = [v for v in event.inputs if unshaped(recording, v) != value]
    while ahead:
        one = ahead.pop()
        if one == value:
            return True
        writer = recording.values[one].writer
        if one in seen or writer <= since:  # what is older cannot be made from it
            continue
        seen.add(one)
        before = recording.events[writer]
        ahead += () if shape_only(before.op) else before.inputs
    return False


def unshaped(recording: Recording, value: int) -> int:
    """The value that this one holds the numbers of, in another shape."""
    while (writer := recording.values[value].writer) >= 0:
        event = recording.events[writer]
        if event.op not in SAME:
            break
        given = flowing(recording, event)
        if len(given) != 1:
            break
        value = given[0]
    return value
