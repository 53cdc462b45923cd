"""`TrainingPage`: a grid of cards that follow the training, each at most 30 times a second."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from explorer.core.presets import ShippedPreset
from explorer.core.spec import MLPSpec, PointsData, TextData
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme
from explorer.gui.training.card import Card
from explorer.gui.training.probes import BoundaryCard, ConfusionCard, NetworkCard, SampleCard
from explorer.session.state import AppState

_EDGE = 14  # pixels around the cards
FRAME = 34  # milliseconds between two drawings of one card


class TrainingPage(Panel):
    """The pictures of a training: curves, and what the model has learnt so far.

    Which cards there are follows from the preset alone, so that nothing jumps while it trains.
    Hidden cards are not drawn. Cards are drawn in turn, one per turn of the event loop, so that
    many of them never add up to one long stall.
    """

    def __init__(self, theme: Theme, scale: float = 1.0, parent: QWidget | None = None) -> None:
        super().__init__(theme, scale, parent)
        self.cards: list[Card] = []
        self._drawn: list[AppState | None] = []
        self._state: AppState | None = None
        self._preset: ShippedPreset | None = None
        self._turn = 0
        self._columns = 0
        self._clock = QTimer(self)
        self._clock.timeout.connect(self._draw_next)
        self._board = QWidget()
        self._grid = QGridLayout(self._board)
        self.clear_foot(0)
        self._grid.setSpacing(self.px(12))
        self._area = QScrollArea()
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setWidget(self._board)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._area)

    def render(self, old: AppState | None, new: AppState) -> None:
        """Show ``new``, now if it is the first sight of a model, else at the next frame."""
        self._state = new
        if self.isVisible():
            self._follow()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while hidden."""
        super().showEvent(event)
        self._follow()

    def hideEvent(self, event: QEvent) -> None:
        """Draw nothing while hidden."""
        self._clock.stop()
        super().hideEvent(event)  # type: ignore[arg-type]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use as many columns as there is room for."""
        super().resizeEvent(event)
        self._arrange()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A card that is painted came into sight, and may be behind."""
        if event.type() == QEvent.Type.Paint:
            self._wake()
        return False

    def clear_foot(self, pixels: int) -> None:
        """End the cards so many pixels above the lower edge: something lies there."""
        edge = self.px(_EDGE)
        self._grid.setContentsMargins(edge, edge, edge, max(edge, pixels + self.px(8)))

    def _follow(self) -> None:
        state = self._state
        if state is None or state.shipped is None:
            return
        if state.shipped is not self._preset:
            self._make_cards(state.shipped)
            for n in range(len(self.cards)):
                self._draw(n, state)
        self._wake()

    def _wake(self) -> None:
        if (
            self.cards
            and not self._clock.isActive()
            and any(map(self._behind, range(len(self.cards))))
        ):
            self._clock.start(FRAME // len(self.cards))

    def _draw_next(self) -> None:
        """Give the next card its turn; stop the clock when all are up to date."""
        self._turn = (self._turn + 1) % len(self.cards)
        if self._state is not None and self._behind(self._turn):
            self._draw(self._turn, self._state)
        if not any(map(self._behind, range(len(self.cards)))):
            self._clock.stop()

    def _behind(self, n: int) -> bool:
        card = self.cards[n]
        if self._state is None or card.visibleRegion().isEmpty():
            return False
        return card.concerns(self._drawn[n], self._state)

    def _draw(self, n: int, state: AppState) -> None:
        self.cards[n].render(self._drawn[n], state)
        self._drawn[n] = state

    def _make_cards(self, preset: ShippedPreset) -> None:
        # pyqtgraph takes 0.2 s to import; only someone who trains waits for it
        from explorer.gui.training.plots import AccuracyCard, GradientCard, LossCard

        for card in self.cards:
            self._grid.removeWidget(card)
            card.setParent(None)
            card.deleteLater()
        data = preset.preset.data
        kinds: list[type[Card]] = [LossCard]
        if isinstance(data, PointsData):
            kinds.append(BoundaryCard)
        else:
            kinds.append(SampleCard if isinstance(data, TextData) else ConfusionCard)
        kinds.append(AccuracyCard)
        if isinstance(preset.preset.model, MLPSpec):
            kinds.append(NetworkCard)
        kinds.append(GradientCard)
        self.cards = [kind(self.theme, self.scale) for kind in kinds]  # type: ignore[call-arg]
        for card in self.cards:
            card.installEventFilter(self)
        self._drawn = [None] * len(self.cards)
        self._preset = preset
        self._turn = 0
        self._columns = 0
        self._arrange()

    def _arrange(self) -> None:
        """Two cards in the first row and the others below them; one or two to a row if narrow."""
        room = self.width() // self.px(250)
        columns = min(3, max(1, room)) if len(self.cards) > 4 else min(2, max(1, room))
        if not self.cards or columns == self._columns:
            return
        self._columns = columns
        first = min(2, columns)
        rest = len(self.cards) - first
        for n, card in enumerate(self.cards):
            row, place, to_a_row = 0, n, first
            if n >= first:
                row, place = 1 + (n - first) // columns, (n - first) % columns
                to_a_row = min(columns, rest - (row - 1) * columns)
            span = 6 // to_a_row
            self._grid.addWidget(card, row, place * span, 1, span)
        for column in range(6):
            self._grid.setColumnStretch(column, 1)
        rows = 1 + -(-rest // columns)
        for row in range(6):
            self._grid.setRowStretch(row, 6 if row == 0 else 5 if row < rows else 0)
