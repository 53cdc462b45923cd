"""Models of the user's own: what a path is, how to open it, weights for what is open."""

from __future__ import annotations

from dataclasses import replace

from explorer.core import messages
from explorer.core.messages import Find, LoadWeights, OpenOwn, RecordPass, Request
from explorer.core.presets import ShippedPreset
from explorer.core.problem import phrase
from explorer.core.sources import PresetFolder, PythonModel
from explorer.session import intents
from explorer.session.state import AppState, Banner, Training
from explorer.session.update.looking import unasked
from explorer.session.update.opening import open_preset

Result = tuple[AppState, list[Request]]
_PUT = phrase("The weights of {path} are in the model.")


def open_path(state: AppState, intent: intents.OpenPath) -> Result:
    """Ask the engine what it is."""
    return replace(state, finding=intent.path, found=None, banner=None), [Find(path=intent.path)]


def located(state: AppState, reply: messages.Located) -> Result:
    """Ask the person how to open it; a preset is opened at once."""
    found = reply.found
    state = replace(state, finding="")
    if not isinstance(found, PresetFolder):
        return replace(state, found=found), []
    shipped = ShippedPreset.of(found)
    others = tuple(one for one in state.presets if one.folder != shipped.folder)
    state = replace(state, presets=(*others, shipped))
    return open_preset(state, intents.OpenPreset(str(shipped.folder)))


def forget(state: AppState, _: intents.ForgetFound) -> Result:
    """Leave everything as it is."""
    return unasked(replace(state, finding="", found=None), "Find"), []


def open_own(state: AppState, intent: intents.OpenOwn) -> Result:
    """Open what was chosen. What is on screen stays until it is there."""
    own = intent.own
    trusted = state.trusted | {own.digest} if isinstance(own, PythonModel) else state.trusted
    state = replace(state, wanted=own, opening="", found=None, trusted=trusted, banner=None)
    return state, [OpenOwn(own=own, run=state.run)]


def put_weights(state: AppState, intent: intents.PutWeights) -> Result:
    """The model stays as it is if they do not fit."""
    state = replace(state, found=None, banner=None)
    if state.model is None:
        nothing = Banner(
            "model",
            phrase("{path} holds weights, but no model is open to put them into."),
            phrase("Open the model first, then the file again."),
            {"path": intent.path},
        )
        return replace(state, banner=nothing), []
    return replace(state, putting=intent.path), [LoadWeights(path=intent.path)]


def put(state: AppState, reply: messages.Opened) -> Result:
    """The open model has other weights; what it learnt before is history."""
    training = state.training and Training(
        plan=state.training.plan, steps=state.training.plan.steps
    )
    news = Banner("put", _PUT, "", {"path": state.putting}, "news")
    state = replace(
        state, model=reply.model, put=state.putting, putting="", training=training, banner=news
    )
    return state, [RecordPass(input=state.typed)] if state.typed is not None else []


def cancel(state: AppState, _: intents.Cancel) -> Result:
    """The engine is told; if it does not hear it for a second, the owner ends it."""
    return (state, [messages.Cancel()]) if state.tickets else (state, [])
