"""Large graphs are laid out beside the window, and only the newest is shown."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any

import pytest
import shiboken6
from pytestqt.qtbot import QtBot

from explorer.core.graph import Recording
from explorer.gui.map import planner as planner_module
from explorer.gui.map.canvas import Canvas
from explorer.gui.map.planner import Plan, Planner
from explorer.gui.theme import THEMES
from explorer.picture.layout import Layout
from explorer.picture.scene import Scene
from explorer.session.state import AppState
from tests import recordings

MODEL = frozenset({0})
NOTHING = frozenset[int]()


@pytest.fixture(scope="module")
def large() -> Recording:
    return recordings.gpt(layers=60)


@pytest.fixture
def planner(qtbot: QtBot) -> Planner:
    return Planner()


@pytest.fixture
def told(planner: Planner) -> list[tuple[Plan, Scene]]:
    found: list[tuple[Plan, Scene]] = []
    planner.planned.connect(lambda plan, scene: found.append((plan, scene)))
    return found


def whole(recording: Recording) -> Plan:
    return Plan(recording, frozenset(range(len(recording.calls))), NOTHING)


def state(recording: Recording, opened: frozenset[int] = MODEL) -> AppState:
    model = recordings.info(recording)
    return AppState(page="model", model=model, recording=recording, open=opened)


def test_what_is_quick_is_there_at_once(planner: Planner, told: list[object]) -> None:
    recording = recordings.gpt()
    made = planner.plan(whole(recording))
    assert made == Layout(recording).scene(whole(recording).opened)
    assert not planner.busy
    assert not told


def test_what_takes_longer_comes_later(
    planner: Planner, told: list[tuple[Plan, Scene]], large: Recording, qtbot: QtBot
) -> None:
    plan = whole(large)
    assert planner.plan(plan) is None
    assert planner.busy
    assert not told
    qtbot.waitUntil(lambda: bool(told))
    assert told == [(plan, Layout(large).scene(plan.opened))]
    assert not planner.busy
    closed = planner.plan(Plan(large, MODEL, NOTHING))  # now there is little left to do
    assert closed == Layout(large).scene(MODEL)


def test_only_the_newest_is_told(
    planner: Planner, told: list[tuple[Plan, Scene]], large: Recording
) -> None:
    other = recordings.gpt(layers=50)
    for plan in (whole(large), whole(other), Plan(large, MODEL, NOTHING)):
        assert planner.plan(plan) is None
    planner.finish()
    assert told == [(Plan(large, MODEL, NOTHING), Layout(large).scene(MODEL))]


def test_what_is_not_wanted_any_more_is_not_told(
    planner: Planner, told: list[object], large: Recording
) -> None:
    planner.plan(whole(large))
    planner.forget()
    planner.finish()
    assert not told


def test_what_was_broken_off_is_laid_out_right_the_next_time(large: Recording) -> None:
    layout = Layout(large)
    asked = iter([False] * 7 + [True])
    every = whole(large).opened
    assert layout.scene_unless(lambda: next(asked), every, NOTHING) is None
    some = every - {5, 6, 7, 40}
    assert layout.scene(some) == Layout(large).scene(some)
    assert layout.scene(every) == Layout(large).scene(every)


def test_python_is_left_as_it_was(planner: Planner, large: Recording, qtbot: QtBot) -> None:
    turn, searches = sys.getswitchinterval(), gc.isenabled()
    planner.plan(whole(large))
    qtbot.waitUntil(lambda: sys.getswitchinterval() < turn)
    planner.finish()
    assert sys.getswitchinterval() == pytest.approx(turn)
    assert gc.isenabled() == searches
    assert gc.get_freeze_count() > 10_000  # nobody searches through the layout
    planner.forget()
    assert gc.get_freeze_count() == 0


def test_an_error_in_the_thread_is_not_lost(
    planner: Planner, large: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no layout")

    monkeypatch.setattr(Layout, "scene_unless", fail)
    planner.plan(whole(large))
    with pytest.raises(RuntimeError, match="no layout"):
        planner.finish()
    assert not planner.busy


def test_an_error_in_an_old_layout_keeps_no_newer_one_back(
    planner: Planner,
    told: list[tuple[Plan, Scene]],
    large: Recording,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right, tried = Layout.scene_unless, []

    def fail(self: Layout, *asked: Any) -> Scene | None:
        tried.append(asked)
        if len(tried) == 1:
            raise RuntimeError("no layout")
        return right(self, *asked)

    monkeypatch.setattr(Layout, "scene_unless", fail)
    planner.plan(whole(large))
    newer = whole(recordings.gpt(layers=50))
    planner.plan(newer)
    with pytest.raises(RuntimeError, match="no layout"):
        planner.finish()
    planner.finish()
    assert [plan for plan, _ in told] == [newer]
    assert planner.plan(whole(large)) is None  # it would fail again
    assert not planner.busy


class AtOnce(ThreadPoolExecutor):
    """A thread so quick that its work is done before anybody can ask to be told."""

    def submit(self, *asked: Any, **named: Any) -> Future[Any]:
        future = super().submit(*asked, **named)
        wait([future])
        return future


def test_what_is_laid_out_in_an_instant_comes_after_it_was_asked_for(
    planner: Planner, told: list[tuple[Plan, Scene]], large: Recording, qtbot: QtBot
) -> None:
    planner._pool = AtOnce(1)
    plan = whole(large)
    assert planner.plan(plan) is None
    assert planner.busy
    assert not told
    qtbot.waitUntil(lambda: bool(told))
    assert [plan for plan, _ in told] == [plan]
    assert not planner.busy


def test_what_is_forgotten_at_the_last_moment_is_let_go(planner: Planner, large: Recording) -> None:
    planner.plan(whole(large))
    assert planner._running is not None
    wait([planner._running[1]])  # done, but not collected yet
    planner.forget()
    planner.finish()
    assert gc.get_freeze_count() == 0
    assert planner.run_of(1) == ()
    assert planner._layout is None


def test_its_thread_does_not_hold_a_planner(large: Recording) -> None:
    ended: list[int] = []
    going = Planner()
    weakref.finalize(going, lambda: ended.append(threading.get_ident()))
    going.plan(whole(large))
    assert going._running is not None
    future = going._running[1]
    del going
    assert ended == [threading.get_ident()]  # at once, and not by the thread when that is done
    wait([future])


def test_a_planner_that_goes_away_leaves_python_as_it_was(large: Recording) -> None:
    turn, going = sys.getswitchinterval(), Planner()
    going.plan(whole(large))
    assert going._running is not None
    future = going._running[1]
    shiboken6.delete(going)
    wait([future])
    deadline = threading.Event()
    for _ in range(200):
        if sys.getswitchinterval() == pytest.approx(turn) and gc.get_freeze_count() == 0:
            break
        deadline.wait(0.01)  # the thread tells us after the future is done
    assert sys.getswitchinterval() == pytest.approx(turn)
    assert gc.get_freeze_count() == 0


@pytest.fixture
def canvas(qtbot: QtBot) -> Canvas:
    made = Canvas(THEMES["dark"])
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    return made


def test_the_canvas_goes_on_meanwhile(canvas: Canvas, large: Recording, qtbot: QtBot) -> None:
    """The old picture stays, the cursor moves in it, and then the new one is there."""
    closed = state(large)
    canvas.render(None, closed)
    canvas.planner.finish()
    before = canvas.boxes()
    every = replace(closed, open=whole(large).opened)
    canvas.render(closed, every)
    assert canvas.boxes() == before
    empty = canvas.grab().toImage()
    moved = replace(every, cursor=len(large.events) - 1)
    canvas.render(every, moved)
    assert canvas.outlook.current is not None
    assert canvas.outlook.current.box.title == "lm_head"
    assert canvas.boxes() == before
    assert canvas.grab().toImage() != empty
    qtbot.waitUntil(lambda: canvas.boxes() != before)
    assert canvas.boxes() == Layout(large).scene(every.open).boxes
    assert canvas.outlook.current.box.title == "lm_head"


def test_a_model_that_is_laid_out_says_so_in_place_of_the_old_one(
    canvas: Canvas, large: Recording
) -> None:
    small = state(recordings.mlp())
    canvas.render(None, small)
    assert canvas.boxes()
    canvas.render(small, state(large))
    assert not canvas.boxes()
    said = canvas.grab().toImage()
    canvas.planner.finish()
    assert canvas.boxes()
    corner = (24, 700 - 27)  # where it was said
    assert said.pixelColor(*corner) == THEMES["dark"].color("raised")
    assert canvas.grab().toImage().pixelColor(*corner) != THEMES["dark"].color("raised")


def test_another_canvas_lays_out_nothing_again(
    canvas: Canvas, large: Recording, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the theme changes."""
    canvas.render(None, state(large))
    canvas.planner.finish()
    monkeypatch.setattr(planner_module, "Layout", None)
    other = Canvas(THEMES["light"], planner=canvas.planner)
    qtbot.addWidget(other)
    other.render(None, state(large))
    assert other.boxes() == canvas.boxes()


def test_what_is_not_drawn_yet_is_made_while_nothing_else_is_wanted(
    planner: Planner, large: Recording, qtbot: QtBot
) -> None:
    every = Plan(large, frozenset(range(len(large.calls))), NOTHING)
    with qtbot.waitSignal(planner.planned) as came:
        planner.plan(every)
    rooms = list(came.args[1].rooms())
    assert not any("wires" in vars(room) for room in rooms)
    qtbot.waitUntil(lambda: all("wires" in vars(room) for room in rooms))


def test_another_plan_comes_before_what_is_not_drawn_yet(
    planner: Planner, large: Recording, qtbot: QtBot
) -> None:
    every = frozenset(range(len(large.calls)))
    with qtbot.waitSignal(planner.planned) as came:
        planner.plan(Plan(large, every, NOTHING))
    planner.plan(Plan(large, MODEL, NOTHING))
    planner_module._furnish_all(planner._wish, Plan(large, every, NOTHING), came.args[1])
    assert not any("wires" in vars(room) for room in came.args[1].rooms())
