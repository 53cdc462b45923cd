"""Cards with curves: loss and accuracy, the learning rate, and how each part of the model fares."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from PySide6.QtGui import QColor

from explorer.gui.theme import Theme
from explorer.gui.training.card import Entry, mixed
from explorer.gui.training.curve import CurveCard, Line
from explorer.gui.training.numbers import percent
from explorer.picture import curves
from explorer.session.series import Series

_ALL_NAMED = 10  # of more curves the legend names only the first, the middle and the last


class LossCard(CurveCard):
    """Training and validation loss on a logarithmic scale."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale, self.tr("Loss"), "", "")
        self._hint = self.tr("log scale")
        self._empty = self.tr(
            "Press Start to train. The loss of every step appears here, and that on the validation "
            "data beside it."
        )
        self.say(self._empty)
        self.subtitle(self._hint)

    def lines(self, drawn: Mapping[str, Series]) -> tuple[Line, ...]:
        """Train and validation."""
        return self.pair(drawn, "loss")


class Shares:
    """Curves of shares: drawn as they are, from nothing to all."""

    rows: Callable[[], int]

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """As they are."""
        return curves.finite(values)

    def heights(self, low: float, high: float) -> tuple[float, float, list[tuple[float, str]]]:
        """Always from nothing to all."""
        ticks = curves.linear_ticks(0, 1, min(5, self.rows()))
        return 0.0, 1.0, [(tick, percent(tick)) for tick in ticks]

    def written(self, height: float) -> str:
        """As a percentage."""
        return percent(height)


class AccuracyCard(Shares, CurveCard):
    """Training and validation accuracy."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale, self.tr("Accuracy"), "", "")
        self._empty = self.tr("The share of right answers, step by step, appears here.")
        self.say(self._empty)

    def lines(self, drawn: Mapping[str, Series]) -> tuple[Line, ...]:
        """Train and validation."""
        return self.pair(drawn, "accuracy")


class RateCard(CurveCard):
    """The learning rate of every update, as schedule and warm-up made it."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale, self.tr("Learning rate"), "", "")
        self._hint = self.tr("of each update, log scale")
        self._empty = self.tr("How far each update goes, step by step, appears here.")
        self.say(self._empty)
        self.subtitle(self._hint)

    def lines(self, drawn: Mapping[str, Series]) -> tuple[Line, ...]:
        """One."""
        if "learning_rate" not in drawn:
            return ()
        return (Line("learning_rate", self.tr("learning rate"), QColor(self.theme.series[0])),)

    def _show_legend(self) -> None:
        """The heading says what it is."""


class PartsCard(CurveCard):
    """A curve for each part of the model, of those whose names begin with ``kind``."""

    kind = ""

    def __init__(self, theme: Theme, scale: float, title: str, hint: str, empty: str) -> None:
        super().__init__(theme, scale, title, "", empty)
        self._hint = hint
        self.legend_below()
        self.subtitle(hint)

    def lines(self, drawn: Mapping[str, Series]) -> tuple[Line, ...]:
        """One per part, in the order of the model; many parts share a ramp of colours."""
        names = [name for name in drawn if name.startswith(f"{self.kind}/")]
        many = len(names) > len(self.theme.series)
        return tuple(
            Line(
                name,
                name.removeprefix(f"{self.kind}/") or self.tr("model"),
                self._ramp(n / (len(names) - 1)) if many else QColor(self.theme.series[n]),
                smooth=True,
                thin=many,
            )
            for n, name in enumerate(names)
        )

    def _show_legend(self) -> None:
        if len(self._lines) <= _ALL_NAMED:
            super()._show_legend()
            return
        first, last = self._lines[0], self._lines[-1]
        middle = self._lines[len(self._lines) // 2]
        self.legend.show_entries(
            tuple(Entry(line.text, line.color) for line in (first, middle, last))
        )

    def _ramp(self, share: float) -> QColor:
        """Blue at the input, violet in the middle, orange at the output."""
        stops = [QColor(self.theme.series[n]) for n in (0, 3, 1)]
        at = min(int(share * 2), 1)
        return mixed(stops[at], stops[at + 1], share * 2 - at)


class GradientCard(PartsCard):
    """The norm of the gradient of every layer that has parameters."""

    kind = "gradient"

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(
            theme, scale, self.tr("Gradients per layer"), self.tr("‖∂L/∂W‖, log scale"),
            self.tr("How strongly the loss pulls at each layer appears here."),
        )  # fmt: skip


class WeightCard(PartsCard):
    """The norm of the weights of every layer."""

    kind = "weight"

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(
            theme, scale, self.tr("Weights per layer"), self.tr("‖W‖, log scale"),
            self.tr("How large the weights of each layer become appears here."),
        )  # fmt: skip


class UpdateCard(PartsCard):
    """By what share of its weights one update changed every layer."""

    kind = "update"

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(
            theme, scale, self.tr("Updates per layer"),
            self.tr("‖ΔW‖ / ‖W‖ of one step, log scale"),
            self.tr("By what share of its weights a step changes each layer appears here."),
        )  # fmt: skip


class ActivationCard(PartsCard):
    """How large the outputs of every activation function are."""

    kind = "activation"

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(
            theme, scale, self.tr("Activations"),
            self.tr("root mean square on validation data, log scale"),
            self.tr("How large the output of each activation function is appears here."),
        )  # fmt: skip


class DeadCard(Shares, PartsCard):
    """Which share of the units of every activation function is 0 whatever comes in."""

    kind = "dead"

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(
            theme, scale, self.tr("Dead units"),
            self.tr("0 for every validation example"),
            self.tr("The share of units that are 0 whatever comes in appears here."),
        )  # fmt: skip


CURVES: dict[str, type[CurveCard]] = {
    "loss": LossCard, "accuracy": AccuracyCard, "gradients": GradientCard, "rate": RateCard,
    "weights": WeightCard, "updates": UpdateCard, "activations": ActivationCard, "dead": DeadCard,
}  # fmt: skip
"""The cards of this kind by their names in `session.arrangement.CARDS`."""
