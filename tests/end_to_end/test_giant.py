"""A model too large for any machine is recorded without its numbers, laid out and painted."""

from __future__ import annotations

import pytest
import torch
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from explorer.core.spec import GPTSpec
from explorer.core.values import ExampleInput
from explorer.engine.build import build
from explorer.engine.record import record
from explorer.engine.recording import Shown
from explorer.gui.map.canvas import Canvas
from explorer.gui.theme import THEMES
from explorer.session.state import AppState

pytestmark = pytest.mark.slow  # processes and windows of their own


def test_gpt3_is_drawn(qtbot: QtBot) -> None:
    spec = GPTSpec.model_construct(
        family="gpt", vocabulary=50257, context=2048, layers=96, heads=96, width=12288, dropout=0.0
    )
    with torch.device("meta"), torch.no_grad():
        model = build(spec).eval()
        tape = record(model, torch.zeros(1, 2048, dtype=torch.long))
    recording = Shown(tape).describe(1, "random", ExampleInput(), {})
    assert sum(call.kind == "Block" for call in recording.calls) == 96
    assert recording.calls[0].parameters > 174e9
    canvas = Canvas(THEMES["dark"])
    qtbot.addWidget(canvas)
    canvas.resize(900, 700)
    canvas.show()
    opened = frozenset(range(len(recording.calls)))
    canvas.render(None, AppState(page="model", recording=recording, cursor=0, open=opened))
    ground = QColor(THEMES["dark"].color("background")).rgb()
    canvas.outlook.fit()
    for place in (canvas.outlook.place, (1.0, *canvas.outlook.place[1:])):
        canvas.outlook.place = place
        picture = canvas.grab().toImage()
        seen = {picture.pixel(x, y) for x in range(0, 900, 2) for y in range(0, 700, 5)}
        assert ground in seen
        assert len(seen) > 10
