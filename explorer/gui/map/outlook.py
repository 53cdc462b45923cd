"""The outlook: which part of the map is in view, how it came about, and how it moves."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEasingCurve, QObject, QPointF, QRectF, QSizeF, QVariantAnimation, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QStyle, QWidget

from explorer.gui.map.camera import Camera
from explorer.gui.map.drawing import rect
from explorer.gui.map.painting import Painting
from explorer.picture.scene import Box, Spot

MOTION = 150  # milliseconds
_LEAST = 1e-4  # zoom: there is no widget so small, or graph so large
_MARGIN = 26.0  # pixels around a graph that fits
_View = Literal["first", "whole", "own"]  # as it opens; all of it; as somebody moved it
Sight = tuple[tuple[float, float, float], _View]


class Outlook(QObject):
    """What a widget shows of a ``painting``, around the box ``current`` under the cursor.

    ``view`` tells how it came about: the ``first`` view of a model, the ``whole`` graph (which it
    goes on to be when graph or widget get another size), or somebody's ``own``.

    Signals:
        moved (): something else is in view.
    """

    moved = Signal()

    def __init__(self, widget: QWidget, scale: float) -> None:
        super().__init__(widget)
        self._widget = widget
        self._scale = scale
        self.camera = Camera(scale)
        self.view: _View = "first"
        self.painting: Painting | None = None
        self._card = QSizeF()  # what lies in the lower right corner
        self.current: Spot | None = None
        self._moving = QVariantAnimation(self, duration=MOTION)
        self._moving.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._moving.valueChanged.connect(self._move_corner)

    @property
    def sight(self) -> Sight:
        """What is in view, and how it came about."""
        return self.place, self.view

    @property
    def place(self) -> tuple[float, float, float]:
        """What is in view: zoom relative to the text size, and the middle (x, y)."""
        view = self.camera.view
        return self.camera.zoom / self._scale, view.center().x(), view.center().y()

    @place.setter
    def place(self, place: tuple[float, float, float]) -> None:
        zoom, x, y = place
        self.camera.set_zoom(zoom * self._scale)
        self.view = "own"
        self.centre(QPointF(x, y))

    def restore(self, sight: Sight) -> None:
        """Show again what ``sight`` was taken of."""
        self.place, self.view = sight

    def on_widget(self, box: Box) -> QRectF:
        """Where a box of the scene is on the widget."""
        return self.camera.to_widget(rect(box))

    def begin(self) -> None:
        """The first view of a model: all of it if that can be read, else from the top."""
        self.view = "first"
        if self.painting is None:
            return
        self._moving.stop()
        current = rect(self.current.box).center().x() if self.current is not None else None
        size = QSizeF(self.painting.width, self.painting.scene.height)
        self.camera.begin(size, self._scale, _MARGIN, current)
        self.reveal(animated=False)
        self._move_corner(self.camera.corner)

    def fit(self) -> None:
        """Show the whole graph, and go on so when it or the widget gets another size."""
        self.view = "whole"
        if self.painting is None or min(self.camera.size.width(), self.camera.size.height()) <= 1:
            return  # it has no size yet, and fits when it has one
        self._moving.stop()
        self._fill(QSizeF())
        if self._hidden():  # then beside the card or above it, wherever the graph is larger
            beside = QSizeF(self._card.width(), 0.0), QSizeF(0.0, self._card.height())
            self._fill(max(beside, key=self._filling))
        self._move_corner(self.camera.corner)

    def _filling(self, free: QSizeF) -> float:
        """The zoom at which the whole graph fits, with so much left free at the right or foot."""
        assert self.painting is not None
        width, height = self.painting.width, self.painting.scene.height
        wide, high = self.camera.filling(width, height, _MARGIN)
        return min(
            wide - free.width() / width, high - free.height() / height, 1.4 * self._scale
        )  # fmt: skip

    def _fill(self, free: QSizeF) -> None:
        """Show the whole graph in the middle of what is free."""
        assert self.painting is not None
        width, height = self.painting.width, self.painting.scene.height
        self.camera.set_zoom(self._filling(free), least=_LEAST)
        zoom = self.camera.zoom
        down = (self.camera.above(_MARGIN) - _MARGIN - free.height()) / zoom
        right = free.width() / zoom
        self.camera.centre(QPointF((width + right) / 2, (height - down) / 2))

    def _hidden(self) -> bool:
        """Whether nodes lie under what is in the lower right corner."""
        if self.painting is None or self._card.isEmpty():
            return False
        corner = QPointF(self.camera.size.width(), self.camera.size.height())
        under = QRectF(corner - QPointF(self._card.width(), self._card.height()), self._card)
        zoom = self.camera.zoom
        return self.painting.nodes_in(
            QRectF(self.camera.to_scene(under.topLeft()), under.size() / zoom)
        )

    def keep_clear(self, card: QSizeF) -> None:
        """Something so large, with a gap around it, lies in the lower right corner now: a graph
        that is shown whole is so beside it."""
        if card == self._card:
            return
        self._card = card
        if self.view == "whole":
            self.fit()

    def look_at_cursor(self, zoom: float) -> None:
        """Show the cursor's box in the middle, at a zoom relative to the text size."""
        _, x, y = self.place
        middle = rect(self.current.box).center() if self.current is not None else QPointF(x, y)
        self.place = (zoom, middle.x(), middle.y())
        self.stay()

    def zoom_at(self, at: QPointF, factor: float) -> None:
        """Zoom, with a pixel of the widget fixed."""
        if self.painting is None:
            return
        self.view = "own"
        self.camera.zoom_at(at, factor)
        self.stay()

    def zoom_by(self, factor: float) -> None:
        """Zoom around the middle of the view."""
        self.zoom_at(QRectF(QPointF(), self.camera.size).center(), factor)

    def pan(self, by: QPointF) -> None:
        """Move the map by so many pixels."""
        self.shift(-by)

    def shift(self, by: QPointF) -> None:
        """Look so many pixels further right and down."""
        self.view = "own"
        self._moving.stop()
        self.camera.corner += by / self.camera.zoom
        self.stay()

    def centre(self, middle: QPointF) -> None:
        """Bring a point of the scene into the middle."""
        self._moving.stop()
        self.camera.centre(middle)
        self._move_corner(self.camera.corner)

    def stay(self) -> None:
        """A part of the graph is always in view."""
        if self.painting is not None:
            self.camera.keep_in_sight(self.painting.scene.width, self.painting.scene.height)
        self._move_corner(self.camera.corner)

    def follow(self) -> None:
        """Bring the cursor back into view if it has left it."""
        if self.reveal(animated=self.moves()):
            self.view = "own"

    def resize(self, size: QSizeF) -> None:
        """The widget has another size. Until somebody moved the map, it starts anew; then its
        middle stays, and the cursor."""
        middle = self.camera.view.center()
        box = self.on_widget(self.current.box) if self.current is not None else QRectF()
        seen = not box.isEmpty() and QRectF(QPointF(), self.camera.size).contains(box)
        self.camera.size = size
        if self.view == "first":
            self.begin()
        elif self.view == "whole":
            self.fit()
        else:
            self.camera.centre(middle)
            if seen:
                self.reveal(animated=False)

    def cover(self, head: float) -> None:
        """So many pixels at the top are covered now: what was begun or fitted is so anew, and the
        cursor comes out from under them."""
        before, self.camera.head = self.camera.head, head
        if head == before or self.painting is None:
            return
        if self.view == "first":
            self.begin()
        elif self.view == "whole":
            self.fit()
        elif self.current is not None:
            top = self.on_widget(self.current.box).top()
            hidden = self.camera.above(_MARGIN) - top
            if hidden > 0 and top >= before:
                self._go(self.camera.corner - QPointF(0, hidden / self.camera.zoom), self.moves())

    def reveal(self, animated: bool) -> bool:
        """Bring the cursor's box into view, with little emptiness; whether the view moves."""
        if self.painting is None or self.current is None:
            return False
        return self._bring(self._around_cursor(self.current), animated)

    def show(self, box: Box) -> None:
        """Bring a box into view, or the head of one that is too high."""
        where = self.on_widget(box)
        where.setHeight(min(where.height(), self.camera.size.height() * 0.64))
        if self._bring(where, self.moves()):
            self.view = "own"

    def _bring(self, where: QRectF, animated: bool) -> bool:
        """Bring a part of the widget into view; whether the view moves."""
        assert self.painting is not None
        scene = self.painting.scene
        pad = _MARGIN - 2  # what fits, fits with more than that
        goal = self.camera.showing(where, scene.width, scene.height, pad)
        self._moving.stop()  # also where it is in view now, on the way to another box
        if goal is not None:
            self._go(goal, animated)
        return goal is not None

    def _go(self, corner: QPointF, animated: bool) -> None:
        """Look from another corner, at once or by and by."""
        self._moving.stop()
        if animated:
            self._moving.setStartValue(self.camera.corner)
            self._moving.setEndValue(corner)
            self._moving.start()
        else:
            self._move_corner(corner)

    def halt(self) -> None:
        """Stay where the motion is now."""
        self._moving.stop()

    def moves(self) -> bool:
        """Whether things may move: not in pictures, and not if the system asks for stillness."""
        style = QStyle.StyleHint.SH_Widget_Animation_Duration
        still = QGuiApplication.platformName() == "offscreen"
        widget = self._widget
        return (
            not still and widget.isVisible() and widget.style().styleHint(style, None, widget) > 0
        )

    def _around_cursor(self, current: Spot) -> QRectF:
        """Where the cursor's box is, or the open box that it stands in, if that fits into view."""
        placed, size = current.placed, self.camera.size
        room = QRectF(placed.x, placed.y, placed.room.width, placed.room.height)
        wide = self.camera.to_widget(room)
        high = max(size.height() - self.camera.head, 1.0)
        fits = max(wide.width() / size.width(), wide.height() / high) < 0.9
        return wide if fits and placed.depth else self.on_widget(current.box)

    def _move_corner(self, corner: QPointF) -> None:
        self.camera.corner = corner
        self.moved.emit()
