"""The graph as a picture: vectors in which text is text, pixels at any scale, and the window."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from msgspec import structs
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QFileDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from explorer.core.graph import Failure, Recording
from explorer.core.problem import Problem
from explorer.gui.export.dialog import ExportDialog
from explorer.gui.export.files import Wanted, write_file
from explorer.gui.export.graph import GraphSource
from explorer.gui.export.picture import MARGIN
from explorer.gui.map.canvas import Canvas
from explorer.gui.map.legend import MEANINGS
from explorer.gui.map.names import Names
from explorer.gui.memory import Memory
from explorer.gui.theme import LIGHT, THEMES
from explorer.picture.overlay import written
from explorer.session.state import AppState, Engine
from tests import recordings
from tests.gui.desktop import Desktop

SVG = "{http://www.w3.org/2000/svg}"


def state(recording: Recording, cursor: int = 0) -> AppState:
    return AppState(
        page="model",
        model=recordings.info(recording),
        recording=recording,
        cursor=cursor,
        open=frozenset(range(len(recording.calls))),
    )


def shown(qtbot: QtBot, given: AppState) -> Canvas:
    canvas = Canvas(THEMES["dark"])
    qtbot.addWidget(canvas)
    canvas.resize(700, 500)
    canvas.render(None, given)
    return canvas


@pytest.fixture
def cnn() -> AppState:
    return state(recordings.cnn())


@pytest.fixture
def canvas(qtbot: QtBot, cnn: AppState) -> Canvas:
    return shown(qtbot, cnn)


def grey(image: QImage) -> np.ndarray:
    """Brightness (H, W)."""
    image = image.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), dtype=np.uint8)
    return rows.reshape(image.height(), image.bytesPerLine())[:, : image.width()].astype(float)


def blurred(picture: np.ndarray, side: int = 8) -> np.ndarray:
    """The mean of squares of so many pixels a side."""
    high, wide = (n // side * side for n in picture.shape)
    blocks = picture[:high, :wide].reshape(high // side, side, wide // side, side)
    return np.asarray(blocks.mean(axis=(1, 3)))


def rendered(svg: bytes) -> QImage:
    reader = QSvgRenderer(svg)
    assert reader.isValid()
    image = QImage(reader.defaultSize(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    reader.render(painter)
    painter.end()
    return image


def texts(svg: bytes) -> list[str]:
    return ["".join(node.itertext()).strip() for node in ET.fromstring(svg).iter(f"{SVG}text")]


def test_text_of_an_svg_is_text(canvas: Canvas, cnn: AppState) -> None:
    svg = GraphSource(canvas).picture(cnn, Wanted(titled=True)).svg(1.0)
    written = texts(svg)
    for title in ("features", "0 · Conv2d", "2 · MaxPool2d", "flatten", "output", "CNN"):
        assert title in written
    assert "B 1 × C 12 × H 8 × W 8" in written
    assert svg.count(b"textLength=") == svg.count(b"<text ")
    assert not re.search(rb"<g [^>]*>\s*</g>", svg)  # half of the file would be empty groups


def test_any_name_is_written(qtbot: QtBot) -> None:
    name = 'a <b> & "c" \x0b 层\\'
    b = recordings.Builder("Odd")
    recording = b.finish([b.linear(name, b.input("x", B=1, _n=4), 4)])
    given = state(recording)
    svg = GraphSource(shown(qtbot, given)).picture(given, Wanted()).svg(1.0)
    assert 'a <b> & "c"层\\' in "".join(texts(svg))


@pytest.mark.parametrize("scale", [1.0, 2.5])
def test_an_svg_looks_as_the_image_does(canvas: Canvas, cnn: AppState, scale: float) -> None:
    picture = GraphSource(canvas).picture(cnn, Wanted(look="light"))
    image, drawn = picture.image(scale), rendered(picture.svg(scale))
    assert drawn.size() == image.size()
    side = round(8 * scale)
    one, other = blurred(grey(image), side), blurred(grey(drawn), side)
    assert np.abs(one - other).mean() < 1.5
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.9
    assert one.std() > 5  # there is something to be seen


def test_a_pdf_is_one_page_of_the_graphs_size(canvas: Canvas, cnn: AppState) -> None:
    picture = GraphSource(canvas).picture(cnn, Wanted())
    for scale in (1.0, 2.0):
        pdf = picture.pdf(scale)
        assert pdf.startswith(b"%PDF-")
        assert pdf.count(b"/MediaBox") == 1
        found = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)", pdf)
        assert found is not None
        width, height = (float(part) / scale / 0.75 for part in found.groups())
        assert width == pytest.approx(picture.page.width(), abs=2)
        assert height == pytest.approx(picture.page.height(), abs=2)
        assert b"/FontFile" in pdf


def test_a_page_is_never_longer_than_readers_take(canvas: Canvas, cnn: AppState) -> None:
    found = re.search(
        rb"/MediaBox \[0 0 [\d.]+ ([\d.]+)", GraphSource(canvas).picture(cnn, Wanted()).pdf(90)
    )
    assert found is not None
    assert float(found[1]) == pytest.approx(14400, abs=1)


def test_an_image_at_any_scale(canvas: Canvas, cnn: AppState) -> None:
    picture = GraphSource(canvas).picture(cnn, Wanted())
    once, thrice = picture.image(1.0), picture.image(3.0)
    assert thrice.width() == pytest.approx(3 * once.width(), abs=1)
    assert thrice.height() == pytest.approx(3 * once.height(), abs=1)
    drawn = np.abs(grey(once) - grey(once)[0, 0]) > 3
    for seen in (drawn.any(axis=0), drawn.any(axis=1)):  # the margin is the same on every side
        assert np.argmax(seen) == pytest.approx(24, abs=2)
        assert np.argmax(seen[::-1]) == pytest.approx(24, abs=2)
    assert QImage.fromData(picture.png(0.5)).width() == pytest.approx(once.width() / 2, abs=1)


def test_an_image_that_is_too_large_names_the_largest(canvas: Canvas, cnn: AppState) -> None:
    picture = GraphSource(canvas).picture(cnn, Wanted())
    with pytest.raises(Problem, match=f"the largest scale that works is {picture.largest:g}"):
        picture.image(90.0)
    assert picture.fits(picture.largest)
    assert not picture.fits(picture.largest * 1.02)


def test_a_size_is_fitted_into(canvas: Canvas, cnn: AppState) -> None:
    made = QImage.fromData(GraphSource(canvas).content(cnn, Wanted(size=(300, 400)), "png"))
    assert (made.width() - 300) * (made.height() - 400) == 0
    assert made.width() <= 300
    assert made.height() <= 400


def test_the_view_is_what_is_on_screen(canvas: Canvas, cnn: AppState) -> None:
    canvas.show()
    canvas.outlook.place = (1.5, canvas.outlook.place[1], 60.0)
    picture = GraphSource(canvas).picture(cnn, Wanted("view"))
    assert picture.pixels(1.0) == (700, 500)
    written = texts(picture.svg(1.0))
    assert "features" in written
    assert "classifier" not in written
    whole = GraphSource(canvas).picture(cnn, Wanted()).image(0.5)
    assert np.abs(grey(picture.image(0.5))[:200, :200] - grey(whole)[:200, :200]).mean() > 1


def test_a_module_alone(canvas: Canvas, cnn: AppState) -> None:
    recording = cnn.recording
    assert recording is not None
    call = next(call.index for call in recording.calls if call.module == "classifier")
    picture = GraphSource(canvas).picture(cnn, Wanted(call))
    written = texts(picture.svg(1.0))
    assert "classifier" in written
    assert "features" not in written


def test_paper_is_white_and_the_window_is_not(canvas: Canvas, cnn: AppState) -> None:
    corners = {
        look: GraphSource(canvas).picture(cnn, Wanted(look=look)).image(0.2).pixelColor(0, 0).name()
        for look in ("dark", "light", "print")
    }
    assert corners["print"] == "#ffffff"
    assert corners["light"] == LIGHT.background
    assert corners["dark"] == THEMES["dark"].background


def test_where_a_pass_stopped_is_said(qtbot: QtBot) -> None:
    failure = Failure("linear", "classifier.2", (), "model.py:12", "no")
    given = state(structs.replace(recordings.cnn(), failure=failure, outputs=()))
    picture = GraphSource(shown(qtbot, given)).picture(given, Wanted())
    assert "stopped after this" in "".join(texts(picture.svg(1.0)))
    bad = THEMES["dark"].bad
    image = picture.image(1.0)
    below = range(image.height() - 10, image.height())
    column = {image.pixelColor(image.width() // 2 - 40, y).name() for y in below}
    assert bad not in column  # nothing is cut off


def test_the_step_is_marked_on_request(qtbot: QtBot) -> None:
    given = state(recordings.cnn(), cursor=2)
    canvas = shown(qtbot, given)
    plain, marked = (
        GraphSource(canvas).picture(given, Wanted(stepped=stepped)).image(1.0)
        for stepped in (False, True)
    )
    yellow = THEMES["dark"].color("cursor")
    assert plain.size() == marked.size()
    assert plain != marked

    def cursors(image: QImage) -> int:
        return sum(
            image.pixelColor(x, y) == yellow for x in range(image.width()) for y in range(200, 340)
        )

    assert cursors(plain) == 0
    assert cursors(marked) > 20


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "a.svg"
    out.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("os.replace", full)
        with pytest.raises(Problem, match="No space left"):
            write_file(b"new", out)
    assert out.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [out]
    write_file(b"new", out)
    assert out.read_bytes() == b"new"


# ---------------------------------------------------------------------- the window


class App(Desktop):
    """A desk with a model open."""

    def ask(self) -> ExportDialog:
        """Press the key."""
        self.window.activateWindow()
        self.bot.waitUntil(self.window.isActiveWindow)
        self.bot.keyClick(self.desk.canvas, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
        found = self.window.findChild(ExportDialog)
        assert isinstance(found, ExportDialog)
        self.bot.waitUntil(found.isActiveWindow)
        return found

    def push(self, dialog: ExportDialog, text: str) -> None:
        button = next(b for b in dialog.findChildren(QPushButton) if b.text() == text)
        self.bot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def app(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    monkeypatch.setattr("explorer.gui.desk.Memory", lambda: Memory(settings))
    ready = Engine("ready", "cpu", "CPU", 1)
    made = App(qtbot, replace(state(recordings.cnn(), cursor=2), engine=ready))
    yield made
    made.desk.close()


@pytest.mark.parametrize("kind", GraphSource.formats)
def test_every_format_from_the_window(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    out = tmp_path / f"graph.{kind}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "graph"), ""))
    dialog = app.ask()
    app.push(dialog, kind.upper())
    app.push(dialog, "Save as…")
    begins = {"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG", "json": b"{", "dot": b"digraph"}
    assert out.read_bytes().startswith(begins[kind])
    banner = app.session.state.banner
    assert banner is not None
    assert (banner.level, banner.values["path"]) == ("news", str(out))
    assert app.desk.canvas.isEnabled()


def test_what_is_chosen_is_written_and_offered_again(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "graph.svg"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(out), ""))
    dialog = app.ask()
    for text in ("What is in view", "For paper", "Save as…"):
        app.push(dialog, text)
    head = ET.parse(out).getroot()
    canvas = app.desk.canvas
    assert (head.get("width"), head.get("height")) == (str(canvas.width()), str(canvas.height()))
    assert b"#ffffff" in out.read_bytes()
    app.bot.waitUntil(lambda: app.window.findChild(ExportDialog) is None)
    assert app.ask().wanted == Wanted("view", "print")


def test_a_folder_that_is_gone_is_said(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = str(tmp_path / "gone" / "a.svg")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (gone, ""))
    app.push(app.ask(), "Save as…")
    banner = app.session.state.banner
    assert banner is not None
    assert (banner.level, banner.kind) == ("problem", "disk")


def test_a_scale_that_no_image_can_have_cannot_be_saved(app: App) -> None:
    dialog = app.ask()
    scale = dialog.findChild(QDoubleSpinBox)
    assert isinstance(scale, QDoubleSpinBox)
    scale.setValue(90)
    assert dialog.save.isEnabled()  # a drawing has no largest scale
    app.push(dialog, "PNG")
    assert not dialog.save.isEnabled()
    assert any("At most × " in label.text() for label in dialog.findChildren(QLabel))
    scale.setValue(2)
    assert dialog.save.isEnabled()


def test_by_keys_alone(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "graph.pdf"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(out), ""))
    dialog = app.ask()
    app.bot.keyClick(dialog.focusWidget(), Qt.Key.Key_Right)
    assert dialog.format == "pdf"  # from SVG
    app.bot.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)
    assert out.read_bytes().startswith(b"%PDF")
    app.bot.waitUntil(lambda: app.window.findChild(ExportDialog) is None)
    app.bot.keyClick(app.ask(), Qt.Key.Key_Escape)
    app.bot.waitUntil(lambda: app.window.findChild(ExportDialog) is None)


def test_the_view_goes_to_the_clipboard(app: App) -> None:
    QGuiApplication.clipboard().clear()
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    app.bot.keyClick(app.desk.canvas, Qt.Key.Key_P, both)
    copied = QGuiApplication.clipboard().image()
    assert copied.size() == app.desk.canvas.size()
    assert app.session.state.banner is not None
    assert app.session.state.banner.level == "news"


def test_without_a_model_there_is_nothing_to_export(qtbot: QtBot) -> None:
    app = App(qtbot, AppState(engine=Engine("ready", "cpu", "CPU", 1)))
    app.desk.do("export-graph")
    app.desk.do("copy-view")
    assert app.window.findChild(ExportDialog) is None
    assert app.session.state.banner is None
    app.desk.close()


@pytest.mark.parametrize("part", ["whole", "view"])
def test_the_colours_of_a_quantity_have_a_key(
    qtbot: QtBot, cnn: AppState, part: Literal["whole", "view"]
) -> None:
    timed = replace(cnn, overlay="time")
    canvas = shown(qtbot, timed)
    assert canvas.colouring.tint is not None
    numbers = canvas.colouring.tint.numbers
    assert numbers is not None
    svg = GraphSource(canvas).content(timed, Wanted(part), "svg")
    said = texts(svg)
    assert {"Colours: Time", "logarithmic scale"} <= set(said)
    assert MEANINGS["time"] in " ".join(said), "in one line or several"
    for share in (0.0, 0.5, 1.0):
        assert written("time", numbers.scale.at(share)) in said
    assert b"<linearGradient" in svg
    picture = GraphSource(canvas).picture(timed, Wanted(part))
    assert picture.page.height() > replace(picture, key=None).page.height() + 60


def test_no_key_for_the_colours_of_families(canvas: Canvas, cnn: AppState) -> None:
    assert GraphSource(canvas).picture(cnn, Wanted()).key is None
    assert b"Colours:" not in GraphSource(canvas).content(cnn, Wanted(), "svg")


def test_a_key_names_every_kind_and_the_wires(qtbot: QtBot, cnn: AppState) -> None:
    typed = replace(cnn, overlay="dtype", weighed_wires=True)
    canvas = shown(qtbot, typed)
    assert canvas.colouring.tint is not None
    assert canvas.colouring.tint.kinds is not None
    said = texts(GraphSource(canvas).content(typed, Wanted(), "svg"))
    assert {"Colours: Data type", "wires", *canvas.colouring.tint.kinds.names} <= set(said)


@pytest.mark.parametrize("scale", [0.2, 1.0, 3.0])
def test_a_key_is_never_cut(qtbot: QtBot, cnn: AppState, scale: float) -> None:
    flops = replace(cnn, overlay="parameters")
    canvas = shown(qtbot, flops)
    picture = GraphSource(canvas).picture(flops, Wanted(scale=scale, titled=True))
    assert picture.key is not None
    room = (picture.page.width() / picture.unit) - 2 * MARGIN
    assert picture.key.width <= room + 0.01
    assert picture.unit * scale >= min(1.0, scale) - 1e-9, "as large as it is at scale 1"
    assert not any("…" in text for text in texts(picture.svg(scale)))


def test_a_key_leaves_room_for_the_graph_in_a_small_picture(qtbot: QtBot, cnn: AppState) -> None:
    timed = replace(cnn, overlay="time")
    canvas = shown(qtbot, timed)
    for size in ((90, 90), (400, 400), (2000, 500)):
        png = GraphSource(canvas).content(timed, Wanted(size=size), "png")
        image = QImage.fromData(png)
        assert image.width() <= size[0] + 1
        assert image.height() <= size[1] + 1
        picture, scale = GraphSource(canvas).picture(timed, Wanted(size=size)).filling(size)
        assert picture.part.height() * scale >= 0.25 * min(size[1], image.height())


def test_an_svg_is_called_as_its_model_is(canvas: Canvas, cnn: AppState) -> None:
    title = ET.fromstring(GraphSource(canvas).content(cnn, Wanted(), "svg")).find(f"{SVG}title")
    assert title is not None
    assert cnn.recording is not None
    assert title.text == cnn.recording.calls[0].kind


def test_from_far_away_the_largest_modules_have_names(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpt = recordings.gpt(layers=4)
    canvas = shown(qtbot, state(gpt))
    painted: list[str] = []
    names = Names.placed

    def placed(self: Names, *given: Any) -> Any:
        found = names(self, *given)
        painted.extend(name.text for name in found[0])
        return found

    monkeypatch.setattr(Names, "placed", placed)
    picture = GraphSource(canvas).picture(state(gpt), Wanted(scale=0.2))
    named = grey(picture.image(0.2))
    assert {"blocks.0", "blocks.3"} <= set(painted)
    monkeypatch.setattr(Names, "paint", lambda *_: None)
    assert (named != grey(picture.image(0.2))).sum() > 200


def test_a_file_for_graphviz_folds_what_the_map_folds(qtbot: QtBot) -> None:
    deep = recordings.gpt(layers=6)
    folded = replace(state(deep), open=frozenset({0}))
    canvas = shown(qtbot, folded)
    dot = GraphSource(canvas).content(folded, Wanted(), "dot").decode()
    assert "×6" in dot
    assert dot.count("Block") == 1
    blocks = [call.index for call in deep.calls if call.kind == "Block"]
    apart = replace(folded, unfolded=frozenset(blocks[:1]))
    other = shown(qtbot, apart)
    assert "×6" not in GraphSource(other).content(apart, Wanted(), "dot").decode()


def test_name_and_step_are_boxes_to_tick(app: App) -> None:
    dialog = app.ask()
    boxes = dialog.findChildren(QCheckBox)
    assert [box.text() for box in boxes] == ["Name and input", "Step"]
    for box in boxes:
        box.click()
    assert (dialog.wanted.titled, dialog.wanted.stepped) == (True, True)
