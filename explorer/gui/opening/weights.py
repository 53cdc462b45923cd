"""`WeightsPage`: a file of tensors, to be put into the model that is open."""

from __future__ import annotations

from math import prod

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QVBoxLayout, QWidget

from explorer.core.sources import WeightsFile
from explorer.gui.opening.page import Page
from explorer.gui.tensorform import shape_text
from explorer.gui.theme import Theme, mono
from explorer.picture.numbers import count_text
from explorer.session.intents import Intent, PutWeights

_Index = QModelIndex | QPersistentModelIndex


class WeightsPage(Page):
    """What is in the file, and which model it goes into; ``title`` is empty if none is open."""

    def __init__(self, theme: Theme, scale: float, found: WeightsFile, title: str) -> None:
        super().__init__(theme, scale)
        self._found = found
        self.breadth = 760
        self.heading = found.path.replace("\\", "/").rpartition("/")[2]
        tensors = (
            self.tr("{count} tensors") if len(found.tensors) != 1 else self.tr("{count} tensor")
        )
        numbers = sum(prod(shape) for _, shape, _ in found.tensors)
        self.facts = [
            self.tr("Weights"),
            tensors.format(count=f"{len(found.tensors):,}"),
            self.tr("{count} numbers").format(count=count_text(numbers)),
        ]
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.px(10))
        if title:
            self.verb = self.tr("Put into {title}").format(title=_short(title))
            said = self.tr(
                "The tensors go into “{title}”, which is open. Names and shapes must be those of "
                "the model; if they are not, it stays as it is and you are told which differ."
            ).format(title=title)
        else:
            self.refusal = self.tr("Close")
            said = self.tr(
                "These are weights without a model. Open the model that they belong to first (its "
                "Python file, its folder, or a preset), then this file again."
            )
        column.addWidget(self.words(said, "dim" if title else "text"))
        table = QTableView()
        table.setObjectName("tensors")
        table.setModel(_Tensors(self, found.tensors))
        table.setFont(mono(scale, 9))
        table.setAccessibleName(self.tr("Tensors of the file"))
        table.setShowGrid(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(self.px(23))
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.setStyleSheet(
            f"QTableView {{ background: {theme.background}; border: 1px solid {theme.line};"
            f" border-radius: 6px; }}"
            f"QHeaderView::section {{ background: {theme.background}; color: {theme.dim};"
            f" border: none; border-bottom: 1px solid {theme.line}; padding: 4px 8px; }}"
        )
        head = table.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setHighlightSections(False)
        head.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        head.setSectionResizeMode(1, QHeaderView.ResizeMode.Interactive)
        head.setSectionResizeMode(2, QHeaderView.ResizeMode.Interactive)
        table.setColumnWidth(1, self.px(170))
        table.setColumnWidth(2, self.px(100))
        column.addWidget(table, 1)

    def choose(self) -> Intent | None:
        """Put them in."""
        return PutWeights(self._found.path)


class _Tensors(QAbstractTableModel):
    """Name, shape and type of every tensor; a file may have thousands."""

    def __init__(
        self, parent: QWidget, tensors: tuple[tuple[str, tuple[int, ...], str], ...]
    ) -> None:
        super().__init__(parent)
        self._tensors = tensors
        self._heads = (parent.tr("name"), parent.tr("shape"), parent.tr("type"))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """One row a tensor."""
        return 0 if parent.isValid() else len(self._tensors)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        """Name, shape, type."""
        return 0 if parent.isValid() else 3

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The words of a cell."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        name, shape, dtype = self._tensors[index.row()]
        return (name, shape_text(shape), dtype)[index.column()]

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        """The heads of the columns."""
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        return self._heads[section]


def _short(title: str) -> str:
    return title if len(title) <= 32 else f"{title[:31]}…"
