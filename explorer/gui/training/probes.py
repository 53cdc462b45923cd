"""Cards that show what the model has learnt: a plane, a network, a table of counts, a text."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QFontMetricsF,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from explorer.core.messages import Boundary, Confusion, Sample
from explorer.gui import theme as look
from explorer.gui.theme import Theme, ink_on
from explorer.gui.training.card import Card, Entry, mixed
from explorer.gui.training.numbers import grouped, percent
from explorer.session.state import AppState

MOST_POINTS = 2000
MOST_NODES = 64
MOST_CURVED = 700  # links; more of them are drawn straight, which is faster
_LETTERS = 11.0, 16.0  # points of written text, at least and at most …
_LINE = 500  # … and the width in pixels that suits the least


class ProbeCard(Card):
    """A card for one kind of `Training.probe`."""

    def concerns(self, old: AppState | None, new: AppState) -> bool:
        """Only a new probe changes it."""
        before = None if old is None or old.training is None else old.training.probe
        after = None if new.training is None else new.training.probe
        return old is None or before is not after


class BoundaryCard(ProbeCard):
    """What a classifier says everywhere on the plane, and the data over it."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale, self.tr("Decision boundary"))
        self._plane = Plane(theme, scale)
        self.fill(self._plane)
        self._waiting = self.tr("What the network says at every point of the plane appears here.")
        self.say(self._waiting)
        self.legend.show_entries(
            (
                Entry(self.tr("train"), theme.color("text"), "dot"),
                Entry(self.tr("validation"), theme.color("text"), "ring"),
            )
        )

    def render(self, old: AppState | None, new: AppState) -> None:
        """Draw the newest field."""
        probe = None if new.training is None else new.training.probe
        if not isinstance(probe, Boundary):
            self.say(self._waiting)
            return
        self.show_picture()
        self._plane.show_boundary(probe)
        total = len(probe.points)
        if total > MOST_POINTS:
            text = self.tr("{shown} of {total} points").format(
                shown=grouped(MOST_POINTS), total=grouped(total)
            )
            self.subtitle(text)


class Plane(QWidget):
    """Paints a `Boundary`: the two sides in two colours, dark where the model is undecided."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self._boundary: Boundary | None = None
        self._field = QImage()
        sides = (theme.color("negative"), theme.color("positive"))
        ground = theme.color("background")
        table = [
            mixed(ground, sides[int(p > 0.5)], 0.12 + 0.63 * abs(2 * p - 1) ** 0.8)
            for p in np.linspace(0, 1, 255)
        ]
        table.append(theme.color("nan"))
        self._colors = np.array([color.rgb() for color in table], dtype=np.uint32)
        self._sides = sides

    def show_boundary(self, boundary: Boundary) -> None:
        """Show this field and its points."""
        self._boundary = boundary
        field = np.asarray(boundary.field, dtype=np.float64)
        levels = np.round(np.nan_to_num(np.clip(field, 0, 1)) * 254).astype(np.intp)
        levels[~np.isfinite(field)] = 255
        pixels = np.ascontiguousarray(self._colors[levels])
        height, width = pixels.shape
        image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
        self._field = image.copy()  # the image does not own the array's memory
        self.update()

    def place(self) -> QRectF:
        """Where the field is drawn: as large as fits, with equal units on both axes."""
        if self._boundary is None:
            return QRectF()
        x0, x1, y0, y1 = self._boundary.extent
        unit = min(self.width() / (x1 - x0), self.height() / (y1 - y0))
        width, height = (x1 - x0) * unit, (y1 - y0) * unit
        return QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw field, then points."""
        if self._boundary is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        place = self.place()
        frame = QPainterPath()
        frame.addRoundedRect(place, 4 * self._scale, 4 * self._scale)
        painter.setClipPath(frame)
        painter.drawImage(place, self._field)
        self._draw_points(painter, place)
        painter.end()

    def _draw_points(self, painter: QPainter, place: QRectF) -> None:
        told = self._boundary
        if told is None:
            return
        x0, x1, y0, y1 = told.extent
        total = len(told.points)
        chosen = np.linspace(0, total - 1, min(total, MOST_POINTS)).astype(np.intp)
        xs = place.left() + (told.points[chosen, 0] - x0) / (x1 - x0) * place.width()
        ys = place.bottom() - (told.points[chosen, 1] - y0) / (y1 - y0) * place.height()
        radius = max(2.0, min(4.2, place.width() / 110)) * (0.7 if total > 600 else 1.0)
        edge = self._theme.color("background")
        for side, color in enumerate(self._sides):
            for train in (True, False):
                of_kind = (told.classes[chosen] == side) & ((chosen < told.train) == train)
                painter.setBrush(color if train else edge)
                painter.setPen(QPen(edge if train else color, 1.0 if train else radius * 0.6))
                size = radius if train else radius * 0.85
                for x, y in zip(xs[of_kind].tolist(), ys[of_kind].tolist(), strict=True):
                    painter.drawEllipse(QPointF(x, y), size, size)


class NetworkCard(Card):
    """The neurons of a small MLP and its weights between them."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale, self.tr("Network"), self.tr("width = |w|"))
        self._neurons = Neurons(theme, scale)
        self.fill(self._neurons)
        self.say(self.tr("The neurons and the weights between them appear here."))
        self.legend.show_entries(
            (
                Entry("w < 0", theme.color("negative")),
                Entry("w > 0", theme.color("positive")),
            )
        )

    def concerns(self, old: AppState | None, new: AppState) -> bool:
        """Only new weights change it."""
        before = None if old is None or old.training is None else old.training.layers
        after = None if new.training is None else new.training.layers
        return old is None or before is not after

    def render(self, old: AppState | None, new: AppState) -> None:
        """Draw the newest weights."""
        if new.training is None or not new.training.layers:
            self.say(self.tr("The neurons and the weights between them appear here."))
            return
        self.show_picture()
        self._neurons.show_layers(new.training.layers)


class Neurons(QWidget):
    """Paints layers of weights (out, in) as columns of neurons with lines between them."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self._layers: tuple[np.ndarray, ...] = ()
        self.setFont(look.font(scale, 9))

    def show_layers(self, layers: tuple[np.ndarray, ...]) -> None:
        """Show these weights."""
        self._layers = layers
        self.update()

    def columns(self) -> list[tuple[float, list[float]]]:
        """Of each column of neurons x, and y of each neuron drawn (at most `MOST_NODES`)."""
        sizes = [self._layers[0].shape[1], *(len(layer) for layer in self._layers)]
        s = self._scale
        left, right = 30 * s, self.width() - 30 * s
        top, bottom = 12 * s, self.height() - 30 * s
        gap = (right - left) / max(1, len(sizes) - 1)
        made = []
        for n, size in enumerate(sizes):
            shown = min(size, MOST_NODES)
            step = min((bottom - top) / max(1, shown), 46 * s)
            start = (top + bottom) / 2 - step * (shown - 1) / 2
            made.append((left + n * gap, [start + step * i for i in range(shown)]))
        return made

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw lines from weak to strong, then neurons, then the size of each layer."""
        if not self._layers:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        places = self.columns()
        for layer, start, end in zip(self._layers, places[:-1], places[1:], strict=True):
            self._draw_links(painter, layer, start, end)
        painter.setPen(QPen(self._theme.color("text"), 1.2 * self._scale))
        painter.setBrush(self._theme.color("raised"))
        most = max(len(ys) for _, ys in places)
        radius = max(1.5, min(9 * self._scale, (self.height() / max(1, most)) * 0.32))
        for x, ys in places:
            for y in ys:
                painter.drawEllipse(QPointF(x, y), radius, radius)
        painter.setPen(self._theme.color("dim"))
        sizes = [self._layers[0].shape[1], *(len(layer) for layer in self._layers)]
        for (x, ys), size in zip(places, sizes, strict=True):
            text = str(size)
            if size > len(ys):
                text = self.tr("{shown} of {size}").format(shown=len(ys), size=size)
            row = QRectF(x - 60 * self._scale, self.height() - 20 * self._scale, 0, 0)
            row.setWidth(120 * self._scale)
            row.setHeight(18 * self._scale)
            painter.drawText(row, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()

    def _draw_links(
        self,
        painter: QPainter,
        layer: np.ndarray,
        start: tuple[float, list[float]],
        end: tuple[float, list[float]],
    ) -> None:
        (x0, y0s), (x1, y1s) = start, end
        weights = np.asarray(layer, dtype=np.float64)[: len(y1s), : len(y0s)]
        sizes = np.abs(weights)
        largest = float(np.nanmax(sizes)) if np.isfinite(sizes).any() else 0.0
        if not np.isfinite(largest) or largest <= 0:
            largest = 1.0
        share = np.clip(np.nan_to_num(sizes / largest, nan=1.0, posinf=1.0), 0, 1)
        bend = (x1 - x0) * 0.45 if weights.size <= MOST_CURVED else 0.0
        crowd = min(1.0, (300 / max(1, weights.size)) ** 0.5)  # many lines are thinner and paler
        # One path for each of a few widths is much faster than a pen for each line.
        painter.setBrush(Qt.BrushStyle.NoBrush)
        steps = (0.02, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9, 1.01)
        for low, high in pairwise(steps):
            middle = min(1.0, (low + high) / 2)
            kinds = (
                ("negative", weights < 0),
                ("positive", weights > 0),
                ("nan", ~np.isfinite(weights)),
            )
            for role, of_kind in kinds:
                path = QPainterPath()
                for j, i in np.argwhere(of_kind & (share >= low) & (share < high)).tolist():
                    path.moveTo(x0, y0s[i])
                    if bend:
                        path.cubicTo(x0 + bend, y0s[i], x1 - bend, y1s[j], x1, y1s[j])
                    else:
                        path.lineTo(x1, y1s[j])
                if not path.isEmpty():
                    color = self._theme.color(role, (0.25 + 0.7 * middle) * max(crowd, 0.4))
                    painter.setPen(QPen(color, (0.5 + 3.0 * middle * crowd) * self._scale))
                    painter.drawPath(path)


class ConfusionCard(ProbeCard):
    """How often each class was taken for which, over the validation data."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale, self.tr("Confusion"))
        self._table = Counts(theme, scale)
        self.fill(self._table)
        self._waiting = self.tr(
            "Which class is taken for which, on the validation data, appears here."
        )
        self.say(self._waiting)

    def render(self, old: AppState | None, new: AppState) -> None:
        """Draw the newest counts."""
        probe = None if new.training is None else new.training.probe
        if not isinstance(probe, Confusion):
            self.subtitle("")
            self.say(self._waiting)
            return
        self.show_picture()
        self._table.show_counts(probe)
        total, right = int(probe.counts.sum()), int(np.trace(probe.counts))
        text = self.tr("{right} of {total} right · {share}")
        share = percent(right / total) if total else "–"
        self.subtitle(text.format(right=grouped(right), total=grouped(total), share=share))


class Counts(QWidget):
    """Paints a `Confusion`: a row for each actual class, a column for each predicted one."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__()
        self._theme = theme
        self._scale = scale
        self._told: Confusion | None = None
        self.setFont(look.font(scale, 9))

    def show_counts(self, told: Confusion) -> None:
        """Show these."""
        self._told = told
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw names, cells and counts."""
        if self._told is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        s, told = self._scale, self._told
        size = len(told.names)
        metrics = QFontMetricsF(self.font())
        names = max(metrics.horizontalAdvance(name) for name in told.names) + 12 * s
        names = min(names, self.width() * 0.3)
        title, row = 20 * s, 20 * s  # what is written beside, and the names above
        side = min(
            (self.width() - names - title) / size, (self.height() - row - title) / size, 130 * s
        )
        left = (self.width() - side * size - names - title) / 2 + names + title
        top = (self.height() - side * size - row - title) / 2 + row + title
        center = Qt.AlignmentFlag.AlignCenter
        painter.setPen(self._theme.color("dim"))
        above = QRectF(left, top - row - title, side * size, title)
        painter.drawText(above, center, self.tr("predicted →"))
        painter.save()
        painter.translate(left - names - title / 2, top + side * size / 2)
        painter.rotate(-90)
        painter.drawText(QRectF(-80 * s, -title / 2, 160 * s, title), center, self.tr("← actual"))
        painter.restore()
        elide = Qt.TextElideMode.ElideRight
        align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for i, name in enumerate(told.names):
            over = metrics.elidedText(name, elide, side)
            painter.drawText(QRectF(left + i * side, top - row, side, row), center, over)
            beside = metrics.elidedText(name, elide, names - 8 * s)
            painter.drawText(
                QRectF(left - names, top + i * side, names - 8 * s, side), align, beside
            )
        large = look.font(s, 9 + min(5.0, max(0.0, side / s - 30) * 0.06))
        painter.setFont(large)
        digits = QFontMetricsF(large).horizontalAdvance(str(int(told.counts.max(initial=0))))
        for i in range(size):
            of_class = max(1, int(told.counts[i].sum()))
            for j in range(size):
                cell = QRectF(left + j * side, top + i * side, side, side).adjusted(1, 1, -1, -1)
                self._draw_cell(painter, cell, i == j, int(told.counts[i, j]), of_class, digits)
        painter.end()

    def _draw_cell(
        self, painter: QPainter, cell: QRectF, right: bool, count: int, total: int, digits: float
    ) -> None:
        share = count / total
        ground = self._theme.color("background" if self._theme.name == "light" else "panel")
        full = self._theme.color("accent" if right else "bad")
        color = mixed(ground, full, 0.15 + 0.75 * share**0.7 if count else 0.0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(cell, 3 * self._scale, 3 * self._scale)
        if count and cell.width() > digits:
            painter.setPen(ink_on(color))
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, str(count))


class SampleCard(ProbeCard):
    """What a language model writes after a prompt."""

    def __init__(self, theme: Theme, scale: float) -> None:
        super().__init__(theme, scale, self.tr("Sample"))
        self.page = QTextEdit()
        self.page.setReadOnly(True)
        self.page.setFrameShape(QFrame.Shape.NoFrame)
        self.page.setFont(look.mono(scale, _LETTERS[0]))
        self.page.setAccessibleName(self.tr("Text written by the model"))
        self.page.viewport().setAutoFillBackground(False)
        self.fill(self.page)
        self._waiting = self.tr("What the model writes by itself appears here while it trains.")
        self.say(self._waiting)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A wide card has larger letters, not longer lines."""
        super().resizeEvent(event)
        least, most = _LETTERS
        points = max(least, min(most, least * self.width() / self.px(_LINE)))
        made = look.mono(self.scale, round(points))
        if made != self.page.font():
            self.page.setFont(made)

    def render(self, old: AppState | None, new: AppState) -> None:
        """Write the newest text, and stay where the reader has scrolled to."""
        probe = None if new.training is None else new.training.probe
        if not isinstance(probe, Sample):
            self.subtitle("")
            self.say(self._waiting)
            return
        self.show_picture()
        assert new.training is not None
        self.subtitle(
            self.tr("step {step} · after {count} characters of prompt").format(
                step=grouped(new.training.probe_step), count=len(probe.prompt)
            )
        )
        bar = self.page.verticalScrollBar()
        where = bar.value()
        self.page.clear()
        cursor = QTextCursor(self.page.document())
        for text, role in ((probe.prompt, "dim"), (probe.text, "text")):
            style = QTextCharFormat()
            style.setForeground(self.theme.color(role))
            cursor.insertText(text, style)
        self.page.moveCursor(QTextCursor.MoveOperation.Start)
        bar.setValue(where)
