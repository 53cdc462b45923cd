"""How a token is drawn, as sliders."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QSlider, QWidget

from explorer.core.prediction import Sampling
from explorer.gui.popup import Popup
from explorer.gui.theme import Theme, mono

_COOLEST, _HOTTEST, _TENTHS = 0, 40, 20  # a twentieth each
_CUTS = (0, 1, 2, 3, 5, 8, 10, 15, 20, 30, 40, 50, 100, 200)  # of top-k; 0 is none
_WIDE = 280  # pixels


class SamplingPopup(Popup):
    """How a token is drawn.

    Signals:
        changed (object): the `Sampling` that is wanted.
    """

    changed = Signal(object)

    def __init__(self, theme: Theme, scale: float, parent: QWidget) -> None:
        super().__init__(theme, scale, parent)
        self.setMinimumWidth(round(_WIDE * scale))
        grid = QGridLayout()
        self.lay.addLayout(grid)
        self.temperature = self._slider(
            grid, 0, self.tr("temperature"), _COOLEST, _HOTTEST,
            self.tr("Logits are divided by it: below 1 the likely gets likelier, 0 takes the best"),
        )  # fmt: skip
        self.top_k = self._slider(
            grid, 1, "top-k", 0, len(_CUTS) - 1, self.tr("Only so many of the likeliest count")
        )
        self.top_p = self._slider(
            grid, 2, "top-p", 1, 20,
            self.tr("Only the fewest that together are so likely count (nucleus sampling)"),
        )  # fmt: skip
        self._numbers = [QLabel() for _ in range(3)]
        for row, label in enumerate(self._numbers):
            label.setFont(mono(scale, 9.5))
            label.setMinimumWidth(round(40 * scale))
            grid.addWidget(label, row, 2)
        self.plain = QPushButton(self.tr("As the model says"))
        self.plain.setToolTip(self.tr("Temperature 1, nothing cut"))
        self.plain.clicked.connect(lambda: self.changed.emit(Sampling()))
        self.lay.addWidget(self.plain)

    def _slider(
        self, grid: QGridLayout, row: int, name: str, least: int, most: int, tip: str
    ) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setRange(least, most)
        slider.setAccessibleName(name)
        slider.setToolTip(tip)
        slider.valueChanged.connect(self._moved)
        label = QLabel(name)
        label.setToolTip(tip)
        grid.addWidget(label, row, 0)
        grid.addWidget(slider, row, 1)
        return slider

    def show_sampling(self, sampling: Sampling) -> None:
        """Show what is wanted."""
        sliders = (self.temperature, self.top_k, self.top_p)
        nearest = min(range(len(_CUTS)), key=lambda n: abs(_CUTS[n] - sampling.top_k))
        places = (
            round(sampling.temperature * _TENTHS), nearest, round(sampling.top_p * _TENTHS),
        )  # fmt: skip
        for slider, place in zip(sliders, places, strict=True):
            slider.blockSignals(True)
            slider.setValue(place)
            slider.blockSignals(False)
        texts = _texts(sampling, self.tr("all"))
        for label, text in zip(self._numbers, texts, strict=True):
            label.setText(text)
        self.plain.setEnabled(sampling != Sampling())

    def _moved(self) -> None:
        self.changed.emit(
            Sampling(
                self.temperature.value() / _TENTHS, _CUTS[self.top_k.value()],
                self.top_p.value() / _TENTHS,
            )
        )  # fmt: skip


def _texts(sampling: Sampling, every: str) -> tuple[str, str, str]:
    """Temperature, top-k and top-p as they are written."""
    cut = str(sampling.top_k) if sampling.top_k else every
    return f"{sampling.temperature:.2f}", cut, f"{sampling.top_p:.2f}"


def sampling_text(sampling: Sampling) -> str:
    """In a few words, without what is as the model says."""
    temperature, cut, share = _texts(sampling, "")
    said = [f"T {temperature}"]
    said += [f"top-k {cut}"] if sampling.top_k else []
    said += [f"top-p {share}"] if sampling.top_p < 1 else []
    return " · ".join(said)
