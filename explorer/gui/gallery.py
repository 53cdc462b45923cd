"""`Gallery`: the start page, a card for each preset."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QTextLayout,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QBoxLayout,
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from explorer.core.presets import ShippedPreset
from explorer.core.spec import CNNSpec, MLPSpec, ModelSpec
from explorer.gui import theme as look
from explorer.gui.memory import Memory
from explorer.gui.panel import Panel
from explorer.gui.recent import RecentRow
from explorer.gui.theme import Theme
from explorer.gui.thumbnail import FAMILIES, draw_thumbnail
from explorer.session.intents import OpenPath, OpenPreset
from explorer.session.state import AppState

MOST_COLUMNS = 4
MARGIN = 48  # left and right of the cards
_HIGH = 33  # a button
_ABOVE = 190  # heading, words and filters
_LEAST_HEIGHT = 235  # of a row of cards, before there are more columns
_LEAST_THUMBNAIL = 94  # then the page scrolls


class Gallery(Panel):
    """Every preset as a card; Enter, Space or a click opens one, arrows move between them. Above
    them are the ways to one's own models, and those that were opened before.

    Signals:
        wanted (str): the name of an action: ``open-file`` or ``open-folder``.
    """

    wanted = Signal(str)

    def __init__(self, theme: Theme, scale: float = 1.0, memory: Memory | None = None) -> None:
        super().__init__(theme, scale)
        self._memory = memory
        self.cards: list[PresetCard] = []
        self.columns = 0
        self._family = ""
        heading = QLabel(self.tr("Start from a preset"))
        heading.setFont(look.font(scale, 20, 700))
        intro = QLabel(
            self.tr(
                "Open a network, walk through its forward pass one step at a time, see attention "
                "and activations, then train it yourself."
            )
        )
        intro.setWordWrap(True)
        intro.setFont(look.font(scale, 10.5))
        palette = intro.palette()
        palette.setColor(intro.foregroundRole(), theme.color("dim"))
        intro.setPalette(palette)
        self._filters = QHBoxLayout()
        self._ways = QHBoxLayout()
        self._tools = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        for line in (self._filters, self._ways, self._tools):
            line.setSpacing(self.px(8))
        self._add_ways()
        self._filters.addStretch(1)
        self._tools.addLayout(self._ways, 1)
        self._tools.addLayout(self._filters)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        words = QVBoxLayout()
        words.setSpacing(self.px(8))
        words.addWidget(heading)
        words.addWidget(intro)
        self._grid = QGridLayout()
        self._grid.setSpacing(self.px(22))
        self._board = QWidget()
        column = QVBoxLayout(self._board)
        column.setContentsMargins(self.px(MARGIN), self.px(38), self.px(MARGIN), self.px(40))
        column.setSpacing(self.px(18))
        column.addLayout(words)
        column.addLayout(self._tools)
        column.addLayout(self._grid)
        column.addStretch(1)
        self._area = QScrollArea()
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(self._board)
        self._area.viewport().installEventFilter(self)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._area)

    def render(self, old: AppState | None, new: AppState) -> None:
        """Show the presets of ``new`` in its language, and which of them is opening."""
        if old is None or old.presets is not new.presets or old.language != new.language:
            self._make_cards(new)
        came = new.page == "gallery" and (old is None or old.page != new.page)
        if came or (old is not None and old.own is not new.own):
            self.recent.show_models(self._memory.recent() if self._memory is not None else ())
            self._hint.setVisible(self.recent.isHidden())
            self._order_tab()
        opening = _opening(new)
        if old is None or _opening(old) != opening or old.presets is not new.presets:
            for card in self.cards:
                card.show_opening(card.shipped.name == opening)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Walk from card to card by keys, and follow the width that the scroll area leaves."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._walk(watched, Qt.Key(event.key()))
        if event.type() == QEvent.Type.Resize and watched is self._area.viewport():
            self._arrange()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses every button of the page, as Space does."""
        focused = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(
            focused, QAbstractButton
        ):
            focused.click()
        else:
            super().keyPressEvent(event)

    def shown(self) -> list[PresetCard]:
        """The cards that the filter lets through, in order."""
        return [
            card for card in self.cards if self._family in ("", card.shipped.preset.model.family)
        ]

    def take_focus(self) -> None:
        """Put the keyboard on the first card, unless it is on one already."""
        cards = self.shown()
        if cards and not any(card.hasFocus() for card in cards):
            cards[0].setFocus()

    def _add_ways(self) -> None:
        """The buttons to one's own models beside the filters, and those opened before; whoever has
        opened none is told that they can be dropped, too."""
        for name, text, tip in (
            ("open-file", self.tr("Open a file…"),
             self.tr("Your own model: a Python file, weights, or a preset (Ctrl+O)")),
            ("open-folder", self.tr("Open a folder…"),
             self.tr("Your own model: a Hugging Face folder, or a preset (Ctrl+Shift+O)")),
        ):  # fmt: skip
            button = QPushButton(text)
            button.setObjectName(name)
            button.setToolTip(tip)
            button.setProperty("primary", name == "open-file")
            button.clicked.connect(lambda _=False, name=name: self.wanted.emit(name))
            button.setFixedHeight(self.px(_HIGH))  # whatever script it is in
            self._ways.addWidget(button)
        hint = QLabel(self.tr("… or drop your own model on the window"))
        hint.setFont(look.font(self.scale, 10))
        hint.setStyleSheet(f"color: {self.theme.dim};")
        hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._ways.addSpacing(self.px(4))
        self._ways.addWidget(hint, 1)
        self._hint = hint
        self.recent = RecentRow(self.theme, self.scale)
        self.recent.opened.connect(lambda path: self.intent.emit(OpenPath(path)))
        self._ways.addWidget(self.recent, 1)

    def _make_cards(self, state: AppState) -> None:
        focused = next((card.shipped.name for card in self.cards if card.hasFocus()), "")
        for card in self.cards:
            self._grid.removeWidget(card)
            card.setParent(None)
            card.deleteLater()
        self.cards = []
        for shipped in state.presets:
            card = PresetCard(self.theme, self.scale, shipped, state.language)
            card.clicked.connect(
                lambda _=False, name=shipped.name: self.intent.emit(OpenPreset(name))
            )
            card.installEventFilter(self)
            self.cards.append(card)
            if shipped.name == focused:
                card.setFocus()
        self._make_filters()
        self._arrange(anew=True)
        self._order_tab()

    def _walk(self, card: QObject, key: Qt.Key) -> bool:
        """Move the focus from ``card``: arrows by one, Home and End to the ends."""
        shown = self.shown()
        if card not in shown:
            return False
        here = shown.index(card)
        targets = {
            Qt.Key.Key_Left: here - 1,
            Qt.Key.Key_Right: here + 1,
            Qt.Key.Key_Up: here - self.columns,
            Qt.Key.Key_Down: here + self.columns,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(shown) - 1,
        }
        if key not in targets:
            return False
        if 0 <= targets[key] < len(shown):
            shown[targets[key]].setFocus(Qt.FocusReason.TabFocusReason)
            self._area.ensureWidgetVisible(shown[targets[key]], 0, self.px(30))
        return True

    def _order_tab(self) -> None:
        """Tab goes as one reads: the ways, the own models, the filters, the cards."""
        ways = [self._board.findChild(QPushButton, name) for name in ("open-file", "open-folder")]
        stops = [*ways, *self.recent.buttons, *self._group.buttons(), *self.shown()]
        for here, there in pairwise(stop for stop in stops if stop is not None):
            QWidget.setTabOrder(here, there)

    def _make_filters(self) -> None:
        for button in self._group.buttons():
            self._group.removeButton(button)
            self._filters.removeWidget(button)
            button.setParent(None)
            button.deleteLater()
        here = {card.shipped.preset.model.family for card in self.cards}
        if self._family not in here:
            self._family = ""
        choices = ["", *(family for family in FAMILIES if family in here)]
        for family in choices if len(here) > 1 else []:
            button = QToolButton()
            button.setText(family_name(family) if family else self.tr("All"))
            button.setCheckable(True)
            button.setChecked(family == self._family)
            button.setFixedHeight(self.px(_HIGH))
            button.clicked.connect(lambda _=False, family=family: self._choose(family))
            self._group.addButton(button)
            self._filters.addWidget(button)

    def _choose(self, family: str) -> None:
        self._family = family
        self._arrange(anew=True)

    def _arrange(self, anew: bool = False) -> None:
        """The fewest columns whose rows all fit in the height, so that few cards are large; as many
        as are readable where there are more cards than that."""
        gap, view, shown = self._grid.horizontalSpacing(), self._area.viewport(), self.shown()
        room = view.width() - 2 * self.px(MARGIN)
        side_by_side = room >= self._ways.minimumSize().width() + self._filters.sizeHint().width()
        way = QBoxLayout.Direction
        self._tools.setDirection(way.LeftToRight if side_by_side else way.TopToBottom)
        most = min(MOST_COLUMNS, max(1, (room + gap) // (self.px(250) + gap)))
        high = view.height() - self.px(_ABOVE) - self.px(40)
        columns = next(
            (
                n
                for n in range(min(2, most), most)
                if self._row_height(high, len(shown), n) >= self.px(_LEAST_HEIGHT)
            ),
            most,
        )
        if columns != self.columns or anew:
            self.columns = columns
            for card in self.cards:
                self._grid.removeWidget(card)
                card.hide()
            for n, card in enumerate(shown):
                self._grid.addWidget(card, n // columns, n % columns)
                card.show()
            for column in range(MOST_COLUMNS):
                self._grid.setColumnStretch(column, int(column < columns))
        width = (room + gap) / columns - gap
        row = self._row_height(high, len(shown), columns)
        lines = max((card.lines(width) for card in shown), default=1)
        for card in self.cards:
            card.fit(width, row, lines)

    def _row_height(self, high: int, cards: int, columns: int) -> float:
        rows = max(1, -(-cards // columns))
        gap = self._grid.verticalSpacing()
        return (high + gap) / rows - gap


class PresetCard(QAbstractButton):
    """A preset as one large button: thumbnail, title, summary, chips."""

    def __init__(self, theme: Theme, scale: float, shipped: ShippedPreset, language: str) -> None:
        super().__init__()
        self.shipped = shipped
        self._theme = theme
        self._scale = scale
        preset = shipped.preset
        self._title = preset.title.zh if language == "zh" else preset.title.en
        self._summary = preset.summary.zh if language == "zh" else preset.summary.en
        self._opening = False
        self.setAccessibleName(self._title)
        self.setAccessibleDescription(self._summary)
        self.setToolTip(self._summary)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._thumbnail = 140.0 * scale
        self._text = scale
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def show_opening(self, opening: bool) -> None:
        """Say that this one is being opened, or no longer."""
        if opening != self._opening:
            self._opening = opening
            self.update()

    def sizeHint(self) -> QSize:
        """As wide as the grid wants; the gallery sets the height."""
        return QSize(round(250 * self._scale), round(280 * self._scale))

    def minimumSizeHint(self) -> QSize:
        """Narrower than this it cannot be read."""
        return QSize(round(200 * self._scale), round(280 * self._scale))

    def lines(self, width: float) -> int:
        """How many lines its summary takes in a card of ``width``."""
        s = self._text_scale(width)
        return len(wrapped(self._summary, look.font(s, 9), width - 28 * s - 3, 3))

    def fit(self, width: float, room: float, lines: int) -> None:
        """Be as high as a card of ``width`` with so many ``lines`` has to be; the thumbnail grows
        with the ``room`` but keeps about its shape."""
        self._text = self._text_scale(width)
        words = 12 + 25 + 9 + 21 + 14
        below = words * self._text + lines * QFontMetricsF(look.font(self._text, 9)).height()
        most = min(width * 0.56, room - below)
        self._thumbnail = max(_LEAST_THUMBNAIL * self._scale, most)
        self.setFixedHeight(round(self._thumbnail + below))

    def _text_scale(self, width: float) -> float:
        """Large cards have larger words."""
        return self._scale * min(1.3, max(1.0, width / (400 * self._scale)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens as Space does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Draw again when enabled or disabled."""
        super().changeEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw box, thumbnail, words, chips, and the ring of hover or focus."""
        s, theme = self._scale, self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        shape = QPainterPath()
        shape.addRoundedRect(box, 10 * s, 10 * s)
        painter.fillPath(shape, theme.color("raised" if self.isDown() else "panel"))
        picture = QRectF(box.left(), box.top(), box.width(), self._thumbnail)
        painter.save()
        painter.setClipPath(shape)
        painter.fillRect(picture, theme.color("background"))
        painter.fillRect(picture, theme.color(FAMILIES[self.shipped.preset.model.family], 0.05))
        draw_thumbnail(painter, picture, self.shipped.preset.model, theme, picture.height() / 140)
        painter.restore()
        lively = self.underMouse() or self.hasFocus() or self._opening
        ring = theme.color("accent" if lively else "line")
        painter.setPen(QPen(ring, 2.0 if self.hasFocus() or self._opening else 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(shape)
        self._write(painter, box, picture.bottom() + 12 * self._text)
        painter.end()

    def _write(self, painter: QPainter, box: QRectF, top: float) -> None:
        s, theme = self._text, self._theme
        left, width = box.left() + 14 * s, box.width() - 28 * s
        bold = look.font(s, 12, 600)
        painter.setFont(bold)
        painter.setPen(theme.color("text"))
        title = QFontMetricsF(bold).elidedText(self._title, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QRectF(left, top, width, 22 * s), Qt.AlignmentFlag.AlignVCenter, title)
        small = look.font(s, 9)
        painter.setFont(small)
        painter.setPen(theme.color("dim"))
        line = QFontMetricsF(small).height()
        for n, text in enumerate(wrapped(self._summary, small, width, 3)):
            row = QRectF(left, top + 25 * s + n * line, width, line)
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, text)
        self._draw_chips(painter, left, box.bottom() - 33 * s, width)

    def _draw_chips(self, painter: QPainter, left: float, top: float, width: float) -> None:
        s, theme = self._text, self._theme
        model = self.shipped.preset.model
        family = theme.color(FAMILIES[model.family])
        chips = [(family_name(model.family), family), (self._size(model), theme.color("dim"))]
        weights = self.shipped.preset.weights
        if self._opening:
            chips = [(self.tr("Opening…"), theme.color("accent"))]
        elif weights is not None and self.shipped.weights is not None:
            chips.append((self.tr("trained"), theme.color("good")))
        small = look.font(s, 8.5)
        metrics = QFontMetricsF(small)
        painter.setFont(small)
        x = left
        for text, color in chips:
            wide = metrics.horizontalAdvance(text) + 18 * s
            if x + wide > left + width + 1:
                break
            chip = QRectF(x, top, wide, 21 * s)
            pale = QColor(color)
            pale.setAlphaF(0.14)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(pale)
            painter.drawRoundedRect(chip, chip.height() / 2, chip.height() / 2)
            painter.setPen(color)
            # all on one line, whatever script they are in
            painter.drawText(QPointF(x + 9 * s, chip.center().y() + metrics.capHeight() / 2), text)
            x += wide + 6 * s

    def _size(self, model: ModelSpec) -> str:
        if isinstance(model, MLPSpec):
            return "-".join(map(str, model.sizes))
        if isinstance(model, CNNSpec):
            channels = "-".join(map(str, model.channels))
            return self.tr("{height}×{width} · {channels} channels").format(
                height=model.image[0], width=model.image[1], channels=channels
            )
        return self.tr("{layers} layers · {heads} heads").format(
            layers=model.layers, heads=model.heads
        )


def family_name(family: str) -> str:
    """What people call a family of models; the same in every language."""
    return family.upper()


def wrapped(text: str, font: QFont, width: float, lines: int) -> list[str]:
    """``text`` in at most ``lines`` lines, broken by the rules of its language; the last elided."""
    if not text:
        return []
    layout = QTextLayout(text, font)
    layout.beginLayout()
    starts: list[int] = []
    while len(starts) < lines:
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        starts.append(line.textStart())
    layout.endLayout()
    made = [text[a:b].strip() for a, b in pairwise([*starts, len(text)])]
    last = QFontMetricsF(font).elidedText(made[-1], Qt.TextElideMode.ElideRight, width)
    return [*made[:-1], last]


def _opening(state: AppState) -> str:
    """The preset that is on its way; nothing is without an engine."""
    return "" if state.engine.status == "lost" else state.opening
