"""The outlook: which part of the map is in view, how it came about, and how it moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QEasingCurve, QObject, QPointF, QRectF, QSizeF, QVariantAnimation, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QStyle, QWidget

from explorer.gui.map.camera import Camera
from explorer.gui.map.drawing import READABLE, rect
from explorer.gui.map.painting import Painting
from explorer.picture.scene import Box, Scene, Spot

MOTION = 150  # milliseconds
_LEAST = 1e-4  # zoom: there is no widget so small, or graph so large
_MARGIN = 26.0  # pixels around a graph that fits
_LOST = 0.3  # of the zoom that it could have: so small a graph would be lost beside the legend
_TURNS = 6  # until the zoom suits what is written at that zoom
_FIRST, _WHOLE = 1.6, 1.4  # the largest zooms of a first view, and of one that was asked for
_LEGIBLE = READABLE / 11  # the zoom from which both lines in a node are written
_READ = 0.72  # the zoom from which a graph can be read whole
_View = Literal["first", "whole", "own"]  # as it opens; all of it; as somebody moved it
Sight = tuple[tuple[float, float, float], _View]


class Outlook(QObject):
    """What a widget shows of a ``painting``, around the box ``current`` under the cursor.

    ``names`` are the places of those that are written on a scene at a zoom, in pixels. ``view``
    tells how it came about: the ``first`` view of a model, the ``whole`` graph (which it
    goes on to be when graph or widget get another size), or somebody's ``own``.

    Signals:
        moved (): something else is in view.
    """

    moved = Signal()

    def __init__(
        self, widget: QWidget, scale: float, names: Callable[[Scene, float], list[QRectF]]
    ) -> None:
        super().__init__(widget)
        self._widget = widget
        self._scale = scale
        self.camera = Camera(scale)
        self.view: _View = "first"
        self._is_whole = False  # whether the first view has all of the graph
        self.painting: Painting | None = None
        self._names = names
        self._legend = self._overview = QSizeF()  # what lies in the lower right corner
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

    def begin(self, goes_on: bool = False) -> None:
        """The first view of a model: all of it if that can be read, else from the top. It may go
        on in another room."""
        self.view = "first"
        if self.painting is None:
            return
        self._moving.stop()
        # what was whole goes on to be, as long as it is legible, when a bar takes some of its room
        least = _LEGIBLE if goes_on and self._is_whole else _READ
        self._is_whole = self._show_all(_FIRST * self._scale, least * self._scale)
        if not self._is_whole:
            self._show_top(self.painting.extent(self._scale))
        self.reveal(animated=False)
        self._move_corner(self.camera.corner)

    def fit(self) -> None:
        """Show the whole graph, and go on so when it or the widget gets another size."""
        self.view = "whole"
        if self.painting is None or min(self.camera.size.width(), self.camera.size.height()) <= 1:
            return  # it has no size yet, and fits when it has one
        self._moving.stop()
        self._show_all(_WHOLE * self._scale)
        self._move_corner(self.camera.corner)

    def _show_all(self, most: float, least: float = 0.0) -> bool:
        """Show the whole graph in the middle of what is free; beside the legend or above it,
        wherever that is larger, if it would lie under it: unless it would be lost there. Whether it
        is shown at ``least`` so large.
        """
        plain = QSizeF()
        if not self._fill(plain, most, least):
            return False
        if not self._covered():
            return True
        largest, best = self.camera.zoom * _LOST, plain
        for free in (QSizeF(self._legend.width(), 0.0), QSizeF(0.0, self._legend.height())):
            if self._fill(free, most, least) and self.camera.zoom > largest:
                largest, best = self.camera.zoom, free
        return (best is not plain or not least) and self._fill(best, most, least)

    def _fill(self, free: QSizeF, most: float, least: float) -> bool:
        """Show the whole graph, with all that is written, in the middle of what is free; whether it
        is so at ``least`` so large. What is written far away is as large at every zoom."""
        assert self.painting is not None
        whole = QRectF(0, 0, self.painting.scene.width, self.painting.scene.height)
        zoom: float | None = None
        for _ in range(_TURNS):
            sides = self.camera.filling(whole.width(), whole.height(), _MARGIN, free)
            fitting = max(min(*sides, most), _LEAST)
            if fitting < least:
                return False
            if zoom is not None and fitting >= zoom * 0.999:
                break
            zoom, whole = fitting, self._extent(fitting)
        assert zoom is not None
        self.camera.set_zoom(zoom, least=_LEAST)
        down = (self.camera.above(_MARGIN) - _MARGIN - free.height()) / zoom
        right = free.width() / zoom
        self.camera.centre(whole.center() + QPointF(right, -down) / 2)
        return True

    def _show_top(self, whole: QRectF) -> None:
        """The top of a graph that is too large to be read whole, around the cursor across if it is
        too wide; beside what lies in the corner, if it is readable there."""
        least, camera = 0.78 * self._scale, self.camera
        cards = QSizeF(max(self._legend.width(), self._overview.width()), 0.0)
        wide, _ = camera.filling(whole.width(), whole.height(), _MARGIN, cards)
        if wide < least:
            cards = QSizeF()
            wide, _ = camera.filling(whole.width(), whole.height(), _MARGIN)
        camera.set_zoom(min(max(wide, least), self._scale))
        zoom, middle = camera.zoom, whole.center().x()
        top = whole.top() - camera.above(_MARGIN) / zoom
        if whole.width() * zoom <= camera.size.width():
            left = middle - (camera.size.width() - cards.width()) / 2 / zoom
            camera.corner = QPointF(left, top)
            return
        if self.current is not None:
            middle = rect(self.current.box).center().x()
        corner = QPointF(middle - camera.size.width() / 2 / zoom, top)
        camera.corner = camera.within(corner, whole.width(), whole.height(), _MARGIN)

    def _extent(self, zoom: float) -> QRectF:
        """The whole graph with all that is written at a zoom."""
        assert self.painting is not None
        whole = self.painting.extent(zoom)
        for place in self._names(self.painting.scene, zoom):
            whole = whole.united(QRectF(place.topLeft() / zoom, place.size() / zoom))
        return whole

    def _covered(self) -> bool:
        """Whether anything lies under the legend, in the lower right corner."""
        if self.painting is None or self._legend.isEmpty():
            return False
        zoom, size = self.camera.zoom, self.camera.size
        corner = QPointF(size.width() - self._legend.width(), size.height() - self._legend.height())
        under = QRectF(self.camera.to_scene(corner), self._legend / zoom)
        names = self._names(self.painting.scene, zoom)
        on_map = QRectF(under.topLeft() * zoom, under.size() * zoom)
        return self.painting.lies_in(under, zoom) or any(n.intersects(on_map) for n in names)

    def keep_clear(self, legend: QSizeF, overview: QSizeF) -> None:
        """A legend so large lies in the lower right corner, with a gap around it, and where the
        graph is not shown whole, also an overview. What was begun or fitted is so beside them."""
        if (legend, overview) == (self._legend, self._overview):
            return
        self._legend, self._overview = legend, overview
        if self.view == "whole":
            self.fit()
        elif self.view == "first":
            self.begin(goes_on=True)

    def look_at_cursor(self, zoom: float) -> None:
        """Show the cursor's box in the middle, at a zoom relative to the text size."""
        _, x, y = self.place
        middle = rect(self.current.box).center() if self.current is not None else QPointF(x, y)
        self.place = (zoom, middle.x(), middle.y())
        self.stay()

    def read_cursor(self) -> None:
        """Look at the cursor's box from so near that it can be read, unless it can be already."""
        if self.current is not None and self.camera.zoom < _LEGIBLE:
            self.look_at_cursor(1.0)

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
        middle stays, and the cursor; and all of the graph, if all of it was in view."""
        if size == self.camera.size:
            return  # Qt says so, too, when other margins are claimed
        middle = self.camera.view.center()
        box = self.on_widget(self.current.box) if self.current is not None else QRectF()
        seen = not box.isEmpty() and QRectF(QPointF(), self.camera.size).contains(box)
        all_seen = self._sees_all()
        self.camera.size = size
        if self.view == "first":
            self.begin(goes_on=True)
        elif self.view == "whole":
            self.fit()
        else:
            self.camera.centre(middle)
            if all_seen and not self._sees_all():
                self._show_all(self.camera.zoom)
                self._move_corner(self.camera.corner)
            elif seen:
                self.reveal(animated=False)

    def _sees_all(self) -> bool:
        """Whether all of the graph is in view, below what is covered."""
        if self.painting is None:
            return False
        scene, size = self.painting.scene, self.camera.size
        whole = self.camera.to_widget(QRectF(0, 0, scene.width, scene.height))
        return QRectF(0, self.camera.head, size.width(), size.height() - self.camera.head).contains(
            whole
        )

    def cover(self, head: float) -> None:
        """So many pixels at the top are covered now: what was begun or fitted is so anew, and the
        cursor comes out from under them."""
        before, self.camera.head = self.camera.head, head
        if head == before or self.painting is None:
            return
        if self.view == "first":
            self.begin(goes_on=True)
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
