"""The whole app in a window: real keys and clicks, a real engine, real presets."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from explorer.app import Joined
from explorer.core.values import TextInput
from explorer.gui.desk import Desk
from explorer.gui.gallery import PresetCard
from explorer.gui.window import Window, make_application
from explorer.session import intents
from explorer.session.process import engine_command, spawn
from explorer.session.state import AppState

pytestmark = pytest.mark.slow  # processes and windows of their own

Key = Qt.Key
NONE, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)  # fmt: skip


class App:
    """The window of one test, and its hands."""

    def __init__(self, qtbot: QtBot, joined: Joined, window: Window) -> None:
        self.bot = qtbot
        self.joined = joined
        self.window = window

    @property
    def center(self) -> QWidget:
        found = self.window.centralWidget()
        assert found is not None
        return found

    @property
    def state(self) -> AppState:
        return self.joined.session.state

    @property
    def desk(self) -> Desk:
        return self.joined.desk

    def press(self, key: Key, modifier: Qt.KeyboardModifier = NONE) -> None:
        focus = QApplication.focusWidget() or self.window
        self.bot.keyClick(focus, key, modifier)

    def until(self, holds: Callable[[AppState], bool], seconds: float = 60) -> None:
        self.bot.waitUntil(lambda: holds(self.state), timeout=int(seconds * 1000))

    def settle(self) -> None:
        self.until(lambda s: s.settled)


@pytest.fixture
def app(qtbot: QtBot, tmp_path: object) -> Iterator[App]:
    make_application("dark")
    window = Window("dark")
    window.resize(1280, 800)
    process = spawn(engine_command("cpu"))
    joined = Joined(window, process, "cpu", None, AppState(run=str(tmp_path)))
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    made = App(qtbot, joined, window)
    made.until(lambda s: s.engine.status == "ready")
    yield made
    joined.close()


def open_preset(app: App, name: str) -> None:
    app.joined.session.take(intents.OpenPreset(name))
    app.until(lambda s: s.recording is not None)
    app.settle()
    app.desk.canvas.setFocus()


@pytest.mark.parametrize("name", ["first-network", "spirals-mlp", "digits-cnn", "char-gpt"])
def test_f10_and_shift_f10_walk_the_same_way(app: App, name: str) -> None:
    open_preset(app, name)
    app.desk.do("open-all")
    app.press(Key.Key_Home)
    there = [app.state.cursor]
    while True:
        app.press(Key.Key_F10)
        if app.state.cursor == there[-1]:
            break
        there.append(app.state.cursor)
    assert app.state.recording is not None
    assert there == list(range(len(app.state.recording.events)))
    back = [app.state.cursor]
    while True:
        app.press(Key.Key_F10, SHIFT)
        if app.state.cursor == back[-1]:
            break
        back.append(app.state.cursor)
    assert back == there[::-1]
    app.settle()
    assert app.state.banner is None


def test_arrows_and_into_and_out(app: App) -> None:
    open_preset(app, "char-gpt")
    app.desk.do("close-all")
    app.press(Key.Key_Home)
    first = app.state.cursor
    app.press(Key.Key_Right)
    assert app.state.cursor > first
    app.press(Key.Key_Left)
    assert app.state.cursor == first
    recording = app.state.recording
    assert recording is not None
    block = next(c for c in recording.calls if c.module == "blocks.0")
    app.joined.session.take(intents.StepTo(block.first))
    app.press(Key.Key_Right, CTRL)
    assert block.index in app.state.open
    app.press(Key.Key_Up, CTRL)
    assert block.index not in app.state.open


def test_a_card_opens_a_preset(app: App) -> None:
    cards = app.desk.gallery.findChildren(PresetCard)
    assert cards[0].hasFocus()
    app.press(Key.Key_Right)
    app.press(Key.Key_Return)
    app.until(lambda s: s.page == "model" and s.recording is not None)
    assert app.state.shipped is not None
    assert app.state.shipped.name == "spirals-mlp"
    app.desk.do("gallery")
    app.bot.mouseClick(cards[2], Qt.MouseButton.LeftButton)
    app.until(lambda s: s.shipped is not None and s.shipped.name == "digits-cnn")


def test_typing_records_again(app: App) -> None:
    open_preset(app, "char-gpt")
    box = app.desk.inputs.findChild(QPlainTextEdit)
    assert box is not None
    before = app.state.recording
    box.selectAll()
    app.bot.keyClicks(box, "import this")
    app.until(lambda s: s.recording is not before and s.recording.input == TextInput("import this"))  # type: ignore[union-attr]
    assert app.state.recording is not None
    assert app.state.recording.labels["T"][:3] == ("i", "m", "p")


def test_training_by_key_and_back_to_the_step_view(app: App) -> None:
    open_preset(app, "spirals-mlp")
    app.press(Key.Key_F4)
    assert app.state.tab == "training"
    app.desk.do("train")
    app.until(lambda s: s.training is not None and s.training.step > 20)
    app.desk.do("train")
    app.until(lambda s: s.training is not None and not s.training.running)
    step = app.state.training.step  # type: ignore[union-attr]
    app.desk.do("forward")
    app.until(lambda s: s.recording is not None and s.recording.weights == f"step {step}")


@pytest.mark.parametrize("name", ["spirals-mlp", "char-gpt"])
def test_theme_language_and_size_change_without_losing_anything(app: App, name: str) -> None:
    open_preset(app, name)
    app.press(Key.Key_F10)
    app.bot.wait(50)
    before, place = app.state, app.desk.canvas.outlook.place
    for action in ("theme", "language", "larger", "present", "present", "smaller", "language",
                   "theme"):  # fmt: skip
        app.desk.do(action)
        app.settle()
        assert app.state.cursor == before.cursor
        assert app.state.recording is before.recording
    app.bot.wait(50)
    assert app.desk.canvas.outlook.place == pytest.approx(place, abs=2.0)
    tab = app.window.findChild(QPushButton, "tab-forward")
    assert tab is not None
    app.desk.do("language")
    tab = app.center.findChild(QPushButton, "tab-forward")
    assert isinstance(tab, QPushButton)
    assert tab.text() == "前向传播"


def test_find_jumps_to_an_op(app: App) -> None:
    open_preset(app, "char-gpt")
    app.press(Key.Key_K, CTRL)
    field = app.desk.header.search
    assert field.hasFocus()
    app.bot.keyClicks(field, "blocks.2.attn/softmax#0")
    app.bot.keyClick(field, Key.Key_Return)
    assert app.state.recording is not None
    assert app.state.recording.events[app.state.cursor].id == "blocks.2.attn/softmax#0"


def test_find_opens_a_preset_and_escape_leaves(app: App) -> None:
    app.press(Key.Key_K, CTRL)
    field = app.desk.header.search
    app.bot.keyClicks(field, "nothing")
    app.bot.keyClick(field, Key.Key_Escape)
    assert field.text() == ""
    assert not field.hasFocus()
    app.press(Key.Key_K, CTRL)
    app.bot.keyClicks(field, "digits-cnn")
    app.bot.keyClick(field, Key.Key_Return)
    app.until(lambda s: s.shipped is not None and s.shipped.name == "digits-cnn")


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("moment", ["stepping", "training"])
def test_the_window_survives_a_killed_engine(app: App, moment: str) -> None:
    open_preset(app, "spirals-mlp")
    app.press(Key.Key_F10)
    cursor = app.state.cursor
    if moment == "training":
        app.desk.do("training")
        app.desk.do("train")
        app.until(lambda s: s.training is not None and s.training.step > 10)
    pid = app.joined.pid
    os.kill(pid, signal.SIGKILL)
    app.until(lambda s: s.banner is not None and s.banner.kind == "engine")
    assert app.window.isVisible()
    app.settle()
    assert app.joined.pid != pid
    assert app.state.engine.status == "ready"
    assert app.state.cursor == cursor
    assert app.state.recording is not None


def test_another_model_gets_a_first_view_of_its_own(app: App) -> None:
    open_preset(app, "digits-cnn")
    app.bot.wait(50)
    wanted = app.desk.canvas.outlook.place
    open_preset(app, "char-gpt")
    app.desk.canvas.outlook.zoom_by(0.3)
    app.press(Key.Key_G, CTRL)
    open_preset(app, "digits-cnn")
    app.bot.wait(50)
    assert app.desk.canvas.outlook.place == pytest.approx(wanted)


def test_a_presentation_takes_the_screen_and_gives_it_back(app: App) -> None:
    open_preset(app, "char-gpt")
    app.desk.canvas.outlook.zoom_by(1.3)
    app.bot.wait(50)
    place, size = app.desk.canvas.outlook.place, app.window.size()
    app.press(Key.Key_F11)
    app.bot.wait(50)
    assert app.window.isFullScreen()
    canvas = app.desk.canvas
    current = next(b for b in canvas.boxes() if b.first <= 0 <= b.last and b.call < 0)
    assert canvas.rect().contains(canvas.box_rect(current).center().toPoint())
    app.press(Key.Key_Escape)
    app.bot.wait(50)
    assert not app.window.isFullScreen()
    assert app.window.size() == size
    assert app.desk.canvas.outlook.place == pytest.approx(place, abs=2.0)


@pytest.mark.parametrize("width", [1000, 1280, 1600])
def test_the_tabs_are_never_cut(app: App, width: int) -> None:
    open_preset(app, "char-gpt")
    app.window.resize(width, 800)
    app.bot.wait(30)
    for name in ("architecture", "forward", "training"):
        tab = app.center.findChild(QPushButton, f"tab-{name}")
        assert isinstance(tab, QPushButton)
        assert tab.width() >= tab.sizeHint().width()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_the_keyboard_stays_on_the_graph_when_the_engine_comes_back(app: App) -> None:
    open_preset(app, "spirals-mlp")
    os.kill(app.joined.pid, signal.SIGKILL)
    app.until(lambda s: s.banner is not None and s.banner.kind == "restarted")
    app.settle()
    assert app.desk.canvas.hasFocus()
    app.press(Key.Key_Right)
    assert app.state.cursor > 0


def test_colouring_and_the_table_by_keys_alone(app: App) -> None:
    open_preset(app, "digits-cnn")
    for _ in range(4):
        app.press(Key.Key_O)
    assert app.state.overlay == "flops"
    app.until(lambda s: "flops" in s.amounts)
    app.press(Key.Key_O, SHIFT)
    assert app.state.overlay == "parameters"
    app.press(Key.Key_W)
    assert app.state.weighed_wires
    app.press(Key.Key_B, CTRL)
    grid = app.desk.table.grid
    assert grid.isVisible()
    assert grid.hasFocus()
    for _ in range(2):
        app.press(Key.Key_Down)
    app.press(Key.Key_Right)  # in the table no step
    assert app.state.cursor == 0
    app.press(Key.Key_Return)
    assert app.state.cursor == 2
    app.press(Key.Key_Escape)
    assert not app.state.table
    assert app.desk.canvas.hasFocus()
    app.joined.session.take(intents.ColourBy("gradient"))
    app.until(lambda s: "gradient" in s.amounts)
    assert app.state.banner is None
