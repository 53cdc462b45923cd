"""Finding one's way in the window, with real keys and clicks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPushButton, QToolButton, QTreeView
from pytestqt.qtbot import QtBot

from explorer.core.graph import Recording
from explorer.gui.map.breadcrumb import Breadcrumb
from explorer.gui.map.chip import Chip
from explorer.gui.map.cones import ConePainting
from explorer.gui.memory import Memory
from explorer.gui.stepper import Timeline
from explorer.picture.scene import Box
from explorer.session import intents
from tests import recordings
from tests.gui.desktop import OWN, Desktop, on_model
from tests.gui.mouse import drag

Key, Mod, LEFT = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton.LeftButton


class App(Desktop):
    """A desk with a small GPT, its first block open."""

    def __init__(self, bot: QtBot, recording: Recording) -> None:
        self.recording = recording
        opened = {c.index for c in recording.calls if c.module in ("", "blocks.0", "blocks.0.attn")}
        super().__init__(bot, on_model(recording, open=frozenset(opened), own=OWN))
        self.canvas.setFocus()

    @property
    def here(self) -> str:
        return self.recording.events[self.state.cursor].id

    def at(self, name: str) -> int:
        return next(e.index for e in self.recording.events if name in e.id)

    def go(self, name: str) -> None:
        self.session.take(intents.StepTo(self.at(name)))

    def box(self, title: str) -> Box:
        return next(box for box in self.canvas.boxes() if box.title == title)

    def middle(self, title: str) -> QPoint:
        return self.canvas.box_rect(self.box(title)).center().toPoint()

    def menu(self, title: str = "") -> QMenu:
        """The menu of a node by the right button, or of the cursor's by the Menu key."""
        reason = QContextMenuEvent.Reason.Mouse if title else QContextMenuEvent.Reason.Keyboard
        at = self.middle(title) if title else QPoint()
        if title and self.box(title).kind == "open":
            at.setY(round(self.canvas.box_rect(self.box(title)).top()) + 12)
        said = QContextMenuEvent(reason, at, self.canvas.mapToGlobal(at))
        QApplication.sendEvent(self.canvas, said)
        found = QApplication.activePopupWidget()
        assert isinstance(found, QMenu)
        return found

    def flagged(self, title: str) -> bool:
        """Whether a flag stands on the node."""
        x, y = self.canvas.box_rect(self.box(title)).topLeft().toTuple()
        pole = self.canvas.grab().toImage().pixelColor(int(x) - 4, int(y) + 16)
        return pole.name() == self.canvas.theme.accent

    def choose(self, menu: QMenu, text: str) -> None:
        action = next(a for a in menu.actions() if a.text().partition("\t")[0] == text)
        if action.menu() is None:
            self.bot.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())

    @property
    def chip(self) -> str:
        chip = self.canvas.findChild(Chip)
        assert chip is not None
        label = chip.findChild(QLabel)
        assert label is not None
        return label.text() if chip.isVisible() else ""

    @property
    def crumbs(self) -> list[QPushButton]:
        bar = self.canvas.findChild(Breadcrumb)
        assert bar is not None
        return [b for b in bar.findChildren(QPushButton) if b.isVisible()]


@pytest.fixture
def app(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    monkeypatch.setattr("explorer.gui.desk.Memory", lambda: Memory(settings))
    made = App(qtbot, recordings.gpt())
    yield made
    made.desk.close()


def test_arrows_walk_the_graph(app: App) -> None:
    app.go("blocks.0.ln1")
    app.press(Key.Key_Down)
    assert app.here == "blocks.0.attn.query/linear#0"
    beside = []
    for key in (Key.Key_Left, Key.Key_Left, Key.Key_Right, Key.Key_Right, Key.Key_Right):
        app.press(key, Mod.ShiftModifier)
        beside.append(app.here)
    assert set(beside) | {"blocks.0.attn.query/linear#0"} == {
        f"blocks.0.attn.{name}/linear#0" for name in ("query", "key", "value")
    }
    app.press(Key.Key_Up)
    assert app.here == "blocks.0.ln1/layer_norm#0"


def test_arrows_are_the_outlines_where_it_has_the_keyboard(app: App) -> None:
    app.go("blocks.0.ln1")
    app.desk.outline.setFocus()
    app.press(Key.Key_Down)
    assert app.here == "blocks.0.ln1/layer_norm#0"


def test_period_and_comma_follow_the_value(app: App) -> None:
    app.go("blocks.0.ln1")
    found = []
    for _ in range(4):
        app.press(Key.Key_Period)
        found.append(app.here)
    linears = [f"blocks.0.attn.{name}/linear#0" for name in ("query", "key", "value")]
    assert found == [*linears, linears[-1]]
    app.press(Key.Key_Comma)
    assert app.here == "blocks.0.ln1/layer_norm#0"


def test_a_typed_period_is_text(app: App) -> None:
    app.go("blocks.0.ln1")
    app.press(Key.Key_K, Mod.ControlModifier)
    app.press(Key.Key_Period)
    assert app.desk.header.search.text() == "."
    assert app.here == "blocks.0.ln1/layer_norm#0"


def test_back_by_keys_and_by_the_thumb(app: App) -> None:
    app.go("blocks.0.attn/softmax")
    app.session.take(intents.StepTo(app.at("ln_f")))
    app.press(Key.Key_Left, Mod.AltModifier)
    assert app.here == "blocks.0.attn/softmax#0"
    app.press(Key.Key_Right, Mod.AltModifier)
    assert app.here == "ln_f/layer_norm#0"
    QTest.mouseClick(app.canvas, Qt.MouseButton.BackButton, pos=QPoint(5, 300))
    assert app.here == "blocks.0.attn/softmax#0"
    QTest.mouseClick(app.canvas, Qt.MouseButton.ForwardButton, pos=QPoint(5, 300))
    assert app.here == "ln_f/layer_norm#0"


def test_back_shows_what_was_in_view(app: App) -> None:
    app.go("blocks.0.attn/softmax")
    app.canvas.outlook.zoom_at(QPointF(app.middle("softmax")), 1.7)
    seen = app.canvas.outlook.place
    app.session.take(intents.StepTo(app.at("lm_head")))
    app.canvas.outlook.fit()
    app.press(Key.Key_Left, Mod.AltModifier)
    assert app.canvas.outlook.place == pytest.approx(seen, abs=0.01)


def test_bookmarks_by_keys(app: App) -> None:
    app.go("blocks.0.attn/softmax")
    assert not app.flagged("softmax")
    app.press(Key.Key_3, Mod.ControlModifier | Mod.ShiftModifier)
    assert app.flagged("softmax")
    app.press(Key.Key_End)
    app.press(Key.Key_3, Mod.ControlModifier)
    assert app.here == "blocks.0.attn/softmax#0"
    assert app.flagged("softmax")
    app.press(Key.Key_3, Mod.ControlModifier | Mod.ShiftModifier)
    assert not app.flagged("softmax")


def test_the_timeline_shows_bookmarks(app: App) -> None:
    app.go("blocks.0.attn/softmax")
    strip = app.desk.stepper.findChild(Timeline)
    assert strip is not None
    plain = strip.grab().toImage()
    app.press(Key.Key_1, Mod.ControlModifier | Mod.ShiftModifier)
    assert strip.grab().toImage() != plain


def test_the_timeline_dims_what_is_not_lit(app: App) -> None:
    strip = app.desk.stepper.findChild(Timeline)
    assert strip is not None
    app.go("blocks.0.attn/softmax")
    foot = QPoint(strip.width() - 4, strip.height() - 2)
    before = strip.grab().toImage().pixelColor(foot)
    app.press(Key.Key_Down, Mod.ControlModifier | Mod.ShiftModifier)
    after = strip.grab().toImage().pixelColor(foot)
    assert after.lightness() > before.lightness(), "it was to come, and is lit now"


def test_a_scrub_is_one_place(app: App) -> None:
    strip = app.desk.stepper.findChild(Timeline)
    assert strip is not None
    QTest.mousePress(strip, LEFT, pos=QPoint(200, 10))
    for x in range(230, 900, 30):
        drag(strip, QPoint(x, 10))
    QTest.mouseRelease(strip, LEFT, pos=QPoint(900, 10))
    assert len(app.state.history.past) <= 1


def test_cones_by_keys_and_escape(app: App) -> None:
    app.go("blocks.0.attn/softmax")
    plain = app.canvas.grab().toImage()
    app.press(Key.Key_Up, Mod.ControlModifier | Mod.ShiftModifier)
    assert app.chip == (
        "softmax comes from 16 of 110 ops · 62.0 K parameters in 8 tensors · input tokens"
    )
    assert app.canvas.grab().toImage() != plain
    app.press(Key.Key_Down, Mod.ControlModifier | Mod.ShiftModifier)
    assert app.chip == "87 of 110 ops depend on softmax"
    app.press(Key.Key_Escape)
    assert app.chip == ""
    assert app.canvas.grab().toImage() == plain


def test_the_chip_lets_go(app: App) -> None:
    app.go("blocks.0.attn/softmax")
    app.press(Key.Key_Up, Mod.ControlModifier | Mod.ShiftModifier)
    chip = app.canvas.findChild(Chip)
    assert chip is not None
    close = chip.findChild(QToolButton)
    assert close is not None
    app.bot.mouseClick(close, LEFT)
    assert app.state.cone is None


def test_paths_from_a_marked_node(app: App) -> None:
    app.go("blocks.0.attn.query")
    app.press(Key.Key_M, Mod.ControlModifier)
    assert app.chip == "Paths begin at query: Ctrl+Shift+M lights those to the cursor"
    app.go("blocks.0.attn/softmax")
    app.press(Key.Key_M, Mod.ControlModifier | Mod.ShiftModifier)
    assert app.chip == "7 of 110 ops are on the paths from query to softmax"
    app.go("blocks.0.attn.key")
    app.press(Key.Key_M, Mod.ControlModifier | Mod.ShiftModifier)
    assert app.chip == "No path leads from query to key"
    app.press(Key.Key_Escape)
    app.press(Key.Key_Escape)
    assert app.chip == ""


def test_what_is_not_lit_is_dim_and_lit_wires_are_strong(app: App) -> None:
    app.go("blocks.0.attn/softmax")
    app.canvas.outlook.place = (1.0, *box_middle(app.box("proj")))
    before = app.canvas.grab().toImage().pixelColor(app.middle("proj") - QPoint(0, 16))
    app.press(Key.Key_Up, Mod.ControlModifier | Mod.ShiftModifier)
    app.canvas.outlook.place = (1.0, *box_middle(app.box("proj")))
    after = app.canvas.grab().toImage().pixelColor(app.middle("proj") - QPoint(0, 16))
    assert after.lightness() <= before.lightness()
    query = app.box("query")
    app.canvas.outlook.place = (1.0, *box_middle(query))
    below = app.canvas.box_rect(query).bottomLeft() + QPointF(query.width / 2, 8)
    row = [
        app.canvas.grab().toImage().pixelColor(below.toPoint() + QPoint(dx, 0)).name()
        for dx in range(-4, 5)
    ]
    assert app.canvas.theme.accent in row


def test_the_plain_map_stands_in_until_the_lit_one_is_painted(app: App) -> None:
    app.go("blocks.0.attn/softmax")
    app.canvas.grab()
    app.canvas.tiles.patience = 0.0  # a tile a frame
    app.session.take(intents.Light("sources"))

    def colours() -> set[int]:
        shown = app.canvas.grab().toImage()
        return {shown.pixel(x, y) for x in range(0, 500, 3) for y in range(75, 230, 3)}

    assert len(colours()) > 20, "not the bare ground, above the tile in the middle"
    lit = QColor(app.canvas.theme.accent).rgb()
    app.bot.waitUntil(lambda: lit in colours())


def test_walking_costs_no_tiles_while_something_is_lit(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.go("blocks.0.attn/softmax")
    app.press(Key.Key_Up, Mod.ControlModifier | Mod.ShiftModifier)
    app.canvas.grab()
    painted: list[object] = []
    paint = ConePainting.paint

    def counting(self: ConePainting, *given: object) -> None:
        painted.append(given)
        paint(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(ConePainting, "paint", counting)
    app.press(Key.Key_Left)
    app.canvas.grab()
    assert not painted


def box_middle(box: Box) -> tuple[float, float]:
    return box.x + box.width / 2, box.y + box.height / 2


# ---------------------------------------------------------------------- the menu of a node


def test_the_right_button_offers_what_can_be_done(app: App) -> None:
    app.go("blocks.0.ln1")
    menu = app.menu("blocks.1")
    texts = [action.text().partition("\t")[0] for action in menu.actions() if action.text()]
    assert texts == [
        "Open", "Step here", "Light what this comes from", "Light what depends on this",
        "Light the paths from there to here", "Let paths begin here, or no more",
        "Change this value…", "Bookmark", "Copy id",
    ]  # fmt: skip
    app.choose(menu, "Light what depends on this")
    assert app.chip.endswith("depend on blocks.1")
    assert app.here == "blocks.0.ln1/layer_norm#0", "the cursor stays"
    app.choose(app.menu("blocks.1"), "Step here")
    call = next(c for c in app.recording.calls if c.module == "blocks.1")
    assert app.state.cursor == call.last
    app.choose(app.menu("blocks.1"), "Copy id")
    assert QGuiApplication.clipboard().text() == "blocks.1"
    app.choose(app.menu("blocks.1"), "Open")
    assert call.index in app.state.open
    app.choose(app.menu("blocks.1"), "Close")
    assert call.index not in app.state.open


def test_the_menu_key_is_about_the_cursors_node(app: App) -> None:
    app.go("blocks.0.attn/softmax")
    app.choose(app.menu(), "Copy id")
    assert QGuiApplication.clipboard().text() == "blocks.0.attn/softmax#0"
    menu = app.menu()
    bookmarks = next(a.menu() for a in menu.actions() if a.text() == "Bookmark")
    assert isinstance(bookmarks, QMenu)
    bookmarks.actions()[3].trigger()
    menu.close()
    assert app.state.bookmarks[4].event == "blocks.0.attn/softmax#0"


def test_an_input_has_a_menu_too(app: App) -> None:
    app.canvas.outlook.fit()
    app.choose(app.menu("tokens"), "Light what depends on this")
    assert app.chip == "104 of 110 ops depend on tokens"
    app.choose(app.menu("tokens"), "Copy id")
    assert QGuiApplication.clipboard().text() == "tokens"


def test_a_fold_is_marked_lit_and_opened_as_a_node(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    monkeypatch.setattr("explorer.gui.desk.Memory", lambda: Memory(settings))
    app = App(qtbot, recordings.gpt(layers=8))
    app.session.take(intents.OpenToLevel(1))
    block = next(c for c in app.recording.calls if c.module == "blocks.3")
    app.session.take(intents.StepTo(block.last))
    app.press(Key.Key_1, Mod.ControlModifier | Mod.ShiftModifier)
    assert app.flagged("Block ×8")
    app.press(Key.Key_Down)
    assert app.here.startswith("blocks.4/"), "its blocks are walked one by one"
    app.choose(app.menu("Block ×8"), "Copy id")
    assert QGuiApplication.clipboard().text() == "blocks.0"
    app.press(Key.Key_Down, Mod.ControlModifier | Mod.ShiftModifier)
    assert app.chip.endswith("depend on blocks.4 of Block ×8")
    app.press(Key.Key_Escape)
    app.choose(app.menu("Block ×8"), "Open")
    assert app.flagged("blocks.3")
    app.press(Key.Key_Up, Mod.ControlModifier | Mod.ShiftModifier)
    painting = app.canvas.layers._marks.painting
    assert isinstance(painting, ConePainting)
    rooms = [painting.scene.whole, painting.scene.whole.within(painting.scene.root.rooms[0][0])]
    lit = {
        box.title
        for placed in rooms
        for box, on in zip(placed.room.boxes, painting._lit(placed).boxes, strict=True)
        if on
    }
    assert {"blocks.0", "blocks.4", "token_embedding"} <= lit
    assert not {"blocks.5", "ln_f"} & lit
    app.session.take(intents.StepTo(app.at("lm_head")))
    app.choose(app.menu("Block ×8"), "Close")
    app.press(Key.Key_Left, Mod.AltModifier)
    assert app.box("blocks.4"), "the fold is open as it was"
    app.desk.close()


# ---------------------------------------------------------------------- the breadcrumb


def test_the_breadcrumb_says_where_one_is(app: App) -> None:
    app.go("blocks.0.attn/softmax")
    assert [b.text() for b in app.crumbs] == ["GPT", "blocks.0", "attn", "softmax"]
    app.press(Key.Key_Up, Mod.ControlModifier)
    assert [b.text() for b in app.crumbs] == ["GPT", "blocks.0", "attn"]


def test_a_crumb_leads_to_its_box(app: App) -> None:
    app.go("lm_head")
    app.go("blocks.0.attn/softmax")
    app.bot.mouseClick(app.crumbs[1], LEFT)
    assert app.here == "blocks.0.ln1/layer_norm#0"
    where = app.canvas.box_rect(app.box("blocks.0"))
    assert app.canvas.rect().contains(QPointF(where.center().x(), where.top()).toPoint())
    app.press(Key.Key_Left, Mod.AltModifier)
    assert app.here == "blocks.0.attn/softmax#0"


def test_crumbs_by_keys(app: App) -> None:
    app.go("blocks.0.attn/softmax")
    app.press(Key.Key_Tab)
    focused = QApplication.focusWidget()
    assert focused is app.crumbs[0]
    app.press(Key.Key_Tab)
    app.press(Key.Key_Tab)
    app.press(Key.Key_Return)
    assert app.here == "blocks.0.attn.query/linear#0"
    assert QApplication.focusWidget() is app.canvas, "the arrows walk on from there"


def test_a_long_way_is_cut_in_the_middle(qtbot: QtBot) -> None:
    b = recordings.Builder("Deep")
    x = b.input("x", B=1, C=4)

    def nest(depth: int, x: int) -> int:
        if not depth:
            return b.op("tanh", [b.op("relu", [x], B=1, C=4)], B=1, C=4)
        with b.module("模块" * 4 if depth % 2 else "a" * 300, "Part"):
            return b.op("relu", [nest(depth - 1, x)], B=1, C=4)

    recording = b.finish([nest(9, x)])
    made = App(qtbot, recording)
    made.session.take(intents.OpenToLevel(-1))
    made.session.take(intents.StepTo(0))
    texts = [button.text() for button in made.crumbs]
    assert texts[:2] == ["Deep", "…"]
    assert texts[-1] == "ReLU"
    bar = made.canvas.findChild(Breadcrumb)
    assert bar is not None
    assert bar.width() < made.canvas.width() * 0.8
    qtbot.mouseClick(made.crumbs[1], LEFT)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    hidden = 9 + 2 - len([t for t in texts if t != "…"])
    assert len(menu.actions()) == hidden
    menu.actions()[0].trigger()
    menu.close()
    assert made.state.cursor == 0
    made.desk.close()


def test_without_a_pass_there_is_no_breadcrumb(app: App) -> None:
    bar = app.canvas.findChild(Breadcrumb)
    assert bar is not None
    assert bar.isVisible()
    app.canvas.render(app.state, replace(app.state, recording=None, cone=None))
    assert not bar.isVisible()


def test_all_modules_close_and_open_in_the_outline_too(app: App) -> None:
    tree = app.desk.outline.findChild(QTreeView)
    assert tree is not None
    model = tree.model()
    blocks = next(
        model.index(row, 0)
        for row in range(model.rowCount())
        if model.index(row, 0).data() == "blocks"
    )
    both = Mod.ControlModifier | Mod.ShiftModifier
    app.press(Key.Key_E, both)
    assert tree.isExpanded(blocks)
    app.press(Key.Key_C, both)
    assert not tree.isExpanded(blocks)
