"""The chip over the map that says which of what was found one is at."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton

from explorer.gui.map.canvas import Canvas
from explorer.gui.map.minimap import Minimap
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme, font
from explorer.session import intents
from explorer.session.state import AppState

_EDGE = 12  # pixels to the edges of the map
_MOST = 240  # pixels of what was typed
_MOVED = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide)


class FoundChip(Panel):
    """Hidden until somebody went to something that was found. In the upper right corner of the map
    ``over``, unless the minimap or the cursor's box is there; under the mouse it stays."""

    def __init__(self, theme: Theme, scale: float, over: Canvas) -> None:
        super().__init__(theme, scale, over)
        self.setObjectName("found")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet(
            f"#found {{ background: {theme.raised}; border: 1px solid {theme.accent};"
            f" border-radius: {self.px(15)}px; }}"
            f"#found QToolButton {{ background: transparent; border: none; padding: 0;"
            f" color: {theme.dim}; border-radius: {self.px(11)}px; }}"
            f"#found QToolButton:hover {{ background: {theme.line}; color: {theme.text}; }}"
            f"#found QToolButton:disabled {{ color: {theme.line}; }}"
        )
        self.setFixedHeight(self.px(30))
        self.setCursor(Qt.CursorShape.ArrowCursor)
        row = QHBoxLayout(self)
        row.setContentsMargins(self.px(5), 0, self.px(5), 0)
        row.setSpacing(self.px(3))
        self._label = QLabel()
        self._label.setFont(font(scale, 10))
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._back = self._button("‹", self.tr("The one before (Shift+F7)"), intents.NextFound(-1))
        self._next = self._button("›", self.tr("The next (F7)"), intents.NextFound(1))
        end = self._button("✕", self.tr("End the search (Esc)"), intents.Search(""))
        for part in (self._back, self._label, self._next, end):
            row.addWidget(part)
        self._over: Canvas | None = None
        self._minimap: Minimap | None = None
        self.lie_over(over)

    def lie_over(self, over: Canvas) -> None:
        """Go over to another map; on which it is hidden until something is shown."""
        before = self._over
        if before is not None:
            before.removeEventFilter(self)
            before.outlook.moved.disconnect(self._settle)
            if self._minimap is not None:
                self._minimap.removeEventFilter(self)
        shown = not self.isHidden() and before is not None
        self._over = over
        self.setParent(over)
        over.installEventFilter(self)
        over.outlook.moved.connect(self._settle)
        self._minimap = over.findChild(Minimap)
        if self._minimap is not None:
            self._minimap.installEventFilter(self)
        self.setVisible(shown)

    def render(self, old: AppState | None, new: AppState) -> None:
        """Say what is looked for, and where one is."""
        if old is not None and old.search is new.search:
            self._settle()
            return
        search = new.search
        self.setVisible(search.found is not None and search.at >= 0)
        if search.found is None:
            return
        count = len(search.found)
        said = self.tr("{at} of {count}").format(at=f"{search.at + 1:,}", count=f"{count:,}")
        text = " ".join(search.text.split())
        metrics = self._label.fontMetrics()
        short = metrics.elidedText(text, Qt.TextElideMode.ElideRight, self.px(_MOST))
        self._label.setText(f"{said} · {short}")
        self._label.setToolTip(text)
        for button in (self._back, self._next):
            button.setEnabled(count > 1)
        self._settle()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the map and the minimap."""
        if event.type() in _MOVED and not self.isHidden():
            self._settle()
        return False

    def _settle(self) -> None:
        """Go to the first corner that is free."""
        if self.isHidden():
            return
        over, edge = self._over, self.px(_EDGE)
        assert over is not None
        self.adjustSize()
        right = over.width() - edge - self.width()
        bottom = over.height() - edge - self.height()
        taken = over.bars.areas()
        if self._minimap is not None and not self._minimap.isHidden():
            taken.append(self._minimap.geometry())
        if over.outlook.current is not None:
            taken.append(over.box_rect(over.outlook.current.box).toAlignedRect())
        corners = [
            QRect(max(edge, x), max(edge, y), self.width(), self.height())
            for x, y in ((right, edge), (right, bottom), (edge, bottom))
        ]
        free = [one for one in corners if not any(one.intersects(other) for other in taken)]
        if not self.underMouse() or not over.rect().contains(self.geometry()):
            self.setGeometry((free or corners)[0])
        self.raise_()

    def _button(self, text: str, tip: str, intent: object) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setFixedSize(self.px(22), self.px(22))
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(lambda: self.intent.emit(intent))
        return button
