"""The search field: modules, ops, parameters, presets and commands, found while one types."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from explorer.core.problem import Problem
from explorer.gui.banner import PHRASES
from explorer.gui.results import Offer, ResultDelegate, Results, Row
from explorer.gui.theme import Theme, font
from explorer.session.finding import Search
from explorer.session.query import Query, parse

_WIDE = 660  # pixels: the list, where the window has the room
_ROWS = 15  # of the list, before it scrolls
_EDGE = 6  # pixels to the edges of the window
_MOVES = {
    Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8,
}  # fmt: skip
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class SearchField(QLineEdit):
    """Shows what is found while somebody types, and goes where is chosen.

    Signals:
        typed (str): look for this; ``""`` ends the search.
        chosen (int): go to this one of the results.
        left (): the keyboard is free again.
        busy (bool): somebody types here, or does no longer.
    """

    typed = Signal(str)
    chosen = Signal(int)
    left = Signal()
    busy = Signal(bool)

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._scale = scale
        self._offers: list[Offer] = []
        self._search = Search()
        self._on_model = False
        self.finds = Finds(theme, scale)
        self.finds.chosen.connect(self._choose)
        self.finds.example.connect(self._begin_filter)
        self.setAccessibleName(self.tr("Find a layer, op or command"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.textEdited.connect(self._type)

    def offer(self, offers: list[Offer]) -> None:
        """Let these be found by their texts, too."""
        self._offers = offers

    def show_search(self, search: Search, on_model: bool) -> None:
        """Show what was found, if somebody looks for it here now; only on the page of a model is
        there more to find than commands."""
        if search is self._search and on_model == self._on_model:
            return
        self._search, self._on_model = search, on_model
        if self.text() != search.text:
            self.setText(search.text)
        if self.finds.isVisible():
            self._list()

    def begin(self) -> None:
        """Somebody wants to find something."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()
        self._list()

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

    # ------------------------------------------------------------------ keys and mouse

    def event(self, event: QEvent) -> bool:
        """Keys that walk in the list, or leave it, are no shortcuts meanwhile."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            listed = self.finds.isVisible() and event.key() in _MOVES
            plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
            if event.key() == Qt.Key.Key_K and not plain:
                event.ignore()  # to Qt it deletes the rest of the line
                return True
            if plain and (listed or event.key() == Qt.Key.Key_Escape):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down walk in the list, Enter goes there, Escape ends the search."""
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self.typed.emit("")
            self._leave()
        elif key in _MOVES and (self.finds.isVisible() or key == Qt.Key.Key_Down):
            if self.finds.isVisible():
                self.finds.move_by(_MOVES[key])
            else:
                self._list()
        elif key in _ENTER:
            if not self.finds.isVisible():
                self._list()
            self.finds.choose()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click shows the list."""
        super().mousePressEvent(event)
        self._list()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Somebody comes to type."""
        super().focusInEvent(event)
        self.busy.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Who leaves the field has read the list."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self.finds.hide()
            self.busy.emit(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The list stays below."""
        super().resizeEvent(event)
        if self.finds.isVisible():
            self.finds.place_below(self)

    def _type(self, text: str) -> None:
        self.typed.emit(text)
        self._list()

    def _begin_filter(self, filter_: str) -> None:
        """Somebody clicked on an example: its begin is typed for him."""
        text = f"{self.text().rstrip()} {filter_}".lstrip()
        self.setText(text)
        self.setFocus()
        self._type(text)

    def _choose(self, row: Row) -> None:
        if row.kind == "result":
            self._leave()
            self.chosen.emit(row.at)
            return
        offer = self.finds.results.offers[row.at]
        self.typed.emit("")
        self.clear()
        self._leave()
        offer.do()

    def _leave(self) -> None:
        if not self._search.text:
            self.clear()
        self.home(False)  # what is cut off is the end
        self.finds.hide()
        self.clearFocus()
        self.left.emit()

    # ------------------------------------------------------------------ the list

    def _list(self) -> None:
        """Show the list of what is found and can be done by that name."""
        text, found = self.text(), self._search.found
        query, problem = Query(), None
        try:
            query = parse(text)
        except Problem as wrong:
            problem = wrong
        if self._search.text != text:
            found = None
        wanted = (
            self._offers if not text.strip() else [o for o in self._offers if query.says(o.text)]
        )
        self.finds.results.show(found, query, wanted)
        self.finds.say(problem, bool(query.terms), self._on_model)
        self.finds.go_to(self._search.at if found is not None else -1)
        self.finds.place_below(self)


class Finds(QFrame):
    """The list below the field, with a line of what can be typed, or of what is wrong.

    It lies in the window, as a part of it, and leaves the keyboard to the field.

    Signals:
        chosen (Row): somebody wants this.
        example (str): somebody wants to type this.
    """

    chosen = Signal(Row)
    example = Signal(str)

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self.results = Results()
        self.setObjectName("finds")
        self.setStyleSheet(
            f"#finds {{ background: {theme.raised}; border: 1px solid {theme.dim};"
            f" border-radius: 8px; }}"
            f"#finds QListView {{ background: transparent; border: none; outline: none; }}"
            f"#finds #foot {{ border: none; border-top: 1px solid {theme.line}; }}"
        )
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view = QListView()
        self._view.setModel(self.results)
        self._view.setItemDelegate(ResultDelegate(theme, scale, self._view))
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setMouseTracking(True)
        self._view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._view.setAccessibleName(self.tr("What was found"))
        self._view.entered.connect(self._enter)
        self._view.clicked.connect(lambda index: self._take(index.row()))
        self._view.selectionModel().currentChanged.connect(lambda *_: self._count())
        self._hint = QLabel()
        self._hint.setFont(font(scale, 9.5))
        self._hint.setWordWrap(True)
        self._hint.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._hint.linkActivated.connect(self.example)
        self._counted = QLabel()
        self._counted.setFont(font(scale, 9.5))
        self._counted.setStyleSheet(f"color: {theme.dim};")
        foot = QFrame()
        foot.setObjectName("foot")
        row = QHBoxLayout(foot)
        row.setContentsMargins(self._px(12), self._px(6), self._px(12), self._px(7))
        row.addWidget(self._hint, 1)
        row.addWidget(self._counted, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, self._px(4), 1, 1)
        column.setSpacing(0)
        column.addWidget(self._view, 1)
        column.addWidget(foot)
        self._foot = foot
        self.hide()

    @property
    def row(self) -> int:
        """The row that Enter would take, -1 if none."""
        return self._view.currentIndex().row()

    def say(self, problem: Problem | None, asked: bool, examples: bool) -> None:
        """Tell what is wrong; else that nothing was found, or what can be typed."""
        theme = self._theme
        told = problem is not None or (asked and not self.results.rows)
        self._foot.setVisible(told or examples)
        self._hint.setTextFormat(Qt.TextFormat.PlainText)
        color = theme.dim
        if problem is not None:
            said = QCoreApplication.translate(PHRASES, problem.text)
            self._hint.setText(said.format(**problem.values))
            color = theme.bad
        elif asked and not self.results.rows:
            self._hint.setText(
                self.tr("Nothing found. Try part of a module's, op's or command's name.")
            )
        else:
            self._hint.setTextFormat(Qt.TextFormat.RichText)
            links = (
                f'<a href="{begin}" style="color:{theme.dim}; text-decoration:none">{shown}</a>'
                for begin, shown in (
                    ("op:", "op:conv"), ("module:", "module:blocks.*"), ("kind:", "kind:Linear"),
                    ("shape:", "shape:*×768"), ("param:", "param:weight"), ("dtype:", "dtype:int"),
                    ("ms&gt;", "ms&gt;0.5"), ("params&gt;", "params&gt;1M"), ("slow:", "slow:10"),
                    ("/", "/regex/"), ("-", self.tr("-without")),
                )
            )  # fmt: skip
            self._hint.setText("&nbsp;&nbsp; ".join(links))
        self._hint.setStyleSheet(f"color: {color};")

    def go_to(self, at: int) -> None:
        """Be at a result by its place; at the first there is, if that is not listed."""
        rows = self.results.rows
        listed = (n for n, row in enumerate(rows) if row.kind == "result" and row.at == at)
        first = next((n for n in range(len(rows)) if self.results.can_choose(n)), -1)
        here = next(listed, first)
        self._view.setCurrentIndex(self.results.index(here, 0) if here >= 0 else QModelIndex())
        if here == first:
            self._view.scrollToTop()
        self._count()

    def move_by(self, rows: int) -> None:
        """Go down or up by so many that can be chosen."""
        able = [n for n in range(len(self.results.rows)) if self.results.can_choose(n)]
        if not able:
            return
        at = able.index(self.row) if self.row in able else -1
        if abs(rows) == 1:
            at = (at + rows) % len(able)
        else:
            at = min(max(at + rows, 0), len(able) - 1)
        self._view.setCurrentIndex(self.results.index(able[at], 0))
        if at == 0:
            self._view.scrollToTop()

    def choose(self) -> None:
        """Take the row one is at."""
        self._take(self.row)

    def place_below(self, field: QWidget) -> None:
        """Be below the field, at its right end, inside of the window."""
        bar = field.parentWidget() or field
        over = bar.parentWidget() or bar
        if self.parent() is not over:
            self.setParent(over)
        edge = self._px(_EDGE)
        corner = field.mapTo(over, QPoint(field.width(), field.height()))
        wide = min(max(self._px(_WIDE), field.width()), over.width() - 2 * edge)
        left = max(edge, min(corner.x() - wide, over.width() - wide - edge))
        top = corner.y() + self._px(4)
        rows = range(min(len(self.results.rows), _ROWS))
        high = sum(self._view.sizeHintForIndex(self.results.index(n, 0)).height() for n in rows)
        foot = 0
        if not self._foot.isHidden():
            inner = wide - 2 - 2 * self._px(12) - self._counted.sizeHint().width() - self._px(8)
            foot = self._hint.heightForWidth(inner) + 2 * self._px(7)
        high = min(high + foot + self._px(5) + 4, over.height() - top - edge)
        self._view.setVisible(bool(self.results.rows))
        self.setGeometry(QRect(left, top, wide, high))
        self.raise_()
        self.show()
        if self.row >= 0:
            self._view.scrollTo(self._view.currentIndex())
            if self.row <= 1:
                self._view.scrollToTop()

    def _enter(self, index: QModelIndex) -> None:
        if self.results.can_choose(index.row()):
            self._view.setCurrentIndex(index)

    def _take(self, row: int) -> None:
        if self.results.can_choose(row):
            self.chosen.emit(self.results.rows[row])

    def _count(self) -> None:
        """Say which of how many it is."""
        rows, total = self.results.rows, self.results.total
        if not total:
            self._counted.clear()
        elif 0 <= self.row < len(rows) and rows[self.row].kind == "result":
            at = rows[self.row].at + 1
            said = self.tr("{at} of {count}")
            self._counted.setText(said.format(at=f"{at:,}", count=f"{total:,}"))
        else:
            self._counted.setText(self.tr("{count} found").format(count=f"{total:,}"))

    def _px(self, pixels: float) -> int:
        return round(pixels * self._scale)
