"""The popup with what to stop at, and where it leads."""

from __future__ import annotations

import pytest
import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from torch import Tensor, nn

from explorer.core.breaks import Breaks
from explorer.gui.breaks import BreaksPopup
from explorer.gui.panes.values import ValuesPane
from explorer.gui.theme import DARK
from explorer.session import intents
from explorer.session.state import AppState, Banner, Breaking
from tests.gui.bench import Bench


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    return made


@pytest.fixture
def popup(window: QWidget) -> BreaksPopup:
    button = QWidget(window)
    button.setGeometry(300, 600, 30, 30)
    button.show()
    made = BreaksPopup(DARK, 1.0, window)
    made.show_state(AppState())
    made.open_at(button)
    QApplication.processEvents()
    return made


def test_a_bound_that_is_typed_is_wanted(popup: BreaksPopup) -> None:
    said: list[object] = []
    popup.changed.connect(said.append)
    popup.bound.selectAll()
    QTest.keyClicks(popup.bound, "6.5")
    QTest.keyClick(popup.bound, Qt.Key.Key_Return)
    assert said == [Breaks(above=6.5)]
    assert popup.large.isChecked()


def test_what_is_no_number_is_not_wanted(popup: BreaksPopup) -> None:
    said: list[object] = []
    popup.changed.connect(said.append)
    popup.bound.selectAll()
    QTest.keyClicks(popup.bound, "much")
    QTest.keyClick(popup.bound, Qt.Key.Key_Return)
    assert not said
    assert popup.bound.text() == "10000"


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("1e3", 1e3), ("1,5", 1.5), ("0,125", 0.125), ("10,000", 1e4), ("1,234,567.5", 1234567.5),
        ("−3", 3.0), ("0", 0.0), ("１", 1.0), ("-", None), ("inf", None), ("nan", None), ("", None),
        ("1,2,3", None),
    ],
)  # fmt: skip
def test_a_bound_is_read_as_it_is_written(
    popup: BreaksPopup, text: str, bound: float | None
) -> None:
    said: list[Breaks] = []
    popup.changed.connect(said.append)
    popup.bound.selectAll()
    popup.bound.insert(text)  # as an input method does
    QTest.keyClick(popup.bound, Qt.Key.Key_Return)
    assert [one.above for one in said] == ([] if bound is None else [bound])


def test_a_bound_of_many_digits_keeps_them(popup: BreaksPopup) -> None:
    popup.show_state(AppState(breaking=Breaking(Breaks(above=1234567.5))))
    said: list[object] = []
    popup.changed.connect(said.append)
    assert popup.bound.text() == "1234567.5"
    popup.bound.setFocus()
    QTest.keyClick(popup.bound, Qt.Key.Key_Return)
    assert not said


@pytest.mark.parametrize("on", [False, True])
def test_who_typed_a_bound_can_click_its_box(popup: BreaksPopup, on: bool) -> None:
    before = Breaks(above=5.0 if on else None)
    popup.show_state(AppState(breaking=Breaking(before)))
    said: list[Breaks] = []
    popup.changed.connect(said.append)
    popup.bound.setFocus()
    popup.bound.selectAll()
    QTest.keyClicks(popup.bound, "6.5")
    box = popup.large
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    assert said[-1] == Breaks(above=None if on else 6.5)
    assert popup.large.isChecked() is not on


@pytest.mark.parametrize("escaped", [False, True])
def test_what_was_typed_is_taken_or_forgotten_at_the_end(popup: BreaksPopup, escaped: bool) -> None:
    said: list[Breaks] = []

    def take(breaks: Breaks) -> None:
        said.append(breaks)
        popup.show_state(AppState(breaking=Breaking(breaks)))

    take(Breaks(above=5.0))
    popup.changed.connect(take)
    for field, text in ((popup.op, "softmax"), (popup.bound, "7")):
        field.selectAll()
        QTest.keyClicks(field, text)
    if escaped:
        QTest.keyClick(popup.bound, Qt.Key.Key_Escape)
    else:
        popup.hide()
    assert not popup.isVisible()
    assert said[-1] == (Breaks(above=5.0) if escaped else Breaks(above=7.0, op="softmax"))
    assert (popup.bound.text(), popup.op.text()) == (("5", "") if escaped else ("7", "softmax"))


def test_it_grows_with_what_it_says(popup: BreaksPopup) -> None:
    before, bottom = popup.height(), popup.geometry().bottom()
    values = {"event": "blocks.0.attn.query/linear#0", "what": "very " * 40}
    banner = Banner("break", "At {event}: {what}.", "", values, "news")
    popup.show_state(AppState(banner=banner, breaking=Breaking(Breaks(above=1.0))))
    QApplication.processEvents()
    assert popup.height() > before
    assert popup.said.height() >= popup.said.heightForWidth(popup.said.width())
    assert popup.geometry().bottom() == bottom  # it stands on its button


class Far(nn.Module):
    """A vector, and then matrices, each further from 0 than the last."""

    def forward(self, x: Tensor) -> Tensor:
        """(R, C) → (R, C)."""
        torch.arange(3)
        for _ in range(4):
            x = x * 3
        return x


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    torch.manual_seed(0)
    made = Bench(qtbot, Far(), torch.randn(5, 16))
    made.step(0)
    return made


def furthest(bench: Bench) -> tuple[int, int]:
    row, column = divmod(int(bench.given[0].abs().argmax()), 16)
    return row, column


def test_it_leads_to_the_number_also_in_a_pane_that_was_not_there(bench: Bench) -> None:
    """The place is found before the pane is shown, as after a step from a pane of another kind."""
    bench.session.unlisten(bench.pane.render)
    largest = float(bench.given[0].abs().max())
    bench.session.take(intents.SetBreaks(Breaks(above=5 * largest)))
    assert bench.state.oddity is not None
    bench.session.listen(bench.pane.render)
    bench.settle()
    assert bench.pane.map.position == furthest(bench)


def test_somebody_is_led_there_once(bench: Bench, qtbot: QtBot) -> None:
    """And not again by a pane that is made anew, as after another language is chosen."""
    largest = float(bench.given[0].abs().max())
    bench.session.take(intents.SetBreaks(Breaks(above=5 * largest)))
    bench.settle()
    assert bench.pane.map.position == furthest(bench)
    bench.session.unlisten(bench.pane.render)
    made = ValuesPane(DARK, 1.0)
    qtbot.addWidget(made)
    made.intent.connect(bench.session.take)
    made.resize(bench.pane.size())
    made.show()
    bench.pane = made
    bench.session.listen(made.render)
    bench.settle()
    assert made.map.position == (-1, -1)


def test_nobody_is_led_back_who_went_on(bench: Bench) -> None:
    bench.session.unlisten(bench.pane.render)
    largest = float(bench.given[0].abs().max())
    bench.session.take(intents.SetBreaks(Breaks(above=5 * largest)))
    led, step = bench.state.oddity, bench.state.cursor
    assert led is not None
    bench.session.take(intents.StepTo(step + 1))
    bench.session.take(intents.StepTo(step))
    assert bench.state.value == led.value
    bench.session.listen(bench.pane.render)
    bench.settle()
    assert bench.pane.map.position == (-1, -1)


def test_what_it_led_to_is_left_with_the_value(bench: Bench) -> None:
    largest = float(bench.given[0].abs().max())
    bench.session.take(intents.SetBreaks(Breaks(above=5 * largest)))
    bench.settle()
    assert bench.pane.map.position == furthest(bench)
    value = bench.state.value
    assert value is not None
    bench.session.take(intents.Derive(value, (0, 0)))
    bench.session.take(intents.StepBy("back"))
    bench.settle()
    assert bench.pane.map.position == (-1, -1)
    assert bench.state.derivation.pointed is None


def test_a_frame_of_the_keys_tells_of_no_number_once_they_are_elsewhere(bench: Bench) -> None:
    bench.step(2)
    bench.pane.map.setFocus()
    QTest.keyClick(bench.pane.map, Qt.Key.Key_Right)
    assert bench.state.derivation.trail
    first = bench.state.derivation.trail[0]
    bench.pane.map.clearFocus()
    recording = bench.state.recording
    assert recording is not None
    bench.session.take(intents.Derive(recording.events[1].outputs[0], first.index, walk=True))
    bench.settle()
    assert bench.state.derivation.pointed is None
    assert len(bench.state.derivation.trail) == 2
