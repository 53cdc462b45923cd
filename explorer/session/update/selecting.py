"""Values picked on the map."""

from __future__ import annotations

from dataclasses import replace

from explorer.core.graph import Recording, closed_around
from explorer.core.messages import Request
from explorer.session import intents
from explorer.session.state import AppState
from explorer.session.update.stepping import step_to

Result = tuple[AppState, list[Request]]


def select_value(state: AppState, intent: intents.SelectValue) -> Result:
    """Put the cursor where a value can be looked at: on the op that made it or, if that is hidden,
    on the one that reads it; if both are, the modules around the first are opened."""
    recording = state.recording
    if recording is None or not 0 <= intent.value < len(recording.values):
        return state, []
    writer = recording.values[intent.value].writer
    places = [event for event in (writer, intent.reader) if 0 <= event < len(recording.events)]
    if not places:
        return state, []
    shown = [event for event in places if _rests_on(recording, event, state.open)]
    event = (*shown, *places)[0]
    state, requests = step_to(state, intents.StepTo(event, reveal=not shown))
    return replace(state, selected=intent.value), requests


def _rests_on(recording: Recording, event: int, opened: frozenset[int]) -> bool:
    """Whether the cursor can rest on an event with these boxes open."""
    closed = closed_around(recording, event, opened)
    return closed is None or recording.calls[closed].last == event
