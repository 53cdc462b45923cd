"""Feeding one's own models with real mouse and keys: tensors, pictures, examples, tokens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
)
from pytestqt.qtbot import QtBot

from explorer.core.graph import ModelInfo, Recording
from explorer.core.sources import LiveModel, Own, PythonModel
from explorer.core.values import (
    ExampleInput,
    Input,
    PictureInput,
    TensorsInput,
    TensorSpec,
    TextInput,
)
from explorer.gui.inputs import InputEditor
from explorer.gui.inputs.picture import MOST, PictureEditor, read_picture
from explorer.gui.inputs.text import Tokens
from explorer.gui.tensorform import guess, shape_of
from explorer.gui.theme import DARK
from explorer.session import intents
from explorer.session.state import AppState
from tests.gui.test_inputs import model
from tests.recordings import cnn

NET = PythonModel("/home/ada/net.py", "d", "Net", {})
GIVEN = TensorsInput((TensorSpec("x", (2, 3)), TensorSpec("ids", (2,), "int64", "integers", 9)), 4)


class Edit:
    """An editor of the inputs, and what it asked for."""

    def __init__(
        self, qtbot: QtBot, info: ModelInfo, given: Input, own: Own = NET,
        labels: dict[str, tuple[str, ...]] | None = None,
    ) -> None:  # fmt: skip
        self.bot = qtbot
        self.editor = InputEditor(DARK, 1.0)
        qtbot.addWidget(self.editor)
        self.editor.resize(250, 400)
        self.editor.show()
        self.said: list[object] = []
        self.editor.intent.connect(self.said.append)
        self.recording: Recording = structs.replace(cnn(), input=given, labels=labels or {})
        self.state = AppState(page="model", model=info, own=own, recording=self.recording)
        self.editor.render(None, self.state)
        qtbot.wait(1)  # everything finds its place

    @property
    def inputs(self) -> list[Input]:
        return [one.input for one in self.said if isinstance(one, intents.EditInput)]

    def click(self, name: str) -> None:
        button = self.editor.findChild(QPushButton, name)
        assert isinstance(button, QPushButton)
        self.bot.mouseClick(button, Qt.MouseButton.LeftButton)


def tensors(qtbot: QtBot) -> Edit:
    return Edit(qtbot, model("tensors", (), ()), GIVEN)


def test_the_tensors_of_the_pass_are_shown(qtbot: QtBot) -> None:
    edit = tensors(qtbot)
    shapes = [one.text() for one in edit.editor.findChildren(QLineEdit, "tensor-shape")]
    assert shapes == ["2, 3", "2"]
    assert edit.editor.findChild(QSpinBox, "seed").value() == 4  # type: ignore[union-attr]
    assert edit.inputs == []


def test_another_shape_is_recorded_on_enter(qtbot: QtBot) -> None:
    edit = tensors(qtbot)
    shape = edit.editor.findChildren(QLineEdit, "tensor-shape")[0]
    shape.selectAll()
    qtbot.keyClicks(shape, "5×7")
    assert edit.inputs == []
    qtbot.keyClick(shape, Qt.Key.Key_Return)
    assert edit.inputs == [
        structs.replace(GIVEN, tensors=(TensorSpec("x", (5, 7)), *GIVEN.tensors[1:]))
    ]


def test_a_shape_that_is_none_is_said_and_not_sent(qtbot: QtBot) -> None:
    edit = tensors(qtbot)
    shape = edit.editor.findChildren(QLineEdit, "tensor-shape")[0]
    shape.selectAll()
    qtbot.keyClicks(shape, "two")
    qtbot.keyClick(shape, Qt.Key.Key_Return)
    assert edit.inputs == []
    said = edit.editor.findChildren(QLabel, "tensor-mistake")[0]
    assert said.isVisible()
    assert "whole numbers" in said.text()


def test_another_sample_is_the_next_seed(qtbot: QtBot) -> None:
    edit = tensors(qtbot)
    edit.click("another-sample")
    assert edit.inputs == [structs.replace(GIVEN, seed=5)]


def test_integers_have_an_end_and_floats_have_none(qtbot: QtBot) -> None:
    edit = tensors(qtbot)
    highs = edit.editor.findChildren(QSpinBox, "tensor-high")
    assert [high.isVisible() for high in highs] == [False, True]
    dtype = edit.editor.findChildren(QComboBox, "tensor-dtype")[0]
    dtype.setFocus()
    qtbot.keyClicks(dtype, "int64")
    assert isinstance(edit.inputs[-1], TensorsInput)
    assert edit.inputs[-1].tensors[0] == TensorSpec("x", (2, 3), "int64", "integers", 2)


def test_an_argument_can_be_left_out_or_added(qtbot: QtBot) -> None:
    edit = tensors(qtbot)
    remove = edit.editor.findChildren(QPushButton, "remove-tensor")[1]
    qtbot.mouseClick(remove, Qt.MouseButton.LeftButton)
    assert edit.inputs == [structs.replace(GIVEN, tensors=GIVEN.tensors[:1])]
    edit.click("another-tensor")
    shape = edit.editor.findChildren(QLineEdit, "tensor-shape")[-1]
    qtbot.keyClicks(shape, "()")
    qtbot.keyClick(shape, Qt.Key.Key_Return)
    last = edit.inputs[-1]
    assert isinstance(last, TensorsInput)
    assert last.tensors[1].shape == ()


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("1, 3, 224, 224", (1, 3, 224, 224)), ("2x3", (2, 3)), ("(4, 5)", (4, 5)), ("7", (7,)),
        ("()", ()), ("0, 3", (0, 3)), ("", None), ("a, b", None), ("-1, 3", None), ("1.5", None),
    ],
)  # fmt: skip
def test_shapes_as_people_write_them(text: str, shape: tuple[int, ...] | None) -> None:
    assert shape_of(text) == shape


def test_what_is_no_tensor_is_not_asked_for() -> None:
    from explorer.core.sources import Argument

    assert guess(Argument("causal", "bool", "False", "bool")) is None
    ids = guess(Argument("input_ids", "torch.LongTensor"))
    assert ids is not None
    assert (ids.dtype, ids.fill) == ("int64", "integers")


def picture(path: Path, width: int, height: int, alpha: bool = False) -> str:
    form = QImage.Format.Format_ARGB32 if alpha else QImage.Format.Format_RGB32
    image = QImage(width, height, form)
    image.fill(QColor(0, 0, 0, 0) if alpha else QColor(10, 20, 30))
    assert image.save(str(path))
    return str(path)


def test_a_picture_is_read_as_bytes_and_made_smaller(tmp_path: Path) -> None:
    small = read_picture(picture(tmp_path / "small.png", 5, 3))
    assert small is not None
    assert small.name == "small.png"
    assert small.pixels.dtype == np.uint8
    assert small.pixels.shape == (3, 5, 3)
    assert small.pixels[2, 4].tolist() == [10, 20, 30]
    large = read_picture(picture(tmp_path / "large.png", 3000, 1500))
    assert large is not None
    assert large.pixels.shape == (MOST // 2, MOST, 3)
    clear = read_picture(picture(tmp_path / "clear.png", 4, 4, alpha=True))
    assert clear is not None
    assert (clear.pixels == 255).all()


def test_a_chosen_picture_is_shown_and_recorded(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    black = PictureInput("black", np.zeros((4, 4, 3), np.uint8))
    edit = Edit(qtbot, model("picture", (224, 224), ()), black)
    path = picture(tmp_path / "cat.png", 8, 6)
    monkeypatch.setattr(
        "explorer.gui.inputs.picture.QFileDialog.getOpenFileName", lambda *_: (path, "")
    )
    edit.click("choose-picture")
    (given,) = edit.inputs
    assert isinstance(given, PictureInput)
    assert given.pixels.shape == (6, 8, 3)
    assert "cat.png" in edit.editor.findChild(QLabel, "picture-name").text()  # type: ignore[union-attr]


def test_what_is_no_picture_is_said(qtbot: QtBot, tmp_path: Path) -> None:
    edit = Edit(qtbot, model("picture", (224, 224), ()), ExampleInput())
    path = tmp_path / "broken.png"
    path.write_bytes(b"no picture")
    editor = edit.editor.findChild(PictureEditor)
    assert isinstance(editor, PictureEditor)
    editor.choose(str(path))
    assert edit.inputs == []
    assert "broken.png" in edit.editor.findChild(QLabel, "picture-name").text()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("own", "says"), [(NET, "example_inputs() of net.py"), (LiveModel("Net"), "explorer.view")]
)
def test_an_example_says_where_it_is_from(qtbot: QtBot, own: Own, says: str) -> None:
    edit = Edit(qtbot, model("example", (), ()), ExampleInput(), own)
    assert says in edit.editor.findChild(QLabel, "source").text()  # type: ignore[union-attr]
    assert "1, 1, 8, 8" in edit.editor.findChild(QLabel, "shapes").text()  # type: ignore[union-attr]


def test_an_example_with_a_long_name_is_read_in_full(qtbot: QtBot) -> None:
    long = "the_hidden_states_of_the_previous_transformer_block_of_the_encoder"
    recording = structs.replace(cnn(), input=ExampleInput())
    values = tuple(structs.replace(one, name=long) for one in recording.values)
    recording = structs.replace(recording, values=values)
    state = AppState(
        page="model", model=model("example", (), ()), own=LiveModel("Net"), recording=recording
    )
    editor = InputEditor(DARK, 1.0)
    qtbot.addWidget(editor)
    editor.resize(220, 400)
    editor.show()
    editor.give_room(QSize(220, 600))
    editor.render(None, state)
    QApplication.processEvents()
    source, shapes = editor.findChild(QLabel, "source"), editor.findChild(QLabel, "shapes")
    assert source is not None
    assert shapes is not None
    for label in (source, shapes):
        assert label.height() >= label.heightForWidth(label.width())
        assert label.minimumSizeHint().width() <= label.width()
    assert shapes.text().replace("\u200b", "").startswith(long)


TOKENS = ("[CLS]", "un", "##believ", "##able", "[SEP]")


def test_any_text_is_read_and_its_tokens_are_shown(qtbot: QtBot) -> None:
    edit = Edit(qtbot, model("text", (512,), ()), TextInput("é"), labels={"T": TOKENS})
    chips = edit.editor.findChild(Tokens)
    assert isinstance(chips, Tokens)
    assert chips.isVisible()
    assert chips.tokens == TOKENS
    assert "5 tokens of at most 512" in edit.editor.findChild(QLabel, "count").text()  # type: ignore[union-attr]
    special, plain = (chips._chips(chips.width())[at][0].topLeft() for at in (0, 1))
    seen = chips.grab().toImage()
    colours = [seen.pixelColor(int(at.x()) + 4, int(at.y()) + 2) for at in (special, plain)]
    assert colours[0] != colours[1]
    box = edit.editor.findChild(QPlainTextEdit)
    assert isinstance(box, QPlainTextEdit)
    box.insertPlainText("日本")  # as an input method does
    qtbot.waitUntil(lambda: bool(edit.inputs), timeout=4000)
    assert edit.inputs == [TextInput("日本é")]


def test_of_many_tokens_the_first_lines_are_shown(qtbot: QtBot) -> None:
    many = tuple(f"token{n}" for n in range(5000))
    edit = Edit(qtbot, model("text", (), ()), TextInput("a"), labels={"T": many})
    chips = edit.editor.findChild(Tokens)
    assert isinstance(chips, Tokens)
    placed = chips._chips(chips.width())
    assert len(placed) < 60
    left_out = 5000 - (len(placed) - 1)
    assert placed[-1][1] == f"+{left_out} more"
    assert all(place.right() <= chips.width() for place, _, _ in placed)
    assert chips.height() <= 160


def test_a_longer_text_has_room_for_its_tokens_and_words(qtbot: QtBot) -> None:
    """The strip and the line above it grow and shrink with what they say."""
    edit = Edit(qtbot, model("text", (1024,), ()), TextInput("a"), labels={"T": ("a",)})
    chips, count = edit.editor.findChild(Tokens), edit.editor.findChild(QLabel, "count")
    box = edit.editor.findChild(QPlainTextEdit)
    assert isinstance(chips, Tokens)
    assert isinstance(count, QLabel)
    assert isinstance(box, QPlainTextEdit)
    edit.editor.give_room(QSize(210, 600))
    assert count.text() == "1 character → 1 token of at most 1024"
    before, state = chips.height(), edit.state
    for n in (80, 7):
        recording = structs.replace(
            edit.recording, input=TextInput("word " * n), labels={"T": ("word",) * n}
        )
        after = replace(state, recording=recording)
        edit.editor.render(state, after)
        state = after
        qtbot.wait(1)
        assert chips._chips(chips.width())[-1][0].bottom() <= chips.height()
        assert count.height() >= count.heightForWidth(count.width())
        assert count.geometry().top() >= box.geometry().bottom()
    assert before <= chips.height() < 80
