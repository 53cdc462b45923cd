"""What somebody has marked: bookmarks as flags, and where paths begin."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from explorer.core.flow import locate
from explorer.gui.map.cones import ConePainting
from explorer.gui.map.drawing import pen
from explorer.gui.map.outlook import Outlook
from explorer.gui.map.painting import Painting
from explorer.gui.theme import Theme, font
from explorer.picture.scene import Spot
from explorer.session.history import Bookmark
from explorer.session.state import AppState

START = 0  # among the numbers of flags: where paths begin


def flags(state: AppState) -> list[tuple[int, int]]:
    """The flags that there are in this pass, as (number, event)."""
    if state.recording is None:
        return []
    names = [(number, mark.event) for number, mark in sorted(state.bookmarks.items())]
    names += [(START, state.start)] if state.start else []
    found = ((number, locate(state.recording, name)) for number, name in names)
    return [(number, event) for number, event in found if event is not None]


class Marks:
    """What is marked on a map: ``painting`` is the map as it is lit now, None if there is none."""

    def __init__(self, outlook: Outlook, theme: Theme, scale: float) -> None:
        self._outlook = outlook
        self._theme = theme
        self._scale = scale
        self._flags: list[tuple[int, Spot]] = []
        self.painting: Painting | None = None
        self._made: tuple[Painting | None, Mapping[int, Bookmark], str] | None = None

    @property
    def lit(self) -> bool:
        """Whether something is lit."""
        return isinstance(self.painting, ConePainting)

    def show(self, state: AppState) -> bool:
        """Find again what is marked; whether the picture is another."""
        plain, before = self._outlook.painting, self.painting
        if plain is None or state.cone is None or not state.cone.events.any():
            self.painting = plain
        elif not (
            isinstance(before, ConePainting)
            and before.cone is state.cone
            and before.scene is plain.scene
            and before.tint is plain.tint
        ):
            self.painting = ConePainting(plain, state.cone)
        made = (plain, state.bookmarks, state.start)
        if self._made is not None and self._made[0] is plain and self._made[1:] == made[1:]:
            return before is not self.painting
        self._made = made
        spots = (
            [(number, plain.scene.node_of(event)) for number, event in flags(state)]
            if plain is not None
            else []
        )
        self._flags = [(number, spot) for number, spot in spots if spot is not None]
        return True

    def draw(self, painter: QPainter) -> None:
        """Flags of one size at every zoom, left of their nodes, where nothing is written."""
        taken: dict[int, int] = {}
        for number, spot in self._flags:
            corner = self._outlook.on_widget(spot.box).topLeft()
            below = taken.get(spot.box.last, 0)
            taken[spot.box.last] = below + 1
            top = corner + QPointF(-4 * self._scale, (17 * below - 2) * self._scale)
            draw_flag(painter, top, number, self._theme, self._scale)


def draw_flag(painter: QPainter, top: QPointF, number: int, theme: Theme, scale: float) -> None:
    """A pole that hangs from ``top``, with a number on its cloth, or a ring where paths begin."""
    side = 15.0 * scale
    accent = theme.color("accent")
    painter.setPen(pen(accent, 2.0 * scale))
    painter.drawLine(top, top + QPointF(0, side + 7 * scale))
    cloth = QRectF(top.x() + 1 * scale - side, top.y(), side, side)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(accent)
    painter.drawRoundedRect(cloth, 3 * scale, 3 * scale)
    if number == START:
        painter.setPen(pen(theme.color("accent_text"), 1.8 * scale))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(cloth.center(), 3.6 * scale, 3.6 * scale)
        return
    painter.setPen(theme.color("accent_text"))
    painter.setFont(font(scale, 8.5, 700))
    painter.drawText(cloth, Qt.AlignmentFlag.AlignCenter, str(number))


def draw_ticks(
    painter: QPainter, ticks: list[tuple[int, float]], theme: Theme, scale: float
) -> None:
    """Numbers at places along a line, at its upper edge: where the bookmarks are."""
    made = font(scale, 7.5, 700)
    painter.setFont(made)
    side = QFontMetricsF(made).height() + 1 * scale
    free = 0.0  # beside one another where they are close
    for number, x in sorted(ticks, key=lambda tick: tick[1]):
        cloth = QRectF(max(x - side / 2, free), 0, side, side)
        free = cloth.right() + 1
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent"))
        painter.drawRoundedRect(cloth, 3 * scale, 3 * scale)
        painter.setPen(theme.color("accent_text"))
        painter.drawText(cloth, Qt.AlignmentFlag.AlignCenter, str(number))
