"""The embedding pane: its map by mouse and keys, and what is near a row."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from msgspec import structs
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.core.asked import Answer
from explorer.core.graph import Recording
from explorer.core.table import Neighbours, NeighboursView, TableView
from explorer.engine.tables import neighbours, table_map
from explorer.gui.panes.embedding import EmbeddingPane
from explorer.gui.theme import DARK
from explorer.picture.readout import panes_for, table_of
from explorer.session import intents
from explorer.session.state import AppState
from tests.recordings import cnn, gpt

GPT = gpt(layers=1)
EVENT = next(event for event in GPT.events if event.op == "embedding")
FOUND = table_of(GPT, EVENT.outputs[0])
assert FOUND is not None
ROWS, COLUMNS = GPT.values[FOUND.table].shape
LETTERS = GPT.labels["V"]


class Shown:
    """The pane over what was looked up; the engine's own answers come at once."""

    def __init__(self, qtbot: QtBot, recording: Recording = GPT) -> None:
        torch.manual_seed(3)
        self.table = torch.randn(ROWS, COLUMNS)
        self.ids = torch.tensor([[5, 9, 5]])
        self.views: list[TableView] = []
        self.asked: list[int] = []
        self.pane = EmbeddingPane(DARK, 1.0)
        qtbot.addWidget(self.pane)
        self.pane.resize(420, 620)
        self.pane.intent.connect(self._take)
        self.state = AppState(page="model", recording=recording, cursor=EVENT.index)
        self.pane.show()
        self.pane.render(None, self.state)

    def _take(self, intent: object) -> None:
        before = self.state
        if not isinstance(intent, intents.Ask):
            return
        answer: Answer
        if isinstance(intent.view, TableView):
            self.views.append(intent.view)
            answer = table_map(self.table, self.ids, intent.view)
        else:
            assert isinstance(intent.view, NeighboursView)
            self.asked.append(intent.view.row)
            answer = neighbours(self.table, intent.view)
        self.state = replace(before, answers={**before.answers, type(answer): answer})
        self.pane.render(before, self.state)

    def at(self, row: int) -> QPoint:
        """Where a row is on the plot."""
        plot = self.pane.plot
        view = plot.getPlotItem().getViewBox()
        return plot.mapFromScene(view.mapViewToScene(QPointF(*plot._points[row])))


@pytest.fixture
def shown(qtbot: QtBot) -> Shown:
    return Shown(qtbot)


def test_it_is_there_for_tables_and_what_was_looked_up_in_them() -> None:
    assert FOUND is not None
    assert (FOUND.table, FOUND.ids) == (EVENT.inputs[1], EVENT.inputs[0])
    assert panes_for(GPT, FOUND.table)[0] == panes_for(GPT, EVENT.outputs[0])[0] == "embedding"
    other = next(event for event in GPT.events if event.op == "linear")
    assert "embedding" not in panes_for(GPT, other.outputs[0])
    assert "embedding" not in panes_for(GPT, other.inputs[1])  # a matrix, but no table
    convolutions = cnn()
    assert all("embedding" not in panes_for(convolutions, n)
               for n in range(len(convolutions.values)))  # fmt: skip


def test_the_map_is_asked_for_once_and_tells_what_is_used(shown: Shown) -> None:
    assert [view.method for view in shown.views] == ["pca"]
    assert shown.pane._count.text() == f"{ROWS} rows, 2 used"
    shown.pane.render(shown.state, shown.state)
    assert len(shown.views) == 1
    used = shown.pane.plot._used.getData()
    assert len(used[0]) == 2


def test_the_mouse_over_a_point_tells_what_is_near(shown: Shown, qtbot: QtBot) -> None:
    plot = shown.pane.plot
    row = 9
    qtbot.mouseMove(plot.viewport(), shown.at(row))
    assert shown.asked[-1] == row
    near = shown.state.answer(Neighbours)
    assert near is not None
    first = f"{LETTERS[int(near.rows[0])]} {near.cosine[0]:.2f}"
    assert shown.pane.told.text() == (
        f"nearest to “{LETTERS[9]}” by cosine: {first}" + shown.pane.told.text().split(first)[1]
    )
    assert len(plot._near.getData()[0]) == 8
    assert len(plot._chosen.getData()[0]) == 1
    qtbot.mouseMove(plot.viewport(), QPoint(1, 1))
    assert "Point at a row" in shown.pane.told.text()
    assert len(plot._chosen.getData()[0]) == 0


def test_the_map_stays_as_high_whatever_is_told_of_a_row(shown: Shown, qtbot: QtBot) -> None:
    pane = shown.pane
    pane.resize(200, 500)
    QApplication.processEvents()
    high, hint = pane.plot.height(), pane.told.text()
    qtbot.mouseMove(pane.plot.viewport(), shown.at(9))
    QApplication.processEvents()
    assert pane.told.text() != hint
    assert pane.plot.height() == high
    assert pane.told.heightForWidth(pane.told.width()) <= pane.told.height()
    assert pane.told.toolTip().startswith(pane.told.text()), "all of them"


def test_a_click_keeps_a_row_and_keys_go_from_row_to_row(shown: Shown, qtbot: QtBot) -> None:
    plot = shown.pane.plot
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=shown.at(5))
    qtbot.mouseMove(plot.viewport(), QPoint(1, 1))
    assert f"“{LETTERS[5]}”" in shown.pane.told.text()
    plot.at = -1
    plot.setFocus()
    for _ in range(3):
        qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert shown.asked[-1] == 2
    qtbot.keyClick(plot, Qt.Key.Key_Left)
    assert f"“{LETTERS[1]}”" in shown.pane.told.text()


def test_it_zooms_by_wheel_and_keys_and_fits_again(shown: Shown, qtbot: QtBot) -> None:
    plot = shown.pane.plot
    view = plot.getPlotItem().getViewBox()
    whole = view.viewRect().width()
    middle = QPointF(plot.viewport().rect().center())
    turn = QWheelEvent(
        middle, plot.viewport().mapToGlobal(middle), QPoint(), QPoint(0, 240),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase,
        False,
    )  # fmt: skip
    QApplication.sendEvent(plot.viewport(), turn)
    assert view.viewRect().width() < whole
    qtbot.keyClick(plot, Qt.Key.Key_0)
    assert view.viewRect().width() == pytest.approx(whole, rel=0.01)
    qtbot.keyClick(plot, Qt.Key.Key_Plus)
    assert view.viewRect().width() == pytest.approx(whole / 1.4, rel=0.01)
    qtbot.keyClick(plot, Qt.Key.Key_Minus)
    assert view.viewRect().width() == pytest.approx(whole, rel=0.01)


def test_t_sne_on_request(shown: Shown, qtbot: QtBot) -> None:
    qtbot.mouseClick(shown.pane.tsne, Qt.MouseButton.LeftButton)
    assert [view.method for view in shown.views] == ["pca", "tsne"]
    assert shown.pane.plot.getPlotItem().getAxis("left").labelText == "t-SNE 2"
    qtbot.mouseClick(shown.pane.pca, Qt.MouseButton.LeftButton)
    assert shown.pane.plot.getPlotItem().getAxis("bottom").labelText.startswith("PC 1 · ")


@pytest.mark.parametrize("axes", [("V", "C"), ("", "")])
def test_rows_have_the_names_of_tokens_also_where_nothing_is_predicted(
    qtbot: QtBot, axes: tuple[str, ...]
) -> None:
    assert FOUND is not None
    values = list(GPT.values)
    values[FOUND.table] = structs.replace(values[FOUND.table], axes=axes)
    labels = {"T": GPT.labels["T"], "vocabulary": LETTERS}
    shown = Shown(
        qtbot, structs.replace(GPT, values=tuple(values), labels=labels, prediction=-1)
    )  # fmt: skip
    for at in (QPoint(1, 1), shown.at(9)):
        qtbot.mouseMove(shown.pane.plot.viewport(), at)
    assert shown.pane.told.text().startswith(f"nearest to “{LETTERS[9]}” by cosine: ")


def test_names_cover_no_other_and_more_are_there_when_nearer(shown: Shown, qtbot: QtBot) -> None:
    plot = shown.pane.plot

    def areas() -> list[QRectF]:
        found = [name.textItem for _, name in plot._names if name.isVisible()]
        scenes = (one.mapRectToScene(one.boundingRect()) for one in found)
        return [one.adjusted(3, 3, -3, -3) for one in scenes]

    far = areas()
    assert 2 < len(far) < len(plot._names)
    assert not any(one.intersects(other) for n, one in enumerate(far) for other in far[:n])
    first = [name.toPlainText() for _, name in plot._names if name.isVisible()][:2]
    assert set(first) == {LETTERS[5], LETTERS[9]}  # those of used rows
    for _ in range(6):
        qtbot.keyClick(plot, Qt.Key.Key_Plus)
    near = areas()
    assert len(near) > len(far)
    assert not any(one.intersects(other) for n, one in enumerate(near) for other in near[:n])
    for side in ("left", "bottom"):
        assert "(x" not in plot.getPlotItem().getAxis(side).labelString()
