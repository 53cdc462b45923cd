"""Opening models, and the engine's life: ready, failed, lost, restarted."""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from explorer.core import messages
from explorer.core.messages import Find, OpenModel, OpenOwn, Request, Survey
from explorer.core.prediction import Sampling
from explorer.core.presets import ShippedPreset
from explorer.core.problem import Problem, phrase
from explorer.core.spec import InputSpec
from explorer.core.values import Input, NumbersInput, SampleInput, TextInput
from explorer.session import intents
from explorer.session.intents import Tab
from explorer.session.state import AppState, Banner, Engine, Training
from explorer.session.update.looking import run_again, unasked, unasked_of_all

Result = tuple[AppState, list[Request]]
_BACK = phrase("The engine was started again; everything is as it was.")
_BACK_ALONE = phrase(
    "The engine was started again. Of the pass beside there is only the graph: switch to that side "
    "to run it again."
)
_BACK_AT = phrase(
    "The engine was started again. Training is back at step {step}, paused; {lost} steps were lost."
)
_ENDED = phrase("The program whose model this is has ended; what is on screen stays.")
_IN_THE_WAY = {"Find", "OpenModel", "RecordPass"}
_PAUSED = phrase("The training of {preset} was paused at step {step}. It is kept.")


def ticketed(state: AppState, requests: list[Request]) -> Result:
    """Number the requests; of each tag the state remembers the newest ticket.

    While the engine is being brought back none is sent: `ready` begins with the model.
    """
    if state.engine.status == "lost" or (
        state.engine.status == "starting" and state.engine.restarts
    ):
        requests = []
    if not requests:
        return state, []
    ticket, tickets, numbered = state.ticket, dict(state.tickets), []
    for request in requests:
        ticket += 1
        request = structs.replace(request, ticket=ticket)
        if request.answered:
            tickets[request.tag] = ticket
        numbered.append(request)
    return replace(state, ticket=ticket, tickets=tickets), numbered


def make_way(state: AppState) -> Result:
    """Another model is wanted: a `Cancel` of what is looked at, opened or run, to be sent first.

    If the engine does not hear it for a second, the owner says `Overdue`.
    """
    if state.engine.status != "ready" or not state.tickets.keys() & _IN_THE_WAY:
        return state, []
    return replace(state, cancelling=state.ticket + 1), [messages.Cancel()]


def presets_read(state: AppState, intent: intents.PresetsRead) -> Result:
    """The gallery knows its presets."""
    return replace(state, presets=intent.presets), []


def open_preset(state: AppState, intent: intents.OpenPreset) -> Result:
    """Ask the engine for the model; the gallery stays until it is there.

    The preset is one that was read already (`PresetsRead`), so nothing here touches the disk.
    """
    shipped = next((p for p in state.presets if intent.name in (p.name, str(p.folder))), None)
    if shipped is None:
        problem = Problem(
            "preset",
            phrase("There is no preset “{name}”."),
            phrase("Choose one of the cards."),
            name=intent.name,
        )
        return replace(state, banner=_banner(problem)), []
    busy = state.opening or state.wanted
    here = state.model is not None and state.shipped == shipped and not busy
    if here and not intent.anew:
        return replace(state, page="model"), []
    kept = None if intent.anew else state.left.get(shipped.name)
    state, way = (state, []) if intent.anew else make_way(state)
    state = replace(state, opening=shipped.name, wanted=None, finding="", banner=None)
    state = unasked(state, "Find")
    return state, [*way, _open_request(state, shipped, kept)]


def reopen(state: AppState, _: intents.Reopen) -> Result:
    """Back to the weights that came with the model; a live one is run again as it is."""
    if state.live:
        return state, run_again(state)
    if state.own is not None:
        return replace(state, wanted=state.own), [OpenOwn(own=state.own, run=state.run)]
    if state.shipped is None:
        return state, []
    return open_preset(state, intents.OpenPreset(state.shipped.name, anew=True))


def opened(state: AppState, reply: messages.Opened) -> Result:
    """The model is there: show it and record its first input."""
    name = state.opening or (state.shipped.name if state.shipped else "")
    own = state.wanted or (None if state.opening else state.own)
    shipped = next((p for p in state.presets if p.name == name), state.shipped)
    state = _parted(state)
    if own is not None:
        shipped = None
    new = state.wanted is not None or bool(state.opening)
    if state.model is not None and not new:  # cursor, curves and input come back
        state = _as_it_was(state, reply)
    else:
        state = unasked_of_all(_left_behind(state, shipped))
        left = dict(state.left)
        kept = left.pop(shipped.name, None) if shipped and state.shipped != shipped else None
        training = None
        if shipped is not None:
            plan = shipped.preset.train
            training = Training(plan=plan, step=reply.step, steps=plan.steps)
            training = training if kept is None else _resumed(kept, reply)
        sample = sample_input(shipped.preset.input) if shipped else reply.model.sample
        state = replace(
            state,
            left=left,
            page="model",
            tab=state.tab if reply.model.trainable else _seen(state.tab),
            shipped=shipped,
            own=own,
            opening="",
            wanted=None,
            put="",
            model=reply.model,
            recording=None,
            readings={},
            statistics=None,
            cursor=0,
            open=frozenset({0}),
            selected=None,
            playing=False,
            sampling=Sampling(),
            typed=sample,
            recurrent=replace(state.recurrent, cell=None, units=None, steps=None),
            earlier=None,
            training=training,
        )
    requests = run_again(state)
    return state, [*requests, Survey()] if state.tab == "training" else requests


def _parted(state: AppState) -> AppState:
    """The engine has made a model anew: that of the side beside is another from now on."""
    beside = state.beside
    if beside is None or not beside.same:
        return state
    training = state.training and replace(state.training, running=False, left=-1.0)
    beside = replace(beside, same=False, training=training, put=state.put, model=state.model)
    return replace(state, beside=beside)


def _as_it_was(state: AppState, reply: messages.Opened) -> AppState:
    """The same model in a new engine, or with other weights."""
    if not state.engine.restarts:
        return replace(state, model=reply.model)
    news = Banner("restarted", _BACK_ALONE if state.beside else _BACK, "", {}, "news")
    training = state.training
    if training is not None:
        lost_steps = training.step - reply.step
        if lost_steps:
            values = {"step": f"{reply.step:,}", "lost": f"{lost_steps:,}"}
            news = replace(news, text=_BACK_AT, values=values, level="problem")  # it stays
        training = _resumed(training, reply)
    return replace(state, model=reply.model, training=training, banner=news)


def _left_behind(state: AppState, shipped: ShippedPreset | None) -> AppState:
    """Whoever comes back to the preset that was open finds its training as it stands."""
    here, before = state.shipped, state.training
    if here is not None and here != shipped and before is not None:
        if before.step:
            state = replace(state, left={**state.left, here.name: before})
        if before.running:
            values = {"preset": here.name, "step": f"{before.step:,}"}
            state = replace(state, banner=Banner("paused", _PAUSED, "", values, "news"))
    for tag in ("Train", "Pause", "ResetTraining", "Survey", "ChangePlan"):
        state = unasked(state, tag)  # whoever was asked is closed
    return state


def _seen(tab: Tab) -> Tab:
    """The tab to show of a model that cannot be trained."""
    return "forward" if tab == "training" else tab


def _resumed(training: Training, reply: messages.Opened) -> Training:
    """A training as it stands at the checkpoint that was opened."""
    curves = {name: line.upto(reply.step) for name, line in training.curves.items()}
    return replace(
        training, step=reply.step, curves=curves, running=False, left=-1.0,
        weights=reply.model.weights, iterating=None,
    )  # fmt: skip


def show_gallery(state: AppState, _: intents.ShowGallery) -> Result:
    """Back to the start page."""
    return replace(state, page="gallery", playing=False), []


def ready(state: AppState, reply: messages.Ready) -> Result:
    """The engine is up; after a loss, bring back what was open, and look at what was to be."""
    engine = Engine("ready", reply.device, reply.device_name, reply.threads, state.engine.restarts)
    was_lost = state.engine.status != "ready" and state.engine.restarts > 0
    state = replace(state, engine=engine)
    if not was_lost:
        return state, []
    state = replace(state, earlier=None)
    if state.beside is not None:
        state = replace(state, beside=replace(state.beside, lost=True, earlier=None))
    state, requests = brought_back(state)
    return state, [*requests, Find(path=state.finding)] if state.finding else requests


def brought_back(state: AppState) -> Result:
    """What is on its way is asked for again; else what was open."""
    if state.wanted is not None:
        return state, [OpenOwn(own=state.wanted, run=state.run)]
    if state.opening:
        shipped = next((p for p in state.presets if p.name == state.opening), None)
        if shipped is None:
            return state, []
        kept = state.left.get(shipped.name) if shipped != state.shipped else None
        return state, [_open_request(state, shipped, kept)]
    if state.model is None:
        return replace(state, banner=None), []
    if state.own is not None:
        return state, [OpenOwn(own=state.own, run=state.run, weights=state.put)]
    assert state.shipped is not None, "a model is a preset's or the user's own"
    return state, [_open_request(state, state.shipped, state.training)]


def failed(state: AppState, reply: messages.Failed) -> Result:
    """Say what went wrong; everything that was on screen stays."""
    banner = Banner(reply.kind, reply.text, reply.remedy, reply.values)
    if reply.kind == "cancelled":  # as it was asked for
        banner = replace(banner, level="news")
    made_way = reply.kind == "cancelled" and (state.finding or state.opening or state.wanted)
    if not made_way:
        state = replace(state, banner=banner)
    if state.training is not None and "Train" not in state.tickets:
        state = replace(state, training=replace(state.training, running=False, left=-1.0))
    return state, []


def lost(state: AppState, reply: messages.Lost) -> Result:
    """The engine died: it is started again at once, the first time; then on request.

    One that refused its device would only refuse again: it has said why, and that stays, until
    somebody starts one on a device that is here. The
    program that a live model belongs to is not ours to start.
    """
    if state.live:
        engine = replace(state.engine, status="lost")
        ended = Banner("ended", _ENDED)
        return replace(_still(state), engine=engine, tickets={}, banner=ended), []
    refused = state.banner is not None and state.banner.kind == "device"
    if state.banner is not None and refused and state.engine.status == "starting":
        best = state.banner.values.get("here", "auto").partition(",")[0]
        engine = replace(state.engine, status="lost", instead=best)
        return replace(_still(state), engine=engine, tickets={}), []
    first = state.engine.restarts == 0
    words = reply.last_words.split("\n")
    last = next((line.strip() for line in reversed(words) if line.strip()), "")
    banner = Banner(
        "engine",
        phrase("The engine stopped (code {code}): {last_words}")
        if last
        else phrase("The engine stopped (code {code})."),
        _coming_back(state.training)
        if first
        else phrase("Press Restart to start it again; nothing on screen is lost."),
        {
            "code": str(reply.code),
            "last_words": last[:300],
            "step": f"{state.training.checkpoint_step:,}" if state.training else "",
        },
    )
    state = replace(state, engine=replace(state.engine, status="lost"), banner=banner, tickets={})
    return restart_engine(state, intents.RestartEngine()) if first else (_still(state), [])


def _coming_back(training: Training | None) -> str:
    """What of a training the next engine will have."""
    if training is None or training.checkpoint_step == training.step:
        return phrase("It is being started again; your model, weights and place will come back.")
    return phrase(
        "It is being started again; your model and place will come back, and the weights of step "
        "{step}."
    )


def restart_engine(state: AppState, _: intents.RestartEngine) -> Result:
    """End the engine, also one that hangs, and start a new one; the session sees the count."""
    engine = replace(state.engine, status="starting", restarts=state.engine.restarts + 1)
    banner = None if engine.instead else state.banner  # that was the remedy
    return replace(_still(state), engine=engine, banner=banner, tickets={}), []


def _still(state: AppState) -> AppState:
    """Nothing moves without an engine, and nothing is on its way from it."""
    training = state.training and replace(state.training, running=False, left=-1.0)
    return replace(state, playing=False, training=training, finding="", putting="", cancelling=0)


def report(state: AppState, intent: intents.Report) -> Result:
    """A problem from outside the engine, or news."""
    banner = Banner(intent.kind, intent.text, intent.remedy, intent.values, intent.level)
    opening = state.opening if intent.level == "news" else ""
    return replace(state, banner=banner, opening=opening), []


def sample_input(spec: InputSpec) -> Input:
    """The input a preset opens with."""
    if spec.text is not None:
        return TextInput(spec.text)
    if spec.values is not None:
        return NumbersInput(spec.values)
    assert spec.sample is not None, "validated: one of the three is given"
    return SampleInput(spec.sample)


def _open_request(state: AppState, shipped: ShippedPreset, training: Training | None) -> OpenModel:
    weights = str(shipped.weights) if shipped.weights else None
    if training is not None and training.checkpoint is not None:
        weights = training.checkpoint
    return OpenModel(
        preset=shipped.preset.model_dump(mode="json"),
        weights=weights,
        run=f"{state.run}/{shipped.name}" if state.run else "",
        plan=training.plan.model_dump(mode="json") if training else None,
    )


def _banner(problem: Problem) -> Banner:
    return Banner(problem.kind, problem.text, problem.remedy, problem.values)
