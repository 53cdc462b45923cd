"""Opening one's own model by keyboard, and what is known from the last time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs
from PySide6.QtCore import QDir, QSettings, Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from explorer.core import messages
from explorer.core.presets import load_preset
from explorer.core.sources import Argument, Candidate, LiveModel, PythonModel
from explorer.core.values import ExampleInput, TensorsInput, TensorSpec
from explorer.gui.memory import Memory
from explorer.session import intents
from explorer.session.state import AppState, Engine
from tests.gui.test_opening import FILE, SOURCE, App, Key
from tests.recordings import gpt, info


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))


@pytest.fixture
def app(qtbot: QtBot, memory: Memory, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    monkeypatch.setattr("explorer.gui.desk.Memory", lambda: memory)
    made = App(qtbot, AppState(engine=Engine("ready", "cpu", "CPU", 1)))
    yield made
    made.desk.close()


def keep(app: App, tmp_path: Path, name: str = "mine.py") -> str:
    """A model of one's own that was opened before, with the gallery on screen."""
    file = tmp_path / name
    file.write_text(SOURCE)
    app.open(PythonModel(str(file), "d", "Net", {"width": "3"}))
    app.session.take(intents.ShowGallery())
    return str(file)


@pytest.mark.parametrize("key", [Key.Key_Return, Key.Key_Enter, Key.Key_Space])
def test_a_model_that_was_opened_is_opened_again_by_keyboard(
    app: App, tmp_path: Path, key: Qt.Key
) -> None:
    path = keep(app, tmp_path)
    (chip,) = app.desk.gallery.recent.buttons
    chip.setFocus()
    app.press(key)
    assert app.state.finding == path
    app.session.take(
        messages.Located(found=structs.replace(FILE, path=path), ticket=app.state.tickets["Find"])
    )
    assert app.desk.sheet.open.hasFocus()
    app.press(Key.Key_Escape)
    assert QApplication.focusWidget() is chip  # where one came from


def test_the_other_buttons_of_the_gallery_hear_enter_too(app: App) -> None:
    wanted: list[str] = []
    app.desk.gallery.wanted.connect(wanted.append)
    app.desk.gallery.wanted.disconnect(app.desk.do)  # no dialog
    for name in ("open-file", "open-folder"):
        button = app.desk.gallery.findChild(QPushButton, name)
        assert isinstance(button, QPushButton)
        button.setFocus()
        app.press(Key.Key_Return)
    assert wanted == ["open-file", "open-folder"]


def test_no_key_reaches_the_gallery_while_the_wait_covers_it(app: App, tmp_path: Path) -> None:
    app.session.take(intents.PresetsRead((load_preset("first-network"), load_preset("char-gpt"))))
    first, second = app.desk.gallery.cards
    first.setFocus()
    app.press(Key.Key_Right)
    assert second.hasFocus()
    app.session.take(intents.OpenPath("/home/ada/net.py"))
    app.bot.waitUntil(app.desk.busy.isVisible, timeout=3000)
    for key in (Key.Key_Left, Key.Key_Up, Key.Key_Tab, Key.Key_Backtab, Key.Key_Home):
        app.press(key)
        assert QApplication.focusWidget() is app.desk.busy.cancel
    assert app.state.opening == ""
    app.press(Key.Key_Return)
    assert isinstance(app.sent[-1], messages.Cancel)
    ticket = app.state.tickets["Find"]
    app.session.take(
        messages.Failed(kind="cancelled", text="Gone.", remedy="", values={}, ticket=ticket)
    )
    assert QApplication.focusWidget() is second  # as before


def test_the_wait_for_another_model_is_counted_anew(app: App) -> None:
    app.session.take(intents.OpenPath("/home/ada/net.py"))
    busy = app.desk.busy
    busy._since -= 100
    app.bot.waitUntil(busy.isVisible, timeout=3000)
    said = [label.text() for label in busy.findChildren(QLabel)]
    assert "100 s" in said
    app.session.take(intents.OpenPath("/home/ada/other.py"))
    app.bot.waitUntil(lambda: "100 s" not in [one.text() for one in busy.findChildren(QLabel)])


def test_dialogs_begin_where_the_last_file_came_from(
    app: App, memory: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def choose(_parent: QWidget, _title: str, folder: str, *_: str) -> tuple[str, str]:
        asked.append(folder)
        return str(tmp_path / "weights.pt"), ""

    monkeypatch.setattr("explorer.gui.files.QFileDialog.getOpenFileName", choose)
    app.desk.do("open-file")
    app.desk.do("open-file")
    assert asked == [QDir.homePath(), str(tmp_path)]
    app.session.take(intents.ForgetFound())
    app.desk.drop_place.dropped.emit(str(tmp_path / "inner" / "net.py"))
    (tmp_path / "inner").mkdir()
    app.desk.do("open-file")
    assert asked[-1] == str(tmp_path / "inner")
    (tmp_path / "inner").rmdir()
    memory.keep_folder(str(tmp_path / "inner" / "net.py"))
    app.desk.do("open-file")
    assert asked[-1] == QDir.homePath()  # it is gone


def shapes(app: App) -> list[str]:
    fields = app.desk.sheet.findChildren(QLineEdit, "tensor-shape")
    return [field.text() for field in fields if isinstance(field, QLineEdit)]


def test_tensors_by_shape_begin_with_what_was_found_to_fit(app: App, memory: Memory) -> None:
    fits = (TensorSpec("tokens", (1, 8), "int64", "integers", 99),)
    own = PythonModel(FILE.path, FILE.digest, "Net", {"width": "3"})
    memory.keep(own, fits)
    app.find(FILE)
    app.click(app.choice("Tensors by shape"))
    assert shapes(app) == ["1, 8"]
    app.press(Key.Key_Return)
    wanted = app.wanted
    assert isinstance(wanted, PythonModel)
    assert wanted.input == TensorsInput(fits)


def test_tensors_given_by_hand_are_there_the_next_time(app: App, memory: Memory) -> None:
    given = TensorsInput((TensorSpec("x", (5, 2)),))
    memory.keep(PythonModel(FILE.path, FILE.digest, "Other", {}, given))
    app.find(FILE)
    assert app.choice("Other").isChecked()
    assert app.choice("Tensors by shape").isChecked()
    assert shapes(app) == ["5, 2"]
    app.click(app.choice("Net"))  # whose arguments are others
    assert shapes(app) == [""]


def test_what_the_model_ran_with_is_remembered(app: App, memory: Memory, tmp_path: Path) -> None:
    path = keep(app, tmp_path)
    kept = memory.choice(path)
    assert kept is not None
    assert kept.tensors == ()  # it reads text
    assert app.state.model is not None
    fits = (TensorSpec("x", (1, 8)),)
    takes = structs.replace(app.state.model, sample=TensorsInput(fits))
    own = PythonModel(path, "d", "Other", {})
    app.session.take(intents.OpenOwn(own))
    ticket = app.state.tickets["OpenModel"]
    app.session.take(messages.Opened(model=takes, step=0, ticket=ticket))
    kept = memory.choice(path)
    assert kept is not None
    assert kept.tensors == fits


def test_the_name_of_a_tensor_is_a_field_only_where_nobody_knows_it(app: App) -> None:
    long = "the_hidden_states_of_the_previous_transformer_block_of_the_encoder"
    net = Candidate("Net", 4, "", (), (Argument(long, "Tensor"),))
    app.find(structs.replace(FILE, candidates=(net,)))
    app.click(app.choice("Tensors by shape"))
    name = app.desk.sheet.findChild(QLineEdit, "tensor-name")
    label = app.desk.sheet.findChild(QLabel, "tensor-label")
    assert isinstance(name, QLineEdit)
    assert isinstance(label, QLabel)
    assert not name.isVisible()
    assert label.isVisible()
    assert label.text().startswith("the_hidden_states")  # its middle is cut
    assert label.text().endswith("encoder")
    assert long in label.toolTip()
    another = app.desk.sheet.findChild(QPushButton, "another-tensor")
    assert isinstance(another, QPushButton)
    app.click(another)
    fields = app.desk.sheet.findChildren(QLineEdit, "tensor-name")
    assert [field.text() for field in fields if not field.isHidden()] == ["x"]


def test_tab_goes_through_the_gallery_as_one_reads_it(app: App, tmp_path: Path) -> None:
    keep(app, tmp_path)
    app.session.take(intents.PresetsRead((load_preset("first-network"), load_preset("char-gpt"))))
    gallery = app.desk.gallery
    start = gallery.findChild(QPushButton, "open-file")
    assert isinstance(start, QPushButton)
    start.setFocus()
    QApplication.processEvents()  # a layout shows what is new in it a moment later
    met = [QApplication.focusWidget()]
    while met[-1] is not gallery.cards[-1]:
        app.press(Key.Key_Tab)
        met.append(QApplication.focusWidget())
        assert len(met) < 20
    folder = gallery.findChild(QPushButton, "open-folder")
    assert met[:3] == [start, folder, *gallery.recent.buttons]
    assert met[-2:] == gallery.cards
    assert met[3:-2]
    assert all(isinstance(one, QToolButton) for one in met[3:-2])  # the filters


def test_the_window_of_a_live_model_offers_no_other(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = structs.replace(gpt(), weights="live", labels={})
    model = structs.replace(info(recording), trainable=False, sample=ExampleInput())
    live = App(qtbot, AppState(engine=Engine("ready", "cpu", "CPU", 1), wanted=LiveModel("Net")))
    live.session.take(messages.Opened(model=model, step=0))
    header = live.desk.header
    assert header.open.isVisible()
    assert not header.open.isEnabled()
    assert "belongs to a program" in header.open.toolTip()
    tab = header.findChild(QPushButton, "tab-training")
    assert isinstance(tab, QPushButton)
    assert "Net came without data" in tab.toolTip()
    live.desk.do("open-file")  # no dialog, but why not
    assert live.state.banner is not None
    assert "belongs to a program" in live.state.banner.text
    live.desk.close()
