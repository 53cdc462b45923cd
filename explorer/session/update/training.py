"""Training as the desktop sees it: the plan, the growing curves, the last checkpoint."""

from __future__ import annotations

from dataclasses import replace

from explorer.core import messages
from explorer.core.messages import ChangePlan, Pause, Request, ResetTraining, Train
from explorer.core.problem import phrase
from explorer.session import intents
from explorer.session.series import Series
from explorer.session.state import AppState, Banner
from explorer.session.update.looking import stale

Result = tuple[AppState, list[Request]]
_LOSES = phrase(
    "A reset throws away {steps} steps of training. Reset once more to do it; {keys} saves the "
    "weights first."
)
_FRESH = phrase("Training begins with fresh weights. Ctrl+R brings back those of the preset.")


def start(state: AppState, intent: intents.StartTraining) -> Result:
    """Train on. Shipped weights have nothing left to learn, so a preset starts from fresh ones;
    once the plan is done, ``Start`` goes on for as many steps again."""
    training = state.training
    if training is None or training.running:
        return state, []
    state = replace(state, training=replace(training, running=True), banner=None)
    state, fresh = made_fresh(state)
    if intent.steps is not None:
        return state, [*fresh, Train(steps=intent.steps)]
    if training.step >= training.steps:
        more = training.plan.steps
        plan = training.plan.model_copy(update={"steps": training.step + more})
        state, requests = edit_plan(state, intents.EditPlan(plan))
        return state, [*requests, Train()]
    return state, [*fresh, Train()]


def made_fresh(state: AppState) -> Result:
    """Shipped weights make way for fresh ones, and it is said so; others stay."""
    training = state.training
    assert training is not None
    made = training.weights or (state.recording.weights if state.recording else "")
    if made != "shipped":
        return state, []
    return replace(state, banner=Banner("fresh", _FRESH, "", {}, "news")), [ResetTraining()]


def pause(state: AppState, _: intents.PauseTraining) -> Result:
    """Stop after the current step."""
    if state.training is None or not state.training.running:
        return state, []
    return state, [Pause()]


def reset(state: AppState, _: intents.Retrain) -> Result:
    """Fresh weights; the curves start anew when the engine has done it. Where that throws steps
    away, it has to be asked for once more."""
    training = state.training
    if training is None:
        return state, []
    asked = state.banner is not None and state.banner.kind == "reset"
    if training.step and not asked:
        values = {"steps": f"{training.step:,}", "keys": "Ctrl+S"}
        return replace(state, banner=Banner("reset", _LOSES, "", values, "news")), []
    return replace(state, banner=None if asked else state.banner), [ResetTraining()]


def edit_plan(state: AppState, intent: intents.EditPlan) -> Result:
    """Another plan from the next step on."""
    if state.training is None or intent.plan == state.training.plan:
        return state, []
    training = replace(state.training, plan=intent.plan, steps=intent.plan.steps)
    plan = intent.plan.model_dump(mode="json")
    return replace(state, training=training), [ChangePlan(plan=plan)]


def trained(state: AppState, reply: messages.Trained) -> Result:
    """New points for the curves; when it stopped, the step view sees the new weights."""
    before = state.training
    if before is None:
        return state, []
    curves = {} if reply.fresh else dict(before.curves)
    for name, points in reply.curves.items():
        if len(points):
            curves[name] = curves.get(name, Series()).extended(points)
    training = replace(
        before,
        step=reply.step,
        steps=reply.steps,
        epoch=reply.epoch,
        running=reply.running or "Train" in state.tickets,
        steps_per_second=reply.steps_per_second,
        left=reply.left,
        weights=reply.weights,
        curves=curves,
        probe=reply.probe if reply.probe is not None or reply.fresh else before.probe,
        probe_step=reply.step if reply.probe is not None else before.probe_step,
        layers=reply.layers or before.layers,
        checkpoint=None if reply.fresh else before.checkpoint,
        checkpoint_step=0 if reply.fresh else before.checkpoint_step,
        iterating=None if reply.fresh else before.iterating,
    )
    state = replace(state, training=training)
    if reply.running or state.tab == "training":
        return state, []
    return state, stale(state)


def checkpointed(state: AppState, reply: messages.Checkpointed) -> Result:
    """Where to go on from, should the engine be lost."""
    if state.training is None:
        return state, []
    training = replace(state.training, checkpoint=reply.path, checkpoint_step=reply.step)
    return replace(state, training=training), []


def arrange(state: AppState, intent: intents.ArrangeCards) -> Result:
    """Other pictures, or in another order."""
    return replace(state, arrangement=intent.arrangement), []
