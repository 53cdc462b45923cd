"""`Terms`: what was added up to a number, the largest first; every cell is a way on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
)

from explorer.core.explanation import Cell, Explanation, written
from explorer.core.graph import Recording
from explorer.gui.theme import Theme, mono
from explorer.picture.derivation import Row, cell_name, index_text, places, rows
from explorer.picture.state_names import state_name

_SHARE = Qt.ItemDataRole.UserRole
_CELL = Qt.ItemDataRole.UserRole + 1
_OPENS = Qt.ItemDataRole.UserRole + 2


class Terms(QTableWidget):
    """The terms of a sum: value, numbers, and the cells that they are.

    Signals:
        walked (object): the `Cell` that somebody wants to go on to.
        opened (int): the event to open, for a cell that is inside of it.
    """

    walked = Signal(object)
    opened = Signal(int)
    own_keys = frozenset({Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Right})

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(0, 2)
        self._theme = theme
        self.setFont(mono(scale, 9))
        self.setAccessibleName(self.tr("What was added up"))
        self.setFrameShape(QTableWidget.Shape.NoFrame)
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(round(22 * scale))
        self.verticalHeader().setMinimumSectionSize(1)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setMinimumSectionSize(round(40 * scale))
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.setItemDelegateForColumn(0, _Bars(theme, self))
        self.setStyleSheet(
            f"QTableWidget {{ background: transparent; selection-background-color: {theme.raised};"
            f" selection-color: {theme.text}; }}"
            f"QTableWidget::item {{ padding: 0 {round(3 * scale)}px; }}"
            f"QTableWidget::item:selected:focus {{ background: {theme.accent};"
            f" color: {theme.accent_text}; }}"
            f"QHeaderView, QHeaderView::section {{ background: transparent; border: none;"
            f" color: {theme.dim}; font-size: {9 * scale:.2f}pt;"
            f" padding: {round(2 * scale)}px {round(3 * scale)}px; }}"
        )
        self.cellClicked.connect(self._walk)

    def show_terms(self, recording: Recording, told: Explanation) -> None:
        """Those of an explanation, if there are any; there is a column for every cell that most of
        them are made of. What others are made of, such as a bias, is in the first ones, and named
        there, as all are in a column of this and that."""
        found = rows(told)
        self.setVisible(bool(found))
        symbols = _columns(found)
        self.setUpdatesEnabled(False)
        self.clear()
        self.setRowCount(len(found))
        self.setColumnCount(2 + len(symbols))
        self.setHorizontalHeaderLabels(
            [
                self.tr("term"),
                *(symbol or self.tr("from") for symbol in symbols),
                self.tr("numbers"),
            ]
        )
        self.clearSpans()
        for at, row in enumerate(found):
            value = QTableWidgetItem(row.value)
            value.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            value.setData(_SHARE, row.share)
            self.setItem(at, 0, value)
            if row.title or row.count:
                said = row.title or self.tr("{count} more").format(count=f"{row.count:,}")
                item = QTableWidgetItem(said)
                item.setForeground(self._theme.color("text" if row.title else "dim"))
                self.setItem(at, 1, item)
                if symbols:
                    self.setSpan(at, 1, 1, 1 + len(symbols))
                continue
            own = {cell.symbol for cell in row.cells}
            free = [n for n, symbol in enumerate(symbols) if symbol not in own]
            columns = {symbol: n for n, symbol in enumerate(symbols)}
            for cell in row.cells:
                symbol = "" if cell.symbol in symbols else cell.symbol
                if cell.symbol not in columns:
                    columns[cell.symbol] = free.pop(0)
                item = self._item(recording, told.ref, cell, symbol)
                self.setItem(at, 1 + columns[cell.symbol], item)
            numbers = QTableWidgetItem(row.numbers)
            numbers.setToolTip(row.numbers)
            self.setItem(at, 1 + len(symbols), numbers)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1 + len(symbols), QHeaderView.ResizeMode.Stretch)
        self.setUpdatesEnabled(True)

    @property
    def wanted(self) -> int:
        """Pixels of width at which every number can be read."""
        columns = sum(
            max(self.sizeHintForColumn(n), self.horizontalHeader().sectionSizeHint(n))
            for n in range(self.columnCount())
        )
        return columns + self.verticalScrollBar().sizeHint().width() + 2 * self.frameWidth()

    def _item(self, recording: Recording, made: int, cell: Cell, named: str) -> QTableWidgetItem:
        """The cell in a term of value ``made``, by its name."""
        if cell.ref < 0:
            return self._inside(recording, recording.values[made].writer)
        name = cell_name(recording, cell.ref, cell.index)
        state = state_name(recording, cell.ref)
        text = f"{named} = {state}" if named and state else f"{state or named}"
        item = QTableWidgetItem(f"{text}{index_text(cell.index)}" or name)
        item.setForeground(self._theme.color("accent"))
        item.setData(_CELL, cell)
        where = ", ".join(places(recording, cell.ref, cell.index))
        item.setToolTip(
            self.tr("{cell} = {number}\n{where}\nClick to see how it came to be.").format(
                cell=name, number=written(cell.value), where=where
            )
        )
        return item

    def _inside(self, recording: Recording, event: int) -> QTableWidgetItem:
        """A cell that no op of the recording made: it is inside of ``event``."""
        if event < 0 or not recording.events[event].opens:
            item = QTableWidgetItem(self.tr("inside"))
            item.setForeground(self._theme.color("dim"))
            return item
        item = QTableWidgetItem(self.tr("inside ▸"))
        item.setForeground(self._theme.color("accent"))
        item.setData(_OPENS, event)
        item.setToolTip(self.tr("It is inside of the op: click to open that."))
        return item

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on to a cell of the row."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._walk(self.currentRow(), self.currentColumn())
            return
        super().keyPressEvent(event)

    def _walk(self, row: int, column: int) -> None:
        """To the cell that was clicked; from the numbers to the first of them. One that is inside
        of a closed op opens it."""
        if row < 0:
            return
        those = (self.item(row, at) for at in (column, *range(1, self.columnCount())))
        for item in (item for item in those if item is not None):
            for role, signal in ((_CELL, self.walked), (_OPENS, self.opened)):
                if (found := item.data(role)) is not None:
                    signal.emit(found)
                    return


def _columns(found: Sequence[Row]) -> list[str]:
    """The symbols of the cells of the row that has most of them; "" for one that few others have,
    as in a + b, where each row is of another."""
    each = [list(dict.fromkeys(cell.symbol for cell in row.cells)) for row in found]
    each = [symbols for symbols in each if symbols]
    symbols = max(each, key=len, default=[])
    count = {symbol: sum(symbol in one for one in each) for symbol in symbols}
    return [symbol if 2 * count[symbol] > len(each) else "" for symbol in symbols]


class _Bars(QStyledItemDelegate):
    """A bar behind a number, as long as its share: red above zero, blue below."""

    def __init__(self, theme: Theme, parent: QTableWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex,
    ) -> None:
        share = index.data(_SHARE)
        if share:
            where = QRectF(option.rect).adjusted(2, 3, -2, -3)
            long = where.width() * abs(share)
            where.setLeft(where.right() - long)
            role = "positive" if share > 0 else "negative"
            painter.fillRect(where, self._theme.color(role, 0.35))
        super().paint(painter, option, index)
