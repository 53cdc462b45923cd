"""Box plots of units: what is asked, drawn and said, and where a click leads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QScrollArea
from pytestqt.qtbot import QtBot

from explorer.core.graph import Recording
from explorer.core.units import Units, UnitsView
from explorer.core.values import Statistics
from explorer.gui.panes import distribution
from explorer.gui.panes.distribution import DistributionPane
from explorer.gui.theme import DARK
from explorer.picture.numbers import number_text
from explorer.session import intents
from explorer.session.state import AppState
from tests.gui.mouse import hover
from tests.recordings import Builder, cnn, gpt

CNN = cnn()
RELU = next(event.outputs[0] for event in CNN.events if event.op == "relu")
CHANNELS = CNN.values[RELU].shape[1]
GPT = gpt(layers=1)
WIDE = next(event.outputs[0] for event in GPT.events if event.op == "gelu")


class Shown:
    """The pane over the output of an activation, and what it asked for."""

    def __init__(self, qtbot: QtBot, recording: Recording = CNN, value: int = RELU) -> None:
        self.total = recording.values[value].shape[1 if recording is CNN else -1]
        self.pane = DistributionPane(DARK, 1.0)
        qtbot.addWidget(self.pane)
        self.pane.resize(400, 700)
        self.pane.show()
        self.said: list[object] = []
        self.pane.intent.connect(self.said.append)
        writer = recording.values[value].writer
        self.state = AppState(page="model", recording=recording, cursor=writer, selected=value)
        self.pane.render(None, self.state)

    @property
    def asked(self) -> UnitsView:
        asked = next(one.view for one in reversed(self.said) if isinstance(one, intents.Ask))
        assert isinstance(asked, UnitsView)
        return asked

    def answer(self, silent: tuple[int, ...] = (), full: tuple[int, ...] = ()) -> Units:
        view = self.asked
        at = np.arange(self.total)[view.first : view.first + view.most]
        boxes = np.stack([at + step for step in (-3.0, -2, -1, 0, 1, 2, 90)], 1)
        units = Units(
            view, self.total, 64, 64, at, boxes, np.full(len(at), 0.25),
            np.array(silent, int), len(silent), np.array(full, int), len(full),
            np.isin(at, [*silent, *full]),
        )  # fmt: skip
        before, self.state = self.state, replace(self.state, answers={Units: units})
        self.pane.render(before, self.state)
        return units

    def x(self, place: int) -> QPoint:
        """The middle of a box."""
        boxes = self.pane.units.boxes
        return QPoint(round(boxes._plot.left() + (place + 0.5) * boxes._step), 60)


@pytest.fixture
def shown(qtbot: QtBot) -> Shown:
    return Shown(qtbot)


def test_it_asks_once_about_the_channels_that_there_is_room_for(shown: Shown) -> None:
    assert (shown.asked.value, shown.asked.axis) == (RELU, 1)
    assert shown.asked.most == shown.pane.units.boxes.room > 5
    assert not shown.pane.units.up_to_date
    asked = len(shown.said)
    shown.answer()
    assert shown.pane.units.up_to_date
    assert len(shown.said) == asked
    shown.pane.resize(800, 700)
    assert shown.asked.most == shown.pane.units.boxes.room


def test_the_mouse_and_the_keys_tell_of_a_unit(shown: Shown, qtbot: QtBot) -> None:
    shown.answer()
    part = shown.pane.units
    assert part.told.text() == (
        f"{CHANNELS} units · box: the middle half · line: the median · ▲ more beyond"
    )
    qtbot.mouseMove(part.boxes, shown.x(2))
    assert part.told.text() == "2: min −1 · ¼ 1 · median 2 · ¾ 3 · max 92"
    assert part.told.toolTip().endswith("25.0% outliers")
    part.boxes.setFocus()
    qtbot.keyClick(part.boxes, Qt.Key.Key_Right)
    assert part.told.text().startswith("3: min 0 · ¼ 2 · median 3 ")
    qtbot.keyClick(part.boxes, Qt.Key.Key_Left)
    assert part.told.text().startswith("2: ")


def test_a_click_on_a_box_or_a_name_shows_its_numbers(shown: Shown, qtbot: QtBot) -> None:
    shown.answer(silent=(1, 3))
    part = shown.pane.units
    for choose in (
        lambda: qtbot.mouseClick(part.boxes, Qt.MouseButton.LeftButton, pos=shown.x(3)),
        lambda: part.said.linkActivated.emit("3"),
    ):
        shown.said.clear()
        choose()
        plane, pane = shown.said
        assert isinstance(plane, intents.ShowPlane)
        assert plane.plane.at[1] == 3
        assert plane.plane.keep == (2, 3)
        assert plane.plane.unit == (1, 3)
        assert pane == intents.ChoosePane("values")


def test_units_that_say_nothing_are_named(shown: Shown) -> None:
    part = shown.pane.units
    shown.answer()
    assert part.said.isHidden()
    shown.answer(silent=(0, 2, 5))
    assert f'Units that never fire in this pass, 3 of {CHANNELS}: <a href="0"' in part.said.text()
    shown.answer(full=tuple(range(9)))
    assert f"Saturated units, at their bounds, 9 of {CHANNELS}" in part.said.text()
    assert part.said.text().endswith("</a> ….")


def test_silent_boxes_have_another_colour_and_ends_beyond_a_tick(shown: Shown) -> None:
    shown.answer(silent=(1,))
    boxes = shown.pane.units.boxes
    image = boxes.grab().toImage()

    def colours(place: int) -> set[str]:
        x = shown.x(place).x()
        return {
            image.pixelColor(at, y).name()
            for at in range(x - 3, x + 4) for y in range(image.height())
        }  # fmt: skip

    assert DARK.color("cursor").name() in colours(0)  # 90 is far beyond
    usual, silent = colours(0), colours(1)
    assert usual - silent
    assert silent - usual


def test_more_units_than_fit_are_scrolled_to(qtbot: QtBot) -> None:
    shown = Shown(qtbot, GPT, WIDE)
    part = shown.pane.units
    shown.answer()
    room = part.boxes.room
    assert room < shown.total
    assert part.bar.isVisible()
    turn = QWheelEvent(
        QPointF(80, 60), part.boxes.mapToGlobal(QPointF(80, 60)), QPoint(), QPoint(0, -120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase,
        False,
    )  # fmt: skip
    QApplication.sendEvent(part.boxes, turn)
    assert 0 < shown.asked.first <= shown.total - room
    units = shown.answer()
    assert part.bar.value() == units.view.first
    part.boxes.setFocus()
    while part.boxes.at + 1 < len(units.at):
        qtbot.keyClick(part.boxes, Qt.Key.Key_Right)
    first = shown.asked.first
    qtbot.keyClick(part.boxes, Qt.Key.Key_Right)
    assert shown.asked.first == min(first + 1, shown.total - room)


def test_another_order_begins_at_its_first(shown: Shown, qtbot: QtBot) -> None:
    shown.answer()
    qtbot.keyClick(shown.pane.units.order, Qt.Key.Key_Down)
    assert (shown.asked.order, shown.asked.first) == ("median", 0)
    qtbot.keyClick(shown.pane.units.axis, Qt.Key.Key_Down)
    assert shown.asked.axis == 2


def test_a_value_with_one_number_for_each_unit_has_no_boxes(shown: Shown) -> None:
    last = CNN.outputs[0]
    assert CNN.values[last].shape[0] == 1
    state = replace(shown.state, cursor=CNN.values[last].writer, selected=last)
    shown.said.clear()
    shown.pane.render(shown.state, state)
    assert shown.pane.units.isHidden()
    assert shown.pane.units.up_to_date
    assert not any(isinstance(one, intents.Ask) for one in shown.said)


def statistics(of: Shown, sampled: int, nans: int = 0) -> None:
    """Tell the pane what the whole value sums up to."""
    assert of.state.recording is not None
    there = Statistics(
        of.state.recording.tape, of.state.value or 0, 5000, -9.92374, 13.53486, 0.5, 0.25, 100,
        nans, 0, np.array([1, 5, 2]), sampled,
    )  # fmt: skip
    before, of.state = of.state, replace(of.state, statistics=there)
    of.pane.render(before, of.state)


def sentence(of: Shown) -> str:
    return of.pane._help.text()


def test_the_sentence_tells_of_samples_and_of_boxes_where_there_are_any(
    shown: Shown, qtbot: QtBot
) -> None:
    statistics(shown, 1000)
    boxes = "Below, how those of each unit are spread."
    assert sentence(shown) == (
        "Which numbers occur, and how often, among 1,000 evenly sampled ones."
        f" Outliers have another colour. {boxes}"
    )
    statistics(shown, 5000)
    assert (
        sentence(shown)
        == f"Which numbers occur, and how often. Outliers have another colour. {boxes}"
    )
    b = Builder("Net")
    x = b.input("x", B=1, C=6)
    alone = Shown(qtbot, b.finish([b.activation("act", x)]), 1)
    statistics(alone, 5000)
    assert sentence(alone) == ("Which numbers occur, and how often. Outliers have another colour.")


def test_a_low_pane_shows_all_of_it_and_faults_only_where_there_are_some(shown: Shown) -> None:
    statistics(shown, 5000)
    shown.answer()
    pane = shown.pane
    nans = pane.numbers["nans"]
    assert nans.isVisible()
    pane.resize(370, 380)
    QApplication.processEvents()
    assert not nans.isVisible()
    area = pane.findChild(QScrollArea)
    assert area is not None
    assert area.verticalScrollBar().maximum() == 0
    statistics(shown, 5000, nans=3)
    assert nans.isVisible()


def test_boxes_do_not_touch_the_scroll_bar(shown: Shown) -> None:
    statistics(shown, 5000)
    shown.answer()
    pane = shown.pane
    pane.resize(370, 250)
    QApplication.processEvents()
    area = pane.findChild(QScrollArea)
    assert area is not None
    bar = area.verticalScrollBar()
    assert bar.maximum() > 0
    boxes = pane.units.boxes
    right = boxes.mapTo(pane, boxes.rect().topRight()).x()
    assert bar.mapTo(pane, bar.rect().topLeft()).x() - right > 5
    pane.resize(370, 900)
    QApplication.processEvents()
    assert bar.maximum() == 0
    assert boxes.mapTo(pane, boxes.rect().topRight()).x() == pane.width() - 1


def test_a_number_has_the_same_digits_at_the_histogram_and_in_the_table(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    statistics(shown, 5000)
    drawn: list[str] = []

    def noted(number: float, digits: int) -> str:
        drawn.append(number_text(number, digits))
        return drawn[-1]

    monkeypatch.setattr(distribution, "number_text", noted)
    shown.pane.histogram.grab()
    table = [shown.pane.numbers[key].text() for key in ("minimum", "maximum")]
    assert drawn == table == ["−9.9237", "13.535"]


def test_in_a_low_pane_a_unit_is_told_above_its_box_and_the_wheel_scrolls_the_pane(
    qtbot: QtBot,
) -> None:
    """Of a few units more than there is room for none is hidden: their boxes are narrower."""
    room = Shown(qtbot).pane.units.boxes.room
    b = Builder("Net")
    total = room + 3
    x = b.input("x", B=1, C=total, T=9)
    shown = Shown(qtbot, b.finish([b.activation("act", x)]), 1)
    shown.total = total
    shown.pane.units.axis.setCurrentIndex(shown.pane.units.axis.findData(1))
    shown.pane.units.axis.activated.emit(0)
    statistics(shown, 5000)
    shown.answer(silent=(2,))
    units, pane = shown.pane.units, shown.pane
    assert shown.asked.most == total
    assert units.bar.isHidden()
    pane.resize(400, 220)
    QApplication.processEvents()
    shown.answer(silent=(2,))
    area = pane.findChild(QScrollArea)
    assert area is not None
    assert area.verticalScrollBar().maximum() > 0
    assert units.told.geometry().bottom() < units.boxes.geometry().top()
    hover(units.boxes, shown.x(total - 1))
    assert units.told.text().startswith(f"{total - 1}: min")
    place = QPointF(shown.x(3))
    event = QWheelEvent(
        place, units.boxes.mapToGlobal(place), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    units.boxes.wheelEvent(event)
    assert not event.isAccepted()  # so it is the pane's
    assert units.said.text().startswith(f"Units that never fire in this pass, 1 of {total}: ")


def test_a_unit_that_says_nothing_is_red_though_its_box_has_no_height(shown: Shown) -> None:
    units = shown.answer(silent=(1,))
    units.boxes[:] = np.linspace(-3, 9, 7)
    units.boxes[1] = 0.0
    boxes = shown.pane.units.boxes
    boxes.show_units(units)
    image = boxes.grab().toImage()
    middle, half = shown.x(1).x(), int(boxes._step / 4)

    def is_red(x: int, y: int) -> bool:
        seen = image.pixelColor(x, y)
        return seen.red() > 100 and seen.red() > 1.4 * seen.blue()

    rows = [y for y in range(image.height()) if is_red(middle, y) and is_red(middle + half // 2, y)]
    assert len(rows) >= 5
