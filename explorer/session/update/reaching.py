"""What a number came from over the whole pass, and what it goes to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from explorer.core import messages
from explorer.core.graph import Recording
from explorer.core.messages import FindReach, Request
from explorer.core.quantities import Amounts
from explorer.core.reach import Extent, Reach
from explorer.session import intents
from explorer.session.state import AppState, Banner, Reaching
from explorer.session.update.deriving import derive
from explorer.session.update.looking import unasked

Result = tuple[AppState, list[Request]]
_TAG = FindReach.__name__


def show_reach(state: AppState, intent: intents.ShowReach) -> Result:
    """Show the whole pass of the number that was chosen, the way that is wanted; the same again
    ends it. Of one before the changes, it is that after them."""
    cell = state.derivation.pinned
    if cell is not None and cell.before:
        state, requests = derive(state, intents.Derive(cell.value, cell.index))
        state, more = show_reach(state, intent)
        return state, [*requests, *more]
    if cell is None or intent.way in ("", state.reach.way):
        return _ended(state)
    derives: list[Request] = []
    if cell.chance is not None:  # no value of the pass is how likely something is: its logit is
        state, derives = derive(state, intents.Derive(cell.value, cell.index, walk=True))
    state, requests = _asked(replace(state, reach=Reaching(intent.way)))
    return state, [*derives, *requests]


def reached(state: AppState, reply: messages.Reached) -> Result:
    """The engine told how far it goes."""
    recording, reach = state.recording, state.reach
    if recording is None or recording.tape != reply.tape or reach.asked != reply.reach:
        return state, []
    amounts = _by_event(recording, reply.extent)
    return replace(state, reach=replace(reach, extent=reply.extent, amounts=amounts)), []


def unreached(state: AppState, reply: messages.Failed) -> Result:
    """It cannot: why is said where it would be told; what somebody gave up is over."""
    if reply.kind == "cancelled":
        return _ended(state)
    why = Banner(reply.kind, reply.text, reply.remedy, reply.values)
    return replace(state, reach=replace(state.reach, why=why)), []


def kept_up(before: AppState, state: AppState, requests: list[Request]) -> Result:
    """Of another number, or of another pass, it is asked for again; without one it ends."""
    if not state.reach.way:
        return state, requests
    cell = state.derivation.pinned
    if cell is None or cell.before or cell.chance is not None or state.recording is None:
        state, more = _ended(state)
        return state, [*requests, *more]
    old = before.recording
    if cell == before.derivation.pinned and (
        old is state.recording or (old is not None and old.tape == state.recording.tape)
    ):
        return state, requests
    if state.reach is not before.reach:
        return state, requests  # it was asked for just now
    state, more = _asked(state)
    return state, [*requests, *more]


def _asked(state: AppState) -> Result:
    way, cell, recording = state.reach.way, state.derivation.pinned, state.recording
    if way == "" or cell is None or recording is None:
        return state, []
    reach = Reach(way, cell.value, cell.index)
    state = replace(state, reach=Reaching(way, reach))
    return state, [FindReach(tape=recording.tape, reach=reach)]


def _ended(state: AppState) -> Result:
    """What is still being worked out is given up."""
    waits = _TAG in state.tickets
    state = unasked(replace(state, reach=Reaching()), _TAG)
    return state, [messages.Cancel(only=_TAG)] if waits else []


def _by_event(recording: Recording, extent: Extent) -> Amounts:
    """For each event the strengths of what it gives, in all, and how many cells take part."""
    outputs = [list(event.outputs) for event in recording.events]
    sums = np.array([extent.sums[refs].sum() for refs in outputs], np.float64)
    counts = np.array([extent.counts[refs].sum() for refs in outputs], np.int64)
    return Amounts(sums, counts)
