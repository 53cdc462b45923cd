"""The step bar: buttons, keys, scrubbing, playing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from explorer.core.breaks import Breaks, Hit
from explorer.gui.stepper import Stepper
from explorer.gui.theme import DARK
from explorer.session import intents
from explorer.session.state import AppState, Banner, Breaking
from tests.gui.mouse import drag
from tests.recordings import chain, gpt


@pytest.fixture
def bar(qtbot: QtBot) -> tuple[Stepper, list[object]]:
    stepper = Stepper(DARK, 1.0)
    qtbot.addWidget(stepper)
    stepper.resize(1000, 90)
    stepper.show()
    said: list[object] = []
    stepper.intent.connect(said.append)
    return stepper, said


STATE = AppState(page="model", recording=gpt())


@pytest.mark.parametrize(
    ("name", "intent"),
    [
        ("first", intents.StepBy("first")), ("back", intents.StepBy("back")),
        ("play", intents.TogglePlay()), ("forward", intents.StepBy("over")),
        ("last", intents.StepBy("last")), ("into", intents.StepBy("into")),
        ("over", intents.StepBy("over")), ("out", intents.StepBy("out")),
        ("pace", intents.SetPace(2.0)),
    ],
)  # fmt: skip
def test_every_button_asks_for_its_step(
    bar: tuple[Stepper, list[object]], qtbot: QtBot, name: str, intent: object
) -> None:
    stepper, said = bar
    stepper.render(None, STATE)
    button = stepper.findChild(QPushButton, name)
    assert button is not None
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert said == [intent]


def test_the_pace_comes_round(bar: tuple[Stepper, list[object]], qtbot: QtBot) -> None:
    stepper, said = bar
    stepper.render(None, replace(STATE, pace=4.0))
    button = stepper.findChild(QPushButton, "pace")
    assert button is not None
    assert button.text() == "4×"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert said == [intents.SetPace(0.5)]


def test_dragging_scrubs_from_end_to_end(bar: tuple[Stepper, list[object]], qtbot: QtBot) -> None:
    stepper, said = bar
    stepper.render(None, STATE)
    line = stepper.timeline
    assert STATE.recording is not None
    last = len(STATE.recording.events) - 1
    qtbot.mousePress(line, Qt.MouseButton.LeftButton, pos=QPoint(0, 10))
    for x in range(0, line.width(), 7):
        drag(line, QPoint(x, 10))
    qtbot.mouseRelease(line, Qt.MouseButton.LeftButton, pos=QPoint(line.width() - 1, 10))
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton, pos=QPoint(line.width() - 1, 10))
    assert said[0] == intents.StepTo(0)
    assert said[-1] == intents.StepTo(last)


def test_the_cursor_stands_over_its_bar(bar: tuple[Stepper, list[object]]) -> None:
    stepper, _ = bar
    stepper.render(None, replace(STATE, cursor=20))
    line = stepper.timeline
    image = line.grab().toImage()
    wanted = DARK.color("cursor").rgb()
    found = [x for x in range(image.width()) if image.pixelColor(x, 1).rgb() == wanted]
    assert found
    assert line.event_at(sum(found) / len(found) / image.devicePixelRatio()) == 20


def test_bars_to_come_are_dimmed(bar: tuple[Stepper, list[object]]) -> None:
    stepper, _ = bar
    line = stepper.timeline
    bottom = line.height() - 2

    def brightness(cursor: int) -> int:
        stepper.render(None, replace(STATE, cursor=cursor))
        image = stepper.grab(line.geometry()).toImage()
        return sum(image.pixelColor(x, bottom).lightness() for x in range(image.width()))

    assert STATE.recording is not None
    assert brightness(0) < brightness(len(STATE.recording.events) // 2)
    assert brightness(len(STATE.recording.events) // 2) < brightness(
        len(STATE.recording.events) - 1
    )


@pytest.mark.parametrize(
    ("times", "wanted"),
    [
        ((1e-3, 1e-4, 1e-5), (1.0, 0.6, 0.2)),
        ((1e-3, 1e-4, 9e-4), (1.0, 0.6, 0.98)),  # what is much alike looks alike
        ((1e-1, 1e-4, 1e-5), (1.0, 0.4, 0.2)),  # one slow op does not make the others equal
        ((1e-1, 1e-7, 1e-5), (1.0, 0.2, 0.2)),
    ],
)
def test_a_bar_is_as_high_as_the_logarithm_of_its_time(
    bar: tuple[Stepper, list[object]], times: tuple[float, ...], wanted: tuple[float, ...]
) -> None:
    recording = chain()
    events = zip(recording.events, times, strict=True)
    timed = tuple(structs.replace(e, seconds=t) for e, t in events)
    stepper, _ = bar
    recording = structs.replace(recording, events=timed)
    stepper.render(None, AppState(page="model", recording=recording))
    line = stepper.timeline
    image = stepper.grab(line.geometry()).toImage()
    ground = image.pixelColor(image.width() - 4, 0)
    heights = []
    for n in range(3):
        x = round((n + 0.25) / 3 * image.width())
        heights.append(
            sum(image.pixelColor(x, y) != ground for y in range(image.height())) / image.height()
        )
    assert heights == pytest.approx(list(wanted), abs=0.04)


def test_arrows_step_on_the_timeline(bar: tuple[Stepper, list[object]], qtbot: QtBot) -> None:
    stepper, said = bar
    stepper.render(None, STATE)
    stepper.timeline.setFocus()
    qtbot.keyClick(stepper.timeline, Qt.Key.Key_Right)
    qtbot.keyClick(stepper.timeline, Qt.Key.Key_Left)
    assert said == [intents.StepBy("over"), intents.StepBy("back")]


def test_playing_ticks_and_pausing_stops(bar: tuple[Stepper, list[object]], qtbot: QtBot) -> None:
    stepper, said = bar
    playing = replace(STATE, playing=True, pace=8.0)
    stepper.render(None, playing)
    qtbot.waitUntil(lambda: said.count(intents.Tick()) >= 2, timeout=5000)
    stepper.render(playing, replace(playing, playing=False))
    said.clear()
    qtbot.wait(150)
    assert said == []


def test_more_events_than_pixels_and_none_at_all(bar: tuple[Stepper, list[object]]) -> None:
    stepper, _ = bar
    many = chain()
    events = tuple(many.events[i % len(many.events)] for i in range(10_000))
    from msgspec import structs

    stepper.render(None, replace(STATE, recording=structs.replace(many, tape=7, events=events)))
    assert not stepper.grab().isNull()
    assert stepper.timeline.event_at(stepper.timeline.width()) == 9_999
    empty = structs.replace(many, tape=8, events=())
    stepper.render(None, replace(STATE, recording=empty))
    assert not stepper.grab().isNull()


def test_facts_that_do_not_fit_are_left_out_whole(bar: tuple[Stepper, list[object]]) -> None:
    stepper, _ = bar
    stepper.resize(1100, 90)
    stepper.render(None, STATE)
    assert stepper._facts.text().count(" · ") == 2
    stepper.resize(720, 90)
    short = stepper._facts.text()
    assert short.startswith(f"{len(gpt().events)} ops")
    assert stepper._facts.fontMetrics().horizontalAdvance(short) <= stepper._facts.width()
    stepper.resize(1100, 90)
    assert stepper._facts.text().count(" · ") == 2


def test_nothing_is_told_of_a_pass_that_did_not_run(bar: tuple[Stepper, list[object]]) -> None:
    """Another model came, and its first pass is under way or was given up."""
    stepper, _ = bar
    buttons = {b.objectName(): b for b in stepper.findChildren(QPushButton)}
    stepper.render(None, STATE)
    assert all(button.isEnabled() for button in buttons.values())
    none = replace(STATE, recording=None)
    stepper.render(STATE, none)
    assert stepper._facts.text() == stepper._facts.toolTip() == ""
    assert [name for name, button in buttons.items() if button.isEnabled()] == ["pace", "breaks"]
    stepper.render(none, STATE)
    assert all(button.isEnabled() for button in buttons.values())
    assert "ops" in stepper._facts.text()
    one = structs.replace(gpt(), events=gpt().events[:1])
    stepper.render(STATE, replace(STATE, recording=one))
    assert stepper._facts.text().startswith("1 op ·")


# ------------------------------------------------------------------ what to stop at


def test_conditions_are_chosen_in_a_popup_by_mouse_and_keys(
    bar: tuple[Stepper, list[object]], qtbot: QtBot
) -> None:
    stepper, said = bar
    state = STATE

    def asked() -> Breaks:
        """What was wanted last; the state follows."""
        nonlocal state
        (wanted,) = said
        said.clear()
        assert isinstance(wanted, intents.SetBreaks)
        before, state = state, replace(state, breaking=Breaking(wanted.breaks, known=True))
        stepper.render(before, state)
        return wanted.breaks

    stepper.render(None, state)
    button = stepper.findChild(QPushButton, "breaks")
    assert button is not None
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    popup = stepper.breaks
    assert popup.isVisible()
    assert not button.isChecked()  # nothing is chosen yet
    qtbot.mouseClick(popup.nan, Qt.MouseButton.LeftButton, pos=QPoint(8, popup.nan.height() // 2))
    assert asked() == Breaks(nan=True)
    assert button.isChecked()
    qtbot.keyClick(popup.dead, Qt.Key.Key_Space)
    assert asked() == Breaks(nan=True, dead=True)
    popup.bound.selectAll()
    qtbot.keyClicks(popup.bound, "-2,5")
    qtbot.keyClick(popup.bound, Qt.Key.Key_Return)
    assert asked().above == 2.5  # who types a bound wants it
    qtbot.keyClick(popup.large, Qt.Key.Key_Space)
    assert asked().above is None
    qtbot.keyClick(popup.large, Qt.Key.Key_Space)
    assert asked().above == 2.5
    popup.bound.selectAll()
    qtbot.keyClicks(popup.bound, "much")
    qtbot.keyClick(popup.bound, Qt.Key.Key_Return)
    assert (said, popup.bound.text()) == ([], "2.5")
    qtbot.keyClicks(popup.op, "op:softmax")
    qtbot.keyClick(popup.op, Qt.Key.Key_Return)
    assert asked().op == "op:softmax"
    qtbot.keyClick(popup, Qt.Key.Key_Escape)
    assert not popup.isVisible()


def test_the_popup_tells_what_came_of_it(bar: tuple[Stepper, list[object]]) -> None:
    stepper, _ = bar
    nan = Breaks(nan=True)
    for breaking, text in (
        (Breaking(), "always shown"),
        (Breaking(nan), "Looking at the numbers"),
        (Breaking(nan, known=True), "Nothing in this pass"),
        (Breaking(nan, known=True, hits=(Hit(3, "nan", 1.0),)), "One place"),
        (Breaking(nan, known=True, hits=(Hit(3, "nan", 1.0), Hit(5, "nan", 1.0))), "2 places"),
    ):
        stepper.render(None, replace(STATE, breaking=breaking))
        assert text in stepper.breaks.said.text()
    here = Banner("break", "It is at {event}.", "", {"event": "relu#0"}, "news")
    one = Breaking(nan, known=True, hits=(Hit(3, "nan", 1.0),))
    stepper.render(None, replace(STATE, breaking=one, banner=here))
    assert stepper.breaks.said.text().startswith("It is at relu#0.\nOne place")
    why = Banner("model", "No {what}.", "", {"what": "numbers"})
    stepper.render(
        None, replace(STATE, breaking=Breaking(nan, known=True), unmeasured={"nan": why})
    )
    assert stepper.breaks.said.text() == "No numbers."


def test_places_to_stop_at_are_marked_on_the_timeline(bar: tuple[Stepper, list[object]]) -> None:
    stepper, _ = bar
    assert STATE.recording is not None
    line, count = stepper.timeline, len(STATE.recording.events)
    at = count // 2
    stepper.render(None, STATE)
    x = round((at + 0.5) / count * line.width())
    plain = line.grab().toImage().pixelColor(x, 1)
    breaking = Breaking(Breaks(nan=True), known=True, hits=(Hit(at, "nan", 1.0),))
    stepper.render(STATE, replace(STATE, breaking=breaking))
    marked = line.grab().toImage().pixelColor(x, 1)
    assert plain != marked == DARK.color("bad")


def test_what_goes_wrong_going_back_is_marked_from_below(
    bar: tuple[Stepper, list[object]], qtbot: QtBot
) -> None:
    stepper, said = bar
    assert STATE.recording is not None
    line, count = stepper.timeline, len(STATE.recording.events)
    at = count // 2
    x = round((at + 0.5) / count * line.width())
    hit = Hit(at, "nan", 1.0, "made")
    wanted = Breaks(nan=True)
    stepper.render(None, replace(STATE, breaking=Breaking(wanted, known=True, hits=(hit,))))
    image = line.grab().toImage()
    assert image.pixelColor(x, line.height() - 1) == DARK.color("bad")
    assert image.pixelColor(x, 1) != DARK.color("bad")
    stepper.open_breaks()
    box = stepper.breaks.backward
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    assert said[-1] == intents.SetBreaks(Breaks(nan=True, backward=True))
    stepper.breaks.hide()
