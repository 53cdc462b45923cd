"""The time of loops, where what is written at the steps cannot be read: from far away as an axis
with as many times as there is room for, and along the upper edge while a loop reaches beyond it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from math import inf
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from explorer.gui.map.camera import Camera
from explorer.gui.map.drawing import FAR, WRITTEN_FROM, pen
from explorer.gui.theme import Theme, font
from explorer.picture.scene import Axis, Placed, Scene

_PIXELS = 10.0  # of the text
_APART = 12.0  # pixels between two times
_LEAST = 40.0  # pixels of a loop


class Time(NamedTuple):
    """A time and where it stands, in pixels of the whole map; ``depth`` is that of its room."""

    text: str
    place: QRectF
    depth: int
    marked: bool  # whether a line beside it leads down to its step


class Times:
    """Writes the times of the loops of a scene over its picture."""

    def __init__(self, theme: Theme, scale: float) -> None:
        self._theme = theme
        self._font = font(weight=500)
        self._font.setPixelSize(round(_PIXELS * scale))
        self._metrics = QFontMetricsF(self._font)
        self._backwards = QCoreApplication.translate("Canvas", "backwards")

    def paint(
        self, painter: QPainter, scene: Scene, camera: Camera, ground: Callable[[int], QColor]
    ) -> list[QRectF]:
        """Write the times in view upon the ``ground`` of their depth; the painter is in pixels of
        the widget. Returns where they stand."""
        by = -camera.corner * camera.zoom
        times = [
            time._replace(place=time.place.translated(by))
            for time in self.placed(scene, camera.view, camera.zoom, camera.head)
        ]
        painter.setPen(Qt.PenStyle.NoPen)
        for time in times:
            painter.setBrush(ground(time.depth))
            painter.drawRoundedRect(time.place.adjusted(-2, 0, 3, 0), 3, 3)
        painter.setPen(pen(self._theme.color("dim"), 1.0))
        for place in (time.place for time in times if time.marked):
            x = place.left() - 3.5
            painter.drawLine(QLineF(x, place.top() + 1, x, place.bottom()))
        painter.setFont(self._font)
        painter.setPen(self._theme.color("text"))
        for time in times:
            painter.drawText(time.place, Qt.AlignmentFlag.AlignCenter, time.text)
        return [time.place.adjusted(-6, -2, 4, 2) for time in times]

    def placed(
        self, scene: Scene, view: QRectF, zoom: float, covered: float | None = None
    ) -> list[Time]:
        """The times that are written in a part of the scene; of those that would meet, none of the
        inner loop. If so many pixels at the top of the part are ``covered``, the times of what
        reaches beyond it stand below those."""
        found: list[Time] = []
        for placed, axis in _axes(scene, view, zoom):
            times = self._along(placed, axis, view, zoom, covered)
            rows = [one.place for one in found]
            if not any(time.place.intersects(row) for time in times for row in rows):
                found += times
        return found

    def _along(
        self, placed: Placed, axis: Axis, view: QRectF, zoom: float, covered: float | None
    ) -> list[Time]:
        """The times of a loop that are written."""
        high, depth = self._metrics.height(), placed.depth
        down, bottom = ((placed.y + y) * zoom for y in (axis.top, axis.bottom))
        told = zoom >= (FAR if axis.titled else WRITTEN_FROM)
        if covered is not None:
            least = view.top() * zoom + covered + high + 6.0
            told, down = told and down >= least, max(down, least)
        if told or bottom < down:
            return []
        down -= 2.0
        first, last = axis.marks[0][0], axis.marks[-1][0]
        number = f"{axis.marks[-1][1]}"
        if (last - first) * zoom < self._wide(self._titled(number, axis)) + _APART:
            return self._brief(placed, axis, zoom, down)
        found: list[Time] = []
        apart = (self._wide(f"t = {number}") + _APART) / zoom
        every = _every(apart / axis.pitch)
        begin = bisect_left(axis.marks, (view.left() - placed.x - apart, 0))
        end = bisect_right(axis.marks, (view.right() - placed.x, 0))
        titled, free = False, -inf  # whether it was said what the numbers are; where there is room
        for x, time in axis.marks[begin:end]:
            inner = time % every == 0 and x - first >= apart and last - x >= apart
            at = (placed.x + x) * zoom + 4.0
            if at < free or not (inner or x in (first, last)):
                continue
            text = f"{time}"
            if not titled and at >= view.left() * zoom:
                titled, text = True, self._titled(text, axis)
            place = QRectF(at, down - high, self._wide(text), high)
            found.append(Time(text, place, depth, True))
            free = place.right() + _APART
        return found

    def _titled(self, number: str, axis: Axis) -> str:
        """A time with what the numbers are, and which way they go."""
        return f"t = {number} ← {self._backwards}" if axis.backwards else f"t = {number}"

    def _brief(self, placed: Placed, axis: Axis, zoom: float, down: float) -> list[Time]:
        """All times of a loop in one, where two have no room."""
        (first, begin), (last, end) = axis.marks[0], axis.marks[-1]
        text = f"t = {begin} … {end}" + " ←" * axis.backwards
        wide, high = self._wide(text), self._metrics.height()
        if (last - first) * zoom + _LEAST < wide:
            return []
        left = (placed.x + (first + last) / 2) * zoom - wide / 2
        return [Time(text, QRectF(left, down - high, wide, high), placed.depth, False)]

    def _wide(self, text: str) -> float:
        return self._metrics.horizontalAdvance(text) + 1.0


def _every(least: float) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50 … that is as large as that."""
    power = 1
    while True:
        for digit in (1, 2, 5):
            if digit * power >= least:
                return digit * power
        power *= 10


def _axes(scene: Scene, view: QRectF, zoom: float) -> Iterator[tuple[Placed, Axis]]:
    """The loops in a part of the scene that are large enough to be seen, the outer ones first."""
    waiting = [scene.whole]
    for placed in waiting:
        room = placed.room
        around = QRectF(placed.x, placed.y, room.width, room.height)
        if room.timed and room.width * zoom >= _LEAST and around.intersects(view):
            yield from ((placed, axis) for axis in room.axes)
            waiting += [placed.within(at) for at, inner in room.rooms if inner.timed]
