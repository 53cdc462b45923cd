"""`TokenLine`: the tokens of a prompt and those that were drawn after it, in one line."""

from __future__ import annotations

from bisect import bisect_right

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from explorer.core.generation import Drawn
from explorer.gui.theme import Theme, mono
from explorer.gui.tips import as_written

_HIGH = 24  # pixels of a chip
_GAP, _PAD = 3, 6
_LONGEST = 160  # pixels of a name
_CHANCE = 3  # pixels of the line that tells how likely a token was


class TokenLine(QWidget):
    """A chip for each token: those of the prompt are dim; of one that was drawn a line below tells
    how likely it was. The last chip stands for the token that comes next. The one that the pass on
    screen gives is framed.

    Signals:
        chosen (int): the drawn token with that number was clicked, or chosen with the arrows; one
            past the last stands for the next.
    """

    chosen = Signal(int)
    own_keys = frozenset({Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End})

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self._prompt: tuple[str, ...] = ()
        self._tokens: tuple[Drawn, ...] = ()
        self._lefts: list[float] = []  # of the chips, and where the last ends
        self._at = 0
        self._outside = 0
        self._pending = False
        self.setFont(mono(scale, 9.5))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # who clicks goes on stepping
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("Tokens"))

    def show_tokens(
        self, prompt: tuple[str, ...], tokens: tuple[Drawn, ...], at: int, outside: int,
        pending: bool,
    ) -> None:  # fmt: skip
        """The pass on screen gives token ``at``, and no longer reads the ``outside`` first ones;
        ``pending`` tells that more are on their way."""
        self._at, self._outside, self._pending = at, outside, pending
        if (prompt, tokens) != (self._prompt, self._tokens) or not self._lefts:
            self._prompt, self._tokens = prompt, tokens
            self._measure()
            self.setAccessibleDescription(" ".join(one.name for one in tokens))
        self.update()

    @property
    def shown(self) -> QRectF:
        """Where the chip is of the token that the pass on screen gives."""
        return self.place(self._at)

    def place(self, number: int) -> QRectF:
        """Where a drawn token is, or the next one."""
        chip = len(self._prompt) + number
        left = self._lefts[chip]
        wide = self._lefts[chip + 1] - left - _GAP * self._scale
        return QRectF(left, self._edge, wide, self._high)

    def sizeHint(self) -> QSize:
        """All chips."""
        wide = self._lefts[-1] if self._lefts else 0
        return QSize(round(wide) + 2, round(self._high + 2 * self._edge))

    @property
    def _high(self) -> float:
        return max(_HIGH * self._scale, self.fontMetrics().height() + 6 * self._scale)

    @property
    def _edge(self) -> float:
        return 2 * self._scale

    def _measure(self) -> None:
        metrics, pad = self.fontMetrics(), (2 * _PAD + _GAP) * self._scale
        known: dict[str, float] = {}
        x, self._lefts = self._edge, []
        for name in (*self._prompt, *(one.name for one in self._tokens), "…"):
            if name not in known:
                longest = round(_LONGEST * self._scale)
                known[name] = min(metrics.horizontalAdvance(name), longest) + pad
            self._lefts.append(x)
            x += known[name]
        self._lefts.append(x)
        self.setFixedSize(self.sizeHint())

    def _chip_at(self, x: float) -> int:
        """The number of the drawn token there, negative in the prompt."""
        chip = min(bisect_right(self._lefts, x), len(self._lefts) - 1) - 1
        return max(chip, 0) - len(self._prompt)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The chips in view."""
        if not self._lefts:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        seen = event.rect()
        first, last = self._chip_at(seen.left()), self._chip_at(seen.right())
        for number in range(first, last + 1):
            self._paint(painter, number)
        if self.hasFocus():
            painter.setPen(self._theme.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _paint(self, painter: QPainter, number: int) -> None:
        theme, s, place = self._theme, self._scale, self.place(number)
        drawn = 0 <= number < len(self._tokens)
        following = number == len(self._tokens)
        read = len(self._prompt) + number
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent" if drawn else "embedding", 0.16 if drawn else 0.13))
        ink = "text" if drawn else "dim"
        if following:
            painter.setPen(QPen(theme.color("dim"), 1, Qt.PenStyle.DashLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        if number == self._at:
            painter.setPen(QPen(theme.color("cursor"), max(2.0, 2 * s)))
        painter.drawRoundedRect(place.adjusted(1, 1, -1, -1), 4 * s, 4 * s)
        if drawn:
            chance = place.adjusted(3 * s, 0, -3 * s, 0)
            chance.setTop(place.bottom() - (_CHANCE + 2) * s)
            chance.setHeight(_CHANCE * s)
            painter.fillRect(chance, theme.color("accent", 0.22))
            chance.setWidth(chance.width() * self._tokens[number].chance)
            painter.fillRect(chance, theme.color("accent"))
        outside = read < self._outside or number > self._at
        painter.setPen(theme.color(ink, 0.55 if outside and not following else 1.0))
        text = self._name(number)
        inside = place.adjusted(_PAD * s, 0, -_PAD * s, -_CHANCE * s if drawn else 0)
        said = self.fontMetrics().elidedText(
            text, Qt.TextElideMode.ElideMiddle, round(inside.width()) + 1
        )
        painter.drawText(inside, Qt.AlignmentFlag.AlignCenter, said)

    def _name(self, number: int) -> str:
        if number < 0:
            return self._prompt[number + len(self._prompt)]
        if number == len(self._tokens):
            return "…" if self._pending else "?"
        return self._tokens[number].name

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Show the pass that gave it."""
        number = self._chip_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and number >= 0:
            self.chosen.emit(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrows go from token to token."""
        there = {
            Qt.Key.Key_Left: self._at - 1, Qt.Key.Key_Right: self._at + 1,
            Qt.Key.Key_Home: 0, Qt.Key.Key_End: len(self._tokens),
        }.get(Qt.Key(event.key()))  # fmt: skip
        if there is None:
            super().keyPressEvent(event)
        elif 0 <= there <= len(self._tokens):
            self.chosen.emit(there)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """A frame tells that the arrows go here."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """No frame."""
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        """Say how likely the token under the mouse was."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self._lefts:
            said = self.told(self._chip_at(event.pos().x()))
            QToolTip.showText(event.globalPos(), as_written(said), self)
            return True
        return super().event(event)

    def told(self, number: int) -> str:
        """What is said of a token: drawn ones count from 0, those of the prompt end at −1."""
        if number < 0:
            said = self.tr("token of the prompt: {token}").format(token=self._name(number))
            if number + len(self._prompt) < self._outside:
                more = self.tr("The pass on screen no longer reads it: the model's window went on.")
                said = f"{said}\n{more}"
            return said
        if number == len(self._tokens):
            return self.tr("The token that comes next; this pass predicts it.")
        one = self._tokens[number]
        return self.tr(
            "token {number}: {token}\ndrawn at {chance}; the model says {likely}\n"
            "Click to see the pass that gave it."
        ).format(
            number=number + 1, token=one.name, chance=f"{one.chance:.1%}",
            likely=f"{one.likely:.1%}",
        )  # fmt: skip
