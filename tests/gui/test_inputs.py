"""Editing the input with real mouse and keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from msgspec import structs
from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QDoubleSpinBox,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QTreeView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from explorer.core.graph import Choice, ModelInfo, Recording
from explorer.core.values import (
    Input,
    NumbersInput,
    Reading,
    SampleInput,
    TensorsInput,
    TensorSpec,
    TextInput,
)
from explorer.gui.inputs import InputEditor
from explorer.gui.outline import Outline
from explorer.gui.theme import DARK
from explorer.session import intents
from explorer.session.state import AppState
from tests.gui.mouse import drag
from tests.recordings import cnn, gpt, info, mlp

LETTERS = tuple("abcdefghijklmnopqrstuvwxyz \n")


def model(kind: str, shape: tuple[int, ...], labels: tuple[str, ...]) -> ModelInfo:
    return ModelInfo(
        family="", parameters=1, modules=(), weights="random", device="cpu", input=kind,  # type: ignore[arg-type]
        shape=shape, labels=labels, classes=(), samples=20,
    )  # fmt: skip


class Edit:
    def __init__(self, qtbot: QtBot, info: ModelInfo, given: Input) -> None:
        self.editor = InputEditor(DARK, 1.0)
        qtbot.addWidget(self.editor)
        self.editor.resize(250, 320)
        self.editor.show()
        self.said: list[object] = []
        self.editor.intent.connect(self.said.append)
        kinds: dict[str, Callable[[], Recording]] = {
            "text": gpt,
            "image": cnn,
            "point": mlp,
            "numbers": mlp,
        }
        recording = kinds[info.input]()
        self.state = AppState(
            page="model", model=info, recording=structs.replace(recording, input=given)
        )
        self.editor.render(None, self.state)

    @property
    def inputs(self) -> list[Input]:
        return [one.input for one in self.said if isinstance(one, intents.EditInput)]

    def find(self, kind: type, name: str = "") -> QWidget:
        found = self.editor.findChild(kind, name) if name else self.editor.findChild(kind)
        assert isinstance(found, QWidget)
        return found


def test_text_is_recorded_once_the_typing_rests(qtbot: QtBot) -> None:
    edit = Edit(qtbot, model("text", (16,), LETTERS), TextInput("the cat"))
    box = edit.find(QPlainTextEdit)
    assert isinstance(box, QPlainTextEdit)
    assert box.toPlainText() == "the cat"
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_End)
    qtbot.keyClicks(box, " sat")
    assert edit.inputs == []
    qtbot.waitUntil(lambda: edit.inputs == [TextInput("the cat sat")], timeout=3000)
    count = edit.find(QLabel, "count")
    assert "11" in count.text()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("typed", "says"),
    [("naïve", "ï"), ("x" * 17, "at most 16"), ("", "at least one")],
)
def test_text_the_model_cannot_read_is_said_and_not_sent(
    qtbot: QtBot, typed: str, says: str
) -> None:
    edit = Edit(qtbot, model("text", (16,), LETTERS), TextInput("ok"))
    box = edit.find(QPlainTextEdit)
    box.selectAll()  # type: ignore[attr-defined]
    qtbot.keyClick(box, Qt.Key.Key_Delete)
    for letter in typed:
        box.insertPlainText(letter)  # type: ignore[attr-defined]
    qtbot.wait(400)
    assert edit.inputs == [] or all(len(i.text) <= 16 and "ï" not in i.text for i in edit.inputs)  # type: ignore[union-attr]
    assert says in edit.find(QLabel, "count").text()  # type: ignore[attr-defined]


def test_what_is_not_in_the_vocabulary_has_a_remedy(qtbot: QtBot) -> None:
    edit = Edit(qtbot, model("text", (16,), (*LETTERS, "<")), TextInput("ok"))
    box, said = edit.find(QPlainTextEdit), edit.find(QLabel, "count")
    box.insertPlainText("é")  # type: ignore[attr-defined]
    assert "Leave that out: only 29 characters can be read" in said.text()  # type: ignore[attr-defined]
    assert "a b c" in said.toolTip()
    assert "z ␣ ⏎ &lt;" in said.toolTip()
    qtbot.wait(1)
    assert said.height() >= said.heightForWidth(said.width())
    box.setPlainText("ok")  # type: ignore[attr-defined]
    assert said.toolTip() == ""


def test_a_recording_does_not_overwrite_what_is_being_typed(qtbot: QtBot) -> None:
    edit = Edit(qtbot, model("text", (16,), LETTERS), TextInput("one"))
    box = edit.find(QPlainTextEdit)
    box.setFocus()
    qtbot.keyClicks(box, "xyz")
    assert edit.state.recording is not None
    other = replace(edit.state, recording=structs.replace(edit.state.recording, tape=9))
    edit.editor.render(edit.state, other)
    assert "xyz" in box.toPlainText()  # type: ignore[attr-defined]


def test_drawing_erasing_and_clearing(qtbot: QtBot) -> None:
    edit = Edit(qtbot, model("image", (8, 8), ()), NumbersInput((0.0,) * 64))
    pixels = edit.find(QWidget, "pixels")
    area = pixels.field()  # type: ignore[attr-defined]
    cell = area.width() / 8
    at = QPoint(int(area.left() + 3.5 * cell), int(2.5 * cell))
    qtbot.mouseClick(pixels, Qt.MouseButton.LeftButton, pos=at)
    drawn = np.array(edit.inputs[-1].values).reshape(8, 8)  # type: ignore[union-attr]
    assert drawn[2, 3] == 1.0
    assert 0 < drawn[2, 4] < 1
    assert drawn[7, 7] == 0
    qtbot.mouseClick(pixels, Qt.MouseButton.RightButton, pos=at)
    assert np.array(edit.inputs[-1].values).reshape(8, 8)[2, 3] == 0.0  # type: ignore[union-attr]
    qtbot.mouseClick(edit.find(QPushButton, "clear"), Qt.MouseButton.LeftButton)
    assert edit.inputs[-1] == NumbersInput((0.0,) * 64)


def test_a_fast_stroke_leaves_no_gaps(qtbot: QtBot) -> None:
    edit = Edit(qtbot, model("image", (8, 8), ()), NumbersInput((0.0,) * 64))
    pixels = edit.find(QWidget, "pixels")
    area = pixels.field()  # type: ignore[attr-defined]
    cell = area.width() / 8
    start, end = (QPoint(int(area.left() + (c + 0.5) * cell), int(4.5 * cell)) for c in (0, 7))
    qtbot.mousePress(pixels, Qt.MouseButton.LeftButton, pos=start)
    drag(pixels, end)
    qtbot.mouseRelease(pixels, Qt.MouseButton.LeftButton, pos=end)
    np.testing.assert_array_equal(pixels.pixels[4], 1.0)  # type: ignore[attr-defined]
    sent = len(edit.inputs)
    qtbot.mouseClick(pixels, Qt.MouseButton.MiddleButton, pos=QPoint(end.x(), 2))
    assert len(edit.inputs) == sent


def test_pixels_by_keys(qtbot: QtBot) -> None:
    edit = Edit(qtbot, model("image", (8, 8), ()), NumbersInput((0.0,) * 64))
    pixels = edit.find(QWidget, "pixels")
    pixels.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Space):
        qtbot.keyClick(pixels, key)
    assert np.array(edit.inputs[-1].values).reshape(8, 8)[1, 2] == 1.0  # type: ignore[union-attr]


def test_samples_come_round_and_their_pixels_are_asked_for(qtbot: QtBot) -> None:
    edit = Edit(qtbot, model("image", (8, 8), ()), SampleInput(0))
    (look,) = [one for one in edit.said if isinstance(one, intents.Look)]
    assert look.pane == "input"
    numbers = np.linspace(0, 1, 64).reshape(look.view.size)
    answered = replace(edit.state, readings={"input": Reading(look.view, numbers, (1,))})
    edit.editor.render(edit.state, answered)
    pixels: Any = edit.find(QWidget, "pixels")
    np.testing.assert_allclose(pixels.pixels.reshape(-1), numbers.reshape(-1))
    qtbot.mouseClick(edit.find(QPushButton, "previous"), Qt.MouseButton.LeftButton)
    assert edit.inputs == [SampleInput(19)]
    box = edit.find(QSpinBox, "sample")
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Up)
    assert edit.inputs[-1] == SampleInput(1)


def test_dragging_the_point(qtbot: QtBot) -> None:
    edit = Edit(qtbot, model("point", (2,), ("x", "y")), NumbersInput((0.0, 0.0)))
    plane = edit.find(QWidget, "plane")
    to = plane.place_of(0.6, -0.4).toPoint()  # type: ignore[attr-defined]
    qtbot.mouseClick(plane, Qt.MouseButton.LeftButton, pos=to)
    assert edit.inputs[-1].values == pytest.approx((0.6, -0.4), abs=0.02)  # type: ignore[union-attr]
    fields = edit.editor.findChildren(QDoubleSpinBox)
    assert [f.value() for f in fields] == pytest.approx([0.6, -0.4], abs=0.02)
    plane.setFocus()
    before = edit.inputs[-1].values[1]  # type: ignore[union-attr]
    qtbot.keyClick(plane, Qt.Key.Key_Up)
    assert edit.inputs[-1].values[1] == pytest.approx(before + 0.05)  # type: ignore[union-attr]


def test_numbers_by_keyboard(qtbot: QtBot) -> None:
    edit = Edit(qtbot, model("numbers", (3,), ("a", "b", "c")), NumbersInput((1.0, 2.0, 3.0)))
    fields = edit.editor.findChildren(QDoubleSpinBox)
    assert [f.value() for f in fields] == [1.0, 2.0, 3.0]
    fields[1].setFocus()
    qtbot.keyClick(fields[1], Qt.Key.Key_Up)
    assert edit.inputs[-1].values == pytest.approx((1.0, 2.1, 3.0))  # type: ignore[union-attr]


def focus(edit: Edit, widget: QWidget, qtbot: QtBot) -> None:
    edit.editor.activateWindow()
    widget.setFocus()
    qtbot.waitUntil(widget.hasFocus)


def type_in(field: QDoubleSpinBox, text: str) -> None:
    """Over what stands there; QTest has no key for a true minus."""
    field.selectAll()
    for sign in text:
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, sign)
            QApplication.sendEvent(field, event)


@pytest.mark.parametrize("kind", ["point", "numbers"])
@pytest.mark.parametrize(
    ("typed", "value", "shown"),
    [("-2.5", -2.5, "−2.500"), ("−3.25", -3.25, "−3.250"), ("−-−7", -7, "−7.000"),
     ("0.5", 0.5, "0.500")],
)  # fmt: skip
def test_either_minus_is_typed_and_the_true_one_shown(
    qtbot: QtBot, kind: str, typed: str, value: float, shown: str
) -> None:
    edit = Edit(qtbot, model(kind, (2,), ("x", "y")), NumbersInput((-1.5, 2.0)))
    field, other = edit.editor.findChildren(QDoubleSpinBox)
    assert field.text() == "−1.500"
    focus(edit, field, qtbot)
    type_in(field, typed)
    other.setFocus()
    assert (field.value(), field.text()) == (value, shown)
    qtbot.keyClick(field, Qt.Key.Key_Down)
    assert field.value() == pytest.approx(value - 0.1)


@pytest.mark.parametrize("kind", ["point", "numbers"])
def test_an_answer_does_not_overwrite_the_number_being_typed(qtbot: QtBot, kind: str) -> None:
    edit = Edit(qtbot, model(kind, (2,), ("x", "y")), NumbersInput((0.0, 0.0)))

    def record(intent: object) -> None:
        if isinstance(intent, intents.EditInput):
            assert edit.state.recording is not None
            recording = structs.replace(edit.state.recording, input=intent.input)
            old, edit.state = edit.state, replace(edit.state, recording=recording)
            edit.editor.render(old, edit.state)

    edit.editor.intent.connect(record)
    field = edit.editor.findChildren(QDoubleSpinBox)[0]
    focus(edit, field, qtbot)
    field.selectAll()
    qtbot.keyClicks(field, "0.25")
    assert edit.inputs[-1] == NumbersInput((0.25, 0.0))


def test_editing_one_number_keeps_the_others_in_full(qtbot: QtBot) -> None:
    edit = Edit(qtbot, model("numbers", (2,), ("a", "b")), NumbersInput((1.23456, 7.0)))
    field = edit.editor.findChildren(QDoubleSpinBox)[1]
    qtbot.keyClick(field, Qt.Key.Key_Up)
    assert edit.inputs[-1] == NumbersInput((1.23456, 7.1))


@pytest.mark.parametrize("kind", ["point", "numbers"])
def test_enter_changes_nothing_where_nothing_was_typed(qtbot: QtBot, kind: str) -> None:
    edit = Edit(qtbot, model(kind, (2,), ("x", "y")), NumbersInput((1.23456, 7.00049)))
    for field in edit.editor.findChildren(QDoubleSpinBox):
        focus(edit, field, qtbot)
        qtbot.keyClicks(field, "abc")
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert edit.inputs == []
    field.selectAll()
    qtbot.keyClicks(field, "5")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert edit.inputs == [NumbersInput((1.23456, 5.0))]


def test_a_sample_beyond_the_last_is_the_last(qtbot: QtBot) -> None:
    info = structs.replace(model("numbers", (2,), ("x", "y")), classes=("a",), targets=(0,) * 20)
    edit = Edit(qtbot, info, SampleInput(3))
    box = edit.find(QSpinBox, "sample")
    assert "19" in edit.find(QLabel, "truth").text()  # type: ignore[attr-defined]
    focus(edit, box, qtbot)
    for typed, picked in (("200", 19), ("7", 7), ("x12", 12), ("99999999999", 19)):
        box.selectAll()  # type: ignore[attr-defined]
        qtbot.keyClicks(box, typed)
        qtbot.keyClick(box, Qt.Key.Key_Return)
        assert edit.inputs[-1] == SampleInput(picked)
        assert box.text() == f"sample {picked}"  # type: ignore[attr-defined]


def test_text_from_elsewhere_is_shown_even_in_a_focused_box(qtbot: QtBot) -> None:
    edit = Edit(qtbot, model("text", (16,), LETTERS), TextInput("one"))
    box = edit.find(QPlainTextEdit)
    focus(edit, box, qtbot)
    assert edit.state.recording is not None
    other = structs.replace(edit.state.recording, input=TextInput("two"))
    edit.editor.render(edit.state, replace(edit.state, recording=other))
    assert box.toPlainText() == "two"  # type: ignore[attr-defined]


def test_a_sample_says_its_class_and_a_drawing_is_none(qtbot: QtBot) -> None:
    info = structs.replace(model("image", (8, 8), ()), classes=("zero", "one"), targets=(1,) * 20)
    edit = Edit(qtbot, info, SampleInput(3))
    truth, box = edit.find(QLabel, "truth"), edit.find(QSpinBox, "sample")
    assert truth.text() == "label: one · samples 0–19"  # type: ignore[attr-defined]
    recording = edit.state.recording
    assert recording is not None
    drawn = structs.replace(recording, input=NumbersInput((0.0,) * 64))
    edit.editor.render(edit.state, replace(edit.state, recording=drawn))
    assert "drawn" in truth.text()  # type: ignore[attr-defined]
    assert "3" not in box.text()  # type: ignore[attr-defined]


def test_a_model_that_reads_several_kinds_is_fed_with_the_chosen_one(qtbot: QtBot) -> None:
    tensors = TensorsInput((TensorSpec("x", (1, 3)),))
    choices = (
        Choice("text", (16,), (), TextInput("the cat")), Choice("tensors", (), (), tensors),
    )  # fmt: skip
    edit = Edit(qtbot, structs.replace(model("text", (16,), ()), choices=choices), TextInput("a"))
    assert isinstance(edit.find(QPlainTextEdit), QPlainTextEdit)
    button = edit.find(QPushButton, "feed-tensors")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert edit.inputs == [tensors]
    assert edit.state.recording is not None
    fed = structs.replace(edit.state.recording, input=tensors)
    edit.editor.render(edit.state, replace(edit.state, recording=fed))
    assert edit.find(QPushButton, "feed-tensors").isChecked()  # type: ignore[attr-defined]
    assert edit.editor._editor is not None
    assert edit.editor._editor.findChild(QPlainTextEdit) is None


def test_fields_take_the_room_that_the_modules_do_not_need(qtbot: QtBot) -> None:
    labels = tuple(f"number {n}" for n in range(16))
    edit = Edit(qtbot, model("numbers", (16,), labels), NumbersInput((0.5,) * 16))
    area = edit.find(QScrollArea)
    assert isinstance(area, QScrollArea)

    fields = area.widget()
    assert fields is not None
    needed = fields.sizeHint().height()
    column = QSize(250, needed + 220)
    edit.editor.give_room(column, 500)
    assert area.height() < needed  # they scroll
    edit.editor.give_room(column, 40)
    edit.editor.adjustSize()
    qtbot.wait(1)
    assert area.height() >= needed
    field, button = edit.find(QDoubleSpinBox), edit.editor.findChildren(QPushButton)[-1]
    edges = [w.mapTo(edit.editor, w.rect().topRight()).x() for w in (field, button)]
    assert edges[0] == edges[1]


def test_an_outline_needs_the_height_of_its_open_rows(qtbot: QtBot) -> None:
    outline = Outline(DARK)
    qtbot.addWidget(outline)
    outline.resize(250, 300)
    outline.show()
    told: list[int] = []
    outline.filled.connect(lambda: told.append(outline.needed()))
    outline.render(None, AppState(page="model", model=info(gpt()), recording=gpt()))
    tree = outline.findChild(QTreeView)
    assert tree is not None
    assert len(told) == 1
    outline.resize(250, outline.needed())
    qtbot.wait(1)
    assert tree.verticalScrollBar().maximum() == 0
    outline.resize(250, outline.needed() - 30)
    qtbot.wait(1)
    assert tree.verticalScrollBar().maximum() > 0
