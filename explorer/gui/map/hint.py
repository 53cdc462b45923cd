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
    "xₜ": phrase("xₜ, what each step reads"),
    "h₀": phrase("h₀, the hidden state before the first step"),
    "c₀": phrase("c₀, the cell state before the first step"),
    "h": phrase("h, the hidden state of the sequences that go on"),
    "c": phrase("c, the cell state of the sequences that go on"),
    "hₜ": phrase("hₜ, the hidden state of every step"),
    "hₙ": phrase("hₙ, the hidden state after the last step"),
    "cₙ": phrase("cₙ, the cell state after the last step"),
}
_COLUMNS = 90  # letters of a line: no tip is wider than a screen


def hint(recording: Recording, box: Box, more: Sequence[str] = ()) -> str:
    """Id, shape and time; of a module also how many ops and parameters it has. Then ``more``."""
    lines = [*_told(recording, box).split("\n"), *more]
    return "\n".join(part for line in lines for part in wrap(line, _COLUMNS) or [""])


def _told(recording: Recording, box: Box) -> str:
    if box.kind in ("source", "sink"):
        value = recording.values[box.item.at]
        lines = [value.name, f"{named_shape(value)} {value.dtype}"]
        return "\n".join([*lines, *_roles(box)])
    events = recording.events[box.first : box.last + 1]
    last = events[-1]
    seconds = seconds_text(sum(event.seconds for event in events))
    results = [recording.values[v] for v in last.outputs]
    shape = ", ".join(named_shape(value) for value in results)
    if len(events) == 1:
        return "\n".join([last.id, shape, seconds, *_roles(box)])
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


def _roles(box: Box) -> list[str]:
    """What a node is in attention or in a recurrent network; the module that it is for, if said,
    comes last."""
    names = box.role.split(" ") if box.role else []
    owner = "".join(f" · {name}" for name in names if name not in ROLES)
    return [
        QCoreApplication.translate(PHRASES, ROLES[name]) + owner for name in names if name in ROLES
    ]


def _calls(recording: Recording, box: Box) -> list[Call]:
    """The first call that a box stands for, and of a fold the last one."""
    if box.item.kind == "fold":
        return [recording.calls[box.item.at], recording.calls[box.item.until]]
    return [recording.calls[box.call]]


def _module(calls: list[Call]) -> str:
    return " … ".join(call.module for call in calls)
