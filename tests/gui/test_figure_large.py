"""Figures of large passes are read beside the window, which goes on."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator

import pytest
from msgspec.structs import replace as changed
from PySide6.QtCore import Qt, QTimer
from pytestqt.qtbot import QtBot

from explorer.core.graph import Recording
from explorer.core.messages import Recorded
from explorer.gui.figure import FigureSwitch, Reader
from explorer.gui.figure import reader as reader_module
from explorer.gui.shot import Shot
from explorer.gui.window import make_application
from explorer.picture.figure import Figure, Unfit, figure_of, ready_figure
from explorer.session import intents
from explorer.session.pose import Pose
from tests import recordings
from tests.gui.figures import App

Key = Qt.Key
Show = Callable[[Recording], App]


def large(tape: int = 1, layers: int = 180) -> Recording:
    """More ops than a figure is read of at once."""
    return changed(recordings.mlp((4,) * layers), tape=tape)


def foreign(tape: int = 1) -> Recording:
    return changed(recordings.gpt(layers=12), tape=tape)


class Gate:
    """Reads when it is let, and notes of which passes."""

    def __init__(self) -> None:
        self.read: list[int] = []
        self.go = threading.Event()
        self.threads: set[int] = set()

    def figure_of(self, recording: Recording) -> Figure | Unfit:
        self.read.append(recording.tape)
        self.threads.add(threading.get_ident())
        assert self.go.wait(20)
        return figure_of(recording)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    made = Gate()
    monkeypatch.setattr(reader_module, "figure_of", made.figure_of)
    yield made
    made.go.set()


@pytest.fixture
def show(qtbot: QtBot, gate: Gate) -> Iterator[Show]:
    """Opens a window on a pass; it reads figures when the gate is opened."""
    made: list[App] = []

    def shown(recording: Recording) -> App:
        made.append(App(qtbot, recording))
        return made[-1]

    yield shown
    gate.go.set()
    for app in made:
        reader(app).finish()
        app.desk.close()


def reader(app: App) -> Reader:
    found = app.desk.findChild(Reader)
    assert isinstance(found, Reader)
    return found


def switch(app: App) -> FigureSwitch:
    found = app.desk.canvas.findChild(FigureSwitch)
    assert isinstance(found, FigureSwitch)
    return found


def finish(app: App, gate: Gate) -> None:
    gate.go.set()
    app.bot.waitUntil(lambda: not reader(app).busy, timeout=20_000)


def came(app: App, recording: Recording) -> None:
    app.session.take(Recorded(recording=recording))


def test_a_small_one_is_there_at_once() -> None:
    assert isinstance(ready_figure(recordings.mlp()), Figure)
    assert isinstance(ready_figure(recordings.gpt(layers=2)), Unfit)


def test_a_large_one_is_there_when_it_was_read() -> None:
    recording = large()
    assert ready_figure(recording) is None
    found = figure_of(recording)
    assert ready_figure(recording) is found


def test_what_is_too_large_is_known_at_once() -> None:
    found = ready_figure(large(layers=2600))
    assert isinstance(found, Unfit)
    assert "5,000" in found.values["most"]


def test_the_window_goes_on_while_a_figure_is_read(show: Show, gate: Gate) -> None:
    turns = 0

    def tick() -> None:
        nonlocal turns
        turns += 1
        if turns == 5:
            gate.go.set()

    timer = QTimer(interval=1)
    timer.timeout.connect(tick)
    app = show(large())
    assert switch(app).isHidden()
    timer.start()
    app.bot.waitUntil(lambda: not switch(app).isHidden(), timeout=20_000)
    assert turns >= 5
    assert gate.threads
    assert threading.get_ident() not in gate.threads
    app.press(Key.Key_G)
    assert app.page.isVisible()


def test_a_key_pressed_meanwhile_is_heard_when_it_is_read(show: Show, gate: Gate) -> None:
    app = show(large())
    app.press(Key.Key_G)
    assert app.desk.canvas.isVisible()
    finish(app, gate)
    assert app.page.isVisible()
    assert app.session.state.figure


def test_one_who_presses_twice_wants_the_graph(show: Show, gate: Gate) -> None:
    app = show(large())
    app.press(Key.Key_G)
    app.press(Key.Key_G)
    finish(app, gate)
    assert app.desk.canvas.isVisible()
    assert not app.session.state.figure


def test_why_there_is_none_is_told_when_it_is_known(show: Show, gate: Gate) -> None:
    app = show(foreign())
    app.press(Key.Key_G)
    assert app.session.state.banner is None
    finish(app, gate)
    banner = app.session.state.banner
    assert banner is not None
    assert "embedding" in banner.text.format(**banner.values)
    assert not app.session.state.figure
    assert switch(app).isHidden()


def test_the_old_figure_stays_until_the_new_one_is_read(show: Show, gate: Gate) -> None:
    gate.go.set()
    app = show(large())
    finish(app, gate)
    app.press(Key.Key_G)
    app.serve()
    assert app.page.drawing is not None
    old = app.page.drawing.figure
    before = app.page.grab().toImage()
    gate.go.clear()
    came(app, large(2))
    assert app.page.isVisible()
    assert not app.page.switch.isHidden()
    assert app.page.drawing.figure is old
    assert app.page.grab().toImage() == before
    app.press(Key.Key_Right)  # the step is made, and seen with the new figure
    finish(app, gate)
    assert app.page.isVisible()
    assert app.page.drawing.figure is figure_of(app.recording)
    assert app.page._state is not None
    assert app.page._state.cursor == app.session.state.cursor == 1


def test_of_another_model_no_old_figure_is_shown(show: Show, gate: Gate) -> None:
    app = show(recordings.mlp())
    app.press(Key.Key_G)
    assert app.page.isVisible()
    other = large(2)
    app.session.state = dataclasses.replace(app.session.state, model=recordings.info(other, "mlp"))
    came(app, other)
    assert app.desk.canvas.isVisible()
    finish(app, gate)
    assert app.page.isVisible()


def test_only_the_newest_is_read(show: Show, gate: Gate) -> None:
    app = show(large())
    app.bot.waitUntil(lambda: gate.read == [1])
    for tape in (2, 3, 4):
        came(app, large(tape))
    finish(app, gate)
    assert gate.read == [1, 4]
    assert not switch(app).isHidden()


def test_two_sides_need_no_figure(show: Show, gate: Gate) -> None:
    app = show(recordings.mlp())
    app.press(Key.Key_B)
    came(app, large(2))
    assert not reader(app).busy
    app.session.take(intents.EndBeside())
    assert reader(app).busy
    finish(app, gate)
    assert not switch(app).isHidden()


def test_another_look_while_a_figure_is_read(show: Show, gate: Gate) -> None:
    app = show(large())
    app.press(Key.Key_G)
    app.session.take(intents.SetTheme("light"))
    app.session.take(intents.SetLanguage("zh"))
    assert switch(app).isHidden()
    finish(app, gate)
    assert app.page.isVisible()
    assert app.page.theme.name == "light"
    assert gate.read == [1]


def test_a_figure_that_cannot_be_read_is_tried_once(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def fail(recording: Recording) -> Figure | Unfit:
        tried.append(recording.tape)
        raise LookupError("no such op")

    monkeypatch.setattr(reader_module, "figure_of", fail)
    made = Reader()
    recording = large()
    made.begin(recording)
    with pytest.raises(LookupError, match="no such op"):
        made.finish()
    assert not made.busy
    made.begin(recording)
    assert not made.busy
    assert tried == [1]


def test_a_picture_waits_for_the_figure(show: Show, gate: Gate) -> None:
    app = show(large())
    app.bot.waitUntil(lambda: bool(app.asked))
    app.serve()
    app.bot.waitUntil(lambda: "Measure" in app.session.state.tickets)
    app.session.state = dataclasses.replace(app.session.state, tickets={})  # no statistics
    QTimer.singleShot(400, gate.go.set)
    qapp = make_application("dark")
    Shot(qapp, app.window, app.session, None, Pose())._settle()
    assert gate.go.is_set()
    assert not switch(app).isHidden()
