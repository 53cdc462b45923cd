"""How a number came to be, as the state tells it: chosen cells, walks, the mouse, new passes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs

from explorer.core import messages as m
from explorer.core.explanation import Explanation, Region
from explorer.core.graph import Recording
from explorer.core.prediction import Chance, Sampling
from explorer.session import intents as i
from explorer.session.state import Address, AppState
from explorer.session.update import update
from tests.conversation import answer, says
from tests.session.test_update import recording


def told(value: int, index: tuple[int, ...], source: int = 0) -> Explanation:
    regions = (Region(source, (range(2), range(1, 2))),)
    return Explanation(value, index, 1.0, "sum", "y = Σ x", sources=regions)


@pytest.fixture
def state() -> AppState:
    made = recording()
    ready = m.Ready(device="cpu", device_name="a CPU", threads=1, versions={}, pid=1)
    opened = frozenset(range(len(made.calls)))
    return says(AppState(page="model", recording=made, open=opened, cursor=5), ready)


def derived(state: AppState, value: int, index: tuple[int, ...], walk: bool = False) -> AppState:
    state = says(state, i.Derive(value, index, walk))
    reply = m.Explained(asker="cell", tape=1, explanation=told(value, index, value - 1))
    return answer(state, reply, "explain/cell")[0]


def test_a_cell_is_asked_for_and_told(state: AppState) -> None:
    state, requests = update(state, i.Derive(5, (1, 2)))
    (request,) = requests
    assert isinstance(request, m.Explain)
    assert (request.tape, request.value, request.index) == (1, 5, (1, 2))
    assert state.derivation.pinned == Address(5, (1, 2))
    assert state.derivation.shown is None
    reply = m.Explained(asker="cell", tape=1, explanation=told(5, (1, 2), 4))
    state, _ = answer(state, reply, "explain/cell")
    assert state.derivation.shown == told(5, (1, 2), 4)
    assert state.derivation.sources(4) == told(5, (1, 2), 4).sources
    assert state.derivation.sources(5) == ()


@pytest.mark.parametrize("cell", [(5, (2, 0)), (5, (0,)), (5, (0, -1)), (99, (0, 0))])
def test_of_a_cell_that_is_not_there_nothing_is_asked(
    state: AppState, cell: tuple[int, tuple[int, ...]]
) -> None:
    after, requests = update(state, i.Derive(*cell))
    assert requests == []
    assert after.derivation == state.derivation


def test_a_walk_goes_along_and_back(state: AppState) -> None:
    state = derived(state, 5, (1, 2))
    state = derived(state, 4, (0, 1), walk=True)
    assert state.cursor == 4
    assert state.value == 4
    state = derived(state, 3, (0, 0), walk=True)
    assert [cell.value for cell in state.derivation.trail] == [5, 4, 3]
    back = says(state, i.Derive(4, (0, 1), walk=True))
    assert [cell.value for cell in back.derivation.trail] == [5, 4]
    assert back.cursor == 4
    afresh = says(state, i.Derive(4, (0, 1)))
    assert [cell.value for cell in afresh.derivation.trail] == [4]
    assert afresh.cursor == state.cursor


def test_a_weight_is_seen_at_the_op_that_reads_it(state: AppState) -> None:
    made = state.recording
    assert made is not None
    weight = structs.replace(made.values[3], name="w", kind="parameter", writer=-1)
    reads = structs.replace(made.events[5], inputs=(4, len(made.values)))
    made = structs.replace(
        made, values=(*made.values, weight),
        events=(*made.events[:5], reads, *made.events[6:]),
    )  # fmt: skip
    state = derived(replace(state, recording=made), 5, (1, 2))
    state = says(state, i.Derive(len(made.values) - 1, (0, 0), walk=True))
    assert (state.cursor, state.value) == (5, len(made.values) - 1)


def test_the_mouse_is_told_at_a_glance_and_only_of_where_it_is(state: AppState) -> None:
    state = derived(state, 5, (1, 2))
    state, (request,) = update(state, i.PointAtCell(4, (0, 0)))
    assert isinstance(request, m.Explain)
    assert request.limit < 64
    assert update(state, i.PointAtCell(4, (0, 0)))[1] == []
    reply = m.Explained(asker="mouse", tape=1, explanation=told(4, (0, 0), 3))
    seen, _ = answer(state, reply, "explain/mouse")
    assert seen.derivation.shown == told(4, (0, 0), 3)
    gone = says(seen, i.PointAtCell(4, None))
    assert gone.derivation.shown == told(5, (1, 2), 4)
    late = structs.replace(reply, ticket=state.tickets["explain/mouse"])
    assert says(says(state, i.PointAtCell(4, None)), late).derivation.hint is None


def test_what_cannot_be_told_says_why_where_somebody_asked(state: AppState) -> None:
    failed = m.Failed(kind="model", text="{name} is sparse.", remedy="", values={"name": "x"})
    chosen, _ = answer(says(state, i.Derive(5, (0, 0))), failed, "explain/cell")
    assert chosen.derivation.why is not None
    assert chosen.derivation.why.text == "{name} is sparse."
    assert chosen.banner is None
    pointed, _ = answer(says(state, i.PointAtCell(5, (0, 0))), failed, "explain/mouse")
    assert pointed.derivation.why is None
    assert pointed.banner is None


def another_pass(state: AppState, made: Recording) -> tuple[AppState, list[m.Request]]:
    return update(state, m.Recorded(recording=structs.replace(made, tape=2)))


def test_another_pass_tells_of_the_same_cell(state: AppState) -> None:
    made = state.recording
    assert made is not None
    state = says(derived(state, 5, (1, 2)), i.PointAtCell(4, (0, 0)))
    after, requests = another_pass(state, made)
    asked = [one for one in requests if isinstance(one, m.Explain)]
    assert [(one.tape, one.value, one.index) for one in asked] == [(2, 5, (1, 2))]
    assert after.derivation.pointed is None
    late = m.Explained(asker="cell", tape=1, explanation=told(5, (0, 0)))
    assert says(after, late).derivation.told == state.derivation.told


def test_a_cell_that_another_pass_has_not_is_forgotten(state: AppState) -> None:
    made = state.recording
    assert made is not None
    state = derived(state, 5, (1, 2))
    small = tuple(structs.replace(one, shape=(1, 1)) for one in made.values)
    after, requests = another_pass(state, structs.replace(made, values=small))
    assert not any(isinstance(one, m.Explain) for one in requests)
    assert after.derivation.trail == ()
    assert after.derivation.shown is None


def test_what_was_before_the_changes_is_told_plainly_where_there_are_none(state: AppState) -> None:
    made = state.recording
    assert made is not None
    state = replace(state, recording=structs.replace(made, tape=3, base=1))
    state, requests = update(state, i.Derive(5, (1, 2), before=True))
    assert [one.tape for one in requests if isinstance(one, m.Explain)] == [1]
    for base, tape in ((1, 1), (0, 2)):  # of another pass with changes, and of one without
        recorded = m.Recorded(recording=structs.replace(made, tape=2, base=base))
        after, requests = update(state, recorded)
        (again,) = (one for one in requests if isinstance(one, m.Explain))
        assert (again.tape, again.value, again.index) == (tape, 5, (1, 2))
        assert after.derivation.trail == (Address(5, (1, 2), before=base > 0),)


def test_the_end(state: AppState) -> None:
    state = says(derived(state, 5, (1, 2)), i.PointAtCell(4, (0, 0)), i.Derive(3, (0, 0)))
    state = says(state, i.EndDerivation())
    assert state.derivation.trail == ()
    assert state.derivation.shown is None
    assert not any(tag.startswith("explain/") for tag in state.tickets)


def test_how_likely_something_is_follows_the_sampling_and_leads_to_its_logit(
    state: AppState,
) -> None:
    plain, cold = Chance(), Chance(Sampling(0.5))
    state, (asked,) = update(state, i.Derive(5, (1, 2), chance=plain))
    assert isinstance(asked, m.Explain)
    assert asked.chance == plain
    state, (again,) = update(state, i.SetSampling(Sampling(0.5)))
    assert isinstance(again, m.Explain)
    assert (again.index, again.chance) == ((1, 2), cold)
    assert state.derivation.pinned == Address(5, (1, 2), chance=cold)
    state = derived(state, 5, (1, 2), walk=True)
    assert state.derivation.trail == (Address(5, (1, 2), chance=cold), Address(5, (1, 2)))
    _, requests = update(state, i.SetSampling(Sampling(0.3)))
    assert requests == []  # a logit is what it is


def test_what_reaches_something_likely_is_what_reaches_its_logit(state: AppState) -> None:
    state = says(state, i.Derive(5, (1, 2), chance=Chance()))
    state, requests = update(state, i.ShowReach("from"))
    assert state.derivation.pinned == Address(5, (1, 2))
    assert [type(one) for one in requests] == [m.Explain, m.FindReach]
    state, _ = update(state, i.Derive(5, (1, 0), chance=Chance()))
    assert state.reach.way == ""
