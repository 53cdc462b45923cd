"""The graph on show, to be written to a file."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, QRectF, Qt
from PySide6.QtGui import QPainter

from explorer.core.graph import Recording, ancestry
from explorer.core.problem import Problem, phrase
from explorer.core.values import ExampleInput, TensorsInput
from explorer.gui.export.files import DATA, LOOKS, PICTURES, Format, Wanted, caption_of, written
from explorer.gui.export.key import key_of
from explorer.gui.export.picture import MARGIN, Picture
from explorer.gui.map.camera import Camera
from explorer.gui.map.canvas import Canvas
from explorer.gui.map.drawing import Drawing, rect
from explorer.gui.map.ending import draw_ending, said_of_nothing
from explorer.gui.map.names import Names
from explorer.gui.map.painting import Painting
from explorer.gui.map.times import Times
from explorer.gui.theme import LIGHT
from explorer.picture.document import graph_json
from explorer.picture.dot import graph_dot
from explorer.picture.scene import Spot
from explorer.session.state import AppState

_LETTERS, _LINE = 13.0, 20.0  # of what stands in the place of a graph
_AROUND = 12.0  # a module: little of what is beside it


@dataclass(frozen=True)
class Step:
    """A step to be marked: the event, and the box that it is or is in."""

    event: int
    spot: Spot


@dataclass(frozen=True)
class DrawnGraph:
    """A graph as a picture shows it. With a ``step`` that is marked, and what comes later is
    dimmed; an ``ending`` is the box after which the pass stopped. It is seen at a ``zoom``. Where
    there is no op at all, ``lines`` say so in its place."""

    painting: Painting
    step: Step | None = None
    ending: QRectF | None = None
    zoom: float = 1.0
    lines: tuple[str, ...] = ()

    @property
    def draw(self) -> Drawing:
        """Its look, and the words of its language."""
        return self.painting.drawing

    @property
    def whole(self) -> QRectF:
        """All of it, with a margin."""
        if self.lines:
            wide = max(self.draw.width(line, _LETTERS) for line in self.lines)
            return QRectF(0, 0, wide + 2 * MARGIN, len(self.lines) * _LINE + 2 * MARGIN)
        scene = self.painting.scene
        part = self.painting.extent(1.0)
        times = Times(self.painting.theme, 1.0)
        for time in times.placed(scene, QRectF(0.0, 0.0, scene.width, scene.height), self.zoom):
            corner, size = time.place.topLeft() / self.zoom, time.place.size() / self.zoom
            part = part.united(QRectF(corner, size))
        part.adjust(-MARGIN, -MARGIN, MARGIN, MARGIN)
        if self.ending is not None:
            part.setBottom(max(part.bottom(), self.ending.bottom() + 2 * MARGIN))
        return part

    def readable(self, zoom: float) -> DrawnGraph:
        """The same at a zoom: how large it is painted decides what is told."""
        return replace(self, zoom=zoom)

    def paint(self, painter: QPainter, part: QRectF) -> None:
        """Paint a part of it; the painter is in units of the scene."""
        zoom = painter.transform().m11()
        for n, line in enumerate(self.lines):
            place = QRectF(0, MARGIN + n * _LINE, self.whole.width(), _LINE)
            role = "text" if n == len(self.lines) - 1 else "dim"
            middle = Qt.AlignmentFlag.AlignCenter
            self.draw.text(painter, place, line, _LETTERS, self.draw.theme.color(role), 400, middle)
        if self.lines:
            return
        painting = self.painting.enlarged(zoom)
        painting.paint(painter, part, zoom, dotted=False)
        if self.step is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painting.veil(painter, part, self.step.event)
            painting.glow(painter, self.step.spot, self.step.event)
        if self.ending is not None:
            draw_ending(painter, self.ending, painting.theme, 1.0)
        self._write_over(painter, zoom, part)

    def _write_over(self, painter: QPainter, zoom: float, part: QRectF) -> None:
        """Name the largest modules and the times of loops, as the map does from so far away."""
        camera = Camera(zoom)
        camera.size = part.size() * zoom
        camera.corner = part.topLeft()
        event = self.step.event if self.step is not None else None
        box = self.step.spot.box if self.step is not None else None
        corner = painter.transform().map(part.topLeft())
        painter.save()
        painter.resetTransform()
        painter.translate(corner)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = self.painting.ground
        names = Names(QObject(), self.painting.theme, 1.0)
        names.paint(painter, self.painting.scene, camera, ground, event, box)
        painter.restore()


class GraphSource:
    """What a canvas shows: as a picture, and as data for other programs."""

    formats = PICTURES + DATA

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self.theme, self.scale = canvas.theme, canvas.scale
        self.ratio = canvas.devicePixelRatioF()

    def picture(self, state: AppState, wanted: Wanted) -> Picture:
        """The picture of it. Raises Problem for a part that is not there."""
        self._canvas.planner.finish()
        painting, recording = self._canvas.outlook.painting, state.recording
        assert painting is not None, "there is a graph"
        assert recording is not None
        camera, current = self._canvas.outlook.camera, self._canvas.outlook.current
        cut: QRectF | None = None
        if isinstance(wanted.part, int):
            cut = _box(recording, painting, wanted.part)
        elif wanted.part == "view":
            cut = camera.view
        look = LOOKS[wanted.look]
        dressed = painting if look is painting.theme else painting.dressed(look)
        step = Step(state.cursor, current) if wanted.stepped and current is not None else None
        name = state.title or recording.calls[0].kind
        picture = Picture(
            DrawnGraph(dressed, step, _ending(recording, painting), lines=_lines(state)),
            cut,
            camera.zoom if wanted.part == "view" else 1.0,
            name,
            name if wanted.titled else "",
            caption_of(recording, painting.words) if wanted.titled else "",
            key_of(dressed.tint, state),
        )
        return picture.readable(wanted.scale)

    def content(self, state: AppState, wanted: Wanted, kind: Format) -> bytes:
        """What stands in the file. Raises Problem if an image would be too large."""
        recording = state.recording
        assert recording is not None
        if kind == "json":
            return graph_json(recording, state.open, state.title)
        if kind == "dot":
            folds = self._folds()
            said = graph_dot(recording, state.open, state.title, LIGHT.families, folds)
            return said.encode("utf-8")
        return written(self.picture(state, wanted), wanted, kind)

    def _folds(self) -> list[tuple[int, ...]]:
        """The calls of each fold that the canvas shows closed."""
        planner = self._canvas.planner
        planner.finish()
        found = []
        for box in self._canvas.boxes():
            if box.item.kind == "fold" and box.kind == "closed":
                run = planner.run_of(box.item.at)
                found.append(run[run.index(box.item.at) : run.index(box.item.until) + 1])
        return found


def _box(recording: Recording, painting: Painting, call: int) -> QRectF:
    """The box of a call, with a margin. Raises Problem if there is none."""
    spot = painting.scene.box_of(call, tuple(ancestry(recording, call)[:-1]))
    if spot is None:
        raise Problem(
            "input",
            phrase("{module} has no box of its own: nothing of it is on the graph."),
            module=recording.calls[call].module,
        )
    return rect(spot.box).adjusted(-_AROUND, -_AROUND, _AROUND, _AROUND)


def _lines(state: AppState) -> tuple[str, ...]:
    """What there is to say of a pass without an op: what was given, and that it is all."""
    recording, model = state.recording, state.model
    if recording is None or recording.events:
        return ()
    ways = [recording.input]
    if isinstance(recording.input, ExampleInput) and model is not None:
        ways += [choice.sample for choice in model.choices]  # one has tensors like the example's
    given = [t for way in ways if isinstance(way, TensorsInput) for t in way.tensors]
    lines = (f"{t.name}  {'×'.join(map(str, t.shape))}  {t.dtype}" for t in given)
    return *lines, said_of_nothing()


def _ending(recording: Recording, painting: Painting) -> QRectF | None:
    """The box after which a pass stopped, None if it came to its end."""
    if recording.failure is None or not recording.events:
        return None
    last = painting.scene.node_of(len(recording.events) - 1)
    return None if last is None else rect(last.box)
