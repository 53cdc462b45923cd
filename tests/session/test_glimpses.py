"""Small pictures are asked for and refused without a word; values are picked on the map."""

from __future__ import annotations

from dataclasses import replace

from explorer.core import messages as m
from explorer.core.values import View
from explorer.session import intents
from explorer.session.state import GLIMPSE, AppState, Engine
from explorer.session.update import update
from tests import recordings
from tests.conversation import answer, says


def walking(opened: tuple[int, ...] = (0,)) -> AppState:
    recording = recordings.gpt()
    return AppState(
        page="model",
        engine=Engine(status="ready"),
        model=recordings.info(recording),
        recording=recording,
        open=frozenset(opened),
    )


def everything() -> AppState:
    state = walking()
    assert state.recording is not None
    return replace(state, open=frozenset(range(len(state.recording.calls))))


def test_a_glimpse_asks_for_what_is_kept_alone() -> None:
    state = walking()
    view = View(tape=1, value=3, keep=(1,), at=(0, 0, 0), size=(8,))
    state, requests = update(state, intents.Look(f"{GLIMPSE}0", view, kept=True))
    assert [(r.pane, r.view, r.kept) for r in requests if isinstance(r, m.LookAt)] == [
        (f"{GLIMPSE}0", view, True)
    ]
    refused = m.Failed(kind="let go", text="not kept", remedy="", values={})
    after, _ = answer(state, refused, f"look/{GLIMPSE}0")
    assert after.banner is None
    assert after.settled


def test_what_a_pane_asks_for_and_fails_is_still_said() -> None:
    view = View(tape=1, value=3, keep=(1,), at=(0, 0, 0), size=(8,))
    state, _ = update(walking(), intents.Look("values", view))
    failed = m.Failed(kind="engine", text="no", remedy="", values={})
    after, _ = answer(state, failed, "look/values")
    assert after.banner is not None


def test_a_picked_value_is_looked_at_where_it_was_made() -> None:
    state = everything()
    assert state.recording is not None
    value = state.recording.events[30].outputs[0]
    after = says(state, intents.SelectValue(value, 31))
    assert (after.cursor, after.value) == (30, value)
    assert after.open == state.open


def test_a_picked_input_is_looked_at_where_it_is_read() -> None:
    state = everything()
    assert state.recording is not None
    tokens = next(i for i, v in enumerate(state.recording.values) if v.kind == "input")
    reader = next(e.index for e in state.recording.events if tokens in e.inputs)
    after = says(state, intents.SelectValue(tokens, reader))
    assert (after.cursor, after.value) == (reader, tokens)


def test_a_value_between_closed_modules_stays_in_view_of_both() -> None:
    state = walking()
    assert state.recording is not None
    block = next(call for call in state.recording.calls if call.kind == "Block")
    value = state.recording.events[block.last].outputs[0]
    after = says(state, intents.SelectValue(value, block.last + 1))
    assert (after.cursor, after.value, after.open) == (block.last, value, state.open)


def test_modules_open_around_a_value_that_is_hidden_at_both_ends() -> None:
    state = walking()
    assert state.recording is not None
    block = next(call for call in state.recording.calls if call.kind == "Block")
    inner = block.first + 2
    value = state.recording.events[inner].outputs[0]
    after = says(state, intents.SelectValue(value, inner + 1))
    assert (after.cursor, after.value) == (inner, value)
    assert block.index in after.open


def test_values_that_are_not_there_change_nothing() -> None:
    state = walking()
    assert says(state, intents.SelectValue(10**6, 0)) == state
