"""What is said of two values beside each other."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from explorer.core.graph import Recording
from explorer.core.plane import Against
from explorer.core.values import Reading
from explorer.gui.panes.differing import far_of, titled
from explorer.picture.numbers import shape_text
from explorer.session.others import Other, other_of
from explorer.session.state import AppState

translate = QCoreApplication.translate


def titles(
    recording: Recording, value: int, other: Other, apart: Reading | None
) -> tuple[str, str, str]:
    """Over a value, the other one, and their difference, as far as that is there."""
    difference = titled(far_of(apart))
    if other.tape == recording.base:
        before = translate("ValuesPane", "before the changes")
        return translate("ValuesPane", "after"), before, difference
    name = other.what.name
    if other.tape != recording.tape:
        name = translate("ValuesPane", "{name}, beside").format(name=name)
    return recording.values[value].name, name, difference


def said_of_comparison(recording: Recording, other: Other) -> str:
    """What the three pictures are."""
    if other.tape == recording.base:
        return translate(
            "ValuesPane",
            "After the changes, before them, and the difference: red where it is larger.",
        )
    return translate(
        "ValuesPane",
        "This value, the other one, and this minus that: red where this one is larger.",
    )


def said_of_mismatch(state: AppState, against: Against | None, value: int) -> str:
    """Why a value is not compared with what was chosen."""
    recording, found = state.recording, other_of(state, against, value)
    if found is not None:
        return translate(
            "ValuesPane", "To compare with is {name} {shape}: only equal shapes can be subtracted."
        ).format(name=found.what.name, shape=shape_text(found.what.shape))
    if recording is None or against is None or against.kind == "before":
        return ""
    if against.kind == "beside":
        return translate("ValuesPane", "The pass beside has nothing to compare this value with.")
    what = recording.values[value]
    if against.kind == "value" and against.name == what.name:
        return translate("ValuesPane", "It is this value that others are compared with.")
    if against.kind == "value":
        return translate("ValuesPane", "This pass has no {name} to compare with.").format(
            name=against.name
        )
    if what.writer >= 0 and recording.events[what.writer].inputs:
        return translate("ValuesPane", "The input of its op has another shape.")
    return translate("ValuesPane", "No op made it of an input.")
