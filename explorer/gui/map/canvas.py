"""The graph canvas: the map of a recorded pass, with the cursor on it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSizeF, Qt, QVariantAnimation
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from explorer.core.graph import ancestry
from explorer.gui.failing import picture_of
from explorer.gui.map.bars import Bars
from explorer.gui.map.colouring import Colouring
from explorer.gui.map.drawing import upper_middle
from explorer.gui.map.ending import draw_nothing, draw_waiting
from explorer.gui.map.folds import turn_fold
from explorer.gui.map.hint import hint
from explorer.gui.map.layers import Layers
from explorer.gui.map.minimap import Minimap
from explorer.gui.map.names import Names
from explorer.gui.map.node_menu import NodeMenu
from explorer.gui.map.outlook import MOTION, Outlook
from explorer.gui.map.planner import Plan, Planner
from explorer.gui.map.sights import Sights
from explorer.gui.map.strides import stride
from explorer.gui.map.tiles import Tiles
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme
from explorer.picture.scene import Box, Scene, Spot
from explorer.picture.walking import Way
from explorer.session import intents
from explorer.session.state import AppState, ran_again, shows_the_same


class Canvas(Panel):
    """The model as nested boxes. The map is painted once per zoom level into tiles; the cursor,
    what it has not reached yet, and the node under the mouse are a light overlay.

    Drag or scroll a trackpad to pan, turn the wheel to zoom at the mouse. A click steps to a
    node; its triangle, a double click or Enter opens and closes a module.
    """

    def __init__(
        self, theme: Theme, scale: float = 1.0, parent: QWidget | None = None,
        planner: Planner | None = None,
    ) -> None:  # fmt: skip
        super().__init__(theme, scale, parent)
        self._state: AppState | None = None
        self._shown: AppState | None = None  # of which the picture is; the cursor is the newest
        self.planner = planner or Planner(self)
        self.planner.planned.connect(self._take)
        names = Names(self, theme, scale)
        self.outlook = Outlook(self, scale, names.around)
        self.outlook.moved.connect(self._show_view)
        self._sights = Sights(self.outlook)
        self.tiles = Tiles(self)
        self.tiles.wanting.connect(self.update)
        self.layers = Layers(self, self.outlook, names, theme, scale)
        self.layers.glimpses.wanted.connect(self.intent)
        self._hovered: Spot | None = None
        self._pressed: QPointF | None = None
        self._panned = False
        self._turned = -10_000  # when a triangle was clicked, milliseconds
        self._grip: tuple[int, QPointF] | None = None  # a toggled call, and where the mouse was
        self._by_keys = False  # whether the focus came by Tab
        self._before: QPixmap | None = None  # the picture that fades away
        self._fading = QVariantAnimation(self, startValue=1.0, endValue=0.0, duration=MOTION)
        self._fading.valueChanged.connect(lambda _: self.update())
        self._fading.finished.connect(self._faded)
        self._minimap = Minimap(theme, scale, self)
        self._minimap.moved.connect(self.outlook.centre)
        self._minimap.hide()
        self.colouring = Colouring(self, self.outlook, self._minimap, theme, scale)
        self.colouring.legend.intent.connect(self.intent)
        self.bars = Bars(theme, scale, self, self.outlook)
        self.bars.breadcrumb.wanted.connect(self._show_call)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(self.px(240), self.px(200))
        self.setAccessibleName(self.tr("Graph of the model"))

    # ------------------------------------------------------------------ state

    def render(self, old: AppState | None, new: AppState) -> None:
        """Lay out again if the pass or the open boxes changed; else only move the cursor."""
        before, self._state = self._state, new
        self._sights.leave(before, new)
        self.bars.render(before, new)
        if self.layers.light(new):
            self.update()
        plan = _plan(new)
        if plan is None:
            self._clear()
            self.planner.forget()
        elif before is None or not plan.is_like(_plan(before)) or self._shown is None:
            if self._shown is not None and not shows_the_same(self._shown, new):
                self._clear()
            made = self.planner.plan(plan)
            if made is not None:
                self._rebuild(made, new)
            else:
                self.update()
        elif (before.cursor, before.tab) != (new.cursor, new.tab):
            self._move(new)
        if not self.planner.busy:
            self._furnish(new)

    def box_rect(self, box: Box) -> QRectF:
        """Where a box of the scene is on the widget."""
        return self.outlook.on_widget(box)

    def boxes(self) -> tuple[Box, ...]:
        """All boxes of the scene on show."""
        return self.outlook.painting.scene.boxes if self.outlook.painting else ()

    # ------------------------------------------------------------------ the scene

    def _move(self, new: AppState) -> None:
        """Another event is under the cursor, or another page is shown."""
        if self._shown is not None and self._shown.recording is new.recording:
            self._shown = replace(self._shown, cursor=new.cursor, tab=new.tab)
            self._point(new)
            self.outlook.follow()
            self._show_view()

    def _clear(self) -> None:
        """There is nothing to show yet."""
        self._shown = None
        self.outlook.painting, self.outlook.current = None, None
        self.outlook.view = "first"  # whatever comes next is seen for the first time
        self._minimap.hide()
        self.colouring.clear()
        self.update()

    def _take(self, plan: Plan, made: Scene) -> None:
        """A scene that took longer came."""
        if self._state is not None and plan.is_like(_plan(self._state)):
            self._rebuild(made, self._state)
            self._furnish(self._state)

    def _furnish(self, new: AppState) -> None:
        """Colours, live pictures, what is lit and marked; and the view of a place come back to, or
        of what was found."""
        self._sights.arrive()
        if self.colouring.show(new):
            self._show_view()
        if self.layers.show(new):
            self.update()

    def _rebuild(self, made: Scene, new: AppState) -> None:
        before = self._shown
        painting = self.colouring.painting(made, new)
        old = self.outlook.painting
        still = old is not None and old.scene == made
        anchor = None
        if before is not None and not still:
            anchor = self._anchor(before, new)
            if self.outlook.moves():
                self.outlook.halt()
                self._before = picture_of(self)  # of the old scene, with the old state
        self._shown, self.outlook.painting = new, painting
        self._hover(None)
        self._point(new)
        if not still or self.colouring.tint:
            self._minimap.show_scene(painting, self.size())
        if before is None:
            if old is not None:
                self.outlook.view = "first"
            if self.outlook.view == "first":
                self.outlook.begin()
            elif self.outlook.view == "whole":
                self.outlook.fit()
        elif old is not None and not still:
            if self.outlook.view == "whole":
                self.outlook.fit()
            elif ran_again(before, new) and not made.about_as_large_as(old.scene):
                self.outlook.begin()
            elif anchor is not None:
                self._hold(*anchor)
            if self._before is not None:
                self._fading.start()
        gripped, self._grip = self._grip is not None, None
        if before is not None and not gripped:
            of_all = len(before.open ^ new.open) > 1
            if of_all or before.cursor != new.cursor:
                self.outlook.follow()
        self._show_view()

    def _anchor(self, before: AppState, new: AppState) -> tuple[int, int, QPointF] | None:
        """The box that must stay where it is: (call, event, place of its upper middle)."""
        old, made = before.recording, new.recording
        assert old is not None
        assert made is not None
        changed = sorted(before.open ^ new.open)
        one = changed[0] if len(changed) == 1 else -1  # of all modules, none is the one meant
        outer = self._grip[0] if self._grip and self._grip[0] >= 0 else one
        found = self._box_of_call(outer) if outer > 0 else None
        if outer >= len(old.calls):  # the inside of an op, which stood in its place
            found = self._box_of(made.calls[outer].first)
        if found is not None:
            return outer, -1, upper_middle(self.box_rect(found.box))
        if self.outlook.current is not None and not (
            ran_again(before, new) and before.cursor != new.cursor
        ):
            return -1, before.cursor, upper_middle(self.box_rect(self.outlook.current.box))
        return None

    def _hold(self, call: int, event: int, at: QPointF) -> None:
        found = self._box_of_call(call) if call > 0 else None
        if found is None:
            found = self._box_of(event) if event >= 0 else self.outlook.current
        if found is None:
            return
        shift = upper_middle(self.box_rect(found.box)) - at
        self.outlook.camera.corner += shift / self.outlook.camera.zoom
        if self._grip is not None:  # what was clicked stays under the mouse
            where = self.box_rect(found.box)
            mouse = self._grip[1]
            inner = where.adjusted(6, 0, -6, 0)
            dx = min(max(mouse.x(), inner.left()), inner.right()) - mouse.x()
            self.outlook.camera.corner += QPointF(dx, 0) / self.outlook.camera.zoom
        self.outlook.stay()

    def _point(self, state: AppState) -> None:
        """Find the box under the cursor."""
        self.outlook.current = self._box_of(state.cursor)
        if self.outlook.current is not None:
            self.setAccessibleDescription(self.outlook.current.box.title)

    def _box_of(self, event: int) -> Spot | None:
        return self.outlook.painting.scene.node_of(event) if self.outlook.painting else None

    def _box_of_call(self, call: int) -> Spot | None:
        recording = self._shown.recording if self._shown else None
        if self.outlook.painting is None or recording is None or call >= len(recording.calls):
            return None
        return self.outlook.painting.scene.box_of(call, tuple(ancestry(recording, call)[:-1]))

    # ------------------------------------------------------------------ the view

    def walk(self, way: Way) -> None:
        """Step to the node that is drawn on that side of the cursor's, or along the main wire."""
        painting, state = self.outlook.painting, self._shown
        said = stride(painting.scene, state, way) if painting and state else None
        if said is not None:
            self.intent.emit(said)

    def _show_call(self, call: int) -> None:
        """Bring the box of a call, or the cursor's (-1), into view, and walk on from there."""
        spot = self._box_of_call(call) if call > 0 else self.outlook.current
        if call == 0:
            self.outlook.begin()
        elif spot is not None:
            self.outlook.show(spot.box)
        self.setFocus()

    def _faded(self) -> None:
        self._before = None
        self.update()

    def _show_view(self) -> None:
        if self.outlook.painting is None:
            return
        current = self.outlook.current
        near = self.box_rect(current.box) if current is not None else QRectF()
        self._minimap.show_view(self.outlook.camera, near)
        self.colouring.settle(near)
        self.layers.glimpses.rest()
        self.update()

    # ------------------------------------------------------------------ painting

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The outlook says what is in view now."""
        if self.outlook.painting is not None:
            self._minimap.show_scene(self.outlook.painting, self.size())
        self.outlook.resize(QSizeF(self.size()))
        self.bars.place()
        self._show_view()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Blit the tiles, and paint what lies over them."""
        painter = QPainter(self)
        shown, waits = self._shown, self.planner.busy
        if (
            self._state is None
            or shown is None
            or self.outlook.painting is None
            or not self.outlook.painting.scene.root.boxes
        ):
            painter.fillRect(event.rect(), self.theme.color("background"))
            if self._state is None:
                return
            if not waits:
                draw_nothing(painter, QRectF(self.rect()), self._state, self.theme, self.scale)
            elif self._state.recording is not None:
                again = self._state.recording
                draw_waiting(painter, QRectF(self.rect()), again, self.theme, self.scale)
            return
        camera, painting = self.outlook.camera, self.outlook.painting
        ground = self.layers.ground(painting)
        self.tiles.blit(painter, ground, camera.zoom, camera.origin, self.size(), event.rect())
        self.layers.paint(painter, painting, shown, self._hovered)
        recording = shown.recording
        if self._before is not None:
            painter.setOpacity(float(self._fading.currentValue()))
            painter.drawPixmap(0, 0, self._before)
            painter.setOpacity(1.0)
        if waits and recording is not None:
            draw_waiting(painter, QRectF(self.rect()), recording, self.theme, self.scale)
        if recording is not None:
            self.layers.wires.tell(painter, recording)
        if self._by_keys and self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(self.theme.color("accent", 0.6))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    # ------------------------------------------------------------------ mouse and keys

    def _hit(self, at: QPointF) -> Spot | None:
        x, y = self.outlook.camera.to_scene(at).toTuple()
        return self.outlook.painting.scene.box_at(x, y) if self.outlook.painting else None

    def _on_triangle(self, box: Box, at: QPointF) -> bool:
        point = self.outlook.camera.to_scene(at)
        if box.kind == "closed":
            return point.x() >= box.x + box.width - 26
        return box.kind == "open" and point.x() <= box.x + 30

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to drag, or to click; the buttons of the thumb go back and forward."""
        ways = {Qt.MouseButton.BackButton: "back", Qt.MouseButton.ForwardButton: "forward"}
        if (way := ways.get(event.button())) is not None:
            self.intent.emit(intents.Retrace(way))  # type: ignore[arg-type]
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed, self._panned = event.position(), False
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the map, or light up what can be clicked."""
        if self._pressed is not None:
            by = event.position() - self._pressed
            if self._panned or by.manhattanLength() >= QApplication.startDragDistance():
                self._panned = True
                self._hover(None)
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
                self.outlook.pan(by)
                self._pressed = event.position()
            return
        self._hover(self._hit(event.position()), event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click steps to the node, or turns the triangle."""
        pressed, self._pressed = self._pressed, None
        if pressed is None or self._panned:
            self._hover(self._hit(event.position()), event.position())
            return
        found = self._hit(event.position())
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if found is None:
            self._pick_wire(event.position())
            return
        box = found.box
        if self._on_triangle(box, event.position()):
            self._turned = event.timestamp()
            self._toggle(box, event.position())
        elif box.kind != "open":
            self.intent.emit(intents.StepTo(max(box.last, 0)))

    def _pick_wire(self, at: QPointF) -> None:
        """A click on a wire looks at its value."""
        self.layers.wires.point(at)
        recording = self._shown.recording if self._shown is not None else None
        wanted = self.layers.wires.pick(recording) if recording is not None else None
        if wanted is not None:
            self.intent.emit(wanted)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open a closed module, close an open one by its title."""
        found = self._hit(event.position())
        if found is None or event.button() != Qt.MouseButton.LeftButton:
            return
        box = found.box
        # A quick second click on a triangle meets what the first one opened: that is no wish.
        again = event.timestamp() - self._turned < QApplication.doubleClickInterval()
        if box.kind in ("open", "closed") and not again:
            self._toggle(box, event.position())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with the node under the mouse, or by the Menu key with the cursor's."""
        keys = event.reason() == QContextMenuEvent.Reason.Keyboard
        self.open_menu(None if keys else event.pos())

    def open_menu(self, at: QPoint | None = None) -> None:
        """What can be done with the node at a place of the widget, or with the cursor's."""
        found = self.outlook.current if at is None else self._hit(QPointF(at))
        if found is not None and self._shown is not None:
            at = at or self.box_rect(found.box).bottomLeft().toPoint()
            turn, ask = partial(self._toggle, found.box, None), self.intent.emit
            NodeMenu(self, self._shown, found.box, ask, turn).popup(self.mapToGlobal(at))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel zooms at the mouse; a trackpad, or the wheel with Shift, pans."""
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        trackpad = not event.pixelDelta().isNull()
        if trackpad and not control:
            self.outlook.pan(QPointF(event.pixelDelta()))
        elif shift:
            self.outlook.pan(QPointF(event.angleDelta()) * 0.5)
        else:
            self.outlook.zoom_at(event.position(), 1.0015 ** event.angleDelta().y())
        self._hover(self._hit(event.position()), event.position())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the module under the cursor, or closes the one around it."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and self._shown is not None and self.focusWidget() in (None, self):
            recording = self._shown.recording
            if recording is not None and self.outlook.current is not None:
                box: Box | None = self.outlook.current.box
                if box is not None and box.kind != "closed":
                    around = ancestry(recording, recording.events[self._shown.cursor].call)
                    box = self._around([call for call in around if call in self._shown.open])
                if box is not None:
                    self._toggle(box, None)
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Who walks by keys sees where the focus is."""
        keys = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self._by_keys = event.reason() in keys
        super().focusInEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the mouse."""
        self._hover(None)

    def event(self, event: QEvent) -> bool:
        """Pinch to zoom; rest the mouse to read what a node is."""
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.outlook.zoom_at(event.position(), 1.0 + event.value())
                return True
        elif isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self.tell(self._hit(QPointF(event.pos())), event.globalPos())
            return True
        return super().event(event)

    def tell(self, found: Spot | None, at: QPoint | None = None) -> None:
        """Tell what a node is, at a place on the screen or else below it."""
        if found is None or self._shown is None or self._shown.recording is None:
            QToolTip.hideText()
            return
        area = self.box_rect(found.box).toRect()
        words = hint(self._shown.recording, found.box, self.colouring.legend.tells(found.box))
        QToolTip.showText(at or self.mapToGlobal(area.bottomLeft()), words, self, area)

    def _around(self, opened: list[int]) -> Box | None:
        """The innermost open call that is drawn as a box."""
        spots = (self._box_of_call(call) for call in reversed(opened))
        return next((spot.box for spot in spots if spot and spot.box.kind == "open"), None)

    def _toggle(self, box: Box, mouse: QPointF | None) -> None:
        """Open or close what a box stands for; the ``mouse`` stays on it."""
        self.outlook.view = "own"
        call = box.item.at if box.item.kind == "fold" else box.call
        self._grip = (call, mouse) if mouse is not None else None
        if box.item.kind == "fold":
            self.intent.emit(intents.ToggleFold(self.planner.run_of(call)))
        elif call >= 0:
            self.intent.emit(intents.ToggleCall(call))
        else:
            self.intent.emit(intents.OpenEvent(box.first))

    def toggle_fold(self) -> None:
        """Fold or unfold the equal blocks around the cursor, or else the nearest."""
        state = self._shown
        if state is not None and state.recording is not None and state.recording.events:
            turn_fold(
                state, self.planner, self._box_of_call,
                lambda spot: self.outlook.show(spot.box), self.intent.emit,
            )  # fmt: skip

    def _hover(self, found: Spot | None, at: QPointF | None = None) -> None:
        if self.layers.wires.point(at if found is None else None):
            self.update()
        meant = found is not None or self.layers.wires.lit
        shape = Qt.CursorShape.PointingHandCursor if meant else Qt.CursorShape.OpenHandCursor
        self.setCursor(shape)
        if (found and found.box) != (self._hovered and self._hovered.box):
            self._hovered = found
            self.update()


def _plan(state: AppState) -> Plan | None:
    """What is to be drawn of a state."""
    if state.recording is None:
        return None
    return Plan(state.recording, state.open, state.unfolded)
