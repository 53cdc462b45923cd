"""What is shown and how: tabs, theme, language, panes and their readings."""

from __future__ import annotations

from dataclasses import replace

from explorer.core import messages
from explorer.core.messages import (
    Ask,
    LookAt,
    Measure,
    RecordPass,
    Request,
    Seek,
    Survey,
)
from explorer.core.problem import phrase
from explorer.session import intents
from explorer.session.state import AHEAD, AppState, Banner
from explorer.session.update.nearby import came_ahead, is_near

Result = tuple[AppState, list[Request]]
_OF_A_PASS = ("look/", "ask/", "quantify/", "Measure", "Seek")  # beginnings of tags
_OF_A_MODEL = ("explain/", "FindReach", "OpenEvent", "ChangePass", "DrawToken", *_OF_A_PASS)
_MAKE_A_PASS = {"OpenModel", "LoadWeights", "RecordPass", "ChangePass", "OpenEvent"}
_NONE = {
    "nan": phrase("There is no NaN in {value}."),
    "infinity": phrase("There is no infinity in {value}."),
    "largest": phrase("There is no number in {value}."),
}


def show_tab(state: AppState, intent: intents.ShowTab) -> Result:
    """Change the page. Back from training the pass is recorded anew if the weights moved on."""
    if intent.tab == "training" and state.model is not None and not state.model.trainable:
        return state, []
    was, state = state.tab, replace(state, tab=intent.tab, page="model", playing=False)
    if was == "training" and intent.tab != "training":
        return state, stale(state)
    training = state.training
    if intent.tab == "training" and training is not None and training.probe is None:
        return state, [Survey()]
    return state, []


def stale(state: AppState) -> list[Request]:
    """A request to record again, if the pass on screen was made with other weights."""
    training, recording = state.training, state.recording
    if training is None or recording is None or state.typed is None:
        return []
    if training.weights in ("", recording.weights):
        return []
    beside = state.beside
    if beside is not None and beside.same and beside.recording.weights == training.weights:
        return []  # such a pass is there, and this one is kept to be compared with it
    return run_again(state)


def run_again(state: AppState) -> list[Request]:
    """Record a pass of what was typed; that of the input before is kept."""
    if state.typed is None:
        return []
    earlier = state.earlier.tape if state.earlier is not None else 0
    return [RecordPass(input=state.typed, earlier=earlier)]


def set_theme(state: AppState, intent: intents.SetTheme) -> Result:
    """Dark or light."""
    return replace(state, theme=intent.theme), []


def set_language(state: AppState, intent: intents.SetLanguage) -> Result:
    """English or 简体中文."""
    return replace(state, language=intent.language), []


def set_scale(state: AppState, intent: intents.SetScale) -> Result:
    """Everything larger or smaller, within what still fits."""
    return replace(state, scale=min(2.0, max(0.6, round(intent.scale, 2)))), []


def toggle_present(state: AppState, _: intents.TogglePresent) -> Result:
    """In and out of presentation mode."""
    return replace(state, present=not state.present), []


def toggle_figure(state: AppState, _: intents.ToggleFigure) -> Result:
    """Figures or graphs. It holds for the next model, too, as far as that has a figure."""
    return replace(state, figure=not state.figure), []


def dismiss(state: AppState, _: intents.Dismiss) -> Result:
    """The banner was read."""
    return replace(state, banner=None), []


def look(state: AppState, intent: intents.Look) -> Result:
    """Ask for a pane's reading, unless it is there already or belongs to an older tape."""
    recording = state.recording
    if not is_shown(state, intent.view.tape):
        return state, []
    view = intent.view
    here = recording if recording is not None and view.tape == recording.tape else None
    if here is not None and here.values[view.value].device == "meta":
        return unasked(state, f"look/{intent.pane}"), []  # the pane says that there are no numbers
    if intent.pane.startswith(AHEAD) and is_near(state, intent):
        return state, []
    there = state.readings.get(intent.pane)
    if there is not None and there.view == intent.view:
        return unasked(state, f"look/{intent.pane}"), []
    return state, [LookAt(pane=intent.pane, view=intent.view, kept=intent.kept)]


def unasked(state: AppState, tag: str) -> AppState:
    """Forget an open question whose answer is not wanted any more; it is dropped when it comes."""
    if tag not in state.tickets:
        return state
    return replace(state, tickets={t: n for t, n in state.tickets.items() if t != tag})


def unasked_all(state: AppState) -> AppState:
    """Forget what was asked about an older pass; the engine may not even keep it any more."""
    for tag in [t for t in state.tickets if t.startswith(_OF_A_PASS)]:
        state = unasked(state, tag)
    return state


def unasked_of_all(state: AppState) -> AppState:
    """Forget what was asked about the passes of a model that is open no more, changes too."""
    for tag in [t for t in state.tickets if t.startswith(_OF_A_MODEL)]:
        state = unasked(state, tag)
    return state


def looked(state: AppState, reply: messages.Looked) -> Result:
    """A pane's reading came; one of an older tape is of no use any more."""
    if not is_shown(state, reply.reading.view.tape):
        return state, []
    if reply.pane.startswith(AHEAD):
        return came_ahead(state, reply), []
    return replace(state, readings={**state.readings, reply.pane: reply.reading}), []


def is_shown(state: AppState, tape: int) -> bool:
    """Whether that is the pass on screen, that without its changes, the one beside it, or that of
    the iteration that is stepped through."""
    beside, recording = state.beside, state.recording
    shown = recording is not None and tape in (recording.tape, recording.base)
    now = state.training.iterating if state.training is not None else None
    shown |= now is not None and now.recording.tape == tape
    return shown or (beside is not None and beside.recording.tape == tape)


def is_out_of_date(state: AppState, reply: messages.Failed, tag: str) -> bool:
    """Whether the pass that was asked about gave way to one that is on its way, about which the
    same will be asked."""
    return reply.kind == "gone" and bool(_MAKE_A_PASS & (state.tickets.keys() - {tag}))


def unanswered(state: AppState, _: messages.Failed) -> Result:
    """There is no answer to what nobody waits for: a node does without its small picture."""
    return state, []


def summarize(state: AppState, _: intents.Summarize) -> Result:
    """Ask for statistics of the value looked at, unless they are there.

    They are not asked for at every step: of a large value they cost more than its picture.
    """
    value, recording = state.value, state.recording
    if value is None or recording is None:
        return state, []
    there = state.statistics
    if there is not None and (there.tape, there.value) == (recording.tape, value):
        return unasked(state, "Measure"), []
    return state, [Measure(tape=recording.tape, value=value)]


def measured(state: AppState, reply: messages.Measured) -> Result:
    """Statistics of the value under the cursor came."""
    if state.recording is None or reply.statistics.tape != state.recording.tape:
        return state, []
    return replace(state, statistics=reply.statistics), []


def ask(state: AppState, intent: intents.Ask) -> Result:
    """A pane asks something about a value."""
    return state, [Ask(view=intent.view)]


def told(state: AppState, reply: messages.Told) -> Result:
    """The answer to the newest question of its kind came."""
    return replace(state, answers={**state.answers, type(reply.answer): reply.answer}), []


def set_sampling(state: AppState, intent: intents.SetSampling) -> Result:
    """The pane asks again."""
    return replace(state, sampling=intent.sampling), []


def show_plane(state: AppState, intent: intents.ShowPlane) -> Result:
    """Values are looked at so from now on; the pane asks for what it needs for that. Whoever was
    led somewhere is there, or goes elsewhere."""
    return replace(state, plane=intent.plane, leads=False), []


def show_attention(state: AppState, intent: intents.ShowAttention) -> Result:
    """Attention is looked at so from now on, from map to map."""
    return replace(state, attention=intent.look), []


def show_convolution(state: AppState, intent: intents.ShowConvolution) -> Result:
    """Convolutions are looked at so from now on, from one to the next."""
    return replace(state, convolution=intent.look), []


def show_neurons(state: AppState, intent: intents.ShowNeurons) -> Result:
    """Linear layers are looked at so from now on, from one to the next."""
    return replace(state, neurons=intent.look), []


def show_recurrent(state: AppState, intent: intents.ShowRecurrent) -> Result:
    """Recurrent layers are looked at so from now on; the pane asks for what it needs for that."""
    return replace(state, recurrent=intent.look), []


def show_features(state: AppState, intent: intents.ShowFeatures) -> Result:
    """Feature maps are looked at so from now on; the pane asks for what it needs for that."""
    return replace(state, features=intent.look), []


def seek(state: AppState, intent: intents.SeekOddity) -> Result:
    """Ask where the next cell is that holds no number."""
    recording = state.recording
    if recording is None or not 0 <= intent.value < len(recording.values):
        return state, []
    request = Seek(
        tape=recording.tape, value=intent.value, sort=intent.sort, after=intent.after
    )  # fmt: skip
    return state, [request]


def sought(state: AppState, reply: messages.Sought) -> Result:
    """It was found, or there is none."""
    oddity = reply.oddity
    if state.recording is None or state.recording.tape != oddity.tape:
        return state, []
    if oddity.index is None:
        name = state.recording.values[oddity.value].name
        news = Banner("sought", _NONE[oddity.sort], "", {"value": name}, "news")
        return replace(state, banner=news), []
    return replace(state, oddity=oddity, leads=oddity.value == state.value), []


def choose_pane(state: AppState, intent: intents.ChoosePane) -> Result:
    """The pane that the user wants to see wherever it suits."""
    return replace(state, pane=intent.pane), []
