"""How a number came to be: the cell that somebody chose, and the one under the mouse."""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from explorer.core import messages
from explorer.core.graph import Recording
from explorer.core.messages import Explain, Request
from explorer.core.prediction import Sampling
from explorer.session import intents
from explorer.session.iterating import ITERATION
from explorer.session.state import Address, AppState, Banner, Derivation
from explorer.session.update.iterating import explained as told_of_iteration
from explorer.session.update.looking import unasked
from explorer.session.update.selecting import select_value

Result = tuple[AppState, list[Request]]
_CELL, _MOUSE = "cell", "mouse"  # who asks
_AT_A_GLANCE = 8  # terms of a cell that is only pointed at


def derive(state: AppState, intent: intents.Derive) -> Result:
    """Ask how a cell came to be; until that is known, what is known of it at a glance is told, and
    of no cell under the mouse. Who walks there goes there: to the op that made it or, of a weight
    or an input, to the one that reads it."""
    recording = state.recording
    cell = Address(intent.value, intent.index, intent.before, intent.chance)
    if recording is None or not _is_there(recording, cell):
        return state, []
    before = state.derivation
    trail = (*before.trail, cell) if intent.walk else (cell,)
    trail = trail[: trail.index(cell) + 1]  # back to where somebody was is no way on
    if intent.walk:
        told = before.told
        reader = -1 if told is None else recording.values[told.ref].writer
        state, _ = select_value(state, intents.SelectValue(intent.value, reader))
    told = before.hint if before.pointed == cell and before.hint else before.told
    now = replace(before, trail=trail, told=told, why=None, pointed=None, hint=None)
    plane = replace(state.plane, unit=None)  # the cell is what is marked now
    state = unasked(replace(state, plane=plane, derivation=now), f"explain/{_MOUSE}")
    return state, [_asked(recording, cell, _CELL)]


def point_at_cell(state: AppState, intent: intents.PointAtCell) -> Result:
    """Ask how the cell under the mouse came to be, or forget it."""
    recording, before = state.recording, state.derivation
    cell = None
    if intent.index is not None:
        cell = Address(intent.value, intent.index, intent.before, intent.chance)
    if cell == before.pointed:
        return state, []
    if recording is None or cell is None or not _is_there(recording, cell):
        state = replace(state, derivation=replace(before, pointed=None, hint=None))
        return unasked(state, f"explain/{_MOUSE}"), []
    state = replace(state, derivation=replace(before, pointed=cell))
    return state, [_asked(recording, cell, _MOUSE)]


def end(state: AppState, _: intents.EndDerivation) -> Result:
    """Nothing is told any more."""
    state = replace(state, derivation=Derivation())
    return unasked(unasked(state, f"explain/{_CELL}"), f"explain/{_MOUSE}"), []


def explained(state: AppState, reply: messages.Explained) -> Result:
    """The engine told how a cell came to be."""
    if reply.asker == ITERATION:
        return told_of_iteration(state, reply)
    recording = state.recording
    if recording is None or reply.tape not in (recording.tape, recording.base):
        return state, []
    if reply.asker == _MOUSE:
        return _with(state, hint=reply.explanation)
    return _with(state, told=reply.explanation, why=None)


def unexplained(state: AppState, reply: messages.Failed, asker: str) -> Result:
    """It cannot: of what was chosen it is said why; who only points there did not ask."""
    if asker == ITERATION:
        return state, []
    if asker == _MOUSE:
        return _with(state, hint=None)
    return _with(state, told=None, why=Banner(reply.kind, reply.text, reply.remedy, reply.values))


def kept_up(before: AppState, state: AppState, requests: list[Request]) -> Result:
    """Of another pass the same cell is told, where it has that."""
    was, now = before.recording, state.recording
    derivation = state.derivation
    if before.sampling != state.sampling and derivation.trail and now is not None:
        trail = tuple(_sampled(one, state.sampling) for one in derivation.trail)
        derivation = replace(derivation, trail=trail, pointed=None, hint=None)
        state = replace(state, derivation=derivation)
        if trail[-1].chance is not None and was is now:
            requests = [*requests, _asked(now, trail[-1], _CELL)]
    if was is now or (was is not None and now is not None and was.tape == now.tape):
        return state, requests
    if derivation == Derivation():
        return state, requests
    cell = derivation.pinned
    if now is None or was is None or cell is None or not _is_same(was, now, cell):
        return end(state, intents.EndDerivation())[0], requests
    cell = replace(cell, before=cell.before and bool(now.base))
    trail = tuple(
        replace(one, before=cell.before) for one in derivation.trail if _is_same(was, now, one)
    )
    kept = replace(derivation, trail=trail, pointed=None, hint=None)
    return replace(state, derivation=kept), [*requests, _asked(now, cell, _CELL)]


def _asked(recording: Recording, cell: Address, asker: str) -> Explain:
    limit = {"limit": _AT_A_GLANCE} if asker == _MOUSE else {}
    return Explain(
        asker=asker, tape=recording.base if cell.before else recording.tape, value=cell.value,
        index=cell.index, chance=cell.chance, **limit,
    )  # fmt: skip


def _sampled(cell: Address, sampling: Sampling) -> Address:
    """The same cell, drawn otherwise if it is drawn."""
    if cell.chance is None:
        return cell
    return replace(cell, chance=structs.replace(cell.chance, sampling=sampling))


def _with(state: AppState, **changes: object) -> Result:
    return replace(state, derivation=replace(state.derivation, **changes)), []  # type: ignore[arg-type]


def _is_there(recording: Recording, cell: Address) -> bool:
    if not 0 <= cell.value < len(recording.values) or (cell.before and not recording.base):
        return False
    shape = recording.values[cell.value].shape
    return len(cell.index) == len(shape) and all(
        0 <= i < size for i, size in zip(cell.index, shape, strict=True)
    )


def _is_same(was: Recording, now: Recording, cell: Address) -> bool:
    """Whether another pass has that value too, and the cell in it."""
    return (
        _is_there(now, replace(cell, before=False))
        and was.values[cell.value].name == now.values[cell.value].name
    )
