"""Stepping through one iteration of a training."""

from __future__ import annotations

from dataclasses import replace

from explorer.core import messages
from explorer.core.graph import Recording
from explorer.core.iteration import PHASES
from explorer.core.messages import Explain, Iterate, Request
from explorer.session import intents
from explorer.session.iterating import ITERATION, Iterating
from explorer.session.state import AppState
from explorer.session.update.looking import unasked
from explorer.session.update.training import made_fresh

Result = tuple[AppState, list[Request]]
_TERMS = 8  # of a gradient that are told one by one


def next_phase(state: AppState, _: intents.NextPhase) -> Result:
    """The next phase, or after the last the next iteration, which the engine runs at once."""
    training = state.training
    if training is None or training.running or "Iterate" in state.tickets:
        return state, []
    now = training.iterating
    if now is not None and training.step == now.iteration.step and now.phase != PHASES[-1]:
        return _with(state, replace(now, phase=PHASES[PHASES.index(now.phase) + 1]))
    state, fresh = made_fresh(replace(state, banner=None))
    return state, [*fresh, Iterate()]


def show_phase(state: AppState, intent: intents.ShowPhase) -> Result:
    """Another phase of the iteration that is there."""
    now = state.training.iterating if state.training is not None else None
    if now is None or now.phase == intent.phase:
        return state, []
    return _with(state, replace(now, phase=intent.phase))


def show_weight(state: AppState, intent: intents.ShowWeight) -> Result:
    """Another weight."""
    now = state.training.iterating if state.training is not None else None
    if now is None or (now.parameter, now.cell) == (intent.parameter, intent.cell):
        return state, []
    ref = now.recording.named.get(intent.parameter, -1)
    if not any(one.parameter == ref for one in now.iteration.updates):
        return state, []
    shape = now.recording.values[ref].shape
    cell = tuple(min(i, size - 1) for i, size in zip(intent.cell, shape, strict=False))
    cell += (0,) * (len(shape) - len(cell))
    return _with(state, replace(now, parameter=intent.parameter, cell=cell))


def iterated(state: AppState, reply: messages.Iterated) -> Result:
    """It ran: its first phase is shown, of the weight that was looked at before."""
    if state.training is None:
        return state, []
    before = state.training.iterating
    now = Iterating(reply.recording, PHASES[0])
    if before is not None and before.parameter in reply.recording.named:
        now = replace(now, parameter=before.parameter, cell=before.cell)
    else:
        parameter = _first(reply.recording)
        shape = reply.recording.values[reply.recording.named[parameter]].shape
        now = replace(now, parameter=parameter, cell=(0,) * len(shape))
    return _with(state, now)


def explained(state: AppState, reply: messages.Explained) -> Result:
    """The engine told how the number came to be."""
    now = state.training.iterating if state.training is not None else None
    if now is None or state.training is None or reply.tape != now.recording.tape:
        return state, []
    now = replace(now, told=reply.explanation)
    return replace(state, training=replace(state.training, iterating=now)), []


def _with(state: AppState, now: Iterating) -> Result:
    """Show that, and ask how its number came to be."""
    assert state.training is not None
    before = state.training.iterating
    same = before is not None and before.recording is now.recording
    if not same or (before and (before.value, before.cell) != (now.value, now.cell)):
        now = replace(now, told=None)
    state = replace(state, training=replace(state.training, iterating=now))
    state = unasked(state, f"explain/{ITERATION}")
    if now.told is not None or now.value < 0:
        return state, []
    request = Explain(
        asker=ITERATION, tape=now.recording.tape, value=now.value, index=now.cell, limit=_TERMS
    )  # fmt: skip
    return state, [request]


def _first(recording: Recording) -> str:
    """The parameter to begin with: the first matrix of a layer within, or else any."""
    iteration = recording.iteration
    assert iteration is not None, "it is the recording of one"
    names = [recording.values[one.parameter].name for one in iteration.updates]
    shapes = [recording.values[one.parameter].shape for one in iteration.updates]
    matrices = [name for name, shape in zip(names, shapes, strict=True) if len(shape) > 1]
    return matrices[len(matrices) // 2] if matrices else names[0]
