"""The window of a live model, and giving up what hangs, in the pure update."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs

from explorer.core import messages as m
from explorer.core.graph import Call, Event, ModelInfo, Recording, Value
from explorer.core.presets import load_preset
from explorer.core.sources import HuggingFaceModel, LiveModel
from explorer.core.values import ExampleInput, Input, TensorsInput, TextInput
from explorer.session import intents as i
from explorer.session.state import AppState
from explorer.session.update import update
from tests.conversation import answer, says

READY = m.Ready(device="cpu", device_name="a CPU", threads=1, versions={}, pid=1)
INFO = ModelInfo(
    family="", parameters=10, modules=(), weights="live", device="cpu", input="example",
    shape=(), labels=(), classes=(), samples=0, sample=ExampleInput(), trainable=False,
)  # fmt: skip
MINILM = HuggingFaceModel(path="/m/minilm", architecture="BertModel")
OTHER = HuggingFaceModel(path="/m/other", architecture="GPT2Model")
GONE = m.Lost(last_words="", code=0)


def passed(given: Input) -> Recording:
    return Recording(
        tape=1, weights="live", input=given, calls=(Call(0, "", 0, -1, "Net", 0, 0, 0),),
        events=(Event(0, "relu#0", "relu", 0, (), (0,), 1e-6),),
        values=(Value("relu#0", "activation", (2,), "float32", "cpu", 8, ("",), 0),),
        outputs=(), attention=(), labels={}, prediction=-1, seconds=1e-3, bytes=8,
    )  # fmt: skip


@pytest.fixture
def live() -> AppState:
    """A live model that came without being asked for, and its first pass."""
    state = says(AppState(wanted=LiveModel("Net")), READY)
    state, requests = update(state, m.Opened(model=INFO, step=0))
    assert requests == [m.RecordPass(ticket=1, input=ExampleInput())]
    return answer(state, m.Recorded(recording=passed(ExampleInput())), "RecordPass")[0]


@pytest.fixture
def opened() -> AppState:
    state = says(AppState(run="/runs"), READY, i.OpenOwn(MINILM))
    info = structs.replace(INFO, sample=TextInput("hello"))
    state, _ = answer(state, m.Opened(model=info, step=0), "OpenModel")
    return answer(state, m.Recorded(recording=passed(TextInput("hello"))), "RecordPass")[0]


def test_a_live_model_is_shown_without_being_asked_for(live: AppState) -> None:
    assert (live.own, live.page, live.title) == (LiveModel("Net"), "model", "Net")
    assert live.recording is not None
    assert live.settled


def test_the_end_of_its_program_leaves_the_screen_and_starts_nothing(live: AppState) -> None:
    state, requests = update(says(live, i.Reopen()), GONE)
    assert requests == []
    assert (state.engine.status, state.engine.restarts) == ("lost", 0)
    assert state.banner is not None
    assert state.banner.text.startswith("The program whose model this is has ended")
    assert (state.recording, state.own) == (live.recording, live.own)
    assert state.settled
    again, requests = update(state, i.RestartEngine())
    assert (again.engine.restarts, requests) == (0, [])


def test_the_end_of_the_program_before_the_model_came() -> None:
    state = says(AppState(wanted=LiveModel("Net")), GONE)
    assert (state.engine.status, state.engine.restarts) == ("lost", 0)


@pytest.mark.parametrize(
    "intent",
    [i.OpenPreset("char-gpt"), i.OpenPath("/m"), i.OpenOwn(MINILM), i.PutWeights("/w"),
     i.ShowGallery()],
)  # fmt: skip
def test_a_live_models_window_shows_that_model_alone(live: AppState, intent: i.Intent) -> None:
    state, requests = update(live, intent)
    assert requests == []
    assert state.banner is not None
    assert replace(state, banner=None) == live


def test_a_live_model_is_run_again_on_request(live: AppState) -> None:
    _, requests = update(live, i.Reopen())
    assert requests == [m.RecordPass(ticket=live.ticket + 1, input=ExampleInput())]


def cancelled(state: AppState) -> tuple[AppState, int]:
    state, requests = update(state, i.Cancel())
    assert [type(r) for r in requests] == [m.Cancel]
    return state, requests[0].ticket


def test_what_is_given_up_in_time_ends_nothing(opened: AppState) -> None:
    state, ticket = cancelled(says(opened, i.EditInput(TextInput("on and on"))))
    failed = m.Failed(kind="cancelled", text="That was given up.", remedy="", values={})
    state, _ = answer(state, failed, "RecordPass")
    after, requests = update(state, i.Overdue(ticket))
    assert (after, requests) == (state, [])


def test_what_was_asked_after_the_cancel_is_not_late(opened: AppState) -> None:
    state, ticket = cancelled(says(opened, i.EditInput(TextInput("on and on"))))
    hung = state.tickets["RecordPass"]
    state = says(state, i.EditInput(TextInput("short")))
    failed = m.Failed(ticket=hung, kind="cancelled", text="", remedy="", values={})
    state = says(state, failed)  # an answer to an old question, but an answer
    assert says(state, i.Overdue(ticket)) == state


def test_an_engine_that_says_nothing_is_ended_whatever_was_asked_since(opened: AppState) -> None:
    state, ticket = cancelled(says(opened, i.EditInput(TextInput("on and on"))))
    state = says(state, i.EditInput(TextInput("short")), i.Overdue(ticket))
    assert state.engine.restarts == 1
    assert state.typed == TextInput("short")  # which did not hang


def test_a_training_is_not_late() -> None:
    shipped = load_preset("first-network")
    state = says(AppState(presets=(shipped,)), READY, i.OpenPreset("first-network"))
    state, _ = answer(state, m.Opened(model=INFO, step=0), "OpenModel")
    state, _ = answer(state, m.Recorded(recording=passed(ExampleInput())), "RecordPass")
    state, ticket = cancelled(says(state, i.StartTraining()))
    state = replace(state, tickets={"Train": state.tickets["Train"]})
    points = m.Trained(
        ticket=state.tickets["Train"], step=1, steps=9, epoch=0.1, running=True,
        steps_per_second=1.0, left=1.0, curves={}, weights="step 1",
    )  # fmt: skip
    state = says(state, points)
    assert says(state, i.Overdue(ticket)) == state


def test_a_pass_that_hangs_is_not_repeated(opened: AppState) -> None:
    state, ticket = cancelled(says(opened, i.EditInput(TextInput("on and on"))))
    state, requests = update(state, i.Overdue(ticket))
    assert (state.engine.status, state.engine.restarts, requests) == ("starting", 1, [])
    state, (request,) = update(state, READY)
    assert isinstance(request, m.OpenOwn)
    assert request.own == MINILM
    state, requests = answer(state, m.Opened(model=INFO, step=0), "OpenModel")
    assert [r.input for r in requests if isinstance(r, m.RecordPass)] == [TextInput("hello")]


def test_a_first_pass_that_hangs_leaves_the_model_without_one(opened: AppState) -> None:
    state = replace(opened, recording=None, typed=TensorsInput(()), tickets={"RecordPass": 90})
    state, ticket = cancelled(replace(state, ticket=100))
    state = says(state, i.Overdue(ticket), READY)
    state, requests = answer(state, m.Opened(model=INFO, step=0), "OpenModel")
    assert requests == []
    assert (state.own, state.recording, state.typed) == (MINILM, None, None)
    _, requests = update(state, i.EditInput(TensorsInput(())))  # on a person's wish it is run
    assert [type(r) for r in requests] == [m.RecordPass]


def test_a_pass_that_worked_and_now_hangs_is_not_repeated_either(opened: AppState) -> None:
    state = replace(opened, tickets={"RecordPass": 90}, ticket=100)
    state, ticket = cancelled(state)
    state = says(state, i.Overdue(ticket), READY)
    state, requests = answer(state, m.Opened(model=INFO, step=0), "OpenModel")
    assert requests == []
    assert state.recording is None


def test_an_opening_that_hangs_is_dropped_and_what_was_open_comes_back(opened: AppState) -> None:
    state, ticket = cancelled(says(opened, i.OpenOwn(OTHER)))
    state = says(state, i.Overdue(ticket))
    assert state.wanted is None
    _, (request,) = update(state, READY)
    assert isinstance(request, m.OpenOwn)
    assert request.own == MINILM


def test_a_first_opening_that_hangs_is_dropped() -> None:
    state, ticket = cancelled(says(AppState(), READY, i.OpenOwn(OTHER)))
    state = says(state, i.Overdue(ticket))
    after, requests = update(state, READY)
    assert (after.wanted, after.model, requests) == (None, None, [])


def test_an_opening_wished_for_after_the_cancel_is_not_dropped(opened: AppState) -> None:
    state, ticket = cancelled(says(opened, i.EditInput(TextInput("on and on"))))
    state = says(state, i.OpenOwn(OTHER), i.Overdue(ticket))
    _, (request,) = update(state, READY)
    assert isinstance(request, m.OpenOwn)
    assert request.own == OTHER


def test_a_look_that_hangs_is_given_up_too(opened: AppState) -> None:
    state, ticket = cancelled(says(opened, i.OpenPath("/m/slow")))
    state = says(state, i.Overdue(ticket))
    assert (state.engine.restarts, state.finding) == (1, "")
    assert state.typed == opened.typed


def test_the_program_of_a_live_model_is_never_ended(live: AppState) -> None:
    state, ticket = cancelled(says(live, i.Reopen()))
    state, requests = update(state, i.Overdue(ticket))
    assert (state.engine.restarts, requests) == (0, [])
    assert state.banner is not None
    assert "cannot be interrupted" in state.banner.text
