"""Changes to the pass: the list of them, and the pass that follows from it."""

from __future__ import annotations

from dataclasses import replace

from explorer.core import messages
from explorer.core.change import Entry
from explorer.core.flow import locate
from explorer.core.graph import Recording, ancestry
from explorer.core.messages import ChangePass, Request
from explorer.core.plane import Against
from explorer.session import intents
from explorer.session.changes import Changes, Draft, Entries
from explorer.session.others import usual
from explorer.session.state import AppState, shows_the_same
from explorer.session.update.looking import unasked_all

Result = tuple[AppState, list[Request]]


def propose(state: AppState, intent: intents.ProposeChange) -> Result:
    """Ask for a change of that value, or of the one looked at."""
    recording = state.recording
    value = state.value if intent.value is None else intent.value
    if recording is None or value is None or not 0 <= value < len(recording.values):
        return state, []
    draft = Draft(recording.values[value].name, intent.cells, intent.kind)
    return _with(state, draft=draft), []


def drop(state: AppState, _: intents.DropProposal) -> Result:
    """Nobody is about to change anything."""
    return _with(state, draft=None), []


def make(state: AppState, intent: intents.MakeChange) -> Result:
    """One more; changes that were paused are made, too: somebody wants to see."""
    state = _with(state, draft=None, paused=False, fresh=True)
    return _listed(state, (*state.changes.entries, Entry(intent.change))), []


def switch(state: AppState, intent: intents.SwitchChange) -> Result:
    """One off or on."""
    entries = state.changes.entries
    if not 0 <= intent.at < len(entries):
        return state, []
    one = entries[intent.at]
    turned = Entry(one.change, not one.on)
    return _listed(state, (*entries[: intent.at], turned, *entries[intent.at + 1 :])), []


def remove(state: AppState, intent: intents.RemoveChange) -> Result:
    """One out of the list, or all."""
    entries = state.changes.entries
    if intent.at is None:
        return _listed(state, ()), []
    if not 0 <= intent.at < len(entries):
        return state, []
    return _listed(state, (*entries[: intent.at], *entries[intent.at + 1 :])), []


def pause(state: AppState, _: intents.PauseChanges) -> Result:
    """The pass as the model gave it, and back."""
    if not state.changes.entries:
        return state, []
    return _with(state, paused=not state.changes.paused), []


def undo(state: AppState, intent: intents.UndoChange) -> Result:
    """One list back, or forward again."""
    changes = state.changes
    source = changes.future if intent.again else changes.past
    if not source:
        return state, []
    *rest, entries = source
    if intent.again:
        past, future = (*changes.past, changes.entries), tuple(rest)
    else:
        past, future = tuple(rest), (*changes.future, changes.entries)
    return _with(state, entries=entries, past=past, future=future), []


def put(state: AppState, intent: intents.PutChanges) -> Result:
    """Those of a file, in the place of those that there are."""
    return _listed(_with(state, paused=False, fresh=True), intent.entries), []


def changed(state: AppState, reply: messages.Changed) -> Result:
    """The pass with its changes; the cursor and all that is open stay."""
    new, old, asked = reply.recording, state.recording, state.changes.asked
    if old is None:
        return state, []
    if _base(old) != _base(new):
        if old.run != new.run or asked is None or asked[0] != _base(old):
            return state, []
        state = replace(
            _opened(state, old, new), changes=replace(state.changes, asked=(_base(new), *asked[1:]))
        )
    state = replace(unasked_all(state), recording=new, readings={})
    against = state.plane.against
    if new.touched and (against is None or state.changes.fresh):
        state = _with(state, fresh=False)
        against = usual(new)
    elif against is not None and against.kind == "before" and not new.base:
        against = None
    return _against(state, against), []


def _opened(state: AppState, old: Recording, new: Recording) -> AppState:
    """Ops were opened that have changes inside. Who was in one is there again; who was on one
    stays on its box."""
    inside, place = state.changes.inside, old.events[state.cursor].id
    if inside in new.numbers and inside.startswith(f"{place}/"):
        cursor = new.numbers[inside]
        opened = state.open | frozenset(ancestry(new, new.events[cursor].call))
        return replace(state, cursor=cursor, open=opened)
    box = locate(new, place)
    assert box is not None, "it is the same pass"
    return replace(state, cursor=box)


def kept_up(before: AppState, state: AppState, said: object) -> Result:
    """Ask for the pass with the changes that are to be made, as soon as there is a whole pass that
    has others. Another model has those that its preset bears, if any, and is compared with nothing
    that was chosen for the one before."""
    if isinstance(said, messages.Opened) and (
        state.shipped != before.shipped or not shows_the_same(before, state)
    ):
        borne = state.shipped.preset.change if state.shipped is not None else ()
        state = _against(state, None)
        state = replace(state, changes=Changes(tuple(one.entry for one in borne)))
    old = before.recording
    if isinstance(said, messages.Recorded) and old is not None and old.run != said.recording.run:
        state = _with(state, inside=old.events[before.cursor].id if old.events else "")
    recording, changes = state.recording, state.changes
    comes = "RecordPass" in state.tickets or isinstance(said, intents.EditInput)
    if recording is None or state.engine.status != "ready" or comes:
        return state, []
    wanted = (_base(recording), changes.active, _sources(state))
    if wanted == changes.asked or (not changes.active and not recording.base):
        return state, []
    if (
        isinstance(said, messages.Unfolded)  # it came with the changes of when it was asked for
        and recording.changes == changes.active
        and "ChangePass" not in before.tickets
    ):
        return _with(state, asked=wanted), []
    beside, earlier = wanted[2]
    request = ChangePass(tape=wanted[0], changes=wanted[1], beside=beside, earlier=earlier)
    return _with(state, asked=wanted), [request]


def _sources(state: AppState) -> tuple[int, int]:
    """The numbers of the passes that the changes take numbers from: of that beside, and of that of
    the earlier input."""
    kinds = {one.kind for one in state.changes.active}
    beside, earlier = state.beside, state.earlier
    there = "patch" in kinds and beside is not None and not beside.lost
    return (
        beside.recording.tape if there and beside is not None else 0,
        earlier.tape if "earlier" in kinds and earlier is not None else 0,
    )


def _against(state: AppState, against: Against | None) -> AppState:
    """Values are compared with something else."""
    if against == state.plane.against:
        return state
    return replace(state, plane=replace(state.plane, against=against))


def _base(recording: Recording) -> int:
    """The number of the pass without its changes."""
    return recording.base or recording.tape


def _listed(state: AppState, entries: Entries) -> AppState:
    """Another list, from which one can go back."""
    changes = state.changes
    if entries == changes.entries:
        return state
    return _with(state, entries=entries, past=(*changes.past, changes.entries), future=())


def _with(state: AppState, **fields: object) -> AppState:
    return replace(state, changes=replace(state.changes, **fields))  # type: ignore[arg-type]
