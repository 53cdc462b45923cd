from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter
from PySide6.QtWidgets import QApplication, QScrollArea, QToolButton
from pytestqt.qtbot import QtBot

from explorer.core.presets import ShippedPreset, shipped_presets
from explorer.core.spec import CNNSpec, GPTSpec, MLPSpec, ModelSpec, Preset
from explorer.gui import theme as look
from explorer.gui.gallery import Gallery, wrapped
from explorer.gui.theme import DARK, THEMES
from explorer.gui.thumbnail import draw_thumbnail
from explorer.session.intents import OpenPreset
from explorer.session.state import AppState, Engine

MLP = {"family": "mlp", "sizes": (2, 8, 8, 2)}
CNN = {"family": "cnn", "image": (8, 8), "channels": (4, 8), "hidden": (16,), "classes": 10}
GPT = {
    "family": "gpt", "vocabulary": 3, "context": 16, "layers": 4, "heads": 4, "width": 16,
}  # fmt: skip
POINTS = {"kind": "points", "shape": "spirals"}


def preset(name: str, model: dict, data: dict, given: dict) -> ShippedPreset:
    return ShippedPreset(
        name,
        Path("nowhere"),
        Preset.model_validate(
            {
                "title": {"en": f"The {name}", "zh": f"网络 {name}"},
                "summary": {"en": "What it does.", "zh": "它做什么。"},
                "model": model,
                "data": data,
                "input": given,
            }
        ),
    )


PRESETS = (
    preset("plane", MLP, POINTS, {"values": (0.1, 0.2)}),
    preset("other-plane", MLP, POINTS, {"sample": 0}),
    preset("digits", CNN, {"kind": "digits"}, {"sample": 0}),
    preset("letters", GPT, {"kind": "text", "vocabulary": "abc"}, {"text": "ab"}),
    preset("third-plane", MLP, POINTS, {"sample": 1}),
)


@pytest.fixture
def gallery(qtbot: QtBot) -> Gallery:
    made = Gallery(DARK)
    qtbot.addWidget(made)
    made.resize(1280, 800)
    made.show()
    made.render(None, AppState(presets=PRESETS))
    qtbot.waitExposed(made)
    qtbot.waitUntil(lambda: made.cards[0].isVisible())
    made.activateWindow()
    return made


def opened(gallery: Gallery) -> list[str]:
    names: list[str] = []
    gallery.intent.connect(lambda intent: names.append(intent.name))
    return names


def texts(gallery: Gallery) -> list[str]:
    return [card.accessibleName() for card in gallery.shown()]


def test_a_click_anywhere_on_a_card_opens_it(gallery: Gallery, qtbot: QtBot) -> None:
    names = opened(gallery)
    card = gallery.cards[2]
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton, pos=card.rect().topLeft() * 1)
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton, pos=card.rect().center())
    assert names[-1] == "digits"


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_keys_open_the_focused_card(gallery: Gallery, qtbot: QtBot, key: Qt.Key) -> None:
    asked: list[object] = []
    gallery.intent.connect(asked.append)
    gallery.cards[3].setFocus()
    qtbot.keyClick(gallery.cards[3], key)
    assert asked == [OpenPreset("letters")]


def test_arrows_walk_the_grid(gallery: Gallery, qtbot: QtBot) -> None:
    assert gallery.columns == 3
    gallery.cards[0].setFocus()

    def press(key: Qt.Key) -> int:
        qtbot.keyClick(QApplication.focusWidget(), key)
        return next(n for n, card in enumerate(gallery.cards) if card.hasFocus())

    assert press(Qt.Key.Key_Right) == 1
    assert press(Qt.Key.Key_Left) == 0
    assert press(Qt.Key.Key_Left) == 0
    assert press(Qt.Key.Key_Down) == 3
    assert press(Qt.Key.Key_Down) == 3
    assert press(Qt.Key.Key_Up) == 0
    assert press(Qt.Key.Key_End) == 4
    assert press(Qt.Key.Key_Home) == 0


def test_columns_follow_the_width(gallery: Gallery, qtbot: QtBot) -> None:
    found = []
    for width in (420, 700, 1000, 1280, 1920):
        gallery.resize(width, 700)
        QApplication.processEvents()
        found.append(gallery.columns)
        rects = [card.geometry() for card in gallery.cards]
        assert all(card.isVisible() for card in gallery.cards)
        assert not any(a.intersects(b) for a in rects for b in rects if a is not b)
        assert max(rect.right() for rect in rects) < width
    assert found == [1, 2, 3, 4, 4]


def test_four_presets_fit_a_small_window(gallery: Gallery, qtbot: QtBot) -> None:
    gallery.render(None, AppState(presets=tuple(shipped_presets()[0])))
    gallery.resize(1280, 751)  # what the header leaves of 800
    area = gallery.findChild(QScrollArea)
    assert area is not None
    qtbot.waitUntil(lambda: len(gallery.shown()) == 4)
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() == 0, timeout=1000)


def test_filters_show_one_family(gallery: Gallery, qtbot: QtBot) -> None:
    buttons = {b.text(): b for b in gallery.findChildren(QToolButton)}
    assert list(buttons) == ["All", "MLP", "CNN", "GPT"]
    qtbot.mouseClick(buttons["MLP"], Qt.MouseButton.LeftButton)
    assert texts(gallery) == ["The plane", "The other-plane", "The third-plane"]
    assert [card.isVisible() for card in gallery.cards] == [True, True, False, False, True]
    qtbot.mouseClick(buttons["All"], Qt.MouseButton.LeftButton)
    assert all(card.isVisible() for card in gallery.cards)


def test_titles_are_in_the_language_of_the_state(gallery: Gallery) -> None:
    state = AppState(presets=PRESETS)
    gallery.render(state, replace(state, language="zh"))
    assert texts(gallery)[0] == "网络 plane"
    assert gallery.cards[0].accessibleDescription() == "它做什么。"


def test_the_opening_card_says_so_and_no_other(gallery: Gallery) -> None:
    state = AppState(presets=PRESETS)

    def pictures() -> list[QImage]:
        return [card.grab().toImage() for card in gallery.cards]

    before = pictures()
    gallery.render(state, replace(state, opening="digits"))
    during = pictures()
    assert [a != b for a, b in zip(before, during, strict=True)] == [
        False,
        False,
        True,
        False,
        False,
    ]
    gallery.render(replace(state, opening="digits"), state)
    assert pictures() == before


def test_no_card_opens_without_an_engine(gallery: Gallery) -> None:
    first = gallery.cards[0].shipped
    state = AppState(presets=tuple(card.shipped for card in gallery.cards))
    opening = replace(state, opening=first.name)
    gallery.render(state, opening)
    assert gallery.cards[0]._opening
    lost = replace(opening, engine=Engine("lost"))
    gallery.render(opening, lost)
    assert not gallery.cards[0]._opening
    gallery.render(lost, replace(lost, engine=Engine("starting", restarts=1)))
    assert gallery.cards[0]._opening


def test_nothing_changes_when_nothing_changed(gallery: Gallery) -> None:
    state = AppState(presets=PRESETS)
    cards = list(gallery.cards)
    gallery.render(state, replace(state, cursor=3))
    assert gallery.cards == cards


def test_without_presets_there_is_an_empty_page(qtbot: QtBot) -> None:
    made = Gallery(DARK)
    qtbot.addWidget(made)
    made.render(None, AppState())
    made.show()
    assert made.cards == []
    qtbot.keyClick(made, Qt.Key.Key_Right)


def painted(model: ModelSpec, theme: str, width: int = 270, height: int = 140) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(THEMES[theme].color("background"))
    painter = QPainter(image)
    draw_thumbnail(painter, image.rect().toRectF(), model, THEMES[theme], 1.0)
    painter.end()
    return image


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(
    ("model", "other"),
    [
        (MLPSpec(family="mlp", sizes=(2, 8, 2)), MLPSpec(family="mlp", sizes=(2, 9, 2))),
        (
            CNNSpec(family="cnn", image=(8, 8), channels=(4, 8), classes=10),
            CNNSpec(family="cnn", image=(8, 8), channels=(4,), classes=10),
        ),
        (
            GPTSpec(family="gpt", vocabulary=9, context=16, layers=2, heads=4, width=16),
            GPTSpec(family="gpt", vocabulary=9, context=16, layers=3, heads=4, width=16),
        ),
    ],
)
def test_thumbnails_show_the_sizes_of_the_spec(
    qapp: QApplication, theme: str, model: ModelSpec, other: ModelSpec
) -> None:
    assert painted(model, theme) != painted(other, theme)


@pytest.mark.parametrize(
    "model",
    [
        MLPSpec(family="mlp", sizes=(784, 1024, 1024, 512, 256, 128, 64, 32, 10)),
        CNNSpec(
            family="cnn", image=(256, 64), in_channels=3, channels=(64, 128, 256, 512, 512),
            hidden=(4096, 4096), classes=1000,
        ),
        GPTSpec(family="gpt", vocabulary=9, context=2, layers=256, heads=64, width=128),
    ],
)  # fmt: skip
def test_large_thumbnails_stay_inside(qapp: QApplication, model: ModelSpec) -> None:
    image = painted(model, "dark")
    ground = THEMES["dark"].color("background").rgb()
    edges = [image.pixel(x, y) for x in (0, 1, 268, 269) for y in range(140)]
    edges += [image.pixel(x, y) for y in (0, 139) for x in range(270)]
    assert set(edges) == {ground}


def test_summaries_wrap_and_elide(qapp: QApplication) -> None:
    font = look.font()
    assert wrapped("short", font, 300, 2) == ["short"]
    assert wrapped("", font, 300, 2) == []
    lines = wrapped("many words that need a lot of lines to be written in full " * 3, font, 160, 2)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    metrics = QFontMetricsF(font)
    assert all(metrics.horizontalAdvance(line) <= 161 for line in lines)
