"""The banner: news goes by itself, a problem stays."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from explorer.core.presets import load_preset
from explorer.gui import banner as module
from explorer.gui.banner import BannerBar
from explorer.gui.desk import Desk
from explorer.gui.map.minimap import Minimap
from explorer.gui.theme import DARK
from explorer.gui.window import Window, make_application
from explorer.session import intents
from explorer.session.session import Session
from explorer.session.state import AppState, Banner, Engine
from tests.recordings import gpt, info

NEWS = Banner("saved", "The weights are saved in {path}.", "", {"path": "a"}, "news")
BAD = Banner("disk", "The disk is full.", "Free some.")


def over(holder: QWidget, page: QWidget) -> tuple[BannerBar, list[object]]:
    lay = QVBoxLayout(holder)
    lay.addWidget(page)
    bar = BannerBar(DARK, 1.0)
    bar.lie_over(holder, page)
    holder.resize(900, 500)
    holder.show()
    said: list[object] = []
    bar.intent.connect(said.append)
    return bar, said


def test_it_lies_over_the_page_and_moves_nothing(qtbot: QtBot) -> None:
    holder, page = QWidget(), QWidget()
    qtbot.addWidget(holder)
    bar, said = over(holder, page)
    before = page.geometry()
    bar.render(None, AppState(banner=BAD))
    assert bar.isVisible()
    assert page.geometry() == before
    assert page.geometry().contains(bar.geometry())
    close = bar.findChildren(QToolButton)[-1]
    QTest.mouseClick(close, Qt.MouseButton.LeftButton)
    assert said == [intents.Dismiss()]
    bar.render(AppState(banner=BAD), AppState())
    assert not bar.isVisible()


def test_news_goes_by_itself_and_a_problem_stays(qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    bar, said = over(holder, QWidget())
    bar._fading.setInterval(30)
    bar.render(None, AppState(banner=BAD))
    qtbot.wait(80)
    assert said == []
    bar.render(AppState(banner=BAD), AppState(banner=NEWS))
    qtbot.waitUntil(lambda: said == [intents.Dismiss()])
    assert module.NEWS >= 5000  # long enough to be read


def test_it_hides_no_control(qtbot: QtBot) -> None:
    make_application("dark")
    window = Window("dark")
    qtbot.addWidget(window)
    window.resize(1280, 800)
    recording = gpt()
    every = frozenset(range(len(recording.calls)))
    state = AppState(
        page="model", model=info(recording), recording=recording, open=every,
        engine=Engine("ready", "cpu", "CPU", 1),
    )  # fmt: skip
    session = Session(state, lambda _: None, lambda: None)
    desk = Desk(window, session)
    try:
        window.show()
        qtbot.waitExposed(window)
        for tab in ("forward", "training", "architecture"):
            session.take(intents.ShowTab(tab))
            session.take(intents.Report("disk", "The disk is full. " * 12, "Free some.", {}))
            qtbot.wait(1)
            assert desk.banner.isVisible()
            over = QRect(desk.banner.mapToGlobal(QPoint()), desk.banner.size())
            controls = [b for b in window.findChildren(QAbstractButton) if b.isVisible()]
            controls = [b for b in controls if not desk.banner.isAncestorOf(b)]
            for control in (*controls, *window.findChildren(Minimap)):
                place = QRect(control.mapToGlobal(QPoint()), control.size())
                assert not (control.isVisible() and place.intersects(over)), control
    finally:
        desk.close()


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
def test_curves_make_room_for_it(qtbot: QtBot, size: tuple[int, int]) -> None:
    make_application("dark")
    window = Window("dark")
    qtbot.addWidget(window)
    window.resize(*size)
    state = AppState(
        page="model", tab="training", model=info(gpt()), shipped=load_preset("spirals-mlp"),
        engine=Engine("ready", "cpu", "CPU", 1),
    )  # fmt: skip
    session = Session(state, lambda _: None, lambda: None)
    desk = Desk(window, session)

    def feet() -> list[int]:
        down = desk._training._area.verticalScrollBar()
        down.setValue(down.maximum())  # where not all have room
        cards = desk._training.cards
        return [card.mapToGlobal(card.rect().bottomLeft()).y() for card in cards]

    try:
        window.show()
        qtbot.waitExposed(window)
        QApplication.processEvents()
        before = feet()
        session.take(intents.Report("disk", "The disk is full.", "Free some.", {}))
        top = desk.banner.mapToGlobal(QPoint()).y()
        qtbot.waitUntil(lambda: bool(feet()) and max(feet()) < top)
        session.take(intents.Dismiss())
        qtbot.waitUntil(lambda: feet() == before)
    finally:
        desk.close()


def test_it_goes_when_its_place_is_left(qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    bar, said = over(holder, QWidget())
    on = AppState(page="model", tab="training", banner=NEWS)
    bar.render(None, on)
    bar.render(on, replace(on, theme="light"))
    assert said == []
    bar.render(on, replace(on, tab="forward"))
    assert said == [intents.Dismiss()]
    said.clear()
    bad = replace(on, banner=BAD)
    bar.render(on, bad)
    bar.render(bad, replace(bad, tab="forward"))
    assert said == []
    bar.render(bad, replace(bad, page="gallery"))
    assert said == [intents.Dismiss()]
    said.clear()
    lost = replace(bad, page="gallery", engine=Engine("lost"))
    bar.render(bad, lost)
    assert said == []


def test_a_mouse_that_rests_keeps_no_news(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    bar, said = over(holder, QWidget())
    monkeypatch.setattr(bar, "underMouse", lambda: True)
    bar._fading.setInterval(20)
    bar.render(None, AppState(banner=NEWS))
    qtbot.waitUntil(lambda: said == [intents.Dismiss()])


def test_a_long_message_scrolls(qtbot: QtBot) -> None:
    holder, page = QWidget(), QWidget()
    qtbot.addWidget(holder)
    bar, _ = over(holder, page)
    bar.render(None, AppState(banner=Banner("weights", "A misfit.\n" * 40)))
    qtbot.wait(1)
    assert bar.height() < page.height() / 2
    assert page.geometry().contains(bar.geometry())
    assert bar.findChild(QScrollArea).verticalScrollBar().maximum() > 0  # type: ignore[union-attr]
    high = bar.height()
    bar.render(None, AppState(banner=BAD))
    qtbot.wait(1)
    assert bar.height() < high / 2
    assert bar.findChild(QScrollArea).verticalScrollBar().maximum() == 0  # type: ignore[union-attr]


@pytest.mark.parametrize("page_height", [500, 517, 531])
def test_no_line_of_a_long_message_is_cut_in_half(qtbot: QtBot, page_height: int) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    bar, _ = over(holder, QWidget())
    holder.resize(900, page_height)
    bar.render(None, AppState(banner=Banner("preset", "\n".join(["A • mistake."] * 40))))
    qtbot.wait(1)
    area, line = bar.findChild(QScrollArea), bar._label.fontMetrics().lineSpacing()
    assert area is not None
    scroll = area.verticalScrollBar()
    assert area.viewport().height() % line == 0
    assert bar._label.height() == 40 * line
    assert scroll.singleStep() == line
    scroll.setSliderDown(True)
    scroll.setValue(line + 3)
    scroll.setSliderDown(False)
    assert scroll.value() == line


def test_a_device_that_is_not_here_has_one_that_is_as_its_remedy(qtbot: QtBot) -> None:
    holder, page = QWidget(), QWidget()
    qtbot.addWidget(holder)
    bar, said = over(holder, page)
    bad = Banner("device", "There is no device “cuda”.", "Choose one of: cpu.")
    lost = AppState(banner=bad, engine=Engine("lost", instead="cpu"))
    bar.render(None, lost)
    button = next(b for b in bar.findChildren(QToolButton) if b.text() == "Start on cpu")
    qtbot.wait(1)
    assert button.isVisible()
    assert button.width() >= button.sizeHint().width()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert said == [intents.RestartEngine()]
    bar.render(lost, AppState(banner=BAD, engine=Engine("lost")))
    assert button.text() == "Restart"


def test_a_file_that_has_changed_is_opened_again_from_it(qtbot: QtBot) -> None:
    holder, page = QWidget(), QWidget()
    qtbot.addWidget(holder)
    bar, said = over(holder, page)
    button = next(b for b in bar.findChildren(QToolButton) if b.text() == "Open again")
    bar.render(None, AppState(banner=BAD))
    assert not button.isVisible()
    bar.render(None, AppState(banner=replace(BAD, again="/home/ada/net.py")))
    assert page.geometry().contains(bar.geometry())
    assert button.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert said == [intents.OpenPath("/home/ada/net.py")]
