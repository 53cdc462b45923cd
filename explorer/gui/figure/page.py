"""The figure in the map's place: an MLP as neurons, a CNN as volumes, with the cursor in it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QLabel, QToolTip, QWidget

from explorer.core.graph import Recording, named_shape
from explorer.core.problem import Problem, phrase
from explorer.gui.figure.drawing import FigureDrawing, Spot
from explorer.gui.figure.explained import explained
from explorer.gui.figure.ink import Ink
from explorer.gui.figure.neurons import middle
from explorer.gui.figure.numbers import Numbers
from explorer.gui.figure.picture import Picture
from explorer.gui.figure.sums import draw_card, lines_of, name_of
from explorer.gui.figure.switch import FigureSwitch, line_up
from explorer.gui.keys import has_arrows
from explorer.gui.map.breadcrumb import Breadcrumb
from explorer.gui.map.camera import Camera
from explorer.gui.panel import Panel
from explorer.gui.theme import Theme, font
from explorer.picture.figure import Figure, Unfit, figure_of, ready_figure
from explorer.picture.numbers import seconds_text
from explorer.session import intents
from explorer.session.state import AppState, shows_the_same

_MARGIN = 22.0  # pixels around a figure that fits
_WORDS = 0.16  # of its height that words may take
_REST = 80  # milliseconds that an old picture stands in while somebody moves the figure
_MOST = 1.7  # times its own size, that a small one fits
_TRIES = 8  # to find how large it can be


class FigurePage(Panel):
    """The figure of the open model. Drag to pan, turn the wheel to zoom; a click steps to what
    makes a volume or a neuron, and the mouse over a neuron lights the weights that lead to it."""

    def __init__(self, theme: Theme, scale: float = 1.0, parent: QWidget | None = None) -> None:
        super().__init__(theme, scale, parent)
        self._state: AppState | None = None
        self.drawing: FigureDrawing | None = None  # of the figure that is shown
        self.numbers = Numbers(self)
        self.numbers.wanted.connect(self.intent)
        self.camera = Camera(scale)
        self._own = False  # somebody has moved it
        self._picture: Picture | None = None
        self._rest = QTimer(self, singleShot=True, interval=_REST)
        self._rest.timeout.connect(self._renew)
        self._spot: Spot | None = None
        self._pressed: QPointF | None = None
        self._panned = False
        self.switch = FigureSwitch(theme, scale, self)
        self.breadcrumb = Breadcrumb(theme, scale, self)
        self.breadcrumb.wanted.connect(lambda call: self._follow(always=True))
        for bar in (self.switch, self.breadcrumb):
            bar.intent.connect(self.intent)
        self._said = ""  # what colours, widths and sizes mean
        self._legend = QLabel(self)
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._legend.setFont(font(scale, 9.0))
        self._legend.setWordWrap(True)
        ground = theme.color("background", 0.86).name(QColor.NameFormat.HexArgb)
        self._legend.setStyleSheet(f"background: {ground};")
        palette = self._legend.palette()
        palette.setColor(self._legend.foregroundRole(), theme.color("dim"))
        self._legend.setPalette(palette)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(self.px(240), self.px(200))
        self.setAccessibleName(self.tr("Figure of the model"))

    # ------------------------------------------------------------------ state

    def render(self, old: AppState | None, new: AppState) -> None:
        """Take another pass, the numbers that came, or another place of the cursor."""
        self.switch.render(old, new)
        if not self.isHidden():
            self.breadcrumb.render(old, new)
        if self.waits(new):
            return
        before, self._state = self._state, new
        figure = shown_figure(new)
        if figure is None:
            self.drawing = None
            self.numbers.render(new, None)
            return
        if self.drawing is None or self.drawing.figure is not figure:
            like = self.drawing is not None and _alike(self.drawing.figure, figure)
            self.drawing = FigureDrawing(figure, self.theme, self.numbers)
            self._spot = None
            self._said = " ".join(explained(figure, self.theme))
            self._place()
            if not like and (before is None or not shows_the_same(before, new)):
                self._own = False
            if not self._own:
                self.fit()
        came = self.numbers.render(new, figure)
        if before is not None and before.cursor != new.cursor:
            self._follow()
        piece = figure.pieces[figure.piece_of(new.cursor)]
        self.setAccessibleDescription(", ".join((*piece.lines, piece.shape[0])))
        if came or before is None or _seen(before) != _seen(new):
            self._renew()

    def waits(self, new: AppState) -> bool:
        """Whether the figure of the pass before stays until that of the same model's new pass is
        read."""
        shown = self._state if self.drawing is not None else None
        reading = new.recording is not None and ready_figure(new.recording) is None
        return reading and _is_wanted(new) and shown is not None and shows_the_same(shown, new)

    def zoom_by(self, factor: float) -> None:
        """Zoom around the middle."""
        self._zoom_at(QRectF(self.rect()).center(), factor)

    def fit(self) -> None:
        """Show all of it, and go on so when the window gets another size."""
        self._own = False
        if self.drawing is None or self.camera.size.width() <= 1:
            return
        foot = self._legend.height() + self.px(6)
        self.camera.size = QSizeF(self.width(), self.height() - foot)
        zoom = _MOST * self.scale
        for _ in range(_TRIES):  # the smaller the figure, the larger is the text beside it
            whole = self.drawing.bounds(zoom)
            fits = min(self.camera.filling(whole.width(), whole.height(), _MARGIN))
            if fits >= zoom:
                break
            zoom = max(fits, 0.01)
        self.camera.set_zoom(zoom, 0.01)
        above = self.camera.above(_MARGIN) - _MARGIN
        middle_ = whole.center() - QPointF(0.0, above / zoom / 2 + self.drawing.figure.top)
        self.camera.centre(middle_)
        self._renew()

    def _follow(self, always: bool = False) -> None:
        """Bring what is computed into view, if it is not."""
        if self.drawing is None or self._state is None or not (self._own or always):
            return
        figure = self.drawing.figure
        piece = figure.pieces[figure.piece_of(self._state.cursor)]
        left = piece.x - piece.radius
        where = QRectF(left, piece.top - figure.top, piece.right - left, piece.height)
        goal = self.camera.showing(
            self.camera.to_widget(where), figure.width, figure.height, _MARGIN
        )
        if goal is not None:
            self.camera.corner = goal
        self._renew()

    # ------------------------------------------------------------------ painting

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The figure fits again, unless somebody moved it: then its middle stays."""
        middle_ = self.camera.view.center()
        self.camera.size = QSizeF(self.size())
        self._place()
        if self._own:
            self.camera.centre(middle_)
            self._renew()
        else:
            self.fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the figure, and what is said of the neuron under the mouse."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), self.theme.color("background"))
        if self.drawing is None or self._state is None:
            return
        if self._picture is None:
            self._picture = self._painted(self.drawing, self._state)
        self._picture.blit(painter, self.camera)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._spot is not None and self._spot.neuron >= 0:
            self._tell(painter, self._spot)
        if has_arrows(self):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(self.theme.color("accent", 0.6))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

    def _painted(self, drawing: FigureDrawing, state: AppState) -> Picture:
        """The figure as far as it is in view, and a little around."""
        made = Picture(self.camera, self.devicePixelRatioF(), self.theme.color("background"))
        painter, top = made.painter(), drawing.figure.top
        painter.translate(0.0, -top)
        ink = Ink(painter, self.theme, self.camera.zoom, made.part.translated(0.0, top))
        drawing.paint(ink, state, self._spot)
        painter.end()
        return made

    def _renew(self) -> None:
        """Something in it is new."""
        self._picture = None
        self.update()

    def _tell(self, painter: QPainter, spot: Spot) -> None:
        """A card beside a neuron: how its number came about."""
        assert self.drawing is not None
        figure = self.drawing.figure
        piece = figure.pieces[spot.piece]
        said = lines_of(
            figure, self.numbers, spot.piece, spot.neuron,
            lambda count: self.tr("{count} more").format(count=count),
        )  # fmt: skip
        centre, radius = self._on_widget(middle(piece, spot.neuron)), piece.radius
        reach = QPointF(radius, radius) * self.camera.zoom
        whole = QRectF(self.rect()).adjusted(6, self.camera.head + 4, -6, -6)
        around, title = QRectF(centre - reach, centre + reach), name_of(piece, spot.neuron)
        draw_card(painter, around, whole, title, said, self.theme, self.scale)

    def _place(self) -> None:
        """The bars above, the words below."""
        self.camera.head = float(line_up(self.switch, self.breadcrumb, self.width()))
        gap = self.px(8)
        wide = max(self.width() - 2 * gap, 1)
        for text, tip in ((self._said, ""), ("ⓘ", self._said)):  # little room for many words
            self._legend.setText(text)
            self._legend.setToolTip(tip)
            high = self._legend.heightForWidth(wide)
            if high <= self.height() * _WORDS:
                break
        wide = wide if not self._legend.toolTip() else self._legend.sizeHint().width()
        self._legend.setGeometry(gap, self.height() - high - self.px(6), wide, high)

    def _on_widget(self, at: QPointF) -> QPointF:
        assert self.drawing is not None
        top = self.drawing.figure.top
        return (at - QPointF(0.0, top) - self.camera.corner) * self.camera.zoom

    # ------------------------------------------------------------------ mouse and keys

    def _hit(self, at: QPointF) -> Spot | None:
        if self.drawing is None:
            return None
        point = self.camera.to_scene(at)
        return self.drawing.hit(point.x(), point.y() + self.drawing.figure.top)

    def _hover(self, spot: Spot | None) -> None:
        shape = Qt.CursorShape.PointingHandCursor if spot else Qt.CursorShape.OpenHandCursor
        self.setCursor(shape)
        if spot != self._spot:
            self._spot = spot
            self._renew()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to drag, or to click; the buttons of the thumb go back and forward."""
        ways = {Qt.MouseButton.BackButton: "back", Qt.MouseButton.ForwardButton: "forward"}
        if (way := ways.get(event.button())) is not None:
            self.intent.emit(intents.Retrace(way))  # type: ignore[arg-type]
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed, self._panned = event.position(), False
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the figure, or light what is under the mouse."""
        if self._pressed is None:
            self._hover(self._hit(event.position()))
            return
        by = event.position() - self._pressed
        if self._panned or by.manhattanLength() >= QApplication.startDragDistance():
            self._panned = True
            self._hover(None)
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._pan(by)
            self._pressed = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click steps to what is there."""
        pressed, self._pressed = self._pressed, None
        spot = self._hit(event.position())
        if pressed is None or self._panned or event.button() != Qt.MouseButton.LeftButton:
            self._hover(spot)
            return
        if spot is not None:
            self._step_to(spot)

    def _step_to(self, spot: Spot) -> None:
        assert self.drawing is not None
        figure = self.drawing.figure
        piece = figure.pieces[spot.piece]
        if spot.arc >= 0:
            events = figure.arcs[spot.arc].events
            self.intent.emit(intents.StepTo(events[-1] if events else piece.last, reveal=True))
            return
        if piece.first < 0:  # the input: the first op that reads it
            after = figure.pieces[1].first if len(figure.pieces) > 1 else 0
            self.intent.emit(intents.SelectValue(piece.stage.value, after))
            return
        event = piece.last
        state = self._state
        if piece.split and not spot.after and state is not None and state.recording is not None:
            event = state.recording.values[piece.stage.begun].writer
        self.intent.emit(intents.StepTo(event, reveal=not piece.kind))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel zooms at the mouse; a trackpad, or the wheel with Shift, pans."""
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if not event.pixelDelta().isNull() and not control:
            self._pan(QPointF(event.pixelDelta()))
        elif shift:
            self._pan(QPointF(event.angleDelta()) * 0.5)
        else:
            self._zoom_at(event.position(), 1.0015 ** event.angleDelta().y())
        self._hover(self._hit(event.position()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down walk from neuron to neuron of the cursor's column."""
        ways = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        by = ways.get(Qt.Key(event.key()))
        if by is None or self.drawing is None or self._state is None:
            super().keyPressEvent(event)
            return
        figure = self.drawing.figure
        at = figure.piece_of(self._state.cursor)
        piece = figure.pieces[at]
        if piece.is_column:
            here = self._spot.neuron if self._spot is not None and self._spot.piece == at else None
            start = 0 if by > 0 else len(piece.neurons) - 1
            n = start if here is None or here < 0 else (here + by) % len(piece.neurons)
            self._hover(Spot(at, n))

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the mouse."""
        self._hover(None)

    def event(self, event: QEvent) -> bool:
        """Rest the mouse to read what a volume or a way around is."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            spot = self._hit(QPointF(event.pos()))
            text = self._hint(spot) if spot is not None and spot.neuron < 0 else ""
            if text:
                QToolTip.showText(event.globalPos(), text, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def _hint(self, spot: Spot) -> str:
        assert self.drawing is not None
        recording = self._state.recording if self._state is not None else None
        if recording is None:
            return ""
        figure = self.drawing.figure
        piece = figure.pieces[spot.piece]
        events: tuple[int, ...] = piece.stage.events
        if spot.arc >= 0:
            events = figure.arcs[spot.arc].events
            if not events:
                return self.tr("residual")
        value = recording.values[piece.stage.value]
        lines = [recording.events[n].id for n in events] or [value.name]
        if piece.kind and spot.arc < 0:
            lines = [*piece.lines]
        lines.append(f"{named_shape(value)} {value.dtype}")
        if events:
            lines.append(seconds_text(sum(recording.events[n].seconds for n in events)))
        return "\n".join(lines)

    def _pan(self, by: QPointF) -> None:
        self._own = True
        self.camera.corner -= by / self.camera.zoom
        self._stay()

    def _zoom_at(self, at: QPointF, factor: float) -> None:
        self._own = True
        self.camera.zoom_at(at, factor)
        self._stay()

    def _stay(self) -> None:
        """A part of the figure is always in view."""
        if self.drawing is not None:
            self.camera.keep_in_sight(self.drawing.figure.width, self.drawing.figure.height)
        if not self._rest.isActive():
            self._rest.start()
        self.update()


def shown_figure(state: AppState) -> Figure | None:
    """The figure that is on screen in place of the map, None if it is the map."""
    if state.recording is None or not _is_wanted(state):
        return None
    found = ready_figure(state.recording)
    return found if isinstance(found, Figure) else None


def known_figure(recording: Recording) -> Figure:
    """The figure of a pass. Raises Problem that says why it has none."""
    found = figure_of(recording)
    if isinstance(found, Unfit):
        remedy = phrase("Leave --figure out to get its graph.")
        raise Problem("input", found.text, remedy, **found.values)
    return found


def _is_wanted(state: AppState) -> bool:
    return state.figure and state.beside is None


def _seen(state: AppState) -> tuple[object, ...]:
    """What of a state a figure shows, but for its numbers."""
    tape = state.recording.tape if state.recording is not None else -1
    return tape, state.cursor, state.tab, state.figure


def _alike(one: Figure, other: Figure) -> bool:
    """Whether two figures stand in the same places."""
    return (one.width, one.height, len(one.pieces)) == (
        other.width, other.height, len(other.pieces)
    )  # fmt: skip
