"""What is lit on the map: what was found, what the mouse points at in the outline, what somebody
changed, and the ops from which the number came that is told."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from explorer.core.explanation import Explanation
from explorer.core.flow import next_reader
from explorer.core.graph import Recording
from explorer.gui.map.drawing import pen
from explorer.gui.theme import Theme
from explorer.picture.inside import RAN
from explorer.picture.scene import Region, Room, Scene
from explorer.session.finding import Lit
from explorer.session.state import AppState

_FAR = 0.3  # below this zoom: plain rectangles in batches
_ENTERED = 24.0  # pixels: of a smaller open box it is enough that something in it is lit
_LEAST = 6.0  # pixels: what is lit can be seen from any distance
_HALO = 2.5  # pixels around it there
_GAP = 3.5  # between a node and the ring around it
_WIDE = 8.0  # around a changed one, so that it is seen beside that of the cursor
_KEPT = 20_000  # rooms of which it is remembered what is lit in them


class Lighting:
    """Rings around what is lit, painted over the map: only what is in view is looked at.

    What is found and hidden in a closed module lights that module.
    """

    def __init__(self, theme: Theme) -> None:
        self._found = _Light(theme.color("accent"))
        self._pointed = _Light(theme.color("text", 0.75))
        self._sources = _Light(theme.color("accent"))
        self._changed = _Light(theme.color("changed"), _WIDE)
        self._touched: tuple[Recording | None, tuple[int, ...]] = None, ()
        # of whom the number is told that is lit now, and the events from which it came
        self._told: tuple[Recording | None, Explanation | None, frozenset[int]]
        self._told = None, None, frozenset()
        self._at: tuple[Recording | None, str] = None, ""

    def show(self, state: AppState) -> bool:
        """Take what is lit from the state; whether anything is another than before."""
        found = state.search.found
        changed = self._found.show(found.lit if found is not None else None)
        recording, module = state.recording, state.pointed
        if recording is not self._at[0] or module != self._at[1]:
            self._at = recording, module
            lit = _of_module(recording, module) if recording is not None and module else None
            changed |= self._pointed.show(lit)
        touched = recording, recording.touched if recording is not None else ()
        if touched[0] is not self._touched[0]:
            self._touched = touched
            changes = _of_values(recording, touched[1]) if recording is not None else None
            changed |= self._changed.show(changes)
        told = state.derivation.shown if recording is not None else None
        if recording is not self._told[0] or told is not self._told[1]:
            before, self._told = self._told, (recording, told, _sources(recording, told))
            if recording is not before[0] or self._told[2] != before[2]:
                lit = _of_events(recording, self._told[2]) if recording is not None else None
                changed |= self._sources.show(lit)
        return changed

    def paint(self, painter: QPainter, scene: Scene, region: QRectF) -> None:
        """Paint over ``region`` of the map; the painter is in units of the scene."""
        for light in (self._found, self._pointed, self._changed, self._sources):
            light.paint(painter, scene, region)


class _Light:
    """Rings of one colour."""

    def __init__(self, color: QColor, gap: float = _GAP) -> None:
        self._color = color
        self._gap = gap
        self._lit: Lit | None = None
        self._known: dict[int, tuple[Room, frozenset[int]]] = {}  # lit boxes, by the room's id

    def show(self, lit: Lit | None) -> bool:
        """Whether that is something else than before."""
        if lit is self._lit:
            return False
        self._lit = lit or None
        self._known = {}
        return True

    def paint(self, painter: QPainter, scene: Scene, region: QRectF) -> None:
        """Walk into the open boxes that have something lit."""
        if self._lit is None:
            return
        zoom = painter.transform().m11()
        whole = Region(region.left(), region.top(), region.right(), region.bottom())
        opened, nodes = list[QRectF](), list[tuple[QRectF, bool]]()
        waiting = [scene.whole]
        while waiting:
            placed = waiting.pop()
            room, lit = placed.room, self._lit_in(placed.room)
            if not lit:
                continue
            for at in room.boxes_in(whole.moved(placed.x, placed.y)):
                if at not in lit:
                    continue
                box = room.boxes[at]
                where = QRectF(placed.x + box.x, placed.y + box.y, box.width, box.height)
                if at in room.inner and min(box.width, box.height) * zoom >= _ENTERED:
                    waiting.append(placed.within(at))
                    if box.call in self._lit.calls:
                        opened.append(where)
                else:
                    nodes.append((where, box.kind == "circle"))
        self._draw(painter, opened, nodes, zoom)

    def _draw(
        self, painter: QPainter, opened: list[QRectF], nodes: list[tuple[QRectF, bool]], zoom: float
    ) -> None:
        ring, gap = pen(self._color, max(2.0, 1.5 / zoom)), self._gap
        if zoom < _FAR:
            halo, least = _HALO / zoom, _LEAST / zoom
            painter.setPen(pen(self._color, 1.0, cosmetic=True))
            painter.setBrush(_faint(self._color, 0.4))
            painter.drawRects([_around(where, halo, least) for where, _ in nodes])
        else:
            painter.setBrush(_faint(self._color, 0.14))
            painter.setPen(ring)
            for where, is_round in nodes:
                grown = where.adjusted(-gap, -gap, gap, gap)
                radius = grown.height() / 2 if is_round else 9.0
                painter.drawRoundedRect(grown, radius, radius)
        painter.setBrush(_faint(self._color, 0.05))
        painter.setPen(ring)
        for where in opened:
            painter.drawRoundedRect(where.adjusted(-gap, -gap, gap, gap), 12, 12)

    def _lit_in(self, room: Room) -> frozenset[int]:
        """The boxes of a room that are lit, or have something lit in them."""
        known = self._known.get(id(room))
        if known is None or known[0] is not room:
            assert self._lit is not None
            if len(self._known) >= _KEPT:
                self._known = {}
            lit = self._lit
            found = (
                at
                for at, box in enumerate(room.boxes)
                if box.item.kind in RAN
                and (box.call in lit.calls or lit.within(box.first, box.last))
            )
            known = self._known[id(room)] = room, frozenset(found)
        return known[1]


def _sources(recording: Recording | None, told: Explanation | None) -> frozenset[int]:
    """The ops that made the values from which a number came."""
    if recording is None or told is None:
        return frozenset()
    return frozenset({recording.values[one.ref].writer for one in told.sources} - {-1})


def _of_events(recording: Recording, events: Collection[int]) -> Lit:
    return Lit(recording, np.empty(0, np.int64), np.array(sorted(events), np.int64))


def _of_values(recording: Recording, refs: tuple[int, ...]) -> Lit:
    """The ops that made values or, of weights and inputs, those that read them first."""
    events = {recording.values[ref].writer for ref in refs}
    events |= {
        reader
        for ref in refs
        if recording.values[ref].writer < 0
        and (reader := next_reader(recording, ref, -1)) is not None
    }
    return _of_events(recording, events - {-1})


def _of_module(recording: Recording, path: str) -> Lit:
    """The calls of a module; of one that is never called itself, the calls right in it."""
    ran = [call for call in recording.calls if call.last >= call.first]
    calls = [call.index for call in ran if call.module == path and not call.opened]
    if not calls:
        above = f"{path}."
        calls = [
            call.index
            for call in ran
            if call.module.startswith(above)
            and not recording.calls[call.parent].module.startswith(above)
        ]
    return Lit(recording, np.array(calls, np.int64), np.empty(0, np.int64))


def _around(where: QRectF, halo: float, least: float) -> QRectF:
    """A rectangle grown by ``halo``, and not smaller than ``least`` either way."""
    wide, high = (max(halo, (least - side) / 2) for side in (where.width(), where.height()))
    return where.adjusted(-wide, -high, wide, high)


def _faint(color: QColor, alpha: float) -> QColor:
    made = QColor(color)
    made.setAlphaF(alpha * color.alphaF())
    return made
