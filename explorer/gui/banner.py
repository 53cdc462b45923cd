"""The banner: one sentence of what went wrong, what to do, and a button where one helps."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton

from explorer.gui.panel import Panel
from explorer.gui.theme import Theme
from explorer.session import intents
from explorer.session.state import AppState, Banner

PHRASES = "phrases"  # the translation context of `explorer.core.problem.phrase`


def sentence(banner: Banner) -> str:
    """The banner's text in the language of the window."""
    parts = [
        QCoreApplication.translate(PHRASES, part).format(**banner.values)
        for part in (banner.text, banner.remedy)
        if part
    ]
    return " ".join(parts)


class BannerBar(Panel):
    """Hidden while there is nothing to say."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self)
        row.setContentsMargins(self.px(14), self.px(8), self.px(14), self.px(8))
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        row.addWidget(self._label, 1)
        self._restart = QToolButton()
        self._restart.setText(self.tr("Restart"))
        self._restart.clicked.connect(lambda: self.intent.emit(intents.RestartEngine()))
        row.addWidget(self._restart)
        close = QToolButton()
        close.setText("✕")
        close.setAccessibleName(self.tr("Close the message"))
        close.clicked.connect(lambda: self.intent.emit(intents.Dismiss()))
        row.addWidget(close)
        self.hide()

    def render(self, old: AppState | None, new: AppState) -> None:
        """Show the newest sentence, or nothing."""
        self._restart.setVisible(new.engine.status == "lost")
        if old is not None and old.banner is new.banner:
            return
        self.setVisible(new.banner is not None)
        if new.banner is None:
            return
        bad = new.banner.level == "problem"
        ground = self.theme.bad_panel if bad else self.theme.raised
        edge = self.theme.bad if bad else self.theme.good
        self.setObjectName("banner")
        self.setStyleSheet(f"#banner {{ background: {ground}; border-left: 4px solid {edge}; }}")
        self._label.setText(sentence(new.banner))
