"""What to stop at, in the pure update: where the cursor goes, when, and what is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from msgspec import structs

from explorer.core import messages as m
from explorer.core.breaks import Breaks, Hit, hits
from explorer.core.graph import Recording
from explorer.core.quantities import Amounts, Quantity
from explorer.core.values import Oddity
from explorer.session import intents as i
from explorer.session.state import AppState, Engine
from explorer.session.update import update
from tests import recordings
from tests.conversation import answer, says

GPT = recordings.gpt(layers=2)
N = len(GPT.events)
NONE = np.zeros(N, bool)


def opened(recording: Recording = GPT) -> AppState:
    return AppState(
        page="model", engine=Engine("ready"), model=recordings.info(GPT), recording=recording
    )


def amounts(bad: dict[int, float], count: int = 100) -> Amounts:
    """Of events whose first output is bad."""
    values = np.zeros(N)
    values[list(bad)] = list(bad.values())
    at = np.array([GPT.events[n].outputs[0] for n in bad], int)
    return Amounts(values, np.full(N, count), at=at, each=np.array(list(bad.values())))


def told(state: AppState, quantity: Quantity, bad: dict[int, float]) -> AppState:
    """The engine's whole answer about a quantity."""
    assert state.recording is not None
    reply = m.Quantified(
        tape=state.recording.tape, quantity=quantity, start=0, amounts=amounts(bad)
    )
    return answer(state, reply, f"quantify/{quantity}")[0]


def reads(event: int, other: int) -> bool:
    """Whether an event reads what another one gave."""
    return any(GPT.values[value].writer == other for value in GPT.events[event].inputs)


# ------------------------------------------------------------------ where a pass meets them


@pytest.mark.parametrize(
    ("breaks", "quantity", "bad"),
    [
        (Breaks(nan=True), "nan", 3.0),
        (Breaks(infinite=True), "infinite", 3.0),
        (Breaks(above=2.5), "peak", 3.0),
    ],
)
def test_a_fault_counts_where_it_comes_up_and_not_where_it_is_read(
    breaks: Breaks, quantity: str, bad: float
) -> None:
    first = N // 3
    again = next(n for n in range(N) if reads(n, first))
    late = next(n for n in range(again + 1, N) if not (reads(n, first) or reads(n, again)))
    found = hits(GPT, breaks, {quantity: amounts({first: bad, again: bad, late: bad})}, NONE)
    assert [(hit.event, hit.why, hit.amount) for hit in found] == [
        (first, quantity, bad), (late, quantity, bad),
    ]  # fmt: skip


def test_the_bound_itself_is_no_break() -> None:
    found = hits(GPT, Breaks(above=3.0), {"peak": amounts({5: 3.0, 9: 3.0001})}, NONE)
    assert [hit.event for hit in found] == [9]


def test_only_an_activation_can_be_dead_and_only_wholly() -> None:
    active = [event.index for event in GPT.events if event.op == "gelu"]
    zeros = dict.fromkeys(range(N), 100.0) | {active[-1]: 99.0}
    found = hits(GPT, Breaks(dead=True), {"zeros": amounts(zeros)}, NONE)
    assert [hit.event for hit in found] == active[:-1]


def test_an_event_counts_once_by_what_is_worst_and_what_is_not_measured_not_at_all() -> None:
    named = NONE.copy()
    named[[4, 7]] = True
    everything = Breaks(True, True, 1.0, True, "x")
    bad = {"nan": amounts({4: 2.0}), "peak": amounts({4: 9.0, 2: 8.0})}
    assert hits(GPT, everything, bad, named) == (
        Hit(2, "peak", 8.0), Hit(4, "nan", 2.0), Hit(7, "op"),
    )  # fmt: skip
    part = {"nan": Amounts(np.ones(3), np.ones(3))}
    assert hits(GPT, Breaks(nan=True), part, NONE) == ()


# ------------------------------------------------------------------ where the cursor goes


def test_the_cursor_goes_to_the_first_place_as_soon_as_it_is_known() -> None:
    state, requests = update(opened(), i.SetBreaks(Breaks(nan=True, above=50.0)))
    assert [r.quantity for r in requests] == ["nan", "peak"]  # type: ignore[attr-defined]
    state = told(state, "nan", {9: 2.0})
    assert (state.cursor, state.breaking.known) == (0, False)  # a larger number may be before
    state = told(state, "peak", {30: 100.0})
    assert state.cursor == 9
    assert state.recording is not None
    assert state.recording.events[9].call in state.open  # also out of closed boxes
    assert state.banner is not None
    assert state.banner.level == "news"
    assert state.banner.values["event"] == GPT.events[9].id
    assert [hit.event for hit in state.breaking.hits] == [9, 30]
    back = says(state, i.Retrace("back"))
    assert back.cursor == 0  # a jump like any other


def test_where_the_number_is_in_what_the_op_gives_is_asked_too() -> None:
    state, _ = update(opened(), i.SetBreaks(Breaks(above=50.0)))
    reply = m.Quantified(
        tape=GPT.tape, quantity="peak", start=0, amounts=amounts({30: 100.0})
    )  # fmt: skip
    state, requests = answer(state, reply, "quantify/peak")
    (value,) = GPT.events[30].outputs
    found = [r for r in requests if isinstance(r, m.Seek)]
    assert [(r.value, r.sort, r.after) for r in found] == [(value, "largest", None)]
    sought = m.Sought(oddity=Oddity(GPT.tape, value, "largest", (0, 1, 2)))
    state, _ = answer(state, sought, "Seek")
    assert state.oddity is not None
    assert state.banner is not None
    assert state.banner.kind == "break", "why it stopped there is still told"


def test_one_goes_from_place_to_place_both_ways() -> None:
    state = says(opened(), i.SetBreaks(Breaks(op="gelu")))
    places = [hit.event for hit in state.breaking.hits]
    assert [GPT.events[n].op for n in places] == ["gelu", "gelu"]
    assert state.cursor == places[0]
    state = says(state, i.NextBreak(1))
    assert state.cursor == places[1]
    state = says(state, i.NextBreak(1))
    assert state.cursor == places[1]
    assert state.banner is not None
    assert state.banner.values == {"count": "2"}
    assert says(state, i.NextBreak(-1)).cursor == places[0]


def test_what_is_said_of_a_place_is_over_with_it() -> None:
    state = says(opened(), i.SetBreaks(Breaks(nan=True, op="op:gelu")))
    state = told(state, "nan", {9: 2.0})
    assert state.cursor == 9
    state = says(state, i.NextBreak(1))
    assert GPT.events[state.cursor].op == "gelu"
    assert state.banner is not None  # that place is named, not the one before
    assert state.banner.values["event"] == GPT.events[state.cursor].id
    assert says(state, i.SetBreaks(Breaks(infinite=True))).banner is None
    assert says(state, i.StepTo(2)).banner is None


def test_what_is_found_by_a_search_counts_as_there() -> None:
    state = says(opened(), i.SetBreaks(Breaks(op="op:softmax module:blocks.1*")))
    assert [GPT.events[hit.event].id.startswith("blocks.1") for hit in state.breaking.hits] == [
        True
    ]


@pytest.mark.parametrize(
    ("breaks", "text"),
    [(Breaks(), "Choose first"), (Breaks(op="no such op"), "nothing to stop at"),
     (Breaks(nan=True), "being looked at")],
)  # fmt: skip
def test_where_there_is_nowhere_to_go_that_is_said(breaks: Breaks, text: str) -> None:
    state = says(opened(), i.SetBreaks(breaks), i.NextBreak(1))
    assert state.cursor == 0
    assert state.banner is not None
    assert text in state.banner.text


def test_the_next_pass_is_looked_at_too_and_its_first_place_gone_to_once() -> None:
    state = told(says(opened(), i.SetBreaks(Breaks(nan=True))), "nan", {})
    assert (state.cursor, state.breaking.known, state.banner) == (0, True, None)
    state, requests = update(state, m.Recorded(recording=structs.replace(GPT, tape=2)))
    assert [r.quantity for r in requests] == ["nan"]  # type: ignore[attr-defined]
    state = told(state, "nan", {12: 1.0})
    assert state.cursor == 12
    state = says(state, i.StepTo(3))
    assert state.cursor != 12  # and it stays there
    named = says(state, m.Recorded(recording=structs.replace(GPT, tape=2)))
    assert named.cursor == state.cursor


def test_who_goes_into_an_op_stays_there() -> None:
    state = told(says(opened(), i.SetBreaks(Breaks(nan=True))), "nan", {12: 1.0})
    state = says(state, i.StepTo(3))
    inside = structs.replace(GPT, tape=3)
    state = says(state, m.Unfolded(recording=inside, call=GPT.events[5].call))
    there = state.cursor
    state = told(state, "nan", {12: 1.0})
    assert state.cursor == there
    assert [hit.event for hit in state.breaking.hits] == [12]


def test_what_cannot_be_measured_does_not_keep_the_rest_waiting() -> None:
    state = says(opened(), i.SetBreaks(Breaks(nan=True, op="gelu")))
    failed = m.Failed(kind="model", text="no numbers", remedy="", values={})
    state, _ = answer(state, failed, "quantify/nan")
    assert state.breaking.known
    assert [hit.why for hit in state.breaking.hits] == ["op", "op"]


def test_what_is_not_known_is_not_said_to_be_nowhere() -> None:
    state = says(opened(), i.SetBreaks(Breaks(nan=True)))
    failed = m.Failed(kind="model", text="no numbers", remedy="", values={})
    state, _ = answer(state, failed, "quantify/nan")
    state = says(state, i.NextBreak(1))
    assert state.banner is not None
    assert state.banner.text == "no numbers"


def test_what_nobody_stops_at_is_not_measured_any_more() -> None:
    state = says(opened(), i.ColourBy("activation"), i.SetBreaks(Breaks(nan=True)))
    state = says(state, i.SetBreaks(Breaks()))
    asked: list[Any] = update(state, m.Recorded(recording=structs.replace(GPT, tape=2)))[1]
    assert [r.quantity for r in asked] == ["activation"]


def test_another_model_is_stopped_in_the_same_places_of_its_own() -> None:
    state = says(opened(), i.SetBreaks(Breaks(nan=True)))
    other = recordings.mlp()
    info = m.Opened(model=recordings.info(other, "mlp"), step=0)
    state = says(state, info)
    _, requests = update(state, m.Recorded(recording=structs.replace(other, tape=9)))
    assert "nan" in [getattr(r, "quantity", "") for r in requests]


# ------------------------------------------------------------------ going back


def going_back(state: AppState, made: dict[int, float], got: dict[int, float]) -> AppState:
    """The engine's whole answer: sizes of gradients that events make, and get for their output."""
    assert state.recording is not None
    values = np.ones(N)
    values[list(made)] = list(made.values())
    each = np.array([got.get(n, 1.0) for n in range(N)])
    at = np.array([event.outputs[0] for event in GPT.events])
    found = Amounts(values, np.ones(N, int), at=at, each=each)
    reply = m.Quantified(tape=state.recording.tape, quantity="backward", start=0, amounts=found)
    return answer(state, reply, "quantify/backward")[0]


def chain(last: int) -> list[int]:
    """That event, the first that it reads from, and so on."""
    found = [last]
    while writers := [GPT.values[v].writer for v in GPT.events[found[-1]].inputs
                      if GPT.values[v].writer >= 0]:  # fmt: skip
        found.append(writers[0])
    return found


def test_gradients_are_looked_at_where_that_is_wanted_and_something_can_be_wrong() -> None:
    assert Breaks(nan=True, backward=True).needs == ("nan", "backward")
    assert Breaks(op="gelu", backward=True).needs == ()
    assert not Breaks(backward=True)
    _, requests = update(opened(), i.SetBreaks(Breaks(nan=True, backward=True)))
    assert [r.quantity for r in requests] == ["nan", "backward"]  # type: ignore[attr-defined]


def test_the_cursor_goes_to_where_gradients_first_go_wrong() -> None:
    """All that is before that op has them too, and is passed over; forward comes first."""
    at, *before = chain(N - 4)
    bad = dict.fromkeys([at, *before], np.nan)
    state = says(opened(), i.SetBreaks(Breaks(nan=True, backward=True)))
    forward = going_back(told(state, "nan", {2: 1.0}), bad, dict.fromkeys(before, np.nan))
    assert forward.cursor == 2
    state = going_back(told(state, "nan", {}), bad, dict.fromkeys(before, np.nan))
    assert state.cursor == at
    (hit,) = state.breaking.hits
    assert (hit.event, hit.why, hit.backward) == (at, "nan", "made")
    assert state.banner is not None
    assert state.banner.text.startswith("Going back, NaN comes up here")
    assert state.banner.values["event"] == GPT.events[at].id


def test_a_gradient_that_nobody_made_too_large_is_told_where_it_is_got() -> None:
    at = chain(N - 4)[1]
    state = says(opened(), i.SetBreaks(Breaks(above=5.0, backward=True)))
    state = going_back(told(state, "peak", {}), {}, {at: 7.5})
    assert state.cursor == at
    assert state.banner is not None
    assert state.banner.values["amount"] == "7.5"
    assert "in the gradient" not in state.banner.text
    assert "{amount}, for what {event} gives" in state.banner.text


def test_where_there_are_no_gradients_forward_is_told_and_the_popup_says_why() -> None:
    state = told(says(opened(), i.SetBreaks(Breaks(nan=True, backward=True))), "nan", {9: 1.0})
    assert not state.breaking.known
    failed = m.Failed(kind="model", text="no way back", remedy="", values={})
    state, _ = answer(state, failed, "quantify/backward")
    assert state.cursor == 9
    assert state.unmeasured["backward"].text == "no way back"
