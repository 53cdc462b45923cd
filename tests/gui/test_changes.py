"""Changing a pass in the window: a real engine's answers, real mouse and keys."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from explorer.core import messages as m
from explorer.core.change import Change, Entry
from explorer.core.changes_file import read_changes
from explorer.core.presets import load_preset
from explorer.core.values import Input, SampleInput, TextInput
from explorer.engine.inbox import Inbox
from explorer.engine.loop import Loop
from explorer.gui.memory import Memory
from explorer.gui.panes.attention import AttentionPane
from explorer.gui.panes.features import FeaturesPane
from explorer.gui.panes.prediction import PredictionPane
from explorer.gui.panes.values import ValuesPane
from explorer.gui.theme import DARK
from explorer.session import changes as c
from explorer.session import intents
from explorer.session.state import AppState
from tests.gui.desktop import READY, Desktop

SOFTMAX = "blocks.1.attn/softmax#0"


class App(Desktop):
    """A desk with a preset, and an engine in the same process that answers at once."""

    def __init__(self, bot: QtBot, preset: str, given: Input) -> None:
        self.told: list[m.Reply] = []
        self.loop = Loop(Inbox(lambda: None), self.told.append, torch.device("cpu"))
        read = load_preset(preset)
        state = AppState(page="model", engine=READY, shipped=read, opening="", typed=given)
        super().__init__(bot, state, (1400, 860))
        weights = str(read.weights) if read.weights else None
        opening = m.OpenModel(preset=read.preset.model_dump(mode="json"), weights=weights, run="")
        self.loop._guard(0, lambda: self.loop._answer(opening))
        self.told[-1] = m.Opened(model=self.told[-1].model, step=0)  # type: ignore[attr-defined]
        self.answer()
        self.take(intents.EditInput(given))

    def answer(self) -> None:
        """Everything that was asked, until nothing more is."""
        for _ in range(300):
            QApplication.processEvents()
            if self.sent:
                request = self.sent.pop(0)
                self.loop._guard(request.ticket, partial(self.loop._answer, request))
            while self.told:
                self.session.take(self.told.pop(0))
        QApplication.processEvents()
        assert not self.sent

    def take(self, *said: object) -> None:
        for one in said:
            self.session.take(one)  # type: ignore[arg-type]
        self.answer()

    def go(self, event: str, pane: str) -> None:
        recording = self.state.recording
        assert recording is not None
        self.take(intents.StepTo(recording.numbers[event], reveal=True), intents.ChoosePane(pane))

    def numbers(self, name: str, tape: int | None = None) -> torch.Tensor:
        """A value, as the engine has it."""
        recording = self.state.recording
        assert recording is not None
        now = self.loop._now
        return now.value(tape or recording.tape, recording.named[name])

    def choose(self, *words: str) -> None:
        """In the menu that is open, and the menus in it."""
        menu: QMenu | None = next(
            one for one in QApplication.topLevelWidgets() if isinstance(one, QMenu)
            and one.isVisible()
        )  # fmt: skip
        for word in words:
            assert menu is not None
            action = next(a for a in menu.actions() if a.text().startswith(word))
            inner = action.menu()
            if inner is None:
                action.trigger()
            menu = inner if isinstance(inner, QMenu) else None
        for one in QApplication.topLevelWidgets():
            if isinstance(one, QMenu):
                one.close()
        self.answer()

    def right_click(self, widget: QWidget, at: QPoint) -> None:
        QTest.mouseMove(widget, at)
        QApplication.processEvents()
        event = QContextMenuEvent(
            QContextMenuEvent.Reason.Mouse, at, widget.mapToGlobal(at)
        )  # fmt: skip
        QApplication.sendEvent(widget, event)
        QApplication.processEvents()

    @property
    def chips(self) -> list[QWidget]:
        return [w for w in self.desk.changes.findChildren(QWidget, "chip") if not w.isHidden()]


@pytest.fixture(autouse=True)
def settings(tmp_path: Path) -> None:
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path))
    Memory().keep_folder(str(tmp_path / "x"))


@pytest.fixture
def gpt(qtbot: QtBot) -> App:
    return App(qtbot, "char-gpt", TextInput("The value of"))


@pytest.fixture
def cnn(qtbot: QtBot) -> App:
    return App(qtbot, "digits-cnn", SampleInput(7))


def test_a_head_is_set_to_zero_with_the_right_button(gpt: App) -> None:
    assert gpt.desk.changes.isHidden()
    gpt.go(SOFTMAX, "attention")
    pane = gpt.desk.inspector.panes["attention"]
    assert isinstance(pane, AttentionPane)
    gpt.right_click(pane.heads, pane.heads.place_of(2))
    gpt.choose("This head", "Set to 0")
    assert gpt.state.changes.active == (Change(SOFTMAX, "zero", ":, 2"),)
    assert gpt.state.recording is not None
    assert not gpt.numbers(SOFTMAX)[:, 2].any()
    assert gpt.numbers(SOFTMAX, gpt.state.recording.base)[:, 2].any()
    assert not gpt.desk.changes.isHidden()
    assert gpt.desk.changes.mark.text() == "CHANGED PASS"
    assert len(gpt.chips) == 1
    gpt.go(SOFTMAX, "values")
    values = gpt.desk.inspector.panes["values"]
    assert isinstance(values, ValuesPane)
    assert values.trio.three
    gpt.take(intents.ShowPlane(values._plane.__class__(
        **{**vars(values._plane), "at": (0, 2, 0, 0)})))  # fmt: skip
    now, before, apart = (map_.matrix.data for map_ in values.trio.maps)
    assert not now.any()
    assert before.any()
    assert (now - before == apart).all()


def test_keys_propose_make_show_before_and_undo(gpt: App) -> None:
    gpt.go(SOFTMAX, "values")
    gpt.desk.do("change")
    gpt.answer()
    form = gpt.desk.changes.form
    assert form.isVisible()
    cells, kind = form.cells, form.findChild(QComboBox)
    assert cells.hasFocus()
    QTest.keyClicks(cells, ":, 9")
    QTest.keyClick(cells, Qt.Key.Key_Return)
    assert "along that axis “9” is not within 0…3" in form._wrong.text()
    assert form._wrong.isVisible()
    cells.clear()
    QTest.keyClicks(cells, "[0, 1]")
    assert isinstance(kind, QComboBox)
    kind.setCurrentIndex(1)
    form.amount.setText("two")
    QTest.keyClick(form.amount, Qt.Key.Key_Return)
    assert form._wrong.text() == "“two” is no number."
    form.amount.setText("−2,5")
    QTest.keyClick(form.amount, Qt.Key.Key_Return)
    gpt.answer()
    assert gpt.state.changes.active == (Change(SOFTMAX, "scale", "0, 1", -2.5),)
    assert form.isHidden()
    changed = gpt.state.recording
    assert changed is not None
    assert changed.base
    gpt.desk.do("pause-changes")
    gpt.answer()
    assert gpt.state.recording is not None
    assert gpt.state.recording.tape == changed.base
    assert gpt.desk.changes.mark.text() == "BEFORE THE CHANGES"
    gpt.desk.do("pause-changes")
    gpt.answer()
    gpt.desk.do("undo-change")
    gpt.answer()
    assert gpt.desk.changes.isHidden()
    assert gpt.state.recording.tape == changed.base
    gpt.desk.do("redo-change")
    gpt.answer()
    assert len(gpt.chips) == 1


def test_escape_drops_a_proposal(gpt: App) -> None:
    gpt.go(SOFTMAX, "values")
    gpt.desk.do("change")
    assert gpt.desk.changes.form.isVisible()
    gpt.desk.do("dismiss")
    assert gpt.desk.changes.isHidden()
    assert gpt.state.changes.draft is None


def test_a_chip_switches_goes_there_and_goes_away(gpt: App) -> None:
    gpt.take(
        intents.MakeChange(Change(SOFTMAX, "zero")),
        intents.MakeChange(Change("ln_f.weight", "zero")),
    )
    box = gpt.chips[1].findChild(QCheckBox)
    assert isinstance(box, QCheckBox)
    box.click()
    gpt.answer()
    assert gpt.state.changes.active == (Change(SOFTMAX, "zero"),)
    name = gpt.chips[0].findChild(QPushButton)
    assert isinstance(name, QPushButton)
    name.click()
    gpt.answer()
    recording, cone = gpt.state.recording, gpt.state.cone
    assert recording is not None
    assert recording.events[gpt.state.cursor].id == SOFTMAX
    assert cone is not None
    assert cone.kind == "readers"
    weight = gpt.chips[1].findChild(QPushButton)
    assert isinstance(weight, QPushButton)
    weight.click()
    gpt.answer()
    assert recording.events[gpt.state.cursor].id == "ln_f/layer_norm#0"
    away = gpt.chips[0].findChild(QToolButton)
    assert isinstance(away, QToolButton)
    away.click()
    gpt.answer()
    assert gpt.state.changes.entries == (Entry(Change("ln_f.weight", "zero"), on=False),)


def test_the_prediction_is_shown_before_and_after(gpt: App) -> None:
    gpt.go("lm_head/linear#0", "prediction")
    pane = gpt.desk.inspector.panes["prediction"]
    assert isinstance(pane, PredictionPane)
    assert pane.bars._unchanged is None
    gpt.take(intents.MakeChange(Change("blocks.0.attn/softmax#0", "zero")))
    recording = gpt.state.recording
    assert recording is not None
    now = gpt.numbers("lm_head/linear#0")[0, -1].softmax(-1)
    was = gpt.numbers("lm_head/linear#0", recording.base)[0, -1].softmax(-1)
    assert pane._shown is not None
    best = pane._shown.places.tolist()
    assert best == now.argsort(descending=True, stable=True)[: len(best)].tolist()
    assert pane.bars._unchanged is not None
    assert torch.allclose(torch.tensor(pane.bars._unchanged).float(), was[best], atol=1e-6)
    assert " → " in pane.bars.accessibleName()
    assert pane._help.text().endswith("Outlined: before the changes.")
    gpt.take(intents.PauseChanges())
    assert " → " not in pane.bars.accessibleName()


def test_the_changed_node_has_a_ring_on_the_map(gpt: App) -> None:
    gpt.go(SOFTMAX, "values")

    def ringed() -> int:
        """Pixels of the map in the colour of a change."""
        image = gpt.desk.canvas.grab().toImage()
        wanted = DARK.color("changed")
        return sum(
            abs(color.red() - wanted.red()) < 12 and abs(color.green() - wanted.green()) < 12
            and abs(color.blue() - wanted.blue()) < 12
            for x in range(image.width()) for y in range(image.height())
            for color in [image.pixelColor(x, y)]
        )  # fmt: skip

    assert ringed() == 0
    gpt.take(intents.MakeChange(Change(SOFTMAX, "zero")))
    assert ringed() > 50
    gpt.take(intents.RemoveChange())
    assert ringed() == 0


def test_a_feature_map_and_a_cell_of_values_can_be_changed(cnn: App) -> None:
    recording = cnn.state.recording
    assert recording is not None
    conv = next(event.id for event in recording.events if event.op == "conv2d")
    cnn.go(conv, "features")
    pane = cnn.desk.inspector.panes["features"]
    assert isinstance(pane, FeaturesPane)
    cnn.right_click(pane.channels, pane.channels.place_of(1))
    cnn.choose("This map", "Set to 0")
    assert not cnn.numbers(conv)[:, 1].any()
    assert cnn.numbers(conv)[:, 0].any()
    linear = next(event.id for event in recording.events if event.op == "linear")
    cnn.go(linear, "values")
    values = cnn.desk.inspector.panes["values"]
    assert isinstance(values, ValuesPane)
    values.map.point_at(0, 3)
    values.trio.menu_wanted.emit(0, values.mapToGlobal(QPoint(50, 50)))
    cnn.choose("Change", "This cell  [0, 3]", "Set to a number")
    draft = cnn.state.changes.draft
    assert draft == c.Draft(linear, "0, 3", "fix")
    form = cnn.desk.changes.form
    assert form.amount.hasFocus()
    form.amount.setText("7")
    QTest.keyClick(form.amount, Qt.Key.Key_Return)
    cnn.answer()
    assert cnn.numbers(linear)[0, 3] == 7


def test_changes_hold_for_the_next_input_and_are_said_where_they_cannot(gpt: App) -> None:
    gpt.take(intents.MakeChange(Change(SOFTMAX, "zero", "..., 11, :")))
    gpt.take(intents.EditInput(TextInput("The value of the")))
    recording = gpt.state.recording
    assert recording is not None
    assert recording.base
    assert not gpt.numbers(SOFTMAX)[:, :, 11].any()
    gpt.take(intents.EditInput(TextInput("The")))
    strip = gpt.desk.changes
    assert "“11” is not within 0…2" in strip._why.text()
    assert strip._why.text().startswith("blocks.1.attn/softmax#0[..., 11, :]  set to 0: ")
    assert strip._why.isVisible()
    gpt.take(intents.EditInput(TextInput("The value of them")))
    assert strip._why.isHidden()
    assert not gpt.numbers(SOFTMAX)[:, :, 11].any()


def test_numbers_come_from_the_pass_beside(gpt: App) -> None:
    gpt.take(intents.KeepBeside(), intents.EditInput(TextInput("The names of")))
    gpt.take(intents.MakeChange(Change("blocks.3/add#1", "patch")))
    recording, beside = gpt.state.recording, gpt.state.beside
    assert recording is not None
    assert beside is not None
    there = gpt.numbers("lm_head/linear#0", beside.recording.tape)
    assert torch.equal(gpt.numbers("lm_head/linear#0"), there)
    assert not torch.equal(gpt.numbers("lm_head/linear#0", recording.base), there)


def test_a_source_has_its_picture_also_after_the_sides_were_switched_and_back(gpt: App) -> None:
    gpt.take(intents.KeepBeside(), intents.EditInput(TextInput("The names")))
    assert gpt.state.recording is not None
    softmax = gpt.state.recording.named[SOFTMAX]
    asked = intents.Derive(softmax, (0, 0, 3, 1))
    for one in (asked, intents.SwitchSides(), intents.SwitchSides()):
        gpt.take(one)
    assert not gpt.desk.derivation.isVisible()
    gpt.take(asked)
    (picture,) = (one for one in gpt.desk.derivation.origins.all if one.isVisible())
    assert picture._reading is gpt.state.readings["origin/0"]


def test_changes_are_saved_and_loaded(
    gpt: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpt.take(intents.MakeChange(Change(SOFTMAX, "zero", ":, 1")))
    path = str(tmp_path / "mine")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (path, ""))
    gpt.desk.do("save-changes")
    entries = read_changes(f"{path}.toml")
    assert entries == gpt.state.changes.entries
    gpt.take(intents.RemoveChange())
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (f"{path}.toml", ""))
    gpt.desk.do("load-changes")
    gpt.answer()
    assert gpt.state.changes.entries == entries
    (tmp_path / "other.toml").write_text("x = 1", encoding="utf-8")
    monkeypatch.setattr(
        QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "other.toml"), "")
    )
    gpt.desk.do("load-changes")
    gpt.answer()
    assert gpt.state.banner is not None
    assert "x: is not a key of a file of changes" in gpt.state.banner.values["mistakes"]
    assert gpt.state.changes.entries == entries


def test_typing_in_the_form_does_not_step(gpt: App) -> None:
    gpt.go(SOFTMAX, "values")
    gpt.take(intents.ProposeChange(kind="noise"))
    cursor = gpt.state.cursor
    form = gpt.desk.changes.form
    seed = form.seed
    assert isinstance(seed, QLineEdit)
    assert seed.isVisible()
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_C, Qt.Key.Key_E):
        QTest.keyClick(form.amount, key)
    gpt.answer()
    assert gpt.state.cursor == cursor
    assert gpt.state.derivation.pinned is None


def test_before_stays_under_the_mouse_that_turns_it_on(gpt: App) -> None:
    gpt.take(intents.MakeChange(Change(SOFTMAX, "zero", ":, 1")))
    strip = gpt.desk.changes
    at = strip.before.mapTo(gpt.window, strip.before.rect().center())
    for paused in (True, False):
        under = gpt.window.childAt(at)
        assert under is not None
        QTest.mouseClick(under, Qt.MouseButton.LeftButton)
        gpt.answer()
        assert gpt.state.changes.paused is paused


def test_chips_are_as_long_as_there_is_room(gpt: App) -> None:
    def names() -> list[str]:
        found = [chip.findChild(QPushButton) for chip in gpt.chips]
        return [one.text() for one in found if isinstance(one, QPushButton)]

    long = "blocks.1.attn/masked_fill#0"
    gpt.take(intents.MakeChange(Change(long, "scale", ":, 1", 2.0)))
    (name,) = names()
    assert name.startswith(long)
    for at in range(7):
        gpt.take(intents.MakeChange(Change(long, "scale", f":, 2, {at}", 2.0)))
    assert {one.partition("/")[0] for one in names()} == {"…1.attn"}
    gpt.take(intents.RemoveChange())
    gpt.take(intents.MakeChange(Change(long, "scale", ":, 1", 2.0)))
    assert names() == [name]
