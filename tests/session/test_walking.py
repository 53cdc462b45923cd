"""Walking by keys, history, bookmarks and what is lit: the pure update."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from explorer.core import messages as m
from explorer.core.graph import Recording, stops
from explorer.core.sources import LiveModel, PythonModel
from explorer.core.values import TextInput
from explorer.session import intents as i
from explorer.session.history import MOST, Bookmark, History, Place
from explorer.session.state import AppState, Banner, Engine
from explorer.session.update import update
from tests import recordings


def at(recording: Recording, name: str, number: int = 0) -> int:
    return [e.index for e in recording.events if name in e.id][number]


def call(recording: Recording, module: str, number: int = 0) -> int:
    return next(c.index for c in recording.calls if (c.module, c.number) == (module, number))


def state(recording: Recording, cursor: str | int, opened: tuple[int, ...] = (0,)) -> AppState:
    where = cursor if isinstance(cursor, int) else at(recording, cursor)
    return AppState(
        page="model", engine=Engine("ready"), model=recordings.info(recording),
        recording=recording, cursor=where, open=frozenset(opened),
        own=PythonModel("/home/ada/net.py", "d", "Net", {}),
    )  # fmt: skip


def go(start: AppState, *said: object) -> AppState:
    for one in said:
        start, _ = update(start, one)
    return start


def here(now: AppState) -> str:
    assert now.recording is not None
    return now.recording.events[now.cursor].id


GPT = recordings.gpt(layers=2)
DOWN, UP = i.Walk("down"), i.Walk("up")
READER, WRITER = i.Walk("reader"), i.Walk("writer")


def test_down_and_up_follow_the_main_stream_past_a_residual() -> None:
    skip = recordings.skip()
    now = state(skip, "before/")
    way = []
    for _ in range(5):
        now = go(now, DOWN)
        way.append(here(now))
    assert way == ["fc1/linear#0", "act/relu#0", "fc2/linear#0", "add#0", "add#0"]
    back = []
    for _ in range(5):
        now = go(now, UP)
        back.append(here(now))
    assert back[:4] == ["fc2/linear#0", "act/relu#0", "fc1/linear#0", "before/linear#0"]
    assert back[4] == back[3], "what it reads is no op's"


def test_up_from_a_join_takes_the_longest_branch() -> None:
    branches = recordings.branches()
    assert here(go(state(branches, "cat"), UP)) == "path3_2/linear#0"


def test_the_readers_of_a_value_come_in_turn_and_its_writer() -> None:
    skip = recordings.skip()
    now = go(state(skip, "before/"), READER)
    assert here(now) == "fc1/linear#0"
    value = skip.events[at(skip, "before/")].outputs[0]
    assert now.selected == value
    now = go(now, READER)
    assert here(now) == "add#0"
    assert now.selected == value
    assert go(now, READER) == now, "nobody else reads it"
    now = go(now, WRITER)
    assert here(now) == "before/linear#0"
    assert now.value == value


def test_the_writer_of_its_own_value_is_that_of_what_it_reads() -> None:
    chain = recordings.chain()
    now = go(state(chain, "sigmoid"), WRITER)
    assert here(now) == "tanh#0"
    assert here(go(now, i.SelectOutput(chain.events[1].inputs[0]), WRITER)) == "relu#0"
    assert here(go(state(chain, "relu"), WRITER)) == "relu#0", "nobody wrote the input"


def test_closed_modules_are_nodes() -> None:
    gpt = recordings.gpt(layers=3)
    first = gpt.calls[call(gpt, "blocks.0")].last
    now = go(state(gpt, first), DOWN)
    assert now.cursor == gpt.calls[call(gpt, "blocks.1")].last
    assert go(now, UP).cursor == first
    assert go(now, UP, UP).cursor == at(gpt, "add", 0)
    assert go(now, READER).cursor == gpt.calls[call(gpt, "blocks.2")].last
    assert now.open == frozenset({0})


def test_a_value_is_followed_through_closed_modules_that_read_it() -> None:
    b = recordings.Builder("Conditioned")
    x, c = b.input("x", B=1, C=4), b.input("c", B=1, C=4)
    c = b.op("tanh", [c], B=1, C=4)
    for n in range(3):
        with b.module(f"layer{n}", "Layer"):
            x = b.op("relu", [b.op("mul", [x, c], B=1, C=4)], B=1, C=4)
    recording = b.finish([x])
    now, way = state(recording, "tanh"), []
    for _ in range(4):
        now = go(now, READER)
        way.append(now.cursor)
    ends = [recording.calls[call(recording, f"layer{n}")].last for n in range(3)]
    assert way == [*ends, ends[-1]]
    assert here(go(now, WRITER)) == "tanh#0"


def test_a_shared_module_is_walked_call_by_call() -> None:
    shared = recordings.shared()
    first, second, third = (c.index for c in shared.calls if c.module == "cell")
    now = state(shared, shared.calls[first].last)
    assert go(now, DOWN).cursor == shared.calls[second].last
    assert go(now, READER, READER).cursor == shared.calls[third].last
    opened = state(shared, shared.calls[first].last, (0, first, second, third))
    assert here(go(opened, DOWN)) == "cell.fc/linear#1"
    assert here(go(opened, READER, READER)) == "cell.fc/linear#2"


def opened_softmax() -> Recording:
    """``relu, softmax, sigmoid``, with the softmax opened into three ops as the engine does."""
    b = recordings.Builder("Opened")
    x = b.op("relu", [b.input("x", B=1, C=4)], B=1, C=4)
    with b.module("softmax", "softmax"):
        e = b.op("exp", [x], B=1, C=4)
        s = b.op("sum", [e], B=1)
        x = b.op("div", [e, s], B=1, C=4)
    made = b.finish([b.op("sigmoid", [x], B=1, C=4)])
    names = {"softmax/exp#0": "softmax#0/exp#0", "softmax/sum#0": "softmax#0/sum#0",
             "softmax/div#0": "softmax#0/div#0"}  # fmt: skip
    events = tuple(structs.replace(e, id=names.get(e.id, e.id)) for e in made.events)
    calls = (made.calls[0], structs.replace(made.calls[1], module="", opened="softmax#0"))
    return structs.replace(made, events=events, calls=calls)


def test_an_opened_op_is_walked_through_and_past() -> None:
    recording = opened_softmax()
    now = state(recording, "relu", (0, 1))
    assert [here(now := go(now, DOWN)) for _ in range(4)] == [
        "softmax#0/exp#0", "softmax#0/sum#0", "softmax#0/div#0", "sigmoid#0",
    ]  # fmt: skip
    closed = state(recording, "relu", (0,))
    assert [here(closed := go(closed, DOWN)) for _ in range(2)] == ["softmax#0/div#0", "sigmoid#0"]


@given(
    st.sets(st.integers(0, 40)),
    st.lists(st.sampled_from([DOWN, UP, READER, WRITER, i.Retrace("back"), i.Retrace("forward")])),
    st.integers(0, 60),
)
def test_the_cursor_is_never_lost(opened: set[int], said: list[i.Intent], cursor: int) -> None:
    gpt = GPT
    now = go(state(gpt, 0, (0, *(c for c in opened if c < len(gpt.calls)))), i.StepTo(cursor))
    for one in said:
        now = go(now, one)
        assert now.cursor in stops(gpt, now.open)


# ---------------------------------------------------------------------- history


def test_back_and_forward_as_in_a_browser() -> None:
    gpt = recordings.gpt()
    start = state(gpt, 0)
    inner = at(gpt, "blocks.1.attn/softmax")
    now = go(start, i.StepTo(inner, reveal=True), i.StepTo(len(gpt.events) - 1))
    seen = [start, go(start, i.StepTo(inner, reveal=True)), now]
    back = i.Retrace("back")
    for wanted in reversed(seen[:-1]):
        now = go(now, back)
        assert (now.cursor, now.open) == (wanted.cursor, wanted.open)
    assert go(now, back).cursor == start.cursor, "there is nothing before"
    for wanted in seen[1:]:
        now = go(now, i.Retrace("forward"))
        assert (now.cursor, now.open) == (wanted.cursor, wanted.open)
    now = go(now, back, back, i.StepTo(at(gpt, "blocks.3"), reveal=True))
    assert now.history.ahead == (), "a new way begins here"


def test_single_steps_are_no_places_and_a_drag_is_one() -> None:
    gpt = recordings.gpt()
    now = go(state(gpt, 0), *[i.StepBy("over")] * 5, i.StepBy("back"), i.StepBy("out"))
    assert now.history.past == ()
    assert go(now, i.StepTo(now.cursor)).history.past == ()
    assert go(state(gpt, 1), i.StepTo(2)).history.past == (), "the next one is no jump"
    dragged = [i.StepTo(n, dragged=True) for n in range(30, 100, 3)]
    now = go(state(gpt, 0), i.StepTo(60), *dragged)
    assert len(now.history.past) == 1
    assert go(now, i.Retrace("back")).cursor == 0
    assert go(state(gpt, 0), i.StepBy("last"), i.Retrace("back")).cursor == 0


def test_what_was_looked_for_is_a_place_to_come_back_from() -> None:
    gpt = recordings.gpt()
    start = go(state(gpt, 0), i.Search("op:softmax"))
    now = go(start, i.ShowFound(0), i.NextFound(1))
    assert len(now.history.past) == 2
    assert go(now, i.Retrace("back"), i.Retrace("back")).cursor == 0
    assert len(go(start, i.ShowFound(0), i.ShowFound(0)).history.past) == 1
    beside = go(state(gpt, 0), i.Search("op:arange"), i.ShowFound(0))
    assert beside.history.past == (), "that is where one was"


def test_the_history_is_bounded() -> None:
    gpt = recordings.gpt()
    jumps = [i.StepTo(0 if n % 2 else 100) for n in range(3 * MOST)]
    assert len(go(state(gpt, 0), *jumps).history.past) == MOST


def test_history_and_bookmarks_survive_another_pass_but_not_another_model() -> None:
    gpt = recordings.gpt()
    asked = replace(state(gpt, 0), ticket=7, tickets={"RecordPass": 7})
    now = go(asked, i.SetBookmark(3), i.StepTo(at(gpt, "ln_f")), i.Light("sources"))
    again = structs.replace(recordings.gpt(), tape=5)
    now = go(now, m.Recorded(recording=again, ticket=7))
    assert now.recording is again
    assert now.cone is not None
    assert now.cone.recording is again
    assert go(now, i.Retrace("back")).cursor == 0
    assert go(now, i.GoToBookmark(3)).cursor == 0
    other = replace(now, own=None, wanted=LiveModel("Other"))
    other, _ = update(other, m.Opened(model=recordings.info(gpt), step=0))
    assert not other.history.past
    assert other.cone is None
    assert other.bookmarks == {}
    back, _ = update(replace(other, wanted=now.own), m.Opened(model=recordings.info(gpt), step=0))
    assert [mark.event for mark in back.bookmarks.values()] == [gpt.events[0].id]


def test_a_place_that_is_gone_is_passed_by() -> None:
    gpt = recordings.gpt(layers=2)
    now = go(state(gpt, 0), i.StepTo(at(gpt, "ln_f")), i.StepTo(0), i.StepTo(at(gpt, "lm_head")))
    less = structs.replace(
        gpt, tape=2,
        events=tuple(
            structs.replace(e, id="other#0") if e.id.startswith("ln_f") else e for e in gpt.events
        ),
    )  # fmt: skip
    now = go(replace(now, recording=less), i.Retrace("back"), i.Retrace("back"))
    assert now.cursor == 0
    assert now.history.past == ()


# ---------------------------------------------------------------------- bookmarks


def test_a_bookmark_is_set_reached_and_taken_away() -> None:
    gpt = recordings.gpt()
    inner = at(gpt, "blocks.2.attn/softmax")
    now = go(state(gpt, 0), i.SetBookmark(1), i.StepTo(inner, reveal=True), i.SetBookmark(2))
    now = go(now, i.GoToBookmark(1))
    assert now.cursor == 0
    now = go(now, i.OpenToLevel(1), i.GoToBookmark(2))
    assert now.cursor == inner
    assert call(gpt, "blocks.2.attn") in now.open
    missed = go(now, i.GoToBookmark(9))
    assert replace(missed, banner=None) == now
    assert missed.banner is not None
    said = missed.banner.text.format(**missed.banner.values)
    assert said == "There is no bookmark 9; Ctrl+Shift+9 sets it."
    failed = replace(now, banner=Banner("forward", "It broke."))
    assert go(failed, i.GoToBookmark(9)) == failed, "a problem is worth more"
    now = go(now, i.SetBookmark(2))
    assert list(now.bookmarks) == [1]
    assert go(now, i.SetBookmark(1)).bookmarks[1].event == gpt.events[inner].id, "it moves"


def test_a_bookmark_that_is_not_in_this_pass_says_so() -> None:
    gpt = recordings.gpt()
    now = go(state(gpt, 0), i.SetBookmark(1))
    gone = replace(now, bookmarked={now.subject: {1: Bookmark("blocks.9.mlp/gelu#0", 1)}})
    said = go(gone, i.GoToBookmark(1))
    assert said.cursor == gone.cursor
    assert said.banner is not None
    told = said.banner.text.format(**said.banner.values)
    assert told == "Bookmark 1 is on blocks.9.mlp/gelu#0, which did not run in this pass."


def test_a_bookmark_on_a_closed_module_leaves_it_closed() -> None:
    gpt = recordings.gpt()
    block = gpt.calls[call(gpt, "blocks.2")]
    now = go(state(gpt, block.last), i.SetBookmark(5), i.StepTo(0), i.GoToBookmark(5))
    assert now.cursor == block.last
    assert now.open == frozenset({0})


# ---------------------------------------------------------------------- what is lit


def test_lighting_and_letting_go() -> None:
    skip = recordings.skip()
    now = go(state(skip, "fc2/"), i.Light("sources"))
    assert now.cone is not None
    assert np.flatnonzero(now.cone.events).tolist() == [0, 1, 2, 3]
    stepped = go(now, i.StepBy("back"))
    assert stepped.cone is now.cone, "it stays while one walks"
    assert go(stepped, i.Unlight()).cone is None
    of_another = go(now, i.Light("readers", at(skip, "act/")))
    assert of_another.cone is not None
    assert np.flatnonzero(of_another.cone.events).tolist() == [2, 3, 4]


def test_the_selected_input_is_what_is_followed() -> None:
    skip = recordings.skip()
    residual = skip.events[at(skip, "add")].inputs[0]
    now = go(state(skip, "add"), i.SelectOutput(residual), i.Light("sources"))
    assert now.cone is not None
    assert np.flatnonzero(now.cone.events).tolist() == [0, 4]


def test_an_input_of_the_model_has_readers() -> None:
    skip = recordings.skip()
    x = next(v for v, value in enumerate(skip.values) if value.name == "x")
    now = go(state(skip, "add"), i.Light("readers", 0, x))
    assert now.cone is not None
    assert now.cone.count == len(skip.events)


def test_paths_need_a_beginning() -> None:
    skip = recordings.skip()
    missed = go(state(skip, "add"), i.Light("paths"))
    assert missed.cone is None
    assert missed.banner is not None
    said = missed.banner.text.format(**missed.banner.values)
    assert said == "Mark where paths begin first: Ctrl+M."
    now = go(state(skip, "fc1/"), i.MarkStart(), i.StepTo(4), i.Light("paths"))
    assert now.cone is not None
    assert np.flatnonzero(now.cone.events).tolist() == [1, 2, 3, 4]
    now = go(now, i.Unlight())
    assert now.start, "one may look for another path from there"
    assert go(now, i.Unlight()).start == ""
    assert go(state(skip, "fc1/"), i.MarkStart(), i.MarkStart()).start == ""


def test_without_a_pass_nothing_happens() -> None:
    empty = AppState()
    said = [
        DOWN, READER, i.Retrace("back"), i.SetBookmark(1), i.GoToBookmark(1), i.MarkStart(),
        i.Light("paths"), i.Light("sources"), i.Unlight(),
    ]  # fmt: skip
    for one in said:
        assert go(empty, one).cone is None
        assert go(empty, one).bookmarks == {}


def looped(times: int) -> Recording:
    """A loop of some steps, and a module after it."""
    b = recordings.Builder("Loop")
    x = b.input("x", B=1, C=4)
    for _ in range(times):
        with b.module("step", "Step"):
            x = b.activation("act", b.linear("fc", x, 4))
    with b.module("out", "Out"):
        x = b.activation("act", b.linear("fc", x, 4))
    return b.finish([x], tape=times)


def test_back_opens_the_same_modules_in_a_longer_pass() -> None:
    """Calls have other indices there."""
    short, long = looped(3), looped(5)
    out = call(short, "out")
    now = go(state(short, "out.act", (0, out)), i.StepTo(0))
    assert [place.open for place in now.history.past] == [{0, out}]
    now, requests = update(now, i.EditInput(TextInput("other")))
    (request,) = requests
    now, _ = update(now, m.Recorded(ticket=request.ticket, recording=long))
    assert now.recording is long
    now = go(now, i.Retrace("back"))
    assert here(now) == "out.act/relu#0"
    assert now.open == {0, call(long, "out")}


def test_what_is_not_in_the_other_pass_stays_shut() -> None:
    long, short = looped(5), looped(3)
    last = call(long, "step", 4)
    place = Place("out.act/relu#0", frozenset({0, last, call(long, "out")}), frozenset({last}))
    (moved,) = History((place,)).moved(long, short).past
    assert moved.open == {0, call(short, "out")}
    assert moved.unfolded == frozenset()
    assert History((place,)).moved(long, looped(5)).past == (place,)  # itself: it has a sight
