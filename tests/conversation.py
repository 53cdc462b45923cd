"""Talking to `update` without Qt or an engine: what is said to it, and what is answered."""

from __future__ import annotations

from msgspec import structs

from explorer.core import messages as m
from explorer.session.state import AppState
from explorer.session.update import update


def says(state: AppState, *said: object) -> AppState:
    """The state after intents and messages; what they ask for is left unanswered."""
    for one in said:
        state, _ = update(state, one)
    return state


def answer(state: AppState, reply: m.Reply, tag: str) -> tuple[AppState, list[m.Request]]:
    """``reply`` as the answer to the open request of ``tag``."""
    return update(state, structs.replace(reply, ticket=state.tickets[tag]))
