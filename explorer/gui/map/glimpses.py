"""Live pictures in the nodes: asked for when the view rests, kept, and painted over the tiles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from explorer.core.values import Reading, View
from explorer.gui.map.drawing import READABLE
from explorer.gui.map.near import Frame, Near
from explorer.gui.map.outlook import Outlook
from explorer.gui.panes.shades import WEIGHTS, Shades
from explorer.gui.theme import Theme, font
from explorer.picture.near import Glimpse
from explorer.picture.numbers import number_text
from explorer.picture.readout import future_of
from explorer.picture.scene import Region, Spot
from explorer.session import intents
from explorer.session.state import GLIMPSE, AppState

REST = 120  # milliseconds that the view must rest
_AT_ONCE = 4  # questions that are open together
_KEPT = 24_000_000  # bytes of numbers; what is in view is kept in any case
_BAR = 48  # rows of a picture of bars
_GREYS = "CET-L1"  # a picture looks like a picture


@dataclass
class _Shown:
    """Numbers that came for a glimpse of a value, and their pictures by how many tiles stand in a
    row."""

    glimpse: Glimpse
    reading: Reading
    future: np.ndarray | None
    grey: bool
    images: dict[int, QImage] = field(default_factory=dict)


class Glimpses(QObject):
    """The small pictures of the nodes in view, as far as those are near.

    They are asked for when nothing has moved for a moment, the middle of the view first, a few at
    a time; so neither a step nor a drag ever waits for them. What the engine does not have at hand
    stays without a picture. After another pass the old picture stays until the new one is there.

    Signals:
        wanted (intents.Look): numbers are needed.
        came (): there is something new to paint.
    """

    wanted = Signal(object)
    came = Signal()

    def __init__(self, widget: QWidget, outlook: Outlook, theme: Theme) -> None:
        super().__init__(widget)
        self.side = ""  # tells its questions from those of another map
        self._widget = widget
        self._outlook = outlook
        self._theme = theme
        self._state: AppState | None = None
        self._near: Near | None = None
        self._shown: dict[View, _Shown] = {}
        self._before: dict[tuple[str, str], _Shown] = {}  # of the last pass, by name and kind
        self._asked: dict[str, Glimpse] = {}  # open questions, by their pane
        self._refused: set[View] = set()
        self._rest = QTimer(self, singleShot=True, interval=REST)
        self._rest.timeout.connect(self._ask)
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(self._ask)

    @property
    def settled(self) -> bool:
        """Whether every picture in view is there that can be."""
        return not (self._asked or self._rest.isActive() or self._next.isActive())

    def render(self, state: AppState, near: Near | None) -> None:
        """Take what came; of another pass, everything is asked for anew."""
        before, self._state = self._state, state
        old = before.recording if before is not None else None
        new = state.recording
        if old is not None and (new is None or new.tape != old.tape):
            self._before = {} if new is None else {
                (old.values[view.value].name, shown.glimpse.kind): shown
                for view, shown in self._shown.items()
            }  # fmt: skip
            self._shown, self._asked, self._refused = {}, {}, set()
        if near is not self._near or old is not new:
            self._near = near
            self.rest()
        for pane, glimpse in list(self._asked.items()):
            reading = state.readings.get(pane)
            if reading is not None and reading.view == glimpse.view:
                self._take(glimpse, reading)
            elif f"look/{pane}" in state.tickets:
                continue
            else:
                self._refused.add(glimpse.view)
            del self._asked[pane]
            self._next.start()
            self.came.emit()

    def rest(self) -> None:
        """Something moved: wait until it rests."""
        if self._is_near:
            self._rest.start()
        else:
            self._rest.stop()

    def paint(self, painter: QPainter) -> None:
        """Paint the pictures that are there; the painter is in units of the scene."""
        for frame in self._frames():
            self._draw(painter, frame)

    def paint_one(self, painter: QPainter, spot: Spot) -> None:
        """Paint the picture of one node."""
        if self._is_near and self._near is not None:
            frame = self._near.frame(spot.placed.room.boxes[spot.at])
            if frame is not None:
                self._draw(painter, frame.moved(spot.placed))

    @property
    def _is_near(self) -> bool:
        return self._near is not None and self._near.is_near(self._outlook.camera.zoom)

    # ------------------------------------------------------------------ asking

    def _ask(self) -> None:
        """Ask for what is missing in view, as many as may be open together. What a map before this
        one asked for, in another theme or language, is there already."""
        if not self._widget.isVisible() or self._state is None:
            return
        middle = self._outlook.camera.view.center()
        frames = [*self._frames()]
        frames.sort(key=lambda frame: (frame.place.center() - middle).manhattanLength())
        self._forget({frame.glimpse.view for frame in frames})
        asked = {glimpse.view for glimpse in self._asked.values()}
        panes = (f"{GLIMPSE}{self.side}{n}" for n in range(_AT_ONCE))
        free = [pane for pane in panes if pane not in self._asked]
        there = {
            reading.view: reading
            for pane, reading in self._state.readings.items()
            if pane.startswith(GLIMPSE)
        }
        for frame in frames:
            glimpse = frame.glimpse
            if glimpse.view in there and glimpse.view not in self._shown:
                self._take(glimpse, there[glimpse.view])
                self.came.emit()
                continue
            if glimpse.view in self._shown or glimpse.view in self._refused | asked:
                continue
            if not free:
                return
            asked.add(glimpse.view)
            self._asked[pane := free.pop()] = glimpse
            self.wanted.emit(intents.Look(pane, glimpse.view, kept=True))

    def _forget(self, seen: set[View]) -> None:
        """Let the oldest go where they are too many, but none that is in view."""
        size = sum(shown.reading.data.nbytes for shown in self._shown.values())
        for view in [view for view in self._shown if view not in seen]:
            if size <= _KEPT:
                break
            size -= self._shown.pop(view).reading.data.nbytes

    def _take(self, glimpse: Glimpse, reading: Reading) -> None:
        assert self._state is not None
        recording = self._state.recording
        assert recording is not None
        value = glimpse.view.value
        future = future_of(recording, value, reading) if glimpse.kind == "heads" else None
        grey = glimpse.kind == "maps" and recording.values[value].kind == "input"
        self._shown[glimpse.view] = _Shown(glimpse, reading, future, grey)

    def _frames(self) -> Iterator[Frame]:
        """Of every node in view that is near, its picture's place in the scene."""
        outlook, near = self._outlook, self._near
        if outlook.painting is None or near is None or not self._is_near:
            return
        view = outlook.camera.view
        whole = Region(view.left(), view.top(), view.right(), view.bottom())
        for placed in outlook.painting.scene.rooms_in(whole):
            for at in placed.room.boxes_in(whole.moved(placed.x, placed.y)):
                frame = near.frame(placed.room.boxes[at])
                if frame is not None:
                    yield frame.moved(placed)

    def _of(self, glimpse: Glimpse) -> _Shown | None:
        """The picture of a value or, until it comes, that of the pass before."""
        found = self._shown.get(glimpse.view)
        if found is None and self._before and glimpse.view not in self._refused:
            assert self._state is not None
            assert self._state.recording is not None
            name = self._state.recording.values[glimpse.view.value].name
            found = self._before.get((name, glimpse.kind))
        return found

    # ------------------------------------------------------------------ painting

    def _draw(self, painter: QPainter, frame: Frame) -> None:
        shown = self._of(frame.glimpse)
        if shown is None:
            return
        zoom = painter.transform().m11()
        if shown.glimpse.kind == "number":
            self._write(painter, frame.place, float(shown.reading.data.reshape(-1)[0]), zoom)
            return
        image = shown.images.get(frame.across)
        if image is None:
            image = shown.images[frame.across] = picture(
                shown.glimpse, shown.reading, frame.across, self._theme, shown.future, shown.grey
            )
        # Cells that are smaller than a pixel are mixed, larger ones stay sharp.
        fine = image.width() > frame.place.width() * zoom
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, fine)
        painter.drawImage(frame.place, image)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)

    def _write(self, painter: QPainter, place: QRectF, number: float, zoom: float) -> None:
        pixels = min(place.height() * 0.45, place.width() * 0.24)
        if pixels * zoom < READABLE:
            return
        made = font(weight=600)
        made.setPixelSize(max(1, round(pixels * zoom)))
        painter.save()
        device = painter.transform().mapRect(place)
        painter.resetTransform()
        painter.setFont(made)
        painter.setPen(self._theme.color("text"))
        painter.drawText(device, Qt.AlignmentFlag.AlignCenter, number_text(number, 3))
        painter.restore()


def picture(
    glimpse: Glimpse, reading: Reading, across: int, theme: Theme,
    future: np.ndarray | None = None, grey: bool = False,
) -> QImage:  # fmt: skip
    """A reading as one image: its tiles in rows of so many, with gaps that nothing is painted in.

    A cell of a tile is a pixel of the image. ``future`` (rows, columns) are forbidden cells.
    """
    if glimpse.kind == "bars":
        return _bars(reading.data.reshape(-1), theme)
    count, rows, columns = glimpse.tiles
    data = reading.data.reshape(count, rows, columns)
    weights = glimpse.kind == "heads"
    shades = Shades(0.0, 1.0, False) if weights else Shades.of(data)
    map_ = WEIGHTS if weights else _GREYS if grey and not shades.signed else None
    down = -(-count // across)
    gap_x, gap_y = (max(1, round(0.06 * cells)) for cells in (columns, rows))
    made = QImage(
        across * (columns + gap_x) - gap_x, down * (rows + gap_y) - gap_y,
        QImage.Format.Format_ARGB32_Premultiplied,
    )  # fmt: skip
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    for n, one in enumerate(data):
        row, column = divmod(n, across)
        hidden = np.isneginf(one) if future is None else future  # what a mask has put there
        tile = shades.image(one, theme, map_, hidden)
        painter.drawImage(column * (columns + gap_x), row * (rows + gap_y), tile)
    painter.end()
    return made


def _bars(numbers: np.ndarray, theme: Theme) -> QImage:
    """Upright bars from zero, a column of pixels or, with gaps, four for each; what is no number
    takes the whole height."""
    wide, gap = (3, 1) if len(numbers) <= 32 else (1, 0)
    made = QImage(
        len(numbers) * (wide + gap) - gap, _BAR, QImage.Format.Format_ARGB32_Premultiplied
    )
    made.fill(Qt.GlobalColor.transparent)
    finite = numbers[np.isfinite(numbers)]
    low, high = min(0.0, *finite, 0.0), max(0.0, *finite, 0.0)
    span = (high - low) or 1.0
    zero = _BAR * high / span
    painter = QPainter(made)
    for n, number in enumerate(numbers):
        x = n * (wide + gap)
        if not np.isfinite(number):
            color = theme.color("nan" if np.isnan(number) else "inf")
            painter.fillRect(x, 0, wide, _BAR, color)
            continue
        top, bottom = sorted((round(zero), round(_BAR * (high - number) / span)))
        color = theme.color("positive" if number >= 0 else "negative")
        painter.fillRect(x, top, wide, max(bottom - top, 1), color)
    painter.end()
    return made
