"""The field above the outline that leaves only the modules one looks for."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QStandardItem
from PySide6.QtWidgets import QLineEdit, QTreeView

from explorer.gui.theme import Theme, font

_FEW = 12  # modules that are seen at once anyway


class Sieve(QLineEdit):
    """Hides the rows of a tree that do not have all that is typed in their paths or kinds, and
    have none in them that does. Down goes to the rows, Escape brings all of them back.

    Signals:
        sifted (): other rows are there now.
    """

    sifted = Signal()

    def __init__(self, theme: Theme, scale: float, tree: QTreeView) -> None:
        super().__init__()
        self._tree = tree
        self._rows: list[tuple[QStandardItem, str]] = []
        self._expanded: set[int] | None = None  # rows that were, before anything was typed
        self.setFont(font(scale, 9.5))
        self.setPlaceholderText(self.tr("Filter…"))
        self.setAccessibleName(self.tr("Filter the modules"))
        self.setStyleSheet(
            f"QLineEdit {{ padding: {round(1 * scale)}px {round(6 * scale)}px; }}"
            f"QLineEdit:!focus {{ background: transparent; border-color: {theme.line}; }}"
        )
        self.setFixedHeight(round(24 * scale))  # whatever script it is in
        self.textChanged.connect(self._sift)

    def fill(self, rows: list[tuple[QStandardItem, str]]) -> None:
        """Take the rows of another model, above before below, with what may be typed of each."""
        self._rows, self._expanded = [], None
        self.clear()
        self._rows = [(item, text.lower()) for item, text in rows]
        self.setVisible(len(rows) > _FEW)

    def _sift(self, typed: str) -> None:
        words = typed.lower().split()
        shown: set[int] = set()
        for item, text in self._rows:
            if all(word in text for word in words):
                above: QStandardItem | None = item
                while above is not None and id(above) not in shown:
                    shown.add(id(above))
                    above = above.parent()
        if words and self._expanded is None:
            self._expanded = {
                n for n, (item, _) in enumerate(self._rows) if self._tree.isExpanded(item.index())
            }
        kept = self._expanded
        for n, (item, _) in enumerate(self._rows):
            index = item.index()
            self._tree.setRowHidden(index.row(), index.parent(), id(item) not in shown)
            if item.hasChildren() and kept is not None:
                self._tree.setExpanded(index, bool(words) or n in kept)
        if not words:
            self._expanded = None
        self.sifted.emit()

    def event(self, event: QEvent) -> bool:
        """Escape is for what is typed here, while there is something."""
        escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if escape and event.type() == QEvent.Type.ShortcutOverride and self.text():
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Down and Enter go to the rows."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._tree.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            super().keyPressEvent(event)
