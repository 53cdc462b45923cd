"""A paint that fails."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import Any

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from explorer.gui.failing import tell_and_let_go
from explorer.gui.panes.kept import Kept


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
