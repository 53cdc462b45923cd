"""`OpeningSheet`: asks how to open what was found, over everything else."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from explorer.core.sources import (
    HuggingFaceFolder,
    HuggingFaceModel,
    PresetFolder,
    PythonFile,
)
from explorer.gui.cut import Cut
from explorer.gui.memory import Memory
from explorer.gui.opening.choice import Choice
from explorer.gui.opening.folder import FolderPage
from explorer.gui.opening.page import Page
from explorer.gui.opening.python import PythonPage
from explorer.gui.opening.weights import WeightsPage
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme, font, mono
from explorer.session import intents
from explorer.session.state import AppState

_HIGH = 720  # pixels at scale 1, where the window has the room


class OpeningSheet(Panel):
    """Hidden while nothing was found. Enter opens, Escape does not; Tab stays inside."""

    def __init__(self, theme: Theme, scale: float, memory: Memory) -> None:
        super().__init__(theme, scale)
        self._memory = memory
        self._host: QWidget | None = None
        self.page: Page | None = None
        self._before: QWidget | None = None  # what had the keyboard
        self._card = QFrame(self)
        self._card.setObjectName("sheet")
        self._card.setStyleSheet(
            f"#sheet {{ background: {theme.panel}; border: 1px solid {theme.line};"
            f" border-radius: {self.px(12)}px; }}"
        )
        self._column = QVBoxLayout(self._card)
        self._column.setContentsMargins(self.px(26), self.px(22), self.px(26), self.px(20))
        self._column.setSpacing(self.px(12))
        head = QHBoxLayout()
        head.setSpacing(self.px(8))
        self._heading = Cut()
        self._heading.setFont(font(scale, 16, 700))
        head.addWidget(self._heading, 1)
        self._facts = QHBoxLayout()
        self._facts.setSpacing(self.px(6))
        head.addLayout(self._facts)
        self._column.addLayout(head)
        self._path = Cut()
        self._path.setFont(mono(scale, 9))
        self._path.setStyleSheet(f"color: {theme.dim};")
        self._path.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._column.addWidget(self._path)
        self._warning = QLabel()
        self._warning.setObjectName("warning")
        self._warning.setWordWrap(True)
        self._warning.setFont(font(scale, 10.5))
        self._warning.setStyleSheet(
            f"#warning {{ background: {theme.bad_panel}; color: {theme.text};"
            f" border: 1px solid {theme.bad}; border-left: 4px solid {theme.bad};"
            f" border-radius: 6px; padding: {self.px(8)}px {self.px(12)}px; }}"
        )
        self._column.addWidget(self._warning)
        self._place = QVBoxLayout()
        self._column.addLayout(self._place, 1)
        foot = QHBoxLayout()
        foot.setSpacing(self.px(8))
        hint = QLabel(self.tr("Enter opens, Esc goes back"))
        hint.setFont(font(scale, 9))
        hint.setStyleSheet(f"color: {theme.dim};")
        self._hint = hint
        foot.addWidget(hint)
        foot.addStretch(1)
        self.refuse = QPushButton()
        self.refuse.setObjectName("refuse")
        self.refuse.clicked.connect(lambda: self.intent.emit(intents.ForgetFound()))
        self.open = QPushButton()
        self.open.setObjectName("open")
        self.open.setProperty("primary", True)
        self.open.clicked.connect(self._open)
        foot.addWidget(self.refuse)
        foot.addWidget(self.open)
        self._column.addLayout(foot)
        self.setAccessibleName(self.tr("Open your own model"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.hide()

    def lie_over(self, host: QWidget) -> None:
        """Cover ``host``, whatever its size."""
        self._host = host
        self.setParent(host)
        host.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the host's size."""
        if event.type() == QEvent.Type.Resize and self._host is not None:
            self.setGeometry(self._host.rect())
        return False

    def render(self, old: AppState | None, new: AppState) -> None:
        """Ask about what was found, or go."""
        if old is not None and old.found is new.found:
            return
        if self.page is not None:
            self.page.setParent(None)
            self._place.removeWidget(self.page)
            self.page.deleteLater()
            self.page = None
        if new.found is None:
            self.hide()
            return
        page = self.page = self._make(new)
        if page is None:
            return
        self._place.addWidget(page)
        self._heading.show_text(page.heading)
        self._path.show_text(new.found.path)
        self._say_facts(page.facts)
        self._warning.setText(page.warning)
        self._warning.setVisible(bool(page.warning))
        self.open.setText(page.verb)
        self.refuse.setText(page.refusal)
        self.open.setVisible(bool(page.verb))
        self._hint.setVisible(bool(page.verb))
        page.changed.connect(self._weigh)
        self._weigh()
        if self._host is not None:
            self.setGeometry(self._host.rect())
        self._settle()
        if self.isHidden():
            self._before = self.window().focusWidget()
        self.show()
        self.raise_()
        usable = bool(page.verb) and self.open.isEnabled()
        start = page.start() or (self.open if usable else self.refuse)
        start.setFocus(Qt.FocusReason.OtherFocusReason)

    def give_back(self) -> bool:
        """Return the keyboard to what had it before; whether that can still have it."""
        before, self._before = self._before, None
        if before is None or not isValid(before) or not before.isVisible():
            return False
        before.setFocus()
        return before.hasFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The card stays in the middle."""
        super().resizeEvent(event)
        self._settle()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A veil over what is below."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.theme.color("shade"))
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, unless another button or a choice that is not made has the keyboard."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
            return
        focused = self.focusWidget()
        if isinstance(focused, Choice) and not focused.isChecked():
            focused.click()
            return
        plain = isinstance(focused, QPushButton) and focused is not self.open
        button = focused if plain else self.open if self.page and self.page.verb else self.refuse
        if isinstance(button, QAbstractButton) and button.isEnabled():
            button.click()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Round and round inside of the sheet."""
        here = self.focusWidget()
        stops = self._stops()
        if not stops:
            return True
        at = stops.index(here) if here in stops else -1
        step = 1 if forward else -1
        if at < 0 and not forward:
            at = 0
        chosen = stops[(at + step) % len(stops)]
        chosen.setFocus(
            Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        )
        _reveal(chosen)
        return True

    def _stops(self) -> list[QWidget]:
        """Where Tab rests, as they are read; of choices that go together only the one made."""
        return [
            widget
            for widget in _in_order(self._card)
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            and widget.isVisible()
            and widget.isEnabled()
            and not _passed_over(widget)
        ]

    def _make(self, state: AppState) -> Page | None:
        found, theme, scale = state.found, self.theme, self.scale
        if found is None or isinstance(found, PresetFolder):
            return None  # a preset is opened without a question
        before = self._memory.choice(found.path)
        if isinstance(found, PythonFile):
            return PythonPage(theme, scale, found, found.digest in state.trusted, before)
        if isinstance(found, HuggingFaceFolder):
            last = before.own if before is not None else None
            folder = last if isinstance(last, HuggingFaceModel) else None
            return FolderPage(theme, scale, found, folder)
        return WeightsPage(theme, scale, found, state.title if state.model is not None else "")

    def _open(self) -> None:
        if self.page is None:
            return
        intent = self.page.choose()
        if intent is not None:
            self.intent.emit(intent)
        else:
            _reveal(self.focusWidget())

    def _weigh(self) -> None:
        self.open.setEnabled(self.page is not None and self.page.complete())

    def _say_facts(self, facts: list[str]) -> None:
        while (item := self._facts.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for fact in facts:
            chip = QLabel(fact)
            chip.setFont(font(self.scale, 9))
            chip.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            chip.setStyleSheet(
                f"border: 1px solid {self.theme.line}; border-radius: {self.px(10)}px;"
                f" padding: 2px {self.px(8)}px; color: {self.theme.dim};"
            )
            self._facts.addWidget(chip)

    def _settle(self) -> None:
        """As large as the page wants to be, at most as the window."""
        margin = self.px(28)
        page = self.page
        if page is None:
            return
        room = QSize(max(0, self.width() - 2 * margin), max(0, self.height() - 2 * margin))
        high = self.px(_HIGH)
        if page.tall():
            around = self._column.sizeHint().height() - page.sizeHint().height() + self.px(4)
            high = min(high, around + page.tall())
        size = QSize(self.px(page.breadth), high).boundedTo(room)
        self._card.setGeometry(
            (self.width() - size.width()) // 2, (self.height() - size.height()) // 2,
            size.width(), size.height(),
        )  # fmt: skip


def _in_order(widget: QWidget) -> Iterator[QWidget]:
    """A widget and all in it, as they are laid out."""
    yield widget
    inside = widget.widget() if isinstance(widget, QScrollArea) else None
    if inside is not None:
        yield from _in_order(inside)
    layout = widget.layout()
    if layout is not None:
        yield from _laid_out(layout)


def _laid_out(layout: QLayout) -> Iterator[QWidget]:
    for index in range(layout.count()):
        item = layout.itemAt(index)
        widget = item.widget() if item is not None else None
        inner = item.layout() if item is not None else None
        if widget is not None:
            yield from _in_order(widget)
        elif inner is not None:
            yield from _laid_out(inner)


def _reveal(widget: QWidget | None) -> None:
    """Scroll to it, if it is in something that scrolls."""
    around = widget.parentWidget() if widget is not None else None
    while around is not None:
        if isinstance(around, QScrollArea) and widget is not None:
            around.ensureWidgetVisible(widget)
        around = around.parentWidget()


def _passed_over(widget: QWidget) -> bool:
    """A choice that is not made is reached by the arrow keys, from the one that is."""
    if not isinstance(widget, QAbstractButton) or not widget.autoExclusive():
        return False
    group = widget.group()
    return group is not None and group.checkedButton() not in (None, widget)
