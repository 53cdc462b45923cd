"""What is in view at first and after a fit: all that is drawn and written, and nothing of it under
what lies over the map."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect, QRectF
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from explorer.core.graph import Recording
from explorer.gui.map.canvas import Canvas
from explorer.gui.map.minimap import Minimap
from explorer.gui.theme import THEMES
from explorer.session.state import AppState
from tests import recordings
from tests.gui.test_canvas import state

SIZES = [(900, 700), (617, 667), (420, 520), (1500, 500)]


@pytest.fixture(params=["dark", "light"])
def canvas(qtbot: QtBot, request: pytest.FixtureRequest) -> Canvas:
    made = Canvas(THEMES[request.param])
    qtbot.addWidget(made)
    made.show()
    return made


def begin(canvas: Canvas, recording: Recording, size: tuple[int, int], opened: bool) -> AppState:
    canvas.resize(*size)
    calls = tuple(range(len(recording.calls))) if opened else (0,)
    now = replace(state(recording, 0, calls), tab="architecture")
    canvas.render(None, now)
    canvas.planner.finish()
    return now


def show(canvas: Canvas, before: AppState, **changes: object) -> AppState:
    new = replace(before, **changes)  # type: ignore[arg-type]
    canvas.render(before, new)
    return new


def side_by_side(count: int, name: str) -> Recording:
    """A row of layers with long names, read by an op each."""
    b = recordings.Builder("Wide")
    x = b.input("x", B=1, C=4)
    return b.finish([b.activation("act", b.linear(f"{name}{n}", x, 4)) for n in range(count)])


def in_a_row(count: int, name: str, rows: int = 1) -> Recording:
    b = recordings.Builder("Long")
    x = b.input("x", B=1, C=4)
    ends = []
    for row in range(rows):
        y = x
        for n in range(count):
            y = b.linear(f"{name}{'abc'[row]}{n}", y, 4 + n % 2)  # equal ones would fold
        ends.append(y)
    return b.finish(ends)


def written(canvas: Canvas) -> dict[str, QRectF]:
    """All that is written beside nodes and wires outside of boxes, where it is on the widget."""
    painting, camera = canvas.outlook.painting, canvas.outlook.camera
    assert painting is not None
    origin = QRectF(QRectF(canvas.rect())).topLeft() - camera.origin
    names, then = canvas.layers.names.placed(painting.scene, camera)
    found: dict[str, QRectF] = {}
    if camera.zoom < 0.34:
        assert then == camera.zoom
        found |= {name.text: name.place.translated(origin) for name in names}
    if painting.drawing.labelled(camera.zoom):
        for wire in painting.scene.root.wires:
            for text, place in painting.drawing.labels(wire, camera.zoom):
                found[f"{text} {wire.value}"] = camera.to_widget(place)
    return found


def plain(canvas: Canvas, card: QRect) -> bool:
    """Whether nothing but the dotted ground is drawn in a place of the map."""
    image = canvas.grab(card).toImage()
    theme = canvas.theme
    ground, dot = theme.color("background"), theme.color("line")
    most = abs(ground.lightness() - dot.lightness()) + 3
    return all(
        abs(image.pixelColor(x, y).lightness() - ground.lightness()) <= most
        and image.pixelColor(x, y).hslSaturation() <= max(ground.hslSaturation(), 60)
        for x in range(0, image.width(), 2) for y in range(image.height())
    )  # fmt: skip


def uncovered(canvas: Canvas, *cards: QWidget) -> bool:
    """Whether nothing of the graph lies under these."""
    areas = [card.geometry() for card in cards if not card.isHidden()]
    assert areas
    hidden = [card for card in cards if not card.isHidden()]
    for card in hidden:
        card.setVisible(False)
    seen = all(plain(canvas, area) for area in areas)
    for card in hidden:
        card.setVisible(True)
    return seen


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "recording",
    [
        side_by_side(14, "a_projection_with_a_long_name_"),
        side_by_side(7, "a_projection_"),
        in_a_row(25, "another_projection_with_a_long_name_"),
        recordings.recurrent(12),
        recordings.recurrent(2, 1),
        recordings.gpt(layers=2),
        recordings.mlp((2, 4, 2)),
    ],
    ids=["wide", "less wide", "long", "steps", "few steps", "gpt", "mlp"],
)
def test_what_is_written_outside_of_boxes_is_in_view_too(
    canvas: Canvas, size: tuple[int, int], recording: Recording
) -> None:
    begin(canvas, recording, size, opened=False)
    canvas.outlook.fit()
    seen = QRectF(canvas.rect())
    for text, place in written(canvas).items():
        assert seen.contains(place), text
    for box in canvas.boxes():
        assert seen.contains(canvas.box_rect(box))


def test_names_are_written_outside_of_boxes_and_make_the_graph_smaller(canvas: Canvas) -> None:
    begin(canvas, in_a_row(25, "projection_"), (420, 520), opened=False)
    canvas.outlook.fit()
    assert any("projection" in text for text in written(canvas))
    wide = begin(canvas, side_by_side(7, "a_name_"), (420, 520), opened=False)
    canvas.outlook.fit()
    painting, camera = canvas.outlook.painting, canvas.outlook.camera
    assert painting is not None
    assert wide.recording is painting.recording
    places = list(written(canvas).values())
    assert max(place.right() for place in places) > painting.scene.width * camera.zoom
    margin = canvas.width() - max(place.right() for place in places)
    assert 20 < margin < 60  # and no smaller than it must be


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("overlay", ["family", "time", "dtype"])
@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize(
    "recording",
    [side_by_side(14, "projection_"), recordings.gpt(layers=2), recordings.recurrent(12)],
    ids=["wide", "gpt", "steps"],
)
def test_nothing_lies_under_the_legend_after_a_fit(
    canvas: Canvas, size: tuple[int, int], overlay: str, opened: bool, recording: Recording
) -> None:
    now = begin(canvas, recording, size, opened)
    show(canvas, now, overlay=overlay)
    canvas.outlook.fit()
    overview = canvas.findChild(Minimap)
    assert overview is not None
    assert overview.isHidden()
    assert uncovered(canvas, canvas.colouring.legend)
    assert all(QRectF(canvas.rect()).contains(canvas.box_rect(box)) for box in canvas.boxes())


@pytest.mark.parametrize("size", [(900, 700), (640, 667), (900, 400)])
@pytest.mark.parametrize("overlay", ["family", "time"])
@pytest.mark.parametrize(("count", "rows"), [(6, 1), (6, 2), (30, 2), (30, 1)])
def test_nothing_lies_under_legend_and_overview_in_the_first_view(
    canvas: Canvas, size: tuple[int, int], overlay: str, count: int, rows: int
) -> None:
    """Whether or not it can be read whole: it is narrow enough to be beside both."""
    now = begin(canvas, in_a_row(count, "fc", rows), size, opened=False)
    overview = canvas.findChild(Minimap)
    assert overview is not None
    assert uncovered(canvas, canvas.colouring.legend, overview)
    show(canvas, now, overlay=overlay)
    assert canvas.outlook.view == "first"
    assert uncovered(canvas, canvas.colouring.legend, overview)
    assert overview.isHidden() == (count == 6 and size[1] > 400)
    assert QRectF(canvas.rect()).contains(canvas.box_rect(canvas.boxes()[0]))


def test_a_first_view_that_is_too_wide_begins_as_ever(canvas: Canvas) -> None:
    """What it lies under shines through, or is moved away."""
    begin(canvas, side_by_side(14, "projection_"), (640, 600), opened=False)
    camera = canvas.outlook.camera
    assert camera.zoom == pytest.approx(0.78)
    current = canvas.outlook.current
    assert current is not None
    assert QRectF(canvas.rect()).contains(canvas.box_rect(current.box))


def test_a_small_map_shows_its_graph_rather_than_the_ground_beside_the_legend(
    canvas: Canvas,
) -> None:
    now = begin(canvas, recordings.gpt(layers=2), (250, 210), opened=False)
    canvas.outlook.fit()
    before = canvas.outlook.camera.zoom
    show(canvas, now, overlay="time")
    assert canvas.outlook.camera.zoom > 0.2 * before
    assert canvas.rect().contains(canvas.box_rect(canvas.boxes()[-1]).toRect())


def test_somebodys_own_view_stays_where_the_legend_grows(canvas: Canvas) -> None:
    now = begin(canvas, recordings.gpt(layers=2), (640, 600), opened=False)
    canvas.outlook.pan(QPoint(40, 30).toPointF())
    place = canvas.outlook.place
    show(canvas, now, overlay="time")
    assert canvas.outlook.place == pytest.approx(place)


def all_in_view(canvas: Canvas) -> bool:
    """Whether every box is on the canvas, below what lies over its head."""
    head = max(area.bottom() + 1 for area in canvas.bars.areas())
    free = QRectF(canvas.rect()).adjusted(0, head, 0, 0)
    return all(free.contains(canvas.box_rect(box)) for box in canvas.boxes())


def test_what_was_in_view_whole_is_so_when_a_bar_takes_room(canvas: Canvas) -> None:
    begin(canvas, in_a_row(6, "fc"), (617, 700), opened=False)
    for most in range(700, 300, -5):  # as high as it must be for a first view of all
        canvas.resize(617, most)
        if canvas.outlook.camera.zoom < 0.76:
            break
    assert all_in_view(canvas)
    canvas.resize(617, most - 40)
    assert canvas.outlook.view == "first"
    assert all_in_view(canvas)


def test_a_view_of_somebodys_own_that_has_all_of_the_graph_keeps_all_of_it(
    canvas: Canvas,
) -> None:
    begin(canvas, in_a_row(6, "fc"), (617, 700), opened=False)
    canvas.outlook.zoom_by(0.95)
    assert canvas.outlook.view == "own"
    zoom = canvas.outlook.camera.zoom
    canvas.resize(617, 690)
    assert canvas.outlook.camera.zoom == zoom  # there is room
    canvas.resize(617, 560)
    assert canvas.outlook.camera.zoom < zoom
    assert all_in_view(canvas)
    canvas.outlook.zoom_by(2.0)
    zoom = canvas.outlook.camera.zoom
    canvas.resize(617, 500)
    assert canvas.outlook.camera.zoom == zoom
