"""Other values that a value can be compared with: of the same pass, of the one kept beside, or of
the one before its changes."""

from __future__ import annotations

from typing import NamedTuple

from explorer.core.graph import Recording, Value
from explorer.core.plane import Against
from explorer.session.state import AppState, Beside

_NEAR = 6  # values of the same shape that are offered, before and after


class Other(NamedTuple):
    """A value of a pass, by its number there, and what it is."""

    tape: int
    value: int
    what: Value


def other_of(state: AppState, against: Against | None, value: int) -> Other | None:
    """What a value is compared with; of another shape too, None where there is none."""
    recording, beside = state.recording, state.beside
    if against is None or recording is None:
        return None
    if against.kind == "beside":
        return _beside(recording, beside, value) if beside is not None else None
    if against.kind == "before":
        return Other(recording.base, value, recording.values[value]) if recording.base else None
    if against.kind == "input":
        found = input_of(recording, value)
    else:
        found = recording.named.get(against.name)
    if found is None or found == value:
        return None
    return Other(recording.tape, found, recording.values[found])


def is_beside(state: AppState | None, other: Other | None) -> bool:
    """Whether a value is of the pass beside, of which nothing is told here."""
    recording = None if state is None else state.recording
    if other is None or recording is None:
        return False
    return other.tape not in (recording.tape, recording.base)


def usual(recording: Recording | None) -> Against | None:
    """What a value is compared with unless somebody chose, or where that cannot be: the value
    before the changes, if there are any."""
    return Against("before") if recording is not None and recording.touched else None


def compared(state: AppState, against: Against | None, value: int) -> tuple[Other | None, bool]:
    """What stands beside a value, of its shape, and whether that is what was chosen."""
    recording = state.recording
    if against is None or recording is None:
        return None, True
    found = other_of(state, against, value)
    if found is not None and found.what.shape == recording.values[value].shape:
        return found, True
    return other_of(state, usual(recording), value), False


def input_of(recording: Recording, value: int) -> int | None:
    """The first value of the same shape that the op read which made a value."""
    what = recording.values[value]
    if what.writer < 0:
        return None
    inputs = recording.events[what.writer].inputs
    return next((i for i in inputs if recording.values[i].shape == what.shape), None)


def near(recording: Recording, value: int) -> list[int]:
    """The values of the same shape nearest to one in the pass, in order: what its op read and gave,
    and some that were made before and after it."""
    what = recording.values[value]
    alike = [
        i for i, one in enumerate(recording.values) if one.shape == what.shape and i != value
    ]  # fmt: skip
    event = recording.events[what.writer] if what.writer >= 0 else None
    own = {*event.inputs, *event.outputs} if event is not None else set()
    made = sorted((i for i in alike if i not in own), key=lambda i: recording.values[i].writer)
    at = sum(recording.values[i].writer < what.writer for i in made)
    return [*(i for i in alike if i in own), *made[max(0, at - _NEAR) : at + _NEAR]]


def _beside(recording: Recording, beside: Beside, value: int) -> Other | None:
    """The same value of the pass kept beside: made by the counterpart of its op or, where no op
    made it, of the same name."""
    what, there = recording.values[value], beside.recording
    if what.writer < 0:
        found = there.named.get(what.name)
        if found is not None and there.values[found].kind != what.kind:
            found = None
    elif beside.comparison is None:
        found = None
    else:
        side = beside.comparison.after if beside.right else beside.comparison.before
        event = int(side.events[what.writer])
        outputs = there.events[event].outputs if event >= 0 else ()
        at = recording.events[what.writer].outputs.index(value)
        found = outputs[at] if at < len(outputs) else None
    return None if found is None else Other(there.tape, found, there.values[found])
