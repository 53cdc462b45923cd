"""The canvas and the outline, with real mouse and key events."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, QVariantAnimation
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip, QTreeView
from pytestqt.qtbot import QtBot

from explorer.core.flow import node_span, sources
from explorer.core.graph import Module, Recording
from explorer.gui.map import tiles as tiles_module
from explorer.gui.map.breadcrumb import Breadcrumb
from explorer.gui.map.canvas import Canvas
from explorer.gui.map.chip import Chip
from explorer.gui.map.hint import hint
from explorer.gui.map.minimap import Minimap
from explorer.gui.map.outlook import Outlook
from explorer.gui.map.painting import Painting
from explorer.gui.outline import Outline
from explorer.gui.theme import THEMES
from explorer.picture.scene import Box
from explorer.session import intents
from explorer.session.intents import Tab
from explorer.session.state import AppState
from explorer.session.update import update
from tests import recordings
from tests.gui.mouse import double_click, drag

LEFT = Qt.MouseButton.LeftButton


def state(recording: Recording, cursor: int = 0, opened: tuple[int, ...] = (0,)) -> AppState:
    return AppState(
        page="model",
        model=recordings.info(recording),
        recording=recording,
        cursor=cursor,
        open=frozenset(opened),
    )


def block(recording: Recording, n: int = 0) -> int:
    return [call.index for call in recording.calls if call.kind == "Block"][n]


def box(canvas: Canvas, title: str) -> Box:
    return next(box for box in canvas.boxes() if box.title == title)


def first(canvas: Canvas) -> QRectF:
    return canvas.box_rect(canvas.boxes()[0])


def middle(canvas: Canvas, title: str) -> QPoint:
    return canvas.box_rect(box(canvas, title)).center().toPoint()


@pytest.fixture
def gpt() -> Recording:
    return recordings.gpt()


@pytest.fixture
def canvas(qtbot: QtBot) -> Canvas:
    made = Canvas(THEMES["dark"])
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    return made


@pytest.fixture
def asked(canvas: Canvas) -> list[object]:
    said: list[object] = []
    canvas.intent.connect(said.append)
    return said


def test_click_on_a_node_steps_to_it(canvas: Canvas, asked: list[object], gpt: Recording) -> None:
    canvas.render(None, state(gpt))
    QTest.mouseClick(canvas, LEFT, pos=middle(canvas, "ln_f"))
    event = next(e.index for e in gpt.events if e.id.startswith("ln_f/"))
    assert asked == [intents.StepTo(event)]


def test_click_on_a_closed_module_steps_to_its_result(
    canvas: Canvas, asked: list[object], gpt: Recording
) -> None:
    canvas.render(None, state(gpt))
    QTest.mouseClick(canvas, LEFT, pos=middle(canvas, "blocks.1"))
    assert asked == [intents.StepTo(gpt.calls[block(gpt, 1)].last)]


def test_triangles_open_and_close(canvas: Canvas, asked: list[object], gpt: Recording) -> None:
    first = state(gpt)
    canvas.render(None, first)
    where = canvas.box_rect(box(canvas, "blocks.0"))
    QTest.mouseClick(canvas, LEFT, pos=QPointF(where.right() - 8, where.center().y()).toPoint())
    assert asked == [intents.ToggleCall(block(gpt))]
    opened = replace(first, open=frozenset({0, block(gpt)}))
    canvas.render(first, opened)
    where = canvas.box_rect(box(canvas, "blocks.0"))
    QTest.mouseClick(canvas, LEFT, pos=(where.topLeft() + QPointF(15, 14)).toPoint())
    assert asked[1:] == [intents.ToggleCall(block(gpt))]


def test_double_click_opens(canvas: Canvas, asked: list[object], gpt: Recording) -> None:
    canvas.render(None, state(gpt))
    double_click(canvas, middle(canvas, "blocks.2"))
    assert intents.ToggleCall(block(gpt, 2)) in asked


def test_enter_opens_the_module_under_the_cursor_and_closes_the_one_around(
    canvas: Canvas, asked: list[object], gpt: Recording
) -> None:
    call = block(gpt)
    closed = state(gpt, cursor=gpt.calls[call].last)
    canvas.render(None, closed)
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert asked == [intents.ToggleCall(call)]
    canvas.render(closed, replace(closed, open=frozenset({0, call})))
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert asked[1:] == [intents.ToggleCall(call)]


def test_a_toggled_node_stays_under_the_mouse(canvas: Canvas, gpt: Recording) -> None:
    first = state(gpt)
    canvas.render(None, first)
    where = canvas.box_rect(box(canvas, "blocks.2"))
    mouse = QPointF(where.right() - 8, where.center().y())
    QTest.mouseClick(canvas, LEFT, pos=mouse.toPoint())
    opened = replace(first, open=frozenset({0, block(gpt, 2)}))
    canvas.render(first, opened)
    after = canvas.box_rect(box(canvas, "blocks.2"))
    assert after.contains(mouse)
    assert after.top() == pytest.approx(where.top())


def test_drag_pans_and_does_not_click(canvas: Canvas, asked: list[object], gpt: Recording) -> None:
    canvas.render(None, state(gpt))
    before = first(canvas).topLeft()
    start = middle(canvas, "blocks.1")
    QTest.mousePress(canvas, LEFT, pos=start)
    drag(canvas, start + QPoint(20, 10))
    drag(canvas, start + QPoint(40, 30))
    QTest.mouseRelease(canvas, LEFT, pos=start + QPoint(40, 30))
    moved = first(canvas).topLeft() - before
    assert (moved.x(), moved.y()) == pytest.approx((40, 30))
    assert asked == []


def wheel(canvas: Canvas, at: QPointF, turn: int, shift: bool = False) -> None:
    modifiers = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    event = QWheelEvent(
        at, canvas.mapToGlobal(at), QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton, modifiers,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)


def test_the_wheel_zooms_at_the_mouse(canvas: Canvas, gpt: Recording) -> None:
    canvas.render(None, state(gpt))
    node = box(canvas, "blocks.1")
    at = canvas.box_rect(node).center()
    width = canvas.box_rect(node).width()
    wheel(canvas, at, 120)
    assert canvas.box_rect(node).width() > width * 1.1
    centre = canvas.box_rect(node).center()
    assert (centre.x(), centre.y()) == pytest.approx((at.x(), at.y()))


def test_the_wheel_with_shift_pans(canvas: Canvas, gpt: Recording) -> None:
    canvas.render(None, state(gpt))
    before = first(canvas)
    wheel(canvas, QPointF(300, 300), -120, shift=True)
    assert first(canvas).width() == before.width()
    assert first(canvas).top() < before.top()


def test_fit_shows_everything(canvas: Canvas, gpt: Recording) -> None:
    canvas.render(None, state(gpt, opened=tuple(range(len(gpt.calls)))))
    canvas.outlook.fit()
    for each in canvas.boxes():
        assert canvas.rect().contains(canvas.box_rect(each).toRect())


def bars(canvas: Canvas) -> int:
    """The lowest pixel that a bar at the top covers."""
    shown = [one for kind in (Breadcrumb, Chip) for one in canvas.findChildren(kind)]
    return max(one.geometry().bottom() for one in shown if one.isVisible())


def highest(canvas: Canvas) -> float:
    return min(canvas.box_rect(each).top() for each in canvas.boxes())


def lit(recording: Recording, before: AppState) -> AppState:
    node = node_span(recording, before.open, before.cursor)
    return replace(before, cone=sources(recording, node))


def test_nothing_lies_under_the_bars_at_the_top(canvas: Canvas, gpt: Recording) -> None:
    opened = state(gpt, cursor=3, opened=tuple(range(len(gpt.calls))))
    canvas.render(None, opened)
    assert highest(canvas) > bars(canvas)
    canvas.outlook.fit()
    crumb = bars(canvas)
    assert highest(canvas) > crumb
    cone = lit(gpt, opened)
    canvas.render(opened, cone)
    assert bars(canvas) > crumb + 20
    assert highest(canvas) > bars(canvas)
    last = canvas.box_rect(canvas.boxes()[-1])
    assert canvas.rect().contains(last.toRect())
    canvas.render(cone, opened)
    assert crumb < highest(canvas) < crumb + 30


def test_a_small_graph_is_in_the_middle_of_what_is_free(canvas: Canvas) -> None:
    recording = recordings.mlp((2, 2))
    canvas.render(None, state(recording, opened=(0,)))
    canvas.outlook.fit()
    painting = canvas.outlook.painting
    assert painting is not None
    where = canvas.outlook.camera.to_widget(painting.extent(canvas.outlook.camera.zoom))
    free = where.top() - bars(canvas), canvas.height() - where.bottom()
    assert min(free) > 60
    assert abs(free[0] - free[1]) < 20


def test_the_cursor_comes_out_from_under_a_chip(canvas: Canvas, gpt: Recording) -> None:
    opened = state(gpt, cursor=3, opened=tuple(range(len(gpt.calls))))
    canvas.render(None, opened)
    current = canvas.outlook.current
    assert current is not None
    canvas.outlook.pan(QPointF(0, bars(canvas) + 4 - canvas.box_rect(current.box).top()))
    across = canvas.box_rect(current.box).left()
    canvas.render(opened, lit(gpt, opened))
    where = canvas.box_rect(current.box)
    assert bars(canvas) < where.top() < bars(canvas) + 30
    assert where.left() == across


def test_who_looks_elsewhere_stays_there_when_a_chip_comes(canvas: Canvas, gpt: Recording) -> None:
    opened = state(gpt, cursor=3, opened=tuple(range(len(gpt.calls))))
    canvas.render(None, opened)
    canvas.outlook.pan(QPointF(0, -2000))
    before = canvas.outlook.place
    canvas.render(opened, lit(gpt, opened))
    assert canvas.outlook.place == before


def test_what_was_fitted_stays_so_when_the_graph_changes(canvas: Canvas, gpt: Recording) -> None:
    closed, every = state(gpt), state(gpt, opened=tuple(range(len(gpt.calls))))
    canvas.render(None, closed)
    canvas.outlook.fit()
    near = first(canvas).height()
    canvas.render(closed, every)
    for each in canvas.boxes():
        assert canvas.rect().contains(canvas.box_rect(each).toRect())
    assert first(canvas).height() < near
    canvas.render(every, closed)
    assert first(canvas).height() == near
    wheel(canvas, QPointF(300, 300), 120)  # whoever zooms means to look there
    near = first(canvas).height()
    canvas.render(closed, every)
    assert first(canvas).height() == near


def test_a_frame_without_time_is_completed_by_later_ones(
    canvas: Canvas, gpt: Recording, qtbot: QtBot
) -> None:
    def picture() -> QImage:
        return canvas.grab().toImage()

    opened = state(gpt, opened=tuple(range(len(gpt.calls))))
    canvas.render(None, opened)
    canvas.outlook.zoom_by(0.5)
    whole = picture()
    canvas.outlook.zoom_by(2.0)
    picture()
    canvas.tiles.patience = 0.0  # a tile a frame
    canvas.outlook.zoom_by(0.5)
    at_once = picture()
    assert at_once != whole
    colours = {at_once.pixel(x, y) for x in range(0, 900, 9) for y in range(0, 700, 7)}
    assert len(colours) > 20  # what there was stands in
    qtbot.waitUntil(lambda: picture() == whole)


def test_tiles_out_of_view_go_when_there_are_many(
    canvas: Canvas, gpt: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiles_module, "_KEPT", 20 * 4 * tiles_module.SIDE**2)
    canvas.render(None, state(gpt, opened=tuple(range(len(gpt.calls)))))
    before = canvas.grab().toImage()
    where = canvas.outlook.place
    for step in range(1, 12):
        canvas.outlook.place = (where[0], where[1], where[2] + 150.0 * step)
        canvas.grab()
    assert len(canvas.tiles._kept) <= 6 * 5 + 20  # those around the view, and a few more
    canvas.outlook.place = where
    assert canvas.grab().toImage() == before


def test_thousands_of_ops_fit_too(canvas: Canvas) -> None:
    made = recordings.Builder("Loop")
    x = made.input("x", _a=2)
    for _ in range(2000):
        x = made.op("tanh", [x], _a=2)
    canvas.render(None, state(made.finish([x])))
    canvas.outlook.fit()  # also if the picture comes later
    canvas.planner.finish()
    assert canvas.rect().contains(first(canvas).center().toPoint())
    assert canvas.rect().contains(canvas.box_rect(canvas.boxes()[-1]).center().toPoint())


def test_what_is_written_beside_a_wire_fits_too(canvas: Canvas) -> None:
    made = recordings.Builder("Chain")
    x = made.input("x", batch=1, channels=64, height=128, width=256)
    for _ in range(3):
        x = made.op("relu", [x], batch=1, channels=64, height=128, width=256)
    canvas.resize(240, 700)
    canvas.render(None, state(made.finish([x])))
    canvas.outlook.fit()
    image = canvas.grab().toImage()
    right = image.width() - 1
    edge = [image.pixelColor(right - k, y) for k in range(3) for y in range(image.height())]
    assert max(colour.lightness() for colour in edge) < 80  # the background's dots, no letters


def test_a_large_graph_starts_readable_at_the_cursor(canvas: Canvas, gpt: Recording) -> None:
    softmax = next(e.index for e in gpt.events if e.op == "softmax")
    canvas.render(None, state(gpt, cursor=softmax, opened=tuple(range(len(gpt.calls)))))
    where = canvas.box_rect(box(canvas, "softmax"))
    assert canvas.rect().contains(where.toRect())
    assert where.height() > 28


def test_the_view_follows_the_cursor(canvas: Canvas, gpt: Recording) -> None:
    first = state(gpt, opened=tuple(range(len(gpt.calls))))
    canvas.render(None, first)
    last = replace(first, cursor=len(gpt.events) - 1)
    canvas.render(first, last)
    assert canvas.rect().contains(canvas.box_rect(box(canvas, "lm_head")).toRect())


def test_the_cursor_stays_in_view_when_all_opens_or_closes(canvas: Canvas, gpt: Recording) -> None:
    closed, every = state(gpt), state(gpt, opened=tuple(range(len(gpt.calls))))
    last = len(gpt.events) - 1
    canvas.render(None, replace(every, cursor=last))
    canvas.render(replace(every, cursor=last), replace(closed, cursor=last))
    assert canvas.rect().contains(canvas.box_rect(box(canvas, "lm_head")).toRect())
    canvas.render(replace(closed, cursor=last), replace(every, cursor=last))
    assert canvas.rect().contains(canvas.box_rect(box(canvas, "lm_head")).toRect())


def test_whoever_steps_into_a_box_sees_all_of_it_if_it_fits(canvas: Canvas, gpt: Recording) -> None:
    opened = state(gpt, opened=tuple(range(len(gpt.calls))))
    canvas.render(None, opened)
    feed = next(c for c in gpt.calls if c.module.endswith("blocks.2.mlp"))
    canvas.render(opened, replace(opened, cursor=feed.first))
    room = next(b for b in canvas.boxes() if b.call == feed.index)
    assert canvas.rect().contains(canvas.box_rect(room).toRect())


def test_stepping_paints_no_map(
    canvas: Canvas, gpt: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = state(gpt)
    canvas.render(None, first)
    canvas.grab()
    painted: list[object] = []
    monkeypatch.setattr(Painting, "paint", lambda *args: painted.append(args))
    for cursor in range(1, 8):
        before, first = first, replace(first, cursor=cursor)
        canvas.render(before, first)
        canvas.grab()
    assert painted == []


def test_the_cursor_glows_and_what_is_ahead_is_dim(canvas: Canvas) -> None:
    recording = recordings.mlp((2, 8, 2))
    first = state(recording, cursor=1, opened=tuple(range(9)))
    canvas.render(None, first)

    def colour(title: str) -> tuple[int, int, int]:
        """Of the bar at the left of a node."""
        where = canvas.box_rect(box(canvas, title))
        picked = canvas.grab().toImage().pixelColor(
            int(where.left() + 3), int(where.center().y())
        )  # fmt: skip
        return picked.red(), picked.green(), picked.blue()

    reached, ahead = colour("0 · Linear"), colour("2 · Linear")
    assert sum(ahead) < 0.6 * sum(reached)
    canvas.render(first, replace(first, cursor=2))
    assert colour("0 · Linear") == reached
    assert sum(colour("2 · Linear")) > sum(ahead)


def test_another_pass_of_the_same_program_keeps_the_view(canvas: Canvas, gpt: Recording) -> None:
    first = state(gpt)
    canvas.render(None, first)
    canvas.outlook.zoom_by(1.3)
    place = canvas.outlook.place
    canvas.render(first, replace(first, recording=recordings.gpt("The dog sat on the")))
    assert canvas.outlook.place == pytest.approx(place)


def test_a_new_canvas_takes_the_old_place(canvas: Canvas, gpt: Recording, qtbot: QtBot) -> None:
    canvas.render(None, state(gpt))
    canvas.outlook.zoom_by(1.7)
    other = Canvas(THEMES["light"])
    qtbot.addWidget(other)
    other.outlook.place = canvas.outlook.place
    other.resize(900, 700)
    other.show()
    other.render(None, state(gpt))
    one, same = (made.box_rect(made.boxes()[3]).topLeft() for made in (canvas, other))
    assert (same.x(), same.y()) == pytest.approx((one.x(), one.y()))


def test_a_node_tells_id_shape_and_time(canvas: Canvas, gpt: Recording) -> None:
    canvas.render(None, state(gpt))
    told = hint(gpt, box(canvas, "lm_head"))
    assert "lm_head/linear#0" in told
    assert "B 1 × T 18 × V 96" in told
    assert "µs" in told
    told = hint(gpt, box(canvas, "blocks.0"))
    assert "blocks.0 · Block" in told
    assert "26 ops" in told


def test_motion_ends_where_stillness_does(
    canvas: Canvas, gpt: Recording, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = state(gpt, opened=tuple(range(len(gpt.calls))))
    last = replace(first, cursor=len(gpt.events) - 1)
    some = replace(last, open=frozenset({0}))

    def moving(other: Canvas) -> bool:
        states = {one.state() for one in other.findChildren(QVariantAnimation)}
        return QVariantAnimation.State.Running in states

    def visit() -> tuple[float, float, float]:
        other = Canvas(THEMES["dark"])
        qtbot.addWidget(other)
        other.resize(900, 700)
        other.show()
        other.render(None, first)
        for before, after in ((first, last), (last, some)):
            other.render(before, after)
            qtbot.waitUntil(lambda: not moving(other))
        return other.outlook.place

    still = visit()
    monkeypatch.setattr(Outlook, "moves", lambda self: True)
    assert visit() == pytest.approx(still, abs=0.6)


def test_the_architecture_shows_the_cursor_but_dims_nothing(canvas: Canvas) -> None:
    recording = recordings.mlp((2, 8, 2))
    shown = state(recording, cursor=0, opened=tuple(range(9)))

    def colours(tab: Tab, cursor: int) -> tuple[int, int]:
        """How many pixels are of the cursor's colour, and of the last layer's, undimmed."""
        canvas.render(None, replace(shown, tab=tab, cursor=cursor))
        image = canvas.grab().toImage()
        size = range(image.width()), range(image.height())
        found = [image.pixelColor(x, y).rgb() for x in size[0] for y in size[1]]
        return tuple(found.count(THEMES["dark"].color(role).rgb()) for role in ("cursor", "linear"))  # type: ignore[return-value]

    yellow, blue = colours("architecture", 0)
    stepping, dimmed = colours("forward", 0)
    assert yellow > 100
    assert stepping > 100
    assert blue > 2 * dimmed


def test_the_minimap_moves_the_view(canvas: Canvas, gpt: Recording) -> None:
    canvas.render(None, state(gpt, opened=tuple(range(len(gpt.calls)))))
    minimap = canvas.findChild(Minimap)
    assert isinstance(minimap, Minimap)
    assert minimap.isVisible()
    QTest.mouseClick(minimap, LEFT, pos=QPoint(minimap.width() // 2, minimap.height() - 10))
    assert canvas.rect().contains(canvas.box_rect(box(canvas, "lm_head")).toRect())


def test_the_minimap_hides_when_everything_is_in_view(canvas: Canvas) -> None:
    canvas.render(None, state(recordings.chain()))
    minimap = canvas.findChild(Minimap)
    assert isinstance(minimap, Minimap)
    assert not minimap.isVisible()


# ---------------------------------------------------------------------- outline


@pytest.fixture
def outline(qtbot: QtBot) -> Outline:
    made = Outline(THEMES["dark"])
    qtbot.addWidget(made)
    made.resize(250, 500)
    made.show()
    return made


def tree(outline: Outline) -> QTreeView:
    found = outline.findChild(QTreeView)
    assert isinstance(found, QTreeView)
    return found


def rows(view: QTreeView) -> list[tuple[str, str]]:
    """Name and count of the visible rows, from the top."""
    found = []
    index = view.model().index(0, 0)
    while index.isValid():
        found.append((index.data(), index.siblingAtColumn(1).data()))
        index = view.indexBelow(index)
    return found


def test_the_outline_lists_modules_with_their_parameters(outline: Outline, gpt: Recording) -> None:
    outline.render(None, state(gpt))
    shown = dict(rows(tree(outline)))
    assert shown["token_embedding"] == "12.3 K"
    assert shown["blocks"] == "793 K"
    assert shown["0 · Block"] == "198 K"


def test_the_outline_follows_the_cursor(outline: Outline, gpt: Recording) -> None:
    softmax = next(e.index for e in gpt.events if e.op == "softmax")
    call = block(gpt)
    first = state(gpt, cursor=softmax)
    outline.render(None, first)
    assert tree(outline).currentIndex().data() == "0 · Block"  # its box is closed
    attention = next(c.index for c in gpt.calls if c.module == "blocks.0.attn")
    outline.render(first, replace(first, open=frozenset({0, call, attention})))
    assert tree(outline).currentIndex().data() == "attn"


def test_choosing_a_module_steps_to_its_first_event(outline: Outline, gpt: Recording) -> None:
    said: list[object] = []
    outline.intent.connect(said.append)
    outline.render(None, state(gpt))
    view = tree(outline)
    index = view.model().index(0, 0)
    while index.data() != "2 · Block":
        index = view.indexBelow(index)
    view.scrollTo(index)
    QTest.mouseClick(view.viewport(), LEFT, pos=view.visualRect(index).center())
    assert said == [intents.StepTo(gpt.calls[block(gpt, 2)].first, reveal=True)]


def test_the_outline_works_by_keys(outline: Outline, gpt: Recording) -> None:
    said: list[object] = []
    outline.intent.connect(said.append)
    outline.render(None, state(gpt))
    view = tree(outline)
    view.setFocus()
    view.setCurrentIndex(view.model().index(0, 0))
    QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Return)
    second = next(c.first for c in gpt.calls if c.module == "position_embedding")
    assert said[0] == intents.PointAt("position_embedding")
    assert [one for one in said if not isinstance(one, intents.PointAt)] == [
        intents.StepTo(second, reveal=True)
    ]


def test_a_module_that_was_not_called_is_dim_and_says_so(outline: Outline, gpt: Recording) -> None:
    said: list[object] = []
    outline.intent.connect(said.append)
    on = state(gpt)
    assert on.model is not None
    spare = (Module("spare", "ModuleList", 10, 1), Module("spare.0", "Linear", 10, 2))
    model = structs.replace(on.model, modules=(*on.model.modules, *spare))
    outline.render(None, replace(on, model=model))
    view = tree(outline)
    called, index = view.model().index(0, 0), view.model().index(0, 0)
    while index.data() != "spare":
        index = view.indexBelow(index)
    role = Qt.ItemDataRole
    assert index.data(role.ForegroundRole) != called.data(role.ForegroundRole)
    assert "not called" in index.data(role.ToolTipRole)
    assert "not called" not in called.data(role.ToolTipRole)
    view.scrollTo(index)
    QTest.mouseClick(view.viewport(), LEFT, pos=view.visualRect(index).center())
    assert said == []
    assert "not called" in QToolTip.text()
    ran = structs.replace(gpt.calls[-1], index=len(gpt.calls), module="spare.0")
    after = structs.replace(gpt, calls=(*gpt.calls, ran))
    outline.render(None, replace(on, model=model, recording=after))
    assert "not called" not in index.data(role.ToolTipRole)
    QToolTip.hideText()


def test_another_pass_of_another_size_is_seen_from_its_start(
    canvas: Canvas, gpt: Recording
) -> None:
    """The view was near a late op with much open; of the next pass everything is closed."""
    calls = tuple(range(len(gpt.calls)))
    last = state(gpt, cursor=len(gpt.events) - 1, opened=calls)
    canvas.render(None, last)
    canvas.outlook.zoom_by(1.6)
    again = structs.replace(gpt, tape=2)
    fresh = Canvas(THEMES["dark"])
    fresh.resize(canvas.size())
    fresh.show()
    start = replace(last, recording=again, open=frozenset({0}), cursor=0)
    fresh.render(None, start)
    canvas.render(last, start)
    assert canvas.outlook.place == pytest.approx(fresh.outlook.place)
    fresh.deleteLater()


def test_another_pass_of_the_same_size_stays_in_place(canvas: Canvas, gpt: Recording) -> None:
    """Also when the cursor went to another op, as long as that is in view."""
    first = state(gpt, cursor=3)
    canvas.render(None, first)
    canvas.outlook.zoom_by(1.05)
    place = canvas.outlook.place
    longer = structs.replace(recordings.gpt("The dog sat on the mat"), tape=2)
    canvas.render(first, replace(first, recording=longer, cursor=2))
    assert canvas.outlook.place == pytest.approx(place)


@pytest.fixture
def deep(canvas: Canvas, asked: list[object]) -> Recording:
    """A GPT of twelve blocks, which are folded, with the cursor in the third."""
    made = recordings.gpt(layers=12)
    canvas.render(None, state(made, cursor=made.calls[block(made, 2)].last))
    asked.clear()
    return made


def every_block(recording: Recording) -> tuple[int, ...]:
    return tuple(block(recording, n) for n in range(12))


def test_a_double_click_unfolds_equal_blocks(
    canvas: Canvas, deep: Recording, asked: list[object]
) -> None:
    at = middle(canvas, "Block ×12")
    double_click(canvas, at)
    assert asked[-1] == intents.ToggleFold(every_block(deep))
    old = state(deep, cursor=deep.calls[block(deep, 2)].last)
    where = canvas.box_rect(box(canvas, "Block ×12"))
    canvas.render(old, replace(old, unfolded=frozenset(every_block(deep))))
    assert box(canvas, "Block ×12").kind == "open"
    first = canvas.box_rect(box(canvas, "blocks.0"))
    assert first.top() == pytest.approx(where.top(), abs=1.0)  # what was clicked stays there
    assert first.contains(QPointF(at.x(), first.center().y()))


def test_enter_unfolds_and_one_key_folds_again(
    canvas: Canvas, deep: Recording, asked: list[object], qtbot: QtBot
) -> None:
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_Return)
    assert asked == [intents.ToggleFold(every_block(deep))]
    old = state(deep, cursor=deep.calls[block(deep, 2)].last)
    canvas.render(old, replace(old, unfolded=frozenset(every_block(deep))))
    canvas.toggle_fold()
    assert asked == [intents.ToggleFold(every_block(deep))] * 2


def test_the_cursor_moves_on_when_an_equal_recording_came(canvas: Canvas, gpt: Recording) -> None:
    """As when the axes of a pass are named, and none of them could be."""
    first = state(gpt)
    canvas.render(None, first)
    again = replace(first, recording=structs.replace(gpt))
    assert again.recording == gpt
    canvas.render(first, again)
    canvas.render(again, replace(again, cursor=len(gpt.events) - 1))
    assert canvas.outlook.current is not None
    assert canvas.outlook.current.box.title == "lm_head"


def test_one_key_folds_what_is_all_open(
    canvas: Canvas, deep: Recording, asked: list[object]
) -> None:
    first = deep.calls[block(deep, 2)].first
    canvas.render(None, state(deep, first, tuple(range(len(deep.calls)))))
    canvas.planner.finish()
    canvas.toggle_fold()
    assert asked[-1] == intents.ToggleFold(every_block(deep))


def test_where_nothing_is_folded_the_key_says_so(
    canvas: Canvas, gpt: Recording, asked: list[object]
) -> None:
    canvas.toggle_fold()  # no model at all
    assert asked == []
    canvas.render(None, state(gpt, cursor=30))
    canvas.toggle_fold()
    (said,) = asked
    assert isinstance(said, intents.Report)
    assert said.level == "news"
    assert "here are none" in said.text


def test_the_fold_shows_which_block_the_cursor_is_in(canvas: Canvas, deep: Recording) -> None:
    """The mark moves to the right with every block."""
    marked = []
    for n in (0, 5, 11):
        canvas.render(None, state(deep, cursor=deep.calls[block(deep, n)].last))
        where = canvas.box_rect(box(canvas, "Block ×12")).toAlignedRect()
        foot = where.adjusted(8, where.height() * 2 // 3, -8, 0)
        picture = canvas.grab(foot).toImage()
        gold = THEMES["dark"].color("cursor")
        columns = [
            x
            for x in range(picture.width())
            for y in range(picture.height() - 6)
            if picture.pixelColor(x, y) == gold
        ]
        assert columns
        marked.append(sum(columns) / len(columns) / picture.width())
    assert marked[0] < 0.2 < marked[1] < 0.6 < 0.8 < marked[2]


def test_a_fold_tells_how_many_ops_and_parameters_are_in_it(
    canvas: Canvas, deep: Recording
) -> None:
    told = hint(deep, box(canvas, "Block ×12"))
    assert "blocks.0 … blocks.11 · Block" in told
    assert "312 ops" in told


def test_what_an_op_is_in_attention_is_told(canvas: Canvas, gpt: Recording) -> None:
    canvas.render(None, state(gpt, opened=tuple(range(len(gpt.calls)))))
    roles = {one.role: one for one in canvas.boxes() if one.role}
    assert set(roles) == {"Q", "K", "V", "QKᵀ", "√d", "A·V", "Concat", "Wᴼ"}
    for one in roles.values():
        assert len(hint(gpt, one).splitlines()) == 4
    assert "how well each query fits each key" in hint(gpt, roles["QKᵀ"])


def test_the_minimap_shows_what_is_found_and_what_is_lit(canvas: Canvas, gpt: Recording) -> None:
    now = state(gpt, cursor=40)
    canvas.render(None, now)
    canvas.outlook.zoom_by(3.0)
    minimap = canvas.findChild(Minimap)
    assert isinstance(minimap, Minimap)
    plain = minimap.grab().toImage()
    found, _ = update(now, intents.Search("op:softmax"))
    canvas.render(now, found)
    searched = minimap.grab().toImage()
    assert searched != plain
    lit, _ = update(now, intents.Light("sources"))
    canvas.render(found, lit)
    coned = minimap.grab().toImage()
    assert coned not in (plain, searched)
    canvas.render(lit, now)
    assert minimap.grab().toImage() == plain
