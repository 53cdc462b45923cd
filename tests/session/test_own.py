"""Models of the user's own, in the pure update: found, asked about, opened, given weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from explorer.core import messages as m
from explorer.core.change import Change
from explorer.core.graph import Call, Event, Failure, ModelInfo, Recording, Value
from explorer.core.presets import ShippedPreset, load_preset
from explorer.core.sources import (
    HuggingFaceFolder,
    HuggingFaceModel,
    PresetFolder,
    PythonFile,
    PythonModel,
    title,
)
from explorer.core.units import UnitsView
from explorer.core.values import ExampleInput, TensorsInput, TensorSpec, TextInput
from explorer.session import intents as i
from explorer.session.state import AppState
from explorer.session.update import update
from tests.conversation import answer, says

READY = m.Ready(device="cpu", device_name="a CPU", threads=1, versions={}, pid=1)
FILE = PythonFile(path="/m/net.py", digest="d1", text="…", candidates=(), example=True)
NET = PythonModel(path="/m/net.py", digest="d1", name="Net", arguments={"width": "8"})
FOLDER = HuggingFaceFolder("/m/minilm", "bert", ("BertModel",), 90_000_000, "text")
MINILM = HuggingFaceModel(path="/m/minilm/", architecture="BertModel")
INFO = ModelInfo(
    family="", parameters=10, modules=(), weights="random", device="cpu", input="example",
    shape=(), labels=(), classes=(), samples=0, sample=ExampleInput(), trainable=False,
)  # fmt: skip


def passed(failure: Failure | None = None, events: int = 2) -> Recording:
    return Recording(
        tape=events, weights="random", input=ExampleInput(),
        calls=(Call(0, "", 0, -1, "Net", 0, events - 1, 0),),
        events=tuple(Event(n, f"relu#{n}", "relu", 0, (), (n,), 1e-6) for n in range(events)),
        values=tuple(
            Value(f"relu#{n}", "activation", (2,), "float32", "cpu", 8, ("",), n)
            for n in range(events)
        ),
        outputs=(), attention=(), labels={}, prediction=-1, seconds=1e-3, bytes=8, failure=failure,
    )  # fmt: skip


@pytest.fixture
def preset() -> ShippedPreset:
    return load_preset("first-network")


@pytest.fixture
def opened() -> AppState:
    state = says(AppState(run="/runs"), READY, i.OpenOwn(NET))
    state, requests = answer(state, m.Opened(model=INFO, step=0), "OpenModel")
    assert requests == [m.RecordPass(ticket=state.ticket, input=ExampleInput())]
    return answer(state, m.Recorded(recording=passed()), "RecordPass")[0]


def test_a_path_is_looked_at_and_then_a_person_is_asked() -> None:
    state, requests = update(says(AppState(), READY), i.OpenPath("/m/net.py"))
    assert state.finding == "/m/net.py"
    assert requests == [m.Find(ticket=1, path="/m/net.py")]
    state, requests = answer(state, m.Located(found=FILE), "Find")
    assert (state.found, state.finding, requests) == (FILE, "", [])
    state = says(state, i.ForgetFound())
    assert state.found is None


def test_what_cannot_be_found_is_said_and_nothing_changes(opened: AppState) -> None:
    state = says(opened, i.OpenPath("/m/nothing"))
    failed = m.Failed(kind="model", text="There is nothing at {path}.", remedy="", values={})
    state, _ = answer(state, failed, "Find")
    assert state.finding == ""
    assert state.banner is not None
    assert (state.own, state.recording) == (opened.own, opened.recording)


def test_a_preset_folder_opens_at_once(preset: ShippedPreset) -> None:
    folder = PresetFolder(path="/mine/net", preset=preset.preset.model_dump(mode="json"))
    state = says(AppState(), READY, i.OpenPath("/mine/net"))
    state, requests = answer(state, m.Located(found=folder), "Find")
    assert state.opening == "net"
    assert [type(r) for r in requests] == [m.OpenModel]
    assert [p.name for p in state.presets] == ["net"]
    again = says(state, i.OpenPath("/mine/net"))
    again, _ = answer(again, m.Located(found=folder), "Find")
    assert len(again.presets) == 1


def test_opening_a_python_file_is_the_permission_to_run_that_text(opened: AppState) -> None:
    assert opened.trusted == {"d1"}
    assert (opened.own, opened.wanted, opened.page) == (NET, None, "model")
    assert opened.title == "Net"
    assert says(AppState(), READY, i.OpenOwn(MINILM)).trusted == frozenset()


def test_a_failed_opening_leaves_what_was_open(opened: AppState) -> None:
    state, requests = update(opened, i.OpenOwn(MINILM))
    assert [type(r) for r in requests] == [m.OpenOwn]
    assert state.own == NET  # still on screen
    failed = m.Failed(kind="model", text="No.", remedy="", values={})
    state, _ = answer(state, failed, "OpenModel")
    assert (state.own, state.wanted, state.recording) == (NET, None, opened.recording)


def test_the_newest_opening_counts(preset: ShippedPreset, opened: AppState) -> None:
    state = says(opened, i.PresetsRead((preset,)), i.OpenPreset(preset.name), i.OpenOwn(MINILM))
    assert (state.opening, state.wanted) == ("", MINILM)
    state, _ = answer(state, m.Opened(model=INFO, step=0), "OpenModel")
    assert (state.own, state.shipped, state.title) == (MINILM, None, "minilm")
    state = says(state, i.OpenOwn(NET), i.OpenPreset(preset.name))
    assert (state.opening, state.wanted) == (preset.name, None)
    trainable = structs.replace(INFO, trainable=True)
    state, _ = answer(state, m.Opened(model=trainable, step=0), "OpenModel")
    assert (state.own, state.shipped) == (None, preset)
    assert state.training is not None


def test_a_model_without_data_leaves_the_training_page(preset: ShippedPreset) -> None:
    state = says(AppState(), READY, i.PresetsRead((preset,)), i.OpenPreset(preset.name))
    state, _ = answer(state, m.Opened(model=structs.replace(INFO, trainable=True), step=0),
                      "OpenModel")  # fmt: skip
    state = says(state, i.ShowTab("training"), i.OpenOwn(NET))
    state, _ = answer(state, m.Opened(model=INFO, step=0), "OpenModel")
    assert (state.tab, state.training) == ("forward", None)
    assert says(state, i.ShowTab("training")).tab == "forward"


def test_weights_go_into_what_is_open(opened: AppState) -> None:
    state, requests = update(opened, i.PutWeights("/w.pt"))
    assert [type(r) for r in requests] == [m.LoadWeights]
    info = structs.replace(INFO, weights="w.pt")
    state, requests = answer(state, m.Opened(model=info, step=0), "LoadWeights")
    assert (state.put, state.model, state.own) == ("/w.pt", info, NET)
    assert [type(r) for r in requests] == [m.RecordPass]
    assert state.recording is opened.recording  # until the new pass is there


def test_weights_that_do_not_fit_change_nothing(opened: AppState) -> None:
    state = says(opened, i.PutWeights("/w.pt"))
    failed = m.Failed(kind="weights", text="No.", remedy="", values={})
    state, _ = answer(state, failed, "LoadWeights")
    assert (state.put, state.model) == ("", INFO)


def test_weights_without_a_model_say_what_to_do_first() -> None:
    state, requests = update(says(AppState(), READY), i.PutWeights("/w.pt"))
    assert requests == []
    assert state.banner is not None
    assert "no model is open" in state.banner.text


def test_a_lost_engine_gets_the_model_and_its_weights_back(opened: AppState) -> None:
    state = says(opened, i.PutWeights("/w.pt"))
    state, _ = answer(state, m.Opened(model=INFO, step=0), "LoadWeights")
    state = says(state, m.Lost(last_words="", code=-9))
    state, requests = update(state, READY)
    assert requests == [m.OpenOwn(ticket=state.ticket, own=NET, run="/runs", weights="/w.pt")]
    state, requests = answer(state, m.Opened(model=INFO, step=0), "OpenModel")
    assert (state.own, state.cursor) == (NET, opened.cursor)
    assert state.recording is opened.recording
    assert [type(r) for r in requests] == [m.RecordPass]


def test_an_engine_lost_while_opening_opens_that() -> None:
    state = says(AppState(run="/runs"), READY, i.OpenOwn(NET), m.Lost(last_words="", code=-9))
    _, requests = update(state, READY)
    assert [type(r) for r in requests] == [m.OpenOwn]


def test_a_pass_that_raised_is_shown_up_to_there(opened: AppState) -> None:
    failure = Failure(
        "linear", "fc", ((1, 10), (5, 2)), "net.py:7", "RuntimeError: no fit", ("input", "weight")
    )
    state = says(opened, i.EditInput(TextInput("x")))
    state, _ = answer(state, m.Recorded(recording=passed(failure, events=3)), "RecordPass")
    assert state.cursor == 2
    assert state.banner is not None
    said = state.banner.text.format(**state.banner.values)
    assert "linear" in said
    assert "input 1×10, weight 5×2" in said
    assert "net.py:7" in said
    state = says(state, i.EditInput(ExampleInput()))
    state, _ = answer(state, m.Recorded(recording=passed()), "RecordPass")
    assert state.banner is None


def test_a_pass_that_raised_at_once_has_nothing_to_step_through(opened: AppState) -> None:
    failure = Failure("", "", (), "net.py:3", "ValueError: no")
    state = says(opened, i.EditInput(TextInput("x")))
    state, _ = answer(state, m.Recorded(recording=passed(failure, events=0)), "RecordPass")
    state = says(state, i.StepBy("over"), i.StepBy("last"), i.OpenToLevel(-1), i.TogglePlay())
    assert state.value is None


def test_a_file_that_could_not_be_opened_can_be_opened_again(opened: AppState) -> None:
    changed = m.Failed(kind="model", text="{path} has changed.", remedy="", values={"path": "n"})
    state, _ = answer(says(opened, i.Reopen()), changed, "OpenModel")
    assert state.banner is not None
    assert state.banner.again == NET.path
    assert (state.wanted, state.own) == (None, NET)
    state, _ = answer(says(opened, i.EditInput(TextInput("x"))), changed, "RecordPass")
    assert state.banner is not None
    assert state.banner.again == ""


def test_giving_up_is_told_to_the_engine_only_while_it_works(opened: AppState) -> None:
    assert update(opened, i.Cancel())[1] == []
    state, requests = update(says(opened, i.OpenOwn(MINILM)), i.Cancel())
    assert [type(r) for r in requests] == [m.Cancel]
    assert set(state.tickets) == {"OpenModel"}  # it has no answer of its own
    failed = m.Failed(kind="cancelled", text="That was given up.", remedy="", values={})
    state, _ = answer(state, failed, "OpenModel")
    assert (state.wanted, state.own) == (None, NET)


def test_bringing_back_the_weights_opens_the_own_model_again(opened: AppState) -> None:
    state = replace(opened, put="/w.pt")
    state, requests = update(state, i.Reopen())
    assert [type(r) for r in requests] == [m.OpenOwn]
    state, _ = answer(state, m.Opened(model=INFO, step=0), "OpenModel")
    assert state.put == ""


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/m/minilm/", "minilm"), ("/m/minilm/model", "minilm"), ("C:\\m\\bert", "bert"),
        ("/c/models--org--tiny-gpt2/snapshots/" + "0a" * 20, "tiny-gpt2"), ("/model", "model"),
    ],
)  # fmt: skip
def test_a_folder_is_called_by_the_name_that_tells_most(path: str, name: str) -> None:
    assert title(HuggingFaceModel(path=path, architecture="BertModel")) == name


def test_what_was_cancelled_is_news_and_no_problem(opened: AppState) -> None:
    state = says(opened, i.OpenOwn(MINILM), i.Cancel())
    failed = m.Failed(kind="cancelled", text="Cancelled.", remedy="", values={})
    state, _ = answer(state, failed, "OpenModel")
    assert state.banner is not None
    assert state.banner.level == "news"


def test_a_preset_knows_where_it_was_found(preset: ShippedPreset) -> None:
    found = PresetFolder(path="/mine/net", preset=preset.preset.model_dump(mode="json"))
    assert ShippedPreset.of(found) == ShippedPreset("net", Path("/mine/net"), preset.preset)


def test_names_of_axes_come_after_the_graph_and_move_nothing(opened: AppState) -> None:
    state = says(opened, i.EditInput(TextInput("x")))
    made = structs.replace(passed(), tape=9)
    state, _ = answer(state, m.Recorded(recording=made, more=True), "RecordPass")
    assert not state.settled
    state = says(state, i.StepTo(1))
    values = tuple(structs.replace(value, axes=("B",)) for value in made.values)
    named = structs.replace(made, values=values)
    state, _ = answer(state, m.Recorded(recording=named), "RecordPass")
    assert state.settled
    assert (state.recording, state.cursor) == (named, 1)


# ------------------------------------------------------------------ opening a fused op


def fused(opens: bool = True) -> Recording:
    made = passed(events=3)
    events = list(made.events)
    events[1] = structs.replace(events[1], opens=opens)
    return structs.replace(made, events=tuple(events))


def unfolded() -> Recording:
    """`fused` with two events in place of its second, in a call of their own."""
    made = passed(events=4)
    calls = (*made.calls, Call(1, "", 0, 0, "relu", 1, 2, 0, opened="relu#1"))
    events = [structs.replace(e, call=int(e.index in (1, 2))) for e in made.events]
    return structs.replace(made, tape=8, calls=calls, events=tuple(events))


@pytest.fixture
def stepping(opened: AppState) -> AppState:
    state = says(opened, i.EditInput(TextInput("x")))
    return answer(state, m.Recorded(recording=fused()), "RecordPass")[0]


def test_stepping_into_a_fused_op_opens_it(stepping: AppState) -> None:
    state, requests = update(says(stepping, i.StepTo(1)), i.StepBy("into"))
    assert requests == [m.OpenEvent(ticket=state.ticket, tape=3, event=1)]
    state, _ = answer(state, m.Unfolded(recording=unfolded(), call=1), "OpenEvent")
    assert (state.cursor, state.open >= {0, 1}) == (1, True)
    assert says(state, i.StepBy("over")).cursor == 2
    state = says(state, i.StepBy("out"))  # it closes like any other box
    assert 1 not in state.open
    assert says(state, i.StepBy("over")).cursor == 3


def test_another_input_goes_from_inside_of_an_op_to_that_op(stepping: AppState) -> None:
    state = says(stepping, i.OpenEvent(1))
    inside = unfolded()
    events = list(inside.events)
    fused_id = fused().events[1].id
    for at in (1, 2):
        events[at] = structs.replace(events[at], id=f"{fused_id}/relu#{at}")
    inside = structs.replace(inside, events=tuple(events))
    state, _ = answer(state, m.Unfolded(recording=inside, call=1), "OpenEvent")
    state = says(state, i.StepBy("over"), i.EditInput(TextInput("y")))
    assert state.cursor == 2
    new = structs.replace(fused(), tape=9)
    state, _ = answer(state, m.Recorded(recording=new), "RecordPass")
    assert new.events[state.cursor].id == fused_id


def test_an_op_without_an_inside_is_stepped_over(stepping: AppState) -> None:
    assert update(stepping, i.OpenEvent(0))[1] == []
    state, requests = update(says(stepping, i.StepTo(0)), i.StepBy("into"))
    assert (state.cursor, requests) == (1, [])


def test_another_input_keeps_the_place_though_the_op_is_closed_again(stepping: AppState) -> None:
    state = says(stepping, i.OpenEvent(1))
    state, _ = answer(state, m.Unfolded(recording=unfolded(), call=1), "OpenEvent")
    state = says(state, i.StepBy("last"), i.EditInput(TextInput("y")))
    where = state.recording.events[state.cursor].id if state.recording else ""
    new = structs.replace(passed(events=4), tape=9)
    state, _ = answer(state, m.Recorded(recording=new), "RecordPass")
    assert state.open == {0}
    assert new.events[state.cursor].id == where


def test_a_name_that_is_not_utf8_is_refused_before_it_is_sent() -> None:
    state, requests = update(AppState(), i.OpenPath("/m/non\udcffutf.py"))
    assert requests == []
    assert state.finding == ""
    assert state.banner is not None
    assert state.banner.text.format(**state.banner.values) == (
        r"The name of /m/non\xffutf.py is not valid UTF-8."
    )


def test_what_was_asked_of_the_model_before_is_no_trouble_of_the_next(opened: AppState) -> None:
    """It comes back refused: the engine keeps none of those passes any more."""
    state = says(opened, i.Ask(UnitsView(2, 1, 0, 8)), i.Derive(1, (0,)))
    state = says(state, i.MakeChange(Change("relu#0", "zero")), i.OpenOwn(MINILM))
    late = set(state.tickets.values()) - {state.tickets["OpenModel"]}
    assert len(late) == 3
    state, requests = answer(state, m.Opened(model=INFO, step=0), "OpenModel")
    for ticket in late:
        gone = m.Failed(
            ticket=ticket, kind="engine", text="That pass is no longer kept.", remedy="", values={}
        )
        state, _ = update(state, gone)
    assert state.banner is None
    assert set(state.tickets) == {"RecordPass"}
    assert [type(r) for r in requests] == [m.RecordPass]


@pytest.mark.parametrize("typed", [False, True])
def test_of_a_pass_that_raised_with_shapes_that_nobody_chose_it_is_said_so(typed: bool) -> None:
    guess = TensorsInput((TensorSpec("x", (1,)),))
    info = structs.replace(INFO, input="tensors", sample=guess)
    state = says(AppState(run="/runs"), READY, i.OpenOwn(NET))
    state, _ = answer(state, m.Opened(model=info, step=0), "OpenModel")
    given = TensorsInput((TensorSpec("x", (7,)),)) if typed else guess
    failure = Failure("", "", (), "net.py:3", "ValueError: not enough values to unpack")
    recording = structs.replace(passed(failure, events=0), input=given)
    state, _ = answer(state, m.Recorded(recording=recording), "RecordPass")
    assert state.banner is not None
    assert ("are a guess: type those that the model takes" in state.banner.remedy) is not typed
