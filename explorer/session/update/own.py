"""Models of the user's own: what a path is, how to open it, weights for what is open."""

from __future__ import annotations

from dataclasses import replace

from explorer.core import messages
from explorer.core.messages import Find, LoadWeights, OpenOwn, Request
from explorer.core.presets import ShippedPreset, readable
from explorer.core.problem import phrase
from explorer.core.sources import WEIGHTS, HuggingFaceModel, PresetFolder, PythonModel
from explorer.session import intents
from explorer.session.state import AppState, Banner, Training
from explorer.session.update.looking import run_again, unasked
from explorer.session.update.opening import failed, make_way, open_preset, restart_engine

Result = tuple[AppState, list[Request]]
_PUT = phrase("The weights of {path} are in the model.")
_NAMELESS = phrase("The name of {path} is not valid UTF-8.")
_RENAME = phrase("Rename it and open it again.")
_DEAF = phrase("The program whose model this is runs code that cannot be interrupted.")
_WAIT = phrase("Wait for it, or end the program.")
_BELONGS = phrase("This window belongs to a program that shows one of its models in it.")
_ELSEWHERE = phrase("Start Layerscope by itself to open others.")


def open_path(state: AppState, intent: intents.OpenPath) -> Result:
    """Ask the engine what it is. What it does now is given up, unless that may be the model that
    a file of weights is for."""
    try:
        intent.path.encode()
    except UnicodeEncodeError:  # bytes of a file's name, which the wire has no letters for
        banner = Banner("input", _NAMELESS, _RENAME, {"path": readable(intent.path)})
        return replace(state, banner=banner), []
    way: list[Request] = []
    if not intent.path.lower().endswith(WEIGHTS):
        state, way = make_way(state)
    state = replace(state, finding=intent.path, found=None, banner=None)
    return state, [*way, Find(path=intent.path)]


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
    state, way = make_way(state)
    state = replace(state, wanted=own, opening="", found=None, trusted=trusted, banner=None)
    return state, [*way, OpenOwn(own=own, run=state.run)]


def not_opened(state: AppState, reply: messages.Failed) -> Result:
    """What was wanted is given up; a file or folder that is at fault can be mended and opened
    again."""
    own = state.wanted
    path = own.path if isinstance(own, PythonModel | HuggingFaceModel) else ""
    state, requests = failed(replace(state, opening="", wanted=None), reply)
    if state.banner is not None and reply.kind == "model":
        state = replace(state, banner=replace(state.banner, again=path))
    return state, requests


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
    return state, run_again(state)


def cancel(state: AppState, _: intents.Cancel) -> Result:
    """The engine is told; if it does not hear it for a second, the owner says `Overdue`."""
    if not state.tickets:
        return state, []
    return replace(state, cancelling=state.ticket + 1), [messages.Cancel()]


def overdue(state: AppState, intent: intents.Overdue) -> Result:
    """End an engine that did not hear a `Cancel`, and do not ask again for what hung.

    Everything that was asked before the `Cancel` should have been answered by now, but for a
    training, which has a pause of its own. What was asked since may have taken the ticket's place
    of what hangs: then the engine has not said a word.
    """
    late = {tag for tag, ticket in state.tickets.items() if ticket < intent.ticket}
    late.discard("Train")
    if not late and state.cancelling != intent.ticket:
        return state, []
    if state.live:
        return replace(state, banner=Banner("cancelled", _DEAF, _WAIT)), []
    if "OpenModel" in late:  # what was open before comes back
        state = replace(state, opening="", wanted=None)
    if "RecordPass" in late:
        shown = state.recording
        if shown is not None and shown.input != state.typed:
            state = replace(state, typed=shown.input)
        else:
            state = replace(state, typed=None, recording=None, readings={}, statistics=None)
    finding = "" if "Find" in late else state.finding  # what is looked at next did not hang
    state, requests = restart_engine(state, intents.RestartEngine())
    return replace(state, finding=finding), requests


def stay(state: AppState) -> AppState:
    """Say why a live model's window shows nothing else."""
    return replace(state, banner=Banner("model", _BELONGS, _ELSEWHERE))
