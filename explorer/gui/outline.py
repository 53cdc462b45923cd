"""The outline: the tree of modules with their parameter counts."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QToolTip,
    QTreeView,
    QVBoxLayout,
)

from explorer.core.graph import ancestry
from explorer.gui.panel import Panel
from explorer.gui.sieve import Sieve
from explorer.gui.theme import Theme, font
from explorer.picture.numbers import count_text
from explorer.session import intents
from explorer.session.state import AppState

_PATH = Qt.ItemDataRole.UserRole


class Outline(Panel):
    """Every module of the model; those that the pass did not call are dim. The one the cursor is
    in is lit; choosing one steps to its first op, or tells why there is none. What the mouse points
    at, or the keys go to, is lit on the map.

    Signals:
        filled (): the modules of another model are in it.
    """

    filled = Signal()

    def __init__(self, theme: Theme, scale: float = 1.0) -> None:
        super().__init__(theme, scale)
        self._state: AppState | None = None
        self._items: dict[str, QStandardItem] = {}
        self._kept: frozenset[str] | None = None  # what is to be open in the next tree
        self._lit = ""
        self._ran: tuple[set[str], set[str]] = (set(), set())  # with an op in the pass, and called
        title = QLabel(self.tr("MODULES"))
        title.setFont(font(scale, 9.0, 500))
        title.setStyleSheet(f"color: {theme.dim}; letter-spacing: 1px;")
        self._model = QStandardItemModel(0, 2, self)
        self._tree = QTreeView()
        self._tree.setModel(self._model)
        self._tree.setHeaderHidden(True)
        self._tree.setRootIsDecorated(True)
        self._tree.setIndentation(self.px(14))
        self._tree.setUniformRowHeights(True)
        self._tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._tree.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._tree.setAllColumnsShowFocus(True)
        self._tree.setExpandsOnDoubleClick(False)
        self._tree.setAccessibleName(self.tr("Modules of the model"))
        self._tree.setStyleSheet(
            f"QTreeView {{ background: transparent; border: 1px solid transparent;"
            f" border-radius: {self.px(4)}px; outline: none; }}"
            f"QTreeView:focus {{ border-color: {theme.accent}; }}"
            f"QTreeView::item {{ padding: {self.px(3)}px 0; }}"
            f"QTreeView::item:hover {{ background: {theme.line}; }}"
            f"QTreeView::item:selected {{ background: {_tint(theme)}; color: {theme.text}; }}"
        )
        header = self._tree.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(self.px(20))
        self._tree.clicked.connect(self._choose)
        self._tree.activated.connect(self._choose)
        self._tree.setMouseTracking(True)
        self._tree.entered.connect(self._point)
        self._tree.viewportEntered.connect(lambda: self._point(QModelIndex()))
        for part in (self._tree, self._tree.viewport()):
            part.installEventFilter(self)
        self._sieve = Sieve(theme, scale, self._tree)
        self._sieve.sifted.connect(self.filled)
        top = QHBoxLayout()
        top.setContentsMargins(0, 0, self.px(4), 0)
        top.addWidget(title)
        top.addWidget(self._sieve, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(self.px(12), self.px(8), self.px(8), self.px(8))
        column.setSpacing(self.px(6))
        column.addLayout(top)
        column.addWidget(self._tree, 1)
        self.setFocusProxy(self._tree)

    @property
    def opened(self) -> frozenset[str] | None:
        """The modules whose parts are in the tree, None before it has any."""
        if not self._items:
            return None
        shown = (path for path, item in self._items.items() if self._tree.isExpanded(item.index()))
        return frozenset(shown)

    def open_again(self, opened: frozenset[str] | None) -> None:
        """Once the tree is filled, show the parts of these modules; None for the usual ones."""
        self._kept = opened

    def collapse(self) -> None:
        """Show only the outermost modules."""
        self._tree.collapseAll()
        self.filled.emit()

    def expand(self) -> None:
        """Show all modules."""
        self._tree.expandAll()
        self.filled.emit()

    def needed(self) -> int:
        """The height at which all rows that are open now are in view."""
        margins, count = self.contentsMargins(), 0
        index = self._model.index(0, 0)
        while index.isValid():
            index, count = self._tree.indexBelow(index), count + 1
        if not count:
            return self.minimumSizeHint().height()
        row = self._tree.rowHeight(self._model.index(0, 0))
        around = self.height() - self._tree.viewport().height()
        return count * row + max(around, margins.top() + margins.bottom())

    def sizeHint(self) -> QSize:
        """Room for a dozen modules."""
        return QSize(self.px(240), self.px(380))

    def render(self, old: AppState | None, new: AppState) -> None:
        """Fill the tree for a new model; light the module of the cursor."""
        before, self._state = self._state, new
        if before is None or before.model is not new.model:
            self._fill(new)
        if new.recording is not None and (
            before is None or before.model is not new.model or before.recording is not new.recording
        ):
            self._mark(new)
        if new.recording is not None and (
            before is None
            or before.model is not new.model
            or (before.recording, before.cursor, before.open)
            != (new.recording, new.cursor, new.open)
        ):
            self._light(new)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Nothing is pointed at once mouse or keyboard are elsewhere; keys point as they go."""
        if event.type() in (QEvent.Type.Leave, QEvent.Type.FocusOut):
            self._point(QModelIndex())
        elif event.type() == QEvent.Type.KeyRelease and watched is self._tree:
            self._point(self._tree.currentIndex())
        return False

    def _point(self, index: QModelIndex) -> None:
        """Let the module of a row be lit on the map."""
        path = index.siblingAtColumn(0).data(_PATH) if index.isValid() else ""
        if self._state is not None and path != self._state.pointed:
            self.intent.emit(intents.PointAt(path))

    def _fill(self, state: AppState) -> None:
        self._model.clear()
        self._items = {}
        self._lit = ""
        self._ran = (set(), set())
        if state.model is None:
            return
        for module in state.model.modules:
            if not module.path:
                continue
            above, _, name = module.path.rpartition(".")
            named = name if not name.isdigit() else f"{name} · {module.kind}"
            label = QStandardItem(named)
            label.setData(module.path, _PATH)
            label.setToolTip(f"{module.path} · {module.kind}")
            count = QStandardItem(count_text(module.parameters) if module.parameters else "")
            count.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            count.setForeground(QColor(self.theme.dim))
            parent = self._items.get(above, self._model.invisibleRootItem())
            parent.appendRow([label, count])
            self._items[module.path] = label
        self._model.setColumnCount(2)
        header = self._tree.header()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        small = len(self._items) <= 24
        if self._kept is None:
            self._tree.expandToDepth(5 if small else 0)
        for path in self._kept or ():
            if path in self._items:
                self._tree.expand(self._items[path].index())
        self._kept = None
        self._sieve.fill([(item, item.toolTip()) for item in self._items.values()])
        self.filled.emit()

    def _mark(self, state: AppState) -> None:
        """Dim what has no op in the pass, and tell why."""
        assert state.recording is not None
        ran = _with_above(c.module for c in state.recording.calls if c.last >= c.first)
        called = _with_above(c.module for c in state.recording.calls)
        if self._ran == (ran, called):
            return
        self._ran = (ran, called)
        dim, text = self.theme.color("dim", 0.62), self.theme.color("text")
        for path, label in self._items.items():
            said = label.toolTip().partition("\n")[0]
            why = self._why_nothing(path)
            label.setForeground(dim if why else text)
            label.setToolTip(f"{said}\n{why}" if why else said)

    def _why_nothing(self, path: str) -> str:
        """Why there is no op of a module, or in it, in the pass; ``""`` if there is one."""
        ran, called = self._ran
        if path in ran:
            return ""
        if path in called:
            return self.tr("It was called, and computed nothing.")
        return self.tr("It was not called in this pass.")

    def _light(self, state: AppState) -> None:
        """Select the module that the cursor is in, as far as its box is open."""
        recording = state.recording
        assert recording is not None
        if not recording.events:
            return
        path = ""
        for call in ancestry(recording, recording.events[state.cursor].call):
            path = recording.calls[call].module
            if call not in state.open:
                break
        item = self._items.get(path)
        self._lit = path
        selection = self._tree.selectionModel()
        if item is None:
            selection.clearSelection()
            return
        index = item.index()
        flags = QItemSelectionModel.SelectionFlag
        self._tree.scrollTo(index)
        selection.setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    def _choose(self, index: QModelIndex) -> None:
        """Step to the first op of a module; of one that is never called, of what is in it."""
        recording = self._state.recording if self._state else None
        path = index.siblingAtColumn(0).data(_PATH)
        if recording is None or path == self._lit:
            return
        for call in recording.calls:
            inside = call.module == path or call.module.startswith(f"{path}.")
            if inside and call.last >= call.first:
                self.intent.emit(intents.StepTo(call.first, reveal=True))
                return
        place = self._tree.visualRect(index.siblingAtColumn(0)).bottomLeft()
        spot = self._tree.viewport().mapToGlobal(place)
        QToolTip.showText(spot, self._why_nothing(path), self._tree)


def _with_above(modules: Iterable[str]) -> set[str]:
    """The paths, and those of all that they are in."""
    found: set[str] = set()
    for path in modules:
        while path and path not in found:
            found.add(path)
            path = path.rpartition(".")[0]
    return found


def _tint(theme: Theme) -> str:
    """The selection's background: a quiet mix of accent and panel."""
    accent, panel = theme.color("accent"), theme.color("panel")
    mixed = QColor(
        round(0.28 * accent.red() + 0.72 * panel.red()),
        round(0.28 * accent.green() + 0.72 * panel.green()),
        round(0.28 * accent.blue() + 0.72 * panel.blue()),
    )
    return mixed.name()
