"""The pure update: what follows from every intent and reply, without Qt, torch or a process."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from explorer.core import messages as m
from explorer.core.graph import Call, Event, ModelInfo, Recording, Value, stops
from explorer.core.presets import ShippedPreset
from explorer.core.spec import Preset
from explorer.core.values import NumbersInput, Reading, Statistics, View
from explorer.session import intents as i
from explorer.session.state import AppState
from explorer.session.update import update
from tests.conversation import answer, says

Tree = dict[str, "Tree | int"]

PRESET = ShippedPreset(
    "moons",
    Path("/nowhere/moons"),
    Preset.model_validate(
        {
            "title": {"en": "Moons", "zh": "月"},
            "summary": {"en": "s", "zh": "s"},
            "model": {"family": "mlp", "sizes": [2, 4, 2]},
            "data": {"kind": "points", "shape": "moons"},
            "input": {"values": [0.5, 0.5]},
        }
    ),
)
MODEL = ModelInfo(
    family="mlp", parameters=22, modules=(), weights="random", device="cpu", input="point",
    shape=(2,), labels=("x", "y"), classes=("0", "1"), samples=80,
)  # fmt: skip
READY = m.Ready(device="cpu", device_name="a CPU", threads=1, versions={}, pid=1)

# a model of two blocks, each with a nested module, and ops of its own between them
TREE: Tree = {"a": 1, "block1": {"b": 2, "inner": {"c": 2}, "d": 1}, "e": 1, "block2": {"f": 2}}


def recording(tree: Tree = TREE, tape: int = 1, weights: str = "random") -> Recording:
    calls: list[Call] = []
    events: list[Event] = []

    def call(path: str, parent: int, inside: Tree) -> None:
        index = len(calls)
        first = len(events)
        calls.append(Call(index, path, 0, parent, "Module", first, first, 0))
        for name, what in inside.items():
            if isinstance(what, dict):
                call(f"{path}.{name}".strip("."), index, what)
                continue
            for number in range(what):
                n = len(events)
                inputs = (n - 1,) if n else ()
                events.append(Event(n, f"{path}/{name}#{number}", name, index, inputs, (n,), 1e-6))
        calls[index] = replace_call(calls[index], len(events) - 1)

    call("", -1, tree)
    values = tuple(
        Value(e.id, "activation", (2, 3), "float32", "cpu", 24, ("B", ""), e.index) for e in events
    )
    return Recording(
        tape=tape, weights=weights, input=NumbersInput((0.5, 0.5)), calls=tuple(calls),
        events=tuple(events), values=values, outputs=(len(values) - 1,), attention=(), labels={},
        prediction=-1, seconds=1e-3, bytes=240,
    )  # fmt: skip


def replace_call(call: Call, last: int) -> Call:
    return Call(call.index, call.module, 0, call.parent, call.kind, call.first, last, 0)


@pytest.fixture
def opened() -> AppState:
    state = says(AppState(run="/runs"), READY, i.PresetsRead((PRESET,)), i.OpenPreset("moons"))
    state, requests = answer(state, m.Opened(model=MODEL, step=0), "OpenModel")
    assert [type(r) for r in requests] == [m.RecordPass]
    state, _ = answer(state, m.Recorded(recording=recording()), "RecordPass")
    return says(state, i.OpenToLevel(1))


def all_open(state: AppState) -> AppState:
    return says(state, i.OpenToLevel(-1), i.StepBy("first"))


# ------------------------------------------------------------------ opening


def test_opening_asks_for_the_model_then_for_its_sample_input() -> None:
    state = says(AppState(), READY, i.PresetsRead((PRESET,)))
    state, requests = update(state, i.OpenPreset("moons"))
    (request,) = requests
    assert isinstance(request, m.OpenModel)
    assert Preset.model_validate(request.preset) == PRESET.preset
    assert state.page == "gallery"  # it stays until the model is there
    assert state.opening == "moons"
    state, requests = answer(state, m.Opened(model=MODEL, step=0), "OpenModel")
    assert state.page == "model"
    assert requests[0].input == NumbersInput((0.5, 0.5))  # type: ignore[attr-defined]
    assert not state.settled
    state, _ = answer(state, m.Recorded(recording=recording()), "RecordPass")
    assert state.recording is not None
    assert state.settled


def test_an_unknown_preset_is_one_sentence() -> None:
    state = says(AppState(), i.PresetsRead((PRESET,)), i.OpenPreset("mons"))
    assert state.banner is not None
    assert state.banner.values == {"name": "mons"}


def test_opening_another_preset_before_the_first_has_come() -> None:
    other = replace(PRESET, name="other")
    state = says(AppState(), READY, i.PresetsRead((PRESET, other)), i.OpenPreset("moons"))
    first = state.tickets["OpenModel"]
    state = says(state, i.OpenPreset("other"))
    state, requests = update(state, m.Opened(ticket=first, model=MODEL, step=0))
    assert requests == []
    assert state.model is None  # the answer to the older question is dropped
    state, _ = answer(state, m.Opened(model=MODEL, step=0), "OpenModel")
    assert state.shipped is other


@pytest.mark.parametrize(
    "said", [i.Reopen(), i.OpenPreset("other"), i.PutWeights("/w.safetensors")]
)
def test_a_training_that_makes_way_is_told_nothing_more(opened: AppState, said: object) -> None:
    """The engine would do it to the model that comes."""
    state = says(opened, i.PresetsRead((PRESET, replace(PRESET, name="other"))), said)
    assert state.gives_way
    assert state.training is not None
    plan = state.training.plan.model_copy(update={"learning_rate": 0.5})
    for one in (
        i.StartTraining(),
        i.StartTraining(1),
        i.NextPhase(),
        i.Retrain(),
        i.EditPlan(plan),
    ):
        assert update(state, one) == (state, [])
    tag = "LoadWeights" if isinstance(said, i.PutWeights) else "OpenModel"
    state, _ = answer(state, m.Opened(model=MODEL, step=0), tag)
    assert not state.gives_way
    assert [type(r) for r in update(state, i.StartTraining(1))[1]][-1] is m.Train


def test_a_cell_that_was_kept_in_one_model_is_none_of_another(opened: AppState) -> None:
    kept = replace(opened.recurrent, cell=("c", 6, 11), order="change", steps=(2.0, 4.0))
    other = replace(PRESET, name="other")
    state = says(opened, i.ShowRecurrent(kept), i.PresetsRead((PRESET, other)))
    state = says(state, i.OpenPreset("other"))
    assert state.recurrent == kept
    state, _ = answer(state, m.Opened(model=MODEL, step=0), "OpenModel")
    assert state.recurrent == replace(kept, cell=None, steps=None)


def test_failing_keeps_what_is_on_screen(opened: AppState) -> None:
    state = says(opened, i.EditInput(NumbersInput((9.0, 9.0))))
    failed = m.Failed(kind="input", text="No {what}.", remedy="", values={"what": "way"})
    state, _ = answer(state, failed, "RecordPass")
    assert state.recording is opened.recording
    assert state.banner is not None
    assert state.settled


# ------------------------------------------------------------------ the cursor


def test_stops_are_events_and_closed_modules(opened: AppState) -> None:
    assert opened.recording is not None
    assert stops(opened.recording, opened.open) == [0, 5, 6, 8]
    assert stops(opened.recording, frozenset({0, 1})) == [0, 1, 2, 4, 5, 6, 8]


@given(st.sets(st.integers(0, 3)), st.integers(0, 8))
def test_over_and_back_are_exact_inverses(calls: set[int], event: int) -> None:
    state = replace(AppState(), recording=recording(), open=frozenset({0, *calls}))
    state = says(state, i.StepTo(event))
    assert state.recording is not None
    places = stops(state.recording, state.open)
    assert state.cursor in places
    if state.cursor != places[-1]:
        assert says(state, i.StepBy("over"), i.StepBy("back")).cursor == state.cursor
    if state.cursor != places[0]:
        assert says(state, i.StepBy("back"), i.StepBy("over")).cursor == state.cursor


def test_walking_to_the_end_and_back_visits_the_same_places(opened: AppState) -> None:
    state = all_open(opened)
    there = [state.cursor]
    while (after := says(state, i.StepBy("over"))).cursor != state.cursor:
        state = after
        there.append(state.cursor)
    assert there == list(range(9))
    back = [state.cursor]
    while (after := says(state, i.StepBy("back"))).cursor != state.cursor:
        state = after
        back.append(state.cursor)
    assert back == there[::-1]


def test_into_opens_and_out_closes(opened: AppState) -> None:
    state = says(opened, i.StepTo(5))
    assert state.cursor == 5  # block1, closed: its last event
    state = says(state, i.StepBy("into"))
    assert (state.cursor, 1 in state.open) == (1, True)
    state = says(state, i.StepTo(3), i.StepBy("into"))
    assert (state.cursor, 2 in state.open) == (3, True)
    state = says(state, i.StepBy("out"))
    assert (state.cursor, 2 in state.open, 1 in state.open) == (4, False, True)
    state = says(state, i.StepBy("out"))
    assert (state.cursor, state.open) == (5, frozenset({0}))
    assert says(state, i.StepBy("out")) == state  # there is nothing outside the model


def test_stepping_to_a_hidden_event_rests_on_its_box_or_reveals_it(opened: AppState) -> None:
    assert says(opened, i.StepTo(3)).cursor == 5
    revealed = says(opened, i.StepTo(3, reveal=True))
    assert revealed.cursor == 3
    assert revealed.open == frozenset({0, 1, 2})


def test_opening_the_box_under_the_cursor_goes_to_its_first_step(opened: AppState) -> None:
    state = says(opened, i.StepTo(5))
    assert state.recording is not None
    block = next(c for c in state.recording.calls if c.module == "block1")
    assert state.cursor == block.last
    state = says(state, i.ToggleCall(block.index))
    assert state.cursor == block.first
    assert state.recording is not None
    other = next(c for c in state.recording.calls if c.module == "block2")
    assert says(state, i.ToggleCall(other.index)).cursor == block.first


def test_into_a_module_of_one_op_steps_over_it() -> None:
    tree: Tree = {"one": {"a": 1}, "two": {"b": 2}}
    state = replace(AppState(), recording=recording(tree), engine=replace(AppState().engine))
    state = says(state, i.StepBy("into"))
    assert state.cursor == 2
    assert state.open == frozenset({0})


def test_out_of_a_layer_of_one_op_closes_what_is_around_it() -> None:
    tree: Tree = {"block": {"one": {"a": 1}, "two": {"b": 2}}}
    state = replace(AppState(), recording=recording(tree), engine=replace(AppState().engine))
    assert state.recording is not None
    calls = {call.module: call.index for call in state.recording.calls}
    opened = frozenset({0, calls["block"], calls["block.one"]})
    state = says(replace(state, open=opened, cursor=0), i.StepBy("out"))
    assert state.open == frozenset({0})
    assert state.recording is not None
    assert state.cursor == state.recording.calls[calls["block"]].last


def test_closing_a_box_takes_the_cursor_and_the_boxes_inside_along(opened: AppState) -> None:
    state = says(all_open(opened), i.StepTo(3), i.ToggleCall(1))
    assert state.cursor == 5
    assert state.open == frozenset({0, 3})
    assert says(state, i.ToggleCall(0)) == state  # the model itself stays open


@pytest.mark.parametrize("event", [-5, 99])
def test_steps_beyond_the_ends_stay_at_the_ends(opened: AppState, event: int) -> None:
    assert says(all_open(opened), i.StepTo(event)).cursor == (0 if event < 0 else 8)


def test_playing_ends_at_the_end_and_starts_over_from_there(opened: AppState) -> None:
    state = says(all_open(opened), i.TogglePlay())
    for _ in range(12):
        state = says(state, i.Tick())
    assert (state.cursor, state.playing) == (8, False)
    state = says(state, i.TogglePlay())
    assert (state.cursor, state.playing) == (0, True)
    assert says(state, i.TogglePlay(), i.Tick()).cursor == 0


def test_a_model_without_ops_can_be_looked_at() -> None:
    state = replace(AppState(), recording=recording({}))
    for said in (i.StepBy("over"), i.StepBy("into"), i.StepTo(3), i.TogglePlay(), i.Tick()):
        state = says(state, said)
    assert state.cursor == 0


def test_a_new_recording_keeps_cursor_and_boxes(opened: AppState) -> None:
    state = says(opened, i.StepTo(3, reveal=True), i.EditInput(NumbersInput((0.1, 0.2))))
    state, _ = answer(state, m.Recorded(recording=recording(tape=2)), "RecordPass")
    assert state.cursor == 3
    assert state.open == frozenset({0, 1, 2})
    assert state.readings == {}


# ------------------------------------------------------------------ looking


def view(tape: int = 1, at: int = 0) -> View:
    return View(tape=tape, value=0, keep=(1,), at=(at, 0), size=(10,))


def reading(v: View) -> m.Looked:
    return m.Looked(pane="values", reading=Reading(v, np.zeros(3), (1,)))


def test_a_reading_reaches_its_pane_and_is_not_asked_for_twice(opened: AppState) -> None:
    state, requests = update(opened, i.Look("values", view()))
    assert isinstance(requests[0], m.LookAt)
    state, _ = answer(state, reading(view()), "look/values")
    assert state.readings["values"].view == view()
    assert update(state, i.Look("values", view()))[1] == []


def test_answers_to_older_questions_and_tapes_are_dropped(opened: AppState) -> None:
    state = says(opened, i.Look("values", view()))
    old = state.tickets["look/values"]
    state = says(state, i.Look("values", view(at=1)))
    from msgspec import structs

    assert says(state, structs.replace(reading(view()), ticket=old)).readings == {}
    state, _ = answer(state, m.Recorded(recording=recording(tape=2)), "look/values")
    assert update(state, i.Look("values", view(tape=1)))[1] == []


def test_a_question_about_an_older_pass_may_fail_without_a_word(opened: AppState) -> None:
    state = says(opened, i.Look("values", view()), i.Summarize())
    late = [
        m.Failed(ticket=state.tickets[tag], kind="engine", text="", remedy="", values={})
        for tag in ("look/values", "Measure")
    ]
    state = says(state, i.EditInput(NumbersInput((1.0, 2.0))))
    state, _ = answer(state, m.Recorded(recording=recording(tape=2)), "RecordPass")
    assert says(state, *late).banner is None
    assert state.settled


def test_going_back_before_the_answer_came_drops_it(opened: AppState) -> None:
    state = says(all_open(opened), i.StepTo(1), i.Summarize())
    s = Statistics(1, 1, 6, 0, 1, 0.5, 0.1, 0, 0, 0, np.ones(4), 6)
    state, _ = answer(state, m.Measured(statistics=s), "Measure")
    state = says(state, i.Look("values", view()))
    state, _ = answer(state, reading(view()), "look/values")
    state, requests = update(says(state, i.StepBy("over")), i.Summarize())
    late = m.Measured(ticket=requests[0].ticket, statistics=structs.replace(s, value=2))
    state, requests = update(state, i.Look("values", view(at=1)))
    slow = m.Looked(
        ticket=requests[0].ticket, pane="values", reading=Reading(view(at=1), np.ones(3), (1,))
    )
    state = says(state, i.StepBy("back"), i.Summarize(), i.Look("values", view()))
    assert state.settled
    state = says(state, late, slow)
    assert state.statistics is s
    assert state.readings["values"].view == view()


def test_statistics_are_of_the_value_looked_at(opened: AppState) -> None:
    state, requests = update(says(all_open(opened), i.StepBy("over")), i.Summarize())
    assert requests == [m.Measure(ticket=state.ticket, tape=1, value=1)]
    s = Statistics(1, 1, 6, 0, 1, 0.5, 0.1, 0, 0, 0, np.ones(4), 6)
    state, _ = answer(state, m.Measured(statistics=s), "Measure")
    assert state.statistics is s
    assert update(state, i.Summarize())[1] == []
    state, requests = update(says(state, i.SelectOutput(0)), i.Summarize())
    assert requests[0].value == 0  # type: ignore[attr-defined]
    assert state.value == 0


# ------------------------------------------------------------------ training


def trained(step: int, running: bool = True, fresh: bool = False, first: int = 0) -> m.Trained:
    points = np.array([[s, 1.0 / (s + 1)] for s in range(first, step)]).reshape(-1, 2)
    return m.Trained(
        step=step, steps=1000, epoch=0.1, running=running, steps_per_second=10, left=5,
        curves={"train/loss": points}, weights=f"step {step}", fresh=fresh,
    )  # fmt: skip


def test_the_training_page_is_filled_before_the_first_step(opened: AppState) -> None:
    state, requests = update(opened, i.ShowTab("training"))
    assert [type(r) for r in requests] == [m.Survey]
    state, _ = answer(state, trained(0, running=False), "Survey")
    assert "Survey" not in state.tickets
    assert state.training is not None
    assert not state.training.running


def test_training_streams_until_it_stops_and_then_the_pass_is_recorded_again(
    opened: AppState,
) -> None:
    state, requests = update(says(opened, i.ShowTab("training")), i.StartTraining())
    assert requests == [m.Train(ticket=state.ticket)]
    state, _ = answer(state, trained(10), "Train")
    state, _ = answer(state, trained(20, first=10), "Train")
    assert state.training is not None
    assert len(state.training.curves["train/loss"]) == 20
    assert not state.settled
    state, _ = answer(state, trained(30, running=False, first=20), "Train")
    assert state.training is not None
    assert not state.training.running
    state, requests = update(state, i.ShowTab("forward"))
    assert isinstance(requests[0], m.RecordPass)
    new = m.Recorded(recording=recording(tape=2, weights="step 30"))
    state, _ = answer(state, new, "RecordPass")
    state = says(state, i.ShowTab("training"))
    assert update(state, i.ShowTab("forward"))[1] == []  # nothing changed meanwhile


def test_a_pause_ends_the_training_it_was_asked_to_end(opened: AppState) -> None:
    state, _ = answer(says(opened, i.StartTraining()), trained(10), "Train")
    state, requests = update(state, i.PauseTraining())
    assert [type(r) for r in requests] == [m.Pause]
    state, _ = answer(state, trained(12, running=False, first=10), "Pause")
    assert state.training is not None
    assert not state.training.running
    assert "Train" not in state.tickets


def test_shipped_weights_start_afresh_and_come_back_on_request(opened: AppState) -> None:
    shipped = m.Recorded(recording=recording(tape=2, weights="shipped"))
    state = says(opened, i.EditInput(NumbersInput((1.0, 1.0))))
    state, _ = answer(state, shipped, "RecordPass")
    state, requests = update(state, i.StartTraining())
    assert [type(r) for r in requests] == [m.ResetTraining, m.Train]
    state, _ = answer(state, trained(0, running=False, fresh=True), "ResetTraining")
    assert state.training is not None
    assert state.training.running  # it is about to
    state, _ = answer(state, trained(10, running=False), "Train")
    state, requests = update(state, i.StartTraining())
    assert [type(r) for r in requests] == [m.Train]  # now they are the user's own
    assert update(state, i.OpenPreset("moons"))[1] == []  # and stay
    assert [type(r) for r in update(state, i.Reopen())[1]] == [m.OpenModel]


def test_a_plan_that_is_done_goes_on_for_as_long_again(opened: AppState) -> None:
    assert opened.training is not None
    state = replace(opened, training=replace(opened.training, step=1000, steps=1000))
    state, requests = update(state, i.StartTraining())
    assert [type(r) for r in requests] == [m.ChangePlan, m.Train]
    assert state.training is not None
    assert state.training.plan.steps == 2000


def test_a_plan_changes_while_it_runs(opened: AppState) -> None:
    assert opened.training is not None
    plan = opened.training.plan.model_copy(update={"learning_rate": 0.5})
    state, requests = update(says(opened, i.StartTraining()), i.EditPlan(plan))
    assert isinstance(requests[0], m.ChangePlan)
    assert requests[0].plan["learning_rate"] == 0.5
    assert state.training is not None
    assert state.training.running


def test_a_reset_forgets_the_curves(opened: AppState) -> None:
    state, _ = answer(says(opened, i.StartTraining()), trained(10, running=False), "Train")
    state = says(state, m.Checkpointed(step=10, path="/c"), i.Retrain(), i.Retrain())
    state, _ = answer(state, trained(0, running=False, fresh=True), "ResetTraining")
    assert state.training is not None
    assert not len(state.training.curves.get("train/loss", ()))
    assert state.training.checkpoint is None


def test_a_reset_that_throws_work_away_is_asked_for_twice(opened: AppState) -> None:
    state, requests = update(opened, i.Retrain())
    assert [type(one) for one in requests] == [m.ResetTraining], "there is nothing to lose"
    state, _ = answer(says(opened, i.StartTraining()), trained(1234, running=False), "Train")
    state, requests = update(state, i.Retrain())
    assert requests == []
    assert state.banner is not None
    assert state.banner.values["steps"] == "1,234"
    dismissed, requests = update(says(state, i.Dismiss()), i.Retrain())
    assert requests == [], "asked anew"
    assert dismissed.banner == state.banner
    state, requests = update(state, i.Retrain())
    assert [type(one) for one in requests] == [m.ResetTraining]
    assert state.banner is None


def test_a_reset_ends_the_training_that_ran(opened: AppState) -> None:
    state, _ = answer(says(opened, i.StartTraining()), trained(10, running=True), "Train")
    state = says(state, i.Retrain(), i.Retrain())
    state, _ = answer(state, trained(0, running=False, fresh=True), "ResetTraining")
    assert state.training is not None
    assert not state.training.running
    assert "Train" not in state.tickets


def test_a_reset_before_a_training_does_not_end_it(opened: AppState) -> None:
    assert opened.training is not None
    shipped = replace(opened, training=replace(opened.training, weights="shipped"))
    state, requests = update(shipped, i.StartTraining())
    assert [type(one) for one in requests] == [m.ResetTraining, m.Train]
    state, _ = answer(state, trained(0, running=False, fresh=True), "ResetTraining")
    assert state.training is not None
    assert state.training.running


# ------------------------------------------------------------------ losing the engine


def test_a_lost_engine_comes_back_with_checkpoint_curves_cursor_and_input(
    opened: AppState,
) -> None:
    state = says(opened, i.StepTo(3, reveal=True), i.EditInput(NumbersInput((0.1, 0.2))))
    state, _ = answer(says(state, i.StartTraining()), trained(50), "Train")
    state = says(state, m.Checkpointed(step=40, path="/runs/moons/step-40.safetensors"))
    state = says(state, m.Lost(last_words="Killed", code=-9))
    assert state.engine.status == "starting"  # at once, by itself
    assert state.engine.restarts == 1
    assert state.banner is not None
    assert state.banner.values["code"] == "-9"
    assert state.banner.remedy.format(**state.banner.values).endswith("the weights of step 40.")
    assert state.training is not None
    assert not state.training.running
    state, requests = update(state, READY)
    (request,) = requests
    assert isinstance(request, m.OpenModel)
    assert request.weights == "/runs/moons/step-40.safetensors"
    state, requests = answer(state, m.Opened(model=MODEL, step=40), "OpenModel")
    assert requests[0].input == NumbersInput((0.1, 0.2))  # type: ignore[attr-defined]
    assert state.training is not None
    assert state.training.step == 40
    assert state.training.curves["train/loss"].points[-1, 0] <= 40
    state, _ = answer(state, m.Recorded(recording=recording(tape=1)), "RecordPass")
    assert state.cursor == 3
    assert state.open == frozenset({0, 1, 2})
    assert state.banner is not None  # it says what was lost, and stays to be read
    assert (state.banner.level, state.banner.values) == ("problem", {"step": "40", "lost": "10"})


def back(state: AppState) -> AppState:
    """The engine that was lost is there again, with the model open and recorded."""
    state = says(state, READY)
    state, _ = answer(state, m.Opened(model=MODEL, step=0), "OpenModel")
    return answer(state, m.Recorded(recording=recording()), "RecordPass")[0]


LOST = m.Lost(last_words="", code=-9)


def test_of_last_words_the_last_line_is_said() -> None:
    words = 'File "loop.py", line 140\n    self._fail(\nOSError: [Errno 9] Bad file descriptor\n\n'
    banner = says(AppState(), m.Lost(last_words=words, code=1)).banner
    assert banner is not None
    assert banner.values["last_words"] == "OSError: [Errno 9] Bad file descriptor"
    silent = says(AppState(), LOST).banner
    assert silent is not None
    assert silent.text.format(**silent.values) == "The engine stopped (code -9)."


def test_an_engine_that_dies_of_the_same_thing_again_is_not_started_for_ever(
    opened: AppState,
) -> None:
    state = back(says(opened, LOST))
    assert says(state, LOST).engine.status == "lost"  # nobody did anything in between
    state = says(state, i.StepBy("over"), LOST)
    assert state.engine.status == "starting"


def test_nothing_is_sent_to_an_engine_that_is_not_there(opened: AppState) -> None:
    state = says(all_open(opened), i.TogglePlay(), LOST)
    assert not state.playing
    for intent in (
        i.StartTraining(), i.Retrain(), i.EditInput(NumbersInput((7.0, 8.0))),
        i.Look("values", view()), i.Summarize(), i.SaveWeightsTo("/w"), i.PauseTraining(),
    ):  # fmt: skip
        state, requests = update(state, intent)
        assert requests == []
    assert state.training is not None
    assert not state.training.running
    state, requests = update(state, READY)
    assert list(state.tickets) == ["OpenModel"]
    state, requests = answer(state, m.Opened(model=MODEL, step=0), "OpenModel")
    assert requests[0].input == NumbersInput((7.0, 8.0))  # type: ignore[attr-defined]
    state, _ = answer(state, m.Recorded(recording=recording(tape=2)), "RecordPass")
    assert state.settled
    assert says(state, i.StartTraining()).training.running  # type: ignore[union-attr]


def test_an_engine_that_hangs_can_be_restarted(opened: AppState) -> None:
    state = says(opened, i.StartTraining(), i.RestartEngine())
    assert (state.engine.status, state.engine.restarts) == ("starting", 1)
    assert state.tickets == {}
    assert state.training is not None
    assert not state.training.running
    assert back(state).settled


def test_the_plan_in_force_comes_back_with_the_engine(opened: AppState) -> None:
    plan = PRESET.preset.train.model_copy(update={"learning_rate": 0.5})
    _, (request,) = update(says(opened, i.EditPlan(plan), LOST), READY)
    assert isinstance(request, m.OpenModel)
    assert request.plan is not None
    assert request.plan["learning_rate"] == 0.5


def test_another_failure_does_not_end_an_opening(opened: AppState) -> None:
    other = ShippedPreset("other", Path("/nowhere/other"), PRESET.preset)
    state = says(opened, i.PresetsRead((PRESET, other)), i.EditInput(NumbersInput((1.0, 1.0))))
    asked = state.tickets["RecordPass"]
    state = says(state, i.OpenPreset("other"))
    failed = m.Failed(ticket=asked, kind="input", text="no", remedy="", values={})
    state = says(state, failed)
    assert state.opening == "other"
    state, _ = answer(state, m.Opened(model=MODEL, step=0), "OpenModel")
    assert state.shipped == other


def test_a_preset_that_was_left_comes_back_as_it_was_trained(opened: AppState) -> None:
    other = ShippedPreset("other", Path("/nowhere/other"), PRESET.preset)
    plan = PRESET.preset.train.model_copy(update={"learning_rate": 0.5})
    state = says(opened, i.PresetsRead((PRESET, other)), i.EditPlan(plan))
    state, _ = answer(says(state, i.StartTraining()), trained(50), "Train")
    state = says(state, i.OpenPreset("other"), m.Checkpointed(step=50, path="/runs/moons/50"))
    state, _ = answer(state, m.Opened(model=MODEL, step=0), "OpenModel")
    assert state.training is not None
    assert (state.training.step, dict(state.training.curves)) == (0, {})
    state, (*_, request) = update(state, i.OpenPreset("moons"))
    assert isinstance(request, m.OpenModel)
    assert request.weights == "/runs/moons/50"
    assert request.plan is not None
    assert request.plan["learning_rate"] == 0.5
    state, _ = answer(state, m.Opened(model=MODEL, step=50), "OpenModel")
    assert state.training is not None
    assert (state.training.step, state.training.plan) == (50, plan)
    assert state.training.curves["train/loss"].points[-1, 0] == 49
    state, (request, *_) = update(state, i.Reopen())
    assert isinstance(request, m.OpenModel)
    assert request.weights is None  # the preset's own: it ships none
    state, _ = answer(state, m.Opened(model=MODEL, step=0), "OpenModel")
    assert state.training is not None
    assert state.training.step == 0
    assert state.left == {}


def test_leaving_a_model_that_trains_ends_its_training_for_the_next_one_too(
    opened: AppState,
) -> None:
    other = ShippedPreset("other", Path("/nowhere/other"), PRESET.preset)
    state = says(opened, i.PresetsRead((PRESET, other)), i.ShowTab("training"))
    state, _ = answer(says(state, i.StartTraining()), trained(50), "Train")
    late = trained(51)
    state = says(state, i.OpenPreset("other"))
    old = state.tickets["Train"]
    state, _ = answer(state, m.Opened(model=MODEL, step=0), "OpenModel")
    assert "Train" not in state.tickets
    assert state.banner is not None
    assert state.banner.values == {"preset": "moons", "step": "50"}
    from msgspec import structs

    state = says(state, structs.replace(late, ticket=old))
    assert state.training is not None
    assert (state.training.running, state.training.step) == (False, 0)
    state, _ = answer(state, trained(0, running=False), "Survey")
    assert state.training is not None
    assert not state.training.running


def test_a_full_memory_does_not_keep_an_engine_from_being_restarted(opened: AppState) -> None:
    full = m.Failed(kind="memory", text="full", remedy="", values={})
    refused = m.Failed(kind="device", text="a word about the device", remedy="", values={})
    for said in (full, refused):
        state = says(opened, said, LOST)
        assert (state.engine.status, state.engine.restarts) == ("starting", 1)


def test_an_engine_that_dies_twice_in_a_row_waits_for_a_click() -> None:
    lost = m.Lost(last_words="", code=1)
    state = says(AppState(), lost)
    assert state.engine.status == "starting"
    state = says(state, lost)
    assert state.engine.status == "lost"
    state = says(state, i.RestartEngine())
    assert (state.engine.status, state.engine.restarts) == ("starting", 2)


def test_an_engine_that_refuses_its_device_is_not_started_again() -> None:
    failed = m.Failed(kind="device", text="There is no {d}.", remedy="", values={"d": "cuda:9"})
    state = says(AppState(), failed, m.Lost(last_words="", code=2))
    assert state.engine.status == "lost"
    assert state.banner is not None
    assert state.banner.values == {"d": "cuda:9"}


def test_an_engine_that_refused_its_device_is_started_on_one_that_is_here() -> None:
    values = {"wanted": "cuda", "here": "mps, cpu"}
    failed = m.Failed(kind="device", text="There is no {wanted}.", remedy="", values=values)
    state = says(AppState(), i.PresetsRead((PRESET,)), i.OpenPreset("moons"))
    state = says(state, failed, m.Lost(last_words="", code=2))
    assert (state.engine.status, state.engine.instead) == ("lost", "mps")
    state = says(state, i.RestartEngine())
    assert (state.engine.status, state.engine.instead) == ("starting", "mps")
    assert state.banner is None
    state, requests = update(state, READY)
    assert isinstance(requests[0], m.OpenModel)
    assert state.engine.instead == ""


def test_an_engine_lost_while_opening_opens_again() -> None:
    state = says(AppState(), READY, i.PresetsRead((PRESET,)), i.OpenPreset("moons"))
    state = says(state, m.Lost(last_words="", code=-9))
    state, requests = update(state, READY)
    assert isinstance(requests[0], m.OpenModel)
    state, _ = answer(state, m.Opened(model=MODEL, step=0), "OpenModel")
    assert state.page == "model"


# ------------------------------------------------------------------ the look


def test_the_look() -> None:
    state = says(
        AppState(), i.SetTheme("light"), i.SetLanguage("zh"), i.SetScale(9), i.TogglePresent()
    )
    assert (state.theme, state.language, state.scale, state.present) == ("light", "zh", 2.0, True)
    assert says(state, i.TogglePresent(), i.SetScale(0.1)).scale == 0.6


def test_a_second_recording_of_a_pass_counts_where_it_tells_more(opened: AppState) -> None:
    recording = opened.recording
    assert recording is not None
    state = replace(opened, tickets={**opened.tickets, "RecordPass": opened.ticket})
    same, _ = answer(state, m.Recorded(recording=structs.replace(recording)), "RecordPass")
    assert same.recording is recording
    named = structs.replace(recording, weights="named")
    other, _ = answer(state, m.Recorded(recording=named), "RecordPass")
    assert other.recording is named


def test_equal_blocks_unfold_and_fold_again(opened: AppState) -> None:
    state = says(opened, i.ToggleFold((1, 2, 3)))
    assert state.unfolded == {1, 2, 3}
    assert says(state, i.ToggleFold((2, 3, 4))).unfolded == {1}  # those that are left of a run
    assert says(state, i.ToggleFold((1, 2, 3))).unfolded == frozenset()
    assert says(state, i.OpenToLevel(1)).unfolded == frozenset()


def test_equal_blocks_that_are_all_open_are_closed_and_folded(opened: AppState) -> None:
    calls = (1, 2, 3)
    state = replace(opened, open=opened.open | {*calls}, unfolded=frozenset(calls))
    state = says(state, i.ToggleFold(calls))
    assert state.open.isdisjoint(calls)
    assert state.unfolded == frozenset()
    assert says(replace(opened, open=frozenset({0, 1})), i.ToggleFold(calls)).unfolded == {1, 2, 3}
