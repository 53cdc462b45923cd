"""Tint: the colours of nodes by a quantity, and the widths of wires by bytes."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from PySide6.QtGui import QColor

from explorer.core.graph import Recording
from explorer.core.quantities import Amounts, Overlay
from explorer.gui.panes.shades import lut, map_name
from explorer.gui.theme import Theme, ink_on
from explorer.picture.overlay import Scale, bytes_scale, kinds_of, numbers_of, written
from explorer.picture.scene import Box, Wire
from explorer.session.state import AppState

# Okabe and Ito's colours, which the colour-blind tell apart, too: https://jfly.uni-koeln.de/color/
KINDS = ("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#0072b2", "#d55e00")
SEVERAL = "#b8bfc7"
_WIDEST = 4  # times the width of a plain wire


class Paint(NamedTuple):
    """How a node looks: its ground, what is written on it, its border, and the quantity in words.

    One without the quantity has a border of dashes.
    """

    fill: QColor
    ink: QColor
    edge: QColor
    said: str
    known: bool


class Tint:
    """A quantity of a pass in colours. ``numbers`` or ``kinds`` are what it shows; neither while
    it is not measured yet, and then nodes look as they do by family."""

    def __init__(
        self,
        theme: Theme,
        recording: Recording,
        overlay: Overlay,
        measured: Amounts | None,
        weighed: bool,
    ) -> None:
        self.theme = theme
        self.shows = recording, overlay, measured, weighed
        self.overlay = overlay
        self.weighed = weighed
        self.numbers = numbers_of(recording, overlay, measured) if overlay != "family" else None
        self.kinds = kinds_of(recording, overlay)
        self._recording = recording
        self._paints: dict[object, Paint] = {}

    def __bool__(self) -> bool:
        """Whether nodes have other colours than those of their families."""
        return self.numbers is not None or self.kinds is not None

    @cached_property
    def bytes(self) -> Scale:
        """The scale of what flows along the wires."""
        return bytes_scale(self._recording)

    def key(self, box: Box) -> object:
        """Nodes of one key look alike from far away."""
        if self.numbers is not None:
            number = self.numbers.of(box)
            if number is None or number != number or number == float("inf"):
                return None if number is None else str(number)
            return round(255 * self.numbers.scale.share(number))
        assert self.kinds is not None, "a tint of nothing colours nothing"
        return self.kinds.of(box)

    def color(self, key: object) -> QColor:
        """The colour of all nodes of a key."""
        if key is None:
            return self.theme.color("line")
        if isinstance(key, str):
            return self.theme.color(key)
        assert isinstance(key, int)
        return kind_color(key) if self.kinds is not None else shade(self.theme, key)

    def paint(self, box: Box) -> Paint:
        """How a node looks from near."""
        key = self.key(box)
        said = self._said(box)
        known = self._paints.get((key, said))
        if known is None:
            known = self._paints[key, said] = self._painted(key, said)
        return known

    def weight(self, wire: Wire) -> int:
        """How many times as wide as a plain one a wire is."""
        if not self.weighed:
            return 1
        return round(1 + (_WIDEST - 1) * self.bytes.share(self._recording.values[wire.value].bytes))

    def _painted(self, key: object, said: str) -> Paint:
        if key is None:
            theme = self.theme
            return Paint(
                theme.color("panel"), theme.color("text"), theme.color("dim", 0.7), said, False
            )
        fill = self.color(key)
        ink = ink_on(fill)
        edge = QColor(ink)
        edge.setAlphaF(0.45)
        return Paint(fill, ink, edge, said, True)

    def _said(self, box: Box) -> str:
        if self.numbers is not None:
            number = self.numbers.of(box)
            return "" if number is None else written(self.overlay, number)
        assert self.kinds is not None, "a tint of nothing says nothing"
        return self.kinds.said(box)


def shade(theme: Theme, index: int) -> QColor:
    """Colour ``index``, 0 … 255, of the map for numbers from 0 on."""
    blue, green, red, _ = lut(map_name(theme, signed=False))[index].tolist()
    return QColor(red, green, blue)


def kind_color(which: int) -> QColor:
    """The colour of a name, -1 for several in one node."""
    return QColor(KINDS[which % len(KINDS)] if which >= 0 else SEVERAL)


def tint_of(theme: Theme, state: AppState, before: Tint | None) -> Tint | None:
    """The tint of what is on screen; ``before`` itself where that shows the same."""
    recording = state.recording
    if recording is None:
        return None
    overlay, measured = state.colouring, state.colours
    if measured is not None and len(measured.values) < len(recording.events):
        measured = None  # not all of it is there yet
    shows = (recording, overlay, measured, state.weighed_wires)
    if before is not None and all(
        one is other for one, other in zip(before.shows, shows, strict=True)
    ):
        return before
    return Tint(theme, *shows)
