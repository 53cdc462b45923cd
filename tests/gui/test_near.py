"""The map from near: live pictures in nodes, and text that can be read or is not there."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec import structs
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from explorer.core import messages as m
from explorer.core.graph import Recording
from explorer.core.values import Reading
from explorer.gui.map.canvas import Canvas
from explorer.gui.map.drawing import READABLE, Drawing
from explorer.gui.map.glimpses import REST, picture
from explorer.gui.map.near import Frame, Near
from explorer.gui.theme import THEMES
from explorer.picture.near import Glimpse, glimpse, value_of
from explorer.picture.scene import Box
from explorer.session import intents
from explorer.session.session import Session
from explorer.session.state import AppState, Engine
from tests import recordings


class Talk:
    """A canvas in a session, and an engine that answers when it is told to.

    ``numbers`` are what it holds, by value; ``asked`` the questions without an answer.
    """

    def __init__(self, canvas: Canvas, recording: Recording) -> None:
        self.asked: list[m.LookAt] = []
        self.count = 0
        self.numbers: dict[int, np.ndarray] = {}
        state = AppState(
            page="model",
            tab="architecture",
            engine=Engine(status="ready"),
            model=recordings.info(recording),
            recording=recording,
            open=frozenset(range(len(recording.calls))),
        )
        self.session = Session(state, self._send, lambda: None)
        self.session.listen(canvas.render)
        canvas.intent.connect(self.session.take)

    def _send(self, request: m.Request) -> None:
        assert isinstance(request, m.LookAt)
        assert request.kept
        self.asked.append(request)
        self.count += 1

    def answer(self) -> None:
        """Answer what was asked so far."""
        asked, self.asked = self.asked, []
        for request in asked:
            value = request.view.value
            if value not in self.numbers:
                self.session.take(
                    m.Failed(ticket=request.ticket, kind="let go", text="", remedy="", values={})
                )
                continue
            reading = Reading(request.view, self.numbers[value], (1,) * len(request.view.keep))
            self.session.take(m.Looked(ticket=request.ticket, pane=request.pane, reading=reading))


@pytest.fixture
def canvas(qtbot: QtBot) -> Canvas:
    made = Canvas(THEMES["dark"])
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    return made


@pytest.fixture
def talk(canvas: Canvas) -> Talk:
    return Talk(canvas, recordings.gpt())


def box(canvas: Canvas, title: str) -> Box:
    return next(box for box in canvas.boxes() if box.title == title)


def go(canvas: Canvas, title: str, zoom: float) -> None:
    """Look at a node."""
    where = box(canvas, title)
    middle = QPointF(where.x + where.width / 2, where.y + where.height / 2)
    canvas.outlook.place = (zoom, middle.x(), middle.y())


def shown_of(canvas: Canvas, title: str) -> tuple[int, Glimpse]:
    recording = canvas._state.recording  # type: ignore[union-attr]
    assert recording is not None
    value = value_of(recording, box(canvas, title))
    assert value is not None
    found = glimpse(recording, value)
    assert found is not None
    return value, found


def framed(canvas: Canvas, title: str) -> tuple[Near, Box, Frame]:
    """A node and its picture's place, both from the corner of the scene."""
    painting = canvas.outlook.painting
    assert painting is not None
    assert painting.near is not None
    spot = painting.scene.node_of(box(canvas, title).last)
    assert spot is not None
    frame = painting.near.frame(spot.placed.room.boxes[spot.at])
    assert frame is not None
    return painting.near, spot.box, frame.moved(spot.placed)


def place_of(canvas: Canvas, title: str) -> QRectF:
    """Where the picture of a node is on the widget."""
    return canvas.outlook.camera.to_widget(framed(canvas, title)[2].place)


def test_nothing_is_asked_for_from_far(canvas: Canvas, talk: Talk, qtbot: QtBot) -> None:
    for zoom in (0.1, 0.6, 1.5):
        go(canvas, "softmax", zoom)
        qtbot.wait(2 * REST)
        assert talk.count == 0


def test_it_is_asked_when_the_view_rests_a_few_at_a_time(
    canvas: Canvas, talk: Talk, qtbot: QtBot
) -> None:
    for _ in range(6):  # a drag
        go(canvas, "softmax", 1.7)
        assert canvas.layers.glimpses._rest.remainingTime() > REST / 2  # it begins anew
        assert talk.count == 0
    qtbot.waitUntil(lambda: talk.count > 0, timeout=10 * REST)
    value, _ = shown_of(canvas, "softmax")
    assert value in [request.view.value for request in talk.asked]  # it is in the middle
    qtbot.wait(2 * REST)
    assert len(talk.asked) == 4
    assert len({request.tag for request in talk.asked}) == 4
    talk.answer()
    qtbot.waitUntil(lambda: len(talk.asked) > 0, timeout=10 * REST)


def test_what_is_refused_has_no_picture_and_is_not_asked_again(
    canvas: Canvas, talk: Talk, qtbot: QtBot
) -> None:
    go(canvas, "softmax", 1.7)

    def all_answered() -> bool:
        talk.answer()
        return talk.count > 0 and canvas.layers.glimpses.settled

    qtbot.waitUntil(all_answered, timeout=40 * REST)
    before = talk.count
    assert talk.session.state.banner is None
    go(canvas, "softmax", 1.9)
    qtbot.wait(2 * REST)
    talk.answer()
    assert talk.count <= before + 2  # but for what came into view


def test_the_picture_is_the_pattern_of_the_value(canvas: Canvas, talk: Talk, qtbot: QtBot) -> None:
    go(canvas, "fc1", 3.0)
    value, found = shown_of(canvas, "fc1")
    _, rows, columns = found.tiles
    pattern = np.zeros((rows, columns), np.float32)
    pattern[: rows // 2, : columns // 2] = 1.0
    pattern[rows // 2 :, columns // 2 :] = -1.0
    talk.numbers[value] = pattern

    def settled() -> bool:
        talk.answer()
        return talk.count > 0 and canvas.layers.glimpses.settled

    empty = canvas.grab().toImage()
    qtbot.waitUntil(settled, timeout=40 * REST)
    drawn = canvas.grab().toImage()
    place = place_of(canvas, "fc1")

    def at(image: QImage, x: float, y: float) -> QColor:
        return image.pixelColor(
            round(place.left() + x * place.width()), round(place.top() + y * place.height())
        )

    high, low = at(drawn, 0.25, 0.25), at(drawn, 0.75, 0.75)
    assert high.red() > high.blue() + 60
    assert low.blue() > low.red() + 60
    assert at(drawn, 0.25, 0.75) == at(drawn, 0.75, 0.25)  # zero
    for x, y in ((0.25, 0.25), (0.75, 0.75)):
        assert at(empty, x, y) not in (high, low)


def test_another_pass_is_asked_for_anew(canvas: Canvas, talk: Talk, qtbot: QtBot) -> None:
    go(canvas, "fc1", 3.0)
    value, found = shown_of(canvas, "fc1")
    talk.numbers[value] = np.ones(found.tiles[1:], np.float32)

    def settled() -> bool:
        talk.answer()
        return talk.count > 0 and canvas.layers.glimpses.settled

    qtbot.waitUntil(settled, timeout=40 * REST)
    recording = talk.session.state.recording
    assert recording is not None
    talk.count = 0
    old = canvas.grab().toImage()
    talk.session.take(m.Recorded(recording=structs.replace(recording, tape=2)))
    assert canvas.grab().toImage() == old  # the old picture stays so long
    talk.numbers[value] = -np.ones(found.tiles[1:], np.float32)
    qtbot.waitUntil(settled, timeout=40 * REST)
    place = place_of(canvas, "fc1").center().toPoint()
    new = canvas.grab().toImage().pixelColor(place)
    assert new != old.pixelColor(place)


def test_pictures_come_from_the_tape_of_now_only(canvas: Canvas, talk: Talk, qtbot: QtBot) -> None:
    go(canvas, "fc1", 3.0)
    qtbot.waitUntil(lambda: len(talk.asked) > 0, timeout=10 * REST)
    value, found = shown_of(canvas, "fc1")
    talk.numbers[value] = np.ones(found.tiles[1:], np.float32)
    recording = talk.session.state.recording
    assert recording is not None
    empty = canvas.grab().toImage()
    talk.session.take(m.Recorded(recording=structs.replace(recording, tape=2)))
    late = canvas.layers.glimpses
    talk.answer()  # about the first pass
    assert canvas.grab().toImage() == empty
    assert not late.settled


def test_a_map_in_another_theme_has_the_same_pictures(
    canvas: Canvas, talk: Talk, qtbot: QtBot
) -> None:
    go(canvas, "fc1", 3.0)
    _, found = shown_of(canvas, "fc1")
    for frame in canvas.layers.glimpses._frames():
        one = frame.glimpse
        talk.numbers[one.view.value] = np.ones(one.tiles, np.float32)

    def all_answered() -> bool:
        talk.answer()
        return talk.count > 0 and canvas.layers.glimpses.settled

    qtbot.waitUntil(all_answered, timeout=40 * REST)
    talk.session.unlisten(canvas.render)
    other = Canvas(THEMES["light"])
    qtbot.addWidget(other)
    other.resize(900, 700)
    other.show()
    other.intent.connect(talk.session.take)
    talk.session.listen(other.render)
    go(other, "fc1", 3.0)

    def settled() -> bool:
        talk.answer()
        return other.layers.glimpses.settled

    qtbot.waitUntil(settled, timeout=40 * REST)
    assert found.view in other.layers.glimpses._shown


def test_numbers_that_are_none_glare() -> None:
    recording = recordings.gpt()
    theme = THEMES["light"]
    value = next(i for i, v in enumerate(recording.values) if v.name == "blocks.0.ln1/layer_norm#0")
    found = glimpse(recording, value)
    assert found is not None
    data = np.zeros(found.tiles[1:], np.float32)
    data[3, 5] = np.nan
    image = picture(found, Reading(found.view, data, (1, 2)), 1, theme)
    assert image.pixelColor(5, 3) == theme.color("nan")
    assert image.pixelColor(6, 3) != theme.color("nan")


def test_bars_stand_on_zero() -> None:
    recording = recordings.mlp()
    theme = THEMES["dark"]
    value = recording.events[0].outputs[0]
    found = glimpse(recording, value)
    assert found is not None
    data = np.array([1, -1, 0.5, np.nan, 0, 0, 0, 0], np.float32)
    image = picture(found, Reading(found.view, data, (1,)), 1, theme)
    top, bottom = 2, image.height() - 3
    assert image.pixelColor(1, top) == theme.color("positive")
    assert image.pixelColor(1, bottom).alpha() == 0
    assert image.pixelColor(5, bottom) == theme.color("negative")
    assert image.pixelColor(9, top).alpha() == 0
    assert image.pixelColor(13, top) == theme.color("nan")


@pytest.mark.parametrize("zoom", [0.35, 0.6, 1.0, 1.7, 2.6, 4.0])
def test_text_is_legible_or_absent(
    canvas: Canvas, talk: Talk, zoom: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[float] = []
    go(canvas, "softmax", zoom)
    text = Drawing.text

    def written(self: Drawing, painter, where, said, pixels, *rest):  # type: ignore[no-untyped-def]
        if said and pixels * painter.transform().m11() >= READABLE:
            sizes.append(pixels * painter.transform().m11())
        return text(self, painter, where, said, pixels, *rest)

    monkeypatch.setattr(Drawing, "text", written)
    canvas.grab()
    assert sizes
    assert min(sizes) >= READABLE
    if zoom >= 1.6:
        assert min(sizes) >= 10.5
        assert max(sizes) <= 32.0  # text grows more slowly than the map


def test_from_near_a_node_says_more(canvas: Canvas, talk: Talk) -> None:
    near, node, frame = framed(canvas, "fc1")
    for zoom, least in ((1.6, 3), (2.6, 4), (4.0, 6)):
        width, height = (frame.place.left() - node.x - 18) * zoom, (node.height - 7) * zoom
        lines = near._lines(node, width, height, zoom)
        assert len(lines) >= least
        assert lines[0].text == "fc1"
        assert any("y = x·Wᵀ + b" in line.text for line in lines)
        assert sum(line.pixels for line in lines) * 1.3 <= height + 2
    assert lines[-1].text == "weight 512 × 128 · bias 512"


def test_a_step_asks_for_nothing(canvas: Canvas, talk: Talk, qtbot: QtBot) -> None:
    go(canvas, "softmax", 1.7)

    def settled() -> bool:
        talk.answer()
        return talk.count > 0 and canvas.layers.glimpses.settled

    qtbot.waitUntil(settled, timeout=40 * REST)
    count, place = talk.count, canvas.outlook.place
    talk.session.take(intents.StepTo(box(canvas, "mask").last))
    qtbot.waitUntil(settled, timeout=40 * REST)
    assert canvas.outlook.place == place
    assert talk.count == count


def test_steps_in_haste_end_with_the_cursor_in_view(
    canvas: Canvas, talk: Talk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A box that is in view while the map moves on to another must not be left behind."""
    go(canvas, "softmax", 3.0)
    talk.session.take(intents.StepTo(box(canvas, "softmax").last))
    monkeypatch.setattr(canvas.outlook, "moves", lambda: True)
    talk.session.take(intents.StepTo(box(canvas, "fc1").last))
    talk.session.take(intents.StepTo(box(canvas, "softmax").last))
    qtbot.wait(300)
    where = canvas.box_rect(box(canvas, "softmax"))
    assert QRectF(canvas.rect()).contains(where)
