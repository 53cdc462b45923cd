"""A preset with changes: saved from the window, and opened again as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from explorer.core import messages as m
from explorer.core.change import Change, Entry
from explorer.core.presets import load_preset
from explorer.core.sources import HuggingFaceModel
from explorer.core.values import ExampleInput, NumbersInput, TextInput
from explorer.gui.memory import Memory
from explorer.session import intents
from explorer.session.state import AppState, Engine
from explorer.session.update import update
from tests import recordings
from tests.gui.test_changes import SOFTMAX, App

HEAD = Entry(Change(SOFTMAX, "zero", ":, 2"))
OFF = Entry(Change("blocks.0.mlp.fc1.weight", "scale", "3", -2.0), on=False)


@pytest.fixture(autouse=True)
def settings(tmp_path: Path) -> None:
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path))
    Memory().keep_folder(str(tmp_path / "x"))


def save_as(app: App, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(folder), ""))
    app.desk.do("save-preset")
    app.answer()


def test_a_preset_is_saved_with_its_changes_and_comes_back_with_them(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = App(qtbot, "char-gpt", TextInput("The value of"))
    app.take(intents.PutChanges((HEAD, OFF)))
    said = app.numbers("lm_head/linear#0")
    folder = tmp_path / "without head 2"
    save_as(app, folder, monkeypatch)
    assert app.state.banner is not None
    assert "The preset is saved in {path}" in app.state.banner.text
    assert app.state.banner.values["path"] == str(folder)
    read = load_preset(folder)
    assert (read.preset.title.en, read.preset.title.zh) == ("without head 2",) * 2
    assert read.preset.input.text == "The value of"
    assert read.preset.weights is not None  # what was measured of them is true still
    again = App(qtbot, str(folder), TextInput("The value of"))
    assert again.state.changes.entries == (HEAD, OFF)
    assert again.state.changes.past == ()  # nothing to undo
    assert again.desk.changes.isVisible()
    assert len(again.chips) == 2
    assert torch.equal(again.numbers("lm_head/linear#0"), said)
    assert again.state.recording is not None
    assert not torch.equal(again.numbers("lm_head/linear#0", again.state.recording.base), said)


def test_weights_of_a_training_are_saved_and_what_was_measured_of_others_is_not(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = App(qtbot, "spirals-mlp", NumbersInput((0.1, 0.2)))
    app.loop._learner.trainer.step()
    app.take(intents.EditInput(NumbersInput((0.5, -0.5))))
    save_as(app, tmp_path / "mine", monkeypatch)
    read = load_preset(tmp_path / "mine")
    assert (read.preset.weights, read.preset.change) == (None, ())
    assert read.preset.input.values == (0.5, -0.5)
    assert read.weights is not None
    again = App(qtbot, str(tmp_path / "mine"), NumbersInput((0.5, -0.5)))
    for name in ("layers.0.weight", "layers.4.bias"):
        assert torch.equal(again.loop._now.model.get_parameter(name),
                           app.loop._now.model.get_parameter(name))  # fmt: skip


def test_a_folder_that_is_there_is_left_alone(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = App(qtbot, "spirals-mlp", NumbersInput((0.1, 0.2)))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").write_text("dear")
    save_as(app, tmp_path / "mine", monkeypatch)
    assert app.state.banner is not None
    assert app.state.banner.kind == "disk"
    assert [one.name for one in (tmp_path / "mine").iterdir()] == ["diary.txt"]


def test_changes_that_fit_nothing_are_said_and_the_rest_works(qtbot: QtBot, tmp_path: Path) -> None:
    """No such op, no such cells: the strip says both, and the third one is made."""
    text = (load_preset("spirals-mlp").folder / "preset.toml").read_text(encoding="utf-8")
    for value, cells in (("layers.9/linear#0", ""), ("layers.0/linear#0", "0, 99"),
                         ("layers.0/linear#0", "0, 1")):  # fmt: skip
        text += f'\n[[change]]\nvalue = "{value}"\ncells = "{cells}"\nkind = "zero"\n'
    (tmp_path / "preset.toml").write_text(text, encoding="utf-8")
    app = App(qtbot, str(tmp_path), NumbersInput((0.1, 0.2)))
    why = app.desk.changes._why.text().split("\n")
    assert len(why) == 2
    assert why[0].startswith("layers.9/linear#0  set to 0: ")
    assert "layers.9/linear#0" in why[0].partition(": ")[2]
    assert "“99” is not within 0…7" in why[1]
    assert app.numbers("layers.0/linear#0")[0, 1] == 0


def test_another_preset_has_its_own_changes(tmp_path: Path) -> None:
    """Also where the model is the same one; the same preset opened again keeps what there is."""
    info = recordings.info(recordings.gpt(layers=1))
    plain = load_preset("char-gpt")
    text = (plain.folder / "preset.toml").read_text(encoding="utf-8")
    text += '\n[[change]]\nvalue = "x"\nkind = "zero"\n'
    (tmp_path / "preset.toml").write_text(text, encoding="utf-8")
    mine = load_preset(tmp_path)
    state = AppState(engine=Engine("ready"), presets=(plain, mine))

    def opens(state: AppState, name: str, anew: bool = False) -> AppState:
        state, _ = update(state, intents.OpenPreset(name, anew))
        ticket = state.tickets["OpenModel"]
        return update(state, m.Opened(ticket=ticket, model=info, step=0))[0]

    state = opens(state, "char-gpt")
    assert state.changes.entries == ()
    state = opens(state, str(tmp_path))
    assert state.changes.entries == (Entry(Change("x", "zero")),)
    state = update(state, intents.RemoveChange())[0]
    assert opens(state, mine.name, anew=True).changes.entries == ()
    assert opens(state, "char-gpt").changes.past == ()


def test_a_model_without_data_is_no_preset(tmp_path: Path) -> None:
    info = recordings.info(recordings.gpt(layers=1))
    own = HuggingFaceModel(str(tmp_path), "GPT2LMHeadModel", input=ExampleInput())
    state = AppState(page="model", engine=Engine("ready"), model=info, own=own)
    state, requests = update(state, intents.SavePresetTo(str(tmp_path / "mine")))
    assert requests == []
    assert state.banner is not None
    assert "cannot be saved as a preset" in state.banner.text
