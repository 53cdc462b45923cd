"""The time of loops on the map, as it is read from any zoom."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from explorer.core.graph import Recording
from explorer.gui.map.canvas import Canvas
from explorer.gui.map.hint import hint
from explorer.gui.map.times import Time, Times
from explorer.gui.theme import THEMES
from explorer.picture.scene import Axis
from tests import recordings
from tests.gui.test_canvas import state
from tests.picture.test_unrolling import opened_rnn

LEGIBLE = 9.0  # pixels of a letter's line


@pytest.fixture(params=["dark", "light"])
def canvas(qtbot: QtBot, request: pytest.FixtureRequest) -> Canvas:
    made = Canvas(THEMES[request.param])
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    return made


def show(canvas: Canvas, recording: Recording) -> Axis:
    """Show all of a recording with one loop."""
    canvas.render(None, state(recording, len(recording.events) - 1))
    canvas.planner.finish()
    canvas.outlook.fit()
    assert canvas.outlook.painting is not None
    (axis,) = canvas.outlook.painting.scene.root.axes
    return axis


def written(canvas: Canvas) -> list[Time]:
    """The times over the map, in pixels of the widget."""
    camera, painting = canvas.outlook.camera, canvas.outlook.painting
    assert painting is not None
    by = -camera.corner * camera.zoom
    times = Times(canvas.theme, 1.0).placed(
        painting.scene, camera.view, camera.zoom, camera.head
    )  # fmt: skip
    return [time._replace(place=time.place.translated(by)) for time in times]


def number(time: Time) -> int:
    return int(time.text.removeprefix("t = "))


def inked(picture: QImage, where: QRectF, color: QColor) -> bool:
    """Whether something in about a colour is painted there."""
    area = where.toAlignedRect()
    return any(
        abs(picture.pixelColor(x, y).lightness() - color.lightness()) < 40
        for x in range(area.left(), area.right())
        for y in range(area.top(), area.bottom())
    )


@pytest.mark.parametrize("steps", [6, 40, 300])
def test_a_loop_that_fits_into_view_has_an_axis_that_can_be_read(
    canvas: Canvas, steps: int
) -> None:
    axis = show(canvas, recordings.recurrent(steps=steps, layers=2))
    assert [time for _, time in axis.marks] == list(range(steps))
    zoom = canvas.outlook.camera.zoom
    if zoom >= 0.63:  # each step says it itself
        assert steps == 6
        assert not written(canvas)
        return
    times = written(canvas)
    numbers = [number(time) for time in times]
    assert (numbers[0], numbers[-1]) == (0, steps - 1)  # time ends with the last step
    every = {b - a for a, b in pairwise(numbers[:-1])}
    assert len(every) == 1
    assert every.pop() in (1, 2, 5, 10, 20, 50, 100)
    for one, other in pairwise(times):
        assert one.place.right() + 4 < other.place.left()
    picture = canvas.grab().toImage()
    text = canvas.theme.color("text")
    for time in times:
        assert time.place.height() >= LEGIBLE
        assert QRectF(canvas.rect()).contains(time.place)
        assert inked(picture, time.place, text)


def test_each_time_stands_above_its_step_at_every_zoom(canvas: Canvas) -> None:
    axis = show(canvas, recordings.recurrent(steps=60, layers=1))
    marks = {time: x for x, time in axis.marks}
    camera, before = canvas.outlook.camera, 0
    for zoom in (0.04, 0.08, 0.2, 0.4, 0.6):
        canvas.outlook.camera.set_zoom(zoom)
        canvas.outlook.centre(QPointF(marks[20], axis.top))
        times = written(canvas)
        assert times
        for time in times:
            x = (marks[number(time)] - camera.corner.x()) * zoom
            assert 0 < time.place.left() - x < 8
            assert time.place.bottom() <= (axis.top - camera.corner.y()) * zoom
        dense = [b - a for a, b in pairwise(map(number, times))]
        assert not before or min(dense) <= before  # the nearer, the more times
        before = min(dense)


def test_where_steps_say_their_time_nothing_is_written_over_them(canvas: Canvas) -> None:
    axis = show(canvas, recordings.recurrent(steps=60, layers=1))
    for zoom in (0.64, 1.0, 2.0):
        canvas.outlook.camera.set_zoom(zoom)
        canvas.outlook.centre(QPointF(axis.marks[30][0], axis.top))
        assert not written(canvas)


def test_the_time_stays_in_view_where_a_loop_reaches_beyond_it(canvas: Canvas) -> None:
    axis = show(canvas, recordings.recurrent(steps=20, layers=12))
    canvas.outlook.camera.set_zoom(1.0)
    canvas.outlook.centre(QPointF(axis.marks[8][0], axis.bottom))
    times = written(canvas)
    assert [number(time) for time in times]
    assert all(canvas.outlook.camera.head <= time.place.top() < 40 for time in times)
    canvas.outlook.centre(QPointF(axis.marks[8][0], axis.bottom + 900.0))
    assert not written(canvas)


def test_time_that_runs_backwards_is_told_so(canvas: Canvas) -> None:
    axis = show(canvas, recordings.recurrent(steps=60, layers=1, backwards=True))
    for zoom, middle in ((0.1, 30), (0.3, 30), (0.3, 58), (0.5, 1)):
        canvas.outlook.camera.set_zoom(zoom)
        canvas.outlook.centre(QPointF(axis.marks[middle][0], axis.top))
        times = written(canvas)
        told = [time for time in times if not time.text.isdigit()]
        assert len(told) == 1
        found = re.fullmatch(r"t = (\d+) ← backwards", told[0].text)
        assert found is not None
        numbers = [int(found[1]) if time in told else number(time) for time in times]
        assert numbers == sorted(numbers)
        for one, other in pairwise(times):
            assert one.place.right() + 4 < other.place.left()
        assert inked(canvas.grab().toImage(), told[0].place, canvas.theme.color("text"))
    canvas.outlook.camera.set_zoom(1.0)
    canvas.outlook.centre(QPointF(axis.marks[3][0], axis.top))
    assert not written(canvas)  # every step has an arrow: "t = 3 ←"


def test_what_the_numbers_are_is_never_out_of_view(canvas: Canvas) -> None:
    axis = show(canvas, recordings.recurrent(steps=60, layers=1))
    canvas.outlook.camera.set_zoom(0.3)
    for shift in range(0, 200, 20):
        canvas.outlook.centre(QPointF(axis.marks[30][0] + shift, axis.top))
        (told,) = (time for time in written(canvas) if time.text.startswith("t = "))
        assert QRectF(canvas.rect()).contains(told.place)


def test_states_are_named_beside_the_wires_between_steps(canvas: Canvas) -> None:
    show(canvas, recordings.recurrent(steps=4, layers=2))
    canvas.outlook.camera.set_zoom(1.0)
    camera, painting = canvas.outlook.camera, canvas.outlook.painting
    assert painting is not None
    room = painting.scene.root
    names = [name for wire in room.wires for name in wire.names if name.text == "h"]
    assert len(names) == 6
    for name in names:
        canvas.outlook.centre(QPointF(name.x, name.y))
        where = QRectF((QPointF(name.x, name.y) - camera.corner), QSizeF(7, 14))
        assert inked(canvas.grab().toImage(), where, canvas.theme.color("dim"))
        aside = where.translated(0, -24)  # nothing is written there
        assert not inked(canvas.grab().toImage(), aside, canvas.theme.color("dim"))


def test_a_loop_in_little_room_says_its_times_in_one(canvas: Canvas) -> None:
    axis = show(canvas, recordings.recurrent(steps=6, layers=1))
    canvas.outlook.camera.set_zoom(0.03)
    canvas.outlook.centre(QPointF(axis.marks[3][0], axis.top))
    assert [time.text for time in written(canvas)] == ["t = 0 … 5"]


def test_opened_steps_have_an_axis_when_their_titles_cannot_be_read(canvas: Canvas) -> None:
    axis = show(canvas, opened_rnn(12))
    assert axis.titled
    for zoom, there in ((0.5, False), (0.2, True)):
        canvas.outlook.camera.set_zoom(zoom)
        canvas.outlook.centre(QPointF(axis.marks[6][0], axis.top))
        assert bool(written(canvas)) == there


def test_a_step_that_the_axis_tells_is_not_named_once_more(canvas: Canvas) -> None:
    recording = opened_rnn(3)
    every = tuple(range(len(recording.calls)))
    canvas.render(None, state(recording, len(recording.events) - 1, every))
    canvas.planner.finish()
    canvas.outlook.camera.set_zoom(0.25)
    canvas.outlook.centre(QPointF(0, 0))
    assert [time.text for time in written(canvas)] == ["t = 0", "1", "2"]
    painting = canvas.outlook.painting
    assert painting is not None
    names, _ = canvas.layers.names.placed(painting.scene, canvas.outlook.camera)
    assert not any(name.text.startswith("t = ") for name in names)


def test_steps_that_are_folded_have_no_axis(canvas: Canvas) -> None:
    canvas.render(None, state(opened_rnn(100)))
    canvas.planner.finish()
    assert canvas.outlook.painting is not None
    assert not canvas.outlook.painting.scene.root.axes


def test_a_model_without_loops_has_no_axis(canvas: Canvas) -> None:
    canvas.render(None, state(recordings.gpt()))
    canvas.planner.finish()
    canvas.outlook.fit()
    assert not written(canvas)


def test_names_keep_clear_of_the_times(canvas: Canvas) -> None:
    show(canvas, recordings.recurrent(steps=40, layers=3))
    camera, painting = canvas.outlook.camera, canvas.outlook.painting
    assert painting is not None
    names, _ = canvas.layers.names.placed(painting.scene, camera)
    by = -camera.corner * camera.zoom
    times = [time.place for time in written(canvas)]
    assert times
    assert not any(
        name.place.translated(by).intersects(time) for name in names for time in times
    )  # fmt: skip


def test_what_a_first_state_is_stands_in_the_hint(canvas: Canvas) -> None:
    b = recordings.Builder("Model")
    x = b.input("x", B=2, T=3, C=4)
    state_given = b.input("hidden", L=1, B=2, H=4)
    with b.module("gru", "GRU"):
        given = [x, state_given, b.parameter("weight", _o=4, _i=4)]
        made = b.ops("gru", given, [{"B": 2, "T": 3, "C": 4}, {"L": 1, "B": 2, "H": 4}])
    recording = b.finish(made)
    canvas.render(None, state(recording))
    source = next(box for box in canvas.boxes() if box.title == "hidden = h₀")
    told = hint(recording, source).split("\n")
    assert told[0] == "hidden"
    assert told[-1] == "h₀, the hidden state before the first step"
