"""The figure in the map's place, with real mouse and key events; the engine's answers are made
here."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace as changed
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QTransform, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from explorer.core.graph import Recording
from explorer.core.messages import Failed, Recorded
from explorer.core.problem import Problem
from explorer.gui.figure import FigureSwitch
from explorer.gui.figure.captions import labels
from explorer.gui.figure.drawing import FigureDrawing
from explorer.gui.figure.ink import Ink, wide
from explorer.gui.figure.neurons import Neurons, bundles, inner_text
from explorer.gui.figure.sums import lines_of
from explorer.gui.figure.volumes import face_image
from explorer.gui.shot import Shot
from explorer.gui.theme import THEMES
from explorer.gui.window import make_application
from explorer.picture.figure import Figure, figure_of
from explorer.session import intents
from explorer.session.pose import Pose
from explorer.session.state import GLIMPSE
from tests import recordings
from tests.gui.figures import App

Key, LEFT = Qt.Key, Qt.MouseButton.LeftButton


@pytest.fixture
def mlp(qtbot: QtBot) -> App:
    made = App(qtbot, recordings.mlp((2, 5, 3)))
    made.press(Key.Key_G)
    made.serve()
    return made


@pytest.fixture
def cnn(qtbot: QtBot) -> App:
    made = App(qtbot, recordings.cnn())
    made.press(Key.Key_G)
    made.serve()
    return made


def test_a_key_shows_the_figure_in_the_place_of_the_map_and_back(qtbot: QtBot) -> None:
    app = App(qtbot, recordings.mlp())
    assert app.desk.canvas.isVisible()
    app.press(Key.Key_G)
    assert app.page.isVisible()
    assert not app.desk.canvas.isVisible()
    assert app.page.hasFocus()  # the arrow keys go on to work
    app.press(Key.Key_G)
    assert app.desk.canvas.isVisible()
    assert app.desk.canvas.hasFocus()


def test_the_switch_is_there_only_where_there_is_a_figure(qtbot: QtBot) -> None:
    app = App(qtbot, recordings.mlp())
    switch = app.desk.canvas.findChild(FigureSwitch)
    assert switch is not None
    figure = switch.findChildren(QPushButton)[1]
    qtbot.mouseClick(figure, LEFT)
    assert app.page.isVisible()
    other = App(qtbot, recordings.gpt(layers=1))
    hidden = other.desk.canvas.findChild(FigureSwitch)
    assert hidden is not None
    assert hidden.isHidden()


def test_the_switch_goes_while_two_sides_are_shown(qtbot: QtBot) -> None:
    app = App(qtbot, recordings.mlp())
    switch = app.desk.canvas.findChild(FigureSwitch)
    assert switch is not None
    app.press(Qt.Key.Key_B)
    assert app.desk.maps.other is not None
    assert not any(one.isVisible() for one in app.window.findChildren(FigureSwitch))
    app.session.take(intents.EndBeside())
    assert switch.isVisible()


def test_a_model_without_a_figure_is_told_why(qtbot: QtBot) -> None:
    app = App(qtbot, recordings.gpt(layers=1))
    app.press(Key.Key_G)
    banner = app.session.state.banner
    assert banner is not None
    assert banner.level == "news"
    assert "embedding" in banner.text.format(**banner.values)
    assert not app.session.state.figure


def test_a_figure_stays_the_wish_where_the_next_model_has_none(mlp: App) -> None:
    mlp.session.take(Recorded(recording=changed(recordings.gpt(layers=1), tape=7)))
    assert mlp.desk.canvas.isVisible()
    mlp.session.take(Recorded(recording=changed(recordings.cnn(), tape=8)))
    assert mlp.page.isVisible()


def test_a_click_on_a_half_steps_to_what_makes_it(mlp: App, qtbot: QtBot) -> None:
    qtbot.mouseClick(mlp.page, LEFT, pos=mlp.neuron(1, 2, 0.5))
    assert mlp.session.state.cursor == 1  # the ReLU
    qtbot.mouseClick(mlp.page, LEFT, pos=mlp.neuron(1, 2, -0.5))
    assert mlp.session.state.cursor == 0  # the linear layer
    qtbot.mouseClick(mlp.page, LEFT, pos=mlp.neuron(2, 0))
    assert mlp.session.state.cursor == 2


def test_a_click_on_the_input_looks_at_it(mlp: App, qtbot: QtBot) -> None:
    qtbot.mouseClick(mlp.page, LEFT, pos=mlp.neuron(0, 1))
    assert mlp.session.state.value == mlp.figure.pieces[0].stage.value


def test_stepping_fills_the_neurons(mlp: App) -> None:
    ground = mlp.page.theme.color("background").rgb()
    mlp.press(Key.Key_Home)
    left, right = mlp.neuron(1, 0, -0.5), mlp.neuron(1, 0, 0.5)
    assert mlp.colour(left).rgb() != ground  # −2: computed
    assert mlp.colour(right).rgb() == ground  # not yet
    mlp.press(Key.Key_Right)
    assert mlp.colour(right).rgb() != ground


def test_the_caption_of_the_op_under_the_cursor_has_its_colour(mlp: App) -> None:
    """Of a column with two halves that of the half: what follows the layer, or the layer."""

    def lowest() -> int:
        """The lowest row below the column that has the cursor's colour."""
        image = mlp.page.grab().toImage()
        wanted = THEMES["dark"].color("cursor")
        middle = mlp.neuron(1, 0).x()

        def near(x: int, y: int) -> bool:
            seen = image.pixelColor(x, y)
            return abs(seen.red() - wanted.red()) + abs(seen.blue() - wanted.blue()) < 60

        across = range(middle - 30, middle + 30)
        rows = range(image.height() - 60)  # below is the legend
        return max(y for y in rows if any(near(x, y) for x in across))

    mlp.press(Key.Key_Home)
    layer = lowest()
    mlp.press(Key.Key_Right)
    assert mlp.session.state.cursor == 1  # the ReLU
    assert lowest() > layer + 5


def test_the_mouse_over_a_neuron_lights_what_leads_to_it(mlp: App) -> None:
    mlp.press(Key.Key_End)
    before = mlp.page.grab().toImage()
    QTest.mouseMove(mlp.page, mlp.neuron(1, 3))
    lit = mlp.page.grab().toImage()
    assert lit != before
    QTest.mouseMove(mlp.page, QPoint(4, mlp.page.height() // 2))
    assert mlp.page.grab().toImage() == before


def test_up_and_down_walk_the_neurons(mlp: App) -> None:
    mlp.press(Key.Key_End)
    mlp.press(Key.Key_Down)
    mlp.press(Key.Key_Down)
    assert mlp.page._spot is not None
    assert (mlp.page._spot.piece, mlp.page._spot.neuron) == (2, 1)
    mlp.press(Key.Key_Up)
    assert mlp.page._spot.neuron == 0


class Known:
    """Numbers that are there at once."""

    def __init__(self, **there: np.ndarray) -> None:
        self._there = {name.replace("_", "/"): number for name, number in there.items()}

    def of(self, name: str) -> np.ndarray | None:
        return self._there.get(name)


@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 1.0), (2.0, 0.5)])
def test_the_terms_of_a_neuron_add_up(alpha: float, beta: float) -> None:
    b = recordings.Builder("Addmm")
    x = b.input("x", B=1, features=6)
    weight, bias = b.parameter("w", _i=6, _o=2), b.parameter("b", _o=2)
    detail = "" if alpha == beta else f"beta={beta}, alpha={alpha}"
    found = figure_of(b.finish([b.op("addmm", [bias, x, weight], detail, B=1, hidden=2)]))
    assert isinstance(found, Figure)
    given, matrix = np.arange(1.0, 7.0), np.arange(12.0).reshape(2, 6) - 5.0
    shift = np.array([4.0, 8.0])
    made = alpha * matrix @ given + beta * shift
    known = Known(value_0=given, weights_1=matrix, bias_1=shift, value_1=made)
    said = lines_of(found, known, 1, 1, lambda count: f"{count} more")

    def number(text: str) -> float:
        return float(re.split(r"[=(]", text)[-1].replace("−", "-").rstrip(")"))

    def product(term: str) -> float:
        factors = term.strip(" =+").replace("−", "-").split("·")
        return float(np.prod([float(factor.strip("()")) for factor in factors]))

    assert number(said[0]) == pytest.approx(made[1])
    products = [product(line) for line in said[1:4]]
    rest = [number(line) for line in said[4:]]
    assert len(rest) == 2
    assert sum(products) + sum(rest) == pytest.approx(made[1])
    known = Known(value_0=given, weights_1=matrix, bias_1=shift, value_1=made + 1.0)
    wrong = lines_of(found, known, 1, 1, lambda count: f"{count} more")
    assert wrong[1:] == said[1:]  # the rest is no remainder that hides what does not fit


def test_volumes_show_their_value_and_step_to_it(cnn: App, qtbot: QtBot) -> None:
    qtbot.mouseClick(cnn.page, LEFT, pos=cnn.volume(3))
    assert cnn.session.state.cursor == cnn.figure.pieces[3].last
    assert cnn.page.numbers.of("value/3") is not None
    shown = cnn.page.grab().toImage()
    cnn.press(Key.Key_Home)
    assert cnn.page.grab().toImage() != shown  # another volume is lit, and this one is later


def test_it_zooms_pans_and_fits_again(cnn: App) -> None:
    page, before = cnn.page, cnn.page.camera.zoom
    at = page.rect().center()
    turn = QWheelEvent(
        at, page.mapToGlobal(at), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(page, turn)
    assert page.camera.zoom > before
    corner = QPointF(page.camera.corner)
    empty = QPoint(30, page.height() - 120)
    QTest.mousePress(page, LEFT, pos=empty)
    QTest.mouseMove(page, empty + QPoint(30, 0))
    QTest.mouseMove(page, empty + QPoint(60, 0))
    QTest.mouseRelease(page, LEFT, pos=empty + QPoint(60, 0))
    moved = (corner.x() - page.camera.corner.x()) * page.camera.zoom
    assert moved == pytest.approx(60)
    cnn.press(Key.Key_0)
    assert page.camera.zoom == pytest.approx(before)


def test_numbers_of_another_pass_replace_those_on_screen(mlp: App) -> None:
    again = changed(mlp.recording, tape=mlp.recording.tape + 1)
    mlp.session.take(Recorded(recording=again))
    assert mlp.page.numbers.of("value/1") is not None  # the old ones stay until then
    QApplication.processEvents()
    assert mlp.asked
    assert {request.view.tape for request in mlp.asked} == {again.tape}
    mlp.serve()
    assert mlp.page.numbers.settled


def test_what_the_engine_does_not_have_stays_empty_and_is_no_problem(qtbot: QtBot) -> None:
    app = App(qtbot, recordings.mlp((2, 5, 3)))
    app.press(Key.Key_G)
    for _ in range(40):
        QApplication.processEvents()
        for request in (one for one in app.taken() if one.pane.startswith(GLIMPSE)):
            said = Failed(ticket=request.ticket, kind="let go", text="gone", remedy="", values={})
            app.session.take(said)
    assert app.page.numbers.settled
    assert app.session.state.banner is None


def test_a_picture_of_a_figure_says_why_there_is_none(qtbot: QtBot) -> None:
    app = App(qtbot, recordings.gpt(layers=1))
    qapp = QApplication.instance()
    assert isinstance(qapp, QApplication)
    shot = Shot(qapp, app.window, app.session, None, Pose("graph", figure=True))
    with pytest.raises(Problem, match="embedding"):
        shot._lead()
    other = App(qtbot, recordings.cnn())
    Shot(qapp, other.window, other.session, None, Pose("step", "2", figure=True))._lead()
    assert other.page.isVisible()
    assert other.session.state.cursor == 2


def test_only_the_strongest_of_many_weights_are_lines() -> None:
    found = figure_of(recordings.mlp((2, 40, 40, 2)))
    assert isinstance(found, Figure)
    weights = np.random.default_rng(0).normal(size=(40, 40))
    made = bundles(found.pieces[1], found.pieces[2], weights, 100)
    assert sum(len(bundle.lines) for bundle in made) == 100
    least = np.sort(np.abs(weights).reshape(-1))[-100] / np.abs(weights).max()
    assert min(bundle.share for bundle in made) >= least
    assert {bundle.role for bundle in made} == {"positive", "negative"}


def test_weights_that_are_no_numbers_are_lines_of_their_colour() -> None:
    found = figure_of(recordings.mlp((2, 40, 40, 2)))
    assert isinstance(found, Figure)
    weights = np.random.default_rng(0).normal(size=(40, 40))
    weights[0, 1], weights[3, 4] = np.nan, -np.inf
    made = bundles(found.pieces[1], found.pieces[2], weights, 100)
    assert sum(len(bundle.lines) for bundle in made) == 100
    odd = {bundle.role: len(bundle.lines) for bundle in made if bundle.role in ("nan", "inf")}
    assert odd == {"nan": 1, "inf": 1}
    assert all(bundle.share == 1.0 for bundle in made if bundle.role in odd)


def neurons(**there: np.ndarray) -> QImage:
    """The second column of a small MLP, painted large with these numbers."""
    make_application("dark")
    found = figure_of(recordings.mlp((2, 2, 2)))
    assert isinstance(found, Figure)
    piece = found.pieces[1]._replace(x=50.0, y=0.0, radius=40.0, offsets=(50.0, 150.0))
    image = QImage(100, 200, QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    painter = QPainter(image)
    ink = Ink(painter, THEMES["dark"], 1.0, QRectF(image.rect()))
    Neurons(THEMES["dark"], Known(**there)).paint(ink, 1, piece, (True, True))
    painter.end()
    return image


def test_one_number_has_one_colour_in_both_halves() -> None:
    image = neurons(begun_1=np.array([1.0, -4.0]), value_1=np.array([1.0, 0.0]))
    assert image.pixelColor(35, 70) == image.pixelColor(65, 70)
    assert image.pixelColor(35, 170) != image.pixelColor(65, 170)


def test_a_bias_that_is_no_number_has_the_colour_of_that() -> None:
    zeros = np.zeros(2)
    image = neurons(begun_1=zeros, value_1=zeros, bias_1=np.array([np.nan, np.inf]))
    theme = THEMES["dark"]
    assert image.pixelColor(17, 83) == theme.color("nan")
    assert image.pixelColor(17, 183) == theme.color("inf")


def test_the_switch_does_not_cover_the_breadcrumb(qtbot: QtBot) -> None:
    app = App(qtbot, recordings.mlp())
    bars = app.desk.canvas.bars
    assert not bars.switch.geometry().intersects(bars.breadcrumb.geometry())
    app.session.take(intents.ToggleFigure())
    assert not app.page.switch.geometry().intersects(app.page.breadcrumb.geometry())


@pytest.mark.parametrize("size", [(1280, 800), (1440, 900), (1600, 1000), (1920, 1080)])
def test_the_numbers_of_the_result_are_somewhere_at_every_size(
    cnn: App, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    cnn.window.resize(*size)
    QApplication.processEvents()
    cnn.press(Key.Key_End)
    last = len(cnn.figure.pieces) - 1
    numbers = cnn.page.numbers.of(f"value/{last}")
    assert numbers is not None
    told: list[str] = []
    write = Ink.text

    def listen(ink: Ink, at: QPointF, text: str, *rest: Any, **more: Any) -> None:
        told.append(text)
        write(ink, at, text, *rest, **more)

    monkeypatch.setattr(Ink, "text", listen)
    cnn.page._renew()
    cnn.page.grab()
    piece = cnn.figure.pieces[last]
    texts = [inner_text(number) for number in numbers.reshape(-1).tolist()]
    inside = all(text in told for text in texts)
    assert inside != any(said.startswith(f"{piece.names[-1]}  ") for said in told)


@pytest.mark.parametrize("recording", [recordings.cnn(), recordings.cnn((8,) * 12, (64,), 4096)])
@pytest.mark.parametrize("zoom", [0.2, 0.5, 1.0, 1.7])
def test_captions_can_be_read_and_touch_nothing(recording: Recording, zoom: float) -> None:
    make_application("dark")
    found = figure_of(recording)
    assert isinstance(found, Figure)
    made = labels(found, zoom)
    assert min(label.pixels for label in made) >= 11.0
    assert all(label.bounds(zoom).top() >= found.foot - 1.0 for label in made)
    slanted = {label.angle for label in made} == {45.0}
    assert slanted or {label.angle for label in made} == {0.0}
    back = QTransform().rotate(-45.0 if slanted else 0.0)
    boxes = []
    for label in made:  # as they lie when they are turned back
        at, wide_ = back.map(label.at), wide(label.text, label.pixels, label.weight) / zoom
        tall = label.pixels / zoom
        boxes.append(QRectF(at.x() - (0 if slanted else wide_ / 2), at.y() - tall / 2, wide_, tall))
    assert not any(one.intersects(other) for one, other in combinations(boxes, 2))
    drawing = FigureDrawing(found, THEMES["dark"], Known())  # type: ignore[arg-type]
    whole = drawing.bounds(zoom).adjusted(-0.01, -0.01, 0.01, 0.01)
    assert all(whole.contains(label.bounds(zoom)) for label in made)


@pytest.mark.parametrize("size", [(1280, 800), (1920, 1080)])
def test_all_of_a_figure_comes_into_view(qtbot: QtBot, size: tuple[int, int]) -> None:
    app = App(qtbot, recordings.cnn((8,) * 12, (64,), 4096))
    app.window.resize(*size)
    app.press(Key.Key_G)
    QApplication.processEvents()
    drawing, camera = app.page.drawing, app.page.camera
    assert drawing is not None
    whole = drawing.bounds(camera.zoom).translated(0.0, -app.figure.top)
    assert camera.view.contains(whole)
    where = camera.to_widget(whole)
    assert where.top() >= app.page.breadcrumb.geometry().bottom()
    assert where.bottom() <= app.page._legend.geometry().top()


def test_faces_have_the_same_colours_whatever_the_signs() -> None:
    found = figure_of(recordings.cnn())
    assert isinstance(found, Figure)
    numbers = np.arange(64.0).reshape(8, 8)
    one = face_image(numbers, found.pieces[1], THEMES["dark"])
    other = face_image(numbers - 30.0, found.pieces[1], THEMES["dark"])
    assert one == other
