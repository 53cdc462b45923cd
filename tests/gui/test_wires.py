"""Wires under the mouse, and the names of modules seen from far away."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from explorer.core.graph import Recording
from explorer.gui.map.canvas import Canvas
from explorer.gui.map.drawing import FAR
from explorer.gui.map.names import Name
from explorer.gui.theme import THEMES
from explorer.picture.scene import Wire
from explorer.session import intents
from explorer.session.state import AppState
from tests import recordings
from tests.gui.mouse import hover


@pytest.fixture
def gpt() -> Recording:
    return recordings.gpt()


@pytest.fixture
def canvas(qtbot: QtBot, gpt: Recording) -> Canvas:
    made = Canvas(THEMES["dark"])
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    every = frozenset(range(len(gpt.calls)))
    made.render(
        None,
        AppState(
            page="model", model=recordings.info(gpt), recording=gpt, cursor=40, open=every
        ),
    )  # fmt: skip
    return made


def wire_from(canvas: Canvas, gpt: Recording, event: str) -> Wire:
    """The wire that leaves an event."""
    index = next(e.index for e in gpt.events if e.id == event)
    assert canvas.outlook.painting is not None
    return next(w for w in canvas.outlook.painting.scene.wires if w.writer == index)


def upon(canvas: Canvas, wire: Wire) -> QPoint:
    """A point on it, brought into view."""
    (ax, ay), (bx, by) = wire.points[0], wire.points[1]
    canvas.outlook.centre(QPointF((ax + bx) / 2, (ay + by) / 2))
    corner = canvas.outlook.camera.corner
    zoom = canvas.outlook.camera.zoom
    return ((QPointF((ax + bx) / 2, (ay + by) / 2) - corner) * zoom).toPoint()


def test_a_wire_under_the_mouse_is_lit_and_told(canvas: Canvas, gpt: Recording) -> None:
    canvas.outlook.place = (1.0, 0, 0)
    at = upon(canvas, wire_from(canvas, gpt, "blocks.0.attn/softmax#0"))
    before = canvas.grab().toImage()
    hover(canvas, at)
    assert canvas.layers.wires.told(gpt) == (
        "B 1 × heads 4 × T 18 × T 18",
        "float32 · 5.1 KB",
        "blocks.0.attn/softmax#0 → blocks.0.attn/matmul#1",
    )
    after = canvas.grab().toImage()
    assert after.pixelColor(at) != before.pixelColor(at)
    assert after.pixelColor(at) == QColor(THEMES["dark"].accent)
    assert canvas.cursor().shape() == Qt.CursorShape.PointingHandCursor
    hover(canvas, at + QPoint(300, 40))
    assert canvas.layers.wires.told(gpt) == ()
    assert canvas.grab().toImage().pixelColor(at) == before.pixelColor(at)


def test_a_value_that_many_read_says_so(canvas: Canvas, gpt: Recording) -> None:
    canvas.outlook.place = (1.0, 0, 0)
    hover(canvas, upon(canvas, wire_from(canvas, gpt, "blocks.0/add#0")))
    assert canvas.layers.wires.told(gpt)[2].endswith("blocks.0.ln2/layer_norm#0 and 1 more")


def test_the_last_wire_leads_to_the_output(canvas: Canvas, gpt: Recording) -> None:
    canvas.outlook.place = (1.0, 0, 0)
    hover(canvas, upon(canvas, wire_from(canvas, gpt, "lm_head/linear#0")))
    assert canvas.layers.wires.told(gpt)[2] == "lm_head/linear#0 → output"


def test_a_click_on_a_wire_picks_its_value(canvas: Canvas, gpt: Recording) -> None:
    canvas.outlook.place = (1.0, 0, 0)
    wire = wire_from(canvas, gpt, "blocks.0.attn/softmax#0")
    said: list[object] = []
    canvas.intent.connect(said.append)
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=upon(canvas, wire))
    assert said == [intents.SelectValue(wire.value, wire.writer + 1)]


def test_a_click_beside_all_wires_does_nothing(canvas: Canvas, gpt: Recording) -> None:
    canvas.outlook.place = (1.0, 0, 0)
    at = upon(canvas, wire_from(canvas, gpt, "blocks.0.attn/softmax#0"))
    said: list[object] = []
    canvas.intent.connect(said.append)
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=at + QPoint(-12, 0))
    assert said == []


def test_wires_that_are_too_far_are_left_alone(canvas: Canvas, gpt: Recording) -> None:
    canvas.outlook.place = (0.2, 0, 0)
    hover(canvas, upon(canvas, wire_from(canvas, gpt, "blocks.0.attn/softmax#0")))
    assert not canvas.layers.wires.lit


def names(canvas: Canvas, zoom: float) -> list[Name]:
    """What is written on the map at a zoom."""
    assert canvas.outlook.painting is not None
    scene = canvas.outlook.painting.scene
    canvas.outlook.place = (zoom, scene.width / 2, scene.height / 2)
    canvas.grab()
    return canvas.layers.names.placed(scene, canvas.outlook.camera)[0] if zoom < FAR else []


@pytest.mark.parametrize("zoom", [0.03, 0.06, 0.1, 0.2, 0.29, 0.33])
def test_names_are_in_nobodys_way(canvas: Canvas, zoom: float) -> None:
    found = names(canvas, zoom)
    places = [name.place for name in found]
    for n, place in enumerate(places):
        assert not any(place.intersects(other) for other in places[:n])
        assert place.height() >= 8.0
    nodes = [box for box in canvas.boxes() if box.kind not in ("open", "circle")]
    for name in found:
        if name.upon:
            continue
        for box in nodes:
            where = canvas.box_rect(box).translated(QPointF(canvas.outlook.camera.origin))
            if where.height() >= 6.0:  # else its box is not looked into
                assert not name.place.adjusted(2, 2, -2, -2).intersects(where), (name, box)


def test_the_largest_modules_are_named(canvas: Canvas) -> None:
    blocks = {f"blocks.{n}" for n in range(4)}
    for zoom in (0.05, 0.08):
        assert blocks <= {name.text for name in names(canvas, zoom)}
    assert "mlp" in {name.text for name in names(canvas, 0.2)}
    texts = [name.text for name in names(canvas, 0.29)]
    assert "softmax" in texts
    assert "matmul" in texts


def test_closed_modules_are_named_too(canvas: Canvas, gpt: Recording) -> None:
    state = AppState(page="model", model=recordings.info(gpt), recording=gpt, cursor=0)
    canvas.render(None, state)
    texts = [name.text for name in names(canvas, 0.2)]
    assert [f"blocks.{n}" for n in range(4)] == [t for t in texts if t.startswith("blocks")]


def own_name(canvas: Canvas, placed: list[Name]) -> Name | None:
    current = canvas.outlook.current
    assert current is not None
    return canvas.layers.names.of_current(current.box, canvas.outlook.camera, placed)


def test_the_node_under_the_cursor_has_its_name_from_any_distance(
    canvas: Canvas, gpt: Recording
) -> None:
    current = canvas.outlook.current
    assert current is not None
    x, y = current.box.x, current.box.y
    for zoom in (0.03, 0.05, 0.1, 0.2, 0.3, 0.33):
        placed = names(canvas, zoom)
        canvas.outlook.place = (zoom, x, y)
        own = own_name(canvas, placed)
        known = (current.box.title, current.box.first) in {(n.text, n.first) for n in placed}
        assert known != (own is not None), zoom
        if own is not None:
            assert own.text == current.box.title
            assert not own.place.intersects(canvas.box_rect(current.box))
            assert QRectF(canvas.rect()).contains(own.place)
    assert own_name(canvas, []) is not None
    canvas.outlook.place = (0.3, x, y + 5000)
    assert own_name(canvas, []) is None, "it is out of view"


def test_other_names_give_way_to_that_of_the_cursor(
    canvas: Canvas, monkeypatch: pytest.MonkeyPatch
) -> None:
    placed = names(canvas, 0.05)
    own = own_name(canvas, placed)
    assert own is not None
    upon = own.place.translated(QPointF(canvas.outlook.camera.origin))
    other = Name("other", upon, "dim", False, False, 0)
    zoom = canvas.outlook.camera.zoom
    monkeypatch.setattr(canvas.layers.names, "placed", lambda *_: ([], zoom))
    alone = canvas.grab().toImage()
    monkeypatch.setattr(canvas.layers.names, "placed", lambda *_: ([other], zoom))
    assert canvas.grab().toImage() == alone


def test_names_go_along_while_the_map_moves(canvas: Canvas, qtbot: QtBot) -> None:
    canvas.layers.names.pace = 20
    before = names(canvas, 0.1)
    with qtbot.waitSignal(canvas.layers.names.wanting, timeout=2000):
        canvas.outlook.zoom_by(1.2)
        canvas.repaint()
        scene = canvas.outlook.painting.scene  # type: ignore[union-attr]
        assert canvas.layers.names.placed(scene, canvas.outlook.camera)[0] is before
    assert canvas.layers.names.placed(scene, canvas.outlook.camera)[1] == canvas.outlook.camera.zoom
