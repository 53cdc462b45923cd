"""What a frame of the map costs: no more than lies in the part that is to be painted."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRect
from PySide6.QtGui import QPixmap
from pytestqt.qtbot import QtBot

from explorer.gui.map import tiles
from explorer.gui.map.canvas import Canvas
from explorer.gui.map.painting import Painting
from explorer.gui.theme import DARK
from explorer.session.state import AppState
from tests import recordings


@pytest.fixture
def canvas(qtbot: QtBot) -> Canvas:
    made = Canvas(DARK)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    qtbot.waitExposed(made)
    recording = recordings.gpt()
    every = frozenset(range(len(recording.calls)))
    model = recordings.info(recording)
    made.render(None, AppState(page="model", model=model, recording=recording, open=every))
    qtbot.waitUntil(lambda: bool(made.boxes()) and not made.planner.busy)
    made.repaint()
    return made


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The tiles that were painted, in order."""
    found: list[tuple[int, int]] = []
    draw = tiles._draw

    def counting(painting: Painting, zoom: float, ratio: float, x: int, y: int) -> QPixmap:
        found.append((x, y))
        return draw(painting, zoom, ratio, x, y)

    monkeypatch.setattr(tiles, "_draw", counting)
    return found


def test_a_small_part_costs_the_tiles_in_it(canvas: Canvas, painted: list[tuple[int, int]]) -> None:
    whole = canvas.grab().toImage()
    canvas.tiles._kept.clear()
    painted.clear()
    side, origin = tiles.SIDE, canvas.outlook.camera.origin
    part = QRect(-origin.x() % side + 20, -origin.y() % side + 20, 30, 30)
    shown = canvas.grab(part).toImage()
    assert len(painted) == 1
    assert shown == whole.copy(part)
    assert canvas.grab().toImage() == whole
    assert len(painted) == len(set(painted)) >= 6


def test_no_hole_is_left_where_other_tiles_stand_in(canvas: Canvas) -> None:
    ground = DARK.color("background").rgb()
    for factor in (1.3, 0.7, 0.9):
        canvas.outlook.place = (1.0, *canvas.outlook.place[1:])
        canvas.tiles.patience = 1.0
        canvas.repaint()
        canvas.tiles.patience = 0.0
        canvas.outlook.zoom_at(QPointF(450, 350), factor)
        image = canvas.grab().toImage()  # nothing is painted at this zoom yet
        assert not canvas.tiles._kept
        seen = {image.pixel(x, y) for x in range(0, 900, 3) for y in range(0, 700, 3)}
        assert ground in seen
        assert len(seen) > 20
        black = sum(image.pixel(x, y) == 0xFF000000 for x in range(900) for y in range(0, 700, 5))
        assert black == 0  # what nobody painted
