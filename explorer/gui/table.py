"""The table of the pass: ops or modules with what they cost and gave, to sort, filter, copy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QTableView,
    QToolButton,
    QVBoxLayout,
)

from explorer.core.problem import phrase
from explorer.core.quantities import MEASURABLE, Amounts
from explorer.gui.banner import PHRASES
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme, font
from explorer.picture.listing import COLUMNS, TEXTS, TITLES, Column, Listing
from explorer.picture.numbers import bytes_text, count_text
from explorer.picture.overlay import written
from explorer.session import intents
from explorer.session.state import AppState

_WIDTHS: dict[Column, int] = {
    "id": 230, "op": 120, "module": 150, "shape": 190, "dtype": 80, "device": 70, "time": 84,
    "memory": 84, "parameters": 96, "flops": 84, "activation": 126, "gradient": 116,
}  # fmt: skip
_OWN_KEYS = {  # of the table, while it has the focus, though they step elsewhere
    Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown, Qt.Key.Key_Escape, Qt.Key.Key_S, Qt.Key.Key_M, Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
}  # fmt: skip
_UNWRITABLE = phrase("{path} cannot be written: {error}.")
_Index = QModelIndex | QPersistentModelIndex


class Rows(QAbstractTableModel):
    """What of a `Listing` is shown, in which order. Cells are written when they are looked at."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.listing: Listing | None = None
        self.order = np.arange(0)
        self.words = ""
        self.sorted_by: tuple[Column, bool] | None = None  # and whether from the largest on

    def show_listing(self, listing: Listing) -> None:
        """Another one, filtered and sorted as before."""
        self.listing = listing
        self._arrange()

    def filter(self, words: str) -> None:
        """Only rows with these words in them."""
        self.words = words
        self._arrange()

    def sort_by(self, column: Column) -> None:
        """By a column; once more turns it round. Numbers begin with the largest."""
        before = self.sorted_by
        largest = column not in TEXTS
        if before is not None and before[0] == column:
            largest = not before[1]
        self.sorted_by = (column, largest)
        self._arrange()

    def _arrange(self) -> None:
        if self.listing is None:
            return
        self.beginResetModel()
        self.order = self.listing.matching(self.words)
        if self.sorted_by is not None:
            self.order = self.listing.ordered(self.order, *self.sorted_by)
        self.endResetModel()

    def place(self, row: int) -> int:
        """Where a row of the listing is shown, -1 if it is not."""
        found = np.flatnonzero(self.order == row)
        return int(found[0]) if found.size else -1

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """How many are shown."""
        return 0 if parent.isValid() else len(self.order)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """All columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell; what is not known is a dash."""
        if self.listing is None or not index.isValid():
            return None
        column = COLUMNS[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if column in TEXTS else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        if role not in (
            Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.ForegroundRole
        ):  # fmt: skip
            return None
        said = self.listing.cell(int(self.order[index.row()]), column)
        if role == Qt.ItemDataRole.ForegroundRole:
            return None if said else self._theme.color("dim")
        return said or ("" if column in TEXTS else "–")

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """The names of the columns, with an arrow at the one sorted by."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if column in TEXTS else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        name = _say(TITLES[column])
        if column == "op" and self.listing is not None and self.listing.rows == "modules":
            name = QCoreApplication.translate("Table", "Class")
        if self.sorted_by is None or self.sorted_by[0] != column:
            return name
        return f"{name} ▼" if self.sorted_by[1] else f"{name} ▲"


class Grid(QTableView):
    """The cells. Enter goes to a row, S sorts by the column under the cursor, M measures it.

    Signals:
        pressed_key (str): ``go``, ``sort``, ``measure``, ``copy`` or ``leave`` was asked for.
    """

    pressed_key = Signal(str)

    def event(self, event: QEvent) -> bool:
        """Keys that step through the pass elsewhere move in the table here."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if (plain and event.key() in _OWN_KEYS) or _copies(event):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ours first."""
        does = {
            Qt.Key.Key_Return: "go", Qt.Key.Key_Enter: "go", Qt.Key.Key_S: "sort",
            Qt.Key.Key_M: "measure", Qt.Key.Key_Escape: "leave",
        }.get(Qt.Key(event.key()))  # fmt: skip
        if _copies(event):
            self.pressed_key.emit("copy")
        elif does is not None and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self.pressed_key.emit(does)
        else:
            super().keyPressEvent(event)


class Table(Panel):
    """Ops or modules below the map. A double click or Enter goes to a row on the map; Ctrl+C
    copies the selected rows, or all, as CSV."""

    def __init__(self, theme: Theme, scale: float, folder: Callable[[], str]) -> None:
        super().__init__(theme, scale)
        self._folder = folder  # where files are saved first
        self._shows: tuple[object, ...] = ()
        self.rows = Rows(theme)
        self.setObjectName("table")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet(
            f"#table {{ background: {theme.panel}; border-top: 1px solid {theme.line}; }}"
            f"QTableView {{ background: {theme.panel}; alternate-background-color:"
            f" {theme.background}; border: none; selection-background-color: {theme.accent};"
            f" selection-color: {theme.accent_text}; gridline-color: {theme.line}; }}"
            f"QTableView::item {{ padding: 0 {self.px(6)}px; }}"
            f"QTableView::item:selected {{ background: {theme.accent};"
            f" color: {theme.accent_text}; }}"
            f"QTableView::item:selected:focus {{ border: 2px solid {theme.accent_text};"
            f" background: {theme.accent}; color: {theme.accent_text};"
            f" padding: 0 {self.px(6) - 2}px; }}"
            f"QHeaderView {{ background: {theme.raised}; border: none; }}"
            f"QHeaderView::section {{ font-size: {9.5 * scale:.2f}pt; background: {theme.raised};"
            f" color: {theme.dim};"
            f" border: none; border-bottom: 1px solid {theme.line};"
            f" padding: {self.px(4)}px {self.px(6) + 3}px; }}"
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._make_bar())
        self.grid = Grid()
        self.grid.setModel(self.rows)
        self.grid.setFrameShape(QFrame.Shape.NoFrame)
        self.grid.setAccessibleName(self.tr("Table of the pass"))
        self.grid.setFont(font(scale, 9.5))
        self.grid.setAlternatingRowColors(True)
        self.grid.setShowGrid(False)
        self.grid.setWordWrap(False)
        self.grid.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.grid.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.grid.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.grid.verticalHeader().hide()
        self.grid.verticalHeader().setDefaultSectionSize(self.px(24))
        self.grid.verticalHeader().setMinimumSectionSize(1)
        head = self.grid.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionsClickable(True)
        head.sectionClicked.connect(self._sort)
        for n, name in enumerate(COLUMNS):
            self.grid.setColumnWidth(n, self.px(_WIDTHS[name]))
        self.grid.doubleClicked.connect(lambda _: self._go())
        self.grid.pressed_key.connect(self._do)
        self._nothing = QLabel(self.tr("Nothing found."))
        self._nothing.setFont(font(scale, 10))
        self._nothing.setStyleSheet(f"color: {theme.dim};")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.hide()
        QVBoxLayout(self.grid.viewport()).addWidget(self._nothing)
        column.addWidget(self.grid, 1)
        self._foot = QLabel()
        self._foot.setFont(font(scale, 9.5))
        self._foot.setStyleSheet(
            f"color: {theme.dim}; border-top: 1px solid {theme.line};"
            f" padding: {self.px(3)}px {self.px(12)}px;"
        )
        self._foot.setToolTip(
            "\n".join(
                (
                    self.tr(
                        "The time of the ops alone: forward takes longer by what is between them."
                    ),
                    self.tr(
                        "Results: the sizes of all of them, views too. Activations: the memory "
                        "that they take, in which what is shared counts once."
                    ),
                )
            )
        )
        column.addWidget(self._foot)
        self.setMinimumHeight(self.px(150))

    def _make_bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setContentsMargins(self.px(10), self.px(6), self.px(10), self.px(6))
        bar.setSpacing(self.px(6))
        kinds: tuple[tuple[intents.Rows, str], ...] = (
            ("ops", self.tr("Ops")), ("modules", self.tr("Modules"))
        )  # fmt: skip
        group = QButtonGroup(self)
        self._kinds: dict[str, QPushButton] = {}
        for kind, name in kinds:
            button = self._button(name)
            button.setCheckable(True)
            button.clicked.connect(
                lambda _=False, kind=kind: self.intent.emit(intents.ChooseRows(kind))
            )
            group.addButton(button)
            bar.addWidget(button)
            self._kinds[kind] = button
        self.filter = QLineEdit()
        self.filter.setFont(font(self.scale, 9.5))
        self.filter.setPlaceholderText(self.tr("Filter: conv blocks.3 float16…"))
        self.filter.setAccessibleName(self.tr("Show only rows with these words"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setMinimumWidth(self.px(70))
        self.filter.setMaximumWidth(self.px(320))
        self.filter.textChanged.connect(self._filter)
        bar.addWidget(self.filter, 1)
        self.measure = QToolButton()
        self.measure.setFont(font(self.scale, 9.5))
        self.measure.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.measure.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.measure.setToolTip(self.tr("What the recording does not say (M in its column)"))
        menu = QMenu(self.measure)
        menu.setToolTipsVisible(True)
        self.measure.setMenu(menu)
        names = {
            "flops": self.tr("FLOPs"),
            "activation": self.tr("Mean |activation|"),
            "gradient": self.tr("Gradient norm"),
        }
        self._measures: dict[str, QAction] = {}
        for quantity in MEASURABLE.values():
            action = menu.addAction(names[quantity])
            action.triggered.connect(
                lambda _=False, quantity=quantity: self.intent.emit(
                    intents.MeasureQuantity(quantity)
                )
            )
            self._measures[quantity] = action
        bar.addWidget(self.measure)
        bar.addStretch(1)
        copy = self._button(self.tr("Copy as CSV"))
        copy.setToolTip(self.tr("All rows, or those selected (in the table Ctrl+C)"))
        copy.clicked.connect(lambda: self._copy())
        save = self._button(self.tr("Save as CSV…"))
        save.clicked.connect(lambda: self._save())
        close = QToolButton()
        close.setText("✕")
        close.setFont(font(self.scale, 9.5))
        close.setToolTip(self.tr("Close the table (Ctrl+B)"))
        close.setAccessibleName(self.tr("Close the table"))
        close.clicked.connect(lambda: self.intent.emit(intents.ToggleTable()))
        for part in (copy, save, close):
            bar.addWidget(part)
        return bar

    def _button(self, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setFont(font(self.scale, 9.5))
        return button

    # ------------------------------------------------------------------ state

    def render(self, old: AppState | None, new: AppState) -> None:
        """Nothing is listed while the table is closed."""
        recording = new.recording
        if not new.table or recording is None:
            return
        self._kinds[new.rows].setChecked(True)
        self._show_measures(new)
        whole = {
            name: amounts
            for name, amounts in new.amounts.items()
            if len(amounts.values) == len(recording.events)
        }
        shows = (recording, new.rows, *map(whole.get, MEASURABLE))
        if not _same(shows, self._shows):
            kept = self.grid.hasFocus() and self._shows[1:2] == shows[1:2]
            chosen = self._chosen() if kept else []
            self._shows = shows
            self.rows.show_listing(Listing(recording, new.rows, whole))
            self._count()
            if chosen and chosen[0] < len(recording.events):
                self._stay(chosen[0])
            else:
                self._follow(new)
        elif (old is None or old.cursor != new.cursor) and not self.grid.hasFocus():
            self._follow(new)  # unless somebody walks through the table

    def take_focus(self) -> None:
        """The arrow keys move in the table."""
        self.grid.setFocus()

    def _show_measures(self, state: AppState) -> None:
        """Offer what nobody measured yet, and say why what cannot be measured cannot."""
        count = 0 if state.recording is None else len(state.recording.events)
        shares = []
        for name, action in self._measures.items():
            there: Amounts | None = state.amounts.get(name)
            done = 0 if there is None else len(there.values)
            why = state.unmeasured.get(name)
            waits = f"quantify/{name}" in state.tickets
            if waits:
                shares.append(done / max(1, count))
            action.setVisible(done < count)
            action.setEnabled(why is None and not waits)
            action.setToolTip("" if why is None else _say(why.text).format(**why.values))
        if shares:
            percent = round(100 * sum(shares) / len(shares))
            self.measure.setText(self.tr("Measuring {percent} %").format(percent=percent))
        else:
            self.measure.setText(self.tr("Measure…"))
        self.measure.setVisible(any(action.isVisible() for action in self._measures.values()))

    def _follow(self, state: AppState) -> None:
        """Select the row of the cursor."""
        listing = self.rows.listing
        if listing is None or not len(listing):
            return
        place = self.rows.place(listing.row_of(state.cursor))
        if place >= 0:
            self.grid.selectRow(place)
            self.grid.scrollTo(self.rows.index(place, 0))

    def _stay(self, row: int, column: int = -1) -> None:
        """Keep a row of the listing under the table's own cursor, wherever it went."""
        place = max(0, self.rows.place(row))
        column = self.grid.currentIndex().column() if column < 0 else column
        if len(self.rows.order):
            self.grid.setCurrentIndex(self.rows.index(place, max(0, column)))

    def _count(self) -> None:
        """How many rows there are, and what they sum up to."""
        listing, order = self.rows.listing, self.rows.order
        if listing is None:
            return
        self._nothing.setVisible(not len(order))
        ops = listing
        said = self.tr("{count} of {all} ops")
        if listing.rows == "modules":
            ops = Listing(listing.recording, "ops", listing.amounts)
            said = self.tr("{count} of {all} modules")
        over = listing.events(order)
        parts = [said.format(count=count_text(len(order)), all=count_text(len(listing)))]
        sums = (
            ("time", self.tr("ops {sum}")),
            ("memory", self.tr("{sum} of results, views too")),
            ("parameters", self.tr("{sum} parameters")),
            ("flops", self.tr("{sum} FLOPs")),
        )
        for name, text in sums:
            total = ops.total(name, over)  # type: ignore[arg-type]
            if total is not None:
                parts.append(text.format(sum=written(name, total)))  # type: ignore[arg-type]
            if name == "memory" and len(order) == len(listing):
                size = bytes_text(listing.recording.bytes)
                parts.append(self.tr("{size} activations").format(size=size))
        self._foot.setText("  ·  ".join(parts))

    # ------------------------------------------------------------------ doing

    def _do(self, what: str) -> None:
        does = {
            "go": self._go, "copy": lambda: self._copy(1),
            "leave": lambda: self.intent.emit(intents.ToggleTable()),
            "sort": lambda: self._sort(self.grid.currentIndex().column()),
            "measure": lambda: self._measure(self.grid.currentIndex().column()),
        }  # fmt: skip
        does[what]()

    def _sort(self, section: int) -> None:
        """By a column; one that has no numbers yet is measured."""
        listing = self.rows.listing
        if section < 0 or listing is None:
            return
        name = COLUMNS[section]
        if name in MEASURABLE and listing.numbers(MEASURABLE[name]) is None:
            self._measure(section)
            return
        chosen = self._chosen()
        self.rows.sort_by(COLUMNS[section])
        self._stay(chosen[0] if len(chosen) == 1 else -1, section)

    def _filter(self, words: str) -> None:
        self.rows.filter(words)
        self._count()

    def _chosen(self) -> list[int]:
        """The selected rows of the listing, as they are shown."""
        places = sorted(index.row() for index in self.grid.selectionModel().selectedRows())
        return [int(self.rows.order[place]) for place in places]

    def _go(self) -> None:
        listing, place = self.rows.listing, self.grid.currentIndex().row()
        if listing is not None and place >= 0:
            event = listing.event(int(self.rows.order[place]))
            self.intent.emit(intents.StepTo(event, reveal=True))

    def _measure(self, section: int) -> None:
        name = COLUMNS[max(0, section)]
        if name in MEASURABLE:
            self.intent.emit(intents.MeasureQuantity(MEASURABLE[name]))

    def _csv(self, least: int = 2) -> str:
        """The selected rows, if there are at least so many, or all: that of the cursor is always
        selected."""
        chosen = self._chosen()
        listing = self.rows.listing
        if listing is None:
            return ""
        return listing.csv(chosen if len(chosen) >= least else self.rows.order.tolist())

    def _copy(self, least: int = 2) -> None:
        QGuiApplication.clipboard().setText(self._csv(least))

    def _save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self.window(), self.tr("Save as CSV"), str(Path(self._folder()) / "pass.csv"),
            "CSV (*.csv)",
        )  # fmt: skip
        if path:
            self.save(path)

    def save(self, path: str) -> None:
        """Write the rows to a file; say so if that cannot be done."""
        try:
            Path(path).write_text(self._csv(), encoding="utf-8", newline="")
        except OSError as error:
            said = {"path": path, "error": error.strerror or str(error)}
            self.intent.emit(intents.Report("disk", _UNWRITABLE, "", said))


def _same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return len(one) == len(other) and all(a is b for a, b in zip(one, other, strict=True))


def _copies(event: QKeyEvent) -> bool:
    control = event.modifiers() == Qt.KeyboardModifier.ControlModifier
    return control and event.key() == Qt.Key.Key_C


def _say(text: str) -> str:
    return QCoreApplication.translate(PHRASES, text)
