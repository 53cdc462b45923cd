"""The inspector and its panes: words, requests, pixels, real mouse and keys."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from msgspec import structs
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from explorer.core.graph import Recording
from explorer.core.values import Reading, Statistics, View
from explorer.engine.values import read
from explorer.gui.inspector import Inspector
from explorer.gui.panes.distribution import Histogram
from explorer.gui.panes.heatmap import Heatmap
from explorer.gui.panes.shades import Shades, lut
from explorer.gui.theme import DARK, LIGHT
from explorer.session import intents
from explorer.session.state import AppState, Engine
from tests.gui.mouse import hover
from tests.recordings import Builder, cnn, gpt


@pytest.fixture
def asked(qtbot: QtBot) -> tuple[Inspector, list[object]]:
    inspector = Inspector(DARK, 1.0)
    qtbot.addWidget(inspector)
    inspector.resize(420, 800)
    inspector.show()
    said: list[object] = []
    inspector.intent.connect(said.append)
    return inspector, said


def opened(recording: Recording, event: int) -> AppState:
    everything = frozenset(range(len(recording.calls)))
    return AppState(page="model", recording=recording, cursor=event, open=everything)


def softmax_of(recording: Recording) -> int:
    return recording.attention[0].event


def views(said: list[object]) -> list[View]:
    return [one.view for one in said if isinstance(one, intents.Look)]


def answers(said: list[object], numbers: np.ndarray) -> dict[str, Reading]:
    """What the engine reads of a value for all questions so far."""
    value = torch.from_numpy(numbers.astype(np.float32))
    return {one.pane: read(value, one.view) for one in said if isinstance(one, intents.Look)}


def test_attention_comes_first_and_asks_for_all_heads(
    asked: tuple[Inspector, list[object]],
) -> None:
    inspector, said = asked
    recording = gpt()
    state = opened(recording, softmax_of(recording))
    inspector.render(None, state)
    shape = recording.values[recording.attention[0].value].shape
    rank = len(shape)
    assert {view.keep for view in views(said)} == {(rank - 2, rank - 1), (1, rank - 2, rank - 1)}
    assert inspector.panes["attention"].isVisible()
    assert not inspector.panes["values"].isVisible()
    inspector.render(state, state)
    assert len(views(said)) == len(set(views(said)))  # each asked once


def test_hovering_attention_reads_the_weight_and_the_tokens(
    asked: tuple[Inspector, list[object]], qtbot: QtBot
) -> None:
    inspector, said = asked
    recording = gpt()
    state = opened(recording, softmax_of(recording))
    inspector.render(None, state)
    heads, queries, keys = recording.values[recording.attention[0].value].shape[-3:]
    rng = np.random.default_rng(0)
    data = np.tril(rng.random((heads, queries, keys))).astype(np.float32)
    answered = replace(state, readings=answers(said, data[None]))
    inspector.render(state, answered)
    pane = inspector.panes["attention"]
    qtbot.mouseClick(pane.heads, Qt.MouseButton.LeftButton, pos=pane.heads.place_of(1))  # type: ignore[attr-defined]
    (look,) = [one.look for one in said if isinstance(one, intents.ShowAttention)]
    chosen = replace(answered, attention=look)
    inspector.render(answered, chosen)
    inspector.render(chosen, replace(chosen, readings=answers(said, data[None])))
    map_ = pane.map  # type: ignore[attr-defined]

    def read() -> str:
        area = map_.field()  # it moves while the layout settles
        cell = QPoint(
            int(area.left() + area.width() / keys * 1.5),
            int(area.top() + area.height() / queries * 3.5),
        )
        hover(map_, cell)
        return str(pane._where.text())  # type: ignore[attr-defined]

    qtbot.waitUntil(lambda: f"{data[1, 3, 1]:.4f}" in read())
    text = read()
    assert "head 1" in text
    labels = recording.labels["T"]
    assert f"“{labels[3]}”" in text
    assert f"“{labels[1]}”" in text


def test_the_chosen_pane_stays_where_it_suits(asked: tuple[Inspector, list[object]]) -> None:
    inspector, said = asked
    recording = gpt()
    state = replace(opened(recording, softmax_of(recording)), pane="values")
    inspector.render(None, state)
    assert inspector.panes["values"].isVisible()
    assert [one.pane for one in said if isinstance(one, intents.Look)] == ["values"]
    back = replace(state, pane="attention", cursor=0)
    inspector.render(state, back)
    assert not inspector.panes["attention"].isVisible()  # it does not suit an embedding


def test_a_tab_is_a_wish(asked: tuple[Inspector, list[object]], qtbot: QtBot) -> None:
    inspector, said = asked
    recording = gpt()
    inspector.render(None, opened(recording, softmax_of(recording)))
    tab = inspector.findChild(QPushButton, "pane-distribution")
    assert tab is not None
    qtbot.mouseClick(tab, Qt.MouseButton.LeftButton)
    assert said[-1] == intents.ChoosePane("distribution")


def test_inputs_can_be_looked_at(asked: tuple[Inspector, list[object]], qtbot: QtBot) -> None:
    inspector, said = asked
    recording = gpt()
    event = recording.events[softmax_of(recording)]
    inspector.render(None, opened(recording, event.index))
    chips = inspector.findChildren(QPushButton, "value")
    qtbot.mouseClick(chips[0], Qt.MouseButton.LeftButton)
    assert said[-1] == intents.SelectOutput(event.inputs[0])


def test_feature_maps_of_a_convolution(asked: tuple[Inspector, list[object]]) -> None:
    inspector, said = asked
    recording = cnn()
    event = next(e for e in recording.events if e.op == "conv2d")
    inspector.render(None, opened(recording, event.index))
    assert inspector.panes["features"].isVisible()
    (view,) = views(said)
    assert view.keep == (1, 2, 3)


def test_statistics_are_written_out(asked: tuple[Inspector, list[object]]) -> None:
    inspector, said = asked
    recording = gpt()
    state = replace(opened(recording, 0), pane="distribution")
    inspector.render(None, state)
    inspector.render(state, state)
    assert said == [intents.Summarize()]
    s = Statistics(
        recording.tape, state.value or 0, 1000, -1, 3, 0.5, 0.25, 100, 7, 0,
        np.array([1, 5, 2]), 1000,
    )  # fmt: skip
    inspector.render(state, replace(state, statistics=s))
    numbers = inspector.panes["distribution"].numbers  # type: ignore[attr-defined]
    assert numbers["nans"].text() == "7"
    assert numbers["zeros"].text() == "100 (10%)"
    assert numbers["mean"].text() == "0.5"


def words(inspector: Inspector) -> str:
    return "\n".join(label.text() for label in inspector.findChildren(QLabel))


def test_a_closed_layer_of_one_op_is_shown_as_that_op(
    asked: tuple[Inspector, list[object]],
) -> None:
    inspector, _ = asked
    recording = gpt()
    event = next(e for e in recording.events if e.id == "lm_head/linear#0")
    state = AppState(page="model", recording=recording, cursor=event.index)
    inspector.render(None, replace(state, open=frozenset({0})))
    assert inspector._title.text() == "linear"
    assert inspector._module.text() == "lm_head"
    assert inspector._formula.text() == "y = x·Wᵀ"
    assert inspector._note.text() == "128 → 96"
    assert "ops inside" not in words(inspector)
    assert len(inspector.findChildren(QPushButton, "value")) == 3  # x, weight → y


@pytest.mark.parametrize("scale", [1.0, 1.4])
def test_nothing_above_the_values_moves_as_one_steps(qtbot: QtBot, scale: float) -> None:
    inspector = Inspector(DARK, scale)
    qtbot.addWidget(inspector)
    inspector.resize(round(420 * scale), 800)
    inspector.show()
    places, shown = set(), set()
    for recording in (gpt(), cnn()):
        for event in recording.events:
            inspector.render(None, opened(recording, event.index))
            QApplication.sendPostedEvents(inspector, QEvent.Type.LayoutRequest)
            formula, note = inspector._formula, inspector._note
            places.add((formula.geometry(), note.geometry(), inspector._facts.y()))
            shown.add((formula.text(), note.text()))
    assert len(shown) > 12
    assert any(not note for _, note in shown)
    assert len(places) == 1


def test_formulas_that_come_next_are_typeset_before(
    asked: tuple[Inspector, list[object]], qtbot: QtBot
) -> None:
    inspector, _ = asked
    recording = gpt()
    at = softmax_of(recording)
    state = opened(recording, at)
    inspector.render(None, state)
    typesetter = inspector._formula._typesetter
    qtbot.waitUntil(lambda: inspector._formula.typeset and typesetter._running is None)
    for _ in range(5):
        old, state = state, replace(state, cursor=state.cursor + 1)
        inspector.render(old, state)
        assert inspector._formula.typeset, inspector._formula.text()


def test_a_closed_block_is_titled_by_its_class(asked: tuple[Inspector, list[object]]) -> None:
    inspector, _ = asked
    recording = gpt()
    block = next(c for c in recording.calls if c.module == "blocks.3")
    state = AppState(page="model", recording=recording, cursor=block.last, open=frozenset({0}))
    inspector.render(None, state)
    assert (inspector._title.text(), inspector._module.text()) == ("Block", "blocks.3")
    assert f"{block.last - block.first + 1} ops inside" in words(inspector)
    inspector.render(state, replace(state, open=frozenset(range(len(recording.calls)))))
    assert inspector._title.text() == "add"


def test_numbers_of_another_value_are_veiled_before_long(
    asked: tuple[Inspector, list[object]], qtbot: QtBot
) -> None:
    inspector, said = asked
    recording = gpt()
    ready = Engine("ready")
    state = replace(opened(recording, softmax_of(recording)), engine=ready)
    inspector.render(None, state)
    assert not inspector.waiting.isVisible()  # a quick answer does not flicker
    qtbot.waitUntil(inspector.waiting.isVisible, timeout=1000)
    assert "softmax#0" in inspector.waiting.text()

    value = recording.attention[0].value
    s = Statistics(recording.tape, value, 9, 0, 1, 0, 0, 0, 0, 0, np.array([9]), 9)
    readings = answers(said, np.zeros(recording.values[value].shape))
    answered = replace(state, readings=readings, statistics=s)
    inspector.render(state, answered)
    assert not inspector.waiting.isVisible()
    qtbot.wait(350)
    assert not inspector.waiting.isVisible()

    lost = replace(answered, engine=Engine("starting"))
    inspector.render(answered, lost)
    qtbot.waitUntil(inspector.waiting.isVisible, timeout=1000)
    assert "engine" in inspector.waiting.text()
    assert inspector.waiting.geometry().contains(inspector.summary.geometry())


def test_statistics_that_nobody_asked_for_yet_are_not_missing(
    asked: tuple[Inspector, list[object]], qtbot: QtBot
) -> None:
    inspector, said = asked
    recording = gpt()
    state = replace(opened(recording, softmax_of(recording)), engine=Engine("ready"))
    inspector.render(None, state)
    qtbot.waitUntil(inspector.waiting.isVisible, timeout=1000)
    assert inspector.waiting.text().startswith("There are no numbers")  # nothing is on its way
    numbers = np.zeros(recording.values[recording.attention[0].value].shape)
    inspector.render(state, replace(state, readings=answers(said, numbers)))
    assert inspector.waiting.isVisible()
    assert inspector.waiting.text().startswith("Waiting for the numbers")


# ------------------------------------------------------------------ the colours of a matrix


def color(image: object, row: int, column: int) -> tuple[int, int, int]:
    c = image.pixelColor(column, row)  # type: ignore[attr-defined]
    return c.red(), c.green(), c.blue()


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda t: t.name)
def test_every_cell_has_the_colour_of_its_number(theme: object) -> None:
    data = np.array([[0.0, 1.0], [2.0, np.nan]])
    shades = Shades.of(data)
    assert (shades.low, shades.high, shades.signed) == (0.0, 2.0, False)
    image = shades.image(data, theme)  # type: ignore[arg-type]
    table = lut("viridis")
    for row, column, index in ((0, 0, 0), (0, 1, 127), (1, 0, 255)):
        blue, green, red, _ = table[index]
        assert color(image, row, column) == (red, green, blue)
    glare = theme.color("nan")  # type: ignore[attr-defined]
    assert color(image, 1, 1) == (glare.red(), glare.green(), glare.blue())


def test_signed_numbers_are_shaded_around_zero() -> None:
    shades = Shades.of(np.array([[-1.0, 0.5]]))
    assert (shades.low, shades.high, shades.signed) == (-1.0, 1.0, True)


def test_where_all_is_0_it_has_the_colour_of_0_beside_other_numbers() -> None:
    beside = Shades.of(np.array([[-1.0, 0.0, 1.0]])).image(np.array([[-1.0, 0.0, 1.0]]), DARK)
    zeros = np.zeros((1, 1))
    assert Shades.of(zeros).image(zeros, DARK).pixelColor(0, 0) == beside.pixelColor(1, 0)


@pytest.mark.parametrize("data", [np.zeros((3, 3)), np.full((2, 2), np.nan), np.full((1, 1), -4.0)])
def test_flat_and_empty_ranges_can_be_painted(qtbot: QtBot, data: np.ndarray) -> None:
    map_ = Heatmap(DARK, 1.0)
    qtbot.addWidget(map_)
    map_.resize(300, 200)
    map_.show_matrix(data, Shades.of(data))
    assert not map_.grab().isNull()


def test_arrow_keys_walk_the_cells(qtbot: QtBot) -> None:
    map_ = Heatmap(DARK, 1.0)
    qtbot.addWidget(map_)
    map_.resize(300, 200)
    map_.show()
    map_.show_matrix(np.arange(6.0).reshape(2, 3), Shades(0, 6, False))
    map_.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Left):
        qtbot.keyClick(map_, key)
    assert map_.cell == (1, 0)


def test_a_high_inspector_sums_the_value_up_once_its_picture_is_there(
    qtbot: QtBot,
    asked: tuple[Inspector, list[object]],
) -> None:
    inspector, said = asked
    inspector.resize(420, 900)
    recording = gpt()
    state = opened(recording, softmax_of(recording))
    inspector.render(None, state)
    assert intents.Summarize() not in said
    value = recording.attention[0].value
    drawn = replace(state, readings=answers(said, np.zeros(recording.values[value].shape)))
    inspector.render(state, drawn)
    assert intents.Summarize() not in said, "the frame comes first"
    qtbot.waitUntil(lambda: said.count(intents.Summarize()) == 1)
    s = Statistics(
        recording.tape, value, 200, -1.5, 3, 0.5, 0.25, 100, 7, 0, np.array([1, 5, 2]), 200
    )
    inspector.render(drawn, replace(drawn, statistics=s))
    words = inspector.summary.said.text()
    for word in ("max 3", "min −1.5", "mean 0.5", "50% zeros", "7 NaN"):
        assert word in words
    assert "Inf" not in words
    assert inspector.summary.isVisible()
    inspector.setFixedHeight(640)
    assert inspector.summary.isVisible()  # the line needs less room than the histogram
    assert not inspector.summary.histogram.isVisible()
    inspector.setFixedHeight(500)
    assert not inspector.summary.isVisible()
    assert said.count(intents.Summarize()) == 1


def test_a_histogram_with_one_huge_bin_is_logarithmic(qtbot: QtBot) -> None:
    histogram = Histogram(DARK, 1.0, 120)
    qtbot.addWidget(histogram)
    histogram.resize(200, 120)

    def rows(counts: list[int]) -> int:
        """How high the bar at three quarters is, in pixels."""
        s = Statistics(1, 0, sum(counts), 0, 1, 0, 0, 0, 0, 0, np.array(counts), sum(counts))
        histogram.show_counts(s)
        image = histogram.grab().toImage()
        wanted = DARK.color("accent").rgb()
        return sum(image.pixelColor(150, y).rgb() == wanted for y in range(image.height()))

    full = rows([100, 100])
    assert full > 40
    assert rows([100, 50]) == pytest.approx(full * np.log1p(50) / np.log1p(100), abs=2)
    assert rows([100, 50, 60]) == pytest.approx(full * 0.6, abs=2)  # no bin prevails
    assert rows([1_000_000, 999]) == pytest.approx(full / 2, abs=2)


@pytest.mark.parametrize("width", [360, 420, 700])
def test_the_file_and_the_line_are_always_there(
    asked: tuple[Inspector, list[object]], width: int
) -> None:
    inspector, _ = asked
    inspector.resize(width, 800)
    recording = gpt()
    at = softmax_of(recording)
    events = list(recording.events)
    path = "/home/ada/models/transformers/models/bert/modeling_bert.py:350"
    events[at] = structs.replace(events[at], source=path)
    inspector.render(None, opened(structs.replace(recording, events=tuple(events)), at))
    facts = next(x for x in inspector.findChildren(QLabel) if path in x.toolTip())
    assert "modeling_bert.py:350" in facts.text()
    metrics = facts.fontMetrics()
    for line in facts.text().split("\n"):
        assert metrics.horizontalAdvance(line) <= facts.width()


def test_many_values_stand_in_columns_where_it_is_low(
    asked: tuple[Inspector, list[object]], qtbot: QtBot
) -> None:
    inspector, _ = asked
    recording = gpt()
    event = next(e for e in recording.events if len(e.inputs) > 2)
    inspector.render(None, opened(recording, event.index))

    def heads() -> list[tuple[int, int]]:
        qtbot.wait(1)
        chips = [c for c in inspector.findChildren(QPushButton, "value") if c.isVisible()]
        assert all(chip.width() > 150 for chip in chips)
        return [(chip.x(), chip.y()) for chip in chips]

    count = len(heads())
    assert count == len({y for _, y in heads()}) > 3
    inspector.resize(420, 500)
    assert len(heads()) == count
    assert len({y for _, y in heads()}) == -(-count // 2)


@pytest.mark.parametrize("height", [560, 640, 1000])
def test_no_input_and_no_output_is_out_of_reach(
    asked: tuple[Inspector, list[object]], qtbot: QtBot, height: int
) -> None:
    """An LSTM has seven inputs and three outputs; some ops have more."""
    inspector, said = asked
    inspector.resize(400, height)
    recording = gpt()
    for inputs, outputs in ((7, 3), (30, 2)):
        events = list(recording.events)
        at = len(events) - 1
        events[at] = structs.replace(
            events[at], inputs=tuple(range(inputs)), outputs=tuple(range(inputs, inputs + outputs))
        )
        many = structs.replace(recording, events=tuple(events))
        inspector.render(None, opened(many, at))
        qtbot.wait(1)
        chips = [c for c in inspector.findChildren(QPushButton, "value") if c.isVisible()]
        assert len(chips) == inputs + outputs
        assert all(chip.text() for chip in chips)
        chosen = next(chip for chip in chips if chip.isChecked())
        assert chosen.text().startswith("→")
        assert not chosen.visibleRegion().isEmpty()
        if inputs == 7:  # these are all in view
            assert all(chip.visibleRegion().boundingRect() == chip.rect() for chip in chips)
        said.clear()
        chips[-1].setFocus()
        chips[-1].click()
        assert said == [intents.SelectOutput(inputs + outputs - 1)]
        assert inspector.findChild(QWidget, "values").parentWidget().height() < height / 3  # type: ignore[union-attr]


def test_rows_of_any_script_are_seen_in_full(asked: tuple[Inspector, list[object]]) -> None:
    inspector, _ = asked
    recording = gpt()
    event = next(e.index for e in recording.events if len(e.inputs) == 3)
    values = list(recording.values)
    for index in recording.events[event].inputs[1:]:
        values[index] = structs.replace(values[index], name="权重 (参数)")
    recording = structs.replace(recording, values=tuple(values))
    inspector.resize(420, 700)
    inspector.render(None, opened(recording, event))
    QApplication.processEvents()
    chips = [c for c in inspector.findChildren(QPushButton, "value") if c.isVisible()]
    assert len(chips) == 4
    for chip in chips:
        holder = inspector.chips.viewport()
        place = QRect(chip.mapTo(holder, QPoint()), chip.size())
        assert holder.rect().contains(place)
        assert chip.height() >= chip.sizeHint().height()
    assert inspector.chips.verticalScrollBar().maximum() == 0


def test_a_shape_too_long_for_the_line_loses_its_middle(
    asked: tuple[Inspector, list[object]],
) -> None:
    inspector, _ = asked
    b = Builder("Net")
    x = b.input("x", B=1, groups=1, heads=1, rows=1, columns=1, channels=1, places=1, last=2048)
    recording = b.finish([b.activation("act", x)])
    inspector.render(None, replace(opened(recording, 0), pane="values"))
    QApplication.processEvents()
    inspector.resize(400, 750)
    QApplication.processEvents()
    assert inspector.width() == 400
    whole = "(B 1, groups 1, heads 1, rows 1, columns 1, channels 1, places 1, last 2048) float32"
    facts = next(x for x in inspector.findChildren(QLabel) if whole in x.toolTip())
    said = facts.text().split("\n")[0]
    assert said.startswith("(B 1, ")
    assert "…" in said
    metrics = facts.fontMetrics()
    assert all(
        metrics.horizontalAdvance(line) <= facts.width() for line in facts.text().split("\n")
    )
    for chip in inspector.chips.findChildren(QPushButton):
        assert chip.fontMetrics().horizontalAdvance(chip.text()) <= chip.width() - 16


def test_a_pane_that_is_back_asks_nothing_of_the_pass_before(
    asked: tuple[Inspector, list[object]],
) -> None:
    inspector, said = asked
    recording = gpt()
    state = replace(opened(recording, softmax_of(recording)), pane="values")
    inspector.render(None, state)
    away = replace(state, pane="distribution")
    inspector.render(state, away)
    inspector.resize(inspector.width(), inspector.height() - 140)
    QApplication.processEvents()
    later = replace(away, recording=structs.replace(recording, tape=recording.tape + 7))
    inspector.render(away, later)
    said.clear()
    inspector.render(later, replace(later, pane="values"))
    QApplication.processEvents()
    looks = [one.view.tape for one in said if isinstance(one, intents.Look)]
    assert looks
    assert set(looks) == {recording.tape + 7}
