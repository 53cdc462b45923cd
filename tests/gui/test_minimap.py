"""The overview of graphs that are far larger one way than the other."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from explorer.core.graph import Recording
from explorer.gui.map.canvas import Canvas
from explorer.gui.map.minimap import Minimap
from explorer.gui.theme import DARK
from explorer.session.state import AppState
from tests import recordings


def beside_one_another(count: int) -> Recording:
    """So many layers that read one input, and one op that reads them all."""
    b = recordings.Builder("Wide")
    x = b.input("x", B=1, C=2)
    made = []
    for n in range(count):
        with b.module(f"f.{n}", "Linear"):
            made.append(b.linear("in", x, 2))
    return b.finish([b.op("cat", made, B=1, C=2)])


def near(image: QImage, color: QColor, part: QRect) -> int:
    """How many pixels of a part are about of a colour."""
    wanted = color.red(), color.green(), color.blue()
    count = 0
    for y in range(part.top(), part.bottom() + 1):
        for x in range(part.left(), part.right() + 1):
            at = image.pixelColor(x, y)
            each = zip((at.red(), at.green(), at.blue()), wanted, strict=True)
            count += all(abs(one - other) < 50 for one, other in each)
    return count


@pytest.mark.parametrize("count", [40, 3000])
def test_a_row_of_nodes_is_seen_and_the_frame_too(qtbot: QtBot, count: int) -> None:
    canvas = Canvas(DARK)
    qtbot.addWidget(canvas)
    canvas.resize(900, 600)
    canvas.show()
    recording = beside_one_another(count)
    model = recordings.info(recording)
    canvas.render(
        None, AppState(page="model", model=model, recording=recording, open=frozenset({0}))
    )
    qtbot.waitUntil(lambda: bool(canvas.boxes()) and not canvas.planner.busy)
    canvas.outlook.place = (1.0, canvas.boxes()[0].x, canvas.boxes()[0].y)
    minimap = canvas.findChild(Minimap)
    assert isinstance(minimap, Minimap)
    qtbot.waitUntil(minimap.isVisible)
    minimap._covers = False
    seen = minimap.grab().toImage()
    family = next(box.family for box in canvas.boxes() if box.title.startswith("f."))
    nodes = near(seen, DARK.color(family), seen.rect().adjusted(8, 0, -8, 0))
    assert nodes >= 30  # from the left to the right
    assert near(seen, DARK.color("accent"), seen.rect()) >= 6
