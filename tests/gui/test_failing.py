"""A paint that fails."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from explorer.core.graph import Failure
from explorer.gui.failing import picture_of, tell_and_let_go
from explorer.gui.map.canvas import Canvas
from explorer.gui.map.outlook import Outlook
from explorer.gui.panes.kept import Kept
from explorer.gui.theme import THEMES
from explorer.session.state import AppState
from tests import recordings


class Torn(QWidget):
    """Fails to paint itself once, with its painter open."""

    def __init__(self) -> None:
        super().__init__()
        self.paints = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.paints += 1
        if self.paints == 1:
            raise ValueError("torn")
        painter.end()


TORN_PICTURE = """
import sys
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QWidget
from explorer.core.graph import Failure
from explorer.gui.failing import tell_and_let_go

class Torn(QWidget):
    def paintEvent(self, event):
        made = QPixmap(30, 30)
        painter = QPainter(made)
        raise ValueError("torn")

app = QApplication([])
sys.excepthook = tell_and_let_go
widget = Torn()
widget.show()
app.processEvents()
print("alive")
"""


@pytest.mark.qt_no_exception_capture
def test_a_paint_that_fails_is_told_and_leaves_no_painter(
    qtbot: QtBot,
    qtlog: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "excepthook", tell_and_let_go)
    widget = Torn()
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitUntil(lambda: widget.paints > 0)
    for _ in range(2):
        widget.repaint()
    assert widget.paints >= 3
    assert "ValueError: torn" in capsys.readouterr().err
    assert [one.message for one in qtlog.records if "painter" in (one.message or "")] == []


@pytest.mark.qt_no_exception_capture
def test_a_picture_of_a_widget_whose_paint_fails_is_as_far_as_it_was_painted(
    qtbot: QtBot, capsys: pytest.CaptureFixture[str]
) -> None:
    widget = Torn()
    qtbot.addWidget(widget)
    widget.resize(30, 20)
    picture = picture_of(widget)
    assert "torn\n" in capsys.readouterr().err
    assert (picture.width(), picture.height()) == (30, 20)
    assert not picture.paintingActive()
    picture_of(widget)
    assert widget.paints == 2


def test_a_failure_while_a_picture_is_painted_does_not_end_the_process() -> None:
    """The picture goes before its painter: what Qt makes of that no test could outlive."""
    done = subprocess.run(
        [sys.executable, "-c", TORN_PICTURE],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "ValueError: torn" in done.stderr
    assert (done.returncode, done.stdout) == (0, "alive\n")


def test_what_is_kept_is_painted_again_after_it_failed(qtbot: QtBot) -> None:
    fails = [True, False]

    def paint(painter: QPainter) -> None:
        if fails.pop(0):
            raise ValueError("torn")

    sheet = QPixmap(20, 20)
    kept, area = Kept(), QRectF(0, 0, 8, 8)
    for fails_now in (True, False):
        painter = QPainter(sheet)
        with pytest.raises(ValueError, match="torn") if fails_now else nullcontext():
            kept.draw(painter, area, paint)
        painter.end()
    assert fails == []


def test_a_longer_pass_that_an_op_ended_takes_the_place_of_a_shorter_one(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The picture that fades away is of the pass before, which has no node for the last event."""
    monkeypatch.setattr(Outlook, "moves", lambda self: True)
    failure = Failure("linear", "net.4", (), "model.py:12", "no")
    short, long = recordings.mlp((2, 8, 2)), recordings.mlp((2, 8, 8, 8, 8, 2))
    ended = structs.replace(long, failure=failure, outputs=())
    canvas = Canvas(THEMES["dark"])
    qtbot.addWidget(canvas)
    canvas.resize(900, 700)
    canvas.show()
    whole = AppState(recording=short, open=frozenset({0}))
    canvas.render(None, whole)
    before = canvas.grab().toImage()
    assert picture_of(canvas).toImage() == before
    canvas.render(whole, replace(whole, recording=ended))
    assert max(box.last for box in canvas.boxes()) == len(long.events) - 1
    assert canvas.grab().toImage() != before
    assert capsys.readouterr().err == ""
