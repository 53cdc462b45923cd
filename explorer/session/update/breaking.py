"""Breaking: the cursor goes to where a pass first meets what a person wants to stop at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from explorer.core import messages
from explorer.core.breaks import Hit, first_of, hits
from explorer.core.graph import Recording
from explorer.core.messages import Request, Seek
from explorer.core.problem import phrase
from explorer.core.values import Odd
from explorer.session import intents
from explorer.session.finding import Names, find
from explorer.session.state import AppState, Banner, Breaking
from explorer.session.update.overlays import measure_quantity
from explorer.session.update.stepping import step_to

Result = tuple[AppState, list[Request]]
_WHERE: dict[str, Odd] = {"nan": "nan", "infinite": "infinity", "peak": "largest"}
_SEEN = 8  # passes of which it is remembered that the cursor went to their first break
_SAID = {
    "nan": phrase("NaN comes up here: {amount} of the numbers that {event} gives."),
    "infinite": phrase("Infinity comes up here: {amount} of the numbers that {event} gives."),
    "peak": phrase(
        "A number larger in size than {bound} comes up here: {event} gives one of ±{amount}."
    ),
    "zeros": phrase("Dead: {event} gives nothing but zeros."),
    "op": phrase("An op that you look for is here: {event}."),
}
_GOING_BACK = {
    ("made", "nan"): phrase(
        "Going back, NaN comes up here: {event} makes a gradient with NaN of gradients without."
    ),
    ("made", "infinite"): phrase(
        "Going back, an infinity comes up here: {event} makes an infinite gradient of finite ones."
    ),
    ("made", "peak"): phrase(
        "Going back, a gradient larger in size than {bound} comes up here: {event} makes one of "
        "±{amount}."
    ),
    ("made", "zeros"): phrase("Dead: {event} lets no gradient through."),
    ("got", "nan"): phrase(
        "Going back, NaN comes up here: in the gradient for what {event} gives."
    ),
    ("got", "infinite"): phrase(
        "Going back, an infinity comes up here: in the gradient for what {event} gives."
    ),
    ("got", "peak"): phrase(
        "Going back, a gradient larger in size than {bound} comes up here: ±{amount}, for what "
        "{event} gives."
    ),
}
_NOTHING_CHOSEN = phrase("Choose first what to stop at: {keys}.")
_NONE = phrase("There is nothing to stop at in this pass.")
_NO_MORE = phrase("No further place to stop at in this direction; there are {count} in this pass.")
_UNKNOWN = phrase("The numbers of this pass are still being looked at.")


def set_breaks(state: AppState, intent: intents.SetBreaks) -> Result:
    """Other conditions; the cursor goes to the first place that meets them, see `kept_up`."""
    if intent.breaks == state.breaking.breaks:
        return state, []
    requests: list[Request] = []
    wanted = state.wanted_amounts - {*state.breaking.breaks.needs}
    state = replace(state, breaking=Breaking(intent.breaks), wanted_amounts=wanted)
    if state.banner is not None and state.banner.kind == "break":
        state = replace(state, banner=None)  # it told of what was wanted before
    for quantity in intent.breaks.needs:
        state, requests = measure_quantity(state, intents.MeasureQuantity(quantity))
    return state, requests


def next_break(state: AppState, intent: intents.NextBreak) -> Result:
    """The next place after the cursor, or the one before it."""
    breaking = state.breaking
    if not breaking.breaks:
        return _told(state, _NOTHING_CHOSEN, keys="F9"), []
    if not breaking.known:
        return _told(state, _UNKNOWN), []
    if not breaking.hits:
        why = [state.unmeasured[n] for n in breaking.breaks.needs if n in state.unmeasured]
        if why:
            return replace(state, banner=replace(why[0], kind="break", level="news")), []
        return _told(state, _NONE), []
    after = [hit for hit in breaking.hits if (hit.event - state.cursor) * intent.by > 0]
    if not after:
        return _told(state, _NO_MORE, count=f"{len(breaking.hits):,}"), []
    return _gone_to(state, after[0] if intent.by > 0 else after[-1])


def kept_up(state: AppState, said: object, requests: list[Request]) -> Result:
    """Of another pass, or by other conditions, the places are others. As soon as they are known
    the cursor goes to the first one, once for every pass that ran."""
    breaking, recording = state.breaking, state.recording
    state = _passed(state)
    if not breaking.breaks:
        return state, requests
    if recording is None:
        breaking = replace(breaking, tape=0, hits=(), known=False)
        return replace(state, breaking=breaking), requests
    if breaking.tape != recording.tape:
        breaking = replace(breaking, tape=recording.tape, hits=(), known=False)
        if isinstance(said, messages.Unfolded):  # somebody went into an op, and stays there
            breaking = replace(breaking, seen=(*breaking.seen[-_SEEN:], recording.tape))
    if not breaking.known and _measured(state, recording):
        found = _searched(state, recording)
        places = hits(recording, breaking.breaks, state.amounts, found)
        first = recording.tape not in breaking.seen
        seen = (*breaking.seen[-_SEEN:], recording.tape) if first else breaking.seen
        state = replace(state, breaking=replace(breaking, hits=places, known=True, seen=seen))
        if first and places:
            state, more = _gone_to(state, first_of(places))
            return state, [*requests, *more]
        return state, requests
    return state if breaking is state.breaking else replace(state, breaking=breaking), requests


def _measured(state: AppState, recording: Recording) -> bool:
    """Whether all is there that tells of the conditions, as far as it can be."""
    return all(
        name in state.unmeasured
        or (name in state.amounts and len(state.amounts[name].values) == len(recording.events))
        for name in state.breaking.breaks.needs
    )


def _searched(state: AppState, recording: Recording) -> np.ndarray:
    """Which events (N,) are looked for by name."""
    found = np.zeros(len(recording.events), bool)
    text = state.breaking.breaks.op
    if text.strip() and len(found):
        names = state.search.names
        if names is None or names.recording is not recording:
            names = Names(recording)
        asked = find(names, text)
        results = (asked.result(at) for at in range(len(asked)))
        found[[result.event for result in results if result.kind == "op"]] = True
    return found


def _gone_to(state: AppState, hit: Hit) -> Result:
    """The cursor on the very op, and why; where the number is in what it gives is asked."""
    recording = state.recording
    assert recording is not None
    state, _ = step_to(state, intents.StepTo(hit.event, reveal=True))
    state = replace(state, playing=False, selected=None)
    said = _GOING_BACK[hit.backward, hit.why] if hit.backward else _SAID[hit.why]
    requests: list[Request] = []
    given = recording.events[hit.event].outputs
    if not hit.backward and hit.why in _WHERE and given == (state.value,):
        requests = [Seek(tape=recording.tape, value=given[0], sort=_WHERE[hit.why])]
    amount = f"{hit.amount:.4g}" if hit.why == "peak" else f"{hit.amount:,.0f}"
    state = _told(
        state, said, event=recording.events[hit.event].id, amount=amount,
        bound=f"{state.breaking.breaks.above or 0.0:g}",
    )  # fmt: skip
    return state, requests


def _passed(state: AppState) -> AppState:
    """What was said of a place is over when the cursor has left it."""
    banner, recording = state.banner, state.recording
    if banner is None or banner.kind != "break" or "event" not in banner.values:
        return state
    here = recording.events[state.cursor].id if recording and recording.events else ""
    return state if here == banner.values["event"] else replace(state, banner=None)


def _told(state: AppState, text: str, **values: str) -> AppState:
    return replace(state, banner=Banner("break", text, "", values, "news"))
