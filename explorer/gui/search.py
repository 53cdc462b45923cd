"""The search field: modules, ops, presets and commands by part of their names."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QSortFilterProxyModel, Qt
from PySide6.QtGui import QKeyEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QLabel, QLineEdit, QSizePolicy

from explorer.gui.theme import Theme

_FINDS = 480  # pixels: the list of what is found
_FINDS_EDGE = 3  # pixels around its rows, inside of its border


class SearchField(QLineEdit):
    """Offers what was given to `offer` while somebody types, and does what is chosen."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._scale = scale
        self._found: dict[str, Callable[[], None]] = {}
        self._armed = False

        def px(pixels: float) -> int:
            return round(pixels * scale)

        self.setAccessibleName(self.tr("Find a layer, op or command"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._nothing = QLabel()  # below the field, where the finds would be
        self._nothing.setObjectName("nothing")
        self._nothing.setStyleSheet(
            f"#nothing {{ background: {theme.raised}; border: 1px solid {theme.line};"
            f" color: {theme.dim}; padding: {px(6)}px {px(10)}px; }}"
        )
        self._nothing.setTextFormat(Qt.TextFormat.PlainText)
        self._nothing.hide()
        self._model_of_search = QStandardItemModel(self)
        completer = QCompleter(self._model_of_search, self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setMaxVisibleItems(14)
        popup = completer.popup()
        assert popup is not None
        popup.setMinimumWidth(px(_FINDS))  # the field itself may be narrow
        popup.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        popup.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        popup.setStyleSheet(
            f"QListView {{ background: {theme.raised}; border: 1px solid {theme.dim};"
            f" padding: {px(_FINDS_EDGE)}px; }}"
        )
        popup.installEventFilter(self)
        completer.activated.connect(self._go)
        self.setCompleter(completer)
        self.installEventFilter(self)
        self.textEdited.connect(self._arm)
        self.textChanged.connect(self._say_nothing_found)
        self.returnPressed.connect(self._go_first)

    def offer(self, found: dict[str, Callable[[], None]]) -> None:
        """Let these be found: what each is called, and what to do."""
        self._found = found
        self._model_of_search.clear()
        for text in found:
            self._model_of_search.appendRow(QStandardItem(text))

    def take(self, width: int) -> None:
        """Be so wide, and say as much as there is room for."""
        self.setFixedWidth(width)
        for hint in (
            self.tr("Find a layer, op or command…   Ctrl K"),
            self.tr("Find…   Ctrl K"),
            self.tr("Find…"),
        ):
            self.setPlaceholderText(hint)
            if self.fontMetrics().horizontalAdvance(hint) <= width - round(24 * self._scale):
                break

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape leaves the search field empty; who leaves it has read what it says."""
        if watched is not self:
            if event.type() in (QEvent.Type.Show, QEvent.Type.Move, QEvent.Type.Resize):
                self._place_finds()
            return super().eventFilter(watched, event)
        if event.type() == QEvent.Type.FocusOut:
            self._nothing.hide()
        override = event.type() == QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.clearFocus()
            event.accept()
            return True
        return super().eventFilter(watched, event)

    def _place_finds(self) -> None:
        """The list is wider than a narrow field, and stays inside of the window all the same. It
        is as high as its rows are: Qt takes all for as high as the first, and knows no padding."""
        finder = self.completer()
        popup = finder.popup() if finder is not None else None
        if finder is None or popup is None:
            return
        shown = min(finder.completionCount(), finder.maxVisibleItems())
        rows = [popup.model().index(row, 0) for row in range(shown)]
        high = sum(popup.sizeHintForIndex(row).height() for row in rows)
        high += 2 * (round(_FINDS_EDGE * self._scale) + 1)
        if rows and popup.height() != high:
            popup.resize(popup.width(), high)
        corner = self.mapToGlobal(self.rect().bottomLeft())
        over = self.window()
        right = over.mapToGlobal(over.rect().bottomRight()).x() - round(8 * self._scale)
        left = max(min(corner.x(), right - popup.width()), right - over.width())
        if popup.x() != left:
            popup.move(left, popup.y())

    def _go(self, text: str) -> None:
        do = self._found.get(text)
        if do is None or not self._armed:
            return  # Return reaches us from the popup and from the field: once is enough
        self._armed = False
        self.clear()
        self.clearFocus()
        do()

    def _arm(self) -> None:
        self._armed = True

    def _say_nothing_found(self, typed: str) -> None:
        """Nothing pops up where nothing is found: say so in its place."""
        finder = self.completer()
        assert finder is not None
        finder.setCompletionPrefix(typed)
        if not typed or finder.completionCount() > 0 or not self.hasFocus():
            self._nothing.hide()
            return
        said = self.tr("Nothing found. Try part of a module's, op's or command's name.")
        bar = self.parentWidget() or self
        over = bar.parentWidget() or bar
        self._nothing.setText(said)
        self._nothing.setParent(over)
        self._nothing.adjustSize()
        corner = self.mapTo(over, self.rect().bottomRight())
        left = max(0, corner.x() - self._nothing.width())
        self._nothing.move(left, corner.y() + round(4 * self._scale))
        self._nothing.raise_()
        self._nothing.show()

    def _go_first(self) -> None:
        typed = self.text()
        if not typed:
            return
        if typed in self._found:
            self._go(typed)
            return
        proxy = QSortFilterProxyModel()
        proxy.setSourceModel(self._model_of_search)
        proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        proxy.setFilterFixedString(typed)
        if proxy.rowCount():
            self._go(str(proxy.index(0, 0).data()))
