"""Writing: one token after another is drawn, and each has its own pass.

Of all passes the engine keeps those on screen alone. Another one is recorded again when somebody
goes there; it is the same, as its input is.
"""

from __future__ import annotations

from dataclasses import replace

from explorer.core import messages
from explorer.core.generation import (
    LARGEST_SEED,
    continued,
    next_token_view,
    predicts_tokens,
    then_of,
)
from explorer.core.graph import stops
from explorer.core.messages import DrawToken, Request
from explorer.core.problem import phrase
from explorer.session import intents
from explorer.session.state import AppState, Banner
from explorer.session.update.looking import run_again, unasked
from explorer.session.update.stepping import step_to, step_within
from explorer.session.writing import Landing, Writing

Result = tuple[AppState, list[Request]]
# While one of these is on its way, no token is drawn.
BUSY = {"OpenModel", "LoadWeights", "RecordPass", "ChangePass", "OpenEvent", "DrawToken"}
_NO_TOKENS = phrase(
    "This model does not write: it does not give, for every token that it reads, a number for each "
    "token of a vocabulary."
)
_STOPPED = phrase("This pass stopped before its end, so it predicts no token.")
_ENDED = phrase("The text is over: {token} was drawn. Generate goes on after it all the same.")


def generate(state: AppState, intent: intents.Generate) -> Result:
    """So many more; see `kept_up`. It begins with the last pass, wherever one looks."""
    if (why := _why_not(state)) is not None:
        return _refused(state, why), []
    return _at_end(_with(state, left=max(1, intent.count), landing=""))


def toggle_play(state: AppState, _: intents.TogglePlayTokens) -> Result:
    """Begin, or stop: a token that is on its way still comes."""
    if state.writing.left:
        return _with(state, left=0), []
    return generate(state, intents.Generate(state.writing.most))


def show_token(state: AppState, intent: intents.ShowToken) -> Result:
    """The pass that gave it, at the op that predicts; how likely the others were is shown."""
    return _gone(replace(state, pane="prediction"), intent.at, "prediction")


def step_token(state: AppState, intent: intents.StepToken) -> Result:
    """To the pass after or before, with the cursor where it is."""
    return _on(state, intent.by, "")


def again(state: AppState, _: intents.WriteAgain) -> Result:
    """Another token in the place of that which the pass on screen gave, by the next seed."""
    if (why := _why_not(state)) is not None:
        return _refused(state, why), []
    writing = state.writing
    kept, seed = writing.tokens[: _place(state)], min(writing.seed + 1, LARGEST_SEED)
    return _at_end(_with(state, tokens=kept, left=1, landing="", seed=seed))


def end(state: AppState, _: intents.EndWriting) -> Result:
    """Back to the prompt."""
    return _at_end(replace(unasked(state, "DrawToken"), writing=_anew(state.writing)))


def set_writing(state: AppState, intent: intents.SetWriting) -> Result:
    """Other numbers for what is drawn from now on."""
    seed = min(max(0, intent.seed), LARGEST_SEED)
    return _with(state, seed=seed, most=max(1, intent.most)), []


def step_by(state: AppState, intent: intents.StepBy) -> Result:
    """A step of the cursor. Past the end of a pass it goes on with the next token, if tokens were
    drawn, and before its first op with the last one of the pass before."""
    after, requests = step_within(state, intent)
    if after is not state or requests or not state.writing.tokens:
        return after, requests
    if intent.step in ("over", "into"):
        return _on(state, 1, "first")
    return _on(state, -1, "last") if intent.step == "back" else (state, [])


def tick(state: AppState, _: intents.Tick) -> Result:
    """One step of playing; it stops at the end."""
    if not state.playing or state.writing.left or state.tickets.keys() & BUSY:
        return state, []
    after, requests = step_by(state, intents.StepBy("over"))
    goes_on = after.cursor != state.cursor or bool(requests) or after.writing.left > 0
    return replace(after, playing=goes_on), requests


def drawn(state: AppState, reply: messages.TokenDrawn) -> Result:
    """One more token, and the pass that reads it, too."""
    recording, writing = state.recording, state.writing
    if recording is None or recording.tape != reply.tape or recording.input != state.typed:
        return state, []
    then = then_of(recording.input)
    first = not then
    ends = reply.drawn.ends
    state = _with(
        state, tokens=(*writing.tokens[: len(then)], reply.drawn),
        prompt=continued(recording.input, ()), weights=recording.weights, text=reply.text,
        read=recording.labels.get("T", ()) if first else writing.read,
        left=0 if ends else max(0, writing.left - 1),
    )  # fmt: skip
    if ends:
        state = replace(state, playing=False)
    return _at_end(state)


def given_up(state: AppState, why: str) -> AppState:
    """Nothing more is wanted, as something of that kind went wrong."""
    return _with(state, left=0, landing="", never=state.writing.never or why == "looks ahead")


def kept_up(before: AppState, state: AppState, said: object, requests: list[Request]) -> Result:
    """Draw what is still wanted as soon as the last pass is there, with its changes; tokens that do
    not come after this input, or are of other weights, are dropped."""
    state = _stopped(before, state, said)
    writing, recording, typed = state.writing, state.recording, state.typed
    new = recording is not None and recording is not before.recording
    if typed is None or (writing.tokens and continued(typed, ()) != writing.prompt):
        return (replace(state, writing=_anew(writing)) if writing.tokens else state), []
    if recording is not None and new and writing.tokens and recording.weights != writing.weights:
        return _at_end(replace(state, writing=_anew(writing)))
    if recording is None or recording.input != typed:
        return state, []
    if new and writing.landing:
        state = _landed(_with(state, landing=""), writing.landing)
    asked = {type(one).__name__ for one in requests} | state.tickets.keys()
    last = len(then_of(typed)) == len(writing.tokens)
    ready = state.engine.status == "ready" and recording.changes == state.changes.active
    if not writing.left or not last or not ready or asked & BUSY:
        return state, []
    if (why := _why_not(state)) is not None:
        return _with(_refused(state, why), left=0), []
    view = next_token_view(recording, state.sampling)
    return state, [DrawToken(view=view, seed=writing.seed)]


def _stopped(before: AppState, state: AppState, said: object) -> AppState:
    """Nothing more is wanted after some of what is said."""
    if isinstance(said, messages.Opened) and before.typed is not state.typed:
        anew = replace(_anew(state.writing), never=False)
        return replace(state, writing=anew)  # another model, or this one anew
    left = (intents.EditInput, intents.SwitchSides, intents.KeepBeside, messages.Lost)
    return given_up(state, "") if isinstance(said, left) else state


def _anew(writing: Writing) -> Writing:
    """Nothing is drawn yet."""
    return Writing(seed=writing.seed, most=writing.most, never=writing.never)


def _place(state: AppState) -> int:
    """Of which token the pass that is on screen, or on its way there, is: which it gives."""
    return len(then_of(state.typed))


def _why_not(state: AppState) -> str | None:
    """Why no token can be drawn after the pass on screen, None if one can be."""
    recording = state.recording
    if recording is None or (recording.failure is None and not predicts_tokens(recording)):
        return _NO_TOKENS
    return None if recording.failure is None else _STOPPED


def _refused(state: AppState, why: str) -> AppState:
    return replace(state, banner=Banner("generate", why, "", {}, "news"), playing=False)


def _on(state: AppState, by: int, landing: Landing) -> Result:
    """To the pass of another token; that of the next one is made by drawing it."""
    writing = state.writing
    at = _place(state) + by
    if writing.left or "DrawToken" in state.tickets or "RecordPass" in state.tickets:
        return state, []
    if at <= len(writing.tokens):
        return _gone(state, at, landing)
    if writing.tokens and writing.tokens[-1].ends and landing:
        values = {"token": writing.tokens[-1].name}
        said = Banner("generate", _ENDED, "", values, "news")
        return replace(state, banner=said, playing=False), []
    after, requests = generate(state, intents.Generate(1))
    return (_with(after, landing=landing) if after.writing.left else after), requests


def _gone(state: AppState, at: int, landing: Landing) -> Result:
    """To a pass that there was, which is recorded again."""
    typed = state.typed
    if not 0 <= at <= len(state.writing.tokens) or typed is None:
        return state, []
    state = _with(unasked(state, "DrawToken"), left=0)
    wanted = continued(typed, state.writing.then[:at])
    if wanted == typed:
        there = state.recording is not None and state.recording.input == wanted
        return (_landed(state, landing) if there else _with(state, landing=landing)), []
    state = replace(_with(state, landing=landing), typed=wanted)
    return state, run_again(state)


def _at_end(state: AppState) -> Result:
    """The pass that reads all tokens."""
    if state.typed is None:
        return state, []
    wanted = continued(state.typed, state.writing.then)
    if wanted == state.typed:
        return state, []
    state = replace(state, typed=wanted)
    return state, run_again(state)


def _landed(state: AppState, landing: Landing) -> AppState:
    """The cursor where it was to go."""
    recording = state.recording
    if recording is None or not recording.events or not landing:
        return state
    if landing == "prediction":
        value = recording.prediction
        writer = recording.values[value].writer if value >= 0 else -1
        if writer < 0:
            return state
        state, _ = step_to(state, intents.StepTo(writer, reveal=True))
        return replace(state, selected=None)
    places = stops(recording, state.open)
    return replace(state, cursor=places[0 if landing == "first" else -1], selected=None)


def _with(state: AppState, **fields: object) -> AppState:
    return replace(state, writing=replace(state.writing, **fields))  # type: ignore[arg-type]
