"""Everything can be done by keys: each action has some of its own, and buttons have theirs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QMenu,
    QPushButton,
    QSlider,
    QToolTip,
    QWidget,
)
from pytestqt.qtbot import QtBot

from explorer.core.messages import Seek
from explorer.gui.actions import ACTIONS, TABS_OF, Action
from explorer.gui.keys import has_arrows
from explorer.gui.memory import Memory
from explorer.gui.panes.heatmap import Heatmap
from explorer.gui.panes.shades import Shades
from explorer.session import intents
from tests import recordings
from tests.gui.desktop import Desktop, on_model

Key, Mod, LEFT = Qt.Key, Qt.KeyboardModifier, Qt.MouseButton.LeftButton


class App(Desktop):
    """A desk with a small GPT on the page of the forward pass."""

    def __init__(self, bot: QtBot) -> None:
        super().__init__(bot, on_model(recordings.gpt()))
        self.canvas.setFocus()

    @property
    def focused(self) -> QWidget:
        found = QApplication.focusWidget()
        assert found is not None
        return found

    def tab_to(self, name: str) -> None:
        for _ in range(60):
            if self.focused.objectName() == name:
                return
            self.press(Key.Key_Tab)
        pytest.fail(f"Tab never comes to {name}")


@pytest.fixture
def app(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    monkeypatch.setattr("explorer.gui.desk.Memory", lambda: Memory(settings))
    made = App(qtbot)
    yield made
    made.desk.close()


def collisions(actions: tuple[Action, ...]) -> list[tuple[str, str, str]]:
    """Pairs of actions that have a key in common on some page."""
    everywhere = {"architecture", "forward", "training"}

    def pages(action: Action) -> set[str]:
        return set(TABS_OF[action.where]) if action.where else everywhere

    return [
        (one.name, other.name, key)
        for one, other in combinations(actions, 2)
        for key in {QKeySequence(key).toString() for key in one.keys}
        & {QKeySequence(key).toString() for key in other.keys}
        if pages(one) & pages(other)
    ]


def test_every_action_has_a_key() -> None:
    assert [action.name for action in ACTIONS if not action.keys] == []
    unreadable = [key for a in ACTIONS for key in a.keys if not QKeySequence(key).toString()]
    assert unreadable == []


def test_no_two_actions_have_the_same_key() -> None:
    assert collisions(ACTIONS) == []


def test_a_collision_would_be_found() -> None:
    over = next(action for action in ACTIONS if action.name == "over")
    again = Action("again", "Again", ("F10",), None, "canvas")
    other = Action("other", "Other", ("F10",), None, "training")
    assert collisions((over, again, other)) == [("over", "again", "F10")]


def test_every_key_does_its_action(app: App) -> None:
    done: list[str] = []
    of_two = ("switch-sides", "end-beside", "next-difference", "previous-difference")
    actions = {a.objectName(): a for a in app.window.findChildren(QAction) if a.objectName()}
    for name, action in actions.items():
        action.triggered.disconnect()
        action.triggered.connect(lambda _=False, name=name: done.append(name))
        action.setEnabled(action.isEnabled() or name in ("dismiss", "save-weights", *of_two))
    for name, key in ((action.name, key) for action in ACTIONS for key in action.keys):
        done.clear()
        app.desk.canvas.setFocus()
        QTest.keySequence(app.desk.canvas, QKeySequence(key))
        assert done == [name], key


@pytest.mark.parametrize("key", [Key.Key_Space, Key.Key_Return])
def test_a_button_that_tab_came_to_is_pressed(app: App, key: Qt.Key) -> None:
    app.tab_to("last")
    app.press(key)
    recording = app.state.recording
    assert recording is not None
    assert app.state.cursor == len(recording.events) - 1
    assert not app.state.playing


def test_a_button_that_was_clicked_leaves_the_keys_alone(app: App) -> None:
    button = app.window.findChild(QPushButton, "tab-forward")
    assert button is not None
    QTest.mouseClick(button, LEFT)
    app.press(Key.Key_Space)
    assert app.state.playing


def test_arrows_choose_among_buttons(app: App) -> None:
    app.tab_to("tab-architecture")
    app.press(Key.Key_Right)
    assert app.focused.objectName() == "tab-forward"
    app.press(Key.Key_Left)
    assert app.state.tab == "architecture"
    assert app.state.cursor == 0


def test_enter_opens_the_menu_of_a_button(app: App) -> None:
    app.tab_to("colour-by")
    menu = app.desk.canvas.colouring.legend.button.menu()
    assert menu is not None
    shown: list[bool] = []
    menu.aboutToShow.connect(lambda: shown.append(True))
    menu.aboutToShow.connect(menu.close, Qt.ConnectionType.QueuedConnection)
    app.press(Key.Key_Return)
    assert shown


def test_arrows_walk_in_a_picture_that_has_the_keyboard(app: App) -> None:
    made: list[tuple[int, int]] = []
    picture = Heatmap(app.desk.canvas.theme, 1.0)
    picture.setParent(app.desk.inspector)
    picture.setGeometry(0, 0, 200, 200)
    picture.show_matrix(np.eye(4), Shades(0, 1, False))
    picture.picked.connect(lambda row, column: made.append((row, column)))
    picture.show()
    picture.setFocus(Qt.FocusReason.TabFocusReason)
    app.press(Key.Key_Right)
    assert made == [(0, 1)]
    assert app.state.cursor == 0
    QTest.mouseClick(app.desk.canvas, LEFT, pos=QPoint(3, 300))
    app.press(Key.Key_Right)
    assert app.state.cursor > 0, "elsewhere it steps"


def test_a_picture_that_was_clicked_zooms_by_its_keys_and_the_arrows_go_on_stepping(
    app: App,
) -> None:
    picture = Heatmap(app.desk.canvas.theme, 1.0)
    picture.setParent(app.desk.inspector)
    picture.setGeometry(0, 0, 200, 200)
    picture.show_matrix(np.random.default_rng(0).random((90, 90)), Shades(0, 1, False))
    picture.show()
    zoom = app.desk.canvas.outlook.camera.zoom
    whole = picture.extents
    QTest.mouseClick(picture, LEFT, pos=QPoint(100, 100))
    for key, modifier in (
        (Key.Key_Plus, Mod.ShiftModifier), (Key.Key_Equal, Mod.NoModifier),
        (Key.Key_Plus, Mod.KeypadModifier),
    ):  # fmt: skip
        before = picture.extents
        app.press(key, modifier)
        assert picture.extents[0][1] - picture.extents[0][0] < before[0][1] - before[0][0]
    app.press(Key.Key_0)
    assert picture.extents == whole
    assert app.desk.canvas.outlook.camera.zoom == zoom
    app.press(Key.Key_Right)
    assert app.state.cursor > 0
    QTest.mouseClick(app.desk.canvas, LEFT, pos=QPoint(3, 300))
    app.press(Key.Key_Plus)
    assert app.desk.canvas.outlook.camera.zoom > zoom
    assert picture.extents == whole


def test_a_slider_that_tab_came_to_is_moved_by_the_arrows(app: App) -> None:
    slider = QSlider(Qt.Orientation.Horizontal, app.desk.inspector)
    slider.setRange(0, 9)
    slider.show()
    slider.setFocus(Qt.FocusReason.TabFocusReason)
    app.press(Key.Key_Right)
    assert slider.value() == 1
    assert app.state.cursor == 0


def test_the_next_nan_by_a_key_wherever_one_is(app: App) -> None:
    sent: list[object] = []
    app.session._send = sent.append
    app.press(Key.Key_N)
    app.press(Key.Key_N, Mod.ShiftModifier)
    assert app.state.pane == "values"
    assert [one.sort for one in sent if isinstance(one, Seek)] == ["nan", "infinity"]


def test_the_menu_of_a_node_by_a_key(app: App) -> None:
    app.press(Key.Key_Return, Mod.ControlModifier)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert any("Ctrl+M" in action.text() for action in menu.actions())
    menu.close()


def test_what_a_node_is_by_a_key(app: App) -> None:
    app.press(Key.Key_I)
    recording = app.state.recording
    assert recording is not None
    assert QToolTip.text().startswith(recording.events[0].id)
    QToolTip.hideText()


def test_the_map_moves_by_keys(app: App) -> None:
    app.desk.canvas.outlook.place = (3.0, 100.0, 100.0)
    seen = [app.desk.canvas.outlook.camera.view.center().toTuple()]
    for key, modifier in (
        (Key.Key_PageDown, Mod.ShiftModifier), (Key.Key_PageDown, Mod.ControlModifier),
        (Key.Key_PageUp, Mod.ShiftModifier), (Key.Key_PageUp, Mod.ControlModifier),
    ):  # fmt: skip
        app.press(key, modifier)
        seen.append(app.desk.canvas.outlook.camera.view.center().toTuple())
    begin, down, right, up, left = seen
    assert down[1] > begin[1]
    assert right[0] > down[0]
    assert up[1] < right[1]
    assert left == pytest.approx(begin, abs=0.01)


def test_from_panel_to_panel(app: App) -> None:
    app.session.take(intents.ToggleTable())
    been = []
    for _ in range(14):
        app.press(Key.Key_F6)
        panel = next(p for p in app.desk.panels if p is app.focused or p.isAncestorOf(app.focused))
        been.append(type(panel).__name__)
    assert set(been) == {"InputEditor", "Outline", "Maps", "Inspector", "Stepper", "Table",
                         "Header", "WritingStrip"}  # fmt: skip
    before = app.focused
    app.press(Key.Key_F6)
    app.press(Key.Key_F6, Mod.ShiftModifier)
    assert app.focused is before


def test_what_a_node_is_where_there_is_none_to_see(app: App) -> None:
    app.session.take(intents.ShowTab("training"))
    app.desk.do("architecture")
    app.desk.canvas.hide()
    QToolTip.hideText()
    app.desk.do("tell")
    app.desk.do("node-menu")
    assert not QToolTip.text()
    assert QApplication.activePopupWidget() is None


def test_pictures_of_a_value_by_keys(app: App) -> None:
    app.session.take(intents.StepBy("last"))
    panes = []
    for _ in range(2):
        app.press(Key.Key_V)
        panes.append(app.state.pane)
    assert len(set(panes)) == 2
    app.press(Key.Key_V, Mod.ShiftModifier)
    assert app.state.pane == panes[0]


def test_pace_by_key(app: App) -> None:
    paces = []
    for _ in range(4):
        app.press(Key.Key_P)
        paces.append(app.state.pace)
    assert paces == [2.0, 4.0, 0.5, 1.0]


def test_only_what_the_arrows_are_for_has_a_frame(app: App) -> None:
    widget = QLineEdit(app.canvas)
    widget.show()
    QTest.mousePress(widget, LEFT)
    assert widget.hasFocus()
    QTest.mouseRelease(widget, LEFT)
    assert not has_arrows(widget)
    app.canvas.setFocus()
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    assert has_arrows(widget)
    app.canvas.setFocus()
    assert not has_arrows(widget)
