"""Activation patching in the window: numbers from the pass of the input before."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from explorer.core.change import KINDS, Change
from explorer.core.values import TextInput
from explorer.gui.inputs.text import TextEditor
from explorer.gui.memory import Memory
from explorer.session import intents
from tests.gui.test_changes import App

LAST = "blocks.3/add#1"
LOGITS = "lm_head/linear#0"


@pytest.fixture
def gpt(qtbot: QtBot, tmp_path: Path) -> App:
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path))
    Memory().keep_folder(str(tmp_path / "x"))
    return App(qtbot, "char-gpt", TextInput("The value of"))


def edit(app: App, text: str) -> None:
    """As somebody types it, in place of what stands there."""
    (box,) = app.window.findChildren(TextEditor)
    box.box.selectAll()
    QTest.keyClicks(box.box, text)
    box._timer.timeout.emit()
    box._timer.stop()
    app.answer()


def test_a_layer_at_a_token_is_patched_from_what_was_typed_before(gpt: App) -> None:
    clean = gpt.numbers(LOGITS)[0]
    gpt.go(LAST, "values")
    edit(gpt, "A name of it")
    assert gpt.state.recording is not None
    assert gpt.state.recording.input == TextInput("A name of it")
    gpt.desk.do("change")
    gpt.answer()
    form = gpt.desk.changes.form
    form.kind.setCurrentIndex(KINDS.index("earlier"))
    assert form.source.isVisible()
    assert form.source.text() == "“The value of”"
    form.cells.setFocus()
    form.cells.selectAll()
    QTest.keyClicks(form.cells, ":, 5")
    QTest.keyClick(form.cells, Qt.Key.Key_Return)
    gpt.answer()
    assert gpt.state.changes.active == (Change(LAST, "earlier", ":, 5"),)
    recording = gpt.state.recording
    assert recording.base
    assert not recording.refused
    now, plain = gpt.numbers(LOGITS)[0], gpt.numbers(LOGITS, recording.base)[0]
    assert torch.equal(now[5], clean[5])
    assert torch.equal(now[6:], plain[6:])
    assert not torch.equal(now[5], plain[5])
    tips = " ".join(one.toolTip() for one in gpt.chips[0].findChildren(QPushButton))
    assert "“The value of”" in tips


def test_where_the_earlier_input_was_shorter_the_strip_says_what_fits(gpt: App) -> None:
    edit(gpt, "A longer text")
    gpt.take(intents.MakeChange(Change(LAST, "earlier", ":, 12")))
    why = gpt.desk.changes._why
    assert why.isVisible()
    assert "is (1, 13, 128) here, and (1, 12, 128) in the pass of the earlier input" in why.text()
    assert "[:, 0:12, :]" in why.text()
