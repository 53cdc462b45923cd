"""`Phases`: the five phases of an iteration as cards, one below the other."""

from __future__ import annotations

from functools import partial
from math import prod

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from explorer.core.graph import named_shape
from explorer.core.iteration import PHASES, Phase
from explorer.gui import theme as look
from explorer.gui.theme import Theme
from explorer.gui.training.numbers import grouped, short
from explorer.session.iterating import Iterating

OPTIMIZERS = {
    "sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "rmsprop": "RMSprop", "adagrad": "Adagrad",
}  # fmt: skip


class Phases(QWidget):
    """The phases; those that are done have a tick, the one that is looked at is framed.

    Signals:
        chosen (str): that phase is wanted.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        titles: dict[Phase, str] = {
            "batch": self.tr("Batch"), "forward": self.tr("Forward"), "loss": self.tr("Loss"),
            "backward": self.tr("Backward"), "update": self.tr("Update"),
        }  # fmt: skip
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(round(6 * scale))
        self.cards: dict[Phase, PhaseCard] = {}
        for number, phase in enumerate(PHASES, 1):
            card = PhaseCard(theme, scale, f"{number} {titles[phase]}")
            card.setObjectName(f"phase-{phase}")
            card.clicked.connect(partial(self.chosen.emit, phase))
            self.cards[phase] = card
            column.addWidget(card)

    def show_iteration(self, now: Iterating | None) -> None:
        """What happened in each phase, or what happens in it."""
        said = self._happens() if now is None else self._happened(now)
        for phase, card in self.cards.items():
            reached = now is not None and now.has(phase)
            here = now is not None and now.phase == phase
            card.show_phase(said[phase], reached and not here, here, now is not None)

    def _happens(self) -> dict[Phase, str]:
        return {
            "batch": self.tr("some samples are drawn from the training set"),
            "forward": self.tr("the network computes its logits"),
            "loss": self.tr("one number says how wrong they are"),
            "backward": self.tr("gradients flow from the loss to the weights"),
            "update": self.tr("the optimizer changes every weight a little"),
        }

    def _happened(self, now: Iterating) -> dict[Phase, str]:
        told, recording = now.iteration, now.recording
        values = recording.values
        weights = sum(prod(values[one.parameter].shape) for one in told.updates)
        update = self.tr("{optimizer} changes {count} weights · learning rate {rate}").format(
            optimizer=OPTIMIZERS[told.optimizer], count=grouped(weights), rate=short(told.rate)
        )
        backward = self.tr("{count} gradients, the last op first · ‖∂L/∂w‖ = {norm}").format(
            count=grouped(len(told.gradients)), norm=short(told.norm)
        )
        if told.clip < 1:
            backward = self.tr("‖∂L/∂w‖ = {norm}, clipped to {clipped}").format(
                norm=short(told.norm), clipped=short(told.norm * told.clip)
            )
        return {
            "batch": self.tr("{count} samples of the training set · {shape}").format(
                count=grouped(told.samples), shape=named_shape(values[told.inputs])
            ),
            "forward": self.tr("{count} ops · logits {shape}").format(
                count=grouped(len(recording.events) - 1), shape=named_shape(values[told.logits])
            ),
            "loss": self.tr("cross-entropy = {loss}").format(loss=short(told.cost)),
            "backward": backward,
            "update": update,
        }


class PhaseCard(QAbstractButton):
    """A phase with its title and what happened in it."""

    def __init__(self, theme: Theme, scale: float, title: str) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self._title = title
        self.said = ""
        self.done = self.here = False
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_phase(self, said: str, done: bool, here: bool, able: bool) -> None:
        """What it says, and how it stands."""
        self.said, self.done, self.here = said, done, here
        self.setEnabled(able)
        self.setAccessibleName(f"{self._title}: {said}")
        self.setToolTip(said)
        self.update()

    def sizeHint(self) -> QSize:
        """Two lines."""
        return QSize(round(240 * self._scale), round(46 * self._scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box, the title, what happened and a tick."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, scale = self._theme, self._scale
        rim = theme.color("cursor" if self.here else "accent" if self.hasFocus() else "line")
        painter.setPen(QPen(rim, 1.4 if self.here or self.hasFocus() else 1))
        painter.setBrush(theme.color("cursor", 0.16) if self.here else theme.color("raised"))
        radius = 8 * scale
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
        room = QRectF(self.rect()).adjusted(12 * scale, 5 * scale, -12 * scale, -5 * scale)
        lively = self.done or self.here
        painter.setPen(theme.color("text" if lively else "dim"))
        painter.setFont(look.font(scale, 10.5, 600))
        upper = QRectF(room.left(), room.top(), room.width(), room.height() / 2)
        painter.drawText(upper, Qt.AlignmentFlag.AlignVCenter, self._title)
        if self.done:
            painter.setPen(theme.color("good"))
            painter.drawText(
                upper, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, "✓"
            )
        painter.setPen(theme.color("dim"))
        painter.setFont(look.font(scale, 9.5))
        lower = QRectF(room.left(), room.center().y(), room.width(), room.height() / 2)
        text = painter.fontMetrics().elidedText(
            self.said, Qt.TextElideMode.ElideRight, int(lower.width())
        )
        painter.drawText(lower, Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()
