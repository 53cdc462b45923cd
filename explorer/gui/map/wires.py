"""The wire under the mouse: lit up with all others of its value, and told in full."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from explorer.core.graph import Recording, named_shape
from explorer.gui.map.drawing import FAR, arrow, pen, rounded
from explorer.gui.map.outlook import Outlook
from explorer.gui.theme import Theme, font
from explorer.picture.beside import WireSpot, wire_at
from explorer.picture.numbers import bytes_text
from explorer.picture.scene import Region
from explorer.session import intents

_REACH = 6.0  # pixels around a wire in which it is meant
_LONGEST = 420.0  # pixels of a line of what is told


class Wires:
    """What the canvas does with a wire: `point` finds it, `paint` lights it up, `tell` says what
    it carries, and `pick` is what a click on it asks for."""

    def __init__(self, outlook: Outlook, theme: Theme, scale: float) -> None:
        self._outlook = outlook
        self._theme = theme
        self._scale = scale
        self._spot: WireSpot | None = None
        self._mouse = QPointF()
        self._readers: tuple[Recording | None, dict[int, list[int]]] = (None, {})

    def point(self, at: QPointF | None) -> bool:
        """The mouse is there, with no node under it, or on none; whether a picture changes."""
        before, self._spot = self._spot, None
        outlook = self._outlook
        if at is not None and outlook.painting is not None and outlook.camera.zoom >= FAR:
            self._mouse = at
            x, y = outlook.camera.to_scene(at).toTuple()
            reach = _REACH / outlook.camera.zoom
            self._spot = wire_at(outlook.painting.scene, x, y, reach)
        return self._spot is not None or before is not None

    @property
    def lit(self) -> bool:
        """Whether there is a wire under the mouse."""
        return self._spot is not None

    def pick(self, recording: Recording) -> intents.SelectValue | None:
        """To look at the value of the wire under the mouse."""
        if self._spot is None:
            return None
        wire = self._spot.wire
        readers = self._read_by(recording, wire.value)
        after = (event for event in readers if event >= wire.reader)
        return intents.SelectValue(wire.value, next(after, readers[0] if readers else -1))

    def paint(self, painter: QPainter) -> None:
        """Light up the wire, and less so the others of its value that are in view; the painter is
        in units of the scene."""
        if self._spot is None or self._outlook.painting is None:
            return
        view, zoom = self._outlook.camera.view, self._outlook.camera.zoom
        whole = Region(view.left(), view.top(), view.right(), view.bottom())
        thick = max(2.0 / zoom, 2.6 * self._outlook.painting.fine(zoom))
        for placed in self._outlook.painting.scene.rooms_in(whole):
            painter.translate(placed.x, placed.y)
            for n in placed.room.wires_in(whole.moved(placed.x, placed.y)):
                wire = placed.room.wires[n]
                if wire.value != self._spot.wire.value:
                    continue
                meant = placed.room is self._spot.placed.room and n == self._spot.at
                color = self._theme.color("accent", 1.0 if meant else 0.5)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(pen(color, thick))
                painter.drawPath(rounded(wire.points))
                if wire.arrow:
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(color)
                    arrow(painter, wire, 1.2 * self._outlook.painting.fine(zoom))
            painter.translate(-placed.x, -placed.y)

    def told(self, recording: Recording) -> tuple[str, ...]:
        """The value of the wire under the mouse: the state that it is, its shape with the names of
        the axes, type and size, where it comes from and where it goes."""
        if self._spot is None:
            return ()
        index, state = self._spot.wire.value, self._spot.wire.state
        value = recording.values[index]
        readers = [recording.events[event].id for event in self._read_by(recording, index)]
        if index in recording.outputs:
            readers.append(QCoreApplication.translate("Canvas", "output"))
        source = recording.events[value.writer].id if value.writer >= 0 else value.name
        way = "{source} → {target}"
        if len(readers) > 1:
            way = QCoreApplication.translate("Canvas", "{source} → {target} and {count} more")
        target = readers[0] if readers else "·"
        return (
            f"{state} · {named_shape(value)}" if state else named_shape(value),
            f"{value.dtype} · {bytes_text(value.bytes)}",
            way.format(source=source, target=target, count=len(readers) - 1),
        )

    def tell(self, painter: QPainter, recording: Recording) -> None:
        """Write it beside the mouse; the painter is in pixels of the widget."""
        lines = self.told(recording)
        if not lines:
            return
        fonts = [font(self._scale, 10.5, 600), *(font(self._scale, 9.5) for _ in lines[1:])]
        metrics = [QFontMetricsF(one) for one in fonts]
        most = _LONGEST * self._scale
        middle = Qt.TextElideMode.ElideMiddle
        texts = [m.elidedText(t, middle, most) for m, t in zip(metrics, lines, strict=True)]
        pad = 8 * self._scale
        wide = max(m.horizontalAdvance(t) for m, t in zip(metrics, texts, strict=True)) + 2 * pad
        high = sum(m.height() for m in metrics) + 1.4 * pad
        card = QRectF(self._mouse + QPointF(14, 16), QSizeF(wide, high))
        room = QRectF(QPointF(), self._outlook.camera.size).adjusted(4, 4, -4, -4)
        card.moveLeft(max(room.left(), min(card.left(), room.right() - wide)))
        if card.bottom() > room.bottom():
            card.moveBottom(self._mouse.y() - 10)
        painter.setPen(pen(self._theme.color("line"), 1.0))
        painter.setBrush(self._theme.color("raised"))
        painter.drawRoundedRect(card, 6, 6)
        y = card.top() + 0.7 * pad
        for n, (made, text) in enumerate(zip(fonts, texts, strict=True)):
            painter.setFont(made)
            painter.setPen(self._theme.color("text" if n == 0 else "dim"))
            where = QRectF(card.left() + pad, y, wide, metrics[n].height())
            painter.drawText(
                where, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text
            )
            y += metrics[n].height()

    def _read_by(self, recording: Recording, value: int) -> list[int]:
        """The events that read a value; all are noted when it is first asked for."""
        if self._readers[0] is not recording:
            readers: dict[int, list[int]] = {}
            for event in recording.events:
                for one in dict.fromkeys(event.inputs):
                    readers.setdefault(one, []).append(event.index)
            self._readers = recording, readers
        return self._readers[1].get(value, [])
