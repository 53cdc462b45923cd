"""The panes: what they say, ask and paint, with real mouse and keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from msgspec import structs
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QSlider, QSpinBox
from pytestqt.qtbot import QtBot

from explorer.core.graph import Recording
from explorer.core.values import Reading
from explorer.gui.panes.attention import AttentionPane
from explorer.gui.panes.bars import Bars, VectorPane
from explorer.gui.panes.features import FeaturesPane
from explorer.gui.panes.heatmap import Heatmap
from explorer.gui.panes.pane import Pane, scrolled
from explorer.gui.panes.shades import Shades
from explorer.gui.panes.values import ValuesPane
from explorer.gui.theme import DARK
from explorer.picture.numbers import exact_text
from tests.gui.asked import Asked, centre, random
from tests.gui.mouse import hover
from tests.recordings import cnn, gpt, mlp

Show = Callable[..., Asked]


@pytest.fixture
def show(qtbot: QtBot) -> Show:
    def shown(kind: type[Pane], recording: Recording, value: int, numbers: np.ndarray) -> Asked:
        pane = kind(DARK, 1.0)
        qtbot.addWidget(pane)
        pane.resize(380, 620)
        pane.show()
        return Asked(pane, recording, value, numbers)

    return shown


def output(recording: Recording, op: str) -> int:
    return next(e for e in recording.events if e.op == op).outputs[0]


def test_a_slider_walks_an_axis_that_is_not_on_screen(show: Show, qtbot: QtBot) -> None:
    recording = gpt()
    value = recording.attention[0].value
    numbers = random(recording, value)
    shown = show(ValuesPane, recording, value, numbers)
    pane = shown.pane
    assert isinstance(pane, ValuesPane)
    heads = next(s for s in pane.findChildren(QSlider) if s.accessibleName() == "heads")
    heads.setFocus()
    qtbot.keyClick(heads, Qt.Key.Key_Right)
    assert shown.views[-1].at[1] == 1
    shown.answer()
    rows, columns = numbers.shape[-2:]
    hover(pane.map, centre(pane.map, (rows, columns), 3, 2))
    token = recording.labels["T"]
    number = exact_text(np.float32(numbers[0, 1, 3, 2]))
    assert f"[0, 1, 3, 2] = {number}" in shown.said()
    assert f"“{token[3]}”  “{token[2]}”" in shown.said()


def test_a_slider_takes_the_name_of_its_axis_when_that_comes(show: Show, qtbot: QtBot) -> None:
    named = gpt()
    value = named.attention[0].value
    bare = tuple(structs.replace(v, axes=("",) * len(v.shape)) for v in named.values)
    shown = show(ValuesPane, structs.replace(named, values=bare), value, random(named, value))
    heads = next(s for s in shown.pane.findChildren(QSlider) if s.isEnabled())
    assert heads.accessibleName() == "dim 1"
    qtbot.keyClick(heads, Qt.Key.Key_Right)
    shown.render(replace(shown.state, recording=named))
    assert heads.accessibleName() == "heads"
    assert "heads" in shown.said()
    assert heads.value() == 1


def test_the_words_fit_the_colours(show: Show) -> None:
    recording = gpt()
    value = output(recording, "layer_norm")
    shape = recording.values[value].shape
    assert "Blue–red" in show(ValuesPane, recording, value, random(recording, value)).said()
    assert "Blue–red" not in show(ValuesPane, recording, value, np.ones(shape)).said()


def test_a_reduced_value_says_so_and_offers_the_reductions(show: Show, qtbot: QtBot) -> None:
    recording = gpt()
    value = output(recording, "layer_norm")
    shown = show(ValuesPane, recording, value, random(recording, value))
    pane = shown.pane
    assert isinstance(pane, ValuesPane)
    reduce = pane.bar.popup.reduce
    assert reduce.isHidden()
    blocks = Reading(shown.views[-1], np.ones((9, 64), np.float32), (2, 2))
    shown.render(replace(shown.state, readings={"values": blocks}))
    assert "2 × 2" in shown.said()
    qtbot.mouseClick(pane.bar.axes, Qt.MouseButton.LeftButton)
    assert reduce.isVisible()
    reduce.setFocus()
    qtbot.keyClick(reduce, Qt.Key.Key_Down)
    assert shown.views[-1].reduce == "mean"


def test_the_old_picture_stays_until_the_new_one_is_there(show: Show) -> None:
    recording = gpt()
    value, other = output(recording, "layer_norm"), output(recording, "linear")
    shown = show(ValuesPane, recording, value, random(recording, value))
    pane = shown.pane
    assert isinstance(pane, ValuesPane)
    before = pane.map.grab().toImage()
    shown.render(replace(shown.state, selected=other, cursor=recording.values[other].writer))
    assert shown.views[-1].value == other
    assert pane.map.grab().toImage() == before
    shown.numbers = np.zeros(recording.values[other].shape)
    shown.answer()
    assert pane.map.grab().toImage() != before


def test_another_recording_is_asked_for_anew_even_under_the_same_number(show: Show) -> None:
    recording = gpt()
    value = output(recording, "layer_norm")
    shown = show(ValuesPane, recording, value, random(recording, value))
    again = gpt()  # a new engine counts its tapes from the beginning
    assert again.tape == recording.tape
    shown.render(replace(shown.state, recording=again, readings={}))
    assert len(shown.views) == 2


def test_a_short_vector_is_written_out(show: Show) -> None:
    recording = mlp()
    value = output(recording, "relu")
    numbers = np.arange(np.prod(recording.values[value].shape)).reshape(
        recording.values[value].shape
    )
    pane = show(VectorPane, recording, value, numbers).pane
    assert isinstance(pane, VectorPane)
    assert pane.bars.accessibleName().startswith("0: 0, 1: 1, 2: 2")


def test_small_maps_that_all_fit_have_no_scroll_bar(show: Show) -> None:
    recording = cnn()
    value = output(recording, "conv2d")
    pane = show(FeaturesPane, recording, value, random(recording, value)).pane
    assert isinstance(pane, FeaturesPane)
    bar = pane._area.verticalScrollBar()
    for high in (200, 900, 320, 900):  # a bar that was needed must not keep its own room
        pane.resize(380, high)
        QApplication.processEvents()
    assert pane.channels.width() == pane._area.width()
    assert pane._area.height() >= pane.channels.heightForWidth(pane.width())
    assert not bar.isVisible()


def test_a_clicked_channel_becomes_large_and_says_where_the_mouse_is(
    show: Show, qtbot: QtBot
) -> None:
    recording = cnn()
    value = output(recording, "conv2d")
    numbers = random(recording, value)
    shown = show(FeaturesPane, recording, value, numbers)
    pane = shown.pane
    assert isinstance(pane, FeaturesPane)
    qtbot.mouseClick(pane.channels, Qt.MouseButton.LeftButton, pos=pane.channels.place_of(3))
    assert "channel 3" in shown.said()
    hover(pane.map, centre(pane.map, numbers.shape[-2:], 2, 5))
    assert "[0, 3, 2, 5] = " in shown.said()


def test_maps_share_a_scale_or_have_their_own(show: Show, qtbot: QtBot) -> None:
    recording = cnn()
    value = output(recording, "relu")
    numbers = np.zeros(recording.values[value].shape)
    numbers[0, 0, 0, 0] = 100.0
    numbers[0, 1, 0, 0] = 1.0
    shown = show(FeaturesPane, recording, value, numbers)
    pane = shown.pane
    assert isinstance(pane, FeaturesPane)

    def brightness(channel: int) -> float:
        return pane.channels._images[channel].pixelColor(0, 0).lightnessF()

    assert "one colour scale" in shown.said()
    assert brightness(1) < 0.3 < brightness(0)
    qtbot.mouseClick(pane.own, Qt.MouseButton.LeftButton)
    assert "its own colour scale" in shown.said()
    assert brightness(1) == pytest.approx(brightness(0), abs=0.02)
    qtbot.mouseClick(pane.own, Qt.MouseButton.LeftButton)
    assert brightness(1) < 0.3


def test_the_input_picture_is_grey(show: Show) -> None:
    recording = cnn()
    value = next(i for i, v in enumerate(recording.values) if v.kind == "input")
    shape = recording.values[value].shape
    numbers = np.zeros(shape)
    numbers[0, 0, 0, 0] = 1.0
    pane = show(FeaturesPane, recording, value, numbers).pane
    assert isinstance(pane, FeaturesPane)
    image = pane.map.grab().toImage()
    bright = image.pixelColor(centre(pane.map, shape[-2:], 0, 0) + QPoint(-12, -12))
    assert bright.lightnessF() > 0.9
    assert abs(bright.red() - bright.blue()) < 8


@pytest.mark.parametrize("kind", [ValuesPane, AttentionPane], ids=lambda k: k.name)
def test_a_long_text_is_still_drawn(show: Show, kind: type[Pane]) -> None:
    recording = gpt("The cat sat on the mat. " * 5 + "The cat ")
    value = recording.attention[0].value
    shown = show(kind, recording, value, np.tril(np.abs(random(recording, value))))
    map_ = shown.pane.map  # type: ignore[attr-defined]
    area = map_.field()
    assert area.width() >= 128  # a pixel per token at least
    assert area.right() <= map_.width()
    assert area.bottom() <= map_.height()


def test_cut_names_that_look_alike_give_way_to_numbers(qtbot: QtBot) -> None:
    map_ = Heatmap(DARK, 1.0)
    qtbot.addWidget(map_)
    map_.resize(300, 200)

    def painted(columns: tuple[str, ...]) -> QImage:
        map_.show_matrix(np.ones((2, 8)), Shades(0, 1, False), columns=columns)
        return map_.grab().toImage()

    numbered = painted(())
    assert painted(tuple(f"mean radius of nucleus {i}" for i in range(8))) == numbered
    assert painted(tuple("abcdefgh")) != numbered


@pytest.mark.parametrize("side", ["rows", "columns"])
def test_names_are_all_there_or_give_way_to_positions(qtbot: QtBot, side: str) -> None:
    map_ = Heatmap(DARK, 1.0, square=True)
    qtbot.addWidget(map_)
    map_.resize(300, 300)

    def painted(count: int, letter: str) -> QImage:
        names = {side: tuple(letter * count)} if letter else {}
        map_.show_matrix(np.ones((count, count)), Shades(0, 1, False), **names)  # type: ignore[arg-type]
        return map_.grab().toImage()

    assert painted(20, "a") != painted(20, "b")  # in a smaller font, but all of them
    assert painted(125, "a") == painted(125, "b")


def test_the_name_of_the_rows_is_whole_beside_few_rows(qtbot: QtBot) -> None:
    map_ = Heatmap(DARK, 1.0)
    qtbot.addWidget(map_)

    def ink(rows: int, name: str) -> int:
        """How many pixels are written in the strip of the rows' name."""
        map_.show_matrix(np.ones((rows, 60)), Shades(0, 1, False), axes=(name, "T"))
        map_.resize(300, map_.heightForWidth(300) if rows > 1 else map_.minimumHeight())
        image = map_.grab().toImage()
        ground = image.pixel(0, 0)
        strip, high = map_._names.strip(map_.matrix), range(int(map_.field().top()), image.height())
        return sum(image.pixel(x, y) != ground for x in range(strip) for y in high)

    assert ink(1, "dim 0") == ink(40, "dim 0") > 60
    assert ink(1, "x" * 200) < ink(40, "x" * 200)  # cut


def test_what_is_no_number_is_named_beside_the_colour_bar(qtbot: QtBot) -> None:
    map_ = Heatmap(DARK, 1.0)
    qtbot.addWidget(map_)
    map_.resize(300, 200)

    def glare(data: np.ndarray, masked: np.ndarray | None = None) -> int:
        """Pixels of the colour of infinity at the right of the cells."""
        map_.show_matrix(data, Shades(0, 1, False), masked=masked)
        image, left = map_.grab().toImage(), int(map_.field().right()) + 2
        wanted = DARK.color("inf").rgb()
        return sum(
            image.pixelColor(x, y).rgb() == wanted
            for x in range(left, image.width())
            for y in range(image.height())
        )

    data = np.array([[0.5, -np.inf], [0.5, 0.5]])
    assert glare(data) > 30
    assert glare(np.ones((2, 2))) == 0
    assert glare(data, np.isinf(data)) == 0  # a masked cell shows no infinity


def test_bars_say_numbers_of_one_size_with_the_same_decimals(qtbot: QtBot) -> None:
    bars = Bars(DARK, 1.0)
    qtbot.addWidget(bars)
    for numbers, said in (
        ([2.4044, -4.71], "a: 2.404, b: −4.710"),
        ([0.5, -0.06657], "a: 0.5000, b: −0.0666"),
        ([1e-7, 2.5], "a: 1.00e−07, b: 2.5"),  # nothing is lost of the small one
        ([3.0, 12.0], "a: 3, b: 12"),
    ):
        bars.show_bars(["a", "b"], np.array(numbers))
        assert bars.accessibleName() == said


def test_few_bars_are_higher_than_many(qtbot: QtBot) -> None:
    holder = scrolled(bars := Bars(DARK, 1.0))
    qtbot.addWidget(holder)
    holder.resize(300, 400)
    holder.show()

    def high(count: int) -> float:
        bars.show_bars([str(n) for n in range(count)], np.arange(count) + 0.5)
        qtbot.wait(1)
        return bars.height() / count

    assert high(4) > high(14) > 23
    assert high(4) < 45
    high(40)
    assert holder.verticalScrollBar().maximum() > 0


def test_a_full_bar_is_certainty(qtbot: QtBot) -> None:
    bars = Bars(DARK, 1.0)
    qtbot.addWidget(bars)
    bars.resize(300, 40)
    lit = []
    for share in (0.25, 0.5):
        bars.show_bars(["a"], np.array([share]), percent=True, strong=0)
        image, wanted = bars.grab().toImage(), DARK.color("accent").rgb()
        lit.append(sum(image.pixelColor(x, 14).rgb() == wanted for x in range(image.width())))
    assert lit[1] == pytest.approx(2 * lit[0], abs=3)


def test_a_slider_says_its_range(show: Show) -> None:
    recording = gpt()
    value = recording.attention[0].value
    pane = show(ValuesPane, recording, value, random(recording, value)).pane
    texts = [spin.text() for spin in pane.findChildren(QSpinBox) if spin.isVisible()]
    assert texts == ["0 (0…3)"]


def test_ticks_count_positions_and_not_cells(qtbot: QtBot) -> None:
    map_ = Heatmap(DARK, 1.0)
    qtbot.addWidget(map_)
    map_.resize(400, 200)

    def painted(**how: object) -> QImage:
        map_.show_matrix(np.ones((3, 4)), Shades(0, 1, False), **how)  # type: ignore[arg-type]
        return map_.grab().toImage()

    named = painted(rows=("0", "20", "40"), columns=("0", "200", "400", "600"))
    assert painted(block=(20, 200)) == named
    assert painted(block=(5, 20, 200)) == named
    assert painted() != named


def test_names_stay_on_the_axis_that_is_not_reduced(show: Show) -> None:
    recording = gpt("the cat")
    value = output(recording, "layer_norm")
    shown = show(ValuesPane, recording, value, random(recording, value))
    pane = shown.pane
    assert isinstance(pane, ValuesPane)
    shape = recording.values[value].shape
    halved = np.ones((shape[-2], shape[-1] // 2), np.float32)
    blocks = Reading(shown.views[-1], halved, (1, 2))
    shown.render(replace(shown.state, readings={"values": blocks}))
    QApplication.processEvents()
    assert "".join(pane.map.matrix.names[0]) == "the␣cat"
    assert pane.map.matrix.names[1] == ()
