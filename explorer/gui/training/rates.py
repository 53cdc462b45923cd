"""`Rates`: the learning rate over a whole plan, as a small picture."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from explorer.core.schedule import learning_rate_at
from explorer.core.spec import TrainSpec
from explorer.gui import theme as look
from explorer.gui.theme import Theme
from explorer.gui.training.numbers import grouped, short

_HEIGHT = 46  # pixels of the curve alone


class Rates(QWidget):
    """The learning rate of every step that a plan has, with the step where the training is."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme, self._scale = theme, scale
        self._plan: TrainSpec | None = None
        self._step = 0
        self.setFont(look.font(scale, 8.5))
        self.setAccessibleName(self.tr("The learning rate over the steps of the plan"))

    def sizeHint(self) -> QSize:
        """A flat picture above one line of words."""
        height = round(_HEIGHT * self._scale) + self.fontMetrics().height()
        return QSize(round(120 * self._scale), height)

    def minimumSizeHint(self) -> QSize:
        """As wide as need be."""
        return self.sizeHint()

    def show_plan(self, plan: TrainSpec | None, step: int) -> None:
        """The plan, and how many of its steps are done."""
        if plan is not None:
            at = learning_rate_at(plan, min(step, plan.steps - 1))
            self.setToolTip(
                self.tr("Step {step}: learning rate {rate}").format(
                    step=grouped(min(step + 1, plan.steps)), rate=f"{at:.4g}"
                )
            )
        self._plan, self._step = plan, step
        self.update()

    def curve(self) -> list[QPointF]:
        """The curve in pixels: a point per pixel, the greatest rate at the top."""
        assert self._plan is not None
        plan, area = self._plan, self._area()
        last = plan.steps - 1
        count = max(2, int(area.width()))
        rates = [learning_rate_at(plan, round(n / (count - 1) * last)) for n in range(count)]
        return [
            QPointF(
                area.left() + n / (count - 1) * area.width(),
                area.bottom() - rate / plan.learning_rate * area.height(),
            )
            for n, rate in enumerate(rates)
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw curve, place and the words under it."""
        if self._plan is None:
            return
        plan, area, s = self._plan, self._area(), self._scale
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("line"), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(QPen(self._theme.color("accent"), 1.6 * s))
        painter.drawPolyline(self.curve())
        done = min(self._step, plan.steps - 1)
        share = done / max(1, plan.steps - 1)
        rate = learning_rate_at(plan, done)
        place = QPointF(
            area.left() + share * area.width(),
            area.bottom() - rate / plan.learning_rate * area.height(),
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("text"))
        painter.drawEllipse(place, 3 * s, 3 * s)
        painter.setPen(self._theme.color("dim"))
        words = QRectF(0, area.bottom() + 4 * s, self.width(), self.fontMetrics().height())
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft, short(rate))
        end = self.tr("{count} steps").format(count=grouped(plan.steps))
        painter.drawText(words, Qt.AlignmentFlag.AlignRight, end)
        painter.end()

    def _area(self) -> QRectF:
        edge = 4 * self._scale
        below = self.fontMetrics().height() + 4 * self._scale
        return QRectF(self.rect()).adjusted(edge, edge, -edge, -below)
