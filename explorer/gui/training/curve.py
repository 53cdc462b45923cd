"""`CurveCard`: curves over the training step. Only it needs pyqtgraph on the training page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent

from explorer.gui import theme as look
from explorer.gui.theme import Theme
from explorer.gui.training.card import Card, Entry, mixed
from explorer.gui.training.numbers import grouped, short
from explorer.picture import curves
from explorer.picture.curves import Columns
from explorer.session.series import Series
from explorer.session.state import AppState, Training


@dataclass(frozen=True)
class Line:
    """One curve of a card: its name in `Training.curves`, what to call it, and how to draw it.

    A noisy one is drawn ``smooth``, a ``misty`` one has all its points faintly behind it.
    """

    name: str
    text: str
    color: QColor
    dashed: bool = False
    smooth: bool = False
    misty: bool = False
    thin: bool = False


class CurveCard(Card):
    """Curves over the training step, with a readout under the mouse."""

    def __init__(self, theme: Theme, scale: float, title: str, subtitle: str, empty: str) -> None:
        super().__init__(theme, scale, title, subtitle)
        self._hint = subtitle
        self._empty = empty
        self._lines: tuple[Line, ...] = ()
        self._drawn: dict[str, Columns] = {}
        self._items: dict[str, tuple[pg.PlotCurveItem, pg.PlotCurveItem]] = {}
        self._pointed: int | None = None
        self._axes: tuple[object, ...] = ()
        self.plot = pg.PlotWidget(background=theme.color("raised"))
        self.plot.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self.plot.setAntialiasing(True)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.setMinimumSize(0, 0)
        self.plot.viewport().setMouseTracking(True)
        self.plot.viewport().installEventFilter(self)
        item = self.plot.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setMouseEnabled(False, False)
        item.getViewBox().setBorder(None)
        item.layout.setContentsMargins(0, self.px(4), self.px(16), 0)
        for side in ("left", "bottom"):
            axis = item.getAxis(side)
            axis.setPen(pg.mkPen(theme.color("line"), width=1))
            axis.setTextPen(theme.color("dim"))
            axis.setStyle(tickFont=look.font(scale, 8.5), tickLength=0, autoExpandTextSpace=False)
            axis.setStyle(hideOverlappingLabels=False)
            axis.setGrid(160 if side == "left" else False)
            axis.setZValue(-1)
        item.getAxis("left").setStyle(tickTextOffset=self.px(6))
        item.getAxis("left").setWidth(self.px(46))
        item.getAxis("bottom").setHeight(self.px(22))
        self._ends = pg.ScatterPlotItem(size=self.px(7), pen=None)
        self._ends.setZValue(5)
        item.addItem(self._ends)
        self._needle = pg.InfiniteLine(pen=pg.mkPen(theme.color("dim"), style=Qt.PenStyle.DotLine))
        self._needle.hide()
        item.addItem(self._needle, ignoreBounds=True)
        self.fill(self.plot)
        self.say(empty)

    # What a kind of curve card decides.

    def lines(self, drawn: Mapping[str, Series]) -> tuple[Line, ...]:
        """The curves to show, given all there are."""
        raise TypeError(f"{type(self).__name__} must define lines")

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """From a value to its height in the plot."""
        return curves.logarithm(values)

    def heights(self, low: float, high: float) -> tuple[float, float, list[tuple[float, str]]]:
        """Bottom, top and ticks of the plot, given the lowest and the highest point in it."""
        bottom, top = curves.log_range(low, high)
        return bottom, top, curves.log_ticks(bottom, top, self.rows())

    def written(self, height: float) -> str:
        """A height as the value that it stands for."""
        return short(10.0**height)

    # What all of them do.

    def rows(self) -> int:
        """How many ticks fit beside the plot."""
        return max(2, self.plot.height() // self.px(34))

    def pair(self, drawn: Mapping[str, Series], what: str) -> tuple[Line, ...]:
        """The curves ``train/what`` and ``validation/what``, those of them that there are."""
        series = self.theme.series
        both = (
            Line(f"train/{what}", self.tr("train"), QColor(series[0]), smooth=True, misty=True),
            Line(f"validation/{what}", self.tr("validation"), QColor(series[1]), dashed=True),
        )
        return tuple(line for line in both if line.name in drawn)

    def concerns(self, old: AppState | None, new: AppState) -> bool:
        """Only new points change a curve."""
        return old is None or _curves(old.training) is not _curves(new.training)

    def render(self, old: AppState | None, new: AppState) -> None:
        """Draw the curves of ``new``."""
        found = _curves(new.training)
        self._lines = tuple(line for line in self.lines(found) if len(found[line.name]))
        if not self._lines:
            self._drawn = {}
            self.subtitle(self._hint)
            self.say(self._empty)
            return
        self.show_picture()
        self._show_legend()
        self._draw(found)
        self._tell(found)

    def resizeEvent(self, event: QEvent) -> None:
        """Tick marks depend on the room there is; the next points bring them up to date."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        if self._drawn:
            self._set_axes()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the mouse over the plot; the wheel is for the page."""
        if event.type() == QEvent.Type.Wheel:
            event.ignore()
            return True
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseMove:
            self._point_at(event.position())
        elif event.type() == QEvent.Type.Leave:
            self._point_at(None)
        return False

    def _draw(self, found: Mapping[str, Series]) -> None:
        last = curves.room_for(max(found[line.name].points[-1, 0] for line in self._lines))
        pixels = max(64, self.plot.viewport().width())
        self._drawn = {}
        ends = []
        for line in self._lines:
            points = found[line.name].points
            gathered = curves.columns(points, 0, last, pixels // 3 if line.thin else pixels)
            gathered = Columns(
                gathered.x, *map(self.scaled, (gathered.low, gathered.high, gathered.mean))
            )
            strong, faint = self._item(line)
            if line.misty:
                zigzag = curves.zigzag(gathered)
                share = 0.42 if len(zigzag) < pixels else 0.3  # dense strokes make an area
                pale = mixed(self.theme.color("raised"), line.color, share)
                faint.setPen(pg.mkPen(pale, width=1))
                faint.setData(zigzag[:, 0], zigzag[:, 1], connect="finite")
            if line.smooth:
                even = curves.smooth(gathered.mean, min(20.0, len(gathered.x) / 15))
                gathered = Columns(gathered.x, gathered.low, gathered.high, even)
            strong.setData(gathered.x, gathered.mean, connect="finite")
            there = np.flatnonzero(np.isfinite(gathered.mean))
            if len(there) and (not line.thin or len(there) == 1):
                spot = (gathered.x[there[-1]], gathered.mean[there[-1]])
                ends.append({"pos": spot, "brush": line.color})
            self._drawn[line.name] = gathered
        for name, (strong, faint) in self._items.items():
            for item in (strong, faint):
                item.setVisible(name in self._drawn)
        self._ends.setData(ends)
        self._last = last
        self._set_axes()

    def _set_axes(self) -> None:
        bottom, top, ticks = self.heights(*self._reach())
        room = max(2, self.plot.width() // self.px(80))
        steps = [(step, grouped(step)) for step in curves.linear_ticks(0, self._last, room)]
        # a tick at the very end is only written if half a line of text fits beyond it
        padding = self.px(9) / max(1, self.plot.height())
        axes = (self._last, bottom, top, padding, ticks, steps)
        if axes == self._axes:  # new ranges and ticks, even equal ones, paint the plot twice
            return
        self._axes = axes
        item = self.plot.getPlotItem()
        item.setXRange(0, self._last, padding=0.02)
        item.setYRange(bottom, top, padding=padding)
        item.getAxis("left").setTicks([ticks])
        item.getAxis("bottom").setTicks([steps])
        item.getViewBox().prepareForPaint()  # else the first painting finds out, and asks again

    def _reach(self) -> tuple[float, float]:
        """From the lowest to the highest of what is drawn strongly, and most of the noise."""
        means, lows, highs = (
            np.concatenate([getattr(c, name) for c in self._drawn.values()])
            for name in ("mean", "low", "high")
        )
        if not np.isfinite(means).any():
            return np.nan, np.nan
        low, high = np.nanpercentile(lows, 1), np.nanpercentile(highs, 99)
        return float(min(low, np.nanmin(means))), float(max(high, np.nanmax(means)))

    def _item(self, line: Line) -> tuple[pg.PlotCurveItem, pg.PlotCurveItem]:
        if line.name not in self._items:
            # Opaque separate segments are two hundred times faster than one translucent line.
            faint = pg.PlotCurveItem(antialias=False)
            faint.setSegmentedLineMode("on")
            strong = pg.PlotCurveItem(antialias=True)
            strong.setZValue(2)
            for item in (faint, strong):
                self.plot.addItem(item)
            self._items[line.name] = strong, faint
        strong, faint = self._items[line.name]
        pen = pg.mkPen(line.color, width=self.scale * (1.2 if line.thin else 1.8))
        if line.dashed:
            pen.setDashPattern([3.0, 2.0])
        strong.setPen(pen)
        return strong, faint

    def _show_legend(self) -> None:
        entries = (
            Entry(line.text, line.color, "dash" if line.dashed else "line") for line in self._lines
        )
        self.legend.show_entries(tuple(entries))

    def _tell(self, found: Mapping[str, Series]) -> None:
        """Say under the heading what is pointed at, or that the numbers have run away."""
        if self._pointed is not None:
            return
        for line in self._lines:
            values = found[line.name].points
            if not np.isfinite(values[-1, 1]):
                good = np.flatnonzero(np.isfinite(values[:, 1]))
                first = values[good[-1] + 1 if len(good) else 0, 0]
                text = self.tr("{curve} is not a finite number since step {step}")
                self.subtitle(text.format(curve=line.text, step=grouped(first)), bad=True)
                return
        self.subtitle(self._hint)

    def _point_at(self, where: QPointF | None) -> None:
        box = self.plot.getPlotItem().getViewBox()
        inside = where is not None and bool(self._drawn) and box.sceneBoundingRect().contains(where)
        self._needle.setVisible(inside)
        if not inside:
            self._pointed = None
            self.subtitle(self._hint)
            return
        at = box.mapSceneToView(where)
        step = 0.0
        parts: list[str] = []
        for line in self._near(at.x(), at.y()):
            gathered = self._drawn[line.name]
            column = int(np.argmin(np.abs(gathered.x - at.x())))
            if not parts:
                step = gathered.x[column]
            value = gathered.mean[column]
            said = self.written(value) if np.isfinite(value) else "nan"
            parts.append(f"{line.text} {said}")
        self._pointed = round(step)
        self._needle.setPos(step)
        self.subtitle(
            self.tr("step {step} · {values}").format(step=grouped(step), values=" · ".join(parts))
        )

    def _near(self, x: float, y: float) -> list[Line]:
        """The curves to read out: all if they are few, else the one nearest to the mouse."""
        if len(self._lines) <= 2:
            return list(self._lines)

        def distance(line: Line) -> float:
            gathered = self._drawn[line.name]
            height = gathered.mean[int(np.argmin(np.abs(gathered.x - x)))]
            return abs(height - y) if np.isfinite(height) else np.inf

        return [min(self._lines, key=distance)]


def _curves(training: Training | None) -> Mapping[str, Series]:
    return _NOTHING if training is None else training.curves


_NOTHING: Mapping[str, Series] = {}
