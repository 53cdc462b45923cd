"""Two sides: keeping one, switching, linked cursors and boxes, going along the differences."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

from explorer.core import messages as m
from explorer.core.flow import Flowing
from explorer.core.graph import Recording
from explorer.core.presets import ShippedPreset
from explorer.core.spec import Preset
from explorer.core.values import Reading, TextInput, View
from explorer.session import intents as i
from explorer.session.state import AppState, Beside, Engine, Training
from explorer.session.update import update
from tests import recordings
from tests.conversation import answer, says

NET = {"en": "Net", "zh": "网"}
OTHER = {"en": "Other", "zh": "另一个"}
GONE = m.Lost(last_words="", code=1)
READY = m.Ready(device="cpu", device_name="a CPU", threads=1, versions={}, pid=1)


def preset(name: str, title: dict[str, str]) -> ShippedPreset:
    spec = {
        "title": title,
        "summary": title,
        "model": {"family": "mlp", "sizes": [2, 4, 2]},
        "data": {"kind": "points", "shape": "moons"},
        "input": {"values": [0.5, 0.5]},
    }
    return ShippedPreset(name, Path(f"/nowhere/{name}"), Preset.model_validate(spec))


def opened(recording: Recording, name: str = "net") -> AppState:
    """A model with a pass, and the first block of it open."""
    presets = preset("net", NET), preset("other", OTHER)
    calls = {c.index for c in recording.calls if c.module in ("", "blocks.0")}
    shipped = next(one for one in presets if one.name == name)
    return AppState(
        page="model", engine=Engine("ready", "cpu", "CPU", 1), presets=presets, shipped=shipped,
        model=recordings.info(recording), recording=recording, open=frozenset(calls),
        typed=recording.input, training=Training(plan=shipped.preset.train),
    )  # fmt: skip


def gpt(
    text: str = "The cat", tape: int = 1, layers: int = 4, weights: str = "shipped"
) -> Recording:
    made = recordings.gpt(text, layers=layers)
    return structs.replace(made, tape=tape, weights=weights, input=TextInput(text))


def side_by_side(before: Recording, after: Recording, same: bool = True) -> AppState:
    """``before`` was kept, and ``after`` has taken its place."""
    state = says(opened(before), i.KeepBeside())
    if same:
        state = says(state, i.EditInput(TextInput("something else")))
        return answer(state, m.Recorded(recording=after), "RecordPass")[0]
    state = says(state, i.OpenPreset("other"))
    state, _ = answer(state, m.Opened(model=recordings.info(after), step=0), "OpenModel")
    return answer(state, m.Recorded(recording=after), "RecordPass")[0]


def beside(state: AppState) -> Beside:
    assert state.beside is not None
    return state.beside


def at(recording: Recording, name: str) -> int:
    return next(e.index for e in recording.events if e.id == name)


def here(state: AppState) -> str:
    assert state.recording is not None
    return state.recording.events[state.cursor].id


def there(state: AppState) -> str:
    return beside(state).recording.events[beside(state).cursor].id


def test_a_kept_pass_stays_while_the_input_changes() -> None:
    state, requests = update(opened(gpt()), i.KeepBeside())
    assert [(r.active, r.beside) for r in requests if isinstance(r, m.Arrange)] == [(1, 1)]
    assert beside(state).recording is state.recording
    assert beside(state).comparison is not None
    state = side_by_side(gpt(), gpt("The dog sat", 2))
    assert state.recording is not None
    assert (state.recording.tape, beside(state).recording.tape) == (2, 1)
    assert (beside(state).right, beside(state).same) == (True, True)
    comparison = beside(state).comparison
    assert comparison is not None
    assert comparison.tapes == (1, 2)
    assert not comparison.differences


def test_while_another_model_is_being_opened_nothing_can_be_kept_and_it_is_said_so() -> None:
    """By the time that the engine hears of it, it has that model no more."""
    state, requests = update(says(opened(gpt()), i.OpenPreset("other")), i.KeepBeside())
    assert state.beside is None
    assert requests == []
    assert state.banner is not None
    assert state.banner.text.startswith("Another model is being opened")


def test_without_a_pass_nothing_is_kept() -> None:
    state = replace(opened(gpt()), recording=None)
    assert update(state, i.KeepBeside()) == (state, [])
    alone = opened(gpt())
    for said in (i.SwitchSides(), i.EndBeside(), i.NextDifference(1)):
        assert update(alone, said) == (alone, [])


def test_the_cursors_go_together() -> None:
    state = side_by_side(gpt(), gpt("The dog sat", 2))
    state = says(state, i.StepTo(at(gpt(), "blocks.0.ln2/layer_norm#0"), reveal=True))
    assert here(state) == there(state) == "blocks.0.ln2/layer_norm#0"
    state = says(state, i.StepBy("over"))
    assert here(state) == there(state)
    assert beside(state).hollow == ""


def test_a_closed_module_goes_with_its_counterpart() -> None:
    state = side_by_side(gpt(), gpt(tape=2, layers=6), same=False)
    state = says(state, i.OpenToLevel(1), i.StepTo(at(gpt(), "blocks.2.ln1/layer_norm#0")))
    assert here(state) == there(state) == "blocks.2/add#1"  # its last event


def test_where_there_is_no_counterpart_the_cursor_is_hollow_at_the_one_before() -> None:
    state = side_by_side(gpt(), gpt(tape=2, layers=6), same=False)
    assert state.recording is not None
    extra = at(state.recording, "blocks.5.ln1/layer_norm#0")
    state = says(state, i.OpenToLevel(1), i.StepTo(extra))
    assert there(state) == "blocks.3/add#1"
    assert beside(state).hollow == "beside"
    state = says(state, i.StepBy("over"))
    assert there(state) == "ln_f/layer_norm#0"
    assert beside(state).hollow == ""


def test_a_module_opens_and_closes_on_both_sides() -> None:
    state = side_by_side(gpt(), gpt("The dog", 2))
    attn = next(c.index for c in gpt().calls if c.module == "blocks.0.attn")
    state = says(state, i.ToggleCall(attn))
    assert attn in beside(state).open
    state = says(state, i.ToggleCall(attn))
    assert attn not in beside(state).open
    assert beside(state).open == state.open
    state = says(state, i.OpenToLevel(-1))
    assert beside(state).open == frozenset(range(len(gpt().calls)))


def test_what_is_open_on_the_other_side_alone_stays_open() -> None:
    state = side_by_side(gpt(layers=6), gpt(tape=2), same=False)
    last = next(c.index for c in gpt(layers=6).calls if c.module == "blocks.5")
    state = replace(state, beside=replace(beside(state), open=beside(state).open | {last}))
    block = next(c.index for c in gpt().calls if c.module == "blocks.1")
    state = says(state, i.ToggleCall(block))
    its = next(c.index for c in gpt(layers=6).calls if c.module == "blocks.1")
    assert {last, its} <= beside(state).open


def test_folds_unfold_on_both_sides() -> None:
    state = side_by_side(gpt(layers=6), gpt(tape=2, layers=7), same=False)
    calls = tuple(c.index for c in gpt(layers=7).calls if c.module.count(".") == 1)
    state = says(state, i.ToggleFold(calls))
    assert len(beside(state).unfolded) == 6
    assert not beside(says(state, i.ToggleFold(calls))).unfolded


def test_switching_makes_everything_about_the_other_side_and_back() -> None:
    state = side_by_side(gpt(), gpt(tape=2, layers=5), same=False)
    state = says(state, i.StepTo(5, reveal=True))
    before = state
    state, requests = update(state, i.SwitchSides())
    assert [(r.active, r.beside) for r in requests if isinstance(r, m.Arrange)] == [(1, 2)]
    assert state.recording is before.beside.recording  # type: ignore[union-attr]
    assert (state.title, before.title) == ("Net", "Other")
    assert state.shipped is not None
    assert state.shipped.name == "net"
    assert not beside(state).right
    assert beside(state).comparison is beside(before).comparison
    state = says(state, i.StepBy("over"))
    assert here(state) == there(state)
    state = says(state, i.StepBy("back"), i.SwitchSides())
    assert (state.recording, state.cursor, state.open) == (
        before.recording, before.cursor, before.open,
    )  # fmt: skip


def test_of_one_model_both_sides_share_its_training() -> None:
    state = side_by_side(gpt(), gpt("b", 2))
    training = state.training
    assert training is not None
    state = replace(state, training=replace(training, step=40))
    state = says(state, i.SwitchSides())
    assert state.training is not None
    assert state.training.step == 40
    assert state.typed == TextInput("The cat")


def test_another_model_has_its_own_training() -> None:
    state = side_by_side(gpt(), gpt(tape=2), same=False)
    assert state.training is not None
    state = replace(state, training=replace(state.training, step=40))
    state = says(state, i.SwitchSides())
    assert state.training is not None
    assert state.training.step == 0
    state = says(state, i.SwitchSides())
    assert state.training is not None
    assert state.training.step == 40


def test_a_model_on_its_way_is_for_the_side_that_waits_for_it() -> None:
    state = says(side_by_side(gpt(), gpt("b", 2)), i.OpenPreset("other"))
    after, requests = update(state, i.SwitchSides())
    assert after.recording is state.recording
    assert requests == []
    assert after.banner is not None
    assert after.banner.level == "news"


def test_a_model_in_training_is_not_left() -> None:
    state = side_by_side(gpt(), gpt(tape=2), same=False)
    assert state.training is not None
    running = replace(state, training=replace(state.training, running=True))
    assert says(running, i.SwitchSides()).recording is running.recording
    shared = side_by_side(gpt(), gpt("b", 2))
    assert shared.training is not None
    running = replace(shared, training=replace(shared.training, running=True))
    assert says(running, i.SwitchSides()).recording is not running.recording


def test_a_pass_comes_to_the_side_that_it_was_asked_for() -> None:
    state = says(side_by_side(gpt(), gpt("b", 2)), i.EditInput(TextInput("new")))
    state = says(state, i.SwitchSides())
    state, requests = answer(state, m.Recorded(recording=gpt("new", 3), more=True), "RecordPass")
    assert state.recording is not None
    assert (state.recording.tape, beside(state).recording.tape) == (1, 3)
    assert [(r.active, r.beside) for r in requests if isinstance(r, m.Arrange)] == [(1, 3)]
    assert beside(state).typed == TextInput("new")
    named = structs.replace(gpt("new", 3), seconds=1.0)
    state, _ = answer(state, m.Recorded(recording=named), "RecordPass")
    assert beside(state).recording is named
    assert state.recording is not None
    assert state.recording.tape == 1


def test_readings_of_both_passes_are_taken() -> None:
    state = side_by_side(gpt(), gpt("b", 2))
    view = View(tape=1, value=0, keep=(1,), at=(0, 0), size=(4,))
    state, requests = update(state, i.Look("glimpse/10", view, kept=True))
    assert [r.view for r in requests if isinstance(r, m.LookAt)] == [view]
    old = structs.replace(view, tape=7)
    assert update(state, i.Look("glimpse/11", old))[1] == []
    numbers = np.zeros(4)
    reading = Reading(view, numbers, (1,))
    state, _ = answer(state, m.Looked(pane="glimpse/10", reading=reading), "look/glimpse/10")
    assert state.readings["glimpse/10"] is reading


def test_what_is_known_of_one_pass_is_not_said_of_the_other() -> None:
    state = side_by_side(gpt(), gpt(tape=2, layers=5), same=False)
    state = says(state, i.Search("softmax"), i.Light("sources"))
    other = state.other
    assert other is not None
    assert (other.cone, other.search.found, dict(other.amounts)) == (None, None, {})
    assert other.title == "Net"
    switched = says(state, i.SwitchSides())
    assert switched.cone is not None
    assert switched.cone.recording is switched.recording
    assert switched.search.text in ("", "softmax")
    found = switched.search.found
    assert found is None or found.names.recording is switched.recording


def lit(state: AppState) -> tuple[str, str, set[str]]:
    """Of what, in which way, and what is lit."""
    cone = state.cone
    assert cone is not None
    assert cone.recording is state.recording
    ids = [event.id for event in cone.recording.events]
    return ids[cone.node.last], cone.kind, {ids[n] for n in np.flatnonzero(cone.events)}


@pytest.mark.parametrize("what", ["sources", "readers"])
@pytest.mark.parametrize(
    ("node", "opens"),
    [("blocks.0.attn/softmax#0", True), ("blocks.2/add#1", False), ("lm_head/linear#0", False)],
)
def test_what_is_lit_goes_over_to_the_other_side(what: Flowing, node: str, opens: bool) -> None:
    longer = gpt(tape=2, layers=6)
    state = side_by_side(gpt(), longer, same=False)
    state = says(state, i.OpenToLevel(1), i.StepTo(at(longer, node), reveal=opens), i.Light(what))
    switched = says(state, i.SwitchSides())
    expected = says(
        opened(gpt()), i.OpenToLevel(1), i.StepTo(at(gpt(), node), reveal=opens), i.Light(what)
    )
    assert lit(switched) == lit(expected)
    assert lit(says(switched, i.SwitchSides())) == lit(state)


def test_what_is_lit_of_one_value_goes_over_too() -> None:
    longer = gpt(tape=2, layers=6)
    state = side_by_side(gpt(), longer, same=False)
    event = longer.events[at(longer, "blocks.1.attn/matmul#1")]
    state = says(state, i.Light("sources", event.index, event.inputs[1]))
    switched = says(state, i.SwitchSides())
    its = gpt().events[event.index]
    assert its.id == event.id
    expected = says(opened(gpt()), i.Light("sources", its.index, its.inputs[1]))
    assert switched.cone is not None
    assert switched.cone.value == its.inputs[1]
    assert lit(switched) == lit(expected)


def test_paths_go_over_with_where_they_begin() -> None:
    longer = gpt(tape=2, layers=6)
    state = side_by_side(gpt(), longer, same=False)
    begin, end = "blocks.0.ln1/layer_norm#0", "blocks.0.attn/softmax#0"
    state = says(state, i.MarkStart(at(longer, begin)), i.Light("paths", at(longer, end)))
    switched = says(state, i.SwitchSides())
    assert switched.start == begin
    assert lit(switched) == lit(state)  # the first block is the same on both


def test_what_has_no_counterpart_is_lit_no_more() -> None:
    longer = gpt(tape=2, layers=6)
    state = side_by_side(gpt(), longer, same=False)
    extra = at(longer, "blocks.5.attn/softmax#0")
    state = says(state, i.StepTo(extra, reveal=True), i.MarkStart(), i.Light("sources"))
    assert lit(state)[0] == "blocks.5.attn/softmax#0"
    switched = says(state, i.SwitchSides())
    assert (switched.cone, switched.start) == (None, "")


def test_the_differences_one_after_the_other_and_round() -> None:
    state = side_by_side(gpt(layers=4), gpt(tape=2, layers=6), same=False)
    state = says(state, i.NextDifference(1))
    assert (here(state), beside(state).at) == ("blocks.4/add#1", 0)
    assert (there(state), beside(state).hollow) == ("blocks.3/add#1", "beside")
    state = says(state, i.NextDifference(1))
    assert here(state) == "blocks.5/add#1"
    state = says(state, i.NextDifference(1))
    assert here(state) == "blocks.4/add#1"
    assert beside(says(state, i.NextDifference(-1))).at == 1


def test_what_was_removed_is_gone_to_on_the_other_side() -> None:
    state = side_by_side(gpt(layers=5), gpt(tape=2), same=False)
    state = says(state, i.OpenToLevel(1), i.NextDifference(1))
    assert there(state) == "blocks.4/add#1"
    assert here(state) == "blocks.3/add#1"
    assert beside(state).hollow == "active"
    switched = says(state, i.SwitchSides())
    assert here(switched) == "blocks.4/add#1"
    assert beside(switched).hollow == "beside"
    state = says(state, i.StepBy("over"))
    assert beside(state).hollow == ""


def test_a_difference_is_brought_out_of_closed_modules() -> None:
    changed = gpt(tape=2)
    events = list(changed.events)
    softmax = at(changed, "blocks.1.attn/softmax#0")
    events[softmax] = structs.replace(events[softmax], detail="dim=1")
    changed = structs.replace(changed, events=tuple(events))
    state = side_by_side(gpt(), changed, same=False)
    state = says(state, i.OpenToLevel(1), i.NextDifference(1))
    assert here(state) == there(state) == "blocks.1.attn/softmax#0"
    assert beside(state).comparison is not None
    (one,) = beside(state).comparison.differences  # type: ignore[union-attr]
    assert one.what == ("settings",)


def test_it_ends() -> None:
    state, requests = update(side_by_side(gpt(), gpt("b", 2)), i.EndBeside())
    assert state.beside is None
    assert [(r.active, r.beside) for r in requests if isinstance(r, m.Arrange)] == [(2, 0)]
    assert state.recording is not None
    assert state.recording.tape == 2


def test_the_pass_beside_comes_back_with_another_engine_when_it_is_switched_to() -> None:
    state = side_by_side(gpt(), gpt(tape=2, layers=5), same=False)
    state = says(state, GONE, READY)
    assert beside(state).lost
    model = recordings.info(gpt(layers=5))
    state, _ = answer(state, m.Opened(model=model, step=0), "OpenModel")
    state, _ = answer(state, m.Recorded(recording=gpt(tape=9, layers=5)), "RecordPass")
    assert state.banner is not None
    assert "graph" in state.banner.text
    assert beside(state).comparison is not None
    state, requests = update(state, i.SwitchSides())
    arranged, wanted = requests
    assert isinstance(arranged, m.Arrange)
    assert arranged.beside == 9
    assert isinstance(wanted, m.OpenModel)
    assert not beside(state).lost
    state, _ = answer(state, m.Opened(model=recordings.info(gpt()), step=0), "OpenModel")
    state, _ = answer(state, m.Recorded(recording=gpt(tape=10)), "RecordPass")
    assert state.recording is not None
    assert (state.recording.tape, beside(state).recording.tape) == (10, 9)


def test_a_pass_from_before_the_training_is_not_replaced_by_one_from_after_it() -> None:
    state = side_by_side(gpt(weights="shipped"), gpt("The cat", 2, weights="step 5"))
    assert state.training is not None
    state = replace(state, training=replace(state.training, step=5, weights="step 5"))
    state = says(state, i.SwitchSides(), i.ShowTab("training"))
    state, requests = update(state, i.ShowTab("forward"))
    assert not [r for r in requests if isinstance(r, m.RecordPass)]
    assert state.recording is not None
    assert state.recording.weights == "shipped"


@pytest.mark.parametrize("same", [True, False])
def test_the_history_of_each_side_is_its_own(same: bool) -> None:
    state = side_by_side(gpt(), gpt("b", 2, layers=5), same)
    state = says(state, i.OpenToLevel(-1), i.StepTo(60), i.StepTo(90))
    past = [place.event for place in state.history.past]
    state = says(state, i.SwitchSides())
    assert [place.event for place in state.history.past] == []
    state = says(state, i.SwitchSides())
    assert [place.event for place in state.history.past] == past
    assert len(past) == 2
