"""The list of changes, and the pass that follows from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from explorer.core import messages as m
from explorer.core.change import Change, Entry, Refused
from explorer.core.graph import Recording
from explorer.core.plane import Against
from explorer.core.presets import load_preset
from explorer.core.values import Input, NumbersInput, SampleInput, TextInput
from explorer.session import changes as c
from explorer.session import intents as i
from explorer.session.earlier import Earlier
from explorer.session.others import compared, other_of
from explorer.session.state import AppState
from explorer.session.update import update
from tests import recordings
from tests.conversation import answer, says
from tests.session.test_update import recording

ZERO = Change("fc1/linear#0", "zero", ":, 1")
DOUBLE = Change("fc2/linear#0", "scale", "", 2.0)
PATCH = Change("fc1/linear#0", "patch")


def base_of(state: AppState) -> int:
    assert state.recording is not None
    return state.recording.base or state.recording.tape


def changed(base: Recording, number: int, *changes: Change, refused: Any = ()) -> m.Changed:
    """What the engine answers."""
    touched = (3,) if len(changes) > len(refused) else ()
    return m.Changed(
        recording=structs.replace(
            base, tape=number, base=base.tape, changes=changes, touched=touched, refused=refused
        )
    )  # fmt: skip


@pytest.fixture
def base() -> Recording:
    return recording()


@pytest.fixture
def state(base: Recording) -> AppState:
    ready = m.Ready(device="cpu", device_name="a CPU", threads=1, versions={}, pid=1)
    opened = frozenset(range(len(base.calls)))
    return says(AppState(page="model", recording=base, open=opened, cursor=3), ready)


def test_a_change_is_proposed_made_and_asked_for(state: AppState, base: Recording) -> None:
    state = says(state, i.ProposeChange(4, ":, 1", "scale"))
    assert state.changes.draft == c.Draft(base.values[4].name, ":, 1", "scale")
    state, requests = update(state, i.MakeChange(ZERO))
    (request,) = requests
    assert isinstance(request, m.ChangePass)
    assert (request.tape, request.changes, request.beside) == (base.tape, (ZERO,), 0)
    assert state.changes.draft is None
    assert state.changes.entries == (Entry(ZERO),)
    state, requests = answer(state, changed(base, 70, ZERO), "ChangePass")
    assert requests == []
    assert state.recording is not None
    assert (state.recording.tape, state.recording.base, state.cursor) == (70, base.tape, 3)
    assert state.tickets == {}


def test_the_value_before_is_compared_with_while_there_are_changes(
    state: AppState, base: Recording
) -> None:
    state = says(state, i.MakeChange(ZERO))
    state, _ = answer(state, changed(base, 70, ZERO), "ChangePass")
    assert state.plane.against == Against("before")
    other = other_of(state, state.plane.against, 4)
    assert other is not None
    assert (other.tape, other.value) == (base.tape, 4)
    state = says(state, i.PauseChanges())
    state, _ = answer(state, m.Changed(recording=base), "ChangePass")
    assert state.plane.against is None
    assert state.recording == base


def test_a_new_change_is_compared_with_before_and_another_choice_stays(
    state: AppState, base: Recording
) -> None:
    state = replace(state, plane=replace(state.plane, against=Against("input")))
    state = says(state, i.MakeChange(ZERO))
    state, _ = answer(state, changed(base, 70, ZERO), "ChangePass")
    assert state.plane.against == Against("before")
    chosen = replace(state.plane, against=Against("input"))
    state = says(state, i.ShowPlane(chosen), i.PauseChanges())
    state, _ = answer(state, m.Changed(recording=base), "ChangePass")
    state = says(state, i.PauseChanges())
    state, _ = answer(state, changed(base, 71, ZERO), "ChangePass")
    assert state.plane.against == Against("input")
    state = says(state, i.MakeChange(DOUBLE))
    state, _ = answer(state, changed(base, 72, ZERO, DOUBLE), "ChangePass")
    assert state.plane.against == Against("before")


def test_what_cannot_be_compared_with_gives_way_to_before(state: AppState, base: Recording) -> None:
    state = says(state, i.MakeChange(ZERO))
    state, _ = answer(state, changed(base, 70, ZERO), "ChangePass")
    for value, chosen in (
        (4, Against("beside")), (4, Against("value", "nobody")), (0, Against("input"))
    ):  # fmt: skip
        before = other_of(state, Against("before"), value)
        assert compared(state, chosen, value) == (before, False), chosen
    state, _ = answer(says(state, i.PauseChanges()), m.Changed(recording=base), "ChangePass")
    assert compared(state, Against("beside"), 4) == (None, False)
    assert compared(state, None, 4) == (None, True)


def test_nothing_is_compared_with_a_pass_beside_that_is_gone(state: AppState) -> None:
    state = says(state, i.KeepBeside())
    state = replace(state, plane=replace(state.plane, against=Against("beside")))
    state = says(state, i.EndBeside())
    assert state.plane.against is None


def test_changes_are_switched_off_and_on_undone_and_done_again(
    state: AppState, base: Recording
) -> None:
    state = says(state, i.MakeChange(ZERO), i.MakeChange(DOUBLE))
    assert state.changes.active == (ZERO, DOUBLE)
    state, (request,) = update(state, i.SwitchChange(0))
    assert isinstance(request, m.ChangePass)
    assert request.changes == (DOUBLE,)
    assert (state.changes.place(0), state.changes.place(1)) == (None, 0)
    state = says(state, i.RemoveChange(1))
    assert state.changes.entries == (Entry(ZERO, on=False),)
    state = says(state, i.UndoChange(), i.UndoChange())
    assert state.changes.active == (ZERO, DOUBLE)
    state = says(state, i.UndoChange(again=True))
    assert state.changes.active == (DOUBLE,)
    state = says(state, i.RemoveChange())
    assert state.changes.entries == ()
    assert says(state, i.UndoChange(again=True)) == state  # what was new has no after
    state = says(state, i.UndoChange())
    assert state.changes.active == (DOUBLE,)


def test_to_pause_shows_the_pass_as_it_was_and_a_new_change_ends_it(
    state: AppState, base: Recording
) -> None:
    assert says(state, i.PauseChanges()) == state
    state = says(state, i.MakeChange(ZERO))
    state, _ = answer(state, changed(base, 70, ZERO), "ChangePass")
    state, (request,) = update(state, i.PauseChanges())
    assert isinstance(request, m.ChangePass)
    assert (request.tape, request.changes) == (base.tape, ())
    assert state.changes.entries == (Entry(ZERO),)
    state, _ = answer(state, m.Changed(recording=base), "ChangePass")
    state, (request,) = update(state, i.MakeChange(DOUBLE))
    assert isinstance(request, m.ChangePass)
    assert request.changes == (ZERO, DOUBLE)


def test_the_same_is_asked_once(state: AppState) -> None:
    state = says(state, i.MakeChange(ZERO))
    for said in (i.StepBy("back"), i.ProposeChange(), i.DropProposal(), i.SetTheme("light")):
        state, requests = update(state, said)
        assert not any(isinstance(one, m.ChangePass) for one in requests)


def test_a_new_pass_gets_the_same_changes_when_it_is_whole(
    state: AppState, base: Recording
) -> None:
    state = says(state, i.MakeChange(ZERO))
    state, _ = answer(state, changed(base, 70, ZERO), "ChangePass")
    state = replace(state, typed=NumbersInput((1.0,)), tickets={"RecordPass": 500}, ticket=500)
    new = structs.replace(base, tape=80)
    state, requests = update(state, m.Recorded(ticket=500, recording=new, more=True))
    assert requests == []
    state, (request,) = update(state, m.Recorded(ticket=500, recording=new))
    assert isinstance(request, m.ChangePass)
    assert (request.tape, request.changes) == (80, (ZERO,))
    late = changed(base, 71, ZERO)
    same, _ = answer(state, late, "ChangePass")
    assert same.recording == new  # it was of the pass before
    state, _ = answer(state, changed(new, 81, ZERO), "ChangePass")
    assert base_of(state) == 80


def test_what_cannot_be_changed_leaves_the_comparison_alone(
    state: AppState, base: Recording
) -> None:
    why = Refused(0, "There is no {what}.", "Choose another.", {"what": "cell"})
    state = says(state, i.MakeChange(ZERO))
    state, requests = answer(state, changed(base, 70, ZERO, refused=(why,)), "ChangePass")
    assert requests == []
    assert state.recording is not None
    assert state.recording.refused == (why,)
    assert state.plane.against is None


def test_numbers_from_beside_are_asked_of_the_pass_beside(state: AppState) -> None:
    state = says(state, i.KeepBeside())
    state, requests = update(state, i.MakeChange(PATCH))
    (request,) = (one for one in requests if isinstance(one, m.ChangePass))
    assert state.beside is not None
    assert request.beside == state.beside.recording.tape
    assert state.beside.changes.entries == ()  # each side has its own
    state, requests = update(state, i.EndBeside())
    (request,) = (one for one in requests if isinstance(one, m.ChangePass))
    assert request.beside == 0


def test_each_side_keeps_its_changes(state: AppState, base: Recording) -> None:
    state = says(state, i.KeepBeside(), i.MakeChange(ZERO))
    state, _ = answer(state, changed(base, 70, ZERO), "ChangePass")
    state, requests = update(state, i.SwitchSides())
    assert state.changes.entries == ()
    assert not any(isinstance(one, m.ChangePass) for one in requests)
    state, requests = update(state, i.SwitchSides())
    assert state.changes.active == (ZERO,)
    assert not any(isinstance(one, m.ChangePass) for one in requests)


def test_a_file_takes_the_place_of_the_list(state: AppState) -> None:
    state = says(state, i.MakeChange(ZERO))
    state, (request,) = update(state, i.PutChanges((Entry(DOUBLE), Entry(ZERO, on=False))))
    assert isinstance(request, m.ChangePass)
    assert request.changes == (DOUBLE,)
    state = says(state, i.UndoChange())
    assert state.changes.active == (ZERO,)


CLEAN, OTHER = TextInput("a cat"), TextInput("my dog")
EARLIER = Change("fc1/linear#0", "earlier")


def edited(state: AppState, given: Input, number: int) -> tuple[AppState, m.RecordPass]:
    """Another input and its pass, with what the engine was asked for."""
    shown = state.recording
    assert shown is not None
    state = replace(state, model=recordings.info(shown))
    state, (request,) = update(state, i.EditInput(given))
    assert isinstance(request, m.RecordPass)
    new = structs.replace(shown, tape=number, input=given, base=0, changes=())
    state, _ = answer(state, m.Recorded(recording=new), "RecordPass")
    return state, request


def test_the_pass_of_the_input_before_is_kept_and_numbers_are_asked_of_it(state: AppState) -> None:
    state, _ = edited(state, CLEAN, 70)
    state, request = edited(state, OTHER, 71)  # other words: another edit
    assert request.earlier == 70
    assert state.earlier is not None
    assert (state.earlier.tape, state.earlier.input) == (70, CLEAN)
    state, (change,) = update(state, i.MakeChange(EARLIER))
    assert isinstance(change, m.ChangePass)
    assert (change.tape, change.beside, change.earlier) == (71, 0, 70)
    assert state.recording is not None
    state, _ = answer(state, changed(state.recording, 72, EARLIER), "ChangePass")
    state, request = edited(state, CLEAN, 73)
    assert request.earlier == 71  # without its changes
    assert isinstance(state.earlier, Earlier)


def test_what_is_typed_at_a_stretch_is_one_edit(state: AppState) -> None:
    state, _ = edited(state, CLEAN, 70)
    state = says(state, i.StepBy("first"))
    for number, text in enumerate(("a cat s", "a cat sat", "a cat at", "a big cat at"), 71):
        state, request = edited(state, TextInput(text), number)
        assert request.earlier == 70, text
    state, request = edited(says(state, i.StepBy("over")), TextInput("a big cat ate"), 80)
    assert request.earlier == 74  # somebody looked at that one
    state, request = edited(state, TextInput("a big dog ate"), 81)
    assert request.earlier == 80  # a word for another


def test_each_sample_is_an_edit_and_a_drag_is_one(state: AppState) -> None:
    state, _ = edited(state, SampleInput(1), 70)
    state, request = edited(state, SampleInput(2), 71)
    assert request.earlier == 70
    for number in (72, 73, 74):
        state, request = edited(state, NumbersInput((number / 10,)), number)
        assert request.earlier == 71


def test_an_engine_that_is_new_has_no_earlier_pass(state: AppState) -> None:
    state, _ = edited(state, CLEAN, 70)
    state, _ = edited(state, OTHER, 71)
    engine = replace(state.engine, status="starting", restarts=1)
    state = replace(state, engine=engine, tickets={}, shipped=load_preset("spirals-mlp"))
    state = says(state, m.Ready(device="cpu", device_name="a CPU", threads=1, versions={}, pid=2))
    assert state.earlier is None
    state, requests = update(state, i.MakeChange(EARLIER))
    assert all(one.earlier == 0 for one in requests if isinstance(one, m.ChangePass))


def test_a_change_that_is_made_while_an_event_is_opened_is_asked_for_again(
    state: AppState, base: Recording
) -> None:
    """What was opened came with the changes of when that was asked for."""
    state = says(state, i.MakeChange(ZERO))
    state, _ = answer(state, changed(base, 70, ZERO), "ChangePass")
    inside = structs.replace(base, tape=72, base=71, changes=(ZERO,), touched=(3,))
    _, requests = update(state, m.Unfolded(recording=inside, call=1))
    assert not any(isinstance(one, m.ChangePass) for one in requests)  # it came with them
    state = says(state, i.MakeChange(DOUBLE))
    state, requests = update(state, m.Unfolded(recording=inside, call=1))
    (request,) = (one for one in requests if isinstance(one, m.ChangePass))
    assert (request.tape, request.changes) == (71, (ZERO, DOUBLE))


def test_a_change_that_was_made_before_an_event_is_open_is_asked_for_again(
    state: AppState, base: Recording
) -> None:
    state = says(state, i.MakeChange(ZERO))
    state, _ = answer(state, changed(base, 70, ZERO), "ChangePass")
    state, _ = answer(
        says(state, i.MakeChange(DOUBLE)), changed(base, 73, ZERO, DOUBLE), "ChangePass"
    )
    inside = structs.replace(base, tape=72, base=71, changes=(ZERO,), touched=(3,))
    state, requests = update(state, m.Unfolded(recording=inside, call=1))
    (request,) = (one for one in requests if isinstance(one, m.ChangePass))
    assert (request.tape, request.changes) == (71, (ZERO, DOUBLE))


def test_numbers_from_another_pass_are_asked_for_again_when_an_event_is_open(
    state: AppState, base: Recording
) -> None:
    state = says(state, i.KeepBeside(), i.MakeChange(PATCH))
    state, _ = answer(state, changed(base, 70, PATCH), "ChangePass")
    inside = structs.replace(base, tape=72, base=71, changes=(PATCH,), touched=(3,))
    state, requests = update(says(state, i.EndBeside()), m.Unfolded(recording=inside, call=1))
    (request,) = (one for one in requests if isinstance(one, m.ChangePass))
    assert (request.tape, request.beside) == (71, 0)


def test_nothing_is_asked_of_the_passes_of_an_engine_that_is_gone(state: AppState) -> None:
    state, _ = edited(state, CLEAN, 70)
    state, _ = edited(state, OTHER, 71)
    state = says(state, i.KeepBeside())
    assert state.beside is not None
    assert state.beside.earlier is not None
    engine = replace(state.engine, status="starting", restarts=1)
    state = replace(state, engine=engine, tickets={}, shipped=load_preset("spirals-mlp"))
    state = says(state, m.Ready(device="cpu", device_name="a CPU", threads=1, versions={}, pid=2))
    assert state.beside is not None
    assert (state.beside.lost, state.beside.earlier) == (True, None)
    state = replace(state, tickets={})
    state, requests = update(state, i.MakeChange(PATCH))
    assert [one.beside for one in requests if isinstance(one, m.ChangePass)] == [0]


def test_what_is_not_in_the_list_can_neither_be_switched_nor_removed(state: AppState) -> None:
    state = says(state, i.MakeChange(ZERO))
    for at in (-1, 1):
        assert says(state, i.SwitchChange(at), i.RemoveChange(at)).changes == state.changes


def test_another_model_is_compared_with_nothing_that_was_chosen_before(
    state: AppState, base: Recording
) -> None:
    chosen = replace(state.plane, against=Against("input"))
    state = says(state, i.ShowPlane(chosen))
    info = recordings.info(base, "one")
    state = says(replace(state, opening="one"), m.Opened(model=info, step=0))
    state = says(state, i.ShowPlane(chosen))
    again = says(replace(state, opening="one"), m.Opened(model=info, step=0))
    assert again.plane.against == Against("input")  # a new engine built the same
    other = recordings.info(recordings.gpt(), "other")
    state = says(replace(state, opening="other"), m.Opened(model=other, step=0))
    assert state.plane.against is None


def test_a_pass_that_gave_way_to_one_on_its_way_is_no_trouble(state: AppState) -> None:
    """Whoever makes change after change is ahead of the engine, which keeps the newest passes."""
    state = says(state, i.MakeChange(ZERO), i.MakeChange(DOUBLE), i.Derive(4, (0, 1)))
    state = says(state, i.Summarize())
    gone: dict[str, Any] = {
        "kind": "gone", "text": "That pass is no longer kept.", "remedy": "Run it again.",
        "values": {},
    }  # fmt: skip
    before = state.derivation
    for tag in ("Measure", "explain/cell"):
        state, _ = update(state, m.Failed(ticket=state.tickets[tag], **gone))
    assert state.banner is None
    assert state.derivation == before
    state, _ = update(state, m.Failed(ticket=state.tickets["ChangePass"], **gone))
    assert state.banner is not None, "that one was wanted"
    state = replace(says(state, i.Derive(4, (0, 1))), banner=None)
    state, _ = update(state, m.Failed(ticket=state.tickets["explain/cell"], **gone))
    assert state.derivation.why is not None, "no other is on its way"
