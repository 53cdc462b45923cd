"""Two sides with large passes: they are compared elsewhere, and shown meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs

from explorer.core import messages as m
from explorer.core.graph import Recording
from explorer.core.matching import compare, is_quick
from explorer.core.values import TextInput
from explorer.session import intents as i
from explorer.session.comparer import Compare
from explorer.session.state import AppState
from explorer.session.update import update
from tests import recordings
from tests.conversation import answer, says
from tests.session.test_comparing import GONE, READY, at, beside, gpt, here, opened, there

LAYERS = 24


@pytest.fixture(scope="module")
def first() -> Recording:
    return gpt(layers=LAYERS)


@pytest.fixture(scope="module")
def second() -> Recording:
    return gpt(tape=2, layers=LAYERS + 1)


def fed(state: AppState, recording: Recording) -> tuple[AppState, list[m.Request]]:
    """Another input, and the pass that comes of it."""
    state = says(state, i.EditInput(TextInput(f"input of {recording.tape}")))
    return answer(state, m.Recorded(recording=recording), "RecordPass")


def waiting(first: Recording, second: Recording) -> AppState:
    """``first`` was kept, and ``second`` has come; their comparison has not."""
    return fed(says(opened(first), i.KeepBeside()), second)[0]


def came(state: AppState, before: Recording, after: Recording) -> AppState:
    found = compare(before, after)
    return says(state, i.Compared(found.tapes, found))


def call(recording: Recording, module: str) -> int:
    return next(c.index for c in recording.calls if c.module == module)


def test_large_passes_are_compared_elsewhere(first: Recording, second: Recording) -> None:
    kept, requests = update(opened(first), i.KeepBeside())
    assert beside(kept).comparison is not None  # of a pass with itself, which costs nothing
    assert not [r for r in requests if isinstance(r, Compare)]
    state, requests = fed(kept, second)
    (wanted,) = (r for r in requests if isinstance(r, Compare))
    assert (wanted.before, wanted.after) == (first, second)
    assert beside(state).comparison is None
    assert not state.settled
    state = came(state, first, second)
    assert state.settled
    assert beside(state).comparison is not None
    state = says(state, i.NextDifference(1))
    assert here(state) == f"blocks.{LAYERS}/add#1"


def test_small_ones_are_compared_at_once() -> None:
    few, more = gpt(), gpt("The dog", 2)
    assert is_quick(few, more)
    state, requests = fed(says(opened(few), i.KeepBeside()), more)
    assert beside(state).comparison is not None
    assert not [r for r in requests if isinstance(r, Compare)]
    assert state.settled


def test_meanwhile_each_side_goes_on_by_itself(first: Recording, second: Recording) -> None:
    state = waiting(first, second)
    other = beside(state).cursor
    for said in (i.NextDifference(1), i.NextDifference(-1)):
        assert update(state, said) == (state, [])
    moved = says(state, i.StepTo(40, reveal=True))
    assert (moved.cursor, beside(moved).cursor, beside(moved).hollow) == (40, other, "")
    switched = says(moved, i.SwitchSides())
    assert switched.recording is first
    assert not switched.settled
    assert not beside(switched).right
    back = says(switched, i.StepTo(7, reveal=True), i.SwitchSides())
    assert (back.cursor, beside(back).cursor) == (40, 7)


def test_when_it_comes_the_cursors_are_together(first: Recording, second: Recording) -> None:
    last = at(second, f"blocks.{LAYERS}.ln1/layer_norm#0")
    state = says(waiting(first, second), i.OpenToLevel(1), i.StepTo(last))
    state = came(state, first, second)
    assert here(state) == f"blocks.{LAYERS}/add#1"
    assert there(state) == f"blocks.{LAYERS - 1}/add#1"
    assert beside(state).hollow == "beside"
    state = says(state, i.StepBy("over"))
    assert here(state) == there(state) == "ln_f/layer_norm#0"
    assert beside(state).hollow == ""


def test_what_was_opened_meanwhile_is_open_on_both_sides(
    first: Recording, second: Recording
) -> None:
    """And what was closed is closed; also if it was done on the side that is not active now."""
    here_, there_ = (call(second, "blocks.9"), call(first, "blocks.9"))
    mine, its = (call(second, "blocks.5"), call(first, "blocks.5"))
    state = says(
        waiting(first, second), i.ToggleCall(here_), i.ToggleCall(call(second, "blocks.0"))
    )
    assert there_ not in beside(state).open
    state = says(state, i.SwitchSides(), i.ToggleCall(its), i.SwitchSides())
    state = came(state, first, second)
    assert {here_, mine} <= state.open
    assert {there_, its} <= beside(state).open
    assert call(second, "blocks.0") in state.open  # it opened with the model's first opening
    assert call(first, "blocks.0") in beside(state).open


def test_what_was_closed_meanwhile_hides_no_cursor(first: Recording, second: Recording) -> None:
    block = call(second, "blocks.3")
    state = waiting(first, second)
    state = came(says(state, i.ToggleCall(block)), first, second)
    assert call(first, "blocks.3") in beside(state).open
    third = structs.replace(first, tape=3)
    state, _ = fed(says(state, i.SwitchSides()), third)  # the side of the first has another pass
    state = says(state, i.StepTo(at(third, "blocks.3.ln1/layer_norm#0")), i.SwitchSides())
    inside = at(second, "blocks.3.ln1/layer_norm#0")
    state = says(state, i.StepTo(inside), i.SwitchSides(), i.ToggleCall(call(third, "blocks.3")))
    state = came(says(state, i.SwitchSides()), third, second)
    assert block not in state.open
    assert state.cursor == second.calls[block].last


def test_levels_are_opened_on_both_sides_at_once(first: Recording, second: Recording) -> None:
    state = says(waiting(first, second), i.OpenToLevel(-1))
    assert beside(state).open == frozenset(range(len(first.calls)))
    state = came(state, first, second)
    assert state.open == frozenset(range(len(second.calls)))
    assert beside(state).open == frozenset(range(len(first.calls)))


def test_the_newest_passes_are_compared(first: Recording, second: Recording) -> None:
    third = gpt(tape=3, layers=LAYERS + 2)
    state, requests = fed(waiting(first, second), third)
    assert [(r.before.tape, r.after.tape) for r in requests if isinstance(r, Compare)] == [(1, 3)]
    assert came(state, first, second) == state
    state = came(state, first, third)
    assert state.settled
    assert came(state, first, second) == state
    comparison = beside(state).comparison
    assert comparison is not None
    assert comparison.counts["added"] == 2


def test_a_pass_of_which_the_axes_are_named_is_not_compared_again(
    first: Recording, second: Recording
) -> None:
    state = waiting(first, second)
    state = replace(state, tickets={"RecordPass": 9})
    named = structs.replace(second, seconds=1.0)
    state, requests = update(state, m.Recorded(ticket=9, recording=named))
    assert state.recording is named
    assert not [r for r in requests if isinstance(r, Compare)]
    assert came(state, first, second).settled


def test_the_end_of_two_sides_drops_it(first: Recording, second: Recording) -> None:
    state = says(waiting(first, second), i.EndBeside())
    assert state.settled
    assert came(state, first, second) == state
    again = says(state, i.KeepBeside())
    assert came(again, first, second) == again
    other = says(waiting(first, second), i.KeepBeside())
    assert other.settled
    assert came(other, first, second) == other


def test_another_model_on_its_way_drops_it(first: Recording, second: Recording) -> None:
    state = says(waiting(first, second), i.OpenPreset("other"))
    state, _ = answer(state, m.Opened(model=recordings.info(second), step=0), "OpenModel")
    assert state.recording is None
    assert beside(state).comparing is None
    assert came(state, first, second) == state


def test_an_engine_that_dies_takes_no_comparison_along(first: Recording, second: Recording) -> None:
    state = says(waiting(first, second), GONE)
    assert beside(state).comparing is not None
    state = came(state, first, second)
    assert beside(state).comparison is not None
    state = says(state, READY)
    state, _ = answer(state, m.Opened(model=recordings.info(second), step=0), "OpenModel")
    again = structs.replace(second, tape=7)
    state, requests = answer(state, m.Recorded(recording=again), "RecordPass")
    assert [(r.before.tape, r.after.tape) for r in requests if isinstance(r, Compare)] == [(1, 7)]
    assert came(state, first, again).settled


def test_a_wait_that_is_given_up_ends_no_engine_for_a_comparison(
    first: Recording, second: Recording
) -> None:
    """Only the engine can be overdue, and only what it does be cancelled."""
    state = waiting(first, second)
    assert update(state, i.Cancel()) == (state, [])
    assert update(state, i.Overdue(state.ticket + 1)) == (state, [])


def test_of_what_cannot_be_compared_nobody_waits(first: Recording, second: Recording) -> None:
    state = says(waiting(first, second), i.Compared((1, 2), None))
    assert state.settled
    assert beside(state).comparison is None
    state, requests = update(state, i.StepBy("over"))
    assert not [r for r in requests if isinstance(r, Compare)]
    third = gpt(tape=3, layers=LAYERS + 2)
    _, requests = fed(state, third)
    assert [r.after.tape for r in requests if isinstance(r, Compare)] == [3]


def test_a_look_that_changes_meanwhile_changes_nothing_else(
    first: Recording, second: Recording
) -> None:
    state = says(waiting(first, second), i.SetTheme("light"), i.SetLanguage("zh"))
    state = came(state, first, second)
    assert beside(state).comparison is not None
    assert (state.theme, state.language) == ("light", "zh")
