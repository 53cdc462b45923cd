"""`TrainingBar`: start, pause, one step, reset, and how far the training is."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from explorer.gui import theme as look
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme
from explorer.gui.training.numbers import clock, grouped, percent, short
from explorer.session.intents import NextPhase, PauseTraining, Reopen, Retrain, StartTraining
from explorer.session.state import AppState, Training


class TrainingBar(Panel):
    """The bar under the training page."""

    def __init__(self, theme: Theme, scale: float = 1.0, parent: QWidget | None = None) -> None:
        super().__init__(theme, scale, parent)
        self._running = False
        self.reset = QPushButton(self.tr("↺ Reset"))
        self.reset.setToolTip(self.tr("Begin again with fresh weights from the seed of the plan"))
        self.start = QPushButton(self.tr("▶ Start"))
        self.start.setProperty("primary", True)
        self.one = QPushButton(self.tr("▶| One step"))
        self.one.setToolTip(self.tr("One batch forward, back, and one change of the weights"))
        self.phase = QPushButton(self.tr("Phase ↓"))
        self.phase.setToolTip(
            self.tr("One batch with everything in sight: batch, forward, loss, backward, update")
        )
        self.shipped = QPushButton(self.tr("Preset's weights"))
        self.shipped.setToolTip(
            self.tr("Bring back the weights that came with the preset (Ctrl+R)")
        )
        self.shipped.clicked.connect(lambda: self.intent.emit(Reopen()))
        self.reset.clicked.connect(lambda: self.intent.emit(Retrain()))
        self.start.clicked.connect(self._toggle)
        self.one.clicked.connect(lambda: self.intent.emit(StartTraining(steps=1)))
        self.phase.clicked.connect(lambda: self.intent.emit(NextPhase()))
        labels = (self.tr("▶ Start"), self.tr("❚❚ Pause"), self.tr("▶ Continue"))
        self.start.setMinimumWidth(
            max(self.start.fontMetrics().horizontalAdvance(text) for text in labels) + self.px(30)
        )
        self.epoch, self.step, self.score = (Chip(theme, scale) for _ in range(3))
        self.pace = QLabel()
        self.pace.setFont(look.font(scale, 9.5))
        palette = self.pace.palette()
        palette.setColor(self.pace.foregroundRole(), theme.color("dim"))
        self.pace.setPalette(palette)
        self.progress = Progress(theme, scale)
        row = QHBoxLayout()
        row.setSpacing(self.px(8))
        buttons = (self.reset, self.start, self.one, self.phase, self.shipped)
        for widget in (*buttons, self.epoch, self.step, self.score):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.pace)
        column = QVBoxLayout(self)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # chips give way
        column.setContentsMargins(self.px(16), self.px(10), self.px(16), self.px(12))
        column.setSpacing(self.px(10))
        column.addLayout(row)
        column.addWidget(self.progress)
        self._show(None, ready=False)

    def render(self, old: AppState | None, new: AppState) -> None:
        """Follow the training."""
        changed = old is None or old.training is not new.training
        if changed or (old is not None and _is_ready(old) != _is_ready(new)):
            self._show(new.training, ready=_is_ready(new))
            trained = new.shipped is not None and new.shipped.weights is not None
            away = new.training is not None and new.training.weights not in ("", "shipped")
            self.shipped.setVisible(trained and away and not self._running)
            self._fit()

    def minimumSizeHint(self) -> QSize:
        """The buttons must fit; the chips give way."""
        return QSize(self.px(500), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many chips as fit."""
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground and the line above it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.theme.color("panel"))
        painter.fillRect(0, 0, self.width(), 1, self.theme.color("line"))
        painter.end()

    def _toggle(self) -> None:
        self.intent.emit(PauseTraining() if self._running else StartTraining())

    def _show(self, training: Training | None, ready: bool) -> None:
        able = ready and training is not None
        self._running = training is not None and training.running
        total = 0 if training is None else training.steps or training.plan.steps
        step = 0 if training is None else training.step
        done = total > 0 and step >= total
        self.reset.setEnabled(able and step > 0)
        self.start.setEnabled(able)
        self.one.setEnabled(able and not self._running)
        self.phase.setEnabled(able and not self._running)
        if self._running:
            self.start.setText(self.tr("❚❚ Pause"))
        else:
            self.start.setText(self.tr("▶ Continue") if step else self.tr("▶ Start"))
        self.progress.show_share(step / total if total else 0.0)
        self.pace.setText("" if training is None else self._pace(training, done))
        if training is None or not step:
            for chip in (self.epoch, self.step, self.score):
                chip.setText("")
            self._fit()
            return
        self.epoch.setText(self.tr("epoch {epoch}").format(epoch=_epochs(training.epoch)))
        self.step.setText(
            self.tr("step {step} / {total}").format(step=grouped(step), total=grouped(total))
        )
        self._show_score(training)
        self._fit()

    def _fit(self) -> None:
        """Hide what does not fit beside the buttons, the least telling first."""
        gap = self.px(8)
        left = self.width() - 2 * self.px(16) - 2 * gap
        buttons = (self.reset, self.start, self.one, self.phase, self.shipped)
        left -= sum(
            max(b.sizeHint().width(), b.minimumWidth()) + gap for b in buttons if not b.isHidden()
        )
        for label in (self.score, self.step, self.epoch, self.pace):
            needed = label.sizeHint().width() + gap
            label.setVisible(bool(label.text()) and left >= needed)
            left -= 0 if label.isHidden() else needed

    def _show_score(self, training: Training) -> None:
        """The newest loss and accuracy: those on the validation data where there are any."""
        where = "validation" if _newest(training, "validation/loss") is not None else "train"
        loss = _newest(training, f"{where}/loss")
        accuracy = _newest(training, f"{where}/accuracy")
        if loss is None or accuracy is None:
            self.score.setText("")
            return
        if where == "train":
            text = self.tr("loss {loss} · accuracy {accuracy}")
        else:
            text = self.tr("validation loss {loss} · accuracy {accuracy}")
        self.score.setText(text.format(loss=short(loss), accuracy=percent(accuracy)))
        self.score.setToolTip(
            self.tr("Measured on the validation data, which the model does not train on")
            if where == "validation"
            else self.tr("Measured on the last batch")
        )

    def _pace(self, training: Training, done: bool) -> str:
        if done and not training.running:
            return self.tr("done · Continue trains as many steps again")
        if not training.running:
            return ""
        pace = grouped(training.steps_per_second)
        if training.left < 0:
            return self.tr("{pace} steps/s").format(pace=pace)
        return self.tr("{pace} steps/s · {left} left").format(pace=pace, left=clock(training.left))


class Chip(QLabel):
    """A small fact in a rounded outline."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._line = theme.color("line")
        self.setFont(look.font(scale, 9.5))
        pad = round(10 * scale)
        self.setContentsMargins(pad, round(3 * scale), pad, round(3 * scale))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the outline, then the text."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._line)
        radius = self.height() / 2 - 0.5
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.end()
        super().paintEvent(event)


class Progress(QWidget):
    """A thin bar, filled as far as the plan is done."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self.share = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_share(self, share: float) -> None:
        """Fill it to ``share``, between 0 and 1."""
        self.share = min(1.0, max(0.0, share))
        self.setAccessibleName(self.tr("Training done: {share}").format(share=percent(self.share)))
        self.update()

    def sizeHint(self) -> QSize:
        """Thin."""
        return QSize(200, round(8 * self._scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the groove and what is done of it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        radius = self.height() / 2
        painter.setBrush(self._theme.color("line"))
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        if self.share > 0:
            done = QRectF(self.rect())
            done.setWidth(max(done.height(), done.width() * self.share))
            painter.setBrush(self._theme.color("accent"))
            painter.drawRoundedRect(done, radius, radius)
        painter.end()


def _is_ready(state: AppState) -> bool:
    return state.engine.status == "ready" and not state.gives_way


def _newest(training: Training, name: str) -> float | None:
    series = training.curves.get(name)
    return float(series.points[-1, 1]) if series else None


def _epochs(epoch: float) -> str:
    return f"{epoch:.2f}" if epoch < 1 else f"{epoch:.1f}" if epoch < 100 else grouped(epoch)
