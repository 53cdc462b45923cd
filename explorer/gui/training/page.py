"""`TrainingPage`: a grid of cards that follow the training, each at most 30 times a second."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QMenu, QScrollArea, QVBoxLayout, QWidget

from explorer.core.presets import ShippedPreset
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme
from explorer.gui.training.card import Card
from explorer.gui.training.probes import BoundaryCard, ConfusionCard, NetworkCard, SampleCard
from explorer.session import intents
from explorer.session.arrangement import CARDS, is_of
from explorer.session.state import AppState

_EDGE = 14  # pixels around the cards
FRAME = 34  # milliseconds between two drawings of one card


class TrainingPage(Panel):
    """The pictures of a training: curves, and what the model has learnt so far.

    Which cards there are follows from the preset and from what somebody chose in their menus, so
    that nothing jumps while it trains.
    Hidden cards are not drawn. Cards are drawn in turn, one per turn of the event loop, so that
    many of them never add up to one long stall.
    """

    def __init__(self, theme: Theme, scale: float = 1.0, parent: QWidget | None = None) -> None:
        super().__init__(theme, scale, parent)
        self.cards: list[Card] = []
        self._names: tuple[str, ...] = ()  # of the cards
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
        names = state.arrangement.shown(state.shipped)
        if state.shipped is not self._preset or names != self._names:
            self._make_cards(state.shipped, names)
            for n in range(len(self.cards)):
                if self._drawn[n] is None:
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

    def _make_cards(self, preset: ShippedPreset, names: tuple[str, ...]) -> None:
        """Have the cards of these names; those of the same preset that are there stay."""
        there = dict(zip(self._names, zip(self.cards, self._drawn, strict=True), strict=True))
        stay = {name for name in names if name in there and preset is self._preset}
        for name, (card, _) in there.items():
            self._grid.removeWidget(card)
            if name not in stay:
                card.setParent(None)
                card.deleteLater()
        made = [there[name] if name in stay else (self._make(name), None) for name in names]
        self.cards = [card for card, _ in made]
        self._drawn = [drawn for _, drawn in made]
        self._names = names
        self._preset = preset
        self._turn = 0
        self._columns = 0
        self._arrange()

    def _make(self, name: str) -> Card:
        # pyqtgraph takes 0.2 s to import; only someone who trains waits for it
        from explorer.gui.training.plots import CURVES

        kinds: dict[str, type[Card]] = {
            "boundary": BoundaryCard, "samples": SampleCard, "confusion": ConfusionCard,
            "network": NetworkCard, **CURVES,
        }  # fmt: skip
        card = kinds[name](self.theme, self.scale)  # type: ignore[call-arg]
        card.installEventFilter(self)
        card.more.clicked.connect(partial(self._open_menu, name))
        card.carried.connect(lambda at: self._aim(card, at))
        card.dropped.connect(lambda at: self._drop(name, card, at))
        return card

    # ------------------------------------------------------------------ choosing cards

    def menu(self, name: str) -> QMenu:
        """What can be done with a card: put it elsewhere, and show others or not."""
        menu = QMenu(self)
        assert self._preset is not None, "it has cards"
        at = self._names.index(name)
        for text, place in (
            (self.tr("Move forward"), at - 1),
            (self.tr("Move back"), at + 1),
        ):
            action = menu.addAction(text)
            action.setEnabled(0 <= place < len(self._names))
            action.triggered.connect(partial(self._move, name, place))
        menu.addSeparator()
        for one, title in self._titles().items():
            if not is_of(one, self._preset):
                continue
            action = menu.addAction(title)
            action.setCheckable(True)
            action.setChecked(one in self._names)
            action.setEnabled(self._names != (one,))  # the last one stays
            action.triggered.connect(partial(self._toggle, one))
        return menu

    def _open_menu(self, name: str) -> None:
        card = self.cards[self._names.index(name)]
        menu = self.menu(name)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(card.more.mapToGlobal(QPoint(0, card.more.height())))

    def _toggle(self, name: str) -> None:
        assert self._state is not None, "it has cards"
        self.intent.emit(intents.ArrangeCards(self._state.arrangement.toggled(name)))

    def _move(self, name: str, place: int) -> None:
        assert self._state is not None, "it has cards"
        there = self._names[place]
        self.intent.emit(intents.ArrangeCards(self._state.arrangement.moved(name, there)))

    def _under(self, at: QPoint) -> int:
        """The card at a place on the screen, -1 if there is none."""
        here = self._board.mapFromGlobal(at)
        found = (n for n, card in enumerate(self.cards) if card.geometry().contains(here))
        return next(found, -1)

    def _aim(self, held: Card, at: QPoint) -> None:
        over = self._under(at)
        for n, card in enumerate(self.cards):
            card.aim(n == over and card is not held)

    def _drop(self, name: str, held: Card, at: QPoint) -> None:
        over = self._under(at)
        for card in self.cards:
            card.aim(False)
        if over >= 0 and self.cards[over] is not held:
            self._move(name, over)

    def _titles(self) -> dict[str, str]:
        """What each kind of card is called, in the order of the menu."""
        told = {
            "loss": self.tr("Loss"), "boundary": self.tr("Decision boundary"),
            "samples": self.tr("Sample"), "confusion": self.tr("Confusion"),
            "accuracy": self.tr("Accuracy"), "network": self.tr("Network"),
            "gradients": self.tr("Gradients per layer"), "rate": self.tr("Learning rate"),
            "weights": self.tr("Weights per layer"), "updates": self.tr("Updates per layer"),
            "activations": self.tr("Activations"), "dead": self.tr("Dead units"),
        }  # fmt: skip
        return {name: told[name] for name in CARDS}

    # ------------------------------------------------------------------ the grid

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
