"""Models of any size and shape: every panel survives them, at every step and on every page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from explorer.core import messages
from explorer.core.graph import Failure, ModelInfo, Recording
from explorer.core.messages import LookAt, Measure
from explorer.core.sources import PythonModel
from explorer.core.values import ExampleInput, TensorsInput, TensorSpec
from explorer.gui.memory import Memory
from explorer.session import intents
from explorer.session.state import AppState
from tests.gui.desktop import READY, Desktop
from tests.recordings import Builder, gpt, info

pytestmark = pytest.mark.slow  # processes and windows of their own

RAISED = Failure(
    "linear",
    "blocks.2.attn",
    ((1, 18, 128), (96, 64), ()),
    "/home/ada/net.py:66",
    "they differ",
    ("input", "weight", "bias"),
)


def scalars() -> Recording:
    """A number in, a number out, and integers; no name of any axis, no parameter."""
    b = Builder("Odd")
    x = b.value("x", "input", {}, "float32", -1)
    n = b.op("sum", [x])
    i = b.op("long", [n], dtype="int64")
    return b.finish([n, i])


def several() -> Recording:
    """Tuples in and out, a tensor without numbers, an op without an output."""
    b = Builder("Several")
    x = b.input("x", _a=2, _b=3, _c=4, _d=5, _e=6)
    none = b.op("getitem", [x], "[:0]", _a=0, _b=3)
    a, c = b.ops("topk", [x], [{"_a": 2, "_k": 3}, {"_a": 2, "_k": 3}], dtype="int64")
    b.ops("check", [a], [])
    return b.finish([a, c, none])


def long_names() -> Recording:
    """Names as long as they come."""
    b = Builder("AnArchitectureWithQuiteALongNameForConditionalGeneration" * 2)
    x = b.input("a_tensor_with_a_name_that_nobody_would_like_to_type_twice" * 3, _a=1, _b=2)
    with b.module("encoder_of_the_model_" * 6, "TheKindOfThisModuleIsAlsoVeryLong" * 4):
        x = b.linear("projection_" * 20, x, 3)
    return b.finish([x])


def thousands() -> Recording:
    """Ten thousand ops in one module after the other."""
    b = Builder("Loop")
    x = b.input("x", _a=2)
    for n in range(100):
        with b.module(f"cells.{n}", "Cell"):
            for _ in range(50):
                x = b.op("tanh", [b.op("add", [x], _a=2)], _a=2)
    return b.finish([x])


def nothing() -> Recording:
    """A model that hands back what it was given."""
    b = Builder("Identity")
    x = b.input("x", _a=2)
    return b.finish([x])


def cut() -> Recording:
    """A pass that raised in the middle."""
    whole, kept = gpt(), 60
    return structs.replace(
        whole,
        events=whole.events[:kept],
        calls=tuple(
            structs.replace(c, last=min(c.last, kept - 1)) for c in whole.calls if c.first < kept
        ),
        values=tuple(v for v in whole.values if v.writer < kept),
        attention=tuple(a for a in whole.attention if a.event < kept),
        outputs=(), prediction=-1, failure=RAISED,
    )  # fmt: skip


def cut_at_once() -> Recording:
    """A pass that raised before its first op."""
    return structs.replace(nothing(), values=(), outputs=(), prediction=-1, failure=RAISED)


class App(Desktop):
    """A desk on a session, on a model that is open."""

    def __init__(self, qtbot: QtBot, recording: Recording | None) -> None:
        super().__init__(qtbot, AppState(engine=READY))
        self.open(recording)

    def open(self, recording: Recording | None) -> None:
        own = PythonModel("/home/ada/net.py", "d", "Net" * 40, {})
        self.session.take(intents.OpenOwn(own))
        ticket = self.session.state.ticket
        self.session.take(messages.Opened(model=model_of(recording), step=0, ticket=ticket))
        if recording is not None:
            self.record(recording)

    def record(self, recording: Recording) -> None:
        ticket = self.session.state.tickets["RecordPass"]
        self.session.take(messages.Recorded(recording=recording, ticket=ticket))

    def paint(self) -> None:
        """As a screen would show it."""
        assert not self.window.grab().isNull()


def model_of(recording: Recording | None) -> ModelInfo:
    model = info(recording or nothing())
    return structs.replace(
        model, input="example", shape=(), labels=(), classes=(), samples=0, trainable=False,
        sample=ExampleInput() if recording is not None else None,
    )  # fmt: skip


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[App]]:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    monkeypatch.setattr("explorer.gui.desk.Memory", lambda: Memory(settings))
    made: list[App] = []
    yield made
    for app in made:
        app.desk.close()


ALL = (scalars, several, long_names, thousands, nothing, cut, cut_at_once)


@pytest.mark.parametrize("make", ALL, ids=[one.__name__ for one in ALL])
def test_every_panel_survives_every_step(desk: list[App], qtbot: QtBot, make: object) -> None:
    recording = make()  # type: ignore[operator]
    app = App(qtbot, recording)
    desk.append(app)
    app.paint()
    for tab in ("architecture", "forward"):
        app.session.take(intents.ShowTab(tab))
        app.paint()
    every = max(1, len(recording.events) // 7)
    for event in [*range(0, len(recording.events), every), len(recording.events) - 1]:
        app.session.take(intents.StepTo(event, reveal=True))
        if recording.events:
            for value in recording.events[event].outputs + recording.events[event].inputs:
                app.session.take(intents.SelectOutput(value))
        app.paint()
    for pane in ("values", "vector", "distribution"):
        app.session.take(intents.ChoosePane(pane))
        app.paint()
    for name in ("open-all", "close-all", "fit", "first", "last", "over", "back", "into", "out"):
        app.desk.do(name)
    app.session.take(intents.TogglePlay())
    app.session.take(intents.Tick())
    app.session.take(intents.SetTheme("light"))
    app.paint()
    for asked in app.sent:  # nobody asks for more than there is
        if isinstance(asked, LookAt):
            shape = recording.values[asked.view.value].shape
            assert len(asked.view.at) == len(shape)
        elif isinstance(asked, Measure):
            assert asked.value < len(recording.values)


def test_a_pass_that_raised_is_marked_where_it_stopped(desk: list[App], qtbot: QtBot) -> None:
    app = App(qtbot, cut())
    desk.append(app)
    ending = app.desk.inspector.findChild(QLabel, "ending")
    assert isinstance(ending, QLabel)
    assert app.session.state.cursor == 59
    assert ending.isVisible()
    assert "blocks.2.attn/linear" in ending.text()
    assert "net.py:66" in ending.text()
    assert "input 1×18×128, weight 96×64, bias ()" in ending.text()
    assert "they differ" in ending.text()
    assert app.session.state.banner is not None
    assert app.session.state.banner.kind == "forward"
    bad = app.desk.canvas.theme.color("bad")
    timeline = app.desk.stepper.timeline
    picture = timeline.grab().toImage()
    assert picture.pixelColor(picture.width() - 2, 3) == bad
    last = app.desk.canvas._box_of(59)
    assert last is not None
    box = app.desk.canvas.box_rect(last.box)
    seen = app.desk.canvas.grab().toImage()
    below = [seen.pixelColor(int(box.center().x()), y) for y in range(seen.height())]
    assert bad in below
    app.session.take(intents.StepTo(3))
    assert not ending.isVisible()


def test_a_pass_without_an_op_says_so(desk: list[App], qtbot: QtBot) -> None:
    app = App(qtbot, gpt())
    desk.append(app)
    shown = app.desk.canvas.grab().toImage()
    blank = app.desk.inspector.findChild(QWidget, "blank")
    assert isinstance(blank, QWidget)
    assert not blank.isVisible()
    app.session.take(intents.EditInput(TensorsInput((TensorSpec("x", (2,)),))))
    app.record(cut_at_once())
    assert blank.isVisible()  # no number of the pass before stays
    assert blank.geometry() == app.desk.inspector.rect()
    assert app.desk.canvas.grab().toImage() != shown
    qtbot.keyClick(app.desk.canvas, Qt.Key.Key_Right)
    app.session.take(intents.EditInput(ExampleInput()))
    app.record(gpt())
    assert not blank.isVisible()


def test_a_model_that_nothing_was_fed_to_can_be_looked_at(desk: list[App], qtbot: QtBot) -> None:
    app = App(qtbot, None)
    desk.append(app)
    assert app.session.state.page == "model"
    assert app.session.state.recording is None
    for tab in ("architecture", "forward"):
        app.session.take(intents.ShowTab(tab))
        app.paint()
    source = app.desk.inputs.findChild(QLabel, "source")
    assert isinstance(source, QLabel)
    assert "net.py" in source.text()
