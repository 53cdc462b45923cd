"""Nodes in the colours of a quantity: pixels, the legend, and its menu by real events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QLabel, QMenu
from pytestqt.qtbot import QtBot

from explorer.core.graph import Recording
from explorer.core.quantities import OVERLAYS, Amounts
from explorer.gui.map.canvas import Canvas
from explorer.gui.map.legend import Legend
from explorer.gui.map.minimap import Minimap
from explorer.gui.map.tint import KINDS, Tint, shade
from explorer.gui.theme import THEMES, ink_on, luminance
from explorer.picture.scene import Box
from explorer.session import intents
from explorer.session.state import AppState, Banner
from tests import recordings
from tests.gui.test_canvas import box, state

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def gpt() -> Recording:
    return recordings.gpt(layers=1)


@pytest.fixture(params=["dark", "light"])
def canvas(qtbot: QtBot, request: pytest.FixtureRequest) -> Canvas:
    made = Canvas(THEMES[request.param])
    qtbot.addWidget(made)
    made.resize(1000, 760)
    made.show()
    return made


def show(canvas: Canvas, before: AppState | None, **changes: object) -> AppState:
    assert before is not None
    new = replace(before, **changes)  # type: ignore[arg-type]
    canvas.render(before, new)
    return new


def begin(canvas: Canvas, recording: Recording) -> AppState:
    now = replace(state(recording, cursor=len(recording.events) - 1), tab="architecture")
    canvas.render(None, now)
    canvas.outlook.fit()
    return now


def measured(recording: Recording, counts: int = 1) -> Amounts:
    n = len(recording.events)
    return Amounts(np.geomspace(1e-3, 1e3, n), np.full(n, counts))


def ground(canvas: Canvas, found: Box) -> QColor:
    """The colour of a node beside its text."""
    where = canvas.box_rect(found)
    image = canvas.grab().toImage()
    return image.pixelColor(round(where.left() + 5), round(where.center().y()))


def near(one: QColor, other: QColor) -> bool:
    pairs = ((one.red(), other.red()), (one.green(), other.green()), (one.blue(), other.blue()))
    return all(abs(a - b) <= 3 for a, b in pairs)


def said(legend: Legend) -> str:
    return " ".join(label.text() for label in legend._body.findChildren(QLabel))


def test_a_node_has_the_colour_of_its_number(canvas: Canvas, gpt: Recording) -> None:
    now = begin(canvas, gpt)
    plain = ground(canvas, box(canvas, "ln_f"))
    show(canvas, now, overlay="activation", amounts={"activation": measured(gpt)})
    tint = canvas.colouring.tint
    assert tint is not None
    assert tint.numbers is not None
    for title in ("token_embedding", "ln_f", "blocks.0"):
        found = box(canvas, title)
        number = tint.numbers.of(found)
        assert number is not None
        expected = shade(canvas.theme, round(255 * tint.numbers.scale.share(number)))
        assert near(ground(canvas, found), expected)
        assert not near(expected, plain)


def test_a_node_without_the_quantity_has_none_of_its_colours(
    canvas: Canvas, gpt: Recording
) -> None:
    now = begin(canvas, gpt)
    show(canvas, now, overlay="flops", amounts={"flops": measured(gpt, counts=0)})
    assert near(ground(canvas, box(canvas, "ln_f")), canvas.theme.color("panel"))
    assert "not counted" in said(canvas.colouring.legend)


def test_nothing_is_laid_out_again_and_the_view_stays(canvas: Canvas, gpt: Recording) -> None:
    now = begin(canvas, gpt)
    scene, place = canvas.outlook.painting.scene, canvas.outlook.place  # type: ignore[union-attr]
    for overlay in OVERLAYS:
        now = show(canvas, now, overlay=overlay)
        assert canvas.outlook.painting is not None
        assert canvas.outlook.painting.scene is scene
        assert canvas.outlook.place == place


def test_the_same_state_paints_no_tile_again(canvas: Canvas, gpt: Recording) -> None:
    now = begin(canvas, gpt)
    now = show(canvas, now, overlay="time")
    painting = canvas.outlook.painting
    show(canvas, now, statistics=None, playing=True, amounts={"flops": measured(gpt)})
    assert canvas.outlook.painting is painting


def test_far_away_and_in_the_overview_too(canvas: Canvas, gpt: Recording) -> None:
    now = begin(canvas, gpt)
    canvas.outlook.camera.set_zoom(0.2, least=0.0)
    now = show(canvas, now, overlay="device")
    found = box(canvas, "blocks.0")
    where = canvas.box_rect(found).center().toPoint()
    assert near(canvas.grab().toImage().pixelColor(where), QColor(KINDS[0]))
    canvas.outlook.zoom_at(QRectF(canvas.rect()).center(), 8.0)
    overview = canvas.findChild(Minimap)
    assert overview is not None
    assert overview.isVisible()
    assert has(overview.grab().toImage(), QColor(KINDS[0]))
    show(canvas, now, overlay="family")
    assert not has(overview.grab().toImage(), QColor(KINDS[0]))


def has(image: QImage, color: QColor) -> bool:
    places = ((x, y) for x in range(image.width()) for y in range(image.height()))
    return any(near(image.pixelColor(x, y), color) for x, y in places)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_text_is_read_on_every_colour(theme: str) -> None:
    grounds = [shade(THEMES[theme], n) for n in range(256)]
    grounds += [QColor(color) for color in KINDS]
    grounds += [THEMES[theme].color(role) for role in ("nan", "inf")]
    for color in grounds:
        light, dark = sorted((luminance(color), luminance(ink_on(color))), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_nan_glares(gpt: Recording) -> None:
    amounts = measured(gpt)
    amounts.values[:] = np.nan
    tint = Tint(THEMES["dark"], gpt, "activation", amounts, False)
    scene_box = next(b for b in boxes_of(gpt) if b.title == "ln_f")
    assert tint.paint(scene_box).fill == THEMES["dark"].color("nan")
    assert tint.paint(scene_box).said == "NaN"


def boxes_of(recording: Recording) -> tuple[Box, ...]:
    from explorer.picture.layout import Layout

    return Layout(recording).scene(frozenset({0})).boxes


def test_wires_grow_with_their_bytes(canvas: Canvas, gpt: Recording) -> None:
    now = begin(canvas, gpt)
    show(canvas, now, weighed_wires=True)
    tint, painting = canvas.colouring.tint, canvas.outlook.painting
    assert tint is not None
    assert painting is not None
    widths = {
        gpt.values[wire.value].bytes: tint.weight(wire) for wire in painting.scene.wires
    }  # fmt: skip
    assert widths[min(widths)] == 1 < widths[max(widths)]
    assert [widths[size] for size in sorted(widths)] == sorted(widths.values())
    assert not tint  # nodes keep the colours of their families


def test_the_legend_says_what_and_on_which_scale(canvas: Canvas, gpt: Recording) -> None:
    now = begin(canvas, gpt)
    now = show(canvas, now, overlay="time")
    assert canvas.colouring.legend.button.text().startswith("Colours: Time")
    assert "sum" in said(canvas.colouring.legend)
    now = show(canvas, now, overlay="dtype")
    assert "float32" in said(canvas.colouring.legend)
    assert "several" in said(canvas.colouring.legend)
    now = show(canvas, now, overlay="device")
    assert "several" not in said(canvas.colouring.legend)
    short = Amounts(np.ones(len(gpt.events) // 4), np.ones(len(gpt.events) // 4, int))
    asked = {"quantify/activation": 7}
    now = show(canvas, now, overlay="activation", amounts={"activation": short}, tickets=asked)
    assert "%" in said(canvas.colouring.legend)
    why = Banner("model", "No gradient leads {where}.", "", {"where": "back"})
    show(canvas, now, overlay="gradient", unmeasured={"gradient": why})
    assert "No gradient leads back." in said(canvas.colouring.legend)


def test_the_legend_lies_on_nothing_else(canvas: Canvas, gpt: Recording) -> None:
    now = begin(canvas, gpt)
    for overlay in OVERLAYS:
        now = show(canvas, now, overlay=overlay, amounts={"activation": measured(gpt)})
        for zoom in (1.0, 4.0):
            canvas.outlook.zoom_at(QRectF(canvas.rect()).center(), zoom)
            legend, overview = canvas.colouring.legend, canvas.findChild(Minimap)
            assert overview is not None
            assert canvas.rect().contains(legend.geometry())
            assert overview.isHidden() or not legend.geometry().intersects(overview.geometry())
        canvas.outlook.fit()


def test_choosing_by_mouse_and_by_keys(canvas: Canvas, gpt: Recording, qtbot: QtBot) -> None:
    asked: list[object] = []
    canvas.intent.connect(asked.append)
    begin(canvas, gpt)
    canvas.colouring.legend.open_menu()
    menu = canvas.colouring.legend.button.menu()
    assert isinstance(menu, QMenu)
    assert menu.isVisible()
    assert menu.actions()[0].isChecked()
    qtbot.mouseClick(menu, LEFT, pos=menu.actionGeometry(menu.actions()[4]).center())
    assert asked == [intents.ColourBy("flops")]
    canvas.colouring.legend.open_menu()
    qtbot.keyClick(menu, Qt.Key.Key_Down)
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert asked[1:] == [intents.ColourBy("time")]


def test_a_click_on_the_legend_is_none_on_the_map(
    canvas: Canvas, gpt: Recording, qtbot: QtBot
) -> None:
    asked: list[object] = []
    now = begin(canvas, gpt)
    show(canvas, now, overlay="time")
    canvas.outlook.centre(
        canvas.outlook.camera.to_scene(QRectF(canvas.colouring.legend.geometry()).center())
    )
    canvas.intent.connect(asked.append)
    label = canvas.colouring.legend.findChildren(QLabel)[0]
    qtbot.mouseClick(label, LEFT)
    assert asked == []


@pytest.mark.parametrize(("wide", "high"), [(12, 1), (5, 6), (9, 12)])
def test_a_whole_graph_is_beside_the_legend(canvas: Canvas, wide: int, high: int) -> None:
    b = recordings.Builder("Wide")
    x = b.input("x", B=1, C=4)
    ends = []
    for n in range(wide):
        y = x
        for i in range(high):
            name = f"path{n}_{i}"
            y = b.linear(name, y, 4) if i % 2 else b.activation(name, y)
        ends.append(y)
    recording = b.finish(ends)
    now = begin(canvas, recording)
    for overlay in ("time", "family", "parameters"):
        now = show(canvas, now, overlay=overlay)
        canvas.outlook.fit()
        card = QRectF(canvas.colouring.legend.geometry())
        assert not canvas.colouring.legend.isHidden()
        under = [one for one in canvas.boxes() if canvas.box_rect(one).intersects(card)]
        assert [one.title for one in under if one.kind != "open"] == []
        seen = QRectF(canvas.rect())
        assert all(seen.contains(canvas.box_rect(one)) for one in canvas.boxes())


def test_the_legend_says_that_the_ops_take_less_than_the_pass(
    canvas: Canvas, gpt: Recording
) -> None:
    show(canvas, begin(canvas, gpt), overlay="time")
    assert "without what runs between them" in said(canvas.colouring.legend)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scale", [1.0, 1.6])
@pytest.mark.parametrize("overlay", [one for one in OVERLAYS if one != "family"])
def test_all_that_the_legend_says_can_be_read(
    qtbot: QtBot, gpt: Recording, overlay: str, scale: float, language: str,
    spoken: Callable[[str], None],
) -> None:  # fmt: skip
    spoken(language)
    made = Canvas(THEMES["dark"], scale)
    qtbot.addWidget(made)
    made.resize(1000, 900)
    made.show()
    now = begin(made, gpt)
    amounts = {overlay: measured(gpt)}
    show(made, now, overlay=overlay, amounts=amounts)
    legend = made.colouring.legend
    QApplication.processEvents()
    assert legend.isVisible()
    for label in legend.findChildren(QLabel):
        if label.text():
            assert label.height() >= label.heightForWidth(label.width()), label.text()
    assert legend.button.width() >= legend.button.sizeHint().width()
