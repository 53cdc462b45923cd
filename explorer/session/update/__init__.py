"""The pure update: ``update(state, intent | reply) -> (state, requests)``.

It is split by family; this file only chooses the family. Nothing here waits, reads or sends:
the requests are handed to the link, so every behaviour can be tested without Qt or torch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from explorer.core import messages
from explorer.core.messages import Reply, Request
from explorer.session import intents
from explorer.session.state import AppState, is_idle
from explorer.session.update import (
    breaking,
    changing,
    comparing,
    deriving,
    finding,
    iterating,
    looking,
    nearby,
    opening,
    overlays,
    own,
    reaching,
    saving,
    selecting,
    stepping,
    training,
    walking,
    writing,
)

Result = tuple[AppState, list[Request]]
_Family = Callable[[AppState, Any], Result]

_INTENTS: dict[type, _Family] = {
    intents.PresetsRead: opening.presets_read,
    intents.OpenPreset: opening.open_preset,
    intents.OpenPath: own.open_path,
    intents.OpenOwn: own.open_own,
    intents.ForgetFound: own.forget,
    intents.PutWeights: own.put_weights,
    intents.Cancel: own.cancel,
    intents.Overdue: own.overdue,
    intents.Reopen: opening.reopen,
    intents.ShowGallery: opening.show_gallery,
    intents.RestartEngine: opening.restart_engine,
    intents.Report: opening.report,
    intents.ShowTab: looking.show_tab,
    intents.SetTheme: looking.set_theme,
    intents.SetLanguage: looking.set_language,
    intents.SetScale: looking.set_scale,
    intents.TogglePresent: looking.toggle_present,
    intents.Dismiss: looking.dismiss,
    intents.Look: looking.look,
    intents.Summarize: looking.summarize,
    intents.ChoosePane: looking.choose_pane,
    intents.ShowPlane: looking.show_plane,
    intents.ShowAttention: looking.show_attention,
    intents.ShowConvolution: looking.show_convolution,
    intents.ShowNeurons: looking.show_neurons,
    intents.ShowRecurrent: looking.show_recurrent,
    intents.ShowFeatures: looking.show_features,
    intents.SeekOddity: looking.seek,
    intents.SetSampling: looking.set_sampling,
    intents.Ask: looking.ask,
    intents.ToggleFigure: looking.toggle_figure,
    intents.Derive: deriving.derive,
    intents.PointAtCell: deriving.point_at_cell,
    intents.EndDerivation: deriving.end,
    intents.ProposeChange: changing.propose,
    intents.DropProposal: changing.drop,
    intents.MakeChange: changing.make,
    intents.SwitchChange: changing.switch,
    intents.RemoveChange: changing.remove,
    intents.PauseChanges: changing.pause,
    intents.UndoChange: changing.undo,
    intents.PutChanges: changing.put,
    intents.ShowReach: reaching.show_reach,
    intents.SelectOutput: stepping.select_output,
    intents.SelectValue: selecting.select_value,
    intents.StepTo: stepping.step_to,
    intents.StepBy: writing.step_by,
    intents.TogglePlay: stepping.toggle_play,
    intents.Tick: writing.tick,
    intents.SetPace: stepping.set_pace,
    intents.ToggleCall: stepping.toggle_call,
    intents.ToggleFold: stepping.toggle_fold,
    intents.OpenEvent: stepping.open_event,
    intents.OpenToLevel: stepping.open_to_level,
    intents.Search: finding.search,
    intents.ShowFound: finding.show_found,
    intents.NextFound: finding.next_found,
    intents.PointAt: finding.point_at,
    intents.EditInput: stepping.edit_input,
    intents.Walk: walking.walk,
    intents.Retrace: walking.retrace,
    intents.SetBookmark: walking.set_bookmark,
    intents.GoToBookmark: walking.go_to_bookmark,
    intents.MarkStart: walking.mark_start,
    intents.Light: walking.light,
    intents.Unlight: walking.unlight,
    intents.KeepBeside: comparing.keep,
    intents.EndBeside: comparing.end,
    intents.SwitchSides: comparing.switch,
    intents.NextDifference: comparing.next_difference,
    intents.Compared: comparing.compared,
    intents.StartTraining: training.start,
    intents.PauseTraining: training.pause,
    intents.Retrain: training.reset,
    intents.EditPlan: training.edit_plan,
    intents.ArrangeCards: training.arrange,
    intents.NextPhase: iterating.next_phase,
    intents.ShowPhase: iterating.show_phase,
    intents.ShowWeight: iterating.show_weight,
    intents.SaveWeightsTo: saving.save_weights,
    intents.SavePresetTo: saving.save_preset,
    intents.SaveValueTo: saving.save_value,
    intents.SetBreaks: breaking.set_breaks,
    intents.NextBreak: breaking.next_break,
    intents.Generate: writing.generate,
    intents.TogglePlayTokens: writing.toggle_play,
    intents.ShowToken: writing.show_token,
    intents.StepToken: writing.step_token,
    intents.WriteAgain: writing.again,
    intents.EndWriting: writing.end,
    intents.SetWriting: writing.set_writing,
    intents.ColourBy: overlays.colour_by,
    intents.ColourByNext: overlays.colour_by_next,
    intents.ToggleWeighedWires: overlays.toggle_weighed_wires,
    intents.MeasureQuantity: overlays.measure_quantity,
    intents.ToggleTable: overlays.toggle_table,
    intents.ChooseRows: overlays.choose_rows,
}

_REPLIES: dict[type, _Family] = {
    messages.Ready: opening.ready,
    messages.Opened: opening.opened,
    messages.Located: own.located,
    messages.Failed: opening.failed,
    messages.Lost: opening.lost,
    messages.Recorded: stepping.recorded,
    messages.Unfolded: stepping.unfolded,
    messages.Looked: looking.looked,
    messages.Measured: looking.measured,
    messages.Sought: looking.sought,
    messages.Told: looking.told,
    messages.Trained: training.trained,
    messages.Iterated: iterating.iterated,
    messages.Checkpointed: training.checkpointed,
    messages.Saved: saving.saved,
    messages.Quantified: overlays.quantified,
    messages.Explained: deriving.explained,
    messages.Changed: changing.changed,
    messages.Reached: reaching.reached,
    messages.TokenDrawn: writing.drawn,
}


# Without an engine these do nothing; what is typed or planned meanwhile is sent when it is back.
_NEED_AN_ENGINE = (
    intents.StartTraining, intents.PauseTraining, intents.Retrain, intents.SaveWeightsTo,
    intents.NextPhase,
    intents.SavePresetTo, intents.SaveValueTo, intents.SeekOddity,
    intents.PutWeights, intents.Cancel, intents.Overdue,
)  # fmt: skip
# Said of a training that is given up for another, these would be done to that one.
_OF_THE_TRAINING = (
    intents.StartTraining, intents.Retrain, intents.NextPhase, intents.EditPlan,
)  # fmt: skip
# Somebody goes on working: the engine may be restarted by itself once more.
_GO_ON = (
    intents.StepBy, intents.StepTo, intents.EditInput, intents.OpenPreset, intents.StartTraining,
    intents.ChoosePane, intents.SelectOutput, intents.OpenOwn, intents.PutWeights, intents.Walk,
    intents.Retrace, intents.GoToBookmark, intents.SelectValue, intents.SwitchSides,
    intents.Derive, intents.NextBreak, intents.MakeChange, intents.ShowReach, intents.Generate,
    intents.ShowToken, intents.StepToken, intents.TogglePlayTokens,
)  # fmt: skip
# Somebody looks at what an edit of the input brought: the next one is another.
_LOOKS = (
    intents.StepBy, intents.StepTo, intents.Walk, intents.Retrace, intents.GoToBookmark,
    intents.SelectValue, intents.SelectOutput, intents.Derive, intents.ProposeChange,
    intents.MakeChange, intents.PutChanges, intents.ChoosePane, intents.OpenEvent,
    intents.ShowReach, intents.NextBreak, intents.KeepBeside,
)  # fmt: skip
# The window of a model in somebody's program shows that one and no other.
_LEAVE_THE_MODEL = (
    intents.OpenPreset, intents.OpenPath, intents.OpenOwn, intents.PutWeights, intents.ShowGallery,
    intents.RestartEngine,
)  # fmt: skip


def update(state: AppState, said: object) -> Result:
    """The state after an intent or a reply, and the requests to send.

    A reply whose ticket is no longer the newest of its tag is dropped: something newer was asked.
    Requests come back with tickets, and the state remembers them until they are answered.
    """
    if isinstance(said, Reply):
        state = replace(state, cancelling=0) if state.cancelling else state
        family = _REPLIES.get(type(said))
        if said.ticket:
            tag = next((t for t, ticket in state.tickets.items() if ticket == said.ticket), None)
            if tag is None:
                return state, []
            if tag == "OpenModel" and isinstance(said, messages.Failed):
                family = own.not_opened
            if is_idle(tag) and isinstance(said, messages.Failed):
                family = looking.unanswered
            if tag.startswith("quantify/") and isinstance(said, messages.Failed):
                family = partial(overlays.unmeasured, tag=tag)
            if tag.startswith("explain/") and isinstance(said, messages.Failed):
                family = partial(deriving.unexplained, asker=tag.removeprefix("explain/"))
            if tag == "FindReach" and isinstance(said, messages.Failed):
                family = reaching.unreached
            if isinstance(said, messages.Failed) and looking.is_out_of_date(state, said, tag):
                family = looking.unanswered
            if tag in writing.BUSY and isinstance(said, messages.Failed):
                state = writing.given_up(state, said.kind)
            if tag == "Find":
                state = replace(state, finding="")
            if tag == "LoadWeights" and isinstance(said, messages.Opened):
                family = own.put
            if isinstance(said, messages.Recorded) and comparing.is_beside(state, said):
                family = comparing.recorded_beside
            goes_on = isinstance(said, messages.Trained) and said.running and tag == "Train"
            goes_on |= isinstance(said, messages.Recorded) and said.more
            ends = tag in ("Pause", "ResetTraining")
            if ends and state.tickets.get("Train", said.ticket) < said.ticket:
                state = looking.unasked(state, "Train")  # it answers for that one, too
            if not goes_on:
                state = looking.unasked(state, tag)
    else:
        family = _INTENTS[type(said)]
        if state.live and isinstance(said, _LEAVE_THE_MODEL):
            return own.stay(state), []
        if state.earlier is not None and isinstance(said, _LOOKS):
            state = replace(state, earlier=state.earlier._replace(goes_on=False))
        if state.engine.status != "ready" and isinstance(said, _NEED_AN_ENGINE):
            return state, []
        if state.gives_way and isinstance(said, _OF_THE_TRAINING):
            return state, []
        if state.engine.status == "ready" and state.engine.restarts and isinstance(said, _GO_ON):
            state = replace(state, engine=replace(state.engine, restarts=0))
    if family is None:
        return state, []
    before = state
    state, requests = overlays.kept_up(before, *family(state, said))
    state = nearby.kept_up(before, state)
    if state.leads and state.oddity is before.oddity and state.value != before.value:
        state = replace(state, leads=False)  # somebody went on
    state, requests = breaking.kept_up(state, said, requests)
    state, requests = deriving.kept_up(before, state, requests)
    state, requests = reaching.kept_up(before, state, requests)
    if state.recording is not before.recording:
        state = finding.again(before, state)
    state = walking.remembered(before, state, said)
    state, compares = comparing.kept_up(before, state, said)
    state, more = changing.kept_up(before, state, said)
    state, drawing = writing.kept_up(before, state, said, [*requests, *more])
    state, requests = opening.ticketed(state, [*requests, *more, *drawing])
    return state, [*requests, *compares]
