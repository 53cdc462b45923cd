"""The banner: news goes by itself, a problem stays."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from explorer.gui import banner as module
from explorer.gui.banner import BannerBar
from explorer.gui.theme import DARK
from explorer.session import intents
from explorer.session.state import AppState, Banner

NEWS = Banner("saved", "The weights are saved in {path}.", "", {"path": "a"}, "news")
BAD = Banner("disk", "The disk is full.", "Free some.")


def over(holder: QWidget, page: QWidget) -> tuple[BannerBar, list[object]]:
    lay = QVBoxLayout(holder)
    lay.addWidget(page)
    bar = BannerBar(DARK, 1.0)
    bar.lie_over(page)
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
