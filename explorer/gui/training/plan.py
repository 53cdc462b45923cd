"""`TrainingPlan`: what is learnt from, and how; every edit holds from the next step on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QLabel, QVBoxLayout, QWidget

from explorer.core.spec import TUNED, PointsData, TableData, TextData, TrainSpec
from explorer.gui import theme as look
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme
from explorer.gui.training.card import tint
from explorer.gui.training.fields import Box, Choice, Field, LogSlider
from explorer.gui.training.numbers import grouped
from explorer.gui.training.phases import OPTIMIZERS
from explorer.gui.training.rates import Rates
from explorer.session.intents import EditPlan
from explorer.session.state import AppState

_ROWS = {"breast_cancer": 569, "iris": 150, "wine": 178}
_DIGITS = 1797


class TrainingPlan(Panel):
    """The data and the plan of a training, as a column of fields.

    An edit that the spec allows is emitted at once as `EditPlan`; one that it does not is
    answered beside the field, and the plan stays as it is.
    """

    def __init__(self, theme: Theme, scale: float = 1.0, parent: QWidget | None = None) -> None:
        super().__init__(theme, scale, parent)
        self._plan: TrainSpec | None = None
        self._able = False
        self.fields: dict[str, Field] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(self.px(10), self.px(14), self.px(10), self.px(14))
        self._column.setSpacing(self.px(8))

        self._heading(self.tr("DATA"))
        self.data = QLabel()
        self.data.setWordWrap(True)
        self.split = QLabel()
        self.split.setWordWrap(True)
        self.split.setFont(look.font(scale, 9.5))
        tint(self.split, theme.color("dim"))
        self._box(self.data, self.split)

        self._heading(self.tr("OPTIMIZER"))
        self.optimizer = self._choice(
            "optimizer", self.tr("Optimizer"), {name: OPTIMIZERS[name] for name in TUNED}
        )
        self.slider = LogSlider(theme, scale, -5, 0)
        self.slider.setAccessibleName(self.tr("Learning rate"))
        self.slider.moved.connect(partial(self._edit, "learning_rate"))
        self.nesterov = QCheckBox(self.tr("Nesterov"))
        self.nesterov.setToolTip(
            self.tr("The gradient is added once more after the momentum, as if a step ahead")
        )
        self.nesterov.clicked.connect(lambda checked: self._edit("nesterov", checked))
        rate = self._number(
            "learning_rate", self.tr("Learning rate"), self.tr("a number above 0, at most 100")
        )
        share = self.tr("a number from 0 to below 1")
        tuned = (
            self._number("momentum", self.tr("Momentum"), share),
            self._number("beta1", "β₁", share),
            self._number("beta2", "β₂", share),
            self._number("alpha", "α", share),
            self._number("eps", "ε", self.tr("a number above 0, at most 1")),
        )
        self._box(
            rate,
            self.slider,
            *tuned,
            self.nesterov,
            self._number("weight_decay", self.tr("Weight decay"), self.tr("a number from 0 to 10")),
            self._number(
                "max_norm", self.tr("Clip norm"), self.tr("a number from 0 to 1,000,000"),
                self.tr("0: gradients are not clipped"),
            ),
        )  # fmt: skip

        self._heading(self.tr("SCHEDULE"))
        self.schedule = self._choice(
            "schedule",
            self.tr("Schedule of the learning rate"),
            {"constant": self.tr("Constant"), "step": self.tr("Step"), "cosine": self.tr("Cosine")},
        )
        self.rates = Rates(theme, scale)
        whole = self.tr("a whole number above 0")
        self._box(
            self.rates,
            self._number("warmup", self.tr("Warm-up"), self.tr("a whole number, 0 or more")),
            self._number("step_size", self.tr("Step size"), whole),
            self._number("gamma", "γ", self.tr("a number above 0, at most 1")),
        )

        self._heading(self.tr("RUN"))
        self._box(
            self._number(
                "batch_size", self.tr("Batch size"), self.tr("a whole number from 1 to 65,536")
            ),
            self._number("steps", self.tr("Steps"), whole),
            self._number(
                "seed", self.tr("Seed"), self.tr("a whole number, 0 or more"),
                self.tr("used at the next Reset"),
            ),
        )  # fmt: skip
        self._column.addStretch(1)

        self.setMinimumWidth(self.px(200))
        self.setEnabled(False)

    def render(self, old: AppState | None, new: AppState) -> None:
        """Show data and plan of ``new``."""
        plan = None if new.training is None else new.training.plan
        if plan is not self._plan or old is None or old.training is not new.training:
            self.rates.show_plan(plan, 0 if new.training is None else new.training.step)
        able = plan is not None and not new.gives_way
        if plan is not self._plan or able != self._able:
            self._plan, self._able = plan, able
            self.setEnabled(able)
            if plan is not None:
                self._show_plan(plan)
        if (
            old is None
            or old.shipped is not new.shipped
            or old.model is not new.model
            or old.training is not new.training
        ):
            self._show_data(new)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.theme.color("panel"))
        painter.end()

    def _show_plan(self, plan: TrainSpec) -> None:
        self.optimizer.setCurrentIndex(self.optimizer.findData(plan.optimizer))
        self.schedule.setCurrentIndex(self.schedule.findData(plan.schedule))
        self.slider.show_value(plan.learning_rate)
        self.nesterov.setChecked(plan.nesterov)
        self.nesterov.setEnabled(plan.momentum > 0)
        for name, field in self.fields.items():
            field.show_value(getattr(plan, name))
        told = TUNED[plan.optimizer]
        for name in ("momentum", "beta1", "beta2", "alpha", "eps"):
            self.fields[name].setVisible(name in told)
        self.nesterov.setVisible("nesterov" in told)
        self.rates.setVisible(plan.schedule != "constant" or plan.warmup > 0)
        for name in ("step_size", "gamma"):
            self.fields[name].setVisible(plan.schedule == "step")

    def _show_data(self, state: AppState) -> None:
        if state.shipped is None:
            self.data.setText("")
            self.split.setText("")
            return
        data = state.shipped.preset.data
        plan = state.shipped.preset.train if self._plan is None else self._plan
        counted = 0 if state.model is None else state.model.samples
        total = 0
        if isinstance(data, PointsData):
            title = {
                "spirals": self.tr("Two spirals"),
                "moons": self.tr("Two moons"),
                "circles": self.tr("Two circles"),
                "xor": self.tr("XOR"),
            }[data.shape]
            total = data.samples
            size = self.tr("{count} points · noise {noise}").format(
                count=grouped(total), noise=f"{data.noise:g}"
            )
        elif isinstance(data, TableData):
            title = {
                "breast_cancer": self.tr("Breast cancer, Wisconsin"),
                "iris": self.tr("Iris flowers"),
                "wine": self.tr("Wine"),
            }[data.table]
            total = _ROWS[data.table]
            size = self.tr("{count} rows · {features} features").format(
                count=grouped(total), features=data.features
            )
        elif isinstance(data, TextData):
            title = self.tr("Python's own manual")
            size = self.tr("{count} different characters").format(count=len(data.vocabulary))
        else:
            title = self.tr("Handwritten digits")
            total = _DIGITS
            size = self.tr("{count} images").format(count=grouped(total))
        if total and counted:
            split = self.tr("train {train} · validation {validation}").format(
                train=grouped(total - counted), validation=grouped(counted)
            )
        else:
            held = round(plan.validation * 100)
            split = self.tr("train {train} % · validation {validation} %").format(
                train=100 - held, validation=held
            )
        self.data.setText(title)
        self.split.setText(f"{size}\n{split}")

    def _changed(self, name: str, value: Any) -> TrainSpec | None:
        """The plan with one entry changed, None if the spec does not allow it."""
        if self._plan is None:
            return None
        entries = {**self._plan.model_dump(), name: value}
        if name == "momentum" and not value:
            entries["nesterov"] = False  # which is a way of using it
        try:
            return TrainSpec.model_validate(entries)
        except ValueError:
            return None

    def _allows(self, name: str, value: float) -> bool:
        return self._changed(name, value) is not None

    def _edit(self, name: str, value: Any) -> None:
        plan = self._changed(name, value)
        if plan is not None and plan != self._plan:
            self.intent.emit(EditPlan(plan))

    def _choice(self, name: str, label: str, titles: Mapping[str, str]) -> Choice:
        made = Choice(self.theme, self.scale)
        made.setAccessibleName(label)
        for value, title in titles.items():
            made.addItem(title, value)
        made.activated.connect(lambda at: self._edit(name, made.itemData(at)))
        self._column.addWidget(made)
        return made

    def _number(self, name: str, label: str, allowed: str, hint: str = "") -> Field:
        whole = TrainSpec.model_fields[name].annotation is int
        field = Field(self.theme, self.scale, label, whole=whole)
        field.check = partial(self._allows, name)
        field.allowed = allowed
        field.say_hint(hint)
        field.edited.connect(partial(self._edit, name))
        self.fields[name] = field
        return field

    def _heading(self, text: str) -> None:
        label = QLabel(text)
        small = look.font(self.scale, 9)
        small.setLetterSpacing(small.SpacingType.AbsoluteSpacing, 1.0 * self.scale)
        label.setFont(small)
        tint(label, self.theme.color("dim"))
        label.setContentsMargins(self.px(2), self.px(4), 0, 0)
        self._column.addWidget(label)

    def _box(self, *widgets: QWidget) -> None:
        box = Box(self.theme, self.scale)
        column = QVBoxLayout(box)
        column.setContentsMargins(self.px(11), self.px(8), self.px(11), self.px(8))
        column.setSpacing(self.px(5))
        for widget in widgets:
            column.addWidget(widget)
        self._column.addWidget(box)
