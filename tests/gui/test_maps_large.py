"""Two large passes side by side: the window goes on while they are compared."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from explorer.core import matching
from explorer.core import messages as m
from explorer.core.comparison import Comparison
from explorer.core.graph import Recording
from explorer.gui.courier import Courier
from explorer.gui.memory import Memory
from explorer.gui.opening.busy import PATIENCE
from explorer.session import comparer as comparer_module
from explorer.session import intents
from explorer.session.comparer import Compare, Comparer
from tests.gui.test_maps import App, Key, Mod, gpt, sign

LAYERS = 20


class Large(App):
    """A desk that compares as the app does, when the test lets it (`go`)."""

    def __init__(self, bot: QtBot, recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go, self.begun = threading.Event(), threading.Event()
        monkeypatch.setattr(comparer_module, "compare", self._compare)
        self.courier = Courier()
        self.comparer = Comparer(self.courier.deliver)
        super().__init__(bot, recording)
        self.courier.arrived.connect(self.session.take)

    def _compare(self, before: Recording, after: Recording) -> Comparison:
        self.begun.set()
        assert self.go.wait(20)
        return matching.compare(before, after)

    def feed(self, text: str, made: Recording) -> None:
        super().feed(text, made)
        for request in self.sent:
            if isinstance(request, Compare):
                self.comparer.compare(request)
        self.sent.clear()

    def close(self) -> None:
        self.go.set()
        self.comparer.close()
        self.desk.close()

    def finish(self) -> None:
        self.go.set()
        self.bot.waitUntil(lambda: self.state.settled or self.compared, timeout=20_000)

    @property
    def compared(self) -> bool:
        return self.state.beside is not None and self.state.beside.comparison is not None

    @property
    def arrows(self) -> list[QToolButton]:
        shown = self.desk.maps.findChildren(QToolButton)
        return [button for button in shown if "F8" in button.toolTip()]


@pytest.fixture
def app(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Large]:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    monkeypatch.setattr("explorer.gui.desk.Memory", lambda: Memory(settings))
    made = Large(qtbot, gpt(layers=LAYERS), monkeypatch)
    yield made
    made.close()


@pytest.fixture
def two(app: Large) -> Large:
    """Twenty blocks beside twenty-one, not compared yet."""
    app.press(Key.Key_B)
    app.feed("The dog", gpt("The dog", 2, layers=LAYERS + 1))
    assert app.begun.wait(20)
    return app


def test_the_window_goes_on_while_passes_are_compared(app: Large) -> None:
    """The comparison ends only after the loop of the window has turned: in its thread it could
    not."""
    turns = 0

    def tick() -> None:
        nonlocal turns
        turns += 1
        if turns == 5:
            app.go.set()

    timer = QTimer(interval=1)
    timer.timeout.connect(tick)
    app.press(Key.Key_B)
    timer.start()
    app.feed("The dog", gpt("The dog", 2, layers=LAYERS + 1))
    assert (turns, app.compared) == (0, False)
    app.bot.waitUntil(lambda: app.compared, timeout=20_000)
    assert turns >= 5
    assert "1 added" in app.summary


def test_meanwhile_keys_step_one_map_and_find_no_difference(two: Large) -> None:
    before = two.here(two.other)
    two.press(Key.Key_F8)
    two.press(Key.Key_F8, Mod.ShiftModifier)
    assert [arrow.isEnabled() for arrow in two.arrows] == [False, False]
    two.press(Key.Key_Right)
    assert two.here(two.canvas) != before
    assert two.here(two.other) == before
    left = two.canvas
    two.press(Key.Key_X)
    assert two.canvas is not left
    two.press(Key.Key_X)
    two.finish()
    assert two.here(two.canvas) == two.here(two.other) == "token_embedding"
    assert [arrow.isEnabled() for arrow in two.arrows] == [True, True]
    two.press(Key.Key_F8)
    assert "1 of 1" in two.summary


def test_a_sign_comes_late_and_goes(two: Large) -> None:
    """What is quicker needs no word."""
    assert "Comparing" not in two.summary
    two.bot.waitUntil(lambda: "Comparing 552 with 526 ops" in two.summary, timeout=20_000)
    two.finish()
    assert "1 added" in two.summary


def test_no_sign_comes_of_what_was_quick(two: Large) -> None:
    two.finish()
    said = []
    timer = QTimer(interval=10)
    timer.timeout.connect(lambda: said.append(two.summary))
    timer.start()
    two.bot.wait(PATIENCE + 100)
    assert said
    assert all("1 added" in summary for summary in said)


def test_marks_are_of_the_newest_pass(two: Large) -> None:
    two.feed("A fox", gpt("A fox", 3, layers=LAYERS + 3))
    two.finish()
    two.bot.waitUntil(lambda: "3 added" in two.summary, timeout=20_000)
    assert two.state.beside is not None
    assert two.state.beside.comparison is not None
    assert two.state.beside.comparison.tapes == (1, 3)


def test_the_end_while_passes_are_compared(two: Large) -> None:
    two.press(Key.Key_B, Mod.ShiftModifier)
    assert two.desk.maps.other is None
    assert two.summary == ""
    state = two.state
    told: list[object] = []
    two.courier.arrived.connect(told.append)
    two.go.set()
    two.bot.waitUntil(lambda: bool(told), timeout=20_000)
    assert isinstance(told[0], intents.Compared)
    assert two.state is state


def test_another_look_while_passes_are_compared(two: Large) -> None:
    """Panels are made anew; they say what the old ones would have."""
    two.session.take(intents.SetTheme("light"))
    two.session.take(intents.SetLanguage("zh"))
    two.bot.waitUntil(lambda: "正在比较" in two.summary, timeout=20_000)
    two.finish()
    assert "新增" in two.summary
    assert two.canvas.theme.name == "light"
    assert sign(two.canvas, f"Block ×{LAYERS + 1}") == two.canvas.theme.negative


def test_the_engine_dies_while_passes_are_compared(two: Large) -> None:
    two.session.take(m.Lost(last_words="", code=1))
    two.finish()
    assert "1 added" in two.summary
    two.press(Key.Key_F8)
    assert two.here(two.canvas) != two.here(two.other)


def test_what_cannot_be_compared_is_said(app: Large, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(before: Recording, after: Recording) -> Comparison:
        raise LookupError("no such call")

    monkeypatch.setattr(comparer_module, "compare", fail)
    app.press(Key.Key_B)
    app.feed("The dog", gpt("The dog", 2, layers=LAYERS + 1))
    app.bot.waitUntil(lambda: app.summary == "Not compared", timeout=20_000)
    assert app.desk.banner.isVisible()
    assert app.state.banner is not None
    assert "no such call" in app.state.banner.text.format(**app.state.banner.values)
    app.press(Key.Key_Right)
    assert app.here(app.canvas) == "token_embedding"
