"""The figure as a picture: what is written in it, how large it is, and the window's dialog."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRect, QSettings, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from explorer.gui.export.dialog import ExportDialog
from explorer.gui.export.files import Source, Wanted
from explorer.gui.figure.explained import explained
from explorer.gui.figure.neurons import inner_text
from explorer.gui.memory import Memory
from explorer.gui.theme import PRINT, THEMES
from explorer.session import intents
from tests import recordings
from tests.gui.figures import App

Key, CONTROL, SHIFT = Qt.Key, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
SMOOTH = Qt.TransformationMode.SmoothTransformation
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def own_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    monkeypatch.setattr("explorer.gui.desk.Memory", lambda: Memory(settings))


@pytest.fixture
def mlp(qtbot: QtBot) -> Iterator[App]:
    made = App(qtbot, recordings.mlp((2, 5, 3), ("a", "b", "c")))
    made.press(Key.Key_G)
    made.serve()
    yield made
    made.desk.close()


@pytest.fixture
def cnn(qtbot: QtBot) -> Iterator[App]:
    made = App(qtbot, recordings.cnn())
    made.press(Key.Key_G)
    made.serve()
    yield made
    made.desk.close()


def source(app: App) -> Source:
    return app.desk._map_place.source


def texts(svg: bytes) -> Counter[str]:
    return Counter(
        "".join(node.itertext()).strip() for node in ET.fromstring(svg).iter(f"{SVG}text")
    )


def written(app: App, wanted: Wanted, scale: float = 1.0) -> Counter[str]:
    return texts(source(app).picture(app.session.state, wanted).svg(scale))


def values(app: App, name: str) -> list[str]:
    """The numbers of a question as they stand in neurons."""
    found = app.page.numbers.of(name)
    assert found is not None
    return [inner_text(number) for number in found.reshape(-1).tolist()]


def grey(image: QImage) -> np.ndarray:
    """Brightness (H, W)."""
    image = image.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), dtype=np.uint8)
    return rows.reshape(image.height(), image.bytesPerLine())[:, : image.width()].astype(float)


# ---------------------------------------------------------------------- what is written


def test_text_and_numbers_of_an_svg_are_text(mlp: App) -> None:
    svg = source(mlp).picture(mlp.session.state, Wanted()).svg(1.0)
    found = texts(svg)
    numbers = [
        text for name in ("value/0", "begun/1", "value/1", "value/2") for text in values(mlp, name)
    ]
    assert not Counter([*numbers, "linear", "ReLU", "a", "b", "c", "features 2"]) - found
    assert svg.count(b"<text ") == svg.count(b"textLength=") == svg.count(b",sans-serif")


def test_the_present_step_is_shown_if_it_is_wanted(mlp: App) -> None:
    def numbers(wanted: Wanted) -> Counter[str]:
        found = written(mlp, wanted)
        return Counter({text: n for text, n in found.items() if re.fullmatch(r"−?\d\.\d\d", text)})

    names = ("value/0", "begun/1", "value/1", "value/2")
    known = [Counter(values(mlp, name)) for name in names]
    mlp.press(Key.Key_Home)
    assert numbers(Wanted(stepped=True)) == known[0] + known[1]
    assert numbers(Wanted()) == sum(known, Counter())
    mlp.press(Key.Key_End)
    assert numbers(Wanted(stepped=True)) == sum(known, Counter())


def test_the_step_has_the_colour_of_the_cursor(mlp: App) -> None:
    mlp.press(Key.Key_End)
    state, cursor = mlp.session.state, THEMES["dark"].cursor.encode()
    assert cursor in source(mlp).picture(state, Wanted(stepped=True)).svg(1.0)
    assert cursor not in source(mlp).picture(state, Wanted()).svg(1.0)


@pytest.mark.parametrize("look", ["dark", "light", "print"])
def test_it_wears_the_theme_that_is_chosen(mlp: App, look: str) -> None:
    theme = {**THEMES, "print": PRINT}[look]
    picture = source(mlp).picture(mlp.session.state, Wanted(look=look))
    image = picture.image(1.0)
    assert image.pixelColor(0, 0) == theme.color("background")
    svg = picture.svg(1.0).decode()
    used = set(re.findall(r'"(#[0-9a-f]{6})"', svg))
    assert {theme.background, theme.positive, theme.negative, theme.text} <= used


def test_a_title_names_the_model_and_its_input(mlp: App) -> None:
    found = written(mlp, Wanted(titled=True))
    assert mlp.session.state.title in found
    assert any(text.startswith("x B 1 × features 2 · ") for text in found)


@pytest.mark.parametrize("look", ["dark", "print"])
def test_below_it_stands_what_its_colours_mean(mlp: App, look: str) -> None:
    theme = {**THEMES, "print": PRINT}[look]
    picture = source(mlp).picture(mlp.session.state, Wanted(look=look))
    svg = picture.svg(1.0)
    words = " ".join("".join(n.itertext()).strip() for n in ET.fromstring(svg).iter(f"{SVG}text"))
    said = " ".join(re.sub("<.*?>", "", text) for text in explained(mlp.figure, theme))
    assert words.replace(" ", "").endswith(said.replace(" ", ""))
    assert {"Neurons:", "Lines:"} <= set(said.split())
    image, foot = picture.image(1.0), round(picture.page.height() - 80)
    pixels = {image.pixel(x, y) for x in range(image.width()) for y in range(foot, image.height())}
    for role in ("positive", "negative", "dim"):
        assert theme.color(role).rgb() in pixels


def test_where_there_is_little_room_there_is_no_key(cnn: App) -> None:
    picture = source(cnn).picture(cnn.session.state, Wanted())
    assert picture.filling((300, 120))[0].key is None
    assert picture.filling((2400, 2000))[0].key is not None


# ---------------------------------------------------------------------- how large it is


def test_a_whole_figure_is_the_same_however_the_window_shows_it(mlp: App) -> None:
    before = source(mlp).content(mlp.session.state, Wanted(), "svg")
    mlp.page.zoom_by(2.0)
    mlp.window.resize(900, 600)
    QApplication.processEvents()
    assert source(mlp).content(mlp.session.state, Wanted(), "svg") == before


def test_the_view_is_what_is_on_screen(cnn: App) -> None:
    page = cnn.page
    for _ in range(3):
        page.zoom_by(1.5)
    last = cnn.figure.pieces[-1]
    page.camera.centre(QPointF(last.x, -cnn.figure.top))
    picture = source(cnn).picture(cnn.session.state, Wanted("view", stepped=True))
    size = page.camera.size.toSize()
    assert picture.pixels(1.0) == (size.width(), size.height())
    found = texts(picture.svg(1.0))
    assert "9" in found, "a class"
    assert "conv 3×3" not in found
    page._renew()
    top, bottom = round(page.camera.head) + 4, page._legend.geometry().top()
    free = QRect(0, top, size.width(), bottom - top)
    shown, drawn = (
        grey(image.copy(free).scaled(free.size() / 8, mode=SMOOTH))
        for image in (page.grab().toImage(), picture.image(1.0))
    )
    assert np.abs(shown - drawn).mean() < 1.0
    assert drawn.std() > 5


@pytest.mark.parametrize("scale", [0.4, 1.0, 3.0])
def test_a_pdf_is_one_page_of_the_figures_size(cnn: App, scale: float) -> None:
    picture = source(cnn).picture(cnn.session.state, Wanted(scale=scale))
    pdf = picture.pdf(scale)
    found = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)", pdf)
    assert len(found) == 1
    width, height = (float(part) for part in found[0])
    assert width == pytest.approx(picture.pixels(scale)[0] * 0.75, abs=1.0)
    assert height == pytest.approx(picture.pixels(scale)[1] * 0.75, abs=1.0)
    assert b"/FontFile" in pdf


def test_an_image_is_as_large_as_its_scale_and_looks_the_same(cnn: App) -> None:
    picture = source(cnn).picture(cnn.session.state, Wanted())
    once, thrice = picture.image(1.0), picture.image(3.0)
    assert (thrice.width(), thrice.height()) == pytest.approx(
        (3 * once.width(), 3 * once.height()), abs=2
    )
    smaller = thrice.scaled(once.size(), mode=SMOOTH)  # letters have grown with the rest
    assert np.abs(grey(smaller) - grey(once)).mean() < 2.5
    ink = np.abs(grey(once) - grey(once)[0, 0]) > 12
    for seen in (ink.any(axis=0), ink.any(axis=1)):  # nothing is cut off
        assert 12 <= np.argmax(seen) <= 40
        assert 12 <= np.argmax(seen[::-1]) <= 40


@pytest.mark.parametrize("scale", [0.4, 1.0])
def test_what_is_written_beside_the_last_column_is_not_cut(qtbot: QtBot, scale: float) -> None:
    app = App(qtbot, recordings.mlp((2, 100)))
    app.press(Key.Key_G)
    app.serve()
    picture = source(app).picture(app.session.state, Wanted(scale=scale))
    assert "+ 68" in texts(picture.svg(scale))
    image = picture.image(2.0)
    ink = np.abs(grey(image) - grey(image)[0, 0]) > 12
    assert np.argmax(ink.any(axis=0)[::-1]) >= 20
    app.desk.close()


@pytest.mark.parametrize("size", [(400, 300), (1600, 300)])
def test_a_size_is_fitted_into_and_can_be_read(cnn: App, size: tuple[int, int]) -> None:
    data = source(cnn).content(cnn.session.state, Wanted(size=size), "png")
    made = QImage.fromData(data)
    assert made.width() <= size[0] + 1
    assert made.height() <= size[1] + 1
    picture, scale = source(cnn).picture(cnn.session.state, Wanted(size=size)).filling(size)
    heights = re.findall(r'font-size="(\d+)"', picture.svg(1.0).decode())
    assert min(map(int, heights)) * min(1.0, scale) >= 7.0


# ---------------------------------------------------------------------- the window


def ask(app: App) -> ExportDialog:
    """Press the key."""
    app.window.activateWindow()
    app.bot.waitUntil(app.window.isActiveWindow)
    app.bot.keyClick(app.desk._map_place.currentWidget(), Key.Key_E, CONTROL)
    found = app.window.findChild(ExportDialog)
    assert isinstance(found, ExportDialog)
    app.bot.waitUntil(found.isActiveWindow)
    return found


def press(app: App, dialog: ExportDialog, text: str) -> None:
    button = next(b for b in dialog.findChildren(QPushButton) if b.text() == text)
    app.bot.mouseClick(button, Qt.MouseButton.LeftButton)


def gone(app: App) -> None:
    app.bot.waitUntil(lambda: app.window.findChild(ExportDialog) is None)


def test_a_figure_is_offered_as_a_picture_only(mlp: App) -> None:
    dialog = ask(mlp)
    offered = [button.text() for button in dialog.findChildren(QPushButton)]
    assert [one for one in offered if one.isupper()] == ["SVG", "PDF", "PNG"]
    assert "Whole figure" in offered
    assert dialog.windowTitle() == "Export the figure"
    assert dialog.wanted == Wanted(look="dark", stepped=True), "as it is on screen"
    dialog.reject()
    gone(mlp)
    mlp.session.take(intents.ToggleFigure())
    other = ask(mlp)
    assert other.windowTitle() == "Export the graph"
    assert "JSON" in [button.text() for button in other.findChildren(QPushButton)]


def test_by_keys_alone(mlp: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "figure.pdf"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(out), ""))
    dialog = ask(mlp)
    mlp.bot.keyClick(dialog.focusWidget(), Key.Key_Right)
    assert dialog.format == "pdf"  # from SVG
    mlp.bot.keyClick(dialog.focusWidget(), Key.Key_Return)
    assert out.read_bytes().startswith(b"%PDF")
    banner = mlp.session.state.banner
    assert banner is not None
    assert banner.text.format(**banner.values) == f"The figure is saved in {out}."
    gone(mlp)
    assert ask(mlp).format == "pdf", "it is offered again"


def test_what_is_chosen_is_written(
    mlp: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "figure.svg"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "figure"), ""))
    mlp.press(Key.Key_End)
    dialog = ask(mlp)
    for text in ("What is in view", "For paper", "Save as…"):
        press(mlp, dialog, text)
    head = ET.parse(out).getroot()
    size = mlp.page.camera.size.toSize()
    assert (head.get("width"), head.get("height")) == (str(size.width()), str(size.height()))
    assert PRINT.background.encode() in out.read_bytes()
    assert not Counter(values(mlp, "value/2")) - texts(out.read_bytes())


def test_a_figure_and_a_graph_are_each_asked_for_as_the_last_time(
    mlp: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    mlp.press(Key.Key_G)
    dialog = ask(mlp)
    press(mlp, dialog, "JSON")
    press(mlp, dialog, "Save as…")
    gone(mlp)
    mlp.session.take(intents.ToggleFigure())
    assert ask(mlp).format == "svg", "a figure is no data"


def test_the_preview_shows_numbers_as_they_come(qtbot: QtBot) -> None:
    app = App(qtbot, recordings.mlp((2, 5, 3)))
    app.press(Key.Key_G)
    app.press(Key.Key_End)
    dialog = ask(app)
    before = dialog._preview.pixmap().toImage()
    app.serve()
    assert dialog._preview.pixmap().toImage() != before
    app.desk.close()


def test_the_view_goes_to_the_clipboard_without_the_bars(mlp: App) -> None:
    QGuiApplication.clipboard().clear()
    mlp.press(Key.Key_End)
    mlp.bot.keyClick(mlp.page, Key.Key_P, CONTROL | SHIFT)
    copied = QGuiApplication.clipboard().image()
    assert copied.size() == mlp.page.camera.size.toSize()
    bars = copied.copy(0, 0, copied.width(), mlp.page.breadcrumb.geometry().bottom())
    assert np.ptp(grey(bars)) == 0, "nothing lies over it"
    assert np.ptp(grey(copied)) > 100
    banner = mlp.session.state.banner
    assert banner is not None
    assert banner.level == "news"


def test_the_neuron_under_the_mouse_is_no_part_of_it(mlp: App) -> None:
    before = source(mlp).content(mlp.session.state, Wanted(), "svg")
    QTest.mouseMove(mlp.page, mlp.neuron(1, 3))
    assert mlp.page._spot is not None
    assert source(mlp).content(mlp.session.state, Wanted(), "svg") == before


def test_another_language_writes_the_words_of_the_caption(mlp: App) -> None:
    mlp.session.take(intents.SetLanguage("zh"))
    mlp.serve()
    found = written(mlp, Wanted(titled=True))
    assert any("参数" in text for text in found)
