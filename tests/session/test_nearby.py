"""Numbers that are there before the step to them, and those that stay for the way back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from msgspec import structs

from explorer.core import messages as m
from explorer.core.values import Reading, View
from explorer.session import intents
from explorer.session.state import AHEAD, AppState, Engine
from explorer.session.update import update
from tests import recordings
from tests.conversation import answer, says

PANE = "values"


def view_of(value: int, tape: int = 1) -> View:
    return View(tape=tape, value=value, keep=(1,), at=(0, 0, 0), size=(8,))


def reading_of(value: int, tape: int = 1) -> Reading:
    return Reading(view_of(value, tape), np.arange(8.0) + value, block=(1,))


def value_at(state: AppState, event: int) -> int:
    assert state.recording is not None
    return state.recording.events[event].outputs[0]


def shown(state: AppState) -> int:
    """The value whose numbers the pane has; they are its own."""
    reading = state.readings[PANE]
    np.testing.assert_array_equal(reading.data, reading_of(reading.view.value).data)
    return reading.view.value


def asked_ahead(state: AppState, value: int) -> tuple[AppState, list[m.Request]]:
    return update(state, intents.Look(f"{AHEAD}{PANE}", view_of(value), kept=True))


@pytest.fixture
def state() -> AppState:
    """The numbers of event 10 are on screen, and those of event 11 came."""
    recording = recordings.gpt()
    opened = frozenset(range(len(recording.calls)))
    state = AppState(
        page="model", engine=Engine(status="ready"), model=recordings.info(recording),
        recording=recording, open=opened, cursor=10,
    )  # fmt: skip
    state = replace(state, readings={PANE: reading_of(value_at(state, 10))})
    state, _ = asked_ahead(state, value_at(state, 11))
    found = m.Looked(pane=f"{AHEAD}{PANE}", reading=reading_of(value_at(state, 11)))
    return answer(state, found, f"look/{AHEAD}{PANE}")[0]


def test_what_was_asked_for_ahead_is_shown_with_the_step_and_asks_for_nothing(
    state: AppState,
) -> None:
    assert shown(state) == value_at(state, 10), "the step is not made yet"
    stepped, requests = update(state, intents.StepTo(11))
    assert requests == []
    assert shown(stepped) == value_at(state, 11)
    again, requests = update(stepped, intents.Look(PANE, view_of(value_at(state, 11))))
    assert again is stepped
    assert requests == []


def test_the_way_back_asks_for_nothing_either(state: AppState) -> None:
    stepped = says(state, intents.StepTo(11))
    back, requests = update(stepped, intents.StepTo(10))
    assert requests == []
    assert shown(back) == value_at(state, 10)


def test_what_is_there_is_not_asked_for_again(state: AppState) -> None:
    _, requests = asked_ahead(state, value_at(state, 11))
    assert requests == []
    _, requests = asked_ahead(state, value_at(state, 12))
    assert [type(one) for one in requests] == [m.LookAt]


def test_a_step_elsewhere_shows_none_of_them(state: AppState) -> None:
    away = says(state, intents.StepTo(20))
    assert shown(away) == value_at(state, 10), "until the new ones are there"


def test_numbers_of_an_older_pass_are_forgotten(state: AppState) -> None:
    newer = structs.replace(recordings.gpt(), tape=2)
    after, _ = update(state, m.Recorded(recording=newer))
    assert after.nearby == {}
    stepped = says(after, intents.StepTo(11))
    assert PANE not in stepped.readings


def test_a_walk_keeps_no_more_than_what_is_around(state: AppState) -> None:
    for event in range(11, 25):
        state, _ = asked_ahead(state, value_at(state, event))
        found = m.Looked(pane=f"{AHEAD}{PANE}", reading=reading_of(value_at(state, event)))
        if f"look/{AHEAD}{PANE}" in state.tickets:
            state, _ = answer(state, found, f"look/{AHEAD}{PANE}")
        state = says(state, intents.StepTo(event))
        assert shown(state) == value_at(state, event)
    assert len(state.nearby[PANE]) <= 3


def test_what_nobody_waits_for_may_fail_without_a_word(state: AppState) -> None:
    state, _ = asked_ahead(state, value_at(state, 12))
    refused = m.Failed(kind="let go", text="not kept", remedy="", values={})
    after, _ = answer(state, refused, f"look/{AHEAD}{PANE}")
    assert after.banner is None
    assert after.settled
