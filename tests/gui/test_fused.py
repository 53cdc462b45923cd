"""A fused op opens on the map: what was clicked stays under the mouse."""

from __future__ import annotations

import pytest
import torch
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTableWidgetItem
from pytestqt.qtbot import QtBot
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from explorer.core.explanation import Cell
from explorer.gui.derivation.terms import Terms
from explorer.gui.map.canvas import Canvas
from explorer.gui.theme import DARK
from explorer.picture.scene import Box
from explorer.session import intents
from tests.gui.bench import Bench


class Fused(nn.Module):
    """Modules of several ops, fused modules and a fused op, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.mlps = nn.ModuleList(
            nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8)) for _ in range(4)
        )
        self.mixes = nn.ModuleList(nn.MultiheadAttention(8, 2, batch_first=True) for _ in range(4))
        self.cell = nn.GRUCell(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) → (B·T, C)."""
        for mlp, mix in zip(self.mlps, self.mixes, strict=True):
            x = mlp(x) + mix(x, x, x)[0]
        x = scaled_dot_product_attention(x, x, x)
        return self.cell(x.flatten(0, 1))


@pytest.fixture
def bench(qtbot: QtBot) -> Bench:
    return Bench(qtbot, Fused(), torch.ones(1, 5, 8))


@pytest.fixture
def canvas(bench: Bench) -> Canvas:
    made = Canvas(DARK)
    bench.bot.addWidget(made)
    made.intent.connect(bench.session.take)
    made.resize(1100, 700)
    made.show()
    bench.session.listen(made.render)
    bench.session.take(intents.OpenToLevel(1))
    QApplication.processEvents()
    return made


def opened(bench: Bench, canvas: Canvas, before: frozenset[int]) -> QRectF:
    """Where the one box is that is open now, and was not ``before``."""
    (call,) = bench.session.state.open - before
    (box,) = (box for box in canvas.boxes() if box.kind == "open" and box.call == call)
    return canvas.box_rect(box)


def triangle(canvas: Canvas, box: Box) -> QPointF:
    """Where it is on the widget, of a closed node."""
    zoom, where = canvas.outlook.camera.zoom, canvas.box_rect(box)
    return QPointF(where.right() - 13 * zoom, where.top() + 21 * zoom)


@pytest.mark.parametrize("zoom", [0.4, 1.0, 1.4])
@pytest.mark.parametrize("path", ["mlps.1", "mixes.1", "mixes.3", "cell", ""])
def test_what_is_clicked_stays_under_the_mouse_when_it_opens(
    bench: Bench, canvas: Canvas, path: str, zoom: float
) -> None:
    state = bench.session.state
    assert state.recording is not None
    bench.session.take(intents.StepTo(0))
    call = next((c.index for c in state.recording.calls if path and c.module == path), -1)
    box = next(b for b in canvas.boxes() if (b.call == call if path else b.title == "attention"))
    canvas.outlook.place = (zoom, box.x + box.width / 2, box.y + box.height / 2)
    mouse = triangle(canvas, box)
    before, ran = canvas.outlook.camera.zoom, state.recording.run
    at = canvas.box_rect(box)
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=mouse.toPoint())
    where = opened(bench, canvas, state.open)
    assert bench.session.state.recording is not None
    assert bench.session.state.recording.run == ran
    assert canvas.outlook.camera.zoom == before
    assert where.contains(mouse)
    assert where.top() == pytest.approx(at.top(), abs=1)


def test_another_pass_is_another_run(bench: Bench) -> None:
    first = bench.session.state.recording
    bench.record()
    again = bench.session.state.recording
    assert first is not None
    assert again is not None
    assert first.run != again.run


@pytest.mark.parametrize("path", ["mixes.1", ""])
def test_an_op_that_opens_by_keys_stays_where_it_is(
    bench: Bench, canvas: Canvas, path: str
) -> None:
    state = bench.session.state
    assert state.recording is not None
    event = next(
        e.index
        for e in state.recording.events
        if e.opens and state.recording.calls[e.call].module == path
    )
    bench.session.take(intents.StepTo(event))
    canvas.outlook.look_at_cursor(0.9)
    assert canvas.outlook.current is not None
    at = canvas.box_rect(canvas.outlook.current.box)
    bench.session.take(intents.StepBy("into"))
    where = opened(bench, canvas, state.open)
    assert canvas.outlook.camera.zoom == pytest.approx(0.9)
    assert (where.top(), where.center().x()) == pytest.approx((at.top(), at.center().x()), abs=1)


class Recurrent(nn.Module):
    """A layer as one fused op."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.LSTM(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        """(T, B, C) → (T, B, H)."""
        return self.layer(x)[0]


def test_what_is_inside_of_a_fused_op_opens_it_and_is_a_way_on(qtbot: QtBot) -> None:
    seat = Bench(qtbot, Recurrent(), torch.randn(2, 1, 4))
    terms = Terms(DARK, 1.0)
    qtbot.addWidget(terms)
    terms.opened.connect(lambda event: seat.session.take(intents.OpenEvent(event)))
    recording = seat.session.state.recording
    assert recording is not None
    seat.session.take(intents.Derive(recording.named["layer/lstm#0"], (1, 0, 2)))

    def show() -> list[QTableWidgetItem]:
        now, told = seat.session.state.recording, seat.session.state.derivation.told
        assert now is not None
        assert told is not None
        assert told.index == (1, 0, 2)
        terms.resize(600, 300)
        terms.show_terms(now, told)
        terms.show()
        items = [terms.item(0, column) for column in range(terms.columnCount())]
        return [item for item in items if item is not None]

    inside = next(item for item in show() if item.text() == "inside ▸")
    QTest.mouseClick(
        terms.viewport(), Qt.MouseButton.LeftButton, pos=terms.visualItemRect(inside).center()
    )
    now = seat.session.state.recording
    assert now is not None
    assert len(now.events) > len(recording.events)
    assert not any("inside" in item.text() for item in show())


class Attentive(nn.Module):
    """Attention as one fused op, that ends with a linear layer whose weights it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        """(T, B, C) → the same."""
        made: Tensor = self.attention(x, x, x)[0]
        return made


@pytest.mark.parametrize("column", ["x", "W"])
def test_beside_a_weight_what_is_inside_still_opens_the_op(qtbot: QtBot, column: str) -> None:
    seat = Bench(qtbot, Attentive(), torch.randn(3, 1, 4))
    terms = Terms(DARK, 1.0)
    qtbot.addWidget(terms)
    opened: list[int] = []
    walked: list[Cell] = []
    terms.opened.connect(opened.append)
    terms.walked.connect(walked.append)
    recording = seat.state.recording
    assert recording is not None
    event = next(one for one in recording.events if one.opens)
    seat.session.take(intents.Derive(event.outputs[0], (1, 0, 2)))
    told = seat.state.derivation.told
    assert told is not None
    terms.resize(900, 300)
    terms.show_terms(recording, told)
    terms.show()
    headers = [terms.horizontalHeaderItem(n) for n in range(terms.columnCount())]
    at = [header.text() for header in headers if header is not None].index(column)
    item = terms.item(0, at)
    assert item is not None
    where = terms.visualItemRect(item).center()
    QTest.mouseClick(terms.viewport(), Qt.MouseButton.LeftButton, pos=where)
    if column == "x":
        assert (opened, walked) == ([event.index], [])
    else:
        assert not opened
        assert recording.values[walked[0].ref].name == "attention.out_proj.weight"
