"""Whoever wants another model need not give up first what is being opened or run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.core import messages as m
from explorer.core.graph import ModelInfo
from explorer.core.presets import load_preset
from explorer.core.sources import HuggingFaceFolder, HuggingFaceModel
from explorer.core.values import ExampleInput
from explorer.session import intents as i
from explorer.session.state import AppState
from explorer.session.update import update
from tests.conversation import answer, says

READY = m.Ready(device="cpu", device_name="a CPU", threads=1, versions={}, pid=1)
INFO = ModelInfo(
    family="", parameters=10, modules=(), weights="random", device="cpu", input="example",
    shape=(), labels=(), classes=(), samples=0, sample=ExampleInput(), trainable=False,
)  # fmt: skip
HANGS = HuggingFaceModel(path="/m/hangs", architecture="BertModel")
OTHER = HuggingFaceModel(path="/m/other", architecture="GPT2Model")
FOUND = HuggingFaceFolder("/m/other", "gpt2", ("GPT2Model",), 90, "text")
CANCELLED = m.Failed(kind="cancelled", text="Cancelled.", remedy="", values={})
ENDED = m.Failed(kind="model", text="It broke.", remedy="", values={})


def kinds(requests: list[m.Request]) -> list[type]:
    return [type(one) for one in requests]


@pytest.fixture
def start() -> AppState:
    return says(AppState(presets=(load_preset("first-network"),)), READY)


@pytest.fixture
def opening(start: AppState) -> AppState:
    return says(start, i.OpenOwn(HANGS))


@pytest.fixture
def running(opening: AppState) -> AppState:
    return answer(opening, m.Opened(model=INFO, step=0), "OpenModel")[0]


@pytest.mark.parametrize("hangs", ["opening", "running"])
def test_a_look_at_another_gives_up_what_the_engine_does(
    hangs: str, request: pytest.FixtureRequest
) -> None:
    state: AppState = request.getfixturevalue(hangs)
    state, requests = update(state, i.OpenPath("/m/other"))
    assert kinds(requests) == [m.Cancel, m.Find]  # in this order, or the look waits
    tag = "OpenModel" if hangs == "opening" else "RecordPass"
    state, _ = answer(state, CANCELLED, tag)
    assert state.banner is None  # nobody asked for that news
    assert (state.finding, state.wanted) == ("/m/other", None)
    state, _ = answer(state, m.Located(found=FOUND), "Find")
    state, requests = update(state, i.OpenOwn(OTHER))
    assert kinds(requests) == [m.OpenOwn]  # there is nothing to give up any more
    state, _ = answer(state, m.Opened(model=INFO, step=0), "OpenModel")
    assert state.own == OTHER


def test_a_card_of_the_gallery_gives_it_up_too(running: AppState) -> None:
    state, requests = update(running, i.OpenPreset("first-network"))
    assert kinds(requests) == [m.Cancel, m.OpenModel]
    state, _ = answer(state, CANCELLED, "RecordPass")
    assert (state.opening, state.banner) == ("first-network", None)


def test_a_card_chosen_while_a_path_is_looked_at_is_what_opens(start: AppState) -> None:
    state = says(start, i.OpenPath("/m/other"))
    ticket = state.tickets["Find"]
    state = says(state, i.OpenPreset("first-network"), m.Located(found=FOUND, ticket=ticket))
    assert (state.finding, state.found, state.opening) == ("", None, "first-network")


def test_a_pass_that_began_meanwhile_is_given_up_as_well(opening: AppState) -> None:
    state = says(opening, i.OpenPath("/m/other"))
    state, _ = answer(state, m.Opened(model=INFO, step=0), "OpenModel")  # it was about to be done
    state, _ = answer(state, m.Located(found=FOUND), "Find")
    _, requests = update(state, i.OpenOwn(OTHER))
    assert kinds(requests) == [m.Cancel, m.OpenOwn]


def test_nothing_is_given_up_for_weights_that_may_be_for_it(opening: AppState) -> None:
    _, requests = update(opening, i.OpenPath("/m/Weights.PT"))
    assert kinds(requests) == [m.Find]


def test_an_idle_engine_or_one_that_is_not_up_is_told_nothing(start: AppState) -> None:
    assert kinds(update(start, i.OpenPath("/m"))[1]) == [m.Find]
    early = says(AppState(), i.OpenPath("/m/slow"))  # it would take the silence for a hang
    assert kinds(update(early, i.OpenPath("/m"))[1]) == [m.Find]


@pytest.mark.parametrize("hangs", ["opening", "running"])
def test_an_engine_that_does_not_hear_it_is_ended_and_the_look_comes_after(
    hangs: str, request: pytest.FixtureRequest
) -> None:
    state: AppState = request.getfixturevalue(hangs)
    state, requests = update(state, i.OpenPath("/m/other"))
    state = says(state, i.Overdue(requests[0].ticket))
    assert (state.engine.restarts, state.finding, state.wanted) == (1, "/m/other", None)
    state, requests = update(state, READY)
    assert [r.path for r in requests if isinstance(r, m.Find)] == ["/m/other"]
    assert not [r for r in requests if isinstance(r, m.RecordPass)]
    state, _ = answer(state, m.Located(found=FOUND), "Find")
    assert state.found == FOUND


def test_a_look_that_hangs_itself_is_not_repeated(start: AppState) -> None:
    state, requests = update(says(start, i.OpenPath("/m/hangs")), i.Cancel())
    state = says(state, i.Overdue(requests[0].ticket))
    assert update(state, READY)[1] == []


def test_a_path_wished_for_while_the_engine_starts_again_is_looked_at(start: AppState) -> None:
    state = says(start, i.RestartEngine(), i.OpenPath("/m/other"))
    assert [r.path for r in update(state, READY)[1] if isinstance(r, m.Find)] == ["/m/other"]


def test_what_failed_by_itself_is_said(opening: AppState) -> None:
    state, _ = answer(says(opening, i.OpenPath("/m/other")), ENDED, "OpenModel")
    assert state.banner is not None
    state, _ = answer(says(opening, i.Cancel()), CANCELLED, "OpenModel")
    assert state.banner is not None  # a person gave it up: that is said, too
    assert replace(state, banner=None).wanted is None
