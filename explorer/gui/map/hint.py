"""What the canvas tells of a node when the mouse rests on it."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from PySide6.QtCore import QCoreApplication

from explorer.core.graph import Call, Recording, named_shape
from explorer.core.problem import phrase
from explorer.gui.banner import PHRASES
from explorer.picture.numbers import count_text, seconds_text
from explorer.picture.scene import Box

ROLES: dict[str, str] = {
    "Q": phrase("Q, the queries: what each position looks for"),
    "K": phrase("K, the keys: what each position offers to be found by"),
    "V": phrase("V, the values: what each position gives to those that attend to it"),
    "QKV": phrase("Queries, keys and values, made at once"),
    "QKᵀ": phrase("QKᵀ, the scores: how well each query fits each key"),
    "√d": phrase("The scores are divided by the root of the size of a head"),
    "A·V": phrase("A·V, the output of each head: values, weighed by the attention"),
    "Concat": phrase("The heads are put side by side"),
    "Wᴼ": phrase("Wᴼ, the output projection: mixes the heads"),
}
_COLUMNS = 90  # letters of a line: no tip is wider than a screen


def hint(recording: Recording, box: Box, more: Sequence[str] = ()) -> str:
    """Id, shape and time; of a module also how many ops and parameters it has. Then ``more``."""
    lines = [*_told(recording, box).split("\n"), *more]
    return "\n".join(part for line in lines for part in wrap(line, _COLUMNS) or [""])


def _told(recording: Recording, box: Box) -> str:
    if box.kind in ("source", "sink"):
        value = recording.values[box.item.at]
        return f"{value.name}\n{named_shape(value)} {value.dtype}"
    events = recording.events[box.first : box.last + 1]
    last = events[-1]
    seconds = seconds_text(sum(event.seconds for event in events))
    results = [recording.values[v] for v in last.outputs]
    shape = ", ".join(named_shape(value) for value in results)
    if len(events) == 1:
        lines = [last.id, shape, seconds]
        if box.role:
            lines.append(QCoreApplication.translate(PHRASES, ROLES[box.role]))
        return "\n".join(lines)
    calls = _calls(recording, box)
    call = calls[0]
    ops = QCoreApplication.translate("Canvas", "{count} ops, {time}")
    lines = [
        f"{_module(calls)} · {call.kind}",
        shape,
        ops.format(count=count_text(len(events)), time=seconds),
    ]
    if box.parameters:
        parameters = QCoreApplication.translate("Canvas", "{count} parameters")
        lines.append(parameters.format(count=count_text(box.parameters)))
    return "\n".join(lines)


def _calls(recording: Recording, box: Box) -> list[Call]:
    """The first call that a box stands for, and of a fold the last one."""
    if box.item.kind == "fold":
        return [recording.calls[box.item.at], recording.calls[box.item.until]]
    return [recording.calls[box.call]]


def _module(calls: list[Call]) -> str:
    return " … ".join(call.module for call in calls)
