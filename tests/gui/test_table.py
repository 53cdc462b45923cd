"""The table of a pass, with real keys and clicks."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from explorer.core.graph import Recording
from explorer.core.quantities import Amounts
from explorer.gui.stepper import Stepper
from explorer.gui.table import Table
from explorer.gui.theme import THEMES
from explorer.picture.listing import COLUMNS, Column, Listing
from explorer.picture.numbers import bytes_text, seconds_text
from explorer.session import intents
from explorer.session.state import AppState, Banner
from tests import recordings
from tests.gui.mouse import double_click
from tests.gui.test_canvas import state

LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key


@pytest.fixture
def gpt() -> Recording:
    return recordings.gpt(layers=2)


@pytest.fixture
def table(qtbot: QtBot, gpt: Recording, tmp_path: Path) -> Table:
    made = Table(THEMES["dark"], 1.0, lambda: str(tmp_path))
    qtbot.addWidget(made)
    made.resize(1300, 400)
    made.show()
    made.render(None, opened(gpt))
    return made


@pytest.fixture
def asked(table: Table) -> list[object]:
    said: list[object] = []
    table.intent.connect(said.append)
    return said


def opened(recording: Recording, **changes: object) -> AppState:
    return replace(state(recording), table=True, **changes)  # type: ignore[arg-type]


def column(table: Table, name: Column) -> list[str]:
    at = COLUMNS.index(name)
    model = table.rows
    return [str(model.data(model.index(row, at))) for row in range(model.rowCount())]


def click_header(qtbot: QtBot, table: Table, name: Column) -> None:
    head = table.grid.horizontalHeader()
    x = head.sectionViewportPosition(COLUMNS.index(name)) + 30
    qtbot.mouseClick(head.viewport(), LEFT, pos=QPoint(x, head.height() // 2))


def click_cell(qtbot: QtBot, table: Table, row: int, name: Column, twice: bool = False) -> None:
    where = table.grid.visualRect(table.rows.index(row, COLUMNS.index(name))).center()
    qtbot.mouseClick(table.grid.viewport(), LEFT, pos=where)
    if twice:
        double_click(table.grid.viewport(), where)


def test_every_op_is_a_row_and_the_cursor_is_selected(table: Table, gpt: Recording) -> None:
    assert column(table, "id") == [event.id for event in gpt.events]
    now = opened(gpt, cursor=7)
    table.render(opened(gpt), now)
    assert table.grid.currentIndex().row() == 7
    assert column(table, "flops") == ["–"] * len(gpt.events)


def test_a_click_on_a_header_sorts_and_another_turns_it(
    table: Table, gpt: Recording, qtbot: QtBot
) -> None:
    click_header(qtbot, table, "time")
    times = [gpt.events[row].seconds for row in table.rows.order]
    assert times == sorted(times, reverse=True)
    click_header(qtbot, table, "time")
    times = [gpt.events[row].seconds for row in table.rows.order]
    assert times == sorted(times)
    click_header(qtbot, table, "op")
    assert column(table, "op") == sorted(column(table, "op"))


def test_sorting_by_keys_keeps_the_row(table: Table, qtbot: QtBot) -> None:
    click_cell(qtbot, table, 3, "id")
    chosen = column(table, "id")[3]
    at = COLUMNS.index("memory")
    for _ in range(at):
        qtbot.keyClick(table.grid, Key.Key_Right)
    qtbot.keyClick(table.grid, Key.Key_S)
    assert table.rows.sorted_by == ("memory", True)
    assert column(table, "id")[table.grid.currentIndex().row()] == chosen
    assert table.grid.currentIndex().column() == at


def test_memory_is_told_with_views_and_without(qtbot: QtBot, gpt: Recording) -> None:
    shared = structs.replace(gpt, bytes=gpt.bytes // 2)  # as if half of the results were views
    table = Table(THEMES["dark"], 1.0, lambda: "")
    qtbot.addWidget(table)
    table.render(None, opened(shared))
    results = sum(shared.values[v].bytes for event in shared.events for v in event.outputs)
    assert f"{bytes_text(results)} of results, views too" in table._foot.text()
    bar = Stepper(THEMES["dark"], 1.0)
    qtbot.addWidget(bar)
    bar.resize(1600, bar.sizeHint().height())
    bar.render(None, opened(shared))
    said = f"{bytes_text(shared.bytes)} activations"
    assert said in table._foot.text()
    assert said in bar._said
    table.filter.setText("linear")
    assert "of results, views too" in table._foot.text()
    assert "activations" not in table._foot.text()  # of a part nobody knows what it shares


def test_filtering_and_the_sums_below(table: Table, gpt: Recording, qtbot: QtBot) -> None:
    qtbot.keyClicks(table.filter, "blocks.1 linear")
    shown = column(table, "id")
    assert shown
    assert all(id.startswith("blocks.1") and "linear" in id for id in shown)
    assert f"{len(shown)} of {len(gpt.events)} ops" in table._foot.text()
    qtbot.keyClicks(table.filter, " nothing")
    assert table.rows.rowCount() == 0
    assert table._nothing.isVisible()
    assert "ops 0 µs" in table._foot.text()
    qtbot.keyClick(table.grid, Key.Key_Return)  # and nothing happens


def test_enter_and_a_double_click_go_to_the_event(
    table: Table, asked: list[object], gpt: Recording, qtbot: QtBot
) -> None:
    click_header(qtbot, table, "time")
    event = int(table.rows.order[2])
    click_cell(qtbot, table, 2, "op")
    qtbot.keyClick(table.grid, Key.Key_Return)
    assert asked == [intents.StepTo(event, reveal=True)]
    click_cell(qtbot, table, 4, "op", twice=True)
    assert asked[1:] == [intents.StepTo(int(table.rows.order[4]), reveal=True)]


def test_modules_and_back(table: Table, asked: list[object], gpt: Recording, qtbot: QtBot) -> None:
    qtbot.mouseClick(table._kinds["modules"], LEFT)
    assert asked == [intents.ChooseRows("modules")]
    now = opened(gpt, rows="modules")
    table.render(opened(gpt), now)
    assert column(table, "id")[0] == "·"
    assert "blocks.0.attn" in column(table, "id")
    seconds = sum(event.seconds for event in gpt.events)
    assert f"ops {seconds_text(seconds)}" in table._foot.text()
    table.filter.setText("no such")
    assert table._nothing.isVisible()
    assert "0 of" in table._foot.text()
    assert "ops 0 µs" in table._foot.text()
    table.filter.clear()
    assert not table._nothing.isVisible()
    row = column(table, "id").index("blocks.1")
    table.grid.setCurrentIndex(table.rows.index(row, 0))
    qtbot.keyClick(table.grid, Key.Key_Return)
    block = next(call for call in gpt.calls if call.module == "blocks.1")
    assert asked[-1] == intents.StepTo(block.first, reveal=True)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_copying_the_selected_rows_or_all(table: Table, gpt: Recording, qtbot: QtBot) -> None:
    click_cell(qtbot, table, 1, "id")
    qtbot.keyClick(table.grid, Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(table.grid, Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    rows = rows_of(QApplication.clipboard().text())
    assert [row["id"] for row in rows] == [gpt.events[1].id, gpt.events[2].id]
    click_cell(qtbot, table, 5, "id")
    button = next(b for b in table.findChildren(QPushButton) if b.text() == "Copy as CSV")
    qtbot.mouseClick(button, LEFT)
    assert len(rows_of(QApplication.clipboard().text())) == len(gpt.events)


def test_saving_and_what_cannot_be_saved(
    table: Table, asked: list[object], gpt: Recording, tmp_path: Path
) -> None:
    table.save(str(tmp_path / "pass.csv"))
    assert len(rows_of((tmp_path / "pass.csv").read_text())) == len(gpt.events)
    assert asked == []
    table.save(str(tmp_path / "no" / "such" / "folder.csv"))
    (report,) = asked
    assert isinstance(report, intents.Report)
    assert "folder.csv" in report.text.format(**report.values)


def test_measuring_from_its_column_and_menu(
    table: Table, asked: list[object], gpt: Recording, qtbot: QtBot
) -> None:
    action = table._measures["flops"]
    assert table.measure.isVisible()
    click_header(qtbot, table, "flops")  # by what there is nothing to sort
    assert table.rows.sorted_by is None
    click_cell(qtbot, table, 0, "time")
    qtbot.keyClick(table.grid, Key.Key_M)  # there is nothing to measure in it
    for _ in range(COLUMNS.index("gradient") - COLUMNS.index("time")):
        qtbot.keyClick(table.grid, Key.Key_Right)
    qtbot.keyClick(table.grid, Key.Key_M)
    table._measures["activation"].trigger()
    asked_for = [one.quantity for one in asked if isinstance(one, intents.MeasureQuantity)]
    assert asked_for == ["flops", "gradient", "activation"]
    assert len(asked) == 3
    n = len(gpt.events)
    now = opened(gpt, amounts={"flops": Amounts(np.arange(n) * 1e6, np.ones(n, int))},
                 tickets={"quantify/activation": 3},
                 unmeasured={"gradient": Banner("model", "No way.")})  # fmt: skip
    table.render(opened(gpt), now)
    assert not action.isVisible()
    assert "0 %" in table.measure.text()
    assert column(table, "flops")[3] == "3.0 M"
    assert not table._measures["activation"].isEnabled()
    assert table._measures["gradient"].toolTip() == "No way."
    assert table.grid.currentIndex().row() == 0  # who walks through it is left where he is


def test_a_closed_table_lists_nothing(qtbot: QtBot, gpt: Recording) -> None:
    made = Table(THEMES["light"], 1.0, lambda: "")
    qtbot.addWidget(made)
    made.render(None, state(gpt))
    assert made.rows.rowCount() == 0


def test_of_fifty_thousand_rows_only_those_in_view_are_written(
    qtbot: QtBot, gpt: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = 50_000 // len(gpt.events) + 1
    many = structs.replace(gpt, events=gpt.events * times)
    made = Table(THEMES["dark"], 1.0, lambda: "")
    qtbot.addWidget(made)
    made.resize(1300, 400)
    made.show()
    asked: list[int] = []
    cell = Listing.cell

    def counted(listing: Listing, row: int, column: Column) -> str:
        asked.append(row)
        return cell(listing, row, column)

    monkeypatch.setattr(Listing, "cell", counted)
    made.render(None, opened(many))
    made.grab()
    click_header(qtbot, made, "memory")
    made.grab()
    assert made.rows.rowCount() >= 50_000
    assert 100 < len(asked) < 5_000
