"""Frames that wait a moment for what is on its way."""

from __future__ import annotations

import threading

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from explorer.gui.courier import Courier, WholeFrames


class Sheet(QWidget):
    """Shows a title, and the numbers that belong to it; knows what each frame showed."""

    def __init__(self, courier: Courier) -> None:
        super().__init__()
        self.title = self.numbers = 0
        self.frames: list[tuple[int, int]] = []
        self.note = QLabel("", self)
        self.lay = QVBoxLayout(self)
        self.lay.addWidget(self.note)
        self.waits = WholeFrames(self, courier, self.missing)
        courier.arrived.connect(self.show_numbers)

    def missing(self) -> bool:
        return self.title != self.numbers

    def show_title(self, title: int) -> None:
        self.title = title
        self.update()

    def show_numbers(self, numbers: int) -> None:
        self.numbers = numbers
        self.note.setText("more\n" * numbers)  # which moves what is below it
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        self.frames.append((self.title, self.numbers))


def shown(qtbot: QtBot) -> tuple[Sheet, Courier]:
    courier = Courier()
    sheet = Sheet(courier)
    qtbot.addWidget(sheet)
    with qtbot.waitExposed(sheet):
        sheet.show()
    qtbot.waitUntil(lambda: bool(sheet.frames))
    sheet.frames.clear()
    return sheet, courier


def test_a_frame_is_painted_once_with_the_numbers_that_come_within_a_moment(qtbot: QtBot) -> None:
    sheet, courier = shown(qtbot)
    frame, waits = threading.Event(), sheet.waits
    told = sheet.missing

    def missing() -> bool:
        frame.set()  # the frame is about to be painted
        return told()

    waits._missing = missing

    def answer() -> None:
        frame.wait()
        courier.deliver(1)

    thread = threading.Thread(target=answer)
    thread.start()
    sheet.show_title(1)
    qtbot.waitUntil(lambda: bool(sheet.frames))
    thread.join()
    qtbot.wait(30)
    assert sheet.frames == [(1, 1)]


def test_a_frame_whose_numbers_take_long_is_painted_without_them(qtbot: QtBot) -> None:
    sheet, courier = shown(qtbot)
    sheet.show_title(1)
    qtbot.waitUntil(lambda: bool(sheet.frames))
    assert sheet.frames == [(1, 0)]
    sheet.show_title(2)  # and the next one does not wait at all
    fetched: list[float] = []
    courier.fetch = fetched.append  # type: ignore[assignment,method-assign]
    qtbot.waitUntil(lambda: len(sheet.frames) > 1)
    assert sheet.frames[1] == (2, 0)
    assert not fetched
    courier.deliver(2)
    qtbot.waitUntil(lambda: sheet.frames[-1] == (2, 2))
    sheet.show_title(3)  # from here on frames wait again
    qtbot.waitUntil(lambda: bool(fetched))


def test_what_was_delivered_comes_in_order_and_once(qtbot: QtBot) -> None:
    courier = Courier()
    came: list[int] = []
    courier.arrived.connect(came.append)
    for n in range(3):
        courier.deliver(n)
    assert courier.fetch(0)
    assert came == [0, 1, 2]
    assert not courier.fetch(0)
    courier.deliver(3)
    qtbot.waitUntil(lambda: len(came) == 4)
    qtbot.wait(10)
    assert came == [0, 1, 2, 3]
