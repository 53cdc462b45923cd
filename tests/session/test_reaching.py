"""What a number came from over the whole pass, and what it goes to, as the state tells it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from msgspec import structs

from explorer.core import messages as m
from explorer.core.reach import Extent, Reach
from explorer.session import intents as i
from explorer.session.state import AppState, Reaching
from explorer.session.update import update
from tests.conversation import answer, says
from tests.session.test_update import recording


@pytest.fixture
def state() -> AppState:
    made = recording()
    ready = m.Ready(device="cpu", device_name="a CPU", threads=1, versions={}, pid=1)
    opened = frozenset(range(len(made.calls)))
    state = says(AppState(page="model", recording=made, open=opened, cursor=5), ready)
    return says(state, i.Derive(5, (1, 2)))


def extent(state: AppState, *values: int) -> Extent:
    """Two cells of each of some values take part, with a strength of 3 in all."""
    assert state.recording is not None
    counts = np.zeros(len(state.recording.values), np.int64)
    counts[list(values)] = 2
    return Extent(counts, counts * 1.5, counts * 1.0)


def reached(state: AppState, *values: int, tape: int = 1) -> AppState:
    assert state.reach.asked is not None
    reply = m.Reached(tape=tape, reach=state.reach.asked, extent=extent(state, *values))
    return answer(state, reply, "FindReach")[0]


def test_it_is_asked_for_and_told(state: AppState) -> None:
    state, requests = update(state, i.ShowReach("from"))
    (request,) = requests
    assert isinstance(request, m.FindReach)
    assert (request.tape, request.reach) == (1, Reach("from", 5, (1, 2)))
    assert state.colouring == "family"
    state = reached(state, 5, 4)
    assert state.reach.has(4)
    assert not state.reach.has(3)
    assert state.reach.peak(4) == 2.0
    assert state.colouring == "reach"
    amounts, made = state.colours, state.recording
    assert amounts is not None
    assert made is not None
    assert amounts.values[made.values[4].writer] == 3.0
    assert amounts.counts[made.values[3].writer] == 0


def test_without_a_chosen_number_nothing_is_asked(state: AppState) -> None:
    state = says(state, i.EndDerivation())
    after, requests = update(state, i.ShowReach("to"))
    assert requests == []
    assert after.reach == Reaching()


def test_the_same_again_ends_it_and_the_other_takes_its_place(state: AppState) -> None:
    state = reached(says(state, i.ShowReach("from")), 4)
    other, requests = update(state, i.ShowReach("to"))
    assert [type(one) for one in requests] == [m.FindReach]
    assert other.reach == Reaching("to", Reach("to", 5, (1, 2)))
    ended, requests = update(state, i.ShowReach("from"))
    assert requests == []
    assert ended.reach == Reaching()
    assert ended.colouring == "family"


def test_what_is_still_worked_out_is_given_up(state: AppState) -> None:
    state = says(state, i.ShowReach("from"))
    ended, requests = update(state, i.ShowReach(""))
    (request,) = requests
    assert isinstance(request, m.Cancel)
    assert request.only == "FindReach"
    assert "FindReach" not in ended.tickets
    late = m.Reached(
        ticket=state.tickets["FindReach"], tape=1, reach=Reach("from", 5, (1, 2)),
        extent=extent(state, 4),
    )  # fmt: skip
    assert says(ended, late).reach == Reaching()


def test_of_another_number_it_is_asked_again(state: AppState) -> None:
    state = reached(says(state, i.ShowReach("from")), 4)
    state, requests = update(state, i.Derive(4, (0, 1), walk=True))
    asked = [one for one in requests if isinstance(one, m.FindReach)]
    assert [one.reach for one in asked] == [Reach("from", 4, (0, 1))]
    assert state.reach.extent is None
    ended = says(state, i.EndDerivation())
    assert ended.reach == Reaching()


def test_of_another_pass_it_is_asked_again(state: AppState) -> None:
    state = reached(says(state, i.ShowReach("to")), 5)
    made = state.recording
    assert made is not None
    state = replace(state, tickets={"RecordPass": 77})
    state, requests = update(
        state, m.Recorded(ticket=77, recording=structs.replace(made, tape=2, input=made.input))
    )
    asked = [one for one in requests if isinstance(one, m.FindReach)]
    assert [(one.tape, one.reach) for one in asked] == [(2, Reach("to", 5, (1, 2)))]
    assert state.reach.extent is None


def test_why_it_cannot_is_said_in_its_place(state: AppState) -> None:
    state = says(state, i.ShowReach("from"))
    said = m.Failed(kind="memory", text="The memory of cuda is full.", remedy="", values={})
    after, _ = answer(state, said, "FindReach")
    assert after.banner is None
    assert after.reach.why is not None
    assert after.reach.why.text == "The memory of cuda is full."
    given_up, _ = answer(state, structs.replace(said, kind="cancelled"), "FindReach")
    assert given_up.reach == Reaching()
