"""What is written to the disk: weights, and values as they are looked at."""

from __future__ import annotations

from dataclasses import replace

from explorer.core import messages
from explorer.core.messages import Request, SaveValue, SaveWeights
from explorer.core.problem import phrase
from explorer.session import intents
from explorer.session.state import AppState, Banner
from explorer.session.update.looking import is_shown

Result = tuple[AppState, list[Request]]
_SAID = {
    "weights": phrase("The weights are saved in {path}."),
    "value": phrase("The value is saved in {path}."),
    "plane": phrase("The numbers of this slice are saved in {path}."),
}


def save_weights(state: AppState, intent: intents.SaveWeightsTo) -> Result:
    """Write the weights where the user said."""
    return (state, [SaveWeights(path=intent.path)]) if state.model is not None else (state, [])


def save_value(state: AppState, intent: intents.SaveValueTo) -> Result:
    """Write a value, or a plane of it, where the user said."""
    if not is_shown(state, intent.tape):
        return state, []
    request = SaveValue(
        path=intent.path, tape=intent.tape, value=intent.value, view=intent.view
    )  # fmt: skip
    return state, [request]


def saved(state: AppState, reply: messages.Saved) -> Result:
    """Say where it is."""
    news = Banner("saved", _SAID[reply.what], "", {"path": reply.path}, "news")
    return replace(state, banner=news), []
