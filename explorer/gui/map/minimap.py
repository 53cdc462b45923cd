"""The minimap: the whole graph in a corner, with the part in view as a frame to drag."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QGuiApplication,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
)
from PySide6.QtWidgets import QWidget

from explorer.core.flow import Cone
from explorer.gui.map.camera import Camera
from explorer.gui.map.cones import ConePainting
from explorer.gui.map.lighting import Lighting
from explorer.gui.map.painting import Painting
from explorer.gui.theme import Theme
from explorer.session.state import AppState

_PAD = 8.0
_GAP = 12  # to the edges of the canvas
_FRAME = 3.0  # pixels: the frame is seen, however little is in view
_NARROW = 340  # pixels of a canvas
_NEAR = 90.0  # pixels around the cursor's box that stay free
_LATER = 30  # milliseconds until a new scene is drawn: what changed is shown first
_SHY = 0.3  # how much of it is left where it covers a node


class Minimap(QWidget):
    """Shows the scene as small as it must be, in a corner away from the cursor; what it covers
    shines through until the mouse comes to it.

    Signals:
        moved (QPointF): the user wants this point of the scene in the middle.
    """

    moved = Signal(QPointF)

    def __init__(self, theme: Theme, scale: float, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._painting: Painting | None = None
        self._scale = scale
        self._view = QRectF()
        self._covers = False
        self._zoom = 1.0
        self._picture = QPixmap()
        self._cone: Cone | None = None
        self._lighting = Lighting(theme)
        self.patient = QGuiApplication.platformName() != "offscreen"  # a picture waits for nothing
        self._later = QTimer(self, singleShot=True, interval=_LATER)
        self._later.timeout.connect(self._draw_again)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(self.tr("Overview of the graph"))

    def show_scene(self, painting: Painting, room: QSize) -> None:
        """Take a new scene, or another ``room`` to be in; it takes but a small part of that."""
        most = QSize(
            min(round(150 * self._scale), round(room.width() * 0.17)),
            min(round(260 * self._scale), round(room.height() * 0.42)),
        )
        self._painting = painting
        scene = painting.scene
        width, height = most.width() - 2 * _PAD, most.height() - 2 * _PAD
        self._zoom = min(width / scene.width, height / scene.height)
        self.resize(
            round(max(56.0, scene.width * self._zoom) + 2 * _PAD),
            round(max(1.0, scene.height * self._zoom) + 2 * _PAD),
        )
        self._renew()

    def room(self) -> QSizeF:
        """What it takes of a corner where it is shown, with the gap around it."""
        canvas = self.parentWidget()
        assert canvas is not None
        if self._painting is None or canvas.width() < _NARROW * self._scale:
            return QSizeF()
        return QSizeF(self.width() + 2.0 * _GAP, self.height() + 2.0 * _GAP)

    def light(self, state: AppState) -> None:
        """Show what was found, what is pointed at and what a cone lights."""
        changed = self._lighting.show(state)
        if changed or state.cone is not self._cone:
            self._cone = state.cone
            self._renew()

    def _renew(self) -> None:
        """Draw another picture, in a moment."""
        if self.patient and not self._picture.isNull():
            self._later.start()
        else:
            self._picture = QPixmap()
        self.update()

    def _draw_again(self) -> None:
        self._picture = QPixmap()
        self.update()

    def show_view(self, camera: Camera, cursor: QRectF) -> None:
        """Frame what is in view, unless that is everything; keep clear of the cursor's box. A map
        that is narrow itself has no room for it. It is painted when the map below it is."""
        if self._painting is None:
            return
        view, scene = camera.view, self._painting.scene
        whole = view.contains(QRectF(0, 0, scene.width, scene.height))
        self.setVisible(not whole and camera.size.width() >= _NARROW * self._scale)
        right = camera.size.width() - self.width() - _GAP
        bottom = camera.size.height() - self.height() - _GAP
        corners = ((right, bottom), (right, _GAP), (_GAP, bottom), (_GAP, _GAP))
        near = cursor.adjusted(-_NEAR, -_NEAR, _NEAR, _NEAR)
        places = [QRectF(QPointF(x, y), self.size()) for x, y in corners]
        place = next((p for p in places if not p.intersects(near)), places[0])
        self.move(place.topLeft().toPoint())
        self._covers = self._painting.nodes_in(
            QRectF(camera.to_scene(place.topLeft()), place.size() / camera.zoom)
        )
        self._view = view

    def paintEvent(self, event: QPaintEvent) -> None:
        """Blit the small picture, frame the view."""
        if self._painting is None:
            return
        if self._picture.isNull():
            self._picture = self._draw(self._painting)
        painter = QPainter(self)
        if self._covers and not self.underMouse():
            painter.setOpacity(_SHY)
        painter.drawPixmap(self.rect(), self._picture)  # of the scene before, until it is drawn
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(
            self._view.topLeft() * self._zoom + self._origin(), self._view.size() * self._zoom
        )
        frame = frame.intersected(QRectF(self.rect()).adjusted(2, 2, -2, -2))
        wide = max(0.0, _FRAME - frame.width()) / 2
        high = max(0.0, _FRAME - frame.height()) / 2
        frame.adjust(-wide, -high, wide, high)
        painter.setPen(self._theme.color("accent"))
        painter.setBrush(self._theme.color("accent", 0.12))
        painter.drawRoundedRect(frame, 2, 2)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Be there in full."""
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Let what is beneath be seen."""
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        self._go(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the frame."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event)

    def _go(self, event: QMouseEvent) -> None:
        self.moved.emit((event.position() - self._origin()) / self._zoom)
        event.accept()

    def _origin(self) -> QPointF:
        width = self._painting.scene.width * self._zoom if self._painting else 0.0
        return QPointF((self.width() - width) / 2, _PAD)

    def _draw(self, painting: Painting) -> QPixmap:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(self._theme.color("panel", 0.94))
        painter.setPen(self._theme.color("line"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        painter.translate(self._origin())
        painter.scale(self._zoom, self._zoom)
        cone = self._cone
        if cone is not None and cone.recording is painting.recording:
            ConePainting(painting, cone).outline(painter)
        else:
            painting.outline(painter)
        scene = painting.scene
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._lighting.paint(painter, scene, QRectF(0.0, 0.0, scene.width, scene.height))
        painter.end()
        return picture
