"""How a number came to be, in the window: a real engine's answers, real mouse and keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton
from pytestqt.qtbot import QtBot
from torch import Tensor, nn

from explorer.core import messages as m
from explorer.core.problem import Problem
from explorer.engine.loop import failed
from explorer.engine.measure import measure
from explorer.engine.subject import Subject
from explorer.engine.values import read
from explorer.gui.formula import Formula
from explorer.gui.memory import Memory
from explorer.gui.panes.heatmap import Heatmap
from explorer.picture.plane import fitted
from explorer.session import intents
from explorer.session.state import AppState
from tests.engine.test_recording import subject
from tests.gui.desktop import READY, Desktop
from tests.gui.mouse import hover, leave

LEFT = Qt.MouseButton.LeftButton


class Net(nn.Module):
    """Two layers, a softmax, and a sparse matrix that cannot be explained."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Linear(6, 5)
        self.two = nn.Linear(5, 4)

    def forward(self, x: Tensor) -> Tensor:
        y = self.two(torch.relu(self.one(x)))
        return torch.softmax(y, -1) + torch.eye(3).to_sparse().to_dense().sum() * 0


class App(Desktop):
    """A desk, and an engine in the same process that answers at once."""

    def __init__(self, bot: QtBot, made: Subject) -> None:
        self.subject = made
        recording = made.record(made.feed.sample)
        state = AppState(
            page="model", engine=READY, recording=recording, model=made.describe(),
            open=frozenset(range(len(recording.calls))), pane="values",
        )  # fmt: skip
        super().__init__(bot, state)
        self.answer()

    def answer(self) -> None:
        """Everything that was asked, until nothing more is."""
        while self.sent:
            request = self.sent.pop(0)
            self.session.take(self._reply(request))
            QApplication.processEvents()

    def _reply(self, request: m.Request) -> m.Reply:
        ticket = request.ticket
        try:
            if isinstance(request, m.LookAt):
                view = request.view
                reading = read(self.subject.value(view.tape, view.value), view)
                return m.Looked(ticket=ticket, pane=request.pane, reading=reading)
            if isinstance(request, m.Explain):
                told = self.subject.explain(
                    request.tape, request.value, request.index, request.limit
                )
                return m.Explained(
                    ticket=ticket, asker=request.asker, tape=request.tape, explanation=told
                )
            assert isinstance(request, m.Measure), request
            tensor = self.subject.value(request.tape, request.value)
            return m.Measured(
                ticket=ticket, statistics=measure(tensor, request.tape, request.value)
            )
        except Problem as problem:
            return failed(problem, ticket)

    def go(self, op: str) -> int:
        """To the first event of an op; its output."""
        assert self.state.recording is not None
        event = next(e for e in self.state.recording.events if e.op == op)
        self.session.take(intents.StepTo(event.index, reveal=True))
        self.answer()
        return event.outputs[0]

    @property
    def map(self) -> Heatmap:
        return next(one for one in self.window.findChildren(Heatmap) if one.isVisible())

    def cell(self, row: int, column: int, shape: tuple[int, int]) -> QPoint:
        area = self.map.field()
        return QPoint(
            int(area.left() + (column + 0.5) * area.width() / shape[1]),
            int(area.top() + (row + 0.5) * area.height() / shape[0]),
        )

    def click(self, row: int, column: int, shape: tuple[int, int]) -> None:
        QTest.mouseClick(self.map, LEFT, pos=self.cell(row, column, shape))
        self.answer()

    def said(self) -> str:
        labels = self.desk.derivation.findChildren(QLabel)
        return "\n".join(one.text() for one in labels if not one.isHidden())

    def button(self, text: str) -> QPushButton:
        found = self.desk.derivation.findChildren(QPushButton)
        return next(one for one in found if one.text().startswith(text) and not one.isHidden())


@pytest.fixture
def app(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    monkeypatch.setattr("explorer.gui.desk.Memory", lambda: Memory(settings))
    torch.manual_seed(0)
    made = App(qtbot, subject(Net(), torch.randn(3, 6)))
    yield made
    made.desk.close()


def number(app: App, value: int, *index: int) -> float:
    assert app.state.recording is not None
    return float(app.subject.value(app.state.recording.tape, value)[index])


def test_a_click_on_a_number_tells_how_it_came_to_be(app: App) -> None:
    assert app.desk.derivation.isHidden()
    value = app.go("linear")
    app.click(1, 2, (3, 5))
    assert not app.desk.derivation.isHidden()
    assert "y = Σ x · W + b" in app.said()
    assert f"{number(app, value, 1, 2):.4g}".replace("-", "−") in app.said()
    layer, x = app.subject.model.get_submodule("one"), app.subject.feed.arguments(None)[0][0]  # type: ignore[arg-type]
    assert isinstance(layer, nn.Linear)
    terms = [*(x[1] * layer.weight[2]).tolist(), layer.bias[2].item()]
    shown = app.desk.derivation.terms
    assert shown.rowCount() == len(terms)
    texts = [item.text() for row in range(7) if (item := shown.item(row, 0)) is not None]
    largest = sorted(terms, key=abs, reverse=True)
    assert texts == [f"{term:.4g}".replace("-", "−") for term in largest]


def test_its_formula_is_mathematics_and_nothing_else_is(app: App) -> None:
    formula = app.desk.derivation.findChild(Formula)
    assert formula is not None
    app.session.take(intents.Derive(app.go("linear"), (1, 2)))
    app.answer()
    app.bot.waitUntil(lambda: formula.typeset)
    assert formula.text() == "y = Σ x · W + b"
    app.session.take(intents.Derive(app.go("to_sparse"), (0, 0)))  # it has none
    app.answer()
    assert formula.isHidden()
    assert not formula.text()


def test_the_mouse_lights_sources_and_leaves_no_trace(app: App) -> None:
    app.go("relu")
    app.click(0, 0, (3, 5))
    before = app.said()
    hover(app.map, app.cell(2, 4, (3, 5)))
    app.answer()
    assert app.state.derivation.pointed is not None
    assert app.said() != before
    (region,) = app.state.derivation.shown.sources  # type: ignore[union-attr]
    assert list(region.cells()) == [(2, 4)]
    leave(app.map)
    app.answer()
    assert app.said() == before


def test_a_walk_to_a_source_and_back(app: App) -> None:
    app.go("relu")
    app.click(1, 3, (3, 5))
    terms = app.desk.derivation.terms
    item = terms.item(0, 1)
    assert item is not None
    assert item.text() == "[1, 3]"
    QTest.mouseClick(terms.viewport(), LEFT, pos=terms.visualItemRect(item).center())
    app.answer()
    assert app.state.recording is not None
    assert app.state.recording.events[app.state.cursor].op == "linear"
    assert "y = Σ x · W + b" in app.said()
    assert len(app.state.derivation.trail) == 2
    QTest.mouseClick(app.button("ReLU"), LEFT)
    app.answer()
    assert len(app.state.derivation.trail) == 1
    assert app.state.recording.events[app.state.cursor].op == "relu"


def test_the_pictures_of_origins_light_what_was_added_up(app: App) -> None:
    app.go("linear")
    app.click(1, 2, (3, 5))
    shown = [one for one in app.desk.derivation.origins.all if not one.isHidden()]
    assert [one.accessibleName().partition(" ")[0] for one in shown] == [
        "x", "one.weight", "one.bias",
    ]  # fmt: skip
    weight = shown[1]
    place = weight._area().center().toPoint()
    QTest.mouseClick(weight, LEFT, pos=place)
    app.answer()
    pinned = app.state.derivation.pinned
    assert pinned is not None
    assert app.state.recording is not None
    assert app.state.recording.values[pinned.value].name == "one.weight"
    assert "A weight of the model." in app.said()


def test_every_term_can_be_read_without_scrolling_across(app: App) -> None:
    app.go("linear")
    app.click(1, 2, (3, 5))
    terms = app.desk.derivation.terms
    heads = [terms.horizontalHeaderItem(n) for n in range(terms.columnCount())]
    assert [head.text() for head in heads if head is not None] == ["term", "x", "W", "numbers"]
    items = [terms.item(row, column) for row in range(terms.rowCount()) for column in (1, 2)]
    texts = {item.text() for item in items if item is not None}
    assert {"[1, 0]", "[2, 0]", "b[2]"} <= texts  # the bias has no column of its own
    assert terms.horizontalScrollBar().maximum() == 0


def test_by_keys_alone(app: App) -> None:
    app.go("relu")
    app.desk.canvas.setFocus()
    QTest.keyClick(app.desk.canvas, Qt.Key.Key_E)
    app.answer()
    assert app.state.derivation.pinned is not None
    assert app.state.derivation.pinned.index == (0, 0)
    app.map.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(app.map, Qt.Key.Key_Down)
    app.answer()
    assert app.state.derivation.pinned.index == (1, 0)
    terms = app.desk.derivation.terms
    terms.setFocus(Qt.FocusReason.TabFocusReason)
    terms.setCurrentCell(0, 0)
    QTest.keyClick(terms, Qt.Key.Key_Return)
    app.answer()
    assert len(app.state.derivation.trail) == 2
    QTest.keyClick(app.desk.canvas, Qt.Key.Key_Escape)
    assert app.desk.derivation.isHidden()


def test_it_is_closed_by_its_button_and_gives_its_room_back(app: App) -> None:
    app.go("relu")
    high = app.desk.canvas.height()
    app.click(0, 0, (3, 5))
    assert app.desk.canvas.height() < high
    close = app.desk.derivation.findChild(QToolButton, "end-derivation")
    assert close is not None
    QTest.mouseClick(close, LEFT)
    QApplication.processEvents()
    assert app.desk.canvas.height() == high


def test_until_a_number_is_told_of_nothing_is_left_of_the_one_before(app: App) -> None:
    app.session.take(intents.Derive(app.go("linear"), (0, 0)))
    app.answer()
    app.session.take(intents.EndDerivation())
    value = app.go("softmax")
    drawer = app.desk.derivation
    app.session.take(intents.Derive(value, (1, 2)))
    QApplication.processEvents()
    assert app.said().split("\n")[-1] == "Working it out …"
    assert not drawer.terms.isVisible()
    assert not any(one.isVisible() for one in drawer.origins.all)
    app.answer()
    assert "Z = " in app.said()
    assert drawer.terms.isVisible()
    assert any(one.isVisible() for one in drawer.origins.all)


def test_what_has_no_formula_says_so(app: App) -> None:
    value = app.go("to_sparse")
    app.session.take(intents.Derive(value, (0, 0)))
    app.answer()
    assert "sparse" in app.said()
    assert app.desk.derivation.terms.isHidden()


@pytest.mark.parametrize("change", [intents.SetLanguage("zh"), intents.SetTheme("light")])
def test_another_language_or_theme_tells_the_same(app: App, change: intents.Intent) -> None:
    app.go("linear")
    app.click(1, 2, (3, 5))
    rows = app.desk.derivation.terms.rowCount()
    app.session.take(change)
    app.answer()
    assert app.desk.derivation.terms.rowCount() == rows
    assert "Σ" in app.said()
    assert not app.desk.derivation.isHidden()


class Sums(nn.Module):
    """Two values added, and the largest of three."""

    def forward(self, x: Tensor) -> Tensor:
        y = x + x.roll(1)
        return torch.amax(y, -1)


def test_operands_that_differ_from_term_to_term_have_no_common_heading(
    qtbot: QtBot, app: App
) -> None:
    made = App(qtbot, subject(Sums(), torch.tensor([[0.5, -1.0, 2.0]])))
    made.session.take(intents.Derive(made.go("add"), (0, 1)))
    made.answer()
    terms = made.desk.derivation.terms
    heads = [terms.horizontalHeaderItem(n) for n in range(terms.columnCount())]
    assert [head.text() for head in heads if head is not None] == ["term", "from", "numbers"]
    items = [terms.item(row, 1) for row in range(terms.rowCount())]
    assert {item.text() for item in items if item is not None} == {"a[0, 1]", "b[0, 1]"}
    made.session.take(intents.Derive(made.go("amax"), (0,)))
    made.answer()
    assert "2.5 = max(2.5, 1, −0.5)" in made.said()
    made.desk.close()


def test_what_has_no_terms_has_no_table(app: App) -> None:
    app.session.take(intents.Derive(app.go("linear"), (1, 2)))
    app.answer()
    assert app.desk.derivation.terms.isVisible()
    assert app.state.recording is not None
    app.session.take(intents.Derive(app.state.recording.named["one.weight"], (2, 0)))
    app.answer()
    assert not app.desk.derivation.terms.isVisible()
    assert "A weight of the model." in app.said()


def test_a_key_tells_of_the_first_number_in_view(qtbot: QtBot, app: App) -> None:
    value = app.go("linear")
    assert app.state.recording is not None
    plane = fitted(app.state.plane, app.state.recording.values[value])
    app.session.take(intents.ShowPlane(replace(plane, keep=(1,), at=(2, 0))))
    app.answer()
    leave(app.map)
    app.press(Qt.Key.Key_E)
    app.answer()
    told = app.state.derivation.told
    assert told is not None
    assert told.index == (2, 0)
    assert told.value == pytest.approx(number(app, value, 2, 0))
