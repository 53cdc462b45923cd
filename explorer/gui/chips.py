"""The values of an event as chips: what it reads and what it gives."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QPushButton, QScrollArea, QSizePolicy, QWidget

from explorer.core.graph import Recording
from explorer.gui.theme import Theme, mono
from explorer.picture.numbers import shape_text

_EDGE = 10  # pixels between a chip's words and its end
_SHARE = 0.6  # of its width, that its shape takes at most
_ROWS = 7  # of values, before they stand in two columns
_SEEN = 4, 7  # rows of two columns that scroll, of which so many are seen: in little room, in much


class _Chip(QPushButton):
    """A value by its name, kind and shape; where there is no room the kind is left out, and then
    the name is cut, and a long shape in its middle. All of it is in the tip."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self.value = -1
        self._name = self._kind = self._shape = ""
        self.setObjectName("value")
        self.setCheckable(True)
        self.setFont(mono(scale, 9))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setStyleSheet(
            f"QPushButton {{ text-align: left; padding: 1px {_EDGE - 2}px;"
            f" color: {theme.dim}; background: transparent; border-color: transparent; }}"
            f"QPushButton:hover {{ border-color: {theme.line}; }}"
            f"QPushButton:checked {{ color: {theme.text};"
            f" background: {theme.raised}; border-color: {theme.line}; }}"
            f"QPushButton:focus {{ border-color: {theme.accent}; }}"
        )

    def stand_for(self, value: int, name: str, kind: str, shape: str) -> None:
        """Another value of the recording."""
        self.value, self._name, self._kind, self._shape = value, name, kind, shape
        self._write()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut anew."""
        super().resizeEvent(event)
        self._write()

    def _write(self) -> None:
        metrics, middle = self.fontMetrics(), Qt.TextElideMode.ElideMiddle
        most = round(_SHARE * self.width())
        shape = metrics.elidedText(self._shape, middle, most)
        room = self.width() - metrics.horizontalAdvance(f"  {shape}") - 2 * _EDGE
        name = f"{self._name} ({self._kind})" if self._kind else self._name
        if metrics.horizontalAdvance(name) > room:
            name = metrics.elidedText(self._name, middle, max(room, 0))
        self.setText(f"{name}  {shape}")


class Chips(QScrollArea):
    """The chips of all inputs and outputs, as many as there are.

    Signals:
        chosen (int): a value was clicked.
    """

    chosen = Signal(int)

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme, self._scale = theme, scale
        self._chips: list[_Chip] = []
        self._spare: list[_Chip] = []
        self._of: tuple[Recording, int, tuple[int, ...]] | None = None  # what they were made of
        self._value: int | None = None
        self._low = self._ample = False
        inside = QWidget()
        inside.setObjectName("values")
        self._lay = QGridLayout(inside)
        self._lay.setContentsMargins(0, 0, 0, 0)
        self._lay.setSpacing(round(3 * scale))
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setStyleSheet("QScrollArea, QWidget#values { background: transparent; }")
        self.verticalScrollBar().rangeChanged.connect(self._bring_chosen)

    def show_values(
        self, recording: Recording, at: int, inputs: tuple[int, ...], value: int | None
    ) -> None:
        """Those that are read, ``inputs``, and what the event ``at`` gives; ``value`` is the one
        looked at."""
        self._value = value
        before, self._of = self._of, (recording, at, inputs)
        if before is None or before[0] is not recording or before[1:] != self._of[1:]:
            self._make(recording, at, inputs)
            self.place(self._low, self._ample)
        self._check()

    def place(self, low: bool, ample: bool = False) -> None:
        """One below the other; where that takes too much of the height, or the room is ``low``, in
        two columns. More than that scroll, more of them seen where the room is ``ample``, and the
        one that is looked at is in view."""
        self._low, self._ample = low, ample
        while self._lay.takeAt(0) is not None:
            pass
        chips = self._chips
        low = (low and len(chips) > 2) or len(chips) > _ROWS
        rows = -(-len(chips) // 2) if low else max(1, len(chips))
        for n, chip in enumerate(chips):
            self._lay.addWidget(chip, n % rows, n // rows)
        for column in (0, 1):
            self._lay.setColumnStretch(column, 1 if low or not column else 0)
        one, gap = max((c.sizeHint().height() for c in chips), default=0), self._lay.spacing()
        shown = rows if rows <= _ROWS else _SEEN[ample]
        shown = shown if chips else 0
        # half a row tells that there are more
        part = one // 2 if rows > _ROWS else -gap
        self.setFixedHeight(max(0, shown * (one + gap) + part))
        self._bring_chosen()

    def _make(self, recording: Recording, at: int, inputs: tuple[int, ...]) -> None:
        event = recording.events[at]
        call = recording.calls[event.call]
        kinds = {
            "parameter": self.tr("parameter"), "buffer": self.tr("buffer"),
            "input": self.tr("input"), "constant": self.tr("constant"),
            "gradient": self.tr("gradient"),
        }  # fmt: skip
        several = len(event.outputs) > 1
        rows = [("→", index) for index in event.outputs] if inputs or several else []
        shown = [*(("←", i) for i in dict.fromkeys(inputs)), *rows]
        while len(self._chips) > len(shown):  # to make one takes as long as to show a picture
            self._spare.append(self._chips.pop())
            self._spare[-1].hide()
        while len(self._chips) < len(shown):
            chip = self._spare.pop() if self._spare else self._new()
            chip.show()
            self._chips.append(chip)
        for chip, (mark, index) in zip(self._chips, shown, strict=True):
            value = recording.values[index]
            near = value.name.removeprefix(f"{call.module}/").removeprefix(f"{call.module}.")
            shape = "×".join(map(str, value.shape)) or "·"
            chip.stand_for(index, f"{mark}  {near}", kinds.get(value.kind, ""), shape)
            kind = f" ({kinds[value.kind]})" if value.kind in kinds else ""
            chip.setToolTip(
                f"{value.name}{kind}\n"
                f"{shape_text(value.shape, value.axes)} {value.dtype}, {value.device}"
            )
        high = max((chip.sizeHint().height() for chip in self._chips), default=0)
        for chip in self._chips:  # a row is as high as its script needs, and they are all alike
            chip.setFixedHeight(high)

    def _new(self) -> _Chip:
        chip = _Chip(self._theme, self._scale)
        chip.setParent(self.widget())
        chip.clicked.connect(lambda: self._choose(chip.value))
        return chip

    def _choose(self, index: int) -> None:
        self.chosen.emit(index)
        self._check()  # a click on the chosen one has let it go

    def _check(self) -> None:
        for chip in self._chips:
            chip.setChecked(chip.value == self._value)
        self._bring_chosen()

    def _bring_chosen(self) -> None:
        """Scroll to the value that is looked at."""
        chosen = next((c for c in self._chips if c.isChecked() and not c.isHidden()), None)
        if chosen is not None:
            self.ensureWidgetVisible(chosen, 0, chosen.height())
