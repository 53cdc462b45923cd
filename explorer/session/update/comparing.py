"""Two sides: a pass is kept beside another, with linked cursors, and one goes from difference to
difference."""

from __future__ import annotations

from dataclasses import replace

from explorer.core import messages
from explorer.core.comparison import Part, Side
from explorer.core.flow import Span, carried, locate
from explorer.core.graph import Recording, ancestry, closed_around, is_leaf
from explorer.core.matching import compare, is_quick
from explorer.core.messages import Arrange, Request
from explorer.core.problem import phrase
from explorer.session import intents
from explorer.session.comparer import Compare
from explorer.session.others import usual
from explorer.session.state import AppState, Banner, Beside, Comparing
from explorer.session.update.looking import unasked_all
from explorer.session.update.opening import brought_back
from explorer.session.update.stepping import open_to_level, recorded, step_to

Result = tuple[AppState, list[Request]]
# The answers to these are for this side.
_ON_ITS_WAY = {"OpenModel", "LoadWeights", "OpenEvent", "DrawToken"}
_WAIT = phrase("Something is on its way for this side; switch when it is there.")
_OPENS = phrase("Another model is being opened; keep this one beside before you open the next.")
_TRAINS = phrase("The model of this side is being trained; pause that to switch.")


def keep(state: AppState, _: intents.KeepBeside) -> Result:
    """Put the active pass beside, in the place of what is there."""
    aside, there = state.aside, state.beside
    if aside is None:
        return state, []
    if "OpenModel" in state.tickets:  # by then the engine has this one no more
        return replace(state, banner=Banner("beside", _OPENS, "", {}, "news")), []
    state = replace(state, beside=replace(aside, right=there is None or there.right))
    return state, [_arranged(state)]


def end(state: AppState, _: intents.EndBeside) -> Result:
    """The active side stays; no value is compared with one of the other any more."""
    if state.beside is None:
        return state, []
    plane = state.plane
    if plane.against is not None and plane.against.kind == "beside":
        plane = replace(plane, against=usual(state.recording))
    state = replace(state, beside=None, plane=plane)
    return state, [_arranged(state)]


def switch(state: AppState, _: intents.SwitchSides) -> Result:
    """The other side is active; one of which the engine has no values any more is run again."""
    active, before, other = state, state.beside, state.other
    if before is None or other is None:
        return state, []
    trains = state.training is not None and state.training.running and not before.same
    if trains or state.tickets.keys() & _ON_ITS_WAY:
        return replace(
            state, banner=Banner("beside", _TRAINS if trains else _WAIT, "", {}, "news")
        ), []
    assert other.beside is not None
    asked = state.tickets.get("RecordPass", 0)
    state = replace(
        unasked_all(other),
        beside=replace(other.beside, pending=0 if asked == before.pending else asked),
        overlay=state.overlay, search=state.search, amounts=state.amounts,
        unmeasured=state.unmeasured, readings={}, playing=False,
    )  # fmt: skip
    state = _lit_too(active, state)
    if before.lost:
        again, requests = brought_back(state)
        return again, [_arranged(state), *requests]
    return state, [_arranged(state)]


def next_difference(state: AppState, intent: intents.NextDifference) -> Result:
    """Go to a difference. One that is on the other side only has the cursor there; here it is
    where that would be."""
    beside, recording = state.beside, state.recording
    if beside is None or recording is None or beside.comparison is None:
        return state, []
    found = beside.comparison.differences
    if not found:
        return state, []
    at = max(beside.at, 0) if intent.by < 0 else beside.at
    at = (at + intent.by) % len(found)
    one = found[at]
    here, there = (one.after, one.before) if beside.right else (one.before, one.after)
    beside = replace(beside, at=at)
    if here is not None:
        opened, cursor = _shown(recording, state.open, here)
        state = replace(
            state, open=opened, cursor=cursor, selected=None, beside=beside, playing=False
        )
        return _followed(state), []
    assert there is not None
    opened, cursor = _shown(beside.recording, beside.open, there)
    beside = replace(beside, open=opened, cursor=cursor, selected=None, hollow="active")
    side = 1 if beside.right else 0
    opened = state.open | frozenset(ancestry(recording, one.homes[side]))
    state = replace(state, open=opened, beside=beside, playing=False)
    return step_to(state, intents.StepTo(one.places[side]))


def is_beside(state: AppState, reply: messages.Recorded) -> bool:
    """Whether a pass was asked for when the side that is beside now was active."""
    return state.beside is not None and reply.ticket == state.beside.pending


def recorded_beside(state: AppState, reply: messages.Recorded) -> Result:
    """A new pass for the side that is beside."""
    other = state.other
    if other is None:
        return state, []
    other, _ = recorded(other, reply)
    back = other.other
    assert back is not None
    assert state.beside is not None
    assert back.beside is not None
    state = replace(state, beside=replace(back.beside, pending=state.beside.pending))
    return state, [_arranged(state)]


def compared(state: AppState, said: intents.Compared) -> Result:
    """From now on the sides are linked, also by what was opened meanwhile. The comparison of older
    passes is of no use any more."""
    beside = state.beside
    if beside is None or beside.comparing is None or beside.comparing.tapes != said.tapes:
        return state, []
    was = beside.comparing
    if said.comparison is None:
        return replace(state, beside=replace(beside, comparing=was._replace(failed=True))), []
    state = replace(state, beside=replace(beside, comparison=said.comparison, comparing=None))
    return _followed(_caught_up(state, was)), []


def kept_up(before: AppState, state: AppState, said: object) -> Result:
    """Of two other passes the comparison is made anew: at once if that is quick. Then what is
    opened here is opened there, and the cursors stay together."""
    beside, recording = state.beside, state.recording
    if beside is None:
        return state, []
    passes = _passes(state)
    if recording is None or passes is None:
        alone = replace(beside, comparison=None, comparing=None, hollow="", at=-1)
        return replace(state, beside=alone), []
    there = beside.comparing or beside.comparison
    if there is None or there.tapes != (passes[0].tape, passes[1].tape):
        return _begun(state, *passes)
    if isinstance(said, intents.OpenToLevel) and before.recording is recording:
        state = _levelled(state, said)
    if isinstance(said, intents.SwitchSides | intents.Compared) or beside.comparison is None:
        return state, []
    opened = before.recording is recording and (
        before.open is not state.open or before.unfolded is not state.unfolded
    )
    if opened and not isinstance(said, intents.OpenToLevel):
        state = _opened_too(state, before.open, before.unfolded)
    moved = opened or before.cursor != state.cursor
    led = isinstance(said, intents.NextDifference) and beside.hollow == "active"
    return (_followed(state) if moved and not led else state), []


def _passes(state: AppState) -> tuple[Recording, Recording] | None:
    """Before and after, if there are both."""
    beside, recording = state.beside, state.recording
    if beside is None or recording is None:
        return None
    return (beside.recording, recording) if beside.right else (recording, beside.recording)


def _begun(state: AppState, before: Recording, after: Recording) -> Result:
    """With the comparison of both passes, or with the wish for it."""
    beside = state.beside
    assert beside is not None
    if is_quick(before, after):
        found = compare(before, after)
        beside = replace(beside, comparison=found, comparing=None, at=-1)
        return _followed(replace(state, beside=beside)), []
    sides = (beside, state) if beside.right else (state, beside)
    comparing = Comparing(
        (before.tape, after.tape),
        (sides[0].open, sides[1].open),
        (sides[0].unfolded, sides[1].unfolded),
    )
    beside = replace(beside, comparison=None, comparing=comparing, hollow="", at=-1)
    return replace(state, beside=beside), [Compare(before=before, after=after)]


def _arranged(state: AppState) -> Arrange:
    """What the engine must know of the sides."""
    recording, beside = state.recording, state.beside
    return Arrange(
        active=recording.tape if recording is not None else 0,
        beside=beside.recording.tape if beside is not None else 0,
    )


def _lit_too(before: AppState, state: AppState) -> AppState:
    """What was lit on the side that was active, and where paths began, are so on this one, where
    there is a counterpart."""
    recording, there, beside = before.recording, state.recording, before.beside
    assert beside is not None
    if recording is None or there is None or beside.comparison is None:
        return state
    side = _side(beside)

    def counterpart(span: Span) -> Span | None:
        if span.first == span.last:
            its = int(side.events[span.first])
            return Span(its, its) if its >= 0 else None
        for call in recording.calls:
            if (call.first, call.last) == span and (its := int(side.calls[call.index])) >= 0:
                return Span(there.calls[its].first, there.calls[its].last)
        return None

    cone = None if before.cone is None else carried(before.cone, there, counterpart)
    at = locate(recording, before.start) if before.start else None
    begin = -1 if at is None else int(side.events[at])
    return replace(state, cone=cone, start=there.events[begin].id if begin >= 0 else "")


def _side(beside: Beside) -> Side:
    """The counterparts of what the active side has."""
    assert beside.comparison is not None
    return beside.comparison.after if beside.right else beside.comparison.before


def _shown(recording: Recording, opened: frozenset[int], part: Part) -> tuple[frozenset[int], int]:
    """The open calls that a part is seen among, and where the cursor rests on it."""
    call = recording.events[part.first].call if part.call < 0 else part.call
    around = recording.calls[call].parent if part.call >= 0 else call
    opened = opened | frozenset(ancestry(recording, around))
    if part.call < 0 or part.call not in opened or part.first == part.last:
        return opened, part.last
    inner = closed_around(recording, part.first, opened)
    return opened, part.first if inner is None else recording.calls[inner].last


def _followed(state: AppState) -> AppState:
    """With the cursor beside at the counterpart of this one, or hollow near to it."""
    beside, recording = state.beside, state.recording
    if beside is None or recording is None or beside.comparison is None:
        return state
    if not recording.events or not beside.recording.events:
        return state
    side, there = _side(beside), beside.recording
    closed = closed_around(recording, state.cursor, state.open)
    its = -1
    if closed is not None and not is_leaf(recording.calls[closed]):
        its = int(side.calls[closed])
    if its >= 0:
        event, own = there.calls[its].last, True
    else:
        event, own = side.follow(state.cursor)
        own = own and (closed is None or is_leaf(recording.calls[closed]))
    cursor = _resting(there, event, beside.open)
    selected = beside.selected if cursor == beside.cursor else None
    hollow = "" if own else "beside"
    beside = replace(beside, cursor=cursor, selected=selected, hollow=hollow)  # type: ignore[arg-type]
    return replace(state, beside=beside)


def _resting(recording: Recording, event: int, opened: frozenset[int]) -> int:
    """Where a cursor rests that is to be at an event: at the end of a closed call that hides it."""
    hidden = closed_around(recording, event, opened)
    return event if hidden is None else recording.calls[hidden].last


def _levelled(state: AppState, said: intents.OpenToLevel) -> AppState:
    """As many levels are open there as here, whatever is counterpart of what."""
    beside, other = state.beside, state.other
    assert beside is not None
    assert other is not None
    other, _ = open_to_level(other, said)
    return replace(state, beside=replace(beside, open=other.open, unfolded=other.unfolded))


def _caught_up(state: AppState, was: Comparing) -> AppState:
    """What was opened on one side while it could not be known on the other is opened there, too."""
    beside, recording = state.beside, state.recording
    assert beside is not None
    assert recording is not None
    mine = 1 if beside.right else 0
    state = _opened_too(state, was.open[mine], was.unfolded[mine])
    other = state.other
    assert other is not None
    aside = _opened_too(other, was.open[1 - mine], was.unfolded[1 - mine]).beside
    assert aside is not None
    cursor = _resting(recording, state.cursor, aside.open) if recording.events else 0
    return replace(state, open=aside.open, unfolded=aside.unfolded, cursor=cursor)


def _opened_too(
    state: AppState, was_open: frozenset[int], was_unfolded: frozenset[int]
) -> AppState:
    """What was opened, closed or unfolded here is so there, where there is such a thing."""
    beside = state.beside
    assert beside is not None
    side, there = _side(beside), beside.recording

    def counterparts(calls: frozenset[int]) -> set[int]:
        return {its for call in calls if (its := int(side.calls[call])) > 0}

    opened = set(beside.open)
    for call in counterparts(state.open - was_open):
        opened.update(ancestry(there, call))
    gone = counterparts(was_open - state.open)
    if gone:
        opened = {call for call in opened if gone.isdisjoint(ancestry(there, call))}
    unfolded = beside.unfolded | counterparts(state.unfolded - was_unfolded)
    unfolded -= counterparts(was_unfolded - state.unfolded)
    beside = replace(beside, open=frozenset(opened), unfolded=frozenset(unfolded))
    return replace(state, beside=beside)
