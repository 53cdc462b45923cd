"""Opening one's own model, with real keys, clicks and drops: the sheet, the wait, the ways in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from explorer.core import messages
from explorer.core.sources import (
    Argument,
    Candidate,
    Found,
    HuggingFaceFolder,
    HuggingFaceModel,
    PythonFile,
    PythonModel,
    WeightsFile,
)
from explorer.core.values import PictureInput, TensorsInput, TensorSpec, TextInput
from explorer.gui.memory import Memory
from explorer.gui.opening.arguments import ArgumentsForm
from explorer.gui.opening.choice import Choice
from explorer.gui.opening.python import PythonPage
from explorer.gui.theme import THEMES
from explorer.gui.window import make_application
from explorer.session import intents
from explorer.session.state import AppState, Engine
from tests.gui.desktop import Desktop
from tests.recordings import gpt, info

Key = Qt.Key
SOURCE = "import torch\n\n\nclass Net(torch.nn.Module):\n    pass\n"
NET = Candidate(
    "Net", 4, "A net.",
    (
        Argument("width", "int", None, "int"),
        Argument("rate", "float", "0.5", "float"),
        Argument("bias", "bool", "True", "bool"),
        Argument("kind", "str", "'relu'", "str"),
        Argument("sizes", "tuple[int, ...]", "(1, 2)", "other"),
    ),
    (Argument("tokens", "Tensor"), Argument("mask", "Tensor | None", "None")),
)  # fmt: skip
OTHER = Candidate("Other", 9, "", (), (Argument("x", "Tensor"),))
FILE = PythonFile("/home/ada/net.py", "ab" * 32, SOURCE, (NET, OTHER), True)
FOLDER = HuggingFaceFolder("/home/ada/mini", "bert", ("BertModel", "BertForMaskedLM"), 90, "text")
WEIGHTS = WeightsFile("/home/ada/w.safetensors", (("a.weight", (3, 4), "float32"),) * 2000)


class App(Desktop):
    """A desk on a session whose engine is the test."""

    @property
    def content(self) -> QWidget:
        inside = self.window.centralWidget()
        assert inside is not None
        return inside

    def find(self, found: Found) -> None:
        """What a path turns out to be."""
        self.session.take(intents.OpenPath(found.path))
        ticket = self.state.tickets["Find"]
        self.session.take(messages.Located(found=found, ticket=ticket))

    def open(self, own: PythonModel | HuggingFaceModel) -> None:
        """A model that is there, and its first pass."""
        recording = structs.replace(gpt(), weights="pretrained", labels={})
        model = structs.replace(info(recording), trainable=False, labels=(), sample=TextInput("hi"))
        self.session.take(intents.OpenOwn(own))
        self.session.take(messages.Opened(model=model, step=0, ticket=self.state.ticket))
        self.session.take(messages.Recorded(recording=recording, ticket=self.state.ticket))

    def field(self, name: str) -> QWidget:
        found = self.desk.sheet.findChild(QWidget, f"argument-{name}")
        assert isinstance(found, QWidget)
        return found

    def choice(self, text: str) -> Choice:
        return next(c for c in self.desk.sheet.findChildren(Choice) if c.text() == text)

    def click(self, widget: QWidget) -> None:
        self.bot.mouseClick(widget, Qt.MouseButton.LeftButton)

    @property
    def wanted(self) -> object:
        """What the engine was asked to open."""
        asked = [one for one in self.sent if isinstance(one, messages.OpenOwn)]
        return asked[-1].own if asked else None


@pytest.fixture
def app(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    monkeypatch.setattr("explorer.gui.desk.Memory", lambda: Memory(settings))
    made = App(qtbot, AppState(engine=Engine("ready", "cpu", "CPU", 1)))
    yield made
    made.desk.close()


def test_a_python_file_is_shown_and_asked_about_before_anything_runs(app: App) -> None:
    app.find(FILE)
    sheet = app.desk.sheet
    assert sheet.isVisible()
    assert "with all your rights" in sheet.findChild(QLabel, "warning").text()  # type: ignore[union-attr]
    assert sheet.findChild(QPlainTextEdit, "preview").toPlainText() == SOURCE  # type: ignore[union-attr]
    assert sheet.open.text() == "Run and open"
    assert app.wanted is None
    app.press(Key.Key_Escape)
    assert not sheet.isVisible()
    assert app.state.found is None
    assert app.wanted is None


def test_a_file_that_is_trusted_is_not_warned_of(app: App) -> None:
    app.session.state = replace(app.state, trusted=frozenset({FILE.digest}))
    app.find(FILE)
    assert not app.desk.sheet.findChild(QLabel, "warning").isVisible()  # type: ignore[union-attr]
    assert app.desk.sheet.open.text() == "Open"


def test_arguments_by_keyboard_and_enter_opens(app: App) -> None:
    app.find(FILE)
    width = app.field("width")
    assert width.hasFocus()  # the one that must be given
    app.bot.keyClicks(width, "64")
    app.press(Key.Key_Tab)
    assert app.field("rate").hasFocus()
    app.press(Key.Key_Tab)
    app.press(Key.Key_Space)  # bias off
    app.press(Key.Key_Tab)
    app.bot.keyClicks(app.field("kind"), "gelu")
    app.press(Key.Key_Return)
    assert app.wanted == PythonModel(
        FILE.path, FILE.digest, "Net", {"width": "64", "bias": "False", "kind": "'gelu'"}
    )
    assert FILE.digest in app.state.trusted
    assert not app.desk.sheet.isVisible()


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [
        ("width", "", "must be given"),
        ("width", "6.5", "not a whole number"),
        ("rate", "fast", "not a number"),
        ("sizes", "list(range(3))", "not a Python literal"),
    ],
)
def test_mistakes_are_said_beside_the_field(app: App, name: str, typed: str, says: str) -> None:
    app.find(FILE)
    app.bot.keyClicks(app.field("width"), "1" if name != "width" else "")
    app.bot.keyClicks(app.field(name), typed)
    app.click(app.desk.sheet.open)
    said = app.desk.sheet.findChild(QLabel, f"mistake-{name}")
    assert isinstance(said, QLabel)
    assert said.isVisible()
    assert says in said.text()
    assert app.field(name).hasFocus()
    assert app.wanted is None


def test_a_configuration_is_typed_as_in_python(app: App) -> None:
    app.find(FILE)
    app.bot.keyClicks(app.field("width"), "4")
    app.bot.keyClicks(app.field("sizes"), "Cfg(width=8)")
    app.press(Key.Key_Return)
    assert isinstance(app.wanted, PythonModel)
    assert app.wanted.arguments["sizes"] == "Cfg(width=8)"


def test_tab_goes_round_inside_the_sheet(app: App) -> None:
    app.find(FILE)
    seen = []
    for _ in range(40):
        app.press(Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is not None
        assert app.desk.sheet.isAncestorOf(focused)
        if focused in seen:
            break
        seen.append(focused)
    assert {app.desk.sheet.open, app.desk.sheet.refuse} <= set(seen)
    app.desk.do("train")  # keys of the page below do nothing meanwhile
    app.desk.do("gallery")
    assert app.state.found is FILE


def test_another_class_has_other_arguments(app: App) -> None:
    app.find(FILE)
    app.desk.sheet.open.setFocus()
    app.press(Key.Key_Tab)
    assert app.choice("Net").hasFocus()
    app.press(Key.Key_Down)
    assert isinstance(app.desk.sheet.page, PythonPage)
    app.press(Key.Key_Return)
    assert app.wanted == PythonModel(FILE.path, FILE.digest, "Other", {})


def test_tensors_by_shape_are_the_first_input(app: App) -> None:
    app.find(FILE)
    app.click(app.choice("Other"))
    app.click(app.choice("Tensors by shape"))
    shape = app.desk.sheet.findChild(QLineEdit, "tensor-shape")
    assert isinstance(shape, QLineEdit)
    app.click(app.desk.sheet.open)
    assert app.wanted is None  # no shape yet, and it says so
    assert shape.hasFocus()
    app.bot.keyClicks(shape, "2, 3x4")
    app.press(Key.Key_Return)
    assert app.wanted == PythonModel(
        FILE.path, FILE.digest, "Other", {}, TensorsInput((TensorSpec("x", (2, 3, 4)),))
    )


def test_a_file_without_a_model_cannot_be_opened(app: App) -> None:
    app.find(structs.replace(FILE, candidates=()))
    assert not app.desk.sheet.open.isVisible()
    app.press(Key.Key_Return)
    assert app.state.found is None
    assert app.wanted is None


def test_a_folder_opens_as_its_best_architecture(app: App) -> None:
    app.find(FOLDER)
    app.press(Key.Key_Return)
    assert app.wanted == HuggingFaceModel(FOLDER.path, "BertModel")


def test_random_weights_are_chosen_never_assumed(app: App) -> None:
    app.find(structs.replace(FOLDER, weights=0))
    assert not app.desk.sheet.open.isEnabled()
    app.press(Key.Key_Return)
    assert app.wanted is None
    assert app.choice("Random weights").isChecked()  # it had the keyboard, and Enter takes it
    app.press(Key.Key_Return)
    assert app.wanted == HuggingFaceModel(FOLDER.path, "BertModel", random=True)


def test_weights_go_into_the_open_model(app: App) -> None:
    app.open(HuggingFaceModel(FOLDER.path, "BertModel"))
    app.find(WEIGHTS)
    assert app.desk.sheet.open.text() == "Put into mini"
    app.press(Key.Key_Return)
    assert [one.path for one in app.sent if isinstance(one, messages.LoadWeights)] == [WEIGHTS.path]


def test_weights_without_a_model_say_what_to_do(app: App) -> None:
    app.find(WEIGHTS)
    words = " ".join(label.text() for label in app.desk.sheet.findChildren(QLabel))
    assert "Open the model that they belong to first" in words
    app.press(Key.Key_Return)
    assert not app.desk.sheet.isVisible()
    assert not [one for one in app.sent if isinstance(one, messages.LoadWeights)]


def test_a_late_answer_is_waited_for_and_can_be_given_up(app: App) -> None:
    app.session.take(intents.OpenPath("/home/ada/net.py"))
    assert not app.desk.busy.isVisible()  # most answers come before anybody waits
    app.bot.waitUntil(app.desk.busy.isVisible, timeout=3000)
    assert "net.py" in app.desk.busy.findChild(QLabel, "doing").text()  # type: ignore[union-attr]
    app.press(Key.Key_Escape)
    assert isinstance(app.sent[-1], messages.Cancel)
    assert app.desk.busy.isVisible()  # until it is answered
    ticket = app.state.tickets["Find"]
    app.session.take(
        messages.Failed(kind="cancelled", text="Gone.", remedy="", values={}, ticket=ticket)
    )
    assert not app.desk.busy.isVisible()


def test_a_long_forward_pass_can_be_given_up(app: App) -> None:
    app.open(HuggingFaceModel(FOLDER.path, "BertModel"))
    app.session.take(intents.EditInput(TextInput("again")))
    app.bot.waitUntil(app.desk.busy.isVisible, timeout=3000)
    app.click(app.desk.busy.cancel)
    assert isinstance(app.sent[-1], messages.Cancel)
    assert not app.desk.busy.cancel.isEnabled()


def test_a_quick_answer_needs_no_word(app: App) -> None:
    app.find(FOLDER)
    app.bot.wait(450)
    assert not app.desk.busy.isVisible()


def drag(app: App, path: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path)])
    event = QDragEnterEvent(
        QPoint(400, 300), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(app.content, event)
    assert event.isAccepted() == bool(path)
    return data


def test_a_file_can_be_dropped_anywhere(app: App) -> None:
    data = drag(app, "/home/ada/net.py")
    hint = app.desk.drop_place
    assert hint.isVisible()
    assert hint.size() == app.content.size()
    drop = QDropEvent(
        QPointF(400, 300), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(app.content, drop)
    assert not hint.isVisible()
    assert [one.path for one in app.sent if isinstance(one, messages.Find)] == ["/home/ada/net.py"]


def test_a_dropped_picture_is_for_a_model_that_looks_at_pictures(app: App, tmp_path: Path) -> None:
    image = QImage(6, 4, QImage.Format.Format_RGB32)
    image.fill(0)
    path = tmp_path / "cat.png"
    assert image.save(str(path))
    app.open(HuggingFaceModel(FOLDER.path, "ViTModel"))
    assert app.state.model is not None
    app.desk.drop_place.dropped.emit(str(path))
    assert app.state.finding == str(path)  # this one reads text: what is it, then?
    looks = structs.replace(app.state.model, input="picture", shape=(224, 224))
    app.session.state = replace(app.state, model=looks, finding="")
    app.desk.drop_place.dropped.emit(str(path))
    given = app.state.typed
    assert isinstance(given, PictureInput)
    assert given.pixels.shape == (4, 6, 3)
    assert app.state.finding == ""


def test_the_gallery_offers_a_file_and_a_folder(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "explorer.gui.files.QFileDialog.getOpenFileName", lambda *_: ("/home/ada/net.py", "")
    )
    monkeypatch.setattr(
        "explorer.gui.files.QFileDialog.getExistingDirectory", lambda *_: "/home/ada/mini"
    )
    for name in ("open-file", "open-folder"):
        button = app.desk.gallery.findChild(QPushButton, name)
        assert isinstance(button, QPushButton)
        app.click(button)
    app.bot.keyClick(app.window, Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    found = [one.path for one in app.sent if isinstance(one, messages.Find)]
    assert found == ["/home/ada/net.py", "/home/ada/mini", "/home/ada/net.py"]


def test_models_that_were_opened_are_in_the_gallery_until_they_are_gone(
    app: App, tmp_path: Path
) -> None:
    file = tmp_path / "mine.py"
    file.write_text(SOURCE)
    app.open(PythonModel(str(file), "d", "Net", {"width": "3"}))
    app.session.take(intents.ShowGallery())
    (button,) = app.desk.gallery.recent.buttons
    assert button.text() == "Net"
    app.click(button)
    assert [one.path for one in app.sent if isinstance(one, messages.Find)] == [str(file)]
    # it is asked about as it was opened the last time
    app.session.take(
        messages.Located(
            found=structs.replace(FILE, path=str(file)), ticket=app.state.tickets["Find"]
        )
    )
    assert app.field("width").text() == "3"  # type: ignore[attr-defined]
    app.press(Key.Key_Escape)
    file.unlink()
    app.session.take(intents.ShowTab("forward"))
    app.session.take(intents.ShowGallery())
    assert not app.desk.gallery.recent.isVisible()


def test_a_model_without_data_has_no_training(app: App) -> None:
    app.open(HuggingFaceModel(FOLDER.path, "BertModel"))
    tab = app.desk.header.findChild(QPushButton, "tab-training")
    assert isinstance(tab, QPushButton)
    assert not tab.isEnabled()
    assert "mini came without data to learn from" in tab.toolTip()
    app.bot.keyClick(app.window, Key.Key_F4)
    assert app.state.tab == "forward"
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    for key, held in ((Key.Key_F4, None), (Key.Key_T, control), (Key.Key_T, control | shift)):
        app.session.take(intents.Dismiss())
        app.bot.keyClick(app.window, key, *([] if held is None else [held]))
        banner = app.desk.banner.findChild(QLabel)
        assert isinstance(banner, QLabel)
        assert app.desk.banner.isVisible()
        assert "mini came without data to learn from" in banner.text()
    assert app.window.windowTitle() == "mini – Layerscope"
    chips = app.desk.header.findChildren(QLabel)
    assert any("mini" in chip.text() for chip in chips)
    assert any("pretrained" in chip.text() for chip in chips)


def test_a_change_of_theme_keeps_what_was_opened(app: App) -> None:
    app.open(HuggingFaceModel(FOLDER.path, "BertModel"))
    app.session.take(intents.SetTheme("light"))
    app.session.take(intents.SetLanguage("zh"))
    app.find(FOLDER)
    app.bot.waitUntil(app.desk.sheet.isVisible)
    assert app.desk.sheet.open.text() == "打开"


def test_a_text_that_the_hint_names_comes_without_quotes(qtbot: QtBot) -> None:
    make_application("dark")
    kind = Argument("kind", "Literal['relu', 'gelu']", None, choices=("relu", "gelu"))
    form = ArgumentsForm(THEMES["dark"], 1.0, (kind,), {})
    qtbot.addWidget(form)
    line = form.fields[0].widget
    assert isinstance(line, QLineEdit)
    qtbot.keyClicks(line, "gelu")
    assert form.values() == {"kind": "'gelu'"}
