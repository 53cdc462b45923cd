"""Quantities: what colours the nodes, what the table lists, and what must be measured for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from explorer.core import messages
from explorer.core.messages import Quantify, Request
from explorer.core.quantities import MEASURABLE, OVERLAYS, QUANTITIES, Amounts
from explorer.session import intents
from explorer.session.state import AppState, Banner
from explorer.session.update.looking import unasked

Result = tuple[AppState, list[Request]]


def colour_by(state: AppState, intent: intents.ColourBy) -> Result:
    """Another quantity; one that the recording does not say is measured."""
    state = replace(state, overlay=intent.overlay)
    if intent.overlay not in MEASURABLE:
        return state, []
    return measure_quantity(state, intents.MeasureQuantity(MEASURABLE[intent.overlay]))


def colour_by_next(state: AppState, intent: intents.ColourByNext) -> Result:
    """One further in the list, or back, and round."""
    at = (OVERLAYS.index(state.overlay) + intent.by) % len(OVERLAYS)
    return colour_by(state, intents.ColourBy(OVERLAYS[at]))


def toggle_weighed_wires(state: AppState, _: intents.ToggleWeighedWires) -> Result:
    """Wires as wide as their values are large, or all alike."""
    return replace(state, weighed_wires=not state.weighed_wires), []


def measure_quantity(state: AppState, intent: intents.MeasureQuantity) -> Result:
    """Of this pass and of those to come: who wanted it once still sees it."""
    state = replace(state, wanted_amounts=state.wanted_amounts | {intent.quantity})
    return state, _missing(state)


def quantified(state: AppState, reply: messages.Quantified) -> Result:
    """A part came; ask for the next one, until there is one for every event."""
    recording = state.recording
    if recording is None or reply.tape != recording.tape:
        return state, []
    before, part = state.amounts.get(reply.quantity), reply.amounts
    if reply.start != (0 if before is None else len(before.values)):
        return state, []
    if before is not None:
        part = Amounts(
            np.concatenate([before.values, part.values]),
            np.concatenate([before.counts, part.counts]),
            part.note,
            part.output,
            np.concatenate([before.at, part.at]),
            np.concatenate([before.each, part.each]),
        )
    state = replace(state, amounts={**state.amounts, reply.quantity: part})
    return state, _missing(state)


def unmeasured(state: AppState, reply: messages.Failed, tag: str) -> Result:
    """Say in the legend why there is nothing, and not across the top."""
    quantity = tag.partition("/")[2]
    why = Banner(reply.kind, reply.text, reply.remedy, reply.values)
    return replace(state, unmeasured={**state.unmeasured, quantity: why}), []


def toggle_table(state: AppState, _: intents.ToggleTable) -> Result:
    """Show the pass as a table, or close that."""
    return replace(state, table=not state.table), []


def choose_rows(state: AppState, intent: intents.ChooseRows) -> Result:
    """Ops or module calls."""
    return replace(state, rows=intent.rows), []


def kept_up(before: AppState, state: AppState, requests: list[Request]) -> Result:
    """What was measured of another pass says nothing of a new one, of which it is measured, too;
    a model that was not open before begins with no wishes."""
    new, old = state.recording, before.recording
    if state.model is None or before.model is None:
        forgets = state.model is not before.model
    else:
        forgets = state.model.modules != before.model.modules
    if forgets and state.wanted_amounts:
        wanted = frozenset({state.overlay} & MEASURABLE.keys()) | {*state.breaking.breaks.needs}
        state = replace(state, wanted_amounts=wanted)
    if new is old or (new is not None and old is not None and new.tape == old.tape):
        return state, requests
    if not (state.amounts or state.unmeasured or state.wanted_amounts):
        return state, requests
    for quantity in QUANTITIES:
        state = unasked(state, f"quantify/{quantity}")
    state = replace(state, amounts={}, unmeasured={})
    return state, [*requests, *_missing(state)]


def _missing(state: AppState) -> list[Request]:
    """A question for every wanted quantity that is not there in full, nor on its way."""
    recording = state.recording
    if recording is None or state.engine.status != "ready":
        return []
    return [
        Quantify(tape=recording.tape, quantity=quantity, start=_measured(state, quantity))
        for quantity in QUANTITIES
        if quantity in state.wanted_amounts
        and quantity not in state.unmeasured
        and _measured(state, quantity) < len(recording.events)
        and f"quantify/{quantity}" not in state.tickets
    ]


def _measured(state: AppState, quantity: str) -> int:
    """Of how many events a quantity is known."""
    there = state.amounts.get(quantity)
    return 0 if there is None else len(there.values)
