"""Who points at a number while another one is kept: a mouse that moves, and what is told then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from explorer.core.explanation import written
from explorer.gui.memory import Memory
from explorer.session import intents
from tests.engine.test_recording import subject
from tests.gui.mouse import hover, leave
from tests.gui.test_derivation import App, Net, number

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def app(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    monkeypatch.setattr("explorer.gui.desk.Memory", lambda: Memory(settings))
    torch.manual_seed(0)
    made = App(qtbot, subject(Net(), torch.randn(3, 6)))
    yield made
    made.desk.close()


def title(app: App) -> list[str]:
    """What the first line of the drawer says."""
    kinds = (QLabel, QPushButton)
    line = app.desk.derivation.findChildren(QLabel) + app.desk.derivation.findChildren(QPushButton)
    seen = [one for one in line if isinstance(one, kinds) and one.isVisible() and one.text()]
    return [one.text() for one in seen if one.mapTo(app.desk.derivation, QPoint()).y() < 16]


def told(app: App, value: int, *index: int) -> str:
    return f"ReLU{list(index)} = {written(number(app, value, *index))}"


def handle(app: App) -> QWindow:
    made = app.window.windowHandle()
    assert made is not None
    return made


def move(app: App, at: QPoint) -> None:
    """As the window system tells of it."""
    QTest.mouseMove(handle(app), at)
    QApplication.processEvents()
    app.answer()


def test_the_title_names_what_is_told_and_what_is_kept(app: App) -> None:
    value = app.go("relu")
    app.click(0, 0, (3, 5))
    assert title(app) == [told(app, value, 0, 0)]
    hover(app.map, app.cell(2, 4, (3, 5)))
    app.answer()
    assert title(app) == [told(app, value, 2, 4), f"kept: {told(app, value, 0, 0)}"]
    assert f"{written(number(app, value, 2, 4))} = relu(" in app.said()
    leave(app.map)
    app.answer()
    assert title(app) == [told(app, value, 0, 0)]


def test_over_the_kept_cell_all_of_it_is_told(app: App) -> None:
    value = app.go("linear")
    app.click(1, 2, (3, 5))
    hover(app.map, app.cell(2, 4, (3, 5)))
    app.answer()
    hover(app.map, app.cell(1, 2, (3, 5)))
    app.answer()
    assert app.state.derivation.glance is None
    assert app.state.derivation.shown is app.state.derivation.told
    assert title(app) == [f"linear[1, 2] = {written(number(app, value, 1, 2))}"]


def test_what_comes_under_a_mouse_that_rests_is_not_pointed_at(app: App) -> None:
    value = app.go("relu")
    app.session.take(intents.Derive(value, (0, 0)))  # the drawer is there, and the pane rests
    app.answer()
    at = app.map.mapTo(app.window, app.cell(2, 1, (3, 5)) + QPoint(26, 0))
    move(app, at - QPoint(30, 0))
    QTest.mouseClick(handle(app), LEFT, pos=at)
    app.answer()
    assert app.map.cell == (2, 1)
    assert title(app) == [told(app, value, 2, 1)]
    app.window.resize(1100, 800)  # as a strip or a drawer would: other cells come under it
    QApplication.processEvents()
    plane = app.state.plane
    scaled = replace(plane, scale=replace(plane.scale, log=True))
    app.session.take(intents.ShowPlane(scaled))  # and all is painted anew
    app.answer()
    at_rest = app.map.cell
    assert at_rest not in ((2, 1), (-1, -1))
    assert title(app) == [told(app, value, 2, 1)]
    move(app, at + QPoint(1, 1))  # a hand is not quite still
    assert title(app) == [told(app, value, 2, 1)]
    move(app, app.map.mapTo(app.window, app.cell(*at_rest, (3, 5))))
    assert app.map.cell == at_rest
    assert title(app) == [told(app, value, *at_rest), f"kept: {told(app, value, 2, 1)}"]


def test_by_a_key_the_number_under_the_mouse_is_told(app: App) -> None:
    value = app.go("relu")
    hover(app.map, app.cell(2, 4, (3, 5)))
    app.answer()
    app.desk.do("derive")
    app.answer()
    assert title(app) == [told(app, value, 2, 4)]
    app.desk.do("derive")
    assert app.desk.derivation.isHidden()
