"""What lies over the tiles of the map, from the lowest to the uppermost."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from explorer.gui.map.differences import Differences
from explorer.gui.map.ending import draw_ending
from explorer.gui.map.glimpses import Glimpses
from explorer.gui.map.lighting import Lighting
from explorer.gui.map.marks import Marks
from explorer.gui.map.names import Names
from explorer.gui.map.outlook import Outlook
from explorer.gui.map.painting import Painting
from explorer.gui.map.wires import Wires
from explorer.gui.theme import Theme
from explorer.picture.scene import Spot
from explorer.session.state import AppState


class Layers:
    """Live pictures, the veil, what is found or differs, the cursor, the node and the wire under
    the mouse, names, bookmarks, and where the pass ended."""

    def __init__(
        self, canvas: QWidget, outlook: Outlook, names: Names, theme: Theme, scale: float
    ) -> None:
        self._outlook = outlook
        self._theme = theme
        self._scale = scale
        self.glimpses = Glimpses(canvas, outlook, theme)
        self.wires = Wires(outlook, theme, scale)
        self.names = names
        self._lighting = Lighting(theme)
        self._differences = Differences(theme, scale)
        self._marks = Marks(outlook, theme, scale)
        self.glimpses.came.connect(canvas.update)
        self.names.wanting.connect(canvas.update)

    def light(self, state: AppState) -> bool:
        """Take what is found, pointed at or differs; whether that is something else than before."""
        lit = self._lighting.show(state)
        return self._differences.show(state) or lit

    def show(self, state: AppState) -> bool:
        """Take what is on the map that is there now; whether the picture is another."""
        painting = self._outlook.painting
        self.glimpses.render(state, painting.near if painting is not None else None)
        return self._marks.show(state)

    def ground(self, painting: Painting) -> Painting:
        """What the tiles are of: the map, or the map as a cone lights it."""
        return self._marks.painting or painting

    def paint(
        self, painter: QPainter, painting: Painting, shown: AppState, hovered: Spot | None
    ) -> None:
        """Paint all of them on the widget."""
        camera, current = self._outlook.camera, self._outlook.current
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.save()
        painter.translate(-camera.origin)
        painter.scale(camera.zoom, camera.zoom)
        self.glimpses.paint(painter)
        walked = shown.tab == "forward"
        if walked and not self._marks.lit:
            painting.veil(painter, camera.view, shown.cursor)
        self._lighting.paint(painter, painting.scene, camera.view)
        self._differences.paint(painter, painting.scene, camera.view)
        if current is not None and self._differences.hollow:
            self._differences.ring(painter, painting, current)
        elif current is not None:
            self.ground(painting).glow(painter, current, shown.cursor)
            self.glimpses.paint_one(painter, current)
        if hovered is not None:
            painting.hover(painter, hovered.box)
        self.wires.paint(painter)
        painter.restore()
        self.names.paint(
            painter, painting.scene, camera, painting.ground,
            shown.cursor if walked else None, current.box if current is not None else None,
        )  # fmt: skip
        self._marks.draw(painter)
        self._end(painter, painting, shown)

    def _end(self, painter: QPainter, painting: Painting, shown: AppState) -> None:
        """Ring the last node of a pass that was cut short."""
        recording = shown.recording
        if recording is None or recording.failure is None or not recording.events:
            return
        last = painting.scene.node_of(len(recording.events) - 1)
        assert last is not None
        place: QRectF = self._outlook.on_widget(last.box)
        draw_ending(painter, place, self._theme, self._scale)
