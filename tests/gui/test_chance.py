"""How a percentage of Prediction came of a logit, in the window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtWidgets import QApplication, QLabel, QLayout, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from explorer.core import messages as m
from explorer.core.messages import OpenModel
from explorer.core.prediction import Sampling
from explorer.core.presets import load_preset
from explorer.engine.learner import Learner
from explorer.engine.questions import Questions
from explorer.engine.subject import Subject
from explorer.gui.memory import Memory
from explorer.gui.panes.bars import Bars
from explorer.session import intents
from tests.gui.mouse import hover
from tests.gui.test_derivation import App


class Asked(App):
    """The same with an engine that answers whatever is asked about values."""

    def __init__(self, bot: QtBot, made: Subject) -> None:
        self.questions = Questions(lambda _: made)
        super().__init__(bot, made)

    def _reply(self, request: m.Request) -> m.Reply:
        return self.questions.answer(request)

    def words(self) -> str:
        drawer = self.desk.derivation
        shown = (w for w in drawer.findChildren(QLabel) if w.isVisibleTo(drawer))
        return "\n".join(label.text() for label in shown)

    def trail(self) -> list[str]:
        layout = self.desk.derivation._trail
        items = (layout.itemAt(n) for n in range(layout.count()))
        widgets = (item.widget() for item in items if item is not None)
        return [one.text() for one in widgets if isinstance(one, QPushButton)]


def widget(layout: QLayout, place: int) -> QWidget | None:
    item = layout.itemAt(place)
    return None if item is None else item.widget()


@pytest.fixture
def app(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    monkeypatch.setattr("explorer.gui.desk.Memory", lambda: Memory(settings))
    shipped = load_preset("char-gpt")
    dump = shipped.preset.model_dump(mode="json")
    opened = OpenModel(preset=dump, weights=str(shipped.weights), run="")
    learner = Learner(opened, torch.device("cpu"))
    learner.name(learner.record(learner.feed.sample).tape)
    made = Asked(qtbot, learner)
    yield made
    made.desk.close()


def test_a_click_on_a_bar_tells_the_softmax_and_the_next_one_the_logit(
    app: Asked, qtbot: QtBot
) -> None:
    recording = app.state.recording
    assert recording is not None
    value = recording.prediction
    app.session.take(intents.SetSampling(Sampling(0.45)))
    app.session.take(intents.ChoosePane("prediction"))
    app.session.take(intents.StepTo(recording.values[value].writer, reveal=True))
    app.answer()
    bars = next(bars for bars in app.window.findChildren(Bars) if bars.isVisible())
    row = bars.height() // 12
    qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=QPoint(100, row + row // 2))
    app.answer()
    logits = app.subject.value(recording.tape, value)[0, -1].double()
    chances, place = (logits / 0.45).softmax(0), int(logits.argsort(descending=True)[1])
    letter = recording.labels["V"][place]
    assert app.trail() == [f"p(“{letter}”) = {chances[place]:.1%}"]
    words = app.words()
    assert f"{chances[place]:.4g} = exp(({logits[place]:.4g} − {logits.max():.4g}) / 0.45)" in words
    assert "T = 0.45" in words
    terms = app.desk.derivation.terms
    item = terms.item(0, 1)
    assert item is not None
    cell = terms.visualItemRect(item).center()
    qtbot.mouseClick(terms.viewport(), Qt.MouseButton.LeftButton, pos=cell)
    app.answer()
    assert len(app.trail()) == 2
    assert app.trail()[1].endswith(f", {place}] = {logits[place]:.4g}".replace("-", "−"))
    trail = app.desk.derivation._trail
    first = next(b for n in range(trail.count()) if isinstance(b := widget(trail, n), QPushButton))
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    app.answer()
    assert app.trail() == [f"p(“{letter}”) = {chances[place]:.1%}"], "the way back is to that"


def test_the_key_tells_of_the_chance_that_the_mouse_is_at(app: Asked) -> None:
    recording = app.state.recording
    assert recording is not None
    value = recording.prediction
    app.session.take(intents.ChoosePane("prediction"))
    app.session.take(intents.StepTo(recording.values[value].writer, reveal=True))
    app.answer()
    bars = next(bars for bars in app.window.findChildren(Bars) if bars.isVisible())
    hover(bars, QPoint(100, bars.height() // 8))
    app.answer()
    app.desk.do("derive")
    app.answer()
    pinned = app.state.derivation.pinned
    assert pinned is not None
    assert pinned.chance is not None
    assert app.trail()[0].startswith("p(")


@pytest.mark.parametrize(("wide", "high"), [(1280, 800), (1920, 1080)])
def test_the_numbers_of_every_term_can_be_read(app: Asked, wide: int, high: int) -> None:
    app.window.resize(wide, high)
    recording = app.state.recording
    assert recording is not None
    event = next(e for e in recording.events if e.op == "matmul")
    value = event.outputs[0]
    app.session.take(intents.StepTo(event.index, reveal=True))
    app.session.take(intents.Derive(value, tuple(n - 1 for n in recording.values[value].shape)))
    app.answer()
    QApplication.processEvents()
    terms = app.desk.derivation.terms
    last = terms.columnCount() - 1
    for row in range(terms.rowCount()):
        item = terms.item(row, last)
        if item is not None:
            need = terms.fontMetrics().horizontalAdvance(item.text())
            assert need <= terms.columnWidth(last) - 6, item.text()
