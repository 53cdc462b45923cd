"""How values are looked at, as the state tells it; what is sought, saved, and compared with."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs

from explorer.core import messages as m
from explorer.core.matching import compare
from explorer.core.plane import Against, Plane
from explorer.core.values import NumbersInput, Odd, Oddity, View
from explorer.session import intents as i
from explorer.session.others import input_of, near, other_of
from explorer.session.state import AppState
from explorer.session.update import update
from tests import recordings
from tests.conversation import answer, says
from tests.session.test_update import MODEL, recording

READY = m.Ready(device="cpu", device_name="a CPU", threads=1, versions={}, pid=1)


@pytest.fixture
def state() -> AppState:
    made = recording()
    opened = frozenset(range(len(made.calls)))
    shown = AppState(page="model", model=MODEL, recording=made, open=opened, cursor=5)
    return says(shown, READY)


def test_a_plane_is_kept_and_asks_for_nothing_itself(state: AppState) -> None:
    plane = Plane(shape=(2, 3), keep=(1, 0))
    after, requests = update(state, i.ShowPlane(plane))
    assert after.plane == plane
    assert requests == []
    again, _ = update(after, i.SetTheme("light"))
    assert again.plane == plane


@pytest.mark.parametrize("sort", ["nan", "infinity"])
def test_what_is_no_number_is_sought_and_found(state: AppState, sort: Odd) -> None:
    state, requests = update(state, i.SeekOddity(5, sort, (0, 1)))
    assert requests == [m.Seek(ticket=state.ticket, tape=1, value=5, sort=sort, after=(0, 1))]
    found = Oddity(1, 5, sort, (1, 2))
    state, _ = answer(state, m.Sought(oddity=found), "Seek")
    assert state.oddity == found
    assert state.banner is None


def test_where_there_is_none_it_is_said_and_nothing_moves(state: AppState) -> None:
    state = says(state, i.SeekOddity(5, "infinity"))
    state, _ = answer(state, m.Sought(oddity=Oddity(1, 5, "infinity", None)), "Seek")
    assert state.oddity is None
    assert state.banner is not None
    assert state.banner.values["value"] == state.recording.values[5].name  # type: ignore[union-attr]
    assert state.banner.level == "news"


def test_an_answer_about_an_older_pass_is_dropped(state: AppState) -> None:
    state = says(state, i.SeekOddity(5, "nan"), i.EditInput(NumbersInput((1.0, 2.0))))
    assert "Seek" in state.tickets
    state, _ = answer(state, m.Recorded(recording=recording(tape=2)), "RecordPass")
    assert "Seek" not in state.tickets


def test_values_that_are_not_there_are_not_asked_about(state: AppState) -> None:
    assert update(state, i.SeekOddity(99, "nan"))[1] == []
    assert update(state, i.SaveValueTo("/a.npy", 77, 5))[1] == []


def test_a_value_or_a_plane_of_it_is_saved_and_that_is_said(state: AppState) -> None:
    view = View(1, 5, (0, 1), (0, 0), (9, 9))
    for what, seen in (("value", None), ("plane", view)):
        asked, requests = update(state, i.SaveValueTo("/here", 1, 5, seen))
        wanted = m.SaveValue(ticket=asked.ticket, path="/here", tape=1, value=5, view=seen)
        assert requests == [wanted]
        saved = m.Saved(path="/here", what=what)  # type: ignore[arg-type]
        done, _ = answer(asked, saved, wanted.tag)
        assert done.banner is not None
        assert done.banner.values == {"path": "/here"}
        assert ("slice" in done.banner.text) == (what == "plane")


# ------------------------------------------------------------------ what to compare with


def gpt() -> AppState:
    made = recordings.gpt("The cat", layers=2)
    return AppState(page="model", recording=made, model=recordings.info(made))


def named(state: AppState, name: str) -> int:
    assert state.recording is not None
    return next(n for n, value in enumerate(state.recording.values) if value.name == name)


def test_the_input_of_an_op_is_the_first_of_its_shape() -> None:
    state = gpt()
    assert state.recording is not None
    softmax = named(state, "blocks.0.attn/softmax#0")
    masked = named(state, "blocks.0.attn/masked_fill#0")
    assert input_of(state.recording, softmax) == masked
    linear = named(state, "blocks.0.mlp.fc1/linear#0")
    assert input_of(state.recording, linear) is None
    assert input_of(state.recording, named(state, "tokens")) is None
    found = other_of(state, Against("input"), softmax)
    assert found is not None
    assert (found.tape, found.value) == (state.recording.tape, masked)


def test_another_value_is_found_by_its_name_and_a_value_is_not_its_own_other() -> None:
    state = gpt()
    first, second = named(state, "blocks.0/add#0"), named(state, "blocks.1/add#0")
    against = Against("value", "blocks.0/add#0")
    found = other_of(state, against, second)
    assert found is not None
    assert found.value == first
    assert other_of(state, against, first) is None
    assert other_of(state, Against("value", "nobody"), first) is None
    assert other_of(state, None, first) is None


def test_the_nearest_values_of_the_same_shape_are_offered() -> None:
    state = gpt()
    made = state.recording
    assert made is not None
    value = named(state, "blocks.1/add#0")
    offered = near(made, value)
    assert value not in offered
    assert all(made.values[n].shape == made.values[value].shape for n in offered)
    assert set(made.events[made.values[value].writer].inputs) <= set(offered)
    assert len(offered) <= 15
    assert len(set(offered)) == len(offered)


def test_the_same_value_of_the_pass_beside_by_its_op_or_its_name() -> None:
    state = says(gpt(), READY)
    state = says(state, i.KeepBeside())
    other = recordings.gpt("The cat", layers=2)
    other = structs.replace(other, tape=other.tape + 1)
    beside = state.beside
    assert beside is not None
    comparison = compare(beside.recording, other)
    state = replace(state, recording=other, beside=replace(beside, comparison=comparison))
    for name in ("blocks.1/add#1", "blocks.0.ln1.weight", "tokens"):
        found = other_of(state, Against("beside"), named(state, name))
        assert found is not None
        assert found.tape == other.tape - 1
        assert found.what.name == name
    assert other_of(replace(state, beside=None), Against("beside"), 3) is None
