"""The heatmap under mouse and keys: nearer and further, along, and what is marked meanwhile."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QColor, QImage, QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollBar
from pytestqt.qtbot import QtBot

from explorer.core.plane import Extent
from explorer.gui.panes.heatmap import Heatmap
from explorer.gui.panes.shades import Shades
from explorer.gui.theme import DARK, THEMES, luminance
from tests.gui.bench import wheel
from tests.gui.mouse import double_click, drag, hover

WHOLE = (400, 300)
NUMBERS = np.random.default_rng(0).standard_normal(WHOLE)
SHADES = Shades(-3.0, 3.0, True)


@pytest.fixture
def map_(qtbot: QtBot) -> Heatmap:
    made = Heatmap(DARK, 1.0)
    qtbot.addWidget(made)
    made.resize(420, 360)
    made.show()
    made.show_matrix(NUMBERS, SHADES)
    return made


def middle(map_: Heatmap, row: float, column: float) -> QPoint:
    """The middle of a position on the widget."""
    return map_._grid().rect((row, row + 1), (column, column + 1)).center().toPoint()


def look(map_: Heatmap, rows: Extent, columns: Extent) -> None:
    """As the engine would answer it: the numbers of those positions and no others."""
    map_.look(rows, columns)
    first = (int(rows[0]), int(columns[0]))
    part = NUMBERS[first[0] : int(rows[1] + 1), first[1] : int(columns[1] + 1)]
    map_.show_matrix(part, SHADES, first=first, whole=WHOLE)


def count(image: QImage, colour: QColor) -> int:
    wanted = colour.rgb()
    return sum(
        image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height())
    )


def test_the_wheel_zooms_at_the_mouse(map_: Heatmap, qtbot: QtBot) -> None:
    at = middle(map_, 100, 200)
    before = map_._grid().at(at.toPointF())
    with qtbot.waitSignal(map_.moved) as said:
        wheel(map_, at, 240)
    rows, columns = map_.extents
    assert said.args == [rows, columns]
    assert rows[1] - rows[0] == pytest.approx(400 / 1.0035**240)
    assert columns[1] - columns[0] == pytest.approx(300 / 1.0035**240)
    after = map_._grid().at(at.toPointF())
    assert after == pytest.approx(before)
    wheel(map_, at, -2400)
    assert map_.extents == ((0.0, 400.0), (0.0, 300.0))


def test_one_cannot_go_nearer_than_to_numbers_nor_further_than_to_all(map_: Heatmap) -> None:
    for _ in range(30):
        wheel(map_, middle(map_, 200, 150), 120)
    (top, bottom), (left, right) = map_.extents
    area = map_.field()
    assert 20 <= area.height() / (bottom - top) <= 32
    assert 55 <= area.width() / (right - left) <= 72
    told = map_.extents
    wheel(map_, middle(map_, 200, 150), 120)
    for now, then in zip(map_.extents, told, strict=True):
        assert now == pytest.approx(then)


@pytest.mark.parametrize("key", [Qt.Key.Key_Plus, Qt.Key.Key_Equal])
def test_keys_zoom_too(map_: Heatmap, qtbot: QtBot, key: Qt.Key) -> None:
    map_.setFocus()
    qtbot.keyClick(map_, key)
    rows, columns = map_.extents
    assert (rows[1] - rows[0], columns[1] - columns[0]) == pytest.approx((400 / 1.5, 200))
    assert sum(rows) / 2 == pytest.approx(200)  # around the middle, as no cell is chosen
    qtbot.keyClick(map_, Qt.Key.Key_Minus)
    assert map_.extents == (pytest.approx((0, 400)), pytest.approx((0, 300)))
    qtbot.keyClick(map_, key)
    qtbot.keyClick(map_, Qt.Key.Key_0)
    assert map_.extents == ((0.0, 400.0), (0.0, 300.0))


def test_a_drag_moves_and_picks_nothing(map_: Heatmap, qtbot: QtBot) -> None:
    look(map_, (100.0, 140.0), (50.0, 80.0))
    picked: list[tuple[int, int]] = []
    map_.picked.connect(lambda row, column: picked.append((row, column)))
    begin = map_.field().center().toPoint()
    high, wide = map_._grid().step
    QTest.mousePress(map_, Qt.MouseButton.LeftButton, pos=begin)
    drag(map_, begin + QPoint(30, -20))
    drag(map_, begin + QPoint(60, -40))
    QTest.mouseRelease(map_, Qt.MouseButton.LeftButton, pos=begin + QPoint(60, -40))
    rows, columns = map_.extents
    assert columns[0] == pytest.approx(50 - 60 / wide, abs=1e-6)
    assert rows[0] == pytest.approx(100 + 40 / high, abs=1e-6)
    assert picked == []
    qtbot.mouseClick(map_, Qt.MouseButton.LeftButton, pos=middle(map_, 110, 60))
    assert picked == [(10, 10)]  # the cell of what it was given


def test_a_drag_where_all_is_in_view_picks_where_it_ends(map_: Heatmap) -> None:
    picked: list[tuple[int, int]] = []
    map_.picked.connect(lambda row, column: picked.append((row, column)))
    QTest.mousePress(map_, Qt.MouseButton.LeftButton, pos=middle(map_, 10, 10))
    drag(map_, middle(map_, 60, 70))
    QTest.mouseRelease(map_, Qt.MouseButton.LeftButton, pos=middle(map_, 60, 70))
    assert map_.extents == ((0.0, 400.0), (0.0, 300.0))
    assert len(picked) == 1


def test_a_double_click_goes_to_the_numbers_and_back(map_: Heatmap) -> None:
    double_click(map_, middle(map_, 300, 20))
    (top, bottom), (left, right) = map_.extents
    assert (top + bottom) / 2 == pytest.approx(300.5, abs=2)
    assert left <= 20 <= right
    assert bottom - top < 20
    double_click(map_, map_.field().center().toPoint())
    assert map_.extents == ((0.0, 400.0), (0.0, 300.0))


def test_a_trackpad_and_the_wheel_with_shift_move(map_: Heatmap) -> None:
    look(map_, (100.0, 140.0), (50.0, 80.0))
    high, wide = map_._grid().step
    wheel(map_, middle(map_, 120, 60), 0, pixels=QPoint(-20, -30))
    assert map_.extents[0][0] == pytest.approx(100 + 30 / high)
    assert map_.extents[1][0] == pytest.approx(50 + 20 / wide)
    wheel(map_, middle(map_, 120, 60), -120, shift=True)
    assert map_.extents[0][0] == pytest.approx(100 + 30 / high)
    assert map_.extents[1][0] == pytest.approx(50 + 80 / wide)


def test_scroll_bars_tell_where_and_lead_there(map_: Heatmap) -> None:
    bars = {bar.orientation(): bar for bar in map_.findChildren(QScrollBar)}
    down, across = bars[Qt.Orientation.Vertical], bars[Qt.Orientation.Horizontal]
    assert down.isHidden()
    assert across.isHidden()
    look(map_, (100.0, 140.0), (0.0, 300.0))
    assert not down.isHidden()
    assert across.isHidden()
    assert (down.value(), down.pageStep(), down.maximum()) == (100, 40, 360)
    down.setValue(200)
    assert map_.extents == ((200.0, 240.0), (0.0, 300.0))


def test_arrows_take_the_picture_along_and_pick_when_the_number_is_there(
    map_: Heatmap, qtbot: QtBot
) -> None:
    look(map_, (100.0, 110.0), (50.0, 60.0))
    picked: list[tuple[int, int]] = []
    map_.picked.connect(lambda row, column: picked.append((row, column)))
    map_.setFocus()
    hover(map_, middle(map_, 109, 55))
    assert map_.position == (109, 55)
    qtbot.keyClick(map_, Qt.Key.Key_Down)
    assert map_.position == (110, 55)
    assert map_.extents[0] == pytest.approx((105.5, 115.5))
    assert picked == [(10, 5)]
    qtbot.keyClick(map_, Qt.Key.Key_Down)
    assert map_.position == (111, 55)
    assert picked == [(10, 5)]  # (111, 55) is not known yet
    look(map_, *map_.extents)
    assert picked == [(10, 5), (6, 5)]
    qtbot.keyClick(map_, Qt.Key.Key_End)
    look(map_, *map_.extents)
    assert map_.position == (111, 299)
    qtbot.keyClick(map_, Qt.Key.Key_Home)
    qtbot.keyClick(map_, Qt.Key.Key_PageUp)
    assert map_.position == (102, 0)


def test_hovering_follows_the_picture(map_: Heatmap, qtbot: QtBot) -> None:
    at = middle(map_, 200, 150)
    hover(map_, at)
    assert map_.position == (200, 150)
    look(map_, (20.0, 30.0), (40.0, 50.0))  # the mouse is where it was
    row, column = map_.position
    assert 20 <= row < 30
    assert 40 <= column < 50
    assert map_.cell == (row - 20, column - 40)


def test_until_nearer_cells_come_the_old_ones_are_drawn_larger(map_: Heatmap) -> None:
    data = np.zeros((4, 4))
    data[2, 1] = 3.0
    map_.show_matrix(data, SHADES, block=(100, 75), whole=WHOLE)
    map_.look((200.0, 300.0), (75.0, 150.0))
    image, area = map_.grab().toImage(), map_.field()
    hot = SHADES.image(np.array([[3.0]]), DARK).pixelColor(0, 0)
    for part in (0.2, 0.8):
        at = area.topLeft() + (area.bottomRight() - area.topLeft()) * part
        assert image.pixelColor(at.toPoint()).rgb() == hot.rgb()


def test_numbers_stand_in_cells_that_are_large_enough(map_: Heatmap) -> None:
    def ink(extent: Extent) -> int:
        """Pixels in the first cells that are not of their colour."""
        map_.show_matrix(np.zeros((40, 30)), SHADES)
        map_.look(extent, extent)
        cell = map_._grid().cell(map_.matrix, int(extent[0]), int(extent[0])).toRect()
        image = map_.grab(cell.adjusted(2, 2, -2, -2)).toImage()
        return image.width() * image.height() - count(image, image.pixelColor(0, 0))

    assert ink((0.0, 30.0)) == 0
    assert ink((4.0, 9.0)) > 10


def test_what_is_lit_stays_on_its_cells(map_: Heatmap) -> None:
    ring = np.zeros((11, 11), bool)
    ring[3, 4] = True
    for rows, columns in (((100.0, 110.0), (50.0, 60.0)), ((101.5, 108.0), (52.0, 57.5))):
        look(map_, (100.0, 110.0), (50.0, 60.0))
        map_.look(rows, columns)
        map_.mark(None, ring)
        place = map_._grid().rect((103, 104), (54, 55))
        image, wanted = map_.grab().toImage(), DARK.color("cursor").rgb()
        found = [
            (x, y)
            for x in range(image.width())
            for y in range(image.height())
            if image.pixel(x, y) == wanted
        ]
        sides = [(min(side), max(side)) for side in zip(*found, strict=True)]
        assert sides[0] == pytest.approx((place.left(), place.right()), abs=2)
        assert sides[1] == pytest.approx((place.top(), place.bottom()), abs=2)
        map_.mark(None, None)


@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0])
def test_numbers_are_read_on_lit_cells_and_on_veiled_ones(
    qtbot: QtBot, name: str, strength: float
) -> None:
    map_ = Heatmap(THEMES[name], 1.0)
    qtbot.addWidget(map_)
    map_.resize(420, 260)
    map_.show()
    map_.show_matrix(np.linspace(-3.0, 3.0, 9).reshape(3, 3), SHADES)
    lit = np.zeros((3, 3), bool)
    lit[1, 1] = True
    map_.mark(lit, None, np.full((3, 3), strength))
    image = map_.grab().toImage()
    for row, column in np.ndindex(3, 3):
        inside = map_._grid().rect((row, row + 1), (column, column + 1)).adjusted(4, 4, -4, -4)
        area = inside.toAlignedRect()
        found = [
            luminance(image.pixelColor(x, y))
            for x in range(area.left(), area.right())
            for y in range(area.top(), area.bottom())
        ]
        least = 4.5 if lit[row, column] else 3.0
        ground = float(np.median(found))
        ratios = [(max(one, ground) + 0.05) / (min(one, ground) + 0.05) for one in found]
        assert max(ratios) >= least, (row, column)


def test_one_nan_among_many_small_cells_is_seen_and_not_by_colour_alone(map_: Heatmap) -> None:
    for strange, role in ((np.nan, "nan"), (np.inf, "inf")):
        data = NUMBERS.copy()
        data[100, 100] = strange
        map_.show_matrix(data, SHADES)
        area = map_.field()
        image = map_.grab(area.toRect()).toImage()
        assert count(image, DARK.color(role)) > 6
    shapes = []
    for strange in (np.nan, np.inf):
        data = np.zeros(WHOLE)
        data[100, 100] = strange
        map_.show_matrix(data, SHADES)
        around = map_._grid().rect((100, 101), (100, 101)).center().toPoint()
        image = map_.grab(map_.field().toRect()).toImage()
        around -= map_.field().topLeft().toPoint()
        ground = image.pixel(0, 0)
        shapes.append(
            [image.pixel(around.x() + x, around.y() + y) != ground
             for x in range(-5, 6) for y in range(-5, 6)]
        )  # fmt: skip
    assert shapes[0] != shapes[1]


def test_ticks_are_positions_of_the_value(map_: Heatmap) -> None:
    look(map_, (100.0, 110.0), (50.0, 60.0))
    here = map_.grab().toImage()
    names = tuple(str(i) for i in range(400)), tuple(str(i) for i in range(300))
    part = NUMBERS[100:111, 50:61]
    map_.show_matrix(part, SHADES, rows=names[0], columns=names[1], first=(100, 50), whole=WHOLE)
    assert map_.grab().toImage() == here


def test_another_plane_is_seen_whole(map_: Heatmap) -> None:
    look(map_, (100.0, 110.0), (50.0, 60.0))
    map_.show_matrix(np.ones((7, 9)), SHADES)
    assert map_.extents == ((0.0, 7.0), (0.0, 9.0))
    assert map_.position == (-1, -1)


class Painted(QObject):
    """The pixels that a widget was asked to paint."""

    def __init__(self, widget: Heatmap) -> None:
        super().__init__(widget)
        self.pixels: list[int] = []
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.pixels.append(sum(r.width() * r.height() for r in event.region()))  # type: ignore[attr-defined]
        return False


def test_from_cell_to_cell_only_these_are_painted(map_: Heatmap, qtbot: QtBot) -> None:
    look(map_, (100.0, 140.0), (50.0, 80.0))
    hover(map_, middle(map_, 110, 60))
    qtbot.wait(1)
    painted = Painted(map_)
    hover(map_, middle(map_, 111, 61))
    qtbot.waitUntil(lambda: bool(painted.pixels))
    assert sum(painted.pixels) < map_.width() * map_.height() / 20
    assert map_.cell == (11, 11)
    map_.clearFocus()
    picture = map_.grab().toImage()
    other = Heatmap(DARK, 1.0)
    qtbot.addWidget(other)
    other.resize(map_.size())
    other.show()
    other.show_matrix(NUMBERS, SHADES)
    look(other, (100.0, 140.0), (50.0, 80.0))
    hover(other, middle(other, 111, 61))
    other.clearFocus()
    assert picture == other.grab().toImage()


def test_a_picture_of_other_numbers_is_painted_anew(map_: Heatmap) -> None:
    before = map_.grab().toImage()
    map_.show_matrix(-NUMBERS, SHADES)
    assert map_.grab().toImage() != before
    map_.show_matrix(NUMBERS, SHADES)
    assert map_.grab().toImage() == before
    map_.mark(NUMBERS > 2, None)
    assert map_.grab().toImage() != before
    map_.mark(None, None)
    assert map_.grab().toImage() == before


def test_a_value_of_one_row_has_its_scale_where_there_is_room_below(map_: Heatmap) -> None:
    map_.show_matrix(NUMBERS[:1], SHADES)
    area, image = map_.field(), map_.grab().toImage()
    assert area.height() < 30
    x = int(area.right()) + 12  # on the bar
    colours = [image.pixelColor(x, int(area.top()) + y) for y in (2, 60)]
    assert colours[0].red() > colours[0].blue() + 40
    assert colours[1].blue() > colours[1].red() + 40


def test_names_in_a_row_that_could_not_be_read_are_numbers(map_: Heatmap) -> None:
    letters = tuple("abcdefghijklmnopqrstuvwxyz" * 2)
    map_.resize(360, 200)
    map_.show_matrix(NUMBERS[:4, :52], SHADES, columns=letters)
    cell = map_.field().width() / 52
    assert cell < 6.5
    assert map_._names._lying_font(letters, cell) is None
    assert map_._names._lying_font(letters, 12.0) is not None
