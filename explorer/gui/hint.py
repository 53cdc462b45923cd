"""What the canvas tells of a node when the mouse rests on it."""

from __future__ import annotations

from textwrap import wrap

from PySide6.QtCore import QCoreApplication

from explorer.core.graph import Recording
from explorer.picture.numbers import count_text, seconds_text, shape_text
from explorer.picture.scene import Box

_COLUMNS = 90  # letters of a line: no tip is wider than a screen


def hint(recording: Recording, box: Box) -> str:
    """Id, shape and time; of a module also how many ops and parameters it has."""
    lines = _told(recording, box).split("\n")
    return "\n".join(part for line in lines for part in wrap(line, _COLUMNS) or [""])


def _told(recording: Recording, box: Box) -> str:
    if box.kind in ("source", "sink"):
        value = recording.values[box.item.at]
        return f"{value.name}\n{shape_text(value.shape, value.axes)} {value.dtype}"
    events = recording.events[box.first : box.last + 1]
    last = events[-1]
    seconds = seconds_text(sum(event.seconds for event in events))
    results = [recording.values[v] for v in last.outputs]
    shape = ", ".join(shape_text(value.shape, value.axes) for value in results)
    if len(events) == 1:
        return f"{last.id}\n{shape}\n{seconds}"
    call = recording.calls[box.call]
    ops = QCoreApplication.translate("Canvas", "{count} ops, {time}")
    lines = [
        f"{call.module} · {call.kind}",
        shape,
        ops.format(count=count_text(len(events)), time=seconds),
    ]
    if call.parameters:
        parameters = QCoreApplication.translate("Canvas", "{count} parameters")
        lines.append(parameters.format(count=count_text(call.parameters)))
    return "\n".join(lines)
