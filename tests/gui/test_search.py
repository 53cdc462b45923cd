"""Finding in a window with real key events: the list, the chip, and what is lit on the map."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from msgspec import structs
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QListView,
    QToolButton,
    QTreeView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from explorer.core.graph import Recording
from explorer.gui.results import Entry, Results, Row
from explorer.gui.search import Finds, SearchField
from explorer.gui.window import make_application
from tests import recordings
from tests.gui.desktop import Desktop, on_model
from tests.gui.mouse import hover, leave

Key = Qt.Key
NONE, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)  # fmt: skip


def fused() -> Recording:
    """Two blocks with `scaled_dot_product_attention` in them, which opens."""
    b = recordings.Builder("Net")
    x = b.input("x", B=1, heads=2, T=4, hs=8)
    for n in range(2):
        with b.module(f"blocks.{n}", "Block"):
            y = b.op("scaled_dot_product_attention", [x, x, x], B=1, heads=2, T=4, hs=8)
            x = b.add(x, b.activation("act", y))
    made = b.finish([x])
    events = (structs.replace(e, opens=e.op.startswith("scaled")) for e in made.events)
    return structs.replace(made, events=tuple(events))


class App(Desktop):
    """A window on a recording, without an engine."""

    def __init__(self, qtbot: QtBot, recording: Recording, size: tuple[int, int]) -> None:
        super().__init__(qtbot, on_model(recording), size)
        self.canvas.setFocus()

    @property
    def field(self) -> SearchField:
        return self.desk.header.search

    @property
    def finds(self) -> Finds:
        return self.field.finds

    @property
    def results(self) -> Results:
        return self.finds.results

    @property
    def event(self) -> str:
        assert self.state.recording is not None
        return self.state.recording.events[self.state.cursor].id

    def find(self, text: str) -> None:
        self.press(Key.Key_K, CTRL)
        self.bot.keyClicks(self.field, text)

    def entries(self, kind: str = "result") -> list[Entry]:
        rows = self.results.rows
        return [self.results.entry(n) for n, row in enumerate(rows) if row.kind == kind]

    def heads(self) -> list[tuple[str, int]]:
        return [(row.text, row.count) for row in self.results.rows if row.kind == "head"]

    def said(self) -> list[str]:
        labels = self.finds.findChildren(QLabel)
        return [label.text() for label in labels if label.isVisible() and label.text()]


@pytest.fixture
def start(qtbot: QtBot) -> Iterator[Callable[..., App]]:
    make_application("dark")
    made: list[App] = []

    def begin(recording: Recording, size: tuple[int, int] = (1280, 800)) -> App:
        made.append(App(qtbot, recording, size))
        return made[-1]

    yield begin
    for app in made:
        app.desk.close()


@pytest.fixture
def app(start: Callable[..., App]) -> App:
    return start(recordings.gpt())


def test_typing_lists_what_is_found_by_section(app: App) -> None:
    app.find("query")
    assert app.finds.isVisible()
    assert app.heads() == [("MODULES", 4), ("OPS", 4), ("PARAMETERS", 8)]
    first = app.entries()[0]
    assert (first.name, first.detail) == ("blocks.0.attn.query", "Linear")
    assert "1 of 16" in app.said()
    assert app.state.cursor == 0  # to look is not to go


@pytest.mark.parametrize("query", ["op:softmax", "blocks.2.mlp", "blocks.3.ln1.weight", "lm_head"])
def test_what_is_found_is_shown_so_near_that_it_can_be_read(app: App, query: str) -> None:
    canvas = app.desk.canvas
    app.desk.do("open-all")
    canvas.planner.finish()
    app.press(Key.Key_0)
    far = canvas.outlook.place
    assert far[0] < 0.3
    app.find(query)
    app.press(Key.Key_Return)
    current = canvas.outlook.current
    assert current is not None
    where = canvas.box_rect(current.box)
    assert QRectF(canvas.rect()).contains(where)
    assert where.height() > 20
    assert canvas.outlook.camera.zoom == pytest.approx(1.0)
    app.press(Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert app.state.cursor == 0
    assert canvas.outlook.place == pytest.approx(far)
    assert canvas.outlook.view == "whole"
    app.press(Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert canvas.box_rect(current.box) == where


def test_where_it_can_be_read_the_zoom_stays(app: App) -> None:
    canvas = app.desk.canvas
    app.desk.do("open-all")
    canvas.planner.finish()
    canvas.outlook.look_at_cursor(0.7)
    app.find("op:softmax")
    app.press(Key.Key_Return)
    for _ in range(3):
        assert canvas.outlook.camera.zoom == pytest.approx(0.7)
        current = canvas.outlook.current
        assert current is not None
        assert QRectF(canvas.rect()).contains(canvas.box_rect(current.box))
        app.press(Key.Key_F7)
    app.press(Key.Key_0)
    far = canvas.outlook.camera.zoom
    app.press(Key.Key_Right)  # who walks on does not look for anything
    assert canvas.outlook.camera.zoom == far


def test_down_and_enter_go_there_and_the_keys_are_free_again(app: App) -> None:
    app.find("op:softmax")
    app.press(Key.Key_Down)
    assert "2 of 4" in app.said()
    app.press(Key.Key_Return)
    assert app.event == "blocks.1.attn/softmax#0"
    assert not app.finds.isVisible()
    assert app.desk.canvas.hasFocus()
    app.press(Key.Key_Right)
    assert app.event != "blocks.1.attn/softmax#0"


def test_up_from_the_first_is_the_last(app: App) -> None:
    app.find("op:softmax")
    app.press(Key.Key_Up)
    app.press(Key.Key_Return)
    assert app.event == "blocks.3.attn/softmax#0"


def test_a_click_goes_there(app: App) -> None:
    app.find("op:softmax")
    view = app.finds.findChild(QListView)
    assert isinstance(view, QListView)
    where = view.visualRect(app.results.index(3, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert app.event == "blocks.2.attn/softmax#0"


def test_f7_goes_on_and_round_and_the_chip_says_where(app: App) -> None:
    chip = app.desk.found_chip
    assert not chip.isVisible()
    app.find("op:softmax")
    assert not chip.isVisible()
    app.press(Key.Key_Return)
    seen = [app.event]
    for _ in range(4):
        app.press(Key.Key_F7)
        seen.append(app.event)
    assert seen == [f"blocks.{n}.attn/softmax#0" for n in (0, 1, 2, 3, 0)]
    app.press(Key.Key_F7, SHIFT)
    assert app.event == "blocks.3.attn/softmax#0"
    assert [label.text() for label in chip.findChildren(QLabel)] == ["4 of 4 · op:softmax"]
    assert app.desk.canvas.rect().contains(chip.geometry())
    end = chip.findChildren(QToolButton)[-1]
    QTest.mouseClick(end, Qt.MouseButton.LeftButton)
    assert not chip.isVisible()
    assert app.field.text() == ""


def test_escape_ends_the_search_wherever_the_keys_are(app: App) -> None:
    app.find("op:softmax")
    app.press(Key.Key_Escape)
    assert (app.field.text(), app.state.search.text) == ("", "")
    assert not app.field.hasFocus()
    assert not app.finds.isVisible()
    app.find("op:softmax")
    app.press(Key.Key_Return)
    assert app.state.search.text == "op:softmax"
    app.press(Key.Key_Escape)
    assert (app.field.text(), app.state.search.text) == ("", "")


def test_the_field_remembers_what_is_looked_for(app: App) -> None:
    app.find("op:softmax")
    app.press(Key.Key_Down)
    app.press(Key.Key_Return)
    app.press(Key.Key_K, CTRL)
    assert app.field.selectedText() == "op:softmax"
    assert "2 of 4" in app.said()


def test_without_words_all_commands_are_listed(app: App) -> None:
    app.press(Key.Key_K, CTRL)
    assert [title for title, _ in app.heads()] == ["COMMANDS"]
    names = [entry.name for entry in app.entries("offer")]
    assert "Play or pause" in names
    assert app.entries("offer")[names.index("Play or pause")].right == "Space"


def test_a_command_is_done_and_is_no_search(app: App) -> None:
    app.find("dark or")
    app.press(Key.Key_Return)
    assert app.state.theme == "light"
    assert app.state.search.text == ""
    assert app.field.text() == ""


def test_keys_of_a_presenter_walk_in_the_list_and_not_on_the_map(app: App) -> None:
    app.find("op:linear")
    app.press(Key.Key_PageDown)
    assert "9 of 25" in app.said()
    assert app.state.cursor == 0


def test_what_is_wrong_is_said_and_enter_does_nothing(app: App) -> None:
    app.find("colour:red")
    assert any("There is no filter “colour:”" in said for said in app.said())
    app.press(Key.Key_Return)
    assert app.state.cursor == 0


def test_nothing_found_says_so(app: App) -> None:
    app.find("xyz")
    assert any("Nothing found" in said for said in app.said())
    for _ in range(3):
        app.press(Key.Key_Backspace)
    assert not any("Nothing found" in said for said in app.said())


def test_an_example_begins_a_filter(app: App) -> None:
    app.find("softmax")
    app.finds.example.emit("op:")
    assert app.field.text() == "softmax op:"
    assert app.field.hasFocus()
    app.bot.keyClicks(app.field, "soft")
    assert app.heads() == [("OPS", 4)]


def test_a_fused_op_is_found_by_what_is_inside_of_it(start: Callable[..., App]) -> None:
    app = start(fused())
    app.find("softmax")
    assert app.heads() == [("OPS", 2)]
    assert app.entries()[0].name == "attention  scaled_dot_product_attention"
    assert "softmax is inside of it" in app.entries()[0].detail
    app.bot.keyClicks(app.field, " attention")
    assert "inside" in app.entries()[0].detail
    app.find("attention")
    assert "inside" not in app.entries()[0].detail


def test_a_parameter_is_looked_at_where_it_is_read(app: App) -> None:
    app.find("blocks.2.ln1.bias")
    app.press(Key.Key_Return)
    recording = app.state.recording
    assert recording is not None
    assert app.event == "blocks.2.ln1/layer_norm#0"
    assert app.state.value is not None
    assert recording.values[app.state.value].name == "blocks.2.ln1.bias"


def test_a_long_list_says_how_many_more(start: Callable[..., App]) -> None:
    app = start(recordings.gpt(layers=30))
    app.find("op:")
    results = [row for row in app.results.rows if row.kind == "result"]
    more = next(row for row in app.results.rows if row.kind == "more")
    assert len(results) + more.count == len(app.state.search.found or ())
    assert not app.results.can_choose(app.results.rows.index(more))
    assert isinstance(results[0], Row)


@pytest.mark.parametrize("width", [760, 1000, 1280, 1920])
def test_the_list_stays_inside_of_the_window(start: Callable[..., App], width: int) -> None:
    app = start(recordings.gpt(), (width, 640))
    app.find("blocks")
    over = app.finds.parentWidget()
    assert over is not None
    assert over.rect().contains(app.finds.geometry())
    assert app.finds.y() > app.field.mapTo(over, QPoint(0, app.field.height())).y()
    foot = app.finds.findChild(QLabel)
    assert foot is not None
    assert foot.height() >= foot.heightForWidth(foot.width())


@pytest.mark.parametrize("width", [760, 1280])
def test_what_is_typed_can_be_read_in_a_narrow_window(
    start: Callable[..., App], width: int
) -> None:
    app = start(recordings.gpt(), (width, 640))
    tabs = app.desk.header.findChild(QWidget, "tabs")
    assert tabs is not None
    narrow, place = app.field.width(), tabs.geometry()
    app.find("op:softmax module:blocks.*")
    app.bot.waitUntil(lambda: app.field.width() >= 240)
    assert tabs.geometry() == place
    assert app.field.geometry().right() < app.desk.header.width()
    app.press(Key.Key_Escape)
    app.bot.waitUntil(lambda: app.field.width() == narrow)
    assert app.desk.header.open.isVisible() == (width > 1000)


def at(app: App, where: QRectF) -> QColor:
    """The colour of the map just outside of the left edge of a box."""
    picture = app.desk.canvas.grab().toImage()
    spot = QPointF(where.left() - 3.5 * app.desk.canvas.outlook.camera.zoom, where.center().y())
    return picture.pixelColor(spot.toPoint())


def blue(app: App, title: str) -> bool:
    box = next(box for box in app.desk.canvas.boxes() if box.title == title)
    ring = at(app, app.desk.canvas.box_rect(box))
    return ring.blue() > ring.red() + 60


def test_what_is_found_is_lit_and_hidden_finds_light_what_hides_them(app: App) -> None:
    assert not blue(app, "blocks.1")
    app.find("blocks.1 softmax")
    assert blue(app, "blocks.1")
    assert not blue(app, "blocks.2")
    app.press(Key.Key_Return)
    assert app.event == "blocks.1.attn/softmax#0"
    app.find("op:div")
    assert blue(app, "÷ 5.657")
    assert not blue(app, "softmax")
    app.press(Key.Key_Escape)
    assert not blue(app, "÷ 5.657")


def rows(app: App) -> tuple[QTreeView, list[str]]:
    view = app.desk.outline.findChild(QTreeView)
    assert isinstance(view, QTreeView)
    index, found = view.model().index(0, 0), []
    while index.isValid():
        if not view.isRowHidden(index.row(), index.parent()):
            found.append(str(index.data()))
        index = view.indexBelow(index)
    return view, found


def test_a_row_of_the_outline_under_the_mouse_lights_its_box(app: App) -> None:
    view, _ = rows(app)
    index = view.model().index(0, 0)
    while index.data() != "1 · Block":
        index = view.indexBelow(index)
    box = next(box for box in app.desk.canvas.boxes() if box.title == "blocks.1")
    where = app.desk.canvas.box_rect(box)
    before = at(app, where)
    hover(view.viewport(), view.visualRect(index).center())
    app.bot.waitUntil(lambda: app.state.pointed == "blocks.1")
    assert at(app, where) != before
    leave(view.viewport())
    app.bot.waitUntil(lambda: app.state.pointed == "")
    assert at(app, where) == before


def test_the_outline_can_be_filtered(app: App) -> None:
    sieve = app.desk.outline.findChild(QLineEdit)
    assert isinstance(sieve, QLineEdit)
    _, before = rows(app)
    sieve.setFocus()
    app.bot.keyClicks(sieve, "blocks.2 ln")
    _, found = rows(app)
    assert found == ["blocks", "2 · Block", "ln1", "ln2"]
    app.press(Key.Key_Escape)
    assert sieve.text() == ""
    assert rows(app)[1] == before


def test_what_is_looked_for_survives_a_change_of_look(app: App) -> None:
    app.find("op:softmax")
    app.press(Key.Key_Return)
    app.desk.do("theme")
    assert app.field.text() == "op:softmax"
    app.bot.waitUntil(app.desk.found_chip.isVisible)
    app.press(Key.Key_F7)
    assert app.event == "blocks.1.attn/softmax#0"


@pytest.mark.parametrize("letters", [20, 30, 40, 60, 80])
def test_rows_differ_where_there_is_little_room(start: Callable[..., App], letters: int) -> None:
    app = start(fused())
    app.find("op:softmax")
    said = [
        entry.fitting(lambda name, detail: len(name) + len(detail) <= letters)
        for entry in app.entries()
    ]
    assert len(said) == 2
    assert len(set(said)) == 2
    assert all(f"…{n}" in detail or f"blocks.{n}" in detail for n, (_, detail) in enumerate(said))
    assert all(len(name) + len(detail) <= letters for name, detail in said) or letters == 20
