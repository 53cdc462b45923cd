"""The cursor: recorded passes, steps both ways, into and out of modules."""

from __future__ import annotations

from dataclasses import replace

from explorer.core import messages
from explorer.core.graph import Failure, Recording, ancestry, closed_around, is_leaf, stops
from explorer.core.messages import OpenEvent, Request
from explorer.core.misfit import misfit
from explorer.core.problem import phrase
from explorer.core.values import TensorsInput
from explorer.session import intents
from explorer.session.earlier import before_edit
from explorer.session.state import AppState, Banner
from explorer.session.update.looking import run_again, unasked_all

Result = tuple[AppState, list[Request]]
_STOPPED = phrase("The forward pass stopped in {op} at {source}: {text}")
_STOPPED_SHAPES = phrase(
    "The forward pass stopped in {op} ({place}), given {shapes}, at {source}: {text}"
)
_MEND = phrase("What ran before it is here to look at. Change the input or the model.")
_GUESSED = phrase("The shapes at the left are a guess: type those that the model takes.")


def recorded(state: AppState, reply: messages.Recorded) -> Result:
    """A new pass. If it is of the same shape of program, cursor and open boxes stay."""
    new, old = reply.recording, state.recording
    if old is not None and old.tape == new.tape:  # its axes have names now, if they got any
        return state if new == old else replace(state, recording=new), []
    state = unasked_all(state)
    real = [] if old is None else [c.module for c in old.calls if not c.opened]
    if old is not None and real == [c.module for c in new.calls]:
        opened = frozenset(call for call in state.open if call < len(real))
        cursor = _same_place(old, state.cursor, new, opened)
        selected = state.selected
        if selected is not None and (
            selected >= len(new.values) or new.values[selected].name != old.values[selected].name
        ):
            selected = None
        state = replace(
            state, recording=new, cursor=cursor, selected=selected, open=opened, readings={}
        )
    else:
        opened = _first_opening(new)
        first = stops(new, opened)
        state = replace(
            state,
            recording=new,
            open=opened,
            unfolded=frozenset(),
            cursor=first[0] if first else 0,
            selected=None,
            readings={},
        )
    if new.failure is not None:
        return _failed_at(state, new, new.failure), []
    if state.banner is not None and state.banner.kind in ("input", "engine", "forward"):
        state = replace(state, banner=None)
    return state, []


def _same_place(old: Recording, cursor: int, new: Recording, opened: frozenset[int]) -> int:
    """Where a cursor is in a new pass: inside of a fused op, that is closed again, on that op."""
    here = f"{old.events[cursor].id}/" if old.events else ""
    around = [e for e in new.events if here.startswith(f"{e.id}/")]
    if around:
        return max(around, key=lambda event: len(event.id)).index
    first = stops(new, opened)
    return first[0] if first else 0


def open_event(state: AppState, intent: intents.OpenEvent) -> Result:
    """Show what a fused op does, step by step."""
    recording = state.recording
    if recording is None or not 0 <= intent.event < len(recording.events):
        return state, []
    if not recording.events[intent.event].opens:
        return state, []
    return state, [_opening(state, recording, intent.event)]


def _opening(state: AppState, recording: Recording, event: int) -> OpenEvent:
    beside = state.beside.recording.tape if state.beside is not None and recording.base else 0
    earlier = state.earlier.tape if state.earlier is not None and recording.base else 0
    return OpenEvent(tape=recording.tape, event=event, beside=beside, earlier=earlier)


def unfolded(state: AppState, reply: messages.Unfolded) -> Result:
    """The cursor goes to the first step inside."""
    new = reply.recording
    state = unasked_all(state)
    opened = state.open | frozenset(ancestry(new, reply.call))
    return replace(
        state, recording=new, open=opened, cursor=new.calls[reply.call].first, selected=None,
        readings={}, playing=False,
    ), []  # fmt: skip


def _failed_at(state: AppState, recording: Recording, failure: Failure) -> AppState:
    """Go to the last event before the one that raised, in open boxes, and say what did not fit."""
    last = len(recording.events) - 1
    if last >= 0:
        chain = ancestry(recording, recording.events[last].call)
        state = replace(state, cursor=last, open=state.open | frozenset(chain), selected=None)
    values = {
        "op": failure.op or "forward",
        "place": failure.module or "·",
        "source": failure.source,
        "shapes": failure.met,
        "text": failure.text,
    }
    said = _STOPPED_SHAPES if failure.shapes else _STOPPED
    if (found := misfit(failure)) is not None:
        said = found.text
        values |= {name: str(getattr(found, name)) for name in ("has", "takes", "axis")}
    first = state.model.sample if state.model is not None else None
    guessed = isinstance(first, TensorsInput) and recording.input == first
    remedy = _GUESSED if guessed else _MEND
    return replace(state, banner=Banner("forward", said, remedy, values))


def step_to(state: AppState, intent: intents.StepTo) -> Result:
    """Put the cursor on an event; one hidden in a closed box puts it on the box, or opens it."""
    recording = state.recording
    if recording is None or not recording.events:
        return state, []
    event = min(max(intent.event, 0), len(recording.events) - 1)
    opened = state.open
    if intent.reveal:
        opened = opened | frozenset(ancestry(recording, recording.events[event].call))
    else:
        closed = closed_around(recording, event, opened)
        if closed is not None:
            event = recording.calls[closed].last
    return _move(replace(state, open=opened), event)


def step_within(state: AppState, intent: intents.StepBy) -> Result:
    """A step in this pass. Over and back walk the stops and are exact inverses; into opens, out
    closes."""
    recording = state.recording
    if recording is None or not recording.events:
        return state, []
    cursor = state.cursor
    if intent.step == "into":
        closed = closed_around(recording, cursor, state.open)
        if closed is None or recording.calls[closed].first == recording.calls[closed].last:
            if recording.events[cursor].opens:
                return state, [_opening(state, recording, cursor)]
            return step_within(state, intents.StepBy("over"))  # nothing is inside of it
        return _enter(state, closed)
    if intent.step == "out":
        closed = closed_around(recording, cursor, state.open)
        chain = ancestry(recording, recording.events[cursor].call)
        if closed is not None:
            chain = chain[: chain.index(closed)]
        while is_leaf(recording.calls[chain[-1]]) and len(chain) > 1:
            chain.pop()  # a layer of one op is that op, and never a box
        around = chain[-1]
        if around == 0:
            return state, []
        return _move(_close(state, around), recording.calls[around].last)
    places = stops(recording, state.open)
    if intent.step == "first":
        where = places[0]
    elif intent.step == "last":
        where = places[-1]
    elif intent.step == "over":
        where = next((e for e in places if e > cursor), cursor)
    else:
        where = next((e for e in reversed(places) if e < cursor), cursor)
    return _move(state, where)


def toggle_play(state: AppState, _: intents.TogglePlay) -> Result:
    """Walk by itself; from the end it starts over, or goes on to the next token."""
    recording = state.recording
    if recording is None or not recording.events:
        return state, []
    playing = not state.playing
    state = replace(state, playing=playing)
    if playing and state.cursor >= len(recording.events) - 1 and not state.writing.tokens:
        return step_within(state, intents.StepBy("first"))
    return state, []


def set_pace(state: AppState, intent: intents.SetPace) -> Result:
    """Play faster or slower."""
    return replace(state, pace=min(8.0, max(0.25, intent.pace))), []


def toggle_call(state: AppState, intent: intents.ToggleCall) -> Result:
    """Open or close a box: the cursor on it goes to its first step, one inside it onto it."""
    recording = state.recording
    if recording is None or not 0 < intent.call < len(recording.calls):
        return state, []
    call = recording.calls[intent.call]
    if call.first == call.last and recording.events[call.first].opens:
        return open_event(state, intents.OpenEvent(call.first))
    inside = call.first <= state.cursor <= call.last
    if intent.call not in state.open:
        if inside and closed_around(recording, state.cursor, state.open) == intent.call:
            return _enter(state, intent.call)
        return replace(state, open=state.open | {intent.call}), []
    state = _close(state, intent.call)
    return _move(state, call.last) if inside else (state, [])


def toggle_fold(state: AppState, intent: intents.ToggleFold) -> Result:
    """Show equal blocks one by one, or fold them again: those that are all open are closed."""
    calls = frozenset(intent.calls)
    if calls <= state.open:
        state = replace(state, open=state.open - calls, unfolded=state.unfolded - calls)
        return step_to(state, intents.StepTo(state.cursor))
    folded = state.unfolded.isdisjoint(calls)
    unfolded = state.unfolded | calls if folded else state.unfolded - calls
    return replace(state, unfolded=unfolded), []


def open_to_level(state: AppState, intent: intents.OpenToLevel) -> Result:
    """Open every box shallower than a level, and close and fold the others; the cursor goes to its
    box."""
    recording = state.recording
    if recording is None:
        return state, []
    depths: list[int] = []
    for call in recording.calls:
        depths.append(0 if call.parent < 0 else depths[call.parent] + 1)
    level = intent.level if intent.level >= 0 else max(depths) + 1
    opened = frozenset(i for i, depth in enumerate(depths) if depth < level) | {0}
    state = replace(state, open=opened, unfolded=frozenset())
    return step_to(state, intents.StepTo(state.cursor))


def select_output(state: AppState, intent: intents.SelectOutput) -> Result:
    """Look at one of the event's other values."""
    return replace(state, selected=intent.value), []


def edit_input(state: AppState, intent: intents.EditInput) -> Result:
    """Record the pass again with what was typed, drawn or picked."""
    if state.model is None or intent.input == state.typed:
        return state, []
    earlier = before_edit(state.earlier, state.recording, intent.input)
    state = replace(state, typed=intent.input, earlier=earlier)
    return state, run_again(state)


def _move(state: AppState, event: int) -> Result:
    if event == state.cursor:
        return state, []
    return replace(state, cursor=event, selected=None), []


def _enter(state: AppState, call: int) -> Result:
    """Open a call and go to the first step in it."""
    assert state.recording is not None
    opened = state.open | {call}
    first = state.recording.calls[call].first
    inner = closed_around(state.recording, first, opened)
    where = first if inner is None else state.recording.calls[inner].last
    return _move(replace(state, open=opened), where)


def _close(state: AppState, call: int) -> AppState:
    """Close a call and all calls in it."""
    assert state.recording is not None
    recording = state.recording
    kept = {c for c in state.open if call not in ancestry(recording, c)}
    return replace(state, open=frozenset(kept))


def _first_opening(recording: Recording) -> frozenset[int]:
    """A small model opens whole; of a large one the model itself and plain containers of blocks."""
    if len(recording.events) <= 24:
        return frozenset(range(len(recording.calls)))
    return frozenset(
        {
            0,
            *(
                c.index
                for c in recording.calls
                if c.kind in ("ModuleList", "Sequential") and c.parent == 0
            ),
        }
    )
