"""Two maps side by side, with real keys and clicks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, QRectF, QSettings, Qt
from PySide6.QtGui import QColor, QImage, QTextDocumentFragment
from PySide6.QtWidgets import QApplication, QLabel, QToolButton
from pytestqt.qtbot import QtBot

from explorer.core import messages as m
from explorer.core.graph import Recording
from explorer.core.values import TextInput
from explorer.gui.map.canvas import Canvas
from explorer.gui.map.minimap import Minimap
from explorer.gui.memory import Memory
from explorer.picture.scene import Box
from explorer.session import intents
from tests import recordings
from tests.gui.desktop import OWN, Desktop, on_model

Key, Mod, LEFT = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton.LeftButton


class App(Desktop):
    """A desk with a small GPT, whose passes are what the test says."""

    def __init__(self, bot: QtBot, recording: Recording) -> None:
        state = on_model(recording, typed=recording.input, own=OWN)
        super().__init__(bot, state, (1600, 900))
        self.canvas.setFocus()

    @property
    def other(self) -> Canvas:
        found = self.desk.maps.other
        assert found is not None
        return found

    def feed(self, text: str, made: Recording) -> None:
        """Another input, and the pass that comes of it."""
        self.session.take(intents.EditInput(TextInput(text)))
        ticket = self.state.tickets["RecordPass"]
        self.session.take(m.Recorded(ticket=ticket, recording=made))

    def middle(self, canvas: Canvas, title: str) -> QPoint:
        return canvas.box_rect(box(canvas, title)).center().toPoint()

    def here(self, canvas: Canvas) -> str:
        assert canvas.outlook.current is not None
        return canvas.outlook.current.box.title

    @property
    def summary(self) -> str:
        bar = self.desk.maps.findChild(QLabel, "differences")
        assert isinstance(bar, QLabel)
        return bar.accessibleName() if bar.isVisible() else ""


def box(canvas: Canvas, title: str) -> Box:
    return next(box for box in canvas.boxes() if box.title == title)


def gpt(text: str = "The cat", tape: int = 1, layers: int = 3) -> Recording:
    return replace(recordings.gpt(text, layers=layers), tape=tape, input=TextInput(text))


@pytest.fixture
def app(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    monkeypatch.setattr("explorer.gui.desk.Memory", lambda: Memory(settings))
    made = App(qtbot, gpt())
    yield made
    made.desk.close()


@pytest.fixture
def two(app: App) -> App:
    """Three blocks beside four."""
    app.press(Key.Key_B)
    app.feed("The dog", gpt("The dog", 2, layers=4))
    return app


def test_a_pass_is_kept_beside_by_a_key(app: App) -> None:
    assert app.desk.maps.other is None
    alone = app.canvas
    app.press(Key.Key_B)
    assert app.canvas is alone
    assert app.other.isVisible()
    assert app.canvas.mapToGlobal(QPoint()).x() < app.other.mapToGlobal(QPoint()).x()
    assert abs(app.canvas.width() - app.other.width()) < 40
    assert "same pass" in app.summary
    app.press(Key.Key_B, Mod.ShiftModifier)
    assert app.desk.maps.other is None
    assert app.canvas is alone
    assert len(app.window.findChildren(Canvas)) == 1 or not app.other


def test_both_maps_begin_whole_and_a_message_lies_over_both(app: App) -> None:
    app.press(Key.Key_B)
    for canvas in (app.canvas, app.other):
        assert canvas.outlook.view == "whole"
        seen = QRectF(canvas.rect())
        assert all(seen.contains(canvas.box_rect(one)) for one in canvas.boxes())
    app.press(Key.Key_G)
    banner = app.desk.banner
    assert banner.isVisible()
    assert banner.width() > app.canvas.width()
    zooms = [canvas.outlook.camera.zoom for canvas in (app.canvas, app.other)]
    app.press(Key.Key_Plus)
    for canvas, before in zip((app.canvas, app.other), zooms, strict=True):
        assert canvas.outlook.camera.zoom == pytest.approx(1.25 * before)


def test_keys_step_on_both_maps(two: App) -> None:
    for _ in range(2):
        two.press(Key.Key_Right)
    assert two.here(two.canvas) == two.here(two.other) == "position_embedding"


def test_a_click_into_the_other_map_makes_it_active(two: App) -> None:
    before, left, right = two.state.recording, two.canvas, two.other
    two.bot.mouseClick(right, LEFT, pos=two.middle(right, "ln_f"))
    assert two.canvas is right
    assert two.state.recording is not before
    assert two.here(right) == two.here(left) == "ln_f"
    assert right.hasFocus()
    assert left.x() == 0
    two.press(Key.Key_Left)
    assert two.here(right) == two.here(left) == "blocks.2"
    arranged = [r for r in two.sent if isinstance(r, m.Arrange)]
    assert (arranged[-1].active, arranged[-1].beside) == (1, 2)


def test_a_key_switches_the_sides_and_the_keyboard(two: App) -> None:
    left, right = two.canvas, two.other
    two.press(Key.Key_X)
    assert two.canvas is right
    assert right.hasFocus()
    two.press(Key.Key_X)
    assert two.canvas is left
    assert left.hasFocus()


def test_a_module_opens_in_both_maps(two: App) -> None:
    where = two.canvas.box_rect(box(two.canvas, "blocks.1"))
    two.bot.mouseClick(
        two.canvas, LEFT, pos=QPoint(round(where.right()) - 9, round(where.center().y()))
    )
    assert box(two.canvas, "attn").kind == "closed"
    assert box(two.other, "attn").kind == "closed"


def test_what_is_here_alone_has_the_cursor_hollow_on_the_other_side(two: App) -> None:
    assert "1 added" in two.summary
    plain = ring(two.other)
    two.bot.mouseClick(two.canvas, LEFT, pos=two.middle(two.canvas, "blocks.3"))
    assert two.here(two.other) == "blocks.2"
    assert ground(two.other, "blocks.2") == two.other.theme.color("raised").name()
    assert plain
    assert ring(two.other)
    two.bot.mouseClick(two.canvas, LEFT, pos=two.middle(two.canvas, "blocks.2"))
    assert ground(two.other, "blocks.2") != two.other.theme.color("raised").name()


def test_differences_are_marked_and_gone_to_by_keys(two: App) -> None:
    mark = sign(two.canvas, "blocks.3")
    assert mark == two.canvas.theme.negative
    assert sign(two.canvas, "blocks.2") != mark
    two.press(Key.Key_F8)
    assert two.here(two.canvas) == "blocks.3"
    assert two.summary == "1 of 1: + blocks.3 — Block, 26 ops"
    two.press(Key.Key_Home)
    two.press(Key.Key_F8, Mod.ShiftModifier)
    assert two.here(two.canvas) == "blocks.3"


def test_a_difference_is_named_as_far_as_there_is_room(app: App) -> None:
    app.press(Key.Key_B)
    app.feed("b", replace(recordings.gpt("The cat", layers=3, width=64), tape=2))
    app.press(Key.Key_F8)
    label = app.desk.maps.findChild(QLabel, "differences")
    assert isinstance(label, QLabel)
    assert app.summary.startswith("1 of ")
    assert (
        "≠ token_embedding — settings 96 × 128 → 96 × 64, shape B 1 × T 7 × C 128 →" in app.summary
    )
    said = []
    for width in (1600, 1200, 1000):
        app.window.resize(width, 800)
        QApplication.processEvents()
        assert label.sizeHint().width() <= label.width()
        said.append(QTextDocumentFragment.fromHtml(label.text()).toPlainText())
    assert "token_embedding — settings 96 × 128 → 96 × 64" in said[0]
    assert len(said[0]) >= len(said[1]) >= len(said[2])
    assert re.fullmatch(r"1 of \d+: +≠ tok.*ing", said[2])
    assert "changed" in label.toolTip()  # how many there are in all
    app.press(Key.Key_F8)
    assert app.summary.startswith("2 of ")
    assert "position_embedding — " in app.summary


def test_differences_are_gone_to_by_buttons(two: App) -> None:
    shown = [b for b in two.desk.maps.findChildren(QToolButton) if b.isVisible()]
    buttons = {button.text(): button for button in shown}
    two.bot.mouseClick(buttons["›"], LEFT)
    assert two.here(two.canvas) == "blocks.3"
    right = two.other
    two.bot.mouseClick(buttons["⇄"], LEFT)
    assert two.canvas is right
    two.bot.mouseClick(buttons["✕"], LEFT)
    assert two.state.beside is None
    assert two.canvas is right
    assert right.isVisible()
    assert two.state.recording is not None
    assert two.state.recording.tape == 1


def test_what_is_in_a_closed_module_is_counted_on_it(app: App) -> None:
    app.press(Key.Key_B)
    app.feed("b", replace(recordings.gpt("The cat", layers=3, heads=8), tape=2))
    for canvas in (app.canvas, app.other):
        canvas.outlook.begin()
        color = QColor(sign(canvas, "blocks.0"))
        parts = (color.red(), color.green(), color.blue())
        assert max(parts) - min(parts) < 40  # grey, and not the ground
        assert color.green() > 100
        assert QColor(sign(canvas, "ln_f")).green() < 100
    assert "changed" in app.summary


def test_the_view_of_each_map_outlives_a_change_of_theme_and_the_end(two: App) -> None:
    two.canvas.outlook.place = (1.3, 200.0, 300.0)
    two.other.outlook.place = (0.8, 150.0, 500.0)
    two.press(Key.Key_D, Mod.ControlModifier)
    assert two.canvas.outlook.place == pytest.approx((1.3, 200.0, 300.0), abs=0.5)
    assert two.other.outlook.place == pytest.approx((0.8, 150.0, 500.0), abs=0.5)
    two.press(Key.Key_X)
    two.press(Key.Key_D, Mod.ControlModifier)
    assert two.canvas.outlook.place == pytest.approx((0.8, 150.0, 500.0), abs=0.5)
    two.bot.waitUntil(lambda: two.canvas.mapToGlobal(QPoint()).x() > 600)
    two.press(Key.Key_B, Mod.ShiftModifier)
    two.press(Key.Key_Right)
    assert two.canvas.findChild(Minimap) is not None


def test_keys_of_two_sides_do_nothing_with_one(app: App) -> None:
    before = app.state
    for key in (Key.Key_X, Key.Key_F8):
        app.press(key)
    assert app.state is before


def test_looking_around_in_the_other_map_makes_it_not_active(two: App) -> None:
    left, right = two.canvas, two.other
    two.bot.mousePress(right, LEFT, pos=QPoint(20, 300))
    two.bot.mouseMove(right, QPoint(60, 340))
    two.bot.mouseRelease(right, LEFT, pos=QPoint(60, 340))
    assert two.canvas is left


def ground(canvas: Canvas, title: str) -> str:
    """The colour that a node is filled with."""
    where = canvas.box_rect(box(canvas, title))
    return at(canvas.grab().toImage(), where.left() + 12, where.bottom() - 9).name()


def ring(canvas: Canvas) -> bool:
    """Whether something around the current node has the colour of the cursor."""
    assert canvas.outlook.current is not None
    where = canvas.box_rect(canvas.outlook.current.box)
    image, cursor = canvas.grab().toImage(), canvas.theme.color("cursor")
    around = range(round(where.left()) - 8, round(where.left()) + 4)
    middle = round(where.center().y())
    seen = (at(image, x, y) for x in around for y in range(middle - 6, middle + 6))
    return any(
        abs(c.red() - cursor.red()) + abs(c.green() - cursor.green()) < 60 and c.blue() < 140
        for c in seen
    )


def sign(canvas: Canvas, title: str) -> str:
    """The colour at the edge of the sign at the upper right corner of a node."""
    where, zoom = canvas.box_rect(box(canvas, title)), canvas.outlook.camera.zoom
    x = where.right() - (6 + 2.5) * zoom
    return at(canvas.grab().toImage(), x, where.top() - 1.5 * zoom).name()


def at(image: QImage, x: float, y: float) -> QColor:
    ratio = image.devicePixelRatio()
    return image.pixelColor(round(x * ratio), round(y * ratio))
