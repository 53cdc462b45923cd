"""The values around the cursor, whose numbers are kept ready: a step to one of them shows it at
once."""

from __future__ import annotations

from dataclasses import replace

from explorer.core.messages import Looked
from explorer.core.values import Reading
from explorer.session import intents
from explorer.session.state import AHEAD, AppState

_KEPT = 3  # readings of a pane: of the values before and after, and of one more


def came_ahead(state: AppState, reply: Looked) -> AppState:
    """Numbers came that were asked for ahead: nobody sees them yet."""
    return _keeping(state, reply.pane.removeprefix(AHEAD), reply.reading)


def is_near(state: AppState, intent: intents.Look) -> bool:
    """Whether what is asked for ahead is there already."""
    there = state.nearby.get(intent.pane.removeprefix(AHEAD), ())
    return any(reading.view == intent.view for reading in there)


def kept_up(before: AppState, state: AppState) -> AppState:
    """After any change: numbers that are there already are shown, and those that were on screen
    are kept for the way back. Of another pass none are of use."""
    if state.recording is not before.recording:
        return replace(state, nearby={}) if state.nearby else state
    value = state.value
    if value is None or value == before.value:
        return state
    for pane, kept in before.nearby.items():
        shown = state.readings.get(pane)
        if shown is not None:
            state = _keeping(state, pane, shown)
        found = next((one for one in kept if one.view.value == value), None)
        if found is not None:
            state = replace(state, readings={**state.readings, pane: found})
    return state


def _keeping(state: AppState, pane: str, reading: Reading) -> AppState:
    value, there = reading.view.value, state.nearby.get(pane, ())
    others = [one for one in there if one.view.value != value]
    return replace(state, nearby={**state.nearby, pane: (reading, *others)[:_KEPT]})
