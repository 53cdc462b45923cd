"""Finding: what is typed is looked up, and one goes from one result to the next."""

from __future__ import annotations

from dataclasses import replace

from explorer.core.graph import ancestry, closed_around, is_leaf
from explorer.core.messages import Request
from explorer.session import intents
from explorer.session.finding import Names, Result, Search, find
from explorer.session.state import AppState, shows_the_same
from explorer.session.update.looking import show_tab
from explorer.session.update.stepping import step_to

Answer = tuple[AppState, list[Request]]


def search(state: AppState, intent: intents.Search) -> Answer:
    """Look up what is typed; the cursor stays where it is."""
    if intent.text == state.search.text and state.search.found is not None:
        return state, []
    return replace(state, search=_looked_up(state, intent.text)), []


def again(before: AppState, state: AppState) -> AppState:
    """Look it up in another recording; one is still where one was, if that is there. In another
    model nobody looks for it."""
    old = state.search
    if not shows_the_same(before, state):
        return replace(state, search=Search(), pointed="")
    new = _looked_up(state, old.text)
    if old.found is not None and new.found is not None and 0 <= old.at < len(old.found):
        here = old.found.names.texts[int(old.found.items[old.at])]
        texts, items = new.found.names.texts, new.found.items.tolist()
        at = next((n for n, item in enumerate(items) if texts[item] == here), -1)
        new = replace(new, at=at)
    return replace(state, search=new, pointed="")


def show_found(state: AppState, intent: intents.ShowFound) -> Answer:
    """Go to a result: its box is brought out of closed ones and gets the cursor. A parameter is
    looked at where it is read."""
    found = state.search.found
    if state.page != "model" or found is None or not 0 <= intent.at < len(found):
        return state, []
    requests: list[Request] = []
    if state.tab == "training":  # where there is no map
        state, requests = show_tab(state, intents.ShowTab("forward"))
    result = found.result(intent.at)
    state = replace(state, search=replace(state.search, at=intent.at), playing=False)
    if result.kind == "module":
        return _rest_on(state, result), requests
    state, _ = step_to(state, intents.StepTo(result.event, reveal=True))
    return replace(state, selected=result.at if result.kind == "parameter" else None), requests


def next_found(state: AppState, intent: intents.NextFound) -> Answer:
    """Go on from the result one is at, from the last to the first; before any, to an end."""
    found = state.search.found
    if not found:
        return state, []
    here = state.search.at
    if here < 0 and intent.by < 0:
        here = 0
    return show_found(state, intents.ShowFound((here + intent.by) % len(found)))


def point_at(state: AppState, intent: intents.PointAt) -> Answer:
    """Light a module on the map."""
    if intent.module == state.pointed:
        return state, []
    return replace(state, pointed=intent.module), []


def _rest_on(state: AppState, result: Result) -> AppState:
    """Bring a module out of those that hide it. Closed, it has the cursor itself, else its first
    step has."""
    recording = state.recording
    assert recording is not None
    call = recording.calls[result.at]
    state = replace(state, open=state.open | frozenset(ancestry(recording, call.parent)))
    event = call.last
    if result.at in state.open and not is_leaf(call):
        inner = closed_around(recording, call.first, state.open)
        event = call.first if inner is None else recording.calls[inner].last
    state, _ = step_to(state, intents.StepTo(event))
    return state


def _looked_up(state: AppState, text: str) -> Search:
    recording, names = state.recording, state.search.names
    if recording is None or state.page != "model":
        return Search(text, names=names)
    if names is not None and names.recording is not recording:
        names = None
    if not text.strip():
        return Search(text, names=names)
    names = names or Names(recording)
    return Search(text, find(names, text), names=names)
